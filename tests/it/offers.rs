//! Extra work from the request to the ledger: what follows from an answer to an offer, and the whole way through the
//! workers, the owners' answers by mail among it.

use std::collections::BTreeSet;
use std::sync::Arc;

use jiff::Timestamp;
use pairdesk::case::{Case, Kind, Side, State};
use pairdesk::classify::{Classification, Finding, StaffFinding, StaffLabel, Trace};
use pairdesk::clock::{Clock, SetClock};
use pairdesk::compose::{Composer, House};
use pairdesk::directory::{Account, Directory, Firm};
use pairdesk::effect::{ClientLetter, Content, Effect, Letter, Occasion, Seed};
use pairdesk::intake::{Conversation, FollowUp, FollowUps, Known, Mail, Policy, decide, sender};
use pairdesk::message::{
    Address, Arrival, Authentication, Cursor, Message, Place, ReadOptions, Verdict, read,
};
use pairdesk::money::Money;
use pairdesk::offer::{AccountLedger, Event, Offer, Stage, ledgers};
use pairdesk::store::{OutboxState, Store};
use pairdesk::worker::{Desk, receive};
use tempfile::TempDir;

fn now() -> Timestamp {
    "2026-03-10T09:00:00Z".parse().unwrap()
}

fn person(name: &str, address: &str) -> Address {
    Address { name: name.to_owned(), address: address.to_owned() }
}

fn firm() -> Firm {
    Firm {
        name: "Fjord Studio".to_owned(),
        address: "service@fjord.example".to_owned(),
        domains: vec!["fjord.example".to_owned()],
        manager: Some(person("Mona Berg", "mona@fjord.example")),
        timezone: "UTC".to_owned(),
        language: "en".to_owned(),
        ..Firm::default()
    }
}

fn acme() -> Account {
    Account {
        key: "acme".to_owned(),
        name: "Acme Foods".to_owned(),
        domains: vec!["acme.example".to_owned()],
        sales: Some(person("Kim Vos", "kim@fjord.example")),
        operations: Some(person("Lee Park", "lee@fjord.example")),
        hourly_rate: Some(10_000),
        currency: "EUR".to_owned(),
        ..Account::default()
    }
}

fn case(number: i64, kind: Kind) -> Case {
    Case {
        number,
        account: "acme".to_owned(),
        conversation: 3,
        kind,
        severity: 0,
        probability: 0.9,
        please_check: false,
        lead: Side::Sales,
        state: State::Taken,
        subject: "Landing page".to_owned(),
        evidence: "Could you also do it in Dutch?".to_owned(),
        client: "Dana Reyes <dana@acme.example>".to_owned(),
        opened_at: now(),
        changed_at: now(),
        answered_at: Some(now()),
        told_at: None,
        alerted_at: None,
        wakes_at: None,
        lead_person: None,
        taken_by: None,
        clock: pairdesk::case::CaseClock::default(),
    }
}

/// An offer of case 5 at 1,200 EUR, good until 24 March, after these events.
fn offer(events: &[Event]) -> Offer {
    let asked = Offer {
        minutes: Some(480),
        price: Some(Money { minor: 120_000, currency: "EUR".to_owned() }),
        valid_until: Some("2026-03-24".parse().unwrap()),
        ..Offer::asked(&case(5, Kind::ExtraWork))
    };
    events.iter().fold(asked, |offer, event| offer.after(*event, now()).unwrap())
}

fn offered() -> Known {
    let conversation = Conversation {
        id: 3,
        joined_by: "References".to_owned(),
        account: Some("acme".to_owned()),
        cases: vec![case(5, Kind::ExtraWork)],
        ..Conversation::default()
    };
    let offers = vec![offer(&[Event::Priced, Event::Sent])];
    Known { mail: 7, next_case: 6, conversation: Some(conversation), offers, ..Known::default() }
}

fn dana(text: &str) -> Message {
    let dana = person("Dana Reyes", "dana@acme.example");
    Message {
        message_id: Some("m1@acme.example".to_owned()),
        from: Some(dana.clone()),
        from_header: vec![dana],
        subject: "Re: Landing page".to_owned(),
        base_subject: "Landing page".to_owned(),
        reply: text.to_owned(),
        ..Message::default()
    }
}

