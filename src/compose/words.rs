//! Words that all letters share: safe text, moments in the reader's time zone, names of cases and people.

use jiff::Timestamp;
use jiff::tz::TimeZone;

use crate::case::{Goal, Matter, Side};
use crate::effect::{CaseFacts, Due};

/// One line of somebody else's text: no line ends, no control characters, nothing that turns the reading direction
/// (U+202A to U+202E, U+2066 to U+2069) or hides (zero width), single spaces.
pub(super) fn line(text: &str) -> String {
    let shown: String = text
        .chars()
        .map(|c| if c.is_whitespace() || c.is_control() { ' ' } else { c })
        .filter(|c| !matches!(c, '\u{61c}' | '\u{200b}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}'))
        .collect();
    shown.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// At most `lines` lines of somebody else's text, and at most `length` characters.
pub(super) fn block(text: &str, lines: usize, length: usize) -> Vec<String> {
    let all: Vec<_> = text.lines().map(line).filter(|line| !line.is_empty()).collect();
    let mut kept = Vec::new();
    let mut left = length;
    for whole in all.iter().take(lines) {
        if left < 20 {
            break;
        }
        let part = shorten(whole, left);
        left -= part.chars().count();
        kept.push(part);
    }
    if kept.len() < all.len()
        && let Some(last) = kept.last_mut()
        && !last.ends_with('…')
    {
        last.push_str(" …");
    }
    kept
}

/// A text of at most `length` characters, cut between words where there are some.
pub(super) fn shorten(text: &str, length: usize) -> String {
    if text.chars().count() <= length {
        return text.to_owned();
    }
    let head: String = text.chars().take(length.saturating_sub(1)).collect();
    let end = head.rfind(' ').filter(|end| *end * 2 > head.len()).unwrap_or(head.len());
    format!("{}…", head[..end].trim_end())
}

/// The time zone of this name, or UTC.
pub(super) fn zone(name: &str) -> TimeZone {
    TimeZone::get(name).unwrap_or(TimeZone::UTC)
}

/// "Tue 12 May 14:05", with the year when it is another than that of `now`.
pub(super) fn moment(at: Timestamp, zone: &TimeZone, now: Timestamp) -> String {
    let (at, now) = (at.to_zoned(zone.clone()), now.to_zoned(zone.clone()));
    let form = if at.year() == now.year() { "%a %-d %b %H:%M" } else { "%a %-d %b %Y %H:%M" };
    at.strftime(form).to_string()
}

/// "Tue 12 May".
pub(super) fn day(at: Timestamp, zone: &TimeZone) -> String {
    at.to_zoned(zone.clone()).strftime("%a %-d %b").to_string()
}

/// "40 minutes", "5 hours", "3 days".
pub(super) fn span(from: Timestamp, to: Timestamp) -> String {
    let minutes = to.duration_since(from).as_mins().max(0);
    let (number, unit) = match minutes {
        ..60 => (minutes, "minute"),
        60..2880 => (minutes / 60, "hour"),
        _ => (minutes / 1440, "day"),
    };
    format!("{number} {unit}{}", if number == 1 { "" } else { "s" })
}

/// "An answer is due by Tue 12 May 16:05.", or what was due and is over.
pub(super) fn due_line(due: &Due, zone: &TimeZone, now: Timestamp) -> String {
    let at = moment(due.at, zone, now);
    match (due.goal, &due.overdue) {
        (Goal::Answer, None) => format!("An answer is due by {at}."),
        (Goal::Answer, Some(late)) => format!("An answer was due by {at}, {late} ago."),
        (Goal::Resolution, None) => format!("It is to be settled by {at}."),
        (Goal::Resolution, Some(late)) => format!("It was to be settled by {at}, {late} ago."),
    }
}

/// "complaint (clear)", "possible extra work".
pub(super) fn title(facts: &CaseFacts) -> String {
    let severity = match (facts.kind.matter(), facts.severity) {
        (Matter::Dissatisfaction, 1) => " (mild)",
        (Matter::Dissatisfaction, 2) => " (clear)",
        (Matter::Dissatisfaction, 3..) => " (severe)",
        _ => "",
    };
    format!("{}{}{severity}", if facts.please_check { "possible " } else { "" }, facts.kind.words())
}

/// The subject of all mails to an owner about a case, the links in them too. It never changes while the case does: Gmail
/// begins a new thread at another subject, whatever is cited.
pub(super) fn case_subject(facts: &CaseFacts) -> String {
    format!("#{} {}: {}", facts.number, line(&facts.account), line(&facts.subject))
}

/// The name in "Dana Ruiz <dana@acme.example>", or the address when there is none.
pub(super) fn client_name(client: &str) -> String {
    let name = line(client.split(" <").next().unwrap_or(client));
    name.trim_matches(['<', '>', '"', ' ']).to_owned()
}

/// The colour of a matter, for the bar beside the client's words.
pub(super) fn tone(facts: &CaseFacts) -> &'static str {
    match facts.kind.matter() {
        Matter::Dissatisfaction => "#d9480f",
        Matter::Request => "#2f74c0",
        Matter::Opportunity | Matter::Praise => "#2f8f5b",
    }
}

/// The name of the owner of a side, when there is one.
pub(super) fn owner(facts: &CaseFacts, side: Side) -> Option<String> {
    let address = if facts.lead_side == side { &facts.lead } else { &facts.partner };
    address.as_ref().map(|address| line(address.display()))
}

/// Without blanks at line ends and without more than one empty line in a row.
pub(super) fn tidy(text: &str) -> String {
    let mut tidy = String::with_capacity(text.len());
    let mut empty = true;
    // "-- " begins a signature (RFC 3676 §4.3), with its blank.
    for line in text.lines().map(|line| if line == "-- " { line } else { line.trim_end() }) {
        if !(line.is_empty() && empty) {
            tidy.push_str(line);
            tidy.push('\n');
        }
        empty = line.is_empty();
    }
    while tidy.ends_with("\n\n") {
        tidy.pop();
    }
    tidy
}
