//! What mails to the firm's people look like, and that their ready replies do what they say: docs/mail-html.md, as far as
//! a test can hold it.

use std::collections::HashMap;
use std::sync::LazyLock;

use jiff::civil;
use pairdesk::command::{Command, Context, Said, Target, read};
use pairdesk::compose::{Composer, House, Page, samples};
use pairdesk::token::{Key, Keys};
use regex::Regex;

/// The narrowest and widest that the text may run, in pixels.
const WIDTH: std::ops::RangeInclusive<u32> = 320..=640;

fn house(subaddress: bool) -> House {
    House {
        name: "Fjord Studio".to_owned(),
        address: "service@fjord.example".to_owned(),
        id_domain: "fjord.example".to_owned(),
        keys: Keys::new(vec![Key { id: 1, bytes: [7; 32] }]),
        subaddress,
    }
}

fn pages() -> Vec<(&'static str, Page)> {
    let composer = Composer::new(house(true));
    samples().into_iter().map(|(name, letter)| (name, composer.show(&letter))).collect()
}

fn html_pages() -> Vec<(&'static str, String)> {
    pages().into_iter().filter_map(|(name, page)| Some((name, page.html?))).collect()
}

static NUMBER: LazyLock<Regex> = LazyLock::new(|| Regex::new("&#([0-9]+);").unwrap());
static RULE: LazyLock<Regex> = LazyLock::new(|| Regex::new(r"\.([a-z]+) \{([^}]*)\}").unwrap());
static EVENT: LazyLock<Regex> = LazyLock::new(|| Regex::new(" on[a-z]+=\"").unwrap());

fn unescaped(text: &str) -> String {
    let named = [
        ("&quot;", "\""),
        ("&lt;", "<"),
        ("&gt;", ">"),
        ("&middot;", "·"),
        ("&#10003;", ""),
        ("&#10007;", ""),
    ];
    let text = named.iter().fold(text.to_owned(), |text, (from, to)| text.replace(from, to));
    let one = |found: &regex::Captures<'_>| char::from_u32(found[1].parse().unwrap()).unwrap().to_string();
    NUMBER.replace_all(&text, one).replace("&amp;", "&")
}

/// Percent-decoded (RFC 3986 §2.1).
fn decoded(text: &str) -> String {
    let mut bytes = Vec::new();
    let mut rest = text.as_bytes();
    while let Some((first, after)) = rest.split_first() {
        if *first == b'%' {
            bytes.push(u8::from_str_radix(std::str::from_utf8(&after[..2]).unwrap(), 16).unwrap());
            rest = &after[2..];
        } else {
            bytes.push(*first);
            rest = after;
        }
    }
    String::from_utf8(bytes).unwrap()
}

/// The address, subject and body of each link of a page.
fn links(html: &str) -> Vec<(String, String, String)> {
    static HREF: LazyLock<Regex> = LazyLock::new(|| Regex::new("href=\"([^\"]*)\"").unwrap());
    let link = |found: regex::Captures<'_>| {
        let href = unescaped(&found[1]);
        let rest = href.strip_prefix("mailto:").expect("every link writes a mail");
        let (address, fields) = rest.split_once("?subject=").unwrap();
        let (subject, body) = fields.split_once("&body=").unwrap();
        (decoded(address), decoded(subject), decoded(body))
    };
    HREF.captures_iter(html).map(link).collect()
}

#[test]
fn every_ready_reply_goes_to_the_address_with_the_token_and_the_text_shows_the_same_lines() {
    let mut seen = 0;
    for (name, page) in pages() {
        let Some(html) = &page.html else { continue };
        for (address, subject, body) in links(html) {
            assert!(
                address.starts_with("service+") && address.ends_with("@fjord.example"),
                "{name}: {address}"
            );
            assert!(subject.starts_with('#'), "{name}: {subject}");
            let number = body.split(' ').next().unwrap();
            assert!(subject.starts_with(number), "{name}: {subject} and {body}");
            let line = if body.ends_with(' ') { format!("\"{body}...\"") } else { format!("\"{body}\"") };
            assert!(page.text.contains(&line), "{name} has no {line} in its text");
            seen += 1;
        }
    }
    assert!(seen > 50, "{seen}");
    let citing = Composer::new(house(false));
    for (name, letter) in samples() {
        for (address, subject, _) in links(&citing.show(&letter).html.unwrap_or_default()) {
            assert_eq!(address, "service@fjord.example", "{name}");
            assert!(subject.ends_with(']') && subject.contains(" ["), "{name}: {subject}");
        }
    }
    let without = Composer::new(House { keys: Keys::default(), ..house(true) });
    for (name, letter) in samples() {
        assert_eq!(links(&without.show(&letter).html.unwrap_or_default()), [], "{name}: nothing would count");
    }
}