fn found(labels: &[(Kind, f64)], severity: u8) -> Classification {
    let finding = |&(kind, probability): &(Kind, f64)| Finding {
        kind,
        probability,
        evidence: format!("the sentence of {}", kind.words()),
        words: Vec::new(),
    };
    Classification {
        findings: labels.iter().map(finding).collect(),
        severity,
        model: "table".to_owned(),
        trace: Trace::default(),
    }
}

/// What follows from a mail, a line an effect, without histories.
fn follows(
    message: &Message,
    found: Option<&Classification>,
    staff: &[StaffFinding],
    known: &Known,
    policy: &Policy,
) -> Vec<String> {
    let directory = Directory::new(firm(), vec![acme()]);
    let sender = sender(message, &directory);
    let mail = Mail {
        message,
        classification: found,
        scope: None,
        spoken: None,
        staff,
        sent_folder: false,
        backlog: false,
    };
    let letter = |letter: &Letter| {
        let occasion = match &letter.content {
            Content::Notice(notice) => match &notice.occasion {
                Occasion::Accepted => " (accepted)",
                Occasion::Declined => " (declined)",
                Occasion::Unclear => " (unclear)",
                Occasion::Question { .. } => " (question)",
                _ => "",
            },
            _ => "",
        };
        format!("{}{occasion} to {}", letter.content.key(), letter.to.address)
    };
    let line = |effect: Effect| match effect {
        Effect::File(filing) => Some(format!("file {}", filing.disposition.key())),
        Effect::OpenCase(case) => Some(format!("open #{} {}", case.number, case.kind.key())),
        Effect::ChangeCase(case) => Some(format!("change #{} {}", case.number, case.state.key())),
        Effect::Offer(offer) => Some(format!("offer #{} {}", offer.case, offer.stage.key())),
        Effect::Send(content) => Some(format!("send {}", letter(&content))),
        Effect::Draft(content) => Some(format!("draft {}", letter(&content))),
        _ => None,
    };
    decide(mail, &sender, &directory, known, policy, now(), Seed([1; 16]))
        .into_iter()
        .filter_map(line)
        .collect()
}

fn auto() -> Policy {
    let follow_ups = FollowUps::default().with(ClientLetter::Received, FollowUp::Auto);
    let follow_ups = follow_ups.with(ClientLetter::Accepted, FollowUp::Auto);
    Policy { shadow: false, follow_ups, ..Policy::default() }
}

fn notices(occasion: &str) -> [String; 2] {
    ["kim", "lee"].map(|name| format!("send notice ({occasion}) to {name}@fjord.example"))
}

#[test]
fn a_clear_yes_is_confirmed_to_three_people_and_a_clear_no_is_told_to_both_owners() {
    let yes = dana("Yes, go ahead.");
    let mut expected =
        vec!["file case", "change #5 taken", "send accepted to dana@acme.example", "offer #5 accepted"];
    let told = notices("accepted");
    expected.extend(told.iter().map(String::as_str));
    assert_eq!(follows(&yes, None, &[], &offered(), &auto()), expected);
    // The words that ask for the work are the yes; another matter of the same mail is its own case.
    let asks = found(&[(Kind::ExtraWork, 0.9), (Kind::Commercial, 0.7)], 0);
    assert_eq!(follows(&yes, Some(&asks), &[], &offered(), &auto()), expected);
    let angry = found(&[(Kind::Complaint, 0.9)], 1);
    let also = follows(&yes, Some(&angry), &[], &offered(), &auto());
    assert!(
        also.contains(&"offer #5 accepted".to_owned()) && also.contains(&"open #6 complaint".to_owned()),
        "{also:?}"
    );
    // Not in shadow mode, nor where the firm wants drafts.
    let accepted = |follow_up| Policy {
        follow_ups: auto().follow_ups.with(ClientLetter::Accepted, follow_up),
        ..auto()
    };
    for policy in [Policy { shadow: true, ..auto() }, accepted(FollowUp::Draft)] {
        let lines = follows(&yes, None, &[], &offered(), &policy);
        assert!(lines.contains(&"draft accepted to dana@acme.example".to_owned()), "{lines:?}");
    }
    let off = accepted(FollowUp::Off);
    assert!(!follows(&yes, None, &[], &offered(), &off).iter().any(|line| line.contains("to dana")));

    let no = follows(&dana("No thanks, too expensive."), None, &[], &offered(), &auto());
    let mut expected =
        vec!["file case".to_owned(), "change #5 closed".to_owned(), "offer #5 declined".to_owned()];
    expected.extend(notices("declined"));
    assert_eq!(no, expected);
}

