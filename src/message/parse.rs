//! The only user of mail-parser: header fields with a grammar, and the charsets.
//!
//! The structure of a mail is read in `mime`, since mail-parser 0.11.9 cuts a body at a boundary string in the middle of
//! a line, lets the last of two From fields win and turns undeclared 8-bit text into replacement characters.

use jiff::Timestamp;
use mail_parser::{DateTime, HeaderValue, decoders::charsets::map::charset_decoder, parsers::MessageStream};

use super::decode;

/// A Content-Type or Content-Disposition (RFC 2045 §5.1, RFC 2183), with parameters of RFC 2231 put together.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Parameters {
    /// The value in lower case: "text/plain", "attachment".
    pub value: String,
    list: Vec<(String, String)>,
}

impl Parameters {
    /// The parameter of that name (lower case).
    pub fn get(&self, name: &str) -> Option<&str> {
        self.list.iter().find(|(n, _)| n == name).map(|(_, v)| v.as_str())
    }
}

/// Reads the unfolded value of a Content-Type or Content-Disposition field.
pub(super) fn parameters(value: &str) -> Parameters {
    let line = format!("{value}\n");
    let HeaderValue::ContentType(read) = MessageStream::new(line.as_bytes()).parse_content_type() else {
        return Parameters::default();
    };
    let value = match read.subtype() {
        Some(subtype) => format!("{}/{subtype}", read.ctype()),
        None => read.ctype().to_string(),
    };
    let list = read
        .attributes()
        .unwrap_or_default()
        .iter()
        .map(|a| (a.name.to_ascii_lowercase(), decode::words(&a.value)))
        .collect();
    Parameters { value: value.trim().to_ascii_lowercase(), list }
}

/// Reads the unfolded value of a Date field (RFC 5322 §3.3 with its obsolete forms).
pub(super) fn date(value: &str) -> Option<Timestamp> {
    let read = DateTime::parse_rfc822(value)?;
    (read.is_valid() && read.year > 0).then(|| Timestamp::from_second(read.to_timestamp()).ok())?
}

/// Turns bytes of a named charset into text; nothing when the charset is unknown.
pub(super) fn charset(label: &str, bytes: &[u8]) -> Option<String> {
    if label.is_empty() || label.len() > 40 {
        return None;
    }
    let decoder = charset_decoder(label.as_bytes()).or_else(|| charset_decoder(alias(label)?.as_bytes()))?;
    Some(decoder(bytes))
}

/// The registered name of a charset that senders call otherwise.
fn alias(label: &str) -> Option<String> {
    let plain: String = label.to_ascii_lowercase().chars().filter(char::is_ascii_alphanumeric).collect();
    let plain = plain.strip_prefix('x').unwrap_or(&plain);
    let page = plain.trim_start_matches(|c: char| c.is_ascii_alphabetic());
    let name = match plain {
        p if p.starts_with("win") || p.starts_with("cp") || p.starts_with("ms") || p.starts_with("ibm") => {
            match page {
                "932" => "shift_jis".into(),
                "936" => "gbk".into(),
                "949" => "euc-kr".into(),
                "950" => "big5".into(),
                "437" => "ibm850".into(),
                page => format!("windows-{page}"),
            }
        }
        p if p.ends_with("utf7") => "utf-7".into(),
        p if p.starts_with("iso8859") => {
            format!("iso-8859-{}", p.strip_prefix("iso8859")?.trim_end_matches(['i', 'e']))
        }
        "macroman" => "macintosh".into(),
        "latin1" | "ansi" | "latin" => "windows-1252".into(),
        _ => return None,
    };
    Some(name)
}
