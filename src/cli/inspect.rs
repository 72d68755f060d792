//! `inspect`: how a mail is read.

use std::io::{self, BufWriter, Read as _, Write as _};
use std::process::ExitCode;

use anyhow::{Context as _, Result};
use clap::Args;

use super::print;
use crate::message::{Inspection, ReadOptions, inspect_jsonl, read};

/// Read a mail from standard input and print how it was read, as JSON
///
/// The newly written text, the quotation and the signature that were set aside, who wrote it, what it answers, whether
/// a machine wrote it, and what is broken about it. Needs no configuration.
#[derive(Debug, Args)]
pub struct Inspect {
    /// Read many: standard input has a line "id, tab, path" for each mail; prints one JSON object a line, with its id
    #[arg(long)]
    jsonl: bool,
}

impl Inspect {
    pub fn run(&self) -> Result<ExitCode> {
        let options = ReadOptions::default();
        if self.jsonl {
            let mut out = BufWriter::new(io::stdout().lock());
            inspect_jsonl(io::stdin().lock(), &mut out, &options)
                .and_then(|()| out.flush())
                .context("cannot go through the list of mails")?;
        } else {
            let inspection = Inspection::from(read(&standard_input()?, &options));
            print(&format!("{}\n", serde_json::to_string_pretty(&inspection)?))?;
        }
        Ok(ExitCode::SUCCESS)
    }
}

/// The mail on standard input.
pub fn standard_input() -> Result<Vec<u8>> {
    let mut raw = Vec::new();
    io::stdin().lock().read_to_end(&mut raw).context("cannot read the mail from standard input")?;
    Ok(raw)
}
