//! Labelled mails -> the linear reader, and its joint with an encoder.

use sha2::{Digest, Sha256};

use super::features::{BUCKETS, Vector};
use super::logistic::{self, Example};
use super::table::Table;
use super::{Head, Inputs, Joint, Judged, Linear, Prepared, Weights};
use crate::classify::labelled::LabelledMail;
use crate::classify::question;
use crate::classify::sentences::sentences;

/// One client in so many was never seen by the encoder, nor is by the weights: its mails join both. The same as in
/// training/train.py.
const HELD_BACK: u32 = 12;
/// The cost of misjudging a mail or a sentence without the label; found by cross-validation.
const MAIL_COST: f64 = 16.0;
const SENTENCE_COST: f64 = 16.0;
/// How much more it costs to misjudge one with the label, as a power of their rarity (0 not at all, 1 to balance).
const BALANCE: f64 = 1.0;
/// The ridge of the joint of composed mails, and of the one that is drawn towards real ones.
const RIDGE: f64 = 1.0;
const DRAWN: f64 = 1.0;
/// Where the joint begins: all scores count alike.
const ALIKE: Weights = [0.25, 0.25, 0.25, 0.25, 0.0];

/// A labelled mail ready for training.
struct Ready<'a> {
    mail: &'a LabelledMail,
    prepared: Prepared,
    /// Each sentence as it stands in the text.
    sentences: Vec<&'a str>,
}

impl Linear {
    /// A reader made of these mails but for those held back, not yet joined with an encoder. `data` names the mails. The
    /// same mails in the same order give the same reader.
    pub(in crate::classify) fn train(data: String, mails: &[LabelledMail]) -> Self {
        let ready: Vec<Ready<'_>> = mails
            .iter()
            .filter(|mail| !is_held_back(mail))
            .map(|mail| {
                let sentences = sentences(&mail.text);
                Ready { mail, prepared: Prepared::of(&mail.subject, &mail.text, &sentences), sentences }
            })
            .collect();
        Self { data, mails: mails.len(), heads: heads(&ready) }
    }

    /// Joins it with the encoder that gave these scores to mails that neither saw.
    pub(in crate::classify) fn join(&mut self, judged: &[Judged]) {
        for (question, head) in self.heads.iter_mut().enumerate() {
            let before = fitted(question, judged, &ALIKE, RIDGE);
            head.joint = Joint { before, weights: before };
        }
    }

    /// Draws the joint towards these mails, from where the composed ones have it.
    pub(in crate::classify) fn draw(&mut self, judged: &[Judged]) {
        for (question, head) in self.heads.iter_mut().enumerate() {
            head.joint.weights = fitted(question, judged, &head.joint.before, DRAWN);
        }
    }
}

/// The joint of a question by these mails; `before` where none bears the label.
fn fitted(question: usize, judged: &[Judged], before: &Weights, ridge: f64) -> Weights {
    let asked = judged.iter().filter_map(|mail| Some((mail.inputs[question], mail.answers[question]?)));
    let (rows, answers): (Vec<Inputs>, Vec<bool>) = asked.unzip();
    if !answers.contains(&true) {
        return *before;
    }
    logistic::calibrate(&rows, &answers, before, ridge).try_into().unwrap_or(*before)
}

/// Whether a mail is kept for the joint: by its client, whose mails stay together.
pub(in crate::classify) fn is_held_back(mail: &LabelledMail) -> bool {
    part(mail, HELD_BACK) == 0
}

/// Which of so many parts a client's mails belong to.
pub(in crate::classify) fn part(mail: &LabelledMail, parts: u32) -> u32 {
    let digest = Sha256::digest(mail.client.as_bytes());
    u32::from_be_bytes([digest[0], digest[1], digest[2], digest[3]]) % parts
}

/// The weights of all heads, the joint still empty.
fn heads(ready: &[Ready<'_>]) -> Vec<Head> {
    std::thread::scope(|scope| {
        let halves: Vec<_> = [0, 1]
            .map(|half| {
                let questions = (0..question::COUNT).filter(move |question| question % 2 == half);
                scope.spawn(move || {
                    questions.map(|question| (question, head(question, ready))).collect::<Vec<_>>()
                })
            })
            .into_iter()
            .flat_map(|thread| thread.join().expect("training does not panic"))
            .collect();
        let mut all = halves;
        all.sort_by_key(|(question, _)| *question);
        all.into_iter().map(|(_, head)| head).collect()
    })
}

fn head(question: usize, ready: &[Ready<'_>]) -> Head {
    let mut mails: Vec<(&Vector, bool)> = Vec::new();
    let mut sentences: Vec<(&Vector, bool)> = Vec::new();
    for ready in ready {
        let Some(positive) = question::answer(question, ready.mail) else { continue };
        mails.push((&ready.prepared.mail, positive));
        let evidence = ready.mail.evidence.get(question::shown_by(question));
        for (sentence, vector) in ready.sentences.iter().zip(&ready.prepared.sentences) {
            let shows = evidence.is_some_and(|words| overlap(sentence, words));
            sentences.push((vector, positive && shows));
        }
    }
    Head {
        mail: Table::Found(logistic::train(&examples(&mails, MAIL_COST), BUCKETS)),
        sentence: Table::Found(logistic::train(&examples(&sentences, SENTENCE_COST), BUCKETS)),
        joint: Joint::default(),
    }
}

fn examples<'a>(judged: &[(&'a Vector, bool)], cost: f64) -> Vec<Example<'a>> {
    #[allow(clippy::cast_precision_loss)]
    let (positives, all) =
        (judged.iter().filter(|(_, positive)| *positive).count() as f64, judged.len() as f64);
    let rarity = ((all - positives) / positives.max(1.0)).powf(BALANCE);
    judged
        .iter()
        .map(|&(vector, positive)| Example {
            vector,
            positive,
            cost: if positive { cost * rarity } else { cost },
        })
        .collect()
}

/// Whether a sentence and the marked words are about the same place of the text.
fn overlap(sentence: &str, words: &str) -> bool {
    let spaced = |text: &str| text.split_whitespace().collect::<Vec<_>>().join(" ").to_lowercase();
    let (sentence, words) = (spaced(sentence), spaced(words));
    sentence.contains(words.trim_end_matches(['.', '!', '?']))
        || (sentence.len() > 12 && words.contains(&sentence))
}
