//! Handing finished mails over: to an SMTP server, to Maildirs (the demonstration), or to memory (tests).

mod connection;
mod maildir;
mod probe;

use std::fmt;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::time::Duration;

use lettre::transport::smtp::client::TlsParameters;

use crate::effect::OutgoingMail;
use crate::outbox::Failure;
pub use crate::server::{Credential, Secret, Tls};
pub use probe::{Finding, probe};

/// How long the answer to the final dot is waited for at least (RFC 5321 §4.5.3.2.6): who leaves earlier sends a second
/// time what the server is about to accept.
pub const TEXT_TIMEOUT: Duration = Duration::from_mins(10);

/// Where and how mails are submitted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Settings {
    /// The server's name, as its certificate says it.
    pub host: String,
    /// Its port.
    pub port: u16,
    /// How the connection is protected.
    pub tls: Tls,
    /// The certificates (PEM) to trust, in place of the system's.
    pub ca_file: Option<PathBuf>,
    /// User name and what proves it.
    pub login: Option<(String, Credential)>,
    /// The name given in EHLO; the machine's when none.
    pub hello: Option<String>,
    /// How long each step before the text may take: connecting, each command.
    pub timeout: Duration,
    /// How long handing over the text may take, up to the answer to the final dot; [`TEXT_TIMEOUT`] or more.
    pub text_timeout: Duration,
}

/// A way to hand mails over. Clones share what is behind it.
#[derive(Debug, Clone)]
pub enum Transport {
    /// To an SMTP server.
    Smtp(Server),
    /// Into a Maildir a recipient, below this folder.
    Maildir(PathBuf),
    /// Into memory, in the order of sending.
    Memory(Arc<Mutex<Vec<OutgoingMail>>>),
}

/// An SMTP server with what was read once from the disk.
#[derive(Clone)]
pub struct Server {
    settings: Arc<Settings>,
    trust: Arc<OnceLock<TlsParameters>>,
}

impl fmt::Debug for Server {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.settings.fmt(f)
    }
}

impl Transport {
    /// A transport to the server of these settings. Nothing is connected yet.
    pub fn smtp(settings: Settings) -> Self {
        Self::Smtp(Server::new(settings))
    }

    /// Hands a mail over, and returns the server's answer ("250 2.0.0 Ok: queued as 4F"). May be dropped at any await:
    /// the connection goes with it, since each mail has its own.
    pub async fn send(&self, mail: &OutgoingMail) -> Result<String, Failure> {
        self.send_while(mail, &|| true).await
    }

    /// Hands a mail over like [`Transport::send`], unless it is no longer to be sent when an SMTP server asks for its
    /// text: what follows cannot be taken back.
    pub async fn send_while(
        &self,
        mail: &OutgoingMail,
        wanted: &(dyn Fn() -> bool + Sync),
    ) -> Result<String, Failure> {
        match self {
            Self::Smtp(server) => server.send(mail, wanted).await,
            Self::Maildir(folder) => maildir::deliver(folder, mail).await,
            Self::Memory(kept) => {
                kept.lock().unwrap_or_else(PoisonError::into_inner).push(mail.clone());
                Ok("kept in memory".to_owned())
            }
        }
    }
}
