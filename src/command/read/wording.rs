//! The text behind a command that takes one: whether it is the owner's wording, or a condition that makes it none.

use std::sync::LazyLock;

use jiff::civil::Date;
use regex::Regex;

use super::plain::{lower, separators, word};
use super::price;
use super::vocabulary::Word;
use crate::command::{Command, Context, Said};
use crate::day;
use crate::pattern::fixed;

/// How own wording is said beyond doubt.
const EXAMPLE: &str = "send: Dear Ms Miller, the feed is fixed.";

/// Words that make of a command a plan.
const CONDITIONS: [&str; 36] = [
    "if",
    "when",
    "once",
    "unless",
    "until",
    "after",
    "before",
    "later",
    "tomorrow",
    "soon",
    "maybe",
    "perhaps",
    "almost",
    "nearly",
    "half",
    "partly",
    "not",
    "only",
    "but",
    "wenn",
    "sobald",
    "falls",
    "morgen",
    "später",
    "next",
    "eventually",
    "cannot",
    "can't",
    "won't",
    "isn't",
    "whenever",
    "provided",
    "assuming",
    "would",
    "could",
    "should",
];

/// Words with which a wish to the partner begins ("send her the invoice"), and no letter.
const OBJECTS: [&str; 34] = [
    "me",
    "them",
    "her",
    "him",
    "us",
    "it",
    "this",
    "that",
    "to",
    "with",
    "without",
    "a",
    "an",
    "the",
    "my",
    "in",
    "on",
    "at",
    "by",
    "from",
    "again",
    "another",
    "more",
    "some",
    "something",
    "someone",
    "an",
    "your",
    "his",
    "their",
    "via",
    "over",
    "back",
    "for",
];

/// What may stand behind `send` when the draft goes as it is.
static AS_IT_IS: LazyLock<Regex> = LazyLock::new(|| {
    fixed(
        r"(?i)^(?:[ ,.!-]*\b(?:it|this|that|now|please|pls|plz|the draft|draft|as is|as it is|out|off|the reply|reply|the answer|answer|the mail|mail|the email|email|to the client|to client|to them|to her|to him|today|immediately|asap|thanks|thank you|thx|ok|okay|bitte|danke|raus|ab)\b)*[ ,.!👍🙏-]*",
    )
});
static GREETING: LazyLock<Regex> = LazyLock::new(|| {
    fixed(
        r"(?i)^(?:hi|hiya|hello|hey|dear|hallo|moin|liebe[rs]?|sehr geehrte[rs]?|guten|good (?:morning|afternoon|evening|day)|bonjour|hola)\b",
    )
});

/// What stands behind `send` on its own line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Own<'a> {
    /// Nothing: the draft as it is.
    Draft,
    /// The owner's own words; whether they were announced by a colon or a greeting.
    Words(&'a str, bool),
    /// It could be a wish to somebody else than the client.
    Unclear,
}

/// What is behind `send`. Only what can be nothing else is the owner's own wording, since it goes to a client.
pub(super) fn own(after: &str) -> Own<'_> {
    let taken = AS_IT_IS.find(after).map_or(0, |found| found.end());
    let rest = after[taken..].trim();
    if rest.trim_matches(['.', '!', ' ', ':', '-', '–', '—']).is_empty() {
        return Own::Draft;
    }
    if let Some(words) = rest.strip_prefix(':') {
        let words = words.trim();
        return if is_wording(words) { Own::Words(words, true) } else { Own::Unclear };
    }
    if !after[..taken].trim_matches([' ', ',', '-', '.', '!']).is_empty() {
        return Own::Unclear;
    }
    let words = after[separators(after)..].trim();
    if GREETING.is_match(words) {
        return Own::Words(words, true);
    }
    let first = lower(word(words));
    let second = words[word(words).len()..].trim_start();
    let object = matches!(
        lower(word(second)).as_str(),
        "the" | "a" | "an" | "my" | "his" | "her" | "them" | "their" | "this" | "our"
    );
    let begins = words.starts_with(|c: char| c.is_uppercase() || matches!(c, '"' | '“' | '„' | '«'));
    let asks = CONDITIONS.contains(&first.as_str())
        || OBJECTS.contains(&first.as_str())
            && !matches!(first.as_str(), "the" | "this" | "your" | "it" | "a" | "an" | "my" | "that");
    if begins && !object && !asks && is_wording(words) { Own::Words(words, false) } else { Own::Unclear }
}

/// Whether a text begins as a letter does.
pub(super) fn is_greeting(text: &str) -> bool {
    GREETING.is_match(text.trim_start())
}

/// Whether a text is long enough to be a letter.
pub(super) fn is_wording(text: &str) -> bool {
    text.split_whitespace().filter(|word| word.contains(char::is_alphanumeric)).take(3).count() == 3
}

/// What a whole `send` says.
pub(super) fn sent(words: Option<String>) -> Said {
    Said::Command(Command::Send(words))
}

