//! The proof: what is left of a person in all rows, whatever the table, and in the bytes of the files.

use std::collections::BTreeSet;
use std::io::Read;
use std::path::{Path, PathBuf};

use sqlx::AssertSqlSafe;

use super::walk;
use crate::message::{Person, Where, texts};
use crate::store::db::Db;
use crate::store::error::StoreError;
use crate::store::session::{Row, Session};
use crate::store::{Store, raw};

/// How much of a file is searched at once, and how much of it once more with the next.
const BLOCK: usize = 1 << 20;
const OVERLAP: usize = 4 << 10;

/// What was searched, and where the person was found.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Remains {
    /// How many tables were searched.
    pub tables: u64,
    /// How many rows.
    pub rows: u64,
    /// How many mails and letters were unpacked and decoded.
    pub mails: u64,
    /// The files whose bytes were searched, with their sizes.
    pub files: Vec<(PathBuf, u64)>,
    /// Where they were found: a table and column, a mail, or a file.
    pub found: BTreeSet<String>,
}

impl Store {
    /// Searches all that is left for the person's addresses and full names: every column of every table, every mail
    /// unpacked and decoded, what the database remembers of columns, and on SQLite the bytes of its files.
    pub async fn remains(&self, person: &Person) -> Result<Remains, StoreError> {
        let mut remains = Remains::default();
        let mut longer = BTreeSet::new();
        let mut session = self.read("searching what is left").await?;
        walk::no_limit(&mut session).await?;
        for listed in walk::listed(&mut session).await? {
            remains.tables += 1;
            columns(&mut session, person, &listed, &mut remains, &mut longer).await?;
            bytes(&mut session, person, &listed, &mut remains).await?;
        }
        mails(&mut session, person, &mut remains).await?;
        if !session.is_lite() {
            statistics(&mut session, person, &mut remains).await?;
        }
        drop(session);
        if let Db::Lite { writer, .. } = &self.db {
            let database = writer.connect_options().get_filename().to_owned();
            files(person, &database, &longer, &mut remains)?;
        }
        Ok(remains)
    }
}

async fn columns(
    session: &mut Session,
    person: &Person,
    listed: &walk::Listed,
    remains: &mut Remains,
    longer: &mut BTreeSet<String>,
) -> Result<(), StoreError> {
    let columns = listed.texts();
    let take = |step: walk::Step| {
        remains.rows += 1;
        for (column, text) in columns.iter().zip(&step.texts) {
            let Some(text) = text else { continue };
            longer.extend(person.longer(text));
            if person.stands_in(text, Where::Elsewhere) {
                remains.found.insert(format!("{}.{column}", listed.table));
            }
        }
        Ok(())
    };
    walk::through(session, &listed.table, &columns, take).await
}

/// Bytes as they lie: whatever they are, a text in them is seen. Mails are decoded apart.
async fn bytes(
    session: &mut Session,
    person: &Person,
    listed: &walk::Listed,
    remains: &mut Remains,
) -> Result<(), StoreError> {
    for column in listed.bytes() {
        let letters = listed.table == "outbox";
        let sql = format!("SELECT {} AS bytes FROM {}", walk::quoted(column), walk::quoted(&listed.table));
        let take = |row: &Row| {
            let Some(bytes) = row.get::<Option<Vec<u8>>>("bytes")? else { return Ok(()) };
            let lies = person.stands_in(&String::from_utf8_lossy(&bytes), Where::Elsewhere);
            let said =
                letters && !bytes.is_empty() && person.stands_in_mail(&texts(&bytes), Where::Elsewhere);
            remains.mails += u64::from(letters && !bytes.is_empty());
            if lies || said {
                remains.found.insert(format!("{}.{column}", listed.table));
            }
            Ok(())
        };
        walk::each(session, AssertSqlSafe(sql), take).await?;
    }
    Ok(())
}

async fn mails(session: &mut Session, person: &Person, remains: &mut Remains) -> Result<(), StoreError> {
    let mut kept: Vec<i64> = Vec::new();
    let each = |row: &Row| {
        kept.push(row.get("mail")?);
        Ok(())
    };
    walk::each(session, "SELECT mail FROM mail_raw ORDER BY mail", each).await?;
    for id in kept {
        let Some(bytes) = raw::load(session, id).await? else { continue };
        remains.mails += 1;
        if person.stands_in_mail(&texts(&bytes), Where::Elsewhere) {
            remains.found.insert(format!("the bytes of mail {id}"));
        }
    }
    Ok(())
}

/// What PostgreSQL remembers of columns to plan queries by: values as they stand.
async fn statistics(session: &mut Session, person: &Person, remains: &mut Remains) -> Result<(), StoreError> {
    let sql = "SELECT CAST(tablename AS TEXT) AS name, CAST(attname AS TEXT) AS attribute,
            COALESCE(CAST(most_common_vals AS TEXT), '') || ' ' || COALESCE(CAST(histogram_bounds AS TEXT), '') AS known
        FROM pg_stats WHERE schemaname = current_schema()";
    let take = |row: &Row| {
        let (name, attribute): (String, String) = (row.get("name")?, row.get("attribute")?);
        if person.stands_in(&row.get::<String>("known")?, Where::Elsewhere) {
            remains.found.insert(format!("PostgreSQL's statistics of {name}.{attribute}"));
        }
        Ok(())
    };
    walk::each(session, sql, take).await
}

fn files(
    person: &Person,
    database: &Path,
    longer: &BTreeSet<String>,
    remains: &mut Remains,
) -> Result<(), StoreError> {
    for ending in ["", "-wal", "-shm", "-journal"] {
        let path = PathBuf::from(format!("{}{ending}", database.display()));
        if !path.exists() {
            continue;
        }
        let failed = |error: std::io::Error| {
            StoreError::other("searching what is left", format!("could not read {}: {error}", path.display()))
        };
        let mut file = std::fs::File::open(&path).map_err(failed)?;
        let (mut block, mut size) = (Vec::new(), 0);
        loop {
            let before = block.len();
            let read = (&mut file).take(BLOCK as u64).read_to_end(&mut block).map_err(failed)?;
            size += read as u64;
            if person.stands_in_bytes(&block, longer) {
                remains.found.insert(format!("the file {}", path.display()));
            }
            if read == 0 {
                break;
            }
            block.drain(..(before + read).saturating_sub(OVERLAP));
        }
        remains.files.push((path, size));
    }
    Ok(())
}
