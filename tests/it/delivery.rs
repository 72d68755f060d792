//! The loop that sends: what the firm chose counts until the last moment, an outage is the server's and no mail's, and
//! limits hold without a flood.

use std::net::{Ipv4Addr, TcpListener};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use pairdesk::case::{Case, Kind, Side, State};
use pairdesk::clock::{Clock, SetClock};
use pairdesk::compose::{Composer, House};
use pairdesk::directory::Firm;
use pairdesk::effect::{
    Alert, CaseFacts, ClientLetter, Content, Effect, Letter, OnIt, OutgoingMail, Received,
};
use pairdesk::intake::{FollowUp, FollowUps, Policy};
use pairdesk::message::{Address, ReadOptions};
use pairdesk::outbox::Limits;
use pairdesk::smtp::{Secret, Settings, Tls, Transport};
use pairdesk::store::{OutboxLine, OutboxState, Store};
use pairdesk::worker::Desk;
use pairdesk::worker::deliver::{Delivered, Delivery};

use crate::harness::sink::{self, Fault, Sink};

const DAY: SignedDuration = SignedDuration::from_hours(24);

struct Office {
    desk: Desk,
    clock: Arc<SetClock>,
    delivery: Delivery,
    sent: Arc<Mutex<Vec<OutgoingMail>>>,
    letters: usize,
    _folder: tempfile::TempDir,
}

fn start() -> Timestamp {
    "2026-05-12T12:00:00Z".parse().unwrap()
}

fn address(address: &str) -> Address {
    Address { name: String::new(), address: address.to_owned() }
}

fn received() -> Content {
    Content::Received(Received {
        language: "en".to_owned(),
        complaint: true,
        client_name: "Ann".to_owned(),
        subject: "The feed".to_owned(),
        owners: vec!["Olga".to_owned()],
    })
}

fn alert() -> Content {
    Content::Alert(Alert {
        facts: CaseFacts {
            number: 1,
            account: "Acme".to_owned(),
            kind: Kind::ChurnRisk,
            severity: 3,
            please_check: false,
            state: State::Open,
            subject: "The feed".to_owned(),
            evidence: "We leave.".to_owned(),
            client: "Ann <ann@acme.example>".to_owned(),
            opened_at: start(),
            rests_until: None,
            due: None,
            lead: None,
            partner: None,
            lead_side: Side::Sales,
            led_by_both: false,
            why: "a test".to_owned(),
        },
        timezone: "UTC".to_owned(),
        written_at: start(),
        because: "a test".to_owned(),
        history: Vec::new(),
        on_it: OnIt::default(),
        next: Vec::new(),
    })
}

fn chosen(follow_up: FollowUp) -> FollowUps {
    FollowUps::default().with(ClientLetter::Received, follow_up)
}

fn auto() -> Policy {
    Policy { shadow: false, follow_ups: chosen(FollowUp::Auto), ..Policy::default() }
}

impl Office {
    /// An office that sends into memory, with a case 1 of the account acme.
    async fn open(policy: Policy) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let store =
            Store::open(&format!("sqlite:{}", folder.path().join("pairdesk.db").display())).await.unwrap();
        let clock = Arc::new(SetClock::new(start()));
        let firm = Firm {
            name: "Fjord".to_owned(),
            address: "service@fjord.example".to_owned(),
            manager: Some(address("noor@fjord.example")),
            ..Firm::default()
        };
        let composer = Composer::new(House::of(&firm));
        let shown = Clock::Set(Arc::clone(&clock));
        let desk = Desk::new(store, composer, firm, policy, ReadOptions::default(), shown);
        let sent = Arc::new(Mutex::new(Vec::new()));
        let limits = Limits { to_one: 30, to_all: 500 };
        let delivery =
            Delivery::new(Transport::Memory(Arc::clone(&sent)), limits, SignedDuration::from_hours(48));
        let office = Self { desk, clock, delivery, sent, letters: 0, _folder: folder };
        office.perform(&[Effect::OpenCase(acme_case())]).await;
        office
    }

    async fn perform(&self, effects: &[Effect]) {
        let mut tx = self.desk.store.begin().await.unwrap();
        tx.perform(None, effects, &self.desk.composer, self.desk.clock.now()).await.unwrap();
        tx.commit().await.unwrap();
    }

    async fn write(&mut self, to: &str, content: Content) {
        self.letters += 1;
        let letter = Letter {
            id: format!("letter{}", self.letters),
            to: address(to),
            case: Some(1),
            references: Vec::new(),
            at: self.desk.clock.now(),
            content,
        };
        self.perform(&[Effect::Send(letter)]).await;
    }

    fn pass(&self, time: SignedDuration) {
        self.clock.set(self.desk.clock.now() + time);
    }

    async fn step(&self) -> Delivered {
        self.delivery.step(&self.desk).await.unwrap()
    }

    /// Steps until there is nothing to do now.
    async fn settle(&self) {
        while self.step().await != Delivered::default() {}
    }

    fn sent_to(&self) -> Vec<String> {
        self.sent.lock().unwrap().iter().map(|mail| mail.envelope_to.clone()).collect()
    }

    async fn lines(&self, state: OutboxState) -> Vec<OutboxLine> {
        self.desk.store.outgoing(state).await.unwrap()
    }
}

