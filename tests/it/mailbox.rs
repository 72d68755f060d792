//! The mailbox against a real Dovecot, and Maildirs on the disk.

use std::path::Path;
use std::time::Duration;

use jiff::{Timestamp, ToSpan};
use pairdesk::clock::Clock;
use pairdesk::mailbox::{
    Afterwards, Batch, Folder, How, ImapSettings, MaildirSettings, Secret, Session, Source, Tls, Trouble,
    probe,
};
use pairdesk::message::{Arrival, Cursor, Place};

use crate::harness::dovecot::{Dovecot, PASSWORD};

const USER: &str = "info@firm.example";

fn now() -> Timestamp {
    Clock::System.now()
}

fn mail(subject: &str) -> Vec<u8> {
    format!("From: Ana <ana@acme.example>\r\nSubject: {subject}\r\n\r\n.A dot, and text.\r\n").into_bytes()
}

fn subject(arrival: &Arrival) -> String {
    let raw = String::from_utf8_lossy(&arrival.raw);
    let line = raw.lines().find_map(|line| line.strip_prefix("Subject: "));
    line.expect("the mail has a subject").to_owned()
}

fn subjects(batch: &Batch) -> Vec<String> {
    batch.arrivals.iter().map(subject).collect()
}

fn places(batch: &Batch) -> Vec<Place> {
    batch.arrivals.iter().map(|arrival| arrival.place.clone()).collect()
}

fn settings(server: &Dovecot) -> ImapSettings {
    ImapSettings {
        name: "service".to_owned(),
        host: "localhost".to_owned(),
        port: server.imaps,
        tls: Tls::Implicit,
        extra_ca: Some(server.certificate()),
        user: USER.to_owned(),
        password: Secret::new(PASSWORD).into(),
        folders: vec![Folder { name: "INBOX".to_owned(), sent: false }],
        since: None,
        afterwards: Afterwards::Nothing,
        max_mail_size: 1 << 20,
        poll: Duration::from_mins(5),
        timeout: Duration::from_secs(10),
    }
}

fn session(settings: &ImapSettings) -> Session {
    Source::Imap(settings.clone()).sessions().remove(0)
}

/// A session that has begun to read what comes from now on.
async fn begun(settings: &ImapSettings) -> (Session, Cursor) {
    let mut session = session(settings);
    let start = session.sync_start(None, now()).await.unwrap();
    assert_eq!(start.how, How::First);
    (session, start.cursor)
}

async fn next(session: &mut Session, cursor: &Cursor) -> Batch {
    session.next_batch(cursor, 100, 8 << 20).await.unwrap()
}

/// Within a long time, so that a wake-up that never comes fails instead of hanging.
async fn wait(session: &mut Session) {
    tokio::time::timeout(Duration::from_mins(1), session.wait()).await.expect("the session wakes").unwrap();
}

#[tokio::test]
async fn the_first_start_reads_only_what_comes_from_now_on() {
    let server = Dovecot::start();
    server.deliver(USER, &mail("before"));
    let (mut session, cursor) = begun(&settings(&server)).await;
    assert_eq!(next(&mut session, &cursor).await.arrivals, []);
    server.deliver(USER, &mail("after"));
    let batch = next(&mut session, &cursor).await;
    assert_eq!(subjects(&batch), ["after"]);
    let arrival = &batch.arrivals[0];
    assert_eq!(arrival.place.mailbox, "service/INBOX");
    assert_eq!(arrival.place.key, "2");
    assert_eq!(arrival.place.validity, cursor.validity);
    assert!(!arrival.truncated() && !arrival.sent_folder);
    assert!(arrival.received_at.unwrap() >= cursor.started_at);
    assert!(arrival.raw.ends_with(b"\r\n.A dot, and text.\r\n"));
    assert_eq!(next(&mut session, &batch.cursor_after).await.arrivals, []);
    assert_eq!(
        next(&mut session, &cursor).await.arrivals,
        batch.arrivals,
        "the same cursor gives the same again"
    );
}

