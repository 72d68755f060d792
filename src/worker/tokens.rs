//! Access tokens for logins: kept in the store, renewed some minutes before they end, by one process at a time.

pub mod look;

use std::collections::HashSet;
use std::sync::{Arc, Mutex, PoisonError};

use jiff::{SignedDuration, Timestamp};
use sha2::{Digest, Sha256};
use tokio_util::task::TaskTracker;

use crate::clock::Clock;
use crate::config::Proof;
use crate::oauth::{Answer, Form, Granted, Login, Refusal, RefusalKind, granted};
use crate::provider;
use crate::server::{Credential, NoToken, Secret, Tokens};
use crate::store::{OauthToken, Store, StoreError};

/// So long before its end an access token is renewed, or a tenth of its life where that is less.
const EARLY: SignedDuration = SignedDuration::from_mins(5);
/// A token that ends within this is of no more use.
const SOON: SignedDuration = SignedDuration::from_secs(10);
/// How long one process may take to ask, before another does: longer than asking takes ([`provider::PATIENCE`]).
const ASKING: SignedDuration = SignedDuration::from_mins(2);
/// How often it is looked whether another process has a token by now, and for how long in all.
const GLANCE: std::time::Duration = std::time::Duration::from_millis(200);
const GLANCES: u32 = 225;
/// How often a provider that refuses is asked all the same: people may have put right there what was wrong.
const REFUSED_AGAIN: SignedDuration = SignedDuration::from_hours(1);
/// The first and the longest pause after a failure of the provider's, where it asks for none itself.
const FIRST_PAUSE: SignedDuration = SignedDuration::from_secs(5);
const LONGEST_PAUSE: SignedDuration = SignedDuration::from_mins(5);
/// Until what a provider said is written down again, after the store failed; and how often.
const NOTED_AGAIN: std::time::Duration = std::time::Duration::from_secs(1);
const NOTED_TRIES: u32 = 600;

/// Keeps the tokens. Clones share what is under way.
#[derive(Debug, Clone)]
pub struct Keeper(Option<Arc<Open>>);

/// A keeper whose store is open.
#[derive(Debug)]
struct Open {
    store: Store,
    clock: Clock,
    /// Questions under way: what a provider gives is written down, also when nobody waits for it any more.
    asking: TaskTracker,
    /// Clients that this process has asked for: a new one asks at once, also where the provider refused before, since
    /// somebody may have changed the configuration.
    asked: Mutex<HashSet<[u8; 32]>>,
}

/// What a look at a stored token says.
enum Look {
    /// It is good.
    Good(Secret),
    /// It must be renewed; the old one may still do.
    Renew(Option<Secret>),
    /// The provider is not to be asked now.
    Wait(Option<Secret>, NoToken),
}

impl Keeper {
    /// A keeper of tokens in this store.
    pub fn new(store: Store, clock: Clock) -> Self {
        Self(Some(Arc::new(Open { store, clock, asking: TaskTracker::new(), asked: Mutex::default() })))
    }

    /// A keeper of the same tokens for another configuration: a provider that refused is asked again at once.
    #[must_use]
    pub fn anew(&self) -> Self {
        let open = self.0.as_ref().map(|open| Open {
            store: open.store.clone(),
            clock: open.clock.clone(),
            asking: open.asking.clone(),
            asked: Mutex::default(),
        });
        Self(open.map(Arc::new))
    }

    /// A keeper without a store, which has no tokens.
    pub fn closed() -> Self {
        Self(None)
    }

    /// What proves who logs in, for the one who logs in.
    pub fn credential(&self, proof: &Proof) -> Credential {
        match proof {
            Proof::Password(password) => Credential::Password(password.clone()),
            Proof::Token(login) => {
                let (keeper, login) = (self.clone(), Arc::clone(login));
                Credential::Token(Tokens::new(move |refused| {
                    let (keeper, login) = (keeper.clone(), Arc::clone(&login));
                    Box::pin(async move { keeper.access(&login, refused).await })
                }))
            }
        }
    }

    /// An access token that is good now; where a server has refused one, another.
    ///
    /// # Errors
    /// When the provider gives none. While it refuses, it is asked once an hour only, and the error is the one that it
    /// gave.
    pub async fn access(&self, login: &Arc<Login>, refused: Option<Secret>) -> Result<Secret, NoToken> {
        match &self.0 {
            Some(open) => open.access(login, refused.as_ref()).await,
            None => Err(NoToken {
                passing: true,
                text: "tokens are kept in the store, which does not open; put that right first".to_owned(),
            }),
        }
    }

