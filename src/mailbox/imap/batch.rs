//! Fetching: many mails at once.

use std::collections::HashMap;

use jiff::Timestamp;

use super::{FIRST_PART, ImapFolder};
use crate::mailbox::fetch::{self, Fetched};
use crate::mailbox::wire::{SMALL_LITERAL, Word};
use crate::mailbox::{Batch, MailboxError, Trouble, cursor};
use crate::message::{Arrival, Cursor, Place};

impl ImapFolder {
    /// Fetches the next mails behind the cursor.
    pub async fn next_batch(
        &mut self,
        cursor: &Cursor,
        limit_mails: usize,
        limit_bytes: u64,
    ) -> Result<Batch, MailboxError> {
        if cursor.validity != self.validity {
            return Err(MailboxError::network("the cursor is of another UIDVALIDITY; begin with sync_start"));
        }
        let connection = self.connected()?;
        let behind = |uids: &[u32]| uids[uids.partition_point(|&uid| uid <= cursor.last_uid)..].to_vec();
        let mut waiting = behind(&connection.uids);
        if waiting.is_empty() || connection.news {
            // A server may tell of new mail only at the end of a command, and search without it.
            let mut found = Vec::new();
            for _ in 0..2 {
                self.connected()?.news = false;
                if let Some(first) = cursor.last_uid.checked_add(1) {
                    found = self.search(&format!("UID {first}:*")).await?;
                }
                if !self.connected()?.news {
                    break;
                }
            }
            // `n:*` always names the last mail, also when it lies below n (RFC 9051 §9, seq-range).
            waiting = behind(&found);
            self.connected()?.uids.clone_from(&waiting);
        }
        if waiting.is_empty() {
            return self.fetch_unread(cursor).await;
        }
        let mut together = &waiting[..waiting.len().min(limit_mails.max(1))];
        if let Some(suspect) = together.iter().position(|&uid| self.failures.is_suspect(uid)) {
            together = &together[..suspect];
        }
        let (arrivals, last_uid) = if together.is_empty() {
            self.fetch_alone(waiting[0], cursor).await?
        } else {
            match self.fetch(together, cursor, limit_bytes).await {
                Ok(fetched) => fetched,
                // Each by itself would be more of what the server has too much of.
                Err(error) if error.trouble == Trouble::Throttled => return Err(error),
                Err(error) => {
                    tracing::warn!(mailbox.name = self.place, %error, "a batch of mails failed; fetching them one by one");
                    self.failures.suspect(together);
                    if self.connected().is_err() {
                        return Err(error);
                    }
                    self.fetch_alone(together[0], cursor).await?
                }
            }
        };
        let more = waiting.last().is_some_and(|&last| last > last_uid);
        Ok(Batch { arrivals, cursor_after: Cursor { last_uid, ..*cursor }, more })
    }