#[test]
fn what_is_not_clear_changes_no_offer_and_sales_is_asked() {
    let failed = Authentication {
        verdict: Verdict::Fail,
        domain: "acme.example".to_owned(),
        reason: "dkim=fail".to_owned(),
    };
    let yes = || dana("Yes, go ahead.");
    let mut late = offered();
    late.offers[0].valid_until = Some("2026-03-09".parse().unwrap());
    let mut two = offered();
    two.conversation.as_mut().unwrap().cases.push(case(6, Kind::Commercial));
    two.offers.push(Offer { case: 6, ..offer(&[Event::Priced, Event::Sent]) });
    let forged = Policy { authentication: true, ..auto() };
    let rows = vec![
        (dana("Yes, but only half of it."), offered(), auto(), 5),
        (dana("Let me ask my boss."), offered(), auto(), 5),
        (dana("Oui, allez-y"), offered(), auto(), 5),
        // It has lapsed; it may be either of two; nobody confirms who wrote it.
        (yes(), late, auto(), 5),
        (yes(), two, auto(), 6),
        (Message { authentication: Some(failed), ..yes() }, offered(), forged, 5),
    ];
    for (message, known, policy, number) in rows {
        let mut expected = vec!["file case".to_owned(), format!("change #{number} taken")];
        expected.extend(notices("unclear"));
        let mut lines = follows(&message, None, &[], &known, &policy);
        lines.retain(|line| number == 5 || line != "change #5 taken");
        assert_eq!(lines, expected, "{}", message.reply);
    }
}

#[test]
fn an_answer_counts_only_while_an_offer_waits_for_it_and_a_settled_one_is_not_asked_again() {
    let mut priced = offered();
    priced.offers = vec![offer(&[Event::Priced])];
    let known = Known { offers: Vec::new(), ..offered() };
    for known in [priced, known] {
        assert_eq!(
            follows(&dana("Yes, go ahead."), None, &[], &known, &auto()),
            ["file routine", "change #5 taken"]
        );
    }
    // The next request in the same conversation is another one, and counted.
    let mut settled = offered();
    settled.offers = vec![offer(&[Event::Priced, Event::Sent, Event::Accepted])];
    let asks = found(&[(Kind::ExtraWork, 0.9)], 0);
    let lines = follows(&dana("Could you also do it in French?"), Some(&asks), &[], &settled, &auto());
    assert!(lines.contains(&"open #6 extra_work".to_owned()), "{lines:?}");
    let lines = follows(&dana("Could you also do it in French?"), Some(&asks), &[], &offered(), &auto());
    assert!(!lines.iter().any(|line| line.starts_with("open")), "{lines:?}");
}

fn to_dana(from: Address) -> Message {
    Message {
        message_id: Some("s1@fjord.example".to_owned()),
        from: Some(from.clone()),
        from_header: vec![from],
        to: vec![person("Dana Reyes", "dana@acme.example")],
        subject: "Re: Landing page".to_owned(),
        base_subject: "Landing page".to_owned(),
        reply: "We'll just throw that in.".to_owned(),
        ..Message::default()
    }
}

fn says(label: StaffLabel, probability: f64) -> Vec<StaffFinding> {
    vec![StaffFinding { label, probability, evidence: "We'll just throw that in.".to_owned() }]
}

