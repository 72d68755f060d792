//! Handing mails over: each failure of a server is told apart, and what was accepted is what was written.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use jiff::SignedDuration;
use pairdesk::clock::Clock;
use pairdesk::config;
use pairdesk::effect::OutgoingMail;
use pairdesk::outbox::{Failure, FailureKind};
use pairdesk::smtp::{Secret, Settings, Tls, Transport, probe};
use pairdesk::store::Store;
use pairdesk::worker::tokens::Keeper;

use crate::harness::dovecot::Dovecot;
use crate::harness::postfix::Postfix;
use crate::harness::sink::{self, Fault, Options, Sink};

fn mail() -> OutgoingMail {
    OutgoingMail {
        message_id: "one@fjord.example".to_owned(),
        envelope_from: Some("service@fjord.example".to_owned()),
        envelope_to: "kim@fjord.example".to_owned(),
        subject: "Hello".to_owned(),
        bytes: b"Subject: Hello\r\nMessage-ID: <one@fjord.example>\r\n\r\n.a line with a dot\r\nthe SECRET text\r\n"
            .to_vec(),
        fallen_back: None,
    }
}

fn settings(sink: &Sink) -> Settings {
    Settings {
        host: "localhost".to_owned(),
        port: sink.port,
        tls: Tls::None,
        ca_file: None,
        login: None,
        hello: Some("pairdesk.test".to_owned()),
        timeout: Duration::from_secs(20),
        text_timeout: Duration::from_secs(20),
    }
}

async fn failure(fault: Fault, timeout: Duration, text_timeout: Duration) -> Failure {
    let sink = Sink::start();
    sink.script([Some(fault)]);
    let transport = Transport::smtp(Settings { timeout, text_timeout, ..settings(&sink) });
    let failure = transport.send(&mail()).await.expect_err("the sink was told to fail");
    assert!(!failure.text.contains("SECRET"), "{}", failure.text);
    failure
}

#[tokio::test]
async fn each_failure_of_the_server_is_told_apart() {
    use FailureKind::{Permanent, Server, Transient, Unknown};
    let cases = [
        (Fault::Sender(451), Transient, "MAIL FROM"),
        (Fault::Sender(553), Permanent, "MAIL FROM"),
        (Fault::Sender(530), Server, "MAIL FROM"),
        (Fault::Recipient(450), Transient, "RCPT TO"),
        (Fault::Recipient(550), Permanent, "RCPT TO"),
        (Fault::Recipient(421), Transient, "RCPT TO"),
        (Fault::Text(421), Transient, "421"),
        (Fault::Text(451), Transient, "451"),
        (Fault::Text(552), Permanent, "552"),
        (Fault::OddAcceptance(354), Unknown, "expected 250"),
        (Fault::DropBeforeDot, Unknown, "handing over the text"),
        (Fault::DropAfterDot, Unknown, "handing over the text"),
    ];
    for (fault, kind, words) in cases {
        let failure = failure(fault, Duration::from_secs(20), Duration::from_secs(20)).await;
        assert_eq!(failure.kind, kind, "{fault:?}: {}", failure.text);
        assert!(failure.text.contains(words), "{fault:?}: {}", failure.text);
    }
}

#[tokio::test]
async fn a_server_that_never_answers_is_left_after_the_time_of_the_step() {
    let (short, long) = (Duration::from_secs(3), Duration::from_secs(6));
    let (at_recipient, after_dot) =
        tokio::join!(failure(Fault::HangAtRecipient, short, long), failure(Fault::HangAfterDot, short, long));
    assert_eq!(at_recipient.kind, FailureKind::Transient, "{}", at_recipient.text);
    assert!(at_recipient.text.contains("no answer within 3 s"), "{}", at_recipient.text);
    assert_eq!(after_dot.kind, FailureKind::Unknown, "{}", after_dot.text);
    assert!(after_dot.text.contains("no answer within 6 s"), "{}", after_dot.text);
}

#[tokio::test]
async fn the_answer_to_the_final_dot_has_ten_minutes_whatever_the_configuration_says() {
    let folder = tempfile::tempdir().unwrap();
    let store = Store::open(&format!("sqlite:{}/desk.db", folder.path().display())).await.unwrap();
    let tokens = Keeper::new(store, Clock::System);
    for (configured, text) in [(5, 600), (30, 600), (1200, 1200)] {
        let server = config::Server {
            host: "localhost".to_owned(),
            port: 25,
            tls: Tls::None,
            ca_file: None,
            timeout: SignedDuration::from_secs(configured),
        };
        let settings = config::Submission { server, login: None, hello: None }.settings(&tokens);
        assert_eq!(settings.timeout, Duration::from_secs(configured.unsigned_abs()));
        assert_eq!(settings.text_timeout, Duration::from_secs(text), "RFC 5321 §4.5.3.2.6");
    }
}

