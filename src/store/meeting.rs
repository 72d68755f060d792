//! Meetings that were proposed, and who answered what.

use jiff::Timestamp;

use super::error::StoreError;
use super::mail;
use super::session::{Session, clip};
use crate::effect::{Meeting, MeetingAnswer};
use crate::message::{Address, CalendarAnswer, comparable};

/// What is looked up is clipped, in bytes: PostgreSQL indexes no more than 2,704.
const UID: usize = 255;

/// Keeps a meeting with those who are asked.
pub(super) async fn propose(session: &mut Session, meeting: &Meeting) -> Result<(), StoreError> {
    let sql = "INSERT INTO meeting (uid, case_number, starts_at, minutes) VALUES ($1, $2, $3, $4)";
    let values =
        [(&meeting.uid).into(), meeting.case.into(), meeting.start.into(), i64::from(meeting.minutes).into()];
    session.run(sql, values).await?;
    for guest in &meeting.guests {
        let sql = "INSERT INTO meeting_guest (uid, address, name) VALUES ($1, $2, $3)";
        let values = [(&meeting.uid).into(), comparable(&guest.address).into(), (&guest.name).into()];
        session.run(sql, values).await?;
    }
    Ok(())
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
    let uid = clip(&answer.uid, UID);
    let sql = "SELECT case_number, starts_at, minutes FROM meeting WHERE uid = $1";
    let Some(row) = session.row(sql, [uid.into()]).await? else { return Ok(None) };
    let sql = "SELECT name, address FROM meeting_guest WHERE uid = $1 ORDER BY address";
    let guests = session.rows(sql, [uid.into()]).await?;
    let guests = guests.iter().map(|row| mail::address(row, "name", "address"));
    let guests: Vec<Option<Address>> = guests.collect::<Result<_, StoreError>>()?;
    Ok(Some(Meeting {
        uid: uid.to_owned(),
        case: row.get("case_number")?,
        start: row.time("starts_at")?,
        minutes: row.small("minutes")?,
        guests: guests.into_iter().flatten().collect(),
    }))
}
