//! Putting a label right: the classifier learns from it, and the case changes its kind or closes.

use super::{AddressedCase, Applying};
use crate::case::{self, Case, Event, Kind, Matter, State};
use crate::command::Item;
use crate::effect::{Corrected, Effect, Outcome};

impl Applying<'_> {
    /// The said kinds are those of the matter of this case; what else its mails raised stays as it is. A case that is of
    /// another matter altogether becomes that, unless the conversation has such a case already; one of none closes.
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
            None => changed.case.undergo(Event::Dropped, now),
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
        let learnt = if one.raised_by.is_empty() { "" } else { " Pairdesk learns from it." };
        let text = format!("It was {before}, and is {after}.{learnt}{}", self.readers(&case));
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

    /// What the case is about by the said kinds; none when it is about nothing of its own.
    fn becomes(&self, case: &Case, kinds: &[Kind]) -> Option<Kind> {
        let own = kinds.iter().copied().filter(|kind| kind.matter() == case.kind.matter());
        let own = own.max_by_key(|kind| case::rank(*kind));
        let taken = |kind: &Kind| {
            let conversation = self.heard.known.conversation.as_ref();
            let others = self.cases.iter().map(|one| &one.case);
            let others = others.chain(conversation.iter().flat_map(|conversation| &conversation.cases));
            let mut others = others.chain(&self.heard.known.addressed.open);
            others.any(|other| {
                other.number != case.number
                    && other.conversation == case.conversation
                    && other.kind.matter() == kind.matter()
            })
        };
        own.or_else(|| kinds.iter().copied().find(|kind| !taken(kind)))
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
