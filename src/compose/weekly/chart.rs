//! The charts as SVG: black lines, patterns and numbers beside them, so that nothing rests on colour.

use askama::Template;

use super::clients::{slow, told};
use super::{SHOWN, counted};
use crate::compose::picture::drawable;
use crate::compose::words::{line, shorten};
use crate::effect::ClientWeek;
use crate::money::Money;
use crate::mood::NEUTRAL;
use crate::offer::{Figure, Sum};

/// How high a row of the moods is, and the line in it, in units of a picture that is 360 wide.
const MOOD_ROW: u32 = 38;
const MOOD_LINE: f64 = 28.0;
/// Where the lines of the moods begin, and how wide they are.
const LINE_AT: f64 = 136.0;
const LINE_WIDE: f64 = 128.0;
/// The longest bars.
const BAR: f64 = 128.0;
const WORK_BAR: f64 = 344.0;

#[derive(Template)]
#[template(path = "manager/mood.svg")]
struct Mood {
    height: u32,
    rows: Vec<MoodRow>,
    /// Where the week begins.
    week_at: f64,
    weeks: String,
}

struct MoodRow {
    y: u32,
    name: Vec<String>,
    /// The points of the line: "136,20.5 140,21".
    points: String,
    neutral: f64,
    end: f64,
    value: u8,
    change: String,
    falls: bool,
}

/// The mood of those that fell most and are lowest; none without clients.
pub(super) fn mood(clients: &[ClientWeek], week: i64) -> Option<String> {
    let told = told(clients);
    let days = told.first()?.course.len();
    let step = LINE_WIDE / to_f64(days.saturating_sub(1).max(1));
    let row = |(place, client): (u32, &&ClientWeek)| {
        let y = 26 + place * MOOD_ROW;
        let height = |value: u8| f64::from(y) + 4.0 + MOOD_LINE * (1.0 - f64::from(value) / 100.0);
        let point =
            |(day, value): (usize, &u8)| format!("{:.1},{:.1}", LINE_AT + step * to_f64(day), height(*value));
        MoodRow {
            y,
            name: name(&client.name),
            points: client.course.iter().enumerate().map(point).collect::<Vec<_>>().join(" "),
            neutral: height(NEUTRAL),
            end: height(client.mood),
            value: client.mood,
            change: match client.change() {
                0 => "=".to_owned(),
                change if change < 0 => format!("▼{}", -change),
                change => format!("▲{change}"),
            },
            falls: client.change() < 0,
        }
    };
    let rows: Vec<_> = (0..).zip(&told).map(row).collect();
    let height = 26 + MOOD_ROW * u32::try_from(rows.len()).unwrap_or(0) + 22;
    let week = usize::try_from(week).unwrap_or(0).min(days.saturating_sub(1));
    let week_at = LINE_AT + LINE_WIDE - step * to_f64(week);
    Some(svg(&Mood { height, rows, week_at, weeks: counted(days / 7, "week") }))
}

#[derive(Template)]
#[template(path = "manager/answers.svg")]
struct Answers {
    height: u32,
    in_time: usize,
    late: usize,
    unanswered: usize,
    rows: Vec<AnswerRow>,
}

