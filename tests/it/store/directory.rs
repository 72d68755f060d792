//! The accounts: imported as a whole.

use super::*;
use pairdesk::directory::{Firm, ScopeLine, Who};
use pairdesk::store::ErrorKind;

fn accounts() -> Vec<Account> {
    let named = |name: &str, mail: &str| Some(Address { name: name.to_owned(), address: mail.to_owned() });
    let zenith = Account {
        key: "zenith".to_owned(),
        name: "Zenith AG".to_owned(),
        domains: vec!["zenith.example".to_owned(), "a-zenith.example".to_owned()],
        addresses: vec!["zed@mail.example".to_owned()],
        sales: named("Sam", "sam@firm.example"),
        operations: named("", "olga@firm.example"),
        sales_deputy: named("Sue", "sue@firm.example"),
        operations_deputy: named("Otto", "otto@firm.example"),
        manager: named("Mia", "mia@firm.example"),
        timezone: "Europe/Berlin".to_owned(),
        language: "de".to_owned(),
        tier: "gold".to_owned(),
        scope: vec![
            ScopeLine { included: true, text: "Two landing pages".to_owned() },
            ScopeLine { included: false, text: "Print".to_owned() },
        ],
        hourly_rate: Some(12_000),
        do_not_write: vec!["*".to_owned(), "bob@zenith.example".to_owned()],
        currency: "EUR".to_owned(),
    };
    vec![zenith, acme()]
}

async fn import(store: &Store, accounts: &[Account]) -> bool {
    let mut tx = store.begin().await.unwrap();
    let changed = tx.replace_accounts(accounts).await.unwrap();
    tx.commit().await.unwrap();
    changed
}

pub async fn accounts_come_back_as_they_were_imported(fresh: Fresh) {
    assert!(import(&fresh.store, &accounts()).await);
    assert_eq!(fresh.store.accounts().await.unwrap(), accounts());
    let directory = fresh.store.directory(Firm::default()).await.unwrap();
    assert_eq!(directory.who("x@zenith.example"), Who::Client(&accounts()[0]));
    assert!(import(&fresh.store, &accounts()[1..]).await);
    assert_eq!(fresh.store.accounts().await.unwrap(), accounts()[1..]);
}

pub async fn importing_the_same_again_changes_nothing(fresh: Fresh) {
    assert_eq!(fresh.store.directory_version().await.unwrap(), 0);
    assert!(!import(&fresh.store, &[]).await);
    assert!(import(&fresh.store, &accounts()).await);
    assert!(!import(&fresh.store, &accounts()).await);
    assert_eq!(fresh.store.directory_version().await.unwrap(), 1);
    let mut changed = accounts();
    changed[0].scope.swap(0, 1);
    assert!(import(&fresh.store, &changed).await);
    assert_eq!(fresh.store.directory_version().await.unwrap(), 2);
}

pub async fn an_import_that_fails_leaves_the_accounts_before_it(fresh: Fresh) {
    import(&fresh.store, &accounts()).await;
    let mut twice = accounts();
    twice[1].domains = vec!["zenith.example".to_owned()];
    let mut tx = fresh.store.begin().await.unwrap();
    let error = tx.replace_accounts(&twice).await.unwrap_err();
    assert_eq!(error.kind, ErrorKind::Data);
    assert!(error.to_string().starts_with("importing accounts: "), "{error}");
    drop(tx);
    assert_eq!(fresh.store.accounts().await.unwrap(), accounts());
    assert_eq!(fresh.store.directory_version().await.unwrap(), 1);
}
