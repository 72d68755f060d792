//! `accounts handover`: somebody takes a colleague's place.

use std::fmt::Write as _;
use std::path::PathBuf;

use anyhow::{Context as _, Result, bail};
use clap::Args;

use super::agreed;
use crate::cli::layout::{plain, wrapped};
use crate::cli::{count, load, print};
use crate::clock::Clock;
use crate::command::handover::{Handover, Known};
use crate::daemon;
use crate::directory::handover::{Handed, hand_over};
use crate::directory::{Account, Directory, written};
use crate::effect::Effect;
use crate::message::{Address, comparable};
use crate::store::{CaseFilter, OutboxState, Store};

/// So many finished cases of an account are searched for notes.
const FINISHED: usize = 20;

/// Hand a colleague's accounts and open cases over, and brief the newcomer
///
/// NEW takes the place of OLD in all their accounts and roles, and leads the cases that OLD leads.
/// A briefing goes to NEW, and a copy to the partner of each account. What would change is shown
/// first.
///
/// The accounts file is not changed: what has to be changed in it is printed, since importing it as
/// it is would undo the handover.
#[derive(Debug, Args)]
#[command(verbatim_doc_comment)]
pub struct HandOver {
    /// Whose place it is: a mail address
    old: String,
    /// Who takes it, as "Kim Vos <kim@firm.example>", or the address of somebody known
    new: String,
    /// This account alone, by its short name
    #[arg(long, value_name = "KEY")]
    account: Option<String>,
    /// Do it without asking
    #[arg(long, short)]
    yes: bool,
}

impl HandOver {
    pub async fn run(&self, config: Option<PathBuf>) -> Result<()> {
        let config = load(config)?;
        let desk = daemon::desk(&config, Clock::System).await?;
        let directory = desk.directory().await?;
        let old = somebody(&directory, &self.old)
            .with_context(|| format!("cannot tell who \"{}\" is, who hands over", self.old))?;
        let new = somebody(&directory, &self.new)
            .with_context(|| format!("cannot tell who \"{}\" is, who takes over", self.new))?;
        let only = self.account.as_ref().map(|key| key.to_lowercase());
        if let Some(key) = only.as_ref().filter(|key| directory.account(key).is_none()) {
            bail!("there is no account {key}; `pairdesk accounts list` lists all");
        }
        if comparable(&old.address) == comparable(&new.address) {
            bail!("OLD and NEW are the same person, {}", old.address);
        }
        if directory.firm().is_own(&new.address) {
            bail!("{} is the address that clients write to: name a person's own address", new.address);
        }
        let handed = hand_over(directory.accounts(), &old.address, &new, only.as_deref());
        let cases = cases(&desk.store, &handed, &old, only.as_deref()).await?;
        let after = after(&directory, &handed);
        let handover = Handover { old: &old, new: &new, handed: &handed, cases: &cases, directory: &after };
        if handed.is_empty() && handover.moving().next().is_none() {
            return print(&format!(
                "{} has no role in the accounts and leads no open case.\n",
                plain(&old.to_string())
            ));
        }
        print(&preview(&handover, &directory))?;
        let again = format!(
            "pairdesk accounts handover {} {:?}{} --yes",
            self.old,
            self.new,
            match &only {
                Some(key) => format!(" --account {key}"),
                None => String::new(),
            }
        );
        if !self.yes && !agreed(&again)? {
            return Ok(());
        }
        let composer = desk.composer().await?;
        let now = desk.clock.now();
        let effects = handover.effects(now, desk.clock.seed());
        let mut tx = desk.store.begin().await?;
        let accounts: Vec<Account> = handed.iter().map(|handed| handed.account.clone()).collect();
        tx.replace_people(&accounts).await?;
        let performed = tx.perform(None, &effects, &composer, now).await?;
        tx.commit().await?;
        let moved = effects.iter().filter(|effect| matches!(effect, Effect::ChangeCase(_))).count();
        print(&format!(
            "\nHanded over: {}, {}. {} written; `pairdesk run` sends what waits in the outbox.\n",
            count(accounts.len(), "account", ""),
            count(moved, "open case", ""),
            count(performed.outgoing, "briefing", ""),
        ))
    }
}

