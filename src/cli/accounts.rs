//! `accounts`: the clients, their owners, and the file that they come from.

mod handover;

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::io::{self, BufRead as _, IsTerminal as _};
use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::{Context as _, Result, anyhow};
use clap::{Args, Subcommand};
use jiff::Timestamp;

use super::layout::{labelled, plain, table, wrapped};
use super::{Desk, count, list, print, why};
use crate::clock::Clock;
use crate::directory::absence::LearntFrom;
use crate::directory::changes::{Change, changes, fields};
use crate::directory::written::nearest;
use crate::directory::{Account, Directory, MatchedAddress, import, keep_matched};
use crate::message::Address;
use crate::mood::{Signal, value};
use crate::store::CaseFilter;

/// The clients and who owns them
#[derive(Debug, Args)]
pub struct Accounts {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    Import(Import),
    #[command(name = "handover")]
    HandOver(handover::HandOver),
    /// List all accounts with their two owners and their mood, 0 to 100
    List,
    /// Show all that is known of one account
    Show {
        /// Its short name, like "acme"
        account: String,
    },
}

/// Put the accounts of a CSV or TOML file in the place of those before
///
/// The file is the whole list: accounts that are not in it any more are removed. What would
/// change is shown first. Nothing is imported while anything in the file is wrong, and importing
/// the same file again changes nothing.
///
/// A CSV file (delimited by commas, semicolons or tabs) has a line of column names first; a TOML
/// file has a table [[account]] for each account, with the same names:
///
///   account, name         the short name that people type ("acme"), and the client's name
///   domains, addresses    the client's mail domains and single addresses; more than one by ";"
///   sales, operations     the two owners, each as "Kim Vos <kim@firm.example>"
///   sales_deputy, operations_deputy, manager
///   timezone, language, tier
///   included, excluded    what was agreed, line by line; more than one by ";"
///   hourly_rate, currency like 95.50 and EUR
///   do_not_write      "yes", or addresses at the client that nothing goes to
///
/// A TOML file may have tables [[absence]] too: person (a mail address), from and until (days like
/// 2026-12-21, both included). Addresses that were matched to an account by reply stay.
#[derive(Debug, Args)]
#[command(verbatim_doc_comment)]
struct Import {
    /// The file, named .toml or .csv
    file: PathBuf,
    /// Apply the changes without asking
    #[arg(long, short)]
    yes: bool,
}

impl Accounts {
    pub async fn run(self, config: Option<PathBuf>) -> Result<ExitCode> {
        match self.command {
            Command::Import(import) => import.run(config).await?,
            Command::HandOver(handover) => handover.run(config).await?,
            Command::List => {
                let desk = Desk::open(config).await?;
                let now = Clock::default().now();
                let signals = why::signals(&desk, None, now).await?;
                print(&listed(desk.directory.accounts(), &signals, now))?;
            }
            Command::Show { account } => {
                let desk = Desk::open(config).await?;
                let found = named(&desk.directory, &account)?;
                let now = Clock::default().now();
                let mut signals = why::signals(&desk, Some(&found.key), now).await?;
                let signals = signals.remove(&found.key).unwrap_or_default();
                print(&shown(found))?;
                print(&mood(&found.key, &signals, now))?;
            }
        }
        Ok(ExitCode::SUCCESS)
    }
}

/// The account of this short name.
pub fn named<'a>(directory: &'a Directory, account: &str) -> Result<&'a Account> {
    directory.account(&account.to_lowercase()).ok_or_else(|| {
        let keys: Vec<_> = directory.accounts().iter().map(|account| account.key.as_str()).collect();
        match nearest(account, &keys) {
            Some(near) => anyhow!("there is no account {account}; did you mean {near}?"),
            None => anyhow!("there is no account {account}; `pairdesk accounts list` lists all"),
        }
    })
}

impl Import {
    async fn run(&self, config: Option<PathBuf>) -> Result<()> {
        let bytes =
            std::fs::read(&self.file).with_context(|| format!("cannot read {}", self.file.display()))?;
        let desk = Desk::open(config).await?;
        let name = self.file.file_name().map_or_else(String::new, |name| name.to_string_lossy().into_owned());
        let imported = import::read(&name, &bytes, &desk.config.firm).map_err(|problems| {
            let mistakes = count(
                problems.len(),
                "mistake",
                &format!("in {}; nothing was imported", self.file.display()),
            );
            anyhow!("{mistakes}\n\n{}", list(&problems))
        })?;
        if !imported.warnings.is_empty() {
            print(&format!("Look at this:\n{}\n\n", list(&imported.warnings)))?;
        }
        let matched = desk.store.matched_addresses().await?;
        let mut after = imported.accounts.clone();
        keep_matched(&mut after, &matched);
        let kept = kept(&imported.accounts, &after, &matched);
        let changes = changes(desk.directory.accounts(), &after);
        let all = count(imported.accounts.len(), "account", "");
        let known: Vec<_> =
            desk.directory.absences().iter().filter(|one| one.learnt_from == LearntFrom::File).collect();
        let same = known.len() == imported.absences.len()
            && imported.absences.iter().all(|one| known.contains(&one));
        if changes.is_empty() && same {
            return print(&format!("Nothing changes: the {all} of {name} are known already.\n"));
        }
        let mut preview = preview(&changes);
        let unfinished = desk.store.cases(&CaseFilter { account: None, unfinished: true }).await?;
        for change in &changes {
            if let Change::Removed(key, name) = change {
                let open = unfinished.iter().filter(|case| case.account == *key).count();
                if open > 0 {
                    let _ = writeln!(
                        preview,
                        "\nNote: {} of {name} would belong to no account.",
                        count(open, "unfinished case", "")
                    );
                }
            }
        }
        if !same {
            let _ = writeln!(
                preview,
                "Absences in the file: {}, before {}.",
                imported.absences.len(),
                known.len()
            );
        }
        preview.push_str(&kept);
        print(&preview)?;
        if !self.yes && !agreed(&format!("pairdesk accounts import {} --yes", self.file.display()))? {
            return Ok(());
        }
        let mut tx = desk.store.begin().await?;
        tx.replace_accounts(&imported.accounts).await?;
        tx.replace_absences(&imported.absences).await?;
        tx.commit().await?;
        print(&format!("Imported: {all} in all.\n"))
    }
}

