//! The clock of a case: working time, targets, reminders, and who is called in.

use std::collections::HashMap;

use jiff::civil::Weekday;
use jiff::{SignedDuration, Timestamp, Zoned};
use pairdesk::case::{Case, CaseClock, Event, Goal, Kind, Side, State};
use pairdesk::directory::{Account, Directory, Firm};
use pairdesk::message::Address;
use pairdesk::schedule::{self, Hours, OwnHours, Targets, WorkingTime};

use crate::hours::holidays;

/// "2026-03-09 09:00" in Amsterdam.
fn instant(text: &str) -> Timestamp {
    let (day, time) = text.split_once(' ').unwrap();
    format!("{day}T{time}[Europe/Amsterdam]").parse::<Zoned>().unwrap().timestamp()
}

/// The same, from an instant.
fn local(at: Timestamp) -> String {
    at.in_tz("Europe/Amsterdam").unwrap().strftime("%Y-%m-%d %H:%M").to_string()
}

fn person(name: &str) -> Address {
    Address { name: name.to_owned(), address: format!("{}@firm.example", name.to_lowercase()) }
}

/// Kim sells and Lee delivers in Amsterdam, Mona manages. Pat works elsewhere, and at other hours.
fn directory(elsewhere: &str) -> Directory {
    let firm = Firm {
        name: "Firm".to_owned(),
        address: "service@firm.example".to_owned(),
        domains: vec!["firm.example".to_owned()],
        manager: Some(person("Mona")),
        timezone: "Europe/Amsterdam".to_owned(),
        timezones: HashMap::from([(person("Pat").address, elsewhere.to_owned())]),
        ..Firm::default()
    };
    let account = |key: &str, tier: &str| Account {
        key: key.to_owned(),
        name: key.to_owned(),
        tier: tier.to_owned(),
        sales: Some(person("Kim")),
        operations: Some(person("Lee")),
        ..Account::default()
    };
    Directory::new(firm, vec![account("acme", ""), account("golden", "Gold")])
}

/// Hours of a firm that keeps Dutch holidays, and Pat's own.
fn hours(own: OwnHours) -> Hours {
    Hours { holidays: holidays(), people: HashMap::from([(person("Pat").address, own)]), ..Hours::default() }
}

/// A case of Acme's that came at an instant.
fn case(kind: Kind, severity: u8, opened: &str) -> Case {
    Case {
        number: 142,
        account: "acme".to_owned(),
        conversation: 1,
        kind,
        severity,
        probability: 0.9,
        please_check: false,
        lead: pairdesk::case::lead(kind, severity),
        state: State::Open,
        subject: "Weekly pickup".to_owned(),
        evidence: "We expected this on Monday.".to_owned(),
        client: "Dana Ruiz <dana@acme.example>".to_owned(),
        opened_at: instant(opened),
        changed_at: instant(opened),
        answered_at: None,
        told_at: None,
        alerted_at: None,
        wakes_at: None,
        lead_person: None,
        taken_by: None,
        clock: CaseClock::default(),
    }
}

/// What "2h 30m", "1d" or "1d 4h" is.
fn working(text: &str) -> WorkingTime {
    let (days, rest) = text.split_once('d').unwrap_or(("0", text));
    let rest = if rest.trim().is_empty() { SignedDuration::ZERO } else { rest.trim().parse().unwrap() };
    WorkingTime { days: days.parse().unwrap(), rest }
}

#[test]
fn working_time_passes_in_the_working_hours_of_working_days_alone() {
    let directory = directory("Europe/Amsterdam");
    let hours = hours(OwnHours {
        from: Some("08:00".parse().unwrap()),
        to: Some("12:00".parse().unwrap()),
        days: Some(vec![Weekday::Monday, Weekday::Tuesday, Weekday::Wednesday]),
        ..OwnHours::default()
    });
    // Who, from when, how much, until when.
    let table = [
        // Within a day, over a night, over a weekend; from nine to half past five.
        ("Lee", "2026-03-09 10:00", "2h", "2026-03-09 12:00"),
        ("Lee", "2026-03-09 17:00", "2h", "2026-03-10 10:30"),
        ("Lee", "2026-03-13 17:00", "2h", "2026-03-16 10:30"),
        ("Lee", "2026-03-14 12:00", "2h", "2026-03-16 11:00"),
        ("Lee", "2026-03-09 03:00", "30m", "2026-03-09 09:30"),
        // To the last minute of the day, and one more.
        ("Lee", "2026-03-09 15:30", "2h", "2026-03-09 17:30"),
        ("Lee", "2026-03-09 15:30", "2h 1m", "2026-03-10 09:01"),
        // Whole working days: the same hour some days later.
        ("Lee", "2026-03-10 15:00", "2d", "2026-03-12 15:00"),
        ("Lee", "2026-03-12 15:00", "2d", "2026-03-16 15:00"),
        ("Lee", "2026-03-10 15:00", "1d 4h", "2026-03-12 10:30"),
        // Easter: Good Friday and Monday are holidays.
        ("Lee", "2026-04-02 17:00", "1h", "2026-04-07 09:30"),
        ("Lee", "2026-04-02 12:00", "1d", "2026-04-07 12:00"),
        // The clocks go forward on the night to 29 March and back on that to 25 October: no working hour is missed.
        ("Lee", "2026-03-27 16:00", "2h", "2026-03-30 09:30"),
        ("Lee", "2026-10-23 16:00", "1d", "2026-10-26 16:00"),
        // Half days until Wednesday.
        ("Pat", "2026-03-11 11:00", "2h", "2026-03-16 09:00"),
        ("Pat", "2026-03-10 10:00", "2d", "2026-03-16 10:00"),
        ("Pat", "2026-03-12 10:00", "3d", "2026-03-18 12:00"),
    ];
    for (who, since, length, until) in table {
        let calendar = hours.calendar(&person(who).address, &directory);
        let length = calendar.length(working(length));
        let due = calendar.after(instant(since), length).map(local);
        assert_eq!(due.as_deref(), Some(until), "{who} {since} {length:#}");
        assert_eq!(calendar.between(instant(since), instant(until)), length, "{who} {since} until {until}");
    }
}

