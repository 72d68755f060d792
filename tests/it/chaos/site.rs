//! The daemon between its servers, each behind a proxy, and what is done to them round by round.

use std::fmt::Write as _;
use std::path::PathBuf;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use nix::sys::signal::Signal;
use pairdesk::clock::Clock;
use pairdesk::config::Config;
use pairdesk::store::{OutboxState, StoreError};
use pairdesk::worker::{Desk, tick};
use tokio::runtime::Runtime;

use super::ledger::{Calm, Ledger, Sort};
use super::plan::{Block, Ending, Living, Storing};
use crate::harness::daemon::Daemon;
use crate::harness::disk::Disk;
use crate::harness::dovecot::Dovecot;
use crate::harness::postgres::Cluster;
use crate::harness::proxy::{Act, Fault, Protocol, Proxy, Target, Tls, imap, smtp};
use crate::harness::random::Random;
use crate::harness::sink::{self, Sink};

/// As many clients write: of each so few mails come that none is told of together with others.
const ACCOUNTS: usize = 400;
/// How long a fault may take to find its step, before the next one has its turn.
const REACHED: Duration = Duration::from_secs(15);
/// How long all may take to come to rest.
const SETTLED: Duration = Duration::from_mins(3);
/// The database of a cluster.
const DATABASE: &str = "chaos";
/// Where Debian keeps libraries, by the machine's kind.
const LIBRARIES: &str = "/usr/lib";

/// The library that tells a program another time, where it is installed.
fn faketime() -> Option<PathBuf> {
    let kinds = std::fs::read_dir(LIBRARIES).ok()?.flatten();
    kinds.map(|kind| kind.path().join("faketime/libfaketimeMT.so.1")).find(|path| path.exists())
}

/// A mailbox behind its proxy.
pub struct Mailbox {
    name: &'static str,
    user: String,
    proxy: Proxy,
    tls: Tls,
    afterwards: &'static str,
}

impl Mailbox {
    /// Whether its connections begin with STARTTLS.
    pub fn starts_tls(&self) -> bool {
        self.tls == Tls::StartTls
    }

    /// Whether something is done to its mails once they are stored.
    pub fn does_something(&self) -> bool {
        self.afterwards != "nothing"
    }
}

/// Where the mails are stored.
enum Base {
    Lite,
    Pg { cluster: Mutex<Cluster>, proxy: Proxy },
}

/// All that a run of the test is made of. The first fields end first.
pub struct Site {
    daemon: Mutex<Daemon>,
    /// The mailboxes that the daemon reads.
    pub mailboxes: Vec<Mailbox>,
    smtp: Proxy,
    base: Base,
    /// Beside the daemon, by no proxy.
    desk: Desk,
    /// Where the clock's offset is written, when the clock can be set.
    clock: Option<Offset>,
    disk: Option<Disk>,
    sink: Sink,
    dovecot: Dovecot,
    ledger: Mutex<Ledger>,
    mails: AtomicUsize,
    /// What was done in this block, with the moment.
    told: Mutex<Vec<String>>,
    begun: Instant,
    runtime: Runtime,
}

/// Waits until it is so; whether it was in time.
fn within(time: Duration, so: impl Fn() -> bool) -> bool {
    let begun = Instant::now();
    while !so() {
        if begun.elapsed() > time {
            return false;
        }
        std::thread::sleep(Duration::from_millis(10));
    }
    true
}

/// Asks the store until it answers: it may just be down.
fn patiently<T>(ask: impl Fn() -> Result<T, StoreError>) -> T {
    let begun = Instant::now();
    loop {
        match ask() {
            Ok(answer) => return answer,
            Err(error) if begun.elapsed() > SETTLED => panic!("the store does not answer: {error}"),
            Err(_) => std::thread::sleep(millis(100)),
        }
    }
}

fn millis(count: u64) -> Duration {
    Duration::from_millis(count)
}

/// Another time than the machine's, for the daemon.
struct Offset {
    library: PathBuf,
    /// Where the offset is written.
    file: PathBuf,
}

fn start(daemon: &mut Daemon, clock: Option<&Offset>) {
    let Some(Offset { library, file }) = clock else { return daemon.start() };
    daemon.start_with(&[
        ("LD_PRELOAD", library.to_str().unwrap()),
        ("FAKETIME_TIMESTAMP_FILE", file.to_str().unwrap()),
        ("FAKETIME_CACHE_DURATION", "1"),
        ("FAKETIME_DONT_FAKE_MONOTONIC", "1"),
    ]);
}

