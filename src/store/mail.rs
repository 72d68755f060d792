//! Mails: with what was read from them, filed, and listed.

use std::collections::HashMap;

use jiff::Timestamp;
use sqlx::AssertSqlSafe;

use super::error::StoreError;
use super::finding::{self, MailFindings};
use super::session::{Row, Session, clip};
use super::{Store, tally};
use crate::effect::{Disposition, Filing};
use crate::message::{Address, Message};
use crate::schedule::Unmatched;

/// How many bytes of an identifier or subject are kept for looking it up.
const LOOKED_UP: usize = 800;
/// How many identifiers of a mail are kept and looked up; a hostile mail cites thousands.
const REFERENCES: usize = 60;
/// How many recipients of a mail are kept.
const RECIPIENTS: usize = 50;
/// How many writers' closings are asked for in one statement: SQLite joins at most 500 queries.
const WRITERS: usize = 100;
/// How many closings of a writer count.
const CLOSINGS: usize = 5;

/// A stored mail, as lists show it.
#[derive(Debug, Clone, PartialEq)]
pub struct MailLine {
    /// The number that people say: #u17.
    pub id: i64,
    /// The mailbox and folder it lies in.
    pub mailbox: String,
    /// Its UID, or its file's name.
    pub key: String,
    /// The From header.
    pub from: Address,
    /// Who wrote it, as the decision saw it.
    pub writer: Option<Address>,
    /// The subject as written.
    pub subject: String,
    /// When it came.
    pub came_at: Timestamp,
    /// What became of it.
    pub disposition: Disposition,
    /// Why.
    pub reason: String,
    /// The account it belongs to.
    pub account: Option<String>,
    /// The conversation it joined: the id of that conversation's first mail.
    pub conversation: Option<i64>,
    /// The beginning of what it newly said.
    pub excerpt: String,
    /// What is broken about it.
    pub defects: Vec<String>,
}

/// All that is known of one mail, but its bytes.
#[derive(Debug, Clone, PartialEq)]
pub struct MailDetail {
    /// The mail.
    pub mail: MailLine,
    /// What the classifier said of it, if it was asked.
    pub findings: Option<MailFindings>,
    /// The numbers of its cases.
    pub cases: Vec<i64>,
}

/// A query for [`MailLine`]s, of the table `mail` under the name `m`.
fn select(rest: &str) -> AssertSqlSafe<String> {
    AssertSqlSafe(format!(
        "SELECT m.id, m.mailbox, m.place_key, m.from_name, m.from_address, m.writer_name, m.writer_address,
            m.subject, m.came_at, m.disposition, m.reason, m.account, m.conversation, m.excerpt, m.defects {rest}"
    ))
}

/// Of a mail that the mailbox did not give: its place is stored, and none of its bytes.
pub(super) const UNREAD: &str = "disposition IN ('set_aside', 'waiting') AND truncated AND EXISTS
    (SELECT 1 FROM mail_raw WHERE mail_raw.mail = mail.id AND packing = 0 AND LENGTH(mail_raw.bytes) = 0)";

impl Store {
    /// Which of these keys are not stored yet under this validity, in the order given. A mail that came
    /// without any bytes is not.
    pub async fn unknown_keys(
        &self,
        mailbox: &str,
        validity: u32,
        keys: Vec<String>,
    ) -> Result<Vec<String>, StoreError> {
        let mut session = self.read("looking up mails").await?;
        let given = format!("AND NOT ({UNREAD})");
        let stored = tally::stored(&mut session, mailbox, validity, &keys, &given).await?;
        Ok(keys.into_iter().filter(|key| !stored.contains(key)).collect())
    }

    /// The keys of mails of this mailbox and validity that came without any bytes, oldest first.
    pub async fn unread_keys(&self, mailbox: &str, validity: u32) -> Result<Vec<String>, StoreError> {
        let mut session = self.read("looking for mails that the mailbox did not give").await?;
        let sql = format!(
            "SELECT place_key FROM mail WHERE mailbox = $1 AND validity = $2 AND {UNREAD} ORDER BY id"
        );
        let rows = session.rows(AssertSqlSafe(sql), [mailbox.into(), i64::from(validity).into()]).await?;
        rows.iter().map(|row| row.get("place_key")).collect()
    }

