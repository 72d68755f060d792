//! Health and metrics, as a monitor asks for them.

use std::io::{Read, Write};
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::sync::Arc;
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use pairdesk::clock::{Clock, SetClock};
use pairdesk::compose::{Composer, House};
use pairdesk::daemon::Pulses;
use pairdesk::directory::Firm;
use pairdesk::effect::{Content, Effect, Held, Letter};
use pairdesk::intake::Policy;
use pairdesk::message::{Address, ReadOptions};
use pairdesk::store::Store;
use pairdesk::web::{Figures, Watched, serve};
use pairdesk::worker::Desk;
use tempfile::TempDir;
use tokio_util::sync::CancellationToken;

use crate::harness::daemon::{Daemon, smtp};
use crate::harness::sink::Sink;

/// What a server answers: the status line's code, and the text.
fn get(address: SocketAddr, path: &str) -> (u16, String) {
    let mut stream = TcpStream::connect(address).unwrap();
    stream.set_read_timeout(Some(Duration::from_mins(1))).unwrap();
    let ask = format!("GET {path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
    stream.write_all(ask.as_bytes()).unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    let (head, text) = answer.split_once("\r\n\r\n").unwrap();
    (head.split(' ').nth(1).unwrap().parse().unwrap(), text.to_owned())
}

/// Pages of a desk whose clock is set.
struct Pages {
    address: SocketAddr,
    clock: Arc<SetClock>,
    store: Store,
    _folder: TempDir,
}

fn at(minutes: i64) -> Timestamp {
    "2026-03-10T09:00:00Z".parse::<Timestamp>().unwrap() + SignedDuration::from_mins(minutes)
}

async fn pages() -> Pages {
    let folder = tempfile::tempdir().unwrap();
    let store =
        Store::open(&format!("sqlite:{}", folder.path().join("pairdesk.db").display())).await.unwrap();
    let clock = Arc::new(SetClock::new(at(0)));
    let time = Clock::Set(Arc::clone(&clock));
    let firm = Firm::default();
    let composer = Composer::new(House::of(&firm));
    let desk = Desk::new(store.clone(), composer, firm, Policy::default(), ReadOptions::default(), time);
    let watched = Watched {
        desk: Arc::new(desk),
        folders: vec![("service/INBOX".to_owned(), Duration::from_mins(1))],
        pulses: Pulses::default(),
        dead_after: Duration::from_mins(20),
        since: at(0),
        figures: Figures::counting(),
    };
    let door = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    door.set_nonblocking(true).unwrap();
    let address = door.local_addr().unwrap();
    tokio::spawn(serve(door, watched, CancellationToken::new()));
    Pages { address, clock, store, _folder: folder }
}

impl Pages {
    async fn get(&self, path: &'static str) -> (u16, String) {
        let address = self.address;
        tokio::task::spawn_blocking(move || get(address, path)).await.unwrap()
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn health_names_what_is_not_well() {
    let pages = pages().await;
    let (status, text) = pages.get("/health").await;
    assert_eq!((status, text.lines().next()), (200, Some("well")), "nothing can have been done yet: {text}");
    assert!(text.contains("ok   service/INBOX: last looked at never yet"), "{text}");

    // A mailbox that fails, a clock that does not tick, a mail that no server takes.
    pages.store.mailbox_ok("service/INBOX", at(1)).await.unwrap();
    pages.store.mailbox_failed("service/INBOX", "no route to host", at(2)).await.unwrap();
    let letter = Letter {
        id: "l1".to_owned(),
        to: Address { name: String::new(), address: "olga@firm.example".to_owned() },
        case: None,
        references: Vec::new(),
        at: at(1),
        content: Content::Held(Held { recipient: None, limit: "20 an hour".to_owned(), waiting: 3 }),
    };
    let mut tx = pages.store.begin().await.unwrap();
    let firm = Firm { address: "service@firm.example".to_owned(), ..Firm::default() };
    tx.perform(None, &[Effect::Send(letter)], &Composer::new(House::of(&firm)), at(1)).await.unwrap();
    tx.commit().await.unwrap();
    pages.clock.set(at(5));
    let (status, text) = pages.get("/health").await;
    assert_eq!(status, 200, "a delay is none yet: {text}");
    assert!(text.contains("mails that wait for the server: 1, the oldest for 4 min"), "{text}");
    assert!(text.contains("last looked at 4 min ago; it fails now"), "{text}");

    pages.clock.set(at(20));
    let (status, text) = pages.get("/health").await;
    assert_eq!((status, text.lines().next()), (503, Some("not well")), "{text}");
    for bad in [
        "BAD  service/INBOX: last looked at 19 min ago; it fails now",
        "BAD  the clock: what is due was last looked at not yet",
        "BAD  mails that wait for the server: 1, the oldest for 19 min",
    ] {
        assert!(text.contains(bad), "{text}");
    }
    let (_, figures) = pages.get("/metrics").await;
    for figure in [
        "pairdesk_database_up 1",
        "pairdesk_mailbox_failing{mailbox=\"service/INBOX\"} 1",
        "pairdesk_outbox{state=\"pending\"} 1",
        "pairdesk_outbox_oldest_due_seconds 1140",
    ] {
        assert!(figures.lines().any(|line| line == figure), "{figure}: {figures}");
    }

    pages.store.close().await;
    let (status, text) = pages.get("/health").await;
    assert!(status == 503 && text.contains("BAD  the database"), "{text}");
    let (status, figures) = pages.get("/metrics").await;
    assert!(status == 200 && figures.contains("pairdesk_database_up 0"), "{figures}");
    assert_eq!(pages.get("/").await.0, 404);
}

/// Where a daemon serves its pages, as its log says.
fn address(daemon: &Daemon) -> SocketAddr {
    let log = daemon.log();
    let line = log.lines().rfind(|line| line.contains("health and metrics are served")).expect("it says so");
    let address = line.split("http://").nth(1).unwrap();
    address.split('/').next().unwrap().parse().unwrap()
}

#[test]
fn a_daemon_serves_its_health_and_figures_and_names_nobody() {
    let sink = Sink::start();
    let mailbox = "[[mailbox]]\nname = \"service\"\nmaildir = \"service\"\nsince = \"2020-01-01\"\n";
    let http = "[http]\nlisten = \"127.0.0.1:0\"\n";
    let mut daemon = Daemon::configure("sqlite:pairdesk.db", &(mailbox.to_owned() + &smtp(sink.port) + http));
    for part in ["new", "cur", "tmp"] {
        std::fs::create_dir_all(daemon.path("service").join(part)).unwrap();
    }
    let complaint = "From: Dana Ruiz <dana@acme.example>\r\nTo: service@fjord.example\r\nSubject: Matter 0001\r\nMessage-ID: <m1@acme.example>\r\n\r\n\
        This is completely unacceptable. Nobody turned up again, and we have lost all trust in you. We are terminating.\r\n";
    daemon.start();
    daemon.until("first look", || daemon.log().contains("for the first time").then_some(()));
    std::fs::write(daemon.path("service/new/1.x"), complaint).unwrap();
    daemon.until("both notices", || (sink.accepted().len() >= 2).then_some(()));
    let address = address(&daemon);
    let (_, figures) = daemon.until("all figures", || {
        let (status, text) = get(address, "/metrics");
        let sent = text.contains("pairdesk_sends_total{sort=\"notice\",result=\"sent\"} 2");
        let looked = text.contains("pairdesk_mailbox_look_timestamp_seconds{mailbox=");
        (sent && looked).then_some((status, text))
    });
    for figure in [
        "pairdesk_build_info{version=\"",
        "pairdesk_cases_open{kind=\"",
        "pairdesk_mailbox_look_timestamp_seconds{mailbox=\"service\"} ",
        "pairdesk_mails_total{mailbox=\"service\",disposition=\"case\"} 1",
        "pairdesk_classify_seconds_count 1",
        "# HELP pairdesk_sends_total ",
    ] {
        assert!(figures.lines().any(|line| line.starts_with(figure)), "{figure}: {figures}");
    }
    let (status, health) = get(address, "/health");
    assert_eq!(status, 200, "{health}");
    for page in [figures, health] {
        assert!(!page.contains('@') && !page.contains("Dana") && !page.contains("acme"), "{page}");
    }

    // The same door after the configuration was read anew; another when it names another; none when it names none.
    let config = daemon.config();
    daemon.reload(&config);
    assert!(get(address, "/metrics").1.contains("pairdesk_reloads_total{result=\"holds\"} 1"));
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = taken.local_addr().unwrap().port();
    daemon.reload(&config.replace("127.0.0.1:0", &format!("127.0.0.1:{port}")));
    assert!(daemon.log().contains(&format!("[http] cannot listen on 127.0.0.1:{port}")), "{}", daemon.log());
    assert!(get(address, "/metrics").1.contains("pairdesk_reloads_total{result=\"refused\"} 1"));
    drop(taken);
    daemon.reload(&config.replace("127.0.0.1:0", &format!("127.0.0.1:{port}")));
    let there = SocketAddr::from((Ipv4Addr::LOCALHOST, port));
    assert_eq!(get(there, "/health").0, 200);
    daemon.until("end of the first door", || TcpStream::connect(address).is_err().then_some(()));
    daemon.stop();
    assert!(TcpStream::connect(there).is_err());
}

#[test]
fn an_address_that_other_machines_reach_is_refused_unless_it_is_wanted() {
    let config = |http: &str| {
        let text = include_str!("../../pairdesk.example.toml").replace("\n[http]\n", "\n");
        let text = text.replace("\n[log]", &format!("\n{http}\n[log]"));
        let folder = std::path::Path::new("/srv/desk");
        pairdesk::config::Config::parse("pairdesk.toml", &text, folder, |_| Some("secret".to_owned()))
    };
    let listens = |http: &str| config(http).map(|config| config.http.map(|address| address.to_string()));
    assert_eq!(listens("").unwrap(), None);
    assert_eq!(listens("[http]\nlisten = \"[::1]:9464\"").unwrap().as_deref(), Some("[::1]:9464"));
    let problems = config("[http]\nlisten = \"0.0.0.0:9464\"").unwrap_err();
    assert!(problems[0].what.contains("can be reached from other machines"), "{problems:?}");
    let wanted = "[http]\nlisten = \"0.0.0.0:9464\"\nloopback_only = false";
    assert_eq!(listens(wanted).unwrap().as_deref(), Some("0.0.0.0:9464"));
    assert!(config("[http]\nlisten = \"localhost\"").unwrap_err()[0].remedy.contains("127.0.0.1:9464"));
}
