//! A private Postfix 3 on loopback: takes any mail by SMTP, with STARTTLS on offer, and hands it to an LMTP server (the
//! Dovecot of the same test). All in one temporary folder, apart from the program's own user and groups.
//!
//! Postfix's master runs as root alone ([`Postfix::possible`]); it is stopped, with all its processes, when dropped.

use std::fmt::Write as _;
use std::net::TcpStream;
use std::os::unix::fs::{PermissionsExt, chown};
use std::os::unix::process::CommandExt;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use nix::sys::signal::{Signal, killpg};
use nix::unistd::{Group, Pid, User, getuid};
use tempfile::TempDir;

use super::port;

/// Where Debian keeps the daemons.
const DAEMONS: &str = "/usr/lib/postfix/sbin";

/// How long the server may take to open its port.
const START: Duration = Duration::from_secs(20);

/// The services that a relay needs: name, type, private, wake up, processes, program.
const SERVICES: [(&str, &str, &str, &str, &str, &str); 15] = [
    ("pickup", "unix", "n", "60", "1", "pickup"),
    ("cleanup", "unix", "n", "-", "0", "cleanup"),
    ("qmgr", "unix", "n", "300", "1", "qmgr"),
    ("tlsmgr", "unix", "-", "1000?", "1", "tlsmgr"),
    ("rewrite", "unix", "-", "-", "-", "trivial-rewrite"),
    ("bounce", "unix", "-", "-", "0", "bounce"),
    ("defer", "unix", "-", "-", "0", "bounce"),
    ("trace", "unix", "-", "-", "0", "bounce"),
    ("error", "unix", "-", "-", "-", "error"),
    ("retry", "unix", "-", "-", "-", "error"),
    ("lmtp", "unix", "-", "-", "-", "lmtp"),
    ("anvil", "unix", "-", "-", "1", "anvil"),
    ("scache", "unix", "-", "-", "1", "scache"),
    ("proxymap", "unix", "-", "-", "-", "proxymap"),
    ("postlog", "unix-dgram", "n", "-", "1", "postlogd"),
];

/// A running server.
pub struct Postfix {
    folder: TempDir,
    child: Option<Child>,
    /// Its SMTP port.
    pub port: u16,
}

impl Postfix {
    /// Whether one can be started here: Postfix's master wants root, since its daemons change their user.
    pub fn possible() -> bool {
        getuid().is_root()
    }

    /// Starts a server that hands all mail to the LMTP server on this port.
    pub fn start(lmtp: u16) -> Self {
        assert!(
            Self::possible(),
            "Postfix's master process runs only as root: run this test as root (sudo ./test), or use a Sink"
        );
        let folder = tempfile::Builder::new().prefix("pairdesk-postfix-").tempdir().unwrap();
        std::fs::set_permissions(folder.path(), PermissionsExt::from_mode(0o755)).unwrap();
        let mut server = Self { folder, child: None, port: 0 };
        server.lay_out();
        for attempt in 1.. {
            server.port = port::free();
            server.configure(lmtp);
            match server.launch() {
                Ok(()) => break,
                // Somebody else took the port between our choice and the start.
                Err(log) if attempt < 5 && log.contains("Address already in use") => {}
                Err(log) => panic!("postfix does not start; its log says:\n{log}"),
            }
        }
        server
    }

    /// The certificate that clients must trust for STARTTLS, a PEM file; it names `localhost`.
    pub fn certificate(&self) -> PathBuf {
        self.path("cert.pem")
    }

