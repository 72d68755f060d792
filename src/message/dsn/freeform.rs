//! Bounces without a delivery status: Exim, qmail, Exchange, Lotus, Novell, Gmail, Yahoo and others.

use std::sync::LazyLock;

use regex::Regex;

use super::super::mime::Part;
use super::super::originator;
use super::super::{AutomaticKind, FailedRecipient, Message};
use crate::pattern::fixed;

/// Text behind this many bytes is not searched.
const MAX_TEXT: usize = 64 * 1024;

/// Addresses that only mail systems have.
static SYSTEM: LazyLock<Regex> = LazyLock::new(|| {
    fixed(
        r"(?i)^(?:mailer-?daemon|mail-?daemon|mail-?delivery|mail\.delivery|maildelivery|microsoftexchange[0-9a-f]+|double-bounce)(?:[@+._-]|$)",
    )
});
/// Addresses that mail systems have, and persons now and then.
static PERHAPS_SYSTEM: LazyLock<Regex> = LazyLock::new(|| {
    fixed(
        r"(?i)^(?:postmaster|bounces?|exchange|administrator|mailadmin|no-?reply|mmdf|mail-?system|mailsystem|mta)(?:[@+._-]|$)",
    )
});
static SYSTEM_NAME: LazyLock<Regex> = LazyLock::new(|| {
    fixed(
        r"(?i)mail(?:er)?[ -]?daemon|mail delivery (?:sub)?system|mail delivery service|mail administrator|microsoft outlook$|^postmaster$|system administrator|mail system|mail server at|delivery subsystem",
    )
});
static SUBJECT: LazyLock<Regex> = LazyLock::new(|| {
    fixed(concat!(
        r"(?i)^(?:\[?(?:external|spam)\]?\s*)?(?:undeliver(?:ed|able|y)|returned mail|returned to sender|mail deliver(?:y|ed)? (?:failed|failure|problem|error|status|report|system|subsystem)|delivery (?:status notification|failure|failed|has failed|problem|report|notification|error)",
        r"|failure notice|notice: mail delivery|bounce\]|failed delivery|failed mail|non[- ]?deliver(?:y|able)|non remis|message status - undeliverable|mail could not be delivered|message (?:undeliverable|not delivered|delivery)|warning: could not send|warning: message|mail system error|could not (?:send|deliver)|nondeliverable|ndr:|dsn:|delayed mail|rejected(?: mail|:)|bounced?(?: mail|:)|undelivered|mail bounce|email (?:could not be|was not) delivered",
        r"|unzustellbar|zustellung fehlgeschlagen|nicht zustellbar|fehler bei der zustellung|unzustellbare|e-?mail-zustellung|zustellungs?fehler|benachrichtigung über den zustellungsstatus|übermittlungsfehler|échec de (?:la )?(?:remise|distribution|livraison)|non distribuable|message non remis|notification d'état de remise|courrier non distribué|avis de non-remise",
        r"|no se (?:ha )?(?:puede|podido|pudo) entregar|error de entrega|correo devuelto|devuelto|mensaje no entregado|aviso de no entrega|notificación de estado de entrega|mancata consegna|messaggio non recapitabile|non recapitabile|consegna non riuscita|impossibile recapitare|errore di consegna|não (?:é )?(?:entregue|possível entregar)|falha na entrega|mensagem não entregue|devolvido|notificação de status de entrega",
        r"|onbestelbaar|niet (?:af)?geleverd|niet bezorgd|kan niet worden bezorgd|bezorging mislukt|niedostarcz|nie można dostarczyć|niedoręcz|błąd dostarcz|zwrot|olevererbart|kunde inte levereras|leveransfel|olevererat|det går inte att leverera|kunne ikke leveres|ikke leveret|ulevert|kan ikke leveres|leveringsfejl|ei voitu toimittaa|toimitus epäonnistui|toimittamaton|nedoručiteln|nedoručen|nelze doručit|не доставлен|недоставлен|не удалось доставить|сообщение не доставлено|配信不能|配信エラー|メールが配信|配送エラー|退信|无法投递|未送达|傳送失敗|无法送达|投递失败|系统退信)",
    ))
});
/// What a server says about a mail that it could not deliver.
static FAILED: LazyLock<Regex> = LazyLock::new(|| {
    fixed(concat!(
        r"(?i)could(?: not|n[’']t) be delivered|cannot be delivered|can(?: not|['’]t) deliver|not (?:been )?delivered|unable to deliver|wasn['’]t able to deliver|was undeliverable|is undeliverable|undeliverable|did not reach|(?:has|have) not (?:yet )?been delivered|not able to deliver|delivery to the following recipients? (?:has )?(?:been )?(?:failed|delayed)|(?:following )?address\(?(?:es)?\)? (?:had|have had|failed)|permanent(?:ly)? (?:fatal )?(?:error|fail)|delivery (?:has )?failed|failed permanently|fatal errors|delivery error",
        r"|user unknown|unknown user|no such user|no mailbox|mailbox (?:is )?(?:full|unavailable|not found|exceed|unknown|disabled)|user (?:mailbox )?(?:exceeds|not found|is over)|over quota|quota exceeded|exceeds? (?:allowed|the|its) (?:size|quota)|not a valid (?:user|recipient|address|mailbox)|invalid recipient|recipient (?:address )?rejected|address rejected|does not exist|doesn't exist|recipient unknown|unknown recipient|unrouteable|unroutable|host unknown|host not found|account (?:has been )?(?:disabled|suspended|closed)|relay(?:ing)? denied|not listed in|is not a known user|message was (?:rejected|refused|blocked)|returned to sender|bounced",
        r"|konnte nicht (?:zugestellt|übermittelt|ausgeliefert)|nicht zugestellt werden|n'a pas pu être (?:remis|distribué|livré|délivré)|n’a pas pu être|no se (?:ha podido|pudo|puede) entregar|non (?:è stato possibile|può essere|ha potuto) (?:essere )?(?:consegna|recapita)|impossibile (?:recapitare|consegnare)|não pôde ser entregue|não foi (?:possível|entregue)|kon niet worden (?:bezorgd|afgeleverd)|niet worden (?:bezorgd|afgeleverd)|nie (?:mogła|może|można|została|udało).{0,30}(?:dostarcz|doręcz)|kunde inte levereras|kunne ikke (?:leveres|afleveres)|ei voitu toimittaa|nelze doručit|nebyla doručena|не (?:было |может быть |удалось )?доставл|配信できません|配信に失敗|退回|无法(?:投递|送达)|无法将邮件",
    ))
});
static SMTP_CODE: LazyLock<Regex> = LazyLock::new(|| {
    fixed(r"\b5\d\d[ -](?:#?5\.\d{1,3}\.\d{1,3}|[A-Za-z<(\[])|#[45]\.\d\.\d|\b5\.[0-7]\.\d{1,3}\b")
});
static STATUS: LazyLock<Regex> =
    LazyLock::new(|| fixed(r"(?:^|[^\d.])([245]\.\d{1,3}\.\d{1,3})(?:[^\d.]|\.?$|\.\s)"));
