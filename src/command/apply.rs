//! What follows from what an owner says in answer to a mail: cases change, notes are kept, and one mail answers. Pure.
//!
//! What the person may not do, and what is not known, stands in the answer in plain words. Of cases that are not theirs
//! they learn nothing.

mod absences;
mod cases;
mod hand;
mod known;
mod letters;
mod meetings;
mod notes;
mod notice;
mod offers;
mod send;
mod settled;
mod target;
mod unmatched;
mod wrong;

use jiff::Timestamp;
use jiff::tz::TimeZone;

use super::{Command, Item, Said, Spoken};
use crate::case::{Case, Entry};
use crate::directory::{Account, Directory};
use crate::effect::{Answer, AnswerLine, Content, Effect, Letter, Outcome, Ready, Refused, Seed};
use crate::intake::{Known, Policy, thread_root};
use crate::message::{Address, Message};
use crate::token::About;

pub use known::{Addressed, AddressedCase, ClientMail, Draft, RaisedBy, UnmatchedMail, here, is_theirs};
pub use letters::addressing;

/// An owner's mail to us, and all that may be known of it.
#[derive(Debug, Clone, Copy)]
pub struct Heard<'a> {
    /// Who speaks.
    pub person: &'a Address,
    /// What the mail of ours is about that is answered. None where that is not proved: then notes count, and no commands.
    pub about: Option<About>,
    /// The mail.
    pub message: &'a Message,
    /// What it says.
    pub spoken: &'a Spoken,
    /// Whether the mailbox had it before it was first read.
    pub backlog: bool,
    /// What the store knows.
    pub known: &'a Known,
    /// Who is who.
    pub directory: &'a Directory,
    /// The firm's choices.
    pub policy: &'a Policy,
    /// The present instant.
    pub now: Timestamp,
    /// Where fresh ids come from.
    pub seed: Seed,
}

/// What follows from what an owner says: effects, with at most one mail among them that answers. Notes alone are kept
/// without a word.
pub fn apply(heard: Heard<'_>) -> Vec<Effect> {
    let cases = heard.known.addressed.cases.clone();
    let mut applying = Applying {
        heard,
        cases,
        changed: Vec::new(),
        opened: Vec::new(),
        effects: Vec::new(),
        lines: Vec::new(),
        help: false,
        foreign: Vec::new(),
        wide: false,
        letters: 0,
    };
    for item in &heard.spoken.items {
        applying.item(item);
    }
    applying.finish()
}

/// The work on one mail: what was decided so far.
struct Applying<'a> {
    heard: Heard<'a>,
    /// The cases as they stand after what was said so far.
    cases: Vec<AddressedCase>,
    /// The numbers of those that changed.
    changed: Vec<i64>,
    /// The numbers of those that are opened by what was said.
    opened: Vec<i64>,
    /// What follows, but for the changes of cases and the answer.
    effects: Vec<Effect>,
    lines: Vec<AnswerLine>,
    help: bool,
    /// The numbers of cases that are not the person's, or not what the answered mail is about.
    foreign: Vec<i64>,
    /// Whether the answer offers lines about another account than the mail was about.
    wide: bool,
    letters: usize,
}

impl<'a> Applying<'a> {
    fn item(&mut self, item: &Item) {
        match &item.said {
            Said::Chatter => {}
            Said::Note(text) | Said::Command(Command::Note(text)) => self.note(item, text),
            Said::Misunderstood { nearest } => self.misunderstood(item, *nearest),
            Said::Command(Command::Help) => self.help = true,
            Said::Command(_) if self.heard.about.is_none() => {
                let text = "Nothing of it was done: your mail answers none of ours. Answer a notice or a digest, and say it there.";
                self.line(Outcome::NotDone, None, &item.words, text.to_owned());
            }
            Said::Command(command) => self.command(item, command),
        }
    }

