//! Labelled mails as they lie in files: one JSON object a line, in the form of the labelling guide.

use std::collections::BTreeMap;

use serde::Deserialize;
use thiserror::Error;

use crate::case::Kind;

/// A client's mail with the labels that people gave it.
#[derive(Debug, Clone, PartialEq)]
pub struct LabelledMail {
    /// Its name in its file.
    pub id: String,
    /// Two-letter code of its language (ISO 639-1).
    pub language: String,
    /// The domain of the client, which keeps the mails of one client together when data is split.
    pub client: String,
    /// The subject as written.
    pub subject: String,
    /// What was newly written, without quotation and signature.
    pub text: String,
    /// Its labels.
    pub labels: Vec<Kind>,
    /// 0 none, 1 mild, 2 clear, 3 severe.
    pub severity: u8,
    /// For each label the words that show it, copied from the body.
    pub evidence: BTreeMap<Kind, String>,
}

/// Why a line is no labelled mail.
#[derive(Debug, Error)]
#[error(
    "line {line}: expected a labelled mail (a JSON object with id, from, subject, body, labels, severity): {problem}"
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
    severity: u8,
    #[serde(default)]
    evidence: BTreeMap<String, String>,
    #[serde(default)]
    ambiguous: bool,
}

/// The mails of a file. Mails on which the labellers disagreed are left out.
pub fn parse(lines: &str) -> Result<Vec<LabelledMail>, LabelledError> {
    let mut found = Vec::new();
    for (at, text) in lines.lines().enumerate().filter(|(_, text)| !text.trim().is_empty()) {
        let wrong = |problem: String| LabelledError { line: at + 1, problem };
        let line: Line = serde_json::from_str(text).map_err(|error| wrong(error.to_string()))?;
        if line.ambiguous {
            continue;
        }
        if line.severity > 3 {
            return Err(wrong(format!("severity is {}, expected 0 to 3", line.severity)));
        }
        let kind = |key: &str| {
            Kind::from_key(key).ok_or_else(|| {
                let known = Kind::ALL.map(Kind::key).join(", ");
                wrong(format!("\"{key}\" is no label; the labels are {known}"))
            })
        };
        let labels = line.labels.iter().map(|key| kind(key)).collect::<Result<_, _>>()?;
        let evidence = line
            .evidence
            .iter()
            .map(|(key, words)| Ok((kind(key)?, words.clone())))
            .collect::<Result<_, LabelledError>>()?;
        let client = line.from.rsplit_once('@').map_or(&*line.from, |(_, domain)| domain);
        found.push(LabelledMail {
            id: line.id,
            language: line.lang,
            client: client.trim_end_matches('>').to_lowercase(),
            subject: line.subject,
            text: newly_written(&line.body),
            labels,
            severity: line.severity,
            evidence,
        });
    }
    Ok(found)
}

/// The body up to its quotation. Labelled mails quote plainly; mail from outside is read by [`crate::message`].
fn newly_written(body: &str) -> String {
    const HEADS: [&str; 9] = ["From:", "Von:", "De:", "De :", "Da:", "Van:", "----", "____", "-- "];
    const WROTE: [&str; 9] = [
        "wrote:",
        "schrieb",
        "a écrit",
        "escribió:",
        "schreef",
        "scritto:",
        "escreveu:",
        "geschrieben:",
        "écrit :",
    ];
    let mut kept: Vec<&str> = Vec::new();
    for line in body.lines() {
        let plain = line.trim();
        let quotes = HEADS.iter().any(|head| plain.starts_with(head)) && !kept.is_empty()
            || WROTE.iter().any(|wrote| plain.contains(wrote)) && plain.contains('@')
            || plain == "--";
        if quotes {
            break;
        }
        if !plain.starts_with('>') {
            kept.push(line);
        }
    }
    kept.join("\n").trim().to_owned()
}
