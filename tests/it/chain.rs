//! The main job, end to end, with real servers: a client's mail goes in by SMTP, and both owners read of it in their
//! own mailboxes.
//!
//! ```text
//! client -SMTP-> Postfix -LMTP-> Dovecot (service@) -IMAP, STARTTLS-> pairdesk -SMTP-> Postfix -LMTP-> Dovecot (kim@, lee@, ...)
//! ```

use crate::harness::daemon::{self, Daemon};
use crate::harness::dovecot::Dovecot;
use crate::harness::postgres;
use crate::harness::relay::Relay;

const COMPLAINT: &str = "From: Dana Reyes <dana@acme.example>\r\n\
To: service@fjord.example\r\n\
Subject: Still nobody here\r\n\
Message-ID: <angry-1@acme.example>\r\n\
Date: Tue, 10 Mar 2026 09:00:00 +0100\r\n\
\r\n\
Hello,\r\n\
\r\n\
we have lost all trust in your firm. Nobody turned up for the third time, and nobody answers the phone.\r\n\
We are terminating the contract and are moving to another provider.\r\n\
\r\n\
Dana\r\n";

const ROUTINE: &str = "From: Dana Reyes <dana@acme.example>\r\n\
To: service@fjord.example\r\n\
Subject: Invoice address\r\n\
Message-ID: <calm-1@acme.example>\r\n\
Date: Tue, 10 Mar 2026 08:00:00 +0100\r\n\
\r\n\
Hi, attached is the delivery note for Thursday. Kind regards, Dana\r\n";

fn a_complaint_reaches_both_owners(store: &str) {
    let dovecot = Dovecot::start();
    let relay = Relay::start(&dovecot);
    let mut carried = 0;
    let config = daemon::service(&dovecot, relay.port());
    let mut daemon = Daemon::configure(store, &config);
    daemon.start();
    daemon.until("first look into the mailbox", || daemon.log().contains("first time").then_some(()));

    relay.submit("dana@acme.example", "service@fjord.example", ROUTINE);
    relay.submit("dana@acme.example", "service@fjord.example", COMPLAINT);

    let mut notice = |owner: &str| {
        daemon.until(&format!("notice for {owner}"), || {
            relay.carry(&dovecot, &mut carried);
            dovecot.inbox(owner).into_iter().next()
        })
    };
    let (kim, lee, mona) =
        (notice("kim@fjord.example"), notice("lee@fjord.example"), notice("mona@fjord.example"));
    for mail in [&kim, &lee, &mona] {
        assert!(mail.contains("Auto-Submitted: auto-generated"), "{mail}");
        assert!(mail.contains("#1 "), "{mail}");
        assert!(mail.contains("Still nobody here"), "{mail}");
        assert!(mail.contains("terminating the contract"), "the sentence that shows it: {mail}");
    }
    assert!(kim.contains("X-Pairdesk-Letter: notice") && lee.contains("X-Pairdesk-Letter: notice"));
    assert!(mona.contains("X-Pairdesk-Letter: alert"));

    let cases = daemon.succeed(&["cases"]);
    assert!(cases.contains("#1") && !cases.contains("#2"), "{cases}");
    let shown = daemon.succeed(&["show", "#1"]);
    assert!(
        shown.contains("Kim Vos") && shown.contains("Lee Park") && shown.contains("Dana Reyes"),
        "{shown}"
    );
    let why = daemon.succeed(&["why", "1"]);
    assert!(why.contains("open_case") || why.contains("threshold"), "{why}");
    // Shadow mode: the client's acknowledgement waits as a draft, and nothing went to the client.
    assert!(dovecot.inbox("dana@acme.example").is_empty());
    // The mailbox is as it was, but for the configured keyword: nobody's unread mail looks read.
    let flags = daemon.until("keyword at both mails", || {
        let flags = dovecot.imap("service@fjord.example", &["EXAMINE INBOX", "UID FETCH 1:* (FLAGS)"]);
        let marked =
            flags.lines().filter(|line| line.contains("FETCH (") && line.contains("Pairdesk")).count();
        (marked == 2).then_some(flags)
    });
    let flags: String = flags.lines().filter(|line| line.contains("FETCH (")).collect();
    assert!(!flags.contains("\\Seen"), "{flags}");
    daemon.stop();
}

#[test]
fn a_complaint_sent_by_smtp_is_read_by_both_owners_in_their_own_mailboxes_with_sqlite() {
    a_complaint_reaches_both_owners("sqlite:pairdesk.db");
}

#[test]
fn a_complaint_sent_by_smtp_is_read_by_both_owners_in_their_own_mailboxes_with_postgresql() {
    a_complaint_reaches_both_owners(&postgres::fresh_database());
}
