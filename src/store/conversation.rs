//! What is known that bears on one mail: above all which conversation it joins.

use jiff::{SignedDuration, Timestamp};

use super::error::StoreError;
use super::session::{Row, Session};
use super::{Tx, case, clock, follow_up, gathered, mail, meeting, offer};
use crate::case::Entry;
use crate::command::admit::Grounds;
use crate::command::apply::Addressed;
use crate::effect::Disposition;
use crate::intake::{ANSWERED, Conversation, Duplicate, Known, PastMail, Sender};
use crate::message::{Address, Message};

/// How long a subject joins, and how far back complaints count.
const THIRTY_DAYS: SignedDuration = SignedDuration::from_hours(30 * 24);

/// How many of the conversation's last mails are shown.
const LAST_MAILS: i64 = 3;

impl Tx {
    /// What bears on a stored mail; stays true until the commit. A mail joins the conversation of what it answers
    /// (In-Reply-To, then References from the newest: stored mails, our own outgoing mails, other answers to the
    /// same); else that of an answer to it that came before it; a reply of a known account for which nothing of this
    /// is known joins that account's newest conversation of the same base subject within thirty days.
    pub async fn known(
        &mut self,
        mail: i64,
        message: &Message,
        sender: &Sender<'_>,
        now: Timestamp,
    ) -> Result<Known, StoreError> {
        let session = self.doing("looking up what bears on a mail");
        let joined = match by_reference(session, mail, message).await? {
            Some(joined) => Some(joined),
            None => by_subject(session, mail, message, sender).await?,
        };
        let conversation = match joined {
            Some((id, joined_by)) => Some(conversation(session, mail, id, joined_by).await?),
            None => None,
        };
        let cases = conversation.iter().flat_map(|conversation| &conversation.cases);
        let cases: Vec<i64> = cases.map(|case| case.number).collect();
        let meeting = meeting::of_answer(session, message.calendar.as_ref()).await?;
        Ok(Known {
            mail,
            meeting_case: match &meeting {
                Some(meeting) => case::of_number(session, meeting.case).await?.map(Box::new),
                None => None,
            },
            meeting,
            offers: offer::of_cases(session, &cases).await?,
            next_case: case::next_number(session).await?,
            duplicate_of: duplicate_of(session, mail).await?,
            forward_of: forward_of(session, mail, message, sender, now).await?,
            recent_complaints: match sender.account {
                Some(account) => recent_complaints(session, &account.key, now).await?,
                None => 0,
            },
            recent_mild: match sender.account {
                Some(account) => recent_mild(session, &account.key, now).await?,
                None => 0,
            },
            alerted: match sender.account {
                Some(account) => clock::alerted(session, Some(&account.key), now).await?,
                None => Vec::new(),
            },
            alerts_this_week: match sender.manager {
                Some(manager) => alerts_this_week(session, &manager.address, now).await?,
                None => 0,
            },
            told_this_hour: match sender.account {
                Some(account) => gathered::told_this_hour(session, &account.key, now).await?,
                None => 0,
            },
            account_acknowledgements_today: match sender.account {
                Some(account) => gathered::acknowledgements_today(session, &account.key, now).await?,
                None => 0,
            },
            same_words_today: match sender.account {
                Some(_) => 0,
                None => gathered::same_words_today(session, mail, now).await?,
            },
            ours: gathered::is_ours(session, message).await?,
            last_acknowledged: match &conversation {
                Some(conversation) => last_acknowledged(session, conversation.id).await?,
                None => None,
            },
            acknowledgements_today: match &sender.writer {
                Some(writer) => acknowledgements_today(session, &writer.address, now).await?,
                None => 0,
            },
            answered_at: answered_at(session, mail, message, sender).await?,
            asked: match &conversation {
                Some(conversation) => follow_up::asked(session, conversation.id).await?,
                None => Vec::new(),
            },
            letter_to: match &message.automatic {
                Some(_) => letter_to(session, message).await?,
                None => None,
            },
            conversation,
            grounds: Grounds::default(),
            addressed: Addressed::default(),
        })
    }
}

/// The ways in which an identifier can be known, the surest first: as the column of the answer, and in words.
const WAYS: [(&str, &str); 3] =
    [("borne", ""), ("ours", ", an answer to our own mail"), ("cited", ", another answer to the same mail")];

async fn by_reference(
    session: &mut Session,
    mail: i64,
    message: &Message,
) -> Result<Option<(i64, String)>, StoreError> {
    let sql = "SELECT
        (SELECT m.conversation FROM mail_reference r JOIN mail m ON m.id = r.mail
            WHERE r.identifier = $1 AND r.bears = TRUE AND r.mail <> $2 AND m.conversation IS NOT NULL
            ORDER BY r.mail LIMIT 1) AS borne,
        (SELECT conversation FROM outbox WHERE message_id = $1) AS ours,
        (SELECT m.conversation FROM mail_reference r JOIN mail m ON m.id = r.mail
            WHERE r.identifier = $1 AND r.bears = FALSE AND r.mail <> $2 AND m.conversation IS NOT NULL
            ORDER BY r.mail LIMIT 1) AS cited";
    for (header, identifier) in mail::cited(message) {
        let row = session.row(sql, [identifier.into(), mail.into()]).await?;
        for (column, words) in WAYS {
            if let Some(id) = row.as_ref().map(|row| row.get(column)).transpose()?.flatten() {
                return Ok(Some((id, format!("{header}{words}"))));
            }
        }
    }
    // Folders are read beside each other, so an answer may be stored before what it answers.
    let Some(own) = mail::own(message) else { return Ok(None) };
    let row = session.row(sql, [own.into(), mail.into()]).await?;
    let id: Option<i64> = row.map(|row| row.get("cited")).transpose()?.flatten();
    Ok(id.map(|id| (id, "an answer to it that came first".to_owned())))
}

