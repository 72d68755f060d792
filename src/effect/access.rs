//! A word about what Pairdesk logs in by.

use jiff::Timestamp;
use jiff::civil::Date;

/// A word that a login ends soon, or no longer works.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Access {
    /// What it is for: "the mailbox service", "sending".
    pub place: String,
    /// IANA time zone of the firm.
    pub timezone: String,
    /// What there is to tell.
    pub news: AccessNews,
    /// What to do.
    pub remedy: String,
}

/// What there is to tell of a login.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum AccessNews {
    /// Something that it needs ends.
    Ends {
        /// What: "client secret", "login".
        what: &'static str,
        /// Its last day.
        on: Date,
        /// How many days are left; none or fewer when it has ended.
        days: i64,
    },
    /// The provider refuses.
    Refused {
        /// Since when.
        since: Timestamp,
        /// Why, as the provider says.
        because: String,
    },
}
