//! The tokens of logins by OAuth2: one asks the provider at a time, whichever process it is in, and what it gave is
//! written down before it is used.

use jiff::Timestamp;

use super::error::StoreError;
use super::session::{Row, Session, Value};
use super::{Store, Tx};
use crate::oauth::Granted;
use crate::server::Secret;

/// How a login stands.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct OauthToken {
    /// The refresh token that is good now.
    pub refresh: Option<Secret>,
    /// When it ends, where the provider has said so.
    pub refresh_until: Option<Timestamp>,
    /// Since when that is known: a provider may put it off with each renewal.
    pub refresh_since: Option<Timestamp>,
    /// The access token.
    pub access: Option<Secret>,
    /// Since when it is good.
    pub access_since: Option<Timestamp>,
    /// Until when.
    pub access_until: Option<Timestamp>,
    /// Since when the provider refuses.
    pub dead_since: Option<Timestamp>,
    /// When it was asked last while it refuses.
    pub asked_at: Option<Timestamp>,
    /// What went wrong last, with the remedy behind the last semicolon; none when all is well.
    pub trouble: Option<String>,
    /// The provider wants to be left in peace until then.
    pub not_before: Option<Timestamp>,
    /// How many failures there were in a row.
    pub failures: u32,
}

const COLUMNS: &str = "refresh, refresh_until, refresh_since, access, access_since, access_until, dead_since, asked_at, trouble,
    not_before, failures";

impl Store {
    /// How a login of this client stands; none when there is nothing, or only tokens of another client.
    pub async fn oauth_token(&self, name: &str, client: &str) -> Result<Option<OauthToken>, StoreError> {
        token(&mut self.read("looking up the tokens of a login").await?, name, client).await
    }

    /// How all logins stand, by name.
    pub async fn oauth_tokens(&self) -> Result<Vec<(String, OauthToken)>, StoreError> {
        let mut session = self.read("looking up how logins stand").await?;
        all(&mut session).await
    }

    /// Takes it upon `asker` to ask the provider, until then at the latest; how the login stands at this instant. None
    /// while another asks.
    pub async fn ask_for_token(
        &self,
        name: &str,
        client: &str,
        asker: &str,
        now: Timestamp,
        until: Timestamp,
    ) -> Result<Option<OauthToken>, StoreError> {
        let mut session = self.write("taking it upon this process to ask for a token").await?;
        let sql = "INSERT INTO oauth_token (name, client, asker, asked_until) VALUES ($1, $2, $3, $4)
            ON CONFLICT (name) DO UPDATE SET asker = excluded.asker, asked_until = excluded.asked_until
            WHERE oauth_token.asker IS NULL OR oauth_token.asked_until <= $5";
        let values: [Value<'_>; 5] = [name.into(), client.into(), asker.into(), until.into(), now.into()];
        if session.run(sql, values).await? == 0 {
            return Ok(None);
        }
        let found = token(&mut session, name, client).await?;
        if found.is_none() {
            // The tokens of another client are none of this one's.
            let sql = "UPDATE oauth_token SET client = $2, refresh = NULL, refresh_until = NULL, refresh_since = NULL, access = NULL,
                access_since = NULL, access_until = NULL, dead_since = NULL, asked_at = NULL, trouble = NULL,
                not_before = NULL, failures = 0 WHERE name = $1";
            session.run(sql, [name.into(), client.into()]).await?;
        }
        session.commit().await?;
        Ok(Some(found.unwrap_or_default()))
    }

    /// Writes down what was granted to `asker`; false when another has begun to ask meanwhile, or somebody has logged
    /// in anew: then theirs is the newer word.
    pub async fn token_granted(
        &self,
        name: &str,
        asker: &str,
        granted: &Granted,
        now: Timestamp,
    ) -> Result<bool, StoreError> {
        let mut session = self.write("writing down a token").await?;
        let sql = "UPDATE oauth_token SET access = $3, access_since = $4, access_until = $5,
            refresh_since = CASE WHEN ABS($7 - COALESCE(refresh_until, 0)) > 3600000 THEN $4 ELSE refresh_since END,
            refresh_until = CASE WHEN $7 IS NOT NULL THEN $7 WHEN $6 IS NOT NULL THEN NULL ELSE refresh_until END,
            refresh = COALESCE($6, refresh), dead_since = NULL, asked_at = NULL, trouble = NULL, not_before = NULL,
            failures = 0, asker = NULL, asked_until = NULL WHERE name = $1 AND asker = $2";
        let values: [Value<'_>; 7] = [
            name.into(),
            asker.into(),
            granted.access.expose().into(),
            now.into(),
            after(now, Some(granted.lasts)).into(),
            granted.refresh.as_ref().map(Secret::expose).into(),
            after(now, granted.refresh_lasts).into(),
        ];
        let written = session.run(sql, values).await? > 0;
        if written {
            forget_told(&mut session, name).await?;
        }
        session.commit().await?;
        Ok(written)
    }

    /// Writes down the tokens of somebody who has logged in, in place of all before.
    pub async fn logged_in(
        &self,
        name: &str,
        client: &str,
        granted: &Granted,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        let mut session = self.write("writing down the tokens of a login").await?;
        session.run("DELETE FROM oauth_token WHERE name = $1", [name.into()]).await?;
        let sql = "INSERT INTO oauth_token (name, client, refresh, refresh_until, access, access_since, access_until,
            refresh_since) VALUES ($1, $2, $3, $4, $5, $6, $7, $6)";
        let values: [Value<'_>; 7] = [
            name.into(),
            client.into(),
            granted.refresh.as_ref().map(Secret::expose).into(),
            after(now, granted.refresh_lasts).into(),
            granted.access.expose().into(),
            now.into(),
            after(now, Some(granted.lasts)).into(),
        ];
        session.run(sql, values).await?;
        forget_told(&mut session, name).await?;
        session.commit().await
    }

