//! A person is forgotten: everything that names them goes, in one transaction, and the mails that they wrote are known
//! again by a keyed hash alone, so that they are not taken in a second time from a mailbox in which they still lie.

mod columns;
mod compact;
mod erase;
mod find;
mod letters;
mod rest;
mod walk;

use std::collections::{BTreeMap, BTreeSet, HashSet};

use hmac::{Hmac, KeyInit, Mac};
use jiff::Timestamp;
use sha2::Sha256;

pub use columns::{Holds, TABLES};
pub use compact::Compacted;
pub use find::About;
pub use rest::Remains;

use super::content::ContentHash;
use super::error::StoreError;
use super::session::Session;
use super::{Store, Tx, account};
use crate::effect::Disposition;
use crate::message::Person;

/// What is hashed, so that a hash of another sort can never pass for one of these.
const PURPOSE: &[u8] = b"pairdesk erased mail 1";

/// Whom to look for.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Wanted {
    /// Their addresses.
    pub addresses: Vec<String>,
    /// Names that they are known by, beside those that their mails bear.
    pub names: Vec<String>,
    /// Names that are not theirs, though their mails may bear them: the firm's, and those of its people.
    pub others: Vec<String>,
}

/// What an erasure took away.
#[derive(Debug, Clone)]
pub struct Erased {
    /// Who went.
    pub person: Person,
    /// How many mails they wrote: of each only its place, its dates and its numbers stay.
    pub mails: u64,
    /// Of how many mails of others the bytes went, since they name the person.
    pub raw_of_others: u64,
    /// The cases that were about their mails.
    pub cases: Vec<i64>,
    /// Those of them that were not finished, and are closed now.
    pub closed: Vec<i64>,
    /// How many letters of ours lost their text, since they went to the person or name them.
    pub letters: u64,
    /// How many of them had not gone out yet, and do not any more.
    pub withdrawn: u64,
    /// Of each table, how many rows were changed and how many went.
    pub rows: BTreeMap<&'static str, (u64, u64)>,
}

impl Erased {
    /// Whether nothing was held about them.
    pub fn nothing(&self) -> bool {
        self.rows.values().all(|rows| *rows == (0, 0))
    }

    fn changed(&mut self, table: &'static str, rows: u64) {
        self.rows.entry(table).or_default().0 += rows;
    }

    fn gone(&mut self, table: &'static str, rows: u64) {
        self.rows.entry(table).or_default().1 += rows;
    }
}

impl Tx {
    /// Forgets a person. `key` becomes the key of the hashes where there is none yet.
    ///
    /// # Errors
    /// Of kind [`super::ErrorKind::Other`] while mails wait to be read: what they say of the person is not known yet.
    pub async fn forget(
        &mut self,
        wanted: &Wanted,
        key: [u8; 32],
        now: Timestamp,
    ) -> Result<Erased, StoreError> {
        let session = self.doing("forgetting a person");
        walk::prepare(session).await?;
        nothing_waits(session).await?;
        let found = find::find(session, wanted).await?;
        let key = if let Some(key) = erasure_key(session).await? {
            key
        } else {
            session.run("INSERT INTO erasure_key (bytes) VALUES ($1)", [key.as_slice().into()]).await?;
            key.to_vec()
        };
        let erased = erase::erase(session, found, &key, now).await?;
        account::changed(session).await?;
        Ok(erased)
    }
}

/// Of mails that have just been stored, by number and content, those whose content was erased: only their places are kept,
/// so that they are accounted for, and nothing of them is read.
pub(super) async fn pass_over(
    session: &mut Session,
    mails: impl Iterator<Item = (i64, ContentHash)>,
) -> Result<HashSet<i64>, StoreError> {
    let mut passed = HashSet::new();
    let Some(key) = erasure_key(session).await? else { return Ok(passed) };
    for (mail, hash) in mails {
        let hash = keyed(&key, &hash);
        let sql = "UPDATE mail SET disposition = $3, content_hash = $2, reason = 'its content was forgotten'
            WHERE id = $1 AND EXISTS (SELECT 1 FROM erased_mail WHERE hash = $2)";
        let values = [mail.into(), hash.as_slice().into(), Disposition::Forgotten.key().into()];
        if session.run(sql, values).await? > 0 {
            passed.insert(mail);
        }
    }
    Ok(passed)
}

impl Store {
    /// What is held about a person.
    pub async fn about(&self, wanted: &Wanted) -> Result<About, StoreError> {
        let mut session = self.read("looking for a person").await?;
        walk::no_limit(&mut session).await?;
        nothing_waits(&mut session).await?;
        let found = find::find(&mut session, wanted).await?;
        find::about(&mut session, found).await
    }
}

/// What an erased mail is known by again.
fn keyed(key: &[u8], hash: &[u8]) -> Vec<u8> {
    let mut mac = Hmac::<Sha256>::new_from_slice(key).expect("HMAC takes a key of any length");
    mac.update(PURPOSE);
    mac.update(hash);
    mac.finalize().into_bytes().to_vec()
}

async fn erasure_key(session: &mut Session) -> Result<Option<Vec<u8>>, StoreError> {
    let row = session.row("SELECT bytes FROM erasure_key", []).await?;
    row.map(|row| row.get("bytes")).transpose()
}

async fn nothing_waits(session: &mut Session) -> Result<(), StoreError> {
    let sql = "SELECT COUNT(*) AS count FROM mail WHERE disposition = 'waiting'";
    let waiting: i64 = session.row(sql, []).await?.map_or(Ok(0), |row| row.get("count"))?;
    if waiting == 0 {
        return Ok(());
    }
    Err(session.refuse(format!(
        "{waiting} mails wait to be read, and nobody knows yet whom they name: let the daemon run until `pairdesk status` \
         says that none waits"
    )))
}

/// Whether a mail of this disposition is listed until somebody looks at it: an erased one is not.
fn is_listed(disposition: Disposition) -> bool {
    matches!(disposition, Disposition::Unmatched | Disposition::SetAside)
}

/// Words of names that are nobody's own.
fn common_words<'a>(names: impl IntoIterator<Item = &'a str>) -> BTreeSet<String> {
    let words = names.into_iter().flat_map(|name| name.split(|c: char| !c.is_alphanumeric()));
    words.filter(|word| !word.is_empty()).map(str::to_lowercase).collect()
}
