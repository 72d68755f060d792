//! A client's answer to an offer: a clear yes, a clear no, or anything else, which a person has to read. Pure.
//!
//! A yes binds both sides, so the reader is timid: it knows English and German, and what it does not wholly understand
//! is unclear. A condition, a question, a part, another price, a doubt or a "not" anywhere in the mail takes the
//! clearness away; what else the mail says in plain statements (a complaint, say) does not.

use std::sync::LazyLock;

use crate::money::Money;

/// The phrases that are looked for, in small letters.
struct Words {
    greetings: Vec<&'static str>,
    closings: Vec<&'static str>,
    courtesy: Vec<&'static str>,
    yes: Vec<&'static str>,
    no: Vec<&'static str>,
    bare_yes: Vec<&'static str>,
    weak_yes: Vec<&'static str>,
    bare_no: Vec<&'static str>,
    filling: Vec<&'static str>,
    objects: Vec<&'static str>,
    doubt: Vec<&'static str>,
    negations: Vec<&'static str>,
    numbered: Vec<&'static str>,
}

static WORDS: LazyLock<Words> = LazyLock::new(|| {
    let lists = include_str!("consent/words.txt");
    let list = |name: &str| {
        let (_, list) =
            lists.split_once(&format!("\n[{name}]\n")).expect("every list is there: a test reads them");
        let lines = list.lines().take_while(|line| !line.is_empty());
        let phrases = lines.flat_map(|line| line.split(',')).map(str::trim);
        let mut phrases: Vec<&str> = phrases.filter(|phrase| !phrase.is_empty()).collect();
        // A longer phrase is looked for before those that it holds.
        phrases.sort_by_key(|phrase| std::cmp::Reverse(phrase.len()));
        phrases
    };
    Words {
        greetings: list("greetings"),
        closings: list("closings"),
        courtesy: list("courtesy"),
        yes: list("yes"),
        no: list("no"),
        bare_yes: list("bare_yes"),
        weak_yes: list("weak_yes"),
        bare_no: list("bare_no"),
        filling: list("filling"),
        objects: list("objects"),
        doubt: list("doubt"),
        negations: list("negations"),
        numbered: list("numbered"),
    }
});

/// What a client's mail says to an offer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Answer {
    /// Do it, at this price.
    Yes,
    /// Do not do it.
    No,
    /// A person has to read it.
    Unclear,
}

/// How a mail was read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Consent {
    /// The answer.
    pub answer: Answer,
    /// The words that decided it, or that made it unclear; in small letters.
    pub because: String,
}

impl Consent {
    fn unclear(because: impl Into<String>) -> Self {
        Self { answer: Answer::Unclear, because: because.into() }
    }
}

/// A clear yes, and a clear no: what stands in a text for the phrases that were found.
const YES_MARK: &str = "\u{1}";
const NO_MARK: &str = "\u{2}";

/// Reads what a client newly wrote in answer to an offer at `price`. `language` is that of the mail, where it is known
/// (ISO 639-1).
pub fn consent(text: &str, language: Option<&str>, price: Option<&Money>) -> Consent {
    if let Some(language) = language.filter(|language| !matches!(*language, "en" | "de")) {
        return Consent::unclear(format!("it is written in another language ({language})"));
    }
    let rest = plain(&without_frame(text));
    if rest.trim().is_empty() {
        return Consent::unclear("it says nothing");
    }
    if rest.contains('?') {
        return Consent::unclear("it asks something");
    }
    if let Some(number) = foreign_number(&rest, price) {
        return Consent::unclear(format!("it names {number}"));
    }
    let whole = rest;
    let mut rest = replaced(&whole, &WORDS.courtesy, " ");
    // What denies is longer than what it denies ("do not go ahead"), so it is looked for first.
    rest = replaced(&rest, &WORDS.no, NO_MARK);
    rest = replaced(&rest, &WORDS.yes, YES_MARK);
    if let Some(word) = first(&rest, &WORDS.doubt) {
        return Consent::unclear(format!("it says \"{word}\""));
    }
    let (yes, no) = (rest.contains(YES_MARK), rest.contains(NO_MARK));
    let (yes, no) = if yes || no { (yes, no) } else { bare(&rest, rest == whole) };
    match (yes, no, first(&rest, &WORDS.negations)) {
        (true, false, None) => Consent { answer: Answer::Yes, because: shown(text) },
        (true, false, Some(word)) => Consent::unclear(format!("it says \"{word}\"")),
        (false, true, _) => Consent { answer: Answer::No, because: shown(text) },
        (true, true, _) => Consent::unclear("it says yes and no"),
        (false, false, _) => Consent::unclear("it says neither yes nor no"),
    }
}

