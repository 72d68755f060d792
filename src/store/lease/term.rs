//! When a daemon promises anew to be alive, and until when it relies on its last promise. Pure.

use std::time::{Duration, Instant};

/// How long a promise is good: what a daemon holds is taken over so long after it was last heard of.
pub(super) const GOOD: Duration = Duration::from_secs(30);
/// How long before the end of its promise a daemon stops what it holds: time to let go of what is at hand.
const MARGIN: Duration = Duration::from_secs(5);
/// How long it relies on a promise.
const RELIED: Duration = GOOD.saturating_sub(MARGIN);
/// How often it promises anew.
const EVERY: Duration = Duration::from_secs(5);
/// How soon it tries again when it could not.
const AGAIN: Duration = Duration::from_secs(1);

/// The last promise of a daemon, by its own clock, which never goes back.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Promise {
    /// How often the others had given this daemon up before: what it held then, it holds no more.
    pub life: u64,
    /// Until when it may rely on what it holds.
    pub until: Instant,
}

impl Promise {
    /// A promise that was asked for at this instant. The database counts from a later one, so that its end is not before
    /// the one here.
    pub fn new(life: u64, asked: Instant) -> Self {
        Self { life, until: asked + RELIED }
    }

    /// Whether what was taken in this life may still be relied on.
    pub fn covers(self, life: u64, now: Instant) -> bool {
        self.life == life && now < self.until
    }
}

/// How long to wait until the next attempt, after one that began so long ago.
pub(super) fn pause(kept: bool, taken: Duration) -> Duration {
    let every = if kept { EVERY } else { AGAIN };
    every.saturating_sub(taken).max(AGAIN)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn seconds(seconds: u64) -> Duration {
        Duration::from_secs(seconds)
    }

    #[test]
    fn a_promise_is_relied_on_for_less_than_it_is_good_and_only_in_its_life() {
        let asked = Instant::now();
        let promise = Promise::new(3, asked);
        for (life, after, relied) in
            [(3, 0, true), (3, 24, true), (3, 25, false), (3, 30, false), (2, 0, false), (4, 0, false)]
        {
            assert_eq!(promise.covers(life, asked + seconds(after)), relied, "life {life}, {after} s");
        }
        assert!(promise.until < asked + GOOD);
    }

    #[test]
    fn several_attempts_fit_before_a_promise_is_given_up() {
        for (kept, taken, wait) in [(true, 0, 5), (true, 2, 3), (true, 60, 1), (false, 0, 1), (false, 5, 1)] {
            assert_eq!(pause(kept, seconds(taken)), seconds(wait), "{kept} {taken}");
        }
        assert!(RELIED >= 3 * EVERY);
    }
}
