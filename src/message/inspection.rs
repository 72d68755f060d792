//! What `inspect` prints: how a mail was read, as JSON.

use std::io::{BufRead, Write};

use serde::Serialize;

use super::{Attachment, AutomaticKind, Conversations, Message, ReadOptions, read};

/// How one mail was read.
#[derive(Debug, Serialize)]
pub struct Inspection {
    /// What the caller calls the mail, when it named it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub id: Option<String>,
    /// The decoded subject.
    pub subject: String,
    /// The originator: "Name <a@b>".
    pub from: Option<String>,
    /// The recipients.
    pub to: Vec<String>,
    /// The Date field in UTC.
    pub date: Option<String>,
    /// The whole decoded body.
    pub text: String,
    /// The newly written text.
    pub reply: String,
    /// What was set aside as quotation.
    pub quoted: String,
    /// What was set aside as signature.
    pub signature: String,
    /// "auto-reply", "bounce", "list", "bulk", "feedback", "calendar", or nothing for a person's mail.
    pub automated: Option<&'static str>,
    /// The finer sort of automatic mail, and what showed it.
    pub automatic_reason: Option<String>,
    /// What bounced.
    pub bounce: Option<Bounce>,
    /// The mail that was forwarded.
    pub forward: Option<Forwarded>,
    /// Until when the writer is away.
    pub absence_until: Option<String>,
    /// The language of the reply.
    pub language: Option<String>,
    /// The Message-ID.
    pub message_id: Option<String>,
    /// The identifiers of References and In-Reply-To.
    pub references: Vec<String>,
    /// A number that the mails of one conversation have in common, among those inspected together.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub thread: Option<usize>,
    /// The subject without marks.
    pub base_subject: String,
    /// What the trusted server says about the sender.
    pub authentication: Option<super::Authentication>,
    /// The files.
    pub attachments: Vec<Attachment>,
    /// What is broken about the mail.
    pub defects: Vec<String>,
}

/// What bounced: the recipients, each with its status at the same place.
#[derive(Debug, Serialize)]
pub struct Bounce {
    /// The addresses.
    pub recipient: Vec<String>,
    /// The enhanced status codes; null where none is said.
    pub status: Vec<Option<String>>,
}

/// The mail that was forwarded.
#[derive(Debug, Serialize)]
pub struct Forwarded {
    /// The inner originator.
    pub from: String,
    /// The inner subject.
    pub subject: String,
    /// The inner date in UTC.
    pub date: Option<String>,
    /// The inner text.
    pub reply: String,
}

impl From<Message> for Inspection {
    fn from(message: Message) -> Self {
        let automatic = message.automatic.as_ref();
        let automated = automatic.map(|a| match a.kind {
            AutomaticKind::AutoReply | AutomaticKind::Disposition => "auto-reply",
            AutomaticKind::Bounce => "bounce",
            AutomaticKind::List => "list",
            AutomaticKind::Bulk | AutomaticKind::Delayed | AutomaticKind::Ourselves => "bulk",
            AutomaticKind::Feedback => "feedback",
            AutomaticKind::Calendar => "calendar",
        });
        let bounce = automatic.filter(|_| automated == Some("bounce")).map(|a| Bounce {
            recipient: a.failed.iter().map(|f| f.recipient.clone()).collect(),
            status: a.failed.iter().map(|f| f.status.clone()).collect(),
        });
        let mut references = message.references.clone();
        references.extend(message.in_reply_to.iter().filter(|id| !message.references.contains(id)).cloned());
        Self {
            id: None,
            thread: None,
            automated,
            automatic_reason: automatic.map(|a| a.reason.clone()),
            bounce,
            absence_until: automatic.and_then(|a| a.absent_until).map(|d| d.to_string()),
            from: message.from.as_ref().map(ToString::to_string),
            to: message.to.iter().map(ToString::to_string).collect(),
            date: message.date.map(|d| d.to_string()),
            forward: message.forward.map(|f| Forwarded {
                from: f.from.to_string(),
                subject: f.subject,
                date: f.date.map(|d| d.to_string()),
                reply: f.reply,
            }),
            subject: message.subject,
            text: message.text,
            reply: message.reply,
            quoted: message.quoted,
            signature: message.signature,
            language: message.language,
            message_id: message.message_id,
            references,
            base_subject: message.base_subject,
            authentication: message.authentication,
            attachments: message.attachments,
            defects: message.defects,
        }
    }
}

/// Reads lines of "id, tab, path" and writes one JSON object a line, in the same order.
///
/// A file that cannot be opened gives an object with "id" and "error"; only reading the list or writing can fail.
pub fn inspect_jsonl(list: impl BufRead, mut out: impl Write, options: &ReadOptions) -> std::io::Result<()> {
    let mut conversations = Conversations::default();
    for line in list.lines() {
        let line = line?;
        let Some((id, path)) = line.split_once('\t') else { continue };
        match std::fs::read(path.trim()) {
            Ok(raw) => {
                let message = read(&raw, options);
                let thread = conversations.add(&message);
                let mut inspection = Inspection::from(message);
                inspection.thread = Some(thread);
                inspection.id = Some(id.to_string());
                serde_json::to_writer(&mut out, &inspection)?;
            }
            Err(error) => {
                let error = format!("cannot read the mail {path:?}: {error}");
                serde_json::to_writer(&mut out, &serde_json::json!({ "id": id, "error": error }))?;
            }
        }
        out.write_all(b"\n")?;
    }
    Ok(())
}
