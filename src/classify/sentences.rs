//! A text cut into sentences: the units in which evidence is shown.

use unicode_segmentation::UnicodeSegmentation;

/// The most characters of a text that are read; what follows is not looked at.
pub(super) const LONGEST_TEXT: usize = 20_000;
/// The most characters of a sentence that are shown.
pub(super) const LONGEST_SENTENCE: usize = 300;

/// The beginning of a text, at most [`LONGEST_TEXT`] characters.
pub(super) fn beginning(text: &str) -> &str {
    text.char_indices().nth(LONGEST_TEXT).map_or(text, |(end, _)| &text[..end])
}

/// The sentences of a text, trimmed, none without a letter or digit. A blank line, a list's item and a short line end
/// a sentence too; a line that is only broken does not.
pub(super) fn sentences(text: &str) -> Vec<&str> {
    let mut found = Vec::new();
    for paragraph in paragraphs(text) {
        let mut from = 0;
        for piece in paragraph.split_sentence_bounds() {
            // The standard's rule stops after "Mr." and "approx.", and at each line end (UAX 29, SB4 and SB8); a cut
            // there would tear a sentence apart.
            let end = piece.as_ptr() as usize - paragraph.as_ptr() as usize + piece.len();
            let sentence = &paragraph[from..end];
            if end < paragraph.len() && (ends_in_abbreviation(sentence) || ends_in_broken_line(sentence)) {
                continue;
            }
            from = end;
            let sentence = sentence.trim();
            if sentence.chars().any(char::is_alphanumeric) {
                found.push(sentence);
            }
        }
    }
    found
}

/// Pieces between blank lines, list items, and lines too short to be broken by width.
fn paragraphs(text: &str) -> Vec<&str> {
    let mut found = Vec::new();
    let (mut start, mut at) = (0, 0);
    for line in text.split_inclusive('\n') {
        let content = line.trim();
        let is_item = content.starts_with(['-', '*', '•', '–'])
            || content.split_once(['.', ')']).is_some_and(|(number, _)| {
                !number.is_empty() && number.len() <= 2 && number.bytes().all(|b| b.is_ascii_digit())
            });
        if is_item && at > start {
            found.push(&text[start..at]);
            start = at;
        }
        at += line.len();
        if content.chars().count() < 50 {
            found.push(&text[start..at]);
            start = at;
        }
    }
    found.push(&text[start..]);
    found.retain(|piece| !piece.trim().is_empty());
    found
}

/// Whether a piece stops at a line end without a mark that ends a sentence.
fn ends_in_broken_line(piece: &str) -> bool {
    let closed = |text: &str| {
        text.trim_end_matches(['"', '\'', ')', '”', '’', '»', '“']).ends_with(['.', '!', '?', '…', ':'])
    };
    piece.ends_with(['\n', '\r']) && !closed(piece.trim_end())
}

fn ends_in_abbreviation(sentence: &str) -> bool {
    const SHORT: [&str; 24] = [
        "mr.", "mrs.", "ms.", "dr.", "prof.", "st.", "no.", "nr.", "approx.", "e.g.", "i.e.", "z.b.", "bzw.",
        "ca.", "inkl.", "sig.", "sig.ra", "sr.", "sra.", "mme.", "m.", "p.ex.", "dhr.", "mevr.",
    ];
    let last = sentence.split_whitespace().next_back().unwrap_or_default().to_lowercase();
    SHORT.contains(&last.as_str())
}

/// A sentence as it is shown: on one line, at most [`LONGEST_SENTENCE`] characters, cut at a word's end.
pub(super) fn shown(sentence: &str) -> String {
    let mut line = sentence.split_whitespace().collect::<Vec<_>>().join(" ");
    if let Some((end, _)) = line.char_indices().nth(LONGEST_SENTENCE) {
        line.truncate(line[..end].rfind(' ').unwrap_or(end));
    }
    line
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_that_is_only_broken_does_not_end_a_sentence() {
        let text = "Hi,\nyour colleague told us before we signed that the kitchen was included in\nthe price, it is even on \
            the slide that he showed. Is it?\n\nThe bins were missed on Friday evening, as I had feared.\nMeanwhile the \
            boardroom waits\n- first\n- second";
        assert_eq!(
            sentences(text).into_iter().map(shown).collect::<Vec<_>>(),
            [
                "Hi,",
                "your colleague told us before we signed that the kitchen was included in the price, it is even on the \
                 slide that he showed.",
                "Is it?",
                "The bins were missed on Friday evening, as I had feared.",
                "Meanwhile the boardroom waits",
                "- first",
                "- second",
            ]
        );
    }
}
