//! Attacks on the reply channel, each a whole mail as it comes from the server: refused for its named reason, recorded,
//! and never answered. Beside them the honest answers, in all their shapes, which are admitted.

use data_encoding::BASE32_NOPAD_NOCASE;
use jiff::{SignedDuration, Timestamp};
use pairdesk::case::{Case, Kind, Side, State};
use pairdesk::command;
use pairdesk::command::admit::{Admitted, Grounds, admit, bears_token, case_named};
use pairdesk::command::apply::Addressed;
use pairdesk::directory::{Account, Directory, Firm};
use pairdesk::effect::{Content, Disposition, Effect, Outcome, Seed};
use pairdesk::intake::{Duplicate, Known, Mail, Policy, decide, sender};
use pairdesk::message::{Address, Message, ReadOptions, read};
use pairdesk::token::{About, Key, Keys, message_id, tag};

use crate::applying::addressed;

const KIM: &str = "kim@fjord.example";
const LEE: &str = "lee@fjord.example";
const OFFICE: &str = "office@fjord.example";

fn now() -> Timestamp {
    "2026-03-10T09:00:00Z".parse().unwrap()
}

fn person(name: &str, address: &str) -> Address {
    Address { name: name.to_owned(), address: address.to_owned() }
}

/// Kim and Lee own Acme; Lee and Nils own Delta; Mona manages. Bert and Cas own nothing any more.
fn directory() -> Directory {
    let firm = Firm {
        name: "Fjord Studio".to_owned(),
        address: OFFICE.to_owned(),
        own_addresses: vec!["support@fjord.example".to_owned()],
        domains: vec!["fjord.example".to_owned()],
        manager: Some(person("Mona Berg", "mona@fjord.example")),
        timezone: "Europe/Oslo".to_owned(),
        language: "en".to_owned(),
        ..Firm::default()
    };
    let account = |key: &str, sales, operations| Account {
        key: key.to_owned(),
        name: key.to_owned(),
        domains: vec![format!("{key}.example")],
        sales: Some(sales),
        operations: Some(operations),
        ..Account::default()
    };
    let (kim, lee, nils) =
        (person("Kim Vos", KIM), person("Lee Park", LEE), person("Nils Dahl", "nils@fjord.example"));
    Directory::new(firm, vec![account("acme", kim, lee.clone()), account("delta", nils, lee)])
}

/// Case 5 is Acme's, 6 is Delta's, 7 of an account that an import has taken away.
fn case(number: i64) -> Option<Case> {
    let account = match number {
        5 => "acme",
        6 => "delta",
        7 => "gone",
        _ => return None,
    };
    Some(Case {
        number,
        account: account.to_owned(),
        conversation: 3,
        kind: Kind::Complaint,
        severity: 2,
        probability: 0.8,
        please_check: false,
        lead: Side::Operations,
        state: State::Open,
        subject: "Weekly pickup".to_owned(),
        evidence: "Still not here.".to_owned(),
        client: "Dana Reyes <dana@acme.example>".to_owned(),
        opened_at: now(),
        changed_at: now(),
        answered_at: None,
        told_at: None,
        alerted_at: None,
        wakes_at: None,
        lead_person: None,
        taken_by: None,
        clock: pairdesk::case::CaseClock::default(),
    })
}

fn key(id: i64, byte: u8) -> Key {
    Key { id, bytes: [byte; 32] }
}

fn keys() -> Keys {
    Keys::new(vec![key(1, 11), key(2, 22)])
}

/// The token of a letter of yesterday.
fn token(owner: &str, about: About) -> String {
    keys().token(owner, about, now() - SignedDuration::from_hours(24)).unwrap()
}

/// Kim's token of case 5.
fn kims() -> String {
    token(KIM, About::Case(5))
}

/// A token of which one byte says something else, its proof left as it was.
fn with_byte(token: &str, at: usize, byte: u8) -> String {
    let mut bytes = BASE32_NOPAD_NOCASE.decode(token.as_bytes()).unwrap();
    bytes[at] = byte;
    BASE32_NOPAD_NOCASE.encode(&bytes).to_lowercase()
}

