//! The weekly letter to a manager: what needs somebody, in words, and then the figures, as pictures and in words.

mod chart;
mod clients;

use askama::Template;

use super::headers::own;
use super::picture::{Picture, png};
use super::reply::Reply;
use super::words::{day, line, moment, shorten, tidy, zone};
use super::{House, Page};
use crate::effect::{ClientWeek, Letter, PromiseOfWeek, Weekly};
use crate::offer::{Figure, Sum, hours};

/// How many clients that need somebody are told of one by one: what is read in two minutes.
const NEEDS: usize = 5;
/// How many clients are in a picture and in the list below it.
const SHOWN: usize = 8;
/// How many cases are named behind a figure.
const CASES: usize = 6;

#[derive(Template)]
#[template(path = "manager/weekly.txt")]
struct Text<'a> {
    page: &'a View,
}

#[derive(Template)]
#[template(path = "manager/weekly.html")]
struct Html<'a> {
    page: &'a View,
}

struct View {
    subject: String,
    heading: String,
    period: String,
    needs: Vec<Need>,
    /// What follows the clients that need somebody.
    more: String,
    /// How the mail is answered; empty where answers would not count.
    answer: &'static str,
    sections: Vec<Section>,
    because: String,
}

/// A client that needs somebody.
struct Need {
    head: String,
    lines: Vec<String>,
    quote: String,
}

/// One part of the figures.
struct Section {
    title: &'static str,
    /// The one sentence that one has read when one reads no more.
    lead: String,
    picture: Option<Shown>,
    lines: Vec<String>,
    note: String,
}

/// A picture in the page.
struct Shown {
    id: String,
    alt: String,
}

pub(super) fn page(house: &House, letter: &Letter, weekly: &Weekly, reply: &Reply) -> Page {
    let zone = zone(&weekly.timezone);
    let (all, needing) = (weekly.clients.len(), weekly.clients.iter().filter(|client| client.needs).count());
    let heading = match (all, needing) {
        (0, _) => "No client is yours to manage".to_owned(),
        (1, 0) => "Your client needs nothing from you".to_owned(),
        (1, _) => "Your client needs you".to_owned(),
        (_, 0) => format!("None of {all} clients needs you"),
        (_, 1) => format!("1 of {all} clients needs you"),
        _ => format!("{needing} of {all} clients need you"),
    };
    let needs = weekly.clients.iter().filter(|client| client.needs).take(NEEDS);
    let needs = needs.map(|client| need(client, weekly, letter));
    let further: Vec<_> = weekly.clients.iter().filter(|client| client.needs).skip(NEEDS).collect();
    let sections = [
        Some(clients::mood(weekly)),
        clients::answers(weekly),
        work(weekly),
        promises(weekly),
        coverage(weekly),
        reading(weekly),
        sending(weekly),
    ];
    let mut sections: Vec<Section> = sections.into_iter().flatten().collect();
    for shown in sections.iter_mut().filter_map(|section| section.picture.as_mut()) {
        shown.id = content_id(house, letter, &shown.id);
    }
    let view = View {
        subject: format!("Week to {}: {}", day(weekly.until, &zone), lower_first(&heading)),
        heading,
        period: format!(
            "{} to {}",
            moment(weekly.from, &zone, weekly.until),
            moment(weekly.until, &zone, weekly.until)
        ),
        needs: needs.collect(),
        more: clients::further(&further),
        answer: match reply {
            Reply::Plain => "",
            _ => {
                "To act, answer this mail: \"#4 to\" and a name hands case 4 over, \"#4 note\" and some words reaches both owners."
            }
        },
        sections,
        because: match weekly.clients.first() {
            Some(client) => format!(
                "You get this once a week, since you manage these clients. What moved a mood, mail by mail: pairdesk why {}",
                client.key
            ),
            None => "You get this once a week.".to_owned(),
        },
    };
    let text = Text { page: &view }.render().expect("a template can be written into memory");
    let html = Html { page: &view }.render().expect("a template can be written into memory");
    Page { subject: view.subject, text: tidy(&text), html: Some(tidy(&html)), calendar: None }
}

/// The pictures that the page shows.
pub(super) fn pictures(house: &House, letter: &Letter, weekly: &Weekly) -> Vec<Picture> {
    let drawn = [
        ("mood", chart::mood(&weekly.clients, weekly.days())),
        ("answers", chart::answers(&weekly.clients)),
        ("work", chart::work(&weekly.work)),
    ];
    let picture = |(name, svg): (&str, Option<String>)| {
        Some(Picture { id: content_id(house, letter, name), png: png(&svg?) })
    };
    drawn.into_iter().filter_map(picture).collect()
}

