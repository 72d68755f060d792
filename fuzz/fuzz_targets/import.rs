//! Any file is read as accounts or refused with places, and what is read passes what is asked of accounts.
#![no_main]

use libfuzzer_sys::fuzz_target;

#[path = "../../src"]
#[allow(dead_code, unused_imports)]
mod room {
    pub mod case;
    pub mod directory;
    pub mod message;
    pub mod money;
}

use room::{case, directory, message, money};

fuzz_target!(|bytes: &[u8]| {
    let firm = directory::Firm {
        name: "Firm".into(),
        address: "service@firm.example".into(),
        domains: vec!["firm.example".into()],
        timezone: "Europe/Berlin".into(),
        language: "en".into(),
        ..directory::Firm::default()
    };
    for file in ["accounts.csv", "accounts.toml"] {
        match directory::import::read(file, bytes, &firm) {
            Ok(imported) => {
                for account in &imported.accounts {
                    assert!(!account.key.is_empty() && !account.key.contains(char::is_whitespace));
                    assert!(account.people().all(|person| !person.address.contains(['\r', '\n'])));
                    assert!(account.addresses.iter().all(|address| !address.contains(['\r', '\n'])));
                }
            }
            Err(problems) => assert!(!problems.is_empty()),
        }
    }
});
