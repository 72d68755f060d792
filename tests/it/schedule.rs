//! Digests: whose is due, what stands in one, and when the daemon makes them.

use std::collections::HashMap;
use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};
use pairdesk::case::{Case, Entry, Kind, Side, State};
use pairdesk::clock::{Clock, SetClock};
use pairdesk::compose::{Composer, House};
use pairdesk::directory::{Account, Directory, Firm};
use pairdesk::effect::{Digest, Effect, Seed};
use pairdesk::intake::Policy;
use pairdesk::message::{Address, ReadOptions};
use pairdesk::money::Money;
use pairdesk::offer::Offer;
use pairdesk::schedule::{self, Agenda, Hours, PendingDraft, Unmatched};
use pairdesk::store::{OutboxState, Store};
use pairdesk::worker::{Desk, tick};
use tempfile::TempDir;

use crate::harness::daemon::{Daemon, imap_mailbox, smtp};
use crate::harness::dovecot::Dovecot;

/// A Tuesday, so many hours after midnight UTC.
fn at(hours: i64) -> Timestamp {
    "2026-03-10T00:00:00Z".parse::<Timestamp>().unwrap() + SignedDuration::from_hours(hours)
}

fn person(name: &str) -> Address {
    Address { name: name.to_owned(), address: format!("{}@firm.example", name.to_lowercase()) }
}

fn firm() -> Firm {
    Firm {
        name: "Firm".to_owned(),
        address: "service@firm.example".to_owned(),
        domains: vec!["firm.example".to_owned()],
        manager: Some(person("Mona")),
        timezone: "UTC".to_owned(),
        ..Firm::default()
    }
}

fn account(key: &str) -> Account {
    Account { key: key.to_owned(), name: key.to_owned(), ..Account::default() }
}

/// Kim and Lee own acme; nobody owns borealis, which Bea manages, and nobody delta.
fn accounts() -> Vec<Account> {
    vec![
        Account { sales: Some(person("Kim")), operations: Some(person("Lee")), ..account("acme") },
        Account { manager: Some(person("Bea")), ..account("borealis") },
        account("delta"),
    ]
}

fn directory() -> Directory {
    Directory::new(firm(), accounts())
}

fn case(number: i64, account: &str, opened_at: Timestamp) -> Case {
    Case {
        number,
        account: account.to_owned(),
        conversation: 1,
        kind: Kind::ExtraWork,
        severity: 0,
        probability: 0.8,
        please_check: false,
        lead: Side::Sales,
        state: State::Open,
        subject: "A page".to_owned(),
        evidence: "Could you also add a page?".to_owned(),
        client: "Ann <ann@acme.example>".to_owned(),
        opened_at,
        changed_at: opened_at,
        answered_at: None,
        told_at: None,
        alerted_at: None,
        wakes_at: None,
        lead_person: None,
        taken_by: None,
        clock: pairdesk::case::CaseClock::default(),
    }
}

fn digest(of: &str, agenda: &Agenda) -> Digest {
    schedule::digest(&person(of), agenda, &directory(), at(8))
}

#[test]
fn a_case_that_no_owner_reads_of_is_the_managers() {
    let cases = ["acme", "borealis", "delta", "gone"];
    let cases = (1..).zip(cases).map(|(number, account)| case(number, account, at(0))).collect();
    let agenda = Agenda { cases, ..Agenda::default() };
    for (reader, expected) in [("Kim", vec![1]), ("Lee", vec![1]), ("Bea", vec![2]), ("Mona", vec![3, 4])] {
        let numbers: Vec<_> = digest(reader, &agenda).new.iter().map(|facts| facts.number).collect();
        assert_eq!(numbers, expected, "{reader}");
    }
}

