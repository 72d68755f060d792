//! Days in French, Spanish, Dutch, Italian and Portuguese, in their plain forms: today, tomorrow, a weekday, a day of a
//! month.

use std::sync::LazyLock;

use jiff::ToSpan;
use jiff::civil::Weekday;
use regex::Regex;

use super::{Context, Found, date, is_near, today, weekday};
use crate::pattern::fixed;

/// For each weekday its names, as the beginning of a pattern each.
const WEEKDAYS: [(Weekday, &str); 7] = [
    (Weekday::Monday, "lundi|lunes|maandag|lunedì|lunedi|segunda-feira"),
    (Weekday::Tuesday, "mardi|martes|dinsdag|martedì|martedi|terça-feira"),
    (Weekday::Wednesday, "mercredi|miércoles|miercoles|woensdag|mercoledì|mercoledi|quarta-feira"),
    (Weekday::Thursday, "jeudi|jueves|donderdag|giovedì|giovedi|quinta-feira"),
    (Weekday::Friday, "vendredi|viernes|vrijdag|venerdì|venerdi|sexta-feira"),
    (Weekday::Saturday, "samedi|sábado|zaterdag|sabato"),
    (Weekday::Sunday, "dimanche|domingo|zondag|domenica"),
];

/// For each month its names.
const MONTHS: [&str; 12] = [
    "janvier|enero|januari|gennaio|janeiro",
    "février|fevrier|febrero|februari|febbraio|fevereiro",
    "mars|marzo|maart|março",
    "avril|abril|april|aprile",
    "mai|mayo|mei|maggio|maio",
    "juin|junio|juni|giugno|junho",
    "juillet|julio|juli|luglio|julho",
    "août|aout|agosto|augustus",
    "septembre|septiembre|september|settembre|setembro",
    "octobre|octubre|oktober|ottobre|outubro",
    "novembre|noviembre|november|novembro",
    "décembre|decembre|diciembre|december|dicembre|dezembro",
];

static TODAY: LazyLock<Regex> = LazyLock::new(|| whole("aujourd['’]hui|hoy|vandaag|oggi|hoje"));
static TOMORROW: LazyLock<Regex> = LazyLock::new(|| whole("demain|mañana|domani|amanhã"));
static AFTER_TOMORROW: LazyLock<Regex> =
    LazyLock::new(|| whole("après-demain|pasado mañana|overmorgen|dopodomani|depois de amanhã"));
static WEEKDAY: LazyLock<Regex> = LazyLock::new(|| {
    let names = WEEKDAYS.map(|(_, names)| format!("({names})"));
    whole(&names.join("|"))
});
static DAY: LazyLock<Regex> = LazyLock::new(|| {
    let names = MONTHS.map(|names| format!("({names})"));
    whole(&format!(
        r"(?P<day>\d{{1,2}})(?:er|º|°)? (?:de |di )?(?:{})(?: (?:de )?(?P<year>20\d{{2}}))?",
        names.join("|")
    ))
});

fn whole(written: &str) -> Regex {
    fixed(&format!(r"(?i)^(?:{written})\b"))
}

/// The day that a text begins with in one of these languages.
pub(super) fn foreign(text: &str, context: Context<'_>) -> Option<Found> {
    let text = super::head(text, 48);
    let today = today(context);
    let (length, date) = if let Some(found) = AFTER_TOMORROW.find(text) {
        (found.len(), today.checked_add(2.days()).ok())
    } else if let Some(found) = TOMORROW.find(text) {
        (found.len(), today.tomorrow().ok())
    } else if let Some(found) = TODAY.find(text) {
        (found.len(), Some(today))
    } else if let Some(found) = WEEKDAY.captures(text) {
        let which = (0..WEEKDAYS.len()).find(|at| found.get(at + 1).is_some())?;
        (found[0].len(), weekday(WEEKDAYS[which].0, today))
    } else {
        let found = DAY.captures(text)?;
        // The day is the first group, the months follow.
        let month = (2_i8..)
            .zip(MONTHS)
            .position(|(at, _)| usize::try_from(at).is_ok_and(|at| found.get(at).is_some()))?;
        let year = found.name("year").and_then(|year| year.as_str().parse().ok());
        let named = date(year, i8::try_from(month + 1).ok()?, found["day"].parse().ok()?, context);
        (found[0].len(), named)
    };
    Some(Found { date: date.filter(|date| is_near(*date, context)), length, counted: false })
}
