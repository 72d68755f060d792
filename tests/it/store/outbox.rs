//! The outbox: claimed, sent, tried again, given up.

use super::*;
use pairdesk::outbox::{Failure, FailureKind};
use pairdesk::store::{OutboxState, SentCounts};

fn to_ann(id: &str) -> Effect {
    Effect::Send(letter(id, "ann@acme.example", None, held()))
}

pub async fn only_due_mails_are_claimed_the_oldest_first(fresh: Fresh) {
    let store = &fresh.store;
    assert_eq!(store.next_due().await.unwrap(), None);
    let draft = Effect::Draft(letter("l0", "ann@acme.example", None, held()));
    perform(store, &[draft, to_ann("l1"), to_ann("l2"), to_ann("l3")]).await;
    assert_eq!(store.next_due().await.unwrap(), Some(at(0)));
    assert_eq!(store.claim_due(at(-1), 10).await.unwrap(), []);
    let keys =
        |rows: Vec<pairdesk::store::OutboxRow>| rows.into_iter().map(|row| row.key).collect::<Vec<_>>();
    assert_eq!(keys(store.claim_due(at(0), 2).await.unwrap()), ["l1", "l2"]);
    assert_eq!(keys(store.claim_due(at(0), 2).await.unwrap()), ["l3"], "claimed ones are not claimed again");
    assert_eq!(
        keys(store.claim_due(at(99), 2).await.unwrap()),
        Vec::<String>::new(),
        "a draft never goes out"
    );
    assert_eq!(store.next_due().await.unwrap(), None);
}

pub async fn a_claim_counts_the_attempt_before_it_is_made(fresh: Fresh) {
    let store = &fresh.store;
    perform(store, &[to_ann("l1")]).await;
    let first = store.claim_due(at(0), 10).await.unwrap().remove(0);
    assert_eq!((first.attempts, first.written_at, first.sort.as_str()), (1, at(0), "held"));
    let failure = Failure { kind: FailureKind::Transient, text: "450 later".to_owned() };
    store.retry_later(first.id, at(30), &failure).await.unwrap();
    assert_eq!(
        store.outgoing(OutboxState::Pending).await.unwrap()[0].last_failure.as_deref(),
        Some("450 later")
    );
    assert_eq!(store.next_due().await.unwrap(), Some(at(30)));
    assert_eq!(store.claim_due(at(29), 10).await.unwrap(), []);
    let second = store.claim_due(at(30), 10).await.unwrap().remove(0);
    assert_eq!((second.id, second.attempts), (first.id, 2));
    assert_eq!(second.mail, first.mail, "a retry sends the same bytes");
    store.sent(second.id, at(31)).await.unwrap();
    let sent = store.outgoing(OutboxState::Sent).await.unwrap().remove(0);
    assert_eq!((sent.sent_at, sent.attempts, sent.last_failure), (Some(at(31)), 2, None));
}

pub async fn an_interrupted_mail_is_sent_again_with_the_same_bytes(fresh: Fresh) {
    let store = &fresh.store;
    perform(store, &[to_ann("l1"), to_ann("l2")]).await;
    let claimed = store.claim_due(at(0), 10).await.unwrap();
    store.sent(claimed[1].id, at(1)).await.unwrap();
    drop(fresh.store.clone());
    let reopened = Store::open(&fresh.url).await.unwrap();
    assert_eq!(reopened.claim_due(at(9), 10).await.unwrap(), [], "nothing is claimed before it is released");
    assert_eq!(reopened.release_interrupted().await.unwrap(), 1);
    let waiting = reopened.outgoing(OutboxState::Pending).await.unwrap();
    assert!(waiting[0].last_failure.as_deref().unwrap().contains("may have been sent"));
    let again = reopened.claim_due(at(10), 10).await.unwrap();
    assert_eq!(again[0].mail, claimed[0].mail);
    assert_eq!((again.len(), again[0].attempts), (1, 2));
}

