//! Mail that goes: rows of the outbox are claimed, sent, and marked with what came of it.

mod held;
mod line;

use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use futures::StreamExt;
use jiff::{SignedDuration, Timestamp};
use tokio_util::sync::CancellationToken;

use self::held::Told;
use self::line::Line;
use super::Desk;
use crate::directory::Directory;
use crate::effect::ClientLetter;
use crate::outbox::{self, Admission, Failure, FailureKind, Limits, Next};
use crate::smtp::Transport;
use crate::store::{OutboxRow, StoreError};

/// Rows that are claimed at once.
const CLAIM: u32 = 8;
/// Connections at a time: some providers allow an account no more (Exchange Online: "432 4.3.2").
const AT_ONCE: usize = 3;
/// The longest sleep: another process (`digest --now`) may have written to the outbox.
const GLANCE: Duration = Duration::from_secs(5);
/// The shortest sleep.
const SOON: Duration = Duration::from_millis(20);
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
    /// When a manager was last told that mails are held.
    told: Told,
    /// Whether the server takes mails.
    line: Line,
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
    /// Acknowledgements to clients that no longer go out by themselves.
    pub drafts: usize,
    /// Mails that were put back without an attempt, since the server takes none.
    pub put_back: usize,
}

/// What came of one mail.
#[derive(Debug, Clone, Copy)]
enum State {
    Sent,
    Later,
    GivenUp,
}

impl State {
    /// The name in figures.
    fn key(self) -> &'static str {
        match self {
            Self::Sent => "sent",
            Self::Later => "later",
            Self::GivenUp => "given_up",
        }
    }
}

impl Delivery {
    /// A way to send.
    pub fn new(transport: Transport, limits: Limits, give_up_after: SignedDuration) -> Self {
        Self { transport, limits, give_up_after, told: Told::default(), line: Line::default() }
    }

    /// Claims what is due and sends it. While the server takes no mails, nothing is done but, now and then, one attempt.
    pub async fn step(&self, desk: &Desk) -> Result<Delivered, StoreError> {
        let now = desk.clock.now();
        let mut done = Delivered::default();
        let claim = match self.line.pause(now) {
            Some(_) => return Ok(done),
            None if self.line.is_proven() => CLAIM,
            None => 1,
        };
        let mandate = &desk.store.mandate();
        let claimed = desk.store.claim_due(now, claim).await?;
        let admitted = self.admitted(desk, claimed, now, &mut done).await?;
        let down = &AtomicBool::new(false);
        let mut sending = futures::stream::iter(admitted)
            .map(|row| async move {
                if down.load(Ordering::Relaxed) || !mandate.holds() {
                    return (row, None);
                }
                let answer = self.transport.send_while(&row.mail, &|| mandate.holds()).await;
                if answer.as_ref().is_err_and(|failure| failure.kind == FailureKind::Server) {
                    down.store(true, Ordering::Relaxed);
                }
                (row, Some(answer))
            })
            .buffer_unordered(AT_ONCE);
        let (mut unsent, mut outage) = (Vec::new(), None);
        while let Some((row, answer)) = sending.next().await {
            match answer {
                None => unsent.push(row.id),
                Some(Err(failure)) if failure.kind == FailureKind::Server => {
                    unsent.push(row.id);
                    outage = Some(failure);
                }
                Some(answer) => {
                    self.line.works();
                    match self.note(desk, &row, answer).await {
                        State::Sent => done.sent += 1,
                        State::Later => done.later += 1,
                        State::GivenUp => done.given_up += 1,
                    }
                }
            }
        }
        if let Some(failure) = outage {
            done.put_back = unsent.len();
            let now = desk.clock.now();
            self.line.fails(&failure, now);
            desk.store.release(&unsent, now, &failure.text).await?;
        } else if !unsent.is_empty() {
            tracing::warn!(
                mails = unsent.len(),
                "others may send what this daemon had claimed; leaving it to them"
            );
            desk.store.release_own().await?;
        }
        Ok(done)
    }

