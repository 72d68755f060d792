//! Logins by OAuth2 against a local provider and a real Dovecot: each flow end to end, and tokens that end, are replaced,
//! revoked or delayed in the middle of a run.

use std::io::{BufRead, BufReader, Write};
use std::process::{Command, Stdio};
use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};
use pairdesk::clock::{Clock, SetClock};
use pairdesk::config::{Config, Secret};
use pairdesk::mailbox::{self, Source};
use pairdesk::oauth::Login;
use pairdesk::outbox::FailureKind;
use pairdesk::store::{OutboxState, Store};
use pairdesk::worker::tokens::{Keeper, look};

use crate::harness::daemon::{Daemon, FIRM, smtp as plain_smtp};
use crate::harness::dovecot::{Dovecot, PASSWORD};
use crate::harness::port;
use crate::harness::postgres;
use crate::harness::provider::{APP, Odd, Person, Provider, SECRET};
use crate::harness::sink::Sink;

const USER: &str = "service@fjord.example";
const START: &str = "2026-11-05T08:00:00Z";

/// A mailbox on this server whose tokens come from the provider.
fn mailbox_table(dovecot: &Dovecot, provider: &Provider, name: &str, user: &str, flow: &str) -> String {
    format!(
        "[[mailbox]]\nname = \"{name}\"\nhost = \"localhost\"\nport = {}\nca_file = \"{}\"\nuser = \"{user}\"\n\
         since = \"2020-01-01\"\n{}",
        dovecot.imaps,
        dovecot.certificate().display(),
        provider.table("mailbox", flow, "")
    )
}

/// Submission on this port, by the tokens of the mailbox `service`.
fn submission_table(dovecot: &Dovecot, port: u16) -> String {
    format!(
        "[smtp]\nhost = \"localhost\"\nport = {port}\ntls = \"starttls\"\nca_file = \"{}\"\nuser = \"{USER}\"\n\
         [smtp.oauth]\nmailbox = \"service\"\n",
        dovecot.certificate().display()
    )
}

/// A configuration with the files that it names.
struct Desk {
    _folder: tempfile::TempDir,
    config: Config,
    url: String,
}

impl Desk {
    fn new(store: &str, rest: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("secret"), SECRET).unwrap();
        std::fs::write(folder.path().join("password"), PASSWORD).unwrap();
        let text = format!("{FIRM}\n[store]\nurl = \"{store}\"\n{rest}");
        let config = Config::parse("pairdesk.toml", &text, folder.path(), |_| None)
            .unwrap_or_else(|problems| panic!("{problems:#?}\n{text}"));
        let url = config.store_url();
        Self { _folder: folder, config, url }
    }

    /// With the flow of a person, and this provider alone.
    fn person(store: &str, provider: &Provider) -> Self {
        let table = provider.table("mailbox", "device", "");
        let mailbox =
            format!("[[mailbox]]\nname = \"service\"\nhost = \"localhost\"\nuser = \"{USER}\"\n{table}");
        Self::new(store, &(mailbox + &plain_smtp(25)))
    }

    async fn store(&self) -> Store {
        Store::open(&self.url).await.unwrap()
    }

    fn login(&self) -> Arc<Login> {
        self.config.logins().remove(0)
    }

    /// What a person who logs in leaves in the store.
    async fn logged_in(&self, store: &Store, refresh: &str, now: Timestamp) {
        let granted = pairdesk::oauth::Granted {
            access: Secret::new("none yet"),
            lasts: SignedDuration::ZERO,
            refresh: Some(Secret::new(refresh)),
            refresh_lasts: None,
        };
        let login = self.login();
        store.logged_in(&login.name, &login.fingerprint(), &granted, now).await.unwrap();
    }
}

fn clock() -> (Arc<SetClock>, Timestamp) {
    let start: Timestamp = START.parse().unwrap();
    (Arc::new(SetClock::new(start)), start)
}

fn stores() -> [String; 2] {
    ["sqlite:pairdesk.db".to_owned(), postgres::fresh_database()]
}

