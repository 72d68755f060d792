//! `restore`: a backup becomes a store.

use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::Result;
use clap::Args;

use super::{count, load, print};
use crate::store::Store;

/// Put a backup into the store of the configuration, which must be empty or not there yet
///
/// It does not matter which of the two databases the backup was made of, nor which version of Pairdesk made it, as long as
/// that is no newer than this one. The file is checked first; with any mistake nothing is changed.
#[derive(Debug, Args)]
pub struct Restore {
    /// The file that `pairdesk backup` wrote
    file: PathBuf,
    /// Do not send the mails that waited when the backup was made: they may have gone out since. `pairdesk status` lists
    /// them as given up, `pairdesk retry` sends them
    #[arg(long)]
    hold: bool,
}

impl Restore {
    pub async fn run(self, config: Option<PathBuf>) -> Result<ExitCode> {
        let config = load(config)?;
        let header = Store::restore(&config.store_url(), &self.file, self.hold).await?;
        let number = |rows: u64| usize::try_from(rows).unwrap_or(usize::MAX);
        print(&format!(
            "{} is restored as it was on {}: {}, {}, {}. Start the daemon: it goes on from there.\n",
            config.store.url,
            header.made_at.strftime("%-d %B %Y, %H:%M UTC"),
            count(number(header.rows_of("mail")), "mail", ""),
            count(number(header.rows_of("cases")), "case", ""),
            count(number(header.rows_of("account")), "account", ""),
        ))?;
        Ok(ExitCode::SUCCESS)
    }
}
