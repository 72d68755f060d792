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
    daemon.until("notices of both good mails", || (sink.accepted().len() >= 6).then_some(()));
    let status = daemon.succeed(&["status"]);
    assert!(status.contains("2 case"), "{status}");
    let listed = status.contains("1 unmatched") || status.contains("1 set aside");
    assert!(listed && status.contains("no originator"), "the bad mail is not listed: {status}");
    daemon.stop();
}
