//! One mail over one connection, step by step, so that a failure is known by the step in which it happened.

use std::sync::{Arc, OnceLock};
use std::time::Duration;

use lettre::Address;
use lettre::transport::smtp::authentication::{Credentials, DEFAULT_MECHANISMS, Mechanism};
use lettre::transport::smtp::client::{AsyncSmtpConnection, Certificate, CertificateStore, TlsParameters};
use lettre::transport::smtp::commands::{Data, Mail, Rcpt};
use lettre::transport::smtp::extension::ClientId;
use lettre::transport::smtp::extension::{Extension, MailParameter};
use lettre::transport::smtp::response::Response;
use tokio::net::TcpStream;

use super::probe::remedy;
use super::{Credential, Secret, Server, Settings, Tls};
use crate::effect::OutgoingMail;
use crate::oauth::{OAUTHBEARER, XOAUTH2, bearer, refused, xoauth2};
use crate::outbox::{Failure, FailureKind};
use crate::server::{NoToken, is_loopback};

/// How far a mail has come. What a failure means depends on it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Step {
    Prepare,
    Connect,
    StartTls,
    Token,
    LogIn,
    Sender,
    Recipient,
    Data,
    Text,
}

impl Step {
    pub(super) fn words(self) -> &'static str {
        match self {
            Self::Prepare => "preparing the connection",
            Self::Connect => "connecting",
            Self::StartTls => "starting TLS",
            Self::Token => "getting an access token",
            Self::LogIn => "logging in",
            Self::Sender => "naming the sender (MAIL FROM)",
            Self::Recipient => "naming the recipient (RCPT TO)",
            Self::Data => "asking to hand over the text (DATA)",
            Self::Text => "handing over the text",
        }
    }
}

/// A step that failed.
#[derive(Debug)]
pub(super) struct Trouble {
    pub(super) step: Step,
    /// The server's three digits, when it answered.
    pub(super) code: Option<u16>,
    /// What went wrong, without the mail's text.
    pub(super) text: String,
}

impl Trouble {
    fn new(step: Step, text: impl Into<String>) -> Self {
        Self { step, code: None, text: text.into() }
    }

    /// What the failure means for the mail (RFC 5321 §4.2.1).
    fn kind(&self) -> FailureKind {
        match self.code {
            // Before the mail is spoken of, the trouble is with the server or with our login, not with this mail.
            _ if self.step <= Step::LogIn => FailureKind::Server,
            // RFC 4954 §6: some servers ask for a login only at MAIL or RCPT.
            Some(530 | 534 | 535 | 538) => FailureKind::Server,
            Some(500..=599) => FailureKind::Permanent,
            None if self.step == Step::Text => FailureKind::Unknown,
            _ => FailureKind::Transient,
        }
    }
}

impl Server {
    pub(super) fn new(settings: Settings) -> Self {
        Self { settings: Arc::new(settings), trust: Arc::new(OnceLock::new()) }
    }

    pub(super) async fn send(
        &self,
        mail: &OutgoingMail,
        wanted: &(dyn Fn() -> bool + Sync),
    ) -> Result<String, Failure> {
        self.hand_over(mail, wanted).await.map_err(|trouble| {
            let (kind, Settings { host, port, .. }) = (trouble.kind(), &*self.settings);
            let mut text = format!("{} at {host}:{port}: {}", trouble.step.words(), trouble.text);
            if kind == FailureKind::Server {
                text = format!("{text}; what to do: {}", remedy(&self.settings, &trouble));
            }
            Failure { kind, text }
        })
    }

    async fn hand_over(
        &self,
        mail: &OutgoingMail,
        wanted: &(dyn Fn() -> bool + Sync),
    ) -> Result<String, Trouble> {
        let sender = mail.envelope_from.as_deref().map(|from| address(Step::Sender, from)).transpose()?;
        let recipient = address(Step::Recipient, &mail.envelope_to)?;
        let mut connection = self.open().await?;
        let answer = self.transfer(&mut connection, sender, recipient, &mail.bytes, wanted).await;
        // A farewell for the server's log only: the answer is known, and the connection goes in any case.
        if answer.as_ref().map_or_else(|trouble| trouble.code.is_some(), |_| true) {
            let _ = tokio::time::timeout(self.settings.timeout.min(FAREWELL), connection.quit()).await;
        }
        answer
    }