struct AnswerRow {
    y: u32,
    name: Vec<String>,
    /// Each part of the bar that there is: where it begins, how wide it is, and how it is filled.
    parts: Vec<(f64, f64, &'static str)>,
    /// Behind the bar.
    label_at: f64,
    label: String,
}

/// First answers of all, and of the clients with most that were not in time; none when there was nothing to answer.
pub(super) fn answers(clients: &[ClientWeek]) -> Option<String> {
    let counts = |client: &ClientWeek| [client.in_time.len(), client.late.len(), client.unanswered.len()];
    let all = clients.iter().map(counts).fold([0; 3], |a, b| [a[0] + b[0], a[1] + b[1], a[2] + b[2]]);
    if all.iter().sum::<usize>() == 0 {
        return None;
    }
    let mut slowest: Vec<_> = clients.iter().filter(|client| slow(client) > 0).collect();
    slowest.sort_by_key(|client| (std::cmp::Reverse(slow(client)), client.name.as_str()));
    slowest.truncate(SHOWN - 2);
    let mut shown = vec![("All clients".to_owned(), all)];
    if clients.len() > 1 {
        shown.extend(slowest.into_iter().map(|client| (client.name.clone(), counts(client))));
    }
    // The clients have a scale of their own: beside hundreds of all, three of one would be a line.
    let longest =
        |rows: &[(String, [usize; 3])]| rows.iter().map(|(_, counts)| counts.iter().sum()).max().unwrap_or(1);
    let (of_all, of_one) = (longest(&shown[..1]), longest(&shown[1..]));
    let row = |(place, (name_, counts)): (u32, &(String, [usize; 3]))| {
        let scale = BAR / to_f64(if place == 0 { of_all } else { of_one }.max(1));
        let mut at = 136.0;
        let fills = counts.iter().zip(["#1f2933", "url(#late)", "#ffffff"]).filter(|(count, _)| **count > 0);
        let part = |(count, fill): (&usize, &'static str)| {
            let part = (at, scale * to_f64(*count), fill);
            at += part.1;
            part
        };
        let parts = fills.map(part).collect();
        let label = format!("{} of {}", counts[0], counts.iter().sum::<usize>());
        AnswerRow { y: 34 + place * 36, name: name(name_), parts, label_at: at + 6.0, label }
    };
    let rows: Vec<_> = (0..).zip(&shown).map(row).collect();
    let height = 34 + 36 * u32::try_from(rows.len()).unwrap_or(0) + 2;
    Some(svg(&Answers { height, in_time: all[0], late: all[1], unanswered: all[2], rows }))
}

#[derive(Template)]
#[template(path = "manager/work.svg")]
struct Work {
    height: u32,
    rows: Vec<WorkRow>,
}

struct WorkRow {
    y: u32,
    label: String,
    amount: String,
    fill: &'static str,
    width: f64,
}

/// Extra work in the currency that most of it was asked in; none when nothing has a price.
pub(super) fn work(sums: &[Sum]) -> Option<String> {
    let amounts = || sums.iter().flat_map(|sum| &sum.money);
    let currency = &amounts().max_by_key(|money| money.minor)?.currency;
    let of =
        |sum: &Sum| sum.money.iter().find(|money| money.currency == *currency).map_or(0, |money| money.minor);
    let most = sums.iter().map(of).max().unwrap_or(0).max(1);
    let bars = [
        (Figure::Asked, "url(#dots)"),
        (Figure::Offered, "url(#lines)"),
        (Figure::Won, "#1f2933"),
        (Figure::Declined, "#ffffff"),
        (Figure::GivenAway, "url(#cross)"),
    ];
    let row = |(place, (figure, fill)): (u32, (Figure, &'static str))| {
        let sum = sums.iter().find(|sum| sum.figure == figure);
        let minor = sum.map_or(0, of);
        let cases = sum.map_or(0, |sum| sum.cases.len());
        WorkRow {
            y: 4 + place * 38,
            label: format!("{} ({cases})", figure.words()),
            amount: Money { minor, currency: currency.clone() }.to_string(),
            fill,
            width: WORK_BAR * share(minor, most),
        }
    };
    let rows: Vec<_> = (0..).zip(bars).map(row).collect();
    Some(svg(&Work { height: 4 + 38 * 5, rows }))
}

fn svg(template: &impl Template) -> String {
    template.render().expect("a template can be written into memory")
}

/// A name in at most two lines that fit before a bar.
fn name(name: &str) -> Vec<String> {
    const WIDE: usize = 17;
    let name = drawable(&line(name));
    let mut lines = vec![String::new()];
    for word in name.split(' ') {
        let last = lines.last_mut().expect("it is never empty");
        if last.is_empty() {
            word.clone_into(last);
        } else if last.chars().count() + 1 + word.chars().count() <= WIDE {
            *last = format!("{last} {word}");
        } else {
            lines.push(word.to_owned());
        }
    }
    if lines.len() > 2 {
        let rest = lines.split_off(1).join(" ");
        lines.push(rest);
    }
    lines.iter().map(|line| shorten(line, WIDE)).collect()
}

#[expect(clippy::cast_precision_loss, reason = "counts of a week")]
fn to_f64(number: usize) -> f64 {
    number as f64
}

#[expect(clippy::cast_precision_loss, reason = "a bar's width in units of a picture")]
fn share(part: i64, whole: i64) -> f64 {
    (part as f64 / whole as f64).clamp(0.0, 1.0)
}
