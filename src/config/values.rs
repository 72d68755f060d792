//! The small values of the configuration as people write them.

use jiff::civil::Time;
use jiff::{SignedDuration, Span, SpanRelativeTo};

use crate::schedule::WorkingTime;

/// A length of time as people write it: "45s", "10m", "2d".
pub fn duration(text: &str) -> Option<SignedDuration> {
    let span: Span = text.parse().ok()?;
    let duration = span.to_duration(SpanRelativeTo::days_are_24_hours()).ok()?;
    (duration >= SignedDuration::from_secs(1) && duration <= SignedDuration::from_hours(366 * 24))
        .then_some(duration)
}

/// For how long something is kept: "365d", "3y", or "forever". A year has 365 days, a month 30.
pub fn kept(text: &str) -> Option<SignedDuration> {
    if text == "forever" {
        return Some(SignedDuration::MAX);
    }
    let span: Span = text.parse().ok()?;
    let whole = i64::from(span.get_years()) * 365
        + i64::from(span.get_months()) * 30
        + i64::from(span.get_weeks()) * 7;
    let days = whole + i64::from(span.get_days());
    let rest = span.years(0).months(0).weeks(0).days(0);
    (rest.is_zero() && (1..=36_500).contains(&days)).then(|| SignedDuration::from_hours(days * 24))
}

/// A length of working time: "2h", "90m", "2d" (working days), "1d 4h".
pub fn working(text: &str) -> Option<WorkingTime> {
    let span: Span = text.parse().ok()?;
    let days = u32::try_from(span.get_days()).ok()?;
    let rest = span.days(0).to_duration(SpanRelativeTo::days_are_24_hours()).ok()?;
    let whole = span.get_weeks() == 0 && span.get_months() == 0 && span.get_years() == 0;
    let some = days > 0 || rest >= SignedDuration::from_secs(1);
    (whole && some && days <= 366 && !rest.is_negative() && rest <= SignedDuration::from_hours(1000))
        .then_some(WorkingTime { days, rest })
}

/// A size in bytes as people write it: "25 MB" (10⁶), "512 KiB" (2¹⁰), "900 kB", "800" bytes.
pub fn size(text: &str) -> Option<u64> {
    let digits = text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len());
    let number: u64 = text[..digits].parse().ok()?;
    let unit = match text[digits..].trim().to_lowercase().as_str() {
        "" | "b" | "bytes" => 1,
        "kb" | "k" => 1_000,
        "mb" | "m" => 1_000_000,
        "gb" | "g" => 1_000_000_000,
        "kib" => 1 << 10,
        "mib" => 1 << 20,
        "gib" => 1 << 30,
        _ => return None,
    };
    number.checked_mul(unit)
}

/// The end of a working day: "17:30", or "24:00" for midnight.
pub fn end(text: &str) -> Option<Time> {
    if text == "24:00" { Some(Time::midnight()) } else { hour(text) }
}

/// An hour of the day: "08:30".
pub fn hour(text: &str) -> Option<Time> {
    Time::strptime("%H:%M", text).ok()
}
