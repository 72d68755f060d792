//! Digests: of an owner in operations, of one in sales, and of a manager.

use jiff::SignedDuration;
use jiff::civil;

use super::{NOW, clock, kim, lee, letter, noor};
use crate::case::{Entry, Goal, Side, State};
use crate::directory::coverage::Gap;
use crate::effect::{CaseFacts, Content, Digest, GivenAway, Letter, OfferDue, PromiseDue, WaitingDraft};

/// A letter of every sort, each with a name.
pub(super) fn letters(
    extra: &CaseFacts,
    clear: &CaseFacts,
    leaving: &CaseFacts,
    perhaps: &CaseFacts,
) -> [(&'static str, Letter); 3] {
    let offered = "Dear Dana Ruiz,\n\nThank you for asking. This goes beyond what we agreed, and we are glad to do it for \
                   you. Here is what it takes:\n\n  Work:   The landing page in Dutch\n  Hours:  8\n  Price:  1,200.00 \
                   EUR\n  Valid:  until 26 May 2026\n\nIt is your choice."
        .to_owned();
    let digest = Digest {
        timezone: "Europe/Amsterdam".to_owned(),
        new: vec![extra.clone(), perhaps.clone()],
        back: vec![leaving.clone()],
        waiting: vec![CaseFacts {
            opened_at: NOW - SignedDuration::from_hours(77),
            due: Some(clock::late(Goal::Answer, "9 working hours", "2 working days", 29)),
            ..clear.clone()
        }],
        due: vec![CaseFacts {
            number: 137,
            state: State::Waiting,
            subject: "Photos of the new shop".to_owned(),
            opened_at: NOW - SignedDuration::from_hours(190),
            rests_until: Some(NOW + SignedDuration::from_hours(44)),
            ..extra.clone()
        }],
        promises: vec![PromiseDue {
            case: Some(139),
            account: "Acme".to_owned(),
            by: None,
            words: "You will have the corrected invoice by Wednesday noon.".to_owned(),
            due: civil::date(2026, 5, 13),
            over: false,
        }],
        partner_did: vec![(
            139,
            Entry {
                at: NOW - SignedDuration::from_hours(20),
                who: "Kim Vos".to_owned(),
                what: "wrote to the client".to_owned(),
                why: String::new(),
            },
        )],
        drafts: vec![
            WaitingDraft {
                case: 142,
                to: "Dana Ruiz <dana@acme.example>".to_owned(),
                subject: "Re: Weekly pickup".to_owned(),
                text: "Dear Dana Ruiz,\n\nThank you for your mail.\n\nLee Park and Kim Vos both have it."
                    .to_owned(),
                whose: None,
            },
            WaitingDraft {
                case: 143,
                to: "Dana Ruiz <dana@acme.example>".to_owned(),
                subject: "Re: Landing page".to_owned(),
                text: offered.clone(),
                whose: Some(kim().name),
            },
        ],
        mailboxes: Some((412, 412)),
        ..Digest::default()
    };
    let selling = Digest {
        timezone: "Europe/Amsterdam".to_owned(),
        offers: vec![
            OfferDue {
                facts: CaseFacts { state: State::Taken, ..extra.clone() },
                terms: "1,200.00 EUR, 8 h".to_owned(),
                last_day: civil::date(2026, 5, 15),
                lapsed: false,
            },
            OfferDue {
                facts: CaseFacts { number: 131, subject: "Newsletter".to_owned(), ..extra.clone() },
                terms: "300.00 EUR".to_owned(),
                last_day: civil::date(2026, 5, 11),
                lapsed: true,
            },
        ],
        drafts: vec![WaitingDraft {
            case: 146,
            to: "Ines Brandt <ines@borealis.example>".to_owned(),
            subject: "Re: Photos".to_owned(),
            text: offered.clone(),
            whose: None,
        }],
        ..Digest::default()
    };
    let overview = Digest {
        timezone: "Europe/Amsterdam".to_owned(),
        returned: false,
        new: vec![leaving.clone()],
        back: Vec::new(),
        waiting: Vec::new(),
        overdue: Vec::new(),
        due: Vec::new(),
        promises: Vec::new(),
        partner_did: Vec::new(),
        given_away: vec![GivenAway {
            case: 140,
            account: "Borealis".to_owned(),
            work: "Could you add the two photos by Friday?".to_owned(),
            worth: "300.00 EUR, 2 h".to_owned(),
            who: kim().name,
            reason: "They had a hard month.".to_owned(),
            at: NOW - SignedDuration::from_hours(21),
        }],
        offers: Vec::new(),
        drafts: Vec::new(),
        unmatched: (17..27)
            .map(|number| {
                (number, "Jo Novak <jo@newfirm.example>".to_owned(), "Question about an offer".to_owned())
            })
            .collect(),
        older_unmatched: 12,
        refused: vec![(
            28,
            "Kim Vos <kim@fjord.example>".to_owned(),
            "its token is of a mail to lee@fjord.example".to_owned(),
        )],
        afterwards: Vec::new(),
        wording: vec![
            "/etc/pairdesk/templates/client/received.en.txt:3: there is no variable clint here; did you mean \"client\"?"
                .to_owned(),
        ],
        uncovered: vec![
            Gap::Missing { account: "borealis".to_owned(), name: "Borealis".to_owned(), side: Side::Sales },
            Gap::Away {
                account: "acme".to_owned(),
                name: "Acme".to_owned(),
                side: Side::Operations,
                owner: lee(),
                until: civil::date(2026, 5, 15),
                deputy_too: false,
            },
        ],
        mailboxes: Some((412, 411)),
    };
    [
        ("digest", letter("digest", lee(), Content::Digest(digest))),
        ("digest-sales", letter("digest-sales", kim(), Content::Digest(selling))),
        ("digest-manager", letter("digest-manager", noor(), Content::Digest(overview))),
    ]
}
