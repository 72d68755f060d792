//! What a store of years changes: intake, reading, the clock, and what people ask for, with no mails stored, a hundred thousand
//! and a million.

use std::time::{Duration, Instant};

use jiff::{SignedDuration, Timestamp};
use pairdesk::schedule::{self, Hours, Times};
use pairdesk::worker::{Desk, tick};

use crate::daemon::Daemon;
use crate::dovecot::Dovecot;
use crate::figures::{Measured, median, rate, short, table};
use crate::{filled, mails, place, postgres, setting};

/// How many of the mails that come in a round are read.
const READ: usize = 32;
/// How often what people ask for is done.
const TIMES: usize = 3;

/// A store with so many mails, and what was measured on it.
struct Level {
    mails: usize,
    url: String,
    program: Daemon,
    stored: Measured,
    read: Measured,
    /// Milliseconds, by name.
    asked: Vec<Measured>,
}

pub fn measure() {
    let (rounds, come) = (setting("PAIRDESK_BENCH_ROUNDS", 7), setting("PAIRDESK_BENCH_MAILS", 2000));
    let most = setting("PAIRDESK_BENCH_STORED", 1_000_000);
    let dovecot = Dovecot::start();
    let users: Vec<String> = (0..=rounds).map(|round| format!("round{round}@fjord.example")).collect();
    for (user, seed) in users.iter().zip(100..) {
        place::put(&dovecot, user, &mails::mails(seed, come, user));
        // Dovecot's UIDVALIDITY is the second in which a folder was made: the same mails, if two had the same.
        std::thread::sleep(Duration::from_millis(1100));
    }
    println!(
        "Growth: {come} mails come to a store that holds none, {} or {} ({} clients, threads, cases, letters, histories); medians of \
         {rounds} rounds, in each of which all three run one after the other",
        short_count(most / 10),
        short_count(most),
        mails::CLIENTS
    );
    for store in ["SQLite", "PostgreSQL"] {
        one(store, most, come, &users, dovecot.imap);
    }
}

fn one(store: &str, most: usize, come: usize, users: &[String], port: u16) {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let mut levels: Vec<Level> =
        [0, most / 10, most].map(|mails| level(store, mails, &users[0], port)).into();
    let mut filling = 0;
    for level in levels.iter_mut().filter(|level| level.mails > 0) {
        filling += runtime.block_on(filled::fill(&level.program, &level.url, level.mails));
    }
    for (round, user) in users.iter().enumerate() {
        // Each is first in some round.
        levels.rotate_left(1);
        for level in &mut levels {
            let (stored, read) = runtime.block_on(async {
                let (desk, mut session) = place::desk(&level.program, user).await;
                let (done, took) = place::store(&desk, &mut session).await;
                assert_eq!(done, come, "mails stored");
                let stored = rate(done, took);
                let (done, took) = place::read(&desk, READ).await;
                desk.store.close().await;
                (stored, rate(done, took))
            });
            // The first round warms the caches.
            if round > 0 {
                level.stored.rounds.push(stored);
                level.read.rounds.push(read);
            }
        }
    }
    levels.sort_by_key(|level| level.mails);
    for level in &mut levels {
        runtime.block_on(ask(level, &users[0]));
    }
    print(store, &levels, filling);
    for level in levels.iter().filter(|level| level.url.starts_with("postgres")) {
        postgres::drop_database(&level.url);
    }
}

fn level(store: &str, mails: usize, user: &str, port: u16) -> Level {
    let url = if store == "SQLite" { "sqlite:pairdesk.db".to_owned() } else { postgres::fresh_database() };
    let program = place::program(&url, user, port, 2525);
    let (stored, read) = (
        Measured::new("intake: mails stored a second"),
        Measured::new("reading: mails read and decided a second"),
    );
    Level { mails, url, program, stored, read, asked: Vec::new() }
}

