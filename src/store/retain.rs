//! What goes once it has been kept for long enough, a portion at a time: bytes first, then texts, names and addresses.
//! Numbers, dates, states and hashes stay.

use jiff::Timestamp;
use sqlx::AssertSqlSafe;

use super::error::StoreError;
use super::session::{Row, Session};
use super::{Store, Tx};

/// How many are looked at in one transaction.
const PORTION: i64 = 200;

/// What can go.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Retained {
    /// The bytes of mails.
    Raw,
    /// The texts of mails, with names, addresses and identifiers, and what was learnt from them.
    Texts,
    /// The bytes of our letters.
    Letters,
    /// Their subjects and addressees.
    Addressees,
    /// The texts of cases and of their histories.
    Cases,
}

/// What went so far.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Gone {
    /// What.
    pub kept: Retained,
    /// Of how many.
    pub number: u64,
    /// When the last of them went.
    pub at: Timestamp,
}

/// Those that are due, and how far was looked.
#[derive(Debug, Default)]
struct Portion {
    go: Vec<i64>,
    held: Vec<i64>,
    upto: Option<i64>,
}

impl Retained {
    /// All of them.
    pub const ALL: [Self; 5] = [Self::Raw, Self::Texts, Self::Letters, Self::Addressees, Self::Cases];

    /// Whether these are bytes, and not the texts that were read from them.
    pub fn is_bytes(self) -> bool {
        matches!(self, Self::Raw | Self::Letters)
    }

    fn key(self) -> &'static str {
        match self {
            Self::Raw => "raw",
            Self::Texts => "texts",
            Self::Letters => "letters",
            Self::Addressees => "addressees",
            Self::Cases => "cases",
        }
    }

    fn from_key(key: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kept| kept.key() == key)
    }

    /// What it is called to people.
    pub fn words(self) -> &'static str {
        match self {
            Self::Raw => "mails without their bytes",
            Self::Texts => "mails without their texts, names and addresses",
            Self::Letters => "letters of ours without their bytes",
            Self::Addressees => "letters of ours without subject and addressee",
            Self::Cases => "cases without their texts",
        }
    }

    /// The table, the time from which on it is kept, what keeps one though it is old ($1 is the instant before which it
    /// goes), and at what the looking stops for now.
    fn rows(self) -> (&'static str, &'static str, &'static str, &'static str) {
        match self {
            Self::Raw | Self::Texts => (
                "mail",
                "stored_at",
                "EXISTS (SELECT 1 FROM cases c WHERE c.conversation = t.conversation
                    AND (c.state IN ('open', 'taken', 'waiting') OR c.changed_at >= $1))",
                "t.disposition = 'waiting'",
            ),
            Self::Letters | Self::Addressees => (
                "outbox",
                "written_at",
                "t.state IN ('draft', 'pending', 'sending') OR EXISTS (SELECT 1 FROM cases c
                    WHERE c.number = t.case_number
                    AND (c.state IN ('open', 'taken', 'waiting') OR c.changed_at >= $1))",
                "1 = 0",
            ),
            Self::Cases => ("cases", "changed_at", "1 = 0", "1 = 0"),
        }
    }
}

impl Store {
    /// Lets a portion go of what was stored before an instant, where its case has been finished since before that. Says
    /// how many went, and whether there may be more.
    pub async fn let_go(
        &self,
        kept: Retained,
        before: Timestamp,
        now: Timestamp,
    ) -> Result<(u64, bool), StoreError> {
        let mut session = self.read("looking for what was kept for long enough").await?;
        let portion = due(&mut session, kept, before).await?;
        drop(session);
        if portion.upto.is_none() && portion.go.is_empty() {
            return Ok((0, false));
        }
        let mut tx = self.begin().await?;
        let went = tx.let_go(kept, before, now).await?;
        tx.commit().await?;
        Ok(went)
    }
}

/// What went so far since it was kept for long enough.
pub(super) async fn gone(session: &mut Session) -> Result<Vec<Gone>, StoreError> {
    let sql = "SELECT what, gone, at FROM retention WHERE gone > 0";
    let mut gone = Vec::new();
    for row in session.rows(sql, []).await? {
        let kept = row.word("what", Retained::from_key)?;
        gone.push(Gone { kept, number: row.small("gone")?, at: row.time("at")? });
    }
    gone.sort_by_key(|gone| Retained::ALL.iter().position(|kept| *kept == gone.kept));
    Ok(gone)
}

