//! A line in pieces: who or what each is about, and what it says.

use super::plain::{lower, separators, word};
use super::say::{Say, say};
use super::start::{self, Number};
use super::vocabulary::{self, Found, Sure, Word};
use super::{chatter, plain};
use crate::command::{Command, Context, Said, Target};

/// A part of a line that says one thing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Piece {
    /// Where it begins.
    pub at: usize,
    /// The cases that are named; none when no number is written.
    pub targets: Vec<Target>,
    /// What it says.
    pub body: Body,
    /// Whether the line begins with a bullet.
    pub bullet: bool,
}

/// What a piece says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Body {
    /// All that it says.
    Said(Said),
    /// A command and its text as far as this line has it; for `send` with the marks before it.
    Text(Word, String),
    /// Words that are no command.
    Talk(String),
}

/// How a line opens.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Opening {
    /// With the number of a case.
    Numbered,
    /// With a command.
    Command,
    /// With words.
    Talk,
}

/// A command word, where the text behind it begins, and what both say.
struct Open {
    found: Found,
    after: usize,
    said: Say,
}

/// How a line opens, without reading its text.
pub(super) fn opening(line: &str, context: &Context) -> Opening {
    let start = start::start(line);
    if start.numbers.first().is_some_and(|number| number.sure) {
        return Opening::Numbered;
    }
    if numbered(line, &start.numbers, context).is_some() {
        return Opening::Numbered;
    }
    let command = open(&line[start.rest..], false, context).is_some_and(|open| open.said != Say::Talk);
    if command { Opening::Command } else { Opening::Talk }
}

/// Whether the command of a line takes text.
pub(super) fn takes_text(line: &str, context: &Context) -> bool {
    let start = start::start(line);
    open(&line[start.rest..], false, context).is_some_and(|open| open.said == Say::Text)
}

/// Whether a line proposes a meeting.
pub(super) fn is_meeting(line: &str, context: &Context) -> bool {
    first_word(line, context).is_some_and(|(word, _)| word == Word::Meet)
}

/// The pieces of a line, in its order, at least one.
pub(super) fn pieces(line: &str, context: &Context) -> Vec<Piece> {
    let mut pieces = Vec::new();
    let starts = starts(line, context);
    for (number, &start) in starts.iter().enumerate() {
        let end = starts.get(number + 1).copied().unwrap_or(line.len());
        let part = &line[start..end];
        piece(if end < line.len() { without_and(part) } else { part }, start, context, &mut pieces);
    }
    pieces
}

/// The command word at the beginning of a text, behind courtesies.
fn open(text: &str, numbered: bool, context: &Context) -> Option<Open> {
    let courtesies = vocabulary::fillers(text);
    let (at, found) = match vocabulary::find(&text[courtesies..]) {
        Some(found) => (courtesies, found),
        None => (0, vocabulary::find(text)?),
    };
    let mut after = at + found.length;
    let mut numbered = numbered;
    if let Some((numbers, whole)) = numbers_behind(text, after) {
        let bare =
            whole && matches!(found.word, Word::Mine | Word::Done | Word::Seen | Word::Send | Word::Waive);
        let sure = numbers.iter().take_while(|number| number.sure).count();
        let count = if bare { numbers.len() } else { sure };
        if !numbered && count > 0 && !numbers[count - 1].span {
            numbered = true;
            after = numbers[count - 1].end;
        }
    }
    Some(Open { found, after, said: say(found, &text[after..], numbered, context) })
}

/// The numbers behind a command word ("done #142"), and whether nothing else follows.
fn numbers_behind(text: &str, after: usize) -> Option<(Vec<Number>, bool)> {
    let marks = text[after..].find(|c: char| !matches!(c, ' ' | ':' | ',' | '-' | '(')).unwrap_or(0);
    if marks == 0 {
        return None;
    }
    let numbers = start::numbers(text, after + marks);
    let end = numbers.last()?.end;
    Some((numbers, text[end..].trim_matches(['.', '!', ' ', ')']).is_empty()))
}

/// The numbers that a line begins with and that a command follows: how many.
fn numbered(line: &str, numbers: &[Number], context: &Context) -> Option<(usize, Open)> {
    // The longest list first; a number may be the beginning of the text.
    (1..=numbers.len()).rev().filter(|count| !numbers[count - 1].span).find_map(|count| {
        let rest = &line[numbers[count - 1].end..];
        let open = open(rest, true, context)?;
        let sure = numbers[0].sure || matches!(open.found.sure, Sure::Written | Sure::Mistyped | Sure::Near);
        let beside =
            open.found.sure == Sure::Beside && open.found.length <= 4 || open.found.sure != Sure::Beside;
        (open.said != Say::Talk && (sure || beside)).then_some((count, open))
    })
}

