//! `corrections`: what people said that mails' labels are.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;

use anyhow::{Result, anyhow, bail};
use clap::{Args, Subcommand};
use serde::Serialize;

use super::layout::{plain, short, table, time};
use super::{Desk, count, print};
use crate::case::Kind;
use crate::classify::{Correction, FirmLayer, Flip, Names, flips, impersonal, probability};
use crate::clock::Clock;
use crate::directory::Directory;
use crate::directory::written::did_you_mean;
use crate::effect::Disposition;
use crate::intake;
use crate::message::{ReadOptions, read};
use crate::store::{CorrectedMail, MailDetail};
use crate::worker::learn;

/// The labels of mails that people have put right; the classifier learns from them
#[derive(Debug, Args)]
pub struct Corrections {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// List all corrections, oldest first
    List,
    Add(Add),
    /// List the corrected mails that are not given the labels that people said, all corrections taken in
    Check,
    /// Print all corrected mails without personal data, as labelled mails, one JSON object a line
    ///
    /// Greetings and sign-offs are cut. The names of owners, clients and the firm, other names as far as they can be
    /// told from words, addresses, telephone numbers, links, amounts, dates and long numbers are masked. Read the
    /// lines before you hand them on: a name that stands nowhere else, at the beginning of a sentence, may be left.
    Export,
}

/// Put the labels of a client's mail right
///
/// The newest correction of a mail counts. `pairdesk show NUMBER` lists the mails of a case with their numbers.
#[derive(Debug, Args)]
struct Add {
    /// The mail's number, like 12 or "u12"
    #[arg(value_name = "MAIL", value_parser = mail_number)]
    mail: i64,
    /// All labels that are right: complaint, extra_work, promise_gap, churn_risk, opportunity, commercial, praise; or none
    #[arg(required = true, value_name = "LABEL", value_parser = label)]
    labels: Vec<Label>,
    /// How severe the complaint is: 1 mild, 2 clear, 3 severe
    #[arg(long, value_parser = clap::value_parser!(u8).range(1..=3))]
    severity: Option<u8>,
}

/// A label, or the word that there is none.
type Label = Option<Kind>;

fn label(word: &str) -> Result<Label, String> {
    let key = word.to_lowercase().replace(['-', ' '], "_");
    if key == "none" {
        return Ok(None);
    }
    let keys: Vec<&str> = Kind::ALL.into_iter().map(Kind::key).chain(["none"]).collect();
    Kind::from_key(&key).map(Some).ok_or_else(|| did_you_mean(&key, &keys))
}

fn mail_number(text: &str) -> Result<i64, String> {
    let digits = text.trim().trim_start_matches(['#', 'u', 'U']);
    let number = digits.parse().ok().filter(|number| *number > 0);
    number.ok_or_else(|| "expected a mail's number, like 12 or \"u12\"".to_owned())
}

impl Corrections {
    pub async fn run(self, config: Option<PathBuf>) -> Result<ExitCode> {
        let desk = Desk::open(config).await?;
        let text = match self.command {
            Command::List => list(&desk).await?,
            Command::Add(add) => add.run(&desk).await?,
            Command::Check => check(&desk).await?,
            Command::Export => export(&desk).await?,
        };
        print(&text)?;
        Ok(ExitCode::SUCCESS)
    }
}

