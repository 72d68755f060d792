//! The header fields of an outgoing mail, and its bytes.

use jiff::Timestamp;
use jiff::tz::TimeZone;
use lettre::message::header::{
    self, ContentTransferEncoding, ContentType, Header, HeaderName, HeaderValue, Headers,
};
use lettre::message::{Attachment, Mailbox, Mailboxes, MultiPart, SinglePart};

use super::picture::Picture;
use super::reply::Reply;
use super::words::{line, shorten};
use super::{House, Page, meeting};
use crate::effect::{Content, Letter, OutgoingMail};
use crate::token;

/// The longest subject, in characters: phones show fifty, lists a hundred.
const SUBJECT: usize = 140;

/// The longest display name, in characters.
const NAME: usize = 80;

/// How many References are kept: the first and the last ones (RFC 5322 §3.6.4 lets us trim).
const REFERENCES: usize = 20;

/// The longest identifier that is cited, in bytes: "In-Reply-To: <...>" stays within a line (RFC 5322 §2.1.1).
const IDENTIFIER: usize = 980;

/// The mail of a page: headers, then text alone or text and HTML as alternatives (RFC 2046 §5.1.4).
pub(super) fn assemble(
    house: &House,
    letter: &Letter,
    page: Page,
    pictures: Vec<Picture>,
    reply: &Reply,
    fallen_back: Option<String>,
) -> OutgoingMail {
    let (id, domain) = (own(&letter.id), own(&house.id_domain));
    let message_id = match reply {
        Reply::Citing(token) => token::message_id(&id, token, &domain),
        Reply::Plain | Reply::To(_) => format!("{id}@{domain}"),
    };
    let from_name = match of_owners(&letter.content) {
        Some((owners, language)) if !owners.is_empty() => {
            format!("{} ({})", super::client::owners(owners, language), line(&house.name))
        }
        _ => match &letter.content {
            Content::OwnWords(words) => format!("{} ({})", line(&words.author), line(&house.name)),
            Content::Invitation(invitation) => {
                format!("{} ({})", line(invitation.by.display()), line(&house.name))
            }
            _ => line(&house.name),
        },
    };
    let marked = mark(&letter.content);
    let from_name = shorten(&from_name, NAME);
    let subject = shorten(&line(&page.subject), SUBJECT);
    let mut references: Vec<_> = letter.references.iter().filter_map(|id| cited(id)).collect();
    if references.len() > REFERENCES {
        references.drain(1..=references.len() - REFERENCES);
    }

    let mut headers = Headers::new();
    headers.insert_raw(mailbox::<header::From>(&from_name, &house.address));
    headers.insert_raw(mailbox::<header::To>(&shorten(&line(&letter.to.name), NAME), &letter.to.address));
    if let Reply::To(address) = reply {
        headers.insert_raw(mailbox::<header::ReplyTo>(&from_name, address));
    }
    headers.set(header::Subject::from(subject.clone()));
    headers.insert_raw(plain("Date", date(letter.at)));
    headers.insert_raw(plain("Message-ID", format!("<{message_id}>")));
    if let Some(last) = references.last() {
        headers.insert_raw(plain("In-Reply-To", format!("<{last}>")));
        let folded: Vec<_> = references.iter().map(|id| format!("<{id}>")).collect();
        headers.insert_raw(plain("References", folded.join("\r\n ")));
    }
    if let Some(marked) = marked {
        headers.insert_raw(plain("Auto-Submitted", marked.to_owned()));
        headers.insert_raw(plain("X-Auto-Response-Suppress", "All".to_owned()));
    }
    headers.insert_raw(plain("X-Pairdesk-Letter", letter.content.key().to_owned()));
    headers.insert_raw(plain("MIME-Version", "1.0".to_owned()));

    let mut bytes = headers.to_string().into_bytes();
    let text = part(ContentType::TEXT_PLAIN, page.text);
    let others = page.html.map(|html| part(ContentType::TEXT_HTML, html));
    let others: Vec<_> = others
        .into_iter()
        .chain(page.calendar.map(|calendar| invitation(&letter.content, calendar)))
        .collect();
    bytes.extend(if others.is_empty() {
        text.formatted()
    } else if !pictures.is_empty() {
        // What the HTML part shows belongs to it (RFC 2387).
        let shown = MultiPart::related().boundary(boundary(&format!("shown-{}", letter.id)));
        let mut others = others.into_iter();
        let shown = shown.singlepart(others.next().expect("there is one"));
        let shown = pictures.into_iter().map(picture).fold(shown, MultiPart::singlepart);
        MultiPart::alternative().boundary(boundary(&letter.id)).singlepart(text).multipart(shown).formatted()
    } else {
        let alternatives = MultiPart::alternative().boundary(boundary(&letter.id)).singlepart(text);
        others.into_iter().fold(alternatives, MultiPart::singlepart).formatted()
    });
    OutgoingMail {
        message_id,
        // RFC 3834 §3.3: an automatic reply has the null reverse-path, so that nothing can answer it.
        envelope_from: (marked != Some(REPLIED)).then(|| house.address.clone()),
        envelope_to: letter.to.address.clone(),
        subject,
        bytes,
        fallen_back,
    }
}

/// The values of Auto-Submitted (RFC 3834 §5).
const REPLIED: &str = "auto-replied";
pub(super) const GENERATED: &str = "auto-generated";

