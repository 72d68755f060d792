//! What nobody may read: passwords in any output, whatever fails and however much is logged; and lines that a server or a
//! sender would like to write into the log.

use std::fs;

use data_encoding::BASE64;

use crate::harness::daemon::Daemon;
use crate::harness::dovecot::Dovecot;
use crate::harness::sink::{Options, Sink};

/// The secrets of the configuration, each unlike anything else.
const SECRETS: [(&str, &str); 3] = [
    ("password", "imap-MARKER-7301"),
    ("smtp-password", "smtp-MARKER-7302"),
    ("store-password", "store-MARKER-7303"),
];

/// A program whose accounts are imported, and then gets these servers and this store.
fn with_secrets(store: &str, servers: &str) -> Daemon {
    const MAILDIR: &str = "[[mailbox]]\nname = \"a\"\nmaildir = \"m\"\n[smtp]\nfolder = \"out\"\n";
    let daemon = Daemon::configure("sqlite:pairdesk.db", MAILDIR);
    for (file, secret) in SECRETS {
        fs::write(daemon.path(file), format!("{secret}\n")).unwrap();
    }
    let path = daemon.path("pairdesk.toml");
    let config = fs::read_to_string(&path).unwrap();
    let config = config.replace("\"debug\"", "\"trace\"").replace("url = \"sqlite:pairdesk.db\"", store);
    fs::write(path, config.replace(MAILDIR, servers)).unwrap();
    daemon
}

/// Fails when a secret stands in a text, as it is or as it goes over the wire.
fn holds_none(said: &str, user: &str) {
    for (_, secret) in SECRETS {
        let plain = format!("\0{user}\0{secret}");
        for shown in [secret.to_owned(), BASE64.encode(secret.as_bytes()), BASE64.encode(plain.as_bytes())] {
            assert!(!said.contains(&shown), "{shown} is shown:\n{said}");
        }
        assert!(!said.contains("MARKER"), "{said}");
    }
}

fn servers(imap: u16, smtp: u16) -> String {
    format!(
        "[[mailbox]]\nname = \"service\"\nhost = \"127.0.0.1\"\nport = {imap}\ntls = \"none\"\nuser = \"service@fjord.example\"\n\
         password = \"file:password\"\ntimeout = \"3s\"\npoll = \"1s\"\n[smtp]\nhost = \"127.0.0.1\"\nport = {smtp}\ntls = \"none\"\n\
         user = \"service@fjord.example\"\npassword = \"file:smtp-password\"\ntimeout = \"3s\"\n"
    )
}

fn both(daemon: &Daemon, arguments: &[&str]) -> String {
    let output = daemon.command(arguments);
    String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr)
}

#[test]
fn no_password_is_shown_when_servers_refuse_it_or_are_not_there_and_all_is_logged() {
    let dovecot = Dovecot::start();
    let sink = Sink::start_with(Options {
        login: Some(("service@fjord.example".to_owned(), "another".to_owned())),
        ..Options::default()
    });
    for (imap, smtp) in [(dovecot.imap, sink.port), (1, 1), (sink.port, dovecot.imap)] {
        let mut daemon = with_secrets("url = \"sqlite:pairdesk.db\"", &servers(imap, smtp));
        let checked = both(&daemon, &["check"]);
        assert!(checked.contains("WRONG"), "{checked}");
        holds_none(&checked, "service@fjord.example");
        daemon.start();
        daemon
            .until("the mailbox cannot be read", || daemon.log().contains("lost the mailbox").then_some(()));
        daemon.stop();
        holds_none(&daemon.log(), "service@fjord.example");
        holds_none(&both(&daemon, &["status"]), "service@fjord.example");
    }
}

#[test]
fn no_password_is_shown_when_the_database_is_not_there() {
    let store = "url = \"postgres://desk@127.0.0.1:1/desk\"\npassword = \"file:store-password\"";
    let daemon = with_secrets(store, &servers(1, 1));
    // Beside each other: each waits half a minute for the database.
    std::thread::scope(|scope| {
        for command in [&["check"][..], &["status"], &["run"], &["forget", "dana@acme.example", "--yes"]] {
            let daemon = &daemon;
            scope.spawn(move || {
                let said = both(daemon, command);
                assert!(said.contains("postgres"), "{said}");
                holds_none(&said, "desk");
            });
        }
    });
}

#[test]
fn a_password_that_stands_in_the_configuration_is_not_repeated() {
    let daemon = with_secrets("url = \"sqlite:pairdesk.db\"", &servers(1, 1));
    let path = daemon.path("pairdesk.toml");
    let config = fs::read_to_string(&path).unwrap();
    fs::write(path, config.replace("file:password", "imap-MARKER-7301")).unwrap();
    for command in ["check", "run", "status"] {
        let said = both(&daemon, &[command]);
        assert!(said.contains("stands in the configuration itself"), "{said}");
        holds_none(&said, "service@fjord.example");
    }
}
