//! Tables of (mail, what is known) -> what follows.

use jiff::{Timestamp, ToSpan};
use pairdesk::case::{Case, Entry, Kind, Side, State};
use pairdesk::classify::{Classification, Finding, Trace};
use pairdesk::command;
use pairdesk::command::apply::Addressed;
use pairdesk::directory::absence::{Absence, LearntFrom};
use pairdesk::directory::{Account, Directory, Firm, ScopeLine, ScopeReading, ScopeVerdict};
use pairdesk::effect::{Acknowledgement, ClientLetter, Content, Disposition, Effect, Letter, Occasion, Seed};
use pairdesk::intake::{
    Alerted, Conversation, Duplicate, FollowUp, FollowUps, Known, Mail, PastMail, Policy, decide, sender,
};
use pairdesk::message::{Address, Authentication, Automatic, AutomaticKind, Forward, Message, Verdict};

use crate::applying::addressed;

fn person(name: &str, address: &str) -> Address {
    Address { name: name.into(), address: address.into() }
}

fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

fn now() -> Timestamp {
    at("2026-03-10T09:00:00Z")
}

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
    let acme = Account {
        key: "acme".into(),
        name: "Acme Foods".into(),
        domains: vec!["acme.example".into()],
        addresses: vec!["dana.private@mail.example".into()],
        sales: Some(person("Kim Vos", "kim@fjord.example")),
        operations: Some(person("Lee Park", "lee@fjord.example")),
        scope: vec![ScopeLine { included: true, text: "two revision rounds".into() }],
        ..Account::default()
    };
    let delta = Account {
        key: "delta".into(),
        name: "Delta".into(),
        domains: vec!["delta.example".into()],
        operations: Some(person("Lee Park", "lee@fjord.example")),
        ..Account::default()
    };
    Directory::new(firm, vec![acme, delta])
}

fn from(address: &str) -> Message {
    Message {
        message_id: Some("m1@acme.example".into()),
        from: Some(person("Dana Reyes", address)),
        from_header: vec![person("Dana Reyes", address)],
        subject: "Re: Weekly pickup".into(),
        base_subject: "Weekly pickup".into(),
        reply: "The text.".into(),
        ..Message::default()
    }
}

fn found(labels: &[(Kind, f64)], severity: u8) -> Classification {
    let findings = labels
        .iter()
        .map(|&(kind, probability)| Finding {
            kind,
            probability,
            evidence: format!("the sentence of {}", kind.words()),
            words: Vec::new(),
        })
        .collect();
    Classification { findings, severity, model: "table".into(), trace: Trace::default() }
}

fn fresh() -> Known {
    Known { mail: 7, next_case: 1, ..Known::default() }
}

fn case(kind: Kind, severity: u8, state: State) -> Case {
    Case {
        number: 5,
        account: "acme".into(),
        conversation: 3,
        kind,
        severity,
        probability: 0.8,
        please_check: false,
        lead: Side::Operations,
        state,
        subject: "Weekly pickup".into(),
        evidence: "before".into(),
        client: "Dana Reyes <dana@acme.example>".into(),
        opened_at: at("2026-03-08T09:00:00Z"),
        changed_at: at("2026-03-08T09:00:00Z"),
        answered_at: None,
        // As it is after a run that told people of it.
        told_at: (severity >= 2).then(|| at("2026-03-08T09:00:00Z")),
        alerted_at: (severity >= 3).then(|| at("2026-03-08T09:00:00Z")),
        wakes_at: None,
        lead_person: None,
        taken_by: None,
        clock: pairdesk::case::CaseClock::default(),
    }
}

fn joined(cases: Vec<Case>) -> Known {
    let conversation = Conversation {
        id: 3,
        joined_by: "References".into(),
        account: Some("acme".into()),
        cases,
        last_mails: Vec::new(),
        last_done: Vec::new(),
    };
    Known { conversation: Some(conversation), next_case: 6, ..fresh() }
}

fn received(follow_up: FollowUp) -> FollowUps {
    FollowUps::default().with(ClientLetter::Received, follow_up)
}

fn auto() -> Policy {
    Policy { shadow: false, follow_ups: received(FollowUp::Auto), ..Policy::default() }
}

fn duplicate(disposition: Disposition) -> Duplicate {
    Duplicate { mail: 2, place: "info/INBOX/4".into(), disposition }
}

/// One line an effect, so that a table can be read.
fn words(effect: &Effect) -> Option<String> {
    let letter =
        |verb: &str, letter: &Letter| format!("{verb} {} to {}", letter.content.key(), letter.to.address);
    let state = |verb: &str, case: &Case| {
        let check = if case.please_check { " please check" } else { "" };
        format!(
            "{verb} #{} {} {} {} led by {}{check}",
            case.number,
            case.kind.key(),
            case.severity,
            case.state.key(),
            case.lead.key()
        )
    };
    match effect {
        Effect::File(filing) => Some(format!("file {}", filing.disposition.key())),
        Effect::OpenCase(case) => Some(state("open", case)),
        Effect::ChangeCase(case) => Some(state("change", case)),
        Effect::Send(content) => Some(letter("send", content)),
        Effect::Draft(content) => Some(letter("draft", content)),
        Effect::WithdrawDrafts { case } => Some(format!("withdraw drafts of #{case}")),
        Effect::Offer(offer) => Some(format!("offer #{} {}", offer.case, offer.stage.key())),
        Effect::WithdrawOffer { case } => Some(format!("withdraw the offer of #{case}")),
        Effect::ReleaseDrafts { case } => Some(format!("release drafts of #{case}")),
        Effect::Correct(corrected) => Some(format!("correct mail {}", corrected.mail)),
        Effect::Refused(refused) => Some(format!("refuse {}", refused.reason)),
        Effect::Absent(absence) => Some(format!(
            "{} away {} to {} ({})",
            absence.person,
            absence.from,
            absence.until,
            absence.learnt_from.key()
        )),
        Effect::Back { person, day } => Some(format!("{person} here from {day}")),
        Effect::WithdrawInvitation { case } => Some(format!("withdraw the invitation of #{case}")),
        Effect::Join { case, mail } => Some(format!("join mail {mail} to #{case}")),
        Effect::CancelMeeting { .. } => Some("call a meeting off".to_owned()),
        Effect::Meet(meeting) => Some(format!("meet about #{}", meeting.case)),
        Effect::MeetingAnswered(answer) => Some(format!("{} {}", answer.guest, answer.answer.key())),
        Effect::Match(found) => Some(format!("match {} to {}", found.address, found.account)),
        Effect::Gather { case, account } => Some(format!("gather #{case} of {account}")),
        Effect::GatheredTold { account, .. } => Some(format!("told of those of {account}")),
        Effect::Committed(made) => Some(format!("{} committed to {:?}", made.by, made.due)),
        Effect::Record { .. }
        | Effect::CalledIn { .. }
        | Effect::DigestMade { .. }
        | Effect::WeeklyMade { .. } => None,
    }
}

