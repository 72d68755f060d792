//! What follows from a mail of the firm's own people.

use jiff::Timestamp;

use super::{Known, Mail, Policy, Sender, commitment, question};
use crate::case::{Case, Entry, Event};
use crate::command::admit::{Admitted, Refusal};
use crate::command::apply::{Heard, apply};
use crate::directory::{Account, Directory, Who};
use crate::effect::{Disposition, Effect, Filing, Seed};
use crate::message::{Address, Message};

/// What the history says when an owner has written to the client.
pub const ANSWERED: &str = "answered the client";
/// How a line of the history begins when the client has said that a matter is settled.
pub const SETTLED: &str = "says that it is settled";
/// The same when the client has said that it is not.
pub const NOT_SETTLED: &str = "says that it is not settled";

/// Whether a mail was written to us: it names us as a recipient, or was delivered to a subaddress of ours.
pub(super) fn to_us(message: &Message, directory: &Directory) -> bool {
    let mut named = message.to.iter().chain(&message.cc);
    named.any(|recipient| directory.who(&recipient.address) == Who::Ourselves)
        || message.delivered_to.iter().any(|address| directory.subaddress(address).is_some())
}

/// An owner's mail: to the client it is the human answer, to us it gives commands and leaves notes.
#[expect(clippy::too_many_arguments, reason = "a pure function is handed all that it may know")]
pub(super) fn owner_wrote(
    mail: Mail<'_>,
    person: &Address,
    sender: &Sender<'_>,
    directory: &Directory,
    known: &Known,
    policy: &Policy,
    now: Timestamp,
    seed: Seed,
    heard: Option<&Result<Admitted, Refusal>>,
) -> Vec<Effect> {
    let client = recipient_account(mail.message, directory);
    let conversation = known.conversation.as_ref();
    let filing = |reason, account| {
        Effect::File(Filing {
            disposition: Disposition::Owner,
            reason,
            account,
            conversation: conversation.map(|conversation| conversation.id),
            writer: sender.writer.clone(),
        })
    };
    let account = conversation.and_then(|conversation| conversation.account.clone());
    let cases = conversation.map_or(&[][..], |conversation| &conversation.cases);
    match (client, heard) {
        (Some(client), _) => {
            let reason = format!("{} wrote to {}", person.display(), client.name);
            let mut effects = vec![filing(reason, Some(client.key.clone()))];
            for case in cases.iter().filter(|case| case.account == client.key) {
                let mut case = case.clone();
                case.undergo(Event::OwnerWrote, now);
                effects.push(Effect::WithdrawDrafts { case: case.number });
                effects.extend(told(case, person, ANSWERED.to_owned(), known, now));
            }
            let own: Vec<_> = cases.iter().filter(|case| case.account == client.key).cloned().collect();
            effects.extend(commitment::made(&mail, person, client, &own, directory, policy, now));
            effects.extend(question::ask(&mail, person, &own, directory, known, policy, now, seed));
            effects
        }
        (None, Some(Err(refusal))) if *refusal != Refusal::NoToken => {
            // Nothing of it is believed, so it joins nothing.
            let reason = format!("{} wrote to us; refused: {}", person.display(), refusal.words());
            vec![Effect::File(Filing {
                disposition: Disposition::Owner,
                reason,
                account: None,
                conversation: None,
                writer: sender.writer.clone(),
            })]
        }
        (None, Some(admitted)) => {
            let mut effects = vec![filing(format!("{} wrote to us", person.display()), account)];
            if let Some(spoken) = mail.spoken {
                let (person, about) = match admitted {
                    Ok(admitted) => (&admitted.person, Some(admitted.about)),
                    Err(_) => (person, None),
                };
                effects.extend(apply(Heard {
                    person,
                    about,
                    message: mail.message,
                    spoken,
                    backlog: mail.backlog,
                    known,
                    directory,
                    policy,
                    now,
                    seed,
                }));
            }
            effects
        }
        (None, None) => {
            let to = if to_us(mail.message, directory) { "us" } else { "somebody else" };
            vec![filing(format!("{} wrote to {to}", person.display()), account)]
        }
    }
}

/// A case that changes by what an owner did, with the line that says so.
fn told(mut case: Case, person: &Address, what: String, known: &Known, now: Timestamp) -> [Effect; 2] {
    case.changed_at = now;
    let joined = known.conversation.as_ref().map(|conversation| conversation.joined_by.as_str());
    let why = format!("the mail joins the conversation by {}", joined.unwrap_or_default());
    let entry = Entry { at: now, who: person.display().to_owned(), what, why };
    let number = case.number;
    [Effect::ChangeCase(case), Effect::Record { case: number, entry }]
}

/// The account of the first recipient who is a client.
pub(super) fn recipient_account<'a>(message: &Message, directory: &'a Directory) -> Option<&'a Account> {
    message.to.iter().chain(&message.cc).find_map(|recipient| match directory.who(&recipient.address) {
        Who::Client(account) => Some(account),
        _ => None,
    })
}

/// The first `length` characters on one line, with an ellipsis when there are more.
pub(super) fn shorten(text: &str, length: usize) -> String {
    let line = text.split_whitespace().collect::<Vec<_>>().join(" ");
    match line.char_indices().nth(length) {
        Some((end, _)) => format!("{}…", line[..end].trim_end()),
        None => line,
    }
}
