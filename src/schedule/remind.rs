//! Reminders: what is overdue comes to the lead, then to the partner, then to the manager. Pure.

use std::collections::{BTreeMap, HashMap};

use jiff::{SignedDuration, Timestamp};

use super::Watch;
use crate::case::{Case, Entry, Goal, Matter, Reminded, Step};
use crate::directory::Directory;
use crate::effect::{Acknowledgement, Alert, Content, Digest, Due, Effect, Letter, Notice, Occasion, Seed};
use crate::intake::{Alerted, Policy, case_facts, gravity, kind_reason, on_it, thread_root};
use crate::message::Address;

/// How many single mails somebody gets within this time; what is more comes as one list after it, and managers read it in
/// the digest.
const SINGLY: usize = 3;
const WITHIN: SignedDuration = SignedDuration::from_hours(1);

/// What bears on reminders, loaded from the store.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Pending {
    /// The unfinished cases, oldest first.
    pub cases: Vec<Case>,
    /// The history of those cases that are dissatisfaction, and the last lines of the others; oldest first.
    pub history: HashMap<i64, Vec<Entry>>,
    /// How many alerts each person got in the last seven days, by address.
    pub alerts: HashMap<String, u32>,
    /// Of which cases managers were alerted lately.
    pub alerted: Vec<Alerted>,
}

/// One reminder that is due.
struct Reminder<'a> {
    case: &'a Case,
    due: Due,
    reminded: Reminded,
    person: Address,
}

/// What is overdue comes to whoever is to be reminded of it now.
pub fn remind(
    pending: &Pending,
    directory: &Directory,
    policy: &Policy,
    now: Timestamp,
    seed: Seed,
) -> Vec<Effect> {
    let watch = Watch::new(policy, directory, now);
    let mut work = Work { watch, directory, policy, pending, now, seed, letters: 0, effects: Vec::new() };
    let mut owners: BTreeMap<String, Vec<Reminder<'_>>> = BTreeMap::new();
    let mut managers: Vec<Reminder<'_>> = Vec::new();
    for case in &pending.cases {
        if let Some(called) = work.call_in(case) {
            work.effects.extend(called);
            continue;
        }
        let Some((reminded, person)) = work.watch.reminder(case) else { continue };
        let Some(due) = work.watch.due(case) else { continue };
        let one = Reminder { case, due, reminded, person };
        match reminded.step {
            Step::Manager => managers.push(one),
            Step::Lead | Step::Partner => {
                owners.entry(one.person.address.clone()).or_default().push(one);
            }
        }
    }
    for (person, reminders) in owners {
        let lately = work.lately(&person);
        if lately == 0 || lately + reminders.len() <= SINGLY {
            work.owner(reminders);
        }
    }
    // The gravest first: the budget may end before the others.
    managers.sort_by_key(|one| (std::cmp::Reverse(gravity(one.case)), one.case.asked_at()));
    work.managers(&managers);
    work.effects
}

/// The work of one tick.
pub(super) struct Work<'a> {
    pub(super) watch: Watch<'a>,
    pub(super) directory: &'a Directory,
    policy: &'a Policy,
    pub(super) pending: &'a Pending,
    pub(super) now: Timestamp,
    seed: Seed,
    letters: usize,
    effects: Vec<Effect>,
}