fn accounts() -> String {
    let account = |number| {
        format!(
            "[[account]]\naccount = \"c{number}\"\nname = \"Client {number}\"\ndomains = [\"c{number}.example\"]\n\
             sales = \"Kim Vos <kim@fjord.example>\"\noperations = \"Lee Park <lee@fjord.example>\"\n\n"
        )
    };
    (0..ACCOUNTS).map(account).collect()
}

/// The configuration but for the database: nothing is ever overdue, and no limit is reached.
fn configuration(mailboxes: &[Mailbox], smtp: &Proxy) -> String {
    let mut text = String::new();
    for Mailbox { name, user, proxy, tls, afterwards } in mailboxes {
        let (port, certificate) = (proxy.port, proxy.certificate());
        let tls = match tls {
            Tls::None => "none",
            Tls::Implicit => "implicit",
            Tls::StartTls => "starttls",
        };
        let _ = write!(
            text,
            "[[mailbox]]\nname = \"{name}\"\nhost = \"localhost\"\nport = {port}\ntls = \"{tls}\"\nca_file = \"{}\"\n\
             user = \"{user}\"\npassword = \"file:password\"\nsince = \"2020-01-01\"\ntimeout = \"2s\"\npoll = \"2s\"\n\
             afterwards = \"{afterwards}\"\n",
            certificate.display()
        );
    }
    let port = smtp.port;
    text + &format!(
        "[smtp]\nhost = \"127.0.0.1\"\nport = {port}\ntls = \"none\"\ntimeout = \"2s\"\nuser = \"pairdesk\"\n\
         password = \"file:password\"\n[limits]\nper_recipient_hour = 100000\ntotal_hour = 1000000\n\
         [follow_up]\nshadow = false\nreceived = \"auto\"\n[alerts]\na_week = 10000\ncool_down = \"1s\"\n\
         [clock.answer]\nsevere = \"300d\"\nclear = \"300d\"\nmild = \"300d\"\n\
         [clock.resolution]\nsevere = \"300d\"\nclear = \"300d\"\nmild = \"300d\"\n"
    )
}

impl Site {
    /// With SQLite, on a small disk where one can be had.
    pub fn on_sqlite() -> Self {
        let disk = Disk::mount(96);
        let folder = disk.as_ref().map_or_else(PathBuf::new, |disk| disk.path().to_owned());
        let url = format!("sqlite:{}", folder.join("pairdesk.db").display());
        Self::on(Runtime::new().unwrap(), disk, &url, &url, Base::Lite)
    }

    /// With PostgreSQL, its tables on a small disk where one can be had.
    pub fn on_postgresql(cluster: Cluster) -> Self {
        let disk = Disk::mount(192);
        match &disk {
            Some(disk) => {
                let folder = disk.path().join("tables");
                std::fs::create_dir(&folder).unwrap();
                cluster.create_in(DATABASE, &folder);
            }
            None => drop(cluster.sql("postgres", &format!("CREATE DATABASE {DATABASE}")).unwrap()),
        }
        let runtime = Runtime::new().unwrap();
        let target = Target::Socket(cluster.socket());
        let proxy = Proxy::start(runtime.handle(), Protocol::Postgres, target, Tls::None);
        let by_proxy = format!("postgres://postgres@127.0.0.1:{}/{DATABASE}?sslmode=disable", proxy.port);
        let url = cluster.url(DATABASE);
        Self::on(runtime, disk, &by_proxy, &url, Base::Pg { cluster: Mutex::new(cluster), proxy })
    }

