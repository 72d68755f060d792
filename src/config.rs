//! The configuration file and the environment, read into a valid [`Config`] or into everything that is wrong with them.
//!
//! Every key is described in `pairdesk.example.toml`. Nothing else reads the environment.

mod document;
mod mail;
mod oauth;
mod place;
mod read;
mod secret;
mod templates;
mod time;
mod values;

use std::fmt::Write as _;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use jiff::civil::Date;
use jiff::{SignedDuration, Timestamp};

use crate::compose::{Composer, House, OwnFile};
use crate::directory::Firm;
use crate::directory::written::Problem;
use crate::intake::Policy;
use crate::message::ReadOptions;
use crate::oauth::Login;
use crate::outbox::Limits;
use crate::schedule::Hours;
use crate::worker::tokens::Keeper;
use crate::{mailbox, smtp};
use place::environment;

pub use crate::mailbox::Afterwards;
pub use crate::server::{Secret, Tls};
pub use place::{find, place_of_new, writes_to_journal};

/// A valid configuration: plain values, with paths that do not depend on the working folder.
#[derive(Debug, Clone)]
pub struct Config {
    /// The firm itself.
    pub firm: Firm,
    /// The names of the mail servers whose word about a sender's identity is believed (RFC 8601 §2.5).
    pub authserv_ids: Vec<String>,
    /// The database.
    pub store: Store,
    /// The mailboxes that are read; names are unique.
    pub mailboxes: Vec<Mailbox>,
    /// How mail is sent.
    pub smtp: Smtp,
    /// From which probability on something happens, and what clients get.
    pub policy: Policy,
    /// When owners get their digest.
    pub hours: Hours,
    /// How owners' answers are known.
    pub commands: Commands,
    /// The firm's own templates, as they were read.
    pub own_files: Vec<OwnFile>,
    /// How much mail may go out.
    pub limits: Limits,
    /// Where health and metrics are served; nowhere when none.
    pub http: Option<SocketAddr>,
    /// What is logged, and how.
    pub log: Log,
}

/// What is logged, and how.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Log {
    /// The least important level that is logged.
    pub level: tracing::Level,
    /// How an event is written.
    pub format: LogFormat,
}

/// How an event is written into the log: one line each, in all of them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LogFormat {
    /// For people.
    Text,
    /// For programs: an object of JSON.
    Json,
}

/// How owners' answers are known.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Commands {
    /// Whether mail to the shared address with a subaddress reaches us: `service+x@firm.example`.
    pub subaddress: bool,
}

/// Where everything is kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Store {
    /// `sqlite:` and an absolute path, or `postgres://user@host/database` without a password.
    pub url: String,
    /// The password of the database user.
    pub password: Option<Secret>,
}

/// A mailbox to read.
#[derive(Debug, Clone)]
pub struct Mailbox {
    /// Its name in the store and in logs: letters, digits, `-`, `_`.
    pub name: String,
    /// Where it is.
    pub source: Source,
    /// Which mail of the first start is read.
    pub since: Since,
    /// Mails above this many bytes are fetched in part.
    pub max_mail_size: u64,
    /// How often it is looked at, beside the server's own word that something came.
    pub poll: SignedDuration,
}

/// Where a mailbox is.
#[derive(Debug, Clone)]
pub enum Source {
    /// On an IMAP server.
    Imap(Imap),
    /// In a Maildir on this machine.
    Maildir {
        /// The folder that holds `new` and `cur`.
        path: PathBuf,
        /// Whether it holds what the firm's own people wrote.
        sent: bool,
    },
}

/// A mailbox on an IMAP server.
#[derive(Debug, Clone)]
pub struct Imap {
    /// The server.
    pub server: Server,
    /// The user name.
    pub user: String,
    /// What proves who logs in.
    pub password: Proof,
    /// Folders with mail that came.
    pub folders: Vec<String>,
    /// Folders with mail that the firm's own people wrote.
    pub sent_folders: Vec<String>,
    /// What becomes of a mail in the mailbox once it is stored.
    pub afterwards: Afterwards,
}

