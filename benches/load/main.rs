//! Load and growth: how fast mail comes in beside what one would use instead, what a million stored mails change, how much
//! memory a day's mail takes, and how large it is on disk.
//!
//! `cargo bench --bench load` (some ten minutes), or a part of it: `-- --intake`, `-- --growth`, `-- --memory`. What it
//! compares with: mbsync (`apt-get install isync`) and django-helpdesk (`python3 -m venv target/peer && target/peer/bin/pip
//! install django-helpdesk`; another Python by `PAIRDESK_BENCH_PYTHON`). What is missing is left out, and said so.
//!
//! Each figure stands beside others of the same rounds: compare the ratios. Absolute ones mean little on a shared machine.

#![expect(
    clippy::print_stdout,
    clippy::print_stderr,
    clippy::unwrap_used,
    reason = "a benchmark prints and may fail loudly"
)]
#![expect(
    clippy::disallowed_methods,
    reason = "a benchmark reads the clock, and its settings from the environment"
)]

#[path = "../../tests/it/harness/daemon.rs"]
#[allow(dead_code, reason = "the tests use what this does not")]
mod daemon;
#[path = "../../tests/it/harness/dovecot.rs"]
#[allow(dead_code, reason = "the tests use what this does not")]
mod dovecot;
#[path = "../../tests/it/harness/port.rs"]
mod port;
#[path = "../../tests/it/harness/sink.rs"]
#[allow(dead_code, reason = "the tests use what this does not")]
mod sink;

mod figures;
mod filled;
mod growth;
mod intake;
mod mails;
mod memory;
mod peers;
mod place;
mod postgres;

const PARTS: [(&str, fn()); 3] =
    [("--intake", intake::measure), ("--growth", growth::measure), ("--memory", memory::measure)];

fn main() {
    // cargo itself adds --bench.
    let asked: Vec<String> = std::env::args().skip(1).filter(|argument| argument != "--bench").collect();
    if let Some(unknown) = asked.iter().find(|asked| PARTS.iter().all(|(name, _)| name != asked)) {
        let names = PARTS.map(|(name, _)| name).join(", ");
        eprintln!("{unknown} is no part of this benchmark: {names}, or nothing for all");
        std::process::exit(2);
    }
    let begin = std::time::Instant::now();
    for (name, measure) in PARTS {
        if asked.is_empty() || asked.iter().any(|asked| asked == name) {
            measure();
            println!();
        }
    }
    println!("({} s in all)", begin.elapsed().as_secs());
}

/// A number from the environment, or another.
fn setting(name: &str, otherwise: usize) -> usize {
    std::env::var(name).ok().and_then(|number| number.parse().ok()).unwrap_or(otherwise)
}
