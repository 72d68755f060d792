//! Word to the manager that mails are held back by a limit.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use jiff::Timestamp;

use super::{Desk, HOUR};
use crate::effect::{Content, Effect, Held, Letter};
use crate::outbox::Limit;
use crate::store::{OutboxRow, OutboxState, StoreError};

/// When the manager was last told of a limit: of that of a recipient, or of that of all (none).
#[derive(Debug, Default)]
pub(super) struct Told(Mutex<HashMap<Option<String>, Timestamp>>);

impl Told {
    /// Tells the firm's manager, once an hour and limit, that mails are held back.
    pub(super) async fn tell(
        &self,
        desk: &Desk,
        row: &OutboxRow,
        limit: Limit,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        let recipient = match limit {
            Limit::ToOne(_) => Some(row.mail.envelope_to.clone()),
            Limit::ToAll(_) => None,
        };
        if self.lately(recipient.as_ref(), now) {
            return Ok(());
        }
        tracing::warn!(mail = row.id, %limit, "holding mails back");
        if let Some(manager) = desk.firm.manager.clone() {
            let waiting = desk.store.outgoing(OutboxState::Pending).await?;
            let held = |to: &String| recipient.as_ref().is_none_or(|recipient| recipient == to);
            let waiting = waiting.iter().filter(|line| held(&line.to)).count() as u64;
            let held = Held { recipient: recipient.clone(), limit: limit.to_string(), waiting };
            let letter = Letter {
                id: desk.clock.seed().id(0),
                to: manager,
                case: row.case,
                references: Vec::new(),
                at: now,
                content: Content::Held(held),
            };
            let composer = desk.composer().await?;
            let mut tx = desk.store.begin().await?;
            tx.perform(None, &[Effect::Send(letter)], &composer, now).await?;
            tx.commit().await?;
        }
        self.0.lock().unwrap_or_else(PoisonError::into_inner).insert(recipient, now);
        Ok(())
    }

    /// Whether the manager was told of a limit in the last hour; forgets what is older.
    fn lately(&self, recipient: Option<&String>, now: Timestamp) -> bool {
        let mut told = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        told.retain(|_, at| now.duration_since(*at) < HOUR);
        told.contains_key(&recipient.cloned())
    }
}
