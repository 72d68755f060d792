//! What the client has said to extra work otherwise than by mail, on the phone perhaps: sales records it.

use super::offers::{because, extra_work};
use super::{AddressedCase, Applying};
use crate::case::{self, Side};
use crate::command::Item;
use crate::directory::Account;
use crate::effect::{Acknowledgement, Agreement, Content, Effect, Letter, Occasion, Outcome};
use crate::offer::{Event, Offer, Stage};

impl Applying<'_> {
    /// The client has said yes: it is agreed, and confirmed by the rules for confirmations.
    pub(super) fn accepted(&mut self, number: i64, item: &Item, how: &str) {
        let Some((account, one)) = self.of_sales(number, item, "record the client's yes") else { return };
        let (before, now) = (extra_work(&one), self.heard.now);
        // Who says yes to what was priced, and not sent, heard the price where they said it.
        let offered = match before.stage {
            Stage::Priced => before.after(Event::Sent, now),
            _ => Some(before.clone()),
        };
        let Some(agreed) = offered.and_then(|offer| offer.after(Event::Accepted, now)) else {
            let text = match before.stage {
                Stage::Asked => format!(
                    "Nothing was recorded: it has no price yet. Say what was agreed first, like: #{number} price 1200 EUR 8h and what is done"
                ),
                Stage::Declined => {
                    "Nothing was recorded: it has been declined. Price it again first.".to_owned()
                }
                stage => format!("It has been {} already.", stage.words()),
            };
            return self.line(Outcome::NotDone, Some(number), &item.words, text);
        };
        self.effects.push(Effect::WithdrawDrafts { case: number });
        self.stands(number, &agreed);
        let terms = agreed.terms();
        self.record(number, format!("recorded the client's yes: {terms}{}", because(how)), &item.words);
        let (confirmation, acknowledgement, draft) = self.confirm(account, &one, &agreed);
        let told = self.tell_partner(number, account, Occasion::Accepted, acknowledgement);
        let text = format!("Agreed, and counted as won: {terms}.{told} {confirmation}");
        match draft {
            None => self.line(Outcome::Done, Some(number), &item.words, text),
            Some(draft) => self.waiting_line(number, &item.words, &text, draft),
        }
    }

    /// The client has said no.
    pub(super) fn lost(&mut self, number: i64, item: &Item, why: &str) {
        let Some((account, one)) = self.of_sales(number, item, "record the client's no") else { return };
        let (before, now) = (extra_work(&one), self.heard.now);
        let Some(declined) = before.after(Event::Declined, now) else {
            let text = format!("It has been {} already.", before.stage.words());
            return self.line(Outcome::NotDone, Some(number), &item.words, text);
        };
        self.effects.push(Effect::WithdrawDrafts { case: number });
        self.stands(number, &declined);
        if let Some(one) = self.change(number) {
            one.case.undergo(case::Event::Dropped, now);
        }
        self.record(number, format!("recorded the client's no{}", because(why)), &item.words);
        let told = self.tell_partner(number, account, Occasion::Declined, Acknowledgement::None);
        let text = format!("Declined by the client, counted, and closed.{told}");
        self.line(Outcome::Done, Some(number), &item.words, text);
    }

    /// The confirmation to the client: what the answer says of it, what became of it, and its text where it waits.
    fn confirm(
        &mut self,
        account: &Account,
        one: &AddressedCase,
        agreed: &Offer,
    ) -> (String, Acknowledgement, Option<Letter>) {
        let content = Content::Accepted(Agreement {
            addressing: self.addressing(account, one),
            work: agreed.work.clone(),
            minutes: agreed.minutes,
            price: agreed.price.clone(),
        });
        self.follow_up(account, one, content, "confirmation")
    }

    /// Tells operations at once, who plan by it.
    fn tell_partner(
        &mut self,
        number: i64,
        account: &Account,
        occasion: Occasion,
        acknowledgement: Acknowledgement,
    ) -> String {
        let partner = self.heard.directory.acting(account, Side::Operations, self.heard.now);
        let Some(partner) = partner.filter(|one| one.address != self.heard.person.address).cloned() else {
            return String::new();
        };
        let told = format!(" {} has been told.", partner.display());
        let who = self.heard.person.display();
        let why = format!("{who} recorded it");
        self.notice_because(number, partner, Side::Operations, occasion, acknowledgement, why);
        told
    }
}