/// Whether a text that has no clear phrase begins with a bare yes or no: a sentence of nothing else but filling words and
/// the offer itself. "ok" may only say that the mail has come, so it must be `all` that there is.
fn bare(text: &str, all: bool) -> (bool, bool) {
    let rest = replaced(text, &WORDS.objects, " ");
    let mut sentences = rest.split('.').map(str::trim).filter(|sentence| !sentence.is_empty());
    let (Some(beginning), others) = (sentences.next(), sentences.next().is_some()) else {
        return (false, false);
    };
    let has = |list: &[&str]| beginning.split(' ').any(|word| list.contains(&word));
    let only = |list: &[&str]| {
        beginning.split(' ').all(|word| list.contains(&word) || WORDS.filling.contains(&word))
    };
    let yes = has(&WORDS.bare_yes) || has(&WORDS.weak_yes) && all && !others && !has(&["thanks", "danke"]);
    (yes && only(&[&*WORDS.bare_yes, &*WORDS.weak_yes].concat()), has(&WORDS.bare_no) && only(&WORDS.bare_no))
}

/// A number of the text that is neither the price nor the number of an order, an offer or a case.
fn foreign_number(text: &str, price: Option<&Money>) -> Option<String> {
    let words: Vec<&str> = text.split(' ').filter(|word| !word.is_empty()).collect();
    let is_price = |word: &str| {
        price.is_some_and(|price| {
            let digits = word.trim_matches(|c: char| !c.is_ascii_digit());
            Money::read(digits, &price.currency).is_some_and(|read| read == *price)
        })
    };
    let named = |place: usize| {
        let before = &words[place.saturating_sub(3)..place];
        before.iter().any(|word| WORDS.numbered.contains(word))
    };
    let foreign = |(place, word): &(usize, &&str)| {
        word.contains(|c: char| c.is_ascii_digit())
            && !word.starts_with('#')
            && !is_price(word)
            && !named(*place)
    };
    words.iter().enumerate().find(foreign).map(|(_, word)| (*word).to_owned())
}

/// From so many bytes on a line may have been broken by its width.
const BROKEN: usize = 50;

/// The text without its greeting, its closing and the name below.
fn without_frame(text: &str) -> String {
    let mut lines: Vec<&str> = text.lines().map(str::trim).filter(|line| !line.is_empty()).collect();
    let mut first = String::new();
    if let Some(line) = lines.first() {
        let lower = line.to_lowercase();
        let greets = WORDS.greetings.iter().any(|greeting| {
            lower.strip_prefix(greeting).is_some_and(|rest| !rest.starts_with(char::is_alphanumeric))
        });
        if greets {
            // "Hi Kim, yes please": what follows the comma is said.
            let (greeting, said) = line.split_once([',', '!', ':', '-', '–']).unwrap_or((line, ""));
            if greeting.split_whitespace().count() <= 6 {
                said.clone_into(&mut first);
                lines.remove(0);
            }
        }
    }
    let is_closing = |line: &str| {
        let line = line.to_lowercase();
        let line = line.trim_end_matches(|c: char| !c.is_alphanumeric());
        WORDS.closings.contains(&line)
    };
    // What says anything by itself is no name: "PS only the first one".
    let is_name = |line: &str| {
        let plain = plain(line);
        let lists = [
            &WORDS.yes,
            &WORDS.no,
            &WORDS.bare_yes,
            &WORDS.weak_yes,
            &WORDS.bare_no,
            &WORDS.doubt,
            &WORDS.negations,
        ];
        line.split_whitespace().count() <= 4
            && !line.contains(['?', '!'])
            && lists.iter().all(|list| self::first(&plain, list).is_none())
    };
    let named = |line: &str| is_name(line) && !line.ends_with('.') && line.starts_with(char::is_uppercase);
    let said_first = usize::from(!first.trim().is_empty());
    match lines.iter().position(|line| is_closing(line)) {
        Some(place) if place + said_first > 0 && lines[place + 1..].iter().all(|line| is_name(line)) => {
            lines.truncate(place);
        }
        _ => {
            while lines.len() + said_first > 1 && lines.last().is_some_and(|line| named(line)) {
                lines.pop();
            }
        }
    }
    let mut said = first;
    for line in lines {
        // A long line was broken by its width, and goes on.
        said.push(if said.lines().last().is_some_and(|last| last.len() >= BROKEN) { ' ' } else { '\n' });
        said.push_str(line);
    }
    said
}

