//! A client's answer to "is it settled?": a clear yes, a no, mere thanks, or anything else. Pure.
//!
//! A yes closes a matter, so a doubt, a question or a "not" beside it takes its clearness away. A no opens the matter again, which
//! costs a look, so it needs only to be said. Thanks say nothing of the matter.

use std::sync::LazyLock;

use super::LANGUAGES;
use super::phrases::{first, list, plain, replaced, shown, without_frame};

/// The phrases that are looked for, in small letters.
struct Words {
    courtesy: Vec<&'static str>,
    yes: Vec<&'static str>,
    no: Vec<&'static str>,
    bare_yes: Vec<&'static str>,
    bare_no: Vec<&'static str>,
    filling: Vec<&'static str>,
    thanks: Vec<&'static str>,
    doubt: Vec<&'static str>,
    negations: Vec<&'static str>,
}

static WORDS: LazyLock<Words> = LazyLock::new(|| {
    let list = |name| list(include_str!("settled/words.txt"), name);
    Words {
        courtesy: list("courtesy"),
        yes: list("yes"),
        no: list("no"),
        bare_yes: list("bare_yes"),
        bare_no: list("bare_no"),
        filling: list("filling"),
        thanks: list("thanks"),
        doubt: list("doubt"),
        negations: list("negations"),
    }
});

/// What a client says to the question whether a matter is settled.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Settled {
    /// It is.
    Yes,
    /// It is not.
    No,
    /// Thank you, and nothing else.
    Thanks,
    /// A person has to read it.
    Unclear,
}

/// What stands in a text for the phrases that were found.
const YES_MARK: &str = "\u{1}";
const NO_MARK: &str = "\u{2}";

/// How many words may stand behind thanks and be a name: "Thanks, Dana Reyes".
const NAMES: usize = 2;

/// How many words before a yes a "not" denies it: "I do not think it is settled".
const REACH: usize = 4;

/// Reads what a client newly wrote in answer to the question whether a matter is settled, and gives the words that
/// decided. `language` is that of the mail, where it is known (ISO 639-1).
pub fn settled(text: &str, language: Option<&str>) -> (Settled, String) {
    let unclear = |because: String| (Settled::Unclear, because);
    if let Some(language) = language.filter(|language| !LANGUAGES.contains(language)) {
        return unclear(format!("it is written in another language ({language})"));
    }
    let said = plain(&without_frame(text, says));
    if said.split_whitespace().all(|word| word == ".") {
        return unclear("it says nothing".to_owned());
    }
    let said = replaced(&said, &WORDS.courtesy, " ");
    let rest = replaced(&replaced(&said, &WORDS.no, NO_MARK), &WORDS.yes, YES_MARK);
    if !rest.contains(['\u{1}', '\u{2}']) && is_thanks(&said) {
        return (Settled::Thanks, shown(text));
    }
    let (yes, denied) = affirmed(&rest);
    let begins = |list: &[&str]| bare(&said, list);
    let (bare_yes, bare_no) = (begins(&WORDS.bare_yes), begins(&WORDS.bare_no));
    if rest.contains(NO_MARK) || denied || bare_no && !yes && !bare_yes {
        return (Settled::No, shown(text));
    }
    if rest.contains('?') {
        return unclear("it asks something".to_owned());
    }
    if let Some(word) = first(&rest, &WORDS.doubt) {
        return unclear(format!("it says \"{word}\""));
    }
    let negation = first(&rest, &WORDS.negations).or_else(|| first(&rest, &WORDS.bare_no));
    match (yes || bare_yes, negation) {
        (true, None) => (Settled::Yes, shown(text)),
        (true, Some(word)) => unclear(format!("it says \"{word}\"")),
        (false, _) => unclear("it says neither yes nor no".to_owned()),
    }
}

