//! Servers as they are met in the field, a test each.
//!
//! | quirk | seen at | test |
//! | --- | --- | --- |
//! | no IDLE | | `mailbox::without_idle_the_poll_finds_mail`, `faults::a_server_that_refuses_idle_is_polled` |
//! | IDLE that never answers again | Yandex, NAT boxes (imapclient 234) | `faults::a_server_that_hangs_up_in_idle_is_called_again` |
//! | IDLE that goes on and tells nothing | Exchange Online (angus-mail 176) | [`idle_that_tells_nothing_is_looked_behind`] |
//! | EXISTS before IDLE is granted | Exchange Online (php-imap 258) | `faults::mail_announced_before_idle_is_granted_wakes` |
//! | UID FETCH that leaves mails out | Exchange, Yahoo | [`a_fetch_that_leaves_mails_out_loses_none`] |
//! | UIDs with gaps, mails removed meanwhile | all | `mailbox::mail_that_somebody_removed_is_passed_over` |
//! | too many connections, told as a failed login | Gmail (MailKit 377) | [`too_many_connections_are_no_wrong_password`] |
//! | throttled within a session | Gmail, Yahoo, Exchange | [`a_throttled_session_waits_and_sets_no_mail_aside`] |
//! | BYE out of the blue | Exchange Online (MailKit 849) | [`a_goodbye_with_a_number_is_called_again`] |
//! | logged in and not connected | Exchange Online (node-imap 523, php-imap 464) | [`a_login_without_a_mailbox_is_no_wrong_folder`] |
//! | `[ALERT]` | Gmail, Yahoo | [`what_people_are_to_read_stands_in_the_log`] |
//! | folder names that are no modified UTF-7 | old Courier, Cyrus | [`folder_names_in_any_bytes_do_no_harm`] |
//! | no MOVE | | `mailbox::a_stored_mail_is_moved_with_move_and_without` |
//! | neither MOVE nor UIDPLUS | | `mailbox::a_move_that_cannot_be_done_is_refused_at_the_start` |

use std::io::{BufRead, BufReader, Write};
use std::net::TcpListener;
use std::sync::{Arc, Mutex};

use jiff::Timestamp;
use pairdesk::mailbox::{Folder, ImapSettings, Session, Source, Trouble, probe};
use pairdesk::message::{Arrival, Cursor};
use tracing_subscriber::fmt::MakeWriter;

use crate::faults::settings;

/// A server that says these answers, in their order, to commands that begin so; all others it answers well. `TAG` stands
/// for the command's tag. One that hangs up does so after an answer with BYE. Returns its port.
fn serve(steps: &[(&'static str, &'static str)]) -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    let steps = Arc::new(Mutex::new(steps.to_vec()));
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let steps = Arc::clone(&steps);
            // What goes wrong here is that the client left, as it may.
            std::thread::spawn(move || converse(BufReader::new(stream?), &steps));
        }
    });
    port
}

fn converse<S>(
    mut stream: BufReader<S>,
    steps: &Mutex<Vec<(&'static str, &'static str)>>,
) -> std::io::Result<()>
where
    S: std::io::Read + Write,
{
    let (mut command, mut idling) = ("x GREETING".to_owned(), String::new());
    loop {
        let (tag, what) = command.split_once(' ').unwrap_or(("", &command));
        let step = {
            let mut steps = steps.lock().unwrap();
            let next = steps.first().is_some_and(|(begins, _)| what.starts_with(begins));
            next.then(|| steps.remove(0).1)
        };
        let answer = match (step, what) {
            (Some(said), _) => said.replace("TAG", tag),
            (None, "GREETING") => "* OK ready\r\n".to_owned(),
            (None, "IDLE") => "+ idling\r\n".to_owned(),
            (None, "DONE") => format!("{idling} OK done\r\n"),
            (None, "CAPABILITY") => format!("* CAPABILITY IMAP4rev1 IDLE\r\n{tag} OK\r\n"),
            (None, _) if what.starts_with("EXAMINE") => {
                format!("* 2 EXISTS\r\n* OK [UIDVALIDITY 7] x\r\n* OK [UIDNEXT 3] x\r\n{tag} OK\r\n")
            }
            (None, _) if what.starts_with("UID FETCH") => format!("{}{tag} OK\r\n", fetched(what)),
            (None, _) if what.starts_with("UID SEARCH") => format!("* SEARCH 1 2\r\n{tag} OK\r\n"),
            (None, _) => format!("{tag} OK\r\n"),
        };
        if what == "IDLE" {
            tag.clone_into(&mut idling);
        }
        stream.get_mut().write_all(answer.as_bytes())?;
        if answer.contains("* BYE") {
            return Ok(());
        }
        command.clear();
        if stream.read_line(&mut command)? == 0 {
            return Ok(());
        }
        command.truncate(command.trim_end().len());
    }
}

