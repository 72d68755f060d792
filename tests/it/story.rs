//! A complaint, end to end, on a quick clock and with real servers: from the silence of the lead to the client's thanks.
//! All that anybody writes and gets is one story, which a snapshot keeps.
//!
//! ```text
//! people -SMTP-> Postfix -LMTP-> Dovecot -IMAP-> pairdesk, whose clock is set -SMTP-> Postfix -LMTP-> Dovecot
//! ```

use std::collections::HashMap;
use std::sync::Arc;
use std::time::{Duration, Instant, SystemTime};

use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};
use pairdesk::case::State;
use pairdesk::clock::{Clock, SetClock};
use pairdesk::config::Config;
use pairdesk::daemon;
use pairdesk::mailbox::{Session, Source};
use pairdesk::message::{Cursor, Message, ReadOptions, read};
use pairdesk::store::{CaseFilter, OutboxState};
use pairdesk::worker::deliver::{Delivered, Delivery};
use pairdesk::worker::{Desk, tick, watch};
use regex::Regex;

use crate::harness::daemon::{Daemon, service};
use crate::harness::dovecot::Dovecot;
use crate::harness::relay::Relay;
use crate::harness::story::Story;

const DANA: (&str, &str) = ("Dana Reyes", "dana@acme.example");
const KIM: (&str, &str) = ("Kim Vos", "kim@fjord.example");
const LEE: (&str, &str) = ("Lee Park", "lee@fjord.example");
const MONA: (&str, &str) = ("Mona Berg", "mona@fjord.example");
const SERVICE: &str = "service@fjord.example";

/// A Tuesday, 09:10 in Oslo.
const START: &str = "2026-03-10T08:10:00Z";

/// How long a mail may take between two servers of this machine.
const PATIENCE: Duration = Duration::from_mins(1);

/// Targets of minutes, so that all happens on one day; and clients are written to.
const QUICK: &str = r#"
[clock]
escalate_after = "30m"
[clock.answer]
clear = "40m"
severe = "40m"
mild = "40m"
[clock.resolution]
clear = "2d"
[follow_up]
shadow = false
received = "auto"
settled = "auto"
thank_you = "auto"
[[mailbox]]
name = "lee"
"#;

/// The parties, their servers, and what they have written and read so far.
struct Office {
    dovecot: Dovecot,
    relay: Relay,
    carried: usize,
    daemon: Daemon,
    desk: Desk,
    config: Config,
    delivery: Delivery,
    clock: Arc<SetClock>,
    folders: Vec<(Session, Cursor)>,
    /// The outgoing mails that the story has told of.
    told: Vec<String>,
    /// The last mail that each has got.
    last: HashMap<String, Message>,
    story: Story,
}

impl Office {
    async fn open() -> Self {
        let dovecot = Dovecot::start();
        let relay = Relay::start(&dovecot);
        dovecot.imap(LEE.1, &["CREATE Sent"]);
        dovecot.imap(SERVICE, &["NOOP"]);
        let port = dovecot.imap;
        let lee = format!(
            "host = \"127.0.0.1\"\nport = {port}\ntls = \"none\"\nuser = \"{}\"\npassword = \"file:password\"\nfolders = []\n\
             sent_folders = [\"Sent\"]\nsince = \"2020-01-01\"\n",
            LEE.1
        );
        let settings = service(&dovecot, relay.port()) + QUICK + &lee;
        let daemon = Daemon::configure("sqlite:pairdesk.db", &settings);
        let config = Config::load(&daemon.path("pairdesk.toml")).unwrap();
        let clock = Arc::new(SetClock::new(START.parse().unwrap()));
        let desk = daemon::desk(&config, Clock::Set(Arc::clone(&clock))).await.unwrap();
        let delivery = daemon::delivery(&config, &desk);
        let mut folders = Vec::new();
        for mut session in config.sources(&desk.tokens).iter().flat_map(Source::sessions) {
            let start = session.sync_start(None, desk.clock.now()).await.unwrap();
            watch::begin(&desk, &mut session, &start).await.unwrap();
            folders.push((session, start.cursor));
        }
        let (told, last) = (Vec::new(), HashMap::new());
        Self {
            dovecot,
            relay,
            carried: 0,
            daemon,
            desk,
            config,
            delivery,
            clock,
            folders,
            told,
            last,
            story: Story::default(),
        }
    }

    fn now(&self) -> Timestamp {
        self.desk.clock.now()
    }

    /// Somebody sends a mail. What goes to us is there before this returns, and what follows from it has gone out.
    async fn send(&mut self, from: (&str, &str), to: &str, id: &str, fields: &str, body: &str) -> String {
        let (name, address) = from;
        let date = self.now().to_zoned(TimeZone::UTC).strftime("%a, %-d %b %Y %H:%M:%S %z").to_string();
        let raw = format!(
            "From: {name} <{address}>\nTo: {to}\nMessage-ID: <{id}>\nDate: {date}\nMIME-Version: 1.0\n{fields}\n\
             Content-Type: text/plain; charset=utf-8\nContent-Transfer-Encoding: 8bit\n\n{body}\n"
        );
        self.tell(name, "writes", &read(raw.as_bytes(), &ReadOptions::default()));
        let raw = raw.replace('\n', "\r\n");
        // A runtime of its own sends it.
        tokio::task::block_in_place(|| self.relay.submit(address, to, &raw));
        let user = if to.starts_with("service") { SERVICE } else { to };
        self.arrived(user, id);
        self.came_now();
        self.settle().await;
        raw
    }

