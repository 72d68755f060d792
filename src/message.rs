//! A mail as a person reads it: what is newly written, by whom, in answer to what, or by which machine.
//!
//! [`read`] is total: every byte string yields a [`Message`] with its list of defects.

mod absence;
mod arrival;
mod authentication;
mod automatic;
mod body;
mod calendar;
mod dates;
mod decode;
mod dsn;
mod forward;
mod html;
mod idn;
mod inspection;
mod language;
mod lines;
mod mime;
mod originator;
mod parse;
mod person;
mod quote;
mod signature;
mod subaddress;
mod subject;
mod tally;
mod thread;

use jiff::Timestamp;
use serde::Serialize;

pub use arrival::{Arrival, Cursor, Place};
pub use calendar::{CalendarAnswer, Participation};
pub use idn::{comparable, comparable_domain};
pub use inspection::{Bounce, Forwarded, Inspection, inspect_jsonl};
pub use language::detect as language_of;
pub use person::{FORGOTTEN, Person, Texts, Where, texts};
pub use signature::seen::{closing, cut_seen};
pub use subaddress::subaddress;
pub use tally::{Span, Tally};
pub use thread::Conversations;

/// One mail, read. Times are instants; addresses are lower-cased; message identifiers stand without angle brackets.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct Message {
    /// The Message-ID (RFC 5322 §3.6.4): a hint only, since senders repeat and omit it.
    pub message_id: Option<String>,
    /// The identifiers of In-Reply-To.
    pub in_reply_to: Vec<String>,
    /// The identifiers of References, oldest first.
    pub references: Vec<String>,
    /// The Date header.
    pub date: Option<Timestamp>,
    /// The decoded subject as written.
    pub subject: String,
    /// The subject without reply and forward marks (RFC 5256 §2.1).
    pub base_subject: String,
    /// Whether the subject carried a reply mark ("Re:", "AW:", "Antw:").
    pub subject_is_reply: bool,
    /// Who wrote it: the first mailbox of From (RFC 5322 §3.6.2). Never taken from Reply-To.
    pub from: Option<Address>,
    /// All mailboxes of all From fields, as they stand: a person's mail has one.
    pub from_header: Vec<Address>,
    /// The mailboxes of Sender (RFC 5322 §3.6.2): who sent it, where that is another than the one who wrote it.
    pub sender: Vec<Address>,
    /// The mailboxes of Reply-To.
    pub reply_to: Vec<Address>,
    /// The mailboxes of To.
    pub to: Vec<Address>,
    /// The mailboxes of Cc.
    pub cc: Vec<Address>,
    /// What Delivered-To, X-Original-To and Envelope-To say: the address that was really written to.
    pub delivered_to: Vec<String>,
    /// The whole decoded body as text (HTML turned into text).
    pub text: String,
    /// What the writer newly wrote: the body without quotation and signature. When in doubt, text is kept here.
    pub reply: String,
    /// What was set aside as quotation.
    pub quoted: String,
    /// What was set aside as signature or disclaimer.
    pub signature: String,
    /// Two-letter code (ISO 639-1) of the language of the newly written text, or of the whole one when that is too short
    /// to tell.
    pub language: Option<String>,
    /// Why this is no person's mail, when it is not.
    pub automatic: Option<Automatic>,
    /// What a calendar answers to an invitation (RFC 6047).
    pub calendar: Option<CalendarAnswer>,
    /// The mail that was forwarded with this one, when an inner originator could be read.
    pub forward: Option<Forward>,
    /// What the trusted server says about the sender (RFC 8601); nothing when no trusted server said anything.
    pub authentication: Option<Authentication>,
    /// The conversation that Outlook's Thread-Index names, as hexadecimal digits.
    pub conversation: Option<String>,
    /// The parts that are files, by name and size; never opened.
    pub attachments: Vec<Attachment>,
    /// What is broken about the mail, each with what was done instead.
    pub defects: Vec<String>,
}

impl Message {
    /// What counts as said by the writer: the newly written text, or, where there is none, that of the colleague whose
    /// mail is forwarded: who passes it on without a word speaks with it.
    pub fn said(&self) -> &str {
        let colleague =
            |inner: &&Forward| self.from.as_ref().is_some_and(|from| from.domain() == inner.from.domain());
        match self.forward.as_ref().filter(colleague) {
            Some(inner) if self.reply.trim().is_empty() => &inner.reply,
            _ => &self.reply,
        }
    }
}

/// A mailbox of RFC 5322 §3.4: a display name, perhaps empty, and an address in lower case.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash, Serialize)]
pub struct Address {
    /// The display name, decoded; empty when there is none.
    pub name: String,
    /// The address, lower case.
    pub address: String,
}

impl Address {
    /// The part after the last `@`, empty when there is none.
    pub fn domain(&self) -> &str {
        self.address.rsplit_once('@').map_or("", |(_, domain)| domain)
    }

    /// The name to call the person by: the display name, or else the local part.
    pub fn display(&self) -> &str {
        if self.name.is_empty() {
            self.address.split('@').next().unwrap_or(&self.address)
        } else {
            &self.name
        }
    }
}

impl std::fmt::Display for Address {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        if self.name.is_empty() {
            f.write_str(&self.address)
        } else {
            write!(f, "{} <{}>", self.name, self.address)
        }
    }
}