/// Labels with probabilities, a severity, and what follows.
type Told<'a> = (&'a [(Kind, f64)], u8, &'a [&'a str]);

struct Row<'a> {
    message: Message,
    found: Option<Classification>,
    scope: Option<ScopeReading>,
    known: Known,
    policy: Policy,
    sent_folder: bool,
    backlog: bool,
    expected: &'a [&'a str],
}

impl Default for Row<'_> {
    fn default() -> Self {
        Row {
            message: from("dana@acme.example"),
            found: None,
            scope: None,
            known: fresh(),
            policy: Policy::default(),
            sent_folder: false,
            backlog: false,
            expected: &[],
        }
    }
}

impl Row<'_> {
    fn effects(&self) -> Vec<Effect> {
        let directory = directory();
        let sender = sender(&self.message, &directory);
        let spoken = command::read(
            &self.message.reply,
            &command::context("kim@fjord.example", None, &directory, now()),
        );
        let joined = self.known.conversation.iter().flat_map(|conversation| &conversation.cases);
        let cases = joined.chain(&self.known.grounds.case).map(addressed).collect();
        let known = Known { addressed: Addressed { cases, ..Addressed::default() }, ..self.known.clone() };
        let mail = Mail {
            message: &self.message,
            classification: self.found.as_ref(),
            scope: self.scope,
            spoken: Some(&spoken),
            staff: &[],
            sent_folder: self.sent_folder,
            backlog: self.backlog,
        };
        decide(mail, &sender, &directory, &known, &self.policy, now(), Seed([1; 16]))
    }

    fn check(&self) {
        let effects: Vec<_> = self.effects().iter().filter_map(words).collect();
        assert_eq!(effects, self.expected, "{:?} {:?}", self.message.from, self.found);
    }
}

#[test]
fn each_kind_and_severity_reaches_the_people_that_the_table_of_cases_names() {
    let (kim, lee, mona) = (
        "send notice to kim@fjord.example",
        "send notice to lee@fjord.example",
        "send alert to mona@fjord.example",
    );
    let draft = "draft received to dana@acme.example";
    let rows: [Told<'_>; 12] = [
        (&[(Kind::Complaint, 0.9)], 1, &["file case", "open #1 complaint 1 open led by operations", draft]),
        (
            &[(Kind::Complaint, 0.9)],
            2,
            &["file case", "open #1 complaint 2 open led by operations", draft, lee, kim],
        ),
        (
            &[(Kind::Complaint, 0.9)],
            3,
            &["file case", "open #1 complaint 3 open led by sales", draft, kim, lee, mona],
        ),
        (
            &[(Kind::ChurnRisk, 0.9)],
            0,
            &["file case", "open #1 churn_risk 0 open led by sales", draft, kim, lee, mona],
        ),
        // One matter: the gravest kind names the case.
        (
            &[(Kind::Complaint, 0.9), (Kind::ChurnRisk, 0.85)],
            2,
            &["file case", "open #1 churn_risk 2 open led by sales", draft, kim, lee, mona],
        ),
        (
            &[(Kind::PromiseGap, 0.9)],
            0,
            &["file case", "open #1 promise_gap 0 open led by operations", draft, lee, kim],
        ),
        (
            &[(Kind::PromiseGap, 0.9), (Kind::Complaint, 0.6)],
            2,
            &["file case", "open #1 promise_gap 2 open led by operations", draft, lee, kim, mona],
        ),
        (&[(Kind::ExtraWork, 0.9)], 0, &["file case", "open #1 extra_work 0 open led by sales", draft]),
        (&[(Kind::Commercial, 0.9)], 0, &["file case", "open #1 commercial 0 open led by sales"]),
        (&[(Kind::Opportunity, 0.9)], 0, &["file case", "open #1 opportunity 0 open led by sales"]),
        (&[(Kind::Praise, 0.9)], 0, &["file case", "open #1 praise 0 closed led by operations"]),
        // Two matters of one mail are two cases, and the client is acknowledged once.
        (
            &[(Kind::Complaint, 0.9), (Kind::ExtraWork, 0.8)],
            1,
            &[
                "file case",
                "open #1 complaint 1 open led by operations",
                draft,
                "open #2 extra_work 0 open led by sales",
            ],
        ),
    ];
    for (labels, severity, expected) in rows {
        Row { found: Some(found(labels, severity)), expected, ..Row::default() }.check();
    }
}

#[test]
fn what_is_unsure_asks_for_a_check_in_the_digest_and_tells_nobody_at_once() {
    let expected: &[&str] = &["file case", "open #1 churn_risk 0 open led by sales please check"];
    Row { found: Some(found(&[(Kind::ChurnRisk, 0.4)], 3)), expected, ..Row::default() }.check();
    // Doubtful praise is nobody's work, and below the threshold all is routine.
    Row { found: Some(found(&[(Kind::Praise, 0.45)], 0)), expected: &["file routine"], ..Row::default() }
        .check();
    Row { found: Some(found(&[(Kind::Complaint, 0.29)], 0)), expected: &["file routine"], ..Row::default() }
        .check();
    // A sure verdict below the alert's own threshold tells the owners and not the manager.
    let expected: &[&str] = &[
        "file case",
        "open #1 churn_risk 0 open led by sales",
        "draft received to dana@acme.example",
        "send notice to kim@fjord.example",
        "send notice to lee@fjord.example",
    ];
    Row { found: Some(found(&[(Kind::ChurnRisk, 0.55)], 0)), expected, ..Row::default() }.check();
}

