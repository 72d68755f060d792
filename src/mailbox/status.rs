//! Status responses (RFC 9051 §7.1): what a server says of a command, of itself, and to people.

use super::MailboxError;

/// A status response (RFC 9051 §7.1).
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Status {
    /// The tag of the command that it ends, if any.
    pub tag: Option<String>,
    /// Which.
    pub word: Word,
    /// What stands between brackets: `UIDVALIDITY 7`; empty when there is none.
    pub code: String,
    /// The text for people, shortened and printable.
    pub text: String,
}

/// The status words.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Word {
    Ok,
    No,
    Bad,
    Bye,
    Preauth,
}

impl Status {
    /// The value of a response code: of `UIDVALIDITY 7`, asked for `UIDVALIDITY`, `7`.
    pub fn code_value(&self, name: &str) -> Option<&str> {
        let (code, value) = self.code.split_once(' ').unwrap_or((&self.code, ""));
        code.eq_ignore_ascii_case(name).then_some(value)
    }

    /// Whether a server has had too much of us, by its code or, where it has none, by its words: Gmail's "Too many
    /// simultaneous connections" and "Account exceeded command or bandwidth limits", Exchange's "User is authenticated
    /// but not connected", `[THROTTLED]`, `[LIMIT]` (RFC 9051 §7.1). `[OVERQUOTA]` (RFC 5530 §3) counts by its words
    /// alone, since it also means a full mailbox.
    pub fn asks_for_less(&self) -> bool {
        const WORDS: [&str; 7] = [
            "too many simultaneous connections",
            "too many connections",
            "bandwidth limit",
            "too many login attempts",
            "authenticated but not connected",
            "throttled",
            "server busy",
        ];
        let text = self.text.to_ascii_lowercase();
        ["THROTTLED", "LIMIT"].iter().any(|code| self.code_value(code).is_some())
            || self.word != Word::Ok && WORDS.iter().any(|words| text.contains(words))
    }

    /// The error that a refusal is, which would otherwise be one of the network.
    pub fn refusal(&self, text: String) -> MailboxError {
        if self.asks_for_less() { MailboxError::throttled(text) } else { MailboxError::network(text) }
    }

    /// What the server said, for an error.
    pub fn said(&self) -> String {
        let code = if self.code.is_empty() { String::new() } else { format!("[{}] ", self.code) };
        format!("\"{:?} {code}{}\"", self.word, self.text)
    }
}
