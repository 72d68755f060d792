//! What importing a list of accounts would change, field by field.

use super::{Account, EVERYBODY, ScopeLine};
use crate::message::Address;
use crate::money::minor_digits;

/// A change to one account.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Change {
    /// It was not there before: its key and fields, without the empty ones.
    New(String, Vec<(&'static str, String)>),
    /// It differs: its key, and each field that does, as (field, before, after).
    Changed(String, Vec<(&'static str, String, String)>),
    /// It is not there any more: its key and name.
    Removed(String, String),
}

/// What becomes different when these accounts take the place of those before: in the order of the new ones, then
/// what is removed. Empty when nothing does.
pub fn changes(before: &[Account], after: &[Account]) -> Vec<Change> {
    let old = |key: &str| before.iter().find(|account| account.key == key);
    let mut changes = Vec::new();
    for account in after {
        let Some(old) = old(&account.key) else {
            let fields = fields(account).into_iter().filter(|(_, value)| !value.is_empty()).collect();
            changes.push(Change::New(account.key.clone(), fields));
            continue;
        };
        let differing: Vec<_> = fields(old)
            .into_iter()
            .zip(fields(account))
            .filter(|((_, before), (_, after))| before != after)
            .map(|((field, before), (_, after))| (field, before, after))
            .collect();
        if !differing.is_empty() {
            changes.push(Change::Changed(account.key.clone(), differing));
        }
    }
    for account in before.iter().filter(|old| !after.iter().any(|new| new.key == old.key)) {
        changes.push(Change::Removed(account.key.clone(), account.name.clone()));
    }
    changes
}

/// All fields of an account but its key, as people read them, under the names of the file's columns.
pub fn fields(account: &Account) -> Vec<(&'static str, String)> {
    let Account {
        key: _,
        name,
        domains,
        addresses,
        sales,
        operations,
        sales_deputy,
        operations_deputy,
        manager,
        timezone,
        language,
        tier,
        scope,
        hourly_rate,
        currency,
        do_not_write,
    } = account;
    let person = |person: &Option<Address>| person.as_ref().map_or_else(String::new, Address::to_string);
    let lines = |included: bool| {
        let lines = scope.iter().filter(|line| line.included == included);
        lines.map(|ScopeLine { text, .. }| text.as_str()).collect::<Vec<_>>().join("; ")
    };
    vec![
        ("name", name.clone()),
        ("domains", domains.join("; ")),
        ("addresses", addresses.join("; ")),
        ("sales", person(sales)),
        ("sales_deputy", person(sales_deputy)),
        ("operations", person(operations)),
        ("operations_deputy", person(operations_deputy)),
        ("manager", person(manager)),
        ("timezone", timezone.clone()),
        ("language", language.clone()),
        ("tier", tier.clone()),
        ("included", lines(true)),
        ("excluded", lines(false)),
        ("hourly_rate", hourly_rate.map_or_else(String::new, |rate| amount(rate, currency))),
        ("currency", currency.clone()),
        (
            "do_not_write",
            do_not_write
                .iter()
                .map(|one| if one == EVERYBODY { "yes" } else { one })
                .collect::<Vec<_>>()
                .join("; "),
        ),
    ]
}

/// An amount in minor units as people write it: 9550 of EUR is "95.50".
pub fn amount(minor: i64, currency: &str) -> String {
    let digits = minor_digits(currency);
    let padded = format!("{:0width$}", minor.unsigned_abs(), width = digits + 1);
    let (whole, part) = padded.split_at(padded.len() - digits);
    let sign = if minor < 0 { "-" } else { "" };
    if digits == 0 { format!("{sign}{whole}") } else { format!("{sign}{whole}.{part}") }
}

/// An amount as people write it in minor units of the currency: "95", "95.50", "95,5". Marks between thousands are
/// refused, since they read as points elsewhere.
pub fn minor_units(text: &str, currency: &str) -> Option<i64> {
    let digits = minor_digits(currency);
    let (whole, part) = text.trim().split_once(['.', ',']).unwrap_or((text.trim(), ""));
    let plain = |text: &str| text.bytes().all(|b| b.is_ascii_digit());
    if whole.is_empty() || !plain(whole) || !plain(part) || part.len() > digits {
        return None;
    }
    format!("{whole}{part:0<digits$}").parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_amount_is_read_and_written_in_the_minor_units_of_its_currency() {
        for (text, currency, minor) in [
            ("95", "EUR", 9500),
            ("95.50", "EUR", 9550),
            ("95,5", "EUR", 9550),
            ("0.05", "USD", 5),
            ("120", "JPY", 120),
        ] {
            assert_eq!(minor_units(text, currency), Some(minor), "{text} {currency}");
        }
        for wrong in ["", "1.250,00", "1,250", "-5", "95 EUR", ".5", "99999999999999999999"] {
            assert_eq!(minor_units(wrong, "EUR"), None, "{wrong}");
        }
        assert_eq!(minor_units("1.5", "JPY"), None);
        assert_eq!(
            (amount(9550, "EUR"), amount(5, "EUR"), amount(120, "JPY")),
            ("95.50".into(), "0.05".into(), "120".into())
        );
    }

    #[test]
    fn an_account_that_stays_as_it_is_is_no_change() {
        let account = Account {
            key: "acme".into(),
            name: "Acme".into(),
            hourly_rate: Some(9500),
            ..Account::default()
        };
        assert_eq!(changes(std::slice::from_ref(&account), std::slice::from_ref(&account)), []);
        let renamed = Account { name: "Acme BV".into(), ..account.clone() };
        let differing = vec![("name", "Acme".to_owned(), "Acme BV".to_owned())];
        assert_eq!(
            changes(std::slice::from_ref(&account), &[renamed]),
            [Change::Changed("acme".into(), differing)]
        );
        assert_eq!(changes(&[account], &[]), [Change::Removed("acme".into(), "Acme".into())]);
    }
}
