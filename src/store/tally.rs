//! How the mails of each folder are accounted for.

use std::collections::HashSet;

use jiff::Timestamp;
use sqlx::AssertSqlSafe;

use super::error::StoreError;
use super::session::{Session, Value, places};
use super::{Store, Tx};
use crate::effect::Disposition;
use crate::message::{Span, Tally};

/// How many keys are asked for in one statement.
const KEYS: usize = 500;

impl Tx {
    /// Sets from where on the mails of a folder are accounted for.
    pub async fn set_span(&mut self, mailbox: &str, span: &Span) -> Result<(), StoreError> {
        let session = self.doing("noting from where on mails are accounted for");
        let sql =
            "INSERT INTO mailbox_tally (mailbox, validity, first_uid, exact_below) VALUES ($1, $2, $3, $4)
            ON CONFLICT (mailbox) DO UPDATE SET validity = excluded.validity, first_uid = excluded.first_uid,
                exact_below = excluded.exact_below";
        let numbers =
            [span.validity, span.first_uid, span.exact_below].map(|number| i64::from(number).into());
        session.run(sql, std::iter::once(mailbox.into()).chain(numbers)).await.map(drop)
    }

    /// Writes down how the mails of a folder are accounted for.
    pub async fn set_tally(
        &mut self,
        mailbox: &str,
        tally: &Tally,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        let session = self.doing("writing down how mails are accounted for");
        let missing = serde_json::to_string(&tally.missing).unwrap_or_else(|_| "[]".to_owned());
        let number = |count: u64| Value::from(i64::try_from(count).unwrap_or(i64::MAX));
        let sql = "UPDATE mailbox_tally SET taken_at = $2, processed = $3, set_aside = $4, ignored = $5, missing = $6
            WHERE mailbox = $1";
        let values = [
            mailbox.into(),
            now.into(),
            number(tally.processed),
            number(tally.set_aside),
            number(tally.ignored),
            missing.into(),
        ];
        session.run(sql, values).await.map(drop)
    }

    /// Notes that the administrator is told now that mails of a folder were missing; false when that was done since the
    /// given instant.
    pub async fn tell_of_missing(
        &mut self,
        mailbox: &str,
        since: Timestamp,
        now: Timestamp,
    ) -> Result<bool, StoreError> {
        let session = self.doing("noting that mails were missing");
        let sql =
            "UPDATE mailbox_tally SET told_at = $3 WHERE mailbox = $1 AND (told_at IS NULL OR told_at <= $2)";
        Ok(session.run(sql, [mailbox.into(), since.into(), now.into()]).await? > 0)
    }
}

impl Store {
    /// From where on the mails of a folder are accounted for; none when it was not read under this validity.
    pub async fn span(&self, mailbox: &str, validity: u32) -> Result<Option<Span>, StoreError> {
        let mut session = self.read("looking up from where on mails are accounted for").await?;
        let sql = "SELECT first_uid, exact_below FROM mailbox_tally WHERE mailbox = $1 AND validity = $2";
        let row = session.row(sql, [mailbox.into(), i64::from(validity).into()]).await?;
        let span = row.map(|row| {
            Ok(Span { validity, first_uid: row.small("first_uid")?, exact_below: row.small("exact_below")? })
        });
        span.transpose()
    }

    /// Which of these mails of a folder are not stored in any way, in the order given.
    pub async fn absent_keys(
        &self,
        mailbox: &str,
        validity: u32,
        keys: Vec<String>,
    ) -> Result<Vec<String>, StoreError> {
        let mut session = self.read("looking up mails").await?;
        let stored = stored(&mut session, mailbox, validity, &keys, "").await?;
        Ok(keys.into_iter().filter(|key| !stored.contains(key)).collect())
    }

    /// How the stored mails of a folder are accounted for.
    pub async fn filed(&self, mailbox: &str, validity: u32) -> Result<Tally, StoreError> {
        let mut session = self.read("counting how mails are accounted for").await?;
        let sql = "SELECT disposition, COUNT(*) AS count FROM mail WHERE mailbox = $1 AND validity = $2
            GROUP BY disposition";
        let mut tally = Tally::default();
        for row in session.rows(sql, [mailbox.into(), i64::from(validity).into()]).await? {
            let count: u64 = row.small("count")?;
            match row.word("disposition", Disposition::from_key)? {
                Disposition::SetAside => tally.set_aside += count,
                Disposition::Automatic | Disposition::Duplicate | Disposition::Forgotten => {
                    tally.ignored += count;
                }
                Disposition::Case
                | Disposition::Routine
                | Disposition::Owner
                | Disposition::Staff
                | Disposition::Waiting
                | Disposition::Unmatched => tally.processed += count,
            }
        }
        Ok(tally)
    }
}

/// Those of these keys that are stored under this validity, where a further condition on the mail holds.
pub(super) async fn stored(
    session: &mut Session,
    mailbox: &str,
    validity: u32,
    keys: &[String],
    condition: &str,
) -> Result<HashSet<String>, StoreError> {
    let mut stored = HashSet::new();
    for part in keys.chunks(KEYS) {
        let sql = format!(
            "SELECT place_key FROM mail WHERE mailbox = $1 AND validity = $2 AND place_key IN {} {condition}",
            places(2, 1, part.len())
        );
        let place = [Value::from(mailbox), i64::from(validity).into()];
        let values = place.into_iter().chain(part.iter().map(Value::from));
        for row in session.rows(AssertSqlSafe(sql), values).await? {
            stored.insert(row.get::<String>("place_key")?);
        }
    }
    Ok(stored)
}

/// How the mails of each folder were last accounted for, and when.
pub(super) async fn all(session: &mut Session) -> Result<Vec<(String, Timestamp, Tally)>, StoreError> {
    let sql = "SELECT mailbox, taken_at, processed, set_aside, ignored, missing FROM mailbox_tally
        WHERE taken_at IS NOT NULL ORDER BY mailbox";
    let rows = session.rows(sql, []).await?;
    let tallies = rows.iter().map(|row| {
        let missing: String = row.get("missing")?;
        let tally = Tally {
            processed: row.small("processed")?,
            set_aside: row.small("set_aside")?,
            ignored: row.small("ignored")?,
            missing: serde_json::from_str(&missing).map_err(|error| row.foreign("missing", error))?,
        };
        Ok((row.get("mailbox")?, row.time("taken_at")?, tally))
    });
    tallies.collect()
}
