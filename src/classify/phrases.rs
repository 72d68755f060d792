//! Phrases in what somebody wrote: lists of them in small letters, and a text without its greeting and its name, made alike to them.

use std::sync::LazyLock;

struct Frame {
    greetings: Vec<&'static str>,
    closings: Vec<&'static str>,
}

static FRAME: LazyLock<Frame> = LazyLock::new(|| {
    let list = |name| list(include_str!("phrases.txt"), name);
    Frame { greetings: list("greetings"), closings: list("closings") }
});

/// The phrases of a list in a file of them: from its name in brackets to the next empty line.
pub(super) fn list(lists: &'static str, name: &str) -> Vec<&'static str> {
    let (_, list) =
        lists.split_once(&format!("\n[{name}]\n")).expect("every list is there: a test reads them");
    let lines = list.lines().take_while(|line| !line.is_empty());
    let phrases = lines.flat_map(|line| line.split(',')).map(str::trim);
    let mut phrases: Vec<&str> = phrases.filter(|phrase| !phrase.is_empty()).collect();
    // A longer phrase is looked for before those that it holds.
    phrases.sort_by_key(|phrase| std::cmp::Reverse(phrase.len()));
    phrases
}

/// From so many bytes on a line may have been broken by its width.
const BROKEN: usize = 50;

/// The text without its greeting, its closing and the name below. `says` tells whether a line (as [`plain`] gives it) says
/// anything by itself: then it is nobody's name.
pub(super) fn without_frame(text: &str, says: impl Fn(&str) -> bool) -> String {
    let mut lines: Vec<&str> = text.lines().map(str::trim).filter(|line| !line.is_empty()).collect();
    let mut first = String::new();
    if let Some(line) = lines.first() {
        let lower = line.to_lowercase();
        let greets = FRAME.greetings.iter().any(|greeting| {
            lower.strip_prefix(greeting).is_some_and(|rest| !rest.starts_with(char::is_alphanumeric))
        });
        if greets {
            // "Hi Kim, yes please": what follows the comma is said.
            let (greeting, said) = line.split_once([',', '!', ':', '-', '–']).unwrap_or((line, ""));
            if greeting.split_whitespace().count() <= 6 {
                said.clone_into(&mut first);
                lines.remove(0);
            }
        }
    }
    let is_closing = |line: &str| {
        let line = line.to_lowercase();
        let line = line.trim_end_matches(|c: char| !c.is_alphanumeric());
        FRAME.closings.contains(&line)
    };
    let is_name = |line: &str| {
        line.split_whitespace().count() <= 4 && !line.contains(['?', '!']) && !says(&plain(line))
    };
    let named = |line: &str| is_name(line) && !line.ends_with('.') && line.starts_with(char::is_uppercase);
    let said_first = usize::from(!first.trim().is_empty());
    match lines.iter().position(|line| is_closing(line)) {
        Some(place) if place + said_first > 0 && lines[place + 1..].iter().all(|line| is_name(line)) => {
            lines.truncate(place);
        }
        _ => {
            while lines.len() + said_first > 1 && lines.last().is_some_and(|line| named(line)) {
                lines.pop();
            }
        }
    }
    let mut said = first;
    for line in lines {
        // A long line was broken by its width, and goes on.
        said.push(if said.lines().last().is_some_and(|last| last.len() >= BROKEN) { ' ' } else { '\n' });
        said.push_str(line);
    }
    said
}

/// Small letters with single spaces around each word, "." for every end of a sentence, "?" for a question. Short forms
/// are written out.
pub(super) fn plain(text: &str) -> String {
    let lower = text.to_lowercase().replace(['’', '‘', '`', '´'], "'");
    let mut said = String::from(" ");
    let mut chars = lower.chars().peekable();
    while let Some(c) = chars.next() {
        let inside = chars.peek().is_some_and(|next| next.is_alphanumeric());
        match c {
            '?' => said.push_str(" ? "),
            // A mark within a number belongs to it.
            '.' | ',' | '\'' if inside && said.ends_with(|c: char| c.is_ascii_digit()) => said.push(c),
            '.' | '!' | ';' | '\n' | ':' => said.push_str(" . "),
            // What stands in brackets may take it all back.
            '#' | '\'' | '%' => said.push(c),
            c if c.is_alphanumeric() => said.push(c),
            c if "€£$¥".contains(c) => said.push(' '),
            _ => said.push(' '),
        }
    }
    let mut words: Vec<String> = Vec::new();
    for word in said.split_whitespace() {
        let word = word.trim_matches('\'');
        let (head, tail) = match word {
            "can't" | "cannot" => ("can", "not"),
            "won't" => ("will", "not"),
            "let's" | "lets" => ("let", "us"),
            "i'd" => ("i", "would"),
            "we'd" => ("we", "would"),
            "dont" => ("do", "not"),
            other => other
                .strip_suffix("n't")
                .map(|head| (head, "not"))
                .or_else(|| other.strip_suffix("'ll").map(|head| (head, "will")))
                .or_else(|| other.strip_suffix("'s").map(|head| (head, "is")))
                .or_else(|| other.strip_suffix("'re").map(|head| (head, "are")))
                .or_else(|| other.strip_suffix("'m").map(|head| (head, "am")))
                .unwrap_or((other, "")),
        };
        words.extend([head, tail].into_iter().filter(|word| !word.is_empty()).map(str::to_owned));
    }
    format!(" {} ", words.join(" "))
}

/// The text with each of these phrases, in their order, replaced by a mark.
pub(super) fn replaced(text: &str, phrases: &[&str], mark: &str) -> String {
    let mut text = text.to_owned();
    for phrase in phrases {
        let phrase = format!(" {phrase} ");
        // Twice, since neighbours share the space between them.
        for _ in 0..2 {
            text = text.replace(&phrase, &format!(" {mark} "));
        }
    }
    format!(" {} ", text.split_whitespace().collect::<Vec<_>>().join(" "))
}

/// The first of these phrases that a text has.
pub(super) fn first<'p>(text: &str, phrases: &[&'p str]) -> Option<&'p str> {
    let place = |phrase: &&'p str| text.find(&format!(" {phrase} ")).map(|place| (place, *phrase));
    phrases.iter().filter_map(place).min().map(|(_, phrase)| phrase)
}

/// The beginning of what was said, on one line.
pub(super) fn shown(text: &str) -> String {
    let line = text.split_whitespace().collect::<Vec<_>>().join(" ");
    match line.char_indices().nth(160) {
        Some((end, _)) => format!("{}…", line[..end].trim_end()),
        None => line,
    }
}
