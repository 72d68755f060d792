//! The linear reader: weights for words, parts of words and concepts, of the whole mail and of its sentences; how they are
//! joined with the encoder's answers to a probability; and the file in which they lie.

mod concepts;
mod features;
mod logistic;
mod mask;
mod table;
mod train;

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use self::features::{BUCKETS, Vector};
use self::table::Table;
use super::{Bytes, question};

pub use logistic::probability;
pub(super) use train::{is_held_back, part};

/// The first bytes of a model's file.
const MARK: &[u8; 8] = b"pdlinear";
/// The version of features and file: a file of another one was made for another program.
const VERSION: u32 = 3;
/// The bytes of the checksum at the end (SHA-256).
const CHECKSUM: usize = 32;

/// One yes-or-no question to a mail: a label, or how severe a complaint is.
#[derive(Debug, Clone)]
struct Head {
    /// The weight of each bucket in a whole mail.
    mail: Table,
    /// The weight of each bucket in a sentence.
    sentence: Table,
    joint: Joint,
}

/// The weights of the [`Inputs`], and the bias: their sum is the log-odds.
type Weights = [f64; INPUTS + 1];

/// How the scores of a question become a probability.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize)]
struct Joint {
    /// As composed mails of clients have it that no reader saw.
    before: Weights,
    /// Drawn towards mails as they really come.
    weights: Weights,
}

/// All that training finds.
#[derive(Debug, Clone)]
pub(super) struct Linear {
    /// Of which mails it was made: the SHA-256 of their files, in hexadecimal digits.
    data: String,
    /// How many mails.
    mails: usize,
    /// One a question, in their order.
    heads: Vec<Head>,
}

/// How many scores are joined to a probability.
const INPUTS: usize = 4;

/// The scores of one question: the encoder's of the whole and of the two sentences beside each other that speak most for it,
/// then this reader's of the whole and of the best sentence.
pub(super) type Inputs = [f64; INPUTS];

/// A mail's scores and right answers, one entry a question: what joints are made of.
#[derive(Debug, Clone)]
pub(super) struct Judged {
    pub(super) inputs: Vec<Inputs>,
    /// None where the question is not put to such mail.
    pub(super) answers: Vec<Option<bool>>,
}

#[derive(Serialize, Deserialize)]
struct Header {
    data: String,
    mails: usize,
    buckets: usize,
    heads: Vec<HeadHeader>,
}

#[derive(Serialize, Deserialize)]
struct HeadHeader {
    mail_step: f32,
    sentence_step: f32,
    joint: Joint,
}

impl Linear {
    /// Mark, format, length of the header, header (JSON), weights as multiples of each head's step (i16, little end
    /// first), SHA-256 of all before.
    pub(super) fn to_bytes(&self) -> Vec<u8> {
        let heads: Vec<HeadHeader> = self
            .heads
            .iter()
            .map(|head| HeadHeader {
                mail_step: head.mail.step(),
                sentence_step: head.sentence.step(),
                joint: head.joint,
            })
            .collect();
        let mut weights = Vec::new();
        for head in &self.heads {
            head.mail.write(&mut weights);
            head.sentence.write(&mut weights);
        }
        let header = Header { data: self.data.clone(), mails: self.mails, buckets: BUCKETS, heads };
        let header = serde_json::to_vec(&header).expect("numbers and text are always JSON");
        let length = u32::try_from(header.len()).expect("a header is a few thousand bytes");
        let mut bytes = MARK.to_vec();
        bytes.extend(VERSION.to_le_bytes());
        bytes.extend(length.to_le_bytes());
        bytes.extend(header);
        bytes.extend(weights);
        let checksum = Sha256::digest(&bytes);
        bytes.extend(checksum);
        bytes
    }

