//! The firm's choices: how sure the classifier must be, and what clients get.

use std::collections::HashMap;

use jiff::SignedDuration;

use crate::schedule::{Hours, Targets};

/// The firm's choices that bear on what follows from a mail.
#[derive(Debug, Clone, PartialEq)]
pub struct Policy {
    /// From which probability on something follows.
    pub thresholds: Thresholds,
    /// Whether the firm's mail server says who really wrote a mail, so that mail of the firm's own people counts only
    /// when it does.
    pub authentication: bool,
    /// Whether nothing at all goes to clients: what would be sent is kept as a draft.
    pub shadow: bool,
    /// What is done about acknowledgements to clients.
    pub received: FollowUp,
    /// The same for single accounts, by key.
    pub received_by_account: HashMap<String, FollowUp>,
    /// What is done about confirmations to clients who have accepted an offer.
    pub accepted: FollowUp,
    /// The same for single accounts, by key.
    pub accepted_by_account: HashMap<String, FollowUp>,
    /// For how many days after the day on which it is made an offer is good.
    pub offer_days: u32,
    /// What is done about clients' invitations to meetings: an owner's command is the word for all but `Off`.
    pub meeting: FollowUp,
    /// The same for single accounts, by key.
    pub meeting_by_account: HashMap<String, FollowUp>,
    /// How many alerts a manager gets in seven days at most.
    pub alerts_a_week: u32,
    /// For how long after an alert another case of the same account brings none, unless it is graver.
    pub cool_down: SignedDuration,
    /// By when what is due.
    pub targets: Targets,
    /// When people work.
    pub hours: Hours,
}

impl Default for Policy {
    fn default() -> Self {
        Self {
            thresholds: Thresholds::default(),
            authentication: false,
            shadow: true,
            received: FollowUp::Draft,
            received_by_account: HashMap::new(),
            accepted: FollowUp::Draft,
            accepted_by_account: HashMap::new(),
            offer_days: 14,
            meeting: FollowUp::Draft,
            meeting_by_account: HashMap::new(),
            alerts_a_week: 7,
            cool_down: SignedDuration::from_hours(24),
            targets: Targets::default(),
            hours: Hours::default(),
        }
    }
}

impl Policy {
    /// What is done about acknowledgements to the clients of an account; of mails without one, what is done usually.
    pub fn received(&self, account: Option<&str>) -> FollowUp {
        account.and_then(|key| self.received_by_account.get(key)).copied().unwrap_or(self.received)
    }

    /// Why acknowledgements to the clients of an account do not go out by themselves; none when they do.
    pub fn keeps_back(&self, account: Option<&str>) -> Option<&'static str> {
        match self.received(account) {
            _ if self.shadow => Some("shadow mode: nothing goes to clients"),
            FollowUp::Off => Some("follow_up.received is off"),
            FollowUp::Draft => Some("follow_up.received is draft"),
            FollowUp::Auto => None,
        }
    }

    /// What is done about invitations to the clients of an account.
    pub fn meeting(&self, account: &str) -> FollowUp {
        self.meeting_by_account.get(account).copied().unwrap_or(self.meeting)
    }

    /// What is done about confirmations to the clients of an account.
    pub fn accepted(&self, account: &str) -> FollowUp {
        self.accepted_by_account.get(account).copied().unwrap_or(self.accepted)
    }

    /// Why a confirmation to the clients of an account does not go out by itself; none when it does.
    pub fn keeps_back_accepted(&self, account: &str) -> Option<&'static str> {
        match self.accepted(account) {
            _ if self.shadow => Some("shadow mode: nothing goes to clients"),
            FollowUp::Off => Some("follow_up.accepted is off"),
            FollowUp::Draft => Some("follow_up.accepted is draft"),
            FollowUp::Auto => None,
        }
    }
}

/// Probabilities, 0 to 1, from which on something follows.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Thresholds {
    /// A case is opened.
    pub open_case: f64,
    /// A case is opened that asks a person to check it. Not above `open_case`.
    pub please_check: f64,
    /// A manager is alerted, where the kind and severity call for it. Not below `open_case`.
    pub alert: f64,
}

impl Default for Thresholds {
    fn default() -> Self {
        Self { open_case: 0.5, please_check: 0.43 / 1.43, alert: 0.8 }
    }
}

/// What is done about a sort of mail to clients.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FollowUp {
    /// Nothing.
    Off,
    /// It is finished and waits for an owner's word.
    Draft,
    /// It goes out by itself.
    Auto,
}
