//! The clock of a case: working time, targets, reminders, and who is called in.

use std::collections::HashMap;

use jiff::civil::Weekday;
use jiff::{SignedDuration, Timestamp, Zoned};
use pairdesk::case::{Case, CaseClock, Entry, Event, Goal, Kind, Reminded, Side, State, Step};
use pairdesk::directory::absence::{Absence, LearntFrom};
use pairdesk::directory::{Account, Directory, Firm};
use pairdesk::effect::{Content, Effect, Notice, Occasion, Seed};
use pairdesk::intake::{Alerted, Policy};
use pairdesk::message::Address;
use pairdesk::schedule::{self, Agenda, Hours, OwnHours, Pending, Targets, Watch, WorkingTime};

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
            "less than a minute",
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
    assert_eq!(due(&case, ""), resolution("2026-03-16 12:00"), "five working days after the answer");
    case.undergo(Event::ClientWrote, instant("2026-03-10 12:00"));
    assert_eq!(due(&case, ""), resolution("2026-03-16 12:00"));
    case.undergo(Event::Resolved, instant("2026-03-11 12:00"));
    assert_eq!(due(&case, ""), None);
    case.undergo(Event::ClientWrote, instant("2026-03-12 12:00"));
    assert_eq!(due(&case, ""), answer("2026-03-13 11:30"), "no, still broken");
    assert_eq!(case.answered_at, Some(instant("2026-03-09 12:00")), "the first answer is known still");
    case.undergo(Event::OwnerWrote, instant("2026-03-12 14:00"));
    assert_eq!(case.answered_at, Some(instant("2026-03-12 14:00")));
    assert_eq!(due(&case, ""), resolution("2026-03-19 14:00"));

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

/// What an owner's or client's mail, or time, does to a case at an instant.
type Happens<'a> = (&'a str, &'a dyn Fn(&mut Case, Timestamp));

