//! `status`: how everything stands.

use std::fmt::Write as _;
use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::Result;
use clap::Args;
use jiff::Timestamp;

use super::clock;
use super::layout::{age, plain, short, time, wrapped};
use super::show::outgoing_line;
use super::{Desk, count, print};
use crate::case::Case;
use crate::clock::Clock;
use crate::directory::Directory;
use crate::effect::Disposition;
use crate::intake::Policy;
use crate::message::Tally;
use crate::schedule::{Retention, Watch, days};
use crate::store::{self, CaseFilter, DaemonStatus, Gone, MailLine, MailboxStatus, OauthToken};

/// How many lines of one sort are listed.
const LISTED: usize = 20;

/// Show how everything stands: mailboxes, mails, cases, what waits to be sent, what could not be read
#[derive(Debug, Args)]
pub struct Status {}

impl Status {
    pub async fn run(self, config: Option<PathBuf>) -> Result<ExitCode> {
        let desk = Desk::open(config).await?;
        let status = desk.store.status().await?;
        let unfinished = desk.store.cases(&CaseFilter { account: None, unfinished: true }).await?;
        let now = Clock::default().now();
        print(&shown(&status, &desk.directory, &unfinished, &desk.config.policy, now))?;
        Ok(ExitCode::SUCCESS)
    }
}

fn shown(
    status: &store::Status,
    directory: &Directory,
    open: &[Case],
    policy: &Policy,
    now: Timestamp,
) -> String {
    let timezone = &directory.firm().timezone;
    let mut text = String::from("Mailboxes\n");
    if status.mailboxes.is_empty() {
        text.push_str("  none has been read yet: pairdesk run\n");
    }
    for mailbox in &status.mailboxes {
        text.push_str(&mailbox_lines(mailbox, timezone, now));
    }
    if !status.daemons.is_empty() {
        text.push_str("\nDaemons\n");
    }
    for daemon in &status.daemons {
        text.push_str(&daemon_lines(daemon));
    }
    text.push_str(&logins(&status.logins, timezone));
    text.push_str("\nMails\n");
    if status.mails.is_empty() {
        text.push_str("  none yet\n");
    }
    for (disposition, number) in &status.mails {
        let rest = if *disposition == Disposition::Waiting { " to be read" } else { "" };
        let _ = writeln!(text, "  {number:>7} {}{rest}", disposition.key().replace('_', " "));
    }
    let listed = [
        (
            "Set aside, since they could not be read or decided; kept as they came",
            &status.set_aside,
            Disposition::SetAside,
        ),
        ("Unmatched: the sender belongs to no account", &status.unmatched, Disposition::Unmatched),
    ];
    for (title, some, filed_as) in listed {
        mails(&mut text, title, some, status.filed_as(filed_as), timezone);
    }
    if !status.refused.is_empty() {
        text.push_str("\nRefused commands: nothing was done, and nobody got an answer\n");
        for (reason, number) in &status.refused {
            let _ = writeln!(text, "  {number:>7} {}", reason.replace('_', " "));
        }
    }
    retention(&mut text, &status.gone, policy, timezone);
    let (unfinished, all) = status.cases;
    let _ = writeln!(text, "\nCases\n  {unfinished} unfinished of {all}");
    text.push_str(&clock::overdue(open, &Watch::new(policy, directory, now), directory, LISTED));
    let _ = writeln!(
        text,
        "\nOutgoing\n  {} sent, {} waiting, {} given up, {} waiting as drafts",
        status.sent,
        status.waiting.len(),
        status.failed.len(),
        status.drafts
    );
    if policy.shadow {
        text.push_str("  shadow mode: nothing goes to clients\n");
    }
    for (title, lines) in [("Waiting", &status.waiting), ("Given up", &status.failed)] {
        if lines.is_empty() {
            continue;
        }
        let _ = writeln!(text, "\n{title}");
        for line in lines.iter().take(LISTED) {
            text.push_str(&outgoing_line(line, timezone));
        }
        more(&mut text, lines.len());
    }
    let _ = writeln!(text, "\nAccounts\n  {}", count(directory.accounts().len(), "account", ""));
    for gap in directory.gaps(open, now) {
        text.push_str(&wrapped(&format!("{} {}", gap.place(), gap.words()), 2));
    }
    for person in directory.people() {
        if let Some(absence) = directory.away(&person.address, now) {
            let until = absence.until.strftime("%-d %b %Y");
            let how = absence.learnt_from.words();
            text.push_str(&wrapped(&format!("{} is away until {until} ({how})", person.display()), 2));
        }
    }
    text
}

