//! The threads on which mails are read: as many as there are cores, for as long as the program runs. What regular
//! expressions and the allocator keep for each thread that uses them is so kept once a core, which is the half of what
//! reading would hold otherwise.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, LazyLock, Mutex, PoisonError, mpsc};
use std::thread;

use tokio::sync::mpsc::unbounded_channel;

type Job = Box<dyn FnOnce() + Send>;

static JOBS: LazyLock<mpsc::Sender<Job>> = LazyLock::new(|| {
    let (jobs, waiting) = mpsc::channel::<Job>();
    let waiting = Arc::new(Mutex::new(waiting));
    for _ in 0..thread::available_parallelism().map_or(1, usize::from) {
        let waiting = Arc::clone(&waiting);
        thread::spawn(move || {
            let next = || waiting.lock().unwrap_or_else(PoisonError::into_inner).recv();
            while let Ok(job) = next() {
                job();
            }
        });
    }
    jobs
});

/// Does the same to each of these, beside each other, and gives them back in their order, each with whether that went
/// through without a panic.
pub(super) async fn each<T: Send + 'static>(
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
        JOBS.send(Box::new(job)).expect("the threads end with the program");
    }
    drop(done);
    let mut all = Vec::new();
    while let Some(one) = came.recv().await {
        all.push(one);
    }
    all.sort_by_key(|(at, ..)| *at);
    all.into_iter().map(|(_, item, whole)| (item, whole)).collect()
}

/// Does something that takes its time, and gives what comes of it; none when it panicked.
pub(super) async fn one<R: Send + 'static>(work: impl FnOnce() -> R + Send + 'static) -> Option<R> {
    let items = vec![(Some(work), None)];
    let mut done = each(items, |(work, result)| *result = work.take().map(|work| work())).await;
    done.pop().and_then(|((_, result), _)| result)
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
