//! The line above a quotation: "On Monday, 3 May 2027 at 10:00, Kim <kim@client.example> wrote:".

use std::sync::LazyLock;

use regex::Regex;

use super::super::lines::{Line, Mark};
use super::words;
use crate::pattern::fixed;

/// An introduction is wrapped over at most so many lines.
const MAX_LINES: usize = 8;
/// A longer text is no introduction.
const MAX_CHARS: usize = 400;

/// A verb with what may stand behind it: a name, an address, a date.
static WROTE: LazyLock<Regex> = LazyLock::new(|| {
    let verbs = words::WROTE.join("|").replace('(', r"\(").replace(')', r"\)").replace(' ', r"\s+");
    fixed(&format!(
        r"(?i)(?:^|[^\p{{L}}])(?:{verbs})(?P<behind>[^\p{{L}}].*)?$|(?:のメール|のメッセージ|写道|寫道|写到|書きました|작성)\s*[:：]?$"
    ))
});
/// Something that is surely a date or a time of day.
static WHEN: LazyLock<Regex> = LazyLock::new(|| {
    fixed(
        r"(?i)\d{1,2}[./-]\s?\d{1,2}[./-]\s?\d{2,4}|\d{4}[-./年]|\b(?:19|20)\d\d\b|\d{1,2}[:.h]\d{2}|\b\d{1,2}\.?\s+(?:de\s+)?\p{L}{3,}|\p{L}{3,}\s+\d{1,2}\b",
    )
});
static TIME_OF_DAY: LazyLock<Regex> = LazyLock::new(|| fixed(r"\d{1,2}[:.h]\d{2}"));
/// A whole date right behind the first word, and only a name before the verb.
static DATE_FIRST: LazyLock<Regex> = LazyLock::new(|| {
    fixed(
        r"(?i)^(?:on|am|le|el|il giorno|il|em|op|den|dne|w dniu)\s+(?:\p{L}+\.?,?\s+)?(?:\d{1,2}[./-]\d{1,2}[./-]\d{2,4}|\d{1,2}\.?\s+(?:de\s+)?\p{L}{3,10}\.?,?\s+(?:de\s+)?\d{4}|\p{L}{3,10}\.?\s+\d{1,2},?\s+\d{4}|\d{4}-\d\d-\d\d),?\s[^,]{2,40}$",
    )
});
static OPENER: LazyLock<Regex> = LazyLock::new(|| {
    fixed(&format!(
        r"(?i)^[\s>*_-]*(?:(?:{})[\s,.:]|\d|[\p{{L}}]{{2,12}}\.?,?\s+\d)",
        words::OPENERS.join("|")
    ))
});
/// A date, a mailbox and a colon, as Gmail writes it in many languages.
static MAILBOX_COLON: LazyLock<Regex> = LazyLock::new(|| fixed(r"[<(\[]?\S+@\S+[>)\]]?\S{0,12}\s*[:：]$"));
/// "Quoting Kim <kim@client.example>:", "Zitat von Kim:".
static QUOTING: LazyLock<Regex> = LazyLock::new(|| {
    fixed(
        r"(?i)^(?:quoting|zitat von|zitiere|citando|quoted from|citation de|en réponse à|in reply to|citerar|citat fra|cytowanie|wiadomość napisana przez)\b.{2,160}:$",
    )
});

/// An introduction behind the last words of the own text, on one line.
static SHARED: LazyLock<Regex> = LazyLock::new(|| {
    fixed(
        r"^(?P<own>.*?\S)(?:\s*-{2,}\s*|\s+)(?:On|Am|Le|El|Il|Em|Op|Den|Dne|W dniu)\s(?:\p{L}{2,10}\.?,?\s)?(?:\p{L}{3,10}\.?\s)?\d{1,4}[^!?]{3,200}(?:wrote|schrieb[^:]{0,80}|a écrit|escribió|ha scritto|escreveu|schreef|skrev|napsal|napisał(?:\(a\))?)\s?:$",
    )
});

