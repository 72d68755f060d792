//! Carries effects out: the only exhaustive match on [`Effect`].

use jiff::Timestamp;

use super::error::StoreError;
use super::outbox::{self, OutboxState};
use super::session::Session;
use super::{
    Tx, absence, case, commitment, correction, digest, draft, gathered, mail, matched, meeting, offer, token,
    weekly,
};
use crate::case::Entry;
use crate::compose::Composer;
use crate::effect::{Effect, FELL_BACK, Letter, OutgoingMail};

/// What was carried out.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Performed {
    /// How many mails now wait to be sent: above 0, the outbox has work.
    pub outgoing: usize,
}

impl Tx {
    /// Carries effects out, in their order. `mail` is the stored mail that they follow from, or none for those of the
    /// time.
    pub async fn perform(
        &mut self,
        mail: Option<i64>,
        effects: &[Effect],
        composer: &Composer,
        now: Timestamp,
    ) -> Result<Performed, StoreError> {
        let mut performed = Performed::default();
        for effect in effects {
            match effect {
                Effect::File(filing) => {
                    let session = self.doing("filing a mail");
                    let Some(mail) = mail else {
                        return Err(session.refuse("there is no mail at hand"));
                    };
                    mail::file(session, mail, filing).await?;
                }
                Effect::OpenCase(opened) => {
                    case::save(self.doing("opening a case"), true, opened, mail).await?;
                }
                Effect::ChangeCase(changed) => {
                    case::save(self.doing("changing a case"), false, changed, mail).await?;
                }
                Effect::Record { case: number, entry } => {
                    case::record(self.doing("writing a case's history"), *number, entry, mail).await?;
                }
                Effect::Send(letter) => {
                    let outgoing = composer.finish(letter);
                    let session = self.doing("putting a mail into the outbox");
                    outbox::put(session, mail, letter, &outgoing, OutboxState::Pending, now).await?;
                    fell_back(session, letter, &outgoing, mail, now).await?;
                    performed.outgoing += 1;
                }
                Effect::Draft(letter) => {
                    let outgoing = composer.finish(letter);
                    let session = self.doing("keeping a draft");
                    outbox::put(session, mail, letter, &outgoing, OutboxState::Draft, now).await?;
                    fell_back(session, letter, &outgoing, mail, now).await?;
                }
                Effect::WithdrawDrafts { case } => {
                    draft::withdraw(self.doing("withdrawing drafts"), *case).await?;
                }
                Effect::ReleaseDrafts { case } => {
                    performed.outgoing += draft::release(self.doing("releasing drafts"), *case, now).await?;
                }
                Effect::Correct(corrected) => {
                    let session = self.doing("writing a correction down");
                    correction::said(session, corrected, mail, now).await?;
                }
                Effect::Offer(changed) => {
                    offer::save(self.doing("writing down how an offer stands"), changed).await?;
                }
                Effect::WithdrawOffer { case } => {
                    offer::withdraw(self.doing("withdrawing an offer's draft"), *case).await?;
                }
                Effect::WithdrawInvitation { case } => {
                    draft::withdraw_invitation(self.doing("withdrawing an invitation's draft"), *case)
                        .await?;
                }
                Effect::Join { case: number, mail } => {
                    case::join(self.doing("joining a mail to a case"), *number, *mail).await?;
                }
                Effect::Refused(refused) => {
                    let session = self.doing("recording that commands do not count");
                    let Some(mail) = mail else {
                        return Err(session.refuse("there is no mail at hand"));
                    };
                    token::refuse(session, mail, refused, now).await?;
                }
                Effect::Absent(new) => {
                    absence::learn(self.doing("noting an absence"), new).await?;
                }
                Effect::Back { person, day } => {
                    absence::back(self.doing("noting that somebody is back"), person, *day).await?;
                }
                Effect::Match(found) => {
                    matched::attach(self.doing("attaching an address to an account"), found, now).await?;
                }
                Effect::Meet(proposed) => {
                    meeting::propose(self.doing("keeping a meeting"), proposed).await?;
                }
                Effect::CancelMeeting { uid } => {
                    meeting::cancel(self.doing("calling a meeting off"), uid, now).await?;
                }
                Effect::MeetingAnswered(answer) => {
                    meeting::answered(self.doing("noting the answer to an invitation"), answer, now).await?;
                }
                Effect::Gather { case, account } => {
                    gathered::add(self.doing("gathering a case"), *case, account, now).await?;
                }
                Effect::GatheredTold { account, at } => {
                    gathered::told(self.doing("noting that gathered cases are told"), account, *at).await?;
                }
                Effect::Committed(made) => {
                    let session = self.doing("writing a promise down");
                    let Some(mail) = mail else {
                        return Err(session.refuse("there is no mail at hand"));
                    };
                    commitment::save(session, mail, made).await?;
                }
                Effect::CalledIn { commitment, at } => {
                    commitment::called(self.doing("noting a reminder"), *commitment, *at).await?;
                }
                Effect::DigestMade { person, at } => {
                    digest::made(self.doing("noting a digest"), person, *at).await?;
                }
                Effect::WeeklyMade { person, at } => {
                    weekly::made(self.doing("noting a weekly letter"), person, *at).await?;
                }
            }
        }
        Ok(performed)
    }
}

/// Says in the case's history that a letter has the built-in wording, since the firm's own could not be used.
async fn fell_back(
    session: &mut Session,
    letter: &Letter,
    outgoing: &OutgoingMail,
    mail: Option<i64>,
    now: Timestamp,
) -> Result<(), StoreError> {
    let (Some(number), Some(why)) = (letter.case, &outgoing.fallen_back) else { return Ok(()) };
    tracing::warn!(
        case = number,
        why,
        "the firm's own template could not be used; the built-in one took its place"
    );
    let entry = Entry { at: now, who: "Pairdesk".to_owned(), what: FELL_BACK.to_owned(), why: why.clone() };
    case::record(session, number, &entry, mail).await
}
