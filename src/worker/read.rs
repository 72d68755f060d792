//! Mails that wait in the store: read and classified beside each other, then decided and written down in one transaction,
//! in the order in which they were stored. A crash before its commit changes nothing: they wait.

mod matched;
mod steadily;

use std::collections::{BTreeSet, HashMap, VecDeque};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::time::Instant;

use futures::FutureExt;
use jiff::Timestamp;

use super::{Desk, hands};
use crate::case::Kind;
use crate::classify::{Classification, Classifier, FirmLayer, StaffFinding, read_scope, reads};
use crate::command::{self, Spoken, admit};
use crate::compose::Composer;
use crate::directory::{Directory, ScopeReading, Who};
use crate::effect::{Disposition, Effect, Filing};
use crate::intake::{self, Known, Mail, Policy, Sender};
use crate::message::{self, Address, Message, ReadOptions};
use crate::store::{ErrorKind, StoreError, Tx, Waiting};
use crate::token::About;

pub use steadily::{is_done, run};

/// Mails that are read together and share one transaction. Few enough that a daemon which is told to stop has soon
/// finished what is at hand.
const MAILS: u32 = 32;
/// Their bytes: what they hold in memory.
const BYTES: u64 = 4 << 20;

/// A mail that has been read, with what its words say.
#[derive(Debug)]
struct Read {
    waiting: Waiting,
    understood: Result<(Message, Option<Classification>), String>,
    /// What an owner's words to a client say.
    staff: Vec<StaffFinding>,
}

/// Why a mail is set aside when a panic ended its reading.
const FAILED: &str = "reading it failed (a mistake of this program; the log says where)";

impl Read {
    /// The address whose earlier mails may bear the same signature.
    fn writer(&self) -> Option<&str> {
        let (message, _) = self.understood.as_ref().ok()?;
        message.from.as_ref().map(|from| from.address.as_str()).filter(|_| message.automatic.is_none())
    }
}

/// What became of one mail, for the log and for the demonstration.
#[derive(Debug, Clone)]
pub struct Outcome {
    /// The number of the mail in the store.
    pub mail: i64,
    /// As it was read; none when it could not be.
    pub message: Option<Message>,
    /// What followed.
    pub effects: Vec<Effect>,
    /// How many mails it put into the outbox.
    pub outgoing: usize,
}

impl Outcome {
    /// What the mail was filed as.
    fn filed(&self) -> Option<Disposition> {
        let filed = |effect: &Effect| match effect {
            Effect::File(filing) => Some(filing.disposition),
            _ => None,
        };
        self.effects.iter().find_map(filed)
    }
}

/// Reads the first mails that wait, and writes down everything that follows from them. When this returns, all of it is
/// on disk. Gives what became of them: nothing where none waits.
///
/// One mail at which reading or deciding fails never stops the others: it is set aside, and kept as it came.
pub async fn step(desk: &Desk) -> Result<Vec<Outcome>, StoreError> {
    let waiting = desk.store.to_read(MAILS, BYTES).await?;
    if waiting.is_empty() {
        return Ok(Vec::new());
    }
    let mut directory = desk.directory().await?;
    let layer = desk.layer(&directory).await;
    let mut read = VecDeque::from(read_all(desk, waiting, &directory, Arc::clone(&layer)).await?);
    let composer = desk.composer().await?;
    let mut tx = desk.store.begin().await?;
    let numbers: Vec<_> = read.iter().map(|read| read.waiting.mail).collect();
    // Another process may have read them, or removed them.
    let still = tx.still_waiting(&numbers).await?;
    read.retain(|read| still.contains(&read.waiting.mail));
    let (mut outcomes, mut filed) = (Vec::new(), Vec::new());
    while let Some(mail) = read.pop_front() {
        tx.mark().await?;
        let at_hand = Receiving { desk, composer: &composer, directory: &directory, layer: &layer };
        let written = AssertUnwindSafe(write(at_hand, &mut tx, &mail)).catch_unwind().await;
        let refusal = match written {
            Ok(Err(error)) if error.kind == ErrorKind::Data => format!("the store refuses it: {error}"),
            Err(_) => "deciding about it failed (a mistake of this program; the log says where)".to_owned(),
            Ok(other) => {
                let written = other?;
                let changes = |effect: &Effect| {
                    matches!(effect, Effect::Absent(_) | Effect::Back { .. } | Effect::Match(_))
                };
                if written.iter().flat_map(|outcome| &outcome.effects).any(changes) {
                    directory = Arc::new(tx.directory(desk.firm.clone()).await?);
                    read = classify_again(read, &directory, &layer).await;
                }
                filed.extend(
                    written.first().and_then(|own| Some((mail.waiting.mailbox.clone(), own.filed()?))),
                );
                outcomes.extend(written);
                continue;
            }
        };
        tracing::error!(
            mailbox = mail.waiting.mailbox,
            mail = mail.waiting.mail,
            refusal,
            "a mail is set aside; the others go on"
        );
        tx.back_to_mark().await?;
        outcomes.push(set_aside(desk, &mut tx, &mail, &refusal).await?);
        filed.push((mail.waiting.mailbox, Disposition::SetAside));
    }
    tx.commit().await?;
    for (mailbox, disposition) in filed {
        let disposition = disposition.key();
        metrics::counter!("pairdesk_mails_total", "mailbox" => mailbox, "disposition" => disposition)
            .increment(1);
    }
    if outcomes.iter().any(|outcome| outcome.outgoing > 0) {
        desk.outbox_bell.notify_one();
    }
    Ok(outcomes)
}

