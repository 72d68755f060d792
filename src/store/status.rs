//! How everything stands, for `status`.

use jiff::Timestamp;

use super::Store;
use super::cursor;
use super::error::StoreError;
use super::mail::{self, MailLine};
use super::oauth::{self, OauthToken};
use super::outbox::{self, OutboxLine, OutboxState};
use super::retain::{self, Gone};
use super::session::Session;
use super::{DaemonStatus, lease, tally, token};
use crate::effect::Disposition;
use crate::message::{Cursor, Tally};

/// How many mails of a sort are listed.
const LISTED: i64 = 100;

/// How everything stands.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Status {
    /// How many mails were filed as what, only those that occur, in the order of [`Disposition::ALL`].
    pub mails: Vec<(Disposition, u64)>,
    /// Mails that could not be read or decided: the first hundred.
    pub set_aside: Vec<MailLine>,
    /// Mails of unknown senders: the first hundred.
    pub unmatched: Vec<MailLine>,
    /// How many mails' commands did not count, by the name of the reason.
    pub refused: Vec<(String, u64)>,
    /// How many cases are unfinished, and how many there are.
    pub cases: (u64, u64),
    /// Outgoing mails that wait or are being sent.
    pub waiting: Vec<OutboxLine>,
    /// Outgoing mails that were given up.
    pub failed: Vec<OutboxLine>,
    /// How many drafts wait for a word.
    pub drafts: u64,
    /// How many mails were sent.
    pub sent: u64,
    /// What went since it was kept for long enough.
    pub gone: Vec<Gone>,
    /// The mailboxes, by name.
    pub mailboxes: Vec<MailboxStatus>,
    /// The daemons that work on a PostgreSQL database, by name; of SQLite's one nothing is known.
    pub daemons: Vec<DaemonStatus>,
    /// The logins by OAuth2, by name.
    pub logins: Vec<(String, OauthToken)>,
}

/// How a mailbox does.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct MailboxStatus {
    /// Its name and folder.
    pub mailbox: String,
    /// Up to where it has been read.
    pub cursor: Option<Cursor>,
    /// When it could last be read.
    pub last_ok_at: Option<Timestamp>,
    /// The last failure.
    pub last_error: Option<String>,
    /// When that was.
    pub last_error_at: Option<Timestamp>,
    /// How its mails were last accounted for, and when.
    pub tally: Option<(Timestamp, Tally)>,
}

impl Status {
    /// How many mails were filed as this.
    pub fn filed_as(&self, disposition: Disposition) -> u64 {
        self.mails.iter().find(|(filed, _)| *filed == disposition).map_or(0, |(_, number)| *number)
    }
}

impl Store {
    /// How everything stands.
    pub async fn status(&self) -> Result<Status, StoreError> {
        let session = &mut self.read("looking how everything stands").await?;
        let mut mails = Vec::new();
        let counts =
            session.rows("SELECT disposition, COUNT(*) AS count FROM mail GROUP BY disposition", []).await?;
        for disposition in Disposition::ALL {
            for row in &counts {
                if row.word("disposition", Disposition::from_key)? == disposition {
                    mails.push((disposition, row.small("count")?));
                }
            }
        }
        let mut waiting = outbox::of_state(session, OutboxState::Sending).await?;
        waiting.extend(outbox::of_state(session, OutboxState::Pending).await?);
        Ok(Status {
            mails,
            set_aside: mail::of_disposition(session, Disposition::SetAside, LISTED).await?,
            unmatched: mail::of_disposition(session, Disposition::Unmatched, LISTED).await?,
            refused: token::refused(session).await?,
            cases: (
                count(
                    session,
                    "SELECT COUNT(*) AS count FROM cases WHERE state IN ('open', 'taken', 'waiting')",
                )
                .await?,
                count(session, "SELECT COUNT(*) AS count FROM cases").await?,
            ),
            waiting,
            failed: outbox::of_state(session, OutboxState::Failed).await?,
            drafts: count(session, "SELECT COUNT(*) AS count FROM outbox WHERE state = 'draft'").await?,
            sent: count(session, "SELECT COUNT(*) AS count FROM outbox WHERE state = 'sent'").await?,
            gone: retain::gone(session).await?,
            mailboxes: mailboxes(session).await?,
            daemons: lease::daemons(session).await?,
            logins: oauth::all(session).await?,
        })
    }
}

async fn count(session: &mut Session, sql: &'static str) -> Result<u64, StoreError> {
    session.row(sql, []).await?.map_or(Ok(0), |row| row.small("count"))
}

pub(super) async fn mailboxes(session: &mut Session) -> Result<Vec<MailboxStatus>, StoreError> {
    let mut mailboxes = std::collections::BTreeMap::new();
    for (mailbox, cursor) in cursor::all(session).await? {
        let status =
            MailboxStatus { mailbox: mailbox.clone(), cursor: Some(cursor), ..MailboxStatus::default() };
        mailboxes.insert(mailbox, status);
    }
    for (mailbox, at, tally) in tally::all(session).await? {
        mailboxes.entry(mailbox).or_default().tally = Some((at, tally));
    }
    let sql = "SELECT mailbox, last_ok_at, last_error, last_error_at FROM mailbox_state";
    for row in session.rows(sql, []).await? {
        let mailbox: String = row.get("mailbox")?;
        let status = mailboxes.entry(mailbox.clone()).or_default();
        status.mailbox = mailbox;
        status.last_ok_at = row.time_if("last_ok_at")?;
        status.last_error = row.get("last_error")?;
        status.last_error_at = row.time_if("last_error_at")?;
    }
    Ok(mailboxes.into_values().collect())
}
