//! Somebody takes another's place in the accounts, in all their roles.

use super::Account;
use crate::message::{Address, comparable};

/// An account that is handed over.
#[derive(Debug, Clone, PartialEq)]
pub struct Handed {
    /// The account as it is afterwards.
    pub account: Account,
    /// The columns of the accounts file in which the new person stands now.
    pub taken: Vec<&'static str>,
    /// The columns that are empty now: nobody is their own deputy.
    pub emptied: Vec<&'static str>,
    /// Whether the new person owns both sides now.
    pub alone: bool,
}

impl Handed {
    /// The lines of the accounts file that would have to change: column, and what has to stand there.
    pub fn lines(&self) -> Vec<(&'static str, String)> {
        let value = |column: &'static str| {
            let mut account = self.account.clone();
            let person = places(&mut account).into_iter().find(|(name, _)| *name == column);
            (
                column,
                person.and_then(|(_, person)| person.clone()).map_or_else(String::new, |one| one.to_string()),
            )
        };
        self.taken.iter().chain(&self.emptied).map(|column| value(column)).collect()
    }
}

/// The accounts in which this address has a role, or the one of this key, with the new person in its place.
pub fn hand_over(accounts: &[Account], old: &str, new: &Address, only: Option<&str>) -> Vec<Handed> {
    let chosen = accounts.iter().filter(|account| only.is_none_or(|key| account.key == key));
    let handed = chosen.map(|account| handed(account, old, new));
    handed.filter(|handed| !handed.taken.is_empty() || !handed.emptied.is_empty()).collect()
}

fn handed(account: &Account, old: &str, new: &Address) -> Handed {
    let is = |person: &Option<Address>, address: &str| {
        person.as_ref().is_some_and(|person| comparable(&person.address) == comparable(address))
    };
    let mut account = account.clone();
    let mut taken = Vec::new();
    for (column, place) in places(&mut account) {
        if is(place, old) {
            *place = Some(new.clone());
            taken.push(column);
        }
    }
    let mut emptied = Vec::new();
    if !taken.is_empty() {
        let Account { sales, operations, sales_deputy, operations_deputy, .. } = &mut account;
        for (column, owner, deputy) in
            [("sales_deputy", sales, sales_deputy), ("operations_deputy", operations, operations_deputy)]
        {
            if is(owner, &new.address) && is(deputy, &new.address) {
                *deputy = None;
                taken.retain(|taken| *taken != column);
                emptied.push(column);
            }
        }
    }
    let alone = is(&account.sales, &new.address) && is(&account.operations, &new.address);
    Handed { account, taken, emptied, alone }
}

/// The places of people in an account, by the columns of the accounts file.
fn places(account: &mut Account) -> [(&'static str, &mut Option<Address>); 5] {
    let Account { sales, operations, sales_deputy, operations_deputy, manager, .. } = account;
    [
        ("sales", sales),
        ("operations", operations),
        ("sales_deputy", sales_deputy),
        ("operations_deputy", operations_deputy),
        ("manager", manager),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;

    fn person(name: &str) -> Address {
        Address { name: name.into(), address: format!("{}@firm.example", name.to_lowercase()) }
    }

    fn account(key: &str, people: [&str; 5]) -> Account {
        let [sales, operations, sales_deputy, operations_deputy, manager] =
            people.map(|name| (!name.is_empty()).then(|| person(name)));
        Account {
            key: key.into(),
            sales,
            operations,
            sales_deputy,
            operations_deputy,
            manager,
            ..Account::default()
        }
    }

    #[test]
    fn the_new_person_takes_the_place_in_all_roles_and_is_nobodys_own_deputy() {
        // Sales, operations, their deputies, the manager: before; who goes and who comes; after; what is alone.
        let table = [
            (["Kim", "Lee", "", "", ""], "Kim", "Nora", ["Nora", "Lee", "", "", ""], false),
            (["Kim", "Lee", "", "Kim", "Kim"], "Kim", "Nora", ["Nora", "Lee", "", "Nora", "Nora"], false),
            // The deputy takes over: the place of the deputy is free.
            (["Kim", "Lee", "Sue", "", ""], "Kim", "Sue", ["Sue", "Lee", "", "", ""], false),
            // The deputy goes, and the owner is to stand in for themselves.
            (["Kim", "Lee", "Sue", "", ""], "Sue", "Kim", ["Kim", "Lee", "", "", ""], false),
            // The partner takes over, and is alone.
            (["Kim", "Lee", "", "", ""], "Kim", "Lee", ["Lee", "Lee", "", "", ""], true),
        ];
        for (before, old, new, after, alone) in table {
            let accounts = [account("acme", before), account("other", ["Ann", "Bob", "", "", ""])];
            let handed = hand_over(&accounts, &person(old).address, &person(new), None);
            assert_eq!(handed.len(), 1, "{before:?}");
            assert_eq!(handed[0].account, account("acme", after), "{before:?}");
            assert_eq!(handed[0].alone, alone, "{before:?}");
        }
    }

    #[test]
    fn only_the_named_account_is_handed_over_and_the_file_is_told_line_by_line() {
        let accounts =
            [account("a", ["Kim", "Lee", "Sue", "", ""]), account("b", ["Kim", "Lee", "", "", ""])];
        let handed = hand_over(&accounts, "kim@firm.example", &person("Sue"), Some("a"));
        assert_eq!(handed.len(), 1);
        let lines = [("sales", "Sue <sue@firm.example>".to_owned()), ("sales_deputy", String::new())];
        assert_eq!(handed[0].lines(), lines);
        assert_eq!(hand_over(&accounts, "kim@firm.example", &person("Sue"), None).len(), 2);
        assert_eq!(hand_over(&accounts, "nobody@firm.example", &person("Sue"), None), []);
    }
}