    /// The server's log up to now.
    pub fn log(&self) -> String {
        std::fs::read_to_string(self.path("postfix.log")).unwrap_or_default()
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// The queue's folders, with the owners and modes of Debian's `postfix-files`.
    fn lay_out(&self) {
        let postfix = User::from_name("postfix").unwrap().expect("there is a user postfix: install postfix");
        let postdrop =
            Group::from_name("postdrop").unwrap().expect("there is a group postdrop: install postfix");
        let (postfix, postdrop) = (Some(postfix.uid.as_raw()), Some(postdrop.gid.as_raw()));
        self.make("queue", 0o755, None, None);
        self.make("queue/pid", 0o755, None, None);
        self.make("queue/private", 0o700, postfix, None);
        self.make("queue/public", 0o710, postfix, postdrop);
        self.make("queue/maildrop", 0o730, postfix, postdrop);
        self.make("data", 0o700, postfix, None);
        for name in [
            "active", "bounce", "corrupt", "defer", "deferred", "flush", "hold", "incoming", "saved", "trace",
        ] {
            self.make(&format!("queue/{name}"), 0o700, postfix, None);
        }
        let key = rcgen::generate_simple_self_signed(["localhost".to_owned()]).unwrap();
        std::fs::write(self.path("cert.pem"), key.cert.pem()).unwrap();
        std::fs::write(self.path("key.pem"), key.signing_key.serialize_pem()).unwrap();
        std::fs::set_permissions(self.path("key.pem"), PermissionsExt::from_mode(0o600)).unwrap();
    }

    fn make(&self, name: &str, mode: u32, user: Option<u32>, group: Option<u32>) {
        let folder = self.path(name);
        std::fs::create_dir(&folder).unwrap();
        std::fs::set_permissions(&folder, PermissionsExt::from_mode(mode)).unwrap();
        chown(&folder, user, group).unwrap();
    }

    fn configure(&self, lmtp: u16) {
        let folder = self.folder.path().display();
        let main = format!(
            "compatibility_level = 3.6
queue_directory = {folder}/queue
data_directory = {folder}/data
daemon_directory = {DAEMONS}
command_directory = /usr/sbin
maillog_file = {folder}/postfix.log
maillog_file_prefixes = {folder}
inet_interfaces = 127.0.0.1
inet_protocols = ipv4
myhostname = localhost.localdomain
mydestination =
mynetworks = 127.0.0.0/8
relay_domains =
alias_maps =
alias_database =
local_recipient_maps =
default_transport = lmtp:inet:127.0.0.1:{lmtp}
smtpd_relay_restrictions = permit_mynetworks, reject
smtpd_peername_lookup = no
smtpd_tls_security_level = may
smtpd_tls_cert_file = {folder}/cert.pem
smtpd_tls_key_file = {folder}/key.pem
smtp_dns_support_level = disabled
in_flow_delay = 0
queue_run_delay = 2s
minimal_backoff_time = 2s
"
        );
        let mut master = format!("127.0.0.1:{} inet n - n - - smtpd\n", self.port);
        for (name, kind, private, wake_up, processes, program) in SERVICES {
            let _ = writeln!(master, "{name} {kind} {private} - n {wake_up} {processes} {program}");
        }
        std::fs::write(self.path("main.cf"), main).unwrap();
        std::fs::write(self.path("master.cf"), master).unwrap();
    }

    fn launch(&mut self) -> Result<(), String> {
        let child = Command::new(format!("{DAEMONS}/master"))
            .arg("-c")
            .arg(self.folder.path())
            .arg("-d")
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(std::fs::File::create(self.path("stderr.log")).unwrap())
            .process_group(0)
            .spawn()
            .unwrap_or_else(|error| panic!("{DAEMONS}/master does not start ({error}): install postfix"));
        self.child = Some(child);
        let begun = Instant::now();
        loop {
            if TcpStream::connect(("127.0.0.1", self.port)).is_ok() {
                return Ok(());
            }
            let ended = self.child.as_mut().unwrap().try_wait().unwrap().is_some();
            if ended || begun.elapsed() > START {
                self.stop();
                let stderr = std::fs::read_to_string(self.path("stderr.log")).unwrap_or_default();
                return Err(format!("{stderr}{}", self.log()));
            }
            std::thread::sleep(Duration::from_millis(20));
        }
    }

    fn stop(&mut self) {
        if let Some(mut child) = self.child.take() {
            let group = Pid::from_raw(i32::try_from(child.id()).unwrap());
            killpg(group, Signal::SIGKILL).ok();
            child.wait().ok();
        }
    }
}

impl Drop for Postfix {
    fn drop(&mut self) {
        if std::thread::panicking() {
            eprintln!("--- postfix's log ---\n{}", self.log());
        }
        self.stop();
    }
}
