//! What clients get, as values.

use jiff::civil::Date;

use crate::money::Money;

/// An acknowledgement to a client.
#[derive(Debug, Clone, PartialEq)]
pub struct Received {
    /// The language to write in, ISO 639-1; English when no template has it.
    pub language: String,
    /// Whether it was a complaint, or else a request.
    pub complaint: bool,
    /// The display name of the client, for the greeting.
    pub client_name: String,
    /// The subject of the client's mail, as it was written.
    pub subject: String,
    /// The names of the owners who have it, lead first.
    pub owners: Vec<String>,
}

/// Whom a letter to a client speaks to, and in whose name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Addressing {
    /// The language to write in, ISO 639-1; English when no template has it.
    pub language: String,
    /// The display name of the client, for the greeting.
    pub client_name: String,
    /// The subject of the client's mail, as it was written.
    pub subject: String,
    /// The names of the owners, lead first.
    pub owners: Vec<String>,
}

/// An offer of extra work to a client.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OfferLetter {
    /// To whom and from whom.
    pub addressing: Addressing,
    /// What is to be done.
    pub work: String,
    /// Whether `work` is the client's own words, and not those of sales.
    pub quoted: bool,
    /// How long it takes, in minutes of work.
    pub minutes: Option<u32>,
    /// What it costs.
    pub price: Money,
    /// The last day on which the client may say yes.
    pub valid_until: Date,
    /// What the owner says in place of the first lines; may be empty.
    pub words: String,
}

/// The confirmation that a client's yes has come.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Agreement {
    /// To whom and from whom.
    pub addressing: Addressing,
    /// What is to be done.
    pub work: String,
    /// How long it takes, in minutes of work.
    pub minutes: Option<u32>,
    /// What it costs.
    pub price: Option<Money>,
}

/// A no to a client that says what is possible.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Boundary {
    /// To whom and from whom.
    pub addressing: Addressing,
    /// The client's words that asked for it.
    pub request: String,
    /// What sales says to it.
    pub words: String,
}
