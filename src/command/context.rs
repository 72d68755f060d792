//! What dates and amounts in an owner's mail are read against: the person's day, the account's currency and writing.

use jiff::Timestamp;
use jiff::tz::TimeZone;

use super::apply::AddressedCase;
use super::{Context, Spoken, Target, read};
use crate::directory::{Account, Directory};

/// What the words of this person are read against for a case of this account, or for what is about none.
pub fn context(person: &str, account: Option<&Account>, directory: &Directory, now: Timestamp) -> Context {
    let firm = directory.firm();
    let language = account.map(|account| &account.language).filter(|language| !language.is_empty());
    let timezone = TimeZone::get(directory.timezone_of(person)).unwrap_or(TimeZone::UTC);
    Context {
        now: now.to_zoned(timezone),
        day_first: !language.unwrap_or(&firm.language).eq_ignore_ascii_case("en-US"),
        currency: account.map(|account| account.currency.clone()).unwrap_or_default(),
    }
}

/// Reads a mail again in which cases of several accounts are named, so that the words about each are read as its own
/// account writes dates and amounts.
pub fn read_for_cases(
    text: &str,
    person: &str,
    spoken: Spoken,
    first: &Context,
    cases: &[AddressedCase],
    directory: &Directory,
) -> Spoken {
    let contexts = cases.iter().map(|one| {
        let own = context(person, directory.account(&one.case.account), directory, first.now.timestamp());
        (one.case.number, own)
    });
    let mut items = spoken.items;
    for (number, own) in contexts.filter(|(_, own)| own != first) {
        let again = read(text, &own).items;
        if again.len() != items.len() {
            continue;
        }
        for (item, again) in items.iter_mut().zip(again) {
            if item.target == Target::Case(number) && again.target == item.target {
                *item = again;
            }
        }
    }
    Spoken { items }
}
