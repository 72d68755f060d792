//! `report`: the weekly letter as one HTML file.

use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::{Context, Result};
use clap::Args;
use jiff::SignedDuration;

use super::digest::person;
use super::layout::plain;
use super::{Desk, print};
use crate::clock::Clock;
use crate::compose::{Composer, House};
use crate::directory::Account;
use crate::effect::{Content, Letter};
use crate::message::Address;
use crate::mood::HORIZON;
use crate::schedule::{self, Times};

/// Write what the weekly letter says of all clients, pictures too, into one HTML file
#[derive(Debug, Args)]
pub struct Report {
    /// The file
    #[arg(long, value_name = "FILE")]
    out: PathBuf,
    /// How many weeks it tells of, up to now
    #[arg(long, default_value_t = 1, value_parser = clap::value_parser!(i64).range(1..=52))]
    weeks: i64,
    /// Only the clients of this manager, by their address or name
    #[arg(long, value_name = "PERSON")]
    manager: Option<String>,
}

impl Report {
    pub async fn run(self, config: Option<PathBuf>) -> Result<ExitCode> {
        let desk = Desk::open(config).await?;
        let (directory, firm) = (&desk.directory, desk.directory.firm());
        let manager = self.manager.as_ref().map(|wanted| person(directory, wanted)).transpose()?;
        let is_theirs = |account: &&Account| {
            let of = directory.manager_of(account);
            manager.is_none_or(|manager| of.is_some_and(|of| of.address == manager.address))
        };
        let accounts: Vec<_> = directory.accounts().iter().filter(is_theirs).collect();
        let now = Clock::default().now();
        let from = now.saturating_sub(SignedDuration::from_hours(self.weeks * 7 * 24))?;
        let since = from.saturating_sub(HORIZON)?;
        let weeks = desk.store.weeks(since, desk.config.policy.thresholds.please_check).await?;
        let timezone = manager.map_or(&*firm.timezone, |manager| directory.timezone_of(&manager.address));
        let firm_times = Times { hours: &desk.config.hours, targets: &desk.config.policy.targets };
        let weekly = schedule::weekly(&accounts, &weeks, directory, &firm_times, timezone, from, now);
        let letter = Letter {
            id: "report".to_owned(),
            to: manager.cloned().unwrap_or_else(|| Address { name: firm.name.clone(), ..Address::default() }),
            case: None,
            references: Vec::new(),
            at: now,
            content: Content::Weekly(weekly),
        };
        // Without keys: a file is answered by nobody.
        let composer = Composer::new(House::of(firm));
        std::fs::write(&self.out, composer.whole(&letter))
            .with_context(|| format!("could not write the report to {}", self.out.display()))?;
        let subject = composer.show(&letter).subject;
        print(&format!("{}\nIt lies in {}\n", plain(&subject), self.out.display()))?;
        Ok(ExitCode::SUCCESS)
    }
}
