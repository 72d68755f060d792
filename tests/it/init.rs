//! `init` as an administrator meets it, `check --send-test` after it, and what belongs to a package: manual pages,
//! completions, exit codes.

use std::fs;
use std::io::Write as _;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::process::{Command, Output, Stdio};

use tempfile::TempDir;

use crate::harness::dovecot::{Dovecot, PASSWORD};
use crate::harness::postfix::Postfix;
use crate::harness::sink::Sink;

fn pairdesk(folder: &Path, arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_pairdesk"));
    command.args(arguments).current_dir(folder).env_remove("PAIRDESK_CONFIG").env_remove("JOURNAL_STREAM");
    command
}

/// Runs a command that gets these lines on standard input.
fn answered(folder: &Path, arguments: &[&str], input: &str) -> Output {
    let mut command = pairdesk(folder, arguments);
    let mut child =
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    // A command that asks less than is answered ends before all is read.
    let _ = child.stdin.take().unwrap().write_all(input.as_bytes());
    child.wait_with_output().unwrap()
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).unwrap()
}

/// What a command that succeeds prints.
fn prints(folder: &Path, arguments: &[&str], input: &str) -> String {
    let output = answered(folder, arguments, input);
    assert!(output.status.success(), "{arguments:?}: {}\n{}", text(&output.stdout), text(&output.stderr));
    text(&output.stdout)
}

/// What a command that fails with this code says on standard error.
fn fails(folder: &Path, code: i32, arguments: &[&str], input: &str) -> String {
    let output = answered(folder, arguments, input);
    assert_eq!(
        output.status.code(),
        Some(code),
        "{arguments:?}: {}\n{}",
        text(&output.stdout),
        text(&output.stderr)
    );
    text(&output.stderr)
}

/// A folder that is not the one of a package on this machine.
fn folder() -> TempDir {
    tempfile::tempdir().unwrap()
}

const INIT: [&str; 3] = ["--config", "pairdesk.toml", "init"];

const FIRM: [&str; 6] = [
    "--firm",
    "Fjord \"Services\"",
    "--address",
    "service@fjord.example",
    "--manager",
    "Mona Berg <mona@fjord.example>",
];

fn mode(path: &Path) -> u32 {
    fs::metadata(path).unwrap().permissions().mode() & 0o7777
}

#[test]
fn an_administrator_answers_questions_and_has_a_configuration_that_passes_check_and_sends_a_mail() {
    let dovecot = Dovecot::start();
    let folder = folder();
    let folder = folder.path();
    let ca_file = dovecot.certificate();
    let (smtp, sink) = if Postfix::possible() {
        let postfix = Postfix::start(dovecot.lmtp);
        (postfix.port, Box::new(postfix) as Box<dyn std::any::Any>)
    } else {
        let sink = Sink::start();
        (sink.port, Box::new(sink) as Box<dyn std::any::Any>)
    };
    let imap = format!("localhost:{}", dovecot.imap);
    let smtp = format!("localhost:{smtp}");
    let answers = [
        "",                      // The firm's name has no usual answer.
        "Fjord Services",        //
        "service at fjord",      // No address.
        "Service@Fjord.example", //
        "",                      // The address's own domain.
        "Oslo",                  // No time zone by its name.
        "Europe/Oslo",           //
        "Mona Berg <mona@fjord.example>",
        "Ola Berg <ola@fjord.example>",
        "",              // A database beside the configuration.
        "a mail server", // No host.
        &imap,           //
        "starttls",      //
        "",              // The user is the address.
        PASSWORD,        //
        "none",          // No folder of sent mail.
        "tomorrow",      // No day.
        "2020-01-01",    //
        &smtp,           //
        "",              // Without TLS on this machine.
        "",              // Without a login.
    ];
    let option = ["--ca-file", ca_file.to_str().unwrap()];
    let said = prints(folder, &[&INIT[..], &option].concat(), &format!("{}\n", answers.join("\n")));
    assert_eq!(said.matches("  Expected ").count(), 5, "{said}");
    assert!(said.contains("Written:") && said.contains("check --send-test"), "{said}");
    assert!(!said.contains(PASSWORD), "{said}");
    assert_eq!(fs::read_to_string(folder.join("imap.password")).unwrap(), format!("{PASSWORD}\n"));
    assert_eq!(mode(&folder.join("imap.password")), 0o600);
    assert_eq!(mode(&folder.join("pairdesk.toml")), 0o640);
    assert!(!folder.join("smtp.password").exists());

    // The sender's name is confirmed by nobody, and there are no clients yet: to look at, not wrong.
    let checked = prints(folder, &["check", "--send-test"], "");
    assert!(checked.contains("Nothing is wrong, and 2 things to look at."), "{checked}");
    assert!(checked.contains("a test mail to ola@fjord.example was taken: 250"), "{checked}");
    if Postfix::possible() {
        let arrived = (0..500).find_map(|_| {
            std::thread::sleep(std::time::Duration::from_millis(20));
            dovecot.inbox("ola@fjord.example").pop()
        });
        let mail = arrived.expect("the test mail comes to the administrator");
        assert!(
            mail.contains("\nSubject: Test mail of Pairdesk") && mail.contains("\nFrom: \"Fjord Services\""),
            "{mail}"
        );
        assert!(mail.contains("\nAuto-Submitted: auto-generated"), "{mail}");
    }
    // The example is a list that can be imported as it is.
    let imported = prints(folder, &["accounts", "import", "accounts.example.csv", "--yes"], "");
    assert!(imported.contains("2 accounts in all"), "{imported}");
    drop(sink);
}

