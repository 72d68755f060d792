//! What goes to the client by an owner's word: the draft, or the owner's own wording in its place.

use super::{Applying, Draft, why_of};
use crate::case::Event;
use crate::command::Item;
use crate::effect::{Content, Effect, Outcome, OwnWords};

impl Applying<'_> {
    pub(super) fn send(&mut self, number: i64, item: &Item, words: Option<&str>) {
        let words = words.map(str::trim).filter(|words| !words.is_empty());
        if let Some(marked) = self.marked(number) {
            let text = format!(
                "Nothing went out: {marked} is marked do_not_write in the accounts file. If they want to be written to after all, take the mark out and import the file again."
            );
            self.line(Outcome::NotDone, Some(number), &item.words, text);
            return;
        }
        if self.send_offer(number, item, words) {
            return;
        }
        match words {
            Some(words) => self.send_words(number, item, words),
            None => self.send_draft(number, item),
        }
    }

    /// Somebody at the client whom a mail about a case would go to, and who is not to be written to.
    fn marked(&self, number: i64) -> Option<String> {
        let one = self.addressed(number)?;
        let account = self.account(&one.case)?;
        let written = one.last_mail.iter().map(|mail| &mail.writer.address);
        let mut to = one.drafts.iter().map(|draft| &draft.to).chain(written);
        to.find(|to| !account.may_write(to)).cloned()
    }

    fn send_draft(&mut self, number: i64, item: &Item) {
        let Some(one) = self.addressed(number) else { return };
        let what = one.drafts.iter().map(named).collect::<Vec<_>>().join(", ");
        if one.drafts.is_empty() {
            let text = format!(
                "There is no draft to send. To write to the client yourself: #{number} send, followed by your words."
            );
            self.line(Outcome::NotDone, Some(number), &item.words, text);
            return;
        }
        if self.heard.policy.shadow {
            self.record(
                number,
                format!("wanted to send {what}; shadow mode keeps it as a draft"),
                &item.words,
            );
            self.change(number);
            let text = format!("Nothing went out: {SHADOW} It stays a draft: {what}.");
            self.line(Outcome::NotDone, Some(number), &item.words, text);
            return;
        }
        let Some(one) = self.change(number) else { return };
        one.drafts.clear();
        let case = one.case.clone();
        self.effects.push(Effect::ReleaseDrafts { case: number });
        self.record(number, format!("sent {what}"), &item.words);
        let text = format!("Sent: {what}.{}", self.readers(&case));
        self.line(Outcome::Done, Some(number), &item.words, text);
    }

    /// Sends the owner's own words in the client's thread, in the place of any draft.
    fn send_words(&mut self, number: i64, item: &Item, words: &str) {
        let (now, shadow) = (self.heard.now, self.heard.policy.shadow);
        let Some(one) = self.addressed(number) else { return };
        let Some(mail) = one.last_mail.clone() else {
            let text =
                "Nothing went out: no mail of the client about it is kept. Write to the client directly.";
            self.line(Outcome::NotDone, Some(number), &item.words, text.to_owned());
            return;
        };
        // A mail that comes twice writes to the client once.
        let (me, why) = (self.heard.person.display(), why_of(&item.words));
        let mut recent = one.recent.iter();
        let before =
            recent.find(|entry| entry.who == me && entry.why == why && entry.what.starts_with(WROTE));
        if let Some(before) = before.filter(|_| !shadow) {
            let day = before.at.to_zoned(self.timezone()).strftime("%a %-d %b %Y").to_string();
            let text = format!("Nothing went out: these very words went to the client already, on {day}.");
            self.line(Outcome::NotDone, Some(number), &item.words, text);
            return;
        }
        let withdrawn = if one.drafts.is_empty() { "" } else { " The draft was withdrawn." };
        let content = Content::OwnWords(OwnWords {
            subject: mail.subject,
            text: words.to_owned(),
            author: self.heard.person.display().to_owned(),
        });
        let to = mail.writer.to_string();
        let letter = self.letter(mail.writer, Some(number), mail.message_id.into_iter().collect(), content);
        let Some(one) = self.change(number) else { return };
        let draft =
            Draft { sort: "own_words".to_owned(), to: letter.to.address.clone(), subject: String::new() };
        one.drafts = if shadow { vec![draft] } else { Vec::new() };
        if !shadow {
            one.case.undergo(Event::OwnerWrote, now);
        }
        let case = one.case.clone();
        self.effects.push(Effect::WithdrawDrafts { case: number });
        if shadow {
            self.effects.push(Effect::Draft(letter));
            self.record(
                number,
                format!("wanted to write to {to}; shadow mode keeps it as a draft"),
                &item.words,
            );
            let text =
                format!("Nothing went out: {SHADOW} Your words to {to} are kept as a draft.{withdrawn}");
            self.line(Outcome::NotDone, Some(number), &item.words, text);
        } else {
            self.effects.push(Effect::Send(letter));
            self.record(number, format!("{WROTE}{to}"), &item.words);
            let text = format!("Your words go to {to}.{withdrawn}{}", self.readers(&case));
            self.line(Outcome::Done, Some(number), &item.words, text);
        }
    }
}

/// How the history says that an owner's own words went out.
const WROTE: &str = "wrote to ";
const SHADOW: &str = "shadow mode is on, in which nothing goes to clients.";

/// "\"Re: Weekly pickup\" to dana@acme.example".
fn named(draft: &Draft) -> String {
    format!("\"{}\" to {}", draft.subject, draft.to)
}
