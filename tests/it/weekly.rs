//! The weekly letter to managers: when it is due, what needs somebody, and its pictures for any number of clients.

use std::path::Path;

use jiff::Timestamp;
use jiff::civil::date;
use pairdesk::case::{Case, Kind, Side, State};
use pairdesk::compose::{Composer, House};
use pairdesk::directory::{Account, Directory, Firm};
use pairdesk::effect::{ClientWeek, Content, Effect, Letter, Moved, Seed, Weekly};
use pairdesk::message::Address;
use pairdesk::money::Money;
use pairdesk::mood::{Heard, Record};
use pairdesk::offer::{Figure, Sum};
use pairdesk::schedule::{
    Holidays, Hours, LastDigests, Targets, Times, Weeks, due_weekly, next_weekly_hour, weeklies, weekly,
};

fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

fn person(name: &str) -> Address {
    Address { name: name.to_owned(), address: format!("{}@firm.example", name.to_lowercase()) }
}

/// Acme is Maria's, Borealis and Delta are the firm's manager's.
fn directory() -> Directory {
    let account = |key: &str, manager: Option<Address>| Account {
        key: key.to_owned(),
        name: key.to_uppercase(),
        sales: Some(person("Kim")),
        operations: Some(person("Lee")),
        manager,
        hourly_rate: Some(60_00),
        currency: "EUR".to_owned(),
        ..Account::default()
    };
    let firm = Firm {
        address: "service@firm.example".to_owned(),
        manager: Some(person("Noor")),
        timezone: "Europe/Amsterdam".to_owned(),
        ..Firm::default()
    };
    let delta = Account { sales: None, ..account("delta", None) };
    Directory::new(firm, vec![account("acme", Some(person("Maria"))), account("borealis", None), delta])
}

fn due(last: &[(&str, &str)], hours: &Hours, now: &str) -> Vec<(String, Option<String>)> {
    let last: LastDigests = last.iter().map(|(name, made)| (person(name).address, at(made))).collect();
    let directory = directory();
    let due = due_weekly(&last, &directory, hours, at(now));
    due.into_iter().map(|(person, from)| (person.name.clone(), from.map(|from| from.to_string()))).collect()
}

fn yes(name: &str, from: &str) -> (String, Option<String>) {
    (name.to_owned(), Some(from.to_owned()))
}

#[test]
fn it_is_due_once_a_week_at_its_hour_and_once_after_a_long_downtime() {
    let hours = Hours::default();
    // Monday 9 March 2026, 07:30 in Amsterdam.
    let last = [("Maria", "2026-03-02T06:30:00Z"), ("Noor", "2026-03-02T06:30:00Z")];
    assert_eq!(due(&last, &hours, "2026-03-09T06:29:59Z"), []);
    let both = [yes("Maria", last[0].1), yes("Noor", last[1].1)];
    assert_eq!(due(&last, &hours, "2026-03-09T06:30:00Z"), both);
    assert_eq!(due(&last, &hours, "2026-03-12T23:00:00Z"), both, "the machine was off on Monday");
    let made = [("Maria", "2026-03-09T06:31:00Z"), ("Noor", "2026-03-02T06:30:00Z")];
    assert_eq!(due(&made, &hours, "2026-03-12T23:00:00Z"), both[1..]);
    let after_a_summer = due(&last, &hours, "2026-09-10T12:00:00Z");
    assert_eq!(after_a_summer.len(), 2, "each is due once");
    assert_eq!(after_a_summer[0], yes("Maria", "2026-08-06T12:00:00Z"), "and tells of five weeks at most");
}

#[test]
fn who_never_had_one_gets_the_first_after_a_whole_week() {
    let now = at("2026-03-04T10:00:00Z");
    assert_eq!(
        due(&[], &Hours::default(), "2026-03-04T10:00:00Z"),
        [("Maria".to_owned(), None), ("Noor".to_owned(), None)]
    );
    let (maria, directory) = (person("Maria"), directory());
    let (hours, targets) = (Hours::default(), Targets::default());
    let times = Times { hours: &hours, targets: &targets };
    let effects = weeklies(&[(&maria, None)], &Weeks::default(), &directory, &times, now, Seed([0; 16]));
    assert_eq!(effects, [Effect::WeeklyMade { person: maria.address, at: now }], "nothing is sent");
}

