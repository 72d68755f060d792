//! Double coverage: who acts for a side of an account now, and where nobody does.

use std::collections::BTreeMap;

use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;

use super::absence::{Absence, LearntFrom};
use super::{Account, Directory};
use crate::case::{Case, Side};
use crate::message::{Address, comparable};

const SIDES: [Side; 2] = [Side::Sales, Side::Operations];

/// Where a client is not covered as it should be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Gap {
    /// An account has no owner on a side.
    Missing {
        /// The account's key.
        account: String,
        /// The client firm's name.
        name: String,
        /// The side.
        side: Side,
    },
    /// An owner is away, and nobody who is here stands in.
    Away {
        /// The account's key.
        account: String,
        /// The client firm's name.
        name: String,
        /// The side.
        side: Side,
        /// Who is away.
        owner: Address,
        /// The last day.
        until: Date,
        /// Whether there is a deputy, who is away too.
        deputy_too: bool,
    },
    /// Unfinished cases belong to an account that is not there any more.
    NoAccount {
        /// The account's key.
        account: String,
        /// The numbers of the cases.
        cases: Vec<i64>,
    },
    /// Somebody leads unfinished cases and is in no account (any more).
    Left {
        /// Who.
        person: Address,
        /// The numbers of the cases.
        cases: Vec<i64>,
    },
}

impl Gap {
    /// The key of the account where it is, if it is in one.
    pub fn account(&self) -> Option<&str> {
        match self {
            Self::Missing { account, .. } | Self::Away { account, .. } | Self::NoAccount { account, .. } => {
                Some(account)
            }
            Self::Left { .. } => None,
        }
    }

    /// Where it is: an account's or a person's name.
    pub fn place(&self) -> &str {
        match self {
            Self::Missing { name, .. } | Self::Away { name, .. } => name,
            Self::NoAccount { account, .. } => account,
            Self::Left { person, .. } => person.display(),
        }
    }

    /// What is missing, behind the place: "has no owner in sales".
    pub fn words(&self) -> String {
        match self {
            Self::Missing { side, .. } => format!("has no owner in {}", side.key()),
            Self::Away { side, owner, until, deputy_too, .. } => {
                let deputy = if *deputy_too { "the deputy is away too" } else { "there is no deputy" };
                let (owner, side) = (owner.display(), side.key());
                format!("is without {owner} ({side}) until {}: {deputy}", until.strftime("%-d %b %Y"))
            }
            Self::NoAccount { cases, .. } => format!("is no account any more, and has {}", numbered(cases)),
            Self::Left { cases, .. } => format!("is in no account, and leads {}", numbered(cases)),
        }
    }

    /// What to do about it.
    pub fn remedy(&self) -> String {
        match self {
            Self::Missing { side, .. } => {
                format!("fill in {} in the accounts file, and import it again", side.key())
            }
            Self::Away { account, side, owner, .. } => {
                let (side, owner) = (side.key(), &owner.address);
                format!(
                    "name a {side}_deputy in the accounts file, or: pairdesk accounts handover {owner} NEW --account {account}"
                )
            }
            Self::NoAccount { account, .. } => {
                format!("put {account} back into the accounts file, or finish the cases")
            }
            Self::Left { person, .. } => {
                format!("if they have left: pairdesk accounts handover {} NEW", person.address)
            }
        }
    }
}

/// "case #3", "cases #3, #5 and 4 more".
fn numbered(cases: &[i64]) -> String {
    const NAMED: usize = 5;
    let named: Vec<_> = cases.iter().take(NAMED).map(|number| format!("#{number}")).collect();
    let more = match cases.len().saturating_sub(NAMED) {
        0 => String::new(),
        more => format!(" and {more} more"),
    };
    format!("{} {}{more}", if cases.len() == 1 { "case" } else { "cases" }, named.join(", "))
}

impl Directory {
    /// The day that it is for a person.
    pub fn day(&self, person: &str, now: Timestamp) -> Date {
        let zone = TimeZone::get(self.timezone_of(person)).unwrap_or(TimeZone::UTC);
        now.to_zoned(zone).date()
    }

    /// When the absence began from which a person has come back after an instant; none where there was none.
    pub fn back_from(&self, person: &str, after: Timestamp, now: Timestamp) -> Option<Timestamp> {
        let (last, today) = (self.day(person, after), self.day(person, now));
        let person = comparable(person);
        let ended = self.absences.iter().filter(|absence| absence.person == person);
        let ended = ended.filter(|absence| absence.learnt_from != LearntFrom::Back);
        let ended = ended.filter(|absence| last <= absence.until && absence.until < today);
        let from = ended.map(|absence| absence.from).min()?;
        let zone = TimeZone::get(self.timezone_of(&person)).unwrap_or(TimeZone::UTC);
        from.to_zoned(zone).ok().map(|from| from.timestamp())
    }

