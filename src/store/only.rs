//! One daemon a database: two would each send what waits in the outbox.

use std::fs::{File, OpenOptions};
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;
use std::time::Duration;

use sqlx::Row;
use sqlx::postgres::{PgConnection, PgPool};

use super::Store;
use super::db::Db;
use super::error::{ErrorKind, StoreError};
use super::session::answer;

const DOING: &str = "making sure that no other daemon works on this database";
/// How often, and how far apart, the lock is asked for: PostgreSQL takes a moment to notice that a daemon was killed.
const TRIES: u32 = 20;
const BETWEEN: Duration = Duration::from_millis(250);
/// How often a lock in PostgreSQL is looked after.
const LOOK: Duration = Duration::from_secs(30);

/// The right to be the one daemon of a database, until it is dropped or the process ends, however it ends.
#[derive(Debug)]
pub struct OnlyDaemon {
    held: Held,
}

#[derive(Debug)]
enum Held {
    /// A lock on a file beside the database.
    Lite { _file: File },
    /// A lock that lives as long as this connection, which does nothing else.
    Pg { connection: PgConnection, pool: PgPool },
}

impl Store {
    /// Takes the right to be the one daemon of this database.
    ///
    /// # Errors
    /// Of kind [`ErrorKind::Other`] when another daemon has it.
    pub async fn only_daemon(&self) -> Result<OnlyDaemon, StoreError> {
        let held = match &self.db {
            Db::Lite { writer, .. } => {
                let database = writer.connect_options().get_filename().to_owned();
                Held::Lite { _file: lock_file(&database)? }
            }
            Db::Pg(pool) => Held::Pg { connection: lock_session(pool).await?, pool: pool.clone() },
        };
        Ok(OnlyDaemon { held })
    }
}

impl OnlyDaemon {
    /// Looks after the right for as long as it is held: a database that was restarted has forgotten it, so it is taken
    /// anew. Returns when another daemon has it meanwhile.
    pub async fn keep(&mut self) -> StoreError {
        loop {
            tokio::time::sleep(LOOK).await;
            if let Err(error) = self.look().await {
                if error.kind == ErrorKind::Other {
                    return error;
                }
                tracing::warn!(%error, "could not look after the daemon's lock in the database");
            }
        }
    }

    /// Makes sure that the right is still held, and takes it anew where the connection was lost.
    ///
    /// # Errors
    /// Of kind [`ErrorKind::Other`] when another daemon has it.
    pub async fn look(&mut self) -> Result<(), StoreError> {
        if let Held::Pg { connection, pool } = &mut self.held
            && answer(sqlx::query("SELECT 1").execute(&mut *connection)).await.is_err()
        {
            *connection = lock_session(pool).await?;
        }
        Ok(())
    }
}

fn lock_file(database: &Path) -> Result<File, StoreError> {
    let path = database.with_extension("lock");
    let opened = OpenOptions::new().append(true).create(true).mode(0o600).open(&path);
    let file = opened
        .map_err(|error| StoreError::other(DOING, format!("could not open {}: {error}", path.display())))?;
    file.try_lock().map_err(|_| {
        let (database, path) = (database.display(), path.display());
        StoreError::other(
            DOING,
            format!("another pairdesk runs on {database} (it holds {path}); stop that one first"),
        )
    })?;
    Ok(file)
}

/// A connection that holds the lock, apart from the pool's.
async fn lock_session(pool: &PgPool) -> Result<PgConnection, StoreError> {
    let failed = |error| StoreError::database(DOING, error);
    let mut connection = pool.acquire().await.map_err(failed)?.detach();
    let sql =
        "SELECT pg_try_advisory_lock(hashtextextended('pairdesk.daemon.' || current_schema(), 0)) AS locked";
    for attempt in 1..=TRIES {
        let row = answer(sqlx::query(sql).fetch_one(&mut connection)).await.map_err(failed)?;
        if row.try_get("locked").map_err(failed)? {
            return Ok(connection);
        }
        if attempt < TRIES {
            tokio::time::sleep(BETWEEN).await;
        }
    }
    let options = pool.connect_options();
    let database = options.get_database().unwrap_or_default();
    Err(StoreError::other(
        DOING,
        format!("another pairdesk runs on the PostgreSQL database {database}; stop that one first"),
    ))
}
