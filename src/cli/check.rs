//! `check`: everything that can be wrong, each with its remedy.

use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::Result;
use clap::Args;
use jiff::Timestamp;

use super::layout::{plain, wrapped};
use super::{count, exit, print};
use crate::case::Case;
use crate::clock::Clock;
use crate::compose::{self, House};
use crate::config::{self, Config};
use crate::directory::{Directory, written};
use crate::message::Address;
use crate::store::{CaseFilter, Store, StoreError};
use crate::worker::tokens::Keeper;
use crate::{mailbox, smtp};

/// Check the configuration, store, accounts, mailboxes and SMTP server
///
/// Each finding comes with its remedy. Nothing is sent without --send-test. The exit code is 78 when the configuration
/// is wrong, and 1 when anything else must be put right.
#[derive(Debug, Args)]
pub struct Check {
    /// Only what can be checked without the mail servers
    #[arg(long)]
    offline: bool,
    /// Send a test mail too, to ADDRESS, or else to the administrator of the configuration (the manager where there is
    /// none), and say what the server answered
    #[arg(long, value_name = "ADDRESS", num_args = 0..=1, conflicts_with = "offline")]
    #[expect(clippy::option_option, reason = "the option has a value of its own when it is given alone")]
    send_test: Option<Option<String>>,
}

/// So many days before its end a client secret is spoken of.
const EXPIRES_SOON: i32 = 14;

/// What was found.
enum Finding {
    /// It is in order.
    Good(String),
    /// It works, and is probably not meant so: what, and the remedy.
    Look(String, String),
    /// It must be put right: what, and the remedy.
    Bad(String, String),
}

impl Check {
    pub async fn run(self, config: Option<PathBuf>) -> Result<ExitCode> {
        let path = config::find(config);
        let mut report = Report::default();
        let to = self.send_test.as_ref().and_then(|to| to.as_deref()).map(recipient).transpose()?;
        match Config::load(&path) {
            Err(problems) => {
                for problem in problems {
                    report
                        .add(Finding::Bad(format!("{}: {}", problem.place, problem.what), problem.remedy))?;
                }
                print("\nThe rest is checked once the configuration is right.\n")?;
                report.end()?;
                return Ok(exit::configuration());
            }
            Ok(config) => {
                report.add(Finding::Good(format!("{} is right", path.display())))?;
                if config.policy.shadow {
                    report.add(Finding::Good("shadow mode: nothing goes to clients".to_owned()))?;
                }
                senders(&config, &mut report)?;
                templates(&config, &mut report)?;
                let store = store_and_accounts(&config, &mut report).await?;
                let tokens = store.map_or_else(Keeper::closed, |store| Keeper::new(store, Clock::default()));
                if !self.offline {
                    servers(&config, &tokens, &mut report).await?;
                }
                if self.send_test.is_some() {
                    send_test(&config, &tokens, to, &mut report).await?;
                }
            }
        }
        report.end()
    }
}

/// Prints findings as they come, and counts them.
#[derive(Default)]
struct Report {
    bad: usize,
    look: usize,
}

impl Report {
    fn add(&mut self, finding: Finding) -> Result<()> {
        let (mark, what, remedy) = match finding {
            Finding::Good(what) => ("ok    ", what, None),
            Finding::Look(what, remedy) => {
                self.look += 1;
                ("look  ", what, Some(remedy))
            }
            Finding::Bad(what, remedy) => {
                self.bad += 1;
                ("WRONG ", what, Some(remedy))
            }
        };
        let mut text = format!("{mark}{}", &wrapped(&what, mark.len())[mark.len()..]);
        if let Some(remedy) = remedy {
            text.push_str(&wrapped(&format!("-> {remedy}"), 10));
        }
        print(&text)
    }

    fn end(&self) -> Result<ExitCode> {
        let looks = if self.look > 0 {
            format!(", and {} to look at", count(self.look, "thing", ""))
        } else {
            String::new()
        };
        if self.bad == 0 {
            print(&format!("\nNothing is wrong{looks}.\n"))?;
            return Ok(ExitCode::SUCCESS);
        }
        print(&format!("\n{} to put right{looks}.\n", count(self.bad, "thing", "")))?;
        Ok(ExitCode::FAILURE)
    }
}