/// The own text at the beginning of a line that ends with an introduction.
pub(super) fn shared(text: &str) -> Option<&str> {
    if text.len() > 1_000 || !text.ends_with(':') {
        return None;
    }
    SHARED.captures(text).and_then(|c| c.name("own")).map(|m| m.as_str())
}

/// Rules of hyphens and blanks around an introduction.
const AROUND: &[char] = &['*', '_', '-', ' ', '\u{A0}'];

/// The line behind an introduction that begins here, and whether unmarked text behind it is a quotation, too.
pub(super) fn read(body: &[Line], marked: &[bool], at: usize) -> Option<(usize, bool)> {
    let first = body[at].text.trim_matches(AROUND);
    let opens = OPENER.is_match(first);
    let above = body[..at].iter().any(|l| !l.text.trim().is_empty());
    let mut text = String::new();
    let mut count = 0;
    while count < MAX_LINES {
        let here = at + count;
        let line = body.get(here)?;
        count += 1;
        let piece = line.text.trim_matches(AROUND);
        let torn = text.matches('<').count() > text.matches('>').count();
        if piece.is_empty() {
            // Some programs break the address apart over blank lines.
            if count > 1 && (torn || opens && body.get(here + 1).is_some_and(|l| l.text.trim() == "<")) {
                continue;
            }
            return None;
        }
        if count > 1 && (marked[here] && !torn || line.mark != Mark::None && line.mark != body[at].mark) {
            return None;
        }
        if !text.is_empty() && !text.ends_with('<') {
            text.push(' ');
        }
        text.push_str(piece);
        if text.chars().count() > MAX_CHARS {
            return None;
        }
        let next = (here + 1..body.len()).find(|&i| !body[i].text.trim().is_empty());
        let quoted = next.is_some_and(|n| marked[n] || body[n].mark == Mark::Indented);
        if let Some(strong) = judge(&text, opens, quoted, above)
            && (strong || quoted)
        {
            return Some((here + 1, strong));
        }
        if count == 1 && !opens && !piece.contains(['<', '@']) && !WHEN.is_match(piece) {
            return None;
        }
        // A sentence that ends is no wrapped introduction.
        if piece.ends_with(['.', '!', '?']) && !WHEN.is_match(piece) {
            return None;
        }
    }
    None
}

/// Whether a text is an introduction; true when it is one even without a marked quotation behind it;
/// `above`: whether the writer has said something before.
fn judge(text: &str, opens: bool, quoted: bool, above: bool) -> Option<bool> {
    let colon = text.ends_with([':', '：']);
    if QUOTING.is_match(text) {
        return Some(text.contains('@') && colon);
    }
    let when = WHEN.is_match(text);
    if when && MAILBOX_COLON.is_match(text) {
        return Some(true);
    }
    if quoted
        && when
        && opens
        && text.ends_with('>')
        && text.contains('@')
        && text.matches('<').count() == text.matches('>').count()
    {
        return Some(false);
    }
    let found = WROTE.captures(text)?;
    let behind = found
        .name("behind")
        .map_or("", |m| m.as_str())
        .trim()
        .trim_end_matches([':', '：', '>', '.', ')'])
        .trim();
    if !colon && !behind.is_empty() && !behind.contains('@') {
        return None;
    }
    let long = behind.chars().count() > 120 || behind.contains(". ") && !WHEN.is_match(behind);
    if long {
        return None;
    }
    // Without a marked quotation behind it only what no person writes is an introduction: a mailbox, or a time of day.
    let name = text.split('<').next().unwrap_or_default();
    let addressed = text.contains('<')
        && text.contains('@')
        && colon
        && behind.is_empty()
        && name.split_whitespace().count() <= 4;
    let written_by_program =
        text.contains('@') || TIME_OF_DAY.is_match(text) || above && DATE_FIRST.is_match(text);
    let begins = opens || text.contains('<') && text.contains('@');
    Some(addressed || when && begins && written_by_program && (colon || behind.is_empty()))
}
