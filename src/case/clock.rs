//! What a case's clock runs towards, and what it has done so far.

use jiff::Timestamp;
use serde::Serialize;

use super::{Case, Event, Matter, State, WATCHED};

use super::CaseFollowUp;

/// What is to happen to a case in time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Goal {
    /// A person answers the client.
    Answer,
    /// It is settled, in the owner's view.
    Resolution,
}

impl Goal {
    /// The name in the store.
    pub fn key(self) -> &'static str {
        match self {
            Self::Answer => "answer",
            Self::Resolution => "resolution",
        }
    }

    /// The goal of this [`Goal::key`], or none.
    pub fn from_key(key: &str) -> Option<Self> {
        [Self::Answer, Self::Resolution].into_iter().find(|goal| goal.key() == key)
    }
}

/// Who is reminded, one after the other.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Step {
    /// Who leads.
    Lead,
    /// The other half of the pair.
    Partner,
    /// The manager, by an alert.
    Manager,
}

impl Step {
    /// The name in the store.
    pub fn key(self) -> &'static str {
        match self {
            Self::Lead => "lead",
            Self::Partner => "partner",
            Self::Manager => "manager",
        }
    }

    /// The step of this [`Step::key`], or none.
    pub fn from_key(key: &str) -> Option<Self> {
        [Self::Lead, Self::Partner, Self::Manager].into_iter().find(|step| step.key() == key)
    }
}

/// A reminder that was given.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Reminded {
    /// Of what.
    pub goal: Goal,
    /// Who: those before are not reminded any more.
    pub step: Step,
    /// When.
    pub at: Timestamp,
}

/// What a case's clock has done so far.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct CaseClock {
    /// When the matter last came up again after it was finished, or got worse after it was answered. The client waits
    /// since then.
    pub again_at: Option<Timestamp>,
    /// The last reminder.
    pub reminded: Option<Reminded>,
    /// Whether the manager hears of it only once it gets worse: they have seen it, or it was in the mailbox before
    /// Pairdesk was.
    pub quiet: bool,
    /// When an alert about it was last kept for the manager's digest.
    pub held_at: Option<Timestamp>,
    /// When sales was called in, since operations had carried it alone.
    pub called_in_at: Option<Timestamp>,
    /// When it was taken by whoever said so.
    pub taken_at: Option<Timestamp>,
    /// What the client was told and asked.
    pub follow_up: CaseFollowUp,
}

impl CaseClock {
    /// It got worse: all who are to hear of it do so anew.
    pub fn worsened(&mut self) {
        self.reminded = None;
        self.quiet = false;
    }
}

impl Case {
    /// It got worse: the client waits for an answer to that, if the matter was answered before, and all who are to hear
    /// of it do so anew.
    pub fn raised(&mut self, at: Timestamp) {
        if self.is_answered() {
            self.clock.again_at = Some(at);
        }
        self.clock.worsened();
    }

    /// What an event means for what the client is asked and told.
    pub(super) fn follow(&mut self, before: State, event: Event, at: Timestamp) {
        let follow_up = &mut self.clock.follow_up;
        if event == Event::Resolved && self.state == State::Resolved {
            follow_up.resolved_at = Some(at);
        }
        if self.state.unfinished() {
            follow_up.watched_until = None;
            let asked = follow_up.resolved_at.take();
            if event == Event::ClientWrote && !before.unfinished() && asked.is_some() {
                follow_up.reopened += 1;
                // A matter that is repeated is material, however politely (labelling guide: severity 2).
                if self.kind.matter() == Matter::Dissatisfaction {
                    self.severity = self.severity.max(2);
                }
            }
        }
        if event == Event::Settled
            && before == State::Resolved
            && self.kind.matter() == Matter::Dissatisfaction
        {
            follow_up.watched_until = at.checked_add(WATCHED).ok();
        }
    }

    /// Since when the client waits: it was opened, or came up again.
    pub fn asked_at(&self) -> Timestamp {
        self.clock.again_at.unwrap_or(self.opened_at)
    }

    /// Whether an owner has answered the client since then.
    pub fn is_answered(&self) -> bool {
        match self.clock.again_at {
            Some(again) => self.answered_at.is_some_and(|answered| answered >= again),
            None => self.answered_at.is_some(),
        }
    }
}
