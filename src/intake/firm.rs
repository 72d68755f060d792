//! What follows from a mail of the firm's own people.

use jiff::Timestamp;

use super::{Known, Mail, Sender};
use crate::case::{Entry, Event, transition};
use crate::directory::{Account, Directory, Who};
use crate::effect::{Disposition, Effect, Filing};
use crate::message::{Address, Message};

/// Characters of a note that the history keeps; the mail itself is kept whole.
const NOTE: usize = 500;

/// An owner's mail: to the client it is the human answer, to us it is a note that the partner will see.
pub(super) fn owner_wrote(
    mail: Mail<'_>,
    person: &Address,
    sender: &Sender<'_>,
    directory: &Directory,
    known: &Known,
    now: Timestamp,
) -> Vec<Effect> {
    let client = recipient_account(mail.message, directory);
    let account = client
        .map(|account| account.key.clone())
        .or_else(|| known.conversation.as_ref().and_then(|conversation| conversation.account.clone()));
    let cases = known.conversation.as_ref().map_or(&[][..], |conversation| &conversation.cases);
    let to_us = mail
        .message
        .to
        .iter()
        .chain(&mail.message.cc)
        .any(|recipient| directory.who(&recipient.address) == Who::Ourselves);
    let reason = match client {
        Some(account) => format!("{} wrote to {}", person.display(), account.name),
        None if to_us => format!("{} wrote to us", person.display()),
        None => format!("{} wrote to somebody else", person.display()),
    };
    let mut effects = vec![Effect::File(Filing {
        disposition: Disposition::Owner,
        reason,
        account,
        conversation: known.conversation.as_ref().map(|conversation| conversation.id),
        writer: sender.writer.clone(),
    })];
    for case in cases {
        let mut case = case.clone();
        let what = if client.is_some_and(|account| account.key == case.account) {
            case.state = transition(case.state, Event::OwnerWrote);
            case.answered_at = case.answered_at.or(Some(now));
            effects.push(Effect::WithdrawDrafts { case: case.number });
            "answered the client".to_owned()
        } else if client.is_none() && to_us && !mail.message.reply.trim().is_empty() {
            format!("noted: {}", shorten(&mail.message.reply, NOTE))
        } else {
            continue;
        };
        case.changed_at = now;
        let number = case.number;
        effects.push(Effect::ChangeCase(case));
        let why = known.conversation.as_ref().map_or_else(String::new, |conversation| {
            format!("the mail joins the conversation by {}", conversation.joined_by)
        });
        effects.push(Effect::Record {
            case: number,
            entry: Entry { at: now, who: person.display().to_owned(), what, why },
        });
    }
    effects
}

/// The account of the first recipient who is a client.
fn recipient_account<'a>(message: &Message, directory: &'a Directory) -> Option<&'a Account> {
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