impl Tx {
    async fn let_go(
        &mut self,
        kept: Retained,
        before: Timestamp,
        now: Timestamp,
    ) -> Result<(u64, bool), StoreError> {
        let session = self.doing("letting go what was kept for long enough");
        let portion = due(session, kept, before).await?;
        for &id in &portion.go {
            match kept {
                Retained::Raw => drop_raw(session, id).await?,
                Retained::Texts => drop_texts(session, id, "").await?,
                Retained::Letters => drop_letter(session, id).await?,
                Retained::Addressees => drop_addressee(session, id).await?,
                Retained::Cases => drop_case(session, id).await?,
            }
            let sql = "DELETE FROM retention_held WHERE what = $1 AND item = $2";
            session.run(sql, [kept.key().into(), id.into()]).await?;
        }
        for &id in &portion.held {
            let sql = "INSERT INTO retention_held (what, item) VALUES ($1, $2) ON CONFLICT DO NOTHING";
            session.run(sql, [kept.key().into(), id.into()]).await?;
        }
        let number = i64::try_from(portion.go.len()).unwrap_or(i64::MAX);
        let sql = "INSERT INTO retention (what, upto, gone, at) VALUES ($1, $2, $3, $4)
            ON CONFLICT (what) DO UPDATE SET upto = CASE WHEN excluded.upto > retention.upto THEN excluded.upto
                ELSE retention.upto END, gone = retention.gone + excluded.gone, at = excluded.at";
        let upto = portion.upto.unwrap_or(0);
        session.run(sql, [kept.key().into(), upto.into(), number.into(), now.into()]).await?;
        let looked = portion.go.len() + portion.held.len();
        Ok((portion.go.len() as u64, i64::try_from(looked).unwrap_or(i64::MAX) >= PORTION))
    }
}

/// What is due: of those that were held, and of those after the last that was looked at.
async fn due(session: &mut Session, kept: Retained, before: Timestamp) -> Result<Portion, StoreError> {
    let (table, time, held, stop) = kept.rows();
    let mut portion = Portion::default();
    if kept == Retained::Cases {
        let sql = "SELECT number FROM cases WHERE texts_gone = FALSE AND changed_at < $1
            AND state IN ('resolved', 'closed') ORDER BY changed_at, number LIMIT $2";
        for row in session.rows(sql, [before.into(), PORTION.into()]).await? {
            portion.go.push(row.get("number")?);
        }
        return Ok(portion);
    }
    let sql = format!(
        "SELECT t.id FROM retention_held h JOIN {table} t ON t.id = h.item
        WHERE h.what = $2 AND NOT ({held}) ORDER BY t.id LIMIT $3"
    );
    let values = [before.into(), kept.key().into(), PORTION.into()];
    for row in session.rows(AssertSqlSafe(sql), values).await? {
        portion.go.push(row.get("id")?);
    }
    let row = session.row("SELECT upto FROM retention WHERE what = $1", [kept.key().into()]).await?;
    let upto: i64 = row.map_or(Ok(0), |row| row.get("upto"))?;
    let sql = format!(
        "SELECT t.id, t.{time} AS since, CAST(CASE WHEN {held} THEN 1 ELSE 0 END AS BIGINT) AS held,
            CAST(CASE WHEN {stop} THEN 1 ELSE 0 END AS BIGINT) AS stop FROM {table} t WHERE t.id > $2 ORDER BY t.id LIMIT $3"
    );
    let flag = |row: &Row, column: &str| Ok::<_, StoreError>(row.small::<i64>(column)? == 1);
    for row in session.rows(AssertSqlSafe(sql), [before.into(), upto.into(), PORTION.into()]).await? {
        if row.time("since")? >= before || flag(&row, "stop")? {
            break;
        }
        let id = row.get("id")?;
        let into = if flag(&row, "held")? { &mut portion.held } else { &mut portion.go };
        into.push(id);
        portion.upto = Some(id);
    }
    Ok(portion)
}