#[test]
fn a_mail_in_a_language_that_cannot_be_read_is_never_silently_routine_and_nothing_in_it_is_sure() {
    let message = |language: &str| Message { language: Some(language.into()), ..from("dana@acme.example") };
    let asked: &[&str] = &["file case", "open #1 complaint 0 open led by operations please check"];
    for probability in [0.02, 0.97] {
        let found = Some(found(&[(Kind::Complaint, probability)], 3));
        Row { message: message("pl"), found, expected: asked, ..Row::default() }.check();
    }
    let routine = Some(found(&[(Kind::Complaint, 0.02)], 0));
    Row { message: message("nl"), found: routine, expected: &["file routine"], ..Row::default() }.check();
}

#[test]
fn a_second_angry_mail_raises_the_case_and_opens_no_other() {
    let complaint = || Some(found(&[(Kind::Complaint, 0.9)], 1));
    let notices = ["send notice to lee@fjord.example", "send notice to kim@fjord.example"];
    let known = || Known {
        last_acknowledged: Some(now() - 2.hours()),
        ..joined(vec![case(Kind::Complaint, 1, State::Open)])
    };
    let mut expected = vec!["file case", "change #5 complaint 2 open led by operations"];
    expected.extend(notices);
    Row { found: complaint(), known: known(), expected: &expected, ..Row::default() }.check();
    // The same again: nothing is worse, nobody is told twice.
    let known =
        Known { last_acknowledged: Some(now()), ..joined(vec![case(Kind::Complaint, 2, State::Taken)]) };
    let expected: &[&str] = &["file case", "change #5 complaint 2 taken led by operations"];
    Row { found: complaint(), known, expected, ..Row::default() }.check();
    // Alerted already at 3: a further severe mail alerts nobody again.
    let known =
        Known { last_acknowledged: Some(now()), ..joined(vec![case(Kind::Complaint, 3, State::Taken)]) };
    let expected: &[&str] = &["file case", "change #5 complaint 3 taken led by sales"];
    Row { found: Some(found(&[(Kind::Complaint, 0.9)], 3)), known, expected, ..Row::default() }.check();
    // A resolved matter that comes up again is open, and told.
    let known =
        Known { last_acknowledged: Some(now()), ..joined(vec![case(Kind::Complaint, 2, State::Resolved)]) };
    let mut expected = vec!["file case", "change #5 complaint 2 open led by operations"];
    expected.extend(notices);
    Row { found: complaint(), known, expected: &expected, ..Row::default() }.check();
    // Long after it was closed it is a new matter.
    let mut old = case(Kind::Complaint, 2, State::Closed);
    old.changed_at = now() - (24 * 31).hours();
    let known = Known { last_acknowledged: Some(now()), ..joined(vec![old]) };
    let expected: &[&str] = &["file case", "open #6 complaint 1 open led by operations"];
    Row { found: complaint(), known, expected, ..Row::default() }.check();
}

#[test]
fn the_third_clear_complaint_in_thirty_days_alerts_the_manager() {
    for (recent, alerted) in [(0, false), (1, false), (2, true), (5, true)] {
        let known = Known { recent_complaints: recent, ..fresh() };
        let row = Row { found: Some(found(&[(Kind::Complaint, 0.9)], 2)), known, ..Row::default() };
        let alerts =
            row.effects().iter().filter_map(words).filter(|line| line.starts_with("send alert")).count();
        assert_eq!(alerts == 1, alerted, "{recent} before");
    }
}

#[test]
fn alerts_end_with_the_weeks_budget_and_its_second_half_is_for_the_gravest() {
    let alerts = |kind, severity, sent| {
        let known = Known { recent_complaints: 4, alerts_this_week: sent, ..fresh() };
        let row = Row { found: Some(found(&[(kind, 0.9)], severity)), known, ..Row::default() };
        row.effects().iter().filter_map(words).filter(|line| line.starts_with("send alert")).count() == 1
    };
    // Seven a week.
    for (sent, clear, grave) in
        [(0, true, true), (3, true, true), (4, false, true), (6, false, true), (7, false, false)]
    {
        assert_eq!(alerts(Kind::Complaint, 2, sent), clear, "the third clear complaint after {sent} alerts");
        assert_eq!(alerts(Kind::Complaint, 3, sent), grave, "a severe one after {sent}");
        assert_eq!(alerts(Kind::ChurnRisk, 0, sent), grave, "a client who may leave after {sent}");
    }
    let known = Known { alerts_this_week: 9, ..fresh() };
    let row = Row { found: Some(found(&[(Kind::ChurnRisk, 0.9)], 0)), known, ..Row::default() };
    let recorded = row.effects().into_iter().filter_map(|effect| match effect {
        Effect::Record { entry, .. } => Some(entry),
        _ => None,
    });
    let kept: Vec<_> = recorded.filter(|entry| entry.what.starts_with("kept an alert to")).collect();
    assert_eq!(kept.len(), 1);
    assert_eq!(kept[0].why, "the client hints at leaving; 9 of 7 alerts a week are used");
}

#[test]
fn clients_get_what_the_firm_chose_and_nothing_in_shadow_mode() {
    let extra = || Some(found(&[(Kind::ExtraWork, 0.9)], 0));
    let rows = [
        (true, FollowUp::Auto, Some("draft received to dana@acme.example")),
        (false, FollowUp::Auto, Some("send received to dana@acme.example")),
        (false, FollowUp::Draft, Some("draft received to dana@acme.example")),
        (false, FollowUp::Off, None),
    ];
    for (shadow, chosen, expected) in rows {
        let policy = Policy { shadow, follow_ups: received(chosen), ..Policy::default() };
        let row = Row { found: extra(), policy, ..Row::default() };
        let lines: Vec<_> =
            row.effects().iter().filter_map(words).filter(|line| line.contains("received")).collect();
        assert_eq!(lines.first().map(String::as_str), expected, "shadow {shadow}, {chosen:?}");
    }
    let mut policy = auto();
    policy.follow_ups = policy.follow_ups.with_account("acme", ClientLetter::Received, FollowUp::Off);
    let row = Row { found: extra(), policy, ..Row::default() };
    assert!(
        row.effects().iter().filter_map(words).all(|line| !line.contains("received")),
        "the account's own choice"
    );
}

