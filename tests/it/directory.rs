//! The accounts file: what it may look like, all its mistakes at once, and what importing it changes.

use pairdesk::directory::changes::{Change, changes};
use pairdesk::directory::import::{Imported, read};
use pairdesk::directory::written::Problem;
use pairdesk::directory::{Account, Directory, Firm, Who};
use pairdesk::message::Address;
use proptest::prelude::*;

const CSV: &str = "\
account,name,domains,addresses,sales,sales_deputy,operations,operations_deputy,manager,timezone,language,tier,included,excluded,hourly_rate,currency
acme,Acme BV,acme.example;acme.test,jo@gmail.com,Kim Vos <kim@firm.example>,,Priya Nair <priya@firm.example>,,,europe/brussels,NL,gold,\"Weekly report; two landing pages, in Dutch\",Translations,\"95,50\",eur
delta,Delta,delta.example,,sam@firm.example,,priya@firm.example,,maria@firm.example,,,,,,,
";

const TOML: &str = r#"
[[account]]
account = "acme"
name = "Acme BV"
domains = ["acme.example", "acme.test"]
addresses = ["jo@gmail.com"]
sales = "Kim Vos <kim@firm.example>"
operations = "Priya Nair <priya@firm.example>"
timezone = "Europe/Brussels"
language = "nl"
tier = "gold"
included = ["Weekly report", "two landing pages, in Dutch"]
excluded = ["Translations"]
hourly_rate = 95.50
currency = "EUR"

[[account]]
account = "delta"
name = "Delta"
domains = "delta.example"
sales = "sam@firm.example"
operations = "priya@firm.example"
manager = "maria@firm.example"
"#;

fn firm() -> Firm {
    Firm { address: "service@firm.example".into(), domains: vec!["firm.example".into()], ..Firm::default() }
}

fn imported(file: &str, text: impl AsRef<[u8]>) -> Imported {
    read(file, text.as_ref(), &firm()).unwrap_or_else(|problems| panic!("{problems:#?}"))
}

fn problems(file: &str, text: &str) -> Vec<Problem> {
    read(file, text.as_bytes(), &firm()).expect_err("problems")
}

fn says(problems: &[Problem], place: &str, what: &str) {
    assert!(
        problems.iter().any(|problem| problem.place == place && problem.what.contains(what)),
        "{place} {what:?} is not in {problems:#?}"
    );
}

#[test]
fn csv_and_toml_say_the_same() {
    let from_csv = imported("accounts.csv", CSV);
    assert_eq!(from_csv, imported("accounts.toml", TOML));
    assert_eq!(from_csv.warnings, []);
    let acme = &from_csv.accounts[0];
    assert_eq!(acme.name, "Acme BV");
    assert_eq!(acme.domains, ["acme.example", "acme.test"]);
    assert_eq!(acme.sales.as_ref().unwrap().to_string(), "Kim Vos <kim@firm.example>");
    assert_eq!((acme.timezone.as_str(), acme.language.as_str()), ("Europe/Brussels", "nl"));
    let scope: Vec<_> = acme.scope.iter().map(|line| (line.included, line.text.as_str())).collect();
    assert_eq!(
        scope,
        [(true, "Weekly report"), (true, "two landing pages, in Dutch"), (false, "Translations")]
    );
    assert_eq!((acme.hourly_rate, acme.currency.as_str()), (Some(9550), "EUR"));
    let directory = Directory::new(firm(), from_csv.accounts.clone());
    assert!(matches!(directory.who("jo@gmail.com"), Who::Client(account) if account.key == "acme"));
}

#[test]
fn a_spreadsheets_export_is_read_whatever_its_delimiter_line_ends_and_encoding() {
    let usual = "account;name;domains;included\r\nmueller;Müller – Söhne;\"mueller.example;mueller.test\";\"a;b\"\r\n";
    let expected = imported("a.csv", usual);
    assert_eq!(expected.accounts[0].name, "Müller – Söhne");
    assert_eq!(expected.accounts[0].domains.len(), 2);
    let with_mark = [b"\xef\xbb\xbf", usual.as_bytes()].concat();
    let utf_16: Vec<u8> =
        std::iter::once(0xfeff_u16).chain(usual.encode_utf16()).flat_map(u16::to_le_bytes).collect();
    let windows_1252: Vec<u8> = usual
        .chars()
        .map(|c| match c {
            '–' => 0x96,
            c => u8::try_from(u32::from(c)).unwrap(),
        })
        .collect();
    let commas =
        "Account, Name, Domains, Included\nmueller,Müller – Söhne,mueller.example;mueller.test,a;b\n\n";
    let tabs = "account\tname\tdomains\tincluded\nmueller\tMüller – Söhne\tmueller.example;mueller.test\ta;b";
    for bytes in [with_mark, utf_16, windows_1252, commas.into(), tabs.into()] {
        assert_eq!(
            imported("a.csv", &bytes).accounts,
            expected.accounts,
            "{}",
            String::from_utf8_lossy(&bytes)
        );
    }
}