#[tokio::test]
async fn the_first_start_with_a_date_reads_what_came_since_in_batches() {
    let server = Dovecot::start();
    server.imap(USER, &["NOOP"]);
    let day = |day: u8| format!("\"{day:02}-Nov-2026 12:00:00 +0000\"");
    append(&server, "INBOX", &day(1), "too old");
    append(&server, "INBOX", &day(4), "the day itself, too early");
    for number in 1..=5 {
        append(&server, "INBOX", &day(5), &format!("good {number}"));
    }
    append(&server, "INBOX", &day(2), "too old, but filed late");
    append(&server, "INBOX", &day(6), "good 6");
    let settings = ImapSettings { since: Some("2026-11-04T18:00:00Z".parse().unwrap()), ..settings(&server) };
    let (mut session, mut cursor) = begun(&settings).await;
    let mut seen = Vec::new();
    loop {
        let batch = session.next_batch(&cursor, 3, 8 << 20).await.unwrap();
        assert!(batch.arrivals.len() <= 3);
        seen.extend(subjects(&batch));
        cursor = batch.cursor_after;
        if !batch.more {
            break;
        }
    }
    assert_eq!(seen, ["good 1", "good 2", "good 3", "good 4", "good 5", "good 6"]);
}

/// Files a mail with a date of its own.
fn append(server: &Dovecot, folder: &str, date: &str, subject: &str) {
    let raw = String::from_utf8(mail(subject)).unwrap();
    server.imap(USER, &[&format!("APPEND {folder} {date} {{{}+}}\r\n{raw}", raw.len())]);
}

#[tokio::test]
async fn a_batch_stays_below_its_bytes_and_goes_on_behind_them() {
    let server = Dovecot::start();
    let (mut session, cursor) = begun(&settings(&server)).await;
    let bodies = ["one", "two", "three"].map(|name| [mail(name), vec![b'x'; 10_000]].concat());
    server.deliver_all(USER, bodies.iter().map(Vec::as_slice));
    let batch = session.next_batch(&cursor, 100, 25_000).await.unwrap();
    assert_eq!((subjects(&batch), batch.more), (vec!["one".to_owned(), "two".to_owned()], true));
    let batch = session.next_batch(&batch.cursor_after, 100, 25_000).await.unwrap();
    assert_eq!((subjects(&batch), batch.more), (vec!["three".to_owned()], false));
}

#[tokio::test]
async fn idle_wakes_at_a_delivery() {
    let server = Dovecot::start();
    let (mut session, cursor) = begun(&settings(&server)).await;
    next(&mut session, &cursor).await;
    let ((), ()) = tokio::join!(wait(&mut session), async {
        // The mail comes once the session idles, or just before: both must wake it.
        tokio::time::sleep(Duration::from_millis(200)).await;
        server.deliver(USER, &mail("wake up"));
    });
    assert_eq!(subjects(&next(&mut session, &cursor).await), ["wake up"]);
}

#[tokio::test]
async fn mail_that_comes_between_the_look_and_idle_is_not_slept_over() {
    let server = Dovecot::start();
    let (mut session, cursor) = begun(&settings(&server)).await;
    next(&mut session, &cursor).await;
    server.deliver(USER, &mail("in between"));
    wait(&mut session).await;
    assert_eq!(subjects(&next(&mut session, &cursor).await), ["in between"]);
}

#[tokio::test]
async fn without_idle_the_poll_finds_mail() {
    let server = Dovecot::start_with("imap_capability = IMAP4rev1 UIDPLUS");
    let settings = ImapSettings { poll: Duration::from_millis(50), ..settings(&server) };
    let (mut session, cursor) = begun(&settings).await;
    next(&mut session, &cursor).await;
    server.deliver(USER, &mail("polled"));
    wait(&mut session).await;
    assert_eq!(subjects(&next(&mut session, &cursor).await), ["polled"]);
}

