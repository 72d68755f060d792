//! Who is who: accounts with their two owners, contacts, managers, the firm's own people.

pub mod absence;
pub mod changes;
pub mod coverage;
pub mod handover;
pub mod import;
pub mod written;

use std::collections::HashMap;

use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use serde::Serialize;

use absence::Absence;

use crate::case::Side;
use crate::message::{Address, comparable, subaddress};
use crate::money::Money;

/// A client firm and the people who own it together.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct Account {
    /// The short name that people type: "acme". Lower case letters, digits, `-`.
    pub key: String,
    /// The firm's name.
    pub name: String,
    /// Mail domains of the client, lower case; never a free-mail domain.
    pub domains: Vec<String>,
    /// Single addresses of the client, lower case; they win over domains.
    pub addresses: Vec<String>,
    /// The owner in sales.
    pub sales: Option<Address>,
    /// The owner in operations.
    pub operations: Option<Address>,
    /// Who stands in for the sales owner.
    pub sales_deputy: Option<Address>,
    /// Who stands in for the operations owner.
    pub operations_deputy: Option<Address>,
    /// Who is alerted; the firm's manager when none is named.
    pub manager: Option<Address>,
    /// IANA time zone of the client; the firm's when empty.
    pub timezone: String,
    /// ISO 639-1 code of the client's language; the firm's when empty.
    pub language: String,
    /// The firm's own name for how much the account matters; free text.
    pub tier: String,
    /// What was agreed, line by line.
    pub scope: Vec<ScopeLine>,
    /// Minor units of `currency` an hour, when agreed.
    pub hourly_rate: Option<i64>,
    /// ISO 4217 code.
    pub currency: String,
    /// Addresses that nothing goes to by itself, lower case; [`EVERYBODY`] for the whole account.
    pub do_not_write: Vec<String>,
}

/// What stands for all addresses of an account.
pub const EVERYBODY: &str = "*";

/// One line of what was agreed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ScopeLine {
    /// Whether the line says what is included, or what is not.
    pub included: bool,
    /// The words of the agreement.
    pub text: String,
}

/// Whether a request is part of what was agreed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum ScopeVerdict {
    /// The line covers it.
    Included,
    /// The line says that it is not included, or the request goes beyond the line's number, days or language.
    NotIncluded,
    /// The line is about it, and does not settle it.
    Unclear,
}

impl ScopeVerdict {
    /// The words for people: "not included".
    pub fn words(self) -> &'static str {
        match self {
            Self::Included => "included",
            Self::NotIncluded => "not included",
            Self::Unclear => "unclear",
        }
    }
}

/// A request beside the line of the scope that it is nearest to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct ScopeReading {
    /// The line's place among the account's lines, from 0.
    pub line: usize,
    /// What the line says of the request.
    pub verdict: ScopeVerdict,
}

impl Account {
    /// Whether an address is one of this account's or in one of its domains or below.
    pub fn has(&self, address: &str) -> bool {
        let address = comparable(address);
        let Some((_, domain)) = address.rsplit_once('@') else { return false };
        self.addresses.contains(&address)
            || self.domains.iter().any(|own| {
                domain.strip_suffix(own.as_str()).is_some_and(|rest| rest.is_empty() || rest.ends_with('.'))
            })
    }

    /// Its owners, their deputies and its own manager, as far as it has them.
    pub fn people(&self) -> impl Iterator<Item = &Address> {
        let people =
            [&self.sales, &self.operations, &self.sales_deputy, &self.operations_deputy, &self.manager];
        people.into_iter().flatten()
    }

    /// Whether a letter may go to an address of the client: the accounts file does not say otherwise.
    pub fn may_write(&self, address: &str) -> bool {
        let address = comparable(address);
        !self.do_not_write.iter().any(|marked| *marked == EVERYBODY || *marked == address)
    }

