//! Any text is read as commands, notes and misunderstandings, and no letter of it is lost.
#![no_main]

use libfuzzer_sys::fuzz_target;

#[path = "../../src"]
#[allow(dead_code, unused_imports)]
mod room {
    pub mod case;
    pub mod day;
    pub mod message;
    pub mod money;
    pub mod command {
        mod read;
        mod spoken;
        pub use read::read;
        pub use spoken::*;
    }
}

use room::{case, command, day, message, money};

fn letters(text: &str) -> impl Iterator<Item = char> + '_ {
    text.chars().filter(|c| !c.is_whitespace())
}

fuzz_target!(|text: &str| {
    let now: jiff::Zoned = "2026-11-25T09:30[Europe/Berlin]".parse().unwrap();
    let context = command::Context { now, day_first: text.len() % 2 == 0, currency: "EUR".into() };
    let spoken = command::read(text, &context);
    assert!(letters(text).eq(spoken.items.iter().flat_map(|item| letters(&item.words))));
    assert_eq!(spoken, command::read(text, &context));
});
