//! What a client's words say: labels with probability, severity, and the sentence that shows each.

mod classifier;
mod concepts;
#[allow(dead_code)]
mod encoder;
#[allow(dead_code)]
mod tokens;
#[allow(dead_code)]
mod weights;
mod evaluate;
mod features;
mod firm;
mod impersonal;
mod labelled;
mod logistic;
mod mask;
mod model;
mod scope;
mod score;
mod sentences;
mod train;

use serde::Serialize;

use crate::case::Kind;

pub use classifier::Classifier;
pub use evaluate::{Report, cross_validate, evaluate};
pub use firm::{Correction, FirmLayer, Flip, flips};
pub use impersonal::{Names, impersonal};
pub use labelled::{LabelledError, LabelledMail, parse};
pub use model::ModelError;
pub use scope::read_scope;

/// The questions that a model answers: one a label, and two about how severe a complaint is.
const HEADS: usize = Kind::ALL.len() + 2;
/// The scores that are joined to a probability: of every head, the mail's and the best sentence's.
const INPUTS: usize = HEADS * 2;

/// What a text was found to say.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Classification {
    /// All seven labels, the most probable first.
    pub findings: Vec<Finding>,
    /// 0 none, 1 mild, 2 clear, 3 severe; above 0 only where a complaint is more probable than not.
    pub severity: u8,
    /// Which model said so: its name and version.
    pub model: String,
}

/// One label of a text.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Finding {
    /// The label.
    pub kind: Kind,
    /// 0 to 1, calibrated.
    pub probability: f64,
    /// The sentence of the text that shows it best; empty for a text without words.
    pub evidence: String,
    /// The features that weighed most, strongest first, for `why`: (feature, weight).
    pub words: Vec<(String, f64)>,
}

impl Classification {
    /// The finding of a kind.
    pub fn of(&self, kind: Kind) -> Option<&Finding> {
        self.findings.iter().find(|finding| finding.kind == kind)
    }
}
