//! The folder of the demonstration: made, or made anew.

use std::fs;
use std::path::Path;

use anyhow::{Context, Result, bail};

/// What marks a folder as one that a demonstration made: the beginning of its configuration.
const MARK: &str = "# Written by `pairdesk demo`.";
/// The configuration that it gets.
pub(super) const CONFIGURATION: &str = include_str!("pairdesk.toml");
/// Its accounts.
pub(super) const ACCOUNTS: &str = include_str!("accounts.toml");
/// The Maildirs that are read: what clients write to, and what owners answered.
pub(super) const MAILBOXES: [&str; 2] = ["service", "sent"];

/// Makes the folder. Returns whether it replaced one of an earlier demonstration.
pub(super) fn make(folder: &Path) -> Result<bool> {
    let replaced = clear(folder)?;
    for mailbox in MAILBOXES {
        for part in ["tmp", "new", "cur"] {
            let path = folder.join("mailbox").join(mailbox).join(part);
            fs::create_dir_all(&path)
                .with_context(|| format!("could not make the folder {}", path.display()))?;
        }
    }
    for (name, text) in [("pairdesk.toml", CONFIGURATION), ("accounts.toml", ACCOUNTS)] {
        let path = folder.join(name);
        fs::write(&path, text).with_context(|| format!("could not write {}", path.display()))?;
    }
    Ok(replaced)
}

/// Removes what an earlier demonstration left, and nothing else.
fn clear(folder: &Path) -> Result<bool> {
    let looking = || format!("could not look into {}", folder.display());
    let mut entries = match fs::read_dir(folder) {
        Ok(entries) => entries,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(false),
        Err(error) => return Err(error).with_context(looking),
    };
    if entries.next().is_none() {
        return Ok(false);
    }
    let configuration = folder.join("pairdesk.toml");
    let ours = fs::read_to_string(&configuration).is_ok_and(|text| text.starts_with(MARK));
    if !ours {
        bail!(
            "{} is there already and no demonstration made it (its pairdesk.toml does not begin with {MARK:?}); name \
             another folder, or move this one away",
            folder.display(),
        );
    }
    fs::remove_dir_all(folder)
        .with_context(|| format!("could not remove the last demonstration in {}", folder.display()))?;
    Ok(true)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_of_an_earlier_demonstration_is_replaced_and_any_other_is_left_alone() {
        let place = tempfile::tempdir().unwrap();
        let folder = place.path().join("demo");
        assert!(!make(&folder).unwrap(), "nothing was there");
        fs::write(folder.join("pairdesk.db"), "old").unwrap();
        assert!(make(&folder).unwrap(), "ours was there");
        assert!(!folder.join("pairdesk.db").exists());

        let other = place.path().join("other");
        fs::create_dir(&other).unwrap();
        assert!(!make(&other).unwrap(), "an empty folder is as good as none");
        let theirs = place.path().join("theirs");
        fs::create_dir(&theirs).unwrap();
        fs::write(theirs.join("pairdesk.toml"), "[firm]\nname = \"Real\"\n").unwrap();
        let refusal = make(&theirs).unwrap_err().to_string();
        assert!(refusal.contains("no demonstration made it"), "{refusal}");
        assert_eq!(fs::read_dir(&theirs).unwrap().count(), 1);
    }
}
