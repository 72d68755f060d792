//! Opening: new stores, old ones, newer ones, none.

use std::os::unix::fs::PermissionsExt;

use super::*;
use pairdesk::message::Cursor;
use pairdesk::store::{CaseFilter, ErrorKind};
use sqlx::{Connection, PgConnection, Row, SqliteConnection};

pub async fn a_populated_store_opens_again_with_everything_in_it(fresh: Fresh) {
    let store = &fresh.store;
    let mut tx = store.begin().await.unwrap();
    let mail = put(&mut tx, &message("m1"), None).await;
    let effects = [
        Effect::OpenCase(case(1, mail)),
        Effect::Record { case: 1, entry: entry("Opened", 0) },
        Effect::Send(letter("l1", "olga@firm.example", Some(1), held())),
        Effect::DigestMade { person: "olga@firm.example".to_owned(), at: at(0) },
    ];
    tx.perform(Some(mail), &effects, &composer(), at(0)).await.unwrap();
    tx.replace_accounts(&[acme()]).await.unwrap();
    tx.set_cursor("a", Cursor { validity: 1, last_uid: 2, since: at(0), started_at: at(0) }).await.unwrap();
    tx.commit().await.unwrap();
    let before = (
        store.status().await.unwrap(),
        store.case_detail(1).await.unwrap(),
        store.accounts().await.unwrap(),
        store.agenda(&[], at(0)).await.unwrap(),
    );
    store.close().await;
    let store = Store::open(&fresh.url).await.unwrap();
    let after = (
        store.status().await.unwrap(),
        store.case_detail(1).await.unwrap(),
        store.accounts().await.unwrap(),
        store.agenda(&[], at(0)).await.unwrap(),
    );
    assert_eq!(before, after);
    assert!(after.1.is_some());
}

pub async fn two_processes_may_open_a_new_store_at_once(fresh: Fresh) {
    let (_folder, url) = if fresh.url.starts_with("sqlite") {
        let folder = tempfile::tempdir().unwrap();
        let url = format!("sqlite://{}", folder.path().join("new.db").display());
        (Some(folder), url)
    } else {
        (None, postgres::fresh_database())
    };
    let opened = futures::future::join_all((0..4).map(|_| tokio::spawn(open(url.clone())))).await;
    for store in opened {
        assert_eq!(store.unwrap().cases(&CaseFilter::default()).await.unwrap(), []);
    }
}

async fn open(url: String) -> Store {
    Store::open(&url).await.unwrap()
}

pub async fn a_store_of_a_newer_version_is_left_alone(fresh: Fresh) {
    fresh.store.close().await;
    let sql = "INSERT INTO _sqlx_migrations (version, description, success, checksum, execution_time)
        SELECT 9999, 'of the future', success, checksum, 0 FROM _sqlx_migrations WHERE version = 1";
    if fresh.url.starts_with("sqlite") {
        let mut connection = SqliteConnection::connect(&fresh.url).await.unwrap();
        sqlx::query(sql).execute(&mut connection).await.unwrap();
    } else {
        let mut connection = PgConnection::connect(&fresh.url).await.unwrap();
        sqlx::query(sql).execute(&mut connection).await.unwrap();
    }
    let error = Store::open(&fresh.url).await.unwrap_err();
    assert_eq!(error.kind, ErrorKind::Other);
    assert!(error.to_string().contains("written by a newer Pairdesk (step 9999)"), "{error}");
}

#[tokio::test]
async fn only_one_daemon_works_on_a_sqlite_file_at_a_time() {
    let fresh = Fresh::sqlite().await;
    let second = Store::open(&fresh.url).await.unwrap();
    let first = fresh.store.join("a".to_owned()).await.unwrap();
    let refused = second.clone().join("b".to_owned()).await.unwrap_err();
    assert_eq!(refused.kind, ErrorKind::Other);
    let words = refused.to_string();
    assert!(words.contains("another pairdesk runs on") && words.contains("stop that one first"), "{words}");
    drop(first);
    second.join("b".to_owned()).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_database_host_that_vanishes_is_given_up_and_tried_again() {
    let cable = postgres::Cable::to(&postgres::fresh_database()).await;
    let store = Store::open(&cable.url).await.unwrap();
    let mut before = store.begin().await.unwrap();
    let mail = put(&mut before, &message("m1"), None).await;
    cable.cut(true);
    let opening = [Effect::OpenCase(case(1, mail))];
    let composer = composer();
    let at_hand = async {
        let error = before.perform(None, &opening, &composer, at(0)).await.unwrap_err();
        drop(before);
        error
    };
    let (statement, beginning) = tokio::join!(at_hand, async { store.begin().await.unwrap_err() });
    for error in [statement, beginning] {
        assert_eq!(error.kind, ErrorKind::Unavailable, "{error}");
        assert!(
            error.to_string().contains("no answer within") || error.to_string().contains("in time"),
            "{error}"
        );
    }
    cable.cut(false);
    // The server ends what the vanished one left open; until then writers wait for it.
    let mut tx = loop {
        match store.begin().await {
            Ok(tx) => break tx,
            Err(error) => assert_eq!(error.kind, ErrorKind::Unavailable, "{error}"),
        }
    };
    put(&mut tx, &message("m1"), None).await;
    tx.commit().await.unwrap();
    assert_eq!(store.mails(Disposition::Routine).await.unwrap().len(), 1);
}

#[tokio::test]
async fn a_lost_connection_is_tried_again_and_nothing_half_is_kept() {
    let fresh = Fresh::postgres().await;
    let mut tx = fresh.store.begin().await.unwrap();
    put(&mut tx, &message("m1"), None).await;
    let mut administrator = PgConnection::connect(&fresh.url).await.unwrap();
    let sql = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity
        WHERE datname = current_database() AND pid <> pg_backend_pid()";
    sqlx::query(sql).execute(&mut administrator).await.unwrap();
    let error = tx.perform(None, &[Effect::OpenCase(case(1, 1))], &composer(), at(0)).await.unwrap_err();
    assert_eq!(error.kind, ErrorKind::Unavailable, "{error}");
    drop(tx);
    let mut tx = fresh.store.begin().await.unwrap();
    let mail = put(&mut tx, &message("m1"), None).await;
    tx.commit().await.unwrap();
    assert_eq!(fresh.store.mails(Disposition::Routine).await.unwrap().len(), 1);
    assert!(fresh.store.mail(mail).await.unwrap().is_some());
}

#[tokio::test]
async fn a_new_file_and_its_folder_are_for_their_user_alone() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("inner/pairdesk.db");
    let store = Store::open(&format!("sqlite:{}", file.display())).await.unwrap();
    perform(&store, &[Effect::OpenCase(case(1, 1))]).await;
    for (path, mode) in [("inner", 0o700), ("inner/pairdesk.db", 0o600), ("inner/pairdesk.db-wal", 0o600)] {
        let found = std::fs::metadata(folder.path().join(path)).unwrap().permissions().mode() & 0o777;
        assert_eq!(found, mode, "{path}: {found:o}");
    }
}

