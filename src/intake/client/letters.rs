//! Who at the firm hears of a client's mail at once: the owners by a notice, the manager by an alert.

use jiff::Timestamp;

use super::Decision;
use super::matters::says_urgent;
use crate::case::{self, Case, Entry, Kind, Matter};
use crate::effect::{Acknowledgement, Alert, CaseFacts, Content, Effect, Letter, Notice, Occasion};
use crate::intake::facts::{case_facts, kind_reason, on_it, thread_root};
use crate::intake::firm::shorten;
use crate::message::Address;
use crate::schedule::Watch;

/// Characters of the client's text in a notice: one screen of a phone.
const EXCERPT: usize = 600;

impl Decision<'_> {
    /// Whether the owners hear of it now, and not only in the digest. What is unsure waits for the digest.
    pub(super) fn at_once(&self, case: &Case) -> bool {
        if case.please_check {
            return false;
        }
        let urgent = || says_urgent(self.sender.words(self.mail.message));
        case::is_told_at_once(case.kind, case.severity) || case.kind.matter() == Matter::Request && urgent()
    }

    /// Why a manager is alerted, if one is: only for what is sure.
    pub(super) fn alert_reason(&self, old: Option<&Case>, case: &Case) -> Option<String> {
        if case.please_check || case.probability < self.policy.thresholds.alert {
            return None;
        }
        // The case at hand may be one of those that the store counted.
        let counted = old.is_some_and(|old| old.kind == Kind::Complaint && old.severity >= 2);
        let others = self.known.recent_complaints.saturating_sub(u32::from(counted));
        match (case.kind, case.severity) {
            (kind, severity) if let Some(reason) = case::alert_reason(kind, severity) => {
                Some(reason.to_owned())
            }
            (Kind::Complaint, 2) if others >= 2 => {
                Some(format!("it is complaint number {} of this client in thirty days", others + 1))
            }
            _ => None,
        }
    }

    /// A notice to both owners, with the same facts. Returns the addresses that got one.
    pub(super) fn notices(
        &mut self,
        case: &Case,
        occasion: &Occasion,
        acknowledgement: Acknowledgement,
        effects: &mut Vec<Effect>,
    ) -> Vec<String> {
        self.notices_because(case, occasion, acknowledgement, "", &kind_reason(case), effects)
    }

    /// The same, about this offer, and with this reason for the owners to read.
    pub(super) fn notices_because(
        &mut self,
        case: &Case,
        occasion: &Occasion,
        acknowledgement: Acknowledgement,
        offer: &str,
        why: &str,
        effects: &mut Vec<Effect>,
    ) -> Vec<String> {
        let (_, text) = self.sender.words(self.mail.message);
        let excerpt = shorten(text, EXCERPT);
        let scope = match case.kind.matter() {
            Matter::Request => {
                self.account.scope.iter().map(|line| (line.included, line.text.clone())).collect()
            }
            _ => Vec::new(),
        };
        let draft = effects.iter().find_map(|effect| match effect {
            Effect::Draft(letter) if letter.case == Some(case.number) => Some(Box::new(letter.clone())),
            _ => None,
        });
        let nearest = self.mail.scope.filter(|reading| reading.line < scope.len());
        let mut told: Vec<String> = Vec::new();
        let acting = [case.lead, case.lead.partner()]
            .map(|side| (side, self.directory.acting(self.account, side, self.now)));
        let manager = (case.lead, self.directory.standing_in(self.account, self.now));
        for (side, person) in acting.into_iter().chain([manager]) {
            let Some(person) = person.filter(|person| !told.contains(&person.address)) else {
                continue;
            };
            told.push(person.address.clone());
            let person = person.clone();
            let notice = Notice {
                facts: self.timed_facts(case, why.to_owned()),
                your_side: side,
                timezone: self.directory.timezone_of(&person.address).to_owned(),
                occasion: occasion.clone(),
                offer: offer.to_owned(),
                written_at: self.written_at(),
                excerpt: excerpt.clone(),
                history: self.past(),
                scope: Vec::clone(&scope),
                nearest,
                acknowledgement,
                draft: draft.clone(),
            };
            effects.push(Effect::Send(self.letter(case, person, Content::Notice(notice))));
        }
        told
    }

    /// An alert to the manager, while there is room for it in the week. Returns whether the manager knows.
    pub(super) fn alert(
        &mut self,
        case: &Case,
        because: String,
        told: &[String],
        effects: &mut Vec<Effect>,
    ) -> bool {
        let Some(manager) = self.sender.manager.cloned() else {
            return false;
        };
        if told.contains(&manager.address) {
            return true; // who owns the account has the notice already
        }
        let known = self.known;
        if let Err(reason) =
            self.policy.room_for_alert(case, known.alerts_this_week, &known.alerted, self.now)
        {
            let what = format!("kept an alert to {} for the digest", manager.display());
            let why = format!("{because}; {reason}");
            let entry = Entry { at: self.now, who: "Pairdesk".to_owned(), what, why };
            effects.push(Effect::Record { case: case.number, entry });
            return false;
        }
        let watch = Watch::new(self.policy, self.directory, self.now);
        let alert = Alert {
            facts: self.timed_facts(case, kind_reason(case)),
            on_it: on_it(case, self.directory, self.now),
            next: watch.ahead(&Case { told_at: Some(self.now), ..case.clone() }),
            timezone: self.directory.timezone_of(&manager.address).to_owned(),
            written_at: self.written_at(),
            because: because.clone(),
            history: self.past(),
        };
        let what = format!("alerted {}", manager.display());
        effects.push(Effect::Record {
            case: case.number,
            entry: Entry { at: self.now, who: "Pairdesk".to_owned(), what, why: because },
        });
        effects.push(Effect::Send(self.letter(case, manager, Content::Alert(alert))));
        true
    }

    /// The facts of a case, with what is due of it.
    fn timed_facts(&self, case: &Case, why: String) -> CaseFacts {
        // They are told of it now, and have the whole time from now on.
        let told = Case { told_at: Some(self.now), ..case.clone() };
        let due = Watch::new(self.policy, self.directory, self.now).due(&told);
        CaseFacts { due, ..case_facts(case, self.directory, self.now, why) }
    }

    /// The names of those who act for the account, the lead first.
    pub(super) fn owners(&self, case: &Case) -> Vec<String> {
        let sides = [case.lead, case.lead.partner()].into_iter();
        let acting = sides.filter_map(|side| self.directory.acting(self.account, side, self.now));
        acting.map(|owner| owner.display().to_owned()).collect()
    }

    /// When the client wrote the mail at hand; a Date in the future counts as now.
    pub(super) fn written_at(&self) -> Timestamp {
        self.mail.message.date.filter(|date| *date <= self.now).unwrap_or(self.now)
    }

    fn letter(&mut self, case: &Case, to: Address, content: Content) -> Letter {
        Letter {
            id: self.letter_id(),
            to,
            case: Some(case.number),
            references: vec![thread_root(case, self.directory)],
            at: self.now,
            content,
        }
    }

    /// How it came to this: the last mails of the conversation, and what owners did about its cases, three lines.
    fn past(&self) -> Vec<Entry> {
        let Some(conversation) = &self.known.conversation else { return Vec::new() };
        let mails = conversation.last_mails.iter().map(|mail| Entry {
            at: mail.at,
            who: mail.from.split('<').next().unwrap_or_default().trim().to_owned(),
            what: shorten(&mail.excerpt, 90),
            why: String::new(),
        });
        let mut past: Vec<Entry> = mails.chain(conversation.last_done.iter().cloned()).collect();
        past.sort_by_key(|entry| entry.at);
        past.split_off(past.len().saturating_sub(3))
    }
}