    /// Connects, starts TLS and logs in, as the settings say. An access token that the server refuses is replaced once.
    pub(super) async fn open(&self) -> Result<AsyncSmtpConnection, Trouble> {
        let Some((user, credential)) = &self.settings.login else { return self.connect().await };
        let tokens = match credential {
            Credential::Password(password) => {
                let mut connection = self.connect().await?;
                let credentials = Credentials::new(user.clone(), password.expose().to_owned());
                let login = connection.auth(DEFAULT_MECHANISMS, &credentials);
                let answer = self.within(Step::LogIn, login).await?;
                expect(Step::LogIn, 235, &answer)?;
                return Ok(connection);
            }
            Credential::Token(tokens) => tokens,
        };
        let no_token = |error: NoToken| Trouble::new(Step::Token, error.text);
        let token = tokens.give(None).await.map_err(no_token)?;
        match self.authenticated(user, &token).await {
            Err(Trouble { step: Step::LogIn, code: Some(500..=599), .. }) => {
                tracing::info!("the SMTP server refuses the access token; trying a new one");
                let token = tokens.give(Some(token)).await.map_err(no_token)?;
                self.authenticated(user, &token).await
            }
            opened => opened,
        }
    }

    /// Connects, starts TLS and logs in with an access token: by XOAUTH2 where that is offered, else by OAUTHBEARER.
    async fn authenticated(&self, user: &str, token: &Secret) -> Result<AsyncSmtpConnection, Trouble> {
        let mut connection = self.connect().await?;
        let Settings { host, port, .. } = &*self.settings;
        let (mechanism, response) = if connection.server_info().supports_auth_mechanism(Mechanism::Xoauth2) {
            (XOAUTH2, xoauth2(user, token))
        } else {
            // lettre does not tell whether this one is offered; a server without it says so.
            (OAUTHBEARER, bearer(user, host, *port, token))
        };
        let at_once = format!("AUTH {mechanism} {}\r\n", response.expose());
        let answer = if at_once.len() <= LONGEST_COMMAND {
            self.within(Step::LogIn, connection.command(at_once)).await
        } else {
            let asked = self.within(Step::LogIn, connection.command(format!("AUTH {mechanism}\r\n"))).await?;
            expect(Step::LogIn, 334, &asked)?;
            let response = format!("{}\r\n", response.expose());
            self.within(Step::LogIn, connection.command(response)).await
        };
        let answer = match answer {
            // The server says why it refuses the token, and wants an answer before it refuses.
            Ok(answer) if answer.has_code(334) => {
                let farewell = format!("{}\r\n", refused(mechanism));
                self.within(Step::LogIn, connection.command(farewell)).await
            }
            answer => answer,
        };
        let answer = answer.map_err(|trouble| {
            let again = trouble.text.contains(token.expose()) || trouble.text.contains(response.expose());
            Trouble { text: if again { "the server refuses it".to_owned() } else { trouble.text }, ..trouble }
        })?;
        expect(Step::LogIn, 235, &answer)?;
        Ok(connection)
    }

    /// Connects and starts TLS, as the settings say.
    async fn connect(&self) -> Result<AsyncSmtpConnection, Trouble> {
        let settings = &*self.settings;
        let hello = settings.hello.clone().map_or_else(ClientId::default, ClientId::Domain);
        let trust = match settings.tls {
            Tls::None if !is_loopback(&settings.host) => {
                return Err(Trouble::new(
                    Step::Prepare,
                    "refused to speak without TLS to another machine; set tls to \"starttls\" or \"implicit\"",
                ));
            }
            Tls::None => None,
            Tls::Implicit | Tls::StartTls => Some(self.trust()?),
        };
        let server = (settings.host.as_str(), settings.port);
        let wrapper = trust.clone().filter(|_| settings.tls == Tls::Implicit);
        let mut connection = if wrapper.is_some() {
            let limit = Some(settings.timeout);
            let connect = AsyncSmtpConnection::connect_tokio1(server, limit, &hello, wrapper, None);
            self.within(Step::Connect, connect).await?
        } else {
            let stream = tokio::time::timeout(settings.timeout, TcpStream::connect(server)).await;
            let stream = stream
                .map_err(|_| Trouble::new(Step::Connect, silence(settings.timeout)))?
                .map_err(|error| Trouble::new(Step::Connect, error.to_string()))?;
            // lettre writes the final dot on its own: without this it would wait for the peer's delayed ACK.
            stream.set_nodelay(true).map_err(|error| Trouble::new(Step::Connect, error.to_string()))?;
            let greet = AsyncSmtpConnection::connect_with_transport(Box::new(stream), &hello);
            self.within(Step::Connect, greet).await?
        };
        if let Some(trust) = trust.filter(|_| settings.tls == Tls::StartTls) {
            if !connection.can_starttls() {
                return Err(Trouble::new(Step::StartTls, "the server does not offer STARTTLS on this port"));
            }
            self.within(Step::StartTls, connection.starttls(trust, &hello)).await?;
        }
        Ok(connection)
    }

