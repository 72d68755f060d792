//! Headers copied into the text above an answered or forwarded mail: Outlook's block, "-----Original Message-----".

use std::sync::LazyLock;

use regex::Regex;

use super::super::lines::Line;
use super::words;
use crate::pattern::fixed;

/// A value may be wrapped over so many further lines.
const MAX_WRAPPED: usize = 4;
/// Between a separator or rule and the header below it stand at most so many lines without text.
const MAX_GAP: usize = 12;
/// A block has at most so many lines.
const MAX_LINES: usize = 30;

/// A longer line is no separator, in bytes: what may stand within one has no bound of its own.
const MAX_SEPARATOR: usize = 200;

static SEPARATOR: LazyLock<Regex> = LazyLock::new(|| {
    let names = [words::ORIGINAL, words::FORWARDED].concat().join("|").replace(' ', r"\s+");
    fixed(&format!(
        r"(?i)^[\s>*]*(?:[-_=#—–]{{2,}}[\s>*]*(?:{names}).*?[-_=#—–]{{2,}}|[-_—–]{{3,}}\s*(?:{names})|(?:{names})\s*[:：]|-{{6,}}\s*original\s*-{{6,}}|<<\s*(?:{names})\s*>>|-{{3,}}\s*(?:message from|nachricht von|message de|mensaje de|messaggio da|mensagem de|bericht van|wiadomość od|meddelande från|besked fra|melding fra|zpráva od|сообщение от)\s..+[\s-]-{{3,}}|-{{2,}}\s?..+\s(?:wrote|schrieb|a écrit|escribió|ha scritto|escreveu|schreef|skrev|napisał)\s?-{{2,}})[\s>*]*$"
    ))
});
static FORWARDED: LazyLock<Regex> =
    LazyLock::new(|| fixed(&format!("(?i){}", words::FORWARDED.join("|").replace(' ', r"\s+"))));

/// The fields of a copied header that matter.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Field {
    From,
    Date,
    To,
    Subject,
    Other,
}

/// A header that was copied into the text.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(in super::super) struct Copied {
    pub from: String,
    pub date: String,
    pub to: String,
    pub subject: String,
    /// Whether what stood above it says that the mail was forwarded.
    pub forwarded: bool,
    /// The first line behind it.
    pub end: usize,
}

/// The line without marks of emphasis and quotation.
fn bare(text: &str) -> String {
    text.trim_start_matches([' ', '\t', '>', '*', '|', '\u{A0}', '_'])
        .replace(['*', '\u{A0}', '\u{200E}', '\u{200F}'], " ")
        .trim()
        .to_string()
}

/// The field that a line begins with, and its value.
fn field(text: &str) -> Option<(Field, String)> {
    let text = bare(text);
    let colon = text.char_indices().take(32).find(|(_, c)| matches!(c, ':' | '：'))?;
    let label = text[..colon.0].trim().to_lowercase();
    let value = text[colon.0 + colon.1.len_utf8()..].trim().to_string();
    let field = [
        (words::FROM, Field::From),
        (words::DATE, Field::Date),
        (words::TO, Field::To),
        (words::SUBJECT, Field::Subject),
        (words::OTHER, Field::Other),
    ]
    .into_iter()
    .find(|(list, _)| list.iter().any(|line| line.split('|').any(|word| word == label)))?
    .1;
    Some((field, value))
}

/// Whether a line is a rule of hyphens, underscores or the like.
fn is_rule(text: &str) -> bool {
    let text = bare(text).replace([' ', '>'], "");
    let text = if text.is_empty() { String::new() } else { text };
    text.chars().count() >= 3 && text.chars().all(|c| "-_=—–─━*".contains(c))
}

/// Whether a line is a few words between hyphens, as programs of any language write above a copied header.
fn is_title(text: &str) -> bool {
    let text = text.trim();
    let words = text.trim_matches(['-', '—', '–', '_', '=']).trim();
    text.len() < 120
        && words.chars().count() <= 50
        && ["---", "___", "===", "——"].iter().any(|rule| text.starts_with(rule) && text.ends_with(rule))
}

/// Whether a separator stands here, and whether it says "forwarded".
fn separator(text: &str) -> Option<bool> {
    (text.len() < MAX_SEPARATOR && SEPARATOR.is_match(text)).then(|| FORWARDED.is_match(text))
}

