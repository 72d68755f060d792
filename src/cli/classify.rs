//! `classify`: what a mail says.

use std::collections::BTreeMap;
use std::fs;
use std::io::{self, BufRead as _, BufWriter, Write as _};
use std::process::ExitCode;

use anyhow::{Context as _, Result, anyhow};
use clap::Args;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{Timestamp, Zoned};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::inspect::standard_input;
use super::print;
use crate::classify::{Classifier, StaffLabel, as_mail, reads};
use crate::clock::Clock;
use crate::day;
use crate::intake::Policy;
use crate::message::{Message, ReadOptions, read};

/// Read a mail from standard input and print what it says, as JSON
///
/// Each label with its probability, the labels that are decided, the severity of a complaint, the sentence that shows
/// each label, the words that weighed most, the day that a promise of staff names, the language, and whether all of it is sure. Only the newly written text
/// counts. Needs no configuration.
#[derive(Debug, Args)]
pub struct Classify {
    /// Standard input is bare text, not a mail
    #[arg(long, conflicts_with = "jsonl")]
    text: bool,
    /// The firm's own people wrote it: look for the staff labels
    #[arg(long)]
    staff: bool,
    /// The day from which the days of promises are read, like 2026-11-25, where that is not the mail's own Date or, for bare
    /// text, today
    #[arg(long, value_name = "DAY", requires = "staff")]
    date: Option<Date>,
    /// The firm's time zone, like Europe/Berlin
    #[arg(long, value_name = "ZONE", default_value = "UTC", value_parser = TimeZone::get, requires = "staff")]
    timezone: TimeZone,
    /// Read many: standard input has a line "id, tab, path" for each mail, or JSON objects with id, subject and body;
    /// prints one JSON object a line, with its id
    #[arg(long)]
    jsonl: bool,
}

/// What is printed.
#[derive(Debug, Serialize)]
struct Said {
    #[serde(skip_serializing_if = "Option::is_none")]
    id: Option<Value>,
    labels: BTreeMap<&'static str, f64>,
    decided: Vec<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    severity: Option<u8>,
    evidence: BTreeMap<&'static str, String>,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    why: BTreeMap<&'static str, Vec<String>>,
    /// The day that a promise names.
    #[serde(skip_serializing_if = "Option::is_none")]
    due: Option<Date>,
    language: Option<String>,
    sure: bool,
    model: String,
}

#[derive(Deserialize)]
struct Line {
    id: Value,
    #[serde(default)]
    from: String,
    #[serde(default)]
    subject: String,
    body: String,
}

/// A text whose words are to be judged.
struct Words {
    subject: String,
    text: String,
    language: Option<String>,
    written: Option<Timestamp>,
}

impl Classify {
    pub fn run(&self) -> Result<ExitCode> {
        if self.jsonl {
            self.many().context("cannot go through the list of mails")?;
            return Ok(ExitCode::SUCCESS);
        }
        let raw = standard_input()?;
        let words = if self.text {
            Words::plain("", "", &String::from_utf8_lossy(&raw))
        } else {
            Words::of(read(&raw, &ReadOptions::default()))
        };
        print(&format!("{}\n", serde_json::to_string_pretty(&self.said(None, &words))?))?;
        Ok(ExitCode::SUCCESS)
    }

    fn many(&self) -> Result<()> {
        let mut out = BufWriter::new(io::stdout().lock());
        for (at, line) in io::stdin().lock().lines().enumerate() {
            let line = line?;
            if line.trim().is_empty() {
                continue;
            }
            let (id, words) = words(&line).with_context(|| format!("line {}", at + 1))?;
            serde_json::to_writer(&mut out, &self.said(Some(id), &words))?;
            out.write_all(b"\n")?;
        }
        out.flush().map_err(Into::into)
    }

    /// When a text was written, where the firm is.
    fn written(&self, words: &Words) -> Zoned {
        let zone = self.timezone.clone();
        let given = self.date.and_then(|date| date.to_zoned(zone.clone()).ok());
        given.unwrap_or_else(|| words.written.unwrap_or_else(|| Clock::default().now()).to_zoned(zone))
    }

    fn said(&self, id: Option<Value>, words: &Words) -> Said {
        let classifier = Classifier::built_in();
        let mut said = Said {
            id,
            labels: BTreeMap::new(),
            decided: Vec::new(),
            severity: None,
            evidence: BTreeMap::new(),
            why: BTreeMap::new(),
            due: None,
            language: words.language.clone(),
            sure: reads(words.language.as_deref()),
            model: classifier.name().to_owned(),
        };
        let thresholds = Policy::default().thresholds;
        let mut add = |name, probability: f64, evidence: String, words: Vec<String>| {
            said.labels.insert(name, (probability * 1e4).round() / 1e4);
            if probability >= thresholds.open_case {
                said.decided.push(name);
                said.evidence.insert(name, evidence);
                said.why.insert(name, words);
            } else if probability >= thresholds.please_check {
                said.sure = false;
            }
        };
        if self.staff {
            for finding in classifier.classify_staff(&words.subject, &words.text) {
                add(finding.label.key(), finding.probability, finding.evidence, Vec::new());
            }
            let promise = said.evidence.get(StaffLabel::Commitment.key());
            said.due = promise.and_then(|promise| {
                day::find(promise, day::Context { now: &self.written(words), day_first: true })
            });
        } else {
            let found = classifier.classify(&words.subject, &words.text);
            for finding in found.findings {
                let words = finding.words.into_iter().map(|(word, _)| word).collect();
                add(finding.kind.key(), finding.probability, finding.evidence, words);
            }
            said.severity = Some(found.severity);
        }
        said
    }
}

/// The id and the words of a line: a JSON object, or an id, a tab and a path.
fn words(line: &str) -> Result<(Value, Words)> {
    if line.trim_start().starts_with('{') {
        let line: Line =
            serde_json::from_str(line).context("expected a JSON object with id, subject and body")?;
        return Ok((line.id, Words::plain(&line.from, &line.subject, &line.body)));
    }
    let (id, path) =
        line.split_once('\t').ok_or_else(|| anyhow!("expected \"id, tab, path\" or a JSON object"))?;
    let raw = fs::read(path).with_context(|| format!("cannot read the mail {path}"))?;
    Ok((id.into(), Words::of(read(&raw, &ReadOptions::default()))))
}

impl Words {
    fn of(message: Message) -> Self {
        Self {
            text: message.said().to_owned(),
            subject: message.subject,
            language: message.language,
            written: message.date,
        }
    }

    fn plain(from: &str, subject: &str, body: &str) -> Self {
        Self::of(as_mail(from, subject, body))
    }
}
