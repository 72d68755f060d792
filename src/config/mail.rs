//! The tables about mailboxes and sending.

use std::path::PathBuf;
use std::sync::Arc;

use jiff::SignedDuration;
use jiff::civil::Date;

use super::document::{At, Section};
use super::secret::Secrets;
use super::values::size;
use super::{
    Afterwards, Imap, Mailbox, Proof, Server, Since, Smtp, Source, Submission, Transport, midnight, oauth,
};
use crate::directory::written;
use crate::mailbox::keyword_is_valid;
use crate::oauth::{Login, SENDING};
use crate::server::{Tls, is_loopback};

const SECRET: &str = "add password = \"file:/path\" or password = \"env:NAME\"";

const TLS: [(&str, Tls); 3] = [("implicit", Tls::Implicit), ("starttls", Tls::StartTls), ("none", Tls::None)];

/// The mailboxes; their names are unique.
pub fn mailboxes(top: &mut Section<'_, '_>, secrets: &Secrets<'_>, timezone: &str) -> Vec<Mailbox> {
    if !top.has("mailbox") {
        top.missing("[[mailbox]]", "add a table [[mailbox]] with the mailbox that clients write to");
    }
    let mut names: Vec<String> = Vec::new();
    let mut mailboxes = Vec::new();
    for table in top.sections("mailbox") {
        let before = logins(&mailboxes);
        mailboxes.extend(mailbox(table, secrets, timezone, &mut names, &before));
    }
    mailboxes
}

/// The logins by OAuth2 of these mailboxes.
pub fn logins(mailboxes: &[Mailbox]) -> Vec<Arc<Login>> {
    let proofs = mailboxes.iter().filter_map(|mailbox| match &mailbox.source {
        Source::Imap(imap) => Some(&imap.password),
        Source::Maildir { .. } => None,
    });
    let mut logins: Vec<Arc<Login>> = Vec::new();
    for login in proofs.filter_map(Proof::login) {
        if !logins.iter().any(|known| known.name == login.name) {
            logins.push(Arc::clone(login));
        }
    }
    logins
}

fn mailbox(
    mut table: Section<'_, '_>,
    secrets: &Secrets<'_>,
    timezone: &str,
    names: &mut Vec<String>,
    before: &[Arc<Login>],
) -> Option<Mailbox> {
    let name =
        table.required_read("name", "a short name of letters, digits, - and _, like \"service\"", |text| {
            text.chars().all(|c| c.is_alphanumeric() || c == '-' || c == '_').then(|| text.to_owned())
        });
    if let Some(At { at, value }) = &name {
        if names.contains(value) {
            let what = format!("there are two mailboxes named \"{value}\"");
            let remedy = "give each a name of its own: what has been read is remembered by it";
            table.document().problem(*at, what, remedy);
        }
        names.push(value.clone());
    }
    let since = table.read("since", "\"now\" or a day, like \"2026-11-01\"", |text| match text {
        "now" => Some(Since::Now),
        day => midnight(day.parse::<Date>().ok()?, timezone).map(Since::Instant),
    });
    let max_mail_size = table.read("max_mail_size", "a size from 64 kB to 1 GB, like \"25 MB\"", |text| {
        size(text).filter(|bytes| (64_000..=1_000_000_000).contains(bytes))
    });
    let poll = table.duration("poll", SignedDuration::from_secs(60));
    let source = if table.has("maildir") {
        maildir(table, secrets)
    } else {
        imap(table, secrets, name.as_ref(), before)
    };
    Some(Mailbox {
        name: name?.value,
        source: source?,
        since: since.map_or(Since::Now, |since| since.value),
        max_mail_size: max_mail_size.map_or(25_000_000, |size| size.value),
        poll,
    })
}

