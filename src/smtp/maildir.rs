//! Mails as files: a Maildir a recipient, so that the demonstration needs no server.

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
            fs::create_dir_all(maildir.join(part)).await?;
        }
        let unfinished = maildir.join("tmp").join(&name);
        let mut file = fs::File::create(&unfinished).await?;
        file.write_all(&mail.bytes).await?;
        file.sync_all().await?;
        fs::rename(unfinished, maildir.join("new").join(&name)).await
    };
    written.await.map_err(|error| Failure {
        kind: FailureKind::Transient,
        text: format!("writing a mail into the Maildir {}: {error}", maildir.display()),
    })?;
    Ok(format!("written into {}", maildir.join("new").display()))
}

/// A file name that cannot leave its folder, hide, or carry Maildir flags.
fn file_name(text: &str) -> String {
    let safe = |c: char| {
        if c.is_alphanumeric() || "@.-_+=".contains(c) { c } else { '_' }
    };
    let name: String = text.chars().take(150).map(safe).collect();
    if name.is_empty() || name.starts_with('.') { format!("_{name}") } else { name }
}
