//! The encoder's reading: a cutter, a network and its heads, from one file; and what they say to a whole mail.

mod bert;
mod heads;
mod tokens;
mod weights;

use candle_core::{Error, Result};

use self::bert::Bert;
use self::heads::{Heads, Said};
use self::tokens::{Cutter, Piece};
use self::weights::Weights;
use super::{question, sentences::sentences};

/// How many tokens of the text are read at once: about 180 English words. A longer text is read in stretches.
const STRETCH: usize = 320;
/// How many stretches are read at most; what follows is not looked at.
const STRETCHES: usize = 8;
/// The most tokens of a subject that are read.
const SUBJECT: usize = 48;

/// An encoder, ready to read mails.
#[derive(Debug, Clone)]
pub(super) struct Encoder {
    cutter: Cutter,
    network: Bert,
    heads: Heads,
    /// Of which mails it was made: the SHA-256 of their files, in hexadecimal digits.
    pub(super) data: String,
}

/// What an encoder says to a mail.
#[derive(Debug, Clone)]
pub(super) struct Answer<'a> {
    /// For each question the score: of all stretches, the highest.
    pub(super) scores: Vec<f64>,
    /// For each question the sentence that it looked at most.
    pub(super) evidence: Vec<&'a str>,
    /// For each question the words of that sentence that moved it most, the strongest first.
    pub(super) words: Vec<Vec<(String, f64)>>,
    /// The mean of the stretches' vectors, of length 1.
    pub(super) vector: Vec<f32>,
}

impl Encoder {
    /// Reads a file and checks that it answers our questions.
    pub(super) fn from_bytes(bytes: &[u8]) -> Result<Self> {
        let mut weights = Weights::open(bytes)?;
        let heads = Heads::load(&mut weights)?;
        let answered = weights.texts("pairdesk.heads")?;
        if answered != question::KEYS || heads.count() != question::COUNT {
            return Err(Error::msg(format!("it answers other questions: {}", answered.join(", "))));
        }
        Ok(Self {
            cutter: Cutter::new(weights.text("tokenizer.huggingface.json")?)?,
            network: Bert::load(&mut weights)?,
            heads,
            data: weights.text("pairdesk.data")?.to_owned(),
        })
    }

    /// Reads a mail. Total: every text has an answer; of one longer than eight stretches the beginning is read.
    pub(super) fn read<'a>(&self, subject: &str, text: &'a str) -> Answer<'a> {
        self.answer(subject, text).expect("an encoder that was checked takes every list of its own tokens")
    }

    fn answer<'a>(&self, subject: &str, text: &'a str) -> Result<Answer<'a>> {
        let mut subject = self.cutter.cut(subject);
        subject.truncate(SUBJECT);
        let sentences = sentences(text);
        let pieces = self.cutter.cut(text);
        let most = STRETCH.min(self.network.longest() - subject.len() - 3);
        let mut answer: Option<Answer<'a>> = None;
        for stretch in stretches(&pieces, &starts(text, &sentences), most).into_iter().take(STRETCHES) {
            let begin = subject.len() + 2;
            let tokens: Vec<u32> = [self.cutter.begin]
                .into_iter()
                .chain(subject.iter().map(|piece| piece.token))
                .chain([self.cutter.end])
                .chain(stretch.iter().map(|piece| piece.token))
                .chain([self.cutter.end])
                .collect();
            let said = self.heads.ask(&self.network.encode(&tokens)?)?;
            let next = self.explained(text, &sentences, stretch, begin, said);
            match &mut answer {
                None => answer = Some(next),
                Some(answer) => answer.join(next),
            }
        }
        Ok(answer.expect("an empty text is one empty stretch"))
    }

    /// Finds for each head the sentence that it looked at most, and its strongest words. The stretch begins at the
    /// token `begin`.
    fn explained<'a>(
        &self,
        text: &'a str,
        sentences: &[&'a str],
        stretch: &[Piece],
        begin: usize,
        said: Said,
    ) -> Answer<'a> {
        let starts = starts(text, sentences);
        let place = |piece: &Piece| starts.partition_point(|start| *start <= piece.at).saturating_sub(1);
        let places: Vec<usize> = stretch.iter().map(place).collect();
        let (mut evidence, mut words) = (Vec::new(), Vec::new());
        for head in 0..self.heads.count() {
            let mut looks = vec![0.0_f32; sentences.len()];
            for (at, &place) in places.iter().enumerate() {
                if let Some(look) = looks.get_mut(place) {
                    *look += said.looked[begin + at][head];
                }
            }
            let best = looks.iter().enumerate().max_by(|a, b| a.1.total_cmp(b.1)).map(|(at, _)| at);
            evidence.push(best.map_or("", |best| sentences[best]));
            let within = stretch.iter().enumerate().filter(|(at, _)| Some(places[*at]) == best);
            words.push(strongest(text, within.map(|(at, piece)| (piece.at, said.moved[begin + at][head]))));
        }
        Answer { scores: said.scores, evidence, words, vector: said.vector }
    }
}

