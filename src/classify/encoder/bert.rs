//! The network: tokens to vectors that hold what each means where it stands. A BERT (Devlin et al., 2019) in the shape of
//! `MiniLM` (Wang et al., 2020), its weights in the file in eight bits.

use std::sync::Arc;

use candle_core::quantized::QTensor;
use candle_core::{Device, Module, Result, Tensor};
use candle_nn::ops::softmax_last_dim;
use candle_nn::{LayerNorm, Linear};

use super::gelu::Gelu;
use super::weights::Weights;

/// The epsilon of all layer norms of BERT.
const EPSILON: f64 = 1e-12;

/// The whole network.
#[derive(Debug, Clone)]
pub(super) struct Bert {
    /// In eight bits, as in the file: it is the largest part, and only looked up.
    words: Arc<QTensor>,
    /// The vectors of positions, with the one that stands for "first segment" added.
    positions: Tensor,
    norm: LayerNorm,
    layers: Vec<Layer>,
    /// In how many parts attention looks.
    parts: usize,
}

#[derive(Debug, Clone)]
struct Layer {
    query: Linear,
    key: Linear,
    value: Linear,
    output: Linear,
    output_norm: LayerNorm,
    up: Linear,
    down: Linear,
    norm: LayerNorm,
}

fn linear(weights: &mut Weights<'_>, name: &str) -> Result<Linear> {
    let weight = weights.plain(&format!("{name}.weight"))?;
    Ok(Linear::new(weight, Some(weights.plain(&format!("{name}.bias"))?)))
}

fn norm(weights: &mut Weights<'_>, name: &str) -> Result<LayerNorm> {
    let (weight, bias) = (weights.plain(&format!("{name}.weight"))?, weights.plain(&format!("{name}.bias"))?);
    Ok(LayerNorm::new(weight, bias, EPSILON))
}

impl Bert {
    /// Reads the network by the names that GGUF files of BERT use.
    pub(super) fn load(weights: &mut Weights<'_>) -> Result<Self> {
        let kinds = weights.plain("token_types.weight")?;
        let positions = weights.plain("position_embd.weight")?.broadcast_add(&kinds.get(0)?)?;
        let layers = (0..weights.number("bert.block_count")?)
            .map(|at| {
                let mut linear = |name: &str| linear(weights, &format!("blk.{at}.{name}"));
                let (query, key, value) = (linear("attn_q")?, linear("attn_k")?, linear("attn_v")?);
                let (output, up, down) = (linear("attn_output")?, linear("ffn_up")?, linear("ffn_down")?);
                let output_norm = norm(weights, &format!("blk.{at}.attn_output_norm"))?;
                let norm = norm(weights, &format!("blk.{at}.layer_output_norm"))?;
                Ok(Layer { query, key, value, output, output_norm, up, down, norm })
            })
            .collect::<Result<_>>()?;
        Ok(Self {
            words: weights.quantized("token_embd.weight")?.into(),
            positions,
            norm: norm(weights, "token_embd_norm")?,
            layers,
            parts: weights.number("bert.attention.head_count")?,
        })
    }

    /// The most tokens that it takes at once.
    pub(super) fn longest(&self) -> usize {
        self.positions.dims().first().copied().unwrap_or(0)
    }

    /// The vectors of these tokens, one a row. Fails for more tokens than [`Bert::longest`], or unknown ones.
    pub(super) fn encode(&self, tokens: &[u32]) -> Result<Tensor> {
        let ids = Tensor::new(tokens, &Device::Cpu)?;
        let placed = self.words.embedding(&ids)?.add(&self.positions.narrow(0, 0, tokens.len())?)?;
        let mut x = self.norm.forward(&placed)?;
        for layer in &self.layers {
            x = layer.forward(&x, self.parts)?;
        }
        Ok(x)
    }
}

impl Layer {
    fn forward(&self, x: &Tensor, parts: usize) -> Result<Tensor> {
        let (tokens, width) = x.dims2()?;
        let split = |x: Tensor| x.reshape((tokens, parts, width / parts))?.transpose(0, 1)?.contiguous();
        let (query, key, value) =
            (split(self.query.forward(x)?)?, split(self.key.forward(x)?)?, split(self.value.forward(x)?)?);
        #[allow(clippy::cast_precision_loss)]
        let scale = 1.0 / ((width / parts) as f64).sqrt();
        let attention = softmax_last_dim(&(query.matmul(&key.t()?)? * scale)?)?;
        let seen = attention.matmul(&value)?.transpose(0, 1)?.reshape((tokens, width))?;
        let x = self.output_norm.forward(&(self.output.forward(&seen)? + x)?)?;
        let thought = self.down.forward(&self.up.forward(&x)?.apply_op1_no_bwd(&Gelu)?)?;
        self.norm.forward(&(thought + x)?)
    }
}
