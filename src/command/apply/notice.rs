//! Telling somebody else of a case at once, for what the person said.

use super::Applying;
use crate::case::{Matter, Side};
use crate::effect::{Acknowledgement, Content, Effect, Notice, Occasion};
use crate::intake::{case_facts, kind_reason, thread_root};
use crate::message::Address;

impl Applying<'_> {
    /// Sends a notice with the facts of a case, as they stand after what was said so far, and its history.
    pub(super) fn notice(&mut self, number: i64, to: Address, side: Side, occasion: Occasion) {
        let Some(one) = self.addressed(number) else { return };
        let account = self.account(&one.case);
        let scope =
            account.filter(|_| one.case.kind.matter() == Matter::Request).map(|account| &account.scope);
        let notice = Notice {
            facts: case_facts(&one.case, self.heard.directory, self.heard.now, kind_reason(&one.case)),
            your_side: side,
            timezone: self.heard.directory.timezone_of(&to.address).to_owned(),
            occasion,
            written_at: one.last_mail.as_ref().map_or(one.case.opened_at, |mail| mail.at),
            excerpt: one.last_mail.as_ref().map(|mail| mail.excerpt.clone()).unwrap_or_default(),
            history: one.history.clone(),
            scope: scope.into_iter().flatten().map(|line| (line.included, line.text.clone())).collect(),
            nearest: None,
            acknowledgement: Acknowledgement::None,
            draft: None,
        };
        let references = vec![thread_root(&one.case, self.heard.directory)];
        let letter = self.letter(to, Some(number), references, Content::Notice(notice));
        self.effects.push(Effect::Send(letter));
    }
}