    /// `store` as the daemon has it, `url` beside all proxies.
    fn on(runtime: Runtime, disk: Option<Disk>, store: &str, url: &str, base: Base) -> Self {
        let dovecot = Dovecot::start();
        let login = Some(("pairdesk".to_owned(), crate::harness::dovecot::PASSWORD.to_owned()));
        let sink = Sink::start_with(sink::Options { tls: sink::Tls::None, login });
        let proxy = |protocol, port, tls| Proxy::start(runtime.handle(), protocol, Target::Port(port), tls);
        let mailbox = |(name, tls, afterwards): (&'static str, Tls, &'static str)| Mailbox {
            name,
            user: format!("{name}@fjord.example"),
            proxy: proxy(Protocol::Imap, dovecot.imap, tls),
            tls,
            afterwards,
        };
        let mailboxes: Vec<Mailbox> = [
            ("plain", Tls::None, "keyword:Pairdesk"),
            ("tls", Tls::Implicit, "keyword:Pairdesk"),
            ("starttls", Tls::StartTls, "move:Done"),
            ("still", Tls::None, "nothing"),
            ("moved", Tls::None, "move:Done"),
        ]
        .map(mailbox)
        .into();
        for mailbox in &mailboxes {
            dovecot.imap(&mailbox.user, &["CREATE Done"]);
        }
        let smtp = proxy(Protocol::Smtp, sink.port, Tls::None);

        let mut daemon = Daemon::configure(store, &configuration(&mailboxes, &smtp));
        let path = daemon.path("pairdesk.toml");
        let text = std::fs::read_to_string(&path).unwrap().replace("level = \"debug\"", "level = \"info\"");
        std::fs::write(&path, &text).unwrap();
        std::fs::write(daemon.path("accounts.toml"), accounts()).unwrap();
        daemon.succeed(&["accounts", "import", daemon.path("accounts.toml").to_str().unwrap(), "--yes"]);
        let direct = daemon.path("direct.toml");
        let store = if store.starts_with("sqlite:pairdesk") {
            url.replace("sqlite:", &format!("sqlite:{}/", daemon.path("").display()))
        } else {
            url.to_owned()
        };
        let of_store = text.lines().find(|line| line.starts_with("url = ")).unwrap();
        std::fs::write(&direct, text.replace(of_store, &format!("url = \"{store}\""))).unwrap();
        let calm = runtime.block_on(Calm::had(&direct, daemon.path("calm.db")));
        let config = Config::load(&direct).unwrap();
        let beside = runtime.block_on(pairdesk::daemon::desk(&config, Clock::System)).unwrap();
        let clock = faketime().map(|library| Offset { library, file: daemon.path("clock") });
        if let Some(Offset { file, .. }) = &clock {
            std::fs::write(file, "+0\n").unwrap();
        }
        // The first start decides what is backlog: it comes before the first mail.
        start(&mut daemon, clock.as_ref());
        let read = || {
            let status = patiently(|| runtime.block_on(beside.store.status()));
            status.mailboxes.iter().filter(|mailbox| mailbox.last_ok_at.is_some()).count()
        };
        daemon.until("first look into the mailboxes", || (read() == mailboxes.len()).then_some(()));
        Self {
            daemon: Mutex::new(daemon),
            mailboxes,
            smtp,
            base,
            desk: beside,
            clock,
            disk,
            sink,
            dovecot,
            ledger: Mutex::new(Ledger::new(calm)),
            mails: AtomicUsize::new(0),
            told: Mutex::default(),
            begun: Instant::now(),
            runtime,
        }
    }

