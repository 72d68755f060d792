//! The heartbeat of a daemon: it promises anew, and gives up those that did not keep their promise.

use std::time::{Duration, Instant};

use sqlx::AssertSqlSafe;
use tokio::sync::watch;

use super::super::db::Db;
use super::super::error::StoreError;
use super::super::outbox;
use super::process::Process;
use super::term::{self, Promise};
use super::{Beating, Daemon, GOOD, NOW};

/// How long one beat may take.
const PATIENCE: Duration = Duration::from_secs(5);

/// Gives up those that are gone and makes the first promise; others follow for as long as what is returned lives.
pub(super) async fn begin(db: Db, daemon: Daemon, process: Option<Process>) -> Result<Beating, StoreError> {
    let asked = Instant::now();
    keep(&db, &daemon).await?;
    give_up(&db, &daemon, process.as_ref()).await?;
    let (promised, promise) = watch::channel(Promise::new(0, asked));
    let heart = tokio::spawn(beat(db, daemon.clone(), process, promised)).abort_handle();
    Ok(Beating { daemon, promise, heart })
}

async fn beat(db: Db, daemon: Daemon, process: Option<Process>, promised: watch::Sender<Promise>) {
    let (mut kept, mut asked) = (true, Instant::now());
    loop {
        tokio::time::sleep(term::pause(kept, asked.elapsed())).await;
        asked = Instant::now();
        let done = tokio::time::timeout(PATIENCE, keep(&db, &daemon)).await;
        let Promise { life, until } = *promised.borrow();
        kept = match done {
            Ok(Ok(true)) => {
                promised.send_replace(Promise::new(life, asked));
                true
            }
            Ok(Ok(false)) => {
                tracing::warn!(
                    "the other daemons had given this one up, since nothing was heard of it; what it held is theirs"
                );
                promised.send_replace(Promise::new(life + 1, asked));
                true
            }
            failed => {
                let error = failed.ok().and_then(Result::err).map(|error| error.to_string());
                let error = error.unwrap_or_else(|| format!("no answer within {PATIENCE:?}"));
                let left = until.saturating_duration_since(Instant::now());
                if left.is_zero() {
                    tracing::error!(
                        error,
                        "cut off from the database: others may go on with what this daemon did"
                    );
                } else {
                    tracing::warn!(error, ?left, "could not tell the other daemons that this one is alive");
                }
                false
            }
        };
        if kept
            && let Ok(Err(error)) =
                tokio::time::timeout(PATIENCE, give_up(&db, &daemon, process.as_ref())).await
        {
            tracing::debug!(%error, "could not look after the other daemons");
        }
    }
}

/// Promises to be alive; false when the others had given this daemon up.
async fn keep(db: &Db, daemon: &Daemon) -> Result<bool, StoreError> {
    let mut session = db.aside("telling the other daemons that this one is alive").await?;
    let good = i64::try_from(GOOD.as_millis()).unwrap_or(i64::MAX);
    let sql = format!("UPDATE daemon SET alive_until = {NOW} + $2 WHERE id = $1");
    let known = session.run(AssertSqlSafe(sql), [(&daemon.id).into(), good.into()]).await? > 0;
    if !known {
        let sql =
            format!("INSERT INTO daemon (id, name, process, alive_until) VALUES ($1, $2, $3, {NOW} + $4)");
        let values = [(&daemon.id).into(), (&daemon.name).into(), (&daemon.process).into(), good.into()];
        session.run(AssertSqlSafe(sql), values).await?;
    }
    session.commit().await?;
    Ok(known)
}

/// Gives up the daemons that are gone: their leases are free, and what they were sending waits again.
async fn give_up(db: &Db, own: &Daemon, process: Option<&Process>) -> Result<(), StoreError> {
    let mut session = db.aside("looking after the other daemons").await?;
    let sql = format!("SELECT id, name, process, alive_until < {NOW} AS silent FROM daemon WHERE id <> $1");
    let mut given_up = Vec::new();
    for row in session.rows(AssertSqlSafe(sql), [(&own.id).into()]).await? {
        let (id, name): (String, String) = (row.get("id")?, row.get("name")?);
        let key: String = row.get("process")?;
        let gone = process.is_some_and(|process| process.sees_gone(&key));
        if gone || row.get("silent")? {
            let sql = format!("DELETE FROM daemon WHERE id = $1 AND ($2 OR alive_until < {NOW})");
            if session.run(AssertSqlSafe(sql), [id.into(), gone.into()]).await? > 0 {
                given_up.push((name, gone));
            }
        }
    }
    let mails = if given_up.is_empty() { 0 } else { outbox::release_orphans(&mut session).await? };
    session.commit().await?;
    for (daemon, gone) in &given_up {
        let why = if *gone { "it has ended without a word" } else { "nothing was heard of it for 30 s" };
        tracing::warn!(daemon, why, "another daemon is given up; those that are left go on with its work");
    }
    if mails > 0 {
        tracing::warn!(
            mails,
            "it was cut off while it sent mails; they are sent again with the same Message-ID"
        );
    }
    Ok(())
}
