//! How much, how often and when: the numbers of a request against those of a scope line.

use super::words::{concepts, fold, same, tells};

/// Number words of the languages that are read, folded: cardinals, then ordinals.
const CARDINALS: [(u32, &str); 12] = [
    (1, "one ein eine einen einem einer un une uno una een um uma single"),
    (2, "two zwei twee deux dos due dois duas both"),
    (3, "three drei drie trois tres tre"),
    (4, "four vier quatre cuatro quattro quatro"),
    (5, "five funf vijf cinq cinco cinque"),
    (6, "six sechs zes seis sei"),
    (7, "seven sieben zeven sept siete sette sete"),
    (8, "eight acht huit ocho otto oito"),
    (9, "nine neun negen neuf nueve nove"),
    (10, "ten zehn tien dix diez dieci dez"),
    (12, "twelve zwolf twaalf douze doce dodici doze dozen"),
    (20, "twenty zwanzig twintig vingt veinte venti vinte"),
];
const ORDINALS: [(u32, &str); 5] = [
    (
        1,
        "first erste ersten erstes erster eerste premier premiere primer primera primo prima primeiro primeira",
    ),
    (2, "second zweite zweiten zweites zweiter tweede deuxieme segundo segunda secondo seconda"),
    (3, "third dritte dritten drittes dritter derde troisieme tercer tercera terzo terza terceiro terceira"),
    (4, "fourth vierte vierten viertes vierter vierde quatrieme cuarto cuarta quarto quarta"),
    (5, "fifth funfte funften funftes funfter vijfde cinquieme quinto quinta"),
];
/// How often a year: adverbs.
const OFTEN: [(u32, &str); 7] = [
    (8_760, "hourly stundlich stundliche"),
    (
        365,
        "daily taglich tagliche taglicher dagelijks dagelijkse quotidien quotidienne diario diaria diariamente giornaliero giornaliera quotidiano",
    ),
    (
        52,
        "weekly wochentlich wochentliche wekelijks wekelijkse hebdomadaire semanal semanalmente settimanale",
    ),
    (26, "fortnightly biweekly tweewekelijks quincenal"),
    (
        12,
        "monthly monatlich monatliche monatlicher maandelijks maandelijkse mensuel mensuelle mensual mensualmente mensile mensal",
    ),
    (4, "quarterly quartalsweise driemaandelijks trimestriel trimestrielle trimestral trimestrale"),
    (1, "yearly annual annually jahrlich jahrliche jaarlijks jaarlijkse annuel annuelle anual annuale"),
];
/// Periods in a year.
const PERIODS: [(u32, &str); 6] = [
    (8_760, "hour hours stunde stunden uur heure hora ora"),
    (365, "day days tag tage dag dagen jour jours dia dias giorno giorni"),
    (52, "week weeks woche wochen weken semaine semaines semana semanas settimana settimane"),
    (12, "month months monat monate maand maanden mois mes meses mese mesi"),
    (4, "quarter quarters quartal quartale kwartaal kwartalen trimestre trimestres trimestri"),
    (1, "year years jahr jahre jaar jaren an ans annee ano anos anno anni"),
];
const EVERY: &str =
    " every each jeden jede jedes jedem elke elk iedere ieder chaque cada ogni alle todos todas tous toutes ";
const PER: &str = " a per pro im par por al each every aan ao no na ";
const TIMES: [(u32, &str); 3] =
    [(1, "once einmal"), (2, "twice zweimal tweemaal"), (3, "thrice dreimal driemaal")];
const WEEKEND: &str = " saturday saturdays sunday sundays weekend weekends samstag samstags sonntag sonntags wochenende zaterdag zondag weekeinde samedi samedis dimanche sabado sabados domingo domingos sabato domenica ";
const SUNDAY: &str = " sunday sundays weekend weekends sonntag sonntags wochenende zondag weekeinde dimanche domingo domingos domenica ";
const WORKDAYS: &str = " monday tuesday wednesday thursday friday mondays fridays montag dienstag mittwoch donnerstag freitag maandag dinsdag woensdag donderdag vrijdag lundi mardi mercredi jeudi vendredi lunes martes miercoles jueves viernes lunedi martedi mercoledi giovedi venerdi feira ";
const WEEKDAYS: &str = " weekday weekdays werktags werktag werktagen werkdagen doordeweeks ";
const NIGHT: &str = " night nights nachts nacht nachten nuit noche noches notte notti noite ";
const WITHIN: &str = " within innerhalb binnen sous entro dentro ";
const MINUTES: &str =
    " minute minutes minuten minutos minuti minuut hour hours stunden uur heures horas ore ";
const CLOCK: &str = " uhr heures uur ore horas am pm ";
const TO: &str = " to bis tot a au t al - until through as ";
const OTHER_TIMES: &str = " morning afternoon evening evenings weekly week next vormittag nachmittag abend abends morgens ochtend avond middag matin soir midi manana tarde mattina sera noon spring summer autumn winter sommer herbst lente zomer herfst ete hiver primavera verano otono estate autunno january february march april may june july august september october november december januar februar marz mai juni juli oktober dezember januari februari maart mei augustus janvier fevrier mars avril juin juillet aout septembre octobre novembre decembre enero febrero marzo abril mayo junio julio agosto septiembre octubre noviembre diciembre gennaio febbraio aprile maggio giugno luglio settembre ottobre dicembre janeiro fevereiro maio junho julho setembro outubro novembro dezembro agreed ";

