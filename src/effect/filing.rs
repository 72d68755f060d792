//! How a mail is accounted for.

use serde::Serialize;

use crate::message::Address;

/// The verdict on a mail as a whole.
#[derive(Debug, Clone, PartialEq)]
pub struct Filing {
    /// What became of it.
    pub disposition: Disposition,
    /// Why, named: "Auto-Submitted: auto-replied (RFC 3834 §5)".
    pub reason: String,
    /// The account it belongs to.
    pub account: Option<String>,
    /// The conversation it joins: the id of that conversation's first mail. None begins a new one.
    pub conversation: Option<i64>,
    /// Who wrote it, as the decision saw it: the inner originator of a forwarded mail.
    pub writer: Option<Address>,
}

/// What became of a mail.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Disposition {
    /// It has come and is kept; nothing of it has been read yet.
    Waiting,
    /// A client's mail that is the matter of a case.
    Case,
    /// A client's mail that calls for nothing.
    Routine,
    /// An owner's mail.
    Owner,
    /// Another staff mail.
    Staff,
    /// A machine's mail.
    Automatic,
    /// An unknown sender's mail, waiting to be matched to an account.
    Unmatched,
    /// The same mail is stored already, from another place.
    Duplicate,
    /// It could not be read or decided; kept as it came.
    SetAside,
    /// Its writer was forgotten: only its place is known, and that it is not to be taken in.
    Forgotten,
}

impl Disposition {
    /// All dispositions.
    pub const ALL: [Self; 10] = [
        Self::Waiting,
        Self::Case,
        Self::Routine,
        Self::Owner,
        Self::Staff,
        Self::Automatic,
        Self::Unmatched,
        Self::Duplicate,
        Self::SetAside,
        Self::Forgotten,
    ];

    /// The name in the store.
    pub fn key(self) -> &'static str {
        match self {
            Self::Waiting => "waiting",
            Self::Case => "case",
            Self::Routine => "routine",
            Self::Owner => "owner",
            Self::Staff => "staff",
            Self::Automatic => "automatic",
            Self::Unmatched => "unmatched",
            Self::Duplicate => "duplicate",
            Self::SetAside => "set_aside",
            Self::Forgotten => "forgotten",
        }
    }

    /// The disposition of this [`Disposition::key`], or none.
    pub fn from_key(key: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|disposition| disposition.key() == key)
    }
}

/// A word that a mailbox had mails of which nothing was known.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unaccounted {
    /// The mailbox and folder.
    pub mailbox: String,
    /// How many mails it had.
    pub had: u64,
    /// The mails that were found missing: their UIDs, or the names of their files.
    pub found: Vec<String>,
    /// Those of them that could not be fetched anew.
    pub missing: Vec<String>,
}