static REPLY_CODE: LazyLock<Regex> = LazyLock::new(|| fixed(r"(?:^|[^\d.])([45])[0-5]\d[ -]"));
static STILL_TRIED: LazyLock<Regex> = LazyLock::new(|| {
    fixed(
        r"(?i)warning only|do(?:es)? not need to resend|will be retried|will (?:continue to be|keep) (?:tried|trying)|still being retried|will keep trying|not yet been delivered|has been delayed|no action is required on your part|wird weiter versucht|delivery attempts will continue",
    )
});
static CHALLENGE: LazyLock<Regex> = LazyLock::new(|| {
    fixed(
        r"(?i)guest list|(?:requires?|needs?|await(?:s|ing)) (?:your )?confirmation|click (?:on )?the (?:following )?link.{0,80}(?:added|deliver|confirm|verify|allow)|to confirm (?:this|that you|your)|protected by|challenge[ -]response|allowed (?:senders? )?list|whitelist|spam ?arrest|prove (?:that )?you|are (?:a )?human|sender verification|verify (?:that you|yourself|your (?:e-?mail|address))|added to (?:my|the) (?:approved|allowed|address)",
    )
});
/// Where the copy of the returned mail begins.
static COPY: LazyLock<Regex> = LazyLock::new(|| {
    fixed(
        r"(?im)^\W*(?:this is a copy of|below this line|original message|the header of the original|message header|returned message|a copy of (?:the|your)|copy of (?:the|your) message|included is a copy|headers? of the (?:original|failed)|undelivered message|----- ?message|begin message|return-path:|received: (?:from|by)|dkim-signature:|ursprüngliche nachricht|die ursprüngliche|en-têtes|el encabezado)",
    )
});
static ADDRESS: LazyLock<Regex> =
    LazyLock::new(|| fixed(r"(?i)[a-z0-9!#$%&'*+/=?^_`{|}~.-]+@(?:[a-z0-9-]+\.)*[a-z0-9-]+"));

