//! Signatures, disclaimers and list footers at the end of a run of own lines.

use std::sync::LazyLock;

use regex::Regex;

use super::lines::{Line, Mark};
use super::quote::Kind;
use crate::pattern::fixed;

pub(super) mod seen;
mod words;

/// Below a separator stand at most so many lines of a signature.
const MAX_LINES: usize = 25;
/// Below a closing stand at most so many lines.
const MAX_BELOW_CLOSING: usize = 10;

static SEPARATOR: LazyLock<Regex> = LazyLock::new(|| fixed(r"^\s{0,2}(?:--|—|–|––|-- –|__|- -)\s*$"));
/// What phones and programs add; a sentence that only begins so goes on after a comma.
static SENT_FROM: LazyLock<Regex> = LazyLock::new(|| {
    fixed(concat!(
        r"(?i)^[\s*_(\[-]*(?:sent|écrit|sendt|skickat|gesendet|gesendet mit|verzonden|verstuurd|enviado|enviada|inviato|envoyé|envoyé à partir|wysłano|wysłane|lähetetty|odesláno|отправлено|posted|composed|written|typed)",
        r"\s+(?:from|via|with|using|von|mit|vanaf|van|met|desde|do|de|da|dal|del|depuis|avec|med|från|fra|ze?|z|с|из|vanuit|a partir d[eo]|on|by|mijn|my)\s+(?:[^,;!?:]|://){2,70}?",
        r"(?:[.!]?|,[^,]*(?:typo|brev|excuse|tippfehler|kürze|fautes|errors)[^,]*)[\s*_)\]]*$",
        r"|(?i)^[\s*_]*(?:von meinem .{2,40} gesendet|von .{2,30} gesendet|diese (?:nachricht|mail|e-mail) wurde .{2,80}gesendet|.{2,20}에서 보냄|从我的.{2,20}发送|从 ?windows.{2,12}发送|发送自.{2,30}|發自我的.{2,20}|来自.{0,8}邮箱|holen sie sich outlook für .*|lähetetty .{2,40}|iPhoneから送信|.{2,20}から送信|发自我的.{2,20}|從我的.{2,20}傳送|get outlook for (?:ios|android).*|outlook für (?:ios|android) .*|(?:télécharger|obtenez|obtenir) outlook pour .*|(?:obtener|obtén) outlook para .*|scarica outlook per .*|hämta outlook för .*|download outlook (?:til|voor) .*|(?:hanki|hent|pobierz|få|skaffa|last ned|installer|obter|baixe|baixar|stáhnout|stáhněte|získat|získejte|получите|получить|скачать|установить|获取|下载|取得|下載|descargar) (?:o |aplikację )?outlook\b[^?]{0,30}(?:ios|android).*|outlook voor (?:ios|android) downloaden|.{0,12}outlook.{0,16}を入手|envoyé (?:à partir |depuis )?d[’']outlook [^?]{2,30}|provenance\s?: courrier pour windows.*|get typeapp.*|enviado do meu .*|(?:sent|via) mobile|on the go|from (?:my|a) (?:iphone|ipad|android|mobile|blackberry|phone)\b.{0,20})\.?[\s*_]*$",
    ))
});
/// A postscript belongs to the letter.
static POSTSCRIPT: LazyLock<Regex> = LazyLock::new(|| fixed(r"(?i)^\s*p\.?\s?p?\.?s\b\.?\s*[:.–-]?"));
/// A disclaimer speaks of the mail itself, and of its recipient.
static OF_THE_MAIL: LazyLock<Regex> = LazyLock::new(|| {
    build(
        r"(?:this|the) (?:e-?mail|message|communication|transmission|information|document)|diese[rn]? (?:e-?mail|nachricht|mail)|(?:ce|cet|le présent|ce présent) (?:message|e-?mail|courriel|mail)|est[ea] (?:mensaje|correo|e-?mail|mensagem)|quest[oa] (?:messaggio|e-?mail|comunicazione)|(?:dit|deze) (?:bericht|e-?mail)|(?:ta|niniejsza) wiadomość|detta (?:meddelande|mejl|e-?post)|denne (?:e-?mail|e-?post|mail|meddelelse)|tämä (?:viesti|sähköposti)|tento e-?mail|tato zpráva|данное (?:сообщение|письмо)|это сообщение",
    )
});
static OF_ITS_RECIPIENT: LazyLock<Regex> = LazyLock::new(|| {
    build(
        r"intended|addressee|recipient|adressat|empfänger|destinataire|destinatari|geadresseerde|adresat|mottagare|modtager|vastaanottaj|příjemc|получател|environment|print",
    )
});
/// What firms must write below their letters: register, number, seat.
static REGISTER: LazyLock<Regex> = LazyLock::new(|| {
    build(
        r"\bhr[ab]\s?\d|amtsgericht|handelsregister|registergericht|geschäftsführ|sitz der gesellschaft|ust-?id|registered (?:in|office|number)|company (?:number|registration|no)|\bsiret\b|\brcs\b|\bp\.?\s?iva\b|\bkvk\b|\bvat\b|\bkrs\b|\bregon\b|org\.?\s?nr",
    )
});
/// What mails are written with. A short line needs none of these words.
static DEVICE: LazyLock<Regex> = LazyLock::new(|| {
    build(
        r"\b(?:my|mein|meine[mr]?|mon|mi|meu|mijn|min|mitt|mojego|mého|mio|moj\p{L}*)\b|phone|ipad|ipod|android|mobil|samsung|huawei|xiaomi|galaxy|blackberry|windows|outlook|mail|spark|proton|tablet|device|\bapp\b|telefon|téléphone|handy|nokia|palm|pixel|gmx|web\.de|から|发|送|보냄|айфон|мобильн|почт|приложени",
    )
});
static RULE: LazyLock<Regex> = LazyLock::new(|| fixed(r"^\s*[_=*-]{8,}\s*$"));
static LIST_FOOTER: LazyLock<Regex> = LazyLock::new(|| {
    fixed(
        r"(?i)mailing[ -]?list|mailman/listinfo|unsubscribe|you received this message because you are subscribed|google groups|abmelden|se désabonner",
    )
});
static CLOSING: LazyLock<Regex> = LazyLock::new(|| {
    build(&format!(
        r"^\W{{0,3}}(?:{})(?:\s*[,.!:;–-]*\s*$|\s*,\s*[\p{{L}}.' -]{{2,40}}$|\s+[/-]\s*[\p{{L}}.' -]{{2,40}}$)",
        words::CLOSING.join("|")
    ))
});
static THANKS: LazyLock<Regex> =
    LazyLock::new(|| build(&format!(r"^\W{{0,3}}(?:{})\s*[,.!:;–-]*\s*$", words::THANKS.join("|"))));
