//! `cases`: all matters in a table.

use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::Result;
use clap::Args;
use jiff::Timestamp;

use super::layout::{age, plain, short, table};
use super::{Desk, print};
use crate::case::{Case, led_by_both};
use crate::clock::Clock;
use crate::store::CaseFilter;

/// List the cases where somebody still has to do something
#[derive(Debug, Args)]
pub struct Cases {
    /// Also those that are finished
    #[arg(long, short)]
    all: bool,
    /// Only those of this account
    #[arg(long, value_name = "ACCOUNT")]
    account: Option<String>,
}

impl Cases {
    pub async fn run(self, config: Option<PathBuf>) -> Result<ExitCode> {
        let desk = Desk::open(config).await?;
        let account = self.account.map(|account| account.to_lowercase());
        let cases = desk.store.cases(&CaseFilter { account, unfinished: !self.all }).await?;
        print(&listed(&cases, Clock::default().now()))?;
        Ok(ExitCode::SUCCESS)
    }
}

fn listed(cases: &[Case], now: Timestamp) -> String {
    if cases.is_empty() {
        return "There are no such cases. `pairdesk cases --all` also lists finished ones.\n".to_owned();
    }
    let rows: Vec<_> = cases
        .iter()
        .map(|case| {
            let kind = format!("{}{}", case.kind.words(), if case.please_check { " ?" } else { "" });
            let severity = if case.severity == 0 { "-".to_owned() } else { case.severity.to_string() };
            let lead = if led_by_both(case.kind) { "both" } else { case.lead.key() };
            vec![
                format!("#{}", case.number),
                case.state.key().to_owned(),
                kind,
                severity,
                short(&case.account, 16),
                lead.to_owned(),
                age(case.opened_at, now),
                plain(&case.subject),
            ]
        })
        .collect();
    let mut text = table(&["CASE", "STATE", "KIND", "SEV", "ACCOUNT", "LEAD", "AGE", "SUBJECT"], &rows);
    if cases.iter().any(|case| case.please_check) {
        text.push_str(
            "\n? please check: Pairdesk was unsure. `pairdesk why NUMBER` says why it is a case at all.\n",
        );
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::case::{Kind, Side, State};

    #[test]
    fn the_table_says_what_waits_for_whom_and_for_how_long() {
        let opened_at: Timestamp = "2026-11-18T09:00:00Z".parse().unwrap();
        let case = Case {
            number: 142,
            account: "acme".into(),
            conversation: 1,
            kind: Kind::ExtraWork,
            severity: 0,
            probability: 0.4,
            please_check: true,
            lead: Side::Sales,
            state: State::Open,
            subject: "Could you\njust also".into(),
            evidence: String::new(),
            client: "Jo <jo@acme.example>".into(),
            opened_at,
            changed_at: opened_at,
            answered_at: None,
            told_at: None,
            alerted_at: None,
            wakes_at: None,
            lead_person: None,
            taken_by: None,
            clock: crate::case::CaseClock::default(),
        };
        let text = listed(&[case], "2026-11-21T12:00:00Z".parse().unwrap());
        assert_eq!(
            text.lines().take(2).collect::<Vec<_>>(),
            [
                "CASE  STATE  KIND          SEV  ACCOUNT  LEAD   AGE  SUBJECT",
                "#142  open   extra work ?  -    acme     sales  3d   Could you just also",
            ]
        );
        assert!(text.contains("please check"));
    }
}
