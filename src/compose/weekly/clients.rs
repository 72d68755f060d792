//! What the weekly letter says of clients: their mood, and the answers that they got.

use super::{NEEDS, SHOWN, Section, Shown, counted, numbers};
use crate::compose::words::{line, shorten};
use crate::effect::{ClientWeek, Weekly};

/// A mood that has moved by no more than so many points is as it was.
const STEADY: i32 = 2;

/// "mood 22, was 63"
pub(super) fn mood_words(client: &ClientWeek) -> String {
    match client.change() {
        change if change.abs() <= STEADY => format!("mood {}", client.mood),
        _ => format!("mood {}, was {}", client.mood, client.before),
    }
}

/// The clients that need somebody, beyond those that are told of one by one.
pub(super) fn further(clients: &[&ClientWeek]) -> String {
    if clients.is_empty() {
        return String::new();
    }
    let named: Vec<_> = clients
        .iter()
        .take(SHOWN)
        .map(|client| format!("{} ({})", line(&client.name), client.mood))
        .collect();
    let more = match clients.len().saturating_sub(SHOWN) {
        0 => String::new(),
        more => format!(" and {more} more"),
    };
    format!("Also: {}{more}.", named.join(", "))
}

/// Those that a picture shows: who fell most and who is lowest, in that order.
pub(super) fn told(clients: &[ClientWeek]) -> Vec<&ClientWeek> {
    let mut all: Vec<&ClientWeek> = clients.iter().collect();
    all.sort_by_key(|client| (client.change().min(-STEADY), client.mood, client.name.as_str()));
    all.truncate(SHOWN);
    all
}

pub(super) fn mood(weekly: &Weekly) -> Section {
    let clients = &weekly.clients;
    let count = |is: fn(i32) -> bool| clients.iter().filter(|client| is(client.change())).count();
    let (fell, rose) = (count(|change| change < -STEADY), count(|change| change > STEADY));
    let lead = match clients.len() {
        0 => "Accounts without a manager of their own are the firm's manager's.".to_owned(),
        all => format!(
            "{fell} fell, {rose} rose, {} as before. Everybody begins at 70; below 45 somebody should call.",
            all - fell - rose
        ),
    };
    let told = told(clients);
    let week = match weekly.days() {
        ..=8 => "this week".to_owned(),
        days => format!("in {} weeks", (days + 3) / 7),
    };
    let row = |client: &&ClientWeek| {
        let cases = if client.moved_by.is_empty() {
            String::new()
        } else {
            format!(" ({})", numbers(&client.moved_by))
        };
        let change = match client.change() {
            0 => String::new(),
            change => format!(", {change:+} {week}"),
        };
        format!("{}: {}{change}{cases}", line(&client.name), client.mood)
    };
    let lines: Vec<String> = told.iter().map(row).collect();
    let shown: Vec<_> = told.iter().map(|client| client.key.as_str()).collect();
    let rest: Vec<u8> = clients
        .iter()
        .filter(|client| !shown.contains(&client.key.as_str()))
        .map(|client| client.mood)
        .collect();
    let note = match (rest.iter().min(), rest.iter().max()) {
        (Some(low), Some(high)) if rest.len() > 1 => {
            format!("The other {} are between {low} and {high}: pairdesk accounts list", rest.len())
        }
        (Some(one), _) => format!("One more is at {one}: pairdesk accounts list"),
        _ => String::new(),
    };
    let alt = told.iter().map(|client| format!("{} {}", shorten(&line(&client.name), 30), client.mood));
    Section {
        title: "Mood of your clients",
        lead,
        picture: (!clients.is_empty()).then(|| Shown {
            id: "mood".to_owned(),
            alt: format!(
                "Lines of the mood over the last weeks. Now: {}.",
                alt.collect::<Vec<_>>().join(", ")
            ),
        }),
        lines,
        note,
    }
}

/// The numbers of cases answered in time, later, and not yet, over these clients.
fn all(clients: &[ClientWeek]) -> (usize, usize, usize) {
    let add = |(a, b, c): (usize, usize, usize), client: &ClientWeek| {
        (a + client.in_time.len(), b + client.late.len(), c + client.unanswered.len())
    };
    clients.iter().fold((0, 0, 0), add)
}

pub(super) fn answers(weekly: &Weekly) -> Option<Section> {
    let (in_time, late, unanswered) = all(&weekly.clients);
    if in_time + late + unanswered == 0 {
        return None;
    }
    let mut late_clients: Vec<_> = weekly.clients.iter().filter(|client| slow(client) > 0).collect();
    late_clients.sort_by_key(|client| (std::cmp::Reverse(slow(client)), client.name.as_str()));
    let part = |words: &str, cases: &[i64]| {
        (!cases.is_empty()).then(|| format!("{} {words} ({})", cases.len(), numbers(cases)))
    };
    let row = |client: &&ClientWeek| {
        let waiting: Vec<i64> = client.unanswered.iter().map(|(case, _)| *case).collect();
        let parts =
            [part("no answer", &waiting), part("late", &client.late), part("in time", &client.in_time)];
        format!("{}: {}", line(&client.name), parts.into_iter().flatten().collect::<Vec<_>>().join(", "))
    };
    let mut lines: Vec<String> = late_clients.iter().take(NEEDS).map(row).collect();
    let punctual = weekly.clients.iter().filter(|client| slow(client) == 0 && !client.in_time.is_empty());
    let cases: Vec<i64> = punctual.clone().flat_map(|client| client.in_time.clone()).collect();
    if !cases.is_empty() {
        let clients = counted(punctual.count(), "client");
        lines.push(format!("{clients} with all in time: {}", numbers(&cases)));
    }
    let more = late_clients.len().saturating_sub(NEEDS);
    Some(Section {
        title: "First answers",
        lead: format!("{in_time} in time, {late} late, {unanswered} past their time without an answer."),
        picture: Some(Shown {
            id: "answers".to_owned(),
            alt: format!(
                "Bars of first answers: {in_time} in time, {late} late, {unanswered} without an answer."
            ),
        }),
        lines,
        note: if more == 0 { String::new() } else { format!("and {more} more clients: pairdesk cases") },
    })
}

/// How many matters of a client were not answered in their time.
pub(super) fn slow(client: &ClientWeek) -> usize {
    client.late.len() + client.unanswered.len()
}
