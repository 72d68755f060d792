//! `evaluate`: how well the model does on labelled mails.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::{Context as _, Result};
use clap::Args;

use super::print;
use super::train::labelled;
use crate::classify::{self, Classifier};
use crate::intake::Policy;

/// Measure the model on labelled mails: precision, recall and F1 a label, by language, severity, calibration
///
/// Clients' mails and staff mails (those with a role) are measured apart. Mails that the model was trained on
/// (training/) say nothing about it. Needs no configuration.
#[derive(Debug, Args)]
pub struct Evaluate {
    /// The labelled mails to judge, one JSON object a line
    #[arg(required = true, value_name = "FILE.jsonl")]
    files: Vec<PathBuf>,
    /// Cross-validate in so many parts, where the probabilities were drawn towards these very mails: each is judged as the
    /// others have it
    #[arg(long, value_name = "PARTS", value_parser = clap::value_parser!(u32).range(2..=100))]
    folds: Option<u32>,
    /// The files of an encoder and a linear reader, instead of the built-in ones
    #[arg(long, num_args = 2, value_names = ["ENCODER.gguf", "LINEAR.bin"])]
    models: Vec<PathBuf>,
}

impl Evaluate {
    pub fn run(&self) -> Result<ExitCode> {
        let mails = labelled(&self.files)?;
        let of_file;
        let classifier = if let [encoder, linear] = &self.models[..] {
            of_file = Classifier::from_bytes(&read(encoder)?, &read(linear)?)?;
            &of_file
        } else {
            Classifier::built_in()
        };
        let alert = Policy::default().thresholds.alert;
        let reports = match self.folds {
            Some(parts) => classify::cross_validate(classifier, &mails, parts, alert),
            None => classify::evaluate(classifier, &mails, alert),
        };
        for report in reports {
            print(&format!("{report}\n"))?;
        }
        Ok(ExitCode::SUCCESS)
    }
}

fn read(file: &Path) -> Result<Vec<u8>> {
    fs::read(file).with_context(|| format!("cannot read the model {}", file.display()))
}
