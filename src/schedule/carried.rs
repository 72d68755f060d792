//! Operations is not left alone with an unhappy client: after some exchanges or days, sales is called in (P10).

use super::remind::Work;
use crate::case::{Case, Entry, Matter, Side, State, Step};
use crate::directory::Account;
use crate::effect::{Effect, Occasion};
use crate::intake::ANSWERED;

/// So many times has the client written and operations answered.
const EXCHANGES: usize = 3;
/// Or so many working days of sales has operations had it.
const DAYS: u32 = 5;

impl Work<'_> {
    /// What calls sales in, where operations has carried a case alone for too long. Once a case.
    pub(super) fn call_in(&mut self, case: &Case) -> Option<Vec<Effect>> {
        let watched = case.kind.matter() == Matter::Dissatisfaction
            && !case.please_check
            && case.clock.called_in_at.is_none()
            && matches!(case.state, State::Open | State::Taken);
        let account =
            self.directory.account(&case.account).filter(|_| watched && case.answered_at.is_some())?;
        let history = self.pending.history.get(&case.number)?;
        let carried = Carried::of(account, case, history)?;
        let sales = self.directory.here(account, Side::Sales, self.now)?;
        let days = self.watch.worked(sales, case.asked_at(), DAYS);
        let occasion = if carried.exchanges >= EXCHANGES {
            Occasion::CalledIn { how_long: format!("{} exchanges of mail", carried.exchanges) }
        } else {
            Occasion::CalledIn { how_long: days? }
        };
        let Occasion::CalledIn { how_long } = &occasion else { return None };
        let why = format!("operations has carried it alone for {how_long}");
        let mut changed = case.clone();
        changed.clock.called_in_at = Some(self.now);
        let step = if case.lead == Side::Sales { Step::Lead } else { Step::Partner };
        let sales = sales.clone();
        let letter = self.notice(case, &sales, step, self.watch.due(case), occasion);
        let entry = Entry {
            at: self.now,
            who: "Pairdesk".to_owned(),
            what: format!("called in {}", sales.display()),
            why,
        };
        Some(vec![
            Effect::ChangeCase(changed),
            Effect::Record { case: case.number, entry },
            Effect::Send(letter),
        ])
    }
}

/// What operations has carried without any act of sales.
struct Carried {
    /// How many times the client wrote and operations answered.
    exchanges: usize,
}

impl Carried {
    /// None where sales has done something about it, leads it, or is operations too; or where operations has done nothing.
    fn of(account: &Account, case: &Case, history: &[Entry]) -> Option<Self> {
        let people = |side| account.owner(side).into_iter().chain(account.deputy(side));
        let is = |side, entry: &Entry| people(side).any(|person| person.display() == entry.who);
        let named =
            |side| case.lead_person.iter().any(|lead| people(side).any(|one| one.address == lead.address));
        if named(Side::Sales) || history.iter().any(|entry| is(Side::Sales, entry)) {
            return None;
        }
        if !history.iter().any(|entry| is(Side::Operations, entry)) {
            return None;
        }
        let (mut exchanges, mut asked) = (0, false);
        for entry in history {
            let answered = is(Side::Operations, entry)
                && (entry.what == ANSWERED || entry.what.starts_with("wrote to "));
            if answered && asked {
                (exchanges, asked) = (exchanges + 1, false);
            } else if case.client.contains(entry.who.as_str()) {
                asked = true;
            }
        }
        Some(Self { exchanges })
    }
}
