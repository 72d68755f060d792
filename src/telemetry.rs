//! The log: to standard error, an event a line, with every mail address in it masked.

mod line;

use std::io::{self, IsTerminal as _, Write};
use std::sync::OnceLock;

use tracing_subscriber::fmt::MakeWriter;
use tracing_subscriber::fmt::{format, layer};
use tracing_subscriber::layer::SubscriberExt as _;
use tracing_subscriber::util::SubscriberInitExt as _;
use tracing_subscriber::{EnvFilter, Layer as _, reload};

use crate::config::{Log, LogFormat};
use line::{Prefixed, json, one_line};

/// Changes the level of the log that was started.
static CHANGE: OnceLock<Box<dyn Fn(tracing::Level) + Send + Sync>> = OnceLock::new();

/// Logs to standard error from this level on; of the libraries only what they warn of. The journal of systemd gets the
/// priority of each line, and no time of ours.
pub fn start(log: Log, journal: bool) {
    let terminal = io::stderr().is_terminal();
    let events = layer().log_internal_errors(false);
    let events = match log.format {
        LogFormat::Text if journal => {
            let lines = format().without_time().with_level(false).with_ansi(false);
            let writer = Masking::new(io::stderr, Form::Text { colours: false });
            events.with_ansi(false).event_format(Prefixed(lines)).with_writer(writer).boxed()
        }
        LogFormat::Text => {
            let writer = Masking::new(io::stderr, Form::Text { colours: terminal });
            events.with_ansi(terminal).with_writer(writer).boxed()
        }
        LogFormat::Json => {
            let events = events.json().flatten_event(true).with_current_span(false).with_span_list(false);
            events.with_writer(Masking::new(io::stderr, Form::Json)).boxed()
        }
    };
    let (filtering, change) = reload::Layer::new(filter(log.level));
    // It fails only when the log is gone.
    CHANGE.get_or_init(|| Box::new(move |level| drop(change.reload(filter(level)))));
    tracing_subscriber::registry().with(filtering).with(events).init();
}

/// Logs from this level on, from now on.
pub fn level(level: tracing::Level) {
    if let Some(change) = CHANGE.get() {
        change(level);
    }
}

fn filter(level: tracing::Level) -> EnvFilter {
    let libraries = level.min(tracing::Level::WARN);
    EnvFilter::new(format!("{libraries},pairdesk={level}"))
}

/// What an event is written as.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Form {
    /// A line for people.
    Text {
        /// Whether a terminal shows it in colours.
        colours: bool,
    },
    /// An object of JSON (RFC 8259).
    Json,
}

/// A way to write a log that masks the addresses in it. What servers say names clients, and nobody can tell in advance
/// where: so the last door masks, not each place that logs.
#[derive(Debug, Clone, Copy)]
pub struct Masking<M> {
    to: M,
    form: Form,
}

impl<M> Masking<M> {
    /// Masks what is written to this place in this form.
    pub fn new(to: M, form: Form) -> Self {
        Self { to, form }
    }
}

impl<'a, M: MakeWriter<'a>> MakeWriter<'a> for Masking<M> {
    type Writer = Masked<M::Writer>;

    fn make_writer(&'a self) -> Self::Writer {
        Masked { to: self.to.make_writer(), form: self.form }
    }
}

/// A writer of whole lines that masks the addresses in them.
#[derive(Debug)]
pub struct Masked<W> {
    to: W,
    form: Form,
}

impl<W: Write> Write for Masked<W> {
    /// The subscriber writes an event in one piece.
    fn write(&mut self, event: &[u8]) -> io::Result<usize> {
        let text = String::from_utf8_lossy(event);
        let line = match self.form {
            Form::Text { colours } => one_line(&masked(&text), colours),
            Form::Json => json(&text),
        };
        self.to.write_all(line.as_bytes())?;
        Ok(event.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        self.to.flush()
    }
}

/// The text with only the first character of each address's local part: `d***@acme.example`. Enough to find the mail
/// by its domain, too little to write to the person.
pub fn masked(text: &str) -> String {
    let mut shown = String::with_capacity(text.len());
    let mut parts = text.split('@').peekable();
    while let Some(part) = parts.next() {
        let Some(after) = parts.peek() else {
            shown.push_str(part);
            break;
        };
        let address = after.starts_with(|c: char| c.is_alphanumeric() || c == '[');
        let local = if address { local_part(part) } else { "" };
        shown.push_str(&part[..part.len() - local.len()]);
        if let Some(first) = local.chars().next() {
            shown.push(first);
            shown.push_str("***");
        }
        shown.push('@');
    }
    shown
}

/// The end of a text that can be a local part (RFC 5321 §4.1.2, without `/` and `|`, which part other things in a log).
fn local_part(text: &str) -> &str {
    if let Some(quoted) = text.strip_suffix('"') {
        return &text[quoted.rfind('"').unwrap_or(quoted.len())..];
    }
    let allowed = |c: char| c.is_alphanumeric() || ".!#$%&'*+-=?^_`{}~".contains(c);
    let start = text.char_indices().rev().take_while(|(_, c)| allowed(*c)).last();
    let local = start.map_or("", |(start, _)| &text[start..]);
    // The end of a colour of the terminal: "ESC [ 0 m".
    let colour = text[..text.len() - local.len()].ends_with("\u{1b}[");
    local.find('m').filter(|_| colour).map_or(local, |end| &local[end + 1..])
}

#[cfg(test)]
mod tests {
    use std::sync::{Arc, Mutex, PoisonError};