/// Whether somebody says who really wrote a mail.
fn senders(config: &Config, report: &mut Report) -> Result<()> {
    if config.policy.authentication {
        return report
            .add(Finding::Good("owners' mail counts when the mail server confirms the sender".to_owned()));
    }
    report.add(Finding::Look(
        "nobody confirms senders: whoever reads a mail to an owner can answer it in the owner's name".to_owned(),
        "name your mail server in authserv_ids, as it stands in the Authentication-Results lines of your mail".to_owned(),
    ))
}

fn templates(config: &Config, report: &mut Report) -> Result<()> {
    let composer = config.composer();
    for problem in composer.wording().problems() {
        let what = format!("{}: {}; the built-in wording takes its place", problem.place, problem.what);
        report.add(Finding::Bad(what, problem.remedy.clone()))?;
    }
    let own: Vec<&str> = composer.wording().own_files().collect();
    if !own.is_empty() {
        report.add(Finding::Good(format!("the firm's own templates: {}", own.join(", "))))?;
    }
    let problems = compose::check(&House::of(&config.firm));
    if problems.is_empty() {
        return report.add(Finding::Good("every mail can be written in the firm's name".to_owned()));
    }
    for problem in problems {
        let (what, remedy) = problem.split_once(": ").unwrap_or((&problem, "correct it"));
        report.add(Finding::Bad(what.to_owned(), remedy.to_owned()))?;
    }
    Ok(())
}

/// The store, where it opens.
async fn store_and_accounts(config: &Config, report: &mut Report) -> Result<Option<Store>> {
    let opened = async {
        let store = Store::open(&config.store_url()).await?;
        let unfinished = store.cases(&CaseFilter { account: None, unfinished: true }).await?;
        let directory = store.directory(config.firm.clone()).await?;
        Ok::<_, StoreError>((store, directory, unfinished))
    };
    match opened.await {
        Err(error) => {
            let text = error.to_string();
            let (what, remedy) = text.rsplit_once("; ").unwrap_or((&text, "check url in [store]"));
            report.add(Finding::Bad(what.to_owned(), remedy.to_owned()))?;
            Ok(None)
        }
        Ok((store, directory, unfinished)) => {
            report.add(Finding::Good(format!("the store {} opens", config.store.url)))?;
            accounts(config, &directory, &unfinished, Clock::default().now(), report)?;
            Ok(Some(store))
        }
    }
}

fn accounts(
    config: &Config,
    directory: &Directory,
    unfinished: &[Case],
    now: Timestamp,
    report: &mut Report,
) -> Result<()> {
    let number = directory.accounts().len();
    if number == 0 {
        report.add(Finding::Look(
            "there are no accounts, so all mail waits as unmatched".to_owned(),
            "pairdesk accounts import FILE (CSV or TOML)".to_owned(),
        ))?;
    } else {
        report.add(Finding::Good(count(number, "account", "")))?;
    }
    for gap in directory.gaps(unfinished, now) {
        let what = format!("{} {}", plain(gap.place()), plain(&gap.words()));
        report.add(Finding::Look(what, gap.remedy()))?;
    }
    let named = config.policy.follow_ups.accounts();
    for key in named.into_iter().filter(|key| directory.account(key).is_none()) {
        report.add(Finding::Look(
            format!("[account.{key}] in the configuration belongs to no account"),
            "correct the short name; `pairdesk accounts list` lists all".to_owned(),
        ))?;
    }
    people(config, directory, report)
}

/// Persons with hours of their own whom nobody knows, and holidays that have run out.
fn people(config: &Config, directory: &Directory, report: &mut Report) -> Result<()> {
    let mut named: Vec<_> = config.hours.people.keys().collect();
    named.sort();
    let known = directory.people();
    for address in named.into_iter().filter(|named| !known.iter().any(|person| person.address == **named)) {
        report.add(Finding::Look(
            format!("[person.\"{address}\"] in the configuration is no owner, deputy or manager"),
            "write the address as it stands in the accounts; `pairdesk accounts list` shows them".to_owned(),
        ))?;
    }
    let today = Clock::default().now().to_zoned(jiff::tz::TimeZone::UTC).date();
    let firms = std::iter::once(("[hours]".to_owned(), &config.hours.holidays));
    let own = config.hours.people.iter();
    let own =
        own.filter_map(|(address, own)| Some((format!("[person.\"{address}\"]"), own.holidays.as_ref()?)));
    for (table, _) in firms.chain(own).filter(|(_, holidays)| holidays.ended(today)) {
        report.add(Finding::Look(
            format!("the holidays of {table} have all passed"),
            "put next year's file in its place".to_owned(),
        ))?;
    }
    Ok(())
}

