//! A text as a sparse vector: hashed words, pairs of words, parts of words, and concepts.

use super::concepts;
use super::mask::{Token, tokens};

/// How many buckets the features are hashed into.
pub(super) const BUCKETS: usize = 1 << 17;

/// A sparse vector, by rising bucket, no bucket twice.
#[derive(Debug, Clone, Default)]
pub(super) struct Vector {
    pub(super) entries: Vec<(u32, f32)>,
}

impl Vector {
    pub(super) fn dot(&self, weights: &[f32]) -> f64 {
        self.entries.iter().map(|&(bucket, value)| f64::from(weights[bucket as usize] * value)).sum()
    }

    pub(super) fn dot_self(&self) -> f64 {
        self.entries.iter().map(|&(_, value)| f64::from(value * value)).sum()
    }
}

/// The groups of features: each is scaled to its own length, so that none drowns another.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Group {
    Words,
    Parts,
    Subject,
    Concepts,
}

impl Group {
    const ALL: [Self; 4] = [Self::Words, Self::Parts, Self::Subject, Self::Concepts];

    /// How much the group counts beside the others; found by cross-validation.
    fn share(self) -> f32 {
        match self {
            Self::Words => 1.2,
            Self::Parts => 1.2,
            Self::Subject => 0.6,
            Self::Concepts => 0.6,
        }
    }
}

/// One feature of a text, hashed.
struct Feature {
    group: Group,
    hash: u64,
}

/// The vector of a mail: its subject and its text.
pub(super) fn of_mail(subject: &str, text: &str) -> Vector {
    let mut features = of_tokens(&tokens(text));
    features.extend(of_subject(subject));
    vector(&features)
}

/// The vector of one sentence.
pub(super) fn of_sentence(sentence: &str) -> Vector {
    vector(&of_tokens(&tokens(sentence)))
}

fn of_subject(subject: &str) -> Vec<Feature> {
    let words: Vec<String> = tokens(subject).into_iter().map(|token| token.masked).collect();
    let feature = |name: String| Feature { group: Group::Subject, hash: hash(b"s", &name) };
    words.iter().cloned().chain(words.windows(2).map(|pair| pair.join(" "))).map(feature).collect()
}

fn of_tokens(tokens: &[Token]) -> Vec<Feature> {
    let mut found = Vec::new();
    let mut add = |group, hash| found.push(Feature { group, hash });
    for token in tokens {
        add(Group::Words, hash(b"w", &token.masked));
    }
    for pair in tokens.windows(2) {
        add(Group::Words, hash(b"w", &joined(pair)));
    }
    for token in tokens.iter().filter(|token| token.masked.chars().any(char::is_alphabetic)) {
        let word = format!(" {} ", token.masked);
        for (start, _) in word.char_indices() {
            // The hash of a longer part goes on from that of the shorter one.
            let mut so_far = hash(b"c", "");
            for (length, letter) in word[start..].chars().take(5).enumerate() {
                so_far = hash_on(so_far, letter.encode_utf8(&mut [0; 4]));
                if length > 0 {
                    add(Group::Parts, so_far);
                }
            }
        }
    }
    for name in concepts::of(tokens) {
        add(Group::Concepts, hash(b"k", &name));
    }
    found
}

fn joined(tokens: &[Token]) -> String {
    tokens.iter().map(|token| token.masked.as_str()).collect::<Vec<_>>().join(" ")
}

/// Counts by their logarithm, each group scaled to its share.
fn vector(features: &[Feature]) -> Vector {
    // What every text has: its weight is how rare the label is.
    let mut entries: Vec<(u32, f32)> = vec![(bucket(hash(b"", "")), 1.0)];
    for group in Group::ALL {
        let mut hashes: Vec<u32> =
            features.iter().filter(|f| f.group == group).map(|f| bucket(f.hash)).collect();
        hashes.sort_unstable();
        let counted: Vec<(u32, f32)> = hashes
            .chunk_by(|a, b| a == b)
            .map(|same| {
                #[allow(clippy::cast_precision_loss)]
                let count = same.len() as f32;
                (same[0], 1.0 + count.ln())
            })
            .collect();
        let length = counted.iter().map(|(_, value)| value * value).sum::<f32>().sqrt();
        entries.extend(counted.into_iter().map(|(bucket, value)| (bucket, group.share() * value / length)));
    }
    entries.sort_unstable_by_key(|entry| entry.0);
    let mut merged: Vec<(u32, f32)> = Vec::with_capacity(entries.len());
    for (bucket, value) in entries {
        match merged.last_mut() {
            Some(last) if last.0 == bucket => last.1 += value,
            _ => merged.push((bucket, value)),
        }
    }
    Vector { entries: merged }
}

fn bucket(hash: u64) -> u32 {
    // The multiplication spreads what the exclusive-or of the last letters left in the low bits.
    #[allow(clippy::cast_possible_truncation)]
    let bucket = (hash.wrapping_mul(0x9E37_79B9_7F4A_7C15) >> 47) as u32;
    bucket
}

/// FNV-1a with 64 bits over the group's mark and the feature's name.
fn hash(mark: &[u8], name: &str) -> u64 {
    let mark = mark.iter().fold(0xCBF2_9CE4_8422_2325, |hash, byte| step(hash, *byte));
    hash_on(mark, name)
}

/// The hash of a name that goes on.
fn hash_on(hash: u64, more: &str) -> u64 {
    more.bytes().fold(hash, step)
}

fn step(hash: u64, byte: u8) -> u64 {
    (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01B3)
}
