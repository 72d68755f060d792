//! From delivery to notice, through IDLE: how long after the client's mail lay in the mailbox the owner's mail server
//! had the notice.
//!
//! `cargo bench --bench latency` (100 mails; another count by `PAIRDESK_BENCH_MAILS`). Dovecot itself waits up to half a
//! second before it tells IDLE clients (`mailbox_idle_check_interval`, its notify delay).

#![expect(
    clippy::print_stdout,
    clippy::print_stderr,
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
#[path = "../tests/it/harness/port.rs"]
mod port;
#[path = "../tests/it/harness/sink.rs"]
#[allow(dead_code, reason = "the tests use what this does not")]
mod sink;

use std::time::{Duration, Instant};

use daemon::{Daemon, imap_mailbox, smtp};
use dovecot::Dovecot;
use sink::Sink;

const USER: &str = "service@fjord.example";
/// The poll beside IDLE: were the notices to wait for it, the figures would show it.
const POLL: &str = "poll = \"10m\"";

fn main() {
    let mails =
        std::env::var("PAIRDESK_BENCH_MAILS").ok().and_then(|count| count.parse().ok()).unwrap_or(100);
    let dovecot = Dovecot::start();
    let sink = Sink::start();
    let mut daemon =
        Daemon::configure("sqlite:pairdesk.db", &(imap_mailbox(dovecot.imap, USER, POLL) + &smtp(sink.port)));
    daemon.start();
    daemon.until("first look into the mailbox", || daemon.log().contains("first time").then_some(()));
    let mut times = Vec::new();
    for number in 0..mails {
        let before = sink.accepted().len();
        let raw = format!(
            "From: Dana <d{number}@acme.example>\r\nTo: {USER}\r\nSubject: Matter {number}\r\n\
             Message-ID: <m{number}@acme.example>\r\n\r\nThis is completely unacceptable. We have lost all trust in you. \
             We are terminating the contract and are moving to another provider.\r\n"
        );
        dovecot.deliver(USER, raw.as_bytes());
        let begin = Instant::now();
        // Two owners and the manager.
        while sink.accepted().len() < before + 3 {
            assert!(begin.elapsed() < Duration::from_mins(1), "no notice: {}", daemon.log());
            std::thread::sleep(Duration::from_millis(1));
        }
        times.push(begin.elapsed());
    }
    daemon.stop();
    times.sort();
    let milliseconds = |percent: usize| times[(times.len() - 1) * percent / 100].as_millis();
    println!(
        "{mails} mails, poll every 10 minutes beside IDLE: delivery to the last of three notices: median {} ms, 99th \
         percentile {} ms, longest {} ms",
        milliseconds(50),
        milliseconds(99),
        milliseconds(100)
    );
}
