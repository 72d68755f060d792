//! What a mail's words say: labels with probability, severity, and the sentence that shows each.
//!
//! Two readers judge a text. The encoder gives each piece of a word a vector that holds what it means where it stands;
//! heads ask these vectors one question a label. The linear one knows words, parts of words and concepts. A joint makes
//! one probability of both. How they are made and what they can do stands in `models/README.md`.

mod classifier;
mod consent;
mod encoder;
mod evaluate;
mod firm;
mod impersonal;
mod labelled;
mod linear;
mod phrases;
mod question;
mod scope;
mod sentences;
mod settled;
mod staff;

use std::borrow::Cow;
use std::fmt::Write as _;
use std::sync::Arc;

use serde::Serialize;
use thiserror::Error;

use crate::case::Kind;

pub use classifier::Classifier;
pub use consent::{Answer, Consent, consent};
pub use evaluate::{Report, cross_validate, evaluate};
pub use firm::{Correction, FirmLayer, Flip, flips};
pub use impersonal::{Names, impersonal};
pub use labelled::{LabelledError, LabelledMail, Labels, as_mail, parse};
pub use linear::probability;
pub use scope::read_scope;
pub use settled::{Settled, settled};
pub use staff::{StaffFinding, StaffLabel};

/// A file, which may be part of the program. Clones share it.
type Bytes = Arc<Cow<'static, [u8]>>;

/// Why a file is no model.
#[derive(Debug, Error)]
pub enum ModelError {
    /// The encoder's file cannot be read.
    #[error(
        "the encoder's file cannot be read ({0}): it is damaged or of another version; make it anew as models/README.md says"
    )]
    Encoder(#[from] candle_core::Error),
    /// The linear reader's file cannot be read.
    #[error("the linear model's file cannot be read ({0}): make it anew with `pairdesk train`")]
    Linear(String),
}

/// The languages that the model was trained on (ISO 639-1). What it says of a mail in another one is worth nothing.
pub const LANGUAGES: [&str; 7] = ["en", "de", "fr", "es", "nl", "it", "pt"];

/// Whether the model can read a language; an unknown one, of a text too short to tell, counts as readable.
pub fn reads(language: Option<&str>) -> bool {
    language.is_none_or(|code| LANGUAGES.contains(&code))
}

/// What a text was found to say.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Classification {
    /// All seven labels, the most probable first.
    pub findings: Vec<Finding>,
    /// 0 none, 1 mild, 2 clear, 3 severe; above 0 only where a complaint is more probable than not.
    pub severity: u8,
    /// Which model said so: its name and version, and how many of the firm's corrections moved it.
    pub model: String,
    /// What the firm's own corrections work on; empty when it was read from the store.
    #[serde(skip)]
    pub trace: Trace,
}

/// How the model saw a text.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Trace {
    /// The mean of the vectors of its tokens, of length 1.
    pub vector: Vec<f32>,
    /// The calibrated log-odds of each label, in the order of [`Kind::ALL`].
    pub logits: [f64; Kind::ALL.len()],
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
    /// The words of that sentence that spoke most for it, strongest first, for `why`: (word, weight).
    pub words: Vec<(String, f64)>,
}

impl Classification {
    /// The finding of a kind.
    pub fn of(&self, kind: Kind) -> Option<&Finding> {
        self.findings.iter().find(|finding| finding.kind == kind)
    }

    /// With the firm's own layer on top: probabilities, order and severity follow it, and `model` says how many
    /// corrections moved them. The trace stays the general model's. Far from all corrections nothing changes.
    #[must_use]
    pub fn adjusted(mut self, layer: &FirmLayer) -> Self {
        let number = layer.count_alike(&self.trace.vector);
        if number == 0 {
            return self;
        }
        let logits = layer.adjust(&self.trace.vector, self.trace.logits);
        for finding in &mut self.findings {
            let at = Kind::ALL.iter().position(|kind| *kind == finding.kind);
            finding.probability = at.map_or(finding.probability, |at| probability(logits[at]));
        }
        self.findings.sort_by(|a, b| b.probability.total_cmp(&a.probability));
        let complains = self.of(Kind::Complaint).is_some_and(|complaint| complaint.probability >= 0.5);
        self.severity = if complains { self.severity.max(1) } else { 0 };
        let s = if number == 1 { "" } else { "s" };
        let _ = write!(self.model, ", adjusted by {number} correction{s} of this firm");
        self
    }
}
