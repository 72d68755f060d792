//! What follows from a mail or from the time: plain data, carried out by the store in one transaction. No behaviour.

mod access;
mod answer;
mod client;
mod clock;
mod commitment;
mod content;
mod digest;
mod facts;
mod filing;
mod meeting;
mod outgoing;
mod own;
mod said;
mod weekly;

use jiff::Timestamp;
use jiff::civil::Date;

use crate::case::{Case, Entry, Goal, Side};
use crate::directory::ScopeReading;
use crate::directory::absence::Absence;
use crate::message::Address;
use crate::offer::Offer;

pub use access::{Access, AccessNews};
pub use answer::{Answer, AnswerLine, Outcome, OwnWords, Ready};
pub use client::{
    Addressing, Agreement, Boundary, ClientLetter, OfferLetter, Received, SettledQuestion, StillWorking,
};
pub use clock::{Due, NextStep, OnIt, OwnerAway};
pub use commitment::{Commitment, PromiseDue};
pub use digest::{Digest, GivenAway, OfferDue, WaitingDraft};
pub use facts::{Alert, CaseFacts};
pub use filing::{Disposition, Filing, Unaccounted};
pub use meeting::{Invitation, Meeting, MeetingAnswer, MeetingStep};
pub use outgoing::{Acknowledgement, FELL_BACK, OutgoingMail, Seed};
pub use own::{Briefed, Briefing, Gathered, Match};
pub use said::{Corrected, Refused};
pub use weekly::{ClientWeek, Moved, PromiseOfWeek, Weekly};

/// Something to be written down.
#[derive(Debug, Clone, PartialEq)]
pub enum Effect {
    /// How the mail at hand is accounted for. Exactly one for a mail, before all others.
    File(Filing),
    /// A case is opened, with the mail at hand as its first.
    OpenCase(Case),
    /// A case changes to this; the mail at hand joins it.
    ChangeCase(Case),
    /// A line of a case's history.
    Record {
        /// The case's number.
        case: i64,
        /// The line.
        entry: Entry,
    },
    /// A mail goes out.
    Send(Letter),
    /// A mail is finished and waits for somebody's word.
    Draft(Letter),
    /// The drafts about a case are no longer wanted: somebody has answered the client. An offer stays a draft.
    WithdrawDrafts {
        /// The case's number.
        case: i64,
    },
    /// The extra work of a case stands so from now on.
    Offer(Offer),
    /// The draft of a case's offer is no longer wanted: there is a new one, or it is settled.
    WithdrawOffer {
        /// The case's number.
        case: i64,
    },
    /// The draft of the client's invitation to a meeting about a case is no longer wanted: it was moved or called off.
    WithdrawInvitation {
        /// The case's number.
        case: i64,
    },
    /// A mail belongs to a case too.
    Join {
        /// The case's number.
        case: i64,
        /// The mail.
        mail: i64,
    },
    /// The drafts about a case go out: somebody at the firm said so.
    ReleaseDrafts {
        /// The case's number.
        case: i64,
    },
    /// Somebody at the firm says what the labels of a client's mail are.
    Correct(Corrected),
    /// The commands of the mail at hand do not count, or not all of them: recorded, counted and shown to the firm's manager, never answered.
    Refused(Refused),
    /// Somebody at the firm is away.
    Absent(Absence),
    /// Somebody at the firm is here again.
    Back {
        /// The person's address, lower case.
        person: String,
        /// The first day, where they are.
        day: Date,
    },
    /// The address of an unmatched mail's writer belongs to an account. Whoever carries this out then processes the mails
    /// of that address as if they had just come.
    Match(Match),
    /// A meeting is proposed, or moved: the same UID.
    Meet(Meeting),
    /// A meeting does not take place.
    CancelMeeting {
        /// The UID of its invitation.
        uid: String,
    },
    /// Somebody has answered an invitation.
    MeetingAnswered(MeetingAnswer),
    /// The owners are told of a case together with others of its account: too many came within an hour.
    Gather {
        /// The case's number.
        case: i64,
        /// The key of its account.
        account: String,
    },
    /// The owners have been told of what was gathered.
    GatheredTold {
        /// The key of the account.
        account: String,
        /// When.
        at: Timestamp,
    },
    /// An owner has promised a client something, in the mail at hand.
    Committed(Commitment),
    /// A digest has reminded of a promise.
    CalledIn {
        /// Its number in the store.
        commitment: i64,
        /// When.
        at: Timestamp,
    },
    /// A person's digest has been made for the day of this instant, also when there was nothing to say.
    DigestMade {
        /// The person's address.
        person: String,
        /// When.
        at: Timestamp,
    },
    /// A manager's weekly letter has been made, or begins with this instant.
    WeeklyMade {
        /// The manager's address.
        person: String,
        /// When.
        at: Timestamp,
    },
}

