//! Which tables a database has, and what stands in their columns: the two databases say it in words of their own.

use std::collections::BTreeSet;

use sqlx::AssertSqlSafe;

use super::super::error::StoreError;
use super::super::session::Session;
use super::file::{Column, Kind};

/// Tables that say what daemons do at present: worth nothing later, or elsewhere.
pub(super) const LEFT_OUT: [&str; 2] = ["daemon", "lease"];

/// Words in which the two databases differ.
struct Words {
    tables: &'static str,
    columns: &'static str,
    parents: &'static str,
}

const LITE: Words = Words {
    tables: "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite%' ORDER BY name",
    columns: "SELECT name, type FROM pragma_table_info($1) ORDER BY cid",
    parents: "SELECT DISTINCT \"table\" AS name FROM pragma_foreign_key_list($1)",
};
const PG: Words = Words {
    tables: "SELECT tablename::text AS name FROM pg_tables WHERE schemaname = current_schema()
        ORDER BY tablename COLLATE \"C\"",
    columns: "SELECT column_name::text AS name, data_type::text AS type FROM information_schema.columns
        WHERE table_schema = current_schema() AND table_name = $1 ORDER BY ordinal_position",
    parents: "SELECT DISTINCT parent.relname::text AS name FROM pg_constraint
        JOIN pg_class parent ON parent.oid = confrelid WHERE conrelid = $1::text::regclass AND contype = 'f'",
};

fn words(session: &Session) -> &'static Words {
    if session.is_lite() { &LITE } else { &PG }
}

/// The tables with their columns; what refers to another comes after it.
pub(super) async fn tables(session: &mut Session) -> Result<Vec<(String, Vec<Column>)>, StoreError> {
    let Words { tables, columns, parents } = words(session);
    let mut left: Vec<(String, BTreeSet<String>)> = Vec::new();
    for row in session.rows(*tables, []).await? {
        let name: String = row.get("name")?;
        if name == "_sqlx_migrations" || LEFT_OUT.contains(&name.as_str()) {
            continue;
        }
        let rows = session.rows(*parents, [(&name).into()]).await?;
        let of = rows.iter().map(|row| row.get("name")).collect::<Result<BTreeSet<String>, _>>()?;
        left.push((name, of));
    }
    let mut ordered: Vec<(String, Vec<Column>)> = Vec::new();
    while !left.is_empty() {
        let there = |name: &String| ordered.iter().any(|(before, _)| before == name);
        let next = left.iter().position(|(name, of)| of.iter().all(|parent| parent == name || there(parent)));
        let Some(next) = next else {
            return Err(
                session.refuse("its tables refer to each other in a circle (a mistake of this program)")
            );
        };
        let (name, _) = left.remove(next);
        let mut found = Vec::new();
        for row in session.rows(*columns, [(&name).into()]).await? {
            let declared: String = row.get("type")?;
            let kind = kind(&declared).ok_or_else(|| row.foreign("type", &declared))?;
            found.push(Column { name: row.get("name")?, kind });
        }
        ordered.push((name, found));
    }
    Ok(ordered)
}

fn kind(declared: &str) -> Option<Kind> {
    Some(match declared.to_lowercase().as_str() {
        "integer" | "bigint" => Kind::Int,
        "double precision" | "real" => Kind::Real,
        "boolean" => Kind::Bool,
        "text" => Kind::Text,
        "blob" | "bytea" => Kind::Bytes,
        _ => return None,
    })
}

/// How many rows a table has.
pub(super) async fn count(session: &mut Session, table: &str) -> Result<u64, StoreError> {
    let sql = AssertSqlSafe(format!("SELECT COUNT(*) AS count FROM \"{table}\""));
    session.row(sql, []).await?.map_or(Ok(0), |row| row.small("count"))
}

/// The last id that a table gave, where it gives ids and gave one.
pub(super) async fn last_id(
    session: &mut Session,
    table: &str,
    columns: &[Column],
) -> Result<Option<i64>, StoreError> {
    if !columns.iter().any(|column| column.name == "id" && column.kind == Kind::Int) {
        return Ok(None);
    }
    if session.is_lite() {
        let row = session.row("SELECT seq FROM sqlite_sequence WHERE name = $1", [table.into()]).await?;
        return row.map(|row| row.get("seq")).transpose();
    }
    let sql = "SELECT pg_get_serial_sequence($1, 'id') AS name";
    let row = session.row(sql, [table.into()]).await?;
    let Some(sequence) = row.map(|row| row.get::<Option<String>>("name")).transpose()?.flatten() else {
        return Ok(None);
    };
    let sql = AssertSqlSafe(format!("SELECT last_value FROM {sequence} WHERE is_called"));
    session.row(sql, []).await?.map(|row| row.get("last_value")).transpose()
}

/// Has a table give ids after this one.
pub(super) async fn continue_after(session: &mut Session, table: &str, id: i64) -> Result<(), StoreError> {
    if !session.is_lite() {
        let sql = "SELECT setval(pg_get_serial_sequence($1, 'id'), $2)";
        return session.row(sql, [table.into(), id.into()]).await.map(drop);
    }
    let sql = "UPDATE sqlite_sequence SET seq = $2 WHERE name = $1";
    if session.run(sql, [table.into(), id.into()]).await? == 0 {
        let sql = "INSERT INTO sqlite_sequence (name, seq) VALUES ($1, $2)";
        session.run(sql, [table.into(), id.into()]).await?;
    }
    Ok(())
}
