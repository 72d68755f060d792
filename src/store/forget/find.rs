//! Who somebody is in the store: their mails, the cases about them, the conversations that they took part in.

use std::collections::{BTreeMap, BTreeSet, HashSet};

use super::columns::TABLES;
use super::{Wanted, common_words, walk};
use crate::effect::Disposition;
use crate::message::{Person, Where, texts};
use crate::store::error::StoreError;
use crate::store::raw;
use crate::store::session::{Row, Session};

/// A mail that the person wrote.
#[derive(Debug, Clone)]
pub(super) struct Own {
    pub id: i64,
    pub hash: Vec<u8>,
    pub message_id: Option<String>,
    pub disposition: Disposition,
}

/// What was found of a person.
#[derive(Debug, Clone)]
pub struct Found {
    /// The person, with all names that they bear.
    pub person: Person,
    pub(super) mails: Vec<Own>,
    /// The cases about their mails.
    pub(super) cases: BTreeSet<i64>,
    /// The mails and cases of conversations that they took part in.
    pub(super) near_mails: HashSet<i64>,
    pub(super) near_cases: HashSet<i64>,
}

/// What is held about a person, to be handed out.
#[derive(Debug, Clone)]
pub struct About {
    /// The person.
    pub person: Person,
    /// The numbers of the mails that they wrote.
    pub mails: Vec<i64>,
    /// The numbers of the cases about them.
    pub cases: Vec<i64>,
    /// The letters of ours that went, or would go, to them: by their ids in the outbox.
    pub letters: Vec<i64>,
    /// All rows that are theirs or name them, by table: column and value. Of rows that belong to others, only the
    /// numbers and the names of the columns in which the person stands.
    pub rows: BTreeMap<String, Vec<BTreeMap<String, String>>>,
    /// The mails of others whose bytes name them.
    pub named_in: Vec<i64>,
}

impl Found {
    /// Where a row stands that belongs to this mail or case.
    pub(super) fn place(&self, mail: Option<i64>, case: Option<i64>) -> Where {
        let near = mail.is_some_and(|mail| self.near_mails.contains(&mail))
            || case.is_some_and(|case| self.near_cases.contains(&case));
        if near { Where::Near } else { Where::Elsewhere }
    }
}

/// Looks through all mails and cases for the person.
pub(super) async fn find(session: &mut Session, wanted: &Wanted) -> Result<Found, StoreError> {
    let nobody = BTreeSet::new();
    let person = Person::new(&wanted.addresses, [], &nobody, []);
    let mut names: BTreeSet<String> = wanted.names.iter().cloned().collect();
    let (mut mails, mut own, mut conversations) = (Vec::new(), HashSet::new(), HashSet::new());
    let sql = "SELECT id, conversation, from_name, from_address, writer_name, writer_address, message_id, content_hash,
            disposition, base_subject FROM mail";
    let mut sentences = BTreeSet::new();
    let each = |row: &Row| {
        let from: (String, String) = (row.get("from_name")?, row.get("from_address")?);
        let writer: (Option<String>, Option<String>) = (row.get("writer_name")?, row.get("writer_address")?);
        let writer = (writer.0.unwrap_or_default(), writer.1.unwrap_or_default());
        let theirs: Vec<_> = [from, writer].into_iter().filter(|(_, address)| person.is(address)).collect();
        if theirs.is_empty() {
            return Ok(());
        }
        let id = row.get("id")?;
        sentences.insert(row.get::<String>("base_subject")?);
        names.extend(theirs.into_iter().map(|(name, _)| name));
        own.insert(id);
        conversations.extend(row.get::<Option<i64>>("conversation")?);
        mails.push(Own {
            id,
            hash: row.get("content_hash")?,
            message_id: row.get("message_id")?,
            disposition: row.word("disposition", Disposition::from_key)?,
        });
        Ok(())
    };
    walk::each(session, sql, each).await?;
    let sql = "SELECT address, name FROM meeting_guest";
    let guest = |row: &Row| {
        let address: String = row.get("address")?;
        if person.is(&address) {
            names.insert(row.get("name")?);
        }
        Ok(())
    };
    walk::each(session, sql, guest).await?;

    let mut cases = BTreeSet::new();
    let mut all_cases: Vec<(i64, i64)> = Vec::new();
    let case = |row: &Row| {
        let (number, conversation) = (row.get("number")?, row.get("conversation")?);
        let client: String = row.get("client")?;
        if person.stands_in(&client, Where::Elsewhere) {
            cases.insert(number);
            conversations.insert(conversation);
            sentences.insert(row.get::<String>("evidence")?);
        }
        all_cases.push((number, conversation));
        Ok(())
    };
    walk::each(session, "SELECT number, conversation, client, evidence FROM cases", case).await?;
    let finding = |row: &Row| {
        if own.contains(&row.get::<i64>("mail")?) {
            sentences.insert(row.get::<String>("evidence")?);
        }
        Ok(())
    };
    walk::each(session, "SELECT mail, evidence FROM finding", finding).await?;
    let mut near_mails = HashSet::new();
    let near = |row: &Row| {
        if row.get::<Option<i64>>("conversation")?.is_some_and(|one| conversations.contains(&one)) {
            near_mails.insert(row.get("id")?);
        }
        Ok(())
    };
    walk::each(session, "SELECT id, conversation FROM mail", near).await?;
    let near_cases = all_cases.into_iter().filter(|(_, conversation)| conversations.contains(conversation));

    let mut others = wanted.others.clone();
    for row in session.rows("SELECT name FROM account", []).await? {
        others.push(row.get("name")?);
    }
    names.retain(|name| !others.iter().any(|other| other.eq_ignore_ascii_case(name.trim())));
    let common = common_words(others.iter().map(String::as_str));
    Ok(Found {
        person: Person::new(
            &wanted.addresses,
            names.iter().map(String::as_str),
            &common,
            sentences.iter().map(String::as_str),
        ),
        mails,
        cases,
        near_cases: near_cases.map(|(number, _)| number).collect(),
        near_mails,
    })
}

