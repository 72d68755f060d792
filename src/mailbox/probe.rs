//! Tries a mailbox out, for `pairdesk check`: nothing is changed in it.

use super::login::log_in;
use super::wire::{Response, SMALL_LITERAL, Token, Word};
use super::{Afterwards, ImapSettings, MailboxError, Source, folder_name, imap, maildir};

/// What was found about a mailbox.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// Whether all is well with it.
    pub good: bool,
    /// What was found, in a sentence.
    pub what: String,
    /// What to do about it; empty when all is well.
    pub remedy: String,
}

impl Finding {
    fn good(what: impl Into<String>) -> Self {
        Self { good: true, what: what.into(), remedy: String::new() }
    }

    fn bad(what: impl Into<String>, remedy: impl Into<String>) -> Self {
        Self { good: false, what: what.into(), remedy: remedy.into() }
    }

    /// An error's text says the remedy behind its last semicolon.
    fn of(error: &MailboxError) -> Self {
        let text = error.to_string();
        match text.rsplit_once("; ") {
            Some((what, remedy)) => Self::bad(what, remedy),
            None => Self::bad(text, "try again"),
        }
    }
}

/// Connects, logs in and looks for all that the settings name.
pub async fn probe(source: &Source) -> Vec<Finding> {
    match source {
        Source::Imap(settings) => match probe_imap(settings).await {
            Ok(findings) => findings,
            Err(error) => vec![Finding::of(&error.at(&settings.name))],
        },
        Source::Maildir(settings) => vec![match maildir::check(settings) {
            Ok(()) => Finding::good(format!("{}: {} is a Maildir", settings.name, settings.path.display())),
            Err(error) => Finding::of(&error.at(&settings.name)),
        }],
    }
}

async fn probe_imap(settings: &ImapSettings) -> Result<Vec<Finding>, MailboxError> {
    let name = &settings.name;
    let (mut wire, capabilities) = log_in(settings).await?;
    let mut findings = vec![Finding::good(format!("{name}: {} accepts the login", settings.host))];

    let mut there: Vec<String> = Vec::new();
    wire.command("LIST \"\" \"*\"", SMALL_LITERAL, |response| {
        if let Response::Data(tokens) = response
            && tokens.first().is_some_and(|token| token.is("LIST"))
        {
            there.extend(match tokens.last() {
                Some(Token::Atom(folder)) => Some(folder_name::decode(folder)),
                Some(Token::Text(folder)) => Some(folder_name::decode(&String::from_utf8_lossy(folder))),
                _ => None,
            });
        }
    })
    .await?;
    let target = match &settings.afterwards {
        Afterwards::Move(target) => Some(target),
        _ => None,
    };
    for folder in settings.folders.iter().map(|folder| &folder.name).chain(target) {
        let command = format!("STATUS {} (UIDNEXT)", folder_name::on_the_wire(folder));
        let status = wire.command(&command, SMALL_LITERAL, |_| {}).await?;
        findings.push(if status.word == Word::Ok {
            Finding::good(format!("{name}: the folder {folder:?} is there"))
        } else {
            Finding::bad(
                format!("{name}: the folder {folder:?} cannot be opened: {}", status.said()),
                format!("make it, or name one of: {}", there.join(", ")),
            )
        });
    }

    findings.push(if capabilities.contains("IDLE") {
        Finding::good(format!("{name}: the server announces new mail at once (IDLE)"))
    } else {
        Finding::bad(
            format!("{name}: the server does not announce new mail (no IDLE)"),
            format!("new mail waits up to {:?}; make `poll` as short as the server permits", settings.poll),
        )
    });
    match &settings.afterwards {
        Afterwards::Nothing => {}
        Afterwards::Keyword(keyword) if imap::keyword_is_valid(keyword) => {}
        Afterwards::Keyword(keyword) => findings.push(Finding::bad(
            format!("{name}: {keyword:?} cannot be an IMAP keyword"),
            "use letters, digits, `-`, `_` and `$`",
        )),
        Afterwards::Move(_) if capabilities.contains("MOVE") || capabilities.contains("UIDPLUS") => {
            findings.push(Finding::good(format!("{name}: the server can move mails")));
        }
        Afterwards::Move(_) => findings.push(Finding::bad(
            format!("{name}: the server can neither MOVE nor UIDPLUS"),
            "set `afterwards` to a keyword or to nothing",
        )),
    }
    wire.begin("LOGOUT").await.ok();
    Ok(findings)
}
