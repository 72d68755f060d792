//! `demo`: three weeks of a firm's mail in a few seconds.

use std::io;
use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::Result;
use clap::Args;

use crate::demo;

/// Play three weeks of a made-up firm's mail: nothing to configure, nothing leaves this machine
///
/// It says mail by mail what was understood and what followed, and leaves a folder that all other commands work on.
#[derive(Debug, Args)]
pub struct Demo {
    /// The folder to make; that of an earlier demonstration is replaced, any other is left alone
    #[arg(default_value = "pairdesk-demo")]
    folder: PathBuf,
}

impl Demo {
    pub async fn run(self) -> Result<ExitCode> {
        demo::run(&self.folder, &mut io::stdout().lock()).await?;
        Ok(ExitCode::SUCCESS)
    }
}
