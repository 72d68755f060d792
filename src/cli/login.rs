//! `login`: somebody grants access to a mailbox once, and Pairdesk keeps the tokens.

mod browser;

use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context as _, Result, anyhow, bail};
use clap::Args;

use super::{load, print};
use crate::clock::Clock;
use crate::config::{Config, Transport};
use crate::mailbox::{self, Source};
use crate::oauth::{Answer, Flow, Form, Granted, Login as Grant, RefusalKind, SENDING, device_code, granted};
use crate::server::NoToken;
use crate::store::Store;
use crate::worker::tokens::Keeper;
use crate::{config, provider, smtp};

/// Log in to a mailbox, or to sending, whose provider wants OAuth2; then try it
///
/// With flow "device" you open a page in any browser, on any machine, and type a code. With flow "browser" you open a
/// page, and paste the address that it ends at where the browser runs on another machine. The tokens are kept in the
/// store; a running daemon takes them up by itself.
#[derive(Debug, Args)]
pub struct Login {
    /// The name of a mailbox with a table [mailbox.oauth], or "smtp"
    name: String,
}

impl Login {
    pub async fn run(self, config: Option<PathBuf>) -> Result<ExitCode> {
        let config = load(config)?;
        let login = find(&config, &self.name)?;
        let store = Store::open(&config.store_url()).await?;
        let tokens = Keeper::new(store.clone(), Clock::System);
        let granted = match &login.client.flow {
            Flow::Device => Some(by_device(&login).await?),
            Flow::Browser => Some(browser::log_in(&login).await?),
            Flow::ClientCredentials | Flow::ServiceAccount(_) => None,
        };
        if let Some(granted) = granted {
            if granted.refresh.is_none() {
                bail!(
                    "the provider gave no refresh token, so that the login would end within the hour; what to do: let \
                     the application ask for offline access (scope offline_access), and log in again"
                );
            }
            store.logged_in(&login.name, &login.fingerprint(), &granted, Clock::System.now()).await?;
            print("Logged in; the tokens are in the store.\n")?;
        } else {
            print("Nobody logs in here: the application does, with its own key. Asking for a token.\n")?;
            tokens.access(&login, None).await.map_err(|error| anyhow!(error.text))?;
            print("The provider gives a token.\n")?;
        }
        try_out(&config, &login, &tokens).await
    }
}

/// The login of this name.
fn find(config: &Config, name: &str) -> Result<Arc<Grant>> {
    if name == SENDING
        && let Transport::Smtp(config::Submission { login: Some((_, config::Proof::Token(login))), .. }) =
            &config.smtp.transport
    {
        return Ok(Arc::clone(login));
    }
    let of_mailbox = config.mailboxes.iter().filter(|mailbox| mailbox.name == name);
    let mut proof = of_mailbox.filter_map(|mailbox| match &mailbox.source {
        config::Source::Imap(imap) => imap.password.login(),
        config::Source::Maildir { .. } => None,
    });
    let logins = config.logins();
    let names: Vec<_> = logins.iter().map(|login| login.name.as_str()).collect();
    proof.next().cloned().ok_or_else(|| match names.as_slice() {
        [] => anyhow!(
            "nothing in the configuration logs in by OAuth2; add a table [mailbox.oauth] or [smtp.oauth]"
        ),
        names => anyhow!("there is no login named {name:?}; there are: {}", names.join(", ")),
    })
}

/// RFC 8628: shows a code, and asks until somebody has typed it.
async fn by_device(login: &Grant) -> Result<Granted> {
    let client = &login.client;
    let url = client.device_url.as_deref().context("there is no device_url")?;
    let asked = provider::ask(url, Form::device(login), client.ca_file.as_deref()).await.map_err(failed)?;
    let code = device_code(&asked, Clock::System.now()).map_err(|refusal| {
        anyhow!("the provider gives no code: {}; {}", refusal.said, refusal.remedy(login))
    })?;
    print(&format!(
        "Open this page in any browser, on any machine:\n\n    {}\n\nand enter the code:\n\n    {}\n\nLog in as the user \
         of {} ({}). Waiting for that, {} minutes at most.\n",
        code.url,
        code.user_code,
        login.words(),
        client.user,
        code.lasts.as_secs().div_ceil(60),
    ))?;
    let begun = tokio::time::Instant::now();
    let mut interval = code.interval;
    while begun.elapsed() < code.lasts {
        tokio::time::sleep(interval).await;
        let form = Form::poll(login, &code.device_code);
        match provider::ask(&client.token_url, form, client.ca_file.as_deref()).await {
            Ok(answer) => {
                if let Some(granted) = pending(login, &answer, &mut interval)? {
                    return Ok(granted);
                }
            }
            // RFC 8628 §3.5: after a broken connection, less often.
            Err(error) if error.passing => interval = longer(interval * 2),
            Err(error) => return Err(failed(error)),
        }
    }
    Err(anyhow!("the code has expired; run pairdesk login {} again", login.name))
}

/// What a question for a device's tokens brought; none when it is to be asked again (RFC 8628 §3.5).
fn pending(login: &Grant, answer: &Answer, interval: &mut Duration) -> Result<Option<Granted>> {
    let refusal = match granted(answer, Clock::System.now()) {
        Ok(granted) => return Ok(Some(granted)),
        Err(refusal) => refusal,
    };
    let again = format!("run pairdesk login {} again", login.name);
    match refusal.kind {
        RefusalKind::Pending => {}
        RefusalKind::SlowDown => *interval = longer(*interval + Duration::from_secs(5)),
        RefusalKind::Passing => *interval = longer(refusal.retry_after.unwrap_or(*interval * 2)),
        RefusalKind::People if refusal.said.starts_with("expired_token") => {
            bail!("the code has expired; {again}")
        }
        // The second is Microsoft's.
        RefusalKind::People
            if refusal.said.starts_with("access_denied")
                || refusal.said.starts_with("authorization_declined") =>
        {
            bail!("access was denied in the browser; grant it, or ask who may: {again}")
        }
        RefusalKind::People => bail!("the provider refuses: {}; {again}", refusal.said),
    }
    Ok(None)
}

fn longer(interval: Duration) -> Duration {
    interval.min(Duration::from_mins(5))
}

fn failed(error: NoToken) -> anyhow::Error {
    anyhow!(error.text)
}

/// Logs in to what the tokens are for, and says how that went.
async fn try_out(config: &Config, login: &Arc<Grant>, tokens: &Keeper) -> Result<ExitCode> {
    let mut well = true;
    for (mailbox, source) in config.mailboxes.iter().zip(config.sources(tokens)) {
        let config::Source::Imap(imap) = &mailbox.source else { continue };
        if imap.password.login() == Some(login) {
            well &= try_mailbox(&source).await?;
        }
    }
    if let Transport::Smtp(submission) = &config.smtp.transport
        && submission.login.as_ref().is_some_and(|(_, proof)| proof.login() == Some(login))
    {
        let findings = smtp::probe(&submission.settings(tokens)).await;
        if findings.is_empty() {
            print(&format!("SMTP server {} accepts the login.\n", submission.server.host))?;
        }
        for found in findings {
            well = false;
            print(&format!("WRONG {}\n      -> {}\n", found.problem, found.remedy))?;
        }
    }
    Ok(if well { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

async fn try_mailbox(source: &Source) -> Result<bool> {
    let mut well = true;
    for found in mailbox::probe(source).await {
        if found.good {
            print(&format!("{}.\n", found.what))?;
        } else {
            well = false;
            print(&format!("WRONG {}\n      -> {}\n", found.what, found.remedy))?;
        }
    }
    Ok(well)
}
