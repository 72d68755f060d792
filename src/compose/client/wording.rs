//! The wording of letters to clients: the built-in one, and the firm's own in its place where there is one that works.

use std::collections::BTreeMap;
use std::io;
use std::sync::{Arc, LazyLock};

use minijinja::{Environment, Error, ErrorKind, UndefinedBehavior, Value};

use super::language::primary;
use super::own_files::{FRAME, OwnFile, file_name};
use super::trial::Trials;
use super::values::Values;
use crate::compose::House;
use crate::directory::written::Problem;
use crate::effect::ClientLetter;

/// How many steps a template may take: a page of text takes some hundreds.
const STEPS: u64 = 50_000;
/// How deep templates may include each other.
const DEPTH: usize = 32;
/// The longest mail, in bytes.
const LONGEST: usize = 256 * 1024;

/// The built-in templates.
const BUILT_IN: [(&str, &str); 17] = [
    ("received.en.txt", include_str!("../../../templates/client/received.en.txt")),
    ("received.de.txt", include_str!("../../../templates/client/received.de.txt")),
    ("still_working.en.txt", include_str!("../../../templates/client/still_working.en.txt")),
    ("still_working.de.txt", include_str!("../../../templates/client/still_working.de.txt")),
    ("offer.en.txt", include_str!("../../../templates/client/offer.en.txt")),
    ("offer.de.txt", include_str!("../../../templates/client/offer.de.txt")),
    ("accepted.en.txt", include_str!("../../../templates/client/accepted.en.txt")),
    ("accepted.de.txt", include_str!("../../../templates/client/accepted.de.txt")),
    ("boundary.en.txt", include_str!("../../../templates/client/boundary.en.txt")),
    ("boundary.de.txt", include_str!("../../../templates/client/boundary.de.txt")),
    ("settled.en.txt", include_str!("../../../templates/client/settled.en.txt")),
    ("settled.de.txt", include_str!("../../../templates/client/settled.de.txt")),
    ("meeting.en.txt", include_str!("../../../templates/client/meeting.en.txt")),
    ("meeting.de.txt", include_str!("../../../templates/client/meeting.de.txt")),
    ("thank_you.en.txt", include_str!("../../../templates/client/thank_you.en.txt")),
    ("thank_you.de.txt", include_str!("../../../templates/client/thank_you.de.txt")),
    ("own_words.txt", include_str!("../../../templates/client/own_words.txt")),
];

static BUILT_IN_WORDING: LazyLock<Arc<Environment<'static>>> = LazyLock::new(|| {
    let mut environment = environment();
    for (name, text) in BUILT_IN {
        environment.add_template(name, text).expect("a test renders every built-in template");
    }
    Arc::new(environment)
});

/// An empty environment in which a mistake is an error and nothing goes on forever.
fn environment() -> Environment<'static> {
    let mut environment = Environment::new();
    environment.set_undefined_behavior(UndefinedBehavior::Strict);
    environment.set_fuel(Some(STEPS));
    environment.set_recursion_limit(DEPTH);
    environment
}

/// The wording of letters to clients.
#[derive(Debug, Clone)]
pub struct Wording {
    /// The firm's own templates that work.
    own: Arc<Environment<'static>>,
    /// The firm's own files by the names of their templates.
    files: BTreeMap<String, OwnFile>,
    /// What is wrong with those of them that are not used.
    broken: BTreeMap<String, Problem>,
    /// All that is wrong.
    problems: Vec<Problem>,
}

impl Default for Wording {
    /// The built-in wording alone.
    fn default() -> Self {
        Self {
            own: Arc::new(environment()),
            files: BTreeMap::new(),
            broken: BTreeMap::new(),
            problems: Vec::new(),
        }
    }
}

impl Wording {
    /// The built-in wording with the firm's own files in its place. Each is tried with made-up letters; what does not work is
    /// not used, and is named in [`Wording::problems`].
    pub fn with(files: Vec<OwnFile>, house: &House) -> Self {
        let mut environment = environment();
        environment.set_debug(true);
        let mut wording = Self::default();
        let mut roles = BTreeMap::new();
        for file in files {
            let template = file.name.trim_start_matches("client/").to_owned();
            match file.read() {
                Err(problem) => wording.breaks(template.clone(), problem),
                Ok((role, name, text)) => match environment.add_template_owned(name.to_owned(), text) {
                    Err(error) => wording.breaks(template.clone(), said(&error, &file)),
                    Ok(()) => drop(roles.insert(template.clone(), role)),
                },
            }
            wording.files.insert(template, file);
        }
        let trials = Trials::new(house);
        for (name, role) in &roles {
            if let Some(problem) = trials.problem(&environment, &wording.files, name, role) {
                wording.breaks(name.clone(), problem);
            }
        }
        for name in wording.broken.keys() {
            environment.remove_template(name);
        }
        wording.own = Arc::new(environment);
        wording
    }

    fn breaks(&mut self, name: String, problem: Problem) {
        if !self.problems.contains(&problem) {
            self.problems.push(problem.clone());
        }
        self.broken.insert(name, problem);
    }

    /// What is wrong with the firm's own files, each with its place and remedy.
    pub fn problems(&self) -> &[Problem] {
        &self.problems
    }

