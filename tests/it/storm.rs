//! Storms: floods of mail, loops with machines that mark nothing, lists that give our own mail back. Each test prints how
//! many mails went out to whom.

use std::collections::{BTreeMap, HashSet};
use std::fmt::Write as _;
use std::sync::{Arc, Mutex};

use jiff::{SignedDuration, Timestamp};
use pairdesk::case::{Case, CaseClock, Kind, Side, State};
use pairdesk::classify::{Classification, Finding, Trace};
use pairdesk::clock::{Clock, SetClock};
use pairdesk::compose::{Composer, House};
use pairdesk::directory::{Account, Directory, Firm};
use pairdesk::effect::{ClientLetter, Content, Disposition, Effect, OutgoingMail, Seed};
use pairdesk::intake::{self, FollowUp, FollowUps, Mail, Policy};
use pairdesk::message::{Address, Arrival, Cursor, Message, Place, ReadOptions, read};
use pairdesk::outbox::Limits;
use pairdesk::schedule::{Gathering, Hours, gathered};
use pairdesk::smtp::Transport;
use pairdesk::store::{CaseFilter, OutboxLine, OutboxState, Store, content_hash};
use pairdesk::worker::deliver::{Delivered, Delivery};
use pairdesk::worker::{Desk, receive, tick};
use tempfile::TempDir;

/// A Tuesday, 10:00 in Oslo.
const START: &str = "2026-05-12T08:00:00Z";
const DANA: &str = "dana@acme.example";
const KIM: &str = "kim@fjord.example";
const LEE: &str = "lee@fjord.example";
const MONA: &str = "mona@fjord.example";
const MINUTE: SignedDuration = SignedDuration::from_mins(1);
const COMPLAINT: &str = "we have lost all trust in your firm. Nobody turned up for the third time, and nobody answers the \
                         phone. We are terminating the contract and are moving to another provider.";

fn person(address: &str) -> Address {
    Address { name: String::new(), address: address.to_owned() }
}

fn firm() -> Firm {
    Firm {
        name: "Fjord Services".to_owned(),
        address: "service@fjord.example".to_owned(),
        domains: vec!["fjord.example".to_owned()],
        manager: Some(person(MONA)),
        timezone: "Europe/Oslo".to_owned(),
        language: "en".to_owned(),
        ..Firm::default()
    }
}

fn acme() -> Account {
    Account {
        key: "acme".to_owned(),
        name: "Acme Foods".to_owned(),
        domains: vec!["acme.example".to_owned()],
        sales: Some(person(KIM)),
        operations: Some(person(LEE)),
        language: "en".to_owned(),
        ..Account::default()
    }
}

/// A firm whose mail goes into memory, and whose clients get word at once.
struct Office {
    desk: Desk,
    clock: Arc<SetClock>,
    delivery: Delivery,
    sent: Arc<Mutex<Vec<OutgoingMail>>>,
    mails: usize,
    _folder: TempDir,
}

