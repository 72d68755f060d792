//! A person is forgotten, what is held about a person is handed out, and what was kept for long enough goes.

mod process;
mod retention;

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::sync::Arc;

use jiff::Timestamp;
use pairdesk::case::Kind;
use pairdesk::clock::{Clock, SetClock};
use pairdesk::compose::{Composer, House};
use pairdesk::directory::absence::{Absence, LearntFrom};
use pairdesk::directory::{Account, Firm};
use pairdesk::effect::{Disposition, Effect};
use pairdesk::intake::Policy;
use pairdesk::message::{Address, Arrival, Cursor, Person, Place, ReadOptions};
use pairdesk::store::{CorrectedMail, Holds, OutboxState, Store, TABLES, Wanted};
use pairdesk::worker::receive::Outcome;
use pairdesk::worker::{Desk, receive, tick};
use sqlx::{AssertSqlSafe, Column as _, Connection, Executor, PgConnection, Row as _, SqliteConnection};
use tempfile::TempDir;

use crate::harness::postgres;

/// A Tuesday, 14:05 in Oslo.
const START: &str = "2026-05-12T12:05:00Z";
const DANA: &str = "dana@acme.example";
/// What nothing may hold afterwards, in lower case; as they lie in a file, side by side with other values.
const TRACES: [&str; 5] = [DANA, "dana%40acme.example", "dana=40acme.example", "dana ruiz", "ruiz, dana"];

fn person(name: &str) -> Address {
    let first = name.split(' ').next().unwrap().to_lowercase();
    Address { name: name.to_owned(), address: format!("{first}@fjord.example") }
}

/// A firm on either database, with a clock that stands until it is set.
struct Stage {
    desk: Desk,
    clock: Arc<SetClock>,
    url: String,
    _folder: TempDir,
    mails: u32,
}

