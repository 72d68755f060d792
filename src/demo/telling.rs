//! What the demonstration says of a mail: who wrote, what was understood, and what followed.

use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;

use crate::case::{Case, Kind, Matter};
use crate::directory::{Account, Directory, Who};
use crate::effect::{Content, Disposition, Effect, Filing, Letter};
use crate::message::{Address, Automatic, AutomaticKind};
use crate::worker::receive::Outcome;

/// Columns of a line.
pub(super) const WIDTH: usize = 100;
/// Columns before what is said below a mail: those of its day and hour.
const INDENT: usize = 18;
/// Characters of a client's words that are shown.
const WORDS: usize = 150;
/// Characters of a subject that are shown.
const SUBJECT: usize = 46;

/// The lines about a mail.
pub(super) fn mail(
    outcome: &Outcome,
    directory: &Directory,
    at: Timestamp,
    timezone: &TimeZone,
) -> Vec<String> {
    let filing = outcome.effects.iter().find_map(|effect| match effect {
        Effect::File(filing) => Some(filing),
        _ => None,
    });
    let mut lines = vec![dated(at, timezone, &headline(outcome, filing, directory))];
    let mut say = |text: String| lines.extend(below(&text));
    if let Some(filing) = filing {
        disposition(outcome, filing).into_iter().for_each(&mut say);
    }
    for effect in &outcome.effects {
        let (case, opened) = match effect {
            Effect::OpenCase(case) => (case, true),
            Effect::ChangeCase(case) => (case, false),
            _ => continue,
        };
        let found = filing.is_some_and(|filing| filing.disposition == Disposition::Case);
        if found {
            say(verdict(case));
        }
        followed(case, opened, &outcome.effects, directory).into_iter().for_each(&mut say);
    }
    lines
}

/// A line with its day and hour before it.
pub(super) fn dated(at: Timestamp, timezone: &TimeZone, text: &str) -> String {
    let when = at.to_zoned(timezone.clone()).strftime("%a %e %b %H:%M").to_string();
    let mut lines = wrap(text, WIDTH - INDENT).into_iter();
    let first = format!("{when:<INDENT$}{}", lines.next().unwrap_or_default());
    lines.fold(first, |all, line| format!("{all}\n{:INDENT$}{line}", ""))
}

/// A text below a mail's line, broken where it is too long.
fn below(text: &str) -> Vec<String> {
    let arrow = if text.starts_with("-> ") { 3 } else { 0 };
    let mut lines = Vec::new();
    for (index, line) in wrap(text, WIDTH - INDENT - arrow).into_iter().enumerate() {
        let indent = INDENT + if index > 0 { arrow } else { 0 };
        lines.push(format!("{:indent$}{line}", ""));
    }
    lines
}

fn headline(outcome: &Outcome, filing: Option<&Filing>, directory: &Directory) -> String {
    let Some(message) = &outcome.message else {
        return "a mail that cannot be read".to_owned();
    };
    let Some(from) = &message.from else {
        return format!("(no readable sender): \"{}\"", shorten(&message.subject, SUBJECT));
    };
    let subject = shorten(&message.subject, SUBJECT);
    let firm = match directory.who(&from.address) {
        Who::Client(account) => account.name.clone(),
        Who::Owner(person) => role(&person.address, directory).to_owned(),
        _ if message.automatic.is_some() => return format!("{}: \"{subject}\"", from.display()),
        Who::Staff | Who::Ourselves => "our own staff".to_owned(),
        Who::Unknown => from.address.clone(),
    };
    let forwarded = filing
        .and_then(|filing| filing.writer.as_ref())
        .filter(|writer| writer.address != from.address)
        .map_or_else(String::new, |writer| format!(" forwards {}", writer.display()));
    format!("{} ({firm}){forwarded}: \"{subject}\"", from.display())
}

/// What a person of the firm is to it.
fn role(address: &str, directory: &Directory) -> &'static str {
    let is = |person: &Option<Address>| person.as_ref().is_some_and(|p| p.address == address);
    if directory.accounts().iter().any(|account| is(&account.sales)) {
        "our sales"
    } else if directory.accounts().iter().any(|account| is(&account.operations)) {
        "our operations"
    } else {
        "our manager"
    }
}

