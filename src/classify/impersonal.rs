//! A mail without personal data: greeting and sign-off cut, names, addresses, telephone numbers, links, amounts, dates
//! and long numbers masked, what it says kept.
//!
//! Known names are found wherever they stand. Of others, those of a list of given names, those after "Mr", "Frau", and
//! capitalised words inside a sentence are masked; German writes all nouns so, hence there the last rule is left out.

mod frame;

use std::collections::HashSet;
use std::sync::LazyLock;

use regex::{Captures, Regex};
use unicode_segmentation::UnicodeSegmentation;

use crate::message::Address;
use crate::pattern::exact;

/// The people and firms whose names must not be left in a text.
#[derive(Debug, Clone, Default)]
pub struct Names {
    people: HashSet<String>,
    /// From the mail's own greeting and sign-off, which also say "Head of Sales".
    framed: HashSet<String>,
    firms: HashSet<String>,
    domains: HashSet<String>,
}

impl Names {
    /// Adds a person: the words of the name and of the address.
    pub fn person(&mut self, person: &Address) {
        self.people.extend(name_words(&person.name));
        let Some((local, domain)) = person.address.rsplit_once('@') else { return };
        self.people.extend(name_words(local));
        self.domain(domain);
    }

    /// Adds a firm by its name.
    pub fn firm(&mut self, name: &str) {
        self.firms.extend(name_words(name));
    }

    /// Adds a firm by its mail domain.
    pub fn domain(&mut self, domain: &str) {
        let labels: Vec<&str> = domain.split('.').collect();
        let known = labels.iter().take(labels.len().saturating_sub(1)).filter(|label| label.len() > 3);
        self.domains.extend(known.map(|label| label.to_lowercase()));
    }
}

/// The subject and the newly written text of a mail without what tells whose it is. `language` is an ISO 639-1 code, or
/// empty.
pub fn impersonal(subject: &str, text: &str, language: &str, names: &Names) -> (String, String) {
    let mut names = names.clone();
    let (text, framed) = frame::cut(text);
    names.framed.extend(framed.iter().flat_map(|name| name_words(name)));
    (masked(subject, language, &names), masked(text, language, &names))
}

/// The words of a name in lower case, none of one letter.
fn name_words(name: &str) -> Vec<String> {
    let words = name.split(|c: char| !c.is_alphabetic()).map(str::to_lowercase);
    words.filter(|word| word.chars().count() > 1).collect()
}

