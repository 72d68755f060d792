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
        owners: owners(received),
        count: received.owners.len(),
        house: line(&house.name),
    };
    let text =
        if german(received) { German { page: &view }.render() } else { English { page: &view }.render() };
    let subject = line(&received.subject);
    let answered = ["re:", "aw:"].iter().any(|mark| subject.to_lowercase().starts_with(mark));
    Page {
        subject: if answered { subject } else { format!("Re: {subject}").trim_end().to_owned() },
        text: tidy(&text.expect("a template can be written into memory")),
        html: None,
    }
}

fn german(received: &Received) -> bool {
    received.language.to_lowercase().starts_with("de")
}

/// "Kim Vos and Lee Park", in the letter's language.
pub(super) fn owners(received: &Received) -> String {
    let and = if german(received) { "und" } else { "and" };
    let owners: Vec<_> = received.owners.iter().map(|owner| line(owner)).collect();
    match owners.split_last() {
        None => String::new(),
        Some((only, [])) => only.clone(),
        Some((last, others)) => format!("{} {and} {last}", others.join(", ")),
    }
}

/// The name to greet with: "Ruiz, Dana" is Dana Ruiz; a bare address is no name.
fn greeting(name: &str) -> String {
    let name = line(name);
    if name.contains('@') {
        return String::new();
    }
    match name.split_once(", ") {
        Some((family, given)) if !given.contains(',') => format!("{given} {family}"),
        _ => name,
    }
}
