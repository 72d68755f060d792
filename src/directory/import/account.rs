//! From the rows of an accounts file to accounts: what each value must be, and what must be the only one.

use std::collections::HashMap;

use jiff::civil::Date;

use super::{Cell, Row};
use crate::case::Side;
use crate::directory::absence::{Absence, LearntFrom};
use crate::directory::changes::minor_units;
use crate::directory::written::{self, Problems};
use crate::directory::{Account, EVERYBODY, Firm, ScopeLine};
use crate::message::{Address, comparable};

/// The file's accounts; those with a mistake are incomplete, and the mistake is among the errors.
pub fn accounts(rows: &[Row], firm: &Firm, errors: &Problems<'_>, warnings: &Problems<'_>) -> Vec<Account> {
    let mut reader = Reader { firm, errors, warnings, claimed: HashMap::new() };
    rows.iter().map(|row| reader.account(row)).collect()
}

/// The file's absences; those with a mistake are left out, and the mistake is among the errors.
pub fn absences(rows: &[Row], errors: &Problems<'_>) -> Vec<Absence> {
    let absence = |row: &Row| {
        let value = |column, expected: &str| {
            let cell = row.one(column);
            if cell.is_none() {
                errors.add(
                    row.at,
                    format!("the absence has no {column}"),
                    format!("add {column} = \"{expected}\""),
                );
            }
            cell
        };
        let day = |column| {
            let cell = value(column, "2026-12-21")?;
            let day = cell.text.parse::<Date>().ok();
            if day.is_none() {
                let what = format!("\"{}\" cannot be used as {column}", cell.text);
                errors.add(cell.at, what, "expected a day, like \"2026-12-21\"");
            }
            day
        };
        let person = value("person", "kim@firm.example").and_then(|cell| {
            let person = written::person(&cell.text);
            if person.is_none() {
                let what = format!("\"{}\" cannot be used as person", cell.text);
                errors.add(cell.at, what, "expected a mail address, like \"kim@firm.example\"");
            }
            person
        });
        let (from, until) = (day("from"), day("until"));
        let (from, until) = (from?, until?);
        if until < from {
            errors.add(
                row.at,
                format!("the absence ends on {until}, before it begins on {from}"),
                "exchange the days",
            );
        }
        Some(Absence { person: comparable(&person?.address), from, until, learnt_from: LearntFrom::File })
    };
    rows.iter().filter_map(absence).collect()
}

struct Reader<'a> {
    firm: &'a Firm,
    errors: &'a Problems<'a>,
    warnings: &'a Problems<'a>,
    /// Keys, domains and addresses, with the account and the byte where each was first claimed.
    claimed: HashMap<(&'static str, String), (String, usize)>,
}

