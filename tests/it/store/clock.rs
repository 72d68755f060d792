//! What is overdue, from the store to the outbox.

use std::sync::Arc;

use super::*;
use pairdesk::case::Event;
use pairdesk::clock::{Clock, SetClock};
use pairdesk::directory::Firm;
use pairdesk::intake::{Alerted, Policy};
use pairdesk::message::ReadOptions;
use pairdesk::store::OutboxState;
use pairdesk::worker::{Desk, tick};

fn person(name: &str) -> Address {
    Address { name: name.to_owned(), address: format!("{}@firm.example", name.to_lowercase()) }
}

/// A desk whose clock is set by hand: Kim sells and Lee delivers for Acme, Mona manages, all in UTC.
pub(super) async fn desk(fresh: &Fresh) -> (Desk, Arc<SetClock>) {
    let firm = Firm {
        name: "Firm".to_owned(),
        address: "service@firm.example".to_owned(),
        manager: Some(person("Mona")),
        timezone: "UTC".to_owned(),
        ..Firm::default()
    };
    let account = Account { sales: Some(person("Kim")), operations: Some(person("Lee")), ..acme() };
    let mut tx = fresh.store.begin().await.unwrap();
    tx.replace_accounts(&[account]).await.unwrap();
    tx.commit().await.unwrap();
    let clock = Arc::new(SetClock::new(at(0)));
    let time = Clock::Set(Arc::clone(&clock));
    let desk =
        Desk::new(fresh.store.clone(), composer(), firm, Policy::default(), ReadOptions::default(), time);
    (desk, clock)
}

/// The notices and alerts that wait to be sent, oldest first.
async fn reminders(desk: &Desk) -> Vec<String> {
    tick::step(desk, &desk.policy.hours).await.unwrap();
    let waiting = desk.store.outgoing(OutboxState::Pending).await.unwrap();
    let mails = waiting.iter().filter(|line| line.sort == "notice" || line.sort == "alert");
    mails.map(|line| format!("{} to {}", line.sort, line.to)).collect()
}

pub async fn what_is_overdue_brings_one_mail_a_step_and_one_after_a_week_of_downtime(fresh: Fresh) {
    let (desk, clock) = desk(&fresh).await;
    let mut tx = fresh.store.begin().await.unwrap();
    let mail = put(&mut tx, &message("m1"), None).await;
    // A clear complaint of a Monday afternoon.
    let opened = [Effect::OpenCase(case(1, mail)), Effect::Record { case: 1, entry: entry("opened", 0) }];
    tx.perform(Some(mail), &opened, &composer(), at(0)).await.unwrap();
    tx.commit().await.unwrap();
    clock.set(at(3600));
    assert_eq!(reminders(&desk).await, Vec::<String>::new());
    clock.set(at(0) + days(1));
    let first = ["notice to lee@firm.example"];
    assert_eq!(reminders(&desk).await, first);
    assert_eq!(reminders(&desk).await, first, "once");
    clock.set(at(0) + days(8));
    let second = ["notice to lee@firm.example", "alert to mona@firm.example"];
    assert_eq!(reminders(&desk).await, second, "the step that is reached by then, and no other");
    clock.set(at(0) + days(9));
    assert_eq!(reminders(&desk).await, second);

    let mut tx = fresh.store.begin().await.unwrap();
    let pending = tx.pending(desk.clock.now()).await.unwrap();
    let said = pending.history[&1].iter().map(|entry| entry.what.as_str());
    // A word to the client is another room's.
    let said: Vec<_> = said.filter(|what| !what.contains("client")).collect();
    assert_eq!(said, ["opened", "reminded Lee", "alerted Mona"]);
    assert_eq!(pending.alerts.get("mona@firm.example"), Some(&1));
    let alerted = Alerted { case: 1, account: "acme".to_owned(), gravity: 2, at: at(0) + days(8) };
    assert_eq!(pending.alerted, std::slice::from_ref(&alerted));
    let acme = acme();
    let known = known(&mut tx, &message("m2"), &client(&acme)).await;
    assert_eq!(known.alerted, [alerted]);
    assert_eq!((known.recent_mild, known.recent_complaints), (0, 1));

    let mut answered = pending.cases[0].clone();
    answered.undergo(Event::OwnerWrote, desk.clock.now());
    let mild = Case { severity: 1, state: State::Closed, ..case(2, mail) };
    let effects = [Effect::ChangeCase(answered.clone()), Effect::OpenCase(mild)];
    tx.perform(None, &effects, &composer(), desk.clock.now()).await.unwrap();
    let known = super::known(&mut tx, &message("m3"), &client(&acme)).await;
    assert_eq!((known.recent_mild, known.recent_complaints), (1, 1));
    tx.commit().await.unwrap();
    let kept = fresh.store.case_detail(1).await.unwrap().unwrap().case;
    assert_eq!(kept, answered, "what the clock has done comes back");
    // Five working days after the answer it is not settled, and again nobody looked for long.
    assert_eq!(reminders(&desk).await, second);
    clock.set(at(0) + days(17));
    assert_eq!(reminders(&desk).await, [second[0], second[1], second[1]]);
}
