//! How fast a mailbox is taken in, beside a plain download of it, mbsync and a helpdesk.

use std::time::Duration;

use crate::dovecot::Dovecot;
use crate::figures::{Measured, rate, short, table};
use crate::{mails, peers, place, postgres, setting};

const USER: &str = "service@fjord.example";
/// Rounds in which the helpdesk takes part, and how many of the mails it gets: it would take minutes with all.
const HELPDESK_ROUNDS: usize = 2;
const HELPDESK_MAILS: usize = 200;
/// How many of the stored mails are read in a round, and in how many rounds: the model takes its time.
const READ: usize = 64;
const READ_ROUNDS: usize = 3;

pub fn measure() {
    let (rounds, count) = (setting("PAIRDESK_BENCH_ROUNDS", 5), setting("PAIRDESK_BENCH_MAILS", 2000));
    let mails = mails::mails(7, count, USER);
    let bytes: usize = mails.iter().map(Vec::len).sum();
    #[expect(clippy::cast_precision_loss, reason = "megabytes")]
    let megabytes = bytes as f64 / 1e6;
    println!(
        "Intake: {count} mails ({megabytes:.1} MB) of {} clients from a Dovecot on loopback; medians of {rounds} rounds, in each \
         of which all run one after the other",
        mails::CLIENTS
    );
    let dovecot = Dovecot::start();
    place::put(&dovecot, USER, &mails);
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let port = dovecot.imap;
    let mbsync = peers::mbsync_version();
    let helpdesk = peers::helpdesk();

    let mut download = Measured::new("plain download by Pairdesk's own IMAP, nothing stored");
    let mut stored =
        ["SQLite", "PostgreSQL"].map(|store| Measured::new(format!("Pairdesk, {store}: stored durably")));
    let mut read = ["SQLite", "PostgreSQL"]
        .map(|store| Measured::new(format!("Pairdesk, {store}: then read and decided")));
    let mut copies = [("FSync no", false), ("by default (fsync)", true)]
        .map(|(name, fsync)| (Measured::new(format!("mbsync, {name}")), fsync));
    let mut tickets = Measured::new("django-helpdesk get_email, SQLite");
    let mut sizes = [0, 0];
    for round in 0..rounds {
        let urls = ["sqlite:pairdesk.db".to_owned(), postgres::fresh_database()];
        for (at, url) in urls.iter().enumerate() {
            let program = place::program(url, USER, port, 2525);
            runtime.block_on(async {
                let (desk, mut session) = place::desk(&program, USER).await;
                if at == 0 {
                    download.rounds.push(checked(count, place::download(&desk, &mut session).await));
                }
                let before = place::size(url, &program).await;
                let mut session = place::session(&program, &desk);
                stored[at].rounds.push(checked(count, place::store(&desk, &mut session).await));
                if (1..=READ_ROUNDS).contains(&round) {
                    let (done, took) = place::read(&desk, READ).await;
                    read[at].rounds.push(rate(done, took));
                }
                desk.store.close().await;
                if round == 0 {
                    sizes[at] = place::size(url, &program).await.saturating_sub(before);
                }
            });
        }
        postgres::drop_database(&urls[1]);
        if mbsync.is_some() {
            for (copy, fsync) in &mut copies {
                copy.rounds.push(checked(count, peers::mbsync(port, USER, *fsync)));
            }
        }
        if let Some((python, _)) = helpdesk.as_ref().filter(|_| round < HELPDESK_ROUNDS) {
            // It deletes what it has fetched.
            let user = format!("helpdesk{round}@fjord.example");
            let some = &mails[..HELPDESK_MAILS.min(mails.len())];
            place::put(&dovecot, &user, some);
            let (done, took) = peers::get_email(python, port, &user);
            assert!(done * 10 >= some.len() * 8, "get_email took {done} of {} mails", some.len());
            tickets.rounds.push(rate(done, took));
        }
    }

    let mut rows = vec![["", "mails/s", "SQLite is", "PostgreSQL is"].map(str::to_owned).to_vec()];
    let figure = |one: &Measured| vec![one.name.clone(), short(one.median())];
    let beside = |other: &Measured| {
        let times = stored.each_ref().map(|own| format!("{} times as fast", short(own.times(other))));
        figure(other).into_iter().chain(times).collect::<Vec<_>>()
    };
    rows.extend(stored.iter().map(figure));
    rows.push(beside(&download));
    rows.extend(copies.iter().filter(|(copy, _)| !copy.rounds.is_empty()).map(|(copy, _)| beside(copy)));
    if !tickets.rounds.is_empty() {
        rows.push(beside(&tickets));
    }
    rows.extend(read.iter().map(figure));
    table(&rows);
    for (own, read) in stored.iter().zip(&read) {
        // Both together, one after the other: what the helpdesk's figure holds, too.
        let both = 1.0 / (1.0 / own.median() + 1.0 / read.median());
        let times = if tickets.rounds.is_empty() {
            String::new()
        } else {
            format!(", {} times django-helpdesk", short(both / tickets.median()))
        };
        println!("{}, read and decided: {} mails/s in all{times}", own.name, short(both));
    }
    match &mbsync {
        Some(version) => println!("({version})"),
        None => println!("(mbsync is not installed: {})", peers::MBSYNC),
    }
    match &helpdesk {
        Some((_, version)) => {
            println!(
                "(django-helpdesk {version}, on the first {HELPDESK_MAILS} of the mails, {HELPDESK_ROUNDS} rounds)"
            );
        }
        None => println!("(django-helpdesk is not installed: {})", peers::HELPDESK),
    }
    #[expect(clippy::cast_precision_loss, reason = "kilobytes")]
    let a_mail = |bytes: u64| bytes as f64 / 1e3 / count as f64;
    println!(
        "On disk a mail, stored: {} kB as it came, {} kB in SQLite, {} kB in PostgreSQL",
        short(a_mail(bytes as u64)),
        short(a_mail(sizes[0])),
        short(a_mail(sizes[1]))
    );
}

/// The rate of a run that took in all mails.
fn checked(count: usize, (done, took): (usize, Duration)) -> f64 {
    assert_eq!(done, count, "mails taken in");
    rate(done, took)
}
