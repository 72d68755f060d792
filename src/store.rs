//! The store: SQLite by default, PostgreSQL by its URL. Everything that follows from a mail commits at once.
//!
//! Writers are one after the other on both databases, so that what [`Tx::known`] read stays true until the commit.
//! Times are kept in milliseconds.

mod absence;
mod account;
mod addressed;
mod backup;
mod case;
mod clock;
mod commitment;
mod content;
mod conversation;
mod correction;
mod cursor;
mod db;
mod digest;
mod draft;
mod error;
mod finding;
mod follow_up;
mod forget;
mod gathered;
mod lease;
mod mail;
mod matched;
mod meeting;
mod mood;
mod oauth;
mod offer;
mod only;
mod outbox;
mod perform;
mod raw;
mod retain;
mod session;
mod status;
mod tally;
mod token;
mod vitals;
mod waiting;
mod weekly;

pub use backup::{Column, Header, Table};
pub use case::{CaseDetail, CaseFilter, Source};
pub use content::{ContentHash, content_hash};
pub use correction::{CorrectedMail, CorrectionsStamp, Reading};
pub use error::{ErrorKind, StoreError};
pub use finding::MailFindings;
pub use forget::{About, Compacted, Erased, Holds, Remains, TABLES, Wanted};
pub use lease::{DaemonStatus, Held, Mandate};
pub use mail::{MailDetail, MailLine};
pub use oauth::{DEAD, OauthToken};
pub use outbox::{OutboxLine, OutboxRow, OutboxState, SentCounts};
pub use perform::Performed;
pub use raw::Packed;
pub use retain::{Gone, Retained};
pub use status::{MailboxStatus, Status};
pub use vitals::Vitals;
pub use waiting::{Kept, Waiting};

use std::sync::Arc;

use db::Db;
use session::Session;

#[cfg(test)]
pub(crate) use session::plans;

/// An open store. Clones share it.
#[derive(Debug, Clone)]
pub struct Store {
    db: Db,
    /// This process's place among the daemons, if it is one.
    place: Option<Arc<lease::Place>>,
    /// What its transactions are written under.
    lease: Option<lease::Lease>,
}

/// A transaction that writes. All of it is committed, or none.
#[derive(Debug)]
#[must_use = "a transaction that is dropped is rolled back"]
pub struct Tx {
    session: Session,
    /// Whether there is a mark.
    marked: bool,
}

impl Store {
    /// Opens the store at `sqlite:PATH` (the file and its folder are made, for this user alone, when missing) or
    /// `postgres://...`, and brings its tables up to date.
    pub async fn open(url: &str) -> Result<Self, StoreError> {
        Ok(Self::of(Db::open(url).await?))
    }

    fn of(db: Db) -> Self {
        Self { db, place: None, lease: None }
    }

    /// Begins a transaction that writes; waits for the one before to end.
    pub async fn begin(&self) -> Result<Tx, StoreError> {
        Ok(Tx { session: self.write("beginning to write").await?, marked: false })
    }

    /// Gives back what this daemon holds, and closes all connections when no transaction is under way any more.
    pub async fn close(&self) {
        self.leave().await;
        self.db.close().await;
    }

    /// A consistent view, for reading.
    async fn read(&self, doing: &'static str) -> Result<Session, StoreError> {
        self.db.read(doing).await
    }

    /// A transaction for one small change.
    async fn write(&self, doing: &'static str) -> Result<Session, StoreError> {
        let mut session = self.db.write(doing).await?;
        if let Some(lease) = &self.lease {
            lease::guard(&mut session, lease).await?;
        }
        Ok(session)
    }
}

impl Tx {
    /// Marks the state before a mail, so that [`Tx::back_to_mark`] can undo that mail and keep those before it.
    pub async fn mark(&mut self) -> Result<(), StoreError> {
        let marked = std::mem::replace(&mut self.marked, true);
        let session = self.doing("beginning with a mail");
        if marked {
            session.run("RELEASE SAVEPOINT mail", []).await?;
        }
        session.run("SAVEPOINT mail", []).await.map(drop)
    }

    /// Undoes all since the last [`Tx::mark`], also after a failure of kind [`ErrorKind::Data`]. After one of another
    /// kind drop the transaction.
    pub async fn back_to_mark(&mut self) -> Result<(), StoreError> {
        self.doing("undoing a mail").repair("ROLLBACK TO SAVEPOINT mail").await
    }

    /// Commits. After this, and not before, the mails may be acknowledged to their mailbox.
    pub async fn commit(mut self) -> Result<(), StoreError> {
        self.doing("committing");
        self.session.commit().await
    }

    fn doing(&mut self, what: &'static str) -> &mut Session {
        self.session.doing = what;
        &mut self.session
    }
}
