//! The ledger of extra work: what was asked for, priced, offered, won, declined and given away, by account.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::Serialize;

use super::{Offer, Stage};
use crate::case::{Case, Kind};
use crate::money::Money;

/// A figure of the ledger. Work that came further counts on the way too: what was won was asked for, priced and offered.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Figure {
    /// The client asked for it.
    Asked,
    /// It has a price.
    Priced,
    /// The client has had the offer.
    Offered,
    /// The client said yes.
    Won,
    /// The client, or sales, said no.
    Declined,
    /// It was done for nothing.
    GivenAway,
}

impl Figure {
    /// All figures, in the order in which they are listed.
    pub const ALL: [Self; 6] =
        [Self::Asked, Self::Priced, Self::Offered, Self::Won, Self::Declined, Self::GivenAway];

    /// The words for people.
    pub fn words(self) -> &'static str {
        match self {
            Self::Asked => "asked",
            Self::Priced => "priced",
            Self::Offered => "offered",
            Self::Won => "won",
            Self::Declined => "declined",
            Self::GivenAway => "given away",
        }
    }

    fn stage(self) -> Stage {
        match self {
            Self::Asked => Stage::Asked,
            Self::Priced => Stage::Priced,
            Self::Offered => Stage::Offered,
            Self::Won => Stage::Accepted,
            Self::Declined => Stage::Declined,
            Self::GivenAway => Stage::GivenAway,
        }
    }
}

/// One figure of one account.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Sum {
    /// What is counted.
    pub figure: Figure,
    /// The numbers of the cases that are counted, ascending.
    pub cases: Vec<i64>,
    /// The work, in minutes, as far as it was said.
    pub minutes: u64,
    /// The money, one amount a currency.
    pub money: Vec<Money>,
    /// Those of `cases` that have neither a price nor hours at a known rate: they are in no amount.
    pub without_money: Vec<i64>,
}

/// The ledger of one account.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct AccountLedger {
    /// The account's key.
    pub account: String,
    /// One a figure, in the order of [`Figure::ALL`].
    pub figures: Vec<Sum>,
}

/// Whether a case is in the ledger: a request for extra work that nobody has to check first, and whatever has come
/// further.
fn counts(case: &Case, offer: Option<&Offer>) -> bool {
    let asked = case.kind == Kind::ExtraWork && !case.please_check;
    asked || offer.is_some_and(|offer| offer.stage != Stage::Asked)
}

/// The ledgers of all accounts that have something in them, in the order of their keys. `rate` is what an hour of an
/// account costs, where it is known.
pub fn ledgers(cases: &[(Case, Option<Offer>)], rate: impl Fn(&str) -> Option<Money>) -> Vec<AccountLedger> {
    let mut by_account: BTreeMap<&str, Vec<Offer>> = BTreeMap::new();
    for (case, offer) in cases.iter().filter(|(case, offer)| counts(case, offer.as_ref())) {
        let offer = offer.clone().unwrap_or_else(|| Offer::asked(case));
        by_account.entry(&case.account).or_default().push(offer);
    }
    let ledger = |(account, mut offers): (&str, Vec<Offer>)| {
        offers.sort_by_key(|offer| offer.case);
        let rate = rate(account);
        let figures = Figure::ALL.map(|figure| sum(figure, &offers, rate.as_ref())).into();
        AccountLedger { account: account.to_owned(), figures }
    };
    by_account.into_iter().map(ledger).collect()
}

/// The figures of these cases together, of what came so far within a time.
pub fn sums(
    cases: &[(Case, Option<Offer>)],
    rate: impl Fn(&str) -> Option<Money>,
    within: impl Fn(Timestamp) -> bool,
) -> Vec<Sum> {
    let counted = cases.iter().filter(|(case, offer)| counts(case, offer.as_ref()));
    let offers = counted.map(|(case, offer)| {
        let offer = offer.clone().unwrap_or_else(|| Offer::asked(case));
        // What has no price is worth its hours, where an hour of the account has one.
        let price = offer.worth(rate(&case.account).as_ref());
        Offer { price, ..offer }
    });
    let offers: Vec<Offer> = offers.collect();
    let reached = |offer: &Offer, stage| offer.reached(stage).is_some_and(&within);
    let of = |figure: Figure| {
        let counted: Vec<_> = offers.iter().filter(|offer| reached(offer, figure.stage())).cloned().collect();
        sum(figure, &counted, None)
    };
    Figure::ALL.map(of).into()
}

fn sum(figure: Figure, offers: &[Offer], rate: Option<&Money>) -> Sum {
    let counted: Vec<_> = offers.iter().filter(|offer| offer.reached(figure.stage()).is_some()).collect();
    let mut money: BTreeMap<String, i64> = BTreeMap::new();
    let mut without_money = Vec::new();
    for offer in &counted {
        match offer.worth(rate) {
            Some(worth) => {
                let minor = money.entry(worth.currency).or_default();
                *minor = minor.saturating_add(worth.minor);
            }
            None => without_money.push(offer.case),
        }
    }
    Sum {
        figure,
        cases: counted.iter().map(|offer| offer.case).collect(),
        minutes: counted.iter().filter_map(|offer| offer.minutes).map(u64::from).sum(),
        money: money.into_iter().map(|(currency, minor)| Money { minor, currency }).collect(),
        without_money,
    }
}

#[cfg(test)]
pub(super) mod tests {
    use jiff::Timestamp;

