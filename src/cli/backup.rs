//! `backup`: all that is kept, in one file.

use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::Result;
use clap::Args;

use super::{count, load, print};
use crate::clock::Clock;
use crate::store::Store;

/// Write all that is kept into one file, as it stands now; a daemon may run meanwhile
///
/// The file is compressed, and `pairdesk restore` puts it into either database. It holds mails and keys: only you may read
/// it; keep it as you keep the database.
#[derive(Debug, Args)]
pub struct Backup {
    /// The file to write; it must not be there yet
    file: PathBuf,
}

impl Backup {
    pub async fn run(self, config: Option<PathBuf>) -> Result<ExitCode> {
        let store = Store::open(&load(config)?.store_url()).await?;
        let (header, size) = store.back_up(&self.file, Clock::default().now()).await?;
        let number = |rows: u64| usize::try_from(rows).unwrap_or(usize::MAX);
        print(&format!(
            "{} holds {}, {}, {} and {} in all; {size} bytes. It is whole and on the disk.\n",
            self.file.display(),
            count(number(header.rows_of("mail")), "mail", ""),
            count(number(header.rows_of("cases")), "case", ""),
            count(number(header.rows_of("account")), "account", ""),
            count(number(header.rows()), "row", ""),
        ))?;
        Ok(ExitCode::SUCCESS)
    }
}
