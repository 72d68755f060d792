//! Stores of every age: as each step of the schema left them, with rows in all of their tables.

use std::collections::BTreeMap;
use std::path::Path;
use std::str::FromStr;

use regex::Regex;
use sqlx::migrate::{Migration, MigrationType, Migrator};
use sqlx::sqlite::SqliteConnectOptions;
use sqlx::{AssertSqlSafe, ConnectOptions, Connection, PgConnection, Row, SqlSafeStr, SqliteConnection};

/// What was written into a store before the next step was taken, by the name of the step. A step that makes a table puts
/// rows into it; one that makes columns fills some. X'00' is bytes, for both databases.
const WRITTEN: &[(&str, &str)] = &[
    (
        "start",
        "INSERT INTO mail (mailbox, validity, place_key, content_hash, message_id, received_at, stored_at, came_at,
            full_size, truncated, sent_folder, from_name, from_address, subject, base_subject, excerpt, closing,
            defects, disposition, reason, account, conversation, writer_name, writer_address)
        VALUES
            ('service/INBOX', 7, '1', X'1111111111111111111111111111111111111111111111111111111111111111',
            'm1@acme.example', 1790000000000, 1790000001000, 1790000000000, 64, FALSE, FALSE, 'Ann Ruiz',
            'ann@acme.example', 'The feed', 'the feed', 'It is down.', '-- \nAnn', '[]', 'case', 'a complaint', 'acme',
            1, 'Ann Ruiz', 'ann@acme.example'),
            ('service/INBOX', 7, '2', X'2222222222222222222222222222222222222222222222222222222222222222', NULL, NULL,
            1790000002000, 1790000002000, 99, TRUE, FALSE, '', 'mailer@delta.example', '', '', '', '',
            '[\"no Date\"]', 'unmatched', 'nobody knows the sender', NULL, NULL, NULL, NULL),
            ('service/Sent', 3, '1', X'3333333333333333333333333333333333333333333333333333333333333333',
            'm3@firm.example', 1790000003000, 1790000003000, 1790000003000, 40, FALSE, TRUE, 'Kim', 'kim@firm.example',
            'Re: The feed', 'the feed', 'We look.', '', '[]', 'routine', 'our own', 'acme', 1, 'Kim',
            'kim@firm.example');
        INSERT INTO mail_raw (mail, bytes) VALUES
            (1, X'46726f6d3a20416e6e203c616e6e4061636d652e6578616d706c653e0d0a5375626a6563743a2054686520666565640d0a0d0a497420697320646f776e2e0d0a'),
            (2, X''), (3, X'00ff0d0a');
        INSERT INTO mail_reference (identifier, mail, bears) VALUES
            ('m1@acme.example', 1, TRUE), ('m1@acme.example', 3, FALSE), ('m3@firm.example', 3, TRUE);
        INSERT INTO cases (number, account, conversation, kind, severity, probability, please_check, lead, state,
            subject, evidence, client, opened_at, changed_at, answered_at, told_at, alerted_at)
        VALUES
            (1, 'acme', 1, 'complaint', 2, 0.1234567890123456, FALSE, 'operations', 'open', 'The feed', 'It is down.',
            'Ann Ruiz <ann@acme.example>', 1790000001000, 1790000001000, NULL, 1790000001000, NULL),
            (2, 'acme', 1, 'extra_work', 1, 0.75, TRUE, 'sales', 'closed', 'More', 'Could you also?',
            'Ann Ruiz <ann@acme.example>', 1790000001000, 1790000002000, 1790000002000, NULL, 1790000001500);
        INSERT INTO case_mail (case_number, mail) VALUES (1, 1), (1, 3), (2, 1);
        INSERT INTO case_entry (case_number, at, who, what, why, mail) VALUES
            (1, 1790000001000, 'Pairdesk', 'opened it', 'a complaint', 1),
            (2, 1790000002000, 'Kim', 'closed it', '', NULL);
        INSERT INTO classification (mail, severity, model) VALUES (1, 2, 'an old model');
        INSERT INTO finding (mail, kind, probability, evidence, words) VALUES
            (1, 'complaint', 0.1, 'It is down.', '[[\"down\",0.3]]');
        INSERT INTO account (account_key, position, name, sales_name, sales_address, operations_name,
            operations_address, manager_name, manager_address, timezone, language, tier, hourly_rate, currency)
        VALUES ('acme', 0, 'Acme Foods', 'Kim', 'kim@firm.example', 'Olga', 'olga@firm.example', NULL, NULL, 'UTC', 'en',
            'gold', 9000, 'EUR');
        INSERT INTO account_domain (domain, account, position) VALUES ('acme.example', 'acme', 0);
        INSERT INTO account_address (address, account, position) VALUES ('ann@mail.example', 'acme', 0);
        INSERT INTO account_scope (account, position, included, line) VALUES ('acme', 0, TRUE, 'a feed');
        UPDATE directory_version SET version = 3;
        INSERT INTO mailbox_cursor (mailbox, validity, last_uid, since, started_at) VALUES
            ('service/INBOX', 7, 2, 1789900000000, 1789990000000), ('service/Sent', 4294967295, 1, 0, 0);
        INSERT INTO mailbox_state (mailbox, last_ok_at, last_error, last_error_at) VALUES
            ('service/INBOX', 1790000004000, NULL, NULL), ('service/Sent', NULL, 'no route', 1790000004000);
        INSERT INTO outbox (letter_key, message_id, sort, envelope_from, envelope_to, subject, bytes, case_number,
            conversation, state, attempts, written_at, next_attempt_at, last_failure, sent_at)
        VALUES
            ('l1', 'l1@firm.example', 'notice', 'service@firm.example', 'olga@firm.example', 'The feed',
            X'5375626a6563743a2078ff0d0a0d0a790d0a', 1, 1, 'sent', 1, 1790000001000, 1790000001000, NULL, 1790000002000),
            ('l2', 'l2@firm.example', 'notice', NULL, 'kim@firm.example', 'The feed',
            X'5375626a6563743a2077616974730d0a0d0a790d0a', 1, 1, 'pending', 2, 1790000001000, 1790000002000, '451 later', NULL),
            ('l3', 'l3@firm.example', 'received', 'service@firm.example', 'ann@acme.example', 'Re: The feed', X'0d0a', 2, 1,
            'draft', 0, 1790000001000, 1790000001000, NULL, NULL);
        INSERT INTO digest (person, made_at) VALUES ('kim@firm.example', 1790000000000);",
    ),
    ("recipients", "UPDATE mail SET recipients = 'service@firm.example kim@firm.example' WHERE id = 1;"),
    (
        "corrections",
        "INSERT INTO correction (mail, labels, severity, who, at, words, said_in) VALUES
            (1, 'complaint praise', 3, 'Kim <kim@firm.example>', 1790000003000, 'it is one', 3);
        INSERT INTO correction_reading (mail, model, vector, logits) VALUES (1, 'an old model', X'0000803f', X'000000000000f03f');",
    ),
    (
        "tokens",
        "INSERT INTO token_key (bytes, made_at) VALUES
            (X'4444444444444444444444444444444444444444444444444444444444444444', 1790000000000);
        INSERT INTO refusal (mail, at, sender, reason, words) VALUES
            (2, 1790000002000, 'mailer@delta.example', 'unknown', 'nobody knows them');",
    ),
    (
        "cases",
        "UPDATE cases SET wakes_at = 1790000002000, lead_name = 'Kim', lead_address = 'kim@firm.example',
            taken_by_name = 'Kim', taken_by_address = 'kim@firm.example' WHERE number = 2;
        UPDATE outbox SET released_at = 1790000001500 WHERE id = 1;",
    ),
    (
        "offers",
        "INSERT INTO offer (case_number, work, minutes, price, currency, valid_until, stage, asked_at, priced_at)
        VALUES (2, 'a second feed', 90, 12000, 'EUR', '2026-10-24', 'priced', 1790000001000, 1790000002000);",
    ),
    (
        "absence",
        "INSERT INTO absence (person, from_day, until_day, learnt_from) VALUES
            ('kim@firm.example', '2026-12-21', '2026-12-24', 'command');
        INSERT INTO matched_address (address, account, who, at) VALUES
            ('ann@home.example', 'acme', 'Kim <kim@firm.example>', 1790000002000);
        INSERT INTO meeting (uid, case_number, starts_at, minutes) VALUES ('u1@firm.example', 2, 1790100000000, 30);
        INSERT INTO meeting_guest (uid, address, name, answer, answered_at) VALUES
            ('u1@firm.example', 'ann@acme.example', 'Ann Ruiz', 'accepted', 1790000003000);",
    ),
    (
        "mail_account",
        "INSERT INTO mailbox_tally (mailbox, validity, first_uid, exact_below, taken_at, processed, set_aside, ignored,
            missing, told_at)
        VALUES ('service/INBOX', 7, 1, 1, 1790000004000, 2, 0, 0, '[\"9\"]', 1790000004000);",
    ),
    (
        "clock",
        "UPDATE cases SET again_at = 1790000001200, reminded_of = 'answer', reminded_step = 'lead',
            reminded_at = 1790000001800, quiet = TRUE, held_at = 1790000001300, called_in_at = 1790000001400,
            taken_at = 1790000001100 WHERE number = 2;",
    ),
    ("meetings", "UPDATE meeting SET sequence = 2, cancelled_at = 1790000004000;"),
    ("gathered", "INSERT INTO gathered (case_number, account, at, told_at) VALUES (2, 'acme', 1790000001000, 1790000002000);"),
    (
        "commitments",
        "INSERT INTO commitment (account, case_number, person, words, due, made_at, mail, called_at) VALUES
            ('acme', 1, 'kim@firm.example', 'We look at it by Friday.', '2026-09-25', 1790000003000, 3, NULL);",
    ),
    (
        "follow_ups",
        "UPDATE account SET do_not_write = 'ann@mail.example';
        UPDATE cases SET resolved_at = 1790000001900, reopened = 1, thanked = TRUE, still_working = 1,
            still_working_at = 1790000001700, watched_until = 1792000000000 WHERE number = 2;",
    ),
    ("weekly", "INSERT INTO weekly (person, made_at) VALUES ('maria@firm.example', 1790000000000);"),
    (
        "waiting",
        "INSERT INTO chunk (hash, bytes) VALUES
            (X'5555555555555555555555555555555555555555555555555555555555555555', X'28b52ffd');
        INSERT INTO mail_chunk (mail, position, chunk) VALUES
            (2, 0, X'5555555555555555555555555555555555555555555555555555555555555555');
        UPDATE mail SET backlog = TRUE WHERE id = 3;",
    ),
    (
        "leases",
        "INSERT INTO daemon (id, name, process, alive_until) VALUES ('d1', 'mail1, process 812', '', 1);
        INSERT INTO lease (name, daemon, token, taken_at) VALUES ('tick', NULL, 4, 1);",
    ),
    (
        "oauth",
        "INSERT INTO oauth_token (name, client, refresh, access, access_until) VALUES
            ('service', 'of nobody', 'a refresh token', 'an access token', 1790000003000);
        INSERT INTO oauth_told (name, topic, told_at) VALUES ('service', 'secret', 1790000003000);",
    ),
    (
        "privacy",
        "INSERT INTO erasure_key (bytes) VALUES (X'6666666666666666666666666666666666666666666666666666666666666666');
        INSERT INTO erased_mail (hash, erased_at) VALUES
            (X'7777777777777777777777777777777777777777777777777777777777777777', 1790000003000);
        INSERT INTO retention (what, upto, gone, at) VALUES ('raw', 0, 0, 1790000003000);
        INSERT INTO retention_held (what, item) VALUES ('cases', 1);",
    ),
];

