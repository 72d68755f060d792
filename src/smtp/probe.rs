//! Trying an SMTP server without sending anything, for the `check` command.

use super::connection::{Step, Trouble};
use super::{Credential, Server, Settings, Tls};

/// Something that is wrong, and what to do about it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// What was being done, and what happened.
    pub problem: String,
    /// What to do next.
    pub remedy: String,
}

/// Connects, starts TLS, logs in, and takes leave. No findings means that mails can be handed over.
pub async fn probe(settings: &Settings) -> Vec<Finding> {
    match Server::new(settings.clone()).open().await {
        Ok(mut connection) => {
            let _ = tokio::time::timeout(settings.timeout, connection.quit()).await;
            Vec::new()
        }
        Err(trouble) => vec![Finding {
            problem: format!("SMTP server {}:{}: {trouble}", settings.host, settings.port),
            remedy: remedy(settings, &trouble),
        }],
    }
}

/// What to do about a server that takes no mail from us.
pub(super) fn remedy(settings: &Settings, trouble: &Trouble) -> String {
    let (host, port) = (&settings.host, settings.port);
    let text = &trouble.text;
    let certificate = text.contains("certificate") || text.contains("UnknownIssuer");
    match (trouble.step, trouble.code) {
        (Step::Prepare, _) => "correct this setting".to_owned(),
        (Step::Connect | Step::StartTls, _) if certificate => format!(
            "use the name that the server's certificate is made out to as host (now {host}), or name the file of \
             its authority as ca_file"
        ),
        (Step::Connect, Some(_)) => "the server turned us away: ask who runs it whether this machine may submit mail".to_owned(),
        (Step::Connect, None) if settings.tls == Tls::Implicit => format!(
            "check host and port, and that no firewall stands between; if the server speaks STARTTLS on port {port}, \
             set tls to \"starttls\""
        ),
        (Step::Connect, None) => format!(
            "check host and port, and that no firewall stands between; if the server speaks TLS from the start on \
             port {port}, set tls to \"implicit\""
        ),
        (Step::StartTls, _) => "set tls to \"implicit\" with port 465, or use the server's submission port 587".to_owned(),
        (Step::Token, _) => text.rsplit_once("; ").map_or("try again", |(_, remedy)| remedy).to_owned(),
        _ if text.starts_with("no answer") => "ask who runs the server why it is so slow, or raise timeout".to_owned(),
        _ if matches!(settings.login, Some((_, Credential::Token(_)))) => {
            "check that the application may send as this user and that the server takes access tokens, as \
             docs/providers.md says"
                .to_owned()
        }
        _ if trouble.code.is_some() => {
            "check the user name and the password; some providers want a password made for programs".to_owned()
        }
        _ => "the server offers no login that we speak (PLAIN, LOGIN) here: check the port, or leave out the login".to_owned(),
    }
}

impl std::fmt::Display for Trouble {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}: {}", self.step.words(), self.text)
    }
}
