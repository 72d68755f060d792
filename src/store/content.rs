//! What makes two mails the same mail: what was written, and not the way by which it came.

use sha2::{Digest, Sha256};

/// The fingerprint of a mail's content.
pub type ContentHash = [u8; 32];

/// The headers that stay the same on all ways, in the order in which they count.
const LASTING: [&str; 5] = ["message-id", "date", "from", "subject", "to"];

/// The fingerprint of a mail: over its Message-ID, Date, From, Subject and To, unfolded and trimmed, and its body with
/// the line ends made alike. So one mail that arrives in two mailboxes, or is seen again under another UIDVALIDITY, is
/// the same, though its Received and Delivered-To lines differ.
pub fn content_hash(raw: &[u8]) -> ContentHash {
    let (head, body) = split(raw);
    let mut hash = Sha256::new();
    for name in LASTING {
        for field in fields(head, name) {
            hash.update(name);
            hash.update(b":");
            hash.update(field);
            hash.update(b"\n");
        }
    }
    hash.update(b"\n");
    let end = body.trim_ascii_end();
    for line in end.split(|&byte| byte == b'\n') {
        hash.update(line.strip_suffix(b"\r").unwrap_or(line));
        hash.update(b"\n");
    }
    hash.finalize().into()
}

/// The header section and the body, at the first empty line (RFC 5322 §2.1).
fn split(raw: &[u8]) -> (&[u8], &[u8]) {
    let mut start = 0;
    for line in raw.split_inclusive(|&byte| byte == b'\n') {
        if matches!(line, b"\n" | b"\r\n") {
            return (&raw[..start], &raw[start + line.len()..]);
        }
        start += line.len();
    }
    (raw, &[])
}

/// The bodies of all fields of a name, each on one line (RFC 5322 §2.2.3), with single spaces.
fn fields(head: &[u8], name: &str) -> Vec<Vec<u8>> {
    let mut found: Vec<Vec<u8>> = Vec::new();
    let mut inside = false;
    for line in head.split(|&byte| byte == b'\n') {
        let folded = matches!(line.first(), Some(b' ' | b'\t'));
        let text = if folded {
            line
        } else {
            let colon = line.iter().position(|&byte| byte == b':');
            let (field, text) = line.split_at(colon.unwrap_or(line.len()));
            inside = colon.is_some() && field.trim_ascii().eq_ignore_ascii_case(name.as_bytes());
            if inside {
                found.push(Vec::new());
            }
            text.get(1..).unwrap_or_default()
        };
        if let Some(value) = found.last_mut().filter(|_| inside) {
            for word in text.split(u8::is_ascii_whitespace).filter(|word| !word.is_empty()) {
                if !value.is_empty() {
                    value.push(b' ');
                }
                value.extend_from_slice(word);
            }
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    const MAIL: &[u8] = b"Received: from a\r\nMessage-ID: <1@x>\r\nFrom: Ann <ann@x>\r\nSubject: The feed\r\n is down\r\n\r\nHello\r\n";

    #[test]
    fn the_way_a_mail_came_does_not_count() {
        let other = b"Delivered-To: b\nReceived: from b\n by c\nmessage-id:<1@x>\nFrom: Ann\n <ann@x>\nSubject: The feed is down\n\nHello\n\n";
        assert_eq!(content_hash(MAIL), content_hash(other));
    }

    #[test]
    fn another_word_or_writer_is_another_mail() {
        let text = std::str::from_utf8(MAIL).unwrap();
        for (from, to) in [("Hello", "Hallo"), ("Ann <", "Bob <"), ("<1@x>", "<2@x>"), ("is down", "is up")] {
            assert_ne!(content_hash(MAIL), content_hash(text.replace(from, to).as_bytes()), "{from}");
        }
    }

    #[test]
    fn a_header_in_the_body_is_no_header() {
        assert_ne!(content_hash(b"Subject: a\n\nb"), content_hash(b"\nSubject: a\n\nb"));
        assert_eq!(content_hash(b""), content_hash(b"\r\n"));
    }
}
