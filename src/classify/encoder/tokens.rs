//! A text cut into the pieces of words that the encoder knows (`WordPiece`, as BERT uses it, without capitals and accents).

use std::str::FromStr;

use candle_core::{Error, Result};
use tokenizers::Tokenizer;

/// Cuts texts.
#[derive(Debug, Clone)]
pub(super) struct Cutter {
    tokenizer: Tokenizer,
    /// The token before everything.
    pub(super) begin: u32,
    /// The token after the subject and after the text.
    pub(super) end: u32,
}

/// A piece of a text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Piece {
    /// Its number in the vocabulary.
    pub(super) token: u32,
    /// The byte of the text where it begins.
    pub(super) at: usize,
}

impl Cutter {
    /// A cutter as a `tokenizer.json` describes it.
    pub(super) fn new(description: &str) -> Result<Self> {
        let tokenizer = Tokenizer::from_str(description).map_err(Error::msg)?;
        let number = |piece: &str| {
            tokenizer.token_to_id(piece).ok_or_else(|| Error::msg(format!("the vocabulary lacks {piece}")))
        };
        Ok(Self { begin: number("[CLS]")?, end: number("[SEP]")?, tokenizer })
    }

    /// The pieces of a text, in order.
    pub(super) fn cut(&self, text: &str) -> Vec<Piece> {
        // WordPiece has [UNK] for what it does not know: it fails for no text.
        let Ok(found) = self.tokenizer.encode(text, false) else { return Vec::new() };
        let places = found.get_offsets().iter().map(|(from, _)| *from);
        found.get_ids().iter().zip(places).map(|(&token, at)| Piece { token, at }).collect()
    }
}
