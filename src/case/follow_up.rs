//! What a client was told and asked of a case, and what they said to it.

use jiff::{SignedDuration, Timestamp};
use serde::Serialize;

/// How long after its end it is watched whether the client is as before.
pub const WATCHED: SignedDuration = SignedDuration::from_hours(30 * 24);

/// What a client was told and asked of a case so far.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct CaseFollowUp {
    /// When an owner last said that it is done; none while it is not.
    pub resolved_at: Option<Timestamp>,
    /// How often the client said after that that it was not.
    pub reopened: u32,
    /// Whether the client was thanked for saying that it is settled.
    pub thanked: bool,
    /// How often the client was told that it is not forgotten.
    pub still_working: u32,
    /// When that was last.
    pub still_working_at: Option<Timestamp>,
    /// Until when it is watched whether the client is as before.
    pub watched_until: Option<Timestamp>,
}
