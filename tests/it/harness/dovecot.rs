//! A private Dovecot 2.3 on loopback: IMAP (implicit TLS, and plain with STARTTLS) and LMTP, all in one temporary folder.
//!
//! Every address is a user, with the password [`PASSWORD`]. Its Maildir is made at the first delivery or login. Runs as
//! root and as an ordinary user; the whole process group is killed when dropped.
//!
//! A failed login delays later ones from the same address by seconds: start another instance for such tests.

use std::io::{BufRead, BufReader, Write};
use std::net::TcpStream;
use std::os::unix::fs::{PermissionsExt, chown};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use nix::sys::signal::{Signal, killpg};
use nix::unistd::{Group, Pid, User, getgid, getuid};
use tempfile::TempDir;

use super::port;

/// The password of every user.
pub const PASSWORD: &str = "secret";

/// How long the server may take to open its ports.
const START: Duration = Duration::from_secs(20);

/// A running server.
pub struct Dovecot {
    folder: TempDir,
    child: Option<Child>,
    /// Port of IMAP with TLS from the start.
    pub imaps: u16,
    /// Port of IMAP in plain text, which offers STARTTLS.
    pub imap: u16,
    /// Port of LMTP.
    pub lmtp: u16,
}

impl Dovecot {
    /// Starts a server.
    pub fn start() -> Self {
        Self::start_with("")
    }

    /// Starts a server with further lines of configuration, like `imap_capability = IMAP4rev1 UIDPLUS`.
    pub fn start_with(extra: &str) -> Self {
        let version = Command::new("dovecot").arg("--version").output();
        let version =
            version.expect("dovecot does not start: install dovecot-imapd and dovecot-lmtpd").stdout;
        let version = String::from_utf8_lossy(&version).into_owned();
        assert!(version.starts_with("2.3."), "this configuration is for Dovecot 2.3, found {version}");

        let folder = tempfile::Builder::new().prefix("pairdesk-dovecot-").tempdir().unwrap();
        std::fs::set_permissions(folder.path(), PermissionsExt::from_mode(0o755)).unwrap();
        let key =
            rcgen::generate_simple_self_signed(["localhost".to_owned(), "127.0.0.1".to_owned()]).unwrap();
        std::fs::write(folder.path().join("cert.pem"), key.cert.pem()).unwrap();
        std::fs::write(folder.path().join("key.pem"), key.signing_key.serialize_pem()).unwrap();
        std::fs::create_dir(folder.path().join("mail")).unwrap();

        let mut server = Self { folder, child: None, imaps: 0, imap: 0, lmtp: 0 };
        for attempt in 1.. {
            [server.imaps, server.imap, server.lmtp] = [port::free(), port::free(), port::free()];
            std::fs::write(server.path("dovecot.conf"), server.configuration(extra)).unwrap();
            match server.launch() {
                Ok(()) => break,
                // Somebody else took a port between our choice and the start.
                Err(log) if attempt < 5 && log.contains("Address already in use") => {}
                Err(log) => panic!("dovecot does not start; its log says:\n{log}"),
            }
        }
        server
    }

    /// Kills the server, with all its connections, as a power cut would.
    pub fn kill(&mut self) {
        if let Some(mut child) = self.child.take() {
            let group = Pid::from_raw(i32::try_from(child.id()).unwrap());
            killpg(group, Signal::SIGKILL).ok();
            child.wait().ok();
            std::fs::remove_file(self.path("run/master.pid")).ok();
        }
    }

    /// Starts the server again after [`Dovecot::kill`], on the same ports and with the same mail.
    pub fn restart(&mut self) {
        self.kill();
        self.launch().unwrap_or_else(|log| panic!("dovecot does not start again; its log says:\n{log}"));
    }

    /// The certificate that clients must trust, a PEM file; it names `localhost` and `127.0.0.1`.
    pub fn certificate(&self) -> PathBuf {
        self.path("cert.pem")
    }

    /// The server's log up to now.
    pub fn log(&self) -> String {
        std::fs::read_to_string(self.path("dovecot.log")).unwrap_or_default()
    }

    /// Delivers a mail into a user's INBOX by LMTP, with a null envelope sender.
    pub fn deliver(&self, to: &str, raw: &[u8]) {
        self.deliver_all(to, [raw]);
    }

