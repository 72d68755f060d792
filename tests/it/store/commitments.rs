//! What owners have promised clients.

use super::*;
use pairdesk::effect::Commitment;
use pairdesk::schedule::Promise;

pub async fn promises_come_back_while_their_day_is_near_and_their_case_unfinished(fresh: Fresh) {
    let store = &fresh.store;
    let mut tx = store.begin().await.unwrap();
    let mail = put(&mut tx, &message("m1"), None).await;
    let today = at(0).to_zoned(jiff::tz::TimeZone::UTC).date();
    let promise = |case, days: i64| Commitment {
        account: "acme".to_owned(),
        case,
        by: "kim@fjord.example".to_owned(),
        words: "You will have it.".to_owned(),
        due: Some(today + SignedDuration::from_hours(24 * days)),
        at: at(0),
    };
    let made =
        [promise(Some(1), 2), promise(None, 1), promise(None, 20), promise(None, -20), promise(Some(2), 1)];
    let mut effects = vec![Effect::OpenCase(case(1, mail)), Effect::OpenCase(case(2, mail))];
    effects.extend(made.iter().cloned().map(Effect::Committed));
    effects.push(Effect::Committed(Commitment { due: None, ..promise(None, 0) }));
    effects.push(Effect::ChangeCase(Case { state: State::Resolved, ..case(2, mail) }));
    tx.perform(Some(mail), &effects, &composer(), at(0)).await.unwrap();
    tx.commit().await.unwrap();

    let pending = async || store.agenda(&[], at(1)).await.unwrap().promises;
    let found = pending().await;
    let said: Vec<Commitment> = found.iter().map(|promise| promise.made.clone()).collect();
    assert_eq!(said, [made[1].clone(), made[0].clone()], "the next first");
    assert!(found.iter().all(|promise| promise.called_at.is_none()));

    let number = found[0].number;
    for second in [5, 9] {
        perform(store, &[Effect::CalledIn { commitment: number, at: at(second) }]).await;
    }
    let called: Vec<Promise> = pending().await;
    assert_eq!(called[0].called_at, Some(at(5)), "the first reminder counts");
    assert_eq!(called[1].called_at, None);
}
