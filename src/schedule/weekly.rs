//! The weekly letter to managers: whose is due, and what it says. Pure.

use jiff::civil::{Date, Time, Weekday};
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};

use super::{Hours, LastDigests, Targets};
use crate::case::{Case, Goal, Matter};
use crate::directory::{Account, Directory};
use crate::effect::{ClientWeek, Content, Effect, Letter, Moved, PromiseOfWeek, Seed, Weekly};
use crate::message::{Address, comparable};
use crate::mood::{self, Record, Signal};
use crate::offer::{Offer, sums};

/// When managers get their weekly letter.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct WeeklyHour {
    /// The day of the week; the next working day where that one is a day off.
    pub day: Weekday,
    /// The hour of the day, in the reader's time zone.
    pub hour: Time,
}

impl Default for WeeklyHour {
    fn default() -> Self {
        Self { day: Weekday::Monday, hour: Time::constant(7, 30, 0, 0) }
    }
}

/// A promise: the account's key, the sentence, the day that it names, the case, and whether that is finished.
pub type Promised = (String, String, Date, Option<i64>, Option<bool>);

/// What the weekly letters tell of, loaded from the store.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Weeks {
    /// When the first mail of all came.
    pub first_mail: Option<Timestamp>,
    /// What moves the moods.
    pub record: Record,
    /// All extra work, with the key of its account.
    pub offers: Vec<(Case, Option<Offer>)>,
    /// What was promised: the account's key, the sentence, the day that it names, the case, and whether that is finished.
    pub promises: Vec<Promised>,
    /// Verdicts that somebody put right: when, the account, what was said, and the case.
    pub put_right: Vec<(Timestamp, String, String, Option<i64>)>,
    /// Mails that were not sent: when they were written, the sort of letter, the recipient, why, and the case.
    pub not_sent: Vec<(Timestamp, String, String, String, Option<i64>)>,
}

/// When the firm works, and by when it answers.
#[derive(Debug, Clone, Copy)]
pub struct Times<'a> {
    /// When people work.
    pub hours: &'a Hours,
    /// By when what is due.
    pub targets: &'a Targets,
}

/// How far the course of a mood goes back.
pub const COURSE: SignedDuration = SignedDuration::from_hours(8 * 7 * 24);
/// The longest time that one letter tells of, after a long downtime.
const LONGEST: SignedDuration = SignedDuration::from_hours(5 * 7 * 24);
const A_WEEK: SignedDuration = SignedDuration::from_hours(7 * 24);
/// A mood below this needs somebody, and one that has fallen by so many points.
const LOW: u8 = 45;
const FALL: i32 = 12;

/// The managers: everybody who is alerted about an account, each once.
pub fn managers(directory: &Directory) -> Vec<&Address> {
    let mut managers: Vec<&Address> =
        directory.accounts().iter().filter_map(|account| directory.manager_of(account)).collect();
    managers.sort_by(|a, b| a.address.cmp(&b.address));
    managers.dedup_by(|a, b| a.address == b.address);
    managers
}

/// Who is to get a weekly letter now, and from when on it tells. Who never had one gets the first after a whole week: it is
/// only noted that theirs begins now (none). However long nothing ran, each is due once.
pub fn due_weekly<'a>(
    last: &LastDigests,
    directory: &'a Directory,
    hours: &Hours,
    now: Timestamp,
) -> Vec<(&'a Address, Option<Timestamp>)> {
    let due = |person: &'a Address| {
        let Some(made) = last.get(&person.address) else { return Some((person, None)) };
        let zone = TimeZone::get(directory.timezone_of(&person.address)).unwrap_or(TimeZone::UTC);
        let latest = hours.latest_weekly(&person.address, &zone, now)?;
        let from = (*made).max(now.saturating_sub(LONGEST).unwrap_or(*made));
        (*made < latest).then_some((person, Some(from)))
    };
    managers(directory).into_iter().filter_map(due).collect()
}

