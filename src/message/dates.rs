//! Dates as people and mail programs write them, in many languages.

use std::ops::Range;
use std::sync::LazyLock;

use jiff::Timestamp;
use jiff::civil::{Date, Time};
use jiff::tz::TimeZone;
use regex::Regex;

use crate::pattern::fixed;

/// Month names of all languages read, by their beginnings, each with its number.
const MONTHS: &[(&str, i8)] = &[
    ("jan", 1),
    ("ene", 1),
    ("gen", 1),
    ("sty", 1),
    ("tammi", 1),
    ("led", 1),
    ("янв", 1),
    ("січ", 1),
    ("jän", 1),
    ("gener", 1),
    ("feb", 2),
    ("fev", 2),
    ("fév", 2),
    ("lut", 2),
    ("helmi", 2),
    ("úno", 2),
    ("фев", 2),
    ("лют", 2),
    ("mar", 3),
    ("mär", 3),
    ("mrz", 3),
    ("maalis", 3),
    ("mrt", 3),
    ("bře", 3),
    ("мар", 3),
    ("бер", 3),
    ("apr", 4),
    ("avr", 4),
    ("abr", 4),
    ("kwi", 4),
    ("huhti", 4),
    ("dub", 4),
    ("апр", 4),
    ("кві", 4),
    ("mai", 5),
    ("may", 5),
    ("mag", 5),
    ("mei", 5),
    ("maj", 5),
    ("touko", 5),
    ("kvě", 5),
    ("май", 5),
    ("мая", 5),
    ("тра", 5),
    ("jun", 6),
    ("juin", 6),
    ("giu", 6),
    ("cze", 6),
    ("kesä", 6),
    ("čer", 6),
    ("июн", 6),
    ("чер", 6),
    ("jul", 7),
    ("juil", 7),
    ("lug", 7),
    ("lip", 7),
    ("heinä", 7),
    ("červenc", 7),
    ("июл", 7),
    ("лип", 7),
    ("aug", 8),
    ("aoû", 8),
    ("aou", 8),
    ("ago", 8),
    ("sie", 8),
    ("elo", 8),
    ("srp", 8),
    ("авг", 8),
    ("сер", 8),
    ("sep", 9),
    ("set", 9),
    ("wrz", 9),
    ("syys", 9),
    ("zář", 9),
    ("сен", 9),
    ("вер", 9),
    ("oct", 10),
    ("okt", 10),
    ("ott", 10),
    ("out", 10),
    ("paź", 10),
    ("loka", 10),
    ("říj", 10),
    ("окт", 10),
    ("жов", 10),
    ("nov", 11),
    ("lis", 11),
    ("marras", 11),
    ("listopad", 11),
    ("ноя", 11),
    ("лис", 11),
    ("dec", 12),
    ("dez", 12),
    ("déc", 12),
    ("dic", 12),
    ("des", 12),
    ("gru", 12),
    ("joulu", 12),
    ("pro", 12),
    ("дек", 12),
    ("гру", 12),
];

static NUMERIC: LazyLock<Regex> = LazyLock::new(|| {
    fixed(
        r"\b(?:(\d{4})[-./](\d{1,2})[-./](\d{1,2})|(\d{1,2})\s?[./]\s?(\d{1,2})(?:\s?[./]\s?(\d{4}|\d{2})\b)?|(\d{1,2})-(\d{1,2})-(\d{4}))",
    )
});
/// "4 January 2027".
static DAY_MONTH: LazyLock<Regex> = LazyLock::new(|| {
    fixed(&format!(
        r"(?i)\b(?P<day>\d{{1,2}})(?:st|nd|rd|th|er|º|°|:?e|\.|ª)?\s+(?:of\s+|de\s+|di\s+|d(?:'|’))?(?P<month>{})\b\.?,?(?:\s+(?:de\s+|del\s+)?(?P<year>\d{{4}}))?",
        month_names()
    ))
});
/// "January 4, 2027".
static MONTH_DAY: LazyLock<Regex> = LazyLock::new(|| {
    fixed(&format!(
        r"(?i)\b(?P<month>{})\b\.?[\s-]+(?P<day>\d{{1,2}})(?:st|nd|rd|th)?\b(?:,?[\s-]+(?P<year>\d{{4}}|\d{{2}}\b))?",
        month_names()
    ))
});

fn month_names() -> String {
    let names = MONTHS.iter().map(|(name, _)| *name).collect::<Vec<_>>().join("|");
    format!(r"(?:{names})\p{{L}}{{0,9}}")
}

static ASIAN: LazyLock<Regex> =
    LazyLock::new(|| fixed(r"(?:(\d{4})\s*[年년]\s*)?(\d{1,2})\s*[月월]\s*(\d{1,2})\s*[日号號일]?"));
static CLOCK: LazyLock<Regex> =
    LazyLock::new(|| fixed(r"(?i)\b(\d{1,2})[:.h](\d{2})(?:[:.](\d{2}))?\s*([ap])?\.?m?\b"));
