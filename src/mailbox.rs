//! Where mail comes from: folders of IMAP servers, and Maildirs.
//!
//! A [`Source`] gives one [`Session`] a folder, which lives as long as the program and is driven like this:
//!
//! ```text
//! start = session.sync_start(stored cursor, now)       connects; store start.cursor at once
//! session.try_again(keys that were set aside unread)
//! loop
//!     keys  = session.candidates()                     a Maildir's files not dealt with; none for IMAP
//!     session.acknowledge(places of keys that are stored already)
//!     batch = session.next_batch(&cursor, 100, 8 MB)
//!     store batch.arrivals and batch.cursor_after      in one transaction
//!     session.acknowledge(places of batch.arrivals)    after the commit
//!     if !batch.more, once: session.acknowledge(those of session.unacknowledged(&cursor) that are stored)
//!     if !batch.more, now and then: what session.census lists, and is not stored, is sorted out and fetched again
//!     if !batch.more: session.wait()
//! after any error: sleep backoff(attempt, jitter), then sync_start again, which connects anew where needed
//! ```
//!
//! Flags are never state: mail is fetched with BODY.PEEK and known by its [`Place`] only.

mod cursor;
mod fetch;
mod folder_name;
mod imap;
mod login;
mod maildir;
mod probe;
mod session;
mod status;
mod tls;
mod wire;

use std::path::PathBuf;
use std::time::Duration;

use jiff::Timestamp;

use crate::message::{Arrival, Cursor};

pub use crate::server::{Credential, Secret, Tls};
pub use imap::keyword_is_valid;
pub use probe::{Finding, probe};
pub use session::Session;

/// What happens to a mail on the server once it is stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Afterwards {
    /// Nothing: the folder is opened read-only.
    Nothing,
    /// It gets this IMAP keyword, like `Pairdesk`.
    Keyword(String),
    /// It is moved into this folder, which exists.
    Move(String),
}

/// One folder of an IMAP mailbox.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Folder {
    /// Its name as people see it, in Unicode: `INBOX`, `Gesendete Objekte`.
    pub name: String,
    /// Whether it holds what the firm's own people wrote.
    pub sent: bool,
}

/// A mailbox on an IMAP server.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ImapSettings {
    /// The name in the configuration, like `service`.
    pub name: String,
    /// The server's host name or address.
    pub host: String,
    /// The server's port.
    pub port: u16,
    /// How the connection is protected.
    pub tls: Tls,
    /// A PEM file of certificates to trust beside the system's.
    pub extra_ca: Option<PathBuf>,
    /// Who logs in.
    pub user: String,
    /// With what: see [`Credential`].
    pub password: Credential,
    /// The folders that are read; each gets its own connection.
    pub folders: Vec<Folder>,
    /// Mail since then is read at the first start; none reads what comes from now on.
    pub since: Option<Timestamp>,
    /// What happens to a mail once it is stored. Never done to mail in a sent folder.
    pub afterwards: Afterwards,
    /// Of a mail with more bytes only the headers and the first part are fetched.
    pub max_mail_size: u64,
    /// The longest time between two looks into the folder, also while IDLE works.
    pub poll: Duration,
    /// How long the server may be silent within a command; the whole command may take ten times as long.
    pub timeout: Duration,
}

/// A Maildir on this machine.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MaildirSettings {
    /// The name in the configuration.
    pub name: String,
    /// The folder that holds `new` and `cur`.
    pub path: PathBuf,
    /// Whether it holds what the firm's own people wrote.
    pub sent: bool,
    /// Mail since then (by the files' times) is read at the first start; none reads what comes from now on.
    pub since: Option<Timestamp>,
    /// Of a mail with more bytes only the headers and the first part are read.
    pub max_mail_size: u64,
    /// The longest time between two looks into the folder, also while inotify works.
    pub poll: Duration,
}

/// A configured mailbox.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Source {
    /// On an IMAP server.
    Imap(ImapSettings),
    /// On this machine.
    Maildir(MaildirSettings),
}

