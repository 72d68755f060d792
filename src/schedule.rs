//! What the time brings: a pure function from what is pending and the present instant, to effects.

mod afterwards;
mod carried;
mod gathering;
mod holidays;
mod hours;
mod offers;
mod promises;
mod remind;
mod retention;
mod silence;
mod still_working;
mod target;
mod watch;
mod weekly;
mod working;

use std::collections::HashMap;

use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};

use crate::case::{Case, Entry, Event, Side, State};
use crate::directory::Directory;
use crate::directory::coverage::Gap;
use crate::effect::{CaseFacts, Content, Digest, Due, Effect, FELL_BACK, Letter, Seed};
use crate::intake::case_facts;
use crate::message::{Address, Tally};
use crate::offer::Offer;

pub use afterwards::{AFTERWARDS, Watched, afterwards};
pub use gathering::{Gathering, gathered};
pub use holidays::Holidays;
pub use hours::{Hours, OwnHours};
pub use promises::Promise;
pub use remind::{Pending, remind};
pub use retention::{Retention, days, kept_until};
pub use silence::close;
pub use still_working::{TIMES, Waiting, still_working};
pub use target::{BySeverity, Running, Targets, running};
pub use watch::{Watch, in_time};
pub use weekly::{
    COURSE, Times, WeeklyHour, Weeks, due_weekly, managers, next_weekly_hour, weeklies, weekly,
};
pub use working::{Calendar, Factors, WorkingTime, words as working_words};

/// When each person's last digest was made, by address.
pub type LastDigests = HashMap<String, Timestamp>;

/// What is pending, loaded from the store.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Agenda {
    /// All unfinished cases, and those that changed since the oldest last digest; oldest first.
    pub cases: Vec<Case>,
    /// What owners have promised clients for these days, the next first.
    pub promises: Vec<Promise>,
    /// The history lines since the oldest last digest: (case number, line), oldest first.
    pub entries: Vec<(i64, Entry)>,
    /// Drafts to clients that wait for a word, oldest first.
    pub drafts: Vec<PendingDraft>,
    /// Offers that clients have not answered, and work that was given away since the oldest last digest.
    pub offers: Vec<Offer>,
    /// Mails of unknown senders since the oldest last digest, oldest first.
    pub unmatched: Vec<Unmatched>,
    /// How many mails of unknown senders there are in all.
    pub all_unmatched: u64,
    /// Mails since the oldest last digest whose commands did not count, oldest first.
    pub refused: Vec<RefusedMail>,
    /// When each person's last digest was made, by address.
    pub digests: LastDigests,
    /// How the mails of all mailboxes are accounted for; none before they were first counted.
    pub tally: Option<Tally>,
    /// By when what is due of the cases, by number: see [`Agenda::timed`].
    pub due: HashMap<i64, Due>,
}

/// A mail whose commands did not count.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RefusedMail {
    /// The number that people say: #u17.
    pub number: i64,
    /// Who From says.
    pub sender: String,
    /// Why, in words.
    pub words: String,
    /// When it was refused.
    pub at: Timestamp,
}

/// A draft to a client.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct PendingDraft {
    /// The case's number.
    pub case: i64,
    /// What sort of letter it is (`Content::key`).
    pub sort: String,
    /// Who would get it.
    pub to: String,
    /// Its subject.
    pub subject: String,
    /// What it says.
    pub text: String,
}

/// A mail that nobody has matched to an account.
#[derive(Debug, Clone, PartialEq)]
pub struct Unmatched {
    /// The number that people say: #u17.
    pub number: i64,
    /// Who wrote it.
    pub from: String,
    /// The subject.
    pub subject: String,
    /// When it was filed as such.
    pub at: Timestamp,
}

/// Whose digest is due: everybody whose hour has come since their last one.
///
/// However long nothing ran, each person is due once, not once a missed day.
pub fn due<'a>(
    last: &LastDigests,
    directory: &'a Directory,
    hours: &Hours,
    now: Timestamp,
) -> Vec<&'a Address> {
    let due = |person: &&Address| {
        let latest = hours.latest(&person.address, &timezone(person, directory), now);
        latest.is_some_and(|latest| last.get(&person.address).is_none_or(|last| *last < latest))
    };
    directory.people().into_iter().filter(due).collect()
}

/// Brings these waiting cases back: their time has come. The next digests list them again.
pub fn wake(cases: Vec<Case>, now: Timestamp) -> Vec<Effect> {
    let woken = cases.into_iter().flat_map(|mut case| {
        case.undergo(Event::Woke, now);
        let entry = Entry {
            at: now,
            who: "Pairdesk".to_owned(),
            what: "came back: it rested until now".to_owned(),
            why: "the day until which it was to wait".to_owned(),
        };
        [Effect::Record { case: case.number, entry }, Effect::ChangeCase(case)]
    });
    woken.collect()
}