/// The line behind what begins here: a separator, a rule above a header, a header.
pub(super) fn begin(body: &[Line], at: usize) -> Option<usize> {
    copied_header(body, at).map(|c| c.end).or_else(|| separator(&body[at].text).map(|_| at + 1))
}

/// Reads the header that begins at a line, with the separator or rule above it.
pub(in super::super) fn copied_header(body: &[Line], at: usize) -> Option<Copied> {
    let mut start = at;
    let mut forwarded = false;
    let mut separated = false;
    if let Some(is_forward) = separator(&body[at].text) {
        (separated, forwarded) = (true, is_forward);
        start = next_text(body, at + 1)?;
    } else if is_rule(&body[at].text)
        || is_title(&body[at].text)
        || body[at].text.trim().trim_matches('_').is_empty()
    {
        start = next_text(body, at + 1)?;
        if start > at + 4 {
            return None;
        }
        if let Some(is_forward) = separator(&body[start].text) {
            (separated, forwarded) = (true, is_forward);
            start = next_text(body, start + 1)?;
        }
    }
    let mut copied = block(body, start, separated)?;
    copied.forwarded = forwarded;
    Some(copied)
}

fn next_text(body: &[Line], from: usize) -> Option<usize> {
    (from..body.len().min(from + MAX_GAP)).find(|&i| !bare(&body[i].text).is_empty())
}

/// The block of fields that begins at a line.
fn block(body: &[Line], start: usize, separated: bool) -> Option<Copied> {
    let first = field(&body[start].text)?;
    if first.0 == Field::Other {
        return None;
    }
    let mut copied = Copied::default();
    let mut seen = [false; 4];
    let mut sent = false;
    let mut at = start;
    let mut wrapped = 0;
    let mut current: Option<Field> = None;
    let mut end = start;
    while at < body.len() && at < start + MAX_LINES {
        let text = bare(&body[at].text);
        if let Some((name, value)) = field(&body[at].text) {
            if name != Field::Other && seen[name as usize] {
                break;
            }
            wrapped = 0;
            current = Some(name);
            sent |= name == Field::Date
                && !words::EVERYDAY_DATE.split('|').any(|w| text.to_lowercase().starts_with(w));
            if name != Field::Other {
                seen[name as usize] = true;
                *slot(&mut copied, name) = value;
            }
            end = at + 1;
        } else if text.is_empty() {
            // Blank lines stand between fields when HTML paragraphs were flattened.
            let next = next_text(body, at);
            let more = next.filter(|&n| n <= at + 2 && field(&body[n].text).is_some());
            match more {
                Some(next) => {
                    at = next;
                    continue;
                }
                None => break,
            }
        } else {
            wrapped += 1;
            let ends_here = seen[Field::Subject as usize] && current == Some(Field::Subject) && wrapped > 1;
            if wrapped > MAX_WRAPPED || ends_here {
                break;
            }
            // A wrapped value only counts when a further field or a blank line follows.
            let closed = (at + 1..body.len().min(at + 1 + MAX_WRAPPED))
                .find(|&i| bare(&body[i].text).is_empty() || field(&body[i].text).is_some());
            if closed.is_none() && at + 1 < body.len() {
                break;
            }
            if let Some(name) = current.filter(|n| *n != Field::Other) {
                let value = slot(&mut copied, name);
                value.push(' ');
                value.push_str(&text);
            }
            end = at + 1;
        }
        at += 1;
    }
    copied.end = end;
    let [from, date, to, subject] = seen;
    let address = copied.from.contains('@') || copied.to.contains('@');
    let has_digit = copied.date.contains(|c: char| c.is_ascii_digit());
    let dated = date && has_digit;
    // "From: Hamburg, To: Ghent" is a journey: a header names a mailbox, or has a subject and a date.
    let enough = from && subject && (date || address)
        || from && to && sent
        || address && (from && (to || date) || to && dated)
        || to && dated && subject
        || separated && (from || date || subject);
    enough.then_some(copied)
}

fn slot(copied: &mut Copied, field: Field) -> &mut String {
    match field {
        Field::From => &mut copied.from,
        Field::Date => &mut copied.date,
        Field::To => &mut copied.to,
        Field::Subject | Field::Other => &mut copied.subject,
    }
}
