//! Signatures that are known because the writer's earlier mails ended with them.

use pairdesk::classify::{Classification, Classifier, Finding};
use pairdesk::clock::Clock;
use pairdesk::config::Config;
use pairdesk::message::{self, Arrival, Cursor, Message, Place, cut_seen};
use pairdesk::worker::receive;
use proptest::prelude::*;

use super::{letters, line, options, plain};
use crate::harness::daemon::{Daemon, imap_mailbox, smtp};

/// A mail of these words, and what is kept of its end.
fn mail(text: &str) -> Message {
    message::read(&plain(&[text.to_owned()]), &options())
}

fn closing(text: &str) -> String {
    message::closing(&mail(text))
}

/// What remains of the second text after the first.
fn after(first: &str, second: &str) -> String {
    let mut mail = mail(second);
    cut_seen(&mut mail, &[closing("Unlike others."), closing(first)]);
    mail.reply
}

#[test]
fn what_ended_an_earlier_mail_is_a_signature() {
    for signature in [
        "Dana Reyes\nHead of Facilities\nAcme Foods",
        "Best regards,\nDana",
        "Mit freundlichen Grüßen\n\nDana Reyes\n\nAcme Foods Ltd.",
        "Thanks\nDana Reyes",
        "Dana Reyes\nAcme Foods\nBuilding 4",
    ] {
        let first = format!("The hall is fine.\n\n{signature}");
        let second = format!("Nobody came to us today.\n\n{}", signature.replace(' ', "  "));
        assert!(mail(&second).reply.contains("Dana"), "by shape it is none: {signature}");
        assert_eq!(after(&first, &second), "Nobody came to us today.", "{signature}");
    }
}

#[test]
fn what_a_phone_adds_below_does_not_hide_it() {
    let text = |said: &str| format!("{said}\n\nDana Reyes\nHead of Facilities\n\nSent from my iPhone");
    let mut second = mail(&text("Nobody came."));
    assert_eq!(second.signature, "Sent from my iPhone");
    cut_seen(&mut second, &[closing(&text("All is well."))]);
    assert_eq!(second.reply, "Nobody came.");
    assert_eq!(second.signature, "Dana Reyes\nHead of Facilities\n\nSent from my iPhone");
}

#[test]
fn words_that_say_something_are_kept_however_often_they_are_said() {
    for ending in [
        "Nobody turned up on Monday.\nPlease send somebody.",
        "Will you call me back?\nDana",
        "Nobody has called me about the second entrance yet\nDana",
        "Dana",
        "nobody came again\nDana",
    ] {
        let first = format!("This is my second letter.\n\n{ending}");
        let second = format!("This is my third letter.\n\n{ending}");
        assert_eq!(after(&first, &second), second);
    }
    let signature = "Best regards,\nDana";
    assert_eq!(after(&format!("All is well.\n\n{signature}"), signature), signature, "never the whole");
    let other = "It is down.\n\nDana Reyes\nHead of Procurement";
    assert_eq!(after("All is well.\n\nDana Reyes\nHead of Facilities", other), other, "another signature");
}

#[test]
fn what_is_kept_of_an_end_is_short() {
    let lines = (0..40).map(|n| format!("Line number {n}")).collect::<Vec<_>>().join("\n\n");
    assert_eq!(closing(&lines).lines().count(), 8);
    assert!(closing(&lines).ends_with("Line number 38\nLine number 39"));
    let long = format!("{}\n{}\nDana", "a".repeat(400), "b".repeat(400));
    assert_eq!(closing(&long), format!("{}\nDana", "b".repeat(400)));
    let machine = b"From: a@b.example\nAuto-Submitted: auto-replied\n\nI am away.\nDana\n";
    assert_eq!(message::closing(&message::read(machine, &options())), "");
}