static DISCLAIMER: LazyLock<Regex> = LazyLock::new(|| build(&words::DISCLAIMER.join("|")));
/// Telephone numbers, addresses of mail and web, postal codes, what stands before them.
static CONTACT: LazyLock<Regex> = LazyLock::new(|| {
    fixed(
        r"(?i)\S+@\S+\.\w|https?://|www\.|\b(?:tel|tél|tfno|teléfono|telefono|téléphone|telefoon|phone|mob|mobil|mobile|móvil|cell|cel|fax|telefon|handy|tlf|puh|gsm|тел|телефон|моб|whatsapp|skype|linkedin|twitter|direct|office)\b\.?\s*[:.+]|^\s*[tfmpe][.:]\s|\+\d[\d ().-]{6,}|\b0\d(?:[ .-]\d\d){4}\b|(?:電話|电话|携帯|手机)\s*[:：]|\(?\d{2,5}\)?[ ./-]\d{3,}[ ./-]?\d{2,}",
    )
});
/// A person's name on a line of its own: two to four capitalised words.
static NAME: LazyLock<Regex> = LazyLock::new(|| {
    fixed(
        r"^\s*[*_-]{0,2}\s?\p{Lu}[\p{L}.'’-]*(?:\s+(?:\p{Lu}[\p{L}.'’-]*|van|von|de|der|den|del|da|di|la|le|af)){1,4}[*_]{0,2}\s*$",
    )
});

fn build(written: &str) -> Regex {
    fixed(&format!("(?i)(?:{written})"))
}

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
    let full: Vec<usize> = (0..run.len()).filter(|&i| !run[i].text.trim().is_empty()).collect();
    let left = |from: usize| full.len() - full.partition_point(|&i| i < from);
    let mut starts: Vec<usize> = Vec::new();
    if let Some(at) = run.iter().position(|l| SEPARATOR.is_match(&l.text))
        && left(at) <= MAX_LINES
    {
        starts.push(at);
    }
    if let Some(at) = full.iter().rev().take(6).copied().filter(|&i| is_sent_from(&run[i].text)).min()
        && (left(at) <= 4 || contact_block(run, &full, at))
    {
        starts.push(at);
    }
    if let Some(at) = run.iter().rposition(|l| RULE.is_match(&l.text))
        && (left(at) <= 8 && run[at..].iter().any(|l| LIST_FOOTER.is_match(&l.text))
            || left(at) <= 14 && contact_block(run, &full, at + 1))
    {
        starts.push(at);
    }
    if let Some(at) = disclaimer(run) {
        starts.push(at);
    }
    let end = starts.iter().copied().min().unwrap_or(run.len());
    if let Some(at) = closing(run, &full, end) {
        starts.push(at);
    } else if let Some(at) = block(run, &full, end) {
        starts.push(at);
    }
    starts.into_iter().min()
}

/// Whether a line is what a phone or program adds.
fn is_sent_from(text: &str) -> bool {
    SENT_FROM.is_match(text) && (DEVICE.is_match(text) || text.split_whitespace().count() <= 4)
}

