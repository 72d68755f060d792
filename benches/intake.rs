//! How fast mail comes in: from Dovecot to committed, beside a plain download of the same mailbox by the same code.
//!
//! `cargo bench --bench intake` (2,000 mails; another count by `PAIRDESK_BENCH_MAILS`). Compare the ratios: absolute
//! figures mean little on a shared machine.

#![expect(
    clippy::print_stdout,
    clippy::print_stderr,
    clippy::cast_precision_loss,
    clippy::unwrap_used,
    reason = "a benchmark prints and may fail loudly"
)]
#![expect(clippy::disallowed_methods, reason = "a benchmark reads its size from the environment")]

#[path = "../tests/it/harness/daemon.rs"]
#[allow(dead_code, reason = "the tests use what this does not")]
mod daemon;
#[path = "../tests/it/harness/dovecot.rs"]
#[allow(dead_code, reason = "the tests use what this does not")]
mod dovecot;
#[path = "../tests/it/harness/postgres.rs"]
#[allow(dead_code, reason = "the tests use what this does not")]
mod postgres;

use std::fmt::Write as _;
use std::time::{Duration, Instant};

use daemon::{Daemon, imap_mailbox, smtp};
use dovecot::Dovecot;
use pairdesk::clock::Clock;
use pairdesk::config::Config;
use pairdesk::mailbox::Session;
use pairdesk::worker::{Desk, watch};

const USER: &str = "service@fjord.example";
/// Rounds of each; the best one counts, since others disturb.
const ROUNDS: usize = 3;

/// A firm's mail: 1-8 kB of text, some with HTML, a tenth in threads with quoted history, a twentieth with an
/// attachment of 200 kB, a twentieth automatic.
fn mail(number: usize) -> Vec<u8> {
    const SENTENCES: [&str; 8] = [
        "Please find the figures for last week attached, together with the two corrections that we spoke of.",
        "We would like to move the appointment to Thursday afternoon if that suits your people.",
        "Nobody turned up on Monday, and we had to send our own staff home again.",
        "Could you also look at the second entrance while you are there?",
        "The new contact for deliveries is Mr Okafor, whose number you have.",
        "Thanks again for the quick help yesterday, the team was delighted with it.",
        "Our auditors ask for the signed copy by the end of the month.",
        "What would it cost to keep the service through the summer holidays?",
    ];
    let client = if number.is_multiple_of(2) { "acme" } else { "delta" };
    let lines = 12 + (number * 37) % 70;
    let mut text = String::new();
    for line in 0..lines {
        text.push_str(SENTENCES[(number * 7 + line * 3) % SENTENCES.len()]);
        text.push_str("\r\n");
    }
    let mut headers = format!(
        "From: Person {number} <p{number}@{client}.example>\r\nTo: {USER}\r\nSubject: Matter {number}\r\n\
         Message-ID: <m{number}@{client}.example>\r\nDate: Tue, 10 Mar 2026 09:00:00 +0100\r\nMIME-Version: 1.0\r\n"
    );
    if number % 10 == 3 && number > 10 {
        let _ = write!(headers, "In-Reply-To: <m{}@{client}.example>\r\n", number - 10);
        text.push_str("\r\nOn Mon, 9 Mar 2026 at 10:12, Fjord Services wrote:\r\n> ");
        text.push_str(&SENTENCES.join("\r\n> "));
        text.push_str("\r\n");
    }
    if number % 20 == 7 {
        headers.push_str("Auto-Submitted: auto-replied\r\n");
    }
    let body = match number % 20 {
        5 => format!(
            "Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\nContent-Type: text/plain\r\n\r\n{text}\r\n--b\r\n\
             Content-Type: application/pdf; name=plan.pdf\r\nContent-Transfer-Encoding: base64\r\n\r\n{}--b--\r\n",
            format!("{}\r\n", "QUJDREVGR0hJSktMTU5PUFFSU1RVVldYWVphYmNkZWZnaGlqa2xtbm9wcXJzdHV2d3h5ejAx")
                .repeat(2800)
        ),
        2 | 8 | 12 => format!(
            "Content-Type: multipart/alternative; boundary=b\r\n\r\n--b\r\nContent-Type: text/plain\r\n\r\n{text}\r\n--b\r\n\
             Content-Type: text/html\r\n\r\n<html><body><p>{}</p></body></html>\r\n--b--\r\n",
            text.replace("\r\n", "</p>\r\n<p>")
        ),
        _ => format!("Content-Type: text/plain; charset=utf-8\r\n\r\n{text}"),
    };
    (headers + &body).into_bytes()
}

