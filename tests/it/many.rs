//! Two daemons on one PostgreSQL database, as processes: either may be killed, stopped or cut off at any moment, and every
//! mail is stored once, everything that follows from it goes out once, and the other goes on.
//!
//! `PAIRDESK_TEST_LONG=1` (`./test --long`) runs it at full length.

use std::collections::{BTreeMap, BTreeSet};
use std::time::{Duration, Instant};

use nix::sys::signal::Signal;
use pairdesk::clock::Clock;
use pairdesk::effect::Disposition;
use pairdesk::store::{OutboxState, Store};
use tokio::runtime::Runtime;

use crate::crash::{Random, counted, mail, released};
use crate::harness::daemon::{Daemon, imap_mailbox, smtp};
use crate::harness::dovecot::Dovecot;
use crate::harness::postgres::{self, Cable};
use crate::harness::sink::Sink;

const USER: &str = "service@fjord.example";
const FOLLOW_UP: &str = "[follow_up]\nshadow = false\nreceived = \"auto\"\n";
const INBOX: &str = "mailbox service/INBOX";
/// How long another daemon may take to go on.
const TAKEN_OVER: Duration = Duration::from_mins(1);
/// How long nothing may move before a test gives up.
const PATIENCE: Duration = Duration::from_mins(2);

/// Two daemons, their servers, and a view into their database.
struct Office {
    dovecot: Dovecot,
    sink: Sink,
    daemons: [Daemon; 2],
    store: Store,
    runtime: Runtime,
}

impl Office {
    /// Starts both daemons, the first of which reaches the database by the cable, if there is one; returns when the
    /// mailbox has been looked into.
    fn open(cable: bool) -> (Self, Option<Cable>) {
        let (dovecot, sink) = (Dovecot::start(), Sink::start());
        let mailbox = imap_mailbox(dovecot.imap, USER, "afterwards = \"keyword:Pairdesk\"");
        let rest = mailbox + &smtp(sink.port) + FOLLOW_UP;
        let runtime = Runtime::new().unwrap();
        let url = postgres::fresh_database();
        let cable = cable.then(|| runtime.block_on(Cable::to(&url)));
        let first = cable.as_ref().map_or(url.as_str(), |cable| cable.url.as_str());
        let mut daemons = [Daemon::configure(first, &rest), Daemon::configure(&url, &rest)];
        let store = runtime.block_on(Store::open(&url)).unwrap();
        daemons[0].start();
        let seen = |daemon: &Daemon| daemon.log().contains("first time").then_some(());
        daemons[0].until("first look into the mailbox", || seen(&daemons[0]));
        daemons[1].start();
        daemons[1].until("second daemon", || daemons[1].log().contains("stands by").then_some(()));
        (Self { dovecot, sink, daemons, store, runtime }, cable)
    }

    /// Which daemon fetches the mails; none while nobody does.
    fn holder(&self) -> Option<usize> {
        let daemons = self.runtime.block_on(self.store.status()).unwrap().daemons;
        let holder = daemons.into_iter().find(|daemon| daemon.holds.iter().any(|lease| lease == INBOX))?;
        let ends = |daemon: &Daemon| daemon.process().map(|process| format!(", process {process}"));
        self.daemons.iter().position(|daemon| ends(daemon).is_some_and(|end| holder.name.ends_with(&end)))
    }

    /// Waits until this daemon fetches the mails; returns how long it took.
    fn until_held_by(&self, daemon: usize) -> Duration {
        let begin = Instant::now();
        self.daemons[daemon].until("lease", || (self.holder() == Some(daemon)).then_some(()));
        begin.elapsed()
    }

    fn deliver(&self, numbers: std::ops::Range<usize>) {
        let mails: Vec<_> = numbers.map(mail).collect();
        self.dovecot.deliver_all(USER, mails.iter().map(Vec::as_slice));
    }

    fn counts(&self) -> (usize, usize) {
        counts(&self.runtime, &self.store)
    }

