//! What somebody's words do beside changing cases: labels are put right, or nothing is done.

use crate::case::Kind;

/// What the labels of a client's mail are, by the word of somebody at the firm.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Corrected {
    /// The client's mail.
    pub mail: i64,
    /// All labels that are right; none for a routine mail.
    pub labels: Vec<Kind>,
    /// 0 to 3, where it was said.
    pub severity: Option<u8>,
    /// Who said it, as "Name <address>".
    pub who: String,
    /// The words that said it.
    pub words: String,
}

/// That the commands of a mail do not count, and why.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refused {
    /// Who From says, as it stands.
    pub sender: String,
    /// The name of the reason: `expired_token`.
    pub reason: &'static str,
    /// The reason in words.
    pub words: String,
}
