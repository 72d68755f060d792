//! An SMTP server in the test's own process that keeps what it gets and fails when told to: by a script, or by chance.
//!
//! It runs on a thread of its own, so that plain and async tests can use it, and until it is dropped. Nothing in it
//! depends on time: a fault happens at a step of a mail, never after a while.

use std::collections::VecDeque;
use std::net::{Ipv4Addr, TcpListener as StdListener};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;

use rustls_pki_types::PrivateKeyDer;
use tempfile::TempDir;
use tokio::io::{AsyncBufReadExt, AsyncRead, AsyncWrite, AsyncWriteExt, BufReader};
use tokio::net::TcpListener;
use tokio::sync::oneshot;
use tokio_rustls::TlsAcceptor;

/// What goes wrong with one mail.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fault {
    /// MAIL FROM is answered with this code.
    Sender(u16),
    /// RCPT TO is answered with this code.
    Recipient(u16),
    /// The text is read to its end and answered with this code.
    Text(u16),
    /// The text is accepted, with this code in place of 250.
    OddAcceptance(u16),
    /// The connection ends while the text is being handed over; the mail is not accepted.
    DropBeforeDot,
    /// The mail is accepted, and the connection ends before the client hears of it.
    DropAfterDot,
    /// RCPT TO is never answered.
    HangAtRecipient,
    /// The text is never answered; the mail is not accepted.
    HangAfterDot,
}

/// A mail that the sink took responsibility for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Accepted {
    /// The envelope's sender; empty for the null reverse-path.
    pub from: String,
    /// The envelope's recipients.
    pub to: Vec<String>,
    /// The bytes as they came, dots restored.
    pub bytes: Vec<u8>,
    /// Whether the client was told.
    pub answered: bool,
    /// Whether it came over TLS.
    pub encrypted: bool,
    /// Who had logged in.
    pub login: Option<String>,
}

impl Accepted {
    /// The value of a header, unfolded; none when it is not there.
    pub fn header(&self, name: &str) -> Option<String> {
        let text = String::from_utf8_lossy(&self.bytes).into_owned();
        let (head, _) = text.split_once("\r\n\r\n")?;
        let head = head.replace("\r\n ", " ").replace("\r\n\t", " ");
        let value = |line: &str| {
            let (key, value) = line.split_once(':')?;
            key.eq_ignore_ascii_case(name).then(|| value.trim().to_owned())
        };
        head.lines().find_map(value)
    }
}

/// How TLS is spoken.
#[allow(clippy::enum_variant_names, reason = "STARTTLS is the command's name")]
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Tls {
    /// Not at all.
    #[default]
    None,
    /// From the first byte.
    Implicit,
    /// `STARTTLS` is offered.
    StartTls,
}

/// What the sink offers and asks for.
#[derive(Debug, Clone, Default)]
pub struct Options {
    /// TLS.
    pub tls: Tls,
    /// The user and password that a client must give before MAIL.
    pub login: Option<(String, String)>,
}

/// A running sink.
pub struct Sink {
    /// Its port on 127.0.0.1; its certificate names `localhost`.
    pub port: u16,
    shared: Arc<Shared>,
    folder: TempDir,
    stop: Option<oneshot::Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

struct Shared {
    options: Options,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    accepted: Vec<Accepted>,
    refused: u64,
    script: VecDeque<Option<Fault>>,
    chance: Option<Chance>,
}

struct Chance {
    /// Faults a thousand mails.
    per_mille: u64,
    seed: u64,
}

impl Sink {
    /// A sink without TLS and login.
    pub fn start() -> Self {
        Self::start_with(Options::default())
    }

    /// A sink with these options.
    pub fn start_with(options: Options) -> Self {
        let folder = tempfile::Builder::new().prefix("pairdesk-sink-").tempdir().unwrap();
        let key = rcgen::generate_simple_self_signed(["localhost".to_owned()]).unwrap();
        std::fs::write(folder.path().join("cert.pem"), key.cert.pem()).unwrap();
        let acceptor = acceptor(&key);
        let listener = StdListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        listener.set_nonblocking(true).unwrap();
        let port = listener.local_addr().unwrap().port();
        let shared = Arc::new(Shared { options, state: Mutex::default() });
        let (stop, stopped) = oneshot::channel();
        let serving = Arc::clone(&shared);
        let thread = std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
            runtime.block_on(async {
                tokio::select! {
                    () = serve(listener, serving, acceptor) => {}
                    _ = stopped => {}
                }
            });
        });
        Self { port, shared, folder, stop: Some(stop), thread: Some(thread) }
    }

    /// The certificate that clients must trust, a PEM file.
    pub fn certificate(&self) -> PathBuf {
        Path::join(self.folder.path(), "cert.pem")
    }

    /// What happens to the next mails, one entry each; after them, nothing goes wrong.
    pub fn script(&self, faults: impl IntoIterator<Item = Option<Fault>>) {
        self.shared.state.lock().unwrap().script.extend(faults);
    }

    /// From now on so many of a thousand mails fail in a way that a second try can mend, or lose their answer.
    pub fn fail_now_and_then(&self, per_mille: u64, seed: u64) {
        self.shared.state.lock().unwrap().chance = Some(Chance { per_mille, seed });
    }

    /// From now on nothing goes wrong.
    pub fn recover(&self) {
        let mut state = self.shared.state.lock().unwrap();
        state.chance = None;
        state.script.clear();
    }

    /// All mails that were accepted, in their order, also those whose acceptance the client did not hear of.
    pub fn accepted(&self) -> Vec<Accepted> {
        self.shared.state.lock().unwrap().accepted.clone()
    }

    /// The accepted mails, which are then forgotten here.
    pub fn take(&self) -> Vec<Accepted> {
        std::mem::take(&mut self.shared.state.lock().unwrap().accepted)
    }

    /// How many mails were accepted, and not taken.
    pub fn count(&self) -> usize {
        self.shared.state.lock().unwrap().accepted.len()
    }

    /// How many mails met a fault.
    pub fn faults(&self) -> u64 {
        self.shared.state.lock().unwrap().refused
    }
}

