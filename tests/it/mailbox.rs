//! The mailbox against a real Dovecot.

use crate::harness::dovecot::Dovecot;

const MAIL: &[u8] = b"From: Ana <ana@acme.example>\r\nSubject: Hello\r\n\r\n.A dot, and text.\r\n";

#[test]
fn a_delivered_mail_lies_in_the_inbox_also_after_a_crash_of_the_server() {
    let mut server = Dovecot::start();
    server.deliver("info@firm.example", MAIL);
    server.kill();
    server.restart();
    let inbox = server.inbox("info@firm.example");
    assert_eq!(inbox.len(), 1);
    assert!(inbox[0].contains("\n.A dot, and text."), "{}", inbox[0]);
    let answers = server.imap("info@firm.example", &["CREATE Archive", "SELECT INBOX", "UID SEARCH ALL"]);
    assert!(answers.contains("* SEARCH 1\r\n"), "{answers}");
}