/// The digests of these people, whatever the hour. One with nothing to say is not sent, but noted as made.
pub fn digests(
    people: &[&Address],
    agenda: &Agenda,
    directory: &Directory,
    now: Timestamp,
    seed: Seed,
) -> Vec<Effect> {
    let mut effects = Vec::new();
    for (index, person) in people.iter().enumerate() {
        let digest = digest(person, agenda, directory, now);
        if !is_empty(&digest) {
            effects.push(Effect::Send(Letter {
                id: seed.id(index),
                to: (*person).clone(),
                case: None,
                references: Vec::new(),
                at: now,
                content: Content::Digest(digest),
            }));
        }
        effects.extend(promises::called_in(person, agenda, directory, now));
        effects.push(Effect::DigestMade { person: person.address.clone(), at: now });
    }
    effects
}

/// How long before it comes back a resting case is told of: over a weekend.
const SOON: SignedDuration = SignedDuration::from_hours(72);

/// What concerns a person since their last digest.
pub fn digest(person: &Address, agenda: &Agenda, directory: &Directory, now: Timestamp) -> Digest {
    let last = agenda.digests.get(&person.address).copied().unwrap_or(Timestamp::MIN);
    // Who comes back reads of the whole absence: digests that were made meanwhile had nothing for them.
    let back_from = directory.back_from(&person.address, last, now).filter(|_| last > Timestamp::MIN);
    let last = back_from.map_or(last, |from| from.min(last));
    // A manager sees what is grave and made no alert: it was unsure, or the week's alerts were used.
    let unalerted = |case: &Case| {
        let manager = directory.account(&case.account).and_then(|account| directory.manager_of(account));
        let theirs = manager.is_some_and(|manager| manager.address == person.address);
        theirs && (case.is_grave() && case.alerted_at.is_none() || is_held(case))
    };
    let mine = |case: &&Case| {
        readers(case, directory, now).iter().any(|reader| reader.address == person.address) || unalerted(case)
    };
    let facts = |case: &Case| CaseFacts {
        due: agenda.due.get(&case.number).cloned(),
        ..case_facts(case, directory, now, String::new())
    };
    let cases: Vec<&Case> = agenda.cases.iter().filter(mine).collect();
    let numbers: Vec<i64> = cases.iter().map(|case| case.number).collect();
    let manages = directory.firm().manager.as_ref().is_some_and(|manager| manager.address == person.address);
    let fresh = agenda.unmatched.iter().filter(|mail| manages && mail.at > last);
    let unmatched: Vec<_> =
        fresh.map(|mail| (mail.number, mail.from.clone(), mail.subject.clone())).collect();
    let refused = agenda.refused.iter().filter(|mail| manages && mail.at > last);
    // What rests is not listed until it comes back.
    let active = |case: &&&Case| matches!(case.state, State::Open | State::Taken);
    let older = || cases.iter().filter(|case| case.opened_at <= last).filter(active);
    let back = |case: &Case| case.wakes_at.is_some_and(|at| at > last);
    let offers = offers::due(person, &cases, agenda, directory, last, now);
    // What comes due is said once, with what can be done about it.
    let waits = |case: &Case| !back(case) && offers.iter().all(|due| due.facts.number != case.number);
    Digest {
        timezone: directory.timezone_of(&person.address).to_owned(),
        returned: back_from.is_some(),
        new: cases.iter().filter(|case| case.opened_at > last).map(|case| facts(case)).collect(),
        back: older().filter(|case| back(case)).map(|case| facts(case)).collect(),
        waiting: older().filter(|case| waits(case)).map(|case| facts(case)).collect(),
        promises: promises::due(person, agenda, directory, now),
        overdue: Vec::new(),
        due: cases
            .iter()
            .map(|case| facts(case))
            .filter(|facts| facts.rests_until.is_some_and(|until| until.duration_since(now) <= SOON))
            .collect(),
        partner_did: agenda
            .entries
            .iter()
            .filter(|(case, entry)| numbers.contains(case) && entry.at > last)
            .filter(|(_, entry)| is_other_owner(&entry.who, person, directory))
            .cloned()
            .collect(),
        drafts: offers::drafts(person, &cases, agenda, directory, now),
        given_away: offers::given_away(person, agenda, directory, last),
        offers,
        older_unmatched: if manages {
            agenda.all_unmatched.saturating_sub(unmatched.len() as u64)
        } else {
            0
        },
        unmatched,
        refused: refused.map(|mail| (mail.number, mail.sender.clone(), mail.words.clone())).collect(),
        uncovered: gaps(person, agenda, directory, now),
        wording: wording(agenda, last, manages),
        afterwards: since_settled(agenda, last, &numbers),
        mailboxes: agenda.tally.as_ref().map(|tally| (tally.had(), tally.accounted())),
    }
}

