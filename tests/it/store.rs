//! The store: every test runs on a fresh SQLite file and on a fresh PostgreSQL database.

pub mod ages;
mod cases;
mod clock;
mod commitments;
mod corrections;
mod coverage;
mod directory;
mod leases;
mod mails;
mod mood;
mod offers;
mod open;
mod outbox;
mod tokens;
pub mod upgrade;
mod waiting;
mod whole;

use jiff::{SignedDuration, Timestamp};
use pairdesk::case::{Case, Entry, Kind, Side, State};
use pairdesk::compose::{Composer, House};
use pairdesk::directory::Account;
use pairdesk::effect::{Content, Digest, Disposition, Effect, Filing, Held, Letter, Received};
use pairdesk::intake::{Known, Sender};
use pairdesk::message::{Address, Arrival, Message, Place};
use pairdesk::store::{Store, Tx, content_hash};
use pairdesk::token::Keys;
use sqlx::{Connection, PgConnection, SqliteConnection};
use tempfile::TempDir;

use crate::harness::postgres;

/// An empty store of one kind.
struct Fresh {
    store: Store,
    url: String,
    _folder: Option<TempDir>,
}

impl Fresh {
    async fn sqlite() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let url = format!("sqlite:{}", folder.path().join("deep/pairdesk.db").display());
        Self { store: Store::open(&url).await.unwrap(), url, _folder: Some(folder) }
    }

    async fn postgres() -> Self {
        let url = postgres::fresh_database();
        Self { store: Store::open(&url).await.unwrap(), url, _folder: None }
    }
}

/// Runs each test function once a kind of database.
macro_rules! on_both_databases {
    ($($module:ident: $($name:ident),+;)+) => {
        mod sqlite {
            $($(#[tokio::test(flavor = "multi_thread")]
            async fn $name() {
                super::$module::$name(super::Fresh::sqlite().await).await;
            })+)+
        }
        mod postgresql {
            $($(#[tokio::test(flavor = "multi_thread")]
            async fn $name() {
                super::$module::$name(super::Fresh::postgres().await).await;
            })+)+
        }
    };
}

