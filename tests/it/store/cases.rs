//! Cases that owners speak of: what is known of them, drafts that are released, cases that come back.

use super::*;
use pairdesk::command::apply::{Addressed, FOREIGN};
use pairdesk::command::{self, Spoken};
use pairdesk::directory::{Directory, Firm};
use pairdesk::effect::{Corrected, Refused};
use pairdesk::message::{ReadOptions, read};
use pairdesk::store::OutboxState;
use pairdesk::token::About;
use sqlx::{Connection, PgConnection, SqliteConnection};

/// Olga owns Acme in operations; nobody owns Borealis.
fn directory() -> Directory {
    let firm =
        Firm { address: "service@firm.example".to_owned(), timezone: "UTC".to_owned(), ..Firm::default() };
    let borealis = Account { key: "borealis".to_owned(), ..Account::default() };
    let acme = Account { operations: Some(address("olga@firm.example")), ..acme() };
    Directory::new(firm, vec![acme, borealis])
}

fn says(text: &str) -> Spoken {
    let directory = directory();
    command::read(text, &command::context("olga@firm.example", directory.account("acme"), &directory, at(0)))
}

async fn addressed(tx: &mut Tx, about: Option<About>, text: &str) -> Addressed {
    tx.addressed(&address("olga@firm.example"), about, &says(text), None, &directory()).await.unwrap()
}

fn numbers(addressed: &Addressed) -> (Vec<i64>, Vec<i64>) {
    let cases = addressed.cases.iter().map(|one| one.case.number).collect();
    (cases, addressed.open.iter().map(|case| case.number).collect())
}

pub async fn a_reply_is_known_its_cases_with_their_drafts_mails_and_history(fresh: Fresh) {
    let mut tx = fresh.store.begin().await.unwrap();
    let first = put_unfiled(&mut tx, &arrival("m1", b"m1"), &message("m1")).await;
    let effects = [
        filing(Disposition::Case, None),
        Effect::OpenCase(case(1, first)),
        Effect::OpenCase(Case { kind: Kind::ExtraWork, severity: 0, ..case(2, first) }),
        Effect::OpenCase(Case { account: "borealis".to_owned(), ..case(3, first) }),
        Effect::OpenCase(Case { state: State::Waiting, ..case(4, first) }),
        Effect::OpenCase(Case { state: State::Resolved, ..case(5, first) }),
        Effect::Draft(letter("l1", "ann@acme.example", Some(1), received())),
        Effect::Send(letter("l2", "olga@firm.example", Some(1), held())),
    ];
    tx.perform(Some(first), &effects, &composer(), at(0)).await.unwrap();
    for what in ["opened", "one", "two", "three"] {
        tx.perform(None, &[Effect::Record { case: 1, entry: entry(what, 1) }], &composer(), at(0))
            .await
            .unwrap();
    }
    let later = put_unfiled(&mut tx, &arrival("m2", b"m2"), &reply("m2", "m1")).await;
    let again = [filing(Disposition::Routine, Some(first)), Effect::ChangeCase(case(1, first))];
    tx.perform(Some(later), &again, &composer(), at(0)).await.unwrap();

    // What answers a notice means its case, a digest the numbers in it; numbers that are none are left out.
    assert_eq!(numbers(&addressed(&mut tx, Some(About::Case(1)), "done").await), (vec![1], vec![1, 2, 4]));
    let digest = addressed(&mut tx, Some(About::Digest), "#2 done\n#3 mine\n#99 mine").await;
    assert_eq!(numbers(&digest), (vec![2, 3], vec![1, 2, 4]));
    assert_eq!(numbers(&addressed(&mut tx, None, "done").await).0, Vec::<i64>::new());

    let known = addressed(&mut tx, Some(About::Case(1)), "done").await.cases.remove(0);
    let history: Vec<_> = known.history.iter().map(|entry| entry.what.as_str()).collect();
    assert_eq!(history, ["one", "two", "three"]);
    let drafts: Vec<_> = known.drafts.iter().map(|draft| (draft.sort.as_str(), draft.to.as_str())).collect();
    assert_eq!(drafts, [("received", "ann@acme.example")]);
    // The second mail raised nothing; the first raised the others too.
    let raised: Vec<_> =
        known.raised_by.iter().map(|raised| (raised.mail, raised.other_kinds.clone())).collect();
    assert_eq!(raised, [(first, vec![Kind::ExtraWork])]);
    let last = known.last_mail.unwrap();
    assert_eq!((last.writer.address.as_str(), last.message_id.as_deref()), ("ann@acme.example", Some("m2")));
    assert_eq!(last.excerpt, "It is down, says m2.");
}

