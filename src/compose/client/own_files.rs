//! The firm's own template files: what each one's name says it is for, and whether its bytes are a text.

use std::fmt::Write as _;

use crate::directory::written::{Problem, nearest};
use crate::effect::ClientLetter;

/// The longest file, in bytes: a letter is a page.
pub const LONGEST: usize = 64 * 1024;

/// A file of the firm's template folder, as it was read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OwnFile {
    /// Its path below the folder, with `/`: "client/received.en.txt". Empty for the folder itself, where that cannot be
    /// read.
    pub name: String,
    /// Its path for people.
    pub place: String,
    /// Its bytes, at most one more than [`LONGEST`]; or why there are none.
    pub bytes: Result<Vec<u8>, String>,
}

/// What a file is for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Role {
    /// The wording of a sort of letter.
    Letter(ClientLetter),
    /// The HTML around all letters.
    Frame,
    /// A part that others include.
    Part,
}

/// The file of a letter in a language; an owner's own words have but one.
pub(super) fn file_name(sort: ClientLetter, language: &str) -> String {
    match sort {
        ClientLetter::OwnWords => "own_words.txt".to_owned(),
        _ => format!("{}.{language}.txt", sort.key()),
    }
}

/// The name of the file of the frame.
pub(super) const FRAME: &str = "frame.html";

impl OwnFile {
    /// What the file is for, its name among the templates, and its text; or what is wrong with it.
    pub(super) fn read(&self) -> Result<(Role, &str, String), Problem> {
        if self.name.is_empty() {
            let why = self.bytes.as_ref().err().map_or("it cannot be read", String::as_str);
            let what = format!("the folder of templates cannot be read: {why}");
            return Err(self.problem(None, what, "correct folder in [templates], or make the folder"));
        }
        let (role, name) = self.role()?;
        let bytes = match &self.bytes {
            Ok(bytes) => bytes,
            Err(why) => {
                let remedy = "put a text file that Pairdesk may read in its place, or remove it";
                return Err(self.problem(None, format!("it cannot be read: {why}"), remedy));
            }
        };
        if bytes.len() > LONGEST {
            let what = format!("it is longer than {} kB: no letter is", LONGEST / 1024);
            return Err(self.problem(None, what, "put the text of one letter there"));
        }
        let text = std::str::from_utf8(bytes).map_err(|error| {
            let before = &bytes[..error.valid_up_to()];
            let line = String::from_utf8_lossy(before).matches('\n').count() + 1;
            self.problem(Some(line), "this is no UTF-8", "save the file as UTF-8")
        })?;
        let text = text.trim_start_matches('\u{feff}').replace("\r\n", "\n");
        if text.trim().is_empty() {
            let remedy =
                "write the letter into it; to send none of this sort, set it to \"off\" in [follow_up]";
            return Err(self.problem(None, "it is empty", remedy));
        }
        Ok((role, name, text))
    }

    fn role(&self) -> Result<(Role, &str), Problem> {
        let wrong =
            |remedy: &str| self.problem(None, "no letter takes its wording from a file of this name", remedy);
        let Some(name) = self.name.strip_prefix("client/").filter(|name| !name.contains('/')) else {
            return Err(wrong("letters to clients stand in the folder client: client/received.en.txt"));
        };
        if name == FRAME {
            return Ok((Role::Frame, name));
        }
        if name.starts_with('_') {
            return Ok((Role::Part, name));
        }
        if name == file_name(ClientLetter::OwnWords, "") {
            return Ok((Role::Letter(ClientLetter::OwnWords), name));
        }
        let mut parts = name.split('.');
        let (sort, language) = (parts.next().unwrap_or_default(), parts.next().unwrap_or_default());
        let letter = ClientLetter::from_key(sort).filter(|letter| *letter != ClientLetter::OwnWords);
        let language_is_one =
            (2..=3).contains(&language.len()) && language.bytes().all(|byte| byte.is_ascii_lowercase());
        if let Some(letter) =
            letter.filter(|_| language_is_one && parts.next() == Some("txt") && parts.next().is_none())
        {
            return Ok((Role::Letter(letter), name));
        }
        let known: Vec<&str> = ClientLetter::ALL.iter().map(|letter| letter.key()).collect();
        Err(match (letter, nearest(sort, &known)) {
            (Some(_), _) => {
                wrong(&format!("call it client/{sort}.en.txt, or client/{sort}.fr.txt and so on"))
            }
            (None, Some("own_words")) => wrong("did you mean client/own_words.txt?"),
            (None, Some(near)) => wrong(&format!(
                "did you mean client/{near}.{}.txt?",
                if language_is_one { language } else { "en" }
            )),
            (None, None) => {
                let mut remedy =
                    format!("there are {}, each with a language (received.en.txt)", known.join(", "));
                let _ = write!(remedy, "; {FRAME}; and parts, whose names begin with _");
                wrong(&remedy)
            }
        })
    }

    /// Something that is wrong with it, at a line where one is known.
    pub(super) fn problem(
        &self,
        line: Option<usize>,
        what: impl Into<String>,
        remedy: impl Into<String>,
    ) -> Problem {
        let place = line.map_or_else(|| self.place.clone(), |line| format!("{}:{line}", self.place));
        Problem { place, what: what.into(), remedy: remedy.into() }
    }
}
