//! What lies in the folder, whatever the cursor: to be held against what is stored.

use std::collections::HashMap;

use super::ImapFolder;
use crate::mailbox::wire::SMALL_LITERAL;
use crate::mailbox::{MailboxError, Trouble, Unknown, cursor};
use crate::message::{Arrival, Cursor, Span};

/// How many UIDs go into one command.
const UIDS_A_COMMAND: usize = 200;

impl ImapFolder {
    /// From where on mails are accounted for, when reading begins behind this cursor.
    pub fn span(&self, cursor: &Cursor) -> Span {
        let first_uid = cursor.last_uid.saturating_add(1);
        Span { validity: self.validity, first_uid, exact_below: self.exact_below }
    }

    /// Goes on with the span of an earlier run.
    pub fn resume(&mut self, span: &Span) {
        if span.validity == self.validity {
            self.exact_below = span.exact_below;
        }
    }

    /// The mails of the span up to the cursor that lie there now.
    pub async fn census(&mut self, span: &Span, cursor: &Cursor) -> Result<Vec<String>, MailboxError> {
        let read = span.first_uid..=cursor.last_uid;
        if span.validity != self.validity || read.is_empty() {
            return Ok(Vec::new());
        }
        let mut uids = self.search(&format!("UID {}:{}", read.start(), read.end())).await?;
        uids.retain(|uid| read.contains(uid));
        Ok(uids.iter().map(u32::to_string).collect())
    }

    /// Says which of these are to be read, and which are too old, by when the mailbox got them.
    pub async fn sort_out(&mut self, keys: &[String], cursor: &Cursor) -> Result<Unknown, MailboxError> {
        let mut unknown = Unknown::default();
        for uids in uids(keys).chunks(UIDS_A_COMMAND) {
            let mut mails = HashMap::new();
            self.fetch_items(uids, "UID RFC822.SIZE INTERNALDATE", SMALL_LITERAL, &mut mails).await?;
            // What was not answered for is gone, or else a mail that the server does not give.
            let silent: Vec<u32> = uids.iter().copied().filter(|uid| !mails.contains_key(uid)).collect();
            let there = if silent.is_empty() {
                Vec::new()
            } else {
                self.search(&format!("UID {}", cursor::uid_set(&silent))).await?
            };
            for &uid in uids {
                let mail = mails.get(&uid);
                let received_at = mail.and_then(|mail| mail.received_at);
                if mail.is_none() && there.binary_search(&uid).is_err() {
                    continue;
                }
                if cursor::recent_enough(received_at, cursor.since, uid < self.exact_below) {
                    unknown.wanted.push(uid.to_string());
                } else {
                    unknown.older.push(uid.to_string());
                }
            }
        }
        Ok(unknown)
    }

    /// Fetches the first of these, up to so many bytes; with how many of them that has dealt.
    pub async fn fetch_again(
        &mut self,
        keys: &[String],
        cursor: &Cursor,
        limit_bytes: u64,
    ) -> Result<(Vec<Arrival>, usize), MailboxError> {
        let uids = uids(&keys[..keys.len().min(UIDS_A_COMMAND)]);
        let Some(&first) = uids.first() else {
            return Ok((Vec::new(), keys.len()));
        };
        match self.fetch(&uids, cursor, limit_bytes).await {
            Ok((arrivals, last)) => return Ok((arrivals, uids.partition_point(|uid| *uid <= last))),
            Err(error) if !self.is_connected() || error.trouble == Trouble::Throttled => return Err(error),
            Err(_) => {}
        }
        // One of them is not given: each alone.
        match self.fetch(&[first], cursor, u64::MAX).await {
            Ok((arrivals, _)) => Ok((arrivals, 1)),
            Err(error) if !self.is_connected() => Err(error),
            Err(error) => {
                tracing::warn!(mailbox.name = self.place, %error, "a mail that is missing cannot be fetched");
                Ok((Vec::new(), 1))
            }
        }
    }
}

/// The UIDs of keys, in order.
fn uids(keys: &[String]) -> Vec<u32> {
    let mut uids: Vec<u32> = keys.iter().filter_map(|key| key.parse().ok()).collect();
    uids.sort_unstable();
    uids.dedup();
    uids
}
