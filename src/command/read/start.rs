//! What stands before the command on a line: bullets, courtesies, numbers of cases.

use super::plain::{lower, word};
use super::vocabulary;
use crate::command::Target;

/// More numbers than this on one line are no list of cases.
const MOST: usize = 50;

/// The beginning of a line.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct Start {
    /// The numbers, each with the place behind it and whether a `#` was written.
    pub numbers: Vec<Number>,
    /// Where the rest begins when the line names no number.
    pub rest: usize,
    /// Whether it begins with a bullet.
    pub bullet: bool,
}

/// A number of a case on a line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Number {
    /// What it names.
    pub target: Target,
    /// Where what follows begins.
    pub end: usize,
    /// Whether it can be nothing else: "#142", "case 142", "u17".
    pub sure: bool,
    /// Whether it begins a span ("#142-145").
    pub span: bool,
}

/// Words before a number that say that one follows.
const BEFORE: [&str; 17] = [
    "re",
    "case",
    "cases",
    "ticket",
    "no",
    "nr",
    "number",
    "fall",
    "vorgang",
    "for",
    "on",
    "about",
    "regarding",
    "zu",
    "aw",
    "unmatched",
    "with",
];

/// Reads the beginning of a line.
pub(super) fn start(line: &str) -> Start {
    let mut at = 0;
    let mut bullet = false;
    // Blanks, bullets, emphasis, quotation marks.
    let is_bullet = |c: char| {
        matches!(
            c,
            '-' | '–'
                | '—'
                | '*'
                | '•'
                | '·'
                | '‣'
                | '◦'
                | '▪'
                | '●'
                | '○'
                | '→'
                | '('
                | '['
                | '_'
                | '`'
        )
    };
    let is_mark = |c: char| {
        c == ' ' || is_bullet(c) || matches!(c, '"' | '\'' | '“' | '”' | '„' | '«' | '»' | '‘' | '’')
    };
    loop {
        let rest = &line[at..];
        let marks = rest.find(|c| !is_mark(c)).unwrap_or(rest.len());
        bullet |= rest[..marks].contains(is_bullet);
        at += marks;
        let courtesies = vocabulary::fillers(&line[at..]);
        at += courtesies;
        let numbering = numbering(&line[at..]);
        bullet |= numbering > 0;
        at += numbering;
        if marks + courtesies + numbering == 0 {
            break;
        }
    }
    // "ok" is a courtesy before a command, and one itself when nothing follows; what remains is then empty.
    Start { numbers: numbers(line, at), rest: at, bullet }
}

/// "1. ", "2) ", "a) ".
fn numbering(text: &str) -> usize {
    let end = text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len());
    let letter = text.starts_with(|c: char| c.is_ascii_lowercase()) && text[1..].starts_with(") ");
    let number = (1..=2).contains(&end) && (text[end..].starts_with(". ") || text[end..].starts_with(") "));
    if letter {
        3
    } else if number {
        end + 2
    } else {
        0
    }
}

/// The list of numbers that begins at a place: "#142, #143 and 150".
pub(super) fn numbers(line: &str, start: usize) -> Vec<Number> {
    let mut list = Vec::new();
    let mut at = start;
    while list.len() < MOST {
        let Some(number) = number(line, at, !list.is_empty()) else { break };
        list.push(number);
        if number.span {
            break;
        }
        at = number.end;
        let rest = &line[at..];
        let marks = rest
            .find(|c: char| !matches!(c, ' ' | ',' | '&' | '+' | '/' | ';' | '(' | '['))
            .unwrap_or(rest.len());
        at += marks;
        let joined = word(&line[at..]);
        if matches!(lower(joined).as_str(), "and" | "und" | "plus") {
            at += joined.len();
            at += line[at..].len() - line[at..].trim_start_matches(' ').len();
        }
    }
    list
}

