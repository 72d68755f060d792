//! Whether a mail is a machine's, and which: each verdict names what showed it.

use super::mime::Part;
use super::{Automatic, AutomaticKind, Message, ReadOptions};

/// Judges a mail that has been read.
pub(super) fn judge(root: &Part<'_>, message: &Message, options: &ReadOptions) -> Option<Automatic> {
    let verdict = |kind, reason: String| Automatic {
        kind,
        reason,
        failed: Vec::new(),
        original_message_id: None,
        absent_until: None,
    };
    if let Some(reason) = ourselves(root, message, options) {
        return Some(verdict(AutomaticKind::Ourselves, reason));
    }
    let field = |name: &str| root.field(name).unwrap_or_default().trim().to_ascii_lowercase();
    if root.content.value == "multipart/report" {
        let kind = match root.content.get("report-type").map(str::to_ascii_lowercase).as_deref() {
            Some("disposition-notification") => Some(AutomaticKind::Disposition),
            Some("feedback-report") => Some(AutomaticKind::Feedback),
            _ => None,
        };
        if let Some(kind) = kind {
            return Some(verdict(kind, "multipart/report (RFC 6522)".into()));
        }
    }
    // Before automatic answers: Exim marks its bounces as such.
    if let Some(bounce) = super::dsn::judge(root, message) {
        return Some(bounce);
    }
    let auto = field("auto-submitted");
    if auto.starts_with("auto-replied") {
        return Some(verdict(AutomaticKind::AutoReply, "Auto-Submitted: auto-replied (RFC 3834 §5)".into()));
    }
    for name in ["x-autoreply", "x-autorespond", "x-autoresponder", "x-vacation"] {
        if root.field(name).is_some_and(|v| !v.trim().eq_ignore_ascii_case("no")) {
            return Some(verdict(AutomaticKind::AutoReply, format!("the field {name}")));
        }
    }
    if root.field("list-id").is_some() {
        return Some(verdict(AutomaticKind::List, "List-Id (RFC 2919)".into()));
    }
    None
}

/// What shows that this program wrote the mail itself.
fn ourselves(root: &Part<'_>, message: &Message, options: &ReadOptions) -> Option<String> {
    if root.field("x-pairdesk-letter").is_some() {
        return Some("X-Pairdesk-Letter: our own mail come back".into());
    }
    let domain = options.message_id_domain.as_deref()?.to_lowercase();
    let own = message.message_id.as_deref().and_then(|id| id.rsplit_once('@')).is_some_and(|(_, d)| d.to_lowercase() == domain);
    own.then(|| "a Message-ID of our own: our own mail come back".into())
}
