//! Unmatched mails whose sender somebody has matched to an account: processed as if they had just come, in the transaction
//! of the mail that said so, so that a crash in between loses nothing and repeats nothing.

use std::fmt::Write as _;
use std::panic::AssertUnwindSafe;
use std::sync::Arc;

use futures::FutureExt;

use super::super::hands;
use super::{Outcome, Receiving, Stored, decided};
use crate::classify::{Classification, Classifier, FirmLayer};
use crate::directory::Directory;
use crate::effect::{AnswerLine, Content, Disposition, Effect, Letter, Match};
use crate::intake;
use crate::message::{self, Message};
use crate::store::{ErrorKind, StoreError, Tx};

/// The most mails of one address that are processed at once: they keep all other writers waiting, some 50 ms each.
const AT_ONCE: u32 = 100;

/// Carries out what follows from a mail. Where it matches addresses to accounts, their mails are processed before the
/// answer is written, which says what became of them.
pub(super) async fn carry_out(
    receiving: Receiving<'_>,
    tx: &mut Tx,
    stored: Stored<'_>,
    mut effects: Vec<Effect>,
) -> Result<Vec<Outcome>, StoreError> {
    let Receiving { desk, composer, .. } = receiving;
    let (mail, now) = (stored.mail, desk.clock.now());
    let matches: Vec<Match> = effects
        .iter()
        .filter_map(|effect| match effect {
            Effect::Match(found) => Some(found.clone()),
            _ => None,
        })
        .collect();
    let is_answer =
        |effect: &Effect| matches!(effect, Effect::Send(Letter { content: Content::Answer(_), .. }));
    let later = if matches.is_empty() { None } else { effects.iter().position(is_answer) };
    let mut answer = later.map(|at| effects.remove(at));
    let mut outgoing = tx.perform(Some(mail), &effects, composer, now).await?.outgoing;
    if let Some(classification) = stored.classification {
        tx.record_findings(mail, classification).await?;
    }
    let mut others = Vec::new();
    for found in matches {
        let processed = process(receiving, tx, &found).await?;
        if let Some(Effect::Send(Letter { content: Content::Answer(answer), .. })) = &mut answer
            && let Some(line) = answer.lines.get_mut(found.line)
        {
            tell(line, &found, &processed);
        }
        others.extend(processed);
    }
    if let Some(answer) = answer {
        outgoing += tx.perform(Some(mail), std::slice::from_ref(&answer), composer, now).await?.outgoing;
        effects.push(answer);
    }
    let message = Some(stored.message.clone());
    Ok(std::iter::once(Outcome { mail, message, effects, outgoing }).chain(others).collect())
}

/// Processes the unmatched mails of an address that has become an account's, each for itself: one that fails stays as it is
/// and stops no other.
async fn process(receiving: Receiving<'_>, tx: &mut Tx, found: &Match) -> Result<Vec<Outcome>, StoreError> {
    let directory = tx.directory(receiving.desk.firm.clone()).await?;
    let receiving = Receiving { directory: &directory, ..receiving };
    let mut outcomes = Vec::new();
    for mail in tx.unmatched_of(&found.address, AT_ONCE).await? {
        tx.mark().await?;
        let processed = AssertUnwindSafe(one(receiving, tx, mail)).catch_unwind().await;
        match processed {
            Ok(Err(error)) if error.kind != ErrorKind::Data => return Err(error),
            Ok(Ok(outcome)) => outcomes.extend(outcome),
            Ok(Err(_)) | Err(_) => {
                tracing::error!(
                    mail,
                    "a matched mail cannot be processed; it stays unmatched, and the others go on"
                );
                tx.back_to_mark().await?;
            }
        }
    }
    tx.mark().await?;
    Ok(outcomes)
}

async fn one(receiving: Receiving<'_>, tx: &mut Tx, mail: i64) -> Result<Option<Outcome>, StoreError> {
    let desk = receiving.desk;
    let Some((raw, sent_folder)) = tx.stored_mail(mail).await? else { return Ok(None) };
    let Some((message, classification)) = understand(receiving, raw).await else { return Ok(None) };
    let stored = Stored {
        mail,
        message: &message,
        classification: classification.as_ref(),
        staff: &[],
        sent_folder,
        backlog: false,
    };
    let effects = decided(receiving, tx, stored).await?;
    let outgoing = tx.perform(Some(mail), &effects, receiving.composer, desk.clock.now()).await?.outgoing;
    if let Some(classification) = &classification {
        tx.record_findings(mail, classification).await?;
    }
    Ok(Some(Outcome { mail, message: Some(message), effects, outgoing }))
}

/// Reads and classifies a mail again, on a thread of its own.
async fn understand(receiving: Receiving<'_>, raw: Vec<u8>) -> Option<(Message, Option<Classification>)> {
    let options = receiving.desk.reading.clone();
    let directory: Directory = receiving.directory.clone();
    let layer: Arc<FirmLayer> = Arc::clone(receiving.layer);
    let reading = move || {
        let message = message::read(&raw, &options);
        let sender = intake::sender(&message, &directory);
        let (subject, text) = sender.words(&message);
        let worth = message.automatic.is_none() && sender.account.is_some() && !text.trim().is_empty();
        let found = worth.then(|| Classifier::built_in().classify(subject, text).adjusted(&layer));
        (message, found)
    };
    hands::one(reading).await
}

/// What became of the mails, as sentences of the answer.
fn tell(line: &mut AnswerLine, found: &Match, processed: &[Outcome]) {
    let cases = |outcome: &Outcome| -> Vec<String> {
        let opened = outcome.effects.iter().filter_map(|effect| match effect {
            Effect::OpenCase(case) => Some(format!("#{} ({})", case.number, case.kind.words())),
            Effect::ChangeCase(case) => {
                Some(format!("#{} ({}), which was there", case.number, case.kind.words()))
            }
            _ => None,
        });
        opened.collect()
    };
    let said = |outcome: &Outcome| match (&cases(outcome)[..], filed(outcome)) {
        ([], Some(Disposition::Unmatched) | None) => "could not be processed; it is listed again".to_owned(),
        ([], Some(Disposition::Automatic)) => "is a machine's: nothing to do".to_owned(),
        ([], Some(_)) => "needs nothing".to_owned(),
        (cases, _) => format!("is case {}", cases.join(" and ")),
    };
    let named = processed.iter().find(|outcome| outcome.mail == found.mail);
    let named = named.map_or_else(|| "could not be processed; it is listed again".to_owned(), said);
    let _ = write!(line.text, " #u{} {named}.", found.mail);
    let others: Vec<_> = processed.iter().filter(|outcome| outcome.mail != found.mail).collect();
    if !others.is_empty() {
        let cases: Vec<_> = others.iter().flat_map(|outcome| cases(outcome)).collect();
        let became = if cases.is_empty() { "they need nothing".to_owned() } else { cases.join(", ") };
        let (count, mails) = (others.len(), if others.len() == 1 { "mail" } else { "mails" });
        let _ = write!(line.text, " {count} more {mails} of that address: {became}.");
    }
}

fn filed(outcome: &Outcome) -> Option<Disposition> {
    outcome.effects.iter().find_map(|effect| match effect {
        Effect::File(filing) => Some(filing.disposition),
        _ => None,
    })
}
