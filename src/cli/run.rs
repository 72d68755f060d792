//! `run`: the daemon.

use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::Result;
use clap::Args;

use super::load;
use crate::{config, daemon, telemetry};

/// Read the mailboxes, open cases and send mail, until told to stop (SIGTERM, Ctrl-C)
///
/// At SIGHUP the configuration is read anew; with a mistake in it the one before stays. The log goes to standard error;
/// under systemd each line bears its priority.
#[derive(Debug, Args)]
pub struct Run {}

impl Run {
    pub async fn run(self, config: Option<PathBuf>) -> Result<ExitCode> {
        let file = config::find(config);
        let config = load(Some(file.clone()))?;
        telemetry::start(config.log, config::writes_to_journal());
        // A panic's message may quote the mail that caused it: the log gets the place alone.
        std::panic::set_hook(Box::new(|panic| {
            let place = panic.location().map(ToString::to_string).unwrap_or_default();
            tracing::error!(place, "a mistake of this program; please report it with its place");
        }));
        Box::pin(daemon::run(config, &file)).await?;
        Ok(ExitCode::SUCCESS)
    }
}