impl Add {
    async fn run(&self, desk: &Desk) -> Result<String> {
        let labels: Vec<Kind> =
            Kind::ALL.into_iter().filter(|kind| self.labels.contains(&Some(*kind))).collect();
        if !labels.is_empty() && self.labels.contains(&None) {
            bail!("\"none\" says that no label is right: give it alone, or the labels without it");
        }
        if self.severity.is_some() && !labels.contains(&Kind::Complaint) {
            bail!("only a complaint has a severity: add the label complaint, or leave --severity out");
        }
        let found = desk.store.mail(self.mail).await?;
        let mail = found.ok_or_else(|| anyhow!("there is no mail {}", self.mail))?;
        let disposition = mail.mail.disposition;
        if !matches!(disposition, Disposition::Case | Disposition::Routine) {
            bail!(
                "mail {} is no client's mail, and only those have labels: it is filed as {} ({})",
                self.mail,
                disposition.key(),
                plain(&mail.mail.reason)
            );
        }
        let corrected = CorrectedMail {
            mail: self.mail,
            severity: self.severity,
            who: "command line".to_owned(),
            at: Clock::default().now(),
            words: format!("corrections add {} {}", self.mail, said(&labels)),
            said_in: None,
            labels,
        };
        let before = learnt(desk).await?;
        if !desk.store.correct(&corrected).await? {
            bail!("mail {} has a correction of a later time, which stays; is this clock right?", self.mail);
        }
        let all = desk.store.corrections().await?.len();
        let mut text = format!(
            "Mail {} of {} is now: {}. {} in all.\n",
            self.mail,
            plain(mail.mail.from.display()),
            said(&corrected.labels),
            count(all, "correction", "")
        );
        text.push_str(&effect(self.mail, &before, &learnt(desk).await?));
        Ok(text)
    }
}

/// The labels in one line.
fn said(labels: &[Kind]) -> String {
    if labels.is_empty() {
        return "none".to_owned();
    }
    labels.iter().map(|kind| kind.key()).collect::<Vec<_>>().join(" ")
}

async fn list(desk: &Desk) -> Result<String> {
    let corrections = desk.store.corrections().await?;
    if corrections.is_empty() {
        return Ok("There are no corrections yet: pairdesk corrections add MAIL LABEL...\n".to_owned());
    }
    let timezone = &desk.directory.firm().timezone;
    let mut rows = Vec::new();
    for correction in &corrections {
        let mail = desk.store.mail(correction.mail).await?;
        let of = |value: fn(&MailDetail) -> String| mail.as_ref().map(value).unwrap_or_default();
        rows.push(vec![
            correction.mail.to_string(),
            time(correction.at, timezone),
            short(&plain(&correction.who), 24),
            said(&correction.labels),
            of(|mail| mail.mail.account.clone().unwrap_or_else(|| "-".to_owned())),
            of(|mail| plain(&mail.mail.subject)),
        ]);
    }
    Ok(table(&["MAIL", "CORRECTED", "BY", "LABELS", "ACCOUNT", "SUBJECT"], &rows))
}

/// All corrections that can be learnt from, and the layer fitted to them.
async fn learnt(desk: &Desk) -> Result<(Vec<Correction>, Arc<FirmLayer>)> {
    if desk.store.corrections().await?.is_empty() {
        return Ok(Default::default());
    }
    let corrections = learn::corrections(&desk.store, &desk.directory, &desk.config.read_options()).await?;
    let layer = learn::fit(corrections.clone()).await;
    Ok((corrections, layer))
}

/// What a correction brings about: what its mail is given now, and which earlier ones are not given theirs any more.
fn effect(
    mail: i64,
    (earlier, without): &(Vec<Correction>, Arc<FirmLayer>),
    (corrections, layer): &(Vec<Correction>, Arc<FirmLayer>),
) -> String {
    let Some(this) = corrections.iter().find(|correction| correction.mail == mail) else {
        return "The mail's own bytes were not kept, so that nothing can be learnt from it.\n".to_owned();
    };
    let logits = layer.adjust(&this.vector, this.logits);
    let shown = |(kind, logit): (Kind, f64)| format!("{} {:.2}", kind.key(), probability(logit));
    let given: Vec<_> =
        Kind::ALL.into_iter().zip(logits).filter(|(_, logit)| *logit >= 0.0).map(shown).collect();
    let given = if given.is_empty() { "none".to_owned() } else { given.join(", ") };
    let flipped = flips(corrections, layer);
    let right = flipped.iter().all(|flip| flip.mail != mail);
    let hint = if right { "" } else { " A second, similar correction will outweigh the model." };
    let mut text = format!("The model with all corrections now gives it: {given}.{hint}\n");
    let wrong: BTreeSet<i64> = flips(earlier, without).into_iter().map(|flip| flip.mail).collect();
    let newly: Vec<_> =
        flipped.into_iter().filter(|flip| flip.mail != mail && !wrong.contains(&flip.mail)).collect();
    if !newly.is_empty() {
        text.push_str("By it, earlier corrections are not given their labels any more:\n");
        text.extend(newly.iter().map(flip_line));
    }
    text
}

