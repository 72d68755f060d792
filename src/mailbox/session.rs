//! One folder that is read, whatever kind of source it belongs to.

use jiff::Timestamp;

use super::imap::ImapFolder;
use super::maildir::Maildir;
use super::{Batch, Folder, ImapSettings, MailboxError, MaildirSettings, Start, Unknown};
use crate::message::{Arrival, Cursor, Place, Span};

/// One folder that is read. Lives as long as the program: it keeps in mind, over all connections, which mails failed.
pub struct Session(Kind);

enum Kind {
    Imap(Box<ImapFolder>),
    Maildir(Box<Maildir>),
}

impl Session {
    pub(super) fn imap(settings: &ImapSettings, folder: &Folder) -> Self {
        Self(Kind::Imap(Box::new(ImapFolder::new(settings, folder))))
    }

    pub(super) fn maildir(settings: &MaildirSettings) -> Self {
        Self(Kind::Maildir(Box::new(Maildir::new(settings))))
    }

    /// What [`Place::mailbox`] says of its mails: `service/INBOX`, or the name of a Maildir.
    pub fn name(&self) -> &str {
        match &self.0 {
            Kind::Imap(folder) => folder.place(),
            Kind::Maildir(maildir) => maildir.place(),
        }
    }

    /// Connects where there is no working connection, opens the folder, and decides from where to read. To be called
    /// first, and after every error.
    pub async fn sync_start(
        &mut self,
        stored: Option<Cursor>,
        now: Timestamp,
    ) -> Result<Start, MailboxError> {
        let started = match &mut self.0 {
            Kind::Imap(folder) => folder.sync_start(stored, now).await,
            Kind::Maildir(maildir) => maildir.sync_start(stored, now),
        };
        started.map_err(|error| error.at(self.name()))
    }

    /// The keys of a Maildir's mails that have not been acknowledged since the program started, in the order of their
    /// arrival: the next batch is taken from them. The store knows which of them it has; acknowledge those. None for
    /// IMAP, whose cursor says where to go on.
    pub async fn candidates(&mut self) -> Result<Vec<String>, MailboxError> {
        match &mut self.0 {
            Kind::Imap(_) => Ok(Vec::new()),
            Kind::Maildir(maildir) => maildir.candidates().await.map_err(|error| error.at(&maildir.place)),
        }
    }

    /// Fetches the next mails behind the cursor, in the order of the folder: at most so many, and as many bytes as
    /// that unless the first alone is larger. The same cursor gives the same mails again. When there are none, perhaps
    /// one that was set aside, and the cursor stays.
    pub async fn next_batch(
        &mut self,
        cursor: &Cursor,
        limit_mails: usize,
        limit_bytes: u64,
    ) -> Result<Batch, MailboxError> {
        let batch = match &mut self.0 {
            Kind::Imap(folder) => folder.next_batch(cursor, limit_mails, limit_bytes).await,
            Kind::Maildir(maildir) => maildir.next_batch(cursor, limit_mails, limit_bytes).await,
        };
        batch.map_err(|error| error.at(self.name()))
    }

    /// Does what is configured (nothing, a keyword, a move) to mails that are stored. May be called again for the same
    /// mails, as after a crash; what is done already, or gone, is no error.
    pub async fn acknowledge(&mut self, places: &[Place]) -> Result<(), MailboxError> {
        let acknowledged = match &mut self.0 {
            Kind::Imap(folder) => folder.acknowledge(places).await,
            Kind::Maildir(maildir) => {
                maildir.acknowledge(places);
                Ok(())
            }
        };
        acknowledged.map_err(|error| error.at(self.name()))
    }

    /// Names mails of this folder that were set aside unread: when nothing else waits, an IMAP server is asked for one
    /// of them now and then. A Maildir sets none aside.
    pub fn try_again(&mut self, keys: &[String]) {
        if let Kind::Imap(folder) = &mut self.0 {
            folder.try_again(keys);
        }
    }

