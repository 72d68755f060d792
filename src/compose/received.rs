//! The word to a client that the mail has come, in the owners' names.

use askama::Template;

use super::words::{line, tidy};
use super::{House, Page};
use crate::effect::Received;

#[derive(Template)]
#[template(path = "client/received.en.txt")]
struct English<'a> {
    page: &'a View,
}

#[derive(Template)]
#[template(path = "client/received.de.txt")]
struct German<'a> {
    page: &'a View,
}

struct View {
    complaint: bool,
    client: String,
    owners: String,
    count: usize,
    house: String,
}

pub(super) fn page(house: &House, received: &Received) -> Page {
    let view = View {
        complaint: received.complaint,
        client: greeting(&received.client_name),
        owners: owners(&received.owners, &received.language),
        count: received.owners.len(),
        house: line(&house.name),
    };
    let text = if german(&received.language) {
        German { page: &view }.render()
    } else {
        English { page: &view }.render()
    };
    Page {
        subject: reply_subject(&received.subject),
        text: tidy(&text.expect("a template can be written into memory")),
        html: None,
        calendar: None,
    }
}

/// The subject of an answer to a client.
pub(super) fn reply_subject(subject: &str) -> String {
    let subject = line(subject);
    let answered = ["re:", "aw:"].iter().any(|mark| subject.to_lowercase().starts_with(mark));
    if answered { subject } else { format!("Re: {subject}").trim_end().to_owned() }
}

/// Whether a letter in this language is written in German.
pub(super) fn german(language: &str) -> bool {
    language.to_lowercase().starts_with("de")
}

/// "Kim Vos and Lee Park", in the letter's language.
pub(super) fn owners(names: &[String], language: &str) -> String {
    let and = if german(language) { "und" } else { "and" };
    let owners: Vec<_> = names.iter().map(|owner| line(owner)).collect();
    match owners.split_last() {
        None => String::new(),
        Some((only, [])) => only.clone(),
        Some((last, others)) => format!("{} {and} {last}", others.join(", ")),
    }
}

/// The name to greet with: "Ruiz, Dana" is Dana Ruiz; a bare address is no name.
pub(super) fn greeting(name: &str) -> String {
    let name = line(name);
    if name.contains('@') {
        return String::new();
    }
    match name.split_once(", ") {
        Some((family, given)) if !given.contains(',') => format!("{given} {family}"),
        _ => name,
    }
}
