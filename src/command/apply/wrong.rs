//! Putting a label right: the classifier learns from it, and the case changes its kind or closes.

use std::fmt::Write as _;

use super::{AddressedCase, Applying};
use crate::case::{self, Case, CaseClock, Event, Kind, Matter, State};
use crate::command::Item;
use crate::effect::{Acknowledgement, Corrected, Effect, Occasion, Outcome};
use crate::message::{Address, comparable};

impl Applying<'_> {
    /// The said kinds are those of the matter of this case; what else its mails raised stays as it is. A case that is of
    /// another matter altogether becomes that, unless the conversation has such a case already; one of none closes. Each
    /// further matter is a case of its own. Whoever would have heard of it at once, had it come so, hears of it now.
    pub(super) fn wrong(&mut self, number: i64, item: &Item, kinds: &[Kind], severity: Option<u8>) {
        let Some(one) = self.addressed(number).cloned() else { return };
        let severity = severity.map(|severity| severity.min(3));
        self.correct(&one, item, kinds, severity);
        let becomes = self.becomes(&one.case, kinds);
        let now = self.heard.now;
        let Some(changed) = self.change(number) else { return };
        let before = described(&changed.case);
        changed.case.please_check = false;
        match becomes {
            None => {
                // It counts no more among the client's complaints.
                changed.case.severity = 0;
                changed.case.undergo(Event::Dropped, now);
            }
            Some(kind) => rename(&mut changed.case, kind, severity),
        }
        if changed.case.kind == Kind::Praise {
            changed.case.undergo(Event::Dropped, now);
        }
        let case = changed.case.clone();
        let after = match becomes {
            None if kinds.is_empty() => "closed: it is none".to_owned(),
            None => format!("closed: it is {}, which another case has", words(kinds)),
            Some(_) if case.state == State::Closed => format!("closed as {}", described(&case)),
            Some(_) => format!("now {}", described(&case)),
        };
        self.record(number, format!("corrected {before}; {after}"), &item.words);
        if case.state == State::Closed && !one.drafts.is_empty() {
            if let Some(changed) = self.change(number) {
                changed.drafts.clear();
            }
            self.effects.push(Effect::WithdrawDrafts { case: number });
        }
        let mut told = self.raised(number, &one.case);
        let mut also = String::new();
        for kind in self.further(&case, kinds, becomes) {
            let opened = self.open_further(&one, kind, severity, item);
            let _ = write!(also, " #{opened} is opened for the {}.", kind.words());
            for name in self.raised_newly(opened) {
                if !told.contains(&name) {
                    told.push(name);
                }
            }
        }
        let read = match &told[..] {
            [] => self.readers(&case),
            [one] => format!(" {one} reads it now."),
            [others @ .., last] => format!(" {} and {last} read it now.", others.join(", ")),
        };
        let learnt = if one.raised_by.is_empty() { "" } else { " Pairdesk learns from it." };
        let text = format!("It was {before}, and is {after}.{also}{learnt}{read}");
        self.line(Outcome::Done, Some(number), &item.words, text);
    }

    /// The right labels of the mails that made or raised the case.
    fn correct(&mut self, one: &AddressedCase, item: &Item, kinds: &[Kind], severity: Option<u8>) {
        for raised in &one.raised_by {
            let right = |kind: &Kind| kinds.contains(kind) || raised.other_kinds.contains(kind);
            let labels: Vec<Kind> = Kind::ALL.into_iter().filter(right).collect();
            self.effects.push(Effect::Correct(Corrected {
                mail: raised.mail,
                severity: severity.filter(|_| labels.contains(&Kind::Complaint)),
                labels,
                who: self.heard.person.to_string(),
                words: item.words.trim().to_owned(),
            }));
        }
    }

    /// The said kinds of other matters than the case is now, the gravest of each, that no case of the conversation has.
    /// Praise asks nothing of anybody: it is learnt, and no more.
    fn further(&self, case: &Case, kinds: &[Kind], becomes: Option<Kind>) -> Vec<Kind> {
        let mut further: Vec<Kind> = Vec::new();
        let mut kinds: Vec<Kind> = kinds.to_vec();
        kinds.sort_by_key(|kind| std::cmp::Reverse(case::rank(*kind)));
        for kind in kinds.into_iter().filter(|kind| *kind != Kind::Praise) {
            let matter = kind.matter();
            let own = becomes.is_some_and(|becomes| becomes.matter() == matter);
            let listed = further.iter().any(|other| other.matter() == matter);
            if becomes.is_some() && !own && !listed && !self.is_taken(case, kind) {
                further.push(kind);
            }
        }
        further
    }

    /// Opens a case for a further matter of the same mails.
    fn open_further(&mut self, one: &AddressedCase, kind: Kind, severity: Option<u8>, item: &Item) -> i64 {
        let opened = i64::try_from(self.opened.len()).unwrap_or_default();
        let (number, now) = (self.heard.known.next_case + opened, self.heard.now);
        let mut case = Case {
            number,
            state: State::Open,
            probability: 1.0,
            please_check: false,
            severity: 0,
            opened_at: now,
            changed_at: now,
            answered_at: None,
            told_at: None,
            alerted_at: None,
            wakes_at: None,
            lead_person: None,
            taken_by: None,
            clock: CaseClock::default(),
            ..one.case.clone()
        };
        rename(&mut case, kind, severity);
        self.cases.push(AddressedCase {
            case,
            history: Vec::new(),
            recent: Vec::new(),
            meeting: None,
            drafts: Vec::new(),
            offer: None,
            raised_by: one.raised_by.clone(),
            last_mail: one.last_mail.clone(),
        });
        self.opened.push(number);
        self.change(number);
        for raised in &one.raised_by {
            self.effects.push(Effect::Join { case: number, mail: raised.mail });
        }
        self.record(number, format!("opened as {}, beside #{}", kind.words(), one.case.number), &item.words);
        number
    }

    /// Tells those at once who would have been told of a case that has got worse by what was said. Gives their names.
    fn raised(&mut self, number: i64, before: &Case) -> Vec<String> {
        let Some(case) = self.addressed(number).map(|one| one.case.clone()) else { return Vec::new() };
        let worse = case.severity > before.severity
            || case::rank(case.kind) > case::rank(before.kind)
            || case.kind.matter() != before.kind.matter()
            || before.please_check;
        if !worse || !case.state.unfinished() {
            return Vec::new();
        }
        let now = self.heard.now;
        if let Some(one) = self.change(number) {
            one.case.raised(now);
        }
        self.tell_at_once(&case, &Occasion::Raised, &format!("it was {}", described(before)))
    }

    /// The same for a case that is opened.
    fn raised_newly(&mut self, number: i64) -> Vec<String> {
        let Some(case) = self.addressed(number).map(|one| one.case.clone()) else { return Vec::new() };
        self.tell_at_once(&case, &Occasion::New, "it was not seen")
    }

    fn tell_at_once(&mut self, case: &Case, occasion: &Occasion, before: &str) -> Vec<String> {
        let Some(account) = self.account(case) else { return Vec::new() };
        let (directory, now, number) = (self.heard.directory, self.heard.now, case.number);
        let me = comparable(&self.heard.person.address);
        let mut told: Vec<Address> = Vec::new();
        let why = format!("{} says so; {before}", self.heard.person.display());
        if case::is_told_at_once(case.kind, case.severity) {
            for side in [case.lead, case.lead.partner()] {
                let to = directory.acting(account, side, now).filter(|to| comparable(&to.address) != me);
                let Some(to) = to.filter(|to| !told.contains(to)).cloned() else { continue };
                told.push(to.clone());
                let none = Acknowledgement::None;
                self.notice_because(number, to, side, occasion.clone(), none, why.clone());
            }
            if let Some(one) = self.change(number) {
                one.case.told_at = Some(now);
            }
        }
        let manager = directory.manager_of(account).filter(|to| comparable(&to.address) != me);
        let reason = case::alert_reason(case.kind, case.severity);
        if let (Some(manager), Some(because)) = (manager.filter(|to| !told.contains(to)).cloned(), reason) {
            told.push(manager.clone());
            self.alert(number, manager, because, why);
        }
        told.iter().map(|to| to.display().to_owned()).collect()
    }

    /// Whether another case of the conversation is of this matter.
    fn is_taken(&self, case: &Case, kind: Kind) -> bool {
        let conversation = self.heard.known.conversation.as_ref();
        let others = self.cases.iter().map(|one| &one.case);
        let others = others.chain(conversation.iter().flat_map(|conversation| &conversation.cases));
        let mut others = others.chain(&self.heard.known.addressed.open);
        others.any(|other| {
            other.number != case.number
                && other.conversation == case.conversation
                && other.kind.matter() == kind.matter()
        })
    }

    /// What the case is about by the said kinds; none when it is about nothing of its own.
    fn becomes(&self, case: &Case, kinds: &[Kind]) -> Option<Kind> {
        let own = kinds.iter().copied().filter(|kind| kind.matter() == case.kind.matter());
        let own = own.max_by_key(|kind| case::rank(*kind));
        own.or_else(|| kinds.iter().copied().find(|kind| !self.is_taken(case, *kind)))
    }
}

/// Gives a case another kind, with all that hangs on it.
fn rename(case: &mut Case, kind: Kind, severity: Option<u8>) {
    let unhappy = kind.matter() == Matter::Dissatisfaction;
    case.severity = match severity {
        Some(severity) if unhappy => severity,
        // Nobody says how bad it is: mild.
        None if unhappy && kind == Kind::Complaint => case.severity.max(1),
        None if unhappy => case.severity,
        _ => 0,
    };
    case.kind = kind;
    if case.lead_person.is_none() {
        case.lead = case::lead(kind, case.severity);
    }
}

/// "complaint, severity 2".
fn described(case: &Case) -> String {
    match case.severity {
        0 => case.kind.words().to_owned(),
        severity => format!("{}, severity {severity}", case.kind.words()),
    }
}

fn words(kinds: &[Kind]) -> String {
    kinds.iter().map(|kind| kind.words()).collect::<Vec<_>>().join(", ")
}
