//! Subjects: decoded, and without the marks that replies and forwards put before them (RFC 5256 §2.1).

use std::sync::LazyLock;

use regex::Regex;

use super::decode;
use crate::pattern::fixed;

/// Reply marks by language, without the colon.
const REPLY: &str = "re|aw|antw|antwort|sv|vast|ynt|odp|ref|res|rép|réf|r|bls|atb|αα|απ|ρ|ответ|отв|на|відп|回复|回覆|答复|答覆|返信|답장|회신|tr re|vá|svar|vastaus|risp|rif|תגובה|رد|ตอบ";
/// Forward marks by language.
const FORWARD: &str = "fw|fwd|wg|weitergeleitet|tr|i|rv|enc|doorst|doorg|vl|vb|vs|pd|fs|ptd|пересл|fyi|转发|轉寄|轉發|転送|전달|πρθ|προωθ|ilt|iletilen|továbbítás|továbbított|přep|endelegt|lähetetty|vidarebefordrat|videresendt|doorgestuurd|הועבר|إعادة توجيه";

static MARK: LazyLock<Regex> = LazyLock::new(|| {
    fixed(&format!(
        r"(?i)^\s*(?:\[[^\]]{{1,40}}\]\s*)?(?:(?P<re>{REPLY})|(?P<fw>{FORWARD}))\s*(?:\[\d+\]|\(\d+\)|\^\d+|\d{{1,2}})?\s*[:：]\s*"
    ))
});
static TAG: LazyLock<Regex> = LazyLock::new(|| fixed(r"^\s*(?:\[[^\]#]{1,40}\]\s*)+"));
static TAIL: LazyLock<Regex> = LazyLock::new(|| fixed(r"(?i)\s*\((?:fwd|fw|wg|tr)\)\s*$"));

/// A subject, taken apart.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Subject {
    /// As written, decoded.
    pub text: String,
    /// Without marks.
    pub base: String,
    /// Whether a reply mark was there.
    pub is_reply: bool,
    /// Whether the first mark is that of a forward.
    /// "VS" is the mark of a forward in Danish and that of a reply in Finnish: both are said.
    pub is_forward: bool,
}

/// Reads a subject's raw value.
pub(super) fn read(value: &str) -> Subject {
    let text = decode::words(value).split_whitespace().collect::<Vec<_>>().join(" ");
    let (base, is_reply) = strip(&text);
    let is_forward = MARK.captures(&text).is_some_and(|m| m.name("fw").is_some())
        || text.to_lowercase().starts_with("[fwd:")
        || TAIL.is_match(&text);
    Subject { text, base, is_reply, is_forward }
}

/// The base subject, and whether a reply mark was taken off.
pub(super) fn strip(text: &str) -> (String, bool) {
    let mut rest = text.trim();
    let mut is_reply = false;
    // Each round takes off at least one mark; a subject of marks only ends soon.
    for _ in 0..50 {
        if let Some(tail) = TAIL.find(rest) {
            rest = &rest[..tail.start()];
        } else if let Some(mark) = MARK.captures(rest) {
            is_reply |= mark.name("re").is_some() || mark[0].trim_start().to_lowercase().starts_with("vs");
            rest = &rest[mark.get(0).expect("a match").end()..];
        } else if let Some(tag) = TAG.find(rest).filter(|t| t.end() < rest.len()) {
            rest = &rest[tag.end()..];
        } else if let Some(inner) = rest.strip_prefix("[Fwd:").or_else(|| rest.strip_prefix("[fwd:")) {
            rest = inner.strip_suffix(']').unwrap_or(inner).trim();
        } else {
            break;
        }
    }
    (rest.trim().to_string(), is_reply)
}
