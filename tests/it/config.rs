//! The configuration: the example holds, safe values are the usual ones, and all mistakes are named at once.

use std::path::Path;

use jiff::SignedDuration;
use pairdesk::config::{Afterwards, Config, Proof, Secret, Since, Source, Submission, Tls, Transport};
use pairdesk::directory::written::Problem;
use pairdesk::effect::ClientLetter;
use pairdesk::intake::FollowUp;
use pairdesk::schedule::{Targets, WorkingTime};
use proptest::prelude::*;

const EXAMPLE: &str = include_str!("../../pairdesk.example.toml");

fn environment(name: &str) -> Option<String> {
    name.starts_with("PAIRDESK_").then(|| format!("secret of {name}"))
}

fn read(text: &str) -> Result<Config, Vec<Problem>> {
    Config::parse("pairdesk.toml", text, Path::new("/srv/desk"), environment)
}

/// A configuration that is right, with a part of it exchanged.
fn changed(from: &str, to: &str) -> Result<Config, Vec<Problem>> {
    assert!(MINIMAL.contains(from), "{from:?} is not in the configuration");
    read(&MINIMAL.replacen(from, to, 1))
}

fn only_problem(result: Result<Config, Vec<Problem>>) -> Problem {
    let mut problems = result.expect_err("a problem");
    assert_eq!(problems.len(), 1, "{problems:#?}");
    problems.remove(0)
}

const MINIMAL: &str = r#"
[firm]
name = "Firm"
address = "Service@Firm.example"
domains = ["firm.example"]
timezone = "europe/amsterdam"
manager = "Maria Lind <maria@firm.example>"
[store]
url = "sqlite:desk.db"
[[mailbox]]
name = "service"
host = "imap.firm.example"
user = "service"
password = "env:PAIRDESK_IMAP"
[smtp]
host = "smtp.firm.example"
"#;

#[test]
fn the_example_is_a_valid_configuration() {
    let config = read(EXAMPLE).unwrap();
    assert_eq!(config.firm.name, "Northwind Services");
    assert_eq!(config.mailboxes.len(), 1);
}

#[test]
fn what_the_example_shows_in_comments_is_the_usual_value() {
    // Uncommented keys of the same tables must change nothing.
    let usual = read(EXAMPLE).unwrap();
    let shown: String = EXAMPLE
        .lines()
        .map(|line| match line.strip_prefix("# ") {
            Some(key)
                if [
                    "port = ",
                    "tls = ",
                    "folders = ",
                    "sent_folders = ",
                    "since = ",
                    "afterwards = ",
                    "poll = ",
                ]
                .iter()
                .chain(&[
                    "max_mail_size = ",
                    "timeout = ",
                    "give_up_after = ",
                    "shadow = ",
                    "received = \"draft\"",
                    "still_working = ",
                    "still_working_after = ",
                    "accepted = \"draft\"",
                    "settled = \"draft\"",
                    "closes_after = ",
                    "thank_you = ",
                    "offer = ",
                    "boundary = ",
                ])
                .chain(&[
                    "false_case = ",
                    "false_check = ",
                    "false_alert = ",
                    "a_week = ",
                    "hour = ",
                    "days = ",
                    "level = ",
                    "language = ",
                ])
                .chain(&["per_recipient_hour = ", "total_hour = ", "subaddress = "])
                .any(|start| key.starts_with(start)) =>
            {
                format!("{key}\n")
            }
            _ => format!("{line}\n"),
        })
        .collect();
    assert_ne!(shown, EXAMPLE);
    assert_eq!(format!("{:?}", read(&shown).unwrap()), format!("{usual:?}"));
}

