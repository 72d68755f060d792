//! One daemon a SQLite file: two would each send what waits in the outbox.

use std::fs::{File, OpenOptions};
use std::path::Path;

use super::db::private_file;
use super::error::StoreError;

const DOING: &str = "making sure that no other daemon works on this database";

/// The right to be the one daemon of a database, until the file is closed, as it is when the process ends, however.
///
/// # Errors
/// Of kind [`super::ErrorKind::Other`] when another daemon has it.
pub(super) fn lock_file(database: &Path) -> Result<File, StoreError> {
    let path = database.with_extension("lock");
    let opened = private_file(&path).and_then(|()| OpenOptions::new().append(true).open(&path));
    let file = opened
        .map_err(|error| StoreError::other(DOING, format!("could not open {}: {error}", path.display())))?;
    file.try_lock().map_err(|_| {
        let (database, path) = (database.display(), path.display());
        StoreError::other(
            DOING,
            format!("another pairdesk runs on {database} (it holds {path}); stop that one first"),
        )
    })?;
    Ok(file)
}