/// Where the letter closes: a closing phrase, or thanks and a name, above contact data. A closing above a name alone is
/// left to the letter.
fn closing(run: &[Line], full: &[usize], end: usize) -> Option<usize> {
    let above: Vec<usize> = full.iter().copied().filter(|&i| i < end).collect();
    for (behind, &at) in above.iter().rev().take(MAX_BELOW_CLOSING + 1).enumerate() {
        let text = run[at].text.trim();
        let rest = &above[above.len() - behind..];
        let thanks = THANKS.is_match(text) && rest.first().is_some_and(|&i| looks_like_name(&run[i].text));
        if CLOSING.is_match(text) || thanks {
            let contact = rest.iter().any(|&i| CONTACT.is_match(&run[i].text)) || rest.len() >= 4;
            // What stands at the top closes nothing.
            let postscript = rest.iter().any(|&i| POSTSCRIPT.is_match(&run[i].text));
            return (contact && !postscript && above.first() != Some(&at)).then_some(at);
        }
        if !is_short(text) {
            return None;
        }
    }
    None
}

/// A line as signatures have them: short, and no sentence.
fn is_short(text: &str) -> bool {
    let text = text.trim();
    text.chars().count() <= 70
        && (!text.ends_with(['.', '!', '?', ':', ';'])
            || CONTACT.is_match(text)
            || text.chars().count() <= 25 && !text.ends_with(['?', '!']))
}

/// A name alone, perhaps behind a hyphen: "Kim", "- Kim", "/Kim Holm".
fn looks_like_name(text: &str) -> bool {
    let text = text.trim().trim_start_matches(['-', '/', '~', ' ', '*']).trim_end_matches(['.', '*', ',']);
    let words: Vec<&str> = text.split_whitespace().collect();
    (1..=4).contains(&words.len())
        && words.iter().all(|w| w.chars().next().is_some_and(char::is_uppercase))
        && text.chars().count() <= 40
}

/// Whether the lines from `at` on look like contact data.
fn contact_block(run: &[Line], full: &[usize], at: usize) -> bool {
    let lines: Vec<&str> = full.iter().filter(|&&i| i >= at).map(|&i| run[i].text.as_str()).collect();
    let contacts = lines.iter().filter(|l| CONTACT.is_match(l)).count();
    contacts >= 2 && lines.iter().all(|l| is_short(l) || CONTACT.is_match(l))
}

/// The last paragraph, when it is a name and contact data.
fn block(run: &[Line], full: &[usize], end: usize) -> Option<usize> {
    let last = full.iter().copied().rfind(|&i| i < end)?;
    let start = (0..=last).rev().find(|&i| run[i].text.trim().is_empty()).map(|i| i + 1)?;
    // "Please ship to:" announces what follows as part of the letter.
    let above = run[..start].iter().rev().map(|l| l.text.trim()).find(|t| !t.is_empty())?;
    if above.ends_with(':') || last - start > 10 {
        return None;
    }
    let lines = &run[start..=last];
    let contacts = lines.iter().filter(|l| CONTACT.is_match(&l.text)).count();
    let named = NAME.is_match(&lines[0].text);
    let all_short = lines.iter().all(|l| is_short(&l.text));
    (all_short && lines.len() >= 2 && named && (contacts >= 2 || contacts >= 1 && lines.len() <= 4))
        .then_some(start)
}

/// The first of the last paragraphs that are disclaimers, with a rule above them.
fn disclaimer(run: &[Line]) -> Option<usize> {
    let mut start = None;
    let mut end = run.len();
    while end > 0 {
        while end > 0 && run[end - 1].text.trim().is_empty() {
            end -= 1;
        }
        let first = (0..end).rev().find(|&i| run[i].text.trim().is_empty()).map_or(0, |i| i + 1);
        if first == 0 || end == 0 {
            break;
        }
        let text = run[first..end].iter().map(|l| l.text.as_str()).collect::<Vec<_>>().join(" ");
        let mut found: Vec<String> = DISCLAIMER.find_iter(&text).map(|m| m.as_str().to_lowercase()).collect();
        found.sort();
        found.dedup();
        let rule = RULE.is_match(text.trim());
        // "Please print on the back:" announces what follows as part of the letter.
        let announced = run[..first]
            .iter()
            .rev()
            .map(|l| l.text.trim())
            .find(|t| !t.is_empty())
            .is_some_and(|t| t.ends_with(':'));
        let of_the_mail = found.len() >= 3 && OF_THE_MAIL.is_match(&text) && OF_ITS_RECIPIENT.is_match(&text);
        let register = REGISTER.find_iter(&text).count() >= 2;
        if !announced && (of_the_mail || register) || rule && start.is_some() {
            start = Some(first);
            end = first;
        } else {
            break;
        }
    }
    start
}