on_both_databases! {
    mails:
        a_place_is_stored_once,
        a_mail_waits_until_it_is_filed,
        a_mail_that_cannot_be_read_is_kept_as_it_came,
        the_same_content_from_another_place_is_a_duplicate,
        a_reply_joins_what_it_answers,
        the_newest_known_reference_joins,
        an_answer_to_our_own_mail_joins_its_case,
        answers_to_a_mail_that_never_came_join_each_other,
        a_mail_that_comes_after_its_answer_joins_it_and_is_known_as_answered,
        a_subject_joins_replies_of_one_account_within_thirty_days,
        what_is_known_counts_complaints_and_acknowledgements,
        a_conversation_shows_its_last_three_mails,
        what_a_mail_was_found_to_say_comes_back,
        nul_is_left_out_and_long_words_are_clipped,
        only_unknown_maildir_names_come_back,
        a_mail_that_was_set_aside_without_bytes_makes_way_for_itself,
        the_ends_of_a_writers_last_five_mails_come_back;
    whole:
        a_case_comes_back_as_it_was_written,
        every_effect_is_carried_out,
        a_transaction_that_is_dropped_leaves_nothing,
        a_failed_statement_spoils_the_commit,
        a_failed_mail_is_undone_and_those_before_it_stay,
        writers_are_one_after_the_other,
        a_reader_sees_only_what_is_committed,
        the_agenda_reaches_back_to_the_oldest_last_digest,
        the_status_shows_how_everything_stands;
    outbox:
        only_due_mails_are_claimed_the_oldest_first,
        a_claim_counts_the_attempt_before_it_is_made,
        an_interrupted_mail_is_sent_again_with_the_same_bytes,
        a_postponed_mail_has_used_no_attempt,
        giving_up_is_written_into_the_history,
        a_retry_by_hand_makes_due_what_waits_or_was_given_up,
        sent_mails_are_counted_by_recipient;
    directory:
        accounts_come_back_as_they_were_imported,
        importing_the_same_again_changes_nothing,
        an_import_that_fails_leaves_the_accounts_before_it;
    coverage:
        what_is_learnt_of_an_absence_is_known_to_the_directory,
        absences_of_the_file_are_replaced_and_others_stay,
        an_address_matched_by_reply_outlives_an_import_of_the_accounts,
        handing_over_changes_the_people_alone;
    cases:
        a_reply_is_known_its_cases_with_their_drafts_mails_and_history,
        a_draft_that_is_released_goes_out_dated_by_that_moment_and_one_that_is_withdrawn_does_not,
        a_waiting_case_comes_back_when_its_time_has_come,
        a_correction_said_in_a_mail_is_kept_with_it,
        a_client_waits_until_somebody_has_written_to_them_or_a_draft_lies_there,
        a_client_counts_as_asked_once_the_question_is_on_its_way_and_silence_is_counted_from_the_last_word,
        a_mail_that_was_refused_in_part_counts_as_taken,
        a_populated_store_of_the_version_before_keeps_its_cases;
    clock:
        what_is_overdue_brings_one_mail_a_step_and_one_after_a_week_of_downtime;
    corrections:
        the_newest_word_on_a_mail_counts,
        a_correction_is_used_with_the_present_models_reading_alone,
        a_populated_store_of_the_version_before_gets_the_tables_of_corrections;
    mood:
        what_moves_the_mood_is_read_by_account_and_corrections_take_the_place_of_findings,
        a_week_is_read_with_its_promises_what_was_put_right_and_what_was_not_sent;
    tokens:
        the_first_key_is_made_once_and_outlives_a_restart,
        an_older_key_reads_until_its_last_tokens_have_expired,
        a_refusal_is_recorded_counted_and_listed_since,
        a_mail_of_the_same_identifier_was_taken_before_unless_it_was_refused;
    waiting:
        a_mail_that_was_kept_by_a_daemon_that_is_gone_is_read_by_the_next,
        readers_beside_each_other_read_each_mail_once,
        of_two_copies_that_wait_together_the_second_is_the_duplicate,
        what_a_folder_held_before_it_was_read_stays_backlog_until_it_is_read,
        a_mail_that_the_store_refuses_is_set_aside_and_asked_for_again,
        a_mail_without_bytes_makes_way_also_while_it_waits,
        every_mail_comes_back_as_it_came_and_an_attachment_is_kept_once,
        damaged_bytes_are_said_to_be_so_and_stop_no_other_mail;
    commitments:
        promises_come_back_while_their_day_is_near_and_their_case_unfinished;
    offers:
        an_offer_comes_back_as_it_was_written,
        an_offers_draft_waits_when_others_are_withdrawn_until_it_is_withdrawn_itself;
    open:
        a_populated_store_opens_again_with_everything_in_it,
        two_processes_may_open_a_new_store_at_once,
        a_store_of_a_newer_version_is_left_alone;
}

/// So many seconds into the tests.
pub fn at(seconds: i64) -> Timestamp {
    Timestamp::from_second(1_790_000_000 + seconds).unwrap()
}

fn days(days: i64) -> SignedDuration {
    SignedDuration::from_hours(24 * days)
}

fn address(address: &str) -> Address {
    Address { name: String::new(), address: address.to_owned() }
}

fn arrival(key: &str, raw: &[u8]) -> Arrival {
    Arrival {
        place: Place { mailbox: "service/INBOX".to_owned(), validity: 7, key: key.to_owned() },
        raw: raw.to_vec(),
        full_size: raw.len() as u64,
        received_at: Some(at(0)),
        sent_folder: false,
    }
}

/// A mail of Acme's Ann with this Message-ID.
fn message(id: &str) -> Message {
    Message {
        message_id: Some(id.to_owned()),
        subject: "The feed".to_owned(),
        base_subject: "The feed".to_owned(),
        from: Some(address("ann@acme.example")),
        reply: format!("It is down, says {id}."),
        ..Message::default()
    }
}

