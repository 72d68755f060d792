//! Extra work from the first "could you also" to its end: what it costs, where it stands, and when it came there.

mod ledger;

use jiff::Timestamp;
use jiff::civil::Date;
use serde::Serialize;

use crate::case::Case;
use crate::money::Money;

pub use ledger::{AccountLedger, Figure, Sum, ledgers, sums};

/// Where extra work stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Stage {
    /// The client has asked for it.
    Asked,
    /// Sales has said what it costs; the client has not been told.
    Priced,
    /// The client has the offer.
    Offered,
    /// The client has said yes.
    Accepted,
    /// The client, or sales, has said no.
    Declined,
    /// Sales has given it away.
    GivenAway,
    /// What was accepted or given away has been done.
    Done,
}

impl Stage {
    /// All stages, in the order in which they are gone through.
    pub const ALL: [Self; 7] = [
        Self::Asked,
        Self::Priced,
        Self::Offered,
        Self::Accepted,
        Self::Declined,
        Self::GivenAway,
        Self::Done,
    ];

    /// The name in the store: "`given_away`".
    pub fn key(self) -> &'static str {
        match self {
            Self::Asked => "asked",
            Self::Priced => "priced",
            Self::Offered => "offered",
            Self::Accepted => "accepted",
            Self::Declined => "declined",
            Self::GivenAway => "given_away",
            Self::Done => "done",
        }
    }

    /// The stage of this [`Stage::key`], or none.
    pub fn from_key(key: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|stage| stage.key() == key)
    }

    /// The words for people: "given away".
    pub fn words(self) -> &'static str {
        match self {
            Self::GivenAway => "given away",
            other => other.key(),
        }
    }

    /// Whether nothing is to be decided any more.
    pub fn is_settled(self) -> bool {
        matches!(self, Self::Accepted | Self::Declined | Self::GivenAway | Self::Done)
    }
}

/// What can happen to extra work.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Event {
    /// Sales says what it costs.
    Priced,
    /// The offer goes to the client.
    Sent,
    /// The client says yes.
    Accepted,
    /// The client, or sales, says no.
    Declined,
    /// Sales gives it away.
    Waived,
    /// It has been done.
    Done,
}

impl Event {
    /// All events.
    pub const ALL: [Self; 6] =
        [Self::Priced, Self::Sent, Self::Accepted, Self::Declined, Self::Waived, Self::Done];
}

/// The stage after an event; none where the event changes nothing.
pub fn transition(stage: Stage, event: Event) -> Option<Stage> {
    use Stage::{Accepted, Asked, Declined, Done, GivenAway, Offered, Priced};
    match (stage, event) {
        // A new price takes the place of the last, also after a no; what is agreed or given keeps its price.
        (Asked | Priced | Offered | Declined, Event::Priced) => Some(Priced),
        (Accepted | GivenAway | Done, Event::Priced) => None,
        // What has been offered may be sent again, when it has lapsed.
        (Priced | Offered, Event::Sent) => Some(Offered),
        (Asked | Accepted | Declined | GivenAway | Done, Event::Sent) => None,
        (Offered, Event::Accepted) => Some(Accepted),
        (Asked | Priced | Accepted | Declined | GivenAway | Done, Event::Accepted) => None,
        (Asked | Priced | Offered, Event::Declined) => Some(Declined),
        (Accepted | Declined | GivenAway | Done, Event::Declined) => None,
        // Also what was agreed, out of goodwill.
        (Asked | Priced | Offered | Accepted | Declined, Event::Waived) => Some(GivenAway),
        (GivenAway | Done, Event::Waived) => None,
        (Accepted | GivenAway, Event::Done) => Some(Done),
        (Asked | Priced | Offered | Declined | Done, Event::Done) => None,
    }
}

/// The extra work of one case.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Offer {
    /// The case's number.
    pub case: i64,
    /// What is to be done, in a line.
    pub work: String,
    /// How long it takes, in minutes of work.
    pub minutes: Option<u32>,
    /// What it costs; what it is worth, where it was given away.
    pub price: Option<Money>,
    /// The last day on which the client may say yes, where the client is.
    pub valid_until: Option<Date>,
    /// Where it stands.
    pub stage: Stage,
    /// When it came to each stage of its way, in the order of [`Stage::ALL`]. What a new price or a gift took back is
    /// none.
    pub reached: [Option<Timestamp>; Stage::ALL.len()],
    /// When the owners were last asked whether something was meant as a gift.
    pub questioned_at: Option<Timestamp>,
}

