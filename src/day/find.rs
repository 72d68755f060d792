//! The day that a promise names: somewhere in a sentence, and not a day of which only the past is told.

use std::sync::LazyLock;

use jiff::ToSpan;
use jiff::civil::{Date, Weekday};
use regex::Regex;

use super::foreign::foreign;
use super::{Context, Found, at_start, monday, today};
use crate::pattern::fixed;

/// A day without a year that is further off than this was meant as one of the past, in days.
const FAR: i32 = 270;

fn regex(written: &str) -> Regex {
    fixed(&format!("(?i){written}"))
}

/// Words that stand before a day and belong to it; the day is looked for behind them.
static BEFORE: LazyLock<Regex> = LazyLock::new(|| {
    regex(
        r"^(?:on|by|this|coming|the|around|about|at|am|zum|den|dem|der|ab|bis|until|till|before|no|latest)$",
    )
});
/// What makes a day the last one, whatever else the sentence tells.
static DEADLINE: LazyLock<Regex> = LazyLock::new(|| {
    regex(concat!(
        r"(?:\b(?:by|until|till|before|latest|bis|spätestens|vor|avant|d'ici|d’ici|d'ici à|jusqu'à|hasta|antes|entro|prima|voor|uiterlijk|tegen|até",
        r"|due|deadline|no later than|not later than)(?: (?:on|at|the|this|coming|around|about|zum|am|den|dem|spätestens|le|el|il|del|de|di|à|a|al|lunedì))*)\s*$"
    ))
});
/// What lets a number be a day.
static CUE: LazyLock<Regex> = LazyLock::new(|| {
    regex(
        r"\b(?:on|by|until|till|before|from|for|latest|than|bis|zum|am|den|dem|ab|vor|spätestens|le|el|il|op)(?: the)?\s*$",
    )
});
/// What lets a length of time be one from now.
static WITHIN: LazyLock<Regex> = LazyLock::new(|| {
    regex(concat!(
        r"\b(?:within|in|binnen|innerhalb|inside|over|during|(?:not|no) (?:more|later) than)(?: (?:von|of|the|den|der|next|nächsten|kommenden|coming|maximal|höchstens|less than|under|about",
        r"|around|roughly|max\.?|at most|etwa|ca\.?|weniger als))*\s*$"
    ))
});
static FROM_NOW: LazyLock<Regex> = LazyLock::new(|| regex(r"^ (?:from (?:now|today)|ab (?:heute|jetzt))\b"));
/// What makes a length of time an amount of work, or leaves it open.
static NOT_FROM_NOW: LazyLock<Regex> = LazyLock::new(|| {
    regex(
        r"^(?:'s?|’s?)? ?(?:of )?(?:work|effort|labour|arbeit|aufwand|or (?:two|so|three)|oder (?:zwei|drei)|ago|old)\b",
    )
});
/// What puts the day behind it into the past, or makes it one of many.
static GONE: LazyLock<Regex> = LazyLock::new(|| {
    regex(concat!(
        r"(?:\b(?:every|each|jede[nmrs]?|since|last|past|previous|seit|letzte[nmrs]?|vorige[nmrs]?|vergangene[nmrs]?|vom|gestern|depuis|desde|dal|sinds|vorige|afgelopen)(?: (?:dem|den|the|on|el|le))*",
        r"|\b(?:e-?mail|mail|message|note|letter|call|chat|meeting|visit|nachricht|gespräch|telefonat|schreiben|treffen) (?:from|of|dated|von|du|del|van)(?: the)?)\s*$"
    ))
});
static GONE_AFTER: LazyLock<Regex> = LazyLock::new(|| {
    regex(
        r"^ (?:ago|last|dernier|dernière|pasad[oa]|passad[oa]|scors[oa]|jongstleden|letzter woche|was|were|war)\b",
    )
});
/// What "morgen" and "mañana" mean besides tomorrow.
static MORNING: LazyLock<Regex> =
    LazyLock::new(|| regex(r"\b(?:guten|am|jeden|diesen|heute|gestern|goede|la|esta|cada|de)\s*$"));
