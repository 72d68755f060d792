//! What one would use instead, on the same mailbox: mbsync, and the helpdesk django-helpdesk.

use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use tempfile::TempDir;

use crate::dovecot::PASSWORD;

const GET_EMAIL: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/benches/load/get_email.py");
const PEER: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/target/peer/bin/python");

/// How to get mbsync.
pub const MBSYNC: &str = "apt-get install isync";
/// How to get django-helpdesk.
pub const HELPDESK: &str = "python3 -m venv target/peer && target/peer/bin/pip install django-helpdesk";

/// The version of mbsync that is installed.
pub fn mbsync_version() -> Option<String> {
    let said = Command::new("mbsync").arg("--version").output().ok()?;
    said.status.success().then(|| String::from_utf8_lossy(&said.stdout).trim().replace("isync", "mbsync"))
}

/// Copies a mailbox into a Maildir; how many mails, and how long the process ran.
pub fn mbsync(port: u16, user: &str, fsync: bool) -> (usize, Duration) {
    let folder = TempDir::new().unwrap();
    let near = folder.path().join("near");
    fs::create_dir(&near).unwrap();
    let config = format!(
        "FSync {fsync}\n\nIMAPAccount load\nHost 127.0.0.1\nPort {port}\nUser {user}\nPass {PASSWORD}\nSSLType None\n\
         AuthMechs LOGIN\n\nIMAPStore far\nAccount load\n\nMaildirStore near\nPath {near}/\nInbox {near}/INBOX\n\n\
         Channel load\nFar :far:\nNear :near:\nPatterns INBOX\nCreate Near\nSync Pull\nSyncState *\n",
        fsync = if fsync { "yes" } else { "no" },
        near = near.display()
    );
    let path = folder.path().join("mbsyncrc");
    fs::write(&path, config).unwrap();
    let begin = Instant::now();
    let said = Command::new("mbsync").arg("-q").arg("-c").arg(&path).arg("load").output().unwrap();
    let took = begin.elapsed();
    assert!(said.status.success(), "mbsync: {}", String::from_utf8_lossy(&said.stderr));
    let files = |part: &str| fs::read_dir(near.join("INBOX").join(part)).map_or(0, Iterator::count);
    (files("new") + files("cur"), took)
}

/// A Python that has django-helpdesk, and which version.
pub fn helpdesk() -> Option<(String, String)> {
    let otherwise = if Path::new(PEER).exists() { PEER } else { "python3" };
    let python = std::env::var("PAIRDESK_BENCH_PYTHON").unwrap_or_else(|_| otherwise.to_owned());
    let version = "import importlib.metadata as m; print(m.version('django-helpdesk'))";
    let said = Command::new(&python).args(["-c", version]).stderr(Stdio::null()).output().ok()?;
    let version = String::from_utf8_lossy(&said.stdout).trim().to_owned();
    said.status.success().then_some((python, version))
}

/// Has a mailbox fetched by django-helpdesk's `get_email`, which empties it; how many tickets and follow-ups came of it,
/// and how long that took without the start.
pub fn get_email(python: &str, port: u16, user: &str) -> (usize, Duration) {
    let folder = TempDir::new().unwrap();
    let mut command = Command::new(python);
    command.arg(GET_EMAIL).arg(folder.path());
    let said = command.args(["127.0.0.1", &port.to_string(), user, PASSWORD]).output().unwrap();
    let printed = String::from_utf8_lossy(&said.stdout);
    let figures: Vec<f64> =
        printed.lines().last().unwrap_or_default().split(' ').flat_map(str::parse).collect();
    let [seconds, tickets, follow_ups] = figures[..] else {
        panic!("get_email: {printed}{}", String::from_utf8_lossy(&said.stderr));
    };
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "counts of mails")]
    let taken = tickets.max(follow_ups) as usize;
    (taken, Duration::from_secs_f64(seconds))
}