/// The files of the steps: the name, what it does for SQLite and for PostgreSQL.
pub fn steps() -> Vec<(String, String, String)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("migrations");
    let mut files: Vec<_> =
        std::fs::read_dir(folder.join("sqlite")).unwrap().map(|file| file.unwrap().file_name()).collect();
    files.sort();
    let read = |database: &str, file: &std::ffi::OsString| {
        std::fs::read_to_string(folder.join(database).join(file)).unwrap()
    };
    let step = |file: std::ffi::OsString| {
        let (lite, pg) = (read("sqlite", &file), read("postgres", &file));
        let name = file.into_string().unwrap();
        (name.trim_end_matches(".sql").split_once('_').unwrap().1.to_owned(), lite, pg)
    };
    files.into_iter().map(step).collect()
}

/// Makes a store that has taken so many steps, with rows in all of its tables.
pub async fn populate(url: &str, age: usize) {
    let steps = &steps()[..age];
    let lite = url.starts_with("sqlite");
    let migration = |(version, (name, of_lite, of_pg)): (i64, &(String, String, String))| {
        let sql = AssertSqlSafe(if lite { of_lite } else { of_pg }.clone()).into_sql_str();
        Migration::new(version, name.replace('_', " ").into(), MigrationType::Simple, sql, false)
    };
    let migrator = Migrator::with_migrations((1..).zip(steps).map(migration).collect());
    let written = WRITTEN.iter().filter(|(name, _)| steps.iter().any(|(step, _, _)| step == name));
    let written: String = written.map(|(_, sql)| *sql).collect();
    if lite {
        let mut connection = lite_connection(url).await;
        migrator.run(&mut connection).await.unwrap();
        sqlx::raw_sql(AssertSqlSafe(written)).execute(&mut connection).await.unwrap();
        connection.close().await.unwrap();
    } else {
        let bytes = Regex::new("X'([0-9a-f]*)'").unwrap();
        let written = bytes.replace_all(&written, r"'\x$1'::bytea").into_owned();
        let mut connection = PgConnection::connect(url).await.unwrap();
        migrator.run(&mut connection).await.unwrap();
        sqlx::raw_sql(AssertSqlSafe(written)).execute(&mut connection).await.unwrap();
        connection.close().await.unwrap();
    }
}

