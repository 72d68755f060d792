//! The network: tokens to vectors that hold what each means where it stands. A BERT (Devlin et al., 2019) in the shape of
//! `MiniLM` (Wang et al., 2020), its weights in the file in eight bits.

use std::sync::OnceLock;

use candle_core::{DType, Device, Result, Tensor, bail};

use super::eight::Eight;
use super::rows::{self, Norm};
use super::weights::Weights;

/// The whole network.
#[derive(Debug, Clone)]
pub(super) struct Bert {
    words: Eight,
    positions: Tensor,
    /// What is added to each token of a first segment. There is no other.
    segment: Vec<f32>,
    norm: Norm,
    layers: Vec<Layer>,
    /// In how many parts attention looks.
    parts: usize,
}

#[derive(Debug, Clone)]
struct Layer {
    /// Query, key and value beside each other.
    look: Linear,
    output: Linear,
    output_norm: Norm,
    up: Linear,
    down: Linear,
    norm: Norm,
}

/// Matrices beside each other, and what is added to each of their products.
#[derive(Debug, Clone)]
struct Linear {
    weights: Vec<Eight>,
    bias: Vec<f32>,
    /// All of them in full, which only a build without optimisation keeps: there, writing them takes longer than all else.
    full: OnceLock<Tensor>,
}

impl Linear {
    /// The matrices of these names beside each other.
    fn load(weights: &Weights<'_>, names: &[String]) -> Result<Self> {
        let bias: Result<Vec<_>> = names.iter().map(|name| weights.plain(&format!("{name}.bias"))).collect();
        let matrices = names.iter().map(|name| weights.eight(&format!("{name}.weight")));
        Ok(Self {
            weights: matrices.collect::<Result<_>>()?,
            bias: Tensor::cat(&bias?, 0)?.to_vec1()?,
            full: OnceLock::new(),
        })
    }

    /// How many numbers its matrices have.
    fn count(&self) -> usize {
        self.weights.iter().map(Eight::count).sum()
    }

    /// The products with these rows. The matrices are written in full into `sheet`.
    fn products(&self, x: &Tensor, sheet: &Tensor) -> Result<Tensor> {
        let (_, width) = x.dims2()?;
        let all = match self.full.get() {
            Some(full) => full.clone(),
            None => self.in_full(sheet)?,
        };
        x.matmul(&all.reshape((self.count() / width, width))?.t()?)
    }

    /// All numbers of its matrices, written into `sheet`.
    fn in_full(&self, sheet: &Tensor) -> Result<Tensor> {
        let all = sheet.narrow(0, 0, self.count())?;
        rows::write(&all, |mut to| {
            for matrix in &self.weights {
                let (now, later) = std::mem::take(&mut to).split_at_mut(matrix.count());
                matrix.expand(now);
                to = later;
            }
        })?;
        if cfg!(debug_assertions) {
            let full = all.copy()?;
            return Ok(self.full.get_or_init(|| full).clone());
        }
        Ok(all)
    }
}

impl Bert {
    /// Reads the network by the names that GGUF files of BERT use.
    pub(super) fn load(weights: &Weights<'_>) -> Result<Self> {
        let layers = (0..weights.number("bert.block_count")?)
            .map(|at| {
                let linear = |names: &[&str]| {
                    let names: Vec<_> = names.iter().map(|name| format!("blk.{at}.{name}")).collect();
                    Linear::load(weights, &names)
                };
                let look = linear(&["attn_q", "attn_k", "attn_v"])?;
                let (output, up, down) =
                    (linear(&["attn_output"])?, linear(&["ffn_up"])?, linear(&["ffn_down"])?);
                let output_norm = Norm::load(weights, &format!("blk.{at}.attn_output_norm"))?;
                let norm = Norm::load(weights, &format!("blk.{at}.layer_output_norm"))?;
                Ok(Layer { look, output, output_norm, up, down, norm })
            })
            .collect::<Result<_>>()?;
        Ok(Self {
            words: weights.eight("token_embd.weight")?,
            positions: weights.plain("position_embd.weight")?,
            segment: weights.plain("token_types.weight")?.get(0)?.to_vec1()?,
            norm: Norm::load(weights, "token_embd_norm")?,
            layers,
            parts: weights.number("bert.attention.head_count")?,
        })
    }

