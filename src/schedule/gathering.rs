//! Many cases of one account, of which its owners are told together, once an hour at most.

use std::cmp::Reverse;

use jiff::{SignedDuration, Timestamp};

use crate::case::{Case, Side, State, rank};
use crate::directory::{Account, Directory};
use crate::effect::{Content, Effect, Gathered, Letter, Seed};
use crate::intake::{case_facts, kind_reason};
use crate::message::Address;

/// How long the first mail waits for more cases.
const WAITS: SignedDuration = SignedDuration::from_mins(10);
/// One such mail an account in this time.
const ONCE_IN: SignedDuration = SignedDuration::from_hours(1);

/// What was gathered of one account.
#[derive(Debug, Clone, PartialEq)]
pub struct Gathering {
    /// The account's key.
    pub account: String,
    /// When the oldest of the cases was gathered.
    pub since: Timestamp,
    /// When its owners were last told of cases together.
    pub told_at: Option<Timestamp>,
    /// The cases.
    pub cases: Vec<Case>,
}

/// Tells the owners of what was gathered, where it is time. Cases that somebody has answered meanwhile are left out.
pub fn gathered(gatherings: &[Gathering], directory: &Directory, now: Timestamp, seed: Seed) -> Vec<Effect> {
    let past = |at: Timestamp, span| now.duration_since(at) >= span;
    let due = gatherings.iter().filter(|gathering| {
        past(gathering.since, WAITS) && gathering.told_at.is_none_or(|at| past(at, ONCE_IN))
    });
    let mut effects = Vec::new();
    for gathering in due {
        let mut cases: Vec<&Case> = gathering.cases.iter().filter(|case| case.state == State::Open).collect();
        cases.sort_by_key(|case| (Reverse((case.severity, rank(case.kind))), case.number));
        let account = directory.account(&gathering.account).filter(|_| !cases.is_empty());
        if let Some(account) = account {
            for person in readers(account, directory, now) {
                let facts = |case: &&Case| case_facts(case, directory, now, kind_reason(case));
                let content = Content::Gathered(Gathered {
                    timezone: directory.timezone_of(&person.address).to_owned(),
                    account: account.name.clone(),
                    key: account.key.clone(),
                    since: gathering.since,
                    cases: cases.iter().map(facts).collect(),
                });
                let id = seed.id(effects.len());
                let to = person.clone();
                effects.push(Effect::Send(Letter {
                    id,
                    to,
                    case: None,
                    references: Vec::new(),
                    at: now,
                    content,
                }));
            }
        }
        effects.push(Effect::GatheredTold { account: gathering.account.clone(), at: now });
    }
    effects
}

/// Who acts for an account, and the manager while nobody of the pair is here.
fn readers<'a>(account: &'a Account, directory: &'a Directory, now: Timestamp) -> Vec<&'a Address> {
    let acting = [Side::Sales, Side::Operations].map(|side| directory.acting(account, side, now));
    let mut readers: Vec<&Address> = Vec::new();
    for person in acting.into_iter().flatten().chain(directory.standing_in(account, now)) {
        if readers.iter().all(|reader| reader.address != person.address) {
            readers.push(person);
        }
    }
    readers
}
