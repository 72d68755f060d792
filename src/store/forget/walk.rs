//! Through all rows of a table, with what each of them holds as text.

use futures::TryStreamExt;
use sqlx::{AssertSqlSafe, SqlSafeStr};

use super::columns::{TABLES, Table};
use crate::store::error::StoreError;
use crate::store::session::{Row, Session};

/// One row on the way through a table.
#[derive(Debug)]
pub struct Step {
    /// Where it is, for this transaction.
    pub place: String,
    /// The mail that it belongs to.
    pub mail: Option<i64>,
    /// The case that it belongs to.
    pub case: Option<i64>,
    /// Its texts, in the order of the columns asked for.
    pub texts: Vec<Option<String>>,
}

/// The columns of a table as the database itself lists them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Listed {
    /// The table.
    pub table: String,
    /// Each column with its type in lower case.
    pub columns: Vec<(String, String)>,
}

impl Listed {
    /// The columns that hold no bytes.
    pub fn texts(&self) -> Vec<&str> {
        self.columns.iter().filter(|(_, kind)| !is_bytes(kind)).map(|(name, _)| name.as_str()).collect()
    }

    /// The columns that hold bytes.
    pub fn bytes(&self) -> Vec<&str> {
        self.columns.iter().filter(|(_, kind)| is_bytes(kind)).map(|(name, _)| name.as_str()).collect()
    }
}

fn is_bytes(kind: &str) -> bool {
    kind == "blob" || kind == "bytea"
}

/// Lets the statements of this transaction take as long as they take.
pub async fn no_limit(session: &mut Session) -> Result<(), StoreError> {
    if !session.is_lite() {
        session.run("SET LOCAL statement_timeout = 0", []).await?;
        session.run("SET LOCAL idle_in_transaction_session_timeout = 0", []).await?;
    }
    Ok(())
}

/// Makes this the only writer until the commit, for as long as it takes.
pub async fn prepare(session: &mut Session) -> Result<(), StoreError> {
    no_limit(session).await?;
    if !session.is_lite() {
        let names: Vec<_> =
            TABLES.iter().filter(|table| table.names_people()).map(|table| table.name).collect();
        let sql = format!("LOCK TABLE {} IN SHARE ROW EXCLUSIVE MODE", names.join(", "));
        session.run(AssertSqlSafe(sql), []).await?;
    }
    Ok(())
}

/// Takes the rows that a statement gives one by one.
pub async fn each(
    session: &mut Session,
    sql: impl SqlSafeStr,
    mut take: impl FnMut(&Row) -> Result<(), StoreError>,
) -> Result<(), StoreError> {
    let mut rows = session.each(sql);
    while let Some(row) = rows.try_next().await? {
        take(&row)?;
    }
    Ok(())
}

/// All tables of the schema, with their columns.
pub async fn listed(session: &mut Session) -> Result<Vec<Listed>, StoreError> {
    let sql = if session.is_lite() {
        "SELECT m.name AS name, p.name AS column_name, LOWER(p.type) AS kind
        FROM sqlite_master m, pragma_table_info(m.name) p
        WHERE m.type = 'table' AND m.name NOT LIKE 'sqlite_%' ORDER BY m.name, p.cid"
    } else {
        "SELECT CAST(table_name AS TEXT) AS name, CAST(column_name AS TEXT) AS column_name,
            CAST(data_type AS TEXT) AS kind FROM information_schema.columns c
        WHERE table_schema = current_schema() AND EXISTS (SELECT 1 FROM information_schema.tables t
            WHERE t.table_schema = c.table_schema AND t.table_name = c.table_name AND t.table_type = 'BASE TABLE')
        ORDER BY table_name, ordinal_position"
    };
    let mut tables: Vec<Listed> = Vec::new();
    for row in session.rows(sql, []).await? {
        let (table, column): (String, String) = (row.get("name")?, row.get("column_name")?);
        let kind: String = row.get("kind")?;
        if tables.last().is_none_or(|last| last.table != table) {
            tables.push(Listed { table, columns: Vec::new() });
        }
        if let Some(last) = tables.last_mut() {
            last.columns.push((column, kind));
        }
    }
    Ok(tables)
}

/// Goes through the rows of a table, with these of its columns as text.
pub async fn through(
    session: &mut Session,
    name: &str,
    columns: &[&str],
    mut take: impl FnMut(Step) -> Result<(), StoreError>,
) -> Result<(), StoreError> {
    let known = TABLES.iter().find(|table| table.name == name);
    let number = |column: fn(&Table) -> &'static str| {
        known.map(column).filter(|column| !column.is_empty()).unwrap_or("CAST(NULL AS BIGINT)")
    };
    let texts: Vec<_> = columns
        .iter()
        .enumerate()
        .map(|(at, column)| format!(", CAST({} AS TEXT) AS text_{at}", quoted(column)))
        .collect();
    let sql = format!(
        "SELECT {} AS step_place, {} AS step_mail, {} AS step_case{} FROM {}",
        if session.is_lite() { "CAST(rowid AS TEXT)" } else { "CAST(ctid AS TEXT)" },
        number(|table| table.mail),
        number(|table| table.case),
        texts.concat(),
        quoted(name),
    );
    each(session, AssertSqlSafe(sql), |row: &Row| {
        let texts = (0..columns.len()).map(|at| row.get(&format!("text_{at}"))).collect::<Result<_, _>>()?;
        take(Step {
            place: row.get("step_place")?,
            mail: row.get("step_mail")?,
            case: row.get("step_case")?,
            texts,
        })
    })
    .await
}

/// A name as both databases take it, whatever it is.
pub fn quoted(name: &str) -> String {
    format!("\"{}\"", name.replace('"', ""))
}

/// The condition that finds a row again in the transaction that passed it.
pub fn at_place(session: &Session) -> &'static str {
    if session.is_lite() { "rowid = CAST($1 AS INTEGER)" } else { "ctid = CAST($1 AS TID)" }
}