/// The addresses that were matched by reply and that the file does not have: they stay.
fn kept(file: &[Account], after: &[Account], matched: &[MatchedAddress]) -> String {
    let mut text = String::new();
    for found in matched {
        let has = |accounts: &[Account]| {
            let mut accounts = accounts.iter().filter(|account| account.key == found.account);
            accounts.any(|account| account.addresses.contains(&found.address))
        };
        let said = if has(after) && !has(file) {
            format!(
                "kept: {} of {}, matched by {}; the file does not have it",
                found.address, found.account, found.who
            )
        } else {
            continue;
        };
        text.push_str(&wrapped(&said, 0));
    }
    text
}

/// Asks whether to apply the changes; without a terminal, says how to.
pub(super) fn agreed(again: &str) -> Result<bool> {
    if !io::stdin().is_terminal() {
        print(&format!("\nNothing was changed. To apply this: {again}\n"))?;
        return Ok(false);
    }
    print("\nApply these changes? [y/N] ")?;
    let mut answer = String::new();
    io::stdin().lock().read_line(&mut answer).context("cannot read the answer")?;
    if matches!(answer.trim().to_lowercase().as_str(), "y" | "yes") {
        return Ok(true);
    }
    print("Nothing was changed.\n")?;
    Ok(false)
}

/// What an import would change, account by account.
fn preview(changes: &[Change]) -> String {
    let mut text = String::new();
    for change in changes {
        match change {
            Change::New(key, fields) => {
                let _ = writeln!(text, "+ {key} (new)");
                for (field, value) in fields {
                    let _ = writeln!(text, "    {field}: {}", plain(value));
                }
            }
            Change::Changed(key, fields) => {
                let _ = writeln!(text, "~ {key}");
                for (field, before, after) in fields {
                    let said =
                        |value: &str| if value.is_empty() { "(nothing)".to_owned() } else { plain(value) };
                    let _ = writeln!(text, "    {field}: {} -> {}", said(before), said(after));
                }
            }
            Change::Removed(key, name) => {
                let _ = writeln!(text, "- {key} ({}) is removed", plain(name));
            }
        }
    }
    let number = |is: fn(&Change) -> bool| changes.iter().filter(|change| is(change)).count();
    let _ = writeln!(
        text,
        "\n{} new, {} changed, {} removed.",
        number(|change| matches!(change, Change::New(..))),
        number(|change| matches!(change, Change::Changed(..))),
        number(|change| matches!(change, Change::Removed(..)))
    );
    text
}

fn listed(accounts: &[Account], signals: &BTreeMap<String, Vec<Signal>>, now: Timestamp) -> String {
    if accounts.is_empty() {
        return "There are no accounts yet: pairdesk accounts import FILE (CSV or TOML).\n".to_owned();
    }
    let owner = |owner: &Option<Address>| {
        owner.as_ref().map_or_else(|| "MISSING".to_owned(), |owner| plain(owner.display()))
    };
    let of = |account: &Account| signals.get(&account.key).map_or(&[][..], Vec::as_slice);
    let rows: Vec<_> = accounts
        .iter()
        .map(|account| {
            let theirs: Vec<_> =
                account.domains.iter().chain(&account.addresses).map(String::as_str).collect();
            vec![
                account.key.clone(),
                plain(&account.name),
                owner(&account.sales),
                owner(&account.operations),
                value(of(account), now).to_string(),
                changed(of(account), now),
                theirs.join(", "),
            ]
        })
        .collect();
    table(&["ACCOUNT", "NAME", "SALES", "OPERATIONS", "MOOD", "4 WEEKS", "MAIL FROM"], &rows)
}

/// By how much the mood has changed in four weeks: "-12", or nothing.
fn changed(signals: &[Signal], now: Timestamp) -> String {
    match why::account::change(signals, now) {
        0 => String::new(),
        points => format!("{points:+}"),
    }
}

/// The mood of an account and its course.
fn mood(key: &str, signals: &[Signal], now: Timestamp) -> String {
    let value = value(signals, now);
    let change = match why::account::change(signals, now) {
        0 => "as four weeks ago".to_owned(),
        points @ ..0 => format!("{} lower than four weeks ago", -points),
        points => format!("{points} higher than four weeks ago"),
    };
    let course = why::account::weeks(signals, now).to_lowercase();
    wrapped(&format!("mood: {value} of 100, {change} ({course}); by which mails: pairdesk why {key}"), 0)
}

fn shown(account: &Account) -> String {
    let mut text = format!("{}\n", account.key);
    for (field, value) in fields(account) {
        match field {
            // The agreement is read line by line.
            "included" | "excluded" => {
                for line in account.scope.iter().filter(|line| line.included == (field == "included")) {
                    text.push_str(&labelled(field, &line.text));
                }
            }
            "sales" | "operations" if value.is_empty() => {
                text.push_str(&wrapped(&format!("{field}: MISSING, there is no double coverage"), 0));
            }
            _ if value.is_empty() => {}
            _ => text.push_str(&wrapped(&format!("{field}: {value}"), 0)),
        }
    }
    text
}
