//! Where it is measured: mailboxes on a real Dovecot, and a desk over a store.

use std::fs;
use std::os::unix::fs::{PermissionsExt, chown};
use std::time::{Duration, Instant};

use nix::unistd::{User, getuid};
use pairdesk::clock::Clock;
use pairdesk::config::Config;
use pairdesk::mailbox::Session;
use pairdesk::message::Cursor;
use pairdesk::worker::{Desk, read, watch};

use crate::daemon::{Daemon, imap_mailbox, smtp};
use crate::dovecot::Dovecot;
use crate::mails;

/// Puts mails into a user's INBOX, as files: LMTP would take a minute. Dovecot numbers them when the folder is first opened.
pub fn put(dovecot: &Dovecot, user: &str, mails: &[Vec<u8>]) {
    // Made by Dovecot, with its rights.
    dovecot.imap(user, &["SELECT INBOX"]);
    let maildir = dovecot.maildir(user);
    let owner = getuid().is_root().then(|| User::from_name("mail").unwrap().unwrap());
    for (number, mail) in mails.iter().enumerate() {
        let path = maildir.join("new").join(format!("{}.M{number:06}P1.load", 1_700_000_000 + number));
        fs::write(&path, mail).unwrap();
        fs::set_permissions(&path, PermissionsExt::from_mode(0o600)).unwrap();
        if let Some(owner) = &owner {
            chown(&path, Some(owner.uid.as_raw()), Some(owner.gid.as_raw())).unwrap();
        }
    }
    let answer = dovecot.imap(user, &["SELECT INBOX", "FETCH 1:* (UID RFC822.SIZE INTERNALDATE)"]);
    assert!(answer.contains(&format!("* {} FETCH", mails.len())), "all mails lie there");
}

/// A program whose firm has the 200 clients, over a store.
pub fn program(store: &str, user: &str, imap: u16, smtp_port: u16) -> Daemon {
    let daemon = Daemon::configure(store, &(imap_mailbox(imap, user, "") + &smtp(smtp_port)));
    // The log of a run is not what is measured.
    let config = daemon.path("pairdesk.toml");
    let quiet = fs::read_to_string(&config).unwrap().replace("level = \"debug\"", "level = \"info\"");
    fs::write(&config, quiet).unwrap();
    fs::write(daemon.path("clients.toml"), mails::accounts()).unwrap();
    daemon.succeed(&["accounts", "import", daemon.path("clients.toml").to_str().unwrap(), "--yes"]);
    daemon
}

/// A desk over that program's store, and a session over this user's mailbox.
pub async fn desk(program: &Daemon, user: &str) -> (Desk, Session) {
    let path = program.path("pairdesk.toml");
    let config = fs::read_to_string(&path).unwrap();
    let line = config.lines().find(|line| line.starts_with("user = ")).unwrap();
    fs::write(&path, config.replace(line, &format!("user = \"{user}\""))).unwrap();
    let config = Config::load(&path).unwrap();
    let desk = pairdesk::daemon::desk(&config, Clock::System).await.unwrap();
    let session = session(program, &desk);
    (desk, session)
}

/// Another session over the same mailbox, not yet connected.
pub fn session(program: &Daemon, desk: &Desk) -> Session {
    let config = Config::load(&program.path("pairdesk.toml")).unwrap();
    config.sources(&desk.tokens)[0].sessions().remove(0)
}

/// The mailbox from the login to the last commit: all mails stored, none read. How many, and how long it took.
pub async fn store(desk: &Desk, session: &mut Session) -> (usize, Duration) {
    let begin = Instant::now();
    let start = session.sync_start(None, desk.clock.now()).await.unwrap();
    watch::begin(desk, session, &start).await.unwrap();
    let mut cursor = start.cursor;
    let mut stored = 0;
    loop {
        let (new, more) = watch::fetch(desk, session, &mut cursor).await.unwrap();
        stored += new;
        if !more {
            return (stored, begin.elapsed());
        }
    }
}

/// The same mailbox with nothing stored: what the server gives, and the network.
pub async fn download(desk: &Desk, session: &mut Session) -> (usize, Duration) {
    let begin = Instant::now();
    let mut cursor: Cursor = session.sync_start(None, desk.clock.now()).await.unwrap().cursor;
    let mut fetched = 0;
    loop {
        let batch = session.next_batch(&cursor, 100, 8 << 20).await.unwrap();
        cursor = batch.cursor_after;
        fetched += batch.arrivals.len();
        if !batch.more {
            return (fetched, begin.elapsed());
        }
    }
}

/// Reads and decides portions of what waits until at least so many mails are read.
pub async fn read(desk: &Desk, mails: usize) -> (usize, Duration) {
    let begin = Instant::now();
    let mut done = 0;
    while done < mails {
        let outcomes = read::step(desk).await.unwrap();
        if outcomes.is_empty() {
            break;
        }
        done += outcomes.len();
    }
    (done, begin.elapsed())
}

/// The bytes of a store's files, or of its database.
pub async fn size(store: &str, program: &Daemon) -> u64 {
    use sqlx::{Connection, PgConnection, Row};
    if !store.starts_with("postgres") {
        let bytes = |name: &str| fs::metadata(program.path(name)).map_or(0, |file| file.len());
        return bytes("pairdesk.db");
    }
    let mut connection = PgConnection::connect(store).await.unwrap();
    let row = sqlx::query("SELECT pg_database_size(current_database())").fetch_one(&mut connection).await;
    u64::try_from(row.unwrap().get::<i64, _>(0)).unwrap()
}