pub async fn a_draft_that_is_released_goes_out_dated_by_that_moment_and_one_that_is_withdrawn_does_not(
    fresh: Fresh,
) {
    let mut tx = fresh.store.begin().await.unwrap();
    let mail = put(&mut tx, &message("m1"), None).await;
    let effects = [
        Effect::OpenCase(case(1, mail)),
        Effect::OpenCase(case(2, mail)),
        Effect::Draft(letter("l1", "ann@acme.example", Some(1), received())),
        Effect::Draft(letter("l2", "ann@acme.example", Some(2), received())),
    ];
    tx.perform(Some(mail), &effects, &composer(), at(0)).await.unwrap();
    let words = [Effect::ReleaseDrafts { case: 1 }, Effect::WithdrawDrafts { case: 2 }];
    let later = at(0) + days(2);
    let performed = tx.perform(Some(mail), &words, &composer(), later).await.unwrap();
    assert_eq!(performed.outgoing, 1);
    // There is nothing more to release.
    let again =
        tx.perform(Some(mail), &[Effect::ReleaseDrafts { case: 1 }], &composer(), later).await.unwrap();
    assert_eq!(again.outgoing, 0);
    tx.commit().await.unwrap();
    assert_eq!(fresh.store.outgoing(OutboxState::Draft).await.unwrap(), []);
    let claimed = fresh.store.claim_due(later, 9).await.unwrap();
    let [row] = &claimed[..] else { panic!("{claimed:?}") };
    assert!(row.released);
    let (was, is) = (
        read(
            &composer().finish(&letter("l1", "ann@acme.example", Some(1), received())).bytes,
            &ReadOptions::default(),
        ),
        read(&row.mail.bytes, &ReadOptions::default()),
    );
    assert_eq!((was.date, is.date), (Some(at(0)), Some(later)));
    assert_eq!((was.message_id, was.text, was.subject), (is.message_id, is.text, is.subject));
}

pub async fn a_waiting_case_comes_back_when_its_time_has_come(fresh: Fresh) {
    let mut tx = fresh.store.begin().await.unwrap();
    let mail = put(&mut tx, &message("m1"), None).await;
    let waiting = |number, wakes_at| Case { state: State::Waiting, wakes_at, ..case(number, mail) };
    let effects = [
        Effect::OpenCase(waiting(1, Some(at(100)))),
        Effect::OpenCase(waiting(2, Some(at(50)))),
        Effect::OpenCase(waiting(3, None)),
        Effect::OpenCase(Case { state: State::Taken, ..waiting(4, Some(at(10))) }),
    ];
    tx.perform(Some(mail), &effects, &composer(), at(0)).await.unwrap();
    tx.commit().await.unwrap();
    assert_eq!(fresh.store.next_wake().await.unwrap(), Some(at(50)));
    let mut tx = fresh.store.begin().await.unwrap();
    assert_eq!(tx.woken(at(49)).await.unwrap(), []);
    assert_eq!(tx.woken(at(60)).await.unwrap(), [waiting(2, Some(at(50)))]);
    assert_eq!(tx.woken(at(100)).await.unwrap().len(), 2);
    let back = pairdesk::schedule::wake(tx.woken(at(100)).await.unwrap(), at(100));
    tx.perform(None, &back, &composer(), at(100)).await.unwrap();
    tx.commit().await.unwrap();
    assert_eq!(fresh.store.next_wake().await.unwrap(), None);
    let detail = fresh.store.case_detail(2).await.unwrap().unwrap();
    assert_eq!((detail.case.state, detail.case.wakes_at), (State::Taken, Some(at(100))));
    assert_eq!(detail.entries[0].0.what, "came back: it rested until now");
}

pub async fn a_correction_said_in_a_mail_is_kept_with_it(fresh: Fresh) {
    let mut tx = fresh.store.begin().await.unwrap();
    let mail = put(&mut tx, &message("m1"), None).await;
    let said_in = put(&mut tx, &reply("m2", "m1"), None).await;
    let corrected = Corrected {
        mail,
        labels: vec![Kind::Praise],
        severity: None,
        who: "Olga <olga@firm.example>".to_owned(),
        words: "#1 wrong praise".to_owned(),
    };
    tx.perform(Some(said_in), &[Effect::Correct(corrected)], &composer(), at(5)).await.unwrap();
    tx.commit().await.unwrap();
    let corrections = fresh.store.corrections().await.unwrap();
    let [one] = &corrections[..] else { panic!("{corrections:?}") };
    assert_eq!(
        (one.mail, &one.labels[..], one.at, one.said_in),
        (mail, &[Kind::Praise][..], at(5), Some(said_in))
    );
}

