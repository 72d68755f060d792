//! Time that passes: what is due now is decided and written down.

use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use tokio_util::sync::CancellationToken;

use super::{Desk, read, retain};
use crate::compose::Composer;
use crate::directory::Directory;
use crate::effect::Effect;
use crate::message::Address;
use crate::mood::HORIZON;
use crate::schedule::{self, Hours, LastDigests, Times};
use crate::store::{StoreError, Tx};

/// How long the clock may jump (a suspended machine, a corrected time) before it is noticed.
const GLANCE: Duration = Duration::from_mins(1);
/// How long the first digests wait for the mailboxes, and all for mails to be read: one mailbox that does not answer, or one
/// flood of mails, must not keep them from everybody.
const CATCHING_UP: Duration = Duration::from_mins(2);

/// Does what is due now. Returns how many mails were written for it. Where nothing is due, nothing but the times of
/// the last digests and weekly letters is read.
pub async fn step(desk: &Desk, hours: &Hours) -> Result<usize, StoreError> {
    wake(desk).await?;
    close(desk).await?;
    let directory = desk.directory().await?;
    afterwards(desk, &directory).await?;
    let told = gather(desk).await? + still_working(desk, &directory).await? + weekly(desk, hours).await?;
    let told = told + remind(desk, &directory).await?;
    let last = desk.store.digests().await?;
    desk.note_tick();
    if schedule::due(&last, &directory, hours, desk.clock.now()).is_empty() {
        return Ok(told);
    }
    let due = |last: &_, now| schedule::due(last, &directory, hours, now);
    write(desk, &directory, due).await.map(|to| told + to.len())
}

/// Writes the weekly letters that are due. Returns how many.
pub async fn weekly(desk: &Desk, hours: &Hours) -> Result<usize, StoreError> {
    let directory = desk.directory().await?;
    let now = desk.clock.now();
    let due = schedule::due_weekly(&desk.store.weeklies().await?, &directory, hours, now);
    let Some(from) = due.iter().map(|(_, from)| from.unwrap_or(now)).min() else { return Ok(0) };
    let since = from.saturating_sub(HORIZON).unwrap_or(Timestamp::MIN);
    // Beside the writers: a figure of a week may miss what comes in this second.
    let weeks = desk.store.weeks(since, desk.policy.thresholds.please_check).await?;
    let composer = desk.composer().await?;
    let mut tx = desk.store.begin().await?;
    let firm = Times { hours, targets: &desk.policy.targets };
    let due = schedule::due_weekly(&tx.weeklies().await?, &directory, hours, now);
    let effects = schedule::weeklies(&due, &weeks, &directory, &firm, now, desk.clock.seed());
    commit(desk, tx, &effects, &composer, now).await
}

/// Tells owners together of what was too much for a notice each. Returns how many mails were written for it.
async fn gather(desk: &Desk) -> Result<usize, StoreError> {
    if !desk.store.gathers().await? {
        return Ok(0);
    }
    let directory = desk.directory().await?;
    let composer = desk.composer().await?;
    let mut tx = desk.store.begin().await?;
    let now = desk.clock.now();
    let effects = schedule::gathered(&tx.gathered().await?, &directory, now, desk.clock.seed());
    commit(desk, tx, &effects, &composer, now).await
}

/// Reminds of what is overdue. Returns how many mails were written for it.
async fn remind(desk: &Desk, directory: &Directory) -> Result<usize, StoreError> {
    let now = desk.clock.now();
    let pending = desk.store.pending(now).await?;
    if schedule::remind(&pending, directory, &desk.policy, now, desk.clock.seed()).is_empty() {
        return Ok(0);
    }
    let composer = desk.composer().await?;
    let mut tx = desk.store.begin().await?;
    // The instant after the writers before: one of them may have stored the answer that was missing.
    let now = desk.clock.now();
    let pending = tx.pending(now).await?;
    let effects = schedule::remind(&pending, directory, &desk.policy, now, desk.clock.seed());
    commit(desk, tx, &effects, &composer, now).await
}

/// Carries out what is due, and rings for what is to be sent. Returns how many mails those are.
async fn commit(
    desk: &Desk,
    mut tx: Tx,
    effects: &[Effect],
    composer: &Composer,
    now: Timestamp,
) -> Result<usize, StoreError> {
    let performed = tx.perform(None, effects, composer, now).await?;
    tx.commit().await?;
    if performed.outgoing > 0 {
        desk.outbox_bell.notify_one();
    }
    Ok(performed.outgoing)
}

/// Brings the cases back that rested until now, before the digests that say so.
async fn wake(desk: &Desk) -> Result<(), StoreError> {
    if desk.store.next_wake().await?.is_none_or(|at| at > desk.clock.now()) {
        return Ok(());
    }
    let composer = desk.composer().await?;
    let mut tx = desk.store.begin().await?;
    let now = desk.clock.now();
    let effects = schedule::wake(tx.woken(now).await?, now);
    tx.perform(None, &effects, &composer, now).await?;
    tx.commit().await
}

/// Closes the cases that are settled by silence.
async fn close(desk: &Desk) -> Result<(), StoreError> {
    let after = desk.policy.closes_after;
    let since = |now: Timestamp| now.saturating_sub(after).unwrap_or(Timestamp::MIN);
    if !desk.store.is_silent(since(desk.clock.now())).await? {
        return Ok(());
    }
    let composer = desk.composer().await?;
    let mut tx = desk.store.begin().await?;
    let now = desk.clock.now();
    let effects = schedule::close(tx.silent(since(now)).await?, after, now);
    tx.perform(None, &effects, &composer, now).await?;
    tx.commit().await
}

