//! Letters to a client about extra work, in the client's thread and language.

use jiff::ToSpan;
use jiff::civil::Date;

use super::{AddressedCase, Applying, Draft};
use crate::case::{Case, Side};
use crate::compose;
use crate::directory::{Account, written};
use crate::effect::{Addressing, Content, Letter, OfferLetter};
use crate::message::{Address, language_of};
use crate::money::Money;
use crate::offer::Offer;

impl Applying<'_> {
    /// Notes that this letter is the one draft about a case.
    pub(super) fn keep_draft(&mut self, number: i64, letter: &Letter) {
        let sort = letter.content.key().to_owned();
        let draft = Draft { sort, to: letter.to.address.clone(), subject: String::new() };
        if let Some(one) = self.change(number) {
            one.drafts = vec![draft];
        }
    }

    /// The last day of an offer that is made today.
    pub(super) fn last_day(&self, account: &Account) -> Date {
        let today = self.heard.directory.day_of(account, self.heard.now);
        today.saturating_add(i64::from(self.heard.policy.offer_days).days())
    }

    /// The letter of an offer, with the owner's own words where there are some; and its text.
    pub(super) fn offer_letter(
        &mut self,
        account: &Account,
        one: &AddressedCase,
        offer: &Offer,
        price: &Money,
        words: &str,
    ) -> (Letter, String) {
        let content = Content::Offer(OfferLetter {
            addressing: self.addressing(account, one),
            work: offer.work.clone(),
            quoted: offer.work == one.case.evidence,
            minutes: offer.minutes,
            price: price.clone(),
            valid_until: offer.valid_until.unwrap_or_else(|| self.last_day(account)),
            words: words.to_owned(),
        });
        let shown = compose::text(&content, self.heard.directory.firm());
        (self.letter_to_client(one, content), shown)
    }

    /// A letter in the client's own thread.
    pub(super) fn letter_to_client(&mut self, one: &AddressedCase, content: Content) -> Letter {
        let (to, references) = match &one.last_mail {
            Some(mail) => (mail.writer.clone(), mail.message_id.clone().into_iter().collect()),
            None => (client(&one.case), Vec::new()),
        };
        self.letter(to, Some(one.case.number), references, content)
    }

    /// To whom and in whose names a letter about a case is written, in the language of the client's last mail.
    pub(super) fn addressing(&self, account: &Account, one: &AddressedCase) -> Addressing {
        let (directory, now) = (self.heard.directory, self.heard.now);
        let mail = one.last_mail.as_ref();
        let sides = [Side::Sales, Side::Operations].into_iter();
        let mut owners: Vec<String> = Vec::new();
        for owner in sides.filter_map(|side| directory.acting(account, side, now)) {
            if !owners.iter().any(|one| one == owner.display()) {
                owners.push(owner.display().to_owned());
            }
        }
        let usual = [&account.language, &directory.firm().language].into_iter().find(|code| !code.is_empty());
        let said = mail.and_then(|mail| language_of(&mail.excerpt));
        Addressing {
            language: said.or_else(|| usual.cloned()).unwrap_or_default(),
            client_name: mail.map_or_else(|| client(&one.case), |mail| mail.writer.clone()).name,
            subject: mail.map_or_else(|| one.case.subject.clone(), |mail| mail.subject.clone()),
            owners,
        }
    }
}

/// ", good until 24 Mar 2026"; nothing where no day was said.
pub(super) fn until(offer: &Offer) -> String {
    let day = offer.valid_until.map(|day| day.strftime(", good until %-d %b %Y").to_string());
    day.unwrap_or_default()
}

/// Who at the client a case is of.
fn client(case: &Case) -> Address {
    let unnamed = || Address { name: String::new(), address: case.client.clone() };
    written::person(&case.client).unwrap_or_else(unnamed)
}
