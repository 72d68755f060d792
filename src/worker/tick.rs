//! Time that passes: what is due now is decided and written down.

use std::time::Duration;

use tokio_util::sync::CancellationToken;

use super::Desk;
use crate::directory::Directory;
use crate::effect::Effect;
use crate::schedule::{self, Agenda, Hours};
use crate::store::StoreError;

/// How long the clock may jump (a suspended machine, a corrected time) before it is noticed.
const GLANCE: Duration = Duration::from_secs(60);

/// Does what is due now. Returns how many mails were written for it.
pub async fn step(desk: &Desk, hours: &Hours) -> Result<usize, StoreError> {
    let now = desk.clock.now();
    perform(desk, |agenda, directory| schedule::due(agenda, directory, hours, now, desk.clock.seed())).await
}

/// Makes everybody's digest now, whatever the hour. Returns how many mails were written.
pub async fn digest_now(desk: &Desk) -> Result<usize, StoreError> {
    let now = desk.clock.now();
    perform(desk, |agenda, directory| {
        schedule::digests(&directory.people(), agenda, directory, now, desk.clock.seed())
    })
    .await
}

/// Decides from what is pending and writes down what follows, in one transaction.
async fn perform(
    desk: &Desk,
    decide: impl FnOnce(&Agenda, &Directory) -> Vec<Effect>,
) -> Result<usize, StoreError> {
    let directory = desk.directory().await?;
    let now = desk.clock.now();
    let mut tx = desk.store.begin().await?;
    let agenda = tx.agenda(&directory.people(), now).await?;
    let effects = decide(&agenda, &directory);
    let performed = tx.perform(None, &effects, &desk.composer, now).await?;
    tx.commit().await?;
    if performed.outgoing > 0 {
        desk.outbox_bell.notify_one();
    }
    Ok(performed.outgoing)
}

/// Ticks until told to stop.
pub async fn run(desk: &Desk, hours: &Hours, stop: CancellationToken) {
    loop {
        match step(desk, hours).await {
            Ok(0) => {}
            Ok(mails) => tracing::info!(mails, "made the digests that were due"),
            Err(error) => tracing::error!(%error, "could not do what is due now; tried again in a minute"),
        }
        tokio::select! {
            () = stop.cancelled() => return,
            () = tokio::time::sleep(GLANCE) => {}
        }
    }
}
