//! Telling somebody else of a case at once, for what the person said.

use super::Applying;
use crate::case::{Case, Entry, Matter, Side};
use crate::effect::{Acknowledgement, Alert, CaseFacts, Content, Effect, Notice, Occasion};
use crate::intake::{case_facts, kind_reason, on_it, thread_root};
use crate::message::Address;
use crate::offer::Offer;
use crate::schedule::Watch;

impl Applying<'_> {
    /// Alerts a manager of a case.
    pub(super) fn alert(&mut self, number: i64, manager: Address, because: &str, why: String) {
        let Some(one) = self.change(number) else { return };
        one.case.alerted_at = Some(one.case.changed_at);
        let one = one.clone();
        let told = Case { told_at: Some(self.heard.now), ..one.case.clone() };
        let watch = Watch::new(self.heard.policy, self.heard.directory, self.heard.now);
        let alert = Alert {
            facts: CaseFacts {
                due: watch.due(&told),
                ..case_facts(&one.case, self.heard.directory, self.heard.now, why)
            },
            on_it: on_it(&one.case, self.heard.directory, self.heard.now),
            next: watch.ahead(&told),
            timezone: self.heard.directory.timezone_of(&manager.address).to_owned(),
            written_at: one.last_mail.as_ref().map_or(one.case.opened_at, |mail| mail.at),
            because: because.to_owned(),
            history: one.history.clone(),
        };
        let entry = Entry {
            at: self.heard.now,
            who: "Pairdesk".to_owned(),
            what: format!("alerted {}", manager.display()),
            why: because.to_owned(),
        };
        self.effects.push(Effect::Record { case: number, entry });
        let references = vec![thread_root(&one.case, self.heard.directory)];
        let letter = self.letter(manager, Some(number), references, Content::Alert(alert));
        self.effects.push(Effect::Send(letter));
    }

    /// Sends a notice with the facts of a case, as they stand after what was said so far, and its history.
    pub(super) fn notice(&mut self, number: i64, to: Address, side: Side, occasion: Occasion) {
        let why = self.addressed(number).map(|one| kind_reason(&one.case)).unwrap_or_default();
        self.notice_because(number, to, side, occasion, Acknowledgement::None, why);
    }

    /// The same, with what became of the client's letter, and this reason for the reader.
    pub(super) fn notice_because(
        &mut self,
        number: i64,
        to: Address,
        side: Side,
        occasion: Occasion,
        acknowledgement: Acknowledgement,
        why: String,
    ) {
        let Some(one) = self.addressed(number) else { return };
        let account = self.account(&one.case);
        let scope =
            account.filter(|_| one.case.kind.matter() == Matter::Request).map(|account| &account.scope);
        let notice = Notice {
            facts: case_facts(&one.case, self.heard.directory, self.heard.now, why),
            your_side: side,
            timezone: self.heard.directory.timezone_of(&to.address).to_owned(),
            occasion,
            offer: one.offer.as_ref().map(Offer::words).unwrap_or_default(),
            written_at: one.last_mail.as_ref().map_or(one.case.opened_at, |mail| mail.at),
            excerpt: one.last_mail.as_ref().map(|mail| mail.excerpt.clone()).unwrap_or_default(),
            history: one.history.clone(),
            scope: scope.into_iter().flatten().map(|line| (line.included, line.text.clone())).collect(),
            nearest: None,
            acknowledgement,
            draft: None,
        };
        let references = vec![thread_root(&one.case, self.heard.directory)];
        let letter = self.letter(to, Some(number), references, Content::Notice(notice));
        self.effects.push(Effect::Send(letter));
    }
}
