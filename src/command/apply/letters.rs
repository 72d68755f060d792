//! Letters to a client, in the client's thread and language, by the firm's rules for them.

use jiff::civil::Date;
use jiff::{Timestamp, ToSpan};

use super::{AddressedCase, Applying, ClientMail, Draft};
use crate::case::{Case, Matter, Side};
use crate::directory::{Account, Directory, written};
use crate::effect::{Acknowledgement, Addressing, Content, Effect, Letter, OfferLetter, SettledQuestion};
use crate::intake::FollowUp;
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

    /// The letter of an offer, with the owner's own words where there are some.
    pub(super) fn offer_letter(
        &mut self,
        account: &Account,
        one: &AddressedCase,
        offer: &Offer,
        price: &Money,
        words: &str,
    ) -> Letter {
        let content = Content::Offer(OfferLetter {
            addressing: self.addressing(account, one),
            work: offer.work.clone(),
            quoted: offer.work == one.case.evidence,
            minutes: offer.minutes,
            price: price.clone(),
            valid_until: offer.valid_until.unwrap_or_else(|| self.last_day(account)),
            words: words.to_owned(),
        });
        self.letter_to_client(one, content)
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
        addressing(account, &one.case, one.last_mail.as_ref(), self.heard.directory, self.heard.now)
    }
}

/// To whom and in whose names a letter about a case is written, in the language of the client's last mail.
pub fn addressing(
    account: &Account,
    case: &Case,
    mail: Option<&ClientMail>,
    directory: &Directory,
    now: Timestamp,
) -> Addressing {
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
        client_name: mail.map_or_else(|| client(case), |mail| mail.writer.clone()).name,
        subject: mail.map_or_else(|| case.subject.clone(), |mail| mail.subject.clone()),
        owners,
    }
}

impl Applying<'_> {
    /// Writes to the client by the rules for this sort of letter: what the answer says of it, what became of it, and the
    /// letter where it waits. `named` is how the answer calls it: "confirmation".
    pub(super) fn follow_up(
        &mut self,
        account: &Account,
        one: &AddressedCase,
        content: Content,
        named: &str,
    ) -> (String, Acknowledgement, Option<Letter>) {
        let none = |text| (text, Acknowledgement::None, None);
        let policy = self.heard.policy;
        let Some(sort) = content.to_client() else { return none(String::new()) };
        if policy.follow_up(sort, Some(&account.key)) == FollowUp::Off {
            return none(format!("The client gets no {named}: follow_up.{} is off.", sort.key()));
        }
        let letter = self.letter_to_client(one, content);
        if !account.may_write(&letter.to.address) {
            return none(format!(
                "The client gets no {named}: {} is marked do_not_write.",
                letter.to.address
            ));
        }
        let to = letter.to.to_string();
        if policy.keeps_back(sort, Some(&account.key)).is_none() {
            self.effects.push(Effect::Send(letter));
            return (format!("A {named} goes to {to}."), Acknowledgement::Sent, None);
        }
        self.keep_draft(one.case.number, &letter);
        self.effects.push(Effect::Draft(letter.clone()));
        (format!("The {named} to {to} is a draft."), Acknowledgement::Draft, Some(letter))
    }

    /// Asks the client of a case that is done whether it is settled, where they know of it.
    pub(super) fn ask_whether_settled(&mut self, number: i64) -> (String, Option<Letter>) {
        let Some(one) = self.addressed(number).cloned() else { return Default::default() };
        let known_of = matches!(one.case.kind.matter(), Matter::Dissatisfaction | Matter::Request)
            && !one.case.please_check
            && one.last_mail.is_some();
        let Some(account) = self.account(&one.case).filter(|_| known_of) else { return Default::default() };
        // Whole days, as people say them.
        let days = self.heard.policy.closes_after.as_hours().saturating_add(23) / 24;
        let content = Content::Settled(SettledQuestion {
            addressing: self.addressing(account, &one),
            days: u32::try_from(days).unwrap_or(u32::MAX),
        });
        let (text, _, waits) = self.follow_up(account, &one, content, "question");
        (format!(" Is it settled for the client too? {text}"), waits)
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
