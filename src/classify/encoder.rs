//! The encoder's reading: a cutter, a network and its heads, from one file; and what they say to a whole mail.

mod bert;
mod curves;
mod eight;
mod heads;
mod rows;
mod tokens;
mod weights;

use candle_core::{Error, Result};

use self::bert::Bert;
use self::heads::{Heads, Said};
use self::tokens::{Cutter, Piece};
use self::weights::Weights;
use super::{Bytes, question};

/// How many tokens of the text are read at once: about 120 English words, as much as most mails of the training have. A
/// longer text is read in stretches.
const STRETCH: usize = 192;
/// How many stretches of a long text are read: the first, and those that promise most.
const STRETCHES: usize = 3;
/// How many pairs of sentences are read by themselves: those that promise most. One matter among several is plainer there
/// than in the whole.
const PAIRS: usize = 12;
/// The most tokens of a pair of sentences.
const PAIR: usize = 96;
/// The most tokens of a subject that are read.
const SUBJECT: usize = 48;
/// So many tokens go through the network together, unless one text has more: the fewer products of matrices the better, but
/// their results shall fit the processor's caches.
const TOGETHER: usize = 256;

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
pub(super) struct Answer {
    /// For each question the score: of all stretches, the highest.
    pub(super) scores: Vec<f64>,
    /// For each question the score of the two sentences beside each other for which it is highest.
    pub(super) near: Vec<f64>,
    /// For each question how much of the attention each sentence got, 0 to 1.
    pub(super) looks: Vec<Vec<f64>>,
    /// For each question the bytes of the text where pieces begin, and how much each moved the score.
    moved: Vec<Vec<(usize, f64)>>,
    /// The mean of the stretches' vectors, of length 1.
    pub(super) vector: Vec<f32>,
}

impl Encoder {
    /// Reads a file and checks that it answers our questions.
    pub(super) fn from_bytes(bytes: &Bytes) -> Result<Self> {
        let weights = Weights::open(bytes)?;
        let heads = Heads::load(&weights)?;
        let answered = weights.texts("pairdesk.heads")?;
        if answered != question::KEYS || heads.count() != question::COUNT {
            return Err(Error::msg(format!("it answers other questions: {}", answered.join(", "))));
        }
        Ok(Self {
            cutter: Cutter::new(weights.text("tokenizer.huggingface.json")?)?,
            network: Bert::load(&weights)?,
            heads,
            data: weights.text("pairdesk.data")?.to_owned(),
        })
    }

    /// Reads a mail, whose text has these sentences, each with what it promises. Total: every text has an answer. Of a text
    /// longer than three stretches only the most promising ones are read.
    pub(super) fn read(&self, subject: &str, text: &str, sentences: &[&str], worth: &[f64]) -> Answer {
        let starts: Vec<usize> =
            sentences.iter().map(|sentence| sentence.as_ptr() as usize - text.as_ptr() as usize).collect();
        self.answer(subject, text, &starts, worth)
            .expect("an encoder that was checked takes every list of its own tokens")
    }

    fn answer(&self, subject: &str, text: &str, starts: &[usize], worth: &[f64]) -> Result<Answer> {
        let mut subject = self.cutter.cut(subject);
        subject.truncate(SUBJECT);
        let pieces = self.cutter.cut(text);
        let most = STRETCH.min(self.network.longest() - subject.len() - 3);
        let all = stretches(&pieces, starts, most);
        let promise = |stretch: &&[Piece]| {
            let sentences = stretch.iter().filter_map(|piece| worth.get(sentence_of(starts, piece)));
            sentences.copied().fold(f64::MIN, f64::max)
        };
        let stretches = promising(all, STRETCHES, promise);
        let pairs = pairs(&pieces, starts, worth, subject.is_empty());
        let wholes = stretches.iter().map(|stretch| self.tokens(&subject, stretch));
        let texts: Vec<_> = wholes.chain(pairs.iter().map(|pair| self.tokens(&[], pair))).collect();
        let mut said = self.ask(&texts)?.into_iter();
        let mut answer: Option<Answer> = None;
        for (stretch, said) in stretches.into_iter().zip(&mut said) {
            let next = self.placed(starts, stretch, subject.len() + 2, said);
            match &mut answer {
                None => answer = Some(next),
                Some(answer) => answer.join(next),
            }
        }
        let mut answer = answer.expect("an empty text is one empty stretch");
        let highest =
            |near: Vec<f64>, said: Said| near.into_iter().zip(said.scores).map(|(a, b)| a.max(b)).collect();
        answer.near = match said.next() {
            Some(first) => said.fold(first.scores, highest),
            None => answer.scores.clone(),
        };
        Ok(answer)
    }

    /// The numbers of these pieces of a text, the subject before them.
    fn tokens(&self, subject: &[Piece], stretch: &[Piece]) -> Vec<u32> {
        [self.cutter.begin]
            .into_iter()
            .chain(subject.iter().map(|piece| piece.token))
            .chain([self.cutter.end])
            .chain(stretch.iter().map(|piece| piece.token))
            .chain([self.cutter.end])
            .collect()
    }

    /// What the heads say to each of these texts.
    fn ask(&self, mut texts: &[Vec<u32>]) -> Result<Vec<Said>> {
        let mut said = Vec::with_capacity(texts.len());
        while !texts.is_empty() {
            let mut tokens = 0;
            let fits = |text: &&Vec<u32>| {
                tokens += text.len();
                tokens <= TOGETHER
            };
            let (now, later) = texts.split_at(texts.iter().take_while(fits).count().max(1));
            let vectors = self.network.encode(now)?;
            let mut from = 0;
            for text in now {
                said.push(self.heads.ask(&vectors.narrow(0, from, text.len())?)?);
                from += text.len();
            }
            texts = later;
        }
        Ok(said)
    }

