//! The tables of the configuration file, one function each.

use std::collections::HashMap;
use std::net::SocketAddr;
use std::path::Path;

use jiff::SignedDuration;

use super::document::{At, Document, Section};
use super::mail::{mailboxes, smtp};
use super::secret::Secrets;
use super::time;
use super::values::kept;
use super::{Commands, Config, Log, LogFormat, Store, templates};
use crate::compose::OwnFile;
use crate::directory::Firm;
use crate::directory::written::{self, Problem};
use crate::effect::ClientLetter;
use crate::intake::{FollowUp, FollowUps, Policy, Thresholds};
use crate::outbox::Limits;
use crate::schedule::Retention;

const PERSON: &str = "a person, like \"Maria Lind <maria@firm.example>\"";
const ADDRESS: &str = "a mail address, like \"service@firm.example\"";
const DOMAIN: &str = "a mail domain, like \"firm.example\"";
pub(super) const TIMEZONE: &str = "a time zone by its IANA name, like \"Europe/Amsterdam\"";
const LANGUAGE: &str = "a language by its two letters, like \"en\"";

const LISTEN: &str = "an address and a port, like \"127.0.0.1:9464\"";

const MODES: [(&str, FollowUp); 3] =
    [("off", FollowUp::Off), ("draft", FollowUp::Draft), ("auto", FollowUp::Auto)];
const LEVELS: [(&str, tracing::Level); 5] = [
    ("error", tracing::Level::ERROR),
    ("warn", tracing::Level::WARN),
    ("info", tracing::Level::INFO),
    ("debug", tracing::Level::DEBUG),
    ("trace", tracing::Level::TRACE),
];
const FORMATS: [(&str, LogFormat); 2] = [("text", LogFormat::Text), ("json", LogFormat::Json)];

/// The whole file.
pub fn config(
    file: &str,
    text: &str,
    folder: &Path,
    environment: &dyn Fn(&str) -> Option<String>,
) -> Result<Config, Vec<Problem>> {
    let document = Document::new(file, text);
    let mut top = document.top();
    if !document.is_fine() {
        return Err(document.into_problems());
    }
    let secrets = Secrets { folder, environment };
    let mut table = top.section("firm");
    let authserv_ids: Vec<_> =
        table.texts("authserv_ids").unwrap_or_default().into_iter().map(|id| id.value).collect();
    let mut firm = firm(table);
    let store = store(top.section("store"), &secrets);
    let timezone = firm.as_ref().map_or("UTC", |firm| &firm.timezone);
    let mailboxes = mailboxes(&mut top, &secrets, timezone);
    let smtp = smtp(top.section("smtp"), &secrets, &mailboxes);
    let mut policy = policy(top.section("follow_up"), top.section("account"), top.section("costs"));
    policy.authentication = !authserv_ids.is_empty();
    let mut hours = time::hours(top.section("hours"), top.section("digest"), folder);
    hours.weekly = time::weekly(top.section("weekly"));
    let timezones = time::people(top.section("person"), &mut hours, folder);
    if let Some(firm) = &mut firm {
        firm.timezones = timezones;
    }
    let mut table = top.section("commands");
    let commands = Commands { subaddress: table.boolean("subaddress", true) };
    table.finish();
    (policy.alerts_a_week, policy.cool_down) = alerts(top.section("alerts"), &policy);
    policy.targets = time::targets(top.section("clock"));
    policy.hours = hours.clone();
    policy.retention = retention(top.section("privacy"));
    let limits = limits(top.section("limits"));
    let own_files = own_files(top.section("templates"), folder);
    let http = http(top.section("http"));
    let mut log = top.section("log");
    let level = log.choice("level", tracing::Level::INFO, &LEVELS);
    let format = log.choice("format", LogFormat::Text, &FORMATS);
    log.finish();
    top.finish();
    match (firm, store, smtp) {
        (Some(firm), Some(store), Some(smtp)) if document.is_fine() => Ok(Config {
            firm,
            authserv_ids,
            store,
            mailboxes,
            smtp,
            policy,
            hours,
            commands,
            own_files,
            limits,
            http,
            log: Log { level, format },
        }),
        _ => Err(document.into_problems()),
    }
}

