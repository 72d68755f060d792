//! The file of a backup: two readable lines, then all rows compressed, then the checksum of everything before it.
//!
//! ```text
//! pairdesk backup 1
//! {"program": "0.1.0", "steps": ["start", ...], "made_at": "...", "tables": [{"name": "mail", "columns": ...}, ...]}
//! Zstandard (RFC 8878) of:
//!     the rows, table by table in the order of the second line; of each row the cells in the order of its columns
//!     the SHA-256 of both lines and all rows
//! ```
//!
//! A cell is one byte that says what follows: nothing, a number of eight bytes, or a length of four bytes and so many
//! bytes; all little-endian.

use std::fs::{File, OpenOptions};
use std::io::{self, BufRead, BufReader, ErrorKind, Read, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::super::error::StoreError;

/// The first line.
const FIRST: &[u8] = b"pairdesk backup 1\n";
/// How long the second line may be: a header of a thousand tables is shorter.
const HEADER: u64 = 1 << 20;
/// How much is compressed at once, and how hard: more would take longer than the database.
const LEVEL: i32 = 3;

/// What a backup holds.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Header {
    /// The version of the program that wrote it.
    pub program: String,
    /// The steps that its schema has taken.
    pub steps: Vec<String>,
    /// When it was made.
    pub made_at: Timestamp,
    /// Its tables; what refers to another comes after it.
    pub tables: Vec<Table>,
}

/// A table of a backup.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Table {
    /// Its name.
    pub name: String,
    /// Its columns, in the order of the cells.
    pub columns: Vec<Column>,
    /// How many rows it has.
    pub rows: u64,
    /// The last id that it gave, where it gives ids.
    pub last_id: Option<i64>,
}

/// A column of a table.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Column {
    /// Its name.
    pub name: String,
    /// What stands in it.
    pub kind: Kind,
}

/// What stands in a column.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Kind {
    /// A whole number.
    Int,
    /// A number.
    Real,
    /// Yes or no.
    Bool,
    /// A text.
    Text,
    /// Bytes.
    Bytes,
}

/// One value of a row.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Cell {
    Null,
    Int(i64),
    Real(f64),
    Bool(bool),
    Text(String),
    Bytes(Vec<u8>),
}

impl Header {
    /// How many rows there are in all.
    pub fn rows(&self) -> u64 {
        self.tables.iter().map(|table| table.rows).sum()
    }

    /// How many rows a table has; none when there is no such table.
    pub fn rows_of(&self, name: &str) -> u64 {
        self.tables.iter().find(|table| table.name == name).map_or(0, |table| table.rows)
    }
}

/// A backup that is being written: beside its place until it is whole.
pub(super) struct Writing {
    path: PathBuf,
    beside: PathBuf,
    rows: zstd::Encoder<'static, File>,
    sum: Sha256,
    buffer: Vec<u8>,
}

impl Writing {
    /// Begins a file that nobody else may read.
    pub(super) fn begin(path: &Path, header: &Header) -> Result<Self, StoreError> {
        let failed = |error: io::Error| could_not("write", path, &error);
        if path.try_exists().map_err(failed)? {
            let error = io::Error::new(ErrorKind::AlreadyExists, "it is there already; name another file");
            return Err(failed(error));
        }
        let mut beside = path.as_os_str().to_owned();
        beside.push(".part");
        let beside = PathBuf::from(beside);
        let begin = || {
            // What an earlier backup left that was cut off.
            match std::fs::remove_file(&beside) {
                Err(error) if error.kind() != ErrorKind::NotFound => return Err(error),
                _ => {}
            }
            let mut file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(&beside)?;
            let mut line = serde_json::to_vec(header)?;
            line.push(b'\n');
            file.write_all(FIRST)?;
            file.write_all(&line)?;
            let mut rows = zstd::Encoder::new(file, LEVEL)?;
            rows.include_checksum(true)?;
            Ok((rows, Sha256::new().chain_update(FIRST).chain_update(&line)))
        };
        let (rows, sum) = begin().map_err(failed)?;
        Ok(Self { path: path.to_owned(), beside, rows, sum, buffer: Vec::new() })
    }

    /// Writes a row.
    pub(super) fn row(&mut self, cells: &[Cell]) -> Result<(), StoreError> {
        self.buffer.clear();
        for cell in cells {
            put(cell, &mut self.buffer);
        }
        self.sum.update(&self.buffer);
        self.rows.write_all(&self.buffer).map_err(|error| could_not("write", &self.path, &error))
    }

    /// Writes the checksum, waits until all is on the disk, and gives the file its name. Returns its size in bytes.
    pub(super) fn finish(mut self) -> Result<u64, StoreError> {
        let finished = || {
            self.rows.write_all(&self.sum.finalize())?;
            let file = self.rows.finish()?;
            file.sync_all()?;
            std::fs::rename(&self.beside, &self.path)?;
            if let Some(folder) = self.path.parent().filter(|folder| !folder.as_os_str().is_empty()) {
                File::open(folder)?.sync_all()?;
            }
            Ok(file.metadata()?.len())
        };
        finished().map_err(|error| could_not("write", &self.path, &error))
    }
}

