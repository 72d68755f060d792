//! Several daemons on one PostgreSQL database: who holds what, and what the others may not do.

use super::*;
use pairdesk::outbox::{Failure, FailureKind};
use pairdesk::store::{DaemonStatus, ErrorKind, Held, OutboxState};
use tokio::sync::Notify;

/// Two daemons of one process on a fresh database.
async fn two() -> (Fresh, Store, Store) {
    let fresh = Fresh::postgres().await;
    let first = fresh.store.clone().join("a".to_owned()).await.unwrap();
    let second = Store::open(&fresh.url).await.unwrap().join("b".to_owned()).await.unwrap();
    (fresh, first, second)
}

/// Does by hand what the others do with a daemon of which nothing was heard.
async fn given_up(fresh: &Fresh, daemon: &str) {
    let mut connection = PgConnection::connect(&fresh.url).await.unwrap();
    let sql = "DELETE FROM daemon WHERE id = $1";
    sqlx::query(sql).bind(daemon.to_owned()).execute(&mut connection).await.unwrap();
}

async fn takes(daemon: &Store) -> Held {
    daemon.lease("tick", || ()).await
}

/// Asks twice, in vain.
async fn stands_by(daemon: &Store) {
    let asked = Notify::new();
    let told = async {
        asked.notified().await;
        asked.notified().await;
    };
    tokio::select! {
        _ = daemon.lease("tick", || asked.notify_one()) => panic!("two daemons hold one lease"),
        () = told => {}
    }
}

async fn daemons(fresh: &Fresh) -> Vec<Vec<String>> {
    let mut daemons = fresh.store.status().await.unwrap().daemons;
    daemons.sort_by_key(|daemon| std::cmp::Reverse(daemon.holds.len()));
    let named = |daemon: &DaemonStatus| daemon.name.contains(", process ") && !daemon.silent;
    assert!(daemons.iter().all(named), "{daemons:?}");
    daemons.into_iter().map(|daemon| daemon.holds).collect()
}

#[tokio::test]
async fn one_daemon_holds_a_lease_and_the_other_gets_it_when_it_is_given_back_or_the_first_leaves() {
    let (fresh, first, second) = two().await;
    let held = takes(&first).await;
    stands_by(&second).await;
    assert_eq!(daemons(&fresh).await, [vec!["tick".to_owned()], Vec::new()]);
    held.give_back().await;
    let held = takes(&second).await;
    stands_by(&first).await;
    held.store.close().await;
    takes(&first).await;
    assert_eq!(daemons(&fresh).await, [["tick"]]);
}

#[tokio::test]
async fn a_daemon_takes_anew_what_it_holds_and_the_former_holding_counts_no_more() {
    let (_fresh, first, _second) = two().await;
    let former = takes(&first).await;
    let held = takes(&first).await;
    perform(&held.store, &[Effect::OpenCase(case(1, 1))]).await;
    let error = former.store.begin().await.unwrap_err();
    assert_eq!(error.kind, ErrorKind::Unavailable, "{error}");
}

#[tokio::test]
async fn a_daemon_that_was_given_up_writes_nothing_more_and_hears_of_it() {
    let (fresh, first, second) = two().await;
    let held = takes(&first).await;
    perform(&held.store, &[Effect::OpenCase(case(1, 1))]).await;
    given_up(&fresh, "a").await;
    let other = takes(&second).await;
    perform(&other.store, &[Effect::OpenCase(case(2, 2))]).await;
    let error = held.store.begin().await.unwrap_err();
    assert!(error.to_string().contains("another daemon has taken \"tick\" over"), "{error}");
    held.lost().await;
    stands_by(&first).await;
}

#[tokio::test]
async fn what_is_being_written_ends_before_another_daemon_takes_over() {
    let (fresh, first, second) = two().await;
    let held = takes(&first).await;
    let mut tx = held.store.begin().await.unwrap();
    tx.perform(None, &[Effect::OpenCase(case(1, 1))], &composer(), at(0)).await.unwrap();
    given_up(&fresh, "a").await;
    stands_by(&second).await;
    tx.commit().await.unwrap();
    let other = takes(&second).await;
    assert!(other.store.case_detail(1).await.unwrap().is_some());
}

#[tokio::test]
async fn a_mail_is_claimed_by_one_daemon_and_waits_again_when_that_is_given_up() {
    let (fresh, first, second) = two().await;
    let send = |id: &str| Effect::Send(letter(id, "ann@acme.example", None, held()));
    perform(&fresh.store, &[send("l1"), send("l2")]).await;
    let claimed = first.claim_due(at(0), 1).await.unwrap().remove(0);
    let of_second = second.claim_due(at(0), 9).await.unwrap().remove(0);
    assert_eq!((claimed.key.as_str(), of_second.key.as_str()), ("l1", "l2"));
    second.sent(of_second.id, at(0)).await.unwrap();

    // What another daemon is sending is none of this one's business.
    let failure = Failure { kind: FailureKind::Transient, text: "450 later".to_owned() };
    assert_eq!(second.release_interrupted().await.unwrap() + second.release_own().await.unwrap(), 0);
    second.retry_later(claimed.id, at(9), &failure).await.unwrap();
    second.give_up(claimed.id, at(9), "550 no").await.unwrap();
    second.keep_as_draft(claimed.id, at(9), "no").await.unwrap();
    second.postpone(claimed.id, at(9), "later").await.unwrap();
    second.release(&[claimed.id], at(9), "down").await.unwrap();
    assert_eq!(fresh.store.outgoing(OutboxState::Sending).await.unwrap().len(), 1);

    given_up(&fresh, "a").await;
    assert_eq!(second.release_interrupted().await.unwrap(), 1);
    assert_eq!(first.claim_due(at(0), 9).await.unwrap(), [], "nobody counts on it");
    let again = second.claim_due(at(0), 9).await.unwrap().remove(0);
    assert_eq!((again.id, again.attempts, &again.mail), (claimed.id, 2, &claimed.mail));
    // The first had sent it after all: true, whoever says so, and for good.
    first.sent(claimed.id, at(1)).await.unwrap();
    second.retry_later(claimed.id, at(9), &failure).await.unwrap();
    assert_eq!(fresh.store.outgoing(OutboxState::Sent).await.unwrap().len(), 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn daemons_that_claim_at_the_same_moment_claim_different_mails() {
    let (fresh, first, second) = two().await;
    let letters: Vec<_> = (0..60)
        .map(|n| Effect::Send(letter(&format!("l{n:02}"), "ann@acme.example", None, held())))
        .collect();
    perform(&fresh.store, &letters).await;
    let claiming = [first, second].into_iter().cycle().take(12).map(|daemon| {
        tokio::spawn(async move {
            let mut keys = Vec::new();
            loop {
                let claimed = daemon.claim_due(at(0), 3).await.unwrap();
                if claimed.is_empty() && daemon.next_due().await.unwrap().is_none() {
                    return keys;
                }
                keys.extend(claimed.into_iter().map(|row| row.key));
            }
        })
    });
    let claimed = futures::future::join_all(claiming).await;
    let mut keys: Vec<_> = claimed.into_iter().flat_map(Result::unwrap).collect();
    assert_eq!(keys.len(), 60, "as many claims as mails");
    keys.sort();
    keys.dedup();
    assert_eq!(keys.len(), 60, "each once");
}