    use super::*;

    #[test]
    fn of_an_address_only_the_first_character_and_the_domain_are_shown() {
        for (text, shown) in [
            ("550 5.1.1 <dana@acme.example>: no such user", "550 5.1.1 <d***@acme.example>: no such user"),
            ("dana.ruiz+x@acme.example", "d***@acme.example"),
            ("a@b.example,c@d.example a@b@c", "a***@b.example,c***@d.example a***@b***@c"),
            ("bounces+dana=acme.example@us.example", "b***@us.example"),
            ("o'brien@[10.0.0.5]", "o***@[10.0.0.5]"),
            ("zoë@acme.example é@acme.example", "z***@acme.example é***@acme.example"),
            ("\"dana ruiz\"@acme.example", "\"***@acme.example"),
            ("postgres://desk@db/pairdesk", "postgres://d***@db/pairdesk"),
            ("mail \u{1b}[3mto\u{1b}[0mdana@acme.example", "mail \u{1b}[3mto\u{1b}[0md***@acme.example"),
            ("an @ alone, @home, x@ and @", "an @ alone, @home, x@ and @"),
            ("nothing", "nothing"),
            ("", ""),
        ] {
            assert_eq!(masked(text), shown);
        }
    }

    #[derive(Clone, Default)]
    struct Kept(Arc<Mutex<Vec<u8>>>);

    impl Write for Kept {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.0.lock().unwrap_or_else(PoisonError::into_inner).extend(bytes);
            Ok(bytes.len())
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    /// What an event with addresses and line ends in its fields is written as.
    fn logged(form: Form) -> String {
        let kept = Kept::default();
        let writer = kept.clone();
        let masking = Masking::new(move || writer.clone(), form);
        let logging = tracing_subscriber::fmt().with_ansi(form == Form::Text { colours: true });
        let say = || {
            let reason = "550 <dana@acme.example>: gone".to_owned();
            let error = "to dana@acme.example\r\nERROR pairdesk: all is lost \u{1b}[2J\u{1b}]0;\"@home \u{7}";
            tracing::error!(reason, error = %error, at = "@acme.example", "dana@acme.example did not get it");
            tracing::info!("the next");
        };
        if form == Form::Json {
            let logging = logging.json().flatten_event(true).with_writer(masking).finish();
            tracing::subscriber::with_default(logging, say);
        } else {
            tracing::subscriber::with_default(logging.with_writer(masking).finish(), say);
        }
        String::from_utf8(kept.0.lock().unwrap().clone()).unwrap()
    }

    #[test]
    fn what_is_logged_names_nobody_and_an_event_is_one_line_whatever_a_server_says() {
        for form in [Form::Text { colours: false }, Form::Text { colours: true }, Form::Json] {
            let log = logged(form);
            assert!(!log.contains("dana"), "{log}");
            assert_eq!(log.matches("d***@acme.example").count(), 3, "{log}");
            assert_eq!(log.lines().count(), 2, "{log}");
            assert!(!log.contains(['\r', '\u{7}']) && log.ends_with('\n'), "{log}");
            assert!(!log.contains("\u{1b}[2J") && !log.contains("\u{1b}]"), "{log}");
        }
    }

    #[test]
    fn a_line_of_json_is_an_object_whose_texts_are_masked_each_by_itself() {
        let log = logged(Form::Json);
        let lines: Vec<serde_json::Value> =
            log.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
        assert_eq!(lines[0]["level"], "ERROR");
        assert_eq!(lines[0]["message"], "d***@acme.example did not get it");
        assert_eq!(lines[0]["reason"], "550 <d***@acme.example>: gone");
        assert_eq!(lines[0]["at"], "@acme.example");
        assert!(lines[0]["timestamp"].is_string() && lines[1]["message"] == "the next");
    }

    #[test]
    fn the_journal_gets_the_priority_of_each_line_and_no_second_time() {
        let kept = Kept::default();
        let writer = kept.clone();
        let lines = format().without_time().with_level(false).with_ansi(false);
        let masking = Masking::new(move || writer.clone(), Form::Text { colours: false });
        let logging = tracing_subscriber::fmt().event_format(Prefixed(lines)).with_writer(masking).finish();
        tracing::subscriber::with_default(logging, || {
            tracing::error!(mails = 3, "the disk is full");
            tracing::warn!("slow");
            tracing::info!("started");
        });
        let log = String::from_utf8(kept.0.lock().unwrap().clone()).unwrap();
        let lines: Vec<_> = log.lines().collect();
        assert!(
            lines[0].starts_with("<3>pairdesk::telemetry") && lines[0].ends_with("the disk is full mails=3"),
            "{log}"
        );
        assert!(lines[1].starts_with("<4>") && lines[2].starts_with("<6>"), "{log}");
    }
}