#[test]
fn every_known_key_is_documented_in_the_example() {
    // An unknown key in each table makes the reader list what it knows there.
    let text = MINIMAL
        .replace("[firm]", "[firm]\nqqqqqq = 1")
        .replace("[store]", "[store]\nqqqqqq = 1")
        .replace("[[mailbox]]", "[[mailbox]]\nqqqqqq = 1")
        .replace("[smtp]", "[smtp]\nqqqqqq = 1");
    let text = format!(
        "qqqqqq = 1\n{text}\n[[mailbox]]\nqqqqqq = 1\nname = \"b\"\nmaildir = \"m\"\n[follow_up]\nqqqqqq = 1\n[account.acme]\n\
         qqqqqq = 1\n[costs]\nqqqqqq = 1\n[alerts]\nqqqqqq = 1\n[hours]\nqqqqqq = 1\n[clock]\nqqqqqq = 1\n[clock.answer]\nqqqqqq = 1\n[clock.tier.gold]\nqqqqqq = 1\n[digest]\nqqqqqq = 1\n[person.\"kim@firm.example\"]\nqqqqqq = 1\n[commands]\nqqqqqq = 1\n[limits]\nqqqqqq = 1\n[privacy]\nqqqqqq = 1\n[log]\nqqqqqq = 1\n\
         [[mailbox]]\nname = \"c\"\nhost = \"imap.firm.example\"\nuser = \"c\"\n[mailbox.oauth]\nqqqqqq = 1\nprovider = \"microsoft\"\n\
         tenant = \"firm.example\"\nclient_id = \"x\"\nclient_secret = \"env:PAIRDESK_IMAP\"\n"
    );
    let problems = read(&text).unwrap_err();
    assert_eq!(problems.len(), 21, "{problems:#?}");
    for problem in problems {
        let keys = problem.remedy.strip_prefix("known here: ").expect("a list of the known keys");
        for key in keys.split(", ") {
            let documented = EXAMPLE.lines().any(|line| {
                let line = line.trim_start_matches("# ");
                line.starts_with(&format!("{key} = "))
                    || line.starts_with(&format!("[{key}]"))
                    || line.starts_with(&format!("[{key}."))
                    || line.contains(&format!(".{key}]"))
                    || line.contains(&format!(".{key}."))
                    || line.starts_with(&format!("[[{key}]]"))
            });
            assert!(documented, "{key} is missing from pairdesk.example.toml ({})", problem.what);
        }
    }
}

#[test]
fn what_is_left_out_is_safe() {
    let config = read(MINIMAL).unwrap();
    assert!(config.policy.shadow);
    assert_eq!(config.policy.follow_up(ClientLetter::Received, None), FollowUp::Draft);
    assert_eq!(config.firm.address, "service@firm.example");
    assert_eq!(config.firm.timezone, "Europe/Amsterdam");
    assert_eq!(config.store.url, "sqlite:/srv/desk/desk.db");
    let Source::Imap(imap) = &config.mailboxes[0].source else { panic!("an IMAP mailbox") };
    assert_eq!((imap.server.port, imap.server.tls), (993, Tls::Implicit));
    assert_eq!(imap.folders, ["INBOX"]);
    assert_eq!(imap.afterwards, Afterwards::Nothing);
    assert_eq!(config.mailboxes[0].since, Since::Now);
    let Transport::Smtp(Submission { server, login: None, .. }) = &config.smtp.transport else {
        panic!("an SMTP server")
    };
    assert_eq!((server.port, server.tls), (465, Tls::Implicit));
    assert_eq!(config.smtp.give_up_after, SignedDuration::from_hours(48));
}

#[test]
fn a_password_never_shows_itself() {
    let config = read(MINIMAL).unwrap();
    assert!(!format!("{config:?}").contains("secret of"), "{config:?}");
    let Source::Imap(imap) = &config.mailboxes[0].source else { panic!("an IMAP mailbox") };
    assert_eq!(imap.password, Proof::Password(Secret::new("secret of PAIRDESK_IMAP")));
    let problem = only_problem(changed("env:PAIRDESK_IMAP", "hunter2"));
    assert_eq!(problem.place, "pairdesk.toml:14:13");
    assert!(!format!("{problem}").contains("hunter2") && problem.remedy.contains("file:/path"), "{problem}");
    let problem = only_problem(changed("sqlite:desk.db", "postgres://desk:hunter2@db/desk"));
    assert!(!format!("{problem}").contains("hunter2") && problem.remedy.contains("file:/path"), "{problem}");
}

#[test]
fn the_database_password_is_put_into_the_url_that_opens_it() {
    let url = "url = \"postgres://desk@db.firm.example:5433/desk?sslmode=require\"\npassword = \"env:PAIRDESK_P@SS:%\"";
    let config = changed("url = \"sqlite:desk.db\"", url).unwrap();
    assert_eq!(
        config.store.url_with_password().expose(),
        "postgres://desk:secret%20of%20PAIRDESK_P%40SS%3A%25@db.firm.example:5433/desk?sslmode=require"
    );
    assert!(!format!("{config:?}").contains("secret"));
    assert_eq!(read(MINIMAL).unwrap().store.url_with_password().expose(), "sqlite:/srv/desk/desk.db");
}

#[test]
fn a_secret_in_a_file_is_its_text_without_the_line_end() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("password"), " pass word \r\n").unwrap();
    let text = MINIMAL.replace("env:PAIRDESK_IMAP", "file:password");
    let config = Config::parse("pairdesk.toml", &text, folder.path(), environment).unwrap();
    let Source::Imap(imap) = &config.mailboxes[0].source else { panic!("an IMAP mailbox") };
    assert_eq!(imap.password, Proof::Password(Secret::new(" pass word ")));
}

