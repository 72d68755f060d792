//! What `init` writes, and what it says at the end.

use std::fmt::Write as _;
use std::fs::{self, OpenOptions};
use std::io::{self, Write as _};
use std::os::unix::fs::{MetadataExt as _, OpenOptionsExt as _, chown};
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, anyhow};

use super::text::{self, Answers};

/// Where a package puts the configuration, and where the daemon of the package keeps what it knows.
const PACKAGE: &str = "/etc/pairdesk";
const STATE: &str = "/var/lib/pairdesk";

/// A list of clients to begin with.
const ACCOUNTS: &str = "accounts.example.csv";

/// Fails when there is a configuration already, or a file that would be written beside it.
pub fn nothing_there(place: &Path) -> Result<()> {
    let beside = [text::STORE_PASSWORD, text::IMAP_PASSWORD, text::SMTP_PASSWORD]
        .map(|name| place.with_file_name(name));
    let there = |path: &Path| fs::symlink_metadata(path).is_ok();
    if there(place) {
        let place = place.display();
        return Err(anyhow!(
            "{place} is there already, and stays as it is; move it away, or name another file by --config"
        ));
    }
    match beside.iter().find(|path| there(path)) {
        None => Ok(()),
        Some(path) => Err(anyhow!(
            "{} is there already, from a configuration that is not; move it away, or name another folder by --config",
            path.display()
        )),
    }
}

/// The usual place of the database.
pub fn database(place: &Path) -> String {
    if place.parent() == Some(Path::new(PACKAGE)) {
        format!("{STATE}/pairdesk.db")
    } else {
        "pairdesk.db".to_owned()
    }
}

/// Writes all files, and returns what to say about it.
///
/// # Errors
/// When one cannot be written; those before it are removed again.
pub fn write(place: &Path, answers: &Answers) -> Result<String> {
    let folder = place.parent().unwrap_or(Path::new("/"));
    fs::create_dir_all(folder).with_context(|| format!("cannot make the folder {}", folder.display()))?;
    let mut written = Vec::new();
    let done = write_all(place, answers, &mut written);
    if let Err(error) = done {
        for path in &written {
            let _ = fs::remove_file(path);
        }
        return Err(error);
    }
    let mut said = "\nWritten:\n".to_owned();
    for path in &written {
        let _ = writeln!(said, "  {}", path.display());
    }
    said.push_str(&next(place));
    Ok(said)
}

fn write_all(place: &Path, answers: &Answers, written: &mut Vec<PathBuf>) -> Result<()> {
    for (name, secret) in answers.typed() {
        let path = place.with_file_name(name);
        create(&path, 0o600, &format!("{}\n", secret.expose()), written)?;
        // Made by root for the daemon of the package, it belongs to that.
        if place.parent() == Some(Path::new(PACKAGE)) {
            give(
                &path,
                &fs::metadata(STATE).context(format!("cannot look at {STATE}, which the package makes"))?,
            )?;
        }
    }
    let accounts = place.with_file_name(ACCOUNTS);
    if !accounts.exists() {
        create(&accounts, 0o640, &example(answers), written)?;
    }
    create(place, 0o640, &text::configuration(answers), written)
}

/// A new file, which whoever may read the folder's group may read as far as `mode` allows.
fn create(path: &Path, mode: u32, text: &str, written: &mut Vec<PathBuf>) -> Result<()> {
    let doing = || {
        let hint =
            if path.starts_with(PACKAGE) { " (as root, or name another place by --config)" } else { "" };
        format!("cannot write {}{hint}", path.display())
    };
    let mut file =
        OpenOptions::new().write(true).create_new(true).mode(mode).open(path).with_context(doing)?;
    written.push(path.to_owned());
    file.write_all(text.as_bytes()).and_then(|()| file.sync_all()).with_context(doing)?;
    let folder = fs::metadata(path.parent().unwrap_or(Path::new("/"))).with_context(doing)?;
    // Root gives it the group of the folder, as a package has set it; others cannot, and need not.
    match chown(path, None, Some(folder.gid())) {
        Err(error) if error.kind() != io::ErrorKind::PermissionDenied => Err(error).with_context(doing),
        _ => Ok(()),
    }
}

fn give(path: &Path, owner: &fs::Metadata) -> Result<()> {
    chown(path, Some(owner.uid()), Some(owner.gid()))
        .with_context(|| format!("cannot give {} to the user pairdesk", path.display()))
}

/// Two accounts as they may be, with owners at the firm's own domain.
fn example(answers: &Answers) -> String {
    let domain = answers.domains.first().map_or("firm.example", String::as_str);
    format!(
        "account,name,domains,sales,operations,included,excluded\n\
         acme,Acme Foods,acme.example,Kim Vos <kim@{domain}>,Lee Park <lee@{domain}>,one pickup a week,weekend work\n\
         delta,Delta Labs,delta.example;deltalabs.example,Kim Vos <kim@{domain}>,Nia Holm <nia@{domain}>,,\n"
    )
}

/// What to do now.
fn next(place: &Path) -> String {
    let package = place.parent() == Some(Path::new(PACKAGE));
    let here = place.file_name().is_some_and(|name| name == "pairdesk.toml")
        && place
            .parent()
            .is_some_and(|folder| std::env::current_dir().is_ok_and(|current| current == folder));
    let option = if package || here { String::new() } else { format!(" --config {}", place.display()) };
    let run = if package { "systemctl start pairdesk".to_owned() } else { format!("pairdesk{option} run") };
    let accounts = place.with_file_name("accounts.csv");
    format!(
        "\nNext:\n\
         \x20 pairdesk{option} check --send-test     tries the mailbox and SMTP, and sends you a mail\n\
         \x20 cp {} {}     then write your clients into it\n\
         \x20 pairdesk{option} accounts import {}\n\
         \x20 {run}     in shadow mode: nothing goes to clients\n",
        place.with_file_name(ACCOUNTS).display(),
        accounts.display(),
        accounts.display(),
    )
}