#[test]
fn one_acknowledgement_a_conversation_and_day_and_three_an_address() {
    let complaint = || Some(found(&[(Kind::Complaint, 0.9)], 1));
    let acknowledged = |known: Known| {
        let row = Row { found: complaint(), known, policy: auto(), ..Row::default() };
        row.effects().iter().filter_map(words).any(|line| line.starts_with("send received"))
    };
    assert!(acknowledged(fresh()));
    assert!(!acknowledged(Known { last_acknowledged: Some(now() - 23.hours()), ..fresh() }));
    assert!(acknowledged(Known { last_acknowledged: Some(now() - 25.hours()), ..fresh() }));
    assert!(!acknowledged(Known { acknowledgements_today: 3, ..fresh() }));
}

#[test]
fn a_client_who_writes_again_about_an_open_matter_is_not_acknowledged_again() {
    let known = joined(vec![case(Kind::Complaint, 2, State::Open)]);
    let row =
        Row { found: Some(found(&[(Kind::Complaint, 0.9)], 3)), known, policy: auto(), ..Row::default() };
    assert!(row.effects().iter().filter_map(words).all(|line| !line.contains("received")));
}

#[test]
fn a_backlog_makes_cases_and_no_mails() {
    let expected: &[&str] = &["file case", "open #1 complaint 3 open led by sales"];
    Row {
        found: Some(found(&[(Kind::Complaint, 0.9)], 3)),
        backlog: true,
        policy: auto(),
        expected,
        ..Row::default()
    }
    .check();
}

#[test]
fn mail_that_is_no_clients_is_filed_with_its_reason_and_answered_never() {
    let machine = Automatic {
        kind: AutomaticKind::AutoReply,
        reason: "Auto-Submitted: auto-replied (RFC 3834 §5)".into(),
        failed: Vec::new(),
        original_message_id: None,
        out_of_office: false,
        absent_until: None,
    };
    let automatic = Message { automatic: Some(machine), ..from("dana@acme.example") };
    let stranger = from("someone@else.example");
    let headless = Message { from: None, ..from("x@y.example") };
    let rows = vec![
        (automatic, fresh(), false, "file automatic"),
        (stranger, fresh(), false, "file unmatched"),
        (headless, fresh(), false, "file unmatched"),
        (from("intern@fjord.example"), fresh(), false, "file staff"),
        (from("service@fjord.example"), fresh(), false, "file automatic"),
        (from("service@fjord.example"), fresh(), true, "file owner"),
        (from("lee@fjord.example"), fresh(), false, "file owner"),
        (
            from("dana@acme.example"),
            Known { duplicate_of: Some(duplicate(Disposition::Routine)), ..fresh() },
            false,
            "file duplicate",
        ),
    ];
    for (message, known, sent_folder, expected) in rows {
        let found = Some(found(&[(Kind::Complaint, 0.9)], 3));
        Row { message, known, sent_folder, found, policy: auto(), expected: &[expected], ..Row::default() }
            .check();
    }
}

#[test]
fn an_owners_out_of_office_answer_is_an_absence_when_it_is_surely_theirs() {
    let answer = |from_address: &str, out_of_office, until: Option<&str>| Message {
        automatic: Some(Automatic {
            kind: AutomaticKind::AutoReply,
            reason: "Auto-Submitted: auto-replied (RFC 3834 §5)".into(),
            failed: Vec::new(),
            original_message_id: None,
            out_of_office,
            absent_until: until.map(|day| day.parse().unwrap()),
        }),
        date: Some(now()),
        ..from(from_address)
    };
    let cites = |to: Option<&str>| Known { letter_to: to.map(str::to_owned), ..fresh() };
    let checked = |verdict, message: Message| Message {
        authentication: Some(Authentication {
            verdict,
            domain: "fjord.example".into(),
            reason: "dmarc".into(),
        }),
        ..message
    };
    let asked = Policy { authentication: true, ..auto() };
    let away = "lee@fjord.example away 2026-03-10 to 2026-03-15 (reply)";
    let guessed = "lee@fjord.example away 2026-03-10 to 2026-03-12 (guess)";
    let lee = "lee@fjord.example";
    let usual = auto();
    let rows: Vec<(Message, Known, &Policy, Option<&str>)> = vec![
        (answer(lee, true, Some("2026-03-16")), cites(Some(lee)), &usual, Some(away)),
        (answer(lee, true, None), cites(Some(lee)), &usual, Some(guessed)),
        // Only a word that the mail has come.
        (answer(lee, false, None), cites(Some(lee)), &usual, None),
        // The return was last week.
        (answer(lee, true, Some("2026-03-03")), cites(Some(lee)), &usual, None),
        // It cites no mail of ours, or one to somebody else: anybody may have written it.
        (answer(lee, true, Some("2026-03-16")), cites(None), &usual, None),
        (answer(lee, true, Some("2026-03-16")), cites(Some("kim@fjord.example")), &usual, None),
        // A client's, an unknown person's.
        (
            answer("dana@acme.example", true, Some("2026-03-16")),
            cites(Some("dana@acme.example")),
            &usual,
            None,
        ),
        (answer("x@y.example", true, Some("2026-03-16")), cites(None), &usual, None),
        // Where the mail server is asked, its word counts.
        (checked(Verdict::Pass, answer(lee, true, Some("2026-03-16"))), cites(None), &asked, Some(away)),
        (checked(Verdict::Fail, answer(lee, true, Some("2026-03-16"))), cites(Some(lee)), &asked, None),
        (answer(lee, true, Some("2026-03-16")), cites(Some(lee)), &asked, None),
    ];
    for (message, known, policy, absence) in rows {
        let expected: Vec<_> = std::iter::once("file automatic").chain(absence).collect();
        Row { message, known, policy: policy.clone(), expected: &expected, ..Row::default() }.check();
    }
}

