//! The command line: one subcommand a file, whose doc comment is its `--help`.

#![allow(clippy::doc_markdown, reason = "doc comments are the help text, which has no markdown")]

mod accounts;
mod backup;
mod cases;
mod check;
mod classify;
mod clock;
mod corrections;
mod demo;
mod digest;
mod evaluate;
mod exit;
mod export;
mod forget;
mod init;
mod inspect;
mod layout;
mod ledger;
mod login;
mod manual;
mod report;
mod restore;
mod retry;
mod run;
mod show;
mod status;
mod tokens;
mod train;
mod why;

use std::io::{self, Write as _};
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;

use anyhow::{Context as _, Result};
use clap::{Parser, Subcommand};

use crate::config::{self, Config};
use crate::directory::Directory;
use crate::directory::written::Problem;
use crate::store::Store;
pub use exit::fail;

/// Reads the mailbox that clients write to, notices complaints and requests for more than was agreed, and brings each
/// to the two people who own the account.
#[derive(Debug, Parser)]
#[command(version, propagate_version = true, max_term_width = 100, after_long_help = exit::help())]
pub struct Cli {
    /// The configuration file [default: $PAIRDESK_CONFIG, ./pairdesk.toml, /etc/pairdesk/pairdesk.toml]
    #[arg(long, short, global = true, value_name = "FILE")]
    config: Option<PathBuf>,
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    Demo(demo::Demo),
    Init(Box<init::Init>),
    Run(run::Run),
    Check(check::Check),
    Login(login::Login),
    Accounts(accounts::Accounts),
    Cases(cases::Cases),
    Show(show::Show),
    Why(why::Why),
    Corrections(corrections::Corrections),
    Digest(digest::Digest),
    Export(export::Export),
    Forget(forget::Forget),
    Ledger(ledger::Ledger),
    Report(report::Report),
    Status(status::Status),
    Retry(retry::Retry),
    Backup(backup::Backup),
    Restore(restore::Restore),
    Tokens(tokens::Tokens),
    Inspect(inspect::Inspect),
    Classify(classify::Classify),
    Train(train::Train),
    Evaluate(evaluate::Evaluate),
    #[command(hide = true)]
    Man(manual::Man),
    #[command(hide = true)]
    Completions(manual::Completions),
}

/// How long threads may take to end with the program.
const ENDING: Duration = Duration::from_secs(1);

/// Runs a command.
///
/// # Errors
/// Whatever kept it from being done, in words for the one who gave it.
pub fn run(cli: Cli) -> Result<ExitCode> {
    let runtime = tokio::runtime::Runtime::new().context("cannot start the program's threads")?;
    let done = runtime.block_on(async {
        let config = cli.config;
        match cli.command {
            Command::Demo(command) => command.run().await,
            Command::Init(command) => command.run(config),
            Command::Run(command) => command.run(config).await,
            Command::Check(command) => command.run(config).await,
            Command::Login(command) => command.run(config).await,
            Command::Accounts(command) => command.run(config).await,
            Command::Cases(command) => command.run(config).await,
            Command::Show(command) => command.run(config).await,
            Command::Why(command) => command.run(config).await,
            Command::Corrections(command) => command.run(config).await,
            Command::Digest(command) => command.run(config).await,
            Command::Export(command) => command.run(config).await,
            Command::Forget(command) => command.run(config).await,
            Command::Ledger(command) => command.run(config).await,
            Command::Report(command) => command.run(config).await,
            Command::Status(command) => command.run(config).await,
            Command::Retry(command) => command.run(config).await,
            Command::Backup(command) => command.run(config).await,
            Command::Restore(command) => command.run(config).await,
            Command::Tokens(command) => command.run(config).await,
            Command::Inspect(command) => command.run(),
            Command::Classify(command) => command.run(),
            Command::Train(command) => command.run(),
            Command::Evaluate(command) => command.run(),
            Command::Man(command) => command.run(),
            Command::Completions(command) => command.run(),
        }
    });
    // A thread that still classifies has nobody any more to hear what it finds.
    runtime.shutdown_timeout(ENDING);
    done
}

/// Writes to standard output.
fn print(text: &str) -> Result<()> {
    let mut out = io::stdout().lock();
    out.write_all(text.as_bytes()).and_then(|()| out.flush()).context("cannot write to standard output")
}

/// The configuration and what is kept under it.
struct Desk {
    config: Config,
    store: Store,
    directory: Directory,
}

impl Desk {
    async fn open(named: Option<PathBuf>) -> Result<Self> {
        let config = load(named)?;
        let store = Store::open(config.store.url_with_password().expose()).await?;
        let directory = store.directory(config.firm.clone()).await?;
        Ok(Self { config, store, directory })
    }
}

/// The configuration, or all that is wrong with it as one error.
fn load(named: Option<PathBuf>) -> Result<Config> {
    let path = config::find(named);
    Config::load(&path).map_err(|problems| {
        let mistakes = count(problems.len(), "mistake", &format!("in {}", path.display()));
        exit::Misconfigured(format!("{mistakes}\n\n{}", list(&problems))).into()
    })
}

fn list(problems: &[Problem]) -> String {
    problems.iter().map(Problem::to_string).collect::<Vec<_>>().join("\n")
}

/// "1 mistake in x", "3 mistakes in x".
fn count(number: usize, noun: &str, rest: &str) -> String {
    let s = if number == 1 { "" } else { "s" };
    format!("{number} {noun}{s} {rest}").trim_end().to_owned()
}

/// A case's number as people write it: `3` or `#3`.
fn number(text: &str) -> Result<i64, String> {
    let digits = text.trim().trim_start_matches('#');
    digits
        .parse()
        .ok()
        .filter(|number| *number > 0)
        .ok_or_else(|| "expected a case's number, like 3 or \"#3\"".to_owned())
}
