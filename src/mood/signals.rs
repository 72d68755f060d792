//! Signals from what is kept of an account: its mails as they were read, its cases, and who answered.

use std::collections::{BTreeMap, HashMap};

use jiff::civil::Weekday;
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};

use super::Signal;
use crate::case::{Case, Kind, Matter, Side};
use crate::directory::Directory;

/// What is kept of accounts, as far back as it moves their mood.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Record {
    /// Clients' mails that say something, oldest first.
    pub heard: Vec<Heard>,
    /// The cases, oldest first.
    pub cases: Vec<Case>,
    /// What the firm's people and the client did about cases, oldest first.
    pub acts: Vec<Act>,
}

/// A client's mail, as it was read or as somebody put it right.
#[derive(Debug, Clone, PartialEq)]
pub struct Heard {
    /// The mail's number.
    pub mail: i64,
    /// The key of the account.
    pub account: String,
    /// When it came.
    pub at: Timestamp,
    /// Who wrote it.
    pub from: String,
    /// The subject as written.
    pub subject: String,
    /// Its first case.
    pub case: Option<i64>,
    /// 0 to 3.
    pub severity: u8,
    /// The labels that count: each with its probability, and the sentence that shows it.
    pub found: Vec<(Kind, f64, String)>,
    /// Whether a person said what the labels are.
    pub corrected: bool,
}

/// What somebody did about a case, other than this program.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Act {
    /// The case's number.
    pub case: i64,
    /// When.
    pub at: Timestamp,
    /// Who, by name.
    pub who: String,
    /// What.
    pub did: Did,
}

/// What somebody did about a case.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Did {
    /// One of the firm's people wrote to the client.
    Answered,
    /// The client said that it is settled.
    Settled,
    /// The client said that it is not.
    NotSettled,
    /// Anything else.
    Other,
}

/// The points that a dissatisfaction takes: never more than a graver one of the same kind, or a surer one. `severity` is
/// 0 to 3.
pub fn displeasure(kind: Kind, severity: u8, probability: f64) -> f64 {
    let points = [3.0, 6.0, 13.0, 24.0][usize::from(severity.min(3))];
    let more = match kind {
        Kind::Complaint => 0.0,
        Kind::PromiseGap => 2.0,
        Kind::ChurnRisk => 8.0,
        Kind::ExtraWork | Kind::Opportunity | Kind::Commercial | Kind::Praise => return 0.0,
    };
    -(points + more) * probability.clamp(0.0, 1.0)
}

/// The points that a kindness gives.
pub fn pleasure(kind: Kind, probability: f64) -> f64 {
    let points = match kind {
        Kind::Praise => 8.0,
        Kind::Opportunity => 3.0,
        _ => 0.0,
    };
    points * probability.clamp(0.0, 1.0)
}

/// What each working day without an answer takes, and how many of them count.
const UNANSWERED: (f64, usize) = (-2.0, 5);
/// From so many answers of operations on, without any act of sales, a conflict is carried alone (P10); what each takes.
const ALONE: (usize, f64) = (3, -3.0);

/// What a client's answer to "is it settled?" gives or takes.
const SETTLED: (f64, &str) = (6.0, "says that it is settled");
const NOT_SETTLED: (f64, &str) = (-8.0, "says that it is not settled");

const A_DAY: SignedDuration = SignedDuration::from_hours(24);

impl Record {
    /// The signals of each account that has some, by its key.
    pub fn signals(&self, directory: &Directory, now: Timestamp) -> BTreeMap<String, Vec<Signal>> {
        let mut signals: BTreeMap<String, Vec<Signal>> = BTreeMap::new();
        for heard in &self.heard {
            signals.entry(heard.account.clone()).or_default().extend(said(heard));
        }
        let mut acts: HashMap<i64, Vec<&Act>> = HashMap::new();
        for act in &self.acts {
            acts.entry(act.case).or_default().push(act);
        }
        let unhappy = self.cases.iter().filter(|case| case.kind.matter() == Matter::Dissatisfaction);
        for case in unhappy.filter(|case| !case.please_check) {
            let of = signals.entry(case.account.clone()).or_default();
            of.extend(unanswered(case, directory, now));
            let acts = acts.get(&case.number).map_or(&[][..], Vec::as_slice);
            of.extend(acts.iter().filter_map(|act| settled(act)));
            of.extend(alone(case, acts, directory));
        }
        signals.retain(|_, of| !of.is_empty());
        signals
    }
}

