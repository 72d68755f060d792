//! The mood of an account, 0 to 100: what its mails moved, fading with time. Pure.

mod signals;

use jiff::{SignedDuration, Timestamp};

pub use signals::{Act, Did, Heard, Record, displeasure, pleasure};

/// Where everybody begins and comes back to: content, without a reason to say so.
pub const NEUTRAL: u8 = 70;
/// The time in which a signal loses half of its weight.
pub const HALF_LIFE: SignedDuration = SignedDuration::from_hours(21 * 24);
/// What is older than this has less than half a hundredth of its weight, and is not looked at.
pub const HORIZON: SignedDuration = SignedDuration::from_hours(24 * 7 * 24);

/// Something that moved the mood of an account.
#[derive(Debug, Clone, PartialEq)]
pub struct Signal {
    /// When.
    pub at: Timestamp,
    /// By how many points, on that day and from the middle of the scale; below 0 it is bad.
    pub weight: f64,
    /// What it was, in words: "clear complaint (91 %)".
    pub words: String,
    /// The client's words that show it; may be empty.
    pub evidence: String,
    /// The mail: its number, who wrote it, and its subject.
    pub mail: Option<(i64, String, String)>,
    /// The case that it belongs to.
    pub case: Option<i64>,
}

/// A mood, explained.
#[derive(Debug, Clone, PartialEq)]
pub struct Mood {
    /// 0 to 100.
    pub value: u8,
    /// Every signal with the points that are left of it, newest first. With [`NEUTRAL`] they add up to the value.
    pub points: Vec<(Signal, i32)>,
}

impl Mood {
    /// The mood that these signals make at an instant. Those after it do not count.
    pub fn of(signals: &[Signal], now: Timestamp) -> Self {
        let mut points: Vec<(Signal, f64)> = signals
            .iter()
            .filter(|signal| signal.at <= now)
            .map(|signal| (signal.clone(), left(signal, now)))
            .collect();
        points.sort_by(|(a, left), (b, right)| {
            let names = |signal: &Signal| (signal.case, signal.mail.clone(), signal.words.clone());
            b.at.cmp(&a.at).then(left.total_cmp(right)).then_with(|| names(a).cmp(&names(b)))
        });
        let sum = sum(points.iter().map(|(_, left)| *left));
        let value = rounded(sum);
        let share = if sum == 0.0 { 1.0 } else { bent(sum) / sum };
        let exact: Vec<f64> = points.iter().map(|(_, left)| left * share).collect();
        let whole = apportioned(&exact, i32::from(value) - i32::from(NEUTRAL));
        Self { value, points: points.into_iter().map(|(signal, _)| signal).zip(whole).collect() }
    }
}

/// The number of [`Mood::of`] alone.
pub fn value(signals: &[Signal], now: Timestamp) -> u8 {
    rounded(sum(signals.iter().filter(|signal| signal.at <= now).map(|signal| left(signal, now))))
}

/// The mood day by day from one instant to another, both included, oldest first.
pub fn course(signals: &[Signal], from: Timestamp, until: Timestamp) -> Vec<u8> {
    let days = (until.duration_since(from).as_hours() / 24).max(0);
    let at = |days: i64| until.saturating_sub(SignedDuration::from_hours(24 * days)).unwrap_or(from);
    (0..=days).rev().map(|days| value(signals, at(days))).collect()
}

/// What is left of a signal.
#[expect(clippy::cast_precision_loss, reason = "milliseconds of decades are exact in 53 bits")]
fn left(signal: &Signal, now: Timestamp) -> f64 {
    let half_lives = now.duration_since(signal.at).as_millis() as f64 / HALF_LIFE.as_millis() as f64;
    signal.weight * (-half_lives).exp2()
}

/// The sum, whatever the order.
fn sum(numbers: impl Iterator<Item = f64>) -> f64 {
    let mut numbers: Vec<f64> = numbers.collect();
    numbers.sort_by(f64::total_cmp);
    numbers.into_iter().sum()
}

/// Points bent to the scale: one by one near its middle, and ever less towards its ends, so that the worse of two bad
/// months still looks worse.
fn bent(sum: f64) -> f64 {
    let room = if sum < 0.0 { f64::from(NEUTRAL) } else { 100.0 - f64::from(NEUTRAL) };
    sum.signum() * room * (1.0 - (-sum.abs() / room).exp())
}

#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "it is within 0 and 100")]
fn rounded(sum: f64) -> u8 {
    (f64::from(NEUTRAL) + bent(sum)).round().clamp(0.0, 100.0) as u8
}