/// What became of the mail itself, where that is more than its cases say.
fn disposition(outcome: &Outcome, filing: &Filing) -> Option<String> {
    let message = outcome.message.as_ref();
    let text = match filing.disposition {
        Disposition::Case => return None,
        Disposition::Routine => "routine: nothing to do".to_owned(),
        Disposition::Owner if filing.reason.ends_with("wrote to us") => {
            "an owner's word to us, not to the client".to_owned()
        }
        Disposition::Owner => "an owner's answer to the client, seen in the folder of sent mail".to_owned(),
        Disposition::Staff => "from our own people, no owner's: kept, nothing follows".to_owned(),
        Disposition::Automatic => match message.and_then(|message| message.automatic.as_ref()) {
            Some(automatic) => automatic_words(automatic),
            None => "from a machine: nobody is answered".to_owned(),
        },
        Disposition::Unmatched if message.is_none_or(|message| message.from.is_none()) => format!(
            "damaged, nobody can say from whom: kept as it came, listed as #u{}; the next mails go on",
            outcome.mail
        ),
        Disposition::Unmatched => {
            format!("nobody we know: kept as #u{} until the manager says whose it is", outcome.mail)
        }
        Disposition::Waiting => "kept, and not yet read".to_owned(),
        Disposition::Forgotten => "forgotten: it is not taken in again".to_owned(),
        Disposition::Duplicate => "stored already: nothing is done twice".to_owned(),
        Disposition::SetAside => {
            format!("could not be read: kept as it came as #u{}, shown by status", outcome.mail)
        }
    };
    Some(text)
}

fn automatic_words(automatic: &Automatic) -> String {
    let until =
        automatic.absent_until.map_or_else(String::new, |day| format!(" until {}", day.strftime("%-d %B")));
    let failed: Vec<_> = automatic.failed.iter().map(|failed| failed.recipient.as_str()).collect();
    match automatic.kind {
        AutomaticKind::AutoReply => format!("out of office{until}: nobody is answered"),
        AutomaticKind::Bounce if failed.is_empty() => "a mail came back: noted".to_owned(),
        AutomaticKind::Bounce => format!("a mail came back: nobody has the address {}", failed.join(", ")),
        AutomaticKind::Delayed => "a mail is late and still tried: noted".to_owned(),
        AutomaticKind::Disposition => "a receipt: noted".to_owned(),
        AutomaticKind::List | AutomaticKind::Bulk => "a newsletter: nobody is answered".to_owned(),
        AutomaticKind::Feedback => "an abuse report: noted".to_owned(),
        AutomaticKind::Calendar => "a calendar's answer: noted".to_owned(),
        AutomaticKind::Ourselves => "our own mail, come back: nothing follows".to_owned(),
    }
}

/// What was found, with the words that show it.
fn verdict(case: &Case) -> String {
    let severity = match case.severity {
        0 => "",
        1 => ", mild",
        2 => ", clear",
        _ => ", severe",
    };
    let sure = if case.please_check { "perhaps " } else { "" };
    let words = shorten(&case.evidence, WORDS);
    format!("{sure}{}{severity} ({:.0} %): \"{words}\"", case.kind.words(), case.probability * 100.0)
}

/// What followed for a case: its own change, who was told, what waits.
fn followed(case: &Case, opened: bool, effects: &[Effect], directory: &Directory) -> Vec<String> {
    let account = directory.account(&case.account);
    let letters: Vec<(&Letter, bool)> = effects
        .iter()
        .filter_map(|effect| match effect {
            Effect::Send(letter) => Some((letter, false)),
            Effect::Draft(letter) => Some((letter, true)),
            _ => None,
        })
        .filter(|(letter, _)| letter.case == Some(case.number))
        .collect();
    let told: Vec<&str> = letters
        .iter()
        .filter(|(letter, _)| matches!(letter.content, Content::Notice(_)))
        .map(|(letter, _)| letter.to.display())
        .collect();
    let mut first = if opened {
        format!("-> case #{}", case.number)
    } else {
        format!("-> case #{}: {}", case.number, happened(case.number, effects))
    };
    let hears = match told.as_slice() {
        [] if opened => digest_of(case, account, directory),
        [] => String::new(),
        [one] => format!("{one} is told at once{}", missing(account)),
        many => format!("{} are told at once, together", many.join(" and ")),
    };
    if !hears.is_empty() {
        first.push_str(if opened { ": " } else { "; " });
        first.push_str(&hears);
    }
    let mut lines = vec![first];
    for (letter, draft) in letters {
        match &letter.content {
            Content::Alert(alert) => {
                lines.push(format!("-> {} is alerted: {}", letter.to.display(), alert.because));
            }
            Content::Received(_) if draft => {
                lines.push(format!("-> a draft answer to {} waits for an owner's word", letter.to.display()));
            }
            Content::Received(_) => lines.push(format!("-> {} is answered", letter.to.display())),
            Content::OwnWords(_) => lines.push(format!("-> {} is written to", letter.to.display())),
            Content::StillWorking(_)
            | Content::Offer(_)
            | Content::Accepted(_)
            | Content::Boundary(_)
            | Content::Settled(_)
            | Content::ThankYou(_)
            | Content::Invitation(_) => {
                lines.push(format!("-> {} hears about it", letter.to.display()));
            }
            Content::Notice(_)
            | Content::Gathered(_)
            | Content::Digest(_)
            | Content::Weekly(_)
            | Content::Held(_)
            | Content::Unaccounted(_)
            | Content::Access(_)
            | Content::Answer(_)
            | Content::Briefing(_) => {}
        }
    }
    lines
}

