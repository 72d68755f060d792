//! The mail account: every mail that a mailbox had is accounted for, against a real Dovecot and a Maildir, however the
//! store or the mailbox was changed by others.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use pairdesk::clock::{Clock, SetClock};
use pairdesk::compose::{Composer, House};
use pairdesk::directory::{Account, Firm};
use pairdesk::intake::Policy;
use pairdesk::mailbox::{Afterwards, Folder, ImapSettings, MaildirSettings, Secret, Session, Source, Tls};
use pairdesk::message::{Address, Cursor, ReadOptions, Span, Tally};
use pairdesk::store::{OutboxLine, OutboxState, Store};
use pairdesk::worker::Desk;
use pairdesk::worker::watch::{begin, step, tally};
use sqlx::{Connection, Row, SqliteConnection};
use tempfile::TempDir;

use crate::faults::{self, Fault, bad, good, serve};
use crate::harness::daemon::{Daemon, imap_mailbox, smtp};
use crate::harness::dovecot::{Dovecot, PASSWORD};
use crate::harness::sink::Sink;

const USER: &str = "service@fjord.example";

fn mail(number: u32) -> Vec<u8> {
    format!(
        "From: Dana <d@acme.example>\r\nTo: {USER}\r\nSubject: Matter {number}\r\nMessage-ID: <m{number}@acme.example>\r\n\
         \r\nThank you for number {number}.\r\n"
    )
    .into_bytes()
}

/// A desk with a clock that is set, whose firm has an administrator.
struct Office {
    desk: Desk,
    clock: Arc<SetClock>,
    folder: TempDir,
}

impl Office {
    async fn open() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let person = |address: &str| Some(Address { name: String::new(), address: address.to_owned() });
        let firm = Firm {
            name: "Fjord".to_owned(),
            address: USER.to_owned(),
            domains: vec!["fjord.example".to_owned()],
            manager: person("mona@fjord.example"),
            administrator: person("ada@fjord.example"),
            timezone: "Europe/Oslo".to_owned(),
            ..Firm::default()
        };
        let store =
            Store::open(&format!("sqlite:{}", folder.path().join("pairdesk.db").display())).await.unwrap();
        let acme = Account {
            key: "acme".to_owned(),
            name: "Acme Foods".to_owned(),
            domains: vec!["acme.example".to_owned()],
            operations: person("lee@fjord.example"),
            ..Account::default()
        };
        let mut tx = store.begin().await.unwrap();
        tx.replace_accounts(&[acme]).await.unwrap();
        tx.commit().await.unwrap();
        let clock = Arc::new(SetClock::new(Clock::System.now()));
        let composer = Composer::new(House::of(&firm));
        let time = Clock::Set(Arc::clone(&clock));
        let desk = Desk::new(store, composer, firm, Policy::default(), ReadOptions::default(), time);
        Self { desk, clock, folder }
    }

    /// Reads a folder to its end, as a daemon does that has just been started or has just connected.
    async fn read(&self, session: &mut Session) -> (Span, Cursor) {
        let stored = self.desk.store.cursor(session.name()).await.unwrap();
        let start = session.sync_start(stored, self.desk.clock.now()).await.unwrap();
        let span = begin(&self.desk, session, &start).await.unwrap();
        let mut cursor = start.cursor;
        while step(&self.desk, session, &mut cursor).await.unwrap().1 {}
        (span, cursor)
    }

    async fn count(&self, session: &mut Session, (span, cursor): (Span, Cursor)) -> Tally {
        let taken = tally::take(&self.desk, session, &span, &cursor).await.unwrap();
        let status = self.desk.store.status().await.unwrap();
        let mailbox = status.mailboxes.iter().find(|mailbox| mailbox.mailbox == session.name()).unwrap();
        assert_eq!(
            mailbox.tally,
            Some((self.desk.clock.now(), taken.clone())),
            "what is shown is what was counted"
        );
        taken
    }

    async fn sql(&self, sql: &'static str) -> Vec<i64> {
        let url = format!("sqlite:{}", self.folder.path().join("pairdesk.db").display());
        let mut other = SqliteConnection::connect(&url).await.unwrap();
        let rows = sqlx::query(sql).fetch_all(&mut other).await.unwrap();
        rows.iter().map(|row| row.get(0)).collect()
    }

    async fn told(&self) -> Vec<OutboxLine> {
        let mut lines = self.desk.store.outgoing(OutboxState::Pending).await.unwrap();
        lines.retain(|line| line.sort == "unaccounted");
        lines
    }
}

fn tally(processed: u64, ignored: u64, missing: &[&str]) -> Tally {
    let missing = missing.iter().map(|&key| key.to_owned()).collect();
    Tally { processed, set_aside: 0, ignored, missing }
}

