//! A mail's bytes as they are kept: compressed, and of a large mail in chunks, each of which is kept once.

use fastcdc::v2020::FastCDC;
use sha2::{Digest, Sha256};
use zstd::bulk::Compressor;
use zstd::zstd_safe::CParameter;

use super::content::{ContentHash, content_hash};
use super::error::StoreError;
use super::session::Session;
use super::{Store, Tx};

/// zstd's own default: higher ones take twice the time for some hundredths of the size.
const LEVEL: i32 = 3;
/// A mail of more bytes is cut into chunks.
const WHOLE: usize = 64 << 10;
/// The least, the average and the most bytes of a chunk. Small ones find more that is alike, large ones cost fewer rows.
const CHUNK: [usize; 3] = [4 << 10, 16 << 10, 64 << 10];

/// How the bytes are kept, as the column `packing` says it.
const PLAIN: i64 = 0;
const COMPRESSED: i64 = 1;
const CHUNKED: i64 = 2;

/// A mail's bytes, made ready to be stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Packed {
    /// The fingerprint of what was packed.
    pub(super) hash: ContentHash,
    pub(super) packing: i64,
    /// What lies beside the mail: nothing of one in chunks.
    pub(super) bytes: Vec<u8>,
    pub(super) chunks: Vec<Chunk>,
}

/// A part of a large mail.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Chunk {
    /// SHA-256 of the part as it came.
    pub hash: [u8; 32],
    /// The part, compressed.
    pub bytes: Vec<u8>,
}

impl Packed {
    /// Packs a mail's bytes, with a compressor that may have packed others: some 0.1 ms for 20 kB, so not on a thread that
    /// others wait for.
    pub(super) fn new(raw: Vec<u8>, compressor: &mut Option<Compressor<'_>>) -> Self {
        let hash = content_hash(&raw);
        let plain = |raw| Self { hash, packing: PLAIN, bytes: raw, chunks: Vec::new() };
        let Some(compressor) = compressor else { return plain(raw) };
        if raw.len() > WHOLE {
            let [least, average, most] = CHUNK;
            let cut = FastCDC::new(&raw, least, average, most);
            let parts = cut.map(|part| &raw[part.offset..part.offset + part.length]);
            let chunk = |part: &[u8]| {
                let hash = Sha256::digest(part).into();
                compressor.compress(part).map(|bytes| Chunk { hash, bytes })
            };
            return match parts.map(chunk).collect() {
                Ok(chunks) => Self { hash, packing: CHUNKED, bytes: Vec::new(), chunks },
                Err(_) => plain(raw),
            };
        }
        match compressor.compress(&raw) {
            Ok(bytes) if bytes.len() < raw.len() => {
                Self { hash, packing: COMPRESSED, bytes, chunks: Vec::new() }
            }
            _ => plain(raw),
        }
    }

    /// Whether there are any bytes.
    pub(super) fn holds_any(&self) -> bool {
        !self.bytes.is_empty() || !self.chunks.is_empty()
    }
}

/// A compressor, which takes longer to make than to use; none where there is no memory for it. With a checksum in each
/// frame, which tells damaged bytes from whole ones.
pub(super) fn compressor() -> Option<Compressor<'static>> {
    let mut compressor = Compressor::new(LEVEL).ok()?;
    compressor.set_parameter(CParameter::ChecksumFlag(true)).ok()?;
    Some(compressor)
}

/// The bytes of a chunk or of a mail that is kept whole; in words why there are none.
fn expand(bytes: &[u8]) -> Result<Vec<u8>, String> {
    zstd::bulk::decompress(bytes, CHUNK[2].max(WHOLE)).map_err(|error| error.to_string())
}

impl Store {
    /// The bytes of a mail as they came; none where they are not kept.
    ///
    /// # Errors
    /// Of kind [`ErrorKind::Data`](super::ErrorKind::Data) when they are damaged.
    pub async fn raw_mail(&self, mail: i64) -> Result<Option<Vec<u8>>, StoreError> {
        load(&mut self.read("reading a mail's bytes").await?, mail).await
    }
}

impl Tx {
    /// The bytes of a stored mail, and whether it came from a folder of sent mail.
    pub async fn stored_mail(&mut self, mail: i64) -> Result<Option<(Vec<u8>, bool)>, StoreError> {
        let session = self.doing("reading a stored mail again");
        let row = session.row("SELECT sent_folder FROM mail WHERE id = $1", [mail.into()]).await?;
        let (Some(row), Some(raw)) = (row, load(session, mail).await?) else { return Ok(None) };
        Ok(Some((raw, row.get("sent_folder")?)))
    }
}

