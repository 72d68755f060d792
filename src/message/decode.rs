//! Transfer encodings, charsets, encoded words and flowed text, each read with tolerance for what senders really write.

use std::borrow::Cow;
use std::sync::LazyLock;

use regex::Regex;

use super::parse;
use crate::pattern::fixed;

/// An encoded word of RFC 2047 §2; spaces inside and a missing end are tolerated.
static WORD: LazyLock<Regex> =
    LazyLock::new(|| fixed(r"(?s)=\?([A-Za-z0-9_.:()+-]+)(?:\*[A-Za-z-]*)?\?([BbQq])\?(.*?)\?="));

/// Decodes the encoded words of a header value. Neighbouring words of one charset are put together before the charset is
/// applied, since senders cut words in the middle of a character.
pub(super) fn words(value: &str) -> String {
    let mut out = String::with_capacity(value.len());
    let mut bytes: Vec<u8> = Vec::new();
    let mut label = String::new();
    let (mut start, mut end) = (0, 0);
    for found in WORD.captures_iter(value) {
        let (whole, charset, encoding, text) =
            (found.get(0).expect("a match"), &found[1], &found[2], &found[3]);
        let between = &value[end..whole.start()];
        let neighbour = end > 0 && between.trim().is_empty();
        if !(neighbour && charset.eq_ignore_ascii_case(&label)) {
            push_word(&mut out, &bytes, &label, &value[start..end]);
            bytes.clear();
            start = whole.start();
            if !neighbour {
                out.push_str(between);
            }
        }
        label = charset.to_string();
        end = whole.end();
        if encoding.eq_ignore_ascii_case("b") {
            bytes.extend(base64(text.as_bytes()).0);
        } else {
            bytes.extend(quoted_printable(text.replace('_', " ").as_bytes(), true));
        }
    }
    push_word(&mut out, &bytes, &label, &value[start..end]);
    out.push_str(&value[end..]);
    out.retain(|c| !c.is_control() || c == '\t');
    out
}

/// Appends decoded words; what decodes to control characters is no text and stays as it was written.
fn push_word(out: &mut String, bytes: &[u8], label: &str, source: &str) {
    let text = text_of(bytes, Some(label)).0;
    let garbled = text.contains(|c: char| c.is_control() && !matches!(c, '\t' | '\n' | '\r'));
    out.push_str(if garbled { source } else { &text });
}

/// Raw header bytes as text: UTF-8 when valid (RFC 6532), else windows-1252.
pub(super) fn raw(bytes: &[u8]) -> String {
    match std::str::from_utf8(bytes) {
        Ok(text) => text.to_string(),
        Err(_) => text_of(bytes, None).0,
    }
}

/// Text of a declared charset, with what was wrong about the declaration. Without a usable declaration it is UTF-8 when
/// valid, else windows-1252.
pub(super) fn text_of(bytes: &[u8], label: Option<&str>) -> (String, Option<String>) {
    let label = label.map(|l| l.trim().trim_matches(['"', '\'']).to_ascii_lowercase()).unwrap_or_default();
    let label = if label.contains("utf-8") || label.contains("utf8") || label.contains("utf_8") {
        "utf-8".into()
    } else {
        label
    };
    if bytes.is_empty() {
        return (String::new(), None);
    }
    if let Some(rest) = bytes.strip_prefix(b"\xEF\xBB\xBF") {
        return (String::from_utf8_lossy(rest).into_owned(), None);
    }
    let plain = bytes.is_ascii();
    let western = matches!(
        label.as_str(),
        "" | "us-ascii"
            | "ascii"
            | "iso-8859-1"
            | "windows-1252"
            | "latin1"
            | "utf-8"
            | "utf8"
            | "8bit"
            | "unknown-8bit"
    );
    if plain && western && !bytes.contains(&0x1B) {
        return (String::from_utf8_lossy(bytes).into_owned(), None);
    }
    if plain && western && (contains(bytes, b"\x1B$B") || contains(bytes, b"\x1B$@")) {
        return (parse::charset("iso-2022-jp", bytes).unwrap_or_default(), None);
    }
    if western {
        return match std::str::from_utf8(bytes) {
            Ok(text) => (text.to_string(), declared(&label, &["utf-8", "utf8"], "UTF-8")),
            Err(_) if label.starts_with("utf") && mostly_utf8(bytes) => (
                String::from_utf8_lossy(bytes).into_owned(),
                Some("broken UTF-8: replacement characters stand for what could not be read".into()),
            ),
            Err(_) => (
                parse::charset("windows-1252", bytes).unwrap_or_default(),
                declared(&label, &["iso-8859-1", "windows-1252", "latin1"], "windows-1252"),
            ),
        };
    }
    match parse::charset(&label, bytes) {
        Some(text) => (text, None),
        None => (raw(bytes), Some(format!("charset {label:?} is unknown: read as UTF-8 or windows-1252"))),
    }
}

/// The defect of a declaration that is none of `right`.
fn declared(label: &str, right: &[&str], taken: &str) -> Option<String> {
    (!right.contains(&label)).then(|| {
        let said = if label.is_empty() { "no charset declared" } else { label };
        format!("8-bit text, {said}: read as {taken}")
    })
}

