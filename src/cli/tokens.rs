//! `tokens`: the keys that prove who answers a mail of ours.

use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::Result;
use clap::{Args, Subcommand};

use super::{Desk, print};
use crate::clock::Clock;

/// The keys of the tokens in our mails to owners, which show that an answer is theirs
#[derive(Debug, Args)]
pub struct Tokens {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Make a new key; a running daemon uses it from its next mail on
    ///
    /// Answers to mails that were sent before count for ninety days after their mail, as ever.
    Rotate,
}

impl Tokens {
    pub async fn run(self, config: Option<PathBuf>) -> Result<ExitCode> {
        let desk = Desk::open(config).await?;
        let clock = Clock::default();
        match self.command {
            Command::Rotate => {
                let keys = desk.store.new_token_key(clock.key(), clock.now()).await?;
                let older = keys.len() - 1;
                print(&format!(
                    "The tokens of new mails are made with a new key. {older} older: answers to mails of up to \
                     ninety days ago count as before.\n"
                ))?;
            }
        }
        Ok(ExitCode::SUCCESS)
    }
}
