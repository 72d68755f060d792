//! Pricing, offering, declining and giving away extra work: sales alone may.

use super::letters::until;
use super::{AddressedCase, Applying, WORDS, shorten};
use crate::case::{self, Kind, Side};
use crate::command::{Item, Price};
use crate::directory::Account;
use crate::effect::{Boundary, Content, Effect, Letter, Occasion, Outcome, Ready};
use crate::message::comparable;
use crate::money::Money;
use crate::offer::{Event, Offer, Stage, worth};

impl<'a> Applying<'a> {
    pub(super) fn price(&mut self, number: i64, item: &Item, price: &Price) {
        let Some((account, one)) = self.of_sales(number, item, "price it") else { return };
        let before = extra_work(&one);
        let Some(mut offer) = before.after(Event::Priced, self.heard.now) else {
            let text = format!("It has been {} already, so its price stays.", before.stage.words());
            return self.line(Outcome::NotDone, Some(number), &item.words, text);
        };
        let amount = price.amount.clone().or_else(|| Some(worth(price.minutes?, &account.hour()?)));
        let Some(amount) = amount else {
            let text = format!(
                "No price could be made of it, since {} has no hourly rate. Say the amount too.",
                account.name
            );
            return self.line(Outcome::NotDone, Some(number), &item.words, text);
        };
        offer.minutes = price.minutes;
        offer.valid_until = None;
        if !price.work.trim().is_empty() {
            offer.work = shorten(&price.work, WORDS);
        }
        if let Some(text) = self.priced_so(account, &one, &before, &offer, &amount) {
            return self.line(Outcome::NotDone, Some(number), &item.words, text);
        }
        let letter = self.offer_letter(account, &one, &offer, &amount, "");
        offer.price = Some(amount);
        self.effects.push(Effect::WithdrawDrafts { case: number });
        self.stands(number, &offer);
        self.keep_draft(number, &letter);
        let to = letter.to.to_string();
        self.effects.push(Effect::Draft(letter.clone()));
        self.record(number, format!("priced it: {}", offer.terms()), &item.words);
        let text = format!("The offer to {to} is a draft: {}.", offer.terms());
        self.waiting_line(number, &item.words, &text, letter);
    }

    /// Why the same price changes nothing: its offer waits as a draft, or the client has it.
    fn priced_so(
        &self,
        account: &Account,
        one: &AddressedCase,
        before: &Offer,
        offer: &Offer,
        amount: &Money,
    ) -> Option<String> {
        let same = before.price.as_ref() == Some(amount)
            && (before.minutes, &before.work) == (offer.minutes, &offer.work);
        let number = one.case.number;
        let today = self.heard.directory.day_of(account, self.heard.now);
        match before.stage {
            Stage::Priced if same && !one.drafts.is_empty() => {
                Some(format!("It is priced so already. The offer goes out when you answer: #{number} send"))
            }
            Stage::Offered if same && before.is_valid_on(today) => {
                Some(format!("The client has this offer already: {}{}.", before.terms(), until(before)))
            }
            _ => None,
        }
    }

    pub(super) fn decline(&mut self, number: i64, item: &Item, reason: &str) {
        let Some((account, one)) = self.of_sales(number, item, "decline it") else { return };
        let before = extra_work(&one);
        let Some(offer) = before.after(Event::Declined, self.heard.now) else {
            let text = format!("It has been {} already.", before.stage.words());
            return self.line(Outcome::NotDone, Some(number), &item.words, text);
        };
        self.effects.push(Effect::WithdrawDrafts { case: number });
        self.stands(number, &offer);
        self.record(number, format!("declined it{}", because(reason)), &item.words);
        if reason.trim().is_empty() {
            let text = format!(
                "Declined, and counted. The client has not been told: say what is possible instead, with #{number} send and your words."
            );
            return self.line(Outcome::Done, Some(number), &item.words, text);
        }
        let content = Content::Boundary(Boundary {
            addressing: self.addressing(account, &one),
            request: one.case.evidence.clone(),
            words: reason.trim().to_owned(),
        });
        let letter = self.letter_to_client(&one, content);
        self.keep_draft(number, &letter);
        let to = letter.to.to_string();
        self.effects.push(Effect::Draft(letter.clone()));
        let text = format!("Declined, and counted. Your answer to {to} is a draft.");
        self.waiting_line(number, &item.words, &text, letter);
    }

