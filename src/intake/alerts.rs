//! Whether there is room for an alert: few a week, the gravest before others, and one an account while it is fresh.

use jiff::Timestamp;

use super::Policy;
use crate::case::Case;

/// A case that a manager was alerted of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Alerted {
    /// Its number.
    pub case: i64,
    /// The key of its account.
    pub account: String,
    /// How grave it is: [`gravity`].
    pub gravity: u8,
    /// When.
    pub at: Timestamp,
}

impl Alerted {
    /// That a manager is alerted of a case.
    pub fn of(case: &Case, at: Timestamp) -> Self {
        Self { case: case.number, account: case.account.clone(), gravity: gravity(case), at }
    }
}

/// How grave a case is beside others: 0 to 3.
pub fn gravity(case: &Case) -> u8 {
    if case.is_grave() { 3 } else { case.severity.min(2) }
}

impl Policy {
    /// Whether a manager may be alerted of a case, who got so many alerts in seven days, after these.
    ///
    /// # Errors
    /// Why it is kept for the digest, in words.
    pub fn room_for_alert(
        &self,
        case: &Case,
        sent: u32,
        alerted: &[Alerted],
        now: Timestamp,
    ) -> Result<(), String> {
        let fresh = alerted.iter().filter(|one| one.account == case.account && one.case != case.number);
        let mut fresh = fresh.filter(|one| now.duration_since(one.at) < self.cool_down);
        if let Some(one) = fresh.find(|one| one.gravity >= gravity(case)) {
            return Err(format!("#{} of the same account was alerted of lately, and is as grave", one.case));
        }
        // The second half of a week's alerts is kept for the gravest.
        let left = self.alerts_a_week.saturating_sub(sent);
        if left > if case.is_grave() { 0 } else { self.alerts_a_week / 2 } {
            return Ok(());
        }
        Err(format!("{sent} of {} alerts a week are used", self.alerts_a_week))
    }
}