impl Work<'_> {
    /// Of how many cases an owner was reminded just now.
    fn lately(&self, person: &str) -> usize {
        let fresh = |last: &Reminded| self.now.duration_since(last.at) < WITHIN;
        let of_person = |case: &&Case| {
            let last = case.clock.reminded.filter(fresh);
            last.and_then(|last| self.watch.who(case, last.step)).is_some_and(|who| who.address == person)
        };
        self.pending.cases.iter().filter(of_person).count()
    }

    /// Reminds one owner: of few cases by a notice each, of more by one list.
    fn owner(&mut self, mut reminders: Vec<Reminder<'_>>) {
        let listed = reminders.len() > SINGLY;
        reminders.sort_by_key(|one| (std::cmp::Reverse(gravity(one.case)), one.case.asked_at()));
        let mut overdue = Vec::new();
        for one in &reminders {
            let mut case = one.case.clone();
            case.clock.reminded = Some(one.reminded);
            self.effects.push(Effect::ChangeCase(case));
            self.record(
                one.case.number,
                format!("reminded {}", one.person.display()),
                why(&one.due, self.directory),
            );
            if listed {
                let mut facts = case_facts(one.case, self.directory, self.now, kind_reason(one.case));
                facts.due = Some(one.due.clone());
                overdue.push(facts);
            } else {
                let occasion = Occasion::Overdue { goal: one.due.goal, waited: one.due.waited.clone() };
                let letter =
                    self.notice(one.case, &one.person, one.reminded.step, Some(one.due.clone()), occasion);
                self.effects.push(Effect::Send(letter));
            }
        }
        if let (true, Some(first)) = (listed, reminders.first()) {
            let timezone = self.directory.timezone_of(&first.person.address).to_owned();
            let digest = Digest { timezone, overdue, ..Digest::default() };
            let letter = self.letter(first.person.clone(), None, Vec::new(), Content::Digest(digest));
            self.effects.push(Effect::Send(letter));
        }
    }

    /// Alerts managers while there is room; the rest stands in their digest.
    fn managers(&mut self, reminders: &[Reminder<'_>]) {
        let mut sent = self.pending.alerts.clone();
        let mut alerted = self.pending.alerted.clone();
        let mut now_sent: HashMap<String, usize> = HashMap::new();
        for one in reminders {
            let (address, case) = (&one.person.address, one.case);
            let because = because(&one.due);
            let count = sent.entry(address.clone()).or_default();
            let this_time = now_sent.entry(address.clone()).or_default();
            let room = self.policy.room_for_alert(case, *count, &alerted, self.now);
            let room = if *this_time < SINGLY { room } else { Err("there are several at once".to_owned()) };
            let mut changed = case.clone();
            changed.clock.reminded = Some(one.reminded);
            match room {
                Ok(()) => {
                    (*count, *this_time) = (*count + 1, *this_time + 1);
                    changed.alerted_at = Some(self.now);
                    alerted.push(Alerted::of(&changed, self.now));
                    self.effects.push(Effect::ChangeCase(changed.clone()));
                    self.record(case.number, format!("alerted {}", one.person.display()), because.clone());
                    let letter = self.alert(&changed, one, because);
                    self.effects.push(Effect::Send(letter));
                }
                Err(reason) => {
                    changed.clock.held_at = Some(self.now);
                    self.effects.push(Effect::ChangeCase(changed));
                    let what = format!("kept an alert to {} for the digest", one.person.display());
                    self.record(case.number, what, format!("{because}; {reason}"));
                }
            }
        }
    }

    fn alert(&mut self, case: &Case, one: &Reminder<'_>, because: String) -> Letter {
        let mut facts = case_facts(case, self.directory, self.now, kind_reason(case));
        facts.due = Some(one.due.clone());
        let alert = Alert {
            facts,
            timezone: self.directory.timezone_of(&one.person.address).to_owned(),
            written_at: case.asked_at(),
            because,
            history: self.last_lines(case),
            on_it: on_it(case, self.directory, self.now),
            next: self.watch.ahead(case),
        };
        let root = thread_root(case, self.directory);
        self.letter(one.person.clone(), Some(case.number), vec![root], Content::Alert(alert))
    }

    pub(super) fn notice(
        &mut self,
        case: &Case,
        to: &Address,
        step: Step,
        due: Option<Due>,
        occasion: Occasion,
    ) -> Letter {
        let scope = self.directory.account(&case.account).filter(|_| case.kind.matter() == Matter::Request);
        let scope = scope.into_iter().flat_map(|account| &account.scope);
        let mut facts = case_facts(case, self.directory, self.now, kind_reason(case));
        facts.due = due;
        let notice = Notice {
            facts,
            your_side: if step == Step::Lead { case.lead } else { case.lead.partner() },
            timezone: self.directory.timezone_of(&to.address).to_owned(),
            occasion,
            offer: String::new(),
            written_at: case.asked_at(),
            excerpt: String::new(),
            history: self.last_lines(case),
            scope: scope.map(|line| (line.included, line.text.clone())).collect(),
            nearest: None,
            acknowledgement: Acknowledgement::None,
            draft: None,
        };
        let root = thread_root(case, self.directory);
        self.letter(to.clone(), Some(case.number), vec![root], Content::Notice(notice))
    }

    pub(super) fn record(&mut self, case: i64, what: String, why: String) {
        let entry = Entry { at: self.now, who: "Pairdesk".to_owned(), what, why };
        self.effects.push(Effect::Record { case, entry });
    }

    fn letter(
        &mut self,
        to: Address,
        case: Option<i64>,
        references: Vec<String>,
        content: Content,
    ) -> Letter {
        self.letters += 1;
        Letter { id: self.seed.id(self.letters), to, case, references, at: self.now, content }
    }

    /// What people did about a case, the last three lines.
    fn last_lines(&self, case: &Case) -> Vec<Entry> {
        let lines = self.pending.history.get(&case.number).map_or(&[][..], Vec::as_slice);
        let mut lines: Vec<_> = lines.iter().filter(|entry| entry.who != "Pairdesk").cloned().collect();
        lines.split_off(lines.len().saturating_sub(3))
    }
}

/// Why somebody is reminded: "an answer was due 2026-03-10 09:30".
fn why(due: &Due, directory: &Directory) -> String {
    let zone = jiff::tz::TimeZone::get(&directory.firm().timezone).unwrap_or(jiff::tz::TimeZone::UTC);
    let at = due.at.to_zoned(zone).strftime("%Y-%m-%d %H:%M").to_string();
    match due.goal {
        Goal::Answer => format!("an answer to the client was due {at}"),
        Goal::Resolution => format!("it was to be settled by {at}"),
    }
}

/// Why a manager hears of it.
fn because(due: &Due) -> String {
    match due.goal {
        Goal::Answer => format!("the client has had no answer for {}", due.waited),
        Goal::Resolution => format!("it has not been settled for {}", due.waited),
    }
}
