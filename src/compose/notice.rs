//! The notice: one case, at once, to one of its two owners.

use askama::Template;
use jiff::Timestamp;
use jiff::tz::TimeZone;

use super::actions::{self, Action, Seat};
use super::occasion::{self, Told};
use super::reply::Reply;
use super::words::{
    block, case_subject, client_name, due_line, line, moment, owner, shorten, tidy, title, tone, zone,
};
use super::{House, Page};
use crate::case::{Entry, Kind, Matter, Side};
use crate::directory::ScopeVerdict;
use crate::effect::{CaseFacts, Letter, Notice, Occasion};

#[derive(Template)]
#[template(path = "owner/notice.txt")]
struct Text<'a> {
    page: &'a View,
}

#[derive(Template)]
#[template(path = "owner/notice.html")]
struct Html<'a> {
    page: &'a View,
}

struct View {
    subject: String,
    number: i64,
    label: String,
    tone: &'static str,
    account: String,
    matter: String,
    told_of: Told,
    client: String,
    when: String,
    evidence: String,
    excerpt: Vec<String>,
    unsure: Option<String>,
    role: String,
    /// What is due, and when.
    due: Option<String>,
    next: String,
    /// What the agreed scope says of the request.
    agreed: Option<String>,
    scope: Vec<Line>,
    history: Vec<(String, String)>,
    told: &'static str,
    why: String,
    foot: String,
    draft: Option<Draft>,
    actions: Vec<Action>,
}

/// A letter to the client that waits for a word.
struct Draft {
    to: String,
    lines: Vec<String>,
}

/// A line of the agreed scope.
struct Line {
    included: bool,
    nearest: bool,
    text: String,
}

pub(super) fn page(
    house: &House,
    letter: &Letter,
    notice: &Notice,
    draft: Option<Page>,
    reply: &Reply,
) -> Page {
    let facts = &notice.facts;
    let zone = zone(&notice.timezone);
    let label = title(facts);
    let account = line(&facts.account);
    let evidence = line(&facts.evidence);
    let excerpt = block(&notice.excerpt, 6, 400);
    let partner = owner(facts, notice.your_side.partner());
    let subject = case_subject(facts);
    let today = letter.at.to_zoned(zone.clone()).weekday();
    let seat = Seat::Owner(notice.your_side);
    let waits = notice.draft.is_some();
    let ready = actions::ready(facts, seat, &notice.occasion, waits, today);
    let told_of = occasion::told(notice);
    let view = View {
        actions: actions::actions(house, reply, &format!("#{}", facts.number), &subject, ready),
        subject,
        number: facts.number,
        tone: tone(facts),
        client: client_name(&facts.client),
        when: moment(notice.written_at, &zone, letter.at),
        excerpt: if excerpt.join(" ") == evidence { Vec::new() } else { excerpt },
        unsure: facts.please_check.then(|| {
            format!(
                "Please check: we are not sure, but it may be {}. If it is not, say so: such mails are read better then.",
                kind(facts.kind)
            )
        }),
        role: role(notice, &account),
        due: facts
            .rests_until
            .map(|until| format!("It rests until {}.", moment(until, &zone, letter.at)))
            .or_else(|| facts.due.as_ref().map(|due| due_line(due, &zone, letter.at))),
        next: told_of.next.clone().unwrap_or_else(|| next(facts, notice.your_side, house)),
        told_of,
        agreed: agreed(notice),
        scope: scope(facts, notice),
        history: history(&notice.history, &zone, letter.at),
        told: occasion::client_told(&notice.occasion, notice.acknowledgement),
        draft: notice.draft.as_ref().zip(draft).map(|(letter, page)| Draft {
            to: line(letter.to.display()),
            lines: page.text.lines().map(line).collect(),
        }),
        why: line(&facts.why),
        foot: match &partner {
            Some(partner) => format!(
                "Whatever else you answer is kept with #{}, and {partner} reads it in the next digest.",
                facts.number
            ),
            None => format!("Whatever else you answer is kept with #{}.", facts.number),
        },
        matter: line(&facts.subject),
        label,
        account,
        evidence,
    };
    let text = Text { page: &view }.render().expect("a template can be written into memory");
    let html = Html { page: &view }.render().expect("a template can be written into memory");
    Page { subject: view.subject, text: tidy(&text), html: Some(tidy(&html)), calendar: None }
}

/// The lines of a case's history, oldest first, at most three: (when and who, what).
pub(super) fn history(entries: &[Entry], zone: &TimeZone, now: Timestamp) -> Vec<(String, String)> {
    let last = entries.len().saturating_sub(3);
    let entry = |entry: &Entry| {
        (format!("{}, {}", moment(entry.at, zone, now), line(&entry.who)), shorten(&line(&entry.what), 160))
    };
    entries[last..].iter().map(entry).collect()
}

/// The most lines of the agreed scope that are shown.
const SCOPE: usize = 6;