#[tokio::test]
async fn a_failure_does_not_touch_the_next_mail() {
    let sink = Sink::start();
    let transport = Transport::smtp(settings(&sink));
    sink.script([Some(Fault::Recipient(550)), None, Some(Fault::DropAfterDot), None]);
    for good in [false, true, false, true] {
        assert_eq!(transport.send(&mail()).await.is_ok(), good);
    }
    let answered: Vec<_> = sink.accepted().iter().map(|mail| mail.answered).collect();
    assert_eq!(answered, [true, false, true], "the second was accepted without the sender knowing");
}

#[tokio::test]
async fn the_accepted_mail_is_byte_for_byte_the_written_one() {
    let sink = Sink::start();
    let transport = Transport::smtp(settings(&sink));
    let answer = transport.send(&mail()).await.unwrap();
    let reply = OutgoingMail { envelope_from: None, ..mail() };
    transport.send(&reply).await.unwrap();

    assert_eq!(answer, "250 2.0.0 queued as 1");
    let accepted = sink.accepted();
    assert_eq!(accepted[0].bytes, mail().bytes);
    assert_eq!(accepted[0].header("message-id").as_deref(), Some("<one@fjord.example>"));
    assert_eq!(
        (accepted[0].from.as_str(), &accepted[0].to[..]),
        ("service@fjord.example", &["kim@fjord.example".to_owned()][..])
    );
    assert_eq!(accepted[1].from, "", "the null reverse-path");
}

#[tokio::test]
async fn no_server_is_a_failure_of_the_server_with_its_address_and_what_to_do() {
    let port = {
        let sink = Sink::start();
        sink.port
    };
    let sink = Sink::start();
    let transport = Transport::smtp(Settings { port, ..settings(&sink) });
    let failure = transport.send(&mail()).await.unwrap_err();
    assert_eq!(failure.kind, FailureKind::Server);
    assert!(failure.text.ends_with("set tls to \"implicit\""), "{}", failure.text);
    assert!(failure.text.starts_with(&format!("connecting at localhost:{port}: ")), "{}", failure.text);
}

#[tokio::test]
async fn an_address_that_smtp_cannot_carry_is_given_up_without_a_connection() {
    let sink = Sink::start();
    let transport = Transport::smtp(settings(&sink));
    let bad =
        OutgoingMail { envelope_to: "kim@fjord.example>\r\nRCPT TO:<eve@evil.example".to_owned(), ..mail() };
    let failure = transport.send(&bad).await.unwrap_err();
    assert_eq!(failure.kind, FailureKind::Permanent, "{}", failure.text);
    let unicode = OutgoingMail { envelope_to: "kïm@fjord.example".to_owned(), ..mail() };
    let failure = transport.send(&unicode).await.unwrap_err();
    assert_eq!(failure.kind, FailureKind::Permanent, "{}", failure.text);
    assert!(failure.text.contains("SMTPUTF8"), "{}", failure.text);
    assert!(sink.accepted().is_empty());
}

#[tokio::test]
async fn tls_and_login_come_before_the_mail() {
    for (theirs, ours) in [(sink::Tls::Implicit, Tls::Implicit), (sink::Tls::StartTls, Tls::StartTls)] {
        let login = ("service".to_owned(), "open sesame".to_owned());
        let sink = Sink::start_with(Options { tls: theirs, login: Some(login.clone()) });
        let login = Some((login.0, Secret::new(login.1).into()));
        let good = Settings { tls: ours, login, ca_file: Some(sink.certificate()), ..settings(&sink) };
        Transport::smtp(good.clone()).send(&mail()).await.unwrap();
        let accepted = sink.accepted();
        assert!(accepted[0].encrypted);
        assert_eq!(accepted[0].login.as_deref(), Some("service"));
        assert_eq!(probe(&good).await, []);

        let wrong =
            Settings { login: Some(("service".to_owned(), Secret::new("hunter2").into())), ..good.clone() };
        let failure = Transport::smtp(wrong.clone()).send(&mail()).await.unwrap_err();
        // A wrong password is no fault of the mail: it waits until the password is right.
        assert_eq!(failure.kind, FailureKind::Server, "{}", failure.text);
        assert!(failure.text.starts_with("logging in at localhost:"), "{}", failure.text);
        assert!(!format!("{failure:?} {wrong:?}").contains("hunter2"));
        let findings = probe(&wrong).await;
        assert!(findings[0].remedy.contains("check the user name and the password"), "{findings:?}");

        let untrusted = Settings { ca_file: None, ..good.clone() };
        let failure = Transport::smtp(untrusted.clone()).send(&mail()).await.unwrap_err();
        assert_eq!(failure.kind, FailureKind::Server, "{}", failure.text);
        let findings = probe(&untrusted).await;
        assert!(findings[0].remedy.contains("ca_file"), "{findings:?}");
        assert_eq!(sink.accepted().len(), 1);
    }
}

