//! `init`: a configuration, by asking or from options.

mod ask;
mod files;
mod read;
mod servers;
mod text;

use std::io;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::{Result, anyhow};
use clap::Args;
use jiff::civil::Date;
use jiff::tz::TimeZone;

use super::{exit, list, print};
use crate::config::{self, Config};
use crate::directory::written;
use ask::{Asking, Question};
use read::{domains, one_line, person, store};
use servers::{Mailbox, mailbox, smtp};
use text::{Answers, Login};

/// Write a configuration, by asking for what it must know
///
/// Each question has an option below; what an option says is not asked. With --yes nothing is asked at all: what has a
/// usual answer gets it, and the rest must be given. Nothing that is there is overwritten.
///
/// The file goes where --config or $PAIRDESK_CONFIG says, else into /etc/pairdesk where a package has made that folder,
/// else into the current folder. A password that is typed goes into a file of its own beside it, which only Pairdesk
/// can read; it is never an option, since others could see it there.
#[derive(Debug, Args)]
pub struct Init {
    /// The firm's name, as its clients know it
    #[arg(long, value_name = "NAME")]
    firm: Option<String>,
    /// The shared address that clients write to
    #[arg(long)]
    address: Option<String>,
    /// The mail domains of the firm's own people, with commas between them [usual: the address's]
    #[arg(long)]
    domains: Option<String>,
    /// Where the firm is, like Europe/Amsterdam [usual: this machine's]
    #[arg(long, value_name = "ZONE")]
    timezone: Option<String>,
    /// Who is alerted, like "Maria Lind <maria@firm.example>"
    #[arg(long, value_name = "PERSON")]
    manager: Option<String>,
    /// Who hears of what is wrong with Pairdesk itself [usual: the manager]
    #[arg(long, value_name = "PERSON")]
    administrator: Option<String>,
    /// The database, "sqlite:FILE" or "postgres://USER@HOST/DATABASE"
    #[arg(long, value_name = "URL")]
    store: Option<String>,
    /// Where the database's password is: file:PATH, env:NAME or credential:NAME
    #[arg(long, value_name = "WHERE")]
    store_password_from: Option<String>,
    /// The mailbox: an IMAP server, HOST or HOST:PORT, or the path of a Maildir on this machine
    #[arg(long, value_name = "SERVER")]
    imap: Option<String>,
    /// How IMAP is protected: implicit, starttls, or none (only on this machine)
    #[arg(long, value_name = "HOW")]
    imap_tls: Option<String>,
    /// The user name for the mailbox [usual: the shared address]
    #[arg(long, value_name = "USER")]
    imap_user: Option<String>,
    /// Where the mailbox's password is: file:PATH, env:NAME or credential:NAME
    #[arg(long, value_name = "WHERE")]
    imap_password_from: Option<String>,
    /// The folder where answers of the firm's people are kept, or "none"
    #[arg(long, value_name = "FOLDER")]
    sent_folder: Option<String>,
    /// Which mail the first start reads: "now" (only what comes from then on), or all since a day like 2026-11-01
    #[arg(long, value_name = "DAY")]
    since: Option<String>,
    /// The SMTP server, HOST or HOST:PORT, or the path of a folder to write mail into, for trying things out
    #[arg(long, value_name = "SERVER")]
    smtp: Option<String>,
    /// How SMTP is protected: implicit, starttls, or none (only on this machine)
    #[arg(long, value_name = "HOW")]
    smtp_tls: Option<String>,
    /// The user name for SMTP, or "none" [usual: the mailbox's]
    #[arg(long, value_name = "USER")]
    smtp_user: Option<String>,
    /// Where the SMTP password is: file:PATH, env:NAME or credential:NAME [usual: the mailbox's]
    #[arg(long, value_name = "WHERE")]
    smtp_password_from: Option<String>,
    /// A PEM file with the certificates to trust for both servers, where they are your own
    #[arg(long, value_name = "FILE")]
    ca_file: Option<PathBuf>,
    /// The name by which your mail server signs what it says of senders (Authentication-Results)
    #[arg(long, value_name = "NAME")]
    authserv_id: Option<String>,
    /// Ask nothing
    #[arg(long, short)]
    yes: bool,
}

const PERSON: &str = "a person, like Maria Lind <maria@firm.example>";

impl Init {
    pub fn run(self, config: Option<PathBuf>) -> Result<ExitCode> {
        let place = config::place_of_new(config);
        let place = std::path::absolute(&place).map_err(|error| anyhow!("{}: {error}", place.display()))?;
        files::nothing_there(&place)?;
        self.nothing_missing()?;
        let yes = self.yes;
        let mut asking = Asking::new(io::stdin().lock(), yes);
        if !yes {
            print(&format!(
                "This writes {}. An answer in brackets is taken by Enter alone.\n\n",
                place.display()
            ))?;
        }
        let answers = self.ask(&mut asking, &place)?;
        // Read as it will be, but for the secrets, which may come later.
        let folder = place.parent().unwrap_or(Path::new("/"));
        let there = |_: &str| Some("there".to_owned());
        let name = place.file_name().unwrap_or_default().to_string_lossy().into_owned();
        Config::parse(&name, &text::configuration(&answers.with_secrets_elsewhere()), folder, there)
            .map_err(|problems| {
                exit::Misused(format!(
                    "these answers make no configuration; nothing was written\n\n{}",
                    list(&problems)
                ))
            })?;
        print(&files::write(&place, &answers)?)?;
        Ok(ExitCode::SUCCESS)
    }