/// What operations has written to the client of a case that sales had no part in.
fn alone(case: &Case, acts: &[&Act], directory: &Directory) -> Vec<Signal> {
    let Some(account) = directory.account(&case.account) else { return Vec::new() };
    let is = |side: Side, name: &str| {
        let people = [account.owner(side), account.deputy(side)].into_iter().flatten();
        people.into_iter().any(|person| person.display() == name)
    };
    if acts.iter().any(|act| is(Side::Sales, &act.who)) {
        return Vec::new();
    }
    let carried = acts.iter().filter(|act| act.did == Did::Answered && is(Side::Operations, &act.who));
    let signal = |(place, answer): (usize, &&Act)| Signal {
        at: answer.at,
        weight: ALONE.1,
        words: format!("operations answered alone for the {} time", ordinal(place + 1)),
        evidence: String::new(),
        mail: None,
        case: Some(case.number),
    };
    carried.enumerate().skip(ALONE.0 - 1).map(signal).collect()
}

/// What a mail says, as one signal.
fn said(heard: &Heard) -> Option<Signal> {
    let worst = heard
        .found
        .iter()
        .map(|(kind, p, evidence)| (displeasure(*kind, heard.severity, *p), (*kind, *p, evidence)));
    let worst = worst.filter(|(points, _)| *points < 0.0).min_by(|a, b| a.0.total_cmp(&b.0));
    let best = heard.found.iter().map(|(kind, p, evidence)| (pleasure(*kind, *p), (*kind, *p, evidence)));
    let best = best.filter(|(points, _)| *points > 0.0).max_by(|a, b| a.0.total_cmp(&b.0));
    let weight = worst.map_or(0.0, |(points, _)| points) + best.map_or(0.0, |(points, _)| points);
    let percent = |probability: f64| format!("{:.0} %", probability * 100.0);
    let words = |(kind, probability, _): (Kind, f64, _)| {
        let degree = match (kind.matter(), heard.severity) {
            (Matter::Dissatisfaction, 1) => "mild ",
            (Matter::Dissatisfaction, 2) => "clear ",
            (Matter::Dissatisfaction, 3..) => "severe ",
            _ => "",
        };
        let sure = if heard.corrected { "put right".to_owned() } else { percent(probability) };
        format!("{degree}{} ({sure})", kind.words())
    };
    let found = [worst, best];
    let mut shown = found.iter().flatten().map(|(_, found)| *found);
    let first = shown.next()?;
    let second = shown.next().map(|found| format!(" and {}", words(found)));
    Some(Signal {
        at: heard.at,
        weight,
        words: format!("{}{}", words(first), second.unwrap_or_default()),
        evidence: first.2.clone(),
        mail: Some((heard.mail, heard.from.clone(), heard.subject.clone())),
        case: heard.case,
    })
}

/// What the client said when asked whether it is settled.
fn settled(act: &Act) -> Option<Signal> {
    let (weight, words) = match act.did {
        Did::Settled => SETTLED,
        Did::NotSettled => NOT_SETTLED,
        Did::Answered | Did::Other => return None,
    };
    Some(Signal {
        at: act.at,
        weight,
        words: words.to_owned(),
        evidence: String::new(),
        mail: None,
        case: Some(act.case),
    })
}

