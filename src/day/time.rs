//! Times of the day and lengths of time as people write them.

use std::sync::LazyLock;

use jiff::civil::Time;
use regex::Regex;

use crate::pattern::fixed;

/// Minutes of a working day.
const DAY: f64 = 480.0;

/// More minutes than this are no work that one offers in a mail: a year of working days.
const MOST: f64 = 260.0 * DAY;

/// A time at the beginning of a text: the time, and how many bytes it takes. None for the time where there is no such
/// (25:00).
pub type Clock = (Option<Time>, usize);

static CLOCK: LazyLock<Regex> = LazyLock::new(|| {
    fixed(
        r"(?ix)^(?P<at>(?:at|um|@)\ ?)?
        (?: (?P<word>noon|midday|mittags?)
          | (?P<h>\d{1,2}) [:.] (?P<m>\d{2}) (?:\ ?(?P<half>[ap])\.?m\.?)? (?:\ ?(?:uhr|h|hrs))?
          | (?P<hour>\d{1,2}) (?: \ ?(?P<half2>[ap])\.?m\.? | \ ?(?P<clock>uhr|o'?’?clock) )
          | (?P<bare>\d{1,2}) )
        (?:$|[^\p{L}\d:/])",
    )
});

/// The time that a text begins with. "10.30" is one only behind "at", before "am", "pm" or "Uhr"; a bare number only
/// behind "at", and then one to six are the afternoon.
pub fn clock_at_start(text: &str) -> Option<Clock> {
    let found = CLOCK.captures(super::head(text, 24))?;
    let has = |name: &str| found.name(name).is_some();
    let number = |name: &str| found.name(name).and_then(|number| number.as_str().parse::<i8>().ok());
    let whole = found.get(0)?.as_str();
    let end = whole.chars().next_back().filter(|c| !c.is_alphanumeric());
    let length = whole.len() - end.map_or(0, char::len_utf8);
    if has("word") {
        return Some((Some(Time::constant(12, 0, 0, 0)), length));
    }
    let point = found.name("h").is_some_and(|h| whole[h.end()..].starts_with('.'));
    let uhr = whole.to_lowercase().contains("uhr");
    if point && !has("at") && !has("half") && !uhr || has("bare") && !has("at") {
        return None;
    }
    let hour = number("h").or_else(|| number("hour")).or_else(|| number("bare"))?;
    let half = found.name("half").or_else(|| found.name("half2")).map(|half| half.as_str().to_lowercase());
    let hour = match half.as_deref() {
        Some(_) if !(1..=12).contains(&hour) => return Some((None, length)),
        Some("p") if hour < 12 => hour + 12,
        Some("a") if hour == 12 => 0,
        None if has("bare") && (1..=6).contains(&hour) => hour + 12,
        _ => hour,
    };
    Some((Time::new(hour, number("m").unwrap_or(0), 0, 0).ok(), length))
}

static LENGTH: LazyLock<Regex> = LazyLock::new(|| {
    fixed(
        r"(?ix)^(?: (?P<halfday>half\ an?\ day|half\ day|einen\ halben\ tag)
          | (?P<halfhour>half\ an?\ hour|half\ hour|eine\ halbe\ stunde)
          | (?P<hours>\d{1,4})h(?P<minutes>\d{2})(?:m|min)?
          | (?P<hours2>\d{1,4}):(?P<minutes2>\d{2})\ ?h(?:rs?|ours?)?
          | (?: (?P<count>\d{1,6}(?:[.,]\d{1,2})?) (?P<gap>\ ?-?)
              | (?P<word>an?|one|two|three|four|five|six|seven|eight|nine|ten|eine?n?|zwei|drei|vier) [\ -] )(?:(?:man|person|working|work|business)[-\ ]?)?
            (?P<unit>h|hrs?|hours?|std|stdn|stunden?|d|days?|tage?n?|pt|personentage?|m|mins?|minutes?|minuten?|w|wks?|weeks?|wochen?)
            (?:\ ?(?P<more>\d{1,2})\ ?(?:m|mins?|minutes?))?
            (?P<half>\ and\ a\ half)? )
        (?:$|[^\p{L}\d])",
    )
});

/// A length of time at the beginning of a text, in minutes of work (a day is eight hours), and how many bytes it takes.
/// None for the minutes where they are zero or beyond reason.
pub fn length_at_start(text: &str) -> Option<(Option<u32>, usize)> {
    let found = LENGTH.captures(super::head(text, 48))?;
    let whole = found.get(0)?.as_str();
    let end = whole.chars().next_back().filter(|c| !c.is_alphanumeric());
    let length = whole.len() - end.map_or(0, char::len_utf8);
    let number = |name: &str| found.name(name).and_then(|number| number.as_str().parse::<f64>().ok());
    let minutes = if found.name("halfday").is_some() {
        DAY / 2.0
    } else if found.name("halfhour").is_some() {
        30.0
    } else if let Some(hours) = number("hours").or_else(|| number("hours2")) {
        hours * 60.0 + number("minutes").or_else(|| number("minutes2")).unwrap_or(0.0)
    } else {
        let unit = found["unit"].to_lowercase();
        // "3 m" are metres.
        if unit == "m" && found.name("gap").is_none_or(|gap| !gap.is_empty()) {
            return None;
        }
        let unit = match unit.as_bytes() {
            [b'h' | b's', ..] => 60.0,
            [b'd' | b't' | b'p', ..] => DAY,
            [b'w', ..] => 5.0 * DAY,
            _ => 1.0,
        };
        let half = if found.name("half").is_some() { 0.5 } else { 0.0 };
        (count(found.name("count").or_else(|| found.name("word"))?.as_str())? + half) * unit
            + number("more").unwrap_or(0.0)
    };
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "between 1 and MOST")]
    let minutes = (1.0..=MOST).contains(&minutes).then(|| minutes.round() as u32);
    Some((minutes, length))
}

