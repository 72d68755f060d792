//! Mails to managers: a client is unhappy; sending is held back.

use std::fmt::Write as _;

use askama::Template;
use jiff::Timestamp;
use jiff::tz::TimeZone;

use super::actions::{self, Action, Seat};
use super::reply::Reply;
use super::words::{case_subject, client_name, due_line, line, moment, owner, tidy, title, tone, zone};
use super::{House, Page, notice};
use crate::case::{Goal, Kind, Matter, Side, State, Step};
use crate::effect::{Alert, CaseFacts, Held, Letter, NextStep, Occasion, OnIt};

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
    let late = facts.due.as_ref().filter(|due| due.overdue.is_some()).map(|due| due.goal);
    let heading = match facts.kind {
        _ if facts.please_check => format!("{account} may be unhappy"),
        Kind::ChurnRisk => format!("{account} may leave"),
        _ if facts.kind.matter() != Matter::Dissatisfaction => format!("{account} waits for an answer"),
        Kind::PromiseGap => format!("{account} expected something else"),
        _ => format!("{account} is unhappy"),
    };
    let heading = match late.filter(|_| facts.kind.matter() == Matter::Dissatisfaction) {
        Some(Goal::Answer) => format!("{heading}, and has no answer"),
        Some(Goal::Resolution) => format!("{heading}, and it is not settled"),
        None => heading,
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
        owners: format!("{}{}", owners(facts), on_it(&alert.on_it, &zone, letter.at)),
        next: next(alert, &zone, letter.at),
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

/// What they have done about it so far, and who is away.
fn on_it(on_it: &OnIt, zone: &TimeZone, now: Timestamp) -> String {
    let mut said = match (&on_it.taken, on_it.answered_at) {
        (Some((name, since)), answered) => {
            let since = since.map(|since| format!(", {}", moment(since, zone, now))).unwrap_or_default();
            let answered = answered
                .map(|at| format!(" The client was answered {}.", moment(at, zone, now)))
                .unwrap_or_default();
            format!(" {} took it{since}.{answered}", line(name))
        }
        (None, Some(at)) => format!(" The client was answered {}.", moment(at, zone, now)),
        (None, None) => " Nobody has taken it yet.".to_owned(),
    };
    for away in &on_it.away {
        let until = away.until.strftime("%a %-d %b");
        let acts = match &away.acts {
            Some(acts) => format!("{} acts", line(acts)),
            None => "nobody acts".to_owned(),
        };
        let _ = write!(said, " {} is away until {until}: {acts}.", line(&away.owner));
    }
    said
}

/// What happens next, and when the manager hears of it again.
fn next(alert: &Alert, zone: &TimeZone, now: Timestamp) -> String {
    let facts = &alert.facts;
    if facts.lead.is_none() && facts.partner.is_none() {
        return standing(facts);
    }
    let Some(due) = &facts.due else { return standing(facts) };
    let due_line = due_line(due, zone, now);
    let person = |next: &NextStep| match next.step {
        Step::Manager => format!("you ({})", moment(next.at, zone, now)),
        Step::Lead | Step::Partner => {
            format!("{} ({})", line(next.person.display()), moment(next.at, zone, now))
        }
    };
    let ahead: Vec<String> = alert.next.iter().map(person).collect();
    let ahead = match &ahead[..] {
        [] => {
            return format!(
                "{due_line} From here on nothing happens by itself: call one of them, or hand it over by a line."
            );
        }
        [one] => one.clone(),
        [others @ .., last] => format!("{} and {last}", others.join(", ")),
    };
    let again =
        if alert.next.iter().any(|next| next.step == Step::Manager) { "before that " } else { "again " };
    format!(
        "{due_line} If nothing happens, reminders go to {ahead}. You hear of it {again}only if it gets worse."
    )
}

/// The same where no clock runs.
fn standing(facts: &CaseFacts) -> String {
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
