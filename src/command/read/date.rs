//! Days as people write them: always one to come, the next that the words fit.

use std::sync::LazyLock;

use jiff::civil::{Date, Weekday};
use jiff::{Span, ToSpan};
use regex::{Captures, Regex};

use super::time;
use crate::command::Context;

/// What a text begins with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Found {
    /// The day; none when it is impossible, past, or further than [`FURTHEST`].
    pub date: Option<Date>,
    /// How many bytes it takes.
    pub length: usize,
}

/// A day further off than this is a mistake, in days.
const FURTHEST: i64 = 2 * 366;

const DAYS: &str = r"mon(?:day)?|tue(?:s|sday)?|wed(?:s|nesday)?|thu(?:r|rs|rsday)?|fri(?:day)?|sat(?:urday)?|sun(?:day)?|montag|dienstag|mittwoch|donnerstag|freitag|samstag|sonnabend|sonntag";
const MONTHS: &str = r"jan(?:uary|uar)?|jänner|feb(?:ruary|ruar)?|mar(?:ch)?|märz|mrz|apr(?:il)?|may|mai|june?|juni|july?|juli|aug(?:ust)?|sept?(?:ember)?|o[ck]t(?:ober)?|nov(?:ember)?|de[cz](?:ember)?";

/// How the words of a pattern are turned into a day; none when there is no such day.
type Make = fn(&Captures<'_>, &Context) -> Option<Date>;

struct Pattern {
    regex: Regex,
    make: Make,
}

static PATTERNS: LazyLock<Vec<Pattern>> = LazyLock::new(|| {
    let unit = r"(?:(?P<business>business|working|work)[ -])?(?P<unit>days?|d|weeks?|wks?|w|months?|mo|fortnights?|hours?|hrs?|h|tage?n?|wochen?|monate?n?)";
    let count = r"(?P<count>\d{1,5}|an?|one|two|three|four|five|six|seven|eight|nine|ten|a couple of|a couple|couple of|another|einem|einer|eine|zwei|drei|vier)";
    let patterns: Vec<(String, Make)> = vec![
        (r"(?:today|tonight|heute)".into(), |_, context| Some(today(context))),
        (r"(?:the )?day after tomorrow|übermorgen".into(), |_, context| after(context, 2.days())),
        (r"tomorr?ow|tommorow|tommorrow|tmrw|tmr|tomo|morgen".into(), |_, context| after(context, 1.day())),
        (r"(?P<year>\d{4})[-/.](?P<month>\d{1,2})[-/.](?P<day>\d{1,2})".into(), numeric),
        (r"(?P<day>\d{1,2})\. ?(?P<month>\d{1,2})(?:\. ?(?P<year>20\d{2}|\d{2})|\.)?".into(), numeric),
        (r"(?P<one>\d{1,2})/(?P<two>\d{1,2})(?:/(?P<year>20\d{2}|\d{2}))?".into(), either),
        (r"(?P<one>\d{1,2})-(?P<two>\d{1,2})-(?P<year>20\d{2}|\d{2})".into(), either),
        (
            format!(
                r"(?:the )?(?P<day>\d{{1,2}})(?:st|nd|rd|th|\.)?[ -]?(?:of )?(?P<name>{MONTHS})\b\.?(?:,? ?(?P<year>20\d{{2}}))?"
            ),
            named,
        ),
        (
            format!(
                r"(?P<name>{MONTHS})\.?[ -]?(?:the )?(?P<day>\d{{1,2}})(?:st|nd|rd|th)?\b(?:,? ?(?P<year>20\d{{2}}))?"
            ),
            named,
        ),
        (r"(?:the )?(?P<day>\d{1,2})(?:st|nd|rd|th)".into(), |found, context| {
            day_of_month(number(found, "day")?, context)
        }),
        (
            format!(
                r"(?:in |for )?(?:the )?(?:next |nächsten )?{count}(?: more| weitere)? ?{unit}(?: time)?"
            ),
            span,
        ),
        (
            r"(?:the )?(?:end of|ende der) (?:this |the |dieser )?(?:week|woche)|eow|end of week".into(),
            |_, context| weekday(Weekday::Friday, today(context)),
        ),
        (r"(?:the )?end of (?:the )?next week".into(), |_, context| {
            monday(context).and_then(|monday| monday.checked_add(4.days()).ok())
        }),
        (
            r"(?:the )?(?:end of|ende) (?:this |the |des )?(?:month|monats)|eom|month[- ]end|monatsende"
                .into(),
            |_, context| {
                let today = today(context);
                let last = today.last_of_month();
                if last > today { Some(last) } else { Some(today.tomorrow().ok()?.last_of_month()) }
            },
        ),
        (r"(?:the )?end of (?:the )?next month".into(), |_, context| {
            Some(today(context).last_of_month().tomorrow().ok()?.last_of_month())
        }),
        (r"(?:the )?end of (?:this |the )?year|eoy|year[- ]end|jahresende".into(), |_, context| {
            let last = today(context).last_of_year();
            if last > today(context) { Some(last) } else { Some(last.tomorrow().ok()?.last_of_year()) }
        }),
        (
            format!(
                r"(?:the )?(?P<part>end|middle|mid|beginning|start|ende|mitte|anfang)[ -](?:of )?(?P<name>{MONTHS})\b"
            ),
            part,
        ),
        (
            r"(?:the )?(?:(?:beginning|start) of )?(?:the )?(?:next week|nächste(?:r)? woche)".into(),
            |_, context| monday(context),
        ),
        (r"(?:the )?(?:(?:beginning|start) of )?(?:next month|nächsten monat)".into(), |_, context| {
            today(context).last_of_month().tomorrow().ok()
        }),
        (r"(?:the )?(?:(?:beginning|start) of )?(?:the )?(?:next year|new year)".into(), |_, context| {
            today(context).last_of_year().tomorrow().ok()
        }),
        (r"(?:the )?(?:(?:beginning|start) of )?next quarter".into(), |_, context| {
            let today = today(context);
            let months = 3 - (today.month() - 1) % 3;
            today.first_of_month().checked_add(months.months()).ok()
        }),
        (
            format!(
                r"(?P<next>next |nächsten? )?(?P<weekday>{DAYS})\b\.?(?P<week> week| next week| nächste woche)?"
            ),
            named_weekday,
        ),
    ];
    let build = |(written, make): (String, Make)| Pattern {
        // A day ends where a word ends, and is no part of a number.
        regex: Regex::new(&format!(r"(?i)^(?:{written})(?:$|[^\p{{L}}\d])")).expect("a constant pattern"),
        make,
    };
    patterns.into_iter().map(build).collect()
});

/// Words before a day that say nothing of their own.
static BEFORE: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"(?i)^(?:(?:on|by|this|this coming|coming|the coming|around|about|at|am|zum|den|dem|ab) )+")
        .expect("a constant pattern")
});
static WEEKDAY_FIRST: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(&format!(r"(?i)^(?P<weekday>{DAYS})\b\.?,? (?:the |den |dem )?(?:\d|[a-zäö]{{3}})"))
        .expect("a constant pattern")
});

