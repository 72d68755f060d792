//! A proxy between the daemon and one of its servers, which understands what they say and spoils one step of it when
//! told to. TLS ends in it, so that it sees the commands.
//!
//! What it does with a fault depends on the fault and its seed alone.

pub mod imap;
pub mod postgres;
pub mod smtp;

use std::collections::HashMap;
use std::net::{Ipv4Addr, TcpListener as StdListener};
use std::path::PathBuf;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use rustls_pki_types::PrivateKeyDer;
use tempfile::TempDir;
use tokio::io::{AsyncBufRead, AsyncBufReadExt, AsyncRead, AsyncWrite, AsyncWriteExt, BufReader};
use tokio::net::{TcpListener, TcpStream, UnixStream};
use tokio::runtime::Handle;
use tokio::sync::watch;
use tokio::task::JoinHandle;
use tokio_rustls::TlsAcceptor;

use super::random::Random;

/// How long a silent connection stays, when the client does not leave before.
const SILENCE: Duration = Duration::from_secs(8);

/// What goes wrong at a step.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Act {
    /// The connection ends before the command reaches the server.
    CutBefore,
    /// The connection ends within the command: the server gets a part of it.
    CutCommand,
    /// The server carries the command out, and the connection ends before its answer.
    CutAfter,
    /// The connection ends within the answer.
    CutInside,
    /// The answer comes late, in two parts.
    Delay,
    /// The answer comes in many small parts.
    Trickle,
    /// The answer begins, or not, and the connection stays without another word.
    Silence,
    /// This in place of the answer; the command does not reach the server. `TAG` stands for the command's tag.
    Say(&'static str),
    /// This in place of the answer, though the server carries the command out.
    SayAfter(&'static str),
    /// This, and the connection ends.
    HangUp(&'static str),
    /// What is of no protocol, in place of the answer.
    Garbage,
    /// Each line of data of the answer comes twice.
    Twice,
    /// The lines of data come in another order.
    Swapped,
    /// The end of the answer comes before its data.
    Early,
    /// The answer bears the tag of another command.
    WrongTag,
    /// The answer is about a mail that was not asked for.
    WrongUid,
    /// A literal is announced that no memory holds.
    Huge,
    /// A literal is longer than announced.
    Short,
    /// A literal is shorter than announced.
    Long,
    /// A line of data is left out of the answer.
    Omit,
    /// This stands between the lines of the answer.
    Beside(&'static str),
    /// The folder's mails have been numbered anew, it says.
    Renumbered,
    /// The database ends the connection with this code.
    Fatal(&'static str),
}

impl Act {
    /// Its name for the counts.
    pub fn name(self) -> String {
        let words = |text: &str| text.trim().replace("TAG ", "").chars().take(24).collect::<String>();
        match self {
            Self::CutBefore => "cut before".to_owned(),
            Self::CutCommand => "cut within the command".to_owned(),
            Self::CutAfter => "cut after".to_owned(),
            Self::CutInside => "cut within the answer".to_owned(),
            Self::Delay => "delayed".to_owned(),
            Self::Trickle => "in small parts".to_owned(),
            Self::Silence => "silence".to_owned(),
            Self::Say(text) | Self::HangUp(text) => format!("\"{}\"", words(text)),
            Self::SayAfter(text) => format!("done, and \"{}\"", words(text)),
            Self::Garbage => "garbage".to_owned(),
            Self::Twice => "twice".to_owned(),
            Self::Swapped => "swapped".to_owned(),
            Self::Early => "end before data".to_owned(),
            Self::WrongTag => "wrong tag".to_owned(),
            Self::WrongUid => "wrong UID".to_owned(),
            Self::Huge => "huge literal".to_owned(),
            Self::Short => "literal too short".to_owned(),
            Self::Long => "literal too long".to_owned(),
            Self::Omit => "left out".to_owned(),
            Self::Beside(_) => "other words between".to_owned(),
            Self::Renumbered => "numbered anew".to_owned(),
            Self::Fatal(code) => format!("FATAL {code}"),
        }
    }
}

/// What is to go wrong next, and where.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Fault {
    /// The step, by its name in the protocol's table of faults.
    pub step: &'static str,
    /// What.
    pub act: Act,
    /// What chance there is in it comes from this.
    pub seed: u64,
}

/// What is spoken through a proxy.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Protocol {
    Imap,
    Smtp,
    Postgres,
}

/// How the client's side is protected.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[allow(clippy::enum_variant_names, reason = "STARTTLS is the command's name")]
pub enum Tls {
    None,
    Implicit,
    StartTls,
}

/// Where the server listens.
#[derive(Debug, Clone)]
pub enum Target {
    /// On this port of the machine itself.
    Port(u16),
    /// On this unix socket.
    Socket(PathBuf),
}

/// What the connections of a proxy share.
#[derive(Debug)]
pub struct Lane {
    armed: Mutex<Option<Fault>>,
    fired: AtomicU64,
    rests: AtomicU64,
    given: AtomicU64,
    hang_up: watch::Sender<u64>,
    lost: Mutex<HashMap<String, usize>>,
}

/// A running proxy.
pub struct Proxy {
    /// Its port on 127.0.0.1.
    pub port: u16,
    lane: Arc<Lane>,
    folder: TempDir,
    task: JoinHandle<()>,
}

trait Stream: AsyncRead + AsyncWrite + Send + Unpin {}

impl<T: AsyncRead + AsyncWrite + Send + Unpin> Stream for T {}

type Side = BufReader<Box<dyn Stream>>;

/// A part of a spoilt answer.
enum Piece {
    Say(Vec<u8>),
    Wait(Duration),
    /// Nothing more, while the connection stays.
    Silence,
    Cut,
}

impl Proxy {
    /// Starts a proxy before this server.
    pub fn start(runtime: &Handle, protocol: Protocol, server: Target, tls: Tls) -> Self {
        let folder = tempfile::Builder::new().prefix("pairdesk-proxy-").tempdir().unwrap();
        let names = ["localhost".to_owned(), "127.0.0.1".to_owned()];
        let key = rcgen::generate_simple_self_signed(names).unwrap();
        std::fs::write(folder.path().join("cert.pem"), key.cert.pem()).unwrap();
        let acceptor = acceptor(&key);
        let listener = StdListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        listener.set_nonblocking(true).unwrap();
        let port = listener.local_addr().unwrap().port();
        let lane = Arc::new(Lane {
            armed: Mutex::default(),
            fired: AtomicU64::new(0),
            rests: AtomicU64::new(0),
            given: AtomicU64::new(0),
            hang_up: watch::Sender::new(0),
            lost: Mutex::default(),
        });
        let serving = Arc::clone(&lane);
        let task = runtime.spawn(async move {
            let listener = TcpListener::from_std(listener).unwrap();
            loop {
                let Ok((client, _)) = listener.accept().await else { continue };
                let (lane, server, acceptor) = (Arc::clone(&serving), server.clone(), acceptor.clone());
                tokio::spawn(async move {
                    let mut hung_up = lane.hang_up.subscribe();
                    let talk = talk(client, &server, protocol, tls, &acceptor, &lane);
                    // How a conversation ends is nothing to speak of.
                    tokio::select! {
                        _ = talk => {}
                        _ = hung_up.changed() => {}
                    }
                });
            }
        });
        Self { port, lane, folder, task }
    }

    /// The certificate that clients must trust, a PEM file.
    pub fn certificate(&self) -> PathBuf {
        self.folder.path().join("cert.pem")
    }

    /// The next time that this step comes, this happens.
    pub fn arm(&self, fault: Fault) {
        *self.lane.armed.lock().unwrap() = Some(fault);
    }

    /// Nothing happens any more.
    pub fn disarm(&self) {
        *self.lane.armed.lock().unwrap() = None;
    }

    /// How many faults there were.
    pub fn fired(&self) -> u64 {
        self.lane.fired.load(Ordering::SeqCst)
    }

    /// How often a client has come to rest, waiting for news.
    pub fn rests(&self) -> u64 {
        self.lane.rests.load(Ordering::SeqCst)
    }

    /// How often a client was given mails.
    pub fn given(&self) -> u64 {
        self.lane.given.load(Ordering::SeqCst)
    }

    /// Ends all connections.
    pub fn hang_up(&self) {
        self.lane.hang_up.send_modify(|count| *count += 1);
    }

    /// How often a mail of this Message-ID was accepted by the server while the client did not hear of it.
    pub fn lost(&self) -> HashMap<String, usize> {
        self.lane.lost.lock().unwrap().clone()
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        self.task.abort();
        self.hang_up();
    }
}

impl Lane {
    /// The fault that is to happen at this step, which it then has.
    fn take(&self, step: &str) -> Option<Fault> {
        let fault = self.armed.lock().unwrap().take_if(|fault| fault.step == step);
        self.fired.fetch_add(u64::from(fault.is_some()), Ordering::SeqCst);
        fault
    }
}

async fn talk(
    client: TcpStream,
    server: &Target,
    protocol: Protocol,
    tls: Tls,
    acceptor: &TlsAcceptor,
    lane: &Lane,
) -> std::io::Result<()> {
    client.set_nodelay(true)?;
    let server: Box<dyn Stream> = match server {
        Target::Port(port) => {
            let server = TcpStream::connect((Ipv4Addr::LOCALHOST, *port)).await?;
            server.set_nodelay(true)?;
            Box::new(server)
        }
        Target::Socket(path) => Box::new(UnixStream::connect(path).await?),
    };
    let client: Box<dyn Stream> =
        if tls == Tls::Implicit { Box::new(acceptor.accept(client).await?) } else { Box::new(client) };
    match protocol {
        Protocol::Imap => imap::talk(client, server, lane, acceptor).await,
        Protocol::Smtp => smtp::talk(client, server, lane).await,
        Protocol::Postgres => postgres::talk(client, server, lane).await,
    }
}

/// A connection that was ended on purpose, or by one of its sides.
fn over<T>() -> std::io::Result<T> {
    Err(std::io::ErrorKind::ConnectionAborted.into())
}

/// One line with its end.
async fn line(from: &mut (impl AsyncBufRead + Unpin)) -> std::io::Result<Vec<u8>> {
    let mut line = Vec::new();
    from.read_until(b'\n', &mut line).await?;
    if line.ends_with(b"\n") { Ok(line) } else { over() }
}

async fn say(to: &mut Side, bytes: &[u8]) -> std::io::Result<()> {
    to.get_mut().write_all(bytes).await?;
    to.get_mut().flush().await
}

async fn say_pieces(to: &mut Side, pieces: Vec<Piece>) -> std::io::Result<()> {
    for piece in pieces {
        match piece {
            Piece::Say(bytes) => say(to, &bytes).await?,
            Piece::Wait(time) => tokio::time::sleep(time).await,
            Piece::Silence => return silence(to, SILENCE).await,
            Piece::Cut => return over(),
        }
    }
    Ok(())
}

/// Says nothing until the client leaves, or for so long, and leaves.
async fn silence(client: &mut Side, at_most: Duration) -> std::io::Result<()> {
    let gone = async {
        loop {
            let read = client.fill_buf().await?.len();
            if read == 0 {
                return over();
            }
            client.consume(read);
        }
    };
    tokio::time::timeout(at_most, gone).await.unwrap_or_else(|_| over())
}

/// The bytes in two parts with a moment between.
fn delayed(bytes: &[u8], random: &mut Random) -> Vec<Piece> {
    let (first, second) = bytes.split_at(random.place(bytes.len() + 1));
    let moment = Duration::from_millis(20 + random.below(250));
    vec![Piece::Say(first.to_vec()), Piece::Wait(moment), Piece::Say(second.to_vec())]
}

/// The bytes in many parts, at their beginning.
fn trickled(bytes: &[u8], random: &mut Random) -> Vec<Piece> {
    let (mut pieces, mut left) = (Vec::new(), bytes);
    while !left.is_empty() {
        let length = if pieces.len() < 100 { 1 + random.place(7) } else { left.len() };
        let (part, rest) = left.split_at(length.min(left.len()));
        pieces.push(Piece::Say(part.to_vec()));
        pieces.push(Piece::Wait(Duration::from_micros(200)));
        left = rest;
    }
    pieces
}

/// A part of the bytes, neither none nor all where that can be.
fn beginning(bytes: &[u8], random: &mut Random) -> Vec<u8> {
    bytes[..random.place(bytes.len().max(2) - 1) + usize::from(bytes.len() > 1)].to_vec()
}

/// What is of no protocol.
fn garbage(random: &mut Random) -> Vec<u8> {
    const SAID: [&[u8]; 6] = [
        b"HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\n",
        b"\r\n",
        b"\0\0\0\x01\xff\xfe\r\n",
        b"99 bottles\r\n",
        b"* \r\n",
        b"250-\r\n250\r\n",
    ];
    match random.below(3) {
        0 => {
            let mut bytes: Vec<u8> =
                (0..=random.below(300)).map(|_| random.next().to_le_bytes()[0]).collect();
            bytes.extend_from_slice(b"\r\n");
            bytes
        }
        _ => random.pick(&SAID).to_vec(),
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