pub async fn a_postponed_mail_has_used_no_attempt(fresh: Fresh) {
    let store = &fresh.store;
    perform(store, &[to_ann("l1")]).await;
    let claimed = store.claim_due(at(0), 10).await.unwrap().remove(0);
    store.postpone(claimed.id, at(3600), "20 an hour").await.unwrap();
    let line = store.outgoing(OutboxState::Pending).await.unwrap().remove(0);
    assert_eq!((line.attempts, line.next_attempt_at), (0, at(3600)));
    assert_eq!(line.last_failure.as_deref(), Some("20 an hour"));
    store.postpone(claimed.id, at(7200), "again").await.unwrap();
    let line = store.outgoing(OutboxState::Pending).await.unwrap().remove(0);
    assert_eq!((line.attempts, line.next_attempt_at), (0, at(3600)), "only a claimed mail is postponed");
}

pub async fn giving_up_is_written_into_the_history(fresh: Fresh) {
    let store = &fresh.store;
    let about = Effect::Send(letter("l2", "olga@firm.example", Some(1), held()));
    perform(store, &[Effect::OpenCase(case(1, 1)), to_ann("l1"), about]).await;
    for row in store.claim_due(at(0), 10).await.unwrap() {
        store.give_up(row.id, at(5), "550 no such user").await.unwrap();
    }
    let failed = store.outgoing(OutboxState::Failed).await.unwrap();
    assert_eq!(failed.len(), 2);
    assert_eq!(failed[1].last_failure.as_deref(), Some("550 no such user"));
    let detail = store.case_detail(1).await.unwrap().unwrap();
    let [(entry, None)] = detail.entries.as_slice() else {
        panic!("one line, of no mail: {:?}", detail.entries);
    };
    assert_eq!(entry.what, "The held mail to olga@firm.example could not be sent.");
    assert_eq!((entry.why.as_str(), entry.at), ("550 no such user", at(5)));
    assert_eq!(detail.outgoing, [failed[1].clone()]);
}

pub async fn a_retry_by_hand_makes_due_what_waits_or_was_given_up(fresh: Fresh) {
    let store = &fresh.store;
    let draft = Effect::Draft(letter("l0", "ann@acme.example", None, held()));
    perform(store, &[draft, to_ann("l1"), to_ann("l2"), to_ann("l3")]).await;
    let claimed = store.claim_due(at(0), 10).await.unwrap();
    let failure = Failure { kind: FailureKind::Transient, text: "450 later".to_owned() };
    store.retry_later(claimed[0].id, at(900), &failure).await.unwrap();
    store.give_up(claimed[1].id, at(5), "550 no").await.unwrap();
    store.sent(claimed[2].id, at(5)).await.unwrap();
    assert_eq!(store.retry_all(at(60)).await.unwrap(), 2);
    let again = store.claim_due(at(60), 10).await.unwrap();
    let seen: Vec<_> = again.iter().map(|row| (row.key.as_str(), row.attempts, row.written_at)).collect();
    assert_eq!(seen, [("l1", 2, at(0)), ("l2", 1, at(60))], "what was given up begins anew");
    assert_eq!(again[1].mail, claimed[1].mail, "with the same bytes");
    assert_eq!(store.retry_all(at(60)).await.unwrap(), 0);
}

pub async fn sent_mails_are_counted_by_recipient(fresh: Fresh) {
    let store = &fresh.store;
    let to_olga = Effect::Send(letter("l4", "olga@firm.example", None, held()));
    perform(store, &[to_ann("l1"), to_ann("l2"), to_ann("l3"), to_olga, to_ann("l5")]).await;
    let claimed = store.claim_due(at(0), 10).await.unwrap();
    for (row, seconds) in claimed.iter().zip([10, 20, 30, 40]) {
        store.sent(row.id, at(seconds)).await.unwrap();
    }
    let counts = store.sent_counts("ann@acme.example", at(10)).await.unwrap();
    assert_eq!(counts, SentCounts { recipient: 2, all: 3 });
    assert_eq!(store.sent_counts("x@y.example", at(99)).await.unwrap(), SentCounts::default());
}
