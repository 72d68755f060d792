//! What is pending for the people of the firm, and when each last had a digest.

use std::collections::HashMap;

use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};

use super::conversation::before;
use super::error::StoreError;
use super::session::Session;
use super::{Store, Tx, absence, case, commitment, draft, mail, offer, tally, token};
use crate::effect::Disposition;
use crate::message::{Address, comparable};
use crate::schedule::{Agenda, LastDigests};

/// How far back changes are looked for: for somebody who never had a digest, or has had none for long.
const HORIZON: SignedDuration = SignedDuration::from_hours(14 * 24);

/// The same for somebody who comes back from an absence.
const LONGEST_ABSENCE: SignedDuration = SignedDuration::from_hours(60 * 24);
/// Promises that are further from today are not looked for: over a weekend, in any time zone.
const PROMISES: SignedDuration = SignedDuration::from_hours(6 * 24);
/// Days of absences are those of the person; no zone is further from UTC.
const A_DAY: SignedDuration = SignedDuration::from_hours(24);

impl Tx {
    /// When each person's last digest was made, by address; stays true until the commit.
    pub async fn digests(&mut self) -> Result<LastDigests, StoreError> {
        digests(self.doing("looking up the last digests")).await
    }

    /// What is pending for these people; stays true until the commit.
    pub async fn agenda(&mut self, people: &[&Address], now: Timestamp) -> Result<Agenda, StoreError> {
        agenda(self.doing("looking up what is pending"), people, now).await
    }
}

impl Store {
    /// When each person's last digest was made, by address.
    pub async fn digests(&self) -> Result<LastDigests, StoreError> {
        digests(&mut self.read("looking up the last digests").await?).await
    }

    /// What is pending for these people, to be shown.
    pub async fn agenda(&self, people: &[&Address], now: Timestamp) -> Result<Agenda, StoreError> {
        agenda(&mut self.read("looking up what is pending").await?, people, now).await
    }
}

async fn digests(session: &mut Session) -> Result<LastDigests, StoreError> {
    let rows = session.rows("SELECT person, made_at FROM digest", []).await?;
    rows.iter().map(|row| Ok((row.get("person")?, row.time("made_at")?))).collect()
}

async fn agenda(session: &mut Session, people: &[&Address], now: Timestamp) -> Result<Agenda, StoreError> {
    let digests = digests(session).await?;
    let horizon = before(now, HORIZON);
    let last = people.iter().map(|person| digests.get(&person.address).copied().unwrap_or(horizon));
    let since = last.min().unwrap_or(horizon).max(horizon);
    // Who comes back from an absence reads of all of it.
    let absences = absence::load(session).await?;
    let lasted =
        absences.iter().filter(|one| people.iter().any(|person| comparable(&person.address) == one.person));
    let ended = lasted.filter(|one| {
        one.until.to_zoned(TimeZone::UTC).is_ok_and(|until| until.timestamp() >= before(since, A_DAY))
    });
    let began = ended.filter_map(|one| one.from.to_zoned(TimeZone::UTC).ok());
    let began = began.map(|from| before(from.timestamp(), A_DAY)).min().unwrap_or(since);
    let since = since.min(began).max(before(now, LONGEST_ABSENCE));
    let tallies = tally::all(session).await?;
    let today = now.to_zoned(TimeZone::UTC).date();
    let (from, to) = (today.saturating_sub(PROMISES), today.saturating_add(PROMISES));
    Ok(Agenda {
        promises: commitment::between(session, from, to).await?,
        cases: case::pending(session, None, since).await?,
        entries: case::entries_since(session, since).await?,
        drafts: draft::all(session).await?,
        offers: offer::pending(session, since).await?,
        unmatched: mail::unmatched_since(session, since).await?,
        refused: token::refused_since(session, since).await?,
        all_unmatched: mail::count(session, Disposition::Unmatched).await?,
        digests,
        tally: (!tallies.is_empty()).then(|| tallies.into_iter().map(|(_, _, tally)| tally).sum()),
        due: HashMap::new(),
    })
}

/// Notes that a person's digest has been made.
pub(super) async fn made(session: &mut Session, person: &str, at: Timestamp) -> Result<(), StoreError> {
    let sql = "INSERT INTO digest (person, made_at) VALUES ($1, $2)
        ON CONFLICT (person) DO UPDATE SET made_at = excluded.made_at";
    session.run(sql, [person.into(), at.into()]).await.map(drop)
}
