//! What is told to the supervisor that started the daemon, when it is systemd or speaks as it does (`sd_notify(3)`).

use std::time::Duration;

use sd_notify::NotifyState::{self, MonotonicUsec, Ready, Reloading, Status, Stopping, Watchdog};

/// The daemon works; `how` is shown by `systemctl status`.
pub(super) fn ready(how: &str) {
    tell(&[Ready, Status(how)]);
}

/// The configuration is read anew: [`ready`] follows.
pub(super) fn reloading() {
    // Without the time, systemd takes a reload for a failure (`sd_notify(3)`, RELOADING=1).
    let Ok(now @ MonotonicUsec(_)) = NotifyState::monotonic_usec_now() else { return };
    tell(&[Reloading, now, Status("reading the configuration anew")]);
}

/// The daemon ends.
pub(super) fn stopping(why: &str) {
    tell(&[Stopping, Status(why)]);
}

/// How the daemon does, when that has changed.
pub(super) fn status(how: &str) {
    tell(&[Status(how)]);
}

/// The daemon is alive.
pub(super) fn alive() {
    tell(&[Watchdog]);
}

/// How often [`alive`] is to be said: twice in the time after which the supervisor loses patience. None when it does not
/// ask.
pub(super) fn alive_every() -> Option<Duration> {
    sd_notify::watchdog_enabled().map(|limit| limit / 2).filter(|every| !every.is_zero())
}

fn tell(words: &[NotifyState<'_>]) {
    if let Err(error) = sd_notify::notify(words) {
        tracing::debug!(%error, "the supervisor cannot be told how the daemon does");
    }
}
