//! What classifying costs: milliseconds a mail on one core, beside reading the same mail; from the start of a process to the
//! first answer; and the memory that the process had at most.
//!
//! `cargo bench --bench classifying` (the mails of `tests/labelled/client-dev.jsonl`, of 57 words at the median).

#![expect(
    clippy::print_stdout,
    clippy::unwrap_used,
    clippy::cast_precision_loss,
    reason = "a benchmark prints and may fail loudly"
)]
#![expect(clippy::disallowed_methods, reason = "a benchmark starts itself anew, on one core")]

use std::hint::black_box;
use std::process::Command;
use std::time::{Duration, Instant};

use pairdesk::classify::{Classifier, as_mail};
use serde_json::Value;

/// Set for the process that measures.
const WITHIN: &str = "PAIRDESK_BENCH_WITHIN";

fn main() {
    if std::env::var_os(WITHIN).is_some() {
        return measure();
    }
    let itself = std::env::current_exe().unwrap();
    // candle and gemm take as many threads as this allows.
    let done = Command::new(itself).env(WITHIN, "1").env("RAYON_NUM_THREADS", "1").status().unwrap();
    assert!(done.success());
}

fn measure() {
    let begin = Instant::now();
    black_box(
        Classifier::built_in().classify("Invoice 88", "Third week, and still nothing. What is going on?"),
    );
    let first = begin.elapsed();
    let lines = std::fs::read_to_string("tests/labelled/client-dev.jsonl").unwrap();
    let mails: Vec<(String, String)> = lines
        .lines()
        .map(|line| {
            let mail: Value = serde_json::from_str(line).unwrap();
            (mail["subject"].as_str().unwrap().to_owned(), mail["body"].as_str().unwrap().to_owned())
        })
        .collect();
    let mut reading = Duration::ZERO;
    let mut each: Vec<Duration> = mails
        .iter()
        .map(|(subject, body)| {
            let begin = Instant::now();
            let message = as_mail("Dana <dana@acme.example>", subject, body);
            reading += begin.elapsed();
            let begin = Instant::now();
            black_box(Classifier::built_in().classify(&message.subject, message.said()));
            begin.elapsed()
        })
        .collect();
    let all: Duration = each.iter().sum();
    each.sort();
    let at = |percent: usize| each[(each.len() - 1) * percent / 100].as_secs_f64() * 1e3;
    println!(
        "one core: {:.1} mails a second; a mail {:.1} ms at the median, {:.1} ms at the 95th percentile, {:.1} ms the longest; {:.0} \
         times what reading it takes",
        mails.len() as f64 / all.as_secs_f64(),
        at(50),
        at(95),
        at(100),
        all.as_secs_f64() / reading.as_secs_f64(),
    );
    println!(
        "first answer {:.0} ms after the start; at most {} MB of memory",
        first.as_secs_f64() * 1e3,
        memory()
    );
}

/// The most memory that this process had, in megabytes.
fn memory() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find(|line| line.starts_with("VmHWM:")).unwrap();
    line.split_whitespace().nth(1).unwrap().parse::<u64>().unwrap() / 1024
}
