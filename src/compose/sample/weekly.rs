//! The weekly letter of a firm with some clients.

use jiff::{SignedDuration, civil};

use super::{NOW, letter, noor};
use crate::case::Side;
use crate::directory::coverage::Gap;
use crate::effect::{ClientWeek, Content, Letter, Moved, PromiseOfWeek, Weekly};
use crate::money::Money;
use crate::offer::{Figure, Sum};

/// The letter, with its name.
pub(super) fn letters() -> [(&'static str, Letter); 1] {
    [("weekly", letter("weekly", noor(), Content::Weekly(weekly())))]
}

fn weekly() -> Weekly {
    Weekly {
        timezone: "Europe/Amsterdam".to_owned(),
        from: NOW - SignedDuration::from_hours(7 * 24),
        until: NOW,
        clients: vec![
            ClientWeek {
                needs: true,
                worst: Some(Moved {
                    words: "severe churn risk (93 %)".to_owned(),
                    evidence: "If this is not settled by Friday, we will look for another agency.".to_owned(),
                    case: Some(142),
                }),
                moved_by: vec![131, 142],
                late: vec![131],
                unanswered: vec![(142, NOW - SignedDuration::from_hours(50))],
                ..client("acme", "Acme", &[70, 70, 64, 62, 63, 60, 44, 31])
            },
            ClientWeek {
                needs: true,
                owners: vec!["Lee Park".to_owned()],
                in_time: vec![144],
                ..client("borealis", "Borealis", &[70, 71, 71, 72, 72, 72, 71, 71])
            },
            ClientWeek {
                moved_by: vec![139],
                in_time: vec![139, 140],
                ..client("meridian", "Meridian Shipping & Storage", &[70, 66, 61, 60, 62, 64, 65, 74])
            },
            client("solveig", "Solveig Bakeries", &[70, 70, 70, 70, 70, 70, 70, 70]),
        ],
        work: Figure::ALL.into_iter().map(sum).collect(),
        promises: vec![PromiseOfWeek {
            client: "Acme".to_owned(),
            words: "You will have the new feed by Friday.".to_owned(),
            due: civil::date(2026, 5, 8),
            case: Some(142),
            finished: Some(false),
        }],
        uncovered: vec![Gap::Missing {
            account: "borealis".to_owned(),
            name: "Borealis".to_owned(),
            side: Side::Sales,
        }],
        unsure: vec![144],
        put_right: vec![("praise".to_owned(), Some(139))],
        not_sent: vec![(
            "notice".to_owned(),
            "kim@fjord.example".to_owned(),
            "20 mails an hour to one recipient".to_owned(),
            Some(131),
        )],
    }
}

fn client(key: &str, name: &str, weeks: &[u8]) -> ClientWeek {
    let last = weeks.len() - 1;
    ClientWeek {
        key: key.to_owned(),
        name: name.to_owned(),
        owners: vec!["Kim Vos".to_owned(), "Lee Park".to_owned()],
        mood: weeks[last],
        before: weeks[last - 1],
        // A week of the same days.
        course: weeks[..last].iter().flat_map(|value| [*value; 7]).chain([weeks[last]]).collect(),
        ..ClientWeek::default()
    }
}

fn sum(figure: Figure) -> Sum {
    let (cases, minutes, minor, without_money) = match figure {
        Figure::Asked => (vec![138, 141, 143], 480, 120_000, vec![141]),
        Figure::Priced | Figure::Offered => (vec![138], 480, 120_000, Vec::new()),
        Figure::Won => (vec![138], 480, 120_000, Vec::new()),
        Figure::Declined => (Vec::new(), 0, 0, Vec::new()),
        Figure::GivenAway => (vec![143], 90, 14_250, Vec::new()),
    };
    let money = Money { minor, currency: "EUR".to_owned() };
    Sum { figure, minutes, money: if minor == 0 { Vec::new() } else { vec![money] }, without_money, cases }
}
