//! The body that a person reads: which parts it is made of, as text and as lines, and the parts that are files.

use super::Attachment;
use super::decode;
use super::html;
use super::lines::{self, Line};
use super::mime::{self, Part};

mod uuencode;

/// More text than this is not read of one part, and when more was read no further part is, in bytes.
const MAX_TEXT: usize = 4 * 1024 * 1024;

/// What a mail shows.
#[derive(Debug, Default)]
pub(super) struct Body {
    /// The lines that were written, each with what the structure says.
    pub lines: Vec<Line>,
    /// The parts that are files.
    pub attachments: Vec<Attachment>,
}

/// One piece of a body: plain text, HTML, or both as alternatives.
#[derive(Default)]
struct Piece<'p, 'a> {
    plain: Option<&'p Part<'a>>,
    html: Option<&'p Part<'a>>,
}

/// Reads the body of a mail.
pub(super) fn read(root: &Part<'_>, defects: &mut Vec<String>) -> Body {
    let mut pieces = Vec::new();
    let mut files = Vec::new();
    collect(root, true, &mut pieces, &mut files);
    let mut body = Body::default();
    let mut length = 0;
    for piece in pieces {
        if length > MAX_TEXT {
            defects.push(format!("texts of more than {} MiB: the rest was not read", MAX_TEXT >> 20));
            break;
        }
        let plain = piece.plain.map(|p| plain_lines(p, &mut body.attachments, defects));
        let html = piece.html.map(|p| html_lines(p, defects));
        let first = match (plain, html) {
            (Some(plain), Some(html)) if is_stub(&plain, &html) => html,
            (Some(plain), _) => plain,
            (None, Some(html)) => html,
            (None, None) => continue,
        };
        if !body.lines.is_empty() {
            body.lines.push(Line::default());
        }
        length += first.iter().map(|l| l.text.len() + 1).sum::<usize>();
        body.lines.extend(first);
    }
    body.attachments.extend(files.into_iter().map(attachment));
    body
}

/// Whether a plain alternative says nothing, or only that the mail is HTML.
fn is_stub(plain: &[Line], html: &[Line]) -> bool {
    let count = |l: &[Line]| l.iter().map(|l| l.text.trim().len()).sum::<usize>();
    let (plain_len, html_len) = (count(plain), count(html));
    let says_html = plain.iter().any(|l| l.text.to_ascii_lowercase().contains("html"));
    plain_len == 0 || html_len > 0 && says_html && plain_len < 300 && html_len > plain_len
}

fn plain_lines(part: &Part<'_>, files: &mut Vec<Attachment>, defects: &mut Vec<String>) -> Vec<Line> {
    let mut text = limited(part.text(defects), defects);
    if mime::looks_like_html(text.as_bytes()) {
        return html::lines(&text, defects);
    }
    if part.content.get("format").is_some_and(|f| f.eq_ignore_ascii_case("flowed")) {
        text =
            decode::flowed(&text, part.content.get("delsp").is_some_and(|d| d.eq_ignore_ascii_case("yes")));
    }
    let mut lines = lines::plain(&text);
    let found = uuencode::set_aside(&mut lines);
    if !found.is_empty() {
        defects.push("uuencoded files in the text: set aside as attachments".into());
        files.extend(found);
    }
    lines
}

fn html_lines(part: &Part<'_>, defects: &mut Vec<String>) -> Vec<Line> {
    let text = limited(part.text(defects), defects);
    html::lines(&text, defects)
}

fn limited(mut text: String, defects: &mut Vec<String>) -> String {
    if text.len() > MAX_TEXT {
        let end = (0..=MAX_TEXT).rev().find(|&at| text.is_char_boundary(at)).unwrap_or(0);
        text.truncate(end);
        defects.push(format!("a text of more than {} MiB: the rest was not read", MAX_TEXT >> 20));
    }
    text
}

/// Parts a tree into the pieces of the body and the files.
fn collect<'p, 'a>(
    part: &'p Part<'a>,
    root: bool,
    pieces: &mut Vec<Piece<'p, 'a>>,
    files: &mut Vec<&'p Part<'a>>,
) {
    let kind = part.content.value.as_str();
    if kind == "multipart/alternative" {
        let mut inner = Vec::new();
        for child in &part.children {
            collect(child, false, &mut inner, files);
        }
        let mut piece = Piece::default();
        let mut more = Vec::new();
        for found in inner {
            match (found.plain, found.html) {
                (Some(_), None) if piece.plain.is_none() => piece.plain = found.plain,
                (None, Some(_)) if piece.html.is_none() => piece.html = found.html,
                (None, None) => {}
                _ => more.push(found),
            }
        }
        pieces.push(piece);
        pieces.extend(more);
    } else if !part.children.is_empty() {
        for child in &part.children {
            collect(child, false, pieces, files);
        }
    } else if is_body(part, root) {
        let html = kind == "text/html";
        pieces.push(Piece { plain: (!html).then_some(part), html: html.then_some(part) });
    } else if !kind.starts_with("multipart/") {
        files.push(part);
    }
}

/// Whether a part without parts is shown as text.
fn is_body(part: &Part<'_>, root: bool) -> bool {
    let kind = part.content.value.as_str();
    if !matches!(
        kind,
        "text/plain"
            | "text/html"
            | "text/enriched"
            | "text/markdown"
            | "multipart/alternative"
            | "message/delivery-status"
    ) || kind == "message/delivery-status"
    {
        return false;
    }
    root || part.disposition.value != "attachment"
        && (part.disposition.value == "inline" || part.file_name().is_none())
}

fn attachment(part: &Part<'_>) -> Attachment {
    let encoded = part.body.len() as u64;
    let size =
        if part.field("content-transfer-encoding").is_some_and(|e| e.trim().eq_ignore_ascii_case("base64")) {
            let lines = part.body.iter().filter(|b| b.is_ascii_whitespace()).count() as u64;
            let padding = part.body.iter().rev().take(8).filter(|&&b| b == b'=').count() as u64;
            ((encoded - lines) / 4 * 3).saturating_sub(padding)
        } else {
            encoded
        };
    Attachment {
        name: part.file_name().unwrap_or_default().to_string(),
        media_type: part.content.value.clone(),
        size,
    }
}
