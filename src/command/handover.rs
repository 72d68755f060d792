//! A handover: what follows when somebody takes a colleague's place in the accounts. Pure.

use jiff::Timestamp;
use jiff::tz::TimeZone;

use crate::case::{Case, Entry, State};
use crate::directory::Directory;
use crate::directory::handover::Handed;
use crate::effect::{Briefed, Briefing, Content, Effect, Letter, Seed};
use crate::intake::{case_facts, kind_reason};
use crate::message::{Address, comparable};
use crate::offer::{Offer, Stage};

/// The most notes of one account that are told.
const NOTES: usize = 8;
/// Lines of a case's history that are told.
const HISTORY: usize = 3;

/// A case with what is known of it.
#[derive(Debug, Clone, PartialEq)]
pub struct Known {
    /// The case.
    pub case: Case,
    /// Its history, oldest first.
    pub entries: Vec<Entry>,
    /// Who would get the drafts about it.
    pub drafts: Vec<String>,
    /// How its extra work stands, as far as it came further than being asked for.
    pub offer: Option<Offer>,
}

/// Who goes, who comes, and what is handed over.
#[derive(Debug, Clone, Copy)]
pub struct Handover<'a> {
    /// Whose place it was.
    pub old: &'a Address,
    /// Whose it is now.
    pub new: &'a Address,
    /// The accounts.
    pub handed: &'a [Handed],
    /// The cases of these accounts, and the unfinished ones that the old person leads, oldest first.
    pub cases: &'a [Known],
    /// Who is who afterwards.
    pub directory: &'a Directory,
}

impl Handover<'_> {
    /// The unfinished cases that move: those of the accounts, and those that the old person leads.
    pub fn moving(&self) -> impl Iterator<Item = &Known> {
        self.cases.iter().filter(|known| known.case.state.unfinished())
    }

    fn leads(&self, case: &Case) -> bool {
        let lead = case.lead_person.as_ref();
        lead.is_some_and(|lead| comparable(&lead.address) == comparable(&self.old.address))
    }

    /// The cases say so and have the new lead, and a briefing goes to the new person and to each partner.
    pub fn effects(&self, now: Timestamp, seed: Seed) -> Vec<Effect> {
        let mut effects = Vec::new();
        for known in self.moving() {
            let mut case = known.case.clone();
            if self.leads(&case) {
                case.lead_person = Some(self.new.clone());
            }
            case.changed_at = now;
            let number = case.number;
            let what = format!("handed over from {} to {}", self.old.display(), self.new.display());
            let entry = Entry {
                at: now,
                who: "Pairdesk".to_owned(),
                what,
                why: "pairdesk accounts handover".to_owned(),
            };
            effects.push(Effect::ChangeCase(case));
            effects.push(Effect::Record { case: number, entry });
        }
        for (index, (to, accounts)) in self.readers(now).into_iter().enumerate() {
            let content = Content::Briefing(Briefing {
                timezone: self.directory.timezone_of(&to.address).to_owned(),
                old: self.old.clone(),
                new: self.new.clone(),
                accounts,
            });
            let letter =
                Letter { id: seed.id(index), to, case: None, references: Vec::new(), at: now, content };
            effects.push(Effect::Send(letter));
        }
        effects
    }

    /// Who is told of which accounts: the new person of all, a partner of those that they share.
    fn readers(&self, now: Timestamp) -> Vec<(Address, Vec<Briefed>)> {
        let mut readers: Vec<(Address, Vec<Briefed>)> = vec![(self.new.clone(), Vec::new())];
        for handed in self.handed {
            let briefed = self.briefed(handed, now);
            let owned = handed.taken.iter().filter_map(|column| crate::case::Side::from_key(column));
            let partners = owned.filter_map(|side| handed.account.owner(side.partner()));
            for partner in partners.filter(|partner| partner.address != self.new.address) {
                match readers.iter_mut().find(|(reader, _)| reader.address == partner.address) {
                    Some((_, accounts)) => accounts.push(briefed.clone()),
                    None => readers.push((partner.clone(), vec![briefed.clone()])),
                }
            }
            readers[0].1.push(briefed);
        }
        let rest = self
            .moving()
            .filter(|known| self.handed.iter().all(|handed| handed.account.key != known.case.account));
        for known in rest {
            let account = self.directory.account(&known.case.account);
            let name = account.map_or(&known.case.account, |account| &account.name);
            let accounts = &mut readers[0].1;
            if !accounts.iter().any(|account| account.name == *name) {
                accounts.push(Briefed {
                    name: name.clone(),
                    sales: account.and_then(|account| account.sales.clone()),
                    operations: account.and_then(|account| account.operations.clone()),
                    ..Briefed::default()
                });
            }
            if let Some(account) = accounts.iter_mut().find(|account| account.name == *name) {
                self.tell(account, known, now);
            }
        }
        readers.retain(|(_, accounts)| !accounts.is_empty());
        readers
    }

    fn briefed(&self, handed: &Handed, now: Timestamp) -> Briefed {
        let account = &handed.account;
        let mut briefed = Briefed {
            name: account.name.clone(),
            roles: handed.taken.clone(),
            sales: account.sales.clone(),
            operations: account.operations.clone(),
            scope: account.scope.iter().map(|line| (line.included, line.text.clone())).collect(),
            ..Briefed::default()
        };
        let cases: Vec<&Known> =
            self.cases.iter().filter(|known| known.case.account == account.key).collect();
        for known in &cases {
            if known.case.state.unfinished() {
                self.tell(&mut briefed, known, now);
            } else {
                briefed.notes.extend(notes(known));
            }
        }
        briefed.notes.sort_by_key(|(_, entry)| entry.at);
        let late = briefed.notes.len().saturating_sub(NOTES);
        briefed.notes.drain(..late);
        briefed
    }

    /// Adds an unfinished case.
    fn tell(&self, briefed: &mut Briefed, known: &Known, now: Timestamp) {
        let Known { case, entries, drafts, offer } = known;
        let facts = case_facts(case, self.directory, now, kind_reason(case));
        let history = entries[entries.len().saturating_sub(HISTORY)..].to_vec();
        briefed.cases.push((facts, history));
        briefed.notes.extend(notes(known));
        let zone = TimeZone::get(&self.directory.firm().timezone).unwrap_or(TimeZone::UTC);
        match (case.state, case.wakes_at) {
            (State::Waiting, Some(at)) => {
                let day = at.to_zoned(zone).strftime("%a %-d %b %Y");
                briefed.due.push((case.number, format!("rests until {day}")));
            }
            (State::Waiting, None) => briefed.due.push((case.number, "waits for the client".to_owned())),
            (State::Open, _) => {
                briefed.due.push((case.number, "nobody has answered the client yet".to_owned()));
            }
            _ => {}
        }
        if let Some(offer) = offer.as_ref().filter(|offer| offer.stage == Stage::Offered) {
            let ends = offer.valid_until.map(|day| format!(" ends {}", day.strftime("%a %-d %b %Y")));
            let what = format!("the offer of {}{}, unanswered", offer.terms(), ends.unwrap_or_default());
            briefed.due.push((case.number, what));
        }
        for to in drafts {
            briefed.due.push((case.number, format!("a draft to {to} waits for a word")));
        }
    }
}

/// What people noted of a case.
fn notes(known: &Known) -> impl Iterator<Item = (i64, Entry)> {
    let number = known.case.number;
    let noted = known.entries.iter().filter(|entry| entry.what.starts_with("noted: "));
    noted.map(move |entry| (number, entry.clone()))
}