/// The bytes of a mail go.
pub(super) async fn drop_raw(session: &mut Session, mail: i64) -> Result<(), StoreError> {
    // A part goes with the last mail that bears it.
    session.run("DELETE FROM mail_chunk WHERE mail = $1", [mail.into()]).await?;
    session.run("DELETE FROM mail_raw WHERE mail = $1", [mail.into()]).await.map(drop)
}

/// The texts of a mail go, with the names, addresses and identifiers in it and what was learnt from it; `somebody` stands
/// for the writer and the subject.
pub(super) async fn drop_texts(session: &mut Session, mail: i64, somebody: &str) -> Result<(), StoreError> {
    let sql = "UPDATE mail SET message_id = NULL, from_name = $2, from_address = '', subject = $2, base_subject = '',
            excerpt = '', closing = '', defects = '[]', reason = '', writer_name = NULL, writer_address = NULL,
            recipients = '' WHERE id = $1";
    session.run(sql, [mail.into(), somebody.into()]).await?;
    for sql in [
        "DELETE FROM mail_reference WHERE mail = $1",
        "UPDATE finding SET evidence = '', words = '[]' WHERE mail = $1",
        "DELETE FROM correction_reading WHERE mail = $1",
        "DELETE FROM correction WHERE mail = $1",
        "UPDATE refusal SET sender = '', words = '' WHERE mail = $1",
        "UPDATE commitment SET words = '' WHERE mail = $1",
    ] {
        session.run(sql, [mail.into()]).await?;
    }
    Ok(())
}

/// Whose part of a case's history.
#[derive(Debug, Clone, Copy)]
pub(super) enum Of {
    /// What followed from a mail.
    Mail(i64),
    /// All of a case.
    Case(i64),
}

/// The words of a history go; that something happened, and when, stays. `somebody` stands for whoever it was.
pub(super) async fn drop_history(session: &mut Session, of: Of, somebody: &str) -> Result<(), StoreError> {
    let (condition, number) = match of {
        Of::Mail(mail) => ("mail", mail),
        Of::Case(case) => ("case_number", case),
    };
    let sql = format!("SELECT id, who, what FROM case_entry WHERE {condition} = $1");
    for row in session.rows(AssertSqlSafe(sql), [number.into()]).await? {
        let (id, who, what): (i64, String, String) = (row.get("id")?, row.get("who")?, row.get("what")?);
        let who = if who == "Pairdesk" { who.as_str() } else { somebody };
        // What somebody said stands behind the colon: "noted: ...".
        let what = what.split_once(": ").map_or(what.as_str(), |(done, _)| done);
        let sql = "UPDATE case_entry SET who = $2, what = $3, why = '' WHERE id = $1";
        session.run(sql, [id.into(), who.into(), what.into()]).await?;
    }
    Ok(())
}

async fn drop_case(session: &mut Session, number: i64) -> Result<(), StoreError> {
    drop_history(session, Of::Case(number), "somebody").await?;
    for sql in [
        "UPDATE cases SET texts_gone = TRUE, subject = '', evidence = '', client = '', lead_name = NULL,
            lead_address = NULL, taken_by_name = NULL, taken_by_address = NULL WHERE number = $1",
        "UPDATE offer SET work = '' WHERE case_number = $1",
        "UPDATE commitment SET words = '' WHERE case_number = $1",
        "DELETE FROM meeting_guest WHERE uid IN (SELECT uid FROM meeting WHERE case_number = $1)",
    ] {
        session.run(sql, [number.into()]).await?;
    }
    Ok(())
}

/// The bytes of a letter go. One that was given up can go out no more.
async fn drop_letter(session: &mut Session, id: i64) -> Result<(), StoreError> {
    let empty: &[u8] = &[];
    let sql =
        "UPDATE outbox SET bytes = $2, state = CASE state WHEN 'failed' THEN 'withdrawn' ELSE state END,
        last_failure = NULL WHERE id = $1";
    session.run(sql, [id.into(), empty.into()]).await.map(drop)
}

async fn drop_addressee(session: &mut Session, id: i64) -> Result<(), StoreError> {
    drop_letter(session, id).await?;
    session.run("UPDATE outbox SET subject = '', envelope_to = '' WHERE id = $1", [id.into()]).await.map(drop)
}