    /// The firm's own files that are used, below its folder.
    pub fn own_files(&self) -> impl Iterator<Item = &str> {
        let used = self.files.iter().filter(|(name, _)| !self.broken.contains_key(*name));
        used.map(|(_, file)| file.name.as_str())
    }

    /// The text of a letter: by the firm's own template of its language, or the built-in one, or the same in English. With it
    /// what is wrong with one of the firm's own that would have gone before.
    pub(super) fn text(
        &self,
        sort: ClientLetter,
        language: &str,
        values: &Values,
    ) -> (String, Option<Problem>) {
        let mut problem = None;
        for language in [&*primary(language), "en"] {
            let name = file_name(sort, language);
            match self.own_text(&name, values) {
                Some(Ok(text)) => return (text, problem),
                Some(Err(wrong)) => problem = problem.or(Some(wrong)),
                None => {}
            }
            if let Ok(text) = render(&BUILT_IN_WORDING, &name, values) {
                return (text, problem);
            }
        }
        // Not reached: a test renders every built-in letter in English.
        (String::new(), problem)
    }

    /// The letter in the firm's frame, where it has one; and what is wrong with that.
    pub(super) fn frame(&self, values: &Values) -> (Option<String>, Option<Problem>) {
        match self.own_text(FRAME, values) {
            None => (None, None),
            Some(Ok(html)) => (Some(html), None),
            Some(Err(problem)) => (None, Some(problem)),
        }
    }

    /// A text by the firm's own template of this name, if there is one; or what is wrong with it.
    fn own_text(&self, name: &str, values: &Values) -> Option<Result<String, Problem>> {
        if let Some(problem) = self.broken.get(name) {
            return Some(Err(problem.clone()));
        }
        let file = self.files.get(name)?;
        Some(tried(&self.own, &self.files, file, name, values))
    }
}

/// What a template of the firm gives, or what is wrong with it.
pub(super) fn tried(
    environment: &Environment<'_>,
    files: &BTreeMap<String, OwnFile>,
    file: &OwnFile,
    name: &str,
    values: &Values,
) -> Result<String, Problem> {
    let text = render(environment, name, values).map_err(|error| {
        // What is wrong may stand in a file that this one includes.
        let at_fault = innermost(&error).name().and_then(|name| files.get(name));
        said(&error, at_fault.unwrap_or(file))
    })?;
    let body = super::subject_line(&text).1;
    if body.trim().is_empty() {
        return Err(file.problem(
            None,
            "it gives an empty letter",
            "write something that is always there into it",
        ));
    }
    Ok(text)
}

fn render(environment: &Environment<'_>, name: &str, values: &Values) -> Result<String, Error> {
    let mut text = Bounded::default();
    let context = Value::from_pairs(values.iter().map(|(name, value)| (*name, value.clone())));
    environment.get_template(name)?.render_captured_to(context, &mut text)?;
    String::from_utf8(text.0).map_err(|error| Error::new(ErrorKind::WriteFailure, error.to_string()))
}

/// A text that does not grow beyond a mail.
#[derive(Default)]
struct Bounded(Vec<u8>);

impl io::Write for Bounded {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if self.0.len() + bytes.len() > LONGEST {
            return Err(io::Error::other("the letter becomes too long"));
        }
        self.0.extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// The error that made the others: in an included file, say.
fn innermost(error: &Error) -> &Error {
    let mut found = error;
    while let Some(source) =
        std::error::Error::source(found).and_then(|source| source.downcast_ref::<Error>())
    {
        found = source;
    }
    found
}

/// An error of the template engine, for whoever wrote the template.
fn said(error: &Error, file: &OwnFile) -> Problem {
    let error = innermost(error);
    let detail = error.detail().map_or_else(|| error.kind().to_string(), str::to_owned);
    let (what, remedy) = match error.kind() {
        ErrorKind::SyntaxError => (
            format!("this cannot be read as a template: {detail}"),
            "put the line right; every {{ needs its }}, every {% if %} and {% for %} its {% endif %} and {% endfor %}",
        ),
        ErrorKind::OutOfFuel => {
            ("it does not come to an end".to_owned(), "take the loop out, or let it go over fewer things")
        }
        ErrorKind::WriteFailure => ("the letter becomes too long".to_owned(), "take out what repeats itself"),
        ErrorKind::TemplateNotFound => (
            detail,
            "put that file into the folder client, with a name that begins with _, or do not include it",
        ),
        ErrorKind::UnknownFilter | ErrorKind::UnknownTest | ErrorKind::UnknownFunction => {
            (detail, "correct the name; docs/templates.md says what there is")
        }
        ErrorKind::UndefinedError => (
            format!("it uses a value that is not always there{}", expression(error)),
            "ask for it first: {% if words %} ... {% endif %}",
        ),
        _ => (detail, "put the line right, as docs/templates.md shows"),
    };
    file.problem(error.line(), what, remedy)
}

/// The expression that an error is about, for people; empty where it is not known.
fn expression(error: &Error) -> String {
    let text = error.range().zip(error.template_source()).and_then(|(range, source)| source.get(range));
    text.map(|text| format!(": {text}")).unwrap_or_default()
}