fn maildir(mut table: Section<'_, '_>, secrets: &Secrets<'_>) -> Option<Source> {
    let path = table.text("maildir");
    let sent = table.boolean("sent", false);
    for key in [
        "host",
        "port",
        "tls",
        "ca_file",
        "user",
        "password",
        "oauth",
        "folders",
        "sent_folders",
        "afterwards",
        "timeout",
    ] {
        if let Some(at) = table.discard(key) {
            table.document().problem(
                at,
                format!("a mailbox with maildir has no {key}"),
                "a [[mailbox]] is either on a server (host) or a folder on this machine (maildir); make two of it",
            );
        }
    }
    table.finish();
    Some(Source::Maildir { path: secrets.folder.join(path?.value), sent })
}

fn imap(
    mut table: Section<'_, '_>,
    secrets: &Secrets<'_>,
    name: Option<&At<String>>,
    before: &[Arc<Login>],
) -> Option<Source> {
    let server = server(&mut table, secrets, [(Tls::Implicit, 993), (Tls::StartTls, 143), (Tls::None, 143)]);
    let user = table.required("user", "add user, the name that you log in to the mailbox with");
    if let Some(At { at, .. }) = name.filter(|name| name.value == SENDING && table.has("oauth")) {
        let what = format!("a mailbox with [mailbox.oauth] cannot be named \"{SENDING}\", as sending is");
        table.document().problem(*at, what, "give it another name");
    }
    let (called, of) = (name.map(|name| name.value.as_str()), user.as_ref().map(|user| user.value.as_str()));
    let password = proof(&mut table, secrets, called, of, before);
    let folders = folders(&mut table, "folders").unwrap_or_else(|| vec!["INBOX".to_owned()]);
    let sent_folders = folders_of_sent(&mut table, &folders);
    let expected = "\"nothing\", \"keyword:$Pairdesk\" or \"move:Done\"";
    let afterwards = table.read("afterwards", expected, |text| match text.split_once(':') {
        None if text == "nothing" => Some(Afterwards::Nothing),
        Some(("keyword", word)) if keyword_is_valid(word) => Some(Afterwards::Keyword(word.to_owned())),
        Some(("move", folder)) if !folder.trim().is_empty() => {
            Some(Afterwards::Move(folder.trim().to_owned()))
        }
        _ => None,
    });
    if let Some(At { at, value: Afterwards::Move(folder) }) = &afterwards
        && (folders.contains(folder) || sent_folders.contains(folder))
    {
        let what = format!("mails would be moved to {folder}, which is read itself");
        table.document().problem(
            *at,
            what,
            "move them to a folder that is in neither folders nor sent_folders",
        );
    }
    if folders.is_empty() && sent_folders.is_empty() {
        table.missing("folder to read", "name at least one in folders, like folders = [\"INBOX\"]");
    }
    table.finish();
    Some(Source::Imap(Imap {
        server: server?,
        user: user?.value,
        password: password?,
        folders,
        sent_folders,
        afterwards: afterwards.map_or(Afterwards::Nothing, |afterwards| afterwards.value),
    }))
}

fn folders(table: &mut Section<'_, '_>, key: &'static str) -> Option<Vec<String>> {
    Some(table.texts(key)?.into_iter().map(|folder| folder.value).collect())
}

fn folders_of_sent(table: &mut Section<'_, '_>, folders: &[String]) -> Vec<String> {
    let mut sent = Vec::new();
    for At { at, value } in table.texts("sent_folders").unwrap_or_default() {
        if folders.contains(&value) {
            let what = format!("{value} is in folders and in sent_folders");
            table.document().problem(
                at,
                what,
                "a folder holds mail that came, or mail that was sent: remove it from one",
            );
        }
        sent.push(value);
    }
    sent
}

