//! Who may give commands: the person that the answered mail went to, shown by the token in it, as far as the sender is
//! who From says. Everything else is refused, for a named reason. Pure.
//!
//! A refused mail gets no answer: whoever tries things out must not learn how near they came.

use jiff::Timestamp;

use crate::case::Case;
use crate::directory::{Directory, Who};
use crate::message::{Address, Message, Verdict, comparable};
use crate::token::{self, About, Flaw, Keys};

/// A mail whose commands count.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Admitted {
    /// Who gives them.
    pub person: Address,
    /// What the mail that they answer is about. A case stands for all cases of its account; a digest for all cases of
    /// the person.
    pub about: About,
}

/// What the store knows that bears on a mail with a token.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Grounds {
    /// The keys of this installation.
    pub keys: Keys,
    /// The case that the token names, if there is one of that number.
    pub case: Option<Case>,
    /// An owner's mail that was taken before, of the same Message-ID and other content.
    pub taken_before: Option<i64>,
}

/// Why the commands of a mail do not count.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Refusal {
    /// A machine wrote it: an out-of-office answer, a bounce, a list.
    Automatic {
        /// What showed it.
        reason: String,
    },
    /// From does not name exactly the one mailbox that it was read as.
    ForgedFrom {
        /// The mailboxes of From.
        from: Vec<String>,
    },
    /// Sender (RFC 5322 §3.6.2) names somebody else than From.
    SentByAnother {
        /// Who Sender says.
        sender: String,
    },
    /// The firm's mail server did not confirm that it comes from where From says.
    NotAuthenticated {
        /// What the server found; none when it said nothing.
        found: Option<String>,
    },
    /// It bears no token in a place that counts.
    NoToken,
    /// It bears several tokens, so that nobody can say which mail it answers.
    SeveralTokens {
        /// How many.
        number: usize,
    },
    /// The token was cut, lengthened or mangled.
    Unreadable,
    /// The token was made with a key that this installation does not have.
    UnknownKey,
    /// The token's proof fits nobody: it was made up, or what it says was changed.
    Altered,
    /// The token is of a letter to another of the firm's people.
    OfAnother {
        /// To whom.
        owner: String,
    },
    /// Somebody from outside, or without an account, answers a letter that was not to them.
    Stranger {
        /// To whom it was.
        owner: String,
    },
    /// The letter was to the sender, who is no owner, deputy or manager any more.
    OwnerNoMore,
    /// The letter was to the sender, too long ago.
    Expired,
    /// An owner's mail of the same Message-ID was taken before.
    Replayed {
        /// Which one.
        mail: i64,
    },
    /// There is no case of the token's number.
    UnknownCase {
        /// The number.
        number: i64,
    },
    /// The sender has nothing to do with the case's account any more.
    LeftAccount {
        /// The account's key.
        account: String,
    },
}

