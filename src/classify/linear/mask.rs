//! A text as words in lower case, in which everything that is particular to one mail (amounts, dates, numbers,
//! addresses) is a placeholder, so that no model learns it.

use std::collections::HashSet;
use std::sync::LazyLock;

/// One word or mark of a text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Token {
    /// What the model sees: "delivered", "<number>".
    pub(super) masked: String,
    /// Whether the mark ends a clause: no negation reaches across it.
    pub(super) ends_clause: bool,
}

/// The words and telling marks of a text, masked.
pub(super) fn tokens(text: &str) -> Vec<Token> {
    let mut found = Vec::new();
    for chunk in text.split_whitespace() {
        if is_address(chunk) {
            found.push(word("<link>"));
            continue;
        }
        let mut rest = chunk;
        while let Some(first) = rest.chars().next() {
            let end = if first.is_alphanumeric() {
                rest.char_indices().find(|(at, c)| !within(rest, *at, *c)).map_or(rest.len(), |(at, _)| at)
            } else {
                first.len_utf8()
            };
            let (piece, after) = rest.split_at(end);
            rest = after;
            if first.is_alphanumeric() {
                found.push(word(&masked(piece)));
            } else if let Some(mark) = mark(first) {
                found.push(Token {
                    masked: mark.to_owned(),
                    ends_clause: !matches!(first, '€' | '$' | '£' | '%'),
                });
            }
        }
    }
    found
}

fn word(masked: &str) -> Token {
    Token { masked: masked.to_owned(), ends_clause: false }
}

/// Whether a character belongs to the word before it: a letter or digit, or an apostrophe, hyphen, point or colon
/// between two of them ("don't", "follow-up", "10.30").
fn within(text: &str, at: usize, c: char) -> bool {
    if c.is_alphanumeric() {
        return true;
    }
    let next = text[at + c.len_utf8()..].chars().next();
    let before = text[..at].chars().next_back();
    match c {
        '\'' | '’' | '-' => next.is_some_and(char::is_alphanumeric),
        '.' | ',' | ':' | '/' => {
            next.is_some_and(|c| c.is_ascii_digit()) && before.is_some_and(|c| c.is_ascii_digit())
        }
        _ => false,
    }
}

fn is_address(chunk: &str) -> bool {
    chunk.contains("://") || chunk.starts_with("www.") || (chunk.contains('@') && chunk.contains('.'))
}

fn mark(c: char) -> Option<&'static str> {
    Some(match c {
        '?' | '¿' => "?",
        '!' | '¡' => "!",
        '.' | '…' => ".",
        ',' => ",",
        ';' | ':' | '(' | ')' | '–' | '—' => ";",
        '€' | '$' | '£' => "<money>",
        '%' => "<percent>",
        _ => return None,
    })
}

/// Days of the week and months.
const MONTHS_AND_DAYS: &str = " monday tuesday wednesday thursday friday saturday sunday tue wed thu fri \
    january february april june july august september october november december \
    montag dienstag mittwoch donnerstag freitag samstag sonntag januar februar märz juni juli oktober dezember \
    lundi mardi mercredi jeudi vendredi samedi dimanche janvier février mars avril juin juillet août septembre octobre novembre décembre \
    lunes martes miércoles jueves viernes sábado domingo enero febrero marzo abril mayo junio julio agosto septiembre octubre noviembre diciembre \
    maandag dinsdag woensdag donderdag vrijdag zaterdag zondag januari februari maart mei augustus \
    lunedì martedì mercoledì giovedì venerdì sabato domenica gennaio febbraio aprile maggio giugno luglio settembre ottobre dicembre \
    segunda-feira terça-feira quarta-feira quinta-feira sexta-feira janeiro fevereiro março maio junho julho setembro outubro novembro dezembro ";

static DATES: LazyLock<HashSet<&str>> = LazyLock::new(|| MONTHS_AND_DAYS.split_whitespace().collect());

fn masked(word: &str) -> String {
    let lower = word.to_lowercase().replace('’', "'");
    if lower.chars().any(|c| c.is_ascii_digit()) {
        return if lower.chars().all(|c| !c.is_alphabetic()) { "<number>" } else { "<code>" }.to_owned();
    }
    let plain = lower.strip_suffix("'s").unwrap_or(&lower);
    if plain.len() > 2 && DATES.contains(plain) {
        return "<date>".to_owned();
    }
    // English short forms are negations too; one spelling for both apostrophes.
    lower
}
