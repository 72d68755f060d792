//! The digest: everything that concerns one person today, in short.

use askama::Template;
use jiff::tz::TimeZone;

use super::actions::{self, Action, Ready, Seat};
use super::reply::Reply;
use super::words::{
    block, case_subject, client_name, day, line, moment, shorten, span, tidy, title, tone, zone,
};
use super::{House, Page};
use crate::case::{Goal, State};
use crate::effect::{CaseFacts, Digest, GivenAway, Letter, Occasion, OfferDue, PromiseDue, WaitingDraft};
use crate::message::Address;

/// How many items of a section are shown.
const SHOWN: usize = 4;
/// How many replies stand beside an item: a row on a phone.
const ROW: usize = 3;
/// Lines and characters of a draft that are shown: an offer's price and last day are among them.
const DRAFT_LINES: usize = 6;
const DRAFT: usize = 320;

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
    /// How the mails of the mailboxes are accounted for; may be empty.
    account: String,
}

struct Section {
    title: &'static str,
    items: Vec<Item>,
    more: usize,
    /// A last line.
    note: String,
}

pub(super) struct Item {
    pub(super) head: String,
    pub(super) quote: String,
    /// The first lines of a draft.
    pub(super) lines: Vec<String>,
    pub(super) tail: String,
    pub(super) tone: &'static str,
    pub(super) actions: Vec<Action>,
}

impl Item {
    /// An item without a case of its own.
    fn plain(head: String, tail: String) -> Self {
        Self { head, quote: String::new(), lines: Vec::new(), tail, tone: NEUTRAL, actions: Vec::new() }
    }
}

/// Who reads, and how they answer.
pub(super) struct Reader<'a> {
    pub(super) house: &'a House,
    pub(super) letter: &'a Letter,
    pub(super) reply: &'a Reply,
    pub(super) zone: TimeZone,
}

const NEUTRAL: &str = "#7b8794";
const UNKNOWN: &str = "From senders that no account knows";

