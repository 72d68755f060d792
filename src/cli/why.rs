//! `why`: what a case follows from, mail by mail and step by step; what an account's mood is made of.

pub mod account;

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::{Result, anyhow};
use clap::Args;
use jiff::Timestamp;

use super::layout::{plain, short, time, wrapped};
use super::show::{detail, heading};
use super::{Desk, accounts, number, print};
use crate::classify::Finding;
use crate::clock::Clock;
use crate::directory::Directory;
use crate::intake::Thresholds;
use crate::mood::{HORIZON, Signal};
use crate::store::CaseDetail;

/// Explain a case or a client's mood
///
/// Of a case: what was found in each mail and how sure that was, and why each thing was done. Of an account: its mood,
/// 0 to 100, and the points that each mail gave or took.
#[derive(Debug, Args)]
pub struct Why {
    /// A case's number, like 3 or "#3", or an account's short name, like "acme"
    #[arg(value_name = "CASE or ACCOUNT")]
    about: String,
}

impl Why {
    pub async fn run(self, config: Option<PathBuf>) -> Result<ExitCode> {
        let desk = Desk::open(config).await?;
        if let Ok(case) = number(&self.about) {
            let detail = detail(&desk, case).await?;
            print(&explained(&detail, &desk.directory, desk.config.policy.thresholds))?;
            return Ok(ExitCode::SUCCESS);
        }
        let account = accounts::named(&desk.directory, &self.about)
            .map_err(|error| anyhow!("{error}; of a case, give the number: pairdesk why 3"))?;
        let now = Clock::default().now();
        let mut signals = signals(&desk, Some(&account.key), now).await?;
        let signals = signals.remove(&account.key).unwrap_or_default();
        print(&account::explained(account, &signals, &desk.directory.firm().timezone, now))?;
        Ok(ExitCode::SUCCESS)
    }
}

/// What moves the mood of this account, or of all, by account.
pub async fn signals(
    desk: &Desk,
    account: Option<&str>,
    now: Timestamp,
) -> Result<BTreeMap<String, Vec<Signal>>> {
    // The course over the last weeks looks further back.
    let since = now.saturating_sub(HORIZON + HORIZON).unwrap_or(Timestamp::MIN);
    let from_probability = desk.config.policy.thresholds.please_check;
    let record = desk.store.record(account, since, from_probability).await?;
    Ok(record.signals(&desk.directory, now))
}

fn explained(detail: &CaseDetail, directory: &Directory, thresholds: Thresholds) -> String {
    let CaseDetail { case, entries, sources: _, mails, outgoing: _, findings } = detail;
    let timezone = &directory.firm().timezone;
    let mut text = heading(case, directory);
    text.push_str("\nWhat was done, and why\n");
    for (entry, _) in entries {
        let _ = writeln!(text, "  {}  {}", time(entry.at, timezone), plain(&entry.who));
        text.push_str(&wrapped(&entry.what, 6));
        if !entry.why.is_empty() {
            text.push_str(&wrapped(&format!("why: {}", entry.why), 10));
        }
    }
    text.push_str("\nWhat its mails say\n");
    for mail in mails {
        let from = mail.writer.as_ref().unwrap_or(&mail.from);
        let _ = writeln!(
            text,
            "  {}  {}: {}",
            time(mail.came_at, timezone),
            short(&plain(from.display()), 28),
            short(&plain(&mail.subject), 44)
        );
        text.push_str(&wrapped(&format!("filed as {}: {}", mail.disposition.key(), mail.reason), 6));
        let Some(said) = findings.iter().find(|found| found.mail == mail.id) else { continue };
        for finding in &said.classification.findings {
            text.push_str(&finding_lines(finding, thresholds));
        }
        let model = &said.classification.model;
        text.push_str(&wrapped(&format!("severity {} of 3, by {model}", said.classification.severity), 6));
    }
    text
}

/// A label with its probability against its threshold; for those that count, the sentence and the words behind it.
fn finding_lines(finding: &Finding, thresholds: Thresholds) -> String {
    let Thresholds { open_case, please_check, .. } = thresholds;
    let probability = finding.probability;
    let (verdict, counts) = if probability >= open_case {
        (format!("at or above open_case {open_case:.2}: a case"), true)
    } else if probability >= please_check {
        (format!("at or above please_check {please_check:.2}, below open_case {open_case:.2}: unsure"), true)
    } else {
        (format!("below please_check {please_check:.2}"), false)
    };
    let mut text = format!("      {:<20} {probability:.2}  {verdict}\n", finding.kind.words());
    if !counts {
        return text;
    }
    if !finding.evidence.is_empty() {
        text.push_str(&wrapped(&format!("\"{}\"", plain(&finding.evidence)), 10));
    }
    let words: Vec<_> =
        finding.words.iter().take(6).map(|(word, weight)| format!("{} {weight:+.2}", plain(word))).collect();
    if !words.is_empty() {
        text.push_str(&wrapped(&format!("strongest words: {}", words.join(", ")), 10));
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::case::Kind;

    #[test]
    fn a_finding_stands_beside_its_threshold_with_what_it_rests_on() {
        let finding = |probability| Finding {
            kind: Kind::Complaint,
            probability,
            evidence: "The report\nis late again.".into(),
            words: vec![("late again".into(), 1.234), ("thanks".into(), -0.5)],
        };
        let sure = finding_lines(&finding(0.83), Thresholds::default());
        assert!(sure.contains("complaint            0.83  at or above open_case 0.50: a case\n"), "{sure}");
        assert!(
            sure.contains("\"The report is late again.\"") && sure.contains("late again +1.23, thanks -0.50"),
            "{sure}"
        );
        assert!(finding_lines(&finding(0.4), Thresholds::default()).contains("unsure"));
        let none = finding_lines(&finding(0.1), Thresholds::default());
        assert_eq!(none, "      complaint            0.10  below please_check 0.30\n");
    }
}
