//! What the heads of a model say to a text, before it becomes a classification.

use super::features::{self, Vector};
use super::logistic::probability;
use super::model::{Head, Model};
use super::sentences::sentences;

/// A text ready to be scored.
pub(super) struct Prepared<'a> {
    pub(super) mail: Vector,
    /// The sentences as they stand in the text, each with its vector.
    pub(super) sentences: Vec<(&'a str, Vector)>,
}

/// The scores of one text, one entry a head.
pub(super) struct Scores {
    pub(super) mail: Vec<f64>,
    /// For each head the score of the sentence that speaks most for it, and which one it is.
    pub(super) best: Vec<(f64, usize)>,
}

/// Cuts and hashes a text.
pub(super) fn prepare<'a>(subject: &str, text: &'a str) -> Prepared<'a> {
    let sentences = sentences(text).into_iter().map(|s| (s, features::of_sentence(s))).collect();
    Prepared { mail: features::of_mail(subject, text), sentences }
}

/// The scores of a text by these heads.
pub(super) fn scores(heads: &[Head], prepared: &Prepared<'_>) -> Scores {
    let nothing = features::of_sentence("");
    let best = |head: &Head| {
        let each = prepared.sentences.iter().map(|(_, vector)| vector.dot(&head.sentence)).enumerate();
        let first = each.reduce(|best, next| if next.1 > best.1 { next } else { best });
        first.map_or_else(|| (nothing.dot(&head.sentence), 0), |(at, score)| (score, at))
    };
    Scores {
        mail: heads.iter().map(|head| prepared.mail.dot(&head.mail)).collect(),
        best: heads.iter().map(best).collect(),
    }
}

impl Scores {
    /// The inputs of the joint: of every head the mail's score and the best sentence's.
    pub(super) fn inputs(&self) -> Vec<f64> {
        self.mail.iter().copied().chain(self.best.iter().map(|best| best.0)).collect()
    }
}

/// The probability of each head.
pub(super) fn probabilities(model: &Model, scores: &Scores) -> Vec<f64> {
    let inputs = scores.inputs();
    let joined = |head: &Head| inputs.iter().chain([&1.0]).zip(&head.joint).map(|(a, b)| a * b).sum();
    model.heads.iter().map(|head| probability(joined(head))).collect()
}
