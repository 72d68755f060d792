//! What a digest says.

use jiff::Timestamp;
use jiff::civil::Date;

use super::{CaseFacts, PromiseDue};
use crate::case::Entry;
use crate::directory::coverage::Gap;

/// A digest.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Digest {
    /// IANA time zone of the one who gets it.
    pub timezone: String,
    /// Cases opened since the last digest. One that got worse is among those that wait; a notice told of it at once.
    pub new: Vec<CaseFacts>,
    /// Cases that rested and have come back since the last digest.
    pub back: Vec<CaseFacts>,
    /// Older cases that wait for somebody.
    pub waiting: Vec<CaseFacts>,
    /// Cases that have become overdue, of a mail that lists them and nothing else.
    pub overdue: Vec<CaseFacts>,
    /// Cases that rest, and come back soon.
    pub due: Vec<CaseFacts>,
    /// What the reader and their partners have promised clients until the next working day, or until the last one.
    pub promises: Vec<PromiseDue>,
    /// Whether the reader was away at the last digest: this one tells of the whole absence.
    pub returned: bool,
    /// What the partner did since the last digest, and the deputy in an absence: (case, line).
    pub partner_did: Vec<(i64, Entry)>,
    /// Offers that are unanswered and end soon, or have ended since the last digest: for sales.
    pub offers: Vec<OfferDue>,
    /// Drafts to clients that wait for a word.
    pub drafts: Vec<WaitingDraft>,
    /// For managers: extra work that was given away since the last digest.
    pub given_away: Vec<GivenAway>,
    /// For managers: mails of unknown senders since the last digest: (number, from, subject).
    pub unmatched: Vec<(i64, String, String)>,
    /// For managers: how many more there are, which earlier digests listed.
    pub older_unmatched: u64,
    /// For the firm's manager: mails since the last digest whose commands did not count: (number, who From says, why).
    pub refused: Vec<(i64, String, String)>,
    /// For the firm's manager: what is wrong with the firm's own templates that letters would have had since the last digest.
    pub wording: Vec<String>,
    /// What became of clients a month after their matter was settled: (case, words).
    pub afterwards: Vec<(i64, String)>,
    /// For managers: where clients are not covered as they should be.
    pub uncovered: Vec<Gap>,
    /// How many mails the mailboxes had, and how many of them are accounted for; none before they were first counted.
    pub mailboxes: Option<(u64, u64)>,
}

/// A draft to a client that waits for a word.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct WaitingDraft {
    /// The case's number.
    pub case: i64,
    /// Who would get it.
    pub to: String,
    /// Its subject.
    pub subject: String,
    /// What it says.
    pub text: String,
    /// Who alone may send it, by name, where that is another than the reader.
    pub whose: Option<String>,
}

/// An offer that the client has not answered.
#[derive(Debug, Clone, PartialEq)]
pub struct OfferDue {
    /// Its case.
    pub facts: CaseFacts,
    /// Price and hours in words.
    pub terms: String,
    /// The last day on which the client may say yes, where the client is.
    pub last_day: Date,
    /// Whether that day is over.
    pub lapsed: bool,
}

/// Extra work that was given away.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GivenAway {
    /// The case's number.
    pub case: i64,
    /// The client firm's name.
    pub account: String,
    /// What is to be done, in a line.
    pub work: String,
    /// What it is worth: price and hours in words; empty where neither is known.
    pub worth: String,
    /// Who gave it away, by name.
    pub who: String,
    /// What they said of it; may be empty.
    pub reason: String,
    /// When.
    pub at: Timestamp,
}