#[test]
fn all_mistakes_of_a_csv_file_are_named_at_once_each_with_line_and_column() {
    let text = "\
account,name,domains,addresses,sales,operations,timezone,language,hourly_rate,currency,managr
Acme BV,Acme,gmail.com,,Kim Vos,priya@firm.example,Europe/Brusels,english,\"1.250,00\",EUR,
delta,,\"delta.example; delta\",jo@firm.example,service@firm.example,,,,95,,
delta,Delta,delta.example,,,,,,,,
ghent,Ghent,\"delta.example;ghent.firm.example\",,,,,,5,EURO,
\"multi
line\",M,,,,,,,,,
short,Short
";
    let found = problems("accounts.csv", text);
    let at = |place: &str, what: &str| says(&found, &format!("accounts.csv:{place}"), what);
    at("1:88", "unknown column \"managr\"");
    at("2:1", "\"Acme BV\" cannot be an account's short name");
    at("2:14", "gmail.com is a free-mail domain");
    at("2:25", "\"Kim Vos\" cannot be used as sales");
    at("2:52", "\"Europe/Brusels\" cannot be used as timezone");
    at("2:67", "\"english\" cannot be used as language");
    at("2:76", "\"1.250,00\" cannot be used as hourly_rate");
    at("3:1", "account delta has no name");
    at("3:24", "\"delta\" cannot be used as domains");
    at("3:31", "jo@firm.example is at your own firm's domain");
    at("3:47", "the address that clients write to");
    at("3:71", "hourly_rate has no currency");
    at("4:1", "there are two accounts delta");
    at("5:14", "domain delta.example is claimed by ghent and by delta");
    at("5:28", "ghent.firm.example is your own firm's domain");
    at("5:55", "\"EURO\" cannot be used as currency");
    at("6:2", "cannot be an account's short name");
    at("8:7", "this line has 2 fields, and the header 11");
    assert_eq!(found.len(), 18, "{found:#?}");
    assert!(found.iter().all(|problem| problem.remedy.len() > 10));
    assert_eq!(found[0].remedy, "did you mean \"manager\"?");
    let first = &found.iter().find(|problem| problem.what.contains("claimed")).unwrap().remedy;
    assert!(first.contains("accounts.csv:3:9"), "{first}");
}

#[test]
fn all_mistakes_of_a_toml_file_are_named_at_once_each_with_line_and_column() {
    let text = r#"title = "accounts"
[[account]]
account = "acme"
name = "Acme"
domain = ["acme.example"]
sales = ["kim@firm.example", "sam@firm.example"]
addresses = ["jo", 5]
[[account]]
name = "Delta"
currency = "EUR"
hourly_rate = "a lot"
"#;
    let found = problems("accounts.toml", text);
    let at = |place: &str, what: &str| says(&found, &format!("accounts.toml:{place}"), what);
    at("1:1", "unknown key title");
    at("5:1", "unknown key domain in [[account]]");
    at("6:9", "sales is of the wrong type");
    at("7:15", "\"jo\" cannot be used as addresses");
    at("7:20", "addresses is of the wrong type");
    at("8:1", "has no short name");
    at("11:16", "\"a lot\" cannot be used as hourly_rate");
    assert_eq!(found.len(), 7, "{found:#?}");
}

#[test]
fn an_empty_file_is_a_mistake_and_no_order_to_remove_all_accounts() {
    assert_eq!(problems("a.csv", "").len(), 1);
    says(&problems("a.csv", "account,name\n"), "a.csv:2:1", "has no accounts");
    says(&problems("a.toml", "# nothing yet\n"), "a.toml:2:1", "has no accounts");
    assert_eq!(problems("a.toml", "[[account]\n").len(), 1);
}

#[test]
fn missing_double_coverage_is_a_warning_with_its_place() {
    let text = "account,name,domains,sales,operations\n\
                a,A,a.example,kim@firm.example,\n\
                b,B,b.example,kim@firm.example,Kim Vos <kim@firm.example>\n\
                c,C,c.example,kim@firm.example,pat@freelance.example\n\
                d,D,,kim@firm.example,priya@firm.example\n";
    let warnings = imported("a.csv", text).warnings;
    says(&warnings, "a.csv:2:1", "account a has no owner in operations");
    says(&warnings, "a.csv:3:32", "owns account b alone");
    says(&warnings, "a.csv:4:32", "outside your firm's domains");
    says(&warnings, "a.csv:5:1", "neither domains nor addresses");
    assert_eq!(warnings.len(), 4, "{warnings:#?}");
}

