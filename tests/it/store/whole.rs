//! Transactions, cases, and what is listed of everything together.

use super::*;
use pairdesk::case::{CaseClock, Goal, Reminded, Step};
use pairdesk::message::Cursor;
use pairdesk::store::{CaseFilter, ErrorKind, OutboxState};

pub async fn a_case_comes_back_as_it_was_written(fresh: Fresh) {
    let mut tx = fresh.store.begin().await.unwrap();
    let mail = put(&mut tx, &message("m1"), None).await;
    let opened = case(1, mail);
    tx.perform(Some(mail), &[Effect::OpenCase(opened.clone())], &composer(), at(0)).await.unwrap();
    tx.commit().await.unwrap();
    assert_eq!(fresh.store.cases(&CaseFilter::default()).await.unwrap(), [opened]);

    let changed = Case {
        number: 1,
        account: "borealis".to_owned(),
        conversation: mail,
        kind: Kind::ChurnRisk,
        severity: 3,
        probability: 0.5,
        please_check: true,
        lead: Side::Sales,
        state: State::Resolved,
        subject: "Ends".to_owned(),
        evidence: "We leave.".to_owned(),
        client: "Bob <bob@acme.example>".to_owned(),
        opened_at: at(1),
        changed_at: at(2),
        answered_at: Some(at(3)),
        told_at: Some(at(4)),
        alerted_at: Some(at(5)),
        wakes_at: None,
        lead_person: None,
        taken_by: None,
        clock: CaseClock {
            again_at: Some(at(6)),
            reminded: Some(Reminded { goal: Goal::Resolution, step: Step::Partner, at: at(7) }),
            quiet: true,
            held_at: Some(at(8)),
            called_in_at: Some(at(9)),
            taken_at: Some(at(10)),
            follow_up: pairdesk::case::CaseFollowUp {
                resolved_at: Some(at(11)),
                reopened: 2,
                thanked: true,
                still_working: 1,
                still_working_at: Some(at(12)),
                watched_until: Some(at(13)),
            },
        },
    };
    perform(&fresh.store, &[Effect::ChangeCase(changed.clone())]).await;
    assert_eq!(fresh.store.case_detail(1).await.unwrap().unwrap().case, changed);
    assert_eq!(fresh.store.case_detail(2).await.unwrap(), None);

    let filter =
        |account: Option<&str>, unfinished| CaseFilter { account: account.map(str::to_owned), unfinished };
    assert_eq!(fresh.store.cases(&filter(Some("borealis"), false)).await.unwrap().len(), 1);
    assert_eq!(fresh.store.cases(&filter(Some("acme"), false)).await.unwrap(), []);
    assert_eq!(fresh.store.cases(&filter(None, true)).await.unwrap(), []);
}