    fn command(&mut self, item: &Item, command: &Command) {
        match command {
            Command::Away { from, until } => self.away(item, *from, *until),
            Command::Back => self.back(item),
            Command::Match(account) => self.matches(item, account),
            _ => {
                let Some(number) = self.case_meant(item) else { return };
                self.on_case(number, item, command);
            }
        }
    }

    fn on_case(&mut self, number: i64, item: &Item, command: &Command) {
        match command {
            Command::Mine => self.mine(number, item),
            Command::Done(what) => self.done(number, item, what),
            Command::Wait(wait) => self.wait(number, item, *wait),
            Command::Seen => self.seen(number, item),
            Command::Hand(to) => self.hand(number, item, to),
            Command::Wrong(kinds, severity) => self.wrong(number, item, kinds, *severity),
            Command::Send(words) => self.send(number, item, words.as_deref()),
            Command::Price(price) => self.price(number, item, price),
            Command::Decline(reason) => self.decline(number, item, reason),
            Command::Waive(reason) => self.waive(number, item, reason),
            Command::Accepted(how) => self.accepted(number, item, how),
            Command::Lost(why) => self.lost(number, item, why),
            Command::Meet(meet) => self.meet(number, item, meet),
            Command::CancelMeeting => self.cancel_meeting(number, item),
            // These are not about a case.
            Command::Away { .. } | Command::Back | Command::Match(_) | Command::Help | Command::Note(_) => {}
        }
    }

    /// A case that the mail speaks of, as it stands.
    fn addressed(&self, number: i64) -> Option<&AddressedCase> {
        self.cases.iter().find(|one| one.case.number == number)
    }

    /// The same, to be changed; it is written down at the end.
    fn change(&mut self, number: i64) -> Option<&mut AddressedCase> {
        let found = self.cases.iter_mut().find(|one| one.case.number == number)?;
        if !self.changed.contains(&number) {
            self.changed.push(number);
        }
        found.case.changed_at = self.heard.now;
        Some(found)
    }

