//! Up to where each mailbox has been read, and how it does.

use jiff::Timestamp;

use super::error::StoreError;
use super::session::{Row, Session};
use super::{Store, Tx};
use crate::message::Cursor;

impl Tx {
    /// Sets up to where a mailbox has been read.
    pub async fn set_cursor(&mut self, mailbox: &str, cursor: Cursor) -> Result<(), StoreError> {
        let session = self.doing("noting up to where a mailbox was read");
        let sql = "INSERT INTO mailbox_cursor (mailbox, validity, last_uid, since, started_at)
            VALUES ($1, $2, $3, $4, $5) ON CONFLICT (mailbox) DO UPDATE SET validity = excluded.validity,
                last_uid = excluded.last_uid, since = excluded.since, started_at = excluded.started_at";
        let values = [
            mailbox.into(),
            i64::from(cursor.validity).into(),
            i64::from(cursor.last_uid).into(),
            cursor.since.into(),
            cursor.started_at.into(),
        ];
        session.run(sql, values).await.map(drop)
    }
}

impl Store {
    /// Up to where a mailbox has been read; none at the first start.
    pub async fn cursor(&self, mailbox: &str) -> Result<Option<Cursor>, StoreError> {
        let mut session = self.read("looking up to where a mailbox was read").await?;
        let sql = "SELECT validity, last_uid, since, started_at FROM mailbox_cursor WHERE mailbox = $1";
        session.row(sql, [mailbox.into()]).await?.as_ref().map(cursor).transpose()
    }

    /// Notes that a mailbox could be read.
    pub async fn mailbox_ok(&self, mailbox: &str, now: Timestamp) -> Result<(), StoreError> {
        let mut session = self.write("noting how a mailbox does").await?;
        let sql = "INSERT INTO mailbox_state (mailbox, last_ok_at) VALUES ($1, $2)
            ON CONFLICT (mailbox) DO UPDATE SET last_ok_at = excluded.last_ok_at";
        session.run(sql, [mailbox.into(), now.into()]).await?;
        session.commit().await
    }

    /// Notes why a mailbox could not be read.
    pub async fn mailbox_failed(&self, mailbox: &str, error: &str, now: Timestamp) -> Result<(), StoreError> {
        let mut session = self.write("noting how a mailbox does").await?;
        let sql = "INSERT INTO mailbox_state (mailbox, last_error, last_error_at) VALUES ($1, $2, $3)
            ON CONFLICT (mailbox) DO UPDATE
            SET last_error = excluded.last_error, last_error_at = excluded.last_error_at";
        session.run(sql, [mailbox.into(), error.into(), now.into()]).await?;
        session.commit().await
    }
}

pub(super) async fn all(session: &mut Session) -> Result<Vec<(String, Cursor)>, StoreError> {
    let sql = "SELECT mailbox, validity, last_uid, since, started_at FROM mailbox_cursor ORDER BY mailbox";
    let rows = session.rows(sql, []).await?;
    rows.iter().map(|row| Ok((row.get("mailbox")?, cursor(row)?))).collect()
}

fn cursor(row: &Row) -> Result<Cursor, StoreError> {
    Ok(Cursor {
        validity: row.small("validity")?,
        last_uid: row.small("last_uid")?,
        since: row.time("since")?,
        started_at: row.time("started_at")?,
    })
}