#[test]
fn all_mistakes_are_named_at_once_each_with_its_place_and_remedy() {
    let text = r#"[firm]
name = "Firm"
address = "service at firm"
domains = ["gmail.com"]
timezone = "Europe/Amsterdm"
manager = "Maria Lind"
langauge = "en"

[store]
url = "mysql://db/desk"

[[mailbox]]
name = "service"
host = "imap.firm.example"
tls = "none"
user = "service"
password = "hunter2"
poll = "often"
max_mail_size = "25 potatoes"
since = "last week"
folders = "INBOX"
afterwards = "delete"

[[mailbox]]
name = "service"
host = "imap.firm.example"
maildir = "/var/mail"

[smtp]
port = 70000
password = "file:/nowhere/smtp"
ca_file = "nowhere.pem"
timeout = 30

[costs]
false_case = 0
false_check = "0.3"

[follow_up]
received = "atuo"
shadow = "no"

[digest]
hour = "25:00"
days = ["monday"]

[limits]
total_hour = 0

[logs]
level = "info"
"#;
    let problems = read(text).unwrap_err();
    let shown: Vec<_> =
        problems.iter().map(|problem| (problem.place.as_str(), problem.what.as_str())).collect();
    let has = |place: &str, what: &str| {
        assert!(
            shown.iter().any(|(at, said)| *at == format!("pairdesk.toml:{place}") && said.contains(what)),
            "{place} {what:?} is not in {shown:#?}"
        );
    };
    has("3:12", "service at firm");
    has("4:13", "free-mail");
    has("5:13", "Europe/Amsterdm");
    has("6:12", "Maria Lind");
    has("7:1", "unknown key langauge in [firm]");
    has("10:8", "neither sqlite: nor postgres://");
    has("15:8", "readable for all");
    has("17:13", "password stands in the configuration itself");
    has("18:9", "poll = \"often\"");
    has("19:18", "25 potatoes");
    has("20:10", "last week");
    has("21:12", "folders is a text in quotes, expected a list of texts");
    has("22:15", "delete");
    has("25:9", "two mailboxes named \"service\"");
    has("26:9", "a mailbox with maildir has no host");
    has("29:1", "[smtp] has no host");
    has("30:8", "port = 70000 is out of range");
    has("31:13", "/nowhere/smtp");
    has("32:12", "there is no file /srv/desk/nowhere.pem");
    has("33:11", "timeout is a number");
    has("36:14", "false_case = 0 is out of range");
    has("37:16", "false_check is a text");
    has("40:13", "received = \"atuo\"");
    has("41:11", "shadow is a text");
    has("44:9", "25:00");
    has("45:10", "monday");
    has("48:14", "total_hour = 0 is out of range");
    has("50:2", "unknown key logs in the file");
    assert!(problems.iter().all(|problem| problem.remedy.len() > 10), "{problems:#?}");
    let remedy = |what: &str| &problems.iter().find(|problem| problem.what.contains(what)).unwrap().remedy;
    assert_eq!(remedy("langauge"), "did you mean \"language\"?");
    assert_eq!(remedy("atuo"), "did you mean \"auto\"?");
    assert_eq!(remedy("key logs"), "did you mean \"log\"?");
    assert_eq!(problems.len(), 28, "{shown:#?}");
}

#[test]
fn what_a_mistake_costs_gives_the_probabilities() {
    let of =
        |costs: &str| read(&format!("{MINIMAL}\n[costs]\n{costs}")).map(|config| config.policy.thresholds);
    let usual = of("").unwrap();
    assert!((usual.alert - 0.8).abs() < 1e-9 && (usual.open_case - 0.5).abs() < 1e-9);
    let chosen = of("false_alert = 19\nfalse_case = 3\nfalse_check = 0.25").unwrap();
    assert!((chosen.alert - 0.95).abs() < 1e-9 && (chosen.open_case - 0.75).abs() < 1e-9);
    assert!((chosen.please_check - 0.2).abs() < 1e-9);
    let wrong = of("false_alert = 0.5\nfalse_case = 0.3").unwrap_err();
    assert!(wrong[0].what.contains("false_check = 0.43 is above false_case = 0.3"), "{wrong:#?}");
}

#[test]
fn text_that_is_no_toml_is_one_problem_at_its_place() {
    let problem = only_problem(read("[firm]\nname = \"x\"\ntimezone = Europe/Amsterdam\n"));
    assert_eq!(problem.place, "pairdesk.toml:3:12");
    assert!(problem.remedy.contains("quotes"), "{problem}");
}

