//! The arithmetic of UIDVALIDITY and UID (RFC 9051 §2.3.1.1): pure.

use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;

use super::{How, Start};
use crate::message::Cursor;

/// How far the clocks of the server and of this machine may differ before new mail is taken for old, in seconds.
const CLOCK_DIFFERENCE: i64 = 86_400;

/// What to do with a folder that has just been opened.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Plan {
    /// From where to read, unless `search` says otherwise.
    pub start: Start,
    /// When set, read from the first mail that the server dates on or after this day (IMAP SEARCH SINCE).
    pub search: Option<Date>,
}

/// Decides from where to read a folder with this UIDVALIDITY and UIDNEXT.
pub(super) fn plan(
    stored: Option<Cursor>,
    validity: u32,
    uid_next: u32,
    since: Option<Timestamp>,
    now: Timestamp,
) -> Plan {
    let last_uid = uid_next.saturating_sub(1);
    match stored {
        Some(cursor) if cursor.validity == validity => {
            Plan { start: Start { cursor, how: How::Resumed }, search: None }
        }
        Some(cursor) => Plan {
            start: Start {
                cursor: Cursor { validity, last_uid, ..cursor },
                how: How::ValidityChanged { before: cursor.validity },
            },
            search: Some(search_day(cursor.since)),
        },
        None => Plan {
            start: Start { cursor: Cursor { validity, last_uid, ..first(since, now) }, how: How::First },
            search: since.map(search_day),
        },
    }
}

/// The cursor of a mailbox that is read for the first time: from the configured date, or from now on. Mailboxes tell
/// times in whole seconds, so that the running second is still before what comes next.
pub(super) fn first(since: Option<Timestamp>, now: Timestamp) -> Cursor {
    let started_at = Timestamp::from_second(now.as_second()).unwrap_or(now);
    Cursor { validity: 0, last_uid: 0, since: since.unwrap_or(started_at), started_at }
}

/// The day to search from: SEARCH SINCE compares the date in the server's own zone, so begin a day early.
fn search_day(since: Timestamp) -> Date {
    let day = since.to_zoned(TimeZone::UTC).date();
    day.yesterday().unwrap_or(day)
}

/// The first day of mails that [`recent_enough`] lets pass, for SEARCH SINCE.
pub(super) fn first_day(since: Timestamp) -> Date {
    let earliest = since.as_second().saturating_sub(CLOCK_DIFFERENCE);
    search_day(Timestamp::from_second(earliest).unwrap_or(Timestamp::MIN))
}

/// The day as SEARCH wants it: `5-Nov-2026`.
pub(super) fn search_date(day: Date) -> String {
    day.strftime("%-d-%b-%Y").to_string()
}

/// Whether a mail is to be read, by when the mailbox got it. `exact` for what lay there at the first start; what has
/// come since is old only when the clocks cannot explain it.
pub(super) fn recent_enough(received_at: Option<Timestamp>, since: Timestamp, exact: bool) -> bool {
    let margin = if exact { 0 } else { CLOCK_DIFFERENCE };
    received_at.is_none_or(|at| at.as_second() >= since.as_second().saturating_sub(margin))
}

/// How many of these sizes fit into the limit: at least one, so that reading never stops.
pub(super) fn fitting(sizes: impl IntoIterator<Item = u64>, limit_bytes: u64) -> usize {
    let mut total = 0_u64;
    let within = sizes.into_iter().take_while(|size| {
        total = total.saturating_add(*size);
        total <= limit_bytes
    });
    within.count().max(1)
}