impl Offer {
    /// What a case asks for.
    pub fn asked(case: &Case) -> Self {
        let mut reached = [None; Stage::ALL.len()];
        reached[Stage::Asked as usize] = Some(case.opened_at);
        Self {
            case: case.number,
            work: case.evidence.clone(),
            minutes: None,
            price: None,
            valid_until: None,
            stage: Stage::Asked,
            reached,
            questioned_at: None,
        }
    }

    /// The same after an event; none where the event changes nothing.
    pub fn after(&self, event: Event, now: Timestamp) -> Option<Self> {
        let stage = transition(self.stage, event)?;
        let mut next = self.clone();
        match event {
            Event::Priced => next.take_back(&Stage::ALL[Stage::Offered as usize..]),
            Event::Waived => next.take_back(&[Stage::Accepted, Stage::Declined]),
            Event::Sent | Event::Accepted | Event::Declined | Event::Done => {}
        }
        next.stage = stage;
        next.reached[stage as usize] = Some(now);
        Some(next)
    }

    fn take_back(&mut self, stages: &[Stage]) {
        for stage in stages {
            self.reached[*stage as usize] = None;
        }
    }

    /// When it came to a stage, if it has.
    pub fn reached(&self, stage: Stage) -> Option<Timestamp> {
        self.reached[stage as usize]
    }

    /// Whether the client may still say yes on this day.
    pub fn is_valid_on(&self, day: Date) -> bool {
        self.valid_until.is_none_or(|last| day <= last)
    }

    /// What it costs or is worth: its price, or else its hours at this rate (an amount an hour).
    pub fn worth(&self, rate: Option<&Money>) -> Option<Money> {
        self.price.clone().or_else(|| Some(worth(self.minutes?, rate?)))
    }

    /// What is offered, in words: "The page in Dutch, 1,200.00 EUR, 8 h".
    pub fn words(&self) -> String {
        let terms = self.terms();
        [self.work.as_str(), &terms]
            .into_iter()
            .filter(|part| !part.is_empty())
            .collect::<Vec<_>>()
            .join(", ")
    }

    /// The price and the hours in words: "1,200.00 EUR, 8 h"; empty where neither is known.
    pub fn terms(&self) -> String {
        let price = self.price.as_ref().map(Money::to_string);
        let hours = self.minutes.map(|minutes| format!("{} h", hours(minutes)));
        price.into_iter().chain(hours).collect::<Vec<_>>().join(", ")
    }
}

/// What minutes of work cost at a rate an hour, rounded to the nearest minor unit.
pub fn worth(minutes: u32, rate: &Money) -> Money {
    let minor = (i64::from(minutes).saturating_mul(rate.minor).saturating_add(30)) / 60;
    Money { minor, currency: rate.currency.clone() }
}

