//! Mails as they go out: fresh ids, finished bytes, and what became of a client's acknowledgement.

use sha2::{Digest as _, Sha256};

/// Randomness handed in like the time: fresh ids are derived from it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Seed(pub [u8; 16]);

impl Seed {
    /// The `n`th id that grows from this seed: 32 hexadecimal digits that nobody can guess who does not know it.
    pub fn id(self, n: usize) -> String {
        let digest = Sha256::new().chain_update(self.0).chain_update(n.to_be_bytes()).finalize();
        let (half, _) = digest.split_at(16);
        half.iter().fold(String::with_capacity(32), |id, byte| id + &format!("{byte:02x}"))
    }
}

/// What became of the client's acknowledgement.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Acknowledgement {
    /// None is sent.
    None,
    /// It was sent.
    Sent,
    /// It is kept as a draft and waits.
    Draft,
}

/// What a case's history says where the built-in wording took the place of the firm's own.
pub const FELL_BACK: &str = "used the built-in wording for a mail to the client";

/// A finished mail: an outbox row's content. Retries send the same bytes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OutgoingMail {
    /// The Message-ID without angle brackets.
    pub message_id: String,
    /// The envelope's sender; none is the null reverse-path (RFC 5321 §4.5.5).
    pub envelope_from: Option<String>,
    /// The one envelope recipient.
    pub envelope_to: String,
    /// The subject, for lists.
    pub subject: String,
    /// The mail, with CRLF line ends.
    pub bytes: Vec<u8>,
    /// What is wrong with the firm's own wording, where the built-in one took its place: the file and line, what, and the
    /// remedy.
    pub fallen_back: Option<String>,
}
