//! The words that begin a command, what else people write for them, and how they mistype them.

use super::phrases::PHRASES;
use super::plain::{lower, word};

/// The command that a word stands for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Word {
    Mine,
    Done,
    Wait,
    Price,
    Decline,
    Waive,
    Send,
    Won,
    Lost,
    Note,
    To,
    Meet,
    Cancel,
    Wrong,
    Seen,
    Away,
    Back,
    Help,
}

use Word::{
    Away, Back, Cancel, Decline, Done, Help, Lost, Meet, Mine, Note, Price, Seen, Send, To, Wait, Waive, Won,
    Wrong,
};

impl Word {
    /// A ready line that shows how the command is written.
    pub(super) fn example(self) -> &'static str {
        match self {
            Mine => "mine",
            Done => "done Fixed the feed, credit issued",
            Wait => "wait until Friday",
            Price => "price 1200 EUR 8h Adds the second landing page",
            Decline => "decline Outside the retainer; we can do it in March",
            Waive => "waive",
            Send => "send",
            Won => "accepted by phone",
            Lost => "declined by client",
            Note => "note They are merging with Delta in spring",
            To => "to kim@firm.example",
            Meet => "meet Tue 10:00 45m with priya@firm.example",
            Cancel => "meet cancel",
            Wrong => "wrong praise",
            Seen => "seen",
            Away => "away until 12 Jan",
            Back => "back",
            Help => "help",
        }
    }

    /// Whether it goes to a client or cannot be undone, so that it must be written exactly.
    pub(super) fn is_exact(self) -> bool {
        matches!(self, Done | Price | Decline | Waive | Send | Won | Lost | Cancel)
    }

    /// Whether the text that follows belongs to it.
    pub(super) fn takes_text(self) -> bool {
        self.is_exact() && self != Cancel || self == Note
    }
}

/// The longest phrase has so many words.
const LONGEST: usize = 6;

/// Words that stand before a command and change nothing.
const FILLERS: &[&str] = &[
    "please", "pls", "plz", "ok", "okay", "yes", "yep", "yeah", "sure", "hi", "hey", "hello", "pairdesk",
    "thanks", "thx", "great", "and", "then", "also", "now", "so", "right", "well", "fine", "good", "perfect",
    "alright", "just", "bitte", "danke", "ja", "und", "dann", "hallo",
];

/// Words of which people mean a command that must be written exactly.
const MEANT: &[(&str, Word)] = &[
    ("fixed", Done),
    ("closed", Done),
    ("close", Done),
    ("finished", Done),
    ("finish", Done),
    ("complete", Done),
    ("completed", Done),
    ("sorted", Done),
    ("settled", Done),
    ("resolve", Done),
    ("fertig", Done),
    ("sent", Send),
    ("approve", Send),
    ("approved", Send),
    ("release", Send),
    ("reject", Decline),
    ("refuse", Decline),
    ("declined", Decline),
    ("waived", Waive),
    ("free", Waive),
    ("gratis", Waive),
    ("kulanz", Waive),
    ("priced", Price),
    ("prize", Price),
    ("sned", Send),
    ("accept", Won),
    ("accepts", Won),
];

/// Forgiving words that a typing error may stand for.
const FORGIVING: [(&str, Word); 10] = [
    ("mine", Mine),
    ("meins", Mine),
    ("wait", Wait),
    ("note", Note),
    ("meet", Meet),
    ("wrong", Wrong),
    ("seen", Seen),
    ("away", Away),
    ("back", Back),
    ("help", Help),
];

const EXACT: [(&str, Word); 7] = [
    ("done", Done),
    ("resolved", Done),
    ("price", Price),
    ("decline", Decline),
    ("waive", Waive),
    ("send", Send),
    ("accepted", Won),
];

/// Words of the language that are one letter from a command and are none.
const OTHERS: &[&str] = &[
    "mind", "mint", "mink", "mini", "mile", "mice", "mike", "mire", "mite", "min", "fine", "line", "nine",
    "wine", "dine", "pine", "vine", "sine", "mines", "mined", "miner", "men", "mie", "mein", "meine", "eins",
    "waits", "waist", "want", "wart", "walt", "wit", "bait", "gait", "await", "waif", "waited", "vote",
    "dote", "mote", "rote", "not", "notes", "node", "none", "nose", "nope", "noted", "met", "meat", "feet",
    "beet", "meets", "melt", "beat", "seem", "seed", "sees", "been", "keen", "teen", "see", "sewn", "seek",
    "wring", "prong", "wrongs", "wrung", "sway", "aways", "way", "bank", "pack", "lack", "hack", "sack",
    "rack", "tack", "jack", "black", "buck", "bark", "bask", "backs", "held", "hell", "helm", "heap", "yelp",
    "helps", "helped", "one", "gone", "tone", "bone", "don", "zone", "cone", "dome", "dose", "dan", "dona",
    "dune", "end", "lend", "bend", "mend", "tend", "sends", "spend", "send's", "sender", "prices", "pride",
    "prince", "pricey", "rice", "prime", "declines", "naive", "waiver", "waives", "scene", "bend", "sand",
    "doe", "do", "does", "don't", "dont", "resolves", "resolve", "solved", "seine", "deine", "weit",
];

