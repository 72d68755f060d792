//! Mails that have come: stored at once, and read afterwards.

use std::collections::{HashMap, HashSet};
use std::fmt::Write as _;

use jiff::Timestamp;
use sqlx::AssertSqlSafe;

use super::content::ContentHash;
use super::error::{ErrorKind, StoreError};
use super::raw::{self, Packed};
use super::session::{Session, Value, clip, places};
use super::{Store, Tx, forget, mail};
use crate::effect::Disposition;
use crate::message::{self, Arrival, Message, Place};

/// How many rows are written in one statement.
const ROWS: usize = 64;
/// Bytes of chunks that are written in one statement.
const CHUNK_BYTES: usize = 1 << 20;
/// How many bytes of the newly written text are kept for lists.
const EXCERPT: usize = 600;

/// A mail that has come, made ready to be stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Kept {
    /// Where it lies.
    pub place: Place,
    /// Its bytes.
    pub packed: Packed,
    /// The size in bytes that the mailbox says the mail has.
    pub full_size: u64,
    /// Whether that is more than was fetched.
    pub truncated: bool,
    /// When the mailbox got it, when it says so.
    pub received_at: Option<Timestamp>,
    /// Whether it lies in a folder of sent mail.
    pub sent_folder: bool,
    /// Whether the mailbox got it before it was first read.
    pub backlog: bool,
}

impl Kept {
    /// Packs what has come, which takes some 0.1 ms for a mail of 20 kB; `started_at` is when its folder was first read.
    pub fn all(arrivals: Vec<Arrival>, started_at: Timestamp) -> Vec<Self> {
        let mut compressor = raw::compressor();
        let kept = |arrival: Arrival| Self {
            truncated: arrival.truncated(),
            backlog: arrival.received_at.is_some_and(|at| at < started_at),
            packed: Packed::new(arrival.raw, &mut compressor),
            place: arrival.place,
            full_size: arrival.full_size,
            received_at: arrival.received_at,
            sent_folder: arrival.sent_folder,
        };
        arrivals.into_iter().map(kept).collect()
    }

    /// The same mail as if the mailbox had given none of its bytes: where the store refuses them.
    pub fn without_bytes(self) -> Arrival {
        let Self { place, full_size, received_at, sent_folder, .. } = self;
        Arrival { place, raw: Vec::new(), full_size: full_size.max(1), received_at, sent_folder }
    }

    /// Whether two lie in the same folder, under the same validity.
    fn is_beside(&self, other: &Self) -> bool {
        (&self.place.mailbox, self.place.validity) == (&other.place.mailbox, other.place.validity)
    }
}

/// A stored mail that waits to be read.
#[derive(Debug)]
pub struct Waiting {
    /// Its number.
    pub mail: i64,
    /// The mailbox and folder it lies in.
    pub mailbox: String,
    /// Its bytes, or why there are none. The mailbox may have given none: then they are empty.
    pub raw: Result<Vec<u8>, StoreError>,
    /// The size in bytes that the mailbox says the mail has.
    pub full_size: u64,
    /// Whether it lies in a folder of sent mail.
    pub sent_folder: bool,
    /// Whether the mailbox got it before it was first read.
    pub backlog: bool,
}

impl Tx {
    /// Stores mails by their places, with their bytes; they wait to be read. Gives the number of each, or none where its
    /// place is stored already. A mail that came without any bytes before makes way.
    pub async fn keep(&mut self, mails: &[Kept], now: Timestamp) -> Result<Vec<Option<i64>>, StoreError> {
        let session = self.doing("storing mails");
        let mut numbers = Vec::new();
        for mails in mails.chunk_by(Kept::is_beside).flat_map(|mails| mails.chunks(ROWS)) {
            make_way(session, mails).await?;
            let mut stored = insert(session, mails, now).await?;
            let given: Vec<_> = mails.iter().map(|mail| stored.remove(mail.place.key.as_str())).collect();
            let new = mails.iter().zip(&given).filter_map(|(mail, number)| Some((mail, (*number)?)));
            let mut new: Vec<_> = new.collect();
            let hashes = new.iter().map(|(mail, number)| (*number, mail.packed.hash));
            let forgotten = forget::pass_over(session, hashes).await?;
            new.retain(|(_, number)| !forgotten.contains(number));
            insert_bytes(session, &new).await?;
            numbers.extend(given);
        }
        Ok(numbers)
    }