#[test]
fn a_mail_of_an_unknown_sender_is_listed_once_and_then_counted() {
    let unmatched = |number, hours| Unmatched {
        number,
        from: "eve@elsewhere.example".to_owned(),
        subject: "Hello".to_owned(),
        at: at(hours),
    };
    let digests = HashMap::from([(person("Mona").address, at(5))]);
    let agenda = Agenda {
        unmatched: vec![unmatched(17, 4), unmatched(18, 6)],
        all_unmatched: 9,
        digests,
        ..Agenda::default()
    };
    let listed = digest("Mona", &agenda);
    let numbers: Vec<_> = listed.unmatched.iter().map(|(number, ..)| *number).collect();
    assert_eq!((numbers, listed.older_unmatched), (vec![18], 8));
    let owner = digest("Kim", &agenda);
    assert_eq!((owner.unmatched.len(), owner.older_unmatched), (0, 0), "it is the manager's");

    let covered = Directory::new(firm(), accounts().into_iter().take(1).collect());
    let older = Agenda { unmatched: vec![unmatched(17, 4)], ..agenda };
    let mona = person("Mona");
    let effects = schedule::digests(&[&mona], &older, &covered, at(8), Seed([0; 16]));
    assert_eq!(effects, [Effect::DigestMade { person: mona.address, at: at(8) }], "older ones are no news");
}

/// The extra work of a case: 1,200 EUR, offered, good until this day of March.
fn offer(case: &Case, last_day: i8) -> Offer {
    let asked = Offer {
        price: Some(Money { minor: 120_000, currency: "EUR".to_owned() }),
        valid_until: Some(jiff::civil::date(2026, 3, last_day)),
        ..Offer::asked(case)
    };
    let priced = asked.after(pairdesk::offer::Event::Priced, at(0)).unwrap();
    priced.after(pairdesk::offer::Event::Sent, at(0)).unwrap()
}

#[test]
fn an_offer_that_ends_is_told_to_sales_before_its_last_day_and_once_after_it() {
    let taken = |number| Case { state: State::Taken, ..case(number, "acme", at(-200)) };
    let cases: Vec<Case> = (1..=5).map(taken).collect();
    // Ended before the last digest, yesterday; today is the 10th; over the weekend; later.
    let days = [8, 9, 10, 13, 14];
    let offers: Vec<Offer> = cases.iter().zip(days).map(|(case, day)| offer(case, day)).collect();
    let digests = HashMap::from([(person("Kim").address, at(-16)), (person("Lee").address, at(-16))]);
    let agenda = Agenda { cases, offers, digests, ..Agenda::default() };
    let kim = digest("Kim", &agenda);
    let due: Vec<_> = kim.offers.iter().map(|due| (due.facts.number, due.lapsed)).collect();
    assert_eq!(due, [(2, true), (3, false), (4, false)]);
    let waiting: Vec<_> = kim.waiting.iter().map(|facts| facts.number).collect();
    assert_eq!(waiting, [1, 5], "what comes due is said once");
    let lee = digest("Lee", &agenda);
    assert_eq!((lee.offers.len(), lee.waiting.len()), (0, 5), "it is the say of sales");

    let mona = person("Mona");
    let digest = schedule::digest(&mona, &agenda, &directory(), at(8));
    assert!(digest.offers.is_empty());
}

#[test]
fn a_draft_is_told_with_its_text_and_an_offer_can_be_sent_by_sales_alone() {
    let draft = |sort: &str| PendingDraft {
        case: 1,
        sort: sort.to_owned(),
        to: "ann@acme.example".to_owned(),
        subject: "Re: A page".to_owned(),
        text: "Dear Ann,\n\nThank you for asking.\n".to_owned(),
    };
    let agenda = Agenda {
        cases: vec![case(1, "acme", at(0))],
        drafts: vec![draft("offer"), draft("received")],
        ..Agenda::default()
    };
    let whose =
        |of: &str| digest(of, &agenda).drafts.into_iter().map(|draft| draft.whose).collect::<Vec<_>>();
    assert_eq!(whose("Kim"), [None, None]);
    assert_eq!(whose("Lee"), [Some("Kim".to_owned()), None]);
    let composer = Composer::new(House {
        keys: pairdesk::token::Keys::new(vec![pairdesk::token::Key { id: 1, bytes: [7; 32] }]),
        ..House::of(&firm())
    });
    let page = |of: &str| {
        let effects = schedule::digests(&[&person(of)], &agenda, &directory(), at(8), Seed([1; 16]));
        let letters = effects.into_iter().find_map(|effect| match effect {
            Effect::Send(letter) => Some(letter),
            _ => None,
        });
        composer.show(&letters.unwrap())
    };
    let (kim, lee) = (page("Kim"), page("Lee"));
    assert_eq!(kim.text.matches("\"#1 send\"").count(), 2, "{}", kim.text);
    assert_eq!(lee.text.matches("\"#1 send\"").count(), 1, "{}", lee.text);
    assert!(lee.text.contains("Kim decides") && lee.text.contains("| Thank you for asking."), "{}", lee.text);
}

