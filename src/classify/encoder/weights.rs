//! The model's file: named tensors and settings in the GGUF format, version 2 or 3 (ggml's specification).

use std::io::Cursor;

use candle_core::quantized::QTensor;
use candle_core::quantized::gguf_file::{Content, Value};
use candle_core::{Device, Result, Tensor, bail};

/// An open file.
pub(super) struct Weights<'a> {
    content: Content,
    bytes: Cursor<&'a [u8]>,
}

impl<'a> Weights<'a> {
    /// Reads the head of a file.
    pub(super) fn open(bytes: &'a [u8]) -> Result<Self> {
        let mut bytes = Cursor::new(bytes);
        Ok(Self { content: Content::read(&mut bytes)?, bytes })
    }

    /// A tensor as it lies in the file.
    pub(super) fn quantized(&mut self, name: &str) -> Result<QTensor> {
        self.content.tensor(&mut self.bytes, name, &Device::Cpu)
    }

    /// A tensor in full.
    pub(super) fn plain(&mut self, name: &str) -> Result<Tensor> {
        self.quantized(name)?.dequantize(&Device::Cpu)
    }

    /// A setting that is a number.
    pub(super) fn number(&self, key: &str) -> Result<usize> {
        Ok(self.value(key)?.to_u32()? as usize)
    }

    /// A setting that is a text.
    pub(super) fn text(&self, key: &str) -> Result<&str> {
        self.value(key)?.to_string().map(String::as_str)
    }

    /// A setting that is a list of texts.
    pub(super) fn texts(&self, key: &str) -> Result<Vec<&str>> {
        self.value(key)?.to_vec()?.iter().map(|value| value.to_string().map(String::as_str)).collect()
    }

    fn value(&self, key: &str) -> Result<&Value> {
        match self.content.metadata.get(key) {
            Some(value) => Ok(value),
            None => bail!("the file has no \"{key}\""),
        }
    }
}
