//! `run`: the daemon.

use std::io::{self, IsTerminal as _};
use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::Result;
use clap::Args;
use tracing_subscriber::EnvFilter;

use super::load;
use crate::daemon;

/// Read the mailboxes, open cases and send mail, until told to stop (SIGTERM, Ctrl-C)
///
/// The log goes to standard error.
#[derive(Debug, Args)]
pub struct Run {}

impl Run {
    pub async fn run(self, config: Option<PathBuf>) -> Result<ExitCode> {
        let config = load(config)?;
        log(config.log_level);
        // A panic's message may quote the mail that caused it: the log gets the place alone.
        std::panic::set_hook(Box::new(|panic| {
            let place = panic.location().map(ToString::to_string).unwrap_or_default();
            tracing::error!(place, "a mistake of this program; please report it with its place");
        }));
        daemon::run(config).await?;
        Ok(ExitCode::SUCCESS)
    }
}

/// Logs to standard error from this level on; of the libraries only what they warn of.
fn log(level: tracing::Level) {
    let libraries = level.min(tracing::Level::WARN);
    tracing_subscriber::fmt()
        .with_env_filter(EnvFilter::new(format!("{libraries},pairdesk={level}")))
        .with_writer(io::stderr)
        .with_ansi(io::stderr().is_terminal())
        .log_internal_errors(false)
        .init();
}