/// The day that a text begins with; none when it begins with none.
pub(super) fn at_start(text: &str, context: &Context) -> Option<Found> {
    let before = BEFORE.find(text).map_or(0, |found| found.end());
    let rest = &text[before..];
    // "Friday 12 Jan": both must fit.
    if let Some(found) = WEEKDAY_FIRST.captures(rest) {
        let weekday = weekday_of(&found["weekday"]);
        let end = found.name("weekday").map_or(0, |weekday| weekday.end());
        let marks = rest[end..].find(|c: char| !matches!(c, ' ' | ',' | '.')).unwrap_or(0);
        let dated = rest[end + marks..].strip_prefix("the ").map_or(end + marks, |_| end + marks + 4);
        if let Some(day) = pattern(&rest[dated..], context).filter(|_| is_dated(&rest[dated..])) {
            let date = day.date.filter(|date| Some(date.weekday()) == weekday);
            return Some(Found { date, length: before + dated + day.length });
        }
    }
    let day = pattern(rest, context)?;
    Some(Found { date: day.date, length: before + day.length })
}

/// Whether a day is written by number or month, and not by another weekday or a span.
fn is_dated(text: &str) -> bool {
    static DATED: LazyLock<Regex> = LazyLock::new(|| {
        Regex::new(&format!(
            r"(?i)^(?:\d{{1,2}}(?:st|nd|rd|th|[./]|\.? ?(?:of )?(?:{MONTHS})\b)|\d{{4}}-|(?:{MONTHS})\b)"
        ))
        .expect("a constant pattern")
    });
    DATED.is_match(text) && time::at_start(text).is_none()
}