#[test]
fn a_domain_beyond_ascii_is_known_however_it_is_spelled() {
    let row = |domain: &str| {
        format!("account,name,domains,sales,operations\nb,B,{domain},kim@firm.example,priya@firm.example\n")
    };
    for file in ["bücher.example", "XN--BCHER-KVA.example"] {
        let accounts = imported("accounts.csv", row(file)).accounts;
        assert_eq!(accounts[0].domains, ["xn--bcher-kva.example"]);
        let directory = Directory::new(firm(), accounts);
        for address in ["ann@bücher.example", "Ann@mail.BÜCHER.example", "ann@xn--bcher-kva.example"] {
            assert!(matches!(directory.who(address), Who::Client(_)), "{address} with {file}");
            assert!(directory.accounts()[0].has(address), "{address} with {file}");
        }
        assert_eq!(directory.who("ann@bucher.example"), Who::Unknown);
    }
    let both =
        format!("{}c,C,xn--bcher-kva.example,kim@firm.example,priya@firm.example\n", row("bücher.example"));
    says(&problems("accounts.csv", &both), "accounts.csv:3:5", "xn--bcher-kva.example");
}

#[test]
fn importing_the_same_file_again_changes_nothing() {
    let accounts = imported("a.csv", CSV).accounts;
    assert_eq!(changes(&accounts, &imported("a.toml", TOML).accounts), []);
    let fewer: Vec<Account> = accounts[..1].to_vec();
    assert_eq!(changes(&accounts, &fewer), [Change::Removed("delta".into(), "Delta".into())]);
    let moved =
        CSV.replacen("Kim Vos <kim@firm.example>", "Sam <sam@firm.example>", 1).replace("95,50", "97");
    assert_eq!(
        changes(&accounts, &imported("a.csv", &moved).accounts),
        [Change::Changed(
            "acme".into(),
            vec![
                ("sales", "Kim Vos <kim@firm.example>".into(), "Sam <sam@firm.example>".into()),
                ("hourly_rate", "95.50".into(), "97.00".into()),
            ]
        )]
    );
    let [Change::New(key, fields), Change::New(..)] = &changes(&[], &accounts)[..] else {
        panic!("two new accounts")
    };
    assert_eq!((key.as_str(), &fields[0]), ("acme", &("name", "Acme BV".to_owned())));
    assert!(fields.iter().all(|(_, value)| !value.is_empty()));
}

proptest! {
    #[test]
    fn any_bytes_give_accounts_or_problems_with_places(bytes: Vec<u8>, toml: bool) {
        let file = if toml { "a.toml" } else { "a.csv" };
        if let Err(problems) = read(file, &bytes, &firm()) {
            prop_assert!(!problems.is_empty());
            prop_assert!(problems.iter().all(|problem| problem.place.starts_with(file)));
        }
    }

    #[test]
    fn any_cells_give_accounts_or_problems_at_a_line_of_the_file(
        lines in prop::collection::vec("[a-z\"@.;,<> é\r\n]{0,40}", 0..6),
    ) {
        let text = format!("account,name,domains,sales,included\n{}", lines.join("\n"));
        if let Err(problems) = read("a.csv", text.as_bytes(), &firm()) {
            for problem in problems {
                let line: usize = problem.place.split(':').nth(1).unwrap().parse().unwrap();
                prop_assert!((1..=text.lines().count() + 1).contains(&line), "{}", problem);
            }
        }
    }
}

#[test]
fn our_address_with_a_subaddress_is_ours_and_nobody_elses() {
    let firm = Firm { own_addresses: vec!["help@firm.example".into()], ..firm() };
    let directory = Directory::new(firm.clone(), imported("accounts.csv", CSV).accounts);
    let rows = [
        ("service+k3@firm.example", Some("k3")),
        ("Service+K3@Firm.Example", Some("K3")),
        ("help+a+b@firm.example", Some("a+b")),
        ("service@firm.example", None),
    ];
    for (address, behind) in rows {
        assert_eq!(directory.who(address), Who::Ourselves, "{address}");
        assert_eq!(directory.subaddress(address), behind, "{address}");
    }
    for other in ["services+k3@firm.example", "kim+k3@firm.example", "service-k3@firm.example"] {
        assert_eq!((directory.who(other), directory.subaddress(other)), (Who::Staff, None), "{other}");
    }
    assert_eq!(directory.who("service+k3@elsewhere.example"), Who::Unknown);
    let text = CSV.replacen("kim@firm.example", "help+kim@firm.example", 1);
    let problems = read("accounts.csv", text.as_bytes(), &firm).expect_err("an owner at our own address");
    assert!(problems[0].what.contains("the address that clients write to"), "{problems:#?}");
}