#[tokio::test]
async fn a_stored_mail_gets_the_keyword_and_none_is_marked_as_seen() {
    let server = Dovecot::start();
    let settings =
        ImapSettings { afterwards: Afterwards::Keyword("Pairdesk".to_owned()), ..settings(&server) };
    let (mut session, cursor) = begun(&settings).await;
    server.deliver(USER, &mail("stored"));
    server.deliver(USER, &mail("fetched only"));
    let batch = next(&mut session, &cursor).await;
    assert_eq!(batch.arrivals.len(), 2);
    for _ in 0..2 {
        session.acknowledge(&places(&batch)[..1]).await.unwrap();
    }
    let answers = server.imap(USER, &["EXAMINE INBOX", "UID SEARCH KEYWORD Pairdesk", "UID SEARCH UNSEEN"]);
    let found: Vec<_> = answers.lines().filter(|line| line.starts_with("* SEARCH")).collect();
    assert_eq!(found, ["* SEARCH 1", "* SEARCH 1 2"]);
}

#[tokio::test]
async fn a_stored_mail_is_moved_with_move_and_without() {
    for extra in ["", "imap_capability = IMAP4rev1 UIDPLUS IDLE"] {
        let server = Dovecot::start_with(extra);
        server.imap(USER, &["CREATE Done"]);
        let settings = ImapSettings { afterwards: Afterwards::Move("Done".to_owned()), ..settings(&server) };
        let (mut session, cursor) = begun(&settings).await;
        server.deliver(USER, &mail("stored"));
        server.deliver(USER, &mail("somebody deleted this, and may undo it"));
        server.deliver(USER, &mail("new"));
        server.imap(USER, &["SELECT INBOX", "UID STORE 2 +FLAGS (\\Deleted)"]);
        let batch = next(&mut session, &cursor).await;
        for _ in 0..2 {
            session.acknowledge(&places(&batch)[..1]).await.unwrap();
        }
        assert_eq!(server.inbox(USER).len(), 2, "{extra}");
        let moved = server.folder(USER, "Done");
        assert_eq!(moved.len(), 1, "{extra}");
        assert!(moved[0].contains("Subject: stored"));
    }
}

#[tokio::test]
async fn a_move_that_cannot_be_done_is_refused_at_the_start() {
    let server = Dovecot::start();
    let settings = ImapSettings { afterwards: Afterwards::Move("Nowhere".to_owned()), ..settings(&server) };
    let error = session(&settings).sync_start(None, now()).await.unwrap_err();
    assert_eq!(error.trouble, Trouble::Configuration);
    assert!(error.to_string().contains("\"Nowhere\""), "{error}");

    let server = Dovecot::start_with("imap_capability = IMAP4rev1 IDLE");
    let settings = ImapSettings { port: server.imaps, extra_ca: Some(server.certificate()), ..settings };
    let error = session(&settings).sync_start(None, now()).await.unwrap_err();
    assert!(error.to_string().contains("UIDPLUS"), "{error}");
}

#[tokio::test]
async fn a_sent_folder_with_a_name_beyond_ascii_is_read_and_left_alone() {
    let server = Dovecot::start();
    server.imap(USER, &["CREATE \"Gesendet &- &AOQ-lter\""]);
    let settings = ImapSettings {
        folders: vec![Folder { name: "Gesendet & älter".to_owned(), sent: true }],
        afterwards: Afterwards::Keyword("Pairdesk".to_owned()),
        ..settings(&server)
    };
    let (mut session, cursor) = begun(&settings).await;
    append(&server, "\"Gesendet &- &AOQ-lter\"", "", "an answer");
    let batch = next(&mut session, &cursor).await;
    assert_eq!(subjects(&batch), ["an answer"]);
    assert!(batch.arrivals[0].sent_folder);
    assert_eq!(batch.arrivals[0].place.mailbox, "service/Gesendet & älter");
    session.acknowledge(&places(&batch)).await.unwrap();
    let answers = server.imap(USER, &["EXAMINE \"Gesendet &- &AOQ-lter\"", "UID SEARCH KEYWORD Pairdesk"]);
    assert!(answers.contains("* SEARCH\r\n"), "{answers}");
}