    /// Fetches these mails as far as they fit; returns them, and up to which UID the folder is read with them.
    pub(super) async fn fetch(
        &mut self,
        uids: &[u32],
        cursor: &Cursor,
        limit_bytes: u64,
    ) -> Result<(Vec<Arrival>, u32), MailboxError> {
        let mut mails = HashMap::new();
        self.fetch_items(uids, "UID RFC822.SIZE INTERNALDATE", SMALL_LITERAL, &mut mails).await?;
        self.check_gone(uids, |uid| mails.get(&uid).is_some_and(|mail| mail.size.is_some())).await?;

        let size =
            |mails: &HashMap<u32, Fetched>, uid| mails.get(&uid).and_then(|mail| mail.size).unwrap_or(0);
        let wanted = uids.iter().copied().filter(|uid| {
            mails.get(uid).is_some_and(|mail| {
                cursor::recent_enough(mail.received_at, cursor.since, *uid < self.exact_below)
            })
        });
        let mut wanted: Vec<u32> = wanted.collect();
        let passed_over = mails.len().saturating_sub(wanted.len());
        if passed_over > 0 {
            tracing::info!(
                mailbox.name = self.place,
                mails = passed_over,
                "passed over mails older than the first start"
            );
        }
        let largest = self.settings.max_mail_size;
        let first_part = FIRST_PART.min(largest);
        let cost = |uid: &u32| {
            let size = size(&mails, *uid);
            if size > largest { first_part } else { size }
        };
        let fitting = cursor::fitting(wanted.iter().map(cost), limit_bytes);
        let mut last_uid = *uids.last().unwrap_or(&cursor.last_uid);
        if fitting < wanted.len() {
            wanted.truncate(fitting);
            last_uid = wanted.last().copied().unwrap_or(last_uid);
        }

        let (big, small): (Vec<u32>, Vec<u32>) = wanted.iter().partition(|&&uid| size(&mails, uid) > largest);
        if let Some(biggest) = small.iter().map(|&uid| size(&mails, uid)).max() {
            // Some servers only estimate RFC822.SIZE.
            let permitted = biggest.saturating_mul(2).saturating_add(1 << 20);
            self.fetch_items(&small, "UID BODY.PEEK[]", permitted, &mut mails).await?;
        }
        for &uid in &big {
            let items = format!("UID BODY.PEEK[]<0.{first_part}>");
            self.fetch_items(&[uid], &items, first_part + SMALL_LITERAL, &mut mails).await?;
        }
        self.check_gone(&wanted, |uid| mails.get(&uid).is_some_and(|mail| mail.body.is_some())).await?;

        let arrivals = wanted.iter().filter_map(|&uid| {
            let mail = mails.remove(&uid)?;
            let body = mail.body?;
            let read = body.len() as u64;
            let whole = small.binary_search(&uid).is_ok() || read < first_part;
            let full_size = if whole { read } else { mail.size.unwrap_or(0).max(read + 1) };
            Some(self.arrival(uid, body, full_size, mail.received_at))
        });
        Ok((arrivals.collect(), last_uid))
    }

    pub(super) fn arrival(
        &self,
        uid: u32,
        raw: Vec<u8>,
        full_size: u64,
        received_at: Option<Timestamp>,
    ) -> Arrival {
        let place = Place { mailbox: self.place.clone(), validity: self.validity, key: uid.to_string() };
        Arrival { place, raw, full_size, received_at, sent_folder: self.folder.sent }
    }

    pub(super) async fn fetch_items(
        &mut self,
        uids: &[u32],
        items: &str,
        largest_literal: u64,
        mails: &mut HashMap<u32, Fetched>,
    ) -> Result<(), MailboxError> {
        let command = format!("UID FETCH {} ({items})", cursor::uid_set(uids));
        let status =
            self.command(&command, largest_literal, |response| fetch::collect(response, uids, mails)).await?;
        if status.word == Word::Ok {
            return Ok(());
        }
        Err(status.refusal(format!(
            "the server does not give UID {}: {}",
            cursor::uid_set(uids),
            status.said()
        )))
    }

    /// Checks that mails without an answer are gone (expunged by somebody else), and not just left out.
    async fn check_gone(
        &mut self,
        asked: &[u32],
        answered: impl Fn(u32) -> bool,
    ) -> Result<(), MailboxError> {
        let missing: Vec<u32> = asked.iter().copied().filter(|&uid| !answered(uid)).collect();
        if missing.is_empty() {
            return Ok(());
        }
        let there = self.search(&format!("UID {}", cursor::uid_set(&missing))).await?;
        let left_out: Vec<u32> = there.into_iter().filter(|uid| missing.binary_search(uid).is_ok()).collect();
        if left_out.is_empty() {
            return Ok(());
        }
        Err(MailboxError::network(format!(
            "the server says that UID {} is there, but does not give what was asked for",
            cursor::uid_set(&left_out)
        )))
    }
}
