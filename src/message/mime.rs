//! The structure of a mail (RFC 2045, RFC 2046): header fields and the tree of parts, for any bytes.
//!
//! Time is linear in the size for each level of nesting, and levels, parts and fields are bounded.

use super::decode;
use super::parse::{self, Parameters};

/// Parts nested deeper are not opened.
const MAX_DEPTH: usize = 24;
/// Parts beyond this number are not opened.
const MAX_PARTS: usize = 1_000;
/// Header fields beyond this number are passed over.
const MAX_FIELDS: usize = 2_000;
/// A field's value is cut at this many bytes.
const MAX_VALUE: usize = 64 * 1024;

/// One part of a mail, or the mail itself.
#[derive(Debug, Default)]
pub(super) struct Part<'a> {
    /// The header fields in their order: name in lower case, value unfolded but not decoded.
    pub fields: Vec<(String, String)>,
    /// The raw header, for what quotes it.
    pub body: &'a [u8],
    /// Content-Type; "text/plain" when there is none.
    pub content: Parameters,
    /// Content-Disposition.
    pub disposition: Parameters,
    /// The parts of a multipart.
    pub children: Vec<Part<'a>>,
}

impl Part<'_> {
    /// The first field of that name (lower case).
    pub fn field(&self, name: &str) -> Option<&str> {
        self.fields.iter().find(|(n, _)| n == name).map(|(_, v)| v.as_str())
    }

    /// All fields of that name.
    pub fn all<'s>(&'s self, name: &'s str) -> impl Iterator<Item = &'s str> {
        self.fields.iter().filter(move |(n, _)| n == name).map(|(_, v)| v.as_str())
    }

    /// The file name that the part names.
    pub fn file_name(&self) -> Option<&str> {
        self.disposition.get("filename").or_else(|| self.content.get("name"))
    }

    /// The body without its transfer encoding, with what was wrong about that.
    pub fn bytes(&self, defects: &mut Vec<String>) -> Vec<u8> {
        let encoding = self.field("content-transfer-encoding").unwrap_or_default().to_ascii_lowercase();
        match encoding.split(|c: char| c == ';' || c.is_whitespace()).find(|w| !w.is_empty()) {
            Some("base64") => {
                let (bytes, odd) = decode::base64(self.body);
                if odd {
                    defects.push("base64 with foreign characters: they were passed over".into());
                }
                bytes
            }
            Some("quoted-printable") => decode::quoted_printable(self.body, false),
            None | Some("7bit" | "8bit" | "binary") => self.body.to_vec(),
            Some(other) => {
                defects.push(format!("transfer encoding {other:?} is unknown: taken as it is"));
                self.body.to_vec()
            }
        }
    }

    /// The part's text: transfer encoding and charset removed, line ends as LF.
    pub fn text(&self, defects: &mut Vec<String>) -> String {
        let bytes = self.bytes(defects);
        let (text, defect) = decode::text_of(&bytes, self.content.get("charset"));
        defects.extend(defect);
        decode::tidy(&text).into_owned()
    }

    /// This part and all parts in it, outermost first; embedded mails are not entered.
    pub fn walk(&self) -> Vec<&Self> {
        let mut all = vec![self];
        let mut at = 0;
        while at < all.len() {
            let part = all[at];
            at += 1;
            all.splice(at..at, part.children.iter());
        }
        all
    }
}

/// Reads a mail's structure.
pub(super) fn read<'a>(raw: &'a [u8], defects: &mut Vec<String>) -> Part<'a> {
    let mut left = MAX_PARTS;
    part(strip_mbox_line(raw), 0, &mut left, defects)
}

/// Without the "From " line of an mbox file (RFC 4155).
fn strip_mbox_line(raw: &[u8]) -> &[u8] {
    let start = raw.iter().position(|b| !b.is_ascii_whitespace()).unwrap_or(raw.len());
    let trimmed = &raw[start..];
    if trimmed.starts_with(b"From ") || trimmed.starts_with(b">From ") {
        let end = trimmed.iter().position(|&b| b == b'\n').map_or(trimmed.len(), |at| at + 1);
        return &trimmed[end..];
    }
    if start > 0 && next_line(trimmed).0.contains(&b':') { trimmed } else { raw }
}