#[tokio::test]
async fn of_a_large_mail_only_the_first_part_is_fetched_and_marked_so() {
    let server = Dovecot::start();
    let settings = ImapSettings { max_mail_size: 10_000, ..settings(&server) };
    let (mut session, cursor) = begun(&settings).await;
    let large = [mail("large"), b"0123456789abcdef\r\n".repeat(5_000)].concat();
    server.deliver_all(USER, [mail("small").as_slice(), &large, &mail("small again")]);
    let batch = next(&mut session, &cursor).await;
    assert_eq!(subjects(&batch), ["small", "large", "small again"]);
    let arrival = &batch.arrivals[1];
    assert!(arrival.truncated());
    assert_eq!(arrival.raw.len(), 10_000);
    // LMTP adds headers of its own.
    assert!(arrival.full_size > large.len() as u64);
}

#[tokio::test]
async fn after_a_change_of_uidvalidity_all_since_the_first_start_is_read_again() {
    let server = Dovecot::start();
    server.imap(USER, &["CREATE Clients"]);
    let settings = ImapSettings {
        folders: vec![Folder { name: "Clients".to_owned(), sent: false }],
        ..settings(&server)
    };
    let (mut session, cursor) = begun(&settings).await;
    append(&server, "Clients", "", "one");
    let batch = next(&mut session, &cursor).await;
    assert_eq!(subjects(&batch), ["one"]);
    server.imap(USER, &["DELETE Clients", "CREATE Clients"]);
    append(&server, "Clients", "\"01-Nov-2020 12:00:00 +0000\"", "older than the first start");
    append(&server, "Clients", "", "one");
    append(&server, "Clients", "", "two");
    let mut session = self::session(&settings);
    let start = session.sync_start(Some(batch.cursor_after), now()).await.unwrap();
    assert_eq!(start.how, How::ValidityChanged { before: cursor.validity });
    assert_eq!((start.cursor.since, start.cursor.started_at), (cursor.since, cursor.started_at));
    let batch = next(&mut session, &start.cursor).await;
    assert_eq!(subjects(&batch), ["one", "two"]);
    assert_ne!(batch.arrivals[0].place.validity, cursor.validity);
}

#[tokio::test]
async fn a_session_goes_on_where_it_was_after_the_server_was_killed() {
    let mut server = Dovecot::start();
    let (mut session, cursor) = begun(&settings(&server)).await;
    server.deliver(USER, &mail("one"));
    let cursor = next(&mut session, &cursor).await.cursor_after;
    server.kill();
    assert_eq!(session.wait().await.unwrap_err().trouble, Trouble::Network);
    assert_eq!(session.sync_start(Some(cursor), now()).await.unwrap_err().trouble, Trouble::Network);
    server.restart();
    server.deliver(USER, &mail("two"));
    let start = session.sync_start(Some(cursor), now()).await.unwrap();
    assert_eq!(start.how, How::Resumed);
    assert_eq!(subjects(&next(&mut session, &start.cursor).await), ["two"]);
    session.close().await;
}

#[tokio::test]
async fn mail_that_somebody_removed_is_passed_over() {
    let server = Dovecot::start();
    let (mut session, cursor) = begun(&settings(&server)).await;
    for name in ["one", "two", "three"] {
        server.deliver(USER, &mail(name));
    }
    let batch = session.next_batch(&cursor, 1, 8 << 20).await.unwrap();
    assert_eq!((subjects(&batch), batch.more), (vec!["one".to_owned()], true));
    server.imap(USER, &["SELECT INBOX", "UID STORE 2 +FLAGS (\\Deleted)", "EXPUNGE"]);
    assert_eq!(subjects(&next(&mut session, &batch.cursor_after).await), ["three"]);
}