/// What a mail set off by itself is a reply, what an owner sends by a word of theirs is neither, all else is
/// generated. Exchange asks for the second header.
fn mark(content: &Content) -> Option<&'static str> {
    match content {
        Content::Received(_) | Content::Accepted(_) | Content::ThankYou(_) | Content::Answer(_) => {
            Some(REPLIED)
        }
        Content::Offer(_) | Content::Boundary(_) | Content::OwnWords(_) | Content::Invitation(_) => None,
        Content::Notice(_)
        | Content::Gathered(_)
        | Content::Digest(_)
        | Content::Alert(_)
        | Content::Weekly(_)
        | Content::Held(_)
        | Content::Unaccounted(_)
        | Content::Access(_)
        | Content::StillWorking(_)
        | Content::Settled(_)
        | Content::Briefing(_) => Some(GENERATED),
    }
}

/// In whose names a letter to a client is written, and its language.
fn of_owners(content: &Content) -> Option<(&[String], &str)> {
    let addressing = match content {
        Content::Received(received) => return Some((&received.owners, &received.language)),
        Content::Offer(offer) => &offer.addressing,
        Content::Accepted(agreement) => &agreement.addressing,
        Content::Boundary(boundary) => &boundary.addressing,
        Content::StillWorking(still) => &still.addressing,
        Content::Settled(settled) => &settled.addressing,
        Content::ThankYou(addressing) => addressing,
        Content::Notice(_)
        | Content::Gathered(_)
        | Content::Digest(_)
        | Content::Alert(_)
        | Content::Weekly(_)
        | Content::Held(_)
        | Content::Unaccounted(_)
        | Content::Access(_)
        | Content::Answer(_)
        | Content::OwnWords(_)
        | Content::Briefing(_)
        | Content::Invitation(_) => return None,
    };
    Some((&addressing.owners, &addressing.language))
}

/// A picture that the HTML part shows.
fn picture(picture: Picture) -> SinglePart {
    let sort = ContentType::parse("image/png").expect("it is one");
    Attachment::new_inline(picture.id).body(picture.png, sort)
}

/// The date of an instant (RFC 5322 §3.3).
pub(super) fn date(at: Timestamp) -> String {
    at.to_zoned(TimeZone::UTC).strftime("%a, %d %b %Y %H:%M:%S %z").to_string()
}

/// A finished mail of ours with another date: a draft is dated when it goes out.
pub fn redated(mail: &[u8], at: Timestamp) -> Vec<u8> {
    let lines = mail.split_inclusive(|byte| *byte == b'\n');
    let mut head = true;
    let mut dated = Vec::with_capacity(mail.len());
    for line in lines {
        head &= line != b"\r\n";
        if head && line.starts_with(b"Date: ") {
            dated.extend(format!("Date: {}\r\n", date(at)).into_bytes());
        } else {
            dated.extend(line);
        }
    }
    dated
}

pub(super) fn part(content_type: ContentType, body: String) -> SinglePart {
    SinglePart::builder().header(content_type).header(ContentTransferEncoding::QuotedPrintable).body(body)
}

/// The calendar object as the last alternative, with the method in the header too (RFC 6047 §2.4).
fn invitation(content: &Content, calendar: String) -> SinglePart {
    let method = match content {
        Content::Invitation(invitation) => meeting::method(invitation),
        _ => "PUBLISH",
    };
    let sort = format!("text/calendar; charset=utf-8; method={method}; component=VEVENT");
    part(ContentType::parse(&sort).expect("a constant media type"), calendar)
}

/// A header of one mailbox. An address that is none is written as text: the server will refuse the envelope, and say
/// so where it is seen.
pub(super) fn mailbox<H: Header + From<Mailboxes>>(name: &str, address: &str) -> HeaderValue {
    match address.parse() as Result<lettre::Address, _> {
        // lettre would write "Kim (Fjord)" as an encoded word; a quoted string is all it needs (RFC 5322 §3.2.4).
        Ok(_) if name.is_ascii() && !name.is_empty() => {
            let quoted = name.replace('\\', "\\\\").replace('"', "\\\"");
            let value = format!("\"{quoted}\"\r\n <{address}>");
            HeaderValue::dangerous_new_pre_encoded(H::name(), name.to_owned(), value)
        }
        Ok(email) => {
            let name = Some(name.to_owned()).filter(|name| !name.is_empty());
            H::from(Mailboxes::from(Mailbox::new(name, email))).display()
        }
        Err(_) => HeaderValue::new(H::name(), line(address)),
    }
}

/// A header whose value is already in its final, safe form.
pub(super) fn plain(name: &'static str, value: String) -> HeaderValue {
    HeaderValue::dangerous_new_pre_encoded(HeaderName::new_from_ascii_str(name), value.clone(), value)
}

/// A boundary of the letter's own, so that the same letter gives the same bytes. "=_" cannot stand in quoted-printable
/// text (RFC 2045 §6.7), and 70 characters are allowed (RFC 2046 §5.1.1).
fn boundary(id: &str) -> String {
    let id = id.chars().filter(|c| c.is_ascii_alphanumeric() || "-_.".contains(*c)).take(60);
    format!("=_{}", id.collect::<String>())
}

/// An identifier of somebody's mail as it may be cited, none when it cannot be: whole, since a part of it identifies
/// nothing. Brackets and colons belong to it (no-fold-literal, RFC 5322 §3.6.4).
fn cited(id: &str) -> Option<String> {
    let id: String =
        id.chars().filter(|c| !c.is_whitespace() && !c.is_control() && !"<>".contains(*c)).collect();
    (!id.is_empty() && id.is_ascii() && id.len() <= IDENTIFIER).then_some(id)
}

/// What of a text can stand in an identifier of our own: printable ASCII without the characters that part things.
pub(super) fn own(text: &str) -> String {
    text.chars().filter(|c| c.is_ascii_graphic() && !"<>()[]\\,;:\"".contains(*c)).take(250).collect()
}
