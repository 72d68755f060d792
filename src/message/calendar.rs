//! Calendar invitations and answers (RFC 5546, RFC 6047).

use super::mime::Part;

/// What shows that a mail is a calendar's: its method, when it has one that a calendar answers or asks with.
pub(super) fn method(root: &Part<'_>) -> Option<String> {
    let part = root
        .walk()
        .into_iter()
        .find(|p| matches!(p.content.value.as_str(), "text/calendar" | "application/ics"))?;
    let declared = part.content.get("method").map(str::to_ascii_uppercase);
    let method = declared.or_else(|| {
        let text = part.text(&mut Vec::new());
        text.lines()
            .take(60)
            .find_map(|l| l.trim().to_ascii_uppercase().strip_prefix("METHOD:").map(str::to_string))
    })?;
    let method = method.trim().to_string();
    // PUBLISH is a file that somebody sends along.
    matches!(
        method.as_str(),
        "REQUEST" | "REPLY" | "CANCEL" | "COUNTER" | "DECLINECOUNTER" | "REFRESH" | "ADD"
    )
    .then(|| format!("text/calendar with METHOD:{method} (RFC 6047)"))
}
