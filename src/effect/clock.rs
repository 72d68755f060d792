//! The clock of a case, as mails tell of it.

use jiff::Timestamp;
use jiff::civil::Date;

use crate::case::{Goal, Step};
use crate::message::Address;

/// By when something is due of a case.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Due {
    /// What is to happen.
    pub goal: Goal,
    /// By when.
    pub at: Timestamp,
    /// For how long that is over, in words of working time; none before.
    pub overdue: Option<String>,
    /// How long the client has waited, in words of working time.
    pub waited: String,
}

/// A reminder that is still to come.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NextStep {
    /// As what somebody is reminded.
    pub step: Step,
    /// Who.
    pub person: Address,
    /// When, unless it has become needless by then.
    pub at: Timestamp,
}

/// Who is on a case.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct OnIt {
    /// Who said that they take it, by name, and when.
    pub taken: Option<(String, Option<Timestamp>)>,
    /// When the client was answered, since the matter last came up.
    pub answered_at: Option<Timestamp>,
    /// Which owners are away.
    pub away: Vec<OwnerAway>,
}

/// An owner who is away.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OwnerAway {
    /// The owner's name.
    pub owner: String,
    /// The last day.
    pub until: Date,
    /// Who acts meanwhile, by name; none where nobody does.
    pub acts: Option<String>,
}
