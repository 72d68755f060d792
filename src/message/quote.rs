//! Parts a body into what is newly written, what is quoted, and what is a signature.
//!
//! Each line gets one of three kinds and none is lost. When in doubt, a line is the writer's own.

use std::borrow::Cow;

use super::lines::{self, Line, Mark};
use super::signature;

mod header;
mod introduction;
mod words;

pub(super) use header::copied_header;

/// What a line is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// Newly written.
    Own,
    /// Quoted, or the introduction of a quotation.
    Quote,
    /// A signature, a disclaimer, a list's footer.
    Signature,
}

/// A body, parted.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Cut {
    pub reply: String,
    pub quoted: String,
    pub signature: String,
}

/// As often is what remains cut again; what a first cut leaves may stand together in a new way.
const MAX_ROUNDS: usize = 6;

/// Parts a body.
pub(super) fn cut(body: &[Line]) -> Cut {
    let mut cut = once(body);
    for _ in 0..MAX_ROUNDS {
        let again = once(&lines::plain(&cut.reply));
        if again.quoted.is_empty() && again.signature.is_empty() {
            break;
        }
        cut.reply = again.reply;
        for (all, more) in [(&mut cut.quoted, again.quoted), (&mut cut.signature, again.signature)] {
            if !more.is_empty() {
                *all = if all.is_empty() { more } else { format!("{more}\n\n{all}") };
            }
        }
    }
    cut
}

/// Lines on which own words and the introduction of a marked quotation stand together are parted in two.
fn part_shared(body: &[Line]) -> Cow<'_, [Line]> {
    let is_shared = |at: usize| {
        let marked =
            body.get(at + 1).is_some_and(|l| l.mark == Mark::Quote || l.text.trim_start().starts_with('>'));
        if marked { introduction::shared(&body[at].text) } else { None }
    };
    if !(0..body.len()).any(|at| is_shared(at).is_some()) {
        return Cow::Borrowed(body);
    }
    let mut lines = Vec::with_capacity(body.len() + 1);
    for (at, line) in body.iter().enumerate() {
        match is_shared(at) {
            Some(own) => {
                lines.push(Line { text: own.to_string(), mark: line.mark });
                lines.push(Line { text: line.text[own.len()..].trim_start().to_string(), mark: line.mark });
            }
            None => lines.push(line.clone()),
        }
    }
    Cow::Owned(lines)
}

fn once(body: &[Line]) -> Cut {
    let body = &*part_shared(body);
    let mut kinds = quotations(body);
    signature::mark(body, &mut kinds);
    let of = |kind: Kind| {
        // A blank stands where lines of another kind were between.
        let mut before = 0;
        let mut list: Vec<&str> = Vec::new();
        for (at, line) in body.iter().enumerate().filter(|(at, _)| kinds[*at] == kind) {
            if at > before + 1 && !list.is_empty() {
                list.push("");
            }
            before = at;
            list.push(&line.text);
        }
        lines::join(list)
    };
    Cut { reply: of(Kind::Own), quoted: of(Kind::Quote), signature: of(Kind::Signature) }
}

/// Whether a line carries a quotation mark.
fn is_marked(body: &[Line], at: usize) -> bool {
    let line = &body[at];
    if line.mark == Mark::Quote {
        return true;
    }
    let text = line.text.trim_start();
    let Some(rest) = text.strip_prefix('>') else { return false };
    // ">From" is how mbox files keep a line apart; ">>> text <<<" is ornament.
    let escaped = rest.starts_with("From ")
        && !rest.contains('@')
        && (at == 0 || !body[at - 1].text.trim_start().starts_with('>'));
    let ornament = text.starts_with(">>>") && text.ends_with("<<<");
    !escaped && !ornament
}

/// Below this line only marks of quotation count: nobody reads so far, and looking for introductions takes time.
const MAX_LINES: usize = 10_000;

/// Marks what is quoted.
fn quotations(body: &[Line]) -> Vec<Kind> {
    let mut kinds = vec![Kind::Own; body.len()];
    let marked: Vec<bool> = (0..body.len()).map(|at| is_marked(body, at)).collect();
    let mut at = 0;
    while at < body.len() {
        if marked[at] {
            kinds[at] = Kind::Quote;
            at += 1;
            continue;
        }
        if body[at].text.trim().is_empty() {
            at += 1;
            continue;
        }
        let Some(found) = (if at < MAX_LINES { introduced(body, &marked, at) } else { None }) else {
            if is_broken_wrap(body, &marked, at) {
                kinds[at] = Kind::Quote;
            }
            at += 1;
            continue;
        };
        kinds[at..found.end].fill(Kind::Quote);
        let next = (found.end..body.len()).find(|&i| !body[i].text.trim().is_empty());
        let Some(next) = next else { break };
        if marked[next] {
            kinds[found.end..next].fill(Kind::Quote);
            at = next;
        } else if body[next].mark == Mark::Indented {
            let end = (next..body.len())
                .find(|&i| body[i].mark != Mark::Indented && !body[i].text.is_empty())
                .unwrap_or(body.len());
            kinds[found.end..end].fill(Kind::Quote);
            at = end;
        } else if found.strong {
            kinds[at..].fill(Kind::Quote);
            break;
        } else {
            kinds[at..found.end].fill(Kind::Own);
            at = found.end;
        }
    }
    kinds
}

/// What introduces a quotation: up to which line, and whether unmarked text behind it is quoted, too.
struct Introduced {
    end: usize,
    strong: bool,
}

fn introduced(body: &[Line], marked: &[bool], at: usize) -> Option<Introduced> {
    if body[at].mark == Mark::Introduction {
        let end = (at..body.len()).find(|&i| body[i].mark != Mark::Introduction).unwrap_or(body.len());
        return Some(Introduced { end, strong: false });
    }
    if let Some(end) = header::begin(body, at) {
        return Some(Introduced { end, strong: true });
    }
    introduction::read(body, marked, at).map(|(end, strong)| Introduced { end, strong })
}

/// A short piece between marked lines that a mail program's wrapping tore off the long line before it.
fn is_broken_wrap(body: &[Line], marked: &[bool], at: usize) -> bool {
    let text = body[at].text.as_str();
    at > 0
        && marked[at - 1]
        && marked.get(at + 1).copied().unwrap_or(false)
        && body[at - 1].text.trim_start().starts_with('>')
        && (body[at - 1].text.chars().count() >= 65
            && text.chars().count() <= 30
            && text.starts_with(char::is_lowercase)
            || text.trim().ends_with('>')
            || text.ends_with(')') && !text.contains(' '))
}
