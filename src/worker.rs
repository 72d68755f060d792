//! The three loops of the daemon: mail comes ([`receive`]), time passes ([`tick`]), mail goes ([`deliver`]). Each is one
//! step that can be tested by itself, and a dumb loop around it.

pub mod deliver;
pub mod receive;
pub mod tick;
pub mod watch;

use std::sync::{Arc, Mutex, PoisonError};

use tokio::sync::{Notify, Semaphore};

use crate::clock::Clock;
use crate::compose::Composer;
use crate::directory::{Directory, Firm};
use crate::intake::Policy;
use crate::message::ReadOptions;
use crate::store::{Store, StoreError};

/// What all three loops work with.
#[derive(Debug)]
pub struct Desk {
    /// The database.
    pub store: Store,
    /// Makes finished mails.
    pub composer: Composer,
    /// The firm itself.
    pub firm: Firm,
    /// The firm's choices.
    pub policy: Policy,
    /// How mails are read.
    pub reading: ReadOptions,
    /// The time.
    pub clock: Clock,
    /// Rung when there is something to send.
    pub outbox_bell: Notify,
    /// A permit for each folder that has been read to its end since the start, or that could not be read.
    pub caught_up: Semaphore,
    /// The accounts as last loaded, with their version.
    directory: Mutex<Option<(i64, Arc<Directory>)>>,
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
            store,
            composer,
            firm,
            policy,
            reading,
            clock,
            outbox_bell: Notify::new(),
            caught_up: Semaphore::new(0),
            directory: Mutex::new(None),
        }
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
}