/// Whether a mail system sent the mail: surely, by its address or display name.
pub(super) fn is_mail_system(root: &Part<'_>, message: &Message) -> bool {
    let Some(from) = &message.from else {
        let empty = root.field("from").is_some_and(|f| f.trim().trim_matches(['<', '>', ' ']).is_empty());
        return null_return_path(root) || empty;
    };
    SYSTEM.is_match(&from.address) || SYSTEM_NAME.is_match(&from.name)
}

/// Whether a mail system sent the mail: surely, or by an address or an envelope that persons' mails have now and then.
fn may_be_system(root: &Part<'_>, message: &Message) -> bool {
    is_mail_system(root, message)
        || null_return_path(root)
        || message.from.as_ref().is_some_and(|f| PERHAPS_SYSTEM.is_match(&f.address))
}

/// Whether the envelope had the null reverse-path (RFC 5321 §4.5.5).
pub(in super::super) fn null_return_path(root: &Part<'_>) -> bool {
    root.field("return-path").is_some_and(|v| v.trim().trim_matches(['<', '>', ' ']).is_empty())
}

/// Whether the text asks the sender to prove that he is a person.
pub(in super::super) fn is_challenge(message: &Message) -> bool {
    CHALLENGE.is_match(head(&message.text))
}

/// Whether the text says that the delivery is still being tried.
pub(super) fn still_tried(message: &Message) -> bool {
    STILL_TRIED.is_match(head(&message.text))
        || message.subject.to_ascii_lowercase().starts_with("delayed mail")
}

/// The first enhanced status code in a text (RFC 3463), or the class of a reply code ("5.0.0").
pub(super) fn status(text: &str) -> Option<String> {
    if let Some(found) = STATUS.captures(text) {
        return Some(found[1].to_string());
    }
    REPLY_CODE.captures(text).map(|c| format!("{}.0.0", &c[1]))
}

/// The text above the copy of the returned mail.
fn head(text: &str) -> &str {
    let end = (0..=text.len().min(MAX_TEXT)).rev().find(|&at| text.is_char_boundary(at)).unwrap_or(0);
    let text = &text[..end];
    // The first lines are the notice itself, even when they speak of the original message.
    match COPY.find_iter(text).find(|m| m.start() > 20) {
        Some(copy) => &text[..copy.start()],
        None => text,
    }
}

/// Whether a mail is a bounce or a delay, the reason, and whom it is about.
pub(super) fn read(
    root: &Part<'_>,
    message: &Message,
) -> Option<(AutomaticKind, String, Vec<FailedRecipient>)> {
    let text = head(&message.text);
    let system = is_mail_system(root, message);
    let perhaps = may_be_system(root, message)
        || root.field("auto-submitted").is_some_and(|v| !v.trim().eq_ignore_ascii_case("no"));
    let report = root.content.value == "multipart/report"
        && root.content.get("report-type").is_none_or(|t| t.eq_ignore_ascii_case("delivery-status"));
    let exim = root.field("x-failed-recipients").is_some();
    // The whole subject: "Fwd: Undeliverable: ..." is a person's.
    let subject = SUBJECT.is_match(message.subject.trim_start_matches(['*', ' ', '<', '!', '[', '#']));
    let says = FAILED.is_match(text);
    let code = SMTP_CODE.is_match(text);
    if is_challenge(message) && !system {
        return None;
    }
    let reason = if exim {
        "the field X-Failed-Recipients"
    } else if report && may_be_system(root, message) {
        "multipart/report by a mail system (RFC 6522)"
    } else if system && subject {
        "a mail system's subject of a bounce"
    } else if system && (says || code) {
        "a mail system says that a mail was not delivered"
    } else if subject && perhaps && (says || code)
        || subject && says && code && message.quoted.is_empty() && !recipients(root, message).is_empty()
    {
        "subject and text of a bounce"
    } else if perhaps && says && code && !message.subject_is_reply {
        "a sender that may be a mail system, and the text of a bounce"
    } else {
        return None;
    };
    let kind = if !exim && still_tried(message) { AutomaticKind::Delayed } else { AutomaticKind::Bounce };
    Some((kind, reason.into(), recipients(root, message)))
}

