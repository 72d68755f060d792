//! When a mail that could not be sent is tried again, and when that is given up. Pure.

use jiff::{SignedDuration, Timestamp};

/// Why an attempt failed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Failure {
    /// What kind of failure.
    pub kind: FailureKind,
    /// What was being done and what the server said, without the mail's text.
    pub text: String,
}

/// The kinds of failure (RFC 5321 §4.2.1).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FailureKind {
    /// A 4yz answer, no connection, no answer: the same mail may pass later.
    Transient,
    /// A 5yz answer: the same mail will never pass.
    Permanent,
    /// The connection was lost around the final dot: the server may have it (RFC 5321 §4.5.3.2.6, RFC 1047).
    Unknown,
}

/// What to do after a failed attempt.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Next {
    /// Try again at this instant.
    Retry(Timestamp),
    /// Stop, for this reason.
    GiveUp(String),
}

/// The waits after the first, second, ... failure; the last one repeats (RFC 5321 §4.5.4.1 asks for two tries in the
/// first hour and patience of days).
const WAITS: [SignedDuration; 6] = [
    SignedDuration::from_secs(30),
    SignedDuration::from_mins(2),
    SignedDuration::from_mins(10),
    SignedDuration::from_mins(30),
    SignedDuration::from_hours(1),
    SignedDuration::from_hours(4),
];

/// What follows a failed attempt.
///
/// `attempts` counts the one that just failed; `jitter`, 0 to 1, spreads retries of many mails by up to a quarter.
pub fn after(
    failure: &Failure,
    attempts: u32,
    written_at: Timestamp,
    now: Timestamp,
    give_up_after: SignedDuration,
    jitter: f64,
) -> Next {
    if failure.kind == FailureKind::Permanent {
        return Next::GiveUp(format!("refused for good: {}", failure.text));
    }
    let age = now.duration_since(written_at);
    if age >= give_up_after {
        return Next::GiveUp(format!("not sent within {give_up_after:#}: {}", failure.text));
    }
    let index = usize::try_from(attempts.saturating_sub(1)).unwrap_or(usize::MAX).min(WAITS.len() - 1);
    let wait = WAITS[index];
    let spread = wait.mul_f64(0.25 * jitter.clamp(0.0, 1.0));
    Next::Retry(now.saturating_add(wait + spread).unwrap_or(Timestamp::MAX))
}
