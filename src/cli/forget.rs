//! `forget`: a person is erased, and it is proved that nothing of them is left.

use std::fmt::Write as _;
use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::{Result, bail};
use clap::Args;

use super::accounts::agreed;
use super::layout::{plain, wrapped};
use super::{Desk, count, exit, print};
use crate::clock::Clock;
use crate::config::Transport;
use crate::directory::written;
use crate::message::{Address, comparable};
use crate::store::{Compacted, Erased, Remains, Wanted};

/// Erase a person: their mails, what names them elsewhere, and every trace in the database's files
///
/// What goes: the mails that they wrote, with their bytes, texts, names, addresses and identifiers;
/// what was found in them and learnt from them; the texts of the cases about them, which are closed;
/// our letters to them and about them; meetings and addresses. In what others wrote, their address
/// and name are replaced by "(forgotten)", and the bytes of mails that name them go.
///
/// What stays: numbers, dates and states, so that reports do not change, and a keyed hash of each of
/// their mails, so that it is not taken in again. The mails in the mailbox itself are not touched.
///
/// On SQLite, stop the daemon first. The exit code is 3 when something of them is found afterwards.
#[derive(Debug, Args)]
#[command(verbatim_doc_comment)]
pub struct Forget {
    /// Their mail addresses
    #[arg(required = true, value_name = "ADDRESS")]
    addresses: Vec<String>,
    /// A name that they are known by, beside those that their mails bear
    #[arg(long, value_name = "NAME")]
    name: Vec<String>,
    /// Show what would go, and change nothing
    #[arg(long)]
    dry_run: bool,
    /// Do it without asking
    #[arg(long, short)]
    yes: bool,
}

impl Forget {
    pub async fn run(self, config: Option<PathBuf>) -> Result<ExitCode> {
        let desk = Desk::open(config).await?;
        let wanted = wanted(&desk, &self.addresses, &self.name)?;
        let clock = Clock::default();
        let mut tx = desk.store.begin().await?;
        let would = tx.forget(&wanted, clock.key(), clock.now()).await?;
        drop(tx);
        print(&preview(&would, &desk))?;
        if self.dry_run {
            print("\nNothing was changed.\n")?;
            return Ok(ExitCode::SUCCESS);
        }
        // Also where nothing is held: what an earlier run was cut off at is finished by this one.
        if !self.yes && !agreed(&format!("pairdesk forget {} --yes", self.addresses.join(" ")))? {
            return Ok(ExitCode::SUCCESS);
        }
        let _alone = desk.store.alone()?;
        let mut tx = desk.store.begin().await?;
        let erased = tx.forget(&wanted, clock.key(), clock.now()).await?;
        tx.commit().await?;
        let compacted = desk.store.compact().await?;
        let remains = desk.store.remains(&would.person).await?;
        print(&proof(&erased, compacted, &remains))?;
        desk.store.close().await;
        Ok(if remains.found.is_empty() { ExitCode::SUCCESS } else { exit::left() })
    }
}

/// Whom to look for: nobody whom the configuration or the accounts would bring back.
pub(super) fn wanted(desk: &Desk, addresses: &[String], names: &[String]) -> Result<Wanted> {
    let firm = desk.directory.firm();
    let people = desk.directory.people();
    let mut wanted = Wanted { names: names.to_vec(), ..Wanted::default() };
    for written in addresses {
        let Some(address) = written::mail_address(written) else {
            bail!("\"{written}\" is no mail address; expected one like dana@client.example");
        };
        if firm.is_own(&address) {
            bail!("{address} is the address that clients write to");
        }
        let same = |person: &&&Address| comparable(&person.address) == comparable(&address);
        if let Some(person) = people.iter().find(same) {
            bail!(
                "{person} is one of the firm's people in the accounts or in [firm] of the configuration: hand over first \
                 (pairdesk accounts handover), and take them out of the accounts file and the configuration"
            );
        }
        wanted.addresses.push(address);
    }
    wanted.others =
        std::iter::once(firm.name.clone()).chain(people.iter().map(|person| person.name.clone())).collect();
    Ok(wanted)
}