/// What became of clients a month after their matter was settled: (case, words).
fn since_settled(agenda: &Agenda, last: Timestamp, numbers: &[i64]) -> Vec<(i64, String)> {
    let fresh = agenda.entries.iter().filter(|(case, entry)| numbers.contains(case) && entry.at > last);
    fresh.filter_map(|(case, entry)| Some((*case, entry.what.strip_prefix(AFTERWARDS)?.to_owned()))).collect()
}

/// What is wrong with the firm's own templates that letters would have had since, each once.
fn wording(agenda: &Agenda, last: Timestamp, manages: bool) -> Vec<String> {
    let fell_back = agenda.entries.iter().filter(|(_, entry)| entry.what == FELL_BACK && entry.at > last);
    let mut wrong: Vec<String> = fell_back.filter(|_| manages).map(|(_, entry)| entry.why.clone()).collect();
    wrong.sort();
    wrong.dedup();
    wrong
}

/// Where clients are not covered, for who manages them. What belongs to no account is the firm's manager's.
fn gaps(person: &Address, agenda: &Agenda, directory: &Directory, now: Timestamp) -> Vec<Gap> {
    let is_person =
        |manager: Option<&Address>| manager.is_some_and(|manager| manager.address == person.address);
    let firms = is_person(directory.firm().manager.as_ref());
    let manages = |gap: &Gap| {
        let account = gap.account().and_then(|account| directory.account(account));
        firms || account.is_some_and(|account| is_person(directory.manager_of(account)))
    };
    let unfinished: Vec<Case> = agenda.cases.iter().filter(|case| case.state.unfinished()).cloned().collect();
    directory.gaps(&unfinished, now).into_iter().filter(manages).collect()
}

/// Whether an alert about a case was kept for the digest, and the manager has not heard of it since.
fn is_held(case: &Case) -> bool {
    let held = case.clock.held_at.filter(|_| case.state.unfinished() && !case.clock.quiet);
    held.is_some_and(|held| case.alerted_at.is_none_or(|alerted| alerted < held))
}

/// Who reads of a case: those who act for its account, who was given the lead, and the manager while nobody of the pair is
/// here; the firm's manager where an import has taken the account away.
fn readers<'a>(case: &'a Case, directory: &'a Directory, now: Timestamp) -> Vec<&'a Address> {
    let Some(account) = directory.account(&case.account) else {
        return directory.firm().manager.iter().collect();
    };
    let sides = [Side::Sales, Side::Operations].into_iter();
    let acting = sides.filter_map(|side| directory.acting(account, side, now));
    acting.chain(&case.lead_person).chain(directory.standing_in(account, now)).collect()
}

/// Whether a history line was written by a colleague among the owners.
fn is_other_owner(who: &str, person: &Address, directory: &Directory) -> bool {
    who != person.display() && directory.people().iter().any(|other| other.display() == who)
}

/// Whether there is nothing to say: older mails of unknown senders alone are no news. A missing half of a pair is said every day until it is filled.
fn is_empty(digest: &Digest) -> bool {
    digest.new.is_empty()
        && digest.back.is_empty()
        && digest.waiting.is_empty()
        && digest.due.is_empty()
        && digest.promises.is_empty()
        && digest.offers.is_empty()
        && digest.given_away.is_empty()
        && digest.partner_did.is_empty()
        && digest.drafts.is_empty()
        && digest.unmatched.is_empty()
        && digest.refused.is_empty()
        && digest.wording.is_empty()
        && digest.afterwards.is_empty()
        && digest.uncovered.is_empty()
}

/// A person's time zone; UTC when the name is not known, which the configuration does not let pass.
fn timezone(person: &Address, directory: &Directory) -> TimeZone {
    TimeZone::get(directory.timezone_of(&person.address)).unwrap_or(TimeZone::UTC)
}

/// The next instant at which anybody's digest may be due; none within a year.
pub fn next_digest_hour(directory: &Directory, hours: &Hours, now: Timestamp) -> Option<Timestamp> {
    let next = |person: &Address| hours.next(&person.address, &timezone(person, directory), now);
    directory.people().into_iter().filter_map(next).min()
}