    /// The keys of mails up to the cursor that do not bear the keyword, or have not been moved. Those that the store
    /// has were not acknowledged when a run or a connection was cut off; the others are none of ours. None where
    /// nothing is done afterwards, and for a Maildir.
    pub async fn unacknowledged(&mut self, cursor: &Cursor) -> Result<Vec<String>, MailboxError> {
        match &mut self.0 {
            Kind::Imap(folder) => {
                folder.unacknowledged(cursor).await.map_err(|error| error.at(folder.place()))
            }
            Kind::Maildir(_) => Ok(Vec::new()),
        }
    }

    /// From where on the mails of this folder are accounted for, when reading begins behind this cursor.
    pub fn span(&self, cursor: &Cursor) -> Span {
        match &self.0 {
            Kind::Imap(folder) => folder.span(cursor),
            Kind::Maildir(_) => Span { validity: 0, first_uid: 0, exact_below: 0 },
        }
    }

    /// Goes on with the span of an earlier run.
    pub fn resume(&mut self, span: &Span) {
        if let Kind::Imap(folder) = &mut self.0 {
            folder.resume(span);
        }
    }

    /// The keys of the mails that lie in the folder now and were dealt with, by the cursor or, of a Maildir, by what was
    /// acknowledged. All of them should be stored, but for those that are too old; see [`Session::sort_out`].
    pub async fn census(&mut self, span: &Span, cursor: &Cursor) -> Result<Vec<String>, MailboxError> {
        match &mut self.0 {
            Kind::Imap(folder) => folder.census(span, cursor).await.map_err(|error| error.at(folder.place())),
            Kind::Maildir(maildir) => maildir.census().await.map_err(|error| error.at(&maildir.place)),
        }
    }

    /// Says of mails that are not stored which are to be read and which are too old; what is gone is in neither.
    pub async fn sort_out(&mut self, keys: &[String], cursor: &Cursor) -> Result<Unknown, MailboxError> {
        match &mut self.0 {
            Kind::Imap(folder) => {
                folder.sort_out(keys, cursor).await.map_err(|error| error.at(folder.place()))
            }
            Kind::Maildir(maildir) => maildir.sort_out(keys).await.map_err(|error| error.at(&maildir.place)),
        }
    }

    /// Fetches the first of these mails, whatever the cursor, up to so many bytes; with how many of them that has dealt:
    /// one that the folder does not give is passed over.
    pub async fn fetch_again(
        &mut self,
        keys: &[String],
        cursor: &Cursor,
        limit_bytes: u64,
    ) -> Result<(Vec<Arrival>, usize), MailboxError> {
        match &mut self.0 {
            Kind::Imap(folder) => {
                folder.fetch_again(keys, cursor, limit_bytes).await.map_err(|error| error.at(folder.place()))
            }
            Kind::Maildir(maildir) => {
                maildir.fetch_again(keys, limit_bytes).await.map_err(|error| error.at(&maildir.place))
            }
        }
    }

    /// Whether there is a working connection.
    pub fn is_connected(&self) -> bool {
        match &self.0 {
            Kind::Imap(folder) => folder.is_connected(),
            Kind::Maildir(_) => true,
        }
    }

    /// Waits until there may be new mail: the server or the system says so, or the poll interval is over.
    pub async fn wait(&mut self) -> Result<(), MailboxError> {
        match &mut self.0 {
            Kind::Imap(folder) => folder.wait().await.map_err(|error| error.at(folder.place())),
            Kind::Maildir(maildir) => {
                maildir.wait().await;
                Ok(())
            }
        }
    }

    /// Leaves without a word, wherever a command was broken off.
    pub fn hang_up(&mut self) {
        if let Kind::Imap(folder) = &mut self.0 {
            folder.hang_up();
        }
    }

    /// Says goodbye to the server, which may take two seconds.
    pub async fn close(&mut self) {
        if let Kind::Imap(folder) = &mut self.0 {
            folder.close().await;
        }
    }
}