/// The mails of others whose bytes name the person, or may: in a conversation of theirs, also those with files that
/// cannot be searched.
pub(super) async fn raw_of_others(session: &mut Session, found: &Found) -> Result<Vec<i64>, StoreError> {
    let own: HashSet<i64> = found.mails.iter().map(|own| own.id).collect();
    let mut kept: Vec<i64> = Vec::new();
    let each = |row: &Row| {
        kept.push(row.get("mail")?);
        Ok(())
    };
    walk::each(session, "SELECT mail FROM mail_raw ORDER BY mail", each).await?;
    let mut named = Vec::new();
    for id in kept.into_iter().filter(|id| !own.contains(id)) {
        let Some(bytes) = raw::load(session, id).await? else { continue };
        let place = found.place(Some(id), None);
        let texts = texts(&bytes);
        if found.person.stands_in_mail(&texts, place) || texts.sealed && place == Where::Near {
            named.push(id);
        }
    }
    Ok(named)
}

/// All that is held about them.
pub(super) async fn about(session: &mut Session, found: Found) -> Result<About, StoreError> {
    let own: HashSet<i64> = found.mails.iter().map(|own| own.id).collect();
    let mut rows: BTreeMap<String, Vec<BTreeMap<String, String>>> = BTreeMap::new();
    for listed in walk::listed(session).await? {
        if !TABLES.iter().any(|table| table.name == listed.table) {
            continue;
        }
        let columns = listed.texts();
        let of_table = rows.entry(listed.table.clone()).or_default();
        let take = |step: walk::Step| {
            let theirs = step.mail.is_some_and(|mail| own.contains(&mail))
                || step.mail.is_none() && step.case.is_some_and(|case| found.cases.contains(&case));
            let place = found.place(step.mail, step.case);
            let values = columns.iter().zip(&step.texts);
            let values = values.filter_map(|(column, text)| Some((*column, text.as_deref()?)));
            let row: BTreeMap<String, String> = if theirs {
                values.map(|(column, text)| (column.to_owned(), text.to_owned())).collect()
            } else {
                let named: Vec<_> = values
                    .filter(|(_, text)| found.person.stands_in(text, place))
                    .map(|(column, _)| column)
                    .collect();
                if named.is_empty() {
                    return Ok(());
                }
                let numbers = [("mail", step.mail), ("case", step.case)];
                let numbers =
                    numbers.into_iter().filter_map(|(name, number)| Some((name, number?.to_string())));
                let named = std::iter::once(("named_in_columns", named.join(", ")));
                numbers.chain(named).map(|(name, value)| (name.to_owned(), value)).collect()
            };
            of_table.push(row);
            Ok(())
        };
        walk::through(session, &listed.table, &columns, take).await?;
    }
    rows.retain(|_, rows| !rows.is_empty());
    let mut letters = Vec::new();
    let letter = |row: &Row| {
        if found.person.is(&row.get::<String>("envelope_to")?) {
            letters.push(row.get("id")?);
        }
        Ok(())
    };
    walk::each(session, "SELECT id, envelope_to FROM outbox ORDER BY id", letter).await?;
    let named_in = raw_of_others(session, &found).await?;
    Ok(About {
        mails: found.mails.iter().map(|own| own.id).collect(),
        cases: found.cases.iter().copied().collect(),
        letters,
        rows,
        named_in,
        person: found.person,
    })
}
