//! The running daemon: builds everything from the configuration, starts the loops, gives them another configuration when
//! told to, and stops them in order. No rules.

mod loops;
mod supervisor;
mod told;

use std::net::{SocketAddr, TcpListener};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::{Result, anyhow};
use tokio::time::{MissedTickBehavior, interval};
use tokio_util::sync::CancellationToken;

pub use self::loops::Pulses;

use self::loops::Loops;
use self::told::{Told, Word};
use crate::clock::Clock;
use crate::config::Config;
use crate::directory::written::Problem;
use crate::store::Store;
use crate::telemetry;
use crate::web::{self, Figures, Watched};
use crate::worker::deliver::Delivery;
use crate::worker::{Desk, read, tick, tokens, watch};

/// How long the loops may take at the end to finish what they are at. With [`CLOSING`] and what the threads get
/// (`cli::run`) it stays below ten seconds.
const DRAIN: Duration = Duration::from_secs(6);
/// How long the database may take to be closed.
const CLOSING: Duration = Duration::from_millis(1500);
/// How long a loop may take to make way for its successor after the configuration was read anew. What is cut off is
/// nothing but a look into a mailbox, or a transaction. Sending is waited for, since a mail that is cut off in the middle
/// may be sent twice, and so is the reading of mails, which on a slow machine would begin anew with each configuration.
const HANDING_OVER: Duration = Duration::from_secs(10);
/// How long whoever asks for health and metrics may take over the last answer.
const LAST_ANSWER: Duration = Duration::from_secs(1);
/// A loop that has not moved for so long, and for two looks into the most patient mailbox, is dead: longer than any one
/// thing that a loop waits for, of which an SMTP server's answer to a text is the longest.
const DEAD_AFTER: Duration = Duration::from_mins(20);

/// Opens the store and makes everything that the loops, and the commands that act for them, work with.
pub async fn desk(config: &Config, clock: Clock) -> Result<Desk> {
    let store = Store::open(&config.store_url()).await?;
    store.first_token_key(clock.key(), clock.now()).await?;
    let composer = config.composer();
    Ok(Desk::new(store, composer, config.firm.clone(), config.policy.clone(), config.read_options(), clock))
}

/// How mail is sent, from the configuration.
pub fn delivery(config: &Config, desk: &Desk) -> Delivery {
    Delivery::new(config.transport(&desk.tokens), config.limits, config.smtp.give_up_after)
}

/// Runs until SIGTERM or SIGINT, then finishes what is at hand, within ten seconds, and returns. At SIGHUP the
/// configuration is read anew from `file`.
///
/// # Errors
/// When it cannot start, and when one of its loops ends by itself: a supervisor starts it anew.
pub async fn run(config: Config, file: &Path) -> Result<()> {
    let mut told = Told::listen()?;
    // What is read anew is what was read at first, whatever the working folder.
    let file = std::path::absolute(file)?;
    let begun = tokio::select! {
        begun = begin(&config) => Some(begun?),
        () = told.stop() => None,
    };
    let Some(desk) = begun else {
        tracing::info!("told to stop before it had started");
        return Ok(());
    };
    let door = config.http.map(|at| listen(at).map_err(|what| anyhow!(what))).transpose()?;
    let (folders, loops, stop) = (Vec::new(), Loops::default(), CancellationToken::new());
    let daemon = Daemon { file, config, desk, folders, door, loops, stop };
    Box::pin(daemon.serve(told)).await
}

/// What comes before the loops: the store, and what the last run left.
async fn begin(config: &Config) -> Result<Arc<Desk>> {
    let mut desk = desk(config, Clock::System).await?;
    desk.store = desk.store.join(desk.clock.seed().id(0)).await?;
    let desk = Arc::new(desk);
    let interrupted = desk.store.release_interrupted().await?;
    if interrupted > 0 {
        tracing::warn!(
            mails = interrupted,
            "the last run was cut off while it sent mails; they are sent again with the same Message-ID",
        );
    }
    let directory = desk.directory().await?;
    desk.layer(&directory).await;
    if directory.accounts().is_empty() {
        tracing::warn!(
            "there are no accounts yet, so that all mail waits as unmatched: pairdesk accounts import FILE"
        );
    }
    for problem in desk.composer.wording().problems() {
        let (place, what) = (&problem.place, &problem.what);
        tracing::warn!(
            place,
            what,
            "a template of the firm's own is not used; `pairdesk check` says what to do"
        );
    }
    Ok(desk)
}