#[tokio::test]
async fn starttls_protects_the_login_and_a_stranger_s_certificate_is_refused() {
    let server = Dovecot::start();
    let settings = ImapSettings { port: server.imap, tls: Tls::StartTls, ..settings(&server) };
    begun(&settings).await;
    let error =
        session(&ImapSettings { extra_ca: None, ..settings }).sync_start(None, now()).await.unwrap_err();
    assert_eq!(error.trouble, Trouble::Configuration);
    assert!(error.to_string().contains("certificate"), "{error}");
}

#[tokio::test]
async fn plain_text_is_refused_beyond_this_machine() {
    let server = Dovecot::start();
    let plain = ImapSettings { port: server.imap, tls: Tls::None, ..settings(&server) };
    begun(&plain).await;
    let far = ImapSettings { host: "imap.firm.example".to_owned(), ..plain };
    let error = session(&far).sync_start(None, now()).await.unwrap_err();
    assert_eq!(error.trouble, Trouble::Configuration);
    assert!(error.to_string().contains("plain text"), "{error}");
}

#[tokio::test]
async fn a_refused_login_says_so_without_the_password() {
    let server = Dovecot::start();
    for password in ["wrong-hunter2", "falsch-ä-hunter2"] {
        let settings = ImapSettings { password: Secret::new(password).into(), ..settings(&server) };
        let error = session(&settings).sync_start(None, now()).await.unwrap_err();
        assert_eq!(error.trouble, Trouble::Login);
        assert!(!format!("{error} {error:?}").contains("hunter2"), "{error}");
    }
}

#[tokio::test]
async fn probing_names_what_is_missing_and_what_is_there() {
    let server = Dovecot::start();
    server.imap(USER, &["CREATE Entw&APw-rfe"]);
    let folders = ["INBOX", "Sent"].map(|name| Folder { name: name.to_owned(), sent: false }).to_vec();
    let settings =
        ImapSettings { folders, afterwards: Afterwards::Move("Gone".to_owned()), ..settings(&server) };
    let findings = probe(&Source::Imap(settings.clone())).await;
    let bad: Vec<_> = findings.iter().filter(|finding| !finding.good).collect();
    assert_eq!(bad.len(), 2, "{findings:#?}");
    assert!(bad[0].what.contains("\"Sent\"") && bad[0].remedy.contains("Entwürfe"), "{:?}", bad[0]);
    assert!(bad[1].what.contains("\"Gone\""), "{:?}", bad[1]);
    let findings = probe(&Source::Imap(ImapSettings { port: 1, ..settings })).await;
    assert_eq!(findings.len(), 1);
    assert!(!findings[0].good && findings[0].remedy.contains("firewall"), "{findings:?}");
}

fn maildir(path: &Path) -> MaildirSettings {
    for part in ["new", "cur", "tmp"] {
        std::fs::create_dir_all(path.join(part)).unwrap();
    }
    MaildirSettings {
        name: "demo".to_owned(),
        path: path.to_owned(),
        sent: false,
        since: None,
        max_mail_size: 1 << 20,
        poll: Duration::from_mins(5),
    }
}

/// Delivers as an MTA does: written in `tmp`, renamed into `new`.
fn drop_into(path: &Path, name: &str, subject: &str, received_at: Timestamp) {
    let file = path.join("tmp").join(name);
    std::fs::write(&file, mail(subject)).unwrap();
    std::fs::File::open(&file).unwrap().set_modified(received_at.into()).unwrap();
    std::fs::rename(file, path.join("new").join(name)).unwrap();
}