fn imap(server: &Dovecot, folder: &str, since: Option<&str>, afterwards: Afterwards) -> Session {
    let settings = ImapSettings {
        name: "service".to_owned(),
        host: "127.0.0.1".to_owned(),
        port: server.imap,
        tls: Tls::None,
        extra_ca: None,
        user: USER.to_owned(),
        password: Secret::new(PASSWORD).into(),
        folders: vec![Folder { name: folder.to_owned(), sent: false }],
        since: since.map(|since| since.parse().unwrap()),
        afterwards,
        max_mail_size: 1 << 20,
        poll: Duration::from_mins(5),
        timeout: Duration::from_secs(10),
    };
    Source::Imap(settings).sessions().remove(0)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_mail_that_the_store_has_lost_is_fetched_anew_and_the_administrator_told_once_a_day() {
    let server = Dovecot::start();
    let office = Office::open().await;
    let mut session = imap(&server, "INBOX", Some("2020-01-01T00:00:00Z"), Afterwards::Nothing);
    for number in 1..=3 {
        server.deliver(USER, &mail(number));
    }
    let read = office.read(&mut session).await;
    assert_eq!(office.count(&mut session, read).await, tally(3, 0, &[]));
    assert!(office.told().await.is_empty());

    office.sql("DELETE FROM mail WHERE place_key = '2'").await;
    let counted = office.count(&mut session, read).await;
    assert_eq!((counted.words().as_str(), counted), ("mailbox 3, accounted 3", tally(3, 0, &[])));
    let told = office.told().await;
    assert_eq!(told.iter().map(|line| line.to.as_str()).collect::<Vec<_>>(), ["ada@fjord.example"]);
    assert_eq!(told[0].subject, "1 mail of service/INBOX was not accounted for");
    let bytes = office.desk.store.outgoing_bytes(told[0].id).await.unwrap().unwrap();
    let text = pairdesk::message::read(&bytes, &ReadOptions::default()).text;
    for part in ["Mailbox 3, accounted 2.", "Missing: UID 2.", "all are accounted for now"] {
        assert!(text.contains(part), "{part:?} is not in:\n{text}");
    }

    // Each hour it is put right; once a day it is said.
    for (hours, letters) in [(1, 1), (23, 2)] {
        office.clock.set(office.desk.clock.now() + SignedDuration::from_hours(hours));
        office.sql("DELETE FROM mail WHERE place_key IN ('1', '3')").await;
        assert_eq!(office.count(&mut session, read).await, tally(3, 0, &[]));
        assert_eq!(office.told().await.len(), letters, "after {hours} more hours");
    }
    let keys = "SELECT CAST(place_key AS INTEGER) FROM mail ORDER BY 1";
    assert_eq!(office.sql(keys).await, [1, 2, 3], "no mail is there twice");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_people_remove_still_counts_what_is_moved_too_and_what_is_too_old_is_ignored() {
    let server = Dovecot::start();
    server.imap(USER, &["CREATE Done"]);
    for afterwards in [Afterwards::Nothing, Afterwards::Move("Done".to_owned())] {
        let folder = if afterwards == Afterwards::Nothing { "One" } else { "Two" };
        server.imap(USER, &[&format!("CREATE {folder}")]);
        let append = |date: &str, number: u32| {
            let raw = String::from_utf8(mail(number)).unwrap();
            server.imap(USER, &[&format!("APPEND {folder} \"{date} +0000\" {{{}+}}\r\n{raw}", raw.len())]);
        };
        append("04-Nov-2026 18:00:00", 1);
        append("04-Nov-2026 06:00:00", 2);
        append("05-Nov-2026 12:00:00", 3);
        append("06-Nov-2026 12:00:00", 4);
        let office = Office::open().await;
        let since = Some("2026-11-04T12:00:00Z");
        let mut session = imap(&server, folder, since, afterwards.clone());
        let read = office.read(&mut session).await;
        let expected = tally(3, 1, &[]);
        assert_eq!(office.count(&mut session, read).await, expected);

        // Another process knows as well which mail was too old, and that the others were stored before they went.
        if afterwards == Afterwards::Nothing {
            server.imap(
                USER,
                &[&format!("SELECT {folder}"), "UID STORE 3 +FLAGS.SILENT (\\Deleted)", "EXPUNGE"],
            );
        }
        let mut session = imap(&server, folder, since, afterwards);
        let read = office.read(&mut session).await;
        assert_eq!(office.count(&mut session, read).await, expected);
        assert!(office.told().await.is_empty());
    }
    assert_eq!(server.folder(USER, "Done").len(), 3);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_folder_that_is_numbered_anew_is_counted_anew() {
    let server = Dovecot::start();
    server.imap(USER, &["CREATE Clients"]);
    let office = Office::open().await;
    let since = Some("2020-01-01T00:00:00Z");
    let append = |number: u32| {
        let raw = String::from_utf8(mail(number)).unwrap();
        server.imap(USER, &[&format!("APPEND Clients {{{}+}}\r\n{raw}", raw.len())]);
    };
    append(1);
    append(2);
    let mut session = imap(&server, "Clients", since, Afterwards::Nothing);
    let read = office.read(&mut session).await;
    assert_eq!(office.count(&mut session, read).await, tally(2, 0, &[]));
    server.imap(USER, &["DELETE Clients", "CREATE Clients"]);
    append(2);
    append(3);
    let mut session = imap(&server, "Clients", since, Afterwards::Nothing);
    let read = office.read(&mut session).await;
    assert_eq!(office.count(&mut session, read).await, tally(1, 1, &[]), "the one is known by its content");
    office
        .sql("DELETE FROM mail WHERE validity = (SELECT validity FROM mailbox_cursor) AND place_key = '2'")
        .await;
    assert_eq!(office.count(&mut session, read).await, tally(1, 1, &[]));
    assert_eq!(office.told().await.len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_missing_mail_that_the_server_does_not_give_stays_listed_by_its_uid() {
    let connections = [good(), bad("UID FETCH 2 (UID B", Fault::Say("TAG NO cannot read it\r\n"))];
    let settings = faults::settings(serve(&connections));
    let office = Office::open().await;
    let mut session = Source::Imap(settings.clone()).sessions().remove(0);
    office.read(&mut session).await;
    office.sql("DELETE FROM mail WHERE place_key = '2'").await;
    let mut session = Source::Imap(settings).sessions().remove(0);
    let read = office.read(&mut session).await;
    let counted = office.count(&mut session, read).await;
    assert_eq!(counted, tally(2, 0, &["2"]));
    assert_eq!(counted.words(), "mailbox 3, accounted 2");
    let told = office.told().await;
    let bytes = office.desk.store.outgoing_bytes(told[0].id).await.unwrap().unwrap();
    let text = pairdesk::message::read(&bytes, &ReadOptions::default()).text;
    assert!(text.contains("Missing: UID 2.") && text.contains("It could not be fetched."), "{text}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_maildir_is_counted_alike() {
    let folder = tempfile::tempdir().unwrap();
    for part in ["new", "cur", "tmp"] {
        std::fs::create_dir_all(folder.path().join(part)).unwrap();
    }
    let since: Timestamp = "2026-11-04T12:00:00Z".parse().unwrap();
    let file = |path: &Path, hours: i64, number: u32| {
        std::fs::write(path, mail(number)).unwrap();
        let at = since + SignedDuration::from_hours(hours);
        std::fs::File::open(path).unwrap().set_modified(at.into()).unwrap();
    };
    file(&folder.path().join("cur/1.a:2,S"), -1, 1);
    file(&folder.path().join("new/2.a"), 1, 2);
    file(&folder.path().join("new/3.a"), 2, 3);
    let settings = MaildirSettings {
        name: "demo".to_owned(),
        path: folder.path().to_owned(),
        sent: false,
        since: Some(since),
        max_mail_size: 1 << 20,
        poll: Duration::from_mins(5),
    };
    let office = Office::open().await;
    let mut session = Source::Maildir(settings).sessions().remove(0);
    let read = office.read(&mut session).await;
    assert_eq!(office.count(&mut session, read).await, tally(2, 1, &[]));
    office.sql("DELETE FROM mail WHERE place_key = '3.a'").await;
    std::fs::remove_file(folder.path().join("new/2.a")).unwrap();
    // What has come meanwhile is new, and not missing.
    file(&folder.path().join("new/4.a"), 3, 4);
    assert_eq!(office.count(&mut session, read).await, tally(2, 1, &[]));
    let told = office.told().await;
    assert_eq!(told[0].subject, "1 mail of demo was not accounted for");
    let read = office.read(&mut session).await;
    assert_eq!(office.count(&mut session, read).await, tally(3, 1, &[]));
}

#[tokio::test(flavor = "multi_thread")]
async fn the_daemon_puts_right_what_the_store_has_lost_and_status_says_how_its_mails_are_accounted_for() {
    let dovecot = Dovecot::start();
    let sink = Sink::start();
    let mut daemon =
        Daemon::configure("sqlite:pairdesk.db", &(imap_mailbox(dovecot.imap, USER, "") + &smtp(sink.port)));
    for number in 1..=3 {
        dovecot.deliver(USER, &mail(number));
    }
    let status = |daemon: &Daemon, says: &str| daemon.succeed(&["status"]).contains(says).then_some(());
    daemon.start();
    let says = "mailbox 3, accounted 3: 3 processed, 0 set aside, 0 ignored";
    daemon.until("account of three mails", || status(&daemon, says));
    daemon.kill();
    let url = format!("sqlite:{}", daemon.path("pairdesk.db").display());
    let mut other = SqliteConnection::connect(&url).await.unwrap();
    sqlx::query("DELETE FROM mail WHERE place_key = '2'").execute(&mut other).await.unwrap();
    other.close().await.unwrap();
    daemon.start();
    let mail = daemon.until("word to the manager, who is the administrator here", || {
        sink.accepted().into_iter().find(|mail| mail.to == ["mona@fjord.example"])
    });
    let text = String::from_utf8(mail.bytes).unwrap();
    assert!(text.contains("Missing: UID 2."), "{text}");
    assert!(daemon.succeed(&["status"]).contains(says));
    daemon.stop();
}