    fn account(&self, case: &Case) -> Option<&'a Account> {
        self.heard.directory.account(&case.account)
    }

    /// A line of a case's history, by this person.
    fn record(&mut self, number: i64, what: String, words: &str) {
        let why = why_of(words);
        let who = self.heard.person.display().to_owned();
        self.effects
            .push(Effect::Record { case: number, entry: Entry { at: self.heard.now, who, what, why } });
    }

    /// A line of the answer.
    fn line(&mut self, outcome: Outcome, case: Option<i64>, words: &str, text: String) {
        self.ready_line(outcome, case, words, text, Vec::new());
    }

    fn ready_line(
        &mut self,
        outcome: Outcome,
        case: Option<i64>,
        words: &str,
        text: String,
        ready: Vec<Ready>,
    ) {
        let case = case.and_then(|number| self.addressed(number)).map(|one| &one.case);
        let case = case.map(|case| (case.number, self.name(case)));
        self.lines.push(AnswerLine {
            outcome,
            case,
            words: words.trim().to_owned(),
            text,
            draft: None,
            ready,
        });
    }

    /// "Acme Foods: Weekly pickup".
    fn name(&self, case: &Case) -> String {
        let account = self.account(case).map_or(&case.account, |account| &account.name);
        format!("{account}: {}", case.subject)
    }

    /// Those of the account who read of it, other than the person: "Kim Vos reads it in the next digest."
    fn readers(&self, case: &Case) -> String {
        let account = self.account(case);
        let sides = [case.lead, case.lead.partner()].into_iter();
        let acting = sides.filter_map(|side| {
            account.and_then(|account| self.heard.directory.acting(account, side, self.heard.now))
        });
        let mut readers: Vec<&str> = Vec::new();
        for reader in case.lead_person.iter().chain(acting) {
            if reader.address != self.heard.person.address && !readers.contains(&reader.display()) {
                readers.push(reader.display());
            }
        }
        match &readers[..] {
            [] => String::new(),
            [one] => format!(" {one} reads it in the next digest."),
            [others @ .., last] => format!(" {} and {last} read it in the next digest.", others.join(", ")),
        }
    }

    /// The person's time zone.
    fn timezone(&self) -> TimeZone {
        TimeZone::get(self.heard.directory.timezone_of(&self.heard.person.address)).unwrap_or(TimeZone::UTC)
    }

    /// A letter about a case, in the thread of these identifiers.
    fn letter(
        &mut self,
        to: Address,
        case: Option<i64>,
        references: Vec<String>,
        content: Content,
    ) -> Letter {
        self.letters += 1;
        Letter { id: self.heard.seed.id(self.letters), to, case, references, at: self.heard.now, content }
    }

    fn finish(mut self) -> Vec<Effect> {
        let cases = self.cases.iter().filter(|one| self.changed.contains(&one.case.number));
        let stands = |one: &AddressedCase| {
            let opened = self.opened.contains(&one.case.number);
            if opened { Effect::OpenCase(one.case.clone()) } else { Effect::ChangeCase(one.case.clone()) }
        };
        let mut effects: Vec<_> = cases.map(stands).collect();
        effects.append(&mut self.effects);
        if let Some(answer) = self.answer() {
            effects.push(Effect::Send(answer));
        }
        if !self.foreign.is_empty() {
            let numbers: Vec<_> = self.foreign.iter().map(|number| format!("#{number}")).collect();
            effects.push(Effect::Refused(Refused {
                sender: self.heard.person.to_string(),
                reason: FOREIGN,
                words: format!(
                    "it names {}, which the mail that it answers gives no right to",
                    numbers.join(", ")
                ),
            }));
        }
        effects
    }

    /// The answer; none to a mail that has only notes, or to one that is not proved and was there before.
    fn answer(&mut self) -> Option<Letter> {
        let worth = self.help || self.lines.iter().any(|line| line.outcome != Outcome::Kept);
        let unproved = self.heard.about.is_none()
            && (self.heard.backlog || self.heard.known.grounds.taken_before.is_some());
        if !worth || unproved {
            return None;
        }
        let mut numbers: Vec<i64> =
            self.lines.iter().filter_map(|line| Some(line.case.as_ref()?.0)).collect();
        numbers.sort_unstable();
        numbers.dedup();
        let one = match (&numbers[..], self.heard.about) {
            _ if self.wide => None,
            ([one], _) => Some(*one),
            ([], Some(About::Case(number))) => Some(number),
            _ => None,
        };
        let message = self.heard.message;
        let root = one.and_then(|number| self.addressed(number));
        let root = root.map(|one| thread_root(&one.case, self.heard.directory));
        let mut references: Vec<String> =
            message.references.iter().chain(&message.message_id).cloned().collect();
        references.splice(0..0, root.filter(|root| !references.contains(root)));
        let lines = std::mem::take(&mut self.lines);
        let answer = Answer { subject: message.subject.clone(), lines, help: self.help };
        Some(self.letter(self.heard.person.clone(), one, references, Content::Answer(answer)))
    }
}

/// Why commands on cases of others do not count, in the store.
pub const FOREIGN: &str = "case_of_others";

/// Characters of an owner's words that the history keeps; the mail itself is kept whole.
const WORDS: usize = 500;

/// Why something was done that these words of a mail say, in a history.
fn why_of(words: &str) -> String {
    match words.trim() {
        "" => "the mail says so".to_owned(),
        words => format!("the mail says: {}", shorten(words, WORDS)),
    }
}

/// The first `length` characters on one line, with an ellipsis when there are more.
fn shorten(text: &str, length: usize) -> String {
    let line = text.split_whitespace().collect::<Vec<_>>().join(" ");
    match line.char_indices().nth(length) {
        Some((end, _)) => format!("{}…", line[..end].trim_end()),
        None => line,
    }
}