fn acme_case() -> Case {
    Case {
        number: 1,
        account: "acme".to_owned(),
        conversation: 1,
        kind: Kind::Complaint,
        severity: 2,
        probability: 0.9,
        please_check: false,
        lead: Side::Operations,
        state: State::Open,
        subject: "The feed".to_owned(),
        evidence: "It is down.".to_owned(),
        client: "Ann <ann@acme.example>".to_owned(),
        opened_at: start(),
        changed_at: start(),
        answered_at: None,
        told_at: None,
        alerted_at: None,
        wakes_at: None,
        lead_person: None,
        taken_by: None,
        clock: pairdesk::case::CaseClock::default(),
    }
}

fn smtp(port: u16, login: Option<(&str, &str)>) -> Settings {
    Settings {
        host: "localhost".to_owned(),
        port,
        tls: Tls::None,
        ca_file: None,
        login: login.map(|(user, password)| (user.to_owned(), Secret::new(password).into())),
        hello: Some("pairdesk.test".to_owned()),
        timeout: Duration::from_secs(20),
        text_timeout: Duration::from_secs(20),
    }
}

/// A server that is down for maintenance, and counts who comes all the same.
fn down() -> (Transport, Arc<AtomicUsize>) {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    let port = listener.local_addr().unwrap().port();
    let visits = Arc::new(AtomicUsize::new(0));
    let counted = Arc::clone(&visits);
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            counted.fetch_add(1, Ordering::SeqCst);
            std::io::Write::write_all(&mut stream.unwrap(), b"421 4.3.2 down for maintenance\r\n").ok();
        }
    });
    (Transport::smtp(Settings { host: "127.0.0.1".to_owned(), ..smtp(port, None) }), visits)
}

#[tokio::test]
async fn an_acknowledgement_that_waits_becomes_a_draft_when_the_firm_no_longer_lets_it_go() {
    let off = |account: &str, follow_up| Policy {
        follow_ups: auto().follow_ups.with_account(account, ClientLetter::Received, follow_up),
        ..auto()
    };
    for (policy, reason) in [
        (Policy { shadow: true, ..auto() }, Some("shadow mode: nothing goes to clients")),
        (Policy { follow_ups: chosen(FollowUp::Draft), ..auto() }, Some("follow_up.received is draft")),
        (Policy { follow_ups: chosen(FollowUp::Off), ..auto() }, Some("follow_up.received is off")),
        (off("acme", FollowUp::Draft), Some("follow_up.received is draft")),
        (off("other", FollowUp::Draft), None),
        (auto(), None),
    ] {
        let mut office = Office::open(policy).await;
        office.write("ann@acme.example", received()).await;
        office.write("noor@fjord.example", alert()).await;
        office.settle().await;
        let drafts = office.lines(OutboxState::Draft).await;
        let Some(reason) = reason else {
            assert_eq!(office.sent_to(), ["ann@acme.example", "noor@fjord.example"]);
            continue;
        };
        assert_eq!(office.sent_to(), ["noor@fjord.example"], "{reason}");
        assert_eq!((drafts.len(), drafts[0].attempts), (1, 0));
        assert_eq!(drafts[0].last_failure.as_deref(), Some(reason));
        let history = office.desk.store.case_detail(1).await.unwrap().unwrap().entries;
        let (entry, _) = history.last().unwrap();
        assert_eq!(entry.what, "The received mail to ann@acme.example is kept as a draft.");
        assert_eq!(entry.why, reason);
        assert_eq!(office.desk.store.retry_all(office.desk.clock.now()).await.unwrap(), 0);
        office.settle().await;
        assert_eq!(office.sent_to().len(), 1, "a retry by hand does not send a draft");
    }
}