/// Small letters with single spaces around each word, "." for every end of a sentence, "?" for a question. Short forms
/// are written out.
fn plain(text: &str) -> String {
    let lower = text.to_lowercase().replace(['’', '‘', '`', '´'], "'");
    let mut said = String::from(" ");
    let mut chars = lower.chars().peekable();
    while let Some(c) = chars.next() {
        let inside = chars.peek().is_some_and(|next| next.is_alphanumeric());
        match c {
            '?' => said.push_str(" ? "),
            // A mark within a number belongs to it.
            '.' | ',' | '\'' if inside && said.ends_with(|c: char| c.is_ascii_digit()) => said.push(c),
            '.' | '!' | ';' | '\n' | ':' => said.push_str(" . "),
            // What stands in brackets may take it all back.
            '#' | '\'' | '%' => said.push(c),
            c if c.is_alphanumeric() => said.push(c),
            c if "€£$¥".contains(c) => said.push(' '),
            _ => said.push(' '),
        }
    }
    let mut words: Vec<String> = Vec::new();
    for word in said.split_whitespace() {
        let word = word.trim_matches('\'');
        let (head, tail) = match word {
            "can't" | "cannot" => ("can", "not"),
            "won't" => ("will", "not"),
            "let's" | "lets" => ("let", "us"),
            "i'd" => ("i", "would"),
            "we'd" => ("we", "would"),
            "dont" => ("do", "not"),
            other => other
                .strip_suffix("n't")
                .map(|head| (head, "not"))
                .or_else(|| other.strip_suffix("'ll").map(|head| (head, "will")))
                .or_else(|| other.strip_suffix("'s").map(|head| (head, "is")))
                .or_else(|| other.strip_suffix("'re").map(|head| (head, "are")))
                .or_else(|| other.strip_suffix("'m").map(|head| (head, "am")))
                .unwrap_or((other, "")),
        };
        words.extend([head, tail].into_iter().filter(|word| !word.is_empty()).map(str::to_owned));
    }
    format!(" {} ", words.join(" "))
}

/// The text with each of these phrases, in their order, replaced by a mark.
fn replaced(text: &str, phrases: &[&str], mark: &str) -> String {
    let mut text = text.to_owned();
    for phrase in phrases {
        let phrase = format!(" {phrase} ");
        // Twice, since neighbours share the space between them.
        for _ in 0..2 {
            text = text.replace(&phrase, &format!(" {mark} "));
        }
    }
    format!(" {} ", text.split_whitespace().collect::<Vec<_>>().join(" "))
}

/// The first of these phrases that a text has.
fn first<'p>(text: &str, phrases: &[&'p str]) -> Option<&'p str> {
    let place = |phrase: &&'p str| text.find(&format!(" {phrase} ")).map(|place| (place, *phrase));
    phrases.iter().filter_map(place).min().map(|(_, phrase)| phrase)
}