    /// Waits until all mails are stored, all that follows has gone out, and every mail bears the keyword.
    fn settle(&self, mails: usize) {
        self.sink.recover();
        let (mut last, mut moved) = ((0, 0, 0), Instant::now());
        loop {
            self.runtime.block_on(self.store.retry_all(Clock::System.now())).ok();
            let (stored, waiting) = self.counts();
            if (stored, waiting) == (mails, 0) {
                break;
            }
            let state = (stored, waiting, self.sink.count());
            if state != last {
                (last, moved) = (state, Instant::now());
            }
            assert!(moved.elapsed() < PATIENCE, "{stored} of {mails} stored, {waiting} wait: nothing moves");
            std::thread::sleep(Duration::from_millis(200));
        }
        self.daemons[0].until("keyword on every mail", || {
            let answers = self.dovecot.imap(USER, &["EXAMINE INBOX", "UID SEARCH UNKEYWORD Pairdesk"]);
            let left = answers.lines().find_map(|line| line.strip_prefix("* SEARCH")).expect("an answer");
            left.trim().is_empty().then_some(())
        });
    }

    /// Holds what was stored and sent against a calm run of the same mails; returns the balance in words.
    fn balance(&self, mails: usize) -> String {
        let Self { runtime, store, sink, .. } = self;
        let expected = calm_run(runtime, mails);
        let (stored, _) = self.counts();
        assert_eq!(stored, mails, "mails stored");
        let subjects: BTreeSet<_> = [Disposition::Case, Disposition::Routine]
            .into_iter()
            .flat_map(|disposition| runtime.block_on(store.mails(disposition)).unwrap())
            .map(|mail| mail.subject)
            .collect();
        assert_eq!(subjects.len(), mails, "mails stored as what they are");
        let sent = runtime.block_on(store.outgoing(OutboxState::Sent)).unwrap();
        assert_eq!(runtime.block_on(store.outgoing(OutboxState::Failed)).unwrap(), []);
        let sorts: BTreeSet<_> = expected.keys().map(|(sort, ..)| sort.as_str()).collect();
        // Letters that the clock brings depend on the hour of the test.
        let (due, timed): (Vec<_>, Vec<_>) =
            sent.iter().cloned().partition(|line| sorts.contains(line.sort.as_str()));
        assert_eq!(counted(&due), expected, "what was sent, against a calm run");
        let accepted = sink.accepted();
        let mut copies: BTreeMap<String, Vec<&[u8]>> = BTreeMap::new();
        for mail in &accepted {
            let id = mail.header("Message-ID").expect("each outgoing mail has a Message-ID");
            copies.entry(id.trim_matches(['<', '>']).to_owned()).or_default().push(&mail.bytes);
        }
        let mut second = 0;
        for line in &sent {
            let copies =
                copies.get(&line.message_id).unwrap_or_else(|| panic!("{} never arrived", line.message_id));
            assert!(copies.iter().all(|copy| *copy == copies[0]), "the copies of {} differ", line.message_id);
            let attempts = usize::try_from(line.attempts).unwrap();
            assert!(copies.len() <= attempts, "more copies than attempts: {line:?}");
            second += copies.len() - 1;
        }
        assert_eq!(copies.len(), sent.len(), "the server got mails that the outbox does not have");
        // A second copy is sent only where the first was in doubt: its answer was lost, or its daemon over it.
        let lost = accepted.iter().filter(|mail| !mail.answered).count();
        let released: usize = self.daemons.iter().map(|daemon| released(&daemon.log())).sum();
        assert!(
            second <= lost + released,
            "{second} second copies, but only {lost} answers were lost and {released} mails cut off"
        );
        format!(
            "{stored} mails stored once, 0 lost, 0 doubled; {} mails went out ({} by the clock), 0 missing; {second} \
             second copies, all with the same Message-ID, of {lost} whose answer the server lost and {released} that \
             were cut off; SMTP failed {} times",
            sent.len(),
            timed.len(),
            sink.faults(),
        )
    }
}

/// How many mails are stored and read, and how many wait to go out.
fn counts(runtime: &Runtime, store: &Store) -> (usize, usize) {
    let status = runtime.block_on(store.status()).unwrap();
    let filed = [Disposition::Case, Disposition::Routine];
    let filed = status.mails.iter().filter(|(disposition, _)| filed.contains(disposition));
    (filed.map(|(_, count)| usize::try_from(*count).unwrap()).sum(), status.waiting.len())
}