/// The next instant at which anybody's weekly letter may be due; none when there are no managers.
pub fn next_weekly_hour(directory: &Directory, hours: &Hours, now: Timestamp) -> Option<Timestamp> {
    let next = |person: &Address| {
        let zone = TimeZone::get(directory.timezone_of(&person.address)).unwrap_or(TimeZone::UTC);
        hours.next_weekly(&person.address, &zone, now)
    };
    managers(directory).into_iter().filter_map(next).min()
}

/// The weekly letters of these people, and the note that they were made.
pub fn weeklies(
    people: &[(&Address, Option<Timestamp>)],
    weeks: &Weeks,
    directory: &Directory,
    firm: &Times<'_>,
    now: Timestamp,
    seed: Seed,
) -> Vec<Effect> {
    let mut effects = Vec::new();
    for (index, (person, from)) in people.iter().enumerate() {
        if let Some(from) = from {
            let mine = |account: &&Account| {
                let manager = directory.manager_of(account);
                manager.is_some_and(|manager| manager.address == person.address)
            };
            let accounts: Vec<_> = directory.accounts().iter().filter(mine).collect();
            let timezone = directory.timezone_of(&person.address);
            let weekly = weekly(&accounts, weeks, directory, firm, timezone, *from, now);
            effects.push(Effect::Send(Letter {
                id: seed.id(index),
                to: (*person).clone(),
                case: None,
                references: Vec::new(),
                at: now,
                content: Content::Weekly(weekly),
            }));
        }
        effects.push(Effect::WeeklyMade { person: person.address.clone(), at: now });
    }
    effects
}

/// What the weekly letter says of these accounts.
pub fn weekly(
    accounts: &[&Account],
    weeks: &Weeks,
    directory: &Directory,
    firm: &Times<'_>,
    timezone: &str,
    from: Timestamp,
    now: Timestamp,
) -> Weekly {
    let signals = weeks.record.signals(directory, now);
    let of = |key: &str| accounts.iter().any(|account| account.key == key);
    // Nothing is known of the time before the first mail.
    let first = weeks.first_mail.unwrap_or(Timestamp::MIN).min(now.saturating_sub(A_WEEK).unwrap_or(now));
    let course = now.saturating_sub(COURSE).unwrap_or(from).min(from).max(first);
    let client = |account: &&Account| {
        let signals = signals.get(&account.key).map_or(&[][..], Vec::as_slice);
        client(account, signals, &weeks.record.cases, directory, firm, (course, from, now))
    };
    let mut clients: Vec<ClientWeek> = accounts.iter().map(client).collect();
    clients.sort_by_key(|client| {
        let unanswered = client.unanswered.iter().map(|(_, since)| *since).min().unwrap_or(Timestamp::MAX);
        (!client.needs, client.change(), client.mood, unanswered, client.name.clone())
    });
    let offers: Vec<_> = weeks.offers.iter().filter(|(case, _)| of(&case.account)).cloned().collect();
    let rate = |key: &str| directory.account(key)?.hour();
    let work = sums(&offers, rate, |at| from <= at && at < now);
    let cases = || weeks.record.cases.iter().filter(|case| of(&case.account));
    let unfinished: Vec<Case> = cases().filter(|case| case.state.unfinished()).cloned().collect();
    let uncovered = directory.gaps(&unfinished, now).into_iter();
    let case_is_theirs = |case: &Option<i64>| case.is_none_or(|case| cases().any(|one| one.number == case));
    Weekly {
        timezone: timezone.to_owned(),
        from,
        until: now,
        work: if work.iter().all(|sum| sum.cases.is_empty()) { Vec::new() } else { work },
        promises: promises(weeks, directory, &of, from, now),
        uncovered: uncovered.filter(|gap| gap.account().is_none_or(&of)).collect(),
        unsure: cases()
            .filter(|case| case.please_check && case.opened_at >= from)
            .map(|case| case.number)
            .collect(),
        put_right: weeks
            .put_right
            .iter()
            .filter(|(at, account, ..)| *at >= from && of(account))
            .map(|(_, _, words, case)| (words.clone(), *case))
            .collect(),
        not_sent: weeks
            .not_sent
            .iter()
            .filter(|(at, _, _, _, case)| *at >= from && case_is_theirs(case))
            .map(|(_, sort, to, why, case)| (sort.clone(), to.clone(), why.clone(), *case))
            .collect(),
        clients,
    }
}

