//! What clients get, as values.

use jiff::civil::Date;

use crate::money::Money;

/// The sorts of letters to clients.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum ClientLetter {
    /// Your mail has come, and these two people have it.
    Received,
    /// It is not done yet, and not forgotten.
    StillWorking,
    /// What extra work costs.
    Offer,
    /// Your yes has come, and this is agreed.
    Accepted,
    /// Not this, and what is possible.
    Boundary,
    /// Is it settled?
    Settled,
    /// An invitation.
    Meeting,
    /// Thank you for having told us.
    ThankYou,
    /// What an owner wrote, word by word.
    OwnWords,
}

impl ClientLetter {
    /// All sorts, in the order of a matter's life.
    pub const ALL: [Self; 9] = [
        Self::Received,
        Self::StillWorking,
        Self::Offer,
        Self::Accepted,
        Self::Boundary,
        Self::Settled,
        Self::Meeting,
        Self::ThankYou,
        Self::OwnWords,
    ];

    /// The name in the configuration, in the store, and of its template.
    pub fn key(self) -> &'static str {
        match self {
            Self::Received => "received",
            Self::StillWorking => "still_working",
            Self::Offer => "offer",
            Self::Accepted => "accepted",
            Self::Boundary => "boundary",
            Self::Settled => "settled",
            Self::Meeting => "meeting",
            Self::ThankYou => "thank_you",
            Self::OwnWords => "own_words",
        }
    }

    /// The sort of this [`ClientLetter::key`], or none.
    pub fn from_key(key: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|letter| letter.key() == key)
    }
}

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

/// A word to a client that a matter is not done yet, and not forgotten.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StillWorking {
    /// To whom and from whom.
    pub addressing: Addressing,
    /// The day, where the client is, of their last mail about it.
    pub written_on: Date,
}

/// The question to a client whether a matter is settled.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SettledQuestion {
    /// To whom and from whom.
    pub addressing: Addressing,
    /// After how many days of silence it counts as settled.
    pub days: u32,
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
