//! The letters of ours that name a person who is forgotten: their texts go, and that they were sent stays.

use super::find::Found;
use super::{Erased, walk};
use crate::message::{FORGOTTEN, Where, texts};
use crate::store::error::StoreError;
use crate::store::outbox::OutboxState;
use crate::store::session::{Row, Session};

/// A letter in the outbox, without its bytes.
struct Line {
    id: i64,
    to: String,
    state: OutboxState,
    case: Option<i64>,
    near: bool,
}

pub(super) async fn erase(
    session: &mut Session,
    found: &Found,
    erased: &mut Erased,
) -> Result<(), StoreError> {
    let mut lines = Vec::new();
    let line = |row: &Row| {
        let conversation: Option<i64> = row.get("conversation")?;
        let case: Option<i64> = row.get("case_number")?;
        lines.push(Line {
            id: row.get("id")?,
            to: row.get("envelope_to")?,
            state: row.word("state", OutboxState::from_key)?,
            case,
            near: conversation.is_some_and(|first| found.near_mails.contains(&first))
                || found.place(None, case) == Where::Near,
        });
        Ok(())
    };
    let sql = "SELECT id, envelope_to, state, case_number, conversation FROM outbox ORDER BY id";
    walk::each(session, sql, line).await?;
    for line in lines {
        let theirs = found.person.is(&line.to);
        let about = theirs || line.case.is_some_and(|case| found.cases.contains(&case));
        if !about && !names(session, found, &line).await? {
            continue;
        }
        // One without a text can go to nobody.
        let state = if line.state == OutboxState::Sent { line.state } else { OutboxState::Withdrawn };
        let to = if theirs { FORGOTTEN } else { &line.to };
        let empty: &[u8] = &[];
        let sql =
            "UPDATE outbox SET bytes = $2, subject = $3, envelope_to = $4, last_failure = NULL, state = $5
            WHERE id = $1";
        let values = [line.id.into(), empty.into(), FORGOTTEN.into(), to.into(), state.key().into()];
        session.run(sql, values).await?;
        erased.letters += 1;
        erased.withdrawn += u64::from(state != line.state);
        erased.changed("outbox", 1);
    }
    Ok(())
}

/// Whether the text of a letter names the person.
async fn names(session: &mut Session, found: &Found, line: &Line) -> Result<bool, StoreError> {
    let place = if line.near { Where::Near } else { Where::Elsewhere };
    let row = session.row("SELECT bytes, subject FROM outbox WHERE id = $1", [line.id.into()]).await?;
    let Some(row) = row else { return Ok(false) };
    let (bytes, subject): (Vec<u8>, String) = (row.get("bytes")?, row.get("subject")?);
    let texts = texts(&bytes);
    // Digests and weekly letters quote clients, and tell of their cases, without being of their conversation.
    let tells = found.person.quoted_in_mail(&texts) || texts.texts.iter().any(|text| numbers(found, text));
    Ok(tells || found.person.stands_in(&subject, place) || found.person.stands_in_mail(&texts, place))
}

/// Whether a text names one of the person's cases by its number: "#17".
fn numbers(found: &Found, text: &str) -> bool {
    let mut named = text.split('#').skip(1).filter_map(|rest| {
        let end = rest.find(|c: char| !c.is_ascii_digit()).unwrap_or(rest.len());
        rest[..end].parse::<i64>().ok()
    });
    named.any(|number| found.cases.contains(&number))
}