#[test]
fn operations_gift_or_price_to_a_client_is_asked_about_once_and_sales_own_is_not() {
    let lee = || to_dana(person("Lee Park", "lee@fjord.example"));
    let asked = |staff: &[StaffFinding], known: &Known| follows(&lee(), None, staff, known, &auto());
    let gift = says(StaffLabel::Giveaway, 0.8);
    let price = says(StaffLabel::Pricing, 0.8);
    let fresh = Known { mail: 7, next_case: 6, ..Known::default() };
    // Without a case there is one now: extra work where something is given, else a question about money.
    for (staff, kind) in [(&gift, "extra_work"), (&price, "commercial")] {
        let mut expected =
            vec!["file owner".to_owned(), format!("open #6 {kind}"), "offer #6 asked".to_owned()];
        expected.extend(notices("question"));
        assert_eq!(asked(staff, &fresh), expected);
    }
    // The case that is there is asked about.
    let mut waiting = offered();
    waiting.offers.clear();
    let mut expected =
        vec!["file owner".to_owned(), "change #5 taken".to_owned(), "offer #5 asked".to_owned()];
    expected.extend(notices("question"));
    assert_eq!(asked(&gift, &waiting), expected);
    // A price over a complaint is asked about there.
    let mut angry = offered();
    angry.offers.clear();
    angry.conversation.as_mut().unwrap().cases = vec![case(5, Kind::Complaint)];
    assert_eq!(asked(&price, &angry), expected);
    assert!(asked(&gift, &angry).contains(&"open #6 extra_work".to_owned()));
    // Once a conversation and day; below the threshold nothing; what sales has offered may be named, not given.
    let mut lately = waiting.clone();
    lately.offers = vec![Offer { questioned_at: Some(now()), ..offer(&[]) }];
    let quiet = ["file owner", "change #5 taken"];
    assert_eq!(asked(&gift, &lately), quiet);
    assert_eq!(asked(&says(StaffLabel::Giveaway, 0.49), &waiting), quiet);
    assert_eq!(asked(&says(StaffLabel::Commitment, 0.9), &waiting), quiet);
    assert_eq!(asked(&price, &offered()), quiet);
    assert!(asked(&gift, &offered()).contains(&"offer #5 offered".to_owned()));
    let mut given = offered();
    given.offers = vec![offer(&[Event::Waived])];
    assert_eq!(asked(&gift, &given), quiet);
    let kim = to_dana(person("Kim Vos", "kim@fjord.example"));
    assert_eq!(follows(&kim, None, &gift, &waiting, &auto()), quiet);
}

/// The program's desk over a new store, with a clock that stands, and the mails taken and read so far.
struct Office {
    desk: Desk,
    uid: u32,
    read: BTreeSet<i64>,
    _folder: TempDir,
}

impl Office {
    async fn open(policy: Policy) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let store =
            Store::open(&format!("sqlite:{}", folder.path().join("pairdesk.db").display())).await.unwrap();
        let clock = Clock::Set(Arc::new(SetClock::new(now())));
        store.first_token_key(clock.key(), now()).await.unwrap();
        let mut tx = store.begin().await.unwrap();
        tx.replace_accounts(&[acme()]).await.unwrap();
        tx.commit().await.unwrap();
        let reading = ReadOptions { own_addresses: vec![firm().address], ..ReadOptions::default() };
        let desk = Desk::new(store, Composer::new(House::of(&firm())), firm(), policy, reading, clock);
        Self { desk, uid: 0, read: BTreeSet::new(), _folder: folder }
    }

    /// Takes a mail in; gives the mails that go out because of it, and those that are kept as drafts.
    async fn take(&mut self, raw: String) -> (Vec<Message>, Vec<Message>) {
        self.uid += 1;
        let arrival = Arrival {
            place: Place { mailbox: "service/INBOX".to_owned(), validity: 1, key: self.uid.to_string() },
            full_size: raw.len() as u64,
            raw: raw.into_bytes(),
            received_at: Some(now()),
            sent_folder: false,
        };
        let cursor = Cursor { validity: 1, last_uid: self.uid, since: now(), started_at: now() };
        receive::take(&self.desk, vec![arrival], "service/INBOX", cursor).await.unwrap();
        let new = self.mails(OutboxState::Pending).await;
        for line in self.desk.store.outgoing(OutboxState::Pending).await.unwrap() {
            self.read.insert(line.id);
        }
        (new, self.mails(OutboxState::Draft).await)
    }

    /// The mails of a state that were not read before.
    async fn mails(&self, state: OutboxState) -> Vec<Message> {
        let mut mails = Vec::new();
        let lines = self.desk.store.outgoing(state).await.unwrap();
        for line in lines.into_iter().filter(|line| !self.read.contains(&line.id)) {
            let bytes = self.desk.store.outgoing_bytes(line.id).await.unwrap().unwrap();
            mails.push(read(&bytes, &ReadOptions::default()));
        }
        mails
    }

    async fn ledger(&self) -> Vec<AccountLedger> {
        ledgers(&self.desk.store.offers(None).await.unwrap(), |_| acme().hour())
    }

    async fn stage(&self) -> Option<Stage> {
        let offers = self.desk.store.offers(Some("acme")).await.unwrap();
        offers.into_iter().find_map(|(_, offer)| offer).map(|offer| offer.stage)
    }
}

