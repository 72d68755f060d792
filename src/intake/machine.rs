//! What follows from a machine's mail: nothing goes back, and what it tells is used.

use jiff::Timestamp;
use jiff::tz::TimeZone;

use super::firm::shorten;
use super::{Known, Mail, Policy, Sender, case_facts, file, kind_reason, thread_root};
use crate::case::{Case, Entry};
use crate::command::Said;
use crate::directory::absence::Absence;
use crate::directory::{Directory, Who};
use crate::effect::{
    Acknowledgement, Content, Disposition, Effect, Letter, MeetingAnswer, Notice, Occasion, Seed,
};
use crate::message::{Address, Automatic, AutomaticKind, Participation, Verdict, comparable};

/// Characters of what stands beside a calendar's answer that the history keeps.
const COMMENT: usize = 200;

/// As many mails of the same words a day are believed to be a person's.
const SAID_BY_PERSONS: u32 = 3;
/// Shorter words may be said again and again where they are a command: "mine".
const SHORT: usize = 40;

/// What shows that a machine is at work that marks nothing: a mailing list gives our own mail back without its marks; an
/// answering machine among our own people answers each mail of ours with the same words, and would get an answer each time.
pub(super) fn unmarked(mail: &Mail<'_>, known: &Known, of_owner: bool) -> Option<String> {
    if known.ours {
        return Some("our own mail come back without its marks: it bears a Message-ID of ours".to_owned());
    }
    let said = mail.message.said();
    let commands = mail
        .spoken
        .is_some_and(|spoken| spoken.items.iter().any(|item| matches!(item.said, Said::Command(_))));
    let machines = said.chars().count() >= SHORT || !commands;
    (of_owner && !mail.sent_folder && known.same_words_today >= SAID_BY_PERSONS && machines).then(|| {
        format!(
            "the same words came {} times before within a day, as answering machines write",
            known.same_words_today
        )
    })
}

/// What follows from a mail that no person wrote.
#[expect(clippy::too_many_arguments, reason = "a pure function is handed all that it may know")]
pub(super) fn wrote(
    mail: &Mail<'_>,
    automatic: &Automatic,
    sender: &Sender<'_>,
    directory: &Directory,
    known: &Known,
    policy: &Policy,
    now: Timestamp,
    seed: Seed,
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
    effects.extend(answered(mail, directory, known, now, seed));
    effects.insert(0, file(Disposition::Automatic, reason, sender, known));
    effects
}

/// What a calendar answers to an invitation of ours, in the history of the case. Nobody who was not asked knows the UID;
/// an answer counts for the guest whom it names, or who wrote it from another address. Both owners hear at once of who
/// cannot come.
fn answered(
    mail: &Mail<'_>,
    directory: &Directory,
    known: &Known,
    now: Timestamp,
    seed: Seed,
) -> Vec<Effect> {
    let (Some(answer), Some(meeting)) = (&mail.message.calendar, &known.meeting) else { return Vec::new() };
    let from = mail.message.from.as_ref();
    let is = |guest: &Address, address: &str| comparable(&guest.address) == comparable(address);
    // What answers an earlier time says nothing of this one (RFC 5546 §2.1.5).
    let stale = answer.sequence.is_some_and(|sequence| sequence < meeting.sequence);
    let mut effects = Vec::new();
    for (address, participation) in &answer.attendees {
        let guest = meeting.guests.iter().find(|guest| is(guest, address));
        let guest = guest.or_else(|| {
            meeting.guests.iter().find(|guest| from.is_some_and(|from| is(guest, &from.address)))
        });
        let Some(guest) = guest else { continue };
        let when = |zone: &str| {
            let zone = TimeZone::get(zone).unwrap_or(TimeZone::UTC);
            meeting.start.to_zoned(zone).strftime("%a %-d %b %Y %H:%M").to_string()
        };
        let words = shorten(&answer.comment, COMMENT);
        let comment = if words.is_empty() { String::new() } else { format!(": {words}") };
        let did = participation.words();
        let what = if stale {
            format!("{did} at its earlier time{comment}")
        } else {
            format!("{did} on {}{comment}", when(&directory.firm().timezone))
        };
        let why = "their calendar answered the invitation (RFC 6047)".to_owned();
        let who = guest.display().to_owned();
        effects.push(Effect::Record { case: meeting.case, entry: Entry { at: now, who, what, why } });
        if stale {
            continue;
        }
        effects.push(Effect::MeetingAnswered(MeetingAnswer {
            uid: meeting.uid.clone(),
            guest: comparable(&guest.address),
            answer: *participation,
        }));
        let Some(case) = known.meeting_case.as_deref().filter(|_| {
            matches!(participation, Participation::Declined | Participation::Counter) && !mail.backlog
        }) else {
            continue;
        };
        let news = |zone: &str| format!("{} {did} on {}.", guest.display(), when(zone));
        tell(case, guest, &news, &words, directory, now, seed, &mut effects);
    }
    effects
}

/// A notice to both owners but the guest that somebody does not come.
#[expect(clippy::too_many_arguments, reason = "a pure function is handed all that it may know")]
fn tell(
    case: &Case,
    guest: &Address,
    news: &dyn Fn(&str) -> String,
    words: &str,
    directory: &Directory,
    now: Timestamp,
    seed: Seed,
    effects: &mut Vec<Effect>,
) {
    let Some(account) = directory.account(&case.account) else { return };
    let mut told = vec![comparable(&guest.address)];
    for side in [case.lead, case.lead.partner()] {
        let to = directory.acting(account, side, now);
        let Some(to) = to.filter(|to| !told.contains(&comparable(&to.address))) else { continue };
        told.push(comparable(&to.address));
        let timezone = directory.timezone_of(&to.address).to_owned();
        let notice = Notice {
            facts: case_facts(case, directory, now, kind_reason(case)),
            your_side: side,
            occasion: Occasion::MeetingDeclined { news: news(&timezone), words: words.to_owned() },
            timezone,
            offer: String::new(),
            written_at: case.opened_at,
            excerpt: String::new(),
            history: Vec::new(),
            scope: Vec::new(),
            nearest: None,
            acknowledgement: Acknowledgement::None,
            draft: None,
        };
        effects.push(Effect::Send(Letter {
            id: seed.id(effects.len()),
            to: to.clone(),
            case: Some(case.number),
            references: vec![thread_root(case, directory)],
            at: now,
            content: Content::Notice(notice),
        }));
    }
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
