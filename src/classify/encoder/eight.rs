//! Matrices in eight bits (ggml's `Q8_0`: 32 numbers beside each other share a scale of 16 bits). They stay where the
//! file lies, which is the program itself, and are expanded where they are needed: in full they take four times as much.

use candle_core::{Result, bail};

use super::super::Bytes;

/// So many numbers share a scale.
const TOGETHER: usize = 32;
/// The bytes of those numbers and of their scale.
const BLOCK: usize = TOGETHER + 2;

/// A matrix, a row for each number that comes out.
#[derive(Debug, Clone)]
pub(super) struct Eight {
    file: Bytes,
    from: usize,
    pub(super) rows: usize,
    pub(super) width: usize,
}

impl Eight {
    /// The matrix that begins at this byte of the file.
    pub(super) fn new(file: Bytes, from: usize, rows: usize, width: usize) -> Result<Self> {
        let matrix = Self { file, from, rows, width };
        if !width.is_multiple_of(TOGETHER) || matrix.file.len() < from + matrix.length(rows) {
            bail!("a matrix of {rows} rows of {width} numbers ends beyond its file");
        }
        Ok(matrix)
    }

    /// How many numbers it has.
    pub(super) fn count(&self) -> usize {
        self.rows * self.width
    }

    /// How many bytes so many rows have.
    fn length(&self, rows: usize) -> usize {
        rows * self.width / TOGETHER * BLOCK
    }

    /// Writes a row in full; false when there is no such row.
    pub(super) fn row(&self, row: usize, to: &mut [f32]) -> bool {
        let begin = self.from + self.length(row);
        if row < self.rows {
            expand(&self.file[begin..begin + self.length(1)], to);
        }
        row < self.rows
    }

    /// Writes all rows in full, one after the other.
    pub(super) fn expand(&self, to: &mut [f32]) {
        expand(&self.file[self.from..self.from + self.length(self.rows)], to);
    }
}

fn expand(bytes: &[u8], to: &mut [f32]) {
    let (blocks, _) = bytes.as_chunks::<BLOCK>();
    let (numbers, _) = to.as_chunks_mut::<TOGETHER>();
    for (block, numbers) in blocks.iter().zip(numbers) {
        let scale = half(u16::from_le_bytes([block[0], block[1]]));
        for (number, byte) in numbers.iter_mut().zip(&block[2..]) {
            *number = f32::from(byte.cast_signed()) * scale;
        }
    }
}

/// A number of 16 bits (IEEE 754 binary16) that is finite, as one of 32.
fn half(bits: u16) -> f32 {
    // The exponents differ by 112 in their zero.
    let magnitude = f32::from_bits(u32::from(bits & 0x7FFF) << 13) * f32::from_bits((127 + 112) << 23);
    if bits & 0x8000 == 0 { magnitude } else { -magnitude }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_of_sixteen_bits_are_read() {
        let table =
            [(0x3C00, 1.0), (0xC000, -2.0), (0x7BFF, 65504.0), (0x0001, 2.0_f32.powi(-24)), (0x8000, -0.0)];
        for (bits, number) in table {
            assert_eq!(half(bits).to_bits(), f32::to_bits(number), "{bits:#06x}");
        }
    }

    #[test]
    fn a_row_is_what_its_blocks_say() {
        let block = |scale: [u8; 2], number: u8| [&scale[..], &[number; TOGETHER]].concat();
        let one = [0x00, 0x3C];
        let bytes =
            [vec![9], block(one, 3), block(one, 0xFF), block([0x00, 0x40], 1), block(one, 0)].concat();
        let file = Bytes::new(bytes.into());
        let matrix = Eight::new(file.clone(), 1, 2, 64).unwrap();
        let mut row = [9.0; 64];
        assert!(matrix.row(1, &mut row));
        assert_eq!([0, 31, 32, 63].map(|at| row[at].to_bits()), [2.0_f32, 2.0, 0.0, 0.0].map(f32::to_bits));
        let mut all = [9.0; 128];
        matrix.expand(&mut all);
        assert_eq!([0, 32, 64].map(|at| all[at].to_bits()), [3.0_f32, -1.0, 2.0].map(f32::to_bits));
        assert!(!matrix.row(2, &mut row));
        assert!(Eight::new(file, 2, 2, 64).is_err());
    }
}