/// An answer to one of our mails.
fn answer(from: &str, to: &Message, id: &str, text: &str) -> String {
    let reply_to = to.reply_to.first().map_or("service@fjord.example", |to| to.address.as_str());
    let cited = to.message_id.as_deref().unwrap_or_default();
    format!(
        "From: {from}\r\nTo: {reply_to}\r\nSubject: Re: {}\r\nMessage-ID: <{id}>\r\nIn-Reply-To: <{cited}>\r\n\
         References: <{cited}>\r\nDate: Tue, 10 Mar 2026 09:00:00 +0000\r\nContent-Type: text/plain; charset=utf-8\r\n\r\n{text}\r\n",
        to.subject
    )
}

fn mail_to<'m>(mails: &'m [Message], name: &str) -> &'m Message {
    let mut to = mails.iter().filter(|mail| mail.to[0].address.starts_with(name));
    let found = to.next().unwrap_or_else(|| panic!("nothing to {name}"));
    assert!(to.next().is_none(), "two mails to {name}");
    found
}

const REQUEST: &str = "From: Dana Reyes <dana@acme.example>\r\nTo: service@fjord.example\r\nSubject: Landing page\r\n\
Message-ID: <ask@acme.example>\r\nDate: Tue, 10 Mar 2026 08:59:00 +0000\r\n\r\n\
Hi Lee,\r\n\r\nthe page looks fine. Could you also add a second landing page in Dutch while you are at it? It is not part of\r\n\
our package, I know, but it is urgent.\r\n\r\nDana\r\n";

const KIM: &str = "Kim Vos <kim@fjord.example>";
const LEE: &str = "Lee Park <lee@fjord.example>";
const DANA: &str = "Dana Reyes <dana@acme.example>";