fn pattern(text: &str, context: &Context) -> Option<Found> {
    let text = super::plain::head(text, 80);
    for Pattern { regex, make } in PATTERNS.iter() {
        if let Some(found) = regex.captures(text) {
            // The mark that ends it is not part of it.
            let whole = found.get(0)?.as_str();
            let end = whole
                .chars()
                .next_back()
                .filter(|c| !c.is_alphanumeric() && (*c != '.' || !whole.ends_with(is_day_point)));
            let length = whole.len() - end.map_or(0, char::len_utf8);
            // "1.5 weeks" is no first of May.
            let counted = regex.as_str().contains(r"<month>") && is_unit(&text[length..]);
            let date = make(&found, context).filter(|date| !counted && is_near(*date, context));
            return Some(Found { date, length });
        }
    }
    None
}

fn is_day_point(c: char) -> bool {
    c == '.'
}

fn is_unit(rest: &str) -> bool {
    static UNIT: LazyLock<Regex> = LazyLock::new(|| {
        Regex::new(r"(?i)^ ?(?:days?|d|weeks?|w|months?|hours?|hrs?|h|tage?|wochen?)\b")
            .expect("a constant pattern")
    });
    UNIT.is_match(rest)
}

fn is_near(date: Date, context: &Context) -> bool {
    date >= today(context)
        && (date - today(context)).get_days() <= i32::try_from(FURTHEST).unwrap_or(i32::MAX)
}

fn today(context: &Context) -> Date {
    context.now.date()
}

fn after(context: &Context, span: Span) -> Option<Date> {
    today(context).checked_add(span).ok()
}

/// The Monday of the next week; weeks begin on Monday (ISO 8601).
fn monday(context: &Context) -> Option<Date> {
    weekday(Weekday::Monday, today(context))
}

/// The next such weekday after a day.
fn weekday(weekday: Weekday, after: Date) -> Option<Date> {
    after.nth_weekday(1, weekday).ok()
}

fn number<T: std::str::FromStr>(found: &Captures<'_>, name: &str) -> Option<T> {
    found.name(name)?.as_str().parse().ok()
}

/// A day of this or the next year when none is written.
fn date(year: Option<i16>, month: i8, day: i8, context: &Context) -> Option<Date> {
    let today = today(context);
    match year {
        Some(year) => Date::new(if year < 100 { 2000 + year } else { year }, month, day).ok(),
        None => [today.year(), today.year() + 1]
            .into_iter()
            .filter_map(|year| Date::new(year, month, day).ok())
            .find(|date| *date >= today),
    }
}

fn numeric(found: &Captures<'_>, context: &Context) -> Option<Date> {
    date(number(found, "year"), number(found, "month")?, number(found, "day")?, context)
}

/// Two numbers of which one is the day; where only one can be the month it is.
fn either(found: &Captures<'_>, context: &Context) -> Option<Date> {
    let (one, two) = (number::<i8>(found, "one")?, number::<i8>(found, "two")?);
    let day_first = if context.day_first { two <= 12 } else { one > 12 };
    let (day, month) = if day_first { (one, two) } else { (two, one) };
    date(number(found, "year"), month, day, context)
}

fn named(found: &Captures<'_>, context: &Context) -> Option<Date> {
    date(number(found, "year"), month_of(&found["name"])?, number(found, "day")?, context)
}

/// The next day of this number in a month that has it.
fn day_of_month(day: i8, context: &Context) -> Option<Date> {
    let first = today(context).first_of_month();
    (0..=3)
        .filter_map(|months| first.checked_add(i64::from(months).months()).ok())
        .filter_map(|month| Date::new(month.year(), month.month(), day).ok())
        .find(|date| *date > today(context))
}

