//! The configuration that the answers make.

use std::fmt::Write as _;
use std::path::PathBuf;

use serde_json::Value;

use crate::server::Secret;

/// A server or a folder.
#[derive(Debug, Clone)]
pub enum Place {
    /// A server's name, and its port where it was said.
    Host(String, Option<u16>),
    /// A folder of this machine.
    Folder(String),
}

/// A server and how it is protected.
#[derive(Debug, Clone)]
pub struct Server {
    /// Its name.
    pub host: String,
    /// Its port, where it is not the usual one.
    pub port: Option<u16>,
    /// "implicit", "starttls" or "none".
    pub tls: String,
}

/// A password.
#[derive(Debug, Clone)]
pub enum Login {
    /// There is none.
    None,
    /// It was typed, and goes into a file.
    Typed(Secret),
    /// It is where this says: "file:", "env:" or "credential:".
    Elsewhere(String),
}

impl Login {
    /// The secret that an answer is, that goes into a file.
    pub fn typed(text: &str) -> Self {
        Self::Typed(Secret::new(text))
    }
}

/// The mailbox that clients write to.
#[derive(Debug, Clone)]
pub enum Mailbox {
    /// A Maildir of this machine.
    Maildir(String),
    /// On a server.
    Imap {
        /// The server.
        server: Server,
        /// The user name.
        user: String,
        /// The password.
        password: Login,
        /// Where the firm's people keep what they sent.
        sent_folder: Option<String>,
    },
}

/// How mail is sent.
#[derive(Debug, Clone)]
pub enum Smtp {
    /// It is written into this folder.
    Folder(String),
    /// To a server.
    Server {
        /// The server.
        server: Server,
        /// User name and password.
        login: Option<(String, Login)>,
    },
}

/// All answers, each of them read.
#[derive(Debug, Clone)]
pub struct Answers {
    /// The firm's name.
    pub firm: String,
    /// The shared address.
    pub address: String,
    /// The domains of its own people.
    pub domains: Vec<String>,
    /// Where it is.
    pub timezone: String,
    /// Who is alerted.
    pub manager: String,
    /// Who looks after Pairdesk, where it is somebody else.
    pub administrator: Option<String>,
    /// Who signs what is said of senders.
    pub authserv_id: Option<String>,
    /// The database.
    pub store: String,
    /// Its password, where it can have one.
    pub store_password: Option<Login>,
    /// The mailbox.
    pub mailbox: Mailbox,
    /// Which mail is read first.
    pub since: String,
    /// How mail is sent.
    pub smtp: Smtp,
    /// Certificates to trust.
    pub ca_file: Option<PathBuf>,
}

/// The files, beside the configuration, for typed passwords.
pub const STORE_PASSWORD: &str = "store.password";
/// That of the mailbox.
pub const IMAP_PASSWORD: &str = "imap.password";
/// That of SMTP.
pub const SMTP_PASSWORD: &str = "smtp.password";

impl Answers {
    /// The passwords that were typed, each with the name of its file.
    pub fn typed(&self) -> Vec<(&'static str, &Secret)> {
        let imap = match &self.mailbox {
            Mailbox::Imap { password, .. } => Some(password),
            Mailbox::Maildir(_) => None,
        };
        let same = self.smtp_password_is_the_mailbox_s();
        let smtp = match &self.smtp {
            Smtp::Server { login: Some((_, password)), .. } if !same => Some(password),
            _ => None,
        };
        let all =
            [(STORE_PASSWORD, self.store_password.as_ref()), (IMAP_PASSWORD, imap), (SMTP_PASSWORD, smtp)];
        all.into_iter()
            .filter_map(|(name, login)| match login? {
                Login::Typed(secret) => Some((name, secret)),
                Login::None | Login::Elsewhere(_) => None,
            })
            .collect()
    }

    fn smtp_password_is_the_mailbox_s(&self) -> bool {
        match (&self.mailbox, &self.smtp) {
            (
                Mailbox::Imap { password: Login::Typed(one), .. },
                Smtp::Server { login: Some((_, Login::Typed(other))), .. },
            ) => one == other,
            _ => false,
        }
    }

