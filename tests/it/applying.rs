//! Tables of (what an owner writes, how the cases stand) -> what is done, and what is answered.

use jiff::{SignedDuration, Timestamp};
use pairdesk::case::{Case, Entry, Kind, Side, State};
use pairdesk::command;
use pairdesk::command::admit::Grounds;
use pairdesk::command::apply::{Addressed, AddressedCase, ClientMail, Draft, Heard, RaisedBy, apply, here};
use pairdesk::compose::{Composer, House};
use pairdesk::directory::{Account, Directory, Firm};
use pairdesk::effect::{Answer, Content, Effect, Letter, Occasion, Outcome, Seed};
use pairdesk::intake::{Known, Policy};
use pairdesk::message::{Address, Message};
use pairdesk::token::{About, Key, Keys};

fn person(name: &str, address: &str) -> Address {
    Address { name: name.into(), address: address.into() }
}

fn kim() -> Address {
    person("Kim Vos", "kim@fjord.example")
}

fn lee() -> Address {
    person("Lee Park", "lee@fjord.example")
}

/// Tuesday morning.
fn now() -> Timestamp {
    "2026-03-10T09:00:00Z".parse().unwrap()
}

/// Acme is Kim's (sales) and Lee's (operations), Delta is Nia's and Lee's; Mona manages.
fn directory() -> Directory {
    let firm = Firm {
        name: "Fjord Studio".into(),
        address: "service@fjord.example".into(),
        domains: vec!["fjord.example".into()],
        manager: Some(person("Mona Berg", "mona@fjord.example")),
        timezone: "Europe/Oslo".into(),
        language: "en".into(),
        ..Firm::default()
    };
    let account = |key: &str, name: &str, sales: Address| Account {
        key: key.into(),
        name: name.into(),
        domains: vec![format!("{key}.example")],
        sales: Some(sales),
        operations: Some(lee()),
        currency: "EUR".into(),
        ..Account::default()
    };
    let acme = account("acme", "Acme Foods", kim());
    let delta = account("delta", "Delta Labs", person("Nia Holm", "nia@fjord.example"));
    Directory::new(firm, vec![acme, delta])
}

fn case(number: i64, account: &str, kind: Kind, severity: u8, state: State) -> Case {
    let opened_at = now() - SignedDuration::from_hours(30);
    Case {
        number,
        account: account.into(),
        conversation: number,
        kind,
        severity,
        probability: 0.8,
        please_check: false,
        lead: pairdesk::case::lead(kind, severity),
        state,
        subject: "Weekly pickup".into(),
        evidence: "We expected this on Monday.".into(),
        client: "Dana Reyes <dana@acme.example>".into(),
        opened_at,
        changed_at: opened_at,
        answered_at: None,
        told_at: None,
        alerted_at: None,
        wakes_at: None,
        lead_person: None,
        taken_by: None,
        clock: pairdesk::case::CaseClock::default(),
    }
}

/// A case of which nothing else is known.
pub fn addressed(case: &Case) -> AddressedCase {
    AddressedCase {
        case: case.clone(),
        history: Vec::new(),
        recent: Vec::new(),
        meeting: None,
        drafts: Vec::new(),
        raised_by: Vec::new(),
        last_mail: None,
        offer: None,
    }
}

/// The same with a mail of the client, an earlier line of history, and a draft.
fn with_mail(case: &Case) -> AddressedCase {
    let entry = Entry {
        at: case.opened_at,
        who: "Dana Reyes".into(),
        what: "opened as complaint, severity 2".into(),
        why: String::new(),
    };
    AddressedCase {
        history: vec![entry],
        drafts: vec![Draft {
            sort: "received".into(),
            to: "dana@acme.example".into(),
            subject: "Re: Weekly pickup".into(),
        }],
        raised_by: vec![RaisedBy { mail: 31, other_kinds: Vec::new() }],
        last_mail: Some(ClientMail {
            writer: person("Dana Reyes", "dana@acme.example"),
            subject: "Weekly pickup".into(),
            message_id: Some("d1@acme.example".into()),
            at: case.opened_at,
            excerpt: "We expected this on Monday. Please call.".into(),
        }),
        ..addressed(case)
    }
}

