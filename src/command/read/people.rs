//! A person as people write one: an address in one of the forms that mail programs leave, or a name.

use std::sync::LazyLock;

use regex::Regex;

use super::plain::{head, lower};
use crate::pattern::fixed;

static ADDRESS: LazyLock<Regex> = LazyLock::new(|| {
    fixed(
        r#"^["“]?(?:@|(?:\p{Lu}[\p{L}.'’-]* ){1,4})?["”]? ?<?(?:mailto:)?([\p{L}\p{N}.!#$%&'*+/=?^_`{|}~-]+@[\p{L}\p{N}-]+(?:\.[\p{L}\p{N}-]+)+)>?(?: ?[<\[(](?:mailto:)?[^\s>\])]*[>\])])?"#,
    )
});
static NAME: LazyLock<Regex> = LazyLock::new(|| {
    fixed(r"^@?(\p{Lu}[\p{L}'’-]*\.?(?: (?:(?:van|von|de|der|den) )*\p{Lu}[\p{L}'’-]*){0,2})")
});
static SMALL: LazyLock<Regex> =
    LazyLock::new(|| fixed(r"^@?(\p{Ll}[\p{L}'’-]+(?: \p{Ll}[\p{L}'’-]+)?)[ .!,]*$"));

/// Words in small letters that are no name.
const NO_NAMES: [&str; 62] = [
    "be",
    "do",
    "me",
    "you",
    "him",
    "her",
    "them",
    "us",
    "it",
    "this",
    "that",
    "the",
    "a",
    "an",
    "my",
    "our",
    "your",
    "their",
    "his",
    "follow",
    "call",
    "discuss",
    "check",
    "check",
    "clarify",
    "review",
    "fix",
    "answer",
    "reply",
    "client",
    "customer",
    "someone",
    "somebody",
    "anyone",
    "whoever",
    "day",
    "today",
    "tomorrow",
    "monday",
    "friday",
    "sales",
    "operations",
    "ops",
    "team",
    "date",
    "late",
    "early",
    "soon",
    "no",
    "avail",
    "all",
    "both",
    "everyone",
    "hold",
    "wait",
    "send",
    "see",
    "have",
    "go",
    "get",
    "make",
    "and",
];

/// Words that end a list of people.
const ENDS: [&str; 24] = [
    "at",
    "on",
    "about",
    "to",
    "re",
    "for",
    "regarding",
    "um",
    "am",
    "next",
    "tomorrow",
    "today",
    "in",
    "or",
    "via",
    "im",
    "the",
    "our",
    "their",
    "please",
    "because",
    "online",
    "by",
    "zoom",
];

/// The person that a text begins with: an address in small letters or a name as written, and how many bytes it takes. A
/// name in small letters stands alone on its line.
pub(super) fn at_start(text: &str) -> Option<(String, usize)> {
    let text = head(text, 200);
    if let Some(found) = address(text) {
        return Some(found);
    }
    if let Some(found) = NAME.captures(text) {
        return Some((found[1].to_owned(), found.get(0)?.end())).filter(|(name, _)| is_name(name));
    }
    // "kim please" names Kim.
    let name =
        ["please", "pls", "thanks", "thx", "bitte", "danke"].iter().find_map(|end| text.strip_suffix(end));
    let found = SMALL.captures(name.unwrap_or(text))?;
    let name = found[1].to_owned();
    is_name(&name).then_some((name, text.len()))
}

/// One person of a list, whose name may be in small letters.
pub(super) fn of_list(text: &str) -> Option<(String, usize)> {
    let text = head(text, 200);
    if let Some(found) = address(text) {
        return Some(found);
    }
    if let Some(found) = NAME.captures(text) {
        return Some((found[1].to_owned(), found.get(0)?.end())).filter(|(name, _)| is_name(name));
    }
    let word = super::plain::word(text);
    let small = lower(word);
    let name = word.chars().nth(1).is_some() && !ENDS.contains(&small.as_str()) && is_name(&small);
    name.then(|| (word.to_owned(), word.len()))
}

/// The address that a text begins with.
fn address(text: &str) -> Option<(String, usize)> {
    let found = ADDRESS.captures(text)?;
    let address = found[1].trim_end_matches('.').to_lowercase();
    // The point that ends the sentence.
    let end = found.get(0)?.end();
    Some((address, end))
}

fn is_name(name: &str) -> bool {
    !lower(name).split(' ').any(|word| NO_NAMES.contains(&word))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_person_is_an_address_or_a_name() {
        for (text, person) in [
            ("kim@firm.example", "kim@firm.example"),
            ("Kim@Firm.Example.", "kim@firm.example"),
            ("kim@firm.example<mailto:kim@firm.example>", "kim@firm.example"),
            ("Kim Weber <kim@firm.example>", "kim@firm.example"),
            ("<kim@firm.example>", "kim@firm.example"),
            ("Kim", "Kim"),
            ("Kim Weber, please", "Kim Weber"),
            ("Jan van der Berg", "Jan van der Berg"),
            ("kim", "kim"),
            ("kim please", "kim"),
            ("kim weber", "kim weber"),
            ("@Kim", "Kim"),
        ] {
            assert_eq!(at_start(text).map(|(person, _)| person).as_deref(), Some(person), "{text}");
        }
        for none in ["be discussed", "do", "follow up", "", "42", "the client", "kim will know what to do"] {
            assert_eq!(at_start(none), None, "{none}");
        }
    }
}