/// A phrase at the beginning of a text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Found {
    /// The command that it stands for.
    pub word: Word,
    /// How many bytes it takes.
    pub length: usize,
    /// How sure it is.
    pub sure: Sure,
}

/// How sure it is that a word is meant.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Sure {
    /// It is written as it should be.
    Written,
    /// It stands for a command only beside a number.
    Beside,
    /// It has a typing error that may be forgiven.
    Mistyped,
    /// It is near a word that must be written exactly, and is not it.
    Near,
}

/// The command word that a text begins with.
pub(super) fn find(text: &str) -> Option<Found> {
    let mut words: Vec<(String, usize)> = Vec::with_capacity(LONGEST);
    let mut at = 0;
    while words.len() < LONGEST {
        let next = word(&text[at..]);
        if next.is_empty() || next.len() > 40 {
            break;
        }
        at += next.len();
        words.push((lower(next), at));
        match text[at..].strip_prefix(' ') {
            Some(rest) => at = text.len() - rest.trim_start_matches(' ').len(),
            None => break,
        }
    }
    for count in (1..=words.len()).rev() {
        let (_, length) = words[count - 1];
        // "back-up" is another word.
        if is_joined(&text[length..]) {
            continue;
        }
        let phrase = words[..count].iter().map(|(word, _)| word.as_str()).collect::<Vec<_>>().join(" ");
        if let Some((word, beside, _)) = PHRASES.iter().find(|(.., written)| written.contains(&&*phrase)) {
            let sure = if *beside { Sure::Beside } else { Sure::Written };
            return Some(Found { word: *word, length, sure });
        }
    }
    let (first, length) = words.first()?;
    if let Some((_, word)) = MEANT.iter().find(|(meant, _)| meant == first) {
        return Some(Found { word: *word, length: *length, sure: Sure::Near });
    }
    if is_joined(&text[*length..]) || first.chars().count() < 3 || OTHERS.contains(&first.as_str()) {
        return None;
    }
    let nearest = |words: &[(&str, Word)]| {
        words.iter().find(|(known, _)| strsim::osa_distance(known, first) <= 1).map(|(_, word)| *word)
    };
    if let Some(word) = nearest(&EXACT) {
        return Some(Found { word, length: *length, sure: Sure::Near });
    }
    nearest(&FORGIVING).map(|word| Found { word, length: *length, sure: Sure::Mistyped })
}

fn is_joined(rest: &str) -> bool {
    rest.strip_prefix('-').is_some_and(|rest| rest.starts_with(char::is_alphabetic)) || rest.starts_with('@')
}

/// How many bytes of a text are words that change nothing, with the marks behind them.
pub(super) fn fillers(text: &str) -> usize {
    let mut at = 0;
    loop {
        let next = word(&text[at..]);
        if next.is_empty() || next.len() > 12 || !FILLERS.contains(&lower(next).as_str()) {
            return at;
        }
        let rest = &text[at + next.len()..];
        let marks = rest.find(|c: char| !matches!(c, ' ' | ',' | '.' | '!' | ':' | ';' | '-' | '–' | '—'));
        if marks == Some(0) {
            return at;
        }
        at = text.len() - rest.len() + marks.unwrap_or(rest.len());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_command_word_is_found_at_the_beginning_only_and_whole() {
        let word = |text: &str| find(text).map(|found| (found.word, found.sure));
        assert_eq!(word("mine"), Some((Mine, Sure::Written)));
        assert_eq!(word("I’ll take it from here"), Some((Mine, Sure::Written)));
        assert_eq!(word("It's Done."), Some((Done, Sure::Written)));
        assert_eq!(word("ok"), Some((Mine, Sure::Beside)));
        for none in
            ["back-up", "done-ish is", "not done", "I think mine", "", "42", "fine", "send@firm.example"]
        {
            assert_eq!(word(none), None, "{none}");
        }
    }

    #[test]
    fn a_typing_error_is_forgiven_only_where_nothing_goes_to_a_client() {
        for (text, expected) in
            [("mien", Mine), ("waot", Wait), ("ntoe", Note), ("wrnog", Wrong), ("hepl", Help)]
        {
            assert_eq!(find(text).map(|f| (f.word, f.sure)), Some((expected, Sure::Mistyped)), "{text}");
        }
        for (text, expected) in [
            ("snd", Send),
            ("doen", Done),
            ("prcie", Price),
            ("declien", Decline),
            ("wavie", Waive),
            ("fixed", Done),
        ] {
            assert_eq!(find(text).map(|f| (f.word, f.sure)), Some((expected, Sure::Near)), "{text}");
        }
    }

    #[test]
    fn every_word_has_an_example_that_begins_with_it() {
        for (word, _, phrases) in PHRASES {
            assert!(phrases.iter().all(|phrase| phrase.split(' ').count() <= LONGEST), "{phrases:?}");
            assert_eq!(find(word.example()).map(|found| found.word), Some(*word));
        }
    }
}
