//! Killed at any moment, with an SMTP server that fails now and then: every mail is stored once, everything that
//! follows from it goes out, and a second copy of a mail bears the same Message-ID.
//!
//! `PAIRDESK_TEST_LONG=1` (`./test --long`) runs it at full length.

use std::collections::{BTreeMap, BTreeSet};
use std::os::unix::fs::PermissionsExt;
use std::time::{Duration, Instant};

use pairdesk::clock::Clock;
use pairdesk::config::Config;
use pairdesk::effect::Disposition;
use pairdesk::message::{Arrival, Cursor, Place};
use pairdesk::store::{OutboxLine, OutboxState, Store};
use pairdesk::worker::receive;

use crate::harness::daemon::{Daemon, FIRM, imap_mailbox, smtp};
use crate::harness::dovecot::Dovecot;
use crate::harness::postgres;
use crate::harness::sink::Sink;

/// splitmix64: the same seed, the same moments.
pub struct Random(pub u64);

impl Random {
    pub fn below(&mut self, limit: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        (z ^ (z >> 31)) % limit
    }
}

/// The mail of this number: every third is a severe complaint, some ask for more, most are routine.
pub fn mail(number: usize) -> Vec<u8> {
    let client = if number.is_multiple_of(2) { "acme" } else { "delta" };
    let text = match number % 6 {
        0 | 3 => {
            "This is completely unacceptable. Nobody turned up again, and we have lost all trust in your firm. \
             We are terminating the contract and are moving to another provider."
        }
        1 => "Could you also add a second page while you are at it, and do it for our other site as well?",
        _ => "Please find the delivery note for Thursday attached. See you next week.",
    };
    format!(
        "From: Person {number} <p{number}@{client}.example>\r\nTo: service@fjord.example\r\nSubject: Matter {number:04}\r\n\
         Message-ID: <m{number}@{client}.example>\r\nDate: Tue, 10 Mar 2026 09:00:00 +0100\r\n\r\n{text}\r\n"
    )
    .into_bytes()
}

/// What is counted of an outgoing mail: its sort, its reader, and what it is about without the case's number.
pub fn counted(lines: &[OutboxLine]) -> BTreeMap<(String, String, String), usize> {
    let mut counts = BTreeMap::new();
    for line in lines {
        let about = line.subject.find("Matter ").map_or(line.subject.as_str(), |at| &line.subject[at..]);
        *counts.entry((line.sort.clone(), line.to.clone(), about.to_owned())).or_default() += 1;
    }
    counts
}

/// What the same mails lead to when nothing goes wrong.
pub async fn calm_run(rest: &str, mails: usize) -> BTreeMap<(String, String, String), usize> {
    let calm = Daemon::configure("sqlite:calm.db", rest);
    let config = Config::load(&calm.path("pairdesk.toml")).unwrap();
    let desk = pairdesk::daemon::desk(&config, Clock::System).await.unwrap();
    let now = desk.clock.now();
    let arrival = |number: usize| {
        let raw = mail(number);
        let place = Place { mailbox: "service/INBOX".into(), validity: 1, key: (number + 1).to_string() };
        let full_size = raw.len() as u64;
        Arrival { place, raw, full_size, received_at: Some(now), sent_folder: false }
    };
    for first in (0..mails).step_by(20) {
        let arrivals: Vec<_> = (first..mails.min(first + 20)).map(arrival).collect();
        let last_uid = u32::try_from(first + arrivals.len()).unwrap();
        let cursor = Cursor { validity: 1, last_uid, since: now, started_at: now };
        receive::take(&desk, arrivals, "service/INBOX", cursor).await.unwrap();
    }
    counted(&desk.store.outgoing(OutboxState::Pending).await.unwrap())
}

/// How many mails the starts found cut off in the middle of sending, as the log says.
pub fn released(log: &str) -> usize {
    let starts = log.lines().filter(|line| line.contains("cut off while it sent mails"));
    let count = |line: &str| {
        let (_, rest) = line.split_once(" mails=").expect("the line says how many");
        rest.split_whitespace().next().unwrap().parse::<usize>().unwrap()
    };
    starts.map(count).sum()
}

