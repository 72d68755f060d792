//! Absences, unmatched mail, meetings and handovers on their whole way: mail in, mail out, what is written down.

use std::sync::Arc;

use calcard::{Entry as Parsed, Parser};
use jiff::{SignedDuration, Timestamp};
use pairdesk::clock::{Clock, SetClock};
use pairdesk::command::handover::{Handover, Known};
use pairdesk::compose::{Composer, House};
use pairdesk::directory::coverage::Gap;
use pairdesk::directory::handover::hand_over;
use pairdesk::directory::{Account, Directory, Firm};
use pairdesk::effect::{ClientLetter, Content, Disposition, Effect, WaitingDraft};
use pairdesk::intake::{FollowUp, FollowUps, Policy};
use pairdesk::message::{Address, Arrival, Cursor, Message, Place, ReadOptions, read};
use pairdesk::money::Money;
use pairdesk::offer::{Event, Offer};
use pairdesk::schedule;
use pairdesk::store::{CaseFilter, OutboxRow, OutboxState, Store};
use pairdesk::worker::receive::Outcome;
use pairdesk::worker::{Desk, receive};
use sqlx::{Connection, SqliteConnection};
use tempfile::TempDir;

/// A Tuesday, 14:05 in Oslo.
const START: &str = "2026-05-12T12:05:00Z";

fn person(name: &str) -> Address {
    let first = name.split(' ').next().unwrap().to_lowercase();
    Address { name: name.to_owned(), address: format!("{first}@fjord.example") }
}

struct Stage {
    desk: Desk,
    clock: Arc<SetClock>,
    folder: TempDir,
    mails: usize,
}