/// What proves who logs in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Proof {
    /// A password.
    Password(Secret),
    /// Tokens of OAuth2, which several mailboxes and sending may share.
    Token(Arc<Login>),
}

/// A mail server and how to reach it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Server {
    /// Host name or address.
    pub host: String,
    /// Port.
    pub port: u16,
    /// How the connection is protected.
    pub tls: Tls,
    /// A PEM file with certificates to trust.
    pub ca_file: Option<PathBuf>,
    /// How long any one step may take.
    pub timeout: SignedDuration,
}

/// Which mail of the first start is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Since {
    /// What comes from then on.
    Now,
    /// What the mailbox got from this instant on.
    Instant(Timestamp),
}

/// How mail is sent.
#[derive(Debug, Clone)]
pub struct Smtp {
    /// Where mail goes.
    pub transport: Transport,
    /// For how long a mail that cannot be sent is tried again.
    pub give_up_after: SignedDuration,
}

/// Where outgoing mail goes.
#[derive(Debug, Clone)]
pub enum Transport {
    /// To a mail server.
    Smtp(Submission),
    /// Into Maildirs below this folder, one a recipient: for trying things out.
    Folder(PathBuf),
}

/// A mail server that takes mail from us (RFC 6409).
#[derive(Debug, Clone)]
pub struct Submission {
    /// The server.
    pub server: Server,
    /// User name and what proves it, where the server asks for them.
    pub login: Option<(String, Proof)>,
    /// The name that this machine calls itself by in EHLO; its host name when none is given.
    pub hello: Option<String>,
}

impl Store {
    /// The URL to open the store with, the password in it (RFC 3986 §3.2.1): never to be shown.
    pub fn url_with_password(&self) -> Secret {
        let Some((password, (scheme, rest))) = self.password.as_ref().zip(self.url.split_once("://")) else {
            return Secret::new(self.url.clone());
        };
        let mut encoded = String::new();
        for byte in password.expose().bytes() {
            match byte {
                b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' => {
                    encoded.push(char::from(byte));
                }
                // Writing to a text cannot fail.
                _ => drop(write!(encoded, "%{byte:02X}")),
            }
        }
        let (user, host) = rest.split_once('@').unwrap_or(("", rest));
        Secret::new(format!("{scheme}://{user}:{encoded}@{host}"))
    }
}

impl Proof {
    /// The login by OAuth2, where it is one.
    pub fn login(&self) -> Option<&Arc<Login>> {
        match self {
            Self::Password(_) => None,
            Self::Token(login) => Some(login),
        }
    }
}

impl Mailbox {
    fn source(&self, tokens: &Keeper) -> mailbox::Source {
        let since = match self.since {
            Since::Now => None,
            Since::Instant(instant) => Some(instant),
        };
        let (name, max_mail_size, poll) = (self.name.clone(), self.max_mail_size, self.poll.unsigned_abs());
        match &self.source {
            Source::Maildir { path, sent } => mailbox::Source::Maildir(mailbox::MaildirSettings {
                name,
                path: path.clone(),
                sent: *sent,
                since,
                max_mail_size,
                poll,
            }),
            Source::Imap(imap) => {
                let folders = imap.folders.iter().map(|name| (name, false));
                let folders = folders.chain(imap.sent_folders.iter().map(|name| (name, true)));
                mailbox::Source::Imap(mailbox::ImapSettings {
                    name,
                    host: imap.server.host.clone(),
                    port: imap.server.port,
                    tls: imap.server.tls,
                    extra_ca: imap.server.ca_file.clone(),
                    user: imap.user.clone(),
                    password: tokens.credential(&imap.password),
                    folders: folders
                        .map(|(name, sent)| mailbox::Folder { name: name.clone(), sent })
                        .collect(),
                    since,
                    afterwards: imap.afterwards.clone(),
                    max_mail_size,
                    poll,
                    timeout: imap.server.timeout.unsigned_abs(),
                })
            }
        }
    }
}

