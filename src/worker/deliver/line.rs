//! The line to the server: whether it takes mails, and until when all wait when it does not.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use jiff::Timestamp;

use crate::outbox::{self, Failure};

/// What is known of the server. At first nothing: one mail goes ahead of the others.
#[derive(Debug, Default)]
pub(super) struct Line(Mutex<State>);

#[derive(Debug, Default)]
struct State {
    /// Whether the last mail got as far as to be spoken of.
    proven: bool,
    /// The failures in a row of the server itself.
    failures: u32,
    /// When the last of them was.
    failed_at: Option<Timestamp>,
}

impl Line {
    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// How long all mails still wait for the server; none when one may be tried.
    pub(super) fn pause(&self, now: Timestamp) -> Option<Duration> {
        let state = self.state();
        let whole = Duration::try_from(outbox::pause(state.failures)).ok()?;
        // A clock that was set back makes no pause longer.
        let past = Duration::try_from(now.duration_since(state.failed_at?)).unwrap_or(whole);
        whole.checked_sub(past).filter(|left| !left.is_zero())
    }

    /// Whether the server is known to take mails.
    pub(super) fn is_proven(&self) -> bool {
        self.state().proven
    }

    /// Notes that the server listened to a mail, whatever it said of it.
    pub(super) fn works(&self) {
        let mut state = self.state();
        if state.failures > 0 {
            tracing::info!("the mail server can be reached again; all mails that wait go out");
        }
        *state = State { proven: true, ..State::default() };
    }

    /// Notes that the server could not be reached, or refused our login; said once, until it works again.
    pub(super) fn fails(&self, failure: &Failure, now: Timestamp) {
        let mut state = self.state();
        if state.failures == 0 {
            tracing::error!(
                reason = failure.text,
                "the mail server takes no mails from us; all wait, none is lost, and one is tried every few minutes"
            );
        } else {
            tracing::debug!(
                reason = failure.text,
                failures = state.failures,
                "the mail server still takes no mails"
            );
        }
        *state = State { proven: false, failures: state.failures.saturating_add(1), failed_at: Some(now) };
    }
}
