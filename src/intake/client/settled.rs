//! A client's answer to "is it settled?": the case is closed, or opened again, and remembers it.

use super::Decision;
use super::matters::Raised;
use crate::case::{Case, Event, Matter};
use crate::classify::{Settled, settled};
use crate::effect::{Acknowledgement, Content, Effect, Occasion};
use crate::intake::{NOT_SETTLED, SETTLED};
use crate::message::Verdict;
use crate::offer::Stage;

/// A resolved case that the client was asked about, and what the mail says to it.
pub(super) struct Settling<'a> {
    pub(super) case: &'a Case,
    pub(super) said: Settled,
    because: String,
}

impl Settling<'_> {
    /// Why the mail counts as an answer, in words.
    pub(super) fn why(&self) -> String {
        let number = self.case.number;
        match self.said {
            Settled::Yes => format!("a clear yes to whether #{number} is settled: \"{}\"", self.because),
            Settled::No => format!("a no to whether #{number} is settled: \"{}\"", self.because),
            Settled::Thanks => format!("thanks to the question whether #{number} is settled, and no more"),
            Settled::Unclear => {
                format!("neither a yes nor a no to whether #{number} is settled: {}", self.because)
            }
        }
    }
}

impl<'a> Decision<'a> {
    /// The resolved case that the mail answers about, if the client was asked about one. A complaint that was surely found
    /// is an answer too, and stronger than a yes: it opens the case again by itself.
    pub(super) fn settling(&self, cases: &'a [Case], matters: &[Raised<'_>]) -> Option<Settling<'a>> {
        let (_, text) = self.sender.words(self.mail.message);
        if self.mail.backlog || text.trim().is_empty() {
            return None;
        }
        let own = cases.iter().filter(|case| case.account == self.account.key);
        let asked: Vec<_> = own.filter(|case| self.known.asked.contains(&case.number)).collect();
        let case = *asked.last()?;
        let (mut said, mut because) = settled(text, self.mail.message.language.as_deref());
        let complains =
            matters.iter().any(|raised| raised.sure && raised.kind.matter() == Matter::Dissatisfaction);
        if complains && said != Settled::No {
            return None;
        }
        if said == Settled::Yes
            && let Some(doubt) = self.not_settled_by(&asked)
        {
            (said, because) = (Settled::Unclear, doubt);
        }
        Some(Settling { case, said, because })
    }

    /// Why a clear yes does not count by itself.
    fn not_settled_by(&self, asked: &[&Case]) -> Option<String> {
        let found = self.mail.message.authentication.as_ref();
        if asked.len() > 1 {
            let numbers: Vec<_> = asked.iter().map(|case| format!("#{}", case.number)).collect();
            return Some(format!("the client was asked about several: {}", numbers.join(", ")));
        }
        if self.known.offers.iter().any(|offer| offer.stage == Stage::Offered) {
            return Some("an offer waits for an answer here too".to_owned());
        }
        if self.sender.forwarded {
            return Some("it was read from a mail that somebody forwarded".to_owned());
        }
        let confirmed = found.is_some_and(|found| found.verdict == Verdict::Pass);
        (self.policy.authentication && !confirmed)
            .then(|| "the mail server does not confirm who wrote it".to_owned())
    }

    /// What follows from the answer. A no about which a complaint was found too is told with that.
    pub(super) fn follow_settling(&mut self, settling: &Settling<'_>, found: bool) -> Vec<Effect> {
        let why = settling.why();
        let mut case = settling.case.clone();
        let mut effects = Vec::new();
        match settling.said {
            Settled::Yes => {
                case.undergo(Event::Settled, self.now);
                effects.push(self.record(&case, format!("{SETTLED}: closed"), why));
                effects.push(Effect::WithdrawDrafts { case: case.number });
                let grave = case.kind.matter() == Matter::Dissatisfaction && case.severity >= 2;
                if grave && !case.clock.follow_up.thanked {
                    let content = Content::ThankYou(self.addressing(&case));
                    let thanked = self.write_to_client(&case, content, "of thanks", &mut effects);
                    case.clock.follow_up.thanked = thanked != Acknowledgement::None;
                }
            }
            Settled::No if found => return Vec::new(),
            Settled::No => {
                case.undergo(Event::ClientWrote, self.now);
                effects.push(self.record(&case, format!("{NOT_SETTLED}: opened again"), why));
                effects.push(Effect::WithdrawDrafts { case: case.number });
                self.notices(&case, &Occasion::NotSettled, Acknowledgement::None, &mut effects);
                case.told_at = Some(self.now);
            }
            Settled::Thanks => effects.push(self.record(&case, "said thanks".to_owned(), why)),
            Settled::Unclear => {
                let what = "answered whether it is settled, not clearly";
                effects.push(self.record(&case, what.to_owned(), why));
            }
        }
        case.changed_at = self.now;
        effects.insert(0, Effect::ChangeCase(case));
        effects
    }
}