    async fn transfer(
        &self,
        connection: &mut AsyncSmtpConnection,
        sender: Option<Address>,
        recipient: Address,
        bytes: &[u8],
        wanted: &(dyn Fn() -> bool + Sync),
    ) -> Result<String, Trouble> {
        let mut parameters = Vec::new();
        let ascii = |address: &Address| <Address as AsRef<str>>::as_ref(address).is_ascii();
        if !ascii(&recipient) || !sender.as_ref().is_none_or(ascii) {
            if !connection.server_info().supports_feature(Extension::SmtpUtfEight) {
                let text = "the address is not ASCII, and the server does not offer SMTPUTF8 (RFC 6531)";
                return Err(Trouble { step: Step::Recipient, code: Some(553), text: text.to_owned() });
            }
            parameters.push(MailParameter::SmtpUtfEight);
        }
        let answer = self.within(Step::Sender, connection.command(Mail::new(sender, parameters))).await?;
        expect(Step::Sender, 250, &answer)?;
        let answer =
            self.within(Step::Recipient, connection.command(Rcpt::new(recipient, Vec::new()))).await?;
        if !answer.has_code(251) {
            expect(Step::Recipient, 250, &answer)?;
        }
        let answer = self.within(Step::Data, connection.command(Data)).await?;
        expect(Step::Data, 354, &answer)?;
        if !wanted() {
            return Err(Trouble::new(Step::Data, "another daemon may send the mail by now"));
        }
        // lettre ends the text with a line end of its own before the dot.
        let text = bytes.strip_suffix(b"\r\n").unwrap_or(bytes);
        let answer = self.within(Step::Text, connection.message(text)).await?;
        expect(Step::Text, 250, &answer)?;
        Ok(spoken(&answer))
    }

    /// One step, within the time that a step may take.
    async fn within<T>(
        &self,
        step: Step,
        work: impl Future<Output = Result<T, lettre::transport::smtp::Error>>,
    ) -> Result<T, Trouble> {
        let limit = if step == Step::Text { self.settings.text_timeout } else { self.settings.timeout };
        match tokio::time::timeout(limit, work).await {
            Ok(Ok(value)) => Ok(value),
            Ok(Err(error)) => {
                Err(Trouble { step, code: error.status().map(u16::from), text: plain(&error.to_string()) })
            }
            Err(_) => Err(Trouble::new(step, silence(limit))),
        }
    }

    /// The certificates to trust, read once.
    fn trust(&self) -> Result<TlsParameters, Trouble> {
        if let Some(trust) = self.trust.get() {
            return Ok(trust.clone());
        }
        let settings = &*self.settings;
        let mut builder = TlsParameters::builder(settings.host.clone());
        if let Some(file) = &settings.ca_file {
            let bad =
                |what: String| Trouble::new(Step::Prepare, format!("ca_file {}: {what}", file.display()));
            let pem = std::fs::read(file).map_err(|error| bad(error.to_string()))?;
            let certificate = Certificate::from_pem(&pem).map_err(|error| bad(error.to_string()))?;
            builder = builder.certificate_store(CertificateStore::None).add_root_certificate(certificate);
        }
        let trust = builder.build().map_err(|error| Trouble::new(Step::Prepare, error.to_string()))?;
        Ok(self.trust.get_or_init(|| trust).clone())
    }
}

/// The longest command, in bytes with its end (RFC 5321 §4.5.3.1.4). A token is mostly longer, and then comes after the
/// server has asked for it (RFC 4954 §4).
const LONGEST_COMMAND: usize = 512;

/// How long to wait for the answer to QUIT.
const FAREWELL: Duration = Duration::from_secs(2);

fn silence(limit: Duration) -> String {
    format!("no answer within {} s", limit.as_secs_f32())
}

/// An envelope address; one that cannot be written down will never pass.
fn address(step: Step, text: &str) -> Result<Address, Trouble> {
    text.parse().map_err(|error| Trouble {
        step,
        code: Some(553),
        text: format!("not an address that SMTP can carry ({error})"),
    })
}

/// That the server said the one code that means yes here.
fn expect(step: Step, code: u16, answer: &Response) -> Result<(), Trouble> {
    if answer.has_code(code) {
        return Ok(());
    }
    Err(Trouble::new(step, format!("expected {code}, the server answered {}", spoken(answer))))
}

/// The answer as the server said it, on one line.
fn spoken(answer: &Response) -> String {
    plain(&format!("{} {}", answer.code(), answer.message().collect::<Vec<_>>().join(" ")))
}

/// One line of at most 300 characters: servers are free to say anything.
fn plain(text: &str) -> String {
    let words = text.split(|c: char| c.is_whitespace() || c.is_control()).filter(|word| !word.is_empty());
    words.collect::<Vec<_>>().join(" ").chars().take(300).collect()
}