impl Answer<'_> {
    /// Takes what another stretch says more strongly.
    fn join(&mut self, other: Self) {
        for (head, score) in other.scores.into_iter().enumerate() {
            if score > self.scores[head] {
                self.scores[head] = score;
                self.evidence[head] = other.evidence[head];
                self.words[head].clone_from(&other.words[head]);
            }
        }
        for (mine, other) in self.vector.iter_mut().zip(other.vector) {
            *mine += other;
        }
        let length = self.vector.iter().map(|x| x * x).sum::<f32>().sqrt().max(f32::MIN_POSITIVE);
        self.vector.iter_mut().for_each(|x| *x /= length);
    }
}

/// The bytes at which the sentences of a text begin.
fn starts(text: &str, sentences: &[&str]) -> Vec<usize> {
    sentences.iter().map(|sentence| sentence.as_ptr() as usize - text.as_ptr() as usize).collect()
}

/// Pieces in stretches of at most `most`, each beginning where a sentence does, when one does.
fn stretches<'p>(pieces: &'p [Piece], starts: &[usize], most: usize) -> Vec<&'p [Piece]> {
    let mut found = Vec::new();
    let mut rest = pieces;
    while rest.len() > most {
        let begins = |at: &usize| starts.binary_search(&rest[*at].at).is_ok();
        let cut = (most / 2..=most).rev().find(begins).unwrap_or(most);
        let (stretch, after) = rest.split_at(cut);
        found.push(stretch);
        rest = after;
    }
    found.push(rest);
    found
}

/// The whole words that moved a score up most, at most five: the pieces of one word added up.
fn strongest(text: &str, pieces: impl Iterator<Item = (usize, f32)>) -> Vec<(String, f64)> {
    const WORDS: usize = 5;
    let mut words: Vec<(&str, f64)> = Vec::new();
    for (at, moved) in pieces {
        let word = word_at(text, at);
        match words.last_mut() {
            Some((last, sum)) if std::ptr::eq(*last, word) => *sum += f64::from(moved),
            _ => words.push((word, f64::from(moved))),
        }
    }
    words.retain(|(word, moved)| *moved > 0.0 && word.chars().any(char::is_alphanumeric));
    words.sort_by(|a, b| b.1.total_cmp(&a.1));
    words.truncate(WORDS);
    words.into_iter().map(|(word, moved)| (word.to_lowercase(), moved)).collect()
}

/// The word around a byte of a text.
fn word_at(text: &str, at: usize) -> &str {
    let part = |c: char| c.is_alphanumeric() || c == '\'' || c == '’';
    let (before, after) = text.split_at(text.floor_char_boundary(at));
    let start =
        before.char_indices().rev().take_while(|(_, c)| part(*c)).last().map_or(before.len(), |(i, _)| i);
    let length = after.find(|c| !part(c)).unwrap_or(after.len());
    &text[start..before.len() + length]
}
