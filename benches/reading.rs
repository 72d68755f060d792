//! How fast mail is read, on one core, beside Python's `email` package with `mail-parser-reply` on the same mails; and
//! how much memory a mail of 50 MB takes.
//!
//! `cargo bench --bench reading` (4,000 mails; another count by `PAIRDESK_BENCH_MAILS`, another Python by
//! `PAIRDESK_BENCH_PYTHON`). Compare the ratios: absolute figures mean little on a shared machine.

#![expect(
    clippy::print_stdout,
    clippy::cast_precision_loss,
    clippy::unwrap_used,
    reason = "a benchmark prints and may fail loudly"
)]
#![expect(clippy::disallowed_methods, reason = "a benchmark reads its settings from the environment")]

use std::fmt::Write as _;
use std::fs::{self, File};
use std::io::{BufWriter, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use nix::sys::resource::{UsageWho, getrusage};
use pairdesk::message::{ReadOptions, inspect_jsonl};
use tempfile::TempDir;

/// Rounds of each; the best one counts, since others disturb.
const ROUNDS: usize = 3;
const PROGRAM: &str = env!("CARGO_BIN_EXE_pairdesk");
const PEER: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/benches/reading.py");
/// Set in the process that measures another one.
const MEASURE: &str = "PAIRDESK_BENCH_MEASURE";

/// The mails of the tests and of the demonstration.
fn corpus() -> Vec<PathBuf> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let folders = ["tests/mail", "src/demo/mails", "src/demo/mails/sent"];
    let entries = folders.iter().flat_map(|folder| fs::read_dir(root.join(folder)).unwrap());
    let mut paths: Vec<_> = entries.map(|entry| entry.unwrap().path()).collect();
    paths.retain(|path| path.extension().is_some_and(|extension| extension == "eml"));
    paths.sort();
    paths
}

/// What `inspect --jsonl` does, in this thread.
fn ours(list: &str) -> Duration {
    let begin = Instant::now();
    inspect_jsonl(list.as_bytes(), std::io::sink(), &ReadOptions::default()).unwrap();
    begin.elapsed()
}

/// The same by Python, without the time that it takes to start; and how many mails it could not read.
fn peer(python: &str, list: &Path) -> (Duration, usize) {
    let mut command = Command::new(python);
    command.arg(PEER).stdin(File::open(list).unwrap()).stdout(Stdio::null());
    let said = command.output().unwrap();
    let said = String::from_utf8_lossy(&said.stderr);
    let (seconds, failed) = said.trim().split_once(' ').expect(&said);
    (Duration::from_secs_f64(seconds.parse().unwrap()), failed.parse().unwrap())
}

/// A Python that has the peer's package.
fn python() -> Option<String> {
    let python = std::env::var("PAIRDESK_BENCH_PYTHON").unwrap_or_else(|_| "python3".to_owned());
    let asked = Command::new(&python).args(["-c", "import mailparser_reply"]).output().ok()?;
    asked.status.success().then_some(python)
}

/// A mail of 50 MB: a short text and one file in base64, or nothing but text.
fn large(path: &Path, attached: bool) {
    const SIZE: usize = 50_000_000;
    let mut out = BufWriter::new(File::create(path).unwrap());
    let headers = "From: Kim Holm <kim@client.example>\r\nTo: service@fjord.example\r\nSubject: Plans\r\n\
         Message-ID: <1@client.example>\r\nDate: Tue, 10 Mar 2026 09:00:00 +0100\r\nMIME-Version: 1.0\r\n";
    let (head, line, end) = if attached {
        (
            "Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\nContent-Type: text/plain\r\n\r\n\
             The plans are attached.\r\n--b\r\nContent-Type: application/pdf; name=plan.pdf\r\n\
             Content-Transfer-Encoding: base64\r\n\r\n",
            "QUJDREVGR0hJSktMTU5PUFFSU1RVVldYWVphYmNkZWZnaGlqa2xtbm9wcXJzdHV2d3h5ejAxQUJD\r\n",
            "--b--\r\n",
        )
    } else {
        (
            "Content-Type: text/plain\r\n\r\n",
            "Nobody turned up on Monday, and we had to send our own staff home again.\r\n",
            "",
        )
    };
    write!(out, "{headers}{head}").unwrap();
    for _ in 0..SIZE / line.len() {
        out.write_all(line.as_bytes()).unwrap();
    }
    out.write_all(end.as_bytes()).unwrap();
    out.into_inner().unwrap();
}