fn context() -> Context {
    let now = civil::date(2026, 5, 12).at(14, 5, 0, 0).in_tz("Europe/Amsterdam").unwrap();
    Context { now, day_first: true, currency: "EUR".to_owned() }
}

#[test]
fn every_ready_reply_is_understood_once_it_is_finished() {
    for (name, html) in html_pages() {
        for (_, _, body) in links(&html) {
            let whole = match body.split_once(' ').unwrap().1 {
                "price " => format!("{body}1200 EUR 8h The Dutch page"),
                "meet " => format!("{body}Thu 14:00"),
                "to " => format!("{body}kim@fjord.example"),
                "" => format!("{body}acme"),
                open if open.ends_with(' ') => format!("{body}two words"),
                _ => body.clone(),
            };
            let spoken = read(&whole, &context());
            assert_eq!(spoken.items.len(), 1, "{name}: {whole}: {spoken:?}");
            let item = &spoken.items[0];
            assert!(matches!(item.said, Said::Command(_)), "{name}: {whole}: {item:?}");
            assert!(
                matches!(item.target, Target::Case(_) | Target::Unmatched(_)),
                "{name}: {whole}: {item:?}"
            );
        }
    }
}

#[test]
fn a_ready_reply_that_is_sent_unfinished_prices_nothing() {
    let spoken = read("#143 price ", &context());
    assert!(matches!(spoken.items[0].said, Said::Misunderstood { .. }), "{spoken:?}");
}

#[test]
fn our_own_letter_that_comes_back_unmarked_below_an_answer_commands_nothing() {
    for (name, page) in pages()
        .into_iter()
        .filter(|(name, _)| ["notice", "digest", "alert", "answer"].iter().any(|sort| name.starts_with(sort)))
    {
        let html = page.html.unwrap();
        let lines = texts(&html).into_iter().map(|(text, _)| unescaped(&text));
        for ours in [page.text.clone(), lines.collect::<Vec<_>>().join("\n")] {
            let spoken = read(&format!("#7 seen\n\n{ours}"), &context());
            let said: Vec<_> = spoken.items.iter().filter(|item| item.said != Said::Chatter).collect();
            assert_eq!(said.len(), 1, "{name}: {said:?}\n{ours}");
            assert_eq!(
                (said[0].target, &said[0].said),
                (Target::Case(7), &Said::Command(Command::Seen)),
                "{name}"
            );
        }
    }
}

/// An opening tag on the way to a text: its name, attributes as they stand, classes and inline style.
#[derive(Debug, Clone, Default)]
struct Tag {
    name: String,
    classes: Vec<String>,
    style: HashMap<String, String>,
}

fn declarations(style: &str) -> HashMap<String, String> {
    let pairs = style.split(';').filter_map(|pair| pair.split_once(':'));
    pairs
        .map(|(key, value)| (key.trim().to_owned(), value.replace("!important", "").trim().to_owned()))
        .collect()
}

fn attribute<'a>(tag: &'a str, name: &str) -> Option<&'a str> {
    tag.split_once(&format!(" {name}=\"")).map(|(_, rest)| rest.split('"').next().unwrap())
}

