//! Drafts: finished mails that wait for somebody's word, which releases or withdraws them.

use jiff::Timestamp;

use super::error::StoreError;
use super::session::{Row, Session};
use crate::command::apply::Draft;
use crate::compose::redated;
use crate::message::{self, ReadOptions};
use crate::schedule::PendingDraft;

/// Lets the drafts about a case go out, dated by the present. Says how many.
pub(super) async fn release(session: &mut Session, case: i64, now: Timestamp) -> Result<usize, StoreError> {
    let sql = "SELECT id, bytes FROM outbox WHERE state = 'draft' AND case_number = $1 ORDER BY id";
    let rows = session.rows(sql, [case.into()]).await?;
    for row in &rows {
        let (id, bytes): (i64, Vec<u8>) = (row.get("id")?, row.get("bytes")?);
        let dated = redated(&bytes, now);
        let sql = "UPDATE outbox SET state = 'pending', bytes = $2, written_at = $3, next_attempt_at = $3,
                released_at = $3, attempts = 0, last_failure = NULL
            WHERE id = $1";
        session.run(sql, [id.into(), dated.as_slice().into(), now.into()]).await?;
    }
    Ok(rows.len())
}

/// Withdraws the drafts about a case, and the acknowledgement that has not gone out yet: somebody has answered. An offer
/// waits on: an answer about something else does not settle it.
pub(super) async fn withdraw(session: &mut Session, case: i64) -> Result<(), StoreError> {
    let sql = "UPDATE outbox SET state = 'withdrawn'
        WHERE ((state = 'draft' AND sort <> 'offer') OR (state IN ('pending', 'failed') AND sort IN ('received', 'still_working')))
            AND case_number = $1";
    session.run(sql, [case.into()]).await.map(drop)
}

/// The drafts about cases, oldest first, each with its text.
pub(super) async fn all(session: &mut Session) -> Result<Vec<PendingDraft>, StoreError> {
    let sql = "SELECT case_number, sort, envelope_to, subject, bytes FROM outbox
        WHERE state = 'draft' AND case_number IS NOT NULL ORDER BY id";
    let rows = session.rows(sql, []).await?;
    let draft = |row: &Row| {
        let bytes: Vec<u8> = row.get("bytes")?;
        Ok(PendingDraft {
            case: row.get("case_number")?,
            sort: row.get("sort")?,
            to: row.get("envelope_to")?,
            subject: row.get("subject")?,
            text: message::read(&bytes, &ReadOptions::default()).text,
        })
    };
    rows.iter().map(draft).collect()
}

/// Withdraws the draft of the client's invitation to a meeting about a case.
pub(super) async fn withdraw_invitation(session: &mut Session, case: i64) -> Result<(), StoreError> {
    let sql = "UPDATE outbox SET state = 'withdrawn' WHERE state = 'draft' AND sort = 'meeting' AND case_number = $1";
    session.run(sql, [case.into()]).await.map(drop)
}

/// The drafts about one case, oldest first.
pub(super) async fn of_case(session: &mut Session, case: i64) -> Result<Vec<Draft>, StoreError> {
    let sql = "SELECT sort, envelope_to, subject FROM outbox WHERE state = 'draft' AND case_number = $1 ORDER BY id";
    let rows = session.rows(sql, [case.into()]).await?;
    let drafts = rows.iter().map(|row| {
        Ok(Draft { sort: row.get("sort")?, to: row.get("envelope_to")?, subject: row.get("subject")? })
    });
    drafts.collect()
}