/// The answers to a FETCH of single UIDs or of ranges.
fn fetched(what: &str) -> String {
    let set = what.split(' ').nth(2).unwrap();
    let uids = set.split(',').flat_map(|range| {
        let (first, last) = range.split_once(':').unwrap_or((range, range));
        first.parse::<u32>().unwrap()..=last.parse().unwrap()
    });
    let one = |uid: u32| {
        let raw = format!("Subject: mail {uid}\r\n\r\nText\r\n");
        if what.contains("RFC822.SIZE") {
            format!("* {uid} FETCH (UID {uid} RFC822.SIZE {} INTERNALDATE NIL)\r\n", raw.len())
        } else {
            format!("* {uid} FETCH (UID {uid} BODY[] {{{}}}\r\n{raw})\r\n", raw.len())
        }
    };
    uids.map(one).collect()
}

fn session(port: u16) -> Session {
    Source::Imap(settings(port)).sessions().remove(0)
}

async fn begun(port: u16) -> (Session, Cursor) {
    let mut session = session(port);
    let cursor = session.sync_start(None, Timestamp::UNIX_EPOCH).await.unwrap().cursor;
    (session, cursor)
}

fn keys(arrivals: &[Arrival]) -> Vec<&str> {
    arrivals.iter().map(|arrival| arrival.place.key.as_str()).collect()
}

#[tokio::test]
async fn idle_that_tells_nothing_is_looked_behind() {
    // The third mail comes while the connection idles, and nobody says so.
    let port = serve(&[
        ("UID SEARCH UID 1:*", "* SEARCH 1 2\r\nTAG OK\r\n"),
        ("IDLE", "+ idling\r\n"),
        ("UID SEARCH UID 3:*", "* SEARCH 3\r\nTAG OK\r\n"),
    ]);
    let (mut session, cursor) = begun(port).await;
    let batch = session.next_batch(&cursor, 100, 8 << 20).await.unwrap();
    assert_eq!(keys(&batch.arrivals), ["1", "2"]);
    // Until the poll, which is short here.
    session.wait().await.unwrap();
    let batch = session.next_batch(&batch.cursor_after, 100, 8 << 20).await.unwrap();
    assert_eq!(keys(&batch.arrivals), ["3"]);
}

#[tokio::test]
async fn a_fetch_that_leaves_mails_out_loses_none() {
    let port = serve(&[(
        "UID FETCH 1:2 (UID RFC822.SIZE",
        "* 2 FETCH (UID 2 RFC822.SIZE 9 INTERNALDATE NIL)\r\nTAG OK\r\n",
    )]);
    let (mut session, mut cursor) = begun(port).await;
    let mut seen = Vec::new();
    while seen.len() < 2 {
        let batch = session.next_batch(&cursor, 100, 8 << 20).await.unwrap();
        assert!(!batch.arrivals.is_empty(), "the mails come, alone if need be");
        seen.extend(batch.arrivals.iter().map(|arrival| arrival.place.key.clone()));
        cursor = batch.cursor_after;
    }
    assert_eq!(seen, ["1", "2"]);
}