impl Stage {
    async fn sqlite(policy: Policy) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let url = format!("sqlite:{}", folder.path().join("pairdesk.db").display());
        Self::new(policy, url, folder).await
    }

    async fn postgres(policy: Policy) -> Self {
        Self::new(policy, postgres::fresh_database(), tempfile::tempdir().unwrap()).await
    }

    async fn new(policy: Policy, url: String, folder: TempDir) -> Self {
        let firm = Firm {
            name: "Fjord Studio".to_owned(),
            address: "service@fjord.example".to_owned(),
            domains: vec!["fjord.example".to_owned()],
            manager: Some(person("Mona Berg")),
            timezone: "Europe/Oslo".to_owned(),
            language: "en".to_owned(),
            ..Firm::default()
        };
        let store = Store::open(&url).await.unwrap();
        let account = |key: &str, name: &str, owners: [&str; 2]| Account {
            key: key.to_owned(),
            name: name.to_owned(),
            domains: vec![format!("{key}.example")],
            sales: Some(person(owners[0])),
            operations: Some(person(owners[1])),
            ..Account::default()
        };
        let acme = Account {
            addresses: vec!["dana@private.example".to_owned(), "office@private.example".to_owned()],
            ..account("acme", "Acme Foods", ["Kim Vos", "Lee Park"])
        };
        let clock = Arc::new(SetClock::new(START.parse().unwrap()));
        let time = Clock::Set(Arc::clone(&clock));
        store.first_token_key(time.key(), time.now()).await.unwrap();
        let mut tx = store.begin().await.unwrap();
        tx.replace_accounts(&[acme, account("delta", "Delta Labs", ["Sam Ode", "Nia Holm"])]).await.unwrap();
        tx.commit().await.unwrap();
        let composer = Composer::new(House::of(&firm));
        let reading = ReadOptions { own_addresses: vec![firm.address.clone()], ..ReadOptions::default() };
        Self {
            desk: Desk::new(store, composer, firm, policy, reading, time),
            clock,
            url,
            _folder: folder,
            mails: 0,
        }
    }

    fn arrival(&mut self, raw: &[u8], sent_folder: bool) -> Arrival {
        self.mails += 1;
        Arrival {
            place: Place { mailbox: "service/INBOX".to_owned(), validity: 1, key: self.mails.to_string() },
            full_size: raw.len() as u64,
            raw: raw.to_vec(),
            received_at: Some(self.desk.clock.now()),
            sent_folder,
        }
    }

    async fn take(&mut self, raw: &str) -> Vec<Outcome> {
        let arrival = self.arrival(raw.replace('\n', "\r\n").as_bytes(), false);
        self.take_all(vec![arrival]).await
    }

    async fn take_all(&self, arrivals: Vec<Arrival>) -> Vec<Outcome> {
        let cursor = Cursor { validity: 1, last_uid: 0, since: Timestamp::MIN, started_at: Timestamp::MIN };
        receive::take(&self.desk, arrivals, "service/INBOX", cursor).await.unwrap()
    }

    async fn run(&self, sql: &str) {
        let sql = AssertSqlSafe(sql.to_owned());
        if self.url.starts_with("sqlite") {
            let mut connection = SqliteConnection::connect(&self.url).await.unwrap();
            connection.execute(sql).await.unwrap();
            connection.close().await.unwrap();
        } else {
            PgConnection::connect(&self.url).await.unwrap().execute(sql).await.unwrap();
        }
    }

    /// The tables of the schema with the columns that hold texts or bytes, as the database lists them.
    async fn schema(&self) -> BTreeMap<String, BTreeSet<String>> {
        let mut schema: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
        let mut add = |(table, column): (String, String)| {
            if table != "_sqlx_migrations" {
                schema.entry(table).or_default().insert(column);
            }
        };
        if self.url.starts_with("sqlite") {
            let sql = "SELECT m.name, p.name FROM sqlite_master m, pragma_table_info(m.name) p
                WHERE m.type = 'table' AND m.name NOT LIKE 'sqlite%' AND p.type NOT IN ('BIGINT', 'INTEGER', 'BOOLEAN', 'DOUBLE PRECISION')";
            let mut connection = SqliteConnection::connect(&self.url).await.unwrap();
            let rows: Vec<(String, String)> = sqlx::query_as(sql).fetch_all(&mut connection).await.unwrap();
            rows.into_iter().for_each(&mut add);
        } else {
            let sql = "SELECT table_name::text, column_name::text FROM information_schema.columns
                WHERE table_schema = current_schema() AND data_type NOT IN ('bigint', 'integer', 'smallint', 'boolean', 'double precision')";
            let mut connection = PgConnection::connect(&self.url).await.unwrap();
            let rows: Vec<(String, String)> = sqlx::query_as(sql).fetch_all(&mut connection).await.unwrap();
            rows.into_iter().for_each(&mut add);
        }
        schema
    }

    /// Every value of every row that is a text or bytes, as one text in lower case.
    async fn everything(&self) -> String {
        let mut all = String::new();
        for (table, columns) in self.schema().await {
            for column in columns {
                let sql = AssertSqlSafe(format!("SELECT {column} FROM {table} WHERE {column} IS NOT NULL"));
                let values: Vec<Vec<u8>> = if self.url.starts_with("sqlite") {
                    let mut connection = SqliteConnection::connect(&self.url).await.unwrap();
                    let rows = sqlx::query(sql).fetch_all(&mut connection).await.unwrap();
                    rows.iter().map(|row| row.get_unchecked(0)).collect()
                } else {
                    let mut connection = PgConnection::connect(&self.url).await.unwrap();
                    let rows = sqlx::query(sql).fetch_all(&mut connection).await.unwrap();
                    let value =
                        |row: &sqlx::postgres::PgRow| match row.column(0).type_info().to_string().as_str() {
                            "BYTEA" => row.get::<Vec<u8>, _>(0),
                            _ => row.get::<String, _>(0).into_bytes(),
                        };
                    rows.iter().map(value).collect()
                };
                for value in values {
                    all.push_str(&String::from_utf8_lossy(&value).to_lowercase());
                    all.push('\n');
                }
            }
        }
        for id in 1..=i64::from(self.mails) + 5 {
            let raw = self.desk.store.raw_mail(id).await.unwrap().unwrap_or_default();
            all.push_str(&String::from_utf8_lossy(&raw).to_lowercase());
        }
        all
    }
}

