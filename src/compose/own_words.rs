//! What an owner writes to a client through the shared address: their words, and their name below.

use askama::Template;

use super::received::reply_subject;
use super::words::{line, tidy};
use super::{House, Page};
use crate::effect::OwnWords;

#[derive(Template)]
#[template(path = "client/own_words.txt")]
struct Text {
    words: Vec<String>,
    author: String,
    house: String,
}

pub(super) fn page(house: &House, own: &OwnWords) -> Page {
    let view = Text {
        words: own.text.lines().map(line).collect(),
        author: line(&own.author),
        house: line(&house.name),
    };
    let text = view.render().expect("a template can be written into memory");
    Page { subject: reply_subject(&own.subject), text: tidy(&text), html: None, calendar: None }
}
