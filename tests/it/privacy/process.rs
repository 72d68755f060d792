//! The commands themselves, beside a daemon with a real mailbox: files, logs, copies and exit codes.

use std::fs;

use super::{DANA, TRACES, bytes_below};
use crate::harness::daemon::{Daemon, imap_mailbox, smtp};
use crate::harness::dovecot::Dovecot;
use crate::harness::postgres;
use crate::harness::sink::Sink;

const MAILS: [&str; 3] = [
    "From: Dana Ruiz <dana@acme.example>\r\nTo: service@fjord.example\r\nSubject: The report of our Monday round\r\n\
     Message-ID: <d1@acme.example>\r\n\r\nWe are very unhappy: the report is three weeks late again and nobody answers us.\r\n",
    "From: Bob Stone <bob@acme.example>\r\nTo: service@fjord.example\r\nCc: dana@acme.example\r\nSubject: Keys\r\n\
     Message-ID: <b1@acme.example>\r\n\r\nDana Ruiz brings them tomorrow. Thank you.\r\n",
    "From: Ann Ode <ann@delta.example>\r\nTo: service@fjord.example\r\nSubject: Invoice\r\nMessage-ID: <a1@delta.example>\r\n\r\n\
     Your invoice charges us twice for the same work. This is unacceptable, please correct it.\r\n",
];

struct Running {
    dovecot: Dovecot,
    sink: Sink,
    daemon: Daemon,
}

impl Running {
    fn start(store: &str) -> Self {
        let (dovecot, sink) = (Dovecot::start(), Sink::start());
        let rest =
            format!("{}\n{}", imap_mailbox(dovecot.imap, "service@fjord.example", ""), smtp(sink.port));
        let mut daemon = Daemon::configure(store, &rest);
        daemon.start();
        daemon.until("the mailbox is read", || daemon.log().contains("for the first time").then_some(()));
        dovecot.deliver_all("service@fjord.example", MAILS.iter().map(|mail| mail.as_bytes()));
        let all = Self { dovecot, sink, daemon };
        all.settled(3);
        all
    }

    /// Waits until so many mails are read, and what follows has gone out.
    fn settled(&self, mails: u32) {
        self.daemon.until("all mails read and all letters sent", || {
            let status = self.daemon.succeed(&["status"]);
            let counted = status.split("\nMails\n").nth(1)?.split("\n\n").next()?;
            let read: u32 = counted
                .lines()
                .filter(|line| !line.contains("waiting"))
                .filter_map(|line| line.trim().split(' ').next()?.parse::<u32>().ok())
                .sum();
            (read >= mails && status.contains(" 0 waiting,") && !self.sink.accepted().is_empty())
                .then_some(())
        });
    }
}

/// Makes a backup, and gives its rows without their compression, in lower case.
fn backed_up(daemon: &Daemon, name: &str) -> String {
    let file = daemon.path(name);
    daemon.succeed(&["backup", file.to_str().unwrap()]);
    let bytes = fs::read(&file).unwrap();
    let mut lines = bytes.splitn(3, |byte| *byte == b'\n');
    let rows = lines.nth(2).expect("rows behind two lines");
    let rows = zstd::decode_all(rows).unwrap();
    String::from_utf8_lossy(&rows).to_lowercase()
}

/// Puts that backup into a store of its own, and gives what the search for the person finds in it: it opens the mails.
fn found_in_restored(daemon: &Daemon, name: &str) -> String {
    let other = Daemon::configure(
        "sqlite:other.db",
        &format!("[[mailbox]]\nname = \"a\"\nmaildir = \"m\"\n{}", smtp(1)),
    );
    fs::remove_file(other.path("other.db")).unwrap();
    other.succeed(&["restore", daemon.path(name).to_str().unwrap()]);
    other.succeed(&["forget", DANA, "--yes"])
}

#[test]
fn after_forget_no_byte_of_the_person_is_in_the_files_the_log_a_copy_or_a_backup_and_the_mail_is_not_taken_in_again()
 {
    let mut all = Running::start("sqlite:data/pairdesk.db");
    let before = bytes_below(&all.daemon.path("data"));
    assert!(before.contains(DANA));
    let bobs = all.daemon.succeed(&["show", "2"]);

    let refused = all.daemon.command(&["forget", DANA, "--yes"]);
    assert!(String::from_utf8_lossy(&refused.stderr).contains("another pairdesk runs"), "{refused:?}");
    let dry = all.daemon.succeed(&["forget", DANA, "--dry-run"]);
    assert!(
        dry.contains("known as Dana Ruiz") && dry.contains("1 mail that they wrote") && dry.contains("#1"),
        "{dry}"
    );
    assert!(backed_up(&all.daemon, "before.backup").contains(DANA));
    all.daemon.stop();
    // A byte of theirs may lie in a page that was freed, too.
    let printed = all.daemon.succeed(&["forget", DANA, "--yes"]);
    assert!(printed.contains("Found of them: nothing."), "{printed}");
    let copy = all.daemon.path("copy");
    fs::create_dir(&copy).unwrap();
    for entry in fs::read_dir(all.daemon.path("data")).unwrap() {
        let path = entry.unwrap().path();
        fs::copy(&path, copy.join(path.file_name().unwrap())).unwrap();
    }
    let nothing = |daemon: &Daemon| {
        let left = bytes_below(&daemon.path("data")) + &bytes_below(&copy) + &daemon.log().to_lowercase();
        for trace in TRACES.into_iter().chain(["monday round", "three weeks late", "d1@acme.example"]) {
            assert!(!left.contains(trace), "{trace} is left");
        }
    };
    nothing(&all.daemon);
    let backup = backed_up(&all.daemon, "after.backup");
    assert!(backup.contains("ann@delta.example"), "others are in it");
    for trace in TRACES.into_iter().chain(["monday round", "d1@acme.example"]) {
        assert!(!backup.contains(trace), "{trace} is in the backup");
    }
    let erased = |name: &str| found_in_restored(&all.daemon, name);
    assert!(erased("before.backup").contains("1 mail that they wrote"));
    assert!(erased("after.backup").contains("Nothing is held about them."), "{}", erased("after.backup"));
    assert_eq!(all.daemon.succeed(&["show", "2"]), bobs, "another client's case is as before");

    // The mails lie in the mailbox still, and one comes once more.
    all.daemon.start();
    all.dovecot.deliver("service@fjord.example", MAILS[0].as_bytes());
    all.settled(4);
    let status = all.daemon.succeed(&["status"]);
    assert!(status.contains("1 forgotten"), "{status}");
    all.daemon.stop();
    nothing(&all.daemon);
    let again = all.daemon.succeed(&["forget", DANA, "--yes"]);
    assert!(again.contains("Found of them: nothing."), "{again}");
}

