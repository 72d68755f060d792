//! To the administrator: what Pairdesk logs in by ends soon, or no longer works.

use askama::Template;
use jiff::Timestamp;

use super::Page;
use super::words::{line, moment, tidy, zone};
use crate::effect::{Access, AccessNews};

#[derive(Template)]
#[template(path = "manager/access.txt")]
struct Text<'a> {
    page: &'a View,
}

#[derive(Template)]
#[template(path = "manager/access.html")]
struct Html<'a> {
    page: &'a View,
}

struct View {
    subject: String,
    news: String,
    remedy: String,
    meanwhile: &'static str,
}

pub(super) fn page(access: &Access, at: Timestamp) -> Page {
    let place = line(&access.place);
    let (subject, news, meanwhile) = match &access.news {
        AccessNews::Ends { what, on, days } => {
            let day = on.strftime("%-d %B %Y");
            let when = match days {
                ..0 => format!("ended on {day}"),
                0 => "ends today".to_owned(),
                1 => "ends tomorrow".to_owned(),
                days => format!("ends in {days} days"),
            };
            (
                format!("The {what} for {place} {when}"),
                format!("Its last day is {day}."),
                "Nothing is wrong yet. Once it has ended, no mail is lost, but none is read or sent by this login.",
            )
        }
        AccessNews::Refused { since, because } => (
            format!("The login for {place} no longer works"),
            format!("Since {}: {}.", moment(*since, &zone(&access.timezone), at), line(because)),
            "No mail is lost: it waits at the provider, or here, until the login works again. All other mailboxes go on.",
        ),
    };
    let view = View { subject, news, remedy: line(&capitalised(&access.remedy)), meanwhile };
    let text = Text { page: &view }.render().expect("a template can be written into memory");
    let html = Html { page: &view }.render().expect("a template can be written into memory");
    Page { subject: view.subject, text: tidy(&text), html: Some(tidy(&html)), calendar: None }
}

fn capitalised(text: &str) -> String {
    let mut rest = text.chars();
    rest.next().map_or_else(String::new, |first| first.to_uppercase().chain(rest).collect())
}