#[test]
fn a_holiday_moves_it_to_the_next_working_day() {
    let easter = "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:x\r\nBEGIN:VEVENT\r\nUID:1\r\nDTSTAMP:20260101T000000Z\r\n\
        DTSTART;VALUE=DATE:20260406\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n";
    let hours = Hours { holidays: Holidays::read(easter).unwrap(), ..Hours::default() };
    let last = [("Maria", "2026-03-30T05:30:00Z"), ("Noor", "2026-04-01T00:00:00Z")];
    assert_eq!(due(&last, &hours, "2026-04-06T20:00:00Z"), []);
    assert_eq!(due(&last, &hours, "2026-04-07T05:30:00Z").len(), 2);
    let next = next_weekly_hour(&directory(), &hours, at("2026-04-01T00:00:00Z"));
    assert_eq!(next, Some(at("2026-04-07T05:30:00Z")));
    let next = next_weekly_hour(&directory(), &hours, at("2026-04-07T05:30:00Z"));
    assert_eq!(next, Some(at("2026-04-13T05:30:00Z")));
}

fn case(number: i64, account: &str, opened: &str) -> Case {
    Case {
        number,
        account: account.to_owned(),
        conversation: number,
        kind: Kind::Complaint,
        severity: 2,
        probability: 0.9,
        please_check: false,
        lead: Side::Operations,
        state: State::Open,
        subject: "Feed".to_owned(),
        evidence: String::new(),
        client: "Dana <dana@acme.example>".to_owned(),
        opened_at: at(opened),
        changed_at: at(opened),
        answered_at: None,
        told_at: None,
        alerted_at: None,
        wakes_at: None,
        lead_person: None,
        taken_by: None,
        clock: pairdesk::case::CaseClock::default(),
    }
}

fn heard(account: &str, at_: &str, severity: u8, kind: Kind, case: i64) -> Heard {
    Heard {
        mail: case,
        account: account.to_owned(),
        at: at(at_),
        from: "Dana".to_owned(),
        subject: "Feed".to_owned(),
        case: Some(case),
        severity,
        found: vec![(kind, 0.9, format!("This is {}.", kind.words()))],
        corrected: false,
    }
}