/// What Lee writes in answer to the notice of case 142, where nothing else is said.
struct Reply {
    person: Address,
    about: Option<About>,
    text: String,
    cases: Vec<AddressedCase>,
    shadow: bool,
    backlog: bool,
    taken_before: Option<i64>,
}

fn complaint() -> Case {
    case(142, "acme", Kind::Complaint, 2, State::Open)
}

fn says(text: &str) -> Reply {
    Reply {
        person: lee(),
        about: Some(About::Case(142)),
        text: text.into(),
        cases: vec![addressed(&complaint())],
        shadow: false,
        backlog: false,
        taken_before: None,
    }
}

impl Reply {
    fn of(self, case: &Case) -> Self {
        Self { cases: vec![addressed(case)], ..self }
    }

    fn with_mail(self) -> Self {
        let cases = self.cases.iter().map(|one| with_mail(&one.case)).collect();
        Self { cases, ..self }
    }

    fn by(self, person: Address) -> Self {
        Self { person, ..self }
    }

    fn effects(&self) -> Vec<Effect> {
        let directory = directory();
        let account = directory.account("acme");
        let context = command::context(&self.person.address, account, &directory, now());
        let spoken = command::read(&self.text, &context);
        let message = Message {
            message_id: Some("k1@fjord.example".into()),
            references: vec!["n1@fjord.example".into()],
            subject: "Re: #142 complaint (clear) · Acme Foods: Weekly pickup".into(),
            from: Some(self.person.clone()),
            reply: self.text.clone(),
            ..Message::default()
        };
        let theirs = |case: &Case| directory.is_of(&self.person.address, &case.account);
        let cases = self.cases.iter().map(|one| one.case.clone());
        let open = cases.filter(|case| case.state.unfinished() && theirs(case)).collect();
        let known = Known {
            mail: 40,
            next_case: 200,
            grounds: Grounds { taken_before: self.taken_before, ..Grounds::default() },
            addressed: Addressed { cases: self.cases.clone(), open, ..Addressed::default() },
            ..Known::default()
        };
        apply(Heard {
            person: &self.person,
            about: self.about,
            message: &message,
            spoken: &spoken,
            backlog: self.backlog,
            known: &known,
            directory: &directory,
            policy: &Policy { shadow: self.shadow, ..Policy::default() },
            now: now(),
            seed: Seed([3; 16]),
        })
    }

    fn check(&self, expected: &[&str]) {
        let effects = self.effects();
        let lines: Vec<_> = effects.iter().filter_map(words).collect();
        assert_eq!(lines, expected, "{:?} {effects:#?}", self.text);
    }

    /// The state after it, of the first case that changed.
    fn after(&self) -> Case {
        let changed = self.effects().into_iter().find_map(|effect| match effect {
            Effect::ChangeCase(case) => Some(case),
            _ => None,
        });
        changed.expect("a case changes")
    }

    fn letters(&self) -> Vec<Letter> {
        let letters = self.effects().into_iter().filter_map(|effect| match effect {
            Effect::Send(letter) => Some(letter),
            _ => None,
        });
        letters.collect()
    }

    /// The one answer.
    fn answer(&self) -> Answer {
        let mut answers = self.letters().into_iter().filter_map(|letter| match letter.content {
            Content::Answer(answer) => Some(answer),
            _ => None,
        });
        let answer = answers.next().expect("there is an answer");
        assert!(answers.next().is_none(), "there is one answer");
        answer
    }

    fn answered(&self) -> Vec<(Outcome, String)> {
        self.answer().lines.into_iter().map(|line| (line.outcome, line.text)).collect()
    }
}

