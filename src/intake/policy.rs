//! The firm's choices: how sure the classifier must be, and what clients get.

use std::collections::{BTreeMap, HashMap};

use jiff::SignedDuration;

use crate::effect::ClientLetter;
use crate::schedule::{Hours, Retention, Targets, WorkingTime};

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
    /// What is done about each sort of letter to clients.
    pub follow_ups: FollowUps,
    /// For how many days after the day on which it is made an offer is good.
    pub offer_days: u32,
    /// After how long a silence a matter counts as settled that the client was asked about.
    pub closes_after: SignedDuration,
    /// After how much of the lead's working time a client who has heard nothing is told that they are not forgotten.
    pub still_working_after: WorkingTime,
    /// How many alerts a manager gets in seven days at most.
    pub alerts_a_week: u32,
    /// For how long after an alert another case of the same account brings none, unless it is graver.
    pub cool_down: SignedDuration,
    /// By when what is due.
    pub targets: Targets,
    /// When people work.
    pub hours: Hours,
    /// For how long what came is kept.
    pub retention: Retention,
}

impl Default for Policy {
    fn default() -> Self {
        Self {
            thresholds: Thresholds::default(),
            authentication: false,
            shadow: true,
            follow_ups: FollowUps::default(),
            offer_days: 14,
            closes_after: SignedDuration::from_hours(10 * 24),
            still_working_after: WorkingTime::days(3),
            alerts_a_week: 7,
            cool_down: SignedDuration::from_hours(24),
            targets: Targets::default(),
            hours: Hours::default(),
            retention: Retention::default(),
        }
    }
}

impl Policy {
    /// What is done about a sort of letter to the clients of an account; of mails without one, what is done usually.
    pub fn follow_up(&self, letter: ClientLetter, account: Option<&str>) -> FollowUp {
        self.follow_ups.of(letter, account)
    }

    /// Why a sort of letter to the clients of an account does not go out by itself; none when it does.
    pub fn keeps_back(&self, letter: ClientLetter, account: Option<&str>) -> Option<String> {
        match self.follow_up(letter, account) {
            _ if self.shadow => Some("shadow mode: nothing goes to clients".to_owned()),
            FollowUp::Off => Some(format!("follow_up.{} is off", letter.key())),
            FollowUp::Draft => Some(format!("follow_up.{} is draft", letter.key())),
            FollowUp::Auto => None,
        }
    }
}

/// What is done about each sort of letter to clients: a draft, where nothing else is said.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct FollowUps {
    usual: BTreeMap<ClientLetter, FollowUp>,
    accounts: HashMap<String, BTreeMap<ClientLetter, FollowUp>>,
}

impl FollowUps {
    /// What is done about a sort of letter to the clients of an account, or usually.
    pub fn of(&self, letter: ClientLetter, account: Option<&str>) -> FollowUp {
        let own = account.and_then(|key| self.accounts.get(key)?.get(&letter));
        own.or_else(|| self.usual.get(&letter)).copied().unwrap_or(FollowUp::Draft)
    }

    /// The same with this for a sort of letter, where an account says nothing else.
    #[must_use]
    pub fn with(mut self, letter: ClientLetter, follow_up: FollowUp) -> Self {
        if follow_up == FollowUp::Draft {
            self.usual.remove(&letter);
        } else {
            self.usual.insert(letter, follow_up);
        }
        self
    }

    /// The same with this for a sort of letter to the clients of one account, by its key.
    #[must_use]
    pub fn with_account(mut self, account: &str, letter: ClientLetter, follow_up: FollowUp) -> Self {
        self.accounts.entry(account.to_owned()).or_default().insert(letter, follow_up);
        self
    }

    /// Notes that something is said about an account, if only that nothing is otherwise.
    pub fn name_account(&mut self, account: &str) {
        self.accounts.entry(account.to_owned()).or_default();
    }

    /// The keys of the accounts about which something is said, in order.
    pub fn accounts(&self) -> Vec<&str> {
        let mut keys: Vec<&str> = self.accounts.keys().map(String::as_str).collect();
        keys.sort_unstable();
        keys
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

/// What is done about a sort of letter to clients.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FollowUp {
    /// Nothing.
    Off,
    /// It is finished and waits for an owner's word.
    Draft,
    /// It goes out by itself.
    Auto,
}
