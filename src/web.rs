//! What the daemon says of itself by HTTP: whether it is well (`/health`), and its figures (`/metrics`). Nothing can be
//! changed here, and nothing names a person.

mod health;
mod metrics;

use std::net::TcpListener;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::extract::State;
use axum::http::StatusCode;
use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use jiff::Timestamp;
use tokio::time::interval;
use tokio_util::sync::CancellationToken;

use crate::daemon::Pulses;
use crate::store::Vitals;
use crate::worker::Desk;

pub use self::metrics::Figures;

/// How long the database may take over what is asked of it here.
const ANSWER: Duration = Duration::from_secs(5);
/// How often what was measured is summed up, whether somebody asks for it or not.
const UPKEEP: Duration = Duration::from_secs(10);

/// What is looked at.
#[derive(Debug)]
pub struct Watched {
    /// The store, the clock, what the loops have noted.
    pub desk: Arc<Desk>,
    /// The folders that are read, each with how often it is looked at.
    pub folders: Vec<(String, Duration)>,
    /// When each loop last moved.
    pub pulses: Pulses,
    /// For how long a loop that lives may not move.
    pub dead_after: Duration,
    /// Since when the loops run by the present configuration.
    pub since: Timestamp,
    /// What is counted.
    pub figures: Figures,
}

impl Watched {
    /// What the store knows, or why it does not answer.
    async fn vitals(&self) -> Result<Vitals, String> {
        let asked = self.desk.store.vitals(self.desk.clock.now());
        match tokio::time::timeout(ANSWER, asked).await {
            Ok(answer) => answer.map_err(|error| error.to_string()),
            Err(_) => Err(format!("no answer within {} s", ANSWER.as_secs())),
        }
    }
}

/// Answers until told to stop.
pub async fn serve(listener: TcpListener, watched: Watched, stop: CancellationToken) {
    let listener = match tokio::net::TcpListener::from_std(listener) {
        Ok(listener) => listener,
        Err(error) => {
            tracing::error!(%error, "health and metrics cannot be served");
            return stop.cancelled().await;
        }
    };
    let figures = watched.figures.clone();
    let upkeep = async {
        let mut times = interval(UPKEEP);
        loop {
            times.tick().await;
            figures.sum_up();
        }
    };
    let pages = Router::new()
        .route("/health", get(health))
        .route("/metrics", get(numbers))
        .with_state(Arc::new(watched));
    let serving = axum::serve(listener, pages).with_graceful_shutdown(stop.clone().cancelled_owned());
    tokio::select! {
        served = serving => if let Err(error) = served {
            tracing::error!(%error, "health and metrics are served no more");
        },
        () = upkeep => {}
    }
    stop.cancelled().await;
}

async fn health(State(watched): State<Arc<Watched>>) -> Response {
    let vitals = watched.vitals().await;
    let (well, text) = health::report(&watched, vitals.as_ref());
    let status = if well { StatusCode::OK } else { StatusCode::SERVICE_UNAVAILABLE };
    plain(status, "text/plain; charset=utf-8", text)
}

async fn numbers(State(watched): State<Arc<Watched>>) -> Response {
    let vitals = watched.vitals().await;
    let text = metrics::page(&watched, vitals.as_ref().ok());
    plain(StatusCode::OK, "text/plain; version=0.0.4; charset=utf-8", text)
}

fn plain(status: StatusCode, kind: &'static str, text: String) -> Response {
    (status, [(CONTENT_TYPE, kind), (CACHE_CONTROL, "no-store")], text).into_response()
}
