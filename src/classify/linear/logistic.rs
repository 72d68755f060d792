//! Logistic regression on sparse vectors by dual coordinate descent (Yu, Huang, Lin 2011, algorithm 5).

use super::features::Vector;

/// The most passes over the examples; the tolerance usually ends it before.
const PASSES: usize = 60;
/// The largest change of a dual variable, relative to its bound, that counts as no change.
const TOLERANCE: f64 = 1e-3;

/// One example: its vector, whether it bears the label, and the cost of misjudging it.
pub(super) struct Example<'a> {
    pub(super) vector: &'a Vector,
    pub(super) positive: bool,
    pub(super) cost: f64,
}

/// The weights that minimise |w|²/2 + sum of cost · log(1 + exp(-y w·x)), one for each bucket.
pub(super) fn train(examples: &[Example<'_>], buckets: usize) -> Vec<f32> {
    let mut weights = vec![0f32; buckets];
    let mut alphas: Vec<f64> = examples.iter().map(|example| example.cost.min(1.0) * 1e-3).collect();
    let squares: Vec<f64> = examples.iter().map(|e| e.vector.dot_self()).collect();
    for (example, alpha) in examples.iter().zip(&alphas) {
        add(&mut weights, example.vector, alpha * sign(example.positive));
    }
    let mut order: Vec<usize> = (0..examples.len()).collect();
    let mut random = 0x9E37_79B9_7F4A_7C15_u64;
    for _ in 0..PASSES {
        shuffle(&mut order, &mut random);
        let mut largest = 0f64;
        for &index in &order {
            let example = &examples[index];
            let (old, square, bound) = (alphas[index], squares[index], example.cost);
            if square <= 0.0 || bound <= 0.0 {
                continue;
            }
            let margin = sign(example.positive) * example.vector.dot(&weights);
            let new = best_alpha(old, square, margin, bound);
            alphas[index] = new;
            add(&mut weights, example.vector, (new - old) * sign(example.positive));
            largest = largest.max((new - old).abs() / bound);
        }
        if largest < TOLERANCE {
            break;
        }
    }
    weights
}

/// The alpha in (0, bound) at which the dual's slope is zero: square·(alpha-old) + margin + ln(alpha/(bound-alpha)).
fn best_alpha(old: f64, square: f64, margin: f64, bound: f64) -> f64 {
    let (mut low, mut high) = (bound * 1e-9, bound * (1.0 - 1e-9));
    let mut alpha = old.clamp(low, high);
    for _ in 0..30 {
        let slope = square * (alpha - old) + margin + (alpha / (bound - alpha)).ln();
        if slope.abs() < 1e-6 {
            break;
        }
        if slope > 0.0 {
            high = alpha;
        } else {
            low = alpha;
        }
        // Newton's step; where it leaves the bracket, halve the bracket.
        let step = alpha - slope / (square + bound / (alpha * (bound - alpha)));
        alpha = if step > low && step < high { step } else { f64::midpoint(low, high) };
    }
    alpha
}

fn sign(positive: bool) -> f64 {
    if positive { 1.0 } else { -1.0 }
}

fn add(weights: &mut [f32], vector: &Vector, factor: f64) {
    for &(bucket, value) in &vector.entries {
        #[allow(clippy::cast_possible_truncation)]
        let change = (factor * f64::from(value)) as f32;
        weights[bucket as usize] += change;
    }
}

/// Fisher and Yates with xorshift: the same order in every training.
fn shuffle(order: &mut [usize], state: &mut u64) {
    for last in (1..order.len()).rev() {
        *state ^= *state << 13;
        *state ^= *state >> 7;
        *state ^= *state << 17;
        #[allow(clippy::cast_possible_truncation)]
        order.swap(last, (*state % (last as u64 + 1)) as usize);
    }
}

/// Logistic regression on few dense inputs, by Newton's method with a small ridge: the calibration that joins scores
/// to a probability (Platt 1999, with his smoothed targets). The last weight is the bias. The ridge holds the others near
/// `before`.
pub(super) fn calibrate<const INPUTS: usize>(
    inputs: &[[f64; INPUTS]],
    positives: &[bool],
    before: &[f64],
    ridge: f64,
) -> Vec<f64> {
    let width = INPUTS + 1;
    let mut weights = before.to_vec();
    #[allow(clippy::cast_precision_loss)]
    let (up, down) = {
        let count = positives.iter().filter(|p| **p).count() as f64;
        let rest = positives.len() as f64 - count;
        ((count + 1.0) / (count + 2.0), 1.0 / (rest + 2.0))
    };
    for _ in 0..30 {
        let mut slope = vec![0f64; width];
        let mut bend = vec![vec![0f64; width]; width];
        for (input, positive) in inputs.iter().zip(positives) {
            let row: Vec<f64> = input.iter().copied().chain([1.0]).collect();
            let probability = probability(row.iter().zip(&weights).map(|(a, b)| a * b).sum());
            let target = if *positive { up } else { down };
            for i in 0..width {
                slope[i] += (probability - target) * row[i];
                for j in 0..width {
                    bend[i][j] += probability * (1.0 - probability) * row[i] * row[j];
                }
            }
        }
        for i in 0..width - 1 {
            slope[i] += ridge * (weights[i] - before[i]);
            bend[i][i] += ridge;
        }
        bend[width - 1][width - 1] += 1e-9;
        let step = solve(bend, slope);
        for (weight, step) in weights.iter_mut().zip(&step) {
            *weight -= step;
        }
        if step.iter().all(|step| step.abs() < 1e-8) {
            break;
        }
    }
    weights
}

/// Solves a symmetric positive system by elimination.
fn solve(mut matrix: Vec<Vec<f64>>, mut right: Vec<f64>) -> Vec<f64> {
    let width = right.len();
    for pivot in 0..width {
        for row in pivot + 1..width {
            let factor = matrix[row][pivot] / matrix[pivot][pivot];
            let above = matrix[pivot].clone();
            for (entry, above) in matrix[row].iter_mut().zip(above).skip(pivot) {
                *entry -= factor * above;
            }
            right[row] -= factor * right[pivot];
        }
    }
    for pivot in (0..width).rev() {
        let known: f64 = (pivot + 1..width).map(|column| matrix[pivot][column] * right[column]).sum();
        right[pivot] = (right[pivot] - known) / matrix[pivot][pivot];
    }
    right
}

/// The logistic function: the probability, 0 to 1, of these log-odds.
pub fn probability(score: f64) -> f64 {
    1.0 / (1.0 + (-score).exp())
}
