//! Why the store could not do something, and whether it helps to try again.

use std::borrow::Cow;

use sqlx::migrate::MigrateError;

/// A failure of the store.
#[derive(Debug, thiserror::Error)]
#[error("{doing}: {text}")]
pub struct StoreError {
    /// Whether it helps to try again.
    pub kind: ErrorKind,
    doing: Cow<'static, str>,
    text: String,
    #[source]
    source: Option<sqlx::Error>,
}

/// What to do about a failure.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ErrorKind {
    /// The database is busy, full, gone or coming back: the same thing may pass later.
    Unavailable,
    /// The database refuses this very input, or has lost it: it will never pass, but others will.
    Data,
    /// Neither: a wrong address, a database of a newer version, a mistake of this program.
    Other,
}

impl ErrorKind {
    /// The name in figures.
    fn key(self) -> &'static str {
        match self {
            Self::Unavailable => "unavailable",
            Self::Data => "data",
            Self::Other => "other",
        }
    }
}

impl StoreError {
    /// A failure that is none of the database's.
    pub(super) fn other(doing: impl Into<Cow<'static, str>>, text: impl Into<String>) -> Self {
        Self { kind: ErrorKind::Other, doing: doing.into(), text: text.into(), source: None }
    }

    /// Something that another daemon does meanwhile: it may be this one's turn again.
    pub(super) fn too_late(doing: &'static str, text: String) -> Self {
        Self { kind: ErrorKind::Unavailable, doing: doing.into(), text, source: None }
    }

    /// Something stored that is not whole any more.
    pub(super) fn damaged(doing: impl Into<Cow<'static, str>>, text: impl Into<String>) -> Self {
        Self { kind: ErrorKind::Data, doing: doing.into(), text: text.into(), source: None }
    }

    /// What the database said, while `doing`.
    pub(super) fn database(doing: impl Into<Cow<'static, str>>, error: sqlx::Error) -> Self {
        let kind = kind(&error);
        metrics::counter!("pairdesk_store_errors_total", "kind" => kind.key()).increment(1);
        let remedy = match kind {
            ErrorKind::Unavailable => "; it is tried again",
            ErrorKind::Data | ErrorKind::Other => "",
        };
        // The database's own message alone: its details would show the data.
        let text = match &error {
            sqlx::Error::Database(said) => format!("the database says \"{}\"{remedy}", said.message()),
            sqlx::Error::PoolTimedOut => format!("no connection became free in time{remedy}"),
            other => format!("{other}{remedy}"),
        };
        Self { kind, doing: doing.into(), text, source: Some(error) }
    }

    /// What opening a database said.
    pub(super) fn opening(what: &str, error: sqlx::Error) -> Self {
        let kind = kind(&error);
        let remedy = if what.starts_with("sqlite") {
            "the folder must be writable for this user, and the disk must have room"
        } else {
            "check that PostgreSQL runs and that the user, password and database of the URL exist"
        };
        Self {
            kind,
            doing: format!("opening the store {what}").into(),
            text: format!("{error}; {remedy}"),
            source: Some(error),
        }
    }

    /// What bringing a database up to date said.
    pub(super) fn migrating(what: &str, error: MigrateError) -> Self {
        let doing = format!("bringing the store {what} up to date");
        match error {
            MigrateError::Execute(error) | MigrateError::ExecuteMigration(error, _) => {
                Self::database(doing, error)
            }
            MigrateError::VersionMissing(version) => Self::other(
                doing,
                format!(
                    "it was written by a newer Pairdesk (step {version}); run that one, or restore a backup"
                ),
            ),
            MigrateError::VersionMismatch(version) => Self::other(
                doing,
                format!(
                    "step {version} differs from this program's; run the Pairdesk that wrote it, or restore a backup"
                ),
            ),
            other => Self::other(doing, other.to_string()),
        }
    }
}

fn kind(error: &sqlx::Error) -> ErrorKind {
    match error {
        sqlx::Error::Database(said) => {
            let code = said.code().unwrap_or_default();
            match code.parse::<u32>() {
                // PostgreSQL's codes have five characters (appendix A of its manual).
                Ok(number) if code.len() != 5 => lite_kind(number),
                _ => pg_kind(&code),
            }
        }
        sqlx::Error::Io(_)
        | sqlx::Error::Tls(_)
        | sqlx::Error::Protocol(_)
        | sqlx::Error::PoolTimedOut
        | sqlx::Error::PoolClosed
        | sqlx::Error::BeginFailed
        | sqlx::Error::WorkerCrashed => ErrorKind::Unavailable,
        sqlx::Error::Encode(_) | sqlx::Error::InvalidArgument(_) => ErrorKind::Data,
        _ => ErrorKind::Other,
    }
}

/// SQLite's result codes (sqlite.org/rescode.html); the low byte is the primary one.
fn lite_kind(code: u32) -> ErrorKind {
    match code & 0xff {
        // BUSY, LOCKED, NOMEM, READONLY, INTERRUPT, IOERR, FULL, CANTOPEN, PROTOCOL.
        5..=10 | 13..=15 => ErrorKind::Unavailable,
        // TOOBIG, CONSTRAINT, MISMATCH.
        18..=20 => ErrorKind::Data,
        _ => ErrorKind::Other,
    }
}

fn pg_kind(code: &str) -> ErrorKind {
    match code.get(..2) {
        // Connection, read-only standby, rolled back, resources, not in the state, intervention, system.
        Some("08" | "25" | "40" | "53" | "55" | "57" | "58") => ErrorKind::Unavailable,
        // Data, constraint, program limit.
        Some("22" | "23" | "54") => ErrorKind::Data,
        _ => ErrorKind::Other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_full_disk_and_a_lock_are_tried_again_and_a_refused_value_is_not() {
        assert_eq!(lite_kind(13), ErrorKind::Unavailable);
        assert_eq!(lite_kind(517), ErrorKind::Unavailable, "BUSY_SNAPSHOT");
        assert_eq!(lite_kind(2067), ErrorKind::Data, "CONSTRAINT_UNIQUE");
        assert_eq!(lite_kind(1), ErrorKind::Other);
        assert_eq!(pg_kind("53100"), ErrorKind::Unavailable, "disk full");
        assert_eq!(pg_kind("57P01"), ErrorKind::Unavailable, "shut down by the administrator");
        assert_eq!(pg_kind("23505"), ErrorKind::Data, "unique violation");
        assert_eq!(pg_kind("42P01"), ErrorKind::Other, "no such table");
    }
}