/// A password, or else a table `oauth`.
fn proof(
    table: &mut Section<'_, '_>,
    secrets: &Secrets<'_>,
    name: Option<&str>,
    user: Option<&str>,
    before: &[Arc<Login>],
) -> Option<Proof> {
    if table.has("oauth") {
        let at = table.place_of("password");
        let login = oauth::login(table, secrets, name, user, before);
        if let Some(at) = at {
            table.discard("password");
            table.document().problem(at, "there is a password beside a table oauth", "remove one of them");
        }
        table.knows("password");
        return login.map(Proof::Token);
    }
    table.knows("oauth");
    if !table.has("password") {
        table.missing("password", SECRET);
    }
    secrets.read(table, "password").map(Proof::Password)
}

/// `host`, `port`, `tls`, `ca_file` and `timeout`, which all servers have.
fn server(table: &mut Section<'_, '_>, secrets: &Secrets<'_>, ports: [(Tls, u32); 3]) -> Option<Server> {
    let host = table.required("host", "add host, the server's name, like \"mail.firm.example\"");
    let tls_at = table.place_of("tls");
    let tls = table.choice("tls", Tls::Implicit, &TLS);
    let usual = ports.iter().find(|(of, _)| *of == tls).map_or(0, |(_, port)| *port);
    let port = table.integer("port", usual, 1..=65535);
    let ca_file = table.text("ca_file").map(|ca| At { at: ca.at, value: secrets.folder.join(ca.value) });
    if let Some(At { at, value }) = &ca_file
        && !value.is_file()
    {
        let what = format!("there is no file {}", value.display());
        table.document().problem(
            *at,
            what,
            "name a PEM file with the certificates to trust, or remove ca_file",
        );
    }
    let timeout = table.duration("timeout", SignedDuration::from_secs(30));
    let host = host?;
    if tls == Tls::None && !is_loopback(&host.value) {
        let remedy =
            "use \"implicit\" or \"starttls\"; \"none\" is for a server on this machine alone (localhost)";
        table.document().problem(
            tls_at.unwrap_or(host.at),
            format!("tls = \"none\" would send mail and password to {} readable for all", host.value),
            remedy,
        );
    }
    let ca_file = ca_file.map(|ca| ca.value);
    Some(Server { host: host.value, port: u16::try_from(port).ok()?, tls, ca_file, timeout })
}

/// How mail is sent.
pub fn smtp(mut table: Section<'_, '_>, secrets: &Secrets<'_>, mailboxes: &[Mailbox]) -> Option<Smtp> {
    let give_up_after = table.duration("give_up_after", SignedDuration::from_hours(48));
    if table.has("folder") {
        let folder: PathBuf = secrets.folder.join(table.text("folder")?.value);
        if table.has("host") {
            let remedy = "remove folder to send mail, or host to only write it into the folder";
            table.missing("single way out: it has both host and folder", remedy);
            table.discard("host");
        }
        table.finish();
        return Some(Smtp { transport: Transport::Folder(folder), give_up_after });
    }
    let server = server(&mut table, secrets, [(Tls::Implicit, 465), (Tls::StartTls, 587), (Tls::None, 25)]);
    let hello =
        table.read("hello", "this machine's full name, like \"pairdesk.firm.example\"", written::domain);
    let user = table.text("user");
    let login = if let Some(user) = user {
        let proof = proof(&mut table, secrets, Some(SENDING), Some(&user.value), &logins(mailboxes));
        proof.map(|proof| (user.value, proof))
    } else {
        if let Some(at) = table.place_of("oauth") {
            table.discard("oauth");
            table.document().problem(
                at,
                "[smtp] has a table oauth and no user",
                "add user, the address to log in as",
            );
        }
        table.knows("oauth");
        let at = table.place_of("password");
        if secrets.read(&mut table, "password").is_some() {
            let remedy = "add user, or remove password when the server asks for neither";
            table.document().problem(at.unwrap_or(table.at), "[smtp] has a password and no user", remedy);
        }
        None
    };
    table.finish();
    let hello = hello.map(|hello| hello.value);
    Some(Smtp { transport: Transport::Smtp(Submission { server: server?, login, hello }), give_up_after })
}