/// The number of a case that begins at a place, perhaps in a list.
fn number(line: &str, start: usize, listed: bool) -> Option<Number> {
    let mut at = start;
    let mut named = false;
    // "Re: case no. 142".
    for _ in 0..3 {
        let before = word(&line[at..]);
        if before.is_empty() || !BEFORE.contains(&lower(before).as_str()) {
            break;
        }
        named |=
            matches!(lower(before).as_str(), "case" | "cases" | "ticket" | "fall" | "vorgang" | "unmatched");
        let rest = &line[at + before.len()..];
        let marks = rest.find(|c: char| !matches!(c, ' ' | '.' | ':' | '[' | '(')).unwrap_or(rest.len());
        if marks == 0 && !rest.starts_with('#') {
            return None;
        }
        at += before.len() + marks;
    }
    let text = &line[at..];
    let hash = text.starts_with('#');
    let mut rest = text.strip_prefix('#').unwrap_or(text);
    if hash {
        rest = rest.trim_start_matches(' ');
    }
    let called = lower(&line[start..at]).contains("unmatched").then_some(rest);
    let unmatched = rest
        .strip_prefix(['u', 'U'])
        .or(called)
        .filter(|rest| rest.starts_with(|c: char| c.is_ascii_digit()));
    let digits = unmatched.unwrap_or(rest);
    let end = digits.find(|c: char| !c.is_ascii_digit()).unwrap_or(digits.len());
    let value: i64 = digits[..end].parse().ok().filter(|value| *value > 0)?;
    let behind = &digits[end..];
    let sure = hash || named || unmatched.is_some();
    let span = behind
        .trim_start_matches(' ')
        .strip_prefix(['-', '–', '—'])
        .is_some_and(|to| to.trim_start_matches([' ', '#']).starts_with(|c: char| c.is_ascii_digit()));
    if !span && !may_end_number(behind, sure, listed) || span && !sure {
        return None;
    }
    let marks = behind
        .find(|c: char| {
            !matches!(
                c,
                ' ' | ':' | '.' | ',' | ';' | ')' | ']' | '*' | '_' | '-' | '–' | '—' | '=' | '>' | '→'
            )
        })
        .unwrap_or(behind.len());
    // A list goes on behind a comma.
    let target = if unmatched.is_some() { Target::Unmatched(value) } else { Target::Case(value) };
    Some(Number { target, end: line.len() - behind.len() + marks, sure, span })
}

/// Whether a number may end before this: "142nd", "12/1", "1.5" and "10:00" are no cases.
fn may_end_number(behind: &str, sure: bool, listed: bool) -> bool {
    let mut chars = behind.chars();
    let Some(first) = chars.next() else { return true };
    let digit = chars.next().is_some_and(|c| c.is_ascii_digit());
    match first {
        ' ' | ')' | ']' | '*' | '_' | '&' | '+' | ';' | '!' | '?' | '=' | '→' => true,
        ',' => true,
        '/' => !digit || sure || listed,
        '.' | ':' => !digit || sure,
        '-' | '–' | '—' => !digit,
        c => sure && (c.is_alphabetic() || !c.is_alphanumeric()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(line: &str) -> (Vec<Target>, String) {
        let start = start(line);
        let rest = start.numbers.last().map_or(start.rest, |number| number.end);
        (start.numbers.iter().map(|number| number.target).collect(), line[rest..].to_owned())
    }

    #[test]
    fn numbers_are_read_as_people_write_them() {
        for line in [
            "#142 mine",
            "142 mine",
            "# 142: mine",
            "case 142 - mine",
            "re 142 mine",
            "Re: #142 mine",
            "- #142 mine",
            "1. #142 mine",
            "(#142) mine",
            "[#142] mine",
            "*#142* mine",
            "ok, 142 mine",
            "Case #142: mine",
            "please #142 mine",
            "2) 142 mine",
            "• no. 142 mine",
            "#142mine",
            "#142 => mine",
            "“#142 mine",
        ] {
            assert_eq!(read(line), (vec![Target::Case(142)], "mine".to_owned()), "{line}");
        }
        let all = vec![Target::Case(142), Target::Case(143), Target::Case(150)];
        for line in [
            "#142 #143 #150 mine",
            "142, 143 and 150 mine",
            "#142, 143 & 150: mine",
            "cases 142/143/150 mine",
        ] {
            assert_eq!(read(line), (all.clone(), "mine".to_owned()), "{line}");
        }
        assert_eq!(read("#u17 acme"), (vec![Target::Unmatched(17)], "acme".to_owned()));
        assert_eq!(read("U17: acme"), (vec![Target::Unmatched(17)], "acme".to_owned()));
    }

    #[test]
    fn what_is_another_number_names_no_case() {
        for line in [
            "142nd floor",
            "12/1 works",
            "1.5 hours",
            "10:00 is fine",
            "5% off",
            "#0 mine",
            "99999999999999999999 mine",
        ] {
            assert_eq!(start(line).numbers, [], "{line}");
        }
        assert!(start("#142-145 mine").numbers[0].span);
    }
}