fn mail(to: &str) -> pairdesk::effect::OutgoingMail {
    pairdesk::effect::OutgoingMail {
        message_id: "one@fjord.example".to_owned(),
        envelope_from: Some(USER.to_owned()),
        envelope_to: to.to_owned(),
        subject: "Hello".to_owned(),
        bytes: b"Subject: Hello\r\n\r\nText\r\n".to_vec(),
        fallen_back: None,
    }
}

#[tokio::test]
async fn the_application_opens_the_mailbox_and_sends_by_either_mechanism() {
    for mechanism in ["xoauth2", "oauthbearer"] {
        let (provider, sink, port) = (Provider::start(USER), Sink::start(), port::free());
        let mut dovecot = Dovecot::start_with(&provider.dovecot(mechanism, port, sink.port));
        let tables = mailbox_table(&dovecot, &provider, "service", USER, "client_credentials")
            + &submission_table(&dovecot, port);
        let desk = Desk::new("sqlite:pairdesk.db", &tables);
        let tokens = Keeper::new(desk.store().await, Clock::System);
        let Source::Imap(settings) = desk.config.sources(&tokens).remove(0) else { panic!() };
        let findings = mailbox::probe(&Source::Imap(settings.clone())).await;
        assert!(findings.iter().all(|finding| finding.good), "{mechanism}: {findings:?}");
        let transport = desk.config.transport(&tokens);
        transport.send(&mail("kim@fjord.example")).await.unwrap();
        assert_eq!(sink.accepted().len(), 1);
        let questions = provider.questions("/token");
        assert_eq!(questions.len(), 1, "IMAP and SMTP share a token");
        assert_eq!(questions[0]["grant_type"], "client_credentials");
        assert_eq!((&*questions[0]["client_id"], &*questions[0]["client_secret"]), (APP, SECRET));

        // In the middle of the run the tokens are revoked: a new one is fetched, once for both.
        let mut session = Source::Imap(settings).sessions().remove(0);
        let cursor = session.sync_start(None, Clock::System.now()).await.unwrap().cursor;
        provider.revoke_access();
        dovecot.restart();
        session.next_batch(&cursor, 10, 1 << 20).await.unwrap_err();
        session.sync_start(None, Clock::System.now()).await.unwrap();
        transport.send(&mail("kim@fjord.example")).await.unwrap();
        assert_eq!(provider.questions("/token").len(), 2);
        provider.revoke_access();
        transport.send(&mail("kim@fjord.example")).await.unwrap();
        assert_eq!((provider.questions("/token").len(), sink.accepted().len()), (3, 3));
    }
}

#[tokio::test]
async fn a_token_for_another_s_mailbox_is_refused_after_one_new_one_and_never_shown() {
    let (provider, sink, port) = (Provider::start("other@fjord.example"), Sink::start(), port::free());
    let dovecot = Dovecot::start_with(&provider.dovecot("xoauth2", port, sink.port));
    let tables = mailbox_table(&dovecot, &provider, "service", USER, "client_credentials")
        + &submission_table(&dovecot, port);
    let desk = Desk::new("sqlite:pairdesk.db", &tables);
    let tokens = Keeper::new(desk.store().await, Clock::System);
    let findings = mailbox::probe(&desk.config.sources(&tokens)[0]).await;
    assert!(!findings[0].good && findings[0].what.contains("refuses the access token"), "{findings:?}");
    assert!(
        findings[0].remedy.contains(USER) && findings[0].remedy.contains("docs/providers.md"),
        "{findings:?}"
    );
    assert_eq!(provider.questions("/token").len(), 2);
    let failure = desk.config.transport(&tokens).send(&mail("kim@fjord.example")).await.unwrap_err();
    assert_eq!(failure.kind, FailureKind::Server, "the mail waits: {}", failure.text);
    assert!(failure.text.contains("535") && failure.text.contains("docs/providers.md"), "{}", failure.text);
    assert!(!format!("{findings:?}{failure:?}").contains("xxxx"));
}