    /// What an hour of work costs, where it was agreed.
    pub fn hour(&self) -> Option<Money> {
        let minor = self.hourly_rate.filter(|_| !self.currency.is_empty())?;
        Some(Money { minor, currency: self.currency.clone() })
    }

    /// The owner of a side.
    pub fn owner(&self, side: Side) -> Option<&Address> {
        match side {
            Side::Sales => self.sales.as_ref(),
            Side::Operations => self.operations.as_ref(),
        }
    }

    /// Who stands in for the owner of a side.
    pub fn deputy(&self, side: Side) -> Option<&Address> {
        match side {
            Side::Sales => self.sales_deputy.as_ref(),
            Side::Operations => self.operations_deputy.as_ref(),
        }
    }
}

/// A client's address that somebody at the firm matched to an account by reply: the accounts file does not have it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MatchedAddress {
    /// The address, lower case.
    pub address: String,
    /// The key of the account.
    pub account: String,
    /// Who matched it: "Kim Vos <kim@firm.example>".
    pub who: String,
}

/// Gives accounts that come from a file the addresses that were matched to them by reply. What the file itself says of
/// an address goes before; who has no account any more is passed over.
pub fn keep_matched(accounts: &mut [Account], matched: &[MatchedAddress]) {
    for found in matched {
        let said = accounts.iter().any(|account| account.addresses.contains(&found.address));
        let account = accounts.iter_mut().find(|account| account.key == found.account);
        if let Some(account) = account.filter(|_| !said) {
            account.addresses.push(found.address.clone());
        }
    }
}

/// The firm itself.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Firm {
    /// Its name.
    pub name: String,
    /// The shared address that clients write to and that all mail comes from, lower case.
    pub address: String,
    /// Further addresses that are this program's own, lower case.
    pub own_addresses: Vec<String>,
    /// The firm's mail domains, lower case.
    pub domains: Vec<String>,
    /// Who hears of what concerns no account, and of accounts that name no manager.
    pub manager: Option<Address>,
    /// Who hears of what is wrong with the program itself; the manager when none is named.
    pub administrator: Option<Address>,
    /// IANA time zone.
    pub timezone: String,
    /// IANA time zones of those of its people who are elsewhere, by address.
    pub timezones: HashMap<String, String>,
    /// ISO 639-1 code.
    pub language: String,
}

impl Firm {
    /// Our own addresses: the shared one, and those that lead to the same mailbox.
    pub fn own(&self) -> impl Iterator<Item = &String> {
        std::iter::once(&self.address).chain(&self.own_addresses)
    }

    /// Who hears of what is wrong with the program itself.
    pub fn administrator(&self) -> Option<&Address> {
        self.administrator.as_ref().or(self.manager.as_ref())
    }

    /// Whether an address is our own, with or without a subaddress (RFC 5233).
    pub fn is_own(&self, address: &str) -> bool {
        self.own().any(|own| own == address || subaddress(own, address).is_some())
    }
}

/// Everybody who is known, with an index by address and domain.
#[derive(Debug, Clone, Default)]
pub struct Directory {
    firm: Firm,
    accounts: Vec<Account>,
    absences: Vec<Absence>,
    by_address: HashMap<String, usize>,
    by_domain: HashMap<String, usize>,
    staff: HashMap<String, Address>,
}

