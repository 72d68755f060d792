//! The keys of reply tokens, and mails whose commands did not count.

use super::*;
use pairdesk::effect::Refused;
use pairdesk::schedule::RefusedMail;
use pairdesk::token::{About, Flaw};

const OLGA: &str = "olga@firm.example";

fn later(days: i64) -> Timestamp {
    at(0) + self::days(days)
}

pub async fn the_first_key_is_made_once_and_outlives_a_restart(fresh: Fresh) {
    assert!(fresh.store.token_keys().await.unwrap().is_empty());
    fresh.store.first_token_key([1; 32], at(0)).await.unwrap();
    let keys = fresh.store.token_keys().await.unwrap();
    let token = keys.token(OLGA, About::Case(5), at(0)).unwrap();
    fresh.store.close().await;
    let store = Store::open(&fresh.url).await.unwrap();
    store.first_token_key([2; 32], at(9)).await.unwrap();
    let kept = store.token_keys().await.unwrap();
    assert_eq!((kept.len(), kept.read(&token, OLGA, at(9))), (1, Ok(About::Case(5))));
}

pub async fn an_older_key_reads_until_its_last_tokens_have_expired(fresh: Fresh) {
    let store = &fresh.store;
    store.first_token_key([1; 32], at(0)).await.unwrap();
    let first = store.token_keys().await.unwrap().token(OLGA, About::Digest, later(10)).unwrap();
    let keys = store.new_token_key([2; 32], later(10)).await.unwrap();
    let second = keys.token(OLGA, About::Digest, later(10)).unwrap();
    assert_ne!(first, second);
    let keys = store.new_token_key([3; 32], later(100)).await.unwrap();
    for token in [&first, &second] {
        assert_eq!(keys.read(token, OLGA, later(100)), Ok(About::Digest), "on its last day");
    }
    let keys = store.new_token_key([4; 32], later(102)).await.unwrap();
    assert_eq!(keys.len(), 3);
    assert_eq!(keys.read(&first, OLGA, later(102)), Err(Flaw::UnknownKey), "its key is forgotten");
    assert_eq!(keys.read(&second, OLGA, later(102)), Err(Flaw::Expired));
    assert_eq!(store.token_keys().await.unwrap(), keys);
}

fn refused(reason: &'static str) -> Effect {
    let sender = "Olga <olga@firm.example>".to_owned();
    Effect::Refused(Refused { sender, reason, words: format!("for the reason {reason}") })
}

pub async fn a_refusal_is_recorded_counted_and_listed_since(fresh: Fresh) {
    let store = &fresh.store;
    let mut tx = store.begin().await.unwrap();
    let mut mails = Vec::new();
    for (id, reason, seconds) in [("m1", "stranger", 1), ("m2", "replayed", 2), ("m3", "stranger", 3)] {
        let mail = put(&mut tx, &message(id), None).await;
        tx.perform(Some(mail), &[refused(reason)], &composer(), at(seconds)).await.unwrap();
        mails.push(mail);
    }
    let made = Effect::DigestMade { person: OLGA.to_owned(), at: at(2) };
    tx.perform(None, &[made], &composer(), at(2)).await.unwrap();
    tx.commit().await.unwrap();
    let status = store.status().await.unwrap();
    assert_eq!(status.refused, [("replayed".to_owned(), 1), ("stranger".to_owned(), 2)]);
    let agenda = store.agenda(&[&address(OLGA)], at(9)).await.unwrap();
    let listed = |mail, reason: &str, seconds| RefusedMail {
        number: mail,
        sender: "Olga <olga@firm.example>".to_owned(),
        words: format!("for the reason {reason}"),
        at: at(seconds),
    };
    assert_eq!(agenda.refused, [listed(mails[1], "replayed", 2), listed(mails[2], "stranger", 3)]);
    let mut tx = store.begin().await.unwrap();
    assert!(tx.perform(None, &[refused("stranger")], &composer(), at(4)).await.is_err(), "of no mail");
}

pub async fn a_mail_of_the_same_identifier_was_taken_before_unless_it_was_refused(fresh: Fresh) {
    let store = &fresh.store;
    store.first_token_key([1; 32], at(0)).await.unwrap();
    let mut tx = store.begin().await.unwrap();
    let again = message("m1");
    let put_as = async |tx: &mut Tx, key: &str, effects: &[Effect]| {
        let mail = put_unfiled(tx, &arrival(key, key.as_bytes()), &again).await;
        tx.perform(Some(mail), effects, &composer(), at(0)).await.unwrap();
        mail
    };
    let owner = || filing(Disposition::Owner, None);
    let grounds = async |tx: &mut Tx, mail, case| tx.grounds(mail, &again, case).await.unwrap();
    let mail = put_as(&mut tx, "a", &[filing(Disposition::Routine, None)]).await;
    put_as(&mut tx, "b", &[owner(), refused("expired_token")]).await;
    assert_eq!(grounds(&mut tx, mail, None).await.taken_before, None);
    let taken = put_as(&mut tx, "c", &[owner(), Effect::OpenCase(case(5, 1))]).await;
    let found = grounds(&mut tx, mail, Some(5)).await;
    assert_eq!(
        (found.taken_before, found.case.map(|case| case.number), found.keys.len()),
        (Some(taken), Some(5), 1)
    );
    let found = grounds(&mut tx, taken, Some(6)).await;
    assert_eq!(
        (found.taken_before, found.case),
        (None, None),
        "it is the only one, and there is no such case"
    );
}