/// The scope stands beside what may be more than was agreed, or other than was promised. The line that the request is
/// nearest to is always among those shown.
fn scope(facts: &CaseFacts, notice: &Notice) -> Vec<Line> {
    let settled =
        matches!(notice.occasion, Occasion::Accepted | Occasion::Declined | Occasion::MeetingDeclined { .. });
    let beside = !settled && (facts.kind.matter() == Matter::Request || facts.kind == Kind::PromiseGap);
    let nearest = notice.nearest.map(|reading| reading.line);
    let late = nearest.filter(|line| *line >= SCOPE);
    let shown = |at: &usize| *at < SCOPE - usize::from(late.is_some()) || Some(*at) == late;
    let lines = notice.scope.iter().enumerate().filter(|(at, _)| beside && shown(at));
    lines
        .map(|(at, (included, text))| Line {
            included: *included,
            nearest: nearest == Some(at),
            text: line(text),
        })
        .collect()
}

/// What the nearest line of the scope says of the request.
fn agreed(notice: &Notice) -> Option<String> {
    let reading = notice.nearest?;
    let (included, text) = notice.scope.get(reading.line)?;
    let text = shorten(&line(text), 160);
    Some(match (reading.verdict, included) {
        (ScopeVerdict::Included, _) => format!("It reads as included: \"{text}\"."),
        (ScopeVerdict::NotIncluded, true) => {
            format!("It reads as not included: it goes beyond \"{text}\".")
        }
        (ScopeVerdict::NotIncluded, false) => {
            format!("It reads as not included: \"{text}\" is named as not part of it.")
        }
        (ScopeVerdict::Unclear, true) => {
            format!(
                "It is unclear whether it is included. The nearest line is \"{text}\", which is included."
            )
        }
        (ScopeVerdict::Unclear, false) => {
            format!(
                "It is unclear whether it is included. The nearest line is \"{text}\", which is not included."
            )
        }
    })
}

/// Why the reader gets it: who leads.
fn role(notice: &Notice, account: &str) -> String {
    let (facts, yours) = (&notice.facts, notice.your_side);
    let alone = matches!(notice.occasion, Occasion::Overdue { .. } | Occasion::CalledIn { .. });
    let partner = owner(facts, yours.partner());
    let side = yours.partner().key();
    if facts.led_by_both {
        return match partner {
            Some(partner) => format!("You and {partner} ({side}) lead this together."),
            None => format!("{account} has no {side} owner, so this is yours alone."),
        };
    }
    match (facts.lead_side == yours, partner) {
        (true, Some(partner)) if alone => format!("You lead, with {partner} ({side})."),
        (true, Some(partner)) => format!("You lead. {partner} ({side}) has this mail too."),
        (true, None) => format!("You lead. {account} has no {side} owner."),
        (false, Some(partner)) => {
            format!("{partner} ({side}) leads. You have it as the {} owner.", yours.key())
        }
        (false, None) => {
            format!("{account} has no {side} owner, who would lead. Until there is one, this is yours.")
        }
    }
}

/// What the reader is asked to do.
fn next(facts: &CaseFacts, yours: Side, house: &House) -> String {
    let client = client_name(&facts.client);
    let partner = owner(facts, yours.partner());
    let lead = facts.led_by_both || facts.lead_side == yours || partner.is_none();
    let with = partner.as_ref().map(|partner| format!(" with {partner}")).unwrap_or_default();
    let other = partner.unwrap_or_default();
    let copy = format!("Keep {} in copy.", house.address);
    match (facts.kind, lead) {
        (Kind::Complaint, true) => format!("Answer {client} today: what happens now, and by when. {copy}"),
        (Kind::Complaint, false) => format!("Ask {other} what would help, before {client} asks you."),
        (Kind::PromiseGap, _) => format!(
            "Agree{with} what was said and what can be done, then answer {client} with one voice. {copy}"
        ),
        (Kind::ChurnRisk, true) => format!(
            "Call {client} today{}, and say what changes.",
            if with.is_empty() { String::new() } else { format!(", best{with}") }
        ),
        (Kind::ChurnRisk, false) => {
            format!("Tell {other} today how the delivery stands, so that the call rests on facts.")
        }
        (Kind::ExtraWork, true) => format!(
            "Decide{with} whether this is part of what was agreed, and tell {client} what is possible, by when and at what price. {copy}"
        ),
        (Kind::ExtraWork, false) => format!(
            "Tell {other} how many hours it would take. Until the two of you agree, grant and price nothing."
        ),
        (Kind::Commercial, true) => format!("Answer {client} on the terms. {copy}"),
        (Kind::Commercial, false) => {
            format!("Leave the terms to {other}, and say what you know about the account.")
        }
        (Kind::Opportunity, true) => format!("Ask {client} what they plan."),
        (Kind::Opportunity, false) => format!("Tell {other} what else you have heard about it."),
        (Kind::Praise, _) => format!("Nothing has to be done. A short thank-you to {client} would be seen."),
    }
}

fn kind(kind: Kind) -> &'static str {
    match kind {
        Kind::Complaint => "a complaint",
        Kind::ExtraWork => "a request for extra work",
        Kind::PromiseGap => "a promise that was understood differently",
        Kind::ChurnRisk => "a sign that they may leave",
        Kind::Opportunity => "an opportunity",
        Kind::Commercial => "a commercial question",
        Kind::Praise => "praise",
    }
}
