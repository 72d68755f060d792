//! Calendar invitations and answers (RFC 5545, RFC 5546, RFC 6047).

use icalendar::parser::{Component, ParseString, Property, read_calendar, unfold};
use serde::Serialize;

use super::mime::Part;

/// More of a calendar part is not read, in bytes.
const MAX_BYTES: usize = 64 * 1024;

/// A calendar's answer to an invitation.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct CalendarAnswer {
    /// The UID of the invitation (RFC 5545 §3.8.4.7).
    pub uid: String,
    /// Which state of it they answer (SEQUENCE, RFC 5545 §3.8.7.4), where it says so.
    pub sequence: Option<u32>,
    /// Who answers what, by their addresses in lower case. A REPLY names one (RFC 5546 §3.2.3).
    pub attendees: Vec<(String, Participation)>,
    /// What they wrote beside it; may be empty.
    pub comment: String,
}

/// What somebody answers to an invitation.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Participation {
    /// They come.
    Accepted,
    /// They do not.
    Declined,
    /// They may.
    Tentative,
    /// They propose something else (RFC 5546 §3.2.7).
    Counter,
}

impl Participation {
    /// All answers.
    pub const ALL: [Self; 4] = [Self::Accepted, Self::Declined, Self::Tentative, Self::Counter];

    /// The name in the store.
    pub fn key(self) -> &'static str {
        match self {
            Self::Accepted => "accepted",
            Self::Declined => "declined",
            Self::Tentative => "tentative",
            Self::Counter => "counter",
        }
    }

    /// The answer of this [`Participation::key`], or none.
    pub fn from_key(key: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|answer| answer.key() == key)
    }

    /// The words for a history, behind a name: "accepted the meeting".
    pub fn words(self) -> &'static str {
        match self {
            Self::Accepted => "accepted the meeting",
            Self::Declined => "declined the meeting",
            Self::Tentative => "may come to the meeting",
            Self::Counter => "proposes another time for the meeting",
        }
    }

    /// The value of PARTSTAT (RFC 5545 §3.2.12), where it is an answer.
    fn of_status(status: &str) -> Option<Self> {
        match status.trim().to_ascii_uppercase().as_str() {
            "ACCEPTED" => Some(Self::Accepted),
            "DECLINED" => Some(Self::Declined),
            "TENTATIVE" => Some(Self::Tentative),
            _ => None,
        }
    }
}

/// The calendar part of a mail.
fn part<'a, 'p>(root: &'a Part<'p>) -> Option<&'a Part<'p>> {
    root.walk().into_iter().find(|p| matches!(p.content.value.as_str(), "text/calendar" | "application/ics"))
}

fn text(part: &Part<'_>) -> String {
    let text = part.text(&mut Vec::new());
    text[..text.floor_char_boundary(MAX_BYTES)].to_owned()
}

/// The method of a mail's calendar part, in upper case: in the header of the part, or in the calendar itself.
fn declared(part: &Part<'_>) -> Option<String> {
    let declared = part.content.get("method").map(str::to_ascii_uppercase);
    let method = declared.or_else(|| {
        let text = text(part);
        let mut lines = text.lines().take(60);
        lines.find_map(|l| l.trim().to_ascii_uppercase().strip_prefix("METHOD:").map(str::to_string))
    });
    method.map(|method| method.trim().to_owned())
}

/// What shows that a mail is a calendar's: its method, when it has one that a calendar answers or asks with.
pub(super) fn method(root: &Part<'_>) -> Option<String> {
    let method = declared(part(root)?)?;
    // PUBLISH is a file that somebody sends along.
    matches!(
        method.as_str(),
        "REQUEST" | "REPLY" | "CANCEL" | "COUNTER" | "DECLINECOUNTER" | "REFRESH" | "ADD"
    )
    .then(|| format!("text/calendar with METHOD:{method} (RFC 6047)"))
}

/// The answer to an invitation that a mail holds.
pub(super) fn answer(root: &Part<'_>) -> Option<CalendarAnswer> {
    let part = part(root)?;
    let method = declared(part)?;
    let counter = method == "COUNTER";
    if !counter && method != "REPLY" {
        return None;
    }
    let text = unfold(&text(part));
    let calendar = read_calendar(&text).ok()?;
    let event = calendar.components.iter().find(|component| component.name == "VEVENT")?;
    let attendees = properties(event, "ATTENDEE").filter_map(|attendee| {
        let status = parameter(attendee, "PARTSTAT").unwrap_or_default();
        let answer = if counter { Some(Participation::Counter) } else { Participation::of_status(status) };
        Some((address(attendee.val.as_str())?, answer?))
    });
    Some(CalendarAnswer {
        uid: event.find_prop("UID")?.val.as_str().trim().to_owned(),
        sequence: event.find_prop("SEQUENCE").and_then(|sequence| sequence.val.as_str().trim().parse().ok()),
        attendees: attendees.collect(),
        comment: event.find_prop("COMMENT").map(|comment| one_line(comment.val.as_str())).unwrap_or_default(),
    })
}

fn properties<'a>(event: &'a Component<'a>, name: &'a str) -> impl Iterator<Item = &'a Property<'a>> {
    event.properties.iter().filter(move |property| property.name == name)
}

fn parameter<'a>(property: &'a Property<'a>, name: &str) -> Option<&'a str> {
    let found = property.params.iter().find(|parameter| parameter.key.as_str().eq_ignore_ascii_case(name))?;
    found.val.as_ref().map(ParseString::as_str)
}

/// The address of a calendar user (RFC 5545 §3.3.3), in lower case.
fn address(user: &str) -> Option<String> {
    let user = user.trim().to_lowercase();
    user.strip_prefix("mailto:").filter(|address| address.contains('@')).map(str::to_owned)
}

/// A text value on one line, without its escapes (RFC 5545 §3.3.11).
fn one_line(text: &str) -> String {
    let plain = text.replace("\\n", " ").replace("\\N", " ").replace("\\,", ",").replace("\\;", ";");
    plain.split_whitespace().collect::<Vec<_>>().join(" ")
}
