//! Several daemons on one PostgreSQL database: each promises to be alive, and what only one may do at a time is leased.
//!
//! A lease is held until its daemon leaves, or is given up by the others. Each transaction of the loop that holds it
//! makes sure of it and keeps it for as long as it lasts, so that what a daemon wrote that had been given up is rolled
//! back. SQLite has one daemon, which holds a lock on a file.

mod beat;
mod process;
mod term;

use std::fs::File;
use std::sync::Arc;
use std::time::{Duration, Instant};

use tokio::sync::watch;
use tokio::task::AbortHandle;

use self::process::Process;
use self::term::{GOOD, Promise};
use super::Store;
use super::db::Db;
use super::error::StoreError;
use super::outbox;
use super::session::{Row, Session};

/// The database's clock, in milliseconds: the machines' own need not agree.
const NOW: &str = "(extract(epoch FROM clock_timestamp()) * 1000)::bigint";
/// How often a lease is asked for that another daemon holds.
const ASK: Duration = Duration::from_secs(2);

/// A daemon as it stands in the database.
#[derive(Debug, Clone)]
struct Daemon {
    id: String,
    name: String,
    process: String,
}

/// This daemon's place among those that work on its database.
#[derive(Debug)]
pub(super) struct Place {
    daemon: Option<Beating>,
    /// The lock of the one daemon of a SQLite file.
    _file: Option<File>,
}

#[derive(Debug)]
struct Beating {
    daemon: Daemon,
    promise: watch::Receiver<Promise>,
    heart: AbortHandle,
}

impl Drop for Beating {
    fn drop(&mut self) {
        self.heart.abort();
    }
}

/// A lease that this daemon took.
#[derive(Debug, Clone)]
pub(super) struct Lease {
    name: String,
    token: i64,
}

/// What this daemon alone does: held until it is given back or lost.
#[derive(Debug)]
pub struct Held {
    /// The store, whose transactions are committed only while the lease is held.
    pub store: Store,
    mandate: Mandate,
}

/// That the other daemons count on this one, from some instant on.
#[derive(Debug, Clone)]
pub struct Mandate(Option<(u64, watch::Receiver<Promise>)>);

/// A daemon, as `status` shows it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct DaemonStatus {
    /// Its machine and process: "mail1, process 812".
    pub name: String,
    /// What it alone does: "mailbox service/INBOX", "tick".
    pub holds: Vec<String>,
    /// Whether it has not been heard of for longer than it promised.
    pub silent: bool,
}

impl Mandate {
    /// Whether it still holds. By this machine's own clock: a daemon that was stopped and goes on, or that does not
    /// reach its database, hears of it from nobody.
    pub fn holds(&self) -> bool {
        let Some((life, promise)) = &self.0 else { return true };
        promise.borrow().covers(*life, Instant::now())
    }

    /// Returns when it does not hold any more.
    pub async fn ended(&self) {
        let Some((life, promise)) = &self.0 else { return std::future::pending().await };
        let mut promise = promise.clone();
        loop {
            let last = *promise.borrow_and_update();
            if !last.covers(*life, Instant::now()) {
                return;
            }
            tokio::select! {
                () = tokio::time::sleep_until(last.until.into()) => {}
                changed = promise.changed() => if changed.is_err() { return },
            }
        }
    }
}

impl Held {
    /// Returns when the lease is lost: the others have given this daemon up, or will before they hear of it.
    pub async fn lost(&self) {
        self.mandate.ended().await;
    }

    /// Lets another daemon have the lease at once.
    pub async fn give_back(self) {
        let Some(lease) = &self.store.lease else { return };
        let given = async {
            let mut session = self.store.db.aside("giving a lease back").await?;
            let sql = "UPDATE lease SET daemon = NULL WHERE name = $1 AND token = $2";
            session.run(sql, [(&lease.name).into(), lease.token.into()]).await?;
            session.commit().await
        };
        if let Err(error) = given.await {
            tracing::debug!(%error, lease = lease.name, "it is free when this daemon ends");
        }
    }
}

impl Store {
    /// Takes this daemon's place among those that work on the database, under an id that no other has. Its clones know
    /// of it. Of daemons that are gone from this machine the work is free at once, of others after half a minute.
    ///
    /// # Errors
    /// Of kind [`super::ErrorKind::Other`] when another daemon works on a SQLite file.
    pub async fn join(mut self, id: String) -> Result<Self, StoreError> {
        let place = match &self.db {
            Db::Lite { writer, .. } => {
                let database = writer.connect_options().get_filename().to_owned();
                Place { daemon: None, _file: Some(super::only::lock_file(&database)?) }
            }
            Db::Pg { .. } => {
                let process = Process::own();
                let daemon = Daemon {
                    id,
                    name: format!("{}, process {}", process::host(), std::process::id()),
                    process: process.as_ref().map(Process::key).unwrap_or_default(),
                };
                Place { daemon: Some(beat::begin(self.db.clone(), daemon, process).await?), _file: None }
            }
        };
        self.place = Some(Arc::new(place));
        Ok(self)
    }

    /// Gives back all that this daemon holds: the others go on at once.
    pub(super) async fn leave(&self) {
        let Some(beating) = self.beating() else { return };
        beating.heart.abort();
        let left = async {
            let mut session = self.db.aside("giving all leases back").await?;
            session.run("DELETE FROM daemon WHERE id = $1", [(&beating.daemon.id).into()]).await?;
            outbox::release_orphans(&mut session).await?;
            session.commit().await
        };
        if let Err(error) = left.await {
            tracing::warn!(%error, "other daemons go on with this one's work half a minute from now");
        }
    }

