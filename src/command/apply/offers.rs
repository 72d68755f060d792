//! Pricing, declining and giving away extra work: sales alone may.

use super::Applying;
use crate::case::Side;
use crate::command::{Item, Price};
use crate::effect::Outcome;

impl Applying<'_> {
    pub(super) fn price(&mut self, number: i64, item: &Item, _price: &Price) {
        self.not_yet(number, item);
    }

    pub(super) fn decline(&mut self, number: i64, item: &Item, _reason: &str) {
        self.not_yet(number, item);
    }

    pub(super) fn waive(&mut self, number: i64, item: &Item, _reason: &str) {
        self.not_yet(number, item);
    }

    fn not_yet(&mut self, number: i64, item: &Item) {
        let Some(one) = self.addressed(number) else { return };
        let sales = self.is_on(&one.case, Side::Sales);
        let text =
            if sales { "Offers cannot be made by mail yet." } else { "Only sales may do that." }.to_owned();
        self.line(Outcome::NotDone, Some(number), &item.words, text);
    }
}
