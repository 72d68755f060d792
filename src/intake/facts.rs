//! What the people of an account are told of a case, and who they are.

use crate::case::{self, Case, Side};
use crate::directory::{Account, Directory};
use crate::effect::CaseFacts;
use crate::message::Address;

/// Who acts for a side of an account: the owner, else the deputy. None leaves that half uncovered.
pub fn acting(account: &Account, side: Side) -> Option<&Address> {
    let deputy = match side {
        Side::Sales => account.sales_deputy.as_ref(),
        Side::Operations => account.operations_deputy.as_ref(),
    };
    account.owner(side).or(deputy)
}

/// The facts of a case, the same for everybody who is told.
pub fn case_facts(case: &Case, account: Option<&Account>, why: String) -> CaseFacts {
    let person = |side| account.and_then(|account| acting(account, side)).cloned();
    CaseFacts {
        number: case.number,
        account: account.map_or_else(|| case.account.clone(), |account| account.name.clone()),
        kind: case.kind,
        severity: case.severity,
        please_check: case.please_check,
        state: case.state,
        subject: case.subject.clone(),
        evidence: case.evidence.clone(),
        client: case.client.clone(),
        opened_at: case.opened_at,
        lead: person(case.lead),
        partner: person(case.lead.partner()),
        lead_side: case.lead,
        led_by_both: case::led_by_both(case.kind),
        why,
    }
}

/// The identifier that all mails about a case cite, so that each is one thread in the reader's mail program. No mail
/// bears it; the time keeps it apart from a case of the same number in another database.
pub fn thread_root(case: &Case, directory: &Directory) -> String {
    let domain = directory.firm().address.rsplit_once('@').map_or("localhost", |(_, domain)| domain);
    format!("case-{}-{}@{domain}", case.number, case.opened_at.as_millisecond())
}