/// The bytes of a mail as they came, held against their fingerprint.
pub(super) async fn load(session: &mut Session, mail: i64) -> Result<Option<Vec<u8>>, StoreError> {
    let sql = "SELECT mail.content_hash, mail_raw.packing, mail_raw.bytes
        FROM mail_raw JOIN mail ON mail.id = mail_raw.mail WHERE mail.id = $1";
    let Some(row) = session.row(sql, [mail.into()]).await? else { return Ok(None) };
    let (hash, bytes): (Vec<u8>, Vec<u8>) = (row.get("content_hash")?, row.get("bytes")?);
    let expanded = match row.get::<i64>("packing")? {
        PLAIN => Ok(bytes),
        COMPRESSED => expand(&bytes),
        CHUNKED => {
            let sql = "SELECT chunk.bytes FROM mail_chunk JOIN chunk ON chunk.hash = mail_chunk.chunk
                WHERE mail_chunk.mail = $1 ORDER BY mail_chunk.position";
            let mut raw = Ok(Vec::new());
            for row in session.rows(sql, [mail.into()]).await? {
                let part = expand(row.get("bytes")?);
                raw = raw.and_then(|mut raw: Vec<u8>| {
                    raw.extend(part?);
                    Ok(raw)
                });
            }
            raw
        }
        other => return Err(row.foreign("packing", other)),
    };
    let damaged = |what: &str| {
        let text = format!("the stored bytes of mail {mail} are damaged ({what}); restore a backup");
        StoreError::damaged(session.doing, text)
    };
    let raw = expanded.map_err(|what| damaged(&what))?;
    if content_hash(&raw)[..] != hash {
        return Err(damaged("they are not those whose fingerprint was kept"));
    }
    Ok(Some(raw))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn pack(raw: Vec<u8>) -> Packed {
        Packed::new(raw, &mut compressor())
    }

    fn unpacked(packed: &Packed) -> Vec<u8> {
        match packed.packing {
            PLAIN => packed.bytes.clone(),
            COMPRESSED => expand(&packed.bytes).unwrap(),
            _ => packed.chunks.iter().flat_map(|chunk| expand(&chunk.bytes).unwrap()).collect(),
        }
    }

    /// Bytes that no compression makes smaller: the same for the same seed.
    fn noise(seed: u64, bytes: usize) -> Vec<u8> {
        let mut state = seed | 1;
        let next = || {
            state ^= state << 13;
            state ^= state >> 7;
            state ^= state << 17;
            state.to_le_bytes()[7]
        };
        std::iter::repeat_with(next).take(bytes).collect()
    }

    #[test]
    fn a_text_becomes_small_and_what_cannot_be_smaller_stays_as_it_is() {
        let text = "We would like to move the appointment to Thursday. ".repeat(100).into_bytes();
        let packed = pack(text.clone());
        assert_eq!(packed.packing, COMPRESSED);
        assert!(packed.bytes.len() < text.len() / 10, "{}", packed.bytes.len());
        for raw in [Vec::new(), b"x".to_vec(), noise(7, 2_000)] {
            let packed = pack(raw.clone());
            assert_eq!((packed.packing, packed.bytes), (PLAIN, raw));
        }
    }

    #[test]
    fn one_attachment_behind_different_headers_is_cut_into_the_same_chunks() {
        let attachment = noise(1, 1 << 20);
        let chunks = |head: &str| pack([head.as_bytes(), &attachment].concat()).chunks;
        let (first, second) = (chunks("Subject: a\r\n\r\n"), chunks("Subject: another one\r\n\r\nHello\r\n"));
        let known = second.iter().filter(|chunk| first.contains(chunk)).count();
        assert!(second.len() > 10 && known + 1 >= second.len(), "{known} of {}", second.len());
    }

    #[test]
    fn damaged_bytes_are_no_mail() {
        let mut packed = pack(b"It is down. ".repeat(50)).bytes;
        let middle = packed.len() / 2;
        packed[middle] ^= 1;
        assert!(expand(&packed).is_err());
        assert!(expand(b"It is down").is_err());
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(24))]
        #[test]
        fn any_bytes_come_back_as_they_were(
            seed in any::<u64>(), few in prop::collection::vec(any::<u8>(), 0..200), bytes in 0_usize..200_000, times in 1_usize..3
        ) {
            for raw in [few.repeat(times * 300), noise(seed, bytes).repeat(times), [few, noise(seed, bytes)].concat()] {
                prop_assert_eq!(&unpacked(&pack(raw.clone())), &raw);
            }
        }
    }
}
