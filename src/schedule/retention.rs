//! For how long what came is kept.

use jiff::{SignedDuration, Timestamp};

/// For how long what came is kept; for ever where nothing is said. Both count from the day on which it was stored, and no
/// mail goes before its case has been finished for as long.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Retention {
    /// The bytes of mails and letters.
    pub raw: Option<SignedDuration>,
    /// Their texts, names and addresses, and those of cases; at least as long as the bytes.
    pub text: Option<SignedDuration>,
}

impl Retention {
    /// Whether everything is kept for ever.
    pub fn keeps_all(&self) -> bool {
        *self == Self::default()
    }
}

/// The instant before which what was stored has been kept for so long.
pub fn kept_until(length: SignedDuration, now: Timestamp) -> Timestamp {
    now.saturating_sub(length).unwrap_or(Timestamp::MIN)
}

/// A length of keeping in words: "365 days".
pub fn days(length: SignedDuration) -> String {
    match length.as_hours() / 24 {
        1 => "1 day".to_owned(),
        days => format!("{days} days"),
    }
}