impl Submission {
    /// The same in the words of the one who sends.
    pub fn settings(&self, tokens: &Keeper) -> smtp::Settings {
        let Self { server, login, hello } = self;
        smtp::Settings {
            host: server.host.clone(),
            port: server.port,
            tls: server.tls,
            ca_file: server.ca_file.clone(),
            login: login.as_ref().map(|(user, proof)| (user.clone(), tokens.credential(proof))),
            hello: hello.clone(),
            timeout: server.timeout.unsigned_abs(),
            text_timeout: server.timeout.unsigned_abs().max(smtp::TEXT_TIMEOUT),
        }
    }
}

impl Config {
    /// The URL to open the store with, with the password in it: never to be shown.
    pub fn store_url(&self) -> String {
        self.store.url_with_password().expose().to_owned()
    }

    /// Makes mails in the name of the firm, in its own wording where it has some.
    pub fn composer(&self) -> Composer {
        let house = House { subaddress: self.commands.subaddress, ..House::of(&self.firm) };
        Composer::new(house).with_own_files(self.own_files.clone())
    }

    /// The mailboxes to read, in the words of the one who reads them.
    pub fn sources(&self, tokens: &Keeper) -> Vec<mailbox::Source> {
        self.mailboxes.iter().map(|mailbox| mailbox.source(tokens)).collect()
    }

    /// The logins by OAuth2, each once.
    pub fn logins(&self) -> Vec<Arc<Login>> {
        let mut logins = mail::logins(&self.mailboxes);
        if let Transport::Smtp(Submission { login: Some((_, Proof::Token(login))), .. }) =
            &self.smtp.transport
            && !logins.contains(login)
        {
            logins.push(Arc::clone(login));
        }
        logins
    }

    /// How mails are read.
    pub fn read_options(&self) -> ReadOptions {
        ReadOptions {
            authserv_ids: self.authserv_ids.clone(),
            own_addresses: self.firm.own().cloned().collect(),
        }
    }

    /// The way to hand mails over.
    pub fn transport(&self, tokens: &Keeper) -> smtp::Transport {
        match &self.smtp.transport {
            Transport::Smtp(server) => smtp::Transport::smtp(server.settings(tokens)),
            Transport::Folder(folder) => smtp::Transport::Maildir(folder.clone()),
        }
    }

    /// Reads the file and the secrets that it names.
    ///
    /// # Errors
    /// Everything that is wrong with it, in the order of the file, each with its place and remedy.
    pub fn load(path: &Path) -> Result<Self, Vec<Problem>> {
        let file = path.display().to_string();
        let unreadable = |error: &dyn std::fmt::Display| {
            vec![Problem {
                place: file.clone(),
                what: format!("the configuration cannot be read: {error}"),
                remedy: "make one by `pairdesk init`, or name another file by --config".into(),
            }]
        };
        let text = std::fs::read_to_string(path).map_err(|error| unreadable(&error))?;
        let path = std::path::absolute(path).map_err(|error| unreadable(&error))?;
        let folder = path.parent().unwrap_or(Path::new("/"));
        let shown = path.file_name().map_or(file.clone(), |name| name.to_string_lossy().into_owned());
        Self::parse(&shown, &text, folder, environment)
    }

    /// Reads a configuration from its text: `file` is its name in problems, relative paths are below `folder`, and
    /// `environment` looks up `env:` secrets. The files of secrets and certificates are looked at.
    pub fn parse(
        file: &str,
        text: &str,
        folder: &Path,
        environment: impl Fn(&str) -> Option<String>,
    ) -> Result<Self, Vec<Problem>> {
        read::config(file, text, folder, &environment)
    }
}

/// Midnight at the beginning of a day in a time zone.
fn midnight(date: Date, timezone: &str) -> Option<Timestamp> {
    Some(date.in_tz(timezone).ok()?.timestamp())
}