impl Source {
    /// The longest time between two looks into one of its folders.
    pub fn poll(&self) -> Duration {
        match self {
            Self::Imap(settings) => settings.poll,
            Self::Maildir(settings) => settings.poll,
        }
    }

    /// A session for each of its folders, not yet connected.
    pub fn sessions(&self) -> Vec<Session> {
        match self {
            Self::Imap(settings) => {
                settings.folders.iter().map(|folder| Session::imap(settings, folder)).collect()
            }
            Self::Maildir(settings) => vec![Session::maildir(settings)],
        }
    }
}

/// How a session's reading began.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Start {
    /// From where it reads; to be stored before anything else.
    pub cursor: Cursor,
    /// Why from there.
    pub how: How,
}

/// Why a session reads from where it does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum How {
    /// For the first time: from now on, or from the configured date.
    First,
    /// From where it had stopped.
    Resumed,
    /// The server has numbered the folder's mails anew (RFC 9051 §2.3.1.1): all since the first start is read again.
    ValidityChanged {
        /// The UIDVALIDITY that no longer holds.
        before: u32,
    },
}

/// Some mails, in the order of the folder.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Batch {
    /// The mails. One with no bytes and a size could not be fetched, while others could, and is to be set aside.
    pub arrivals: Vec<Arrival>,
    /// Up to where the folder is read once they are stored. Moves also over mails that are gone or too old.
    pub cursor_after: Cursor,
    /// Whether there is more to fetch at once.
    pub more: bool,
}

/// What lies in a folder and is not stored.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Unknown {
    /// Mails that are to be read.
    pub wanted: Vec<String>,
    /// Mails from before the date from which on the folder is read.
    pub older: Vec<String>,
}

/// What sort of thing went wrong, and so when to try again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Trouble {
    /// The network or the server: try again soon, after [`backoff`].
    Network,
    /// The server has had too much of us: try again in minutes.
    Throttled,
    /// The server refuses the login: try again rarely, since servers lock out who insists; tell people.
    Login,
    /// The configuration does not fit the server: nothing helps but people.
    Configuration,
}

/// Something went wrong with a mailbox; says what was being done, what was found, and what to do. Holds neither mail
/// text nor passwords.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{text}")]
pub struct MailboxError {
    /// What sort of thing.
    pub trouble: Trouble,
    text: String,
}

impl MailboxError {
    fn network(text: impl Into<String>) -> Self {
        Self { trouble: Trouble::Network, text: text.into() }
    }

    fn throttled(text: impl Into<String>) -> Self {
        Self { trouble: Trouble::Throttled, text: text.into() }
    }

    fn login(text: impl Into<String>) -> Self {
        Self { trouble: Trouble::Login, text: text.into() }
    }

    fn configuration(text: impl Into<String>) -> Self {
        Self { trouble: Trouble::Configuration, text: text.into() }
    }

    fn at(mut self, place: &str) -> Self {
        self.text = format!("{place}: {}", self.text);
        self
    }
}

/// How long to wait before the next try: doubles with each failed attempt (the first is 0) from 1 second to 5 minutes,
/// of which `jitter` (0 to 1, random) decides the second half, so that many sessions do not come back at once.
pub fn backoff(attempt: u32, jitter: f64) -> Duration {
    let longest = Duration::from_secs(1 << attempt.min(9)).min(Duration::from_mins(5));
    longest.mul_f64(0.5 + jitter.clamp(0.0, 1.0) / 2.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waiting_doubles_from_half_a_second_up_to_five_minutes() {
        for (attempt, jitter, milliseconds) in
            [(0, 0.0, 500), (0, 1.0, 1_000), (3, 0.5, 6_000), (9, 1.0, 300_000), (u32::MAX, 0.0, 150_000)]
        {
            assert_eq!(backoff(attempt, jitter), Duration::from_millis(milliseconds), "{attempt} {jitter}");
        }
    }
}
