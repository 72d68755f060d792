//! The daemon's loops, each in a task of its own: started, watched, told to stop, and followed by their successors when the
//! configuration is read anew.

use std::collections::BTreeMap;
use std::collections::HashMap;
use std::future::{pending, poll_fn};
use std::panic::AssertUnwindSafe;
use std::pin::pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use anyhow::{Error, anyhow};
use futures::FutureExt;
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

/// How long the tasks that are cut off may take to let go of what they hold.
const LETTING_GO: Duration = Duration::from_millis(500);

/// The loops, none of which ends before it is told to.
#[derive(Debug, Default)]
pub(super) struct Loops {
    tasks: JoinSet<Ended>,
    /// Of each name, whose turn it is: a successor begins when the loop before it has ended.
    turns: HashMap<String, Arc<tokio::sync::Mutex<()>>>,
    pulses: Pulses,
}

#[derive(Debug)]
struct Ended {
    name: String,
    told: bool,
    failed: bool,
}

impl Loops {
    /// Starts a loop that ends when `stop` says so. It begins once the loop of the same name before it has ended. One that
    /// does not end within its `patience` is cut off; without one it is waited for, however long it takes.
    pub(super) fn spawn(
        &mut self,
        name: impl Into<String>,
        stop: &CancellationToken,
        patience: Option<Duration>,
        running: impl Future<Output = ()> + Send + 'static,
    ) {
        let (name, stop, pulses) = (name.into(), stop.clone(), self.pulses.clone());
        let turn = Arc::clone(self.turns.entry(name.clone()).or_default());
        self.tasks.spawn(async move {
            let _turn = turn.lock_owned().await;
            let overtime = async {
                stop.cancelled().await;
                match patience {
                    Some(patience) => tokio::time::sleep(patience).await,
                    None => pending().await,
                }
            };
            let beating = pulses.beating(&name, running);
            let failed = tokio::select! {
                ended = AssertUnwindSafe(beating).catch_unwind() => ended.is_err(),
                () = overtime => {
                    tracing::warn!("{name} did not end in time and is cut off; the next goes on where it stopped");
                    false
                }
            };
            Ended { name, told: stop.is_cancelled(), failed }
        });
    }

    /// When each loop last moved.
    pub(super) fn pulses(&self) -> Pulses {
        self.pulses.clone()
    }

    /// Waits until one ends that was not told to, and says which and why.
    pub(super) async fn ended(&mut self) -> Error {
        while let Some(joined) = self.tasks.join_next().await {
            match joined {
                Ok(Ended { name, told: true, failed }) => log_failure(&name, failed),
                Ok(Ended { name, failed: true, .. }) => {
                    return anyhow!("{name} failed (a mistake of this program; the log says where)");
                }
                Ok(Ended { name, .. }) => return anyhow!("{name} ended without being told to"),
                Err(error) => return anyhow!("a loop ended without being told to: {error}"),
            }
        }
        anyhow!("there is no loop")
    }

    /// Waits until all have ended; cuts off those that have not within `limit`, and names them.
    pub(super) async fn drain(&mut self, limit: Duration) -> Vec<String> {
        let all = async {
            while let Some(joined) = self.tasks.join_next().await {
                if let Ok(Ended { name, failed, .. }) = joined {
                    log_failure(&name, failed);
                }
            }
        };
        if tokio::time::timeout(limit, all).await.is_ok() {
            return Vec::new();
        }
        let late = self.pulses.names();
        drop(tokio::time::timeout(LETTING_GO, self.tasks.shutdown()).await);
        late
    }
}

fn log_failure(name: &str, failed: bool) {
    if failed {
        tracing::error!("{name} failed (a mistake of this program)");
    }
}

/// When each loop that runs last moved. Clones share it.
#[derive(Debug, Clone, Default)]
pub struct Pulses(Arc<Mutex<BTreeMap<String, Instant>>>);