#[expect(clippy::print_stdout, reason = "its numbers are worth reading")]
fn killed_at_random(url: &str, mails: usize, kills: usize, seed: u64) {
    let dovecot = Dovecot::start();
    let sink = Sink::start();
    sink.fail_now_and_then(150, seed);
    let mailbox = imap_mailbox(dovecot.imap, "service@fjord.example", "afterwards = \"keyword:Pairdesk\"");
    let rest = mailbox + &smtp(sink.port) + "[follow_up]\nshadow = false\nreceived = \"auto\"\n";
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let expected = runtime.block_on(calm_run(&rest, mails));
    // Letters of a day are gathered, so that many mails lead to fewer.
    assert!(expected.len() > mails / 5, "the mails lead to {} mails only", expected.len());

    let mut daemon = Daemon::configure(url, &rest);
    let mut random = Random(seed);
    std::thread::scope(|scope| {
        // The first start decides what is backlog: it comes before the first mail.
        daemon.start();
        daemon.until("first look into the mailbox", || daemon.log().contains("first time").then_some(()));
        let delivering = scope.spawn(|| {
            let mut random = Random(seed + 1);
            for number in 0..mails {
                dovecot.deliver("service@fjord.example", &mail(number));
                std::thread::sleep(Duration::from_millis(
                    random.below(2 * 900 * kills as u64 / mails as u64 + 1),
                ));
            }
        });
        for kill in 0..kills {
            if kill % 2 == 0 {
                std::thread::sleep(Duration::from_millis(20 + random.below(1000)));
            } else {
                // However slow the machine: in the middle of what follows from a batch.
                let batches = || daemon.log().matches("stored mails").count();
                let (before, begin) = (batches(), Instant::now());
                while batches() == before && begin.elapsed() < Duration::from_secs(5) {
                    std::thread::sleep(Duration::from_millis(1));
                }
                std::thread::sleep(Duration::from_millis(random.below(60)));
            }
            daemon.kill();
            daemon.start();
        }
        delivering.join().unwrap();
    });
    // However slow the machine: the last start meets the failing server too.
    let begin = Instant::now();
    while sink.faults() == 0 && begin.elapsed() < Duration::from_mins(1) {
        std::thread::sleep(Duration::from_millis(10));
    }
    sink.recover();

    let store_url = if url.starts_with("sqlite:") {
        format!("sqlite:{}", daemon.path("pairdesk.db").display())
    } else {
        url.to_owned()
    };
    let store = runtime.block_on(Store::open(&store_url)).unwrap();
    let stored = || {
        let counts = runtime.block_on(store.status()).unwrap().mails;
        let read = counts.iter().filter(|(disposition, _)| *disposition != Disposition::Waiting);
        read.map(|(_, count)| usize::try_from(*count).unwrap()).sum::<usize>()
    };
    daemon.until("end of the mailbox", || (stored() >= mails).then_some(()));
    daemon.until("end of the outbox", || {
        daemon.succeed(&["retry"]);
        let waiting = [OutboxState::Pending, OutboxState::Sending]
            .map(|state| runtime.block_on(store.outgoing(state)).unwrap().len());
        (waiting == [0, 0]).then_some(())
    });
    // What a kill between the commit and the word to the mailbox left out is made up for.
    daemon.until("keyword on every mail", || {
        let commands = ["EXAMINE INBOX", "UID SEARCH UNKEYWORD Pairdesk"];
        let answers = dovecot.imap("service@fjord.example", &commands);
        let left = answers.lines().find_map(|line| line.strip_prefix("* SEARCH")).expect("an answer");
        left.trim().is_empty().then_some(())
    });
    daemon.stop();

    // Every mail is stored once, and none was taken for a copy or set aside.
    assert_eq!(stored(), mails, "mails stored");
    let subjects: BTreeSet<_> = [Disposition::Case, Disposition::Routine]
        .into_iter()
        .flat_map(|disposition| runtime.block_on(store.mails(disposition)).unwrap())
        .map(|mail| mail.subject)
        .collect();
    assert_eq!(subjects.len(), mails, "mails stored as what they are");
    // Everything that follows was written once, and all of it has gone out.
    let sent = runtime.block_on(store.outgoing(OutboxState::Sent)).unwrap();
    assert_eq!(runtime.block_on(store.outgoing(OutboxState::Failed)).unwrap(), []);
    assert_eq!(counted(&sent), expected, "what was sent, against a calm run");
    let accepted = sink.accepted();
    let mut copies: BTreeMap<String, Vec<&[u8]>> = BTreeMap::new();
    for mail in &accepted {
        let id = mail.header("Message-ID").expect("each outgoing mail has a Message-ID");
        copies.entry(id.trim_matches(['<', '>']).to_owned()).or_default().push(&mail.bytes);
    }
    let mut unanswered = 0;
    for line in &sent {
        let copies =
            copies.get(&line.message_id).unwrap_or_else(|| panic!("{} never arrived", line.message_id));
        assert!(copies.iter().all(|copy| *copy == copies[0]), "the copies of {} differ", line.message_id);
        assert!(
            copies.len() <= usize::try_from(line.attempts).unwrap(),
            "more copies than attempts: {line:?}"
        );
        unanswered += copies.len() - 1;
    }
    assert_eq!(copies.len(), sent.len(), "the server got mails that the outbox does not have");
    assert!(sink.faults() > 0, "the daemon sent nothing before the SMTP server was well again");
    // A second copy is sent only where the first was in doubt: its answer was lost, or the daemon was killed over it.
    let lost = accepted.iter().filter(|mail| !mail.answered).count();
    let released = released(&daemon.log());
    assert!(
        unanswered <= lost + released,
        "{unanswered} second copies, but only {lost} answers were lost and {released} mails cut off by {kills} kills"
    );
    let database = url.split(':').next().unwrap();
    println!(
        "{database}: {kills} kills while {mails} mails came in (seed {seed}): {} stored once, 0 lost, 0 doubled; {} mails \
         went out, 0 missing; {unanswered} second copies, all with the same Message-ID, of {lost} whose answer was lost \
         and {released} that were cut off; SMTP failed {} times",
        stored(),
        sent.len(),
        sink.faults(),
    );
}

