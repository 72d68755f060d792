//! What a firm's corrections teach: a hundred corrected mails of a firm with a language of its own, sixty more of other
//! clients of it to judge by, and the general mails beside them.

use std::fs;
use std::path::Path;
use std::thread;

use jiff::Timestamp;
use pairdesk::case::Kind;
use pairdesk::classify::{
    Classification, Classifier, Correction, FirmLayer, LabelledMail, Labels, flips, parse,
};
use pairdesk::clock::Clock;
use pairdesk::config::Config;
use pairdesk::message::{Arrival, Cursor, Place};
use pairdesk::store::Reading;
use pairdesk::worker::{Desk, receive};
use sqlx::{Connection as _, SqliteConnection};

use crate::harness::daemon::{Daemon, imap_mailbox, smtp};

/// A mail as the general model reads it, with the labels that are right.
type Judged = (Classification, Vec<Kind>);

fn judged(file: &str, take: impl Fn(usize) -> bool) -> Vec<Judged> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/labelled").join(file);
    let all = parse(&fs::read_to_string(path).unwrap()).unwrap();
    let mails: Vec<_> =
        all.into_iter().enumerate().filter(|(at, _)| take(*at)).map(|(_, mail)| mail).collect();
    let cores = thread::available_parallelism().map_or(1, usize::from);
    thread::scope(|scope| {
        let read = |part: &[LabelledMail]| -> Vec<Judged> {
            let one = |mail: &LabelledMail| {
                let Labels::Client { kinds, .. } = &mail.labels else { panic!("{} is a client's", mail.id) };
                (Classifier::built_in().classify(&mail.subject, &mail.text), kinds.clone())
            };
            part.iter().map(one).collect()
        };
        let parts: Vec<_> =
            mails.chunks(mails.len().div_ceil(cores)).map(|part| scope.spawn(move || read(part))).collect();
        parts.into_iter().flat_map(|part| part.join().unwrap()).collect()
    })
}

/// The mean F1 of the labels that occur, each decided at one half.
#[allow(clippy::cast_precision_loss)]
fn macro_f1(mails: &[Judged], layer: &FirmLayer) -> f64 {
    let said: Vec<_> = mails.iter().map(|(found, wanted)| (found.clone().adjusted(layer), wanted)).collect();
    let f1 = |kind: Kind| {
        let count = |said_it: bool, is: bool| {
            let same = |(found, wanted): &&(Classification, &Vec<Kind>)| {
                (found.of(kind).unwrap().probability >= 0.5) == said_it && wanted.contains(&kind) == is
            };
            said.iter().filter(same).count() as f64
        };
        let right = count(true, true);
        2.0 * right / (2.0 * right + count(true, false) + count(false, true)).max(1.0)
    };
    Kind::ALL.into_iter().map(f1).sum::<f64>() / Kind::ALL.len() as f64
}

#[test]
fn a_hundred_corrected_mails_of_a_firm_raise_its_f1_and_leave_the_general_one_as_it_was() {
    let firm = judged("invented-firm.jsonl", |_| true);
    let (corrected, unseen) = firm.split_at(100);
    // Those that the layer's width was not chosen by.
    let general = judged("client-dev.jsonl", |at| at % 3 == 0);
    let corrections: Vec<Correction> = corrected
        .iter()
        .zip(1..)
        .map(|((found, wanted), mail)| Correction {
            mail,
            at: Timestamp::from_second(1_790_000_000 + mail).unwrap(),
            vector: found.trace.vector.clone(),
            logits: found.trace.logits,
            wanted: wanted.clone(),
        })
        .collect();
    let (none, layer) = (FirmLayer::default(), FirmLayer::fit(&corrections));
    let (before, after) = (macro_f1(unseen, &none), macro_f1(unseen, &layer));
    let (general_before, general_after) = (macro_f1(&general, &none), macro_f1(&general, &layer));
    let right = corrections.len() - flips(&corrections, &layer).len();
    eprintln!(
        "macro-F1 of 60 other mails of the firm: {before:.3} before, {after:.3} after 100 corrections; of {} general \
         mails: {general_before:.3} before, {general_after:.3} after; {right} of the 100 are given as corrected",
        general.len()
    );
    assert!(after >= before + 0.03, "{before} became {after}");
    assert!(general_after >= general_before - 0.01, "{general_before} became {general_after}");
}

