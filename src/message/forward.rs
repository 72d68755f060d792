//! The mail that was forwarded with a mail: inline under a copied header, or as a part of its own (RFC 2046 §5.2.1).

use super::lines::{Line, Mark};
use super::mime::{self, Part};
use super::{Address, Forward, Message};
use super::{body, dates, originator, parse, quote, subject};

/// The lines below this one are not searched for a copied header.
const MAX_LINES: usize = 2_000;

/// Reads the forwarded mail, if there is one.
pub(super) fn read(root: &Part<'_>, lines: &[Line], is_forward: bool) -> Option<Forward> {
    inline(lines, is_forward).or_else(|| attached(root))
}

/// A mail that somebody else sent on as it was (RFC 5322 §3.6.6): its own fields are the inner ones.
pub(super) fn redirected(root: &Part<'_>, message: &Message) -> Option<Forward> {
    let resent = root.field("resent-from").and_then(|v| originator::addresses(v).into_iter().next())?;
    let from = message.from.clone().filter(|from| from.address != resent.address)?;
    Some(Forward { from, subject: message.subject.clone(), date: message.date, reply: message.reply.clone() })
}

/// A mail below a copied header. Outlook copies a header above answered mails too: there the subject must say that it
/// is a forward.
fn inline(lines: &[Line], is_forward: bool) -> Option<Forward> {
    let lines = without_mark(lines);
    for at in 0..lines.len().min(MAX_LINES) {
        if lines[at].text.trim().is_empty() {
            continue;
        }
        let Some(header) = quote::copied_header(&lines, at) else { continue };
        if !header.forwarded && !is_forward {
            // An answered mail stands first: what it forwards is not this mail's forward.
            return None;
        }
        let from = written_address(&header.from)?;
        let inner = quote::cut(&lines[header.end..]);
        return Some(Forward {
            from,
            subject: header.subject,
            date: dates::instant(&header.date),
            reply: inner.reply,
        });
    }
    None
}

/// The lines without what the structure says, and without the quotation marks that some programs put before a
/// forwarded mail.
fn without_mark(lines: &[Line]) -> Vec<Line> {
    let quoted_header = lines.iter().enumerate().find_map(|(at, line)| {
        let text = line.text.trim_start().strip_prefix('>').filter(|_| at < MAX_LINES)?;
        let plain = Line { text: text.to_string(), mark: Mark::None };
        let below: Vec<Line> = std::iter::once(plain)
            .chain(
                lines[at + 1..]
                    .iter()
                    .take(12)
                    .map(|l| Line { text: strip(&l.text).to_string(), mark: Mark::None }),
            )
            .collect();
        quote::copied_header(&below, 0).is_some_and(|h| h.forwarded).then_some(at)
    });
    lines
        .iter()
        .enumerate()
        .map(|(at, line)| {
            let text = if quoted_header.is_some_and(|q| at >= q) { strip(&line.text) } else { &line.text };
            Line { text: text.to_string(), mark: Mark::None }
        })
        .collect()
}

/// A line without one quotation mark.
fn strip(text: &str) -> &str {
    let inner = text.trim_start();
    inner.strip_prefix('>').map_or(text, |t| t.strip_prefix(' ').unwrap_or(t))
}

/// The mailbox of a copied From: "Kim Holm [mailto:kim@client.example]", "Kim Holm (kim@client.example)".
fn written_address(text: &str) -> Option<Address> {
    let text = text
        .replace("[mailto:", "<")
        .replace("<mailto:", "<")
        .replace("[SMTP:", "<")
        .replace(']', ">")
        .replace('[', "<");
    let found = originator::addresses(&text);
    let mut address = found.into_iter().find(|a| a.address.contains('@'))?;
    if address.address.contains('<') || address.address.contains('(') {
        let clean = address.address.split(['<', '(', '>', ')']).find(|p| p.contains('@'))?.to_string();
        address.address = clean;
    }
    Some(address)
}

/// A mail in a part of its own.
fn attached(root: &Part<'_>) -> Option<Forward> {
    let part = root
        .walk()
        .into_iter()
        .find(|p| matches!(p.content.value.as_str(), "message/rfc822" | "message/global"))?;
    let bytes = part.bytes(&mut Vec::new());
    let inner = mime::read(&bytes, &mut Vec::new());
    let from = originator::originator(&inner, &mut Vec::new())?;
    let lines = body::read(&inner, &mut Vec::new()).lines;
    Some(Forward {
        from,
        subject: subject::read(inner.field("subject").unwrap_or_default()).text,
        date: inner.field("date").and_then(parse::date),
        reply: quote::cut(&lines).reply,
    })
}
