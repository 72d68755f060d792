//! Signatures by having been seen: the same last lines under the same writer's earlier mails.

use super::super::{Message, lines};
use super::{CLOSING, CONTACT, THANKS, is_short, looks_like_name};

/// So many lines of a mail's end are kept and compared.
const MAX_LINES: usize = 8;
/// Fewer lines are no signature: one alone may be "Thanks", or "Urgent".
const MIN_LINES: usize = 2;
/// A line of more words is prose.
const MAX_WORDS: usize = 7;
/// What is kept of a mail's end has at most so many bytes.
const MAX_BYTES: usize = 600;

/// How a mail ends: the last lines of reply and signature, at most 8 and 600 bytes, for [`cut_seen`] under the writer's
/// later mails. Empty for a machine's mail.
pub fn closing(message: &Message) -> String {
    if message.automatic.is_some() {
        return String::new();
    }
    let mut bytes = 0;
    let ending = ending(message).take(MAX_LINES).take_while(|line| {
        bytes += line.len() + 1;
        bytes <= MAX_BYTES
    });
    let mut last: Vec<&str> = ending.collect();
    last.reverse();
    last.join("\n")
}

/// Moves to the signature the last lines of the reply that ended an earlier mail of the same writer, too, letter for letter
/// but for white space; `earlier` are the [`closing`]s of those.
///
/// It must begin as a signature does, with a closing phrase, a name, or contact data, after a blank line or with the
/// closing phrase; a question, a sentence, the whole reply are never moved. When in doubt, text is kept.
pub fn cut_seen(message: &mut Message, earlier: &[String]) {
    let seen = earlier.iter().map(|closing| common(message, closing)).max().unwrap_or(0);
    if seen == 0 {
        return;
    }
    let signed = full(&message.signature).count();
    let list: Vec<&str> = message.reply.lines().collect();
    let filled: Vec<usize> = (0..list.len()).filter(|&at| !list[at].trim().is_empty()).collect();
    let common = filled.iter().rev().take(seen.saturating_sub(signed));
    let run: Vec<usize> = common.copied().take_while(|&at| !is_prose(list[at])).collect();
    let Some(start) = run.iter().copied().rev().find(|&at| begins(&list, at)) else { return };
    let moved = filled.len() - filled.partition_point(|&at| at < start);
    if moved < MIN_LINES || filled.first() == Some(&start) {
        return;
    }
    let signature = list[start..].iter().copied();
    let signature = if message.signature.is_empty() {
        lines::join(signature)
    } else {
        lines::join(signature.chain([""]).chain(message.signature.lines()))
    };
    message.reply = lines::join(list[..start].iter().copied());
    message.signature = signature;
}

fn full(text: &str) -> impl DoubleEndedIterator<Item = &str> {
    text.lines().filter(|line| !line.trim().is_empty())
}

/// The lines of reply and signature that have something on them, the last one first.
fn ending(message: &Message) -> impl Iterator<Item = &str> {
    full(&message.signature).rev().chain(full(&message.reply).rev())
}

/// On how many last lines a mail and an earlier closing agree.
fn common(message: &Message, closing: &str) -> usize {
    let same = |(one, other): &(&str, &str)| one.split_whitespace().eq(other.split_whitespace());
    ending(message).zip(full(closing).rev()).take_while(same).count()
}

/// Whether a signature may begin with this line.
fn begins(list: &[&str], at: usize) -> bool {
    let line = &single_spaced(list[at]);
    let alone = at == 0 || list[at - 1].trim().is_empty();
    CLOSING.is_match(line)
        || alone && (THANKS.is_match(line) || CONTACT.is_match(line) || looks_like_name(line))
}

/// Whether a line says something: a question, or many words, or a sentence.
fn is_prose(line: &str) -> bool {
    let line = &single_spaced(line);
    let contact = CONTACT.is_match(line);
    let words = line.split(' ').count();
    // Begun small or ended as sentences are; "Acme Foods Ltd." ends so, too.
    let sentence =
        words >= 3 && (line.ends_with(['.', '!', '。', '！', '…']) || line.starts_with(char::is_lowercase));
    let signs = contact || CLOSING.is_match(line) || THANKS.is_match(line) || looks_like_name(line);
    line.contains(['?', '？', '¿'])
        || words > if contact { 2 * MAX_WORDS } else { MAX_WORDS }
        || !is_short(line)
        || sentence && !signs
}

fn single_spaced(line: &str) -> String {
    line.split_whitespace().collect::<Vec<_>>().join(" ")
}