fn reply(id: &str, to: &str) -> Message {
    Message { in_reply_to: vec![to.to_owned()], ..message(id) }
}

fn stranger() -> Sender<'static> {
    Sender { writer: None, account: None, manager: None, forwarded: false }
}

fn client(account: &Account) -> Sender<'_> {
    Sender {
        writer: Some(address("ann@acme.example")),
        account: Some(account),
        manager: None,
        forwarded: false,
    }
}

fn acme() -> Account {
    let domains = vec!["acme.example".to_owned()];
    Account { key: "acme".to_owned(), name: "Acme".to_owned(), domains, ..Account::default() }
}

fn composer() -> Composer {
    Composer::new(House {
        name: "Firm".to_owned(),
        address: "service@firm.example".to_owned(),
        id_domain: "firm.example".to_owned(),
        keys: Keys::default(),
        subaddress: true,
    })
}

fn filing(disposition: Disposition, conversation: Option<i64>) -> Effect {
    Effect::File(Filing {
        disposition,
        reason: "a test says so".to_owned(),
        account: Some("acme".to_owned()),
        conversation,
        writer: Some(address("ann@acme.example")),
    })
}

fn case(number: i64, conversation: i64) -> Case {
    Case {
        number,
        account: "acme".to_owned(),
        conversation,
        kind: Kind::Complaint,
        severity: 2,
        probability: 0.875,
        please_check: false,
        lead: Side::Operations,
        state: State::Open,
        subject: "The feed".to_owned(),
        evidence: "It is down.".to_owned(),
        client: "Ann <ann@acme.example>".to_owned(),
        opened_at: at(0),
        changed_at: at(0),
        answered_at: None,
        told_at: None,
        alerted_at: None,
        wakes_at: None,
        lead_person: None,
        taken_by: None,
        clock: pairdesk::case::CaseClock::default(),
    }
}

fn entry(what: &str, seconds: i64) -> Entry {
    Entry { at: at(seconds), who: "Pairdesk".to_owned(), what: what.to_owned(), why: "a test".to_owned() }
}

fn letter(id: &str, to: &str, case: Option<i64>, content: Content) -> Letter {
    Letter { id: id.to_owned(), to: address(to), case, references: Vec::new(), at: at(0), content }
}

fn received() -> Content {
    Content::Received(Received {
        language: "en".to_owned(),
        complaint: true,
        client_name: "Ann".to_owned(),
        subject: "The feed".to_owned(),
        owners: vec!["Olga".to_owned()],
    })
}

fn held() -> Content {
    Content::Held(Held {
        recipient: Some("ann@acme.example".to_owned()),
        limit: "20 an hour".to_owned(),
        waiting: 3,
    })
}

fn empty_digest() -> Content {
    Content::Digest(Digest { timezone: "UTC".to_owned(), ..Digest::default() })
}

/// Stores a mail under its Message-ID as its UID, and files it as routine.
async fn put(tx: &mut Tx, message: &Message, conversation: Option<i64>) -> i64 {
    let key = message.message_id.clone().unwrap();
    let mail = put_unfiled(tx, &arrival(&key, key.as_bytes()), message).await;
    tx.perform(Some(mail), &[filing(Disposition::Routine, conversation)], &composer(), at(0)).await.unwrap();
    mail
}

async fn put_unfiled(tx: &mut Tx, arrival: &Arrival, message: &Message) -> i64 {
    let hash = content_hash(&arrival.raw);
    tx.put_mail(arrival, message, &hash, at(0)).await.unwrap().expect("the place is new")
}

/// Stores a mail and asks what bears on it.
async fn known(tx: &mut Tx, message: &Message, sender: &Sender<'_>) -> Known {
    let key = message.message_id.clone().unwrap();
    let mail = put_unfiled(tx, &arrival(&key, key.as_bytes()), message).await;
    tx.known(mail, message, sender, at(0)).await.unwrap()
}

