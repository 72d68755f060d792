//! The accounts: replaced as a whole by an import, loaded as a whole into a directory.

use std::collections::HashMap;

use super::error::StoreError;
use super::mail::address;
use super::session::{Row, Session, Value};
use super::{Store, Tx, absence, matched};
use crate::directory::{Account, Directory, Firm, ScopeLine, keep_matched};

impl Tx {
    /// Puts these accounts of a file in the place of all that there are; addresses that were matched by reply stay.
    /// Says whether that changed anything; when it did not, the directory's version stays.
    pub async fn replace_accounts(&mut self, accounts: &[Account]) -> Result<bool, StoreError> {
        let session = self.doing("importing accounts");
        let mut after = accounts.to_vec();
        keep_matched(&mut after, &matched::load(session).await?);
        if load(session).await? == after {
            return Ok(false);
        }
        session.run("DELETE FROM account", []).await?;
        for (position, account) in (0..).zip(accounts) {
            insert(session, position, account).await?;
        }
        matched::clear(session).await?;
        changed(session).await?;
        Ok(true)
    }

    /// Gives these accounts, which are there, the people that they name here, and leaves the rest of them as it is.
    pub async fn replace_people(&mut self, accounts: &[Account]) -> Result<(), StoreError> {
        let session = self.doing("handing accounts over");
        let sql = "UPDATE account SET sales_name = $2, sales_address = $3, operations_name = $4,
                operations_address = $5, sales_deputy_name = $6, sales_deputy_address = $7,
                operations_deputy_name = $8, operations_deputy_address = $9, manager_name = $10,
                manager_address = $11 WHERE account_key = $1";
        for account in accounts {
            let values = std::iter::once((&account.key).into()).chain(people(account));
            if session.run(sql, values).await? != 1 {
                return Err(session.refuse(format!("there is no account {} any more", account.key)));
            }
        }
        changed(session).await
    }

    /// Everybody who is known, with what this transaction changed.
    pub async fn directory(&mut self, firm: Firm) -> Result<Directory, StoreError> {
        directory(self.doing("loading the accounts"), firm).await
    }
}

/// Notes that a directory that was loaded before is out of date.
pub(super) async fn changed(session: &mut Session) -> Result<(), StoreError> {
    session.run("UPDATE directory_version SET version = version + 1", []).await.map(drop)
}

async fn directory(session: &mut Session, firm: Firm) -> Result<Directory, StoreError> {
    let accounts = load(session).await?;
    Ok(Directory::new(firm, accounts).with_absences(absence::load(session).await?))
}

impl Store {
    /// Everybody who is known.
    pub async fn directory(&self, firm: Firm) -> Result<Directory, StoreError> {
        directory(&mut self.read("loading the accounts").await?, firm).await
    }

    /// All accounts, in the order of the file that they came from.
    pub async fn accounts(&self) -> Result<Vec<Account>, StoreError> {
        load(&mut self.read("loading the accounts").await?).await
    }

    /// Grows with every import that changes something; a directory of an older version must be loaded again.
    pub async fn directory_version(&self) -> Result<i64, StoreError> {
        let mut session = self.read("looking for changed accounts").await?;
        let row = session.row("SELECT version FROM directory_version", []).await?;
        row.map_or(Ok(0), |row| row.get("version"))
    }
}

async fn insert(session: &mut Session, position: i64, account: &Account) -> Result<(), StoreError> {
    let key = &account.key;
    let sql = "INSERT INTO account (account_key, position, name, sales_name, sales_address, operations_name,
            operations_address, sales_deputy_name, sales_deputy_address, operations_deputy_name,
            operations_deputy_address, manager_name, manager_address, timezone, language, tier, hourly_rate, currency,
            do_not_write)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19)";
    let before = [key.into(), position.into(), (&account.name).into()];
    let behind = [
        (&account.timezone).into(),
        (&account.language).into(),
        (&account.tier).into(),
        account.hourly_rate.into(),
        (&account.currency).into(),
        account.do_not_write.join(" ").into(),
    ];
    let values = before.into_iter().chain(people(account)).chain(behind);
    session.run(sql, values).await?;
    for (position, domain) in (0_i64..).zip(&account.domains) {
        let sql = "INSERT INTO account_domain (domain, account, position) VALUES ($1, $2, $3)";
        session.run(sql, [domain.into(), key.into(), position.into()]).await?;
    }
    for (position, address) in (0_i64..).zip(&account.addresses) {
        let sql = "INSERT INTO account_address (address, account, position) VALUES ($1, $2, $3)";
        session.run(sql, [address.into(), key.into(), position.into()]).await?;
    }
    for (position, line) in (0_i64..).zip(&account.scope) {
        let sql = "INSERT INTO account_scope (account, position, included, line) VALUES ($1, $2, $3, $4)";
        let values = [key.into(), position.into(), line.included.into(), (&line.text).into()];
        session.run(sql, values).await?;
    }
    Ok(())
}

