//! The language of a text: by its script where that tells, else by lingua among the languages of the Latin script.

use std::sync::LazyLock;

use lingua::{Language, LanguageDetector, LanguageDetectorBuilder};

/// Shorter texts do not tell their language.
const MIN_LETTERS: usize = 20;
/// As much as is looked at.
const MAX_CHARS: usize = 1_500;

static DETECTOR: LazyLock<LanguageDetector> = LazyLock::new(|| {
    LanguageDetectorBuilder::from_languages(&[
        Language::English,
        Language::German,
        Language::French,
        Language::Spanish,
        Language::Dutch,
        Language::Italian,
        Language::Portuguese,
    ])
    .with_low_accuracy_mode()
    .build()
});

/// The two-letter code (ISO 639-1) of a text's language, when it is long enough to tell.
pub(super) fn detect(text: &str) -> Option<String> {
    let text: String = text.chars().take(MAX_CHARS).collect();
    let letters = text.chars().filter(|c| c.is_alphabetic()).count();
    if let Some(code) = by_script(&text, letters) {
        return Some(code.to_string());
    }
    if letters < MIN_LETTERS {
        return None;
    }
    DETECTOR.detect_language_of(text).map(|l| l.iso_code_639_1().to_string().to_lowercase())
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
