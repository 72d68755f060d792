//! The mail server between the parties of a test.

use std::time::Duration;

use pairdesk::effect::OutgoingMail;
use pairdesk::smtp::{Settings, Tls, Transport};

use super::dovecot::Dovecot;
use super::postfix::Postfix;
use super::sink::Sink;

/// A mail server that hands everything to a Dovecot.
pub enum Relay {
    /// The real one, which wants root.
    Postfix(Postfix),
    /// For an ordinary user: an SMTP server that accepts, and this test that carries what it accepted on by LMTP.
    Sink(Sink),
}

impl Relay {
    /// Starts the server.
    pub fn start(dovecot: &Dovecot) -> Self {
        if Postfix::possible() {
            Self::Postfix(Postfix::start(dovecot.lmtp))
        } else {
            Self::Sink(Sink::start())
        }
    }

    /// Its SMTP port.
    pub fn port(&self) -> u16 {
        match self {
            Self::Postfix(postfix) => postfix.port,
            Self::Sink(sink) => sink.port,
        }
    }

    /// Submits a mail as the server or mail program of its writer would.
    pub fn submit(&self, from: &str, to: &str, raw: &str) {
        let settings = Settings {
            host: "127.0.0.1".to_owned(),
            port: self.port(),
            tls: Tls::None,
            ca_file: None,
            login: None,
            hello: None,
            timeout: Duration::from_secs(30),
            text_timeout: Duration::from_mins(10),
        };
        let mail = OutgoingMail {
            message_id: String::new(),
            envelope_from: Some(from.to_owned()),
            envelope_to: to.to_owned(),
            subject: String::new(),
            bytes: raw.as_bytes().to_vec(),
            fallen_back: None,
        };
        let runtime = tokio::runtime::Runtime::new().unwrap();
        runtime.block_on(Transport::smtp(settings).send(&mail)).unwrap();
    }

    /// Carries on what has been accepted since `carried`, where no real server does.
    pub fn carry(&self, dovecot: &Dovecot, carried: &mut usize) {
        if let Self::Sink(sink) = self {
            for mail in &sink.accepted()[*carried..] {
                *carried += 1;
                dovecot.deliver(&mail.to[0], &mail.bytes);
            }
        }
    }
}
