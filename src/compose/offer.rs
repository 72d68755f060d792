//! Letters to a client about extra work: the offer, the confirmation of a yes, and the no that says what is possible.

use askama::Template;
use jiff::civil::Date;

use super::received::{german, greeting, owners, reply_subject};
use super::words::{line, tidy};
use super::{House, Page};
use crate::effect::{Addressing, Agreement, Boundary, OfferLetter};
use crate::money::{Money, minor_digits};
use crate::offer;

/// How many lines of an owner's own words are sent: more is a letter of its own.
const WORDS: usize = 80;

#[derive(Template)]
#[template(path = "client/offer.en.txt")]
struct OfferEnglish<'a> {
    page: &'a View,
}

#[derive(Template)]
#[template(path = "client/offer.de.txt")]
struct OfferGerman<'a> {
    page: &'a View,
}

#[derive(Template)]
#[template(path = "client/accepted.en.txt")]
struct AcceptedEnglish<'a> {
    page: &'a View,
}

#[derive(Template)]
#[template(path = "client/accepted.de.txt")]
struct AcceptedGerman<'a> {
    page: &'a View,
}

#[derive(Template)]
#[template(path = "client/boundary.en.txt")]
struct BoundaryEnglish<'a> {
    page: &'a View,
}

#[derive(Template)]
#[template(path = "client/boundary.de.txt")]
struct BoundaryGerman<'a> {
    page: &'a View,
}

/// What the templates of all three may say.
#[derive(Default)]
struct View {
    client: String,
    owners: String,
    count: usize,
    house: String,
    work: String,
    quoted: bool,
    /// "8", "1.5"; empty when it was not said.
    hours: String,
    /// "1,200.00 EUR"; empty when there is none.
    price: String,
    /// "24 March 2026".
    valid_until: String,
    words: Vec<String>,
    /// Whether `words` begin with a greeting of their own.
    greeted: bool,
}

/// Values of all three letters.
fn view(house: &House, to: &Addressing, work: &str) -> View {
    View {
        client: greeting(&to.client_name),
        owners: owners(&to.owners, &to.language),
        count: to.owners.len(),
        house: line(&house.name),
        work: line(work),
        ..View::default()
    }
}

pub(super) fn page(house: &House, letter: &OfferLetter) -> Page {
    let to = &letter.addressing;
    let view = View {
        quoted: letter.quoted,
        hours: hours(letter.minutes, to),
        price: price(&letter.price, to),
        valid_until: day(letter.valid_until, to),
        words: paragraphs(&letter.words),
        ..view(house, to, &letter.work)
    };
    let view = View { greeted: greets(&view.words), ..view };
    let text = if german(&to.language) {
        OfferGerman { page: &view }.render()
    } else {
        OfferEnglish { page: &view }.render()
    };
    finished(to, text)
}

pub(super) fn accepted(house: &House, letter: &Agreement) -> Page {
    let to = &letter.addressing;
    let view = View {
        hours: hours(letter.minutes, to),
        price: letter.price.as_ref().map(|amount| price(amount, to)).unwrap_or_default(),
        ..view(house, to, &letter.work)
    };
    let text = if german(&to.language) {
        AcceptedGerman { page: &view }.render()
    } else {
        AcceptedEnglish { page: &view }.render()
    };
    finished(to, text)
}

pub(super) fn boundary(house: &House, letter: &Boundary) -> Page {
    let to = &letter.addressing;
    let words = paragraphs(&letter.words);
    let view = View { greeted: greets(&words), words, ..view(house, to, &letter.request) };
    let text = if german(&to.language) {
        BoundaryGerman { page: &view }.render()
    } else {
        BoundaryEnglish { page: &view }.render()
    };
    finished(to, text)
}

fn finished(to: &Addressing, text: askama::Result<String>) -> Page {
    Page {
        subject: reply_subject(&to.subject),
        text: tidy(&text.expect("a template can be written into memory")),
        html: None,
        calendar: None,
    }
}

/// An owner's own words, with their empty lines.
fn paragraphs(words: &str) -> Vec<String> {
    words.trim().lines().take(WORDS).map(line).collect()
}

/// Whether an owner's words begin with a greeting: a short first line that ends with a comma.
fn greets(words: &[String]) -> bool {
    words.first().is_some_and(|line| line.ends_with(',') && line.split(' ').count() <= 5)
}

/// "1.5", and "1,5" in German; empty when nobody said.
fn hours(minutes: Option<u32>, to: &Addressing) -> String {
    let hours = minutes.map(offer::hours).unwrap_or_default();
    if german(&to.language) { hours.replace('.', ",") } else { hours }
}

/// "1,200.00 EUR", and "1.200,00 EUR" in German.
fn price(amount: &Money, to: &Addressing) -> String {
    let shown = amount.to_string();
    if !german(&to.language) {
        return shown;
    }
    let point = shown.rfind('.').filter(|_| minor_digits(&amount.currency) > 0);
    let swap = |(place, c): (usize, char)| match c {
        ',' => '.',
        '.' if Some(place) == point => ',',
        other => other,
    };
    shown.char_indices().map(swap).collect()
}

/// "24 March 2026", and "24. März 2026" in German.
fn day(day: Date, to: &Addressing) -> String {
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
    if german(&to.language) {
        let month = usize::try_from(day.month() - 1).ok().and_then(|month| MONTHS.get(month));
        return format!("{}. {} {}", day.day(), month.unwrap_or(&""), day.year());
    }
    day.strftime("%-d %B %Y").to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn amounts_hours_and_days_are_written_as_the_language_writes_them() {
        let to = |language: &str| Addressing {
            language: language.to_owned(),
            client_name: String::new(),
            subject: String::new(),
            owners: Vec::new(),
        };
        let money = |minor, currency: &str| Money { minor, currency: currency.to_owned() };
        let date: Date = "2026-03-04".parse().unwrap();
        let (en, de) = (to("en"), to("de-CH"));
        assert_eq!(price(&money(123_456_789, "EUR"), &en), "1,234,567.89 EUR");
        assert_eq!(price(&money(123_456_789, "EUR"), &de), "1.234.567,89 EUR");
        assert_eq!(price(&money(12_000, "JPY"), &de), "12.000 JPY");
        assert_eq!((hours(Some(90), &en), hours(Some(90), &de)), ("1.5".to_owned(), "1,5".to_owned()));
        assert_eq!((day(date, &en), day(date, &de)), ("4 March 2026".to_owned(), "4. März 2026".to_owned()));
        assert_eq!(hours(None, &en), "");
    }
}