/// Whether invalid bytes are the exception in what is otherwise UTF-8 with characters beyond ASCII.
fn mostly_utf8(bytes: &[u8]) -> bool {
    let (mut good, mut bad) = (0usize, 0usize);
    for chunk in bytes.utf8_chunks() {
        good += chunk.valid().chars().filter(|c| !c.is_ascii()).count();
        bad += usize::from(!chunk.invalid().is_empty());
    }
    good > bad
}

/// Whether `needle` lies in `bytes`.
pub(super) fn contains(bytes: &[u8], needle: &[u8]) -> bool {
    bytes.windows(needle.len()).any(|w| w == needle)
}

/// Decodes base64 (RFC 2045 §6.8): foreign characters are passed over, padding may stand in the middle. The second value
/// says whether anything had to be passed over.
pub(super) fn base64(bytes: &[u8]) -> (Vec<u8>, bool) {
    let mut out = Vec::with_capacity(bytes.len() / 4 * 3);
    let (mut chunk, mut held, mut odd) = (0u32, 0u8, false);
    for &byte in bytes {
        let value = match byte {
            b'A'..=b'Z' => byte - b'A',
            b'a'..=b'z' => byte - b'a' + 26,
            b'0'..=b'9' => byte - b'0' + 52,
            b'+' | b'-' => 62,
            b'/' | b'_' => 63,
            b'=' => {
                flush(&mut out, chunk, held);
                (chunk, held) = (0, 0);
                continue;
            }
            b' ' | b'\t' | b'\r' | b'\n' => continue,
            _ => {
                odd = true;
                continue;
            }
        };
        chunk = chunk << 6 | u32::from(value);
        held += 1;
        if held == 4 {
            out.extend_from_slice(&chunk.to_be_bytes()[1..]);
            (chunk, held) = (0, 0);
        }
    }
    flush(&mut out, chunk, held);
    (out, odd)
}

/// The whole bytes in an unfinished group of base64.
fn flush(out: &mut Vec<u8>, chunk: u32, held: u8) {
    match held {
        2 => out.push((chunk >> 4).to_be_bytes()[3]),
        3 => out.extend_from_slice(&(chunk >> 2).to_be_bytes()[2..]),
        _ => {}
    }
}

/// Decodes quoted-printable (RFC 2045 §6.7); an equals sign without two hexadecimal digits stays as it is.
/// `word` is the Q encoding of a header, which has no soft line breaks.
pub(super) fn quoted_printable(bytes: &[u8], word: bool) -> Vec<u8> {
    let mut out = Vec::with_capacity(bytes.len());
    let mut at = 0;
    while at < bytes.len() {
        let byte = bytes[at];
        at += 1;
        if byte == b'\n' && !word {
            // Blanks at the end of a line were added on the way.
            let keep =
                out.iter().rposition(|b| !matches!(b, b' ' | b'\t' | b'\r' | b'\x0B')).map_or(0, |at| at + 1);
            out.truncate(keep);
            out.push(b'\n');
            continue;
        }
        if byte != b'=' {
            out.push(byte);
            continue;
        }
        if let [a, b, ..] = bytes[at..]
            && let (Some(high), Some(low)) = ((a as char).to_digit(16), (b as char).to_digit(16))
        {
            out.push((high * 16 + low).to_be_bytes()[3]);
            at += 2;
            continue;
        }
        let blanks = bytes[at..].iter().take_while(|b| matches!(b, b' ' | b'\t' | b'\r')).count();
        match bytes.get(at + blanks) {
            Some(b'\n') if !word => at += blanks + 1,
            None if !word => at += blanks,
            _ => out.push(b'='),
        }
    }
    out
}

/// Joins the lines of format=flowed (RFC 3676 §4). `delsp`: the blank that marks a soft break is no part of the text.
pub(super) fn flowed(text: &str, delsp: bool) -> String {
    let mut out = String::with_capacity(text.len());
    let mut open: Option<usize> = None;
    for line in text.lines() {
        let depth = line.bytes().take_while(|&b| b == b'>').count();
        let rest = &line[depth..];
        let rest = rest.strip_prefix(' ').unwrap_or(rest);
        if open == Some(depth) {
            out.push_str(rest);
        } else {
            if !out.is_empty() {
                out.push('\n');
            }
            out.extend(std::iter::repeat_n('>', depth));
            if depth > 0 && !rest.is_empty() {
                out.push(' ');
            }
            out.push_str(rest);
        }
        let separator = rest == "-- ";
        open = (rest.ends_with(' ') && !separator).then_some(depth);
        if open.is_some() && delsp {
            out.pop();
        }
    }
    out
}

/// Line ends as LF, without NUL and other control characters that no reader sees.
pub(super) fn tidy(text: &str) -> Cow<'_, str> {
    if !text.contains(|c: char| c.is_control() && c != '\n' && c != '\t' || c == '\u{FEFF}') {
        return Cow::Borrowed(text);
    }
    let text = text.replace("\r\n", "\n").replace('\r', "\n");
    Cow::Owned(
        text.chars().filter(|&c| (!c.is_control() || c == '\n' || c == '\t') && c != '\u{FEFF}').collect(),
    )
}