fn preview(would: &Erased, desk: &Desk) -> String {
    let mut text = format!("Forget {}", would.person.addresses().join(", "));
    let names = would.person.names();
    if !names.is_empty() {
        let _ = write!(text, ", known as {}", plain(&names.join(", ")));
    }
    text.push('\n');
    if would.nothing() {
        text.push_str("Nothing is held about them.\n");
        return text;
    }
    let mut line = |what: String| text.push_str(&wrapped(&what, 2));
    line(format!("{} that they wrote: only place, dates and numbers stay", many(would.mails, "mail")));
    line(format!("{} of others lose their bytes, since they name them", many(would.raw_of_others, "mail")));
    let numbers = |cases: &[i64]| cases.iter().map(|case| format!("#{case}")).collect::<Vec<_>>().join(", ");
    if !would.cases.is_empty() {
        line(format!("cases about them lose their texts: {}", numbers(&would.cases)));
    }
    if !would.closed.is_empty() {
        line(format!("of these, not finished, and closed by this: {}", numbers(&would.closed)));
    }
    line(format!("{} of ours to them or about them lose their texts", many(would.letters, "letter")));
    if would.withdrawn > 0 {
        line(format!("of these, not sent yet, and withdrawn by this: {}", would.withdrawn));
    }
    let rows = would.rows.iter().filter(|(_, rows)| **rows != (0, 0));
    let rows: Vec<_> = rows.map(|(table, (changed, gone))| format!("{table} {changed}/{gone}")).collect();
    line(format!("rows changed/removed: {}", rows.join(", ")));
    text.push_str("What this does not reach:\n");
    let mut line = |what: &str| text.push_str(&wrapped(what, 2));
    line("the mailbox itself: their mails lie there until you delete them; they are not taken in again");
    line("your accounts file: take their address out of it, or the next import brings it back");
    line(
        "earlier backups, replicas and exports of the database: delete them, or forget again after restoring one",
    );
    line("pictures, PDF and office files in mails of other conversations: their words are not searched");
    if let Transport::Folder(folder) = &desk.config.smtp.transport {
        line(&format!("the folder that mail is written into: {}", folder.display()));
    }
    text
}

fn proof(erased: &Erased, compacted: Compacted, remains: &Remains) -> String {
    let who = erased.person.addresses().join(", ");
    let mut text = format!("\nForgotten: {who}.\n");
    match compacted {
        Compacted::Lite => {
            text.push_str("The database was written anew, and its write-ahead log is empty.\n");
        }
        Compacted::Pg { log_switched } => {
            text.push_str("All tables were written anew.\n");
            text.push_str(if log_switched {
                "A checkpoint was made and the write-ahead log goes on in a new file; the earlier ones hold what was erased \
                 until the server writes over them, and archived or replicated ones until you delete them.\n"
            } else {
                "This user may make no checkpoint: the write-ahead log holds what was erased until the server writes over \
                 it. As a superuser: CHECKPOINT; SELECT pg_switch_wal().\n"
            });
        }
    }
    let Remains { tables, rows, mails, files, found } = remains;
    let files = match &files[..] {
        [] => String::new(),
        files => {
            let size: u64 = files.iter().map(|(_, size)| size).sum();
            format!(", and the {size} bytes of {}", count(files.len(), "database file", ""))
        }
    };
    let _ = write!(
        text,
        "Searched: {rows} rows of {tables} tables, {mails} mails and letters unpacked and decoded{files}. "
    );
    if found.is_empty() {
        text.push_str("Found of them: nothing.\n");
    } else {
        let places: Vec<_> = found.iter().map(String::as_str).collect();
        let _ = writeln!(text, "FOUND of them, still: {}.", places.join(", "));
    }
    text
}

/// "1 mail", "3 mails".
fn many(number: u64, noun: &str) -> String {
    count(usize::try_from(number).unwrap_or(usize::MAX), noun, "")
}