impl Drop for Sink {
    fn drop(&mut self) {
        self.stop.take();
        if let Some(thread) = self.thread.take() {
            thread.join().ok();
        }
    }
}

impl Shared {
    /// What happens to the next mail.
    fn fault(&self) -> Option<Fault> {
        let mut state = self.state.lock().unwrap();
        let fault = state.script.pop_front().unwrap_or_else(|| state.chance.as_mut()?.draw());
        state.refused += u64::from(fault.is_some());
        fault
    }
}

impl Chance {
    fn draw(&mut self) -> Option<Fault> {
        const MENDED: [Fault; 5] = [
            Fault::Recipient(450),
            Fault::Text(451),
            Fault::Text(421),
            Fault::DropBeforeDot,
            Fault::DropAfterDot,
        ];
        let unlucky = self.next() % 1000 < self.per_mille;
        let index = usize::try_from(self.next() % MENDED.len() as u64).unwrap();
        unlucky.then(|| MENDED[index])
    }

    /// splitmix64: enough to scatter faults.
    fn next(&mut self) -> u64 {
        self.seed = self.seed.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.seed ^ (self.seed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }
}

fn acceptor(key: &rcgen::CertifiedKey<rcgen::KeyPair>) -> TlsAcceptor {
    let private = PrivateKeyDer::try_from(key.signing_key.serialize_der()).unwrap();
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = rustls::ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![key.cert.der().clone()], private)
        .unwrap();
    TlsAcceptor::from(Arc::new(config))
}

async fn serve(listener: StdListener, shared: Arc<Shared>, acceptor: TlsAcceptor) {
    let listener = TcpListener::from_std(listener).unwrap();
    loop {
        let (stream, _) = listener.accept().await.unwrap();
        stream.set_nodelay(true).unwrap();
        let (shared, acceptor) = (Arc::clone(&shared), acceptor.clone());
        // A client that goes away in the middle is nothing to speak of.
        tokio::spawn(async move {
            if shared.options.tls == Tls::Implicit {
                let stream = acceptor.accept(stream).await?;
                Session::new(&shared, stream, true).greeted().await?;
            } else if let Some(stream) = Session::new(&shared, stream, false).greeted().await? {
                let stream = acceptor.accept(stream).await?;
                Session::new(&shared, stream, true).run().await?;
            }
            std::io::Result::Ok(())
        });
    }
}

struct Session<'a, S> {
    shared: &'a Shared,
    stream: BufReader<S>,
    encrypted: bool,
    login: Option<String>,
    from: Option<String>,
    to: Vec<String>,
    fault: Option<Fault>,
}

impl<'a, S: AsyncRead + AsyncWrite + Unpin> Session<'a, S> {
    fn new(shared: &'a Shared, stream: S, encrypted: bool) -> Self {
        let stream = BufReader::new(stream);
        Self { shared, stream, encrypted, login: None, from: None, to: Vec::new(), fault: None }
    }

    async fn greeted(mut self) -> std::io::Result<Option<S>> {
        self.say("220 sink ESMTP").await?;
        self.run().await
    }

