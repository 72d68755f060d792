//! A transaction on either database: it runs SQL with `$1` placeholders and gives rows.

#[cfg(test)]
pub(crate) mod plans;

use std::borrow::Cow;
use std::fmt::Write;
use std::future::Future;
use std::time::Duration;

use futures::{Stream, StreamExt, TryStreamExt};
use jiff::Timestamp;
use sqlx::postgres::PgRow;
use sqlx::sqlite::SqliteRow;
use sqlx::{Decode, Postgres, Row as _, SqlSafeStr, Sqlite, Transaction, Type};

use super::error::StoreError;

/// How long PostgreSQL may take over one answer. Longer than it permits itself (`statement_timeout`), so that only a
/// host that is gone comes to it: the connection alone would wait for hours.
const ANSWER: Duration = Duration::from_secs(30);

/// A longer statement, in bytes, has as many places as there are values at hand: each is another one, so that keeping it
/// prepared would cost memory for nothing.
const USED_AGAIN: usize = 2_000;

/// What a PostgreSQL server answers, or that it does not.
pub(super) async fn answer<T>(asked: impl Future<Output = Result<T, sqlx::Error>>) -> Result<T, sqlx::Error> {
    let silent = || std::io::Error::new(std::io::ErrorKind::TimedOut, format!("no answer within {ANSWER:?}"));
    tokio::time::timeout(ANSWER, asked).await.unwrap_or_else(|_| Err(silent().into()))
}

/// A transaction on either database. Rolled back when dropped.
#[derive(Debug)]
pub(super) struct Session {
    transaction: Either,
    /// What is being done, for errors.
    pub(super) doing: &'static str,
    /// A statement failed: what was written since is not whole, and must not be committed.
    broken: bool,
}

#[derive(Debug)]
pub(super) enum Either {
    Lite(Transaction<'static, Sqlite>),
    Pg(Transaction<'static, Postgres>),
}

/// A query with its values bound: the same words for both databases, whose types differ.
macro_rules! bound {
    ($database:ty, $sql:expr, $values:expr) => {{
        let again = $sql.as_str().len() <= USED_AGAIN;
        let query = sqlx::query::<$database>($sql).persistent(again);
        $values.into_iter().fold(query, |query, value| match value {
            Value::Int(value) => query.bind(value),
            Value::Real(value) => query.bind(value),
            Value::Bool(value) => query.bind(value),
            Value::Text(value) => query.bind(value.as_deref()),
            Value::Bytes(value) => query.bind(value),
            Value::NoReal => query.bind(None::<f64>),
            Value::NoBool => query.bind(None::<bool>),
            Value::NoBytes => query.bind(None::<&[u8]>),
        })
    }};
}

impl Session {
    pub(super) fn new(begun: Result<Either, sqlx::Error>, doing: &'static str) -> Result<Self, StoreError> {
        let transaction = begun.map_err(|error| StoreError::database(doing, error))?;
        Ok(Self { transaction, doing, broken: false })
    }

    /// The rows that a statement gives.
    pub(super) async fn rows<'a>(
        &mut self,
        sql: impl SqlSafeStr,
        values: impl IntoIterator<Item = Value<'a>>,
    ) -> Result<Vec<Row>, StoreError> {
        let doing = self.doing;
        let sql = sql.into_sql_str();
        #[cfg(test)]
        self.look_at(sql.as_str()).await;
        let fetched: Result<Vec<_>, _> = match &mut self.transaction {
            Either::Lite(transaction) => bound!(Sqlite, sql, values)
                .fetch_all(&mut **transaction)
                .await
                .map(|rows| rows.into_iter().map(|row| Row { row: Fetched::Lite(row), doing }).collect()),
            Either::Pg(transaction) => answer(bound!(Postgres, sql, values).fetch_all(&mut **transaction))
                .await
                .map(|rows| rows.into_iter().map(|row| Row { row: Fetched::Pg(row), doing }).collect()),
        };
        fetched.map_err(|error| self.failed(error))
    }

    /// The first row that a statement gives, if there is one.
    pub(super) async fn row<'a>(
        &mut self,
        sql: impl SqlSafeStr,
        values: impl IntoIterator<Item = Value<'a>>,
    ) -> Result<Option<Row>, StoreError> {
        Ok(self.rows(sql, values).await?.into_iter().next())
    }

