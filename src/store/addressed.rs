//! What bears on what an owner says: the cases that the mail speaks of, and the person's open ones.

use std::collections::BTreeSet;

use super::error::StoreError;
use super::session::Session;
use super::{Tx, case, draft, mail, meeting, offer};
use crate::case::{Case, Kind};
use crate::command::apply::{Addressed, AddressedCase, ClientMail, RaisedBy, UnmatchedMail, here, is_theirs};
use crate::command::{Spoken, Target};
use crate::directory::Directory;
use crate::effect::Disposition;
use crate::intake::Conversation;
use crate::message::Address;
use crate::token::About;

/// How many lines of a case's history are shown.
const HISTORY: usize = 3;
/// How many are looked at for something that was said before.
const RECENT: i64 = 40;
/// How many cases of one mail are looked up; nobody writes about more.
const CASES: usize = 100;

impl Tx {
    /// The cases that a mail of this person speaks of, with what bears on them; stays true until the commit.
    pub async fn addressed(
        &mut self,
        person: &Address,
        about: Option<About>,
        spoken: &Spoken,
        conversation: Option<&Conversation>,
        directory: &Directory,
    ) -> Result<Addressed, StoreError> {
        let session = self.doing("looking up the cases that a mail speaks of");
        let mut open = case::unfinished(session, None).await?;
        open.retain(|case| is_theirs(person, case, directory));
        let named = spoken.items.iter().filter_map(|item| match item.target {
            Target::Case(number) => Some(number),
            Target::Unmatched(_) | Target::Here => None,
        });
        let joined = conversation.iter().flat_map(|conversation| &conversation.cases).map(|case| case.number);
        let numbers: BTreeSet<i64> = here(about, &open).into_iter().chain(named).chain(joined).collect();
        let mut cases = Vec::new();
        for number in numbers.into_iter().take(CASES) {
            cases.extend(addressed(session, number).await?);
        }
        let unmatched = spoken.items.iter().filter_map(|item| match item.target {
            Target::Unmatched(number) => Some(number),
            Target::Case(_) | Target::Here => None,
        });
        let unmatched: Vec<i64> = unmatched.collect::<BTreeSet<_>>().into_iter().take(CASES).collect();
        let unmatched = mail::unmatched(session, &unmatched)
            .await?
            .into_iter()
            .map(|mail| UnmatchedMail { number: mail.id, from: mail.writer.unwrap_or(mail.from) });
        Ok(Addressed { cases, open, unmatched: unmatched.collect() })
    }
}

async fn addressed(session: &mut Session, number: i64) -> Result<Option<AddressedCase>, StoreError> {
    let Some(case) = case::of_number(session, number).await? else { return Ok(None) };
    let recent = case::last_entries(session, number, RECENT).await?;
    Ok(Some(AddressedCase {
        history: recent[recent.len().saturating_sub(HISTORY)..].to_vec(),
        recent,
        meeting: meeting::of_case(session, number).await?,
        drafts: draft::of_case(session, number).await?,
        raised_by: raised_by(session, &case).await?,
        offer: offer::of_cases(session, &[number]).await?.pop(),
        last_mail: last_mail(session, number).await?,
        case,
    }))
}

/// The client's mails that made or raised a case: those of it that were filed as the matter of a case. Beside its own
/// matter they have what people said of them, or else what their other cases are about.
async fn raised_by(session: &mut Session, case: &Case) -> Result<Vec<RaisedBy>, StoreError> {
    let sql = "SELECT c.mail, said.labels, k.kind FROM case_mail c JOIN mail m ON m.id = c.mail
        LEFT JOIN correction said ON said.mail = c.mail
        LEFT JOIN case_mail x ON x.mail = c.mail AND x.case_number <> c.case_number
        LEFT JOIN cases k ON k.number = x.case_number
        WHERE c.case_number = $1 AND m.disposition = $2 ORDER BY c.mail, k.number";
    let mut raised: Vec<RaisedBy> = Vec::new();
    for row in session.rows(sql, [case.number.into(), Disposition::Case.key().into()]).await? {
        let mail = row.get("mail")?;
        let (said, kind): (Option<String>, Option<String>) = (row.get("labels")?, row.get("kind")?);
        let kinds = said.or(kind).unwrap_or_default();
        let kinds = kinds.split_whitespace().filter_map(Kind::from_key);
        let kinds = kinds.filter(|kind| kind.matter() != case.kind.matter());
        match raised.last_mut().filter(|last| last.mail == mail) {
            Some(last) => last.other_kinds.extend(kinds),
            None => raised.push(RaisedBy { mail, other_kinds: kinds.collect() }),
        }
    }
    Ok(raised)
}

/// The client's last mail of a case.
pub(super) async fn last_mail(session: &mut Session, number: i64) -> Result<Option<ClientMail>, StoreError> {
    let sql = "SELECT m.from_address, m.writer_name, m.writer_address, m.subject, m.message_id, m.came_at, m.excerpt
        FROM case_mail c JOIN mail m ON m.id = c.mail
        WHERE c.case_number = $1 AND m.disposition IN ($2, $3) ORDER BY m.id DESC LIMIT 1";
    let values = [number.into(), Disposition::Case.key().into(), Disposition::Routine.key().into()];
    let Some(row) = session.row(sql, values).await? else { return Ok(None) };
    let Some(writer) = mail::address(&row, "writer_name", "writer_address")? else { return Ok(None) };
    let from: String = row.get("from_address")?;
    let message_id: Option<String> = row.get("message_id")?;
    Ok(Some(ClientMail {
        message_id: message_id.filter(|_| from == writer.address),
        subject: row.get("subject")?,
        at: row.time("came_at")?,
        excerpt: row.get("excerpt")?,
        writer,
    }))
}
