//! Letters to clients: text alone, unless the firm has a frame of its own for them.

mod language;
mod own_files;
mod trial;
mod values;
mod wording;

use minijinja::Value;

use super::words::{line, tidy};
use super::{House, Page, meeting};
use crate::directory::written::Problem;
use crate::effect::{ClientLetter, Content, Letter};
pub(super) use language::{owners, primary};
pub use own_files::{LONGEST as LONGEST_OWN_FILE, OwnFile};
use values::Values;
pub use wording::Wording;

/// A letter as its templates see it.
struct Written {
    sort: ClientLetter,
    /// The language to write in, ISO 639-1.
    language: String,
    /// The subject, where the template has none of its own.
    subject: String,
    values: Values,
}

/// What the client reads, and what is wrong with the firm's own wording where the built-in one had to take its place.
/// Nothing of a letter that goes to no client.
pub(super) fn page(wording: &Wording, house: &House, letter: &Letter) -> (Page, Option<Problem>) {
    let Some(written) = values::written(house, letter) else { return (Page::default(), None) };
    let (text, problem) = wording.text(written.sort, &written.language, &written.values);
    let (own, text) = subject_line(&text);
    let subject = own.map(line).filter(|own| !own.is_empty()).unwrap_or(written.subject);
    let text = tidy(text);
    let mut values = written.values;
    values.extend([
        ("body", Value::from_safe_string(as_html(&text))),
        ("subject", Value::from(&*subject)),
        ("language", Value::from(written.language)),
        ("letter", Value::from(written.sort.key())),
    ]);
    let (html, unframed) = wording.frame(&values);
    let calendar = match &letter.content {
        Content::Invitation(invitation) => Some(meeting::calendar(house, letter, invitation)),
        _ => None,
    };
    (Page { subject, text, html: html.map(|html| tidy(&html)), calendar }, problem.or(unframed))
}

/// The subject that a text begins with, and the rest.
fn subject_line(text: &str) -> (Option<&str>, &str) {
    let text = text.trim_start();
    let (first, rest) = text.split_once('\n').unwrap_or((text, ""));
    match first.strip_prefix("Subject:") {
        Some(subject) => (Some(subject.trim()), rest),
        None => (None, text),
    }
}

/// A text as paragraphs of HTML.
fn as_html(text: &str) -> String {
    let escaped =
        text.trim().replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;");
    let paragraphs = escaped.split("\n\n").map(|paragraph| {
        // Columns that are set with blanks stay columns.
        let lines = paragraph.lines().map(|line| line.replace("  ", "&nbsp; "));
        format!("<p>{}</p>", lines.collect::<Vec<_>>().join("<br>\n"))
    });
    paragraphs.collect::<Vec<_>>().join("\n")
}

/// The subject of an answer to a client.
pub(super) fn reply_subject(subject: &str) -> String {
    let subject = line(subject);
    let answered = ["re:", "aw:"].iter().any(|mark| subject.to_lowercase().starts_with(mark));
    if answered { subject } else { format!("Re: {subject}").trim_end().to_owned() }
}

/// The name to greet with: "Ruiz, Dana" is Dana Ruiz; a bare address is no name.
fn greeting(name: &str) -> String {
    let name = line(name);
    if name.contains('@') {
        return String::new();
    }
    match name.split_once(", ") {
        Some((family, given)) if !given.contains(',') => format!("{given} {family}"),
        _ => name,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_may_begin_with_a_subject_of_its_own() {
        assert_eq!(subject_line("\nSubject: Is it settled?\n\nHello"), (Some("Is it settled?"), "\nHello"));
        assert_eq!(subject_line("Hello\nSubject: no"), (None, "Hello\nSubject: no"));
        assert_eq!(subject_line("Subject:"), (Some(""), ""));
    }

    #[test]
    fn what_a_client_wrote_is_text_in_html_too() {
        assert_eq!(
            as_html("a <b>\n  x:  1\n\nc & \"d\"\n"),
            "<p>a &lt;b&gt;<br>\n&nbsp; x:&nbsp; 1</p>\n<p>c &amp; &quot;d&quot;</p>"
        );
    }
}
