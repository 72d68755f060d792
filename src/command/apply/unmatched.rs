//! Mails of unknown senders that somebody matches to an account. What becomes of them is put into the answer by whoever
//! carries it out, since it shows only when they are processed.

use super::Applying;
use crate::command::{Item, Target};
use crate::directory::written::nearest;
use crate::directory::{Account, Who};
use crate::effect::{Effect, Match, Outcome, Ready};

impl Applying<'_> {
    pub(super) fn matches(&mut self, item: &Item, written: &str) {
        let Target::Unmatched(number) = item.target else {
            let text = format!(
                "Which mail? Write its number before it, as the list has it: #u17 {}",
                written.trim()
            );
            return self.line(Outcome::NotUnderstood, None, &item.words, text);
        };
        let account = match self.account_meant(written) {
            Ok(account) => account,
            Err(near) => return self.no_such_account(item, number, written, near.as_deref()),
        };
        let (key, name) = (account.key.clone(), account.name.clone());
        let found = self.heard.known.addressed.unmatched.iter().find(|mail| mail.number == number);
        let Some(found) = found else {
            let text = format!("There is no unmatched mail #u{number} (any more).");
            return self.line(Outcome::NotDone, None, &item.words, text);
        };
        let address = found.from.address.clone();
        let taken = |effect: &Effect| matches!(effect, Effect::Match(other) if other.address == address);
        let refused = match self.heard.directory.who(&address) {
            _ if !address.contains('@') => {
                Some("Nobody can say who wrote it: it has no usable sender.".to_owned())
            }
            _ if self.effects.iter().any(taken) => {
                Some(format!("{address} is matched by a line above, with all that came from there."))
            }
            Who::Owner(_) | Who::Staff | Who::Ourselves => {
                Some(format!("It says that {address} wrote it, which is one of your own: it is no client's."))
            }
            Who::Client(other) if other.key != key => Some(format!(
                "{address} belongs to {} already; change that in the accounts file.",
                other.name
            )),
            Who::Client(_) | Who::Unknown => None,
        };
        if let Some(text) = refused {
            return self.line(Outcome::NotDone, None, &item.words, text);
        }
        let text = format!("{address} belongs to {name} from now on.");
        let who = self.heard.person.to_string();
        self.effects.push(Effect::Match(Match {
            mail: number,
            address,
            account: key,
            who,
            line: self.lines.len(),
        }));
        self.line(Outcome::Done, None, &item.words, text);
    }

    /// The account of this key or name, when the person is its owner, deputy or manager; else the nearest of theirs.
    fn account_meant(&self, written: &str) -> Result<&Account, Option<String>> {
        let written = written.trim().trim_end_matches(['.', '!', ',']).to_lowercase();
        let directory = self.heard.directory;
        let person = self.heard.person;
        let manages =
            directory.firm().manager.as_ref().is_some_and(|manager| manager.address == person.address);
        let is_theirs = |account: &&Account| manages || directory.is_of(&person.address, &account.key);
        let theirs: Vec<&Account> = directory.accounts().iter().filter(is_theirs).collect();
        let means = |account: &&&Account| account.key == written || account.name.to_lowercase() == written;
        if let Some(account) = theirs.iter().find(means) {
            return Ok(account);
        }
        let names: Vec<(String, &str)> = theirs
            .iter()
            .flat_map(|account| {
                [account.key.clone(), account.name.to_lowercase()].map(|name| (name, account.key.as_str()))
            })
            .collect();
        let known: Vec<&str> = names.iter().map(|(name, _)| name.as_str()).collect();
        let near = nearest(&written, &known).and_then(|near| names.iter().find(|(name, _)| name == near));
        Err(near.map(|(_, key)| (*key).to_owned()))
    }

    /// The same words whether there is no such account or it is not theirs.
    fn no_such_account(&mut self, item: &Item, number: i64, written: &str, near: Option<&str>) {
        let written: String = written.trim().chars().take(60).collect();
        let (outcome, text) = match near {
            Some(near) => (
                Outcome::NotDone,
                format!("You have no account \"{written}\". The nearest of yours is {near}."),
            ),
            None => (
                Outcome::NotDone,
                format!(
                    "You have no account \"{written}\": only a manager or an owner of an account may match mail to it."
                ),
            ),
        };
        let ready = near.map(|near| Ready { line: format!("#u{number} {near}"), about: String::new() });
        self.ready_line(outcome, None, &item.words, text, ready.into_iter().collect());
    }
}