#[test]
fn everything_can_be_said_by_options_and_nothing_is_ever_overwritten() {
    let folder = folder();
    let folder = folder.path();
    let servers = [
        "--imap",
        "mail.fjord.example",
        "--imap-password-from",
        "env:IMAP",
        "--smtp",
        "mail.fjord.example:587",
        "--smtp-password-from",
        "credential:smtp",
        "--sent-folder",
        "Sent",
        "--authserv-id",
        "mx.fjord.example",
        "--timezone",
        "Europe/Oslo",
        "--domains",
        "fjord.example, fjord.test",
        "--yes",
    ];
    let arguments = [&INIT[..], &FIRM, &servers].concat();
    prints(folder, &arguments, "");
    let written = fs::read_to_string(folder.join("pairdesk.toml")).unwrap();
    insta::assert_snapshot!(written);
    assert!(
        fs::read_dir(folder).unwrap().all(|entry| !entry
            .unwrap()
            .file_name()
            .to_string_lossy()
            .ends_with("password"))
    );

    let said = fails(folder, 1, &arguments, "");
    assert!(said.contains("is there already, and stays as it is"), "{said}");
    assert_eq!(fs::read_to_string(folder.join("pairdesk.toml")).unwrap(), written);
    // The credential is systemd's to give: every command says so, with the exit code for configurations.
    let said = fails(folder, 78, &["status"], "");
    assert!(said.contains("LoadCredential=smtp") && said.contains("the environment has no IMAP"), "{said}");
    let credentials = folder.join("credentials");
    fs::create_dir(&credentials).unwrap();
    fs::write(credentials.join("smtp"), "of systemd\n").unwrap();
    let output = pairdesk(folder, &["check", "--offline"])
        .env("CREDENTIALS_DIRECTORY", &credentials)
        .env("IMAP", "x")
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", text(&output.stdout));
}

#[test]
fn what_is_missing_or_wrong_is_said_at_once_and_nothing_is_written() {
    let folder = folder();
    let folder = folder.path();
    let said = fails(folder, 2, &[&INIT[..], &["--yes"]].concat(), "");
    for option in ["--firm", "--address", "--manager", "--imap-password-from"] {
        assert!(said.contains(option), "{said}");
    }
    let said = fails(folder, 2, &[&INIT[..], &FIRM].concat(), "\n");
    assert!(said.contains("there is nobody to answer"), "{said}");
    for (wrong, because) in [
        (["--timezone", "Oslo"], "--timezone: expected a time zone"),
        (["--imap-tls", "none"], "none is for a server on this machine alone"),
        (["--domains", "gmail.com"], "--domains: expected mail domains of the firm's own"),
        (["--imap-password-from", "hunter2"], "never the password itself"),
        (["--ca-file", "/nowhere/ca.pem"], "there is no file /nowhere/ca.pem"),
        (["--store", "postgres://desk:hunter2@db/desk"], "without the password"),
    ] {
        let usual = ["--imap-password-from", "env:IMAP", "--yes"];
        let usual = if wrong[0] == usual[0] { &usual[2..] } else { &usual[..] };
        let said = fails(folder, 2, &[&INIT[..], &FIRM, usual, &wrong].concat(), "");
        assert!(said.contains(because), "{said}");
        assert!(!said.contains("hunter2"), "{said}");
    }
    assert_eq!(fs::read_dir(folder).unwrap().count(), 0);
}