    /// What was said of tokens, told of sentences and places in the text. The stretch begins at the token `begin`.
    fn placed(&self, starts: &[usize], stretch: &[Piece], begin: usize, said: Said) -> Answer {
        let heads = self.heads.count();
        let mut looks = vec![vec![0.0; starts.len()]; heads];
        let mut moved = vec![Vec::with_capacity(stretch.len()); heads];
        for (at, piece) in stretch.iter().enumerate() {
            let sentence = sentence_of(starts, piece);
            for head in 0..heads {
                if let Some(look) = looks[head].get_mut(sentence) {
                    *look += f64::from(said.looked[begin + at][head]);
                }
                moved[head].push((piece.at, f64::from(said.moved[begin + at][head])));
            }
        }
        Answer { near: said.scores.clone(), scores: said.scores, looks, moved, vector: said.vector }
    }
}

impl Answer {
    /// Takes what another stretch says more strongly.
    fn join(&mut self, other: Self) {
        let rest = other.scores.into_iter().zip(other.looks).zip(other.moved);
        for (head, ((score, looks), moved)) in rest.enumerate() {
            if score > self.scores[head] {
                self.scores[head] = score;
                self.looks[head] = looks;
                self.moved[head] = moved;
            }
        }
        for (mine, other) in self.vector.iter_mut().zip(other.vector) {
            *mine += other;
        }
        let length = self.vector.iter().map(|x| x * x).sum::<f32>().sqrt().max(f32::MIN_POSITIVE);
        self.vector.iter_mut().for_each(|x| *x /= length);
    }

    /// The whole words of a sentence of this text that moved a question's score up most, the strongest first.
    pub(super) fn words(&self, question: usize, text: &str, sentence: &str) -> Vec<(String, f64)> {
        let from = sentence.as_ptr() as usize - text.as_ptr() as usize;
        let within = from..from + sentence.len();
        strongest(text, self.moved[question].iter().copied().filter(|(at, _)| within.contains(at)))
    }
}

/// The most promising sentences with the next each. None where there is one pair, which is all that there is.
fn pairs<'p>(pieces: &'p [Piece], starts: &[usize], worth: &[f64], bare: bool) -> Vec<&'p [Piece]> {
    let place =
        |at: usize| pieces.partition_point(|piece| starts.get(at).is_some_and(|start| piece.at < *start));
    let pair = |at: usize| {
        let end = if at + 2 < starts.len() { place(at + 2) } else { pieces.len() };
        let begin = if at == 0 { 0 } else { place(at) };
        (at, &pieces[begin..end.min(begin + PAIR)])
    };
    let all: Vec<_> = (0..starts.len().saturating_sub(1).max(1)).map(pair).collect();
    if bare && all.len() == 1 && all[0].1.len() == pieces.len() {
        return Vec::new();
    }
    let promise =
        |(at, _): &(usize, &[Piece])| worth.iter().skip(*at).take(2).copied().fold(f64::MIN, f64::max);
    promising(all, PAIRS, promise).into_iter().map(|(_, pair)| pair).collect()
}

/// The sentence in which a piece lies.
fn sentence_of(starts: &[usize], piece: &Piece) -> usize {
    starts.partition_point(|start| *start <= piece.at).saturating_sub(1)
}

/// The first, and of the others those that promise most, so many in all, in their order.
fn promising<T>(mut all: Vec<T>, most: usize, promise: impl Fn(&T) -> f64) -> Vec<T> {
    let mut others: Vec<(usize, f64)> = all.iter().map(promise).enumerate().skip(1).collect();
    others.sort_by(|a, b| b.1.total_cmp(&a.1));
    let chosen: Vec<usize> = others.into_iter().take(most - 1).map(|(at, _)| at).chain([0]).collect();
    let mut at = 0..;
    all.retain(|_| at.next().is_some_and(|at| chosen.contains(&at)));
    all
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
fn strongest(text: &str, pieces: impl Iterator<Item = (usize, f64)>) -> Vec<(String, f64)> {
    const WORDS: usize = 5;
    let mut words: Vec<(&str, f64)> = Vec::new();
    for (at, moved) in pieces {
        let word = word_at(text, at);
        match words.last_mut() {
            Some((last, sum)) if std::ptr::eq(*last, word) => *sum += moved,
            _ => words.push((word, moved)),
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_says_the_same_alone_and_among_others() {
        let model = concat!(env!("CARGO_MANIFEST_DIR"), "/models/encoder.gguf");
        let encoder = Encoder::from_bytes(&Bytes::new(std::fs::read(model).unwrap().into())).unwrap();
        let sentence = "Third week, and still nothing. Could you add the export, please? ";
        let texts: Vec<Vec<u32>> = (1..=11)
            .map(|times| {
                encoder
                    .tokens(&encoder.cutter.cut("Invoice 88"), &encoder.cutter.cut(&sentence.repeat(times)))
            })
            .collect();
        let tokens: usize = texts.iter().map(Vec::len).sum();
        assert!(tokens > TOGETHER, "{tokens} tokens go through the network at once");
        for (together, text) in encoder.ask(&texts).unwrap().into_iter().zip(&texts) {
            let alone = encoder.ask(std::slice::from_ref(text)).unwrap().remove(0);
            for (a, b) in together.scores.iter().zip(&alone.scores) {
                assert!((a - b).abs() < 1e-4, "{} tokens: {a} and {b}", text.len());
            }
        }
    }
}
