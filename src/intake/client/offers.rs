//! A client's answer to an offer: it is accepted or declined, or sales is asked what was meant.

use super::Decision;
use crate::case::{Case, Event};
use crate::classify::{Answer, Consent, consent};
use crate::effect::{Acknowledgement, Agreement, Content, Effect, Occasion};
use crate::intake::firm::shorten;
use crate::message::Verdict;
use crate::offer::{self, Offer, Stage};

/// Characters of an unclear answer that stand first in the notice of it.
const SAID: usize = 200;

/// An offer that waits for an answer, and what the mail says to it.
pub(super) struct Answered<'a> {
    pub(super) case: &'a Case,
    offer: &'a Offer,
    pub(super) consent: Consent,
}

impl Answered<'_> {
    /// Whether the mail settles the offer.
    pub(super) fn is_clear(&self) -> bool {
        self.consent.answer != Answer::Unclear
    }

    /// Why the mail counts as an answer, in words.
    pub(super) fn why(&self) -> String {
        let number = self.case.number;
        match self.consent.answer {
            Answer::Yes => format!("a clear yes to the offer of #{number}: \"{}\"", self.consent.because),
            Answer::No => format!("a clear no to the offer of #{number}: \"{}\"", self.consent.because),
            Answer::Unclear => {
                format!(
                    "neither a clear yes nor a clear no to the offer of #{number}: {}",
                    self.consent.because
                )
            }
        }
    }
}

impl<'a> Decision<'a> {
    /// The offer that the mail answers, if one waits for an answer in its conversation.
    pub(super) fn answered(&self, cases: &'a [Case]) -> Option<Answered<'a>> {
        let (_, text) = self.sender.words(self.mail.message);
        if self.mail.backlog || text.trim().is_empty() {
            return None;
        }
        let of = |case: &Case| self.known.offers.iter().find(|offer| offer.case == case.number);
        let own = cases.iter().filter(|case| case.account == self.account.key);
        let open: Vec<_> = own
            .filter_map(|case| Some((case, of(case)?)))
            .filter(|(_, offer)| offer.stage == Stage::Offered)
            .collect();
        let (case, offer) = *open.last()?;
        let mut consent = consent(text, self.mail.message.language.as_deref(), offer.price.as_ref());
        if consent.answer != Answer::Unclear
            && let Some(because) = self.doubt(&open, offer, consent.answer)
        {
            consent = Consent { answer: Answer::Unclear, because };
        }
        Some(Answered { case, offer, consent })
    }

    /// Why a clear word does not count by itself.
    fn doubt(&self, open: &[(&Case, &Offer)], offer: &Offer, answer: Answer) -> Option<String> {
        let confirmed = |verdict: Verdict| verdict == Verdict::Pass;
        let found = self.mail.message.authentication.as_ref();
        if open.len() > 1 {
            let numbers: Vec<_> = open.iter().map(|(case, _)| format!("#{}", case.number)).collect();
            return Some(format!("several offers wait for an answer here: {}", numbers.join(", ")));
        }
        if let Some(number) = self.known.asked.first() {
            return Some(format!("the client was also asked whether #{number} is settled"));
        }
        if self.sender.forwarded {
            return Some("it was read from a mail that somebody forwarded".to_owned());
        }
        if self.policy.authentication && !found.is_some_and(|found| confirmed(found.verdict)) {
            return Some("the mail server does not confirm who wrote it".to_owned());
        }
        let day = self.directory.day_of(self.account, self.written_at());
        match offer.valid_until {
            Some(last) if answer == Answer::Yes && !offer.is_valid_on(day) => {
                Some(format!("it says yes, and the offer was good until {}", last.strftime("%-d %b %Y")))
            }
            _ => None,
        }
    }

    /// What follows from the answer to an offer.
    pub(super) fn follow_answer(&mut self, answered: &Answered<'_>) -> Vec<Effect> {
        let mut case = answered.case.clone();
        let (what, event, occasion) = match answered.consent.answer {
            Answer::Yes => ("accepted the offer", Some(offer::Event::Accepted), Occasion::Accepted),
            Answer::No => ("declined the offer", Some(offer::Event::Declined), Occasion::Declined),
            Answer::Unclear => ("answered the offer, not clearly", None, Occasion::Unclear),
        };
        case.undergo(
            if answered.consent.answer == Answer::No { Event::Dropped } else { Event::ClientWrote },
            self.now,
        );
        case.told_at = Some(self.now);
        let terms = answered.offer.terms();
        let mut effects = vec![
            Effect::ChangeCase(case.clone()),
            self.record(&case, format!("{what}: {terms}"), answered.why()),
        ];
        let mut acknowledgement = Acknowledgement::None;
        if let Some(settled) = event.and_then(|event| answered.offer.after(event, self.now)) {
            if settled.stage == Stage::Accepted {
                acknowledgement = self.confirm(&case, &settled, &mut effects);
            }
            effects.push(Effect::WithdrawOffer { case: case.number });
            effects.push(Effect::Offer(settled));
        }
        // The owners read the answer where they read the request, and what it is about.
        let said = match answered.consent.answer {
            Answer::Unclear => shorten(self.sender.words(self.mail.message).1, SAID),
            _ => answered.consent.because.clone(),
        };
        let shown = Case { evidence: said, ..case.clone() };
        let offer = answered.offer.words();
        self.notices_because(&shown, &occasion, acknowledgement, &offer, &answered.why(), &mut effects);
        effects
    }

    /// The confirmation to the client who said yes.
    fn confirm(&mut self, case: &Case, offer: &Offer, effects: &mut Vec<Effect>) -> Acknowledgement {
        let content = Content::Accepted(Agreement {
            addressing: self.addressing(case),
            work: offer.work.clone(),
            minutes: offer.minutes,
            price: offer.price.clone(),
        });
        self.write_to_client(case, content, "that it is agreed", effects)
    }
}
