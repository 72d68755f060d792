//! The keys of reply tokens, and the mails whose commands did not count.

use jiff::{SignedDuration, Timestamp};

use super::conversation::before;
use super::error::StoreError;
use super::session::{Row, Session};
use super::{Store, Tx, case, mail};
use crate::command::admit::Grounds;
use crate::command::apply::FOREIGN;
use crate::effect::{Disposition, Refused};
use crate::message::Message;
use crate::schedule::RefusedMail;
use crate::token::{Key, Keys, VALID};

/// How long a key is kept after the next one was made: its last tokens are good until the end of their last day.
const KEPT: SignedDuration = SignedDuration::from_hours(VALID.as_hours() + 24);

impl Store {
    /// The keys of reply tokens; none before the first start.
    pub async fn token_keys(&self) -> Result<Keys, StoreError> {
        keys(&mut self.read("reading the keys of reply tokens").await?).await
    }

    /// Keeps these bytes as the first key of reply tokens, where there is none yet.
    pub async fn first_token_key(&self, bytes: [u8; 32], now: Timestamp) -> Result<(), StoreError> {
        if !self.token_keys().await?.is_empty() {
            return Ok(());
        }
        let mut session = self.write("making the first key of reply tokens").await?;
        // Another process may have been quicker.
        if keys(&mut session).await?.is_empty() {
            add_key(&mut session, bytes, now).await?;
        }
        session.commit().await
    }

    /// Keeps these bytes as the newest key of reply tokens, and forgets the keys whose last tokens have expired.
    pub async fn new_token_key(&self, bytes: [u8; 32], now: Timestamp) -> Result<Keys, StoreError> {
        let mut session = self.write("making a new key of reply tokens").await?;
        let sql = "DELETE FROM token_key WHERE EXISTS
            (SELECT 1 FROM token_key newer WHERE newer.id > token_key.id AND newer.made_at < $1)";
        session.run(sql, [before(now, KEPT).into()]).await?;
        add_key(&mut session, bytes, now).await?;
        let keys = keys(&mut session).await?;
        session.commit().await?;
        Ok(keys)
    }
}

impl Tx {
    /// What bears on a stored mail with a token, which names this case; stays true until the commit.
    pub async fn grounds(
        &mut self,
        mail: i64,
        message: &Message,
        case: Option<i64>,
    ) -> Result<Grounds, StoreError> {
        let session = self.doing("looking up what bears on a mail with a token");
        Ok(Grounds {
            keys: keys(session).await?,
            case: match case {
                Some(number) => case::of_number(session, number).await?,
                None => None,
            },
            taken_before: taken_before(session, mail, message).await?,
        })
    }
}

async fn keys(session: &mut Session) -> Result<Keys, StoreError> {
    let rows = session.rows("SELECT id, bytes FROM token_key ORDER BY id", []).await?;
    rows.iter().map(key).collect::<Result<_, _>>().map(Keys::new)
}

fn key(row: &Row) -> Result<Key, StoreError> {
    let bytes: Vec<u8> = row.get("bytes")?;
    let length = bytes.len();
    let bytes =
        bytes.try_into().map_err(|_| row.foreign("bytes", format!("{length} bytes in place of 32")))?;
    Ok(Key { id: row.get("id")?, bytes })
}

async fn add_key(session: &mut Session, bytes: [u8; 32], now: Timestamp) -> Result<(), StoreError> {
    let sql = "INSERT INTO token_key (bytes, made_at) VALUES ($1, $2)";
    session.run(sql, [bytes.as_slice().into(), now.into()]).await.map(drop)
}

/// An owner's mail of the same Message-ID that was taken before. One that was refused gave no commands, but where only what
/// it says of others' cases was.
async fn taken_before(
    session: &mut Session,
    mail: i64,
    message: &Message,
) -> Result<Option<i64>, StoreError> {
    let Some(own) = mail::own(message) else { return Ok(None) };
    let sql = "SELECT m.id FROM mail_reference r CROSS JOIN mail m
        WHERE m.id = r.mail AND r.identifier = $1 AND r.bears = TRUE AND m.id <> $2 AND m.disposition = $3
            AND NOT EXISTS (SELECT 1 FROM refusal WHERE refusal.mail = m.id AND refusal.reason <> $4)
        ORDER BY m.id LIMIT 1";
    let values = [own.into(), mail.into(), Disposition::Owner.key().into(), FOREIGN.into()];
    let row = session.row(sql, values).await?;
    row.map(|row| row.get("id")).transpose()
}

/// Records that the commands of a mail did not count.
pub(super) async fn refuse(
    session: &mut Session,
    mail: i64,
    refused: &Refused,
    now: Timestamp,
) -> Result<(), StoreError> {
    let sql = "INSERT INTO refusal (mail, at, sender, reason, words) VALUES ($1, $2, $3, $4, $5)";
    let values =
        [mail.into(), now.into(), (&refused.sender).into(), refused.reason.into(), (&refused.words).into()];
    session.run(sql, values).await.map(drop)
}

/// The mails whose commands did not count since, oldest first.
pub(super) async fn refused_since(
    session: &mut Session,
    since: Timestamp,
) -> Result<Vec<RefusedMail>, StoreError> {
    let sql = "SELECT mail, at, sender, words FROM refusal WHERE at >= $1 ORDER BY +mail";
    let rows = session.rows(sql, [since.into()]).await?;
    let mails = rows.iter().map(|row| {
        Ok(RefusedMail {
            number: row.get("mail")?,
            sender: row.get("sender")?,
            words: row.get("words")?,
            at: row.time("at")?,
        })
    });
    mails.collect()
}

/// How many mails' commands did not count for which reason, by its name.
pub(super) async fn refused(session: &mut Session) -> Result<Vec<(String, u64)>, StoreError> {
    let sql = "SELECT reason, COUNT(*) AS count FROM refusal GROUP BY reason ORDER BY reason";
    let rows = session.rows(sql, []).await?;
    rows.iter().map(|row| Ok((row.get("reason")?, row.small("count")?))).collect()
}
