//! Mail that goes: rows of the outbox are claimed, sent, and marked with what came of it.

use std::collections::HashMap;
use std::sync::Mutex;
use std::time::Duration;

use futures::StreamExt;
use jiff::{SignedDuration, Timestamp};
use tokio_util::sync::CancellationToken;

use super::Desk;
use crate::effect::{Content, Effect, Held, Letter};
use crate::outbox::{self, Admission, Failure, Limits, Next};
use crate::smtp::Transport;
use crate::store::{OutboxRow, OutboxState, StoreError};

/// Rows that are claimed at once: as many may be sent twice (with the same Message-ID) after a crash.
const CLAIM: u32 = 8;
/// Connections at a time.
const AT_ONCE: usize = 4;
/// The longest sleep: another process (`digest --now`) may have written to the outbox.
const GLANCE: Duration = Duration::from_secs(5);
/// Until what came of a mail is written down again, after the store failed.
const NOTED_AGAIN: Duration = Duration::from_secs(1);
/// The span over which mails to one recipient are counted.
const HOUR: SignedDuration = SignedDuration::from_hours(1);

/// How mail is sent.
#[derive(Debug)]
pub struct Delivery {
    /// Where to.
    pub transport: Transport,
    /// How much may go out.
    pub limits: Limits,
    /// How long a mail is tried.
    pub give_up_after: SignedDuration,
    /// When a manager was last told that mails to a recipient are held.
    told: Mutex<HashMap<String, Timestamp>>,
}

/// What one step did.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Delivered {
    /// Mails that a server took.
    pub sent: usize,
    /// Mails that will be tried again.
    pub later: usize,
    /// Mails that were given up.
    pub given_up: usize,
    /// Mails that wait for a limit.
    pub held: usize,
}

/// What came of one mail.
#[derive(Debug, Clone, Copy)]
enum State {
    Sent,
    Later,
    GivenUp,
}

impl Delivery {
    /// A way to send.
    pub fn new(transport: Transport, limits: Limits, give_up_after: SignedDuration) -> Self {
        Self { transport, limits, give_up_after, told: Mutex::default() }
    }

    /// Claims what is due and sends it.
    pub async fn step(&self, desk: &Desk) -> Result<Delivered, StoreError> {
        let now = desk.clock.now();
        let mut done = Delivered::default();
        let mut admitted = Vec::new();
        let mut counted: HashMap<String, u64> = HashMap::new();
        for row in desk.store.claim_due(now, CLAIM).await? {
            let counts = desk
                .store
                .sent_counts(&row.mail.envelope_to, now.saturating_sub(HOUR).unwrap_or(now))
                .await?;
            let own = counted.entry(row.mail.envelope_to.clone()).or_default();
            let total = counts.all + admitted.len() as u64;
            match outbox::admit(counts.recipient + *own, total, self.limits, now) {
                Admission::Admit => {
                    *own += 1;
                    admitted.push(row);
                }
                Admission::Hold { until, limit } => {
                    done.held += 1;
                    desk.store.postpone(row.id, until, &limit).await?;
                    self.tell_held(desk, &row, limit, now).await?;
                }
            }
        }
        let mut sending = futures::stream::iter(admitted)
            .map(|row| async move {
                let answer = self.transport.send(&row.mail).await;
                (row, answer)
            })
            .buffer_unordered(AT_ONCE);
        while let Some((row, answer)) = sending.next().await {
            match self.note(desk, &row, answer).await {
                State::Sent => done.sent += 1,
                State::Later => done.later += 1,
                State::GivenUp => done.given_up += 1,
            }
        }
        Ok(done)
    }

    /// Writes down what came of an attempt, however long the store takes to have room for it: a mail that was sent
    /// and not noted would be sent again.
    async fn note(&self, desk: &Desk, row: &OutboxRow, answer: Result<String, Failure>) -> State {
        let now = desk.clock.now();
        let next = answer.err().map(|failure| {
            let jitter = f64::from(desk.clock.seed().0[0]) / 255.0;
            let next = outbox::after(&failure, row.attempts, row.written_at, now, self.give_up_after, jitter);
            (failure, next)
        });
        loop {
            let (noted, state) = match &next {
                None => (desk.store.sent(row.id, now).await, State::Sent),
                Some((failure, Next::Retry(at))) => {
                    tracing::warn!(
                        mail = row.id, attempt = row.attempts, reason = failure.text, next = %at,
                        "could not send a mail; it is tried again",
                    );
                    (desk.store.retry_later(row.id, *at, failure).await, State::Later)
                }
                Some((_, Next::GiveUp(reason))) => {
                    tracing::error!(mail = row.id, reason, "gave a mail up; `pairdesk status` lists it");
                    (desk.store.give_up(row.id, now, reason).await, State::GivenUp)
                }
            };
            let Err(error) = noted else { return state };
            tracing::error!(%error, mail = row.id, "could not note what came of a mail; trying until it is noted");
            tokio::time::sleep(NOTED_AGAIN).await;
        }
    }

    /// Sends until told to stop.
    pub async fn run(&self, desk: &Desk, stop: CancellationToken) {
        let mut failed = false;
        while !stop.is_cancelled() {
            let step = async {
                if failed {
                    // What was claimed before the store failed, and not tried.
                    desk.store.release_interrupted(desk.clock.now()).await?;
                }
                self.step(desk).await
            };
            let result = step.await;
            failed = result.is_err();
            let pause = match result {
                Ok(done) if done != Delivered::default() => continue,
                Ok(_) => self.until_next(desk).await,
                Err(error) => {
                    tracing::error!(%error, "could not work on the outbox; tried again in a moment");
                    GLANCE
                }
            };
            tokio::select! {
                () = stop.cancelled() => return,
                () = desk.outbox_bell.notified() => {}
                () = tokio::time::sleep(pause) => {}
            }
        }
    }

    /// The time to the next retry, when it comes before the next glance.
    async fn until_next(&self, desk: &Desk) -> Duration {
        let Ok(Some(at)) = desk.store.next_due().await else { return GLANCE };
        let wait = Duration::try_from(at.duration_since(desk.clock.now())).unwrap_or(Duration::ZERO);
        wait.clamp(Duration::from_millis(20), GLANCE)
    }

    /// Tells the firm's manager, once an hour and recipient, that mails are held back. A word about mails to the
    /// manager would itself be held, and is not written.
    async fn tell_held(
        &self,
        desk: &Desk,
        row: &OutboxRow,
        limit: String,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        let recipient = row.mail.envelope_to.clone();
        tracing::warn!(mail = row.id, limit, "holding a mail back");
        {
            let mut told = self.told.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
            if told.get(&recipient).is_some_and(|at| now.duration_since(*at) < HOUR) {
                return Ok(());
            }
            told.insert(recipient.clone(), now);
        }
        let Some(manager) = desk.firm.manager.clone().filter(|manager| manager.address != recipient) else {
            return Ok(());
        };
        let waiting = desk.store.outgoing(OutboxState::Pending).await?;
        let waiting = waiting.iter().filter(|line| line.to == recipient).count() as u64;
        let letter = Letter {
            id: desk.clock.seed().id(0),
            to: manager,
            case: row.case,
            references: Vec::new(),
            at: now,
            content: Content::Held(Held { recipient, limit, waiting }),
        };
        let mut tx = desk.store.begin().await?;
        tx.perform(None, &[Effect::Send(letter)], &desk.composer, now).await?;
        tx.commit().await
    }
}
