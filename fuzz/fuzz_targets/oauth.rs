//! Whatever a provider answers is tokens, a device's code or a refusal; no pause and no length is longer than is believed.
#![no_main]

use libfuzzer_sys::fuzz_target;

#[path = "../../src"]
#[allow(dead_code, unused_imports)]
mod room {
    pub mod oauth;
    pub mod server;
}

use room::{oauth, server};

fuzz_target!(|bytes: &[u8]| {
    let now: jiff::Timestamp = "2026-11-25T09:30:00Z".parse().unwrap();
    let (status, body) = bytes.split_at(bytes.len().min(1));
    let status = [200, 400, 401, 429, 500][usize::from(status.first().copied().unwrap_or(0)) % 5];
    let retry_after = String::from_utf8_lossy(&body[..body.len().min(40)]).into_owned();
    let answer = oauth::Answer { status, retry_after: Some(retry_after), body: body.to_vec() };
    if let Ok(granted) = oauth::granted(&answer, now) {
        assert!(!granted.access.is_empty() && granted.lasts.as_hours() <= 366 * 24);
        assert!(!granted.access.expose().contains(['\r', '\n', '\u{1}']), "it goes into a login");
    }
    if let Ok(code) = oauth::device_code(&answer, now) {
        assert!(!code.user_code.contains(char::is_control) && !code.url.contains(char::is_control));
    }
    assert!(oauth::retry_after(answer.retry_after.as_deref(), now).is_none_or(|pause| pause.as_secs() <= 3600));
});
