//! Faults at every step of every protocol, while mail comes in: after each block of rounds they stop, and the ledger
//! must balance. Every client's mail is stored once, whole and decided; all that follows from it goes out; nothing goes
//! out twice but in the one window that is named: the server had it, and the daemon did not hear of it or had no time
//! left to write it down. What goes out twice then bears the same Message-ID.
//!
//! `PAIRDESK_TEST_LONG=1` (`./test --long`) runs 2,000 rounds on each database, `PAIRDESK_CHAOS_ROUNDS` any other number.
//! What goes wrong when is drawn from a seed that a failure prints with the number of its block:
//! `PAIRDESK_CHAOS_SEED=7` begins with that seed, `PAIRDESK_CHAOS_SEED=7:12` runs its twelfth block alone.

mod ledger;
mod plan;
mod site;

use std::time::Instant;

use jiff::Timestamp;
use pairdesk::message::{Arrival, Place};
use pairdesk::store::{ErrorKind, Store};

use self::plan::Block;
use self::site::Site;
use crate::harness::disk::Disk;
use crate::harness::postgres::Cluster;
use crate::harness::random::Random;

/// What is chosen from outside.
struct Length {
    rounds: usize,
    seed: u64,
    /// The one block that is run, where it is only one.
    only: Option<u64>,
}

#[expect(clippy::disallowed_methods, reason = "the length and the seed of a test are chosen from outside")]
fn length() -> Length {
    let variable = |name| std::env::var(name).ok();
    let usual = if variable("PAIRDESK_TEST_LONG").is_some() { 2_000 } else { 60 };
    let rounds = variable("PAIRDESK_CHAOS_ROUNDS").map_or(usual, |rounds| rounds.parse().unwrap());
    let seed = variable("PAIRDESK_CHAOS_SEED").unwrap_or_else(|| "20261122".to_owned());
    let (seed, only) = match seed.split_once(':') {
        Some((seed, block)) => (seed.to_owned(), Some(block.parse().unwrap())),
        None => (seed, None),
    };
    Length { rounds, seed: seed.parse().unwrap(), only }
}

/// Says how a failure is had again.
struct Replay {
    seed: u64,
    block: u64,
}

impl Drop for Replay {
    fn drop(&mut self) {
        if std::thread::panicking() {
            let Self { seed, block } = self;
            eprintln!(
                "to have this block again: PAIRDESK_CHAOS_SEED={seed}:{block} cargo test --test it chaos::"
            );
        }
    }
}

#[expect(clippy::print_stdout, reason = "its numbers are worth reading")]
fn balances(mut site: Site) {
    let Length { rounds, seed, only } = length();
    let mut replay = Replay { seed, block: 0 };
    let begun = Instant::now();
    for block in only.unwrap_or(1).. {
        replay.block = block;
        let plan = Block::drawn(seed, block, &site);
        site.run(&plan);
        site.settle(&plan);
        site.check();
        println!("{}: block {block}: {}", site.database(), site.summary());
        if only.is_some() || site.rounds() >= rounds {
            break;
        }
    }
    let took = begun.elapsed().as_secs();
    println!("{}", site.report(seed, took));
    site.finish();
}

#[test]
fn faults_at_every_step_lose_no_mail_and_double_none_with_sqlite() {
    balances(Site::on_sqlite());
}

#[test]
fn faults_at_every_step_lose_no_mail_and_double_none_with_postgresql() {
    balances(Site::on_postgresql(Cluster::start()));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_store_whose_disk_was_full_writes_again_as_soon_as_there_is_room() {
    let Some(disk) = Disk::mount(16) else {
        eprintln!("left out: only root has a disk to fill");
        return;
    };
    let store = Store::open(&format!("sqlite:{}", disk.path().join("pairdesk.db").display())).await.unwrap();
    let mut random = Random::new(1);
    let mut key = 0_u64;
    let mut keep = async || {
        key += 1;
        let place = Place { mailbox: "service".to_owned(), validity: 1, key: key.to_string() };
        // What no compression makes smaller.
        let raw: Vec<u8> = (0..40_000).flat_map(|_| random.next().to_le_bytes()).collect();
        let full_size = raw.len() as u64;
        let arrival = Arrival { place, raw, full_size, received_at: None, sent_folder: false };
        let mut tx = store.begin().await?;
        tx.set_aside(&arrival, "a test", Timestamp::UNIX_EPOCH).await?;
        tx.commit().await
    };
    for _ in 0..3 {
        disk.fill();
        let mut refused = None;
        // What the files have already is written to first.
        for _ in 0..100 {
            refused = keep().await.err();
            if refused.is_some() {
                break;
            }
        }
        assert_eq!(refused.expect("a full disk takes nothing").kind, ErrorKind::Unavailable);
        disk.empty();
        keep().await.unwrap();
    }
}
