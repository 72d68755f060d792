//! What follows from a machine's mail: nothing goes back, and what it tells is used.

use jiff::Timestamp;

use super::{Known, Mail, Policy, Sender, file};
use crate::directory::absence::Absence;
use crate::directory::{Directory, Who};
use crate::effect::{Disposition, Effect};
use crate::message::{Automatic, AutomaticKind, Verdict, comparable};

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
    effects.insert(0, file(Disposition::Automatic, reason, sender, known));
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
