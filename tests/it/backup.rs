//! Backups: one file that either database takes back, with everything in it, or nothing at all.

use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use pairdesk::store::{ErrorKind, Store};
use sqlx::{Connection, PgConnection, SqliteConnection};
use tempfile::TempDir;

use crate::harness::daemon::{Daemon, imap_mailbox, smtp};
use crate::harness::dovecot::Dovecot;
use crate::harness::postgres;
use crate::harness::sink::Sink;
use crate::store::ages::{everything, populate, steps};
use crate::store::at;
use crate::store::upgrade::goes_on;

/// What daemons do at present, which is worth nothing later.
const LEFT_OUT: [&str; 2] = ["daemon", "lease"];

fn lite(folder: &TempDir, name: &str) -> String {
    format!("sqlite:{}", folder.path().join(name).display())
}

/// A backup of a store that was populated, whose last key was deleted.
async fn backed_up(url: &str, file: &Path) {
    populate(url, steps().len()).await;
    let sql = "INSERT INTO token_key (bytes, made_at) SELECT bytes, 1 FROM token_key;
        INSERT INTO token_key (bytes, made_at) SELECT bytes, 2 FROM token_key WHERE id = 1;
        DELETE FROM token_key WHERE made_at = 2;";
    if url.starts_with("sqlite") {
        let mut connection = SqliteConnection::connect(url).await.unwrap();
        sqlx::raw_sql(sql).execute(&mut connection).await.unwrap();
    } else {
        let mut connection = PgConnection::connect(url).await.unwrap();
        sqlx::raw_sql(sql).execute(&mut connection).await.unwrap();
    }
    let store = Store::open(url).await.unwrap();
    let (header, size) = store.back_up(file, at(0)).await.unwrap();
    store.close().await;
    assert_eq!((header.rows_of("mail"), header.rows_of("cases"), header.made_at), (3, 2, at(0)));
    assert_eq!(std::fs::metadata(file).unwrap().len(), size);
}