/// Takes in a mail of Acme's Dana; gives its number and what it was found to say.
async fn take(desk: &Desk, uid: u32, text: &str) -> (i64, Classification) {
    let raw = format!(
        "From: Dana <dana@acme.example>\r\nTo: service@fjord.example\r\nSubject: Hall {uid}\r\n\
         Message-ID: <{uid}@acme.example>\r\n\r\n{text}\r\n"
    );
    let now = desk.clock.now();
    let place = Place { mailbox: "service/INBOX".into(), validity: 1, key: uid.to_string() };
    let full_size = raw.len() as u64;
    let arrival =
        Arrival { place, raw: raw.into_bytes(), full_size, received_at: Some(now), sent_folder: false };
    let cursor = Cursor { validity: 1, last_uid: uid, since: now, started_at: now };
    let outcomes = receive::take(desk, vec![arrival], "service/INBOX", cursor).await.unwrap();
    let mail = outcomes[0].mail;
    (mail, desk.store.mail(mail).await.unwrap().unwrap().findings.unwrap().classification)
}

fn complaint(found: &Classification) -> f64 {
    found.of(Kind::Complaint).unwrap().probability
}

#[tokio::test(flavor = "multi_thread")]
async fn a_correction_moves_the_next_mail_like_it_at_once_and_lost_corrections_stop_no_mail() {
    const BLUE: &str =
        "The report on Thursday's page was yellow; please put it on the shelf with the others.";
    const LATE: &str = "The delivery came a day late.";
    let daemon = Daemon::configure(
        "sqlite:pairdesk.db",
        &(imap_mailbox(1, "service@fjord.example", "") + &smtp(2525)),
    );
    let config = Config::load(&daemon.path("pairdesk.toml")).unwrap();
    let desk = pairdesk::daemon::desk(&config, Clock::System).await.unwrap();
    let (blue, first) = take(&desk, 1, BLUE).await;
    let (late, loud) = take(&desk, 2, LATE).await;
    assert!(complaint(&first) < 0.5 && first.severity == 0 && complaint(&loud) > 0.5 && loud.severity > 0);
    assert_eq!(first.model, Classifier::built_in().name());

    let said = daemon.succeed(&["corrections", "add", &blue.to_string(), "complaint"]);
    assert!(said.contains("The model with all corrections now gives it: complaint 0."), "{said}");
    let (_, next) = take(&desk, 3, &BLUE.replace("Thursday", "Monday")).await;
    assert!(complaint(&next) > 0.5 && next.severity == 1, "{next:?}");
    assert!(next.model.ends_with(", adjusted by 1 correction of this firm"), "{}", next.model);
    let why = daemon.succeed(&["why", "3"]);
    assert!(why.split_whitespace().collect::<Vec<_>>().join(" ").contains(&next.model), "{why}");
    let (_, far) = take(&desk, 4, "Bitte senden Sie uns die Rechnung von Oktober noch einmal zu.").await;
    assert!(complaint(&far) < 0.5, "{far:?}");

    daemon.succeed(&["corrections", "add", &late.to_string(), "none"]);
    let (_, calm) = take(&desk, 5, LATE).await;
    assert!(complaint(&calm) < 0.5 && calm.severity == 0, "{calm:?}");
    let checked = daemon.succeed(&["corrections", "check"]);
    assert_eq!(checked, "Given as people said: 2 of 2 corrected mails.\n");

    // Another model's reading is worthless: at the next start the mail is read again.
    let old = Reading { model: "older".into(), vector: vec![1.0], logits: [0.0; Kind::ALL.len()] };
    desk.store.keep_readings(&[(blue, old)]).await.unwrap();
    let name = Classifier::built_in().name();
    assert_eq!(desk.store.corrections_unread_by(name).await.unwrap(), [blue]);
    let restarted = pairdesk::daemon::desk(&config, Clock::System).await.unwrap();
    restarted.layer(&restarted.directory().await.unwrap()).await;
    assert_eq!(restarted.store.corrections_unread_by(name).await.unwrap(), [0_i64; 0]);

    let url = format!("sqlite:{}", daemon.path("pairdesk.db").display());
    let mut database = SqliteConnection::connect(&url).await.unwrap();
    sqlx::raw_sql("DROP TABLE correction_reading; UPDATE correction SET at = at + 1")
        .execute(&mut database)
        .await
        .unwrap();
    let (_, still) = take(&restarted, 6, &BLUE.replace("Thursday", "Friday")).await;
    assert!(complaint(&still) > 0.5, "what was learnt before stays: {still:?}");
    let anew = pairdesk::daemon::desk(&config, Clock::System).await.unwrap();
    let (_, general) = take(&anew, 7, &BLUE.replace("Thursday", "Tuesday")).await;
    assert!(complaint(&general) < 0.5, "{general:?}");
}