/// What an unclear `send` is.
pub(super) fn unclear(after: &str) -> Said {
    let first = lower(word(after[separators(after)..].trim_start()));
    let plan = after.trim_end().ends_with('?') || CONDITIONS.contains(&first.as_str());
    Said::Misunderstood { nearest: Some(if plan { Word::Send.example() } else { EXAMPLE }) }
}

/// What a command says with its whole text.
pub(super) fn finish(word: Word, text: &str, context: &Context) -> Said {
    let text = match (word, text.trim()) {
        (Word::Waive | Word::Decline, "it" | "this" | "that") => "",
        (_, text) => text,
    };
    let misunderstood = || Said::Misunderstood { nearest: Some(word.example()) };
    let command = match word {
        Word::Note if text.is_empty() => return misunderstood(),
        Word::Note => Command::Note(text.to_owned()),
        Word::Price => match price::read(&text.replace('\n', " "), &context.currency) {
            Some(price) => Command::Price(price),
            None => return misunderstood(),
        },
        Word::Decline if !is_condition(text) => Command::Decline(text.to_owned()),
        Word::Waive if !is_plan(text, context) && !is_part(text) && !is_question(text) => {
            Command::Waive(text.to_owned())
        }
        Word::Won if !is_half(text) => Command::Accepted(text.to_owned()),
        Word::Lost if !is_half(text) => Command::Lost(text.to_owned()),
        Word::Done if !is_plan(text, context) && !is_question(text) && !is_done_with(text) => {
            Command::Done(text.to_owned())
        }
        _ => return misunderstood(),
    };
    Said::Command(command)
}

/// Whether what stands behind "accepted" or "declined by client" lets it be that: nothing, a new sentence, or how it was
/// said. "Accepted the invitation" is about something else.
pub(super) fn is_settled(after: &str) -> bool {
    static HOW: LazyLock<Regex> = LazyLock::new(|| {
        fixed(
            r"(?ix)^(?:\ (?:it|this|the\ offer|our\ offer|the\ price|all\ of\ it))?
            (?:$|\ *[.,:;!()\-–—]|\ (?:by|on|over|per|in|via|at|verbally|orally|yesterday|today|just\ now|this|
            last|telefonisch|am|since|because|as|too|thanks|and)\b)",
        )
    });
    HOW.is_match(after)
}

/// Words behind a yes or a no that make it less than whole.
fn is_half(text: &str) -> bool {
    const LESS: [&str; 24] = [
        "but",
        "if",
        "unless",
        "only",
        "half",
        "not",
        "except",
        "provided",
        "when",
        "once",
        "until",
        "maybe",
        "perhaps",
        "probably",
        "almost",
        "nearly",
        "partly",
        "without",
        "aber",
        "wenn",
        "falls",
        "nur",
        "nicht",
        "vielleicht",
    ];
    let (first, _) = text.split_once(['.', '!', ';', '\n']).unwrap_or((text, ""));
    let mut words = first.split(|c: char| !c.is_alphanumeric() && c != '\'');
    words.any(|word| LESS.contains(&lower(word).as_str())) || is_question(text)
}

/// "decline if they insist".
fn is_condition(text: &str) -> bool {
    matches!(
        lower(word(text)).as_str(),
        "if" | "when" | "unless" | "once" | "maybe" | "perhaps" | "wenn" | "falls"
    )
}

/// "done when Kim agrees", "done by Friday", "waive tomorrow".
fn is_plan(text: &str, context: &Context) -> bool {
    let first = lower(word(text));
    if CONDITIONS.contains(&first.as_str()) {
        return true;
    }
    let today = |day: Option<Date>| day == Some(context.now.date());
    let counted = matches!(
        first.as_str(),
        "a" | "an"
            | "the"
            | "one"
            | "two"
            | "three"
            | "on"
            | "another"
            | "may"
            | "march"
            | "mar"
            | "sun"
            | "sat"
    );
    text.starts_with(char::is_alphabetic)
        && !counted
        && day::at_start(text, context.days()).is_some_and(|day| !today(day.date))
}

/// Whether the first sentence asks.
fn is_question(text: &str) -> bool {
    text.find(['.', '!', '?', ';', '\n']).is_some_and(|at| text[at..].starts_with('?'))
}

/// "waive 50%", "waive half": no whole thing.
fn is_part(text: &str) -> bool {
    text.starts_with(|c: char| c.is_ascii_digit() || matches!(c, '€' | '$' | '£'))
        || matches!(lower(word(text)).as_str(), "part" | "some" | "most")
}

/// "done with it" is, "done with the call" is not.
fn is_done_with(text: &str) -> bool {
    let with = word(text);
    lower(with) == "with"
        && !matches!(
            lower(word(text[with.len()..].trim_start())).as_str(),
            "it" | "this" | "that" | "them" | "all"
        )
}
