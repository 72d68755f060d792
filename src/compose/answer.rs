//! The answer to a mail that gave commands: what was done, what was kept, what was not done or not understood.

use askama::Template;

use super::client::reply_subject;
use super::reply::Reply;
use super::words::{block, line, shorten, tidy};
use super::{House, Page};
use crate::effect::{Answer, AnswerLine, Letter, Outcome};

#[derive(Template)]
#[template(path = "owner/answer.txt")]
struct Text<'a> {
    page: &'a View,
}

#[derive(Template)]
#[template(path = "owner/answer.html")]
struct Html<'a> {
    page: &'a View,
}

struct View {
    subject: String,
    sections: Vec<Section>,
    /// What can be said: a line, and what it does.
    help: Vec<(String, &'static str)>,
}

struct Section {
    title: &'static str,
    tone: &'static str,
    items: Vec<Item>,
}

struct Item {
    /// The case; empty when there is none.
    head: String,
    /// What was said, a line at a time.
    words: Vec<String>,
    text: String,
    /// The draft that came of it, a line at a time.
    draft: Vec<String>,
    ready: Vec<Line>,
    buttons: Vec<Button>,
}

/// A line that could be sent.
struct Line {
    line: String,
    /// What it is about; may be empty.
    about: String,
}

/// The same as a link that opens it.
struct Button {
    label: String,
    href: String,
}

/// Characters of a line that is worth offering: longer ones are written anew sooner than read.
const READY: usize = 160;
/// Characters on a button: two stand in a row on a phone.
const LABEL: usize = 13;

/// The sections in their order: what waits for the reader comes first.
const SECTIONS: [(Outcome, &str, &str); 4] = [
    (Outcome::NotUnderstood, "Not understood", "#c2410c"),
    (Outcome::NotDone, "Not done", "#c2410c"),
    (Outcome::Done, "Done", "#2f7d4f"),
    (Outcome::Kept, "Kept as a note", "#2563a8"),
];

/// What can be said, and what it does.
const HELP: [(&str, &str); 17] = [
    ("mine", "you take it"),
    ("done Fixed the feed", "resolved, with what was done"),
    ("wait until Friday", "it rests, and comes back; also: wait 3d, wait for client"),
    ("note They merge in spring", "your partner reads it"),
    ("to kim@...", "somebody else has the lead; also a name"),
    ("send", "the draft goes to the client; with your own words behind it, those go instead"),
    ("price 1200 EUR 8h Second page", "sales: makes the offer, as a draft"),
    ("decline Outside the agreement", "sales: the work is not offered"),
    ("waive", "sales: given away, and counted"),
    ("accepted by phone", "sales: the client said yes; it is confirmed"),
    ("declined by client", "sales: the client said no; also: lost"),
    ("meet Tue 10:00 45m with priya@...", "proposes a meeting; said again, moves it"),
    ("meet cancel", "calls the meeting off"),
    (
        "wrong praise",
        "corrects the label; also: wrong none, wrong complaint 3, wrong complaint and extra work",
    ),
    ("seen", "you have read it"),
    ("away until 12 Jan", "your deputy steps in; \"back\" when you are here again"),
    ("help", "this list"),
];

/// `drafted` is the text of a draft to a client.
pub(super) fn page(
    house: &House,
    answer: &Answer,
    case: Option<i64>,
    reply: &Reply,
    drafted: impl Fn(&Letter) -> String,
) -> Page {
    let number = case.map_or_else(|| "#142".to_owned(), |number| format!("#{number}"));
    let of_no_case = |line: &str| ["away", "help"].iter().any(|word| line.starts_with(word));
    let help = HELP.iter().filter(|_| answer.help).map(|(line, does)| {
        let line = if of_no_case(line) { (*line).to_owned() } else { format!("{number} {line}") };
        (line, *does)
    });
    let sections = SECTIONS.iter().map(|(outcome, title, tone)| Section {
        title,
        tone,
        items: answer
            .lines
            .iter()
            .filter(|line| line.outcome == *outcome)
            .map(|line| item(house, line, reply, &drafted))
            .collect(),
    });
    let view = View {
        subject: reply_subject(&answer.subject),
        sections: sections.filter(|section| !section.items.is_empty()).collect(),
        help: help.collect(),
    };
    let text = Text { page: &view }.render().expect("a template can be written into memory");
    let html = Html { page: &view }.render().expect("a template can be written into memory");
    Page { subject: view.subject, text: tidy(&text), html: Some(tidy(&html)), calendar: None }
}

fn item(house: &House, said: &AnswerLine, reply: &Reply, drafted: impl Fn(&Letter) -> String) -> Item {
    let draft = said.draft.as_ref().map(|draft| drafted(draft)).unwrap_or_default();
    let head = |(number, name): &(i64, String)| format!("#{number} {}", shorten(&line(name), 100));
    let ready = said
        .ready
        .iter()
        .map(|ready| Line { line: line(&ready.line), about: shorten(&line(&ready.about), 100) });
    let ready: Vec<Line> = ready.filter(|ready| ready.line.chars().count() <= READY).collect();
    Item {
        head: said.case.as_ref().map(head).unwrap_or_default(),
        words: block(&said.words, 4, 300),
        text: line(&said.text),
        draft: draft.trim().lines().map(line).collect(),
        buttons: ready.iter().filter_map(|one| button(house, one, ready.len() == 1, reply)).collect(),
        ready,
    }
}

/// A link into a new mail under the case's number; none to a line that names no case. One that stands alone below its
/// line need not repeat it.
fn button(house: &House, ready: &Line, alone: bool, reply: &Reply) -> Option<Button> {
    let number = ready.line.split(' ').next().filter(|word| word.starts_with('#'))?;
    let subject = format!("{number} {}", ready.about);
    let href = reply.link(house, subject.trim_end(), &ready.line)?;
    let fits = ready.line.chars().count() <= LABEL;
    let label = if alone && !fits { "Say this".to_owned() } else { shorten(&ready.line, LABEL) };
    Some(Button { label, href })
}