/// A door for those who ask for health and metrics.
fn listen(at: SocketAddr) -> Result<TcpListener, String> {
    let listening = TcpListener::bind(at).and_then(|door| door.set_nonblocking(true).map(|()| door));
    listening.map_err(|error| format!("[http] cannot listen on {at}: {error}"))
}

/// A daemon with what it works by at present.
struct Daemon {
    file: PathBuf,
    config: Config,
    desk: Arc<Desk>,
    /// The folders that are read, each with how often it is looked at.
    folders: Vec<(String, Duration)>,
    /// Where health and metrics are asked for.
    door: Option<TcpListener>,
    loops: Loops,
    /// Ends the loops of the present configuration.
    stop: CancellationToken,
}

/// What a new configuration brings.
struct Changed {
    config: Config,
    desk: Desk,
    door: Option<TcpListener>,
}

impl Daemon {
    async fn serve(mut self, mut told: Told) -> Result<()> {
        self.start();
        let accounts = self.desk.directory().await?.accounts().len();
        tracing::info!(accounts, folders = self.folders.len(), "started");
        supervisor::ready(&self.words());
        let every = supervisor::alive_every();
        let mut proofs = interval(every.unwrap_or(DEAD_AFTER));
        proofs.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let ended = loop {
            tokio::select! {
                word = told.next() => match word {
                    Word::Stop => break Ok(()),
                    Word::ReadAnew => tokio::select! {
                        () = self.read_anew() => {}
                        () = told.stop() => break Ok(()),
                    },
                },
                ended = self.loops.ended() => break Err(ended),
                _ = proofs.tick(), if every.is_some() => self.prove(),
            }
        };
        match &ended {
            Ok(()) => tracing::info!("stopping; what is at hand is finished first"),
            Err(error) => tracing::error!(%error, "stopping, since the daemon is not whole any more"),
        }
        supervisor::stopping("finishing what is at hand");
        let begin = Instant::now();
        self.stop.cancel();
        // What a provider gives is written down, also when nobody waits for it any more.
        let tokens = tokio::time::timeout(DRAIN, self.desk.tokens.finish());
        let (late, _) = tokio::join!(self.loops.drain(DRAIN), tokens);
        for late in late {
            tracing::warn!("{late} did not end in time and is cut off; the next start goes on with it");
        }
        if tokio::time::timeout(CLOSING, self.desk.store.close()).await.is_err() {
            tracing::warn!(
                "the database did not answer in time; what it has not taken is done anew by the next start"
            );
        }
        tracing::info!(took = ?begin.elapsed(), "stopped");
        ended
    }

    /// Starts the loops of the present configuration.
    fn start(&mut self) {
        let Self { config, desk, folders, loops, stop, .. } = self;
        folders.clear();
        for source in config.sources(&desk.tokens) {
            for session in source.sessions() {
                folders.push((session.name().to_owned(), source.poll()));
                // Each folder in a task of its own: one that fails leaves the others alone.
                let name = format!("the loop that reads {}", session.name());
                let watching = watch::run(Arc::clone(desk), session, stop.clone());
                loops.spawn(name, stop, Some(HANDING_OVER), watching);
            }
        }
        let all = u32::try_from(folders.len()).unwrap_or(u32::MAX);
        let (reading, ends) = (Arc::clone(desk), stop.clone());
        loops.spawn("the loop that reads mails", stop, None, async move { read::run(&reading, ends).await });
        let hours = config.hours.clone();
        let (ticking, ends) = (Arc::clone(desk), stop.clone());
        loops.spawn("the loop that makes digests", stop, Some(HANDING_OVER), async move {
            tick::run(&ticking, &hours, all, ends).await;
        });
        let delivery = delivery(config, desk);
        let (sending, ends) = (Arc::clone(desk), stop.clone());
        loops.spawn("the loop that sends", stop, None, async move { delivery.run(&sending, ends).await });
        let logins = config.logins();
        if !logins.is_empty() {
            let (looking, ends) = (Arc::clone(desk), stop.clone());
            loops.spawn("the loop that looks after logins", stop, Some(HANDING_OVER), async move {
                tokens::look::run(&looking, &logins, ends).await;
            });
        }
        self.serve_pages();
    }

