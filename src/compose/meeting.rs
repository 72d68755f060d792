//! The invitation to a meeting: a calendar's request or its end (RFC 5546 §3.2) with words for people.

use askama::Template;
use icalendar::{Calendar, Component, Event, EventStatus, Property};
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};

use super::client::{owners, primary};
use super::words::{line, tidy, zone};
use super::{House, Page};
use crate::effect::{Invitation, Letter, MeetingStep};
use crate::message::Address;

#[derive(Template)]
#[template(path = "owner/meeting.txt")]
struct Text<'a> {
    page: &'a View,
}

#[derive(Template)]
#[template(path = "owner/meeting.html")]
struct Html<'a> {
    page: &'a View,
}

struct View {
    number: i64,
    account: String,
    subject: String,
    by: String,
    when: String,
    minutes: u32,
    others: String,
    step: MeetingStep,
    /// The firm's name for the client, the address of answers for the firm's own people.
    house: String,
}

impl View {
    fn title(&self) -> &'static str {
        match self.step {
            MeetingStep::Proposed => "Meeting",
            MeetingStep::Moved => "Meeting moved",
            MeetingStep::Cancelled => "Meeting called off",
        }
    }

    fn is_off(&self) -> bool {
        self.step == MeetingStep::Cancelled
    }

    /// What is told the firm's own people, before the time.
    fn does(&self) -> &'static str {
        match self.step {
            MeetingStep::Proposed => "proposes to meet:",
            MeetingStep::Moved => "moves the meeting:",
            MeetingStep::Cancelled => "calls the meeting off:",
        }
    }
}

/// The copy of one of the firm's own people.
pub(super) fn page(house: &House, letter: &Letter, invitation: &Invitation) -> Page {
    let view = View {
        number: invitation.meeting.case,
        account: line(&invitation.account),
        subject: line(&invitation.subject),
        by: line(invitation.by.display()),
        when: when(invitation, ""),
        minutes: invitation.meeting.minutes,
        others: others(invitation, &letter.to, ""),
        step: invitation.step,
        house: line(&house.address),
    };
    let rendered = "a template can be written into memory";
    Page {
        subject: format!("#{} {} · {}: {}", view.number, view.title(), view.account, view.subject),
        text: tidy(&Text { page: &view }.render().expect(rendered)),
        html: Some(tidy(&Html { page: &view }.render().expect(rendered))),
        calendar: Some(calendar(house, letter, invitation)),
    }
}

/// "Tue 12 May 2026, 10:00 (Europe/Amsterdam)"; for Germans "12.05.2026, 10:00 Uhr (Europe/Berlin)", and without words
/// in a language that the letter has by the firm's own file alone.
pub(super) fn when(invitation: &Invitation, language: &str) -> String {
    let start = invitation.meeting.start.to_zoned(zone(&invitation.timezone));
    let form = match &*primary(language) {
        "de" => "%d.%m.%Y, %H:%M Uhr",
        "fr" | "es" | "nl" | "it" | "pt" => "%d/%m/%Y, %H:%M",
        _ => "%a %-d %b %Y, %H:%M",
    };
    format!("{} ({})", start.strftime(form), line(&invitation.timezone))
}

/// Who else is asked, by name, in a language.
pub(super) fn others(invitation: &Invitation, reader: &Address, language: &str) -> String {
    let others = invitation.meeting.guests.iter().filter(|guest| guest.address != reader.address);
    let others: Vec<String> = others.map(|guest| guest.display().to_owned()).collect();
    if others.is_empty() { line(invitation.by.display()) } else { owners(&others, language) }
}

/// What the calendar object does (RFC 5546 §1.4).
pub(super) fn method(invitation: &Invitation) -> &'static str {
    match invitation.step {
        MeetingStep::Proposed | MeetingStep::Moved => "REQUEST",
        MeetingStep::Cancelled => "CANCEL",
    }
}

/// The calendar object, the same for everybody but for its stamp. Answers go to the shared address, where they are noted.
pub(super) fn calendar(house: &House, letter: &Letter, invitation: &Invitation) -> String {
    let meeting = &invitation.meeting;
    let end = meeting.start.saturating_add(SignedDuration::from_mins(i64::from(meeting.minutes)));
    let cancelled = invitation.step == MeetingStep::Cancelled;
    let summary = format!("{}: {}", line(&house.name), line(&invitation.subject));
    let mut event = Event::new();
    event
        .uid(&meeting.uid)
        .add_property("DTSTAMP", utc(letter.at))
        .add_property("DTSTART", utc(meeting.start))
        .add_property("DTEND", utc(end.unwrap_or(meeting.start)))
        .add_property("SEQUENCE", meeting.sequence.to_string())
        .summary(&summary)
        .description(&format!("Proposed by {}.", line(invitation.by.display())))
        .status(if cancelled { EventStatus::Cancelled } else { EventStatus::Confirmed })
        .append_property(
            Property::new("ORGANIZER", format!("mailto:{}", house.address))
                .add_parameter("CN", &parameter(&house.name))
                .done(),
        );
    for guest in &meeting.guests {
        event.append_multi_property(
            Property::new("ATTENDEE", format!("mailto:{}", guest.address))
                .add_parameter("CN", &parameter(guest.display()))
                .add_parameter("ROLE", "REQ-PARTICIPANT")
                .add_parameter("PARTSTAT", "NEEDS-ACTION")
                .add_parameter("RSVP", "TRUE")
                .done(),
        );
    }
    let mut calendar = Calendar::empty();
    calendar
        .append_property(("VERSION", "2.0"))
        .append_property(("PRODID", "-//Pairdesk//Pairdesk//EN"))
        .append_property(("CALSCALE", "GREGORIAN"))
        .append_property(("METHOD", method(invitation)))
        .push(event.done());
    calendar.to_string()
}

/// "20260512T080000Z" (RFC 5545 §3.3.5).
fn utc(at: Timestamp) -> String {
    at.to_zoned(TimeZone::UTC).strftime("%Y%m%dT%H%M%SZ").to_string()
}

/// What can stand in a parameter: it has no quotation marks (RFC 5545 §3.2).
fn parameter(text: &str) -> String {
    line(text).replace('"', "'")
}
