//! To the administrator: a mailbox had mails of which nothing was known.

use askama::Template;

use super::Page;
use super::words::{line, tidy};
use crate::effect::Unaccounted;

/// How many mails are named.
const NAMED: usize = 20;
/// What to do about those that are still missing.
const LOOK: &str =
    "Look there yourself; it is tried again every hour, and \"pairdesk status\" lists what is missing.";

#[derive(Template)]
#[template(path = "manager/unaccounted.txt")]
struct Text<'a> {
    page: &'a View,
}

#[derive(Template)]
#[template(path = "manager/unaccounted.html")]
struct Html<'a> {
    page: &'a View,
}

struct View {
    subject: String,
    heading: String,
    figures: String,
    named: String,
    remedy: String,
}

pub(super) fn page(unaccounted: &Unaccounted) -> Page {
    let Unaccounted { mailbox, had, found, missing } = unaccounted;
    let mailbox = line(mailbox);
    let number = found.len();
    let (mails, were) = if number == 1 { ("mail", "was") } else { ("mails", "were") };
    let heading = format!("{number} {mails} of {mailbox} {were} not accounted for");
    let remedy = match (missing.len(), number - missing.len()) {
        (0, _) => "Fetched anew, and processed as if just come: all are accounted for now.".to_owned(),
        (_, 0) => format!("{} could not be fetched. {LOOK}", if number == 1 { "It" } else { "They" }),
        (_, fetched) => format!(
            "{fetched} fetched anew, and processed as if just come. Still missing: {}. {LOOK}",
            named(missing)
        ),
    };
    let view = View {
        subject: heading.clone(),
        figures: format!("Mailbox {had}, accounted {}.", had.saturating_sub(number as u64)),
        named: named(found),
        remedy,
        heading,
    };
    let text = Text { page: &view }.render().expect("a template can be written into memory");
    let html = Html { page: &view }.render().expect("a template can be written into memory");
    Page { subject: view.subject, text: tidy(&text), html: Some(tidy(&html)), calendar: None }
}

/// UIDs, or the names of files.
fn named(keys: &[String]) -> String {
    let named: Vec<_> = keys.iter().take(NAMED).map(|key| line(key)).collect();
    let uid = if keys.iter().all(|key| key.bytes().all(|byte| byte.is_ascii_digit())) { "UID " } else { "" };
    let more = match keys.len().saturating_sub(NAMED) {
        0 => String::new(),
        more => format!(" and {more} more"),
    };
    format!("{uid}{}{more}", named.join(", "))
}
