//! Cases that owners speak of: what is known of them, drafts that are released, cases that come back.

use super::*;
use pairdesk::command::apply::{Addressed, FOREIGN};
use pairdesk::command::{self, Spoken};
use pairdesk::directory::{Directory, Firm};
use pairdesk::effect::{Corrected, Refused};
use pairdesk::message::{ReadOptions, read};
use pairdesk::store::OutboxState;
use pairdesk::token::About;

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
    taken_back_to(&fresh.url, 5, &[]).await;
    let store = Store::open(&fresh.url).await.unwrap();
    assert_eq!(store.case_detail(1).await.unwrap(), before);
    let mut tx = store.begin().await.unwrap();
    tx.perform(None, &[Effect::ReleaseDrafts { case: 1 }], &composer(), at(1)).await.unwrap();
    tx.commit().await.unwrap();
    assert!(store.claim_due(at(1), 9).await.unwrap()[0].released);
}

pub async fn a_client_counts_as_asked_once_the_question_is_on_its_way_and_silence_is_counted_from_the_last_word(
    fresh: Fresh,
) {
    let mut tx = fresh.store.begin().await.unwrap();
    let mail = put(&mut tx, &message("m1"), None).await;
    let mut resolved = case(1, mail);
    resolved.undergo(pairdesk::case::Event::Resolved, at(0));
    let question = pairdesk::effect::SettledQuestion {
        addressing: pairdesk::effect::Addressing {
            language: "en".to_owned(),
            client_name: "Ann".to_owned(),
            subject: "The feed".to_owned(),
            owners: Vec::new(),
        },
        days: 10,
    };
    let draft = Effect::Draft(letter("q1", "ann@acme.example", Some(1), Content::Settled(question)));
    tx.perform(Some(mail), &[Effect::OpenCase(resolved), draft], &composer(), at(0)).await.unwrap();
    let again = put(&mut tx, &reply("m2", "m1"), None).await;
    let known = tx.known(again, &reply("m2", "m1"), &stranger(), at(1)).await.unwrap();
    assert_eq!(known.asked, Vec::<i64>::new(), "a draft asks nobody");
    tx.perform(None, &[Effect::ReleaseDrafts { case: 1 }], &composer(), at(2)).await.unwrap();
    let known = tx.known(again, &reply("m2", "m1"), &stranger(), at(3)).await.unwrap();
    assert_eq!(known.asked, [1]);
    assert_eq!(tx.silent(at(-1)).await.unwrap().len(), 0);
    let silent = tx.silent(at(0)).await.unwrap();
    let ten_days = SignedDuration::from_hours(240);
    tx.perform(None, &pairdesk::schedule::close(silent, ten_days, at(4)), &composer(), at(4)).await.unwrap();
    tx.commit().await.unwrap();
    assert!(!fresh.store.is_silent(at(9)).await.unwrap());
    let detail = fresh.store.case_detail(1).await.unwrap().unwrap();
    assert_eq!(detail.case.state, State::Closed);
    assert!(detail.case.clock.follow_up.watched_until.is_some());
    assert_eq!(detail.entries.last().unwrap().0.what, "closed it: nothing more was heard for 10 days");
}

pub async fn a_client_waits_until_somebody_has_written_to_them_or_a_draft_lies_there(fresh: Fresh) {
    let mut tx = fresh.store.begin().await.unwrap();
    let mail = put(&mut tx, &message("m1"), None).await;
    let writer = Filing { writer: Some(address("ann@acme.example")), ..filing_of(Disposition::Case) };
    let effects = [Effect::File(writer), Effect::OpenCase(case(1, mail))];
    tx.perform(Some(mail), &effects, &composer(), at(0)).await.unwrap();
    let waiting = tx.waiting(at(5)).await.unwrap();
    assert_eq!(waiting.len(), 1);
    assert_eq!((waiting[0].case.number, waiting[0].mail.writer.address.as_str()), (1, "ann@acme.example"));
    assert_eq!(tx.waiting(at(-1)).await.unwrap().len(), 0, "the mail came later");
    let mut told = case(1, mail);
    told.clock.follow_up.still_working = 1;
    told.clock.follow_up.still_working_at = Some(at(6));
    tx.perform(None, &[Effect::ChangeCase(told.clone())], &composer(), at(6)).await.unwrap();
    assert_eq!(tx.waiting(at(5)).await.unwrap().len(), 0, "they were told after that");
    assert_eq!(tx.waiting(at(6)).await.unwrap().len(), 1);
    tx.perform(
        None,
        &[Effect::Draft(letter("d1", "ann@acme.example", Some(1), received()))],
        &composer(),
        at(6),
    )
    .await
    .unwrap();
    assert_eq!(tx.waiting(at(6)).await.unwrap().len(), 0, "a draft waits for a word");
    tx.perform(None, &[Effect::WithdrawDrafts { case: 1 }], &composer(), at(6)).await.unwrap();
    let answered = Effect::Record { case: 1, entry: entry(pairdesk::intake::ANSWERED, 7) };
    tx.perform(None, &[answered], &composer(), at(7)).await.unwrap();
    assert_eq!(tx.waiting(at(9)).await.unwrap().len(), 0, "somebody has answered");
    told.clock.follow_up.watched_until = Some(at(20));
    tx.perform(None, &[Effect::ChangeCase(told)], &composer(), at(8)).await.unwrap();
    let watched = tx.watched(&directory(), 0.5, at(21)).await.unwrap();
    assert_eq!((watched.len(), watched[0].mails.0, &watched[0].again[..]), (1, 0, &[][..]));
    tx.perform(None, &pairdesk::schedule::afterwards(watched, at(21)), &composer(), at(21)).await.unwrap();
    assert_eq!(tx.watched(&directory(), 0.5, at(22)).await.unwrap(), []);
    tx.commit().await.unwrap();
    assert!(!fresh.store.is_watched(at(22)).await.unwrap());
}

fn filing_of(disposition: Disposition) -> Filing {
    let Effect::File(filing) = filing(disposition, None) else { unreachable!() };
    filing
}
