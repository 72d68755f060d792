//! Reads what an owner wrote. Total: any text is commands, notes, misunderstandings and chatter, and no line is lost.
//!
//! A line begins with bullets, courtesies and numbers (`start`), then with a word (`vocabulary`), which says something
//! together with what follows (`say`). Text goes on over the lines below until something else begins.

mod chatter;
mod label;
mod leave;
mod meet;
mod people;
mod phrases;
mod plain;
mod price;
mod say;
mod segment;
mod start;
mod vocabulary;
mod wording;

use std::borrow::Cow;

use chatter::Chatter;
use plain::{is_short, plain};
use segment::Body;
use vocabulary::Word;
use wording::Own;

use super::{Command, Context, Item, Said, Spoken, Target};

/// A line of at least so many characters may have been broken by the mail program.
const WRAPPED: usize = 55;

/// Reads the newly written part of an owner's mail.
pub fn read(text: &str, context: &Context) -> Spoken {
    let written: Vec<&str> = text.lines().collect();
    let plain: Vec<String> = written.iter().map(|line| plain(line)).collect();
    let marks = chatter::mark(&plain);
    let mut reading = Reading { written, plain, marks, context, above: Vec::new(), items: Vec::new() };
    let mut at = 0;
    // Whether a blank line stands before this one.
    let mut apart = true;
    while at < reading.plain.len() {
        if reading.is_blank(at) {
            // Marks that nobody sees are kept all the same.
            if !reading.written[at].trim().is_empty() {
                reading.chatter(at, Chatter::Name);
            }
            apart = true;
            at += 1;
        } else if let Some(mark) = reading.marks[at] {
            reading.chatter(at, mark);
            at += 1;
        } else {
            at = reading.line(at, apart);
            apart = false;
        }
    }
    Spoken { items: reading.items }
}

struct Reading<'a> {
    written: Vec<&'a str>,
    plain: Vec<String>,
    marks: Vec<Option<Chatter>>,
    context: &'a Context,
    /// The cases of the last line that named any.
    above: Vec<Target>,
    items: Vec<Item>,
}