/// Every text of a page with the tags around it, outermost first.
fn texts(html: &str) -> Vec<(String, Vec<Tag>)> {
    static PIECE: LazyLock<Regex> = LazyLock::new(|| {
        Regex::new(r"(?s)<!--.*?-->|<!doctype[^>]*>|<style>.*?</style>|<[^>]*>|[^<]+").unwrap()
    });
    let mut open: Vec<Tag> = Vec::new();
    let mut texts = Vec::new();
    for piece in PIECE.find_iter(html).map(|found| found.as_str()) {
        if piece.starts_with("<!") || piece.starts_with("<style") {
            continue;
        }
        if let Some(name) = piece.strip_prefix("</") {
            let last = open.pop().expect("an open tag");
            assert_eq!(format!("{}>", last.name), name, "tags close in order");
        } else if let Some(tag) = piece.strip_prefix('<') {
            let name = tag.split([' ', '>']).next().unwrap().to_owned();
            if !matches!(name.as_str(), "br" | "meta" | "img") {
                let classes = attribute(piece, "class").unwrap_or_default();
                let classes = classes.split_whitespace().map(str::to_owned).collect();
                let style = declarations(attribute(piece, "style").unwrap_or_default());
                open.push(Tag { name, classes, style });
            }
        } else if !piece.trim().is_empty() && !open.iter().any(|tag| tag.name == "title") {
            texts.push((piece.trim().to_owned(), open.clone()));
        }
    }
    assert!(open.is_empty(), "{open:?}");
    texts
}

/// What the style sheet says of each class in dark mode.
fn dark(html: &str) -> HashMap<String, HashMap<String, String>> {
    let (_, sheet) = html.split_once("@media (prefers-color-scheme: dark) {").expect("a dark mode");
    let (sheet, _) = sheet.split_once("</style>").unwrap();
    RULE.captures_iter(sheet).map(|rule| (rule[1].to_owned(), declarations(&rule[2]))).collect()
}

/// The relative luminance of a colour (WCAG 2.2, definition).
fn luminance(colour: &str) -> f64 {
    let channel = |at: usize| {
        let value = f64::from(u8::from_str_radix(&colour[at..at + 2], 16).unwrap()) / 255.0;
        if value <= 0.04045 { value / 12.92 } else { ((value + 0.055) / 1.055).powf(2.4) }
    };
    0.2126 * channel(1) + 0.7152 * channel(3) + 0.0722 * channel(5)
}

/// The contrast ratio of two colours (WCAG 2.2, success criterion 1.4.3).
fn contrast(one: &str, other: &str) -> f64 {
    let (one, other) = (luminance(one), luminance(other));
    (one.max(other) + 0.05) / (one.min(other) + 0.05)
}

#[test]
fn black_on_white_has_the_greatest_contrast() {
    assert!((contrast("#000000", "#ffffff") - 21.0).abs() < 0.01);
    assert!((contrast("#777777", "#ffffff") - 4.48).abs() < 0.01, "a known pair that is just too weak");
}

#[test]
fn every_text_can_be_read_in_light_and_in_dark_mode_and_is_large_enough() {
    for (name, html) in html_pages() {
        let sheet = dark(&html);
        for (text, tags) in texts(&html) {
            let last = |property: &str, is_dark: bool| {
                tags.iter().rev().find_map(|tag| {
                    let in_sheet = || tag.classes.iter().find_map(|class| sheet.get(class)?.get(property));
                    in_sheet().filter(|_| is_dark).or_else(|| tag.style.get(property)).cloned()
                })
            };
            for is_dark in [false, true] {
                let ink = last("color", is_dark).unwrap_or_else(|| panic!("{name}: {text} has no colour"));
                let paper = last("background-color", is_dark).unwrap();
                let ratio = contrast(&ink, &paper);
                assert!(ratio >= 4.5, "{name}: {text}: {ink} on {paper} is {ratio:.2} (dark: {is_dark})");
                if is_dark {
                    assert!(luminance(&paper) < 0.1, "{name}: {text} stays on light paper in dark mode");
                }
            }
            let pixels = |property: &str| {
                last(property, false).unwrap().trim_end_matches("px").parse::<f64>().unwrap()
            };
            assert!(pixels("font-size") >= 14.0, "{name}: {text}");
            assert!(pixels("line-height") >= 1.25 * pixels("font-size"), "{name}: {text}");
        }
    }
}

