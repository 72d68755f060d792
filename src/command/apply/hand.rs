//! Handing the lead to somebody else at the firm, who is told at once with all that is known.

use super::{Applying, shorten};
use crate::case::{Case, Side};
use crate::command::Item;
use crate::directory::{Who, written};
use crate::effect::{Occasion, Outcome};
use crate::message::Address;

/// The most people that are listed where several fit a name.
const LISTED: usize = 6;

impl Applying<'_> {
    pub(super) fn hand(&mut self, number: i64, item: &Item, to: &str) {
        let to = match self.colleague(to) {
            Ok(to) => to,
            Err(why) => return self.line(Outcome::NotDone, Some(number), &item.words, why),
        };
        let Some(one) = self.addressed(number) else { return };
        let had = one.case.lead_person.clone().or_else(|| self.leads(&one.case));
        if had.as_ref().is_some_and(|had| had.address == to.address) {
            let text = format!("{} leads it already.", to.display());
            return self.line(Outcome::NotDone, Some(number), &item.words, text);
        }
        let side = self.side_of(&one.case, &to);
        let Some(one) = self.change(number) else { return };
        one.case.lead_person = Some(to.clone());
        one.case.lead = side;
        let from = had.map(|had| format!(", which {} had", had.display())).unwrap_or_default();
        self.record(number, format!("handed the lead to {}{from}", to.display()), &item.words);
        let own = to.address == self.heard.person.address;
        if !own {
            let by = self.heard.person.display().to_owned();
            self.notice(number, to.clone(), side, Occasion::HandedOver { by, words: String::new() });
        }
        let told =
            if own { "You lead it now." } else { "has the lead now, and was told with all that is known." };
        let text = if own { told.to_owned() } else { format!("{} {told}", to.display()) };
        self.line(Outcome::Done, Some(number), &item.words, text);
    }

    /// Who leads a case that was handed to nobody.
    fn leads(&self, case: &Case) -> Option<Address> {
        self.account(case)
            .and_then(|account| self.heard.directory.acting(account, case.lead, self.heard.now))
            .cloned()
    }

    /// The side that a person leads from: their own where they have one in the account.
    fn side_of(&self, case: &Case, person: &Address) -> Side {
        let account = self.account(case);
        let acts = |side: &Side| {
            let one = account.and_then(|account| self.heard.directory.acting(account, *side, self.heard.now));
            one.is_some_and(|one| one.address == person.address)
        };
        [case.lead, case.lead.partner()].into_iter().find(acts).unwrap_or(case.lead)
    }

    /// Somebody at the firm, by address or by a name that one person bears; else why nobody is meant.
    pub(super) fn colleague(&self, written: &str) -> Result<Address, String> {
        let directory = self.heard.directory;
        let written = written.trim();
        if written.contains('@') {
            let Some(address) = written::mail_address(written) else {
                return Err(format!("\"{}\" is no mail address.", shorten(written, 80)));
            };
            return match directory.who(&address) {
                Who::Owner(person) => Ok(person.clone()),
                Who::Staff => Ok(Address { name: String::new(), address }),
                Who::Client(_) | Who::Ourselves | Who::Unknown => Err(format!(
                    "{address} is nobody at {}: the lead stays in the firm.",
                    directory.firm().name
                )),
            };
        }
        let people = directory.people();
        let name = written.to_lowercase();
        let whole = |person: &&&Address| person.display().to_lowercase() == name;
        let part = |person: &&&Address| {
            person.display().to_lowercase().split_whitespace().any(|part| part == name)
                || person.address.split('@').next() == Some(name.as_str())
        };
        let mut fitting: Vec<&Address> = people.iter().filter(whole).copied().collect();
        if fitting.is_empty() {
            fitting = people.iter().filter(part).copied().collect();
        }
        match &fitting[..] {
            [one] => Ok((*one).clone()),
            [] => {
                Err(format!("Nobody here is known as \"{}\": write the mail address.", shorten(written, 80)))
            }
            several => {
                let listed: Vec<_> = several.iter().take(LISTED).map(|one| one.address.as_str()).collect();
                Err(format!("Several people are called so: {}. Write the mail address.", listed.join(", ")))
            }
        }
    }
}
