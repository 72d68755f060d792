//! Mails are stored as they come, and read later: what lies between the two, and how their bytes are kept.

use super::clock::desk;
use super::*;
use pairdesk::message::Cursor;
use pairdesk::store::{ErrorKind, Kept};
use pairdesk::worker::receive::{self, Outcome};
use pairdesk::worker::{Desk, read};

const NEVER: Timestamp = Timestamp::MIN;

fn cursor(last_uid: u32) -> Cursor {
    Cursor { validity: 7, last_uid, since: NEVER, started_at: NEVER }
}

/// A mail of a stranger.
fn raw(number: u32) -> Vec<u8> {
    format!(
        "From: Bob <bob{number}@other.example>\r\nTo: service@firm.example\r\nSubject: Matter {number}\r\n\
         Message-ID: <m{number}@other.example>\r\n\r\nHello, this is number {number}.\r\n"
    )
    .into_bytes()
}

async fn keep(desk: &Desk, arrivals: Vec<Arrival>) -> usize {
    receive::keep(desk, arrivals, "service/INBOX", cursor(99)).await.unwrap()
}

fn filed(outcomes: &[Outcome]) -> Vec<(i64, Disposition)> {
    let filed = outcomes.iter().map(|outcome| match &outcome.effects[0] {
        Effect::File(filing) => (outcome.mail, filing.disposition),
        other => panic!("{other:?}"),
    });
    filed.collect()
}

async fn execute(url: &str, sql: &'static str) {
    if url.starts_with("sqlite") {
        let mut connection = SqliteConnection::connect(url).await.unwrap();
        sqlx::query(sql).execute(&mut connection).await.unwrap();
    } else {
        let mut connection = PgConnection::connect(url).await.unwrap();
        sqlx::query(sql).execute(&mut connection).await.unwrap();
    }
}

/// A number that the database says.
async fn number(url: &str, sql: &'static str) -> i64 {
    if url.starts_with("sqlite") {
        let mut connection = SqliteConnection::connect(url).await.unwrap();
        sqlx::query_scalar(sql).fetch_one(&mut connection).await.unwrap()
    } else {
        let mut connection = PgConnection::connect(url).await.unwrap();
        sqlx::query_scalar(sql).fetch_one(&mut connection).await.unwrap()
    }
}

pub async fn a_mail_that_was_kept_by_a_daemon_that_is_gone_is_read_by_the_next(fresh: Fresh) {
    let (first, _) = desk(&fresh).await;
    let arrivals = || (1..=3).map(|uid| arrival(&uid.to_string(), &raw(uid))).collect();
    assert_eq!(keep(&first, arrivals()).await, 3);
    let store = &fresh.store;
    let status = store.status().await.unwrap();
    assert_eq!(status.mails, [(Disposition::Waiting, 3)]);
    assert_eq!(status.mailboxes[0].cursor, Some(cursor(99)), "so the mailbox is not asked for them again");
    assert_eq!(store.left_to_read().await.unwrap(), 3);
    let newest = store.newest_mail().await.unwrap();
    assert!(!store.is_read_up_to(newest).await.unwrap());
    assert_eq!(store.mail(newest).await.unwrap().unwrap().mail.reason, "waits to be read");
    store.close().await;

    let next = Fresh { store: Store::open(&fresh.url).await.unwrap(), ..fresh };
    let (second, _) = desk(&next).await;
    assert_eq!(keep(&second, arrivals()).await, 0, "their places are stored");
    let outcomes = read::all(&second).await.unwrap();
    let numbers: Vec<_> = filed(&outcomes);
    assert_eq!(
        numbers,
        [1, 2, 3].map(|mail| (mail, Disposition::Unmatched)),
        "in the order in which they came"
    );
    assert!(read::step(&second).await.unwrap().is_empty(), "once");
    assert!(next.store.is_read_up_to(newest).await.unwrap());
    let read = next.store.mail(newest).await.unwrap().unwrap().mail;
    assert_eq!((read.subject.as_str(), read.from.address.as_str()), ("Matter 3", "bob3@other.example"));
    assert_eq!(next.store.left_to_read().await.unwrap(), 0);
}

