//! The demonstration: a firm, its six clients and three weeks of their mail, in a folder and in a few seconds, through
//! the same code as [`crate::daemon`]. Nothing is configured, and nothing leaves the machine.

mod folder;
mod mails;
mod summary;
mod telling;

use std::collections::BTreeMap;
use std::io::Write;
use std::path::{Component, Path};
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use anyhow::{Context, Result, anyhow};
use jiff::tz::TimeZone;
use jiff::{Timestamp, ToSpan};

use crate::clock::{Clock, SetClock};
use crate::config::Config;
use crate::daemon;
use crate::directory::{Directory, import};
use crate::effect::{Content, Effect};
use crate::mailbox::{Session, Source};
use crate::message::Cursor;
use crate::schedule::{self, Watch};
use crate::store::{CaseFilter, OutboxLine, OutboxState};
use crate::worker::deliver::Delivery;
use crate::worker::receive::Outcome;
use crate::worker::{Desk, tick, watch};

/// What stands in an owner's answer in place of the identifier of the notice that it answers: that one is only known
/// once the notice has gone out.
const THE_NOTICE: &str = "the-notice@pairdesk.example";
/// The hour, before the first mail, at which the story begins; and the one after the last at which it ends.
const AROUND: jiff::SignedDuration = jiff::SignedDuration::from_mins(30);

/// Plays the three weeks into a folder, so that they end on the last Friday, and says what happens.
///
/// # Errors
/// When the folder holds something else than an earlier demonstration, or cannot be written.
pub async fn run(folder: &Path, say: &mut dyn Write) -> Result<()> {
    let program =
        std::env::current_exe().map_or_else(|_| "pairdesk".to_owned(), |path| seen_from(folder, &path));
    play(folder, mails::weeks_until(Clock::System.now()), &program, say).await
}

/// The same, so many weeks after they were written; `program` is how it is called in what the reader may try next.
pub async fn play(folder: &Path, weeks: i64, program: &str, say: &mut dyn Write) -> Result<()> {
    let replaced = folder::make(folder)?;
    let mut stage = Stage::new(folder, weeks).await?;
    if replaced {
        writeln!(say, "The last demonstration in {} is replaced.\n", folder.display())?;
    }
    let directory = stage.desk.directory().await?;
    summary::introduction(&directory, say)?;
    let mails = mails::mails(weeks);
    let mut week = None;
    for mail in &mails {
        stage.time_passes(mail.at, say).await?;
        let day = mail.at.to_zoned(stage.timezone.clone()).date();
        let monday = day.saturating_sub(i64::from(day.weekday().to_monday_zero_offset()).days());
        if week != Some(monday) {
            writeln!(say, "\n{}\n", telling::heading(monday))?;
            week = Some(monday);
        }
        let outcomes = stage.mail_comes(mail).await?;
        for outcome in &outcomes {
            for line in telling::mail(outcome, &directory, mail.at, &stage.timezone) {
                writeln!(say, "{line}")?;
            }
        }
    }
    let end = mails.last().map_or(Timestamp::UNIX_EPOCH, |mail| mail.at).saturating_add(AROUND)?;
    stage.time_passes(end, say).await?;
    let status = stage.desk.store.status().await?;
    let worst = stage.urgent.iter().max_by_key(|(_, mails)| **mails).map(|(case, _)| *case);
    summary::summary(&summary::End { folder, program, status, letters: &stage.letters, worst }, say)?;
    stage.desk.store.close().await;
    Ok(())
}

/// What the story is played on: the same parts as the daemon's, with a clock that is set by hand.
struct Stage<'a> {
    folder: &'a Path,
    clock: Arc<SetClock>,
    timezone: TimeZone,
    desk: Desk,
    delivery: Delivery,
    config: Config,
    mailboxes: Vec<(Session, Cursor)>,
    /// The identifier of each owner's last notice, by address.
    notices: BTreeMap<String, String>,
    /// How many mails went to whom, by address.
    letters: BTreeMap<String, usize>,
    /// How many mails were written at once about which case.
    urgent: BTreeMap<i64, usize>,
}