/// What the same mails lead to when nothing goes wrong: one daemon reads them from a Maildir, and no server takes any.
fn calm_run(runtime: &Runtime, mails: usize) -> BTreeMap<(String, String, String), usize> {
    let mailbox = "[[mailbox]]\nname = \"service\"\nmaildir = \"mail\"\nsince = \"2020-01-01\"\n";
    let mut calm = Daemon::configure("sqlite:calm.db", &(mailbox.to_owned() + &smtp(1) + FOLLOW_UP));
    for part in ["new", "cur", "tmp"] {
        std::fs::create_dir_all(calm.path("mail").join(part)).unwrap();
    }
    calm.start();
    calm.until("first look into the mailbox", || calm.log().contains("first time").then_some(()));
    for number in 0..mails {
        let made = calm.path("mail/tmp").join(format!("{number:06}"));
        std::fs::write(&made, mail(number)).unwrap();
        std::fs::rename(&made, calm.path("mail/new").join(format!("{number:06}"))).unwrap();
    }
    let store = runtime.block_on(Store::open(&format!("sqlite:{}", calm.path("calm.db").display()))).unwrap();
    let (mut last, mut moved) = (0, Instant::now());
    while last < mails {
        assert!(moved.elapsed() < PATIENCE, "{last} of {mails} stored, nothing moves: {}", calm.log());
        std::thread::sleep(Duration::from_millis(100));
        let (stored, _) = counts(runtime, &store);
        if stored != last {
            (last, moved) = (stored, Instant::now());
        }
    }
    calm.stop();
    counted(&runtime.block_on(store.outgoing(OutboxState::Pending)).unwrap())
}

/// How often the log of either daemon says this.
fn said(office: &Office, words: &str) -> usize {
    office.daemons.iter().map(|daemon| daemon.log().matches(words).count()).sum()
}

#[expect(clippy::print_stdout, reason = "its numbers are worth reading")]
fn killed_at_random(mails: usize, kills: usize, stops: usize, seed: u64) {
    let (mut office, _) = Office::open(false);
    office.sink.fail_now_and_then(100, seed);
    let mut random = Random(seed);
    // About so long from a kill to the next.
    let span = Duration::from_millis(4_500) * u32::try_from(kills).unwrap();
    let mut longest = Duration::ZERO;
    let begin = Instant::now();
    let mut delivered = 0;
    let mut stopped: Option<(usize, Instant)> = None;
    let mut stops_done = 0;
    for kill in 0..kills {
        let due = mails * (kill + 1) / kills;
        let pause = Instant::now() + Duration::from_millis(500 + random.below(2_500));
        while delivered < due {
            let portion = delivered..due.min(delivered + 1 + usize::try_from(random.below(12)).unwrap());
            office.deliver(portion.clone());
            delivered = portion.end;
            std::thread::sleep(Duration::from_millis(random.below(60)));
        }
        std::thread::sleep(pause.saturating_duration_since(Instant::now()));
        if let Some((daemon, until)) = stopped
            && Instant::now() >= until
        {
            office.daemons[daemon].signal(Signal::SIGCONT);
            stopped = None;
        }
        if stopped.is_none() && stops_done < stops && kill >= kills * stops_done / stops {
            // Every other one for longer than a lease lasts.
            let length = if stops_done % 2 == 0 { 36 + random.below(9) } else { 1 + random.below(9) };
            let daemon = usize::try_from(random.below(2)).unwrap();
            office.daemons[daemon].signal(Signal::SIGSTOP);
            stopped = Some((daemon, Instant::now() + Duration::from_secs(length)));
            stops_done += 1;
        }
        let either = usize::try_from(random.below(2)).unwrap();
        let victim = stopped.map_or(either, |(daemon, _)| 1 - daemon);
        if kill % 2 == 1 {
            // In the middle of sending.
            let (before, begin) = (office.sink.count(), Instant::now());
            while office.sink.count() == before && begin.elapsed() < Duration::from_secs(1) {
                std::thread::sleep(Duration::from_millis(1));
            }
        }
        office.daemons[victim].kill();
        let killed = Instant::now();
        std::thread::sleep(Duration::from_millis(random.below(2_500)));
        office.daemons[victim].start();
        if stopped.is_none() && kill % 10 == 0 {
            while office.holder().is_none() {
                assert!(killed.elapsed() < TAKEN_OVER, "nobody goes on");
                std::thread::sleep(Duration::from_millis(20));
            }
            longest = longest.max(killed.elapsed());
        }
    }
    if let Some((daemon, _)) = stopped {
        office.daemons[daemon].signal(Signal::SIGCONT);
    }
    office.settle(mails);
    let took = begin.elapsed();
    let balance = office.balance(mails);
    // A clean stop gives everything back at once.
    let (last, other) =
        office.holder().map(|holder| (holder, 1 - holder)).expect("somebody fetches the mails");
    let stopping = Instant::now();
    office.daemons[last].stop();
    office.until_held_by(other);
    let handed_over = stopping.elapsed();
    office.daemons[other].stop();
    assert!(office.runtime.block_on(office.store.status()).unwrap().daemons.is_empty());
    println!(
        "two daemons: {kills} kills and {stops_done} stops while {mails} mails came in, in {} s of {} planned (seed {seed}): \
         {balance}; work went on after a kill within {longest:?}, after a clean stop within {handed_over:?}; {} takeovers, \
         {} daemons given up, {} writes came too late",
        took.as_secs(),
        span.as_secs(),
        said(&office, "taking it over"),
        said(&office, "another daemon is given up"),
        said(&office, "nothing of it is written here"),
    );
}

