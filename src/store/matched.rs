//! Clients' addresses that somebody at the firm matched to an account by reply.

use jiff::Timestamp;

use super::account;
use super::error::StoreError;
use super::session::Session;
use super::{Store, Tx};
use crate::directory::MatchedAddress;
use crate::effect::Match;
use crate::message::comparable;

impl Store {
    /// The addresses that were matched by reply, in the order of the addresses.
    pub async fn matched_addresses(&self) -> Result<Vec<MatchedAddress>, StoreError> {
        load(&mut self.read("listing the addresses that were matched by reply").await?).await
    }
}

impl Tx {
    /// The unmatched mails that this address wrote, oldest first, at most so many.
    pub async fn unmatched_of(&mut self, address: &str, limit: u32) -> Result<Vec<i64>, StoreError> {
        let session = self.doing("looking for the unmatched mails of an address");
        let sql = "SELECT id FROM mail WHERE disposition = 'unmatched' AND COALESCE(writer_address, from_address) = $1
            ORDER BY id LIMIT $2";
        let rows = session.rows(sql, [address.into(), i64::from(limit).into()]).await?;
        rows.iter().map(|row| row.get("id")).collect()
    }
}

/// Attaches the address of a mail's writer to an account.
pub(super) async fn attach(session: &mut Session, found: &Match, now: Timestamp) -> Result<(), StoreError> {
    let sql = "INSERT INTO matched_address (address, account, who, at) VALUES ($1, $2, $3, $4)
        ON CONFLICT (address) DO UPDATE SET account = excluded.account, who = excluded.who, at = excluded.at";
    let values =
        [comparable(&found.address).into(), (&found.account).into(), (&found.who).into(), now.into()];
    session.run(sql, values).await?;
    account::changed(session).await
}

/// Forgets those that the accounts say themselves, and those whose account is gone.
pub(super) async fn clear(session: &mut Session) -> Result<(), StoreError> {
    let sql = "DELETE FROM matched_address WHERE address IN (SELECT address FROM account_address)
        OR account NOT IN (SELECT account_key FROM account)";
    session.run(sql, []).await.map(drop)
}

pub(super) async fn load(session: &mut Session) -> Result<Vec<MatchedAddress>, StoreError> {
    let rows = session.rows("SELECT address, account, who FROM matched_address ORDER BY address", []).await?;
    let one = |row: &super::session::Row| {
        Ok(MatchedAddress {
            address: row.get("address")?,
            account: row.get("account")?,
            who: row.get("who")?,
        })
    };
    rows.iter().map(one).collect()
}
