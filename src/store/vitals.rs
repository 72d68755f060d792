//! The few numbers that health and metrics are made of: cheap, however much is stored.

use jiff::{SignedDuration, Timestamp};

use super::Store;
use super::error::StoreError;
use super::outbox::OutboxState;
use super::session::Session;
use super::status::{MailboxStatus, mailboxes};
use crate::case::Kind;
use crate::effect::Disposition;

/// A mail that is due for longer than this was not just about to be claimed.
const CLAIMED_WITHIN: SignedDuration = SignedDuration::from_secs(30);

/// How the daemon's work stands.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Vitals {
    /// The mailboxes, by name.
    pub mailboxes: Vec<MailboxStatus>,
    /// How many stored mails wait to be read, and since when the oldest does.
    pub unread: (u64, Option<Timestamp>),
    /// How many outgoing mails there are of each state that is not the last.
    pub outbox: Vec<(OutboxState, u64)>,
    /// How many mails are due, and when the oldest of them was written.
    pub due: (u64, Option<Timestamp>),
    /// The same of those that should have been claimed by now: no server takes them.
    pub overdue: (u64, Option<Timestamp>),
    /// How many unfinished cases there are of each kind that occurs.
    pub cases: Vec<(Kind, u64)>,
}

impl Store {
    /// How the daemon's work stands.
    pub async fn vitals(&self, now: Timestamp) -> Result<Vitals, StoreError> {
        let session = &mut self.read("looking how the daemon does").await?;
        let mut outbox = Vec::new();
        for state in [OutboxState::Draft, OutboxState::Pending, OutboxState::Sending, OutboxState::Failed] {
            let sql = "SELECT COUNT(*) AS count FROM outbox WHERE state = $1";
            let row = session.row(sql, [state.key().into()]).await?;
            outbox.push((state, row.map_or(Ok(0), |row| row.small("count"))?));
        }
        let mut cases = Vec::new();
        let sql = "SELECT kind, COUNT(*) AS count FROM cases WHERE state IN ('open', 'taken', 'waiting')
            GROUP BY kind ORDER BY kind";
        for row in session.rows(sql, []).await? {
            cases.push((row.word("kind", Kind::from_key)?, row.small("count")?));
        }
        Ok(Vitals {
            mailboxes: mailboxes(session).await?,
            unread: unread(session).await?,
            outbox,
            due: due(session, now).await?,
            overdue: due(session, now.saturating_sub(CLAIMED_WITHIN).unwrap_or(now)).await?,
            cases,
        })
    }
}

/// How many stored mails wait to be read, and since when the oldest does.
async fn unread(session: &mut Session) -> Result<(u64, Option<Timestamp>), StoreError> {
    let sql = "SELECT COUNT(*) AS count, MIN(stored_at) AS oldest FROM mail WHERE disposition = $1";
    let row = session.row(sql, [Disposition::Waiting.key().into()]).await?;
    row.map_or(Ok((0, None)), |row| Ok((row.small("count")?, row.time_if("oldest")?)))
}

/// How many mails wait that were due by then, and when the oldest of them was written.
async fn due(session: &mut Session, by: Timestamp) -> Result<(u64, Option<Timestamp>), StoreError> {
    let sql = "SELECT COUNT(*) AS count, MIN(written_at) AS oldest FROM outbox
        WHERE state = 'pending' AND next_attempt_at <= $1";
    let row = session.row(sql, [by.into()]).await?;
    row.map_or(Ok((0, None)), |row| Ok((row.small("count")?, row.time_if("oldest")?)))
}
