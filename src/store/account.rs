//! The accounts: replaced as a whole by an import, loaded as a whole into a directory.

use std::collections::HashMap;

use super::error::StoreError;
use super::mail::address;
use super::session::{Row, Session, Value};
use super::{Store, Tx};
use crate::directory::{Account, Directory, Firm, ScopeLine};
use crate::message::Address;

impl Tx {
    /// Puts these accounts in the place of all that there are. Says whether that changed anything; when it did not,
    /// the directory's version stays.
    pub async fn replace_accounts(&mut self, accounts: &[Account]) -> Result<bool, StoreError> {
        let session = self.doing("importing accounts");
        if load(session).await? == accounts {
            return Ok(false);
        }
        session.run("DELETE FROM account", []).await?;
        for (position, account) in (0..).zip(accounts) {
            insert(session, position, account).await?;
        }
        session.run("UPDATE directory_version SET version = version + 1", []).await?;
        Ok(true)
    }
}

impl Store {
    /// Everybody who is known.
    pub async fn directory(&self, firm: Firm) -> Result<Directory, StoreError> {
        Ok(Directory::new(firm, self.accounts().await?))
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
    fn name(person: Option<&Address>) -> Value<'_> {
        person.map(|person| person.name.as_str()).into()
    }
    fn mail(person: Option<&Address>) -> Value<'_> {
        person.map(|person| person.address.as_str()).into()
    }
    let key = &account.key;
    let [sales, operations, sales_deputy, operations_deputy, manager] = [
        account.sales.as_ref(),
        account.operations.as_ref(),
        account.sales_deputy.as_ref(),
        account.operations_deputy.as_ref(),
        account.manager.as_ref(),
    ];
    let sql = "INSERT INTO account (account_key, position, name, sales_name, sales_address, operations_name,
            operations_address, sales_deputy_name, sales_deputy_address, operations_deputy_name,
            operations_deputy_address, manager_name, manager_address, timezone, language, tier, hourly_rate, currency)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18)";
    let values = [
        key.into(),
        position.into(),
        (&account.name).into(),
        name(sales),
        mail(sales),
        name(operations),
        mail(operations),
        name(sales_deputy),
        mail(sales_deputy),
        name(operations_deputy),
        mail(operations_deputy),
        name(manager),
        mail(manager),
        (&account.timezone).into(),
        (&account.language).into(),
        (&account.tier).into(),
        account.hourly_rate.into(),
        (&account.currency).into(),
    ];
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
            manager_address, timezone, language, tier, hourly_rate, currency
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
            key,
        })
    });
    accounts.collect()
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
