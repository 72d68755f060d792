//! A month after a dissatisfaction was settled: did the client come back to how they were?

use jiff::Timestamp;

use crate::case::{Case, Entry};
use crate::effect::Effect;

/// How the history begins what is said then.
pub const AFTERWARDS: &str = "A month after it was settled: ";

/// Points of mood that are no difference.
const ALIKE: u8 = 5;

/// What is known of a client whose matter was settled a month ago.
#[derive(Debug, Clone, PartialEq)]
pub struct Watched {
    /// The case.
    pub case: Case,
    /// The numbers of the account's dissatisfactions that were opened since.
    pub again: Vec<i64>,
    /// How many mails the account wrote in the month before the case was opened, and since it was settled.
    pub mails: (u64, u64),
    /// The account's mood before the case was opened, and now.
    pub mood: (u8, u8),
}

/// Writes down what became of these clients, and watches them no more.
pub fn afterwards(watched: Vec<Watched>, now: Timestamp) -> Vec<Effect> {
    let said = watched.into_iter().flat_map(|watched| {
        let what = format!("{AFTERWARDS}{}.", words(&watched));
        let mut case = watched.case;
        case.clock.follow_up.watched_until = None;
        case.changed_at = now;
        let why = "tone and rate of the client's mails are looked at thirty days after the end".to_owned();
        let entry = Entry { at: now, who: "Pairdesk".to_owned(), what, why };
        [Effect::Record { case: case.number, entry }, Effect::ChangeCase(case)]
    });
    said.collect()
}

fn words(watched: &Watched) -> String {
    let (before, since) = watched.mails;
    let (mood_before, mood) = watched.mood;
    let tone = if mood.saturating_add(ALIKE) >= mood_before {
        format!("their mood is back at {mood} ({mood_before} before it)")
    } else {
        format!("their mood is {mood}, and was {mood_before} before it")
    };
    let mails = |number: u64| if number == 1 { "1 mail".to_owned() } else { format!("{number} mails") };
    let rate = format!("{} since, {before} in the month before it", mails(since));
    match (&watched.again[..], since) {
        ([], 0) if before == 0 => "nothing was heard of them, as before it".to_owned(),
        ([], 0) => format!(
            "nothing was heard of them since ({before} in the month before it); a call may be worth it"
        ),
        ([], _) => format!("{tone}; {rate}"),
        (again, _) => {
            let numbers: Vec<_> = again.iter().map(|number| format!("#{number}")).collect();
            format!("they complained again ({}); {tone}", numbers.join(", "))
        }
    }
}
