//! Names, amounts, hours and days as a letter's language writes them.

use jiff::civil::Date;

use crate::compose::words::line;
use crate::money::{Money, minor_digits};
use crate::offer;

/// The first part of a language's code, in small letters: "de" of "de-CH".
pub(in crate::compose) fn primary(language: &str) -> String {
    language.split(['-', '_']).next().unwrap_or_default().to_lowercase()
}

/// "Kim Vos and Lee Park", in the letter's language.
pub(in crate::compose) fn owners(names: &[String], language: &str) -> String {
    let and = match &*primary(language) {
        "de" => "und",
        "fr" => "et",
        "es" => "y",
        "nl" => "en",
        "it" | "pt" => "e",
        _ => "and",
    };
    let owners: Vec<_> = names.iter().map(|owner| line(owner)).collect();
    match owners.split_last() {
        None => String::new(),
        Some((only, [])) => only.clone(),
        Some((last, others)) => format!("{} {and} {last}", others.join(", ")),
    }
}

/// The marks between thousands and before what is less than one.
fn marks(language: &str) -> (char, char) {
    match &*primary(language) {
        "de" | "es" | "nl" | "it" | "pt" => ('.', ','),
        "fr" => ('\u{a0}', ','),
        _ => (',', '.'),
    }
}

/// "1.5", and "1,5" in German; empty when nobody said.
pub(super) fn hours(minutes: Option<u32>, language: &str) -> String {
    let (_, point) = marks(language);
    minutes.map(offer::hours).unwrap_or_default().replace('.', &point.to_string())
}

/// "1,200.00 EUR", and "1.200,00 EUR" in German.
pub(super) fn price(amount: &Money, language: &str) -> String {
    let shown = amount.to_string();
    let (thousands, point) = marks(language);
    let place = shown.rfind('.').filter(|_| minor_digits(&amount.currency) > 0);
    let mark = |(at, c): (usize, char)| match c {
        ',' => thousands,
        '.' if Some(at) == place => point,
        other => other,
    };
    shown.char_indices().map(mark).collect()
}

/// "24 March 2026", and "24. März 2026" in German; "24/03/2026" where the letter is the firm's own alone.
pub(super) fn day(day: Date, language: &str) -> String {
    const MONTHS: [&str; 12] = [
        "Januar",
        "Februar",
        "März",
        "April",
        "Mai",
        "Juni",
        "Juli",
        "August",
        "September",
        "Oktober",
        "November",
        "Dezember",
    ];
    match &*primary(language) {
        "de" => {
            let month = usize::try_from(day.month() - 1).ok().and_then(|month| MONTHS.get(month));
            format!("{}. {} {}", day.day(), month.unwrap_or(&""), day.year())
        }
        "fr" | "es" | "nl" | "it" | "pt" => day.strftime("%d/%m/%Y").to_string(),
        _ => day.strftime("%-d %B %Y").to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn amounts_hours_and_days_are_written_as_the_language_writes_them() {
        let money = |minor, currency: &str| Money { minor, currency: currency.to_owned() };
        let date: Date = "2026-03-04".parse().unwrap();
        let (en, de, fr) = ("en", "de-CH", "fr");
        assert_eq!(price(&money(123_456_789, "EUR"), en), "1,234,567.89 EUR");
        assert_eq!(price(&money(123_456_789, "EUR"), de), "1.234.567,89 EUR");
        assert_eq!(price(&money(123_456_789, "EUR"), fr), "1\u{a0}234\u{a0}567,89 EUR");
        assert_eq!(price(&money(12_000, "JPY"), de), "12.000 JPY");
        assert_eq!((hours(Some(90), en), hours(Some(90), de)), ("1.5".to_owned(), "1,5".to_owned()));
        assert_eq!((day(date, en), day(date, de)), ("4 March 2026".to_owned(), "4. März 2026".to_owned()));
        assert_eq!(day(date, fr), "04/03/2026");
        assert_eq!(hours(None, en), "");
    }

    #[test]
    fn names_are_joined_as_the_language_joins_them() {
        let names = ["Kim Vos", "Lee Park", "Noor Haan"].map(str::to_owned);
        assert_eq!(owners(&names, "en"), "Kim Vos, Lee Park and Noor Haan");
        assert_eq!(owners(&names[..2], "de"), "Kim Vos und Lee Park");
        assert_eq!(owners(&names[..2], "fr"), "Kim Vos et Lee Park");
        assert_eq!((owners(&names[..1], "en"), owners(&[], "en")), ("Kim Vos".to_owned(), String::new()));
    }
}
