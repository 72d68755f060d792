//! What a mail answers: Message-ID, In-Reply-To, References (RFC 5322 §3.6.4), Outlook's Thread-Index.

use super::decode;

/// Identifiers beyond this number are passed over.
const MAX_IDENTIFIERS: usize = 200;

/// The message identifiers of a field, without angle brackets; also those that lost a bracket or were folded inside.
pub(super) fn identifiers(value: &str) -> Vec<String> {
    let mut list: Vec<String> = Vec::new();
    let mut add = |text: &str| {
        let id: String = text.chars().filter(|c| !c.is_whitespace() && !c.is_control()).collect();
        let id = id.trim_matches(['<', '>', ',', ';', '"']);
        if id.contains('@') && !list.iter().any(|i| i == id) {
            list.push(id.to_string());
        }
    };
    let value = decode::words(value);
    if value.contains('<') {
        for piece in value.split('<').skip(1).take(MAX_IDENTIFIERS) {
            add(piece.split('>').next().unwrap_or_default());
        }
    } else {
        for piece in value.split([' ', '\t', ',', '>']).filter(|p| !p.is_empty()).take(MAX_IDENTIFIERS) {
            add(piece);
        }
    }
    list
}

/// The conversation that Outlook's Thread-Index names: its first 22 bytes as hexadecimal digits ([MS-OXOMSG] §2.2.1.3).
pub(super) fn conversation(value: &str) -> Option<String> {
    let (bytes, _) = decode::base64(value.as_bytes());
    let head = bytes.get(..22)?;
    Some(head[6..].iter().fold(String::new(), |mut out, b| {
        use std::fmt::Write;
        let _ = write!(out, "{b:02x}");
        out
    }))
}