/// One line an effect, so that a table can be read.
fn words(effect: &Effect) -> Option<String> {
    Some(match effect {
        Effect::OpenCase(case) => {
            format!("open #{} {} {}", case.number, case.kind.key(), case.severity)
        }
        Effect::Join { case, mail } => format!("join mail {mail} to #{case}"),
        Effect::ChangeCase(case) => {
            format!("change #{} {} {} {}", case.number, case.kind.key(), case.severity, case.state.key())
        }
        Effect::Record { case, entry } => format!("#{case} {}: {}", entry.who, entry.what),
        Effect::Send(letter) => match &letter.content {
            Content::Answer(answer) => {
                let outcome = |outcome| answer.lines.iter().filter(|line| line.outcome == outcome).count();
                let counts = [Outcome::Done, Outcome::Kept, Outcome::NotDone, Outcome::NotUnderstood];
                format!("answer {:?}", counts.map(outcome))
            }
            content => format!("send {} to {}", content.key(), letter.to.address),
        },
        Effect::Draft(letter) => format!("draft {} to {}", letter.content.key(), letter.to.address),
        Effect::WithdrawDrafts { case } => format!("withdraw drafts of #{case}"),
        Effect::ReleaseDrafts { case } => format!("release drafts of #{case}"),
        Effect::Correct(corrected) => format!(
            "correct mail {} to {:?}",
            corrected.mail,
            corrected.labels.iter().map(|kind| kind.key()).collect::<Vec<_>>()
        ),
        Effect::Refused(refused) => format!("refuse {}", refused.reason),
        _ => return None,
    })
}

const DONE: &str = "answer [1, 0, 0, 0]";
const NOT_DONE: &str = "answer [0, 0, 1, 0]";
const ASKED: &str = "answer [0, 0, 0, 1]";

#[test]
fn each_command_changes_its_case_is_written_into_its_history_and_answered() {
    let table: &[(&str, State, &[&str])] = &[
        ("mine", State::Open, &["change #142 complaint 2 taken", "#142 Lee Park: took it", DONE]),
        (
            "#142 mine",
            State::Resolved,
            &["change #142 complaint 2 taken", "#142 Lee Park: took it, which opens it again", DONE],
        ),
        ("seen", State::Open, &["change #142 complaint 2 open", "#142 Lee Park: has read it", DONE]),
        (
            "done Fixed the feed, credit issued",
            State::Taken,
            &[
                "change #142 complaint 2 resolved",
                "#142 Lee Park: resolved it: Fixed the feed, credit issued",
                DONE,
            ],
        ),
        ("done", State::Waiting, &["change #142 complaint 2 resolved", "#142 Lee Park: resolved it", DONE]),
        (
            "done twice",
            State::Resolved,
            &[
                "change #142 complaint 2 resolved",
                "#142 Lee Park: said that it is done, which it was: twice",
                DONE,
            ],
        ),
        (
            "wait until Friday",
            State::Open,
            &["change #142 complaint 2 waiting", "#142 Lee Park: lets it rest until Fri 13 Mar 2026", DONE],
        ),
        (
            "wait for client",
            State::Taken,
            &["change #142 complaint 2 waiting", "#142 Lee Park: lets it rest until the client writes", DONE],
        ),
        ("wait 3d", State::Closed, &[NOT_DONE]),
        (
            "to kim@fjord.example",
            State::Open,
            &[
                "change #142 complaint 2 open",
                "#142 Lee Park: handed the lead to Kim Vos, which Lee Park had",
                "send notice to kim@fjord.example",
                DONE,
            ],
        ),
        ("help", State::Open, &["answer [0, 0, 0, 0]"]),
    ];
    for (text, state, expected) in table {
        says(text).of(&Case { state: *state, ..complaint() }).check(expected);
    }
}

#[test]
fn notes_are_kept_without_a_word_unless_something_else_is_answered() {
    let kept =
        ["change #142 complaint 2 open", "#142 Lee Park: noted: They are merging with Delta in spring."];
    says("They are merging with Delta in spring.").check(&kept);
    says("note They are merging with Delta in spring.").check(&kept);
    says("#142 note They are merging with Delta in spring.").check(&kept);
    says("Thanks!\n\nLee").check(&[]);
    let both = says("mine\n\nThey are merging with Delta in spring.");
    assert_eq!(
        both.answered(),
        [
            (Outcome::Done, "It is yours. Kim Vos reads it in the next digest.".into()),
            (Outcome::Kept, "Kept. Kim Vos reads it in the next digest.".into()),
        ]
    );
}

