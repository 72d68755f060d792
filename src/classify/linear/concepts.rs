//! Concepts: short lists of words in seven languages that mean about the same ("late", "verspätet", "en retard"), so
//! that what is learnt in one language or wording serves in another.

use std::collections::HashMap;
use std::sync::LazyLock;

use super::mask::Token;

/// The lists, one concept a line: its name, a colon, phrases between bars; `*` stands for any ending of a word.
const LISTS: &str = include_str!("concepts.txt");

/// The most words of a phrase.
const LONGEST: usize = 5;
/// How many words after a negation it still reaches.
const REACH: usize = 4;

/// Phrases by their first word without its star.
struct Lists {
    names: Vec<&'static str>,
    by_first: HashMap<&'static str, Vec<(usize, Vec<&'static str>)>>,
}

static CONCEPTS: LazyLock<Lists> = LazyLock::new(|| {
    let mut lists = Lists { names: Vec::new(), by_first: HashMap::new() };
    for line in LISTS.lines().filter(|line| !line.starts_with('#')) {
        let Some((name, phrases)) = line.split_once(':') else { continue };
        let index = lists.names.iter().position(|known| *known == name).unwrap_or_else(|| {
            lists.names.push(name);
            lists.names.len() - 1
        });
        for phrase in phrases.split('|') {
            let words: Vec<&'static str> = phrase.split_whitespace().collect();
            if let Some(first) = words.first() {
                lists.by_first.entry(first.trim_end_matches('*')).or_default().push((index, words));
            }
        }
    }
    lists
});

/// The concepts of a text: each alone ("late"), negated ("not late"), and together with another of the same sentence
/// ("late + you").
pub(super) fn of(tokens: &[Token]) -> Vec<String> {
    let mut found = Vec::new();
    for sentence in tokens.split_inclusive(|token| matches!(token.masked.as_str(), "." | "?" | "!")) {
        let mut here = in_sentence(sentence);
        here.sort_unstable();
        here.dedup();
        for (at, first) in here.iter().enumerate() {
            found.push(format!("[{first}]"));
            for second in &here[at + 1..] {
                found.push(format!("[{first} + {second}]"));
            }
        }
    }
    found
}

fn in_sentence(sentence: &[Token]) -> Vec<String> {
    let mut found = Vec::new();
    let mut negated_until = 0;
    for at in 0..sentence.len() {
        if sentence[at].ends_clause {
            negated_until = at;
        }
        for concept in starting_with(&sentence[at..]) {
            let name = CONCEPTS.names[concept];
            if name == "not" {
                negated_until = at + 1 + REACH;
                found.push(name.to_owned());
            } else if at < negated_until {
                found.push(format!("not {name}"));
            } else {
                found.push(name.to_owned());
            }
        }
    }
    if sentence.last().is_some_and(|token| token.masked == "?") {
        found.push("question".to_owned());
    }
    found
}

/// The concepts of which a phrase begins with the first of these words.
fn starting_with(words: &[Token]) -> Vec<usize> {
    let mut found = Vec::new();
    let first = words[0].masked.as_str();
    let ends = first.char_indices().skip(1).map(|(at, _)| at).chain([first.len()]);
    for prefix in ends.filter_map(|end| first.get(..end)) {
        for (concept, phrase) in CONCEPTS.by_first.get(prefix).into_iter().flatten() {
            let fits = phrase.len() <= words.len().min(LONGEST)
                && phrase.iter().zip(words).all(|(pattern, token)| matches(pattern, &token.masked));
            if fits && !found.contains(concept) {
                found.push(*concept);
            }
        }
    }
    found
}

fn matches(pattern: &str, word: &str) -> bool {
    pattern.strip_suffix('*').map_or(pattern == word, |stem| word.starts_with(stem))
}