    /// Delivers mails into a user's INBOX over one LMTP connection, in their order.
    pub fn deliver_all<'a>(&self, to: &str, mails: impl IntoIterator<Item = &'a [u8]>) {
        let mut lmtp = Lines::connect(self.lmtp);
        lmtp.expect("220");
        lmtp.say("LHLO localhost", "250");
        for raw in mails {
            lmtp.say("MAIL FROM:<>", "250");
            lmtp.say(&format!("RCPT TO:<{to}>"), "250");
            lmtp.say("DATA", "354");
            lmtp.send(&dot_stuffed(raw));
            lmtp.expect("250");
        }
        lmtp.say("QUIT", "221");
    }

    /// Runs IMAP commands as the user, in plain text, like `CREATE Archive`; returns all lines of the answers.
    pub fn imap(&self, user: &str, commands: &[&str]) -> String {
        let mut imap = Lines::connect(self.imap);
        imap.line();
        let mut answers = String::new();
        let login = format!("LOGIN \"{user}\" \"{PASSWORD}\"");
        for command in [login.as_str()].into_iter().chain(commands.iter().copied()).chain(["LOGOUT"]) {
            imap.send(format!("t {command}\r\n").as_bytes());
            loop {
                let line = imap.line();
                answers.push_str(&line);
                if let Some(status) = line.strip_prefix("t ") {
                    assert!(status.starts_with("OK"), "{command} was answered with {line}");
                    break;
                }
            }
        }
        answers
    }

    /// The user's Maildir on disk.
    pub fn maildir(&self, user: &str) -> PathBuf {
        self.path("mail").join(user).join("Maildir")
    }

    /// The raw mails of the user's INBOX, from the disk, in the order of delivery; line ends are LF.
    pub fn inbox(&self, user: &str) -> Vec<String> {
        mails(&self.maildir(user))
    }

    /// The raw mails of another folder of the user, by its name on the wire.
    pub fn folder(&self, user: &str, folder: &str) -> Vec<String> {
        mails(&self.maildir(user).join(format!(".{folder}")))
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn launch(&mut self) -> Result<(), String> {
        let mut child = Command::new("dovecot")
            .arg("-F")
            .arg("-c")
            .arg(self.path("dovecot.conf"))
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(std::fs::File::create(self.path("stderr.log")).unwrap())
            .process_group(0)
            .spawn()
            .unwrap();
        let begun = Instant::now();
        let mut waiting = vec![self.imaps, self.imap, self.lmtp];
        loop {
            waiting.retain(|port| TcpStream::connect(("127.0.0.1", *port)).is_err());
            if waiting.is_empty() {
                self.child = Some(child);
                return Ok(());
            }
            let ended = child.try_wait().unwrap().is_some();
            if ended || begun.elapsed() > START {
                self.child = Some(child);
                self.kill();
                let stderr = std::fs::read_to_string(self.path("stderr.log")).unwrap_or_default();
                return Err(format!("{stderr}{}", self.log()));
            }
            std::thread::sleep(Duration::from_millis(20));
        }
    }

    fn configuration(&self, extra: &str) -> String {
        let folder = self.folder.path().display();
        let Self { imaps, imap, lmtp, .. } = self;
        let own_user =
            User::from_uid(getuid()).unwrap().expect("the user who runs the tests has a name").name;
        let own_group =
            Group::from_gid(getgid()).unwrap().expect("the group that runs the tests has a name").name;
        let (internal, internal_group, login, owner, group) = if getuid().is_root() {
            // Dovecot never opens mail as root; Debian's `mail` user owns it instead.
            let mail = User::from_name("mail").unwrap().expect("there is a user named mail");
            chown(self.path("mail"), Some(mail.uid.as_raw()), Some(mail.gid.as_raw())).unwrap();
            ("dovecot", "dovecot", "dovenull", "mail", "mail")
        } else {
            (own_user.as_str(), own_group.as_str(), own_user.as_str(), own_user.as_str(), own_group.as_str())
        };
        format!(
            "base_dir = {folder}/run
state_dir = {folder}/state
log_path = {folder}/dovecot.log
protocols = imap lmtp
listen = 127.0.0.1
default_internal_user = {internal}
default_internal_group = {internal_group}
default_login_user = {login}
ssl = yes
ssl_cert = <{folder}/cert.pem
ssl_key = <{folder}/key.pem
auth_mechanisms = plain login
disable_plaintext_auth = no
mail_location = maildir:~/Maildir
mail_fsync = never
mail_max_userip_connections = 100
first_valid_uid = 1
auth_failure_delay = 0
hostname = localhost
passdb {{
  driver = static
  args = password={PASSWORD}
}}
userdb {{
  driver = static
  args = uid={owner} gid={group} home={folder}/mail/%u allow_all_users=yes
}}
service imap-login {{
  chroot =
  inet_listener imap {{
    port = {imap}
  }}
  inet_listener imaps {{
    port = {imaps}
    ssl = yes
  }}
}}
service lmtp {{
  inet_listener lmtp {{
    address = 127.0.0.1
    port = {lmtp}
  }}
}}
service anvil {{
  chroot =
}}
service stats {{
  chroot =
}}
namespace inbox {{
  inbox = yes
  separator = /
}}
{extra}
"
        )
    }
}