/// To whom the nearest mail of ours went that this one cites.
async fn letter_to(session: &mut Session, message: &Message) -> Result<Option<String>, StoreError> {
    for (_, identifier) in mail::cited(message) {
        let sql = "SELECT envelope_to FROM outbox WHERE message_id = $1";
        if let Some(row) = session.row(sql, [identifier.into()]).await? {
            return row.get("envelope_to").map(Some);
        }
    }
    Ok(None)
}

/// When the first answer of an owner to this mail came, among the mails stored before it. A note to us or to a
/// colleague is no answer: it must have gone to the account.
async fn answered_at(
    session: &mut Session,
    mail: i64,
    message: &Message,
    sender: &Sender<'_>,
) -> Result<Option<Timestamp>, StoreError> {
    let (Some(own), Some(account)) = (mail::own(message), sender.account) else {
        return Ok(None);
    };
    let sql = "SELECT m.came_at, m.recipients FROM mail_reference r JOIN mail m ON m.id = r.mail
        WHERE r.identifier = $1 AND r.bears = FALSE AND r.mail <> $2 AND m.disposition = $3
        ORDER BY m.came_at, m.id";
    for row in session.rows(sql, [own.into(), mail.into(), Disposition::Owner.key().into()]).await? {
        let recipients: String = row.get("recipients")?;
        if recipients.split(' ').any(|recipient| account.has(recipient)) {
            return row.time("came_at").map(Some);
        }
    }
    Ok(None)
}

async fn by_subject(
    session: &mut Session,
    mail: i64,
    message: &Message,
    sender: &Sender<'_>,
) -> Result<Option<(i64, String)>, StoreError> {
    let subject = mail::subject_key(message);
    let Some(account) = sender.account.filter(|_| message.subject_is_reply && !subject.is_empty()) else {
        return Ok(None);
    };
    let sql = "SELECT o.conversation FROM mail o, mail n
        WHERE n.id = $1 AND o.id <> n.id AND o.account = $2 AND o.base_subject = $3 AND o.conversation IS NOT NULL
            AND o.came_at >= n.came_at - $4
        ORDER BY o.came_at DESC, o.id DESC LIMIT 1";
    let window = i64::try_from(THIRTY_DAYS.as_millis()).unwrap_or(i64::MAX);
    let row =
        session.row(sql, [mail.into(), (&account.key).into(), (&subject).into(), window.into()]).await?;
    row.map(|row| Ok((row.get("conversation")?, "subject within thirty days".to_owned()))).transpose()
}

async fn conversation(
    session: &mut Session,
    mail: i64,
    id: i64,
    joined_by: String,
) -> Result<Conversation, StoreError> {
    let first = session.row("SELECT account FROM mail WHERE id = $1", [id.into()]).await?;
    // What an owner wrote to us stands in the history as what they did.
    let sql =
        "SELECT from_name, from_address, writer_name, writer_address, came_at, disposition, excerpt FROM mail m
        WHERE conversation = $1 AND id <> $2 AND disposition <> $3
            AND NOT (disposition = $4 AND EXISTS
                (SELECT 1 FROM case_entry e WHERE e.mail = m.id AND e.what <> $5))
        ORDER BY id DESC LIMIT $6";
    let (duplicate, owner) = (Disposition::Duplicate.key(), Disposition::Owner.key());
    let values = [id.into(), mail.into(), duplicate.into(), owner.into(), ANSWERED.into(), LAST_MAILS.into()];
    let rows = session.rows(sql, values).await?;
    let last_mails = rows.iter().rev().map(|row| {
        let from = Address { name: row.get("from_name")?, address: row.get("from_address")? };
        Ok(PastMail {
            from: mail::address(row, "writer_name", "writer_address")?.unwrap_or(from).to_string(),
            at: row.time("came_at")?,
            disposition: row.word("disposition", Disposition::from_key)?,
            excerpt: row.get("excerpt")?,
        })
    });
    Ok(Conversation {
        id,
        joined_by,
        account: first.map(|row| row.get("account")).transpose()?.flatten(),
        last_mails: last_mails.collect::<Result<_, StoreError>>()?,
        cases: case::of_conversation(session, id).await?,
        last_done: last_done(session, id).await?,
    })
}