#[test]
fn the_manager_reads_what_was_given_away_by_whom_and_why() {
    let given = case(1, "acme", at(-20));
    let before = offer(&given, 20);
    let now = at(2);
    let offers = vec![before.after(pairdesk::offer::Event::Waived, now).unwrap()];
    let entry = Entry {
        at: now,
        who: "Kim".to_owned(),
        what: "gave it away: They had a hard month".to_owned(),
        why: String::new(),
    };
    let digests = HashMap::from([(person("Mona").address, at(-16))]);
    let agenda =
        Agenda { cases: vec![given], entries: vec![(1, entry)], offers, digests, ..Agenda::default() };
    let gifts = digest("Mona", &agenda).given_away;
    let told: Vec<_> = gifts
        .iter()
        .map(|gift| (gift.case, gift.worth.as_str(), gift.who.as_str(), gift.reason.as_str()))
        .collect();
    assert_eq!(told, [(1, "1,200.00 EUR", "Kim", "They had a hard month")]);
    for other in ["Kim", "Lee", "Bea"] {
        assert!(digest(other, &agenda).given_away.is_empty(), "{other}");
    }
    let told = Agenda { digests: HashMap::from([(person("Mona").address, at(3))]), ..agenda };
    assert!(digest("Mona", &told).given_away.is_empty(), "it is said once");
}

#[test]
fn a_case_that_rests_is_told_of_when_it_soon_comes_back() {
    let resting = |number, wakes| Case {
        state: State::Waiting,
        wakes_at: Some(at(wakes)),
        ..case(number, "acme", at(-200))
    };
    let for_the_client = Case { state: State::Waiting, ..case(4, "acme", at(-200)) };
    let cases = vec![resting(1, 30), resting(2, 8 + 72), resting(3, 8 + 73), for_the_client];
    let agenda =
        Agenda { cases, digests: HashMap::from([(person("Kim").address, at(-16))]), ..Agenda::default() };
    let digest = schedule::digest(&person("Kim"), &agenda, &directory(), at(8));
    let due: Vec<_> = digest.due.iter().map(|facts| (facts.number, facts.rests_until)).collect();
    assert_eq!(due, [(1, Some(at(30))), (2, Some(at(8 + 72)))]);
    assert_eq!(digest.waiting.len(), 0, "what rests waits for nobody");
}

#[test]
fn whoever_had_no_digest_since_the_last_hour_is_due_once() {
    let directory = directory();
    let hours = Hours::default();
    let due = |last: &[(&str, i64)], now| {
        let last = last.iter().map(|(name, hours)| (person(name).address, at(*hours))).collect();
        let due = schedule::due(&last, &directory, &hours, at(now));
        due.into_iter().map(|person| person.name.clone()).collect::<Vec<_>>()
    };
    let nobody: [&str; 0] = [];
    assert_eq!(due(&[], 8), nobody, "before the hour");
    assert_eq!(due(&[], 9), ["Bea", "Kim", "Lee", "Mona"]);
    assert_eq!(due(&[("Kim", -200), ("Lee", 8), ("Bea", 9), ("Mona", 10)], 11), ["Kim", "Lee"]);
    assert_eq!(due(&[], 4 * 24 + 9), nobody, "on a Saturday");
}

