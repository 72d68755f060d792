//! The program: arguments in, exit code out.

use std::process::ExitCode;

use clap::Parser;
use pairdesk::cli::{self, Cli};

fn main() -> ExitCode {
    match cli::run(Cli::parse()) {
        Ok(code) => code,
        Err(error) => cli::fail(&error),
    }
}
