//! What moves the mood of accounts.

use std::collections::BTreeMap;

use jiff::Timestamp;

use super::error::StoreError;
use super::session::{Row, Session};
use super::{Store, case};
use crate::case::Kind;
use crate::intake::{ANSWERED, NOT_SETTLED, SETTLED};
use crate::message::Address;
use crate::mood::{Act, Did, Heard, Record};

const MAIL: &str =
    "m.id, m.account, m.came_at, m.subject, m.from_name, m.from_address, m.writer_name, m.writer_address,
    (SELECT MIN(case_number) FROM case_mail WHERE mail = m.id) AS case_number";

impl Store {
    /// What is kept of this account, or of all when none is named, since an instant: the labels of mails count from a
    /// probability on, or when somebody gave them.
    pub async fn record(
        &self,
        account: Option<&str>,
        since: Timestamp,
        from_probability: f64,
    ) -> Result<Record, StoreError> {
        let session = &mut self.read("reading what moves the mood").await?;
        record(session, account, since, from_probability).await
    }
}

pub(super) async fn record(
    session: &mut Session,
    account: Option<&str>,
    since: Timestamp,
    from_probability: f64,
) -> Result<Record, StoreError> {
    Ok(Record {
        heard: heard(session, account, since, from_probability).await?,
        acts: acts(session, account, since).await?,
        cases: case::pending(session, account, since).await?,
    })
}

async fn heard(
    session: &mut Session,
    account: Option<&str>,
    since: Timestamp,
    from_probability: f64,
) -> Result<Vec<Heard>, StoreError> {
    let mut heard: BTreeMap<i64, Heard> = BTreeMap::new();
    // Two statements for the databases: a choice within one would keep them from the index.
    let of = if account.is_some() { "m.account = $2" } else { "m.account IS NOT NULL AND $2 = ''" };
    let account = account.unwrap_or_default();
    let sql = sqlx::AssertSqlSafe(format!(
        "SELECT {MAIL}, c.severity, f.kind, f.probability, f.evidence
        FROM mail m JOIN classification c ON c.mail = m.id JOIN finding f ON f.mail = m.id
        WHERE m.disposition IN ('case', 'routine') AND m.came_at >= $1 AND {of} AND f.probability >= $3
            AND NOT EXISTS (SELECT 1 FROM correction WHERE correction.mail = m.id)
        ORDER BY m.id, f.probability DESC, f.kind"
    ));
    for row in session.rows(sql, [since.into(), account.into(), from_probability.into()]).await? {
        let found = (row.word("kind", Kind::from_key)?, row.get("probability")?, row.get("evidence")?);
        let severity: u8 = row.small("severity")?;
        let mail = mail(&row)?;
        heard.entry(mail.mail).or_insert(Heard { severity, ..mail }).found.push(found);
    }
    // What a person said of a mail counts, and nothing else.
    let sql = sqlx::AssertSqlSafe(format!(
        "SELECT {MAIL}, k.labels, COALESCE(k.severity, c.severity, 0) AS severity
        FROM correction k CROSS JOIN mail m LEFT JOIN classification c ON c.mail = m.id
        WHERE m.id = k.mail AND m.came_at >= $1 AND {of} ORDER BY m.id"
    ));
    for row in session.rows(sql, [since.into(), account.into()]).await? {
        let labels: String = row.get("labels")?;
        let found = labels.split_whitespace().filter_map(Kind::from_key);
        let found = found.map(|kind| (kind, 1.0, String::new())).collect();
        let severity: u8 = row.small("severity")?;
        let mail = mail(&row)?;
        heard.insert(mail.mail, Heard { severity, found, corrected: true, ..mail });
    }
    let mut heard: Vec<Heard> = heard.into_values().collect();
    heard.sort_by_key(|heard| (heard.at, heard.mail));
    Ok(heard)
}

fn mail(row: &Row) -> Result<Heard, StoreError> {
    let from = Address { name: row.get("from_name")?, address: row.get("from_address")? };
    let writer = super::mail::address(row, "writer_name", "writer_address")?;
    Ok(Heard {
        mail: row.get("id")?,
        account: row.get("account")?,
        at: row.time("came_at")?,
        from: writer.unwrap_or(from).display().to_owned(),
        subject: row.get("subject")?,
        case: row.get("case_number")?,
        severity: 0,
        found: Vec::new(),
        corrected: false,
    })
}

async fn acts(
    session: &mut Session,
    account: Option<&str>,
    since: Timestamp,
) -> Result<Vec<Act>, StoreError> {
    let sql =
        "SELECT e.case_number, e.at, e.who, e.what FROM case_entry e JOIN cases c ON c.number = e.case_number
        WHERE e.at >= $1 AND ($2 = '' OR c.account = $2) AND e.who <> 'Pairdesk' ORDER BY +e.id";
    let rows = session.rows(sql, [since.into(), account.unwrap_or_default().into()]).await?;
    let acts = rows.iter().map(|row| {
        let what: String = row.get("what")?;
        Ok(Act { case: row.get("case_number")?, at: row.time("at")?, who: row.get("who")?, did: did(&what) })
    });
    acts.collect()
}

/// What a line of a case's history says that somebody did.
fn did(what: &str) -> Did {
    match what {
        ANSWERED => Did::Answered,
        _ if what.starts_with(SETTLED) => Did::Settled,
        _ if what.starts_with(NOT_SETTLED) => Did::NotSettled,
        _ => Did::Other,
    }
}
