//! `ledger`: extra work by account, in count, hours and money.

use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::{Result, anyhow};
use clap::Args;

use super::layout::{plain, short, table};
use super::{Desk, print};
use crate::money::Money;
use crate::offer::{AccountLedger, Sum, hours, ledgers};

/// Show what clients asked for beyond the agreement: priced, offered, won, declined and given away
#[derive(Debug, Args)]
pub struct Ledger {
    /// Only this account
    #[arg(value_name = "ACCOUNT")]
    account: Option<String>,
    /// As JSON: minutes of work, and money in minor units
    #[arg(long)]
    json: bool,
}

impl Ledger {
    pub async fn run(self, config: Option<PathBuf>) -> Result<ExitCode> {
        let desk = Desk::open(config).await?;
        let account = self.account.map(|account| account.to_lowercase());
        if let Some(key) = &account
            && desk.directory.account(key).is_none()
        {
            return Err(anyhow!("there is no account {key}; `pairdesk accounts list` shows them all"));
        }
        let cases = desk.store.offers(account.as_deref()).await?;
        let ledgers = ledgers(&cases, |key| desk.directory.account(key)?.hour());
        if self.json {
            print(&format!("{}\n", serde_json::to_string_pretty(&ledgers)?))?;
        } else {
            print(&listed(&ledgers))?;
        }
        Ok(ExitCode::SUCCESS)
    }
}

/// Cases in a line of the table.
const IN_A_LINE: usize = 6;

fn listed(ledgers: &[AccountLedger]) -> String {
    if ledgers.is_empty() {
        return "No client has asked for extra work.\n".to_owned();
    }
    let rows: Vec<_> = ledgers.iter().flat_map(rows).collect();
    let mut text = table(&["ACCOUNT", "WORK", "NUMBER", "HOURS", "MONEY", "CASES"], &rows);
    let mut without: Vec<i64> =
        ledgers.iter().flat_map(|ledger| &ledger.figures).flat_map(|sum| sum.without_money.clone()).collect();
    without.sort_unstable();
    without.dedup();
    if !without.is_empty() {
        text.push_str(
            "\nCounted, and in no amount, since neither a price nor hours at a known rate are there: ",
        );
        text.push_str(&numbers(&without));
        text.push('\n');
    }
    text
}

/// The figures of an account that are not zero; the account stands before the first.
fn rows(ledger: &AccountLedger) -> Vec<Vec<String>> {
    let mut rows: Vec<Vec<String>> = Vec::new();
    for sum in ledger.figures.iter().filter(|sum| !sum.cases.is_empty()) {
        for (place, cases) in sum.cases.chunks(IN_A_LINE).enumerate() {
            let account = if rows.is_empty() { short(&plain(&ledger.account), 20) } else { String::new() };
            let figures = if place == 0 { figures(sum) } else { [const { String::new() }; 4] };
            rows.push([account].into_iter().chain(figures).chain([numbers(cases)]).collect());
        }
    }
    rows
}

fn figures(sum: &Sum) -> [String; 4] {
    let minutes = u32::try_from(sum.minutes).unwrap_or(u32::MAX);
    let money: Vec<_> = sum.money.iter().map(Money::to_string).collect();
    [
        sum.figure.words().to_owned(),
        sum.cases.len().to_string(),
        if minutes == 0 { "-".to_owned() } else { hours(minutes) },
        if money.is_empty() { "-".to_owned() } else { money.join(" + ") },
    ]
}

fn numbers(cases: &[i64]) -> String {
    cases.iter().map(|case| format!("#{case}")).collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::offer::Figure;

    #[test]
    fn every_figure_leads_to_its_cases_and_what_has_no_money_is_said() {
        let sum = |figure, cases: &[i64], minutes, money: &[(i64, &str)], without_money: &[i64]| Sum {
            figure,
            cases: cases.to_vec(),
            minutes,
            money: money
                .iter()
                .map(|(minor, currency)| Money { minor: *minor, currency: (*currency).to_owned() })
                .collect(),
            without_money: without_money.to_vec(),
        };
        let asked: Vec<i64> = (101..109).collect();
        let ledger = AccountLedger {
            account: "acme".to_owned(),
            figures: vec![
                sum(Figure::Asked, &asked, 570, &[(120_000, "EUR"), (5_000, "USD")], &[101, 104]),
                sum(Figure::Won, &[102], 480, &[(120_000, "EUR")], &[]),
                sum(Figure::Declined, &[], 0, &[], &[]),
                sum(Figure::GivenAway, &[104], 0, &[], &[104]),
            ],
        };
        assert_eq!(
            listed(&[ledger]).lines().collect::<Vec<_>>(),
            [
                "ACCOUNT  WORK        NUMBER  HOURS  MONEY                     CASES",
                "acme     asked       8       9.5    1,200.00 EUR + 50.00 USD  #101 #102 #103 #104 #105 #106",
                "                                                              #107 #108",
                "         won         1       8      1,200.00 EUR              #102",
                "         given away  1       -      -                         #104",
                "",
                "Counted, and in no amount, since neither a price nor hours at a known rate are there: #101 #104",
            ]
        );
        assert!(listed(&[]).contains("No client has asked"));
    }
}
