//! The house rules that a compiler does not hold: who imports whom, how long a file is, what may be depended on.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

/// The rooms from the top down. A room uses only rooms of the lines below its own; shell rooms may use each other.
const LINES: [&[&str]; 5] = [
    &["main", "cli", "daemon", "worker", "web", "demo", "config", "clock", "telemetry"],
    &["store", "mailbox", "smtp", "provider"],
    &["intake", "schedule", "command"],
    &["classify", "compose", "outbox"],
    &[
        "message",
        "case",
        "directory",
        "effect",
        "server",
        "money",
        "offer",
        "token",
        "day",
        "mood",
        "oauth",
        "pattern",
    ],
];

/// The longest that a file may be before its tests, in lines.
const LONGEST: usize = 400;

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn files(folder: &str, ending: &str) -> Vec<PathBuf> {
    fn walk(folder: &Path, ending: &str, found: &mut Vec<PathBuf>) {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                walk(&path, ending, found);
            } else if path.to_string_lossy().ends_with(ending) {
                found.push(path);
            }
        }
    }
    let mut found = Vec::new();
    walk(&root().join(folder), ending, &mut found);
    found.sort();
    assert!(!found.is_empty(), "no {ending} below {folder}");
    found
}

/// The code of a file before its unit tests.
fn before_tests(path: &Path) -> String {
    let text = fs::read_to_string(path).unwrap();
    text.split("#[cfg(test)]").next().unwrap().to_owned()
}

fn room(path: &Path) -> String {
    let below = path.strip_prefix(root().join("src")).unwrap();
    let first = below.components().next().unwrap().as_os_str().to_string_lossy().into_owned();
    first.trim_end_matches(".rs").to_owned()
}

fn line_of(room: &str) -> Option<usize> {
    LINES.iter().position(|rooms| rooms.contains(&room))
}

#[test]
fn every_file_says_in_its_first_line_what_it_is() {
    for path in files("src", ".rs").into_iter().chain(files("tests/it", ".rs")) {
        let text = fs::read_to_string(&path).unwrap();
        assert!(text.starts_with("//! "), "{} does not begin with //!", path.display());
        assert!(!text.starts_with("//! To be written"), "{} is a placeholder", path.display());
    }
}

#[test]
fn no_file_is_longer_than_a_head_holds() {
    let long: Vec<_> = files("src", ".rs")
        .into_iter()
        .map(|path| (before_tests(&path).lines().count(), path))
        .filter(|(lines, _)| *lines > LONGEST)
        .collect();
    assert!(long.is_empty(), "split where a second subject begins: {long:?}");
}

#[test]
fn rooms_import_only_rooms_below_them() {
    let mut wrong = Vec::new();
    for path in files("src", ".rs") {
        let room = room(&path);
        if room == "lib" || room == "main" {
            continue;
        }
        let own = line_of(&room).unwrap_or_else(|| panic!("{room} stands in no line of the architecture"));
        for part in before_tests(&path).split("crate::").skip(1) {
            let used: String = part.chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect();
            // The source of fresh ids and the words of the architecture are below everything.
            let Some(line) = line_of(&used) else { continue };
            let allowed = used == room || line > own || (own == 0 && line == 0) || own == LINES.len() - 1 && line == own
                // Within "decide" the clock's side may use what the mail's side knows of people.
                || (own == 2 && line == 2);
            if !allowed {
                wrong.push(format!("{} uses crate::{used}", path.strip_prefix(root()).unwrap().display()));
            }
        }
    }
    assert!(wrong.is_empty(), "imports that go up or sideways: {wrong:#?}");
}

#[test]
fn every_path_that_the_documentation_names_exists() {
    let mut missing = Vec::new();
    for document in ["README.md", "CHANGELOG.md"] {
        let text = fs::read_to_string(root().join(document)).unwrap();
        for word in text.split(|c: char| c.is_whitespace() || "()`\"',;:<>[]|".contains(c)) {
            let word = word.trim_end_matches('.');
            // A pattern stands for the files of its folder.
            let fixed = word.split_once('*').and_then(|(before, _)| before.rsplit_once('/'));
            let word = fixed.map_or(word, |(folder, _)| folder);
            let ours = [
                "src/",
                "tests/",
                "templates/",
                "migrations/",
                "benches/",
                "training/",
                "models/",
                "docs/",
                "fuzz/",
            ];
            if ours.iter().any(|folder| word.starts_with(folder)) && !root().join(word).exists() {
                missing.push(format!("{document}: {word}"));
            }
        }
    }
    assert!(missing.is_empty(), "named and not there: {missing:#?}");
}

