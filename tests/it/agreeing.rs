//! Extra work, end to end, with real servers: from the client's request to three people who know that it is agreed, by
//! mail alone. Every answer is a reply to a mail that was delivered: to its Reply-To, citing and quoting it.

use std::collections::HashMap;

use pairdesk::message::{Message, ReadOptions, read};
use regex::Regex;

use crate::harness::daemon::{self, Daemon};
use crate::harness::dovecot::Dovecot;
use crate::harness::postgres;
use crate::harness::relay::Relay;
use crate::harness::story::Story;

const DANA: (&str, &str) = ("Dana Reyes", "dana@acme.example");
const KIM: (&str, &str) = ("Kim Vos", "kim@fjord.example");
const LEE: (&str, &str) = ("Lee Park", "lee@fjord.example");

const REQUEST: &str = "Hi Lee,\n\nthe page looks fine. Could you also add a second landing page in Dutch while you are at it? It is\n\
not part of our package, I know, but it is urgent.\n\nDana\n";

/// The parties, and what they have written and read so far.
struct Office {
    dovecot: Dovecot,
    relay: Relay,
    carried: usize,
    daemon: Daemon,
    /// How many mails each has read.
    read: HashMap<&'static str, usize>,
    story: Story,
}

impl Office {
    fn open(store: &str) -> Self {
        let dovecot = Dovecot::start();
        let relay = Relay::start(&dovecot);
        let live = "[follow_up]\nshadow = false\nreceived = \"auto\"\naccepted = \"auto\"\n";
        let mut daemon = Daemon::configure(store, &(daemon::service(&dovecot, relay.port()) + live));
        daemon.start();
        daemon.until("first look into the mailbox", || daemon.log().contains("first time").then_some(()));
        Self { dovecot, relay, carried: 0, daemon, read: HashMap::new(), story: Story::default() }
    }

    /// Somebody sends a mail, whose Message-ID is this.
    fn send(&mut self, from: (&str, &str), to: &str, id: &str, fields: &str, body: &str) {
        let (name, address) = from;
        let raw = format!(
            "From: {name} <{address}>\nTo: {to}\nMessage-ID: <{id}>\nDate: Tue, 10 Mar 2026 09:12:00 +0100\n\
             MIME-Version: 1.0\n{fields}\n\n{body}"
        );
        self.tell(name, "writes", &read(raw.as_bytes(), &ReadOptions::default()));
        self.relay.submit(address, to, &raw.replace('\n', "\r\n"));
    }

    /// Somebody replies to a mail as a mail program does that quotes in plain text.
    fn reply(&mut self, from: (&str, &str), mail: &Message, id: &str, words: &str) {
        let quoted: String =
            mail.text.lines().fold(String::new(), |quoted, line| quoted + "> " + line + "\n");
        let name = &mail.from.as_ref().unwrap().name;
        let body = format!("{words}\n\nOn Tue, 10 Mar 2026 at 09:12, {name} wrote:\n\n{quoted}");
        self.send_reply(from, mail, id, "text/plain", &body);
    }

    /// The same from a program that writes HTML alone.
    fn reply_in_html(&mut self, from: (&str, &str), mail: &Message, id: &str, words: &str) {
        let body = format!(
            "<div dir=\"auto\">{words}</div><br><div class=\"gmail_quote\"><div dir=\"ltr\" class=\"gmail_attr\">On Tue, 10 Mar \
             2026, 09:12 {} &lt;service@fjord.example&gt; wrote:<br></div><blockquote class=\"gmail_quote\">{}</blockquote></div>\n",
            mail.from.as_ref().unwrap().name,
            mail.text.replace('&', "&amp;").replace('<', "&lt;").replace('\n', "<br>\n")
        );
        self.send_reply(from, mail, id, "text/html", &body);
    }

    fn send_reply(&mut self, from: (&str, &str), mail: &Message, id: &str, form: &str, body: &str) {
        let to = mail.reply_to.first().or(mail.from.as_ref()).unwrap().address.clone();
        let cited = mail.message_id.as_deref().unwrap();
        let references: String = mail.references.iter().fold(String::new(), |all, id| all + "<" + id + "> ");
        let subject = if mail.subject.starts_with("Re: ") { "" } else { "Re: " };
        let fields = format!(
            "Subject: {subject}{}\nIn-Reply-To: <{cited}>\nReferences: {references}<{cited}>\n\
             Content-Type: {form}; charset=utf-8\nContent-Transfer-Encoding: 8bit",
            mail.subject
        );
        self.send(from, &to, id, &fields, body);
    }

    /// The next mail that somebody finds in their mailbox.
    fn gets(&mut self, who: (&'static str, &'static str)) -> Message {
        let (name, address) = who;
        let place = self.read.entry(address).or_default();
        let carried = &mut self.carried;
        let (relay, dovecot) = (&self.relay, &self.dovecot);
        let raw = self.daemon.until(&format!("mail {} for {address}", *place + 1), || {
            relay.carry(dovecot, carried);
            dovecot.inbox(address).into_iter().nth(*place)
        });
        *place += 1;
        let mail = read(raw.as_bytes(), &ReadOptions::default());
        self.tell(name, "gets", &mail);
        mail
    }