    /// The absence that a person is in; of several the one that ends last.
    pub fn away(&self, person: &str, now: Timestamp) -> Option<&Absence> {
        let person = comparable(person);
        let of_person = |absence: &&Absence| absence.person == person;
        if !self.absences.iter().any(|absence| of_person(&absence)) {
            return None;
        }
        let today = self.day(&person, now);
        let covering = self.absences.iter().filter(of_person).filter(|absence| absence.covers(today));
        let (here, away): (Vec<_>, Vec<_>) =
            covering.partition(|absence| absence.learnt_from == LearntFrom::Back);
        // A word that was given after somebody said that they are back begins on that day or later.
        let here = here.iter().map(|absence| absence.from).max();
        away.into_iter()
            .filter(|absence| here.is_none_or(|here| absence.from >= here))
            .max_by_key(|absence| absence.until)
    }

    /// Who is here for a side of an account: the owner, or the deputy while the owner is away or missing.
    pub fn here<'a>(&self, account: &'a Account, side: Side, now: Timestamp) -> Option<&'a Address> {
        let people = account.owner(side).into_iter().chain(account.deputy(side));
        people.into_iter().find(|person| self.away(&person.address, now).is_none())
    }

    /// Who acts for a side of an account: who is here for it, or else the owner, or else the deputy, though they are
    /// away. None leaves that half of the pair open.
    pub fn acting<'a>(&self, account: &'a Account, side: Side, now: Timestamp) -> Option<&'a Address> {
        self.here(account, side, now).or(account.owner(side)).or(account.deputy(side))
    }

    /// The manager who stands in for an account: while nobody is here for either side.
    pub fn standing_in<'a>(&'a self, account: &'a Account, now: Timestamp) -> Option<&'a Address> {
        let nobody = SIDES.into_iter().all(|side| self.here(account, side, now).is_none());
        nobody.then(|| self.manager_of(account)).flatten()
    }

    /// Where clients are not covered as they should be, by what is here now and these unfinished cases.
    pub fn gaps(&self, unfinished: &[Case], now: Timestamp) -> Vec<Gap> {
        let sides =
            self.accounts.iter().flat_map(|account| SIDES.into_iter().map(move |side| (account, side)));
        let mut gaps: Vec<Gap> = sides.filter_map(|(account, side)| self.gap(account, side, now)).collect();
        let mut orphans: BTreeMap<&str, Vec<i64>> = BTreeMap::new();
        for case in unfinished.iter().filter(|case| self.account(&case.account).is_none()) {
            orphans.entry(&case.account).or_default().push(case.number);
        }
        let orphans = orphans.into_iter();
        gaps.extend(orphans.map(|(account, cases)| Gap::NoAccount { account: account.to_owned(), cases }));
        let mut left: BTreeMap<&str, (&Address, Vec<i64>)> = BTreeMap::new();
        for case in unfinished {
            let lead = case.lead_person.as_ref();
            if let Some(lead) = lead.filter(|lead| !self.staff.contains_key(&comparable(&lead.address))) {
                left.entry(&lead.address).or_insert_with(|| (lead, Vec::new())).1.push(case.number);
            }
        }
        let left = left.into_values();
        gaps.extend(left.map(|(person, cases)| Gap::Left { person: person.clone(), cases }));
        gaps
    }

    fn gap(&self, account: &Account, side: Side, now: Timestamp) -> Option<Gap> {
        let (key, name) = (account.key.clone(), account.name.clone());
        let Some(owner) = account.owner(side) else {
            return Some(Gap::Missing { account: key, name, side });
        };
        let until = self.away(&owner.address, now)?.until;
        let deputy_too = account.deputy(side).is_some();
        let gap = Gap::Away { account: key, name, side, owner: owner.clone(), until, deputy_too };
        self.here(account, side, now).is_none().then_some(gap)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::directory::Firm;

    fn person(name: &str) -> Address {
        Address { name: name.into(), address: format!("{}@firm.example", name.to_lowercase()) }
    }

    /// Kim sells and Lee delivers; Sue and Otto are their deputies where the account has any. Mona manages.
    fn directory(owners: &[&str], away: &[(&str, &str, &str)]) -> Directory {
        let named = |name: &str| owners.contains(&name).then(|| person(name));
        let account = Account {
            key: "acme".into(),
            name: "Acme Foods".into(),
            sales: named("Kim"),
            operations: named("Lee"),
            sales_deputy: named("Sue"),
            operations_deputy: named("Otto"),
            ..Account::default()
        };
        let firm =
            Firm { manager: Some(person("Mona")), timezone: "America/New_York".into(), ..Firm::default() };
        let absence = |&(name, from, until): &(&str, &str, &str)| Absence {
            person: person(name).address,
            from: from.parse().unwrap(),
            until: until.parse().unwrap(),
            learnt_from: LearntFrom::Command,
        };
        Directory::new(firm, vec![account]).with_absences(away.iter().map(absence).collect())
    }

    /// Noon of Tuesday 10 March 2026 in New York.
    const NOON: &str = "2026-03-10T16:00:00Z";
    const TODAY: (&str, &str) = ("2026-03-09", "2026-03-12");

    /// Who owns, who is away; who acts for sales and for operations, whether the manager stands in, how many gaps.
    type Row<'a> = (&'a [&'a str], &'a [&'a str], [&'a str; 2], bool, usize);

    #[test]
    fn the_owner_acts_then_the_deputy_and_the_manager_stands_in_where_nobody_is_here() {
        let all = ["Kim", "Lee", "Sue", "Otto"];
        let pair = ["Kim", "Lee"];
        let table: [Row; 12] = [
            (&all, &[], ["Kim", "Lee"], false, 0),
            (&all, &["Kim"], ["Sue", "Lee"], false, 0),
            (&all, &["Kim", "Lee"], ["Sue", "Otto"], false, 0),
            (&all, &["Kim", "Sue"], ["Kim", "Lee"], false, 1),
            (&all, &["Kim", "Sue", "Lee"], ["Kim", "Otto"], false, 1),
            (&all, &["Kim", "Sue", "Lee", "Otto"], ["Kim", "Lee"], true, 2),
            (&pair, &["Kim"], ["Kim", "Lee"], false, 1),
            (&pair, &["Kim", "Lee"], ["Kim", "Lee"], true, 2),
            (&["Lee"], &[], ["", "Lee"], false, 1),
            (&["Lee"], &["Lee"], ["", "Lee"], true, 2),
            (&["Sue", "Lee"], &[], ["Sue", "Lee"], false, 1),
            (&[], &[], ["", ""], true, 2),
        ];
        for (owners, away, expected, manager, gaps) in table {
            let away: Vec<_> = away.iter().map(|name| (*name, TODAY.0, TODAY.1)).collect();
            let directory = directory(owners, &away);
            let account = &directory.accounts()[0];
            let now = NOON.parse().unwrap();
            let acting =
                SIDES.map(|side| directory.acting(account, side, now).map_or("", |one| one.display()));
            assert_eq!(acting, expected, "{owners:?} without {away:?}");
            let stands_in = directory.standing_in(account, now).map(Address::display);
            assert_eq!(stands_in, manager.then_some("Mona"), "{owners:?} without {away:?}");
            assert_eq!(directory.gaps(&[], now).len(), gaps, "{owners:?} without {away:?}");
        }
    }

    #[test]
    fn deputies_step_in_and_out_at_midnight_where_the_people_are() {
        let directory = directory(&["Kim", "Sue"], &[("Kim", "2026-03-07", "2026-03-08")]);
        let account = &directory.accounts()[0];
        // New York goes to summer time on 8 March 2026: midnight is 05:00 UTC before and 04:00 UTC after.
        for (instant, acts) in [
            ("2026-03-07T04:59:59Z", "Kim"),
            ("2026-03-07T05:00:00Z", "Sue"),
            ("2026-03-09T03:59:59Z", "Sue"),
            ("2026-03-09T04:00:00Z", "Kim"),
        ] {
            let acting = directory.acting(account, Side::Sales, instant.parse().unwrap());
            assert_eq!(acting.map(Address::display), Some(acts), "{instant}");
        }
    }

    #[test]
    fn a_gap_says_what_is_missing_and_what_to_do() {
        let now = NOON.parse().unwrap();
        let gaps = directory(&["Kim", "Sue"], &[("Kim", TODAY.0, TODAY.1), ("Sue", TODAY.0, TODAY.1)])
            .gaps(&[], now);
        let said: Vec<_> =
            gaps.iter().map(|gap| format!("{} {}; {}", gap.place(), gap.words(), gap.remedy())).collect();
        assert_eq!(
            said,
            [
                "Acme Foods is without Kim (sales) until 12 Mar 2026: the deputy is away too; name a sales_deputy in \
                 the accounts file, or: pairdesk accounts handover kim@firm.example NEW --account acme",
                "Acme Foods has no owner in operations; fill in operations in the accounts file, and import it again",
            ]
        );
    }
}