/// The working days that a dissatisfied client has waited for a first answer.
fn unanswered(case: &Case, directory: &Directory, now: Timestamp) -> Vec<Signal> {
    let ended = if case.state.unfinished() { now } else { case.changed_at };
    let until = case.answered_at.unwrap_or(now).min(ended).min(now);
    let zone = TimeZone::get(&directory.firm().timezone).unwrap_or(TimeZone::UTC);
    let days = std::iter::successors(Some(case.opened_at), |at| at.checked_add(A_DAY).ok());
    // A day that ends on a weekend's day was none of work.
    let works = |at: &Timestamp| {
        let day = at.to_zoned(zone.clone()).weekday();
        !matches!(day, Weekday::Saturday | Weekday::Sunday)
    };
    let waited = days.skip(1).take_while(|at| *at <= until).filter(works).take(UNANSWERED.1);
    let signal = |(place, at): (usize, Timestamp)| Signal {
        at,
        weight: UNANSWERED.0,
        words: match place {
            0 => "no answer for a working day".to_owned(),
            place => format!("no answer for {} working days", place + 1),
        },
        evidence: String::new(),
        mail: None,
        case: Some(case.number),
    };
    waited.enumerate().map(signal).collect()
}

fn ordinal(number: usize) -> String {
    let ending = match (number % 10, number % 100) {
        (1, rest) if rest != 11 => "st",
        (2, rest) if rest != 12 => "nd",
        (3, rest) if rest != 13 => "rd",
        _ => "th",
    };
    format!("{number}{ending}")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::case::State;
    use crate::directory::{Account, Firm};
    use crate::message::Address;

    fn at(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    fn directory() -> Directory {
        let person =
            |name: &str, address: &str| Some(Address { name: name.to_owned(), address: address.to_owned() });
        let account = Account {
            key: "acme".to_owned(),
            sales: person("Kim Vos", "kim@firm.example"),
            operations: person("Lee Park", "lee@firm.example"),
            ..Account::default()
        };
        Directory::new(Firm { timezone: "Europe/Amsterdam".to_owned(), ..Firm::default() }, vec![account])
    }

    /// Opened on a Thursday morning.
    fn case() -> Case {
        Case {
            number: 7,
            account: "acme".to_owned(),
            conversation: 1,
            kind: Kind::Complaint,
            severity: 2,
            probability: 0.9,
            please_check: false,
            lead: Side::Operations,
            state: State::Open,
            subject: "Feed".to_owned(),
            evidence: String::new(),
            client: "Dana <dana@acme.example>".to_owned(),
            opened_at: at("2026-03-12T08:00:00Z"),
            changed_at: at("2026-03-12T08:00:00Z"),
            answered_at: None,
            told_at: None,
            alerted_at: None,
            wakes_at: None,
            lead_person: None,
            taken_by: None,
            clock: crate::case::CaseClock::default(),
        }
    }

    fn heard(severity: u8, found: &[(Kind, f64)]) -> Heard {
        Heard {
            mail: 3,
            account: "acme".to_owned(),
            at: at("2026-03-12T08:00:00Z"),
            from: "Dana".to_owned(),
            subject: "Feed".to_owned(),
            case: Some(7),
            severity,
            found: found.iter().map(|(kind, p)| (*kind, *p, format!("It is {}.", kind.key()))).collect(),
            corrected: false,
        }
    }

    /// In words, and the tenths of points.
    #[expect(clippy::cast_possible_truncation, reason = "a few hundred")]
    fn words(record: &Record, now: &str) -> Vec<(String, i32)> {
        let signals = record.signals(&directory(), at(now));
        let tenths = |signal: &Signal| (signal.weight * 10.0).round() as i32;
        signals.into_values().flatten().map(|signal| (signal.words.clone(), tenths(&signal))).collect()
    }

    #[test]
    fn a_mail_counts_by_its_worst_and_its_best_and_requests_do_not_count() {
        let of =
            |heard: Heard| words(&Record { heard: vec![heard], ..Record::default() }, "2026-03-13T00:00:00Z");
        assert_eq!(of(heard(2, &[(Kind::Complaint, 0.9)])), [("clear complaint (90 %)".to_owned(), -117)]);
        let leaving = of(heard(3, &[(Kind::Complaint, 1.0), (Kind::ChurnRisk, 0.9)]));
        assert_eq!(leaving, [("severe churn risk (90 %)".to_owned(), -288)]);
        let mixed = of(heard(1, &[(Kind::Praise, 0.5), (Kind::Complaint, 0.5)]));
        assert_eq!(mixed, [("mild complaint (50 %) and praise (50 %)".to_owned(), 10)]);
        assert_eq!(of(heard(0, &[(Kind::ExtraWork, 1.0), (Kind::Commercial, 1.0)])), []);
        let put_right = Heard { corrected: true, ..heard(0, &[(Kind::Praise, 1.0)]) };
        assert_eq!(of(put_right), [("praise (put right)".to_owned(), 80)]);
    }

    #[test]
    fn each_working_day_without_an_answer_counts_until_there_is_one() {
        let of = |case: Case, now: &str| words(&Record { cases: vec![case], ..Record::default() }, now);
        assert_eq!(of(case(), "2026-03-13T07:59:00Z"), []);
        // Thursday to Friday is one; Saturday and Sunday are none.
        assert_eq!(of(case(), "2026-03-15T12:00:00Z"), [("no answer for a working day".to_owned(), -20)]);
        let monday = of(case(), "2026-03-16T12:00:00Z");
        assert_eq!(monday.last().unwrap().0, "no answer for 2 working days");
        assert_eq!(of(case(), "2026-09-01T00:00:00Z").len(), 5, "the worst is said by then");
        let answered = Case { answered_at: Some(at("2026-03-13T10:00:00Z")), ..case() };
        assert_eq!(of(answered, "2026-09-01T00:00:00Z").len(), 1);
        let closed = Case { state: State::Closed, ..case() };
        assert_eq!(of(closed, "2026-09-01T00:00:00Z"), []);
        let unsure = Case { please_check: true, ..case() };
        assert_eq!(of(unsure, "2026-09-01T00:00:00Z"), []);
        let request = Case { kind: Kind::ExtraWork, ..case() };
        assert_eq!(of(request, "2026-09-01T00:00:00Z"), []);
    }

    #[test]
    fn what_operations_carries_alone_counts_from_the_third_answer_until_sales_has_a_part() {
        let act = |day: i8, who: &str, did: Did| Act {
            case: 7,
            at: at(&format!("2026-03-{day}T10:00:00Z")),
            who: who.to_owned(),
            did,
        };
        let answered = Case { answered_at: Some(at("2026-03-12T09:00:00Z")), ..case() };
        let of = |acts: Vec<Act>| {
            let record = Record { cases: vec![answered.clone()], acts, ..Record::default() };
            words(&record, "2026-03-30T00:00:00Z")
        };
        let lee = |day| act(day, "Lee Park", Did::Answered);
        let three = vec![lee(13), lee(16), lee(17)];
        assert_eq!(of(three[..2].to_vec()), []);
        let alone = of(three.clone());
        assert_eq!(alone, [("operations answered alone for the 3rd time".to_owned(), -30)]);
        let with = |act: Act| of(three.iter().cloned().chain([act]).collect());
        assert_eq!(with(act(18, "Kim Vos", Did::Other)), [], "sales took it");
        assert_eq!(with(act(18, "Lee Park", Did::Other)).len(), 1, "a note is no answer");
        assert_eq!(with(lee(18)).len(), 2);
        assert_eq!(of(three.iter().map(|one| Act { case: 8, ..one.clone() }).collect()), []);
    }

    #[test]
    fn what_the_client_says_to_the_question_whether_it_is_settled_counts() {
        let said = |did| {
            let act = Act { case: 7, at: at("2026-03-13T06:00:00Z"), who: "Dana".to_owned(), did };
            let case = Case { answered_at: Some(at("2026-03-12T09:00:00Z")), ..case() };
            words(&Record { cases: vec![case], acts: vec![act], ..Record::default() }, "2026-03-14T00:00:00Z")
        };
        assert_eq!(said(Did::Settled), [("says that it is settled".to_owned(), 60)]);
        assert_eq!(said(Did::NotSettled), [("says that it is not settled".to_owned(), -80)]);
        assert_eq!(said(Did::Other), []);
    }
}
