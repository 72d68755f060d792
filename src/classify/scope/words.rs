//! The words of a request or a scope line, made comparable across forms and languages.

use std::collections::HashSet;
use std::sync::LazyLock;

use unicode_segmentation::UnicodeSegmentation;

/// What a word's forms end in after what they share.
const ENDINGS: [&str; 14] = ["", "s", "es", "n", "en", "e", "er", "ed", "ing", "i", "a", "o", "as", "os"];

/// Each concept's name and the beginnings of the words that say it, without accents.
static CONCEPTS: LazyLock<Vec<(&str, Vec<&str>)>> = LazyLock::new(|| {
    let lines = include_str!("concepts.txt").lines();
    let concepts = lines.filter_map(|line| line.split_once(':'));
    concepts.map(|(name, starts)| (name, starts.split_whitespace().collect())).collect()
});

/// Words that say nothing of what is wanted.
static PLAIN: LazyLock<HashSet<String>> = LazyLock::new(|| {
    let common = include_str!("../common_words.txt").split_whitespace();
    common.chain(include_str!("plain_words.txt").split_whitespace()).map(fold).collect()
});

/// The words of a text in order, lower case and without accents; apostrophes and hyphens part them.
pub(super) fn words(text: &str) -> Vec<String> {
    let text = fold(text).replace("pick up", "pickup").replace("pick-up", "pickup").replace(['-', '/'], " ");
    let words = text.unicode_words().flat_map(|word| word.split(['\'', '’']));
    words.filter(|word| !word.is_empty()).map(str::to_owned).collect()
}

/// Lower case, without the accents of the languages that are read.
pub(super) fn fold(text: &str) -> String {
    let plain = |c: char| match c {
        'à' | 'á' | 'â' | 'ã' | 'ä' | 'å' => 'a',
        'ç' => 'c',
        'è' | 'é' | 'ê' | 'ë' => 'e',
        'ì' | 'í' | 'î' | 'ï' => 'i',
        'ñ' => 'n',
        'ò' | 'ó' | 'ô' | 'õ' | 'ö' => 'o',
        'ù' | 'ú' | 'û' | 'ü' => 'u',
        c => c,
    };
    text.to_lowercase().chars().map(plain).collect::<String>().replace('ß', "ss").replace('œ', "oe")
}

/// Whether a word tells what is wanted: no function word, no number, no word of time.
pub(super) fn tells(word: &str) -> bool {
    word.chars().count() > 2
        && word.chars().all(char::is_alphabetic)
        && !PLAIN.contains(word)
        && !super::measure::is_measure(word)
}

/// Whether two words say the same thing: one concept, one stem, or one is a part of the other, as in compounds.
pub(super) fn same(one: &str, two: &str) -> bool {
    if one == two || concepts(one).any(|concept| concepts(two).any(|other| other == concept)) {
        return true;
    }
    let (long, short) = if one.len() >= two.len() { (one, two) } else { (two, one) };
    let shared = one.bytes().zip(two.bytes()).take_while(|(a, b)| a == b).count();
    // "page" and "pages"; "insure" and "insurance".
    let inflected = |word: &str| word.get(shared..).is_some_and(|ending| ENDINGS.contains(&ending));
    let stem = shared >= 5 && short.len() <= shared + 1 && shared * 20 >= long.len() * 11;
    if shared >= 4 && inflected(one) && inflected(two) || stem || shared >= 6 && shared * 10 >= long.len() * 6
    {
        return true;
    }
    // "Störung" in "Störungsannahme", not "art" in "party".
    let stem = short.strip_suffix("en").unwrap_or(short);
    stem.len() >= 6 && long.contains(stem)
}

/// Whether a word only says where, or in which language.
pub(super) fn qualifies(word: &str) -> bool {
    concepts(word).any(|concept| matches!(concept, "inside" | "outside" | "language"))
}

/// The concepts that a word says. A concept's beginning of six letters and more is found inside compounds too.
pub(super) fn concepts(word: &str) -> impl Iterator<Item = &'static str> {
    let says = move |starts: &[&str]| {
        starts.iter().any(|start| word.starts_with(start) || start.len() >= 6 && word.contains(start))
    };
    CONCEPTS.iter().filter(move |(_, starts)| says(starts)).map(|(name, _)| *name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn forms_compounds_and_languages_of_a_word_are_the_same_and_chance_likeness_is_not() {
        for (one, two) in [
            ("pages", "page"),
            ("insure", "insurance"),
            ("storungen", "storungsannahme"),
            ("vertalen", "translations"),
            ("livrer", "livraison"),
            ("photos", "photography"),
            ("winter", "winterdienst"),
        ] {
            assert!(same(one, two), "{one} {two}");
        }
        for (one, two) in
            [("party", "part"), ("contract", "control"), ("papers", "pages"), ("import", "impossible")]
        {
            assert!(!same(one, two), "{one} {two}");
        }
    }
}
