//! Mails that have come: stored at once, with their bytes, so that the mailbox may be told. They are read afterwards.

use std::thread;

use super::{Desk, read};
use crate::message::{Arrival, Cursor};
use crate::store::{ErrorKind, Kept, StoreError};

pub use super::read::Outcome;

/// So few mails are not divided among threads.
const SHARE: usize = 16;

/// Stores a batch of mails as they came, together with the cursor after them, and rings for them to be read. When this
/// returns, all of it is on disk; mails that the store had already are passed over. Gives how many are new.
///
/// One mail that the store refuses never stops the others: it is set aside without its bytes, and asked for again later.
pub async fn keep(
    desk: &Desk,
    arrivals: Vec<Arrival>,
    mailbox: &str,
    cursor: Cursor,
) -> Result<usize, StoreError> {
    let mails = packed(arrivals, cursor).await;
    let mut tx = desk.store.begin().await?;
    let now = desk.clock.now();
    tx.mark().await?;
    let mut new = 0;
    match tx.keep(&mails, now).await {
        Ok(numbers) => new = numbers.iter().flatten().count(),
        Err(error) if error.kind == ErrorKind::Data => {
            tx.back_to_mark().await?;
            for mail in mails {
                tx.mark().await?;
                new += match tx.keep(std::slice::from_ref(&mail), now).await {
                    Ok(numbers) => numbers.iter().flatten().count(),
                    Err(error) if error.kind == ErrorKind::Data => {
                        tx.back_to_mark().await?;
                        let refusal = format!("the store refuses it: {error}");
                        tracing::error!(mailbox, refusal, "a mail is set aside; the others go on");
                        let without = mail.without_bytes();
                        usize::from(tx.set_aside(&without, &refusal, now).await?.is_some())
                    }
                    Err(error) => return Err(error),
                };
            }
        }
        Err(error) => return Err(error),
    }
    tx.set_cursor(mailbox, cursor).await?;
    tx.commit().await?;
    if new > 0 {
        desk.reading_bell.notify_one();
    }
    Ok(new)
}

/// Packs mails, which takes most of the time of storing them: many of them on all cores.
async fn packed(arrivals: Vec<Arrival>, cursor: Cursor) -> Vec<Kept> {
    let cores = thread::available_parallelism().map_or(1, usize::from);
    let share = arrivals.len().div_ceil(cores).max(SHARE);
    let mut arrivals = arrivals.into_iter().peekable();
    let mut packing = Vec::new();
    while arrivals.peek().is_some() {
        let some: Vec<_> = arrivals.by_ref().take(share).collect();
        packing.push(tokio::task::spawn_blocking(move || Kept::all(some, cursor.started_at)));
    }
    let mut mails = Vec::new();
    for some in packing {
        mails.extend(some.await.expect("packing takes any bytes"));
    }
    mails
}

/// Stores a batch of mails and reads all that waits, with everything that follows from it: what the daemon does in two
/// steps beside each other.
pub async fn take(
    desk: &Desk,
    arrivals: Vec<Arrival>,
    mailbox: &str,
    cursor: Cursor,
) -> Result<Vec<Outcome>, StoreError> {
    keep(desk, arrivals, mailbox, cursor).await?;
    read::all(desk).await
}