/// The verdict that a mail is a machine's, with the named reason.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Automatic {
    /// What sort of automatic mail.
    pub kind: AutomaticKind,
    /// What showed it, for people: "Auto-Submitted: auto-replied (RFC 3834 §5)".
    pub reason: String,
    /// The addresses that a bounce is about, with the status of each where it says one (RFC 3464 §2.3).
    pub failed: Vec<FailedRecipient>,
    /// The Message-ID of the mail that bounced, when it is there.
    pub original_message_id: Option<String>,
    /// Whether it says that its writer is away, and not only that the mail has come.
    pub out_of_office: bool,
    /// Until when the writer of an out-of-office answer is away, when it says so.
    pub absent_until: Option<jiff::civil::Date>,
}

/// The sorts of automatic mail.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum AutomaticKind {
    /// An out-of-office or other automatic answer (RFC 3834).
    AutoReply,
    /// A delivery status notification that something failed (RFC 3464), or a free-form bounce.
    Bounce,
    /// A delivery status notification that something is late, and still tried.
    Delayed,
    /// A disposition notification (RFC 8098): read, deleted.
    Disposition,
    /// A mailing list's mail.
    List,
    /// A newsletter or other bulk mail.
    Bulk,
    /// An abuse report (RFC 5965).
    Feedback,
    /// A calendar's request or answer (RFC 6047).
    Calendar,
    /// A mail that this program itself sent, come back.
    Ourselves,
}

/// One address that a bounce is about.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct FailedRecipient {
    /// The address, lower case.
    pub recipient: String,
    /// The enhanced status code (RFC 3463), like "5.1.1".
    pub status: Option<String>,
}

/// A mail inside a mail: what somebody forwarded.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Forward {
    /// The inner originator.
    pub from: Address,
    /// The inner subject.
    pub subject: String,
    /// The inner date.
    pub date: Option<Timestamp>,
    /// The inner text, without its own quotation and signature.
    pub reply: String,
}

/// A file that came with a mail.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Attachment {
    /// The file's name, decoded; empty when it has none.
    pub name: String,
    /// The media type, like "application/pdf".
    pub media_type: String,
    /// The decoded size in bytes.
    pub size: u64,
}

/// What a trusted server found out about the sender (RFC 8601), with its reason.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Authentication {
    /// Whether the domain of From was authenticated.
    pub verdict: Verdict,
    /// The domain of From that the verdict is about.
    pub domain: String,
    /// What showed it, for people: "dmarc=pass header.from=client.example (mx.firm.example)".
    pub reason: String,
}

/// Whether a sender's domain was authenticated.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Verdict {
    /// The domain of From is authenticated: DMARC passed, or an aligned DKIM or SPF did.
    Pass,
    /// It is not: DMARC failed.
    Fail,
    /// Nothing was found out.
    None,
}

/// What reading needs to know about the firm.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ReadOptions {
    /// The authserv-ids (RFC 8601 §2.5) whose Authentication-Results are believed; none by default.
    pub authserv_ids: Vec<String>,
    /// The addresses that this program writes from, lower case.
    pub own_addresses: Vec<String>,
}

/// Reads a mail. Total: what is broken becomes a line in [`Message::defects`].
pub fn read(raw: &[u8], options: &ReadOptions) -> Message {
    let mut defects = Vec::new();
    let root = mime::read(raw, &mut defects);
    let body = body::read(&root, &mut defects);
    let from = originator::originator(&root, &mut defects);
    let subject = subject::read(root.field("subject").unwrap_or_default());
    let cut = quote::cut(&body.lines);
    let identifiers = |name: &str| root.field(name).map(thread::identifiers).unwrap_or_default();
    let addresses = |name: &str| root.all(name).flat_map(originator::addresses).collect::<Vec<_>>();
    let delivered_to = ["delivered-to", "x-original-to", "envelope-to", "x-envelope-to"]
        .into_iter()
        .flat_map(&addresses)
        .map(|a| a.address)
        .collect();
    let date = root.field("date").and_then(parse::date);
    if date.is_none() {
        defects.push("no usable Date".into());
    }
    let text = lines::join(body.lines.iter().map(|l| l.text.as_str()));
    let mut message = Message {
        message_id: identifiers("message-id").into_iter().next(),
        in_reply_to: identifiers("in-reply-to"),
        references: identifiers("references"),
        date,
        subject: subject.text,
        base_subject: subject.base,
        subject_is_reply: subject.is_reply,
        from,
        from_header: addresses("from"),
        sender: addresses("sender"),
        reply_to: addresses("reply-to"),
        to: addresses("to"),
        cc: addresses("cc"),
        delivered_to,
        language: language::detect(&cut.reply).or_else(|| language::detect(&text)),
        text,
        reply: cut.reply,
        quoted: cut.quoted,
        signature: cut.signature,
        calendar: calendar::answer(&root),
        conversation: root.field("thread-index").and_then(thread::conversation),
        attachments: body.attachments,
        ..Message::default()
    };
    message.automatic = automatic::judge(&root, &message, options);
    if message.automatic.is_none() {
        // "VS" marks a reply in Finnish.
        let is_forward =
            subject.is_forward && !(subject.is_reply && message.language.as_deref() == Some("fi"));
        message.forward =
            forward::read(&root, &body.lines, is_forward).or_else(|| forward::redirected(&root, &message));
    }
    let domain = message.from.as_ref().map_or("", |f| f.domain());
    message.authentication = authentication::read(&root, domain, options);
    defects.dedup();
    message.defects = defects;
    message
}
