//! What stands behind `away`: from when, until when.

use std::sync::LazyLock;

use jiff::ToSpan;
use jiff::civil::{Date, Weekday};
use regex::Regex;

use super::plain::separators;
use crate::command::{Command, Context};
use crate::day;
use crate::pattern::fixed;

/// An absence that began longer ago is a slip of the pen, in days.
const PAST: i32 = 60;

fn regex(written: &str) -> Regex {
    fixed(&format!("(?i)^(?:{written})"))
}

static FROM: LazyLock<Regex> = LazyLock::new(|| regex(r"(?:from|vom|von|ab|starting|as of) (?:the )?"));
static UNTIL: LazyLock<Regex> = LazyLock::new(|| {
    regex(
        r"[ ,]*(?:(?:until|untill|till|til|through|thru|up to|to|bis zum|bis)\b|-|–|—)(?: (?:and )?including)? ?",
    )
});
static RETURN: LazyLock<Regex> = LazyLock::new(|| {
    regex(
        r"(?:and )?(?:i'?m |i'?ll be |i am |will be )?(?:back|returning|return|wieder da|zurück)(?: in the office| at work)?(?: on| ab| am)? ",
    )
});
static FOR: LazyLock<Regex> = LazyLock::new(|| {
    regex(
        r"(?:for |für )?(?:the next )?(?:\d{1,3}|an?|one|two|three|four|five|six|seven|eight|nine|ten|eine?|zwei|drei) ?(?:days?|d|weeks?|w|wks?|fortnight|months?|tage?|wochen?)\b",
    )
});
/// "3-12 Jan", "3 to 12 January".
static DAYS: LazyLock<Regex> = LazyLock::new(|| {
    regex(
        r"(?P<first>\d{1,2})(?:st|nd|rd|th|\.)? ?(?:-|–|to|until|till|bis) ?(?P<last>\d{1,2}(?:st|nd|rd|th|\.)? ?(?:of )?\p{L}{3,9})",
    )
});
/// "Jan 3 - 12": the day that ends it has the month of the first.
static LAST_DAY: LazyLock<Regex> = LazyLock::new(|| regex(r"(?P<day>\d{1,2})(?:st|nd|rd|th)?(?:$|[ ,.;!])"));

/// The command and how many bytes of the text it takes; none when the days cannot be told.
pub(super) fn read(text: &str, context: &Context) -> Option<(Command, usize)> {
    let today = context.now.date();
    let mut at = separators(text);
    let rest = &text[at..];
    if let Some(found) = UNTIL.find(rest) {
        at += found.end();
        let day = day::at_start(&text[at..], context.days())?;
        return Some((Command::Away { from: None, until: day.date? }, at + day.length));
    }
    if let Some(found) = RETURN.find(rest) {
        at += found.end();
        let day = day::at_start(&text[at..], context.days())?;
        let until = day.date?.yesterday().ok().filter(|until| *until >= today)?;
        return Some((Command::Away { from: None, until }, at + day.length));
    }
    if FOR.is_match(rest) {
        let day = day::at_start(rest, context.days())?;
        let until = day.date?.yesterday().ok()?;
        let behind = &text[at + day.length..];
        let from_later = behind.trim_start().to_lowercase().starts_with("from")
            || behind.trim_start().to_lowercase().starts_with("start");
        return (!from_later).then_some((Command::Away { from: None, until }, at + day.length));
    }
    let from_said = FROM.find(rest).map_or(0, |found| found.end());
    at += from_said;
    if let Some(found) = DAYS.captures(&text[at..]) {
        let last = found.name("last")?;
        let until = day::at_start(&text[at + last.start()..], context.days())?;
        let (day, end) = (found["first"].parse().ok()?, until.date?);
        let from = Date::new(end.year(), end.month(), day).ok().filter(|from| *from <= end)?;
        return Some((Command::Away { from: Some(from), until: end }, at + last.start() + until.length));
    }
    let from = day::at_start(&text[at..], context.days())?;
    let first = from.date?;
    let words = text[at..at + from.length].to_lowercase();
    at += from.length;
    if let Some(found) = UNTIL.find(&text[at..]) {
        let start = at + found.end();
        if let Some(day) = day::at_start(&text[start..], context.days()) {
            let (from, until) = ordered(first, day.date?, &text[start..], context)?;
            return Some((Command::Away { from: Some(from), until }, start + day.length));
        }
        let day = LAST_DAY.captures(&text[start..])?;
        let number = day.name("day")?;
        let until = Date::new(first.year(), first.month(), number.as_str().parse().ok()?).ok()?;
        return (until >= first)
            .then_some((Command::Away { from: Some(first), until }, start + number.end()));
    }
    // "away from Monday" has no end.
    if from_said > 0 {
        return None;
    }
    let until = if words.contains("week") && first.weekday() == Weekday::Monday && !words.starts_with("mon") {
        first.checked_add(4.days()).ok()?
    } else {
        first
    };
    Some((Command::Away { from: Some(first), until }, at))
}

/// Whether an absence is meant although it cannot be read.
pub(super) fn is_meant(text: &str) -> bool {
    let text = &text[separators(text)..];
    text.is_empty()
        || UNTIL.is_match(text)
        || FROM.is_match(text)
        || text.starts_with(|c: char| c.is_ascii_digit())
}

/// The first and the last day, each the next of its kind, put in order: who is away already means the day that has
/// passed; who goes on Friday and comes on Monday means the Monday after.
fn ordered(from: Date, until: Date, written: &str, context: &Context) -> Option<(Date, Date)> {
    if from <= until {
        return Some((from, until));
    }
    let today = context.now.date();
    let earlier = from.checked_sub(1.year()).ok()?;
    if earlier <= until && (today - earlier).get_days() <= PAST {
        return Some((earlier, until));
    }
    let then = Context { now: from.to_zoned(context.now.time_zone().clone()).ok()?, ..context.clone() };
    let until = day::at_start(written, then.days())?.date?;
    let weeks = (until - from).get_days() <= 14;
    weeks.then_some((from, until))
}
