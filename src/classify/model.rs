//! The model: weights for each label, how they are joined to a probability, and the file in which they lie.

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use thiserror::Error;

use super::features::BUCKETS;

/// The first bytes of a model's file.
const MARK: &[u8; 8] = b"pdlinear";
/// The version of features and file: a file of another one was made for another program.
const VERSION: u32 = 1;
/// The bytes of the checksum at the end (SHA-256).
const CHECKSUM: usize = 32;

/// One yes-or-no question to a mail: a label, or how severe a complaint is.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Head {
    /// The weight of each bucket in a whole mail.
    pub(super) mail: Vec<f32>,
    /// The weight of each bucket in a sentence.
    pub(super) sentence: Vec<f32>,
    /// What joins the scores of all heads to this one's probability; the last is the bias.
    pub(super) joint: Vec<f64>,
}

/// All that training finds.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Model {
    /// Of which mails it was made: the SHA-256 of the labelled mails, in hexadecimal digits.
    pub(super) data: String,
    /// How many mails.
    pub(super) mails: usize,
    /// The labels in the order of `Kind::ALL`, then "severity at least 2", "severity at least 3".
    pub(super) heads: Vec<Head>,
}

/// Why a file is no model.
#[derive(Debug, Error, PartialEq, Eq)]
pub enum ModelError {
    /// The file is something else.
    #[error("expected a Pairdesk model, which begins with \"pdlinear\"; make one with `pairdesk train`")]
    NoModel,
    /// The file was made for another program version.
    #[error(
        "the model has format {found}, this program reads format {VERSION}; make it anew with `pairdesk train`"
    )]
    Version {
        /// The format's number in the file.
        found: u32,
    },
    /// The file was cut or changed.
    #[error("the model's file is damaged ({what}); copy it again, or make it anew with `pairdesk train`")]
    Damaged {
        /// What does not fit.
        what: String,
    },
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
    joint: Vec<f64>,
}

impl Model {
    /// Mark, format, length of the header, header (JSON), weights as multiples of each head's step (i16, little end
    /// first), SHA-256 of all before.
    pub(super) fn to_bytes(&self) -> Vec<u8> {
        let heads: Vec<HeadHeader> = self
            .heads
            .iter()
            .map(|head| HeadHeader {
                mail_step: step(&head.mail),
                sentence_step: step(&head.sentence),
                joint: head.joint.clone(),
            })
            .collect();
        let mut weights = Vec::new();
        for (head, steps) in self.heads.iter().zip(&heads) {
            write(&mut weights, &head.mail, steps.mail_step);
            write(&mut weights, &head.sentence, steps.sentence_step);
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

    pub(super) fn from_bytes(bytes: &[u8]) -> Result<Self, ModelError> {
        let damaged = |what: &str| ModelError::Damaged { what: what.to_owned() };
        let rest = bytes.strip_prefix(MARK).ok_or(ModelError::NoModel)?;
        let (version, rest) = rest.split_first_chunk().ok_or_else(|| damaged("it ends after its mark"))?;
        let found = u32::from_le_bytes(*version);
        if found != VERSION {
            return Err(ModelError::Version { found });
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
        let fits = header.buckets == BUCKETS
            && heads == super::HEADS
            && weights.len() == heads * 2 * BUCKETS * 2
            && header.heads.iter().all(|head| head.joint.len() == super::INPUTS + 1);
        if !fits {
            return Err(damaged("its header does not fit its weights"));
        }
        let mut tables = weights.chunks_exact(BUCKETS * 2);
        let mut table = |step: f32| -> Vec<f32> {
            let bytes = tables.next().unwrap_or_default();
            bytes
                .chunks_exact(2)
                .map(|pair| f32::from(i16::from_le_bytes([pair[0], pair[1]])) * step)
                .collect()
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

/// The step with which the largest weight still fits.
fn step(weights: &[f32]) -> f32 {
    weights.iter().fold(f32::MIN_POSITIVE, |largest, weight| largest.max(weight.abs())) / f32::from(i16::MAX)
}

fn write(bytes: &mut Vec<u8>, weights: &[f32], step: f32) {
    for weight in weights {
        #[allow(clippy::cast_possible_truncation)]
        let multiple = (weight / step).round() as i16;
        bytes.extend(multiple.to_le_bytes());
    }
}