#[test]
fn a_server_on_this_machine_may_be_without_tls() {
    for host in ["localhost", "127.0.0.1", "127.8.9.1", "::1"] {
        let config =
            changed("host = \"smtp.firm.example\"", &format!("host = \"{host}\"\ntls = \"none\"")).unwrap();
        let Transport::Smtp(Submission { server, .. }) = config.smtp.transport else {
            panic!("an SMTP server")
        };
        assert_eq!((server.tls, server.port), (Tls::None, 25));
    }
    for host in ["10.0.0.1", "localhost.firm.example", "0.0.0.0"] {
        let problem = only_problem(changed(
            "host = \"smtp.firm.example\"",
            &format!("host = \"{host}\"\ntls = \"none\""),
        ));
        assert!(problem.remedy.contains("starttls"), "{problem}");
    }
}

#[test]
fn a_folder_is_not_read_as_both_came_and_sent_nor_moved_into_itself() {
    let problem = only_problem(changed("host = \"imap", "sent_folders = [\"INBOX\"]\nhost = \"imap"));
    assert!(problem.what.contains("INBOX is in folders and in sent_folders"), "{problem}");
    let problem = only_problem(changed("host = \"imap", "afterwards = \"move:INBOX\"\nhost = \"imap"));
    assert!(problem.what.contains("which is read itself"), "{problem}");
}

#[test]
fn a_day_begins_at_midnight_in_the_firms_time_zone() {
    let config = changed("host = \"imap", "since = \"2026-11-01\"\nhost = \"imap").unwrap();
    assert_eq!(config.mailboxes[0].since, Since::Instant("2026-10-31T23:00:00Z".parse().unwrap()));
}

#[test]
fn an_account_can_have_its_own_acknowledgements() {
    let config =
        read(&format!("{MINIMAL}[follow_up]\nreceived = \"off\"\n[account.acme]\nreceived = \"auto\"\n"))
            .unwrap();
    assert_eq!(config.policy.follow_up(ClientLetter::Received, None), FollowUp::Off);
    assert_eq!(config.policy.follow_up(ClientLetter::Received, Some("acme")), FollowUp::Auto);
    assert_eq!(config.policy.follow_ups.accounts(), ["acme"]);
}

#[test]
fn mail_can_be_written_into_a_folder_instead_of_being_sent() {
    let config = changed("host = \"smtp.firm.example\"", "folder = \"outgoing\"").unwrap();
    assert!(
        matches!(config.smtp.transport, Transport::Folder(folder) if folder == Path::new("/srv/desk/outgoing"))
    );
}

proptest! {
    #[test]
    fn a_line_that_is_changed_at_random_gives_a_configuration_or_problems(
        line in 0_usize..16,
        new in "[a-z_=\"\\[\\]{}0-9., #:-]{0,40}",
    ) {
        let changed: Vec<_> =
            MINIMAL.lines().enumerate().map(|(at, old)| if at == line { new.as_str() } else { old }).collect();
        if let Err(problems) = read(&changed.join("\n")) {
            prop_assert!(!problems.is_empty());
            prop_assert!(problems.iter().all(|problem| !problem.remedy.is_empty()));
        }
    }
}

#[test]
fn a_person_can_have_a_time_zone_hour_days_and_holidays_of_their_own() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("us.ics");
    let ics = "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:x\r\nBEGIN:VEVENT\r\nUID:1\r\nDTSTAMP:20260101T000000Z\r\n\
               DTSTART;VALUE=DATE:20260703\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n";
    std::fs::write(&file, ics).unwrap();
    let with = |table: &str| read(&format!("{MINIMAL}\n{table}\n"));
    let config = with(&format!(
        "[digest]\nhour = \"09:00\"\n[person.\"Kim@Firm.example\"]\ntimezone = \"America/New_York\"\nhour = \"07:15\"\n\
         days = [\"tue\", \"mon\"]\nholidays = \"{}\"",
        file.display()
    ))
    .unwrap();
    assert_eq!(config.firm.timezones["kim@firm.example"], "America/New_York");
    let own = &config.hours.people["kim@firm.example"];
    assert_eq!(own.digest.unwrap().to_string(), "07:15:00");
    assert_eq!(own.days.as_ref().unwrap().len(), 2);
    assert!(own.holidays.as_ref().unwrap().contains("2026-07-03".parse().unwrap()));
    for (table, said, remedy) in [
        ("[person.kim]", "[person.kim] names nobody", "with the quotes"),
        ("[person.\"kim@firm.example\"]\ntimezone = \"Mars\"", "Mars", "Europe/Amsterdam"),
        ("[digest]\nholidays = \"nowhere.ics\"", "nowhere.ics cannot be read: No such file", "iCalendar"),
        ("[digest]\nholidays = \"/etc/hostname\"", "it is no iCalendar file", "(.ics)"),
    ] {
        let problems = with(table).unwrap_err();
        assert_eq!(problems.len(), 1, "{problems:#?}");
        assert!(problems[0].what.contains(said), "{problems:#?}");
        assert!(problems[0].remedy.contains(remedy), "{problems:#?}");
    }
}

