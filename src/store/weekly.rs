//! What the weekly letters to managers tell of, and when each was last made.

use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{Timestamp, ToSpan};

use super::error::StoreError;
use super::session::{Row, Session};
use super::{Store, Tx, mood, offer};
use crate::case::{Kind, State};
use crate::schedule::{LastDigests, Weeks};

impl Tx {
    /// When each manager's last weekly letter was made, by address; stays true until the commit.
    pub async fn weeklies(&mut self) -> Result<LastDigests, StoreError> {
        weeklies(self.doing("looking up the last weekly letters")).await
    }
}

impl Store {
    /// When each manager's last weekly letter was made, by address.
    pub async fn weeklies(&self) -> Result<LastDigests, StoreError> {
        weeklies(&mut self.read("looking up the last weekly letters").await?).await
    }

    /// What weekly letters tell of, since an instant: the labels of mails count from a probability on.
    pub async fn weeks(&self, since: Timestamp, from_probability: f64) -> Result<Weeks, StoreError> {
        let session = &mut self.read("reading what the weekly letters tell of").await?;
        let first = session.row("SELECT MIN(came_at) AS at FROM mail", []).await?;
        Ok(Weeks {
            first_mail: first.map_or(Ok(None), |row| row.time_if("at"))?,
            record: mood::record(session, None, since, from_probability).await?,
            offers: offer::at_work(session, since).await?,
            promises: promises(session, since).await?,
            put_right: put_right(session, since).await?,
            not_sent: not_sent(session, since).await?,
        })
    }
}

async fn weeklies(session: &mut Session) -> Result<LastDigests, StoreError> {
    let rows = session.rows("SELECT person, made_at FROM weekly", []).await?;
    rows.iter().map(|row| Ok((row.get("person")?, row.time("made_at")?))).collect()
}

/// Notes that a manager's weekly letter has been made.
pub(super) async fn made(session: &mut Session, person: &str, at: Timestamp) -> Result<(), StoreError> {
    let sql = "INSERT INTO weekly (person, made_at) VALUES ($1, $2)
        ON CONFLICT (person) DO UPDATE SET made_at = excluded.made_at";
    session.run(sql, [person.into(), at.into()]).await.map(drop)
}

type Promised = (String, String, Date, Option<i64>, Option<bool>);

async fn promises(session: &mut Session, since: Timestamp) -> Result<Vec<Promised>, StoreError> {
    let sql = "SELECT p.account, p.words, p.due, p.case_number, c.state FROM commitment p
        LEFT JOIN cases c ON c.number = p.case_number WHERE p.due >= $1 ORDER BY p.due, p.id";
    let line = |row: &Row| {
        let due: String = row.get("due")?;
        let day = due.parse::<Date>().map_err(|_| row.foreign("due", &due))?;
        let state: Option<String> = row.get("state")?;
        let finished = state.and_then(|state| State::from_key(&state)).map(|state| !state.unfinished());
        Ok((row.get("account")?, row.get("words")?, day, row.get("case_number")?, finished))
    };
    // No zone is further from UTC than a day.
    let from = since.to_zoned(TimeZone::UTC).date().saturating_sub(1.day());
    session.rows(sql, [from.to_string().into()]).await?.iter().map(line).collect()
}

type PutRight = (Timestamp, String, String, Option<i64>);

async fn put_right(session: &mut Session, since: Timestamp) -> Result<Vec<PutRight>, StoreError> {
    let sql = "SELECT k.at, k.labels, m.account,
            (SELECT MIN(case_number) FROM case_mail WHERE case_mail.mail = m.id) AS case_number
        FROM correction k JOIN mail m ON m.id = k.mail
        WHERE k.at >= $1 AND m.account IS NOT NULL ORDER BY k.at, k.mail";
    let line = |row: &Row| {
        let labels: String = row.get("labels")?;
        let kinds: Vec<_> = labels.split_whitespace().filter_map(Kind::from_key).map(Kind::words).collect();
        let words = if kinds.is_empty() { "nothing to do".to_owned() } else { kinds.join(", ") };
        Ok((row.time("at")?, row.get("account")?, words, row.get("case_number")?))
    };
    session.rows(sql, [since.into()]).await?.iter().map(line).collect()
}

type NotSent = (Timestamp, String, String, String, Option<i64>);

async fn not_sent(session: &mut Session, since: Timestamp) -> Result<Vec<NotSent>, StoreError> {
    let sql = "SELECT written_at, sort, envelope_to, COALESCE(last_failure, '') AS why, case_number FROM outbox
        WHERE written_at >= $1 AND (state = 'failed' OR state = 'pending' AND last_failure IS NOT NULL) ORDER BY id";
    let line = |row: &Row| {
        let (sort, to, why) = (row.get("sort")?, row.get("envelope_to")?, row.get("why")?);
        Ok((row.time("written_at")?, sort, to, why, row.get("case_number")?))
    };
    session.rows(sql, [since.into()]).await?.iter().map(line).collect()
}