/// What the clock does, and what people ask for, each some times.
async fn ask(level: &mut Level, user: &str) {
    let (desk, _) = place::desk(&level.program, user).await;
    let hours = Hours::default();
    // The first makes what is due once, as at a daemon's start.
    tick::step(&desk, &hours).await.unwrap();
    tick::digest_now(&desk).await.unwrap();
    let asked = [
        (
            "the clock's step, each minute",
            timed(async || {
                std::hint::black_box(tick::step(&desk, &hours).await.unwrap());
            })
            .await,
        ),
        ("everybody's digest", timed(async || digests(&desk).await).await),
        ("a manager's weekly letter", timed(async || weekly(&desk, &hours).await).await),
        ("what `status` asks", timed(async || drop(desk.store.status().await.unwrap())).await),
        ("the census of a folder", timed(async || census(&desk, level.mails).await).await),
    ];
    desk.store.close().await;
    let program = &level.program;
    let said = [
        ("pairdesk status", timed(async || drop(program.succeed(&["status"]))).await),
        ("pairdesk cases", timed(async || drop(program.succeed(&["cases"]))).await),
        ("pairdesk report", timed(async || drop(program.succeed(&["report", "--out", "report.html"]))).await),
    ];
    level.asked.extend(
        asked.into_iter().chain(said).map(|(name, rounds)| Measured { name: format!("{name}, ms"), rounds }),
    );
}

/// Milliseconds, each time.
async fn timed(mut work: impl AsyncFnMut()) -> Vec<f64> {
    let mut rounds = Vec::new();
    for _ in 0..TIMES {
        let begin = Instant::now();
        work().await;
        rounds.push(begin.elapsed().as_secs_f64() * 1e3);
    }
    rounds
}

/// Makes the digests of all owners of a day, and sends none.
async fn digests(desk: &Desk) {
    let now = desk.clock.now();
    let directory = desk.directory().await.unwrap();
    let people = directory.people();
    let agenda = desk.store.agenda(&people, now).await.unwrap().timed(&desk.policy, &directory, now);
    let effects = schedule::digests(&people, &agenda, &directory, now, desk.clock.seed());
    std::hint::black_box(effects);
}

async fn weekly(desk: &Desk, hours: &Hours) {
    let now = desk.clock.now();
    let from = now.saturating_sub(SignedDuration::from_hours(7 * 24)).unwrap();
    let since = from.saturating_sub(pairdesk::mood::HORIZON).unwrap_or(Timestamp::MIN);
    let directory = desk.directory().await.unwrap();
    let weeks = desk.store.weeks(since, desk.policy.thresholds.please_check).await.unwrap();
    let accounts: Vec<_> = directory.accounts().iter().collect();
    let firm = Times { hours, targets: &desk.policy.targets };
    let zone = &directory.firm().timezone;
    std::hint::black_box(schedule::weekly(&accounts, &weeks, &directory, &firm, zone, from, now));
}

/// What the store does for the count of a folder's mails; the server's part is one answer to SEARCH.
async fn census(desk: &Desk, mails: usize) {
    let keys: Vec<String> = (1..=mails).map(|uid| uid.to_string()).collect();
    assert_eq!(desk.store.absent_keys("service/INBOX", 1, keys).await.unwrap(), Vec::<String>::new());
    desk.store.filed("service/INBOX", 1).await.unwrap();
}

fn print(store: &str, levels: &[Level], filling: u64) {
    let head =
        ["none".to_owned()].into_iter().chain(levels[1..].iter().map(|level| short_count(level.mails)));
    let mut rows = vec![
        std::iter::once(format!("{store}, mails in the store"))
            .chain(head)
            .chain(["at most, of none".to_owned()])
            .collect::<Vec<_>>(),
    ];
    let picks: [fn(&Level) -> &Measured; 2] = [|level| &level.stored, |level| &level.read];
    for pick in picks {
        let mut row = vec![pick(&levels[0]).name.clone()];
        row.extend(levels.iter().map(|level| short(pick(level).median())));
        row.push(short(pick(&levels[2]).times(pick(&levels[0]))));
        rows.push(row);
    }
    for (at, asked) in levels[0].asked.iter().enumerate() {
        let mut row = vec![asked.name.clone()];
        row.extend(levels.iter().map(|level| short(median(level.asked[at].rounds.clone()))));
        rows.push(row);
    }
    table(&rows);
    println!("(filled by SQL in {filling} s)");
}

fn short_count(mails: usize) -> String {
    #[expect(clippy::cast_precision_loss, reason = "a count of mails is small")]
    short(mails as f64)
}