async fn lite_connection(url: &str) -> SqliteConnection {
    let options = SqliteConnectOptions::from_str(url).unwrap();
    let path = options.get_filename().to_owned();
    std::fs::create_dir_all(path.parent().unwrap()).unwrap();
    options.create_if_missing(true).foreign_keys(true).connect().await.unwrap()
}

/// All rows of a table: of each column its name, and its values in the order of the rows.
pub type Rows = Vec<BTreeMap<String, String>>;

/// The cells of a row as text, the same for both databases.
macro_rules! cells {
    ($row:expr, $columns:expr) => {{
        let row = $row;
        let cell = |(name, kind): &(String, String)| {
            let name = name.as_str();
            let text = match kind.to_lowercase().as_str() {
                "integer" | "bigint" => format!("{:?}", row.get::<Option<i64>, _>(name)),
                "double precision" => format!("{:?}", row.get::<Option<f64>, _>(name)),
                "boolean" => format!("{:?}", row.get::<Option<bool>, _>(name)),
                "text" => format!("{:?}", row.get::<Option<String>, _>(name)),
                "blob" | "bytea" => format!("{:?}", row.get::<Option<Vec<u8>>, _>(name)),
                other => panic!("a column of type {other}"),
            };
            (name.to_owned(), text)
        };
        $columns.iter().map(cell).collect::<BTreeMap<_, _>>()
    }};
}

