//! The two databases behind one small door: opened, brought up to date, and asked for transactions.

use std::fs::OpenOptions;
use std::os::unix::fs::{DirBuilderExt, MetadataExt, OpenOptionsExt, fchown};
use std::path::Path;
use std::str::FromStr;
use std::time::Duration;

use sqlx::migrate::{Migration, MigrationType, Migrator};
use sqlx::pool::PoolOptions;
use sqlx::postgres::{PgConnectOptions, PgConnection, PgPool};
use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePool, SqliteSynchronous};
use sqlx::{ConnectOptions, Connection, Executor, Postgres, SqlSafeStr, Sqlite};

use super::error::StoreError;
use super::session::{Either, Session, answer};

/// How long a writer waits for another process's, and a caller for a connection.
const PATIENCE: Duration = Duration::from_secs(30);

/// How often, and how far apart, a file is opened again that another process is just making (`SQLITE_BUSY`, 5).
const OPENINGS: u32 = 50;
const BETWEEN_OPENINGS: Duration = Duration::from_millis(100);

/// What each connection to PostgreSQL says first. A statement, a wait for the writers before and a transaction that is
/// left open end by themselves, sooner than this side stops waiting; a client that is gone is noticed within minutes,
/// so that what it held is free again.
const SETTINGS: &str =
    "SET client_min_messages = warning; SET statement_timeout = '25s'; SET lock_timeout = '25s';
    SET idle_in_transaction_session_timeout = '25s';
    SET tcp_keepalives_idle = 60; SET tcp_keepalives_interval = 15; SET tcp_keepalives_count = 4";

