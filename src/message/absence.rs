//! Until when the writer of an out-of-office answer is away: a date read from text, in many languages.

use std::sync::LazyLock;

use jiff::ToSpan;
use jiff::civil::{Date, Weekday};
use regex::Regex;

/// More text than this is not searched, in characters.
const MAX_CHARS: usize = 3_000;

/// Month names of all languages read, by their beginnings, each with its number.
const MONTHS: &[(&str, i8)] = &[
    ("jan", 1),
    ("ene", 1),
    ("gen", 1),
    ("sty", 1),
    ("tammi", 1),
    ("led", 1),
    ("янв", 1),
    ("січ", 1),
    ("jän", 1),
    ("gener", 1),
    ("feb", 2),
    ("fev", 2),
    ("fév", 2),
    ("lut", 2),
    ("helmi", 2),
    ("úno", 2),
    ("фев", 2),
    ("лют", 2),
    ("mar", 3),
    ("mär", 3),
    ("mrz", 3),
    ("maa", 3),
    ("mrt", 3),
    ("bře", 3),
    ("мар", 3),
    ("бер", 3),
    ("apr", 4),
    ("avr", 4),
    ("abr", 4),
    ("kwi", 4),
    ("huhti", 4),
    ("dub", 4),
    ("апр", 4),
    ("кві", 4),
    ("mai", 5),
    ("may", 5),
    ("mag", 5),
    ("mei", 5),
    ("maj", 5),
    ("touko", 5),
    ("kvě", 5),
    ("май", 5),
    ("мая", 5),
    ("тра", 5),
    ("jun", 6),
    ("juin", 6),
    ("giu", 6),
    ("cze", 6),
    ("kesä", 6),
    ("čer", 6),
    ("июн", 6),
    ("чер", 6),
    ("jul", 7),
    ("juil", 7),
    ("lug", 7),
    ("lip", 7),
    ("heinä", 7),
    ("červenc", 7),
    ("июл", 7),
    ("лип", 7),
    ("aug", 8),
    ("aoû", 8),
    ("aou", 8),
    ("ago", 8),
    ("sie", 8),
    ("elo", 8),
    ("srp", 8),
    ("авг", 8),
    ("сер", 8),
    ("sep", 9),
    ("set", 9),
    ("wrz", 9),
    ("syys", 9),
    ("zář", 9),
    ("сен", 9),
    ("вер", 9),
    ("oct", 10),
    ("okt", 10),
    ("ott", 10),
    ("out", 10),
    ("paź", 10),
    ("loka", 10),
    ("říj", 10),
    ("окт", 10),
    ("жов", 10),
    ("nov", 11),
    ("lis", 11),
    ("marras", 11),
    ("listopad", 11),
    ("ноя", 11),
    ("лис", 11),
    ("dec", 12),
    ("dez", 12),
    ("déc", 12),
    ("dic", 12),
    ("des", 12),
    ("gru", 12),
    ("joulu", 12),
    ("pro", 12),
    ("дек", 12),
    ("гру", 12),
];

/// Words that announce the end of an absence.
const UNTIL: &str = r"until|till|through|thru|up to|returning|return(?:ing)? (?:to (?:the )?(?:office|work) )?(?:on|by)?|back (?:in (?:the )?office |at (?:work|my desk) )?(?:on|by)?|bis(?: einschließlich| einschliesslich)?(?: zum)?|wieder ab|ab dem|ab|zurück (?:am|ab)|jusqu(?:'|’)(?:au|à)|de retour (?:le|au bureau le|à partir du)?|à partir du|retour(?: le)?|hasta(?: el)?|regreso el|volveré el|regresaré el|vuelvo el|me reincorpor\p{L}+ el|a partir del|fino al(?:l(?:'|’))?|sino al|rientr\p{L}+ (?:il|in ufficio il)?|torn\p{L}+ (?:il|in ufficio il)|dal giorno|até(?: ao| a| o)?(?: dia)?|regress\p{L}+ (?:a|no dia|em|dia)?|retorn\p{L}+ (?:em|no dia|dia|ao trabalho em)?|volt\p{L}+ (?:a|no dia|em|dia)?|tot(?: en met)?|t/m|weer (?:aanwezig|bereikbaar|terug|op kantoor)(?: op| vanaf)?|vanaf|do(?: dnia)?|wracam(?: do (?:biura|pracy))?(?: dnia)?|t\.?o\.?m\.?|till och med|till|tillbaka(?: på kontoret| i tjänst)?(?: den)?|åter(?: på kontoret| i tjänst)?(?: den)?|til(?: og med)?(?: den)?|t\.?o\.?m|til(?:bage|bake)(?: på (?:kontoret|jobb))?(?: igen)?(?: den)?|asti|saakka|palaan(?: toimistolle| töihin| takaisin)?|vrac\p{L}+ se|vrátím se|zpět|zpátky|до|по|вернусь|выйду на работу|с возвращением|まで|から|至|到|直到|까지|-|–|—";

