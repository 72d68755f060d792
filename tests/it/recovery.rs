//! The daemon as a process before servers that misbehave and mails that nobody can read: it goes on, and its log says
//! what happened.

use crate::faults::{Connection, Fault, bad, good, serve};
use crate::harness::daemon::{Daemon, imap_mailbox, smtp};
use crate::harness::dovecot::Dovecot;
use crate::harness::sink::Sink;

fn dispositions(daemon: &Daemon) -> Vec<String> {
    let status = daemon.succeed(&["status"]);
    let mails = status.split("\nMails\n").nth(1).unwrap_or_default();
    mails.lines().take_while(|line| !line.is_empty()).map(|line| line.trim().to_owned()).collect()
}

#[test]
fn a_daemon_before_a_bad_server_recovers_and_its_log_says_what_happened() {
    let port = serve(&[
        bad("UID FETCH", Fault::Stall("* 1 FETCH (UID 1 ")),
        bad("UID FETCH", Fault::HangUp("* 1 FETCH (UID 1 BODY[] {5000}\r\nSubject: half a")),
        bad("EXAMINE", Fault::Say("* 1 PANTS (no such thing\r\n%%% nonsense\r\n")),
        bad("GREETING", Fault::Stall("")),
        // All mails come; then the server hangs up, and has numbered them anew.
        bad("IDLE", Fault::HangUp("* BYE going down\r\n")),
        Connection { validity: 8, ..good() },
    ]);
    let mailbox = imap_mailbox(port, "info", "").replace("timeout = \"5s\"", "timeout = \"1s\"");
    let mut daemon = Daemon::configure("sqlite:pairdesk.db", &(mailbox + &smtp(2525)));
    daemon.start();
    // The second reading finds the same three mails under another UIDVALIDITY: known by their content.
    daemon
        .until("second reading", || (dispositions(&daemon) == ["3 unmatched", "3 duplicate"]).then_some(()));
    let log = daemon.log();
    for says in [
        "took longer than permitted",
        "hung up within 5000 bytes",
        "is no IMAP response",
        "expected the server's greeting",
        "going down",
        "UIDVALIDITY changed",
    ] {
        assert!(log.contains(says), "the log does not say {says:?}:\n{log}");
    }
    assert!(log.matches("lost the mailbox; nothing is lost").count() >= 5, "{log}");
    assert!(!log.contains("hunter2") && !log.contains("half a"), "mail text in the log:\n{log}");
    daemon.stop();
}

#[test]
fn one_unreadable_mail_between_two_good_ones_is_kept_and_listed_and_the_good_ones_are_processed() {
    let complaint = |number: u32| {
        format!(
            "From: Dana <d{number}@acme.example>\r\nTo: service@fjord.example\r\nSubject: Matter {number}\r\n\
             Message-ID: <m{number}@acme.example>\r\n\r\nWe have lost all trust in you. Nobody turned up again. We are \
             terminating the contract and are moving to another provider.\r\n"
        )
    };
    let dovecot = Dovecot::start();
    let sink = Sink::start();
    let user = "service@fjord.example";
    let mut daemon =
        Daemon::configure("sqlite:pairdesk.db", &(imap_mailbox(dovecot.imap, user, "") + &smtp(sink.port)));
    daemon.start();
    daemon.until("first look into the mailbox", || daemon.log().contains("first time").then_some(()));
    let junk: Vec<u8> = (0..2000_u32).map(|n| (n.wrapping_mul(2_654_435_761) >> 24) as u8 | 0x80).collect();
    dovecot.deliver(user, complaint(1).as_bytes());
    dovecot.deliver(
        user,
        &[b"\r\nContent-Type: multipart/mixed; boundary\r\n\r\n", junk.as_slice(), b"\r\n"].concat(),
    );
    dovecot.deliver(user, complaint(2).as_bytes());
    // Two to the owners for each, and one alert: the second would come too soon after it.
    daemon.until("notices of both good mails", || (sink.accepted().len() >= 5).then_some(()));
    let status = daemon.succeed(&["status"]);
    assert!(status.contains("2 case"), "{status}");
    let listed = status.contains("1 unmatched") || status.contains("1 set aside");
    assert!(listed && status.contains("no originator"), "the bad mail is not listed: {status}");
    daemon.stop();
}

/// The configuration of a daemon before a scripted server.
fn before_scripted(connections: &[Connection]) -> Daemon {
    let mailbox = imap_mailbox(serve(connections), "info", "");
    Daemon::configure("sqlite:pairdesk.db", &(mailbox + &smtp(2525)))
}