impl Pulses {
    fn all(&self) -> MutexGuard<'_, BTreeMap<String, Instant>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn names(&self) -> Vec<String> {
        self.all().keys().cloned().collect()
    }

    /// Runs a loop and notes each of its moves: whatever it waits for, it is woken now and then.
    async fn beating(&self, name: &str, running: impl Future<Output = ()>) {
        let mut running = pin!(running);
        let _gone = Gone { pulses: self, name };
        poll_fn(|context| {
            self.all().insert(name.to_owned(), Instant::now());
            running.as_mut().poll(context)
        })
        .await;
    }

    /// The loop that has not moved for the longest time, and for how long.
    pub fn stillest(&self) -> Option<(String, Duration)> {
        let all = self.all();
        let (name, at) = all.iter().min_by_key(|(_, at)| **at)?;
        Some((name.clone(), at.elapsed()))
    }
}

/// Takes the name of a loop that has ended off the list, also of one that failed.
struct Gone<'a> {
    pulses: &'a Pulses,
    name: &'a str,
}

impl Drop for Gone<'_> {
    fn drop(&mut self) {
        self.pulses.all().remove(self.name);
    }
}

#[cfg(test)]
mod tests {
    use tokio::sync::mpsc;

    use super::*;

    const SOON: Option<Duration> = Some(Duration::from_millis(10));

    /// What is said when this loop ends beside one that goes on, which must still be drained.
    async fn said(ends: impl Future<Output = ()> + Send + 'static) -> String {
        let mut loops = Loops::default();
        let stop = CancellationToken::new();
        loops.spawn("the other loop", &stop, None, stop.clone().cancelled_owned());
        loops.spawn("the first loop", &stop, None, ends);
        let error = loops.ended().await.to_string();
        stop.cancel();
        assert_eq!(loops.drain(Duration::from_mins(1)).await, Vec::<String>::new());
        error
    }

    #[tokio::test]
    async fn a_loop_that_ends_by_itself_is_named_without_what_a_panic_might_quote() {
        assert_eq!(said(async {}).await, "the first loop ended without being told to");
        let failed = said(async { panic!("out of paper") }).await;
        assert_eq!(failed, "the first loop failed (a mistake of this program; the log says where)");
    }

    #[tokio::test]
    async fn a_successor_begins_when_the_loop_before_it_has_ended_and_both_are_no_failure() {
        let mut loops = Loops::default();
        let (first, second) = (CancellationToken::new(), CancellationToken::new());
        let (said, mut heard) = mpsc::unbounded_channel();
        let (ends, says) = (first.clone(), said.clone());
        loops.spawn("reading", &first, None, async move {
            ends.cancelled().await;
            tokio::task::yield_now().await;
            says.send("the first ends").unwrap();
        });
        tokio::task::yield_now().await;
        loops.spawn("reading", &second, None, async move {
            said.send("the second begins").unwrap();
            pending::<()>().await;
        });
        first.cancel();
        let order = async { [heard.recv().await.unwrap(), heard.recv().await.unwrap()] };
        let order = tokio::select! {
            order = order => order,
            error = loops.ended() => panic!("{error}"),
        };
        assert_eq!(order, ["the first ends", "the second begins"]);
    }

    #[tokio::test]
    async fn a_loop_that_does_not_end_is_cut_off_and_the_successor_begins() {
        let mut loops = Loops::default();
        let (first, second) = (CancellationToken::new(), CancellationToken::new());
        loops.spawn("reading", &first, SOON, pending());
        tokio::task::yield_now().await;
        first.cancel();
        loops.spawn("reading", &second, SOON, async {});
        assert_eq!(loops.ended().await.to_string(), "reading ended without being told to");
    }

    #[tokio::test]
    async fn what_is_left_at_the_end_is_named() {
        let mut loops = Loops::default();
        let stop = CancellationToken::new();
        loops.spawn("sending", &stop, None, pending());
        loops.spawn("reading", &stop, None, stop.clone().cancelled_owned());
        tokio::task::yield_now().await;
        let (name, _) = loops.pulses().stillest().unwrap();
        assert_eq!(name, "sending");
        stop.cancel();
        assert_eq!(loops.drain(Duration::from_millis(10)).await, ["sending"]);
        assert_eq!(loops.pulses().stillest(), None);
    }
}
