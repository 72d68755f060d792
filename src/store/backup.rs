//! All that is kept, in one file that either database takes back.

mod catalog;
mod file;

use std::cmp::Reverse;
use std::path::Path;

use futures::TryStreamExt;
use jiff::Timestamp;
use sqlx::AssertSqlSafe;

use super::Store;
use super::db::Db;
use super::error::StoreError;
use super::session::{Row, Session, Value, places};
use file::{Cell, Kind, Reading, Writing};

pub use file::{Column, Header, Table};

/// How many values, and about how many bytes, are written in one statement. SQLite takes 32,766 values, PostgreSQL 65,535.
const VALUES: usize = 8_000;
const BYTES: usize = 4 << 20;

/// How many tables with rows are named to whoever would restore onto them.
const NAMED: usize = 6;

/// What a mail that waits is told of when it is held back.
const HELD: &str = "restored from a backup: it may have been sent since; `pairdesk retry` sends it";

impl Store {
    /// Writes all that is kept into a new file, as it stands at one instant; others go on writing meanwhile. Returns what
    /// it holds, and its size in bytes.
    pub async fn back_up(&self, file: &Path, now: Timestamp) -> Result<(Header, u64), StoreError> {
        let mut session = self.read("writing a backup").await?;
        unhurried(&mut session).await?;
        let mut tables = Vec::new();
        for (name, columns) in catalog::tables(&mut session).await? {
            let rows = catalog::count(&mut session, &name).await?;
            let last_id = catalog::last_id(&mut session, &name, &columns).await?;
            tables.push(Table { name, columns, rows, last_id });
        }
        let program = env!("CARGO_PKG_VERSION").to_owned();
        let steps = Db::steps().map(str::to_owned).collect();
        let header = Header { program, steps, made_at: now, tables };
        let mut writing = Writing::begin(file, &header)?;
        for Table { name, columns, .. } in &header.tables {
            let sql = AssertSqlSafe(format!("SELECT {} FROM \"{name}\"", names(columns)));
            let mut rows = session.each(sql);
            while let Some(row) = rows.try_next().await? {
                let cells = columns.iter().map(|column| cell(&row, column));
                writing.row(&cells.collect::<Result<Vec<_>, _>>()?)?;
            }
        }
        let size = writing.finish()?;
        Ok((header, size))
    }

    /// Puts a backup into an empty store, or one that is not there yet, and brings it up to date. With `hold`, mails that
    /// waited to be sent are not sent before somebody says so. Returns what the backup held.
    ///
    /// # Errors
    /// When the file is no whole backup, or the store has anything in it: then nothing is changed.
    pub async fn restore(url: &str, file: &Path, hold: bool) -> Result<Header, StoreError> {
        let header = check(file)?;
        let doing = "putting a backup into the store";
        let steps = header.steps.len();
        if !Db::steps().take(steps).eq(header.steps.iter().map(String::as_str)) {
            let known = Db::steps().count();
            let text = format!(
                "the backup was written by a newer Pairdesk ({}, step {steps}; this one knows {known}); install that version, \
                 nothing was changed",
                header.program
            );
            return Err(StoreError::other(doing, text));
        }
        let taken = Db::taken(url).await?;
        if taken.is_some_and(|taken| taken != steps) {
            let text = format!(
                "the store is at step {} of the schema and the backup at step {steps}; name a store in [store] url that is not \
                 there yet (a new file, an empty database), nothing was changed",
                taken.unwrap_or_default()
            );
            return Err(StoreError::other(doing, text));
        }
        let store = Self::of(Db::open_at(url, steps).await?);
        let filled = store.fill(file, hold).await;
        store.close().await;
        filled?;
        // The steps since then.
        Self::open(url).await?.close().await;
        Ok(header)
    }

    /// Writes all rows of a backup into the empty tables of the same schema, or none.
    async fn fill(&self, file: &Path, hold: bool) -> Result<(), StoreError> {
        let mut reading = Reading::begin(file)?;
        let mut session = self.write("putting a backup into the store").await?;
        unhurried(&mut session).await?;
        let there = catalog::tables(&mut session).await?;
        empty(&mut session, &there).await?;
        for Table { name, columns, rows, last_id } in reading.header.tables.clone() {
            let fits = there.iter().any(|(there, has)| *there == name && same(has, &columns));
            if !fits {
                return Err(session
                    .refuse(format!("the table {name} of the backup is another one than this program's")));
            }
            fill_table(&mut session, &mut reading, &name, &columns, rows).await?;
            if let Some(last_id) = last_id {
                catalog::continue_after(&mut session, &name, last_id).await?;
            }
        }
        reading.finish()?;
        if hold {
            let sql =
                "UPDATE outbox SET state = 'failed', last_failure = $1 WHERE state IN ('pending', 'sending')";
            session.run(sql, [HELD.into()]).await?;
        }
        session.commit().await
    }
}

