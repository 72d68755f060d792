//! The gentle question: an operations owner has written to a client what reads as a gift or a price, and both owners are
//! asked what it was, before it is forgotten. Facts and next steps, never fault.

use jiff::{SignedDuration, Timestamp};

use super::{Known, Mail, Policy, case_facts, thread_root};
use crate::case::{self, Case, Entry, Kind, Matter, Side, State};
use crate::classify::{StaffFinding, StaffLabel};
use crate::directory::{Account, Directory, Who};
use crate::effect::{Acknowledgement, Content, Disposition, Effect, Letter, Notice, Occasion, Seed};
use crate::message::{Address, Message, comparable};
use crate::offer::{Offer, Stage};

/// One question a conversation in this time.
const ASKED_ONCE_IN: SignedDuration = SignedDuration::from_hours(24);

/// The account to whose client an operations owner (or deputy) writes who has no say over its prices: whose words are
/// looked at for gifts and prices.
pub fn watched<'a>(message: &Message, directory: &'a Directory) -> Option<&'a Account> {
    let from = message.from.as_ref().filter(|_| message.automatic.is_none())?;
    let Who::Owner(person) = directory.who(&from.address) else { return None };
    let account = super::firm::recipient_account(message, directory)?;
    let is = |one: &Option<Address>| {
        one.as_ref().is_some_and(|one| comparable(&one.address) == comparable(&person.address))
    };
    let operations = is(&account.operations) || is(&account.operations_deputy);
    let sales = is(&account.sales) || is(&account.sales_deputy);
    (operations && !sales).then_some(account)
}

/// What is asked about, if anything: the label, its probability and the sentence. A gift before a price, since nobody
/// asks for the money later.
fn found<'a>(mail: &Mail<'a>, policy: &Policy) -> Option<&'a StaffFinding> {
    let of = |label| {
        mail.staff
            .iter()
            .find(|finding| finding.label == label)
            .filter(|finding| finding.probability >= policy.thresholds.open_case)
    };
    of(StaffLabel::Giveaway).or_else(|| of(StaffLabel::Pricing))
}

/// What follows from an operations owner's mail to a client beside its being an answer. `cases` are those of the
/// conversation and the account, as the mail leaves them.
#[expect(clippy::too_many_arguments, reason = "a pure function is handed all that it may know")]
pub(super) fn ask(
    mail: &Mail<'_>,
    person: &Address,
    cases: &[Case],
    directory: &Directory,
    known: &Known,
    policy: &Policy,
    now: Timestamp,
    seed: Seed,
) -> Vec<Effect> {
    let (Some(account), Some(finding), false) =
        (watched(mail.message, directory), found(mail, policy), mail.backlog)
    else {
        return Vec::new();
    };
    let lately = known.offers.iter().filter_map(|offer| offer.questioned_at);
    if lately.max().is_some_and(|at| now.duration_since(at) < ASKED_ONCE_IN) {
        return Vec::new();
    }
    let of = |case: &Case| known.offers.iter().find(|offer| offer.case == case.number);
    let request = cases.iter().rev().find(|case| {
        case.kind.matter() == Matter::Request
            && (case.state.unfinished() || of(case).is_some_and(|offer| offer.stage.is_settled()))
    });
    // A price that is named over a complaint belongs to that case; what is given is work, and counted by itself.
    let complaint = || cases.iter().rev().find(|case| case.state.unfinished());
    let request = request.or_else(|| complaint().filter(|_| finding.label == StaffLabel::Pricing));
    let stage = request.and_then(of).map_or(Stage::Asked, |offer| offer.stage);
    // What sales has decided may be said to the client.
    let decided = match finding.label {
        StaffLabel::Giveaway => matches!(stage, Stage::GivenAway | Stage::Accepted | Stage::Done),
        _ => stage != Stage::Asked,
    };
    if decided {
        return Vec::new();
    }
    let mut effects = Vec::new();
    let case = if let Some(case) = request {
        case.clone()
    } else {
        let case = opened(mail, account, finding, known, directory, now);
        effects.push(Effect::OpenCase(case.clone()));
        case
    };
    let what = match finding.label {
        StaffLabel::Giveaway => "wrote to the client what reads as a gift",
        _ => "wrote to the client what reads as a price",
    };
    let why = format!("\"{}\" ({:.0} %)", finding.evidence, finding.probability * 100.0);
    let entry = Entry { at: now, who: person.display().to_owned(), what: what.to_owned(), why: why.clone() };
    effects.push(Effect::Record { case: case.number, entry });
    let asked = || Offer { work: finding.evidence.clone(), ..Offer::asked(&case) };
    let offer = of(&case).cloned().unwrap_or_else(asked);
    effects.push(Effect::Offer(Offer { questioned_at: Some(now), ..offer }));
    let sides = [Side::Sales, Side::Operations];
    let people = sides.map(|side| (side, directory.acting(account, side, now)));
    let mut told: Vec<&str> = Vec::new();
    for (place, (side, to)) in people.into_iter().enumerate() {
        let Some(to) = to.filter(|to| !told.contains(&to.address.as_str())) else { continue };
        told.push(&to.address);
        let notice = Notice {
            facts: case_facts(&case, directory, now, format!("read in a mail to the client: {why}")),
            your_side: side,
            timezone: directory.timezone_of(&to.address).to_owned(),
            occasion: Occasion::Question { sentence: finding.evidence.clone() },
            offer: String::new(),
            written_at: case.opened_at,
            excerpt: String::new(),
            history: Vec::new(),
            scope: account.scope.iter().map(|line| (line.included, line.text.clone())).collect(),
            nearest: None,
            acknowledgement: Acknowledgement::None,
            draft: None,
        };
        effects.push(Effect::Send(Letter {
            id: seed.id(1_000 + place),
            to: to.clone(),
            case: Some(case.number),
            references: vec![thread_root(&case, directory)],
            at: now,
            content: Content::Notice(notice),
        }));
    }
    effects
}

/// The beginning of the client's last mail of the conversation, if one is known.
fn last_said(known: &Known) -> String {
    let mails = known.conversation.iter().flat_map(|conversation| conversation.last_mails.iter().rev());
    let mut of_client =
        mails.filter(|mail| matches!(mail.disposition, Disposition::Case | Disposition::Routine));
    of_client.next().map(|mail| super::firm::shorten(&mail.excerpt, 200)).unwrap_or_default()
}

/// A case for what nobody has asked for in words that were read: extra work where something is given, else a question
/// about money.
fn opened(
    mail: &Mail<'_>,
    account: &Account,
    finding: &StaffFinding,
    known: &Known,
    directory: &Directory,
    now: Timestamp,
) -> Case {
    let kind = match finding.label {
        StaffLabel::Giveaway => Kind::ExtraWork,
        _ => Kind::Commercial,
    };
    let message = mail.message;
    let mut recipients = message.to.iter().chain(&message.cc);
    let client = recipients.find(|to| directory.who(&to.address) == Who::Client(account));
    Case {
        number: known.next_case,
        account: account.key.clone(),
        conversation: known.conversation.as_ref().map_or(known.mail, |conversation| conversation.id),
        kind,
        severity: 0,
        probability: finding.probability,
        please_check: false,
        lead: case::lead(kind, 0),
        state: State::Taken,
        subject: message.base_subject.clone(),
        evidence: last_said(known),
        client: client.map(ToString::to_string).unwrap_or_default(),
        opened_at: now,
        changed_at: now,
        answered_at: Some(now),
        told_at: Some(now),
        alerted_at: None,
        wakes_at: None,
        lead_person: None,
        taken_by: None,
        clock: case::CaseClock::default(),
    }
}
