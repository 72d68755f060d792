//! Working time: how much of a person's working hours passes between two instants, and when so much has passed.

use std::collections::HashMap;

use jiff::civil::{Date, Time, Weekday};
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp, ToSpan};

use super::holidays::Holidays;
use super::hours::Hours;
use crate::directory::Directory;

/// How far ahead working time is looked for: of whoever has none in that time, nothing comes due.
const HORIZON: usize = 400;

/// A length of working time, as a target is set. A day is a whole working day, however long that is for whoever it
/// concerns: two days after Tuesday at three is Thursday at three, or Monday at three for who works until Wednesday.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct WorkingTime {
    /// Whole working days.
    pub days: u32,
    /// Working time beside them; not negative.
    pub rest: SignedDuration,
}

impl WorkingTime {
    /// So many hours of work.
    pub const fn hours(hours: i64) -> Self {
        Self { days: 0, rest: SignedDuration::from_hours(hours) }
    }

    /// So many working days.
    pub const fn days(days: u32) -> Self {
        Self { days, rest: SignedDuration::ZERO }
    }
}

/// When one person works.
#[derive(Debug, Clone)]
pub struct Calendar<'a> {
    zone: TimeZone,
    days: &'a [Weekday],
    holidays: &'a Holidays,
    from: Time,
    /// Midnight is the end of the day.
    to: Time,
}

impl Hours {
    /// When this person works, where they are.
    pub fn calendar<'a>(&'a self, person: &str, directory: &Directory) -> Calendar<'a> {
        let own = self.people.get(person);
        Calendar {
            zone: TimeZone::get(directory.timezone_of(person)).unwrap_or(TimeZone::UTC),
            days: own.and_then(|own| own.days.as_ref()).unwrap_or(&self.days),
            holidays: own.and_then(|own| own.holidays.as_ref()).unwrap_or(&self.holidays),
            from: own.and_then(|own| own.from).unwrap_or(self.from),
            to: own.and_then(|own| own.to).unwrap_or(self.to),
        }
    }
}

impl Calendar<'_> {
    /// How long a working day is, when the clocks are not changed on it.
    pub fn day(&self) -> SignedDuration {
        let length = self.to.duration_since(self.from);
        if length.is_positive() { length } else { length + SignedDuration::from_hours(24) }
    }

    /// How long a working time is for this person.
    pub fn length(&self, time: WorkingTime) -> SignedDuration {
        let days = i32::try_from(time.days).unwrap_or(i32::MAX);
        self.day().saturating_mul(days).saturating_add(time.rest)
    }

    /// Whether the person works at an instant.
    pub fn works(&self, at: Timestamp) -> bool {
        self.span(self.date(at)).is_some_and(|(from, to)| from <= at && at < to)
    }

    /// When so much working time has passed since an instant; none where that is not within 400 days.
    pub fn after(&self, since: Timestamp, length: SignedDuration) -> Option<Timestamp> {
        let mut left = length;
        for (from, to) in self.spans(since).take(HORIZON).flatten() {
            let from = from.max(since);
            let lasts = to.duration_since(from);
            if lasts.is_negative() {
                continue;
            }
            if left <= lasts {
                return from.checked_add(left).ok();
            }
            left -= lasts;
        }
        None
    }

    /// How much working time passes from one instant to a later one; none at all where it is earlier.
    pub fn between(&self, since: Timestamp, until: Timestamp) -> SignedDuration {
        let last = self.date(until);
        let days = self.date(since).series(1.day()).take_while(|day| *day <= last);
        let spans = days.filter_map(|day| self.span(day));
        let passed = spans.map(|(from, to)| to.min(until).duration_since(from.max(since)));
        passed.filter(SignedDuration::is_positive).fold(SignedDuration::ZERO, |sum, one| sum + one)
    }

    /// The hours of work of each day from that of an instant on; none on a day off.
    fn spans(&self, since: Timestamp) -> impl Iterator<Item = Option<(Timestamp, Timestamp)>> {
        self.date(since).series(1.day()).map(|day| self.span(day))
    }

    fn date(&self, at: Timestamp) -> Date {
        at.to_zoned(self.zone.clone()).date()
    }

    /// The hours of work of a day. An hour that daylight-saving time skips comes as much later as the clock jumps, and of
    /// one that comes twice it is the first, as with digests.
    fn span(&self, day: Date) -> Option<(Timestamp, Timestamp)> {
        if !self.days.contains(&day.weekday()) || self.holidays.contains(day) {
            return None;
        }
        let instant = |day: Date, time: Time| {
            day.to_datetime(time).to_zoned(self.zone.clone()).ok().map(|at| at.timestamp())
        };
        let ends = if self.to == Time::midnight() { day.tomorrow().ok()? } else { day };
        Some((instant(day, self.from)?, instant(ends, self.to)?))
    }
}

/// A length of working time in words: "less than a minute", "40 working minutes", "9 working hours", "3 working days".
pub fn words(length: SignedDuration, calendar: &Calendar<'_>) -> String {
    let minutes = length.as_mins().max(0);
    let day = calendar.day().as_mins().max(1);
    let (number, unit) = match minutes {
        0 => return "less than a minute".to_owned(),
        ..60 => (minutes, "minute"),
        _ if minutes < 2 * day => (minutes / 60, "hour"),
        _ => (minutes / day, "day"),
    };
    format!("{number} working {unit}{}", if number == 1 { "" } else { "s" })
}

/// How much each tier's targets are stretched or shortened, by the tier's name in lower case.
pub type Factors = HashMap<String, f64>;
