//! A TOML document that is read key by key: what is wrong is collected, with its place, instead of ending the reading.

use jiff::SignedDuration;
use toml_span::value::{Table, ValueInner};

use super::values::duration;
use crate::directory::written::{Problem, Problems, did_you_mean};

/// The document, and what has been found wrong in it.
pub struct Document<'a> {
    text: &'a str,
    problems: Problems<'a>,
}

/// A value with the byte where it stands.
#[derive(Debug, Clone)]
pub struct At<T> {
    /// The byte in the document.
    pub at: usize,
    /// The value.
    pub value: T,
}

/// One table of the document. The keys that are asked for are the known ones.
pub struct Section<'a, 'd> {
    document: &'d Document<'a>,
    name: String,
    /// The byte where the table begins.
    pub at: usize,
    table: Table<'a>,
    known: Vec<&'static str>,
}

impl<'a> Document<'a> {
    /// A document whose problems are said to be in `file`.
    pub fn new(file: &'a str, text: &'a str) -> Self {
        Self { text, problems: Problems::new(file, text) }
    }

    /// The top table; an empty one with the problem noted when the text is no TOML.
    pub fn top(&self) -> Section<'a, '_> {
        let table = match toml_span::parse(self.text) {
            Ok(mut value) => match value.take() {
                ValueInner::Table(table) => table,
                _ => Table::new(),
            },
            Err(error) => {
                self.problem(
                    error.span.start,
                    format!("this is no valid TOML: {error}"),
                    "write key = value; texts and dates stand in \"quotes\"; each key and [table] only once",
                );
                Table::new()
            }
        };
        Section { document: self, name: String::new(), at: 0, table, known: Vec::new() }
    }

    /// Notes that something is wrong at a byte of the document.
    pub fn problem(&self, at: usize, what: impl Into<String>, remedy: impl Into<String>) {
        self.problems.add(at, what, remedy);
    }

    /// Whether nothing has been found wrong so far.
    pub fn is_fine(&self) -> bool {
        self.problems.is_empty()
    }

    /// Everything that was found wrong, in the order of the document.
    pub fn into_problems(self) -> Vec<Problem> {
        self.problems.into_sorted()
    }
}

impl<'a, 'd> Section<'a, 'd> {
    /// The document that it belongs to.
    pub fn document(&self) -> &'d Document<'a> {
        self.document
    }

    /// How the table is called to people: "[smtp]", "the file".
    fn words(&self) -> String {
        if self.name.is_empty() { "the file".to_owned() } else { self.name.clone() }
    }