/// The addresses that a bounce without a usable status is about, with the status nearest behind each.
pub(super) fn recipients(root: &Part<'_>, message: &Message) -> Vec<FailedRecipient> {
    let text = head(&message.text);
    let field = root.all("x-failed-recipients").flat_map(originator::addresses).map(|a| a.address);
    let mut found: Vec<String> = field.take(50).collect();
    let status_of = |address: &str| {
        let behind = text.to_lowercase().find(address).and_then(|at| text.get(at..)).unwrap_or(text);
        status(behind).or_else(|| status(text))
    };
    if found.is_empty() {
        found = addresses_in(text, message);
    }
    if found.is_empty() {
        found = addresses_in(&message.subject, message);
    }
    if found.is_empty() {
        found = bare_names(text, message);
    }
    found.into_iter().map(|recipient| FailedRecipient { status: status_of(&recipient), recipient }).collect()
}

/// The addresses in a text, best first: those that stand where a server names a recipient. The reporting system and
/// the one who wrote the mail that bounced are no recipients.
fn addresses_in(text: &str, message: &Message) -> Vec<String> {
    let own: Vec<&str> = message
        .to
        .iter()
        .map(|a| a.address.as_str())
        .chain(message.from.iter().map(|f| f.address.as_str()))
        .collect();
    let mut named: Vec<String> = Vec::new();
    let mut others: Vec<String> = Vec::new();
    for line in text.lines().take(400) {
        for found in ADDRESS.find_iter(line).take(5) {
            let address = found.as_str().trim_matches(['.', '\'', '-', '=']).to_lowercase();
            if own.contains(&address.as_str())
                || SYSTEM.is_match(&address)
                || address.starts_with("postmaster@")
                || named.contains(&address)
            {
                continue;
            }
            let before = line[..found.start()].trim_start_matches([' ', '\t', '>', '<', '*', '-', '"']);
            let behind = line[found.end()..].trim_start();
            let alone = before.is_empty()
                && (behind.is_empty()
                    || behind.starts_with(['>', ':', ',', ';', '('])
                    || behind.starts_with("on "));
            let lower = before.to_ascii_lowercase();
            let told = [
                "rcpt to:",
                "recipient",
                "final-recipient",
                "original-recipient",
                "to:",
                "user unknown",
                "address",
                "size:",
            ]
            .iter()
            .any(|w| lower.trim_end_matches(['<', ' ']).ends_with(w));
            if alone || told {
                named.push(address);
            } else if !others.contains(&address) {
                others.push(address);
            }
        }
    }
    if named.is_empty() {
        others.truncate(1);
        return others;
    }
    named.truncate(50);
    named
}

/// Names without a domain that stand alone on an indented line: they are at the reporting system's domain.
fn bare_names(text: &str, message: &Message) -> Vec<String> {
    let Some(domain) = message.from.as_ref().map(super::super::Address::domain).filter(|d| !d.is_empty())
    else {
        return Vec::new();
    };
    text.lines()
        .skip_while(|l| !FAILED.is_match(l))
        .skip(1)
        .map(str::trim)
        .filter(|l| {
            (2..=64).contains(&l.len()) && l.chars().all(|c| c.is_ascii_alphanumeric() || "._-+".contains(c))
        })
        .take(5)
        .map(|name| format!("{}@{domain}", name.to_ascii_lowercase()))
        .collect()
}
