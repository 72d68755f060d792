//! Mails that have come: read and classified beside each other, then decided and written down in one transaction.

mod matched;

use std::collections::{BTreeSet, HashMap, VecDeque};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use futures::FutureExt;
use jiff::Timestamp;

use super::Desk;
use crate::case::Kind;
use crate::classify::{Classification, Classifier, FirmLayer, StaffFinding, read_scope, reads};
use crate::command::{self, Spoken, admit};
use crate::compose::Composer;
use crate::directory::{Directory, ScopeReading, Who};
use crate::effect::{Disposition, Effect, Filing};
use crate::intake::{self, Known, Mail, Policy, Sender};
use crate::message::{self, Address, Arrival, Cursor, Message, ReadOptions};
use crate::store::{ContentHash, ErrorKind, StoreError, Tx, content_hash};
use crate::token::About;

/// A mail that has been read, with what its words say.
#[derive(Debug, Clone)]
struct Read {
    arrival: Arrival,
    hash: ContentHash,
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

/// Writes a batch of mails down, with everything that follows from them, together with the cursor after them. When
/// this returns, all of it is on disk; mails that the store had already are passed over.
///
/// One mail that the store refuses never stops the others: it is set aside as it came.
pub async fn take(
    desk: &Desk,
    arrivals: Vec<Arrival>,
    mailbox: &str,
    cursor: Cursor,
) -> Result<Vec<Outcome>, StoreError> {
    let mut directory = desk.directory().await?;
    let layer = desk.layer(&directory).await;
    let mut read = VecDeque::from(read_all(desk, arrivals, &directory, Arc::clone(&layer)).await?);
    let composer = desk.composer().await?;
    let mut tx = desk.store.begin().await?;
    let mut outcomes = Vec::new();
    while let Some(mail) = read.pop_front() {
        tx.mark().await?;
        let at_hand = Receiving { desk, composer: &composer, directory: &directory, layer: &layer };
        let written = AssertUnwindSafe(write(at_hand, &mut tx, &mail, cursor)).catch_unwind().await;
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
                outcomes.extend(written);
                continue;
            }
        };
        tracing::error!(mailbox, refusal, "a mail is set aside; the others go on");
        tx.back_to_mark().await?;
        outcomes.extend(set_aside(desk, &mut tx, &mail, &refusal).await?);
    }
    tx.set_cursor(mailbox, cursor).await?;
    tx.commit().await?;
    if outcomes.iter().any(|outcome| outcome.outgoing > 0) {
        desk.outbox_bell.notify_one();
    }
    Ok(outcomes)
}

/// Reads and classifies on threads of their own: both are pure and take their time. Between them stands what the store
/// knows of the writers' signatures.
async fn read_all(
    desk: &Desk,
    arrivals: Vec<Arrival>,
    directory: &Arc<Directory>,
    layer: Arc<FirmLayer>,
) -> Result<Vec<Read>, StoreError> {
    const CAUGHT: &str = "every panic of reading is caught mail by mail";
    let (directory, options) = (Arc::clone(directory), desk.reading.clone());
    let reading = move || {
        let unread = |arrival| Read {
            arrival,
            hash: ContentHash::default(),
            understood: Err(FAILED.to_owned()),
            staff: Vec::new(),
        };
        let mut mails: Vec<Read> = arrivals.into_iter().map(unread).collect();
        on_all_cores(&mut mails, |mail| read(mail, &options));
        mails
    };
    let mut mails: Vec<Read> = tokio::task::spawn_blocking(reading).await.expect(CAUGHT);
    let writers: BTreeSet<&str> = mails.iter().filter_map(Read::writer).collect();
    let mut closings = desk.store.closings(&Vec::from_iter(writers)).await?;
    let understanding = move || {
        for mail in &mut mails {
            cut_signature(mail, &mut closings);
        }
        on_all_cores(&mut mails, |mail| classify(mail, &directory, &layer));
        mails
    };
    Ok(tokio::task::spawn_blocking(understanding).await.expect(CAUGHT))
}

/// Does the same to each mail, on as many threads as there are cores. A mail at which it panics is to be set aside.
fn on_all_cores(mails: &mut [Read], work: impl Fn(&mut Read) + Sync) {
    let threads = std::thread::available_parallelism().map_or(1, usize::from);
    let share = mails.len().div_ceil(threads).max(1);
    std::thread::scope(|scope| {
        for mails in mails.chunks_mut(share) {
            scope.spawn(|| {
                for mail in mails {
                    if catch_unwind(AssertUnwindSafe(|| work(mail))).is_err() {
                        mail.understood = Err(FAILED.to_owned());
                    }
                }
            });
        }
    });
}

fn read(mail: &mut Read, options: &ReadOptions) {
    mail.hash = content_hash(&mail.arrival.raw);
    mail.understood = if mail.arrival.raw.is_empty() {
        Err(format!("the mailbox says that it has {} bytes and gave none of them", mail.arrival.full_size))
    } else {
        Ok((message::read(&mail.arrival.raw, options), None))
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
    *classification = worth.then(|| Classifier::built_in().classify(subject, text).adjusted(layer));
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

/// Stores one mail with all that follows: its own outcome first, then those of older mails that it makes known.
async fn write(
    receiving: Receiving<'_>,
    tx: &mut Tx,
    read: &Read,
    cursor: Cursor,
) -> Result<Vec<Outcome>, StoreError> {
    let desk = receiving.desk;
    let (message, classification) = match &read.understood {
        Ok((message, classification)) => (message, classification.as_ref()),
        Err(reason) => return Ok(set_aside(desk, tx, read, reason).await?.into_iter().collect()),
    };
    let Some(mail) = tx.put_mail(&read.arrival, message, &read.hash, desk.clock.now()).await? else {
        return Ok(Vec::new());
    };
    let stored = Stored {
        mail,
        message,
        classification,
        staff: &read.staff,
        sent_folder: read.arrival.sent_folder,
        backlog: read.arrival.received_at.is_some_and(|at| at < cursor.started_at),
    };
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
    let mut mails = Vec::from(mails);
    let classifying = move || {
        on_all_cores(&mut mails, |mail| classify(mail, &directory, &layer));
        mails
    };
    let done = tokio::task::spawn_blocking(classifying).await;
    done.expect("every panic of reading is caught mail by mail").into()
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
async fn set_aside(
    desk: &Desk,
    tx: &mut Tx,
    read: &Read,
    reason: &str,
) -> Result<Option<Outcome>, StoreError> {
    let mail = tx.set_aside(&read.arrival, reason, desk.clock.now()).await?;
    let filing = Filing {
        disposition: Disposition::SetAside,
        reason: reason.to_owned(),
        account: None,
        conversation: None,
        writer: None,
    };
    Ok(mail.map(|mail| Outcome { mail, message: None, effects: vec![Effect::File(filing)], outgoing: 0 }))
}
