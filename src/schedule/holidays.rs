//! Days on which nobody works, from an iCalendar file (RFC 5545) as governments and calendar programs publish them.

use std::collections::BTreeSet;
use std::str::FromStr;

use icalendar::{Calendar, Component, DatePerhapsTime, EventStatus};
use jiff::ToSpan;
use jiff::civil::{Date, Weekday};

/// The most days that one event may last; a longer one is a mistake of the file.
const LONGEST: usize = 60;

/// Days on which nobody works.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Holidays {
    days: BTreeSet<Date>,
    yearly: Vec<Yearly>,
}

/// A day that comes back each year.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Yearly {
    /// The first; its month and day are those of all, unless they go by weekday.
    first: Date,
    /// The month, which weekday of it (-1 is the last one), and the weekday: the second Monday of May.
    by: Option<(i8, i8, Weekday)>,
}

impl Holidays {
    /// Whether nobody works on this day.
    pub fn contains(&self, day: Date) -> bool {
        self.days.contains(&day)
            || self.yearly.iter().any(|yearly| match yearly.by {
                _ if day < yearly.first => false,
                None => (day.month(), day.day()) == (yearly.first.month(), yearly.first.day()),
                Some((month, nth, weekday)) => {
                    day.month() == month && day.nth_weekday_of_month(nth, weekday).is_ok_and(|nth| nth == day)
                }
            })
    }

    /// Whether there were holidays, and all are before this day.
    pub fn ended(&self, day: Date) -> bool {
        self.yearly.is_empty() && self.days.last().is_some_and(|last| *last < day)
    }

    /// The holidays of an iCalendar file: its events that last whole days. Those with an hour are none.
    ///
    /// # Errors
    /// What is wrong with it, in words.
    pub fn read(text: &str) -> Result<Self, String> {
        let calendar = Calendar::from_str(text).map_err(|_| "it is no iCalendar file".to_owned())?;
        let mut holidays = Self::default();
        for event in calendar.events().filter(|event| event.get_status() != Some(EventStatus::Cancelled)) {
            let name = event.get_summary().unwrap_or("an event without a name");
            let Some(first) = event.get_start().as_ref().and_then(day) else { continue };
            let end = event.get_end().as_ref().and_then(day).filter(|end| *end > first);
            let days: Vec<Date> = match end {
                // The end is the day after the last (RFC 5545 §3.6.1).
                Some(end) => first.series(1.day()).take_while(|day| *day < end).take(LONGEST + 1).collect(),
                None => vec![first],
            };
            if days.len() > LONGEST {
                return Err(format!("\"{name}\" lasts longer than {LONGEST} days"));
            }
            match event.property_value("RRULE") {
                None => holidays.days.extend(days),
                Some(rule) => {
                    let by = yearly(rule, first).ok_or_else(|| {
                        format!("\"{name}\" comes back by the rule {rule}, which is not understood")
                    })?;
                    if by.is_some() && days.len() > 1 {
                        return Err(format!("\"{name}\" lasts several days and comes back by a weekday"));
                    }
                    holidays.yearly.extend(days.into_iter().map(|first| Yearly { first, by }));
                }
            }
        }
        if holidays == Self::default() {
            Err("no event in it lasts a whole day".to_owned())
        } else {
            Ok(holidays)
        }
    }
}

/// The day of a whole-day value; none of one with an hour.
fn day(value: &DatePerhapsTime) -> Option<Date> {
    match value {
        DatePerhapsTime::Date(date) => date.to_string().parse().ok(),
        DatePerhapsTime::DateTime(_) => None,
    }
}

/// By which weekday an event comes back each year, if by one; none when the rule (RFC 5545 §3.3.10) is another one.
#[expect(clippy::option_option, reason = "not understood, or understood to have no weekday")]
fn yearly(rule: &str, first: Date) -> Option<Option<(i8, i8, Weekday)>> {
    let (mut each_year, mut month, mut nth) = (false, None, None);
    for part in rule.split(';') {
        match part.split_once('=')? {
            ("FREQ", "YEARLY") => each_year = true,
            ("INTERVAL", "1") | ("WKST", _) => {}
            ("BYMONTH", number) => month = Some(number.parse().ok()?),
            ("BYMONTHDAY", number) if number.parse() == Ok(first.day()) => {}
            ("BYDAY", by) => nth = Some(weekday(by)?),
            _ => return None,
        }
    }
    match (nth, month) {
        _ if !each_year => None,
        (Some((nth, weekday)), Some(month)) => Some(Some((month, nth, weekday))),
        (None, month) if month.is_none_or(|month: i8| month == first.month()) => Some(None),
        _ => None,
    }
}