    /// The same with every password in the environment, to be read as a configuration before it is written.
    pub fn with_secrets_elsewhere(&self) -> Self {
        let elsewhere = |login: &mut Login| {
            if !matches!(login, Login::None) {
                *login = Login::Elsewhere("env:PASSWORD".to_owned());
            }
        };
        let mut answers = self.clone();
        answers.store_password.iter_mut().for_each(elsewhere);
        if let Mailbox::Imap { password, .. } = &mut answers.mailbox {
            elsewhere(password);
        }
        if let Smtp::Server { login: Some((_, password)), .. } = &mut answers.smtp {
            elsewhere(password);
        }
        answers
    }
}

/// The file.
pub fn configuration(answers: &Answers) -> String {
    let mut text = "# Written by `pairdesk init`. Every other key stands in pairdesk.example.toml, with its meaning and its usual\n\
                    # value. After a change: `pairdesk check`, then `systemctl reload pairdesk`.\n"
        .to_owned();
    let table = |text: &mut String, name: &str, keys: &[(&str, Option<String>)]| {
        let _ = writeln!(text, "\n{name}");
        for (key, value) in keys {
            if let Some(value) = value {
                let _ = writeln!(text, "{key} = {value}");
            }
        }
    };
    let domains: Vec<_> = answers.domains.iter().map(|domain| quoted(domain)).collect();
    table(
        &mut text,
        "[firm]",
        &[
            ("name", Some(quoted(&answers.firm))),
            ("address", Some(quoted(&answers.address))),
            ("domains", Some(format!("[{}]", domains.join(", ")))),
            ("timezone", Some(quoted(&answers.timezone))),
            ("manager", Some(quoted(&answers.manager))),
            ("administrator", answers.administrator.as_deref().map(quoted)),
            ("authserv_ids", answers.authserv_id.as_deref().map(|id| format!("[{}]", quoted(id)))),
        ],
    );
    let store_password = answers.store_password.as_ref().and_then(|login| source(login, STORE_PASSWORD));
    table(&mut text, "[store]", &[("url", Some(quoted(&answers.store))), ("password", store_password)]);
    let ca_file = answers.ca_file.as_ref().map(|file| quoted(&file.display().to_string()));
    let since = Some(quoted(&answers.since));
    match &answers.mailbox {
        Mailbox::Maildir(path) => {
            let keys = [("name", Some(quoted("service"))), ("maildir", Some(quoted(path))), ("since", since)];
            table(&mut text, "[[mailbox]]", &keys);
        }
        Mailbox::Imap { server, user, password, sent_folder } => table(
            &mut text,
            "[[mailbox]]",
            &[
                ("name", Some(quoted("service"))),
                ("host", Some(quoted(&server.host))),
                ("port", server.port.map(|port| port.to_string())),
                ("tls", Some(quoted(&server.tls))),
                ("ca_file", ca_file.clone().filter(|_| server.tls != "none")),
                ("user", Some(quoted(user))),
                ("password", source(password, IMAP_PASSWORD)),
                ("sent_folders", sent_folder.as_ref().map(|folder| format!("[{}]", quoted(folder)))),
                ("since", since),
            ],
        ),
    }
    let same = answers.smtp_password_is_the_mailbox_s();
    match &answers.smtp {
        Smtp::Folder(folder) => table(&mut text, "[smtp]", &[("folder", Some(quoted(folder)))]),
        Smtp::Server { server, login } => {
            let file = if same { IMAP_PASSWORD } else { SMTP_PASSWORD };
            let (user, password) =
                login.as_ref().map(|(user, login)| (quoted(user), source(login, file))).unzip();
            let keys = [
                ("host", Some(quoted(&server.host))),
                ("port", server.port.map(|port| port.to_string())),
                ("tls", Some(quoted(&server.tls))),
                ("ca_file", ca_file.filter(|_| server.tls != "none")),
                ("user", user),
                ("password", password.flatten()),
            ];
            table(&mut text, "[smtp]", &keys);
        }
    }
    text.push_str(
        "\n# Nothing at all goes to clients while this is true: what they would get is kept as a draft.\n[follow_up]\nshadow = true\n",
    );
    text
}

/// Where a password is, as a value.
fn source(login: &Login, file: &str) -> Option<String> {
    match login {
        Login::None => None,
        Login::Typed(_) => Some(quoted(&format!("file:{file}"))),
        Login::Elsewhere(place) => Some(quoted(place)),
    }
}

/// A text of TOML: what JSON escapes, a basic string escapes alike.
fn quoted(text: &str) -> String {
    Value::from(text).to_string().replace('\u{7f}', "\\u007F")
}