/// What is masked by its form, in this order.
static FORMS: LazyLock<Vec<(Regex, &str)>> = LazyLock::new(|| {
    const MONTHS: &str = "january|february|april|june|july|august|september|october|november|december|jan|feb|apr|jun\
        |jul|aug|sept?|oct|nov|dec|januar|februar|märz|juni|juli|oktober|dezember|janvier|février|avril|juin|juillet|août\
        |septembre|octobre|novembre|décembre|enero|febrero|marzo|abril|mayo|junio|julio|agosto|septiembre|octubre\
        |noviembre|diciembre|januari|februari|maart|augustus|gennaio|febbraio|aprile|maggio|giugno|luglio|settembre\
        |ottobre|dicembre|janeiro|fevereiro|março|maio|junho|julho|setembro|outubro|novembro|dezembro|(?-i:March|Mai|Mei|Mars)";
    const DAYS: &str = "(?:mon|tues|wednes|thurs|fri|satur|sun)days?|(?:mon|diens|donners|frei|sams|sonn)tags?|mittwochs?\
        |sonnabends?|lundi|mardi|mercredi|jeudi|vendredi|samedi|dimanche|lunes|martes|miércoles|jueves|viernes|sábado\
        |domingo|(?:maan|dins|woens|donder|vrij|zater|zon)dag|lunedì|martedì|mercoledì|giovedì|venerdì|sabato|domenica\
        |(?:segunda|terça|quarta|quinta|sexta)-feira";
    let month = format!(
        r"(?i)(?:\b\d{{1,2}}(?:st|nd|rd|th|er|\.|º)?\s+(?:de\s+|of\s+)?)?\b(?:{MONTHS})\b(?:\s+\d{{1,2}}(?:st|nd|rd|th)?\b)?(?:,?\s+(?:de\s+)?\d{{4}}\b)?"
    );
    let forms = [
        (r"(?i)\b(?:https?://|www\.)[^\s<>]+".to_owned(), "<link>"),
        (r"[^\s<>(]+@[^\s<>)]*[\w]".to_owned(), "<address>"),
        (
            r"(?i)\b[\w-]+(?:\.[\w-]+)*\.(?:com|net|org|eu|io|example|de|fr|es|nl|pt|uk|be|at|ch|info|biz)\b(?:/[^\s<>]*)?"
                .to_owned(),
            "<link>",
        ),
        (
            r"(?i)(?:[€$£¥]|\b(?:eur|usd|gbp|chf)\b)\s?\d[\d.,'’]*(?:\s?k\b|\s?m\b)?|\b\d[\d.,'’]*\s?k?\s?(?:[€$£¥]|(?:eur|euros?|usd|gbp|chf|dollars?|pounds?|pfund|livres?|francs?|franken|quid)\b)"
                .to_owned(),
            "<amount>",
        ),
        (r"(?:\+|\b00)\d[\d\s()/.-]{6,}\d|\b0\d{1,4}(?: ?[/-] ?| )\d[\d /-]{4,}\d\b".to_owned(), "<telephone>"),
        (r"\b\d{1,4}([./-])\d{1,2}[./-]\d{1,4}\b|\b\d{1,2}\.\d{1,2}\.".to_owned(), "<date>"),
        (month, "<date>"),
        // The month alone may be a verb.
        (r"\b\d{1,2}(?:st|nd|rd|th)?\s+(?:of\s+)?May\b(?:\s+\d{4}\b)?|\bMay\s+\d{1,4}\b".to_owned(), "<date>"),
        (format!(r"(?i)\b(?:{DAYS})\b"), "<date>"),
    ];
    let form = |(form, mask): (String, &'static str)| (exact(&form), mask);
    forms.into_iter().map(form).collect()
});

static NUMBER: LazyLock<Regex> =
    LazyLock::new(|| exact(r"(?:\p{L}+-)?[\p{L}\p{N}_]*\p{N}(?:[\p{L}\p{N}./:,'’_-]*[\p{L}\p{N}])?"));
/// A count, an ordinal, or a short measure: "3", "2nd", "10h".
static COUNT: LazyLock<Regex> = LazyLock::new(|| exact(r"^\d{1,2}(?:st|nd|rd|th|e|er|ère|ème|h|x)?$"));
static WORD: LazyLock<Regex> = LazyLock::new(|| exact(r"\p{L}(?:[\p{L}'’]*\p{L})?"));
static REPEATED: LazyLock<Regex> = LazyLock::new(|| exact(r"<(name|firm)>(?:[ -]<(?:name|firm)>)+"));

static GIVEN: LazyLock<HashSet<&str>> =
    LazyLock::new(|| include_str!("given_names.txt").split_whitespace().collect());
static COMMON: LazyLock<HashSet<&str>> =
    LazyLock::new(|| include_str!("common_words.txt").split_whitespace().collect());
/// What may be capitalised inside a sentence and names nobody: languages, and the English I.
const NOBODY: &str =
    " english german french spanish dutch italian portuguese american british european ok pdf i ";
const TITLES: &str = " mr mrs ms miss dr prof sir herr herrn frau monsieur madame mme mlle señor señora sr sra don doña dhr \
    mevr meneer mevrouw heer signor signora sig dott senhor senhora dona ";

fn masked(text: &str, language: &str, names: &Names) -> String {
    let mut text = text.to_owned();
    for (form, mask) in FORMS.iter() {
        text = form.replace_all(&text, *mask).into_owned();
    }
    let number = |found: &Captures<'_>| match &found[0] {
        count if COUNT.is_match(count) => count.to_owned(),
        number if number.contains(char::is_alphabetic) => "<code>".to_owned(),
        _ => "<number>".to_owned(),
    };
    text = NUMBER.replace_all(&text, number).into_owned();
    let mut plain = String::with_capacity(text.len());
    let (mut from, mut titled) = (0, false);
    for found in WORD.find_iter(&text) {
        let between = &text[from..found.start()];
        plain.push_str(between);
        from = found.end();
        let is_mask = text[..found.start()].ends_with('<');
        titled = titled && matches!(between, " " | ". ");
        let mask = if is_mask {
            None
        } else {
            let begins = begins_sentence(&text[..found.start()]);
            name(found.as_str(), titled, begins, language, names)
        };
        titled = TITLES.contains(&format!(" {} ", found.as_str().to_lowercase())) || titled && mask.is_some();
        plain.push_str(mask.unwrap_or(found.as_str()));
    }
    plain.push_str(&text[from..]);
    REPEATED.replace_all(&plain, "<$1>").into_owned()
}