#[test]
fn working_hours_are_those_of_the_persons_own_place_on_the_nights_too_when_clocks_change() {
    let everyday = (0..7).map(|day| Weekday::from_monday_zero_offset(day).unwrap()).collect::<Vec<_>>();
    let own = |from: &str, to: &str| OwnHours {
        from: Some(from.parse().unwrap()),
        to: Some(to.parse().unwrap()),
        days: Some(everyday.clone()),
        ..OwnHours::default()
    };
    let table = [
        // From nine to five in New York is from three in the afternoon to eleven in the evening in Amsterdam, but for three
        // weeks in March in which only New York has summer time.
        ("America/New_York", own("09:00", "17:00"), "2026-02-02 09:00", "1h", "2026-02-02 16:00"),
        ("America/New_York", own("09:00", "17:00"), "2026-03-10 09:00", "1h", "2026-03-10 15:00"),
        ("Asia/Kolkata", own("09:00", "17:00"), "2026-02-02 01:00", "1h", "2026-02-02 05:30"),
        // Round the clock: the day of 23 hours has 23, that of 25 has 25.
        ("Europe/Amsterdam", own("00:00", "00:00"), "2026-03-28 22:00", "4h", "2026-03-29 03:00"),
        ("Europe/Amsterdam", own("00:00", "00:00"), "2026-10-24 22:00", "7h", "2026-10-25 04:00"),
        // The day begins at half past two, which is skipped on that night: at half past three.
        ("Europe/Amsterdam", own("02:30", "10:00"), "2026-03-28 22:00", "1h", "2026-03-29 04:30"),
    ];
    for (zone, own, since, length, until) in table {
        let (directory, hours) = (directory(zone), hours(own));
        let calendar = hours.calendar(&person("Pat").address, &directory);
        let length = calendar.length(working(length));
        let due = calendar.after(instant(since), length).map(local);
        assert_eq!(due.as_deref(), Some(until), "{zone} {since}");
        assert_eq!(calendar.between(instant(since), instant(until)), length, "{zone} {since}");
    }
}

#[test]
fn of_somebody_who_never_works_nothing_comes_due() {
    let hours = hours(OwnHours { days: Some(Vec::new()), ..OwnHours::default() });
    let directory = directory("UTC");
    let calendar = hours.calendar(&person("Pat").address, &directory);
    assert_eq!(calendar.after(instant("2026-03-09 09:00"), SignedDuration::from_hours(1)), None);
    let hours = calendar.between(instant("2026-03-09 09:00"), instant("2026-12-09 09:00"));
    assert_eq!(hours, SignedDuration::ZERO);
}

#[test]
fn working_time_is_said_in_hours_and_then_in_days() {
    let (hours, directory) = (hours(OwnHours::default()), directory("UTC"));
    let calendar = hours.calendar(&person("Lee").address, &directory);
    let said = |minutes| schedule::working_words(SignedDuration::from_mins(minutes), &calendar);
    assert_eq!(
        [0, 1, 59, 60, 9 * 60 + 20, 16 * 60 + 59, 17 * 60, 26 * 60].map(said),
        [
            "0 working minutes",
            "1 working minute",
            "59 working minutes",
            "1 working hour",
            "9 working hours",
            "16 working hours",
            "2 working days",
            "3 working days",
        ]
    );
}

