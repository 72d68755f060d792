//! The running daemon before its administrator: it is given another configuration, stops in time whatever it is at, and
//! tells its supervisor how it does.

use std::collections::BTreeSet;
use std::io::{Read, Write};
use std::net::{Shutdown, TcpListener};
use std::os::unix::net::{UnixDatagram, UnixStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use nix::sys::signal::Signal;

use crate::harness::daemon::{Daemon, imap_mailbox, smtp};
use crate::harness::postgres;
use crate::harness::sink::{Fault, Sink};

/// Within how long the daemon ends, however busy this machine is with other tests. It promises ten seconds; what it waits
/// for here would take minutes.
const IN_TIME: Duration = Duration::from_secs(30);

/// A daemon that reads Maildirs of these names.
fn reading(store: &str, maildirs: &[&str], rest: &str) -> Daemon {
    let mailboxes: Vec<_> = maildirs.iter().map(|name| maildir(name)).collect();
    let daemon = Daemon::configure(store, &(mailboxes.concat() + rest));
    for name in maildirs {
        make(&daemon, name);
    }
    daemon
}

fn maildir(name: &str) -> String {
    format!("[[mailbox]]\nname = \"{name}\"\nmaildir = \"{name}\"\nsince = \"2020-01-01\"\n")
}

fn make(daemon: &Daemon, name: &str) {
    for part in ["new", "cur", "tmp"] {
        std::fs::create_dir_all(daemon.path(name).join(part)).unwrap();
    }
}

/// Puts a mail into a Maildir; a complaint when `grave`.
fn deliver(daemon: &Daemon, maildir: &str, number: usize, grave: bool) {
    let text = if grave {
        "This is completely unacceptable. Nobody turned up again, and we have lost all trust in you. We are terminating."
    } else {
        "Please find the delivery note for Thursday attached. See you next week."
    };
    let mail = format!(
        "From: Person {number} <p{number}@acme.example>\r\nTo: service@fjord.example\r\nSubject: Matter {number:04}\r\n\
         Message-ID: <{maildir}-{number}@acme.example>\r\n\r\n{text}\r\n"
    );
    let name = format!("{number:04}.{maildir}");
    std::fs::write(daemon.path(maildir).join("tmp").join(&name), mail).unwrap();
    let (from, to) =
        (daemon.path(maildir).join("tmp").join(&name), daemon.path(maildir).join("new").join(&name));
    std::fs::rename(from, to).unwrap();
}

/// How many mails are filed as what.
fn mails(daemon: &Daemon) -> String {
    let status = daemon.succeed(&["status"]);
    let mails = status.split("\nMails\n").nth(1).unwrap_or_default();
    let lines: Vec<_> = mails.lines().take_while(|line| !line.is_empty()).map(str::trim).collect();
    lines.join(", ")
}

fn until_mails(daemon: &Daemon, are: &str) {
    daemon.until(are, || (mails(daemon) == are).then_some(()));
}

fn until_log(daemon: &Daemon, says: &str) {
    daemon.until(says, || daemon.log().contains(says).then_some(()));
}

#[test]
fn a_new_configuration_is_used_and_a_wrong_one_is_refused_with_every_mistake() {
    let sink = Sink::start();
    let mut daemon = reading("sqlite:pairdesk.db", &["service"], &smtp(sink.port));
    deliver(&daemon, "service", 1, false);
    daemon.start();
    until_mails(&daemon, "1 routine");
    let first = daemon.config();

    let wrong = first.replace("tls = \"none\"", "tls = \"nome\"") + "[clock]\nescalate_afer = \"3h\"\n";
    daemon.reload(&wrong);
    let log = daemon.log();
    for mistake in ["none of implicit, starttls, none", "unknown key escalate_afer", "pairdesk.toml:"] {
        assert!(log.contains(mistake), "the log does not say {mistake:?}: {log}");
    }
    assert!(log.contains("is not used; the daemon goes on with the one before"), "{log}");
    std::fs::write(daemon.path("pairdesk.toml"), &first).unwrap();
    deliver(&daemon, "service", 2, false);
    until_mails(&daemon, "2 routine");

    let elsewhere = first.replace("sqlite:pairdesk.db", "sqlite:other.db");
    daemon.reload(&elsewhere);
    assert!(daemon.log().contains("[store] is another one, which cannot change while the daemon runs"));
    assert!(!daemon.path("other.db").exists());
    std::fs::write(daemon.path("pairdesk.toml"), &first).unwrap();

    make(&daemon, "sales");
    deliver(&daemon, "sales", 3, false);
    daemon.reload(&(first.replace("level = \"debug\"", "level = \"error\"") + &maildir("sales")));
    until_mails(&daemon, "3 routine");
    deliver(&daemon, "service", 4, true);
    // Operations and sales of the account, and the manager.
    daemon.until("three mails", || (sink.accepted().len() == 3).then_some(()));
    let log = daemon.log();
    daemon.stop();
    assert_eq!(daemon.log(), log, "nothing is logged below the new level");
    assert_eq!(log.matches("reading the mailbox for the first time").count(), 1, "sales was read in silence");
}

#[test]
fn letters_are_written_by_the_templates_as_they_were_read_last() {
    let sink = Sink::start();
    let rest = "[follow_up]\nshadow = false\nreceived = \"auto\"\n[templates]\nfolder = \"templates\"\n";
    let mut daemon = reading("sqlite:pairdesk.db", &["service"], &(smtp(sink.port) + rest));
    std::fs::create_dir_all(daemon.path("templates/client")).unwrap();
    let template = daemon.path("templates/client/received.en.txt");
    let write = |text: &str| std::fs::write(&template, text).unwrap();
    write("The first wording.\n");
    let config = daemon.config();
    daemon.start();
    until_log(&daemon, "reading the mailbox for the first time");
    let letter = |number: usize| {
        deliver(&daemon, "service", number, true);
        let to = format!("p{number}@acme.example");
        daemon.until("letter to the client", || {
            let letters = sink.accepted();
            let letter = letters.iter().find(|mail| mail.to == [to.as_str()])?;
            Some(String::from_utf8_lossy(&letter.bytes).into_owned())
        })
    };
    assert!(letter(1).contains("The first wording."));
    write("The second wording.\n");
    daemon.reload(&config);
    assert!(letter(2).contains("The second wording."));
    write("{% if %} A mistake.\n");
    daemon.reload(&config);
    assert!(letter(3).contains("The second wording."), "{}", daemon.log());
    assert!(daemon.log().contains("received.en.txt:1"), "{}", daemon.log());
    daemon.stop();
}

#[test]
fn nothing_is_lost_or_done_twice_while_the_configuration_is_read_anew_again_and_again() {
    const MAILS: usize = 12;
    let sink = Sink::start();
    let mut daemon = reading("sqlite:pairdesk.db", &["service"], &smtp(sink.port));
    daemon.start();
    until_log(&daemon, "reading the mailbox for the first time");
    let config = daemon.config();
    for number in 0..MAILS {
        deliver(&daemon, "service", number, number % 2 == 0);
        if number % 4 == 0 {
            daemon.reload(&config);
        }
    }
    until_mails(&daemon, &format!("{} case, {} routine", MAILS / 2, MAILS / 2));
    let outgoing = || daemon.succeed(&["status"]).split("\nOutgoing\n").nth(1).unwrap().to_owned();
    daemon.until("all sent", || outgoing().contains(" sent, 0 waiting, 0 given up").then_some(()));
    let sent = sink.accepted();
    assert!(outgoing().trim().starts_with(&format!("{} sent", sent.len())), "{}", outgoing());
    let ids: BTreeSet<_> = sent.iter().map(|mail| mail.header("Message-ID").unwrap()).collect();
    assert_eq!(ids.len(), sent.len(), "a mail was sent twice");
    assert!(sent.len() > 2, "{} mails", sent.len());
    daemon.stop();
}

/// That the daemon ended in time, and says so.
fn ended(daemon: &mut Daemon) {
    let took = daemon.stop();
    assert!(took < IN_TIME, "it took {took:?}: {}", daemon.log());
    let log = daemon.log();
    assert!(log.lines().last().unwrap().contains("stopped took="), "{log}");
}

#[test]
fn it_ends_in_time_before_an_imap_server_that_says_nothing() {
    let silent = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = silent.local_addr().unwrap().port();
    let mailbox = imap_mailbox(port, "info", "").replace("timeout = \"5s\"", "timeout = \"10m\"");
    let mut daemon = Daemon::configure("sqlite:pairdesk.db", &(mailbox + &smtp(2525)));
    daemon.start();
    // It waits for a greeting that never comes.
    let (_connection, _) = silent.accept().unwrap();
    ended(&mut daemon);
    let log = daemon.log();
    assert!(log.contains("the loop that reads service/INBOX did not end in time and is cut off"), "{log}");
}

#[test]
fn it_ends_in_time_while_an_smtp_server_does_not_answer_a_text_and_the_mail_goes_out_by_the_next_start() {
    let sink = Sink::start();
    sink.script([Some(Fault::HangAfterDot)]);
    let mut daemon = reading("sqlite:pairdesk.db", &["service"], &smtp(sink.port));
    daemon.start();
    until_log(&daemon, "reading the mailbox for the first time");
    deliver(&daemon, "service", 1, true);
    daemon.until("mail at hand", || (sink.faults() == 1).then_some(()));
    ended(&mut daemon);
    assert!(
        daemon.log().contains("the loop that sends did not end in time and is cut off"),
        "{}",
        daemon.log()
    );
    assert_eq!(sink.accepted(), []);
    daemon.start();
    daemon.until("three mails", || (sink.accepted().len() == 3).then_some(()));
    daemon.until("note of them", || daemon.succeed(&["status"]).contains("3 sent, 0 waiting").then_some(()));
    daemon.stop();
    assert_eq!(sink.accepted().len(), 3);
    assert!(daemon.log().contains("they are sent again with the same Message-ID"));
}

#[test]
fn it_ends_in_time_while_mails_are_read_and_the_next_start_goes_on() {
    let (mails_there, sink) = (40, Sink::start());
    let mut daemon = reading("sqlite:pairdesk.db", &["service"], &smtp(sink.port));
    for number in 0..mails_there {
        deliver(&daemon, "service", number, false);
    }
    daemon.start();
    until_log(&daemon, "reading the mailbox for the first time");
    ended(&mut daemon);
    daemon.start();
    until_mails(&daemon, &format!("{mails_there} routine"));
    daemon.stop();
}

/// A way to a PostgreSQL server over TCP that can be cut as a dead host cuts it: nothing is closed, nothing comes.
struct Cable {
    url: String,
    cut: Arc<AtomicBool>,
}

fn cable(url: &str) -> Cable {
    let (database, rest) = url.strip_prefix("postgres:///").unwrap().split_once("?host=").unwrap();
    let socket = format!("{}/.s.PGSQL.5432", rest.split('&').next().unwrap());
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    let cut = Arc::new(AtomicBool::new(false));
    let is_cut = Arc::clone(&cut);
    std::thread::spawn(move || {
        for near in listener.incoming() {
            let (near, far) = (near.unwrap(), UnixStream::connect(&socket).unwrap());
            let (from_near, from_far) = (near.try_clone().unwrap(), far.try_clone().unwrap());
            let (there, back) = (Arc::clone(&is_cut), Arc::clone(&is_cut));
            let (client, server) = (near.try_clone().unwrap(), far.try_clone().unwrap());
            std::thread::spawn(move || {
                carry(from_near, far, &there);
                // The server hears at last that the client is gone.
                drop(server.shutdown(Shutdown::Both));
            });
            std::thread::spawn(move || {
                if !carry(from_far, near, &back) {
                    drop(client.shutdown(Shutdown::Both));
                }
            });
        }
    });
    Cable { url: format!("postgres://postgres@127.0.0.1:{port}/{database}?sslmode=disable"), cut }
}

/// Carries bytes on until the cable is cut; from then on it takes them and does nothing, also when it is whole again. Says
/// whether it was cut.
fn carry(mut from: impl Read, mut to: impl Write, cut: &AtomicBool) -> bool {
    let mut bytes = [0; 16 << 10];
    let mut lost = false;
    while let Ok(count) = from.read(&mut bytes) {
        lost |= cut.load(Ordering::Relaxed);
        if count == 0 || !lost && to.write_all(&bytes[..count]).is_err() {
            break;
        }
    }
    lost
}

#[test]
fn it_ends_in_time_while_the_database_does_not_answer_and_the_next_start_goes_on() {
    let sink = Sink::start();
    let url = postgres::fresh_database();
    let cable = cable(&url);
    let mut daemon = reading(&cable.url, &["service"], &smtp(sink.port));
    deliver(&daemon, "service", 1, false);
    daemon.start();
    until_mails(&daemon, "1 routine");
    cable.cut.store(true, Ordering::Relaxed);
    for number in 2..5 {
        deliver(&daemon, "service", number, true);
    }
    ended(&mut daemon);
    cable.cut.store(false, Ordering::Relaxed);
    daemon.start();
    until_mails(&daemon, "3 case, 1 routine");
    daemon.stop();
}

#[test]
fn it_ends_when_it_is_told_to_before_it_has_started() {
    let silent = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = silent.local_addr().unwrap().port();
    let mut daemon = Daemon::configure("sqlite:pairdesk.db", &(maildir("service") + &smtp(2525)));
    let url = format!("postgres://postgres@127.0.0.1:{port}/x?sslmode=disable");
    std::fs::write(daemon.path("pairdesk.toml"), daemon.config().replace("sqlite:pairdesk.db", &url))
        .unwrap();
    daemon.start();
    let (_connection, _) = silent.accept().unwrap();
    let took = daemon.stop();
    assert!(took < IN_TIME, "it took {took:?}");
    assert!(daemon.log().contains("told to stop before it had started"), "{}", daemon.log());
}

/// What a daemon tells its supervisor.
struct Supervisor {
    socket: UnixDatagram,
}

impl Supervisor {
    /// The next word that is no sign of life.
    fn hears(&self) -> String {
        loop {
            let word = self.next();
            if word != "WATCHDOG=1\n" {
                return word;
            }
        }
    }

    fn next(&self) -> String {
        let mut bytes = [0; 4096];
        let count = self.socket.recv(&mut bytes).expect("a word from the daemon");
        String::from_utf8_lossy(&bytes[..count]).into_owned()
    }
}

#[test]
fn its_supervisor_hears_that_it_is_ready_alive_reloading_and_stopping() {
    let mut daemon = reading("sqlite:pairdesk.db", &["service"], &smtp(2525));
    let path = daemon.path("notify");
    let supervisor = Supervisor { socket: UnixDatagram::bind(&path).unwrap() };
    supervisor.socket.set_read_timeout(Some(Duration::from_secs(90))).unwrap();
    daemon.start_with(&[("NOTIFY_SOCKET", path.to_str().unwrap()), ("WATCHDOG_USEC", "200000")]);
    assert_eq!(supervisor.hears(), "READY=1\nSTATUS=reads service\n");
    assert!(daemon.log().contains(" started "), "it is ready when it works: {}", daemon.log());
    assert_eq!([supervisor.next(), supervisor.next()], ["WATCHDOG=1\n", "WATCHDOG=1\n"]);

    daemon.signal(Signal::SIGHUP);
    let word = supervisor.hears();
    let time = word.strip_prefix("RELOADING=1\nMONOTONIC_USEC=").unwrap_or_else(|| panic!("{word}"));
    assert!(time.split('\n').next().unwrap().parse::<u64>().unwrap() > 0);
    assert_eq!(supervisor.hears(), "READY=1\nSTATUS=reads service\n");
    let config = daemon.config();
    daemon.reload(&config.replace("domains", "domain"));
    assert!(supervisor.hears().starts_with("RELOADING=1\n"));
    let word = supervisor.hears();
    assert!(
        word.starts_with(
            "READY=1\nSTATUS=NOT RELOADED, goes on with the configuration before: pairdesk.toml:"
        ),
        "{word}"
    );
    daemon.stop();
    assert_eq!(supervisor.hears(), "STOPPING=1\nSTATUS=finishing what is at hand\n");
}