#[tokio::test]
async fn a_refresh_token_is_replaced_again_and_again_and_survives_a_new_process() {
    for url in stores() {
        let provider = Provider::start(USER);
        let (clock, start) = clock();
        let desk = Desk::person(&url, &provider);
        let (store, login) = (desk.store().await, desk.login());
        desk.logged_in(&store, &provider.granted(USER), start).await;
        let mut seen = Vec::new();
        for hour in 0..4_i64 {
            clock.set(start + SignedDuration::from_mins(56 * hour));
            // A new process each time: all that it knows stands in the store.
            let keeper = Keeper::new(store.clone(), Clock::Set(Arc::clone(&clock)));
            let token = keeper.access(&login, None).await.unwrap();
            assert_eq!(keeper.access(&login, None).await.unwrap(), token, "good for another while");
            assert!(!seen.contains(&token), "renewed five minutes before its end");
            seen.push(token);
        }
        let questions = provider.questions("/token");
        assert_eq!(questions.len(), 4);
        let mut shown: Vec<_> = questions.iter().map(|form| form["refresh_token"].clone()).collect();
        shown.dedup();
        assert_eq!(shown.len(), 4, "each refresh token is shown once");
    }
}

#[tokio::test]
async fn many_who_want_a_token_at_once_ask_once_also_from_several_daemons() {
    for url in stores() {
        let provider = Provider::start(USER);
        let (clock, start) = clock();
        let desk = Desk::person(&url, &provider);
        let login = desk.login();
        let stores = [desk.store().await, desk.store().await];
        desk.logged_in(&stores[0], &provider.granted(USER), start).await;
        let keepers = stores.map(|store| Keeper::new(store, Clock::Set(Arc::clone(&clock))));
        let mut refused = None;
        for round in 1..=2 {
            let asked = (0..10).map(|number| keepers[number % 2].access(&login, refused.clone()));
            let tokens = futures::future::join_all(asked).await;
            assert!(tokens[0].is_ok() && tokens.iter().all(|token| *token == tokens[0]), "{tokens:?}");
            assert_ne!(tokens[0].clone().ok(), refused);
            assert_eq!(provider.questions("/token").len(), round);
            // The server refuses it to all of them at once.
            refused = tokens[0].clone().ok();
        }
    }
}

#[tokio::test]
async fn a_provider_that_asks_for_peace_is_left_in_peace_by_all_and_the_old_token_serves_meanwhile() {
    for url in stores() {
        let provider = Provider::start(USER);
        let (clock, start) = clock();
        let desk = Desk::person(&url, &provider);
        let (store, login) = (desk.store().await, desk.login());
        desk.logged_in(&store, &provider.granted(USER), start).await;
        let keeper = || Keeper::new(store.clone(), Clock::Set(Arc::clone(&clock)));
        let at = |minutes: i64, seconds: i64| {
            clock.set(start + SignedDuration::from_secs(minutes * 60 + seconds));
        };
        let first = keeper().access(&login, None).await.unwrap();
        provider.odd([Odd::Status(429, Some(120)), Odd::Status(503, None), Odd::Status(503, None)]);
        at(56, 0);
        assert_eq!(
            keeper().access(&login, None).await.unwrap(),
            first,
            "the old one is good for four minutes"
        );
        assert_eq!(provider.questions("/token").len(), 2);
        at(57, 59);
        assert_eq!(keeper().access(&login, None).await.unwrap(), first);
        assert_eq!(provider.questions("/token").len(), 2, "two minutes of peace were asked for");
        let refused = keeper().access(&login, Some(first.clone())).await.unwrap_err();
        assert!(refused.passing && refused.text.contains("HTTP 429"), "{}", refused.text);
        assert_eq!(provider.questions("/token").len(), 2);
        // Without Retry-After the pauses grow: 10 seconds after the second failure, 20 after the third.
        for (seconds, asked) in [(0, 3), (9, 3), (10, 4), (29, 4)] {
            at(58, seconds);
            assert_eq!(keeper().access(&login, None).await.unwrap(), first);
            assert_eq!(provider.questions("/token").len(), asked, "after {seconds} s");
        }
        at(58, 30);
        assert_ne!(keeper().access(&login, None).await.unwrap(), first);
    }
}