    /// Serves health and metrics, where they are wanted.
    fn serve_pages(&mut self) {
        let Some(door) = &self.door else { return };
        let door = match door.try_clone() {
            Ok(door) => door,
            Err(error) => return tracing::error!(%error, "health and metrics cannot be served"),
        };
        let watched = Watched {
            desk: Arc::clone(&self.desk),
            folders: self.folders.clone(),
            pulses: self.loops.pulses(),
            dead_after: self.dead_after(),
            since: self.desk.clock.now(),
            figures: Figures::counting(),
        };
        if let Ok(address) = door.local_addr() {
            tracing::info!(health = %format_args!("http://{address}/health"), "health and metrics are served");
        }
        let serving = web::serve(door, watched, self.stop.clone());
        self.loops.spawn("the loop that serves health and metrics", &self.stop, Some(LAST_ANSWER), serving);
    }

    /// For how long a loop that lives may not move.
    fn dead_after(&self) -> Duration {
        let poll = self.folders.iter().map(|(_, poll)| *poll).max();
        DEAD_AFTER + poll.unwrap_or_default().saturating_mul(2)
    }

    /// Reads the configuration, the templates and the holidays anew. The loops finish what they are at, and others go on by
    /// the new ones; with any mistake all stays as it is.
    async fn read_anew(&mut self) {
        tracing::info!(file = %self.file.display(), "reading the configuration anew");
        supervisor::reloading();
        let count = |result| metrics::counter!("pairdesk_reloads_total", "result" => result).increment(1);
        let how = match self.changed().await {
            Ok(Changed { config, desk, door }) => {
                let level = config.log.level;
                telemetry::level(level.max(self.config.log.level));
                (self.config, self.desk, self.door) = (config, Arc::new(desk), door);
                std::mem::take(&mut self.stop).cancel();
                self.start();
                count("holds");
                tracing::info!(folders = self.folders.len(), "the new configuration holds");
                telemetry::level(level);
                self.words()
            }
            Err(problems) => {
                for Problem { place, what, remedy } in &problems {
                    tracing::error!(place, what, remedy, "a mistake in the new configuration");
                }
                count("refused");
                let mistakes = problems.len();
                tracing::error!(
                    mistakes,
                    "the new configuration is not used; the daemon goes on with the one before"
                );
                let first = problems.first().map(|first| format!("{}: {}", first.place, first.what));
                let first = first.unwrap_or_default().replace('\n', " ");
                format!("NOT RELOADED, goes on with the configuration before: {first}; the log says all")
            }
        };
        supervisor::ready(&how);
    }

    /// The new configuration, with what is made by it.
    async fn changed(&self) -> Result<Changed, Vec<Problem>> {
        let file = self.file.clone();
        let loading = tokio::task::spawn_blocking(move || {
            let config = Config::load(&file)?;
            // Tries each of the firm's own templates.
            let composer = config.composer();
            Ok::<_, Vec<Problem>>((config, composer))
        });
        let failed =
            |error: tokio::task::JoinError| vec![self.problem(&error.to_string(), "please report it")];
        let (config, composer) = loading.await.map_err(failed)??;
        let mut problems = composer.wording().problems().to_vec();
        if config.store != self.config.store {
            let what = "[store] is another one, which cannot change while the daemon runs";
            problems.push(self.problem(what, "put it back as it was, or restart the daemon"));
        }
        let mut door = self.door.as_ref().and_then(|door| door.try_clone().ok());
        if config.http != self.config.http {
            door = config.http.map(listen).transpose().unwrap_or_else(|what| {
                problems.push(self.problem(&what, "name a free port of an address of this machine"));
                None
            });
        }
        if !problems.is_empty() {
            return Err(problems);
        }
        let desk =
            self.desk.anew(composer, config.firm.clone(), config.policy.clone(), config.read_options());
        Ok(Changed { config, desk, door })
    }

    fn problem(&self, what: &str, remedy: &str) -> Problem {
        Problem { place: self.file.display().to_string(), what: what.to_owned(), remedy: remedy.to_owned() }
    }

    /// How the daemon does, for whoever asks the supervisor.
    fn words(&self) -> String {
        let names: Vec<_> = self.folders.iter().map(|(name, _)| name.as_str()).collect();
        format!("reads {}", names.join(", "))
    }

    /// Says that the daemon is alive, while all of its loops are.
    fn prove(&self) {
        match self.loops.pulses().stillest() {
            Some((name, still)) if still > self.dead_after() => {
                tracing::error!(still_for = ?still, "{name} is dead; the supervisor is left to start the daemon anew");
                supervisor::status(&format!("{name} is dead"));
            }
            _ => supervisor::alive(),
        }
    }
}
