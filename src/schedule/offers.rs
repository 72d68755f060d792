//! What digests tell of extra work: offers that end, drafts and who may send them, and what was given away.

use jiff::{Timestamp, ToSpan};

use super::Agenda;
use crate::case::{Case, Side};
use crate::directory::Directory;
use crate::effect::{GivenAway, OfferDue, WaitingDraft};
use crate::intake::case_facts;
use crate::message::{Address, comparable};
use crate::offer::Stage;

/// How many days before an offer ends sales reads of it: over a weekend.
const SOON: i64 = 3;

/// The unanswered offers that sales decides about and that end soon, or have ended since the last digest.
pub(super) fn due(
    person: &Address,
    cases: &[&Case],
    agenda: &Agenda,
    directory: &Directory,
    last: Timestamp,
    now: Timestamp,
) -> Vec<OfferDue> {
    let due = |case: &&Case| {
        let offer =
            agenda.offers.iter().find(|offer| offer.case == case.number && offer.stage == Stage::Offered)?;
        let account = directory.account(&case.account)?;
        let sales = directory.acting(account, Side::Sales, now).or(directory.standing_in(account, now));
        let (last_day, today) = (offer.valid_until?, directory.day_of(account, now));
        let told = directory.day_of(account, last);
        let soon = last_day <= today.saturating_add(SOON.days()) && last_day >= told;
        let theirs = sales.is_some_and(|sales| sales.address == person.address);
        (theirs && soon && case.state.unfinished()).then(|| OfferDue {
            facts: case_facts(case, directory, now, String::new()),
            terms: offer.terms(),
            last_day,
            lapsed: last_day < today,
        })
    };
    cases.iter().filter_map(due).collect()
}

/// The drafts about these cases. An offer is sent by sales alone.
pub(super) fn drafts(
    person: &Address,
    cases: &[&Case],
    agenda: &Agenda,
    directory: &Directory,
    now: Timestamp,
) -> Vec<WaitingDraft> {
    let me = comparable(&person.address);
    let whose = |case: &Case| {
        let account = directory.account(&case.account)?;
        let acting = directory.acting(account, Side::Sales, now);
        let mut may = account.sales.iter().chain(acting);
        if may.any(|one| comparable(&one.address) == me) {
            return None;
        }
        Some(acting.map_or_else(|| "sales".to_owned(), |sales| sales.display().to_owned()))
    };
    let draft = |draft: &super::PendingDraft| {
        let case = cases.iter().find(|case| case.number == draft.case)?;
        Some(WaitingDraft {
            case: draft.case,
            to: draft.to.clone(),
            subject: draft.subject.clone(),
            text: draft.text.clone(),
            whose: if draft.sort == "offer" { whose(case) } else { None },
        })
    };
    agenda.drafts.iter().filter_map(draft).collect()
}

/// For the manager of an account: what others gave away there since the last digest.
pub(super) fn given_away(
    person: &Address,
    agenda: &Agenda,
    directory: &Directory,
    last: Timestamp,
) -> Vec<GivenAway> {
    let given = |offer: &crate::offer::Offer| {
        let at = offer.reached(Stage::GivenAway).filter(|at| *at > last)?;
        let case = agenda.cases.iter().find(|case| case.number == offer.case)?;
        let account = directory.account(&case.account)?;
        let manager = directory.manager_of(account)?;
        let mut entries =
            agenda.entries.iter().filter(|(number, entry)| *number == offer.case && entry.at == at);
        let entry = entries.find_map(|(_, entry)| Some((entry, entry.what.strip_prefix("gave it away")?)));
        let (who, reason) = entry.map_or(("", ""), |(entry, reason)| (entry.who.as_str(), reason));
        (manager.address == person.address && who != person.display()).then(|| GivenAway {
            case: case.number,
            account: account.name.clone(),
            work: offer.work.clone(),
            worth: offer.terms(),
            who: who.to_owned(),
            reason: reason.trim_start_matches(": ").to_owned(),
            at,
        })
    };
    agenda.offers.iter().filter_map(given).collect()
}
