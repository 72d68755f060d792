//! The heads: what the encoder's vectors say to each question. Each head looks at the tokens that show its label (attention
//! pooling; Lin et al., "A Structured Self-attentive Sentence Embedding", 2017) and joins what it sees there with the
//! whole. In training it learns to look where people marked the words: so where it looked is its evidence.

use candle_core::{D, Result, Tensor};
use candle_nn::ops::softmax;

use super::weights::Weights;

/// All heads of a model.
#[derive(Debug, Clone)]
pub(super) struct Heads {
    /// What each head looks for: a row a head.
    look: Tensor,
    /// What each head makes of what it sees.
    value: Tensor,
    /// What each head makes of the whole.
    whole: Tensor,
    bias: Tensor,
}

/// What the heads say to one stretch of tokens.
#[derive(Debug, Clone)]
pub(super) struct Said {
    /// For each head the score; above 0 means yes.
    pub(super) scores: Vec<f64>,
    /// For each token, for each head, how much of its attention it got; the sum over the tokens is 1.
    pub(super) looked: Vec<Vec<f32>>,
    /// For each token, for each head, how much it moved the score.
    pub(super) moved: Vec<Vec<f32>>,
    /// The mean of the tokens' vectors, of length 1.
    pub(super) vector: Vec<f32>,
}

impl Heads {
    pub(super) fn load(weights: &Weights<'_>) -> Result<Self> {
        Ok(Self {
            look: weights.plain("pairdesk.look.weight")?,
            value: weights.plain("pairdesk.value.weight")?,
            whole: weights.plain("pairdesk.whole.weight")?,
            bias: weights.plain("pairdesk.bias")?,
        })
    }

    /// How many questions they answer.
    pub(super) fn count(&self) -> usize {
        self.bias.elem_count()
    }

    /// What they say to the vectors of a stretch, a row a token.
    pub(super) fn ask(&self, tokens: &Tensor) -> Result<Said> {
        let looked = softmax(&tokens.matmul(&self.look.t()?)?, 0)?;
        let moved = (&looked * tokens.matmul(&self.value.t()?)?)?;
        let mean = tokens.mean_keepdim(0)?;
        let whole = mean.matmul(&self.whole.t()?)?.squeeze(0)?;
        let scores = ((moved.sum(0)? + whole)? + &self.bias)?.to_vec1::<f32>()?;
        let length = mean.sqr()?.sum_keepdim(D::Minus1)?.sqrt()?;
        Ok(Said {
            scores: scores.into_iter().map(f64::from).collect(),
            looked: looked.to_vec2()?,
            moved: moved.to_vec2()?,
            vector: mean.broadcast_div(&length)?.squeeze(0)?.to_vec1()?,
        })
    }
}