#[test]
fn who_takes_finishes_or_lets_rest_is_known_with_the_case() {
    assert_eq!(says("mine").after().taken_by, Some(lee()));
    assert_eq!(says("done").after().taken_by, Some(lee()));
    let kims = Case { taken_by: Some(kim()), state: State::Taken, ..complaint() };
    assert_eq!(says("wait 2d").of(&kims).after().taken_by, Some(kim()), "she had it already");
    let taken = says("mine").of(&kims);
    assert_eq!(taken.after().taken_by, Some(lee()));
    assert_eq!(
        taken.answered(),
        [(Outcome::Done, "It is yours. Kim Vos had it before. Kim Vos reads it in the next digest.".into())]
    );
    // Midnight of Friday in Oslo.
    assert_eq!(says("wait until Friday").after().wakes_at, Some("2026-03-12T23:00:00Z".parse().unwrap()));
    assert_eq!(says("wait for client").after().wakes_at, None);
}

#[test]
fn without_a_number_the_case_of_the_notice_is_meant_or_of_a_digest_the_only_one() {
    let pair =
        || vec![addressed(&complaint()), addressed(&case(150, "acme", Kind::ExtraWork, 0, State::Open))];
    let digest = |text: &str, cases| Reply { about: Some(About::Digest), cases, ..says(text) };
    assert_eq!(here(Some(About::Digest), &[complaint()]), Some(142));
    digest("mine", vec![addressed(&complaint())]).check(&[
        "change #142 complaint 2 taken",
        "#142 Lee Park: took it",
        DONE,
    ]);
    let asked = digest("done", pair());
    asked.check(&[ASKED]);
    let line = &asked.answer().lines[0];
    let ready: Vec<_> = line.ready.iter().map(|ready| (ready.line.as_str(), ready.about.as_str())).collect();
    assert_eq!(
        ready,
        [("#150 done", "Acme Foods: Weekly pickup"), ("#142 done", "Acme Foods: Weekly pickup")]
    );
    // Words of which nobody knows whose they are do not get lost either: the answer asks.
    digest("I heard that they open a site in Ghent.", pair()).check(&[ASKED]);
    let numbered = digest("#150 mine\n#142 wait until Friday", pair());
    numbered.check(&[
        "change #142 complaint 2 waiting",
        "change #150 extra_work 0 taken",
        "#150 Lee Park: took it",
        "#142 Lee Park: lets it rest until Fri 13 Mar 2026",
        "answer [2, 0, 0, 0]",
    ]);
}

#[test]
fn a_case_of_others_or_of_another_account_than_the_answered_mails_is_not_touched_and_is_reported() {
    let kims = |text: &str, cases: Vec<Case>| {
        let cases = cases.iter().map(addressed).collect();
        Reply { cases, ..says(text).by(kim()) }
    };
    let delta = || case(143, "delta", Kind::Complaint, 2, State::Open);
    let foreign = kims("#143 done", vec![complaint(), delta()]);
    foreign.check(&[NOT_DONE, "refuse case_of_others"]);
    let missing = kims("#124 done", vec![complaint()]);
    missing.check(&[NOT_DONE]);
    for (reply, number) in [(&foreign, 143), (&missing, 124)] {
        let line = &reply.answer().lines[0];
        assert_eq!(line.text, format!("You have no case #{number}. The nearest of yours is #142."));
        assert_eq!(line.ready[0].line, "#142 done");
        assert_eq!(line.case, None, "nothing of it is told");
    }
    // Lee has both accounts, but answers a mail about one.
    let other = Reply { cases: vec![addressed(&complaint()), addressed(&delta())], ..says("#143 done") };
    other.check(&[NOT_DONE, "refuse case_of_others"]);
    Reply { about: Some(About::Digest), ..other }.check(&[
        "change #143 complaint 2 resolved",
        "#143 Lee Park: resolved it",
        DONE,
    ]);
}

