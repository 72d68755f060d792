//! When people work, and when somebody's digest is made: an hour of their day in their time zone, on working days that are
//! no holidays.

use std::collections::HashMap;

use jiff::civil::{Date, Time, Weekday};
use jiff::tz::TimeZone;
use jiff::{Timestamp, ToSpan};

use super::holidays::Holidays;
use super::weekly::WeeklyHour;

/// When people work, and when their digests are made.
#[derive(Debug, Clone, PartialEq)]
pub struct Hours {
    /// The hour of the day at which digests are made, in the reader's time zone.
    pub digest: Time,
    /// When the working day begins, where the person is.
    pub from: Time,
    /// When it ends; midnight is the end of the day.
    pub to: Time,
    /// When managers get their weekly letter.
    pub weekly: WeeklyHour,
    /// The working days.
    pub days: Vec<Weekday>,
    /// Days on which nobody works.
    pub holidays: Holidays,
    /// What is otherwise for single people, by address.
    pub people: HashMap<String, OwnHours>,
}

/// What is otherwise for one person.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct OwnHours {
    /// The hour of the digest.
    pub digest: Option<Time>,
    /// When the working day begins.
    pub from: Option<Time>,
    /// When it ends; midnight is the end of the day.
    pub to: Option<Time>,
    /// The working days.
    pub days: Option<Vec<Weekday>>,
    /// The holidays, in place of the firm's.
    pub holidays: Option<Holidays>,
}

impl Default for Hours {
    fn default() -> Self {
        use Weekday::{Friday, Monday, Thursday, Tuesday, Wednesday};
        Self {
            digest: Time::constant(8, 30, 0, 0),
            from: Time::constant(9, 0, 0, 0),
            to: Time::constant(17, 30, 0, 0),
            weekly: WeeklyHour::default(),
            days: vec![Monday, Tuesday, Wednesday, Thursday, Friday],
            holidays: Holidays::default(),
            people: HashMap::new(),
        }
    }
}

impl Hours {
    /// The last instant, up to now, at which this person's digest was to be made: today's hour on a working day. On other
    /// days nothing is due: what a weekend missed comes on the next working day.
    pub fn latest(&self, person: &str, zone: &TimeZone, now: Timestamp) -> Option<Timestamp> {
        let today = now.to_zoned(zone.clone()).date();
        self.on(person, today, zone).filter(|hour| *hour <= now)
    }

    /// The next instant at which this person's digest may be due; none within a year.
    pub fn next(&self, person: &str, zone: &TimeZone, now: Timestamp) -> Option<Timestamp> {
        let today = now.to_zoned(zone.clone()).date();
        (0..=366)
            .filter_map(|days| self.on(person, today.saturating_add(days.days()), zone))
            .find(|hour| *hour > now)
    }

    /// When this person's digest is made on a day; never on a day off. An hour that daylight-saving time skips comes as
    /// much later as the clock jumps, and of an hour that comes twice it is the first (`jiff`'s compatible strategy, as
    /// RFC 5545 §3.3.5).
    fn on(&self, person: &str, day: Date, zone: &TimeZone) -> Option<Timestamp> {
        let hour = self.people.get(person).and_then(|own| own.digest).unwrap_or(self.digest);
        let at = self.works(person, day).then(|| day.to_datetime(hour).to_zoned(zone.clone()))?;
        at.ok().map(|at| at.timestamp())
    }

    /// Whether a person works on a day.
    pub fn works(&self, person: &str, day: Date) -> bool {
        let own = self.people.get(person);
        let days = own.and_then(|own| own.days.as_ref()).unwrap_or(&self.days);
        let holidays = own.and_then(|own| own.holidays.as_ref()).unwrap_or(&self.holidays);
        days.contains(&day.weekday()) && !holidays.contains(day)
    }

    /// The last instant, up to now, at which this manager's weekly letter was to be made.
    pub fn latest_weekly(&self, person: &str, zone: &TimeZone, now: Timestamp) -> Option<Timestamp> {
        let today = now.to_zoned(zone.clone()).date();
        // A day off moves it by some days.
        let weeks = (0..=2).map(|weeks| today.saturating_sub(weeks.weeks()));
        weeks.filter_map(|day| self.of_week(person, day, zone)).find(|at| *at <= now)
    }

    /// The next instant at which this manager's weekly letter may be due.
    pub fn next_weekly(&self, person: &str, zone: &TimeZone, now: Timestamp) -> Option<Timestamp> {
        let today = now.to_zoned(zone.clone()).date();
        let weeks = (-1..=4).map(|weeks: i64| today.saturating_add(weeks.weeks()));
        weeks.filter_map(|day| self.of_week(person, day, zone)).find(|at| *at > now)
    }

    /// When the weekly letter is made in the week of a day, which begins with the letter's weekday; none in a week without
    /// a working day.
    fn of_week(&self, person: &str, day: Date, zone: &TimeZone) -> Option<Timestamp> {
        let since = i64::from(day.weekday().since(self.weekly.day));
        let first = day.saturating_sub(since.days());
        let works =
            (0..7_i64).map(|days| first.saturating_add(days.days())).find(|day| self.works(person, *day))?;
        Some(works.to_datetime(self.weekly.hour).to_zoned(zone.clone()).ok()?.timestamp())
    }
}