/// Where the parts of a line with several commands begin.
fn starts(line: &str, context: &Context) -> Vec<usize> {
    let mut starts = vec![0];
    let mut word = first_word(line, context);
    let mut at = word.map_or(line.len(), |(_, end)| end);
    while let Some(next) = line[at..].find(|c: char| c == '#' || c.is_ascii_digit()) {
        let place = at + next;
        let hash = line[place..].starts_with('#');
        let before = line[..place].trim_end_matches([' ', '(', '[']);
        let marked = before.ends_with([',', ';', '.', '|', '/', '!', '&', ')', '+', '–', '—'])
            || ends_with_and(before);
        let text = word.is_some_and(|(word, _)| word.takes_text());
        let empty = word.is_some_and(|(_, end)| end <= place && is_only_and(&line[end..place]));
        let quiet = word.is_some_and(|(word, _)| !matches!(word, Word::Price | Word::Note | Word::Decline));
        let may = if hash { marked || !text } else { marked && !text || empty && quiet };
        let numbers = if may { start::numbers(line, place) } else { Vec::new() };
        let sure = |found: &Open| {
            matches!(found.found.sure, Sure::Written) || found.found.sure == Sure::Beside && hash
        };
        let unmatched = numbers.last().filter(|number| matches!(number.target, Target::Unmatched(_)));
        if let Some((count, open)) = numbered(line, &numbers, context).filter(|(_, open)| sure(open)) {
            starts.push(place);
            at = numbers[count - 1].end + open.after;
            word = Some((open.found.word, at));
        } else if let Some(number) = unmatched {
            starts.push(place);
            at = number.end;
        } else {
            // Behind all digits of this number.
            let digits =
                line[place + 1..].find(|c: char| !c.is_ascii_digit()).unwrap_or(line.len() - place - 1);
            at = numbers.last().map_or(place + 1 + digits, |number| number.end.max(place + 1 + digits));
        }
    }
    starts
}

/// The command word of a line and where it ends.
fn first_word(line: &str, context: &Context) -> Option<(Word, usize)> {
    let start = start::start(line);
    if let Some((count, open)) = numbered(line, &start.numbers, context) {
        return Some((open.found.word, start.numbers[count - 1].end + open.after));
    }
    if let Some(Number { target: Target::Unmatched(_), end, .. }) = start.numbers.last() {
        return Some((Word::Mine, *end));
    }
    let open = open(&line[start.rest..], false, context).filter(|open| open.said != Say::Talk)?;
    Some((open.found.word, start.rest + open.after))
}

fn ends_with_and(text: &str) -> bool {
    let last = text.rsplit(' ').next().unwrap_or(text);
    matches!(lower(plain::head(last, 8)).as_str(), "and" | "und" | "then" | "also")
}

/// A part without what joins it to the next.
fn without_and(part: &str) -> &str {
    let marks = [' ', ',', ';', '&', '+', '|', '(', '['];
    let part = part.trim_end_matches(marks);
    match part.rsplit_once(' ') {
        Some((before, _)) if ends_with_and(part) => before.trim_end_matches(marks),
        _ => part,
    }
}

fn is_only_and(text: &str) -> bool {
    plain::is_short(text, 12) && {
        let rest = &text[separators(text)..];
        let joined = word(rest);
        joined.is_empty() && rest.is_empty()
            || matches!(lower(joined).as_str(), "and" | "und" | "then" | "also")
                && rest[joined.len()..].trim().is_empty()
    }
}

