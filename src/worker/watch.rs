//! One folder of one mailbox, watched for as long as the daemon runs: fetch, store, acknowledge, wait.

pub mod tally;

use std::collections::HashSet;
use std::sync::Arc;
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use tokio_util::sync::CancellationToken;

use super::Desk;
use super::read::{self, Outcome};
use super::receive;
use crate::mailbox::{How, MailboxError, Session, Start, Trouble, backoff};
use crate::message::{Cursor, Place, Span};
use crate::store::StoreError;

/// Mails in one transaction: their flush to the disk is shared.
const BATCH: usize = 500;
/// Bytes in one transaction: what a batch holds in memory.
const BATCH_BYTES: u64 = 8 << 20;
/// How often it is noted, while more is fetched, that the mailbox can be read.
const NOTED: SignedDuration = SignedDuration::from_secs(30);
/// How long the count of the mails waits for those to be read that have just come: it says of each what became of it.
const READ_FIRST: Duration = Duration::from_secs(5);
/// A refused login, a wrong configuration or a server that has had too much of us is tried this many steps of the
/// back-off later, since insisting locks accounts out.
const PEOPLE_FIRST: u32 = 6;

/// Why watching was interrupted.
#[derive(Debug, thiserror::Error)]
pub enum Interruption {
    /// The mailbox could not be reached or read.
    #[error(transparent)]
    Mailbox(#[from] MailboxError),
    /// The database could not be written.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Watches a folder until told to stop, and then leaves the mailbox; of several daemons one at a time.
pub async fn run(desk: Arc<Desk>, mut session: Session, stop: CancellationToken) {
    let mut behind = true;
    let lease = format!("mailbox {}", session.name());
    loop {
        let held = tokio::select! {
            () = stop.cancelled() => break,
            // What another daemon reads does not keep the digests waiting here.
            held = desk.store.lease(&lease, || caught_up(&desk, &mut behind)) => held,
        };
        let leased = desk.holding(&held);
        tokio::select! {
            biased;
            () = held.lost() => {
                tracing::warn!(mailbox = session.name(), "another daemon may read it now; leaving it");
                session.hang_up();
            }
            () = go_on(&leased, &mut session, &stop, &mut behind) => {
                held.give_back().await;
                break;
            }
        }
    }
    session.close().await;
}

/// Watches a folder until told to stop. Every failure is logged, shown by `status`, and followed by a new attempt.
async fn go_on(desk: &Desk, session: &mut Session, stop: &CancellationToken, behind: &mut bool) {
    let name = session.name().to_owned();
    let mut attempt = 0;
    loop {
        let watched = watch(desk, session, stop, &mut attempt, behind).await;
        caught_up(desk, behind);
        let Err(interruption) = watched else {
            break;
        };
        if let Interruption::Mailbox(MailboxError {
            trouble: Trouble::Throttled | Trouble::Login | Trouble::Configuration,
            ..
        }) = interruption
        {
            attempt = attempt.max(PEOPLE_FIRST);
        }
        let jitter = desk.clock.jitter();
        let pause = backoff(attempt, jitter);
        attempt += 1;
        tracing::warn!(
            mailbox = name,
            error = %interruption,
            next_try_in = ?pause,
            "lost the mailbox; nothing is lost, reading goes on where it stopped",
        );
        let text = interruption.to_string();
        if let Err(error) = desk.store.mailbox_failed(&name, &text, desk.clock.now()).await {
            tracing::error!(%error, "could not note the failure for `pairdesk status`");
        }
        tokio::select! {
            () = stop.cancelled() => break,
            () = tokio::time::sleep(pause) => {}
        }
    }
}

/// Says, for the first time only, that this folder has been read to its end or cannot be read now.
fn caught_up(desk: &Desk, behind: &mut bool) {
    if std::mem::take(behind) {
        desk.caught_up.add_permits(1);
    }
}

/// Connects and watches; returns when told to stop, or with what interrupted it. `attempt` begins anew only after a
/// wait that succeeded: a server that logs in and then fails is left in peace for longer and longer.
async fn watch(
    desk: &Desk,
    session: &mut Session,
    stop: &CancellationToken,
    attempt: &mut u32,
    behind: &mut bool,
) -> Result<(), Interruption> {
    let name = session.name().to_owned();
    let stored = desk.store.cursor(&name).await?;
    let start = session.sync_start(stored, desk.clock.now()).await?;
    match start.how {
        How::First => {
            tracing::info!(mailbox = name, since = %start.cursor.since, "reading the mailbox for the first time");
        }
        How::Resumed => tracing::info!(mailbox = name, uid = start.cursor.last_uid, "reading on"),
        // The mailbox has said so; what is read again is known by its content.
        How::ValidityChanged { .. } => {}
    }
    let span = begin(desk, session, &start).await?;
    session.try_again(&desk.store.unread_keys(&name, start.cursor.validity).await?);
    let mut cursor = start.cursor;
    let mut made_up = false;
    let mut counted_at: Option<Timestamp> = None;
    let mut noted_at: Option<Timestamp> = None;
    let mut fetching = None;
    while !stop.is_cancelled() {
        let (_, more) = fetch(desk, session, &mut cursor).await?;
        fetching = if more { fetching.or_else(|| Some(desk.fetching())) } else { None };
        if !more {
            caught_up(desk, behind);
        }
        // After the new mails, which must not wait for a mailbox that refuses this.
        if !more && !made_up {
            let undone = session.unacknowledged(&cursor).await?;
            acknowledge_stored(desk, session, &cursor, undone).await?;
            made_up = true;
        }
        let now = desk.clock.now();
        if !more && counted_at.is_none_or(|at| now.duration_since(at) >= tally::EVERY) {
            counted_at = Some(now);
            tokio::select! {
                () = stop.cancelled() => break,
                read = read::is_done(desk, READ_FIRST) => drop(read?),
            }
            match tally::take(desk, session, &span, &cursor).await {
                // New mail must not wait for a server that only refuses this.
                Err(Interruption::Mailbox(error)) if session.is_connected() => {
                    tracing::warn!(mailbox = name, %error, "could not count the mails; tried again in an hour");
                }
                counted => drop(counted?),
            }
        }
        if !more || noted_at.is_none_or(|at| now.duration_since(at) >= NOTED) {
            noted_at = Some(now);
            desk.store.mailbox_ok(&name, now).await?;
        }
        if !more {
            tokio::select! {
                () = stop.cancelled() => break,
                waited = session.wait() => waited?,
            }
            // Not before: a server that drops each connection at IDLE must not be called every second.
            *attempt = 0;
        }
    }
    Ok(())
}

/// Stores from where a folder is read, before anything of it; returns from where on its mails are accounted for.
pub async fn begin(desk: &Desk, session: &mut Session, start: &Start) -> Result<Span, StoreError> {
    let name = session.name().to_owned();
    let earlier = match start.how {
        How::Resumed => desk.store.span(&name, start.cursor.validity).await?,
        How::First | How::ValidityChanged { .. } => None,
    };
    let span = earlier.unwrap_or_else(|| session.span(&start.cursor));
    session.resume(&span);
    let mut tx = desk.store.begin().await?;
    tx.set_cursor(&name, start.cursor).await?;
    tx.set_span(&name, &span).await?;
    tx.commit().await?;
    Ok(span)
}

/// Fetches, stores and acknowledges one batch, and reads all that waits: what the daemon does in two loops. Returns what
/// became of the mails, and whether there is more.
pub async fn step(
    desk: &Desk,
    session: &mut Session,
    cursor: &mut Cursor,
) -> Result<(Vec<Outcome>, bool), Interruption> {
    let (_, more) = fetch(desk, session, cursor).await?;
    Ok((read::all(desk).await?, more))
}

/// Fetches, stores and acknowledges one batch, whose mails then wait to be read. Returns how many are new, and whether
/// there is more.
pub async fn fetch(
    desk: &Desk,
    session: &mut Session,
    cursor: &mut Cursor,
) -> Result<(usize, bool), Interruption> {
    let name = session.name().to_owned();
    let candidates = session.candidates().await?;
    acknowledge_stored(desk, session, cursor, candidates).await?;
    let batch = session.next_batch(cursor, BATCH, BATCH_BYTES).await?;
    // What was not given stays as it is in the mailbox, so that it can be asked for again.
    let given = batch.arrivals.iter().filter(|arrival| !(arrival.raw.is_empty() && arrival.truncated()));
    let places: Vec<_> = given.map(|arrival| arrival.place.clone()).collect();
    let new = if batch.arrivals.is_empty() && batch.cursor_after == *cursor {
        0
    } else {
        receive::keep(desk, batch.arrivals, &name, batch.cursor_after).await?
    };
    *cursor = batch.cursor_after;
    if !places.is_empty() {
        session.acknowledge(&places).await?;
        tracing::info!(mailbox = name, mails = places.len(), "stored mails");
    }
    Ok((new, batch.more))
}

/// Acknowledges those of these mails that are stored: a run or a connection was cut off between the commit and the
/// word to the mailbox. What is not stored is left alone.
async fn acknowledge_stored(
    desk: &Desk,
    session: &mut Session,
    cursor: &Cursor,
    keys: Vec<String>,
) -> Result<(), Interruption> {
    let mailbox = session.name().to_owned();
    let unknown = desk.store.unknown_keys(&mailbox, cursor.validity, keys.clone()).await?;
    let unknown: HashSet<_> = unknown.into_iter().collect();
    let stored = keys.into_iter().filter(|key| !unknown.contains(key));
    let stored: Vec<_> =
        stored.map(|key| Place { mailbox: mailbox.clone(), validity: cursor.validity, key }).collect();
    if stored.is_empty() {
        return Ok(());
    }
    session.acknowledge(&stored).await?;
    Ok(())
}