#[tokio::test]
async fn answers_that_are_none_pass_are_never_quoted_and_lead_nowhere() {
    let provider = Provider::start(USER);
    let (clock, start) = clock();
    let desk = Desk::person("sqlite:pairdesk.db", &provider);
    let (store, login) = (desk.store().await, desk.login());
    desk.logged_in(&store, &provider.granted(USER), start).await;
    let keeper = Keeper::new(store, Clock::Set(Arc::clone(&clock)));
    for (hour, odd) in [
        Odd::Page,
        Odd::Empty,
        Odd::TwoLines,
        Odd::Huge,
        Odd::Redirect,
        Odd::HangUp,
        Odd::Status(500, None),
        Odd::Status(404, None),
    ]
    .into_iter()
    .enumerate()
    {
        clock.set(start + SignedDuration::from_hours(i64::try_from(hour).unwrap()));
        provider.odd([odd]);
        let error = keeper.access(&login, None).await.unwrap_err();
        assert!(error.passing, "{odd:?}: {}", error.text);
        assert!(!error.text.contains("hunter2") && error.text.contains("; "), "{odd:?}: {}", error.text);
    }
    assert!(provider.questions("/elsewhere").is_empty(), "a redirect is not followed");
    clock.set(start + SignedDuration::from_hours(9));
    keeper.access(&login, None).await.unwrap();
}

#[tokio::test]
async fn a_provider_with_a_stranger_s_certificate_gets_no_secret() {
    let provider = Provider::start(USER);
    let table = provider.table("mailbox", "client_credentials", "");
    let table = table.lines().filter(|line| !line.starts_with("ca_file")).collect::<Vec<_>>().join("\n");
    let mailbox =
        format!("[[mailbox]]\nname = \"service\"\nhost = \"localhost\"\nuser = \"{USER}\"\n{table}\n");
    let desk = Desk::new("sqlite:pairdesk.db", &(mailbox + &plain_smtp(25)));
    let keeper = Keeper::new(desk.store().await, Clock::System);
    let error = keeper.access(&desk.login(), None).await.unwrap_err();
    assert!(
        !error.passing && error.text.contains("certificate") && error.text.contains("ca_file"),
        "{}",
        error.text
    );
    assert!(provider.questions("/token").is_empty());
}

#[tokio::test]
async fn a_service_account_signs_that_it_acts_for_the_mailbox_s_user() {
    let provider = Provider::start("nobody@fjord.example");
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name).display().to_string();
    let openssl = |arguments: &[&str]| {
        let output = Command::new("openssl")
            .args(arguments)
            .output()
            .expect("openssl is there: dovecot-core wants it");
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).unwrap()
    };
    let pem = openssl(&["genpkey", "-algorithm", "RSA", "-pkeyopt", "rsa_keygen_bits:2048"]);
    std::fs::write(path("key.pem"), &pem).unwrap();
    let key = serde_json::json!({
        "type": "service_account", "private_key_id": "k1", "private_key": pem,
        "client_email": "desk@project.iam.example",
    });
    std::fs::write(path("key.json"), key.to_string()).unwrap();
    let config = format!(
        "[[mailbox]]\nname = \"service\"\nhost = \"imap.gmail.com\"\nuser = \"{USER}\"\n[mailbox.oauth]\nprovider = \"google\"\n\
         key = \"file:{}\"\ntoken_url = \"{}\"\nca_file = \"{}\"\n{}",
        path("key.json"),
        provider.url("/token"),
        provider.certificate().display(),
        plain_smtp(25)
    );
    let desk = Desk::new("sqlite:pairdesk.db", &config);
    let keeper = Keeper::new(desk.store().await, Clock::System);
    keeper.access(&desk.login(), None).await.unwrap();
    let assertion = provider.questions("/token").remove(0).remove("assertion").unwrap();
    let parts: Vec<_> = assertion.split('.').collect();
    let decoded = |part: &str| data_encoding::BASE64URL_NOPAD.decode(part.as_bytes()).unwrap();
    let claims: serde_json::Value = serde_json::from_slice(&decoded(parts[1])).unwrap();
    assert_eq!(claims["iss"], "desk@project.iam.example");
    assert_eq!((&claims["sub"], &claims["scope"]), (&USER.into(), &"https://mail.google.com/".into()));
    assert_eq!(claims["aud"], provider.url("/token"));
    std::fs::write(path("signed"), format!("{}.{}", parts[0], parts[1])).unwrap();
    std::fs::write(path("signature"), decoded(parts[2])).unwrap();
    openssl(&["pkey", "-in", &path("key.pem"), "-pubout", "-out", &path("public.pem")]);
    let verify = [
        "dgst",
        "-sha256",
        "-verify",
        &path("public.pem"),
        "-signature",
        &path("signature"),
        &path("signed"),
    ];
    assert!(openssl(&verify).contains("OK"));
}

