//! Reading mail: every file of tests/mail against what a person says it means, and what holds for any bytes.

mod machines;
mod seen;
mod shapes;

use std::path::{Path, PathBuf};

use pairdesk::message::{Conversations, Inspection, Message, ReadOptions, read};
use proptest::prelude::*;
use serde_json::Value;

fn options() -> ReadOptions {
    ReadOptions {
        authserv_ids: vec!["mx.firm.example".into()],
        own_addresses: vec!["service@firm.example".into()],
    }
}

fn mails() -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/mail");
    let mut paths: Vec<PathBuf> = std::fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|e| e == "eml"))
        .collect();
    paths.sort();
    paths
}

/// Blanks and line ends do not matter to a reader.
fn squashed(value: &Value) -> Value {
    match value {
        Value::String(text) => Value::String(text.split_whitespace().collect::<Vec<_>>().join(" ")),
        Value::Array(list) => Value::Array(list.iter().map(squashed).collect()),
        Value::Object(map) => Value::Object(map.iter().map(|(k, v)| (k.clone(), squashed(v))).collect()),
        other => other.clone(),
    }
}

/// What differs between the expected fields and those read: objects are compared by the expected keys only.
fn differences(path: &str, want: &Value, got: &Value, found: &mut Vec<String>) {
    if let (Value::Object(want), Value::Object(got)) = (want, got) {
        for (key, value) in want {
            differences(&format!("{path}.{key}"), value, got.get(key).unwrap_or(&Value::Null), found);
        }
    } else if squashed(want) != squashed(got) {
        found.push(format!("  {path}\n    want {}\n    got  {}", squashed(want), squashed(got)));
    }
}

#[test]
fn every_mail_is_read_as_a_person_reads_it() {
    let mut wrong = Vec::new();
    let mut count = 0;
    for path in mails() {
        let raw = std::fs::read(&path).unwrap();
        let want: Value =
            serde_json::from_slice(&std::fs::read(path.with_extension("json")).unwrap()).unwrap();
        let got = serde_json::to_value(Inspection::from(read(&raw, &options()))).unwrap();
        let mut found = Vec::new();
        differences("", &want, &got, &mut found);
        count += 1;
        if !found.is_empty() {
            wrong.push(format!("{}\n{}", path.file_name().unwrap().display(), found.join("\n")));
        }
    }
    assert!(wrong.is_empty(), "{} of {count} mails are misread:\n{}", wrong.len(), wrong.join("\n"));
}

#[test]
fn line_ends_do_not_matter() {
    for path in mails() {
        let raw = String::from_utf8_lossy(&std::fs::read(&path).unwrap()).replace("\r\n", "\n");
        let unix = read(raw.as_bytes(), &options());
        let network = read(raw.replace('\n', "\r\n").as_bytes(), &options());
        assert_eq!((unix.reply, unix.automatic), (network.reply, network.automatic), "{}", path.display());
    }
}

/// The letters of texts, sorted, to compare what was kept; a line may have been parted in two.
fn letters(texts: &[&str]) -> Vec<char> {
    let mut letters: Vec<char> =
        texts.iter().flat_map(|t| t.chars()).filter(|c| !c.is_whitespace()).collect();
    letters.sort_unstable();
    letters
}

fn assert_nothing_lost(message: &Message) {
    assert_eq!(letters(&[&message.text]), letters(&[&message.reply, &message.quoted, &message.signature]));
}

#[test]
fn what_is_set_aside_is_kept() {
    for path in mails() {
        assert_nothing_lost(&read(&std::fs::read(&path).unwrap(), &options()));
    }
}

