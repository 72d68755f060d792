//! The classifier: a model, and how its answers become a classification that can be explained.

use std::sync::LazyLock;

use crate::case::Kind;

use super::features;
use super::labelled::LabelledMail;
use super::model::{Head, Model, ModelError};
use super::score;
use super::sentences::{beginning, shown};
use super::train;
use super::{Classification, Finding};

/// How many words explain a finding at most.
const WORDS: usize = 5;

static BUILT_IN: LazyLock<Classifier> = LazyLock::new(|| {
    Classifier::from_bytes(include_bytes!("../../models/linear.bin"))
        .expect("the shipped model is whole: a test reads it")
});

/// A trained model, ready to classify.
#[derive(Debug, Clone, PartialEq)]
pub struct Classifier {
    model: Model,
    name: String,
}

impl Classifier {
    /// The model that is part of the program.
    pub fn built_in() -> &'static Self {
        &BUILT_IN
    }

    /// Reads a model as [`Classifier::to_bytes`] wrote it.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, ModelError> {
        Ok(Self::new(Model::from_bytes(bytes)?))
    }

    /// Trains a model on labelled mails: seconds for thousands. The same mails in the same order give the same model.
    pub fn train(mails: &[LabelledMail]) -> Self {
        Self::new(train::train(mails))
    }

    fn new(model: Model) -> Self {
        let name = format!("linear-1-{}", &model.data.get(..8).unwrap_or("unknown"));
        Self { model, name }
    }

    /// The model's file.
    pub fn to_bytes(&self) -> Vec<u8> {
        self.model.to_bytes()
    }

    /// Whether the model was made of exactly these mails, in this order.
    pub fn was_trained_on(&self, mails: &[LabelledMail]) -> bool {
        self.model.data == train::digest(mails)
    }

    /// What a client says with this subject and this newly written text. Total: every text has an answer. Of a text
    /// longer than 20,000 characters the beginning is read.
    pub fn classify(&self, subject: &str, text: &str) -> Classification {
        let (subject, text) = (beginning(subject), beginning(text));
        let prepared = score::prepare(subject, text);
        let scores = score::scores(&self.model.heads, &prepared);
        let probabilities = score::probabilities(&self.model, &scores);
        let mut findings: Vec<Finding> = Kind::ALL
            .into_iter()
            .enumerate()
            .map(|(head, kind)| {
                let sentence =
                    prepared.sentences.get(scores.best[head].1).map_or("", |(sentence, _)| sentence);
                Finding {
                    kind,
                    probability: probabilities[head],
                    evidence: shown(sentence),
                    words: words(&self.model.heads[head], sentence),
                }
            })
            .collect();
        findings.sort_by(|a, b| b.probability.total_cmp(&a.probability));
        Classification { findings, severity: severity(&probabilities), model: self.name.clone() }
    }
}

/// The severity of a complaint from the probabilities of all heads, the labels first.
fn severity(probabilities: &[f64]) -> u8 {
    let [complaint, .., clear, severe] = probabilities else { return 0 };
    match (*complaint >= 0.5, *clear >= 0.5, *severe >= 0.5) {
        (false, ..) => 0,
        (true, false, _) => 1,
        (true, true, false) => 2,
        (true, true, true) => 3,
    }
}

/// The words and concepts of a sentence that speak most for a head.
fn words(head: &Head, sentence: &str) -> Vec<(String, f64)> {
    let mut found: Vec<(String, f64)> = features::named(sentence)
        .into_iter()
        .filter(|(name, ..)| tells(name))
        .map(|(name, bucket, value)| (name, f64::from(head.sentence[bucket as usize] * value)))
        .filter(|(_, weight)| *weight > 0.0)
        .collect();
    found.sort_by(|a, b| b.1.total_cmp(&a.1));
    found.truncate(WORDS);
    found
}

/// Whether a person learns something from a feature: a concept, or a word that is longer than "the" and "was".
fn tells(name: &str) -> bool {
    let is_long =
        |word: &str| !word.starts_with('<') && word.chars().filter(|c| c.is_alphabetic()).count() > 3;
    name.starts_with('[') || name.split(' ').any(is_long)
}
