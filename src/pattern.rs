//! The regular expressions that are part of the program, kept small: there are many, and each stays in memory.

use regex::{Regex, RegexBuilder};

/// What a pattern may take once it is made ready, in bytes: far more than any of ours does.
const COMPILED: usize = 64 << 20;
/// Letters of the scripts that are in use, with the marks and digits that stand among those of India and its neighbours: some
/// 70 ranges, where the property has 670.
const LETTER: &str = concat!(
    r"A-Za-zªµºÀ-ÖØ-öø-\x{2C1}\x{370}-\x{374}\x{376}-\x{37D}\x{37F}\x{386}\x{388}-\x{3F5}",
    r"\x{3F7}-\x{481}\x{48A}-\x{559}\x{560}-\x{588}\x{5D0}-\x{5F2}\x{620}-\x{64A}\x{66E}-\x{6D3}",
    r"\x{6D5}\x{6EE}-\x{6EF}\x{6FA}-\x{6FC}\x{710}-\x{963}\x{971}-\x{E3A}\x{E40}-\x{E4E}",
    r"\x{E81}-\x{EFF}\x{F40}-\x{135A}\x{1401}-\x{166C}\x{1780}-\x{17D3}\x{1E00}-\x{1FBC}",
    r"\x{1FC2}-\x{1FCC}\x{1FD0}-\x{1FDB}\x{1FE0}-\x{1FEC}\x{1FF2}-\x{1FFC}\x{2C00}-\x{2CE4}",
    r"\x{2D00}-\x{2DDE}\x{3005}-\x{3006}\x{3031}-\x{3035}\x{3041}-\x{3096}\x{309D}-\x{309F}",
    r"\x{30A1}-\x{30FA}\x{30FC}-\x{318E}\x{31A0}-\x{31BF}\x{31F0}-\x{31FF}\x{3400}-\x{4DBF}",
    r"\x{4E00}-\x{A48C}\x{A4D0}-\x{A4FD}\x{A722}-\x{A788}\x{AC00}-\x{D7FF}\x{F900}-\x{FB28}",
    r"\x{FB2A}-\x{FBB1}\x{FBD3}-\x{FD3D}\x{FD50}-\x{FDC7}\x{FE70}-\x{FEFC}\x{FF21}-\x{FF3A}",
    r"\x{FF41}-\x{FF5A}\x{FF66}-\x{FFDC}\x{1D400}-\x{1D7CB}\x{20000}-\x{3FFFF}",
);

/// A constant pattern, made ready. Its `\d` means the ten digits of ASCII, its `\p{L}` the letters of the scripts in use,
/// its `\w` and `\W` both of them: exact classes of Unicode take kilobytes at each place, and half of all memory for
/// patterns. Where a letter that is missed would tell something of a person, [`exact`] is the one to take.
pub(crate) fn fixed(written: &str) -> Regex {
    debug_assert!([r"\D", r"\P{", r"\pL", "(?-u"].iter().all(|class| !written.contains(class)), "{written}");
    let small = written
        .replace(r"\d", "[0-9]")
        .replace(r"\p{L}", &format!("[{LETTER}]"))
        .replace(r"\w", &format!("[{LETTER}0-9_]"))
        .replace(r"\W", &format!("[^{LETTER}0-9_]"));
    exact(&small)
}

/// A constant pattern, made ready as it stands.
pub(crate) fn exact(written: &str) -> Regex {
    let built = RegexBuilder::new(written).size_limit(COMPILED).build();
    built.expect("a constant pattern, which the tests use")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn letters_of_many_scripts_are_letters_and_signs_are_not() {
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
            "ＤＡＮＡ",
            "𠮷田",
            "ｶﾅ",
            "ﻣﺮﺣﺒﺎ",
        ] {
            assert!(letters.is_match(word), "{word}");
            assert!(fixed(r"^\w+$").is_match(word), "{word}");
        }
        for sign in "0 9 _ - – — ' ’ « » . , : ; ! ? ¿ ¡ … € $ £ % & / × ÷ § ° ² © ™ • → ✓ 。 、 「 」 ： ・ ㈱ ، ؟ ־ ۔ ٣ । 👍"
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