#[test]
fn every_button_can_be_hit_with_a_thumb() {
    let mut seen = 0;
    for (name, html) in html_pages() {
        for (text, tags) in texts(&html) {
            let Some(button) = tags.iter().find(|tag| tag.name == "a") else { continue };
            assert_eq!(button.style["display"], "block", "{name}: {text}");
            let padding: f64 = button.style["padding"].split_once("px").unwrap().0.parse().unwrap();
            let line: f64 = button.style["line-height"].trim_end_matches("px").parse().unwrap();
            assert!(2.0 * padding + line >= 44.0, "{name}: {text}");
            assert!(text.chars().count() <= 13, "{name}: {text} would break in a row of three");
            assert!(tags.iter().any(|tag| tag.name == "td" && tag.classes == ["key"]), "{name}: {text}");
            seen += 1;
        }
    }
    assert!(seen > 50, "{seen}");
}

#[test]
fn every_page_is_built_of_what_all_mail_programs_know() {
    static TAG: LazyLock<Regex> = LazyLock::new(|| Regex::new("<([a-z]+)[ >]").unwrap());
    static WIDE: LazyLock<Regex> = LazyLock::new(|| Regex::new("max-width:([0-9]+)px").unwrap());
    const KNOWN: [&str; 16] = [
        "html", "head", "meta", "title", "style", "body", "table", "tr", "td", "b", "br", "span", "a", "p",
        "i", "img",
    ];
    // What Outlook for Windows, Gmail or both leave out (docs/mail-html.md).
    const UNKNOWN: [&str; 15] = [
        "<script",
        "<link",
        "<form",
        "<input",
        "<svg",
        "<div",
        "http:",
        "https:",
        "url(",
        "@import",
        "flex",
        "grid",
        "position:",
        "float:",
        "rgba(",
    ];
    for (name, html) in html_pages() {
        for tag in TAG.captures_iter(&html) {
            assert!(KNOWN.contains(&&tag[1]), "{name}: {}", &tag[1]);
        }
        for bad in UNKNOWN {
            assert!(!html.contains(bad), "{name} has {bad}");
        }
        assert!(!EVENT.is_match(&html), "{name}");
        for picture in html.match_indices("<img ").map(|(at, _)| &html[at..]) {
            let is_ours = attribute(picture, "src").is_some_and(|source| source.starts_with("cid:"));
            let said = attribute(picture, "alt").is_some_and(|said| said.len() > 20);
            assert!(
                is_ours && said,
                "{name}: a picture is a part of the mail, and says in words what it shows"
            );
        }
        for table in html.match_indices("<table ").map(|(at, _)| &html[at..]) {
            assert!(
                table.starts_with("<table role=\"presentation\""),
                "{name}: a table that is read out as one"
            );
        }
        let widths: Vec<u32> = WIDE.captures_iter(&html).map(|found| found[1].parse().unwrap()).collect();
        assert!(!widths.is_empty() && widths.iter().all(|width| WIDTH.contains(width)), "{name}: {widths:?}");
        assert!(html.contains("<!--[if mso]><table role=\"presentation\" width=\"560\""), "{name}: Outlook");
        assert!(html.contains("<html lang=\"en\">") && html.contains("<meta charset=\"utf-8\">"), "{name}");
        assert!(html.contains("<meta name=\"color-scheme\" content=\"light dark\">"), "{name}");
        // Gmail shows no more than that, and behind a link only.
        assert!(html.len() < 102_000, "{name}: {} bytes", html.len());
    }
}

#[test]
fn both_parts_say_the_same() {
    for (name, page) in pages().into_iter().filter(|(name, _)| !name.starts_with("answer")) {
        let Some(html) = &page.html else { continue };
        let text: String = page.text.split_whitespace().collect::<Vec<_>>().join(" ");
        for (piece, tags) in texts(html) {
            let is_button = tags.iter().any(|tag| tag.name == "a");
            // Signs, and words that stand in a line of their own in the text.
            let words =
                unescaped(&piece).replace(['“', '”'], "\"").replace("&ldquo;", "\"").replace("&rdquo;", "\"");
            let words = words.split_whitespace().collect::<Vec<_>>().join(" ");
            let words = words.trim_matches(['✓', '✗', '"', ':', '·', ',', ' ']).trim_start_matches("not: ");
            if words.is_empty() || is_button && (name.starts_with("digest") || name == "gathered") {
                continue;
            }
            assert!(text.contains(words), "{name}: the text lacks {words:?}\n{text}");
        }
    }
}