#[tokio::test]
async fn an_acknowledgement_of_yesterday_goes_out_no_more_by_itself() {
    let mut office = Office::open(auto()).await;
    office.write("ann@acme.example", received()).await;
    office.write("noor@fjord.example", alert()).await;
    office.pass(DAY + SignedDuration::from_secs(1));
    office.settle().await;
    assert_eq!(office.sent_to(), ["noor@fjord.example"]);
    let drafts = office.lines(OutboxState::Draft).await;
    assert!(drafts[0].last_failure.as_deref().unwrap().contains("odd now"), "{drafts:?}");
}

#[tokio::test]
async fn a_retry_by_hand_leaves_old_acknowledgements_as_they_are() {
    let mut office = Office::open(auto()).await;
    for to in ["ann@acme.example", "bob@acme.example"] {
        office.write(to, received()).await;
        office.write("noor@fjord.example", alert()).await;
        let now = office.desk.clock.now();
        for row in office.desk.store.claim_due(now, 8).await.unwrap() {
            office.desk.store.give_up(row.id, now, "550 no").await.unwrap();
        }
        office.pass(SignedDuration::from_hours(20));
    }
    assert_eq!(office.desk.store.retry_all(office.desk.clock.now()).await.unwrap(), 3);
    let left = office.lines(OutboxState::Failed).await;
    assert_eq!(left.iter().map(|line| line.to.as_str()).collect::<Vec<_>>(), ["ann@acme.example"]);
}

#[tokio::test]
async fn an_acknowledgement_that_has_not_gone_is_withdrawn_when_somebody_has_answered() {
    let mut office = Office::open(auto()).await;
    office.write("ann@acme.example", received()).await;
    office.write("noor@fjord.example", alert()).await;
    office.perform(&[Effect::WithdrawDrafts { case: 1 }]).await;
    office.settle().await;
    assert_eq!(office.sent_to(), ["noor@fjord.example"]);
}

#[tokio::test]
async fn a_server_that_is_down_is_asked_once_at_a_time_and_costs_no_mail_an_attempt() {
    let mut office = Office::open(auto()).await;
    let (transport, visits) = down();
    office.delivery.transport = transport;
    for _ in 0..6 {
        office.write("noor@fjord.example", alert()).await;
    }
    assert_eq!(office.step().await, Delivered { put_back: 1, ..Delivered::default() });
    assert_eq!(office.step().await, Delivered::default(), "it pauses");
    assert_eq!(visits.load(Ordering::SeqCst), 1);
    let waiting = office.lines(OutboxState::Pending).await;
    assert_eq!(waiting.len(), 6);
    for line in &waiting {
        let why = line.last_failure.as_deref().unwrap_or_default();
        assert!(why.contains("down for maintenance"), "{why}");
        assert!(why.contains("what to do: the server turned us away"), "{why}");
        assert_eq!((line.attempts, line.next_attempt_at), (0, start()), "it stays due");
    }

    // A pause grows to five minutes; each ends with one attempt.
    for (visit, seconds) in (2..).zip([5, 10, 20, 40, 80, 160, 300, 300]) {
        office.pass(SignedDuration::from_secs(seconds - 1));
        assert_eq!(office.step().await, Delivered::default(), "before {seconds} s");
        office.pass(SignedDuration::from_secs(1));
        office.step().await;
        assert_eq!(visits.load(Ordering::SeqCst), visit, "after {seconds} s");
    }

    office.delivery.transport = Transport::Memory(Arc::clone(&office.sent));
    office.pass(SignedDuration::from_mins(5));
    office.settle().await;
    assert_eq!(office.sent_to().len(), 6, "they go as soon as the server is back");
    let attempts: Vec<_> = office.lines(OutboxState::Sent).await.iter().map(|line| line.attempts).collect();
    assert_eq!(attempts, [1; 6]);
}

#[tokio::test]
async fn mails_under_way_when_the_server_goes_down_are_put_back_and_nobody_else_is_sent_after_them() {
    let mut office = Office::open(auto()).await;
    office.write("noor@fjord.example", alert()).await;
    office.settle().await;
    let (transport, visits) = down();
    office.delivery.transport = transport;
    for _ in 0..8 {
        office.write("noor@fjord.example", alert()).await;
    }
    assert_eq!(office.step().await.put_back, 8);
    assert!(visits.load(Ordering::SeqCst) <= 3, "{visits:?}");
    let waiting = office.lines(OutboxState::Pending).await;
    assert!(waiting.len() == 8 && waiting.iter().all(|line| line.attempts == 0), "{waiting:?}");
}