    fn beating(&self) -> Option<&Beating> {
        self.place.as_ref()?.daemon.as_ref()
    }

    /// Whose claims those of this store are; none where there is one daemon.
    pub(super) fn claimant(&self) -> Option<&str> {
        self.beating().map(|beating| beating.daemon.id.as_str())
    }

    /// That the other daemons count on this one, as it stands now. Where there is one daemon it never ends.
    pub fn mandate(&self) -> Mandate {
        Mandate(self.beating().map(|beating| (beating.promise.borrow().life, beating.promise.clone())))
    }

    /// Waits until this daemon alone may do what goes by this name; at once where there is one daemon. `elsewhere` is
    /// called each time that another daemon does it.
    pub async fn lease(&self, name: &str, mut elsewhere: impl FnMut()) -> Held {
        let Some(beating) = self.beating() else {
            return Held { store: self.clone(), mandate: Mandate(None) };
        };
        let mut told = None;
        loop {
            // Before the lease: whoever gives this daemon up in between, gives that lease up too.
            let mandate = self.mandate();
            match self.take(name, &beating.daemon.id).await {
                Ok(Taken::Ours(lease)) => {
                    if let Some(other) = told {
                        tracing::info!(lease = name, from = other, "taking it over");
                    }
                    return Held { store: Self { lease: Some(lease), ..self.clone() }, mandate };
                }
                Ok(Taken::Theirs(other)) => {
                    elsewhere();
                    if other.is_some() && told != other {
                        let by = other.as_deref();
                        tracing::info!(lease = name, by, "another daemon does it; this one stands by");
                        told = other;
                    }
                }
                Err(error) => tracing::debug!(%error, lease = name, "could not ask for a lease"),
            }
            tokio::time::sleep(ASK).await;
        }
    }

    async fn take(&self, name: &str, daemon: &str) -> Result<Taken, StoreError> {
        let mut session = self.db.aside("asking for a lease").await?;
        let sql = format!(
            "INSERT INTO lease (name, token, taken_at) VALUES ($1, 0, {NOW}) ON CONFLICT (name) DO NOTHING"
        );
        session.run(sqlx::AssertSqlSafe(sql), [name.into()]).await?;
        // A transaction of the last holder that is under way keeps the row: it is asked for again when that has ended.
        let sql = format!(
            "UPDATE lease SET daemon = $2, token = token + 1, taken_at = {NOW} WHERE name IN (
                SELECT name FROM lease WHERE name = $1 AND (daemon IS NULL OR daemon = $2) FOR UPDATE SKIP LOCKED)
            RETURNING token"
        );
        let row = session.row(sqlx::AssertSqlSafe(sql), [name.into(), daemon.into()]).await?;
        let taken = if let Some(row) = row {
            Taken::Ours(Lease { name: name.to_owned(), token: row.get("token")? })
        } else {
            let sql = "SELECT d.name FROM lease l JOIN daemon d ON d.id = l.daemon WHERE l.name = $1 AND d.id <> $2";
            let row = session.row(sql, [name.into(), daemon.into()]).await?;
            Taken::Theirs(row.map(|row| row.get("name")).transpose()?)
        };
        session.commit().await?;
        Ok(taken)
    }
}

/// What came of asking for a lease.
enum Taken {
    Ours(Lease),
    /// Another daemon's, named unless the lease is about to be free.
    Theirs(Option<String>),
}

/// Makes sure of a lease, and keeps it until the transaction ends.
pub(super) async fn guard(session: &mut Session, lease: &Lease) -> Result<(), StoreError> {
    let sql = "SELECT token FROM lease WHERE name = $1 AND token = $2 FOR KEY SHARE";
    if session.row(sql, [(&lease.name).into(), lease.token.into()]).await?.is_some() {
        return Ok(());
    }
    Err(session
        .too_late(format!("another daemon has taken \"{}\" over; nothing of it is written here", lease.name)))
}

/// Makes sure that the others count on this daemon, and keeps them from giving it up until the transaction ends.
pub(super) async fn is_counted_on(session: &mut Session, daemon: &str) -> Result<bool, StoreError> {
    let sql = format!("SELECT id FROM daemon WHERE id = $1 AND alive_until > {NOW} FOR KEY SHARE");
    Ok(session.row(sqlx::AssertSqlSafe(sql), [daemon.into()]).await?.is_some())
}

/// The daemons, by name.
pub(super) async fn daemons(session: &mut Session) -> Result<Vec<DaemonStatus>, StoreError> {
    if session.is_lite() {
        return Ok(Vec::new());
    }
    let sql = format!("SELECT id, name, alive_until < {NOW} AS silent FROM daemon ORDER BY name, id");
    let mut daemons = Vec::new();
    for row in session.rows(sqlx::AssertSqlSafe(sql), []).await? {
        let id: String = row.get("id")?;
        let holds =
            session.rows("SELECT name FROM lease WHERE daemon = $1 ORDER BY name", [id.into()]).await?;
        let holds = holds.iter().map(|row: &Row| row.get("name")).collect::<Result<_, _>>()?;
        daemons.push(DaemonStatus { name: row.get("name")?, holds, silent: row.get("silent")? });
    }
    Ok(daemons)
}