/// A desk over a fresh database, and a session over the mailbox.
async fn fresh(store: &str, port: u16) -> (Daemon, Desk, Session) {
    let rest = imap_mailbox(port, USER, "") + &smtp(2525);
    let daemon = Daemon::configure(store, &rest);
    let config = Config::load(&daemon.path("pairdesk.toml")).unwrap();
    let desk = pairdesk::daemon::desk(&config, Clock::System).await.unwrap();
    let session = config.sources(&desk.tokens)[0].sessions().remove(0);
    (daemon, desk, session)
}

/// Only fetches.
async fn download(port: u16, mails: usize) -> Duration {
    let (_daemon, desk, mut session) = fresh("sqlite:pairdesk.db", port).await;
    let begin = Instant::now();
    let mut cursor = session.sync_start(None, desk.clock.now()).await.unwrap().cursor;
    let mut fetched = 0;
    loop {
        let batch = session.next_batch(&cursor, 100, 8 << 20).await.unwrap();
        cursor = batch.cursor_after;
        fetched += batch.arrivals.len();
        if !batch.more {
            break;
        }
    }
    let elapsed = begin.elapsed();
    assert_eq!(fetched, mails, "mails fetched");
    elapsed
}

/// Fetches, reads, classifies, decides and commits.
async fn intake(store: &str, port: u16, mails: usize) -> Duration {
    let (_daemon, desk, mut session) = fresh(store, port).await;
    let begin = Instant::now();
    let mut cursor = session.sync_start(None, desk.clock.now()).await.unwrap().cursor;
    let mut stored = 0;
    loop {
        let (outcomes, more) = watch::step(&desk, &mut session, &mut cursor).await.unwrap();
        stored += outcomes.len();
        if !more {
            break;
        }
    }
    let elapsed = begin.elapsed();
    assert_eq!(stored, mails, "mails stored");
    elapsed
}

fn main() {
    let mails =
        std::env::var("PAIRDESK_BENCH_MAILS").ok().and_then(|count| count.parse().ok()).unwrap_or(2000);
    let dovecot = Dovecot::start();
    let raw: Vec<_> = (0..mails).map(mail).collect();
    let megabytes = raw.iter().map(Vec::len).sum::<usize>() as f64 / 1e6;
    println!(
        "{mails} mails, {megabytes:.1} MB, from a private Dovecot on loopback; the best of {ROUNDS} rounds"
    );
    dovecot.deliver_all(USER, raw.iter().map(Vec::as_slice));
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let port = dovecot.imap;
    // Each round runs all three, so that what disturbs one disturbs all.
    let mut best = [Duration::MAX; 3];
    for _ in 0..ROUNDS {
        let times = [
            runtime.block_on(download(port, mails)),
            runtime.block_on(intake("sqlite:pairdesk.db", port, mails)),
            runtime.block_on(intake(&postgres::fresh_database(), port, mails)),
        ];
        for (best, time) in best.iter_mut().zip(times) {
            *best = time.min(*best);
        }
    }
    let names =
        ["plain download, nothing stored", "to committed, SQLite", "to committed, PostgreSQL (fsync off)"];
    for (name, time) in names.iter().zip(best) {
        let rate = mails as f64 / time.as_secs_f64();
        let ratio = time.as_secs_f64() / best[0].as_secs_f64();
        println!("{name:38} {rate:8.0} mails/s   {ratio:5.1} times the download");
    }
}