/// The secret must be there before the program is configured, which imports accounts.
fn with_secret(tables: &str) -> String {
    tables.replace("\"file:secret\"", "\"file:password\"")
}

#[test]
fn login_by_device_shows_page_and_code_waits_stores_and_tries() {
    let (provider, sink, port) = (Provider::start(USER), Sink::start(), port::free());
    provider.new_secret(PASSWORD);
    let dovecot = Dovecot::start_with(&provider.dovecot("xoauth2", port, sink.port));
    let tables =
        mailbox_table(&dovecot, &provider, "service", USER, "device") + &submission_table(&dovecot, port);
    let daemon = Daemon::configure("sqlite:pairdesk.db", &with_secret(&tables));
    let said = |arguments: &[&str]| {
        let output = daemon.command(arguments);
        let words = [output.stdout, output.stderr].map(|bytes| String::from_utf8(bytes).unwrap()).concat();
        assert!(!words.contains("xxxx"), "a token is shown: {words}");
        (output.status.success(), words.split_whitespace().collect::<Vec<_>>().join(" "))
    };
    let (well, words) = said(&["check"]);
    assert!(
        !well
            && words.contains("nobody has logged in")
            && words.contains("-> log in: pairdesk login service"),
        "{words}"
    );

    for (person, says) in [(Person::Denies, "access was denied"), (Person::Forgets, "the code has expired")] {
        provider.person(person);
        let (well, words) = said(&["login", "service"]);
        assert!(!well && words.contains(says) && words.contains("pairdesk login service"), "{words}");
    }
    provider.person(Person::LogsIn(USER.to_owned(), 1));
    let (well, words) = said(&["login", "smtp"]);
    assert!(well, "{words}");
    for part in
        ["https://provider.example/device", "ABCD-EFGH", "accepts the login", "SMTP server localhost accepts"]
    {
        assert!(words.contains(part), "no {part}: {words}");
    }
    let (well, words) = said(&["check"]);
    assert!(well && words.contains("gives access tokens for the mailbox service"), "{words}");
    let (_, words) = said(&["status"]);
    assert!(words.contains("Logins service: access token good until"), "{words}");
    let (well, words) = said(&["login", "nobody"]);
    assert!(!well && words.contains("there are: service"), "{words}");
}

#[test]
fn login_in_a_browser_takes_the_address_by_itself_or_pasted() {
    let (provider, sink, port) = (Provider::start(USER), Sink::start(), port::free());
    provider.new_secret(PASSWORD);
    let dovecot = Dovecot::start_with(&provider.dovecot("xoauth2", port, sink.port));
    let tables =
        mailbox_table(&dovecot, &provider, "service", USER, "browser") + &submission_table(&dovecot, port);
    let daemon = Daemon::configure("sqlite:pairdesk.db", &with_secret(&tables));
    for pasted in [false, true] {
        let mut child = Command::new(env!("CARGO_BIN_EXE_pairdesk"))
            .arg("--config")
            .arg(daemon.path("pairdesk.toml"))
            .args(["login", "service"])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines().map(Result::unwrap);
        let page = lines.find(|line| line.trim().starts_with("https://")).unwrap();
        let address = provider.browse(page.trim(), USER);
        let mut input = child.stdin.take().unwrap();
        if pasted {
            writeln!(input, "http://127.0.0.1:1/?code=stolen&state=other\n{address}").unwrap();
        } else {
            let (host, path) = address.strip_prefix("http://").unwrap().split_once('/').unwrap();
            let mut browser = std::net::TcpStream::connect(host).unwrap();
            write!(browser, "GET /{path} HTTP/1.1\r\nHost: {host}\r\n\r\n").unwrap();
            let shown: Vec<_> = BufReader::new(browser).lines().map_while(Result::ok).collect();
            assert!(
                shown[0].contains("200") && shown.last().unwrap().contains("you may close this page"),
                "{shown:?}"
            );
        }
        let words = lines.collect::<Vec<_>>().join("\n");
        assert!(child.wait().unwrap().success(), "{words}");
        assert!(words.contains("accepts the login") && words.contains("SMTP server"), "{words}");
        assert_eq!(words.contains("belongs to another login"), pasted, "{words}");
    }
}

