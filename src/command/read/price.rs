//! What stands behind `price`: an amount, hours, the work, in any order.

use std::sync::LazyLock;

use regex::Regex;

use super::plain::{bare, lower, separators, word};
use crate::command::Price;
use crate::day;
use crate::money::Money;
use crate::pattern::fixed;

/// A bare number below this many whole units is how many there are of something, and no price.
const LEAST: &str = "20";

/// The words at the end of a line that may tell the price.
const TAIL: usize = 8;

/// What could be read of quantities.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
struct Quantities {
    amount: Option<Money>,
    named: bool,
    minutes: Option<u32>,
}

/// Words that may stand around a quantity.
const FILLERS: [&str; 24] = [
    "about",
    "approx",
    "approximately",
    "ca",
    "circa",
    "around",
    "is",
    "of",
    "it",
    "this",
    "total",
    "fixed",
    "flat",
    "pauschal",
    "und",
    "and",
    "estimate",
    "estimated",
    "est",
    "price",
    "roughly",
    "will",
    "be",
    "that's",
];

/// A price by the hour, a share, a span: the sum would be a guess.
static UNCLEAR: LazyLock<Regex> = LazyLock::new(|| {
    fixed(
        r"(?i)^ ?(?:%|percent|(?:/|per|pro|an|a|je) ?(?:h|hr|hour|std|stunde|d|day|tag|pt)\b|p\. ?h\.|(?:-|–|—|x|×|\*) ?[€$£]?\d|or \d|to \d|bis \d|\?)",
    )
});
/// A rate before its number: "8h at 95".
static RATE: LazyLock<Regex> =
    LazyLock::new(|| fixed(r"(?i)^(?:at|@|à|a|je|zu|x|×|times) ?(?:[€$£]|[a-z]{3} )? ?\d"));

/// The price of a text; none when it cannot be told.
pub(super) fn read(text: &str, currency: &str) -> Option<Price> {
    let text = text.trim();
    let (mut head, end) = quantities(text, currency)?;
    let mut work = work(&text[end..]);
    if (head.amount.is_none() || head.minutes.is_none() || !head.named)
        && let Some((tail, start)) = tail(work, currency)
    {
        let before = work[..start].trim_end();
        let marks = [',', ';', '(', '/', '-', '–', '—', ':', '=', '.'];
        let parted = before.ends_with(marks) || work[start..].starts_with(marks);
        let nothing = head == Quantities::default();
        if tail.amount.is_some() && head.amount.is_some() && tail.named && !head.named {
            // "2 pages 1200 EUR": which number is the price?
            return None;
        }
        let adds = tail.amount.is_none() || head.amount.is_none();
        if adds && (tail.minutes.is_none() || head.minutes.is_none()) && (parted || nothing && tail.named) {
            head.amount = head.amount.or(tail.amount);
            head.minutes = head.minutes.or(tail.minutes);
            work = trimmed(&work[..start]);
        }
    }
    (head.amount.is_some() || head.minutes.is_some()).then(|| Price {
        amount: head.amount,
        minutes: head.minutes,
        work: work.to_owned(),
    })
}

/// Whether a text begins with an amount or hours, well written or not.
pub(super) fn begins(text: &str, currency: &str) -> bool {
    let text = &text[separators(text)..];
    Money::at_start(text, currency).is_some()
        || day::length_at_start(text).is_some()
        || text.starts_with(['€', '$', '£'])
}

/// The quantities that a text begins with and where they end; none when one is unclear.
fn quantities(text: &str, currency: &str) -> Option<(Quantities, usize)> {
    let mut found = Quantities::default();
    let mut end = 0;
    let mut at = 0;
    loop {
        at += skipped(&text[at..]);
        let rest = &text[at..];
        if RATE.is_match(rest) {
            return None;
        }
        if found.minutes.is_none()
            && let Some((minutes, length)) = day::length_at_start(rest)
        {
            found.minutes = Some(minutes?);
            at += length;
        } else if let Some(money) = Money::at_start(rest, currency).filter(|_| found.amount.is_none()) {
            let small = || {
                Money::read(LEAST, currency)
                    .is_some_and(|least| money.money.as_ref().is_some_and(|m| m.minor < least.minor))
            };
            let plain = rest[..money.length].bytes().all(|b| b.is_ascii_digit());
            if UNCLEAR.is_match(&rest[money.length..]) {
                return None;
            }
            if !money.named && plain && small() || rest[money.length..].starts_with(char::is_alphanumeric) {
                break;
            }
            found.amount = Some(money.money?);
            found.named = money.named;
            at += money.length;
        } else {
            break;
        }
        if UNCLEAR.is_match(&text[at..]) {
            return None;
        }
        end = at;
    }
    Some((found, end))
}