#[test]
fn while_an_owner_is_away_the_deputy_gets_the_notice_and_while_nobody_is_here_the_manager_too() {
    let away = |people: &[&str]| {
        let absence = |person: &&str| Absence {
            person: (*person).to_owned(),
            from: "2026-03-09".parse().unwrap(),
            until: "2026-03-20".parse().unwrap(),
            learnt_from: LearntFrom::Command,
        };
        let mut accounts = directory().accounts().to_vec();
        accounts[0].operations_deputy = Some(person("Otto Ruud", "otto@fjord.example"));
        Directory::new(directory().firm().clone(), accounts)
            .with_absences(people.iter().map(absence).collect())
    };
    let (kim, lee, otto) = ("kim@fjord.example", "lee@fjord.example", "otto@fjord.example");
    let table: [(&[&str], &[&str]); 4] = [
        (&[], &[lee, kim]),
        (&[lee], &[otto, kim]),
        (&[lee, otto], &[lee, kim]),
        (&[lee, otto, kim], &[lee, kim, "mona@fjord.example"]),
    ];
    for (people, expected) in table {
        let directory = away(people);
        let message = from("dana@acme.example");
        let found = found(&[(Kind::Complaint, 0.9)], 2);
        let mail = Mail {
            message: &message,
            classification: Some(&found),
            scope: None,
            spoken: None,
            staff: &[],
            sent_folder: false,
            backlog: false,
        };
        let sender = sender(&message, &directory);
        let policy = Policy::default();
        let effects = decide(mail, &sender, &directory, &fresh(), &policy, now(), Seed([7; 16]));
        let told: Vec<_> = effects
            .iter()
            .filter_map(|effect| match effect {
                Effect::Send(Letter { to, content: Content::Notice(_), .. }) => Some(to.address.as_str()),
                _ => None,
            })
            .collect();
        assert_eq!(told, expected, "without {people:?}");
    }
}

#[test]
fn reply_to_never_makes_a_stranger_a_client() {
    let mut message = from("stranger@evil.example");
    message.reply_to = vec![person("Dana Reyes", "dana@acme.example")];
    Row { message, expected: &["file unmatched"], ..Row::default() }.check();
}

#[test]
fn a_client_mail_that_an_owner_forwards_is_the_clients_and_its_answer_waits_for_a_word() {
    let mut message = from("lee@fjord.example");
    message.forward = Some(Forward {
        from: person("Dana Reyes", "dana@acme.example"),
        subject: "Pickup".into(),
        date: None,
        reply: "Nobody came.".into(),
    });
    let expected: &[&str] =
        &["file case", "open #1 complaint 1 open led by operations", "draft received to dana@acme.example"];
    let row = Row {
        message,
        found: Some(found(&[(Kind::Complaint, 0.9)], 1)),
        policy: auto(),
        expected,
        ..Row::default()
    };
    row.check();
    let Effect::OpenCase(case) = &row.effects()[1] else { panic!("no case") };
    assert_eq!(case.client, "Dana Reyes <dana@acme.example>");
    assert_eq!(case.subject, "Pickup");
}

#[test]
fn an_owners_mail_to_the_client_takes_the_case_and_one_to_us_is_a_note() {
    let mut answer = from("lee@fjord.example");
    answer.to = vec![person("Dana", "dana@acme.example")];
    let known = joined(vec![case(Kind::Complaint, 2, State::Open)]);
    let expected: &[&str] =
        &["file owner", "withdraw drafts of #5", "change #5 complaint 2 taken led by operations"];
    let row = Row { message: answer, known: known.clone(), expected, ..Row::default() };
    row.check();
    let Effect::ChangeCase(changed) = &row.effects()[2] else { panic!("no change") };
    assert_eq!(changed.answered_at, Some(now()));

    let mut note = from("lee@fjord.example");
    note.to = vec![person("", "service@fjord.example")];
    note.reply = "They are merging with Delta in spring".into();
    // What she tells her lawyer is no note to us.
    let aside = Message { to: vec![person("", "counsel@law.example")], ..note.clone() };
    Row {
        message: aside,
        known: known.clone(),
        sent_folder: true,
        expected: &["file owner"],
        ..Row::default()
    }
    .check();
    let row = Row { message: note, known, ..Row::default() };
    let noted = row.effects().into_iter().any(|effect| {
        matches!(effect, Effect::Record { entry, .. } if entry.what == "noted: They are merging with Delta in spring")
    });
    assert!(noted);
}

#[test]
fn both_owners_are_told_the_same_facts_and_the_scope_stands_beside_a_request() {
    let mut message = from("dana@acme.example");
    message.reply = "Could you do this today?".into();
    let row = Row { message, found: Some(found(&[(Kind::ExtraWork, 0.9)], 0)), ..Row::default() };
    let notices: Vec<_> = row
        .effects()
        .into_iter()
        .filter_map(|effect| match effect {
            Effect::Send(letter) => match letter.content {
                Content::Notice(notice) => Some((letter.references, notice)),
                _ => None,
            },
            _ => None,
        })
        .collect();
    let [(kim_thread, kim), (lee_thread, lee)] = notices.as_slice() else {
        panic!("{} notices", notices.len())
    };
    assert_eq!(kim.facts, lee.facts);
    assert_eq!(kim_thread, lee_thread);
    assert_eq!(kim.scope, [(true, "two revision rounds".to_owned())]);
    assert_eq!((kim.your_side, lee.your_side), (Side::Sales, Side::Operations));
    assert_eq!(kim.acknowledgement, Acknowledgement::Draft);
}

#[test]
fn both_read_what_the_client_wrote_and_what_each_of_them_did_in_three_lines() {
    let mail = |hour: i64, from: &str, excerpt: &str| PastMail {
        from: from.to_owned(),
        at: now() - hour.hours(),
        disposition: Disposition::Case,
        excerpt: excerpt.to_owned(),
    };
    let done = |hour: i64, who: &str, what: &str| Entry {
        at: now() - hour.hours(),
        who: who.to_owned(),
        what: what.to_owned(),
        why: String::new(),
    };
    let conversation = Conversation {
        last_mails: vec![
            mail(90, "Dana <dana@acme.example>", "It is down."),
            mail(70, "Dana <dana@acme.example>", "Still."),
        ],
        last_done: vec![done(80, "Kim", "took it"), done(60, "Lee", "noted: the supplier is asked")],
        ..joined(vec![case(Kind::Complaint, 2, State::Resolved)]).conversation.unwrap()
    };
    let known = Known { conversation: Some(conversation), ..joined(Vec::new()) };
    let row = Row { found: Some(found(&[(Kind::Complaint, 0.9)], 2)), known, ..Row::default() };
    let effects = row.effects();
    let histories: Vec<Vec<_>> = effects
        .iter()
        .filter_map(|effect| match effect {
            Effect::Send(Letter { content: Content::Notice(notice), .. }) => Some(notice),
            _ => None,
        })
        .map(|notice| notice.history.iter().map(|entry| format!("{}: {}", entry.who, entry.what)).collect())
        .collect();
    let expected = ["Kim: took it", "Dana: Still.", "Lee: noted: the supplier is asked"];
    assert_eq!(histories, [expected, expected]);
}

