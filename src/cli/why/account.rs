//! `why ACCOUNT`: the mood of an account, point by point.

use std::fmt::Write as _;

use jiff::{SignedDuration, Timestamp};

use crate::cli::layout::{plain, short, time, wrapped};
use crate::directory::Account;
use crate::mood::{self, HALF_LIFE, Mood, NEUTRAL, Signal};

/// How many signals are listed one by one; the others are summed up.
const LISTED: usize = 25;
/// The weeks of the course.
const WEEKS: i64 = 8;

/// The mood of an account with everything that moved it: the points add up to it.
pub fn explained(account: &Account, signals: &[Signal], timezone: &str, now: Timestamp) -> String {
    let Mood { value, points } = Mood::of(signals, now);
    let mut text = format!("{}: mood {value} of 100\n{}\n\n", account.key, plain(&account.name));
    text.push_str(&wrapped(
        &format!(
            "Everybody begins at {NEUTRAL}. What a mail gives or takes is halved every {} days.",
            HALF_LIFE.as_hours() / 24
        ),
        0,
    ));
    let _ = writeln!(text, "\n{NEUTRAL:>5}  where everybody begins");
    // Of those that have faded to nothing only the number is worth a line.
    let (felt, faded): (Vec<_>, Vec<_>) = points.into_iter().partition(|(_, points)| *points != 0);
    let (listed, rest) = felt.split_at(felt.len().min(LISTED));
    for (signal, points) in listed {
        text.push_str(&line(signal, *points, timezone));
    }
    if !rest.is_empty() {
        let points: i32 = rest.iter().map(|(_, points)| points).sum();
        let _ = writeln!(text, "{points:>+5}  {} older ones", rest.len());
    }
    if !faded.is_empty() {
        let _ =
            writeln!(text, "{:>+5}  {} so light or so long ago that nothing is left of them", 0, faded.len());
    }
    let _ = writeln!(text, "{:>5}\n{value:>5}  now\n\n{}", "----", weeks(signals, now));
    text
}

/// "Week by week: 70 70 64 52"
pub fn weeks(signals: &[Signal], now: Timestamp) -> String {
    let week = |back: i64| now.saturating_sub(SignedDuration::from_hours(7 * 24 * back)).unwrap_or(now);
    let values: Vec<_> = (0..=WEEKS).rev().map(|back| mood::value(signals, week(back)).to_string()).collect();
    format!("Week by week, up to now: {}", values.join(" "))
}

/// The points that the mood has changed by in four weeks.
pub fn change(signals: &[Signal], now: Timestamp) -> i32 {
    let before = now.saturating_sub(SignedDuration::from_hours(4 * 7 * 24)).unwrap_or(now);
    i32::from(mood::value(signals, now)) - i32::from(mood::value(signals, before))
}

fn line(signal: &Signal, points: i32, timezone: &str) -> String {
    let at = time(signal.at, timezone);
    let case = signal.case.map(|case| format!(" (#{case})")).unwrap_or_default();
    let mut text = format!("{points:>+5}  {at}  {}{case}\n", plain(&signal.words));
    if let Some((_, from, subject)) = &signal.mail {
        text.push_str(&wrapped(&format!("{}: {}", short(&plain(from), 28), short(&plain(subject), 60)), 25));
    }
    if !signal.evidence.is_empty() {
        text.push_str(&wrapped(&format!("\"{}\"", short(&plain(&signal.evidence), 160)), 25));
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    fn signals(number: u32, weight: f64) -> Vec<Signal> {
        let now: Timestamp = "2026-03-20T12:00:00Z".parse().unwrap();
        let one = |place: u32| Signal {
            at: now - SignedDuration::from_hours(30 * i64::from(place)),
            weight,
            words: "clear complaint (91 %)".to_owned(),
            evidence: "It is\nlate again.".to_owned(),
            mail: Some((3, "Dana Ruiz".to_owned(), "The feed".to_owned())),
            case: Some(7),
        };
        (0..number).map(one).collect()
    }

    fn of(signals: &[Signal]) -> String {
        let account = Account { key: "acme".to_owned(), name: "Acme BV".to_owned(), ..Account::default() };
        explained(&account, signals, "Europe/Amsterdam", "2026-03-20T12:00:00Z".parse().unwrap())
    }

    #[test]
    fn the_column_adds_up_to_the_number_that_is_shown() {
        for (number, weight) in [(0, 0.0), (1, -9.0), (3, -13.0), (60, -2.2), (200, 1.5), (40, 0.01)] {
            let text = of(&signals(number, weight));
            let column: Vec<i32> =
                text.lines().filter_map(|line| line.get(..5)?.trim().parse().ok()).collect();
            let (shown, summands) = column.split_last().unwrap();
            assert_eq!(summands.iter().sum::<i32>(), *shown, "{text}");
            assert!(text.starts_with(&format!("acme: mood {shown} of 100\nAcme BV\n")), "{text}");
            assert!(text.lines().all(|line| line.chars().count() <= 100), "{text}");
        }
    }

    #[test]
    fn each_point_names_its_mail_and_its_case() {
        let text = of(&signals(1, -9.0));
        assert!(text.contains("   -8  2026-03-20 13:00  clear complaint (91 %) (#7)\n"), "{text}");
        assert!(text.contains("Dana Ruiz: The feed\n") && text.contains("\"It is late again.\"\n"), "{text}");
        assert!(text.contains("Week by week, up to now: 70 70 70 70 70 70 70 70 62\n"), "{text}");
    }
}
