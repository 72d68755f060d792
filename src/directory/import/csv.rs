//! Accounts as lines of a CSV file (RFC 4180) with a header.

use std::collections::HashMap;

use super::{COLUMNS, Cell, LISTS, Row};
use crate::directory::written::{Problems, did_you_mean};

/// The rows below the header.
pub fn rows(text: &str, errors: &Problems<'_>) -> Vec<Row> {
    let delimiter = delimiter(text);
    let mut reader = csv::ReaderBuilder::new()
        .has_headers(false)
        .flexible(true)
        .delimiter(delimiter)
        .from_reader(text.as_bytes());
    let mut header: Option<Vec<Option<&'static str>>> = None;
    let mut rows = Vec::new();
    for record in reader.records() {
        let record = match record {
            Ok(record) => record,
            Err(error) => {
                let at = error.position().map_or(0, |position| usize::try_from(position.byte()).unwrap_or(0));
                errors.add(at, format!("this line cannot be read: {error}"), "save the file as CSV again");
                break;
            }
        };
        let start = record.position().map_or(0, |position| usize::try_from(position.byte()).unwrap_or(0));
        let starts = starts(text, start, delimiter);
        let at = |index: usize| starts.get(index).or(starts.last()).copied().unwrap_or(start);
        let Some(columns) = &header else {
            header = Some(self::header(&record, at, errors));
            continue;
        };
        if record.iter().all(|field| field.trim().is_empty()) {
            continue;
        }
        if record.len() != columns.len() {
            let what = format!("this line has {} fields, and the header {}", record.len(), columns.len());
            let remedy =
                "put a field that contains the delimiter into \"quotes\", and fill up lines that end early";
            errors.add(at(columns.len().min(record.len())), what, remedy);
            continue;
        }
        let mut cells = HashMap::new();
        for (index, (field, column)) in record.iter().zip(columns).enumerate() {
            if let Some(column) = column {
                cells.insert(*column, values(field, at(index), LISTS.contains(column)));
            }
        }
        rows.push(Row { at: at(0), cells });
    }
    if header.is_none() {
        let remedy = format!("begin with a line of the column names: {}", COLUMNS.join(","));
        errors.add(0, "the file is empty", remedy);
    }
    rows
}

/// The columns of the header; none for one that is not known.
fn header(
    record: &csv::StringRecord,
    at: impl Fn(usize) -> usize,
    errors: &Problems<'_>,
) -> Vec<Option<&'static str>> {
    let mut columns = Vec::new();
    for (index, field) in record.iter().enumerate() {
        let name = field.trim().to_lowercase().replace([' ', '-'], "_");
        let known = COLUMNS.into_iter().find(|column| *column == name);
        match known {
            None => {
                let what = format!("unknown column \"{}\"", field.trim());
                errors.add(at(index), what, did_you_mean(&name, &COLUMNS));
            }
            Some(column) if columns.contains(&known) => {
                errors.add(at(index), format!("there are two columns {column}"), "remove one of them");
            }
            Some(_) => {}
        }
        columns.push(known);
    }
    for needed in ["account", "name"] {
        if !columns.contains(&Some(needed)) {
            errors.add(at(0), format!("there is no column {needed}"), "add it: every account needs one");
        }
    }
    columns
}

/// The values of a field that are not empty: lists are separated by `;`.
fn values(field: &str, at: usize, list: bool) -> Vec<Cell> {
    let mut values = Vec::new();
    let mut before = 0;
    for part in field.split(|c| list && c == ';') {
        let text = part.trim();
        if !text.is_empty() {
            // Exact but for fields with doubled quotation marks.
            let indent = part.len() - part.trim_start().len();
            values.push(Cell { at: at + before + indent, text: text.to_owned() });
        }
        before += part.len() + 1;
    }
    values
}

/// The delimiter that the first line uses.
fn delimiter(text: &str) -> u8 {
    let first = text.lines().find(|line| !line.trim().is_empty()).unwrap_or("");
    let count = |delimiter: &u8| first.bytes().filter(|byte| byte == delimiter).count();
    // The last of equals wins: the comma.
    [b'\t', b';', b','].into_iter().max_by_key(count).unwrap_or(b',')
}

/// Where the fields of the record that begins at `start` begin, behind an opening quotation mark.
fn starts(text: &str, start: usize, delimiter: u8) -> Vec<usize> {
    let bytes = text.as_bytes();
    let blank = bytes[start..].iter().take_while(|byte| matches!(byte, b'\r' | b'\n')).count();
    let mut starts = Vec::new();
    let mut quoted = false;
    let mut begins = true;
    for (index, &byte) in bytes.iter().enumerate().skip(start + blank) {
        if begins {
            starts.push(if byte == b'"' { index + 1 } else { index });
            begins = false;
        }
        match byte {
            b'"' => quoted = !quoted,
            b'\r' | b'\n' if !quoted => break,
            _ if byte == delimiter && !quoted => begins = true,
            _ => {}
        }
    }
    starts
}