impl<'a> Stage<'a> {
    async fn new(folder: &'a Path, weeks: i64) -> Result<Self> {
        let timezone = TimeZone::get(mails::TIMEZONE).context("could not find the firm's time zone")?;
        let first = mails::mails(weeks).first().map_or(Timestamp::UNIX_EPOCH, |mail| mail.at);
        let clock = Arc::new(SetClock::new(first.saturating_sub(AROUND)?));
        let config = Config::load(&folder.join("pairdesk.toml")).map_err(|problems| wrong(&problems))?;
        let desk = daemon::desk(&config, Clock::Set(Arc::clone(&clock))).await?;
        let delivery = daemon::delivery(&config, &desk);
        let imported = import::read("accounts.toml", folder::ACCOUNTS.as_bytes(), &config.firm)
            .map_err(|problems| wrong(&problems))?;
        let mut tx = desk.store.begin().await?;
        tx.replace_accounts(&imported.accounts).await?;
        tx.commit().await?;
        let mut mailboxes = Vec::new();
        for mut session in config.sources(&desk.tokens).iter().flat_map(Source::sessions) {
            let cursor = session.sync_start(None, desk.clock.now()).await?.cursor;
            let mut tx = desk.store.begin().await?;
            tx.set_cursor(session.name(), cursor).await?;
            tx.commit().await?;
            mailboxes.push((session, cursor));
        }
        let (notices, letters, urgent) = (BTreeMap::new(), BTreeMap::new(), BTreeMap::new());
        Ok(Self { folder, clock, timezone, desk, delivery, config, mailboxes, notices, letters, urgent })
    }

    /// Moves the clock, and stops at every hour at which digests are made or somebody may be reminded.
    async fn time_passes(&mut self, until: Timestamp, say: &mut dyn Write) -> Result<()> {
        let directory = self.desk.directory().await?;
        loop {
            let (hours, now) = (&self.config.hours, self.desk.clock.now());
            let digest = schedule::next_digest_hour(&directory, hours, now);
            let weekly = schedule::next_weekly_hour(&directory, hours, now);
            let reminder = self.next_reminder(&directory).await?;
            let at = [digest, weekly, reminder].into_iter().flatten().fold(until, Timestamp::min);
            self.clock.set(at);
            if tick::weekly(&self.desk, hours).await? > 0 {
                let names: Vec<String> = self.waiting().await?.into_iter().map(|(_, name)| name).collect();
                let letter = telling::weekly(&names);
                writeln!(say, "{}", telling::dated(at, &self.timezone, &letter))?;
                self.send().await?;
            }
            if tick::step(&self.desk, &self.config.hours).await? > 0 {
                let waiting = self.waiting().await?;
                let (digests, reminders): (Vec<_>, Vec<_>) =
                    waiting.into_iter().partition(|(sort, _)| sort == "digest");
                let names: Vec<String> = digests.into_iter().map(|(_, name)| name).collect();
                if !names.is_empty() {
                    let digests = telling::digests(&names, directory.people().len());
                    writeln!(say, "{}", telling::dated(at, &self.timezone, &digests))?;
                }
                for (sort, reminded) in reminders {
                    let line = telling::reminder(&sort, &reminded);
                    writeln!(say, "{}", telling::dated(at, &self.timezone, &line))?;
                }
            }
            self.send().await?;
            if at == until {
                return Ok(());
            }
        }
    }

    /// Puts a mail into its mailbox, has it fetched, and sends what follows from it.
    async fn mail_comes(&mut self, mail: &mails::Mail) -> Result<Vec<Outcome>> {
        let from = self.notices.iter().find(|(address, _)| contains(&mail.raw, address));
        let raw = match from {
            Some((_, notice)) => replaced(&mail.raw, THE_NOTICE, notice),
            None => mail.raw.clone(),
        };
        let index = usize::from(mail.sent);
        let maildir = self.folder.join("mailbox").join(folder::MAILBOXES[index]);
        put(&maildir, mail, &raw)
            .with_context(|| format!("could not put {} into {}", mail.name, maildir.display()))?;
        let (session, cursor) = &mut self.mailboxes[index];
        let (outcomes, _) = watch::step(&self.desk, session, cursor).await?;
        for effect in outcomes.iter().flat_map(|outcome| &outcome.effects) {
            let Effect::Send(letter) = effect else { continue };
            if let Some(case) = letter.case {
                *self.urgent.entry(case).or_default() += 1;
            }
            if let Content::Notice(_) = &letter.content {
                let message_id = self.desk.composer().await?.finish(letter).message_id;
                self.notices.insert(letter.to.address.clone(), message_id);
            }
        }
        self.send().await?;
        Ok(outcomes)
    }