#[tokio::test]
async fn too_many_connections_are_no_wrong_password() {
    for said in [
        "TAG NO [ALERT] Too many simultaneous connections. (Failure)\r\n",
        "TAG NO [LIMIT] not so many\r\n",
        "TAG NO [THROTTLED] later\r\n",
        "TAG BAD User is authenticated but not connected.\r\n",
    ] {
        let port = serve(&[("LOGIN", said)]);
        let mut session = session(port);
        let error = session.sync_start(None, Timestamp::UNIX_EPOCH).await.unwrap_err();
        assert_eq!(error.trouble, Trouble::Throttled, "{said}: {error}");
        session.sync_start(None, Timestamp::UNIX_EPOCH).await.unwrap();
    }
    let port = serve(&[("LOGIN", "TAG NO [AUTHENTICATIONFAILED] Invalid credentials (Failure)\r\n")]);
    assert_eq!(
        session(port).sync_start(None, Timestamp::UNIX_EPOCH).await.unwrap_err().trouble,
        Trouble::Login
    );
}

#[tokio::test]
async fn a_throttled_session_waits_and_sets_no_mail_aside() {
    const WORDS: [&str; 3] = [
        "TAG NO [THROTTLED] THROTTLED\r\n",
        "TAG NO [OVERQUOTA] Account exceeded command or bandwidth limits.\r\n",
        "TAG BAD Request is throttled. Suggested Backoff Time: 300000 milliseconds\r\n",
    ];
    for said in WORDS {
        for command in
            ["UID FETCH 1:2 (UID RFC822.SIZE", "UID FETCH 1:2 (UID BODY", "UID SEARCH UID 1:*", "IDLE"]
        {
            let port = serve(&[(command, said); 5]);
            let (mut session, cursor) = begun(port).await;
            if command == "IDLE" {
                let cursor = session.next_batch(&cursor, 100, 8 << 20).await.unwrap().cursor_after;
                session.wait().await.unwrap();
                assert_eq!(cursor.last_uid, 2);
                continue;
            }
            // As often as makes a mail that fails be set aside, were it the mail's fault.
            for _ in 0..5 {
                let error = session.next_batch(&cursor, 100, 8 << 20).await.unwrap_err();
                assert_eq!(error.trouble, Trouble::Throttled, "{command} {said}: {error}");
                session.sync_start(Some(cursor), Timestamp::UNIX_EPOCH).await.unwrap();
            }
            let batch = session.next_batch(&cursor, 100, 8 << 20).await.unwrap();
            assert_eq!(keys(&batch.arrivals), ["1", "2"], "{command} {said}");
            assert!(batch.arrivals.iter().all(|arrival| !arrival.raw.is_empty()));
        }
    }
}

#[tokio::test]
async fn a_goodbye_with_a_number_is_called_again() {
    for (said, trouble) in [
        ("* BYE Connection closed. 14\r\n", Trouble::Network),
        ("* BYE Session invalidated - AccessTokenExpired\r\n", Trouble::Network),
        ("* BYE Too many simultaneous connections\r\n", Trouble::Throttled),
    ] {
        let port = serve(&[("UID FETCH", said)]);
        let (mut session, cursor) = begun(port).await;
        let error = session.next_batch(&cursor, 100, 8 << 20).await.unwrap_err();
        assert_eq!(error.trouble, trouble, "{error}");
        assert!(error.to_string().contains(said.trim_end().trim_start_matches("* BYE ")), "{error}");
        session.sync_start(Some(cursor), Timestamp::UNIX_EPOCH).await.unwrap();
        let mut seen = Vec::new();
        let mut cursor = cursor;
        while seen.len() < 2 {
            let batch = session.next_batch(&cursor, 100, 8 << 20).await.unwrap();
            seen.extend(batch.arrivals.iter().map(|arrival| arrival.place.key.clone()));
            cursor = batch.cursor_after;
        }
        assert_eq!(seen, ["1", "2"]);
    }
}

#[tokio::test]
async fn a_login_without_a_mailbox_is_no_wrong_folder() {
    let port = serve(&[("EXAMINE", "TAG BAD User is authenticated but not connected.\r\n")]);
    let mut session = session(port);
    let error = session.sync_start(None, Timestamp::UNIX_EPOCH).await.unwrap_err();
    assert_eq!(error.trouble, Trouble::Throttled, "{error}");
    assert!(!error.to_string().contains("correct `folders`"), "{error}");
    session.sync_start(None, Timestamp::UNIX_EPOCH).await.unwrap();
}