#[test]
fn killed_at_random_moments_two_daemons_lose_nothing_and_do_nothing_twice() {
    if is_long() {
        killed_at_random(5_000, 100, 8, 20_261_122);
    } else {
        killed_at_random(200, 4, 0, 20_261_123);
    }
}

/// What keeps a daemon from its work for longer than its leases last.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Trouble {
    /// Its process stands still, and goes on.
    Stopped,
    /// Its database cannot be reached, and can again.
    CutOff,
}

#[expect(clippy::print_stdout, reason = "its numbers are worth reading")]
fn one_in_trouble(trouble: Trouble) {
    let (office, cable) = Office::open(trouble == Trouble::CutOff);
    office.sink.fail_now_and_then(50, 7);
    assert_eq!(office.holder(), Some(0));
    office.deliver(0..30);
    office.daemons[0].until("first mails", || (office.counts().0 >= 5).then_some(()));
    match &cable {
        None => office.daemons[0].signal(Signal::SIGSTOP),
        Some(cable) => cable.cut(true),
    }
    office.deliver(30..60);
    let taken_over = office.until_held_by(1);
    assert!(taken_over < TAKEN_OVER, "{taken_over:?}");
    let status = office.daemons[1].succeed(&["status"]);
    assert!(status.contains("fetches service/INBOX"), "{status}");
    if trouble == Trouble::CutOff {
        let log = office.daemons[0].log();
        assert!(log.contains("another daemon may read it now; leaving it"), "{log}");
    }
    match &cable {
        None => office.daemons[0].signal(Signal::SIGCONT),
        Some(cable) => cable.cut(false),
    }
    office.daemons[0].until("return", || {
        office.daemons[0].log().contains("the other daemons had given this one up").then_some(())
    });
    office.deliver(60..90);
    office.settle(90);
    assert_eq!(office.holder(), Some(1), "what was taken over stays where it is");
    println!("two daemons, one {trouble:?}: taken over within {taken_over:?}; {}", office.balance(90));
}

#[test]
fn a_daemon_that_stands_still_and_goes_on_leaves_its_work_to_the_other() {
    if is_long() {
        one_in_trouble(Trouble::Stopped);
    }
}

#[test]
fn a_daemon_that_is_cut_off_from_the_database_leaves_its_work_to_the_other() {
    if is_long() {
        one_in_trouble(Trouble::CutOff);
    }
}

#[expect(clippy::disallowed_methods, reason = "the length of a test is chosen from outside")]
fn is_long() -> bool {
    std::env::var_os("PAIRDESK_TEST_LONG").is_some()
}