/// Lines as mails have them: prose, quotations, headers, signatures.
fn line() -> impl Strategy<Value = String> {
    prop_oneof![
        "[A-Za-z ,.?]{0,60}",
        "> [A-Za-z ,.?]{0,60}",
        Just(String::new()),
        Just("On Mon, 7 Dec 2026 at 09:30, Kim Holm <kim@client.example> wrote:".to_string()),
        Just("Von: Kim Holm <kim@client.example>".to_string()),
        Just("Gesendet: Montag, 7. Dezember 2026 09:30".to_string()),
        Just("Subject: Figures".to_string()),
        Just("-----Original Message-----".to_string()),
        Just("-- ".to_string()),
        Just("Sent from my iPhone".to_string()),
        Just("Best regards,".to_string()),
        Just("Tel. +49 30 1234567".to_string()),
        Just("Kim Holm".to_string()),
        Just("________________________________".to_string()),
        "[<>:\\-_*@ \\PC]{0,30}",
    ]
}

fn plain(lines: &[String]) -> Vec<u8> {
    format!("From: a@b.example\nContent-Type: text/plain; charset=utf-8\n\n{}", lines.join("\n")).into_bytes()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_bytes_give_a_message(raw in proptest::collection::vec(any::<u8>(), 0..2_000)) {
        read(&raw, &options());
    }

    #[test]
    fn any_mutation_of_a_mail_gives_a_message(
        index in any::<prop::sample::Index>(),
        cuts in proptest::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..20),
        end in any::<prop::sample::Index>(),
    ) {
        let paths = mails();
        let mut raw = std::fs::read(index.get(&paths)).unwrap();
        for (place, byte) in cuts {
            let at = place.index(raw.len());
            raw[at] = byte;
        }
        raw.truncate(end.index(raw.len()) + 1);
        read(&raw, &options());
    }

    #[test]
    fn no_letter_of_any_text_is_lost(lines in proptest::collection::vec(line(), 0..40)) {
        assert_nothing_lost(&read(&plain(&lines), &options()));
    }

    #[test]
    fn cutting_a_reply_again_changes_nothing(lines in proptest::collection::vec(line(), 0..25)) {
        let once = read(&plain(&lines), &options()).reply;
        let again = read(&plain(&once.lines().map(str::to_string).collect::<Vec<_>>()), &options());
        prop_assert_eq!(once, again.reply);
    }
}

#[test]
fn a_mail_nested_deeper_than_anybody_nests_is_read() {
    let levels: Vec<String> = (0..2_000)
        .map(|depth| format!("Content-Type: multipart/mixed; boundary=b{depth}\n\n--b{depth}\n"))
        .collect();
    let raw = format!("From: a@b.example\n{}Content-Type: text/plain\n\nhello\n", levels.concat());
    let message = read(raw.as_bytes(), &options());
    assert!(message.defects.iter().any(|d| d.contains("nested")), "{:?}", message.defects);
}

#[test]
fn ten_thousand_parts_are_counted_and_the_rest_not_opened() {
    let mut raw = String::from("From: a@b.example\nContent-Type: multipart/mixed; boundary=b\n\n");
    for _ in 0..10_000 {
        raw.push_str("--b\nContent-Type: text/plain\n\nhello\n");
    }
    let message = read(raw.as_bytes(), &options());
    assert!(message.defects.iter().any(|d| d.contains("parts")), "{:?}", message.defects);
    assert!(message.text.starts_with("hello"));
}

#[test]
fn a_header_of_a_hundred_thousand_fields_is_cut() {
    let raw = "X-Bomb: 1\n".repeat(100_000) + "From: a@b.example\n\nhello\n";
    let message = read(raw.as_bytes(), &options());
    assert_eq!(message.text, "hello");
    assert!(message.defects.iter().any(|d| d.contains("header fields")), "{:?}", message.defects);
}

#[test]
fn elements_nested_without_end_are_read() {
    let html = "<div>".repeat(50_000) + "hello" + &"<blockquote>".repeat(50_000);
    let raw = format!("From: a@b.example\nContent-Type: text/html\n\n{html}");
    assert_eq!(read(raw.as_bytes(), &options()).text, "hello");
}