/// A log in memory.
#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<u8>>>);

impl Write for Log {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

impl<'a> MakeWriter<'a> for Log {
    type Writer = Self;

    fn make_writer(&'a self) -> Self {
        self.clone()
    }
}

#[test]
fn what_people_are_to_read_stands_in_the_log() {
    let log = Log::default();
    let subscriber = tracing_subscriber::fmt().with_writer(log.clone()).with_ansi(false).finish();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    tracing::subscriber::with_default(subscriber, || {
        runtime.block_on(async {
            let alert = "* OK [ALERT] Your mailbox moves on Sunday\r\n* SEARCH 1 2\r\nTAG OK\r\n";
            let port = serve(&[("UID SEARCH UID", alert), ("UID SEARCH UID", alert)]);
            let (mut session, cursor) = begun(port).await;
            for _ in 0..2 {
                session.next_batch(&cursor, 100, 8 << 20).await.unwrap();
                session.sync_start(Some(cursor), Timestamp::UNIX_EPOCH).await.unwrap();
            }
            let refused =
                "TAG NO [ALERT] Please log in via your web browser: https://support.example/a (Failure)\r\n";
            let port = serve(&[("LOGIN", refused)]);
            let error = self::session(port).sync_start(None, Timestamp::UNIX_EPOCH).await.unwrap_err();
            assert!(error.to_string().contains("log in via your web browser"), "{error}");
        });
    });
    let text = String::from_utf8(log.0.lock().unwrap().clone()).unwrap();
    assert_eq!(text.matches("Your mailbox moves on Sunday").count(), 1, "once: {text}");
    assert!(text.contains("the mail server wants somebody to read this"), "{text}");
}

#[tokio::test]
async fn folder_names_in_any_bytes_do_no_harm() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let mut stream = BufReader::new(stream.unwrap());
            stream.get_mut().write_all(b"* OK ready\r\n").unwrap();
            let mut command = Vec::new();
            while stream.read_until(b'\n', &mut command).is_ok_and(|read| read > 0) {
                let line = String::from_utf8_lossy(&command).into_owned();
                let (tag, what) = line.trim_end().split_once(' ').unwrap();
                let mut answer = if what.starts_with("LIST") {
                    // Latin-1, UTF-8, a literal, modified UTF-7, and three that are none.
                    let mut list =
                        b"* LIST () \"/\" Entw\xfcrfe\r\n* LIST () \"/\" \"Entw\xc3\xbcrfe 2\"\r\n".to_vec();
                    list.extend_from_slice(b"* LIST () \"/\" {4}\r\nIN\xfcX\r\n* LIST () NIL &AOQ-lter\r\n");
                    list.extend_from_slice(
                        b"* LIST () \"/\" &\r\n* LIST () \"/\" &AOQ\r\n* LIST () \"/\" \"&2D0-\"\r\n",
                    );
                    list
                } else if what.starts_with("STATUS \"Gone") {
                    format!("{tag} NO no such folder\r\n").into_bytes()
                } else {
                    Vec::new()
                };
                if !what.starts_with("STATUS \"Gone") {
                    answer.extend_from_slice(format!("{tag} OK done\r\n").as_bytes());
                }
                stream.get_mut().write_all(&answer).unwrap();
                command.clear();
            }
        }
    });
    let folders = ["INBOX", "Gone"].map(|name| Folder { name: name.to_owned(), sent: false }).to_vec();
    let findings = probe(&Source::Imap(ImapSettings { folders, ..settings(port) })).await;
    assert!(
        findings.iter().any(|finding| finding.good && finding.what.contains("\"INBOX\"")),
        "{findings:?}"
    );
    let gone = findings.iter().find(|finding| finding.what.contains("\"Gone\"")).unwrap();
    for name in ["Entw\u{fffd}rfe", "Entwürfe 2", "IN\u{fffd}X", "älter"] {
        assert!(gone.remedy.contains(name), "no {name:?}: {gone:?}");
    }
}
