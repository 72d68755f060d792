//! What clients hear while they wait, and what is seen of them once a matter is settled.

use jiff::{Timestamp, ToSpan};
use pairdesk::case::{Case, CaseClock, Kind, Side, State};
use pairdesk::command::apply::ClientMail;
use pairdesk::directory::{Account, Directory, Firm};
use pairdesk::effect::{ClientLetter, Content, Effect, Seed};
use pairdesk::intake::{FollowUp, FollowUps, Policy};
use pairdesk::message::Address;
use pairdesk::schedule::{AFTERWARDS, Waiting, Watched, afterwards, still_working};

fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

fn person(name: &str, address: &str) -> Address {
    Address { name: name.to_owned(), address: address.to_owned() }
}

fn directory(do_not_write: &[&str]) -> Directory {
    let firm = Firm {
        address: "service@fjord.example".to_owned(),
        timezone: "UTC".to_owned(),
        language: "en".to_owned(),
        ..Firm::default()
    };
    let acme = Account {
        key: "acme".to_owned(),
        name: "Acme".to_owned(),
        sales: Some(person("Kim Vos", "kim@fjord.example")),
        operations: Some(person("Lee Park", "lee@fjord.example")),
        do_not_write: do_not_write.iter().map(|one| (*one).to_owned()).collect(),
        ..Account::default()
    };
    Directory::new(firm, vec![acme])
}

fn case() -> Case {
    Case {
        number: 5,
        account: "acme".to_owned(),
        conversation: 1,
        kind: Kind::Complaint,
        severity: 2,
        probability: 0.9,
        please_check: false,
        lead: Side::Operations,
        state: State::Taken,
        subject: "Weekly pickup".to_owned(),
        evidence: "We expected this on Monday.".to_owned(),
        client: "Dana Ruiz <dana@acme.example>".to_owned(),
        opened_at: at("2026-03-02T10:00:00Z"),
        changed_at: at("2026-03-02T10:00:00Z"),
        answered_at: None,
        told_at: None,
        alerted_at: None,
        wakes_at: None,
        lead_person: None,
        taken_by: None,
        clock: CaseClock::default(),
    }
}

fn waits(case: Case) -> Vec<Waiting> {
    let mail = ClientMail {
        writer: person("Dana Ruiz", "dana@acme.example"),
        subject: "Weekly pickup".to_owned(),
        message_id: Some("m1@acme.example".to_owned()),
        // A Monday.
        at: at("2026-03-02T10:00:00Z"),
        excerpt: "Wir hatten das am Montag erwartet. Bitte sagen Sie uns, wann es fertig ist.".to_owned(),
    };
    vec![Waiting { case, mail }]
}

fn policy(follow_up: FollowUp) -> Policy {
    let follow_ups = FollowUps::default().with(ClientLetter::StillWorking, follow_up);
    Policy { shadow: false, follow_ups, ..Policy::default() }
}

fn told(case: Case, policy: &Policy, directory: &Directory, now: &str) -> Vec<Effect> {
    still_working(&waits(case), directory, policy, at(now), Seed([1; 16]))
}

#[test]
fn a_client_who_waits_is_told_twice_at_most_after_three_working_days_each_and_in_working_hours() {
    let (auto, here) = (policy(FollowUp::Auto), directory(&[]));
    for (now, letters) in [
        ("2026-03-04T17:00:00Z", 0),
        ("2026-03-05T09:59:00Z", 0),
        ("2026-03-05T10:00:00Z", 1),
        ("2026-03-05T22:00:00Z", 0),
        // A Saturday.
        ("2026-03-07T11:00:00Z", 0),
        ("2026-03-09T09:00:00Z", 1),
    ] {
        let effects = told(case(), &auto, &here, now);
        assert_eq!(
            effects.iter().filter(|effect| matches!(effect, Effect::Send(_))).count(),
            letters,
            "{now}"
        );
    }
    let effects = told(case(), &auto, &here, "2026-03-05T10:00:00Z");
    let [Effect::Record { entry, .. }, Effect::ChangeCase(after), Effect::Send(letter)] = &effects[..] else {
        panic!("{effects:#?}")
    };
    assert_eq!(entry.what, "told the client that it is not forgotten");
    let Content::StillWorking(still) = &letter.content else { panic!("{letter:?}") };
    assert_eq!((still.written_on.to_string(), &*still.addressing.language), ("2026-03-02".to_owned(), "de"));
    assert_eq!(letter.references, ["m1@acme.example"]);
    let after = after.clone();
    assert_eq!(told(after.clone(), &auto, &here, "2026-03-09T17:00:00Z"), [], "within the span");
    let again = told(after, &auto, &here, "2026-03-10T11:00:00Z");
    let Some(Effect::ChangeCase(twice)) = again.get(1) else { panic!("{again:#?}") };
    assert_eq!(told(twice.clone(), &auto, &here, "2026-04-10T11:00:00Z"), [], "twice a case");
}

#[test]
fn the_firm_says_whether_it_goes_out_and_who_is_marked_hears_nothing() {
    let when = "2026-03-05T10:00:00Z";
    let drafted = |policy: &Policy| {
        let effects = told(case(), policy, &directory(&[]), when);
        effects.iter().any(|effect| matches!(effect, Effect::Draft(_)))
    };
    assert!(drafted(&policy(FollowUp::Draft)));
    assert!(drafted(&Policy { shadow: true, ..policy(FollowUp::Auto) }));
    assert_eq!(told(case(), &policy(FollowUp::Off), &directory(&[]), when), []);
    assert_eq!(told(case(), &policy(FollowUp::Auto), &directory(&["dana@acme.example"]), when), []);
}

/// Cases since, mails before and since, mood before and now, and the words.
type Month<'a> = (&'a [i64], (u64, u64), (u8, u8), &'a str);

#[test]
fn a_month_after_the_end_the_history_says_what_became_of_the_client() {
    let table: &[Month<'_>] = &[
        (
            &[],
            (4, 6),
            (70, 68),
            "their mood is back at 68 (70 before it); 6 mails since, 4 in the month before it.",
        ),
        (
            &[],
            (4, 1),
            (70, 52),
            "their mood is 52, and was 70 before it; 1 mail since, 4 in the month before it.",
        ),
        (
            &[],
            (4, 0),
            (70, 60),
            "nothing was heard of them since (4 in the month before it); a call may be worth it.",
        ),
        (&[], (0, 0), (70, 68), "nothing was heard of them, as before it."),
        (
            &[9, 12],
            (4, 6),
            (70, 40),
            "they complained again (#9, #12); their mood is 40, and was 70 before it.",
        ),
    ];
    for (again, mails, mood, expected) in table {
        let mut case = case();
        case.clock.follow_up.watched_until = Some(at("2026-04-02T10:00:00Z"));
        let now = at("2026-04-02T10:00:00Z") + 1.minute();
        let watched = Watched { case, again: again.to_vec(), mails: *mails, mood: *mood };
        let effects = afterwards(vec![watched], now);
        let [Effect::Record { entry, .. }, Effect::ChangeCase(case)] = &effects[..] else {
            panic!("{effects:?}")
        };
        assert_eq!(entry.what, format!("{AFTERWARDS}{expected}"));
        assert_eq!((case.clock.follow_up.watched_until, case.changed_at), (None, now));
    }
}
