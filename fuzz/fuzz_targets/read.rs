//! Any bytes give a message, and no word of its text is lost.
#![no_main]

use libfuzzer_sys::fuzz_target;

#[path = "../../src"]
#[allow(dead_code, unused_imports)]
mod room {
    pub mod message;
}

use room::message;

fn words(texts: &[&str]) -> Vec<String> {
    let mut words: Vec<String> = texts.iter().flat_map(|t| t.split_whitespace()).map(str::to_string).collect();
    words.sort();
    words
}

fuzz_target!(|raw: &[u8]| {
    let options = message::ReadOptions {
        authserv_ids: vec!["mx.firm.example".into()],
        own_addresses: vec!["service@firm.example".into()],
    };
    let read = message::read(raw, &options);
    assert_eq!(words(&[&read.text]), words(&[&read.reply, &read.quoted, &read.signature]));
    message::Conversations::default().add(&read);
});
