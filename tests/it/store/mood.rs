//! What moves the mood of accounts, as it is kept.

use super::*;
use pairdesk::classify::{Classification, Finding, Trace};
use pairdesk::effect::Commitment;
use pairdesk::intake::{ANSWERED, NOT_SETTLED};
use pairdesk::mood::{Act, Did, Heard, Record};
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
    let not_settled = format!("{NOT_SETTLED}: opened again");
    let lines = [
        line("Lee", ANSWERED),
        line("Kim", "takes it"),
        line("Pairdesk", "opened it"),
        line("Ann", &not_settled),
    ];
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
    let act = |who: &str, did| Act { case: 1, at: at(9), who: who.to_owned(), did };
    let expected = Record {
        heard: vec![
            heard(complaint, Some(1), 2, &[(Kind::Complaint, 0.875)]),
            heard(praise, None, 0, &[(Kind::Praise, 0.5)]),
            put_right,
        ],
        cases: vec![case(1, complaint)],
        acts: vec![act("Lee", Did::Answered), act("Kim", Did::Other), act("Ann", Did::NotSettled)],
    };
    assert_eq!(store.record(Some("acme"), at(0), 0.3).await.unwrap(), expected);
    assert_eq!(store.record(None, at(0), 0.3).await.unwrap(), expected, "of all accounts");
    assert_eq!(store.record(Some("borealis"), at(0), 0.3).await.unwrap(), Record::default());
    let later = store.record(None, at(20), 0.3).await.unwrap();
    assert_eq!((later.heard.len(), later.acts.len(), later.cases.len()), (0, 0, 1), "it is still unfinished");
}

pub async fn a_week_is_read_with_its_promises_what_was_put_right_and_what_was_not_sent(fresh: Fresh) {
    let store = &fresh.store;
    let mut tx = store.begin().await.unwrap();
    let mail = put_unfiled(&mut tx, &arrival("m1", b"m1"), &message("m1")).await;
    let promise = |words: &str, case, due: Option<&str>| {
        Effect::Committed(Commitment {
            account: "acme".to_owned(),
            case,
            by: "lee@firm.example".to_owned(),
            words: words.to_owned(),
            due: due.map(|due| due.parse().unwrap()),
            at: at(3),
        })
    };
    let effects = [
        filing(Disposition::Case, None),
        Effect::OpenCase(case(1, mail)),
        Effect::OpenCase(Case { state: State::Closed, ..case(2, mail) }),
        promise("By Friday.", Some(1), Some("2026-09-25")),
        promise("By Monday.", Some(2), Some("2026-09-28")),
        promise("By Tuesday.", None, Some("2026-09-29")),
        promise("Soon.", Some(1), None),
        Effect::Send(letter("l1", "lee@firm.example", Some(1), held())),
        Effect::Send(letter("l2", "kim@firm.example", None, held())),
        Effect::WeeklyMade { person: "maria@firm.example".to_owned(), at: at(5) },
        Effect::WeeklyMade { person: "maria@firm.example".to_owned(), at: at(9) },
    ];
    tx.perform(Some(mail), &effects, &composer(), at(0)).await.unwrap();
    assert_eq!(tx.weeklies().await.unwrap(), [("maria@firm.example".to_owned(), at(9))].into());
    tx.commit().await.unwrap();
    let claimed = store.claim_due(at(10), 1).await.unwrap();
    store.give_up(claimed[0].id, at(11), "refused for good").await.unwrap();
    let corrected = CorrectedMail {
        mail,
        labels: vec![Kind::Complaint, Kind::ChurnRisk],
        severity: None,
        who: "Olga".to_owned(),
        at: at(20),
        words: String::new(),
        said_in: None,
    };
    assert!(store.correct(&corrected).await.unwrap());

    let weeks = store.weeks(at(0), 0.3).await.unwrap();
    assert_eq!(weeks.first_mail, Some(at(0)));
    assert_eq!(weeks.record.cases.len(), 2);
    let promised: Vec<_> =
        weeks.promises.iter().map(|(_, words, _, case, finished)| (&**words, *case, *finished)).collect();
    assert_eq!(
        promised,
        [
            ("By Friday.", Some(1), Some(false)),
            ("By Monday.", Some(2), Some(true)),
            ("By Tuesday.", None, None)
        ]
    );
    let right = (at(20), "acme".to_owned(), "complaint, churn risk".to_owned(), Some(1));
    assert_eq!(weeks.put_right, [right]);
    let why = "refused for good".to_owned();
    assert_eq!(weeks.not_sent, [(at(0), "held".to_owned(), "lee@firm.example".to_owned(), why, Some(1))]);
    let later = store.weeks(at(30), 0.3).await.unwrap();
    assert_eq!((later.put_right.len(), later.not_sent.len(), later.promises.len()), (0, 0, 3));
    assert_eq!(store.weeklies().await.unwrap().len(), 1);
}
