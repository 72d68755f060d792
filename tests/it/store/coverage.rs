//! Who is away, which addresses were matched by reply, and accounts that are handed over.

use super::*;
use pairdesk::directory::absence::{Absence, LearntFrom};
use pairdesk::directory::{Firm, Who};
use pairdesk::effect::Match;

fn composer() -> Composer {
    Composer::new(House::of(&Firm { address: "service@firm.example".to_owned(), ..Firm::default() }))
}

fn absence(from: &str, until: &str, learnt_from: LearntFrom) -> Absence {
    Absence {
        person: "olga@firm.example".to_owned(),
        from: from.parse().unwrap(),
        until: until.parse().unwrap(),
        learnt_from,
    }
}

async fn perform(store: &Store, effect: Effect) {
    let mut tx = store.begin().await.unwrap();
    tx.perform(None, &[effect], &composer(), at(0)).await.unwrap();
    tx.commit().await.unwrap();
}

async fn days(store: &Store) -> Vec<(String, String, &'static str)> {
    let directory = store.directory(Firm::default()).await.unwrap();
    let words =
        |absence: &Absence| (absence.from.to_string(), absence.until.to_string(), absence.learnt_from.key());
    directory.absences().iter().map(words).collect()
}

fn expected(days: &[(&str, &str, &'static str)]) -> Vec<(String, String, &'static str)> {
    days.iter().map(|(from, until, key)| ((*from).to_owned(), (*until).to_owned(), *key)).collect()
}

pub async fn what_is_learnt_of_an_absence_is_known_to_the_directory(fresh: Fresh) {
    let store = &fresh.store;
    let version = store.directory_version().await.unwrap();
    perform(store, Effect::Absent(absence("2026-12-21", "2026-12-23", LearntFrom::Guess))).await;
    assert!(store.directory_version().await.unwrap() > version, "a directory that was loaded is out of date");
    perform(store, Effect::Absent(absence("2026-12-22", "2027-01-03", LearntFrom::Reply))).await;
    assert_eq!(days(store).await, expected(&[("2026-12-21", "2027-01-03", "reply")]));
    let version = store.directory_version().await.unwrap();
    perform(store, Effect::Absent(absence("2026-12-23", "2026-12-27", LearntFrom::Guess))).await;
    assert_eq!(store.directory_version().await.unwrap(), version, "nothing new was learnt");
    let day = "2026-12-28".parse().unwrap();
    perform(store, Effect::Back { person: "olga@firm.example".to_owned(), day }).await;
    assert_eq!(
        days(store).await,
        expected(&[("2026-12-21", "2026-12-27", "reply"), ("2026-12-28", "2027-01-03", "back")])
    );
}

pub async fn absences_of_the_file_are_replaced_and_others_stay(fresh: Fresh) {
    let store = &fresh.store;
    perform(store, Effect::Absent(absence("2026-12-01", "2026-12-02", LearntFrom::Command))).await;
    let import = async |absences: &[Absence]| {
        let mut tx = store.begin().await.unwrap();
        let changed = tx.replace_absences(absences).await.unwrap();
        tx.commit().await.unwrap();
        changed
    };
    let summer = absence("2027-07-01", "2027-07-14", LearntFrom::File);
    let winter = absence("2027-12-20", "2027-12-31", LearntFrom::File);
    assert!(import(&[summer.clone(), winter.clone()]).await);
    assert!(!import(&[summer, winter.clone()]).await, "the same file changes nothing");
    assert!(import(&[winter]).await);
    assert_eq!(
        days(store).await,
        expected(&[("2026-12-01", "2026-12-02", "command"), ("2027-12-20", "2027-12-31", "file")])
    );
}

pub async fn an_address_matched_by_reply_outlives_an_import_of_the_accounts(fresh: Fresh) {
    let store = &fresh.store;
    let import = async |accounts: &[Account]| {
        let mut tx = store.begin().await.unwrap();
        let changed = tx.replace_accounts(accounts).await.unwrap();
        tx.commit().await.unwrap();
        changed
    };
    let whose = async |address: &str| {
        let directory = store.directory(Firm::default()).await.unwrap();
        match directory.who(address) {
            Who::Client(account) => Some(account.key.clone()),
            _ => None,
        }
    };
    let beta = Account { key: "beta".to_owned(), name: "Beta".to_owned(), ..Account::default() };
    let file = [acme(), beta.clone()];
    import(&file).await;
    let found = Match {
        mail: 17,
        address: "ann@gmail.com".to_owned(),
        account: "acme".to_owned(),
        who: "Mia <mia@firm.example>".to_owned(),
        line: 0,
    };
    perform(store, Effect::Match(found)).await;
    assert_eq!(whose("ann@gmail.com").await.as_deref(), Some("acme"));
    assert_eq!(whose("bob@gmail.com").await, None, "the address alone, and not its domain");
    assert!(!import(&file).await, "the same file changes nothing");
    let renamed = Account { name: "Acme BV".to_owned(), ..acme() };
    assert!(import(&[renamed.clone(), beta.clone()]).await);
    assert_eq!(whose("ann@gmail.com").await.as_deref(), Some("acme"));
    assert_eq!(store.matched_addresses().await.unwrap().len(), 1);

    // What the file itself says goes before.
    let claimed = Account { addresses: vec!["ann@gmail.com".to_owned()], ..beta };
    import(&[renamed.clone(), claimed]).await;
    assert_eq!(whose("ann@gmail.com").await.as_deref(), Some("beta"));
    assert_eq!(store.matched_addresses().await.unwrap(), []);
}

pub async fn handing_over_changes_the_people_alone(fresh: Fresh) {
    let store = &fresh.store;
    let mut tx = store.begin().await.unwrap();
    tx.replace_accounts(&[acme()]).await.unwrap();
    tx.commit().await.unwrap();
    let new = Address { name: "Nora".to_owned(), address: "nora@firm.example".to_owned() };
    let after = Account { operations: Some(new.clone()), sales_deputy: Some(new), ..acme() };
    let version = store.directory_version().await.unwrap();
    let mut tx = store.begin().await.unwrap();
    tx.replace_people(std::slice::from_ref(&after)).await.unwrap();
    tx.commit().await.unwrap();
    assert_eq!(store.accounts().await.unwrap(), std::slice::from_ref(&after));
    assert!(store.directory_version().await.unwrap() > version);
    let mut tx = store.begin().await.unwrap();
    let gone = Account { key: "gone".to_owned(), ..after };
    assert!(tx.replace_people(&[gone]).await.unwrap_err().to_string().contains("no account gone"));
}