#[test]
fn a_tag_of_endless_attributes_ends_the_reading_and_images_in_addresses_do_not() {
    let attributes = (0..60_000).map(|n| format!("a{n}=1")).collect::<Vec<_>>().join(" ");
    let raw = format!("From: a@b.example\nContent-Type: text/html\n\nhello<div {attributes}>world");
    let message = read(raw.as_bytes(), &options());
    assert_eq!(message.text, "hello");
    assert!(message.defects.iter().any(|d| d.contains("HTML tag")), "{:?}", message.defects);
    let image = format!("<img src=\"data:image/png;base64,{}\">", "iVBO/Rw0".repeat(60_000));
    let raw = format!("From: a@b.example\nContent-Type: text/html\n\nhello {image} world");
    assert_eq!(read(raw.as_bytes(), &options()).text, "hello world");
}

/// Each of these once took time that grew with the square of its length: minutes for one megabyte.
#[test]
fn a_megabyte_of_rules_or_of_blanks_is_read() {
    let head = "From: a@b.example\nContent-Type: text/";
    let rules = format!("{head}plain\n\nhello\n{}", "___\n".repeat(250_000));
    assert!(read(rules.as_bytes(), &options()).text.starts_with("hello"));
    let blanks = format!("{head}html\n\nhello<pre>{}", " ".repeat(1_000_000));
    assert_eq!(read(blanks.as_bytes(), &options()).text, "hello");
}

#[test]
fn a_million_stray_lines_in_a_header_are_one_defect() {
    let stray = "a b\n".repeat(40) + "to: x\n";
    let raw = "Subject: x\n".to_string() + &stray.repeat(5_000) + "\nhello\n";
    let message = read(raw.as_bytes(), &options());
    assert_eq!(message.text, "hello");
    assert!(message.defects.len() < 10, "{}", message.defects.len());
}

fn thread_mail(id: &str, subject: &str, date: &str, fields: &str) -> Message {
    let raw = format!(
        "From: kim@client.example\nTo: service@firm.example\nSubject: {subject}\nDate: {date}\nMessage-ID: <{id}>\n{fields}\nHello.\n"
    );
    read(raw.as_bytes(), &options())
}

#[test]
fn mails_of_one_conversation_are_joined_and_others_are_not() {
    let mut conversations = Conversations::default();
    let monday = "Mon, 07 Dec 2026 09:30:00 +0100";
    let first = conversations.add(&thread_mail("1@c", "Figures", monday, ""));
    let by_reference = thread_mail("2@c", "Something else", monday, "References: <0@c> <1@c>\n");
    assert_eq!(conversations.add(&by_reference), first, "References");
    let folded = thread_mail("3@c", "AW: Figures", monday, "In-Reply-To: Your message of Monday <2@c\n");
    assert_eq!(conversations.add(&folded), first, "a broken In-Reply-To");
    let by_subject = thread_mail("4@c", "Antw: Re: Figures", "Wed, 09 Dec 2026 09:30:00 +0100", "");
    assert_eq!(conversations.add(&by_subject), first, "base subject");
    let new_matter = thread_mail("5@c", "Figures", "Wed, 09 Dec 2026 09:30:00 +0100", "");
    assert_ne!(conversations.add(&new_matter), first, "no reply mark and no reference");
    let late = thread_mail("6@c", "Re: Figures", "Mon, 01 Mar 2027 09:30:00 +0100", "");
    let late = conversations.add(&late);
    assert_ne!(late, first, "after more than thirty days");
    let index = "Thread-Index: AdtKz2pJ0y0wq5C0QnqJtq3vJf2T5g==\n";
    let outlook = conversations.add(&thread_mail("7@c", "Plan", monday, index));
    let reply =
        thread_mail("8@c", "Other words", monday, "Thread-Index: AdtKz2pJ0y0wq5C0QnqJtq3vJf2T5gAAAFhg\n");
    assert_eq!(conversations.add(&reply), outlook, "Thread-Index");
}
