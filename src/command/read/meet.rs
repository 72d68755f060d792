//! What stands behind `meet`: a day, an hour, a length, people, in any order.

use jiff::civil::Time;

use super::people;
use super::plain::{lower, word};
use crate::command::{Context, Meet};
use crate::day;

/// How long a meeting takes when nothing is said, in minutes.
const MINUTES: u32 = 30;

/// A length of this many minutes is no meeting.
const DAY: u32 = 480;

/// The meeting and how many bytes of the text it takes; none when its time cannot be told or is past.
pub(super) fn read(text: &str, context: &Context) -> Option<(Meet, usize)> {
    let (mut day, mut clock, mut minutes) = (None, None, None);
    let mut with = Vec::new();
    let (mut at, mut taken) = (0, 0);
    loop {
        at += text[at..]
            .find(|c: char| !matches!(c, ' ' | ',' | ':' | ';' | '-' | '–' | '(' | ')' | '.'))
            .unwrap_or(text.len() - at);
        let rest = &text[at..];
        if let Some((found, length)) = day::clock_at_start(rest).filter(|_| clock.is_none()) {
            clock = Some(found?);
            at += length;
            if let Some((end, length)) = until(&text[at..]) {
                minutes = Some(between(clock?, end)?);
                at += length;
            }
        } else if let Some((found, length)) = length(rest).filter(|_| minutes.is_none()) {
            minutes = Some(found);
            at += length;
        } else if let Some(found) = day::at_start(rest, context.days()).filter(|_| day.is_none()) {
            day = Some(found.date?);
            at += found.length;
        } else if let Some(length) = list(rest, &mut with, context) {
            at += length;
        } else {
            let next = lower(word(rest));
            if !matches!(
                next.as_str(),
                "at" | "on" | "for" | "um" | "am" | "from" | "them" | "the" | "client" | "up"
            ) {
                break;
            }
            at += next.len();
            continue;
        }
        taken = at;
    }
    let start = day.unwrap_or_else(|| context.now.date()).to_datetime(clock?);
    let later = start > context.now.datetime();
    let minutes = minutes.unwrap_or(MINUTES);
    // "Tue 10:00 or 11:00" leaves it open.
    let open = matches!(lower(word(text[taken..].trim_start())).as_str(), "or" | "oder");
    (later && !open).then_some((Meet { start, minutes, with }, taken))
}

/// Whether a meeting is meant although it cannot be read: a day or an hour stands there.
pub(super) fn is_meant(text: &str, context: &Context) -> bool {
    let text = text.trim_start();
    text.is_empty() || day::clock_at_start(text).is_some() || day::at_start(text, context.days()).is_some()
}

/// The end in "10:00-10:45".
fn until(text: &str) -> Option<(Time, usize)> {
    let rest = text.trim_start_matches(' ');
    let rest = ["-", "–", "to ", "until ", "bis "].iter().find_map(|mark| rest.strip_prefix(mark))?;
    let rest = rest.trim_start_matches(' ');
    let (end, length) = day::clock_at_start(rest)?;
    Some((end?, text.len() - rest.len() + length))
}

fn between(start: Time, end: Time) -> Option<u32> {
    u32::try_from((end - start).get_hours() * 60)
        .ok()
        .zip(u32::try_from((end - start).get_minutes()).ok())
        .and_then(|(hours, minutes)| Some(hours + minutes).filter(|minutes| (1..DAY).contains(minutes)))
}

fn length(text: &str) -> Option<(u32, usize)> {
    let start = ["for ", "für "].iter().find_map(|mark| text.strip_prefix(mark)).unwrap_or(text);
    let (minutes, length) = day::length_at_start(start)?;
    Some((minutes.filter(|minutes| *minutes < DAY)?, text.len() - start.len() + length))
}

/// "with priya@firm.example, Kim and Jo".
fn list(text: &str, with: &mut Vec<String>, context: &Context) -> Option<usize> {
    let first = word(text);
    if !matches!(lower(first).as_str(), "with" | "mit" | "w" | "incl" | "and") {
        return None;
    }
    let mut at = first.len();
    let mut end = None;
    loop {
        at += text[at..]
            .find(|c: char| !matches!(c, ' ' | ',' | '&' | '+' | '/' | ';'))
            .unwrap_or(text.len() - at);
        let next = word(&text[at..]);
        if matches!(lower(next).as_str(), "and" | "und") {
            at += next.len();
            continue;
        }
        let rest = &text[at..];
        if day::clock_at_start(rest).is_some() || day::at_start(rest, context.days()).is_some() {
            break;
        }
        let Some((person, length)) = people::of_list(rest) else { break };
        if !with.contains(&person) {
            with.push(person);
        }
        at += length;
        end = Some(at);
    }
    end
}
