//! What the store knows of the cases that an owner's mail speaks of.

use jiff::Timestamp;

use crate::case::{Case, Entry, Kind};
use crate::directory::Directory;
use crate::effect::Meeting;
use crate::message::{Address, comparable};
use crate::offer::Offer;
use crate::token::About;

/// The cases that an owner's mail speaks of.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Addressed {
    /// Those of the numbers in it, and the one that is meant where no number stands; only what there is, whosever it is.
    pub cases: Vec<AddressedCase>,
    /// The person's unfinished cases, oldest first.
    pub open: Vec<Case>,
    /// The unmatched mails of the numbers in it; those that are none are left out.
    pub unmatched: Vec<UnmatchedMail>,
}

/// A mail of an unknown sender.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UnmatchedMail {
    /// The number that people say: #u17.
    pub number: i64,
    /// Who wrote it; without an address where it says nobody.
    pub from: Address,
}

/// One case, with what bears on commands about it.
#[derive(Debug, Clone, PartialEq)]
pub struct AddressedCase {
    /// The case.
    pub case: Case,
    /// The last lines of its history, oldest first, at most three.
    pub history: Vec<Entry>,
    /// The same further back: what was said before is not done twice.
    pub recent: Vec<Entry>,
    /// The last meeting about it that was not called off, perhaps past.
    pub meeting: Option<Meeting>,
    /// The drafts about it, oldest first.
    pub drafts: Vec<Draft>,
    /// The client's mails that made or raised it, oldest first.
    pub raised_by: Vec<RaisedBy>,
    /// How its extra work stands, as far as it came further than being asked for.
    pub offer: Option<Offer>,
    /// The client's last mail about it.
    pub last_mail: Option<ClientMail>,
}

/// A draft to a client.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Draft {
    /// What sort of letter it is (`Content::key`).
    pub sort: String,
    /// Who would get it.
    pub to: String,
    /// Its subject.
    pub subject: String,
}

/// A client's mail that made or raised a case.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RaisedBy {
    /// The mail.
    pub mail: i64,
    /// The kinds of the other cases that it made or raised.
    pub other_kinds: Vec<Kind>,
}

/// A client's mail that can be answered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ClientMail {
    /// Who wrote it.
    pub writer: Address,
    /// Its subject, as written.
    pub subject: String,
    /// Its Message-ID; none where it has none or was read from a forwarded mail.
    pub message_id: Option<String>,
    /// When it came.
    pub at: Timestamp,
    /// The beginning of what it newly said.
    pub excerpt: String,
}

/// The case that is meant where no number stands: that of the answered mail, or the person's only one.
pub fn here(about: Option<About>, open: &[Case]) -> Option<i64> {
    match (about?, open) {
        (About::Case(number), _) => Some(number),
        (About::Digest, [only]) => Some(only.number),
        (About::Digest, _) => None,
    }
}

/// Whether a case is of an account that the person has to do with, or was handed to them.
pub fn is_theirs(person: &Address, case: &Case, directory: &Directory) -> bool {
    let handed = case.lead_person.as_ref();
    directory.is_of(&person.address, &case.account)
        || handed.is_some_and(|lead| comparable(&lead.address) == comparable(&person.address))
}