    /// The most tokens of a text that it takes.
    pub(super) fn longest(&self) -> usize {
        self.positions.dims().first().copied().unwrap_or(0)
    }

    /// The vectors of the tokens of these texts, one a row, text after text. No text knows of the others: only the matrices
    /// are shared, for large products cost less than many small ones. Fails for a text of more tokens than
    /// [`Bert::longest`], or unknown ones.
    pub(super) fn encode(&self, texts: &[Vec<u32>]) -> Result<Tensor> {
        let places =
            texts.iter().map(|text| self.positions.narrow(0, 0, text.len())).collect::<Result<Vec<_>>>()?;
        let mut x = self.embedded(&texts.concat())?;
        self.norm.apply(&x, &Tensor::cat(&places, 0)?, &self.segment)?;
        // One matrix after the other is written here in full: it takes some milliseconds, and in full they all would take 40 MB.
        let linears =
            self.layers.iter().flat_map(|layer| [&layer.look, &layer.output, &layer.up, &layer.down]);
        let most = linears.map(Linear::count).max().unwrap_or(0);
        let sheet = Tensor::zeros(most, DType::F32, &Device::Cpu)?;
        for layer in &self.layers {
            x = layer.forward(&x, texts, self.parts, &sheet)?;
        }
        Ok(x)
    }

    /// What each of these tokens means by itself.
    fn embedded(&self, tokens: &[u32]) -> Result<Tensor> {
        let width = self.words.width;
        let mut vectors = vec![0.0; tokens.len() * width];
        for (token, vector) in tokens.iter().zip(vectors.chunks_exact_mut(width)) {
            if !self.words.row(*token as usize, vector) {
                bail!("the network knows no token {token}");
            }
        }
        Tensor::from_vec(vectors, (tokens.len(), width), &Device::Cpu)
    }
}

impl Layer {
    fn forward(&self, before: &Tensor, texts: &[Vec<u32>], parts: usize, sheet: &Tensor) -> Result<Tensor> {
        let looks = self.look.products(before, sheet)?;
        rows::add(&looks, &self.look.bias)?;
        let mut from = 0;
        let seen = texts.iter().map(|text| {
            let looks = looks.narrow(0, from, text.len())?;
            from += text.len();
            attention(&looks, parts)
        });
        let seen = Tensor::cat(&seen.collect::<Result<Vec<_>>>()?, 0)?;
        let seen = self.output.products(&seen, sheet)?;
        self.output_norm.apply(&seen, before, &self.output.bias)?;
        let thought = self.up.products(&seen, sheet)?;
        rows::activate(&thought, &self.up.bias)?;
        let thought = self.down.products(&thought, sheet)?;
        self.norm.apply(&thought, &seen, &self.down.bias)?;
        Ok(thought)
    }
}

/// What the tokens of one text see of each other, each part by itself.
fn attention(looks: &Tensor, parts: usize) -> Result<Tensor> {
    let (tokens, width) = looks.dims2()?;
    let (width, part) = (width / 3, width / 3 / parts);
    // Views: gemm reads rows that lie apart.
    let looks = looks.reshape((tokens, 3, parts, part))?.permute((1, 2, 0, 3))?;
    let (query, key, value) = (looks.get(0)?, looks.get(1)?, looks.get(2)?);
    let attention = query.matmul(&key.t()?)?;
    #[expect(clippy::cast_precision_loss, reason = "a part has some dozen numbers")]
    rows::softmax(&attention, 1.0 / (part as f32).sqrt())?;
    attention.matmul(&value)?.transpose(0, 1)?.reshape((tokens, width))
}
