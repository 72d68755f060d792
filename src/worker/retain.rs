//! What has been kept for long enough goes, a portion at a time beside the daily work.

use std::time::Duration;

use tokio::time::Instant;

use super::Desk;
use crate::schedule::kept_until;
use crate::store::{Retained, StoreError};

/// How many portions go one after the other before others have their turn.
const PORTIONS: u32 = 10;
/// When it is looked again, where nothing was left to go.
const AGAIN: Duration = Duration::from_hours(1);

/// When it is to be looked again.
#[derive(Debug, Default)]
pub struct Turn(Option<Instant>);

impl Turn {
    /// Lets some of what is due go, if it is time to look; the log says what went.
    pub async fn take(&mut self, desk: &Desk) {
        if self.0.is_some_and(|at| at > Instant::now()) {
            return;
        }
        match step(desk).await {
            // There is more: with the next tick.
            Ok(true) => self.0 = None,
            Ok(false) => self.0 = Some(Instant::now() + AGAIN),
            Err(error) => {
                tracing::error!(%error, "could not let go what was kept for long enough; tried again in a minute");
            }
        }
    }
}

/// Lets some of what has been kept for long enough go. Says whether there may be more.
pub async fn step(desk: &Desk) -> Result<bool, StoreError> {
    let retention = desk.policy.retention;
    let mut more = false;
    for kept in Retained::ALL {
        let length = if kept.is_bytes() { retention.raw } else { retention.text };
        let Some(length) = length else { continue };
        let (mut gone, mut left) = (0, true);
        for _ in 0..PORTIONS {
            let now = desk.clock.now();
            let (went, rest) = desk.store.let_go(kept, kept_until(length, now), now).await?;
            gone += went;
            left = rest;
            if !left {
                break;
            }
        }
        more |= left;
        if gone > 0 {
            tracing::info!(gone, kept_for = %crate::schedule::days(length), "let go: {}", kept.words());
        }
    }
    Ok(more)
}
