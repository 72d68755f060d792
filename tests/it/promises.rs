//! What owners promise clients: written down with its day, and called in by the digests of both owners.

use std::sync::Arc;

use jiff::Timestamp;
use jiff::civil::Date;
use pairdesk::classify::{StaffFinding, StaffLabel};
use pairdesk::clock::{Clock, SetClock};
use pairdesk::compose::{Composer, House};
use pairdesk::directory::{Account, Directory, Firm};
use pairdesk::effect::{Commitment, Effect, Seed};
use pairdesk::intake::{Known, Mail, Policy, decide, sender};
use pairdesk::message::{Address, Arrival, Cursor, Message, Place, ReadOptions, read};
use pairdesk::schedule::{self, Agenda, Hours, Promise};
use pairdesk::store::{OutboxState, Store};
use pairdesk::worker::{Desk, receive, tick};

/// A Wednesday.
fn now() -> Timestamp {
    "2026-11-25T15:00:00Z".parse().unwrap()
}

fn person(name: &str) -> Address {
    Address { name: name.to_owned(), address: format!("{}@fjord.example", name.to_lowercase()) }
}

/// On the other side of the date line from UTC's evening.
fn firm() -> Firm {
    Firm {
        name: "Fjord Studio".to_owned(),
        address: "service@fjord.example".to_owned(),
        domains: vec!["fjord.example".to_owned()],
        manager: Some(person("Mona")),
        timezone: "Pacific/Auckland".to_owned(),
        language: "en".to_owned(),
        ..Firm::default()
    }
}

fn acme() -> Account {
    Account {
        key: "acme".to_owned(),
        name: "Acme Foods".to_owned(),
        domains: vec!["acme.example".to_owned()],
        sales: Some(person("Kim")),
        operations: Some(person("Lee")),
        ..Account::default()
    }
}

fn directory() -> Directory {
    Directory::new(firm(), vec![acme()])
}

/// What a mail of this person makes of a sentence that is read as a promise with this probability.
fn promised(
    from: &str,
    to: &str,
    words: &str,
    probability: f64,
    date: &str,
    backlog: bool,
) -> Option<Commitment> {
    let address = |address: &str| Address { name: String::new(), address: address.to_owned() };
    let message = Message {
        from: Some(address(from)),
        from_header: vec![address(from)],
        to: vec![address(to)],
        date: Some(date.parse().unwrap()),
        reply: words.to_owned(),
        ..Message::default()
    };
    let label = StaffLabel::Commitment;
    let staff = [StaffFinding { label, probability, evidence: words.to_owned() }];
    let mail = Mail {
        message: &message,
        classification: None,
        scope: None,
        spoken: None,
        staff: &staff,
        sent_folder: false,
        backlog,
    };
    let directory = directory();
    let (sender, known) = (sender(&message, &directory), Known::default());
    let effects = decide(mail, &sender, &directory, &known, &Policy::default(), now(), Seed([7; 16]));
    effects.into_iter().find_map(|effect| match effect {
        Effect::Committed(made) => Some(made),
        _ => None,
    })
}

#[test]
fn an_owners_promise_to_a_client_is_written_down_with_its_day_where_the_firm_is() {
    let (kim, lee, dana) = ("Kim@fjord.example", "lee@fjord.example", "dana@acme.example");
    let wednesday = "2026-11-25T09:00:00Z";
    let due = |from, to, words, probability, date, backlog| {
        promised(from, to, words, probability, date, backlog)
            .map(|made| made.due.map_or("no day".to_owned(), |day: Date| day.to_string()))
    };
    let by_friday = "You will have it by Friday.";
    let table = [
        (lee, dana, by_friday, 0.9, wednesday, false, Some("2026-11-27")),
        (kim, dana, by_friday, 0.9, wednesday, false, Some("2026-11-27")),
        // In Auckland it is Thursday already.
        (lee, dana, "You will have it tomorrow.", 0.9, "2026-11-25T14:00:00Z", false, Some("2026-11-27")),
        (lee, dana, "You will have it tomorrow.", 0.9, wednesday, false, Some("2026-11-26")),
        // A Date of the future counts as now, which is Thursday there.
        (lee, dana, "You will have it tomorrow.", 0.9, "2027-01-01T09:00:00Z", false, Some("2026-11-27")),
        (lee, dana, "We will see to it.", 0.9, wednesday, false, Some("no day")),
        (lee, dana, by_friday, 0.2, wednesday, false, None),
        (lee, kim, by_friday, 0.9, wednesday, false, None),
        ("mo@fjord.example", dana, by_friday, 0.9, wednesday, false, None),
        // What lay there before the first start counts while its day is to come.
        (lee, dana, by_friday, 0.9, wednesday, true, Some("2026-11-27")),
        (lee, dana, by_friday, 0.9, "2026-11-10T09:00:00Z", true, None),
        (lee, dana, "We will see to it.", 0.9, wednesday, true, None),
    ];
    for (from, to, words, probability, date, backlog, expected) in table {
        let found = due(from, to, words, probability, date, backlog);
        assert_eq!(found.as_deref(), expected, "{from} to {to} on {date}: {words}");
    }
    let made = promised(kim, dana, by_friday, 0.9, wednesday, false).unwrap();
    assert_eq!((made.account.as_str(), made.by.as_str(), made.case), ("acme", "kim@fjord.example", None));
    assert_eq!((made.words.as_str(), made.at), (by_friday, wednesday.parse().unwrap()));
}