    pub(super) fn waive(&mut self, number: i64, item: &Item, reason: &str) {
        let Some((account, one)) = self.of_sales(number, item, "give it away") else { return };
        let before = extra_work(&one);
        let Some(mut offer) = before.after(Event::Waived, self.heard.now) else {
            let text = format!("It has been {} already.", before.stage.words());
            return self.line(Outcome::NotDone, Some(number), &item.words, text);
        };
        // A later change of the rate does not change what was given.
        offer.price = offer.worth(account.hour().as_ref());
        self.effects.push(Effect::WithdrawDrafts { case: number });
        self.stands(number, &offer);
        self.record(number, format!("gave it away{}", because(reason)), &item.words);
        let text = match &offer.price {
            Some(price) => format!("Given away, and counted as {price}."),
            None => "Given away, and counted without money: neither a price nor hours are known.".to_owned(),
        };
        let text = format!("{text} The client has not been told.{}", self.readers(&one.case));
        self.line(Outcome::Done, Some(number), &item.words, text);
    }

    /// Sends a case's offer, where it has one that waits to be sent. Says whether the command was about it.
    pub(super) fn send_offer(&mut self, number: i64, item: &Item, words: Option<&str>) -> bool {
        let Some(one) = self.addressed(number) else { return false };
        let (Some(offer), Some(account)) = (one.offer.clone(), self.account(&one.case)) else { return false };
        let (no_draft, now) = (one.drafts.is_empty(), self.heard.now);
        let lapsed = !offer.is_valid_on(self.heard.directory.day_of(account, now));
        match offer.stage {
            Stage::Priced => {}
            Stage::Offered if lapsed && words.is_none() => {}
            Stage::Offered if words.is_none() && no_draft => {
                let text = format!("The client has the offer already{}.", until(&offer));
                self.line(Outcome::NotDone, Some(number), &item.words, text);
                return true;
            }
            _ => return false,
        }
        let (Some(price), Some(mut sent)) = (offer.price.clone(), offer.after(Event::Sent, now)) else {
            return false;
        };
        let Some((account, one)) = self.of_sales(number, item, "offer it") else { return true };
        sent.valid_until = Some(self.last_day(account));
        let letter = self.offer_letter(account, &one, &sent, &price, words.unwrap_or_default());
        let to = letter.to.to_string();
        if self.heard.policy.shadow {
            self.effects.push(Effect::WithdrawOffer { case: number });
            self.keep_draft(number, &letter);
            self.effects.push(Effect::Draft(letter.clone()));
            let what = "wanted to send the offer; shadow mode keeps it as a draft".to_owned();
            self.record(number, what, &item.words);
            let text = "Nothing went out: shadow mode is on, in which nothing goes to clients. The offer stays a draft.";
            self.draft_line(Outcome::NotDone, number, &item.words, text.to_owned(), letter);
            return true;
        }
        self.effects.push(Effect::WithdrawDrafts { case: number });
        self.stands(number, &sent);
        self.effects.push(Effect::Send(letter));
        if let Some(one) = self.change(number) {
            one.drafts.clear();
            one.case.undergo(case::Event::OwnerWrote, now);
        }
        let terms = format!("{}{}", sent.terms(), until(&sent));
        self.record(number, format!("sent the offer: {terms}"), &item.words);
        let text = format!("The offer goes to {to}: {terms}.{}", self.readers(&one.case));
        self.line(Outcome::Done, Some(number), &item.words, text);
        true
    }

    /// What becomes of the extra work of a case that is done: a word for the answer where nobody has decided about it.
    pub(super) fn done_offer(&mut self, number: i64) -> String {
        let Some(one) = self.addressed(number) else { return String::new() };
        let (offer, case) = (extra_work(one), &one.case);
        let open = case.kind == Kind::ExtraWork && !case.please_check && !offer.stage.is_settled();
        if offer.stage == Stage::Priced {
            self.effects.push(Effect::WithdrawOffer { case: number });
        }
        if let Some(done) = offer.after(Event::Done, self.heard.now) {
            self.effects.push(Effect::Offer(done.clone()));
            if let Some(one) = self.change(number) {
                one.offer = Some(done);
            }
        }
        if open {
            let stage = offer.stage.words();
            format!(
                " Its extra work is counted as {stage} only. If it was done for nothing, sales says: #{number} waive"
            )
        } else {
            String::new()
        }
    }

