//! Ports for servers that cannot be handed a listener.

use std::net::TcpListener;
use std::sync::LazyLock;
use std::sync::atomic::{AtomicU32, Ordering};

/// Below those that the system gives to whoever asks for any (32,768 and above on Linux), so that nobody gets one between
/// our choice and the server's start.
const FIRST: u32 = 10_000;
const COUNT: u32 = 20_000;

/// A port that nobody listens on, and that no other test of this process is given. Other processes begin elsewhere.
pub fn free() -> u16 {
    static NEXT: LazyLock<AtomicU32> = LazyLock::new(|| {
        let begin = std::process::id().wrapping_mul(769) % COUNT;
        AtomicU32::new(begin)
    });
    loop {
        let port = u16::try_from(FIRST + NEXT.fetch_add(1, Ordering::Relaxed) % COUNT).unwrap();
        if TcpListener::bind(("127.0.0.1", port)).is_ok() {
            return port;
        }
    }
}