    fn take(&mut self, key: &'static str) -> Option<At<ValueInner<'a>>> {
        self.known.push(key);
        self.table.remove(key).map(|mut value| At { at: value.span.start, value: value.take() })
    }

    fn wrong_type(&self, key: &str, at: usize, expected: &str, found: &ValueInner<'_>) {
        let found = type_words(found);
        self.document.problem(
            at,
            format!("{key} is {found}, expected {expected}"),
            format!("write {key} = {expected}"),
        );
    }

    /// Whether the key is there.
    pub fn has(&self, key: &str) -> bool {
        self.table.contains_key(key)
    }

    /// Notes that a key is known here, though it was not asked for.
    pub fn knows(&mut self, key: &'static str) {
        self.known.push(key);
    }

    /// Where the value of a key stands, when it is there.
    pub fn place_of(&self, key: &str) -> Option<usize> {
        self.table.get(key).map(|value| value.span.start)
    }

    /// Drops a key that has no meaning here, and says where it stood.
    pub fn discard(&mut self, key: &str) -> Option<usize> {
        self.table.remove(key).map(|value| value.span.start)
    }

    /// A table below this one; an empty one when it is not there.
    pub fn section(&mut self, key: &'static str) -> Self {
        let above = self.name.trim_matches(['[', ']']);
        let name = if above.is_empty() { format!("[{key}]") } else { format!("[{above}.{key}]") };
        let (at, table) = match self.take(key) {
            Some(At { at, value: ValueInner::Table(table) }) => (at, table),
            Some(At { at, value }) => {
                self.wrong_type(key, at, "a table, begun with a line of its name in brackets", &value);
                (at, Table::new())
            }
            None => (0, Table::new()),
        };
        Section { document: self.document, name, at, table, known: Vec::new() }
    }

    /// The tables of an array of tables, like `[[mailbox]]`.
    pub fn sections(&mut self, key: &'static str) -> Vec<Self> {
        let name = format!("[[{key}]]");
        let Some(found) = self.take(key) else { return Vec::new() };
        let ValueInner::Array(items) = found.value else {
            self.document.problem(
                found.at,
                format!("{key} is {}, expected a list of tables", type_words(&found.value)),
                format!("begin each with a line [[{key}]]"),
            );
            return Vec::new();
        };
        let mut sections = Vec::new();
        for mut item in items {
            match item.take() {
                ValueInner::Table(table) => sections.push(Section {
                    document: self.document,
                    name: name.clone(),
                    at: item.span.start,
                    table,
                    known: Vec::new(),
                }),
                other => self.wrong_type(key, item.span.start, "a table", &other),
            }
        }
        sections
    }

    /// All tables below this one, whatever they are called, with their names: `[account.acme]`.
    pub fn named_sections(mut self) -> Vec<(String, Self)> {
        let mut sections = Vec::new();
        for (key, mut value) in std::mem::take(&mut self.table) {
            match value.take() {
                ValueInner::Table(table) => sections.push((
                    key.name.to_string(),
                    Section {
                        document: self.document,
                        name: format!("[{}.{}]", self.name.trim_matches(['[', ']']), key.name),
                        at: value.span.start,
                        table,
                        known: Vec::new(),
                    },
                )),
                other => self.wrong_type(&key.name, value.span.start, "a table", &other),
            }
        }
        sections
    }

    /// A text that is not empty.
    pub fn text(&mut self, key: &'static str) -> Option<At<String>> {
        let found = self.take(key)?;
        match found.value {
            ValueInner::String(text) if !text.trim().is_empty() => {
                Some(At { at: found.at, value: text.trim().to_owned() })
            }
            ValueInner::String(_) => {
                self.document.problem(
                    found.at,
                    format!("{key} is empty"),
                    format!("fill it in, or remove {key}"),
                );
                None
            }
            other => {
                self.wrong_type(key, found.at, "a text in quotes", &other);
                None
            }
        }
    }

    /// Notes that a key is missing which must be there, unless it was there and wrong.
    pub fn missing(&self, key: &str, remedy: &str) {
        self.document.problem(self.at, format!("{} has no {key}", self.words()), remedy);
    }

    /// A text that must be there.
    pub fn required(&mut self, key: &'static str, remedy: &str) -> Option<At<String>> {
        if !self.has(key) {
            self.known.push(key);
            self.missing(key, remedy);
            return None;
        }
        self.text(key)
    }

    /// A text that `read` makes a value of; `expected` says what would be right, with an example.
    pub fn read<T>(
        &mut self,
        key: &'static str,
        expected: &str,
        read: impl FnOnce(&str) -> Option<T>,
    ) -> Option<At<T>> {
        let text = self.text(key)?;
        let value = read(&text.value);
        if value.is_none() {
            let what = format!("{key} = \"{}\" cannot be used here", text.value);
            self.document.problem(text.at, what, format!("expected {expected}"));
        }
        value.map(|value| At { at: text.at, value })
    }

    /// [`Section::read`] of a key that must be there.
    pub fn required_read<T>(
        &mut self,
        key: &'static str,
        expected: &str,
        read: impl FnOnce(&str) -> Option<T>,
    ) -> Option<At<T>> {
        if !self.has(key) {
            self.known.push(key);
            self.missing(key, &format!("add {key}: {expected}"));
            return None;
        }
        self.read(key, expected, read)
    }

    /// A list of texts, each with its place; none when the key is not there.
    pub fn texts(&mut self, key: &'static str) -> Option<Vec<At<String>>> {
        let found = self.take(key)?;
        let ValueInner::Array(items) = found.value else {
            self.wrong_type(key, found.at, "a list of texts, like [\"one\", \"two\"]", &found.value);
            return None;
        };
        let mut texts = Vec::new();
        for mut item in items {
            match item.take() {
                ValueInner::String(text) if !text.trim().is_empty() => {
                    texts.push(At { at: item.span.start, value: text.trim().to_owned() });
                }
                ValueInner::String(_) => {
                    self.document.problem(
                        item.span.start,
                        format!("{key} has an empty entry"),
                        "remove the entry",
                    );
                }
                other => {
                    self.wrong_type(key, item.span.start, "a list of texts, like [\"one\", \"two\"]", &other);
                }
            }
        }
        Some(texts)
    }

    /// Notes the problem when a list that is there has no entries.
    pub fn not_empty(&self, key: &str, remedy: &str) {
        if let Some(value) = self.table.get(key)
            && value.as_array().is_some_and(Vec::is_empty)
        {
            self.document.problem(value.span.start, format!("{key} is an empty list"), remedy);
        }
    }

    /// A list of texts that `read` makes values of.
    pub fn list<T>(
        &mut self,
        key: &'static str,
        expected: &str,
        read: impl Fn(&str) -> Option<T>,
    ) -> Option<Vec<At<T>>> {
        let mut values = Vec::new();
        for text in self.texts(key)? {
            if let Some(value) = read(&text.value) {
                values.push(At { at: text.at, value });
            } else {
                let what = format!("\"{}\" in {key} cannot be used here", text.value);
                self.document.problem(text.at, what, format!("expected {expected}"));
            }
        }
        Some(values)
    }

    /// Yes or no.
    pub fn boolean(&mut self, key: &'static str, default: bool) -> bool {
        match self.take(key) {
            None => default,
            Some(At { value: ValueInner::Boolean(value), .. }) => value,
            Some(At { at, value }) => {
                self.wrong_type(key, at, "true or false, without quotes", &value);
                default
            }
        }
    }

    /// A cost beside another that counts as 1: from a hundredth to a hundred.
    pub fn cost(&mut self, key: &'static str, default: f64) -> At<f64> {
        self.number(key, default, "how many missed ones a false one is as bad as: from 0.01 to 100")
    }

    /// A number from a hundredth to a hundred; `remedy` says what it means.
    pub fn number(&mut self, key: &'static str, default: f64, remedy: &str) -> At<f64> {
        let Some(found) = self.take(key) else { return At { at: self.at, value: default } };
        #[expect(clippy::cast_precision_loss, reason = "only 1 to 100 pass the check below")]
        let value = match found.value {
            ValueInner::Float(value) => value,
            ValueInner::Integer(value) => value as f64,
            other => {
                self.wrong_type(key, found.at, "a number from 0.01 to 100, like 4.0", &other);
                return At { at: found.at, value: default };
            }
        };
        if (0.01..=100.0).contains(&value) {
            return At { at: found.at, value };
        }
        self.document.problem(found.at, format!("{key} = {value} is out of range"), remedy);
        At { at: found.at, value: default }
    }

    /// A whole number within a range.
    pub fn integer(&mut self, key: &'static str, default: u32, range: std::ops::RangeInclusive<u32>) -> u32 {
        let Some(found) = self.take(key) else { return default };
        let ValueInner::Integer(number) = found.value else {
            self.wrong_type(key, found.at, &format!("a whole number, like {default}"), &found.value);
            return default;
        };
        if let Some(number) = u32::try_from(number).ok().filter(|number| range.contains(number)) {
            return number;
        }
        let what = format!("{key} = {number} is out of range");
        let remedy = format!("from {} to {}", range.start(), range.end());
        self.document.problem(found.at, what, remedy);
        default
    }

    /// One of these words.
    pub fn choice<T: Copy>(&mut self, key: &'static str, default: T, choices: &[(&str, T)]) -> T {
        let Some(text) = self.text(key) else { return default };
        if let Some((_, value)) = choices.iter().find(|(word, _)| *word == text.value) {
            return *value;
        }
        let words: Vec<_> = choices.iter().map(|(word, _)| *word).collect();
        let what = format!("{key} = \"{}\" is none of {}", text.value, words.join(", "));
        self.document.problem(text.at, what, did_you_mean(&text.value, &words));
        default
    }

    /// A length of time, from a second to a year.
    pub fn duration(&mut self, key: &'static str, default: SignedDuration) -> SignedDuration {
        self.read(
            key,
            "a length of time of a second or more, like \"45s\", \"10m\", \"1h 30m\" or \"2d\"",
            duration,
        )
        .map_or(default, |found| found.value)
    }

    /// Ends the reading of this table: every key that was not asked for is a problem.
    pub fn finish(self) {
        for (key, value) in &self.table {
            let at = if key.span.end > key.span.start { key.span.start } else { value.span.start };
            let what = format!("unknown key {} in {}", key.name, self.words());
            self.document.problem(at, what, did_you_mean(&key.name, &self.known));
        }
    }
}

fn type_words(value: &ValueInner<'_>) -> &'static str {
    match value {
        ValueInner::String(_) => "a text in quotes",
        ValueInner::Integer(_) | ValueInner::Float(_) => "a number",
        ValueInner::Boolean(_) => "true or false",
        ValueInner::Array(_) => "a list",
        ValueInner::Table(_) => "a table",
    }
}