/// The bytes of all files of a folder, in lower case.
fn bytes_below(folder: &Path) -> String {
    let mut all = String::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            all.push_str(&bytes_below(&path));
        } else {
            all.push_str(&String::from_utf8_lossy(&std::fs::read(&path).unwrap()).to_lowercase());
        }
    }
    all
}

fn wanted() -> Wanted {
    let others = ["Fjord Studio", "Kim Vos", "Lee Park", "Sam Ode", "Nia Holm", "Mona Berg"];
    Wanted {
        addresses: vec![DANA.to_owned(), "dana@private.example".to_owned()],
        names: Vec::new(),
        others: others.map(str::to_owned).to_vec(),
    }
}

fn mail(from: &str, id: &str, subject: &str, words: &str) -> String {
    format!(
        "From: {from}\nTo: service@fjord.example\nSubject: {subject}\nMessage-ID: <{id}>\n\
         Date: Tue, 12 May 2026 12:00:00 +0000\n\n{words}\n"
    )
}

const COMPLAINT: &str = "We are very unhappy: the report is three weeks late again and nobody answers us.";

/// A mail of 200 kB with an attachment, so that it is kept in parts.
fn large(from: &str) -> String {
    let attachment = (0..2_600).map(|line| format!("{:076}", line * 7919)).collect::<Vec<_>>().join("\n");
    format!(
        "From: {from}\nTo: service@fjord.example\nSubject: The figures\nMessage-ID: <large@acme.example>\n\
         MIME-Version: 1.0\nContent-Type: multipart/mixed; boundary=b\n\n--b\n\nHere they are, from dana@acme.example.\n\
         --b\nContent-Type: text/csv; name=figures.csv\nContent-Disposition: attachment; filename=figures.csv\n\n{attachment}\n--b--\n"
    )
}

/// Dana complains, Lee answers quoting her, Bob of the same client complains of something else, mentions her in another
/// mail, and Jordana has an address that ends as hers does.
async fn story(stage: &mut Stage) {
    stage
        .take(&mail(
            "Dana Ruiz <dana@acme.example>",
            "d1@acme.example",
            "The report of our Monday round",
            COMPLAINT,
        ))
        .await;
    let answer = "From: Lee Park <lee@fjord.example>\nTo: dana@acme.example\nSubject: Re: The report of our Monday round\n\
        Message-ID: <l1@fjord.example>\nIn-Reply-To: <d1@acme.example>\nContent-Transfer-Encoding: base64\n\n\
        RGVhciBEYW5hLCB5b3UgZ2V0IGl0IHRvbW9ycm93LgoKPiBXZSBhcmUgdmVyeSB1bmhhcHB5OiB0aGUgcmVwb3J0IGlzIHRocmVlIHdlZWtzIGxhdGUg\nYWdhaW4gYW5kIG5vYm9keSBhbnN3ZXJzIHVzLgo=\n";
    let answer = stage.arrival(answer.replace('\n', "\r\n").as_bytes(), true);
    stage.take_all(vec![answer]).await;
    let bob = "Bob Stone <bob@acme.example>";
    let other =
        "Your invoice of April charges us twice for the same work. This is unacceptable, please correct it.";
    stage.take(&mail(bob, "b1@acme.example", "Invoice of April", other)).await;
    let mention = "Our colleague Dana Ruiz <dana@acme.example> will send the keys tomorrow. Thank you.";
    stage.take(&mail(bob, "b2@acme.example", "Keys", mention)).await;
    stage
        .take(&mail(
            "Jordana Lie <jordana@acme.example>",
            "j1@acme.example",
            "Keys again",
            "Thank you, they have come.",
        ))
        .await;
    stage.take(&large("Dana Ruiz <dana@acme.example>")).await;
    stage
        .take(&mail(
            "Dana Ruiz <dana@private.example>",
            "d3@private.example",
            "Privately",
            "Thank you, all is well.",
        ))
        .await;
    stage
        .take(&mail(
            "Someone <some@nowhere.example>",
            "s1@nowhere.example",
            "Hello",
            "Ask Dana Ruiz for the rest.",
        ))
        .await;
    let time = stage.desk.clock.now();
    let corrected = |mail| CorrectedMail {
        mail,
        labels: vec![Kind::Complaint],
        severity: Some(2),
        who: "Kim Vos <kim@fjord.example>".to_owned(),
        at: time,
        words: "#1 wrong: Dana was angry".to_owned(),
        said_in: None,
    };
    stage.desk.store.correct(&corrected(1)).await.unwrap();
    stage.desk.store.correct(&corrected(3)).await.unwrap();
    tick::digest_now(&stage.desk).await.unwrap();
}