/// Reads until nothing waits.
pub async fn all(desk: &Desk) -> Result<Vec<Outcome>, StoreError> {
    let mut outcomes = Vec::new();
    loop {
        let read = step(desk).await?;
        if read.is_empty() {
            return Ok(outcomes);
        }
        outcomes.extend(read);
    }
}

/// Reads and classifies on threads of their own: both are pure and take their time. Between them stands what the store
/// knows of the writers' signatures.
async fn read_all(
    desk: &Desk,
    waiting: Vec<Waiting>,
    directory: &Arc<Directory>,
    layer: Arc<FirmLayer>,
) -> Result<Vec<Read>, StoreError> {
    const CAUGHT: &str = "every panic of reading is caught mail by mail";
    let (directory, options) = (Arc::clone(directory), desk.reading.clone());
    let unread = |waiting| Read { waiting, understood: Err(FAILED.to_owned()), staff: Vec::new() };
    let mails: Vec<Read> = waiting.into_iter().map(unread).collect();
    let reading = hands::one(move || {
        let mut mails = mails;
        for mail in &mut mails {
            if catch_unwind(AssertUnwindSafe(|| read(mail, &options))).is_err() {
                mail.understood = Err(FAILED.to_owned());
            }
        }
        mails
    });
    let mut mails = reading.await.expect(CAUGHT);
    let writers: BTreeSet<&str> = mails.iter().filter_map(Read::writer).collect();
    let mut closings = desk.store.closings(&Vec::from_iter(writers)).await?;
    let cutting = hands::one(move || {
        for mail in &mut mails {
            cut_signature(mail, &mut closings);
        }
        mails
    });
    let mails = cutting.await.expect(CAUGHT);
    Ok(on_all_cores(mails, move |mail| classify(mail, &directory, &layer)).await)
}

/// Does the same to each mail, on as many threads as there are cores. A mail at which it panics is to be set aside.
async fn on_all_cores(mails: Vec<Read>, work: impl Fn(&mut Read) + Send + Sync + 'static) -> Vec<Read> {
    let done = hands::each(mails, work).await.into_iter();
    let done = done.map(|(mut mail, whole)| {
        if !whole {
            mail.understood = Err(FAILED.to_owned());
        }
        mail
    });
    done.collect()
}

/// What a mail says. Its bytes are let go: the store has them.
fn read(mail: &mut Read, options: &ReadOptions) {
    mail.understood = match std::mem::replace(&mut mail.waiting.raw, Ok(Vec::new())) {
        Ok(raw) if raw.is_empty() => Err(format!(
            "the mailbox says that it has {} bytes and gave none of them",
            mail.waiting.full_size
        )),
        Ok(raw) => Ok((message::read(&raw, options), None)),
        Err(error) => Err(error.to_string()),
    };
}

/// Sets aside the signature that the writer's earlier mails bore, these of the same batch among them.
fn cut_signature(mail: &mut Read, closings: &mut HashMap<String, Vec<String>>) {
    let Some(writer) = mail.writer().map(str::to_owned) else { return };
    let Ok((message, _)) = &mut mail.understood else { return };
    let earlier = closings.entry(writer).or_default();
    let cut = catch_unwind(AssertUnwindSafe(|| {
        message::cut_seen(message, earlier);
        earlier.push(message::closing(message));
    }));
    if cut.is_err() {
        mail.understood = Err(FAILED.to_owned());
    }
}

/// Classifies what a client newly wrote, with the firm's layer on top; nothing for others, for machines, and for a mail
/// without new words.
fn classify(mail: &mut Read, directory: &Directory, layer: &FirmLayer) {
    let Ok((message, classification)) = &mut mail.understood else { return };
    let sender = intake::sender(message, directory);
    let (subject, text) = sender.words(message);
    if classification.is_some() {
        return;
    }
    let worth = message.automatic.is_none() && sender.account.is_some() && !text.trim().is_empty();
    *classification = worth.then(|| {
        let begin = Instant::now();
        let found = Classifier::built_in().classify(subject, text).adjusted(layer);
        metrics::histogram!("pairdesk_classify_seconds").record(begin.elapsed());
        found
    });
    let said = message.said();
    let heeded = intake::heeded(message, directory) && reads(message.language.as_deref());
    if heeded && !said.trim().is_empty() {
        mail.staff = Classifier::built_in().classify_staff(&message.subject, said);
    }
}