/// The goal of a case and when it is to be reached, for Lee.
fn due(case: &Case, tier: &str) -> Option<(Goal, String)> {
    let targets = Targets { tiers: HashMap::from([("gold".to_owned(), 0.5)]), ..Targets::default() };
    let (hours, directory) = (hours(OwnHours::default()), directory("UTC"));
    let calendar = hours.calendar(&person("Lee").address, &directory);
    let running = schedule::running(case)?;
    let length = targets.length(running.goal, case, tier, &calendar);
    calendar.after(running.from, length).map(|at| (running.goal, local(at)))
}

#[test]
fn an_answer_is_due_the_sooner_the_graver_it_is_and_the_more_the_account_matters() {
    // What came on a Monday at ten, and when an answer is due, usually and for gold.
    let table = [
        (Kind::Complaint, 3, "2026-03-09 12:00", "2026-03-09 11:00"),
        (Kind::ChurnRisk, 0, "2026-03-09 12:00", "2026-03-09 11:00"),
        (Kind::Complaint, 2, "2026-03-10 09:30", "2026-03-09 14:00"),
        (Kind::PromiseGap, 2, "2026-03-10 09:30", "2026-03-09 14:00"),
        (Kind::Complaint, 1, "2026-03-11 10:00", "2026-03-10 10:00"),
        (Kind::ExtraWork, 0, "2026-03-11 10:00", "2026-03-10 10:00"),
        (Kind::Commercial, 0, "2026-03-11 10:00", "2026-03-10 10:00"),
        (Kind::Opportunity, 0, "2026-03-11 10:00", "2026-03-10 10:00"),
    ];
    for (kind, severity, usual, gold) in table {
        let case = case(kind, severity, "2026-03-09 10:00");
        assert_eq!(due(&case, ""), Some((Goal::Answer, usual.to_owned())), "{kind:?} {severity}");
        assert_eq!(due(&case, " GOLD "), Some((Goal::Answer, gold.to_owned())), "{kind:?} {severity}");
    }
    assert_eq!(due(&case(Kind::Praise, 0, "2026-03-09 10:00"), ""), None, "praise waits for nothing");
}

#[test]
fn an_answer_stops_the_first_clock_rest_stops_both_and_a_matter_that_comes_up_again_starts_them_anew() {
    let mut case = case(Kind::Complaint, 2, "2026-03-09 10:00");
    let answer = |text: &str| Some((Goal::Answer, text.to_owned()));
    let resolution = |text: &str| Some((Goal::Resolution, text.to_owned()));
    case.undergo(Event::Took, instant("2026-03-09 10:30"));
    assert_eq!(due(&case, ""), answer("2026-03-10 09:30"), "taking it is no answer");
    let mut resting = case.clone();
    resting.undergo(Event::Rested, instant("2026-03-09 11:00"));
    resting.wakes_at = Some(instant("2026-03-12 00:00"));
    assert_eq!(due(&resting, ""), None, "what rests is not due");
    resting.undergo(Event::Woke, instant("2026-03-12 00:00"));
    assert_eq!(due(&resting, ""), answer("2026-03-12 17:00"), "the time begins when it comes back");

    case.undergo(Event::OwnerWrote, instant("2026-03-09 12:00"));
    assert_eq!(due(&case, ""), resolution("2026-03-16 10:00"), "five working days after it came");
    case.undergo(Event::ClientWrote, instant("2026-03-10 12:00"));
    assert_eq!(due(&case, ""), resolution("2026-03-16 10:00"));
    case.undergo(Event::Resolved, instant("2026-03-11 12:00"));
    assert_eq!(due(&case, ""), None);
    case.undergo(Event::ClientWrote, instant("2026-03-12 12:00"));
    assert_eq!(due(&case, ""), answer("2026-03-13 11:30"), "no, still broken");
    assert_eq!(case.answered_at, Some(instant("2026-03-09 12:00")), "the first answer is known still");
    case.undergo(Event::OwnerWrote, instant("2026-03-12 14:00"));
    assert_eq!(case.answered_at, Some(instant("2026-03-12 14:00")));
    assert_eq!(due(&case, ""), resolution("2026-03-19 12:00"));

    let mut request = crate::clock::case(Kind::ExtraWork, 0, "2026-03-09 10:00");
    request.undergo(Event::OwnerWrote, instant("2026-03-09 12:00"));
    assert_eq!(due(&request, ""), None, "what was offered is the client's to decide");
    let unsure = Case { please_check: true, ..request };
    assert_eq!(due(&unsure, ""), None);
    assert_eq!(unsure.lead, Side::Sales);
}

#[test]
fn whoever_was_told_of_it_later_has_the_whole_time_from_then_on() {
    let told = |at: &str| Case { told_at: Some(instant(at)), ..case(Kind::ChurnRisk, 0, "2026-03-09 10:00") };
    assert_eq!(due(&told("2026-03-09 10:00"), ""), Some((Goal::Answer, "2026-03-09 12:00".to_owned())));
    assert_eq!(
        due(&told("2026-03-09 16:30"), ""),
        Some((Goal::Answer, "2026-03-10 10:00".to_owned())),
        "it got worse"
    );
}