/// The marks and words before a quantity; a minus stays with its number.
fn skipped(text: &str) -> usize {
    let mut at = 0;
    loop {
        let rest = &text[at..];
        let mut chars = rest.chars();
        match chars.next() {
            Some(' ' | ',' | ';' | ':' | '/' | '|' | '+' | '&' | '=' | '~' | '(' | ')' | '*' | '.') => {
                at += 1;
            }
            Some(c @ ('-' | '–' | '—')) if chars.as_str().starts_with([' ', '-']) => at += c.len_utf8(),
            Some(c) if c.is_alphabetic() => {
                let next = word(rest);
                // A filler is one only while a quantity can follow.
                if next.len() > 14 || !FILLERS.contains(&lower(next).as_str()) {
                    return at;
                }
                at += next.len();
            }
            _ => return at,
        }
    }
}

/// The quantities that a text ends with, and where they begin.
fn tail(text: &str, currency: &str) -> Option<(Quantities, usize)> {
    let closed = text.trim_end_matches([')', '.', ' ', '!']);
    let starts: Vec<usize> = closed.rmatch_indices([' ', '(']).take(TAIL).map(|(at, _)| at + 1).collect();
    starts.into_iter().rev().chain([0]).find_map(|start| {
        let (found, end) = quantities(&closed[start..], currency)?;
        let whole = start + end == closed.len() && start < closed.len();
        (whole && (found.amount.is_none() || found.named) && found != Quantities::default())
            .then_some((found, start))
    })
}

fn work(text: &str) -> &str {
    let text = trimmed(text);
    let first = word(text);
    if matches!(lower(first).as_str(), "for" | "für") && text.len() > first.len() {
        return trimmed(&text[first.len()..]);
    }
    text
}

fn trimmed(text: &str) -> &str {
    let inside = bare(text).trim_matches([' ', ',', ';', ':', '-', '–', '—', '/', '|', '=']);
    inside.strip_prefix(')').or_else(|| inside.strip_suffix('(')).unwrap_or(inside).trim()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn amount_hours_and_work_are_read_in_any_order() {
        let hours = |h: u32| Some(h * 60);
        for (text, amount, minutes, work) in [
            (
                "1200 EUR 8h Adds the second landing page",
                "1,200.00 EUR",
                hours(8),
                "Adds the second landing page",
            ),
            ("8h 1200 EUR Adds a page", "1,200.00 EUR", hours(8), "Adds a page"),
            ("€1,200.50 / 8 hours: second page", "1,200.50 EUR", hours(8), "second page"),
            ("1.200,50 €, 1,5 Std, zweite Seite", "1,200.50 EUR", Some(90), "zweite Seite"),
            ("Second page 1200 EUR 8h", "1,200.00 EUR", hours(8), "Second page"),
            ("Second page, 8h, 1200 EUR.", "1,200.00 EUR", hours(8), "Second page"),
            ("1200 for the second page (8h)", "1,200.00 EUR", hours(8), "the second page"),
            ("3 banners 450 EUR", "450.00 EUR", None, "3 banners"),
            ("1200", "1,200.00 EUR", None, ""),
            ("1200 EUR = a day", "1,200.00 EUR", hours(8), ""),
            ("about 1200 EUR, approx. 2 days - second page", "1,200.00 EUR", hours(16), "second page"),
            ("1200 EUR plus VAT for the page", "1,200.00 EUR", None, "plus VAT for the page"),
            ("1200 EUR Page, online within 2 days", "1,200.00 EUR", None, "Page, online within 2 days"),
            (
                "1200 EUR 8h Page, 300 EUR of it for photos",
                "1,200.00 EUR",
                hours(8),
                "Page, 300 EUR of it for photos",
            ),
            ("£1.2k 2nd page", "1,200.00 GBP", None, "2nd page"),
        ] {
            let price = read(text, "EUR").unwrap_or_else(|| panic!("{text}"));
            let shown = price.amount.map(|money| money.to_string());
            assert_eq!(
                (shown.as_deref(), price.minutes, &*price.work),
                (Some(amount), minutes, work),
                "{text}"
            );
        }
        let hours_only = read("12h landing page", "EUR").unwrap();
        assert_eq!(
            (hours_only.amount, hours_only.minutes, &*hours_only.work),
            (None, hours(12), "landing page")
        );
    }

    #[test]
    fn a_price_that_cannot_be_told_is_none() {
        for text in [
            "",
            "landing page",
            "-500 EUR page",
            "0 EUR page",
            "0",
            "8h at 95",
            "8h @ 95 EUR",
            "95 EUR/h",
            "95 EUR per hour",
            "10%",
            "1000-1500 EUR",
            "1000 - 1500",
            "8-10h",
            "2 pages",
            "900000000000 EUR",
            "1200 kr",
            "0h",
            "24 pages 1200 EUR",
            "AMOUNT HOURS WORK",
            "1200 or 1500 EUR",
            "1200?",
            "is too high",
            "later",
            "95 an hour",
        ] {
            assert_eq!(read(text, "EUR"), None, "{text}");
        }
    }
}