#[tokio::test]
async fn a_store_that_cannot_be_opened_says_what_to_do() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("file"), "").unwrap();
    std::fs::write(folder.path().join("text.db"), "this is no database, but a text".repeat(99)).unwrap();
    let at = |path: &str| format!("sqlite:{}", folder.path().join(path).display());
    let nowhere = format!("postgres:///none?host={}&user=nobody&password=hush", folder.path().display());
    for (url, words) in [
        ("mysql://localhost/x", "expected \"sqlite:PATH\" or \"postgres://...\""),
        ("sqlite::memory:", "names no file"),
        (at("file/x.db").as_str(), "the folder must be writable"),
        (at("text.db").as_str(), "not a database"),
        (nowhere.as_str(), "check that PostgreSQL runs"),
    ] {
        let error = Store::open(url).await.unwrap_err().to_string();
        assert!(error.contains(words), "{url}: {error}");
        assert!(!error.contains("hush"), "{error}");
    }
}

/// A column: table, name, type in PostgreSQL's words, whether it may be NULL.
type Described = (String, String, String, bool);

#[tokio::test]
async fn both_kinds_of_migrations_make_the_same_tables_columns_and_indexes() {
    let (lite, pg) = (Fresh::sqlite().await, Fresh::postgres().await);
    let mut lite = SqliteConnection::connect(&lite.url).await.unwrap();
    let mut pg = PgConnection::connect(&pg.url).await.unwrap();

    let sql = "SELECT t.name, c.name, lower(c.type), c.\"notnull\" = 0 AND c.pk = 0
        FROM sqlite_master t JOIN pragma_table_info(t.name) c
        WHERE t.type = 'table' AND t.name NOT LIKE 'sqlite_%' AND t.name NOT LIKE '_sqlx%' ORDER BY 1, 2";
    let of_lite: Vec<Described> = sqlx::query(sql)
        .fetch_all(&mut lite)
        .await
        .unwrap()
        .iter()
        .map(|row| {
            let kind: String = row.get(2);
            let kind = kind.replace("integer", "bigint").replace("blob", "bytea");
            (row.get(0), row.get(1), kind, row.get(3))
        })
        .collect();
    let sql = "SELECT table_name::text, column_name::text, data_type::text, is_nullable = 'YES'
        FROM information_schema.columns WHERE table_schema = 'public' AND table_name NOT LIKE '\\_sqlx%'
        ORDER BY table_name COLLATE \"C\", column_name COLLATE \"C\"";
    let rows = sqlx::query(sql).fetch_all(&mut pg).await.unwrap();
    let of_pg: Vec<Described> =
        rows.iter().map(|row| (row.get(0), row.get(1), row.get(2), row.get(3))).collect();
    assert_eq!(of_lite, of_pg);
    assert!(of_lite.len() > 90, "{} columns", of_lite.len());

    let words = |sql: String| sql.split_once('(').unwrap().1.replace('"', "").replace("::text", "");
    let sql = "SELECT name, sql FROM sqlite_master WHERE type = 'index' AND sql IS NOT NULL ORDER BY 1";
    let rows = sqlx::query(sql).fetch_all(&mut lite).await.unwrap();
    let of_lite: Vec<(String, String)> = rows.iter().map(|row| (row.get(0), words(row.get(1)))).collect();
    let sql = "SELECT indexname::text, indexdef FROM pg_indexes WHERE schemaname = 'public'
        AND indexname NOT LIKE '%\\_key' AND indexname NOT LIKE '%\\_pkey' ORDER BY indexname COLLATE \"C\"";
    let rows = sqlx::query(sql).fetch_all(&mut pg).await.unwrap();
    let of_pg: Vec<(String, String)> = rows.iter().map(|row| (row.get(0), words(row.get(1)))).collect();
    assert_eq!(of_lite, of_pg);
    assert!(of_lite.len() > 10, "{} indexes", of_lite.len());
}