    /// Somebody replies to a mail as a mail program does that quotes.
    async fn reply(&mut self, from: (&str, &str), id: &str, words: &str) {
        let mail = self.last[from.1].clone();
        let to = mail.reply_to.first().or(mail.from.as_ref()).unwrap().address.clone();
        let cited = mail.message_id.as_deref().unwrap();
        let references: String = mail.references.iter().fold(String::new(), |all, id| all + "<" + id + "> ");
        let subject = if mail.subject.starts_with("Re: ") { "" } else { "Re: " };
        let fields = format!(
            "Subject: {subject}{}\nIn-Reply-To: <{cited}>\nReferences: {references}<{cited}>",
            mail.subject
        );
        let quoted: String =
            mail.text.lines().fold(String::new(), |quoted, line| quoted + "> " + line + "\n");
        let author = &mail.from.as_ref().unwrap().name;
        let body = format!("{words}\n\nOn Tue, 10 Mar 2026 at 09:12, {author} wrote:\n\n{quoted}");
        self.send(from, &to, id, &fields, &body).await;
    }

    /// The server's own clock is not set: what has just come to us came at our hour, which a Maildir keeps as the time of
    /// the file.
    fn came_now(&self) {
        let now = SystemTime::from(self.now());
        let folder = self.dovecot.maildir(SERVICE).join("new");
        for file in std::fs::read_dir(folder).unwrap() {
            let file = std::fs::File::open(file.unwrap().path()).unwrap();
            if file.metadata().unwrap().modified().unwrap() > now {
                file.set_modified(now).unwrap();
            }
        }
    }

    /// Waits for a mail in somebody's mailbox, and gives it.
    fn arrived(&mut self, user: &str, id: &str) -> Message {
        let begin = Instant::now();
        loop {
            self.relay.carry(&self.dovecot, &mut self.carried);
            let found = self.dovecot.inbox(user).into_iter().find_map(|raw| {
                let mail = read(raw.as_bytes(), &ReadOptions::default());
                (mail.message_id.as_deref() == Some(id)).then_some(mail)
            });
            if let Some(mail) = found {
                return mail;
            }
            assert!(begin.elapsed() < PATIENCE, "{id} does not come to {user}");
            std::thread::sleep(Duration::from_millis(20));
        }
    }

    /// Mail is read, what is due is done, and what goes out arrives, until nothing moves.
    async fn settle(&mut self) {
        loop {
            let mut moved = false;
            for (session, cursor) in &mut self.folders {
                loop {
                    let (outcomes, more) = watch::step(&self.desk, session, cursor).await.unwrap();
                    moved |= !outcomes.is_empty();
                    if !more {
                        break;
                    }
                }
            }
            moved |= tick::step(&self.desk, &self.config.hours).await.unwrap() > 0;
            while self.delivery.step(&self.desk).await.unwrap() != Delivered::default() {
                moved = true;
            }
            if !moved {
                break;
            }
        }
        for line in self.desk.store.outgoing(OutboxState::Sent).await.unwrap() {
            if self.told.contains(&line.message_id) {
                continue;
            }
            let mail = self.arrived(&line.to, &line.message_id);
            let name = [DANA, KIM, LEE, MONA].into_iter().find(|(_, address)| *address == line.to).unwrap().0;
            self.tell(name, "gets", &mail);
            self.last.insert(line.to, mail);
            self.told.push(line.message_id);
        }
    }

    /// Minutes pass, five at a time.
    async fn pass(&mut self, minutes: i64) {
        for _ in 0..minutes / 5 {
            self.clock.set(self.now() + SignedDuration::from_mins(5));
            self.settle().await;
        }
    }

    /// A mail as a part of the story, with the hour.
    fn tell(&mut self, who: &str, does: &str, mail: &Message) {
        let zone = TimeZone::get("Europe/Oslo").unwrap();
        let when = self.now().to_zoned(zone).strftime("%H:%M");
        let text = if does == "writes" { &mail.reply } else { &mail.text };
        self.story.tell(&format!("{when}: {who} {does}"), mail, "", text);
    }

    /// Where the one case stands.
    async fn state(&self) -> State {
        let cases = self.desk.store.cases(&CaseFilter::default()).await.unwrap();
        assert_eq!(cases.len(), 1, "{cases:#?}");
        cases[0].state
    }

    fn says(&self, who: (&str, &str), words: &str) {
        let text = &self.last[who.1].text;
        assert!(text.contains(words), "{words:?} is not in what {} got last:\n{text}", who.0);
    }

