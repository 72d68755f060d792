//! The briefing: how the accounts stand that somebody takes over.

use askama::Template;

use super::Page;
use super::notice;
use super::words::{line, moment, shorten, span, tidy, title, tone, zone};
use crate::effect::{Briefed, Briefing, Letter};
use crate::message::Address;

/// The most lines of scope, notes and dates that are shown of one account.
const SHOWN: usize = 8;

#[derive(Template)]
#[template(path = "owner/briefing.txt")]
struct Text<'a> {
    page: &'a View,
}

#[derive(Template)]
#[template(path = "owner/briefing.html")]
struct Html<'a> {
    page: &'a View,
}

struct View {
    subject: String,
    heading: String,
    opening: String,
    accounts: Vec<Account>,
}

struct Account {
    name: String,
    role: String,
    pair: [String; 2],
    scope: Vec<String>,
    cases: Vec<Case>,
    notes: Vec<String>,
    due: Vec<String>,
}

struct Case {
    head: String,
    quote: String,
    tone: &'static str,
    history: Vec<(String, String)>,
}

pub(super) fn page(letter: &Letter, briefing: &Briefing) -> Page {
    let (old, new) = (line(briefing.old.display()), line(briefing.new.display()));
    let yours = letter.to.address == briefing.new.address;
    let names: Vec<_> = briefing.accounts.iter().map(|account| line(&account.name)).collect();
    let heading = match (&names[..], yours) {
        ([one], true) => format!("You take over {one} from {old}"),
        ([one], false) => format!("{new} takes over {one} from {old}"),
        (_, true) => format!("You take over {} accounts from {old}", names.len()),
        (_, false) => format!("{new} takes over {} of your accounts from {old}", names.len()),
    };
    let opening = if yours {
        "This is how they stand. Both owners have every case; your partner has a copy of this.".to_owned()
    } else {
        format!("{new} has this mail too. Call them: what you know and is not here helps most.")
    };
    let account = |account| self::account(letter, briefing, account);
    let view = View {
        subject: heading.clone(),
        heading,
        opening,
        accounts: briefing.accounts.iter().map(account).collect(),
    };
    let text = Text { page: &view }.render().expect("a template can be written into memory");
    let html = Html { page: &view }.render().expect("a template can be written into memory");
    Page { subject: view.subject, text: tidy(&text), html: Some(tidy(&html)), calendar: None }
}

fn account(letter: &Letter, briefing: &Briefing, account: &Briefed) -> Account {
    let zone = zone(&briefing.timezone);
    let now = letter.at;
    let who = if letter.to.address == briefing.new.address {
        "You are".to_owned()
    } else {
        format!("{} is", line(briefing.new.display()))
    };
    let named = |owner: &Option<Address>| {
        owner.as_ref().map_or_else(|| "nobody yet".to_owned(), |owner| line(&owner.to_string()))
    };
    let roles: Vec<_> = account.roles.iter().map(|role| words(role)).collect();
    let cases = account.cases.iter().map(|(facts, history)| Case {
        head: format!(
            "#{} {}: {} ({}, {} old)",
            facts.number,
            title(facts),
            shorten(&line(&facts.subject), 80),
            facts.state.key(),
            span(facts.opened_at, now)
        ),
        quote: shorten(&line(&facts.evidence), 160),
        tone: tone(facts),
        history: notice::history(history, &zone, now),
    });
    let notes = account.notes.iter().rev().take(SHOWN).rev().map(|(case, entry)| {
        let note = entry.what.strip_prefix("noted: ").unwrap_or(&entry.what);
        let at = moment(entry.at, &zone, now);
        format!("#{case}, {} ({at}): {}", line(&entry.who), shorten(&line(note), 200))
    });
    Account {
        name: line(&account.name),
        role: match &roles[..] {
            [] => "Cases alone were handed over.".to_owned(),
            [roles @ .., last] if !roles.is_empty() => format!("{who} {} and {last}.", roles.join(", ")),
            roles => format!("{who} {}.", roles.join("")),
        },
        pair: [
            format!("Sales: {}", named(&account.sales)),
            format!("Operations: {}", named(&account.operations)),
        ],
        scope: account
            .scope
            .iter()
            .take(SHOWN)
            .map(|(included, text)| {
                format!("{}: {}", if *included { "included" } else { "not included" }, line(text))
            })
            .collect(),
        cases: cases.collect(),
        notes: notes.collect(),
        due: account.due.iter().take(SHOWN).map(|(case, what)| format!("#{case} {}", line(what))).collect(),
    }
}

/// A column of the accounts file as a role.
fn words(role: &str) -> &'static str {
    match role {
        "sales" => "the owner in sales",
        "operations" => "the owner in operations",
        "sales_deputy" => "the deputy in sales",
        "operations_deputy" => "the deputy in operations",
        _ => "the manager",
    }
}