/// What was promised for a day of the week, where the firm is: what is open first.
fn promises(
    weeks: &Weeks,
    directory: &Directory,
    of: &impl Fn(&str) -> bool,
    from: Timestamp,
    now: Timestamp,
) -> Vec<PromiseOfWeek> {
    let zone = TimeZone::get(&directory.firm().timezone).unwrap_or(TimeZone::UTC);
    let day = |at: Timestamp| at.to_zoned(zone.clone()).date();
    let within = day(from)..day(now);
    let due = weeks.promises.iter().filter(|(account, _, due, ..)| within.contains(due) && of(account));
    let promise = |(account, words, due, case, finished): &Promised| {
        let client =
            directory.account(account).map_or_else(|| account.clone(), |account| account.name.clone());
        PromiseOfWeek { client, words: words.clone(), due: *due, case: *case, finished: *finished }
    };
    let mut promises: Vec<_> = due.map(promise).collect();
    promises.sort_by_key(|promise| (promise.finished.is_some_and(|finished| finished), promise.due));
    promises
}

fn client(
    account: &Account,
    signals: &[Signal],
    cases: &[Case],
    directory: &Directory,
    firm: &Times<'_>,
    (course, from, now): (Timestamp, Timestamp, Timestamp),
) -> ClientWeek {
    let moved = || signals.iter().filter(|signal| from <= signal.at && signal.at <= now);
    let worst = moved().filter(|signal| signal.weight < 0.0).min_by(|a, b| a.weight.total_cmp(&b.weight));
    let mut moved_by: Vec<i64> = moved().filter_map(|signal| signal.case).collect();
    moved_by.sort_unstable();
    moved_by.dedup();
    let (mut in_time, mut late, mut unanswered) = (Vec::new(), Vec::new(), Vec::new());
    let expects = |case: &&Case| {
        let matter = matches!(case.kind.matter(), Matter::Dissatisfaction | Matter::Request);
        matter && !case.please_check && case.account == account.key
    };
    for case in cases.iter().filter(expects) {
        let due = answer_due(case, account, directory, firm).unwrap_or(Timestamp::MAX);
        match case.answered_at {
            Some(at) if at >= from && at <= due => in_time.push(case.number),
            Some(at) if at >= from => late.push(case.number),
            None if case.state.unfinished() && due < now => unanswered.push((case.number, case.opened_at)),
            Some(_) | None => {}
        }
    }
    let mood = mood::value(signals, now);
    let before = mood::value(signals, from);
    let fell = i32::from(before) - i32::from(mood);
    let missing = account.sales.is_none() || account.operations.is_none();
    let owners = [&account.sales, &account.operations].into_iter().flatten();
    ClientWeek {
        key: account.key.clone(),
        name: account.name.clone(),
        owners: owners.map(|owner| owner.display().to_owned()).collect(),
        needs: mood < LOW || fell >= FALL || !unanswered.is_empty() || missing,
        mood,
        before,
        course: mood::course(signals, course, now),
        worst: worst.map(|signal| Moved {
            // How sure that was is for `why`.
            words: signal.words.split(" (").next().unwrap_or_default().to_owned(),
            evidence: signal.evidence.clone(),
            case: signal.case,
        }),
        moved_by,
        in_time,
        late,
        unanswered,
    }
}

/// By when a client's matter was to have its first answer from a person; none where nobody works.
fn answer_due(case: &Case, account: &Account, directory: &Directory, firm: &Times<'_>) -> Option<Timestamp> {
    let lead = case.lead_person.as_ref().or(account.owner(case.lead)).or(account.owner(case.lead.partner()));
    let lead = lead.map_or_else(String::new, |lead| comparable(&lead.address));
    let calendar = firm.hours.calendar(&lead, directory);
    let length = firm.targets.length(Goal::Answer, case, &account.tier, &calendar);
    calendar.after(case.opened_at, length)
}
