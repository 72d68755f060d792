//! The accounts file that a firm keeps (CSV or TOML), read into accounts or into everything that is wrong with it.

mod account;
mod csv;
mod toml;

use std::collections::HashMap;

use super::absence::Absence;
use super::written::{Problem, Problems};
use super::{Account, Firm};

/// The columns of the CSV file, and the keys of a table of the TOML file.
pub const COLUMNS: [&str; 17] = [
    "account",
    "name",
    "domains",
    "addresses",
    "sales",
    "sales_deputy",
    "operations",
    "operations_deputy",
    "manager",
    "timezone",
    "language",
    "tier",
    "included",
    "excluded",
    "hourly_rate",
    "currency",
    "do_not_write",
];

/// The keys of a table of an absence.
const ABSENCE: [&str; 3] = ["person", "from", "until"];

/// The columns that hold several values.
const LISTS: [&str; 5] = ["domains", "addresses", "included", "excluded", "do_not_write"];

/// A file that can be imported.
#[derive(Debug, Clone, PartialEq)]
pub struct Imported {
    /// Its accounts, in the order of the file.
    pub accounts: Vec<Account>,
    /// Its absences, of a TOML file alone.
    pub absences: Vec<Absence>,
    /// What is allowed and probably not meant: a missing half, an owner at a foreign domain.
    pub warnings: Vec<Problem>,
}

/// One account as it stands in the file: the values of each column with the byte where each stands.
struct Row {
    at: usize,
    cells: HashMap<&'static str, Vec<Cell>>,
}

/// A value that is not empty.
struct Cell {
    at: usize,
    text: String,
}

/// Reads an accounts file: TOML when its name ends so, else CSV (delimited by `,`, `;` or tabs, in UTF-8, UTF-16 with
/// its mark, or windows-1252).
///
/// # Errors
/// Everything that is wrong with it, in the order of the file. Then nothing of it may be used.
pub fn read(file: &str, bytes: &[u8], firm: &Firm) -> Result<Imported, Vec<Problem>> {
    let (mut text, _, malformed) = encoding_rs::UTF_8.decode(bytes);
    if malformed {
        text = encoding_rs::WINDOWS_1252.decode(bytes).0;
    }
    let errors = Problems::new(file, &text);
    let warnings = Problems::new(file, &text);
    let is_toml = file.rsplit('.').next().is_some_and(|ending| ending.eq_ignore_ascii_case("toml"));
    let (rows, absences) =
        if is_toml { toml::rows(&text, &errors) } else { (csv::rows(&text, &errors), Vec::new()) };
    let absences = account::absences(&absences, &errors);
    if rows.is_empty() && errors.is_empty() {
        let remedy = if is_toml {
            "begin each account with a line [[account]]"
        } else {
            "write a line for each account"
        };
        errors.add(text.len(), "the file has no accounts", remedy);
    }
    let accounts = account::accounts(&rows, firm, &errors, &warnings);
    if errors.is_empty() {
        Ok(Imported { accounts, absences, warnings: warnings.into_sorted() })
    } else {
        Err(errors.into_sorted())
    }
}

impl Row {
    fn all(&self, column: &'static str) -> &[Cell] {
        self.cells.get(column).map_or(&[], Vec::as_slice)
    }

    fn one(&self, column: &'static str) -> Option<&Cell> {
        self.all(column).first()
    }
}