pub(super) fn page(house: &House, letter: &Letter, digest: &Digest, reply: &Reply) -> Page {
    let reader = Reader { house, letter, reply, zone: zone(&digest.timezone) };
    let mut waiting: Vec<&CaseFacts> = digest.waiting.iter().collect();
    // What the reader leads comes first, and of that what has waited longest.
    waiting
        .sort_by_key(|facts| (!facts.led_by_both && !is(facts.lead.as_ref(), &letter.to), facts.opened_at));
    let mut overdue: Vec<&CaseFacts> = digest.overdue.iter().collect();
    overdue.sort_by_key(|facts| facts.due.as_ref().map(|due| due.at));
    let lists = [
        ("Overdue", overdue.into_iter().map(|facts| reader.waiting(facts)).collect()),
        ("New", digest.new.iter().map(|facts| reader.fresh(facts)).collect()),
        ("Back: it rested until now", digest.back.iter().map(|facts| reader.waiting(facts)).collect()),
        ("Waiting", waiting.into_iter().map(|facts| reader.waiting(facts)).collect()),
        (
            "Comes due",
            digest
                .offers
                .iter()
                .map(|offer| reader.offer(offer))
                .chain(digest.promises.iter().map(|promise| reader.promise(promise)))
                .chain(digest.due.iter().map(|facts| reader.due(facts)))
                .collect(),
        ),
        (
            if digest.returned { "While you were away" } else { "What your partner did" },
            digest
                .partner_did
                .iter()
                .map(|(case, entry)| {
                    let when = moment(entry.at, &reader.zone, letter.at);
                    Item::plain(
                        format!("#{case} · {}", line(&entry.who)),
                        format!("{} ({when})", shorten(&line(&entry.what), 160)),
                    )
                })
                .collect(),
        ),
        ("Drafts to clients, not sent", digest.drafts.iter().map(|draft| reader.draft(draft)).collect()),
        ("Given away", digest.given_away.iter().map(|gift| reader.gift(gift)).collect()),
        (UNKNOWN, digest.unmatched.iter().map(|mail| reader.unmatched(mail)).collect()),
        ("Refused commands", digest.refused.iter().map(listed).collect()),
        (
            "A month after it was settled",
            digest
                .afterwards
                .iter()
                .map(|(case, words)| Item::plain(format!("#{case}"), shorten(&line(words), 200)))
                .collect(),
        ),
        ("Templates that could not be used", digest.wording.iter().map(|wrong| template(wrong)).collect()),
        (
            "Not covered",
            digest.uncovered.iter().map(|gap| Item::plain(line(gap.place()), line(&gap.words()))).collect(),
        ),
    ];
    let late = |facts: &&CaseFacts| facts.due.as_ref().is_some_and(|due| due.overdue.is_some());
    let counts = [
        (digest.overdue.len() + digest.waiting.iter().chain(&digest.back).filter(late).count(), "overdue"),
        (digest.new.len(), "new"),
        (digest.waiting.len(), "waiting"),
        (digest.due.len() + digest.offers.len() + digest.promises.len(), "due"),
        (digest.drafts.len(), if digest.drafts.len() == 1 { "draft" } else { "drafts" }),
        (digest.given_away.len(), "given away"),
        (digest.unmatched.len(), "unknown"),
        (digest.refused.len(), "refused"),
        (digest.wording.len(), if digest.wording.len() == 1 { "template" } else { "templates" }),
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
    let day = day(letter.at, &reader.zone);
    let sections = lists.into_iter().filter_map(|(title, items)| {
        let older = if title == UNKNOWN { digest.older_unmatched } else { 0 };
        section(title, items, older)
    });
    let view = View {
        subject: format!("{} · {day}", counts.join(", ")),
        day,
        sections: sections.collect(),
        account: digest.mailboxes.map(account).unwrap_or_default(),
    };
    let text = Text { page: &view }.render().expect("a template can be written into memory");
    let html = Html { page: &view }.render().expect("a template can be written into memory");
    Page { subject: view.subject, text: tidy(&text), html: Some(tidy(&html)), calendar: None }
}

/// How the mails of the mailboxes are accounted for.
fn account((had, accounted): (u64, u64)) -> String {
    let difference = if had == accounted { "" } else { ": the administrator has been told" };
    format!("Mailbox {had}, accounted {accounted}{difference}.")
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

impl Reader<'_> {
    pub(super) fn fresh(&self, facts: &CaseFacts) -> Item {
        Item {
            quote: shorten(&line(&facts.evidence), 160),
            tail: format!(
                "{}, {} · {}",
                client_name(&facts.client),
                moment(facts.opened_at, &self.zone, self.letter.at),
                leads(facts, &self.letter.to)
            ),
            ..self.case(facts)
        }
    }

    fn waiting(&self, facts: &CaseFacts) -> Item {
        let since = span(facts.opened_at, self.letter.at);
        let due = facts.due.as_ref();
        let waits = match due.map(|due| due.goal) {
            Some(Goal::Answer) => format!("no answer for {since}"),
            None if facts.state == State::Open => format!("no answer for {since}"),
            _ => format!("open for {since}"),
        };
        let late = due.and_then(|due| due.overdue.as_ref());
        let waits = late.map_or(waits.clone(), |late| format!("{waits}, overdue by {late}"));
        Item {
            tail: format!(
                "{} · {waits}, {}",
                shorten(&line(&facts.subject), 80),
                leads(facts, &self.letter.to)
            ),
            ..self.case(facts)
        }
    }

    fn due(&self, facts: &CaseFacts) -> Item {
        let until = facts.rests_until.map(|until| format!(" · rests until {}", day(until, &self.zone)));
        let subject = shorten(&line(&facts.subject), 80);
        let tail = format!("{subject}{}, {}", until.unwrap_or_default(), leads(facts, &self.letter.to));
        Item { tail, actions: Vec::new(), ..self.case(facts) }
    }

    /// What was promised to a client.
    fn promise(&self, promise: &PromiseDue) -> Item {
        let case = promise.case.map(|number| format!("#{number} · ")).unwrap_or_default();
        let by = promise.by.as_ref().map_or_else(|| "you".to_owned(), |by| line(by));
        let today = self.letter.at.to_zoned(self.zone.clone()).date();
        let when = match (promise.over, promise.due == today) {
            (true, _) => format!("was promised for {}", promise.due.strftime("%a %-d %b")),
            (false, true) => "promised for today".to_owned(),
            (false, false) => format!("promised for {}", promise.due.strftime("%a %-d %b")),
        };
        Item {
            quote: shorten(&line(&promise.words), 160),
            ..Item::plain(format!("{case}{}", line(&promise.account)), format!("{when}, by {by}"))
        }
    }

    fn case(&self, facts: &CaseFacts) -> Item {
        let side = facts.lead_side;
        let seat = match () {
            () if is(facts.lead.as_ref(), &self.letter.to) => Seat::Owner(side),
            () if is(facts.partner.as_ref(), &self.letter.to) => Seat::Owner(side.partner()),
            () => Seat::Manager,
        };
        let today = self.letter.at.to_zoned(self.zone.clone()).weekday();
        let mut ready = actions::ready(facts, seat, &Occasion::New, false, today);
        ready.truncate(ROW);
        Item {
            head: format!("#{} {} · {}", facts.number, title(facts), line(&facts.account)),
            quote: String::new(),
            lines: Vec::new(),
            tail: String::new(),
            tone: tone(facts),
            actions: self.actions(&format!("#{}", facts.number), &case_subject(facts), ready),
        }
    }

    /// A draft with its first lines, so that it can be sent from here. Its greeting says nothing.
    fn draft(&self, draft: &WaitingDraft) -> Item {
        let number = format!("#{}", draft.case);
        let text = draft.text.trim_start();
        let greeted = text.split_once('\n').filter(|(greeting, _)| greeting.trim_end().ends_with(','));
        let send = match &draft.whose {
            None => vec![Ready { label: "Send it", line: "send", open: "" }],
            Some(_) => Vec::new(),
        };
        let whose = draft.whose.as_ref().map(|whose| format!(" · {} decides", line(whose)));
        Item {
            lines: block(greeted.map_or(text, |(_, rest)| rest), DRAFT_LINES, DRAFT),
            actions: self.actions(&number, &number, send),
            ..Item::plain(
                format!("{number} · to {}", shorten(&client_name(&draft.to), 80)),
                format!("{}{}", shorten(&line(&draft.subject), 100), whose.unwrap_or_default()),
            )
        }
    }

    /// An offer that the client has not answered.
    fn offer(&self, due: &OfferDue) -> Item {
        let ready = |label, line| Ready { label, line, open: "" };
        let mut lines = vec![ready("Said yes", "accepted"), ready("Said no", "declined by client")];
        let day = due.last_day.strftime("%a %-d %b");
        let subject = shorten(&line(&due.facts.subject), 80);
        let tail = if due.lapsed {
            lines.insert(0, ready("Offer again", "send"));
            format!("{subject} · the offer of {} ended {day}, unanswered", due.terms)
        } else {
            format!("{subject} · the offer of {} ends {day}, unanswered", due.terms)
        };
        let facts = &due.facts;
        let number = format!("#{}", facts.number);
        Item { tail, actions: self.actions(&number, &case_subject(facts), lines), ..self.case(facts) }
    }

    /// Work that was given away.
    fn gift(&self, gift: &GivenAway) -> Item {
        let worth = if gift.worth.is_empty() { String::new() } else { format!(" · {}", line(&gift.worth)) };
        let reason = if gift.reason.is_empty() { String::new() } else { format!(": {}", line(&gift.reason)) };
        let when = moment(gift.at, &self.zone, self.letter.at);
        Item {
            quote: shorten(&line(&gift.work), 160),
            ..Item::plain(
                format!("#{} · {}{worth}", gift.case, line(&gift.account)),
                format!("{} gave it away{} ({when})", line(&gift.who), shorten(&reason, 160)),
            )
        }
    }

    fn unmatched(&self, mail: &(i64, String, String)) -> Item {
        let number = format!("#u{}", mail.0);
        let belongs = Ready { label: "It belongs to", line: "", open: "the account's short name" };
        Item { actions: self.actions(&number, &number, vec![belongs]), ..listed(mail) }
    }

    fn actions(&self, number: &str, subject: &str, ready: Vec<Ready>) -> Vec<Action> {
        actions::actions(self.house, self.reply, number, subject, ready)
    }
}

/// What is wrong with a template, below its place.
fn template(wrong: &str) -> Item {
    let (place, what) = wrong.split_once(": ").unwrap_or(("", wrong));
    Item::plain(line(place), format!("{} (the built-in wording took its place)", line(what)))
}

fn listed((number, from, subject): &(i64, String, String)) -> Item {
    Item::plain(format!("#u{number} · {}", shorten(&line(from), 80)), shorten(&line(subject), 100))
}

fn is(person: Option<&Address>, reader: &Address) -> bool {
    person.is_some_and(|person| person.address == reader.address)
}

/// Who leads, from the reader's seat.
fn leads(facts: &CaseFacts, reader: &Address) -> String {
    match (&facts.lead, &facts.partner) {
        _ if facts.led_by_both => "both lead".to_owned(),
        (lead @ Some(_), _) if is(lead.as_ref(), reader) => "you lead".to_owned(),
        (Some(lead), _) => format!("{} leads", line(lead.display())),
        (None, partner @ Some(_)) if is(partner.as_ref(), reader) => {
            format!("yours, no {} owner", facts.lead_side.key())
        }
        (None, _) => format!("no {} owner", facts.lead_side.key()),
    }
}
