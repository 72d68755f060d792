//! IMAP servers that misbehave as they are told: the session says what happened, in time, and a following connection
//! goes on.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::LazyLock;
use std::time::Duration;

use jiff::Timestamp;
use pairdesk::mailbox::{
    Afterwards, Folder, How, ImapSettings, MailboxError, Secret, Session, Source, Tls, Trouble,
};
use pairdesk::message::{Arrival, Cursor};

/// The UIDs of the mails in the folder.
const UIDS: [u32; 3] = [1, 2, 3];

/// What a bad server does at a command, instead of its answer. `TAG` stands for the command's tag.
#[derive(Debug, Clone, Copy)]
pub enum Fault {
    /// Says this, and goes on.
    Say(&'static str),
    /// Says this, and hangs up.
    HangUp(&'static str),
    /// Says this, and nothing more, while the connection stays.
    Stall(&'static str),
}

/// What one connection is like.
#[derive(Debug, Clone)]
pub struct Connection {
    /// UIDVALIDITY of the folder.
    pub validity: u32,
    /// Commands that begin with the first of a pair meet the fault; `GREETING` is the one before all.
    pub faults: Vec<(&'static str, Fault)>,
}

/// A connection that does as it should.
pub fn good() -> Connection {
    Connection { validity: 7, faults: Vec::new() }
}

/// A connection with a fault.
pub fn bad(at: &'static str, fault: Fault) -> Connection {
    Connection { faults: vec![(at, fault)], ..good() }
}

/// Starts a server with a folder of three mails; its connections are like this, one after the other, and then all
/// like the last. Returns its port.
pub fn serve(connections: &[Connection]) -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    let connections = connections.to_vec();
    std::thread::spawn(move || {
        for (number, stream) in listener.incoming().enumerate() {
            let connection = connections[number.min(connections.len() - 1)].clone();
            // What goes wrong here is that the client left, as it should.
            std::thread::spawn(move || connection.run(stream?));
        }
    });
    port
}

impl Connection {
    fn run(&self, stream: TcpStream) -> std::io::Result<()> {
        let mut lines = BufReader::new(stream);
        let mut idling = String::new();
        let mut command = "x GREETING".to_owned();
        loop {
            let (tag, what) = command.split_once(' ').unwrap_or(("", &command));
            let fault = self.faults.iter().find(|(at, _)| what.starts_with(at)).map(|(_, fault)| *fault);
            let answer = match fault {
                Some(Fault::Say(text) | Fault::HangUp(text) | Fault::Stall(text)) => text.replace("TAG", tag),
                None if command == "DONE" => format!("{idling} OK done\r\n"),
                None => self.answer(tag, what),
            };
            lines.get_mut().write_all(answer.as_bytes())?;
            match fault {
                Some(Fault::HangUp(_)) => return Ok(()),
                Some(Fault::Stall(_)) => return lines.read_to_end(&mut Vec::new()).map(drop),
                _ => {}
            }
            if what == "IDLE" {
                tag.clone_into(&mut idling);
            }
            command.clear();
            if lines.read_line(&mut command)? == 0 {
                return Ok(());
            }
            command.truncate(command.trim_end().len());
        }
    }

    fn answer(&self, tag: &str, what: &str) -> String {
        let words: Vec<&str> = what.split(' ').collect();
        let data = match words[..] {
            ["GREETING"] => return "* OK ready\r\n".to_owned(),
            ["IDLE"] => return "+ idling\r\n".to_owned(),
            ["CAPABILITY"] => "* CAPABILITY IMAP4rev1 IDLE\r\n".to_owned(),
            ["EXAMINE", ..] => {
                format!("* 3 EXISTS\r\n* OK [UIDVALIDITY {}] x\r\n* OK [UIDNEXT 4] x\r\n", self.validity)
            }
            ["UID", "SEARCH", "UID", set] => {
                let uids = expand(set).map(|uid| format!(" {uid}"));
                format!("* SEARCH{}\r\n", uids.collect::<Vec<_>>().concat())
            }
            ["UID", "SEARCH", ..] => "* SEARCH 1 2 3\r\n".to_owned(),
            ["UID", "FETCH", set, ..] => {
                let fetched = expand(set).map(|uid| {
                    let raw = mail(uid);
                    let items = if what.contains("RFC822.SIZE") {
                        format!("RFC822.SIZE {} INTERNALDATE NIL", raw.len())
                    } else {
                        format!("BODY[] {{{}}}\r\n{raw}", raw.len())
                    };
                    format!("* {uid} FETCH (UID {uid} {items})\r\n")
                });
                fetched.collect::<Vec<_>>().concat()
            }
            _ => String::new(),
        };
        format!("{data}{tag} OK done\r\n")
    }
}

fn mail(uid: u32) -> String {
    format!("Subject: mail {uid}\r\n\r\nhunter2 is what nobody may read in a log\r\n")
}

/// The UIDs of the folder that are in a sequence set.
fn expand(set: &str) -> impl Iterator<Item = u32> {
    UIDS.into_iter().filter(move |uid| {
        set.split(',').any(|range| {
            let (first, last) = range.split_once(':').unwrap_or((range, range));
            (first.parse().unwrap()..=last.parse().unwrap_or(u32::MAX)).contains(uid)
        })
    })
}

/// Settings for a scripted server.
pub fn settings(port: u16) -> ImapSettings {
    ImapSettings {
        name: "service".to_owned(),
        host: "127.0.0.1".to_owned(),
        port,
        tls: Tls::None,
        extra_ca: None,
        user: "info".to_owned(),
        password: Secret::new("hunter2").into(),
        folders: vec![Folder { name: "INBOX".to_owned(), sent: false }],
        since: Some(Timestamp::UNIX_EPOCH),
        afterwards: Afterwards::Nothing,
        max_mail_size: 1 << 20,
        poll: Duration::from_millis(20),
        timeout: Duration::from_millis(500),
    }
}

fn session(settings: &ImapSettings) -> Session {
    Source::Imap(settings.clone()).sessions().remove(0)
}

/// Reads as the worker does, storing the cursor and beginning anew after errors, until all mails are there.
async fn read_all(session: &mut Session) -> (Vec<Arrival>, Vec<MailboxError>) {
    let (mut arrivals, mut errors) = (Vec::new(), Vec::new());
    let mut stored = None;
    for _ in 0..20 {
        if arrivals.len() >= UIDS.len() {
            break;
        }
        match read_on(session, &mut stored, &mut arrivals).await {
            Ok(()) => {}
            Err(error) => errors.push(error),
        }
    }
    assert_eq!(arrivals.len(), UIDS.len(), "it does not recover: {errors:#?}");
    for error in &errors {
        assert!(!format!("{error} {error:?}").contains("hunter2"), "{error}");
        assert!(error.to_string().starts_with("service/INBOX: "), "{error}");
    }
    (arrivals, errors)
}

async fn read_on(
    session: &mut Session,
    stored: &mut Option<Cursor>,
    arrivals: &mut Vec<Arrival>,
) -> Result<(), MailboxError> {
    *stored = Some(session.sync_start(*stored, Timestamp::UNIX_EPOCH).await?.cursor);
    loop {
        let batch = session.next_batch(&stored.unwrap(), 100, 8 << 20).await?;
        arrivals.extend(batch.arrivals);
        *stored = Some(batch.cursor_after);
        if !batch.more {
            session.wait().await?;
            return Ok(());
        }
    }
}

fn raw(arrivals: &[Arrival]) -> Vec<String> {
    arrivals.iter().map(|arrival| String::from_utf8_lossy(&arrival.raw).into_owned()).collect()
}

/// All mails are read over later connections, and the first failure says this.
async fn recovers(connections: &[Connection], says: &str) {
    let mut session = session(&settings(serve(connections)));
    let (arrivals, errors) = read_all(&mut session).await;
    assert_eq!(raw(&arrivals), UIDS.map(mail), "{connections:?}");
    let first = errors.first().unwrap_or_else(|| panic!("no error at {connections:?}"));
    assert_eq!(first.trouble, Trouble::Network, "{first}");
    assert!(first.to_string().contains(says), "expected {says:?} at {connections:?}, found: {first}");
}

#[tokio::test]
async fn a_server_that_stalls_anywhere_is_left_in_time() {
    for at in
        ["GREETING", "CAPABILITY", "LOGIN", "EXAMINE", "UID SEARCH SINCE", "UID SEARCH UID", "UID FETCH"]
    {
        recovers(&[bad(at, Fault::Stall("")), good()], "longer than permitted").await;
    }
    recovers(
        &[bad("UID FETCH 1:3 (UID B", Fault::Stall("* 1 FETCH (UID 1 BODY[] {9}\r\nSub")), good()],
        "6 are missing",
    )
    .await;
}

#[tokio::test]
async fn a_server_that_hangs_up_anywhere_is_called_again() {
    for at in ["GREETING", "LOGIN", "EXAMINE", "UID SEARCH UID", "UID FETCH"] {
        recovers(&[bad(at, Fault::HangUp("")), good()], "hung up").await;
    }
    let literal = Fault::HangUp("* 1 FETCH (UID 1 BODY[] {900}\r\nSubject: hunter2");
    recovers(&[bad("UID FETCH 1:3 (UID B", literal), good()], "hung up within 900 bytes").await;
    let between = Fault::HangUp("* 1 FETCH (UID 1 BODY[] {3}\r\nSub)\r\n");
    recovers(&[bad("UID FETCH 1:3 (UID B", between), good()], "hung up").await;
}

#[tokio::test]
async fn nonsense_is_named_and_never_quoted() {
    for nonsense in
        ["HTTP/1.1 400 hunter2\r\n\r\n", "\u{0}\u{1}hunter2\u{ff}\r\n", "\r\n", "99 hunter2 bottles\r\n"]
    {
        recovers(&[bad("UID FETCH", Fault::Say(nonsense)), good()], "no IMAP response").await;
        recovers(&[bad("GREETING", Fault::Say(nonsense)), good()], "no IMAP response").await;
    }
    recovers(&[bad("UID SEARCH UID", Fault::Say("p999 OK another's answer\r\n")), good()], "was not given")
        .await;
}

#[tokio::test]
async fn a_literal_beyond_measure_is_refused_before_it_is_stored() {
    let literal = Fault::Stall("* 1 FETCH (UID 1 BODY[] {500000000}\r\nhunter2");
    recovers(&[bad("UID FETCH 1:3 (UID B", literal), good()], "announced 500000000 bytes").await;
    recovers(&[bad("EXAMINE", Fault::Stall("* X {18446744073709551615}\r\n")), good()], "announced").await;
}

/// Longer than the stack could follow, were it read recursively.
static DEEP: LazyLock<String> =
    LazyLock::new(|| format!("* 1 FETCH (BODYSTRUCTURE {}\r\nTAG NO not today\r\n", "(".repeat(1 << 20)));

#[tokio::test]
async fn a_list_without_an_end_does_no_harm() {
    let fault = Fault::Say(DEEP.as_str());
    let mut session = session(&settings(serve(&[bad("UID FETCH 1:3 (UID B", fault), good()])));
    let (arrivals, errors) = read_all(&mut session).await;
    assert_eq!(raw(&arrivals), UIDS.map(mail));
    assert_eq!(errors, [], "the mails are fetched one by one over the same connection");
}

#[tokio::test]
async fn what_is_said_beside_the_answer_hides_no_mail() {
    let beside = "* 9 FETCH (FLAGS (\\Seen))\r\n* 4 EXPUNGE\r\n* OK Still here\r\n* NO disk nearly full\r\n* X-NEW (a \"b)\r\n\
                  * 2 FETCH (X-LABEL (UID \"(\") BODY[HEADER] {1}\r\n( UID 2 BODY[] {3}\r\nabc MODSEQ (5))\r\n\
                  * 3 FETCH (BODY[] \"d\\\"e\" UID 3)\r\n* 1 FETCH (BODY[] {0}\r\n UID 1)\r\nTAG OK done\r\n";
    let mut session = session(&settings(serve(&[bad("UID FETCH 1:3 (UID B", Fault::Say(beside))])));
    let (arrivals, errors) = read_all(&mut session).await;
    assert_eq!(raw(&arrivals), ["", "abc", "d\"e"]);
    assert_eq!(errors, []);
}

#[tokio::test]
async fn a_mail_that_the_server_does_not_give_is_set_aside_and_the_others_come() {
    for fault in [
        Fault::Say("TAG NO cannot read it\r\n"),
        Fault::Say("TAG BAD\r\n"),
        Fault::Say("TAG OK done, but nothing given\r\n"),
        Fault::Say("* 2 FETCH (UID 2 BODY[] NIL)\r\nTAG OK done\r\n"),
        Fault::HangUp("* 2 FETCH (UID 2 BODY[] {900}\r\nSubject: hunter2"),
        Fault::Stall(""),
    ] {
        let faults = vec![("UID FETCH 1:3 (UID B", fault), ("UID FETCH 2 (UID B", fault)];
        let mut session = session(&settings(serve(&[Connection { faults, ..good() }])));
        let (arrivals, errors) = read_all(&mut session).await;
        assert_eq!(raw(&arrivals), [mail(1), String::new(), mail(3)], "{fault:?}");
        assert!(arrivals[1].truncated() && arrivals[1].place.key == "2", "{fault:?}");
        assert!(errors.len() >= 3, "{fault:?}: {errors:#?}");
    }
}

/// How often a session meets an outage before the server is well again.
const OUTAGE: usize = 12;

/// Every attempt fails during the outage, and no mail is given up for it.
async fn outlasts(session: &mut Session, stored: &mut Option<Cursor>) {
    for _ in 0..OUTAGE {
        let mut arrivals = Vec::new();
        read_on(session, stored, &mut arrivals).await.unwrap_err();
        assert_eq!(arrivals, [], "a mail was given up during the outage");
    }
    session.close().await;
}

#[tokio::test]
async fn an_outage_of_the_server_s_storage_sets_no_mail_aside() {
    for fault in [
        Fault::Say("TAG NO Server Unavailable\r\n"),
        Fault::Say("TAG NO [UNAVAILABLE] the disk is away\r\n"),
        Fault::Say("TAG BAD\r\n"),
        Fault::Say("TAG OK done, but nothing given\r\n"),
        Fault::HangUp("* 1 FETCH (UID 1 BODY[] {900}\r\nSubject: hunter2"),
        Fault::Stall(""),
    ] {
        // A refusal leaves the connection as it is, until it is closed after the outage.
        let connections = if matches!(fault, Fault::Say(_)) { 1 } else { OUTAGE };
        let mut connections = vec![bad("UID FETCH", fault); connections];
        connections.push(good());
        let settings = ImapSettings { timeout: Duration::from_millis(100), ..settings(serve(&connections)) };
        let mut session = session(&settings);
        outlasts(&mut session, &mut None).await;
        let (arrivals, _) = read_all(&mut session).await;
        assert_eq!(raw(&arrivals), UIDS.map(mail), "{fault:?}");
    }
}

#[tokio::test]
async fn the_only_mail_of_a_folder_waits_until_the_server_gives_it_or_another() {
    let refused = ("UID FETCH 3", Fault::Say("TAG NO cannot read it\r\n"));
    let alone = ("UID SEARCH UID 1:*", Fault::Say("* SEARCH 3\r\nTAG OK done\r\n"));
    let only = Connection { faults: vec![refused, alone], ..good() };
    let among_others = Connection { faults: vec![refused], ..good() };
    let since = Timestamp::UNIX_EPOCH;
    let before = Cursor { validity: 7, last_uid: 2, since, started_at: since };
    for (then, given) in [(good(), mail(3)), (among_others, String::new())] {
        let mut session = session(&settings(serve(&[only.clone(), then])));
        let (mut stored, mut arrivals) = (Some(before), Vec::new());
        outlasts(&mut session, &mut stored).await;
        assert_eq!(stored, Some(before));
        for _ in 0..OUTAGE {
            // Errors come before it is given up; how many is not the point.
            read_on(&mut session, &mut stored, &mut arrivals).await.ok();
        }
        assert_eq!(raw(&arrivals), [given]);
        assert_eq!(stored.unwrap().last_uid, 3);
    }
}

#[tokio::test]
async fn a_mail_that_was_set_aside_is_asked_for_again_when_nothing_else_waits() {
    let refused = bad("UID FETCH 2 (UID B", Fault::Say("TAG NO cannot read it\r\n"));
    let mut session = session(&settings(serve(&[refused, good()])));
    let since = Timestamp::UNIX_EPOCH;
    let cursor = |last_uid| Some(Cursor { validity: 7, last_uid, since, started_at: since });
    for (mut stored, expected) in [(cursor(2), vec![mail(3)]), (cursor(3), vec![mail(2)])] {
        let mut arrivals = Vec::new();
        session.sync_start(stored, since).await.unwrap();
        session.try_again(&["2".to_owned()]);
        for _ in 0..3 {
            read_on(&mut session, &mut stored, &mut arrivals).await.unwrap();
        }
        assert_eq!(raw(&arrivals), expected);
        assert_eq!(stored, cursor(3), "the cursor never goes back");
        session.close().await;
        session = self::session(&settings(serve(&[good()])));
    }
}

#[tokio::test]
async fn a_change_of_uidvalidity_between_connections_reads_again() {
    let mut session = session(&settings(serve(&[good(), Connection { validity: 8, ..good() }])));
    let (mut stored, mut arrivals) = (None, Vec::new());
    read_on(&mut session, &mut stored, &mut arrivals).await.unwrap();
    session.close().await;
    let start = session.sync_start(stored, Timestamp::UNIX_EPOCH).await.unwrap();
    assert_eq!(start.how, How::ValidityChanged { before: 7 });
    let batch = session.next_batch(&start.cursor, 100, 8 << 20).await.unwrap();
    assert_eq!(raw(&batch.arrivals), UIDS.map(mail));
    assert!(batch.arrivals.iter().all(|arrival| arrival.place.validity == 8));
}

#[tokio::test]
async fn a_change_of_uidvalidity_in_the_middle_is_noticed() {
    let renumbered = Fault::Say("* OK [UIDVALIDITY 9] numbered anew\r\nTAG OK done\r\n");
    recovers(&[bad("UID SEARCH UID", renumbered), good()], "numbered the mails anew").await;
}

/// A session that has read all mails and waits, with its cursor.
async fn waiting(connection: Connection, poll: Duration) -> (Session, Cursor) {
    let settings = ImapSettings { poll, ..settings(serve(&[connection, good()])) };
    let mut session = session(&settings);
    let start = session.sync_start(None, Timestamp::UNIX_EPOCH).await.unwrap();
    let batch = session.next_batch(&start.cursor, 100, 8 << 20).await.unwrap();
    (session, batch.cursor_after)
}

const NEVER: Duration = Duration::from_hours(1);
const SOON: Duration = Duration::from_millis(20);

#[tokio::test]
async fn a_server_that_hangs_up_in_idle_is_called_again() {
    for (fault, says) in [
        (Fault::HangUp("+ idling\r\n* BYE going down\r\n"), "going down"),
        (Fault::HangUp("+ idling\r\n"), "hung up"),
        (Fault::Stall(""), "longer than permitted"),
        (Fault::Say("+ idling\r\nnonsense\r\n"), "no IMAP response"),
    ] {
        let (mut session, cursor) = waiting(bad("IDLE", fault), NEVER).await;
        let error = session.wait().await.unwrap_err();
        assert_eq!(error.trouble, Trouble::Network);
        assert!(error.to_string().contains(says), "{error}");
        let start = session.sync_start(Some(cursor), Timestamp::UNIX_EPOCH).await.unwrap();
        assert_eq!((start.how, start.cursor), (How::Resumed, cursor));
    }
    let (mut session, _) = waiting(bad("DONE", Fault::Stall("")), SOON).await;
    assert!(session.wait().await.unwrap_err().to_string().contains("longer than permitted"));
}

#[tokio::test]
async fn a_server_that_refuses_idle_is_polled() {
    for refusal in ["TAG NO not now\r\n", "TAG BAD what?\r\n", "+ idling\r\nTAG OK enough\r\n"] {
        let (mut session, cursor) = waiting(bad("IDLE", Fault::Say(refusal)), SOON).await;
        for _ in 0..3 {
            session.wait().await.unwrap();
            assert_eq!(session.next_batch(&cursor, 100, 8 << 20).await.unwrap().arrivals, []);
        }
    }
}

#[tokio::test]
async fn mail_announced_before_idle_is_granted_wakes() {
    let (mut session, _) = waiting(bad("IDLE", Fault::Say("* 4 EXISTS\r\n+ idling\r\n")), NEVER).await;
    let woken = tokio::time::timeout(Duration::from_mins(1), session.wait()).await;
    woken.expect("the session wakes").unwrap();
}

#[tokio::test]
async fn a_wait_that_was_broken_off_costs_the_connection_and_nothing_else() {
    let (mut session, cursor) = waiting(good(), NEVER).await;
    tokio::time::timeout(SOON, session.wait()).await.unwrap_err();
    let error = session.next_batch(&cursor, 100, 8 << 20).await.unwrap_err();
    assert!(error.to_string().contains("sync_start"), "{error}");
    // On a thread of the runtime, as the worker runs it.
    let start = tokio::spawn(async move { session.sync_start(Some(cursor), Timestamp::UNIX_EPOCH).await });
    assert_eq!(start.await.unwrap().unwrap().how, How::Resumed);
}

#[tokio::test]
async fn signs_of_life_do_not_put_off_the_poll() {
    let alive = Fault::Say("+ idling\r\n* OK Still here\r\n* 2 FETCH (FLAGS ())\r\n* OK Still here\r\n");
    let (mut session, _) = waiting(bad("IDLE", alive), SOON).await;
    session.wait().await.unwrap();
}

#[tokio::test]
async fn a_server_without_starttls_or_with_more_than_it_gets_no_password() {
    let injected = Connection {
        faults: vec![
            ("CAPABILITY", Fault::Say("* CAPABILITY IMAP4rev1 STARTTLS\r\nTAG OK\r\n")),
            ("STARTTLS", Fault::Say("TAG OK\r\n* CAPABILITY IMAP4rev1\r\n")),
        ],
        ..good()
    };
    let preauth = bad("GREETING", Fault::Say("* PREAUTH welcome\r\n"));
    for (connection, says) in [(good(), "offer"), (preauth, "offer"), (injected, "before STARTTLS")] {
        let settings = ImapSettings { tls: Tls::StartTls, ..settings(serve(&[connection])) };
        let error = session(&settings).sync_start(None, Timestamp::UNIX_EPOCH).await.unwrap_err();
        assert!(error.to_string().contains(says), "{error}");
    }
}

#[tokio::test]
async fn a_refusal_that_says_the_password_again_is_not_quoted() {
    for (answer, trouble) in [
        ("TAG NO hunter2 is wrong\r\n", Trouble::Login),
        ("TAG BAD LOGIN \"info\" \"hunter2\"\r\n", Trouble::Login),
        ("TAG NO [UNAVAILABLE] hunter2\r\n", Trouble::Network),
    ] {
        let settings = settings(serve(&[bad("LOGIN", Fault::Say(answer))]));
        let error = session(&settings).sync_start(None, Timestamp::UNIX_EPOCH).await.unwrap_err();
        assert_eq!(error.trouble, trouble);
        assert!(!format!("{error} {error:?}").contains("hunter2"), "{error}");
    }
}

#[tokio::test]
async fn a_folder_that_is_not_there_is_a_mistake_of_the_configuration() {
    let settings = settings(serve(&[bad("EXAMINE", Fault::Say("TAG NO [NONEXISTENT] no such folder\r\n"))]));
    let error = session(&settings).sync_start(None, Timestamp::UNIX_EPOCH).await.unwrap_err();
    assert_eq!(error.trouble, Trouble::Configuration);
    assert!(error.to_string().contains("no such folder"), "{error}");
}
