//! What the time brings: a pure function from what is pending and the present instant, to effects.

use std::collections::HashMap;

use jiff::Timestamp;

use crate::case::{Case, Entry};

/// What is pending, loaded from the store.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Agenda {
    /// All unfinished cases, and those that changed since the oldest last digest; oldest first.
    pub cases: Vec<Case>,
    /// The history lines since the oldest last digest: (case number, line), oldest first.
    pub entries: Vec<(i64, Entry)>,
    /// Drafts to clients that wait for a word: (case number, to, subject), oldest first.
    pub drafts: Vec<(i64, String, String)>,
    /// Mails of unknown senders that nobody has matched: (number, from, subject), oldest first.
    pub unmatched: Vec<(i64, String, String)>,
    /// When each person's last digest was made, by address.
    pub digests: HashMap<String, Timestamp>,
}