    use super::super::Event;
    use super::*;
    use crate::case::{Side, State};

    pub fn case(number: i64, account: &str) -> Case {
        let at = Timestamp::from_second(0).unwrap();
        Case {
            number,
            account: account.to_owned(),
            conversation: 1,
            kind: Kind::ExtraWork,
            severity: 0,
            probability: 0.9,
            please_check: false,
            lead: Side::Sales,
            state: State::Open,
            subject: "Landing page".to_owned(),
            evidence: "Could you also do it in Dutch".to_owned(),
            client: "Dana <dana@acme.example>".to_owned(),
            opened_at: at,
            changed_at: at,
            answered_at: None,
            told_at: None,
            alerted_at: None,
            wakes_at: None,
            lead_person: None,
            taken_by: None,
            clock: crate::case::CaseClock::default(),
        }
    }

    #[expect(clippy::unnecessary_wraps, reason = "a row of the table has it so")]
    fn offer(number: i64, minutes: Option<u32>, price: Option<(i64, &str)>, way: &[Event]) -> Option<Offer> {
        let money = price.map(|(minor, currency)| Money { minor, currency: currency.to_owned() });
        let asked = Offer { minutes, price: money, ..Offer::asked(&case(number, "acme")) };
        let at = Timestamp::from_second(1).unwrap();
        Some(way.iter().fold(asked, |offer, event| offer.after(*event, at).unwrap()))
    }

    /// "2 cases, 600 minutes, 57.75 EUR", a figure a line.
    fn shown(ledger: &AccountLedger) -> Vec<String> {
        let line = |sum: &Sum| {
            let money: Vec<_> = sum.money.iter().map(Money::to_string).collect();
            let without = &sum.without_money;
            format!(
                "{} {:?} {} [{}] {without:?}",
                sum.figure.words(),
                sum.cases,
                sum.minutes,
                money.join(" + ")
            )
        };
        ledger.figures.iter().map(line).collect()
    }

    #[test]
    fn every_figure_counts_cases_minutes_and_money_by_currency() {
        use Event::{Accepted, Declined, Priced, Sent, Waived};
        let cases = [
            (case(1, "acme"), None),
            (case(2, "acme"), offer(2, Some(480), Some((120_000, "EUR")), &[Priced, Sent, Accepted])),
            (case(3, "acme"), offer(3, None, Some((30_000, "USD")), &[Priced, Sent, Declined])),
            // Given away: by its hours, by its price, without either.
            (case(4, "acme"), offer(4, Some(90), None, &[Waived])),
            (case(5, "acme"), offer(5, Some(60), Some((20_000, "EUR")), &[Priced, Waived])),
            (case(6, "acme"), offer(6, None, None, &[Waived])),
            // A question about money counts once it has a price; what has to be checked first does not.
            (Case { kind: Kind::Commercial, ..case(7, "acme") }, None),
            (
                Case { kind: Kind::Commercial, ..case(8, "acme") },
                offer(8, None, Some((100, "EUR")), &[Priced]),
            ),
            (Case { please_check: true, ..case(9, "acme") }, None),
            (case(10, "borealis"), None),
        ];
        let euros =
            |account: &str| (account == "acme").then(|| Money { minor: 38_50, currency: "EUR".to_owned() });
        let ledgers = ledgers(&cases, euros);
        assert_eq!(
            shown(&ledgers[0]),
            [
                "asked [1, 2, 3, 4, 5, 6, 8] 630 [1,458.75 EUR + 300.00 USD] [1, 6]",
                "priced [2, 3, 5, 8] 540 [1,401.00 EUR + 300.00 USD] []",
                "offered [2, 3] 480 [1,200.00 EUR + 300.00 USD] []",
                "won [2] 480 [1,200.00 EUR] []",
                "declined [3] 0 [300.00 USD] []",
                "given away [4, 5, 6] 150 [257.75 EUR] [6]",
            ]
        );
        assert_eq!(ledgers[1].account, "borealis");
        assert_eq!(shown(&ledgers[1])[0], "asked [10] 0 [] [10]");
        assert_eq!(ledgers.len(), 2);
    }

    #[test]
    fn a_week_counts_what_came_so_far_within_it_over_all_accounts() {
        use Event::{Accepted, Priced, Sent};
        let cases = [
            (case(1, "acme"), None),
            (case(2, "acme"), offer(2, Some(480), Some((120_000, "EUR")), &[Priced, Sent, Accepted])),
            (case(3, "borealis"), offer(3, Some(60), None, &[Event::Waived])),
        ];
        let an_hour = |account: &str| {
            (account == "borealis").then(|| Money { minor: 40_00, currency: "EUR".to_owned() })
        };
        // All were asked for at second 0, and what followed came at second 1.
        let figures = |second: i64| {
            let within = |at: Timestamp| at.as_second() == second;
            shown(&AccountLedger { account: String::new(), figures: sums(&cases, an_hour, within) })
        };
        let asked = figures(0);
        assert_eq!(asked[0], "asked [1, 2, 3] 540 [1,240.00 EUR] [1]");
        assert!(asked[1..].iter().all(|line| line.ends_with("[] 0 [] []")), "{asked:?}");
        let later = figures(1);
        assert_eq!((&*later[0], &*later[3]), ("asked [] 0 [] []", "won [2] 480 [1,200.00 EUR] []"));
        assert_eq!(later[5], "given away [3] 60 [40.00 EUR] []");
    }
}