/// What owners last did about the cases of a conversation by mail to us, oldest first.
async fn last_done(session: &mut Session, conversation: i64) -> Result<Vec<Entry>, StoreError> {
    let sql = "SELECT MAX(e.id) AS id, e.at, e.who, e.what FROM case_entry e
        JOIN cases c ON c.number = e.case_number JOIN mail m ON m.id = e.mail
        WHERE c.conversation = $1 AND m.disposition = $2 AND e.what <> $3
        GROUP BY e.at, e.who, e.what ORDER BY MAX(e.id) DESC LIMIT $4";
    let values = [conversation.into(), Disposition::Owner.key().into(), ANSWERED.into(), LAST_MAILS.into()];
    let rows = session.rows(sql, values).await?;
    let entry = |row: &Row| {
        Ok(Entry { at: row.time("at")?, who: row.get("who")?, what: row.get("what")?, why: String::new() })
    };
    rows.iter().rev().map(entry).collect()
}

/// The stored mail that an owner's forward holds, by its writer and what it is about.
async fn forward_of(
    session: &mut Session,
    mail: i64,
    message: &Message,
    sender: &Sender<'_>,
    now: Timestamp,
) -> Result<Option<i64>, StoreError> {
    let (Some(writer), Some(account), true) = (&sender.writer, sender.account, sender.forwarded) else {
        return Ok(None);
    };
    let sql =
        "SELECT id FROM mail WHERE from_address = $1 AND base_subject = $2 AND id <> $3 AND came_at > $4
            AND account = $5
        ORDER BY id DESC LIMIT 1";
    let subject = mail::subject_key(message);
    let values = [
        (&writer.address).into(),
        (&subject).into(),
        mail.into(),
        before(now, THIRTY_DAYS).into(),
        (&account.key).into(),
    ];
    session.row(sql, values).await?.map(|row| row.get("id")).transpose()
}

async fn duplicate_of(session: &mut Session, mail: i64) -> Result<Option<Duplicate>, StoreError> {
    let sql = "SELECT o.id, o.mailbox, o.place_key, o.disposition FROM mail o JOIN mail n ON n.content_hash = o.content_hash
        WHERE n.id = $1 AND o.id <> n.id AND o.disposition <> 'waiting' AND o.disposition <> $2 ORDER BY o.id LIMIT 1";
    let row = session.row(sql, [mail.into(), Disposition::SetAside.key().into()]).await?;
    row.map(|row| {
        let (mailbox, key): (String, String) = (row.get("mailbox")?, row.get("place_key")?);
        Ok(Duplicate {
            mail: row.get("id")?,
            place: format!("{mailbox}/{key}"),
            disposition: row.word("disposition", Disposition::from_key)?,
        })
    })
    .transpose()
}

async fn recent_complaints(session: &mut Session, account: &str, now: Timestamp) -> Result<u32, StoreError> {
    let sql = "SELECT COUNT(*) AS count FROM cases
        WHERE account = $1 AND kind = 'complaint' AND severity >= 2 AND opened_at > $2";
    let since = before(now, THIRTY_DAYS);
    session.row(sql, [account.into(), since.into()]).await?.map_or(Ok(0), |row| row.small("count"))
}

async fn recent_mild(session: &mut Session, account: &str, now: Timestamp) -> Result<u32, StoreError> {
    let sql = "SELECT COUNT(*) AS count FROM cases
        WHERE account = $1 AND kind = 'complaint' AND severity = 1 AND opened_at > $2";
    let since = before(now, THIRTY_DAYS);
    session.row(sql, [account.into(), since.into()]).await?.map_or(Ok(0), |row| row.small("count"))
}

async fn alerts_this_week(session: &mut Session, manager: &str, now: Timestamp) -> Result<u32, StoreError> {
    let sql = "SELECT COUNT(*) AS count FROM outbox
        WHERE envelope_to = $1 AND sort = 'alert' AND state <> 'failed' AND written_at > $2";
    let since = before(now, SignedDuration::from_hours(7 * 24));
    session.row(sql, [manager.into(), since.into()]).await?.map_or(Ok(0), |row| row.small("count"))
}

async fn last_acknowledged(
    session: &mut Session,
    conversation: i64,
) -> Result<Option<Timestamp>, StoreError> {
    let sql = "SELECT MAX(written_at) AS at FROM outbox
        WHERE conversation = $1 AND sort = 'received' AND state <> 'failed'";
    session.row(sql, [conversation.into()]).await?.map_or(Ok(None), |row| row.time_if("at"))
}

async fn acknowledgements_today(
    session: &mut Session,
    address: &str,
    now: Timestamp,
) -> Result<u32, StoreError> {
    let sql = "SELECT COUNT(*) AS count FROM outbox
        WHERE envelope_to = $1 AND sort = 'received' AND state <> 'failed' AND written_at > $2";
    let since = before(now, SignedDuration::from_hours(24));
    session.row(sql, [address.into(), since.into()]).await?.map_or(Ok(0), |row| row.small("count"))
}

/// An instant so long ago, or the earliest there is.
pub(super) fn before(now: Timestamp, span: SignedDuration) -> Timestamp {
    now.saturating_sub(span).unwrap_or(Timestamp::MIN)
}