/// Puts Dana into every column in which somebody may stand: what no story comes to is put there by hand.
async fn plant(stage: &Stage) {
    let absent = Absence {
        person: DANA.to_owned(),
        from: "2026-05-01".parse().unwrap(),
        until: "2026-05-05".parse().unwrap(),
        learnt_from: LearntFrom::Reply,
    };
    let composer = stage.desk.composer().await.unwrap();
    let now = stage.desk.clock.now();
    let mut tx = stage.desk.store.begin().await.unwrap();
    let effects = [
        Effect::Absent(absent),
        Effect::DigestMade { person: DANA.to_owned(), at: now },
        Effect::WeeklyMade { person: DANA.to_owned(), at: now },
    ];
    tx.perform(None, &effects, &composer, now).await.unwrap();
    tx.commit().await.unwrap();
    for sql in [
        "INSERT INTO refusal (mail, at, sender, reason, words) VALUES (4, 0, 'x', 'x', 'x')",
        "INSERT INTO offer (case_number, work, stage) VALUES (2, 'x', 'asked')",
        "INSERT INTO matched_address (address, account, who, at) VALUES ('dana@acme.example', 'acme', 'x', 0), ('office@else.example', 'acme', 'x', 0)",
        "INSERT INTO meeting (uid, case_number, starts_at, minutes) VALUES ('uid1', 2, 0, 30)",
        "INSERT INTO meeting_guest (uid, address, name) VALUES ('uid1', 'dana@acme.example', 'Dana Ruiz'), ('uid1', 'bob@acme.example', 'x')",
        "INSERT INTO mailbox_tally (mailbox, validity, first_uid, exact_below) VALUES ('service/INBOX', 1, 1, 1)",
        "INSERT INTO mailbox_state (mailbox) VALUES ('service/INBOX')",
        "INSERT INTO account_scope (account, position, included, line) VALUES ('delta', 9, TRUE, 'x')",
        "INSERT INTO commitment (account, case_number, person, words, made_at, mail) VALUES ('acme', 2, 'dana@acme.example', 'x', 0, 4), ('acme', 2, 'kim@fjord.example', 'x', 0, 4)",
        "INSERT INTO account_address (address, account, position) VALUES ('dana@acme.example', 'acme', 9)",
        "INSERT INTO mail_reference (identifier, mail, bears) VALUES ('1.dana=acme.example@list.example', 4, FALSE)",
    ] {
        stage.run(sql).await;
    }
    for table in TABLES {
        for (column, holds) in table.columns {
            // Whose name is a client's is a client by that name.
            if (table.name, *column) == ("account", "name") {
                continue;
            }
            let value = match holds {
                Holds::Words | Holds::People => "[\"Dana Ruiz <dana@acme.example>\"]",
                Holds::Addresses => "bob@acme.example dana@acme.example",
                Holds::Fixed | Holds::Theirs | Holds::Mail | Holds::Bytes => continue,
            };
            // Not in the rows that the comparison below needs as they are.
            let condition = match table.name {
                "mail" => "id = 4",
                "cases" => "number = 1",
                "case_entry" => "case_number = 1",
                "finding" | "correction" | "classification" => "mail = 1",
                "account" => "account_key = 'delta'",
                "outbox" => "id = 1",
                _ => "1 = 1",
            };
            stage.run(&format!("UPDATE {} SET {column} = '{value}' WHERE {condition}", table.name)).await;
        }
    }
}