#[test]
fn of_an_account_are_its_owners_deputies_and_managers_alone() {
    let firm = Firm { manager: Some(person("noor@firm.example")), ..firm() };
    let people = ["kim", "lee", "ada", "ben", "mo"].map(|name| Some(person(&format!("{name}@firm.example"))));
    let [sales, operations, sales_deputy, operations_deputy, manager] = people;
    let acme = Account {
        key: "acme".into(),
        sales,
        operations,
        sales_deputy,
        operations_deputy,
        manager,
        ..Account::default()
    };
    let delta =
        Account { key: "delta".into(), sales: Some(person("sam@firm.example")), ..Account::default() };
    let directory = Directory::new(firm, vec![acme, delta]);
    for name in ["kim", "Lee", "ada", "ben", "mo"] {
        assert!(directory.is_of(&format!("{name}@firm.example"), "acme"), "{name}");
        assert!(!directory.is_of(&format!("{name}@firm.example"), "delta"), "{name}");
    }
    assert!(directory.is_of("noor@firm.example", "delta") && !directory.is_of("noor@firm.example", "acme"));
    assert!(directory.is_of("noor@firm.example", "gone") && !directory.is_of("kim@firm.example", "gone"));
}

fn person(address: &str) -> Address {
    Address { name: String::new(), address: address.to_owned() }
}

#[test]
fn a_toml_file_says_who_is_away_when_and_what_is_wrong_with_that() {
    let absence = "\n[[absence]]\nperson = \"Kim Vos <Kim@firm.example>\"\nfrom = \"2026-12-21\"\nuntil = \"2027-01-03\"\n";
    let file = imported("a.toml", format!("{TOML}{absence}"));
    let said: Vec<_> = file
        .absences
        .iter()
        .map(|one| (one.person.as_str(), one.from.to_string(), one.until.to_string()))
        .collect();
    assert_eq!(said, [("kim@firm.example", "2026-12-21".to_owned(), "2027-01-03".to_owned())]);
    let wrong = [
        (
            "person = \"kim\"\nfrom = \"2026-12-21\"\nuntil = \"2026-12-22\"",
            "\"kim\" cannot be used as person",
        ),
        (
            "person = \"kim@firm.example\"\nfrom = \"21 Dec\"\nuntil = \"2026-12-22\"",
            "\"21 Dec\" cannot be used as from",
        ),
        ("person = \"kim@firm.example\"\nfrom = \"2026-12-21\"", "the absence has no until"),
        ("person = \"kim@firm.example\"\nfrom = \"2026-12-21\"\nuntil = \"2026-12-20\"", "before it begins"),
        ("who = \"kim@firm.example\"", "unknown key who in [[absence]]"),
    ];
    for (absence, what) in wrong {
        let found = problems("a.toml", &format!("{TOML}\n[[absence]]\n{absence}\n"));
        assert!(found.iter().any(|problem| problem.what.contains(what)), "{what:?} is not in {found:#?}");
    }
}

#[test]
fn whom_nothing_goes_to_is_said_for_an_account_or_for_single_addresses() {
    let csv = "account,name,do_not_write\nacme,Acme,yes\ndelta,Delta,Jo@Delta.example; max@delta.example\nghent,Ghent,no\n";
    let accounts = imported("a.csv", csv.as_bytes()).accounts;
    let may: Vec<_> = accounts.iter().map(|account| account.may_write("JO@delta.example")).collect();
    assert_eq!(may, [false, false, true]);
    assert!(!accounts[0].may_write("anybody@acme.example") && accounts[1].may_write("kim@delta.example"));
    let toml = "[[account]]\naccount = \"acme\"\nname = \"Acme\"\ndo_not_write = true\n\
        [[account]]\naccount = \"delta\"\nname = \"Delta\"\ndo_not_write = [\"jo@delta.example\", \"max@delta.example\"]\n";
    let same = imported("a.toml", toml.as_bytes()).accounts;
    assert_eq!(same[0].do_not_write, accounts[0].do_not_write);
    assert_eq!(same[1].do_not_write, accounts[1].do_not_write);
    says(
        &problems("a.csv", "account,name,do_not_write\nacme,Acme,perhaps\n"),
        "a.csv:2:11",
        "\"perhaps\" cannot be used as do_not_write",
    );
}