    /// Stores a mail that is read already. It waits until [`Tx::perform`] files it. Gives the mail's number, or none when
    /// its place is stored already.
    pub async fn put_mail(
        &mut self,
        arrival: &Arrival,
        message: &Message,
        content_hash: &ContentHash,
        now: Timestamp,
    ) -> Result<Option<i64>, StoreError> {
        let mut kept = Kept::all(vec![arrival.clone()], Timestamp::MIN).remove(0);
        kept.packed.hash = *content_hash;
        let Some(mail) = self.keep(&[kept], now).await?.swap_remove(0) else { return Ok(None) };
        self.understood(mail, message, now).await?;
        Ok(Some(mail))
    }

    /// Stores a mail that will not be read. Gives its number, or none when this place is stored already.
    pub async fn set_aside(
        &mut self,
        arrival: &Arrival,
        reason: &str,
        now: Timestamp,
    ) -> Result<Option<i64>, StoreError> {
        let kept = Kept::all(vec![arrival.clone()], Timestamp::MIN).remove(0);
        let Some(mail) = self.keep(&[kept], now).await?.swap_remove(0) else { return Ok(None) };
        self.give_up_reading(mail, reason, now).await?;
        Ok(Some(mail))
    }

    /// Those of these mails that still wait to be read; stays true until the commit.
    pub async fn still_waiting(&mut self, mails: &[i64]) -> Result<HashSet<i64>, StoreError> {
        let session = self.doing("looking which mails still wait");
        let mut waiting = HashSet::new();
        for mails in mails.chunks(ROWS) {
            let sql =
                format!("SELECT id FROM mail WHERE disposition = $1 AND id IN {}", places(1, 1, mails.len()));
            let numbers = mails.iter().map(|&mail| mail.into());
            let values = std::iter::once(Value::from(Disposition::Waiting.key())).chain(numbers);
            for row in session.rows(AssertSqlSafe(sql), values).await? {
                waiting.insert(row.get("id")?);
            }
        }
        Ok(waiting)
    }

    /// Writes down what a waiting mail says.
    pub async fn understood(
        &mut self,
        mail: i64,
        message: &Message,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        let session = self.doing("writing down what a mail says");
        let from = message.from.clone().unwrap_or_default();
        let base_subject = mail::subject_key(message);
        let closing = message::closing(message);
        let defects = serde_json::to_string(&message.defects).unwrap_or_else(|_| "[]".to_owned());
        let sql = "UPDATE mail SET stored_at = $2, message_id = $3, from_name = $4, from_address = $5, subject = $6,
                base_subject = $7, excerpt = $8, defects = $9, recipients = $10, closing = $11
            WHERE id = $1";
        let values = [
            mail.into(),
            now.into(),
            mail::own(message).into(),
            from.name.as_str().into(),
            from.address.as_str().into(),
            message.subject.as_str().into(),
            base_subject.as_str().into(),
            clip(&message.reply, EXCERPT).into(),
            defects.as_str().into(),
            mail::recipients(message).into(),
            closing.as_str().into(),
        ];
        session.run(sql, values).await?;
        let mut identifiers: Vec<(&str, bool)> = Vec::new();
        if let Some(own) = mail::own(message) {
            identifiers.push((own, true));
        }
        for (_, cited) in mail::cited(message) {
            if identifiers.iter().all(|(identifier, _)| *identifier != cited) {
                identifiers.push((cited, false));
            }
        }
        if identifiers.is_empty() {
            return Ok(());
        }
        let sql = format!(
            "INSERT INTO mail_reference (identifier, mail, bears) VALUES {} ON CONFLICT DO NOTHING",
            places(0, identifiers.len(), 3)
        );
        let values = identifiers
            .iter()
            .flat_map(|&(identifier, bears)| [identifier.into(), mail.into(), bears.into()]);
        session.run(AssertSqlSafe(sql), values).await.map(drop)
    }