async fn every_column_of_texts_and_bytes_has_a_word(stage: Stage) {
    let known: BTreeMap<String, BTreeSet<String>> = TABLES
        .iter()
        .map(|table| {
            (table.name.to_owned(), table.columns.iter().map(|(name, _)| (*name).to_owned()).collect())
        })
        .collect();
    let schema = stage.schema().await;
    let unknown: Vec<_> = schema
        .iter()
        .flat_map(|(table, columns)| columns.iter().map(move |column| (table, column)))
        .filter(|(table, column)| !known.get(*table).is_some_and(|known| known.contains(*column)))
        .collect();
    assert!(
        unknown.is_empty(),
        "`pairdesk forget` does not know these columns: say in src/store/forget/columns.rs what they hold of people: {unknown:?}"
    );
    assert_eq!(known, schema, "src/store/forget/columns.rs names columns that are not there");
}

async fn nothing_is_left_of_who_was_forgotten_and_others_are_as_before(mut stage: Stage) {
    story(&mut stage).await;
    plant(&stage).await;
    let before = stage.everything().await;
    for trace in [DANA, "dana ruiz", "very unhappy: the report"] {
        assert!(before.contains(trace), "the story has it: {trace}");
    }
    let store = &stage.desk.store;
    let bobs = store.case_detail(2).await.unwrap().unwrap();
    let jordanas = store.mail(5).await.unwrap().unwrap();
    let now = stage.desk.clock.now();

    let mut tx = store.begin().await.unwrap();
    let would = tx.forget(&wanted(), [7; 32], now).await.unwrap();
    drop(tx);
    assert_eq!(stage.everything().await, before, "a dry run changes nothing");
    let mut tx = store.begin().await.unwrap();
    let erased = tx.forget(&wanted(), [7; 32], now).await.unwrap();
    tx.commit().await.unwrap();
    assert_eq!(would.rows, erased.rows);
    assert_eq!(
        (erased.mails, erased.cases.as_slice(), erased.closed.as_slice()),
        (3, &[1][..], &[1][..]),
        "{erased:?}"
    );
    assert!(erased.person.names().contains(&"Dana Ruiz".to_owned()), "{:?}", erased.person.names());
    store.compact().await.unwrap();
    let remains = store.remains(&erased.person).await.unwrap();
    assert_eq!(remains.found, BTreeSet::new(), "{remains:?}");
    assert!(remains.rows > 50 && remains.mails >= 2, "{remains:?}");

    let after = stage.everything().await;
    for trace in TRACES.into_iter().chain([
        "dana@private.example",
        "d1@acme.example",
        "very unhappy: the report",
        "our monday round",
    ]) {
        assert!(!after.replace("jordana@acme.example", "").contains(trace), "{trace} is left");
    }
    // Others are as before.
    assert_eq!(store.case_detail(2).await.unwrap().unwrap().mails, bobs.mails);
    assert_eq!(store.case_detail(2).await.unwrap().unwrap().case, bobs.case);
    assert_eq!(store.mail(5).await.unwrap().unwrap(), jordanas);
    assert!(store.raw_mail(3).await.unwrap().is_some() && store.raw_mail(5).await.unwrap().is_some());
    assert!(store.raw_mail(4).await.unwrap().is_none(), "its bytes named her");
    let mention = store.mail(4).await.unwrap().unwrap().mail;
    assert_eq!(mention.from.name, "[\"(forgotten) <(forgotten)>\"]");
    let corrections = store.corrections().await.unwrap();
    assert_eq!(
        corrections.iter().map(|one| one.mail).collect::<Vec<_>>(),
        [3],
        "nothing is learnt from her mail"
    );
    // A letter without its text does not go out.
    for state in [OutboxState::Pending, OutboxState::Draft, OutboxState::Failed] {
        for line in store.outgoing(state).await.unwrap() {
            assert!(!store.outgoing_bytes(line.id).await.unwrap().unwrap().is_empty(), "{line:?}");
        }
    }
}