#[test]
fn a_promise_is_called_in_from_the_working_day_before_its_day_until_the_one_after() {
    let directory = Directory::new(Firm { timezone: "UTC".to_owned(), ..firm() }, vec![acme()]);
    let made = Commitment {
        account: "acme".to_owned(),
        case: Some(4),
        by: "lee@fjord.example".to_owned(),
        words: "You will have it.".to_owned(),
        due: None,
        at: now(),
    };
    let agenda = |due: &str| Agenda {
        promises: vec![Promise {
            number: 9,
            made: Commitment { due: Some(due.parse().unwrap()), ..made.clone() },
            called_at: None,
        }],
        ..Agenda::default()
    };
    let said = |of: &str, due: &str, day: &str| {
        let now = format!("{day}T07:00:00Z").parse().unwrap();
        let found = schedule::digest(&person(of), &agenda(due), &directory, now).promises;
        found.first().map(|promise| (promise.by.clone(), promise.over))
    };
    // The 27th is a Friday.
    for (due, day, over) in [
        ("2026-11-26", "2026-11-24", None),
        ("2026-11-26", "2026-11-25", Some(false)),
        ("2026-11-26", "2026-11-26", Some(false)),
        ("2026-11-26", "2026-11-27", Some(true)),
        ("2026-11-26", "2026-11-30", None),
        ("2026-11-27", "2026-11-30", Some(true)),
        ("2026-11-28", "2026-11-30", Some(true)),
        ("2026-11-30", "2026-11-27", Some(false)),
        ("2026-11-30", "2026-11-26", None),
        ("2026-11-27", "2026-12-01", None),
    ] {
        assert_eq!(said("Lee", due, day), over.map(|over| (None, over)), "{due} on {day}");
        assert_eq!(said("Kim", due, day), over.map(|over| (Some("Lee".to_owned()), over)), "{due} on {day}");
        assert_eq!(said("Mona", due, day), None, "it is no manager's");
    }

    let (lee, thursday) = (person("Lee"), "2026-11-26T07:00:00Z".parse().unwrap());
    let called = |agenda: &Agenda| {
        let effects = schedule::digests(&[&lee], agenda, &directory, thursday, Seed([7; 16]));
        effects.into_iter().filter(|effect| matches!(effect, Effect::CalledIn { commitment: 9, .. })).count()
    };
    let mut agenda = agenda("2026-11-27");
    assert_eq!(called(&agenda), 1);
    agenda.promises[0].called_at = Some(now());
    assert_eq!(called(&agenda), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_promise_that_was_read_in_a_mail_stands_in_both_owners_digests() {
    let folder = tempfile::tempdir().unwrap();
    let store =
        Store::open(&format!("sqlite:{}", folder.path().join("pairdesk.db").display())).await.unwrap();
    let clock = Arc::new(SetClock::new(now()));
    let mut tx = store.begin().await.unwrap();
    tx.replace_accounts(&[acme()]).await.unwrap();
    tx.commit().await.unwrap();
    let (reading, composer) = (ReadOptions::default(), Composer::new(House::of(&firm())));
    let time = Clock::Set(Arc::clone(&clock));
    let desk = Desk::new(store, composer, firm(), Policy::default(), reading, time);
    let raw = "From: Kim <kim@fjord.example>\r\nTo: Dana <dana@acme.example>\r\nCc: service@fjord.example\r\n\
        Subject: The report\r\nMessage-ID: <k1@fjord.example>\r\nDate: Wed, 25 Nov 2026 09:00:00 +0000\r\n\r\n\
        Hi Dana,\r\n\r\nyou will have the finished report on your desk by Friday noon, I promise.\r\n\r\nKim\r\n";
    let arrival = Arrival {
        place: Place { mailbox: "service/INBOX".to_owned(), validity: 1, key: "1".to_owned() },
        full_size: raw.len() as u64,
        raw: raw.as_bytes().to_vec(),
        received_at: Some(now()),
        sent_folder: false,
    };
    let cursor = Cursor { validity: 1, last_uid: 1, since: now(), started_at: now() };
    receive::take(&desk, vec![arrival], "service/INBOX", cursor).await.unwrap();

    // Friday morning in Auckland.
    clock.set("2026-11-26T20:00:00Z".parse().unwrap());
    tick::step(&desk, &Hours::default()).await.unwrap();
    let mut told = Vec::new();
    for line in desk.store.outgoing(OutboxState::Pending).await.unwrap() {
        let bytes = desk.store.outgoing_bytes(line.id).await.unwrap().unwrap();
        let digest = read(&bytes, &ReadOptions::default());
        assert!(digest.text.contains("finished report on your desk by Friday noon"), "{}", digest.text);
        let by =
            digest.text.lines().find(|line| line.contains("promised for today")).unwrap().trim().to_owned();
        told.push((digest.to[0].address.clone(), by));
    }
    told.sort();
    let expected = [
        ("kim@fjord.example", "promised for today, by you"),
        ("lee@fjord.example", "promised for today, by Kim"),
    ];
    assert_eq!(told, expected.map(|(to, by)| (to.to_owned(), by.to_owned())));
}
