//! The outbox: finished mails, written with what they follow from and sent later. A row's bytes never change.

mod claim;

use jiff::Timestamp;
use sqlx::AssertSqlSafe;

pub(super) use self::claim::release_orphans;
use super::Store;
use super::error::StoreError;
use super::session::{Row, Session};
use crate::effect::{Letter, OutgoingMail};
use crate::outbox::ACKNOWLEDGED_WITHIN;

/// Where an outgoing mail stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum OutboxState {
    /// It waits for somebody's word.
    Draft,
    /// It waits for its time.
    Pending,
    /// It is being sent.
    Sending,
    /// The server took it.
    Sent,
    /// It was given up.
    Failed,
    /// It was a draft, and is no longer wanted.
    Withdrawn,
}

impl OutboxState {
    /// All states.
    pub const ALL: [Self; 6] =
        [Self::Draft, Self::Pending, Self::Sending, Self::Sent, Self::Failed, Self::Withdrawn];

    /// The name in the store and for people.
    pub fn key(self) -> &'static str {
        match self {
            Self::Draft => "draft",
            Self::Pending => "pending",
            Self::Sending => "sending",
            Self::Sent => "sent",
            Self::Failed => "failed",
            Self::Withdrawn => "withdrawn",
        }
    }

    /// The state of this [`OutboxState::key`], or none.
    pub fn from_key(key: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.key() == key)
    }
}

/// A mail that has been claimed for sending.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OutboxRow {
    /// Its id in the outbox.
    pub id: i64,
    /// The letter's unique part.
    pub key: String,
    /// What sort of letter it is (`Content::key`).
    pub sort: String,
    /// The finished mail.
    pub mail: OutgoingMail,
    /// The attempts, with the one that it was claimed for.
    pub attempts: u32,
    /// When it was written.
    pub written_at: Timestamp,
    /// The case that it is about.
    pub case: Option<i64>,
    /// The key of that case's account.
    pub account: Option<String>,
    /// Whether it was a draft that somebody said goes out.
    pub released: bool,
}

/// An outgoing mail, as lists show it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OutboxLine {
    /// Its id in the outbox.
    pub id: i64,
    /// What sort of letter it is (`Content::key`).
    pub sort: String,
    /// Where it stands.
    pub state: OutboxState,
    /// Its Message-ID without angle brackets.
    pub message_id: String,
    /// Who gets it.
    pub to: String,
    /// The subject.
    pub subject: String,
    /// The case that it is about.
    pub case: Option<i64>,
    /// The attempts so far.
    pub attempts: u32,
    /// When it was written.
    pub written_at: Timestamp,
    /// When it is tried next; means nothing once it is sent or given up.
    pub next_attempt_at: Timestamp,
    /// Why the last attempt failed, or why it waits.
    pub last_failure: Option<String>,
    /// When the server took it.
    pub sent_at: Option<Timestamp>,
}

/// How many mails have gone out lately.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct SentCounts {
    /// To this recipient.
    pub recipient: u64,
    /// To anybody.
    pub all: u64,
}

/// Puts a finished mail into the outbox.
pub(super) async fn put(
    session: &mut Session,
    mail: Option<i64>,
    letter: &Letter,
    outgoing: &OutgoingMail,
    state: OutboxState,
    now: Timestamp,
) -> Result<(), StoreError> {
    let sql = "INSERT INTO outbox (letter_key, message_id, sort, envelope_from, envelope_to, subject, bytes,
            case_number, conversation, state, attempts, written_at, next_attempt_at)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8,
            COALESCE((SELECT conversation FROM cases WHERE number = $8), (SELECT conversation FROM mail WHERE id = $9)),
            $10, 0, $11, $12)";
    let values = [
        (&letter.id).into(),
        (&outgoing.message_id).into(),
        letter.content.key().into(),
        outgoing.envelope_from.as_deref().into(),
        (&outgoing.envelope_to).into(),
        (&outgoing.subject).into(),
        outgoing.bytes.as_slice().into(),
        letter.case.into(),
        mail.into(),
        state.key().into(),
        letter.at.into(),
        now.into(),
    ];
    session.run(sql, values).await.map(drop)
}

