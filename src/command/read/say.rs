//! What a command word says together with what follows it on the line.

use std::sync::LazyLock;

use regex::Regex;

use super::chatter::Chatter;
use super::plain::{is_short, lower, separators, word};
use super::vocabulary::{Found, Sure, Word};
use super::{chatter, label, leave, meet, people, price, vocabulary, wording};
use crate::command::{Command, Context, Said, Wait};
use crate::day;
use crate::pattern::fixed;

/// What a line with a command word at its beginning is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Say {
    /// A whole command, or a misunderstanding, that takes so many bytes of what follows the word.
    Whole(Said, usize),
    /// The text that follows belongs to it.
    Text,
    /// Talk that happens to begin with such a word.
    Talk,
}

/// Words behind `mine` and `seen` that show that it is the command, where no number stands before.
const GOES_ON: [&str; 16] = [
    "i", "i'll", "i'm", "i've", "thanks", "thank", "thx", "please", "pls", "now", "today", "and", "too",
    "then", "danke", "ta",
];

static CLIENT: LazyLock<Regex> = LazyLock::new(|| {
    fixed(
        r"(?ix)^(?:(?:until|till|for|on|auf)\ )*
        (?: (?:the\ |their\ |his\ |her\ |a\ |an\ |den\ )?(?:clients?|customers?|kunden?|kundin|them|him|her|reply|answer|response|antwort)
            (?:['’]s)?(?:\ (?:to\ )?(?:reply|replies|answers?|response|responds?|feedback|word|ok|okay|confirms?|back|antwort))?
          | (?:they|he|she|we\ hear\ back|i\ hear\ back)(?:\ (?:have\ |has\ )?(?:reply|replies|replied|answers?|answered|responds?|confirms?|come\ back|comes\ back|get\ back|gets\ back|back))?(?:\ to\ us)? )
        (?:$|[\ .,;!-])",
    )
});
static UNTIL: LazyLock<Regex> =
    LazyLock::new(|| fixed(r"(?i)^(?:(?:until|untill|till|til|'til|bis|for|to|on|auf|about)\b ?)+"));

/// Reads a command word and what follows it. `numbered` says that a case was named, so that it is hardly talk.
pub(super) fn say(found: Found, after: &str, numbered: bool, context: &Context) -> Say {
    let misunderstood = || misunderstood(found.word, after.len());
    match found.sure {
        Sure::Beside if !numbered => return Say::Talk,
        Sure::Near => {
            let alone = is_short(after, 24) && after.split_whitespace().count() <= 1;
            let priced = found.word == Word::Price && price::begins(after, &context.currency);
            return if numbered || alone || priced { misunderstood() } else { Say::Talk };
        }
        Sure::Mistyped if !numbered => {
            let written = Found { sure: Sure::Written, ..found };
            return match say(written, after, false, context) {
                Say::Whole(said @ Said::Command(_), taken) if after[taken..].trim().is_empty() => {
                    Say::Whole(said, taken)
                }
                _ => Say::Talk,
            };
        }
        _ => {}
    }
    let first = after.trim_start();
    if first.starts_with('?') && found.word != Word::Help {
        let whole = first.chars().all(|c| matches!(c, '?' | '!' | ' '));
        return if numbered || whole { misunderstood() } else { Say::Talk };
    }
    let next = lower(word(first));
    let open = matches!(next.as_str(), "or" | "oder" | "not" | "nicht" | "never");
    if open && !matches!(found.word, Word::Note | Word::Wrong) {
        return if numbered { misunderstood() } else { Say::Talk };
    }
    let unless_talk = |talk: bool| if talk { Say::Talk } else { misunderstood() };
    match found.word {
        Word::Mine | Word::Seen => {
            let clear = first.is_empty()
                || !after.starts_with(' ')
                || !first.starts_with(char::is_alphanumeric)
                || GOES_ON.contains(&next.as_str())
                || found.length > 6;
            let command = if found.word == Word::Mine { Command::Mine } else { Command::Seen };
            if numbered || clear { Say::Whole(Said::Command(command), 0) } else { Say::Talk }
        }
        Word::Wait => wait(after, numbered, context),
        Word::To => hand(after, numbered),
        Word::Meet => match meet::read(after, context) {
            Some((meet, taken)) => Say::Whole(Said::Command(Command::Meet(meet)), taken),
            None => unless_talk(!numbered && !meet::is_meant(after, context)),
        },
        Word::Wrong => match label::read(after) {
            Some((kinds, severity, taken)) => {
                Say::Whole(Said::Command(Command::Wrong(kinds, severity)), taken)
            }
            None => unless_talk(!numbered && !first.is_empty()),
        },
        Word::Away => match leave::read(after, context) {
            Some((command, taken)) => Say::Whole(Said::Command(command), taken),
            None => unless_talk(!numbered && !leave::is_meant(after)),
        },
        Word::Back => back(after, context),
        Word::Help => {
            let rest = lower(first.trim_matches(['?', '!', '.', ' ', ',']));
            let alone =
                rest.is_empty() || matches!(rest.as_str(), "me" | "please" | "pls" | "bitte" | "commands");
            if alone { Say::Whole(Said::Command(Command::Help), after.len()) } else { Say::Talk }
        }
        Word::Price => {
            let told = price::begins(after, &context.currency)
                || is_short(after, 400) && price::read(after, &context.currency).is_some();
            if numbered || told || first.is_empty() { Say::Text } else { Say::Talk }
        }
        Word::Done if !numbered && next == "deal" => Say::Talk,
        Word::Decline if !numbered && matches!(next.as_str(), "in" | "of" | "is" | "was") => Say::Talk,
        Word::Note if !numbered && after.starts_with(['.', '!']) => Say::Talk,
        Word::Note => Say::Text,
        Word::Cancel => {
            let alone = first.is_empty()
                || first.starts_with(['.', ',', '!', ';', '-', '–', '—'])
                || chatter::courtesy(first).is_some();
            if alone { Say::Whole(Said::Command(Command::CancelMeeting), 0) } else { unless_talk(!numbered) }
        }
        Word::Won | Word::Lost if !wording::is_settled(after) => unless_talk(!numbered),
        Word::Done | Word::Decline | Word::Waive | Word::Send | Word::Won | Word::Lost => {
            match goes_on(after, context) {
                Some(taken) => Say::Whole(Said::Command(without_text(found.word)), taken),
                None => Say::Text,
            }
        }
    }
}

/// A line that looks like this command and is none.
fn misunderstood(word: Word, taken: usize) -> Say {
    Say::Whole(Said::Misunderstood { nearest: Some(word.example()) }, taken)
}

fn without_text(word: Word) -> Command {
    match word {
        Word::Decline => Command::Decline(String::new()),
        Word::Waive => Command::Waive(String::new()),
        Word::Won => Command::Accepted(String::new()),
        Word::Lost => Command::Lost(String::new()),
        Word::Send => Command::Send(None),
        _ => Command::Done(String::new()),
    }
}

/// Whether what follows a command that takes text is thanks, or another command ("send, and wait for client"): where
/// that begins.
fn goes_on(after: &str, context: &Context) -> Option<usize> {
    /// Longer ones are text.
    const LONGEST: usize = 60;
    if !is_short(after, LONGEST) {
        return None;
    }
    let start = separators(after);
    let mut at = start;
    let marked = at > usize::from(after.starts_with(' '));
    let joined = matches!(lower(word(&after[at..])).as_str(), "and" | "then" | "und" | "dann");
    at += vocabulary::fillers(&after[at..]);
    let rest = &after[at..];
    if chatter::courtesy(&after[start..]) == Some(Chatter::Closing) {
        return Some(start);
    }
    if !marked && !joined || rest.is_empty() {
        return None;
    }
    let found = vocabulary::find(rest).filter(|found| found.sure == Sure::Written)?;
    let behind = &rest[found.length..];
    let whole = match found.word {
        Word::Done | Word::Waive | Word::Send | Word::Won | Word::Lost => {
            behind.trim_matches([' ', '.', '!']).is_empty()
        }
        word if word.takes_text() => false,
        _ => matches!(say(found, behind, false, context),
            Say::Whole(Said::Command(_), taken) if behind[taken..].trim_matches([' ', '.', '!']).is_empty()),
    };
    whole.then_some(if marked { 0 } else { start })
}

fn wait(after: &str, numbered: bool, context: &Context) -> Say {
    let start = separators(after);
    let rest = &after[start..];
    // "Wait, what?"
    if !numbered && start > 0 && !after[..start].chars().all(|c| matches!(c, ' ' | ':')) {
        return Say::Talk;
    }
    if let Some(client) = CLIENT.find(rest) {
        let end = client.end() - usize::from(client.as_str().ends_with([' ', '.', ',', ';', '!', '-']));
        return Say::Whole(Said::Command(Command::Wait(Wait::Client)), start + end);
    }
    let said = UNTIL.find(rest).map_or(0, |until| until.end());
    let mut at = start + said;
    let before = day::clock_at_start(&after[at..]);
    if let Some((_, length)) = before {
        at += length + after[at + length..].chars().take_while(|c| matches!(c, ' ' | ',')).count();
    }
    let Some(day) = day::at_start(&after[at..], context.days()) else {
        let meant = said > 0
            && rest.len() > said
            && (is_short(rest, 30) || rest[said..].starts_with(|c: char| c.is_ascii_digit()));
        let talk = !numbered && !rest.is_empty() && !meant;
        return if talk { Say::Talk } else { misunderstood(Word::Wait, after.len()) };
    };
    at += day.length;
    // The hour is no part of a day.
    let behind = &after[at..];
    let blanks = behind.len() - behind.trim_start_matches([' ', ',']).len();
    if let Some((_, length)) = day::clock_at_start(&behind[blanks..]) {
        at += blanks + length;
    }
    let next = lower(word(after[at..].trim_start()));
    let unclear = matches!(next.as_str(), "or" | "oder")
        || after[at..].trim_start().starts_with(['?', '/', '-']) && {
            let mark = after[at..].trim_start().trim_start_matches(['-', '/', ' ']);
            mark.starts_with('?') || day::at_start(mark, context.days()).is_some()
        };
    match day.date.filter(|date| *date > context.now.date() && !unclear) {
        Some(date) => Say::Whole(Said::Command(Command::Wait(Wait::Until(date))), at),
        None => misunderstood(Word::Wait, after.len()),
    }
}

fn hand(after: &str, numbered: bool) -> Say {
    let start = separators(after);
    let rest = &after[start..];
    let whole = |end: usize| rest[end..].trim_matches([' ', '.', '!', ',']).is_empty();
    match people::at_start(rest) {
        Some((person, end)) if numbered || person.contains('@') || whole(end) && !after.starts_with(':') => {
            Say::Whole(Said::Command(Command::Hand(person)), start + end)
        }
        _ if numbered && !rest.contains(char::is_alphanumeric) => misunderstood(Word::To, after.len()),
        _ => Say::Talk,
    }
}

fn back(after: &str, context: &Context) -> Say {
    static WHERE: LazyLock<Regex> = LazyLock::new(|| {
        fixed(
            r"(?i)^(?: (?:again|now|today|since today|in the office|in office|at work|at my desk|from (?:holiday|vacation|leave)|wieder|im büro))+",
        )
    });
    let taken = WHERE.find(after).map_or(0, |found| found.end());
    let rest = &after[taken..];
    if rest.trim().is_empty()
        || rest.starts_with(['.', ',', '!', ';'])
        || rest.trim_start().starts_with(['-', '–', '—'])
    {
        return Say::Whole(Said::Command(Command::Back), taken);
    }
    // "back on Monday" is an absence.
    match day::at_start(rest.trim_start(), context.days()) {
        Some(_) => misunderstood(Word::Away, after.len()),
        None => Say::Talk,
    }
}
