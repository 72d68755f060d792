//! The only reading of the clock and the only source of randomness, so that every decision can be repeated.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use jiff::Timestamp;
use sha2::{Digest, Sha256};

use crate::effect::Seed;

/// The present instant: the machine's, or that of a clock that somebody sets (the demonstration's three weeks in a few
/// seconds).
#[derive(Debug, Clone, Default)]
pub enum Clock {
    /// The machine's clock.
    #[default]
    System,
    /// A clock that is set by hand.
    Set(Arc<SetClock>),
}

/// A clock that is set by hand. Its seeds are repeatable: each is made from the count of those before.
#[derive(Debug, Default)]
pub struct SetClock {
    milliseconds: AtomicI64,
    seeds: AtomicI64,
}

impl SetClock {
    /// A clock that shows this instant until it is set again.
    pub fn new(at: Timestamp) -> Self {
        Self { milliseconds: AtomicI64::new(at.as_millisecond()), seeds: AtomicI64::new(0) }
    }

    /// Sets the clock.
    pub fn set(&self, at: Timestamp) {
        self.milliseconds.store(at.as_millisecond(), Ordering::Relaxed);
    }
}

impl Clock {
    /// The present instant.
    #[expect(clippy::disallowed_methods, reason = "this is the one place that reads the clock")]
    pub fn now(&self) -> Timestamp {
        match self {
            Self::System => Timestamp::now(),
            Self::Set(clock) => {
                let milliseconds = clock.milliseconds.load(Ordering::Relaxed);
                Timestamp::from_millisecond(milliseconds).unwrap_or_default()
            }
        }
    }

    /// A random share, 0 to 1, by which waits differ, so that many do not end at once.
    pub fn jitter(&self) -> f64 {
        f64::from(self.seed().0[0]) / 255.0
    }

    /// Bytes for a key that nobody can guess; of a clock set by hand, those that a second run gives again.
    pub fn key(&self) -> [u8; 32] {
        let mut bytes = [0; 32];
        bytes[..16].copy_from_slice(&self.seed().0);
        bytes[16..].copy_from_slice(&self.seed().0);
        bytes
    }

    /// A seed for fresh ids that nobody can guess; of a clock set by hand, one that a second run gives again.
    #[expect(clippy::disallowed_methods, reason = "this is the one place that makes random ids")]
    pub fn seed(&self) -> Seed {
        let mut bytes = [0; 16];
        match self {
            Self::System => getrandom::fill(&mut bytes).expect("the operating system has a random source"),
            Self::Set(clock) => {
                let count = clock.seeds.fetch_add(1, Ordering::Relaxed);
                bytes.copy_from_slice(&Sha256::digest(count.to_be_bytes())[..16]);
            }
        }
        Seed(bytes)
    }
}