fn part<'a>(raw: &'a [u8], depth: usize, left: &mut usize, defects: &mut Vec<String>) -> Part<'a> {
    let (fields, body) = header(raw, depth == 0, defects);
    let mut part = Part { fields, body, ..Part::default() };
    part.content = parse::parameters(part.field("content-type").unwrap_or("text/plain"));
    part.disposition = parse::parameters(part.field("content-disposition").unwrap_or_default());
    if !part.content.value.contains('/') {
        if part.content.value != "text" {
            defects
                .push(format!("Content-Type {:?} is no media type: taken as text/plain", part.content.value));
        }
        part.content.value = "text/plain".into();
    }
    if !part.content.value.starts_with("multipart/") {
        return part;
    }
    if depth >= MAX_DEPTH {
        defects.push(format!("parts nested deeper than {MAX_DEPTH}: the inner ones were not opened"));
        return part;
    }
    let declared = part.content.get("boundary").map(|b| b.trim_end().as_bytes().to_vec());
    let mut sections = declared.as_deref().map(|b| split(body, b)).unwrap_or_default();
    if sections.is_empty()
        && let Some(guessed) = guess_boundary(body)
    {
        defects.push("the declared boundary is not in the body: another one was taken".into());
        sections = split(body, &guessed);
    }
    if sections.is_empty() {
        defects.push("a multipart without parts: taken as text".into());
        part.content = parse::parameters(if looks_like_html(body) { "text/html" } else { "text/plain" });
        return part;
    }
    for section in sections {
        if *left == 0 {
            defects.push(format!("more than {MAX_PARTS} parts: the rest was not opened"));
            break;
        }
        *left -= 1;
        part.children.push(self::part(section, depth + 1, left, defects));
    }
    part
}

/// Whether bytes without a usable type are HTML.
pub(super) fn looks_like_html(bytes: &[u8]) -> bool {
    let head = String::from_utf8_lossy(&bytes[..bytes.len().min(2_000)]).to_ascii_lowercase();
    let head = head.trim_start();
    head.starts_with("<!doctype html") || head.starts_with("<html") || head.contains("<body")
}

/// The first line and what follows it; the line end belongs to neither.
fn next_line(raw: &[u8]) -> (&[u8], &[u8]) {
    match raw.iter().position(|&b| b == b'\n') {
        Some(at) => (raw[..at].strip_suffix(b"\r").unwrap_or(&raw[..at]), &raw[at + 1..]),
        None => (raw, &[]),
    }
}

/// The length of the field name that a line begins with (RFC 5322 §2.2; blanks before the colon are obsolete syntax).
fn field_name(line: &[u8]) -> Option<usize> {
    let colon = line.iter().take(128).position(|&b| b == b':')?;
    let name = line[..colon].trim_ascii_end();
    (!name.is_empty() && name.iter().all(u8::is_ascii_graphic)).then_some(colon)
}

/// Header fields, and the body behind the blank line.
fn header<'a>(
    raw: &'a [u8],
    outermost: bool,
    defects: &mut Vec<String>,
) -> (Vec<(String, String)>, &'a [u8]) {
    let mut fields: Vec<(String, Vec<u8>)> = Vec::new();
    let mut rest = raw;
    let mut dropped = 0usize;
    loop {
        if rest.is_empty() {
            break;
        }
        let (line, after) = next_line(rest);
        if line.is_empty() || line == b"\r" {
            rest = after;
            break;
        }
        let folded = matches!(line.first(), Some(b' ' | b'\t'));
        if folded && line.trim_ascii().is_empty() && field_name(next_line(after).0).is_none() && !folds(after)
        {
            // A line of blanks only: some senders write it between header and body.
            rest = after;
            break;
        }
        if folded && !fields.is_empty() {
            if let Some((_, value)) = fields.last_mut()
                && value.len() < MAX_VALUE
            {
                value.push(b' ');
                value.extend_from_slice(line.trim_ascii());
            }
        } else if let Some(colon) = field_name(line) {
            if fields.len() < MAX_FIELDS {
                let name = decode::raw(line[..colon].trim_ascii_end()).to_ascii_lowercase();
                let value = &line[colon + 1..];
                fields.push((name, value[..value.len().min(MAX_VALUE)].trim_ascii().to_vec()));
            } else {
                dropped += 1;
            }
        } else if !fields.is_empty() && !line.starts_with(b"--") && header_goes_on(after) {
            // A fold that lost its blank, or a stray line among fields.
            // Once: a mail may have millions of such lines.
            let defect = "a line of the header is no field: joined to the one before";
            if !defects.iter().any(|d| d == defect) {
                defects.push(defect.into());
            }
            if let Some((_, value)) = fields.last_mut()
                && value.len() < MAX_VALUE
            {
                value.push(b' ');
                value.extend_from_slice(line.trim_ascii());
            }
        } else {
            if outermost || !fields.is_empty() {
                defects.push("no blank line between header and body".into());
            }
            break;
        }
        rest = after;
    }
    if dropped > 0 {
        defects.push(format!("more than {MAX_FIELDS} header fields: {dropped} were passed over"));
    }
    (fields.into_iter().map(|(name, value)| (name, decode::raw(&value))).collect(), rest)
}

