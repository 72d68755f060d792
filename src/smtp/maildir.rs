//! Mails as files: a Maildir a recipient, so that the demonstration needs no server.

use std::io;
use std::os::unix::fs::{MetadataExt, chown};
use std::path::Path;

use tokio::fs;
use tokio::io::AsyncWriteExt;

use crate::effect::OutgoingMail;
use crate::outbox::{Failure, FailureKind};

/// Writes a mail into the Maildir of its recipient. The file is named after the Message-ID, so that a repeated
/// delivery replaces the first.
pub(super) async fn deliver(folder: &Path, mail: &OutgoingMail) -> Result<String, Failure> {
    let maildir = folder.join(file_name(&mail.envelope_to));
    let name = file_name(&mail.message_id);
    let written = async {
        for part in ["tmp", "new", "cur"] {
            make(&maildir.join(part))?;
        }
        let unfinished = maildir.join("tmp").join(&name);
        let mut file = fs::File::create(&unfinished).await?;
        file.write_all(&mail.bytes).await?;
        file.sync_all().await?;
        let finished = maildir.join("new").join(&name);
        fs::rename(unfinished, &finished).await?;
        give(&finished)
    };
    written.await.map_err(|error| Failure {
        kind: FailureKind::Transient,
        text: format!("writing a mail into the Maildir {}: {error}", maildir.display()),
    })?;
    Ok(format!("written into {}", maildir.join("new").display()))
}

/// Makes a folder and those above it.
fn make(folder: &Path) -> io::Result<()> {
    if folder.as_os_str().is_empty() || folder.is_dir() {
        return Ok(());
    }
    folder.parent().map_or(Ok(()), make)?;
    match std::fs::create_dir(folder) {
        // Another mail came first.
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => Ok(()),
        Err(error) => Err(error),
        Ok(()) => give(folder),
    }
}

/// What root makes, trying things out, belongs to whom the folder belongs to: the daemon writes there too.
fn give(path: &Path) -> io::Result<()> {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let (owner, made) = (std::fs::metadata(folder)?, std::fs::metadata(path)?);
    if made.uid() == 0 && owner.uid() != 0 {
        chown(path, Some(owner.uid()), Some(owner.gid()))?;
    }
    Ok(())
}

/// A file name that cannot leave its folder, hide, or carry Maildir flags.
fn file_name(text: &str) -> String {
    let safe = |c: char| {
        if c.is_alphanumeric() || "@.-_+=".contains(c) { c } else { '_' }
    };
    let name: String = text.chars().take(150).map(safe).collect();
    if name.is_empty() || name.starts_with('.') { format!("_{name}") } else { name }
}
