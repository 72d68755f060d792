//! Answers to notices on their whole way: the notice as it goes out, the answer to it as it comes in, what is written
//! down; over restarts, new keys, and mail servers without subaddresses.

use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};
use pairdesk::case::State;
use pairdesk::clock::{Clock, SetClock};
use pairdesk::compose::{Composer, House, samples};
use pairdesk::directory::{Account, Firm};
use pairdesk::effect::{Content, Disposition, Effect, Letter};
use pairdesk::intake::Policy;
use pairdesk::message::{Address, Arrival, Cursor, Message, Place, ReadOptions, read};
use pairdesk::schedule::Hours;
use pairdesk::store::{OutboxState, Store};
use pairdesk::worker::receive::Outcome;
use pairdesk::worker::{Desk, receive, tick};
use tempfile::TempDir;

fn start() -> Timestamp {
    "2026-05-12T12:05:00Z".parse().unwrap()
}

fn days(days: i64) -> SignedDuration {
    SignedDuration::from_hours(24 * days)
}

fn person(name: &str, address: &str) -> Address {
    Address { name: name.to_owned(), address: address.to_owned() }
}

/// A desk as a start of the program makes it, over the store of the folder.
async fn desk(folder: &TempDir, now: Timestamp, subaddress: bool) -> Desk {
    let firm = Firm {
        name: "Fjord Studio".to_owned(),
        address: "service@fjord.example".to_owned(),
        domains: vec!["fjord.example".to_owned()],
        manager: Some(person("Mona Berg", "mona@fjord.example")),
        timezone: "UTC".to_owned(),
        ..Firm::default()
    };
    let store =
        Store::open(&format!("sqlite:{}", folder.path().join("pairdesk.db").display())).await.unwrap();
    let acme = Account {
        key: "acme".to_owned(),
        name: "Acme".to_owned(),
        domains: vec!["acme.example".to_owned()],
        sales: Some(person("Kim Vos", "kim@fjord.example")),
        operations: Some(person("Lee Park", "lee@fjord.example")),
        ..Account::default()
    };
    let clock = Clock::Set(Arc::new(SetClock::new(now)));
    store.first_token_key(clock.key(), now).await.unwrap();
    let mut tx = store.begin().await.unwrap();
    tx.replace_accounts(&[acme]).await.unwrap();
    tx.commit().await.unwrap();
    let composer = Composer::new(House { subaddress, ..House::of(&firm) });
    let reading = ReadOptions { own_addresses: vec![firm.address.clone()], ..ReadOptions::default() };
    Desk::new(store, composer, firm, Policy::default(), reading, clock)
}

/// Takes one mail in.
async fn take(desk: &Desk, key: &str, raw: &str) -> Outcome {
    let arrival = Arrival {
        place: Place { mailbox: "service".to_owned(), validity: 0, key: key.to_owned() },
        raw: raw.as_bytes().to_vec(),
        full_size: raw.len() as u64,
        received_at: None,
        sent_folder: false,
    };
    let cursor = Cursor { validity: 0, last_uid: 0, since: Timestamp::MIN, started_at: Timestamp::MIN };
    receive::take(desk, vec![arrival], "service", cursor).await.unwrap().swap_remove(0)
}

/// A client's mail opens case 1, and a notice of it goes to Lee: gives the notice as it goes out.
async fn notice(desk: &Desk) -> Message {
    let angry = "From: Dana Ruiz <dana@acme.example>\r\nTo: service@fjord.example\r\nSubject: Weekly pickup\r\n\
        Message-ID: <m1@acme.example>\r\n\r\nWe are very unhappy: the report is three weeks late again and nobody answers us.\r\n";
    assert_eq!(disposition(&take(desk, "1", angry).await), Disposition::Case);
    let (_, sample) = samples().swap_remove(0);
    let Content::Notice(mut notice) = sample.content else { panic!("the first sample is a notice") };
    notice.facts.number = 1;
    let now = desk.clock.now();
    let letter = Letter { case: Some(1), at: now, content: Content::Notice(notice), ..sample };
    let mut tx = desk.store.begin().await.unwrap();
    let composer = desk.composer().await.unwrap();
    tx.perform(None, &[Effect::Send(letter)], &composer, now).await.unwrap();
    tx.commit().await.unwrap();
    let due = desk.store.claim_due(now, 100).await.unwrap();
    let row = due.iter().find(|row| row.mail.message_id.starts_with("sample-notice")).unwrap();
    read(&row.mail.bytes, &ReadOptions::default())
}