fn is_in(word: &str, list: &str) -> bool {
    list.split_whitespace().any(|known| known == word)
}

fn value<const N: usize>(word: &str, table: &[(u32, &str); N]) -> Option<u32> {
    table.iter().find(|(_, words)| is_in(word, words)).map(|(value, _)| *value)
}

/// Whether a word says how much, how often or when, and so not what. Winter is both.
pub(super) fn is_measure(word: &str) -> bool {
    cardinal(word).is_some()
        || value(word, &ORDINALS).is_some()
        || value(word, &OFTEN).is_some()
        || value(word, &PERIODS).is_some()
        || value(word, &TIMES).is_some()
        || [WEEKEND, WORKDAYS, WEEKDAYS, NIGHT, WITHIN, MINUTES, CLOCK, OTHER_TIMES, EVERY]
            .iter()
            .any(|list| is_in(word, list))
            && !is_in(word, "winter weekend")
}

fn cardinal(word: &str) -> Option<u32> {
    word.parse().ok().or_else(|| value(word, &CARDINALS))
}

/// "3rd", "2." and the words.
fn ordinal(word: &str) -> Option<u32> {
    let digits = word.trim_end_matches(|c: char| c.is_alphabetic());
    let ending = &word[digits.len()..];
    let written =
        (!ending.is_empty() && is_in(ending, "st nd rd th e eme er")).then(|| digits.parse().ok()).flatten();
    written.or_else(|| value(word, &ORDINALS))
}

/// What a request's numbers say beside those of a line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Comparison {
    /// They say nothing of each other.
    Nothing,
    /// What is asked is less than what the line says.
    Within,
    /// Both say the same number.
    Same,
    /// What is asked goes beyond it.
    Beyond,
}

/// A request's numbers against a line's.
pub(super) fn compare(request: &[String], line: &[String]) -> Comparison {
    let mut found = Comparison::Nothing;
    for said in [amounts(request, line), often(request, line), days(request, line), languages(request, line)]
    {
        match said {
            Comparison::Beyond => return Comparison::Beyond,
            Comparison::Nothing => {}
            said => found = said,
        }
    }
    found
}

/// A number and what it counts: the nouns around it.
struct Amount<'a> {
    number: u32,
    /// "floors 1 to 3"
    range: Option<u32>,
    of: Vec<&'a str>,
    /// "within 30 minutes": less is more.
    limit: bool,
}

fn amounts_of(words: &[String], is_line: bool) -> Vec<Amount<'_>> {
    let mut found = Vec::new();
    for (at, word) in words.iter().enumerate() {
        let article = value(word, &CARDINALS) == Some(1) && !is_in(word, "one single");
        let number = match ordinal(word) {
            Some(number) => Some(number),
            None if article && !(is_line && at == 0) => None,
            None => cardinal(word),
        };
        let Some(number) = number.or_else(|| value(word, &TIMES)) else { continue };
        let next = |from: usize| words.get(from).map_or("", String::as_str);
        let range = is_in(next(at + 1), TO).then(|| cardinal(next(at + 2))).flatten();
        let after = at + 1 + if range.is_some() { 2 } else { 0 };
        let mut of: Vec<&str> = words[after.min(words.len())..].iter().map(String::as_str).take(3).collect();
        // "Floor 5" counts floors.
        of.extend(at.checked_sub(1).map(|before| words[before].as_str()).filter(|before| tells(before)));
        if value(word, &TIMES).is_some() {
            of = vec!["times"];
        }
        let near = |back: usize| at.checked_sub(back).is_some_and(|at| is_in(&words[at], WITHIN));
        let limit = is_in(next(after), MINUTES) && (near(1) || near(2));
        of.retain(|noun| {
            tells(noun) || concepts(noun).any(|concept| concept == "time") || is_in(noun, MINUTES)
        });
        found.push(Amount { number, range, of, limit });
    }
    found
}

/// What the counts of both say, where they count the same thing.
pub(super) fn amounts(request: &[String], line: &[String]) -> Comparison {
    let mut said = Comparison::Nothing;
    let (asked, agreed) = (amounts_of(request, false), amounts_of(line, true));
    for ask in &asked {
        for have in &agreed {
            let shared = ask.of.iter().any(|one| have.of.iter().any(|two| same(one, two)));
            if !shared || have.limit != ask.limit {
                continue;
            }
            let within = match have.range {
                Some(end) => (have.number..=end).contains(&ask.number),
                None if have.limit => ask.number >= have.number,
                None => ask.number <= have.number,
            };
            if !within {
                return Comparison::Beyond;
            }
            let same = have.range.is_none() && ask.number == have.number;
            said = if same { Comparison::Same } else { Comparison::Within };
        }
    }
    said
}

