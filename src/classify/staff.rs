//! What an owner's own words say: the labels of mail that the firm's people write.

use serde::Serialize;

/// A label of staff mail.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum StaffLabel {
    /// Talks down, blames or lectures the client or the partner's department.
    CodeRed,
    /// Commits to work, quantity or speed beyond the agreement without a price, or waives one.
    Giveaway,
    /// Names, negotiates or concedes a price or a term.
    Pricing,
    /// Binds the firm to a deliverable or a date.
    Commitment,
}

impl StaffLabel {
    /// All labels, in the order in which they are listed.
    pub const ALL: [Self; 4] = [Self::CodeRed, Self::Giveaway, Self::Pricing, Self::Commitment];

    /// The name in data files and in the store: "`code_red`".
    pub fn key(self) -> &'static str {
        match self {
            Self::CodeRed => "code_red",
            Self::Giveaway => "giveaway",
            Self::Pricing => "pricing",
            Self::Commitment => "commitment",
        }
    }

    /// The label of this [`StaffLabel::key`], or none.
    pub fn from_key(key: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|label| label.key() == key)
    }
}

/// One staff label of a text.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct StaffFinding {
    /// The label.
    pub label: StaffLabel,
    /// 0 to 1, calibrated.
    pub probability: f64,
    /// The sentence of the text that shows it best; empty for a text without words.
    pub evidence: String,
}