fn flip_line(flip: &Flip) -> String {
    format!("  mail {}: wanted {}, given {}\n", flip.mail, said(&flip.wanted), said(&flip.given))
}

async fn check(desk: &Desk) -> Result<String> {
    let all = desk.store.corrections().await?.len();
    let (corrections, layer) = learnt(desk).await?;
    let flips = flips(&corrections, &layer);
    let right = corrections.len() - flips.len();
    let all_read = count(corrections.len(), "corrected mail", "");
    let mut text = format!("Given as people said: {right} of {all_read}.\n");
    text.extend(flips.iter().map(flip_line));
    let lost = all - corrections.len();
    if lost > 0 {
        let _ = writeln!(text, "Of {} the bytes were not kept, or cannot be read.", count(lost, "other", ""));
    }
    Ok(text)
}

/// A labelled mail in the form of the labelling guide.
#[derive(Debug, Serialize)]
struct Line {
    id: String,
    industry: &'static str,
    lang: String,
    from: String,
    subject: String,
    body: String,
    labels: Vec<Kind>,
    severity: u8,
    evidence: BTreeMap<String, String>,
}

async fn export(desk: &Desk) -> Result<String> {
    let options = ReadOptions::default();
    let mut lines = Vec::new();
    for correction in desk.store.corrections().await? {
        let mail = desk.store.mail(correction.mail).await?;
        let raw = desk.store.raw_mail(correction.mail).await?;
        // Bytes that were not kept cannot be handed on.
        let (Some(mail), Some(raw)) = (mail, raw) else { continue };
        let message = read(&raw, &options);
        let sender = intake::sender(&message, &desk.directory);
        let mut names = everybody(&desk.directory);
        let people = message.from.iter().chain(&sender.writer).chain(&message.to).chain(&message.cc);
        people.for_each(|person| names.person(person));
        let language = message.language.clone().unwrap_or_default();
        let (subject, text) = sender.words(&message);
        let (subject, body) = impersonal(subject, text, &language, &names);
        let client = mail.mail.account.clone().unwrap_or_else(|| mail.mail.from.domain().to_owned());
        let severity = severity(&correction, &mail);
        lines.push(Line {
            id: String::new(),
            industry: "",
            lang: language,
            from: client,
            subject,
            body,
            labels: correction.labels,
            severity,
            evidence: BTreeMap::new(),
        });
    }
    // Neither the order nor a number tells when a mail came, or whose it is.
    lines.sort_by(|a, b| (&a.body, &a.subject).cmp(&(&b.body, &b.subject)));
    let mut clients: Vec<String> = Vec::new();
    let mut text = String::new();
    for (at, mut line) in lines.into_iter().enumerate() {
        let known = clients.iter().position(|client| *client == line.from);
        let client = known.unwrap_or_else(|| {
            clients.push(line.from.clone());
            clients.len() - 1
        });
        line.id = format!("f-{:04}", at + 1);
        line.from = format!("<somebody@client-{}.example>", client + 1);
        text.push_str(&serde_json::to_string(&line)?);
        text.push('\n');
    }
    Ok(text)
}

/// 0 without a complaint; with one what the person said, else what the classifier said, and at least mild.
fn severity(correction: &CorrectedMail, mail: &MailDetail) -> u8 {
    if !correction.labels.contains(&Kind::Complaint) {
        return 0;
    }
    let found = mail.findings.as_ref().map_or(0, |findings| findings.classification.severity);
    correction.severity.unwrap_or(found).max(1)
}

/// The names of all who are known: the firm and its people, the accounts and their addresses.
fn everybody(directory: &Directory) -> Names {
    let mut names = Names::default();
    let firm = directory.firm();
    names.firm(&firm.name);
    firm.domains.iter().for_each(|domain| names.domain(domain));
    directory.people().into_iter().for_each(|person| names.person(person));
    for account in directory.accounts() {
        names.firm(&account.name);
        account.domains.iter().for_each(|domain| names.domain(domain));
        for address in &account.addresses {
            let person = crate::message::Address { name: String::new(), address: address.clone() };
            names.person(&person);
        }
    }
    names
}
