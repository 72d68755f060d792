//! From nothing to a connection that is logged in: greeting, TLS, capabilities, LOGIN or AUTHENTICATE.

use std::collections::HashSet;

use super::tls;
use super::wire::{Response, SMALL_LITERAL, Status, Token, Wire, Word, quoted};
use super::{Credential, ImapSettings, MailboxError, Secret, Tls, Trouble};
use crate::oauth::{OAUTHBEARER, XOAUTH2, bearer, refused, xoauth2};
use crate::server::NoToken;

/// What a server can do, in upper case: `IDLE`, `MOVE`, `UIDPLUS`.
pub(super) type Capabilities = HashSet<String>;

/// Connects and logs in. An access token that the server refuses is replaced once.
pub(super) async fn log_in(settings: &ImapSettings) -> Result<(Wire, Capabilities), MailboxError> {
    let Credential::Token(tokens) = &settings.password else {
        return log_in_with(settings, None).await;
    };
    let token = tokens.give(None).await.map_err(no_token)?;
    match log_in_with(settings, Some(&token)).await {
        Err(error) if error.trouble == Trouble::Login => {
            tracing::info!(
                mailbox.name = settings.name,
                "the server refuses the access token; trying a new one"
            );
            let token = tokens.give(Some(token)).await.map_err(no_token)?;
            log_in_with(settings, Some(&token)).await
        }
        logged_in => logged_in,
    }
}

fn no_token(error: NoToken) -> MailboxError {
    if error.passing { MailboxError::network(error.text) } else { MailboxError::login(error.text) }
}

/// Connects and logs in, by this token or else by the password.
async fn log_in_with(
    settings: &ImapSettings,
    token: Option<&Secret>,
) -> Result<(Wire, Capabilities), MailboxError> {
    let stream = tls::connect(settings).await?;
    let stream = match settings.tls {
        Tls::Implicit => tls::protect(stream, settings).await?,
        Tls::StartTls | Tls::None => stream,
    };
    let mut wire = Wire::new(stream, settings.timeout);
    let greeting = greeting(&mut wire).await?;
    if settings.tls == Tls::StartTls {
        // A greeting that skips the login would skip STARTTLS too (RFC 9051 §11.1).
        if greeting.word == Word::Preauth || !capabilities(&mut wire, None).await?.contains("STARTTLS") {
            return Err(MailboxError::configuration(
                "the server does not offer STARTTLS here; use implicit TLS (port 993)",
            ));
        }
        let status = wire.command("STARTTLS", SMALL_LITERAL, |_| {}).await?;
        if status.word != Word::Ok {
            return Err(MailboxError::network(format!("the server refuses STARTTLS: {}", status.said())));
        }
        wire = Wire::new(tls::protect(wire.into_stream()?, settings).await?, settings.timeout);
    }
    if greeting.word == Word::Preauth {
        let capabilities = capabilities(&mut wire, None).await?;
        return Ok((wire, capabilities));
    }
    let offered = capabilities(&mut wire, None).await?;
    let status = match (&settings.password, token) {
        (_, Some(token)) => authenticate(&mut wire, settings, &offered, token).await?,
        (Credential::Password(_), _) if offered.contains("LOGINDISABLED") => {
            return Err(MailboxError::configuration(
                "the server permits no login by password on this connection; use implicit TLS (port 993) or STARTTLS",
            ));
        }
        (Credential::Password(password), None) => login(&mut wire, &settings.user, password.expose()).await?,
        (Credential::Token(_), None) => {
            return Err(MailboxError::login("there is no access token; try again"));
        }
    };
    let capabilities = capabilities(&mut wire, Some(&status)).await?;
    Ok((wire, capabilities))
}

async fn greeting(wire: &mut Wire) -> Result<Status, MailboxError> {
    match wire.response(SMALL_LITERAL).await.map_err(|error| MailboxError {
        text: format!("expected the server's greeting: {}", error.text),
        ..error
    })? {
        Response::Status(status)
            if status.tag.is_none() && matches!(status.word, Word::Ok | Word::Preauth) =>
        {
            Ok(status)
        }
        _ => Err(MailboxError::network("the server's greeting is none of IMAP; check host and port")),
    }
}

/// What the server can do: from a status that says so, or asked for.
async fn capabilities(wire: &mut Wire, status: Option<&Status>) -> Result<Capabilities, MailboxError> {
    let upper = |words: &str| words.split(' ').map(str::to_ascii_uppercase).collect();
    if let Some(words) = status.and_then(|status| status.code_value("CAPABILITY")) {
        return Ok(upper(words));
    }
    let mut capabilities = Capabilities::new();
    let status = wire
        .command("CAPABILITY", SMALL_LITERAL, |response| {
            if let Response::Data(tokens) = response
                && tokens.first().is_some_and(|token| token.is("CAPABILITY"))
            {
                capabilities.extend(tokens.into_iter().filter_map(|token| match token {
                    Token::Atom(atom) => Some(atom.to_ascii_uppercase()),
                    _ => None,
                }));
            }
        })
        .await?;
    if status.word == Word::Ok {
        Ok(capabilities)
    } else {
        Err(MailboxError::network(format!("the server does not say what it can do: {}", status.said())))
    }
}

