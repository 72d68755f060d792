//! The weights of a question, one a bucket: as training found them, or as they lie in the file, which is the program itself.

use super::super::Bytes;
use super::features::{BUCKETS, Vector};

/// The weights of all buckets.
#[derive(Debug, Clone)]
pub(super) enum Table {
    /// As training found them.
    Found(Vec<f32>),
    /// As multiples of a step (i16, little end first) that begin at this byte of the file.
    InFile {
        /// The whole file.
        file: Bytes,
        /// Where they begin.
        from: usize,
        /// What each is a multiple of.
        step: f32,
    },
}

impl Table {
    pub(super) fn of_file(file: Bytes, from: usize, step: f32) -> Self {
        Self::InFile { file, from, step }
    }

    fn weight(&self, bucket: usize) -> f32 {
        match self {
            Self::Found(weights) => weights[bucket],
            Self::InFile { file, from, step } => {
                let at = from + bucket * 2;
                f32::from(i16::from_le_bytes([file[at], file[at + 1]])) * step
            }
        }
    }

    /// The sum of a vector's values, each weighed.
    pub(super) fn dot(&self, vector: &Vector) -> f64 {
        vector.entries.iter().map(|&(bucket, value)| f64::from(self.weight(bucket as usize) * value)).sum()
    }

    fn weights(&self) -> impl Iterator<Item = f32> + '_ {
        (0..BUCKETS).map(|bucket| self.weight(bucket))
    }

    /// The step with which the largest weight still fits.
    pub(super) fn step(&self) -> f32 {
        let largest = self.weights().fold(f32::MIN_POSITIVE, |largest, weight| largest.max(weight.abs()));
        largest / f32::from(i16::MAX)
    }

    /// Adds them to a file, as multiples of their step.
    pub(super) fn write(&self, bytes: &mut Vec<u8>) {
        let step = self.step();
        for weight in self.weights() {
            #[allow(clippy::cast_possible_truncation)]
            let multiple = (weight / step).round() as i16;
            bytes.extend(multiple.to_le_bytes());
        }
    }
}