#[test]
fn the_line_of_the_scope_that_a_request_is_nearest_to_stands_in_the_notices_and_in_the_history() {
    let mut message = from("dana@acme.example");
    message.reply = "Could you do a third round today?".into();
    let scope = Some(ScopeReading { line: 0, verdict: ScopeVerdict::NotIncluded });
    let told = |kind, scope| {
        let (message, found) = (message.clone(), Some(found(&[(kind, 0.9)], 0)));
        let effects = Row { message, found, scope, ..Row::default() }.effects();
        let nearest: Vec<_> = effects
            .iter()
            .filter_map(|effect| match effect {
                Effect::Send(Letter { content: Content::Notice(notice), .. }) => Some(notice.nearest),
                _ => None,
            })
            .collect();
        let says = |effect: &Effect| {
            matches!(effect, Effect::Record { entry, .. }
            if entry.why.ends_with("(not included in what was agreed, by the line \"included: two revision rounds\")"))
        };
        (nearest, effects.iter().any(says))
    };
    assert_eq!(told(Kind::ExtraWork, scope), (vec![scope; 2], true));
    // A line that is gone, and a matter that is no request.
    let gone = Some(ScopeReading { line: 7, verdict: ScopeVerdict::Included });
    assert_eq!(told(Kind::ExtraWork, gone), (vec![None; 2], false));
    assert!(!told(Kind::ChurnRisk, scope).1);
}

#[test]
fn a_missing_half_leaves_the_other_half_informed() {
    let row = Row {
        message: from("x@delta.example"),
        found: Some(found(&[(Kind::ChurnRisk, 0.9)], 3)),
        expected: &[
            "file case",
            "open #1 churn_risk 3 open led by sales",
            "draft received to x@delta.example",
            "send notice to lee@fjord.example",
            "send alert to mona@fjord.example",
        ],
        ..Row::default()
    };
    row.check();
}

#[test]
fn a_client_in_copy_of_another_clients_conversation_does_not_touch_its_cases() {
    let mut known = joined(vec![case(Kind::Complaint, 1, State::Open)]);
    known.last_acknowledged = Some(now());
    let row = Row {
        message: from("x@delta.example"),
        found: Some(found(&[(Kind::Complaint, 0.9)], 1)),
        known,
        // That the other client was acknowledged today is not this one's matter either.
        expected: &[
            "file case",
            "open #6 complaint 1 open led by operations",
            "draft received to x@delta.example",
        ],
        ..Row::default()
    };
    row.check();
}

#[test]
fn an_urgent_second_mail_about_a_matter_that_nobody_was_told_of_is_told() {
    let mut message = from("dana@acme.example");
    message.reply = "This is urgent, we need it today please.".into();
    let mut old = case(Kind::ExtraWork, 0, State::Open);
    old.lead = Side::Sales;
    let expected: &[&str] = &[
        "file case",
        "change #5 extra_work 0 open led by sales",
        "send notice to kim@fjord.example",
        "send notice to lee@fjord.example",
    ];
    let row = Row {
        message,
        found: Some(found(&[(Kind::ExtraWork, 0.9)], 0)),
        known: joined(vec![old]),
        expected,
        ..Row::default()
    };
    row.check();
    // Told once, it is told no second time.
    let Effect::ChangeCase(told) = row.effects().remove(1) else { panic!("no change") };
    let known = joined(vec![told]);
    let expected = &expected[..2];
    Row { message: row.message.clone(), found: row.found.clone(), known, expected, ..Row::default() }.check();
}

#[test]
fn a_doubtful_first_alarm_does_not_silence_a_sure_second_one() {
    let mut doubtful = case(Kind::ChurnRisk, 3, State::Open);
    doubtful.probability = 0.55;
    doubtful.alerted_at = None;
    let row = Row {
        found: Some(found(&[(Kind::ChurnRisk, 0.95)], 3)),
        known: joined(vec![doubtful]),
        ..Row::default()
    };
    let alerts = |row: &Row<'_>| {
        row.effects().iter().filter_map(words).any(|line| line == "send alert to mona@fjord.example")
    };
    assert!(alerts(&row));
    let Effect::ChangeCase(alerted) = row.effects().remove(1) else { panic!("no change") };
    let again = Row { known: joined(vec![alerted]), found: row.found.clone(), ..Row::default() };
    assert!(!alerts(&again), "the same matter, no worse");
}

#[test]
fn a_mail_that_an_owner_answered_before_it_was_read_is_taken_and_told_to_the_manager_alone() {
    let known = Known { answered_at: Some(now() - 1.hours()), ..fresh() };
    let expected: &[&str] =
        &["file case", "open #1 churn_risk 3 taken led by sales", "send alert to mona@fjord.example"];
    Row {
        found: Some(found(&[(Kind::ChurnRisk, 0.9)], 3)),
        known,
        policy: auto(),
        expected,
        ..Row::default()
    }
    .check();
}

#[test]
fn a_forward_of_a_mail_that_has_come_itself_complains_no_second_time() {
    let mut message = from("lee@fjord.example");
    message.forward = Some(Forward {
        from: person("Dana Reyes", "dana@acme.example"),
        subject: "Pickup".into(),
        date: None,
        reply: "Nobody came.".into(),
    });
    let known = Known { forward_of: Some(3), ..joined(vec![case(Kind::Complaint, 1, State::Open)]) };
    let found = Some(found(&[(Kind::Complaint, 0.9)], 1));
    Row { message, found, known, expected: &["file owner"], ..Row::default() }.check();
}

#[test]
fn the_sent_copy_counts_although_a_copy_that_came_in_said_nothing() {
    let mut answer = from("service@fjord.example");
    answer.to = vec![person("Dana", "dana@acme.example")];
    let rows = [
        (
            Disposition::Automatic,
            &["file owner", "withdraw drafts of #5", "change #5 complaint 2 taken led by operations"][..],
        ),
        (Disposition::Owner, &["file duplicate"]),
    ];
    for (filed, expected) in rows {
        let known = Known {
            duplicate_of: Some(duplicate(filed)),
            ..joined(vec![case(Kind::Complaint, 2, State::Open)])
        };
        Row { message: answer.clone(), sent_folder: true, known, expected, ..Row::default() }.check();
    }
}

