//! The firm's own templates are tried with made-up letters before any client gets one.

use std::collections::{BTreeMap, BTreeSet};

use minijinja::{Environment, Value};

use super::own_files::{OwnFile, Role};
use super::values::{Values, written};
use super::wording::tried;
use crate::compose::House;
use crate::compose::sample::samples;
use crate::directory::written::{Problem, did_you_mean};
use crate::effect::ClientLetter;

/// What the frame has beside the variables that all letters have.
const OF_FRAMES: [&str; 3] = ["body", "language", "letter"];

/// Made-up letters to try templates with.
pub(super) struct Trials {
    /// The values of each letter, and again with each of them emptied.
    letters: Vec<(ClientLetter, Values)>,
}

impl Trials {
    pub(super) fn new(house: &House) -> Self {
        let letters = samples().into_iter().filter_map(|(_, letter)| written(house, &letter));
        let letters = letters.flat_map(|letter| {
            let emptied = letter.values.keys().map(|name| {
                let mut values = letter.values.clone();
                values.entry(name).and_modify(|value| *value = emptied(value));
                (letter.sort, values)
            });
            let emptied: Vec<_> = emptied.collect();
            std::iter::once((letter.sort, letter.values)).chain(emptied)
        });
        Self { letters: letters.collect() }
    }

    /// The values of the letters of a sort.
    fn of(&self, sort: ClientLetter) -> impl Iterator<Item = &Values> {
        self.letters.iter().filter(move |(of, _)| *of == sort).map(|(_, values)| values)
    }

    /// The variables of a sort of letter.
    fn names(&self, sort: ClientLetter) -> BTreeSet<&'static str> {
        self.of(sort).flat_map(|values| values.keys().copied()).collect()
    }

    /// The first thing that is wrong with a template.
    pub(super) fn problem(
        &self,
        environment: &Environment<'_>,
        files: &BTreeMap<String, OwnFile>,
        name: &str,
        role: &Role,
    ) -> Option<Problem> {
        let file = files.get(name)?;
        let sorts: BTreeSet<ClientLetter> = self.letters.iter().map(|(sort, _)| *sort).collect();
        let in_all = |name: &&str| sorts.iter().all(|sort| self.names(*sort).contains(*name));
        let known: BTreeSet<&str> = match role {
            Role::Letter(sort) => self.names(*sort),
            Role::Frame => {
                let common = sorts.iter().flat_map(|sort| self.names(*sort)).filter(in_all);
                common.chain(OF_FRAMES).collect()
            }
            Role::Part => sorts.iter().flat_map(|sort| self.names(*sort)).chain(OF_FRAMES).collect(),
        };
        if let Some(problem) = self.unknown(environment, file, name, &known) {
            return Some(problem);
        }
        match role {
            Role::Letter(sort) => {
                self.of(*sort).find_map(|values| tried(environment, files, file, name, values).err())
            }
            Role::Frame => self.letters.iter().find_map(|(sort, values)| {
                const BODY: &str = "<p>The letter.</p>";
                let mut values = values.clone();
                values.insert("body", Value::from_safe_string(BODY.to_owned()));
                values.insert("language", "en".into());
                values.insert("letter", sort.key().into());
                match tried(environment, files, file, name, &values) {
                    Ok(html) if html.contains(BODY) => None,
                    Ok(_) => Some(file.problem(
                        None,
                        "the letter itself is not in it",
                        "write {{ body }} where it belongs",
                    )),
                    Err(problem) => Some(problem),
                }
            }),
            Role::Part => None,
        }
    }

    /// A variable of a template that there is not, also where it stands in a branch that is never taken.
    fn unknown(
        &self,
        environment: &Environment<'_>,
        file: &OwnFile,
        name: &str,
        known: &BTreeSet<&str>,
    ) -> Option<Problem> {
        let template = environment.get_template(name).ok()?;
        let globals: BTreeSet<&str> = environment.globals().map(|(name, _)| name).collect();
        let used = template.undeclared_variables(false);
        let unknown =
            used.iter().filter(|name| !known.contains(name.as_str()) && !globals.contains(name.as_str()));
        let (line, unknown) = unknown.map(|name| (line_of(template.source(), name), name)).min()?;
        let others =
            ClientLetter::ALL.into_iter().filter(|sort| self.names(*sort).contains(unknown.as_str()));
        let others: Vec<_> = others.map(ClientLetter::key).collect();
        let remedy = if others.is_empty() {
            let known: Vec<&str> = known.iter().copied().collect();
            did_you_mean(unknown, &known)
        } else {
            let known: Vec<&str> = known.iter().copied().collect();
            format!("it is one of {}; here there are {}", others.join(", "), known.join(", "))
        };
        Some(file.problem(line, format!("there is no variable {unknown} here"), remedy))
    }
}

/// The line, from 1, at which a name stands in the code of a template.
fn line_of(source: &str, name: &str) -> Option<usize> {
    let is_word = |c: char| c.is_alphanumeric() || c == '_';
    let has = |text: &str| text.split(|c| !is_word(c)).any(|word| word == name);
    let mut lines = source.lines().enumerate();
    let mut within = false;
    lines.find_map(|(number, line)| {
        // A tag may go over several lines.
        let code: String = line.split_inclusive(['{', '}']).fold(String::new(), |mut code, piece| {
            if within {
                code.push_str(piece);
                code.push(' ');
            }
            within = if piece.ends_with('{') {
                true
            } else if piece.ends_with('}') {
                false
            } else {
                within
            };
            code
        });
        has(&code).then_some(number + 1)
    })
}

/// The same value where there is nothing to say, or the other one of two.
fn emptied(value: &Value) -> Value {
    use minijinja::value::ValueKind;
    match value.kind() {
        ValueKind::Bool => Value::from(!value.is_true()),
        ValueKind::Number => Value::from(0),
        ValueKind::Seq => Value::from(Vec::<String>::new()),
        _ => Value::from(""),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_found_in_the_code_of_a_template_and_not_in_its_words() {
        let source = "Hello client,\n{% if\n  clint %}x{% endif %}\n{{ client }}";
        assert_eq!(line_of(source, "clint"), Some(3));
        assert_eq!(line_of(source, "client"), Some(4));
        assert_eq!(line_of(source, "nobody"), None);
    }
}