/// All rows of all tables, in an order of their own.
pub async fn everything(url: &str) -> BTreeMap<String, Rows> {
    let mut all = BTreeMap::new();
    if url.starts_with("sqlite") {
        let mut connection = lite_connection(url).await;
        let sql = "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE '%sql%'";
        for table in sqlx::query(sql).fetch_all(&mut connection).await.unwrap() {
            let table: String = table.get(0);
            let sql = "SELECT name, type FROM pragma_table_info($1)";
            let columns = sqlx::query(sql).bind(&table).fetch_all(&mut connection).await.unwrap();
            let columns: Vec<(String, String)> = columns.iter().map(|row| (row.get(0), row.get(1))).collect();
            let sql = AssertSqlSafe(format!("SELECT * FROM \"{table}\""));
            let rows = sqlx::query(sql).fetch_all(&mut connection).await.unwrap();
            let mut rows: Rows = rows.iter().map(|row| cells!(row, columns)).collect();
            rows.sort();
            all.insert(table, rows);
        }
    } else {
        let mut connection = PgConnection::connect(url).await.unwrap();
        let sql = "SELECT tablename::text FROM pg_tables WHERE schemaname = 'public' AND tablename NOT LIKE '%sql%'";
        for table in sqlx::query(sql).fetch_all(&mut connection).await.unwrap() {
            let table: String = table.get(0);
            let sql = "SELECT column_name::text, data_type::text FROM information_schema.columns
                WHERE table_schema = 'public' AND table_name = $1";
            let columns = sqlx::query(sql).bind(&table).fetch_all(&mut connection).await.unwrap();
            let columns: Vec<(String, String)> = columns.iter().map(|row| (row.get(0), row.get(1))).collect();
            let sql = AssertSqlSafe(format!("SELECT * FROM \"{table}\""));
            let rows = sqlx::query(sql).fetch_all(&mut connection).await.unwrap();
            let mut rows: Rows = rows.iter().map(|row| cells!(row, columns)).collect();
            rows.sort();
            all.insert(table, rows);
        }
    }
    all
}