    /// How the last five mails from each of these addresses ended ([`message::closing`]), oldest first.
    pub async fn closings(&self, addresses: &[&str]) -> Result<HashMap<String, Vec<String>>, StoreError> {
        let mut session = self.read("looking up how earlier mails ended").await?;
        let mut closings: HashMap<_, Vec<String>> = HashMap::new();
        for part in addresses.chunks(WRITERS) {
            let each = |number| {
                format!(
                    "SELECT * FROM (SELECT id, from_address, closing FROM mail WHERE from_address = ${number}
                    AND closing <> '' ORDER BY id DESC LIMIT {CLOSINGS}) AS of_{number}"
                )
            };
            let sql = (1..=part.len()).map(each).collect::<Vec<_>>().join(" UNION ALL ") + " ORDER BY id";
            for row in session.rows(AssertSqlSafe(sql), part.iter().map(|&address| address.into())).await? {
                closings.entry(row.get("from_address")?).or_default().push(row.get("closing")?);
            }
        }
        Ok(closings)
    }

    /// The mails of a disposition, oldest first.
    pub async fn mails(&self, disposition: Disposition) -> Result<Vec<MailLine>, StoreError> {
        let mut session = self.read("listing mails").await?;
        of_disposition(&mut session, disposition, i64::MAX).await
    }

    /// One mail, with what was found in it.
    pub async fn mail(&self, mail: i64) -> Result<Option<MailDetail>, StoreError> {
        let session = &mut self.read("showing a mail").await?;
        let Some(row) = session.row(select("FROM mail m WHERE m.id = $1"), [mail.into()]).await? else {
            return Ok(None);
        };
        let numbers = "SELECT case_number FROM case_mail WHERE mail = $1 ORDER BY case_number";
        let cases = session.rows(numbers, [mail.into()]).await?;
        Ok(Some(MailDetail {
            mail: line(&row)?,
            findings: finding::of_mail(session, mail).await?,
            cases: cases.iter().map(|row| row.get("case_number")).collect::<Result<_, _>>()?,
        }))
    }
}

/// Files a mail: what became of it, and why. A mail that joins no conversation begins one.
pub(super) async fn file(session: &mut Session, mail: i64, filing: &Filing) -> Result<(), StoreError> {
    let writer = filing.writer.as_ref();
    let values = [
        mail.into(),
        filing.disposition.key().into(),
        filing.reason.as_str().into(),
        filing.account.as_deref().into(),
        filing.conversation.unwrap_or(mail).into(),
        writer.map(|writer| writer.name.as_str()).into(),
        writer.map(|writer| writer.address.as_str()).into(),
    ];
    let sql =
        "UPDATE mail SET disposition = $2, reason = $3, account = $4, conversation = $5, writer_name = $6,
        writer_address = $7 WHERE id = $1";
    session.run(sql, values).await.map(drop)
}

/// The identifier that a mail bears, as it is looked up.
pub(super) fn own(message: &Message) -> Option<&str> {
    message.message_id.as_deref().map(|id| clip(id, LOOKED_UP)).filter(|id| !id.is_empty())
}

/// Whom a mail names as its recipients: addresses in lower case, with a space between.
pub(super) fn recipients(message: &Message) -> String {
    let named = message.to.iter().chain(&message.cc).take(RECIPIENTS);
    let addresses: Vec<_> = named.map(|to| clip(&to.address, LOOKED_UP).to_lowercase()).collect();
    addresses.join(" ")
}

/// The identifiers that a mail cites, the nearest first, each with the header that says it.
pub(super) fn cited(message: &Message) -> impl Iterator<Item = (&'static str, &str)> {
    let answers = message.in_reply_to.iter().map(|id| ("In-Reply-To", id));
    let references = message.references.iter().rev().map(|id| ("References", id));
    let clipped = answers.chain(references).map(|(header, id)| (header, clip(id, LOOKED_UP)));
    clipped.filter(|(_, id)| !id.is_empty()).take(REFERENCES)
}

