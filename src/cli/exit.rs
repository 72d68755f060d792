//! How a command ends: its exit code, and what a failure says.

use std::fmt::Write as _;
use std::io::{self, Write as _};
use std::process::ExitCode;

use crate::store::{ErrorKind, StoreError};

/// A supervisor need not try again: the command line stays as it is.
const USAGE: u8 = 2;
/// What `forget` erased is not gone.
const LEFT: u8 = 3;
/// `EX_TEMPFAIL` of sysexits.h.
const TRY_AGAIN: u8 = 75;
/// `EX_CONFIG` of sysexits.h.
const CONFIGURATION: u8 = 78;

/// All exit codes, and what each means.
pub const CODES: [(u8, &str); 6] = [
    (0, "it is done"),
    (1, "it failed, or `check` found something to put right"),
    (USAGE, "the command line is wrong"),
    (LEFT, "`forget` found something of the person still"),
    (TRY_AGAIN, "the database is busy, full or out of reach: it may pass later (EX_TEMPFAIL)"),
    (CONFIGURATION, "the configuration is missing or wrong (EX_CONFIG)"),
];

/// All that is wrong with the configuration, in words.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub struct Misconfigured(pub String);

/// What is wrong with the command line, where the parser cannot know it.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub struct Misused(pub String);

/// The exit code where something is left of a person who was forgotten.
pub fn left() -> ExitCode {
    LEFT.into()
}

/// The exit code of a wrong configuration.
pub fn configuration() -> ExitCode {
    CONFIGURATION.into()
}

/// The table of the codes for `--help`.
pub fn help() -> String {
    CODES
        .iter()
        .fold("Exit codes:".to_owned(), |text, (code, meaning)| format!("{text}\n  {code:>2}  {meaning}"))
}

/// Says on standard error why a command failed, and gives its exit code. A reader that has seen enough (`| head`) is
/// no failure.
pub fn fail(error: &anyhow::Error) -> ExitCode {
    let enough = |cause: &(dyn std::error::Error + 'static)| {
        cause.downcast_ref::<io::Error>().is_some_and(|error| error.kind() == io::ErrorKind::BrokenPipe)
    };
    if error.chain().any(enough) {
        return ExitCode::SUCCESS;
    }
    let mut text = format!("pairdesk: {error}\n");
    for cause in error.chain().skip(1) {
        let _ = writeln!(text, "    because: {cause}");
    }
    // Nobody is left to tell when standard error is gone.
    let _ = io::stderr().write_all(text.as_bytes());
    code(error).into()
}

fn code(error: &anyhow::Error) -> u8 {
    let unavailable = |cause: &(dyn std::error::Error + 'static)| {
        cause.downcast_ref::<StoreError>().is_some_and(|error| error.kind == ErrorKind::Unavailable)
    };
    match () {
        () if error.is::<Misconfigured>() => CONFIGURATION,
        () if error.is::<Misused>() => USAGE,
        () if error.chain().any(unavailable) => TRY_AGAIN,
        () => 1,
    }
}

#[cfg(test)]
mod tests {
    use anyhow::{Context as _, anyhow};

    use super::*;

    #[test]
    fn a_supervisor_sees_by_the_code_whether_it_helps_to_try_again() {
        assert_eq!(code(&Misconfigured("a mistake".into()).into()), 78);
        assert_eq!(code(&anyhow!(Misused("a word too many".into())).context("about --since")), 2);
        assert_eq!(code(&anyhow!("something else")), 1);
        let failed: anyhow::Result<()> = Err(anyhow!("the disk")).context("while writing");
        assert_eq!(code(&failed.unwrap_err()), 1);
    }
}