pub async fn readers_beside_each_other_read_each_mail_once(fresh: Fresh) {
    let (desk, _) = desk(&fresh).await;
    keep(&desk, (1..=40).map(|uid| arrival(&uid.to_string(), &raw(uid))).collect()).await;
    let (first, second) = futures::join!(read::all(&desk), read::all(&desk));
    let mut read: Vec<_> =
        first.unwrap().iter().chain(&second.unwrap()).map(|outcome| outcome.mail).collect();
    read.sort_unstable();
    // One of them may have left while the other still held the last mails.
    read.extend(read::all(&desk).await.unwrap().iter().map(|outcome| outcome.mail));
    assert_eq!(read, (1..=40).collect::<Vec<_>>());
}

pub async fn of_two_copies_that_wait_together_the_second_is_the_duplicate(fresh: Fresh) {
    let (desk, _) = desk(&fresh).await;
    keep(&desk, vec![arrival("1", &raw(1)), arrival("2", &raw(1))]).await;
    let outcomes = read::all(&desk).await.unwrap();
    assert_eq!(filed(&outcomes), [(1, Disposition::Unmatched), (2, Disposition::Duplicate)]);
}

pub async fn what_a_folder_held_before_it_was_read_stays_backlog_until_it_is_read(fresh: Fresh) {
    let (desk, _) = desk(&fresh).await;
    let cursor = Cursor { started_at: at(10), ..cursor(99) };
    let mut after = arrival("2", &raw(2));
    after.received_at = Some(at(11));
    receive::keep(&desk, vec![arrival("1", &raw(1)), after], "service/INBOX", cursor).await.unwrap();
    let waiting = fresh.store.to_read(9, 1 << 20).await.unwrap();
    assert_eq!(waiting.iter().map(|mail| mail.backlog).collect::<Vec<_>>(), [true, false]);
    assert_eq!(fresh.store.to_read(9, 1).await.unwrap().len(), 1, "the first whatever its size");
}

pub async fn a_mail_that_the_store_refuses_is_set_aside_and_asked_for_again(fresh: Fresh) {
    let (desk, _) = desk(&fresh).await;
    // A stored mail cannot have the same bytes as another: no rule of ours, but one that both databases know.
    execute(&fresh.url, "CREATE UNIQUE INDEX refuse ON mail_raw (bytes)").await;
    let arrivals = vec![arrival("1", &raw(1)), arrival("2", &raw(1)), arrival("3", &raw(3))];
    assert_eq!(keep(&desk, arrivals).await, 3);
    let set_aside = fresh.store.mails(Disposition::SetAside).await.unwrap();
    assert_eq!(set_aside.iter().map(|mail| mail.key.as_str()).collect::<Vec<_>>(), ["2"]);
    assert!(
        set_aside[0].reason.starts_with("the store refuses it: storing mails:"),
        "{}",
        set_aside[0].reason
    );
    assert_eq!(fresh.store.unread_keys("service/INBOX", 7).await.unwrap(), ["2"]);
    assert_eq!(read::all(&desk).await.unwrap().len(), 2);
    execute(&fresh.url, "DROP INDEX refuse").await;
    assert_eq!(keep(&desk, vec![arrival("2", &raw(2))]).await, 1);
    let outcomes = read::all(&desk).await.unwrap();
    assert_eq!(filed(&outcomes)[0].1, Disposition::Unmatched);
}

pub async fn a_mail_without_bytes_makes_way_also_while_it_waits(fresh: Fresh) {
    let (desk, _) = desk(&fresh).await;
    let empty = Arrival { full_size: 1, ..arrival("1", b"") };
    assert_eq!(keep(&desk, vec![empty.clone(), arrival("2", &raw(2))]).await, 2);
    assert_eq!(keep(&desk, vec![arrival("1", &raw(1))]).await, 1);
    assert_eq!(filed(&read::all(&desk).await.unwrap()).len(), 2);
    assert_eq!(keep(&desk, vec![empty]).await, 0, "it is there");
    assert_eq!(fresh.store.mails(Disposition::Unmatched).await.unwrap().len(), 2);
}

/// Bytes that nothing makes smaller, as of a photograph: the same for the same seed.
fn noise(seed: u32, bytes: usize) -> Vec<u8> {
    let mut state = u64::from(seed) * 2 + 1;
    let next = || {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        state.to_le_bytes()[7]
    };
    std::iter::repeat_with(next).take(bytes).collect()
}