/// The conversation that a mail joins, and by what.
async fn joins(tx: &mut Tx, message: &Message, sender: &Sender<'_>) -> Option<(i64, String)> {
    let conversation = known(tx, message, sender).await.conversation?;
    Some((conversation.id, conversation.joined_by))
}

/// Carries effects out in a transaction of their own, without a mail.
async fn perform(store: &Store, effects: &[Effect]) {
    let mut tx = store.begin().await.unwrap();
    tx.perform(None, effects, &composer(), at(0)).await.unwrap();
    tx.commit().await.unwrap();
}

/// Undoes by hand what the steps from the fifth on did, and then this, as if the steps from `version` on had never been taken.
async fn taken_back_to(url: &str, version: i64, older: &'static [&'static str]) {
    const FROM_THE_FIFTH: &[&str] = &[
        "DROP TABLE erasure_key",
        "DROP TABLE erased_mail",
        "DROP TABLE retention",
        "DROP TABLE retention_held",
        "DROP INDEX cases_texts",
        "ALTER TABLE cases DROP COLUMN texts_gone",
        "DROP TABLE oauth_token",
        "DROP TABLE oauth_told",
        "DROP TABLE lease",
        "DROP TABLE daemon",
        "ALTER TABLE outbox DROP COLUMN claimed_by",
        "DROP TABLE mail_chunk",
        "DROP TABLE chunk",
        "ALTER TABLE mail_raw DROP COLUMN packing",
        "ALTER TABLE mail DROP COLUMN backlog",
        "DROP TABLE gathered",
        "DROP INDEX mail_said",
        "DROP INDEX cases_told",
        "DROP INDEX cases_watched",
        "DROP TABLE commitment",
        "DROP TABLE weekly",
        "DROP TABLE mailbox_tally",
        "ALTER TABLE account DROP COLUMN do_not_write",
        "ALTER TABLE cases DROP COLUMN resolved_at",
        "ALTER TABLE cases DROP COLUMN reopened",
        "ALTER TABLE cases DROP COLUMN thanked",
        "ALTER TABLE cases DROP COLUMN still_working",
        "ALTER TABLE cases DROP COLUMN still_working_at",
        "ALTER TABLE cases DROP COLUMN watched_until",
        "ALTER TABLE cases DROP COLUMN again_at",
        "ALTER TABLE cases DROP COLUMN reminded_of",
        "ALTER TABLE cases DROP COLUMN reminded_step",
        "ALTER TABLE cases DROP COLUMN reminded_at",
        "ALTER TABLE cases DROP COLUMN quiet",
        "ALTER TABLE cases DROP COLUMN held_at",
        "ALTER TABLE cases DROP COLUMN called_in_at",
        "ALTER TABLE cases DROP COLUMN taken_at",
        "ALTER TABLE cases DROP COLUMN wakes_at",
        "ALTER TABLE cases DROP COLUMN lead_name",
        "ALTER TABLE cases DROP COLUMN lead_address",
        "ALTER TABLE cases DROP COLUMN taken_by_name",
        "ALTER TABLE cases DROP COLUMN taken_by_address",
        "ALTER TABLE outbox DROP COLUMN released_at",
        "DROP TABLE meeting_guest",
        "DROP TABLE meeting",
        "DROP TABLE matched_address",
        "DROP TABLE absence",
        "DROP TABLE offer",
    ];
    let forget = format!("DELETE FROM _sqlx_migrations WHERE version >= {version}");
    let statements = FROM_THE_FIFTH.iter().chain(older).map(ToString::to_string).chain([forget]);
    for sql in statements.map(sqlx::AssertSqlSafe) {
        if url.starts_with("sqlite") {
            let mut connection = SqliteConnection::connect(url).await.unwrap();
            sqlx::query(sql).execute(&mut connection).await.unwrap();
        } else {
            let mut connection = PgConnection::connect(url).await.unwrap();
            sqlx::query(sql).execute(&mut connection).await.unwrap();
        }
    }
}
