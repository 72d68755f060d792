//! A mail as a mailbox hands it over, and where in the mailbox the reading stands.

use jiff::Timestamp;

/// Where a mail lies: the identity that the store keeps. UIDVALIDITY and UID (RFC 9051 §2.3.1.1) for IMAP, the unique
/// name for a Maildir.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Place {
    /// The configured mailbox's name and the folder: "service/INBOX".
    pub mailbox: String,
    /// UIDVALIDITY; 0 for a Maildir.
    pub validity: u32,
    /// The UID in decimal, or the unique name of a Maildir file without its flags.
    pub key: String,
}

/// A mail that has been fetched and not yet stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Arrival {
    /// Where it lies.
    pub place: Place,
    /// Its bytes: all of them, or the headers and the first part of it when `full_size` is larger.
    pub raw: Vec<u8>,
    /// The size in bytes that the mailbox says the mail has.
    pub full_size: u64,
    /// When the mailbox got it (INTERNALDATE, or the file's time), when it says so.
    pub received_at: Option<Timestamp>,
    /// Whether it lies in a folder of sent mail: then it was written by the firm's own people.
    pub sent_folder: bool,
}

impl Arrival {
    /// Whether only the beginning of the mail was fetched, since it is larger than `max_mail_size`.
    pub fn truncated(&self) -> bool {
        (self.raw.len() as u64) < self.full_size
    }
}

/// Up to where a mailbox has been read: all UIDs up to `last_uid` under this `validity` are stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Cursor {
    /// UIDVALIDITY; 0 for a Maildir.
    pub validity: u32,
    /// The highest UID that has been stored or passed over; 0 for a Maildir.
    pub last_uid: u32,
    /// Mail that the mailbox got before this instant is never processed: the first start, or the configured `since`.
    pub since: Timestamp,
    /// When this mailbox was read for the first time. What it got before that is backlog: it makes cases for the
    /// digest, but no notice, alert or acknowledgement.
    pub started_at: Timestamp,
}