fn count(written: &str) -> Option<f64> {
    Some(match written.to_lowercase().as_str() {
        "a" | "an" | "one" | "ein" | "eine" | "einen" => 1.0,
        "two" | "zwei" => 2.0,
        "three" | "drei" => 3.0,
        "four" | "vier" => 4.0,
        "five" => 5.0,
        "six" => 6.0,
        "seven" => 7.0,
        "eight" => 8.0,
        "nine" => 9.0,
        "ten" => 10.0,
        digits => digits.replace(',', ".").parse().ok()?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_read_as_people_write_them() {
        for (text, hour, minute) in [
            ("10:00", 10, 0),
            ("3pm", 15, 0),
            ("3 p.m. in", 15, 0),
            ("12am", 0, 0),
            ("12:30 pm", 12, 30),
            ("at 10", 10, 0),
            ("at 3", 15, 0),
            ("at 9:15", 9, 15),
            ("10 Uhr", 10, 0),
            ("um 14.30 Uhr", 14, 30),
            ("noon", 12, 0),
            ("9 o'clock", 9, 0),
            ("@ 11", 11, 0),
        ] {
            let time = clock_at_start(text).and_then(|(time, _)| time);
            assert_eq!(time, Some(Time::constant(hour, minute, 0, 0)), "{text}");
        }
        for none in ["10", "10.30", "1.12.", "12/1", "3 days", "Tue", "10th", "45m"] {
            assert_eq!(clock_at_start(none), None, "{none}");
        }
        assert_eq!(clock_at_start("25:00").map(|(time, _)| time), Some(None));
        assert_eq!(clock_at_start("13pm").map(|(time, _)| time), Some(None));
    }

    #[test]
    fn lengths_are_read_in_minutes_of_work() {
        for (text, minutes) in [
            ("8h", 480),
            ("8 hrs", 480),
            ("1.5 hours", 90),
            ("1,5 Std", 90),
            ("a day", 480),
            ("2 days", 960),
            ("30 min", 30),
            ("90m", 90),
            ("1h30", 90),
            ("1h 30m", 90),
            ("2h 15 min", 135),
            ("1:30h", 90),
            ("half a day", 240),
            ("half an hour", 30),
            ("an hour", 60),
            ("an hour and a half", 90),
            ("2 weeks", 4800),
            ("3 man-days", 1440),
            ("3 PT", 1440),
            ("zwei Tage", 960),
            ("0.5 days", 240),
        ] {
            assert_eq!(length_at_start(text), Some((Some(minutes), text.len())), "{text}");
        }
        for zero in ["0h", "0 min", "99999 hours", "3000 weeks"] {
            assert_eq!(length_at_start(zero).map(|(minutes, _)| minutes), Some(None), "{zero}");
        }
        for none in ["8", "Tue", "8 m", "hours", "8 houses", "2nd", "8h2x"] {
            assert_eq!(length_at_start(none), None, "{none}");
        }
    }
}
