//! The line above a quotation: "On Monday, 3 May 2027 at 10:00, Kim <kim@client.example> wrote:".

use std::sync::LazyLock;

use regex::Regex;

use super::super::lines::{Line, Mark};
use super::words;

/// An introduction is wrapped over at most so many lines.
const MAX_LINES: usize = 5;
/// A longer text is no introduction.
const MAX_CHARS: usize = 400;

/// A verb with what may stand behind it: a name, an address, a date.
static WROTE: LazyLock<Regex> = LazyLock::new(|| {
    let verbs =
        words::WROTE.iter().map(|w| regex::escape(w)).collect::<Vec<_>>().join("|").replace(' ', r"\s+");
    Regex::new(&format!(r"(?i)(?:^|[^\p{{L}}])(?:{verbs})(?P<behind>[^\p{{L}}].*)?$|(?:のメール|のメッセージ|写道|寫道|写到|書きました|작성)\s*[:：]?$"))
        .expect("a constant pattern")
});
/// Something that is surely a date or a time of day.
static WHEN: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"(?i)\d{1,2}[./-]\s?\d{1,2}[./-]\s?\d{2,4}|\d{4}[-./年]|\b(?:19|20)\d\d\b|\d{1,2}[:.h]\d{2}|\b\d{1,2}\.?\s+(?:de\s+)?\p{L}{3,}|\p{L}{3,}\s+\d{1,2}\b")
        .expect("a constant pattern")
});
static OPENER: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(&format!(
        r"(?i)^[\s>*_-]*(?:(?:{})[\s,.:]|\d|[\p{{L}}]{{2,12}}\.?,?\s+\d)",
        words::OPENERS.join("|")
    ))
    .expect("a constant pattern")
});
/// A date, a mailbox and a colon, as Gmail writes it in many languages.
static MAILBOX_COLON: LazyLock<Regex> =
    LazyLock::new(|| Regex::new(r"[<(\[]?\S+@\S+[>)\]]?\S{0,12}\s*[:：]$").expect("a constant pattern"));
/// "Quoting Kim <kim@client.example>:", "Zitat von Kim:".
static QUOTING: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"(?i)^(?:quoting|zitat von|zitiere|citando|quoted from|citation de|en réponse à|in reply to|citerar|citat fra|cytowanie)\b.{2,100}:$")
        .expect("a constant pattern")
});

/// The line behind an introduction that begins here, and whether unmarked text behind it is a quotation, too.
pub(super) fn read(body: &[Line], marked: &[bool], at: usize) -> Option<(usize, bool)> {
    let opens = OPENER.is_match(&body[at].text);
    let mut text = String::new();
    for count in 1..=MAX_LINES {
        let line = body.get(at + count - 1)?;
        let piece = line.text.trim().trim_matches(['*', '_']).trim();
        if piece.is_empty()
            || count > 1 && (marked[at + count - 1] || line.mark != Mark::None && line.mark != body[at].mark)
        {
            return None;
        }
        if !text.is_empty() && !text.ends_with('<') {
            text.push(' ');
        }
        text.push_str(piece);
        if text.chars().count() > MAX_CHARS {
            return None;
        }
        if let Some(strong) = judge(&text, opens) {
            let next = (at + count..body.len()).find(|&i| !body[i].text.trim().is_empty());
            let quoted = next.is_some_and(|n| marked[n] || body[n].mark == Mark::Indented);
            if strong || quoted {
                return Some((at + count, strong));
            }
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

/// Whether a text is an introduction; true when it is one even without a marked quotation behind it.
fn judge(text: &str, opens: bool) -> Option<bool> {
    if QUOTING.is_match(text) {
        return Some(false);
    }
    let when = WHEN.is_match(text);
    let colon = text.ends_with([':', '：']);
    if when && MAILBOX_COLON.is_match(text) {
        return Some(true);
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
    let dated = when && (opens || text.contains('@') || colon);
    Some(dated && (colon || behind.is_empty()))
}
