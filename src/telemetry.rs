//! The log: to standard error, a readable line each, with every mail address in it masked.

use std::io::{self, IsTerminal as _, Write};
use std::sync::OnceLock;

use tracing_subscriber::EnvFilter;
use tracing_subscriber::fmt::MakeWriter;

/// Changes the level of the log that was started.
static CHANGE: OnceLock<Box<dyn Fn(tracing::Level) + Send + Sync>> = OnceLock::new();

/// Logs to standard error from this level on; of the libraries only what they warn of.
pub fn start(level: tracing::Level) {
    let builder = tracing_subscriber::fmt()
        .with_env_filter(filter(level))
        .with_writer(Masking(io::stderr))
        .with_ansi(io::stderr().is_terminal())
        .log_internal_errors(false)
        .with_filter_reloading();
    let filtering = builder.reload_handle();
    // It fails only when the log is gone.
    CHANGE.get_or_init(|| Box::new(move |level| drop(filtering.reload(filter(level)))));
    builder.init();
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

/// A way to write a log that masks the addresses in it. What servers say names clients, and nobody can tell in advance
/// where: so the last door masks, not each place that logs.
#[derive(Debug, Clone, Copy)]
pub struct Masking<M>(pub M);

impl<'a, M: MakeWriter<'a>> MakeWriter<'a> for Masking<M> {
    type Writer = Masked<M::Writer>;

    fn make_writer(&'a self) -> Self::Writer {
        Masked(self.0.make_writer())
    }
}

/// A writer of whole lines that masks the addresses in them.
#[derive(Debug)]
pub struct Masked<W>(W);

impl<W: Write> Write for Masked<W> {
    /// The subscriber writes an event in one piece.
    fn write(&mut self, event: &[u8]) -> io::Result<usize> {
        self.0.write_all(masked(&String::from_utf8_lossy(event)).as_bytes())?;
        Ok(event.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        self.0.flush()
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

    #[test]
    fn what_is_logged_names_nobody() {
        let kept = Kept::default();
        let writer = kept.clone();
        let subscriber = tracing_subscriber::fmt().with_writer(Masking(move || writer.clone())).finish();
        tracing::subscriber::with_default(subscriber, || {
            let reason = "550 <dana@acme.example>: gone".to_owned();
            tracing::error!(reason, error = %"to dana@acme.example", "dana@acme.example did not get it");
        });
        let log = String::from_utf8(kept.0.lock().unwrap().clone()).unwrap();
        assert!(!log.contains("dana"), "{log}");
        assert_eq!(log.matches("d***@acme.example").count(), 3, "{log}");
    }
}
