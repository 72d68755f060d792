//! What was promised to clients is called in before it lapses: from the working day before its day to the one after, by the
//! digests of who promised it and of their partner.

use jiff::Timestamp;
use jiff::civil::{Date, Weekday};

use super::{Agenda, timezone};
use crate::case::Side;
use crate::directory::Directory;
use crate::effect::{Commitment, Effect, PromiseDue};
use crate::message::{Address, comparable};

/// A promise that is written down.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Promise {
    /// Its number in the store.
    pub number: i64,
    /// What it says.
    pub made: Commitment,
    /// When a digest first reminded of it.
    pub called_at: Option<Timestamp>,
}

/// The promises of which a person's digest reminds, the next first.
pub(super) fn due(
    person: &Address,
    agenda: &Agenda,
    directory: &Directory,
    now: Timestamp,
) -> Vec<PromiseDue> {
    let today = now.to_zoned(timezone(person, directory)).date();
    let told = |(promise, due): (&Promise, Date)| {
        let made = &promise.made;
        let people = directory.people();
        let by = people.into_iter().find(|one| comparable(&one.address) == made.by);
        let account = directory.account(&made.account);
        PromiseDue {
            case: made.case,
            account: account.map_or_else(|| made.account.clone(), |account| account.name.clone()),
            by: (made.by != comparable(&person.address))
                .then(|| by.map_or_else(|| made.by.clone(), |by| by.display().to_owned())),
            words: made.words.clone(),
            due,
            over: due < today,
        }
    };
    near(person, agenda, directory, now).map(told).collect()
}

/// That a person's digest reminds of them, where it is the first.
pub(super) fn called_in(
    person: &Address,
    agenda: &Agenda,
    directory: &Directory,
    now: Timestamp,
) -> Vec<Effect> {
    let first = near(person, agenda, directory, now).filter(|(promise, _)| promise.called_at.is_none());
    first.map(|(promise, _)| Effect::CalledIn { commitment: promise.number, at: now }).collect()
}

/// The promises that concern a person, and whose day is near.
fn near<'a>(
    person: &Address,
    agenda: &'a Agenda,
    directory: &'a Directory,
    now: Timestamp,
) -> impl Iterator<Item = (&'a Promise, Date)> {
    let today = now.to_zoned(timezone(person, directory)).date();
    let (from, to) = (working(today, Date::yesterday), working(today, Date::tomorrow));
    let own = comparable(&person.address);
    let concerns = move |promise: &Promise| {
        let account = directory.account(&promise.made.account);
        let acting = |side| account.and_then(|account| directory.acting(account, side, now));
        let owners = [Side::Sales, Side::Operations].into_iter().filter_map(acting);
        promise.made.by == own || owners.into_iter().any(|owner| comparable(&owner.address) == own)
    };
    let dated = agenda.promises.iter().filter_map(|promise| Some((promise, promise.made.due?)));
    dated.filter(move |(promise, due)| (from..=to).contains(due) && concerns(promise))
}

/// The next day that is none of a weekend, one way or the other.
fn working(from: Date, step: fn(self_: Date) -> Result<Date, jiff::Error>) -> Date {
    let mut day = from;
    loop {
        let Ok(next) = step(day) else { return day };
        day = next;
        if !matches!(day.weekday(), Weekday::Saturday | Weekday::Sunday) {
            return day;
        }
    }
}