pub async fn every_effect_is_carried_out(fresh: Fresh) {
    let mut tx = fresh.store.begin().await.unwrap();
    let first = put(&mut tx, &message("m1"), None).await;
    let mail = put_unfiled(&mut tx, &arrival("m2", b"m2"), &reply("m2", "m1")).await;
    let opening = [Effect::OpenCase(case(1, first))];
    tx.perform(Some(first), &opening, &composer(), at(0)).await.unwrap();
    let effects = [
        filing(Disposition::Case, Some(first)),
        Effect::ChangeCase(Case { severity: 3, ..case(1, first) }),
        Effect::OpenCase(Case { kind: Kind::ExtraWork, ..case(2, first) }),
        Effect::Record { case: 1, entry: entry("Raised", 7) },
        Effect::Send(letter("l1", "olga@firm.example", Some(1), held())),
        Effect::Send(letter("l2", "sam@firm.example", Some(1), held())),
        Effect::Draft(letter("l3", "ann@acme.example", Some(2), received())),
        Effect::DigestMade { person: "olga@firm.example".to_owned(), at: at(8) },
    ];
    let performed = tx.perform(Some(mail), &effects, &composer(), at(9)).await.unwrap();
    assert_eq!(performed.outgoing, 2);
    tx.commit().await.unwrap();

    let store = &fresh.store;
    let filed = store.mail(mail).await.unwrap().unwrap();
    assert_eq!((filed.mail.disposition, filed.mail.conversation), (Disposition::Case, Some(first)));
    assert_eq!(filed.cases, [1, 2]);
    let detail = store.case_detail(1).await.unwrap().unwrap();
    assert_eq!(detail.case.severity, 3);
    assert_eq!(detail.mails.iter().map(|line| line.id).collect::<Vec<_>>(), [first, mail]);
    assert_eq!(detail.entries, [(entry("Raised", 7), Some(mail))]);
    assert_eq!(
        detail.outgoing.iter().map(|line| line.to.as_str()).collect::<Vec<_>>(),
        ["olga@firm.example", "sam@firm.example"]
    );
    let due = store.outgoing(OutboxState::Pending).await.unwrap();
    assert!(due.iter().all(|line| (line.written_at, line.next_attempt_at) == (at(0), at(9))));
    let expected = composer().finish(&letter("l1", "olga@firm.example", Some(1), held()));
    assert_eq!(store.outgoing_bytes(due[0].id).await.unwrap(), Some(expected.bytes));
    assert_eq!(due[0].message_id, expected.message_id);
    let drafts = store.outgoing(OutboxState::Draft).await.unwrap();
    assert_eq!((drafts.len(), drafts[0].case, drafts[0].sort.as_str()), (1, Some(2), "received"));
    let agenda = store.agenda(&[], at(9)).await.unwrap();
    assert_eq!(agenda.digests.get("olga@firm.example"), Some(&at(8)));
}

pub async fn a_transaction_that_is_dropped_leaves_nothing(fresh: Fresh) {
    let mut tx = fresh.store.begin().await.unwrap();
    for id in ["m1", "m2"] {
        let mail = put(&mut tx, &message(id), None).await;
        let number = if id == "m1" { 1 } else { 2 };
        let effects = [
            Effect::OpenCase(case(number, mail)),
            Effect::Send(letter(id, "olga@firm.example", Some(number), held())),
        ];
        tx.perform(Some(mail), &effects, &composer(), at(0)).await.unwrap();
    }
    let cursor = Cursor { validity: 7, last_uid: 2, since: at(0), started_at: at(0) };
    tx.set_cursor("service/INBOX", cursor).await.unwrap();
    drop(tx);
    let status = fresh.store.status().await.unwrap();
    assert_eq!(status, pairdesk::store::Status::default());
    assert_eq!(fresh.store.cursor("service/INBOX").await.unwrap(), None);
}

pub async fn a_failed_statement_spoils_the_commit(fresh: Fresh) {
    let mut tx = fresh.store.begin().await.unwrap();
    let mail = put(&mut tx, &message("m1"), None).await;
    let twice = [Effect::OpenCase(case(1, mail)), Effect::OpenCase(case(1, mail))];
    let error = tx.perform(Some(mail), &twice, &composer(), at(0)).await.unwrap_err();
    assert_eq!(error.kind, ErrorKind::Data);
    assert_eq!(tx.commit().await.unwrap_err().kind, ErrorKind::Other);
    assert_eq!(fresh.store.status().await.unwrap().mails, []);

    let mut tx = fresh.store.begin().await.unwrap();
    let mail = put(&mut tx, &message("m1"), None).await;
    let missing = [Effect::ChangeCase(case(9, mail))];
    let error = tx.perform(Some(mail), &missing, &composer(), at(0)).await.unwrap_err();
    assert_eq!(error.to_string(), "changing a case: there is no case #9 to change");
    assert!(tx.commit().await.is_err());
    let mut tx = fresh.store.begin().await.unwrap();
    let unfounded = [filing(Disposition::Routine, None)];
    assert!(tx.perform(None, &unfounded, &composer(), at(0)).await.is_err());
    assert!(tx.commit().await.is_err());
    assert_eq!(fresh.store.status().await.unwrap().mails, []);
}