#[test]
fn a_test_mail_that_is_refused_is_wrong_and_says_why() {
    let folder = folder();
    let folder = folder.path();
    let mailbox = folder.join("Maildir");
    for part in ["new", "cur", "tmp"] {
        fs::create_dir_all(mailbox.join(part)).unwrap();
    }
    let outgoing = folder.join("outgoing");
    let servers = ["--imap", mailbox.to_str().unwrap(), "--smtp", outgoing.to_str().unwrap(), "--yes"];
    prints(folder, &[&INIT[..], &FIRM, &servers].concat(), "");
    let said = prints(folder, &["check", "--send-test", "ola@elsewhere.example"], "");
    assert!(said.contains("a test mail to ola@elsewhere.example was taken"), "{said}");
    assert_eq!(fs::read_dir(outgoing.join("ola@elsewhere.example/new")).unwrap().count(), 1);
    let said = fails(folder, 2, &["check", "--send-test", "ola"], "");
    assert!(said.contains("expected a mail address"), "{said}");

    fs::remove_dir_all(&outgoing).unwrap();
    fs::write(&outgoing, "a file where a folder should be").unwrap();
    let output = answered(folder, &["check", "--send-test"], "");
    assert_eq!(output.status.code(), Some(1));
    assert!(
        text(&output.stdout).contains("WRONG a test mail to mona@fjord.example was not taken"),
        "{}",
        text(&output.stdout)
    );
}

#[test]
fn the_manual_names_every_command_and_every_exit_code_and_each_command_has_a_page() {
    let folder = folder();
    let folder = folder.path();
    prints(folder, &["man", "pages"], "");
    let page = |name: &str| fs::read_to_string(folder.join("pages").join(name)).unwrap();
    let main = page("pairdesk.1");
    let help = prints(folder, &["--help"], "");
    let commands = help.split("Commands:\n").nth(1).unwrap().split("\n\n").next().unwrap();
    let commands: Vec<_> = commands
        .lines()
        .filter(|line| line.starts_with("  ") && !line.starts_with("   "))
        .map(|line| line.split_whitespace().next().unwrap())
        .filter(|command| *command != "help")
        .collect();
    assert!(commands.len() > 15 && commands.contains(&"init") && !commands.contains(&"man"), "{commands:?}");
    for command in commands {
        assert!(main.contains(&format!("pairdesk\\-{command}(1)")), "{command} is not in\n{main}");
        assert!(page(&format!("pairdesk-{command}.1")).contains(".SH SYNOPSIS"), "{command}");
    }
    let codes = help.split("Exit codes:\n").nth(1).unwrap();
    let codes: Vec<_> = codes.lines().map(|line| line.split_whitespace().next().unwrap()).collect();
    assert_eq!(codes, ["0", "1", "2", "3", "75", "78"]);
    let install = include_str!("../../docs/install.md");
    for code in codes {
        assert!(install.contains(&format!("\n| {code} |")), "docs/install.md has no {code}");
        assert!(main.contains(&format!(".TP\n.B {code}\n")), "{code} is not in\n{main}");
    }
    // groff reads it without complaint, where there is one.
    if let Ok(output) =
        Command::new("groff").args(["-man", "-Tutf8", "-wall"]).arg(folder.join("pages/pairdesk.1")).output()
    {
        assert!(output.status.success() && output.stderr.is_empty(), "{}", text(&output.stderr));
    }
    for shell in ["bash", "zsh", "fish"] {
        assert!(prints(folder, &["completions", shell], "").contains("handover"), "{shell}");
    }
}

#[test]
fn a_log_of_json_is_an_object_a_line() {
    let folder = folder();
    let folder = folder.path();
    let store = "postgres://desk@127.0.0.1:1/desk?sslmode=disable";
    let config = format!(
        "[firm]\nname = \"Fjord\"\naddress = \"service@fjord.example\"\ndomains = [\"fjord.example\"]\ntimezone = \"UTC\"\n\
         manager = \"mona@fjord.example\"\n[store]\nurl = \"{store}\"\n[[mailbox]]\nname = \"service\"\nmaildir = \"mail\"\n\
         [smtp]\nfolder = \"out\"\n[log]\nformat = \"json\"\n"
    );
    fs::write(folder.join("pairdesk.toml"), &config).unwrap();
    // A database that is out of reach: it may pass later.
    let output = answered(folder, &["run"], "");
    assert_eq!(output.status.code(), Some(75), "{}", text(&output.stderr));

    fs::write(folder.join("pairdesk.toml"), config.replace(store, "sqlite:desk.db")).unwrap();
    let log = fs::File::create(folder.join("log")).unwrap();
    let mut child = pairdesk(folder, &["run"]).stdin(Stdio::null()).stderr(log).spawn().unwrap();
    let begun = std::time::Instant::now();
    let log = loop {
        let log = fs::read_to_string(folder.join("log")).unwrap();
        if log.contains("\"started\"") {
            break log;
        }
        assert!(begun.elapsed().as_secs() < 60 && child.try_wait().unwrap().is_none(), "{log}");
        std::thread::sleep(std::time::Duration::from_millis(20));
    };
    child.kill().unwrap();
    child.wait().unwrap();
    for line in log.lines() {
        let event: serde_json::Value = serde_json::from_str(line).expect(line);
        assert!(
            event["message"].is_string() && event["level"].is_string() && event["timestamp"].is_string(),
            "{line}"
        );
    }
}
