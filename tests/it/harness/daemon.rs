//! The built program as a process, with a configuration of its own in a temporary folder.

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Output, Stdio};
use std::time::{Duration, Instant};

use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use tempfile::TempDir;

use super::dovecot::Dovecot;

/// How long anything may take before a test gives up on it.
const PATIENCE: Duration = Duration::from_secs(90);

/// A configured program; its daemon is killed when this is dropped.
pub struct Daemon {
    folder: TempDir,
    child: Option<Child>,
}

/// The firm of the tests: two accounts, four owners, one manager.
pub const ACCOUNTS: &str = r#"
[[account]]
account = "acme"
name = "Acme Foods"
domains = ["acme.example"]
sales = "Kim Vos <kim@fjord.example>"
operations = "Lee Park <lee@fjord.example>"
included = ["one collection a week"]

[[account]]
account = "delta"
name = "Delta Labs"
domains = ["delta.example"]
sales = "Sam Ode <sam@fjord.example>"
operations = "Nia Holm <nia@fjord.example>"
"#;

/// The firm's part of a configuration.
pub const FIRM: &str = r#"
[firm]
name = "Fjord Services"
address = "service@fjord.example"
domains = ["fjord.example"]
timezone = "Europe/Oslo"
manager = "Mona Berg <mona@fjord.example>"

[log]
level = "debug"
"#;

/// A mailbox on a test's IMAP server in plain text, read from its first mail on.
pub fn imap_mailbox(port: u16, user: &str, more: &str) -> String {
    format!(
        "[[mailbox]]\nname = \"service\"\nhost = \"127.0.0.1\"\nport = {port}\ntls = \"none\"\nuser = \"{user}\"\n\
         password = \"file:password\"\nsince = \"2020-01-01\"\ntimeout = \"5s\"\n{more}\n"
    )
}

/// Sending to a test's SMTP server in plain text.
pub fn smtp(port: u16) -> String {
    format!(
        "[smtp]\nhost = \"127.0.0.1\"\nport = {port}\ntls = \"none\"\ntimeout = \"3s\"\n\
         [limits]\nper_recipient_hour = 100000\ntotal_hour = 1000000\n"
    )
}

/// The shared mailbox on a Dovecot, by STARTTLS, and sending by this port.
pub fn service(dovecot: &Dovecot, smtp: u16) -> String {
    let (imap, certificate) = (dovecot.imap, dovecot.certificate());
    format!(
        "[[mailbox]]\nname = \"service\"\nhost = \"localhost\"\nport = {imap}\ntls = \"starttls\"\nca_file = \"{}\"\n\
         user = \"service@fjord.example\"\npassword = \"file:password\"\nafterwards = \"keyword:Pairdesk\"\n\
         since = \"2020-01-01\"\n[smtp]\nhost = \"127.0.0.1\"\nport = {smtp}\ntls = \"none\"\n",
        certificate.display()
    )
}

impl Daemon {
    /// Writes the configuration and imports the accounts. `store` is `sqlite:pairdesk.db` or a PostgreSQL URL.
    pub fn configure(store: &str, rest: &str) -> Self {
        let folder = TempDir::new().unwrap();
        let config = format!("{FIRM}\n[store]\nurl = \"{store}\"\n{rest}");
        fs::write(folder.path().join("pairdesk.toml"), config).unwrap();
        fs::write(folder.path().join("password"), format!("{}\n", super::dovecot::PASSWORD)).unwrap();
        fs::write(folder.path().join("accounts.toml"), ACCOUNTS).unwrap();
        let daemon = Self { folder, child: None };
        let accounts = daemon.path("accounts.toml");
        daemon.succeed(&["accounts", "import", accounts.to_str().unwrap(), "--yes"]);
        daemon
    }

    /// A path in the program's folder.
    pub fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// Runs a command of the program to its end.
    pub fn command(&self, arguments: &[&str]) -> Output {
        program(self.folder.path()).args(arguments).output().unwrap()
    }