#[test]
fn a_server_that_logs_in_and_gives_no_mail_is_asked_ever_more_rarely_and_no_mail_is_given_up() {
    let mut daemon = before_scripted(&[bad("UID FETCH", Fault::Say("TAG NO Server Unavailable\r\n"))]);
    daemon.start();
    let pauses = || {
        let log = daemon.log();
        let lines = log.lines().filter(|line| line.contains("lost the mailbox"));
        let pauses = lines.map(|line| line.split("next_try_in=").nth(1).unwrap().split(' ').next().unwrap());
        pauses.map(str::to_owned).collect::<Vec<_>>()
    };
    let pauses = daemon.until("third attempt", || Some(pauses()).filter(|pauses| pauses.len() >= 3));
    // From 2 s on; without a back-off all are below 1 s, and written in ms.
    let third: f64 = pauses[2].trim_end_matches('s').parse().unwrap_or_else(|_| panic!("{pauses:?}"));
    assert!(third >= 2.0, "{pauses:?}");
    let status = daemon.succeed(&["status"]);
    assert!(status.contains("FAILING") && status.contains("does not give UID"), "{status}");
    assert!(status.contains("none yet"), "{status}");
    daemon.stop();
}

#[test]
fn a_mail_that_was_set_aside_unread_is_processed_when_the_server_gives_it_at_last() {
    let mut daemon = before_scripted(&[
        Connection {
            faults: vec![
                ("UID FETCH 1:3 (UID B", Fault::Say("TAG NO cannot read it\r\n")),
                ("UID FETCH 2 (UID B", Fault::Say("TAG NO cannot read it\r\n")),
            ],
            ..good()
        },
        good(),
    ]);
    daemon.start();
    daemon
        .until("mail set aside", || (dispositions(&daemon) == ["2 unmatched", "1 set aside"]).then_some(()));
    daemon.kill();
    daemon.start();
    daemon.until("mail at last", || (dispositions(&daemon) == ["3 unmatched"]).then_some(()));
    daemon.stop();
}

#[test]
fn mails_that_were_stored_and_not_acknowledged_are_acknowledged_by_the_next_run() {
    let user = "service@fjord.example";
    let mail = |number: u32| {
        format!(
            "From: Dana <d@acme.example>\r\nSubject: Matter {number}\r\n\r\nThank you for number {number}.\r\n"
        )
    };
    for afterwards in ["keyword:Pairdesk", "move:Done"] {
        let dovecot = Dovecot::start();
        let old = mail(0);
        let append = format!("APPEND INBOX \"01-Nov-2019 12:00:00 +0000\" {{{}+}}\r\n{old}", old.len());
        dovecot.imap(user, &["CREATE Done", &append]);
        // Without a word to the mailbox the first run leaves what one does that is cut off before that word.
        let mailbox = imap_mailbox(dovecot.imap, user, "afterwards = \"nothing\"");
        let mut daemon = Daemon::configure("sqlite:pairdesk.db", &(mailbox + &smtp(2525)));
        dovecot.deliver(user, mail(1).as_bytes());
        dovecot.deliver(user, mail(2).as_bytes());
        daemon.start();
        daemon.until("both mails", || (dispositions(&daemon) == ["2 routine"]).then_some(()));
        daemon.kill();
        let path = daemon.path("pairdesk.toml");
        let config = std::fs::read_to_string(&path).unwrap();
        std::fs::write(&path, config.replace("\"nothing\"", &format!("\"{afterwards}\""))).unwrap();
        daemon.start();
        daemon.until("acknowledgement", || {
            let told = if afterwards == "move:Done" {
                dovecot.folder(user, "Done").len() == 2
            } else {
                let found = dovecot.imap(user, &["EXAMINE INBOX", "UID SEARCH KEYWORD Pairdesk"]);
                found.contains("* SEARCH 2 3\r\n")
            };
            told.then_some(())
        });
        assert_eq!(dispositions(&daemon), ["2 routine"]);
        daemon.stop();
        let there = dovecot.imap(user, &["EXAMINE INBOX", "UID SEARCH UNKEYWORD Pairdesk"]);
        assert!(there.contains("* SEARCH 1\r\n"), "the mail from before the first start is touched: {there}");
    }
}

#[test]
fn a_daemon_that_is_told_to_stop_logs_out() {
    let dovecot = Dovecot::start();
    let mailbox = imap_mailbox(dovecot.imap, "service@fjord.example", "");
    let mut daemon = Daemon::configure("sqlite:pairdesk.db", &(mailbox + &smtp(2525)));
    daemon.start();
    daemon.until("first look into the mailbox", || daemon.log().contains("first time").then_some(()));
    daemon.stop();
    daemon.until("logout", || dovecot.log().contains("Logged out").then_some(()));
}
