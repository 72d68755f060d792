//! Delivery status notifications: structured (RFC 3464), and the free-form bounces of the mail servers that write none.

use super::mime::{self, Part};
use super::{Automatic, AutomaticKind, FailedRecipient, Message};

mod freeform;

pub(super) use freeform::{is_challenge, null_return_path};

/// Recipients beyond this number are passed over.
const MAX_RECIPIENTS: usize = 200;

/// One recipient's block of a delivery status (RFC 3464 §2.3).
#[derive(Debug, Default)]
struct Block {
    recipient: String,
    action: String,
    status: Option<String>,
    diagnostic: String,
}

/// Whether a mail is a notification about a delivery.
pub(super) fn judge(root: &Part<'_>, message: &Message) -> Option<Automatic> {
    let parts = root.walk();
    let blocks: Vec<Block> = parts
        .iter()
        .filter(|p| {
            matches!(p.content.value.as_str(), "message/delivery-status" | "message/global-delivery-status")
        })
        .flat_map(|p| blocks(&p.text(&mut Vec::new())))
        .take(MAX_RECIPIENTS)
        .collect();
    let original = original_message_id(&parts, message);
    if !blocks.is_empty() {
        return structured(root, message, blocks, original);
    }
    freeform::read(root, message).map(|(kind, reason, failed)| Automatic {
        kind,
        reason,
        failed,
        original_message_id: original,
        out_of_office: false,
        absent_until: None,
    })
}

/// The verdict on a structured notification.
fn structured(
    root: &Part<'_>,
    message: &Message,
    blocks: Vec<Block>,
    original: Option<String>,
) -> Option<Automatic> {
    if !(freeform::is_mail_system(root, message) || null_return_path(root)) && is_challenge(message) {
        // Services that ask senders to prove themselves borrow the form of a notification.
        return None;
    }
    let done = |action: &str| matches!(action, "delivered" | "relayed" | "expanded");
    let (kind, reason) = if blocks.iter().all(|b| done(&b.action)) {
        (AutomaticKind::Disposition, format!("delivery status {:?} (RFC 3464)", blocks[0].action))
    } else if blocks
        .iter()
        .all(|b| done(&b.action) || b.action == "delayed" || freeform::still_tried(message))
    {
        (AutomaticKind::Delayed, "delivery status \"delayed\" (RFC 3464 §2.3.3)".to_string())
    } else {
        (AutomaticKind::Bounce, "delivery status \"failed\" (RFC 3464 §2.3.3)".to_string())
    };
    let mut failed: Vec<FailedRecipient> = Vec::new();
    for block in blocks.into_iter().filter(|b| !b.recipient.is_empty()) {
        if failed.iter().any(|f| f.recipient == block.recipient) {
            continue;
        }
        // A vague status ("5.0.0") is made precise by the server's own words.
        let said = freeform::status(&block.diagnostic);
        let status = match (block.status, said) {
            (Some(given), Some(said)) if given.ends_with(".0.0") => Some(said),
            (None, said) => said,
            (given, _) => given,
        };
        failed.push(FailedRecipient { recipient: block.recipient, status });
    }
    if failed.is_empty() {
        failed = freeform::recipients(root, message);
    }
    if kind == AutomaticKind::Disposition {
        failed.clear();
    }
    Some(Automatic {
        kind,
        reason,
        failed,
        original_message_id: original,
        out_of_office: false,
        absent_until: None,
    })
}

/// The recipient blocks of a delivery status; a new block begins at a blank line or at a second recipient.
fn blocks(text: &str) -> Vec<Block> {
    let mut list: Vec<Block> = Vec::new();
    let mut block = Block::default();
    let mut name_before = String::new();
    let mut push = |block: &mut Block| {
        let block = std::mem::take(block);
        if !block.recipient.is_empty() || !block.action.is_empty() {
            list.push(block);
        }
    };
    for line in text.lines() {
        if line.trim().is_empty() {
            push(&mut block);
            continue;
        }
        if line.starts_with([' ', '\t']) {
            if name_before == "diagnostic-code" && block.diagnostic.len() < 4_000 {
                block.diagnostic.push(' ');
                block.diagnostic.push_str(line.trim());
            }
            continue;
        }
        let Some((name, value)) = line.split_once(':') else { continue };
        name_before = name.trim().to_ascii_lowercase();
        let value = value.trim();
        match name_before.as_str() {
            "final-recipient" => {
                if !block.recipient.is_empty() && !block.action.is_empty() {
                    push(&mut block);
                }
                if let Some(address) = typed_address(value)
                    && (block.recipient.is_empty() || !block.recipient.contains('@'))
                {
                    block.recipient = address;
                }
            }
            // The address as the sender wrote it says more than the one it was rewritten to (RFC 3464 §2.3.1).
            "original-recipient" | "x-actual-recipient" => {
                if block.recipient.is_empty()
                    && let Some(address) = typed_address(value)
                {
                    block.recipient = address;
                }
            }
            "action" => {
                block.action = value.split([' ', ';', '(']).next().unwrap_or_default().to_ascii_lowercase();
            }
            "status" => block.status = freeform::status(value),
            "diagnostic-code" => block.diagnostic = value.to_string(),
            _ => {}
        }
    }
    push(&mut block);
    list
}

/// The address of "rfc822; kim@client.example".
fn typed_address(value: &str) -> Option<String> {
    let address = value.split_once(';').map_or(value, |(_, a)| a);
    let address = address.split(" (").next().unwrap_or_default();
    let found = super::originator::addresses(address).into_iter().next().map(|a| a.address);
    found.or_else(|| {
        let bare = address.trim().trim_matches(['<', '>']).to_lowercase();
        (!bare.is_empty() && !bare.contains(' ')).then_some(bare)
    })
}

/// The Message-ID of the mail that the notification is about: from the copy of the mail, or of its header.
fn original_message_id(parts: &[&Part<'_>], message: &Message) -> Option<String> {
    let copies = [
        "message/rfc822",
        "text/rfc822-headers",
        "message/global",
        "message/global-headers",
        "message/rfc822-headers",
    ];
    for part in parts.iter().filter(|p| copies.contains(&p.content.value.as_str())) {
        let bytes = part.bytes(&mut Vec::new());
        let inner = mime::read(&bytes, &mut Vec::new());
        if let Some(id) =
            inner.field("message-id").and_then(|v| super::thread::identifiers(v).into_iter().next())
        {
            return Some(id);
        }
    }
    let in_text = message.text.lines().find_map(|l| {
        let (name, value) = l.trim_start_matches(['>', ' ']).split_once(':')?;
        name.trim()
            .eq_ignore_ascii_case("message-id")
            .then(|| super::thread::identifiers(value).into_iter().next())?
    });
    in_text.or_else(|| message.in_reply_to.first().cloned())
}
