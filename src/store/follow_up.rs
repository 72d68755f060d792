//! What clients were asked and told of cases, and what the time brings of it.

use jiff::{SignedDuration, Timestamp};

use super::addressed::last_mail;
use super::conversation::before;
use super::error::StoreError;
use super::session::Session;
use super::{Store, Tx, case, mood};
use crate::case::{Case, Matter, WATCHED};
use crate::directory::Directory;
use crate::intake::ANSWERED;
use crate::mood::{HORIZON, value};
use crate::schedule::{TIMES, Waiting, Watched};

/// What a case's own mail moves is not the mood before it.
const A_MOMENT: SignedDuration = SignedDuration::from_secs(1);

/// The cases of a conversation whose client was asked whether they are settled, since an owner last said so.
pub(super) async fn asked(session: &mut Session, conversation: i64) -> Result<Vec<i64>, StoreError> {
    let sql = "SELECT c.number FROM cases c WHERE c.conversation = $1 AND c.state = 'resolved'
            AND EXISTS (SELECT 1 FROM outbox o WHERE o.case_number = c.number AND o.sort = 'settled'
                AND o.state IN ('pending', 'sending', 'sent') AND o.written_at >= c.resolved_at)
        ORDER BY c.number";
    let rows = session.rows(sql, [conversation.into()]).await?;
    rows.iter().map(|row| row.get("number")).collect()
}

impl Store {
    /// Whether there is a resolved case of which nothing was heard since.
    pub async fn is_silent(&self, since: Timestamp) -> Result<bool, StoreError> {
        let mut session = self.read("looking for matters that are settled").await?;
        let sql = "SELECT number FROM cases WHERE state = 'resolved' AND changed_at <= $1 LIMIT 1";
        Ok(session.row(sql, [since.into()]).await?.is_some())
    }
}

/// Unhappy clients and those who asked for work, whose matter an owner is at, and who have heard nothing since their last
/// mail, which came before an instant.
const WAITING: &str = "SELECT c.number FROM cases c
    JOIN case_mail j ON j.case_number = c.number JOIN mail m ON m.id = j.mail
    WHERE c.state IN ('open', 'taken') AND c.please_check = FALSE AND c.still_working < $1
        AND c.kind IN ('complaint', 'promise_gap', 'churn_risk', 'extra_work')
        AND m.disposition IN ('case', 'routine') AND COALESCE(c.still_working_at, 0) <= $2
        AND NOT EXISTS (SELECT 1 FROM outbox o WHERE o.case_number = c.number AND o.state = 'draft')
    GROUP BY c.number HAVING MAX(m.came_at) <= $2
        AND MAX(m.came_at) > COALESCE((SELECT MAX(e.at) FROM case_entry e
            WHERE e.case_number = c.number AND e.what = $3), 0)
        AND MAX(m.came_at) > COALESCE((SELECT MAX(o.written_at) FROM outbox o
            WHERE o.case_number = c.number AND o.state IN ('pending', 'sending', 'sent')
                AND o.sort IN ('own_words', 'offer', 'boundary', 'accepted', 'meeting')), 0)
    ORDER BY c.number";

async fn waiting(session: &mut Session, since: Timestamp) -> Result<Vec<Waiting>, StoreError> {
    let values = [i64::from(TIMES).into(), since.into(), ANSWERED.into()];
    let mut waiting = Vec::new();
    for row in session.rows(WAITING, values).await? {
        let number = row.get("number")?;
        let (case, mail) = (case::of_number(session, number).await?, last_mail(session, number).await?);
        waiting.extend(case.zip(mail).map(|(case, mail)| Waiting { case, mail }));
    }
    Ok(waiting)
}

impl Store {
    /// The matters whose clients have heard nothing since their last mail, which came before an instant.
    pub async fn waiting(&self, since: Timestamp) -> Result<Vec<Waiting>, StoreError> {
        waiting(&mut self.read("looking for clients who wait").await?, since).await
    }

    /// Whether there is a client to be looked at, whose matter was settled a month ago.
    pub async fn is_watched(&self, now: Timestamp) -> Result<bool, StoreError> {
        let mut session = self.read("looking for matters that were settled a month ago").await?;
        let sql = "SELECT number FROM cases WHERE watched_until <= $1 LIMIT 1";
        Ok(session.row(sql, [now.into()]).await?.is_some())
    }
}

impl Tx {
    /// The matters whose clients have heard nothing since their last mail; stays true until the commit.
    pub async fn waiting(&mut self, since: Timestamp) -> Result<Vec<Waiting>, StoreError> {
        waiting(self.doing("looking for clients who wait"), since).await
    }

    /// What is known of clients whose matter was settled a month ago. Labels of mails count for their mood from a
    /// probability on.
    pub async fn watched(
        &mut self,
        directory: &Directory,
        from_probability: f64,
        now: Timestamp,
    ) -> Result<Vec<Watched>, StoreError> {
        let session = self.doing("looking at clients whose matter was settled a month ago");
        let mut watched = Vec::new();
        for case in case::watched(session, now).await? {
            let settled = case.clock.follow_up.watched_until.map_or(now, |until| before(until, WATCHED));
            let record =
                mood::record(session, Some(&case.account), before(now, HORIZON), from_probability).await?;
            let signals = record.signals(directory, now).remove(&case.account).unwrap_or_default();
            let again = case::opened_after(session, &case.account, settled).await?;
            let again = again.iter().filter(|other| {
                other.number != case.number
                    && other.kind.matter() == Matter::Dissatisfaction
                    && !other.please_check
            });
            let opened = case.opened_at;
            let mails = (
                mails(session, &case.account, before(opened, WATCHED), opened).await?,
                mails(session, &case.account, settled, now).await?,
            );
            watched.push(Watched {
                again: again.map(|other| other.number).collect(),
                mails,
                mood: (value(&signals, before(opened, A_MOMENT)), value(&signals, now)),
                case,
            });
        }
        Ok(watched)
    }

    /// The resolved cases of which nothing was heard since, oldest first.
    pub async fn silent(&mut self, since: Timestamp) -> Result<Vec<Case>, StoreError> {
        case::silent(self.doing("looking for matters that are settled"), since).await
    }
}

/// How many mails an account wrote after an instant, up to another.
async fn mails(
    session: &mut Session,
    account: &str,
    after: Timestamp,
    until: Timestamp,
) -> Result<u64, StoreError> {
    let sql = "SELECT COUNT(*) AS count FROM mail WHERE account = $1 AND disposition IN ('case', 'routine')
        AND came_at > $2 AND came_at < $3";
    let row = session.row(sql, [account.into(), after.into(), until.into()]).await?;
    row.map_or(Ok(0), |row| row.small("count"))
}