/// Lines as the ends of mails have them.
fn ending() -> impl Strategy<Value = Vec<String>> {
    let line = prop_oneof![
        line(),
        Just("Dana Reyes".to_owned()),
        Just("Head of Facilities".to_owned()),
        Just("Best regards".to_owned()),
        Just(String::new()),
    ];
    proptest::collection::vec(line, 0..10)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 256, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn cutting_what_was_seen_loses_nothing_and_is_done_once(
        first in ending(), second in ending(), end in ending()
    ) {
        let of = |begin: &[String]| message::read(&plain(&[begin, &end[..]].concat()), &options());
        let earlier = [message::closing(&of(&first)), first.join("\n")];
        let whole = of(&second);
        let mut once = whole.clone();
        cut_seen(&mut once, &earlier);
        prop_assert_eq!(letters(&[&once.reply, &once.signature]), letters(&[&whole.reply, &whole.signature]));
        prop_assert!(whole.reply.starts_with(&once.reply));
        prop_assert!(once.reply.is_empty() == whole.reply.is_empty(), "the whole reply is never moved");
        let mut twice = once.clone();
        cut_seen(&mut twice, &earlier);
        prop_assert_eq!(once, twice);
    }
}

/// Takes one batch of Acme's mails; gives what was read of each, with its number in the store.
async fn take(desk: &pairdesk::worker::Desk, first_uid: u32, texts: &[String]) -> Vec<(i64, Message)> {
    let now = desk.clock.now();
    let arrivals = (first_uid..).zip(texts).map(|(uid, text)| {
        let raw = format!(
            "From: Dana <Dana@acme.example>\r\nTo: service@fjord.example\r\nSubject: Hall {uid}\r\n\
             Message-ID: <{uid}@acme.example>\r\n\r\n{text}\r\n"
        );
        let place = Place { mailbox: "service/INBOX".into(), validity: 1, key: uid.to_string() };
        let full_size = raw.len() as u64;
        Arrival { place, raw: raw.into_bytes(), full_size, received_at: Some(now), sent_folder: false }
    });
    let last_uid = first_uid + u32::try_from(texts.len()).unwrap();
    let cursor = Cursor { validity: 1, last_uid, since: now, started_at: now };
    let outcomes = receive::take(desk, arrivals.collect(), "service/INBOX", cursor).await.unwrap();
    outcomes.into_iter().map(|outcome| (outcome.mail, outcome.message.unwrap())).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_mail_that_comes_in_is_classified_without_the_signature_that_its_writer_is_known_by() {
    const SIGNATURE: &str = "Dana Reyes\nUnacceptable Risk and Complaints\nTerminating Contracts Team";
    let daemon = Daemon::configure(
        "sqlite:pairdesk.db",
        &(imap_mailbox(1, "service@fjord.example", "") + &smtp(2525)),
    );
    let config = Config::load(&daemon.path("pairdesk.toml")).unwrap();
    let desk = pairdesk::daemon::desk(&config, Clock::System).await.unwrap();
    let text = |said: &str| format!("{said}\r\n\r\n{}", SIGNATURE.replace('\n', "\r\n"));
    let said = "The delivery note for Thursday is attached.";

    let first = take(&desk, 1, &[text("See you next week.")]).await;
    assert!(first[0].1.reply.contains(SIGNATURE), "it has not been seen: {:?}", first[0].1.reply);
    let both = take(&desk, 2, &[text(said), "All is well.".to_owned()]).await;
    let (mail, read) = &both[0];
    assert_eq!((read.reply.as_str(), read.signature.as_str()), (said, SIGNATURE));
    let findings = desk.store.mail(*mail).await.unwrap().unwrap().findings.unwrap();
    let parts = |said: &Classification| {
        let part =
            |found: &Finding| (found.kind, found.evidence.clone(), format!("{:.9}", found.probability));
        said.findings.iter().map(part).collect::<Vec<_>>()
    };
    let of = |text: &str| parts(&Classifier::built_in().classify("Hall 2", text));
    assert_eq!(parts(&findings.classification), of(said));
    assert_ne!(parts(&findings.classification), of(&text(said)), "the signature would change it");

    let other = "Wendy Hall\r\nAcme Hall Services";
    let batch = ["It is fine.", "It is done."].map(|said| format!("{said}\r\n\r\n{other}"));
    let same = take(&desk, 10, &batch).await;
    assert_eq!(same[1].1.reply, "It is done.", "the mails of a batch know each other, too");
}