/// A desk with these accounts whose clock is set by hand.
async fn desk(now: Timestamp) -> (Arc<Desk>, Arc<SetClock>, TempDir) {
    let folder = tempfile::tempdir().unwrap();
    let url = format!("sqlite:{}", folder.path().join("pairdesk.db").display());
    let store = Store::open(&url).await.unwrap();
    let mut tx = store.begin().await.unwrap();
    tx.replace_accounts(&accounts()).await.unwrap();
    tx.commit().await.unwrap();
    let clock = Arc::new(SetClock::new(now));
    let composer = Composer::new(House::of(&firm()));
    let time = Clock::Set(Arc::clone(&clock));
    let desk = Desk::new(store, composer, firm(), Policy::default(), ReadOptions::default(), time);
    (Arc::new(desk), clock, folder)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_tick_at_which_nothing_is_due_does_not_wait_for_writers() {
    let (desk, clock, _folder) = desk(at(9)).await;
    let hours = Hours::default();
    assert!(tick::step(&desk, &hours).await.unwrap() > 0, "the uncovered accounts are told to the manager");
    clock.set(at(10));
    let writer = desk.store.begin().await.unwrap();
    assert_eq!(tick::step(&desk, &hours).await.unwrap(), 0);
    drop(writer);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_writer_before_the_digest_wrote_is_told_once() {
    let (desk, clock, _folder) = desk(at(9)).await;
    let mut writer = desk.store.begin().await.unwrap();
    let ticking = Arc::clone(&desk);
    let tick = tokio::spawn(async move { tick::step(&ticking, &Hours::default()).await.unwrap() });
    // Long enough for the tick to stand behind the writer; what is checked holds however long it takes.
    tokio::time::sleep(std::time::Duration::from_millis(300)).await;
    clock.set(at(10));
    let entry = Entry {
        at: at(10),
        who: "Lee".to_owned(),
        what: "answered the client".to_owned(),
        why: String::new(),
    };
    let effects = [Effect::OpenCase(case(1, "acme", at(10))), Effect::Record { case: 1, entry }];
    writer.perform(None, &effects, &desk.composer, at(10)).await.unwrap();
    writer.commit().await.unwrap();
    tick.await.unwrap();
    clock.set(at(24 + 9));
    let kim = person("Kim");
    let mut tx = desk.store.begin().await.unwrap();
    let agenda = tx.agenda(&[&kim], at(24 + 9)).await.unwrap();
    drop(tx);
    let sent = desk.store.outgoing(OutboxState::Pending).await.unwrap();
    assert!(sent.iter().any(|line| line.to == kim.address), "the first digest told of it: {sent:?}");
    let second = digest("Kim", &agenda);
    assert_eq!((second.new.len(), second.partner_did.len()), (0, 0), "and the second does not again");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_digest_by_hand_says_for_whom_there_is_one() {
    let (desk, _clock, _folder) = desk(at(3)).await;
    let mut tx = desk.store.begin().await.unwrap();
    tx.perform(None, &[Effect::OpenCase(case(1, "acme", at(2)))], &desk.composer, at(2)).await.unwrap();
    tx.commit().await.unwrap();
    let to: Vec<_> = tick::digest_now(&desk).await.unwrap().into_iter().map(|to| to.name).collect();
    assert_eq!(
        to,
        ["Bea", "Kim", "Lee", "Mona"],
        "managers hear of uncovered accounts: Bea of hers, Mona of all"
    );
    let gaps = |of: &str| digest(of, &Agenda::default()).uncovered.len();
    assert_eq!((gaps("Bea"), gaps("Mona"), gaps("Kim")), (2, 4, 0));
    let digests = desk.store.digests().await.unwrap();
    assert_eq!(digests.get(&person("Kim").address), Some(&at(3)));
}

#[test]
fn the_first_digest_after_a_start_tells_what_came_meanwhile() {
    let dovecot = Dovecot::start();
    let user = "service@fjord.example";
    let rest = imap_mailbox(dovecot.imap, user, "")
        + &smtp(2525)
        + "[digest]\nhour = \"00:00\"\ndays = [\"mon\", \"tue\", \"wed\", \"thu\", \"fri\", \"sat\", \"sun\"]\n";
    let mut daemon = Daemon::configure("sqlite:pairdesk.db", &rest);
    for number in 0..30 {
        dovecot.deliver(
            user,
            format!(
                "From: Dana <d{number}@acme.example>\r\nTo: {user}\r\nSubject: Matter {number}\r\n\
                 Message-ID: <m{number}@acme.example>\r\n\r\nCould you also add a second page while you are at it, \
                 and do it for our other site as well?\r\n"
            )
            .as_bytes(),
        );
    }
    daemon.start();
    daemon.until("first digests", || daemon.log().contains("made the digests").then_some(()));
    let status = daemon.succeed(&["status"]);
    daemon.stop();
    assert!(
        status.contains("digest to kim@fjord.example"),
        "her digest was made before the mails had been read:\n{status}"
    );
}