/// How the logins by OAuth2 stand; nothing when there are none.
fn logins(logins: &[(String, OauthToken)], timezone: &str) -> String {
    let mut text = String::new();
    for (name, token) in logins {
        if text.is_empty() {
            text.push_str("\nLogins\n");
        }
        let how = match (token.dead_since, token.access_until, &token.trouble) {
            (Some(since), _, Some(trouble)) => {
                format!("DEAD since {}: {}", time(since, timezone), plain(trouble))
            }
            (_, _, Some(trouble)) => format!("waiting: {}", plain(trouble)),
            (_, Some(until), None) => format!("access token good until {}", time(until, timezone)),
            (_, None, None) => "no token yet".to_owned(),
        };
        text.push_str(&wrapped(&format!("{}: {how}", plain(name)), 2));
        if let Some(until) = token.refresh_until {
            text.push_str(&wrapped(&format!("the login itself ends on {}", time(until, timezone)), 6));
        }
    }
    text
}

/// For how long what came is kept, and what went after that.
fn retention(text: &mut String, gone: &[Gone], policy: &Policy, timezone: &str) {
    let Retention { raw, text: texts } = policy.retention;
    if policy.retention.keeps_all() && gone.is_empty() {
        return;
    }
    let kept = |length: Option<_>| {
        length.map_or_else(|| "for ever".to_owned(), |length| format!("for {}", days(length)))
    };
    let _ = writeln!(text, "\nKept\n  bytes {}, texts {}", kept(raw), kept(texts));
    for gone in gone {
        let _ = writeln!(
            text,
            "  {:>7} {}, the last {}",
            gone.number,
            gone.kept.words(),
            time(gone.at, timezone)
        );
    }
}

fn mailbox_lines(mailbox: &MailboxStatus, timezone: &str, now: Timestamp) -> String {
    let mut text = format!("  {}", plain(&mailbox.mailbox));
    if let Some(cursor) = &mailbox.cursor {
        if cursor.validity > 0 {
            let _ = write!(text, ": read up to UID {} (UIDVALIDITY {})", cursor.last_uid, cursor.validity);
        }
        let _ = write!(text, ", since {}", time(cursor.since, timezone));
    }
    match mailbox.last_ok_at {
        Some(at) => {
            let _ = writeln!(text, "; looked at {} ago", age(at, now));
        }
        None => text.push('\n'),
    }
    if let Some((at, tally)) = &mailbox.tally {
        text.push_str(&wrapped(&accounted(tally, *at, now), 6));
    }
    let failed = mailbox.last_error_at.filter(|at| mailbox.last_ok_at.is_none_or(|ok| ok < *at));
    if let (Some(at), Some(error)) = (failed, &mailbox.last_error) {
        text.push_str(&wrapped(&format!("FAILING since {}: {error}", time(at, timezone)), 6));
    }
    text
}

/// What a daemon does.
fn daemon_lines(daemon: &DaemonStatus) -> String {
    let holds = daemon.holds.iter().map(|lease| match lease.split_once(' ') {
        Some(("mailbox", folder)) => format!("fetches {folder}"),
        _ if lease == "reads" => "reads what was fetched".to_owned(),
        _ if lease == "tick" => "makes digests and reminders".to_owned(),
        _ => lease.clone(),
    });
    let does = holds.chain(["sends".to_owned()]).collect::<Vec<_>>().join(", ");
    let silent = if daemon.silent { "; SILENT for over 30 s: another takes over" } else { "" };
    wrapped(&format!("{}: {does}{silent}", daemon.name), 2)
}

/// How the mails of a mailbox are accounted for.
fn accounted(tally: &Tally, at: Timestamp, now: Timestamp) -> String {
    let Tally { processed, set_aside, ignored, missing } = tally;
    let mut text = format!(
        "{}: {processed} processed, {set_aside} set aside, {ignored} ignored (machines, second copies, older than the \
         first start); counted {} ago",
        tally.words(),
        age(at, now)
    );
    if !missing.is_empty() {
        let named = missing.iter().take(LISTED).map(|key| plain(key)).collect::<Vec<_>>().join(", ");
        let _ = write!(text, ". NOT ACCOUNTED FOR, though they lie there: {named}");
        if missing.len() > LISTED {
            let _ = write!(text, " and {} more", missing.len() - LISTED);
        }
    }
    text
}

fn mails(text: &mut String, title: &str, mails: &[MailLine], number: u64, timezone: &str) {
    if mails.is_empty() {
        return;
    }
    let _ = writeln!(text, "\n{title}");
    for mail in mails.iter().take(LISTED) {
        let from = if mail.from.address.is_empty() {
            "(no sender)".to_owned()
        } else {
            plain(&mail.from.to_string())
        };
        let subject = if mail.subject.is_empty() { "(no subject)".to_owned() } else { plain(&mail.subject) };
        let _ = writeln!(
            text,
            "  #u{}  {}  {}: {}",
            mail.id,
            time(mail.came_at, timezone),
            short(&from, 36),
            short(&subject, 32)
        );
        text.push_str(&wrapped(&format!("{} {}: {}", mail.mailbox, mail.key, mail.reason), 6));
    }
    more(text, usize::try_from(number).unwrap_or(usize::MAX));
}

fn more(text: &mut String, number: usize) {
    if number > LISTED {
        let _ = writeln!(text, "  and {} more", number - LISTED);
    }
}
