//! What owners write, as a table of replies with what each says, and what holds for any text.

use std::fs;

use jiff::Zoned;
use pairdesk::command::{Command, Context, Item, Meet, Price, Said, Target, Wait, read};
use proptest::prelude::*;

fn context() -> Context {
    let now: Zoned = "2026-11-25T09:30[Europe/Berlin]".parse().unwrap();
    Context { now, day_first: true, currency: "EUR".into() }
}

fn table(name: &str) -> String {
    fs::read_to_string(format!("{}/tests/commands/{name}", env!("CARGO_MANIFEST_DIR"))).unwrap()
}

/// What an item says, in the notation of the tables.
fn show(item: &Item) -> String {
    let target = match item.target {
        Target::Case(number) => number.to_string(),
        Target::Unmatched(number) => format!("u{number}"),
        Target::Here => "here".to_owned(),
    };
    let with = |word: &str, text: &str| {
        if text.is_empty() { word.to_owned() } else { format!("{word} {text:?}") }
    };
    let said = match &item.said {
        Said::Chatter => return "-".to_owned(),
        Said::Note(text) => with("said", text),
        Said::Misunderstood { nearest } => format!("? {}", nearest.unwrap_or_default()),
        Said::Command(command) => match command {
            Command::Mine => "mine".into(),
            Command::Done(text) => with("done", text),
            Command::Wait(Wait::Client) => "wait for client".into(),
            Command::Wait(Wait::Until(date)) => format!("wait until {date}"),
            Command::Price(Price { amount, minutes, work }) => {
                let amount = amount.as_ref().map_or_else(String::new, |amount| format!(" {amount}"));
                let minutes = minutes.map_or_else(String::new, |minutes| format!(" {minutes}min"));
                with(&format!("price{amount}{minutes}"), work)
            }
            Command::Decline(text) => with("decline", text),
            Command::Waive(text) => with("waive", text),
            Command::Send(text) => with("send", text.as_deref().unwrap_or_default()),
            Command::Accepted(text) => with("accepted", text),
            Command::Lost(text) => with("lost", text),
            Command::Note(text) => with("note", text),
            Command::Hand(person) => format!("to {person}"),
            Command::Meet(Meet { start, minutes, with }) => {
                format!("meet {start} {minutes}min {}", with.join(" ")).trim_end().to_owned()
            }
            Command::CancelMeeting => "meet cancel".into(),
            Command::Wrong(kinds, severity) => {
                let kinds: Vec<_> = kinds.iter().map(|kind| kind.key()).collect();
                let severity = severity.map_or_else(String::new, |severity| format!(" {severity}"));
                format!("wrong [{}]{severity}", kinds.join(" "))
            }
            Command::Seen => "seen".into(),
            Command::Match(account) => format!("match {account}"),
            Command::Away { from: None, until } => format!("away until {until}"),
            Command::Away { from: Some(from), until } => format!("away {from} to {until}"),
            Command::Back => "back".into(),
            Command::Help => "help".into(),
        },
    };
    format!("{target} {said}")
}

fn said(text: &str) -> Vec<String> {
    read(text, &context()).items.iter().map(show).collect()
}