/// The base subject as it is compared.
pub(super) fn subject_key(message: &Message) -> String {
    clip(&message.base_subject.to_lowercase(), LOOKED_UP).to_owned()
}

pub(super) async fn of_disposition(
    session: &mut Session,
    disposition: Disposition,
    most: i64,
) -> Result<Vec<MailLine>, StoreError> {
    let sql = select("FROM mail m WHERE m.disposition = $1 ORDER BY m.id LIMIT $2");
    session.rows(sql, [disposition.key().into(), most.into()]).await?.iter().map(line).collect()
}

/// The unmatched ones among the mails of these numbers.
pub(super) async fn unmatched(session: &mut Session, numbers: &[i64]) -> Result<Vec<MailLine>, StoreError> {
    let mut mails = Vec::new();
    for number in numbers {
        let sql = select("FROM mail m WHERE m.id = $1 AND m.disposition = $2");
        let row = session.row(sql, [(*number).into(), Disposition::Unmatched.key().into()]).await?;
        mails.extend(row.as_ref().map(line).transpose()?);
    }
    Ok(mails)
}

/// The mails of unknown senders that were stored since, oldest first.
pub(super) async fn unmatched_since(
    session: &mut Session,
    since: Timestamp,
) -> Result<Vec<Unmatched>, StoreError> {
    let sql = "SELECT id, from_name, from_address, writer_name, writer_address, subject, stored_at FROM mail
        WHERE disposition = 'unmatched' AND stored_at >= $1 ORDER BY +id";
    let rows = session.rows(sql, [since.into()]).await?;
    let mails = rows.iter().map(|row| {
        let from = Address { name: row.get("from_name")?, address: row.get("from_address")? };
        Ok(Unmatched {
            number: row.get("id")?,
            from: address(row, "writer_name", "writer_address")?.unwrap_or(from).to_string(),
            subject: row.get("subject")?,
            at: row.time("stored_at")?,
        })
    });
    mails.collect()
}

/// How many mails there are of a disposition.
pub(super) async fn count(session: &mut Session, disposition: Disposition) -> Result<u64, StoreError> {
    let sql = "SELECT COUNT(*) AS count FROM mail WHERE disposition = $1";
    session.row(sql, [disposition.key().into()]).await?.map_or(Ok(0), |row| row.small("count"))
}

pub(super) async fn of_case(session: &mut Session, number: i64) -> Result<Vec<MailLine>, StoreError> {
    let sql = select("FROM mail m JOIN case_mail c ON c.mail = m.id WHERE c.case_number = $1 ORDER BY m.id");
    session.rows(sql, [number.into()]).await?.iter().map(line).collect()
}

fn line(row: &Row) -> Result<MailLine, StoreError> {
    let defects: String = row.get("defects")?;
    Ok(MailLine {
        id: row.get("id")?,
        mailbox: row.get("mailbox")?,
        key: row.get("place_key")?,
        from: Address { name: row.get("from_name")?, address: row.get("from_address")? },
        writer: address(row, "writer_name", "writer_address")?,
        subject: row.get("subject")?,
        came_at: row.time("came_at")?,
        disposition: row.word("disposition", Disposition::from_key)?,
        reason: row.get("reason")?,
        account: row.get("account")?,
        conversation: row.get("conversation")?,
        excerpt: row.get("excerpt")?,
        defects: serde_json::from_str(&defects).map_err(|error| row.foreign("defects", error))?,
    })
}

/// A person of two columns, when there is one.
pub(super) fn address(row: &Row, name: &str, address: &str) -> Result<Option<Address>, StoreError> {
    let (name, address): (Option<String>, Option<String>) = (row.get(name)?, row.get(address)?);
    Ok(address.map(|address| Address { name: name.unwrap_or_default(), address }))
}