async fn a_mail_that_was_forgotten_is_not_taken_in_again_and_a_new_one_is(mut stage: Stage) {
    let first = mail("Dana Ruiz <dana@acme.example>", "d1@acme.example", "The report", COMPLAINT);
    stage.take(&first).await;
    let bobs = mail("Bob Stone <bob@acme.example>", "b1@acme.example", "Keys", "Thank you, they have come.");
    stage.take(&bobs).await;
    let store = stage.desk.store.clone();
    let mut tx = store.begin().await.unwrap();
    tx.forget(&wanted(), [7; 32], stage.desk.clock.now()).await.unwrap();
    tx.commit().await.unwrap();

    // It lies there still, and is seen under another number, with another way behind it.
    stage.take(&format!("Received: from elsewhere\n{first}")).await;
    stage.take(&bobs).await;
    let disposition = async |id| store.mail(id).await.unwrap().unwrap().mail.disposition;
    assert_eq!(disposition(3).await, Disposition::Forgotten);
    assert_eq!(disposition(4).await, Disposition::Duplicate);
    assert_eq!(store.raw_mail(3).await.unwrap().unwrap_or_default(), b"");
    assert!(!stage.everything().await.contains(DANA));
    let cases = store.cases(&pairdesk::store::CaseFilter::default()).await.unwrap();
    assert_eq!(cases.len(), 1, "no case was opened again");

    let new = mail("Dana Ruiz <dana@acme.example>", "d9@acme.example", "Something new", COMPLAINT);
    stage.take(&new).await;
    assert_eq!(disposition(5).await, Disposition::Case, "who writes anew is somebody new");
}

async fn a_search_that_finds_something_says_where(stage: Stage) {
    stage.run("CREATE TABLE note (words TEXT)").await;
    stage.run("INSERT INTO note VALUES ('ask dana@acme.example'), ('jordana@acme.example')").await;
    let dana = Person::new(&[DANA.to_owned()], [], &BTreeSet::new(), []);
    let found = stage.desk.store.remains(&dana).await.unwrap().found;
    assert!(found.contains("note.words"), "{found:?}");
    let jor = Person::new(&["ordana@acme.example".to_owned()], [], &BTreeSet::new(), []);
    assert_eq!(
        stage.desk.store.remains(&jor).await.unwrap().found,
        BTreeSet::new(),
        "the end of another's address"
    );
}

async fn what_is_held_about_a_person_is_complete_and_names_no_others_words(mut stage: Stage) {
    story(&mut stage).await;
    let about = stage.desk.store.about(&wanted()).await.unwrap();
    assert_eq!((about.mails.as_slice(), about.cases.as_slice()), (&[1, 6, 7][..], &[1][..]));
    assert!(
        about.named_in.contains(&4) && about.named_in.contains(&8) && !about.named_in.contains(&5),
        "{:?}",
        about.named_in
    );
    let theirs: Vec<_> = about.rows["mail"].iter().filter(|row| row.contains_key("excerpt")).collect();
    assert_eq!(theirs.len(), 3, "{theirs:?}");
    let mention = about.rows["mail"].iter().find(|row| row.get("mail").is_some_and(|mail| mail == "4"));
    assert!(
        mention.is_some_and(|row| row["named_in_columns"].contains("excerpt")),
        "{:?}",
        about.rows["mail"]
    );
}

macro_rules! on_both_databases {
    ($($name:ident),+ $(,)?) => {
        mod sqlite {
            $(#[tokio::test(flavor = "multi_thread")]
            async fn $name() {
                super::$name(super::Stage::sqlite(super::Policy::default()).await).await;
            })+
        }
        mod postgresql {
            $(#[tokio::test(flavor = "multi_thread")]
            async fn $name() {
                super::$name(super::Stage::postgres(super::Policy::default()).await).await;
            })+
        }
    };
}

on_both_databases! {
    every_column_of_texts_and_bytes_has_a_word,
    nothing_is_left_of_who_was_forgotten_and_others_are_as_before,
    a_mail_that_was_forgotten_is_not_taken_in_again_and_a_new_one_is,
    a_search_that_finds_something_says_where,
    what_is_held_about_a_person_is_complete_and_names_no_others_words,
}