#[test]
fn mail_in_an_owners_name_counts_only_when_the_mail_server_confirms_it_where_it_is_asked() {
    let policy = || Policy { authentication: true, ..Policy::default() };
    let said = |verdict| {
        Some(Authentication {
            verdict,
            domain: "fjord.example".into(),
            reason: "dmarc (mx.fjord.example)".into(),
        })
    };
    let rows = [
        (said(Verdict::Pass), false, "file owner"),
        (said(Verdict::Fail), false, "file unmatched"),
        (said(Verdict::None), false, "file unmatched"),
        (None, false, "file unmatched"),
        (None, true, "file owner"),
    ];
    for (authentication, sent_folder, expected) in rows {
        let message = Message { authentication, ..from("lee@fjord.example") };
        Row { message, sent_folder, policy: policy(), expected: &[expected], ..Row::default() }.check();
    }
    // A client's own server is not ours to ask.
    Row { found: None, policy: policy(), expected: &["file routine"], ..Row::default() }.check();
}

#[test]
fn the_same_mail_and_knowledge_give_the_same_effects() {
    let row = || Row { found: Some(found(&[(Kind::Complaint, 0.9)], 3)), policy: auto(), ..Row::default() };
    assert_eq!(row().effects(), row().effects());
}

#[test]
fn nothing_goes_to_a_client_who_is_marked_not_even_as_a_draft() {
    for (marked, kept) in [("*", true), ("dana@acme.example", true), ("jo@acme.example", false)] {
        let mut accounts = directory().accounts().to_vec();
        accounts[0].do_not_write = vec![marked.to_owned()];
        let directory = Directory::new(directory().firm().clone(), accounts);
        let message = from("dana@acme.example");
        let found = found(&[(Kind::Complaint, 0.9)], 1);
        let mail = Mail {
            message: &message,
            classification: Some(&found),
            scope: None,
            spoken: None,
            staff: &[],
            sent_folder: false,
            backlog: false,
        };
        let writer = sender(&message, &directory);
        let effects = decide(mail, &writer, &directory, &fresh(), &auto(), now(), Seed([1; 16]));
        let lines: Vec<_> = effects.iter().filter_map(words).collect();
        assert_eq!(lines.iter().any(|line| line.contains("received")), !kept, "{marked}: {lines:?}");
        let said = effects.iter().any(|effect| {
            matches!(effect, Effect::Record { entry, .. } if entry.why == "dana@acme.example is marked do_not_write")
        });
        assert_eq!(said, kept, "{marked}");
    }
}

fn complaint_of(known: Known, kind: Kind, severity: u8) -> Vec<Effect> {
    Row { found: Some(found(&[(kind, 0.9)], severity)), known, ..Row::default() }.effects()
}

fn is_alerted(effects: &[Effect]) -> bool {
    effects.iter().filter_map(words).any(|line| line.starts_with("send alert"))
}

#[test]
fn the_third_mild_complaint_in_thirty_days_is_a_clear_one() {
    for (mild, severity) in [(0, 1), (1, 1), (2, 2), (5, 2)] {
        let effects = complaint_of(Known { recent_mild: mild, ..fresh() }, Kind::Complaint, 1);
        let opened = effects.iter().find_map(|effect| match effect {
            Effect::OpenCase(case) => Some(case.clone()),
            _ => None,
        });
        assert_eq!(opened.unwrap().severity, severity, "{mild} before");
        let told = effects.iter().filter_map(words).filter(|line| line.starts_with("send notice")).count();
        assert_eq!(told, if severity == 2 { 2 } else { 0 }, "both owners hear of it at once");
        assert!(!is_alerted(&effects), "small things alert nobody");
    }
    let effects = complaint_of(Known { recent_mild: 2, ..fresh() }, Kind::Complaint, 1);
    let why = effects.iter().find_map(|effect| match effect {
        Effect::Record { entry, .. } => Some(entry.why.clone()),
        _ => None,
    });
    assert!(why.unwrap().ends_with("mild, but after 2 mild complaints of this client in thirty days"));
    let unhappy = complaint_of(Known { recent_mild: 2, ..fresh() }, Kind::ExtraWork, 0);
    assert!(unhappy.iter().filter_map(words).any(|line| line.contains("extra_work 0")));
}

#[test]
fn after_an_alert_another_case_of_the_account_brings_one_only_when_it_is_graver() {
    let alerted = |gravity, hours: i64| Known {
        recent_complaints: 4,
        alerted: vec![Alerted { case: 3, account: "acme".into(), gravity, at: now() - hours.hours() }],
        ..fresh()
    };
    // How grave the case before was, how many hours ago; whether a clear and a severe complaint alert now.
    for (gravity, hours, clear, severe) in [
        (2, 1, false, true),
        (3, 1, false, false),
        (3, 23, false, false),
        (3, 24, true, true),
        (1, 1, true, true),
    ] {
        let of = |severity| is_alerted(&complaint_of(alerted(gravity, hours), Kind::Complaint, severity));
        assert_eq!((of(2), of(3)), (clear, severe), "{gravity} {hours} hours ago");
    }
    let effects = complaint_of(alerted(3, 1), Kind::ChurnRisk, 3);
    let opened = effects.iter().find_map(|effect| match effect {
        Effect::OpenCase(case) => Some(case.clone()),
        _ => None,
    });
    let opened = opened.unwrap();
    assert_eq!((opened.alerted_at, opened.clock.held_at), (None, Some(now())), "it waits for the digest");
    let kept = effects.iter().any(|effect| {
        matches!(effect, Effect::Record { entry, .. } if entry.why.contains("#3 of the same account was alerted of"))
    });
    assert!(kept);
}

#[test]
fn an_alert_says_who_is_on_it_and_what_happens_next_with_its_times() {
    let effects = complaint_of(fresh(), Kind::ChurnRisk, 3);
    let alert = effects.into_iter().find_map(|effect| match effect {
        Effect::Send(Letter { content: Content::Alert(alert), .. }) => Some(alert),
        _ => None,
    });
    let alert = alert.unwrap();
    let due = alert.facts.due.unwrap();
    // Ten in the morning in Oslo.
    assert_eq!((due.at, due.overdue), (at("2026-03-10T11:00:00Z"), None));
    let next: Vec<_> = alert.next.iter().map(|next| (next.person.name.as_str(), next.at)).collect();
    assert_eq!(
        next,
        [
            ("Kim Vos", at("2026-03-10T11:00:00Z")),
            ("Lee Park", at("2026-03-10T15:00:00Z")),
            ("Mona Berg", at("2026-03-11T10:30:00Z")),
        ]
    );
    assert_eq!((alert.on_it.taken, alert.on_it.answered_at), (None, None));
}