impl Drop for Dovecot {
    fn drop(&mut self) {
        if std::thread::panicking() {
            eprintln!("--- dovecot's log ---\n{}", self.log());
        }
        self.kill();
    }
}

/// The mails of a Maildir folder, in the order of delivery.
fn mails(maildir: &Path) -> Vec<String> {
    let mut files = Vec::new();
    for part in ["new", "cur"] {
        let Ok(entries) = std::fs::read_dir(maildir.join(part)) else {
            continue;
        };
        files.extend(entries.map(|entry| entry.unwrap().path()));
    }
    // Dovecot's unique names begin with the seconds, then M and the microseconds, which are not padded.
    files.sort_by_key(|path| {
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        let mut numbers =
            name.split(|c: char| !c.is_ascii_digit()).filter_map(|part| part.parse::<u64>().ok());
        (numbers.next(), numbers.next(), name)
    });
    // A file that was renamed between the listing and the reading is left out.
    files
        .iter()
        .filter_map(|path| std::fs::read(path).ok())
        .map(|raw| String::from_utf8_lossy(&raw).into_owned())
        .collect()
}

/// The mail with CRLF line ends, its dots doubled (RFC 5321 §4.5.2), and the final dot.
fn dot_stuffed(raw: &[u8]) -> Vec<u8> {
    let mut stuffed = Vec::with_capacity(raw.len() + 64);
    for line in raw.split_inclusive(|&byte| byte == b'\n') {
        let line = line.strip_suffix(b"\n").unwrap_or(line);
        let line = line.strip_suffix(b"\r").unwrap_or(line);
        if line.starts_with(b".") {
            stuffed.push(b'.');
        }
        stuffed.extend_from_slice(line);
        stuffed.extend_from_slice(b"\r\n");
    }
    stuffed.extend_from_slice(b".\r\n");
    stuffed
}

/// A connection of lines.
struct Lines(BufReader<TcpStream>);

impl Lines {
    fn connect(port: u16) -> Self {
        let stream = TcpStream::connect(("127.0.0.1", port)).unwrap();
        stream.set_read_timeout(Some(Duration::from_secs(30))).unwrap();
        Self(BufReader::new(stream))
    }

    fn send(&mut self, bytes: &[u8]) {
        self.0.get_mut().write_all(bytes).unwrap();
    }

    fn line(&mut self) -> String {
        let mut line = Vec::new();
        self.0.read_until(b'\n', &mut line).unwrap();
        assert!(!line.is_empty(), "the server hung up");
        String::from_utf8_lossy(&line).into_owned()
    }

    /// Reads one answer, of several lines perhaps (`250-`), and checks its code.
    fn expect(&mut self, code: &str) {
        loop {
            let line = self.line();
            assert!(line.starts_with(code), "expected {code}, the server says {line}");
            if line.as_bytes().get(3) != Some(&b'-') {
                return;
            }
        }
    }

    fn say(&mut self, command: &str, code: &str) {
        self.send(format!("{command}\r\n").as_bytes());
        self.expect(code);
    }
}
