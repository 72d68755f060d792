//! What a mail answers: Message-ID, In-Reply-To, References (RFC 5322 §3.6.4), Outlook's Thread-Index.

use std::collections::HashMap;

use jiff::Timestamp;

use super::{Message, decode};

/// Identifiers beyond this number are passed over.
const MAX_IDENTIFIERS: usize = 200;

/// The message identifiers of a field, without angle brackets; also those that lost a bracket or were folded inside.
pub(super) fn identifiers(value: &str) -> Vec<String> {
    let mut list: Vec<String> = Vec::new();
    let mut add = |text: &str| {
        let id: String = text.chars().filter(|c| !c.is_whitespace() && !c.is_control()).collect();
        let id = id.trim_matches(['<', '>', ',', ';', '"']);
        if id.contains('@') && !list.iter().any(|i| i == id) {
            list.push(id.to_string());
        }
    };
    let value = decode::words(value);
    if value.contains('<') {
        for piece in value.split('<').skip(1).take(MAX_IDENTIFIERS) {
            add(piece.split('>').next().unwrap_or_default());
        }
    } else {
        for piece in value.split([' ', '\t', ',', '>']).filter(|p| !p.is_empty()).take(MAX_IDENTIFIERS) {
            add(piece);
        }
    }
    list
}

/// The conversation that Outlook's Thread-Index names: its first 22 bytes as hexadecimal digits ([MS-OXOMSG] §2.2.1.3).
pub(super) fn conversation(value: &str) -> Option<String> {
    let (bytes, _) = decode::base64(value.as_bytes());
    let head = bytes.get(..22)?;
    Some(head[6..].iter().fold(String::new(), |mut out, b| {
        use std::fmt::Write;
        let _ = write!(out, "{b:02x}");
        out
    }))
}

/// Mails put together into conversations, in the order in which they are added.
///
/// A mail joins by any identifier that it shares with an earlier one (its own, References, In-Reply-To), or by Outlook's
/// conversation; a reply without any of them joins the last mail of the same base subject of at most thirty days before
/// that shares a correspondent with it.
#[derive(Debug, Default)]
pub struct Conversations {
    by_identifier: HashMap<String, usize>,
    by_subject: HashMap<String, Vec<Seen>>,
    /// For each conversation the one that it was found to be part of.
    joined: Vec<usize>,
}

/// What is kept of a mail to find it again by its subject.
#[derive(Debug)]
struct Seen {
    conversation: usize,
    at: Option<Timestamp>,
    people: Vec<String>,
}

/// A reply without identifiers joins a mail of at most this age.
const SUBJECT_DAYS: i64 = 30;

impl Conversations {
    /// Adds a mail and says which conversation it belongs to.
    pub fn add(&mut self, message: &Message) -> usize {
        let mut keys: Vec<String> = Vec::new();
        keys.extend(message.message_id.iter().cloned());
        keys.extend(message.references.iter().chain(&message.in_reply_to).cloned());
        keys.extend(message.conversation.iter().map(|c| format!("thread-index:{c}")));
        let known: Vec<usize> =
            keys.iter().filter_map(|k| self.by_identifier.get(k)).map(|&c| self.root(c)).collect();
        let answers = !message.references.is_empty() || !message.in_reply_to.is_empty();
        let found = known.first().copied().or_else(|| self.by_subject(message, answers));
        let conversation = found.unwrap_or_else(|| {
            self.joined.push(self.joined.len());
            self.joined.len() - 1
        });
        for other in known {
            self.joined[other] = conversation;
        }
        for key in keys {
            self.by_identifier.insert(key, conversation);
        }
        let subject = message.base_subject.to_lowercase();
        if !subject.is_empty() {
            let seen = Seen { conversation, at: message.date, people: people(message) };
            self.by_subject.entry(subject).or_default().push(seen);
        }
        conversation
    }

    fn root(&self, mut conversation: usize) -> usize {
        while self.joined[conversation] != conversation {
            conversation = self.joined[conversation];
        }
        conversation
    }

    fn by_subject(&self, message: &Message, answers: bool) -> Option<usize> {
        if !message.subject_is_reply && !answers || message.base_subject.is_empty() {
            return None;
        }
        let people = people(message);
        let list = self.by_subject.get(&message.base_subject.to_lowercase())?;
        let seen = list.iter().rev().find(|seen| {
            let near = match (seen.at, message.date) {
                (Some(a), Some(b)) => (a.as_second() - b.as_second()).abs() <= SUBJECT_DAYS * 86_400,
                _ => true,
            };
            near && seen.people.iter().any(|p| people.contains(p))
        })?;
        Some(self.root(seen.conversation))
    }
}

/// Everybody who wrote or got a mail.
fn people(message: &Message) -> Vec<String> {
    message.from.iter().chain(&message.to).chain(&message.cc).map(|a| a.address.clone()).collect()
}