static OFFSET: LazyLock<Regex> = LazyLock::new(|| fixed(r"(?:GMT|UTC|\s)\s?([+-])(\d{2}):?(\d{2})\b"));

/// The dates in a text: where each stands, its year when it has one, month and day.
pub(super) fn find(text: &str) -> Vec<(Range<usize>, Option<i16>, i8, i8)> {
    let day_first = !month_first(text);
    let days: Vec<Range<usize>> = DAY_MONTH.find_iter(text).map(|m| m.range()).collect();
    // "mar. 8 déc." is a Tuesday in December: the day belongs to what follows it.
    let apart = |c: &regex::Captures<'_>| {
        let range = c.get(0).map(|m| m.range()).unwrap_or_default();
        !days.iter().any(|d| d.start < range.end && range.start < d.end)
    };
    let mut found: Vec<(Range<usize>, Option<i16>, i8, i8)> = NUMERIC
        .captures_iter(text)
        .map(|c| (c.get(0), numeric(&c, day_first)))
        .chain(DAY_MONTH.captures_iter(text).map(|c| (c.get(0), named(&c))))
        .chain(MONTH_DAY.captures_iter(text).filter(apart).map(|c| (c.get(0), named(&c))))
        .chain(ASIAN.captures_iter(text).map(|c| (c.get(0), asian(&c))))
        .filter_map(|(whole, parts)| {
            let (year, month, day) = parts?;
            Some((whole?.range(), year, month, day))
        })
        .collect();
    found.sort_by_key(|f| f.0.start);
    found
}

/// The instant that a copied Date field names; UTC where it names no offset.
pub(super) fn instant(text: &str) -> Option<Timestamp> {
    if let Some(exact) = super::parse::date(text) {
        return Some(exact);
    }
    let text: String = text.chars().take(120).collect();
    let (place, year, month, day) = find(&text).into_iter().find(|f| f.1.is_some())?;
    let date = Date::new(year?, month, day).ok()?;
    let mut rest = text.clone();
    rest.replace_range(place, " ");
    let time = CLOCK.captures(&rest).and_then(|c| {
        let number = |i: usize| c.get(i).and_then(|m| m.as_str().parse::<i8>().ok());
        let mut hour = number(1)?;
        match c.get(4).map(|m| m.as_str().to_ascii_lowercase()).as_deref() {
            Some("p") if hour < 12 => hour += 12,
            Some("a") if hour == 12 => hour = 0,
            _ => {}
        }
        Time::new(hour, number(2)?, number(3).unwrap_or(0), 0).ok()
    });
    let offset = OFFSET.captures(&rest).and_then(|c| {
        let minutes = c[2].parse::<i64>().ok()? * 60 + c[3].parse::<i64>().ok()?;
        Some(if &c[1] == "-" { -minutes } else { minutes })
    });
    let utc = date.to_datetime(time.unwrap_or_default()).to_zoned(TimeZone::UTC).ok()?.timestamp();
    Timestamp::from_second(utc.as_second() - offset.unwrap_or(0) * 60).ok()
}

/// Whether numeric dates put the month first: one of them has a second number that is no month.
fn month_first(text: &str) -> bool {
    NUMERIC.captures_iter(text).any(|c| {
        let number = |i: usize| c.get(i).and_then(|m| m.as_str().parse::<i8>().ok());
        c[0].contains('/') && number(4).is_some_and(|n| n <= 12) && number(5).is_some_and(|n| n > 12)
    })
}

type Parts = Option<(Option<i16>, i8, i8)>;

fn numeric(found: &regex::Captures<'_>, day_first: bool) -> Parts {
    let number = |i: usize| found.get(i).and_then(|m| m.as_str().parse::<i16>().ok());
    let small = |i: usize| number(i).and_then(|n| i8::try_from(n).ok());
    if let (Some(year), Some(month), Some(day)) = (number(1), small(2), small(3)) {
        return Some((Some(year), month, day));
    }
    if let (Some(day), Some(month), Some(year)) = (small(7), small(8), number(9)) {
        return Some((Some(year), month, day));
    }
    let (first, second) = (small(4)?, small(5)?);
    let year = number(6).map(|y| if y < 100 { y + 2000 } else { y });
    Some(if day_first { (year, second, first) } else { (year, first, second) })
}

fn named(found: &regex::Captures<'_>) -> Parts {
    let text = |name: &str| found.name(name).map(|m| m.as_str());
    let name = text("month")?.to_lowercase();
    // The longest beginning wins: "červenec" is July, "červen" June.
    let month = MONTHS.iter().filter(|(m, _)| name.starts_with(m)).max_by_key(|(m, _)| m.len())?.1;
    let year = text("year").and_then(|y| y.parse::<i16>().ok()).map(|y| if y < 100 { y + 2000 } else { y });
    Some((year, month, text("day")?.parse().ok()?))
}

fn asian(found: &regex::Captures<'_>) -> Parts {
    let number = |i: usize| found.get(i).and_then(|m| m.as_str().parse::<i16>().ok());
    Some((number(1), i8::try_from(number(2)?).ok()?, i8::try_from(number(3)?).ok()?))
}
