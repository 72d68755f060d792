//! `evaluate`: how well a model does on labelled mails.

use std::fs;
use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::{Context as _, Result};
use clap::Args;

use super::print;
use super::train::labelled;
use crate::classify::{self, Classifier};

/// Measure a model on labelled mails: precision, recall and F1 a label, by language, severity, calibration
///
/// Measuring the built-in model on mails it was trained on says nothing: use --cross-validate or --train for those.
/// Needs no configuration.
#[derive(Debug, Args)]
pub struct Evaluate {
    /// The labelled mails to judge, one JSON object a line
    #[arg(required = true, value_name = "FILE.jsonl")]
    files: Vec<PathBuf>,
    /// A model's file, instead of the built-in model
    #[arg(long, value_name = "FILE", conflicts_with_all = ["cross_validate", "train"])]
    model: Option<PathBuf>,
    /// Labelled mails to train on, instead of the built-in model; may be given several times
    #[arg(long, value_name = "FILE.jsonl", num_args = 1..)]
    train: Vec<PathBuf>,
    /// Split the mails by client into this many parts and judge each by a model trained on the others (and --train)
    #[arg(long, value_name = "PARTS", value_parser = clap::value_parser!(u64).range(2..=20))]
    cross_validate: Option<u64>,
}

impl Evaluate {
    pub fn run(&self) -> Result<ExitCode> {
        let mails = labelled(&self.files)?;
        let beside = if self.train.is_empty() { Vec::new() } else { labelled(&self.train)? };
        let report = if let Some(parts) = self.cross_validate {
            classify::cross_validate(&mails, &beside, parts)
        } else if !beside.is_empty() {
            classify::evaluate(&Classifier::train(&beside), &mails)
        } else if let Some(file) = &self.model {
            let bytes =
                fs::read(file).with_context(|| format!("cannot read the model {}", file.display()))?;
            let classifier = Classifier::from_bytes(&bytes).with_context(|| file.display().to_string())?;
            classify::evaluate(&classifier, &mails)
        } else {
            classify::evaluate(Classifier::built_in(), &mails)
        };
        print(&format!("{report}\n"))?;
        Ok(ExitCode::SUCCESS)
    }
}