static NUMERIC: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"\b(?:(\d{4})[-./](\d{1,2})[-./](\d{1,2})|(\d{1,2})\s?[./]\s?(\d{1,2})(?:\s?[./]\s?(\d{4}|\d{2})\b)?|(\d{1,2})-(\d{1,2})-(\d{4}))").expect("a constant pattern")
});
static NAMED: LazyLock<Regex> = LazyLock::new(|| {
    let months = "[\\p{L}]{3,12}";
    Regex::new(&format!(
        r"(?i)\b(?:(\d{{1,2}})(?:st|nd|rd|th|er|º|°|:?e|\.|ª)?\s+(?:of\s+|de\s+|di\s+|d(?:'|’))?({months})\.?,?(?:\s+(?:de\s+|del\s+)?(\d{{4}}))?|({months})\.?\s+(\d{{1,2}})(?:st|nd|rd|th)?\b(?:,?\s+(\d{{4}}))?)"
    ))
    .expect("a constant pattern")
});
static ASIAN: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"(?:(\d{4})\s*[年년]\s*)?(\d{1,2})\s*[月월]\s*(\d{1,2})\s*[日号號일]?")
        .expect("a constant pattern")
});
static BEFORE: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(&format!(r"(?i)(?:^|[^\p{{L}}])(?:{UNTIL})\s*(?:and including|einschließlich|le|el|il|den|dem|am|the|dia|dnia|on|op|på|na)?\s*(?:\p{{L}}{{2,14}}(?:-feira)?[,.]?\s*(?:the|den|le|el|dem|der|dia)?\s*)?$")).expect("a constant pattern")
});
static BEHIND: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"(?i)^\s*(?:\([^)]{1,6}\))?\s*(?:\d{4}\s*)?(?:asti|saakka|mennessä|まで|迄|から(?:出社|出勤|復帰)|까지|inclusive|einschließlich|wieder|zurück|terug|weer|tilbage|tilbake|tillbaka|zpět|bin ich wieder|返回|回来|上班|上班|に(?:戻|帰社|出社)|より)").expect("a constant pattern")
});
static WEEKDAY: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"(?i)\b(?:until|till|back (?:in (?:the )?office )?(?:on)?|return(?:ing)?(?: to (?:the )?office)?(?: on)?|bis|ab|am|jusqu(?:'|’)à|hasta el|fino a|até|tot|till|til)\s+(?:next |nächsten |kommenden |this )?(monday|tuesday|wednesday|thursday|friday|saturday|sunday|montag|dienstag|mittwoch|donnerstag|freitag|samstag|sonntag|lundi|mardi|mercredi|jeudi|vendredi|lunes|martes|miércoles|jueves|viernes|lunedì|martedì|mercoledì|giovedì|venerdì|maandag|dinsdag|woensdag|donderdag|vrijdag|måndag|tisdag|onsdag|torsdag|fredag|mandag|tirsdag)\b").expect("a constant pattern")
});

/// The date that a text names as the end of the absence, or as the day of return, whichever it says; of several the
/// latest. A date without a year is the next such day from `sent` on; without `sent` it is none.
pub(super) fn until(text: &str, sent: Option<Date>) -> Option<Date> {
    let text: String =
        text.chars().take(MAX_CHARS).collect::<String>().split_whitespace().collect::<Vec<_>>().join(" ");
    let mut best: Option<Date> = None;
    let day_last = !month_first(&text);
    let found = NUMERIC
        .captures_iter(&text)
        .map(|c| (c.get(0), numeric(&c, day_last)))
        .chain(NAMED.captures_iter(&text).map(|c| (c.get(0), named(&c))))
        .chain(ASIAN.captures_iter(&text).map(|c| (c.get(0), asian(&c))));
    for (whole, parts) in found {
        let (Some(whole), Some((year, month, day))) = (whole, parts) else { continue };
        let announced =
            BEFORE.is_match(tail(&text[..whole.start()])) || BEHIND.is_match(&text[whole.end()..]);
        if !announced {
            continue;
        }
        if let Some(date) = date(year, month, day, sent) {
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

/// Whether numeric dates put the month first: one of them has a second number that is no month.
fn month_first(text: &str) -> bool {
    NUMERIC.captures_iter(text).any(|c| {
        let number = |i: usize| c.get(i).and_then(|m| m.as_str().parse::<i8>().ok());
        c[0].contains('/') && number(4).is_some_and(|n| n <= 12) && number(5).is_some_and(|n| n > 12)
    })
}

type Parts = Option<(Option<i16>, i8, i8)>;

fn numeric(found: &regex::Captures<'_>, day_first: bool) -> Parts {
    let number = |i: usize| found.get(i).and_then(|m| m.as_str().parse::<i16>().ok());
    let small = |i: usize| number(i).and_then(|n| i8::try_from(n).ok());
    if let (Some(year), Some(month), Some(day)) = (number(1), small(2), small(3)) {
        return Some((Some(year), month, day));
    }
    if let (Some(day), Some(month), Some(year)) = (small(7), small(8), number(9)) {
        return Some((Some(year), month, day));
    }
    let (first, second) = (small(4)?, small(5)?);
    let year = number(6).map(|y| if y < 100 { y + 2000 } else { y });
    Some(if day_first { (year, second, first) } else { (year, first, second) })
}

fn named(found: &regex::Captures<'_>) -> Parts {
    let text = |i: usize| found.get(i).map(|m| m.as_str());
    let (day, name, year) =
        if text(1).is_some() { (text(1)?, text(2)?, text(3)) } else { (text(5)?, text(4)?, text(6)) };
    let name = name.to_lowercase();
    // The longest beginning wins: "juillet" is no "ju..." of another month, "červenec" is not June.
    let month = MONTHS.iter().filter(|(m, _)| name.starts_with(m)).max_by_key(|(m, _)| m.len())?.1;
    Some((year.and_then(|y| y.parse().ok()), month, day.parse().ok()?))
}

fn asian(found: &regex::Captures<'_>) -> Parts {
    let number = |i: usize| found.get(i).and_then(|m| m.as_str().parse::<i16>().ok());
    Some((number(1), i8::try_from(number(2)?).ok()?, i8::try_from(number(3)?).ok()?))
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
