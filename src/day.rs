//! Days as people write them, in commands and promises: always one to come, the next that the words fit.

mod find;
mod foreign;
mod time;

use std::sync::LazyLock;

use jiff::civil::{Date, Weekday};
use jiff::{Span, ToSpan, Zoned};
use regex::{Captures, Regex};

use crate::pattern::fixed;

pub use find::find;
pub use time::{clock_at_start, length_at_start};

/// What days are read against.
#[derive(Debug, Clone, Copy)]
pub struct Context<'a> {
    /// Now, where the writer is.
    pub now: &'a Zoned,
    /// Whether 3/4 is the third of April.
    pub day_first: bool,
}

/// What a text begins with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Found {
    /// The day; none when it is impossible, past, or further than [`FURTHEST`].
    pub date: Option<Date>,
    /// How many bytes it takes.
    pub length: usize,
    /// Whether it is a length of time from now: "in 3 days", and just "3 days".
    pub counted: bool,
}

/// A day further off than this is a mistake, in days.
const FURTHEST: i64 = 2 * 366;

const DAYS: &str = r"mon(?:day)?|tue(?:s|sday)?|wed(?:s|nesday)?|thu(?:r|rs|rsday)?|fri(?:day)?|sat(?:urday)?|sun(?:day)?|montag|dienstag|mittwoch|donnerstag|freitag|samstag|sonnabend|sonntag";
const MONTHS: &str = r"jan(?:uary|uar)?|jänner|feb(?:ruary|ruar)?|mar(?:ch)?|märz|mrz|apr(?:il)?|may|mai|june?|juni|july?|juli|aug(?:ust)?|sept?(?:ember)?|o[ck]t(?:ober)?|nov(?:ember)?|de[cz](?:ember)?";

/// How the words of a pattern are turned into a day; none when there is no such day.
type Make = fn(&Captures<'_>, Context<'_>) -> Option<Date>;

struct Pattern {
    regex: Regex,
    make: Make,
}

static PATTERNS: LazyLock<Vec<Pattern>> = LazyLock::new(|| {
    let unit = r"(?:(?P<business>business|working|work)[ -])?(?P<unit>days?|d|weeks?|wks?|w|months?|mo|fortnights?|hours?|hrs?|h|tage?n?|wochen?|monate?n?)";
    let count = r"(?:(?P<count>\d{1,5}) ?|(?P<word>an?|one|two|three|four|five|six|seven|eight|nine|ten|a couple of|a couple|couple of|another|einem|einer|eine|zwei|drei|vier) )";
    let patterns: Vec<(String, Make)> = vec![
        (r"(?:today|tonight|heute)".into(), |_, context| Some(today(context))),
        (r"(?:the )?day after tomorrow|übermorgen".into(), |_, context| after(context, 2.days())),
        (r"tomorr?ow|tommorow|tommorrow|tmrw|tmr|tomo|morgen".into(), |_, context| after(context, 1.day())),
        (r"(?P<year>\d{4})[-/.](?P<month>\d{1,2})[-/.](?P<day>\d{1,2})".into(), numeric),
        (
            r"(?P<day>\d{1,2})\. ?(?P<month>\d{1,2})(?:\. ?(?P<year>20\d{2})|\.(?P<short>\d{2})|\.)?".into(),
            numeric,
        ),
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
            format!(r"(?:in |for )?(?:the )?(?:next |nächsten )?{count}(?:more |weitere )?{unit}(?: time)?"),
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
        regex: fixed(&format!(r"(?i)^(?:{written})(?:$|[^\p{{L}}\d])")),
        make,
    };
    patterns.into_iter().map(build).collect()
});

/// Words before a day that say nothing of their own.
static BEFORE: LazyLock<Regex> = LazyLock::new(|| {
    fixed(r"(?i)^(?:(?:on|by|this|this coming|coming|the coming|around|about|at|am|zum|den|dem|ab) )+")
});
static WEEKDAY_FIRST: LazyLock<Regex> = LazyLock::new(|| {
    fixed(&format!(r"(?i)^(?P<weekday>{DAYS})\b\.?,? (?:the |den |dem )?(?:\d|[a-zäö]{{3}})"))
});