    /// With `--yes`, all that has no usual answer must be given: said at once, not one at a time.
    fn nothing_missing(&self) -> Result<()> {
        let maildir = self.imap.as_ref().is_some_and(|imap| imap.starts_with('/'));
        let missing: Vec<_> = [
            ("--firm NAME", self.firm.is_none()),
            ("--address ADDRESS", self.address.is_none()),
            ("--manager PERSON", self.manager.is_none()),
            ("--imap-password-from WHERE", self.imap_password_from.is_none() && !maildir),
        ]
        .into_iter()
        .filter_map(|(option, missing)| missing.then_some(option))
        .collect();
        if self.yes && !missing.is_empty() {
            return Err(exit::Misused(format!(
                "--yes asks nothing, so these are needed: {}",
                missing.join(", ")
            ))
            .into());
        }
        Ok(())
    }

    fn ask(&self, asking: &mut Asking<impl io::BufRead>, place: &Path) -> Result<Answers> {
        let firm = asking.ask(
            Question::new("--firm", "The firm's name, as your clients know it", "a name of one line"),
            self.firm.as_deref(),
            None,
            one_line,
        )?;
        let address = asking.ask(
            Question::new(
                "--address",
                "The shared address that clients write to",
                "a mail address, like service@firm.example",
            ),
            self.address.as_deref(),
            None,
            written::mail_address,
        )?;
        let domain = address.rsplit_once('@').map_or("", |(_, domain)| domain).to_owned();
        // A free-mail domain never stands for a firm.
        let own = Some(domain.clone()).filter(|domain| !written::is_free_mail(domain));
        let domains = asking.ask(
            Question::new(
                "--domains",
                "The mail domains of your own people",
                "mail domains of the firm's own, like firm.example, with commas between them",
            ),
            self.domains.as_deref(),
            own.as_deref(),
            domains,
        )?;
        let timezone = asking.ask(
            Question::new(
                "--timezone",
                "The time zone where the firm is",
                "a time zone by its IANA name, like Europe/Amsterdam",
            ),
            self.timezone.as_deref(),
            Some(TimeZone::system().iana_name().unwrap_or("UTC")),
            written::timezone,
        )?;
        let manager = asking.ask(
            Question::new("--manager", "The manager who is alerted (Name <address>)", PERSON),
            self.manager.as_deref(),
            None,
            person,
        )?;
        let administrator = asking.ask(
            Question::new("--administrator", "Who looks after Pairdesk itself (Name <address>)", PERSON),
            self.administrator.as_deref(),
            Some(&manager),
            person,
        )?;
        let store = asking.ask(
            Question::new(
                "--store",
                "The database",
                "sqlite:FILE, or postgres://USER@HOST/DATABASE without the password",
            ),
            self.store.as_deref(),
            Some(&format!("sqlite:{}", files::database(place))),
            store,
        )?;
        let store_password = if store.starts_with("postgres") {
            let words = "The database's password (Enter for none)";
            Some(asking.secret(
                "--store-password-from",
                words,
                self.store_password_from.as_deref(),
                Some(Login::None),
            )?)
        } else {
            None
        };
        let (mailbox, smtp_usual) = mailbox(
            asking,
            Mailbox {
                imap: self.imap.as_deref(),
                tls: self.imap_tls.as_deref(),
                user: self.imap_user.as_deref(),
                password: self.imap_password_from.as_deref(),
                sent_folder: self.sent_folder.as_deref(),
            },
            &address,
            &domain,
        )?;
        let since = asking.ask(
            Question::new(
                "--since",
                "Read the mail that came since a day, or only what comes from now on",
                "\"now\" or a day, like 2026-11-01",
            ),
            self.since.as_deref(),
            Some("now"),
            |day| (day == "now" || day.parse::<Date>().is_ok()).then(|| day.to_owned()),
        )?;
        let smtp = smtp(
            asking,
            [&self.smtp, &self.smtp_tls, &self.smtp_user, &self.smtp_password_from].map(Option::as_deref),
            &mailbox,
            &smtp_usual,
        )?;
        Ok(Answers {
            firm,
            address,
            domains,
            timezone,
            administrator: Some(administrator).filter(|administrator| *administrator != manager),
            manager,
            authserv_id: self.authserv_id.clone(),
            store,
            store_password,
            mailbox,
            since,
            smtp,
            ca_file: self.ca_file.as_ref().map(|file| std::path::absolute(file).unwrap_or(file.clone())),
        })
    }
}