impl Reader<'_> {
    fn account(&mut self, row: &Row) -> Account {
        let key = self.key(row);
        let name = row.one("name").map(|cell| cell.text.clone());
        if name.is_none() {
            self.errors.add(
                row.at,
                format!("account {key} has no name"),
                "add the client's name, as mails shall say it",
            );
        }
        let currency = self.value(row, "currency", "an ISO 4217 code, like \"EUR\"", |text| {
            let code = text.to_uppercase();
            (code.len() == 3 && code.bytes().all(|b| b.is_ascii_uppercase())).then_some(code)
        });
        let account = Account {
            domains: self.domains(row, &key),
            addresses: self.addresses(row, &key),
            sales: self.person(row, "sales"),
            sales_deputy: self.person(row, "sales_deputy"),
            operations: self.person(row, "operations"),
            operations_deputy: self.person(row, "operations_deputy"),
            manager: self.person(row, "manager"),
            timezone: self
                .value(row, "timezone", "an IANA name, like \"Europe/Amsterdam\"", written::timezone)
                .unwrap_or_default(),
            language: self
                .value(row, "language", "two letters, like \"en\"", written::language)
                .unwrap_or_default(),
            tier: row.one("tier").map_or_else(String::new, |cell| cell.text.clone()),
            scope: [("included", true), ("excluded", false)]
                .into_iter()
                .flat_map(|(column, included)| row.all(column).iter().map(move |cell| (included, cell)))
                .map(|(included, cell)| ScopeLine { included, text: cell.text.clone() })
                .collect(),
            hourly_rate: self.hourly_rate(row, currency.as_deref()),
            currency: currency.unwrap_or_default(),
            do_not_write: self.do_not_write(row),
            name: name.unwrap_or_default(),
            key,
        };
        self.coverage(row, &account);
        account
    }

    fn key(&mut self, row: &Row) -> String {
        let Some(cell) = row.one("account") else {
            self.errors.add(row.at, "an account has no short name", "fill in account, like \"acme\"");
            return "?".to_owned();
        };
        let key = cell.text.to_lowercase();
        if !key.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-') {
            let remedy =
                "use the letters a to z, digits and - alone, like \"acme-north\": people type it in mails";
            self.errors.add(cell.at, format!("\"{}\" cannot be an account's short name", cell.text), remedy);
        }
        self.claim("account", &key, &key, cell.at);
        key
    }

    /// Notes that an account has this key, domain or address, and the problem when there is another one that does.
    fn claim(&mut self, what: &'static str, value: &str, account: &str, at: usize) {
        let Some((other, first)) = self.claimed.get(&(what, value.to_owned())) else {
            self.claimed.insert((what, value.to_owned()), (account.to_owned(), at));
            return;
        };
        let place = self.errors.place(*first);
        if what == "account" {
            self.errors.add(
                at,
                format!("there are two accounts {value}"),
                format!("the first is at {place}; rename one"),
            );
        } else if other != account {
            let said = format!("{what} {value} is claimed by {account} and by {other}");
            self.errors.add(at, said, format!("it can stand for one account alone; the first is at {place}"));
        }
    }

    fn is_own(&self, domain: &str) -> bool {
        self.firm.domains.iter().any(|own| domain == own || domain.ends_with(&format!(".{own}")))
    }

    fn domains(&mut self, row: &Row, account: &str) -> Vec<String> {
        let mut domains: Vec<String> = Vec::new();
        for cell in row.all("domains") {
            let Some(domain) = written::domain(&cell.text) else {
                self.unusable(cell, "domains", "a mail domain, like \"acme.example\"");
                continue;
            };
            if written::is_free_mail(&domain) {
                let remedy = "name the single people's addresses in addresses instead";
                self.errors.add(
                    cell.at,
                    format!("{domain} is a free-mail domain and stands for no firm"),
                    remedy,
                );
            } else if self.is_own(&domain) {
                let remedy = "remove it: who writes from there is staff, never a client";
                self.errors.add(cell.at, format!("{domain} is your own firm's domain"), remedy);
            }
            self.claim("domain", &domain, account, cell.at);
            if !domains.contains(&domain) {
                domains.push(domain);
            }
        }
        domains
    }

    fn addresses(&mut self, row: &Row, account: &str) -> Vec<String> {
        let mut addresses: Vec<String> = Vec::new();
        for cell in row.all("addresses") {
            let Some(address) = written::mail_address(&cell.text) else {
                self.unusable(cell, "addresses", "a mail address, like \"jo@acme.example\"");
                continue;
            };
            if address.rsplit_once('@').is_some_and(|(_, domain)| self.is_own(domain)) {
                let remedy = "remove it: who writes from there is staff, never a client";
                self.errors.add(cell.at, format!("{address} is at your own firm's domain"), remedy);
            }
            self.claim("address", &address, account, cell.at);
            if !addresses.contains(&address) {
                addresses.push(address);
            }
        }
        addresses
    }

    /// Whom nothing goes to by itself: everybody, or these addresses.
    fn do_not_write(&self, row: &Row) -> Vec<String> {
        let mut marked: Vec<String> = Vec::new();
        for cell in row.all("do_not_write") {
            let one = match cell.text.to_lowercase().as_str() {
                "yes" | "true" | EVERYBODY => Some(EVERYBODY.to_owned()),
                "no" | "false" => continue,
                address => written::mail_address(address),
            };
            match one {
                None => {
                    self.unusable(cell, "do_not_write", "\"yes\" for all of the account, or mail addresses");
                }
                Some(one) if !marked.contains(&one) => marked.push(one),
                Some(_) => {}
            }
        }
        marked
    }

    fn person(&self, row: &Row, column: &'static str) -> Option<Address> {
        let cell = row.one(column)?;
        let Some(person) = written::person(&cell.text) else {
            self.unusable(cell, column, "one person, like \"Kim Vos <kim@firm.example>\"");
            return None;
        };
        if self.firm.is_own(&person.address) {
            let what = format!("{column} is {}, the address that clients write to", person.address);
            self.errors.add(
                cell.at,
                what,
                "name a person's own address: mail to this one comes back to Pairdesk",
            );
        } else if !self.is_own(person.domain()) {
            let what = format!("{column} is {}, outside your firm's domains", person.address);
            self.warnings.add(cell.at, what, "check that clients' matters may go there");
        }
        Some(person)
    }

    fn value(
        &self,
        row: &Row,
        column: &'static str,
        expected: &str,
        read: impl FnOnce(&str) -> Option<String>,
    ) -> Option<String> {
        let cell = row.one(column)?;
        let value = read(&cell.text);
        if value.is_none() {
            self.unusable(cell, column, expected);
        }
        value
    }

    fn hourly_rate(&self, row: &Row, currency: Option<&str>) -> Option<i64> {
        let cell = row.one("hourly_rate")?;
        if row.one("currency").is_none() {
            self.errors.add(cell.at, "hourly_rate has no currency", "fill in currency, like \"EUR\"");
        }
        let rate = minor_units(&cell.text, currency.unwrap_or("EUR"));
        if rate.is_none() {
            let expected =
                "an amount without currency and without marks between thousands, like \"95\" or \"95.50\"";
            self.unusable(cell, "hourly_rate", expected);
        }
        rate
    }

    fn unusable(&self, cell: &Cell, column: &str, expected: &str) {
        self.errors.add(
            cell.at,
            format!("\"{}\" cannot be used as {column}", cell.text),
            format!("expected {expected}"),
        );
    }

    /// Double coverage: two owners, two people.
    fn coverage(&self, row: &Row, account: &Account) {
        let Account { key, sales, operations, .. } = account;
        for side in [Side::Sales, Side::Operations] {
            let column = side.key();
            if row.one(column).is_none() {
                let what = format!("account {key} has no owner in {column}: no double coverage");
                self.warnings.add(row.at, what, format!("fill in {column}; it is reported until then"));
            }
        }
        if let (Some(sales), Some(operations)) = (sales, operations)
            && sales.address == operations.address
        {
            let at = row.one("operations").map_or(row.at, |cell| cell.at);
            let what =
                format!("{} owns account {key} alone, on both sides: no double coverage", sales.display());
            self.warnings.add(at, what, "name a second person for one of the two");
        }
        if row.all("domains").is_empty() && row.all("addresses").is_empty() {
            let what =
                format!("account {key} has neither domains nor addresses: no mail is known to be theirs");
            self.warnings.add(row.at, what, "fill in the client's mail domain, or single addresses");
        }
    }
}
