//! What the people of an account are told of a case, and who they are.

use jiff::Timestamp;

use crate::case::{self, Case, State};
use crate::directory::Directory;
use crate::effect::{CaseFacts, OnIt, OwnerAway};

/// The facts of a case as they stand now, the same for everybody who is told.
pub fn case_facts(case: &Case, directory: &Directory, now: Timestamp, why: String) -> CaseFacts {
    let account = directory.account(&case.account);
    let person = |side| account.and_then(|account| directory.acting(account, side, now)).cloned();
    CaseFacts {
        number: case.number,
        account: account.map_or_else(|| case.account.clone(), |account| account.name.clone()),
        kind: case.kind,
        severity: case.severity,
        please_check: case.please_check,
        state: case.state,
        subject: case.subject.clone(),
        evidence: case.evidence.clone(),
        client: case.client.clone(),
        opened_at: case.opened_at,
        rests_until: case.wakes_at.filter(|_| case.state == State::Waiting),
        lead: case.lead_person.clone().or_else(|| person(case.lead)),
        partner: person(case.lead.partner()),
        lead_side: case.lead,
        led_by_both: case::led_by_both(case.kind),
        due: None,
        why,
    }
}

/// Who is on a case.
pub fn on_it(case: &Case, directory: &Directory, now: Timestamp) -> OnIt {
    let account = directory.account(&case.account);
    let sides = [case.lead, case.lead.partner()].into_iter();
    let away = sides.filter_map(|side| {
        let account = account?;
        let owner = account.owner(side)?;
        let absence = directory.away(&owner.address, now)?;
        let acts = directory.here(account, side, now).map(|acts| acts.display().to_owned());
        Some(OwnerAway { owner: owner.display().to_owned(), until: absence.until, acts })
    });
    let taken = case.taken_by.as_ref().map(|person| (person.display().to_owned(), case.clock.taken_at));
    OnIt { taken, answered_at: case.answered_at.filter(|_| case.is_answered()), away: away.collect() }
}

/// The identifier that all mails about a case cite, so that each is one thread in the reader's mail program. No mail
/// bears it; the time keeps it apart from a case of the same number in another database.
pub fn thread_root(case: &Case, directory: &Directory) -> String {
    let domain = directory.firm().address.rsplit_once('@').map_or("localhost", |(_, domain)| domain);
    format!("case-{}-{}@{domain}", case.number, case.opened_at.as_millisecond())
}

/// Why a case is of its kind, in words.
pub fn kind_reason(case: &Case) -> String {
    let sure = if case.please_check { "perhaps " } else { "" };
    let percent = case.probability * 100.0;
    match case.severity {
        0 => format!("read as {sure}{} ({percent:.0} %)", case.kind.words()),
        severity => {
            format!("read as {sure}{} ({percent:.0} %), severity {severity} of 3", case.kind.words())
        }
    }
}
