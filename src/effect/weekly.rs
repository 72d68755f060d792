//! The weekly letter to a manager, as values.

use jiff::Timestamp;
use jiff::civil::Date;

use crate::directory::coverage::Gap;
use crate::offer::Sum;

/// What happened at a manager's clients in a week, and what needs the manager.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Weekly {
    /// IANA time zone of the one who gets it.
    pub timezone: String,
    /// From when on it tells.
    pub from: Timestamp,
    /// Up to when.
    pub until: Timestamp,
    /// Every client of the manager: those that need somebody first, then by how far their mood fell.
    pub clients: Vec<ClientWeek>,
    /// Extra work of the week, in the order of [`crate::offer::Figure::ALL`]; empty when nothing moved.
    pub work: Vec<Sum>,
    /// What was promised for a day of the week: the first that are open.
    pub promises: Vec<PromiseOfWeek>,
    /// Where clients are not covered as they should be.
    pub uncovered: Vec<Gap>,
    /// Cases of the week of which the classifier was unsure.
    pub unsure: Vec<i64>,
    /// Verdicts of the week that somebody put right: what was said, and the case where there is one.
    pub put_right: Vec<(String, Option<i64>)>,
    /// Mails of the week that were not sent: (sort of letter, recipient, why, case).
    pub not_sent: Vec<(String, String, String, Option<i64>)>,
}

/// Something that was promised to a client for a day of the week.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PromiseOfWeek {
    /// The client firm's name.
    pub client: String,
    /// The sentence that says it.
    pub words: String,
    /// The day that it names.
    pub due: Date,
    /// The case that it belongs to.
    pub case: Option<i64>,
    /// Whether that case is finished; none where it belongs to none, so that nobody knows.
    pub finished: Option<bool>,
}

/// The week of one client.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct ClientWeek {
    /// The account's key.
    pub key: String,
    /// The client firm's name.
    pub name: String,
    /// Who owns it, by name: sales, then operations.
    pub owners: Vec<String>,
    /// Whether the manager should look at it.
    pub needs: bool,
    /// The mood, 0 to 100.
    pub mood: u8,
    /// The mood at the beginning of the week.
    pub before: u8,
    /// The mood day by day up to now, over some weeks.
    pub course: Vec<u8>,
    /// What took most from the mood this week.
    pub worst: Option<Moved>,
    /// The cases of all that moved it this week, ascending.
    pub moved_by: Vec<i64>,
    /// Matters of the week that were answered in their time, by the numbers of their cases.
    pub in_time: Vec<i64>,
    /// Those that were answered later.
    pub late: Vec<i64>,
    /// Those that have no answer and are past their time, however old: with the instant since which the client waits.
    pub unanswered: Vec<(i64, Timestamp)>,
}

/// Something that took from a mood.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Moved {
    /// What it was: "severe complaint (97 %)".
    pub words: String,
    /// The client's words that show it; may be empty.
    pub evidence: String,
    /// The case.
    pub case: Option<i64>,
}

impl Weekly {
    /// How many days it tells of, at least one.
    pub fn days(&self) -> i64 {
        (self.until.duration_since(self.from).as_hours() / 24).max(1)
    }
}

impl ClientWeek {
    /// By how much the mood has changed in the week.
    pub fn change(&self) -> i32 {
        i32::from(self.mood) - i32::from(self.before)
    }
}
