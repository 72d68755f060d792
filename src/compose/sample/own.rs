//! Briefings and invitations.

use jiff::SignedDuration;

use super::{NOW, history, kim, lee, letter};
use crate::case::Entry;
use crate::effect::{Briefed, Briefing, CaseFacts, Content, Invitation, Letter, Meeting, MeetingStep};
use crate::message::Address;

/// A letter of every sort, each with a name.
pub(super) fn letters(extra: &CaseFacts, clear: &CaseFacts) -> [(&'static str, Letter); 8] {
    let briefing = briefing(extra, clear);
    [
        ("briefing", letter("briefing", kim(), Content::Briefing(briefing.clone()))),
        ("briefing-partner", letter("briefing-partner", lee(), Content::Briefing(briefing))),
        ("meeting-owner", letter("meeting-owner", lee(), Content::Invitation(invitation(None)))),
        ("meeting-en", letter("meeting-en", dana(), Content::Invitation(invitation(Some("en"))))),
        ("meeting-de", letter("meeting-de", dana(), Content::Invitation(invitation(Some("de"))))),
        (
            "meeting-moved",
            letter("meeting-moved", lee(), Content::Invitation(changed(MeetingStep::Moved, None))),
        ),
        (
            "meeting-moved-en",
            letter("meeting-moved-en", dana(), Content::Invitation(changed(MeetingStep::Moved, Some("en")))),
        ),
        (
            "meeting-off-de",
            letter(
                "meeting-off-de",
                dana(),
                Content::Invitation(changed(MeetingStep::Cancelled, Some("de"))),
            ),
        ),
    ]
}

fn briefing(extra: &CaseFacts, clear: &CaseFacts) -> Briefing {
    let note = Entry {
        at: NOW - SignedDuration::from_hours(40),
        who: "Sam Oduya".to_owned(),
        what: "noted: They are merging with Delta in spring.".to_owned(),
        why: String::new(),
    };
    let acme = Briefed {
        name: "Acme".to_owned(),
        roles: vec!["sales"],
        sales: Some(kim()),
        operations: Some(lee()),
        scope: vec![
            (true, "One landing page a quarter, in English".to_owned()),
            (false, "Translations".to_owned()),
        ],
        cases: vec![(clear.clone(), history()), (extra.clone(), Vec::new())],
        notes: vec![(142, note)],
        due: vec![(142, "a draft to dana@acme.example waits for a word".to_owned())],
    };
    let borealis = Briefed {
        name: "Borealis".to_owned(),
        roles: vec!["sales", "operations_deputy"],
        sales: Some(kim()),
        operations: Some(lee()),
        ..Briefed::default()
    };
    Briefing {
        timezone: "Europe/Amsterdam".to_owned(),
        old: Address { name: "Sam Oduya".to_owned(), address: "sam@fjord.example".to_owned() },
        new: kim(),
        accounts: vec![acme, borealis],
    }
}

fn invitation(client: Option<&str>) -> Invitation {
    let priya = Address { name: "Priya Rao".to_owned(), address: "priya@fjord.example".to_owned() };
    Invitation {
        meeting: Meeting {
            uid: "0f3c6a55d9e14c1d@fjord.example".to_owned(),
            case: 142,
            start: NOW + SignedDuration::from_hours(46) - SignedDuration::from_mins(5),
            minutes: 45,
            guests: vec![dana(), kim(), lee(), priya],
            sequence: 0,
        },
        step: MeetingStep::Proposed,
        timezone: if client == Some("de") { "Europe/Berlin" } else { "Europe/Amsterdam" }.to_owned(),
        by: kim(),
        account: "Acme".to_owned(),
        subject: "Weekly pickup".to_owned(),
        client: client.map(str::to_owned),
    }
}

/// The same once it has changed.
fn changed(step: MeetingStep, client: Option<&str>) -> Invitation {
    let mut changed = Invitation { step, ..invitation(client) };
    changed.meeting.sequence = 1;
    changed
}

fn dana() -> Address {
    Address { name: "Dana Ruiz".to_owned(), address: "dana@acme.example".to_owned() }
}
