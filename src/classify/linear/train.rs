//! Labelled mails -> the linear reader, and its joint with an encoder.

use sha2::{Digest, Sha256};

use super::features::{BUCKETS, Vector};
use super::logistic::{self, Example};
use super::{Head, INPUTS, Linear, Prepared};
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
/// The ridge of the joint.
const RIDGE: f64 = 1.0;

/// A labelled mail ready for training.
struct Ready<'a> {
    mail: &'a LabelledMail,
    prepared: Prepared,
    /// Each sentence as it stands in the text.
    sentences: Vec<&'a str>,
}

impl Linear {
    /// A reader made of these mails, joined with an encoder that gives such scores to the mails held back. `data` names
    /// the mails. The same mails in the same order give the same reader.
    pub(in crate::classify) fn train(
        data: String,
        mails: &[LabelledMail],
        encoder: impl Fn(&LabelledMail) -> Vec<f64>,
    ) -> Self {
        let (held_back, seen): (Vec<_>, Vec<_>) = mails.iter().partition(|mail| is_held_back(&mail.client));
        let seen: Vec<Ready<'_>> = seen
            .iter()
            .map(|mail| {
                let sentences = sentences(&mail.text);
                Ready { mail, prepared: Prepared::of(&mail.subject, &mail.text, &sentences), sentences }
            })
            .collect();
        let mut heads = heads(&seen);
        let judged: Vec<(Prepared, Vec<f64>)> = held_back
            .iter()
            .map(|mail| (Prepared::of(&mail.subject, &mail.text, &sentences(&mail.text)), encoder(mail)))
            .collect();
        for (question, head) in heads.iter_mut().enumerate() {
            let (mut rows, mut answers) = (Vec::new(), Vec::new());
            for (mail, (prepared, encoder)) in held_back.iter().zip(&judged) {
                if let Some(answer) = question::answer(question, mail) {
                    let [whole, sentence] = prepared.scores(head);
                    rows.push(vec![encoder[question], whole, sentence]);
                    answers.push(answer);
                }
            }
            // With nothing held back the three count alike.
            head.joint = match <[f64; INPUTS + 1]>::try_from(logistic::calibrate(&rows, &answers, RIDGE)) {
                Ok(joint) if !rows.is_empty() => joint,
                _ => [1.0, 1.0, 1.0, 0.0],
            };
        }
        Self { data, mails: mails.len(), heads }
    }
}

/// Whether a client's mails are kept for the joint.
fn is_held_back(client: &str) -> bool {
    let digest = Sha256::digest(client.as_bytes());
    u32::from_be_bytes([digest[0], digest[1], digest[2], digest[3]]).is_multiple_of(HELD_BACK)
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
        mail: logistic::train(&examples(&mails, MAIL_COST), BUCKETS),
        sentence: logistic::train(&examples(&sentences, SENTENCE_COST), BUCKETS),
        joint: [0.0; INPUTS + 1],
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
