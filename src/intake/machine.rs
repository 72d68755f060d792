//! What follows from a machine's mail: nothing goes back, and what it tells is used.

use jiff::Timestamp;
use jiff::tz::TimeZone;

use super::firm::shorten;
use super::{Known, Mail, Policy, Sender, file};
use crate::case::Entry;
use crate::directory::absence::Absence;
use crate::directory::{Directory, Who};
use crate::effect::{Disposition, Effect, MeetingAnswer};
use crate::message::{Address, Automatic, AutomaticKind, Verdict, comparable};

/// Characters of what stands beside a calendar's answer that the history keeps.
const COMMENT: usize = 200;

/// What follows from a mail that no person wrote.
pub(super) fn wrote(
    mail: &Mail<'_>,
    automatic: &Automatic,
    sender: &Sender<'_>,
    directory: &Directory,
    known: &Known,
    policy: &Policy,
    now: Timestamp,
) -> Vec<Effect> {
    // A copy in the folder of sent mail is our own mail, seen from the other side.
    let mut reason = match automatic.kind {
        AutomaticKind::Ourselves => "sent by this program".to_owned(),
        _ => automatic.reason.clone(),
    };
    let mut effects = Vec::new();
    if let Some(absence) = absence(mail, automatic, sender, directory, known, policy, now) {
        let how = absence.learnt_from.words();
        reason =
            format!("{reason}; its writer is away until {} ({how})", absence.until.strftime("%-d %b %Y"));
        effects.push(Effect::Absent(absence));
    }
    effects.extend(answered(mail, directory, known, now));
    effects.insert(0, file(Disposition::Automatic, reason, sender, known));
    effects
}

/// What a calendar answers to an invitation of ours, in the history of the case. Nobody who was not asked knows the UID;
/// an answer counts for the guest whom it names, or who wrote it from another address.
fn answered(mail: &Mail<'_>, directory: &Directory, known: &Known, now: Timestamp) -> Vec<Effect> {
    let (Some(answer), Some(meeting)) = (&mail.message.calendar, &known.meeting) else { return Vec::new() };
    let from = mail.message.from.as_ref();
    let is = |guest: &Address, address: &str| comparable(&guest.address) == comparable(address);
    let mut effects = Vec::new();
    for (address, participation) in &answer.attendees {
        let guest = meeting.guests.iter().find(|guest| is(guest, address));
        let guest = guest.or_else(|| {
            meeting.guests.iter().find(|guest| from.is_some_and(|from| is(guest, &from.address)))
        });
        let Some(guest) = guest else { continue };
        let zone = TimeZone::get(&directory.firm().timezone).unwrap_or(TimeZone::UTC);
        let when = meeting.start.to_zoned(zone).strftime("%a %-d %b %Y %H:%M");
        let comment = match answer.comment.as_str() {
            "" => String::new(),
            comment => format!(": {}", shorten(comment, COMMENT)),
        };
        effects.push(Effect::MeetingAnswered(MeetingAnswer {
            uid: meeting.uid.clone(),
            guest: comparable(&guest.address),
            answer: *participation,
        }));
        effects.push(Effect::Record {
            case: meeting.case,
            entry: Entry {
                at: now,
                who: guest.display().to_owned(),
                what: format!("{} on {when}{comment}", participation.words()),
                why: "their calendar answered the invitation (RFC 6047)".to_owned(),
            },
        });
    }
    effects
}

/// The absence that an owner's out-of-office answer tells of. It is believed where the firm's mail server confirms the
/// sender (RFC 8601), or else where it cites a mail of ours to that person, whose Message-ID nobody guesses.
fn absence(
    mail: &Mail<'_>,
    automatic: &Automatic,
    sender: &Sender<'_>,
    directory: &Directory,
    known: &Known,
    policy: &Policy,
    now: Timestamp,
) -> Option<Absence> {
    if automatic.kind != AutomaticKind::AutoReply || !automatic.out_of_office || mail.sent_folder {
        return None;
    }
    let Who::Owner(person) = directory.who(&sender.writer.as_ref()?.address) else { return None };
    let confirmed = mail.message.authentication.as_ref().is_some_and(|found| found.verdict == Verdict::Pass);
    let cites_ours =
        known.letter_to.as_deref().is_some_and(|to| comparable(to) == comparable(&person.address));
    if !(if policy.authentication { confirmed } else { cites_ours }) {
        return None;
    }
    let sent = mail.message.date.filter(|date| *date <= now).unwrap_or(now);
    let day = |at| directory.day(&person.address, at);
    let absence = Absence::of_reply(&comparable(&person.address), day(sent), automatic.absent_until)?;
    (absence.until >= day(now)).then_some(absence)
}