#[tokio::test(flavor = "multi_thread")]
async fn a_request_goes_from_the_refused_price_of_operations_to_the_ledger() {
    let mut office = Office::open(auto()).await;
    let (told, _) = office.take(REQUEST.to_owned()).await;
    let (to_kim, to_lee) = (mail_to(&told, "kim").clone(), mail_to(&told, "lee").clone());
    assert!(to_lee.text.contains("extra work"), "{}", to_lee.text);

    // Operations may not price: nothing happens but an entry, and sales is asked.
    let (told, drafts) =
        office.take(answer(LEE, &to_lee, "lee-1@fjord.example", "#1 price 800 EUR 6h Dutch page")).await;
    assert!(mail_to(&told, "lee").text.contains("Kim Vos has been asked"), "{}", mail_to(&told, "lee").text);
    assert!(
        mail_to(&told, "kim").text.contains("price 800 EUR 6h Dutch page"),
        "{}",
        mail_to(&told, "kim").text
    );
    assert!(drafts.is_empty());
    assert_eq!(office.stage().await, None);

    let command = "#1 price 1200 EUR 8h The landing page in Dutch";
    let (told, drafts) = office.take(answer(KIM, &to_kim, "kim-1@fjord.example", command)).await;
    let shown = &mail_to(&told, "kim").text;
    let draft = mail_to(&drafts, "dana");
    for words in ["The landing page in Dutch", "8", "1,200.00 EUR", "until 24 March 2026"] {
        assert!(shown.contains(words) && draft.text.contains(words), "{words}: {shown}");
    }
    assert_eq!(office.stage().await, Some(Stage::Priced));
    // A new price takes the place of the draft.
    let command = "#1 price 1300 EUR 8h The landing page in Dutch";
    let (told, drafts) = office.take(answer(KIM, &to_kim, "kim-2@fjord.example", command)).await;
    assert!(mail_to(&drafts, "dana").text.contains("1,300.00 EUR"));

    let said = mail_to(&told, "kim").clone();
    let (told, drafts) = office.take(answer(KIM, &said, "kim-3@fjord.example", "#1 send")).await;
    assert!(drafts.is_empty());
    let offer = mail_to(&told, "dana").clone();
    assert!(
        offer.text.contains("1,300.00 EUR") && offer.in_reply_to == ["ask@acme.example"],
        "{}",
        offer.text
    );
    assert!(offer.from.as_ref().unwrap().name.contains("Kim Vos and Lee Park"));
    assert!(mail_to(&told, "kim").text.contains("The offer goes to"), "{}", mail_to(&told, "kim").text);
    assert_eq!(office.stage().await, Some(Stage::Offered));

    let (told, _) = office.take(answer(DANA, &offer, "yes@acme.example", "Yes, go ahead.\r\n\r\nDana")).await;
    assert_eq!(told.len(), 3, "{:?}", told.iter().map(|mail| &mail.subject).collect::<Vec<_>>());
    let confirmed = mail_to(&told, "dana");
    assert!(confirmed.text.contains("we have your yes") && confirmed.text.contains("1,300.00 EUR"));
    assert_eq!(confirmed.in_reply_to, ["yes@acme.example"]);
    for name in ["kim", "lee"] {
        let told = mail_to(&told, name);
        assert!(
            told.text.contains("yes to the offer") && told.text.contains("1,300.00 EUR"),
            "{}",
            told.text
        );
    }
    let ledger = office.ledger().await.remove(0);
    let figures: Vec<_> =
        ledger.figures.iter().map(|sum| (sum.figure.words(), sum.cases.as_slice())).collect();
    let (one, none): (&[i64], &[i64]) = (&[1], &[]);
    assert_eq!(
        figures,
        [
            ("asked", one),
            ("priced", one),
            ("offered", one),
            ("won", one),
            ("declined", none),
            ("given away", none)
        ]
    );
    assert_eq!(ledger.figures[3].money, [Money { minor: 130_000, currency: "EUR".to_owned() }]);
    assert_eq!(ledger.figures[3].minutes, 480);

    let detail = office.desk.store.case_detail(1).await.unwrap().unwrap();
    let history: Vec<_> = detail
        .entries
        .iter()
        .map(|(entry, mail)| (entry.who.as_str(), entry.what.as_str(), mail.is_some()))
        .collect();
    for line in [
        ("Lee Park", "wanted to price it; Kim Vos was asked, who has the say", true),
        ("Kim Vos", "priced it: 1,300.00 EUR, 8 h", true),
        ("Kim Vos", "sent the offer: 1,300.00 EUR, 8 h, good until 24 Mar 2026", true),
        ("Dana Reyes", "accepted the offer: 1,300.00 EUR, 8 h", true),
    ] {
        assert!(history.contains(&line), "{line:?} in {history:#?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn in_shadow_mode_an_offer_stays_a_draft_and_what_is_given_away_is_counted_at_its_hours() {
    let mut office = Office::open(Policy { shadow: true, ..auto() }).await;
    let (told, _) = office.take(REQUEST.to_owned()).await;
    let to_kim = mail_to(&told, "kim").clone();
    let said = "#1 price 3h Dutch page\r\n#1 send\r\n";
    let (told, drafts) = office.take(answer(KIM, &to_kim, "kim-1@fjord.example", said)).await;
    let text = &mail_to(&told, "kim").text;
    assert!(text.contains("300.00 EUR, 3 h") && text.contains("Nothing went out: shadow mode"), "{text}");
    assert_eq!(drafts.iter().filter(|mail| mail.text.contains("300.00 EUR")).count(), 1);
    assert_eq!(office.stage().await, Some(Stage::Priced));

    let (told, drafts) =
        office.take(answer(KIM, &to_kim, "kim-2@fjord.example", "#1 waive They had a hard month")).await;
    assert!(mail_to(&told, "kim").text.contains("counted as 300.00 EUR"), "{}", mail_to(&told, "kim").text);
    assert!(drafts.is_empty(), "its draft is withdrawn");
    assert_eq!(office.stage().await, Some(Stage::GivenAway));
    let ledger = office.ledger().await.remove(0);
    assert_eq!(ledger.figures[5].money, [Money { minor: 30_000, currency: "EUR".to_owned() }]);

    // What was given away cannot be priced or declined any more; the answer says so.
    let (told, _) =
        office.take(answer(KIM, &to_kim, "kim-3@fjord.example", "#1 price 500 EUR Dutch page")).await;
    assert!(mail_to(&told, "kim").text.contains("given away already"), "{}", mail_to(&told, "kim").text);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_no_of_sales_says_what_is_possible_and_never_stands_bare() {
    let mut office = Office::open(auto()).await;
    let (told, _) = office.take(REQUEST.to_owned()).await;
    let to_kim = mail_to(&told, "kim").clone();
    let said = "#1 decline It is outside the retainer. We can do it in April.";
    let (told, drafts) = office.take(answer(KIM, &to_kim, "kim-1@fjord.example", said)).await;
    let draft = mail_to(&drafts, "dana");
    assert!(draft.text.contains("We can do it in April.") && draft.text.contains("What we agreed goes on"));
    assert!(mail_to(&told, "kim").text.contains("We can do it in April."));
    assert_eq!(office.stage().await, Some(Stage::Declined));
    let (told, _) = office.take(answer(KIM, &to_kim, "kim-2@fjord.example", "#1 send")).await;
    assert!(mail_to(&told, "dana").text.contains("We can do it in April."));
    // A new price takes the no back.
    let said = "#1 price 900 EUR 8h In April";
    let (_, drafts) = office.take(answer(KIM, &to_kim, "kim-3@fjord.example", said)).await;
    assert!(mail_to(&drafts, "dana").text.contains("900.00 EUR"));
    assert_eq!(office.stage().await, Some(Stage::Priced));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_yes_on_the_phone_is_recorded_by_sales_counted_and_confirmed() {
    let follow_ups = auto().follow_ups.with(ClientLetter::Accepted, FollowUp::Draft);
    for (policy, sent) in [(auto(), true), (Policy { follow_ups, ..auto() }, false)] {
        let mut office = Office::open(policy).await;
        let (told, _) = office.take(REQUEST.to_owned()).await;
        let (to_kim, to_lee) = (mail_to(&told, "kim").clone(), mail_to(&told, "lee").clone());
        // Nobody agrees to what has no price.
        let (told, _) = office.take(answer(KIM, &to_kim, "kim-0@fjord.example", "accepted")).await;
        let text = &mail_to(&told, "kim").text;
        assert!(text.contains("it has no price yet") && text.contains("#1 price 1200 EUR 8h"), "{text}");
        office.take(answer(KIM, &to_kim, "kim-1@fjord.example", "price 1200 EUR 8h Dutch page")).await;
        // Operations hears of it first, and sales records it.
        let (told, _) = office.take(answer(LEE, &to_lee, "lee-1@fjord.example", "client said yes")).await;
        assert!(mail_to(&told, "lee").text.contains("Kim Vos has been asked"));
        assert!(mail_to(&told, "kim").text.contains("client said yes"), "{}", mail_to(&told, "kim").text);
        assert_eq!(office.stage().await, Some(Stage::Priced));

        let said = "#1 accepted by phone, she needs it by May";
        let (told, drafts) = office.take(answer(KIM, &to_kim, "kim-2@fjord.example", said)).await;
        assert_eq!(office.stage().await, Some(Stage::Accepted));
        let to_dana = if sent { mail_to(&told, "dana") } else { mail_to(&drafts, "dana") };
        assert!(to_dana.text.contains("we have your yes") && to_dana.text.contains("1,200.00 EUR"));
        assert_eq!(drafts.len(), usize::from(!sent), "the offer that was never sent is no draft any more");
        let lee = &mail_to(&told, "lee").text;
        assert!(lee.contains("has said yes to the offer") && lee.contains("Kim Vos recorded it"), "{lee}");
        let kim = &mail_to(&told, "kim").text;
        assert!(kim.contains("counted as won: 1,200.00 EUR, 8 h. Lee Park has been told."), "{kim}");
        assert_eq!(office.ledger().await[0].figures[3].cases, [1], "won");
        // Again, in another mail: nothing more happens.
        let (told, _) = office.take(answer(KIM, &to_kim, "kim-3@fjord.example", said)).await;
        assert_eq!(told.len(), 1);
        assert!(mail_to(&told, "kim").text.contains("It has been accepted already."));
        if !sent {
            let (told, _) = office.take(answer(KIM, &to_kim, "kim-4@fjord.example", "send")).await;
            assert!(mail_to(&told, "dana").text.contains("we have your yes"));
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_no_on_the_phone_closes_the_case_and_writes_to_no_client() {
    let mut office = Office::open(auto()).await;
    let (told, _) = office.take(REQUEST.to_owned()).await;
    let to_kim = mail_to(&told, "kim").clone();
    office.take(answer(KIM, &to_kim, "kim-1@fjord.example", "price 1200 EUR 8h Dutch page\r\n#1 send")).await;
    let (told, _) =
        office.take(answer(KIM, &to_kim, "kim-2@fjord.example", "declined by client, too expensive")).await;
    assert_eq!(office.stage().await, Some(Stage::Declined));
    assert!(!told.iter().any(|mail| mail.to[0].address.starts_with("dana")));
    assert!(mail_to(&told, "lee").text.contains("has said no to the offer"));
    assert!(mail_to(&told, "kim").text.contains("Declined by the client, counted, and closed."));
    let detail = office.desk.store.case_detail(1).await.unwrap().unwrap();
    assert_eq!(detail.case.state, State::Closed);
    assert!(
        detail.entries.iter().any(|(entry, _)| entry.what == "recorded the client's no: too expensive"),
        "{:#?}",
        detail.entries
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn commands_that_come_twice_in_two_mails_do_nothing_twice() {
    let mut office = Office::open(auto()).await;
    let (told, _) = office.take(REQUEST.to_owned()).await;
    let to_kim = mail_to(&told, "kim").clone();
    let price = "price 1200 EUR 8h Dutch page";
    office.take(answer(KIM, &to_kim, "kim-1@fjord.example", price)).await;
    for (id, said, so) in [
        ("a", price, "It is priced so already."),
        ("b", "send", "The offer goes to Dana Reyes"),
        ("c", "send", "The client has the offer already, good until"),
        ("d", price, "The client has this offer already: 1,200.00 EUR, 8 h"),
        ("e", "waive", "Given away, and counted as 1,200.00 EUR."),
        ("f", "waive", "It has been given away already."),
        ("g", "send", "There is no draft to send."),
        ("h", "done Built", "Resolved."),
        ("i", "done Built", "It was resolved already."),
    ] {
        let (told, _) = office.take(answer(KIM, &to_kim, &format!("kim-{id}@fjord.example"), said)).await;
        let text = &mail_to(&told, "kim").text;
        assert!(text.contains(so), "{said}: {text}");
        let to_client = told.iter().filter(|mail| mail.to[0].address.starts_with("dana")).count();
        assert_eq!(to_client, usize::from(id == "b"), "{said}");
    }
}
