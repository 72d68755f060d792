//! Whether a mail is a machine's, and which: each verdict names what showed it.
//!
//! A field that only machines write decides alone. A Precedence, a null reverse-path or a word in the subject does not:
//! persons' mails carry them too, after lists and redirections. Two such signs together do, or one and a text that
//! speaks as automatic answers do.

use std::sync::LazyLock;

use regex::Regex;

use super::absence;
use super::calendar;
use super::dsn;
use super::mime::Part;
use super::{Automatic, AutomaticKind, Message, ReadOptions, comparable, subaddress};
use crate::pattern::fixed;

mod words;

/// Only the beginning of a text is searched, in characters.
const MAX_CHARS: usize = 1_500;

static SUBJECT_AUTOMATIC: LazyLock<Regex> = LazyLock::new(|| {
    alternatives(
        r"^[\s\[\(*【]*(?:\[[^\]]{1,30}\]\s*)?",
        words::SUBJECT_AUTOMATIC,
        r"\s*(?:[:：,;.!\]\)】*–-]|$|(?:re|to|from|von|auf|de|à|på|fra|från|od|на|für|pour|per)\b)",
    )
});
static SUBJECT_AUTOMATIC_END: LazyLock<Regex> =
    LazyLock::new(|| alternatives(r"[\[\(<【:-]\s*", words::SUBJECT_AUTOMATIC, r"[\s\]\)>】]*$"));
static SUBJECT_ABSENCE: LazyLock<Regex> =
    LazyLock::new(|| alternatives(r"(?:^|[^\p{L}])", words::SUBJECT_ABSENCE, r"(?:[^\p{L}]|$)"));
static AWAY: LazyLock<Regex> = LazyLock::new(|| alternatives("", words::AWAY, ""));
static HANDLING: LazyLock<Regex> = LazyLock::new(|| alternatives("", words::HANDLING, ""));
static MACHINE: LazyLock<Regex> = LazyLock::new(|| alternatives("", words::MACHINE, ""));
static NO_ANSWER: LazyLock<Regex> = LazyLock::new(|| alternatives("", words::NO_ANSWER, ""));
static LASTING: LazyLock<Regex> = LazyLock::new(|| alternatives("", words::LASTING, ""));
static NOBODY: LazyLock<Regex> = LazyLock::new(|| {
    fixed(
        r"(?i)^(?:no-?_?\.?reply|do-?_?\.?not-?_?\.?reply|donotreply|noreply|mailrobot|robot|notifications?|newsletter|autoresponder|auto-?reply|mailings?|news|alerts?|nepasrepondre|ne-pas-repondre|no-?responder|nicht-?antworten)(?:[@+._-]|$)",
    )
});

fn alternatives(before: &str, list: &[&str], behind: &str) -> Regex {
    fixed(&format!("(?i){before}(?:{}){behind}", list.join("|")))
}

/// Judges a mail that has been read.
pub(super) fn judge(root: &Part<'_>, message: &Message, options: &ReadOptions) -> Option<Automatic> {
    let verdict = |(kind, reason): (AutomaticKind, String)| Automatic {
        kind,
        reason,
        failed: Vec::new(),
        original_message_id: message.in_reply_to.first().cloned(),
        out_of_office: false,
        absent_until: None,
    };
    if let Some(reason) = ourselves(root) {
        return Some(verdict((AutomaticKind::Ourselves, reason)));
    }
    if let Some(found) = report(root) {
        return Some(verdict(found));
    }
    // Before automatic answers: Exim marks its bounces as such.
    if let Some(bounce) = dsn::judge(root, message) {
        return Some(bounce);
    }
    if let Some(reason) = calendar::method(root) {
        return Some(verdict((AutomaticKind::Calendar, reason)));
    }
    if let Some(reason) = answer(root, message) {
        let text: String = format!("{} . {}", message.base_subject, message.reply);
        let sent = message.date.map(|d| d.to_zoned(jiff::tz::TimeZone::UTC).date());
        let mut found = verdict((AutomaticKind::AutoReply, reason));
        found.absent_until = absence::until(&text, sent);
        let beginning: String = text.chars().take(MAX_CHARS).collect();
        let beginning = beginning.split_whitespace().collect::<Vec<_>>().join(" ");
        found.out_of_office = SUBJECT_ABSENCE.is_match(&message.subject) || AWAY.is_match(&beginning);
        return Some(found);
    }
    bulk(root, message, options).map(verdict)
}

/// What shows that this program wrote the mail itself.
///
/// Our address and a Message-ID of our domain show nothing: that is how an owner's mail program writes too.
fn ourselves(root: &Part<'_>) -> Option<String> {
    root.field("x-pairdesk-letter").map(|_| "X-Pairdesk-Letter: our own mail come back".into())
}

