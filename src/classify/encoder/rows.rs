//! What happens to rows of numbers between the products of matrices: in place, and so that the compiler makes vectors of it.
//! candle's own ways make a copy each and hand every one to other threads.

use candle_core::{CpuStorage, Error, InplaceOp1, InplaceOp2, Layout, Result, Tensor};

use super::curves::{exp, gelu};
use super::weights::Weights;

/// The epsilon of all layer norms of BERT.
const EPSILON: f32 = 1e-12;
/// How many sums grow beside each other.
const LANES: usize = 8;

/// A layer norm (Ba et al., 2016).
#[derive(Debug, Clone)]
pub(super) struct Norm {
    weight: Vec<f32>,
    bias: Vec<f32>,
}

/// A change of rows.
struct Each<F>(F);

impl<F: Fn(&mut [f32])> InplaceOp1 for Each<F> {
    fn name(&self) -> &'static str {
        "each row"
    }

    fn cpu_fwd(&self, storage: &mut CpuStorage, layout: &Layout) -> Result<()> {
        rows(storage, layout)?.for_each(&self.0);
        Ok(())
    }
}

impl<F: Fn(&mut [f32], &[f32])> InplaceOp2 for Each<F> {
    fn name(&self) -> &'static str {
        "each row with another"
    }

    fn cpu_fwd(
        &self,
        storage: &mut CpuStorage,
        layout: &Layout,
        other: &CpuStorage,
        place: &Layout,
    ) -> Result<()> {
        let (from, to) = place.contiguous_offsets().ok_or_else(apart)?;
        let others = other.as_slice::<f32>()?[from..to].chunks_exact(width(place));
        rows(storage, layout)?.zip(others).for_each(|(row, other)| self.0(row, other));
        Ok(())
    }
}

fn rows<'a>(
    storage: &'a mut CpuStorage,
    layout: &Layout,
) -> Result<impl Iterator<Item = &'a mut [f32]> + use<'a>> {
    let (from, to) = layout.contiguous_offsets().ok_or_else(apart)?;
    let CpuStorage::F32(numbers) = storage else { return Err(Error::msg("the numbers are not of 32 bits")) };
    Ok(numbers[from..to].chunks_exact_mut(width(layout)))
}

fn width(layout: &Layout) -> usize {
    layout.dims().last().copied().unwrap_or(1).max(1)
}

fn apart() -> Error {
    Error::msg("the numbers do not lie beside each other")
}

/// Writes all numbers anew.
pub(super) fn write(x: &Tensor, with: impl Fn(&mut [f32])) -> Result<()> {
    x.reshape((1, x.elem_count()))?.inplace_op1(&Each(with))
}

/// Adds this to each row, and lets the network's activation work on it.
pub(super) fn activate(x: &Tensor, bias: &[f32]) -> Result<()> {
    x.inplace_op1(&Each(|row: &mut [f32]| {
        for (x, bias) in row.iter_mut().zip(bias) {
            *x = gelu(*x + bias);
        }
    }))
}

/// Adds this to each row.
pub(super) fn add(x: &Tensor, bias: &[f32]) -> Result<()> {
    x.inplace_op1(&Each(|row: &mut [f32]| {
        for (x, bias) in row.iter_mut().zip(bias) {
            *x += bias;
        }
    }))
}

/// Makes of each row, scaled so, shares of 1, by powers of e.
pub(super) fn softmax(x: &Tensor, scale: f32) -> Result<()> {
    x.inplace_op1(&Each(|row: &mut [f32]| {
        let most = row.iter().copied().fold(f32::MIN, f32::max);
        for x in row.iter_mut() {
            *x = exp((*x - most) * scale);
        }
        let share = 1.0 / sum(row, |x| x);
        for x in row {
            *x *= share;
        }
    }))
}

impl Norm {
    pub(super) fn load(weights: &Weights<'_>, name: &str) -> Result<Self> {
        Ok(Self {
            weight: weights.plain(&format!("{name}.weight"))?.to_vec1()?,
            bias: weights.plain(&format!("{name}.bias"))?.to_vec1()?,
        })
    }

    /// Adds the same row of `before` and this to each row, and brings it to the norm.
    pub(super) fn apply(&self, x: &Tensor, before: &Tensor, bias: &[f32]) -> Result<()> {
        let change = |row: &mut [f32], before: &[f32]| {
            for ((x, before), bias) in row.iter_mut().zip(before).zip(bias) {
                *x += before + bias;
            }
            #[expect(clippy::cast_precision_loss, reason = "a row has some hundred numbers")]
            let length = row.len() as f32;
            let mean = sum(row, |x| x) / length;
            let variance = sum(row, |x| (x - mean) * (x - mean)) / length;
            let scale = 1.0 / (variance + EPSILON).sqrt();
            for ((x, weight), bias) in row.iter_mut().zip(&self.weight).zip(&self.bias) {
                *x = (*x - mean) * scale * weight + bias;
            }
        };
        x.inplace_op2(before, &Each(change))
    }
}

/// The sum of what is made of each number.
fn sum(row: &[f32], of: impl Fn(f32) -> f32) -> f32 {
    let (chunks, rest) = row.as_chunks::<LANES>();
    let mut lanes = [0.0; LANES];
    for chunk in chunks {
        for (lane, x) in lanes.iter_mut().zip(chunk) {
            *lane += of(*x);
        }
    }
    lanes.iter().sum::<f32>() + rest.iter().map(|x| of(*x)).sum::<f32>()
}