#[test]
fn what_needs_somebody_comes_first_and_every_figure_has_its_cases() {
    let answered = |number, account, opened, answered: &str| Case {
        answered_at: Some(at(answered)),
        state: State::Taken,
        ..case(number, account, opened)
    };
    let weeks = Weeks {
        record: Record {
            heard: vec![
                heard("borealis", "2026-03-03T10:00:00Z", 0, Kind::Praise, 1),
                heard("acme", "2026-03-05T10:00:00Z", 3, Kind::ChurnRisk, 2),
            ],
            cases: vec![
                case(2, "acme", "2026-03-05T10:00:00Z"),
                // Friday to Monday is a working day.
                answered(3, "borealis", "2026-03-06T15:00:00Z", "2026-03-09T14:00:00Z"),
                answered(4, "borealis", "2026-03-04T15:00:00Z", "2026-03-06T15:00:00Z"),
                answered(5, "borealis", "2026-02-23T15:00:00Z", "2026-02-24T15:00:00Z"),
                Case { please_check: true, ..case(6, "borealis", "2026-03-06T09:00:00Z") },
                case(7, "borealis", "2026-03-09T15:00:00Z"),
            ],
            acts: Vec::new(),
        },
        promises: vec![
            ("acme".to_owned(), "By Friday.".to_owned(), date(2026, 3, 6), Some(2), Some(false)),
            ("acme".to_owned(), "By Thursday.".to_owned(), date(2026, 3, 5), Some(2), Some(true)),
            ("acme".to_owned(), "By next Friday.".to_owned(), date(2026, 3, 13), None, None),
        ],
        put_right: vec![(at("2026-03-05T00:00:00Z"), "acme".to_owned(), "praise".to_owned(), Some(2))],
        ..Weeks::default()
    };
    let (directory, hours, targets) = (directory(), Hours::default(), Targets::default());
    let times = Times { hours: &hours, targets: &targets };
    let accounts: Vec<_> = directory.accounts().iter().collect();
    let of = |accounts: &[&Account]| {
        let (from, now) = (at("2026-03-02T18:00:00Z"), at("2026-03-09T18:00:00Z"));
        weekly(accounts, &weeks, &directory, &times, "Europe/Amsterdam", from, now)
    };
    let all = of(&accounts);
    let order: Vec<_> = all.clients.iter().map(|client| (&*client.key, client.needs)).collect();
    assert_eq!(order, [("acme", true), ("delta", true), ("borealis", false)], "delta has no owner in sales");
    let [acme, delta, borealis] = &all.clients[..] else { panic!("{all:?}") };
    assert!(acme.mood < 50 && acme.before == 70 && acme.course.last() == Some(&acme.mood), "{acme:?}");
    assert_eq!(acme.worst.as_ref().unwrap().case, Some(2));
    assert_eq!(
        (&acme.unanswered[..], &acme.moved_by[..]),
        (&[(2, at("2026-03-05T10:00:00Z"))][..], &[2][..])
    );
    assert_eq!((delta.mood, delta.change()), (70, 0));
    assert!(borealis.mood > 70, "{borealis:?}");
    assert_eq!((&borealis.in_time[..], &borealis.late[..]), (&[3][..], &[4][..]));
    assert_eq!(borealis.unanswered, [], "there is time until tomorrow");
    assert_eq!((&all.unsure[..], all.put_right.len(), all.uncovered.len()), (&[6][..], 1, 1));
    let promised: Vec<_> = all.promises.iter().map(|one| (&*one.words, &*one.client)).collect();
    assert_eq!(promised, [("By Friday.", "ACME"), ("By Thursday.", "ACME")], "what is open first");
    let borealis_alone = of(&accounts[1..2]);
    assert_eq!((borealis_alone.put_right.len(), borealis_alone.uncovered.len()), (0, 0), "of others nothing");
}

/// So many clients, from those that are well to those that are lost.
fn clients(number: usize) -> Vec<ClientWeek> {
    let names =
        ["Zahnarztpraxis Dr. Seidel", "Kestrel Games", "Møller & Søn A/S", "Śródmieście Logistyka", "Rio"];
    let client = |place: usize| {
        let low = u8::try_from(place % 9).unwrap() * 6;
        let fallen = |day: u8| u8::try_from(u16::from(low) * u16::from(day) / 56).unwrap();
        let day = |day: u8| 70 + u8::try_from(place % 4).unwrap() * 3 - fallen(day);
        let course: Vec<u8> = (0..=56).map(day).collect();
        let cases: Vec<i64> = (0..i64::try_from(place % 5).unwrap()).map(|case| case * 7 + 1).collect();
        ClientWeek {
            key: format!("client-{place}"),
            name: format!("{} {place}", names[place % names.len()]),
            owners: vec!["Kim Vos".to_owned(), "Lee Park".to_owned()],
            needs: low > 40,
            mood: course[56],
            before: course[49],
            worst: (low > 40).then(|| Moved {
                words: "clear complaint (91 %)".to_owned(),
                evidence: "We expected this on Monday.".to_owned(),
                case: Some(7),
            }),
            course,
            moved_by: cases.clone(),
            late: if place.is_multiple_of(3) { vec![3] } else { Vec::new() },
            unanswered: if place.is_multiple_of(8) {
                vec![(9, at("2026-03-04T10:00:00Z"))]
            } else {
                Vec::new()
            },
            in_time: cases,
        }
    };
    (0..number).map(client).collect()
}

fn letter(number: usize) -> Letter {
    let mut clients = clients(number);
    clients.sort_by_key(|client| (!client.needs, client.change()));
    let sum = |(place, figure): (i64, Figure)| Sum {
        figure,
        cases: (1..=(6 - place)).collect(),
        minutes: 90,
        money: vec![Money { minor: 123_450 * (6 - place), currency: "EUR".to_owned() }],
        without_money: Vec::new(),
    };
    let work = if number == 0 { Vec::new() } else { (0..).zip(Figure::ALL).map(sum).collect() };
    let weekly = Weekly {
        timezone: "Europe/Amsterdam".to_owned(),
        from: at("2026-03-02T06:30:00Z"),
        until: at("2026-03-09T06:30:00Z"),
        clients,
        work,
        ..Weekly::default()
    };
    Letter {
        id: format!("of-{number}"),
        to: person("Maria"),
        case: None,
        references: Vec::new(),
        at: at("2026-03-09T06:30:00Z"),
        content: Content::Weekly(weekly),
    }
}