/// A person by address or name: somebody known, or whoever is written out.
fn somebody(directory: &Directory, written: &str) -> Result<Address> {
    if let Some(person) = written::person(written) {
        let known = directory.people().into_iter().find(|known| known.address == person.address);
        return Ok(known.filter(|_| person.name.is_empty()).cloned().unwrap_or(person));
    }
    let wanted = written.trim().to_lowercase();
    let people = directory.people();
    let named: Vec<_> = people.iter().filter(|person| person.name.to_lowercase() == wanted).collect();
    match named[..] {
        [one] => Ok((*one).clone()),
        _ => bail!("expected a mail address, or \"Kim Vos <kim@firm.example>\""),
    }
}

/// The directory as it is afterwards.
fn after(directory: &Directory, handed: &[Handed]) -> Directory {
    let accounts = directory.accounts().iter().map(|account| {
        let handed = handed.iter().find(|handed| handed.account.key == account.key);
        handed.map_or_else(|| account.clone(), |handed| handed.account.clone())
    });
    Directory::new(directory.firm().clone(), accounts.collect()).with_absences(directory.absences().to_vec())
}

/// The open cases that move, and the last finished ones of the accounts for what was noted there.
async fn cases(store: &Store, handed: &[Handed], old: &Address, only: Option<&str>) -> Result<Vec<Known>> {
    let all = store.cases(&CaseFilter::default()).await?;
    let mut finished: std::collections::HashMap<&str, usize> = std::collections::HashMap::new();
    let mut numbers = Vec::new();
    for case in all.iter().rev() {
        let of_account = handed.iter().any(|handed| handed.account.key == case.account);
        let lead = case.lead_person.as_ref();
        let moves = lead.is_some_and(|lead| comparable(&lead.address) == comparable(&old.address))
            && only.is_none_or(|key| case.account == key);
        if case.state.unfinished() && (of_account || moves) {
            numbers.push(case.number);
        } else if of_account {
            let count = finished.entry(&case.account).or_default();
            *count += 1;
            if *count <= FINISHED {
                numbers.push(case.number);
            }
        }
    }
    numbers.sort_unstable();
    let offers = store.offers(None).await?;
    let mut known = Vec::new();
    for number in numbers {
        let Some(detail) = store.case_detail(number).await? else { continue };
        let drafts = detail.outgoing.iter().filter(|line| line.state == OutboxState::Draft);
        known.push(Known {
            drafts: drafts.map(|line| line.to.clone()).collect(),
            offer: offers.iter().find(|(case, _)| case.number == number).and_then(|(_, offer)| offer.clone()),
            entries: detail.entries.into_iter().map(|(entry, _)| entry).collect(),
            case: detail.case,
        });
    }
    Ok(known)
}

/// What would change, and what to change in the accounts file.
fn preview(handover: &Handover<'_>, directory: &Directory) -> String {
    let (old, new) = (plain(&handover.old.to_string()), plain(&handover.new.to_string()));
    let mut text = format!("{old} hands over to {new}:\n");
    for handed in handover.handed {
        let key = &handed.account.key;
        let _ = writeln!(text, "~ {key} ({})", plain(&handed.account.name));
        for column in &handed.taken {
            let _ = writeln!(text, "    {column}: {old} -> {new}");
        }
        for column in &handed.emptied {
            let _ = writeln!(text, "    {column}: (nobody), since nobody stands in for themselves");
        }
        if handed.alone {
            let what = format!("Note: {new} would own {key} alone, on both sides: no double coverage.");
            text.push_str(&wrapped(&what, 4));
        }
        let numbers: Vec<_> = handover
            .moving()
            .filter(|known| known.case.account == *key)
            .map(|known| format!("#{}", known.case.number))
            .collect();
        if !numbers.is_empty() {
            text.push_str(&wrapped(&format!("open cases: {}", numbers.join(", ")), 4));
        }
    }
    let led = handover
        .moving()
        .filter(|known| handover.handed.iter().all(|handed| handed.account.key != known.case.account));
    for known in led {
        let _ = writeln!(text, "~ #{} of {} is led by {new}", known.case.number, plain(&known.case.account));
    }
    if !handover.handed.is_empty() {
        text.push_str(
            "\nChange this in your accounts file too; importing it as it is would undo the handover:\n",
        );
    }
    for handed in handover.handed {
        for (column, value) in handed.lines() {
            let value = if value.is_empty() { "(leave it empty)".to_owned() } else { plain(&value) };
            let _ = writeln!(text, "  account {}: {column} = {value}", handed.account.key);
        }
    }
    let firms = directory.firm().manager.as_ref();
    if firms.is_some_and(|manager| comparable(&manager.address) == comparable(&handover.old.address)) {
        let what =
            format!("{old} is also the firm's manager: change manager in [firm] of the configuration.");
        text.push_str(&wrapped(&what, 0));
    }
    text
}