    /// Sets a waiting mail aside, with the reason.
    pub async fn give_up_reading(
        &mut self,
        mail: i64,
        reason: &str,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        let session = self.doing("setting a mail aside");
        let sql = "UPDATE mail SET disposition = $2, reason = $3, stored_at = $4 WHERE id = $1";
        let values = [mail.into(), Disposition::SetAside.key().into(), reason.into(), now.into()];
        session.run(sql, values).await.map(drop)
    }
}

impl Store {
    /// The mails that wait to be read, in the order of their numbers: at most so many, and as many bytes as that unless
    /// the first alone is larger.
    pub async fn to_read(&self, most_mails: u32, most_bytes: u64) -> Result<Vec<Waiting>, StoreError> {
        let mut session = self.read("looking for mails to read").await?;
        let sql = "SELECT id, mailbox, full_size, sent_folder, backlog FROM mail WHERE disposition = $1
            ORDER BY id LIMIT $2";
        let values = [Disposition::Waiting.key().into(), i64::from(most_mails).into()];
        let mut waiting = Vec::new();
        let mut bytes = 0;
        for row in session.rows(sql, values).await? {
            let mail = row.get("id")?;
            let raw = match raw::load(&mut session, mail).await {
                Ok(raw) => Ok(raw.unwrap_or_default()),
                Err(error) if error.kind == ErrorKind::Data => Err(error),
                Err(error) => return Err(error),
            };
            bytes += raw.as_ref().map_or(0, Vec::len) as u64;
            if bytes > most_bytes && !waiting.is_empty() {
                break;
            }
            waiting.push(Waiting {
                mail,
                mailbox: row.get("mailbox")?,
                raw,
                full_size: row.small("full_size")?,
                sent_folder: row.get("sent_folder")?,
                backlog: row.get("backlog")?,
            });
        }
        Ok(waiting)
    }

    /// How many mails wait to be read.
    pub async fn left_to_read(&self) -> Result<u64, StoreError> {
        mail::count(&mut self.read("counting the mails to read").await?, Disposition::Waiting).await
    }

    /// The number of the newest stored mail, or 0.
    pub async fn newest_mail(&self) -> Result<i64, StoreError> {
        let mut session = self.read("looking for the newest mail").await?;
        let row = session.row("SELECT MAX(id) AS id FROM mail", []).await?;
        let newest: Option<i64> = row.map(|row| row.get("id")).transpose()?.flatten();
        Ok(newest.unwrap_or(0))
    }

    /// Whether no mail up to this number waits to be read.
    pub async fn is_read_up_to(&self, mail: i64) -> Result<bool, StoreError> {
        let mut session = self.read("looking whether mails wait").await?;
        let sql = "SELECT 1 AS one FROM mail WHERE disposition = $1 AND id <= $2 LIMIT 1";
        Ok(session.row(sql, [Disposition::Waiting.key().into(), mail.into()]).await?.is_none())
    }
}

/// Removes what came from these places without any bytes before, where there are some now. All are of one folder.
async fn make_way(session: &mut Session, mails: &[Kept]) -> Result<(), StoreError> {
    let given: Vec<_> = mails.iter().filter(|mail| mail.packed.holds_any()).collect();
    let Some(first) = given.first() else { return Ok(()) };
    let (keys, unread) = (places(2, 1, given.len()), mail::UNREAD);
    let sql =
        format!("DELETE FROM mail WHERE mailbox = $1 AND validity = $2 AND place_key IN {keys} AND {unread}");
    let values = folder(first).into_iter().chain(given.iter().map(|mail| (&mail.place.key).into()));
    session.run(AssertSqlSafe(sql), values).await.map(drop)
}

