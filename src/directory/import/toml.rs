//! Accounts as `[[account]]` tables of a TOML file, and absences as `[[absence]]` tables.

use std::collections::HashMap;

use toml_span::value::{Table, ValueInner};

use super::{ABSENCE, COLUMNS, Cell, LISTS, Row};
use crate::directory::written::{Problems, did_you_mean};

/// The tables of accounts, and those of absences.
pub fn rows(text: &str, errors: &Problems<'_>) -> (Vec<Row>, Vec<Row>) {
    let mut top = match toml_span::parse(text) {
        Ok(value) => value,
        Err(error) => {
            let remedy = "write key = value; texts stand in \"quotes\"; each key only once in an [[account]]";
            errors.add(error.span.start, format!("this is no valid TOML: {error}"), remedy);
            return (Vec::new(), Vec::new());
        }
    };
    let ValueInner::Table(top) = top.take() else { return (Vec::new(), Vec::new()) };
    let (mut accounts, mut absences) = (Vec::new(), Vec::new());
    for (key, mut value) in top {
        let (rows, columns) = match &*key.name {
            "account" => (&mut accounts, &COLUMNS[..]),
            "absence" => (&mut absences, &ABSENCE[..]),
            other => {
                let what = format!("unknown key {other}");
                errors.add(key.span.start, what, did_you_mean(other, &["account", "absence"]));
                continue;
            }
        };
        let ValueInner::Array(tables) = value.take() else {
            let what = format!("{} is no list of tables", key.name);
            errors.add(value.span.start, what, format!("begin each {0} with a line [[{0}]]", key.name));
            continue;
        };
        for mut table in tables {
            match table.take() {
                ValueInner::Table(found) => {
                    rows.push(row(&key.name, columns, found, table.span.start, errors));
                }
                _ => errors.add(
                    table.span.start,
                    format!("this is no {}", key.name),
                    format!("begin it with a line [[{}]]", key.name),
                ),
            }
        }
    }
    (accounts, absences)
}

fn row(name: &str, columns: &[&'static str], table: Table<'_>, at: usize, errors: &Problems<'_>) -> Row {
    let mut cells = HashMap::new();
    for (key, mut value) in table {
        let Some(column) = columns.iter().copied().find(|column| *column == key.name) else {
            let what = format!("unknown key {} in [[{name}]]", key.name);
            errors.add(key.span.start, what, did_you_mean(&key.name, columns));
            continue;
        };
        let span = value.span;
        let values = match value.take() {
            ValueInner::Array(items) if LISTS.contains(&column) => {
                items.into_iter().map(|mut item| (item.span.start, item.take())).collect()
            }
            one => vec![(span.start, one)],
        };
        let expected = if LISTS.contains(&column) {
            "a list of texts, like [\"one\", \"two\"]"
        } else {
            "a text in quotes"
        };
        let mut found = Vec::new();
        for (at, value) in values {
            let text = match value {
                ValueInner::String(text) => text.trim().to_owned(),
                ValueInner::Integer(number) if column == "hourly_rate" => number.to_string(),
                ValueInner::Boolean(all) if column == "do_not_write" => all.to_string(),
                ValueInner::Float(number) if column == "hourly_rate" => number.to_string(),
                other => {
                    let what = format!("{column} is of the wrong type ({})", other.type_str());
                    errors.add(at, what, format!("expected {expected}"));
                    continue;
                }
            };
            if !text.is_empty() {
                found.push(Cell { at, text });
            }
        }
        cells.insert(column, found);
    }
    Row { at, cells }
}