pub async fn every_mail_comes_back_as_it_came_and_an_attachment_is_kept_once(fresh: Fresh) {
    let attachment = noise(1, 600_000);
    let table: Vec<Vec<u8>> =
        [Vec::new(), b"x".to_vec(), raw(1), b"\0\xff\r\n".repeat(9_000), noise(2, 3_000_000)]
            .into_iter()
            .chain((10..20).map(|number| [raw(number), attachment.clone()].concat()))
            .collect();
    let arrivals = (1..).zip(&table).map(|(uid, raw)| arrival(&u32::to_string(&uid), raw)).collect();
    let kept = Kept::all(arrivals, NEVER);
    let mut tx = fresh.store.begin().await.unwrap();
    let numbers = tx.keep(&kept, at(0)).await.unwrap();
    tx.commit().await.unwrap();
    for (number, raw) in numbers.iter().zip(&table) {
        let stored = fresh.store.raw_mail(number.unwrap()).await.unwrap();
        assert!(stored.as_ref() == Some(raw), "mail of {} bytes", raw.len());
    }
    let bytes = "SELECT CAST(SUM(LENGTH(bytes)) AS BIGINT) FROM chunk";
    let chunks = number(&fresh.url, bytes).await - 3_000_000;
    assert!((600_000..900_000).contains(&chunks), "{chunks} bytes for ten times 600,000");
    execute(&fresh.url, "DELETE FROM mail WHERE place_key <> '15'").await;
    assert_eq!(fresh.store.raw_mail(numbers[14].unwrap()).await.unwrap().as_ref(), Some(&table[14]));
    execute(&fresh.url, "DELETE FROM mail").await;
    assert_eq!(number(&fresh.url, "SELECT COUNT(*) FROM chunk").await, 0, "none is left over");
}

pub async fn damaged_bytes_are_said_to_be_so_and_stop_no_other_mail(fresh: Fresh) {
    let (desk, _) = desk(&fresh).await;
    let large = |number: u32| [raw(number), b"\r\n".to_vec(), noise(number, 200_000)].concat();
    let raws = [raw(1).repeat(3), raw(2).repeat(3), large(3), large(4), raw(5).repeat(3), raw(6)];
    keep(&desk, (1..).zip(&raws).map(|(uid, raw)| arrival(&u32::to_string(&uid), raw)).collect()).await;
    // Another mail's bytes, a part lost, all parts lost; and one mail as former versions kept it.
    let copy = "UPDATE mail_raw SET bytes = (SELECT bytes FROM mail_raw WHERE mail = 2) WHERE mail = 1";
    execute(&fresh.url, copy).await;
    execute(&fresh.url, "DELETE FROM mail_chunk WHERE mail = 3 AND position = 1").await;
    execute(&fresh.url, "UPDATE mail_raw SET packing = 2 WHERE mail = 6").await;
    if fresh.url.starts_with("sqlite") {
        let mut connection = SqliteConnection::connect(&fresh.url).await.unwrap();
        let sql = "UPDATE mail_raw SET bytes = $1, packing = 0 WHERE mail = 5";
        sqlx::query(sql).bind(&raws[4]).execute(&mut connection).await.unwrap();
    } else {
        let mut connection = PgConnection::connect(&fresh.url).await.unwrap();
        let sql = "UPDATE mail_raw SET bytes = $1, packing = 0 WHERE mail = 5";
        sqlx::query(sql).bind(&raws[4]).execute(&mut connection).await.unwrap();
    }
    let error = fresh.store.raw_mail(1).await.unwrap_err();
    assert_eq!(error.kind, ErrorKind::Data);
    assert!(error.to_string().contains("the stored bytes of mail 1 are damaged"), "{error}");
    let outcomes = filed(&read::all(&desk).await.unwrap());
    let damaged: Vec<_> =
        outcomes.iter().filter(|(_, of)| *of == Disposition::SetAside).map(|(mail, _)| *mail).collect();
    assert_eq!((outcomes.len(), damaged), (6, vec![1, 3, 6]));
    let listed = fresh.store.mails(Disposition::SetAside).await.unwrap();
    assert!(listed[0].reason.contains("damaged") && listed[0].reason.contains("restore a backup"));
}
