//! What follows for the firm's own people and whom they answer for.

use jiff::Timestamp;

use super::CaseFacts;
use crate::case::Entry;
use crate::message::Address;

/// That an address belongs to an account, as somebody at the firm said by reply.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Match {
    /// The unmatched mail that was named.
    pub mail: i64,
    /// The address of its writer, lower case.
    pub address: String,
    /// The key of the account.
    pub account: String,
    /// Who said so: "Kim Vos <kim@firm.example>".
    pub who: String,
    /// The line of the answer that says what became of it.
    pub line: usize,
}

/// Many cases of one account, which came too fast for a notice each.
#[derive(Debug, Clone, PartialEq)]
pub struct Gathered {
    /// IANA time zone of the reader.
    pub timezone: String,
    /// The client firm's name.
    pub account: String,
    /// Its key.
    pub key: String,
    /// Since when they came.
    pub since: Timestamp,
    /// The cases, the gravest first.
    pub cases: Vec<CaseFacts>,
}

/// To somebody who takes a colleague's place, or to the partner of that place: how things stand.
#[derive(Debug, Clone, PartialEq)]
pub struct Briefing {
    /// IANA time zone of the reader.
    pub timezone: String,
    /// Whose place it was.
    pub old: Address,
    /// Whose it is now.
    pub new: Address,
    /// The accounts, in the order of the file.
    pub accounts: Vec<Briefed>,
}

/// One account in a briefing.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Briefed {
    /// The client firm's name.
    pub name: String,
    /// What the new person is in it, as columns of the accounts file: sales, `operations_deputy`. None where only cases
    /// were handed over.
    pub roles: Vec<&'static str>,
    /// The owners as they are now.
    pub sales: Option<Address>,
    /// The owners as they are now.
    pub operations: Option<Address>,
    /// The agreed scope: (included, words).
    pub scope: Vec<(bool, String)>,
    /// The open cases, oldest first, each with the last lines of its history, at most three.
    pub cases: Vec<(CaseFacts, Vec<Entry>)>,
    /// The last notes: (case, line), oldest first.
    pub notes: Vec<(i64, Entry)>,
    /// What waits or comes back, in words, each with its case.
    pub due: Vec<(i64, String)>,
}
