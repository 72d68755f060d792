//! What moves the mood of accounts, as it is kept.

use super::*;
use pairdesk::classify::{Classification, Finding, Trace};
use pairdesk::intake::ANSWERED;
use pairdesk::mood::{Act, Heard, Record};
use pairdesk::store::CorrectedMail;

fn said(severity: u8, found: &[(Kind, f64)]) -> Classification {
    let finding = |(kind, probability): &(Kind, f64)| Finding {
        kind: *kind,
        probability: *probability,
        evidence: format!("It is {}.", kind.key()),
        words: Vec::new(),
    };
    Classification {
        findings: found.iter().map(finding).collect(),
        severity,
        model: "a test".to_owned(),
        trace: Trace::default(),
    }
}

fn heard(mail: i64, case: Option<i64>, severity: u8, found: &[(Kind, f64)]) -> Heard {
    Heard {
        mail,
        account: "acme".to_owned(),
        at: at(0),
        from: "ann".to_owned(),
        subject: "The feed".to_owned(),
        case,
        severity,
        found: found.iter().map(|(kind, p)| (*kind, *p, format!("It is {}.", kind.key()))).collect(),
        corrected: false,
    }
}

pub async fn what_moves_the_mood_is_read_by_account_and_corrections_take_the_place_of_findings(fresh: Fresh) {
    let store = &fresh.store;
    let mut tx = store.begin().await.unwrap();
    let complaint = put_unfiled(&mut tx, &arrival("m1", b"m1"), &message("m1")).await;
    tx.record_findings(complaint, &said(2, &[(Kind::Complaint, 0.875), (Kind::Praise, 0.25)])).await.unwrap();
    let open = [filing(Disposition::Case, None), Effect::OpenCase(case(1, complaint))];
    tx.perform(Some(complaint), &open, &composer(), at(0)).await.unwrap();
    let praise = put(&mut tx, &message("m2"), None).await;
    tx.record_findings(praise, &said(0, &[(Kind::Praise, 0.5)])).await.unwrap();
    let wrong = put(&mut tx, &message("m3"), None).await;
    tx.record_findings(wrong, &said(3, &[(Kind::Complaint, 0.75)])).await.unwrap();
    let machine = put_unfiled(&mut tx, &arrival("m4", b"m4"), &message("m4")).await;
    tx.record_findings(machine, &said(3, &[(Kind::Complaint, 1.0)])).await.unwrap();
    tx.perform(Some(machine), &[filing(Disposition::Duplicate, None)], &composer(), at(0)).await.unwrap();
    let line = |who: &str, what: &str| Effect::Record {
        case: 1,
        entry: Entry { at: at(9), who: who.to_owned(), what: what.to_owned(), why: String::new() },
    };
    let lines = [line("Lee", ANSWERED), line("Kim", "takes it"), line("Pairdesk", "opened it")];
    tx.perform(None, &lines, &composer(), at(9)).await.unwrap();
    tx.commit().await.unwrap();
    let corrected = CorrectedMail {
        mail: wrong,
        labels: vec![Kind::Praise],
        severity: Some(0),
        who: "Olga".to_owned(),
        at: at(5),
        words: "wrong praise".to_owned(),
        said_in: None,
    };
    assert!(store.correct(&corrected).await.unwrap());

    let put_right = Heard {
        found: vec![(Kind::Praise, 1.0, String::new())],
        corrected: true,
        ..heard(wrong, None, 0, &[])
    };
    let act = |who: &str, answer| Act { case: 1, at: at(9), who: who.to_owned(), answer };
    let expected = Record {
        heard: vec![
            heard(complaint, Some(1), 2, &[(Kind::Complaint, 0.875)]),
            heard(praise, None, 0, &[(Kind::Praise, 0.5)]),
            put_right,
        ],
        cases: vec![case(1, complaint)],
        acts: vec![act("Lee", true), act("Kim", false)],
    };
    assert_eq!(store.record(Some("acme"), at(0), 0.3).await.unwrap(), expected);
    assert_eq!(store.record(None, at(0), 0.3).await.unwrap(), expected, "of all accounts");
    assert_eq!(store.record(Some("borealis"), at(0), 0.3).await.unwrap(), Record::default());
    let later = store.record(None, at(20), 0.3).await.unwrap();
    assert_eq!((later.heard.len(), later.acts.len(), later.cases.len()), (0, 0, 1), "it is still unfinished");
}
