//! What goes when a person is forgotten, table by table.

use std::collections::{BTreeMap, HashSet};

use jiff::Timestamp;
use sqlx::AssertSqlSafe;

use super::columns::{Holds, TABLES, Table};
use super::find::{self, Found};
use super::{Erased, is_listed, keyed, letters, walk};
use crate::case::{Entry, State};
use crate::effect::Disposition;
use crate::message::{FORGOTTEN, Where};
use crate::store::case;
use crate::store::error::StoreError;
use crate::store::retain::{self, Of};
use crate::store::session::{Row, Session};

/// Erases what was found.
pub(super) async fn erase(
    session: &mut Session,
    found: Found,
    key: &[u8],
    now: Timestamp,
) -> Result<Erased, StoreError> {
    let mut erased = Erased {
        person: found.person.clone(),
        mails: found.mails.len() as u64,
        raw_of_others: 0,
        cases: found.cases.iter().copied().collect(),
        closed: Vec::new(),
        letters: 0,
        withdrawn: 0,
        rows: BTreeMap::new(),
    };
    // The others first: afterwards nothing tells any more which conversations were theirs.
    for mail in find::raw_of_others(session, &found).await? {
        retain::drop_raw(session, mail).await?;
        erased.raw_of_others += 1;
        erased.gone("mail_raw", 1);
    }
    letters::erase(session, &found, &mut erased).await?;
    mails(session, &found, key, now, &mut erased).await?;
    cases(session, &found, now, &mut erased).await?;
    for table in TABLES {
        put_out(session, &found, table, &mut erased).await?;
    }
    Ok(erased)
}

/// The mails that they wrote: the place, the dates and the numbers stay.
async fn mails(
    session: &mut Session,
    found: &Found,
    key: &[u8],
    now: Timestamp,
    erased: &mut Erased,
) -> Result<(), StoreError> {
    for own in &found.mails {
        let hash = keyed(key, &own.hash);
        let sql = "INSERT INTO erased_mail (hash, erased_at) VALUES ($1, $2) ON CONFLICT DO NOTHING";
        session.run(sql, [hash.as_slice().into(), now.into()]).await?;
        retain::drop_raw(session, own.id).await?;
        retain::drop_texts(session, own.id, FORGOTTEN).await?;
        let disposition = if is_listed(own.disposition) { Disposition::Forgotten } else { own.disposition };
        let sql = "UPDATE mail SET content_hash = $2, disposition = $3, reason = 'forgotten' WHERE id = $1";
        session.run(sql, [own.id.into(), hash.as_slice().into(), disposition.key().into()]).await?;
        erased.changed("mail", 1);
        session.run("DELETE FROM commitment WHERE mail = $1", [own.id.into()]).await?;
        if let Some(identifier) = &own.message_id {
            let sql = "DELETE FROM mail_reference WHERE identifier = $1";
            erased.gone("mail_reference", session.run(sql, [identifier.into()]).await?);
        }
        retain::drop_history(session, Of::Mail(own.id), FORGOTTEN).await?;
    }
    Ok(())
}