    /// A mail as a part of the story.
    fn tell(&mut self, who: &str, does: &str, mail: &Message) {
        let reply_to = mail.reply_to.first().map(|to| format!("Reply-To: {to}\n")).unwrap_or_default();
        let text = if does == "writes" { &mail.reply } else { &mail.text };
        self.story.tell(&format!("{who} {does}"), mail, &reply_to, text);
    }

    /// What a command of the program prints, as a part of the story.
    fn prints(&mut self, arguments: &[&str]) -> String {
        let daemon = &self.daemon;
        let unsent = ["waiting to be sent", "being sent", "tried"];
        let printed = daemon.until("all mails noted as sent", || {
            let printed = daemon.succeed(arguments);
            (!unsent.iter().any(|word| printed.contains(word))).then_some(printed)
        });
        self.story.printed(arguments, &printed);
        printed
    }
}

/// The story without what is another each time: dates and hours, tokens, ids, and percentages, which move with each
/// training of the model.
fn masked(story: &str) -> String {
    let masks = [
        (r"service\+[a-z2-7]{32}@", "service+TOKEN@"),
        (r"[0-9a-f]{32}", "ID"),
        (r"\b(Mon|Tue|Wed|Thu|Fri|Sat|Sun) \d{1,2} [A-Z][a-z]{2}( \d{4})?( \d\d:\d\d)?", "DAY"),
        (r"\b\d{1,2} [A-Z][a-z]{2,8} \d{4}( \d\d:\d\d)?", "DAY"),
        (r"\b\d{4}-\d\d-\d\d \d\d:\d\d(:\d\d)?", "DAY"),
        (r"ntil (Friday|Monday)", "ntil WEEKDAY"),
        (r"\d+[smh] ago", "MOMENTS ago"),
        (r"\d+ %", ".. %"),
    ];
    masks.iter().fold(story.to_owned(), |story, (pattern, mask)| {
        Regex::new(pattern).unwrap().replace_all(&story, *mask).into_owned()
    })
}

fn extra_work_is_agreed(store: &str) {
    let mut office = Office::open(store);
    let form = "Subject: Landing page\nContent-Type: text/plain; charset=utf-8";
    office.send(DANA, "service@fjord.example", "ask@acme.example", form, REQUEST);
    let (to_kim, to_lee) = (office.gets(KIM), office.gets(LEE));
    for notice in [&to_kim, &to_lee] {
        assert!(notice.text.contains("extra work") && notice.text.contains("second landing page in Dutch"));
    }
    let received = office.gets(DANA);
    assert_eq!(received.in_reply_to, ["ask@acme.example"]);

    // Operations may not price: sales is asked, and the client is told nothing.
    office.reply(LEE, &to_lee, "lee-1@fjord.example", "price 400 EUR 3h The page in Dutch");
    let refused = office.gets(LEE);
    assert!(refused.text.contains("Kim Vos has been asked"), "{}", refused.text);
    let asked = office.gets(KIM);
    assert!(asked.text.contains("price 400 EUR 3h The page in Dutch"), "{}", asked.text);

    office.reply(KIM, &asked, "kim-1@fjord.example", "#1 price 1200 EUR 8h The landing page in Dutch");
    let draft = office.gets(KIM);
    assert!(draft.text.contains("1,200.00 EUR") && draft.text.contains("#1 send"), "{}", draft.text);
    office.reply_in_html(KIM, &draft, "kim-2@fjord.example", "send");
    let gone = office.gets(KIM);
    assert!(gone.text.contains("The offer goes to Dana Reyes"), "{}", gone.text);

    let offer = office.gets(DANA);
    assert!(offer.text.contains("1,200.00 EUR") && offer.in_reply_to == ["ask@acme.example"]);
    office.reply(DANA, &offer, "yes@acme.example", "Yes, go ahead.\n\nDana");
    let confirmed = office.gets(DANA);
    assert!(confirmed.text.contains("we have your yes") && confirmed.text.contains("1,200.00 EUR"));
    assert_eq!(confirmed.in_reply_to, ["yes@acme.example"]);
    for owner in [KIM, LEE] {
        let told = office.gets(owner);
        assert!(told.text.contains("Dana Reyes has said yes to the offer"), "{}", told.text);
        assert!(told.text.contains("1,200.00 EUR"), "{}", told.text);
    }

    let ledger = office.prints(&["ledger"]);
    assert!(ledger.lines().any(|line| line.contains("won") && line.contains("1,200.00 EUR")), "{ledger}");
    // Who, when, by which mail.
    let shown = office.prints(&["show", "#1"]);
    for id in ["ask@acme", "lee-1@fjord", "kim-1@fjord", "kim-2@fjord", "yes@acme"] {
        assert!(shown.contains(&format!("<{id}.example>")), "{id}: {shown}");
    }
    insta::assert_snapshot!("extra_work_is_agreed_by_mail_alone", masked(&office.story.text));
    office.daemon.stop();
}

#[test]
fn extra_work_is_agreed_by_mail_alone_from_the_request_to_the_ledger_with_sqlite() {
    extra_work_is_agreed("sqlite:pairdesk.db");
}

#[test]
fn extra_work_is_agreed_by_mail_alone_from_the_request_to_the_ledger_with_postgresql() {
    extra_work_is_agreed(&postgres::fresh_database());
}
