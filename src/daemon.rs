//! The running daemon: builds everything from the configuration, starts the loops, and stops them in order. No rules.

use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, Error, Result, anyhow};
use futures::FutureExt;
use tokio::signal::unix::{SignalKind, signal};
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

use crate::clock::Clock;
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
    store.first_token_key(clock.key(), clock.now()).await?;
    let composer = config.composer();
    Ok(Desk::new(store, composer, config.firm.clone(), config.policy.clone(), config.read_options(), clock))
}

/// How mail is sent, from the configuration.
pub fn delivery(config: &Config) -> Delivery {
    Delivery::new(config.transport(), config.limits, config.smtp.give_up_after)
}

/// Runs until SIGTERM or SIGINT, then finishes what is at hand and returns.
///
/// # Errors
/// When it cannot start, and when one of its loops ends by itself: a supervisor starts it anew.
pub async fn run(config: Config) -> Result<()> {
    let desk = Arc::new(desk(&config, Clock::System).await?);
    let mut only = desk.store.only_daemon().await?;
    let interrupted = desk.store.release_interrupted(desk.clock.now()).await?;
    if interrupted > 0 {
        tracing::warn!(
            mails = interrupted,
            "the last run was cut off while it sent mails; they are sent again with the same Message-ID",
        );
    }
    let directory = desk.directory().await?;
    desk.layer(&directory).await;
    let accounts = directory.accounts().len();
    if accounts == 0 {
        tracing::warn!(
            "there are no accounts yet, so that all mail waits as unmatched: pairdesk accounts import FILE"
        );
    }
    for problem in desk.composer.wording().problems() {
        let (place, what) = (&problem.place, &problem.what);
        tracing::warn!(
            place,
            what,
            "a template of the firm's own is not used; `pairdesk check` says what to do"
        );
    }
    let mut terminate = signal(SignalKind::terminate()).context("could not listen for SIGTERM")?;
    let mut interrupt = signal(SignalKind::interrupt()).context("could not listen for SIGINT")?;
    let stop = CancellationToken::new();
    let mut loops = Loops::default();
    let sessions: Vec<_> = config.sources().iter().flat_map(Source::sessions).collect();
    let folders = u32::try_from(sessions.len()).unwrap_or(u32::MAX);
    tracing::info!(accounts, folders, "started");
    for session in sessions {
        // Each folder in a task of its own: one that fails leaves the others alone.
        let name = format!("the loop that reads {}", session.name());
        loops.spawn(name, watch::run(Arc::clone(&desk), session, stop.clone()));
    }
    let hours = config.hours.clone();
    let (ticking, sending) = (Arc::clone(&desk), Arc::clone(&desk));
    let ends = stop.clone();
    loops.spawn("the loop that makes digests", async move {
        tick::run(&ticking, &hours, folders, ends).await;
    });
    let delivery = delivery(&config);
    let ends = stop.clone();
    loops.spawn("the loop that sends", async move { delivery.run(&sending, ends).await });

    let ended = tokio::select! {
        _ = terminate.recv() => Ok(()),
        _ = interrupt.recv() => Ok(()),
        ended = loops.ended() => Err(ended),
        taken = only.keep() => Err(taken.into()),
    };
    match &ended {
        Ok(()) => tracing::info!("stopping; what is at hand is finished first"),
        Err(error) => tracing::error!(%error, "stopping, since the daemon is not whole any more"),
    }
    stop.cancel();
    if tokio::time::timeout(DRAIN, loops.drain()).await.is_err() {
        tracing::warn!("stopped in the middle of something; the next start goes on with it");
    }
    desk.store.close().await;
    ended
}

/// The daemon's loops, none of which ends before it is told to.
#[derive(Default)]
struct Loops(JoinSet<(String, std::thread::Result<()>)>);

impl Loops {
    fn spawn(&mut self, name: impl Into<String>, running: impl Future<Output = ()> + Send + 'static) {
        let name = name.into();
        self.0.spawn(async move { (name, AssertUnwindSafe(running).catch_unwind().await) });
    }

    /// Waits until one ends, and says which and why.
    async fn ended(&mut self) -> Error {
        match self.0.join_next().await {
            Some(Ok((name, Err(_)))) => {
                anyhow!("{name} failed (a mistake of this program; the log says where)")
            }
            Some(Ok((name, Ok(())))) => anyhow!("{name} ended without being told to"),
            Some(Err(error)) => anyhow!("a loop ended without being told to: {error}"),
            None => anyhow!("there is no loop"),
        }
    }

    /// Waits until all have ended, and logs what failed meanwhile.
    async fn drain(&mut self) {
        while let Some(ended) = self.0.join_next().await {
            if let Ok((name, Err(_))) = ended {
                tracing::error!("{name} failed (a mistake of this program)");
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What is said when this loop ends beside one that goes on, which must still be drained.
    async fn said(ends: impl Future<Output = ()> + Send + 'static) -> String {
        let mut loops = Loops::default();
        let stop = CancellationToken::new();
        loops.spawn("the other loop", stop.clone().cancelled_owned());
        loops.spawn("the first loop", ends);
        let error = loops.ended().await.to_string();
        stop.cancel();
        loops.drain().await;
        error
    }

    #[tokio::test]
    async fn a_loop_that_ends_by_itself_is_named_without_what_a_panic_might_quote() {
        assert_eq!(said(async {}).await, "the first loop ended without being told to");
        let failed = said(async { panic!("out of paper") }).await;
        assert_eq!(failed, "the first loop failed (a mistake of this program; the log says where)");
    }
}