/// What mails are decided with.
#[derive(Clone, Copy)]
struct Receiving<'a> {
    desk: &'a Desk,
    composer: &'a Composer,
    directory: &'a Directory,
    layer: &'a Arc<FirmLayer>,
}

/// Writes one mail down with all that follows: its own outcome first, then those of older mails that it makes known.
async fn write(receiving: Receiving<'_>, tx: &mut Tx, read: &Read) -> Result<Vec<Outcome>, StoreError> {
    let desk = receiving.desk;
    let (message, classification) = match &read.understood {
        Ok((message, classification)) => (message, classification.as_ref()),
        Err(reason) => return Ok(vec![set_aside(desk, tx, read, reason).await?]),
    };
    let Waiting { mail, sent_folder, backlog, .. } = read.waiting;
    tx.understood(mail, message, desk.clock.now()).await?;
    let stored = Stored { mail, message, classification, staff: &read.staff, sent_folder, backlog };
    let effects = decided(receiving, tx, stored).await?;
    matched::carry_out(receiving, tx, stored, effects).await
}

/// A mail that is in the store.
#[derive(Clone, Copy)]
struct Stored<'a> {
    mail: i64,
    message: &'a Message,
    classification: Option<&'a Classification>,
    staff: &'a [StaffFinding],
    sent_folder: bool,
    backlog: bool,
}

/// What follows from a stored mail.
async fn decided(
    receiving: Receiving<'_>,
    tx: &mut Tx,
    stored: Stored<'_>,
) -> Result<Vec<Effect>, StoreError> {
    let Receiving { desk, directory, .. } = receiving;
    let Stored { mail, message, classification, staff, sent_folder, backlog } = stored;
    let now = desk.clock.now();
    let sender = intake::sender(message, directory);
    let mut known = tx.known(mail, message, &sender, now).await?;
    let from = message.from.as_ref();
    let owners = from.is_some_and(|from| matches!(directory.who(&from.address), Who::Owner(_)));
    if owners || admit::bears_token(message, directory) {
        known.grounds = tx.grounds(mail, message, admit::case_named(message, directory)).await?;
    }
    let scope = classification.and_then(|found| against_scope(found, &sender, &desk.policy));
    let mut at_hand = Mail { message, classification, scope, spoken: None, staff, sent_folder, backlog };
    let speaker = intake::speaker(&at_hand, &sender, directory, &known, &desk.policy, now);
    let spoken = match speaker {
        Some((person, about)) => Some(hear(tx, &person, about, message, &mut known, directory, now).await?),
        None => None,
    };
    at_hand.spoken = spoken.as_ref();
    Ok(intake::decide(at_hand, &sender, directory, &known, &desk.policy, now, desk.clock.seed()))
}

/// Classifies those of the mails whose senders have become known meanwhile.
async fn classify_again(
    mails: VecDeque<Read>,
    directory: &Arc<Directory>,
    layer: &Arc<FirmLayer>,
) -> VecDeque<Read> {
    let (directory, layer) = (Arc::clone(directory), Arc::clone(layer));
    on_all_cores(mails.into(), move |mail| classify(mail, &directory, &layer)).await.into()
}

/// What an owner says, with what is known of the cases that it is about.
async fn hear(
    tx: &mut Tx,
    person: &Address,
    about: Option<About>,
    message: &Message,
    known: &mut Known,
    directory: &Directory,
    now: Timestamp,
) -> Result<Spoken, StoreError> {
    let answered = known.grounds.case.as_ref().filter(|_| about.is_some());
    let account = answered.and_then(|case| directory.account(&case.account));
    let context = command::context(&person.address, account, directory, now);
    let spoken = command::read(&message.reply, &context);
    known.addressed = tx.addressed(person, about, &spoken, known.conversation.as_ref(), directory).await?;
    Ok(command::read_for_cases(
        &message.reply,
        &person.address,
        spoken,
        &context,
        &known.addressed.cases,
        directory,
    ))
}

/// What the agreed scope says of the request in a mail, if one was found that may make a case.
fn against_scope(found: &Classification, sender: &Sender<'_>, policy: &Policy) -> Option<ScopeReading> {
    let kinds = [Kind::ExtraWork, Kind::Commercial].into_iter();
    let requests = kinds.filter_map(|kind| found.of(kind));
    let request = requests.max_by(|a, b| a.probability.total_cmp(&b.probability))?;
    let scope = &sender.account?.scope;
    let raised = request.probability >= policy.thresholds.please_check;
    raised.then(|| read_scope(&request.evidence, scope)).flatten()
}

/// Keeps a mail as it came.
async fn set_aside(desk: &Desk, tx: &mut Tx, read: &Read, reason: &str) -> Result<Outcome, StoreError> {
    let mail = read.waiting.mail;
    tx.give_up_reading(mail, reason, desk.clock.now()).await?;
    let filing = Filing {
        disposition: Disposition::SetAside,
        reason: reason.to_owned(),
        account: None,
        conversation: None,
        writer: None,
    };
    Ok(Outcome { mail, message: None, effects: vec![Effect::File(filing)], outgoing: 0 })
}
