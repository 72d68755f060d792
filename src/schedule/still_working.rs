//! A client who waits for long hears that they are not forgotten: once in a while, and not for ever.

use jiff::Timestamp;

use crate::case::{Case, Entry};
use crate::command::apply::{ClientMail, addressing};
use crate::directory::Directory;
use crate::effect::{ClientLetter, Content, Effect, Letter, Seed, StillWorking};
use crate::intake::{FollowUp, Policy};

/// How often a client is told so in one matter: after that it is a person's turn.
pub const TIMES: u32 = 2;

/// A matter whose client has heard nothing since their last mail.
#[derive(Debug, Clone, PartialEq)]
pub struct Waiting {
    /// The case.
    pub case: Case,
    /// The client's last mail about it.
    pub mail: ClientMail,
}

/// The words to clients who have waited for so much of the lead's working time, in hours in which somebody works.
pub fn still_working(
    waiting: &[Waiting],
    directory: &Directory,
    policy: &Policy,
    now: Timestamp,
    seed: Seed,
) -> Vec<Effect> {
    let mut effects = Vec::new();
    for (place, Waiting { case, mail }) in waiting.iter().enumerate() {
        let Some(account) = directory.account(&case.account) else { continue };
        let key = Some(account.key.as_str());
        let off = policy.follow_up(ClientLetter::StillWorking, key) == FollowUp::Off;
        let lead = case.lead_person.as_ref().or_else(|| directory.acting(account, case.lead, now));
        let Some(lead) = lead.filter(|_| !off && account.may_write(&mail.writer.address)) else { continue };
        let calendar = policy.hours.calendar(&lead.address, directory);
        let since = case.clock.follow_up.still_working_at.into_iter().fold(mail.at, Timestamp::max);
        let long = calendar.between(since, now) >= calendar.length(policy.still_working_after);
        if !long || !calendar.works(now) || case.clock.follow_up.still_working >= TIMES {
            continue;
        }
        let letter = Letter {
            id: seed.id(place),
            to: mail.writer.clone(),
            case: Some(case.number),
            references: mail.message_id.clone().into_iter().collect(),
            at: now,
            content: Content::StillWorking(StillWorking {
                addressing: addressing(account, case, Some(mail), directory, now),
                written_on: directory.day_of(account, mail.at),
            }),
        };
        let mut case = case.clone();
        case.clock.follow_up.still_working += 1;
        case.clock.follow_up.still_working_at = Some(now);
        let kept_back = policy.keeps_back(ClientLetter::StillWorking, key);
        let what = match kept_back {
            None => "told the client that it is not forgotten",
            Some(_) => "kept a draft to the client that it is not forgotten",
        };
        let why = kept_back.clone().unwrap_or_else(|| "follow_up.still_working is auto".to_owned());
        let entry = Entry { at: now, who: "Pairdesk".to_owned(), what: what.to_owned(), why };
        effects.push(Effect::Record { case: case.number, entry });
        effects.push(Effect::ChangeCase(case));
        effects.push(if kept_back.is_some() { Effect::Draft(letter) } else { Effect::Send(letter) });
    }
    effects
}