/// The UIDs as a sequence set (RFC 9051 §4.1.1): `1:3,7`. They are in order, each once.
pub(super) fn uid_set(uids: &[u32]) -> String {
    let mut ranges: Vec<(u32, u32)> = Vec::new();
    for &uid in uids {
        match ranges.last_mut() {
            Some((_, last)) if last.checked_add(1) == Some(uid) => *last = uid,
            _ => ranges.push((uid, uid)),
        }
    }
    let ranges = ranges.iter().map(
        |(first, last)| {
            if first == last { first.to_string() } else { format!("{first}:{last}") }
        },
    );
    ranges.collect::<Vec<_>>().join(",")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    #[test]
    fn the_first_start_reads_from_now_on() {
        let plan = plan(None, 7, 41, None, at("2026-11-05T09:00:00.7Z"));
        let now = at("2026-11-05T09:00:00Z");
        let cursor = Cursor { validity: 7, last_uid: 40, since: now, started_at: now };
        assert_eq!(plan.start, Start { cursor, how: How::First });
        assert_eq!(plan.search, None);
    }

    #[test]
    fn the_first_start_with_a_date_searches_from_the_day_before() {
        let since = at("2026-11-01T00:00:00Z");
        let plan = plan(None, 7, 41, Some(since), at("2026-11-05T09:00:00Z"));
        assert_eq!(plan.start.cursor.since, since);
        assert_eq!(plan.start.cursor.started_at, at("2026-11-05T09:00:00Z"));
        assert_eq!(plan.search.map(search_date), Some("31-Oct-2026".to_owned()));
    }

    #[test]
    fn a_stored_cursor_is_resumed_whatever_the_configured_date() {
        let since = at("2026-01-01T00:00:00Z");
        let cursor = Cursor { validity: 7, last_uid: 12, since, started_at: at("2026-02-01T00:00:00Z") };
        let plan = plan(Some(cursor), 7, 41, Some(at("2020-01-01T00:00:00Z")), at("2026-11-05T09:00:00Z"));
        assert_eq!(plan, Plan { start: Start { cursor, how: How::Resumed }, search: None });
    }

    #[test]
    fn another_validity_reads_again_since_the_first_start() {
        let since = at("2026-11-02T12:00:00Z");
        let started_at = at("2026-11-03T12:00:00Z");
        let cursor = Cursor { validity: 7, last_uid: 1_000, since, started_at };
        let plan = plan(Some(cursor), 8, 5, None, at("2026-11-05T09:00:00Z"));
        assert_eq!(plan.start.how, How::ValidityChanged { before: 7 });
        assert_eq!(plan.start.cursor, Cursor { validity: 8, last_uid: 4, since, started_at });
        assert_eq!(plan.search.map(search_date), Some("1-Nov-2026".to_owned()));
    }

    #[test]
    fn no_mail_that_is_recent_enough_lies_before_the_first_day() {
        let day = first_day(at("2026-11-05T00:00:00Z"));
        assert_eq!(search_date(day), "3-Nov-2026");
        // However early that is.
        first_day(Timestamp::MIN);
    }

    #[test]
    fn an_empty_folder_starts_at_nought() {
        for uid_next in [0, 1] {
            assert_eq!(plan(None, 7, uid_next, None, Timestamp::UNIX_EPOCH).start.cursor.last_uid, 0);
        }
    }

    #[test]
    fn old_mail_is_passed_over_and_new_mail_may_be_a_day_off() {
        let since = at("2026-11-05T09:00:00.9Z");
        for (received, exact, wanted) in [
            (Some("2026-11-05T09:00:00Z"), true, true),
            (Some("2026-11-05T08:59:59Z"), true, false),
            (Some("2026-11-05T08:59:59Z"), false, true),
            (Some("2026-11-04T08:59:59Z"), false, false),
            (None, true, true),
        ] {
            assert_eq!(recent_enough(received.map(at), since, exact), wanted, "{received:?} {exact}");
        }
    }

    #[test]
    fn a_batch_holds_what_fits_and_at_least_one() {
        for (sizes, limit, count) in [
            (vec![1, 2, 3], 6, 3),
            (vec![1, 2, 4], 6, 2),
            (vec![9, 1], 6, 1),
            (vec![u64::MAX, u64::MAX], 6, 1),
        ] {
            assert_eq!(fitting(sizes.clone(), limit), count, "{sizes:?}");
        }
    }

    #[test]
    fn uids_are_written_as_ranges() {
        for (uids, set) in [
            (vec![1], "1"),
            (vec![1, 2, 3, 7], "1:3,7"),
            (vec![2, 4, 5], "2,4:5"),
            (vec![u32::MAX - 1, u32::MAX], "4294967294:4294967295"),
        ] {
            assert_eq!(uid_set(&uids), set);
        }
    }
}
