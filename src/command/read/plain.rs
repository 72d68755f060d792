//! A line as a keyboard of one kind would have written it.

/// The same line, character for character, with plain blanks and digits: what stands at a place here stands at the
/// same place, counted in characters, in the line as it was written.
pub(super) fn plain(line: &str) -> String {
    line.chars().map(character).collect()
}

fn character(c: char) -> char {
    match c {
        // Blanks of all widths, and marks that nobody sees.
        '\u{ad}'
        | '\u{200b}'
        | '\u{200e}'
        | '\u{200f}'
        | '\u{202a}'..='\u{202e}'
        | '\u{2060}'..='\u{2069}' => ' ',
        '\u{feff}' => ' ',
        c if c.is_whitespace() || c.is_control() => ' ',
        // Full-width forms of ASCII.
        '！'..='～' => char::from_u32(c as u32 - 0xFEE0).unwrap_or(c),
        c => c,
    }
}

/// Small letters with straight apostrophes, for comparing.
pub(super) fn lower(word: &str) -> String {
    word.chars()
        .flat_map(char::to_lowercase)
        .map(|c| if matches!(c, '’' | '‘' | '`' | '´' | 'ʼ') { '\'' } else { c })
        .collect()
}

/// The word that a text begins with: letters, with apostrophes between. Empty when it begins with another character.
pub(super) fn word(text: &str) -> &str {
    let is_apostrophe = |c| matches!(c, '\'' | '’' | '‘' | '`' | '´' | 'ʼ');
    let mut end = 0;
    let mut chars = text.char_indices().peekable();
    while let Some((at, c)) = chars.next() {
        let inside = c.is_alphabetic()
            || at > 0 && is_apostrophe(c) && chars.peek().is_some_and(|(_, next)| next.is_alphabetic());
        if !inside {
            break;
        }
        end = at + c.len_utf8();
    }
    &text[..end]
}

/// A text without the blanks and the marks at its beginning that part words: how many bytes they take.
pub(super) fn separators(text: &str) -> usize {
    text.find(|c: char| !is_separator(c)).unwrap_or(text.len())
}

fn is_separator(c: char) -> bool {
    c == ' '
        || matches!(
            c,
            ',' | '.' | ';' | ':' | '!' | '-' | '–' | '—' | '*' | '_' | '=' | '|' | '/' | '→' | '&' | '+'
        )
}

/// A text without blanks, emphasis and marks around it.
pub(super) fn bare(text: &str) -> &str {
    text.trim().trim_matches(['*', '_', '`']).trim()
}

/// The first characters of a text, at most so many.
pub(super) fn head(text: &str, characters: usize) -> &str {
    text.char_indices().nth(characters).map_or(text, |(at, _)| &text[..at])
}

/// Whether a text has at most so many characters, without counting more.
pub(super) fn is_short(text: &str, characters: usize) -> bool {
    text.char_indices().nth(characters).is_none()
}