/// Days that are never those of the past.
static AHEAD: LazyLock<Regex> = LazyLock::new(|| {
    regex(
        r"^(?:next|nächste|tom|tmr|morgen|übermorgen|the day after|day after|in |end of|the end of|ende|eo[wmy])|next week$",
    )
});
/// Verbs, in the order of the sentence, that tell of what was, and of what will be.
static VERBS: LazyLock<Regex> = LazyLock::new(|| {
    regex(concat!(
        r"(?P<was>\b(?:discussed|spoke|talked|said|wrote|told|met|called|mentioned|asked|had|was|were|did|sent|received|came|went|got|agreed|raised",
        r"|reported|happened|missed|promised|besprochen|gesprochen|gesagt|geschrieben|telefoniert|vereinbart|erwähnt|gemeldet|war|waren|hatte|hatten",
        r"|wurde|wurden|schrieb|schrieben|sagte|sagten|kam|kamen|discuté|convenu|hablado|hablamos|discusso|parlato|besproken|gesproken|falámos|combinado)\b)",
        r"|(?P<will>\b(?:will|shall|can|could|should|going to|get|have|send|deliver|finish|plan|aim|expect|werde|werden|wird|kann|können|soll|sollen",
        r"|bekommen|erhalten|liefern|schicken?|schicke|be)\b|['’](?:ll|re)\b)"
    ))
});
static PARTICIPLE: LazyLock<Regex> =
    LazyLock::new(|| regex(r"\b(?:be|been|it|them|everything|all|this)\s*$"));
/// Where one thought ends and the next begins: marks, and words that begin one.
static BREAK: LazyLock<Regex> = LazyLock::new(|| {
    regex(
        r"[,;:!?()\n–—]|\. |\b(?:and|but|that|which|what|who|so|as|when|while|where|how|und|aber|dass|sondern|wie|als|weil|nachdem|worüber)\b",
    )
});
static DAY_ENDS: LazyLock<Regex> = LazyLock::new(|| {
    regex(concat!(
        r"^(?:(?:the )?(?:end of (?:the |today's )?(?:business )?day|close of (?:business|play)|end of (?:business|play))|eod|cob|eob|later today",
        r"|this (?:afternoon|evening|morning)|im laufe des tages|ende des tages|feierabend)\b,?(?: (?:on|today|the|am|of))* ?"
    ))
});
static THIS_WEEK: LazyLock<Regex> =
    LazyLock::new(|| regex(r"^(?:this week|diese[rn]? woche|im laufe der woche)\b"));
static NEXT: LazyLock<Regex> = LazyLock::new(|| {
    regex(r"^(?:the )?(?P<unit>next (?:week|month|year|quarter)|nächster? woche|nächsten monat)$")
});
static EARLY: LazyLock<Regex> =
    LazyLock::new(|| regex(r"\b(?:early|anfang|beginning of|start of)(?: the)?\s*$"));
static MIDDLE: LazyLock<Regex> = LazyLock::new(|| regex(r"\b(?:mid|middle of|mitte)(?: the)?[\s-]*$"));
/// What is a day only where a word before says so: numbers, and short names that mean other things too.
static UNSURE: LazyLock<Regex> = LazyLock::new(|| {
    regex(
        r"^(?:\d{1,2}[./] ?\d{1,2}|(?:the )?\d{1,2}(?:st|nd|rd|th)|(?:mon|tues?|wed|thur?s?|fri|sat|sun)\.?)$",
    )
});
static YEAR: LazyLock<Regex> = LazyLock::new(|| regex(r"20\d{2}|\d[./-]\d{1,2}[./-]\d{2}$"));
/// What may follow a day that is only a number: "on the 2nd attempt" is none.
static AFTER_NUMBER: LazyLock<Regex> = LazyLock::new(|| {
    regex(
        r"^(?:$|[^\p{L}\d /]| (?:at|in|before|after|latest|and|or|so|if|when|as|by|instead|then|too|i|we|you|to|for|with|um|und|dann|vormittags?|nachmittags?)\b)",
    )
});

/// The first day that a sentence names and that is still to come for it, as a promise names its day. Not days of which it only
/// tells what was ("as we discussed on Monday"), and lengths of time only from now ("within two days"). Of a span that is
/// a week, a month, a quarter or a year, the last day: until then the promise can be kept.
pub fn find(text: &str, context: Context<'_>) -> Option<Date> {
    let mut at = 0;
    while let Some(start) = next_word(text, at) {
        let (before, rest) = text.split_at(start);
        match read(before, rest, context) {
            Some((Some(date), _)) => return Some(date),
            Some((None, length)) => at = start + length.max(1),
            None => at = start + word_length(rest),
        }
    }
    None
}

