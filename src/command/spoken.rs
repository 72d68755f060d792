//! The words of a reply: commands, notes, and what could not be understood.

use jiff::Zoned;
use jiff::civil::{Date, DateTime};

use crate::case::Kind;
use crate::day;
use crate::money::Money;

/// What a reply says, in the order of the mail.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Spoken {
    /// Every written line is in the words of exactly one item.
    pub items: Vec<Item>,
}

/// One thing that was said.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Item {
    /// What it is about.
    pub target: Target,
    /// What it says.
    pub said: Said,
    /// The line or lines as they were written. Where one line commands several cases ("#142 #143 mine"), the first item
    /// has the line and the others have nothing.
    pub words: String,
}

/// What an item is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Target {
    /// The case of this number.
    Case(i64),
    /// The unmatched mail of this number: #u17.
    Unmatched(i64),
    /// No number was written: the one case of the mail that is answered.
    Here,
}

/// What was said.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Said {
    /// A command.
    Command(Command),
    /// Words for the partner, as written.
    Note(String),
    /// Something that looks like a command and is none. Its words are the owner's all the same, and are kept as a note's.
    Misunderstood {
        /// The nearest command as a ready line, without the number that goes before it: "wait until Friday". For an
        /// unmatched mail it is an account's key; "away until 12 Jan" has no number.
        nearest: Option<&'static str>,
    },
    /// A greeting, thanks, a signature, the rest of a quotation: nothing to do and nothing to pass on.
    Chatter,
}

/// What an owner wants done.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Command {
    /// I take it.
    Mine,
    /// It is resolved, with what was done; may be empty.
    Done(String),
    /// It rests.
    Wait(Wait),
    /// The price of the work that is asked for.
    Price(Price),
    /// The work is not offered, with the reason; may be empty.
    Decline(String),
    /// The work is given away, with the reason; may be empty.
    Waive(String),
    /// The draft goes to the client, with the owner's own wording where there is one.
    Send(Option<String>),
    /// The client has said yes to the offer, otherwise than by mail: how; may be empty.
    Accepted(String),
    /// The client has said no, otherwise than by mail: how and why; may be empty.
    Lost(String),
    /// A note.
    Note(String),
    /// The lead goes to somebody: an address in small letters, or a name as written.
    Hand(String),
    /// A meeting is proposed, or moved.
    Meet(Meet),
    /// The meeting does not take place.
    CancelMeeting,
    /// The label was wrong: the right kinds, of which there may be none, and the severity (0 to 3) where one was said.
    Wrong(Vec<Kind>, Option<u8>),
    /// I have read it.
    Seen,
    /// An unmatched mail belongs to this account, its key or name as written.
    Match(String),
    /// I am away.
    Away {
        /// The first day; none is today.
        from: Option<Date>,
        /// The last day.
        until: Date,
    },
    /// I am here again.
    Back,
    /// What can I say?
    Help,
}

/// Until when a case rests.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Wait {
    /// Until this day, which is later than today.
    Until(Date),
    /// Until the client writes.
    Client,
}

/// What work costs. At least one of `amount` and `minutes` is there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Price {
    /// The price.
    pub amount: Option<Money>,
    /// How long it takes, in minutes of work; a day is eight hours.
    pub minutes: Option<u32>,
    /// What is done; may be empty.
    pub work: String,
}

/// A proposed meeting.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Meet {
    /// When it begins, in the owner's time zone; later than now.
    pub start: DateTime,
    /// How long it takes, in minutes.
    pub minutes: u32,
    /// Who else comes: addresses in small letters, or names as written.
    pub with: Vec<String>,
}

/// What dates and amounts are read against.
#[derive(Debug, Clone, PartialEq)]
pub struct Context {
    /// Now, in the owner's time zone.
    pub now: Zoned,
    /// Whether 3/4 is the third of April.
    pub day_first: bool,
    /// ISO 4217: of amounts that are written without one.
    pub currency: String,
}

impl Context {
    /// What days are read against.
    pub(super) fn days(&self) -> day::Context<'_> {
        day::Context { now: &self.now, day_first: self.day_first }
    }
}
