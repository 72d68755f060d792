//! Where the configuration lies, and what the environment says of it.

use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};

/// Where a package puts the configuration.
const EVERYWHERE: &str = "/etc/pairdesk/pairdesk.toml";

/// The configuration file that a command uses: the one named on the command line, or by `PAIRDESK_CONFIG`, or
/// `./pairdesk.toml`, or else `/etc/pairdesk/pairdesk.toml`.
pub fn find(named: Option<PathBuf>) -> PathBuf {
    let here = PathBuf::from("pairdesk.toml");
    named.or_else(|| environment("PAIRDESK_CONFIG").map(PathBuf::from)).unwrap_or_else(|| {
        let everywhere = PathBuf::from(EVERYWHERE);
        // What one may not look into is there all the same, and reading it says so.
        let there = everywhere.try_exists().unwrap_or(true);
        if !here.exists() && there { everywhere } else { here }
    })
}

/// Where a new configuration is written: the file that is named, or, where a package has made its folder,
/// `/etc/pairdesk/pairdesk.toml`, or else `./pairdesk.toml`.
pub fn place_of_new(named: Option<PathBuf>) -> PathBuf {
    named.or_else(|| environment("PAIRDESK_CONFIG").map(PathBuf::from)).unwrap_or_else(|| {
        let everywhere = PathBuf::from(EVERYWHERE);
        if everywhere.parent().is_some_and(Path::is_dir) { everywhere } else { "pairdesk.toml".into() }
    })
}

/// Whether standard error is the journal of systemd, which knows the time of each line itself (systemd.exec(5),
/// `$JOURNAL_STREAM`).
pub fn writes_to_journal() -> bool {
    let Some(journal) = environment("JOURNAL_STREAM") else { return false };
    std::fs::metadata("/proc/self/fd/2")
        .is_ok_and(|error| format!("{}:{}", error.dev(), error.ino()) == journal)
}

#[expect(clippy::disallowed_methods, reason = "this is the one place that reads the environment")]
pub(super) fn environment(name: &str) -> Option<String> {
    std::env::var(name).ok().filter(|value| !value.is_empty())
}
