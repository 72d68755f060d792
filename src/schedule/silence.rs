//! A matter that an owner said is done, and of which the client says nothing more, is settled.

use jiff::{SignedDuration, Timestamp};

use crate::case::{Case, Entry, Event};
use crate::effect::Effect;

/// Closes these resolved cases: nothing was heard of them for so long.
pub fn close(cases: Vec<Case>, after: SignedDuration, now: Timestamp) -> Vec<Effect> {
    let days = after.as_hours() / 24;
    let closed = cases.into_iter().flat_map(|mut case| {
        case.undergo(Event::Settled, now);
        let number = case.number;
        let entry = Entry {
            at: now,
            who: "Pairdesk".to_owned(),
            what: format!("closed it: nothing more was heard for {days} days"),
            why: "follow_up.closes_after".to_owned(),
        };
        [
            Effect::Record { case: number, entry },
            Effect::ChangeCase(case),
            Effect::WithdrawDrafts { case: number },
        ]
    });
    closed.collect()
}
