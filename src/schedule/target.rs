//! By when a client hears from a person, and by when a matter is settled: targets by how grave it is and by the account's
//! tier, in the working time of whoever leads.

use jiff::{SignedDuration, Timestamp};

use super::working::{Calendar, Factors, WorkingTime};
use crate::case::{Case, Goal, Kind, Matter, State};

/// The firm's targets.
#[derive(Debug, Clone, PartialEq)]
pub struct Targets {
    /// Until a person has answered the client.
    pub answer: BySeverity,
    /// From that answer until a dissatisfaction is settled, in the owner's view.
    pub resolution: BySeverity,
    /// From one reminder to the next: the lead, the partner, the manager.
    pub escalate_after: WorkingTime,
    /// What targets are multiplied by, for accounts of a tier.
    pub tiers: Factors,
}

/// One target for each severity.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct BySeverity {
    /// Of mild dissatisfaction, requests and opportunities, and what somebody has to look at.
    pub mild: WorkingTime,
    /// Of clear dissatisfaction.
    pub clear: WorkingTime,
    /// Of severe dissatisfaction and of clients who may leave.
    pub severe: WorkingTime,
}

impl Default for Targets {
    fn default() -> Self {
        Self {
            answer: BySeverity {
                mild: WorkingTime::days(2),
                clear: WorkingTime::hours(8),
                severe: WorkingTime::hours(2),
            },
            resolution: BySeverity {
                mild: WorkingTime::days(10),
                clear: WorkingTime::days(5),
                severe: WorkingTime::days(2),
            },
            escalate_after: WorkingTime::hours(4),
            tiers: Factors::new(),
        }
    }
}

/// What the clock of a case runs towards.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Running {
    /// What is to happen.
    pub goal: Goal,
    /// Since when the client waits.
    pub since: Timestamp,
    /// From when on the time counts: later than `since` where it rested, or the owners were told of it later.
    pub from: Timestamp,
}

/// What the clock of a case runs towards; none where it stands still: the case is finished, rests, or asks for nothing.
pub fn running(case: &Case) -> Option<Running> {
    if !matches!(case.state, State::Open | State::Taken) || case.kind == Kind::Praise {
        return None;
    }
    let since = case.asked_at();
    let back = case.wakes_at.into_iter().fold(since, Timestamp::max);
    if !case.is_answered() {
        return Some(Running {
            goal: Goal::Answer,
            since,
            from: case.told_at.into_iter().fold(back, Timestamp::max),
        });
    }
    // What becomes of a request that was answered is the client's to say, and an offer has a last day of its own.
    let answered = case.answered_at.into_iter().fold(back, Timestamp::max);
    (case.kind.matter() == Matter::Dissatisfaction && !case.please_check).then_some(Running {
        goal: Goal::Resolution,
        since,
        from: answered,
    })
}

impl Targets {
    /// How long a case of an account of this tier may take to a goal, for whoever works by this calendar.
    pub fn length(&self, goal: Goal, case: &Case, tier: &str, calendar: &Calendar<'_>) -> SignedDuration {
        calendar.length(self.target(goal, case)).mul_f64(self.factor(tier))
    }

    /// How long a case may take to a goal, in an account without a tier.
    pub fn target(&self, goal: Goal, case: &Case) -> WorkingTime {
        let targets = match goal {
            Goal::Answer => &self.answer,
            Goal::Resolution => &self.resolution,
        };
        match case.severity {
            _ if case.is_grave() => targets.severe,
            2.. => targets.clear,
            _ => targets.mild,
        }
    }

    /// What targets are multiplied by for accounts of a tier.
    pub fn factor(&self, tier: &str) -> f64 {
        self.tiers.get(&tier.trim().to_lowercase()).copied().unwrap_or(1.0)
    }
}