/// The cases about their mails: the kind, the state and the dates stay. One that is not finished is closed, since
/// nobody is left to be answered.
async fn cases(
    session: &mut Session,
    found: &Found,
    now: Timestamp,
    erased: &mut Erased,
) -> Result<(), StoreError> {
    for &number in &found.cases {
        let Some(known) = case::of_number(session, number).await? else { continue };
        let sql = "UPDATE cases SET subject = $2, evidence = '', client = $2 WHERE number = $1";
        session.run(sql, [number.into(), FORGOTTEN.into()]).await?;
        erased.changed("cases", 1);
        if known.state.unfinished() {
            let sql = "UPDATE cases SET state = $2, wakes_at = NULL, watched_until = NULL, changed_at = $3 WHERE number = $1";
            session.run(sql, [number.into(), State::Closed.key().into(), now.into()]).await?;
            session.run("DELETE FROM gathered WHERE case_number = $1", [number.into()]).await?;
            let entry = Entry {
                at: now,
                who: "Pairdesk".to_owned(),
                what: "closed: the person who wrote was forgotten".to_owned(),
                why: "pairdesk forget".to_owned(),
            };
            case::record(session, number, &entry, None).await?;
            erased.closed.push(number);
        }
    }
    // Whom a case names as leading it must be somebody who can be written to, or nobody.
    let mut led = Vec::new();
    let each = |row: &Row| {
        for column in ["lead", "taken_by"] {
            let address: Option<String> = row.get(&format!("{column}_address"))?;
            if address.is_some_and(|address| found.person.is(&address)) {
                led.push((row.get::<i64>("number")?, column));
            }
        }
        Ok(())
    };
    walk::each(session, "SELECT number, lead_address, taken_by_address FROM cases", each).await?;
    for (number, column) in led {
        let sql = format!("UPDATE cases SET {column}_name = NULL, {column}_address = NULL WHERE number = $1");
        erased.changed("cases", session.run(AssertSqlSafe(sql), [number.into()]).await?);
    }
    Ok(())
}

/// Puts the person out of all that is left of a table.
async fn put_out(
    session: &mut Session,
    found: &Found,
    table: &Table,
    erased: &mut Erased,
) -> Result<(), StoreError> {
    let columns: Vec<_> = table
        .columns
        .iter()
        .filter(|(_, holds)| !matches!(holds, Holds::Fixed | Holds::Mail | Holds::Bytes))
        .collect();
    if columns.is_empty() {
        return Ok(());
    }
    let names: Vec<&str> = columns.iter().map(|(name, _)| *name).collect();
    let own: HashSet<i64> = found.mails.iter().map(|own| own.id).collect();
    let (mut goes, mut stays) = (Vec::new(), Vec::new());
    let take = |step: walk::Step| {
        let mut place = found.place(step.mail, step.case);
        if table.name == "mail_reference" || step.mail.is_some_and(|mail| own.contains(&mail)) {
            // Nothing of theirs is left in their own rows but what must not be cut by halves.
            place = Where::Elsewhere;
        }
        let mut changed = Vec::new();
        for ((name, holds), text) in columns.iter().zip(step.texts) {
            let Some(text) = text else { continue };
            let new = match holds {
                Holds::Theirs if found.person.stands_in(&text, Where::Elsewhere) => {
                    goes.push(step.place);
                    return Ok(());
                }
                Holds::Words => found.person.put_out(&text, place),
                Holds::People => found.person.put_out(&text, Where::Elsewhere),
                Holds::Addresses => without(found, &text),
                _ => None,
            };
            changed.extend(new.map(|new| (*name, new)));
        }
        if !changed.is_empty() {
            stays.push((step.place, changed));
        }
        Ok(())
    };
    walk::through(session, table.name, &names, take).await?;
    let at_place = walk::at_place(session);
    for place in &goes {
        let sql = format!("DELETE FROM {} WHERE {at_place}", table.name);
        session.run(AssertSqlSafe(sql), [place.into()]).await?;
    }
    for (place, changed) in &stays {
        let set: Vec<_> = (2..).zip(changed).map(|(at, (name, _))| format!("{name} = ${at}")).collect();
        let sql = format!("UPDATE {} SET {} WHERE {at_place}", table.name, set.join(", "));
        let values = std::iter::once(place.into()).chain(changed.iter().map(|(_, new)| new.into()));
        session.run(AssertSqlSafe(sql), values).await?;
    }
    erased.gone(table.name, goes.len() as u64);
    erased.changed(table.name, stays.len() as u64);
    Ok(())
}

/// A list of addresses without theirs.
fn without(found: &Found, list: &str) -> Option<String> {
    let left: Vec<_> = list.split(' ').filter(|one| !found.person.stands_in(one, Where::Elsewhere)).collect();
    let left = left.join(" ");
    (left != list).then_some(left)
}