    /// Waits until what providers gave is written down.
    pub async fn finish(&self) {
        if let Some(open) = &self.0 {
            open.asking.close();
            open.asking.wait().await;
        }
    }
}

impl Open {
    async fn access(
        self: &Arc<Self>,
        login: &Arc<Login>,
        refused: Option<&Secret>,
    ) -> Result<Secret, NoToken> {
        let client = login.fingerprint();
        for _ in 0..GLANCES {
            let now = self.clock.now();
            let stored =
                self.store.oauth_token(&login.name, &client).await.map_err(|error| unstored(&error))?;
            let old = match self.look(login, &stored.unwrap_or_default(), refused, now) {
                Look::Good(access) => return Ok(access),
                Look::Wait(old, why) => return old.ok_or(why),
                Look::Renew(old) => old,
            };
            let renewed = self.renew(login, &client, refused).await;
            match (renewed, old) {
                (Ok(Some(access)), _) => return Ok(access),
                (Err(error), Some(old)) if error.passing => {
                    tracing::warn!(
                        login = login.name,
                        reason = error.text,
                        "the token is not renewed yet; the old one still does"
                    );
                    return Ok(old);
                }
                (Err(error), _) => return Err(error),
                // Another process asks.
                (Ok(None), Some(old)) => return Ok(old),
                (Ok(None), None) => tokio::time::sleep(GLANCE).await,
            }
        }
        let text = format!(
            "another process has been asking for the token of {} for long; it is tried again",
            login.words()
        );
        Err(NoToken { passing: true, text })
    }

    /// Renews the access token; none while another process does.
    async fn renew(
        self: &Arc<Self>,
        login: &Arc<Login>,
        client: &str,
        refused: Option<&Secret>,
    ) -> Result<Option<Secret>, NoToken> {
        let now = self.clock.now();
        let asker = data_encoding::HEXLOWER.encode(&self.clock.seed().0);
        let until = now.saturating_add(ASKING).unwrap_or(now);
        let taken = self.store.ask_for_token(&login.name, client, &asker, now, until).await;
        let Some(stored) = taken.map_err(|error| unstored(&error))? else { return Ok(None) };
        // Somebody may have been quicker between the look and this.
        let found = match self.look(login, &stored, refused, now) {
            Look::Good(access) => Some(Ok(access)),
            Look::Wait(old, why) => Some(old.ok_or(why)),
            Look::Renew(_) => None,
        };
        if let Some(found) = found {
            self.store.not_asked(&login.name, &asker).await.map_err(|error| unstored(&error))?;
            return found.map(Some);
        }
        // In a task of its own: a refresh token that the provider has replaced must be written down, whoever goes away.
        let (keeper, login) = (Arc::clone(self), Arc::clone(login));
        let answer = self.asking.spawn(async move { keeper.ask(&login, &asker, &stored).await });
        answer.await.unwrap_or_else(|_| {
            Err(NoToken {
                passing: true,
                text: "asking for a token was broken off; it is tried again".to_owned(),
            })
        })
    }

    fn look(&self, login: &Login, stored: &OauthToken, refused: Option<&Secret>, now: Timestamp) -> Look {
        let seen = self.asked.lock().unwrap_or_else(PoisonError::into_inner).contains(&proof(login));
        if seen {
            return look(stored, refused, now);
        }
        look(&OauthToken { asked_at: None, ..stored.clone() }, refused, now)
    }

    async fn ask(&self, login: &Login, asker: &str, stored: &OauthToken) -> Result<Option<Secret>, NoToken> {
        let now = self.clock.now();
        self.asked.lock().unwrap_or_else(PoisonError::into_inner).insert(proof(login));
        let answer = match Form::token(login, stored.refresh.as_ref(), now) {
            Ok(form) => provider::ask(&login.client.token_url, form, login.client.ca_file.as_deref()).await,
            Err(error) => {
                self.noted(|| self.store.not_asked(&login.name, asker)).await?;
                return Err(error);
            }
        };
        let now = self.clock.now();
        match answer.map(|answer: Answer| granted(&answer, now)) {
            Ok(Ok(granted)) => self.keep(login, asker, &granted, now).await.map(Some),
            Ok(Err(refusal)) => Err(self.refused(login, asker, stored, &refusal, now).await?),
            Err(error) => {
                self.noted(|| self.store.token_delayed(&login.name, asker, &error.text, None)).await?;
                Err(error)
            }
        }
    }

