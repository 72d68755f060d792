//! The loops of the daemon: mail comes ([`watch`], [`receive`]), is read ([`read`]), time passes ([`tick`]), mail goes
//! ([`deliver`]). Each is one step that can be tested by itself, and a dumb loop around it.

pub mod deliver;
mod hands;
pub mod learn;
pub mod read;
pub mod receive;
pub mod retain;
pub mod tick;
pub mod tokens;
pub mod watch;

use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use jiff::Timestamp;
use tokio::sync::{Notify, Semaphore};

use crate::classify::FirmLayer;
use crate::clock::Clock;
use crate::compose::Composer;
use crate::directory::{Directory, Firm};
use crate::intake::Policy;
use crate::message::ReadOptions;
use crate::store::{CorrectionsStamp, Held, Store, StoreError};
use tokens::Keeper;

/// Accounts, with their version.
type Loaded = (i64, Arc<Directory>);

/// What all three loops work with. Clones share it.
#[derive(Debug, Clone)]
pub struct Desk {
    /// The database.
    pub store: Store,
    /// Makes finished mails; see [`Desk::composer`].
    pub composer: Composer,
    /// The firm itself.
    pub firm: Firm,
    /// The firm's choices.
    pub policy: Policy,
    /// How mails are read.
    pub reading: ReadOptions,
    /// The time.
    pub clock: Clock,
    /// Access tokens for mailboxes and for sending.
    pub tokens: Keeper,
    /// Rung when there is something to send.
    pub outbox_bell: Arc<Notify>,
    /// Rung when there is something to read.
    pub reading_bell: Arc<Notify>,
    /// How many folders have more that is to be fetched at once.
    fetching: Arc<tokio::sync::watch::Sender<usize>>,
    /// A permit for each folder that has been read to its end since the start, or that could not be read.
    pub caught_up: Arc<Semaphore>,
    /// When what is due was last looked at, in milliseconds; 0 before the first time.
    ticked_at: Arc<AtomicI64>,
    /// The accounts as last loaded, with their version.
    directory: Arc<Mutex<Option<Loaded>>>,
    /// What the firm's corrections add to the model, with the stamp of those that it was fitted to.
    layer: Arc<Mutex<(CorrectionsStamp, Arc<FirmLayer>)>>,
}

impl Desk {
    /// A desk; nothing is loaded yet.
    pub fn new(
        store: Store,
        composer: Composer,
        firm: Firm,
        policy: Policy,
        reading: ReadOptions,
        clock: Clock,
    ) -> Self {
        Self {
            tokens: Keeper::new(store.clone(), clock.clone()),
            store,
            composer,
            firm,
            policy,
            reading,
            clock,
            outbox_bell: Arc::default(),
            reading_bell: Arc::default(),
            fetching: Arc::default(),
            caught_up: Arc::new(Semaphore::new(0)),
            ticked_at: Arc::default(),
            directory: Arc::default(),
            layer: Arc::default(),
        }
    }

    /// A desk of another configuration on the same store. What was learnt goes over to it, and the bells are the same.
    #[must_use]
    pub fn anew(&self, composer: Composer, firm: Firm, policy: Policy, reading: ReadOptions) -> Self {
        let layer = self.layer.lock().unwrap_or_else(PoisonError::into_inner).clone();
        Self {
            outbox_bell: Arc::clone(&self.outbox_bell),
            reading_bell: Arc::clone(&self.reading_bell),
            fetching: Arc::clone(&self.fetching),
            layer: Arc::new(Mutex::new(layer)),
            tokens: self.tokens.anew(),
            ..Self::new(self.store.clone(), composer, firm, policy, reading, self.clock.clone())
        }
    }

    /// The same desk for a loop that this daemon alone runs: what it writes counts for as long as it holds that lease.
    #[must_use]
    pub fn holding(&self, held: &Held) -> Self {
        Self { store: held.store.clone(), ..self.clone() }
    }

    /// Notes that what is due was looked at now, here or by another daemon.
    pub fn note_tick(&self) {
        self.ticked_at.store(self.clock.now().as_millisecond(), Ordering::Relaxed);
    }

    /// When what is due was last looked at.
    pub fn last_tick(&self) -> Option<Timestamp> {
        let at = self.ticked_at.load(Ordering::Relaxed);
        Timestamp::from_millisecond(at).ok().filter(|_| at != 0)
    }

    /// Says that a folder has more to be fetched at once, until what this gives is dropped.
    pub fn fetching(&self) -> Fetching<'_> {
        self.fetching.send_modify(|folders| *folders += 1);
        Fetching(self)
    }

    /// Waits until no folder has more that is to be fetched at once, but not longer than this.
    async fn fetched(&self, longest: Duration) {
        let mut fetching = self.fetching.subscribe();
        let none = fetching.wait_for(|folders| *folders == 0);
        // The sender lives as long as this desk.
        let _ = tokio::time::timeout(longest, none).await;
    }

    /// Makes finished mails, with the keys of reply tokens as they stand: another process may have made a new one.
    pub async fn composer(&self) -> Result<Composer, StoreError> {
        Ok(self.composer.clone().with_keys(self.store.token_keys().await?))
    }

    /// The accounts as they stand in the store; loaded again only after an import.
    pub async fn directory(&self) -> Result<Arc<Directory>, StoreError> {
        let version = self.store.directory_version().await?;
        if let Some((loaded, directory)) = &*self.directory.lock().unwrap_or_else(PoisonError::into_inner)
            && *loaded == version
        {
            return Ok(Arc::clone(directory));
        }
        let directory = Arc::new(self.store.directory(self.firm.clone()).await?);
        *self.directory.lock().unwrap_or_else(PoisonError::into_inner) =
            Some((version, Arc::clone(&directory)));
        Ok(directory)
    }

    /// The firm's layer on top of the model, fitted anew when corrections were added. Mail never waits for them in vain:
    /// where they cannot be read, the log says so and the layer stays as it was.
    pub async fn layer(&self, directory: &Directory) -> Arc<FirmLayer> {
        let (stamp, last) = self.layer.lock().unwrap_or_else(PoisonError::into_inner).clone();
        match self.layer_since(stamp, directory).await {
            Ok(None) => last,
            Ok(Some((stamp, layer))) => {
                *self.layer.lock().unwrap_or_else(PoisonError::into_inner) = (stamp, Arc::clone(&layer));
                layer
            }
            Err(error) => {
                tracing::warn!(
                    %error,
                    "the firm's corrections cannot be read; mails are judged as before, and it is tried again with the next"
                );
                last
            }
        }
    }

    /// Nothing when no correction was added since the stamp.
    async fn layer_since(
        &self,
        stamp: CorrectionsStamp,
        directory: &Directory,
    ) -> Result<Option<(CorrectionsStamp, Arc<FirmLayer>)>, StoreError> {
        // Looked at first: what is added meanwhile is seen the next time.
        let present = self.store.corrections_stamp().await?;
        if present == stamp {
            return Ok(None);
        }
        let corrections = learn::corrections(&self.store, directory, &self.reading).await?;
        let count = corrections.len();
        let layer = learn::fit(corrections).await;
        tracing::info!(corrections = count, "the firm's corrections are taken in");
        Ok(Some((present, layer)))
    }
}

/// A folder has more that is to be fetched at once.
#[derive(Debug)]
pub struct Fetching<'a>(&'a Desk);

impl Drop for Fetching<'_> {
    fn drop(&mut self) {
        self.0.fetching.send_modify(|folders| *folders -= 1);
    }
}
