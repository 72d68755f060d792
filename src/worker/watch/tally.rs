//! The account of a folder's mails: what lies there is held against what is stored; what is missing is fetched anew, and
//! the administrator hears of it.

use jiff::SignedDuration;

use super::super::{Desk, receive};
use super::Interruption;
use crate::effect::{Content, Effect, Letter, Unaccounted};
use crate::mailbox::{Session, Unknown};
use crate::message::{Cursor, Span, Tally};

/// How often mails are counted, beside each new connection.
pub(super) const EVERY: SignedDuration = SignedDuration::from_hours(1);
/// How often the administrator is told while mails go missing.
const TOLD_ONCE_IN: SignedDuration = SignedDuration::from_hours(24);
/// Bytes that are fetched at once.
const BATCH_BYTES: u64 = 8 << 20;

/// Counts the mails of a folder that has been read to its end, and writes down how they are accounted for.
pub async fn take(
    desk: &Desk,
    session: &mut Session,
    span: &Span,
    cursor: &Cursor,
) -> Result<Tally, Interruption> {
    let name = session.name().to_owned();
    let absent = async |keys| desk.store.absent_keys(&name, span.validity, keys).await;
    let lying = session.census(span, cursor).await?;
    let unknown = absent(lying).await?;
    let Unknown { wanted, older } =
        if unknown.is_empty() { Unknown::default() } else { session.sort_out(&unknown, cursor).await? };
    fetch_again(desk, session, cursor, &wanted).await?;
    let mut tally = desk.store.filed(&name, span.validity).await?;
    tally.ignored += older.len() as u64;
    tally.missing = absent(wanted.clone()).await?;
    write_down(desk, &name, &tally, wanted).await?;
    Ok(tally)
}

/// Fetches mails that should have been stored, and stores them as if they had just come.
async fn fetch_again(
    desk: &Desk,
    session: &mut Session,
    cursor: &Cursor,
    wanted: &[String],
) -> Result<(), Interruption> {
    let name = session.name().to_owned();
    let mut left = wanted;
    while !left.is_empty() {
        let (arrivals, dealt) = session.fetch_again(left, cursor, BATCH_BYTES).await?;
        left = &left[dealt.clamp(1, left.len())..];
        let places: Vec<_> = arrivals.iter().map(|arrival| arrival.place.clone()).collect();
        if !places.is_empty() {
            receive::keep(desk, arrivals, &name, *cursor).await?;
            session.acknowledge(&places).await?;
        }
    }
    Ok(())
}

/// Writes the account down; the administrator is told in the same transaction of mails that were found missing, once a
/// day while that lasts.
async fn write_down(
    desk: &Desk,
    mailbox: &str,
    tally: &Tally,
    found: Vec<String>,
) -> Result<(), Interruption> {
    let composer = desk.composer().await?;
    let mut tx = desk.store.begin().await?;
    let now = desk.clock.now();
    tx.set_tally(mailbox, tally, now).await?;
    if found.is_empty() {
        tracing::debug!(mailbox, "{}", tally.words());
        return Ok(tx.commit().await?);
    }
    tracing::error!(
        mailbox,
        found = found.len(),
        missing = tally.missing.len(),
        "the mailbox had mails of which nothing was known; those that it gives are fetched anew",
    );
    let before = now.saturating_sub(TOLD_ONCE_IN).unwrap_or(now);
    let administrator = desk.firm.administrator();
    if let Some(to) = administrator
        && tx.tell_of_missing(mailbox, before, now).await?
    {
        let content = Content::Unaccounted(Unaccounted {
            mailbox: mailbox.to_owned(),
            had: tally.had(),
            found,
            missing: tally.missing.clone(),
        });
        let id = desk.clock.seed().id(0);
        let letter = Letter { id, to: to.clone(), case: None, references: Vec::new(), at: now, content };
        tx.perform(None, &[Effect::Send(letter)], &composer, now).await?;
    }
    tx.commit().await?;
    desk.outbox_bell.notify_one();
    Ok(())
}
