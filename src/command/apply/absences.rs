//! Absences by command: who is away, and who is here again.

use jiff::civil::Date;

use super::Applying;
use crate::case::Side;
use crate::command::Item;
use crate::directory::Account;
use crate::directory::absence::{Absence, LearntFrom};
use crate::effect::{Effect, Outcome};
use crate::message::comparable;

impl Applying<'_> {
    /// The person is away from a day (today, where none was said) until another, both included.
    pub(super) fn away(&mut self, item: &Item, from: Option<Date>, until: Date) {
        let heard = self.heard;
        let today = heard.directory.day(&heard.person.address, heard.now);
        let from = from.unwrap_or(today).min(until);
        let person = comparable(&heard.person.address);
        self.effects.push(Effect::Absent(Absence { person, from, until, learnt_from: LearntFrom::Command }));
        let until = until.strftime("%a %-d %b %Y");
        let days = if from > today {
            format!("from {} until {until}", from.strftime("%a %-d %b"))
        } else {
            format!("until {until}")
        };
        let text = format!("You are away {days}, that day included. {}", self.stand_ins());
        self.line(Outcome::Done, None, &item.words, text);
    }

    /// The person is here again.
    pub(super) fn back(&mut self, item: &Item) {
        let heard = self.heard;
        let day = heard.directory.day(&heard.person.address, heard.now);
        let was_away = heard.directory.away(&heard.person.address, heard.now).is_some();
        self.effects.push(Effect::Back { person: comparable(&heard.person.address), day });
        let text = if was_away {
            "Welcome back. New cases come to you again; your next digest tells what was done while you were away."
        } else {
            "Noted: you are here, whatever your mail program answers."
        };
        self.line(Outcome::Done, None, &item.words, text.to_owned());
    }

    /// Who stands in for the person, and where nobody does.
    fn stand_ins(&self) -> String {
        let heard = self.heard;
        let person = &heard.person.address;
        let mut deputies: Vec<&str> = Vec::new();
        let mut without: Vec<&str> = Vec::new();
        let owns = |account: &&Account, side: Side| {
            account.owner(side).is_some_and(|owner| comparable(&owner.address) == comparable(person))
        };
        for account in heard.directory.accounts() {
            for side in [Side::Sales, Side::Operations].into_iter().filter(|side| owns(&account, *side)) {
                match account
                    .deputy(side)
                    .filter(|deputy| heard.directory.away(&deputy.address, heard.now).is_none())
                {
                    Some(deputy) if !deputies.contains(&deputy.display()) => deputies.push(deputy.display()),
                    Some(_) => {}
                    None if !without.contains(&account.name.as_str()) => without.push(&account.name),
                    None => {}
                }
            }
        }
        let without = match without.len() {
            0 => String::new(),
            1..=5 => {
                format!(" Nobody stands in for you at {}; your manager reads of it.", without.join(", "))
            }
            many => format!(" Nobody stands in for you at {many} accounts; your manager reads of it."),
        };
        let stands = match &deputies[..] {
            [] => String::new(),
            [one] => format!("{one} stands in for you."),
            many => format!("{} stand in for you.", many.join(", ")),
        };
        format!("{stands}{without}").trim().to_owned()
    }
}
