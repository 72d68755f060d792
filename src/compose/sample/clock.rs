//! Made-up mails about what is overdue.

use jiff::SignedDuration;
use jiff::civil;

use super::{NOW, history, kim, lee, letter, noor};
use crate::case::{Goal, Side, State, Step};
use crate::effect::{
    Acknowledgement, Alert, CaseFacts, Content, Digest, Due, Letter, NextStep, Notice, Occasion, OnIt,
    OwnerAway,
};

/// An answer that is due in two hours.
pub(super) fn due_soon() -> Due {
    Due {
        goal: Goal::Answer,
        at: NOW + SignedDuration::from_hours(2),
        overdue: None,
        waited: "less than a minute".to_owned(),
    }
}

/// Who is reminded of it, and when.
pub(super) fn ahead() -> Vec<NextStep> {
    let step =
        |step, person, minutes| NextStep { step, person, at: NOW + SignedDuration::from_mins(minutes) };
    vec![step(Step::Lead, kim(), 120), step(Step::Partner, lee(), 1290), step(Step::Manager, noor(), 1530)]
}

/// What was due so many hours ago.
pub(super) fn late(goal: Goal, overdue: &str, waited: &str, hours: i64) -> Due {
    let at = NOW - SignedDuration::from_hours(hours);
    Due { goal, at, overdue: Some(overdue.to_owned()), waited: waited.to_owned() }
}

/// A letter of every sort, each with a name.
pub(super) fn letters(clear: &CaseFacts, extra: &CaseFacts) -> [(&'static str, Letter); 6] {
    let unanswered = CaseFacts {
        opened_at: NOW - SignedDuration::from_hours(24),
        due: Some(late(Goal::Answer, "1 working minute", "8 working hours", 0)),
        ..clear.clone()
    };
    let unsettled = CaseFacts {
        state: State::Taken,
        opened_at: NOW - SignedDuration::from_hours(7 * 24 + 1),
        due: Some(late(Goal::Resolution, "1 working hour", "5 working days", 1)),
        ..clear.clone()
    };
    let notice = |facts: &CaseFacts, your_side, occasion| {
        Content::Notice(Notice {
            facts: facts.clone(),
            your_side,
            timezone: "Europe/Amsterdam".to_owned(),
            occasion,
            offer: String::new(),
            written_at: facts.opened_at,
            excerpt: String::new(),
            history: history(),
            scope: Vec::new(),
            nearest: None,
            acknowledgement: Acknowledgement::None,
            draft: None,
        })
    };
    let overdue = |facts: &CaseFacts| Occasion::Overdue {
        goal: facts.due.as_ref().map_or(Goal::Answer, |due| due.goal),
        waited: facts.due.as_ref().map(|due| due.waited.clone()).unwrap_or_default(),
    };
    let called = Occasion::CalledIn { how_long: "3 exchanges of mail".to_owned() };
    let escalated = CaseFacts {
        due: Some(late(Goal::Answer, "8 working hours", "16 working hours", 24)),
        opened_at: NOW - SignedDuration::from_hours(48),
        ..clear.clone()
    };
    let alert = Alert {
        timezone: "Europe/Amsterdam".to_owned(),
        written_at: escalated.opened_at,
        because: "the client has had no answer for 16 working hours".to_owned(),
        history: history(),
        on_it: OnIt {
            taken: Some((lee().name, Some(NOW - SignedDuration::from_hours(26)))),
            answered_at: None,
            away: vec![OwnerAway {
                owner: "Sam Oduya".to_owned(),
                until: civil::date(2026, 5, 15),
                acts: Some(kim().name),
            }],
        },
        next: Vec::new(),
        facts: escalated,
    };
    let listed = |number: i64, subject: &str, hours: i64, late_by: &str| CaseFacts {
        number,
        subject: subject.to_owned(),
        opened_at: NOW - SignedDuration::from_hours(hours),
        due: Some(late(Goal::Answer, late_by, "2 working days", hours - 24)),
        ..unanswered.clone()
    };
    let list = Digest {
        timezone: "Europe/Amsterdam".to_owned(),
        overdue: vec![
            unanswered.clone(),
            listed(139, "Missing boxes", 48, "8 working hours"),
            listed(140, "Invoice of April", 30, "4 working hours"),
            CaseFacts {
                opened_at: NOW - SignedDuration::from_hours(50),
                due: Some(late(Goal::Answer, "2 working hours", "2 working days", 2)),
                ..extra.clone()
            },
        ],
        ..Digest::default()
    };
    let mine = notice(&unanswered, Side::Operations, overdue(&unanswered));
    let partners = notice(&unanswered, Side::Sales, overdue(&unanswered));
    let still = notice(&unsettled, Side::Operations, overdue(&unsettled));
    let called = notice(&CaseFacts { due: None, ..unsettled }, Side::Sales, called);
    [
        ("notice-overdue", letter("notice-overdue", lee(), mine)),
        ("notice-overdue-partner", letter("notice-overdue-partner", kim(), partners)),
        ("notice-unsettled", letter("notice-unsettled", lee(), still)),
        ("notice-called-in", letter("notice-called-in", kim(), called)),
        ("alert-overdue", letter("alert-overdue", noor(), Content::Alert(alert))),
        ("digest-overdue", letter("digest-overdue", lee(), Content::Digest(list))),
    ]
}
