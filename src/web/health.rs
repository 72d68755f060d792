//! Whether the daemon is well, a line a reason.

use std::time::Duration;

use jiff::{SignedDuration, Timestamp};

use super::Watched;
use crate::store::Vitals;

/// For how long a mail may be due, and a stored one wait to be read, before that is no mere delay any more.
const DELAY: SignedDuration = SignedDuration::from_mins(15);
/// How long a folder may not have been looked at, at least; else three times as long as its looks are apart.
const UNSEEN: Duration = Duration::from_mins(10);
/// How long what is due may not have been looked at: it is done each minute.
const UNTICKED: SignedDuration = SignedDuration::from_mins(10);

/// Whether all is well, and a line for each thing that was looked at, the bad ones first.
pub(super) fn report(watched: &Watched, vitals: Result<&Vitals, &String>) -> (bool, String) {
    let now = watched.desk.clock.now();
    let mut lines = vec![clock(watched, now), loops(watched)];
    match vitals {
        Ok(vitals) => {
            lines.push((true, "the database answers".to_owned()));
            lines
                .extend(watched.folders.iter().map(|(name, poll)| folder(watched, vitals, name, *poll, now)));
            lines.push(unread(vitals, now));
            lines.push(outbox(vitals, now));
        }
        Err(error) => lines.push((false, format!("the database: {error}"))),
    }
    let well = lines.iter().all(|(well, _)| *well);
    lines.sort_by_key(|(well, _)| *well);
    let lines =
        lines.into_iter().map(|(well, line)| format!("{}  {line}\n", if well { "ok " } else { "BAD" }));
    (well, format!("{}\n{}", if well { "well" } else { "not well" }, lines.collect::<String>()))
}

fn clock(watched: &Watched, now: Timestamp) -> (bool, String) {
    let last = watched.desk.last_tick();
    let well = now.duration_since(last.unwrap_or(watched.since)) <= UNTICKED;
    let when = last.map_or("not yet".to_owned(), |at| format!("{} ago", ago(at, now)));
    (well, format!("the clock: what is due was last looked at {when}"))
}

fn loops(watched: &Watched) -> (bool, String) {
    match watched.pulses.stillest() {
        Some((name, still)) if still > watched.dead_after => {
            (false, format!("{name} has not moved for {} s", still.as_secs()))
        }
        _ => (true, "all loops move".to_owned()),
    }
}

fn folder(watched: &Watched, vitals: &Vitals, name: &str, poll: Duration, now: Timestamp) -> (bool, String) {
    let mailbox = vitals.mailboxes.iter().find(|mailbox| mailbox.mailbox == name);
    let last = mailbox.and_then(|mailbox| mailbox.last_ok_at);
    let longest = SignedDuration::try_from(poll.saturating_mul(3).max(UNSEEN)).unwrap_or(SignedDuration::MAX);
    let well = now.duration_since(last.unwrap_or(watched.since).max(watched.since)) <= longest;
    let when = last.map_or("never yet".to_owned(), |at| format!("{} ago", ago(at, now)));
    let failing =
        mailbox.is_some_and(|mailbox| mailbox.last_error_at.is_some_and(|at| last.is_none_or(|ok| ok < at)));
    let how = if failing { "; it fails now, `pairdesk status` says why" } else { "" };
    (well, format!("{name}: last looked at {when}{how}"))
}

fn unread(vitals: &Vitals, now: Timestamp) -> (bool, String) {
    match vitals.unread {
        (0, _) | (_, None) => (true, "no mail waits to be read".to_owned()),
        (number, Some(oldest)) => {
            let well = now.duration_since(oldest) <= DELAY;
            (well, format!("mails that wait to be read: {number}, the oldest for {}", ago(oldest, now)))
        }
    }
}

fn outbox(vitals: &Vitals, now: Timestamp) -> (bool, String) {
    match vitals.overdue {
        (0, _) | (_, None) => (true, "no mail waits for the server".to_owned()),
        (number, Some(oldest)) => {
            let well = now.duration_since(oldest) <= DELAY;
            let age = ago(oldest, now);
            (
                well,
                format!(
                    "mails that wait for the server: {number}, the oldest for {age}; `pairdesk status` says why"
                ),
            )
        }
    }
}

/// "40 s", "12 min", "5 h", "3 d".
fn ago(at: Timestamp, now: Timestamp) -> String {
    let seconds = now.duration_since(at).as_secs().max(0);
    match seconds {
        0..120 => format!("{seconds} s"),
        120..7200 => format!("{} min", seconds / 60),
        7200..172_800 => format!("{} h", seconds / 3600),
        _ => format!("{} d", seconds / 86400),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_age_is_said_in_its_largest_unit() {
        let at = Timestamp::UNIX_EPOCH;
        let ages = [0, 119, 120, 7199, 7200, 172_800]
            .map(|seconds| ago(at, Timestamp::from_second(seconds).unwrap()));
        assert_eq!(ages, ["0 s", "119 s", "2 min", "119 min", "2 h", "2 d"]);
        assert_eq!(ago(Timestamp::from_second(9).unwrap(), at), "0 s", "a clock that was set back");
    }
}
