//! What follows from one mail: a pure function from the mail, its classification and what is known, to effects.

mod alerts;
mod client;
mod commitment;
mod facts;
mod firm;
mod machine;
mod policy;
mod question;

use jiff::Timestamp;

use crate::case::{Case, Entry};
use crate::classify::{Classification, StaffFinding};
use crate::command::Spoken;
use crate::command::admit::{Admitted, Grounds, Refusal, admit, bears_token};
use crate::command::apply::Addressed;
use crate::directory::{Account, Directory, ScopeReading, Who};
use crate::effect::{Disposition, Effect, Filing, Meeting, Refused, Seed};
use crate::message::{Address, Message, Verdict};
use crate::offer::Offer;
use crate::token::About;

pub use alerts::{Alerted, gravity};
pub use commitment::heeded;
pub use facts::{case_facts, kind_reason, on_it, thread_root};
pub use firm::{ANSWERED, NOT_SETTLED, SETTLED};
pub use policy::{FollowUp, FollowUps, Policy, Thresholds};
pub use question::watched;

/// The mail at hand.
#[derive(Debug, Clone, Copy)]
pub struct Mail<'a> {
    /// As it was read.
    pub message: &'a Message,
    /// What its newly written text says. None for mails that are no client's.
    pub classification: Option<&'a Classification>,
    /// What the account's agreed scope says of the request in it, where a request was found and a line is near.
    pub scope: Option<ScopeReading>,
    /// What an owner's mail to us says. None for mails that are no owner's to us.
    pub spoken: Option<&'a Spoken>,
    /// What an owner's words to a client say; empty for all other mails.
    pub staff: &'a [StaffFinding],
    /// Whether it lies in a folder of sent mail: somebody at the firm wrote it.
    pub sent_folder: bool,
    /// Whether the mailbox had it before it was first read: it makes cases for the digest, but no mails at once.
    pub backlog: bool,
}

/// What the store knows that bears on one mail. Loaded in the transaction in which the effects are carried out.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Known {
    /// The id that the mail at hand has in the store.
    pub mail: i64,
    /// The next free case number.
    pub next_case: i64,
    /// The stored mail with the same content, if there is one.
    pub duplicate_of: Option<Duplicate>,
    /// The stored mail that the forward at hand holds, if the client's own mail has come before.
    pub forward_of: Option<i64>,
    /// The conversation that the mail joins.
    pub conversation: Option<Conversation>,
    /// When an owner's answer to this very mail came, where that one was read first (the folder of sent mail after an
    /// outage): a mail of an owner that cites this one and went to its account. A case that this mail opens is taken.
    pub answered_at: Option<Timestamp>,
    /// How many complaint cases of severity 2 and up the account had opened in the last thirty days.
    pub recent_complaints: u32,
    /// How many complaint cases of severity 1 the account had opened in the last thirty days.
    pub recent_mild: u32,
    /// How many alerts the account's manager got in the last seven days.
    pub alerts_this_week: u32,
    /// Of how many cases of the account people were told in the last hour, one by one or together.
    pub told_this_hour: u32,
    /// Whether it bears the Message-ID of a mail of ours.
    pub ours: bool,
    /// How many mails of its writer in the last 24 hours said the same; asked for of the firm's own people.
    pub same_words_today: u32,
    /// How many acknowledgements were made for the account in the last 24 hours.
    pub account_acknowledgements_today: u32,
    /// Of which cases of the account managers were alerted in the last thirty days.
    pub alerted: Vec<Alerted>,
    /// When this conversation last got an acknowledgement (sent or drafted).
    pub last_acknowledged: Option<Timestamp>,
    /// How many acknowledgements were made for the writer's address in the last 24 hours, over all conversations.
    pub acknowledgements_today: u32,
    /// The resolved cases of the conversation whose client was asked whether they are settled.
    pub asked: Vec<i64>,
    /// The meeting whose invitation the mail answers.
    pub meeting: Option<Meeting>,
    /// The case that it is about.
    pub meeting_case: Option<Box<Case>>,
    /// To whom the letter of ours went that the mail answers; asked for where a machine answers.
    pub letter_to: Option<String>,
    /// What a reply token is judged by; asked for where the mail bears one, or is an owner's to us.
    pub grounds: Grounds,
    /// How the extra work of the cases stands that the mail may be about, as far as it came further than being asked for.
    pub offers: Vec<Offer>,
    /// The cases that an owner's mail to us speaks of.
    pub addressed: Addressed,
}

/// A stored mail with the same content as the mail at hand.
#[derive(Debug, Clone, PartialEq)]
pub struct Duplicate {
    /// Its id.
    pub mail: i64,
    /// Where it lies.
    pub place: String,
    /// What it was filed as.
    pub disposition: Disposition,
}