impl Store {
    /// Makes mails that wait or were given up due at once; what was given up is tried anew from the first attempt.
    /// Acknowledgements to clients that are older than [`ACKNOWLEDGED_WITHIN`] are left as they are: word that a mail
    /// has come is odd days after it. Says how many.
    pub async fn retry_all(&self, now: Timestamp) -> Result<u64, StoreError> {
        let sql = "UPDATE outbox SET next_attempt_at = $1, state = 'pending',
                written_at = CASE WHEN state = 'failed' AND sort NOT IN ('received', 'still_working') THEN $1 ELSE written_at END,
                attempts = CASE state WHEN 'failed' THEN 0 ELSE attempts END
            WHERE state IN ('failed', 'pending')
                AND NOT (sort IN ('received', 'still_working') AND written_at < $2)";
        let late = now.saturating_sub(ACKNOWLEDGED_WITHIN).unwrap_or(Timestamp::MIN);
        let mut session = self.write("making mails due").await?;
        let due = session.run(sql, [now.into(), late.into()]).await?;
        session.commit().await?;
        Ok(due)
    }

    /// How many mails went out after `since`.
    pub async fn sent_counts(&self, recipient: &str, since: Timestamp) -> Result<SentCounts, StoreError> {
        let mut session = self.read("counting what was sent").await?;
        let sql = "SELECT COUNT(*) AS everybody, COUNT(CASE WHEN envelope_to = $1 THEN 1 END) AS recipient
            FROM outbox WHERE sent_at > $2";
        let row = session.row(sql, [recipient.into(), since.into()]).await?;
        row.map_or(Ok(SentCounts::default()), |row| {
            Ok(SentCounts { recipient: row.small("recipient")?, all: row.small("everybody")? })
        })
    }

    /// When the next waiting mail is due, perhaps in the past; none when nothing waits.
    pub async fn next_due(&self) -> Result<Option<Timestamp>, StoreError> {
        let mut session = self.read("looking for the next mail to send").await?;
        let sql = "SELECT MIN(next_attempt_at) AS at FROM outbox WHERE state = 'pending'";
        session.row(sql, []).await?.map_or(Ok(None), |row| row.time_if("at"))
    }

    /// The outgoing mails of a state, oldest first.
    pub async fn outgoing(&self, state: OutboxState) -> Result<Vec<OutboxLine>, StoreError> {
        let mut session = self.read("listing outgoing mails").await?;
        of_state(&mut session, state).await
    }

    /// One outgoing mail.
    pub async fn outgoing_line(&self, id: i64) -> Result<Option<OutboxLine>, StoreError> {
        let mut session = self.read("reading an outgoing mail").await?;
        session.row(select("WHERE id = $1"), [id.into()]).await?.as_ref().map(line).transpose()
    }

    /// The finished bytes of an outgoing mail.
    pub async fn outgoing_bytes(&self, id: i64) -> Result<Option<Vec<u8>>, StoreError> {
        let mut session = self.read("reading an outgoing mail").await?;
        let row = session.row("SELECT bytes FROM outbox WHERE id = $1", [id.into()]).await?;
        row.map(|row| row.get("bytes")).transpose()
    }
}

/// A query for [`OutboxLine`]s.
fn select(rest: &str) -> AssertSqlSafe<String> {
    AssertSqlSafe(format!(
        "SELECT id, sort, state, message_id, envelope_to, subject, case_number, attempts, written_at,
            next_attempt_at, last_failure, sent_at FROM outbox {rest}"
    ))
}

pub(super) async fn of_state(
    session: &mut Session,
    state: OutboxState,
) -> Result<Vec<OutboxLine>, StoreError> {
    session
        .rows(select("WHERE state = $1 ORDER BY id"), [state.key().into()])
        .await?
        .iter()
        .map(line)
        .collect()
}

pub(super) async fn of_case(session: &mut Session, number: i64) -> Result<Vec<OutboxLine>, StoreError> {
    session
        .rows(select("WHERE case_number = $1 ORDER BY id"), [number.into()])
        .await?
        .iter()
        .map(line)
        .collect()
}

fn line(row: &Row) -> Result<OutboxLine, StoreError> {
    Ok(OutboxLine {
        id: row.get("id")?,
        sort: row.get("sort")?,
        state: row.word("state", OutboxState::from_key)?,
        message_id: row.get("message_id")?,
        to: row.get("envelope_to")?,
        subject: row.get("subject")?,
        case: row.get("case_number")?,
        attempts: row.small("attempts")?,
        written_at: row.time("written_at")?,
        next_attempt_at: row.time("next_attempt_at")?,
        last_failure: row.get("last_failure")?,
        sent_at: row.time_if("sent_at")?,
    })
}
