//! The model's file: named tensors and settings in the GGUF format, version 2 or 3 (ggml's specification).

use std::io::Cursor;

use candle_core::quantized::GgmlDType;
use candle_core::quantized::gguf_file::{Content, Value};
use candle_core::{Device, Result, Tensor, bail};

use super::super::Bytes;
use super::eight::Eight;

/// An open file.
pub(super) struct Weights<'a> {
    content: Content,
    file: &'a Bytes,
}

impl<'a> Weights<'a> {
    /// Reads the head of a file.
    pub(super) fn open(file: &'a Bytes) -> Result<Self> {
        Ok(Self { content: Content::read(&mut Cursor::new(&file[..]))?, file })
    }

    /// A matrix as it lies in the file.
    pub(super) fn eight(&self, name: &str) -> Result<Eight> {
        let Some(found) = self.content.tensor_infos.get(name) else { bail!("the file has no \"{name}\"") };
        if found.ggml_dtype != GgmlDType::Q8_0 {
            bail!("\"{name}\" is of type {:?}, expected Q8_0", found.ggml_dtype);
        }
        let (rows, width) = found.shape.dims2()?;
        let from = usize::try_from(self.content.tensor_data_offset.saturating_add(found.offset))?;
        Eight::new(self.file.clone(), from, rows, width)
    }

    /// A tensor in full.
    pub(super) fn plain(&self, name: &str) -> Result<Tensor> {
        let file = &mut Cursor::new(&self.file[..]);
        self.content.tensor(file, name, &Device::Cpu)?.dequantize(&Device::Cpu)
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