/// The conversation that a mail joins.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Conversation {
    /// The id of its first mail.
    pub id: i64,
    /// What joined the mail to it, in words: "In-Reply-To", "subject within thirty days".
    pub joined_by: String,
    /// The account of its first mail, if it had one.
    pub account: Option<String>,
    /// Its cases, oldest first.
    pub cases: Vec<Case>,
    /// Its last mails, oldest first, at most three, without the mail at hand and without what owners wrote to us.
    pub last_mails: Vec<PastMail>,
    /// What owners last did about its cases by mail to us, oldest first, at most three.
    pub last_done: Vec<Entry>,
}

/// A mail that is stored already.
#[derive(Debug, Clone, PartialEq)]
pub struct PastMail {
    /// Who wrote it, as "Name <address>".
    pub from: String,
    /// When it came.
    pub at: Timestamp,
    /// What it was filed as.
    pub disposition: Disposition,
    /// The beginning of what it newly said.
    pub excerpt: String,
}

/// Whose mail it is: what the conversation and the account are looked up by.
#[derive(Debug, Clone, PartialEq)]
pub struct Sender<'a> {
    /// Who wrote it: the originator, or the inner one of a client's mail that somebody at the firm forwards.
    pub writer: Option<Address>,
    /// The account it belongs to, when the writer is a client.
    pub account: Option<&'a Account>,
    /// Who is alerted about that account.
    pub manager: Option<&'a Address>,
    /// Whether the writer was read from a forwarded mail.
    pub forwarded: bool,
}

impl Sender<'_> {
    /// The text that counts as the writer's: that of the inner mail where one was forwarded.
    pub fn words<'m>(&self, message: &'m Message) -> (&'m str, &'m str) {
        match &message.forward {
            Some(forward) if self.forwarded => (&forward.subject, &forward.reply),
            _ => (&message.subject, message.said()),
        }
    }
}

/// Reads from a message who wrote it and which account that is. Reply-To never counts: anybody can set it.
pub fn sender<'a>(message: &Message, directory: &'a Directory) -> Sender<'a> {
    let of = |writer: &Address, account: Option<&'a Account>, forwarded| Sender {
        writer: Some(writer.clone()),
        account,
        manager: account.and_then(|account| directory.manager_of(account)),
        forwarded,
    };
    let Some(from) = &message.from else {
        return Sender { writer: None, account: None, manager: None, forwarded: false };
    };
    match directory.who(&from.address) {
        Who::Client(account) => of(from, Some(account), false),
        Who::Owner(_) | Who::Staff => match message.forward.as_ref().map(|forward| &forward.from) {
            Some(inner) if let Who::Client(account) = directory.who(&inner.address) => {
                of(inner, Some(account), true)
            }
            _ => of(from, None, false),
        },
        Who::Ourselves | Who::Unknown => of(from, None, false),
    }
}

/// Decides what follows from a mail. The first effect says how the mail itself is accounted for.
pub fn decide(
    mail: Mail<'_>,
    sender: &Sender<'_>,
    directory: &Directory,
    known: &Known,
    policy: &Policy,
    now: Timestamp,
    seed: Seed,
) -> Vec<Effect> {
    let heard = heard(&mail, directory, known, policy, now);
    let mut effects = follow(mail, sender, directory, known, policy, now, seed, heard.as_ref());
    // A machine answers any mail, and an owner may write to us of their own accord: neither is an attempt at anything.
    let plain = |refusal: &Refusal| matches!(refusal, Refusal::Automatic { .. } | Refusal::NoToken);
    if let Some(Err(refusal)) = heard.filter(|heard| !heard.as_ref().is_err_and(plain)) {
        let sender = mail.message.from.as_ref().map(ToString::to_string).unwrap_or_default();
        effects.push(Effect::Refused(Refused { sender, reason: refusal.key(), words: refusal.words() }));
    }
    effects
}

/// Whether the commands of a mail count; none for a mail that is not of the kind that gives any, or is stored already.
/// What an owner's own copy in a folder of sent mail says counts as well, since only somebody who was logged in could put
/// it there; that which came in is then the second.
fn heard(
    mail: &Mail<'_>,
    directory: &Directory,
    known: &Known,
    policy: &Policy,
    now: Timestamp,
) -> Option<Result<Admitted, Refusal>> {
    let from = mail.message.from.as_ref();
    let owners = from.is_some_and(|from| matches!(directory.who(&from.address), Who::Owner(_)));
    let bears = bears_token(mail.message, directory) && (owners || !mail.sent_folder);
    let asked = bears || owners && firm::to_us(mail.message, directory);
    let authentication = policy.authentication && !mail.sent_folder;
    (asked && known.duplicate_of.is_none())
        .then(|| admit(mail.message, directory, &known.grounds, authentication, now))
}

/// Whose words in a mail are read, and what the mail of ours is about that they answer; none where that is not proved,
/// so that only notes count. Nobody's, where the mail is no owner's to us or nothing of it is believed.
pub fn speaker(
    mail: &Mail<'_>,
    sender: &Sender<'_>,
    directory: &Directory,
    known: &Known,
    policy: &Policy,
    now: Timestamp,
) -> Option<(Address, Option<About>)> {
    if sender.account.is_some() || firm::recipient_account(mail.message, directory).is_some() {
        return None;
    }
    let writer = sender.writer.as_ref()?;
    match heard(mail, directory, known, policy, now)? {
        Ok(admitted) => Some((admitted.person, Some(admitted.about))),
        Err(Refusal::NoToken) => match directory.who(&writer.address) {
            Who::Owner(person) => Some((person.clone(), None)),
            _ => None,
        },
        Err(_) => None,
    }
}

