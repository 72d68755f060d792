//! Corrections: the newest word on a mail counts, and only readings of the present model are used.

use super::*;
use pairdesk::classify::Correction;
use pairdesk::store::{CorrectedMail, Reading};

async fn two_mails(fresh: &Fresh) -> (i64, i64) {
    let mut tx = fresh.store.begin().await.unwrap();
    let mails = (put(&mut tx, &message("m1"), None).await, put(&mut tx, &message("m2"), None).await);
    tx.commit().await.unwrap();
    mails
}

fn corrected(mail: i64, seconds: i64, labels: &[Kind]) -> CorrectedMail {
    CorrectedMail {
        mail,
        labels: labels.to_vec(),
        severity: None,
        who: "Olga <olga@firm.example>".to_owned(),
        at: at(seconds),
        words: "#1 wrong praise".to_owned(),
        said_in: None,
    }
}

fn reading(model: &str, first: f32) -> Reading {
    let logits = [-1.5, 0.25, f64::MIN_POSITIVE, -1e9, 3.0, 0.1, -0.7];
    Reading { model: model.to_owned(), vector: vec![first, -0.0, f32::EPSILON], logits }
}

pub async fn the_newest_word_on_a_mail_counts(fresh: Fresh) {
    let store = &fresh.store;
    let (one, two) = two_mails(&fresh).await;
    let severe = CorrectedMail {
        severity: Some(3),
        said_in: Some(two),
        ..corrected(one, 5, &[Kind::Complaint, Kind::ChurnRisk])
    };
    assert!(store.correct(&severe).await.unwrap());
    assert!(store.correct(&corrected(two, 2, &[])).await.unwrap());
    assert!(!store.correct(&corrected(one, 4, &[Kind::Praise])).await.unwrap(), "said before, read later");
    assert_eq!(store.corrections().await.unwrap(), [corrected(two, 2, &[]), severe]);
    let mut tx = store.begin().await.unwrap();
    assert!(tx.correct(&corrected(one, 6, &[Kind::Praise])).await.unwrap());
    tx.commit().await.unwrap();
    let all = store.corrections().await.unwrap();
    assert_eq!(all, [corrected(two, 2, &[]), corrected(one, 6, &[Kind::Praise])]);
    assert!(store.correct(&corrected(99_999, 1, &[])).await.is_err(), "there is no such mail");
}

pub async fn a_correction_is_used_with_the_present_models_reading_alone(fresh: Fresh) {
    let store = &fresh.store;
    let (one, two) = two_mails(&fresh).await;
    store.correct(&corrected(one, 5, &[Kind::Praise])).await.unwrap();
    store.correct(&corrected(two, 6, &[])).await.unwrap();
    assert_eq!(store.corrections_unread_by("a").await.unwrap(), [two, one]);
    store.keep_readings(&[(one, reading("a", 0.5)), (two, reading("a", 0.25))]).await.unwrap();
    assert_eq!(store.corrections_unread_by("a").await.unwrap(), [0_i64; 0]);
    assert_eq!(store.corrections_unread_by("b").await.unwrap(), [two, one]);
    store.keep_readings(&[(two, reading("b", 0.75))]).await.unwrap();
    let read = Correction {
        mail: one,
        at: at(5),
        vector: reading("a", 0.5).vector,
        logits: reading("a", 0.5).logits,
        wanted: vec![Kind::Praise],
    };
    assert_eq!(store.corrections_read_by("a").await.unwrap(), [read]);
    let of_b = store.corrections_read_by("b").await.unwrap();
    assert_eq!((of_b.len(), of_b[0].mail, of_b[0].vector[0]), (1, two, 0.75));
    assert!(store.keep_readings(&[(99_999, reading("a", 0.5))]).await.is_err(), "it was not corrected");
}

pub async fn a_populated_store_of_the_version_before_gets_the_tables_of_corrections(fresh: Fresh) {
    const OLDER: [&str; 4] = [
        "DROP TABLE refusal",
        "DROP TABLE token_key",
        "DROP TABLE correction_reading",
        "DROP TABLE correction",
    ];
    let (one, _) = two_mails(&fresh).await;
    let before = fresh.store.mail(one).await.unwrap();
    fresh.store.close().await;
    taken_back_to(&fresh.url, 3, &OLDER).await;
    let store = Store::open(&fresh.url).await.unwrap();
    assert_eq!(store.mail(one).await.unwrap(), before);
    assert!(store.correct(&corrected(one, 5, &[Kind::Praise])).await.unwrap());
    assert_eq!(store.corrections().await.unwrap().len(), 1);
}