#[tokio::test]
async fn a_server_without_starttls_gets_neither_password_nor_mail() {
    let login = ("service".to_owned(), "open sesame".to_owned());
    let sink = Sink::start_with(Options { tls: sink::Tls::None, login: Some(login.clone()) });
    let login = Some((login.0, Secret::new(login.1).into()));
    let settings =
        Settings { tls: Tls::StartTls, login, ca_file: Some(sink.certificate()), ..settings(&sink) };
    let failure = Transport::smtp(settings.clone()).send(&mail()).await.unwrap_err();
    assert!(failure.text.contains("does not offer STARTTLS"), "{}", failure.text);
    assert!(sink.accepted().is_empty());
    assert!(probe(&settings).await[0].remedy.contains("587"));
}

#[tokio::test]
async fn plain_text_to_another_machine_is_refused_before_connecting() {
    let sink = Sink::start();
    let transport = Transport::smtp(Settings { host: "mail.fjord.example".to_owned(), ..settings(&sink) });
    let failure = transport.send(&mail()).await.unwrap_err();
    assert!(failure.text.contains("refused to speak without TLS"), "{}", failure.text);
}

#[tokio::test]
async fn a_maildir_a_recipient_keeps_each_mail_once() {
    let folder = tempfile::tempdir().unwrap();
    let transport = Transport::Maildir(folder.path().to_owned());
    transport.send(&mail()).await.unwrap();
    transport.send(&mail()).await.unwrap();
    let evil = OutgoingMail {
        envelope_to: "../../etc/x@evil.example".to_owned(),
        message_id: "../up".to_owned(),
        ..mail()
    };
    transport.send(&evil).await.unwrap();

    let new = folder.path().join("kim@fjord.example/new");
    let files: Vec<_> = std::fs::read_dir(&new).unwrap().map(|entry| entry.unwrap().path()).collect();
    assert_eq!(files.len(), 1);
    assert_eq!(std::fs::read(&files[0]).unwrap(), mail().bytes);
    let mut recipients: Vec<_> =
        std::fs::read_dir(folder.path()).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    recipients.sort();
    assert_eq!(recipients, ["_.._.._etc_x@evil.example", "kim@fjord.example"]);
}

#[tokio::test]
async fn memory_keeps_mails_in_the_order_of_sending() {
    let kept = Arc::new(Mutex::new(Vec::new()));
    let transport = Transport::Memory(Arc::clone(&kept));
    transport.send(&mail()).await.unwrap();
    assert_eq!(*kept.lock().unwrap(), [mail()]);
}

#[tokio::test]
async fn chance_fails_about_as_often_as_told_and_always_in_the_same_places() {
    let mut outcomes = Vec::new();
    for _ in 0..2 {
        let sink = Sink::start();
        sink.fail_now_and_then(300, 7);
        let transport = Transport::smtp(settings(&sink));
        let mut failed = Vec::new();
        for number in 0..60 {
            if transport.send(&mail()).await.is_err() {
                failed.push(number);
            }
        }
        assert_eq!(sink.faults(), failed.len() as u64);
        assert!((6..30).contains(&failed.len()), "{failed:?}");
        sink.recover();
        transport.send(&mail()).await.expect("nothing goes wrong any more");
        outcomes.push(failed);
    }
    assert_eq!(outcomes[0], outcomes[1]);
}

#[tokio::test]
async fn a_mail_goes_through_postfix_and_lmtp_into_a_mailbox() {
    if !Postfix::possible() {
        eprintln!("left out: Postfix starts only as root");
        return;
    }
    let dovecot = Dovecot::start();
    let postfix = Postfix::start(dovecot.lmtp);
    let settings = Settings {
        host: "localhost".to_owned(),
        port: postfix.port,
        tls: Tls::StartTls,
        ca_file: Some(postfix.certificate()),
        login: None,
        hello: None,
        timeout: Duration::from_secs(30),
        text_timeout: Duration::from_secs(30),
    };
    assert_eq!(probe(&settings).await, []);
    let answer = Transport::smtp(settings).send(&mail()).await.unwrap();
    assert!(answer.starts_with("250 2.0.0 Ok: queued as "), "{answer}");

    let begun = std::time::Instant::now();
    while dovecot.inbox("kim@fjord.example").is_empty() {
        assert!(begun.elapsed() < Duration::from_secs(30), "{}", postfix.log());
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    let inbox = dovecot.inbox("kim@fjord.example");
    assert!(inbox[0].contains("Return-Path: <service@fjord.example>"), "{}", inbox[0]);
    assert!(inbox[0].ends_with("\n\n.a line with a dot\nthe SECRET text\n"), "{}", inbox[0]);
}
