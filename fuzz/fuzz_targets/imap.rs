//! Whatever a server says is cut into responses or refused, within the sizes that are permitted, and folder names come
//! back as they were.
#![no_main]

use std::time::Duration;

use libfuzzer_sys::fuzz_target;

#[path = "../../src"]
#[allow(dead_code, unused_imports)]
mod room {
    pub mod mailbox {
        pub mod fetch;
        pub mod folder_name;
        pub mod status;
        pub mod wire;

        /// What stands in src/mailbox.rs, as far as the wire needs it.
        #[derive(Debug)]
        pub struct MailboxError(pub String);

        impl MailboxError {
            fn network(text: impl Into<String>) -> Self {
                Self(text.into())
            }

            fn throttled(text: impl Into<String>) -> Self {
                Self(text.into())
            }
        }

        /// Reads all that a server says in answer to a command.
        pub async fn hear(said: &[u8], silence: std::time::Duration) -> usize {
            let stream = tokio::io::join(std::io::Cursor::new(said.to_vec()), tokio::io::sink());
            let mut wire = wire::Wire::new(Box::new(stream), silence);
            let (mut mails, mut most) = (std::collections::HashMap::new(), 0);
            while let Ok(response) = wire.response(super::super::LARGEST).await {
                if let wire::Response::Data(tokens) = &response {
                    most = most.max(tokens.iter().map(size).max().unwrap_or(0));
                }
                fetch::collect(response, &[1, 2, 3], &mut mails);
            }
            most
        }

        fn size(token: &wire::Token) -> usize {
            match token {
                wire::Token::Text(text) => text.len(),
                _ => 0,
            }
        }

        /// A folder's name, from the wire and back.
        pub fn named(wire: &str) -> (String, String) {
            let name = folder_name::decode(wire);
            (folder_name::on_the_wire(&name), name)
        }
    }
}

const LARGEST: u64 = 1 << 12;

fuzz_target!(|said: &[u8]| {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap();
    let most = runtime.block_on(room::mailbox::hear(said, Duration::from_secs(5)));
    assert!(most <= said.len(), "no text is longer than what was said");
    if let Ok(text) = std::str::from_utf8(said) {
        let (wire, name) = room::mailbox::named(text);
        assert!(wire.starts_with('"') && wire.ends_with('"'));
        assert_eq!(room::mailbox::named(wire.trim_matches('"')).1.is_empty(), name.is_empty());
    }
});
