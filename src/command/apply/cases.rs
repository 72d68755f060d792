//! Taking a case, finishing it, letting it rest, having read it.

use super::{Applying, WORDS, shorten};
use crate::case::{Event, State};
use crate::command::{Item, Wait};
use crate::effect::{Effect, Outcome};

impl Applying<'_> {
    pub(super) fn mine(&mut self, number: i64, item: &Item) {
        let (person, now) = (self.heard.person.clone(), self.heard.now);
        let Some(one) = self.change(number) else { return };
        let (before, had) = (one.case.state, one.case.taken_by.replace(person.clone()));
        if had.as_ref().is_none_or(|had| had.address != person.address) {
            one.case.clock.taken_at = Some(now);
        }
        one.case.undergo(Event::Took, now);
        let case = one.case.clone();
        let other = had.as_ref().filter(|had| had.address != person.address);
        let text = match (before, &had) {
            (State::Resolved | State::Closed, _) => "It is open again, and yours.".to_owned(),
            (State::Taken, Some(had)) if had.address == person.address => "It was yours already.".to_owned(),
            _ => "It is yours.".to_owned(),
        };
        let text = match other {
            Some(other) => format!("{text} {} had it before.", other.display()),
            None => text,
        };
        let reopened = if before.unfinished() { "" } else { ", which opens it again" };
        self.record(number, format!("took it{reopened}"), &item.words);
        self.line(Outcome::Done, Some(number), &item.words, text + &self.readers(&case));
    }

    pub(super) fn done(&mut self, number: i64, item: &Item, what: &str) {
        let (person, now) = (self.heard.person.clone(), self.heard.now);
        let Some(one) = self.change(number) else { return };
        let before = one.case.state;
        let what = shorten(what, WORDS);
        if !before.unfinished() {
            let added = if what.is_empty() { String::new() } else { format!(": {what}") };
            self.record(number, format!("said that it is done, which it was{added}"), &item.words);
            let text = format!("It was {} already.", before.key());
            self.line(Outcome::Done, Some(number), &item.words, text);
            return;
        }
        one.case.taken_by.get_or_insert(person);
        one.case.undergo(Event::Resolved, now);
        let drafts = std::mem::take(&mut one.drafts);
        let case = one.case.clone();
        let how = if what.is_empty() { String::new() } else { format!(": {what}") };
        self.record(number, format!("resolved it{how}"), &item.words);
        let mut text = "Resolved.".to_owned();
        if !drafts.is_empty() {
            self.effects.push(Effect::WithdrawDrafts { case: number });
            text.push_str(" The draft to the client was withdrawn.");
        }
        let extra_work = self.done_offer(number);
        let (question, waits) = self.ask_whether_settled(number);
        let text = text + &extra_work + &self.readers(&case) + &question;
        match waits {
            None => self.line(Outcome::Done, Some(number), &item.words, text),
            Some(letter) => self.waiting_line(number, &item.words, &text, letter),
        }
    }

    pub(super) fn wait(&mut self, number: i64, item: &Item, wait: Wait) {
        let (person, now, zone) = (self.heard.person.clone(), self.heard.now, self.timezone());
        let Some(state) = self.addressed(number).map(|one| one.case.state) else { return };
        if !state.unfinished() {
            let text = format!("It is {}, so there is nothing to wait for.", state.key());
            self.line(Outcome::NotDone, Some(number), &item.words, text);
            return;
        }
        let (wakes_at, until) = match wait {
            Wait::Client => (None, "until the client writes".to_owned()),
            Wait::Until(date) => {
                let begins = date.to_zoned(zone).map(|day| day.timestamp()).ok();
                (begins, format!("until {}", date.strftime("%a %-d %b %Y")))
            }
        };
        let Some(one) = self.change(number) else { return };
        one.case.taken_by.get_or_insert(person);
        one.case.undergo(Event::Rested, now);
        one.case.wakes_at = wakes_at;
        let case = one.case.clone();
        self.record(number, format!("lets it rest {until}"), &item.words);
        let back = match wait {
            Wait::Client => "",
            Wait::Until(_) => ", or until the client writes",
        };
        let text = format!("It rests {until}{back}, and then comes back by itself.{}", self.readers(&case));
        self.line(Outcome::Done, Some(number), &item.words, text);
    }

    /// Whether the person is who is alerted of a case.
    fn manages(&self, number: i64) -> bool {
        let case = self.addressed(number).map(|one| &one.case);
        let account = case.and_then(|case| self.heard.directory.account(&case.account));
        let manager = account.and_then(|account| self.heard.directory.manager_of(account));
        manager.is_some_and(|manager| manager.address == self.heard.person.address)
    }

    pub(super) fn seen(&mut self, number: i64, item: &Item) {
        let manager = self.manages(number);
        let Some(one) = self.change(number) else { return };
        one.case.clock.quiet |= manager;
        let case = one.case.clone();
        self.record(number, "has read it".to_owned(), &item.words);
        let quiet = if manager && case.state.unfinished() {
            " You are alerted of it again only if it gets worse."
        } else {
            ""
        };
        let text = format!("Noted that you have read it.{quiet}{}", self.readers(&case));
        self.line(Outcome::Done, Some(number), &item.words, text);
    }
}