fn composer() -> Composer {
    let firm =
        Firm { address: "service@firm.example".to_owned(), name: "Firm".to_owned(), ..Firm::default() };
    Composer::new(House::of(&firm))
}

#[test]
fn pictures_show_none_one_fifty_and_five_hundred_clients_and_words_tell_of_the_rest() {
    let composer = composer();
    for number in [0, 1, 50, 500] {
        let letter = letter(number);
        let pictures = composer.pictures(&letter);
        assert_eq!(pictures.len(), if number == 0 { 0 } else { 3 }, "{number}");
        let page = composer.show(&letter);
        let html = page.html.unwrap();
        for picture in &pictures {
            let (width, height) = size(&picture.png);
            assert_eq!(width, 1080, "three dots a unit");
            assert!(height > 100 && height < 1200, "{} of {number} clients is {height} high", picture.id);
            assert!(picture.png.len() < 120_000, "{} has {} bytes", picture.id, picture.png.len());
            assert_eq!(html.matches(&format!("<img src=\"cid:{}\" alt=\"", picture.id)).count(), 1);
        }
        assert!(
            html.len() < 40_000 && page.text.lines().count() < 90,
            "{number}: two minutes\n{}",
            page.text
        );
        assert_eq!(page.text.contains("The other 492 are between"), number == 500, "{}", page.text);
        let whole = composer.whole(&letter);
        assert_eq!(whole.matches("src=\"data:image/png;base64,").count(), pictures.len());
        assert!(!whole.contains("cid:"), "a file has nothing beside it");
        // To be looked at.
        let folder = Path::new(env!("CARGO_TARGET_TMPDIR"));
        std::fs::write(folder.join(format!("weekly-{number}.html")), whole).unwrap();
    }
}

/// The width and height in a PNG's header (PNG 1.2 §4.1.1).
fn size(png: &[u8]) -> (u32, u32) {
    assert_eq!(&png[1..4], b"PNG");
    let number = |at: usize| u32::from_be_bytes(png[at..at + 4].try_into().unwrap());
    (number(16), number(20))
}

#[test]
fn hostile_names_stay_names_in_pictures_and_words() {
    let mut letter = letter(3);
    let Content::Weekly(weekly) = &mut letter.content else { unreachable!() };
    weekly.clients[0].name = "<script>&\"'\u{202e}\u{0} ]]> 株式会社 \u{ffff}".to_owned();
    weekly.clients[1].name = "x".repeat(400);
    weekly.clients[2].name = String::new();
    let composer = composer();
    assert_eq!(composer.pictures(&letter).len(), 3);
    let page = composer.show(&letter);
    assert!(!page.html.unwrap().contains("<script>"));
    assert!(composer.finish(&letter).bytes.is_ascii());
}

#[test]
fn the_pictures_are_parts_of_the_html_part_and_the_text_stands_alone() {
    let mail = composer().finish(&letter(4));
    let parsed = mail_parser::MessageParser::default().parse(&mail.bytes).unwrap();
    let sorts: Vec<_> = parsed
        .parts
        .iter()
        .map(|part| {
            let sort = mail_parser::MimeHeaders::content_type(part).unwrap();
            format!("{}/{}", sort.ctype(), sort.subtype().unwrap())
        })
        .collect();
    assert_eq!(
        sorts,
        [
            "multipart/alternative",
            "text/plain",
            "multipart/related",
            "text/html",
            "image/png",
            "image/png",
            "image/png"
        ]
    );
    let text = parsed.body_text(0).unwrap();
    for said in ["First answers", "Mood of your clients", "Extra work", "7,407.00 EUR in 6 cases", "#1"] {
        assert!(text.contains(said), "{said} is not in\n{text}");
    }
}