#[tokio::test]
async fn a_maildir_gives_what_comes_in_new_and_cur_and_nothing_old() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path();
    let settings = maildir(path);
    drop_into(path, "1.old", "old", now() - 1.hour());
    let mut session = Source::Maildir(settings).sessions().remove(0);
    let start = session.sync_start(None, now()).await.unwrap();
    assert_eq!((start.how, session.candidates().await.unwrap()), (How::First, Vec::<String>::new()));

    let ((), ()) = tokio::join!(wait(&mut session), async {
        drop_into(path, "3.b", "second", now() + 1.second());
        drop_into(path, "2.a", "first", now());
        std::fs::rename(path.join("new/2.a"), path.join("cur/2.a:2,S")).unwrap();
        std::fs::write(path.join("new/.hidden"), b"x").unwrap();
        std::fs::write(path.join("tmp/4.c"), b"x").unwrap();
    });
    assert_eq!(session.candidates().await.unwrap(), ["2.a", "3.b"]);
    // A mail is marked as read between the listing and the reading: it comes with the next one.
    std::fs::rename(path.join("new/3.b"), path.join("cur/3.b:2,S")).unwrap();
    let batch = next(&mut session, &start.cursor).await;
    assert_eq!(subjects(&batch), ["first"]);
    assert_eq!(
        batch.arrivals[0].place,
        Place { mailbox: "demo".to_owned(), validity: 0, key: "2.a".to_owned() }
    );
    session.acknowledge(&places(&batch)).await.unwrap();
    wait(&mut session).await;
    assert_eq!(session.candidates().await.unwrap(), ["3.b"]);
    assert_eq!(subjects(&next(&mut session, &start.cursor).await), ["second"]);
}

#[tokio::test]
async fn a_maildir_s_large_mail_is_cut_and_a_stored_one_is_not_read_again() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path();
    let settings = MaildirSettings { max_mail_size: 50, ..maildir(path) };
    let mut session = Source::Maildir(settings).sessions().remove(0);
    let start = session.sync_start(None, now() - 1.minute()).await.unwrap();
    drop_into(path, "1.a", "large", now());
    session.candidates().await.unwrap();
    let batch = next(&mut session, &start.cursor).await;
    assert_eq!(batch.arrivals[0].raw.len(), 50);
    assert!(batch.arrivals[0].truncated());
    for _ in 0..2 {
        session.acknowledge(&places(&batch)).await.unwrap();
    }
    assert!(path.join("new/1.a").exists());
    assert_eq!(session.candidates().await.unwrap(), Vec::<String>::new());
}

#[tokio::test]
async fn a_maildir_s_file_that_cannot_be_read_waits_and_the_others_come() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path();
    let mut session = Source::Maildir(maildir(path)).sessions().remove(0);
    let start = session.sync_start(None, now() - 1.minute()).await.unwrap();
    for (name, second) in [("1.bad", 0), ("2.a", 1), ("3.b", 2)] {
        drop_into(path, name, name, now() + second.seconds());
    }
    let (file, elsewhere) = (path.join("new/1.bad"), path.join("elsewhere"));
    let mut seen = Vec::new();
    for round in 0..4 {
        session.candidates().await.unwrap();
        // A folder opens and cannot be read, whoever runs this.
        std::fs::rename(&file, &elsewhere).unwrap();
        std::fs::create_dir(&file).unwrap();
        // One mail at a time: the bad one must not stand before the others.
        match session.next_batch(&start.cursor, 1, 8 << 20).await {
            Ok(batch) => {
                seen.extend(subjects(&batch));
                assert!(batch.more, "the bad one still waits");
                session.acknowledge(&places(&batch)).await.unwrap();
            }
            Err(error) => {
                let text = error.to_string();
                assert!(text.starts_with("demo: ") && text.contains("1.bad"), "{round}: {text}");
            }
        }
        std::fs::remove_dir(&file).unwrap();
        std::fs::rename(&elsewhere, &file).unwrap();
    }
    assert_eq!(seen, ["2.a", "3.b"]);
    session.candidates().await.unwrap();
    assert_eq!(subjects(&next(&mut session, &start.cursor).await), ["1.bad"]);
}

#[tokio::test]
async fn a_maildir_that_is_none_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let missing = MaildirSettings { path: folder.path().join("nowhere"), ..maildir(folder.path()) };
    let source = Source::Maildir(missing);
    let error = source.sessions().remove(0).sync_start(None, now()).await.unwrap_err();
    assert_eq!(error.trouble, Trouble::Configuration);
    assert!(!probe(&source).await[0].good);
}