/// What stands here: a day that counts, or one that does not, with its length; none where no day stands.
fn read(before: &str, rest: &str, context: Context<'_>) -> Option<(Option<Date>, usize)> {
    if let Some(ends) = DAY_ENDS.find(rest) {
        let later = read(&format!("{before}by "), &rest[ends.end()..], context).and_then(|(date, _)| date);
        let (own, behind) = clause(before, &rest[ends.end()..]);
        let counts = DEADLINE.is_match(own) || !is_told(own, behind);
        return Some((later.or(counts.then(|| today(context))), ends.len()));
    }
    if let Some(week) = THIS_WEEK.find(rest) {
        return Some((this_week(context), week.len()));
    }
    if BEFORE.is_match(&rest[..word_length(rest)]) {
        return None;
    }
    let found = at_start(rest, context).or_else(|| foreign(rest, context))?;
    let (day, after) = rest.split_at(found.length);
    let (own, behind) = clause(before, after);
    // A full stop may end the day as well as the sentence.
    let day = day.trim_end_matches('.');
    Some((counts(own, day, behind, after, found, context), found.length))
}

/// The day, where it counts.
fn counts(
    own: &str,
    day: &str,
    behind: &str,
    after: &str,
    found: Found,
    context: Context<'_>,
) -> Option<Date> {
    let date = found.date?;
    if found.counted {
        let is_from_now =
            WITHIN.is_match(own) || day.to_lowercase().starts_with("in ") || FROM_NOW.is_match(after);
        return (is_from_now && !NOT_FROM_NOW.is_match(after)).then_some(date);
    }
    let deadline = DEADLINE.is_match(own);
    let morning = ["morgen", "mañana"].iter().any(|word| day.eq_ignore_ascii_case(word));
    if GONE.is_match(own) || GONE_AFTER.is_match(after) || morning && MORNING.is_match(own) {
        return None;
    }
    let ordinal =
        day.ends_with(|c: char| c.is_ascii_alphabetic()) && day.contains(|c: char| c.is_ascii_digit());
    if UNSURE.is_match(day) && !(CUE.is_match(own) && (!ordinal || AFTER_NUMBER.is_match(after))) {
        return None;
    }
    let ahead = AHEAD.is_match(day);
    let far = (date - today(context)).get_days() > FAR && !YEAR.is_match(day);
    if !ahead && (far || !deadline && is_told(own, behind)) {
        return None;
    }
    Some(last_of(own, day, date, context))
}

/// Whether the verb that is nearest before the day, or else the first behind it, tells of what was.
fn is_told(own: &str, behind: &str) -> bool {
    let was = |text: &str, found: &regex::Captures<'_>| {
        // "It will be agreed on Monday", "have it sent on Monday".
        let place = found.get(0).map_or(0, |verb| verb.start());
        found.name("was").is_some() && !PARTICIPLE.is_match(&text[..place])
    };
    match VERBS.captures_iter(own).last() {
        Some(verb) => was(own, &verb),
        None => VERBS.captures(behind).is_some_and(|verb| was(behind, &verb)),
    }
}

/// The thought around a place in a sentence: what of it stands before, and what behind.
fn clause<'a>(before: &'a str, after: &'a str) -> (&'a str, &'a str) {
    let from = BREAK.find_iter(before).last().map_or(0, |mark| {
        // A word that begins a thought belongs to it.
        if mark.as_str().starts_with(char::is_alphabetic) { mark.start() } else { mark.end() }
    });
    let to = BREAK.find(after).map_or(after.len(), |mark| mark.start());
    (&before[from..], &after[..to])
}

/// The last day on which a promise for so long a span is kept.
fn last_of(own: &str, day: &str, date: Date, context: Context<'_>) -> Date {
    let Some(found) = NEXT.captures(day) else { return date };
    if EARLY.is_match(own) {
        return date;
    }
    let week = |days: i64| monday(context).and_then(|monday| monday.checked_add(days.days()).ok());
    let unit = found["unit"].to_lowercase();
    let last = match unit.rsplit(' ').next() {
        Some("week" | "woche") => week(if MIDDLE.is_match(own) { 2 } else { 4 }),
        Some("month" | "monat") => Some(date.last_of_month()),
        Some("quarter") => date.checked_add(2.months()).ok().map(Date::last_of_month),
        _ => Some(date.last_of_year()),
    };
    last.unwrap_or(date)
}