/// Name and address of each of an account's people, in the order of the columns.
fn people(account: &Account) -> impl Iterator<Item = Value<'_>> {
    let Account { sales, operations, sales_deputy, operations_deputy, manager, .. } = account;
    let people = [sales, operations, sales_deputy, operations_deputy, manager];
    people.into_iter().map(Option::as_ref).flat_map(|person| {
        let name = person.map(|person| person.name.as_str());
        [name.into(), person.map(|person| person.address.as_str()).into()]
    })
}

async fn load(session: &mut Session) -> Result<Vec<Account>, StoreError> {
    let sql = "SELECT account, domain FROM account_domain ORDER BY account, position";
    let mut domains = by_account(session, sql, |row| row.get("domain")).await?;
    let sql = "SELECT account, address FROM account_address ORDER BY account, position";
    let mut addresses = by_account(session, sql, |row| row.get("address")).await?;
    let sql = "SELECT account, included, line FROM account_scope ORDER BY account, position";
    let scope_line = |row: &Row| Ok(ScopeLine { included: row.get("included")?, text: row.get("line")? });
    let mut scopes = by_account(session, sql, scope_line).await?;
    let sql = "SELECT account_key, name, sales_name, sales_address, operations_name, operations_address,
            sales_deputy_name, sales_deputy_address, operations_deputy_name, operations_deputy_address, manager_name,
            manager_address, timezone, language, tier, hourly_rate, currency, do_not_write
        FROM account ORDER BY position";
    let rows = session.rows(sql, []).await?;
    let accounts = rows.iter().map(|row| {
        let key: String = row.get("account_key")?;
        Ok(Account {
            name: row.get("name")?,
            domains: domains.remove(&key).unwrap_or_default(),
            addresses: addresses.remove(&key).unwrap_or_default(),
            sales: address(row, "sales_name", "sales_address")?,
            operations: address(row, "operations_name", "operations_address")?,
            sales_deputy: address(row, "sales_deputy_name", "sales_deputy_address")?,
            operations_deputy: address(row, "operations_deputy_name", "operations_deputy_address")?,
            manager: address(row, "manager_name", "manager_address")?,
            timezone: row.get("timezone")?,
            language: row.get("language")?,
            tier: row.get("tier")?,
            scope: scopes.remove(&key).unwrap_or_default(),
            hourly_rate: row.get("hourly_rate")?,
            currency: row.get("currency")?,
            do_not_write: marked(row)?,
            key,
        })
    });
    let mut accounts: Vec<Account> = accounts.collect::<Result<_, StoreError>>()?;
    keep_matched(&mut accounts, &matched::load(session).await?);
    Ok(accounts)
}

/// Whom nothing goes to by itself: addresses have no blanks.
fn marked(row: &Row) -> Result<Vec<String>, StoreError> {
    let marked: String = row.get("do_not_write")?;
    Ok(marked.split_whitespace().map(str::to_owned).collect())
}

/// The lines of a table of an account's lines, by the account's key.
async fn by_account<T>(
    session: &mut Session,
    sql: &'static str,
    line: impl Fn(&Row) -> Result<T, StoreError>,
) -> Result<HashMap<String, Vec<T>>, StoreError> {
    let mut lines: HashMap<String, Vec<T>> = HashMap::new();
    for row in session.rows(sql, []).await? {
        lines.entry(row.get("account")?).or_default().push(line(&row)?);
    }
    Ok(lines)
}
