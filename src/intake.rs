//! What follows from one mail: a pure function from the mail, its classification and what is known, to effects.

use jiff::Timestamp;

use crate::case::Case;
use crate::directory::{Account, Directory};
use crate::effect::Disposition;
use crate::message::{Address, Message};

/// What the store knows that bears on one mail. Loaded in the transaction in which the effects are carried out.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Known {
    /// The id that the mail at hand has in the store.
    pub mail: i64,
    /// The next free case number.
    pub next_case: i64,
    /// The stored mail with the same content, if there is one: (id, where it lies).
    pub duplicate_of: Option<(i64, String)>,
    /// The conversation that the mail joins.
    pub conversation: Option<Conversation>,
    /// How many complaint cases of severity 2 and up the account had opened in the last thirty days.
    pub recent_complaints: u32,
    /// When this conversation last got an acknowledgement (sent or drafted).
    pub last_acknowledged: Option<Timestamp>,
    /// How many acknowledgements were made for the writer's address in the last 24 hours, over all conversations.
    pub acknowledgements_today: u32,
}

/// The conversation that a mail joins.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Conversation {
    /// The id of its first mail.
    pub id: i64,
    /// What joined the mail to it, in words: "In-Reply-To", "subject within thirty days".
    pub joined_by: String,
    /// The account of its first mail, if it had one.
    pub account: Option<String>,
    /// Its cases, oldest first.
    pub cases: Vec<Case>,
    /// Its last mails, oldest first, at most three, without the mail at hand.
    pub last_mails: Vec<PastMail>,
}

/// A mail that is stored already.
#[derive(Debug, Clone, PartialEq)]
pub struct PastMail {
    /// Who wrote it, as "Name <address>".
    pub from: String,
    /// When it came.
    pub at: Timestamp,
    /// What it was filed as.
    pub disposition: Disposition,
    /// The beginning of what it newly said.
    pub excerpt: String,
}

/// Whose mail it is: what the conversation and the account are looked up by.
#[derive(Debug, Clone, PartialEq)]
pub struct Sender<'a> {
    /// Who wrote it: the originator, or the inner one of a client's mail that an owner forwards.
    pub writer: Option<Address>,
    /// The account it belongs to, when the writer is a client.
    pub account: Option<&'a Account>,
}

/// Reads from a message who wrote it and which account that is. Reply-To never counts: anybody can set it.
pub fn sender<'a>(message: &Message, directory: &'a Directory) -> Sender<'a> {
    let _ = (message, directory);
    Sender { writer: None, account: None }
}