fn is_title(word: &str) -> bool {
    TITLES.contains(&format!(" {word} "))
}

/// The mask of a word that is a name.
fn name(word: &str, titled: bool, begins: bool, language: &str, names: &Names) -> Option<&'static str> {
    let lower = word.to_lowercase().replace('’', "'");
    let stem = lower.strip_suffix("'s").unwrap_or(&lower);
    // "d'Anna", "l'Acme"
    let stem = stem.split_once('\'').filter(|(article, _)| article.len() <= 2).map_or(stem, |(_, noun)| noun);
    let capital = word.chars().any(char::is_uppercase);
    let common = COMMON.contains(stem) || COMMON.contains(lower.as_str());
    let long = stem.chars().count();
    if names.people.contains(stem) && (capital || !common && long > 2) {
        return Some("<name>");
    }
    if names.domains.contains(stem)
        || names.firms.contains(stem) && capital && !common
        || capital && !common && long > 3 && names.domains.iter().any(|domain| domain.contains(stem))
    {
        return Some("<firm>");
    }
    let is_name = GIVEN.contains(stem) || titled && !common;
    if names.framed.contains(stem) && capital && !common {
        return Some("<name>");
    }
    // Shouting names nobody.
    let shaped = word.chars().any(char::is_lowercase) && word.chars().next().is_some_and(char::is_uppercase);
    let inside =
        !begins && language != "de" && !common && !is_title(stem) && !NOBODY.contains(&format!(" {stem} "));
    (shaped && (is_name || inside) || capital && is_name && long > 2).then_some("<name>")
}