pub async fn a_mail_that_was_refused_in_part_counts_as_taken(fresh: Fresh) {
    let mut tx = fresh.store.begin().await.unwrap();
    for (id, reason, taken) in [("m1", FOREIGN, true), ("m2", "expired_token", false)] {
        let mail = put_unfiled(&mut tx, &arrival(id, id.as_bytes()), &message(id)).await;
        let refused = Refused { sender: String::new(), reason, words: String::new() };
        let effects = [filing(Disposition::Owner, None), Effect::Refused(refused)];
        tx.perform(Some(mail), &effects, &composer(), at(0)).await.unwrap();
        let again = put_unfiled(&mut tx, &arrival(&format!("{id} again"), b"again"), &message(id)).await;
        let grounds = tx.grounds(again, &message(id), None).await.unwrap();
        assert_eq!(grounds.taken_before, taken.then_some(mail), "{reason}");
    }
}

pub async fn a_populated_store_of_the_version_before_keeps_its_cases(fresh: Fresh) {
    let mut tx = fresh.store.begin().await.unwrap();
    let mail = put(&mut tx, &message("m1"), None).await;
    let effects = [
        Effect::OpenCase(case(1, mail)),
        Effect::Draft(letter("l1", "ann@acme.example", Some(1), received())),
    ];
    tx.perform(Some(mail), &effects, &composer(), at(0)).await.unwrap();
    tx.commit().await.unwrap();
    let before = fresh.store.case_detail(1).await.unwrap();
    fresh.store.close().await;
    let undo = [
        "DROP TABLE gathered",
        "DROP INDEX mail_said",
        "DROP INDEX cases_told",
        "DROP TABLE commitment",
        "DROP TABLE weekly",
        "DROP TABLE mailbox_tally",
        "ALTER TABLE account DROP COLUMN do_not_write",
        "ALTER TABLE cases DROP COLUMN resolved_at",
        "ALTER TABLE cases DROP COLUMN reopened",
        "ALTER TABLE cases DROP COLUMN thanked",
        "ALTER TABLE cases DROP COLUMN still_working",
        "ALTER TABLE cases DROP COLUMN still_working_at",
        "ALTER TABLE cases DROP COLUMN watched_until",
        "ALTER TABLE cases DROP COLUMN again_at",
        "ALTER TABLE cases DROP COLUMN reminded_of",
        "ALTER TABLE cases DROP COLUMN reminded_step",
        "ALTER TABLE cases DROP COLUMN reminded_at",
        "ALTER TABLE cases DROP COLUMN quiet",
        "ALTER TABLE cases DROP COLUMN held_at",
        "ALTER TABLE cases DROP COLUMN called_in_at",
        "ALTER TABLE cases DROP COLUMN taken_at",
        "ALTER TABLE cases DROP COLUMN wakes_at",
        "ALTER TABLE cases DROP COLUMN lead_name",
        "ALTER TABLE cases DROP COLUMN lead_address",
        "ALTER TABLE cases DROP COLUMN taken_by_name",
        "ALTER TABLE cases DROP COLUMN taken_by_address",
        "ALTER TABLE outbox DROP COLUMN released_at",
        "DROP TABLE meeting_guest",
        "DROP TABLE meeting",
        "DROP TABLE matched_address",
        "DROP TABLE absence",
        "DROP TABLE offer",
        "DELETE FROM _sqlx_migrations WHERE version >= 5",
    ];
    for sql in undo {
        if fresh.url.starts_with("sqlite") {
            let mut connection = SqliteConnection::connect(&fresh.url).await.unwrap();
            sqlx::query(sql).execute(&mut connection).await.unwrap();
        } else {
            let mut connection = PgConnection::connect(&fresh.url).await.unwrap();
            sqlx::query(sql).execute(&mut connection).await.unwrap();
        }
    }
    let store = Store::open(&fresh.url).await.unwrap();
    assert_eq!(store.case_detail(1).await.unwrap(), before);
    let mut tx = store.begin().await.unwrap();
    tx.perform(None, &[Effect::ReleaseDrafts { case: 1 }], &composer(), at(1)).await.unwrap();
    tx.commit().await.unwrap();
    assert!(store.claim_due(at(1), 9).await.unwrap()[0].released);
}
