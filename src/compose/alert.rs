//! Mails to managers: a client is unhappy; sending is held back.

use askama::Template;

use super::actions::{self, Action, Seat};
use super::reply::Reply;
use super::words::{case_subject, client_name, line, moment, owner, tidy, title, tone, zone};
use super::{House, Page, notice};
use crate::case::{Kind, Side, State};
use crate::effect::{Alert, CaseFacts, Held, Letter, Occasion};

#[derive(Template)]
#[template(path = "manager/alert.txt")]
struct Text<'a> {
    page: &'a View,
}

#[derive(Template)]
#[template(path = "manager/alert.html")]
struct Html<'a> {
    page: &'a View,
}

struct View {
    subject: String,
    number: i64,
    label: String,
    tone: &'static str,
    heading: String,
    matter: String,
    client: String,
    when: String,
    evidence: String,
    unsure: bool,
    history: Vec<(String, String)>,
    owners: String,
    next: String,
    because: String,
    actions: Vec<Action>,
}

pub(super) fn page(house: &House, letter: &Letter, alert: &Alert, reply: &Reply) -> Page {
    let facts = &alert.facts;
    let zone = zone(&alert.timezone);
    let label = title(facts);
    let account = line(&facts.account);
    let heading = match facts.kind {
        _ if facts.please_check => format!("{account} may be unhappy"),
        Kind::ChurnRisk => format!("{account} may leave"),
        Kind::PromiseGap => format!("{account} expected something else"),
        _ => format!("{account} is unhappy"),
    };
    let today = letter.at.to_zoned(zone.clone()).weekday();
    let ready = actions::ready(facts, Seat::Manager, &Occasion::New, false, today);
    let view = View {
        actions: actions::actions(house, reply, &format!("#{}", facts.number), &case_subject(facts), ready),
        subject: format!("{heading}: #{} {label}", facts.number),
        number: facts.number,
        tone: tone(facts),
        matter: line(&facts.subject),
        client: client_name(&facts.client),
        when: moment(alert.written_at, &zone, letter.at),
        evidence: line(&facts.evidence),
        unsure: facts.please_check,
        history: notice::history(&alert.history, &zone, letter.at),
        owners: owners(facts),
        next: next(facts),
        because: line(&alert.because),
        label,
        heading,
    };
    let text = Text { page: &view }.render().expect("a template can be written into memory");
    let html = Html { page: &view }.render().expect("a template can be written into memory");
    Page { subject: view.subject, text: tidy(&text), html: Some(tidy(&html)), calendar: None }
}

/// Who is on it.
fn owners(facts: &CaseFacts) -> String {
    let name = |side: Side| owner(facts, side).map(|name| format!("{name} ({})", side.key()));
    match (name(facts.lead_side), name(facts.lead_side.partner())) {
        (Some(lead), Some(partner)) if facts.led_by_both => format!("{lead} and {partner} lead it together."),
        (Some(lead), Some(partner)) => format!("{lead} leads, with {partner}."),
        (Some(only), None) => format!("{only} alone: there is no {} owner.", facts.lead_side.partner().key()),
        (None, Some(only)) => {
            format!("{only} alone: there is no {} owner, who would lead.", facts.lead_side.key())
        }
        (None, None) => "Nobody: the account has no owner. Please name somebody.".to_owned(),
    }
}

/// What happens next, and when the manager hears of it again.
fn next(facts: &CaseFacts) -> String {
    let now = match (facts.state, facts.lead.is_some() || facts.partner.is_some()) {
        (_, false) => "No owner has been told, since there is none.",
        (State::Open, true) => "They have this case too, and have been asked to answer the client.",
        (State::Taken, true) => "They have this case too, and have answered the client before.",
        (State::Waiting | State::Resolved | State::Closed, true) => "They have this case too.",
    };
    format!("{now} You hear of it again only if it gets worse.")
}

#[derive(Template)]
#[template(path = "manager/held.txt")]
struct HeldText<'a> {
    page: &'a HeldView,
}

#[derive(Template)]
#[template(path = "manager/held.html")]
struct HeldHtml<'a> {
    page: &'a HeldView,
}

struct HeldView {
    subject: String,
    whose: String,
    limit: String,
    waiting: String,
    look: String,
}

pub(super) fn held(house: &House, held: &Held) -> Page {
    let house = line(&house.address);
    let (whose, look) = match held.recipient.as_deref().map(line) {
        Some(one) => {
            let look = format!("the mailbox of {one}, and into {house} for automatic answers from there");
            (one, look)
        }
        None => ("everybody".to_owned(), format!("{house} for automatic answers, and whom they come from")),
    };
    let view = HeldView {
        subject: format!("Mail to {whose} is held back"),
        limit: line(&held.limit),
        waiting: match held.waiting {
            1 => "1 mail waits".to_owned(),
            number => format!("{number} mails wait"),
        },
        whose,
        look,
    };
    let text = HeldText { page: &view }.render().expect("a template can be written into memory");
    let html = HeldHtml { page: &view }.render().expect("a template can be written into memory");
    Page { subject: view.subject, text: tidy(&text), html: Some(tidy(&html)), calendar: None }
}