/// The most memory that a command held at once, in bytes, and how long it took. A process of its own runs it: the system
/// keeps the highest figure of all children that a process ever had.
fn peak(command: &[&str], input: &Path) -> (u64, Duration) {
    let mut measuring = Command::new(std::env::current_exe().unwrap());
    measuring.env(MEASURE, command.join("\t")).stdin(File::open(input).unwrap());
    let begin = Instant::now();
    let printed = measuring.output().unwrap();
    let kilobytes = String::from_utf8_lossy(&printed.stdout).trim().parse::<u64>();
    (kilobytes.expect("the kilobytes of the process measured") * 1024, begin.elapsed())
}

/// Runs a command with this process's standard input and prints the kilobytes that it held at most.
fn measure(command: &str) {
    let mut words = command.split('\t');
    let mut child = Command::new(words.next().unwrap());
    let status = child.args(words).stdout(Stdio::null()).status().unwrap();
    assert!(status.success(), "{command:?}: {status}");
    println!("{}", getrusage(UsageWho::RUSAGE_CHILDREN).unwrap().max_rss());
}

fn main() {
    if let Ok(command) = std::env::var(MEASURE) {
        return measure(&command);
    }
    let mails: usize =
        std::env::var("PAIRDESK_BENCH_MAILS").ok().and_then(|count| count.parse().ok()).unwrap_or(4000);
    let folder = TempDir::new().unwrap();
    let corpus = corpus();
    let mut list = String::new();
    for (number, path) in corpus.iter().cycle().take(mails).enumerate() {
        writeln!(list, "{number}\t{}", path.display()).unwrap();
    }
    let list_file = folder.path().join("list");
    fs::write(&list_file, &list).unwrap();
    let megabytes =
        corpus.iter().cycle().take(mails).map(|path| fs::metadata(path).unwrap().len()).sum::<u64>() as f64
            / 1e6;
    println!(
        "{mails} mails, {megabytes:.1} MB ({} different ones), read on one core; the best of {ROUNDS} rounds",
        corpus.len()
    );

    let python = python();
    if python.is_none() {
        println!(
            "(no Python with mail-parser-reply: `python3 -m venv peer && peer/bin/pip install mail-parser-reply`, then \
             PAIRDESK_BENCH_PYTHON=peer/bin/python)"
        );
    }
    let (mut own, mut other, mut unread) = (Duration::MAX, Duration::MAX, 0);
    for _ in 0..ROUNDS {
        own = own.min(ours(&list));
        if let Some(python) = &python {
            let (time, failed) = peer(python, &list_file);
            other = other.min(time);
            unread = failed;
        }
    }
    let rate = |time: Duration| mails as f64 / time.as_secs_f64();
    println!("{:34} {:8.0} mails/s", "inspect --jsonl", rate(own));
    if python.is_some() {
        let ratio = other.as_secs_f64() / own.as_secs_f64();
        println!(
            "{:34} {:8.0} mails/s   {ratio:5.1} times as long; {unread} mails it could not read",
            "Python email + mail-parser-reply",
            rate(other)
        );
    }

    for (name, attached) in [("50 MB, nearly all of it one file", true), ("50 MB of text", false)] {
        let mail = folder.path().join("large.eml");
        large(&mail, attached);
        let show = |program: &str, (bytes, time): (u64, Duration)| {
            println!(
                "{name:34} {program:7} {:6.0} MB at most, {:6.2} s",
                bytes as f64 / 1e6,
                time.as_secs_f64()
            );
        };
        show("inspect", peak(&[PROGRAM, "inspect"], &mail));
        // The peer's search is quadratic in the text: it is only given the file.
        if let Some(python) = python.as_ref().filter(|_| attached) {
            let one = folder.path().join("one");
            fs::write(&one, format!("1\t{}\n", mail.display())).unwrap();
            show("Python", peak(&[python, PEER], &one));
        }
    }
}
