//! The clock of one case as it stands: what is due, whether it is overdue, and who is reminded when.

use jiff::Timestamp;

use super::target::{Targets, running};
use super::working::{Calendar, words};
use super::{Agenda, Hours, Running, WorkingTime};
use crate::case::{Case, Goal, Kind, Reminded, Side, Step};
use crate::directory::{Account, Directory};
use crate::effect::{Due, NextStep};
use crate::intake::Policy;
use crate::message::Address;

/// All that the clock of a case may know beside the case.
#[derive(Debug, Clone, Copy)]
pub struct Watch<'a> {
    targets: &'a Targets,
    hours: &'a Hours,
    directory: &'a Directory,
    now: Timestamp,
}

impl<'a> Watch<'a> {
    /// The clock of a firm's cases, now.
    pub fn new(policy: &'a Policy, directory: &'a Directory, now: Timestamp) -> Self {
        Self { targets: &policy.targets, hours: &policy.hours, directory, now }
    }

    /// By when what is due of a case; none where its clock stands still, or where nobody works within a year.
    pub fn due(&self, case: &Case) -> Option<Due> {
        let running = running(case)?;
        let calendar = self.calendar_of(case);
        let at = self.at(case, running, &calendar)?;
        let late = calendar.between(at, self.now);
        Some(Due {
            goal: running.goal,
            at,
            overdue: (at <= self.now).then(|| words(late, &calendar)),
            waited: words(calendar.between(running.since, self.now), &calendar),
        })
    }

    /// Whether something of a case is overdue.
    pub fn is_overdue(&self, case: &Case) -> bool {
        let due = running(case).and_then(|running| self.at(case, running, &self.calendar_of(case)));
        due.is_some_and(|at| at <= self.now)
    }

    /// Who is reminded of a case from here on, and when: of the lead, the partner and the manager those who are here and
    /// have not been reminded. Of little things no manager hears.
    pub fn ahead(&self, case: &Case) -> Vec<NextStep> {
        let Some(running) = running(case) else { return Vec::new() };
        let calendar = self.calendar_of(case);
        let gap = calendar.length(self.targets.escalate_after);
        let last = last_reminder(case, running);
        let mut next = match last {
            Some(last) => calendar.after(last.at, gap),
            None => self.at(case, running, &calendar),
        };
        let mut ahead = Vec::new();
        for (step, person) in self.chain(case) {
            if last.is_some_and(|last| step <= last.step) {
                continue;
            }
            let Some(at) = next else { break };
            ahead.push(NextStep { step, person, at });
            next = calendar.after(at, gap);
        }
        ahead
    }

    /// What a case is a reminder of now, and for whom: the furthest that is reached, so that after a downtime there is one.
    /// None while whoever it is for does not work.
    pub(super) fn reminder(&self, case: &Case) -> Option<(Reminded, Address)> {
        let running = running(case)?;
        // Of most cases nothing is due, which is seen without a calendar: working time passes no faster than time.
        let too_early = if let Some(last) = last_reminder(case, running) {
            let passed = self.now.duration_since(last.at);
            last.step >= furthest(case) || passed < self.targets.escalate_after.rest
        } else {
            let target = self.targets.target(running.goal, case);
            let factor = self.targets.factor(self.account(case).map_or("", |account| account.tier.as_str()));
            self.now.duration_since(running.from) < target.rest.mul_f64(factor)
        };
        if too_early {
            return None;
        }
        let reached = self.ahead(case).into_iter().take_while(|next| next.at <= self.now).last()?;
        let works = self.hours.calendar(&reached.person.address, self.directory).works(self.now);
        works.then_some((Reminded { goal: running.goal, step: reached.step, at: self.now }, reached.person))
    }

    /// The working time of an account's person of a side since an instant, in words, once it is so much.
    pub(super) fn worked(&self, person: &Address, since: Timestamp, days: u32) -> Option<String> {
        let calendar = self.hours.calendar(&person.address, self.directory);
        let worked = calendar.between(since, self.now);
        let enough = calendar.length(WorkingTime::days(days));
        (worked >= enough).then(|| words(worked, &calendar))
    }

