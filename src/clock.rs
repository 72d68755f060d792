//! The only reading of the clock and the only source of randomness, so that every decision can be repeated.

use jiff::Timestamp;

use crate::effect::Seed;

/// The present instant, or that of a clock that runs elsewhere (the demonstration's three weeks in seconds).
#[derive(Debug, Clone, Copy, Default)]
pub enum Clock {
    /// The machine's clock.
    #[default]
    System,
    /// A clock that stands still.
    Fixed(Timestamp),
}

impl Clock {
    /// The present instant.
    #[expect(clippy::disallowed_methods, reason = "this is the one place that reads the clock")]
    pub fn now(self) -> Timestamp {
        match self {
            Self::System => Timestamp::now(),
            Self::Fixed(at) => at,
        }
    }

    /// A seed for fresh ids: random, or for a fixed clock made from its time, so that a run can be repeated.
    #[expect(clippy::disallowed_methods, reason = "this is the one place that makes random ids")]
    pub fn seed(self) -> Seed {
        let mut bytes = [0; 16];
        match self {
            Self::System => {
                getrandom::fill(&mut bytes).expect("the operating system has a random source");
            }
            Self::Fixed(at) => bytes.copy_from_slice(&at.as_nanosecond().to_be_bytes()),
        }
        Seed(bytes)
    }
}