/// Whether fields that every mail has stand before the next blank line.
fn header_goes_on(mut raw: &[u8]) -> bool {
    const KNOWN: &[&[u8]] = &[
        b"from",
        b"to",
        b"subject",
        b"date",
        b"message-id",
        b"received",
        b"mime-version",
        b"content-type",
        b"content-transfer-encoding",
    ];
    for _ in 0..60 {
        let (line, after) = next_line(raw);
        if line.trim_ascii().is_empty() {
            return false;
        }
        if field_name(line).is_some_and(|colon| {
            KNOWN.contains(&line[..colon].trim_ascii_end().to_ascii_lowercase().as_slice())
        }) {
            return true;
        }
        raw = after;
    }
    false
}

/// Whether a folded line stands next.
fn folds(raw: &[u8]) -> bool {
    matches!(raw.first(), Some(b' ' | b'\t')) && !next_line(raw).0.trim_ascii().is_empty()
}

/// The sections between delimiter lines (RFC 2046 §5.1.1); a part without a closing delimiter ends with the body.
fn split<'a>(body: &'a [u8], boundary: &[u8]) -> Vec<&'a [u8]> {
    let exact = split_where(body, |line| {
        let rest = line.strip_prefix(b"--")?.strip_prefix(boundary)?;
        let close = rest.starts_with(b"--");
        let rest = if close { &rest[2..] } else { rest };
        rest.trim_ascii().is_empty().then_some(close)
    });
    if !exact.is_empty() || boundary.len() < 6 {
        return exact;
    }
    // Delimiters with something behind them, or without their leading hyphens.
    split_where(body, |line| {
        let rest = line.strip_prefix(b"--").unwrap_or(line).strip_prefix(boundary)?;
        Some(rest.starts_with(b"--"))
    })
}

fn split_where(body: &[u8], delimiter: impl Fn(&[u8]) -> Option<bool>) -> Vec<&[u8]> {
    let mut sections = Vec::new();
    let mut open: Option<usize> = None;
    let mut at = 0;
    while at < body.len() && sections.len() <= MAX_PARTS {
        let (line, after) = next_line(&body[at..]);
        let next = body.len() - after.len();
        if let Some(close) = delimiter(line) {
            if let Some(start) = open {
                sections.push(without_line_end(&body[start..at.max(start)]));
            }
            open = (!close).then_some(next);
        }
        at = if after.is_empty() { body.len() } else { next };
    }
    if let Some(start) = open {
        let rest = &body[start..];
        if !rest.trim_ascii().is_empty() {
            sections.push(rest);
        }
    }
    sections
}

/// The line end before a delimiter belongs to the delimiter.
fn without_line_end(section: &[u8]) -> &[u8] {
    let section = section.strip_suffix(b"\n").unwrap_or(section);
    section.strip_suffix(b"\r").unwrap_or(section)
}

/// A boundary for a body whose declared one is missing: the first line of hyphens and a token that is followed by a header.
fn guess_boundary(body: &[u8]) -> Option<Vec<u8>> {
    let mut rest = body;
    for _ in 0..200 {
        if rest.is_empty() {
            return None;
        }
        let (line, after) = next_line(rest);
        if let Some(token) = line.strip_prefix(b"--")
            && token.len() >= 6
            && !token.trim_ascii().is_empty()
            && next_line(after).0.to_ascii_lowercase().starts_with(b"content-")
        {
            return Some(token.trim_ascii_end().to_vec());
        }
        rest = after;
    }
    None
}