#[test]
fn what_is_not_proved_leaves_notes_and_gives_no_commands() {
    let unproved = |text: &str| Reply { about: None, ..says(text) };
    unproved("#142 done").check(&[NOT_DONE]);
    let text = unproved("#142 done").answered().remove(0).1;
    assert!(text.contains("your mail answers none of ours"), "{text}");
    unproved("#142 note They merge.")
        .check(&["change #142 complaint 2 open", "#142 Lee Park: noted: They merge."]);
    unproved("They merge in spring, by the way.").check(&[]);
    // No second answer to the same mail, and none to one that was there before.
    Reply { taken_before: Some(4), ..unproved("#142 done") }.check(&[]);
    Reply { backlog: true, ..unproved("#142 done") }.check(&[]);
}

#[test]
fn the_lead_goes_to_one_person_of_the_firm_who_is_told_with_facts_and_history() {
    let handed = says("to Kim").with_mail();
    assert_eq!((handed.after().lead, handed.after().lead_person), (Side::Sales, Some(kim())));
    let letters = handed.letters();
    let Content::Notice(notice) = &letters[0].content else { panic!("{letters:?}") };
    assert_eq!(letters[0].to, kim());
    assert_eq!(notice.occasion, Occasion::HandedOver { by: "Lee Park".into(), words: String::new() });
    assert_eq!(notice.facts.lead, Some(kim()));
    assert_eq!(notice.history.len(), 1);
    assert_eq!(notice.excerpt, "We expected this on Monday. Please call.");
    assert_eq!(notice.your_side, Side::Sales);
    // Anybody at the firm's domains.
    let staff = says("to sam@fjord.example");
    assert_eq!(staff.after().lead_person, Some(person("", "sam@fjord.example")));
    assert_eq!(staff.after().lead, Side::Operations, "he leads in the place of operations");
    for text in
        ["to dana@acme.example", "to eve@evil.example", "to service@fjord.example", "to Zoe", "to Lee"]
    {
        says(text).check(&[NOT_DONE]);
    }
}

#[test]
fn a_wrong_label_is_learnt_from_and_the_case_changes_or_closes() {
    let corrected = |text: &str| says(text).with_mail();
    corrected("wrong none").check(&[
        "change #142 complaint 0 closed",
        "correct mail 31 to []",
        "#142 Lee Park: corrected complaint, severity 2; closed: it is none",
        "withdraw drafts of #142",
        DONE,
    ]);
    corrected("wrong promise gap").check(&[
        "change #142 promise_gap 2 open",
        "correct mail 31 to [\"promise_gap\"]",
        "#142 Lee Park: corrected complaint, severity 2; now promise gap, severity 2",
        "send notice to kim@fjord.example",
        "#142 Pairdesk: alerted Mona Berg",
        "send alert to mona@fjord.example",
        DONE,
    ]);
    corrected("wrong praise").check(&[
        "change #142 praise 0 closed",
        "correct mail 31 to [\"praise\"]",
        "#142 Lee Park: corrected complaint, severity 2; closed as praise",
        "withdraw drafts of #142",
        DONE,
    ]);
    let extra = corrected("wrong extra work");
    assert_eq!(
        (extra.after().kind, extra.after().severity, extra.after().lead),
        (Kind::ExtraWork, 0, Side::Sales)
    );
    // Where the mail's request is a case of its own already, the complaint that is none closes.
    let mut both = with_mail(&complaint());
    both.raised_by[0].other_kinds.push(Kind::ExtraWork);
    let request = Case { conversation: 142, ..case(143, "acme", Kind::ExtraWork, 0, State::Open) };
    let cases = vec![both, addressed(&request)];
    let none = Reply { cases, ..says("wrong extra work") };
    none.check(&[
        "change #142 complaint 0 closed",
        "correct mail 31 to [\"extra_work\"]",
        "#142 Lee Park: corrected complaint, severity 2; closed: it is extra work, which another case has",
        "withdraw drafts of #142",
        DONE,
    ]);
}

