//! The commands as people give them: the built program on a small store.

use std::fs;
use std::io::Write as _;
use std::process::{Command, Output, Stdio};

use jiff::Timestamp;
use pairdesk::case::{Case, Entry, Kind, Side, State};
use pairdesk::classify::{Classification, Classifier, Finding, Labels, Trace};
use pairdesk::compose::{Composer, House};
use pairdesk::effect::{Content, Disposition, Effect, Filing, Letter, Received, Refused};
use pairdesk::message::{Address, Arrival, Message, Place};
use pairdesk::store::{Store, content_hash};
use pairdesk::token::Keys;
use serde_json::json;
use tempfile::TempDir;

const CONFIG: &str = r#"
[firm]
name = "Firm"
address = "service@firm.example"
domains = ["firm.example"]
timezone = "Europe/Amsterdam"
manager = "Maria Lind <maria@firm.example>"
[store]
url = "sqlite:desk.db"
[[mailbox]]
name = "service"
maildir = "mail"
[smtp]
folder = "outgoing"
"#;

const ACCOUNTS: &str = "\
account,name,domains,sales,operations
acme,Acme BV,acme.example,Kim Vos <kim@firm.example>,Priya Nair <priya@firm.example>
delta,Delta,delta.example,Kim Vos <kim@firm.example>,
";

/// A folder with a configuration and an accounts file.
struct Firm {
    folder: TempDir,
}

fn place() -> Firm {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("pairdesk.toml"), CONFIG).unwrap();
    fs::write(folder.path().join("accounts.csv"), ACCOUNTS).unwrap();
    for part in ["new", "cur", "tmp"] {
        fs::create_dir_all(folder.path().join("mail").join(part)).unwrap();
    }
    Firm { folder }
}

impl Firm {
    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_pairdesk"));
        command.args(arguments).current_dir(self.folder.path()).stdin(Stdio::null());
        command.env_remove("PAIRDESK_CONFIG");
        command
    }

    fn run(&self, arguments: &[&str]) -> Output {
        self.command(arguments).output().unwrap()
    }

    /// What a command that succeeds prints, with a failure shown in full.
    fn prints(&self, arguments: &[&str]) -> String {
        let output = self.run(arguments);
        assert!(output.status.success(), "{arguments:?}: {}\n{}", text(&output.stdout), text(&output.stderr));
        text(&output.stdout)
    }

    /// What a command that fails says on standard error.
    fn fails(&self, arguments: &[&str]) -> String {
        self.fails_with(1, arguments)
    }

    /// What a command that fails with this exit code says on standard error.
    fn fails_with(&self, code: i32, arguments: &[&str]) -> String {
        let output = self.run(arguments);
        assert_eq!(output.status.code(), Some(code), "{arguments:?}: {}", text(&output.stdout));
        text(&output.stderr)
    }

    async fn store(&self) -> Store {
        Store::open(&format!("sqlite:{}", self.folder.path().join("desk.db").display())).await.unwrap()
    }
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).unwrap()
}

fn with_input(mut command: Command, input: &[u8]) -> Output {
    let mut child =
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    child.stdin.take().unwrap().write_all(input).unwrap();
    child.wait_with_output().unwrap()
}

fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

fn person(name: &str, address: &str) -> Address {
    Address { name: name.into(), address: address.into() }
}