    /// How many mails somebody has got.
    fn count(&self, who: (&str, &str)) -> usize {
        self.dovecot.inbox(who.1).len()
    }
}

impl Drop for Office {
    fn drop(&mut self) {
        if std::thread::panicking() {
            eprintln!("the story so far:\n{}", self.story.text);
        }
    }
}

/// The story without what is another each time, or moves with each training of the model. Its times are those of the
/// clock that is set.
fn masked(story: &str) -> String {
    let masks = [
        (r"service\+[a-z2-7]{32}@", "service+TOKEN@"),
        (r"[0-9a-f]{32}", "ID"),
        (r"\d+d ago", "DAYS ago"),
        (r"\d+ %", ".. %"),
    ];
    masks.iter().fold(story.to_owned(), |story, (pattern, mask)| {
        Regex::new(pattern).unwrap().replace_all(&story, *mask).into_owned()
    })
}

#[tokio::test(flavor = "multi_thread")]
async fn a_complaint_goes_from_silence_through_the_manager_to_the_client_s_thanks() {
    let mut office = Office::open().await;
    office.settle().await;
    let complaint = "Hello,\n\nnobody came to collect the pallets this morning, for the second time in two weeks. The dock is \
                     blocked and\nour drivers have to wait. We are really not happy with this.\n\nDana";
    office.send(DANA, SERVICE, "ask@acme.example", "Subject: Pallets not collected", complaint).await;
    for owner in [KIM, LEE] {
        office.says(owner, "nobody came to collect the pallets");
    }
    assert_eq!(office.last[DANA.1].in_reply_to, ["ask@acme.example"], "word that it has come");
    assert_eq!((office.count(KIM), office.count(LEE), office.count(MONA)), (1, 1, 0));

    // The lead is silent: a reminder, then the partner, then the manager.
    office.pass(45).await;
    assert_eq!((office.count(KIM), office.count(LEE), office.count(MONA)), (1, 2, 0), "the lead is reminded");
    office.pass(30).await;
    assert_eq!((office.count(KIM), office.count(LEE), office.count(MONA)), (2, 2, 0), "then the partner");
    office.pass(30).await;
    assert_eq!((office.count(KIM), office.count(LEE), office.count(MONA)), (2, 2, 1), "then the manager");
    office.says(MONA, "Pallets not collected");

    // The lead writes to the client, past us: it is seen in the folder of sent mail, and stops the clock.
    let fields =
        "Subject: Re: Pallets not collected\nIn-Reply-To: <ask@acme.example>\nReferences: <ask@acme.example>";
    let words = "Hello Dana,\n\nI am sorry. The lorry broke down; another one is with you at noon.\n\nLee";
    let raw = office.send(LEE, DANA.1, "direct@fjord.example", fields, words).await;
    assert_eq!(office.state().await, State::Open, "we have not seen it");
    office
        .dovecot
        .imap(LEE.1, &[&format!("APPEND Sent \"10-Mar-2026 10:55:00 +0100\" {{{}+}}\r\n{raw}", raw.len())]);
    office.settle().await;
    assert_eq!(office.state().await, State::Taken);
    office.pass(60).await;
    assert_eq!((office.count(KIM), office.count(LEE), office.count(MONA)), (2, 2, 1), "nobody is reminded");

    // Resolved, by a reply to the reminder; the client is asked, and sees it otherwise.
    office.reply(LEE, "done-1@fjord.example", "done: the pallets were collected at noon").await;
    assert_eq!(office.state().await, State::Resolved);
    office.says(LEE, "Resolved.");
    office.says(DANA, "this is settled now. Do you see it so too?");
    office.pass(30).await;
    office
        .reply(
            DANA,
            "no@acme.example",
            "No, it is still not right. Half of the pallets are still on our dock.\n\nDana",
        )
        .await;
    assert_eq!(office.state().await, State::Open);
    for owner in [KIM, LEE] {
        office.says(owner, "Half of the pallets are still on our dock");
    }

    office.pass(20).await;
    office.reply(LEE, "done-2@fjord.example", "done: the other half was collected as well").await;
    assert_eq!(office.state().await, State::Resolved);
    office.says(DANA, "this is settled now. Do you see it so too?");
    office.pass(20).await;
    office.reply(DANA, "yes@acme.example", "Yes, thanks, all good now.\n\nDana").await;
    assert_eq!(office.state().await, State::Closed);
    office.says(DANA, "Good to hear that it is settled");
    office.pass(300).await;
    assert_eq!(office.count(MONA), 1, "the manager is left in peace");

    let shown = office.daemon.succeed(&["show", "#1"]);
    // The mails stand above; the hours at which they came are the server's own.
    let (shown, _) = shown.split_once("\nMails\n").unwrap();
    office.story.printed(&["show", "#1"], shown);
    insta::assert_snapshot!("a_complaint_goes_from_silence_to_thanks", masked(&office.story.text));
}