/// Whether a line says anything to the question: then it is nobody's name.
fn says(plain: &str) -> bool {
    let lists = [&WORDS.yes, &WORDS.no, &WORDS.bare_yes, &WORDS.bare_no, &WORDS.doubt, &WORDS.negations];
    lists.iter().any(|list| first(plain, list).is_some())
}

/// Whether there is nothing but thanks, and perhaps a name behind them.
fn is_thanks(said: &str) -> bool {
    let words: Vec<&str> = said.split_whitespace().filter(|word| *word != ".").collect();
    let polite = |word: &&str| WORDS.thanks.contains(word);
    let kept = words
        .iter()
        .rposition(|word| polite(word) || WORDS.filling.contains(word))
        .map_or(0, |last| last + 1);
    let (thanks, name) = words.split_at(kept);
    let filled = thanks.iter().all(|word| polite(word) || WORDS.filling.contains(word));
    let answers = thanks.iter().any(|word| WORDS.bare_yes.contains(word) || WORDS.bare_no.contains(word));
    filled
        && !answers
        && name.len() <= NAMES
        && !says(&format!(" {} ", name.join(" ")))
        && (thanks.iter().any(polite) || words.is_empty())
}

/// Whether a text says yes somewhere, and whether a "not" shortly before it, in the same sentence, denies that.
fn affirmed(rest: &str) -> (bool, bool) {
    let (mut yes, mut denied) = (false, false);
    for sentence in rest.split('.') {
        let words: Vec<&str> = sentence.split_whitespace().collect();
        for place in (0..words.len()).filter(|place| words[*place] == YES_MARK) {
            let before = &words[place.saturating_sub(REACH)..place];
            if before.iter().any(|word| WORDS.negations.contains(word)) {
                denied = true;
            } else {
                yes = true;
            }
        }
    }
    (yes, denied)
}