/// Reminders of these cases while the daemon looks every five minutes from one instant until another: when, what, to whom.
fn reminders(
    pending: &mut Pending,
    directory: &Directory,
    policy: &Policy,
    (from, until): (&str, &str),
    happens: &[Happens<'_>],
) -> Vec<String> {
    let mut lines = Vec::new();
    let (mut now, until) = (instant(from), instant(until));
    while now < until {
        for (when, what) in happens {
            if instant(when) == now {
                pending.cases.iter_mut().for_each(|case| what(case, now));
            }
        }
        let mut mails: Vec<String> = Vec::new();
        for effect in schedule::remind(pending, directory, policy, now, Seed([3; 16])) {
            match effect {
                Effect::ChangeCase(changed) => {
                    let case = pending.cases.iter_mut().find(|case| case.number == changed.number).unwrap();
                    if changed.alerted_at == Some(now) {
                        pending.alerted.push(Alerted::of(&changed, now));
                    }
                    *case = changed;
                }
                Effect::Send(letter) => {
                    let about = letter.case.map(|number| format!(" #{number}")).unwrap_or_default();
                    if matches!(letter.content, Content::Alert(_)) {
                        *pending.alerts.entry(letter.to.address.clone()).or_default() += 1;
                    }
                    mails.push(format!("{}{about} to {}", letter.content.key(), letter.to.display()));
                }
                Effect::Record { .. } => {}
                other => panic!("{other:?}"),
            }
        }
        let when = now.in_tz("Europe/Amsterdam").unwrap().strftime("%a %-d %H:%M").to_string();
        lines.extend(mails.into_iter().map(|mail| format!("{when} {mail}")));
        now += SignedDuration::from_mins(5);
    }
    lines
}

fn policy() -> Policy {
    Policy { hours: hours(OwnHours::default()), ..Policy::default() }
}

fn pending(cases: Vec<Case>) -> Pending {
    Pending { cases, ..Pending::default() }
}

/// Who is reminded of one case of a Monday at ten within two weeks in which nobody does anything.
fn unanswered(case: Case, directory: &Directory) -> Vec<String> {
    reminders(&mut pending(vec![case]), directory, &policy(), ("2026-03-09 10:00", "2026-03-23 10:00"), &[])
}

#[test]
fn the_lead_is_reminded_at_the_target_then_the_partner_and_then_the_manager_and_nobody_twice() {
    let directory = directory("UTC");
    assert_eq!(
        unanswered(case(Kind::Complaint, 2, "2026-03-09 10:00"), &directory),
        [
            "Tue 10 09:30 notice #142 to Lee",
            "Tue 10 13:30 notice #142 to Kim",
            // It is reached at half past five, when the day is over.
            "Wed 11 09:00 alert #142 to Mona",
        ]
    );
    assert_eq!(
        unanswered(case(Kind::ChurnRisk, 0, "2026-03-09 10:00"), &directory),
        [
            "Mon 9 12:00 notice #142 to Kim",
            "Mon 9 16:00 notice #142 to Lee",
            "Tue 10 11:30 alert #142 to Mona"
        ]
    );
}

#[test]
fn no_manager_hears_of_small_things_and_of_what_is_unsure_the_lead_alone() {
    let directory = directory("UTC");
    let who = |case: Case| {
        let lines = unanswered(case, &directory);
        lines.iter().map(|line| line.split(" to ").last().unwrap().to_owned()).collect::<Vec<_>>()
    };
    let of = |kind, severity| case(kind, severity, "2026-03-09 10:00");
    assert_eq!(who(of(Kind::Complaint, 1)), ["Lee", "Kim"]);
    assert_eq!(who(of(Kind::PromiseGap, 0)), ["Lee", "Kim"]);
    assert_eq!(who(of(Kind::PromiseGap, 2)), ["Lee", "Kim", "Mona"]);
    assert_eq!(who(of(Kind::ExtraWork, 0)), ["Kim", "Lee", "Mona"], "extra work that nobody answers");
    assert_eq!(who(of(Kind::Commercial, 0)), ["Kim", "Lee", "Mona"]);
    assert_eq!(who(of(Kind::Opportunity, 0)), ["Kim", "Lee"]);
    assert_eq!(who(Case { please_check: true, ..of(Kind::ChurnRisk, 3) }), ["Kim"]);
    assert_eq!(who(of(Kind::Praise, 0)), Vec::<String>::new());
    let quiet = CaseClock { quiet: true, ..CaseClock::default() };
    assert_eq!(
        who(Case { clock: quiet, ..of(Kind::ChurnRisk, 3) }),
        ["Kim", "Lee"],
        "the manager has seen it"
    );
    let gone = Case { account: "gone".to_owned(), ..of(Kind::ChurnRisk, 3) };
    assert_eq!(who(gone), Vec::<String>::new(), "an account that is gone is told of as a gap");
    let handed = Case { lead_person: Some(person("Pat")), ..of(Kind::Complaint, 2) };
    assert_eq!(who(handed), ["Pat", "Kim", "Mona"], "whoever was given the lead");
}

#[test]
fn an_owners_own_mail_to_the_client_ends_it_and_so_do_rest_and_resolution() {
    let directory = directory("UTC");
    let of = |happens: &[Happens<'_>]| {
        let mut pending = pending(vec![case(Kind::Complaint, 2, "2026-03-09 10:00")]);
        reminders(&mut pending, &directory, &policy(), ("2026-03-09 10:00", "2026-03-23 10:00"), happens)
    };
    let event = |event| move |case: &mut Case, at| case.undergo(event, at);
    let none: [&str; 0] = [];
    let answers: Happens<'_> = ("2026-03-10 09:25", &event(Event::OwnerWrote));
    let resolves: Happens<'_> = ("2026-03-13 09:00", &event(Event::Resolved));
    assert_eq!(of(&[answers, resolves]), none);
    // Answered after the first reminder; five working days after that it is not settled.
    let late: Happens<'_> = ("2026-03-10 11:00", &event(Event::OwnerWrote));
    assert_eq!(
        of(&[late]),
        [
            "Tue 10 09:30 notice #142 to Lee",
            "Tue 17 11:00 notice #142 to Lee",
            "Tue 17 15:00 notice #142 to Kim",
            "Wed 18 10:30 alert #142 to Mona",
        ]
    );
    let rests: Happens<'_> = ("2026-03-10 10:00", &event(Event::Rested));
    assert_eq!(of(&[rests]), ["Tue 10 09:30 notice #142 to Lee"]);
    let wakes: Happens<'_> = ("2026-03-16 00:00", &event(Event::Woke));
    let back = ["Tue 10 09:30 notice #142 to Lee", "Mon 16 17:00 notice #142 to Lee"];
    assert_eq!(of(&[rests, wakes])[..2], back, "it begins anew");
    // No, still broken.
    let again: Happens<'_> = ("2026-03-16 10:00", &event(Event::ClientWrote));
    assert_eq!(
        of(&[answers, resolves, again]),
        [
            "Tue 17 09:30 notice #142 to Lee",
            "Tue 17 13:30 notice #142 to Kim",
            "Wed 18 09:00 alert #142 to Mona",
        ]
    );
    // It gets worse after it was answered: that has no answer yet.
    let worse = |case: &mut Case, at| {
        case.severity = 3;
        case.raised(at);
    };
    let worse: Happens<'_> = ("2026-03-11 10:00", &worse);
    assert_eq!(of(&[answers, worse])[0], "Wed 11 12:00 notice #142 to Lee");
}

#[test]
fn whoever_is_away_is_passed_over() {
    let away = |names: &[&str]| {
        let absence = |name: &&str| Absence {
            person: person(name).address,
            from: "2026-03-08".parse().unwrap(),
            until: "2026-03-31".parse().unwrap(),
            learnt_from: LearntFrom::Command,
        };
        let directory = directory("UTC").with_absences(names.iter().map(absence).collect());
        unanswered(case(Kind::Complaint, 2, "2026-03-09 10:00"), &directory)
    };
    assert_eq!(
        away(&["Lee"]),
        ["Tue 10 09:30 notice #142 to Kim", "Tue 10 13:30 alert #142 to Mona"],
        "no deputy: the partner at once"
    );
    assert_eq!(away(&["Lee", "Kim"]), ["Tue 10 09:30 alert #142 to Mona"]);
    assert_eq!(away(&["Mona"]), ["Tue 10 09:30 notice #142 to Lee", "Tue 10 13:30 notice #142 to Kim"]);
}

#[test]
fn after_a_week_of_downtime_each_case_brings_one_reminder_and_many_of_one_person_come_as_one_list() {
    let directory = directory("UTC");
    let of = |number, kind, severity| Case { number, ..case(kind, severity, "2026-03-06 10:00") };
    let mut few = pending(vec![of(1, Kind::Complaint, 2), of(2, Kind::Complaint, 1)]);
    // Saturday night to Monday, in which nobody works.
    let span = ("2026-03-14 23:00", "2026-03-16 09:00");
    assert_eq!(reminders(&mut few, &directory, &policy(), span, &[]), Vec::<String>::new());
    let span = ("2026-03-16 09:00", "2026-03-20 18:00");
    assert_eq!(
        reminders(&mut few, &directory, &policy(), span, &[]),
        ["Mon 16 09:00 notice #2 to Kim", "Mon 16 09:00 alert #1 to Mona"]
    );
    let mut many = pending((1..=5).map(|number| of(number, Kind::Complaint, 1)).collect());
    assert_eq!(
        reminders(&mut many, &directory, &policy(), span, &[]),
        ["Mon 16 09:00 digest to Kim"],
        "one list of five"
    );
}

#[test]
fn a_flood_of_overdue_cases_brings_few_mails_an_hour() {
    let directory = directory("UTC");
    let of = |number| Case {
        number,
        opened_at: instant("2026-03-09 10:00") + SignedDuration::from_mins(number - 1),
        ..case(Kind::Complaint, 1, "2026-03-09 10:00")
    };
    let mut flood = pending((1..=60).map(of).collect());
    let span = ("2026-03-11 09:00", "2026-03-11 17:30");
    assert_eq!(
        reminders(&mut flood, &directory, &policy(), span, &[]),
        [
            "Wed 11 10:00 notice #1 to Lee",
            "Wed 11 11:00 digest to Lee",
            "Wed 11 14:00 notice #1 to Kim",
            "Wed 11 15:00 digest to Kim",
        ]
    );
}

#[test]
fn managers_are_alerted_of_the_gravest_first_of_one_case_an_account_and_within_the_weeks_budget() {
    let directory = directory("UTC");
    let of = |number, account: &str, kind, severity| Case {
        number,
        account: account.to_owned(),
        ..case(kind, severity, "2026-03-06 10:00")
    };
    let cases = vec![
        of(1, "acme", Kind::Complaint, 2),
        of(2, "acme", Kind::ChurnRisk, 3),
        of(3, "golden", Kind::Complaint, 2),
        of(4, "golden", Kind::Complaint, 2),
    ];
    let span = ("2026-03-16 09:00", "2026-03-18 18:00");
    let mut all = pending(cases.clone());
    assert_eq!(
        reminders(&mut all, &directory, &policy(), span, &[]),
        ["Mon 16 09:00 alert #2 to Mona", "Mon 16 09:00 alert #3 to Mona"]
    );
    let held: Vec<_> =
        all.cases.iter().filter(|case| case.clock.held_at.is_some()).map(|case| case.number).collect();
    assert_eq!(held, [1, 4]);
    let agenda = Agenda { cases: all.cases, ..Agenda::default() };
    let digest = schedule::digest(&person("Mona"), &agenda, &directory, instant("2026-03-17 08:30"));
    let numbers: Vec<_> = digest.new.iter().map(|facts| facts.number).collect();
    assert_eq!(numbers, [1, 4], "what was held stands in the manager's digest");

    let mut spent = pending(cases);
    spent.alerts.insert(person("Mona").address, 5);
    assert_eq!(reminders(&mut spent, &directory, &policy(), span, &[]), ["Mon 16 09:00 alert #2 to Mona"]);
}

#[test]
fn a_reminder_waits_for_the_working_hours_of_whoever_it_is_for() {
    let directory = directory("America/New_York");
    let handed = Case { lead_person: Some(person("Pat")), ..case(Kind::Complaint, 3, "2026-03-09 10:00") };
    // Pat begins at nine, which is two in the afternoon in Amsterdam while only New York has summer time. Four hours of
    // Pat's end when nobody in Amsterdam works.
    assert_eq!(
        unanswered(handed, &directory),
        [
            "Mon 9 16:00 notice #142 to Pat",
            "Tue 10 09:00 notice #142 to Lee",
            "Wed 11 09:00 alert #142 to Mona"
        ]
    );
}

#[test]
fn what_is_ahead_of_a_case_is_known_with_its_times() {
    let (directory, policy) = (directory("UTC"), policy());
    let mut case = case(Kind::Complaint, 2, "2026-03-09 10:00");
    let ahead = |case: &Case, now: &str| {
        let watch = Watch::new(&policy, &directory, instant(now));
        let due = watch.due(case).unwrap();
        let ahead = watch.ahead(case);
        let ahead: Vec<_> =
            ahead.iter().map(|next| format!("{} {}", next.person.name, local(next.at))).collect();
        (local(due.at), due.overdue, due.waited, ahead)
    };
    let (at, overdue, waited, next) = ahead(&case, "2026-03-09 12:00");
    assert_eq!((at.as_str(), overdue, waited.as_str()), ("2026-03-10 09:30", None, "2 working hours"));
    assert_eq!(next, ["Lee 2026-03-10 09:30", "Kim 2026-03-10 13:30", "Mona 2026-03-10 17:30"]);
    case.clock.reminded =
        Some(Reminded { goal: Goal::Answer, step: Step::Lead, at: instant("2026-03-10 09:45") });
    let (_, overdue, waited, next) = ahead(&case, "2026-03-10 12:30");
    assert_eq!((overdue.as_deref(), waited.as_str()), (Some("3 working hours"), "11 working hours"));
    assert_eq!(next, ["Kim 2026-03-10 13:45", "Mona 2026-03-11 09:15"]);
}

#[test]
fn what_was_answered_in_time_is_known_afterwards() {
    let (directory, policy) = (directory("UTC"), policy());
    let in_time = |case: &Case, now: &str| {
        [Goal::Answer, Goal::Resolution]
            .map(|goal| schedule::in_time(case, goal, &policy, &directory, instant(now)))
    };
    let open = case(Kind::Complaint, 2, "2026-03-09 10:00");
    assert_eq!(in_time(&open, "2026-03-09 12:00"), [None, None]);
    assert_eq!(in_time(&open, "2026-03-10 12:00"), [Some(false), None]);
    let mut answered = open.clone();
    answered.undergo(Event::OwnerWrote, instant("2026-03-10 09:00"));
    assert_eq!(in_time(&answered, "2026-03-10 12:00"), [Some(true), None]);
    answered.undergo(Event::Resolved, instant("2026-03-17 09:05"));
    assert_eq!(in_time(&answered, "2026-03-18 12:00"), [Some(true), Some(false)]);
}

/// A line of a history: who did what.
type Line = (&'static str, &'static str);

fn history(lines: &[Line]) -> HashMap<i64, Vec<Entry>> {
    let entry = |(who, what): &Line| Entry {
        at: instant("2026-03-09 10:00"),
        who: (*who).to_owned(),
        what: (*what).to_owned(),
        why: String::new(),
    };
    HashMap::from([(142, lines.iter().map(entry).collect())])
}

#[test]
fn sales_is_called_in_once_where_operations_has_carried_an_unhappy_client_alone() {
    let directory = directory("UTC");
    let asks: Line = ("Dana Ruiz", "wrote again about it");
    let answers: Line = ("Lee", "answered the client");
    let wrote: Line = ("Lee", "wrote to Dana Ruiz <dana@acme.example>");
    let once = [asks, answers];
    let thrice = [asks, answers, asks, asks, wrote, ("Pairdesk", "reminded Lee"), asks, answers];
    let with = |lines: &[Line], more: &[Line]| [lines, more].concat();
    let (early, late) = ("2026-03-10 10:00", "2026-03-16 10:00");
    // The history, when it is looked at, and for how long operations has carried it.
    let table = [
        (once.to_vec(), early, None),
        (thrice.to_vec(), early, Some("3 exchanges of mail")),
        (with(&thrice, &[("Kim", "noted: I know Dana")]), early, None),
        (once.to_vec(), "2026-03-16 09:55", None),
        (once.to_vec(), late, Some("5 working days")),
        (with(&once, &[("Kim", "has read it")]), late, None),
        // Where nobody has done anything, the reminders do their work.
        (vec![asks], late, None),
        // Somebody who writes twice is not answered twice.
        (with(&once, &[answers, answers]), early, None),
    ];
    let taken = |kind, severity| Case {
        state: State::Taken,
        answered_at: Some(instant("2026-03-09 11:00")),
        clock: CaseClock::default(),
        ..case(kind, severity, "2026-03-09 10:00")
    };
    let called = |case: Case, lines: &[Line], now: &str| {
        let pending = Pending { history: history(lines), ..pending(vec![case]) };
        let effects = schedule::remind(&pending, &directory, &policy(), instant(now), Seed([3; 16]));
        effects.into_iter().find_map(|effect| match effect {
            Effect::Send(letter) => match letter.content {
                Content::Notice(Notice { occasion: Occasion::CalledIn { how_long }, .. }) => {
                    assert_eq!(letter.to, person("Kim"));
                    Some(how_long)
                }
                _ => None,
            },
            _ => None,
        })
    };
    for (lines, now, expected) in table {
        let found = called(taken(Kind::Complaint, 2), &lines, now);
        assert_eq!(found.as_deref(), expected, "{lines:?} {now}");
    }
    assert_eq!(called(taken(Kind::ExtraWork, 0), &thrice, early), None, "a request is no conflict");
    let resting = Case { state: State::Waiting, ..taken(Kind::Complaint, 2) };
    assert_eq!(called(resting, &thrice, early), None);
    let leads = Case { lead_person: Some(person("Kim")), ..taken(Kind::Complaint, 2) };
    assert_eq!(called(leads, &thrice, early), None, "sales leads it");
    let mut again = Pending { history: history(&thrice), ..pending(vec![taken(Kind::Complaint, 2)]) };
    let span = ("2026-03-10 09:00", "2026-03-13 17:00");
    assert_eq!(
        reminders(&mut again, &directory, &policy(), span, &[]),
        ["Tue 10 09:00 notice #142 to Kim"],
        "once a case"
    );
}
