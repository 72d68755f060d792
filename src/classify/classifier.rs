//! The classifier: the model that is part of the program, and how its answers become a classification.

use std::sync::LazyLock;

use crate::case::Kind;

use super::encoder::{self, Encoder};
use super::labelled::LabelledMail;
use super::linear::{self, Inputs, Judged, Linear, is_held_back, part, probability};
use super::question::{self, CLEAR, SEVERE, STAFF};
use super::sentences::{beginning, sentences, shown};
use super::{Bytes, Classification, Finding, ModelError, StaffFinding, StaffLabel, Trace};

static BUILT_IN: LazyLock<Classifier> = LazyLock::new(|| {
    let encoder: &[u8] = include_bytes!("../../models/encoder.gguf");
    let linear: &[u8] = include_bytes!("../../models/linear.bin");
    // Nothing of them is copied: they are part of the program.
    let shipped = |bytes: &'static [u8]| Bytes::new(bytes.into());
    Classifier::of(&shipped(encoder), &shipped(linear))
        .expect("the shipped models are whole: a test reads them")
});

/// Two trained models, ready to classify.
#[derive(Debug, Clone)]
pub struct Classifier {
    encoder: Encoder,
    linear: Linear,
    name: String,
}

/// What both models say to a text.
struct Reading<'a> {
    sentences: Vec<&'a str>,
    encoder: encoder::Answer,
    linear: linear::Answer,
}

/// What follows from what they say, one entry a question.
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
        Self::of(&Bytes::new(encoder.to_vec().into()), &Bytes::new(linear.to_vec().into()))
    }

    fn of(encoder: &Bytes, linear: &Bytes) -> Result<Self, ModelError> {
        let linear = Linear::from_bytes(linear).map_err(ModelError::Linear)?;
        let encoder = Encoder::from_bytes(encoder)?;
        if encoder.data != linear.data() {
            return Err(ModelError::Linear("it was trained on other mails than the encoder".to_owned()));
        }
        let name = format!("minilm-{}", encoder.data.get(..8).unwrap_or("unknown"));
        Ok(Self { encoder, linear, name })
    }

    /// The linear reader's file: trained on `mails`, joined with an encoder (GGUF) that was trained on the same, which the
    /// caller has to see to, and drawn towards `real` mails, which neither was trained on. The same mails in the same
    /// order give the same file.
    pub fn train(
        encoder: &[u8],
        mails: &[LabelledMail],
        real: &[LabelledMail],
    ) -> Result<Vec<u8>, ModelError> {
        let encoder = Encoder::from_bytes(&Bytes::new(encoder.to_vec().into()))?;
        let mut linear = Linear::train(encoder.data.clone(), mails);
        let held_back = mails.iter().filter(|mail| is_held_back(mail));
        let composed: Vec<Judged> = held_back.map(|mail| judged(&encoder, &linear, mail)).collect();
        linear.join(&composed);
        let real: Vec<Judged> = real.iter().map(|mail| judged(&encoder, &linear, mail)).collect();
        linear.draw(&real);
        Ok(linear.to_bytes())
    }

    /// For each of so many parts of these mails, a classifier whose joint was drawn towards the other parts only, and the
    /// mails of that part.
    pub(super) fn parted<'m>(
        &self,
        mails: &'m [LabelledMail],
        parts: u32,
    ) -> Vec<(Self, Vec<&'m LabelledMail>)> {
        let all: Vec<Judged> = mails.iter().map(|mail| judged(&self.encoder, &self.linear, mail)).collect();
        let apart = |at| {
            let others = mails.iter().zip(&all).filter(|(mail, _)| part(mail, parts) != at);
            let others: Vec<Judged> = others.map(|(_, judged)| judged.clone()).collect();
            let mut classifier = self.clone();
            classifier.linear.draw(&others);
            (classifier, mails.iter().filter(|mail| part(mail, parts) == at).collect())
        };
        (0..parts).map(apart).collect()
    }

    /// The model's name: it ends with the first digits of the SHA-256 of the files of labelled mails.
    pub fn name(&self) -> &str {
        &self.name
    }

    fn answer<'a>(&self, subject: &str, text: &'a str) -> Answer<'a> {
        let Reading { sentences, encoder, linear } = read(&self.encoder, &self.linear, subject, text);
        let logits = self.linear.joined(&inputs(&encoder, &linear));
        let mut answer = Answer { logits, evidence: Vec::new(), words: Vec::new(), vector: Vec::new() };
        for (question, (looks, says)) in encoder.looks.iter().zip(&linear.sentences).enumerate() {
            // Where the encoder looked, and what the words of the sentence say by themselves, count alike.
            let weights = looks.iter().zip(says).map(|(look, says)| look + probability(*says)).enumerate();
            let best = weights.max_by(|a, b| a.1.total_cmp(&b.1)).map(|(at, _)| sentences[at]);
            answer.words.push(best.map_or_else(Vec::new, |best| encoder.words(question, text, best)));
            answer.evidence.push(best.unwrap_or_default());
        }
        answer.vector = encoder.vector;
        answer
    }

    /// What a client says with this subject and this newly written text. Total: every text has an answer. Of a text
    /// longer than 20,000 characters the beginning is read.
    pub fn classify(&self, subject: &str, text: &str) -> Classification {
        let Answer { logits, evidence, words, vector } = self.answer(subject, text);
        let said = Kind::ALL.into_iter().zip(&logits).zip(evidence).zip(words);
        let mut findings: Vec<Finding> = said
            .map(|(((kind, logit), evidence), words)| Finding {
                kind,
                probability: probability(*logit),
                evidence: shown(evidence),
                words,
            })
            .collect();
        findings.sort_by(|a, b| b.probability.total_cmp(&a.probability));
        let trace = Trace { logits: std::array::from_fn(|head| logits[head]), vector };
        Classification { findings, severity: severity(&logits), model: self.name().to_owned(), trace }
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

/// Lets both models read a text. The encoder reads long ones where the linear reader finds most.
fn read<'a>(encoder: &Encoder, linear: &Linear, subject: &str, text: &'a str) -> Reading<'a> {
    let (subject, text) = (beginning(subject), beginning(text));
    let sentences = sentences(text);
    let linear = linear.read(subject, text, &sentences);
    let worth = |at| linear.sentences.iter().map(|says: &Vec<f64>| says[at]).fold(f64::MIN, f64::max);
    let worth: Vec<f64> = (0..sentences.len()).map(worth).collect();
    Reading { encoder: encoder.read(subject, text, &sentences, &worth), linear, sentences }
}

/// The scores that are joined, one entry a question.
fn inputs(encoder: &encoder::Answer, linear: &linear::Answer) -> Vec<Inputs> {
    let both = encoder.scores.iter().zip(&encoder.near).zip(&linear.scores);
    both.map(|((whole, near), [mail, sentence])| [*whole, *near, *mail, *sentence]).collect()
}

fn judged(encoder: &Encoder, linear: &Linear, mail: &LabelledMail) -> Judged {
    let reading = read(encoder, linear, &mail.subject, &mail.text);
    Judged {
        inputs: inputs(&reading.encoder, &reading.linear),
        answers: (0..question::COUNT).map(|question| question::answer(question, mail)).collect(),
    }
}

/// The severity of a complaint: 0 where there is none.
fn severity(logits: &[f64]) -> u8 {
    let yes = |head: usize| logits[head] >= 0.0;
    match (yes(0), yes(CLEAR), yes(SEVERE)) {
        (false, ..) => 0,
        (true, false, false) => 1,
        (true, true, false) => 2,
        (true, _, true) => 3,
    }
}