fn firm(mut table: Section<'_, '_>) -> Option<Firm> {
    let name = table.required("name", "add name, as your clients know the firm");
    let address = table.required_read("address", ADDRESS, written::mail_address);
    let own = table.list("own_addresses", ADDRESS, written::mail_address).unwrap_or_default();
    if !table.has("domains") {
        table.missing(
            "domains",
            "add domains = [\"firm.example\"]: the domains of your own people's addresses",
        );
    }
    table.not_empty("domains", DOMAIN);
    let domains = table.list("domains", DOMAIN, written::domain).unwrap_or_default();
    for domain in domains.iter().filter(|domain| written::is_free_mail(&domain.value)) {
        table.document().problem(
            domain.at,
            format!("{} is a free-mail domain: anybody could pass for one of your people", domain.value),
            "use the firm's own domain; single people at free-mail addresses are owners by their full address",
        );
    }
    let timezone = table.required_read("timezone", TIMEZONE, written::timezone);
    let language = table.read("language", LANGUAGE, written::language);
    let manager = table.required_read("manager", PERSON, written::person);
    let administrator = table.read("administrator", PERSON, written::person);
    table.finish();
    Some(Firm {
        name: name?.value,
        address: address?.value,
        own_addresses: own.into_iter().map(|own| own.value).collect(),
        domains: domains.into_iter().map(|domain| domain.value).collect(),
        manager: Some(manager?.value),
        administrator: administrator.map(|administrator| administrator.value),
        timezone: timezone?.value,
        timezones: HashMap::new(),
        language: language.map_or_else(|| "en".to_owned(), |language| language.value),
    })
}

fn store(mut table: Section<'_, '_>, secrets: &Secrets<'_>) -> Option<Store> {
    const EXPECTED: &str =
        "\"sqlite:/var/lib/pairdesk/pairdesk.db\" or \"postgres://pairdesk@db.firm.example/pairdesk\"";
    let url = table.required("url", &format!("add url: {EXPECTED}"));
    let password = secrets.read(&mut table, "password");
    let has_password = password.is_some();
    let document = table.document();
    table.finish();
    let At { at, value } = url?;
    if let Some(path) = value.strip_prefix("sqlite:") {
        if has_password {
            document.problem(at, "SQLite has no password", "remove password from [store]");
        }
        let path = secrets.folder.join(path.trim_start_matches("//"));
        return Some(Store { url: format!("sqlite:{}", path.display()), password });
    }
    let Some(rest) = value.strip_prefix("postgres://").or_else(|| value.strip_prefix("postgresql://")) else {
        document.problem(at, "url is neither sqlite: nor postgres://", format!("expected {EXPECTED}"));
        return None;
    };
    let authority = rest.split('/').next().unwrap_or("");
    let user = authority.rsplit_once('@').map_or("", |(user, _)| user);
    if user.contains(':') || rest.contains("password=") {
        let remedy =
            "leave it out of url, and add password = \"file:/path\" or password = \"env:NAME\" to [store]";
        document.problem(at, "url holds the password itself, where others can read it", remedy);
    }
    if user.is_empty() && has_password {
        document.problem(at, "[store] has a password, and url names no user", format!("expected {EXPECTED}"));
    }
    Some(Store { url: value, password })
}

fn policy(mut table: Section<'_, '_>, accounts: Section<'_, '_>, costs: Section<'_, '_>) -> Policy {
    let usual = Policy::default();
    let shadow = table.boolean("shadow", usual.shadow);
    let offer_days = table.integer("offer_days", usual.offer_days, 1..=366);
    let closes_after = table.duration("closes_after", usual.closes_after);
    let still_working_after = time::length(&mut table, "still_working_after", usual.still_working_after);
    let mut follow_ups = FollowUps::default();
    for (letter, follow_up) in chosen(&mut table) {
        follow_ups = follow_ups.with(letter, follow_up);
    }
    table.finish();
    for (key, mut account) in accounts.named_sections() {
        let key = key.to_lowercase();
        follow_ups.name_account(&key);
        for (letter, follow_up) in chosen(&mut account) {
            follow_ups = follow_ups.with_account(&key, letter, follow_up);
        }
        account.finish();
    }
    Policy {
        thresholds: thresholds(costs),
        shadow,
        follow_ups,
        offer_days,
        closes_after,
        still_working_after,
        ..usual
    }
}

/// What is said about each sort of letter to clients. What binds the firm, or says no to a client, goes out by an owner's
/// word alone.
fn chosen(table: &mut Section<'_, '_>) -> Vec<(ClientLetter, FollowUp)> {
    use ClientLetter::{Accepted, Boundary, Meeting, Offer, Received, Settled, StillWorking, ThankYou};
    let mut said = Vec::new();
    for letter in [Received, StillWorking, Offer, Accepted, Boundary, Settled, Meeting, ThankYou] {
        let by_word = matches!(letter, Offer | Boundary);
        if table.has(letter.key()) {
            let modes = if by_word { &MODES[1..2] } else { &MODES[..] };
            said.push((letter, table.choice(letter.key(), FollowUp::Draft, modes)));
        } else {
            table.knows(letter.key());
        }
    }
    said
}