impl Refusal {
    /// The name in the store.
    pub fn key(&self) -> &'static str {
        match self {
            Self::Automatic { .. } => "automatic",
            Self::ForgedFrom { .. } => "forged_from",
            Self::SentByAnother { .. } => "sent_by_another",
            Self::NotAuthenticated { .. } => "not_authenticated",
            Self::NoToken => "no_token",
            Self::SeveralTokens { .. } => "several_tokens",
            Self::Unreadable => "unreadable_token",
            Self::UnknownKey => "unknown_key",
            Self::Altered => "altered_token",
            Self::OfAnother { .. } => "token_of_another",
            Self::Stranger { .. } => "stranger",
            Self::OwnerNoMore => "owner_no_more",
            Self::Expired => "expired_token",
            Self::Replayed { .. } => "replayed",
            Self::UnknownCase { .. } => "unknown_case",
            Self::LeftAccount { .. } => "left_account",
        }
    }

    /// The reason in words, for the record and the manager.
    pub fn words(&self) -> String {
        match self {
            Self::Automatic { reason } => format!("a machine wrote it ({reason})"),
            Self::ForgedFrom { from } => match &from[..] {
                [] => "it has no usable From".to_owned(),
                [one] => format!("From is {one}, and another header says that somebody else wrote it"),
                several => format!("From names {} mailboxes: {}", several.len(), several.join(", ")),
            },
            Self::SentByAnother { sender } => format!("{sender} sent it in the name of another"),
            Self::NotAuthenticated { found: Some(found) } => {
                format!("the mail server does not confirm the sender: {found}")
            }
            Self::NotAuthenticated { found: None } => {
                "it bears no word of the mail server on the sender".to_owned()
            }
            Self::NoToken => "it answers none of our mails: it bears no token".to_owned(),
            Self::SeveralTokens { number } => format!("it bears {number} different tokens"),
            Self::Unreadable => "its token was cut or mangled".to_owned(),
            Self::UnknownKey => "its token was made with a key that is not ours".to_owned(),
            Self::Altered => "its token was made up or changed".to_owned(),
            Self::OfAnother { owner } => format!("its token is of a mail to {owner}"),
            Self::Stranger { owner } => format!("a stranger answers a mail to {owner}"),
            Self::OwnerNoMore => "the sender is no owner, deputy or manager any more".to_owned(),
            Self::Expired => "its token has expired: the mail that it answers is too old".to_owned(),
            Self::Replayed { mail } => {
                format!("the same mail, with other content, was taken before as mail {mail}")
            }
            Self::UnknownCase { number } => format!("there is no case #{number}"),
            Self::LeftAccount { account } => format!("the sender has nothing to do with {account} any more"),
        }
    }
}

/// Whether the commands of a mail count. `authentication` says whether the firm's mail server is asked about senders
/// (RFC 8601).
///
/// # Errors
/// The first reason against it, in the order of [`Refusal`].
pub fn admit(
    message: &Message,
    directory: &Directory,
    grounds: &Grounds,
    authentication: bool,
    now: Timestamp,
) -> Result<Admitted, Refusal> {
    if let Some(automatic) = &message.automatic {
        return Err(Refusal::Automatic { reason: automatic.reason.clone() });
    }
    let from = one_sender(message)?;
    let who = directory.who(&from.address);
    if authentication && matches!(who, Who::Owner(_) | Who::Staff | Who::Ourselves) {
        authenticated(message)?;
    }
    let token = one_token(message, directory)?;
    let about = match grounds.keys.read(&token, &from.address, now) {
        Ok(about) => about,
        Err(Flaw::Unreadable) => return Err(Refusal::Unreadable),
        Err(Flaw::UnknownKey) => return Err(Refusal::UnknownKey),
        Err(Flaw::Altered) => return Err(not_the_senders(&token, &who, directory, &grounds.keys, now)),
        Err(Flaw::Expired) if matches!(who, Who::Owner(_)) => return Err(Refusal::Expired),
        Err(Flaw::Expired) => return Err(Refusal::OwnerNoMore),
    };
    // The lead of a case may have been given to somebody who has no account.
    let lead = grounds.case.as_ref().and_then(|case| case.lead_person.as_ref());
    let lead = lead.filter(|lead| comparable(&lead.address) == comparable(&from.address));
    let ((Who::Owner(person), _) | (Who::Staff, Some(person))) = (who, lead) else {
        return Err(Refusal::OwnerNoMore);
    };
    if let Some(mail) = grounds.taken_before {
        return Err(Refusal::Replayed { mail });
    }
    if let About::Case(number) = about {
        let case = grounds.case.as_ref().filter(|case| case.number == number);
        let case = case.ok_or(Refusal::UnknownCase { number })?;
        if lead.is_none() && !directory.is_of(&person.address, &case.account) {
            return Err(Refusal::LeftAccount { account: case.account.clone() });
        }
    }
    Ok(Admitted { person: person.clone(), about })
}

/// Whether a mail bears what may be a token, in a place that counts.
pub fn bears_token(message: &Message, directory: &Directory) -> bool {
    !tokens(message, directory).is_empty()
}