/// A mail as text, made from an honest one.
#[derive(Debug, Clone)]
struct Raw {
    headers: Vec<(&'static str, String)>,
    body: String,
}

/// Kim's honest answer to the notice of case 5.
fn honest() -> Raw {
    let header = |name, value: &str| (name, value.to_owned());
    Raw {
        headers: vec![
            header("Authentication-Results", "mx.fjord.example; dmarc=pass header.from=fjord.example"),
            header("From", "Kim Vos <kim@fjord.example>"),
            header("To", &format!("Fjord Studio <office+{}@fjord.example>", kims())),
            header("Subject", "Re: #5 complaint (clear) - Acme: Weekly pickup"),
            header("Date", "Tue, 10 Mar 2026 09:58:00 +0100"),
            header("Message-ID", "<r1@fjord.example>"),
            header("In-Reply-To", "<n1@fjord.example>"),
        ],
        body: "mine\r\n".to_owned(),
    }
}

impl Raw {
    /// With this in place of all headers of the name.
    fn with(mut self, name: &'static str, value: impl Into<String>) -> Self {
        let at = self.headers.iter().position(|(other, _)| *other == name);
        self.headers.retain(|(other, _)| *other != name);
        self.headers.insert(at.unwrap_or(self.headers.len()), (name, value.into()));
        self
    }

    /// With this header too, below the others.
    fn and(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.headers.push((name, value.into()));
        self
    }

    fn without(mut self, name: &str) -> Self {
        self.headers.retain(|(other, _)| *other != name);
        self
    }

    fn body(mut self, body: impl Into<String>) -> Self {
        self.body = body.into();
        self
    }

    /// From this one; the mail server says that the domain is theirs.
    fn from(self, from: &str, domain: &str) -> Self {
        let passed = format!("mx.fjord.example; dmarc=pass header.from={domain}");
        self.with("From", from).with("Authentication-Results", passed)
    }

    /// To our subaddress with this token.
    fn to(self, token: &str) -> Self {
        self.with("To", format!("Fjord Studio <office+{token}@fjord.example>"))
    }

    /// To our address itself: what shows whose it is stands elsewhere.
    fn plain(self) -> Self {
        self.with("To", "Fjord Studio <office@fjord.example>")
    }

    fn read(&self) -> Message {
        let fields: Vec<_> =
            self.headers.iter().map(|(name, value)| format!("{name}: {value}\r\n")).collect();
        let options = ReadOptions {
            authserv_ids: vec!["mx.fjord.example".to_owned()],
            own_addresses: vec![OFFICE.to_owned(), "support@fjord.example".to_owned()],
        };
        read(format!("{}\r\n{}", fields.concat(), self.body).as_bytes(), &options)
    }

    fn grounds(&self, taken_before: Option<i64>) -> Grounds {
        let case = case_named(&self.read(), &directory()).and_then(case);
        Grounds { keys: keys(), case, taken_before }
    }

