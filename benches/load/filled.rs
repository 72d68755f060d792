//! Stores that hold years of mail, made by SQL in a minute.

use std::time::Instant;

use jiff::Timestamp;
use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqliteSynchronous};
use sqlx::{AssertSqlSafe, ConnectOptions, Connection, PgConnection, Row, SqliteConnection};

use crate::daemon::Daemon;

const FILL: &str = include_str!("fill.sql");

const CLIENT: &str = "(i * 7919 % 1000 * (i * 7919 % 1000) / 5000)";
const DISPOSITION: &str = "(CASE WHEN i % 100 < 7 THEN 'case' WHEN i % 100 < 12 THEN 'automatic'
    WHEN i % 100 < 17 THEN 'unmatched' WHEN i % 100 < 27 THEN 'owner' WHEN i % 100 < 28 THEN 'duplicate'
    WHEN i % 10000 = 28 THEN 'set_aside' ELSE 'routine' END)";

/// What the databases say differently.
struct Dialect {
    with: String,
    hash: &'static str,
    blob: &'static str,
    tiny: &'static str,
    newline: &'static str,
    day: &'static str,
}

/// Fills the empty store of a program with so many mails and what follows from them; says how many seconds it took.
pub async fn fill(program: &Daemon, url: &str, mails: usize) -> u64 {
    let begin = Instant::now();
    if url.starts_with("postgres") {
        postgres(url, mails).await;
    } else {
        sqlite(program, mails).await;
    }
    begin.elapsed().as_secs()
}

async fn sqlite(program: &Daemon, mails: usize) {
    let options = SqliteConnectOptions::new()
        .filename(program.path("pairdesk.db"))
        .foreign_keys(false)
        .journal_mode(SqliteJournalMode::Off)
        .synchronous(SqliteSynchronous::Off)
        .pragma("locking_mode", "EXCLUSIVE")
        .pragma("cache_size", "-1000000")
        .pragma("temp_store", "MEMORY")
        .pragma("threads", "2");
    let mut connection: SqliteConnection = options.connect().await.unwrap();
    let sql = "SELECT name, sql FROM sqlite_master WHERE type = 'index' AND sql IS NOT NULL";
    let indexes: Vec<(String, String)> = rows(&sqlx::query(sql).fetch_all(&mut connection).await.unwrap());
    let dialect = Dialect {
        with: format!("WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < {mails})"),
        hash: "randomblob(32)",
        blob: "randomblob(700)",
        tiny: "randomblob(64)",
        newline: "char(10)",
        day: "date({at} / 1000 + 172800, 'unixepoch')",
    };
    for (name, _) in &indexes {
        run_lite(&mut connection, format!("DROP INDEX {name}")).await;
    }
    run_lite(&mut connection, "BEGIN".to_owned()).await;
    for statement in statements(&dialect, mails) {
        run_lite(&mut connection, statement).await;
    }
    run_lite(&mut connection, "COMMIT".to_owned()).await;
    for (_, index) in indexes {
        run_lite(&mut connection, index).await;
    }
    run_lite(&mut connection, "PRAGMA journal_mode = WAL".to_owned()).await;
    connection.close().await.unwrap();
}

async fn run_lite(connection: &mut SqliteConnection, sql: String) {
    sqlx::query(AssertSqlSafe(sql.clone()))
        .execute(connection)
        .await
        .unwrap_or_else(|error| panic!("{sql}: {error}"));
}

async fn postgres(url: &str, mails: usize) {
    let mut connection = PgConnection::connect(url).await.unwrap();
    let sql = "SELECT indexname::text, indexdef FROM pg_indexes WHERE schemaname = 'public'
        AND indexname NOT LIKE '%\\_key' AND indexname NOT LIKE '%\\_pkey' AND indexname NOT LIKE '\\_sqlx%'";
    let indexes: Vec<(String, String)> = rows(&sqlx::query(sql).fetch_all(&mut connection).await.unwrap());
    let dialect = Dialect {
        with: format!("WITH n(i) AS (SELECT generate_series(1::bigint, {mails}::bigint))"),
        hash: "sha256(('mail' || i)::bytea)",
        blob: "decode(repeat(md5(i::text), 44), 'hex')",
        tiny: "sha512(('chunk' || i)::bytea)",
        newline: "chr(10)",
        day: "to_char(to_timestamp({at} / 1000 + 172800) AT TIME ZONE 'UTC', 'YYYY-MM-DD')",
    };
    // The rows fit each other: no trigger needs to look.
    for setting in
        ["session_replication_role = replica", "synchronous_commit = off", "maintenance_work_mem = '512MB'"]
    {
        run_pg(&mut connection, format!("SET {setting}")).await;
    }
    for (name, _) in &indexes {
        run_pg(&mut connection, format!("DROP INDEX {name}")).await;
    }
    for statement in statements(&dialect, mails) {
        run_pg(&mut connection, statement).await;
    }
    for (_, index) in indexes {
        run_pg(&mut connection, index).await;
    }
    // As its own maintenance does in the course of the years.
    run_pg(&mut connection, "VACUUM ANALYZE".to_owned()).await;
    run_pg(&mut connection, "CHECKPOINT".to_owned()).await;
}

async fn run_pg(connection: &mut PgConnection, sql: String) {
    sqlx::query(AssertSqlSafe(sql.clone()))
        .execute(connection)
        .await
        .unwrap_or_else(|error| panic!("{sql}: {error}"));
}

fn rows<R: Row>(rows: &[R]) -> Vec<(String, String)>
where
    usize: sqlx::ColumnIndex<R>,
    for<'r> String: sqlx::Decode<'r, R::Database> + sqlx::Type<R::Database>,
{
    rows.iter().map(|row| (row.get(0), row.get(1))).collect()
}

/// The statements, in the words of a database.
fn statements(dialect: &Dialect, mails: usize) -> Vec<String> {
    let now = Timestamp::now().as_millisecond();
    let at = format!("({now} - ({mails} - i) * 95000)");
    let without_comments = FILL.lines().filter(|line| !line.starts_with("--")).collect::<Vec<_>>().join("\n");
    let statement = |statement: &str| {
        [
            ("{with}", dialect.with.as_str()),
            ("{hash}", dialect.hash),
            ("{blob}", dialect.blob),
            ("{tiny}", dialect.tiny),
            ("{nl}", dialect.newline),
            ("{day}", dialect.day),
            ("{disposition}", DISPOSITION),
            ("{person}", &format!("('p' || (i % 40) || '@client' || {CLIENT} || '.example')")),
            ("{client}", CLIENT),
            ("{at}", &at),
            ("{age}", &format!("({mails} - i)")),
        ]
        .iter()
        .fold(statement.to_owned(), |text, (name, words)| text.replace(name, words))
    };
    without_comments.split(";\n").map(statement).collect()
}