#[test]
fn of_two_mailboxes_the_dead_one_says_so_everywhere_and_the_other_goes_on() {
    const OTHER: &str = "info@fjord.example";
    let (provider, sink, port) = (Provider::start(OTHER), Sink::start(), port::free());
    provider.new_secret(PASSWORD);
    let mut dovecot = Dovecot::start_with(&provider.dovecot("xoauth2", port, sink.port));
    let tables = mailbox_table(&dovecot, &provider, "service", USER, "device")
        + &mailbox_table(&dovecot, &provider, "info", OTHER, "client_credentials")
        + &plain_smtp(sink.port);
    let mut daemon = Daemon::configure("sqlite:pairdesk.db", &with_secret(&tables));
    provider.person(Person::LogsIn(USER.to_owned(), 0));
    daemon.succeed(&["login", "service"]);
    daemon.start();
    let client = |number: usize| {
        format!(
            "From: Dana <dana@acme.example>\r\nMessage-ID: <{number}@acme.example>\r\nSubject: A {number}\r\n\r\nHello, number {number}.\r\n"
        )
    };
    let routine = |daemon: &Daemon, mails: usize| {
        daemon.until(&format!("{mails} mails"), || {
            let status = daemon.succeed(&["status"]);
            status.contains(&format!("{mails:>7} routine")).then_some(status)
        })
    };
    dovecot.deliver(USER, client(1).as_bytes());
    dovecot.deliver(OTHER, client(2).as_bytes());
    routine(&daemon, 2);

    // The user of the one takes back what was granted, and all connections break.
    provider.revoke(USER);
    dovecot.restart();
    dovecot.deliver(USER, client(3).as_bytes());
    dovecot.deliver(OTHER, client(4).as_bytes());
    let status = routine(&daemon, 3);
    assert!(status.contains("info: access token good until"), "{status}");
    let status = daemon.until("word of the dead login", || {
        let status = daemon.succeed(&["status"]);
        status.contains("service: DEAD since").then_some(status)
    });
    let status = status.split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(
        status.contains("invalid_grant: AADSTS700082") && status.contains("pairdesk login service"),
        "{status}"
    );
    let letter = daemon.until("letter to the administrator", || {
        let letter = |mail: &crate::harness::sink::Accepted| {
            mail.header("X-Pairdesk-Letter").as_deref() == Some("access")
        };
        sink.accepted().into_iter().find(letter)
    });
    assert_eq!(letter.to, ["mona@fjord.example"]);
    assert_eq!(
        letter.header("subject").as_deref(),
        Some("The login for the mailbox service no longer works")
    );
    let check = daemon.command(&["check"]);
    let check = String::from_utf8(check.stdout).unwrap().split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(
        check.contains("invalid_grant") && check.contains("-> log in again: pairdesk login service"),
        "{check}"
    );
    assert!(check.contains("info: localhost accepts the login"), "{check}");
    assert!(!daemon.log().contains("xxxx") && !check.contains("xxxx"), "a token is shown");

    // Somebody logs in again: the mailbox is read on where it stopped.
    provider.person(Person::LogsIn(USER.to_owned(), 0));
    daemon.succeed(&["login", "service"]);
    daemon.stop();
    daemon.start();
    let status = routine(&daemon, 4);
    assert!(!status.contains("DEAD"), "{status}");
    daemon.stop();
}

