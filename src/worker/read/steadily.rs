//! Reads what comes, for as long as the daemon runs.

use std::time::Duration;

use tokio_util::sync::CancellationToken;

use super::super::Desk;
use super::step;
use crate::store::StoreError;

/// How long reading waits for folders of which more is to be fetched: what came first is fetched first.
const FETCHED_FIRST: Duration = Duration::from_secs(10);
/// How often it is looked for mails that another process has stored.
const GLANCE: Duration = Duration::from_secs(5);
/// How often it is looked whether all has been read.
const LOOK: Duration = Duration::from_millis(200);

/// Waits until all that is stored by now has been read, by whatever process; false when that takes longer than this.
pub async fn is_done(desk: &Desk, longest: Duration) -> Result<bool, StoreError> {
    let newest = desk.store.newest_mail().await?;
    let done = async {
        while !desk.store.is_read_up_to(newest).await? {
            tokio::time::sleep(LOOK).await;
        }
        Ok(true)
    };
    tokio::time::timeout(longest, done).await.unwrap_or(Ok(false))
}

/// Reads what comes until told to stop; of several daemons one at a time.
pub async fn run(desk: &Desk, stop: CancellationToken) {
    loop {
        let held = tokio::select! {
            () = stop.cancelled() => return,
            held = desk.store.lease("reads", || ()) => held,
        };
        let leased = desk.holding(&held);
        tokio::select! {
            biased;
            () = held.lost() => tracing::warn!("another daemon may read the mails now; leaving them to it"),
            () = go_on(&leased, &stop) => return held.give_back().await,
        }
    }
}

/// Reads what comes until told to stop.
async fn go_on(desk: &Desk, stop: &CancellationToken) {
    loop {
        tokio::select! {
            () = stop.cancelled() => return,
            () = desk.fetched(FETCHED_FIRST) => {}
        }
        match step(desk).await {
            Ok(read) if !read.is_empty() => {
                tracing::info!(mails = read.len(), "read mails");
                continue;
            }
            Ok(_) => {}
            Err(error) => {
                tracing::error!(%error, "could not read the mails that wait; tried again in some seconds");
            }
        }
        tokio::select! {
            () = stop.cancelled() => return,
            () = desk.reading_bell.notified() => {}
            () = tokio::time::sleep(GLANCE) => {}
        }
    }
}
