//! Which case something is said about, and what is answered where that is not clear or not theirs.

use super::{Applying, here, is_theirs};
use crate::case::Case;
use crate::command::{Item, Target};
use crate::directory::written::nearest;
use crate::effect::{Outcome, Ready};
use crate::token::About;

/// The most cases that are listed to choose from: one screen of a phone.
const CHOICES: usize = 8;

impl Applying<'_> {
    /// The case that a command is about; where there is none, the answer says why.
    pub(super) fn case_meant(&mut self, item: &Item) -> Option<i64> {
        match item.target {
            Target::Case(number) => self.allowed(number, item),
            Target::Here => {
                if let Some(number) = here(self.heard.about, &self.heard.known.addressed.open) {
                    return self.allowed(number, item);
                }
                self.ask_which(item);
                None
            }
            Target::Unmatched(number) => {
                let text = format!(
                    "#u{number} is a mail of an unknown sender, and no case: say which account it belongs to."
                );
                let line = format!("#u{number} ACCOUNT");
                let ready = vec![Ready { line, about: String::new() }];
                self.ready_line(Outcome::NotUnderstood, None, &item.words, text, ready);
                None
            }
        }
    }

    /// The number, when it is that of a case of theirs that the answered mail gives a right to.
    fn allowed(&mut self, number: i64, item: &Item) -> Option<i64> {
        let case = self.addressed(number).map(|one| one.case.clone());
        let Some(case) = case.filter(|case| is_theirs(self.heard.person, case, self.heard.directory)) else {
            if self.addressed(number).is_some() {
                self.foreign.push(number);
            }
            self.no_such_case(number, item);
            return None;
        };
        if self.of_this_mail(&case) {
            return Some(number);
        }
        self.foreign.push(number);
        let text = "Nothing was done: it is of another account than the mail that you answer. Answer a mail about it, or your digest.";
        self.line(Outcome::NotDone, Some(number), &item.words, text.to_owned());
        None
    }

    /// Whether the answered mail gives a right to this case: one about a case does so for all of its account.
    fn of_this_mail(&self, case: &Case) -> bool {
        match self.heard.about {
            None | Some(About::Digest) => true,
            Some(About::Case(named)) => {
                named == case.number
                    || self.addressed(named).is_some_and(|one| one.case.account == case.account)
            }
        }
    }

    /// The same words whether there is no such case or it is not theirs: nobody learns of others' cases.
    fn no_such_case(&mut self, number: i64, item: &Item) {
        let open = &self.heard.known.addressed.open;
        let numbers: Vec<String> = open.iter().map(|case| case.number.to_string()).collect();
        let known: Vec<&str> = numbers.iter().map(String::as_str).collect();
        let near = nearest(&number.to_string(), &known).and_then(|near| near.parse().ok());
        let near = open.iter().find(|case| Some(case.number) == near);
        let near = near.or_else(|| open.iter().min_by_key(|case| case.number.abs_diff(number)));
        self.wide |= near.is_some_and(|case| !self.of_this_mail(case));
        let ready = near.map(|case| Ready {
            line: item.words.trim().replacen(&number.to_string(), &case.number.to_string(), 1),
            about: self.name(case),
        });
        let text = match near {
            Some(case) => format!("You have no case #{number}. The nearest of yours is #{}.", case.number),
            None => format!("You have no case #{number}, and no other that is open."),
        };
        self.ready_line(Outcome::NotDone, None, &item.words, text, ready.into_iter().collect());
    }

    /// Lists the person's open cases, each with a line that would say it.
    pub(super) fn ask_which(&mut self, item: &Item) {
        let open = &self.heard.known.addressed.open;
        let words = item.words.trim();
        let ready = |case: &Case| Ready { line: format!("#{} {words}", case.number), about: self.name(case) };
        let ready: Vec<_> = open.iter().rev().take(CHOICES).map(ready).collect();
        let text = match (open.len(), open.len().saturating_sub(CHOICES)) {
            (0, _) => "You have no open case.".to_owned(),
            (_, 0) => "Which case? Write its number before it.".to_owned(),
            (_, more) => format!(
                "Which case? Write its number before it. These are the newest; there are {more} more."
            ),
        };
        self.ready_line(Outcome::NotUnderstood, None, &item.words, text, ready);
    }

    /// What looks like a command and is none.
    pub(super) fn misunderstood(&mut self, item: &Item, nearest: Option<&'static str>) {
        let number = match item.target {
            Target::Case(number) => Some(format!("#{number} ")),
            Target::Unmatched(number) => Some(format!("#u{number} ")),
            Target::Here => {
                here(self.heard.about, &self.heard.known.addressed.open).map(|number| format!("#{number} "))
            }
        };
        let ready = nearest.map(|nearest| Ready {
            line: format!("{}{nearest}", number.unwrap_or_default()),
            about: String::new(),
        });
        let text = match &ready {
            Some(_) => "Nothing was done. The nearest that is understood:",
            None => "Nothing was done. \"help\" says what is understood.",
        };
        self.ready_line(
            Outcome::NotUnderstood,
            None,
            &item.words,
            text.to_owned(),
            ready.into_iter().collect(),
        );
    }
}
