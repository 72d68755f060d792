//! Until when the writer of an out-of-office answer is away: a date read from text, in many languages.

use std::sync::LazyLock;

use jiff::ToSpan;
use jiff::civil::{Date, Weekday};
use regex::Regex;

use super::dates;
use crate::pattern::fixed;

/// More text than this is not searched, in characters.
const MAX_CHARS: usize = 3_000;

/// Words that announce the end of an absence.
const UNTIL: &str = r"until|till|through|thru|up to|re-?opens?(?: on)?|re-?opening(?: on)?|returning|return(?:ing)? (?:to (?:the )?(?:office|work) )?(?:on|by)?|back (?:in (?:the )?office |at (?:work|my desk) )?(?:on|by)?|bis(?: einschließlich| einschliesslich)?(?: zum)?|wieder ab|ab dem|ab|zurück (?:am|ab)|jusqu(?:'|’)(?:au|à)|de retour (?:le|au bureau le|à partir du)?|à partir du|retour(?: le)?|hasta(?: el)?|regreso el|volveré el|regresaré el|vuelvo el|me reincorpor\p{L}+ el|a partir del|fino al(?:l(?:'|’))?|sino al|rientr\p{L}+ (?:il|in ufficio il)?|torn\p{L}+ (?:il|in ufficio il)|dal giorno|até(?: ao| a| o)?(?: dia)?|regress\p{L}+ (?:a|no dia|em|dia)?|retorn\p{L}+ (?:em|no dia|dia|ao trabalho em)?|volt\p{L}+ (?:a|no dia|em|dia)?|tot(?: en met)?|t/m|weer (?:aanwezig|bereikbaar|terug|op kantoor)(?: op| vanaf)?|vanaf|do(?: dnia)?|wracam(?: do (?:biura|pracy))?(?: dnia)?|t\.?o\.?m\.?|till och med|till|tillbaka(?: på kontoret| i tjänst)?(?: den)?|åter(?: på kontoret| i tjänst)?(?: den)?|til(?: og med)?(?: den)?|t\.?o\.?m|til(?:bage|bake)(?: på (?:kontoret|jobb))?(?: igen)?(?: den)?|asti|saakka|palaan(?: toimistolle| töihin| takaisin)?|vrac\p{L}+ se|vrátím se|zpět|zpátky|до|по|вернусь|выйду на работу|с возвращением|まで|から|至|到|直到|까지|-|–|—";

static BEFORE: LazyLock<Regex> = LazyLock::new(|| {
    fixed(&format!(
        r"(?i)(?:^|[^\p{{L}}])(?:{UNTIL})\s*(?:and including|einschließlich|le|el|il|den|dem|am|the|dia|dnia|on|op|på|na)?\s*(?:\p{{L}}{{2,14}}(?:-feira)?[,.]?\s*(?:the|den|le|el|dem|der|dia)?\s*)?$"
    ))
});
static BEHIND: LazyLock<Regex> = LazyLock::new(|| {
    fixed(
        r"(?i)^\s*(?:\([^)]{1,6}\))?\s*(?:\d{4}\s*)?(?:asti|saakka|mennessä|まで|迄|から(?:出社|出勤|復帰)|까지|inclusive|einschließlich|wieder|zurück|terug|weer|tilbage|tilbake|tillbaka|zpět|bin ich wieder|bin ich zurück|ben ik (?:weer|terug)|är jag (?:åter|tillbaka)|er jeg (?:igen |atter )?tilba(?:ge|ke)|i(?: am|(?:'|’)ll be| will be) back|je serai de retour|estaré de (?:vuelta|regreso)|sarò di (?:nuovo|ritorno)|estarei de (?:volta|regresso)|jestem z powrotem|jsem (?:zpět|opět)|olen (?:taas|jälleen|takaisin)|я (?:вернусь|снова)|返回|回来|上班|上班|に(?:戻|帰社|出社)|より)",
    )
});
/// What stands between the two dates of a span: "vom 7.12. bis 4.1.", "del 7 de diciembre al 4 de enero".
static SPAN: LazyLock<Regex> = LazyLock::new(|| {
    fixed(
        r"(?i)^[\s.,()]{0,4}(?:\([^)]{1,6}\)\s*)?(?:-|–|—|~|〜|～|to|and|through|until|till|up to|bis|bis zum|au|al|a|à|ao|até|até ao|e|fino al|hasta el|tot|tot en met|t/m|do|til|til og med|till|till och med|t\.?o\.?m\.?|и|по|до|至|到|から|より)\s*(?:and including|einschließlich|le|el|il|den|dem|the|dia|dnia)?\s*(?:\p{L}{2,14}(?:-feira)?[,.]?\s*(?:the|den|le|el|dem|der|dia)?\s*)?$",
    )
});
static WEEKDAY: LazyLock<Regex> = LazyLock::new(|| {
    fixed(
        r"(?i)\b(?:until|till|back (?:in (?:the )?office )?(?:on)?|return(?:ing)?(?: to (?:the )?office)?(?: on)?|bis|ab|am|jusqu(?:'|’)à|hasta el|fino a|até|tot|till|til)\s+(?:next |nächsten |kommenden |this )?(monday|tuesday|wednesday|thursday|friday|saturday|sunday|montag|dienstag|mittwoch|donnerstag|freitag|samstag|sonntag|lundi|mardi|mercredi|jeudi|vendredi|lunes|martes|miércoles|jueves|viernes|lunedì|martedì|mercoledì|giovedì|venerdì|maandag|dinsdag|woensdag|donderdag|vrijdag|måndag|tisdag|onsdag|torsdag|fredag|mandag|tirsdag)\b",
    )
});