fn content_id(house: &House, letter: &Letter, name: &str) -> String {
    format!("{name}.{}@{}", own(&letter.id), own(&house.id_domain))
}

fn need(client: &ClientWeek, weekly: &Weekly, letter: &Letter) -> Need {
    let zone = zone(&weekly.timezone);
    let mut lines = Vec::new();
    if let Some((case, since)) = client.unanswered.iter().min_by_key(|(_, since)| *since) {
        let since = moment(*since, &zone, letter.at);
        lines.push(match client.unanswered.len() {
            1 => format!("#{case} waits for a first answer since {since}."),
            number => {
                let cases: Vec<i64> = client.unanswered.iter().map(|(case, _)| *case).collect();
                format!(
                    "{number} matters wait for a first answer, the oldest since {since}: {}.",
                    numbers(&cases)
                )
            }
        });
    }
    let gaps = weekly.uncovered.iter().filter(|gap| gap.account() == Some(&client.key));
    lines.extend(gaps.map(|gap| format!("It {}.", line(&gap.words()))));
    let owners: Vec<_> = client.owners.iter().map(|owner| line(owner)).collect();
    match owners.as_slice() {
        [] => lines.push("Nobody owns it. Please name somebody.".to_owned()),
        [one] => lines.push(format!("{one} has it, alone.")),
        [sales, operations, ..] => lines.push(format!("{sales} and {operations} have it.")),
    }
    let mut quote = String::new();
    if let Some(worst) = &client.worst {
        let case = worst.case.map(|case| format!(" (#{case})")).unwrap_or_default();
        lines.push(format!("What weighed most: {}{case}.", line(&worst.words)));
        quote = shorten(&line(&worst.evidence), 160);
    }
    Need { head: format!("{} · {}", line(&client.name), clients::mood_words(client)), lines, quote }
}

/// Extra work of the week, in count, hours and money.
fn work(weekly: &Weekly) -> Option<Section> {
    if weekly.work.is_empty() {
        return None;
    }
    let of = |figure| weekly.work.iter().find(|sum: &&Sum| sum.figure == figure);
    let said = |(figure, words): (Figure, &str)| {
        let sum = of(figure).filter(|sum| !sum.cases.is_empty())?;
        Some(format!("{words} {}", amount(sum)))
    };
    let parts = [
        (Figure::Asked, "asked for"),
        (Figure::Won, "won"),
        (Figure::Declined, "declined"),
        (Figure::GivenAway, "given away"),
    ];
    let parts: Vec<_> = parts.into_iter().filter_map(said).collect();
    let lead = if parts.is_empty() {
        "Prices and offers moved.".to_owned()
    } else {
        format!("{}.", upper_first(&parts.join(", ")))
    };
    let line = |sum: &&Sum| {
        let minutes = u32::try_from(sum.minutes).unwrap_or(u32::MAX);
        let time = if minutes == 0 { String::new() } else { format!(", {} h", hours(minutes)) };
        let without = match sum.without_money.len() {
            0 => String::new(),
            _ if sum.money.is_empty() => String::new(),
            without => format!(", {without} without a price"),
        };
        format!("{}: {}{time}{without} ({})", sum.figure.words(), amount(sum), numbers(&sum.cases))
    };
    Some(Section {
        title: "Extra work",
        lead,
        picture: chart::work(&weekly.work).is_some().then(|| Shown {
            id: "work".to_owned(),
            alt: format!("Bars of extra work this week: {}.", parts.join(", ")),
        }),
        lines: weekly.work.iter().filter(|sum| !sum.cases.is_empty()).map(|sum| line(&sum)).collect(),
        note: "By client and since the beginning: pairdesk ledger".to_owned(),
    })
}

/// "1,200.00 EUR in 2 cases", "3 cases without a price".
fn amount(sum: &Sum) -> String {
    let money: Vec<_> = sum.money.iter().map(ToString::to_string).collect();
    let cases = counted(sum.cases.len(), "case");
    if money.is_empty() {
        format!("{cases} without a price")
    } else {
        format!("{} in {cases}", money.join(" + "))
    }
}

