//! What an owner has promised a client.

use jiff::Timestamp;
use jiff::civil::Date;

/// A promise in an owner's mail to a client: something that binds the firm to a deliverable or a date.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Commitment {
    /// The key of the account.
    pub account: String,
    /// The unfinished case of the conversation, where there is one.
    pub case: Option<i64>,
    /// Who promised it: the address, lower case.
    pub by: String,
    /// The sentence that says it.
    pub words: String,
    /// The day that it names, where the firm is; none where it names none.
    pub due: Option<Date>,
    /// When it was written.
    pub at: Timestamp,
}

/// A promise of which a digest reminds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PromiseDue {
    /// The case, where it belongs to one.
    pub case: Option<i64>,
    /// The client firm's name.
    pub account: String,
    /// Who promised it, by name; none where the reader did.
    pub by: Option<String>,
    /// The sentence that says it.
    pub words: String,
    /// The day that it names.
    pub due: Date,
    /// Whether that day is over.
    pub over: bool,
}
