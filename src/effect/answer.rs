//! What is written for an owner's words: the answer to them, and what goes to the client in their name.

use super::Letter;

/// What came of a mail that gave commands.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Answer {
    /// The subject of that mail, as it was written.
    pub subject: String,
    /// What came of each thing that was said, in the order of the mail.
    pub lines: Vec<AnswerLine>,
    /// Whether the commands are explained.
    pub help: bool,
}

/// What came of one thing that was said.
#[derive(Debug, Clone, PartialEq)]
pub struct AnswerLine {
    /// What sort of thing came of it.
    pub outcome: Outcome,
    /// The case: its number, and its account and subject in words.
    pub case: Option<(i64, String)>,
    /// What was said, as written.
    pub words: String,
    /// What came of it or why nothing did, in sentences.
    pub text: String,
    /// The draft to a client that came of it.
    pub draft: Option<Box<Letter>>,
    /// Lines that could be sent as they are.
    pub ready: Vec<Ready>,
}

/// A line that an owner could send.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ready {
    /// The line: "#142 done".
    pub line: String,
    /// What it is about, in words; may be empty.
    pub about: String,
}

/// What sort of thing came of something that was said.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Outcome {
    /// It was done.
    Done,
    /// It was kept as a note.
    Kept,
    /// It was not done.
    NotDone,
    /// It was not understood, or not which case it means.
    NotUnderstood,
}

/// What an owner writes to a client through the shared address.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OwnWords {
    /// The subject of the client's mail, as it was written.
    pub subject: String,
    /// The owner's words.
    pub text: String,
    /// The owner's name.
    pub author: String,
}
