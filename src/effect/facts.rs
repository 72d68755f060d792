//! What the firm's people are told of a case, and the alert to a manager.

use jiff::Timestamp;

use super::{Due, NextStep, OnIt};
use crate::case::{Entry, Kind, Side, State};
use crate::message::Address;

/// What everybody at the firm is told of a case. The same facts for both owners.
#[derive(Debug, Clone, PartialEq)]
pub struct CaseFacts {
    /// The number.
    pub number: i64,
    /// The client firm's name.
    pub account: String,
    /// What it is about.
    pub kind: Kind,
    /// 0 to 3.
    pub severity: u8,
    /// Whether the classifier was unsure.
    pub please_check: bool,
    /// Where it stands.
    pub state: State,
    /// The subject of the conversation.
    pub subject: String,
    /// The client's words that show it.
    pub evidence: String,
    /// Who at the client wrote.
    pub client: String,
    /// When it was opened.
    pub opened_at: Timestamp,
    /// Of a case that rests until a day: when it comes back.
    pub rests_until: Option<Timestamp>,
    /// Who acts first; none when that half of the pair is missing.
    pub lead: Option<Address>,
    /// Who else has it.
    pub partner: Option<Address>,
    /// Which side leads.
    pub lead_side: Side,
    /// Whether both lead.
    pub led_by_both: bool,
    /// By when what is due, where the letter tells of it.
    pub due: Option<Due>,
    /// Why it is a case of this kind, in words.
    pub why: String,
}

/// An alert.
#[derive(Debug, Clone, PartialEq)]
pub struct Alert {
    /// The case.
    pub facts: CaseFacts,
    /// IANA time zone of the one who gets it.
    pub timezone: String,
    /// When the client wrote the words of `facts.evidence`.
    pub written_at: Timestamp,
    /// Why a manager hears of it, in words.
    pub because: String,
    /// The last lines of the history, oldest first, at most three.
    pub history: Vec<Entry>,
    /// Who is on it.
    pub on_it: OnIt,
    /// Who is reminded when, unless something happens.
    pub next: Vec<NextStep>,
}
