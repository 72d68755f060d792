//! From nothing to a connection that is logged in: greeting, TLS, capabilities, LOGIN.

use std::collections::HashSet;

use super::tls;
use super::wire::{Response, SMALL_LITERAL, Status, Token, Wire, Word, quoted};
use super::{ImapSettings, MailboxError, Tls};

/// What a server can do, in upper case: `IDLE`, `MOVE`, `UIDPLUS`.
pub(super) type Capabilities = HashSet<String>;

/// Connects and logs in.
pub(super) async fn log_in(settings: &ImapSettings) -> Result<(Wire, Capabilities), MailboxError> {
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
    if capabilities(&mut wire, None).await?.contains("LOGINDISABLED") {
        return Err(MailboxError::configuration(
            "the server permits no login by password on this connection; use implicit TLS (port 993) or STARTTLS",
        ));
    }
    let status = login(&mut wire, settings).await?;
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

async fn login(wire: &mut Wire, settings: &ImapSettings) -> Result<Status, MailboxError> {
    let password = settings.password.expose();
    let status = if let (Some(user), Some(password)) = (quoted(&settings.user), quoted(password)) {
        wire.command(&format!("LOGIN {user} {password}"), SMALL_LITERAL, |_| {}).await?
    } else {
        login_by_literals(wire, &settings.user, password).await?
    };
    if status.word == Word::Ok {
        return Ok(status);
    }
    // A server may say the command again that it did not like.
    let said = if status.said().contains(password) { format!("{:?}", status.word) } else { status.said() };
    Err(if is_passing(&status) {
        MailboxError::network(format!("the server cannot check the login at present: {said}"))
    } else {
        MailboxError::login(format!(
            "the server refuses the login: {said}; check `user` and `password` (some servers want an application \
             password)"
        ))
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
    ["UNAVAILABLE", "INUSE", "LIMIT", "SERVERBUG"].iter().any(|code| status.code_value(code).is_some())
}