/// A store with one case of two mails, a draft to the client, a mail of nobody known and one that was set aside.
async fn case_number_3(place: &Firm) {
    let store = place.store().await;
    let composer = Composer::new(House {
        name: "Firm".into(),
        address: "service@firm.example".into(),
        id_domain: "firm.example".into(),
        keys: Keys::default(),
        subaddress: true,
    });
    let arrived = at("2026-11-02T08:14:00Z");
    let arrival = |key: &str| Arrival {
        place: Place { mailbox: "service/INBOX".into(), validity: 7, key: key.into() },
        raw: format!("mail {key}").into_bytes(),
        full_size: 6,
        received_at: Some(arrived),
        sent_folder: false,
    };
    let jo = person("Jo \u{1b}[31mSmit", "jo@acme.example");
    let message = Message {
        subject: "Report still missing".into(),
        base_subject: "Report still missing".into(),
        from: Some(jo.clone()),
        reply: "This is the third week without a report.".into(),
        ..Message::default()
    };
    let mut tx = store.begin().await.unwrap();
    let first = arrival("1");
    let mail = tx.put_mail(&first, &message, &content_hash(&first.raw), arrived).await.unwrap().unwrap();
    let finding = |kind, probability, words: &[(&str, f64)]| Finding {
        kind,
        probability,
        evidence: "This is the third week without a report.".into(),
        words: words.iter().map(|(word, weight)| ((*word).to_owned(), *weight)).collect(),
    };
    let said = Classification {
        findings: vec![
            finding(Kind::Complaint, 0.83, &[("third week", 1.5)]),
            finding(Kind::ChurnRisk, 0.41, &[]),
            finding(Kind::Praise, 0.02, &[]),
        ],
        severity: 2,
        model: "minilm-1".into(),
        trace: Trace::default(),
    };
    tx.record_findings(mail, &said).await.unwrap();
    let case = Case {
        number: 3,
        account: "acme".into(),
        conversation: mail,
        kind: Kind::Complaint,
        severity: 2,
        probability: 0.83,
        please_check: false,
        lead: Side::Operations,
        state: State::Open,
        subject: "Report still missing".into(),
        evidence: "This is the third week without a report.".into(),
        client: "Jo Smit <jo@acme.example>".into(),
        opened_at: arrived,
        changed_at: arrived,
        answered_at: None,
        told_at: None,
        alerted_at: None,
        wakes_at: None,
        lead_person: None,
        taken_by: None,
        clock: pairdesk::case::CaseClock::default(),
    };
    let letter = Letter {
        id: "l1".into(),
        to: jo.clone(),
        case: Some(3),
        references: Vec::new(),
        at: arrived,
        content: Content::Received(Received {
            language: "en".into(),
            complaint: true,
            client_name: "Jo Smit".into(),
            subject: "Report still missing".into(),
            owners: vec!["Priya Nair".into(), "Kim Vos".into()],
        }),
    };
    let entry = Entry {
        at: arrived,
        who: "Pairdesk".into(),
        what: "Opened as a complaint, severity 2.".into(),
        why: "complaint 0.83 is at or above open_case 0.50".into(),
    };
    let filing = |disposition, reason: &str| {
        Effect::File(Filing {
            disposition,
            reason: reason.into(),
            account: None,
            conversation: None,
            writer: Some(jo.clone()),
        })
    };
    let effects = [
        filing(Disposition::Case, "a client's mail that is a complaint"),
        Effect::OpenCase(case),
        Effect::Record { case: 3, entry },
        Effect::Draft(letter),
    ];
    tx.perform(Some(mail), &effects, &composer, arrived).await.unwrap();
    let second = arrival("2");
    let stranger = Message {
        from: Some(person("", "eve@elsewhere.example")),
        subject: "Hello".into(),
        ..Message::default()
    };
    let mail = tx.put_mail(&second, &stranger, &content_hash(&second.raw), arrived).await.unwrap().unwrap();
    let effects = [filing(Disposition::Unmatched, "no account has the address eve@elsewhere.example")];
    tx.perform(Some(mail), &effects, &composer, arrived).await.unwrap();
    tx.set_aside(&arrival("3"), "its structure is nested too deeply", arrived).await.unwrap();
    tx.commit().await.unwrap();
    store.close().await;
}

#[test]
fn an_import_without_a_terminal_shows_what_would_change_and_says_how_to_apply_it() {
    let place = place();
    let preview = place.prints(&["accounts", "import", "accounts.csv"]);
    assert!(
        preview.contains("+ acme (new)") && preview.contains("sales: Kim Vos <kim@firm.example>"),
        "{preview}"
    );
    assert!(preview.contains("account delta has no owner in operations: no double coverage"), "{preview}");
    assert!(preview.contains("accounts import accounts.csv --yes"), "{preview}");
    assert!(place.prints(&["accounts", "list"]).contains("There are no accounts yet"));

    let done = place.prints(&["accounts", "import", "accounts.csv", "--yes"]);
    assert!(done.contains("2 new, 0 changed, 0 removed.") && done.contains("2 accounts in all"), "{done}");
    let list = place.prints(&["accounts", "list"]);
    assert!(list.contains("acme") && list.lines().nth(2).unwrap().contains("MISSING"), "{list}");
    assert!(
        place.prints(&["accounts", "show", "ACME"]).contains("operations: Priya Nair <priya@firm.example>")
    );
    assert!(place.fails(&["accounts", "show", "acmee"]).contains("did you mean acme?"));

    let again = place.prints(&["accounts", "import", "accounts.csv", "--yes"]);
    assert!(again.contains("Nothing changes"), "{again}");
    fs::write(place.folder.path().join("accounts.csv"), ACCOUNTS.replace("Acme BV", "Acme NV")).unwrap();
    let changed = place.prints(&["accounts", "import", "accounts.csv"]);
    assert!(changed.contains("~ acme\n    name: Acme BV -> Acme NV\n"), "{changed}");
}