/// "2MO": the second Monday; "-1MO": the last one.
fn weekday(by: &str) -> Option<(i8, Weekday)> {
    let (number, name) = by.split_at_checked(by.len().checked_sub(2)?)?;
    let weekday = match name {
        "MO" => Weekday::Monday,
        "TU" => Weekday::Tuesday,
        "WE" => Weekday::Wednesday,
        "TH" => Weekday::Thursday,
        "FR" => Weekday::Friday,
        "SA" => Weekday::Saturday,
        "SU" => Weekday::Sunday,
        _ => return None,
    };
    number.parse().ok().filter(|nth| (1..=5).contains(nth) || *nth == -1).map(|nth| (nth, weekday))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file(events: &[&str]) -> String {
        let event = |(number, event): (usize, &&str)| {
            format!("BEGIN:VEVENT\r\nUID:{number}@x\r\nDTSTAMP:20260101T000000Z\r\n{event}\r\nEND:VEVENT\r\n")
        };
        let all = events.iter().enumerate().map(event).collect::<Vec<_>>().concat();
        format!("BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//x//x\r\n{all}END:VCALENDAR\r\n")
    }

    #[test]
    fn whole_days_are_holidays_and_an_hour_is_none() {
        let text = file(&[
            "SUMMARY:Christmas\r\nDTSTART;VALUE=DATE:20261225\r\nDTEND;VALUE=DATE:20261227",
            "SUMMARY:King's Day\r\nDTSTART;VALUE=DATE:20260427",
            "SUMMARY:Standup\r\nDTSTART:20260428T090000Z\r\nDTEND:20260428T091500Z",
            "SUMMARY:Called off\r\nSTATUS:CANCELLED\r\nDTSTART;VALUE=DATE:20260429",
            "SUMMARY:New Year\r\nDTSTART;VALUE=DATE:20200101\r\nRRULE:FREQ=YEARLY",
            "SUMMARY:Thanksgiving\r\nDTSTART;VALUE=DATE:20201126\r\nRRULE:FREQ=YEARLY;BYMONTH=11;BYDAY=4TH",
            "SUMMARY:Memorial Day\r\nDTSTART;VALUE=DATE:20200525\r\nRRULE:FREQ=YEARLY;BYDAY=-1MO;BYMONTH=5",
        ]);
        let holidays = Holidays::read(&text).unwrap();
        for (day, expected) in [
            ("2026-12-24", false),
            ("2026-12-25", true),
            ("2026-12-26", true),
            ("2026-12-27", false),
            ("2026-04-27", true),
            ("2027-04-27", false),
            ("2026-04-28", false),
            ("2026-04-29", false),
            ("2019-01-01", false),
            ("2020-01-01", true),
            ("2031-01-01", true),
            ("2026-11-26", true),
            ("2026-11-19", false),
            ("2027-11-25", true),
            ("2026-05-25", true),
            ("2027-05-31", true),
            ("2027-05-24", false),
        ] {
            assert_eq!(holidays.contains(day.parse().unwrap()), expected, "{day}");
        }
        assert!(!holidays.ended("2099-01-01".parse().unwrap()), "some come back each year");
    }

    #[test]
    fn what_cannot_be_read_is_said_and_not_passed_over() {
        for (text, said) in [
            ("Dear all, the office is closed on Monday", "it is no iCalendar file"),
            (&file(&[]), "no event in it lasts a whole day"),
            (
                &file(&["SUMMARY:Pay day\r\nDTSTART;VALUE=DATE:20260131\r\nRRULE:FREQ=MONTHLY"]),
                "\"Pay day\" comes back by the rule FREQ=MONTHLY, which is not understood",
            ),
            (
                &file(&["SUMMARY:Sabbatical\r\nDTSTART;VALUE=DATE:20260101\r\nDTEND;VALUE=DATE:20270101"]),
                "\"Sabbatical\" lasts longer than 60 days",
            ),
        ] {
            assert_eq!(Holidays::read(text), Err(said.to_owned()));
        }
        let one = Holidays::read(&file(&["DTSTART;VALUE=DATE:20260427"])).unwrap();
        let ended = |day: &str| one.ended(day.parse().unwrap());
        assert!(!ended("2026-04-27") && ended("2026-04-28"));
    }
}
