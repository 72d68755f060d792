//! Addresses (RFC 5322 §3.4) as senders really write them, and who wrote a mail.

use super::Address;
use super::decode;
use super::mime::Part;

/// Mailboxes beyond this number in one field are passed over.
const MAX_MAILBOXES: usize = 500;

/// The mailboxes of a From, To, Cc or Reply-To value; the members of a group (RFC 5322 §3.4) count as mailboxes.
pub(super) fn addresses(value: &str) -> Vec<Address> {
    let mut list = Vec::new();
    let mut piece = Piece::default();
    let mut chars = value.chars().peekable();
    let (mut quoted, mut comment, mut angle) = (false, 0usize, false);
    while let Some(c) = chars.next() {
        if list.len() >= MAX_MAILBOXES {
            return list;
        }
        match c {
            '\\' if quoted || comment > 0 => {
                let next = chars.next().unwrap_or_default();
                if comment > 0 { piece.comment.push(next) } else { piece.phrase.push(next) }
            }
            '"' if comment == 0 && !angle => quoted = !quoted,
            _ if quoted => piece.phrase.push(c),
            '(' if !angle => {
                comment += 1;
                if comment > 1 {
                    piece.comment.push(c);
                }
            }
            ')' if comment > 0 => {
                comment -= 1;
                if comment > 0 {
                    piece.comment.push(c);
                }
            }
            _ if comment > 0 => piece.comment.push(c),
            '<' => {
                // "<a@b> <c@d>": what stood in the first brackets is no name.
                angle = true;
                if !piece.angle.is_empty() {
                    piece.phrase.push_str(&std::mem::take(&mut piece.angle));
                }
            }
            '>' => angle = false,
            _ if angle => piece.angle.push(c),
            ',' | ';' => list.extend(std::mem::take(&mut piece).mailbox()),
            ':' if !piece.phrase.contains('@')
                && !piece.phrase.trim().is_empty()
                && piece.angle.is_empty() =>
            {
                // The name of a group.
                piece = Piece::default();
            }
            c => piece.phrase.push(c),
        }
    }
    if quoted && piece.angle.is_empty() {
        // A quotation mark that was never closed swallowed the address.
        let text = piece.phrase.replace('"', "");
        if let Some((name, rest)) = text.split_once('<') {
            piece = Piece {
                phrase: name.into(),
                angle: rest.split('>').next().unwrap_or_default().into(),
                ..Piece::default()
            };
        }
    }
    list.extend(piece.mailbox());
    list
}

#[derive(Default)]
struct Piece {
    phrase: String,
    angle: String,
    comment: String,
}

impl Piece {
    fn mailbox(self) -> Option<Address> {
        let phrase = decode::words(&self.phrase);
        let mut name = phrase.split_whitespace().collect::<Vec<_>>().join(" ");
        let mut address = clean(&self.angle);
        if address.is_empty() {
            // A bare address, or an encoded word that swallowed name and address.
            let words: Vec<&str> = name.split(' ').collect();
            let at = words.iter().rposition(|w| w.contains('@'))?;
            address = clean(words[at].trim_matches(['<', '>', '[', ']']));
            let rest: Vec<&str> =
                words.iter().enumerate().filter(|(i, _)| *i != at).map(|(_, w)| *w).collect();
            name = rest.join(" ");
        }
        let local = address.split('@').next().unwrap_or_default();
        if address.is_empty() || local.is_empty() && !address.contains('@') {
            return None;
        }
        if name.is_empty() {
            name = decode::words(self.comment.trim());
        }
        let name = name.trim().trim_matches(['\'', '"']).trim();
        let name = if name.eq_ignore_ascii_case(&address) { "" } else { name };
        Some(Address { name: name.to_string(), address })
    }
}

/// An address without the blanks, brackets, source route (RFC 5321 §4.1.2) and "mailto:" around it, in lower case.
fn clean(address: &str) -> String {
    let address = decode::words(address);
    let address: String = address.chars().filter(|c| !c.is_whitespace() && !c.is_control()).collect();
    let address = address.trim_matches(['<', '>', '\'', '"', '[', ']']);
    let address = address.strip_prefix("mailto:").unwrap_or(address);
    let address = match address.strip_prefix('@').and_then(|a| a.split_once(':')) {
        Some((_, routed)) => routed,
        None => address,
    };
    address.trim_end_matches(['.', ',', ';']).to_lowercase()
}

/// Who wrote the mail, with the defects of the fields that say so.
///
/// It is the first mailbox of From. Where a list rewrote From because of the sender's DMARC policy ("Dana via Team"), the
/// original stands in X-Original-From. Reply-To is never asked: anybody can write anybody there.
pub(super) fn originator(root: &Part<'_>, defects: &mut Vec<String>) -> Option<Address> {
    let fields: Vec<&str> = root.all("from").collect();
    if fields.len() > 1 {
        defects.push(format!("{} From fields: the first one counts (RFC 5322 §3.6)", fields.len()));
    }
    let from = fields.iter().find_map(|f| addresses(f).into_iter().next());
    let via = from.as_ref().is_some_and(|f| f.name.contains(" via ") || f.name.contains(" über "));
    if via || root.field("list-id").is_some() {
        let original = root.field("x-original-from").or_else(|| root.field("x-original-sender"));
        if let Some(original) = original.and_then(|v| addresses(v).into_iter().next()) {
            return Some(original);
        }
    }
    if from.is_none() {
        defects.push("no usable From".into());
        return root.field("sender").and_then(|v| addresses(v).into_iter().next());
    }
    from
}
