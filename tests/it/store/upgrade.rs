//! A store of any age is brought up to date with everything in it, and a daemon goes on from there.

use pairdesk::clock::{Clock, SetClock};
use pairdesk::directory::Firm;
use pairdesk::effect::OutgoingMail;
use pairdesk::intake::Policy;
use pairdesk::message::{Cursor, ReadOptions};
use pairdesk::outbox::Limits;
use pairdesk::schedule::Hours;
use pairdesk::smtp::Transport;
use pairdesk::worker::deliver::Delivery;
use pairdesk::worker::{Desk, receive, tick};
use std::sync::{Arc, Mutex};

use super::ages::{everything, populate, steps};
use super::*;

/// Where a new store may be made.
struct Place {
    url: String,
    _folder: TempDir,
}

fn places() -> [Place; 2] {
    let folder = tempfile::tempdir().unwrap();
    let url = format!("sqlite:{}", folder.path().join("pairdesk.db").display());
    [
        Place { url, _folder: folder },
        Place { url: postgres::fresh_database(), _folder: tempfile::tempdir().unwrap() },
    ]
}

#[tokio::test(flavor = "multi_thread")]
async fn a_store_of_any_age_is_brought_up_to_date_with_everything_in_it_and_a_daemon_goes_on() {
    let now = steps().len();
    for age in 1..=now {
        for Place { url, .. } in &places() {
            populate(url, age).await;
            let before = everything(url).await;
            let bare: Vec<_> =
                before.iter().filter(|(_, rows)| rows.is_empty()).map(|(table, _)| table).collect();
            assert_eq!(
                bare,
                Vec::<&String>::new(),
                "step {age} leaves tables that this test writes nothing into"
            );
            let store = Store::open(url).await.unwrap();
            let mut after = everything(url).await;
            for (table, rows) in &before {
                let columns: Vec<_> = rows[0].keys().collect();
                let after =
                    after.get_mut(table).unwrap_or_else(|| panic!("from step {age}, {table} is gone"));
                for row in after.iter_mut() {
                    row.retain(|column, _| columns.contains(&column));
                }
                after.sort();
                assert_eq!(after, rows, "{table}, from step {age}, {url}");
            }
            if age == 1 || age + 1 >= now || long() {
                goes_on(store).await;
            }
        }
    }
}

#[expect(clippy::disallowed_methods, reason = "the length of a test is chosen from outside")]
fn long() -> bool {
    std::env::var_os("PAIRDESK_TEST_LONG").is_some()
}

/// That a daemon works with a store that was populated: it knows the mail and the case of before, and sends what waits.
pub async fn goes_on(store: Store) {
    let clock = Clock::Set(Arc::new(SetClock::new(at(60))));
    let firm = Firm {
        name: "Firm".to_owned(),
        address: "service@firm.example".to_owned(),
        domains: vec!["firm.example".to_owned()],
        timezone: "UTC".to_owned(),
        language: "en".to_owned(),
        manager: Some(address("maria@firm.example")),
        ..Firm::default()
    };
    let desk = Desk::new(store, composer(), firm, Policy::default(), ReadOptions::default(), clock);
    let before = desk.store.case_detail(1).await.unwrap().expect("the case is there");
    assert_eq!(before.mails.iter().map(|mail| mail.id).collect::<Vec<_>>(), [1, 3]);
    let status = desk.store.status().await.unwrap();
    assert_eq!((status.sent, status.cases, status.unmatched.len()), (1, (1, 2), 1), "{status:?}");

    let raw = b"From: Ann Ruiz <ann@acme.example>\r\nTo: service@firm.example\r\nSubject: Re: The feed\r\n\
        Message-ID: <m4@acme.example>\r\nIn-Reply-To: <m1@acme.example>\r\n\r\nIt is still down, and we have had enough.\r\n";
    let cursor = Cursor { validity: 7, last_uid: 3, since: at(-99), started_at: at(-9) };
    let outcomes = receive::take(&desk, vec![arrival("3", raw)], "service/INBOX", cursor).await.unwrap();
    let mail = outcomes.last().expect("the mail is new").mail;
    assert_eq!(mail, 4, "ids go on");
    let after = desk.store.case_detail(1).await.unwrap().unwrap();
    assert_eq!(after.mails.iter().map(|mail| mail.id).collect::<Vec<_>>(), [1, 3, 4], "{after:?}");
    let again = receive::take(&desk, vec![arrival("3", raw)], "service/INBOX", cursor).await.unwrap();
    assert!(again.is_empty(), "it is taken in once: {again:?}");

    tick::step(&desk, &Hours::default()).await.unwrap();
    let kept: Arc<Mutex<Vec<OutgoingMail>>> = Arc::default();
    let transport = Transport::Memory(Arc::clone(&kept));
    let delivery = Delivery::new(transport, Limits { to_one: 99, to_all: 99 }, days(9));
    while delivery.step(&desk).await.unwrap().sent > 0 {}
    let sent: Vec<_> = kept.lock().unwrap().iter().map(|mail| mail.message_id.clone()).collect();
    assert_eq!(sent.iter().filter(|id| *id == "l2@firm.example").count(), 1, "{sent:?}");
    assert!(!sent.contains(&"l1@firm.example".to_owned()), "what was sent is sent again: {sent:?}");
    desk.store.close().await;
}
