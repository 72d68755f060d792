//! A Maildir: `new` and `cur` are read, `tmp` and dotfiles are not; inotify with a poll beside it.
//!
//! A mail's key is its file's name up to the `:` before the flags, which stays the same when a reader marks the mail.

use std::collections::{HashMap, HashSet};
use std::io::Read;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use jiff::Timestamp;
use notify::event::{EventKind, ModifyKind};
use notify::{RecommendedWatcher, RecursiveMode, Watcher};
use tokio::sync::Notify;
use tokio::time::timeout;

use super::imap::FIRST_PART;
use super::{Batch, How, MailboxError, MaildirSettings, Start, Unknown, cursor};
use crate::message::{Arrival, Cursor, Place};

/// A Maildir that is read.
pub(super) struct Maildir {
    settings: MaildirSettings,
    pub(super) place: String,
    /// Mail before this instant is passed over.
    since: Timestamp,
    /// Whether the Maildir has been listed since the start: what lay there then is held against `since` exactly.
    listed: bool,
    /// Keys that are acknowledged or passed over.
    done: HashSet<String>,
    /// The others, in the order of their arrival, but last those that could not be read.
    waiting: Vec<Waiting>,
    /// Keys of files that could not be read: they stand behind the others.
    unreadable: HashSet<String>,
    /// None where the system cannot watch; the poll remains.
    watcher: Option<RecommendedWatcher>,
    changed: Arc<Notify>,
}

#[derive(Debug, Clone)]
struct Waiting {
    received_at: Timestamp,
    key: String,
    path: PathBuf,
}

impl Maildir {
    pub fn new(settings: &MaildirSettings) -> Self {
        Self {
            place: settings.name.clone(),
            settings: settings.clone(),
            since: Timestamp::UNIX_EPOCH,
            listed: false,
            done: HashSet::new(),
            waiting: Vec::new(),
            unreadable: HashSet::new(),
            watcher: None,
            changed: Arc::new(Notify::new()),
        }
    }

    pub fn place(&self) -> &str {
        &self.place
    }

    pub fn sync_start(&mut self, stored: Option<Cursor>, now: Timestamp) -> Result<Start, MailboxError> {
        check(&self.settings)?;
        let start = match stored {
            Some(cursor) => Start { cursor, how: How::Resumed },
            None => Start { cursor: cursor::first(self.settings.since, now), how: How::First },
        };
        self.since = start.cursor.since;
        if self.watcher.is_none() {
            self.watcher = watch(&self.settings.path, &self.changed)
                .inspect_err(|error| {
                    tracing::warn!(
                        mailbox.name = self.place,
                        %error,
                        "cannot watch the Maildir; looking into it every {:?} instead",
                        self.settings.poll
                    );
                })
                .ok();
        }
        Ok(start)
    }

    /// Lists the Maildir and returns the keys that wait. Files that are known already cost a look at their name.
    pub async fn candidates(&mut self) -> Result<Vec<String>, MailboxError> {
        let path = self.settings.path.clone();
        let done = std::mem::take(&mut self.done);
        let (listed, done) = tokio::task::spawn_blocking(move || (list(&path, &done), done))
            .await
            .map_err(|error| MailboxError::network(format!("listing the Maildir was broken off: {error}")))?;
        self.done = done;
        let exact = !self.listed;
        let mut passed_over = 0;
        let mut waiting = Vec::new();
        for file in listed? {
            if cursor::recent_enough(Some(file.received_at), self.since, exact) {
                waiting.push(file);
            } else {
                passed_over += 1;
                self.done.insert(file.key);
            }
        }
        self.listed = true;
        if passed_over > 0 {
            tracing::info!(
                mailbox.name = self.place,
                mails = passed_over,
                "passed over mails older than the first start"
            );
        }
        waiting.sort_by_cached_key(|file| {
            (self.unreadable.contains(&file.key), file.received_at, file.key.clone())
        });
        self.waiting = waiting;
        Ok(self.waiting.iter().map(|file| file.key.clone()).collect())
    }

