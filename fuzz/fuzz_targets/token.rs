//! Nothing but a token that was made by a key of ours, for this owner, is read as one.
#![no_main]

use libfuzzer_sys::fuzz_target;

#[path = "../../src"]
#[allow(dead_code, unused_imports)]
mod room {
    pub mod message;
    pub mod token;
}

use room::{message, token};

fuzz_target!(|text: &str| {
    let now: jiff::Timestamp = "2026-11-25T09:30:00Z".parse().unwrap();
    let keys = token::Keys::new(vec![token::Key { id: 1, bytes: [7; 32] }]);
    let own = keys.token("kim@firm.example", token::About::Case(5), now).unwrap();
    let read = keys.read(text, "kim@firm.example", now);
    assert!(read.is_err() || text.eq_ignore_ascii_case(&own) || text.len() == token::LENGTH);
    assert!(keys.read(text, "lee@firm.example", now).is_err());
});