#[tokio::test]
async fn a_provider_that_refuses_is_asked_rarely_and_at_once_by_a_new_process() {
    let provider = Provider::start(USER);
    let (clock, start) = clock();
    let desk = Desk::person("sqlite:pairdesk.db", &provider);
    let (store, login) = (desk.store().await, desk.login());
    desk.logged_in(&store, "one that is not good", start).await;
    let keeper = || Keeper::new(store.clone(), Clock::Set(Arc::clone(&clock)));
    let running = keeper();
    for (minutes, asked) in [(0, 1), (1, 1), (59, 1), (60, 2), (61, 2)] {
        clock.set(start + SignedDuration::from_mins(minutes));
        let error = running.access(&login, None).await.unwrap_err();
        assert!(
            !error.passing && error.text.ends_with("log in again: pairdesk login service"),
            "{}",
            error.text
        );
        assert_eq!(provider.questions("/token").len(), asked, "after {minutes} minutes");
    }
    let stored = store.oauth_token(&login.name, &login.fingerprint()).await.unwrap().unwrap();
    assert_eq!(stored.dead_since, Some(start), "since the first refusal");
    keeper().access(&login, None).await.unwrap_err();
    assert_eq!(provider.questions("/token").len(), 3, "the configuration may have been put right");
    desk.logged_in(&store, &provider.granted(USER), start).await;
    running.access(&login, None).await.unwrap();
}

/// What the administrator was told so far.
async fn told(worker: &pairdesk::worker::Desk) -> Vec<String> {
    let letters = worker.store.outgoing(OutboxState::Pending).await.unwrap();
    letters.iter().map(|line| line.subject.replace("the mailbox service", "it")).collect()
}

#[tokio::test]
async fn the_administrator_hears_before_a_secret_ends_and_once_a_day_while_a_login_is_dead() {
    for url in stores() {
        let provider = Provider::start(USER);
        let table = provider.table("mailbox", "client_credentials", "secret_expires = \"2026-11-30\"");
        let mailbox =
            format!("[[mailbox]]\nname = \"service\"\nhost = \"localhost\"\nuser = \"{USER}\"\n{table}");
        let desk = Desk::new(&url, &(mailbox + &plain_smtp(25)));
        let (clock, start) = clock();
        let (login, hour) = (desk.login(), SignedDuration::from_hours);
        let worker = pairdesk::daemon::desk(&desk.config, Clock::Set(Arc::clone(&clock))).await.unwrap();
        for day in 0..30 {
            for minute in 0..2 {
                clock.set(start + hour(24 * day) + SignedDuration::from_mins(minute));
                look::step(&worker, &login).await.unwrap();
            }
        }
        let ends = ["in 14 days", "in 7 days", "in 3 days", "tomorrow", "today"];
        let mut expected = ends.map(|when| format!("The client secret for it ends {when}")).to_vec();
        assert_eq!(told(&worker).await, expected);

        // (hour, the provider's secret, letters that are written then)
        for (hours, secret, letters) in [
            (720, "a new one", 1),
            (721, "a new one", 0),
            (743, "a new one", 0),
            (744, "a new one", 1),
            (746, SECRET, 0),
            (748, "a new one", 1),
        ] {
            provider.new_secret(secret);
            clock.set(start + hour(hours));
            look::step(&worker, &login).await.unwrap();
            expected.extend(std::iter::repeat_n("The login for it no longer works".to_owned(), letters));
            assert_eq!(told(&worker).await, expected, "after {hours} hours");
        }
    }
}