    /// Writes down that the provider refuses: since when, is kept from the first time.
    pub async fn token_refused(
        &self,
        name: &str,
        asker: &str,
        trouble: &str,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        let mut session = self.write("writing down that a token is refused").await?;
        let sql = "UPDATE oauth_token SET dead_since = COALESCE(dead_since, $4), asked_at = $4, trouble = $3,
            not_before = NULL, failures = 0, asker = NULL, asked_until = NULL WHERE name = $1 AND asker = $2";
        session.run(sql, [name.into(), asker.into(), trouble.into(), now.into()]).await?;
        session.commit().await
    }

    /// Writes down that the provider could not answer, and when it may be asked again.
    pub async fn token_delayed(
        &self,
        name: &str,
        asker: &str,
        trouble: &str,
        not_before: Option<Timestamp>,
    ) -> Result<(), StoreError> {
        let mut session = self.write("writing down that a token is delayed").await?;
        let sql =
            "UPDATE oauth_token SET trouble = $3, not_before = $4, failures = failures + 1, asker = NULL,
            asked_until = NULL WHERE name = $1 AND asker = $2";
        session.run(sql, [name.into(), asker.into(), trouble.into(), not_before.into()]).await?;
        session.commit().await
    }

    /// Leaves it to others to ask: nothing is to be asked.
    pub async fn not_asked(&self, name: &str, asker: &str) -> Result<(), StoreError> {
        let mut session = self.write("leaving it to others to ask for a token").await?;
        let sql = "UPDATE oauth_token SET asker = NULL, asked_until = NULL WHERE name = $1 AND asker = $2";
        session.run(sql, [name.into(), asker.into()]).await?;
        session.commit().await
    }
}

impl Tx {
    /// Notes that the administrator is told now of something about a login; false when that was done since the given
    /// instant.
    pub async fn tell_of_login(
        &mut self,
        name: &str,
        topic: &str,
        since: Timestamp,
        now: Timestamp,
    ) -> Result<bool, StoreError> {
        let session = self.doing("noting that the administrator is told of a login");
        let sql = "INSERT INTO oauth_told (name, topic, told_at) VALUES ($1, $2, $4)
            ON CONFLICT (name, topic) DO UPDATE SET told_at = excluded.told_at WHERE oauth_told.told_at <= $3";
        Ok(session.run(sql, [name.into(), topic.into(), since.into(), now.into()]).await? > 0)
    }
}

/// The topic of a login that the provider refuses.
pub const DEAD: &str = "dead";

/// A login that works again is told of at once when it dies again.
async fn forget_told(session: &mut Session, name: &str) -> Result<(), StoreError> {
    let sql = "DELETE FROM oauth_told WHERE name = $1 AND topic = $2";
    session.run(sql, [name.into(), DEAD.into()]).await.map(drop)
}

fn after(now: Timestamp, length: Option<jiff::SignedDuration>) -> Option<Timestamp> {
    length.map(|length| now.saturating_add(length).unwrap_or(Timestamp::MAX))
}

async fn token(session: &mut Session, name: &str, client: &str) -> Result<Option<OauthToken>, StoreError> {
    let sql = format!("SELECT {COLUMNS} FROM oauth_token WHERE name = $1 AND client = $2");
    session.row(sqlx::AssertSqlSafe(sql), [name.into(), client.into()]).await?.as_ref().map(read).transpose()
}

/// How all logins stand, by name.
pub(super) async fn all(session: &mut Session) -> Result<Vec<(String, OauthToken)>, StoreError> {
    let sql = format!("SELECT name, {COLUMNS} FROM oauth_token ORDER BY name");
    let rows = session.rows(sqlx::AssertSqlSafe(sql), []).await?;
    rows.iter().map(|row| Ok((row.get("name")?, read(row)?))).collect()
}

fn read(row: &Row) -> Result<OauthToken, StoreError> {
    let secret = |column| Ok::<_, StoreError>(row.get::<Option<String>>(column)?.map(Secret::new));
    Ok(OauthToken {
        refresh: secret("refresh")?,
        refresh_until: row.time_if("refresh_until")?,
        refresh_since: row.time_if("refresh_since")?,
        access: secret("access")?,
        access_since: row.time_if("access_since")?,
        access_until: row.time_if("access_until")?,
        dead_since: row.time_if("dead_since")?,
        asked_at: row.time_if("asked_at")?,
        trouble: row.get("trouble")?,
        not_before: row.time_if("not_before")?,
        failures: row.small("failures")?,
    })
}