/// The beginning of what was said, on one line.
fn shown(text: &str) -> String {
    let line = text.split_whitespace().collect::<Vec<_>>().join(" ");
    match line.char_indices().nth(160) {
        Some((end, _)) => format!("{}…", line[..end].trim_end()),
        None => line,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Those of the texts that are read as something else, at a price of 1,200 EUR.
    fn misread(expected: Answer, texts: &[&str]) -> Vec<(String, Consent)> {
        let price = Money { minor: 120_000, currency: "EUR".to_owned() };
        let read = texts.iter().map(|text| ((*text).to_owned(), consent(text, None, Some(&price))));
        read.filter(|(_, read)| read.answer != expected).collect()
    }

    #[test]
    fn a_clear_yes_is_a_yes() {
        let texts = [
            "Yes",
            "yes.",
            "Yes!",
            "YES",
            "Yes please",
            "yes please!",
            "Yes, please.",
            "Yes, go ahead",
            "yes go ahead",
            "Yes, go ahead. Thanks, Dana",
            "Go ahead",
            "go ahead please",
            "Please go ahead with this.",
            "ok please do",
            "OK",
            "ok!",
            "Okay.",
            "Okay, go ahead",
            "Ok, let's do it",
            "let's do it!",
            "Sure, go for it",
            "Hi Kim,\n\nyes, go ahead.\n\nBest regards\nDana Reyes",
            "Hi Kim, yes please",
            "Hello Kim\nok\nDana",
            "Yes\n\nThanks\nDana Reyes\nHead of Marketing",
            "yes please\nDana",
            "Dear Kim,\nThank you for the quick offer. We accept.\nKind regards,\nDana",
            "We accept the offer.",
            "I accept your offer of 1,200 EUR.",
            "Agreed",
            "Agreed, please proceed.",
            "Approved. PO number 4500123.",
            "Approved, order no. 77812",
            "Yes to the offer.",
            "That's fine with us. Please start.",
            "That works for us, please go ahead.",
            "That works for me!",
            "We'd like to go ahead with the cleaning of the canteen.",
            "Thank you for the offer and for the quick visit of your colleague last week, please go\nahead with it.",
            "We would like to proceed.",
            "I'm happy to go ahead.",
            "No problem, go ahead.",
            "no objections, please proceed",
            "Yes, we'll take it",
            "Deal!",
            "You have our approval.",
            "You have the green light 👍",
            "Please do it as soon as possible.",
            "Please proceed as quoted, thanks for the offer.",
            "Please go ahead at EUR 1.200,00",
            "Go ahead with #143.",
            "Yes, go ahead. We are still waiting for the copy of the March invoice, this is getting tiresome.",
            "ja",
            "Ja.",
            "Ja bitte",
            "Ja, bitte!",
            "Ja, gerne.",
            "Ja, sehr gerne",
            "Jawohl",
            "Einverstanden",
            "einverstanden, bitte so umsetzen",
            "Wir sind einverstanden.",
            "Hallo Frau Vos,\n\neinverstanden.\n\nMit freundlichen Grüßen\nInes Brandt",
            "Wir nehmen das Angebot an.",
            "Wir nehmen Ihr Angebot gerne an. Vielen Dank!",
            "Bitte machen Sie das.",
            "Passt",
            "Passt so, danke.",
            "Das passt für uns.",
            "Geht klar!",
            "Geht in Ordnung.",
            "Auftrag erteilt.",
            "Hiermit beauftragen wir Sie.",
            "Hiermit beauftrage ich Sie mit den Arbeiten laut Angebot.",
            "Freigegeben, Bestellnummer 998-12",
            "In Ordnung, legen Sie los",
            "Vielen Dank für das Angebot. Bitte loslegen!",
            "Guten Tag Herr Park, ja, gerne. Viele Grüße",
        ];
        assert_eq!(misread(Answer::Yes, &texts), []);
    }

    #[test]
    fn a_clear_no_is_a_no() {
        let texts = [
            "No",
            "no.",
            "No thanks",
            "No, thank you.",
            "no thanks!",
            "Sorry, no.",
            "Unfortunately no",
            "Too expensive",
            "That's too expensive for us.",
            "Sorry, this is too expensive.",
            "We decline.",
            "We have to decline.",
            "Not interested",
            "We're not interested, thanks.",
            "We'll pass.",
            "Please do not go ahead.",
            "Please don't",
            "Don't proceed.",
            "We don't need it.",
            "Leave it.",
            "Forget it",
            "We will do it ourselves.",
            "It's a no from us.",
            "We have decided against it.",
            "Hi Kim,\nthanks for the offer. We will not be going ahead.\nDana",
            "Nein",
            "Nein danke",
            "Nein, danke.",
            "Leider nein.",
            "Zu teuer",
            "Das ist uns zu teuer.",
            "Das lehnen wir ab.",
            "Kein Interesse",
            "Das brauchen wir nicht.",
            "Dann lassen wir es.",
            "Wir verzichten darauf.",
            "Nicht einverstanden.",
            "Bitte nicht ausführen.",
            "Hallo Kim,\nvielen Dank für das Angebot. Das machen wir selbst.\nGrüße\nInes",
        ];
        assert_eq!(misread(Answer::No, &texts), []);
    }

    #[test]
    fn everything_else_is_unclear() {
        let texts = [
            "Yes. The bins were not emptied on Tuesday",
            "",
            "   \n ",
            "Thanks",
            "Thanks, Dana",
            "ok thanks",
            "Ok, thanks for the offer.",
            "Thank you for the offer, I will come back to you.",
            "Got it.",
            "Received, thanks.",
            "Yes but ...",
            "yes, but only the first page",
            "Yes if you can do it by Friday",
            "Yes, if it is done before Monday.",
            "yes, provided it is done this week",
            "Yes, for 1000 EUR",
            "Go ahead, but for 1,000.",
            "Go ahead at 900",
            "let me ask my boss",
            "I need to check with my manager",
            "Yes from my side, I have to ask purchasing",
            "go ahead with the first one only",
            "Go ahead with the first one.",
            "Go ahead without the translation",
            "Please go ahead with half of it",
            "Just the Dutch page please",
            "Can you do it cheaper?",
            "Too expensive, can you do 1000?",
            "Is that including VAT?",
            "When could you start?",
            "Yes, when can you start?",
            "Yes?",
            "yes and no",
            "Yes to the first, no to the second",
            "No, but maybe in spring",
            "Not yet.",
            "Not now, maybe later",
            "Sounds good",
            "Looks good, let me think about it",
            "I think so",
            "I think yes",
            "Probably yes",
            "We would go ahead in principle",
            "In principle agreed",
            "Agreed, subject to approval by the board.",
            "Hold on, please wait.",
            "Please proceed, and also add a French version",
            "Yes, I have received the offer",
            "Yes the feed is down again",
            "Why is this not included?",
            "This should be free of charge.",
            "We expected this to be part of the contract.",
            "Please send me the offer as PDF",
            "I am out until Monday",
            "Do not go ahead before Friday",
            "I am not saying no",
            "Go ahead. Not the second page.",
            "That is ok. Is the price per month?",
            "ja, aber nicht vor März",
            "Ja, wenn es bis Freitag fertig ist",
            "Ja, aber bitte nur die erste Seite",
            "Einverstanden, sofern die Lieferung enthalten ist.",
            "Grundsätzlich einverstanden",
            "Ich muss das mit meinem Chef klären",
            "Können Sie das günstiger machen?",
            "Was genau ist enthalten?",
            "Danke für das Angebot, ich melde mich.",
            "Klingt gut, ich kläre das noch",
            "Vielleicht später",
            "Noch nicht",
            "Einverstanden mit 1.000 Euro",
            "Wir nehmen die erste Variante",
            "Geht das auch ohne Übersetzung?",
            "Danke",
            "Oui, allez-y",
            "Sí, adelante",
            "Va bene",
            "Prima",
            "d'accord",
            "Graag",
            "Yes go ahead\nThanks\nDana\nPS only the first page",
            "Yes\nBest\nDana\nBut not before March",
        ];
        assert_eq!(misread(Answer::Unclear, &texts), []);
    }

    #[test]
    fn a_yes_in_another_language_is_read_by_a_person() {
        assert_eq!(consent("ja", Some("nl"), None).answer, Answer::Unclear);
        assert_eq!(consent("ok", Some("fr"), None).answer, Answer::Unclear);
        assert_eq!(consent("ok, go ahead", Some("en"), None).answer, Answer::Yes);
        assert!(consent("no", Some("pl"), None).because.contains("(pl)"));
    }

    #[test]
    fn the_reason_names_the_word_that_made_it_unclear() {
        assert_eq!(consent("Yes, if it is quick", None, None).because, "it says \"if\"");
        assert_eq!(consent("Go ahead for 900", None, None).because, "it names 900");
        assert_eq!(consent("Yes  go  ahead", None, None).because, "Yes go ahead");
        assert_eq!(misread(Answer::Yes, &["Go ahead for 1200 EUR"]), []);
    }
}
