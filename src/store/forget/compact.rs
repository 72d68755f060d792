//! After an erasure: nothing of it is left in free pages, in the log of changes or in dead rows.

use sqlx::sqlite::SqlitePool;
use sqlx::{AssertSqlSafe, Connection, Executor, PgConnection, Row};

use super::columns::TABLES;
use super::walk;
use crate::store::db::Db;
use crate::store::error::StoreError;
use crate::store::{Store, only};

const DOING: &str = "writing the database anew without what was erased";

/// What was done to the database's files.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Compacted {
    /// SQLite: the file was written anew, and its write-ahead log is empty.
    Lite,
    /// PostgreSQL: the tables were written anew.
    Pg {
        /// Whether a checkpoint was made and the write-ahead log goes on in a new file: not every role may do that.
        log_switched: bool,
    },
}

impl Store {
    /// Makes sure that no daemon has the database open, where that matters, for as long as the file is held: on SQLite
    /// what a daemon reads keeps the write-ahead log from being emptied. On PostgreSQL daemons may run.
    ///
    /// # Errors
    /// Of kind [`crate::store::ErrorKind::Other`] when a daemon runs.
    pub fn alone(&self) -> Result<Option<std::fs::File>, StoreError> {
        match &self.db {
            Db::Lite { writer, .. } => only::lock_file(writer.connect_options().get_filename()).map(Some),
            Db::Pg { .. } => Ok(None),
        }
    }

    /// Writes the database anew, without what was erased. On SQLite no other process may have it open.
    pub async fn compact(&self) -> Result<Compacted, StoreError> {
        let failed = |error| StoreError::database(DOING, error);
        match &self.db {
            Db::Lite { writer, .. } => {
                lite(writer).await?;
                Ok(Compacted::Lite)
            }
            Db::Pg { pool, .. } => {
                let mut session = self.read(DOING).await?;
                let tables = walk::listed(&mut session).await?;
                drop(session);
                // Without the limits of the pool's connections: a large table takes its time.
                let mut connection =
                    PgConnection::connect_with(&pool.connect_options()).await.map_err(failed)?;
                connection
                    .execute("SET client_min_messages = error; SET lock_timeout = '60s'")
                    .await
                    .map_err(failed)?;
                let empty_of_people =
                    |name: &str| TABLES.iter().any(|table| table.name == name && !table.names_people());
                // Not those of which daemons keep hold every few seconds.
                for table in tables.iter().filter(|table| !empty_of_people(&table.table)) {
                    let sql = format!("VACUUM (FULL, ANALYZE) {}", walk::quoted(&table.table));
                    connection.execute(AssertSqlSafe(sql)).await.map_err(failed)?;
                }
                let switched = connection.execute("CHECKPOINT").await.is_ok()
                    && connection.execute("SELECT pg_switch_wal()").await.is_ok();
                connection.close().await.map_err(failed)?;
                Ok(Compacted::Pg { log_switched: switched })
            }
        }
    }
}

async fn lite(writer: &SqlitePool) -> Result<(), StoreError> {
    let failed = |error| StoreError::database(DOING, error);
    let mut connection = writer.acquire().await.map_err(failed)?;
    connection.execute("VACUUM").await.map_err(failed)?;
    let row = connection.fetch_one("PRAGMA wal_checkpoint(TRUNCATE)").await.map_err(failed)?;
    let busy: i64 = row.try_get(0).map_err(failed)?;
    if busy != 0 {
        return Err(StoreError::other(
            DOING,
            "another process reads the database, so that its write-ahead log could not be emptied; stop it, and run this \
             command again",
        ));
    }
    Ok(())
}
