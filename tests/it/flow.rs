//! Three weeks of mail from the mailbox to everybody's mails: the demonstration, played in a folder.

use std::fs;
use std::path::{Path, PathBuf};

use pairdesk::demo;
use pairdesk::effect::Disposition;
use pairdesk::message::{self, ReadOptions};
use pairdesk::store::{Status, Store};

/// Plays it and returns what it said.
async fn play(folder: &Path, weeks: i64) -> String {
    let mut said = Vec::new();
    demo::play(folder, weeks, "pairdesk", &mut said).await.unwrap();
    String::from_utf8(said).unwrap()
}

async fn status(folder: &Path) -> Status {
    let store = Store::open(&format!("sqlite:{}", folder.join("pairdesk.db").display())).await.unwrap();
    let status = store.status().await.unwrap();
    store.close().await;
    status
}

/// The story with a name for the folder, whose length moves no columns, and without the percentages, which move with
/// each training of the model.
fn told(said: &str, folder: &Path) -> String {
    let folder = folder.display().to_string();
    let line = |line: &str| {
        if line.contains(&folder) {
            let words: Vec<_> = line.split_whitespace().collect();
            format!("  {}", words.join(" ").replace(&folder, "pairdesk-demo"))
        } else {
            line.to_owned()
        }
    };
    let percent = |line: String| match line.split_once(" %): ") {
        Some((before, after)) => {
            format!("{}.. %): {after}", before.trim_end_matches(|c: char| c.is_ascii_digit()))
        }
        None => line,
    };
    said.lines().map(line).map(percent).collect::<Vec<_>>().join("\n")
}

fn files(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() { found.extend(files(&path)) } else { found.push(path) }
    }
    found.sort();
    found
}

/// The mails that are to come: their files' names and bytes.
fn mails() -> Vec<PathBuf> {
    files(&Path::new(env!("CARGO_MANIFEST_DIR")).join("src/demo/mails"))
}

#[tokio::test]
async fn the_demonstration_tells_its_story() {
    let place = tempfile::tempdir().unwrap();
    let folder = place.path().join("demo");
    let said = play(&folder, 0).await;
    let wide: Vec<_> = said.lines().filter(|line| line.chars().count() > 100).collect();
    assert!(wide.iter().all(|line| line.contains(&*folder.to_string_lossy())), "{wide:?}");
    insta::assert_snapshot!(told(&said, &folder));
}

#[tokio::test]
async fn every_mail_of_the_demonstration_is_accounted_for_once_and_the_broken_one_stops_nothing() {
    let place = tempfile::tempdir().unwrap();
    let folder = place.path().join("demo");
    play(&folder, 0).await;
    let status = status(&folder).await;
    let filed: u64 = status.mails.iter().map(|(_, count)| count).sum();
    assert_eq!(filed, mails().len() as u64);
    assert!(filed >= 40, "{filed}");
    let count =
        |disposition| status.mails.iter().find(|(of, _)| *of == disposition).map_or(0, |(_, count)| *count);
    assert_eq!(count(Disposition::Duplicate), 1);
    assert_eq!(count(Disposition::Staff), 1);
    assert_eq!(count(Disposition::Automatic), 5, "newsletter, two out-of-office, bounce, calendar");
    assert!(count(Disposition::Routine) >= 12, "most days bring nothing to do");

    let broken = status.unmatched.iter().find(|mail| mail.key.contains("broken")).expect("status lists it");
    assert!(!broken.defects.is_empty());
    let store = Store::open(&format!("sqlite:{}", folder.join("pairdesk.db").display())).await.unwrap();
    let kept = store.raw_mail(broken.id).await.unwrap().unwrap();
    let came = mails().into_iter().find(|path| path.to_string_lossy().contains("broken")).unwrap();
    assert_eq!(kept, fs::read(came).unwrap(), "it is kept as it came");
    store.close().await;
}

#[tokio::test]
async fn every_mail_that_goes_out_can_be_read_and_none_goes_to_a_client() {
    let place = tempfile::tempdir().unwrap();
    let folder = place.path().join("demo");
    play(&folder, 0).await;
    let outgoing = files(&folder.join("outgoing"));
    let status = status(&folder).await;
    assert_eq!(outgoing.len() as u64, status.sent);
    assert!(status.waiting.is_empty() && status.failed.is_empty());
    assert!(status.drafts > 0, "what would go to clients is kept");
    for path in outgoing {
        let raw = fs::read(&path).unwrap();
        let mail = message::read(&raw, &ReadOptions::default());
        assert_eq!(mail.defects, Vec::<String>::new(), "{}", path.display());
        assert!(mail.from.is_some_and(|from| from.address == "service@larkfield.example"));
        assert!(!mail.subject.is_empty() && !mail.text.trim().is_empty() && mail.date.is_some());
        let recipients: Vec<_> = mail.to.iter().chain(&mail.cc).collect();
        assert_eq!(recipients.len(), 1);
        assert!(recipients[0].address.ends_with("@larkfield.example"), "{}", recipients[0].address);
        assert!(path.to_string_lossy().contains(&recipients[0].address), "it lies where its recipient looks");
    }
}

#[tokio::test]
async fn a_second_demonstration_replaces_the_first_and_another_season_changes_only_the_dates() {
    let place = tempfile::tempdir().unwrap();
    let folder = place.path().join("demo");
    let winter = play(&folder, 0).await;
    let summer = play(&folder, 17).await;
    assert!(summer.starts_with("The last demonstration in"), "it says that it replaces one");
    let hours = |said: &str| {
        let at = |line: &str, place: usize| line.as_bytes().get(place).copied().unwrap_or_default();
        let dated = said
            .lines()
            .filter(|line| at(line, 13) == b':' && at(line, 12).is_ascii_digit() && !line.starts_with(' '));
        dated.map(|line| line[11..].to_owned()).collect::<Vec<_>>()
    };
    assert!(hours(&winter).len() > 60);
    assert_eq!(hours(&winter), hours(&summer));
    assert!(summer.contains("Mon 29 Jun 08:02"));
}