#[expect(clippy::too_many_arguments, reason = "a pure function is handed all that it may know")]
fn follow(
    mail: Mail<'_>,
    sender: &Sender<'_>,
    directory: &Directory,
    known: &Known,
    policy: &Policy,
    now: Timestamp,
    seed: Seed,
    heard: Option<&Result<Admitted, Refusal>>,
) -> Vec<Effect> {
    // The copy in the sent folder tells that the firm wrote it, which the copy that came in could not.
    let told_nothing = |duplicate: &Duplicate| {
        mail.sent_folder && matches!(duplicate.disposition, Disposition::Automatic | Disposition::Staff)
    };
    if let Some(duplicate) = known.duplicate_of.as_ref().filter(|duplicate| !told_nothing(duplicate)) {
        let reason =
            format!("the same mail is stored already as mail {}, from {}", duplicate.mail, duplicate.place);
        return vec![file(Disposition::Duplicate, reason, sender, known)];
    }
    if let Some(automatic) = &mail.message.automatic {
        return machine::wrote(&mail, automatic, sender, directory, known, policy, now, seed);
    }
    if let Some(reason) = machine::unmarked(&mail, known, heard.is_some()) {
        return vec![file(Disposition::Automatic, reason, sender, known)];
    }
    if let Some(refusal) = not_the_firms(&mail, directory, policy) {
        return vec![file(Disposition::Unmatched, refusal, sender, known)];
    }
    if let (Some(original), true) = (known.forward_of, sender.forwarded) {
        let reason = format!("forwards a client's mail that is stored already, as mail {original}");
        return vec![file(Disposition::Owner, reason, sender, known)];
    }
    if let Some(account) = sender.account {
        return client::decide(mail, sender, account, directory, known, policy, now, seed);
    }
    let Some(writer) = &sender.writer else {
        let reason = "no originator could be read from it".to_owned();
        return vec![file(Disposition::Unmatched, reason, sender, known)];
    };
    match directory.who(&writer.address) {
        Who::Owner(person) => {
            firm::owner_wrote(mail, person, sender, directory, known, policy, now, seed, heard)
        }
        // Somebody who is no owner may have been given the lead of a case.
        Who::Staff if mail.sent_folder || heard.is_some_and(Result::is_ok) => {
            let heard = heard.filter(|heard| heard.is_ok());
            firm::owner_wrote(mail, writer, sender, directory, known, policy, now, seed, heard)
        }
        Who::Ourselves if mail.sent_folder => {
            firm::owner_wrote(mail, writer, sender, directory, known, policy, now, seed, None)
        }
        Who::Ourselves => {
            vec![file(Disposition::Automatic, "it comes from our own address".to_owned(), sender, known)]
        }
        Who::Staff => {
            vec![file(Disposition::Staff, "written by the firm's own staff".to_owned(), sender, known)]
        }
        Who::Client(_) | Who::Unknown => {
            let reason =
                match known.conversation.as_ref().and_then(|conversation| conversation.account.as_ref()) {
                    Some(account) => format!(
                        "no account has the address {}; it joins a conversation with {account}",
                        writer.address
                    ),
                    None => format!("no account has the address {} or its domain", writer.address),
                };
            vec![file(Disposition::Unmatched, reason, sender, known)]
        }
    }
}

/// Why a mail that bears the name of one of the firm's own people is not taken for theirs: the firm's mail server,
/// where it is asked, did not confirm the sender (RFC 8601). What lies in a folder of sent mail was put there by
/// somebody who was logged in.
fn not_the_firms(mail: &Mail<'_>, directory: &Directory, policy: &Policy) -> Option<String> {
    let from = mail.message.from.as_ref()?;
    let firms = matches!(directory.who(&from.address), Who::Owner(_) | Who::Staff | Who::Ourselves);
    if !firms || mail.sent_folder || !policy.authentication {
        return None;
    }
    match &mail.message.authentication {
        Some(found) if found.verdict == Verdict::Pass => None,
        Some(found) => Some(format!(
            "says that {} wrote it, which the mail server does not confirm: {}",
            from.address, found.reason
        )),
        None => {
            Some(format!("says that {} wrote it, and bears no word of the mail server on that", from.address))
        }
    }
}

/// The filing of a mail that calls for nothing more.
fn file(disposition: Disposition, reason: String, sender: &Sender<'_>, known: &Known) -> Effect {
    Effect::File(Filing {
        disposition,
        reason,
        account: sender.account.map(|account| account.key.clone()),
        conversation: known.conversation.as_ref().map(|conversation| conversation.id),
        writer: sender.writer.clone(),
    })
}