#[test]
fn the_clock_has_targets_in_working_time_by_severity_and_tier() {
    let with = |table: &str| read(&format!("{MINIMAL}\n{table}\n"));
    assert_eq!(with("").unwrap().policy.targets, Targets::default());
    let config = with(
        "[hours]\nfrom = \"08:00\"\nto = \"24:00\"\ndays = [\"sat\"]\n[clock]\nescalate_after = \"1d 2h\"\n\
         answer = { severe = \"45m\" }\n[clock.tier.Gold]\nfactor = 0.5\n[alerts]\ncool_down = \"3h\"",
    )
    .unwrap();
    let targets = &config.policy.targets;
    assert_eq!(targets.answer.severe, WorkingTime { days: 0, rest: SignedDuration::from_mins(45) });
    assert_eq!(targets.answer.clear, Targets::default().answer.clear);
    assert_eq!(targets.escalate_after, WorkingTime { days: 1, rest: SignedDuration::from_hours(2) });
    assert!((targets.tiers["gold"] - 0.5).abs() < 1e-9);
    assert_eq!(config.policy.cool_down, SignedDuration::from_hours(3));
    assert_eq!(
        (config.hours.from, config.hours.to),
        (jiff::civil::time(8, 0, 0, 0), jiff::civil::Time::midnight())
    );
    assert_eq!(config.hours, config.policy.hours);
    for (table, said, remedy) in [
        ("[hours]\nfrom = \"18:00\"", "ends at 17:30, before it begins at 18:00", "a night's work"),
        ("[person.\"kim@firm.example\"]\nto = \"08:00\"", "ends at 08:00, before it begins at 09:00", "from"),
        (
            "[hours]\ndays = [\"sat\"]\n[digest]\ndays = [\"sat\"]",
            "days stands in [hours] and in [digest]",
            "[hours]",
        ),
        ("[clock.answer]\nmild = \"1w\"", "1w", "working days"),
        ("[clock.answer]\nmild = \"0h\"", "0h", "working days"),
        ("[clock.answer]\nmidl = \"1h\"", "unknown key midl in [clock.answer]", "mild"),
        ("[alerts]\ncool_down = \"31d\"", "cool_down is longer than thirty days", "shorter"),
        ("[clock.tier.gold]\nfactor = 0", "factor = 0 is out of range", "from 0.01 to 100"),
    ] {
        let problems = with(table).unwrap_err();
        assert_eq!(problems.len(), 1, "{problems:#?}");
        assert!(problems[0].what.contains(said), "{problems:#?}");
        assert!(problems[0].remedy.contains(remedy), "{problems:#?}");
    }
}

#[test]
fn what_binds_the_firm_never_goes_out_by_itself() {
    let chosen =
        "offer = \"draft\"\nsettled = \"auto\"\ncloses_after = \"5d\"\n[account.acme]\nsettled = \"off\"\n";
    let config = read(&format!("{MINIMAL}[follow_up]\n{chosen}")).unwrap();
    assert_eq!(config.policy.follow_up(ClientLetter::Offer, None), FollowUp::Draft);
    assert_eq!(config.policy.follow_up(ClientLetter::Settled, Some("delta")), FollowUp::Auto);
    assert_eq!(config.policy.follow_up(ClientLetter::Settled, Some("acme")), FollowUp::Off);
    assert_eq!(config.policy.follow_up(ClientLetter::ThankYou, Some("acme")), FollowUp::Draft);
    assert_eq!(config.policy.closes_after, SignedDuration::from_hours(5 * 24));
    for letter in ["offer", "boundary"] {
        for mode in ["auto", "off"] {
            let problem = only_problem(read(&format!("{MINIMAL}[follow_up]\n{letter} = \"{mode}\"\n")));
            assert_eq!(problem.what, format!("{letter} = \"{mode}\" is none of draft"));
        }
    }
    let problem = only_problem(read(&format!("{MINIMAL}[account.acme]\nsetled = \"auto\"\n")));
    assert_eq!(problem.remedy, "did you mean \"settled\"?");
}
