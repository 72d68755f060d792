//! Questions on the terminal, or on whatever standard input is.

use std::io::{self, BufRead, IsTerminal as _};
use std::process::{Command, Stdio};

use anyhow::{Context as _, Result};

use super::text::Login;
use crate::cli::{exit, print};

/// What is asked, and by which option it can be said instead.
#[derive(Debug, Clone, Copy)]
pub struct Question<'a> {
    option: &'static str,
    words: &'a str,
    expected: &'a str,
}

impl<'a> Question<'a> {
    /// The option, the question without its mark, and what would be an answer.
    pub fn new(option: &'static str, words: &'a str, expected: &'a str) -> Self {
        Self { option, words, expected }
    }
}

/// Somebody who can be asked.
pub struct Asking<R> {
    input: R,
    yes: bool,
}

impl<R: BufRead> Asking<R> {
    /// Asks on standard output and reads from `input`; with `yes` nothing is asked.
    pub fn new(input: R, yes: bool) -> Self {
        Self { input, yes }
    }

    /// Tells something that the next questions are about.
    pub fn say(&self, text: &str) -> Result<()> {
        if self.yes { Ok(()) } else { print(text) }
    }

    /// What the option says, or the answer to the question; asks again what cannot be read.
    pub fn ask<T>(
        &mut self,
        question: Question<'_>,
        given: Option<&str>,
        usual: Option<&str>,
        read: impl Fn(&str) -> Option<T>,
    ) -> Result<T> {
        let Question { option, words, expected } = question;
        if let Some(text) = given.or(usual.filter(|_| self.yes)) {
            // What was given may hold a password: it is not repeated.
            return read(text.trim())
                .ok_or_else(|| exit::Misused(format!("{option}: expected {expected}")).into());
        }
        let offered = usual.map_or_else(String::new, |usual| format!(" [{usual}]"));
        loop {
            print(&format!("{words}{offered}: "))?;
            let typed = self.line(option)?;
            let text = if typed.is_empty() { usual.unwrap_or("") } else { &typed };
            match read(text) {
                Some(value) => return Ok(value),
                None => print(&format!("  Expected {expected}.\n"))?,
            }
        }
    }

    /// Where a password is, or the password itself, which a terminal does not show; `usual` is for an empty answer.
    pub fn secret(
        &mut self,
        option: &'static str,
        words: &str,
        given: Option<&str>,
        usual: Option<Login>,
    ) -> Result<Login> {
        let expected = "file:PATH, env:NAME or credential:NAME, never the password itself";
        if let Some(text) = given {
            let known = ["file:", "env:", "credential:"].iter().any(|start| {
                text.strip_prefix(start)
                    .is_some_and(|rest| !rest.is_empty() && !rest.contains(char::is_control))
            });
            return if known {
                Ok(Login::Elsewhere(text.to_owned()))
            } else {
                Err(exit::Misused(format!("{option}: expected {expected}")).into())
            };
        }
        if self.yes {
            return usual.ok_or_else(|| exit::Misused(format!("{option} is needed: {expected}")).into());
        }
        loop {
            print(&format!("{words}: "))?;
            let hidden = Hidden::begin();
            let typed = self.line(option);
            if hidden.end() {
                print("\n")?;
            }
            match (typed?, &usual) {
                (typed, Some(usual)) if typed.is_empty() => return Ok(usual.clone()),
                (typed, _) if !typed.is_empty() => return Ok(Login::typed(&typed)),
                _ => print("  Expected a password.\n")?,
            }
        }
    }

    fn line(&mut self, option: &str) -> Result<String> {
        let mut line = String::new();
        let read = self.input.read_line(&mut line).context("cannot read the answer")?;
        if read == 0 {
            print("\n")?;
            return Err(exit::Misused(format!(
                "there is nobody to answer; give {option}, or --yes for the usual answers"
            ))
            .into());
        }
        Ok(line.trim().to_owned())
    }
}

/// A terminal that does not show what is typed, until it is told to again.
struct Hidden(bool);

impl Hidden {
    fn begin() -> Self {
        Self(io::stdin().is_terminal() && echo("-echo"))
    }

    /// Whether it was hidden, so that the Enter was not shown either.
    fn end(self) -> bool {
        self.0
    }
}

impl Drop for Hidden {
    fn drop(&mut self) {
        if self.0 {
            echo("echo");
        }
    }
}

/// stty(1) sets the terminal that is its standard input.
fn echo(how: &str) -> bool {
    let set = Command::new("stty").arg(how).stdin(Stdio::inherit()).stderr(Stdio::null()).status();
    set.is_ok_and(|status| status.success())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn number(text: &str) -> Option<u8> {
        text.parse().ok()
    }

    const QUESTION: Question<'_> = Question { option: "--number", words: "A number", expected: "a number" };

    #[test]
    fn nonsense_is_asked_again_until_there_is_an_answer_or_nobody() {
        let mut asking = Asking::new(&b"x\n300\n 7 \n"[..], false);
        assert_eq!(asking.ask(QUESTION, None, None, number).unwrap(), 7);
        let error = asking.ask(QUESTION, None, None, number).unwrap_err();
        assert!(error.to_string().contains("give --number"), "{error}");
    }

    #[test]
    fn an_option_is_not_asked_and_enter_takes_the_usual_answer() {
        let mut asking = Asking::new(&b"\n"[..], false);
        assert_eq!(asking.ask(QUESTION, Some("5"), Some("6"), number).unwrap(), 5);
        assert_eq!(asking.ask(QUESTION, None, Some("6"), number).unwrap(), 6);
        let error = asking.ask(QUESTION, Some("five"), None, number).unwrap_err();
        assert_eq!(error.to_string(), "--number: expected a number");
    }

    #[test]
    fn a_password_is_typed_or_named_and_never_repeated() {
        let mut asking = Asking::new(&b"\nhunter2\n"[..], false);
        let Login::Typed(typed) = asking.secret("--from", "Password", None, None).unwrap() else { panic!() };
        assert_eq!(typed.expose(), "hunter2");
        let error = asking.secret("--from", "Password", Some("hunter2"), None).unwrap_err().to_string();
        assert!(!error.contains("hunter2") && error.contains("env:NAME"), "{error}");
    }
}
