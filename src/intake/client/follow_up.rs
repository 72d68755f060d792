//! What a client hears by itself in answer to a mail: sent, kept as a draft, or neither, as the firm has chosen.

use jiff::SignedDuration;

use super::Decision;
use super::matters::Raised;
use crate::case::{Case, Entry, Kind, Matter};
use crate::effect::{Acknowledgement, Addressing, Content, Effect, Letter, Received};
use crate::intake::FollowUp;

/// One acknowledgement a conversation in this time.
const ACKNOWLEDGED_ONCE_IN: SignedDuration = SignedDuration::from_hours(24);
/// Acknowledgements to one address a day, over all conversations: a loop with a machine that marks nothing ends here
/// (RFC 3834 §2).
const ACKNOWLEDGEMENTS_A_DAY: u32 = 3;

impl Decision<'_> {
    /// The acknowledgement to the client, at most one a mail, a conversation and day.
    pub(super) fn acknowledge(
        &mut self,
        old: Option<&Case>,
        case: &Case,
        raised: &Raised<'_>,
        acknowledged: &mut bool,
        effects: &mut Vec<Effect>,
    ) -> Acknowledgement {
        let matter = case.kind.matter();
        // Once is polite; a second word that the mail has come, and nothing else, is not.
        let wanted = raised.sure
            && old.is_none_or(|old| old.please_check || !old.state.unfinished())
            && (matter == Matter::Dissatisfaction || case.kind == Kind::ExtraWork);
        let lately =
            self.known.last_acknowledged.is_some_and(|at| self.now.duration_since(at) < ACKNOWLEDGED_ONCE_IN)
                || self.known.acknowledgements_today >= ACKNOWLEDGEMENTS_A_DAY;
        if !wanted || lately || *acknowledged {
            return Acknowledgement::None;
        }
        let Addressing { language, client_name, subject, owners } = self.addressing(case);
        let complaint = matter == Matter::Dissatisfaction;
        let content = Content::Received(Received { language, complaint, client_name, subject, owners });
        let outcome = self.write_to_client(case, content, "that the mail has come", effects);
        *acknowledged = outcome != Acknowledgement::None;
        outcome
    }

    /// To whom and in whose names the client who wrote is answered.
    pub(super) fn addressing(&self, case: &Case) -> Addressing {
        let message = self.mail.message;
        let (subject, _) = self.sender.words(message);
        Addressing {
            language: message.language.clone().unwrap_or_else(|| self.account.language.clone()),
            client_name: self.sender.writer.as_ref().map(|writer| writer.name.clone()).unwrap_or_default(),
            subject: subject.to_owned(),
            owners: self.owners(case),
        }
    }

    /// Answers the client who wrote, in their thread. `that` says what the letter tells, for the history.
    pub(super) fn write_to_client(
        &mut self,
        case: &Case,
        content: Content,
        that: &str,
        effects: &mut Vec<Effect>,
    ) -> Acknowledgement {
        let (Some(sort), Some(writer)) = (content.to_client(), self.sender.writer.clone()) else {
            return Acknowledgement::None;
        };
        let account = Some(self.account.key.as_str());
        if self.policy.follow_up(sort, account) == FollowUp::Off {
            return Acknowledgement::None;
        }
        let record = |what: String, why: String| Effect::Record {
            case: case.number,
            entry: Entry { at: self.now, who: "Pairdesk".to_owned(), what, why },
        };
        if !self.account.may_write(&writer.address) {
            let what = format!("did not write to the client {that}");
            effects.push(record(what, format!("{} is marked do_not_write", writer.address)));
            return Acknowledgement::None;
        }
        // The address inside a forwarded mail is a reader's guess: a person looks before anything goes there.
        let guessed = self
            .sender
            .forwarded
            .then(|| "the address was read from a forwarded mail, so somebody looks first".to_owned());
        let kept_back = self.policy.keeps_back(sort, account).or(guessed);
        effects.push(match &kept_back {
            None => {
                record(format!("sent the client word {that}"), format!("follow_up.{} is auto", sort.key()))
            }
            Some(why) => record(format!("kept a draft to the client {that}"), why.clone()),
        });
        let message = self.mail.message;
        let references = if self.sender.forwarded {
            Vec::new()
        } else {
            message.references.iter().chain(&message.message_id).cloned().collect()
        };
        let letter = Letter {
            id: self.letter_id(),
            to: writer,
            case: Some(case.number),
            references,
            at: self.now,
            content,
        };
        if kept_back.is_some() {
            effects.push(Effect::Draft(letter));
            Acknowledgement::Draft
        } else {
            effects.push(Effect::Send(letter));
            Acknowledgement::Sent
        }
    }
}