/// The last working day of this week, or today where that is over.
fn this_week(context: Context<'_>) -> Option<Date> {
    let today = today(context);
    let left = i64::from(Weekday::Friday.to_monday_zero_offset() - today.weekday().to_monday_zero_offset());
    today.checked_add(left.max(0).days()).ok()
}

/// Where the next word begins, at or behind a place.
fn next_word(text: &str, from: usize) -> Option<usize> {
    let inside = text[..from].chars().next_back().is_some_and(char::is_alphanumeric);
    let from = if inside { from + word_length(&text[from..]) } else { from };
    text[from..].find(char::is_alphanumeric).map(|at| from + at)
}

fn word_length(text: &str) -> usize {
    text.find(|c: char| !c.is_alphanumeric()).unwrap_or(text.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What is found on a Wednesday.
    fn all(table: &[(&str, &str)]) {
        let now = "2026-11-25T09:30[Europe/Berlin]".parse().unwrap();
        let context = Context { now: &now, day_first: true };
        let wrong: Vec<String> = table
            .iter()
            .map(|(sentence, expected)| (sentence, expected, find(sentence, context)))
            .filter(|(_, expected, found)| {
                found.map_or("none".to_owned(), |date| date.to_string()) != **expected
            })
            .map(|(sentence, expected, found)| format!("{sentence}: {found:?}, not {expected}"))
            .collect();
        assert!(wrong.is_empty(), "{wrong:#?}");
    }

    #[test]
    fn a_promise_names_its_day_anywhere_in_the_sentence() {
        all(&[
            ("You'll have it by Friday noon.", "2026-11-27"),
            ("You will have the revised plan on your desk by Monday, 30 November.", "2026-11-30"),
            ("I'll send the report tomorrow.", "2026-11-26"),
            ("We'll get this fixed by end of next week.", "2026-12-04"),
            ("We'll get this fixed next week.", "2026-12-04"),
            ("We can start early next week.", "2026-11-30"),
            ("We will deliver it next month.", "2026-12-31"),
            ("Two of us will be with you within two days.", "2026-11-27"),
            ("Someone calls you within the next 48 hours.", "2026-11-27"),
            ("Expect the samples in less than a week.", "2026-12-02"),
            ("It ships in 10 days.", "2026-12-05"),
            ("You get the quote in 3 working days.", "2026-11-30"),
            ("Three days from now it will run.", "2026-11-28"),
            ("I'll have it sent on Monday.", "2026-11-30"),
            ("The new unit will be delivered on Tuesday.", "2026-12-01"),
            ("It will be agreed on Monday.", "2026-11-30"),
            ("Yes - you have my word: the 3rd of December at the latest.", "2026-12-03"),
            ("We'll be done on 12 December 2026.", "2026-12-12"),
            ("Delivery is on 04/12.", "2026-12-04"),
            ("I'll come back to you by the 30th.", "2026-11-30"),
            ("I promised it by Friday and I keep that.", "2026-11-27"),
            ("As we discussed on Monday, you'll have it by Friday.", "2026-11-27"),
            ("I'll send what we discussed on Monday by Friday.", "2026-11-27"),
            ("I'll send the draft we discussed on Monday by Thursday.", "2026-11-26"),
            ("You'll have the draft tomorrow and the final on Friday.", "2026-11-26"),
            ("I'll look into it today.", "2026-11-25"),
            ("You'll have it by EOD.", "2026-11-25"),
            ("You'll have it by end of day Friday.", "2026-11-27"),
            ("I'll ring you this afternoon.", "2026-11-25"),
            ("We'll finish it later this week.", "2026-11-27"),
            ("It'll be with you on Fri.", "2026-11-27"),
            ("Done before the end of the month, guaranteed.", "2026-11-30"),
            ("We'll have it ready by mid-December.", "2026-12-15"),
            ("I'll personally make sure it arrives Thursday morning.", "2026-11-26"),
        ]);
    }

    #[test]
    fn german_promises_name_their_day_too() {
        all(&[
            ("Sie haben die Unterlagen bis Mittwoch.", "2026-12-02"),
            ("Spätestens am 12.12. ist alles fertig.", "2026-12-12"),
            ("Wir liefern bis zum 4.12.", "2026-12-04"),
            ("Das bekommen Sie in 3 Tagen.", "2026-11-28"),
            ("Innerhalb von zwei Wochen steht die Anlage.", "2026-12-09"),
            ("Binnen einer Woche melden wir uns.", "2026-12-02"),
            ("In den nächsten zwei Tagen ruft Sie jemand an.", "2026-11-27"),
            ("Ich schicke es Ihnen morgen früh.", "2026-11-26"),
            ("Guten Morgen, ich melde mich bis Freitag.", "2026-11-27"),
            ("Übermorgen sind wir bei Ihnen.", "2026-11-27"),
            ("Wir kümmern uns nächste Woche darum.", "2026-12-04"),
            ("Anfang nächster Woche ist der Techniker da.", "2026-11-30"),
            ("Am Freitag haben Sie das Angebot.", "2026-11-27"),
            ("Am 3. Dezember wird geliefert.", "2026-12-03"),
            ("Wie am Montag besprochen, liefern wir am Donnerstag.", "2026-11-26"),
            ("Ende der Woche ist es erledigt.", "2026-11-27"),
            ("Wir sind diese Woche noch fertig.", "2026-11-27"),
            ("Bis Ende des Monats ist alles übertragen.", "2026-11-30"),
            ("Heute noch erhalten Sie die Liste.", "2026-11-25"),
        ]);
    }

    #[test]
    fn what_is_told_of_the_past_and_mere_lengths_of_time_are_no_days_of_a_promise() {
        let sentences = [
            "As we discussed on Monday, we stand by it.",
            "On Monday you wrote that the pump leaks.",
            "It has been broken since Friday.",
            "Last Friday's visit showed it.",
            "We spoke today about the lift.",
            "Thanks for your mail of 20 November.",
            "Your message from Monday reached me.",
            "That is two days of work.",
            "It takes a week.",
            "We'll be on site for two days.",
            "Two weeks ago it still ran.",
            "We always reply fast, every Monday.",
            "We'll do it, you have my word.",
            "Version 2.3 will have it.",
            "We are here for you 24/7.",
            "Half the price, 50/50.",
            "You may rely on us.",
            "On the 2nd attempt it will work.",
            "I sat with the team and the sun was out.",
            "I'll do a day or two on it, in a day or two.",
            "We'll be there at 10.30.",
            "Wie am Montag besprochen, bleibt es dabei.",
            "Am Montag hatten wir telefoniert.",
            "Seit Freitag warten Sie schon.",
            "Letzten Freitag war der Techniker da.",
            "Guten Morgen, wir machen das.",
            "Das sind zwei Tage Arbeit.",
            "Ihre Nachricht vom 20. November liegt mir vor.",
            "Wir machen das jeden Freitag.",
            "",
        ];
        all(&sentences.map(|sentence| (sentence, "none")));
    }

    #[test]
    fn plain_days_are_read_in_five_more_languages() {
        all(&[
            ("Vous l'aurez demain.", "2026-11-26"),
            ("Vous recevrez le devis vendredi.", "2026-11-27"),
            ("Ce sera prêt avant le 4 décembre.", "2026-12-04"),
            ("Lo tendrá el viernes.", "2026-11-27"),
            ("Se lo envío mañana.", "2026-11-26"),
            ("Estará listo el 3 de diciembre.", "2026-12-03"),
            ("U hebt het vrijdag.", "2026-11-27"),
            ("Uiterlijk 4 december is het klaar.", "2026-12-04"),
            ("Overmorgen staat het er.", "2026-11-27"),
            ("Lo avrà entro venerdì.", "2026-11-27"),
            ("Domani le mando tutto.", "2026-11-26"),
            ("Terá tudo até sexta-feira.", "2026-11-27"),
            ("Envio amanhã.", "2026-11-26"),
            ("Como hablamos el lunes pasado, así queda.", "none"),
            ("Lundi dernier, c'était fermé.", "none"),
        ]);
    }
}
