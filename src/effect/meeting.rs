//! Meetings: what is kept of one, and the letter that asks somebody to come.

use jiff::Timestamp;

use crate::message::{Address, Participation};

/// A meeting that is proposed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Meeting {
    /// The UID of its invitation (RFC 5545 §3.8.4.7), which nobody can guess.
    pub uid: String,
    /// The case that it is about.
    pub case: i64,
    /// When it begins.
    pub start: Timestamp,
    /// How long it takes, in minutes.
    pub minutes: u32,
    /// Who is asked to come: the client first.
    pub guests: Vec<Address>,
    /// How often it was changed (SEQUENCE, RFC 5545 §3.8.7.4): answers to an earlier state count no more.
    pub sequence: u32,
}

/// What an invitation tells.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MeetingStep {
    /// It is proposed (REQUEST, RFC 5546 §3.2.2).
    Proposed,
    /// It takes place at another time, or with others (REQUEST with the same UID, RFC 5546 §3.2.2.1).
    Moved,
    /// It does not take place (CANCEL, RFC 5546 §3.2.5).
    Cancelled,
}

/// What somebody answers to an invitation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MeetingAnswer {
    /// The UID of the invitation.
    pub uid: String,
    /// Who answers: an address, lower case.
    pub guest: String,
    /// What.
    pub answer: Participation,
}

/// The letter to one of those who are asked to come.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Invitation {
    /// The meeting, the same for all.
    pub meeting: Meeting,
    /// What is told of it.
    pub step: MeetingStep,
    /// IANA time zone of the reader.
    pub timezone: String,
    /// Who proposes it.
    pub by: Address,
    /// The client firm's name.
    pub account: String,
    /// The subject of the case, or of the client's mail as it was written.
    pub subject: String,
    /// For the client: the language to write in, ISO 639-1; English when no template has it. None for the firm's own people.
    pub client: Option<String>,
}
