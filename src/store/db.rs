//! The two databases behind one small door: a transaction that runs SQL with `$1` placeholders and gives rows.

use std::borrow::Cow;
use std::fmt::Write;
use std::fs::OpenOptions;
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::Path;
use std::str::FromStr;
use std::time::Duration;

use jiff::Timestamp;
use sqlx::migrate::{Migration, MigrationType, Migrator};
use sqlx::pool::PoolOptions;
use sqlx::postgres::{PgConnectOptions, PgPool, PgRow};
use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePool, SqliteRow, SqliteSynchronous};
use sqlx::{AssertSqlSafe, Decode, Executor, Postgres, Row as _, SqlSafeStr, Sqlite, Transaction, Type};

use super::error::StoreError;

/// How long a writer waits for another process's, and a caller for a connection.
const PATIENCE: Duration = Duration::from_secs(30);

/// The steps of the schema: what each does, for SQLite, for PostgreSQL. Only ever added to.
const STEPS: &[(&str, &str, &str)] = &[(
    "start",
    include_str!("../../migrations/sqlite/0001_start.sql"),
    include_str!("../../migrations/postgres/0001_start.sql"),
)];

/// An open database.
#[derive(Debug, Clone)]
pub(super) enum Db {
    /// One writer, since SQLite has no more, and readers beside it, which write-ahead logging does not stop.
    Lite { writer: SqlitePool, readers: SqlitePool },
    /// One pool; writers wait for each other by a lock.
    Pg(PgPool),
}

impl Db {
    pub(super) async fn open(url: &str) -> Result<Self, StoreError> {
        if let Some(path) = url.strip_prefix("sqlite:") {
            let path = path.strip_prefix("//").unwrap_or(path);
            return Self::open_lite(url, path).await;
        }
        if url.starts_with("postgres:") || url.starts_with("postgresql:") {
            return Self::open_pg(url).await;
        }
        let scheme = url.split(':').next().unwrap_or_default();
        Err(StoreError::other(
            "opening the store",
            format!(
                "expected \"sqlite:PATH\" or \"postgres://...\", found one that begins with \"{scheme}\""
            ),
        ))
    }

    async fn open_lite(url: &str, path: &str) -> Result<Self, StoreError> {
        if path.is_empty() || path == ":memory:" {
            return Err(StoreError::other(
                "opening the store",
                format!("\"{url}\" names no file; write \"sqlite:PATH\""),
            ));
        }
        private_file(Path::new(path)).map_err(|error| StoreError::opening(url, error.into()))?;
        let options = SqliteConnectOptions::new().filename(path).busy_timeout(PATIENCE).foreign_keys(true);
        let writing = options
            .clone()
            .journal_mode(SqliteJournalMode::Wal)
            // Without it a commit that was acknowledged could be gone after a power cut.
            .synchronous(SqliteSynchronous::Full);
        let writer =
            pool::<Sqlite>(1).connect_with(writing).await.map_err(|error| StoreError::opening(url, error))?;
        let migrator = migrator(STEPS.iter().map(|step| (step.0, step.1)));
        if migrator.run(&writer).await.is_err() {
            // Another process may have been taking the same steps: then there is nothing left to do.
            migrator.run(&writer).await.map_err(|error| StoreError::migrating(url, error))?;
        }
        Ok(Self::Lite { writer, readers: pool::<Sqlite>(4).connect_lazy_with(options.read_only(true)) })
    }

    async fn open_pg(url: &str) -> Result<Self, StoreError> {
        let options = PgConnectOptions::from_str(url)
            .map_err(|error| StoreError::opening("postgres://...", error))?
            .application_name("pairdesk");
        let what = format!("postgres database {}", options.get_database().unwrap_or_default());
        let pool = pool::<Postgres>(8)
            .after_connect(|connection, _| {
                Box::pin(async move { connection.execute("SET lock_timeout = '30s'").await.map(drop) })
            })
            .connect_with(options)
            .await
            .map_err(|error| StoreError::opening(&what, error))?;
        migrator(STEPS.iter().map(|step| (step.0, step.2)))
            .run(&pool)
            .await
            .map_err(|error| StoreError::migrating(&what, error))?;
        Ok(Self::Pg(pool))
    }

    /// A transaction that may write. Writers are one after the other on both databases, so that what one reads stays
    /// true until it commits.
    pub(super) async fn write(&self, doing: &'static str) -> Result<Session, StoreError> {
        let begun = async {
            Ok(match self {
                Self::Lite { writer, .. } => Either::Lite(writer.begin_with("BEGIN IMMEDIATE").await?),
                Self::Pg(pool) => {
                    let mut transaction = pool.begin().await?;
                    sqlx::query(
                        "SELECT pg_advisory_xact_lock(hashtextextended('pairdesk.' || current_schema(), 0))",
                    )
                    .execute(&mut *transaction)
                    .await?;
                    Either::Pg(transaction)
                }
            })
        };
        Session::new(begun.await, doing)
    }

