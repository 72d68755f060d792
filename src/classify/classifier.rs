//! The classifier: the model that is part of the program, and how its answers become a classification.

use std::sync::LazyLock;

use crate::case::Kind;

use super::encoder::Encoder;
use super::labelled::LabelledMail;
use super::linear::{Linear, probability};
use super::question::{CLEAR, SEVERE, STAFF};
use super::sentences::{beginning, sentences, shown};
use super::{Classification, Finding, ModelError, StaffFinding, StaffLabel, Trace};

static BUILT_IN: LazyLock<Classifier> = LazyLock::new(|| {
    let (encoder, linear) =
        (include_bytes!("../../models/encoder.gguf"), include_bytes!("../../models/linear.bin"));
    Classifier::from_bytes(encoder, linear).expect("the shipped models are whole: a test reads them")
});

/// Two trained models, ready to classify.
#[derive(Debug, Clone)]
pub struct Classifier {
    encoder: Encoder,
    linear: Linear,
    name: String,
}

/// What both models say to a text, one entry a question.
struct Answer<'a> {
    logits: Vec<f64>,
    evidence: Vec<&'a str>,
    words: Vec<Vec<(String, f64)>>,
    vector: Vec<f32>,
}

impl Classifier {
    /// The models that are part of the program. Read at the first call, which takes some hundred milliseconds.
    pub fn built_in() -> &'static Self {
        &BUILT_IN
    }

    /// Reads the files of an encoder (GGUF) and of a linear reader that was joined with it.
    pub fn from_bytes(encoder: &[u8], linear: &[u8]) -> Result<Self, ModelError> {
        let linear = Linear::from_bytes(linear).map_err(ModelError::Linear)?;
        let encoder = Encoder::from_bytes(encoder)?;
        if encoder.data != linear.data() {
            return Err(ModelError::Linear("it was trained on other mails than the encoder".to_owned()));
        }
        let name = format!("minilm-{}", encoder.data.get(..8).unwrap_or("unknown"));
        Ok(Self { encoder, linear, name })
    }

    /// The linear reader's file: trained on these mails, and joined with an encoder (GGUF) that was trained on the same,
    /// which the caller has to see to. The same mails in the same order give the same file.
    pub fn train(encoder: &[u8], mails: &[LabelledMail]) -> Result<Vec<u8>, ModelError> {
        let encoder = Encoder::from_bytes(encoder)?;
        let data = encoder.data.clone();
        Ok(Linear::train(data, mails, |mail| {
            encoder.read(&mail.subject, &mail.text, &sentences(&mail.text)).scores
        })
        .to_bytes())
    }

    /// The model's name: it ends with the first digits of the SHA-256 of the files of labelled mails.
    pub fn name(&self) -> &str {
        &self.name
    }

    fn answer<'a>(&self, subject: &str, text: &'a str) -> Answer<'a> {
        let (subject, text) = (beginning(subject), beginning(text));
        let sentences = sentences(text);
        let read = self.encoder.read(subject, text, &sentences);
        let joined = self.linear.read(subject, text, &sentences, &read.scores);
        let mut answer =
            Answer { logits: joined.logits, evidence: Vec::new(), words: Vec::new(), vector: Vec::new() };
        for (question, (looks, says)) in read.looks.iter().zip(&joined.sentences).enumerate() {
            // Where the encoder looked, and what the words of the sentence say by themselves, count alike.
            let weights = looks.iter().zip(says).map(|(look, says)| look + probability(*says)).enumerate();
            let best = weights.max_by(|a, b| a.1.total_cmp(&b.1)).map(|(at, _)| sentences[at]);
            answer.words.push(best.map_or_else(Vec::new, |best| read.words(question, text, best)));
            answer.evidence.push(best.unwrap_or_default());
        }
        answer.vector = read.vector;
        answer
    }

    /// What a client says with this subject and this newly written text. Total: every text has an answer. Of a text
    /// longer than 20,000 characters the beginning is read.
    pub fn classify(&self, subject: &str, text: &str) -> Classification {
        let answer = self.answer(subject, text);
        let mut findings: Vec<Finding> = Kind::ALL
            .into_iter()
            .enumerate()
            .map(|(head, kind)| Finding {
                kind,
                probability: probability(answer.logits[head]),
                evidence: shown(answer.evidence[head]),
                words: answer.words[head].clone(),
            })
            .collect();
        findings.sort_by(|a, b| b.probability.total_cmp(&a.probability));
        let trace =
            Trace { logits: std::array::from_fn(|head| answer.logits[head]), vector: answer.vector.clone() };
        Classification { findings, severity: severity(&answer), model: self.name().to_owned(), trace }
    }

    /// What an owner says to a client or a colleague: every staff label, the most probable first.
    pub fn classify_staff(&self, subject: &str, text: &str) -> Vec<StaffFinding> {
        let answer = self.answer(subject, text);
        let finding = |(head, label): (usize, StaffLabel)| StaffFinding {
            label,
            probability: probability(answer.logits[head]),
            evidence: shown(answer.evidence[head]),
        };
        let mut findings: Vec<_> = (STAFF..).zip(StaffLabel::ALL).map(finding).collect();
        findings.sort_by(|a, b| b.probability.total_cmp(&a.probability));
        findings
    }
}

/// The severity of a complaint: 0 where there is none.
fn severity(answer: &Answer<'_>) -> u8 {
    let yes = |head: usize| answer.logits[head] >= 0.0;
    match (yes(0), yes(CLEAR), yes(SEVERE)) {
        (false, ..) => 0,
        (true, false, false) => 1,
        (true, true, false) => 2,
        (true, _, true) => 3,
    }
}