async fn login(wire: &mut Wire, user: &str, password: &str) -> Result<Status, MailboxError> {
    let status = if let (Some(user), Some(password)) = (quoted(user), quoted(password)) {
        wire.command(&format!("LOGIN {user} {password}"), SMALL_LITERAL, |_| {}).await?
    } else {
        login_by_literals(wire, user, password).await?
    };
    let remedy = "check `user` and `password` (some servers want an application password)";
    accepted(status, &[password], "login", remedy)
}

/// AUTHENTICATE with an access token, by the mechanism that the server offers.
async fn authenticate(
    wire: &mut Wire,
    settings: &ImapSettings,
    offered: &Capabilities,
    token: &Secret,
) -> Result<Status, MailboxError> {
    let offers = |mechanism: &str| offered.contains(&format!("AUTH={mechanism}"));
    let (mechanism, response) = if offers(OAUTHBEARER) && !offers(XOAUTH2) {
        (OAUTHBEARER, bearer(&settings.user, &settings.host, settings.port, token))
    } else if offers(XOAUTH2) {
        (XOAUTH2, xoauth2(&settings.user, token))
    } else {
        return Err(MailboxError::configuration(
            "the server takes no access tokens here (it offers neither XOAUTH2 nor OAUTHBEARER); check host and port, \
             or log in by a password",
        ));
    };
    // With SASL-IR the response goes at once (RFC 4959).
    let (tag, mut parts) = if offered.contains("SASL-IR") {
        let tag = wire.begin(&format!("AUTHENTICATE {mechanism} {}", response.expose())).await?;
        (tag, vec![refused(mechanism)].into_iter())
    } else {
        let tag = wire.begin(&format!("AUTHENTICATE {mechanism}")).await?;
        (tag, vec![response.expose(), refused(mechanism)].into_iter())
    };
    let status = loop {
        match wire.response(SMALL_LITERAL).await? {
            // Behind the response a server says why it refuses the token, and wants an answer to go on.
            Response::Continue => match parts.next() {
                Some(part) => wire.send(format!("{part}\r\n").as_bytes()).await?,
                None => return Err(MailboxError::network("the server asks for more than an access token")),
            },
            Response::Status(status) if status.tag.is_some() => break wire.ended(&tag, status)?,
            _ => {}
        }
    };
    let remedy = format!(
        "check that the application may open the mailbox of {}, as docs/providers.md says",
        settings.user
    );
    accepted(status, &[token.expose(), response.expose()], "access token", &remedy)
}

/// The status of a login that the server accepts; else what its refusal means.
fn accepted(status: Status, secrets: &[&str], what: &str, remedy: &str) -> Result<Status, MailboxError> {
    if status.word == Word::Ok {
        return Ok(status);
    }
    // A server may say the command again that it did not like, as far as its text goes.
    let said = status.said();
    let again = secrets.iter().any(|secret| said.contains(&secret[..secret.floor_char_boundary(20)]));
    let said = if again { format!("{:?}", status.word) } else { said };
    Err(if status.asks_for_less() {
        MailboxError::throttled(format!("the server wants fewer logins: {said}"))
    } else if is_passing(&status) {
        MailboxError::network(format!("the server cannot check the {what} at present: {said}"))
    } else {
        MailboxError::login(format!("the server refuses the {what}: {said}; {remedy}"))
    })
}

/// LOGIN with both words as literals (RFC 9051 §4.3): for what cannot be quoted.
async fn login_by_literals(wire: &mut Wire, user: &str, password: &str) -> Result<Status, MailboxError> {
    let tag = wire.begin(&format!("LOGIN {{{}}}", user.len())).await?;
    let mut parts = [format!("{user} {{{}}}\r\n", password.len()), format!("{password}\r\n")].into_iter();
    loop {
        match wire.response(SMALL_LITERAL).await? {
            Response::Continue => match parts.next() {
                Some(part) => wire.send(part.as_bytes()).await?,
                None => {
                    return Err(MailboxError::network("the server asks for more than a user and a password"));
                }
            },
            Response::Status(status) if status.tag.is_some() => return wire.ended(&tag, status),
            _ => {}
        }
    }
}

/// Whether a refusal says of itself that it will pass (RFC 5530 §3).
pub(super) fn is_passing(status: &Status) -> bool {
    let passing =
        ["UNAVAILABLE", "INUSE", "LIMIT", "SERVERBUG"].iter().any(|code| status.code_value(code).is_some());
    passing || status.asks_for_less()
}
