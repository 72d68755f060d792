//! One event, one line: for people, for programs, and for the journal of systemd.

use std::fmt;

use serde_json::Value;
use tracing::{Event, Level, Subscriber};
use tracing_subscriber::fmt::format::Writer;
use tracing_subscriber::fmt::{FmtContext, FormatEvent, FormatFields};
use tracing_subscriber::registry::LookupSpan;

use super::masked;

/// A line with its priority before it, as the journal reads it (sd-daemon(3)): `<3>` is an error.
pub struct Prefixed<F>(pub F);

impl<S, N, F> FormatEvent<S, N> for Prefixed<F>
where
    S: Subscriber + for<'a> LookupSpan<'a>,
    N: for<'a> FormatFields<'a> + 'static,
    F: FormatEvent<S, N>,
{
    fn format_event(
        &self,
        context: &FmtContext<'_, S, N>,
        mut writer: Writer<'_>,
        event: &Event<'_>,
    ) -> fmt::Result {
        let priority = match *event.metadata().level() {
            Level::ERROR => 3,
            Level::WARN => 4,
            Level::INFO => 6,
            _ => 7,
        };
        write!(writer, "<{priority}>")?;
        self.0.format_event(context, writer, event)
    }
}

/// An event without control characters, so that nothing in it can pass for a second event or steer a terminal; where
/// there are colours, colours alone stay.
pub fn one_line(event: &str, colours: bool) -> String {
    let event = event.strip_suffix('\n').unwrap_or(event);
    let mut line = String::with_capacity(event.len() + 1);
    for (at, c) in event.char_indices() {
        let stays = !c.is_control() || (colours && is_colour(&event[at..]));
        line.push(if stays { c } else { ' ' });
    }
    line.push('\n');
    line
}

/// Whether a text begins with "ESC [ 0 m" or the like (ECMA-48 §8.3.117).
fn is_colour(text: &str) -> bool {
    let parameters = text
        .strip_prefix("\u{1b}[")
        .map(|rest| rest.trim_start_matches(|c: char| c.is_ascii_digit() || c == ';'));
    parameters.is_some_and(|rest| rest.starts_with('m'))
}

/// An event of JSON whose texts are masked, each by itself: across its quotes, they would not stay JSON.
pub fn json(event: &str) -> String {
    let Ok(mut value) = serde_json::from_str(event) else { return one_line(&masked(event), false) };
    mask(&mut value);
    format!("{value}\n")
}

fn mask(value: &mut Value) {
    match value {
        Value::String(text) => *text = masked(text),
        Value::Array(values) => values.iter_mut().for_each(mask),
        Value::Object(fields) => fields.values_mut().for_each(mask),
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}
