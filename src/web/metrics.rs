//! Figures in the words of Prometheus (text format 0.0.4).

use std::fmt::Write as _;
use std::sync::OnceLock;

use metrics::{describe_counter, describe_histogram};
use metrics_exporter_prometheus::{Matcher, PrometheusBuilder, PrometheusHandle};

use super::Watched;
use crate::store::Vitals;

/// The bounds of the histogram of classifying, in seconds.
const SECONDS: [f64; 10] = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 10.0];

/// What is counted since the program started. Clones share it.
#[derive(Debug, Clone)]
pub struct Figures(PrometheusHandle);

impl Figures {
    /// Counts from now on, where nobody did before.
    pub fn counting() -> Self {
        static COUNTING: OnceLock<PrometheusHandle> = OnceLock::new();
        let begin = || {
            let seconds = Matcher::Full("pairdesk_classify_seconds".to_owned());
            let builder = PrometheusBuilder::new().set_buckets_for_metric(seconds, &SECONDS);
            let recorder = builder.expect("there are bounds").build_recorder();
            let handle = recorder.handle();
            // Another one may be there in a test's process; then this one counts nothing.
            drop(metrics::set_global_recorder(recorder));
            describe();
            handle
        };
        Self(COUNTING.get_or_init(begin).clone())
    }

    /// Sums up what was measured since the last time, so that it takes no room.
    pub(super) fn sum_up(&self) {
        self.0.run_upkeep();
    }
}

fn describe() {
    describe_counter!("pairdesk_mails_total", "Mails taken in since the start, by mailbox and disposition.");
    describe_counter!(
        "pairdesk_sends_total",
        "Attempts to send since the start, by sort of mail and result."
    );
    describe_counter!("pairdesk_store_errors_total", "Failures of the database since the start, by kind.");
    describe_counter!("pairdesk_reloads_total", "New configurations since the start, by result.");
    describe_histogram!("pairdesk_classify_seconds", "How long the model took over a mail.");
}

/// All figures: what is counted, and how everything stands now. Without the latter when the database does not answer.
pub(super) fn page(watched: &Watched, vitals: Option<&Vitals>) -> String {
    let mut text = watched.figures.0.render();
    let now = watched.desk.clock.now();
    let version = label("version", env!("CARGO_PKG_VERSION"));
    gauge(&mut text, "pairdesk_build_info", "The program.", [(version, 1)]);
    let up = [(String::new(), i64::from(vitals.is_some()))];
    gauge(&mut text, "pairdesk_database_up", "Whether the database answers.", up);
    let still = watched.pulses.stillest().map_or(0, |(_, still)| still.as_secs());
    let still = [(String::new(), i64::try_from(still).unwrap_or(i64::MAX))];
    gauge(&mut text, "pairdesk_loop_still_seconds", "For how long the stillest loop has not moved.", still);
    let ticked = watched.desk.last_tick().map(|at| (String::new(), at.as_second()));
    gauge(&mut text, "pairdesk_clock_timestamp_seconds", "When what is due was last looked at.", ticked);
    let Some(vitals) = vitals else { return text };
    let folders = || {
        let of = |name: &str| vitals.mailboxes.iter().find(|mailbox| mailbox.mailbox == name);
        watched.folders.iter().filter_map(move |(name, _)| Some((label("mailbox", name), of(name)?)))
    };
    let looks = folders().filter_map(|(label, mailbox)| Some((label, mailbox.last_ok_at?.as_second())));
    gauge(&mut text, "pairdesk_mailbox_look_timestamp_seconds", "When a folder was last looked at.", looks);
    let failing = folders().map(|(label, mailbox)| {
        let failed = mailbox.last_error_at.filter(|at| mailbox.last_ok_at.is_none_or(|ok| ok < *at));
        (label, i64::from(failed.is_some()))
    });
    gauge(&mut text, "pairdesk_mailbox_failing", "Whether the last look at a folder failed.", failing);
    let unread = [(String::new(), number(vitals.unread.0))];
    gauge(&mut text, "pairdesk_mails_waiting", "Stored mails that wait to be read.", unread);
    let states = vitals.outbox.iter().map(|(state, count)| (label("state", state.key()), number(*count)));
    gauge(&mut text, "pairdesk_outbox", "Outgoing mails that are not sent, by state.", states);
    let age = vitals.due.1.map_or(0, |at| now.duration_since(at).as_secs().max(0));
    let age = [(String::new(), age)];
    gauge(&mut text, "pairdesk_outbox_oldest_due_seconds", "The age of the oldest mail that is due.", age);
    let cases = vitals.cases.iter().map(|(kind, count)| (label("kind", kind.key()), number(*count)));
    gauge(&mut text, "pairdesk_cases_open", "Unfinished cases, by kind.", cases);
    text
}

fn number(count: u64) -> i64 {
    i64::try_from(count).unwrap_or(i64::MAX)
}

/// `{name="value"}`.
fn label(name: &str, value: &str) -> String {
    let value = value.replace('\\', "\\\\").replace('"', "\\\"").replace('\n', "\\n");
    format!("{{{name}=\"{value}\"}}")
}

fn gauge(text: &mut String, name: &str, help: &str, values: impl IntoIterator<Item = (String, i64)>) {
    // Writing to a text cannot fail.
    let _ = writeln!(text, "# HELP {name} {help}\n# TYPE {name} gauge");
    for (labels, value) in values {
        let _ = writeln!(text, "{name}{labels} {value}");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_label_ends_where_it_should_whatever_a_folder_is_called() {
        assert_eq!(label("mailbox", "service/In\"box\\\n"), r#"{mailbox="service/In\"box\\\n"}"#);
    }
}
