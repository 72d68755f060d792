//! A conversation as one text to read: who wrote what, in answer to what.

use std::fmt::Write as _;

use pairdesk::message::Message;

/// What has been told so far.
#[derive(Default)]
pub struct Story {
    /// The text.
    pub text: String,
    /// The Message-IDs in the order in which they came up.
    seen: Vec<String>,
}

impl Story {
    /// A mail: its place in its thread, further fields, and these words of it.
    pub fn tell(&mut self, who_does: &str, mail: &Message, fields: &str, words: &str) {
        let own = self.name(mail.message_id.as_ref().unwrap());
        let answers = mail.in_reply_to.first().map(|id| format!(", in answer to {}", self.name(id)));
        let from = mail.from.as_ref().unwrap().to_string();
        let _ = write!(
            self.text,
            "=== {who_does} {own}{}\nFrom: {from}\nTo: {}\n{fields}Subject: {}\n\n{}\n\n",
            answers.unwrap_or_default(),
            mail.to[0],
            mail.subject,
            words.trim()
        );
    }

    /// What a command of the program printed.
    pub fn printed(&mut self, arguments: &[&str], printed: &str) {
        let _ = write!(self.text, "=== pairdesk {}\n\n{}\n\n", arguments.join(" "), printed.trim());
    }

    /// What a Message-ID is called: no mail bears that of a case's thread.
    fn name(&mut self, id: &str) -> String {
        if id.starts_with("case-") {
            return "the thread of the case".to_owned();
        }
        let place = self.seen.iter().position(|seen| seen == id).unwrap_or_else(|| {
            self.seen.push(id.to_owned());
            self.seen.len() - 1
        });
        format!("mail {}", place + 1)
    }
}