/// How often a year, where a text says it: "monthly", "every two weeks", "twice a week", "two pickups a week".
fn rate(words: &[String], is_line: bool) -> Option<u32> {
    if let Some(rate) = words.iter().find_map(|word| value(word, &OFTEN)) {
        return Some(rate);
    }
    for (at, word) in words.iter().enumerate() {
        let Some(period) = value(word, &PERIODS).filter(|_| at > 0) else { continue };
        let before = words[at - 1].as_str();
        let two = at.checked_sub(2).map(|two| words[two].as_str()).unwrap_or_default();
        if is_in(before, EVERY) || is_in(before, "les los las las gli i os") && is_in(two, EVERY) {
            return Some(period);
        }
        // "every two weeks"
        if let Some(number) = cardinal(before).filter(|number| *number > 0)
            && is_in(two, EVERY)
        {
            return Some((period / number).max(1));
        }
        if is_in(before, PER) {
            let count = words[..at - 1].iter().rev().find_map(|word| {
                let times = value(word, &TIMES).or_else(|| cardinal(word).filter(|number| *number < 1000));
                times.filter(|_| word != "a")
            });
            match count {
                Some(count) => return Some(count * period),
                None if is_line || is_in(before, "per pro par por") => return Some(period),
                None => {}
            }
        }
    }
    None
}

fn often(request: &[String], line: &[String]) -> Comparison {
    match (rate(request, false), rate(line, true)) {
        (Some(asked), Some(agreed)) if asked > agreed => Comparison::Beyond,
        (Some(asked), Some(agreed)) if asked == agreed => Comparison::Same,
        (Some(_), Some(_)) => Comparison::Within,
        _ => Comparison::Nothing,
    }
}

fn days(request: &[String], line: &[String]) -> Comparison {
    let any = |words: &[String], list: &str| words.iter().any(|word| is_in(word, list));
    // Days from one to another: a weekend's day is among them when it or the end of the week is named.
    let limited = any(line, WEEKDAYS) || any(line, WORKDAYS);
    let open = |word: &String| line.contains(word) || any(line, SUNDAY);
    if limited && request.iter().any(|word| is_in(word, WEEKEND) && !open(word)) {
        return Comparison::Beyond;
    }
    // "8 bis 17 Uhr": hours that end on the day on which they began.
    let hours = line.windows(3).find_map(|three| {
        let hour = |word: &str| word.split([':', '.', 'h']).next().and_then(|hour| hour.parse::<u32>().ok());
        let (from, to) = (hour(&three[0])?, hour(&three[2])?);
        is_in(&three[1], TO).then_some((from, to))
    });
    let clock = any(line, CLOCK)
        || line
            .iter()
            .any(|word| word.contains([':', 'h']) && word.starts_with(|c: char| c.is_ascii_digit()));
    if clock && hours.is_some_and(|(from, to)| from < to && to <= 22) && any(request, NIGHT) {
        return Comparison::Beyond;
    }
    Comparison::Nothing
}

/// A line that names a language, and a request that names another.
fn languages(request: &[String], line: &[String]) -> Comparison {
    let named = |words: &[String]| -> Vec<&'static str> {
        const NAMES: [&str; 7] = [
            "english englisch anglais engels ingles inglese",
            "dutch niederlandisch neerlandais nederlands holandes olandese",
            "french franzosisch francais frans frances francese",
            "german deutsch allemand duits aleman tedesco alemao",
            "spanish spanisch espagnol spaans espanol spagnolo espanhol",
            "italian italienisch italien italiaans italiano",
            "portuguese portugiesisch portugais portugees portugues portoghese",
        ];
        let says = |names: &&str| words.iter().any(|word| is_in(&fold(word), names));
        NAMES.into_iter().filter(says).collect()
    };
    let (asked, agreed) = (named(request), named(line));
    if asked.is_empty() || agreed.is_empty() {
        Comparison::Nothing
    } else if asked.iter().all(|language| agreed.contains(language)) {
        Comparison::Same
    } else {
        Comparison::Beyond
    }
}

/// Whether a request says the opposite of a word of the line: inside and outside, a weekday and the weekend.
pub(super) fn opposed(request: &[String], line: &[String]) -> bool {
    let says =
        |words: &[String], concept: &str| words.iter().any(|word| concepts(word).any(|said| said == concept));
    let any = |words: &[String], list: &str| words.iter().any(|word| is_in(word, list));
    let pair = |one: &str, two: &str| says(request, one) && says(line, two) && !says(request, two);
    pair("inside", "outside")
        || pair("outside", "inside")
        || any(line, WEEKEND) && any(request, WORKDAYS) && !any(request, WEEKEND)
}

/// Whether a line speaks of weekends or nights, and the request of neither.
pub(super) fn lacks_time(request: &[String], line: &[String]) -> bool {
    let any = |words: &[String], list: &str| words.iter().any(|word| is_in(word, list));
    [WEEKEND, NIGHT].iter().any(|list| any(line, list))
        && ![WEEKEND, NIGHT].iter().any(|list| any(request, list))
}

/// Whether a word of the line and one of the request both mean the weekend.
pub(super) fn weekend(word: &str) -> bool {
    is_in(word, WEEKEND)
}