/// The date that a text names as the end of the absence, or as the day of return, whichever it says; of several the
/// latest. A date without a year is the next such day from `sent` on; without `sent` it is none.
pub(super) fn until(text: &str, sent: Option<Date>) -> Option<Date> {
    let text: String =
        text.chars().take(MAX_CHARS).collect::<String>().split_whitespace().collect::<Vec<_>>().join(" ");
    let mut best: Option<Date> = None;
    let mut end_of_last = None;
    for (place, year, month, day) in dates::find(&text) {
        let span = end_of_last.and_then(|end| text.get(end..place.start)).is_some_and(|t| SPAN.is_match(t));
        let announced =
            span || BEFORE.is_match(tail(&text[..place.start])) || BEHIND.is_match(&text[place.end..]);
        end_of_last = Some(place.end);
        if announced && let Some(date) = date(year, month, day, sent) {
            best = best.max(Some(date));
        }
    }
    best.or_else(|| weekday(&text, sent?))
}

/// The last characters of a text.
fn tail(text: &str) -> &str {
    let start = text.char_indices().rev().nth(60).map_or(0, |(at, _)| at);
    &text[start..]
}

fn date(year: Option<i16>, month: i8, day: i8, sent: Option<Date>) -> Option<Date> {
    if let Some(year) = year {
        return Date::new(year, month, day).ok().filter(|d| (2000..2100).contains(&d.year()));
    }
    let sent = sent?;
    let this = Date::new(sent.year(), month, day).ok()?;
    // An answer may be sent on the last day itself, or a little later by mistake.
    if this >= sent.checked_sub(7.days()).ok()? {
        Some(this)
    } else {
        Date::new(sent.year() + 1, month, day).ok()
    }
}

fn weekday(text: &str, sent: Date) -> Option<Date> {
    let name = WEEKDAY.captures(text)?[1].to_lowercase();
    let day = match name.as_str() {
        "monday" | "montag" | "lundi" | "lunes" | "lunedì" | "maandag" | "måndag" | "mandag" => {
            Weekday::Monday
        }
        "tuesday" | "dienstag" | "mardi" | "martes" | "martedì" | "dinsdag" | "tisdag" | "tirsdag" => {
            Weekday::Tuesday
        }
        "wednesday" | "mittwoch" | "mercredi" | "miércoles" | "mercoledì" | "woensdag" | "onsdag" => {
            Weekday::Wednesday
        }
        "thursday" | "donnerstag" | "jeudi" | "jueves" | "giovedì" | "donderdag" | "torsdag" => {
            Weekday::Thursday
        }
        "friday" | "freitag" | "vendredi" | "viernes" | "venerdì" | "vrijdag" | "fredag" => Weekday::Friday,
        "saturday" | "samstag" => Weekday::Saturday,
        _ => Weekday::Sunday,
    };
    sent.nth_weekday(1, day).ok()
}
