//! What owners have promised clients.

use jiff::Timestamp;
use jiff::civil::Date;

use super::error::StoreError;
use super::session::{Row, Session};
use crate::effect::Commitment;
use crate::schedule::Promise;

/// Writes a promise down.
pub(super) async fn save(session: &mut Session, mail: i64, made: &Commitment) -> Result<(), StoreError> {
    let sql = "INSERT INTO commitment (account, case_number, person, words, due, made_at, mail)
        VALUES ($1, $2, $3, $4, $5, $6, $7)";
    let due = made.due.map(|due| due.to_string());
    let values = [
        (&made.account).into(),
        made.case.into(),
        (&made.by).into(),
        (&made.words).into(),
        due.as_deref().into(),
        made.at.into(),
        mail.into(),
    ];
    session.run(sql, values).await.map(drop)
}

/// Notes that a digest has reminded of a promise.
pub(super) async fn called(session: &mut Session, number: i64, at: Timestamp) -> Result<(), StoreError> {
    let sql = "UPDATE commitment SET called_at = $2 WHERE id = $1 AND called_at IS NULL";
    session.run(sql, [number.into(), at.into()]).await.map(drop)
}

/// The promises for these days, the next first. Not those whose case is finished: they were kept, or need not be.
pub(super) async fn between(session: &mut Session, from: Date, to: Date) -> Result<Vec<Promise>, StoreError> {
    let sql = "SELECT id, account, case_number, person, words, due, made_at, called_at FROM commitment
        WHERE due BETWEEN $1 AND $2
            AND NOT EXISTS (SELECT 1 FROM cases WHERE number = case_number AND state IN ('resolved', 'closed'))
        ORDER BY due, id";
    session.rows(sql, [from.to_string().into(), to.to_string().into()]).await?.iter().map(promise).collect()
}

fn promise(row: &Row) -> Result<Promise, StoreError> {
    let due: String = row.get("due")?;
    let day = due.parse::<Date>().map_err(|_| row.foreign("due", &due))?;
    Ok(Promise {
        number: row.get("id")?,
        made: Commitment {
            account: row.get("account")?,
            case: row.get("case_number")?,
            by: row.get("person")?,
            words: row.get("words")?,
            due: Some(day),
            at: row.time("made_at")?,
        },
        called_at: row.time_if("called_at")?,
    })
}