    /// Reads the first of what waits.
    pub async fn next_batch(
        &mut self,
        cursor: &Cursor,
        limit_mails: usize,
        limit_bytes: u64,
    ) -> Result<Batch, MailboxError> {
        let first: Vec<Waiting> = self.waiting.iter().take(limit_mails.max(1)).cloned().collect();
        let largest = self.settings.max_mail_size;
        let read = tokio::task::spawn_blocking(move || read_some(&first, largest, limit_bytes))
            .await
            .map_err(|error| MailboxError::network(format!("reading mails was broken off: {error}")))?;
        let mut arrivals = Vec::new();
        let mut failure = None;
        for (file, content) in read {
            match content {
                Ok((raw, full_size)) => arrivals.push(self.arrival(file, raw, full_size)),
                Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
                    // Renamed or removed since the listing; the next one finds what is left of it.
                    self.waiting.retain(|other| other.key != file.key);
                    self.changed.notify_one();
                }
                Err(error) => {
                    failure.get_or_insert_with(|| {
                        format!(
                            "cannot read {} ({error}), so that this mail waits; check its owner and permissions, and \
                             the disk",
                            file.path.display()
                        )
                    });
                    self.unreadable.insert(file.key);
                }
            }
        }
        match failure {
            // Nothing but such files is left.
            Some(text) if arrivals.is_empty() => Err(MailboxError::network(text)),
            _ => {
                let more = self.waiting.len() > arrivals.len();
                Ok(Batch { arrivals, cursor_after: *cursor, more })
            }
        }
    }

    fn arrival(&self, file: Waiting, raw: Vec<u8>, full_size: u64) -> Arrival {
        Arrival {
            place: Place { mailbox: self.place.clone(), validity: 0, key: file.key },
            raw,
            full_size,
            received_at: Some(file.received_at),
            sent_folder: self.settings.sent,
        }
    }

    /// The keys of the files that lie there and are done.
    pub async fn census(&self) -> Result<Vec<String>, MailboxError> {
        let files = self.listed().await?;
        Ok(files.into_iter().map(|file| file.key).filter(|key| self.done.contains(key)).collect())
    }

    /// Says which of these are to be read, and which are too old.
    pub async fn sort_out(&self, keys: &[String]) -> Result<Unknown, MailboxError> {
        let mut files = self.listed().await?;
        files.retain(|file| keys.contains(&file.key));
        let recent = |file: &Waiting| cursor::recent_enough(Some(file.received_at), self.since, true);
        let (wanted, older): (Vec<_>, Vec<_>) = files.into_iter().partition(recent);
        let keys = |files: Vec<Waiting>| files.into_iter().map(|file| file.key).collect();
        Ok(Unknown { wanted: keys(wanted), older: keys(older) })
    }

    /// Reads the first of these, up to so many bytes; with how many of them that has dealt.
    pub async fn fetch_again(
        &self,
        keys: &[String],
        limit_bytes: u64,
    ) -> Result<(Vec<Arrival>, usize), MailboxError> {
        let files = self.listed().await?;
        let found = |key: &String| files.iter().find(|file| file.key == *key).cloned();
        let largest = self.settings.max_mail_size;
        let (mut arrivals, mut total) = (Vec::new(), 0);
        for (done, key) in keys.iter().enumerate() {
            let Some(file) = found(key) else { continue };
            let path = file.path.clone();
            let read = tokio::task::spawn_blocking(move || read_file(&path, largest)).await;
            match read.map_err(std::io::Error::other).flatten() {
                Ok((raw, full_size)) => {
                    total += raw.len() as u64;
                    if total > limit_bytes && !arrivals.is_empty() {
                        return Ok((arrivals, done));
                    }
                    arrivals.push(self.arrival(file, raw, full_size));
                }
                Err(error) => {
                    tracing::warn!(mailbox.name = self.place, %error, "a mail that is missing cannot be read");
                }
            }
        }
        Ok((arrivals, keys.len()))
    }

    /// All files, each with its time, done or not.
    async fn listed(&self) -> Result<Vec<Waiting>, MailboxError> {
        let path = self.settings.path.clone();
        tokio::task::spawn_blocking(move || list(&path, &HashSet::new()))
            .await
            .map_err(|error| MailboxError::network(format!("listing the Maildir was broken off: {error}")))?
    }

    /// Remembers that these are stored.
    pub fn acknowledge(&mut self, places: &[Place]) {
        let keys: HashSet<&str> = places
            .iter()
            .filter(|place| place.mailbox == self.place)
            .map(|place| place.key.as_str())
            .collect();
        self.waiting.retain(|file| !keys.contains(file.key.as_str()));
        self.unreadable.retain(|key| !keys.contains(key.as_str()));
        self.done.extend(keys.into_iter().map(str::to_owned));
    }

    /// Waits for a change in `new` or `cur`, or for the poll interval.
    pub async fn wait(&mut self) {
        // That the time is over is no error: it is the poll.
        timeout(self.settings.poll, self.changed.notified()).await.ok();
    }
}

