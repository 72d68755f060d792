//! The questions about mail servers.

use std::io;

use anyhow::Result;

use super::ask::{Asking, Question};
use super::read::{one_line, place, provider};
use super::text::{self, Place, Server};
use crate::server::is_loopback;

const SERVER: &str =
    "a server's name, like mail.firm.example or mail.firm.example:993, or a path that begins with /";

/// What the options say of the mailbox.
#[derive(Clone, Copy)]
pub struct Mailbox<'a> {
    /// The server, or a Maildir.
    pub imap: Option<&'a str>,
    /// How it is protected.
    pub tls: Option<&'a str>,
    /// The user name.
    pub user: Option<&'a str>,
    /// Where the password is.
    pub password: Option<&'a str>,
    /// Where answers are kept.
    pub sent_folder: Option<&'a str>,
}

/// The mailbox, and the SMTP server that probably belongs to it.
pub fn mailbox(
    asking: &mut Asking<impl io::BufRead>,
    given: Mailbox<'_>,
    address: &str,
    domain: &str,
) -> Result<(text::Mailbox, String)> {
    let found = asking.ask(
        Question::new(
            "--imap",
            "The IMAP server of the mailbox, or the path of a Maildir on this machine",
            SERVER,
        ),
        given.imap,
        Some(&format!("imap.{domain}")),
        place,
    )?;
    let (host, port) = match found {
        Place::Folder(path) => return Ok((text::Mailbox::Maildir(path), "localhost".to_owned())),
        Place::Host(host, port) => (host, port),
    };
    if let Some(provider) = provider(&host) {
        asking.say(&format!(
            "  {provider} wants OAuth2 here, or a password made for programs. Enter any password for now; docs/providers.md\n  \
             says what to write in its place, and `pairdesk login` does the rest.\n"
        ))?;
    }
    let smtp = match host.strip_prefix("imap.") {
        Some(rest) => format!("smtp.{rest}"),
        None if host == "outlook.office365.com" => "smtp.office365.com:587".to_owned(),
        None => host.clone(),
    };
    let tls = tls(asking, "--imap-tls", given.tls, &host, port == Some(143))?;
    let user = asking.ask(
        Question::new("--imap-user", "The user name for the mailbox", "a user name"),
        given.user,
        Some(address),
        one_line,
    )?;
    let words = format!("The password of {user}");
    let password = asking.secret("--imap-password-from", &words, given.password, None)?;
    let sent_folder = asking.ask(
        Question::new(
            "--sent-folder",
            "The folder of this mailbox where your people's answers are kept, like Sent, or none",
            "a folder's name, or none",
        ),
        given.sent_folder,
        Some("none"),
        one_line,
    )?;
    let sent_folder = Some(sent_folder).filter(|folder| folder != "none");
    Ok((text::Mailbox::Imap { server: Server { host, port, tls }, user, password, sent_folder }, smtp))
}

/// What the options say of SMTP: the server, how it is protected, the user, and where the password is.
pub type Given<'a> = [Option<&'a str>; 4];

/// How mail is sent; `usual` is the server that probably belongs to the mailbox.
pub fn smtp(
    asking: &mut Asking<impl io::BufRead>,
    given: Given<'_>,
    mailbox: &text::Mailbox,
    usual: &str,
) -> Result<text::Smtp> {
    let [server, how, user, password] = given;
    let question = Question::new(
        "--smtp",
        "The SMTP server that takes our mail, or the path of a folder to try things out",
        SERVER,
    );
    let (host, port) = match asking.ask(question, server, Some(usual), place)? {
        Place::Folder(folder) => return Ok(text::Smtp::Folder(folder)),
        Place::Host(host, port) => (host, port),
    };
    let tls = tls(asking, "--smtp-tls", how, &host, matches!(port, Some(25 | 587)))?;
    let (known, same) = match mailbox {
        text::Mailbox::Imap { user, password, .. } if !is_loopback(&host) => {
            (user.as_str(), Some(password.clone()))
        }
        _ => ("none", None),
    };
    let user = asking.ask(
        Question::new("--smtp-user", "The user name for SMTP, or none", "a user name, or none"),
        user,
        Some(known),
        one_line,
    )?;
    if user == "none" {
        return Ok(text::Smtp::Server { server: Server { host, port, tls }, login: None });
    }
    let same = same.filter(|_| user == known);
    let words = match same {
        Some(_) => format!("The password of {user} for SMTP (Enter for the mailbox's)"),
        None => format!("The password of {user} for SMTP"),
    };
    let password = asking.secret("--smtp-password-from", &words, password, same)?;
    Ok(text::Smtp::Server { server: Server { host, port, tls }, login: Some((user, password)) })
}

fn tls(
    asking: &mut Asking<impl io::BufRead>,
    option: &'static str,
    given: Option<&str>,
    host: &str,
    by_port: bool,
) -> Result<String> {
    let here = is_loopback(host);
    let usual = if here {
        "none"
    } else if by_port {
        "starttls"
    } else {
        "implicit"
    };
    let expected = if here {
        "implicit (TLS from the first byte), starttls, or none"
    } else {
        "implicit (TLS from the first byte) or starttls; none is for a server on this machine alone"
    };
    asking.ask(
        Question::new(
            option,
            "How it is protected: implicit (TLS from the first byte), starttls, none",
            expected,
        ),
        given,
        Some(usual),
        |how| matches!((how, here), ("implicit" | "starttls", _) | ("none", true)).then(|| how.to_owned()),
    )
}