impl Reading<'_> {
    fn is_blank(&self, at: usize) -> bool {
        self.plain[at].trim().is_empty()
    }

    fn chatter(&mut self, at: usize, mark: Chatter) {
        let line = self.written[at].trim();
        if mark == Chatter::Foreign {
            self.above.clear();
        }
        match self.items.last_mut() {
            Some(Item { said: Said::Chatter, words, .. }) => {
                words.push('\n');
                words.push_str(line);
            }
            _ => self.items.push(Item { target: Target::Here, said: Said::Chatter, words: line.to_owned() }),
        }
    }

    /// Reads the line and those below that belong to it; gives the next.
    fn line(&mut self, at: usize, apart: bool) -> usize {
        let (at, written, plain) = self.whole(at);
        let mut pieces = segment::pieces(&plain, self.context);
        let places: Vec<usize> = pieces.iter().map(|piece| piece.at).collect();
        let mut words = cut(&written, &plain, &places);
        let Some(mut last) = pieces.pop() else { return at + 1 };
        let last_words = words.pop().unwrap_or_default();
        for (piece, words) in pieces.into_iter().zip(words) {
            let said = match piece.body {
                Body::Said(said) => said,
                Body::Text(Word::Send, after) => alone(&after),
                Body::Text(word, text) => wording::finish(word, &text, self.context),
                Body::Talk(text) => Said::Note(text),
            };
            self.push(piece.targets, &said, words, apart);
        }
        let (said, end) = match std::mem::replace(&mut last.body, Body::Talk(String::new())) {
            Body::Said(said) => (said, at + 1),
            Body::Text(Word::Send, after) => self.send(at, &after, last.bullet),
            Body::Text(word, text) => {
                let end = self.paragraph(at, last.bullet && !text.is_empty());
                (wording::finish(word, &self.joined(text, at, end), self.context), end)
            }
            Body::Talk(text) => {
                let end = self.paragraph(at, last.bullet);
                (Said::Note(self.joined(text, at, end)), end)
            }
        };
        let below = self.written[at + 1..end].iter().map(|line| line.trim_end());
        let all: Vec<&str> = std::iter::once(last_words.as_str()).chain(below).collect();
        self.push(last.targets, &said, all.join("\n").trim().to_owned(), apart);
        end
    }

    /// A line, with the one below it when that says who comes to the meeting of the first: the last line that is taken,
    /// as written and plain.
    fn whole(&self, at: usize) -> (usize, Cow<'_, str>, Cow<'_, str>) {
        let next = self.plain.get(at + 1).map_or("", |next| next.trim_start());
        let with = matches!(plain::lower(plain::word(next)).as_str(), "with" | "mit");
        if with && segment::is_meeting(&self.plain[at], self.context) {
            let both = |lines: &[&str]| Cow::Owned(lines.join(" "));
            return (at + 1, both(&self.written[at..=at + 1]), both(&[&self.plain[at], &self.plain[at + 1]]));
        }
        (at, Cow::Borrowed(self.written[at]), Cow::Borrowed(&self.plain[at]))
    }

    /// Puts what was said to the list, once for each case.
    fn push(&mut self, targets: Vec<Target>, said: &Said, words: String, apart: bool) {
        let of_a_case = !matches!(said, Said::Command(Command::Away { .. } | Command::Back | Command::Help));
        if !of_a_case {
            self.above.clear();
        }
        // "143 nope" below "142 mine" is hardly about 142.
        let other = matches!(said, Said::Note(text) if text.starts_with(|c: char| c.is_ascii_digit()));
        let note = matches!(said, Said::Note(_));
        let targets = if !targets.is_empty() {
            self.above.clone_from(&targets);
            targets
        } else if of_a_case && !other && (note || !apart) && !matches!(said, Said::Chatter) {
            // Words belong to the case above; a command does so only in the same paragraph.
            self.above.clone()
        } else {
            Vec::new()
        };
        let mut words = Some(words);
        let first = targets.first().copied().unwrap_or(Target::Here);
        for target in std::iter::once(first).chain(targets.into_iter().skip(1)) {
            self.items.push(Item { target, said: said.clone(), words: words.take().unwrap_or_default() });
        }
    }

    /// The end of the lines that go on with the text of a line.
    fn paragraph(&self, at: usize, bullet: bool) -> usize {
        (at + 1..self.plain.len())
            .find(|&next| {
                self.is_blank(next)
                    || self.marks[next].is_some()
                    || bullet && start::start(&self.plain[next]).bullet
                    || self.begins(next)
            })
            .unwrap_or(self.plain.len())
    }

    /// Whether a line begins something new.
    fn begins(&self, at: usize) -> bool {
        match segment::opening(&self.plain[at], self.context) {
            segment::Opening::Talk => false,
            segment::Opening::Numbered => true,
            segment::Opening::Command => {
                // A long line above was broken by the mail program, and this is its end.
                let broken = !is_short(&self.plain[at - 1], WRAPPED);
                !(broken && self.plain[at].trim_start().starts_with(char::is_lowercase))
            }
        }
    }

    /// A text with the lines below it: those that a mail program broke are made whole.
    fn joined(&self, first: String, at: usize, end: usize) -> String {
        let mut text = first;
        for next in at + 1..end {
            if !text.is_empty() {
                text.push(if is_short(&self.plain[next - 1], WRAPPED) { '\n' } else { ' ' });
            }
            text.push_str(self.plain[next].trim());
        }
        text
    }

    /// A `send` with what follows on its line, and the letter below; gives the line behind it.
    fn send(&self, at: usize, after: &str, bullet: bool) -> (Said, usize) {
        let own = wording::own(after);
        if own == Own::Unclear {
            return (wording::unclear(after), at + 1);
        }
        let mut announced = matches!(own, Own::Words(_, true)) || after.trim_end().ends_with(':');
        let mut unclear = false;
        let mut end = at + 1;
        let mut next = at + 1;
        while next < self.plain.len() {
            if self.is_blank(next) {
                next += 1;
                continue;
            }
            let listed = bullet && start::start(&self.plain[next]).bullet;
            if self.marks[next] == Some(Chatter::Foreign) || listed {
                break;
            }
            announced |= end == at + 1 && wording::is_greeting(&self.plain[next]);
            let paragraph = next == at + 1 || self.is_blank(next - 1);
            match segment::opening(&self.plain[next], self.context) {
                segment::Opening::Numbered => break,
                segment::Opening::Command if !announced && (paragraph || end == at + 1) => {
                    // What takes text could be a part of the letter as well.
                    unclear = segment::takes_text(&self.plain[next], self.context);
                    break;
                }
                _ => {}
            }
            next += 1;
            end = next;
        }
        let lines = at + 1..end;
        let courteous = lines.clone().all(|line| self.is_blank(line) || self.marks[line].is_some());
        let letter: Vec<&str> = lines.map(|line| self.plain[line].trim_end()).collect();
        let letter = letter.join("\n");
        let letter = letter.trim();
        // Below a blank line it could be a word to the partner.
        let apart = self.plain.get(at + 1).is_some_and(|line| line.trim().is_empty());
        unclear |= apart && !announced && own == Own::Draft && !courteous;
        match own {
            Own::Draft if courteous && !unclear => (wording::sent(None), at + 1),
            _ if unclear => (wording::unclear(after), end),
            Own::Draft if wording::is_wording(letter) => (wording::sent(Some(letter.to_owned())), end),
            // A name below is no letter; a word or two may have been meant as one.
            Own::Draft
                if letter.chars().all(|c| c.is_alphabetic() || c == ' ')
                    && letter.starts_with(char::is_uppercase) =>
            {
                (wording::sent(None), at + 1)
            }
            Own::Draft | Own::Unclear => (wording::unclear(after), end),
            Own::Words(words, _) => {
                (wording::sent(Some(format!("{words}\n{letter}").trim().to_owned())), end)
            }
        }
    }
}

/// A `send` before another command on its line.
fn alone(after: &str) -> Said {
    match wording::own(after.trim_end_matches([',', ';', ' '])) {
        Own::Draft => wording::sent(None),
        Own::Words(words, _) => wording::sent(Some(words.to_owned())),
        Own::Unclear => wording::unclear(after),
    }
}

/// Cuts a line as it was written at the places of its plain form.
fn cut(written: &str, plain: &str, places: &[usize]) -> Vec<String> {
    let mut ends: Vec<usize> = Vec::with_capacity(places.len());
    let mut both =
        plain.char_indices().map(|(at, _)| at).zip(written.char_indices().map(|(at, _)| at)).peekable();
    for place in places {
        while both.peek().is_some_and(|(plain, _)| plain < place) {
            both.next();
        }
        ends.push(both.peek().map_or(written.len(), |(_, written)| *written));
    }
    let starts = std::iter::once(0).chain(ends.iter().copied().skip(1));
    let ends = ends.iter().copied().skip(1).chain(std::iter::once(written.len()));
    starts.zip(ends).map(|(start, end)| written[start..end].trim().to_owned()).collect()
}