/// What was promised for a day of this week.
fn promises(weekly: &Weekly) -> Option<Section> {
    let all = &weekly.promises;
    let count = |is: Option<bool>| all.iter().filter(|promise| promise.finished == is).count();
    let (kept, open, unknown) = (count(Some(true)), count(Some(false)), count(None));
    let nowhere = if unknown == 0 { String::new() } else { format!(", {unknown} belong to no case") };
    let row = |promise: &PromiseOfWeek| {
        let case = promise.case.map(|case| format!("#{case}"));
        let stands = match promise.finished {
            Some(true) => "finished",
            Some(false) => "open",
            None => "in no case",
        };
        let stands: Vec<_> = [Some(stands.to_owned()), case].into_iter().flatten().collect();
        let due = promise.due.strftime("%a %-d %b");
        let words = shorten(&line(&promise.words), 100);
        format!("{} for {due}: \"{words}\" ({})", line(&promise.client), stands.join(", "))
    };
    (!all.is_empty()).then(|| Section {
        title: "Promises that came due",
        lead: format!("{kept} in matters that are finished, {open} in open ones{nowhere}."),
        picture: None,
        lines: all.iter().take(NEEDS).map(row).collect(),
        note: match all.len().saturating_sub(NEEDS) {
            0 => String::new(),
            more => format!("and {more} more"),
        },
    })
}

fn coverage(weekly: &Weekly) -> Option<Section> {
    let gaps: Vec<_> =
        weekly.uncovered.iter().map(|gap| format!("{} {}.", line(gap.place()), line(&gap.words()))).collect();
    let (lines, rest) = gaps.split_at(gaps.len().min(SHOWN));
    (!gaps.is_empty()).then(|| Section {
        title: "Double coverage",
        lead: format!("{} without both owners at hand.", counted(gaps.len(), "place")),
        picture: None,
        lines: lines.to_vec(),
        note: if rest.is_empty() {
            String::new()
        } else {
            format!("and {} more: pairdesk check", rest.len())
        },
    })
}

/// What the classifier was unsure or wrong about.
fn reading(weekly: &Weekly) -> Option<Section> {
    let mut lines = Vec::new();
    if !weekly.unsure.is_empty() {
        let cases = counted(weekly.unsure.len(), "case");
        lines.push(format!("unsure, marked please check: {cases} ({})", numbers(&weekly.unsure)));
    }
    let put_right = weekly.put_right.iter().take(SHOWN).map(|(words, case)| {
        let case = case.map(|case| format!(" (#{case})")).unwrap_or_default();
        format!("put right: {}{case}", shorten(&line(words), 80))
    });
    lines.extend(put_right);
    let more = weekly.put_right.len().saturating_sub(SHOWN);
    (!lines.is_empty()).then(|| Section {
        title: "How mails were read",
        lead: format!("{} unsure, {} put right.", weekly.unsure.len(), weekly.put_right.len()),
        picture: None,
        lines,
        note: if more == 0 { String::new() } else { format!("and {more} more: pairdesk corrections list") },
    })
}

fn sending(weekly: &Weekly) -> Option<Section> {
    let lines = weekly.not_sent.iter().take(SHOWN).map(|(sort, to, why, case)| {
        let case = case.map(|case| format!(" (#{case})")).unwrap_or_default();
        format!("{} to {}{case}: {}", line(sort).replace('_', " "), line(to), shorten(&line(why), 120))
    });
    let more = weekly.not_sent.len().saturating_sub(SHOWN);
    (!weekly.not_sent.is_empty()).then(|| Section {
        title: "Not sent",
        lead: format!("{} held back or given up.", counted(weekly.not_sent.len(), "mail")),
        picture: None,
        lines: lines.collect(),
        note: if more == 0 { String::new() } else { format!("and {more} more: pairdesk status") },
    })
}

/// "#4 #19 and 5 more".
fn numbers(cases: &[i64]) -> String {
    let named: Vec<_> = cases.iter().take(CASES).map(|case| format!("#{case}")).collect();
    let more = match cases.len().saturating_sub(CASES) {
        0 => String::new(),
        more => format!(" and {more} more"),
    };
    format!("{}{more}", named.join(" "))
}

/// "1 case", "3 cases".
fn counted(number: usize, noun: &str) -> String {
    format!("{number} {noun}{}", if number == 1 { "" } else { "s" })
}

fn upper_first(text: &str) -> String {
    let mut chars = text.chars();
    chars.next().map_or_else(String::new, |first| first.to_uppercase().chain(chars).collect())
}

fn lower_first(text: &str) -> String {
    let mut chars = text.chars();
    chars.next().map_or_else(String::new, |first| first.to_lowercase().chain(chars).collect())
}
