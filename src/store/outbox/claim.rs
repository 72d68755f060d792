//! Claims: who sends a mail claims it first, and writes down what came of it.

use jiff::Timestamp;
use sqlx::AssertSqlSafe;

use super::super::error::StoreError;
use super::super::session::{Session, Value};
use super::super::{Store, case, lease};
use super::OutboxRow;
use crate::case::Entry;
use crate::effect::OutgoingMail;
use crate::outbox::Failure;

/// Why a mail waits again that was being sent.
const INTERRUPTED: &str = "interrupted: it may have been sent; the same Message-ID is sent again";

impl Store {
    /// Claims the mails that are due, oldest first, at most `limit`. The attempt is counted now, before it is made.
    pub async fn claim_due(&self, now: Timestamp, limit: u32) -> Result<Vec<OutboxRow>, StoreError> {
        let mut session = self.db.write_beside("claiming mails to send").await?;
        let claimant = self.claimant();
        if let Some(daemon) = claimant
            && !lease::is_counted_on(&mut session, daemon).await?
        {
            return Ok(Vec::new());
        }
        // Another daemon's claims, and what is being changed, are passed over rather than waited for.
        let free = if session.is_lite() { "" } else { "FOR UPDATE SKIP LOCKED" };
        // However late the mail was put back: word that it has come is odd once somebody has answered.
        let answered = format!(
            "UPDATE outbox SET state = 'withdrawn' WHERE id IN (
                SELECT id FROM outbox o WHERE state = 'pending' AND sort IN ('received', 'still_working')
                AND EXISTS (SELECT 1 FROM cases WHERE number = o.case_number AND answered_at >= o.written_at) {free})"
        );
        session.run(AssertSqlSafe(answered), []).await?;
        let sql = format!(
            "WITH due AS MATERIALIZED (SELECT id FROM outbox WHERE state = 'pending' AND next_attempt_at <= $1
                ORDER BY next_attempt_at, id LIMIT $2 {free})
            UPDATE outbox SET state = 'sending', attempts = attempts + 1, claimed_by = $3
            WHERE id IN (SELECT id FROM due)
            RETURNING id, letter_key, sort, message_id, envelope_from, envelope_to, subject, bytes, attempts,
                written_at, case_number, released_at,
                (SELECT account FROM cases WHERE number = outbox.case_number) AS account"
        );
        let values = [now.into(), i64::from(limit).into(), claimant.into()];
        let rows = session.rows(AssertSqlSafe(sql), values).await?;
        let claimed = rows.iter().map(|row| {
            Ok(OutboxRow {
                id: row.get("id")?,
                key: row.get("letter_key")?,
                sort: row.get("sort")?,
                mail: OutgoingMail {
                    message_id: row.get("message_id")?,
                    envelope_from: row.get("envelope_from")?,
                    envelope_to: row.get("envelope_to")?,
                    subject: row.get("subject")?,
                    bytes: row.get("bytes")?,
                    fallen_back: None,
                },
                attempts: row.small("attempts")?,
                written_at: row.time("written_at")?,
                case: row.get("case_number")?,
                account: row.get("account")?,
                released: row.time_if("released_at")?.is_some(),
            })
        });
        let mut claimed: Vec<_> = claimed.collect::<Result<_, StoreError>>()?;
        claimed.sort_by_key(|row| row.id);
        session.commit().await?;
        Ok(claimed)
    }

    /// Makes mails wait again whose sending was interrupted by the end of a daemon. To be called at the start, before
    /// anything is claimed. Says how many.
    pub async fn release_interrupted(&self) -> Result<u64, StoreError> {
        let mut session = self.write("releasing interrupted mails").await?;
        let released = release_orphans(&mut session).await?;
        session.commit().await?;
        Ok(released)
    }

    /// Makes mails wait again that this daemon had claimed and did not come to send. Says how many.
    pub async fn release_own(&self) -> Result<u64, StoreError> {
        let sql = "UPDATE outbox SET state = 'pending', claimed_by = NULL, last_failure = $1
            WHERE state = 'sending' AND claimed_by IS NOT DISTINCT FROM $2";
        self.change("releasing claimed mails", sql, [INTERRUPTED.into(), self.claimant().into()]).await
    }

    /// Notes that the server took a mail, whoever may have claimed it meanwhile.
    pub async fn sent(&self, id: i64, now: Timestamp) -> Result<(), StoreError> {
        let sql = "UPDATE outbox SET state = 'sent', sent_at = $2, claimed_by = NULL, last_failure = NULL WHERE id = $1";
        self.change("noting that a mail was sent", sql, [id.into(), now.into()]).await.map(drop)
    }

    /// Lets a claimed mail that failed wait until `at`.
    pub async fn retry_later(&self, id: i64, at: Timestamp, failure: &Failure) -> Result<(), StoreError> {
        let sql =
            "UPDATE outbox SET state = 'pending', claimed_by = NULL, next_attempt_at = $2, last_failure = $3
            WHERE id = $1 AND state = 'sending' AND claimed_by IS NOT DISTINCT FROM $4";
        let values = [id.into(), at.into(), (&failure.text).into(), self.claimant().into()];
        self.change("noting that a mail is tried again", sql, values).await.map(drop)
    }

    /// Lets a claimed mail wait until `at` without an attempt: a limit is reached. The claim's count is taken back.
    pub async fn postpone(&self, id: i64, at: Timestamp, reason: &str) -> Result<(), StoreError> {
        let sql = "UPDATE outbox SET state = 'pending', claimed_by = NULL, next_attempt_at = $2, last_failure = $3,
            attempts = attempts - 1 WHERE id = $1 AND state = 'sending' AND claimed_by IS NOT DISTINCT FROM $4";
        let values = [id.into(), at.into(), reason.into(), self.claimant().into()];
        self.change("noting that a mail is held back", sql, values).await.map(drop)
    }

    /// Puts claimed mails back without an attempt, since the server takes none at present, and notes for all that wait
    /// for it why they do. They stay due, behind the others: were it this one mail after all that the server refuses so,
    /// the next attempt is another's.
    pub async fn release(&self, claimed: &[i64], now: Timestamp, reason: &str) -> Result<(), StoreError> {
        let mut session = self.write("putting mails back that no server takes").await?;
        for id in claimed {
            let sql = "UPDATE outbox SET state = 'pending', claimed_by = NULL, attempts = attempts - 1,
                next_attempt_at = $2 WHERE id = $1 AND state = 'sending' AND claimed_by IS NOT DISTINCT FROM $3";
            session.run(sql, [(*id).into(), now.into(), self.claimant().into()]).await?;
        }
        let sql = "UPDATE outbox SET last_failure = $2 WHERE state = 'pending' AND next_attempt_at <= $1";
        session.run(sql, [now.into(), reason.into()]).await?;
        session.commit().await
    }

    /// Makes a draft of a claimed mail without an attempt, and says so in its case's history.
    pub async fn keep_as_draft(&self, id: i64, now: Timestamp, reason: &str) -> Result<(), StoreError> {
        let sql =
            "UPDATE outbox SET state = 'draft', claimed_by = NULL, last_failure = $2, attempts = attempts - 1
            WHERE id = $1 AND state = 'sending' AND claimed_by IS NOT DISTINCT FROM $3
            RETURNING case_number, sort, envelope_to";
        self.end("keeping a mail as a draft", sql, id, now, "is kept as a draft", reason).await
    }

    /// Stops trying a mail, and says so in its case's history.
    pub async fn give_up(&self, id: i64, now: Timestamp, reason: &str) -> Result<(), StoreError> {
        let sql = "UPDATE outbox SET state = 'failed', claimed_by = NULL, last_failure = $2
            WHERE id = $1 AND state = 'sending' AND claimed_by IS NOT DISTINCT FROM $3
            RETURNING case_number, sort, envelope_to";
        self.end("giving a mail up", sql, id, now, "could not be sent", reason).await
    }

    /// A change by which a mail goes out no more, with a line in its case's history.
    async fn end(
        &self,
        doing: &'static str,
        sql: &'static str,
        id: i64,
        now: Timestamp,
        what: &str,
        reason: &str,
    ) -> Result<(), StoreError> {
        let mut session = self.write(doing).await?;
        let row = session.row(sql, [id.into(), reason.into(), self.claimant().into()]).await?;
        if let Some(row) = row
            && let Some(number) = row.get::<Option<i64>>("case_number")?
        {
            let (sort, to): (String, String) = (row.get("sort")?, row.get("envelope_to")?);
            let entry = Entry {
                at: now,
                who: "Pairdesk".to_owned(),
                what: format!("The {sort} mail to {to} {what}."),
                why: reason.to_owned(),
            };
            case::record(&mut session, number, &entry, None).await?;
        }
        session.commit().await
    }

    /// One change of claimed mails, in a transaction of its own.
    async fn change<const N: usize>(
        &self,
        doing: &'static str,
        sql: &'static str,
        values: [Value<'_>; N],
    ) -> Result<u64, StoreError> {
        let mut session = self.db.write_beside(doing).await?;
        let changed = session.run(sql, values).await?;
        session.commit().await?;
        Ok(changed)
    }
}

/// Makes mails wait again that nobody sends any more: their daemon is gone, or has never said who it is.
pub(in super::super) async fn release_orphans(session: &mut Session) -> Result<u64, StoreError> {
    let sql = "UPDATE outbox SET state = 'pending', claimed_by = NULL, last_failure = $1
        WHERE state = 'sending' AND (claimed_by IS NULL OR NOT EXISTS (SELECT 1 FROM daemon WHERE id = outbox.claimed_by))";
    session.run(sql, [INTERRUPTED.into()]).await
}
