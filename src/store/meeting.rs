//! Meetings that were proposed, and who answered what.

use jiff::Timestamp;

use super::error::StoreError;
use super::mail;
use super::session::{Row, Session, clip};
use crate::effect::{Meeting, MeetingAnswer};
use crate::message::{Address, CalendarAnswer, comparable};

/// What is looked up is clipped, in bytes: PostgreSQL indexes no more than 2,704.
const UID: usize = 255;

/// Keeps a meeting with those who are asked; one of the same UID takes the place of what it was, and all are asked anew.
pub(super) async fn propose(session: &mut Session, meeting: &Meeting) -> Result<(), StoreError> {
    let sql =
        "INSERT INTO meeting (uid, case_number, starts_at, minutes, sequence) VALUES ($1, $2, $3, $4, $5)
        ON CONFLICT (uid) DO UPDATE SET starts_at = excluded.starts_at, minutes = excluded.minutes,
            sequence = excluded.sequence";
    let values = [
        (&meeting.uid).into(),
        meeting.case.into(),
        meeting.start.into(),
        i64::from(meeting.minutes).into(),
        i64::from(meeting.sequence).into(),
    ];
    session.run(sql, values).await?;
    session.run("DELETE FROM meeting_guest WHERE uid = $1", [(&meeting.uid).into()]).await?;
    for guest in &meeting.guests {
        let sql = "INSERT INTO meeting_guest (uid, address, name) VALUES ($1, $2, $3)";
        let values = [(&meeting.uid).into(), comparable(&guest.address).into(), (&guest.name).into()];
        session.run(sql, values).await?;
    }
    Ok(())
}

/// Notes that a meeting was called off.
pub(super) async fn cancel(session: &mut Session, uid: &str, now: Timestamp) -> Result<(), StoreError> {
    let sql = "UPDATE meeting SET cancelled_at = $2 WHERE uid = $1";
    session.run(sql, [uid.into(), now.into()]).await.map(drop)
}

/// Notes somebody's answer.
pub(super) async fn answered(
    session: &mut Session,
    answer: &MeetingAnswer,
    now: Timestamp,
) -> Result<(), StoreError> {
    let sql = "UPDATE meeting_guest SET answer = $3, answered_at = $4 WHERE uid = $1 AND address = $2";
    let values = [(&answer.uid).into(), (&answer.guest).into(), answer.answer.key().into(), now.into()];
    session.run(sql, values).await.map(drop)
}

/// The meeting that a calendar's answer is about.
pub(super) async fn of_answer(
    session: &mut Session,
    answer: Option<&CalendarAnswer>,
) -> Result<Option<Meeting>, StoreError> {
    let Some(answer) = answer else { return Ok(None) };
    let sql = "SELECT uid, case_number, starts_at, minutes, sequence FROM meeting
        WHERE uid = $1 AND cancelled_at IS NULL";
    match session.row(sql, [clip(&answer.uid, UID).into()]).await? {
        Some(row) => whole(session, &row).await.map(Some),
        None => Ok(None),
    }
}

/// The last meeting about a case that was not called off.
pub(super) async fn of_case(session: &mut Session, number: i64) -> Result<Option<Meeting>, StoreError> {
    let sql = "SELECT uid, case_number, starts_at, minutes, sequence FROM meeting
        WHERE case_number = $1 AND cancelled_at IS NULL ORDER BY starts_at DESC, uid LIMIT 1";
    match session.row(sql, [number.into()]).await? {
        Some(row) => whole(session, &row).await.map(Some),
        None => Ok(None),
    }
}

/// A meeting with those who are asked.
async fn whole(session: &mut Session, row: &Row) -> Result<Meeting, StoreError> {
    let uid: String = row.get("uid")?;
    let sql = "SELECT name, address FROM meeting_guest WHERE uid = $1 ORDER BY address";
    let guests = session.rows(sql, [(&uid).into()]).await?;
    let guests = guests.iter().map(|row| mail::address(row, "name", "address"));
    let guests: Vec<Option<Address>> = guests.collect::<Result<_, StoreError>>()?;
    Ok(Meeting {
        uid,
        case: row.get("case_number")?,
        start: row.time("starts_at")?,
        minutes: row.small("minutes")?,
        guests: guests.into_iter().flatten().collect(),
        sequence: row.small("sequence")?,
    })
}
