//! Mails that the server does not give: tried alone, set aside once others prove the server well, asked for again later.

use std::collections::{BTreeMap, HashMap, VecDeque};

use tokio::time::{Duration, Instant};

use super::{FIRST_PART, ImapFolder};
use crate::mailbox::wire::SMALL_LITERAL;
use crate::mailbox::{Batch, MailboxError, Trouble};
use crate::message::{Arrival, Cursor};

/// After so many failures that count a mail is set aside.
const TRIES: u8 = 3;

/// How long to wait before one of the mails that were set aside is asked for again.
const AGAIN: Duration = Duration::from_hours(1);

/// What is known about mails that failed, over all connections of one UIDVALIDITY.
#[derive(Debug, Default)]
pub(super) struct Failures {
    /// Mails that could not be fetched together with others, by UID.
    suspects: BTreeMap<u32, Suspect>,
    /// The mail that last proved, or did not prove, the server well: the next proof is looked for below it.
    last_proof: u32,
    /// Mails that were set aside unread, in the order in which they are asked for again.
    unread: VecDeque<u32>,
    /// When to ask for the first of them; none is at once.
    ask_again: Option<Instant>,
}

#[derive(Debug, Default)]
struct Suspect {
    /// Failures that count.
    counted: u8,
    /// Whether it failed since then, which counts only when the server gives another mail after it: an outage is no
    /// fault of the mail.
    failed: bool,
}

impl Failures {
    /// These mails failed together; each is to be tried alone.
    pub fn suspect(&mut self, uids: &[u32]) {
        self.suspects.extend(uids.iter().map(|&uid| (uid, Suspect::default())));
    }

    pub fn is_suspect(&self, uid: u32) -> bool {
        self.suspects.contains_key(&uid)
    }

    /// These mails were set aside unread, perhaps by an earlier run.
    pub fn set_aside(&mut self, uids: impl IntoIterator<Item = u32>) {
        for uid in uids {
            if !self.unread.contains(&uid) {
                self.unread.push_back(uid);
            }
        }
    }
}

impl ImapFolder {
    /// Fetches a mail that failed among others. It is set aside only when the server, after each of its failures, gave
    /// another mail; until then it stays waiting.
    pub(super) async fn fetch_alone(
        &mut self,
        uid: u32,
        cursor: &Cursor,
    ) -> Result<(Vec<Arrival>, u32), MailboxError> {
        // When the proof fails too, the failure is forgotten, and the mail is tried the next time.
        let failed = std::mem::take(&mut self.failures.suspects.entry(uid).or_default().failed);
        let counts = failed && self.gives_another(uid).await?;
        let suspect = self.failures.suspects.entry(uid).or_default();
        suspect.counted += u8::from(counts);
        if suspect.counted >= TRIES {
            self.failures.suspects.remove(&uid);
            self.failures.set_aside([uid]);
            self.failures.ask_again.get_or_insert(Instant::now() + AGAIN);
            tracing::error!(
                mailbox.name = self.place,
                mailbox.uid.last = uid,
                "the server gives other mails and, {TRIES} times, not this one; it is set aside and asked for again \
                 later; look at it in the mailbox itself"
            );
            // Its size may be unknown too; any number but nought marks it as incomplete.
            return Ok((vec![self.arrival(uid, Vec::new(), 1, None)], uid));
        }
        // Before the try, at which the connection may break.
        suspect.failed = true;
        let fetched = self.fetch(&[uid], cursor, u64::MAX).await;
        if fetched.as_ref().is_err_and(|error| error.trouble == Trouble::Throttled) {
            // No word of this mail.
            self.failures.suspects.entry(uid).or_default().failed = false;
        }
        let fetched = fetched?;
        self.failures.suspects.remove(&uid);
        Ok(fetched)
    }

    /// Whether the server gives a mail other than this: each time another one, from the newest down.
    async fn gives_another(&mut self, uid: u32) -> Result<bool, MailboxError> {
        let mut others = self.search("UID 1:*").await?;
        others.retain(|&other| other != uid);
        let below = others.iter().rev().find(|&&other| other < self.failures.last_proof);
        let Some(&other) = below.or(others.last()) else {
            return Ok(false);
        };
        self.failures.last_proof = other;
        let first_part = FIRST_PART.min(self.settings.max_mail_size);
        let items = format!("UID BODY.PEEK[]<0.{first_part}>");
        let mut mails = HashMap::new();
        self.fetch_items(&[other], &items, first_part + SMALL_LITERAL, &mut mails).await?;
        Ok(mails.values().any(|mail| mail.body.as_ref().is_some_and(|body| !body.is_empty())))
    }

    /// Asks for one of the mails that were set aside, when it is time; the cursor stays. After a success the others are
    /// asked for at once.
    pub(super) async fn fetch_unread(&mut self, cursor: &Cursor) -> Result<Batch, MailboxError> {
        let mut batch = Batch { arrivals: Vec::new(), cursor_after: *cursor, more: false };
        let now = Instant::now();
        if self.failures.ask_again.is_some_and(|at| now < at) {
            return Ok(batch);
        }
        let Some(uid) = self.failures.unread.pop_front() else {
            return Ok(batch);
        };
        // Before the try, at which the connection may break.
        self.failures.unread.push_back(uid);
        self.failures.ask_again = Some(now + AGAIN);
        match self.fetch(&[uid], cursor, u64::MAX).await {
            Ok((arrivals, _)) => {
                self.failures.unread.pop_back();
                self.failures.ask_again = None;
                batch.arrivals = arrivals;
                batch.more = !self.failures.unread.is_empty();
                Ok(batch)
            }
            Err(error) if self.connected().is_ok() => {
                tracing::warn!(mailbox.name = self.place, %error, "a mail that was set aside still cannot be read");
                Ok(batch)
            }
            Err(error) => Err(error),
        }
    }
}