/// A second daemon on the same SQLite file is refused and leaves the first one's mails alone; it may start afterwards.
fn two_daemons(url: &str, also: &str) {
    let sink = Sink::start();
    let rest =
        |name: &str| format!("[[mailbox]]\nname = \"{name}\"\nmaildir = \"mail\"\n") + &smtp(sink.port);
    let mut first = Daemon::configure(url, &rest("service"));
    let also = also.replace("FIRST", first.path("").to_str().unwrap());
    let mut second = Daemon::configure(&also, &rest("service"));
    for daemon in [&first, &second] {
        for part in ["new", "cur", "tmp"] {
            std::fs::create_dir_all(daemon.path("mail").join(part)).unwrap();
        }
    }
    first.start();
    first.until("start", || first.log().contains("started").then_some(()));
    second.start();
    second.until("refusal", || second.log().contains("another pairdesk runs on").then_some(()));
    assert!(second.log().contains("stop that one first"), "{}", second.log());
    assert!(!second.log().contains("started"), "{}", second.log());
    second.kill();
    first.stop();
    second.start();
    second.until("start after the first", || second.log().contains("started").then_some(()));
    second.stop();
}

#[test]
fn a_second_daemon_on_one_sqlite_file_is_refused() {
    two_daemons("sqlite:deep/pairdesk.db", "sqlite:FIRST/deep/pairdesk.db");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_first_start_makes_the_folder_of_the_database_for_its_user_alone() {
    let folder = tempfile::tempdir().unwrap();
    let at = |path: &str| folder.path().join(path);
    for part in ["new", "cur", "tmp"] {
        std::fs::create_dir_all(at("mail").join(part)).unwrap();
    }
    let (database, maildir) = (at("deep/pairdesk.db"), at("mail"));
    let text = format!(
        "{FIRM}\n[store]\nurl = \"sqlite:{}\"\n[[mailbox]]\nname = \"service\"\nmaildir = \"{}\"\n{}",
        database.display(),
        maildir.display(),
        smtp(2525)
    );
    std::fs::write(at("pairdesk.toml"), text).unwrap();
    let config = Config::load(&at("pairdesk.toml")).unwrap();
    let file = at("pairdesk.toml");
    let running = tokio::spawn(async move { pairdesk::daemon::run(config, &file).await });
    while !at("deep/pairdesk.lock").exists() {
        assert!(!running.is_finished(), "{:?}", running.await);
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    for (path, mode) in [("deep", 0o700), ("deep/pairdesk.lock", 0o600)] {
        let found = std::fs::metadata(at(path)).unwrap().permissions().mode() & 0o777;
        assert_eq!(found, mode, "{path}: {found:o}");
    }
    running.abort();
}

#[expect(clippy::disallowed_methods, reason = "the length of a test is chosen from outside")]
fn length() -> (usize, usize) {
    if std::env::var_os("PAIRDESK_TEST_LONG").is_some() { (500, 200) } else { (60, 20) }
}

#[test]
fn killed_at_random_moments_nothing_is_lost_or_done_twice_with_sqlite() {
    let (mails, kills) = length();
    killed_at_random("sqlite:pairdesk.db", mails, kills, 20_260_310);
}

#[test]
fn killed_at_random_moments_nothing_is_lost_or_done_twice_with_postgresql() {
    let (mails, kills) = length();
    killed_at_random(&postgres::fresh_database(), mails, kills, 20_260_311);
}