/// Whose an address is.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Who<'a> {
    /// A contact of this account.
    Client(&'a Account),
    /// An owner, deputy or manager of at least one account, or the firm's manager.
    Owner(&'a Address),
    /// Anybody else at the firm's own domains.
    Staff,
    /// The shared address itself, with or without a subaddress (RFC 5233).
    Ourselves,
    /// Nobody we know.
    Unknown,
}

impl Directory {
    /// A directory of these accounts.
    pub fn new(firm: Firm, accounts: Vec<Account>) -> Self {
        let mut directory = Self { firm, accounts, ..Self::default() };
        for (index, account) in directory.accounts.iter().enumerate() {
            for address in &account.addresses {
                directory.by_address.insert(address.clone(), index);
            }
            for domain in &account.domains {
                directory.by_domain.insert(domain.clone(), index);
            }
            for person in account.people() {
                directory.staff.entry(person.address.clone()).or_insert_with(|| person.clone());
            }
        }
        if let Some(manager) = &directory.firm.manager {
            directory.staff.entry(manager.address.clone()).or_insert_with(|| manager.clone());
        }
        directory
    }

    /// The same, knowing who is away when.
    #[must_use]
    pub fn with_absences(mut self, absences: Vec<Absence>) -> Self {
        self.absences = absences;
        self
    }

    /// Who is away when, in no particular order.
    pub fn absences(&self) -> &[Absence] {
        &self.absences
    }

    /// The firm.
    pub fn firm(&self) -> &Firm {
        &self.firm
    }

    /// All accounts, in the order of the file.
    pub fn accounts(&self) -> &[Account] {
        &self.accounts
    }

    /// The account of this key.
    pub fn account(&self, key: &str) -> Option<&Account> {
        self.accounts.iter().find(|account| account.key == key)
    }

    /// Everybody at the firm who owns, stands in or manages, each once, in the order of their addresses.
    pub fn people(&self) -> Vec<&Address> {
        let mut people: Vec<_> = self.staff.values().collect();
        people.sort_by(|a, b| a.address.cmp(&b.address));
        people
    }

    /// The IANA time zone of one of the firm's people.
    pub fn timezone_of(&self, person: &str) -> &str {
        self.firm.timezones.get(person).unwrap_or(&self.firm.timezone)
    }

    /// The day that an instant falls on where the client of an account is.
    pub fn day_of(&self, account: &Account, at: Timestamp) -> Date {
        let zone = [&account.timezone, &self.firm.timezone].into_iter().find(|zone| !zone.is_empty());
        let zone = zone.and_then(|zone| TimeZone::get(zone).ok()).unwrap_or(TimeZone::UTC);
        at.to_zoned(zone).date()
    }

    /// Who is alerted about this account.
    pub fn manager_of<'a>(&'a self, account: &'a Account) -> Option<&'a Address> {
        account.manager.as_ref().or(self.firm.manager.as_ref())
    }

    /// Whether a person owns an account, stands in for an owner or manages it. What has no account any more is the firm's
    /// manager's.
    pub fn is_of(&self, person: &str, account: &str) -> bool {
        let people = match self.account(account) {
            Some(account) => account.people().chain(self.manager_of(account)).collect(),
            None => Vec::from_iter(&self.firm.manager),
        };
        people.into_iter().any(|one| comparable(&one.address) == comparable(person))
    }

    /// What is behind the `+` of an address that is otherwise our own (RFC 5233).
    pub fn subaddress<'a>(&self, address: &'a str) -> Option<&'a str> {
        self.firm.own().find_map(|own| subaddress(own, address))
    }

    /// Whose this address is: the exact address before the domain, the firm's own people before clients. A
    /// subdomain stands for the account of the domain above it (`mail.acme.example` is `acme.example`).
    pub fn who(&self, address: &str) -> Who<'_> {
        let address = comparable(address);
        if self.firm.is_own(&address) {
            return Who::Ourselves;
        }
        if let Some(person) = self.staff.get(&address) {
            return Who::Owner(person);
        }
        if let Some(&index) = self.by_address.get(&address) {
            return Who::Client(&self.accounts[index]);
        }
        let Some((_, domain)) = address.rsplit_once('@') else {
            return Who::Unknown;
        };
        let mut part = domain;
        loop {
            if self.firm.domains.iter().any(|own| own == part) {
                return Who::Staff;
            }
            if let Some(&index) = self.by_domain.get(part) {
                return Who::Client(&self.accounts[index]);
            }
            match part.split_once('.') {
                Some((_, rest)) if rest.contains('.') => part = rest,
                _ => return Who::Unknown,
            }
        }
    }
}
