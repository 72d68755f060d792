//! What owners promise clients is written down with its day, so that it is called in before it lapses.

use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;

use super::{Mail, Policy};
use crate::case::Case;
use crate::classify::StaffLabel;
use crate::day;
use crate::directory::{Account, Directory, Who};
use crate::effect::{Commitment, Effect};
use crate::message::{Address, Message, comparable};

/// Whether the words of a mail are read for what an owner says to a client.
pub fn heeded(message: &Message, directory: &Directory) -> bool {
    let owner =
        |from: &Address| message.automatic.is_none() && matches!(directory.who(&from.address), Who::Owner(_));
    message.from.as_ref().is_some_and(owner) && super::firm::recipient_account(message, directory).is_some()
}

/// The promise in an owner's mail to a client. `cases` are those of the conversation and the account. One of a mail that
/// lay there before the first start counts only while its day is to come.
pub(super) fn made(
    mail: &Mail<'_>,
    person: &Address,
    account: &Account,
    cases: &[Case],
    directory: &Directory,
    policy: &Policy,
    now: Timestamp,
) -> Option<Effect> {
    let found = mail.staff.iter().find(|finding| finding.label == StaffLabel::Commitment)?;
    if found.probability < policy.thresholds.open_case {
        return None;
    }
    let zone = TimeZone::get(&directory.firm().timezone).unwrap_or(TimeZone::UTC);
    // A Date in the future counts as now.
    let at = mail.message.date.filter(|date| *date <= now).unwrap_or(now);
    let due = promised_day(&found.evidence, account, directory, at, &zone);
    if mail.backlog && due.is_none_or(|due| due < now.to_zoned(zone).date()) {
        return None;
    }
    Some(Effect::Committed(Commitment {
        account: account.key.clone(),
        case: cases.iter().rev().find(|case| case.state.unfinished()).map(|case| case.number),
        by: comparable(&person.address),
        words: found.evidence.clone(),
        due,
        at,
    }))
}

/// The day that a promise names, as the account writes days.
fn promised_day(
    words: &str,
    account: &Account,
    directory: &Directory,
    at: Timestamp,
    zone: &TimeZone,
) -> Option<Date> {
    let language = Some(&account.language).filter(|language| !language.is_empty());
    let day_first = !language.unwrap_or(&directory.firm().language).eq_ignore_ascii_case("en-US");
    day::find(words, day::Context { now: &at.to_zoned(zone.clone()), day_first })
}
