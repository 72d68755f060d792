//! `train`: labelled mails to a model.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::{Context as _, Result, ensure};
use clap::Args;

use super::print;
use crate::classify::{self, Classifier, LabelledMail};

/// Train the linear reader on labelled mails and join it with an encoder
///
/// The encoder is trained first, by training/train.py, on the same mails. The same files in the same order give the same
/// model. The one that is part of the program is made as models/README.md says. Needs no configuration.
#[derive(Debug, Args)]
pub struct Train {
    /// Labelled mails, one JSON object a line
    #[arg(required = true, value_name = "FILE.jsonl")]
    files: Vec<PathBuf>,
    /// The encoder that was trained on these mails
    #[arg(long, value_name = "FILE.gguf")]
    encoder: PathBuf,
    /// Mails as they really come, on which neither model is trained: the probabilities are drawn towards them
    #[arg(long, num_args = 1.., value_name = "FILE.jsonl")]
    real: Vec<PathBuf>,
    /// Where the model is written
    #[arg(long, value_name = "FILE")]
    out: PathBuf,
}

impl Train {
    pub fn run(&self) -> Result<ExitCode> {
        let mails = labelled(&self.files)?;
        let real = if self.real.is_empty() { Vec::new() } else { labelled(&self.real)? };
        let encoder = fs::read(&self.encoder)
            .with_context(|| format!("cannot read the encoder {}", self.encoder.display()))?;
        let bytes =
            Classifier::train(&encoder, &mails, &real).with_context(|| self.encoder.display().to_string())?;
        fs::write(&self.out, &bytes)
            .with_context(|| format!("cannot write the model to {}", self.out.display()))?;
        print(&format!("{}: {} bytes, trained on {} mails\n", self.out.display(), bytes.len(), mails.len()))?;
        Ok(ExitCode::SUCCESS)
    }
}

/// The labelled mails of these files.
pub fn labelled(files: &[impl AsRef<Path>]) -> Result<Vec<LabelledMail>> {
    let mut mails = Vec::new();
    for file in files.iter().map(AsRef::as_ref) {
        let lines = fs::read_to_string(file)
            .with_context(|| format!("cannot read labelled mails from {}", file.display()))?;
        mails.extend(classify::parse(&lines).with_context(|| file.display().to_string())?);
    }
    ensure!(!mails.is_empty(), "the files hold no labelled mail that labellers agreed on");
    Ok(mails)
}