    /// The database's name.
    pub fn database(&self) -> &'static str {
        if self.is_postgresql() { "postgresql" } else { "sqlite" }
    }

    /// Whether it is PostgreSQL.
    pub fn is_postgresql(&self) -> bool {
        matches!(self.base, Base::Pg { .. })
    }

    /// Whether the disk can be filled.
    pub fn has_disk(&self) -> bool {
        self.disk.is_some()
    }

    /// Whether the clock can be set.
    pub fn has_clock(&self) -> bool {
        self.clock.is_some()
    }

    /// How many rounds there were.
    pub fn rounds(&self) -> usize {
        self.ledger.lock().unwrap().rounds()
    }

    fn tell(&self, what: impl Into<String>) {
        let at = self.begun.elapsed().as_secs_f32();
        self.told.lock().unwrap().push(format!("{at:8.2} {}", what.into()));
    }

    fn count(&self, of: &str, what: String) {
        self.tell(format!("{of}: {what}"));
        self.ledger.lock().unwrap().count(of, what);
    }

    /// Does what the block says, all lanes beside each other.
    pub fn run(&self, plan: &Block) {
        self.told.lock().unwrap().clear();
        std::thread::scope(|scope| {
            for (mailbox, faults) in self.mailboxes.iter().zip(&plan.reading) {
                let seed = faults.first().map_or(plan.seed, |fault| fault.seed ^ plan.seed);
                scope.spawn(move || self.read(mailbox, faults, seed));
            }
            scope.spawn(|| self.send(&plan.sending, plan.seed));
            scope.spawn(|| self.store(&plan.storing, plan.seed));
            scope.spawn(|| self.live(&plan.living));
        });
    }

    /// A mail comes into this mailbox.
    fn deliver(&self, mailbox: &Mailbox, sort: Sort) {
        let number = self.mails.fetch_add(1, Ordering::SeqCst);
        let raw = sort.mail(number, number % ACCOUNTS);
        self.dovecot.deliver(&mailbox.user, &raw);
        self.ledger.lock().unwrap().delivered(number, sort, &raw);
    }

    fn read(&self, mailbox: &Mailbox, faults: &[Fault], seed: u64) {
        let mut random = Random::new(seed);
        let proxy = &mailbox.proxy;
        for fault in faults {
            let before = proxy.fired();
            proxy.arm(*fault);
            if fault.step == imap::STARTING_TLS.0
                || imap::CONNECTING.iter().any(|(step, _)| *step == fault.step)
            {
                proxy.hang_up();
            }
            if fault.step == "news" {
                let rests = proxy.rests();
                within(Duration::from_secs(8), || proxy.rests() > rests);
            }
            for _ in 0..=random.below(2) {
                self.deliver(mailbox, Sort::drawn(&mut random));
            }
            if within(REACHED, || proxy.fired() > before) {
                self.count("IMAP", format!("{}: {} ({})", fault.step, fault.act.name(), mailbox.name));
            } else {
                proxy.disarm();
                self.tell(format!("not reached: {} {} ({})", fault.step, fault.act.name(), mailbox.name));
            }
            if (fault.step, matches!(fault.act, Act::Say(_))) == ("IDLE", true) {
                // From now on it looks now and then; a new connection asks for IDLE again.
                std::thread::sleep(millis(2500));
                proxy.hang_up();
            }
            // Mostly it recovers first; else the next fault meets it while it does.
            if random.below(3) > 0 {
                let rests = proxy.rests();
                within(Duration::from_secs(8), || proxy.rests() > rests);
            }
        }
    }

    fn send(&self, faults: &[Fault], seed: u64) {
        let mut random = Random::new(seed ^ 1);
        for fault in faults {
            let before = self.smtp.fired();
            self.smtp.arm(*fault);
            self.deliver(random.pick(&self.mailboxes), Sort::Severe);
            if within(REACHED, || self.smtp.fired() > before) {
                self.count("SMTP", format!("{}: {}", fault.step, fault.act.name()));
            } else {
                self.smtp.disarm();
                self.tell(format!("not reached: {} {}", fault.step, fault.act.name()));
            }
            if smtp::CONNECTING.iter().any(|(step, _)| *step == fault.step) {
                // All mails pause after it.
                let accepted = self.sink.count();
                within(REACHED, || self.sink.count() != accepted);
            }
        }
    }

    fn store(&self, events: &[Storing], seed: u64) {
        let mut random = Random::new(seed ^ 2);
        for event in events {
            self.deliver(random.pick(&self.mailboxes), Sort::drawn(&mut random));
            if self.befall(*event) {
                self.count("database", event.name());
            } else {
                self.tell(format!("not reached: {}", event.name()));
            }
            std::thread::sleep(millis(100 + random.below(900)));
        }
    }

    /// Does this to the database; whether it came to it.
    fn befall(&self, event: Storing) -> bool {
        let on_all = |function: &str| {
            let Base::Pg { cluster, .. } = &self.base else {
                unreachable!("only PostgreSQL has connections")
            };
            let sql = format!(
                "SELECT count({function}(pid)) FROM pg_stat_activity WHERE datname = '{DATABASE}' AND pid <> pg_backend_pid()"
            );
            cluster.lock().unwrap().sql("postgres", &sql).unwrap().trim() != "0"
        };
        match event {
            Storing::Way(fault) => {
                let Base::Pg { proxy, .. } = &self.base else { unreachable!("SQLite has no way") };
                let before = proxy.fired();
                proxy.arm(fault);
                if fault.step == "startup" {
                    proxy.hang_up();
                }
                let reached = within(REACHED, || proxy.fired() > before);
                proxy.disarm();
                reached
            }
            Storing::Locked(time) => self.runtime.block_on(async {
                let Ok(writing) = self.desk.store.begin().await else { return false };
                tokio::time::sleep(millis(time)).await;
                drop(writing);
                true
            }),
            Storing::Full(time) => {
                let disk = self.disk.as_ref().expect("there is a disk");
                disk.fill();
                for mailbox in &self.mailboxes {
                    self.deliver(mailbox, Sort::Large);
                }
                std::thread::sleep(millis(500 + time));
                disk.empty();
                true
            }
            Storing::Terminated => on_all("pg_terminate_backend"),
            Storing::Cancelled => on_all("pg_cancel_backend"),
            Storing::Restarted => {
                let Base::Pg { cluster, .. } = &self.base else { unreachable!("SQLite has no server") };
                cluster.lock().unwrap().restart();
                true
            }
        }
    }

    fn live(&self, events: &[Living]) {
        for event in events {
            match *event {
                Living::Killed(after) => {
                    std::thread::sleep(millis(after));
                    self.kill();
                }
                Living::KilledOverMails(after) => {
                    let given = || self.mailboxes.iter().map(|mailbox| mailbox.proxy.given()).sum::<u64>();
                    let before = given();
                    within(Duration::from_secs(5), || given() > before);
                    std::thread::sleep(millis(after));
                    self.kill();
                }
                Living::Stopped => self.stop(),
                Living::Suspended(time) => {
                    let mut daemon = self.daemon.lock().unwrap();
                    if self.lives(&mut daemon) {
                        daemon.signal(Signal::SIGSTOP);
                        std::thread::sleep(millis(time));
                        daemon.signal(Signal::SIGCONT);
                    }
                }
                Living::Clock(seconds) => self.set_clock(seconds),
                Living::Digests => match self.runtime.block_on(tick::digest_now(&self.desk)) {
                    Ok(to) => self.ledger.lock().unwrap().digests(to.len()),
                    Err(error) => {
                        self.tell(format!("no digests: {error}"));
                        self.ledger.lock().unwrap().digests_in_doubt();
                        continue;
                    }
                },
            }
            self.count("daemon", event.name().to_owned());
            std::thread::sleep(millis(1500));
        }
    }

    fn set_clock(&self, seconds: i64) {
        if let Some(Offset { file, .. }) = &self.clock {
            // In one step: the daemon may be reading it.
            let new = file.with_extension("new");
            std::fs::write(&new, format!("{seconds:+}\n")).unwrap();
            std::fs::rename(new, file).unwrap();
        }
    }

    fn kill(&self) {
        let mut daemon = self.daemon.lock().unwrap();
        if self.lives(&mut daemon) {
            daemon.kill();
            self.note_under_way();
            start(&mut daemon, self.clock.as_ref());
        }
    }

    fn stop(&self) {
        let mut daemon = self.daemon.lock().unwrap();
        if self.lives(&mut daemon) {
            daemon.stop();
            self.note_under_way();
            start(&mut daemon, self.clock.as_ref());
        }
    }

    /// Whether the daemon runs. One that ended by itself is started again, as a supervisor does, and written down.
    fn lives(&self, daemon: &mut Daemon) -> bool {
        let Some(status) = daemon.ended() else { return true };
        let log = daemon.log();
        let last: Vec<_> = log.lines().rev().take(3).collect();
        let said = last.into_iter().rev().collect::<Vec<_>>().join("\n    ");
        self.tell(format!("the daemon ended by itself ({status}):\n    {said}"));
        self.ledger.lock().unwrap().ended_by_itself(format!("{status}: {said}"));
        self.note_under_way();
        std::thread::sleep(millis(500));
        start(daemon, self.clock.as_ref());
        false
    }

    /// Writes down which mails the end of the daemon found under way.
    fn note_under_way(&self) {
        let sending = patiently(|| self.runtime.block_on(self.desk.store.outgoing(OutboxState::Sending)));
        self.ledger.lock().unwrap().under_way(sending.into_iter().map(|line| line.message_id));
    }

    /// Ends all faults, and waits until nothing is left to do.
    pub fn settle(&self, plan: &Block) {
        for mailbox in &self.mailboxes {
            mailbox.proxy.disarm();
        }
        self.smtp.disarm();
        self.set_clock(0);
        self.tell(format!("calm; the daemon: {:?}", plan.ending));
        match plan.ending {
            Ending::Killed => self.kill(),
            Ending::Stopped => self.stop(),
            Ending::HungUp => {
                for mailbox in &self.mailboxes {
                    mailbox.proxy.hang_up();
                }
            }
        }
        let begun = Instant::now();
        let mut retried = None::<Instant>;
        loop {
            self.lives(&mut self.daemon.lock().unwrap());
            if retried.is_none_or(|at| at.elapsed() > Duration::from_secs(2)) {
                retried = Some(Instant::now());
                let now = self.desk.clock.now();
                patiently(|| self.runtime.block_on(self.desk.store.retry_all(now)));
            }
            let Some(left) = self.left() else { break };
            if begun.elapsed() > SETTLED {
                self.fails(&format!("it does not come to rest: {left}"));
            }
            std::thread::sleep(millis(100));
        }
        self.tell(format!("at rest after {:?}", begun.elapsed()));
    }

    /// What is still to be done.
    fn left(&self) -> Option<String> {
        let store = &self.desk.store;
        let wanted = self.mails.load(Ordering::SeqCst);
        let status = patiently(|| self.runtime.block_on(store.status()));
        let (stored, waits) = Ledger::stored(&status);
        if stored < wanted || waits > 0 {
            return Some(format!("{stored} of {wanted} mails are stored, {waits} wait to be read"));
        }
        for state in [OutboxState::Pending, OutboxState::Sending, OutboxState::Failed] {
            let lines = patiently(|| self.runtime.block_on(store.outgoing(state)));
            if let Some(line) = lines.first() {
                return Some(format!("{} outgoing mails, the first of them {line:?}", lines.len()));
            }
        }
        for mailbox in &self.mailboxes {
            let search = match mailbox.afterwards {
                "nothing" => continue,
                "move:Done" => "UID SEARCH ALL",
                _ => "UID SEARCH UNKEYWORD Pairdesk",
            };
            let answers = self.dovecot.imap(&mailbox.user, &["EXAMINE INBOX", search]);
            let left = answers.lines().find_map(|line| line.strip_prefix("* SEARCH")).expect("an answer");
            if !left.trim().is_empty() {
                return Some(format!("{}: not done afterwards to {left}", mailbox.name));
            }
        }
        None
    }

    /// Holds all that is stored, was written and has gone out against each other.
    pub fn check(&self) {
        let mut ledger = self.ledger.lock().unwrap();
        ledger.arrived(self.sink.take());
        let lost = self.smtp.lost();
        if let Err(wrong) = self.runtime.block_on(ledger.balance(&self.desk.store, &lost)) {
            drop(ledger);
            self.fails(&wrong);
        }
        drop(ledger);
        // Somebody clears the mailboxes.
        for mailbox in &self.mailboxes {
            self.dovecot.imap(
                &mailbox.user,
                &[
                    "SELECT INBOX",
                    "UID STORE 1:* +FLAGS.SILENT (\\Deleted)",
                    "EXPUNGE",
                    "SELECT Done",
                    "UID STORE 1:* +FLAGS.SILENT (\\Deleted)",
                    "EXPUNGE",
                ],
            );
        }
    }

    fn fails(&self, wrong: &str) -> ! {
        let told = self.told.lock().unwrap().join("\n");
        panic!("{}: {wrong}\nthis block, by seconds:\n{told}", self.database());
    }

    /// One line about all so far.
    pub fn summary(&self) -> String {
        let seconds = self.begun.elapsed().as_secs();
        format!("{} after {seconds} s", self.ledger.lock().unwrap().summary())
    }

    /// All counts.
    pub fn report(&self, seed: u64, seconds: u64) -> String {
        let left_out = match (self.has_disk(), self.has_clock()) {
            (true, true) => "",
            (false, true) => "; no full disk, which wants root",
            (true, false) => "; no jumps of the clock, which want libfaketime",
            (false, false) => {
                "; no full disk, which wants root, and no jumps of the clock, which want libfaketime"
            }
        };
        let report = self.ledger.lock().unwrap().report();
        format!("{} (seed {seed}, {seconds} s{left_out}): {report}", self.database())
    }

    /// Ends the daemon in order.
    pub fn finish(&mut self) {
        self.daemon.get_mut().unwrap().stop();
    }
}