    /// Speaks until the client leaves; returns the stream when TLS begins.
    async fn run(mut self) -> std::io::Result<Option<S>> {
        loop {
            let line = self.line().await?;
            if line.is_empty() {
                return Ok(None);
            }
            let text = String::from_utf8_lossy(&line).trim_end().to_owned();
            let (verb, rest) = text.split_once(' ').unwrap_or((&text, ""));
            match verb.to_ascii_uppercase().as_str() {
                "EHLO" => self.hello().await?,
                "STARTTLS" if self.offers_tls() => {
                    self.say("220 go ahead").await?;
                    return Ok(Some(self.stream.into_inner()));
                }
                "AUTH" => self.log_in(rest).await?,
                "MAIL" if self.shared.options.login.is_some() && self.login.is_none() => {
                    self.say("530 5.7.0 authentication required").await?;
                }
                "MAIL" => {
                    self.fault = self.shared.fault();
                    self.from = Some(path(rest));
                    self.to.clear();
                    match self.fault {
                        Some(Fault::Sender(code)) => self.refuse(code).await?,
                        _ => self.say("250 2.1.0 ok").await?,
                    }
                }
                "RCPT" => match self.fault {
                    Some(Fault::Recipient(code)) => self.refuse(code).await?,
                    Some(Fault::HangAtRecipient) => std::future::pending().await,
                    _ => {
                        self.to.push(path(rest));
                        self.say("250 2.1.5 ok").await?;
                    }
                },
                "DATA" => {
                    if !self.data().await? {
                        return Ok(None);
                    }
                }
                "RSET" | "NOOP" => self.say("250 ok").await?,
                "QUIT" => {
                    self.say("221 bye").await?;
                    return Ok(None);
                }
                _ => self.say("502 5.5.1 not known here").await?,
            }
        }
    }

    fn offers_tls(&self) -> bool {
        self.shared.options.tls == Tls::StartTls && !self.encrypted
    }

    async fn hello(&mut self) -> std::io::Result<()> {
        self.say("250-sink").await?;
        if self.offers_tls() {
            self.say("250-STARTTLS").await?;
        } else if self.shared.options.login.is_some() {
            self.say("250-AUTH PLAIN").await?;
        }
        self.say("250 8BITMIME").await
    }

    /// AUTH PLAIN with an initial response (RFC 4954 §4, RFC 4616).
    async fn log_in(&mut self, rest: &str) -> std::io::Result<()> {
        let given = rest.split_once(' ').map(|(_, response)| decode(response)).unwrap_or_default();
        let mut parts = given.split('\0').skip(1).map(str::to_owned);
        let given = (parts.next().unwrap_or_default(), parts.next().unwrap_or_default());
        if self.shared.options.login.as_ref() == Some(&given) {
            self.login = Some(given.0);
            return self.say("235 2.7.0 welcome").await;
        }
        self.say("535 5.7.8 authentication failed").await
    }

    /// Takes the text; false when the connection is to end.
    async fn data(&mut self) -> std::io::Result<bool> {
        self.say("354 go on").await?;
        let mut bytes = Vec::new();
        loop {
            let line = self.line().await?;
            if line.is_empty() || self.fault == Some(Fault::DropBeforeDot) {
                return Ok(false);
            }
            if line == b".\r\n" {
                break;
            }
            bytes.extend_from_slice(line.strip_prefix(b".").unwrap_or(&line));
        }
        match self.fault {
            Some(Fault::Text(code)) => {
                self.refuse(code).await?;
                return Ok(code != 421);
            }
            Some(Fault::HangAfterDot) => std::future::pending().await,
            _ => {}
        }
        let answered = self.fault != Some(Fault::DropAfterDot);
        let accepted = Accepted {
            from: self.from.take().unwrap_or_default(),
            to: std::mem::take(&mut self.to),
            bytes,
            answered,
            encrypted: self.encrypted,
            login: self.login.clone(),
        };
        let number = {
            let mut state = self.shared.state.lock().unwrap();
            state.accepted.push(accepted);
            state.accepted.len()
        };
        if let Some(Fault::OddAcceptance(code)) = self.fault {
            self.say(&format!("{code} 2.0.0 queued as {number}")).await?;
        } else if answered {
            self.say(&format!("250 2.0.0 queued as {number}")).await?;
        }
        Ok(answered)
    }

    async fn refuse(&mut self, code: u16) -> std::io::Result<()> {
        self.say(&format!("{code} {}.0.0 told to refuse", code / 100)).await
    }

    async fn line(&mut self) -> std::io::Result<Vec<u8>> {
        let mut line = Vec::new();
        self.stream.read_until(b'\n', &mut line).await?;
        Ok(line)
    }

    async fn say(&mut self, line: &str) -> std::io::Result<()> {
        self.stream.write_all(format!("{line}\r\n").as_bytes()).await?;
        self.stream.flush().await
    }
}

/// The address between the angle brackets of MAIL FROM and RCPT TO.
fn path(text: &str) -> String {
    let (_, rest) = text.split_once('<').unwrap_or_default();
    rest.split('>').next().unwrap_or_default().to_owned()
}

/// Base64 (RFC 4648 §4), as far as a test needs it.
fn decode(text: &str) -> String {
    const ALPHABET: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut bytes = Vec::new();
    let (mut bits, mut count) = (0_u32, 0);
    for value in text.bytes().filter_map(|byte| ALPHABET.iter().position(|known| *known == byte)) {
        bits = (bits << 6) | u32::try_from(value).unwrap();
        count += 6;
        if count >= 8 {
            count -= 8;
            bytes.push(u8::try_from((bits >> count) & 0xff).unwrap());
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}
