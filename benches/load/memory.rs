//! How much memory the daemon has over a day's mail, and how large that day is on disk.

use std::time::{Duration, Instant};

use sqlx::{Connection, Row, SqliteConnection};

use crate::dovecot::Dovecot;
use crate::figures::{median, short};
use crate::sink::Sink;
use crate::{mails, place, setting};

const USER: &str = "service@fjord.example";
/// How far apart the day's mails come here: a day in a minute and a half.
const APART: Duration = Duration::from_millis(250);
/// What the package starts the daemon by.
const UNIT: &str = include_str!("../../packaging/debian/pairdesk.service");

pub fn measure() {
    let unit: Vec<_> = UNIT
        .lines()
        .filter_map(|line| line.strip_prefix("Environment="))
        .flat_map(str::split_whitespace)
        .filter_map(|variable| variable.split_once('='))
        .collect();
    assert!(!unit.is_empty(), "the unit sets the allocator's variables");
    a_day("started by hand", &[]);
    a_day("started by its unit", &unit);
}

fn a_day(how: &str, environment: &[(&str, &str)]) {
    let count = setting("PAIRDESK_BENCH_DAY", 400);
    let mails = mails::mails(11, count, USER);
    let dovecot = Dovecot::start();
    let sink = Sink::start();
    let mut program = place::program("sqlite:pairdesk.db", USER, dovecot.imap, sink.port);
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let empty = runtime.block_on(place::size("sqlite:pairdesk.db", &program));
    program.start_with(environment);
    program.until("first look into the mailbox", || program.log().contains("first time").then_some(()));
    let process = program.process().unwrap();
    let mut resident = Vec::new();
    let begin = Instant::now();
    for (number, mail) in (0_u32..).zip(&mails) {
        dovecot.deliver(USER, mail);
        resident.push(memory(process, "VmRSS:"));
        std::thread::sleep((APART * (number + 1)).saturating_sub(begin.elapsed()));
    }
    let behind = left(&runtime, &program);
    let begin = Instant::now();
    while left(&runtime, &program) > 0 || stored(&runtime, &program) < count {
        resident.push(memory(process, "VmRSS:"));
        assert!(begin.elapsed() < Duration::from_mins(10), "the mails are read: {}", program.log());
        std::thread::sleep(Duration::from_millis(200));
    }
    // Some seconds of quiet.
    std::thread::sleep(Duration::from_secs(5));
    let (quiet, peak) = (memory(process, "VmRSS:"), memory(process, "VmHWM:"));
    let letters = sink.accepted().len();
    program.stop();
    let grown = runtime.block_on(place::size("sqlite:pairdesk.db", &program)) - empty;
    let bytes: usize = mails.iter().map(Vec::len).sum();
    #[expect(clippy::cast_precision_loss, reason = "kilobytes")]
    let a_mail = |bytes: u64| short(bytes as f64 / 1e3 / count as f64);
    println!(
        "Memory, {how}: a day's mail ({count}, {letters} letters followed) at {} a second, read as they come; {behind} were left to read at the end",
        1000 / APART.as_millis(),
    );
    println!(
        "resident: {} MB at the median, {} MB afterwards; peak {} MB (the model is in it)",
        short(median(resident)),
        short(quiet),
        short(peak)
    );
    println!(
        "on disk a mail, with all that followed: {} kB as it came, {} kB in SQLite",
        a_mail(bytes as u64),
        a_mail(grown)
    );
}

/// A line of what the system says of a process's memory, in megabytes.
fn memory(process: u32, line: &str) -> f64 {
    let status = std::fs::read_to_string(format!("/proc/{process}/status")).unwrap();
    let line = status.lines().find_map(|found| found.strip_prefix(line)).unwrap();
    line.split_whitespace().next().unwrap().parse::<f64>().unwrap() / 1024.0
}

fn left(runtime: &tokio::runtime::Runtime, program: &crate::daemon::Daemon) -> usize {
    number(runtime, program, "SELECT COUNT(*) FROM mail WHERE disposition = 'waiting'")
}

fn stored(runtime: &tokio::runtime::Runtime, program: &crate::daemon::Daemon) -> usize {
    number(runtime, program, "SELECT COUNT(*) FROM mail")
}

fn number(runtime: &tokio::runtime::Runtime, program: &crate::daemon::Daemon, sql: &'static str) -> usize {
    runtime.block_on(async {
        let url = format!("sqlite:{}", program.path("pairdesk.db").display());
        let mut connection = SqliteConnection::connect(&url).await.unwrap();
        let row = sqlx::query(sql).fetch_one(&mut connection).await.unwrap();
        usize::try_from(row.get::<i64, _>(0)).unwrap()
    })
}
