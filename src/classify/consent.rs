//! A client's answer to an offer: a clear yes, a clear no, or anything else, which a person has to read. Pure.
//!
//! A yes binds both sides, so the reader is timid: it knows English and German, and what it does not wholly understand
//! is unclear. A condition, a question, a part, another price, a doubt or a "not" anywhere in the mail takes the
//! clearness away; what else the mail says in plain statements (a complaint, say) does not.

use std::sync::LazyLock;

use super::phrases::{first, list, plain, replaced, shown, without_frame};
use crate::money::Money;

/// The phrases that are looked for, in small letters.
struct Words {
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
    let list = |name| list(include_str!("consent/words.txt"), name);
    Words {
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
    let rest = plain(&without_frame(text, says));
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

/// Whether a line says anything by itself: "PS only the first one" is no name.
fn says(plain: &str) -> bool {
    let lists = [
        &WORDS.yes,
        &WORDS.no,
        &WORDS.bare_yes,
        &WORDS.weak_yes,
        &WORDS.bare_no,
        &WORDS.doubt,
        &WORDS.negations,
    ];
    lists.iter().any(|list| first(plain, list).is_some())
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
