//! How SQLite goes about the statements of the store, in tests: none may walk over a table that grows with the years.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

use sqlx::{AssertSqlSafe, Row, Sqlite, Transaction};

/// Each statement with the steps that SQLite takes for it.
static STATEMENTS: Mutex<BTreeMap<String, Vec<String>>> = Mutex::new(BTreeMap::new());

/// Notes how SQLite goes about a statement, once. Without statistics, which this program never has SQLite take, that does
/// not depend on how much there is.
pub(super) async fn note(transaction: &mut Transaction<'static, Sqlite>, sql: &str) {
    if STATEMENTS.lock().unwrap_or_else(PoisonError::into_inner).contains_key(sql) {
        return;
    }
    let explain = AssertSqlSafe(format!("EXPLAIN QUERY PLAN {sql}"));
    // What cannot be explained is no query.
    let rows = sqlx::query::<Sqlite>(explain).fetch_all(&mut **transaction).await.unwrap_or_default();
    let steps = rows.iter().map(|row| row.get("detail")).collect();
    STATEMENTS.lock().unwrap_or_else(PoisonError::into_inner).insert(sql.to_owned(), steps);
}

/// Tables that stay small, whatever comes: with the names that statements give them.
const SMALL: [&str; 20] = [
    "CONSTANT ROW",
    "absence",
    "account",
    "account_address",
    "account_domain",
    "account_scope",
    "daemon",
    "digest",
    "directory_version",
    "erasure_key",
    "lease",
    "mailbox_cursor",
    "mailbox_state",
    "mailbox_tally",
    "matched_address",
    "oauth_told",
    "oauth_token",
    "retention",
    "token_key",
    "weekly",
];
/// Statements that may. They count what an index holds, some milliseconds for a million; or go over what people did by hand.
const MAY: [&str; 6] = [
    "SELECT disposition, COUNT(*) AS count FROM mail GROUP BY disposition",
    "SELECT COUNT(*) AS count FROM mail WHERE disposition = $1",
    "SELECT COUNT(*) AS count FROM cases",
    "SELECT reason, COUNT(*) AS count FROM refusal",
    "FROM correction",
    "FROM offer WHERE asked_at >= $1",
];
/// Of a mail, a letter or a case more must be known than what became of it, for whom it is, or whose: most are alike. But for
/// the first ones of many.
const COARSE: [&str; 3] =
    ["mail_disposition (disposition=?)", "outbox_recipient (envelope_to=?)", "cases_account (account=?)"];

/// Whether a step goes over all of something that grows.
fn walks(sql: &str, step: &str) -> bool {
    let coarse = COARSE.iter().any(|coarse| step.ends_with(coarse)) && !sql.contains("LIMIT");
    let scanned = step.strip_prefix("SCAN ").map(|rest| rest.split(" USING").next().unwrap_or(rest));
    // What the statement itself holds or has found.
    let own = |table: &str| table.ends_with("VALUES CLAUSE") || table.starts_with("of_") || table == "due";
    coarse || scanned.is_some_and(|table| !SMALL.contains(&table) && !own(table))
}

/// How many statements were run, and those of them that walk over something that grows, each with its steps.
pub(crate) fn walking() -> (usize, Vec<String>) {
    let statements = STATEMENTS.lock().unwrap_or_else(PoisonError::into_inner);
    let found = statements
        .iter()
        .filter(|(sql, _)| MAY.iter().all(|may| !sql.contains(may)))
        .filter(|(sql, steps)| steps.iter().any(|step| walks(sql, step)))
        .map(|(sql, steps)| format!("{sql}\n  {}", steps.join("\n  ")));
    (statements.len(), found.collect())
}