    fn at(&self, case: &Case, running: Running, calendar: &Calendar<'_>) -> Option<Timestamp> {
        let tier = self.account(case).map_or("", |account| account.tier.as_str());
        calendar.after(running.from, self.targets.length(running.goal, case, tier, calendar))
    }

    fn account(&self, case: &Case) -> Option<&'a Account> {
        self.directory.account(&case.account)
    }

    /// When whoever leads works, or else whoever is nearest to it.
    fn calendar_of(&self, case: &Case) -> Calendar<'a> {
        let account = self.account(case);
        let acting = |side: Side| account.and_then(|account| self.directory.acting(account, side, self.now));
        let manager = || account.and_then(|account| self.directory.manager_of(account));
        let lead = case.lead_person.as_ref().or_else(|| acting(case.lead));
        let lead = lead.or_else(|| acting(case.lead.partner())).or_else(manager);
        self.hours.calendar(lead.map_or("", |lead| lead.address.as_str()), self.directory)
    }

    /// Who is reminded of a case at a step; nobody who is away.
    pub(super) fn who<'c>(&self, case: &'c Case, step: Step) -> Option<&'c Address>
    where
        'a: 'c,
    {
        let account = self.account(case)?;
        let is_here = |person: &&Address| self.directory.away(&person.address, self.now).is_none();
        match step {
            Step::Lead => {
                let named = case.lead_person.as_ref().filter(is_here);
                named.or_else(|| self.directory.here(account, case.lead, self.now))
            }
            Step::Partner => self.directory.here(account, case.lead.partner(), self.now),
            Step::Manager => {
                let managers = [self.directory.manager_of(account), self.directory.firm().manager.as_ref()];
                managers.into_iter().flatten().find(is_here)
            }
        }
    }

    /// Who is to be reminded, one after the other, each person once; whoever is away is passed over.
    fn chain(&self, case: &Case) -> Vec<(Step, Address)> {
        let mut chain: Vec<(Step, Address)> = Vec::new();
        for step in [Step::Lead, Step::Partner, Step::Manager] {
            let quiet = step == Step::Manager && case.clock.quiet;
            let person = self.who(case, step).filter(|_| step <= furthest(case) && !quiet);
            if let Some(person) =
                person.filter(|one| chain.iter().all(|(_, other)| other.address != one.address))
            {
                chain.push((step, person.clone()));
            }
        }
        chain
    }
}

impl Agenda {
    /// The same, with what is due of its cases.
    #[must_use]
    pub fn timed(mut self, policy: &Policy, directory: &Directory, now: Timestamp) -> Self {
        let watch = Watch::new(policy, directory, now);
        self.due = self.cases.iter().filter_map(|case| Some((case.number, watch.due(case)?))).collect();
        self
    }
}

/// The last reminder of what the clock runs towards; one from before it began to run anew is forgotten.
fn last_reminder(case: &Case, running: Running) -> Option<Reminded> {
    case.clock.reminded.filter(|last| last.goal == running.goal && last.at >= running.from)
}

/// Who hears of a case at the most (the table of cases): of what is unsure the lead alone, of small things no manager.
fn furthest(case: &Case) -> Step {
    match case.kind {
        _ if case.please_check => Step::Lead,
        Kind::Complaint | Kind::PromiseGap if case.severity < 2 => Step::Partner,
        Kind::Opportunity | Kind::Praise => Step::Partner,
        _ => Step::Manager,
    }
}

/// Whether a goal of a case was reached in time; none while that is not known.
pub fn in_time(
    case: &Case,
    goal: Goal,
    policy: &Policy,
    directory: &Directory,
    now: Timestamp,
) -> Option<bool> {
    let watch = Watch::new(policy, directory, now);
    let calendar = watch.calendar_of(case);
    let since = case.asked_at();
    let from = match goal {
        Goal::Answer => since,
        Goal::Resolution => case.answered_at.into_iter().fold(since, Timestamp::max),
    };
    let running = Running { goal, since, from };
    let due = watch.at(case, running, &calendar)?;
    let reached = match goal {
        Goal::Answer => case.answered_at.filter(|_| case.is_answered()),
        Goal::Resolution => (!case.state.unfinished()).then_some(case.changed_at),
    };
    match reached {
        Some(at) => Some(at <= due),
        None => (due < now).then_some(false),
    }
}