    /// What follows from it, where nothing else is known than what bears on its token.
    fn follows(&self, known: &Known) -> Vec<Effect> {
        let (message, directory) = (self.read(), directory());
        let addressed =
            Addressed { cases: known.grounds.case.iter().map(addressed).collect(), ..Addressed::default() };
        let known = &Known { addressed, ..known.clone() };
        let policy = Policy { authentication: true, ..Policy::default() };
        let sender = sender(&message, &directory);
        let spoken =
            command::read(&message.reply, &command::context("kim@fjord.example", None, &directory, now()));
        let mail = Mail {
            message: &message,
            classification: None,
            scope: None,
            spoken: Some(&spoken),
            staff: &[],
            sent_folder: false,
            backlog: false,
        };
        decide(mail, &sender, &directory, known, &policy, now(), Seed([1; 16]))
    }
}

/// A mail, the reason why it is refused, and what it is filed as.
type Attack = (&'static str, Raw, &'static str, Disposition);

/// Somebody passes for the one whom the token was made for.
fn senders() -> Vec<Attack> {
    use Disposition::{Automatic, Owner, Routine, Staff, Unmatched};
    let eve = "Kim Vos <eve@evil.example>";
    let server = |said: &str| honest().with("Authentication-Results", said);
    vec![
        (
            "a name that is an address",
            honest().from("\"kim@fjord.example\" <eve@evil.example>", "evil.example"),
            "stranger",
            Unmatched,
        ),
        ("the owner's name alone", honest().from(eve, "evil.example"), "stranger", Unmatched),
        (
            "a domain that looks like ours",
            honest().from("Kim Vos <kim@fjord-example.com>", "fjord-example.com"),
            "stranger",
            Unmatched,
        ),
        (
            "a Cyrillic i",
            honest().from("Kim Vos <k\u{456}m@fjord.example>", "fjord.example"),
            "stranger",
            Staff,
        ),
        (
            "a domain with an accent",
            honest().from("Kim Vos <kim@fj\u{f6}rd.example>", "fj\u{f6}rd.example"),
            "stranger",
            Unmatched,
        ),
        (
            "our domain below another",
            honest().from("Kim Vos <kim@fjord.example.evil.example>", "evil.example"),
            "stranger",
            Unmatched,
        ),
        (
            "a host of our domain",
            honest().from("Kim Vos <kim@printer.fjord.example>", "fjord.example"),
            "stranger",
            Staff,
        ),
        (
            "a subaddress of the owner",
            honest().from("Kim Vos <kim+x@fjord.example>", "fjord.example"),
            "stranger",
            Staff,
        ),
        (
            "two at signs",
            honest().from("Kim Vos <kim@fjord.example@evil.example>", "evil.example"),
            "stranger",
            Unmatched,
        ),
        (
            "the percent hack",
            honest().from("<kim%fjord.example@evil.example>", "evil.example"),
            "stranger",
            Unmatched,
        ),
        (
            "a client to whom the notice was forwarded",
            honest().from("Dana Reyes <dana@acme.example>", "acme.example"),
            "stranger",
            Routine,
        ),
        (
            "a supplier to whom the notice was forwarded",
            honest().from("Sam <sam@supplier.example>", "supplier.example"),
            "stranger",
            Unmatched,
        ),
        (
            "a colleague who owns nothing",
            honest().from("Ola <ola@fjord.example>", "fjord.example"),
            "stranger",
            Staff,
        ),
        (
            "our own address",
            honest().from("Fjord Studio <office@fjord.example>", "fjord.example"),
            "stranger",
            Automatic,
        ),
        (
            "the partner with the other's token",
            honest().from("Lee Park <lee@fjord.example>", "fjord.example"),
            "token_of_another",
            Owner,
        ),
        ("the other's digest", honest().to(&token(LEE, About::Digest)), "token_of_another", Owner),
        ("the other's old notice", honest().to(&old(LEE)), "token_of_another", Owner),
        (
            "an owner who is staff now",
            honest()
                .from("Bert Ek <bert@fjord.example>", "fjord.example")
                .to(&token("bert@fjord.example", About::Case(5))),
            "owner_no_more",
            Staff,
        ),
        (
            "an owner who left the firm",
            honest()
                .from("Cas <cas@freelance.example>", "freelance.example")
                .to(&token("cas@freelance.example", About::Digest)),
            "owner_no_more",
            Unmatched,
        ),
        (
            "an owner who left long ago",
            honest()
                .from("Cas <cas@freelance.example>", "freelance.example")
                .to(&old("cas@freelance.example")),
            "owner_no_more",
            Unmatched,
        ),
        ("an owner of another account now", honest().to(&token(KIM, About::Case(6))), "left_account", Owner),
        ("a case whose account is gone", honest().to(&token(KIM, About::Case(7))), "left_account", Owner),
        (
            "DMARC failed",
            server("mx.fjord.example; dmarc=fail header.from=fjord.example"),
            "not_authenticated",
            Unmatched,
        ),
        (
            "nothing was found out",
            server("mx.fjord.example; dmarc=none header.from=fjord.example; spf=none"),
            "not_authenticated",
            Unmatched,
        ),
        (
            "the server said nothing",
            honest().without("Authentication-Results"),
            "not_authenticated",
            Unmatched,
        ),
        (
            "another server's word",
            server("mx.evil.example; dmarc=pass header.from=fjord.example"),
            "not_authenticated",
            Unmatched,
        ),
        (
            "a name like our server's",
            server("mx.fjord.example.evil.example; dmarc=pass header.from=fjord.example"),
            "not_authenticated",
            Unmatched,
        ),
        (
            "a second word of our server's, brought along",
            server("mx.fjord.example; dmarc=fail header.from=fjord.example")
                .and("Received", "from evil.example")
                .and("Authentication-Results", "mx.fjord.example; dmarc=pass header.from=fjord.example"),
            "not_authenticated",
            Unmatched,
        ),
        (
            "SPF of another domain",
            server("mx.fjord.example; spf=pass smtp.mailfrom=eve@evil.example"),
            "not_authenticated",
            Unmatched,
        ),
        (
            "DKIM of another domain",
            server("mx.fjord.example; dkim=pass header.d=evil.example"),
            "not_authenticated",
            Unmatched,
        ),
        (
            "DMARC of another domain",
            server("mx.fjord.example; dmarc=pass header.from=evil.example"),
            "not_authenticated",
            Unmatched,
        ),
        (
            "DKIM of the top domain",
            server("mx.fjord.example; dkim=pass header.d=example"),
            "not_authenticated",
            Unmatched,
        ),
        (
            "a route before the address",
            server("mx.fjord.example; dmarc=pass header.from=evil.example")
                .with("From", "<@evil.example:kim@fjord.example>"),
            "not_authenticated",
            Unmatched,
        ),
        (
            "two mailboxes in From",
            honest().with("From", "Kim Vos <kim@fjord.example>, eve@evil.example"),
            "forged_from",
            Owner,
        ),
        (
            "two mailboxes in From, the owner's second",
            honest().with("From", "eve@evil.example, Kim Vos <kim@fjord.example>"),
            "forged_from",
            Unmatched,
        ),
        ("two From fields", honest().and("From", eve), "forged_from", Owner),
        (
            "a group in From, with the owner in Sender",
            honest().with("From", "undisclosed-senders:;").and("Sender", KIM),
            "forged_from",
            Owner,
        ),
        (
            "a list's name for the writer",
            honest()
                .with("From", "Kim Vos via Team <team@evil.example>")
                .and("X-Original-From", "Kim Vos <kim@fjord.example>"),
            "forged_from",
            Owner,
        ),
        (
            "sent by another in the owner's name",
            honest().and("Sender", "eve@evil.example"),
            "sent_by_another",
            Owner,
        ),
        (
            "sent by a colleague in the owner's name",
            honest().and("Sender", "Lee Park <lee@fjord.example>"),
            "sent_by_another",
            Owner,
        ),
    ]
}

/// A token of this owner's, of a letter that is too old.
fn old(owner: &str) -> String {
    keys().token(owner, About::Case(5), now() - SignedDuration::from_hours(24 * 91)).unwrap()
}

/// The token is not what we made, or not where we put it.
fn tokens() -> Vec<Attack> {
    use Disposition::{Owner, Staff, Unmatched};
    let kims = kims();
    let other_proof = format!("{}{}", &kims[..16], &token(LEE, About::Digest)[16..]);
    let swapped: String = kims[..30].chars().chain(kims[30..].chars().rev()).collect();
    assert_ne!(swapped, kims);
    let foreign = Keys::new(vec![key(2, 77)]).token(KIM, About::Case(5), now()).unwrap();
    let newer = Keys::new(vec![key(3, 22)]).token(KIM, About::Case(5), now()).unwrap();
    let lees = token(LEE, About::Case(5));
    let cited = |token: &str| format!("<{}>", message_id("n2", token, "fjord.example"));
    let quoted = format!(
        "mine\r\n\r\nOn Mon, 9 Mar 2026, Fjord Studio <office+{kims}@fjord.example> wrote:\r\n> Acme is unhappy.\r\n"
    );
    let wrapped = format!(
        "--b\r\nContent-Type: text/plain\r\n\r\nmine\r\n--b\r\nContent-Type: message/rfc822\r\n\r\nFrom: {KIM}\r\nTo: office+{kims}@fjord.example\r\nSubject: Re: #5\r\n\r\nmine\r\n--b--\r\n"
    );
    vec![
        ("another case's number", honest().to(&with_byte(&kims, 9, 6)), "altered_token", Owner),
        (
            "a digest made of a case",
            honest().to(&with_byte(&with_byte(&kims, 9, 0), 3, 0)),
            "altered_token",
            Owner,
        ),
        ("a later last day", honest().to(&with_byte(&kims, 1, 0xff)), "altered_token", Owner),
        ("the number of another of our keys", honest().to(&with_byte(&kims, 0, 1)), "altered_token", Owner),
        ("the proof of another's token", honest().to(&other_proof), "altered_token", Owner),
        ("two characters swapped", honest().to(&swapped), "altered_token", Owner),
        (
            "the last character changed",
            honest().to(&with_byte(&kims, 19, !BASE32_NOPAD_NOCASE.decode(kims.as_bytes()).unwrap()[19])),
            "altered_token",
            Owner,
        ),
        (
            "no proof at all",
            honest().to(&BASE32_NOPAD_NOCASE
                .encode(&[2, 0xff, 0xff, 1, 0, 0, 0, 0, 0, 5, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0])),
            "altered_token",
            Owner,
        ),
        ("a key of another installation", honest().to(&foreign), "altered_token", Owner),
        (
            "a stranger's made-up token",
            honest().from("eve@evil.example", "evil.example").to(&foreign),
            "altered_token",
            Unmatched,
        ),
        ("a key that we never had", honest().to(&newer), "unknown_key", Owner),
        ("made up of one letter", honest().to(&"a".repeat(32)), "unknown_key", Owner),
        (
            "a sort of token that there is not",
            honest().to(&with_byte(&kims, 3, 9)),
            "unreadable_token",
            Owner,
        ),
        ("cut by one", honest().to(&kims[..31]), "unreadable_token", Owner),
        ("cut to two thirds", honest().to(&kims[..20]), "unreadable_token", Owner),
        ("longer by one", honest().to(&format!("{kims}a")), "unreadable_token", Owner),
        ("twice in a row", honest().to(&format!("{kims}{kims}")), "unreadable_token", Owner),
        (
            "a character that no token has",
            honest().to(&format!("{}1", &kims[..31])),
            "unreadable_token",
            Owner,
        ),
        ("cut to a word", honest().to(&kims[..12]), "no_token", Owner),
        ("too old by a day", honest().to(&old(KIM)), "expired_token", Owner),
        ("a case that there is not", honest().to(&token(KIM, About::Case(99))), "unknown_case", Owner),
        (
            "two tokens, of two mails to the same owner",
            honest().and("Cc", format!("office+{}@fjord.example", token(KIM, About::Digest))),
            "several_tokens",
            Owner,
        ),
        (
            "an honest token beside a made-up one",
            honest().and("Delivered-To", format!("support+{}@fjord.example", "a".repeat(32))),
            "several_tokens",
            Owner,
        ),
        (
            "two of our mails cited as the answered one",
            honest().plain().with("In-Reply-To", format!("{} {}", cited(&kims), cited(&lees))),
            "several_tokens",
            Owner,
        ),
        (
            "two tokens in the subject",
            honest().plain().with("Subject", format!("{} {}", tag(&kims), tag(&lees))),
            "several_tokens",
            Owner,
        ),
        (
            "another's mail cited as the nearest",
            honest().plain().with("References", format!("{} {}", cited(&kims), cited(&lees))),
            "token_of_another",
            Owner,
        ),
        (
            "another's mail answered, the own one cited before",
            honest().plain().with("In-Reply-To", cited(&lees)).and("References", cited(&kims)),
            "token_of_another",
            Owner,
        ),
        (
            "a token in the subject, beside another's address",
            honest().to(&lees).with("Subject", tag(&kims)),
            "token_of_another",
            Owner,
        ),
        ("in the quotation", honest().plain().body(quoted), "no_token", Owner),
        ("in the text", honest().plain().body(format!("mine {}\r\n", tag(&kims))), "no_token", Owner),
        (
            "in a mail attached",
            honest()
                .plain()
                .and("MIME-Version", "1.0")
                .and("Content-Type", "multipart/mixed; boundary=b")
                .body(wrapped),
            "no_token",
            Owner,
        ),
        (
            "in the name of the recipient",
            honest().with("To", format!("\"office+{kims}@fjord.example\" <office@fjord.example>")),
            "no_token",
            Owner,
        ),
        (
            "in Reply-To",
            honest().plain().and("Reply-To", format!("office+{kims}@fjord.example")),
            "no_token",
            Owner,
        ),
        (
            "in a header of their own",
            honest().plain().and("X-Pairdesk-Token", kims.clone()),
            "no_token",
            Owner,
        ),
        (
            "in the subject without brackets",
            honest().plain().with("Subject", kims.clone()),
            "no_token",
            Owner,
        ),
        (
            "in their own address",
            honest().plain().with("From", format!("Kim Vos <kim+{kims}@fjord.example>")),
            "no_token",
            Staff,
        ),
        (
            "at a mailbox that is not ours",
            honest().plain().and("Cc", format!("sales+{kims}@fjord.example")),
            "no_token",
            Owner,
        ),
        (
            "at a domain that is not ours",
            honest().plain().and("Cc", format!("office+{kims}@evil.example")),
            "no_token",
            Owner,
        ),
        (
            "at a host of our domain",
            honest().plain().and("Cc", format!("office+{kims}@mx.fjord.example")),
            "no_token",
            Owner,
        ),
        (
            "behind another sign",
            honest().plain().and("Cc", format!("office-{kims}@fjord.example")),
            "no_token",
            Owner,
        ),
        (
            "in a Message-ID of another domain",
            honest().plain().with("In-Reply-To", format!("<{}>", message_id("n2", &kims, "evil.example"))),
            "no_token",
            Owner,
        ),
        (
            "in the mail's own Message-ID",
            honest().plain().with("Message-ID", cited(&kims)),
            "no_token",
            Owner,
        ),
    ]
}

/// A machine answers, or a mail goes round.
fn machines() -> Vec<Attack> {
    use Disposition::Automatic;
    vec![
        ("an out-of-office answer", honest().and("Auto-Submitted", "auto-replied"), "automatic", Automatic),
        ("an out-of-office answer by its text", honest().with("Subject", "Automatic reply: #5 complaint").body("I am away until Monday.\r\n"), "automatic", Automatic),
        ("a bounce", honest().with("From", "MAILER-DAEMON@fjord.example").and("Content-Type", "multipart/report; report-type=delivery-status; boundary=b").body("--b\r\n\r\ncould not be delivered\r\n--b\r\nContent-Type: message/delivery-status\r\n\r\nFinal-Recipient: rfc822; kim@fjord.example\r\nAction: failed\r\nStatus: 5.1.1\r\n--b--\r\n"), "automatic", Automatic),
        ("a read receipt", honest().and("Content-Type", "multipart/report; report-type=disposition-notification; boundary=b").body("--b\r\n\r\nread\r\n--b--\r\n"), "automatic", Automatic),
        ("a list's copy", honest().and("List-Id", "<team.evil.example>"), "automatic", Automatic),
        ("our own notice come back", honest().and("X-Pairdesk-Letter", "notice"), "automatic", Automatic),
    ]
}

/// Whether an effect does something: changes a case, or writes to anybody.
fn does_something(effect: &Effect) -> bool {
    !matches!(effect, Effect::File(_) | Effect::Refused(_))
}

/// Whether it is the hint to answer a notice, which goes to the owner who is confirmed to have written.
fn is_hint(effect: &Effect) -> bool {
    let Effect::Send(letter) = effect else { return false };
    let Content::Answer(answer) = &letter.content else { return false };
    letter.to.address == "kim@fjord.example"
        && answer.lines.iter().all(|line| line.outcome == Outcome::NotDone)
}

/// What a mail is filed as, and the reasons for which it was refused.
fn came_of_it(effects: &[Effect]) -> (Disposition, Vec<&'static str>) {
    let Effect::File(filing) = &effects[0] else { panic!("{effects:?}") };
    let refused = effects.iter().filter_map(|effect| match effect {
        Effect::Refused(refused) => Some(refused.reason),
        _ => None,
    });
    (filing.disposition, refused.collect())
}

#[test]
fn every_attack_on_the_reply_channel_is_refused_for_its_reason_recorded_and_helped_by_no_answer() {
    let attacks: Vec<_> = [senders(), tokens(), machines()].concat();
    assert!(attacks.len() >= 80, "{}", attacks.len());
    for (name, raw, expected, disposition) in attacks {
        let grounds = raw.grounds(None);
        let refusal = admit(&raw.read(), &directory(), &grounds, true, now()).expect_err(name);
        assert_eq!(refusal.key(), expected, "{name}: {}", refusal.words());
        assert!(!refusal.words().is_empty() && !refusal.words().contains(&kims()), "{name}");
        let effects = raw.follows(&Known { mail: 9, next_case: 8, grounds, ..Known::default() });
        // An out-of-office answer of a confirmed owner is believed as that, whatever else it says.
        let hints = |effect: &Effect| match expected {
            "no_token" => is_hint(effect),
            "automatic" => matches!(effect, Effect::Absent(_)),
            _ => false,
        };
        let did = effects.iter().any(|effect| does_something(effect) && !hints(effect));
        assert!(!did, "{name}: {effects:#?}");
        // A machine's answer and an owner's word of their own accord are no attempts, and not worth the manager's time.
        let recorded = if matches!(expected, "automatic" | "no_token") { vec![] } else { vec![expected] };
        assert_eq!(came_of_it(&effects), (disposition, recorded), "{name}: {effects:#?}");
    }
}

#[test]
fn every_reason_is_that_of_some_attack() {
    let attacks = [senders(), tokens(), machines()].concat();
    let mut reasons: Vec<_> = attacks.iter().map(|(_, _, reason, _)| *reason).collect();
    reasons.push("replayed");
    reasons.sort_unstable();
    reasons.dedup();
    assert_eq!(reasons.len(), 16, "{reasons:?}");
}

#[test]
fn a_mail_that_comes_again_gives_no_commands_again() {
    let raw = honest().body("done, all of it\r\n");
    let effects = raw.follows(&Known { mail: 9, grounds: raw.grounds(Some(4)), ..Known::default() });
    assert_eq!(came_of_it(&effects), (Disposition::Owner, vec!["replayed"]));
    assert!(!effects.iter().any(does_something), "{effects:#?}");
    // With the same content it is the same mail, from two mailboxes say: no attempt at anything.
    let first = Duplicate { mail: 4, place: "service/INBOX/4".to_owned(), disposition: Disposition::Owner };
    let known =
        Known { mail: 9, duplicate_of: Some(first), grounds: raw.grounds(Some(4)), ..Known::default() };
    let effects = raw.follows(&known);
    assert_eq!((came_of_it(&effects), effects.len()), ((Disposition::Duplicate, vec![]), 1));
}

#[test]
fn an_owners_honest_answer_is_admitted_in_whatever_shape_it_comes() {
    let (kims, digest) = (kims(), token(KIM, About::Digest));
    let by_old_key = Keys::new(vec![key(1, 11)]).token(KIM, About::Case(5), now()).unwrap();
    let on_its_last_day =
        keys().token(KIM, About::Case(5), now() - SignedDuration::from_hours(24 * 90)).unwrap();
    let cited = format!("<{}>", message_id("n2", &kims, "fjord.example"));
    let older = format!("<{}>", message_id("n1", &token(LEE, About::Case(5)), "fjord.example"));
    let on_case = About::Case(5);
    let rows = [
        ("as it is", honest(), on_case),
        ("in capitals", honest().to(&kims.to_uppercase()), on_case),
        ("without a name", honest().with("To", format!("office+{kims}@fjord.example")), on_case),
        (
            "in a folded field",
            honest().with("To", format!("\"Fjord Studio\"\r\n\t<office+{kims}@fjord.example>")),
            on_case,
        ),
        (
            "among other recipients",
            honest().with("To", format!("ola@fjord.example, office+{kims}@fjord.example")),
            on_case,
        ),
        ("in Cc", honest().plain().and("Cc", format!("office+{kims}@fjord.example")), on_case),
        (
            "twice the same",
            honest().and("Delivered-To", format!("OFFICE+{}@fjord.example", kims.to_uppercase())),
            on_case,
        ),
        (
            "delivered to alone",
            honest()
                .with("To", "office@fjord.example")
                .and("X-Original-To", format!("office+{kims}@fjord.example")),
            on_case,
        ),
        ("at our other address", honest().with("To", format!("support+{kims}@fjord.example")), on_case),
        ("beside a word of our own", honest().and("Cc", "office+team@fjord.example"), on_case),
        ("to a digest", honest().to(&digest), About::Digest),
        ("with an older key's token", honest().to(&by_old_key), on_case),
        ("on its last day", honest().to(&on_its_last_day), on_case),
        ("without subaddresses, answering", honest().plain().with("In-Reply-To", cited.clone()), on_case),
        (
            "without subaddresses, citing",
            honest().plain().without("In-Reply-To").and("References", format!("{older} {cited}")),
            on_case,
        ),
        (
            "without subaddresses, from a link",
            honest().plain().without("In-Reply-To").with("Subject", format!("#5 mine {}", tag(&kims))),
            on_case,
        ),
        (
            "in a list's mail that was also written to us",
            honest().and("List-Id", "<team.fjord.example>").and("List-Post", "<mailto:team@fjord.example>"),
            on_case,
        ),
        ("with the own address as Sender", honest().and("Sender", "Kim <Kim@fjord.example>"), on_case),
        ("with another display name", honest().with("From", "kim (Sales) <kim@fjord.example>"), on_case),
        (
            "with DKIM of our domain",
            honest().with("Authentication-Results", "mx.fjord.example; dkim=pass header.d=fjord.example"),
            on_case,
        ),
        (
            "the manager's",
            honest()
                .from("Mona <mona@fjord.example>", "fjord.example")
                .to(&token("mona@fjord.example", About::Case(5))),
            on_case,
        ),
        (
            "the manager's, of an account that is gone",
            honest()
                .from("Mona <mona@fjord.example>", "fjord.example")
                .to(&token("mona@fjord.example", About::Case(7))),
            About::Case(7),
        ),
    ];
    for (name, raw, about) in rows {
        let message = raw.read();
        assert!(bears_token(&message, &directory()), "{name}");
        let admitted = admit(&message, &directory(), &raw.grounds(None), true, now());
        let Admitted { person, about: found } =
            admitted.unwrap_or_else(|refusal| panic!("{name}: {refusal:?}"));
        assert_eq!((&person.address, found), (&message.from.unwrap().address, about), "{name}");
        let effects = raw.follows(&Known { mail: 9, grounds: raw.grounds(None), ..Known::default() });
        assert_eq!(came_of_it(&effects), (Disposition::Owner, vec![]), "{name}");
    }
}

#[test]
fn where_no_mail_server_is_asked_the_token_and_the_sender_decide() {
    let unsigned = honest().without("Authentication-Results");
    assert!(admit(&unsigned.read(), &directory(), &unsigned.grounds(None), false, now()).is_ok());
    let forged = unsigned.to(&token(LEE, About::Case(5)));
    let refusal = admit(&forged.read(), &directory(), &forged.grounds(None), false, now()).unwrap_err();
    assert_eq!(refusal.key(), "token_of_another");
}

#[test]
fn an_owners_mail_to_a_client_answers_the_client_whatever_token_stands_in_its_copy() {
    for (token, refused) in [(kims(), vec![]), (old(KIM), vec!["expired_token"])] {
        let raw = honest().to(&token).and("Cc", "Dana Reyes <dana@acme.example>");
        let conversation = pairdesk::intake::Conversation {
            id: 3,
            joined_by: "In-Reply-To".to_owned(),
            account: Some("acme".to_owned()),
            cases: case(5).into_iter().collect(),
            ..pairdesk::intake::Conversation::default()
        };
        let known = Known {
            mail: 9,
            grounds: raw.grounds(None),
            conversation: Some(conversation),
            ..Known::default()
        };
        let effects = raw.follows(&known);
        assert_eq!(came_of_it(&effects), (Disposition::Owner, refused));
        let taken =
            |effect: &Effect| matches!(effect, Effect::ChangeCase(case) if case.state == State::Taken);
        assert!(effects.iter().any(taken), "{effects:#?}");
    }
}

#[test]
fn an_owners_answer_in_a_mail_of_its_own_is_a_note_on_the_case_that_its_token_names() {
    let raw = honest().without("In-Reply-To").body("I will call Dana at four.\r\n");
    let effects = raw.follows(&Known { mail: 9, grounds: raw.grounds(None), ..Known::default() });
    let noted = effects.iter().any(|effect| {
        matches!(effect, Effect::Record { case: 5, entry } if entry.what == "noted: I will call Dana at four.")
    });
    assert!(noted, "{effects:#?}");
}
