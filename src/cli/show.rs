//! `show`: one case with all that belongs to it.

use std::fmt::Write as _;
use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::{Result, anyhow};
use clap::Args;
use jiff::Timestamp;

use super::clock;
use super::layout::{age, labelled, plain, short, time, wrapped};
use super::{Desk, number, print};
use crate::case::{Case, Side, State, led_by_both};
use crate::clock::Clock;
use crate::directory::{Account, Directory};
use crate::intake::Policy;
use crate::schedule::Watch;
use crate::store::{CaseDetail, OutboxLine, OutboxState, Source};

/// Show a case: who has it, its history, its mails, and what was written about it
#[derive(Debug, Args)]
pub struct Show {
    /// The case's number, like 3 or "#3"
    #[arg(value_parser = number)]
    case: i64,
}

impl Show {
    pub async fn run(self, config: Option<PathBuf>) -> Result<ExitCode> {
        let desk = Desk::open(config).await?;
        let detail = detail(&desk, self.case).await?;
        print(&shown(&detail, &desk.directory, &desk.config.policy, Clock::default().now()))?;
        Ok(ExitCode::SUCCESS)
    }
}

/// All that is known of a case, or the error that there is none.
pub async fn detail(desk: &Desk, number: i64) -> Result<CaseDetail> {
    let found = desk.store.case_detail(number).await?;
    found.ok_or_else(|| anyhow!("there is no case #{number}; `pairdesk cases --all` lists all"))
}

/// The lines that say which case it is.
pub fn heading(case: &Case, directory: &Directory) -> String {
    let severity = match case.severity {
        1 => ", mild",
        2 => ", clear",
        3 => ", severe",
        _ => "",
    };
    let check = if case.please_check { ", please check" } else { "" };
    let account = directory.account(&case.account);
    let name = account
        .map_or_else(|| format!("{} (no account any more)", case.account), |account| account.name.clone());
    format!(
        "#{} {}{severity}{check}: {}\n{}",
        case.number,
        case.kind.words(),
        case.state.key(),
        wrapped(&format!("{name}: {}", case.subject), 0),
    )
}

fn shown(detail: &CaseDetail, directory: &Directory, policy: &Policy, now: Timestamp) -> String {
    let CaseDetail { case, entries, sources, mails, outgoing, findings: _ } = detail;
    let timezone = &directory.firm().timezone;
    let at = |at: Timestamp| time(at, timezone);
    let mut text = heading(case, directory);
    if !case.evidence.is_empty() {
        let _ = write!(text, "\n{}", wrapped(&format!("\"{}\"", plain(&case.evidence)), 4));
    }
    text.push('\n');
    text.push_str(&labelled("Client", &case.client));
    let account = directory.account(&case.account);
    for side in [case.lead, case.lead.partner()] {
        let label = if led_by_both(case.kind) || side == case.lead { "Lead" } else { "Partner" };
        let owner = account.and_then(|account| account.owner(side));
        let owner = owner.map_or_else(|| "missing: no double coverage".to_owned(), ToString::to_string);
        let here = account.and_then(|account| covering(directory, account, side, now)).unwrap_or_default();
        text.push_str(&labelled(label, &format!("{owner} ({}){here}", side.key())));
    }
    let answered = case.answered_at.map_or_else(
        || "nobody has answered the client yet".to_owned(),
        |answered| format!("first answered {}", at(answered)),
    );
    text.push_str(&labelled(
        "Opened",
        &format!("{}, {} ago; {answered}", at(case.opened_at), age(case.opened_at, now)),
    ));

    if let Some(person) = &case.lead_person {
        text.push_str(&labelled("Led by", &person.to_string()));
    }
    if let Some(person) = &case.taken_by {
        text.push_str(&labelled("Taken by", &person.to_string()));
    }
    if case.state == State::Waiting {
        let until = case.wakes_at.map_or_else(|| "the client writes".to_owned(), at);
        text.push_str(&labelled("Waits", &format!("until {until}")));
    }
    text.push_str(&labelled("Clock", &clock::state(case, &Watch::new(policy, directory, now), directory)));

    text.push_str("\nHistory\n");
    for (entry, mail) in entries {
        let _ = writeln!(text, "  {}  {}", at(entry.at), plain(&entry.who));
        text.push_str(&wrapped(&entry.what, 6));
        if let Some(source) = sources.iter().find(|source| Some(source.mail) == *mail) {
            text.push_str(&wrapped(&by_mail(source), 6));
        }
    }
    text.push_str("\nMails\n");
    for mail in mails {
        let from = mail.writer.as_ref().unwrap_or(&mail.from);
        let subject = short(&plain(&mail.subject), 44);
        let from = short(&plain(from.display()), 28);
        let _ = writeln!(text, "  {}  {from}: {subject} (mail {})", at(mail.came_at), mail.id);
        if !mail.excerpt.trim().is_empty() {
            text.push_str(&wrapped(&short(&plain(&mail.excerpt), 320), 6));
        }
    }
    let (drafts, written): (Vec<_>, Vec<_>) =
        outgoing.iter().partition(|line| line.state == OutboxState::Draft);
    for (title, lines) in [("Outgoing", written), ("Drafts that wait for a word", drafts)] {
        if !lines.is_empty() {
            let _ = writeln!(text, "\n{title}");
        }
        for line in lines {
            text.push_str(&outgoing_line(line, timezone));
        }
    }
    text
}

/// Who stands in, where the owner is away or missing.
fn covering(directory: &Directory, account: &Account, side: Side, now: Timestamp) -> Option<String> {
    let here = directory.here(account, side, now);
    let owner = account.owner(side);
    if here == owner {
        return None;
    }
    let away = owner.and_then(|owner| directory.away(&owner.address, now));
    let away =
        away.map_or_else(String::new, |away| format!(", away until {}", away.until.strftime("%-d %b %Y")));
    let stands_in = here.map_or_else(
        || "nobody stands in".to_owned(),
        |deputy| format!("{} stands in", plain(deputy.display())),
    );
    Some(format!("{away}; {stands_in}"))
}

/// By which mail something happened.
fn by_mail(source: &Source) -> String {
    let identifier = source.message_id.as_ref().map(|id| format!(", <{}>", plain(id))).unwrap_or_default();
    format!(
        "by mail {} in {}: \"{}\"{identifier}",
        source.mail,
        source.place,
        short(&plain(&source.subject), 44)
    )
}

/// An outgoing mail in two lines: what became of it, and its subject.
pub fn outgoing_line(line: &OutboxLine, timezone: &str) -> String {
    let state = match (line.state, line.sent_at) {
        (OutboxState::Sent, Some(sent)) => format!("sent {}", time(sent, timezone)),
        (OutboxState::Pending, _) if line.attempts > 0 => {
            format!("tried {} times, next {}", line.attempts, time(line.next_attempt_at, timezone))
        }
        (OutboxState::Pending, _) => "waiting to be sent".to_owned(),
        (OutboxState::Sending, _) => "being sent".to_owned(),
        (OutboxState::Failed, _) => "GIVEN UP".to_owned(),
        (OutboxState::Withdrawn, _) => "withdrawn: it is no longer needed".to_owned(),
        (OutboxState::Draft | OutboxState::Sent, _) => format!("written {}", time(line.written_at, timezone)),
    };
    let mut text = format!("  {} to {}: {state}\n", line.sort, plain(&line.to));
    text.push_str(&wrapped(&line.subject, 6));
    if let Some(failure) = line.last_failure.as_ref().filter(|_| line.state != OutboxState::Sent) {
        text.push_str(&wrapped(failure, 6));
    }
    text
}
