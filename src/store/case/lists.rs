//! Several cases at once: what letters and the clock ask for.

use jiff::Timestamp;

use super::super::error::StoreError;
use super::super::session::Session;
use super::{case, select};
use crate::case::Case;

/// The cases of an account, or all when none is named; oldest first.
pub(in crate::store) async fn of_account(
    session: &mut Session,
    account: Option<&str>,
) -> Result<Vec<Case>, StoreError> {
    let rows = match account {
        Some(account) => {
            session.rows(select("WHERE account = $1 ORDER BY +number"), [account.into()]).await?
        }
        None => session.rows(select("ORDER BY number"), []).await?,
    };
    rows.iter().map(case).collect()
}

/// The unfinished cases of an account, or of all when none is named; oldest first.
pub(in crate::store) async fn unfinished(
    session: &mut Session,
    account: Option<&str>,
) -> Result<Vec<Case>, StoreError> {
    let rows = match account {
        Some(account) => {
            let sql = select("WHERE account = $1 AND state IN ('open', 'taken', 'waiting') ORDER BY +number");
            session.rows(sql, [account.into()]).await?
        }
        None => {
            session.rows(select("WHERE state IN ('open', 'taken', 'waiting') ORDER BY +number"), []).await?
        }
    };
    rows.iter().map(case).collect()
}

/// The cases of an account that were opened after an instant, oldest first.
pub(in crate::store) async fn opened_after(
    session: &mut Session,
    account: &str,
    after: Timestamp,
) -> Result<Vec<Case>, StoreError> {
    let sql = select("WHERE account = $1 AND opened_at > $2 ORDER BY +number");
    session.rows(sql, [account.into(), after.into()]).await?.iter().map(case).collect()
}

/// The cases that were opened, or whose extra work got on, since an instant; oldest first.
pub(in crate::store) async fn at_work(
    session: &mut Session,
    since: Timestamp,
) -> Result<Vec<Case>, StoreError> {
    let sql = select(
        "WHERE opened_at >= $1 OR number IN (SELECT case_number FROM offer WHERE asked_at >= $1 OR priced_at >= $1
            OR offered_at >= $1 OR accepted_at >= $1 OR declined_at >= $1 OR given_away_at >= $1 OR done_at >= $1)
        ORDER BY +number",
    );
    session.rows(sql, [since.into()]).await?.iter().map(case).collect()
}

/// The cases of an account of which owners are to be told together, oldest first.
pub(in crate::store) async fn gathered(
    session: &mut Session,
    account: &str,
) -> Result<Vec<Case>, StoreError> {
    let sql = select(
        "WHERE number IN (SELECT case_number FROM gathered WHERE account = $1 AND told_at IS NULL) ORDER BY number",
    );
    session.rows(sql, [account.into()]).await?.iter().map(case).collect()
}

/// The cases of an account, or of all when none is named, that a manager was alerted of since; oldest first.
pub(in crate::store) async fn alerted_since(
    session: &mut Session,
    account: Option<&str>,
    since: Timestamp,
) -> Result<Vec<Case>, StoreError> {
    let rows = match account {
        Some(account) => {
            let sql = select("WHERE account = $1 AND alerted_at >= $2 ORDER BY +number");
            session.rows(sql, [account.into(), since.into()]).await?
        }
        None => session.rows(select("WHERE alerted_at >= $1 ORDER BY +number"), [since.into()]).await?,
    };
    rows.iter().map(case).collect()
}

/// The cases whose client is to be looked at by now, oldest first.
pub(in crate::store) async fn watched(
    session: &mut Session,
    now: Timestamp,
) -> Result<Vec<Case>, StoreError> {
    let sql = select("WHERE watched_until <= $1 ORDER BY number");
    session.rows(sql, [now.into()]).await?.iter().map(case).collect()
}

/// The resolved cases that have not changed since, oldest first.
pub(in crate::store) async fn silent(
    session: &mut Session,
    since: Timestamp,
) -> Result<Vec<Case>, StoreError> {
    let sql = select("WHERE state = 'resolved' AND changed_at <= $1 ORDER BY number");
    session.rows(sql, [since.into()]).await?.iter().map(case).collect()
}

/// The unfinished cases and those that changed since, oldest first: of an account, or of all.
pub(in crate::store) async fn pending(
    session: &mut Session,
    account: Option<&str>,
    since: Timestamp,
) -> Result<Vec<Case>, StoreError> {
    let rows = if let Some(account) = account {
        let sql = select(
            "WHERE account = $1 AND (state IN ('open', 'taken', 'waiting') OR changed_at >= $2) ORDER BY +number",
        );
        session.rows(sql, [account.into(), since.into()]).await?
    } else {
        let sql = select("WHERE state IN ('open', 'taken', 'waiting') OR changed_at >= $1 ORDER BY +number");
        session.rows(sql, [since.into()]).await?
    };
    rows.iter().map(case).collect()
}
