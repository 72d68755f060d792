//! The language of a text: by its script where that tells, by its commonest words, else by its letters.

use std::collections::HashMap;
use std::sync::LazyLock;

mod trigrams;
mod words;

/// Shorter texts do not tell their language.
const MIN_LETTERS: usize = 20;
/// As much as is looked at.
const MAX_CHARS: usize = 1_500;

/// Each common word with the places of its languages in the table.
static COMMON: LazyLock<HashMap<&'static str, Vec<usize>>> = LazyLock::new(|| {
    let mut map: HashMap<&str, Vec<usize>> = HashMap::new();
    for (place, (_, list)) in words::COMMON.iter().enumerate() {
        for word in list.split(' ') {
            map.entry(word).or_default().push(place);
        }
    }
    map
});

/// The two-letter code (ISO 639-1) of a text's language, when it is long enough to tell.
pub fn detect(text: &str) -> Option<String> {
    let text: String = text.chars().take(MAX_CHARS).collect();
    let letters = text.chars().filter(|c| c.is_alphabetic()).count();
    if let Some(code) = by_script(&text, letters) {
        return Some(code.to_string());
    }
    if letters < MIN_LETTERS {
        return None;
    }
    if let Some(code) = by_words(&text) {
        return Some(code.to_string());
    }
    trigrams::likeliest(&text).map(str::to_owned)
}

/// The language whose common words the text has, when it has clearly more of them than of any other's. A word that many
/// languages share says little.
fn by_words(text: &str) -> Option<&'static str> {
    let lower = text.to_lowercase();
    let mut score = vec![0.0_f64; words::COMMON.len()];
    for word in lower.split(|c: char| !c.is_alphabetic()).filter(|w| !w.is_empty()) {
        if let Some(places) = COMMON.get(word) {
            let weight = [1.0, 1.0, 0.6, 0.4, 0.25, 0.15][places.len().min(5)];
            for &place in places {
                score[place] += weight;
            }
        }
    }
    let mut order: Vec<usize> = (0..score.len()).collect();
    order.sort_by(|&a, &b| score[b].total_cmp(&score[a]));
    let (best, second) = (score[order[0]], score[order[1]]);
    (best >= 1.5 && best >= second * 1.15).then_some(words::COMMON[order[0]].0)
}

/// The language that a script alone shows.
fn by_script(text: &str, letters: usize) -> Option<&'static str> {
    let count = |from: char, to: char| text.chars().filter(|c| (from..=to).contains(c)).count();
    let kana = count('\u{3041}', '\u{30FF}');
    let han = count('\u{4E00}', '\u{9FFF}');
    let hangul = count('\u{AC00}', '\u{D7A3}');
    let cyrillic = count('\u{0400}', '\u{04FF}');
    let half = letters / 2;
    if kana > 1 && kana + han > half {
        Some("ja")
    } else if han > 1 && han > half {
        Some("zh")
    } else if hangul > 1 && hangul > half {
        Some("ko")
    } else if cyrillic > 3 && cyrillic > half {
        Some(if text.chars().any(|c| "іїєґІЇЄҐ".contains(c)) { "uk" } else { "ru" })
    } else if count('\u{0370}', '\u{03FF}') > half && letters > 3 {
        Some("el")
    } else {
        None
    }
}