#[test]
fn what_goes_to_the_client_is_the_draft_or_the_owners_own_words() {
    says("send").check(&[NOT_DONE]);
    assert!(says("send").answered()[0].1.starts_with("There is no draft to send."));
    says("send").with_mail().check(&[
        "change #142 complaint 2 open",
        "release drafts of #142",
        "#142 Lee Park: sent \"Re: Weekly pickup\" to dana@acme.example",
        DONE,
    ]);
    let own = says("send Hi Dana, it comes at four.").with_mail();
    own.check(&[
        "change #142 complaint 2 taken",
        "withdraw drafts of #142",
        "send own_words to dana@acme.example",
        "#142 Lee Park: wrote to Dana Reyes <dana@acme.example>",
        DONE,
    ]);
    assert_eq!(own.after().answered_at, Some(now()));
    let letter = &own.letters()[0];
    assert_eq!(letter.references, ["d1@acme.example"], "it is in the client's thread");
    let Content::OwnWords(words) = &letter.content else { panic!("{letter:?}") };
    assert_eq!((words.text.as_str(), words.author.as_str()), ("Hi Dana, it comes at four.", "Lee Park"));
    says("send Hi Dana, it comes at four.").check(&[NOT_DONE]);
}

#[test]
fn what_is_said_twice_in_two_mails_goes_to_the_client_once() {
    let words = "send Hi Dana, it comes at four.";
    let first = says(words).with_mail();
    let done = first.effects().into_iter().find_map(|effect| match effect {
        Effect::Record { entry, .. } => Some(entry),
        _ => None,
    });
    let mut known = with_mail(&first.after());
    known.drafts.clear();
    known.recent = vec![done.unwrap()];
    let again = Reply { cases: vec![known.clone()], ..says(words) };
    again.check(&[NOT_DONE]);
    assert_eq!(
        again.answered()[0].1,
        format!(
            "Nothing went out: these very words went to the client already, on {}.",
            now().strftime("%a %-d %b %Y")
        )
    );
    let other = Reply { cases: vec![known.clone()], ..says("send Hi Dana, it comes at five.") };
    assert_eq!(other.letters().len(), 2, "other words are another letter");
    let others = Reply { cases: vec![known], ..says(words) };
    assert_eq!(others.by(kim()).letters().len(), 2, "and so are those of somebody else");
}

#[test]
fn a_label_that_is_corrected_upwards_tells_whom_it_would_have_told() {
    let mild = Case { severity: 1, ..complaint() };
    let of = |case: &Case, text: &str| Reply { cases: vec![with_mail(case)], ..says(text) };
    of(&mild, "wrong complaint 3").check(&[
        "change #142 complaint 3 open",
        "correct mail 31 to [\"complaint\"]",
        "#142 Lee Park: corrected complaint, severity 1; now complaint, severity 3",
        "send notice to kim@fjord.example",
        "#142 Pairdesk: alerted Mona Berg",
        "send alert to mona@fjord.example",
        DONE,
    ]);
    let after = of(&mild, "wrong complaint 3").after();
    assert_eq!((after.told_at, after.alerted_at, after.lead), (Some(now()), Some(now()), Side::Sales));
    let letters = of(&mild, "wrong complaint 3").letters();
    let Content::Notice(notice) = &letters[0].content else { panic!("{letters:?}") };
    assert_eq!((&notice.occasion, notice.your_side), (&Occasion::Raised, Side::Sales));
    assert_eq!(notice.facts.why, "Lee Park says so; it was complaint, severity 1");
    assert!(of(&mild, "wrong complaint 3").answered()[0].1.ends_with("Kim Vos and Mona Berg read it now."));
    // Two is for both owners, and no manager's; what got no worse is no news.
    let kinds = |reply: &Reply| {
        reply.letters().iter().map(|letter| letter.content.key().to_owned()).collect::<Vec<_>>()
    };
    assert_eq!(kinds(&of(&mild, "wrong complaint 2")), ["notice", "answer"]);
    assert_eq!(kinds(&of(&mild, "wrong complaint 1")), ["answer"]);
    assert_eq!(kinds(&of(&complaint(), "wrong complaint 2")), ["answer"]);
    // What was unsure is sure now.
    let unsure = Case { please_check: true, ..complaint() };
    assert_eq!(kinds(&of(&unsure, "wrong complaint 2")), ["notice", "answer"]);
    // The manager who corrects it alerts nobody.
    let by_manager = of(&mild, "wrong churn risk").by(person("Mona Berg", "mona@fjord.example"));
    assert_eq!(kinds(&by_manager), ["notice", "notice", "answer"]);
}