/// The day that a text begins with; none when it begins with none.
pub fn at_start(text: &str, context: Context<'_>) -> Option<Found> {
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
            return Some(Found { date, length: before + dated + day.length, counted: false });
        }
    }
    let day = pattern(rest, context)?;
    Some(Found { length: before + day.length, ..day })
}

/// Whether a day is written by number or month, and not by another weekday or a span.
fn is_dated(text: &str) -> bool {
    static DATED: LazyLock<Regex> = LazyLock::new(|| {
        fixed(&format!(
            r"(?i)^(?:\d{{1,2}}(?:st|nd|rd|th|[./]|\.? ?(?:of )?(?:{MONTHS})\b)|\d{{4}}-|(?:{MONTHS})\b)"
        ))
    });
    DATED.is_match(text) && clock_at_start(text).is_none()
}

fn pattern(text: &str, context: Context<'_>) -> Option<Found> {
    let text = head(text, 80);
    for Pattern { regex, make } in PATTERNS.iter() {
        if let Some(found) = regex.captures(text) {
            // The mark that ends it is not part of it.
            let whole = found.get(0)?.as_str();
            let end = whole.chars().next_back().filter(|c| !c.is_alphanumeric() && *c != '.');
            let length = whole.len() - end.map_or(0, char::len_utf8);
            // "1.5 weeks" is no first of May.
            let decimal = regex.as_str().contains(r"<month>") && is_unit(&text[length..]);
            let date = make(&found, context).filter(|date| !decimal && is_near(*date, context));
            return Some(Found { date, length, counted: found.name("unit").is_some() });
        }
    }
    None
}

/// The first characters of a text, at most so many.
fn head(text: &str, characters: usize) -> &str {
    text.char_indices().nth(characters).map_or(text, |(at, _)| &text[..at])
}

fn is_unit(rest: &str) -> bool {
    static UNIT: LazyLock<Regex> =
        LazyLock::new(|| fixed(r"(?i)^ ?(?:days?|d|weeks?|w|months?|hours?|hrs?|h|tage?|wochen?)\b"));
    UNIT.is_match(rest)
}

fn is_near(date: Date, context: Context<'_>) -> bool {
    date >= today(context)
        && (date - today(context)).get_days() <= i32::try_from(FURTHEST).unwrap_or(i32::MAX)
}

fn today(context: Context<'_>) -> Date {
    context.now.date()
}

fn after(context: Context<'_>, span: Span) -> Option<Date> {
    today(context).checked_add(span).ok()
}