fn part(found: &Captures<'_>, context: &Context) -> Option<Date> {
    let month = month_of(&found["name"])?;
    let day = match found["part"].to_lowercase().as_str() {
        "end" | "ende" => {
            let first = date(None, month, 1, context).filter(|first| first.year() == today(context).year());
            let this = Date::new(today(context).year(), month, 1).ok()?.last_of_month();
            let next = Date::new(today(context).year() + 1, month, 1).ok()?.last_of_month();
            return Some(if first.is_some() || this > today(context) { this } else { next });
        }
        "middle" | "mid" | "mitte" => 15,
        _ => 1,
    };
    date(None, month, day, context)
}

fn span(found: &Captures<'_>, context: &Context) -> Option<Date> {
    let count: i64 = match found["count"].to_lowercase().as_str() {
        "a" | "an" | "one" | "another" | "einem" | "einer" | "eine" => 1,
        "two" | "a couple of" | "a couple" | "couple of" | "zwei" => 2,
        "three" | "drei" => 3,
        "four" | "vier" => 4,
        "five" => 5,
        "six" => 6,
        "seven" => 7,
        "eight" => 8,
        "nine" => 9,
        "ten" => 10,
        digits => digits.parse().ok()?,
    };
    let unit = found["unit"].to_lowercase();
    if count == 0 || count > FURTHEST {
        return None;
    }
    if found.name("business").is_some() {
        let mut day = today(context);
        for _ in 0..count {
            day = day.tomorrow().ok()?;
            while matches!(day.weekday(), Weekday::Saturday | Weekday::Sunday) {
                day = day.tomorrow().ok()?;
            }
        }
        return unit.starts_with(['d', 't']).then_some(day);
    }
    match unit.as_str() {
        "fortnight" | "fortnights" => after(context, (2 * count).weeks()),
        unit if unit.starts_with('w') => after(context, count.weeks()),
        unit if unit.starts_with('m') => after(context, count.months()),
        // Real hours: across a change of the clocks a day has 23 or 25.
        unit if unit.starts_with('h') => Some(context.now.checked_add(count.hours()).ok()?.date()),
        _ => after(context, count.days()),
    }
}

fn named_weekday(found: &Captures<'_>, context: &Context) -> Option<Date> {
    let wanted = weekday_of(&found["weekday"])?;
    let week = found.name("week").map(|week| week.as_str().trim().to_lowercase());
    if found.name("next").is_some() || week.as_deref().is_some_and(|week| week != "week") {
        let days = i64::from(wanted.to_monday_zero_offset());
        return monday(context)?.checked_add(days.days()).ok();
    }
    let next = weekday(wanted, today(context))?;
    // "Monday week" is the one after.
    if week.is_some() { next.checked_add(1.week()).ok() } else { Some(next) }
}

fn weekday_of(name: &str) -> Option<Weekday> {
    let name = name.to_lowercase();
    let starts = |beginnings: &[&str]| beginnings.iter().any(|beginning| name.starts_with(beginning));
    [
        (Weekday::Monday, &["mo"][..]),
        (Weekday::Tuesday, &["tu", "di"]),
        (Weekday::Wednesday, &["we", "mi"]),
        (Weekday::Thursday, &["th", "do"]),
        (Weekday::Friday, &["fr"]),
        (Weekday::Saturday, &["sat", "sam", "sonna"]),
        (Weekday::Sunday, &["su", "sonnt"]),
    ]
    .into_iter()
    .find_map(|(weekday, beginnings)| starts(beginnings).then_some(weekday))
}

fn month_of(name: &str) -> Option<i8> {
    let name = name.to_lowercase();
    let beginnings = [
        ("jan", 1),
        ("jän", 1),
        ("feb", 2),
        ("mar", 3),
        ("mär", 3),
        ("mrz", 3),
        ("apr", 4),
        ("may", 5),
        ("mai", 5),
        ("jun", 6),
        ("jul", 7),
        ("aug", 8),
        ("sep", 9),
        ("oct", 10),
        ("okt", 10),
        ("nov", 11),
        ("dec", 12),
        ("dez", 12),
    ];
    beginnings.into_iter().find_map(|(beginning, month)| name.starts_with(beginning).then_some(month))
}