/// Whole numbers that add up to the total, each next to its exact one: the largest remainders are rounded up.
#[expect(clippy::cast_possible_truncation, reason = "each is within -100 and 100")]
fn apportioned(exact: &[f64], total: i32) -> Vec<i32> {
    let mut whole: Vec<i32> = exact.iter().map(|exact| exact.floor() as i32).collect();
    let mut order: Vec<usize> = (0..exact.len()).collect();
    order.sort_by(|a, b| (exact[*b] - exact[*b].floor()).total_cmp(&(exact[*a] - exact[*a].floor())));
    let missing = usize::try_from(total - whole.iter().sum::<i32>()).unwrap_or(0);
    for place in order.into_iter().take(missing) {
        whole[place] += 1;
    }
    whole
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::case::Kind;

    fn now() -> Timestamp {
        "2026-03-20T12:00:00Z".parse().unwrap()
    }

    fn signal(hours_ago: i64, weight: f64) -> Signal {
        let at = now() - SignedDuration::from_hours(hours_ago);
        Signal { at, weight, words: String::new(), evidence: String::new(), mail: None, case: None }
    }

    fn signals() -> impl Strategy<Value = Vec<Signal>> {
        let one = (0..5000_i64, -40.0..20.0_f64).prop_map(|(ago, weight)| signal(ago, weight));
        prop::collection::vec(one, 0..40)
    }

    fn distance(signals: &[Signal], at: Timestamp) -> u8 {
        value(signals, at).abs_diff(NEUTRAL)
    }

    proptest! {
        #[test]
        fn one_more_dissatisfaction_never_raises_it(all in signals(), ago in 0..5000_i64, weight in -40.0..=0.0_f64) {
            let before = value(&all, now());
            let mut more = all;
            more.push(signal(ago, weight));
            prop_assert!(value(&more, now()) <= before);
        }

        #[test]
        fn a_graver_dissatisfaction_never_raises_it(
            all in signals(),
            ago in 0..5000_i64,
            place in 0..3_usize,
            (mild, severe) in (0..=3_u8, 0..=3_u8),
            (likely, sure) in (0.0..=1.0_f64, 0.0..=1.0_f64),
        ) {
            let kind = [Kind::Complaint, Kind::PromiseGap, Kind::ChurnRisk][place];
            let with = |severity, probability| {
                let mut all = all.clone();
                all.push(signal(ago, displeasure(kind, severity, probability)));
                value(&all, now())
            };
            prop_assert!(with(mild.max(severe), likely.max(sure)) <= with(mild.min(severe), likely.min(sure)));
        }

        #[test]
        fn time_alone_heals_towards_neutral(all in signals(), hours in 0..9000_i64, more in 0..9000_i64) {
            let later = now() + SignedDuration::from_hours(hours);
            let latest = later + SignedDuration::from_hours(more);
            prop_assert!(distance(&all, latest) <= distance(&all, later));
        }

        #[test]
        fn the_order_of_signals_does_not_matter(all in signals(), places in prop::collection::vec(0..40_usize, 0..60)) {
            // Many of the same instant.
            let all: Vec<_> = all.into_iter().map(|one| Signal { at: now() - HALF_LIFE, ..one }).collect();
            let mut mixed = all.clone();
            let length = mixed.len().max(1);
            for (a, b) in places.into_iter().enumerate().filter(|_| !all.is_empty()) {
                mixed.swap(a % length, b % length);
            }
            prop_assert_eq!(Mood::of(&all, now()), Mood::of(&mixed, now()));
        }

        #[test]
        fn every_point_is_explained(all in signals()) {
            let mood = Mood::of(&all, now());
            prop_assert!(mood.value <= 100);
            prop_assert_eq!(mood.value, value(&all, now()));
            let points: i32 = mood.points.iter().map(|(_, points)| points).sum();
            prop_assert_eq!(i32::from(NEUTRAL) + points, i32::from(mood.value));
            prop_assert_eq!(mood.points.len(), all.len());
            for (signal, points) in &mood.points {
                // Never against what it was, but by rounding.
                prop_assert!(f64::from(*points) * signal.weight >= -signal.weight.abs());
            }
        }
    }

    #[test]
    fn without_signals_it_is_neutral_and_what_is_to_come_does_not_count() {
        assert_eq!(Mood::of(&[], now()), Mood { value: NEUTRAL, points: Vec::new() });
        assert_eq!(value(&[signal(-1, -40.0)], now()), NEUTRAL);
    }

    #[test]
    fn three_weeks_halve_what_a_mail_has_moved() {
        let lost = |days: i64| NEUTRAL - value(&[signal(days * 24, -20.0)], now());
        // 20 points are bent to 17.4: the scale ends at 0.
        assert_eq!((lost(0), lost(21), lost(42), lost(168)), (17, 9, 5, 0));
    }

    #[test]
    fn small_dissatisfactions_add_up_to_a_grave_one() {
        let mild: Vec<_> = (0..4).map(|day| signal(day * 24, displeasure(Kind::Complaint, 1, 0.9))).collect();
        let severe = [signal(0, displeasure(Kind::Complaint, 3, 0.9))];
        assert!(value(&mild[..1], now()) > 60, "one is soon forgotten");
        assert!(value(&mild, now()).abs_diff(value(&severe, now())) <= 3);
    }

    #[test]
    fn the_course_goes_day_by_day_and_ends_with_today() {
        let all = [signal(36, -30.0)];
        let days = course(&all, now() - SignedDuration::from_hours(72), now());
        assert_eq!(days.len(), 4);
        assert_eq!(days[..2], [NEUTRAL, NEUTRAL], "before it");
        assert!(days[2] < days[3] && days[3] < NEUTRAL, "{days:?}");
        assert_eq!(days[3], value(&all, now()));
    }
}