#[test]
fn each_further_matter_of_a_wrong_label_is_a_case_of_its_own_and_praise_is_learnt() {
    let both = says("wrong complaint 2 and extra work").with_mail();
    both.check(&[
        "change #142 complaint 2 open",
        "open #200 extra_work 0",
        "correct mail 31 to [\"complaint\", \"extra_work\"]",
        "#142 Lee Park: corrected complaint, severity 2; now complaint, severity 2",
        "join mail 31 to #200",
        "#200 Lee Park: opened as extra work, beside #142",
        DONE,
    ]);
    let text = &both.answered()[0].1;
    assert!(text.contains("#200 is opened for the extra work."), "{text}");
    let opened = both.effects().into_iter().find_map(|effect| match effect {
        Effect::OpenCase(case) => Some(case),
        _ => None,
    });
    let opened = opened.unwrap();
    assert_eq!((opened.conversation, opened.lead, opened.state), (142, Side::Sales, State::Open));
    assert_eq!(opened.evidence, complaint().evidence);

    says("wrong complaint and praise").with_mail().check(&[
        "change #142 complaint 2 open",
        "correct mail 31 to [\"complaint\", \"praise\"]",
        "#142 Lee Park: corrected complaint, severity 2; now complaint, severity 2",
        DONE,
    ]);
    // Another matter, and one that nobody had seen: two cases, and a threat to leave is told at once.
    let unseen = says("wrong extra work and churn risk").of(&case(142, "acme", Kind::Praise, 0, State::Open));
    let lines: Vec<_> = unseen.effects().iter().filter_map(words).collect();
    assert!(lines.contains(&"open #200 churn_risk 0".to_owned()), "{lines:?}");
    assert!(lines.contains(&"send alert to mona@fjord.example".to_owned()), "{lines:?}");
    // Said again, nothing is opened a second time.
    let request = Case { conversation: 142, ..case(200, "acme", Kind::ExtraWork, 0, State::Open) };
    let cases = vec![with_mail(&complaint()), addressed(&request)];
    let again = Reply { cases, ..says("wrong complaint 2 and extra work") };
    assert!(!again.effects().iter().any(|effect| matches!(effect, Effect::OpenCase(_))));
}

#[test]
fn nothing_goes_to_a_client_in_shadow_mode_and_the_answer_says_why() {
    let shadow = |text: &str| Reply { shadow: true, ..says(text).with_mail() };
    shadow("send").check(&[
        "change #142 complaint 2 open",
        "#142 Lee Park: wanted to send \"Re: Weekly pickup\" to dana@acme.example; shadow mode keeps it as a draft",
        NOT_DONE,
    ]);
    let own = shadow("send Hi Dana, it comes at four.");
    own.check(&[
        "change #142 complaint 2 open",
        "withdraw drafts of #142",
        "draft own_words to dana@acme.example",
        "#142 Lee Park: wanted to write to Dana Reyes <dana@acme.example>; shadow mode keeps it as a draft",
        NOT_DONE,
    ]);
    assert_eq!(own.after().answered_at, None, "nobody has answered the client");
    for reply in [shadow("send"), own] {
        assert!(reply.answered()[0].1.contains("shadow mode"), "{:?}", reply.answered());
    }
}

#[test]
fn what_is_not_understood_is_answered_with_the_nearest_ready_line() {
    let reply = says("wait till the cows come home");
    reply.check(&[ASKED]);
    let line = &reply.answer().lines[0];
    assert_eq!(line.words, "wait till the cows come home");
    assert!(line.ready[0].line.starts_with("#142 wait"), "{line:?}");
}

#[test]
fn several_commands_on_one_case_work_on_each_other() {
    let reply = says("mine\nto kim@fjord.example\ndone Fixed");
    reply.check(&[
        "change #142 complaint 2 resolved",
        "#142 Lee Park: took it",
        "#142 Lee Park: handed the lead to Kim Vos, which Lee Park had",
        "send notice to kim@fjord.example",
        "#142 Lee Park: resolved it: Fixed",
        "answer [3, 0, 0, 0]",
    ]);
}