/// Reads a backup to its end.
fn check(file: &Path) -> Result<Header, StoreError> {
    let mut reading = Reading::begin(file)?;
    let header = reading.header.clone();
    for table in &header.tables {
        for _ in 0..table.rows {
            reading.row(table.columns.len())?;
        }
    }
    reading.finish()?;
    Ok(header)
}

/// Lifts the limits within which other transactions must end: this one takes as long as there is much.
async fn unhurried(session: &mut Session) -> Result<(), StoreError> {
    if session.is_lite() {
        return Ok(());
    }
    session.run("SET LOCAL statement_timeout = 0", []).await?;
    session.run("SET LOCAL idle_in_transaction_session_timeout = 0", []).await.map(drop)
}

/// Refuses a store with anything in it, and takes out what each new one has.
async fn empty(session: &mut Session, tables: &[(String, Vec<Column>)]) -> Result<(), StoreError> {
    session.run("DELETE FROM directory_version WHERE version = 0", []).await?;
    let mut found = Vec::new();
    for (table, _) in tables {
        let rows = catalog::count(session, table).await?;
        if rows > 0 {
            found.push((Reverse(rows), table));
        }
    }
    if found.is_empty() {
        return Ok(());
    }
    found.sort();
    let named = found.iter().take(NAMED).map(|(Reverse(rows), table)| format!("{table} ({rows})"));
    let named = named.collect::<Vec<_>>().join(", ");
    Err(session.refuse(format!(
        "the store is not empty: {} of its tables have rows, such as {named}; name another store in [store] url, nothing was \
         changed",
        found.len()
    )))
}

fn same(here: &[Column], there: &[Column]) -> bool {
    here.len() == there.len() && here.iter().all(|column| there.contains(column))
}

fn names(columns: &[Column]) -> String {
    columns.iter().map(|column| format!("\"{}\"", column.name)).collect::<Vec<_>>().join(", ")
}

fn cell(row: &Row, column: &Column) -> Result<Cell, StoreError> {
    let name = column.name.as_str();
    Ok(match column.kind {
        Kind::Int => row.get::<Option<i64>>(name)?.map_or(Cell::Null, Cell::Int),
        Kind::Real => row.get::<Option<f64>>(name)?.map_or(Cell::Null, Cell::Real),
        Kind::Bool => row.get::<Option<bool>>(name)?.map_or(Cell::Null, Cell::Bool),
        Kind::Text => row.get::<Option<String>>(name)?.map_or(Cell::Null, Cell::Text),
        Kind::Bytes => row.get::<Option<Vec<u8>>>(name)?.map_or(Cell::Null, Cell::Bytes),
    })
}

/// Writes the rows of one table, many in each statement.
async fn fill_table(
    session: &mut Session,
    reading: &mut Reading,
    table: &str,
    columns: &[Column],
    rows: u64,
) -> Result<(), StoreError> {
    let most = (VALUES / columns.len().max(1)).max(1);
    let (mut at_hand, mut bytes) = (Vec::new(), 0);
    for number in 1..=rows {
        let row = reading.row(columns.len())?;
        bytes += row.iter().map(size).sum::<usize>();
        at_hand.push(row);
        if at_hand.len() >= most || bytes >= BYTES || number == rows {
            let overriding = if session.is_lite() { "" } else { "OVERRIDING SYSTEM VALUE " };
            let sql = format!(
                "INSERT INTO \"{table}\" ({}) {overriding}VALUES {}",
                names(columns),
                places(0, at_hand.len(), columns.len())
            );
            let values = at_hand
                .iter()
                .flat_map(|row| row.iter().zip(columns).map(|(cell, column)| value(cell, column.kind)));
            session.run(AssertSqlSafe(sql), values.collect::<Vec<_>>()).await?;
            at_hand.clear();
            bytes = 0;
        }
    }
    Ok(())
}

fn size(cell: &Cell) -> usize {
    match cell {
        Cell::Text(text) => text.len(),
        Cell::Bytes(bytes) => bytes.len(),
        _ => 8,
    }
}

/// A value to be written; PostgreSQL wants to know also of nothing of which kind it is.
fn value(cell: &Cell, kind: Kind) -> Value<'_> {
    match (cell, kind) {
        (Cell::Int(number), _) => Value::Int(Some(*number)),
        (Cell::Real(number), _) => Value::Real(*number),
        (Cell::Bool(value), _) => Value::Bool(*value),
        (Cell::Text(text), _) => text.into(),
        (Cell::Bytes(bytes), _) => Value::Bytes(bytes),
        (Cell::Null, Kind::Int) => Value::Int(None),
        (Cell::Null, Kind::Text) => Value::Text(None),
        (Cell::Null, Kind::Real) => Value::NoReal,
        (Cell::Null, Kind::Bool) => Value::NoBool,
        (Cell::Null, Kind::Bytes) => Value::NoBytes,
    }
}