#[tokio::test]
async fn the_end_of_a_login_is_announced_unless_each_renewal_puts_it_off() {
    for (renewed, expected) in [
        (true, vec![]),
        (
            false,
            vec![
                "The login for it ends in 4 days",
                "The login for it ends in 3 days",
                "The login for it ends tomorrow",
                "The login for it ends today",
            ],
        ),
    ] {
        let provider = Provider::start(USER);
        provider.replacing(renewed);
        let desk = Desk::person("sqlite:pairdesk.db", &provider);
        let (clock, start) = clock();
        let (login, day) = (desk.login(), 24 * 3600);
        let worker = pairdesk::daemon::desk(&desk.config, Clock::Set(Arc::clone(&clock))).await.unwrap();
        desk.logged_in(&worker.store, &provider.granted(USER), start).await;
        for hours in (0..4 * 24 + 12).step_by(2) {
            // An application of Google's that is being tested: days, and what is left of them.
            let left = if renewed { 4 * day } else { 4 * day + 13 * 3600 - hours * 3600 };
            provider.lasting(3600, Some(left));
            clock.set(start + SignedDuration::from_hours(hours.into()));
            look::step(&worker, &login).await.unwrap();
        }
        assert_eq!(told(&worker).await, expected);
    }
}

#[test]
fn a_table_that_cannot_work_is_named_with_its_remedy() {
    let read = |table: &str, smtp: &str| {
        let text = format!(
            "{FIRM}\n[store]\nurl = \"sqlite:x.db\"\n[[mailbox]]\nname = \"service\"\nhost = \"imap.example\"\nuser = \"{USER}\"\n\
             [mailbox.oauth]\n{table}\n[smtp]\nhost = \"smtp.example\"\n{smtp}\n"
        );
        let environment = |name: &str| (name == "SECRET").then(|| "hunter2".to_owned());
        let read = Config::parse("pairdesk.toml", &text, std::path::Path::new("/srv/desk"), environment);
        read.map_err(|problems| {
            let lines = problems.iter().map(|problem| format!("{} -> {}", problem.what, problem.remedy));
            lines.collect::<Vec<_>>().join("\n")
        })
    };
    let app = "client_id = \"app\"\nclient_secret = \"env:SECRET\"\n";
    let good = format!("provider = \"microsoft\"\ntenant = \"firm.example\"\n{app}");
    let config = read(&good, &format!("user = \"{USER}\"\n[smtp.oauth]\nmailbox = \"service\"")).unwrap();
    assert_eq!(config.logins().len(), 1, "one login for both");
    let client = &config.logins()[0].client;
    assert_eq!(client.token_url, "https://login.microsoftonline.com/firm.example/oauth2/v2.0/token");
    assert_eq!(client.scope, "https://outlook.office365.com/.default");
    assert!(!format!("{config:?}").contains("hunter2"));

    let other = format!("provider = \"other\"\nflow = \"client_credentials\"\n{app}");
    for (table, smtp, says) in [
        (app.to_owned(), "", "has no provider"),
        (format!("provider = \"microsoft\"\n{app}"), "", "has no tenant"),
        (
            format!("provider = \"google\"\nflow = \"device\"\n{app}"),
            "",
            "Google gives no access to mail by its device flow",
        ),
        (format!("{good}password = \"env:SECRET\""), "", "unknown key password"),
        (good.replace("env:SECRET", "hunter2"), "", "client_secret stands in the configuration itself"),
        (good.replace("client_secret = \"env:SECRET\"\n", ""), "", "has no client_secret"),
        (other.clone(), "", "has no token_url"),
        (
            format!("{other}token_url = \"http://login.example/token\""),
            "",
            "token_url = \"http://login.example/token\" cannot be used",
        ),
        (
            format!("{other}token_url = \"https://login.example/token\"\nsecret_expires = \"soon\""),
            "",
            "secret_expires",
        ),
        (good.clone(), "[smtp.oauth]\nmailbox = \"service\"", "[smtp] has a table oauth and no user"),
        (
            good.clone(),
            "user = \"x\"\n[smtp.oauth]\nmailbox = \"info\"",
            "mailbox = \"info\" cannot be used here",
        ),
        (
            good.clone(),
            "user = \"x\"\npassword = \"env:SECRET\"\n[smtp.oauth]\nmailbox = \"service\"",
            "a password beside a table oauth",
        ),
    ] {
        let said = read(&table, smtp).unwrap_err();
        assert!(said.contains(says) && !said.contains("hunter2"), "no {says:?} in {said}");
        assert_eq!(said.lines().count(), 1, "{said}");
    }
}
