//! The tables of the configuration file that say when people work, and by when what is due.

use std::collections::HashMap;
use std::path::Path;

use jiff::civil::{Time, Weekday};

use super::document::Section;
use super::read::TIMEZONE;
use super::values::{end, hour, working};
use crate::directory::written;
use crate::schedule::{BySeverity, Factors, Holidays, Hours, OwnHours, Targets, WeeklyHour, WorkingTime};

const HOLIDAYS: &str =
    "name an iCalendar file (.ics) with a whole-day event for each holiday, as governments publish them";
const HOUR: &str = "an hour of the day, like \"08:30\"";
const WORKING: &str =
    "a length of working time of a second or more, like \"90m\", \"4h\" or \"2d\" (working days)";
const DAYS: [(&str, Weekday); 7] = [
    ("mon", Weekday::Monday),
    ("tue", Weekday::Tuesday),
    ("wed", Weekday::Wednesday),
    ("thu", Weekday::Thursday),
    ("fri", Weekday::Friday),
    ("sat", Weekday::Saturday),
    ("sun", Weekday::Sunday),
];

/// When the firm works, and the hour of its digests. The days and holidays may stand with either.
pub fn hours(mut table: Section<'_, '_>, mut digest: Section<'_, '_>, folder: &Path) -> Hours {
    let usual = Hours::default();
    for key in ["days", "holidays"] {
        if let (true, Some(at)) = (table.has(key), digest.place_of(key)) {
            let what = format!("{key} stands in [hours] and in [digest]");
            digest.document().problem(at, what, "leave it in [hours]: it holds for both");
        }
    }
    let here = work(&mut table, folder);
    let there = OwnHours { digest: digest_hour(&mut digest), ..days(&mut digest, folder) };
    let (from, to) = (here.from.unwrap_or(usual.from), here.to.unwrap_or(usual.to));
    in_order(&table, from, to);
    table.finish();
    digest.finish();
    Hours {
        digest: there.digest.unwrap_or(usual.digest),
        weekly: usual.weekly,
        from,
        to,
        days: here.days.or(there.days).unwrap_or(usual.days),
        holidays: here.holidays.or(there.holidays).unwrap_or_default(),
        people: HashMap::new(),
    }
}

/// When managers get their weekly letter.
pub fn weekly(mut table: Section<'_, '_>) -> WeeklyHour {
    let usual = WeeklyHour::default();
    let day = table.choice("day", usual.day, &DAYS);
    let at = table.read("hour", HOUR, hour);
    table.finish();
    WeeklyHour { day, hour: at.map_or(usual.hour, |at| at.value) }
}

/// What is otherwise for single people; gives their time zones by address.
pub fn people(table: Section<'_, '_>, hours: &mut Hours, folder: &Path) -> HashMap<String, String> {
    let mut timezones = HashMap::new();
    for (name, mut table) in table.named_sections() {
        let Some(address) = written::mail_address(&name) else {
            let what = format!("[person.{name}] names nobody");
            table.document().problem(table.at, what, "write [person.\"kim@firm.example\"], with the quotes");
            continue;
        };
        let timezone = table.read("timezone", TIMEZONE, written::timezone);
        timezones.extend(timezone.map(|timezone| (address.clone(), timezone.value)));
        let own = OwnHours { digest: digest_hour(&mut table), ..work(&mut table, folder) };
        in_order(&table, own.from.unwrap_or(hours.from), own.to.unwrap_or(hours.to));
        hours.people.insert(address, own);
        table.finish();
    }
    timezones
}

fn digest_hour(table: &mut Section<'_, '_>) -> Option<Time> {
    table.read("hour", HOUR, hour).map(|hour| hour.value)
}

/// The hours and days of work.
fn work(table: &mut Section<'_, '_>, folder: &Path) -> OwnHours {
    let from = table.read("from", HOUR, hour);
    let to = table.read("to", "an hour of the day, like \"17:30\", or \"24:00\"", end);
    OwnHours { from: from.map(|hour| hour.value), to: to.map(|hour| hour.value), ..days(table, folder) }
}

fn in_order(table: &Section<'_, '_>, from: Time, to: Time) {
    if to <= from && to != Time::midnight() {
        let what = format!("the working day ends at {}, before it begins at {}", short(to), short(from));
        table.document().problem(
            table.at,
            what,
            "make from the earlier one; a night's work is not kept apart",
        );
    }
}

fn short(time: Time) -> String {
    time.strftime("%H:%M").to_string()
}

fn days(table: &mut Section<'_, '_>, folder: &Path) -> OwnHours {
    let expected = "days by their first three letters, like [\"mon\", \"tue\", \"wed\"]";
    table.not_empty("days", expected);
    let days = table.list("days", expected, |text| {
        DAYS.iter().find(|(word, _)| *word == text.to_lowercase()).map(|(_, day)| *day)
    });
    let days = days.map(|days| {
        let mut days: Vec<Weekday> = days.into_iter().map(|day| day.value).collect();
        days.sort_by_key(|day| day.to_monday_zero_offset());
        days.dedup();
        days
    });
    let holidays = table.text("holidays").and_then(|file| {
        let path = folder.join(&file.value);
        let text = std::fs::read_to_string(&path).map_err(|error| error.to_string());
        let problem = |error: String| {
            let what = format!("the holidays in {} cannot be read: {error}", path.display());
            table.document().problem(file.at, what, HOLIDAYS);
        };
        text.and_then(|text| Holidays::read(&text)).map_err(problem).ok()
    });
    OwnHours { days, holidays, ..OwnHours::default() }
}

/// By when what is due.
pub fn targets(mut table: Section<'_, '_>) -> Targets {
    let usual = Targets::default();
    let answer = by_severity(table.section("answer"), usual.answer);
    let resolution = by_severity(table.section("resolution"), usual.resolution);
    let escalate_after = length(&mut table, "escalate_after", usual.escalate_after);
    let mut tiers = Factors::new();
    for (name, mut tier) in table.section("tier").named_sections() {
        let words = "what the targets are multiplied by: from 0.01 to 100";
        tiers.insert(name.trim().to_lowercase(), tier.number("factor", 1.0, words).value);
        tier.finish();
    }
    table.finish();
    Targets { answer, resolution, escalate_after, tiers }
}

fn by_severity(mut table: Section<'_, '_>, usual: BySeverity) -> BySeverity {
    let found = BySeverity {
        mild: length(&mut table, "mild", usual.mild),
        clear: length(&mut table, "clear", usual.clear),
        severe: length(&mut table, "severe", usual.severe),
    };
    table.finish();
    found
}

/// A length of working time.
pub fn length(table: &mut Section<'_, '_>, key: &'static str, usual: WorkingTime) -> WorkingTime {
    table.read(key, WORKING, working).map_or(usual, |found| found.value)
}