/// Whether the folder is a Maildir.
pub(super) fn check(settings: &MaildirSettings) -> Result<(), MailboxError> {
    for part in ["new", "cur"] {
        let folder = settings.path.join(part);
        if let Err(error) = std::fs::read_dir(&folder) {
            return Err(MailboxError::configuration(format!(
                "cannot read {} ({error}); `path` must be a Maildir, which holds the folders new, cur and tmp",
                folder.display()
            )));
        }
    }
    Ok(())
}

fn watch(path: &Path, changed: &Arc<Notify>) -> notify::Result<RecommendedWatcher> {
    let changed = Arc::clone(changed);
    let mut watcher = notify::recommended_watcher(move |event: notify::Result<notify::Event>| {
        // Mail arrives by a rename or a link; an error (an overflow) may hide one.
        let arrival = |event: &notify::Event| {
            matches!(
                event.kind,
                EventKind::Create(_) | EventKind::Modify(ModifyKind::Name(_)) | EventKind::Other
            )
        };
        if event.as_ref().map_or(true, arrival) {
            changed.notify_one();
        }
    })?;
    for part in ["new", "cur"] {
        watcher.watch(&path.join(part), RecursiveMode::NonRecursive)?;
    }
    Ok(watcher)
}

/// The mails that are not done, each with its time.
fn list(path: &Path, done: &HashSet<String>) -> Result<Vec<Waiting>, MailboxError> {
    // By key: a file that moves from `new` to `cur` meanwhile is seen twice.
    let mut found: HashMap<String, Waiting> = HashMap::new();
    for_each_file(path, |key, path| {
        if done.contains(key) {
            return;
        }
        if let Ok(metadata) = std::fs::metadata(path)
            && metadata.is_file()
            && let Some(received_at) = metadata.modified().ok().and_then(|at| Timestamp::try_from(at).ok())
        {
            let file = Waiting { received_at, key: key.to_owned(), path: path.to_owned() };
            found.insert(file.key.clone(), file);
        }
    })?;
    Ok(found.into_values().collect())
}

/// Calls with the key and path of each file in `new`, then `cur`.
fn for_each_file(path: &Path, mut each: impl FnMut(&str, &Path)) -> Result<(), MailboxError> {
    for part in ["new", "cur"] {
        let folder = path.join(part);
        let entries = std::fs::read_dir(&folder).map_err(|error| {
            MailboxError::configuration(format!("cannot read {} ({error})", folder.display()))
        })?;
        for entry in entries.flatten() {
            let name = entry.file_name();
            let name = name.to_string_lossy();
            if !name.starts_with('.') {
                each(name.split(':').next().unwrap_or(&name), &entry.path());
            }
        }
    }
    Ok(())
}

type Content = std::io::Result<(Vec<u8>, u64)>;

/// Reads the files as far as they fit; each with its bytes and full size.
fn read_some(files: &[Waiting], largest: u64, limit_bytes: u64) -> Vec<(Waiting, Content)> {
    let mut read = Vec::new();
    let mut total = 0_u64;
    for file in files {
        let content = read_file(&file.path, largest);
        total = total.saturating_add(content.as_ref().map_or(0, |(raw, _)| raw.len() as u64));
        if total > limit_bytes && !read.is_empty() {
            break;
        }
        read.push((file.clone(), content));
    }
    read
}

fn read_file(path: &Path, largest: u64) -> Content {
    let file = std::fs::File::open(path)?;
    let size = file.metadata()?.len();
    let part = if size > largest { FIRST_PART.min(largest) } else { size };
    let mut raw = Vec::new();
    file.take(part).read_to_end(&mut raw)?;
    let full_size = size.max(raw.len() as u64);
    Ok((raw, full_size))
}