/// Disposition notifications (RFC 8098) and abuse reports (RFC 5965).
fn report(root: &Part<'_>) -> Option<(AutomaticKind, String)> {
    let kind = root.content.get("report-type").unwrap_or_default().to_ascii_lowercase();
    let holds = |media: &str| root.walk().iter().any(|p| p.content.value == media);
    if root.content.value != "multipart/report" && !holds("message/feedback-report") {
        return None;
    }
    if kind == "disposition-notification" || holds("message/disposition-notification") {
        Some((AutomaticKind::Disposition, "disposition notification (RFC 8098)".into()))
    } else if kind == "feedback-report" || holds("message/feedback-report") {
        Some((AutomaticKind::Feedback, "feedback report (RFC 5965)".into()))
    } else {
        None
    }
}

/// What shows that a mail is an automatic answer.
fn answer(root: &Part<'_>, message: &Message) -> Option<String> {
    let field = |name: &str| root.field(name).unwrap_or_default().trim().to_ascii_lowercase();
    let auto = field("auto-submitted");
    if auto.starts_with("auto-replied") || auto.starts_with("auto-notified") {
        return Some("Auto-Submitted: auto-replied (RFC 3834 §5)".into());
    }
    for name in [
        "x-autoreply",
        "x-autorespond",
        "x-autoresponder",
        "x-autoreply-from",
        "x-auto-reply-from",
        "x-mail-autoreply",
        "x-vacation",
        "x-autoresponse",
        "x-auto-response",
        "x-amazon-auto-reply",
    ] {
        if root.field(name).is_some_and(|v| !matches!(v.trim().to_ascii_lowercase().as_str(), "no" | "false"))
        {
            return Some(format!("the field {name}"));
        }
    }
    let says = |name: &str, words: &[&str]| {
        let value = field(name);
        words.iter().find(|w| value.contains(**w)).map(|w| format!("{name}: {w}"))
    };
    let told = says("x-autogenerated", &["reply"])
        .or_else(|| says("precedence", &["auto_reply", "auto-reply", "autoreply"]))
        .or_else(|| says("x-precedence", &["auto_reply", "auto-reply"]))
        .or_else(|| says("preference", &["auto_reply"]))
        .or_else(|| says("x-post-messageclass", &["autoresponder"]))
        .or_else(|| says("delivered-to", &["autoresponder"]))
        .or_else(|| says("x-mailer", &["vacation", "autorespond", "auto-reply", "autoreply"]))
        .or_else(|| says("user-agent", &["vacation", "autorespond"]))
        .or_else(|| says("x-loop", &["vacation", "autorepl"]));
    if told.is_some() {
        return told;
    }
    let subject = message.subject.trim();
    // "Re: Automatic reply: ..." is a person who answers one.
    if SUBJECT_AUTOMATIC.is_match(subject)
        || SUBJECT_AUTOMATIC_END.is_match(subject) && signs(root, &auto) > 0
    {
        return Some("the subject calls it an automatic answer".into());
    }
    let text: String = message
        .reply
        .chars()
        .take(MAX_CHARS)
        .collect::<String>()
        .split_whitespace()
        .collect::<Vec<_>>()
        .join(" ");
    let signs = signs(root, &auto);
    let away = AWAY.is_match(&text);
    let handling = HANDLING.is_match(&text);
    let subject_absence = !message.subject_is_reply && SUBJECT_ABSENCE.is_match(subject);
    // A question, or an older mail quoted below, is a person's; automatic answers have neither.
    let personal = text.contains(['?', '？']) || !message.quoted.is_empty();
    if SUBJECT_AUTOMATIC_END.is_match(subject) && (away || handling) {
        return Some("the subject ends as that of an automatic answer".into());
    }
    if signs > 0 && (away && (handling || subject_absence || signs > 1) || subject_absence && handling) {
        return Some("signs of a machine, and the text of an out-of-office answer".into());
    }
    if signs > 1 && (handling || MACHINE.is_match(&text)) {
        return Some("several signs of a machine, and the text of an automatic answer".into());
    }
    let listed = root.field("list-id").is_some();
    if signs > 1 && dsn::null_return_path(root) && !personal && !listed {
        return Some("a null reverse-path (RFC 3834 §3.3) and another sign of a machine".into());
    }
    if subject_absence && away && handling && !personal {
        return Some("subject and text of an out-of-office answer".into());
    }
    if away && !personal && says_automatic(&text) && is_template(&text, signs, subject_absence) {
        return Some("the text of an out-of-office answer".into());
    }
    let answers = message.subject_is_reply || !message.in_reply_to.is_empty();
    if answers
        && !personal
        && (MACHINE.is_match(&text)
            || NO_ANSWER.is_match(&text) && signs > 0
            || dsn::is_challenge(message) && (signs > 0 || from_nobody(message)))
    {
        return Some("the text says that a machine answers".into());
    }
    if dsn::is_challenge(message)
        && (root.content.value == "multipart/report" || signs > 0 && from_nobody(message))
    {
        return Some("a challenge to prove that the sender is a person".into());
    }
    None
}