    /// The rows that a statement gives, one after the other: of more than fits into memory.
    pub(super) fn each(
        &mut self,
        sql: impl SqlSafeStr,
    ) -> impl Stream<Item = Result<Row, StoreError>> + Send + Unpin + '_ {
        let doing = self.doing;
        let sql = sql.into_sql_str();
        let rows = match &mut self.transaction {
            Either::Lite(transaction) => {
                sqlx::query(sql).fetch(&mut **transaction).map_ok(Fetched::Lite).left_stream()
            }
            Either::Pg(transaction) => {
                sqlx::query(sql).fetch(&mut **transaction).map_ok(Fetched::Pg).right_stream()
            }
        };
        rows.map_ok(move |row| Row { row, doing }).map_err(move |error| StoreError::database(doing, error))
    }

    /// Whether this is SQLite.
    pub(super) fn is_lite(&self) -> bool {
        matches!(self.transaction, Either::Lite(_))
    }

    /// Runs a statement and says how many rows it changed.
    pub(super) async fn run<'a>(
        &mut self,
        sql: impl SqlSafeStr,
        values: impl IntoIterator<Item = Value<'a>>,
    ) -> Result<u64, StoreError> {
        let sql = sql.into_sql_str();
        #[cfg(test)]
        self.look_at(sql.as_str()).await;
        let done = match &mut self.transaction {
            Either::Lite(transaction) => {
                bound!(Sqlite, sql, values).execute(&mut **transaction).await.map(|done| done.rows_affected())
            }
            Either::Pg(transaction) => answer(bound!(Postgres, sql, values).execute(&mut **transaction))
                .await
                .map(|done| done.rows_affected()),
        };
        done.map_err(|error| self.failed(error))
    }

    #[cfg(test)]
    async fn look_at(&mut self, sql: &str) {
        if let Either::Lite(transaction) = &mut self.transaction {
            plans::note(transaction, sql).await;
        }
    }

    /// Runs a statement that undoes what was written since a failure, so that the rest may be committed.
    pub(super) async fn repair(&mut self, undo: &'static str) -> Result<(), StoreError> {
        self.run(undo, []).await?;
        self.broken = false;
        Ok(())
    }

    pub(super) async fn commit(self) -> Result<(), StoreError> {
        if self.broken {
            return Err(StoreError::other(
                self.doing,
                "a statement failed before, so nothing of it is written",
            ));
        }
        let committed = match self.transaction {
            Either::Lite(transaction) => transaction.commit().await,
            Either::Pg(transaction) => answer(transaction.commit()).await,
        };
        committed.map_err(|error| StoreError::database(self.doing, error))
    }

    /// Something that cannot be done, though the database has nothing against it.
    pub(super) fn refuse(&mut self, text: impl Into<String>) -> StoreError {
        self.broken = true;
        StoreError::other(self.doing, text)
    }

    /// What another daemon does meanwhile, so that nothing of it may be written here.
    pub(super) fn too_late(&mut self, text: String) -> StoreError {
        self.broken = true;
        StoreError::too_late(self.doing, text)
    }

    fn failed(&mut self, error: sqlx::Error) -> StoreError {
        self.broken = true;
        StoreError::database(self.doing, error)
    }
}

/// One value of a statement.
#[derive(Debug)]
pub(super) enum Value<'a> {
    Int(Option<i64>),
    Real(f64),
    Bool(bool),
    Text(Option<Cow<'a, str>>),
    Bytes(&'a [u8]),
    /// Nothing, where a number may stand; where yes or no may; where bytes may.
    NoReal,
    NoBool,
    NoBytes,
}

impl<'a> From<&'a str> for Value<'a> {
    /// NUL is left out: PostgreSQL has no place for it in a text, and SQLite's own functions stop at it.
    fn from(text: &'a str) -> Self {
        Self::Text(Some(if text.contains('\0') { text.replace('\0', "").into() } else { text.into() }))
    }
}

impl<'a> From<&'a String> for Value<'a> {
    fn from(text: &'a String) -> Self {
        text.as_str().into()
    }
}

impl From<String> for Value<'_> {
    fn from(text: String) -> Self {
        Self::Text(Some(text.replace('\0', "").into()))
    }
}

impl<'a> From<Option<&'a str>> for Value<'a> {
    fn from(text: Option<&'a str>) -> Self {
        text.map_or(Self::Text(None), Self::from)
    }
}