    /// A transaction that sees one state of everything and writes nothing.
    pub(super) async fn read(&self, doing: &'static str) -> Result<Session, StoreError> {
        let begun = async {
            Ok(match self {
                Self::Lite { readers, .. } => Either::Lite(readers.begin().await?),
                Self::Pg(pool) => {
                    Either::Pg(pool.begin_with("BEGIN ISOLATION LEVEL REPEATABLE READ, READ ONLY").await?)
                }
            })
        };
        Session::new(begun.await, doing)
    }

    pub(super) async fn close(&self) {
        match self {
            Self::Lite { writer, readers } => {
                readers.close().await;
                writer.close().await;
            }
            Self::Pg(pool) => pool.close().await,
        }
    }
}

fn pool<D: sqlx::Database>(connections: u32) -> PoolOptions<D> {
    PoolOptions::new().max_connections(connections).acquire_timeout(PATIENCE)
}

/// Makes the file, and the folder that it lies in, for this user alone; leaves them as they are when they are there.
fn private_file(path: &Path) -> std::io::Result<()> {
    if let Some(folder) = path.parent().filter(|folder| !folder.as_os_str().is_empty()) {
        std::fs::DirBuilder::new().recursive(true).mode(0o700).create(folder)?;
    }
    OpenOptions::new().append(true).create(true).mode(0o600).open(path).map(drop)
}

fn migrator(steps: impl Iterator<Item = (&'static str, &'static str)>) -> Migrator {
    let migration = |(version, (name, sql)): (i64, (&'static str, &'static str))| {
        Migration::new(version, name.into(), MigrationType::Simple, sql.into_sql_str(), false)
    };
    Migrator::with_migrations((1..).zip(steps).map(migration).collect())
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
enum Either {
    Lite(Transaction<'static, Sqlite>),
    Pg(Transaction<'static, Postgres>),
}

/// A query with its values bound: the same words for both databases, whose types differ.
macro_rules! bound {
    ($database:ty, $sql:expr, $values:expr) => {
        $values.into_iter().fold(sqlx::query::<$database>($sql), |query, value| match value {
            Value::Int(value) => query.bind(value),
            Value::Real(value) => query.bind(value),
            Value::Bool(value) => query.bind(value),
            Value::Text(value) => query.bind(value.as_deref()),
            Value::Bytes(value) => query.bind(value),
        })
    };
}

impl Session {
    fn new(begun: Result<Either, sqlx::Error>, doing: &'static str) -> Result<Self, StoreError> {
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
        let fetched: Result<Vec<_>, _> = match &mut self.transaction {
            Either::Lite(transaction) => bound!(Sqlite, sql, values)
                .fetch_all(&mut **transaction)
                .await
                .map(|rows| rows.into_iter().map(|row| Row { row: Fetched::Lite(row), doing }).collect()),
            Either::Pg(transaction) => bound!(Postgres, sql, values)
                .fetch_all(&mut **transaction)
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

    /// Runs a statement and says how many rows it changed.
    pub(super) async fn run<'a>(
        &mut self,
        sql: impl SqlSafeStr,
        values: impl IntoIterator<Item = Value<'a>>,
    ) -> Result<u64, StoreError> {
        let sql = sql.into_sql_str();
        let done = match &mut self.transaction {
            Either::Lite(transaction) => {
                bound!(Sqlite, sql, values).execute(&mut **transaction).await.map(|done| done.rows_affected())
            }
            Either::Pg(transaction) => bound!(Postgres, sql, values)
                .execute(&mut **transaction)
                .await
                .map(|done| done.rows_affected()),
        };
        done.map_err(|error| self.failed(error))
    }

    /// Forgets what was written since the savepoint of this name, and the failure that was met on the way.
    pub(super) async fn roll_back_to(&mut self, savepoint: &'static str) -> Result<(), StoreError> {
        self.run(AssertSqlSafe(format!("ROLLBACK TO SAVEPOINT {savepoint}")), []).await?;
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
            Either::Pg(transaction) => transaction.commit().await,
        };
        committed.map_err(|error| StoreError::database(self.doing, error))
    }

    /// Something that cannot be done, though the database has nothing against it.
    pub(super) fn refuse(&mut self, text: impl Into<String>) -> StoreError {
        self.broken = true;
        StoreError::other(self.doing, text)
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

impl From<f64> for Value<'_> {
    fn from(value: f64) -> Self {
        Self::Real(value)
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
