//! The digest: everything that concerns one person today, in short.

use askama::Template;
use jiff::Timestamp;
use jiff::tz::TimeZone;

use super::Page;
use super::words::{client_name, day, line, moment, shorten, span, tidy, title, tone, zone};
use crate::effect::{CaseFacts, Digest, Letter};
use crate::message::Address;

/// How many items of a section are shown.
const SHOWN: usize = 6;

#[derive(Template)]
#[template(path = "owner/digest.txt")]
struct Text<'a> {
    page: &'a View,
}

#[derive(Template)]
#[template(path = "owner/digest.html")]
struct Html<'a> {
    page: &'a View,
}

struct View {
    subject: String,
    day: String,
    sections: Vec<Section>,
}

struct Section {
    title: &'static str,
    items: Vec<Item>,
    more: usize,
    /// A last line.
    note: String,
}

struct Item {
    head: String,
    quote: String,
    tail: String,
    tone: &'static str,
}

const NEUTRAL: &str = "#7b8794";
const UNKNOWN: &str = "From senders that no account knows";

pub(super) fn page(letter: &Letter, digest: &Digest) -> Page {
    let zone = zone(&digest.timezone);
    let now = letter.at;
    let reader = &letter.to;
    let lists = [
        ("New", digest.new.iter().map(|facts| fresh(facts, reader, &zone, now)).collect()),
        ("Waiting", digest.waiting.iter().map(|facts| waiting(facts, reader, now)).collect()),
        (
            "What your partner did",
            digest
                .partner_did
                .iter()
                .map(|(case, entry)| Item {
                    head: format!("#{case} · {}", line(&entry.who)),
                    quote: String::new(),
                    tail: format!("{} ({})", shorten(&line(&entry.what), 160), moment(entry.at, &zone, now)),
                    tone: NEUTRAL,
                })
                .collect(),
        ),
        ("Drafts to clients, not sent", digest.drafts.iter().map(|draft| listed("#", draft)).collect()),
        (UNKNOWN, digest.unmatched.iter().map(|mail| listed("#u", mail)).collect()),
        ("Refused commands", digest.refused.iter().map(|mail| listed("#u", mail)).collect()),
        (
            "Not covered",
            digest
                .uncovered
                .iter()
                .map(|gap| Item {
                    head: line(gap.place()),
                    quote: String::new(),
                    tail: line(&gap.words()),
                    tone: NEUTRAL,
                })
                .collect(),
        ),
    ];
    let counts = [
        (digest.new.len(), "new"),
        (digest.waiting.len(), "waiting"),
        (digest.drafts.len(), if digest.drafts.len() == 1 { "draft" } else { "drafts" }),
        (digest.unmatched.len(), "unknown"),
        (digest.refused.len(), "refused"),
        (digest.uncovered.len(), "uncovered"),
    ];
    let mut counts: Vec<_> = counts
        .iter()
        .filter(|(count, _)| *count > 0)
        .map(|(count, what)| format!("{count} {what}"))
        .collect();
    if counts.is_empty() {
        counts.push("news of your partner".to_owned());
    }
    let day = day(now, &zone);
    let sections = lists.into_iter().filter_map(|(title, items)| {
        let older = if title == UNKNOWN { digest.older_unmatched } else { 0 };
        section(title, items, older)
    });
    let view = View { subject: format!("{} · {day}", counts.join(", ")), day, sections: sections.collect() };
    let text = Text { page: &view }.render().expect("a template can be written into memory");
    let html = Html { page: &view }.render().expect("a template can be written into memory");
    Page { subject: view.subject, text: tidy(&text), html: Some(tidy(&html)) }
}

/// A section of a digest; `older` items were listed before and only counted here.
fn section(title: &'static str, mut items: Vec<Item>, older: u64) -> Option<Section> {
    let more = items.len().saturating_sub(SHOWN);
    items.truncate(SHOWN);
    let note = match (older, items.is_empty()) {
        (0, true) => return None,
        (0, false) => String::new(),
        (older, true) => format!("{older} older: pairdesk status"),
        (older, false) => format!("and {older} older: pairdesk status"),
    };
    Some(Section { title, items, more, note })
}

fn fresh(facts: &CaseFacts, reader: &Address, zone: &TimeZone, now: Timestamp) -> Item {
    Item {
        head: format!("#{} {} · {}", facts.number, title(facts), line(&facts.account)),
        quote: shorten(&line(&facts.evidence), 160),
        tail: format!(
            "{}, {} · {}",
            client_name(&facts.client),
            moment(facts.opened_at, zone, now),
            leads(facts, reader)
        ),
        tone: tone(facts),
    }
}

fn waiting(facts: &CaseFacts, reader: &Address, now: Timestamp) -> Item {
    Item {
        head: format!("#{} {} · {}", facts.number, title(facts), line(&facts.account)),
        quote: String::new(),
        tail: format!(
            "{} · {} old, {}",
            shorten(&line(&facts.subject), 80),
            span(facts.opened_at, now),
            leads(facts, reader)
        ),
        tone: tone(facts),
    }
}

fn listed(mark: &str, (number, from, subject): &(i64, String, String)) -> Item {
    Item {
        head: format!("{mark}{number} · {}", shorten(&line(from), 80)),
        quote: String::new(),
        tail: shorten(&line(subject), 100),
        tone: NEUTRAL,
    }
}

/// Who leads, from the reader's seat.
fn leads(facts: &CaseFacts, reader: &Address) -> String {
    let is_reader = |address: &Address| address.address == reader.address;
    match (&facts.lead, &facts.partner) {
        _ if facts.led_by_both => "both lead".to_owned(),
        (Some(lead), _) if is_reader(lead) => "you lead".to_owned(),
        (Some(lead), _) => format!("{} leads", line(lead.display())),
        (None, Some(partner)) if is_reader(partner) => format!("yours, no {} owner", facts.lead_side.key()),
        (None, _) => format!("no {} owner", facts.lead_side.key()),
    }
}