impl<'a> From<&'a [u8]> for Value<'a> {
    fn from(bytes: &'a [u8]) -> Self {
        Self::Bytes(bytes)
    }
}

impl From<i64> for Value<'_> {
    fn from(number: i64) -> Self {
        Self::Int(Some(number))
    }
}

impl From<Option<i64>> for Value<'_> {
    fn from(number: Option<i64>) -> Self {
        Self::Int(number)
    }
}

impl From<bool> for Value<'_> {
    fn from(value: bool) -> Self {
        Self::Bool(value)
    }
}

/// No number is written as 0: the databases do not agree on it.
impl From<f64> for Value<'_> {
    fn from(value: f64) -> Self {
        Self::Real(if value.is_finite() { value } else { 0.0 })
    }
}

impl From<Timestamp> for Value<'_> {
    fn from(at: Timestamp) -> Self {
        Self::Int(Some(at.as_millisecond()))
    }
}

impl From<Option<Timestamp>> for Value<'_> {
    fn from(at: Option<Timestamp>) -> Self {
        Self::Int(at.map(Timestamp::as_millisecond))
    }
}

/// One row of an answer.
#[derive(Debug)]
pub(super) struct Row {
    row: Fetched,
    doing: &'static str,
}

#[derive(Debug)]
enum Fetched {
    Lite(SqliteRow),
    Pg(PgRow),
}

impl Row {
    /// The value of a column.
    pub(super) fn get<'r, T>(&'r self, column: &str) -> Result<T, StoreError>
    where
        T: Decode<'r, Sqlite> + Type<Sqlite> + Decode<'r, Postgres> + Type<Postgres>,
    {
        match &self.row {
            Fetched::Lite(row) => row.try_get(column),
            Fetched::Pg(row) => row.try_get(column),
        }
        .map_err(|error| StoreError::database(self.doing, error))
    }

    /// An instant, of a column that may be NULL.
    pub(super) fn time_if(&self, column: &str) -> Result<Option<Timestamp>, StoreError> {
        let at: Option<i64> = self.get(column)?;
        at.map(|at| Timestamp::from_millisecond(at).map_err(|error| self.foreign(column, error))).transpose()
    }

    /// An instant.
    pub(super) fn time(&self, column: &str) -> Result<Timestamp, StoreError> {
        self.time_if(column)?.ok_or_else(|| self.foreign(column, "nothing"))
    }

    /// A small number that fits its type.
    pub(super) fn small<T: TryFrom<i64>>(&self, column: &str) -> Result<T, StoreError> {
        let number: i64 = self.get(column)?;
        T::try_from(number).map_err(|_| self.foreign(column, number))
    }

    /// One of a closed set of words.
    pub(super) fn word<T>(
        &self,
        column: &str,
        from_key: impl Fn(&str) -> Option<T>,
    ) -> Result<T, StoreError> {
        let word: String = self.get(column)?;
        from_key(&word).ok_or_else(|| self.foreign(column, word))
    }

    /// A value that this program did not write.
    pub(super) fn foreign(&self, column: &str, found: impl std::fmt::Display) -> StoreError {
        StoreError::other(
            self.doing,
            format!("column {column} holds {found}, which this version does not know"),
        )
    }
}

/// `($1, $2), ($3, $4)`: places for so many rows of so many values, after the `before` ones that a statement has.
pub(super) fn places(before: usize, rows: usize, columns: usize) -> String {
    let mut text = String::new();
    for row in 0..rows {
        text.push_str(if row == 0 { "(" } else { ", (" });
        for column in 0..columns {
            let separator = if column == 0 { "" } else { ", " };
            let _ = write!(text, "{separator}${}", before + row * columns + column + 1);
        }
        text.push(')');
    }
    text
}

/// The beginning of a text, at most `bytes` long and whole characters only. What is looked up is clipped on both
/// ways, since PostgreSQL indexes no more than 2,704 bytes.
pub(super) fn clip(text: &str, bytes: usize) -> &str {
    &text[..text.floor_char_boundary(bytes)]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_count_on_after_those_before() {
        assert_eq!(places(1, 2, 3), "($2, $3, $4), ($5, $6, $7)");
        assert_eq!(places(0, 1, 2), "($1, $2)");
    }

    #[test]
    fn a_clipped_text_keeps_whole_characters() {
        assert_eq!(clip("né", 2), "n");
        assert_eq!(clip("né", 9), "né");
    }
}