impl Office {
    async fn open() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let store =
            Store::open(&format!("sqlite:{}", folder.path().join("pairdesk.db").display())).await.unwrap();
        let clock = Arc::new(SetClock::new(START.parse().unwrap()));
        let time = Clock::Set(Arc::clone(&clock));
        store.first_token_key(time.key(), time.now()).await.unwrap();
        let mut tx = store.begin().await.unwrap();
        tx.replace_accounts(&[acme()]).await.unwrap();
        tx.commit().await.unwrap();
        let follow_ups = FollowUps::default().with(ClientLetter::Received, FollowUp::Auto);
        let policy = Policy { shadow: false, follow_ups, ..Policy::default() };
        let firm = firm();
        let reading = ReadOptions { own_addresses: vec![firm.address.clone()], ..ReadOptions::default() };
        let composer = Composer::new(House::of(&firm));
        let desk = Desk::new(store, composer, firm, policy, reading, time);
        let sent = Arc::new(Mutex::new(Vec::new()));
        // As they are where the configuration says nothing.
        let limits = Limits { to_one: 30, to_all: 500 };
        let delivery =
            Delivery::new(Transport::Memory(Arc::clone(&sent)), limits, SignedDuration::from_hours(48));
        Self { desk, clock, delivery, sent, mails: 0, _folder: folder }
    }

    fn now(&self) -> Timestamp {
        self.desk.clock.now()
    }

    fn arrival(&mut self, raw: &str) -> Arrival {
        self.mails += 1;
        let raw = raw.replace('\n', "\r\n").into_bytes();
        Arrival {
            place: Place { mailbox: "service".to_owned(), validity: 1, key: self.mails.to_string() },
            full_size: raw.len() as u64,
            raw,
            received_at: None,
            sent_folder: false,
        }
    }

    /// Mails come.
    async fn take(&mut self, raws: &[String]) {
        let arrivals = raws.iter().map(|raw| self.arrival(raw)).collect();
        let cursor = Cursor { validity: 1, last_uid: 0, since: Timestamp::MIN, started_at: Timestamp::MIN };
        receive::take(&self.desk, arrivals, "service", cursor).await.unwrap();
    }

    /// Mails come of which the classifier has said this already.
    async fn take_classified(&mut self, mails: &[(String, Classification)]) {
        let directory = self.desk.directory().await.unwrap();
        let composer = self.desk.composer().await.unwrap();
        let mut tx = self.desk.store.begin().await.unwrap();
        for (raw, found) in mails {
            let arrival = self.arrival(raw);
            let now = self.now();
            let message = read(&arrival.raw, &self.desk.reading);
            let mail =
                tx.put_mail(&arrival, &message, &content_hash(&arrival.raw), now).await.unwrap().unwrap();
            let sender = intake::sender(&message, &directory);
            let known = tx.known(mail, &message, &sender, now).await.unwrap();
            let at_hand = Mail {
                message: &message,
                classification: Some(found),
                scope: None,
                spoken: None,
                staff: &[],
                sent_folder: false,
                backlog: false,
            };
            let seed = self.desk.clock.seed();
            let effects = intake::decide(at_hand, &sender, &directory, &known, &self.desk.policy, now, seed);
            tx.perform(Some(mail), &effects, &composer, now).await.unwrap();
        }
        tx.commit().await.unwrap();
    }

    /// Time passes, in steps of ten minutes at most; what is due is done, and what may go out goes. Returns the mails that
    /// have gone out.
    async fn pass(&mut self, time: SignedDuration) -> Vec<Message> {
        let until = self.now() + time;
        loop {
            tick::step(&self.desk, &Hours::default()).await.unwrap();
            while self.delivery.step(&self.desk).await.unwrap() != Delivered::default() {}
            let now = self.now();
            if now >= until {
                break;
            }
            self.clock.set(until.min(now + MINUTE * 10));
        }
        let sent = std::mem::take(&mut *self.sent.lock().unwrap());
        sent.iter().map(|mail| read(&mail.bytes, &ReadOptions::default())).collect()
    }

    async fn lines(&self, state: OutboxState) -> Vec<OutboxLine> {
        self.desk.store.outgoing(state).await.unwrap()
    }

    /// How many mails of which sort went to whom; all clients are one.
    async fn told(&self) -> Told {
        let mut told = BTreeMap::new();
        for line in self.lines(OutboxState::Sent).await {
            let to = if line.to.ends_with("@fjord.example") { line.to } else { "clients".to_owned() };
            *told.entry((to, line.sort)).or_insert(0) += 1;
        }
        Told(told)
    }

    async fn filed(&self, disposition: Disposition) -> u64 {
        let status = self.desk.store.status().await.unwrap();
        status.mails.iter().find(|(of, _)| *of == disposition).map_or(0, |(_, count)| *count)
    }
}

struct Told(BTreeMap<(String, String), usize>);

impl Told {
    fn of(&self, to: &str, sort: &str) -> usize {
        self.0.get(&(to.to_owned(), sort.to_owned())).copied().unwrap_or(0)
    }

    fn to(&self, to: &str) -> usize {
        self.0.iter().filter(|((of, _), _)| of == to).map(|(_, count)| count).sum()
    }