/// The history line that came with the change.
fn happened(case: i64, effects: &[Effect]) -> String {
    let line = effects.iter().find_map(|effect| match effect {
        Effect::Record { case: of, entry } if *of == case => Some(entry),
        _ => None,
    });
    line.map_or_else(String::new, |entry| format!("{} {}", entry.who, shorten(&entry.what, WORDS)))
}

fn digest_of(case: &Case, account: Option<&Account>, directory: &Directory) -> String {
    let owners: Vec<_> = account
        .into_iter()
        .flat_map(|account| {
            [case.lead, case.lead.partner()].map(|side| directory.acting(account, side, case.changed_at))
        })
        .flatten()
        .map(Address::display)
        .collect();
    let why = match (case.please_check, case.kind.matter()) {
        (true, _) => "unsure, so somebody should look; ",
        (_, Matter::Request) if case.kind == Kind::ExtraWork => "beyond what was agreed, so sales leads; ",
        (_, Matter::Request) => "about money, so sales leads; ",
        _ => "",
    };
    if owners.is_empty() {
        return format!("{why}nobody owns the account");
    }
    format!("{why}in the next digest of {}{}", owners.join(" and "), missing(account))
}

/// A word where only one half of the pair is there.
fn missing(account: Option<&Account>) -> String {
    use crate::case::Side::{Operations, Sales};
    let nobody = |account: &Account, side| account.owner(side).or(account.deputy(side)).is_none();
    let missing =
        account.and_then(|account| [Sales, Operations].into_iter().find(|side| nobody(account, *side)));
    missing.map_or_else(String::new, |side| format!(" alone, since nobody in {} owns it", side.key()))
}

/// A message's words for a list, on one line and not too long.
fn shorten(text: &str, length: usize) -> String {
    let line = text.split_whitespace().collect::<Vec<_>>().join(" ");
    let Some((end, _)) = line.char_indices().nth(length) else {
        return line;
    };
    let words = line[..end].rsplit_once(' ').map_or(&line[..end], |(words, _)| words);
    format!("{words} …")
}

/// Breaks a text into lines of at most so many characters, between words.
pub(super) fn wrap(text: &str, width: usize) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    for word in text.split(' ') {
        match lines.last_mut() {
            Some(line) if line.chars().count() + 1 + word.chars().count() <= width => {
                line.push(' ');
                line.push_str(word);
            }
            _ => lines.push(word.to_owned()),
        }
    }
    lines
}

/// The line above a week.
pub(super) fn heading(monday: Date) -> String {
    let words = format!("Week of {}", monday.strftime("%A %-d %B %Y"));
    format!("{words}\n{}", "-".repeat(words.len()))
}

/// The line about weekly letters that go out: to whom.
pub(super) fn weekly(names: &[String]) -> String {
    format!("Weekly letter: to {}, with pictures", names.join(" and "))
}

/// The line about digests that go out: to whom.
pub(super) fn digests(names: &[String], everybody: usize) -> String {
    match names {
        [one] => format!("Digest of the day: to {one}"),
        all if all.len() == everybody => {
            format!("Digests of the day: to all {everybody}, each about their own clients")
        }
        [many @ .., last] => format!("Digests of the day: to {} and {last}", many.join(", ")),
        [] => "Digests of the day".to_owned(),
    }
}

/// The line about a reminder: whose, and of which case.
pub(super) fn reminder(sort: &str, whom: &str) -> String {
    match sort {
        "alert" => format!("Alert, since it is overdue: to {whom}"),
        _ => format!("Reminder: to {whom}"),
    }
}