/// Whether the first sentence is nothing but one of these words and filling ones.
fn bare(said: &str, list: &[&str]) -> bool {
    let sentence =
        said.split(['.', '?']).map(str::trim).find(|sentence| !sentence.is_empty()).unwrap_or_default();
    let mut words = sentence.split(' ').peekable();
    words.clone().any(|word| list.contains(&word))
        && words.all(|word| list.contains(&word) || WORDS.filling.contains(&word))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Those of the texts that are read as something else.
    fn misread(expected: Settled, texts: &[&str]) -> Vec<(String, Settled, String)> {
        let read = texts.iter().map(|text| {
            let (said, because) = settled(text, None);
            ((*text).to_owned(), said, because)
        });
        read.filter(|(_, said, _)| *said != expected).collect()
    }

    #[test]
    fn a_clear_yes_closes() {
        let texts = [
            "Yes",
            "yes.",
            "Yes!",
            "Yes, thanks",
            "Yes thank you very much.",
            "Yes, it is.",
            "Yes, all good now, thank you.",
            "Hi Kim,\n\nyes, it is settled.\n\nBest regards\nDana Reyes",
            "Hi Kim, yes thanks\nDana",
            "All good!",
            "All sorted, thanks for your help.",
            "It works again, thank you!",
            "The feed is working again. Thanks for fixing it.",
            "That did the trick, thanks.",
            "Resolved.",
            "This has been resolved, thank you for following up.",
            "You can close this.",
            "We are happy with how you handled it.",
            "No more problems since Tuesday.",
            "No further issues from our side.",
            "Yes, we see it that way too.",
            "Confirmed, everything works.",
            "Absolutely.",
            "It is no longer a problem.",
            "Ja",
            "Ja, danke.",
            "Ja, ist erledigt.",
            "Ja, alles gut, vielen Dank für die schnelle Hilfe!",
            "Hallo Frau Vos,\n\ndas hat sich erledigt, danke.\n\nMit freundlichen Grüßen\nInes Brandt",
            "Passt jetzt, danke",
            "Das sehe ich auch so.",
            "Ja, das sehen wir auch so. Vielen Dank!",
            "Alles in Ordnung.",
            "Funktioniert wieder, danke!",
            "Keine Probleme mehr.",
            "Genau.",
            "Läuft wieder. Danke!",
            "Danke!\nErledigt",
            "Oui, c'est réglé, merci.",
            "Oui merci",
            "Sí, todo bien, gracias.",
            "Ja, het is opgelost, bedankt.",
            "Sì, tutto a posto, grazie.",
            "Sim, tudo resolvido, obrigado.",
        ];
        assert_eq!(misread(Settled::Yes, &texts), []);
    }

    #[test]
    fn a_no_opens_again() {
        let texts = [
            "No",
            "No.",
            "No, still broken.",
            "no, still broken",
            "Unfortunately not.",
            "Not yet.",
            "Not really.",
            "No, it is not.",
            "It isn't.",
            "It's not fixed.",
            "I don't think this is settled.",
            "We do not consider it resolved.",
            "Sorry, but the feed is still down.",
            "It happened again this morning.",
            "The door has not been repaired.",
            "Nobody came on Monday.",
            "Yes, the leak is fixed, but the lamp is still broken.",
            "We are still waiting for the credit note.",
            "Same problem as before.",
            "The problem is back.",
            "It got worse.",
            "Hi Kim,\nis this a joke? It still doesn't work.\nDana",
            "Nein",
            "Nein, leider nicht.",
            "Leider nein",
            "Noch nicht.",
            "Das funktioniert immer noch nicht.",
            "Nein, das sehen wir nicht so.",
            "Die Lampe ist schon wieder kaputt.",
            "Es fehlen noch zwei Schlüssel.",
            "Guten Tag, die Sache ist nicht erledigt. Gruß, Ines",
            "Das Problem besteht weiterhin.",
            "Non, toujours pas.",
            "Ça ne marche pas.",
            "Todavía no.",
            "Nee, nog steeds niet.",
            "No, non funziona ancora.",
            "Ainda não.",
        ];
        assert_eq!(misread(Settled::No, &texts), []);
    }

    #[test]
    fn thanks_close_nothing() {
        let texts = [
            "Thanks",
            "Thanks!",
            "Thank you very much.",
            "Thanks, Dana",
            "Thanks for the update.",
            "Ok thanks",
            "Great, thank you!",
            "Perfect, thanks",
            "Noted, thanks.",
            "Got it.",
            "Thank you for your help.",
            "Danke",
            "Vielen Dank!",
            "Alles klar, danke.",
            "Danke für die Rückmeldung.",
            "Super, danke für die schnelle Hilfe!",
            "Merci beaucoup",
            "Gracias",
        ];
        assert_eq!(misread(Settled::Thanks, &texts), []);
    }

    #[test]
    fn everything_else_is_read_by_a_person() {
        let texts = [
            "",
            " \n ",
            "I think so.",
            "Seems to work, I will check tomorrow.",
            "Let me check and get back to you.",
            "It works for now.",
            "All good so far.",
            "Mostly, yes.",
            "Yes, but the invoice was too high.",
            "Yes, except for the second door.",
            "Is it?",
            "Yes. When will you come next week?",
            "Why do you ask?",
            "Yes and no.",
            "No, all good.",
            "I was on holiday, Jo knows more.",
            "Please send me the report.",
            "Could you also look at the roof?",
            "Ich glaube ja.",
            "Ja, aber die Rechnung stimmt so?",
            "Scheint zu laufen, ich prüfe das morgen.",
            "Bisher ja.",
            "Können Sie mir die Unterlagen schicken?",
            "Ich gebe das an Frau Meier weiter.",
            "Oui, mais c'est tard.",
            "Casi.",
        ];
        assert_eq!(misread(Settled::Unclear, &texts), []);
        assert_eq!(settled("Tak, dziękuję", Some("pl")).0, Settled::Unclear);
        assert_eq!(settled("Yes, but only just", None).1, "it says \"but\"");
    }
}