/// Minutes as hours with at most two digits after the point: "8", "1.5", "0.25".
pub fn hours(minutes: u32) -> String {
    let hundredths = (u64::from(minutes) * 100 + 30) / 60;
    let (whole, part) = (hundredths / 100, hundredths % 100);
    match part {
        0 => whole.to_string(),
        part if part % 10 == 0 => format!("{whole}.{}", part / 10),
        part => format!("{whole}.{part:02}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::case::{Kind, Side, State};

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(second).unwrap()
    }

    fn eur(minor: i64) -> Money {
        Money { minor, currency: "EUR".to_owned() }
    }

    fn asked() -> Offer {
        Offer {
            case: 143,
            work: "The page in Dutch".to_owned(),
            minutes: None,
            price: None,
            valid_until: None,
            stage: Stage::Asked,
            reached: std::array::from_fn(|place| (place == 0).then(|| at(0))),
            questioned_at: None,
        }
    }

    /// The stage after a way of events, or where it ended.
    fn way(events: &[Event]) -> Result<Offer, Stage> {
        let mut offer = asked();
        for (second, event) in (1..).zip(events) {
            offer = offer.after(*event, at(second)).ok_or(offer.stage)?;
        }
        Ok(offer)
    }

    #[test]
    fn each_stage_has_the_ways_on_that_the_product_names() {
        use Event::{Accepted, Declined, Done, Priced, Sent, Waived};
        let table: [(Stage, [Option<Stage>; 6]); 7] = [
            // priced, sent, accepted, declined, waived, done
            (
                Stage::Asked,
                [Some(Stage::Priced), None, None, Some(Stage::Declined), Some(Stage::GivenAway), None],
            ),
            (
                Stage::Priced,
                [
                    Some(Stage::Priced),
                    Some(Stage::Offered),
                    None,
                    Some(Stage::Declined),
                    Some(Stage::GivenAway),
                    None,
                ],
            ),
            (
                Stage::Offered,
                [
                    Some(Stage::Priced),
                    Some(Stage::Offered),
                    Some(Stage::Accepted),
                    Some(Stage::Declined),
                    Some(Stage::GivenAway),
                    None,
                ],
            ),
            (Stage::Accepted, [None, None, None, None, Some(Stage::GivenAway), Some(Stage::Done)]),
            (Stage::Declined, [Some(Stage::Priced), None, None, None, Some(Stage::GivenAway), None]),
            (Stage::GivenAway, [None, None, None, None, None, Some(Stage::Done)]),
            (Stage::Done, [None; 6]),
        ];
        for (stage, expected) in table {
            let events = [Priced, Sent, Accepted, Declined, Waived, Done];
            assert_eq!(events.map(|event| transition(stage, event)), expected, "{stage:?}");
            assert_eq!(Stage::from_key(stage.key()), Some(stage));
        }
    }

    #[test]
    fn an_offer_remembers_when_it_came_to_each_stage_and_a_new_price_takes_the_answer_back() {
        use Event::{Accepted, Declined, Priced, Sent, Waived};
        let won = way(&[Priced, Sent, Accepted]).unwrap();
        assert_eq!(won.reached(Stage::Asked), Some(at(0)));
        assert_eq!(won.reached(Stage::Priced), Some(at(1)));
        assert_eq!(won.reached(Stage::Accepted), Some(at(3)));
        assert_eq!(won.reached(Stage::Done), None);

        let again = way(&[Priced, Sent, Declined, Priced]).unwrap();
        assert_eq!((again.reached(Stage::Offered), again.reached(Stage::Declined)), (None, None));
        assert_eq!(again.reached(Stage::Priced), Some(at(4)));

        let gift = way(&[Priced, Sent, Accepted, Waived]).unwrap();
        assert_eq!(gift.reached(Stage::Accepted), None, "what was given away was not won");
        assert_eq!(gift.reached(Stage::Offered), Some(at(2)));
        assert_eq!(way(&[Priced, Accepted]), Err(Stage::Priced), "nobody can accept what was never offered");
    }

    #[test]
    fn work_is_worth_its_price_or_else_its_hours_at_the_rate() {
        let rate = eur(38_50);
        assert_eq!(asked().worth(Some(&rate)), None);
        let hours = Offer { minutes: Some(90), ..asked() };
        assert_eq!(hours.worth(Some(&rate)), Some(eur(57_75)));
        assert_eq!(hours.worth(None), None);
        assert_eq!(Offer { price: Some(eur(5000)), ..hours }.worth(Some(&rate)), Some(eur(5000)));
        assert_eq!(worth(1, &eur(100)), eur(2), "a minute of 1.00 an hour is 0.0167");
        assert_eq!(worth(u32::MAX, &eur(i64::MAX)).minor, i64::MAX / 60);
    }

    #[test]
    fn hours_are_said_shortly() {
        let said = [0, 15, 20, 30, 45, 60, 90, 480, 605].map(hours);
        assert_eq!(said, ["0", "0.25", "0.33", "0.5", "0.75", "1", "1.5", "8", "10.08"]);
        let offer = Offer { minutes: Some(480), price: Some(eur(120_000)), ..asked() };
        assert_eq!(offer.terms(), "1,200.00 EUR, 8 h");
        assert_eq!(asked().terms(), "");
    }

    #[test]
    fn an_offer_is_good_to_the_end_of_its_last_day() {
        let offer = Offer { valid_until: Some("2026-03-24".parse().unwrap()), ..asked() };
        assert!(offer.is_valid_on("2026-03-24".parse().unwrap()));
        assert!(!offer.is_valid_on("2026-03-25".parse().unwrap()));
    }

    #[test]
    fn what_a_case_asks_for_is_in_its_words() {
        let case = Case {
            number: 143,
            account: "acme".to_owned(),
            kind: Kind::ExtraWork,
            lead: Side::Sales,
            state: State::Open,
            evidence: "Could you also do the page in Dutch".to_owned(),
            opened_at: at(5),
            ..ledger::tests::case(143, "acme")
        };
        let offer = Offer::asked(&case);
        assert_eq!((offer.case, offer.stage, offer.reached(Stage::Asked)), (143, Stage::Asked, Some(at(5))));
        assert_eq!(offer.work, case.evidence);
    }
}
