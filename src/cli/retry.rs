//! `retry`: what waits or was given up is tried now.

use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::Result;
use clap::Args;

use super::{Desk, count, print};
use crate::clock::Clock;

/// Try all mails now that wait for a later attempt or were given up
///
/// A running daemon sends them within seconds. Acknowledgements to clients that are older than a day are left out.
#[derive(Debug, Args)]
pub struct Retry {}

impl Retry {
    pub async fn run(self, config: Option<PathBuf>) -> Result<ExitCode> {
        let desk = Desk::open(config).await?;
        let mails = desk.store.retry_all(Clock::default().now()).await?;
        print(&match mails {
            0 => "Nothing waits for a later attempt, and nothing was given up.\n".to_owned(),
            mails => format!(
                "{}, due now. The running daemon sends what is due, at the latest when it next tries a server that was out of reach (within five minutes).\n",
                count(usize::try_from(mails).unwrap_or(usize::MAX), "mail", ""),
            ),
        })?;
        Ok(ExitCode::SUCCESS)
    }
}