    /// Writes down what was granted, before it is used.
    async fn keep(
        &self,
        login: &Login,
        asker: &str,
        granted: &Granted,
        now: Timestamp,
    ) -> Result<Secret, NoToken> {
        let rotated = granted.refresh.is_some();
        if self.noted(|| self.store.token_granted(&login.name, asker, granted, now)).await? {
            tracing::debug!(login = login.name, lasts = %granted.lasts, rotated, "got a new access token");
        } else {
            tracing::warn!(
                login = login.name,
                "somebody else has got a token meanwhile, which is kept in place of this"
            );
        }
        Ok(granted.access.clone())
    }

    async fn refused(
        &self,
        login: &Login,
        asker: &str,
        stored: &OauthToken,
        refusal: &Refusal,
        now: Timestamp,
    ) -> Result<NoToken, NoToken> {
        let (said, remedy) = (&refusal.said, refusal.remedy(login));
        if refusal.kind == RefusalKind::People {
            let text = format!("the provider refuses a token for {}: {said}; {remedy}", login.words());
            tracing::error!(login = login.name, reason = text, "a login no longer works; the others go on");
            self.noted(|| self.store.token_refused(&login.name, asker, &text, now)).await?;
            return Ok(NoToken { passing: false, text });
        }
        let asked_for = refusal.retry_after.and_then(|pause| SignedDuration::try_from(pause).ok());
        let pause =
            asked_for.unwrap_or_else(|| (FIRST_PAUSE * (1 << stored.failures.min(6))).min(LONGEST_PAUSE));
        let until = now.saturating_add(pause).unwrap_or(now);
        let text = format!("the provider gives no token for {} at present: {said}; {remedy}", login.words());
        tracing::warn!(login = login.name, reason = text, not_before = %until, "no token at present");
        self.noted(|| self.store.token_delayed(&login.name, asker, &text, Some(until))).await?;
        Ok(NoToken { passing: true, text })
    }

    /// Writes something down, however long the store takes: a refresh token that was replaced exists nowhere else.
    async fn noted<T, W: Future<Output = Result<T, StoreError>>>(
        &self,
        write: impl Fn() -> W,
    ) -> Result<T, NoToken> {
        let mut tries = 0;
        loop {
            match write().await {
                Ok(written) => return Ok(written),
                Err(error) if tries >= NOTED_TRIES => return Err(unstored(&error)),
                Err(error) => {
                    tries += 1;
                    tracing::error!(%error, "could not write down what the provider said; trying until it is written");
                    tokio::time::sleep(NOTED_AGAIN).await;
                }
            }
        }
    }
}

/// What the client and its secret are known by.
fn proof(login: &Login) -> [u8; 32] {
    let secret = login.client.client_secret.as_ref().map_or("", Secret::expose);
    Sha256::digest(format!("{}\0{}\0{secret}", login.name, login.fingerprint())).into()
}

/// What a stored token is good for.
fn look(stored: &OauthToken, refused: Option<&Secret>, now: Timestamp) -> Look {
    let access = stored.access.as_ref().filter(|access| Some(*access) != refused);
    let left = stored.access_until.map_or(SignedDuration::ZERO, |until| until.duration_since(now));
    let life = stored.access_until.zip(stored.access_since).map(|(until, since)| until.duration_since(since));
    let early = EARLY.min(life.unwrap_or_default() / 10);
    let old = access.filter(|_| left > SOON.min(early)).cloned();
    match access {
        Some(access) if left > early => return Look::Good(access.clone()),
        _ => {}
    }
    let trouble =
        || stored.trouble.clone().unwrap_or_else(|| "the provider refuses; it is asked again".to_owned());
    if stored.asked_at.is_some_and(|at| now.duration_since(at).abs() < REFUSED_AGAIN) {
        return Look::Wait(old, NoToken { passing: false, text: trouble() });
    }
    match stored.not_before {
        // A clock that was set back makes no pause longer than the longest.
        Some(until) if until > now && until.duration_since(now) <= SignedDuration::from_hours(1) => {
            Look::Wait(old, NoToken { passing: true, text: trouble() })
        }
        _ => Look::Renew(old),
    }
}

fn unstored(error: &StoreError) -> NoToken {
    NoToken { passing: true, text: format!("tokens cannot be read or written: {error}") }
}