/// The first two values of a statement about mails of one folder.
fn folder(mail: &Kept) -> [Value<'_>; 2] {
    [(&mail.place.mailbox).into(), i64::from(mail.place.validity).into()]
}

/// Inserts the rows of mails of one folder; gives the numbers of those that are new, by their keys.
async fn insert(
    session: &mut Session,
    mails: &[Kept],
    now: Timestamp,
) -> Result<HashMap<String, i64>, StoreError> {
    const BEFORE: usize = 3;
    const COLUMNS: usize = 8;
    let Some(first) = mails.first() else { return Ok(HashMap::new()) };
    let mut sql = "INSERT INTO mail (mailbox, validity, stored_at, place_key, content_hash, received_at, came_at, full_size,
            truncated, sent_folder, backlog, disposition, reason, from_name, from_address, subject, base_subject, excerpt,
            closing, defects) VALUES "
        .to_owned();
    let waiting = Disposition::Waiting.key();
    for row in 0..mails.len() {
        let _ = write!(sql, "{}($1, $2, $3, ", if row == 0 { "" } else { ", " });
        for place in 1..=COLUMNS {
            let _ = write!(sql, "${}, ", BEFORE + row * COLUMNS + place);
        }
        let _ = write!(sql, "'{waiting}', 'waits to be read', '', '', '', '', '', '', '[]')");
    }
    sql.push_str(" ON CONFLICT (mailbox, validity, place_key) DO NOTHING RETURNING id, place_key");
    let each = mails.iter().flat_map(|mail| {
        [
            (&mail.place.key).into(),
            mail.packed.hash.as_slice().into(),
            mail.received_at.into(),
            mail.received_at.unwrap_or(now).into(),
            i64::try_from(mail.full_size).unwrap_or(i64::MAX).into(),
            mail.truncated.into(),
            mail.sent_folder.into(),
            mail.backlog.into(),
        ]
    });
    let values = folder(first).into_iter().chain([now.into()]).chain(each);
    let rows = session.rows(AssertSqlSafe(sql), values).await?;
    rows.iter().map(|row| Ok((row.get("place_key")?, row.get("id")?))).collect()
}

async fn insert_bytes(session: &mut Session, mails: &[(&Kept, i64)]) -> Result<(), StoreError> {
    if mails.is_empty() {
        return Ok(());
    }
    let sql = format!("INSERT INTO mail_raw (mail, packing, bytes) VALUES {}", places(0, mails.len(), 3));
    let values = mails.iter().flat_map(|(kept, mail)| {
        [(*mail).into(), kept.packed.packing.into(), kept.packed.bytes.as_slice().into()]
    });
    session.run(AssertSqlSafe(sql), values).await?;
    for (kept, mail) in mails {
        insert_chunks(session, *mail, &kept.packed).await?;
    }
    Ok(())
}

async fn insert_chunks(session: &mut Session, mail: i64, packed: &Packed) -> Result<(), StoreError> {
    let mut left = packed.chunks.as_slice();
    let mut positions = 0_i64..;
    while !left.is_empty() {
        let mut bytes = 0;
        let fitting = left.iter().take(ROWS).take_while(|chunk| {
            bytes += chunk.bytes.len();
            bytes <= CHUNK_BYTES
        });
        let (part, rest) = left.split_at(fitting.count().max(1));
        left = rest;
        let sql = format!(
            "INSERT INTO chunk (hash, bytes) VALUES {} ON CONFLICT (hash) DO NOTHING",
            places(0, part.len(), 2)
        );
        let values =
            part.iter().flat_map(|chunk| [chunk.hash.as_slice().into(), chunk.bytes.as_slice().into()]);
        session.run(AssertSqlSafe(sql), values).await?;
        let sql =
            format!("INSERT INTO mail_chunk (mail, position, chunk) VALUES {}", places(0, part.len(), 3));
        let placed = part.iter().zip(positions.by_ref());
        let values =
            placed.flat_map(|(chunk, position)| [mail.into(), position.into(), chunk.hash.as_slice().into()]);
        session.run(AssertSqlSafe(sql), values).await?;
    }
    Ok(())
}