    /// Runs a command that must succeed; returns what it printed.
    pub fn succeed(&self, arguments: &[&str]) -> String {
        let output = self.command(arguments);
        let printed = String::from_utf8_lossy(&output.stdout).into_owned();
        let said = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "pairdesk {arguments:?} failed: {printed}{said}");
        printed
    }

    /// Starts the daemon.
    pub fn start(&mut self) {
        self.start_with(&[]);
    }

    /// Starts the daemon with these variables in its environment.
    pub fn start_with(&mut self, environment: &[(&str, &str)]) {
        assert!(self.child.is_none(), "it runs already");
        let log = File::options().create(true).append(true).open(self.path("log")).unwrap();
        let child = program(self.folder.path())
            .arg("run")
            .envs(environment.iter().copied())
            .stdin(Stdio::null())
            .stdout(log.try_clone().unwrap())
            .stderr(log)
            .spawn()
            .unwrap();
        self.child = Some(child);
    }

    /// Ends the daemon as a power cut would.
    pub fn kill(&mut self) {
        if let Some(mut child) = self.child.take() {
            child.kill().unwrap();
            child.wait().unwrap();
        }
    }

    /// Sends the daemon a signal.
    pub fn signal(&self, signal: Signal) {
        let child = self.child.as_ref().expect("it runs");
        kill(Pid::from_raw(i32::try_from(child.id()).unwrap()), signal).unwrap();
    }

    /// How the daemon has ended by itself, if it has; it may be started again then.
    pub fn ended(&mut self) -> Option<ExitStatus> {
        let status = self.child.as_mut()?.try_wait().unwrap()?;
        self.child = None;
        Some(status)
    }

    /// Ends the daemon as an administrator would, and checks that it ends well. Returns how long it took.
    pub fn stop(&mut self) -> Duration {
        let begin = Instant::now();
        self.signal(Signal::SIGTERM);
        let status = self.child.take().expect("it runs").wait().unwrap();
        assert!(status.success(), "{status}: {}", self.log());
        begin.elapsed()
    }

    /// Reads the configuration.
    pub fn config(&self) -> String {
        fs::read_to_string(self.path("pairdesk.toml")).unwrap()
    }

    /// Writes another configuration and has the daemon read it; waits until the log says what came of it.
    pub fn reload(&self, config: &str) {
        const SAYS: [&str; 2] = ["the new configuration holds", "the new configuration is not used"];
        let said = || SAYS.iter().map(|says| self.log().matches(says).count()).sum::<usize>();
        let before = said();
        fs::write(self.path("pairdesk.toml"), config).unwrap();
        self.signal(Signal::SIGHUP);
        self.until("word on the new configuration", || (said() > before).then_some(()));
    }

    /// The number of its process while it runs.
    pub fn process(&self) -> Option<u32> {
        self.child.as_ref().map(Child::id)
    }

    /// What the daemon has logged, over all its runs.
    pub fn log(&self) -> String {
        fs::read_to_string(self.path("log")).unwrap_or_default()
    }

    /// Waits until something is there; what it is called stands in the failure, with the log.
    pub fn until<T>(&self, what: &str, mut look: impl FnMut() -> Option<T>) -> T {
        let begin = Instant::now();
        loop {
            if let Some(found) = look() {
                return found;
            }
            assert!(begin.elapsed() < PATIENCE, "no {what} in {PATIENCE:?}; the log:\n{}", self.log());
            std::thread::sleep(Duration::from_millis(20));
        }
    }
}

impl Drop for Daemon {
    fn drop(&mut self) {
        self.kill();
        if std::thread::panicking() {
            eprintln!("the daemon's log:\n{}", self.log());
        }
    }
}

/// The program that was built with the tests, or the one that `PAIRDESK_TEST_PROGRAM` names: a long test takes less of
/// one that was optimised.
#[expect(clippy::disallowed_methods, reason = "the program of a test is chosen from outside")]
fn program(folder: &Path) -> Command {
    let chosen = std::env::var_os("PAIRDESK_TEST_PROGRAM");
    let mut command = Command::new(chosen.unwrap_or_else(|| env!("CARGO_BIN_EXE_pairdesk").into()));
    command.arg("--config").arg(folder.join("pairdesk.toml")).current_dir(folder);
    command
}
