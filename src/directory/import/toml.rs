//! Accounts as `[[account]]` tables of a TOML file.

use std::collections::HashMap;

use toml_span::value::{Table, ValueInner};

use super::{COLUMNS, Cell, LISTS, Row};
use crate::directory::written::{Problems, did_you_mean};

/// The tables.
pub fn rows(text: &str, errors: &Problems<'_>) -> Vec<Row> {
    let mut top = match toml_span::parse(text) {
        Ok(value) => value,
        Err(error) => {
            let remedy = "write key = value; texts stand in \"quotes\"; each key only once in an [[account]]";
            errors.add(error.span.start, format!("this is no valid TOML: {error}"), remedy);
            return Vec::new();
        }
    };
    let ValueInner::Table(top) = top.take() else { return Vec::new() };
    let mut rows = Vec::new();
    for (key, mut value) in top {
        if key.name != "account" {
            errors.add(
                key.span.start,
                format!("unknown key {}", key.name),
                did_you_mean(&key.name, &["account"]),
            );
            continue;
        }
        let ValueInner::Array(accounts) = value.take() else {
            errors.add(
                value.span.start,
                "account is no list of tables",
                "begin each account with a line [[account]]",
            );
            continue;
        };
        for mut account in accounts {
            match account.take() {
                ValueInner::Table(table) => rows.push(row(table, account.span.start, errors)),
                _ => errors.add(account.span.start, "this is no account", "begin it with a line [[account]]"),
            }
        }
    }
    rows
}

fn row(table: Table<'_>, at: usize, errors: &Problems<'_>) -> Row {
    let mut cells = HashMap::new();
    for (key, mut value) in table {
        let Some(column) = COLUMNS.into_iter().find(|column| *column == key.name) else {
            let what = format!("unknown key {} in [[account]]", key.name);
            errors.add(key.span.start, what, did_you_mean(&key.name, &COLUMNS));
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
