//! The running daemon: builds everything from the configuration, starts the loops, and stops them in order. No rules.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, Result, bail};
use tokio::signal::unix::{SignalKind, signal};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::clock::Clock;
use crate::compose::{Composer, House};
use crate::config::Config;
use crate::mailbox::Source;
use crate::store::Store;
use crate::worker::deliver::Delivery;
use crate::worker::{Desk, tick, watch};

/// How long the loops may take to finish what they are at, once told to stop.
const DRAIN: Duration = Duration::from_secs(20);

/// Opens the store and makes everything that the loops, and the commands that act for them, work with.
pub async fn desk(config: &Config, clock: Clock) -> Result<Desk> {
    let store = Store::open(&config.store_url()).await?;
    let composer = Composer::new(House::of(&config.firm));
    Ok(Desk::new(store, composer, config.firm.clone(), config.policy.clone(), config.read_options(), clock))
}

/// How mail is sent, from the configuration.
pub fn delivery(config: &Config) -> Delivery {
    Delivery::new(config.transport(), config.limits, config.smtp.give_up_after)
}

/// Runs until SIGTERM or SIGINT, then finishes what is at hand and returns.
pub async fn run(config: Config) -> Result<()> {
    let _only = only_one(&config)?;
    let desk = Arc::new(desk(&config, Clock::System).await?);
    let interrupted = desk.store.release_interrupted(desk.clock.now()).await?;
    if interrupted > 0 {
        tracing::warn!(
            mails = interrupted,
            "the last run was cut off while it sent mails; they are sent again with the same Message-ID",
        );
    }
    let accounts = desk.directory().await?.accounts().len();
    if accounts == 0 {
        tracing::warn!(
            "there are no accounts yet, so that all mail waits as unmatched: pairdesk accounts import FILE"
        );
    }
    let stop = CancellationToken::new();
    let tasks = TaskTracker::new();
    let sessions: Vec<_> = config.sources().iter().flat_map(Source::sessions).collect();
    tracing::info!(accounts, folders = sessions.len(), "started");
    for session in sessions {
        // Each folder in a task of its own: one that fails or panics leaves the others alone.
        tasks.spawn(watch::run(Arc::clone(&desk), session, stop.clone()));
    }
    let hours = config.hours.clone();
    let (ticking, sending) = (Arc::clone(&desk), Arc::clone(&desk));
    let ends = stop.clone();
    tasks.spawn(async move { tick::run(&ticking, &hours, ends).await });
    let delivery = delivery(&config);
    let ends = stop.clone();
    tasks.spawn(async move { delivery.run(&sending, ends).await });

    let mut terminate = signal(SignalKind::terminate()).context("could not listen for SIGTERM")?;
    let mut interrupt = signal(SignalKind::interrupt()).context("could not listen for SIGINT")?;
    tokio::select! {
        _ = terminate.recv() => {}
        _ = interrupt.recv() => {}
    }
    tracing::info!("stopping; what is at hand is finished first");
    stop.cancel();
    tasks.close();
    if tokio::time::timeout(DRAIN, tasks.wait()).await.is_err() {
        tracing::warn!("stopped in the middle of something; the next start goes on with it");
    }
    desk.store.close().await;
    Ok(())
}

/// Holds a lock beside an SQLite database for as long as the daemon runs: two daemons on one file would send each
/// mail twice.
fn only_one(config: &Config) -> Result<Option<std::fs::File>> {
    let Some(path) = config.store_url().strip_prefix("sqlite:").map(PathBuf::from) else {
        return Ok(None);
    };
    let lock = path.with_extension("lock");
    if let Some(folder) = lock.parent() {
        std::fs::create_dir_all(folder)
            .with_context(|| format!("could not make the folder {} for the database", folder.display()))?;
    }
    let file = std::fs::File::create(&lock).with_context(|| format!("could not open {}", lock.display()))?;
    if file.try_lock().is_err() {
        bail!(
            "another pairdesk runs on {} (it holds {}); stop that one first",
            path.display(),
            lock.display()
        );
    }
    Ok(Some(file))
}