/// The Monday of the next week; weeks begin on Monday (ISO 8601).
fn monday(context: Context<'_>) -> Option<Date> {
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
fn date(year: Option<i16>, month: i8, day: i8, context: Context<'_>) -> Option<Date> {
    let today = today(context);
    match year {
        Some(year) => Date::new(if year < 100 { 2000 + year } else { year }, month, day).ok(),
        None => [today.year(), today.year() + 1]
            .into_iter()
            .filter_map(|year| Date::new(year, month, day).ok())
            .find(|date| *date >= today),
    }
}

fn numeric(found: &Captures<'_>, context: Context<'_>) -> Option<Date> {
    let year = number(found, "year").or_else(|| number(found, "short"));
    date(year, number(found, "month")?, number(found, "day")?, context)
}

/// Two numbers of which one is the day; where only one can be the month it is.
fn either(found: &Captures<'_>, context: Context<'_>) -> Option<Date> {
    let (one, two) = (number::<i8>(found, "one")?, number::<i8>(found, "two")?);
    let day_first = if context.day_first { two <= 12 } else { one > 12 };
    let (day, month) = if day_first { (one, two) } else { (two, one) };
    date(number(found, "year"), month, day, context)
}

fn named(found: &Captures<'_>, context: Context<'_>) -> Option<Date> {
    date(number(found, "year"), month_of(&found["name"])?, number(found, "day")?, context)
}

/// The next day of this number in a month that has it.
fn day_of_month(day: i8, context: Context<'_>) -> Option<Date> {
    let first = today(context).first_of_month();
    (0..=3)
        .filter_map(|months| first.checked_add(i64::from(months).months()).ok())
        .filter_map(|month| Date::new(month.year(), month.month(), day).ok())
        .find(|date| *date > today(context))
}

fn part(found: &Captures<'_>, context: Context<'_>) -> Option<Date> {
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

fn span(found: &Captures<'_>, context: Context<'_>) -> Option<Date> {
    let written = found.name("count").or_else(|| found.name("word"))?;
    let count: i64 = match written.as_str().to_lowercase().as_str() {
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

fn named_weekday(found: &Captures<'_>, context: Context<'_>) -> Option<Date> {
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

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str, now: &str, day_first: bool) -> Option<String> {
        at_start(text, Context { now: &now.parse().unwrap(), day_first })
            .map(|found| found.date.map_or("none".into(), |date| date.to_string()))
    }

    fn all(now: &str, day_first: bool, table: &[(&str, &str)]) {
        for (text, expected) in table {
            assert_eq!(read(text, now, day_first).as_deref(), Some(*expected), "{text} on {now}");
        }
    }

    #[test]
    fn days_are_the_next_that_the_words_fit() {
        // A Wednesday.
        all(
            "2026-11-25T09:30[Europe/Berlin]",
            true,
            &[
                ("today", "2026-11-25"),
                ("tomorrow", "2026-11-26"),
                ("tmrw", "2026-11-26"),
                ("the day after tomorrow", "2026-11-27"),
                ("Friday", "2026-11-27"),
                ("on Fri", "2026-11-27"),
                ("this Friday", "2026-11-27"),
                ("Freitag", "2026-11-27"),
                ("Wednesday", "2026-12-02"),
                ("Tue", "2026-12-01"),
                ("next Monday", "2026-11-30"),
                ("next Friday", "2026-12-04"),
                ("next Wednesday", "2026-12-02"),
                ("Friday next week", "2026-12-04"),
                ("Friday week", "2026-12-04"),
                ("next week", "2026-11-30"),
                ("the end of the week", "2026-11-27"),
                ("eow", "2026-11-27"),
                ("end of next week", "2026-12-04"),
                ("end of the month", "2026-11-30"),
                ("end of next month", "2026-12-31"),
                ("end of the year", "2026-12-31"),
                ("next month", "2026-12-01"),
                ("next year", "2027-01-01"),
                ("next quarter", "2027-01-01"),
                ("in 3 days", "2026-11-28"),
                ("3d", "2026-11-28"),
                ("3 more days", "2026-11-28"),
                ("a week", "2026-12-02"),
                ("in two weeks", "2026-12-09"),
                ("a fortnight", "2026-12-09"),
                ("a month", "2026-12-25"),
                ("3 working days", "2026-11-30"),
                ("5 business days", "2026-12-02"),
                ("48h", "2026-11-27"),
                ("12/1", "2027-01-12"),
                ("1/12", "2026-12-01"),
                ("12/1/27", "2027-01-12"),
                ("1.12.", "2026-12-01"),
                ("1.12", "2026-12-01"),
                ("1.12.26", "2026-12-01"),
                ("1. 12. 2026", "2026-12-01"),
                ("2026-12-01", "2026-12-01"),
                ("01-12-2026", "2026-12-01"),
                ("12 Jan", "2027-01-12"),
                ("12th of January", "2027-01-12"),
                ("Jan 12th", "2027-01-12"),
                ("January 12, 2027", "2027-01-12"),
                ("12. Januar", "2027-01-12"),
                ("3. März", "2027-03-03"),
                ("Fri 27 Nov", "2026-11-27"),
                ("Friday, 27.11.", "2026-11-27"),
                ("Friday the 27th", "2026-11-27"),
                ("the 25th", "2026-12-25"),
                ("the 31st", "2026-12-31"),
                ("mid January", "2027-01-15"),
                ("end of November", "2026-11-30"),
                ("end of January", "2027-01-31"),
                ("beginning of May", "2027-05-01"),
                ("25 Nov", "2026-11-25"),
                ("24 Nov", "2027-11-24"),
            ],
        );
    }

    #[test]
    fn the_account_s_order_decides_and_a_number_that_is_no_month_is_the_day() {
        let now = "2026-11-25T09:30[America/New_York]";
        all(
            now,
            false,
            &[
                ("12/1", "2026-12-01"),
                ("1/12", "2027-01-12"),
                ("25/12", "2026-12-25"),
                ("12/25", "2026-12-25"),
                ("1.12.", "2026-12-01"),
                ("12-01-2026", "2026-12-01"),
            ],
        );
        all(now, true, &[("12/25", "2026-12-25"), ("25/12", "2026-12-25")]);
    }

    #[test]
    fn impossible_and_past_days_are_none() {
        all(
            "2026-11-25T09:30[Europe/Berlin]",
            true,
            &[
                ("31 Feb", "none"),
                ("Feb 30th", "none"),
                ("30/2", "none"),
                ("31.4.", "none"),
                ("13/13", "none"),
                ("0/5", "none"),
                ("2026-13-01", "none"),
                ("1 Dec 2024", "none"),
                ("2026-11-24", "none"),
                ("1.12.2036", "none"),
                ("0 days", "none"),
                ("9999 days", "none"),
                ("99999 weeks", "none"),
                ("Mon 1 Dec", "none"),
                ("29 Feb", "none"),
                ("1.5 weeks", "none"),
                ("the 32nd", "none"),
            ],
        );
        for talk in [
            "",
            "soon",
            "Mondays",
            "the client",
            "may be",
            "sunny",
            "marching",
            "3",
            "10:00",
            "and",
            "an hourglass",
        ] {
            assert_eq!(read(talk, "2026-11-25T09:30[Europe/Berlin]", true), None, "{talk}");
        }
    }

    #[test]
    fn days_are_counted_over_both_changes_of_the_clocks_and_over_the_year_s_end() {
        // The clocks go forward on 28 March 2027, back on 25 October 2026.
        all(
            "2027-03-27T23:30[Europe/Berlin]",
            true,
            &[
                ("tomorrow", "2027-03-28"),
                ("2 days", "2027-03-29"),
                ("24h", "2027-03-29"),
                ("Sunday", "2027-03-28"),
                ("Saturday", "2027-04-03"),
                ("in a week", "2027-04-03"),
            ],
        );
        all(
            "2026-10-24T23:30[Europe/Berlin]",
            true,
            &[
                ("tomorrow", "2026-10-25"),
                ("24h", "2026-10-25"),
                ("25 hours", "2026-10-25"),
                ("in 2 days", "2026-10-26"),
                ("end of the month", "2026-10-31"),
            ],
        );
        all(
            "2026-12-31T12:00[Europe/Berlin]",
            true,
            &[
                ("tomorrow", "2027-01-01"),
                ("Thursday", "2027-01-07"),
                ("31 Dec", "2026-12-31"),
                ("30 Dec", "2027-12-30"),
                ("1/1", "2027-01-01"),
                ("eom", "2027-01-31"),
                ("eoy", "2027-12-31"),
                ("end of December", "2027-12-31"),
                ("next month", "2027-01-01"),
                ("the 1st", "2027-01-01"),
                ("next week", "2027-01-04"),
                ("2 months", "2027-02-28"),
            ],
        );
        all(
            "2027-12-01T12:00[Pacific/Auckland]",
            true,
            &[("29 Feb", "2028-02-29"), ("next quarter", "2028-01-01")],
        );
        // A Sunday and a Friday: the week ends on Sunday.
        all(
            "2026-11-29T12:00[Europe/Berlin]",
            true,
            &[
                ("next Monday", "2026-11-30"),
                ("next week", "2026-11-30"),
                ("eow", "2026-12-04"),
                ("next Sunday", "2026-12-06"),
            ],
        );
        all("2026-11-27T12:00[Europe/Berlin]", true, &[("Friday", "2026-12-04"), ("eow", "2026-12-04")]);
    }
}