/// The case that a mail's token names, not proved: what [`Grounds`] are looked up by.
pub fn case_named(message: &Message, directory: &Directory) -> Option<i64> {
    match token::claimed(tokens(message, directory).first()?) {
        Some(About::Case(number)) => Some(number),
        _ => None,
    }
}

/// The one mailbox of From, which Sender does not contradict.
fn one_sender(message: &Message) -> Result<&Address, Refusal> {
    let [header] = &message.from_header[..] else {
        return Err(Refusal::ForgedFrom { from: addresses(&message.from_header) });
    };
    // A list may have set From anew; then the writer was read from a header that anybody can set.
    let Some(from) = message.from.as_ref().filter(|from| from.address == header.address) else {
        return Err(Refusal::ForgedFrom { from: addresses(&message.from_header) });
    };
    match message.sender.iter().find(|sender| comparable(&sender.address) != comparable(&from.address)) {
        Some(sender) => Err(Refusal::SentByAnother { sender: sender.address.clone() }),
        None => Ok(from),
    }
}

fn addresses(people: &[Address]) -> Vec<String> {
    people.iter().map(|person| person.address.clone()).collect()
}

fn authenticated(message: &Message) -> Result<(), Refusal> {
    match &message.authentication {
        Some(found) if found.verdict == Verdict::Pass => Ok(()),
        found => Err(Refusal::NotAuthenticated { found: found.as_ref().map(|found| found.reason.clone()) }),
    }
}

/// The one token of a mail.
fn one_token(message: &Message, directory: &Directory) -> Result<String, Refusal> {
    let mut tokens = tokens(message, directory);
    match (tokens.pop(), tokens.len()) {
        (None, _) => Err(Refusal::NoToken),
        (Some(one), 0) => Ok(one),
        (Some(_), others) => Err(Refusal::SeveralTokens { number: others + 1 }),
    }
}

/// The different tokens of a mail, in lower case, of the first place that has any: the subaddresses of ours that it was
/// sent to; the nearest mail of ours that it cites (older ones of the thread do not count); the subject. What stands in
/// its text, quoted or not, never counts.
fn tokens(message: &Message, directory: &Directory) -> Vec<String> {
    let named = message.to.iter().chain(&message.cc).map(|recipient| recipient.address.as_str());
    let sent_to = named.chain(message.delivered_to.iter().map(String::as_str));
    let tokens = different(
        sent_to.filter_map(|address| directory.subaddress(address)).filter(|detail| token::resembles(detail)),
    );
    if !tokens.is_empty() {
        return tokens;
    }
    let domain = directory.firm().address.rsplit_once('@').map_or("", |(_, domain)| domain);
    let of_id = |id| token::of_message_id(id, domain);
    let answered = different(message.in_reply_to.iter().filter_map(|id| of_id(id)));
    if !answered.is_empty() {
        return answered;
    }
    match message.references.iter().rev().find_map(|id| of_id(id)) {
        Some(token) => vec![token.to_lowercase()],
        None => different(token::of_subject(&message.subject)),
    }
}

fn different<'a>(tokens: impl Iterator<Item = &'a str>) -> Vec<String> {
    let mut different: Vec<_> = tokens.map(str::to_lowercase).collect();
    different.sort();
    different.dedup();
    different
}

/// Why a token whose proof does not fit the sender is refused: it may be somebody else's.
fn not_the_senders(
    token: &str,
    sender: &Who<'_>,
    directory: &Directory,
    keys: &Keys,
    now: Timestamp,
) -> Refusal {
    let fits = |person: &&&Address| keys.read(token, &person.address, now) != Err(Flaw::Altered);
    let owner = directory.people().iter().find(fits).map(|owner| owner.address.clone());
    match (owner, sender) {
        (None, _) => Refusal::Altered,
        (Some(owner), Who::Owner(_)) => Refusal::OfAnother { owner },
        (Some(owner), _) => Refusal::Stranger { owner },
    }
}