/// Reads one part of a line into pieces.
fn piece(line: &str, base: usize, context: &Context, pieces: &mut Vec<Piece>) {
    let start = start::start(line);
    let bullet = start.bullet;
    let mut push = |at: usize, targets: &[Target], body: Body| {
        pieces.push(Piece { at: base + at, targets: targets.to_vec(), body, bullet });
    };
    let targets = |count: usize| -> Vec<Target> {
        let mut list: Vec<Target> = start.numbers[..count].iter().map(|number| number.target).collect();
        let mut seen = std::collections::HashSet::new();
        list.retain(|target| seen.insert(*target));
        list
    };
    let nearest = |nearest| Body::Said(Said::Misunderstood { nearest: Some(nearest) });
    let sure = start.numbers.iter().take_while(|number| number.sure).count();
    if sure > 0 && start.numbers[..sure].iter().any(|number| number.span) {
        return push(0, &targets(1), nearest(Word::Mine.example()));
    }
    if sure > 0 && matches!(start.numbers[0].target, Target::Unmatched(_)) {
        let rest = &line[start.numbers[sure - 1].end..];
        return push(0, &targets(sure), account(rest));
    }
    let (targets, rest, open) = match numbered(line, &start.numbers, context) {
        Some((count, open)) => (targets(count), start.numbers[count - 1].end, open),
        None if sure > 0 => {
            let rest = line[start.numbers[sure - 1].end..].trim();
            let empty =
                !rest.contains(char::is_alphanumeric) && rest.chars().all(|c| c.is_ascii_punctuation());
            let body = if empty { nearest(Word::Mine.example()) } else { Body::Talk(rest.to_owned()) };
            return push(0, &targets(sure), body);
        }
        None => {
            let whole = start
                .numbers
                .last()
                .is_some_and(|number| line[number.end..].trim_matches(['?', '!', ' ', '.']).is_empty());
            if whole {
                return push(0, &targets(start.numbers.len()), nearest(Word::Mine.example()));
            }
            if line.trim_matches(['?', ' ', '!']).is_empty() && line.contains('?') {
                return push(0, &[], Body::Said(Said::Command(Command::Help)));
            }
            match open(&line[start.rest..], false, context).filter(|open| open.said != Say::Talk) {
                Some(open) => (named_behind(&line[start.rest..], &open), start.rest, open),
                None => return push(0, &[], Body::Talk(line.trim().to_owned())),
            }
        }
    };
    // What is said, and then, behind it, what else.
    let mut at = rest + open.after;
    let mut said = open.said;
    let mut word = open.found.word;
    let mut begin = 0;
    loop {
        let after = &line[at..];
        match said {
            Say::Text => {
                let text = if word == Word::Send { after } else { after[separators(after)..].trim() };
                // A minus before an amount is no mark.
                let text = if word == Word::Price { after } else { text };
                return push(begin, &targets, Body::Text(word, text.trim().to_owned()));
            }
            Say::Whole(what, taken) => {
                push(begin, &targets, Body::Said(what));
                at += taken;
            }
            Say::Talk => return,
        }
        let marks = separators(&line[at..]);
        let marked = line[at..at + marks].trim() != "";
        at += marks;
        let rest = &line[at..];
        // Marks, emoji and courtesies are part of what was said.
        if !rest.contains(char::is_alphanumeric) || vocabulary::fillers(rest) == rest.len() {
            return;
        }
        begin = at;
        if chatter::courtesy(rest).is_some() {
            return push(begin, &[], Body::Said(Said::Chatter));
        }
        let next = self::open(rest, false, context).filter(|open| open.said != Say::Talk);
        // An exact word needs a mark or an "and" before it.
        let joined = marked || matches!(lower(plain::word(rest)).as_str(), "and" | "then" | "und" | "dann");
        match next {
            Some(open) if open.found.word.is_exact() && !joined => {
                let wish = rest.trim_matches(['.', '!', ' ']).split(' ').count() <= 2;
                let body = if wish {
                    nearest(open.found.word.example())
                } else {
                    Body::Talk(rest.trim().to_owned())
                };
                return push(begin, &targets, body);
            }
            Some(open) => {
                at += open.after;
                said = open.said;
                word = open.found.word;
            }
            None => return push(begin, &targets, Body::Talk(rest.trim().to_owned())),
        }
    }
}

/// The cases that are named behind the command word.
fn named_behind(text: &str, open: &Open) -> Vec<Target> {
    let courtesies = vocabulary::fillers(text);
    let at = if vocabulary::find(&text[courtesies..]).is_some() { courtesies } else { 0 };
    let Some((numbers, _)) = numbers_behind(text, at + open.found.length) else { return Vec::new() };
    numbers.iter().filter(|number| number.end <= open.after).map(|number| number.target).collect()
}

/// What stands behind the number of an unmatched mail.
fn account(text: &str) -> Body {
    const BEFORE: [&str; 12] = [
        "is", "match", "to", "belongs", "goes", "from", "please", "account", "assign", "client", "ist",
        "gehört",
    ];
    let mut rest = text[separators(text)..].trim();
    if let Some(found) = vocabulary::find(rest).filter(|found| found.sure == Sure::Written) {
        let after = rest[found.length..].trim();
        if found.word == Word::Note && !after.is_empty() {
            return Body::Text(Word::Note, after[separators(after)..].to_owned());
        }
        if after.is_empty() {
            rest = "";
        }
    }
    loop {
        let first = word(rest);
        let more = rest[first.len()..].trim_start();
        if more.is_empty() || !BEFORE.contains(&lower(first).as_str()) {
            break;
        }
        rest = more[separators(more)..].trim();
    }
    let name = rest.trim_matches([' ', '"', '“', '”', '!', '*', ',', ';']);
    // A point may belong to a name of several words: "Acme, Inc."
    let name = if name.contains(' ') { name } else { name.trim_end_matches('.') };
    if !name.contains(char::is_alphanumeric) || name.ends_with('?') {
        return Body::Said(Said::Misunderstood { nearest: Some("acme") });
    }
    Body::Said(Said::Command(Command::Match(name.to_owned())))
}