#[test]
fn replies_of_one_line_say_what_the_table_tells() {
    let table = table("lines.txt");
    let rows: Vec<(&str, &str)> = table.lines().filter_map(|line| line.split_once(" => ")).collect();
    assert!(rows.len() >= 300, "{} replies", rows.len());
    let wrong: Vec<String> = rows
        .iter()
        .map(|(reply, expected)| (reply.trim_end(), said(reply.trim_end()).join(" | "), expected))
        .filter(|(_, found, expected)| found != *expected)
        .map(|(reply, found, expected)| format!("{reply}\n    says     {found}\n    expected {expected}"))
        .collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn replies_of_several_lines_say_what_the_table_tells() {
    let table = table("mails.txt");
    let mails: Vec<&str> = table.split("\n==== ").skip(1).collect();
    assert!(mails.len() >= 50, "{} replies", mails.len());
    for mail in mails {
        let (title, rest) = mail.split_once('\n').unwrap();
        let rest = format!("\n{rest}");
        let (reply, expected) = rest.split_once("\n----\n").unwrap_or_else(|| panic!("{title} has no ----"));
        let expected: Vec<&str> = expected.lines().filter(|line| !line.is_empty()).collect();
        assert_eq!(said(reply.trim_start_matches('\n')), expected, "{title}");
    }
}

/// The letters of a text in their order.
fn letters(text: &str) -> String {
    text.chars().filter(|c| !c.is_whitespace()).collect()
}

/// What holds for any text: nothing is lost or said twice, and reading again gives the same.
fn holds(text: &str) {
    let spoken = read(text, &context());
    let words: String = spoken.items.iter().map(|item| item.words.as_str()).collect();
    assert_eq!(letters(&words), letters(text), "the words of the items are those of the mail: {text:?}");
    assert_eq!(spoken, read(text, &context()), "reading is deterministic: {text:?}");
}

#[test]
fn the_tables_words_are_all_kept() {
    for line in table("lines.txt").lines() {
        holds(line.split(" => ").next().unwrap());
    }
    holds(&table("mails.txt"));
    holds(&table("lines.txt"));
}

/// Pieces of which mails of owners are made.
fn fragment() -> impl Strategy<Value = String> {
    let words = [
        "#142",
        "142",
        "#u17",
        "# 9",
        "mine",
        "done",
        "send",
        "price",
        "waive",
        "decline",
        "wait until",
        "note",
        "to",
        "meet",
        "wrong",
        "seen",
        "away until",
        "back",
        "help",
        "Friday",
        "12 Jan",
        "31 Feb",
        "3d",
        "1.200,50 €",
        "EUR 1200",
        "8h",
        "with",
        "priya@firm.example",
        "Kim",
        "and",
        ",",
        ";",
        "#",
        "-",
        "•",
        "1.",
        "?",
        "!",
        ":",
        "\n",
        "\n\n",
        "\r\n",
        "> ",
        "Hi Anna,",
        "Thanks",
        "Best regards",
        "Sent from my iPhone",
        "--",
        "On Mon, 3 Jan 2027, Kim wrote:",
        "From: a\nTo: b",
        "👍",
        "\u{a0}",
        "１４２",
        "“",
        "’",
        "\u{200b}",
        "ẞ",
        "İ",
        "don't",
        "not",
        "praise",
        "complaint 3",
        "ok",
        "please",
    ];
    prop_oneof![4 => proptest::sample::select(words.to_vec()).prop_map(str::to_owned), 1 => "\\PC{0,6}", 1 => any::<String>()]
}

proptest! {
    #[test]
    fn nothing_that_an_owner_writes_is_lost(pieces in prop::collection::vec((fragment(), any::<bool>()), 0..24)) {
        let text: String = pieces.iter().flat_map(|(piece, blank)| [piece.as_str(), if *blank { " " } else { "" }]).collect();
        holds(&text);
    }

    #[test]
    fn what_goes_to_a_client_is_never_read_out_of_a_typing_error(
        word in prop::sample::select(vec!["send", "price 1200 EUR", "waive", "decline", "done"]),
        at in 0_usize..4,
        letter in prop::sample::select(('a'..='z').collect::<Vec<_>>()),
    ) {
        let mut mistyped: Vec<char> = word.chars().collect();
        mistyped[at] = letter;
        let mistyped: String = mistyped.into_iter().collect();
        prop_assume!(mistyped != word);
        for item in read(&format!("#142 {mistyped}"), &context()).items {
            let exact = matches!(
                &item.said,
                Said::Command(
                    Command::Send(_) | Command::Price(_) | Command::Waive(_) | Command::Decline(_) | Command::Done(_)
                )
            );
            prop_assert!(!exact, "{mistyped} says {:?}", item.said);
        }
    }

    #[test]
    fn a_day_to_wait_for_is_always_to_come(text in "(in )?[0-9]{1,3}[./ -]?([0-9]{1,2}|days|weeks|Jan|Feb|th)?[./ ]?[0-9]{0,4}") {
        for item in read(&format!("#142 wait until {text}"), &context()).items {
            if let Said::Command(Command::Wait(Wait::Until(date))) = item.said {
                prop_assert!(date > context().now.date(), "{text} is {date}");
            }
        }
    }
}

/// Texts that would keep a careless reader busy for long, over and over.
const REPEATED: [&str; 28] = [
    "#1 mine ",
    "#1 ",
    "1 ",
    "send\n",
    "#1 send\nfoo bar baz\n",
    "done and ",
    "mine, ",
    "a",
    "note\n",
    "Thanks\n",
    "#1 done, ",
    "price 1 EUR ",
    "> ",
    "\n",
    "142 143 ",
    "On a 2026 ",
    "with with\n",
    "meet\nwith a\n",
    "1. ",
    "ok ",
    "- ",
    "wait until ",
    "away from 1 Jan to 2 Jan ",
    "wrong praise ",
    "#u1 a ",
    "ä",
    "send: a\n\n",
    "From: a\n",
];

fn is_kept(text: &str) {
    let kept: usize = read(text, &context()).items.iter().map(|item| letters(&item.words).len()).sum();
    assert_eq!(kept, letters(text).len());
}

#[test]
fn long_mails_of_any_pattern_are_read_through() {
    for piece in REPEATED {
        is_kept(&piece.repeat(8_000 / piece.len()));
    }
}

#[test]
fn a_mail_of_a_megabyte_is_read_through() {
    is_kept(&"They are merging with Delta in spring. ".repeat(26_000));
    is_kept(&format!(
        "#142 send: Dear Anna,\n{}",
        "we have fixed the feed and credited March in full; ".repeat(20_000)
    ));
}
