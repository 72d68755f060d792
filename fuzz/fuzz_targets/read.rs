//! Any bytes give a message, and no letter of its text is lost.
#![no_main]

use libfuzzer_sys::fuzz_target;

#[path = "../../src"]
#[allow(dead_code, unused_imports)]
mod room {
    pub mod message;
}

use room::message;

fn letters(texts: &[&str]) -> Vec<char> {
    let mut letters: Vec<char> = texts.iter().flat_map(|t| t.chars()).filter(|c| !c.is_whitespace()).collect();
    letters.sort_unstable();
    letters
}

/// Made once: its patterns take longer than a mail.
static DANA: std::sync::LazyLock<message::Person> = std::sync::LazyLock::new(|| {
    message::Person::new(&["dana@acme.example".into()], ["Dana Ruiz"], &Default::default(), [])
});

fuzz_target!(|raw: &[u8]| {
    let options = message::ReadOptions {
        authserv_ids: vec!["mx.firm.example".into()],
        own_addresses: vec!["service@firm.example".into()],
    };
    let mut read = message::read(raw, &options);
    assert_eq!(letters(&[&read.text]), letters(&[&read.reply, &read.quoted, &read.signature]));
    // As if the writer's last mail had ended as this one does.
    let earlier = [message::closing(&read)];
    message::cut_seen(&mut read, &earlier);
    assert_eq!(letters(&[&read.text]), letters(&[&read.reply, &read.quoted, &read.signature]));
    message::Conversations::default().add(&read);
    // What an erasure looks for: put out, it is not there any more.
    for text in message::texts(raw).texts {
        if let Some(left) = DANA.put_out(&text, message::Where::Near) {
            assert!(!DANA.stands_in(&left, message::Where::Elsewhere), "{left}");
        }
    }
});