pub async fn a_failed_mail_is_undone_and_those_before_it_stay(fresh: Fresh) {
    let mut tx = fresh.store.begin().await.unwrap();
    tx.mark().await.unwrap();
    let good = put(&mut tx, &message("m1"), None).await;
    tx.perform(Some(good), &[Effect::OpenCase(case(1, good))], &composer(), at(0)).await.unwrap();
    tx.mark().await.unwrap();
    let bad = put(&mut tx, &message("m2"), None).await;
    assert!(tx.perform(Some(bad), &[Effect::OpenCase(case(1, bad))], &composer(), at(0)).await.is_err());
    tx.back_to_mark().await.unwrap();
    tx.set_aside(&arrival("m2", b"m2"), "the store refused it", at(0))
        .await
        .unwrap()
        .expect("its place is free");
    tx.mark().await.unwrap();
    put(&mut tx, &message("m3"), None).await;
    tx.mark().await.unwrap();
    put(&mut tx, &message("m4"), None).await;
    tx.back_to_mark().await.unwrap();
    tx.commit().await.unwrap();
    let status = fresh.store.status().await.unwrap();
    assert_eq!(status.mails, [(Disposition::Routine, 2), (Disposition::SetAside, 1)]);
    assert_eq!(status.set_aside[0].reason, "the store refused it");
    assert_eq!(fresh.store.case_detail(1).await.unwrap().unwrap().mails[0].id, good);
}

pub async fn writers_are_one_after_the_other(fresh: Fresh) {
    let other = Store::open(&fresh.url).await.unwrap();
    let tasks = [fresh.store.clone(), fresh.store.clone(), other].into_iter().zip(["a", "b", "c"]);
    let tasks: Vec<_> = tasks
        .map(|(store, name)| {
            tokio::spawn(async move {
                for n in 0..15 {
                    let mut tx = store.begin().await.unwrap();
                    // To read first and write then is what a plain BEGIN does not stand.
                    tx.agenda(&[], at(0)).await.unwrap();
                    let known = known(&mut tx, &message(&format!("{name}{n}")), &stranger()).await;
                    tokio::task::yield_now().await;
                    let effects = [
                        filing(Disposition::Case, None),
                        Effect::OpenCase(case(known.next_case, known.mail)),
                    ];
                    tx.perform(Some(known.mail), &effects, &composer(), at(0)).await.unwrap();
                    tx.commit().await.unwrap();
                }
            })
        })
        .collect();
    for task in tasks {
        task.await.unwrap();
    }
    let cases = fresh.store.cases(&CaseFilter::default()).await.unwrap();
    assert_eq!(cases.iter().map(|case| case.number).collect::<Vec<_>>(), (1..=45).collect::<Vec<_>>());
}

pub async fn a_reader_sees_only_what_is_committed(fresh: Fresh) {
    let mut tx = fresh.store.begin().await.unwrap();
    let mail = put(&mut tx, &message("m1"), None).await;
    assert_eq!(fresh.store.mail(mail).await.unwrap(), None, "and it does not wait for the writer");
    let another = Store::open(&fresh.url).await.unwrap();
    assert_eq!(another.mail(mail).await.unwrap(), None, "nor does one that opens the store meanwhile");
    tx.commit().await.unwrap();
    assert!(fresh.store.mail(mail).await.unwrap().is_some());
}