#[test]
fn a_file_with_mistakes_imports_nothing_and_names_each_of_them() {
    let place = place();
    let wrong = format!("{ACCOUNTS}acme,Again,gmail.com,Kim,\n");
    fs::write(place.folder.path().join("accounts.csv"), wrong).unwrap();
    let said = place.fails(&["accounts", "import", "accounts.csv", "--yes"]);
    assert!(said.contains("3 mistakes in accounts.csv; nothing was imported"), "{said}");
    for mistake in [
        "accounts.csv:4:1: there are two accounts acme",
        "accounts.csv:4:12: gmail.com",
        "accounts.csv:4:22: \"Kim\"",
    ] {
        assert!(said.contains(mistake), "{mistake} is not in {said}");
    }
    assert!(place.prints(&["accounts", "list"]).contains("There are no accounts yet"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_case_is_listed_shown_and_explained() {
    let place = place();
    place.prints(&["accounts", "import", "accounts.csv", "--yes"]);
    case_number_3(&place).await;

    let cases = place.prints(&["cases"]);
    let line = cases.lines().nth(1).unwrap();
    assert!(line.starts_with("#3    open   complaint  2    acme     operations  "), "{cases}");
    assert!(line.ends_with("Report still missing"), "{cases}");
    assert!(place.prints(&["cases", "--account", "delta"]).contains("no such cases"));

    let shown = place.prints(&["show", "#3"]);
    assert_eq!(shown, place.prints(&["show", "3"]));
    for part in [
        "#3 complaint, clear: open\nAcme BV: Report still missing\n",
        "    \"This is the third week without a report.\"\n",
        "Lead        Priya Nair <priya@firm.example> (operations)\n",
        "Partner     Kim Vos <kim@firm.example> (sales)\n",
        "Opened      2026-11-02 09:14, ",
        "nobody has answered the client yet",
        "History\n  2026-11-02 09:14  Pairdesk\n      Opened as a complaint, severity 2.\n",
        "Drafts that wait for a word\n  received to jo@acme.example: written 2026-11-02 09:14\n",
    ] {
        assert!(shown.contains(part), "{part:?} is not in\n{shown}");
    }
    assert!(!shown.contains('\u{1b}') && shown.lines().all(|line| line.chars().count() <= 100), "{shown}");

    let why = place.prints(&["why", "#3"]);
    for part in [
        "why: complaint 0.83 is at or above open_case 0.50",
        "filed as case: a client's mail that is a complaint",
        "complaint            0.83  at or above open_case 0.50: a case\n",
        "strongest words: third week +1.50",
        "churn risk           0.41  at or above please_check 0.30, below open_case 0.50: unsure\n",
        "praise               0.02  below please_check 0.30\n",
        "severity 2 of 3, by minilm-1",
    ] {
        assert!(why.contains(part), "{part:?} is not in\n{why}");
    }
    // Nobody has answered for more than a working week, which takes five times two points.
    let why = place.prints(&["why", "acme"]);
    assert!(why.starts_with("acme: mood ") && why.contains("no answer for 5 working days (#3)"), "{why}");
    assert!(place.fails(&["why", "acmee"]).contains("did you mean acme?"));
    let shown = place.prints(&["accounts", "show", "acme"]);
    assert!(shown.contains("mood: ") && shown.contains("by which mails: pairdesk why acme"), "{shown}");
    assert!(place.prints(&["accounts", "list"]).contains("MOOD"));
    let said = place.prints(&["report", "--weeks", "4", "--out", "report.html"]);
    assert!(said.contains("2 of 2 clients need you") && said.contains("It lies in report.html"), "{said}");
    let report = fs::read_to_string(place.folder.path().join("report.html")).unwrap();
    assert!(report.contains("#3 waits for a first answer since Mon 2 Nov 09:14."), "{report}");
    assert!(
        report.contains("<img src=\"data:image/png;base64,")
            && report.contains("It has no owner in operations.")
    );
    assert!(
        place.fails(&["report", "--out", "x.html", "--manager", "nobody"]).contains("nobody here is called")
    );
    fs::write(place.folder.path().join("fewer.csv"), ACCOUNTS.replace("acme,Acme BV", "acme2,Acme BV"))
        .unwrap();
    let preview = place.prints(&["accounts", "import", "fewer.csv"]);
    assert!(preview.contains("1 unfinished case of Acme BV would belong to no account"), "{preview}");
    assert!(place.fails(&["show", "4"]).contains("there is no case #4; `pairdesk cases --all` lists all"));
    assert_eq!(place.run(&["show", "three"]).status.code(), Some(2));
}

#[tokio::test(flavor = "multi_thread")]
async fn the_status_counts_all_mails_and_names_those_that_wait_for_a_person() {
    let place = place();
    place.prints(&["accounts", "import", "accounts.csv", "--yes"]);
    case_number_3(&place).await;
    let status = place.prints(&["status"]);
    for part in [
        "      1 case\n        1 unmatched\n        1 set aside\n",
        "its structure is nested too deeply",
        "eve@elsewhere.example: Hello",
        "1 unfinished of 1",
        "0 sent, 0 waiting, 0 given up, 1 waiting as drafts",
        "shadow mode: nothing goes to clients",
        "Delta has no owner in operations",
    ] {
        assert!(status.contains(part), "{part:?} is not in\n{status}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_status_counts_refused_commands_and_a_new_key_can_be_made() {
    let place = place();
    assert!(!place.prints(&["status"]).contains("Refused commands"));
    let arrival = Arrival {
        place: Place { mailbox: "service/INBOX".into(), validity: 7, key: "1".into() },
        raw: MAIL.to_vec(),
        full_size: MAIL.len() as u64,
        received_at: None,
        sent_folder: false,
    };
    let message = pairdesk::message::read(MAIL, &pairdesk::message::ReadOptions::default());
    let sender = "Eve <eve@evil.example>".to_owned();
    let refused = Refused { sender, reason: "token_of_another", words: "its token is of another".into() };
    let house = House::of(&pairdesk::directory::Firm::default());
    let now = at("2026-11-02T08:15:00Z");
    let store = place.store().await;
    let mut tx = store.begin().await.unwrap();
    let mail = tx.put_mail(&arrival, &message, &content_hash(MAIL), now).await.unwrap();
    tx.perform(mail, &[Effect::Refused(refused)], &Composer::new(house), now).await.unwrap();
    tx.commit().await.unwrap();
    let status = place.prints(&["status"]);
    let part = "\nRefused commands: nothing was done, and nobody got an answer\n        1 token of another\n";
    assert!(status.contains(part), "{status}");
    for older in ["0 older", "1 older"] {
        let made = place.prints(&["tokens", "rotate"]);
        assert!(made.contains(older), "{made}");
    }
    assert_eq!(store.token_keys().await.unwrap().len(), 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_digest_can_be_looked_at_and_made_by_hand_once() {
    let place = place();
    place.prints(&["accounts", "import", "accounts.csv", "--yes"]);
    case_number_3(&place).await;
    let preview = place.prints(&["digest", "--preview", "priya"]);
    assert!(preview.starts_with("To: Priya Nair <priya@firm.example>\nSubject: "), "{preview}");
    assert!(preview.contains("#3") && preview.contains("Acme BV"), "{preview}");
    place.prints(&["digest", "--preview", "priya", "--html", "digest.html"]);
    let html = fs::read_to_string(place.folder.path().join("digest.html")).unwrap();
    assert!(html.starts_with("<!doctype html>") && html.contains("mailto:"), "{html}");
    assert!(place.fails(&["digest", "--preview", "nobody"]).contains("Kim Vos <kim@firm.example>"));
    assert!(place.prints(&["status"]).contains("0 sent, 0 waiting"), "a preview sends nothing");

    let made = place.prints(&["digest", "--now"]);
    assert!(made.contains("Priya Nair <priya@firm.example>") && made.contains("Kim Vos"), "{made}");
    assert!(place.prints(&["status"]).contains("digest to priya@firm.example: waiting to be sent"));
    assert_eq!(place.run(&["digest"]).status.code(), Some(2));
}

#[test]
fn check_names_everything_that_is_wrong_and_exits_with_1_or_of_a_configuration_with_78() {
    let place = place();
    let fine = place.prints(&["check"]);
    assert!(
        fine.contains("there are no accounts") && fine.contains("Nothing is wrong, and 2 things to look at."),
        "{fine}"
    );
    assert!(fine.contains("nobody confirms senders"), "{fine}");
    place.prints(&["accounts", "import", "accounts.csv", "--yes"]);
    let more = format!("{CONFIG}[account.Delta]\nreceived = \"off\"\n[account.nobody]\nreceived = \"off\"\n");
    fs::write(place.folder.path().join("pairdesk.toml"), more).unwrap();
    let fine = place.prints(&["check", "--offline"]);
    assert!(fine.contains("Delta has no owner in operations"), "{fine}");
    assert!(fine.contains("[account.nobody] in the configuration belongs to no account"), "{fine}");
    assert!(fine.contains("Nothing is wrong, and 3 things to look at."), "{fine}");

    let wrong =
        CONFIG.replace("timezone = \"Europe/Amsterdam\"", "timezone = \"Amsterdam\"\ncolour = \"red\"");
    fs::write(place.folder.path().join("wrong.toml"), wrong).unwrap();
    let output = place.run(&["--config", "wrong.toml", "check"]);
    let said = text(&output.stdout);
    assert_eq!(output.status.code(), Some(78), "{said}");
    assert!(
        said.contains("WRONG wrong.toml:6:13: timezone")
            && said.contains("WRONG wrong.toml:7:1: unknown key colour"),
        "{said}"
    );
    assert!(said.contains("-> expected a time zone") && said.contains("2 things to put right."), "{said}");

    fs::remove_dir_all(place.folder.path().join("mail")).unwrap();
    let output = place.run(&["check"]);
    assert_eq!(output.status.code(), Some(1), "{}", text(&output.stdout));
    assert!(text(&output.stdout).contains("WRONG"), "{}", text(&output.stdout));
}

#[test]
fn check_tries_the_servers_and_says_what_to_do_about_each() {
    let place = place();
    // A port that nobody listens on.
    let port = crate::harness::port::free();
    let server = format!("host = \"127.0.0.1\"\nport = {port}\ntls = \"none\"\n");
    let config = CONFIG
        .replace("maildir = \"mail\"\n", &format!("{server}user = \"u\"\npassword = \"file:password\"\n"))
        .replace("folder = \"outgoing\"\n", &server);
    fs::write(place.folder.path().join("pairdesk.toml"), config).unwrap();
    fs::write(place.folder.path().join("password"), "hunter2\n").unwrap();
    let output = place.run(&["check"]);
    let said = text(&output.stdout);
    assert_eq!(output.status.code(), Some(1), "{said}");
    let wrong: Vec<_> = said.lines().filter(|line| line.starts_with("WRONG")).collect();
    assert!(
        wrong.len() == 2 && wrong[0].contains("service") && wrong[1].contains("SMTP server 127.0.0.1"),
        "{said}"
    );
    assert!(said.contains("2 things to put right") && !said.contains("hunter2"), "{said}");
    assert!(place.prints(&["check", "--offline"]).contains("Nothing is wrong"));
}

#[test]
fn every_command_says_all_mistakes_of_the_configuration() {
    let place = place();
    fs::write(place.folder.path().join("pairdesk.toml"), "[firm]\nname = 5\n").unwrap();
    let said = place.fails_with(78, &["status"]);
    assert!(
        said.contains("mistakes in pairdesk.toml") && said.contains("pairdesk.toml:2:8: name is a number"),
        "{said}"
    );
    fs::remove_file(place.folder.path().join("pairdesk.toml")).unwrap();
    let said = place.fails_with(78, &["status"]);
    assert!(said.contains("cannot be read") && said.contains("pairdesk init"), "{said}");
    let named = place.command(&["status"]).env("PAIRDESK_CONFIG", "other.toml").output().unwrap();
    assert!(text(&named.stderr).contains("other.toml"), "{}", text(&named.stderr));
}

#[test]
fn a_reader_that_has_seen_enough_is_no_failure() {
    let place = place();
    place.prints(&["accounts", "import", "accounts.csv", "--yes"]);
    for arguments in
        [&["accounts", "list"][..], &["status"], &["check", "--offline"], &["accounts", "import", "--help"]]
    {
        let (reader, writer) = std::io::pipe().unwrap();
        drop(reader);
        let output = place.command(arguments).stdout(writer).stderr(Stdio::piped()).output().unwrap();
        assert!(output.status.success(), "{arguments:?}: {}", text(&output.stderr));
        assert_eq!(text(&output.stderr), "", "{arguments:?}");
    }
}

const MAIL: &[u8] =
    b"From: Jo Smit <jo@acme.example>\r\nTo: service@firm.example\r\nSubject: Re: Report\r\n\r\n\
    We are very unhappy: the report is three weeks late again and nobody answers us.\r\n\r\n\
    On Monday Kim wrote:\r\n> It is on its way.\r\n";

#[test]
fn a_mail_on_standard_input_is_read_and_classified_without_a_configuration() {
    let place = place();
    fs::remove_file(place.folder.path().join("pairdesk.toml")).unwrap();
    let output = with_input(place.command(&["inspect"]), MAIL);
    let inspection: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(inspection["base_subject"], "Report");
    assert!(!inspection["reply"].as_str().unwrap().contains("on its way"));

    let output = with_input(place.command(&["classify"]), MAIL);
    let said: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(said["labels"].as_object().unwrap().len(), 7);
    assert_eq!(said["decided"], json!(["complaint"]));
    assert!(said["evidence"]["complaint"].as_str().unwrap().contains("three weeks late"), "{said}");
    assert!(said["severity"].as_u64().unwrap() >= 1);
    assert_eq!(said["language"], "en");
    assert_eq!(said["model"], Classifier::built_in().name());
}

#[test]
fn many_mails_are_classified_a_line_each_and_bare_text_and_staff_mail_too() {
    let place = place();
    let mail = place.folder.path().join("one.eml");
    fs::write(&mail, MAIL).unwrap();
    let lines = format!(
        "a\t{}\n\n{}\n",
        mail.display(),
        json!({"id": 7, "subject": "Rack", "body": "Could you also put a second rack in while you are here?\n\nDana"})
    );
    let output = with_input(place.command(&["classify", "--jsonl"]), lines.as_bytes());
    let said: Vec<serde_json::Value> = String::from_utf8(output.stdout)
        .unwrap()
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    assert_eq!(said.iter().map(|said| &said["id"]).collect::<Vec<_>>(), [&json!("a"), &json!(7)]);
    assert_eq!(said[1]["decided"], json!(["extra_work"]));

    let output = with_input(
        place.command(&["classify", "--text", "--staff"]),
        b"The new pump will be there on Friday at 8.",
    );
    let said: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(said["decided"], json!(["commitment"]));
    assert_eq!(said["labels"].as_object().unwrap().len(), 4);
    let weekday = said["due"].as_str().unwrap().parse::<jiff::civil::Date>().unwrap().weekday();
    assert_eq!(weekday, jiff::civil::Weekday::Friday);

    // The day counts from that of the mail, where the firm is: there it is Friday already.
    let mail = b"From: Kim <kim@firm.example>\r\nTo: dana@acme.example\r\nDate: Thu, 26 Nov 2026 14:00:00 +0000\r\n\r\n\
        The new pump will be there tomorrow at 8.\r\n";
    for (options, due) in [
        (&["classify", "--staff"][..], "2026-11-27"),
        (&["classify", "--staff", "--timezone", "Pacific/Auckland"], "2026-11-28"),
        (&["classify", "--staff", "--date", "2026-12-31"], "2027-01-01"),
    ] {
        let output = with_input(place.command(options), mail);
        let said: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
        assert_eq!(said["due"], json!(due), "{options:?}: {said}");
    }
    let output = with_input(place.command(&["classify", "--text", "--staff"]), b"Thanks, see you there.");
    assert!(!String::from_utf8(output.stdout).unwrap().contains("due"));

    let output = with_input(place.command(&["classify", "--jsonl"]), b"a\tb.eml\n");
    assert!(!output.status.success());
    let error = String::from_utf8(output.stderr).unwrap();
    assert!(error.contains("line 1") && error.contains("cannot read the mail b.eml"), "{error}");
}

#[tokio::test]
async fn a_clients_mail_is_corrected_listed_and_exported_without_personal_data() {
    let place = place();
    place.prints(&["accounts", "import", "accounts.csv", "--yes"]);
    assert!(place.prints(&["corrections", "list"]).starts_with("There are no corrections yet"));
    assert_eq!(place.prints(&["corrections", "export"]), "");
    let store = place.store().await;
    let arrival = Arrival {
        place: Place { mailbox: "service/INBOX".into(), validity: 7, key: "1".into() },
        raw: MAIL.to_vec(),
        full_size: 6,
        received_at: Some(at("2026-11-02T08:14:00Z")),
        sent_folder: false,
    };
    let message = pairdesk::message::read(MAIL, &pairdesk::message::ReadOptions::default());
    let file = |disposition| {
        let reason = "nothing was found in it".to_owned();
        let account = Some("acme".to_owned());
        Effect::File(Filing { disposition, reason, account, conversation: None, writer: None })
    };
    let house = House {
        name: "Firm".into(),
        address: "service@firm.example".into(),
        id_domain: "firm.example".into(),
        keys: Keys::default(),
        subaddress: true,
    };
    let mut mails = Vec::new();
    for (key, disposition) in [("1", Disposition::Routine), ("2", Disposition::Owner)] {
        let arrival =
            Arrival { place: Place { key: key.into(), ..arrival.place.clone() }, ..arrival.clone() };
        let mut tx = store.begin().await.unwrap();
        let now = at("2026-11-02T08:15:00Z");
        let mail = tx.put_mail(&arrival, &message, &content_hash(MAIL), now).await.unwrap().unwrap();
        tx.perform(Some(mail), &[file(disposition)], &Composer::new(house.clone()), now).await.unwrap();
        tx.commit().await.unwrap();
        mails.push(mail.to_string());
    }
    store.close().await;
    let (client, owner) = (mails[0].as_str(), mails[1].as_str());

    let nearly = place.run(&["corrections", "add", client, "complain"]);
    assert!(text(&nearly.stderr).contains("did you mean \"complaint\"?"), "{}", text(&nearly.stderr));
    assert!(place.fails(&["corrections", "add", owner, "praise"]).contains("is no client's mail"));
    assert!(place.fails(&["corrections", "add", "77", "praise"]).contains("there is no mail 77"));
    assert!(place.fails(&["corrections", "add", client, "none", "praise"]).contains("give it alone"));
    assert!(
        place
            .fails(&["corrections", "add", client, "praise", "--severity", "2"])
            .contains("only a complaint")
    );
    place.prints(&["corrections", "add", client, "none"]);
    let done = place.prints(&["corrections", "add", client, "extra-work", "Complaint", "--severity", "2"]);
    assert!(done.contains("is now: complaint extra_work. 1 correction in all."), "{done}");
    let listed = place.prints(&["corrections", "list"]);
    assert!(listed.contains("command line  complaint extra_work  acme"), "{listed}");

    let exported = place.prints(&["corrections", "export"]);
    let [mail] = pairdesk::classify::parse(&exported).unwrap().try_into().unwrap();
    let kinds = vec![Kind::Complaint, Kind::ExtraWork];
    assert_eq!(mail.labels, Labels::Client { kinds, severity: 2 });
    assert_eq!((mail.id.as_str(), mail.client.as_str()), ("f-0001", "client-1.example"));
    assert!(mail.text.contains("three weeks late"), "{exported}");
    for personal in ["acme", "Acme", "Jo ", "jo@", "Kim", "firm", "2026"] {
        assert!(!exported.contains(personal), "{personal} in {exported}");
    }
}

#[test]
fn many_mails_are_inspected_line_by_line_under_their_ids() {
    let place = place();
    fs::write(place.folder.path().join("a.eml"), MAIL).unwrap();
    let output =
        with_input(place.command(&["inspect", "--jsonl"]), b"one\ta.eml\ntwo\tnowhere.eml\nthree\ta.eml\n");
    let lines: Vec<serde_json::Value> =
        text(&output.stdout).lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let ids: Vec<_> = lines.iter().map(|line| line["id"].as_str().unwrap()).collect();
    assert_eq!(ids, ["one", "two", "three"]);
    assert_eq!(lines[0]["subject"], "Re: Report");
    assert!(lines[1]["error"].as_str().unwrap().contains("nowhere.eml"));
}