#[test]
fn a_matter_that_gets_worse_after_an_answer_waits_for_one_again_and_its_manager_hears_of_it() {
    let mut old = case(Kind::Complaint, 2, State::Taken);
    old.answered_at = Some(at("2026-03-08T10:00:00Z"));
    old.clock.quiet = true;
    let changed = |severity| {
        let effects = complaint_of(joined(vec![old.clone()]), Kind::Complaint, severity);
        let case = effects.iter().find_map(|effect| match effect {
            Effect::ChangeCase(case) => Some(case.clone()),
            _ => None,
        });
        (case.unwrap(), is_alerted(&effects))
    };
    let (same, alerted) = changed(2);
    assert!(same.is_answered() && same.clock.quiet && !alerted);
    let (worse, alerted) = changed(3);
    assert!(!worse.is_answered() && !worse.clock.quiet && alerted);
    assert_eq!(worse.asked_at(), now());
}

#[test]
fn old_mail_that_was_there_before_reminds_owners_and_no_manager() {
    let found = Some(found(&[(Kind::Complaint, 0.9)], 3));
    let effects = Row { found, backlog: true, ..Row::default() }.effects();
    let opened = effects.iter().find_map(|effect| match effect {
        Effect::OpenCase(case) => Some(case.clone()),
        _ => None,
    });
    assert!(opened.unwrap().clock.quiet);
}

/// How grave the case is, what the client answers, the labels of that, and what follows.
type Answered<'a> = (u8, &'a str, &'a [(Kind, f64)], &'a [&'a str]);

/// What the client of a case that was said to be done answers to "is it settled?".
fn to_the_question(severity: u8, text: &str, labels: &[(Kind, f64)], asked: bool) -> Vec<Effect> {
    let mut resolved = case(Kind::Complaint, severity, State::Taken);
    resolved.undergo(pairdesk::case::Event::Resolved, now() - 48.hours());
    let known = Known { asked: if asked { vec![5] } else { Vec::new() }, ..joined(vec![resolved]) };
    let message = Message { reply: text.into(), ..from("dana@acme.example") };
    let follow_ups = FollowUps::default().with(ClientLetter::ThankYou, FollowUp::Auto);
    let policy = Policy { shadow: false, follow_ups, ..Policy::default() };
    Row { message, found: Some(found(labels, severity)), known, policy, ..Row::default() }.effects()
}

#[test]
fn the_clients_answer_to_the_question_closes_or_opens_again_and_thanks_close_nothing() {
    let lee = "send notice to lee@fjord.example";
    let kim = "send notice to kim@fjord.example";
    let again = "change #5 complaint 2 open led by operations";
    let unsure: &[(Kind, f64)] = &[(Kind::Complaint, 0.4)];
    let sure: &[(Kind, f64)] = &[(Kind::Complaint, 0.9)];
    let table: &[Answered<'_>] = &[
        (
            2,
            "Yes, all good now, thanks.",
            &[],
            &[
                "file case",
                "change #5 complaint 2 closed led by operations",
                "withdraw drafts of #5",
                "send thank_you to dana@acme.example",
            ],
        ),
        // What is half heard in a clear word is the word itself.
        (
            1,
            "Yes, the leak is fixed.",
            unsure,
            &["file case", "change #5 complaint 1 closed led by operations", "withdraw drafts of #5"],
        ),
        (1, "No, still broken.", &[], &["file case", again, "withdraw drafts of #5", lee, kim]),
        (
            1,
            "No, still broken.",
            sure,
            &["file case", again, "draft received to dana@acme.example", lee, kim],
        ),
        (
            1,
            "Yes, but I am very disappointed.",
            sure,
            &["file case", again, "draft received to dana@acme.example", lee, kim],
        ),
        (2, "Thanks!", &[], &["file case", "change #5 complaint 2 resolved led by operations"]),
        (2, "Great, thank you", unsure, &["file case", "change #5 complaint 2 resolved led by operations"]),
        (
            2,
            "I will look at it tomorrow.",
            &[],
            &["file case", "change #5 complaint 2 resolved led by operations"],
        ),
    ];
    for (severity, text, labels, expected) in table {
        let lines: Vec<_> = to_the_question(*severity, text, labels, true).iter().filter_map(words).collect();
        assert_eq!(lines, *expected, "{text}");
    }
    assert_eq!(
        to_the_question(2, "Yes", &[], false).iter().filter_map(words).collect::<Vec<_>>(),
        ["file routine"],
        "who was not asked says yes to something else"
    );
}

#[test]
fn a_case_remembers_that_it_was_not_settled_and_is_watched_once_it_is() {
    let effects = to_the_question(1, "Noch nicht, leider.", &[], true);
    let changed = |effects: &[Effect]| {
        effects.iter().find_map(|effect| match effect {
            Effect::ChangeCase(case) => Some(case.clone()),
            _ => None,
        })
    };
    let case = changed(&effects).unwrap();
    assert_eq!((case.clock.follow_up.reopened, case.clock.follow_up.resolved_at), (1, None));
    let notice = effects.iter().find_map(|effect| match effect {
        Effect::Send(Letter { content: Content::Notice(notice), .. }) => Some(notice.occasion.clone()),
        _ => None,
    });
    assert_eq!(notice, Some(Occasion::NotSettled));
    let why = effects.iter().find_map(|effect| match effect {
        Effect::Record { entry, .. } => Some((entry.who.clone(), entry.what.clone(), entry.why.clone())),
        _ => None,
    });
    let (who, what, why) = why.unwrap();
    assert_eq!((&*who, &*what), ("Dana Reyes", "says that it is not settled: opened again"));
    assert_eq!(why, "a no to whether #5 is settled: \"Noch nicht, leider.\"");
    let closed = changed(&to_the_question(2, "Ja, erledigt.", &[], true)).unwrap();
    assert_eq!(closed.clock.follow_up.watched_until, Some(now() + 720.hours()));
    assert!(closed.clock.follow_up.thanked);
}
