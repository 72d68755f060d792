//! What bears on reminders: unfinished cases, what was done about them, and whom managers were alerted of.

use std::collections::HashMap;

use jiff::{SignedDuration, Timestamp};

use super::conversation::before;
use super::error::StoreError;
use super::session::Session;
use super::{Store, Tx, case};
use crate::intake::Alerted;
use crate::schedule::Pending;

/// How far back alerts bear on others.
const MONTH: SignedDuration = SignedDuration::from_hours(30 * 24);
const WEEK: SignedDuration = SignedDuration::from_hours(7 * 24);

impl Store {
    /// What bears on whether there are reminders, for a look: of histories only those of clients who were answered.
    pub async fn pending(&self, now: Timestamp) -> Result<Pending, StoreError> {
        pending(&mut self.read("looking for what is overdue").await?, false, now).await
    }
}

impl Tx {
    /// What bears on reminders; stays true until the commit.
    pub async fn pending(&mut self, now: Timestamp) -> Result<Pending, StoreError> {
        pending(self.doing("looking for what is overdue"), true, now).await
    }
}

async fn pending(session: &mut Session, whole: bool, now: Timestamp) -> Result<Pending, StoreError> {
    let cases = case::unfinished(session, None).await?;
    let mut history: HashMap<i64, Vec<_>> = HashMap::new();
    for (number, entry) in case::entries_of_active(session, whole).await? {
        history.entry(number).or_default().push(entry);
    }
    let mut alerts = HashMap::new();
    // Counted here: to group them, SQLite would walk over all that ever went out.
    let sql = "SELECT envelope_to FROM outbox WHERE sort = 'alert' AND state <> 'failed' AND written_at > $1";
    for row in session.rows(sql, [before(now, WEEK).into()]).await? {
        *alerts.entry(row.get("envelope_to")?).or_default() += 1;
    }
    Ok(Pending { cases, history, alerts, alerted: alerted(session, None, now).await? })
}

/// The cases of an account, or of all when none is named, that managers were alerted of lately.
pub(super) async fn alerted(
    session: &mut Session,
    account: Option<&str>,
    now: Timestamp,
) -> Result<Vec<Alerted>, StoreError> {
    let cases = case::alerted_since(session, account, before(now, MONTH)).await?;
    Ok(cases.iter().filter_map(|case| Some(Alerted::of(case, case.alerted_at?))).collect())
}
