//! Labelled mails as they lie in files: one JSON object a line, in the form of the labelling guide.

use std::collections::BTreeMap;

use serde::Deserialize;
use thiserror::Error;

use super::staff::StaffLabel;
use crate::case::Kind;
use crate::message::{Message, ReadOptions, read};

/// A mail with the labels that people gave it.
#[derive(Debug, Clone, PartialEq)]
pub struct LabelledMail {
    /// Its name in its file.
    pub id: String,
    /// Two-letter code of its language (ISO 639-1).
    pub language: String,
    /// The domain of its writer, which keeps the mails of one client together when data is split.
    pub client: String,
    /// The subject as written.
    pub subject: String,
    /// What was newly written, without quotation and signature.
    pub text: String,
    /// What people said of it.
    pub labels: Labels,
    /// For each label's key the words that show it, copied from the body.
    pub evidence: BTreeMap<String, String>,
}

/// The labels of a mail, by who wrote it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Labels {
    /// A client's mail.
    Client {
        /// Its labels.
        kinds: Vec<Kind>,
        /// 0 none, 1 mild, 2 clear, 3 severe.
        severity: u8,
    },
    /// Mail of the firm's own people.
    Staff(Vec<StaffLabel>),
}

/// Why a line is no labelled mail.
#[derive(Debug, Error)]
#[error(
    "line {line}: expected a labelled mail (a JSON object with id, subject, body, labels, and severity or role): {problem}"
)]
pub struct LabelledError {
    /// The line's number, from 1.
    pub line: usize,
    problem: String,
}

#[derive(Deserialize)]
struct Line {
    id: String,
    #[serde(default)]
    lang: String,
    #[serde(default)]
    from: String,
    subject: String,
    body: String,
    labels: Vec<String>,
    severity: Option<u8>,
    role: Option<String>,
    #[serde(default)]
    evidence: BTreeMap<String, String>,
    #[serde(default)]
    ambiguous: bool,
}

/// The mails of a file. Mails on which the labellers disagreed are left out. A line with a role is staff mail.
pub fn parse(lines: &str) -> Result<Vec<LabelledMail>, LabelledError> {
    let mut found = Vec::new();
    for (at, text) in lines.lines().enumerate().filter(|(_, text)| !text.trim().is_empty()) {
        let wrong = |problem: String| LabelledError { line: at + 1, problem };
        let line: Line = serde_json::from_str(text).map_err(|error| wrong(error.to_string()))?;
        if line.ambiguous {
            continue;
        }
        let labels = labels(&line).map_err(wrong)?;
        let domain = line.from.rsplit_once('@').map_or(&*line.from, |(_, domain)| domain);
        found.push(LabelledMail {
            client: domain.trim_end_matches('>').to_lowercase(),
            text: as_mail(&line.from, &line.subject, &line.body).said().to_owned(),
            id: line.id,
            language: line.lang,
            subject: line.subject,
            labels,
            evidence: line.evidence,
        });
    }
    Ok(found)
}

fn labels(line: &Line) -> Result<Labels, String> {
    fn all<T>(keys: &[String], known: &[&str], from: impl Fn(&str) -> Option<T>) -> Result<Vec<T>, String> {
        let unknown = |key: &String| format!("\"{key}\" is no label; the labels are {}", known.join(", "));
        keys.iter().map(|key| from(key).ok_or_else(|| unknown(key))).collect()
    }
    if line.role.is_some() {
        let known = StaffLabel::ALL.map(StaffLabel::key);
        return all(&line.labels, &known, StaffLabel::from_key).map(Labels::Staff);
    }
    let severity = line.severity.ok_or("a client's mail has a severity, staff mail a role")?;
    if severity > 3 {
        return Err(format!("severity is {severity}, expected 0 to 3"));
    }
    let kinds = all(&line.labels, &Kind::ALL.map(Kind::key), Kind::from_key)?;
    Ok(Labels::Client { kinds, severity })
}

/// A plain body, read as the mail that it was.
pub fn as_mail(from: &str, subject: &str, body: &str) -> Message {
    let line = |text: &str| text.replace(['\r', '\n'], " ");
    let mail = format!(
        "From: {}\r\nSubject: {}\r\nMIME-Version: 1.0\r\nContent-Type: text/plain; charset=utf-8\r\n\
         Content-Transfer-Encoding: 8bit\r\n\r\n{body}",
        line(from),
        line(subject)
    );
    read(mail.as_bytes(), &ReadOptions::default())
}