impl Stage {
    /// Acme has an owner on each side and a deputy in operations; Borealis is owned by others.
    async fn new(policy: Policy) -> Self {
        let firm = Firm {
            name: "Fjord Studio".to_owned(),
            address: "service@fjord.example".to_owned(),
            domains: vec!["fjord.example".to_owned()],
            manager: Some(person("Mona Berg")),
            timezone: "Europe/Oslo".to_owned(),
            language: "en".to_owned(),
            ..Firm::default()
        };
        let folder = tempfile::tempdir().unwrap();
        let url = format!("sqlite:{}", folder.path().join("pairdesk.db").display());
        let store = Store::open(&url).await.unwrap();
        let acme = Account {
            key: "acme".to_owned(),
            name: "Acme Foods".to_owned(),
            domains: vec!["acme.example".to_owned()],
            sales: Some(person("Kim Vos")),
            operations: Some(person("Lee Park")),
            operations_deputy: Some(person("Otto Ruud")),
            ..Account::default()
        };
        let borealis = Account {
            key: "borealis".to_owned(),
            name: "Borealis".to_owned(),
            domains: vec!["borealis.example".to_owned()],
            sales: Some(person("Ida Holm")),
            operations: Some(person("Jo Lie")),
            ..Account::default()
        };
        let clock = Arc::new(SetClock::new(START.parse().unwrap()));
        let time = Clock::Set(Arc::clone(&clock));
        store.first_token_key(time.key(), time.now()).await.unwrap();
        let mut tx = store.begin().await.unwrap();
        tx.replace_accounts(&[acme, borealis]).await.unwrap();
        tx.commit().await.unwrap();
        let composer = Composer::new(House::of(&firm));
        let reading = ReadOptions { own_addresses: vec![firm.address.clone()], ..ReadOptions::default() };
        Self { desk: Desk::new(store, composer, firm, policy, reading, time), clock, folder, mails: 0 }
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

    async fn take(&mut self, raw: &str) -> Vec<Outcome> {
        let arrival = self.arrival(raw);
        self.take_all(vec![arrival]).await.unwrap()
    }

    async fn take_all(&self, arrivals: Vec<Arrival>) -> Result<Vec<Outcome>, pairdesk::store::StoreError> {
        let cursor = Cursor { validity: 1, last_uid: 0, since: Timestamp::MIN, started_at: Timestamp::MIN };
        receive::take(&self.desk, arrivals, "service", cursor).await
    }

    /// The mails that go out now, as their readers get them.
    async fn sent(&self) -> Vec<(OutboxRow, Message)> {
        let now = self.desk.clock.now();
        let mut sent = Vec::new();
        for row in self.desk.store.claim_due(now, 100).await.unwrap() {
            self.desk.store.sent(row.id, now).await.unwrap();
            let message = read(&row.mail.bytes, &ReadOptions::default());
            sent.push((row, message));
        }
        sent
    }

    async fn history(&self, case: i64) -> Vec<String> {
        let detail = self.desk.store.case_detail(case).await.unwrap().unwrap();
        detail.entries.into_iter().map(|(entry, _)| format!("{} {}", entry.who, entry.what)).collect()
    }

    /// A digest for somebody, so that there is a mail of ours to answer.
    async fn digest(&self, name: &str) -> Message {
        let person = person(name);
        let now = self.desk.clock.now();
        let mut digest =
            schedule::digest(&person, &schedule::Agenda::default(), &self.directory().await, now);
        digest.drafts = vec![WaitingDraft { case: 1, to: "x".to_owned(), ..WaitingDraft::default() }];
        let letter = pairdesk::effect::Letter {
            id: format!("digest-{}-{}", person.address, self.mails),
            to: person,
            case: None,
            references: Vec::new(),
            at: now,
            content: Content::Digest(digest),
        };
        let composer = self.desk.composer().await.unwrap();
        let mut tx = self.desk.store.begin().await.unwrap();
        tx.perform(None, &[Effect::Send(letter)], &composer, now).await.unwrap();
        tx.commit().await.unwrap();
        self.sent().await.pop().unwrap().1
    }

    async fn directory(&self) -> Directory {
        self.desk.store.directory(self.desk.firm.clone()).await.unwrap()
    }

    fn later(&self, hours: i64) {
        self.clock.set(self.desk.clock.now() + SignedDuration::from_hours(hours));
    }
}

/// An answer to a mail of ours, as a mail program writes it.
fn answer(to: &Message, from: &Address, id: &str, words: &str) -> String {
    let address = &to.reply_to.first().or(to.from.as_ref()).unwrap().address;
    let cited = to.message_id.as_deref().unwrap();
    format!(
        "From: {from}\nTo: {address}\nSubject: Re: {}\nMessage-ID: <{id}@fjord.example>\nIn-Reply-To: <{cited}>\n\n{words}\n",
        to.subject
    )
}

fn complaint(from: &str, id: &str) -> String {
    format!(
        "From: {from}\nTo: service@fjord.example\nSubject: Weekly pickup\nMessage-ID: <{id}@mail.example>\n\
         Date: Tue, 12 May 2026 12:00:00 +0000\n\n\
         We are very unhappy: the report is three weeks late again and nobody answers us.\n"
    )
}

fn disposition(outcome: &Outcome) -> Disposition {
    let Effect::File(filing) = &outcome.effects[0] else { panic!("{outcome:?}") };
    filing.disposition
}

fn recipients(sent: &[(OutboxRow, Message)], sort: &str) -> Vec<String> {
    let mut to: Vec<_> = sent
        .iter()
        .filter(|(row, _)| row.sort == sort)
        .map(|(row, _)| row.mail.envelope_to.clone())
        .collect();
    to.sort();
    to
}

fn text_of(sent: &[(OutboxRow, Message)], sort: &str) -> String {
    let found = sent.iter().find(|(row, _)| row.sort == sort);
    found
        .unwrap_or_else(|| {
            panic!("no {sort} in {:?}", sent.iter().map(|(row, _)| &row.sort).collect::<Vec<_>>())
        })
        .1
        .text
        .clone()
}

#[tokio::test(flavor = "multi_thread")]
async fn an_owners_out_of_office_answer_lets_the_deputy_step_in_and_the_return_tells_what_was_done() {
    let mut stage = Stage::new(Policy::default()).await;
    stage.take(&complaint("Dana Ruiz <dana@acme.example>", "m1")).await;
    let sent = stage.sent().await;
    assert_eq!(recipients(&sent, "notice"), ["kim@fjord.example", "lee@fjord.example"]);
    let of_lee = sent.iter().find(|(row, _)| row.mail.envelope_to == "lee@fjord.example").unwrap();
    let now = stage.desk.clock.now();
    let made = Effect::DigestMade { person: "lee@fjord.example".to_owned(), at: now };
    let composer = stage.desk.composer().await.unwrap();
    let mut tx = stage.desk.store.begin().await.unwrap();
    tx.perform(None, &[made], &composer, now).await.unwrap();
    tx.commit().await.unwrap();

    let away = format!(
        "From: Lee Park <lee@fjord.example>\nTo: service@fjord.example\nSubject: Automatic reply: Weekly pickup\n\
         Message-ID: <ooo1@fjord.example>\nIn-Reply-To: <{}>\nAuto-Submitted: auto-replied\n\
         Date: Tue, 12 May 2026 12:05:30 +0000\n\n\
         Thank you for your mail. I am out of the office until 18 May 2026 with no access to mail.\n",
        of_lee.1.message_id.as_deref().unwrap()
    );
    let outcome = stage.take(&away).await.swap_remove(0);
    assert_eq!(disposition(&outcome), Disposition::Automatic);
    assert!(stage.sent().await.is_empty(), "a machine is never answered");

    stage.later(24);
    stage.take(&complaint("Dan Low <dan@acme.example>", "m2")).await;
    let sent = stage.sent().await;
    assert_eq!(recipients(&sent, "notice"), ["kim@fjord.example", "otto@fjord.example"]);
    let of_otto = sent.iter().find(|(row, _)| row.mail.envelope_to == "otto@fjord.example").unwrap();
    let words = answer(&of_otto.1, &person("Otto Ruud"), "o1", "mine");
    stage.take(&words).await;
    stage.sent().await;

    // Monday 18 May: Lee is here again.
    stage.later(5 * 24);
    let lee = person("Lee Park");
    let now = stage.desk.clock.now();
    let directory = stage.directory().await;
    assert_eq!(directory.away(&lee.address, now), None);
    let agenda = stage.desk.store.agenda(&[&lee], now).await.unwrap();
    let digest = schedule::digest(&lee, &agenda, &directory, now);
    assert!(digest.returned);
    assert_eq!(
        digest.new.iter().map(|facts| facts.number).collect::<Vec<_>>(),
        [1, 2],
        "opened since its first day"
    );
    let did: Vec<_> = digest.partner_did.iter().map(|(case, entry)| (*case, entry.who.as_str())).collect();
    assert_eq!(did, [(2, "Otto Ruud")]);
    stage.take(&complaint("Dina Fox <dina@acme.example>", "m3")).await;
    assert_eq!(recipients(&stage.sent().await, "notice"), ["kim@fjord.example", "lee@fjord.example"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn away_and_back_by_mail_are_answered_and_hold() {
    let mut stage = Stage::new(Policy::default()).await;
    let digest = stage.digest("Kim Vos").await;
    let kim = person("Kim Vos");
    stage.take(&answer(&digest, &kim, "k1", "away until 22 May")).await;
    let text = text_of(&stage.sent().await, "answer");
    assert!(text.contains("You are away until Fri 22 May 2026, that day included."), "{text}");
    assert!(text.contains("Nobody stands in for you at Acme Foods; your manager reads of it."), "{text}");
    let now = stage.desk.clock.now();
    let directory = stage.directory().await;
    assert_eq!(directory.away(&kim.address, now).unwrap().until.to_string(), "2026-05-22");
    let said: Vec<_> = directory.gaps(&[], now).iter().map(Gap::words).collect();
    assert_eq!(said, ["is without Kim Vos (sales) until 22 May 2026: there is no deputy"]);

    let digest = stage.digest("Kim Vos").await;
    stage.take(&answer(&digest, &kim, "k2", "back")).await;
    assert!(text_of(&stage.sent().await, "answer").contains("Welcome back."));
    assert_eq!(stage.directory().await.away(&kim.address, now), None);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_unmatched_mail_is_matched_by_reply_and_processed_as_if_it_had_just_come() {
    let mut stage = Stage::new(Policy::default()).await;
    let first = stage.take(&complaint("Ann Gray <ann@gmail.com>", "g1")).await.swap_remove(0);
    assert_eq!(disposition(&first), Disposition::Unmatched);
    let second = "From: Ann Gray <ann@gmail.com>\nTo: service@fjord.example\nSubject: Delivery note\n\
        Message-ID: <g2@mail.example>\n\nPlease find the delivery note for Thursday attached.\n";
    stage.take(second).await;
    stage.take(&complaint("Bob <bob@gmail.com>", "g3")).await;

    // An owner of another account may not, and the account's name is not known.
    let digest = stage.digest("Ida Holm").await;
    stage.take(&answer(&digest, &person("Ida Holm"), "i1", "#u1 acme")).await;
    let text = text_of(&stage.sent().await, "answer");
    assert!(text.contains("You have no account \"acme\""), "{text}");
    let digest = stage.digest("Kim Vos").await;
    stage.take(&answer(&digest, &person("Kim Vos"), "k1", "#u1 acne")).await;
    let text = text_of(&stage.sent().await, "answer");
    assert!(text.contains("The nearest of yours is acme.") && text.contains("#u1 acme"), "{text}");
    assert!(stage.desk.store.cases(&CaseFilter::default()).await.unwrap().is_empty());

    // The manager does, and in the same batch a third mail of that address comes.
    let digest = stage.digest("Mona Berg").await;
    let words = stage.arrival(&answer(&digest, &person("Mona Berg"), "n1", "#u1 acme"));
    let third =
        stage.arrival(&complaint("Ann Gray <ann@gmail.com>", "g4").replace("Weekly pickup", "Second site"));
    let outcomes = stage.take_all(vec![words, third]).await.unwrap();
    let filed: Vec<_> = outcomes.iter().map(disposition).collect();
    assert_eq!(filed, [Disposition::Owner, Disposition::Case, Disposition::Routine, Disposition::Case]);
    let sent = stage.sent().await;
    let text = text_of(&sent, "answer");
    assert!(
        text.contains("ann@gmail.com belongs to Acme Foods from now on. #u1 is case #1 (complaint)."),
        "{text}"
    );
    assert!(text.contains("1 more mail of that address: they need nothing."), "{text}");
    assert_eq!(
        recipients(&sent, "notice"),
        ["kim@fjord.example", "kim@fjord.example", "lee@fjord.example", "lee@fjord.example"]
    );
    let left = stage.desk.store.mails(Disposition::Unmatched).await.unwrap();
    assert_eq!(left.iter().map(|mail| mail.from.address.as_str()).collect::<Vec<_>>(), ["bob@gmail.com"]);

    // Said once more: there is nothing to do.
    let digest = stage.digest("Mona Berg").await;
    stage.take(&answer(&digest, &person("Mona Berg"), "n2", "#u1 acme")).await;
    let text = text_of(&stage.sent().await, "answer");
    assert!(text.contains("There is no unmatched mail #u1 (any more)."), "{text}");
    assert_eq!(stage.desk.store.cases(&CaseFilter::default()).await.unwrap().len(), 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_match_that_is_cut_off_before_its_commit_loses_nothing_and_is_done_once() {
    let mut stage = Stage::new(Policy::default()).await;
    stage.take(&complaint("Ann Gray <ann@gmail.com>", "g1")).await;
    let digest = stage.digest("Mona Berg").await;
    let words = stage.arrival(&answer(&digest, &person("Mona Berg"), "n1", "#u1 acme"));
    // A statement after the match fails, as if the program were killed there.
    let url = format!("sqlite:{}", stage.folder.path().join("pairdesk.db").display());
    let mut other = SqliteConnection::connect(&url).await.unwrap();
    sqlx::query("ALTER TABLE outbox RENAME TO elsewhere").execute(&mut other).await.unwrap();
    assert!(stage.take_all(vec![words.clone()]).await.is_err());
    assert_eq!(stage.desk.store.mails(Disposition::Unmatched).await.unwrap().len(), 1);
    assert!(stage.desk.store.matched_addresses().await.unwrap().is_empty());
    sqlx::query("ALTER TABLE elsewhere RENAME TO outbox").execute(&mut other).await.unwrap();
    assert!(stage.sent().await.is_empty());

    for _ in 0..2 {
        stage.take_all(vec![words.clone()]).await.unwrap();
    }
    assert_eq!(stage.desk.store.cases(&CaseFilter::default()).await.unwrap().len(), 1);
    let sent = stage.sent().await;
    assert_eq!(recipients(&sent, "answer"), ["mona@fjord.example"]);
    assert_eq!(recipients(&sent, "notice"), ["kim@fjord.example", "lee@fjord.example"]);
}

/// The calendar object of a mail, as it was sent, with this method.
fn calendar(row: &OutboxRow, expected: &str) -> String {
    let mail = mail_parser::MessageParser::default().parse(&row.mail.bytes).unwrap().into_owned();
    let part = mail.parts.iter().find(|part| {
        let sort = mail_parser::MimeHeaders::content_type(*part);
        sort.is_some_and(|sort| sort.ctype() == "text" && sort.subtype() == Some("calendar"))
    });
    let part = part.expect("there is a calendar part");
    let method =
        mail_parser::MimeHeaders::content_type(part).unwrap().attribute("method").unwrap().to_owned();
    assert_eq!(method, expected);
    part.text_contents().unwrap().to_owned()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_meeting_is_a_calendars_request_to_all_and_its_answers_stand_in_the_history() {
    let policy = Policy { shadow: false, ..Policy::default() };
    let mut stage = Stage::new(policy).await;
    stage.take(&complaint("Dana Ruiz <dana@acme.example>", "m1")).await;
    let sent = stage.sent().await;
    let notice = sent.iter().find(|(row, _)| row.mail.envelope_to == "kim@fjord.example").unwrap().1.clone();
    let words = "#1 meet Thu 10:00 45m with priya@fjord.example";
    stage.take(&answer(&notice, &person("Kim Vos"), "k1", words)).await;
    let sent = stage.sent().await;
    assert_eq!(recipients(&sent, "meeting"), ["dana@acme.example"]);
    let own = ["kim@fjord.example", "lee@fjord.example", "priya@fjord.example"];
    assert_eq!(recipients(&sent, "invitation"), own);
    let text = text_of(&sent, "answer");
    assert!(
        text.contains("A meeting on Thu 14 May 2026 10:00, 45 minutes, is proposed to Dana Ruiz"),
        "{text}"
    );

    let (client, mail) = sent.iter().find(|(row, _)| row.sort == "meeting").unwrap();
    assert_eq!(mail.in_reply_to, ["m1@mail.example"]);
    assert!(mail.text.contains("Thu 14 May 2026, 10:00 (Europe/Oslo)"), "{}", mail.text);
    let calendars: Vec<_> = sent
        .iter()
        .filter(|(row, _)| row.sort != "answer")
        .map(|(row, _)| calendar(row, "REQUEST"))
        .collect();
    assert!(calendars.iter().all(|other| *other == calendars[0]), "all have the same");
    // A second reader, of another family than the writer.
    let ics = calendar(client, "REQUEST");
    let Parsed::ICalendar(parsed) = Parser::new(&ics).entry() else { panic!("no calendar: {ics}") };
    let event = parsed.components.iter().find(|one| one.component_type.as_str() == "VEVENT").unwrap();
    let values = |name: &str| -> Vec<String> {
        let entries = event.entries.iter().filter(|entry| entry.name.as_str() == name);
        entries
            .flat_map(|entry| entry.values.iter().map(|value| value.as_text().unwrap_or_default().to_owned()))
            .collect()
    };
    assert_eq!(values("ORGANIZER"), ["mailto:service@fjord.example"]);
    assert_eq!(values("ATTENDEE").len(), 4);
    let uid = values("UID").remove(0);
    let lines: Vec<&str> = ics.lines().collect();
    for line in
        ["METHOD:REQUEST", "DTSTART:20260514T080000Z", "DTEND:20260514T084500Z", "DTSTAMP:20260512T120500Z"]
    {
        assert!(lines.contains(&line), "{line} in {ics}");
    }
    assert!(ics.lines().all(|line| line.len() <= 75), "RFC 5545 §3.1: {ics}");

    // Their calendars answer, one from another address, and a stranger.
    for (from, attendee, status) in [
        ("Dana Ruiz <dana@acme.example>", "dana@acme.example", "ACCEPTED"),
        ("Priya <priya@fjord.example>", "priya@other.example", "TENTATIVE"),
        ("Lee Park <lee@fjord.example>", "lee@fjord.example", "DECLINED"),
        ("Eve <eve@evil.example>", "eve@evil.example", "DECLINED"),
    ] {
        let reply = format!(
            "From: {from}\nTo: service@fjord.example\nSubject: {status}: Weekly pickup\nMessage-ID: <r-{attendee}>\n\
             MIME-Version: 1.0\nContent-Type: text/calendar; charset=utf-8; method=REPLY\n\n\
             BEGIN:VCALENDAR\nVERSION:2.0\nPRODID:-//Other//EN\nMETHOD:REPLY\nBEGIN:VEVENT\nUID:{uid}\n\
             DTSTAMP:20260512T130000Z\nSEQUENCE:0\nORGANIZER:mailto:service@fjord.example\n\
             ATTENDEE;PARTSTAT={status};CN=\"A, B\":MAILTO:{attendee}\nCOMMENT:See you\\, then\nEND:VEVENT\nEND:VCALENDAR\n"
        );
        let outcome = stage.take(&reply).await.swap_remove(0);
        assert_eq!(disposition(&outcome), Disposition::Automatic, "{from}");
    }
    let sent = stage.sent().await;
    assert_eq!(recipients(&sent, "notice"), ["kim@fjord.example"], "who declined knows");
    let told = text_of(&sent, "notice");
    assert!(told.contains("Lee Park declined the meeting on Thu 14 May 2026 10:00."), "{told}");
    assert!(told.contains("\"#1 meet ...\"") && told.contains("\"#1 meet cancel\""), "{told}");
    let history = stage.history(1).await;
    let answers: Vec<_> =
        history.iter().filter(|line| line.contains("the meeting")).map(String::as_str).collect();
    assert_eq!(
        answers,
        [
            "Dana Ruiz accepted the meeting on Thu 14 May 2026 10:00: See you, then",
            "priya may come to the meeting on Thu 14 May 2026 10:00: See you, then",
            "Lee Park declined the meeting on Thu 14 May 2026 10:00: See you, then",
        ]
    );
}

/// What a guest's calendar answers to a meeting in this state.
fn calendar_reply(name: &str, address: &str, uid: &str, sequence: u32, status: &str) -> String {
    format!(
        "From: {name} <{address}>\nTo: service@fjord.example\nSubject: {status}\nMessage-ID: <{status}-{sequence}-{address}>\n\
         MIME-Version: 1.0\nContent-Type: text/calendar; charset=utf-8; method=REPLY\n\n\
         BEGIN:VCALENDAR\nVERSION:2.0\nPRODID:-//Other//EN\nMETHOD:REPLY\nBEGIN:VEVENT\nUID:{uid}\n\
         DTSTAMP:20260512T130000Z\nSEQUENCE:{sequence}\nORGANIZER:mailto:service@fjord.example\n\
         ATTENDEE;PARTSTAT={status}:MAILTO:{address}\nEND:VEVENT\nEND:VCALENDAR\n"
    )
}

/// A line of a calendar object: the value behind its name.
fn value(ics: &str, name: &str) -> String {
    let ics = ics.replace("\r\n ", "");
    let lines = ics.lines().filter_map(|line| line.strip_prefix(name)?.strip_prefix(':'));
    lines.collect::<Vec<_>>().join(", ")
}

#[tokio::test(flavor = "multi_thread")]
async fn a_meeting_is_moved_under_its_uid_and_called_off_and_late_answers_to_its_earlier_time_count_no_more()
{
    let mut stage = Stage::new(Policy { shadow: false, ..Policy::default() }).await;
    stage.take(&complaint("Dana Ruiz <dana@acme.example>", "m1")).await;
    let sent = stage.sent().await;
    let notice = sent.iter().find(|(row, _)| row.mail.envelope_to == "kim@fjord.example").unwrap().1.clone();
    let kim = person("Kim Vos");
    stage.take(&answer(&notice, &kim, "k0", "#1 meet cancel")).await;
    assert!(text_of(&stage.sent().await, "answer").contains("There is no meeting about it that lies ahead."));
    stage.take(&answer(&notice, &kim, "k1", "#1 meet Thu 10:00 45m with priya@fjord.example")).await;
    let sent = stage.sent().await;
    let of_client = |sent: &[(OutboxRow, Message)], method: &str| {
        calendar(&sent.iter().find(|(row, _)| row.sort == "meeting").unwrap().0, method)
    };
    let proposed = of_client(&sent, "REQUEST");
    let uid = value(&proposed, "UID");

    // The same words again, in a mail of another id: nobody is asked twice.
    stage.take(&answer(&notice, &kim, "k2", "#1 meet Thu 10:00 45m with priya@fjord.example")).await;
    let sent = stage.sent().await;
    assert_eq!(sent.len(), 1, "the answer alone");
    assert!(text_of(&sent, "answer").contains("It is proposed so already: Thu 14 May 2026 10:00"));

    // Whoever was named before is told of the new time too.
    stage.take(&answer(&notice, &kim, "k3", "#1 meet Fri 14:00 45m")).await;
    let sent = stage.sent().await;
    assert_eq!(recipients(&sent, "meeting"), ["dana@acme.example"]);
    let own = ["kim@fjord.example", "lee@fjord.example", "priya@fjord.example"];
    assert_eq!(recipients(&sent, "invitation"), own);
    let moved = of_client(&sent, "REQUEST");
    assert_eq!((value(&moved, "UID"), value(&moved, "SEQUENCE").as_str()), (uid.clone(), "1"));
    assert_eq!(value(&moved, "DTSTART"), "20260515T120000Z");
    assert!(text_of(&sent, "meeting").contains("is now planned for"), "{}", text_of(&sent, "meeting"));
    assert!(text_of(&sent, "answer").contains("The meeting moves to Fri 15 May 2026 14:00"));

    stage.take(&calendar_reply("Dana Ruiz", "dana@acme.example", &uid, 0, "DECLINED")).await;
    assert!(stage.sent().await.is_empty(), "it answers the time that is given up");
    stage.take(&calendar_reply("Dana Ruiz", "dana@acme.example", &uid, 1, "DECLINED")).await;
    let sent = stage.sent().await;
    assert_eq!(recipients(&sent, "notice"), ["kim@fjord.example", "lee@fjord.example"]);
    assert!(text_of(&sent, "notice").contains("Dana Ruiz declined the meeting on Fri 15 May 2026 14:00."));

    stage.take(&answer(&notice, &kim, "k4", "#1 meet cancel")).await;
    let sent = stage.sent().await;
    assert_eq!((recipients(&sent, "meeting").len(), recipients(&sent, "invitation").len()), (1, 3));
    let off = of_client(&sent, "CANCEL");
    assert_eq!((value(&off, "UID"), value(&off, "SEQUENCE").as_str()), (uid.clone(), "2"));
    assert_eq!((value(&off, "METHOD").as_str(), value(&off, "STATUS").as_str()), ("CANCEL", "CANCELLED"));
    let history = stage.history(1).await;
    for line in [
        "Kim Vos moved the meeting to Fri 15 May 2026 14:00, 45 minutes, with Dana Ruiz, Kim Vos, Lee Park, priya",
        "Dana Ruiz declined the meeting at its earlier time",
        "Dana Ruiz declined the meeting on Fri 15 May 2026 14:00",
        "Kim Vos called off the meeting on Fri 15 May 2026 14:00",
    ] {
        assert!(history.iter().any(|entry| entry == line), "{line} in {history:#?}");
    }
    // A new one is another meeting.
    stage.take(&answer(&notice, &kim, "k5", "#1 meet Fri 16:00")).await;
    let again = of_client(&stage.sent().await, "REQUEST");
    assert!(value(&again, "UID") != uid && value(&again, "SEQUENCE") == "0");
}

#[tokio::test(flavor = "multi_thread")]
async fn of_a_meeting_that_the_client_was_never_told_of_no_change_goes_to_the_client() {
    let mut stage = Stage::new(Policy::default()).await;
    stage.take(&complaint("Dana Ruiz <dana@acme.example>", "m1")).await;
    let notice = stage.sent().await.remove(0).1;
    let reader = notice.to[0].clone();
    for (id, words, drafts, title) in [
        ("k1", "meet Thu 10:00 45m", 1, "Invitation: Weekly pickup"),
        ("k2", "meet Fri 10:00 45m", 1, "Invitation: Weekly pickup"),
        ("k3", "meet cancel", 0, ""),
    ] {
        stage.take(&answer(&notice, &reader, id, words)).await;
        let kept = stage.desk.store.outgoing(OutboxState::Draft).await.unwrap();
        let kept: Vec<_> = kept.iter().filter(|line| line.sort == "meeting").collect();
        assert_eq!(kept.len(), drafts, "{words}");
        assert!(
            kept.iter().all(|line| line.subject.starts_with(title.split(':').next().unwrap())),
            "{words}"
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn in_shadow_mode_the_clients_invitation_is_a_draft_and_where_it_is_off_there_is_none() {
    for (policy, drafts, said) in [
        (Policy::default(), 1, "shadow mode is on"),
        (
            Policy {
                shadow: false,
                follow_ups: FollowUps::default().with(ClientLetter::Meeting, FollowUp::Off),
                ..Policy::default()
            },
            0,
            "follow_up.meeting is off",
        ),
    ] {
        let mut stage = Stage::new(policy).await;
        stage.take(&complaint("Dana Ruiz <dana@acme.example>", "m1")).await;
        let notice = stage.sent().await.remove(0).1;
        let reader = notice.to[0].clone();
        stage.take(&answer(&notice, &reader, "k1", "meet Thu 10:00 45m")).await;
        let sent = stage.sent().await;
        assert!(recipients(&sent, "meeting").is_empty());
        assert_eq!(recipients(&sent, "invitation"), ["kim@fjord.example", "lee@fjord.example"]);
        let text = text_of(&sent, "answer");
        assert!(text.contains("But Dana Ruiz was not written to") && text.contains(said), "{text}");
        let kept = stage.desk.store.outgoing(OutboxState::Draft).await.unwrap();
        assert_eq!(kept.iter().filter(|line| line.sort == "meeting").count(), drafts);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn strangers_are_not_asked_to_a_meeting_in_the_firms_name() {
    let mut stage = Stage::new(Policy { shadow: false, ..Policy::default() }).await;
    stage.take(&complaint("Dana Ruiz <dana@acme.example>", "m1")).await;
    let notice = stage.sent().await.remove(0).1;
    let reader = notice.to[0].clone();
    stage.take(&answer(&notice, &reader, "k1", "meet Thu 10:00 45m with eve@evil.example")).await;
    let sent = stage.sent().await;
    assert_eq!(sent.len(), 1, "the answer alone");
    assert!(text_of(&sent, "answer").contains("eve@evil.example is neither at your firm nor at this client"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_handover_moves_the_cases_and_briefs_the_newcomer_and_the_partner() {
    let mut stage = Stage::new(Policy::default()).await;
    stage.take(&complaint("Dana Ruiz <dana@acme.example>", "m1")).await;
    let sent = stage.sent().await;
    let notice = sent.iter().find(|(row, _)| row.mail.envelope_to == "kim@fjord.example").unwrap().1.clone();
    let words = "#1 note They are merging with Delta in spring";
    stage.take(&answer(&notice, &person("Kim Vos"), "k1", words)).await;
    stage.sent().await;

    let (kim, nora) = (person("Kim Vos"), person("Nora Lund"));
    let directory = stage.directory().await;
    let handed = hand_over(directory.accounts(), &kim.address, &nora, None);
    let detail = stage.desk.store.case_detail(1).await.unwrap().unwrap();
    let asked = Offer {
        price: Some(Money { minor: 120_000, currency: "EUR".to_owned() }),
        valid_until: Some(jiff::civil::date(2026, 5, 15)),
        ..Offer::asked(&detail.case)
    };
    let now = stage.desk.clock.now();
    let offered = asked.after(Event::Priced, now).and_then(|priced| priced.after(Event::Sent, now));
    let cases = [Known {
        case: detail.case,
        entries: detail.entries.into_iter().map(|(entry, _)| entry).collect(),
        drafts: vec!["dana@acme.example".to_owned()],
        offer: offered,
    }];
    let after: Vec<Account> = handed.iter().map(|handed| handed.account.clone()).collect();
    let new = Directory::new(directory.firm().clone(), after.clone());
    let handover = Handover { old: &kim, new: &nora, handed: &handed, cases: &cases, directory: &new };
    let now = stage.desk.clock.now();
    let effects = handover.effects(now, stage.desk.clock.seed());
    let composer = stage.desk.composer().await.unwrap();
    let mut tx = stage.desk.store.begin().await.unwrap();
    tx.replace_people(&after).await.unwrap();
    tx.perform(None, &effects, &composer, now).await.unwrap();
    tx.commit().await.unwrap();

    let sent = stage.sent().await;
    assert_eq!(recipients(&sent, "briefing"), ["lee@fjord.example", "nora@fjord.example"]);
    let briefing = text_of(&sent, "briefing");
    for words in [
        "You take over Acme Foods from Kim Vos",
        "Sales: Nora Lund <nora@fjord.example>",
        "#1 complaint",
        "They are merging with Delta in spring",
        "#1 a draft to dana@acme.example waits for a word",
        "#1 the offer of 1,200.00 EUR ends Fri 15 May 2026, unanswered",
    ] {
        assert!(briefing.contains(words), "{words} in {briefing}");
    }
    assert!(stage.history(1).await.contains(&"Pairdesk handed over from Kim Vos to Nora Lund".to_owned()));
    stage.take(&complaint("Dan Low <dan@acme.example>", "m2")).await;
    assert_eq!(recipients(&stage.sent().await, "notice"), ["lee@fjord.example", "nora@fjord.example"]);
}