#[test]
fn on_postgresql_forget_works_beside_the_daemon_and_a_dump_names_nobody() {
    let url = postgres::fresh_database();
    let all = Running::start(&url);
    let dumped = |url: &str| {
        let dump = postgres::dump(url).to_lowercase();
        let hex = |text: &str| data_encoding::HEXLOWER.encode(text.as_bytes());
        let traces = TRACES.into_iter().chain(["monday round", "d1@acme.example"]);
        traces.filter(|trace| dump.contains(*trace) || dump.contains(&hex(trace))).collect::<Vec<_>>()
    };
    assert!(dumped(&url).contains(&DANA));
    let printed = all.daemon.succeed(&["forget", DANA, "--yes"]);
    assert!(printed.contains("Found of them: nothing."), "{printed}");
    assert_eq!(dumped(&url), Vec::<&str>::new());
    let backup = backed_up(&all.daemon, "after.backup");
    assert!(backup.contains("ann@delta.example") && !TRACES.into_iter().any(|trace| backup.contains(trace)));
}

#[test]
fn what_is_left_somewhere_is_named_and_the_exit_code_says_so() {
    let daemon = Daemon::configure(
        "sqlite:pairdesk.db",
        &format!("[[mailbox]]\nname = \"a\"\nmaildir = \"m\"\n{}", smtp(1)),
    );
    let database = daemon.path("pairdesk.db");
    let runtime = tokio::runtime::Runtime::new().unwrap();
    runtime.block_on(async {
        use sqlx::Connection as _;
        let mut connection =
            sqlx::SqliteConnection::connect(&format!("sqlite:{}", database.display())).await.unwrap();
        sqlx::raw_sql("CREATE TABLE note (words TEXT); INSERT INTO note VALUES ('ask dana@acme.example')")
            .execute(&mut connection)
            .await
            .unwrap();
        connection.close().await.unwrap();
    });
    let output = daemon.command(&["forget", DANA, "--yes"]);
    let printed = String::from_utf8_lossy(&output.stdout);
    assert!(printed.contains("FOUND of them, still: note.words, the file"), "{printed}");
    assert_eq!(output.status.code(), Some(3));
    for firm in ["service@fjord.example", "kim@fjord.example", "no address"] {
        assert_eq!(daemon.command(&["forget", firm, "--yes"]).status.code(), Some(1), "{firm}");
    }
}

#[test]
fn an_export_holds_the_mails_the_letters_and_a_summary_for_this_user_alone() {
    use std::os::unix::fs::PermissionsExt as _;
    let all = Running::start("sqlite:pairdesk.db");
    let printed = all.daemon.succeed(&["export", DANA, "--out", "about-dana"]);
    assert!(printed.contains("1 mail,"), "{printed}");
    let folder = all.daemon.path("about-dana");
    assert_eq!(fs::metadata(&folder).unwrap().permissions().mode() & 0o777, 0o700);
    let mails: Vec<_> =
        fs::read_dir(folder.join("mails")).unwrap().map(|entry| entry.unwrap().path()).collect();
    assert_eq!(mails.len(), 1);
    assert!(fs::read_to_string(&mails[0]).unwrap().ends_with(MAILS[0]), "Dovecot adds lines above alone");
    let summary = fs::read_to_string(folder.join("summary.md")).unwrap();
    assert!(
        summary.contains("The report of our Monday round") && summary.contains("#1, complaint"),
        "{summary}"
    );
    let data: serde_json::Value =
        serde_json::from_slice(&fs::read(folder.join("data.json")).unwrap()).unwrap();
    assert_eq!(data["mails_of_others_that_name_them"].as_array().unwrap().len(), 1, "Bob's");
    assert!(!data.to_string().contains("Ann Ode"), "another client's data");
    let again = all.daemon.command(&["export", DANA, "--out", "about-dana"]);
    assert!(!again.status.success(), "a folder that is there is left alone");
}