/// How many signs of a machine the header holds, of those that persons' mails carry now and then.
fn signs(root: &Part<'_>, auto: &str) -> usize {
    let has = |name: &str| root.field(name).is_some();
    let precedence = root.field("precedence").unwrap_or_default().trim().to_ascii_lowercase();
    let listed = has("list-id") || has("list-post");
    [
        dsn::null_return_path(root),
        !auto.is_empty() && auto != "no",
        matches!(precedence.as_str(), "bulk" | "junk") && !listed,
        has("x-auto-response-suppress"),
        has("x-ms-exchange-generated-message-source") || has("x-ms-exchange-inbox-rules-loop"),
        has("x-fc-machinegenerated"),
        root.field("x-autosubmitted").is_some(),
    ]
    .iter()
    .filter(|s| **s)
    .count()
}

/// Whether a text that speaks of an absence is a template: a machine's sign, two phrases of automatic answers, or an absence
/// that lasts. "Thanks for your mail. I am away on Thursday but could meet on Friday" is a person's.
fn is_template(text: &str, signs: usize, subject_absence: bool) -> bool {
    signs > 0
        || subject_absence
        || MACHINE.is_match(text)
        || HANDLING.find_iter(text).take(2).count() == 2
        || LASTING.is_match(text)
}

/// Whether a text thanks for a mail or names itself automatic, as templates do and letters do not.
fn says_automatic(text: &str) -> bool {
    let opening: String = text.chars().take(250).collect();
    MACHINE.is_match(text)
        || HANDLING.find_iter(&opening).any(|m| {
            let said = m.as_str().to_lowercase();
            [
                "thank",
                "dank",
                "merci",
                "gracias",
                "grazie",
                "obrigad",
                "bedankt",
                "dzięk",
                "tack",
                "tak",
                "takk",
                "kiitos",
                "děk",
                "ďak",
                "спасибо",
                "благодар",
                "дякую",
                "auto",
                "авто",
                "自動",
                "自动",
                "メール",
                "ご連絡",
                "reçu",
                "자동",
            ]
            .iter()
            .any(|w| said.contains(w))
        })
}

fn from_nobody(message: &Message) -> bool {
    message.from.as_ref().is_some_and(|f| NOBODY.is_match(&f.address))
}

/// Mail of lists, newsletters and programs.
fn bulk(root: &Part<'_>, message: &Message, options: &ReadOptions) -> Option<(AutomaticKind, String)> {
    let has = |name: &str| root.field(name).is_some();
    let auto = root.field("auto-submitted").unwrap_or_default().trim().to_ascii_lowercase();
    let own = |text: &str| options.own_addresses.iter().any(|a| text.to_lowercase().contains(&comparable(a)));
    let below = |text: &str| options.own_addresses.iter().any(|a| subaddress(a, text).is_some());
    let mut recipients = message.to.iter().chain(&message.cc);
    let addressed = recipients.any(|a| own(&comparable(&a.address)) || below(&a.address));
    // The firm's own group, and a list's mail that was also written to us: a person's.
    let to_us = root.field("list-post").is_some_and(own) || addressed && has("list-post");
    let one_click = has("list-unsubscribe-post")
        || has("x-campaign-id")
        || has("x-campaign")
        || has("x-mailgun-tag")
        || has("feedback-id");
    if has("list-id") && !to_us {
        return Some(if has("list-post") || !one_click {
            (AutomaticKind::List, "List-Id (RFC 2919)".into())
        } else {
            (AutomaticKind::Bulk, "List-Id and List-Unsubscribe: a newsletter (RFC 2369)".into())
        });
    }
    if has("list-unsubscribe") && !has("list-post") && (one_click || from_nobody(message)) {
        return Some((AutomaticKind::Bulk, "List-Unsubscribe (RFC 2369 §3.2)".into()));
    }
    if auto.starts_with("auto-generated") {
        return Some((AutomaticKind::Bulk, "Auto-Submitted: auto-generated (RFC 3834 §5)".into()));
    }
    let text: String = message.reply.chars().take(4_000).collect();
    let precedence = root.field("precedence").unwrap_or_default().trim().to_ascii_lowercase();
    let dull = matches!(precedence.as_str(), "bulk" | "junk");
    if from_nobody(message) && !message.subject_is_reply {
        return Some((AutomaticKind::Bulk, "an address that nobody reads".into()));
    }
    if MACHINE.is_match(&text)
        && message.quoted.is_empty()
        && !message.subject_is_reply
        && !text.contains('?')
    {
        return Some((AutomaticKind::Bulk, "the text says that a machine wrote it".into()));
    }
    (dull && has("list-unsubscribe"))
        .then(|| (AutomaticKind::Bulk, format!("Precedence: {precedence} and List-Unsubscribe")))
}