#[test]
fn the_answer_stands_in_the_thread_of_the_owners_mail_and_bears_a_token_of_its_own() {
    let letters = says("mine").letters();
    let [letter] = &letters[..] else { panic!("{letters:?}") };
    assert_eq!(letter.to, lee());
    assert_eq!(letter.case, Some(142));
    let root = format!("case-142-{}@fjord.example", complaint().opened_at.as_millisecond());
    assert_eq!(letter.references, [root.as_str(), "n1@fjord.example", "k1@fjord.example"]);
    let keys = Keys::new(vec![Key { id: 1, bytes: [7; 32] }]);
    let house = House { keys: keys.clone(), ..House::of(directory().firm()) };
    let mail = String::from_utf8(Composer::new(house).finish(letter).bytes).unwrap();
    let token = keys.token("lee@fjord.example", About::Case(142), now()).unwrap();
    assert!(mail.contains(&format!("<service+{token}@fjord.example>")), "{mail}");
    assert!(mail.contains("In-Reply-To: <k1@fjord.example>"), "{mail}");
}

/// What Mona answers to the alert of case 142.
fn manager_says(text: &str) -> Reply {
    says(text).by(person("Mona Berg", "mona@fjord.example")).with_mail()
}

#[test]
fn a_manager_answers_an_alert_by_seen_by_handing_over_by_a_note_and_by_a_correction() {
    manager_says("seen").check(&["change #142 complaint 2 open", "#142 Mona Berg: has read it", DONE]);
    assert!(manager_says("seen").after().clock.quiet, "no further alert unless it gets worse");
    assert!(!says("seen").after().clock.quiet, "an owner's word quiets nobody's alerts");
    let answered = manager_says("#142 seen").answered();
    assert!(answered[0].1.contains("You are alerted of it again only if it gets worse."), "{answered:?}");
    let handed = manager_says("#142 to kim@fjord.example");
    assert_eq!(handed.after().lead_person, Some(kim()));
    assert!(handed.effects().iter().filter_map(words).any(|line| line == "send notice to kim@fjord.example"));
    manager_says("#142 note I know their director")
        .check(&["change #142 complaint 2 open", "#142 Mona Berg: noted: I know their director"]);
    let wrong = manager_says("#142 wrong none");
    assert_eq!((wrong.after().state, wrong.after().severity), (State::Closed, 0), "it counts no more");
    assert_eq!(wrong.answered()[0].0, Outcome::Done);
}

#[test]
fn who_takes_a_case_is_known_with_the_time_and_what_was_answered_before_is_not_answered_again() {
    let taken = says("mine").after();
    assert_eq!((taken.taken_by.clone(), taken.clock.taken_at), (Some(lee()), Some(now())));
    let earlier = Some(now() - SignedDuration::from_hours(2));
    let mut before = taken;
    before.clock.taken_at = earlier;
    assert_eq!(says("mine").of(&before).after().clock.taken_at, earlier, "it was theirs already");
    assert_eq!(says("mine").by(kim()).of(&before).after().clock.taken_at, Some(now()));
    assert!(!before.is_answered(), "taking it is no answer to the client");
}

#[test]
fn done_asks_the_client_whether_it_is_settled_by_the_firms_rules() {
    let done = says("done").with_mail();
    done.check(&[
        "change #142 complaint 2 resolved",
        "#142 Lee Park: resolved it",
        "withdraw drafts of #142",
        "draft settled to dana@acme.example",
        DONE,
    ]);
    let answer = done.answer();
    let text = &answer.lines[0].text;
    assert!(text.contains("Is it settled for the client too? The question to Dana Reyes"), "{text}");
    assert_eq!(answer.lines[0].ready[0].line, "#142 send");
    let draft = answer.lines[0].draft.as_ref().unwrap();
    let Content::Settled(question) = &draft.content else { panic!("{draft:?}") };
    assert_eq!(question.days, 10);
    let house = House::of(&Firm { address: "service@fjord.example".into(), ..Firm::default() });
    let letter = done.letters().pop().unwrap();
    let shown = Composer::new(house).show(&letter).text;
    assert!(shown.contains("    | As far as we can see, this is settled now."), "{shown}");
}
