//! What classes, ids and styles of the mail programs mean.

/// What an element is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Role {
    /// A quotation.
    Quote,
    /// Gmail's div around introduction and quotation, in which own text may follow.
    Container,
    /// The line that introduces a quotation.
    Introduction,
    /// A signature.
    Signature,
    /// Indented, perhaps a quotation.
    Indented,
    /// Everything from here on is a quotation.
    Rest,
}

/// Classes, ids and names, in lower case, with their role. Outlook puts "x_" before those that it quotes.
const NAMED: &[(&str, Role)] = &[
    ("gmail_quote", Role::Container),
    ("gmail_quote_container", Role::Container),
    ("gmail_attr", Role::Introduction),
    ("gmail_signature", Role::Signature),
    ("moz-cite-prefix", Role::Introduction),
    ("moz-email-headers-table", Role::Introduction),
    ("moz-forward-container", Role::Quote),
    ("moz-signature", Role::Signature),
    ("reply-intro", Role::Introduction),
    ("airmail_on", Role::Introduction),
    ("airmail_ext_on", Role::Introduction),
    ("yahoo_quoted", Role::Quote),
    ("yahooquoted", Role::Quote),
    ("protonmail_quote", Role::Container),
    ("protonmail_signature_block", Role::Signature),
    ("tutanota_quote", Role::Quote),
    ("zmail_extra", Role::Quote),
    ("zmail_extra_hr", Role::Rest),
    ("divrplyfwdmsg", Role::Rest),
    ("olk_src_body_section", Role::Rest),
    ("mail-editor-reference-message-container", Role::Quote),
    ("ms-outlook-mobile-reference-message", Role::Quote),
    ("ms-outlook-mobile-signature", Role::Signature),
    ("applemailsignature", Role::Signature),
    ("messagereplysection", Role::Quote),
    ("messagesignaturesection", Role::Signature),
    ("sh-quoted-content", Role::Quote),
    ("front-blockquote", Role::Quote),
    ("front-signature", Role::Signature),
    ("wps_quotion", Role::Quote),
    ("isreplycontent", Role::Quote),
    ("ntes-mailmaster-quote", Role::Quote),
    ("mailmasterquote", Role::Quote),
    ("quoted-text", Role::Quote),
    ("mail-quote-collapse", Role::Quote),
    ("wm-signature", Role::Signature),
    ("composer_signature", Role::Signature),
    ("signature", Role::Signature),
];

/// The role of an element, by its name and attributes.
pub(super) fn role(
    element: &str,
    class: &str,
    id: &str,
    name: &str,
    kind: &str,
    style: &str,
    smartmail: &str,
) -> Option<Role> {
    let style: String = style.to_ascii_lowercase().chars().filter(|c| !c.is_whitespace()).collect();
    if element == "blockquote" {
        let named = ["gmail_quote", "protonmail_quote", "yahoo", "cite", "quote"];
        let class = class.to_ascii_lowercase();
        let cited = kind.eq_ignore_ascii_case("cite")
            || named.iter().any(|n| class.contains(n))
            || style.contains("border-left");
        return Some(if cited { Role::Quote } else { Role::Indented });
    }
    if element == "includetail" {
        return Some(Role::Quote);
    }
    if smartmail.eq_ignore_ascii_case("gmail_signature") {
        return Some(Role::Signature);
    }
    for value in class.split_ascii_whitespace().chain([id, name]) {
        let value = value.to_ascii_lowercase();
        let value = value.trim_start_matches("x_");
        // Yahoo puts a random prefix before its class names: "ydp1234yahoo_quoted".
        let value =
            if value.starts_with("ydp") && value.ends_with("yahoo_quoted") { "yahoo_quoted" } else { value };
        if let Some((_, role)) = NAMED.iter().find(|(n, _)| *n == value) {
            return Some(*role);
        }
    }
    // Outlook's rule above the header of the mail that is answered.
    let ruled = style.contains("border:none;border-top:solid#b5c4df1.0pt")
        || style.contains("border:none;border-top:solid#e1e1e11.0pt")
        || style.contains("border-right:mediumnone;padding-right:0in;padding-left:0in;padding-top:3pt;border-top:#b5c4df1ptsolid");
    (element == "div" && ruled && style.contains("padding")).then_some(Role::Rest)
}

/// Whether a rule with that id stands above a quotation.
pub(super) fn hr_begins_quotation(id: &str) -> bool {
    ["stopspelling", "zwchr", "replysplit"].contains(&id.to_ascii_lowercase().as_str())
}

/// Whether a style hides its element.
pub(super) fn is_hidden(style: &str) -> bool {
    let style: String = style.to_ascii_lowercase().chars().filter(|c| !c.is_whitespace()).collect();
    style.split(';').any(|rule| {
        matches!(
            rule,
            "display:none" | "visibility:hidden" | "mso-hide:all" | "font-size:0" | "font-size:0px"
        )
    })
}