    fn print(&self, of: &str) {
        let mut table = format!("{of}: mails that went out\n");
        for ((to, sort), count) in &self.0 {
            let _ = writeln!(table, "  {count:>5}  {sort:<10} {to}");
        }
        eprintln!("{table}");
    }
}

fn mail(from: &str, id: &str, subject: &str, body: &str) -> String {
    format!(
        "From: {from}\nTo: service@fjord.example\nMessage-ID: <{id}>\nDate: Tue, 12 May 2026 08:00:00 +0000\n\
         Subject: {subject}\n\n{body}\n"
    )
}

fn found(kind: Kind, severity: u8, evidence: &str) -> Classification {
    let finding = Finding { kind, probability: 0.93, evidence: evidence.to_owned(), words: Vec::new() };
    Classification { findings: vec![finding], severity, model: "storm".to_owned(), trace: Trace::default() }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_thousand_complaints_of_one_account_in_an_hour_bring_a_few_mails_to_each() {
    let mut office = Office::open().await;
    let mut number = 0;
    for minute in 0..60 {
        let share = if minute < 40 { 17 } else { 16 };
        let complaint = |number: usize| {
            let from = format!("Writer {0} <w{0}@acme.example>", number % 120);
            let raw =
                mail(&from, &format!("c{number}@acme.example"), &format!("Delivery {number}"), COMPLAINT);
            let grave = number.is_multiple_of(10);
            let (kind, severity) = if grave { (Kind::ChurnRisk, 3) } else { (Kind::Complaint, 2) };
            (raw, found(kind, severity, "Nobody turned up for the third time."))
        };
        let mails: Vec<_> = (number..number + share).map(complaint).collect();
        number += share;
        office.take_classified(&mails).await;
        office.pass(MINUTE).await;
    }
    assert_eq!(number, 1_000);
    let within = office.told().await;
    within.print("1,000 complaints of one account, within the hour");
    office.pass(SignedDuration::from_hours(25)).await;
    let told = office.told().await;
    told.print("1,000 complaints of one account, until the next day");

    let cases = office.desk.store.cases(&CaseFilter::default()).await.unwrap();
    assert_eq!(cases.len(), 1_000, "each is a case of its own, and none is lost");
    for owner in [KIM, LEE] {
        assert_eq!(within.of(owner, "notice"), 10, "the first ten, one by one");
        assert_eq!(within.of(owner, "gathered"), 1);
        assert_eq!(told.of(owner, "gathered"), 2, "and the rest of the hour after it");
        assert!(told.to(owner) <= 20, "{owner}: {}", told.to(owner));
    }
    assert!(told.of(MONA, "alert") <= 7, "the week's alerts");
    assert!(told.to(MONA) <= 15);
    let writers: Vec<_> =
        office.lines(OutboxState::Sent).await.into_iter().filter(|line| line.sort == "received").collect();
    assert!(writers.len() <= 50 && !writers.is_empty(), "{}", writers.len());
    let mut acknowledged = BTreeMap::new();
    for line in writers {
        *acknowledged.entry(line.to).or_insert(0) += 1;
    }
    assert!(acknowledged.values().all(|count| *count <= 3), "{acknowledged:?}");
    assert!(office.lines(OutboxState::Pending).await.is_empty(), "nothing is held back by a limit");

    // The next morning it is as ever: one complaint, one notice.
    let calm = mail("Dana <dana@acme.example>", "later@acme.example", "Again", COMPLAINT);
    office.take_classified(&[(calm, found(Kind::Complaint, 2, "Nobody came."))]).await;
    office.pass(MINUTE).await;
    assert_eq!(office.told().await.of(LEE, "notice"), told.of(LEE, "notice") + 1);
}

/// Somebody's answering machine, which marks nothing, answers all mails that go to them, until there are none.
async fn answer_all(office: &mut Office, to: &str, days: i64, answer: impl Fn(&Message, usize) -> String) {
    let mut answers = 0;
    for _ in 0..days * 24 {
        loop {
            let sent = office.pass(SignedDuration::ZERO).await;
            let theirs = sent.iter().filter(|mail| mail.to[0].address == to);
            let raws: Vec<_> = theirs
                .map(|mail| {
                    answers += 1;
                    answer(mail, answers)
                })
                .collect();
            if raws.is_empty() {
                break;
            }
            assert!(answers < 60, "the loop has no end");
            office.take(&raws).await;
        }
        office.clock.set(office.now() + SignedDuration::from_hours(1));
    }
}

/// An answer as mail programs write it, to where the mail says.
fn reply(from: &str, mail: &Message, number: usize, words: &str) -> String {
    let to = &mail.reply_to.first().or(mail.from.as_ref()).unwrap().address;
    let cited = mail.message_id.as_deref().unwrap();
    format!(
        "From: {from}\nTo: {to}\nMessage-ID: <a{number}@machine.example>\nIn-Reply-To: <{cited}>\nReferences: <{cited}>\n\
         Date: Tue, 12 May 2026 08:00:00 +0000\nSubject: Re: {}\n\n{words}\n",
        mail.subject
    )
}

#[tokio::test(flavor = "multi_thread")]
async fn a_client_s_answering_machine_that_marks_nothing_and_complains_gets_three_mails_a_day() {
    let first = [mail(DANA, "first@acme.example", "Still nobody here", COMPLAINT)];
    let mut office = Office::open().await;
    office.take(&first).await;
    answer_all(&mut office, DANA, 3, |_, number| {
        mail(DANA, &format!("r{number}@acme.example"), &format!("Ticket {number}"), COMPLAINT)
    })
    .await;
    let told = office.told().await;
    told.print("A client's answering machine, each time in a thread of its own, three days");
    assert_eq!(told.of("clients", "received"), 3);
    assert_eq!(told.to("clients"), 3);

    let mut office = Office::open().await;
    office.take(&first).await;
    answer_all(&mut office, DANA, 3, |letter, number| reply(DANA, letter, number, COMPLAINT)).await;
    let told = office.told().await;
    told.print("A client's answering machine, in the same thread, three days");
    assert_eq!(told.to("clients"), 1);
    assert!((2..=3).contains(&told.of(LEE, "notice")), "of the case, and that nobody has answered");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_owner_s_answering_machine_that_marks_nothing_is_known_by_saying_the_same_again_and_again() {
    let mut office = Office::open().await;
    // With two cases nobody knows which one an answer to a digest is about, so that each answer is asked back.
    for number in 1..=2 {
        let raw = mail(DANA, &format!("c{number}@acme.example"), &format!("Delivery {number}"), COMPLAINT);
        office.take_classified(&[(raw, found(Kind::Complaint, 2, "Nobody came."))]).await;
    }
    let words = "How good of you to write. I sit in the woods with a book until the leaves have fallen, and so should you.";
    answer_all(&mut office, LEE, 3, |letter, number| reply(LEE, letter, number, words)).await;
    let told = office.told().await;
    told.print("An owner's answering machine, three days");
    assert!((1..=3 * 3).contains(&told.of(LEE, "answer")), "some are answered, at most three a day");
    assert!(office.filed(Disposition::Automatic).await >= 1, "and then it is known");
    assert!(told.to(LEE) <= 20, "{}", told.to(LEE));
    assert_eq!(told.of(KIM, "notice"), 4, "of each case, and that nobody has answered");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_owner_who_says_mine_to_many_notices_is_no_machine() {
    let mut office = Office::open().await;
    for number in 0..6 {
        let raw = mail(DANA, &format!("c{number}@acme.example"), &format!("Delivery {number}"), COMPLAINT);
        office.take_classified(&[(raw, found(Kind::Complaint, 2, "Nobody came."))]).await;
    }
    let sent = office.pass(MINUTE).await;
    let notices: Vec<_> =
        sent.iter().filter(|mail| mail.to[0].address == LEE && mail.subject.starts_with('#')).collect();
    assert_eq!(notices.len(), 6);
    let raws: Vec<_> =
        notices.iter().enumerate().map(|(number, mail)| reply(LEE, mail, number, "mine")).collect();
    office.take(&raws).await;
    let cases = office.desk.store.cases(&CaseFilter::default()).await.unwrap();
    assert!(cases.iter().all(|case| case.taken_by.is_some()), "{cases:#?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_mailing_list_that_sends_our_mail_back_gets_no_word_however_much_it_changes_it() {
    let mut office = Office::open().await;
    office.take(&[mail(DANA, "first@acme.example", "Still nobody here", COMPLAINT)]).await;
    office.pass(MINUTE).await;
    let before = office.told().await;
    assert_eq!(before.of("clients", "received"), 1);
    let line =
        office.lines(OutboxState::Sent).await.into_iter().find(|line| line.sort == "received").unwrap();
    let ours = office.desk.store.outgoing_bytes(line.id).await.unwrap().unwrap();
    let ours = String::from_utf8(ours).unwrap().replace("\r\n", "\n");
    let marks = ["X-Pairdesk-Letter", "Auto-Submitted", "X-Auto-Response-Suppress"];
    let unmarked: Vec<_> =
        ours.lines().filter(|line| !marks.iter().any(|mark| line.starts_with(mark))).collect();
    let unmarked = unmarked.join("\n");
    let (head, body) = unmarked.split_once("\n\n").unwrap();
    // The list writes in its own name, which is the client's, as DMARC makes lists do.
    let kept = head.lines().filter(|line| !line.starts_with("From:") && !line.starts_with(' '));
    let renamed = format!(
        "From: \"Fjord via team\" <team@acme.example>\n{}\n\n{body}",
        kept.collect::<Vec<_>>().join("\n")
    );
    let renumbered = renamed.replacen(&line.message_id, "list-7@acme.example", 1);
    assert_ne!(renumbered, renamed);
    for (number, raw) in [&ours, &unmarked, &renamed, &renumbered].into_iter().enumerate() {
        // A footer that is another each time, so that no copy is known by its content.
        let copies: Vec<_> =
            (0..20).map(|copy| format!("{raw}\n-- \nTeam list, digest {number}-{copy}\n")).collect();
        office.take(&copies).await;
        office.pass(MINUTE * 30).await;
    }
    let told = office.told().await;
    told.print("A mailing list that sends our mail back 80 times");
    assert_eq!(told.to("clients"), 1);
    let notices = (told.of(LEE, "notice"), told.of(KIM, "notice"));
    assert_eq!(notices, (1, 2), "of the case, and to the lead that nobody has answered it");
    assert_eq!(office.desk.store.cases(&CaseFilter::default()).await.unwrap().len(), 1);
    assert!(office.filed(Disposition::Automatic).await >= 60);
}

/// Mail that could not be delivered, as four mail systems say it.
fn bounce(number: usize) -> String {
    let to = format!("somebody{number}@acme.example");
    let head = format!(
        "From: Mail Delivery System <MAILER-DAEMON@mx.acme.example>\nTo: service@fjord.example\nReturn-Path: <>\n\
         Message-ID: <b{number}@mx.acme.example>\nDate: Tue, 12 May 2026 08:00:00 +0000\n"
    );
    match number % 4 {
        0 => format!(
            "{head}Subject: Undelivered Mail Returned to Sender\nMIME-Version: 1.0\n\
             Content-Type: multipart/report; report-type=delivery-status; boundary=\"b\"\n\n--b\n\n\
             This is the mail system at host mx.acme.example. Your message could not be delivered.\n\n--b\n\
             Content-Type: message/delivery-status\n\nReporting-MTA: dns; mx.acme.example\n\n\
             Final-Recipient: rfc822; {to}\nAction: failed\nStatus: 5.1.1\n\n--b--"
        ),
        1 => format!(
            "{head}Subject: failure notice\n\nHi. This is the qmail-send program at mx.acme.example.\nI'm afraid I wasn't able to \
             deliver your message to the following addresses.\nThis is a permanent error; I've given up. Sorry it didn't work \
             out.\n\n<{to}>:\nSorry, no mailbox here by that name. (#5.1.1)"
        ),
        2 => format!(
            "{head}Subject: Undeliverable: Still nobody here\nAuto-Submitted: auto-replied\n\nDelivery has failed to these \
             recipients or groups:\n\n{to}\nThe email address you entered couldn't be found."
        ),
        _ => format!(
            "{head}Subject: Mail delivery failed: returning message to sender\n\nThis message was created automatically by \
             mail delivery software.\n\nA message that you sent could not be delivered to one or more of its recipients. This is \
             a permanent error. The following address(es) failed:\n\n  {to}\n    550 no such user"
        ),
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn five_thousand_bounces_bring_no_mail_to_anybody_and_are_all_accounted_for() {
    let mut office = Office::open().await;
    for part in 0..50 {
        let raws: Vec<_> = (part * 100..(part + 1) * 100).map(bounce).collect();
        office.take(&raws).await;
    }
    office.pass(SignedDuration::from_hours(24)).await;
    let told = office.told().await;
    told.print("5,000 bounces");
    assert_eq!(office.filed(Disposition::Automatic).await, 5_000);
    assert!(told.0.is_empty(), "{:?}", told.0);
    assert!(office.desk.store.cases(&CaseFilter::default()).await.unwrap().is_empty());
}

fn case(number: i64, severity: u8, state: State) -> Case {
    let at: Timestamp = START.parse().unwrap();
    Case {
        number,
        account: "acme".to_owned(),
        conversation: number,
        kind: Kind::Complaint,
        severity,
        probability: 0.9,
        please_check: false,
        lead: Side::Operations,
        state,
        subject: "Delivery".to_owned(),
        evidence: String::new(),
        client: DANA.to_owned(),
        opened_at: at,
        changed_at: at,
        answered_at: None,
        told_at: Some(at),
        alerted_at: None,
        wakes_at: None,
        lead_person: None,
        taken_by: None,
        clock: CaseClock::default(),
    }
}

#[test]
fn owners_are_told_together_after_ten_minutes_then_once_an_hour_the_gravest_first_and_of_open_cases_only() {
    let directory = Directory::new(firm(), vec![acme()]);
    let start: Timestamp = START.parse().unwrap();
    let told = |since: i64, told_at: Option<i64>, cases: &[Case], account: &str| {
        let gathering = Gathering {
            account: account.to_owned(),
            since: start + MINUTE * i32::try_from(since).unwrap(),
            told_at: told_at.map(|at| start + MINUTE * i32::try_from(at).unwrap()),
            cases: cases.to_vec(),
        };
        let effects = gathered(&[gathering], &directory, start + MINUTE * 100, Seed([7; 16]));
        let letters = effects.iter().filter_map(|effect| match effect {
            Effect::Send(letter) => Some(letter),
            _ => None,
        });
        let letters: Vec<_> = letters
            .map(|letter| {
                let Content::Gathered(gathered) = &letter.content else { panic!("{letter:?}") };
                let numbers: Vec<_> = gathered.cases.iter().map(|facts| facts.number).collect();
                (letter.to.address.clone(), numbers)
            })
            .collect();
        let ids: HashSet<_> = effects
            .iter()
            .filter_map(|effect| if let Effect::Send(letter) = effect { Some(&letter.id) } else { None })
            .collect();
        assert_eq!(ids.len(), letters.len(), "each letter has an id of its own");
        (letters, effects.iter().any(|effect| matches!(effect, Effect::GatheredTold { .. })))
    };
    let cases =
        [case(1, 2, State::Open), case(2, 3, State::Open), case(3, 3, State::Taken), case(4, 2, State::Open)];
    let both = || vec![(KIM.to_owned(), vec![2, 1, 4]), (LEE.to_owned(), vec![2, 1, 4])];
    for (since, told_at, due) in [
        (90, None, true),
        (91, None, false),
        (50, Some(40), true),
        (50, Some(41), false),
        (91, Some(40), false),
    ] {
        let expected = if due { (both(), true) } else { (Vec::new(), false) };
        assert_eq!(told(since, told_at, &cases, "acme"), expected, "{since} {told_at:?}");
    }
    // Where nothing is left to say, it is done all the same.
    assert_eq!(told(10, None, &cases[2..3], "acme"), (Vec::new(), true));
    assert_eq!(told(10, None, &cases, "gone"), (Vec::new(), true));
}