fn put(cell: &Cell, bytes: &mut Vec<u8>) {
    let long = |tag: u8, text: &[u8], bytes: &mut Vec<u8>| {
        bytes.push(tag);
        // PostgreSQL holds no longer value, and SQLite none that this program would have stored.
        bytes.extend(u32::try_from(text.len()).expect("a value is shorter than 4 GB").to_le_bytes());
        bytes.extend(text);
    };
    match cell {
        Cell::Null => bytes.push(0),
        Cell::Int(number) => {
            bytes.push(1);
            bytes.extend(number.to_le_bytes());
        }
        Cell::Real(number) => {
            bytes.push(2);
            bytes.extend(number.to_le_bytes());
        }
        Cell::Bool(value) => bytes.push(3 + u8::from(*value)),
        Cell::Text(text) => long(5, text.as_bytes(), bytes),
        Cell::Bytes(value) => long(6, value, bytes),
    }
}

/// A backup that is being read.
pub(super) struct Reading {
    path: PathBuf,
    /// What the file says that it holds.
    pub(super) header: Header,
    rows: zstd::Decoder<'static, BufReader<File>>,
    sum: Sha256,
}

impl Reading {
    /// Opens a file and reads what it says that it holds.
    pub(super) fn begin(path: &Path) -> Result<Self, StoreError> {
        let failed = |error: io::Error| could_not("read", path, &error);
        let mut file = BufReader::new(File::open(path).map_err(failed)?);
        let mut first = Vec::new();
        file.by_ref().take(FIRST.len() as u64).read_to_end(&mut first).map_err(failed)?;
        if first != FIRST {
            return Err(wrong(path, &foreign(&first)));
        }
        let mut line = Vec::new();
        file.by_ref().take(HEADER).read_until(b'\n', &mut line).map_err(failed)?;
        if line.last() != Some(&b'\n') {
            return Err(wrong(path, CUT_OFF));
        }
        let header = serde_json::from_slice(&line).map_err(|_| wrong(path, DAMAGED))?;
        let rows = zstd::Decoder::with_buffer(file).map_err(failed)?;
        let sum = Sha256::new().chain_update(FIRST).chain_update(&line);
        Ok(Self { path: path.to_owned(), header, rows, sum })
    }

    /// The next row, of so many cells.
    pub(super) fn row(&mut self, cells: usize) -> Result<Vec<Cell>, StoreError> {
        (0..cells).map(|_| self.cell()).collect::<io::Result<_>>().map_err(|error| self.broken(&error))
    }

    /// Reads the checksum, which must be right, and the end of the file.
    pub(super) fn finish(mut self) -> Result<(), StoreError> {
        let expected = std::mem::take(&mut self.sum).finalize();
        let mut found = [0; 32];
        self.rows.read_exact(&mut found).map_err(|error| self.broken(&error))?;
        let more = self.rows.read(&mut [0]).map_err(|error| self.broken(&error))?;
        if more > 0 || found != expected.as_slice() {
            return Err(wrong(&self.path, DAMAGED));
        }
        Ok(())
    }

    fn cell(&mut self) -> io::Result<Cell> {
        Ok(match self.bytes::<1>()?[0] {
            0 => Cell::Null,
            1 => Cell::Int(i64::from_le_bytes(self.bytes()?)),
            2 => Cell::Real(f64::from_le_bytes(self.bytes()?)),
            tag @ (3 | 4) => Cell::Bool(tag == 4),
            5 => Cell::Text(String::from_utf8(self.long()?).map_err(|_| ErrorKind::InvalidData)?),
            6 => Cell::Bytes(self.long()?),
            _ => return Err(ErrorKind::InvalidData.into()),
        })
    }

    fn bytes<const N: usize>(&mut self) -> io::Result<[u8; N]> {
        let mut bytes = [0; N];
        self.rows.read_exact(&mut bytes)?;
        self.sum.update(bytes);
        Ok(bytes)
    }

    /// So many bytes as are announced; a length that is a lie costs no memory.
    fn long(&mut self) -> io::Result<Vec<u8>> {
        let length = u32::from_le_bytes(self.bytes()?);
        let mut bytes = Vec::new();
        self.rows.by_ref().take(length.into()).read_to_end(&mut bytes)?;
        if bytes.len() as u64 != u64::from(length) {
            return Err(ErrorKind::UnexpectedEof.into());
        }
        self.sum.update(&bytes);
        Ok(bytes)
    }

    fn broken(&self, error: &io::Error) -> StoreError {
        wrong(&self.path, if error.kind() == ErrorKind::UnexpectedEof { CUT_OFF } else { DAMAGED })
    }
}

const CUT_OFF: &str =
    "it is cut off: the file ends before the backup does; use another backup, nothing was changed";
const DAMAGED: &str = "it is damaged: its checksum is wrong; use another backup, nothing was changed";

/// What a file is that does not begin as a backup does.
fn foreign(first: &[u8]) -> String {
    let what = if first.starts_with(b"SQLite format 3") {
        "it is a database of SQLite, and no backup: name it in [store] instead"
    } else if first.starts_with(b"PGDMP") || first.starts_with(b"--\n-- PostgreSQL") {
        "it is a dump of PostgreSQL, and no backup: pg_restore or psql reads it"
    } else if first.starts_with(b"pairdesk backup") {
        "it was written by a newer Pairdesk, in a form that this one does not know: install that version"
    } else {
        "it is no backup: expected a file that `pairdesk backup` wrote"
    };
    format!("{what}; nothing was changed")
}

fn wrong(path: &Path, what: &str) -> StoreError {
    StoreError::other(format!("reading the backup {}", path.display()), what)
}

fn could_not(what: &str, path: &Path, error: &io::Error) -> StoreError {
    StoreError::other(format!("could not {what} {}", path.display()), error.to_string())
}