/// An answer to a mail as a mail program writes it.
fn answer(to: &Message, from: &str, id: &str) -> String {
    let address = to.reply_to.first().or(to.from.as_ref()).unwrap();
    let cited = to.message_id.as_deref().unwrap();
    format!(
        "From: {from}\r\nTo: {}\r\nSubject: Re: {}\r\nMessage-ID: <{id}>\r\nIn-Reply-To: <{cited}>\r\n\r\nI will call Dana at four.\r\n",
        address.address, "Weekly pickup"
    )
}

fn disposition(outcome: &Outcome) -> Disposition {
    let Effect::File(filing) = &outcome.effects[0] else { panic!("{outcome:?}") };
    filing.disposition
}

fn noted(outcome: &Outcome) -> bool {
    let noted = |effect: &Effect| matches!(effect, Effect::Record { case: 1, entry } if entry.what == "noted: I will call Dana at four.");
    outcome.effects.iter().any(noted)
}

async fn refused(desk: &Desk) -> Vec<(String, u64)> {
    desk.store.status().await.unwrap().refused
}

#[tokio::test(flavor = "multi_thread")]
async fn an_answer_counts_after_a_restart_and_a_new_key_and_another_persons_does_not() {
    for subaddress in [true, false] {
        let folder = tempfile::tempdir().unwrap();
        let first = desk(&folder, start(), subaddress).await;
        let notice = notice(&first).await;
        assert_eq!(notice.reply_to.is_empty(), !subaddress, "{:?}", notice.reply_to);
        assert_eq!(notice.from.as_ref().unwrap().address, "service@fjord.example", "From stays as it is");
        first.store.close().await;

        let second = desk(&folder, start() + days(1), subaddress).await;
        second.store.new_token_key(second.clock.key(), second.clock.now()).await.unwrap();
        let outcome =
            take(&second, "2", &answer(&notice, "Lee Park <lee@fjord.example>", "l1@fjord.example")).await;
        assert_eq!((disposition(&outcome), noted(&outcome)), (Disposition::Owner, true), "{outcome:?}");
        assert_eq!(refused(&second).await, []);

        let before = second.store.outgoing(OutboxState::Pending).await.unwrap();
        let attempts = [
            ("Kim Vos <kim@fjord.example>", "k1@fjord.example", Disposition::Owner),
            ("Sam <sam@supplier.example>", "s1@supplier.example", Disposition::Unmatched),
            // The same Message-ID as above, and another sender's name: another mail.
            ("Lee P. <lee@fjord.example>", "l1@fjord.example", Disposition::Owner),
        ];
        for (from, id, filed) in attempts {
            let outcome = take(&second, from, &answer(&notice, from, id)).await;
            assert_eq!((disposition(&outcome), noted(&outcome)), (filed, false), "{from}: {outcome:?}");
            assert_eq!(outcome.outgoing, 0, "nobody gets an answer");
        }
        let reasons = ["replayed", "stranger", "token_of_another"];
        assert_eq!(refused(&second).await, reasons.map(|reason| (reason.to_owned(), 1)));
        assert_eq!(second.store.outgoing(OutboxState::Pending).await.unwrap(), before);
        second.store.close().await;

        let late = desk(&folder, start() + days(92), subaddress).await;
        let outcome =
            take(&late, "9", &answer(&notice, "Lee Park <lee@fjord.example>", "l2@fjord.example")).await;
        assert_eq!((disposition(&outcome), noted(&outcome)), (Disposition::Owner, false), "{outcome:?}");
        assert!(refused(&late).await.contains(&("expired_token".to_owned(), 1)));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_clients_mail_to_the_address_of_a_forwarded_notice_is_still_a_clients_mail() {
    let folder = tempfile::tempdir().unwrap();
    let desk = desk(&folder, start(), true).await;
    let notice = notice(&desk).await;
    let angry = answer(&notice, "Dana Ruiz <dana@acme.example>", "m2@acme.example").replace(
        "I will call Dana at four.",
        "We are very unhappy: the report is three weeks late again and nobody answers us.",
    );
    let outcome = take(&desk, "2", &angry).await;
    assert_eq!(disposition(&outcome), Disposition::Case, "{outcome:?}");
    assert_eq!(refused(&desk).await, [("stranger".to_owned(), 1)]);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_manager_reads_of_refused_commands_once() {
    let folder = tempfile::tempdir().unwrap();
    let desk = desk(&folder, start(), true).await;
    let notice = notice(&desk).await;
    take(&desk, "2", &answer(&notice, "Sam <sam@supplier.example>", "s1@supplier.example")).await;
    let directory = desk.directory().await.unwrap();
    let digests = |at: Timestamp| {
        let (desk, directory) = (&desk, &directory);
        async move {
            let people = directory.people();
            let agenda = desk.store.agenda(&people, at).await.unwrap();
            let of = |person: &&&Address| pairdesk::schedule::digest(person, &agenda, directory, at).refused;
            people.iter().map(|person| (person.address.clone(), of(&person))).collect::<Vec<_>>()
        }
    };
    let listed = digests(start()).await;
    let refused = vec![(
        2,
        "Sam <sam@supplier.example>".to_owned(),
        "a stranger answers a mail to lee@fjord.example".to_owned(),
    )];
    let nothing = Vec::new;
    let expected = [("kim", nothing()), ("lee", nothing()), ("mona", refused)];
    assert_eq!(listed, expected.map(|(name, refused)| (format!("{name}@fjord.example"), refused)));
    let made = Effect::DigestMade { person: "mona@fjord.example".to_owned(), at: start() + days(1) };
    let mut tx = desk.store.begin().await.unwrap();
    tx.perform(None, &[made], &desk.composer, start() + days(1)).await.unwrap();
    tx.commit().await.unwrap();
    let (_, again) = digests(start() + days(1)).await.swap_remove(2);
    assert_eq!(again, []);
}

/// An answer to a mail, with these words above the quotation.
fn answer_saying(to: &Message, from: &str, id: &str, words: &str) -> String {
    let plain = answer(to, from, id);
    let quotation =
        "On 12 May 2026, Fjord Studio wrote:\r\n> You lead. Kim Vos (sales) has this mail too.\r\n> done\r\n";
    plain.replace("I will call Dana at four.\r\n", &format!("{words}\r\n\r\nLee\r\n\r\n{quotation}"))
}

/// What waits to be sent to somebody, as it would go out: all that was not looked at before.
async fn outgoing_to(desk: &Desk, to: &str) -> Vec<Message> {
    let due = desk.store.claim_due(desk.clock.now(), 100).await.unwrap();
    let theirs = due.iter().filter(|row| row.mail.envelope_to == to);
    theirs.map(|row| read(&row.mail.bytes, &ReadOptions::default())).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn what_an_owner_answers_changes_the_case_and_is_answered_once_in_the_same_thread() {
    let lee = "Lee Park <lee@fjord.example>";
    for subaddress in [true, false] {
        let folder = tempfile::tempdir().unwrap();
        let desk = desk(&folder, start(), subaddress).await;
        let notice = notice(&desk).await;
        let raw =
            answer_saying(&notice, lee, "l1@fjord.example", "mine\r\nwait until Friday\r\n\r\nThey merge.");
        let outcome = take(&desk, "2", &raw).await;
        assert_eq!((disposition(&outcome), outcome.outgoing), (Disposition::Owner, 1), "{outcome:?}");
        let detail = desk.store.case_detail(1).await.unwrap().unwrap();
        assert_eq!(
            (detail.case.state, detail.case.taken_by.clone()),
            (State::Waiting, Some(person("Lee Park", "lee@fjord.example")))
        );
        let by_mail: Vec<_> = detail
            .entries
            .iter()
            .filter(|(_, mail)| *mail == Some(outcome.mail))
            .map(|(entry, _)| (entry.who.as_str(), entry.what.as_str()))
            .collect();
        let expected = [
            ("Lee Park", "took it"),
            ("Lee Park", "lets it rest until Fri 15 May 2026"),
            ("Lee Park", "noted: They merge."),
        ];
        assert_eq!(by_mail, expected);
        let source = detail.sources.iter().find(|source| source.mail == outcome.mail).unwrap();
        assert_eq!(
            (source.place.as_str(), source.message_id.as_deref()),
            ("service/2", Some("l1@fjord.example"))
        );

        let answers = outgoing_to(&desk, "lee@fjord.example").await;
        let [answer] = &answers[..] else { panic!("{answers:?}") };
        assert_eq!(answer.in_reply_to, ["l1@fjord.example"]);
        for part in ["It is yours.", "It rests until Fri 15 May 2026", "> They merge.", "Kim Vos reads it"] {
            assert!(answer.text.contains(part), "{part:?} is not in {}", answer.text);
        }
        // The same mail from another place, and the same Message-ID in another mail, change and answer nothing.
        for (key, again) in [("3", raw.clone()), ("4", raw.replace("mine", "done"))] {
            assert_eq!(take(&desk, key, &again).await.outgoing, 0);
        }
        let after = desk.store.case_detail(1).await.unwrap().unwrap();
        assert_eq!(after.case.state, State::Waiting);

        // The answer can be answered in its turn.
        let raw = answer_saying(answer, lee, "l2@fjord.example", "done The feed is up again");
        assert_eq!(take(&desk, "5", &raw).await.outgoing, 1);
        let after = desk.store.case_detail(1).await.unwrap().unwrap();
        assert_eq!(after.case.state, State::Resolved);
        assert_eq!(after.entries.last().unwrap().0.what, "resolved it: The feed is up again");
        desk.store.close().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_case_that_rests_comes_back_by_a_tick_or_by_the_clients_word() {
    let lee = "Lee Park <lee@fjord.example>";
    let hours = Hours::default();
    for client_writes in [false, true] {
        let folder = tempfile::tempdir().unwrap();
        let desk = desk(&folder, start(), true).await;
        let Clock::Set(clock) = &desk.clock else { panic!("the clock is set by hand") };
        let state = async || desk.store.case_detail(1).await.unwrap().unwrap().case.state;
        let notice = notice(&desk).await;
        tick::step(&desk, &hours).await.unwrap();
        take(&desk, "2", &answer_saying(&notice, lee, "l1@fjord.example", "#1 wait until Thursday")).await;

        clock.set(start() + days(1));
        tick::step(&desk, &hours).await.unwrap();
        outgoing_to(&desk, "lee@fjord.example").await;
        assert_eq!(state().await, State::Waiting);
        if client_writes {
            clock.set(start() + days(1) + SignedDuration::from_hours(1));
            let raw = "From: Dana Ruiz <dana@acme.example>\r\nTo: service@fjord.example\r\nSubject: Re: Weekly pickup\r\n\
                Message-ID: <m2@acme.example>\r\nIn-Reply-To: <m1@acme.example>\r\n\r\nHere is the list that you asked for.\r\n";
            take(&desk, "3", raw).await;
            assert_eq!(state().await, State::Taken);
        }

        clock.set(start() + days(2));
        assert!(tick::step(&desk, &hours).await.unwrap() > 0);
        assert_eq!(state().await, State::Taken);
        let mails = outgoing_to(&desk, "lee@fjord.example").await;
        let digest = mails.iter().rfind(|mail| mail.text.contains("Back")).expect("a digest says so");
        assert!(digest.text.contains("#1"), "{}", digest.text);
        desk.store.close().await;
    }
}
