//! When a mail that could not be sent is tried again, and when that is given up. Pure.

use std::fmt;

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
    /// No mail was spoken of yet: the server cannot be reached, or refuses our login. All mails wait until it can.
    Server,
    /// A 4yz answer, or none: the same mail may pass later.
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

/// A mail has this many attempts before its age counts against it: after an outage of days the first 4yz answer
/// (greylisting) is no reason to give up.
const ATTEMPTS: u32 = 5;

/// An acknowledgement that is older goes out no more by itself: word that a mail has come is odd days after it.
pub const ACKNOWLEDGED_WITHIN: SignedDuration = SignedDuration::from_hours(24);

/// How long all mails wait after the server's `failures`th failure in a row, from 5 seconds up to 5 minutes.
pub fn pause(failures: u32) -> SignedDuration {
    const LONGEST: i64 = 5 * 60;
    SignedDuration::from_secs((5_i64 << failures.saturating_sub(1).min(6)).min(LONGEST))
}

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
    if age >= give_up_after && attempts >= ATTEMPTS {
        return Next::GiveUp(format!("not sent within {give_up_after:#}: {}", failure.text));
    }
    let index = usize::try_from(attempts.saturating_sub(1)).unwrap_or(usize::MAX).min(WAITS.len() - 1);
    let wait = WAITS[index];
    let spread = wait.mul_f64(0.25 * jitter.clamp(0.0, 1.0));
    Next::Retry(now.saturating_add(wait + spread).unwrap_or(Timestamp::MAX))
}

/// How many mails may go out in an hour.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// To one recipient.
    pub to_one: u64,
    /// To all together.
    pub to_all: u64,
}

/// Whether a mail may go out now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Admission {
    /// It may.
    Admit,
    /// It waits.
    Hold {
        /// When to ask again.
        until: Timestamp,
        /// Which limit was reached.
        limit: Limit,
    },
}

/// A limit on the mails of an hour. It shows itself in words: "20 mails an hour to one recipient".
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Limit {
    /// To one recipient.
    ToOne(u64),
    /// To all together.
    ToAll(u64),
}

impl fmt::Display for Limit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::ToOne(mails) => write!(f, "{mails} mails an hour to one recipient"),
            Self::ToAll(mails) => write!(f, "{mails} mails an hour in all"),
        }
    }
}

/// How long a held mail waits before the limits are asked again.
const HELD: SignedDuration = SignedDuration::from_mins(10);

/// Whether one more mail may go out, after so many in the last hour. Loops that escape every mark of automatic mail
/// end here (RFC 3834 §2).
pub fn admit(
    sent_to_recipient_last_hour: u64,
    sent_total_last_hour: u64,
    limits: Limits,
    now: Timestamp,
) -> Admission {
    let limit = if sent_to_recipient_last_hour >= limits.to_one {
        Limit::ToOne(limits.to_one)
    } else if sent_total_last_hour >= limits.to_all {
        Limit::ToAll(limits.to_all)
    } else {
        return Admission::Admit;
    };
    Admission::Hold { until: now.saturating_add(HELD).unwrap_or(Timestamp::MAX), limit }
}

#[cfg(test)]
mod tests {
    use super::*;

    const DAY: SignedDuration = SignedDuration::from_hours(24);

    fn next(kind: FailureKind, attempts: u32, age: SignedDuration, jitter: f64) -> Next {
        let now: Timestamp = "2026-05-12T12:00:00Z".parse().unwrap();
        let failure = Failure { kind, text: "451 try later".to_owned() };
        after(&failure, attempts, now - age, now, DAY * 4, jitter)
    }

    fn retry_in(seconds: i64) -> Next {
        let now: Timestamp = "2026-05-12T12:00:00Z".parse().unwrap();
        Next::Retry(now + SignedDuration::from_secs(seconds))
    }

    #[test]
    fn waits_grow_from_seconds_to_hours_and_then_stay() {
        let waits = [
            (0, 30),
            (1, 30),
            (2, 120),
            (3, 600),
            (4, 1800),
            (5, 3600),
            (6, 14400),
            (7, 14400),
            (u32::MAX, 14400),
        ];
        for (attempts, seconds) in waits {
            for kind in [FailureKind::Transient, FailureKind::Unknown] {
                assert_eq!(next(kind, attempts, SignedDuration::ZERO, 0.0), retry_in(seconds), "{attempts}");
            }
        }
    }

    #[test]
    fn jitter_adds_up_to_a_quarter_whatever_number_it_is() {
        for (jitter, seconds) in [(0.0, 3600), (0.5, 4050), (1.0, 4500), (7.0, 4500), (-1.0, 3600)] {
            assert_eq!(next(FailureKind::Transient, 5, DAY, jitter), retry_in(seconds), "{jitter}");
        }
    }

    #[test]
    fn a_mail_is_given_up_when_refused_for_good_or_too_old() {
        let refused = next(FailureKind::Permanent, 1, SignedDuration::ZERO, 0.0);
        assert_eq!(refused, Next::GiveUp("refused for good: 451 try later".to_owned()));
        for kind in [FailureKind::Transient, FailureKind::Unknown] {
            let old = next(kind, 9, DAY * 4, 0.0);
            assert_eq!(old, Next::GiveUp("not sent within 96h: 451 try later".to_owned()));
            assert_eq!(next(kind, 9, DAY * 4 - SignedDuration::from_secs(1), 0.0), retry_in(14400));
        }
    }

    #[test]
    fn an_old_mail_has_five_attempts_all_the_same() {
        assert_eq!(next(FailureKind::Transient, 1, DAY * 9, 0.0), retry_in(30));
        assert_eq!(next(FailureKind::Transient, 4, DAY * 9, 0.0), retry_in(1800));
        assert!(matches!(next(FailureKind::Transient, 5, DAY * 9, 0.0), Next::GiveUp(_)));
        assert!(matches!(next(FailureKind::Permanent, 1, DAY * 9, 0.0), Next::GiveUp(_)));
    }

    #[test]
    fn the_pause_of_all_mails_grows_from_seconds_to_minutes() {
        for (failures, seconds) in [(0, 5), (1, 5), (2, 10), (3, 20), (6, 160), (7, 300), (u32::MAX, 300)] {
            assert_eq!(pause(failures), SignedDuration::from_secs(seconds), "{failures}");
        }
    }

    #[test]
    fn sending_holds_at_the_first_limit_that_is_reached() {
        let limits = Limits { to_one: 20, to_all: 200 };
        let now: Timestamp = "2026-05-12T12:00:00Z".parse().unwrap();
        let hold = |limit: Limit| Admission::Hold { until: now + HELD, limit };
        let cases = [
            (0, 0, Admission::Admit),
            (19, 199, Admission::Admit),
            (20, 20, hold(Limit::ToOne(20))),
            (0, 200, hold(Limit::ToAll(200))),
            (25, 500, hold(Limit::ToOne(20))),
        ];
        for (to_recipient, in_all, expected) in cases {
            assert_eq!(admit(to_recipient, in_all, limits, now), expected, "{to_recipient} {in_all}");
        }
    }
}