/// What reads bytes that come from outside, each with the fuzz target that feeds it anything: mails by strangers, commands by
/// owners, what servers say, tokens that anybody may write, files of others.
const PARSERS: [(&str, &str); 11] = [
    ("src/message/mime.rs", "read"),
    ("src/message/html.rs", "read"),
    ("src/message/authentication.rs", "read"),
    ("src/message/dsn.rs", "read"),
    ("src/message/calendar.rs", "read"),
    ("src/command/read.rs", "command"),
    ("src/mailbox/wire.rs", "imap"),
    ("src/oauth/answer.rs", "oauth"),
    ("src/token.rs", "token"),
    ("src/directory/import.rs", "import"),
    ("src/schedule/holidays.rs", "holidays"),
];

#[test]
fn every_parser_of_outside_bytes_has_a_fuzz_target() {
    let manifest = fs::read_to_string(root().join("fuzz/Cargo.toml")).unwrap();
    for (parser, target) in PARSERS {
        assert!(root().join(parser).exists(), "{parser} is not there any more");
        let path = format!("fuzz_targets/{target}.rs");
        assert!(root().join("fuzz").join(&path).exists(), "{parser} has no fuzz target {target}");
        assert!(manifest.contains(&format!("path = \"{path}\"")), "fuzz/Cargo.toml does not name {target}");
    }
    for path in files("fuzz/fuzz_targets", ".rs") {
        let name = path.file_stem().unwrap().to_string_lossy().into_owned();
        assert!(
            PARSERS.iter().any(|(_, target)| *target == name),
            "the target {name} feeds no parser of the list"
        );
        let text = fs::read_to_string(&path).unwrap();
        assert!(text.starts_with("//! ") && text.contains("fuzz_target!"), "{}", path.display());
    }
}

/// Every licence that a crate offers, as alternatives of sets: `(MIT OR Apache-2.0) AND Unicode-3.0`.
fn licence_is_allowed(expression: &str, allowed: &[String]) -> bool {
    // "A/B" is the old way to write "A OR B"; AND binds closer than OR, parentheses are only used around OR.
    let expression = expression.replace('/', " OR ");
    let accept = |part: &str| allowed.iter().any(|licence| licence == part.trim().trim_matches(['(', ')']));
    if expression.contains('(') {
        return expression.split(" AND ").all(|part| part.split(" OR ").any(accept));
    }
    expression.split(" OR ").any(|alternative| alternative.split(" AND ").all(accept))
}

#[test]
fn every_dependency_has_a_licence_that_deny_toml_allows_and_none_is_banned() {
    let metadata = Command::new(env!("CARGO"))
        .args(["metadata", "--format-version", "1", "--offline", "--locked", "--filter-platform"])
        .arg("x86_64-unknown-linux-gnu")
        .current_dir(root())
        .output()
        .unwrap();
    assert!(metadata.status.success(), "{}", String::from_utf8_lossy(&metadata.stderr));
    let metadata: serde_json::Value = serde_json::from_slice(&metadata.stdout).unwrap();
    let text = fs::read_to_string(root().join("deny.toml")).unwrap();
    let deny = toml_span::parse(&text).unwrap();
    let strings = |pointer: &str, key: Option<&str>| -> Vec<String> {
        let list = deny.pointer(pointer).unwrap().as_array().unwrap();
        list.iter()
            .map(|value| key.map_or(value, |key| value.pointer(&format!("/{key}")).unwrap()))
            .map(|value| value.as_str().unwrap().to_owned())
            .collect()
    };
    let allowed = strings("/licenses/allow", None);
    let banned = strings("/bans/deny", Some("crate"));
    let packages = metadata["packages"].as_array().unwrap();
    assert!(packages.len() > 100, "cargo metadata lists {} packages", packages.len());
    for package in packages {
        let name = package["name"].as_str().unwrap();
        let licence = package["license"].as_str().unwrap_or("none");
        assert!(
            licence_is_allowed(licence, &allowed),
            "{name} is under {licence}, which deny.toml does not allow"
        );
        assert!(!banned.iter().any(|banned| banned == name), "{name} is banned by deny.toml");
    }
}

#[test]
fn every_dependency_comes_from_the_public_registry_with_its_checksum() {
    // A crate of another source, or without a checksum, could be anything; `cargo build --locked` holds the bytes against it.
    for lock in ["Cargo.lock", "fuzz/Cargo.lock"] {
        let text = fs::read_to_string(root().join(lock)).unwrap();
        let packages: Vec<_> = text.split("[[package]]").skip(1).collect();
        assert!(packages.len() > 20, "{lock} lists {} packages", packages.len());
        for package in packages {
            let field = |name: &str| {
                let line = package.lines().find_map(|line| line.strip_prefix(&format!("{name} = \"")));
                line.map(|value| value.trim_end_matches('"'))
            };
            let name = field("name").unwrap();
            if name == "pairdesk" || name == "pairdesk-fuzz" {
                continue;
            }
            let source = field("source");
            assert_eq!(
                source,
                Some("registry+https://github.com/rust-lang/crates.io-index"),
                "{lock}: {name}"
            );
            assert_eq!(field("checksum").map(str::len), Some(64), "{lock}: {name} has no checksum");
        }
    }
}