    pub(super) fn from_bytes(bytes: &Bytes) -> Result<Self, String> {
        let damaged = |what: &str| format!("it is damaged: {what}");
        let rest = bytes.strip_prefix(MARK).ok_or("it does not begin with \"pdlinear\"")?;
        let (version, rest) = rest.split_first_chunk().ok_or_else(|| damaged("it ends after its mark"))?;
        let found = u32::from_le_bytes(*version);
        if found != VERSION {
            return Err(format!("it has format {found}, this program reads format {VERSION}"));
        }
        let (body, checksum) = rest
            .split_at_checked(rest.len().saturating_sub(CHECKSUM))
            .ok_or_else(|| damaged("it is too short"))?;
        if Sha256::digest(&bytes[..bytes.len() - checksum.len()])[..] != *checksum {
            return Err(damaged("its checksum is another one"));
        }
        let (length, body) = body.split_first_chunk().ok_or_else(|| damaged("it ends before its header"))?;
        let (header, weights) = body
            .split_at_checked(u32::from_le_bytes(*length) as usize)
            .ok_or_else(|| damaged("it ends within its header"))?;
        let header: Header =
            serde_json::from_slice(header).map_err(|error| damaged(&format!("its header: {error}")))?;
        let heads = header.heads.len();
        let fits =
            header.buckets == BUCKETS && heads == question::COUNT && weights.len() == heads * 2 * BUCKETS * 2;
        if !fits {
            return Err(damaged("its header does not fit its weights"));
        }
        let mut from = bytes.len() - CHECKSUM - weights.len();
        let mut table = |step: f32| {
            let table = Table::of_file(bytes.clone(), from, step);
            from += BUCKETS * 2;
            table
        };
        let heads = header
            .heads
            .into_iter()
            .map(|head| Head {
                mail: table(head.mail_step),
                sentence: table(head.sentence_step),
                joint: head.joint,
            })
            .collect();
        Ok(Self { data: header.data, mails: header.mails, heads })
    }
}

/// What the linear reader says to a text, one entry a question.
#[derive(Debug, Clone)]
pub(super) struct Answer {
    /// Of the whole, and of the sentence that speaks most for it.
    pub(super) scores: Vec<[f64; 2]>,
    /// Of each sentence.
    pub(super) sentences: Vec<Vec<f64>>,
}

/// A text ready to be scored.
struct Prepared {
    mail: Vector,
    sentences: Vec<Vector>,
}

impl Prepared {
    fn of(subject: &str, text: &str, sentences: &[&str]) -> Self {
        let sentences = sentences.iter().map(|sentence| features::of_sentence(sentence)).collect();
        Self { mail: features::of_mail(subject, text), sentences }
    }

    /// What a head says to each sentence.
    fn each(&self, head: &Head) -> Vec<f64> {
        self.sentences.iter().map(|vector| head.sentence.dot(vector)).collect()
    }

    /// What a head says to the mail, and to the sentence that speaks most for it.
    fn scores(&self, head: &Head) -> [f64; 2] {
        let best = self.each(head).into_iter().reduce(f64::max);
        [head.mail.dot(&self.mail), best.unwrap_or_else(|| head.sentence.dot(&features::of_sentence("")))]
    }
}

impl Linear {
    /// What it says of a text with these sentences.
    pub(super) fn read(&self, subject: &str, text: &str, sentences: &[&str]) -> Answer {
        let prepared = Prepared::of(subject, text, sentences);
        Answer {
            scores: self.heads.iter().map(|head| prepared.scores(head)).collect(),
            sentences: self.heads.iter().map(|head| prepared.each(head)).collect(),
        }
    }

    /// The log-odds of each question.
    pub(super) fn joined(&self, inputs: &[Inputs]) -> Vec<f64> {
        let sum = |(head, inputs): (&Head, &Inputs)| {
            inputs.iter().chain([&1.0]).zip(&head.joint.weights).map(|(input, weight)| input * weight).sum()
        };
        self.heads.iter().zip(inputs).map(sum).collect()
    }

    /// Which mails it was made of.
    pub(super) fn data(&self) -> &str {
        &self.data
    }
}