    /// Of claimed mails those that may go out now. The others wait for a limit, or become drafts.
    async fn admitted(
        &self,
        desk: &Desk,
        claimed: Vec<OutboxRow>,
        now: Timestamp,
        done: &mut Delivered,
    ) -> Result<Vec<OutboxRow>, StoreError> {
        let (mut admitted, mut held) = (Vec::new(), Vec::new());
        if claimed.is_empty() {
            return Ok(admitted);
        }
        let directory = desk.directory().await?;
        let mut counted: HashMap<String, u64> = HashMap::new();
        for row in claimed {
            if let Some(reason) = kept_back(desk, &directory, &row, now) {
                tracing::info!(mail = row.id, reason, "kept a mail to a client as a draft");
                desk.store.keep_as_draft(row.id, now, &reason).await?;
                done.drafts += 1;
                continue;
            }
            let since = now.saturating_sub(HOUR).unwrap_or(now);
            let counts = desk.store.sent_counts(&row.mail.envelope_to, since).await?;
            let own = counted.entry(row.mail.envelope_to.clone()).or_default();
            let total = counts.all + admitted.len() as u64;
            match outbox::admit(counts.recipient + *own, total, self.limits, now) {
                // Word that mails are held, at most once an hour and limit, is not held itself.
                Admission::Hold { until, limit } if row.sort != "held" => {
                    desk.store.postpone(row.id, until, &limit.to_string()).await?;
                    done.held += 1;
                    held.push((row, limit));
                }
                _ => {
                    *own += 1;
                    admitted.push(row);
                }
            }
        }
        for (row, limit) in held {
            self.told.tell(desk, &row, limit, now).await?;
        }
        Ok(admitted)
    }

    /// Writes down what came of an attempt, however long the store takes to have room for it: a mail that was sent
    /// and not noted would be sent again.
    async fn note(&self, desk: &Desk, row: &OutboxRow, answer: Result<String, Failure>) -> State {
        let now = desk.clock.now();
        let next = answer.err().map(|failure| {
            let jitter = desk.clock.jitter();
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
            let Err(error) = noted else {
                let (sort, result) = (row.sort.clone(), state.key());
                metrics::counter!("pairdesk_sends_total", "sort" => sort, "result" => result).increment(1);
                return state;
            };
            tracing::error!(%error, mail = row.id, "could not note what came of a mail; trying until it is noted");
            tokio::time::sleep(NOTED_AGAIN).await;
        }
    }

    /// Sends until told to stop.
    pub async fn run(&self, desk: &Desk, stop: CancellationToken) {
        let mut failed = false;
        while !stop.is_cancelled() {
            let work = async {
                if failed {
                    // What was claimed before the store failed, and not tried.
                    desk.store.release_own().await?;
                }
                self.step(desk).await
            };
            let result = work.await;
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

    /// The time to the next retry, or to the end of a pause, when it comes before the next glance.
    async fn until_next(&self, desk: &Desk) -> Duration {
        if let Some(pause) = self.line.pause(desk.clock.now()) {
            return pause.clamp(SOON, GLANCE);
        }
        let Ok(Some(at)) = desk.store.next_due().await else { return GLANCE };
        let wait = Duration::try_from(at.duration_since(desk.clock.now())).unwrap_or(Duration::ZERO);
        wait.clamp(SOON, GLANCE)
    }
}

/// Why a mail to a client no longer goes out by itself: the firm has chosen otherwise since it was written, or it would
/// come late. What somebody said goes out, goes out; in shadow mode nothing does.
fn kept_back(desk: &Desk, directory: &Directory, row: &OutboxRow, now: Timestamp) -> Option<String> {
    use ClientLetter::{Received, Settled, StillWorking, ThankYou};
    let sort = ClientLetter::from_key(&row.sort)?;
    if row.released || !matches!(sort, Received | StillWorking | Settled | ThankYou) {
        return desk.policy.shadow.then(|| "shadow mode: nothing goes to clients".to_owned());
    }
    let account = row.account.as_deref().and_then(|key| directory.account(key));
    if account.is_some_and(|account| !account.may_write(&row.mail.envelope_to)) {
        return Some(format!("{} is marked do_not_write", row.mail.envelope_to));
    }
    let late = now.duration_since(row.written_at) > outbox::ACKNOWLEDGED_WITHIN;
    let late = match sort {
        Received => Some("it could not be sent for a day: word that a mail has come would be odd now"),
        StillWorking => Some("it could not be sent for a day: how things stand may be another now"),
        _ => None,
    }
    .filter(|_| late);
    desk.policy.keeps_back(sort, row.account.as_deref()).or(late.map(str::to_owned))
}