    /// When somebody may next be reminded of what is overdue.
    async fn next_reminder(&self, directory: &Directory) -> Result<Option<Timestamp>> {
        let now = self.desk.clock.now();
        let watch = Watch::new(&self.desk.policy, directory, now);
        let cases = self.desk.store.cases(&CaseFilter { account: None, unfinished: true }).await?;
        let ahead = cases.iter().flat_map(|case| watch.ahead(case)).map(|next| next.at);
        Ok(ahead.filter(|at| *at > now).min())
    }

    /// The mails in the outbox: of what sort each is, and for whom, by name; with the case where it is about one.
    async fn waiting(&self) -> Result<Vec<(String, String)>> {
        let directory = self.desk.directory().await?;
        let people = directory.people();
        let name = |address: &str| {
            let person = people.iter().find(|person| person.address == address);
            person.map_or_else(|| address.to_owned(), |person| person.display().to_owned())
        };
        let waiting = self.desk.store.outgoing(OutboxState::Pending).await?;
        let case = |subject: &str| {
            let number = subject.split(' ').find(|word| word.starts_with('#'));
            number.map(|number| format!(" of {number}")).unwrap_or_default()
        };
        let whom = |line: &OutboxLine| match line.sort.as_str() {
            "digest" | "weekly" => name(&line.to),
            _ => format!("{}{}", name(&line.to), case(&line.subject)),
        };
        Ok(waiting.iter().map(|line| (line.sort.clone(), whom(line))).collect())
    }

    async fn send(&mut self) -> Result<()> {
        for line in self.desk.store.outgoing(OutboxState::Pending).await? {
            *self.letters.entry(line.to).or_default() += 1;
        }
        while self.delivery.step(&self.desk).await?.sent > 0 {}
        Ok(())
    }
}

/// How a program is called by somebody who stands in the folder.
fn seen_from(folder: &Path, program: &Path) -> String {
    let below = std::env::current_dir().ok().and_then(|here| program.strip_prefix(here).ok());
    let names = folder.components().all(|part| matches!(part, Component::Normal(_)));
    match below.filter(|_| names) {
        Some(below) => format!("{}{}", "../".repeat(folder.components().count()), below.display()),
        None => program.display().to_string(),
    }
}

/// Writes a mail into a Maildir as a mail server does, with the time of the story.
fn put(maildir: &Path, mail: &mails::Mail, raw: &[u8]) -> Result<()> {
    let name = format!("{}.{}.larkfield", mail.at.as_second(), mail.name);
    let unfinished = maildir.join("tmp").join(&name);
    let file = std::fs::File::create(&unfinished)?;
    (&file).write_all(raw)?;
    let since_1970 = Duration::from_secs(u64::try_from(mail.at.as_second())?);
    file.set_modified(SystemTime::UNIX_EPOCH + since_1970)?;
    std::fs::rename(&unfinished, maildir.join("new").join(&name))?;
    Ok(())
}

/// Whether a mail is from this address and answers a notice.
fn contains(raw: &[u8], address: &str) -> bool {
    let text = String::from_utf8_lossy(raw);
    text.contains(THE_NOTICE) && text.lines().any(|line| line.starts_with("From: ") && line.contains(address))
}

fn replaced(raw: &[u8], what: &str, by: &str) -> Vec<u8> {
    String::from_utf8_lossy(raw).replace(what, by).into_bytes()
}

/// What is wrong with a file of the demonstration itself.
fn wrong(problems: &[crate::directory::written::Problem]) -> anyhow::Error {
    let lines: Vec<_> = problems.iter().map(ToString::to_string).collect();
    anyhow!(
        "the demonstration's own files are wrong, which is a mistake in this program:\n{}",
        lines.join("\n")
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(flavor = "multi_thread")]
    async fn no_statement_of_three_weeks_walks_over_a_table_that_grows() {
        let folder = tempfile::tempdir().unwrap();
        play(&folder.path().join("demo"), 0, "pairdesk", &mut Vec::new()).await.unwrap();
        let (statements, found) = crate::store::plans::walking();
        assert!(statements > 60, "{statements} statements");
        assert!(found.is_empty(), "{}", found.join("\n\n"));
    }
}