/// An outgoing mail as values; `compose` makes the bytes.
#[derive(Debug, Clone, PartialEq)]
pub struct Letter {
    /// The unique part of its Message-ID.
    pub id: String,
    /// Who gets it.
    pub to: Address,
    /// The case it is about.
    pub case: Option<i64>,
    /// Identifiers of the mails that it answers, oldest first; the last becomes In-Reply-To.
    pub references: Vec<String>,
    /// When it is written.
    pub at: Timestamp,
    /// What it says.
    pub content: Content,
}

/// What a letter says.
#[derive(Debug, Clone, PartialEq)]
pub enum Content {
    /// To an owner: one case, at once.
    Notice(Notice),
    /// To an owner: many cases of one account, together.
    Gathered(Gathered),
    /// To an owner or manager: all that concerns them today.
    Digest(Digest),
    /// To a manager: a client is unhappy.
    Alert(Alert),
    /// To a manager: how the clients of theirs are, once a week.
    Weekly(Weekly),
    /// To a client: your mail has come, and these two people have it.
    Received(Received),
    /// To a client: it is not done yet, and not forgotten.
    StillWorking(StillWorking),
    /// To a client: what extra work costs.
    Offer(OfferLetter),
    /// To a client: your yes has come, and this is agreed.
    Accepted(Agreement),
    /// To a client: not this, and what is possible.
    Boundary(Boundary),
    /// To a client: is it settled?
    Settled(SettledQuestion),
    /// To a client: thank you for having told us.
    ThankYou(Addressing),
    /// To a manager: sending to somebody is being held back.
    Held(Held),
    /// To the administrator: a mailbox had mails of which nothing was known.
    Unaccounted(Unaccounted),
    /// To the administrator: a login ends soon, or no longer works.
    Access(Access),
    /// To whoever gave commands: what came of them.
    Answer(Answer),
    /// To a client: what an owner wrote, word by word.
    OwnWords(OwnWords),
    /// To somebody who takes a colleague's place, and to the partner.
    Briefing(Briefing),
    /// To everybody who is asked to come to a meeting.
    Invitation(Invitation),
}

/// A notice.
#[derive(Debug, Clone, PartialEq)]
pub struct Notice {
    /// The case.
    pub facts: CaseFacts,
    /// The side of the one who gets it.
    pub your_side: Side,
    /// IANA time zone of the one who gets it.
    pub timezone: String,
    /// Why it is written.
    pub occasion: Occasion,
    /// The offer that it is about, in words: work, price and hours; empty where there is none.
    pub offer: String,
    /// When the client wrote it.
    pub written_at: Timestamp,
    /// What the client newly wrote, shortened.
    pub excerpt: String,
    /// The last lines of the history, oldest first, at most three.
    pub history: Vec<Entry>,
    /// The agreed scope, beside a request: (included, words).
    pub scope: Vec<(bool, String)>,
    /// The line of `scope` that the request is nearest to, and what it says of it.
    pub nearest: Option<ScopeReading>,
    /// What becomes of the client's acknowledgement: sent, waiting as a draft, or none.
    pub acknowledgement: Acknowledgement,
    /// The letter to the client that waits for the reader's word.
    pub draft: Option<Box<Letter>>,
}

/// What made somebody write to an owner about one case.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Occasion {
    /// The case was opened.
    New,
    /// The case was there before and has got worse, or has come up again.
    Raised,
    /// The partner wanted something that only the reader may do, in these words: the reader is asked.
    PartnerAsks {
        /// The partner's words.
        words: String,
    },
    /// The client has taken the offer; `facts.evidence` shows it.
    Accepted,
    /// The client has refused the offer; `facts.evidence` shows it.
    Declined,
    /// The client has answered the offer, neither with a clear yes nor with a clear no.
    Unclear,
    /// Somebody has given the reader the lead.
    HandedOver {
        /// Who, by name.
        by: String,
        /// What they said of it; may be empty.
        words: String,
    },
    /// Somebody at the firm has written to the client what sounds like a price, a grant or a waiver.
    Question {
        /// The sentence.
        sentence: String,
    },
    /// The case rested until today.
    Woken,
    /// An owner had said that it is done, and the client says that it is not.
    NotSettled,
    /// Somebody cannot come to the meeting that was proposed, or not then.
    MeetingDeclined {
        /// What they answered, a sentence.
        news: String,
        /// What they wrote beside it; may be empty.
        words: String,
    },
    /// What was to happen has not happened in time.
    Overdue {
        /// What.
        goal: Goal,
        /// How long the client has waited, in words of working time.
        waited: String,
    },
    /// Operations has carried the case alone: sales is called in.
    CalledIn {
        /// For how long, in words: "3 exchanges of mail".
        how_long: String,
    },
}

/// A word that sending is held back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Held {
    /// The address that would have got too much; none when it is all together.
    pub recipient: Option<String>,
    /// The limit that was reached, in words.
    pub limit: String,
    /// How many mails wait.
    pub waiting: u64,
}
