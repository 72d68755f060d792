//! Signatures, disclaimers and list footers.

use std::sync::LazyLock;

use regex::Regex;

use super::lines::{Line, Mark};
use super::quote::Kind;

/// Below a separator stand at most so many lines of a signature.
const MAX_LINES: usize = 25;

static SEPARATOR: LazyLock<Regex> =
    LazyLock::new(|| Regex::new(r"^\s{0,2}(?:--|—|–|––|-- –|__)\s*$").expect("a constant pattern"));
/// What phones and programs add; a sentence that only begins so goes on after a comma.
static SENT_FROM: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(concat!(
        r"(?i)^[\s*_]*(?:sent|écrit|sendt|skickat|gesendet|gesendet mit|verzonden|verstuurd|enviado|enviada|inviato|envoyé|envoyé à partir|wysłano|wysłane|lähetetty|odesláno|отправлено)",
        r"\s+(?:from|via|with|using|von|mit|vanaf|van|met|desde|do|de|da|dal|del|depuis|avec|med|från|fra|ze?|z|с|из|on|by|mijn|my)\s+[^,;!?]{2,60}",
        r"(?:[.!]?|,[^,]*(?:typo|brev|excuse|tippfehler|kürze|fautes|errors)[^,]*)[\s*_]*$",
        r"|(?i)^[\s*_]*(?:von meinem .{2,40} gesendet|diese nachricht wurde von mein.{2,60} gesendet|lähetetty .{2,40}|iPhoneから送信|.{2,20}から送信|发自我的.{2,20}|從我的.{2,20}傳送|get outlook for (?:ios|android).*|outlook für (?:ios|android) .*|télécharger outlook pour .*|obtener outlook para .*)[\s*_]*$",
    ))
    .expect("a constant pattern")
});
static RULE: LazyLock<Regex> =
    LazyLock::new(|| Regex::new(r"^\s*[_=*-]{10,}\s*$").expect("a constant pattern"));
static LIST_FOOTER: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"(?i)mailing list|mailman/listinfo|unsubscribe|you received this message because you are subscribed|google groups")
        .expect("a constant pattern")
});

/// Marks the signature at the end of each run of own lines.
pub(super) fn mark(body: &[Line], kinds: &mut [Kind]) {
    for (at, line) in body.iter().enumerate() {
        if line.mark == Mark::Signature && kinds[at] == Kind::Own {
            kinds[at] = Kind::Signature;
        }
    }
    let mut at = 0;
    while at < body.len() {
        if kinds[at] != Kind::Own {
            at += 1;
            continue;
        }
        let end = (at..body.len()).find(|&i| kinds[i] != Kind::Own).unwrap_or(body.len());
        if let Some(start) = begin(&body[at..end]) {
            kinds[at + start..end].fill(Kind::Signature);
        }
        at = end;
    }
}

/// The line at which the signature of a run of lines begins.
fn begin(run: &[Line]) -> Option<usize> {
    let left = |from: usize| run[from..].iter().filter(|l| !l.text.trim().is_empty()).count();
    if let Some(at) = run.iter().position(|l| SEPARATOR.is_match(&l.text))
        && left(at) <= MAX_LINES
    {
        return Some(at);
    }
    if let Some(at) = run.iter().position(|l| SENT_FROM.is_match(&l.text))
        && left(at) <= 4
    {
        return Some(at);
    }
    let at = run.iter().rposition(|l| RULE.is_match(&l.text))?;
    (left(at) <= 8 && run[at..].iter().any(|l| LIST_FOOTER.is_match(&l.text))).then_some(at)
}