pub async fn the_agenda_reaches_back_to_the_oldest_last_digest(fresh: Fresh) {
    let (olga, sam) = (address("olga@firm.example"), address("sam@firm.example"));
    let made =
        |person: &Address, seconds| Effect::DigestMade { person: person.address.clone(), at: at(seconds) };
    let finished = |number, seconds| {
        Effect::OpenCase(Case { state: State::Closed, changed_at: at(seconds), ..case(number, 1) })
    };
    let mut tx = fresh.store.begin().await.unwrap();
    let unknown = put_unfiled(&mut tx, &arrival("u", b"u"), &message("u")).await;
    tx.perform(Some(unknown), &[filing(Disposition::Unmatched, None)], &composer(), at(0)).await.unwrap();
    tx.commit().await.unwrap();
    let effects = [
        Effect::OpenCase(Case { changed_at: at(0) - days(90), ..case(1, 1) }),
        finished(2, 50),
        finished(3, 150),
        Effect::Record { case: 2, entry: entry("Early", 50) },
        Effect::Record { case: 3, entry: entry("Late", 150) },
        Effect::Draft(letter("l1", "ann@acme.example", Some(1), received())),
        made(&olga, 10),
        made(&olga, 100),
        made(&sam, 200),
    ];
    perform(&fresh.store, &effects).await;

    let mut tx = fresh.store.begin().await.unwrap();
    let agenda = tx.agenda(&[&olga, &sam], at(300)).await.unwrap();
    drop(tx);
    let numbers =
        |agenda: &pairdesk::schedule::Agenda| agenda.cases.iter().map(|case| case.number).collect::<Vec<_>>();
    assert_eq!(numbers(&agenda), [1, 3], "unfinished however old, or changed since");
    assert_eq!(agenda.entries, [(3, entry("Late", 150))]);
    assert_eq!(agenda.drafts.len(), 1);
    assert_eq!((agenda.drafts[0].case, agenda.drafts[0].to.as_str()), (1, "ann@acme.example"));
    assert_eq!(
        (agenda.unmatched.as_slice(), agenda.all_unmatched),
        (&[][..], 1),
        "it is older than all digests"
    );
    assert_eq!(agenda.digests.len(), 2);
    let newcomer = address("new@firm.example");
    let agenda = fresh.store.agenda(&[&olga, &newcomer], at(300)).await.unwrap();
    assert_eq!(numbers(&agenda), [1, 2, 3], "somebody had none yet");
    let listed = pairdesk::schedule::Unmatched {
        number: unknown,
        from: "ann@acme.example".to_owned(),
        subject: "The feed".to_owned(),
        at: at(0),
    };
    assert_eq!(agenda.unmatched, [listed]);
    let late = fresh.store.agenda(&[&newcomer], at(300) + days(15)).await.unwrap();
    assert_eq!(numbers(&late), [1], "but no more than two weeks back");
}

pub async fn the_status_shows_how_everything_stands(fresh: Fresh) {
    let store = &fresh.store;
    let mut tx = store.begin().await.unwrap();
    put(&mut tx, &message("m1"), None).await;
    tx.set_aside(&arrival("m2", b"m2"), "unreadable", at(0)).await.unwrap();
    let cursor = Cursor { validity: u32::MAX, last_uid: 41, since: at(-5), started_at: at(1) };
    tx.set_cursor("b", Cursor { last_uid: 1, ..cursor }).await.unwrap();
    tx.set_cursor("b", cursor).await.unwrap();
    tx.commit().await.unwrap();
    assert_eq!(store.cursor("b").await.unwrap(), Some(cursor));
    let send = |id| Effect::Send(letter(id, "olga@firm.example", None, held()));
    let draft = Effect::Draft(letter("l4", "ann@acme.example", None, received()));
    let closed = Case { state: State::Closed, ..case(2, 1) };
    perform(
        store,
        &[Effect::OpenCase(case(1, 1)), Effect::OpenCase(closed), send("l1"), send("l2"), send("l3"), draft],
    )
    .await;
    let claimed = store.claim_due(at(0), 2).await.unwrap();
    store.sent(claimed[0].id, at(1)).await.unwrap();
    store.give_up(claimed[1].id, at(1), "550").await.unwrap();
    store.mailbox_ok("a", at(3)).await.unwrap();
    store.mailbox_failed("a", "no route to host", at(4)).await.unwrap();
    store.mailbox_ok("a", at(5)).await.unwrap();

    let status = store.status().await.unwrap();
    assert_eq!(status.mails, [(Disposition::Routine, 1), (Disposition::SetAside, 1)]);
    assert_eq!(status.set_aside.len(), 1);
    assert_eq!(status.cases, (1, 2));
    assert_eq!((status.waiting.len(), status.failed.len(), status.drafts, status.sent), (1, 1, 1, 1));
    let [a, b] = status.mailboxes.as_slice() else { panic!("{:?}", status.mailboxes) };
    assert_eq!((a.mailbox.as_str(), a.last_ok_at, a.last_error_at), ("a", Some(at(5)), Some(at(4))));
    assert_eq!((a.last_error.as_deref(), a.cursor), (Some("no route to host"), None));
    assert_eq!((b.mailbox.as_str(), b.cursor, b.last_ok_at), ("b", Some(cursor), None));
}
