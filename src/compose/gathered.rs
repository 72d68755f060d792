//! Many cases of one account, told to an owner together.

use askama::Template;

use super::digest::{Item, Reader};
use super::reply::Reply;
use super::words::{line, moment, tidy, zone};
use super::{House, Page};
use crate::effect::{Gathered, Letter};

/// How many cases are shown.
const SHOWN: usize = 5;

#[derive(Template)]
#[template(path = "owner/gathered.txt")]
struct Text<'a> {
    page: &'a View,
}

#[derive(Template)]
#[template(path = "owner/gathered.html")]
struct Html<'a> {
    page: &'a View,
}

struct View {
    subject: String,
    since: String,
    items: Vec<Item>,
    more: usize,
    key: String,
}

pub(super) fn page(house: &House, letter: &Letter, gathered: &Gathered, reply: &Reply) -> Page {
    let reader = Reader { house, letter, reply, zone: zone(&gathered.timezone) };
    let count = gathered.cases.len();
    let cases = if count == 1 { "case" } else { "cases" };
    let view = View {
        subject: format!("{count} more {cases} from {}", line(&gathered.account)),
        since: moment(gathered.since, &reader.zone, letter.at),
        items: gathered.cases.iter().take(SHOWN).map(|facts| reader.fresh(facts)).collect(),
        more: count.saturating_sub(SHOWN),
        key: line(&gathered.key),
    };
    let text = Text { page: &view }.render().expect("a template can be written into memory");
    let html = Html { page: &view }.render().expect("a template can be written into memory");
    Page { subject: view.subject, text: tidy(&text), html: Some(tidy(&html)), calendar: None }
}