/// From one database to another.
async fn moves(from: &str, to: &str) {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("backup");
    backed_up(from, &file).await;
    let mode = std::fs::metadata(&file).unwrap().permissions().mode() & 0o777;
    assert_eq!(mode, 0o600, "{mode:o}");
    let header = Store::restore(to, &file, false).await.unwrap();
    let (mut there, mut here) = (everything(from).await, everything(to).await);
    for table in LEFT_OUT {
        there.remove(table);
        assert!(here.remove(table).is_none_or(|rows| rows.is_empty()), "{table}");
    }
    assert!(there.len() > 25, "{:?}", there.keys());
    assert_eq!(here.keys().collect::<Vec<_>>(), there.keys().collect::<Vec<_>>());
    for (table, rows) in &there {
        assert_eq!(&here[table], rows, "{table}");
        assert_eq!(header.rows_of(table), rows.len() as u64, "{table}");
    }
    // A key that was deleted leaves a gap: its number is not given again.
    let sql =
        "INSERT INTO token_key (bytes, made_at) SELECT bytes, 3 FROM token_key WHERE id = 1 RETURNING id";
    let id: i64 = if to.starts_with("sqlite") {
        let mut connection = SqliteConnection::connect(to).await.unwrap();
        sqlx::query_scalar(sql).fetch_one(&mut connection).await.unwrap()
    } else {
        let mut connection = PgConnection::connect(to).await.unwrap();
        sqlx::query_scalar(sql).fetch_one(&mut connection).await.unwrap()
    };
    assert_eq!(id, 4);
    goes_on(Store::open(to).await.unwrap()).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn every_row_goes_from_sqlite_to_postgresql() {
    let folder = tempfile::tempdir().unwrap();
    moves(&lite(&folder, "from.db"), &postgres::fresh_database()).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn every_row_goes_from_postgresql_to_sqlite() {
    let folder = tempfile::tempdir().unwrap();
    moves(&postgres::fresh_database(), &lite(&folder, "new/to.db")).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn every_row_comes_back_to_a_store_of_the_same_kind_that_is_there_and_empty() {
    let folder = tempfile::tempdir().unwrap();
    let (from, to) = (lite(&folder, "from.db"), lite(&folder, "to.db"));
    Store::open(&to).await.unwrap().close().await;
    moves(&from, &to).await;
    let (from, to) = (postgres::fresh_database(), postgres::fresh_database());
    Store::open(&to).await.unwrap().close().await;
    moves(&from, &to).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_backup_of_an_older_schema_is_restored_and_brought_up_to_date() {
    let folder = tempfile::tempdir().unwrap();
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/old/backup-of-step-14");
    for url in [lite(&folder, "to.db"), postgres::fresh_database()] {
        let header = Store::restore(&url, &file, false).await.unwrap();
        assert_eq!(header.steps.len(), 14);
        goes_on(Store::open(&url).await.unwrap()).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_waited_is_held_back_when_it_may_have_been_sent_since() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("backup");
    backed_up(&lite(&folder, "from.db"), &file).await;
    let to = lite(&folder, "to.db");
    Store::restore(&to, &file, true).await.unwrap();
    let store = Store::open(&to).await.unwrap();
    let status = store.status().await.unwrap();
    assert_eq!((status.waiting.len(), status.failed.len(), status.drafts), (0, 1, 1));
    assert!(status.failed[0].last_failure.as_deref().unwrap().contains("may have been sent since"));
    assert_eq!(store.retry_all(at(9)).await.unwrap(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_that_is_no_whole_backup_is_refused_and_nothing_is_changed() {
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join(name);
    backed_up(&lite(&folder, "from.db"), &at("backup")).await;
    let good = std::fs::read(at("backup")).unwrap();
    let text = String::from_utf8_lossy(&good).into_owned();
    let last = steps().last().unwrap().0.replace('_', " ");
    let replaced = |from: &str, to: &str| {
        let at = good
            .windows(from.len())
            .position(|part| part == from.as_bytes())
            .unwrap_or_else(|| panic!("{text}"));
        [&good[..at], to.as_bytes(), &good[at + from.len()..]].concat()
    };
    let mut bad: Vec<(Vec<u8>, &str)> = vec![
        (Vec::new(), "it is no backup"),
        (b"some text".to_vec(), "it is no backup"),
        (std::fs::read(at("from.db")).unwrap(), "it is a database of SQLite"),
        (replaced("pairdesk backup 1\n", "pairdesk backup 2\n"), "written by a newer Pairdesk"),
        (good[..40].to_vec(), "it is cut off"),
        (good[..good.len() / 2].to_vec(), "it is cut off"),
        (good[..good.len() - 1].to_vec(), "it is cut off"),
        ([good.as_slice(), b"more"].concat(), "it is damaged"),
        (replaced("\"rows\":3", "\"rows\":2"), "it is damaged"),
        (replaced("\"made_at\":\"2026", "\"made_at\":\"2025"), "it is damaged"),
        (replaced("{\"program\"", "[\"program\""), "it is damaged"),
    ];
    for place in (text.find('\n').unwrap()..good.len()).step_by(good.len() / 60) {
        let mut flipped = good.clone();
        flipped[place] ^= 0x10;
        bad.push((flipped, ""));
    }
    let to = lite(&folder, "to.db");
    for (number, (bytes, words)) in bad.iter().enumerate() {
        std::fs::write(at("bad"), bytes).unwrap();
        let error = Store::restore(&to, &at("bad"), false).await.unwrap_err();
        assert_eq!(error.kind, ErrorKind::Other, "{number}: {error}");
        assert!(error.to_string().contains(words), "{number}: {error}");
        assert!(error.to_string().contains("nothing was changed"), "{number}: {error}");
        assert!(!at("to.db").exists(), "{number}: {error}");
    }
    // Whole, and of a schema that is not there yet.
    let newer = Store::restore(&to, &newer(&at("backup"), &at("newer"), &last), false).await.unwrap_err();
    assert!(newer.to_string().contains("written by a newer Pairdesk"), "{newer}");
    assert!(!at("to.db").exists());
}

/// The same backup, of a program that knows one step more.
fn newer(backup: &Path, to: &Path, last: &str) -> std::path::PathBuf {
    use sha2::{Digest, Sha256};
    let good = std::fs::read(backup).unwrap();
    let mut lines = good.splitn(3, |byte| *byte == b'\n');
    let (first, header, rows) = (lines.next().unwrap(), lines.next().unwrap(), lines.next().unwrap());
    let header = String::from_utf8(header.to_vec())
        .unwrap()
        .replace(&format!("\"{last}\"]"), &format!("\"{last}\",\"of the future\"]"));
    assert!(header.contains("of the future"), "{header}");
    let mut rows = zstd::decode_all(rows).unwrap();
    rows.truncate(rows.len() - 32);
    let lines = [first, b"\n", header.as_bytes(), b"\n"].concat();
    let sum = Sha256::new().chain_update(&lines).chain_update(&rows).finalize();
    rows.extend(sum);
    std::fs::write(to, [lines, zstd::encode_all(rows.as_slice(), 1).unwrap()].concat()).unwrap();
    to.to_owned()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_store_with_anything_in_it_is_left_as_it_is() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("backup");
    backed_up(&lite(&folder, "from.db"), &file).await;
    for url in [lite(&folder, "to.db"), postgres::fresh_database()] {
        populate(&url, steps().len()).await;
        let before = everything(&url).await;
        let error = Store::restore(&url, &file, false).await.unwrap_err().to_string();
        assert!(error.contains("the store is not empty") && error.contains("mail (3)"), "{error}");
        assert_eq!(everything(&url).await, before);
    }
    // One of an older schema is not even brought up to date.
    let url = lite(&folder, "old.db");
    populate(&url, 3).await;
    let before = everything(&url).await;
    let error = Store::restore(&url, &file, false).await.unwrap_err().to_string();
    assert!(error.contains("the store is at step 3 of the schema"), "{error}");
    assert_eq!(everything(&url).await, before);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_backup_takes_no_other_files_place() {
    let folder = tempfile::tempdir().unwrap();
    let (url, file) = (lite(&folder, "from.db"), folder.path().join("backup"));
    backed_up(&url, &file).await;
    let before = std::fs::read(&file).unwrap();
    let store = Store::open(&url).await.unwrap();
    let error = store.back_up(&file, at(0)).await.unwrap_err().to_string();
    assert!(error.contains("it is there already; name another file"), "{error}");
    assert_eq!(std::fs::read(&file).unwrap(), before);
    let nowhere = folder.path().join("nowhere/backup");
    assert!(store.back_up(&nowhere, at(0)).await.unwrap_err().to_string().contains("could not write"));
}

/// A daemon that worked is backed up while it runs; another goes on from that on the other database.
fn a_daemon_goes_on(from: &str, to: &str) {
    let user = "service@fjord.example";
    let mail = |number: usize| {
        let text = if number.is_multiple_of(2) {
            "This is completely unacceptable. Nobody turned up again, and we have lost all trust in you. We are terminating."
        } else {
            "Please find the delivery note for Thursday attached. See you next week."
        };
        format!(
            "From: Person {number} <p{number}@acme.example>\r\nTo: {user}\r\nSubject: Matter {number}\r\n\
             Message-ID: <m{number}@acme.example>\r\n\r\n{text}\r\n"
        )
    };
    let (dovecot, sink) = (Dovecot::start(), Sink::start());
    let mut daemon = Daemon::configure(from, &(imap_mailbox(dovecot.imap, user, "") + &smtp(sink.port)));
    daemon.start();
    daemon.until("first look", || daemon.log().contains("for the first time").then_some(()));
    for number in 0..6 {
        dovecot.deliver(user, mail(number).as_bytes());
    }
    let dispositions = |daemon: &Daemon| {
        let status = daemon.succeed(&["status"]);
        let mails = status.split("\nMails\n").nth(1).unwrap_or_default();
        mails
            .lines()
            .take_while(|line| !line.is_empty())
            .map(|line| line.trim().to_owned())
            .collect::<Vec<_>>()
    };
    let all_sent = |daemon: &Daemon| daemon.succeed(&["status"]).contains(" 0 waiting, 0 given up");
    daemon.until("all mails", || {
        (dispositions(&daemon) == ["3 case", "3 routine"] && all_sent(&daemon)).then_some(())
    });
    let sent = sink.accepted().len();
    assert!(sent > 0);
    let said = daemon.succeed(&["backup", "backup"]);
    assert!(said.contains("holds 6 mails, 3 cases, 2 accounts"), "{said}");
    daemon.stop();

    std::fs::write(daemon.path("pairdesk.toml"), daemon.config().replace(from, to)).unwrap();
    let said = daemon.succeed(&["restore", "backup"]);
    assert!(said.contains("6 mails, 3 cases, 2 accounts. Start the daemon"), "{said}");
    daemon.start();
    dovecot.deliver(user, mail(6).as_bytes());
    daemon.until("the new mail", || {
        (dispositions(&daemon) == ["4 case", "3 routine"] && all_sent(&daemon)).then_some(())
    });
    daemon.stop();
    let accepted = sink.accepted();
    let ids: std::collections::BTreeSet<_> =
        accepted.iter().map(|mail| mail.header("Message-ID").unwrap()).collect();
    assert_eq!(ids.len(), accepted.len(), "a mail was sent again");
    assert!(accepted[sent..].iter().all(|mail| String::from_utf8_lossy(&mail.bytes).contains("Matter 6")));
}

#[test]
fn a_daemon_goes_on_from_a_backup_on_the_other_database() {
    a_daemon_goes_on("sqlite:pairdesk.db", &postgres::fresh_database());
    a_daemon_goes_on(&postgres::fresh_database(), "sqlite:pairdesk.db");
}
