//! The regular expressions that are part of the program, kept small: there are 130, and each stays in memory.

use regex::{Regex, RegexBuilder};

/// What a pattern may take once it is made ready, in bytes: far more than any of ours does.
const COMPILED: usize = 64 << 20;
/// What searching keeps of a pattern's states, in bytes and for each direction and thread; beyond it they are made anew.
const STATES: usize = 256 << 10;
/// Letters, by the blocks of Unicode that hold them, with the marks that stand among them: two dozen ranges, where the
/// property has 670.
const LETTER: &str = r"A-Za-zªµºÀ-ÖØ-öø-\x{2C1}\x{370}-\x{373}\x{376}-\x{37D}\x{37F}-\x{481}\x{48A}-\x{52F}\x{531}-\x{1FFF}\x{2C00}-\x{2DFF}\x{3005}-\x{3007}\x{3031}-\x{303C}\x{3041}-\x{D7FF}\x{F900}-\x{FDFF}";

/// A constant pattern, made ready. Its `\d` means the ten digits of ASCII, its `\p{L}` the blocks of letters, its `\w`
/// and `\W` both of them: exact classes of Unicode take kilobytes at each place, and half of all memory for patterns.
pub(crate) fn fixed(written: &str) -> Regex {
    let small = written
        .replace(r"\d", "[0-9]")
        .replace(r"\p{L}", &format!("[{LETTER}]"))
        .replace(r"\w", &format!("[{LETTER}0-9_]"))
        .replace(r"\W", &format!("[^{LETTER}0-9_]"));
    let built = RegexBuilder::new(&small).size_limit(COMPILED).dfa_size_limit(STATES).build();
    built.expect("a constant pattern, which the tests use")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn letters_of_every_script_that_clients_write_are_letters_and_nothing_else_is() {
        let letters = fixed(r"^\p{L}+$");
        for word in [
            "Grüße",
            "Ľuboš",
            "Ελλάδα",
            "привет",
            "Đặng",
            "שלום",
            "مرحبا",
            "สวัสดี",
            "日本語",
            "カタカナ",
            "한국어",
            "नमस्ते",
        ] {
            assert!(letters.is_match(word), "{word}");
            assert!(fixed(r"^\w+$").is_match(word), "{word}");
        }
        for sign in "0 9 _ - – — ' ’ « » . , : ; ! ? ¿ ¡ … € $ £ % & / × ÷ § ° ² © ™ • → ✓ 。 、 「 」 ： 👍"
            .split(' ')
        {
            assert!(!letters.is_match(sign), "{sign}");
        }
        for (text, is_word) in
            [("a", true), ("7", true), ("_", true), ("-", false), ("—", false), ("👍", false)]
        {
            assert_eq!(fixed(r"^\w$").is_match(text), is_word, "{text}");
            assert_eq!(fixed(r"^\W$").is_match(text), !is_word, "{text}");
        }
    }

    #[test]
    fn digits_are_those_that_a_number_is_read_from() {
        assert!(fixed(r"^[\d.]+$").is_match("7.30"));
        assert!(!fixed(r"\d").is_match("٣"));
        assert!(fixed(r"^[^\p{L}\d]+$").is_match("— ?"));
    }
}
