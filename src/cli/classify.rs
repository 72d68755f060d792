//! `classify`: what a mail says.

use std::process::ExitCode;

use anyhow::Result;
use clap::Args;

use super::inspect::standard_input;
use super::print;
use crate::classify::Classifier;
use crate::message::{ReadOptions, read};

/// Read a mail from standard input and print what it says, as JSON
///
/// Each label with its probability, the sentence that shows it, and the words that weighed most. Only the newly written
/// text counts. Needs no configuration.
#[derive(Debug, Args)]
pub struct Classify {}

pub fn run() -> Result<ExitCode> {
    let message = read(&standard_input()?, &ReadOptions::default());
    let said = Classifier::built_in().classify(&message.subject, &message.reply);
    print(&format!("{}\n", serde_json::to_string_pretty(&said)?))?;
    Ok(ExitCode::SUCCESS)
}