/// Whether the providers give tokens, and what ends soon.
async fn logins(config: &Config, tokens: &Keeper, report: &mut Report) -> Result<()> {
    let today = Clock::default().now().to_zoned(jiff::tz::TimeZone::UTC).date();
    for login in config.logins() {
        report.add(match tokens.access(&login, None).await {
            Ok(_) => Finding::Good(format!("the provider gives access tokens for {}", login.words())),
            Err(error) => {
                let (what, remedy) = error.text.rsplit_once("; ").unwrap_or((&error.text, "try again"));
                Finding::Bad(what.to_owned(), remedy.to_owned())
            }
        })?;
        let Some(on) = login.client.secret_expires else { continue };
        let left = today.until(on).map_or(0, |span| span.get_days());
        if left <= EXPIRES_SOON {
            let when = if left < 0 { "ended on" } else { "ends on" };
            report.add(Finding::Look(
                format!("the client secret for {} {when} {on}", login.words()),
                "make a new one at the provider, and write its last day down as secret_expires".to_owned(),
            ))?;
        }
    }
    Ok(())
}

async fn servers(config: &Config, tokens: &Keeper, report: &mut Report) -> Result<()> {
    logins(config, tokens, report).await?;
    for source in config.sources(tokens) {
        for found in mailbox::probe(&source).await {
            report.add(if found.good {
                Finding::Good(found.what)
            } else {
                Finding::Bad(found.what, found.remedy)
            })?;
        }
    }
    match &config.smtp.transport {
        config::Transport::Folder(folder) => {
            report.add(Finding::Good(format!("mail is written into {} and not sent", folder.display())))
        }
        config::Transport::Smtp(submission) => {
            let findings = smtp::probe(&submission.settings(tokens)).await;
            if findings.is_empty() {
                let server = &submission.server;
                report.add(Finding::Good(format!(
                    "SMTP server {}:{} takes our mail",
                    server.host, server.port
                )))?;
            }
            for found in findings {
                report.add(Finding::Bad(found.problem, found.remedy))?;
            }
            Ok(())
        }
    }
}

fn recipient(address: &str) -> Result<Address> {
    written::person(address).ok_or_else(|| {
        let wrong = format!("--send-test {address}: expected a mail address, like ola@firm.example");
        exit::Misused(wrong).into()
    })
}

/// Sends a test mail by the configured way.
async fn send_test(config: &Config, tokens: &Keeper, to: Option<Address>, report: &mut Report) -> Result<()> {
    let firm = &config.firm;
    let Some(to) = to.or_else(|| firm.administrator().cloned()) else {
        let remedy = "add administrator to [firm], or write --send-test ADDRESS";
        return report
            .add(Finding::Bad("nobody is named to send a test mail to".to_owned(), remedy.to_owned()));
    };
    let clock = Clock::default();
    let host = std::fs::read_to_string("/proc/sys/kernel/hostname").unwrap_or_default();
    let host = Some(host.trim()).filter(|host| !host.is_empty()).unwrap_or("this machine");
    let mail = compose::trial(&House::of(firm), &to, &clock.seed().id(0), host, clock.now());
    match config.transport(tokens).send(&mail).await {
        Ok(answer) => {
            let what = format!("a test mail to {} was taken: {answer}", to.address);
            report.add(Finding::Good(what))?;
            print("          Look whether it arrives, and where: junk counts as lost.\n")
        }
        Err(failure) => {
            let (what, remedy) = match failure.text.split_once("; what to do: ") {
                Some((what, remedy)) => (what, remedy),
                None => (failure.text.as_str(), "ask who runs the server why it refuses this mail"),
            };
            report.add(Finding::Bad(
                format!("a test mail to {} was not taken: {what}", to.address),
                remedy.to_owned(),
            ))
        }
    }
}