/// The firm's own templates. What is wrong with them stops nothing: `check` names it, and the built-in ones are used.
fn own_files(mut table: Section<'_, '_>, folder: &Path) -> Vec<OwnFile> {
    let own = table.text("folder").map(|own| folder.join(own.value));
    table.finish();
    own.map(|own| templates::read(&own)).unwrap_or_default()
}

/// Each consequence follows from the probability on at which it costs no more than leaving it undone: where a false one is
/// as bad as `c` missed ones, that is c / (1 + c) (Elkan 2001, theorem 1).
fn thresholds(mut table: Section<'_, '_>) -> Thresholds {
    let false_case = table.cost("false_case", 1.0);
    let false_check = table.cost("false_check", 0.43);
    let false_alert = table.cost("false_alert", 4.0);
    if false_check.value > false_case.value {
        table.document().problem(
            false_check.at,
            format!("false_check = {} is above false_case = {}", false_check.value, false_case.value),
            "a look at what is unsure costs less than a case: make it the smaller one",
        );
    }
    if false_alert.value < false_case.value {
        table.document().problem(
            false_alert.at,
            format!("false_alert = {} is below false_case = {}", false_alert.value, false_case.value),
            "a manager is alerted of cases only: make false_alert at least false_case",
        );
    }
    table.finish();
    let threshold = |cost: At<f64>| cost.value / (1.0 + cost.value);
    Thresholds {
        open_case: threshold(false_case),
        please_check: threshold(false_check),
        alert: threshold(false_alert),
    }
}

/// How far back alerts bear on others.
const LONGEST_COOL_DOWN: SignedDuration = SignedDuration::from_hours(30 * 24);

fn alerts(mut table: Section<'_, '_>, usual: &Policy) -> (u32, SignedDuration) {
    let a_week = table.integer("a_week", usual.alerts_a_week, 1..=10_000);
    let at = table.place_of("cool_down").unwrap_or(table.at);
    let cool_down = table.duration("cool_down", usual.cool_down);
    if cool_down > LONGEST_COOL_DOWN {
        let what = "cool_down is longer than thirty days";
        table.document().problem(
            at,
            what,
            "alerts of more than thirty days ago are forgotten: make it shorter",
        );
    }
    table.finish();
    (a_week, cool_down)
}

/// Where health and metrics are served: on this machine, unless it is said otherwise.
fn http(mut table: Section<'_, '_>) -> Option<SocketAddr> {
    let listen = table.read("listen", LISTEN, |text| text.parse::<SocketAddr>().ok());
    let loopback_only = table.boolean("loopback_only", true);
    if let Some(At { at, value }) = &listen
        && loopback_only
        && !value.ip().is_loopback()
    {
        let what = format!(
            "listen = \"{value}\" can be reached from other machines, and nobody is asked who they are"
        );
        table.document().problem(*at, what, "use 127.0.0.1, or say loopback_only = false");
    }
    table.finish();
    listen.map(|listen| listen.value)
}

/// For how long what came is kept.
fn retention(mut table: Section<'_, '_>) -> Retention {
    const KEPT: &str = "a number of days, like \"365d\", or years, like \"3y\", or \"forever\"";
    let raw = table.read("keep_raw", KEPT, kept);
    let text = table.read("keep_text", KEPT, kept);
    let retention = Retention {
        raw: raw.map(|raw| raw.value).filter(|raw| *raw < SignedDuration::MAX),
        text: text.as_ref().map(|text| text.value).filter(|text| *text < SignedDuration::MAX),
    };
    if let (Some(at), Some(length)) = (text.map(|text| text.at), retention.text)
        && retention.raw.is_none_or(|raw| raw > length)
    {
        table.document().problem(
            at,
            "keep_text is shorter than keep_raw: the bytes of a mail hold its text",
            "make keep_raw at most as long as keep_text",
        );
    }
    table.finish();
    retention
}

fn limits(mut table: Section<'_, '_>) -> Limits {
    let to_one = table.integer("per_recipient_hour", 30, 1..=100_000);
    let to_all = table.integer("total_hour", 500, 1..=1_000_000);
    table.finish();
    Limits { to_one: to_one.into(), to_all: to_all.into() }
}
