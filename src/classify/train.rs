//! Labelled mails -> a model.

use sha2::{Digest, Sha256};

use crate::case::Kind;

use super::features::{BUCKETS, Vector};
use super::labelled::LabelledMail;
use super::logistic::{self, Example};
use super::model::{Head, Model};
use super::score::{self, Prepared};
use super::{HEADS, INPUTS};

/// Into how many parts the mails are split to find scores of mails that the weights did not see.
const FOLDS: u64 = 5;
/// The cost of misjudging a mail or a sentence without the label; found by cross-validation.
const MAIL_COST: f64 = 16.0;
const SENTENCE_COST: f64 = 16.0;
/// How much more it costs to misjudge one with the label, as a power of their rarity (0 not at all, 1 to balance).
const BALANCE: f64 = 1.0;
/// The ridge of the joint.
const RIDGE: f64 = 5.0;

/// A labelled mail ready for training.
struct Ready<'a> {
    mail: &'a LabelledMail,
    prepared: Prepared<'a>,
    fold: u64,
}

/// A model of these mails. The same mails in the same order give the same model.
pub(super) fn train(mails: &[LabelledMail]) -> Model {
    let ready: Vec<Ready<'_>> = mails
        .iter()
        .map(|mail| Ready {
            mail,
            prepared: score::prepare(&mail.subject, &mail.text),
            fold: fold(&mail.client, FOLDS),
        })
        .collect();
    let mut inputs: Vec<(Vec<f64>, &LabelledMail)> = Vec::new();
    for held_out in 0..FOLDS {
        let seen: Vec<&Ready<'_>> = ready.iter().filter(|ready| ready.fold != held_out).collect();
        let heads = heads(&seen);
        for unseen in ready.iter().filter(|ready| ready.fold == held_out) {
            inputs.push((score::scores(&heads, &unseen.prepared).inputs(), unseen.mail));
        }
    }
    let mut heads = heads(&ready.iter().collect::<Vec<_>>());
    for (index, head) in heads.iter_mut().enumerate() {
        head.joint = joint(index, &inputs);
    }
    Model { data: digest(mails), mails: mails.len(), heads }
}

/// Which part a client's mails belong to.
pub(super) fn fold(client: &str, folds: u64) -> u64 {
    let digest = Sha256::digest(client.as_bytes());
    u64::from(u32::from_le_bytes([digest[0], digest[1], digest[2], digest[3]])) % folds
}

/// The SHA-256 of everything of the mails that training looks at.
pub(super) fn digest(mails: &[LabelledMail]) -> String {
    let mut hash = Sha256::new();
    for mail in mails {
        hash.update(format!("{mail:?}\n"));
    }
    format!("{:x}", hash.finalize())
}

/// Whether a mail belongs to a head's positives; none where the head does not look at it.
fn answer(head: usize, mail: &LabelledMail) -> Option<bool> {
    match Kind::ALL.get(head) {
        Some(kind) => Some(mail.labels.contains(kind)),
        None if mail.severity == 0 => None,
        None => Some(usize::from(mail.severity) >= head - Kind::ALL.len() + 2),
    }
}

/// The weights of all heads, the joint still empty.
fn heads(ready: &[&Ready<'_>]) -> Vec<Head> {
    std::thread::scope(|scope| {
        let halves: Vec<_> = [0, 1]
            .map(|half| {
                let heads = (0..HEADS).filter(move |head| head % 2 == half);
                scope.spawn(move || heads.map(|index| (index, head(index, ready))).collect::<Vec<_>>())
            })
            .into_iter()
            .flat_map(|thread| thread.join().expect("training does not panic"))
            .collect();
        let mut all = halves;
        all.sort_by_key(|(index, _)| *index);
        all.into_iter().map(|(_, head)| head).collect()
    })
}

fn head(index: usize, ready: &[&Ready<'_>]) -> Head {
    let kind = Kind::ALL.get(index).copied().unwrap_or(Kind::Complaint);
    let mut mails: Vec<(&Vector, bool)> = Vec::new();
    let mut sentences: Vec<(&Vector, bool)> = Vec::new();
    for ready in ready {
        let Some(positive) = answer(index, ready.mail) else { continue };
        mails.push((&ready.prepared.mail, positive));
        let evidence = ready.mail.evidence.get(&kind);
        for (sentence, vector) in &ready.prepared.sentences {
            let shows = evidence.is_some_and(|words| overlap(sentence, words));
            sentences.push((vector, positive && shows));
        }
    }
    Head {
        mail: logistic::train(&examples(&mails, MAIL_COST), BUCKETS),
        sentence: logistic::train(&examples(&sentences, SENTENCE_COST), BUCKETS),
        joint: Vec::new(),
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

/// What joins the scores of unseen mails to this head's probability.
fn joint(head: usize, inputs: &[(Vec<f64>, &LabelledMail)]) -> Vec<f64> {
    let (rows, positives): (Vec<Vec<f64>>, Vec<bool>) = inputs
        .iter()
        .filter_map(|(row, mail)| answer(head, mail).map(|positive| (row.clone(), positive)))
        .unzip();
    if rows.is_empty() {
        let mut certain_no = vec![0.0; INPUTS + 1];
        certain_no[INPUTS] = -5.0;
        return certain_no;
    }
    logistic::calibrate(&rows, &positives, RIDGE)
}
