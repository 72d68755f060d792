//! The threads on which mails are read and classified, for as long as the program runs: one that reads, which takes a tenth
//! of a millisecond, and as many that classify as there are cores. Regular expressions keep some ten megabytes for each
//! thread that uses them, and the allocator what such a thread let go.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, LazyLock, Mutex, PoisonError, mpsc};
use std::thread;

use tokio::sync::mpsc::unbounded_channel;

type Job = Box<dyn FnOnce() + Send>;

static READING: LazyLock<mpsc::Sender<Job>> = LazyLock::new(|| threads(1));
static CLASSIFYING: LazyLock<mpsc::Sender<Job>> =
    LazyLock::new(|| threads(thread::available_parallelism().map_or(1, usize::from)));

/// So many threads that do what is sent to them.
fn threads(count: usize) -> mpsc::Sender<Job> {
    let (jobs, waiting) = mpsc::channel::<Job>();
    let waiting = Arc::new(Mutex::new(waiting));
    for _ in 0..count {
        let waiting = Arc::clone(&waiting);
        thread::spawn(move || {
            let next = || waiting.lock().unwrap_or_else(PoisonError::into_inner).recv();
            while let Ok(job) = next() {
                job();
            }
        });
    }
    jobs
}

/// Does the same to each of these on the threads that classify, beside each other, and gives them back in their order, each with whether that went
/// through without a panic.
pub(super) async fn each<T: Send + 'static>(
    items: Vec<T>,
    how: impl Fn(&mut T) + Send + Sync + 'static,
) -> Vec<(T, bool)> {
    all(&CLASSIFYING, items, how).await
}

/// Does something on the thread that reads, and gives what comes of it; none when it panicked.
pub(super) async fn one<R: Send + 'static>(work: impl FnOnce() -> R + Send + 'static) -> Option<R> {
    let items = vec![(Some(work), None)];
    let mut done = all(&READING, items, |(work, result)| *result = work.take().map(|work| work())).await;
    done.pop().and_then(|((_, result), _)| result)
}

async fn all<T: Send + 'static>(
    jobs: &mpsc::Sender<Job>,
    items: Vec<T>,
    how: impl Fn(&mut T) + Send + Sync + 'static,
) -> Vec<(T, bool)> {
    let how = Arc::new(how);
    let (done, mut came) = unbounded_channel();
    for (at, mut item) in items.into_iter().enumerate() {
        let (how, done) = (Arc::clone(&how), done.clone());
        let job = move || {
            let whole = catch_unwind(AssertUnwindSafe(|| how(&mut item))).is_ok();
            // Nobody waits any more when the loop was cut off.
            let _ = done.send((at, item, whole));
        };
        jobs.send(Box::new(job)).expect("the threads end with the program");
    }
    drop(done);
    let mut all = Vec::new();
    while let Some(one) = came.recv().await {
        all.push(one);
    }
    all.sort_by_key(|(at, ..)| *at);
    all.into_iter().map(|(_, item, whole)| (item, whole)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn everything_comes_back_in_its_order_also_what_failed() {
        let done = each((0..100).collect(), |number: &mut i32| {
            assert_ne!(*number, 7, "the seventh fails");
            *number *= 2;
        })
        .await;
        let expected: Vec<_> = (0..100).map(|n| if n == 7 { (7, false) } else { (n * 2, true) }).collect();
        assert_eq!(done, expected);
        assert_eq!(one(|| 3).await, Some(3));
        assert_eq!(one(|| -> u8 { panic!("it fails") }).await, None);
    }

    #[tokio::test]
    async fn the_same_threads_do_all_of_it() {
        let mut names = std::collections::HashSet::new();
        for _ in 0..20 {
            let ids = each(vec![None; 8], |id| *id = Some(thread::current().id())).await;
            names.extend(ids.into_iter().map(|(id, _)| id));
        }
        assert!(names.len() <= thread::available_parallelism().map_or(1, usize::from), "{names:?}");
    }
}