/// Tells clients who have waited for long that they are not forgotten. Returns how many mails were written for it.
async fn still_working(desk: &Desk, directory: &Directory) -> Result<usize, StoreError> {
    // No working day is longer than a day: what came later than this has not waited for long.
    let after = desk.policy.still_working_after;
    let days = i64::from(after.days.saturating_sub(1)).saturating_mul(24);
    let shortest = SignedDuration::from_hours(days).saturating_add(after.rest);
    let since = |now: Timestamp| now.saturating_sub(shortest).unwrap_or(Timestamp::MIN);
    let now = desk.clock.now();
    let waiting = desk.store.waiting(since(now)).await?;
    if schedule::still_working(&waiting, directory, &desk.policy, now, desk.clock.seed()).is_empty() {
        return Ok(0);
    }
    let composer = desk.composer().await?;
    let mut tx = desk.store.begin().await?;
    // The instant after the writers before: one of them may have answered.
    let now = desk.clock.now();
    let waiting = tx.waiting(since(now)).await?;
    let effects = schedule::still_working(&waiting, directory, &desk.policy, now, desk.clock.seed());
    let performed = tx.perform(None, &effects, &composer, now).await?;
    tx.commit().await?;
    if performed.outgoing > 0 {
        desk.outbox_bell.notify_one();
    }
    Ok(performed.outgoing)
}

/// Looks at clients whose matter was settled a month ago.
async fn afterwards(desk: &Desk, directory: &Directory) -> Result<(), StoreError> {
    if !desk.store.is_watched(desk.clock.now()).await? {
        return Ok(());
    }
    let composer = desk.composer().await?;
    let mut tx = desk.store.begin().await?;
    let now = desk.clock.now();
    let watched = tx.watched(directory, desk.policy.thresholds.open_case, now).await?;
    tx.perform(None, &schedule::afterwards(watched, now), &composer, now).await?;
    tx.commit().await
}

/// Makes everybody's digest now, whatever the hour. Returns to whom one was written: not to those for whom there is
/// nothing to say.
pub async fn digest_now(desk: &Desk) -> Result<Vec<Address>, StoreError> {
    wake(desk).await?;
    let directory = desk.directory().await?;
    write(desk, &directory, |_, _| directory.people()).await
}

/// Writes the digests of the people who are chosen by the times of the last digests and the present instant, in one
/// transaction.
async fn write<'a>(
    desk: &Desk,
    directory: &'a Directory,
    choose: impl FnOnce(&LastDigests, Timestamp) -> Vec<&'a Address>,
) -> Result<Vec<Address>, StoreError> {
    let composer = desk.composer().await?;
    let mut tx = desk.store.begin().await?;
    // The instant after the writers before: what they wrote is of this digest, and not of the next one too.
    let now = desk.clock.now();
    let people = choose(&tx.digests().await?, now);
    let agenda = tx.agenda(&people, now).await?.timed(&desk.policy, directory, now);
    let effects = schedule::digests(&people, &agenda, directory, now, desk.clock.seed());
    commit(desk, tx, &effects, &composer, now).await?;
    let written = effects.into_iter().filter_map(|effect| match effect {
        Effect::Send(letter) => Some(letter.to),
        _ => None,
    });
    Ok(written.collect())
}

/// Ticks until told to stop; of several daemons one at a time.
pub async fn run(desk: &Desk, hours: &Hours, folders: u32, stop: CancellationToken) {
    loop {
        let held = tokio::select! {
            () = stop.cancelled() => return,
            held = desk.store.lease("tick", || desk.note_tick()) => held,
        };
        let leased = desk.holding(&held);
        tokio::select! {
            biased;
            () = held.lost() => tracing::warn!("another daemon may make the digests now; leaving them to it"),
            () = go_on(&leased, hours, folders, &stop) => return held.give_back().await,
        }
    }
}

/// Ticks until told to stop; for the first time when so many folders have been read to their end once, so that a
/// digest after an outage tells what came meanwhile. What has come by then is read first.
async fn go_on(desk: &Desk, hours: &Hours, folders: u32, stop: &CancellationToken) {
    tokio::select! {
        () = stop.cancelled() => return,
        caught_up = tokio::time::timeout(CATCHING_UP, desk.caught_up.acquire_many(folders)) => {
            if caught_up.is_err() {
                tracing::warn!("not all mailboxes have been read since the start; digests are made without them");
            }
        }
    }
    let mut retaining = retain::Turn::default();
    loop {
        tokio::select! {
            () = stop.cancelled() => return,
            () = all_read(desk) => {}
        }
        match step(desk, hours).await {
            Ok(0) => {}
            Ok(mails) => tracing::info!(mails, "made the digests and reminders that were due"),
            Err(error) => tracing::error!(%error, "could not do what is due now; tried again in a minute"),
        }
        retaining.take(desk).await;
        tokio::select! {
            () = stop.cancelled() => return,
            () = tokio::time::sleep(GLANCE) => {}
        }
    }
}

/// Waits until what has come by now has been read.
async fn all_read(desk: &Desk) {
    match read::is_done(desk, CATCHING_UP).await {
        Ok(true) => {}
        Ok(false) => {
            tracing::warn!("mails still wait to be read; digests and reminders are made without them");
        }
        Err(error) => tracing::error!(%error, "could not look whether mails wait to be read"),
    }
}