/// A step of the schema: what it does, for SQLite, for PostgreSQL.
type Step = (&'static str, &'static str, &'static str);

/// The steps of the schema. Only ever added to.
const STEPS: &[Step] = &[
    (
        "start",
        include_str!("../../migrations/sqlite/0001_start.sql"),
        include_str!("../../migrations/postgres/0001_start.sql"),
    ),
    (
        "recipients",
        include_str!("../../migrations/sqlite/0002_recipients.sql"),
        include_str!("../../migrations/postgres/0002_recipients.sql"),
    ),
    (
        "corrections",
        include_str!("../../migrations/sqlite/0003_corrections.sql"),
        include_str!("../../migrations/postgres/0003_corrections.sql"),
    ),
    (
        "tokens",
        include_str!("../../migrations/sqlite/0004_tokens.sql"),
        include_str!("../../migrations/postgres/0004_tokens.sql"),
    ),
    (
        "cases",
        include_str!("../../migrations/sqlite/0005_cases.sql"),
        include_str!("../../migrations/postgres/0005_cases.sql"),
    ),
    (
        "offers",
        include_str!("../../migrations/sqlite/0006_offers.sql"),
        include_str!("../../migrations/postgres/0006_offers.sql"),
    ),
    (
        "absence",
        include_str!("../../migrations/sqlite/0007_absence.sql"),
        include_str!("../../migrations/postgres/0007_absence.sql"),
    ),
    (
        "mail account",
        include_str!("../../migrations/sqlite/0008_mail_account.sql"),
        include_str!("../../migrations/postgres/0008_mail_account.sql"),
    ),
    (
        "clock",
        include_str!("../../migrations/sqlite/0009_clock.sql"),
        include_str!("../../migrations/postgres/0009_clock.sql"),
    ),
    (
        "meetings",
        include_str!("../../migrations/sqlite/0010_meetings.sql"),
        include_str!("../../migrations/postgres/0010_meetings.sql"),
    ),
    (
        "gathered",
        include_str!("../../migrations/sqlite/0011_gathered.sql"),
        include_str!("../../migrations/postgres/0011_gathered.sql"),
    ),
    (
        "commitments",
        include_str!("../../migrations/sqlite/0012_commitments.sql"),
        include_str!("../../migrations/postgres/0012_commitments.sql"),
    ),
    (
        "follow ups",
        include_str!("../../migrations/sqlite/0013_follow_ups.sql"),
        include_str!("../../migrations/postgres/0013_follow_ups.sql"),
    ),
    (
        "weekly",
        include_str!("../../migrations/sqlite/0014_weekly.sql"),
        include_str!("../../migrations/postgres/0014_weekly.sql"),
    ),
    (
        "waiting",
        include_str!("../../migrations/sqlite/0015_waiting.sql"),
        include_str!("../../migrations/postgres/0015_waiting.sql"),
    ),
    (
        "leases",
        include_str!("../../migrations/sqlite/0016_leases.sql"),
        include_str!("../../migrations/postgres/0016_leases.sql"),
    ),
    (
        "oauth",
        include_str!("../../migrations/sqlite/0017_oauth.sql"),
        include_str!("../../migrations/postgres/0017_oauth.sql"),
    ),
    (
        "privacy",
        include_str!("../../migrations/sqlite/0018_privacy.sql"),
        include_str!("../../migrations/postgres/0018_privacy.sql"),
    ),
    (
        "growth",
        include_str!("../../migrations/sqlite/0019_growth.sql"),
        include_str!("../../migrations/postgres/0019_growth.sql"),
    ),
];

/// An open database.
#[derive(Debug, Clone)]
pub(super) enum Db {
    /// One writer, since SQLite has no more, and readers beside it, which write-ahead logging does not stop.
    Lite { writer: SqlitePool, readers: SqlitePool },
    /// Writers wait for each other by a lock. What must wait for nobody has a connection aside of the pool.
    Pg { pool: PgPool, aside: PgPool },
}

impl Db {
    pub(super) async fn open(url: &str) -> Result<Self, StoreError> {
        Self::open_at(url, STEPS.len()).await
    }

    /// Opens a database that has taken so many steps, or less.
    pub(super) async fn open_at(url: &str, steps: usize) -> Result<Self, StoreError> {
        let steps = &STEPS[..steps];
        if let Some(path) = lite_path(url) {
            return Self::open_lite(url, path, steps).await;
        }
        if is_pg(url) {
            return Self::open_pg(url, steps).await;
        }
        let scheme = url.split(':').next().unwrap_or_default();
        Err(StoreError::other(
            "opening the store",
            format!(
                "expected \"sqlite:PATH\" or \"postgres://...\", found one that begins with \"{scheme}\""
            ),
        ))
    }

    async fn open_lite(url: &str, path: &str, steps: &[Step]) -> Result<Self, StoreError> {
        if path.is_empty() || path == ":memory:" {
            return Err(StoreError::other(
                "opening the store",
                format!("\"{url}\" names no file; write \"sqlite:PATH\""),
            ));
        }
        private_file(Path::new(path)).map_err(|error| StoreError::opening(url, error.into()))?;
        let options = SqliteConnectOptions::new()
            .filename(path)
            .busy_timeout(PATIENCE)
            .foreign_keys(true)
            .disable_statement_logging();
        let writing = options
            .clone()
            .journal_mode(SqliteJournalMode::Wal)
            // Without it a commit that was acknowledged could be gone after a power cut.
            .synchronous(SqliteSynchronous::Full)
            // What is deleted is overwritten: an erased mail must not stay in a free page.
            .pragma("secure_delete", "ON");
        let mut writer = lite_pool(1).connect_with(writing.clone()).await;
        // A new file is turned to write-ahead logging by one process alone, and SQLite does not make the others wait.
        for _ in 0..OPENINGS {
            if !matches!(&writer, Err(sqlx::Error::Database(error)) if error.code().as_deref() == Some("5")) {
                break;
            }
            tokio::time::sleep(BETWEEN_OPENINGS).await;
            writer = lite_pool(1).connect_with(writing.clone()).await;
        }
        let writer = writer.map_err(|error| StoreError::opening(url, error))?;
        let migrator = migrator(steps.iter().map(|step| (step.0, step.1)));
        let mut migrated = migrator.run(&writer).await;
        // Another process may be taking the same steps: each failure is then one that it took first.
        for _ in steps {
            if migrated.is_err() {
                migrated = migrator.run(&writer).await;
            }
        }
        migrated.map_err(|error| StoreError::migrating(url, error))?;
        Ok(Self::Lite { writer, readers: lite_pool(4).connect_lazy_with(options.read_only(true)) })
    }

    async fn open_pg(url: &str, steps: &[Step]) -> Result<Self, StoreError> {
        let options = PgConnectOptions::from_str(url)
            .map_err(|error| StoreError::opening("postgres://...", error))?
            .application_name("pairdesk")
            .disable_statement_logging();
        let what = format!("postgres database {}", options.get_database().unwrap_or_default());
        let opening = |error| StoreError::opening(&what, error);
        // A step may take as long as the tables are large: without the limits of the other connections.
        let migrating = pool::<Postgres>(1).connect_with(options.clone()).await.map_err(opening)?;
        let migrator = migrator(steps.iter().map(|step| (step.0, step.2)));
        migrator.run(&migrating).await.map_err(|error| StoreError::migrating(&what, error))?;
        migrating.close().await;
        let aside = connections(2).connect_lazy_with(options.clone());
        let pool = connections(8).connect_with(options).await.map_err(opening)?;
        Ok(Self::Pg { pool, aside })
    }

    /// The names of the steps of the schema.
    pub(super) fn steps() -> impl Iterator<Item = &'static str> {
        STEPS.iter().map(|step| step.0)
    }

    /// How many steps a database has taken; none when it has no tables yet, or is not there. Nothing is changed.
    pub(super) async fn taken(url: &str) -> Result<Option<usize>, StoreError> {
        const SQL: &str = "SELECT COUNT(*) FROM _sqlx_migrations";
        let counted: Result<i64, sqlx::Error> = if let Some(path) = lite_path(url) {
            if !Path::new(path).exists() {
                return Ok(None);
            }
            let options = SqliteConnectOptions::new().filename(path).read_only(true);
            match options.connect().await {
                Ok(mut connection) => sqlx::query_scalar(SQL).fetch_one(&mut connection).await,
                Err(error) => Err(error),
            }
        } else if is_pg(url) {
            match PgConnection::connect(url).await {
                Ok(mut connection) => answer(sqlx::query_scalar(SQL).fetch_one(&mut connection)).await,
                Err(error) => Err(error),
            }
        } else {
            return Ok(None);
        };
        match counted {
            Ok(steps) => Ok(usize::try_from(steps).ok().filter(|steps| *steps > 0)),
            // There is no such table (SQLite: ERROR; PostgreSQL: undefined_table).
            Err(sqlx::Error::Database(error)) if matches!(error.code().as_deref(), Some("1" | "42P01")) => {
                Ok(None)
            }
            Err(error) => Err(StoreError::opening(if is_pg(url) { "postgres://..." } else { url }, error)),
        }
    }

    /// A transaction that may write. Writers are one after the other on both databases, so that what one reads stays
    /// true until it commits.
    pub(super) async fn write(&self, doing: &'static str) -> Result<Session, StoreError> {
        let begun = async {
            Ok(match self {
                Self::Lite { writer, .. } => Either::Lite(writer.begin_with("BEGIN IMMEDIATE").await?),
                Self::Pg { pool, .. } => {
                    let mut transaction = answer(pool.begin()).await?;
                    let lock =
                        "SELECT pg_advisory_xact_lock(hashtextextended('pairdesk.' || current_schema(), 0))";
                    answer(transaction.execute(lock)).await?;
                    Either::Pg(transaction)
                }
            })
        };
        Session::new(begun.await, doing)
    }

    /// A transaction that writes what no decision depends on, beside the others where the database can.
    pub(super) async fn write_beside(&self, doing: &'static str) -> Result<Session, StoreError> {
        match self {
            Self::Lite { .. } => self.write(doing).await,
            Self::Pg { pool, .. } => Session::new(answer(pool.begin()).await.map(Either::Pg), doing),
        }
    }

    /// The same over a connection that is kept for it, so that it waits for no work.
    pub(super) async fn aside(&self, doing: &'static str) -> Result<Session, StoreError> {
        match self {
            Self::Lite { .. } => self.write(doing).await,
            Self::Pg { aside, .. } => Session::new(answer(aside.begin()).await.map(Either::Pg), doing),
        }
    }

    /// A transaction that sees one state of everything and writes nothing.
    pub(super) async fn read(&self, doing: &'static str) -> Result<Session, StoreError> {
        let begun = async {
            Ok(match self {
                Self::Lite { readers, .. } => Either::Lite(readers.begin().await?),
                Self::Pg { pool, .. } => {
                    let begin = pool.begin_with("BEGIN ISOLATION LEVEL REPEATABLE READ, READ ONLY");
                    Either::Pg(answer(begin).await?)
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
            // What does not come back in time belongs to a server that is gone.
            Self::Pg { pool, aside } => {
                drop(
                    tokio::time::timeout(PATIENCE, futures::future::join(pool.close(), aside.close())).await,
                );
            }
        }
    }
}

/// The path of a file of SQLite.
fn lite_path(url: &str) -> Option<&str> {
    let path = url.strip_prefix("sqlite:")?;
    Some(path.strip_prefix("//").unwrap_or(path))
}

fn is_pg(url: &str) -> bool {
    url.starts_with("postgres:") || url.starts_with("postgresql:")
}

/// Connections to PostgreSQL.
fn connections(number: u32) -> PoolOptions<Postgres> {
    pool::<Postgres>(number)
        .after_connect(|connection, _| {
            Box::pin(async move { answer(connection.execute(SETTINGS)).await.map(drop) })
        })
        // One that does not answer any more must not keep its place in the pool.
        .after_release(|connection, _| {
            Box::pin(async move { answer(connection.ping()).await.map(|()| true) })
        })
}

fn pool<D: sqlx::Database>(connections: u32) -> PoolOptions<D> {
    PoolOptions::new().max_connections(connections).acquire_timeout(PATIENCE).acquire_slow_threshold(PATIENCE)
}

/// A full disk ends SQLite's transaction by itself. sqlx does not count that, and would begin no other on the connection:
/// it makes way for a new one.
fn lite_pool(connections: u32) -> PoolOptions<Sqlite> {
    pool::<Sqlite>(connections).after_release(|connection, _| {
        Box::pin(async move {
            // Behind the roll-back that a dropped transaction asks for.
            connection.ping().await?;
            Ok(!connection.is_in_transaction())
        })
    })
}

/// Makes the file, and the folder that it lies in, for this user alone; leaves them as they are when they are there. What
/// root makes in somebody's folder is theirs: the daemon that runs as this somebody must open it too. (SQLite does the
/// same with the files that it puts beside.)
pub(super) fn private_file(path: &Path) -> std::io::Result<()> {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    std::fs::DirBuilder::new().recursive(true).mode(0o700).create(folder)?;
    let is_new = !path.try_exists()?;
    let file = OpenOptions::new().append(true).create(true).mode(0o600).open(path)?;
    let (owner, made) = (std::fs::metadata(folder)?, file.metadata()?);
    if is_new && made.uid() == 0 && owner.uid() != 0 {
        fchown(&file, Some(owner.uid()), Some(owner.gid()))?;
    }
    Ok(())
}

fn migrator(steps: impl Iterator<Item = (&'static str, &'static str)>) -> Migrator {
    let migration = |(version, (name, sql)): (i64, (&'static str, &'static str))| {
        Migration::new(version, name.into(), MigrationType::Simple, sql.into_sql_str(), false)
    };
    Migrator::with_migrations((1..).zip(steps).map(migration).collect())
}