    /// How extra work stands from now on; whoever decides about it has the case.
    pub(super) fn stands(&mut self, number: i64, offer: &Offer) {
        let (person, now) = (self.heard.person.clone(), self.heard.now);
        self.effects.push(Effect::WithdrawOffer { case: number });
        self.effects.push(Effect::Offer(offer.clone()));
        if let Some(one) = self.change(number) {
            one.offer = Some(offer.clone());
            one.drafts.clear();
            one.case.taken_by.get_or_insert(person);
            one.case.undergo(case::Event::Took, now);
        }
    }

    /// What was done, with a draft that a line of the reader's sends.
    pub(super) fn waiting_line(&mut self, number: i64, words: &str, text: &str, draft: Letter) {
        if self.heard.policy.shadow {
            let text =
                format!("{text} It stays one while shadow mode is on, in which nothing goes to clients.");
            return self.draft_line(Outcome::Done, number, words, text, draft);
        }
        self.draft_line(Outcome::Done, number, words, format!("{text} It goes out when you say so:"), draft);
        if let Some(line) = self.lines.last_mut() {
            line.ready = vec![Ready { line: format!("#{number} send"), about: String::new() }];
        }
    }

    fn draft_line(&mut self, outcome: Outcome, number: i64, words: &str, text: String, draft: Letter) {
        self.line(outcome, Some(number), words, text);
        if let Some(line) = self.lines.last_mut() {
            line.draft = Some(Box::new(draft));
        }
    }

    /// The account and the case, where the person has the say over prices: the sales owner, or whoever acts for them now.
    /// Somebody else is told who has it, and that one is asked, with their words.
    pub(super) fn of_sales(
        &mut self,
        number: i64,
        item: &Item,
        what: &str,
    ) -> Option<(&'a Account, AddressedCase)> {
        let one = self.addressed(number)?.clone();
        let Some(account) = self.account(&one.case) else {
            let text = "Nothing was done: its account is not there any more.".to_owned();
            self.line(Outcome::NotDone, Some(number), &item.words, text);
            return None;
        };
        let directory = self.heard.directory;
        let me = comparable(&self.heard.person.address);
        let acting = directory.acting(account, Side::Sales, self.heard.now);
        let mut sales = account.sales.iter().chain(acting);
        if sales.any(|one| comparable(&one.address) == me) {
            return Some((account, one));
        }
        self.change(number);
        let to = acting.or_else(|| directory.manager_of(account)).filter(|to| comparable(&to.address) != me);
        let Some(to) = to.cloned() else {
            let text =
                format!("Prices are made by sales, and {} has nobody there. Nothing was done.", account.name);
            self.record(number, format!("wanted to {what}; nobody in sales could be asked"), &item.words);
            self.line(Outcome::NotDone, Some(number), &item.words, text);
            return None;
        };
        let name = to.display().to_owned();
        self.record(number, format!("wanted to {what}; {name} was asked, who has the say"), &item.words);
        let occasion = Occasion::PartnerAsks { words: item.words.trim().to_owned() };
        self.notice(number, to, Side::Sales, occasion);
        let text = format!(
            "Extra work is priced and agreed by sales: {name} has been asked, with your words. The client has been told nothing."
        );
        self.line(Outcome::NotDone, Some(number), &item.words, text);
        None
    }
}

/// The extra work of a case as it stands.
pub(super) fn extra_work(one: &AddressedCase) -> Offer {
    one.offer.clone().unwrap_or_else(|| Offer::asked(&one.case))
}

/// ": the reason", or nothing.
pub(super) fn because(reason: &str) -> String {
    match reason.trim() {
        "" => String::new(),
        reason => format!(": {}", shorten(reason, WORDS)),
    }
}
