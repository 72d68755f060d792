//! Notes: words for the partner, kept in the history of the case.

use super::{Applying, WORDS, here, shorten};
use crate::command::{Item, Target};
use crate::effect::Outcome;

impl Applying<'_> {
    /// Keeps a note with its case. One without a case is kept with the mail alone, and the answer asks.
    pub(super) fn note(&mut self, item: &Item, text: &str) {
        let numbers = match (item.target, self.heard.about) {
            // What is not proved joins the cases of the conversation, as any mail of an owner does.
            (Target::Here, None) => self.conversation(),
            (Target::Here, about) => match here(about, &self.heard.known.addressed.open) {
                Some(number) => vec![number],
                None => self.conversation(),
            },
            (Target::Case(_) | Target::Unmatched(_), _) => self.case_meant(item).into_iter().collect(),
        };
        if numbers.is_empty() && item.target == Target::Here && self.heard.about.is_some() {
            self.ask_which(item);
        }
        for number in numbers {
            let Some(case) = self.change(number).map(|one| one.case.clone()) else { continue };
            self.record(number, format!("noted: {}", shorten(text, WORDS)), "");
            let text = format!("Kept.{}", self.readers(&case));
            self.line(Outcome::Kept, Some(number), &item.words, text);
        }
    }

    /// The cases of the conversation that the mail joins.
    fn conversation(&self) -> Vec<i64> {
        let cases =
            self.heard.known.conversation.as_ref().map_or(&[][..], |conversation| &conversation.cases);
        cases.iter().map(|case| case.number).collect()
    }
}
