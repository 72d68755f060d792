//! What was kept for long enough goes: bytes, then texts; a case that is not finished keeps what belongs to it.

use jiff::SignedDuration;
use pairdesk::case::Side;
use pairdesk::effect::Disposition;
use pairdesk::schedule::Retention;
use pairdesk::worker::retain;

use super::{COMPLAINT, Policy, Stage, mail};

const DAY: SignedDuration = SignedDuration::from_hours(24);

fn policy() -> Policy {
    Policy { retention: Retention { raw: Some(DAY * 30), text: Some(DAY * 90) }, ..Policy::default() }
}

async fn days_later(stage: &Stage, days: i32) {
    stage.clock.set(stage.desk.clock.now() + DAY * days);
    while retain::step(&stage.desk).await.unwrap() {}
}

async fn bytes_go_first_and_texts_later_and_numbers_stay(mut stage: Stage) {
    let thanks =
        mail("Bob Stone <bob@acme.example>", "b1@acme.example", "Keys", "Thank you, the keys have come.");
    stage.take(&thanks).await;
    stage.take(&mail("Dana Ruiz <dana@acme.example>", "d1@acme.example", "The report", COMPLAINT)).await;
    let store = stage.desk.store.clone();
    let before = store.mail(1).await.unwrap().unwrap();

    days_later(&stage, 29).await;
    assert!(store.raw_mail(1).await.unwrap().is_some());
    days_later(&stage, 2).await;
    assert_eq!(store.raw_mail(1).await.unwrap(), None);
    assert_eq!(store.mail(1).await.unwrap().unwrap(), before, "the text is kept for longer");
    assert!(store.raw_mail(2).await.unwrap().is_some(), "its case is not finished");

    days_later(&stage, 70).await;
    let after = store.mail(1).await.unwrap().unwrap().mail;
    assert_eq!((after.from.address.as_str(), after.subject.as_str(), after.excerpt.as_str()), ("", "", ""));
    assert_eq!(
        (after.disposition, after.came_at, after.account.as_deref()),
        (before.mail.disposition, before.mail.came_at, Some("acme"))
    );
    assert!(!stage.everything().await.contains("the keys have come"));
    assert_eq!(store.mail(2).await.unwrap().unwrap().mail.subject, "The report");

    // Finished, and then for long enough.
    let now = stage.desk.clock.now().as_millisecond();
    stage.run(&format!("UPDATE cases SET state = 'closed', changed_at = {now}")).await;
    stage.run("UPDATE outbox SET state = 'sent'").await;
    days_later(&stage, 31).await;
    assert_eq!(store.raw_mail(2).await.unwrap(), None);
    assert_eq!(store.mail(2).await.unwrap().unwrap().mail.subject, "The report");
    days_later(&stage, 60).await;
    let detail = store.case_detail(1).await.unwrap().unwrap();
    assert_eq!(
        (detail.case.subject.as_str(), detail.case.client.as_str(), detail.case.evidence.as_str()),
        ("", "", "")
    );
    assert_eq!((detail.case.severity > 0, detail.case.lead), (true, Side::Operations));
    assert!(
        detail.entries.iter().any(|(entry, _)| entry.what.starts_with("opened as complaint")),
        "{:?}",
        detail.entries
    );
    let left = stage.everything().await;
    for trace in ["dana ruiz", "dana@acme.example", "three weeks late", "bob stone", "b1@acme.example"] {
        assert!(!left.contains(trace), "{trace} is left");
    }
    let gone = store.status().await.unwrap().gone;
    let numbers: Vec<_> = gone.iter().map(|gone| gone.number).collect();
    assert_eq!(numbers[..2], [2, 2], "{gone:?}");

    // Its hash stays: the mail is known again.
    stage.take(&thanks).await;
    assert_eq!(store.mail(3).await.unwrap().unwrap().mail.disposition, Disposition::Duplicate);
}

async fn many_mails_go_in_portions_each_once(mut stage: Stage) {
    let mut arrivals = Vec::new();
    for number in 0..450 {
        let raw =
            format!("From: Some <some@nowhere.example>\r\nMessage-ID: <{number}@x>\r\n\r\n{number}\r\n");
        arrivals.push(stage.arrival(raw.as_bytes(), false));
    }
    stage.take_all(arrivals).await;
    stage.clock.set(stage.desk.clock.now() + DAY * 31);
    let store = stage.desk.store.clone();
    let now = stage.desk.clock.now();
    let kept = pairdesk::store::Retained::Raw;
    let before = now - DAY * 30;
    let mut portions = Vec::new();
    while let (gone, true) = store.let_go(kept, before, now).await.unwrap() {
        portions.push(gone);
    }
    assert_eq!(portions, [200, 200], "the rest of fifty was the last");
    assert_eq!(store.let_go(kept, before, now).await.unwrap(), (0, false));
    assert_eq!(store.status().await.unwrap().gone[0].number, 450);
}

macro_rules! on_both_databases {
    ($($name:ident),+ $(,)?) => {
        mod sqlite {
            $(#[tokio::test(flavor = "multi_thread")]
            async fn $name() {
                super::$name(super::Stage::sqlite(super::policy()).await).await;
            })+
        }
        mod postgresql {
            $(#[tokio::test(flavor = "multi_thread")]
            async fn $name() {
                super::$name(super::Stage::postgres(super::policy()).await).await;
            })+
        }
    };
}

on_both_databases! {
    bytes_go_first_and_texts_later_and_numbers_stay,
    many_mails_go_in_portions_each_once,
}