/// Whether a text ends where a sentence may begin: after a mark, at the start, or after a line that was not broken for
/// its width.
fn begins_sentence(before: &str) -> bool {
    let trimmed = before.trim_end_matches([' ', '\t', '"', '“', '„', '«', '(', '¿', '¡', '\'']);
    if trimmed.is_empty() || trimmed.ends_with(['.', '!', '?', ':', ';', '…', '-', '–', '*', '•', '|'])
    {
        return true;
    }
    let Some(lines) = trimmed.strip_suffix('\n') else { return false };
    let last = lines.rsplit('\n').next().unwrap_or_default();
    last.graphemes(true).count() < 50 || last.trim_end().ends_with(['.', '!', '?', ':', ';', ','])
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names() -> Names {
        let mut names = Names::default();
        names
            .person(&Address { name: "Dana Reyes".into(), address: "d.reyes@northwindfoods.example".into() });
        names.person(&Address { name: "Kim Vos".into(), address: "kim@fjord.example".into() });
        names.firm("Fjord Studio BV");
        names
    }

    #[test]
    fn what_tells_whose_a_mail_is_goes_and_what_it_says_stays() {
        let plain = |text: &str, language: &str| impersonal("", text, language, &names()).1;
        let table = [
            (
                "en",
                "Dear Kim,\n\nThe pickup of 12 May at Northwind was late again. We paid EUR 1,250.00 for two rounds, and \
                 Mr. Halloran says Dana's order AB-4711 is missing.\n\nKind regards,\nDana Reyes\nNorthwind Foods\n+31 20 123 4567",
                "The pickup of <date> at <firm> was late again. We paid <amount> for two rounds, and Mr. <name> says <name> \
                 order <code> is missing.",
            ),
            (
                "de",
                "Sehr geehrter Herr Vos,\n\nbitte rufen Sie Frau Meier unter 030 / 1234567 an, die Rechnung vom 3.4.2026 über \
                 99,50 € stimmt nicht. Näheres unter https://northwind.example/x?y=1 oder bei dana@northwindfoods.example.\n\n\
                 Mit freundlichen Grüßen\nDana Reyes",
                "bitte rufen Sie Frau <name> unter <telephone> an, die Rechnung vom <date> über <amount> stimmt nicht. \
                 Näheres unter <link> oder bei <address>.",
            ),
            (
                "nl",
                "Beste Henk, keuring is goed dinsdag. Stier staat op stal. Wim",
                "keuring is goed <date>. Stier staat op stal.",
            ),
            (
                "fr",
                "Bonjour,\nMarie m'a dit que c'est la troisième fois. C'est trop.\nCordialement, Luc",
                "<name> m'a dit que c'est la troisième fois. C'est trop.",
            ),
            (
                "en",
                "Can you send the fjord logo in 3 sizes to Peter Ashworth by Friday? I asked twice.",
                "Can you send the <firm> logo in 3 sizes to <name> by <date>? I asked twice.",
            ),
            ("en", "THIS IS THE THIRD TIME. KIM PROMISED.", "THIS IS THE THIRD TIME. <name> PROMISED."),
            (
                "es",
                "Hola Ana:\n¿Podéis añadir 2 páginas en inglés? Gracias",
                "¿Podéis añadir 2 páginas en inglés?",
            ),
            (
                "en",
                "I know. May your team come, as I've asked, in October? They're late.",
                "I know. May your team come, as I've asked, in <date>? They're late.",
            ),
            ("en", "", ""),
        ];
        for (language, text, expected) in table {
            assert_eq!(plain(text, language), expected, "{text}");
        }
        let (subject, _) = impersonal("Re: Northwind invoice 2026-0117 for Dana", "", "en", &names());
        assert_eq!(subject, "Re: <firm> invoice <number> for <name>");
    }

    /// The mails of the labelling guide's development set, which is in the repository, with what their writers are called.
    #[test]
    fn no_mail_of_the_development_set_keeps_its_writers_name_an_address_or_a_long_number() {
        let lines = include_str!("../../tests/labelled/client-dev.jsonl");
        let mut kept_words = 0;
        let mut all_words = 0;
        let mut seen = 0;
        for line in lines.lines() {
            let mail: serde_json::Value = serde_json::from_str(line).unwrap();
            let text = |field: &str| mail[field].as_str().unwrap_or_default();
            let (name, address) = text("from").split_once(" <").unwrap();
            let writer = Address { name: name.to_owned(), address: address.trim_end_matches('>').to_owned() };
            let mut names = Names::default();
            names.person(&writer);
            let (subject, body) = impersonal(text("subject"), text("body"), text("lang"), &names);
            let both = format!("{subject}\n{body}");
            for word in WORD.find_iter(&both).map(|word| word.as_str()) {
                let is_name = name_words(name).contains(&word.to_lowercase());
                assert!(!is_name || COMMON.contains(word), "{word} in {both}");
            }
            assert!(!both.contains('@') && !both.contains("://"), "{both}");
            assert!(!both.split(|c: char| !c.is_ascii_digit()).any(|digits| digits.len() > 2), "{both}");
            let words =
                |text: &str| WORD.find_iter(text).filter(|word| COMMON.contains(word.as_str())).count();
            all_words += words(text("body"));
            kept_words += words(&body);
            seen += 1;
        }
        assert!(seen > 300, "{seen} mails");
        // What is said stays: of the function words, which no mask is for, nine in ten.
        assert!(kept_words * 10 > all_words * 9, "{kept_words} of {all_words}");
    }
}
