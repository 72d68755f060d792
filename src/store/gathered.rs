//! What is known against floods: cases that are told together, words that are said again and again, our own mail that
//! comes back.

use jiff::{SignedDuration, Timestamp};

use super::conversation::before;
use super::error::StoreError;
use super::session::{Session, Value};
use super::{Store, Tx, case, mail};
use crate::message::Message;
use crate::schedule::Gathering;

const HOUR: SignedDuration = SignedDuration::from_hours(1);
const DAY: SignedDuration = SignedDuration::from_hours(24);

impl Store {
    /// Whether there are cases of which owners are to be told together.
    pub async fn gathers(&self) -> Result<bool, StoreError> {
        let mut session = self.read("looking for gathered cases").await?;
        Ok(session.row("SELECT 1 AS one FROM gathered WHERE told_at IS NULL LIMIT 1", []).await?.is_some())
    }
}

impl Tx {
    /// The cases of which owners are to be told together, by account.
    pub async fn gathered(&mut self) -> Result<Vec<Gathering>, StoreError> {
        let session = self.doing("looking for gathered cases");
        let sql =
            "SELECT account, MIN(CASE WHEN told_at IS NULL THEN at END) AS since, MAX(told_at) AS told_at
            FROM gathered WHERE account IN (SELECT account FROM gathered WHERE told_at IS NULL)
            GROUP BY account ORDER BY account";
        let mut gatherings = Vec::new();
        for row in session.rows(sql, []).await? {
            let Some(since) = row.time_if("since")? else { continue };
            let (account, told_at): (String, _) = (row.get("account")?, row.time_if("told_at")?);
            let cases = case::gathered(session, &account).await?;
            gatherings.push(Gathering { account, since, told_at, cases });
        }
        Ok(gatherings)
    }
}

/// Keeps a case to be told of together with others.
pub(super) async fn add(
    session: &mut Session,
    case: i64,
    account: &str,
    now: Timestamp,
) -> Result<(), StoreError> {
    let sql = "INSERT INTO gathered (case_number, account, at) VALUES ($1, $2, $3)
        ON CONFLICT (case_number) DO UPDATE SET at = excluded.at, told_at = NULL";
    session.run(sql, [case.into(), account.into(), now.into()]).await.map(drop)
}

/// Notes that owners were told of what was gathered of an account: of all these cases at the same time, so that they are
/// due together as well.
pub(super) async fn told(session: &mut Session, account: &str, at: Timestamp) -> Result<(), StoreError> {
    let sql = "UPDATE cases SET told_at = $2
        WHERE number IN (SELECT case_number FROM gathered WHERE account = $1 AND told_at IS NULL)";
    session.run(sql, [account.into(), at.into()]).await?;
    let sql = "UPDATE gathered SET told_at = $2 WHERE account = $1 AND told_at IS NULL";
    session.run(sql, [account.into(), at.into()]).await.map(drop)
}

/// Of how many cases of an account people were told in the last hour.
pub(super) async fn told_this_hour(
    session: &mut Session,
    account: &str,
    now: Timestamp,
) -> Result<u32, StoreError> {
    let sql = "SELECT COUNT(*) AS count FROM cases WHERE account = $1 AND told_at > $2";
    count(session, sql, [account.into(), before(now, HOUR).into()]).await
}

/// How many acknowledgements were made for an account today.
pub(super) async fn acknowledgements_today(
    session: &mut Session,
    account: &str,
    now: Timestamp,
) -> Result<u32, StoreError> {
    let sql = "SELECT COUNT(*) AS count FROM outbox o
        WHERE o.sort = 'received' AND o.state <> 'failed' AND o.written_at > $2
            AND (SELECT account FROM cases WHERE number = o.case_number) = $1";
    count(session, sql, [account.into(), before(now, DAY).into()]).await
}

/// How many other mails of its writer said the same as a stored mail today.
pub(super) async fn same_words_today(
    session: &mut Session,
    mail: i64,
    now: Timestamp,
) -> Result<u32, StoreError> {
    let sql = "SELECT COUNT(*) AS count FROM mail o JOIN mail n ON n.from_address = o.from_address
        WHERE n.id = $1 AND o.id <> n.id AND o.stored_at > $2 AND o.excerpt = n.excerpt AND n.excerpt <> ''";
    count(session, sql, [mail.into(), before(now, DAY).into()]).await
}

/// Whether a mail bears the Message-ID of one of ours.
pub(super) async fn is_ours(session: &mut Session, message: &Message) -> Result<bool, StoreError> {
    let Some(own) = mail::own(message) else { return Ok(false) };
    let row = session.row("SELECT 1 AS one FROM outbox WHERE message_id = $1", [own.into()]).await?;
    Ok(row.is_some())
}

async fn count<const N: usize>(
    session: &mut Session,
    sql: &'static str,
    values: [Value<'_>; N],
) -> Result<u32, StoreError> {
    session.row(sql, values).await?.map_or(Ok(0), |row| row.small("count"))
}