#[tokio::test]
async fn a_refused_login_holds_all_mails_and_says_what_to_do() {
    let login = Some(("service".to_owned(), "open sesame".to_owned()));
    let sink = Sink::start_with(sink::Options { tls: sink::Tls::StartTls, login });
    let settings = |password| Settings {
        tls: Tls::StartTls,
        ca_file: Some(sink.certificate()),
        ..smtp(sink.port, Some(("service", password)))
    };
    let mut office = Office::open(auto()).await;
    office.delivery.transport = Transport::smtp(settings("hunter2"));
    for _ in 0..5 {
        office.write("noor@fjord.example", alert()).await;
    }
    assert_eq!(office.step().await.put_back, 1);
    for line in office.lines(OutboxState::Pending).await {
        let why = line.last_failure.unwrap();
        assert!(why.contains("logging in") && why.contains("check the user name and the password"), "{why}");
        assert!(!why.contains("hunter2"));
        assert_eq!(line.attempts, 0);
    }
    office.delivery.transport = Transport::smtp(settings("open sesame"));
    office.pass(SignedDuration::from_secs(5));
    office.settle().await;
    assert_eq!(sink.accepted().len(), 5);
}

#[tokio::test]
async fn what_a_server_says_of_one_mail_holds_no_other() {
    let sink = Sink::start();
    sink.script([Some(Fault::Recipient(450)), Some(Fault::Recipient(550)), None]);
    let mut office = Office::open(auto()).await;
    office.delivery.transport = Transport::smtp(smtp(sink.port, None));
    for _ in 0..3 {
        office.write("noor@fjord.example", alert()).await;
    }
    office.settle().await;
    assert_eq!(sink.accepted().len(), 1);
    assert_eq!(office.lines(OutboxState::Failed).await.len(), 1);
    let waiting = office.lines(OutboxState::Pending).await;
    assert_eq!((waiting.len(), waiting[0].attempts), (1, 1));
    assert!(waiting[0].next_attempt_at > start());
}

#[tokio::test]
async fn after_an_outage_of_days_the_first_refusal_for_now_gives_nothing_up() {
    let sink = Sink::start();
    sink.script([Some(Fault::Recipient(451)), None]);
    let mut office = Office::open(auto()).await;
    office.delivery.transport = Transport::smtp(smtp(sink.port, None));
    office.write("noor@fjord.example", alert()).await;
    office.pass(SignedDuration::from_hours(50));
    assert_eq!(office.step().await.later, 1);
    office.pass(SignedDuration::from_mins(1));
    assert_eq!(office.step().await.sent, 1);
}

#[tokio::test]
async fn the_manager_is_told_of_a_limit_once_an_hour_and_not_of_each_recipient() {
    let mut office = Office::open(auto()).await;
    office.delivery.limits = Limits { to_one: 30, to_all: 3 };
    for number in 0..12 {
        office.write(&format!("p{number}@fjord.example"), alert()).await;
    }
    office.settle().await;
    assert_eq!(office.lines(OutboxState::Pending).await.len(), 9);
    let told = || async {
        let sent = office.lines(OutboxState::Sent).await;
        sent.into_iter().filter(|line| line.sort == "held").collect::<Vec<_>>()
    };
    let first = told().await;
    assert_eq!(first.len(), 1, "{first:?}");
    assert_eq!(
        (first[0].to.as_str(), first[0].subject.as_str()),
        ("noor@fjord.example", "Mail to everybody is held back")
    );
    office.pass(SignedDuration::from_mins(59));
    office.settle().await;
    assert_eq!(told().await.len(), 1, "once an hour");
    office.pass(SignedDuration::from_mins(10));
    office.settle().await;
    assert_eq!(told().await.len(), 2);
    assert!(office.lines(OutboxState::Sent).await.len() <= 3 + 3 + 2, "the limit holds");
}

#[tokio::test]
async fn each_recipient_over_the_limit_is_named_once() {
    let mut office = Office::open(auto()).await;
    office.delivery.limits = Limits { to_one: 2, to_all: 500 };
    for _ in 0..5 {
        office.write("kim@fjord.example", alert()).await;
        office.write("noor@fjord.example", alert()).await;
    }
    office.settle().await;
    let sent = office.lines(OutboxState::Sent).await;
    let mut told: Vec<_> =
        sent.iter().filter(|line| line.sort == "held").map(|line| line.subject.as_str()).collect();
    told.sort_unstable();
    assert_eq!(
        told,
        ["Mail to kim@fjord.example is held back", "Mail to noor@fjord.example is held back"],
        "also of the manager's own"
    );
    assert_eq!(office.lines(OutboxState::Pending).await.len(), 6);
}
