//! A case: one matter of one account, with a number that people can say.

mod clock;
mod follow_up;

use jiff::Timestamp;
use serde::Serialize;

use crate::message::Address;

pub use clock::{CaseClock, Goal, Reminded, Step};
pub use follow_up::{CaseFollowUp, WATCHED};

/// What a matter is about: the label of a mail and the kind of a case. The borders are in the labelling guide.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// Dissatisfaction with what the firm did or failed to do.
    Complaint,
    /// Work beyond what was agreed, asked for or taken for granted.
    ExtraWork,
    /// Something promised before the start differs from what is delivered.
    PromiseGap,
    /// A threat or hint to leave, cut, tender or withhold payment.
    ChurnRisk,
    /// A new budget, site or need that the firm could sell into.
    Opportunity,
    /// Price, discount, credit, renewal or terms.
    Commercial,
    /// Satisfaction beyond courtesy.
    Praise,
}

impl Kind {
    /// All kinds, in the order in which they are listed.
    pub const ALL: [Self; 7] = [
        Self::Complaint,
        Self::ExtraWork,
        Self::PromiseGap,
        Self::ChurnRisk,
        Self::Opportunity,
        Self::Commercial,
        Self::Praise,
    ];

    /// The name in data files and in the store: "`extra_work`".
    pub fn key(self) -> &'static str {
        match self {
            Self::Complaint => "complaint",
            Self::ExtraWork => "extra_work",
            Self::PromiseGap => "promise_gap",
            Self::ChurnRisk => "churn_risk",
            Self::Opportunity => "opportunity",
            Self::Commercial => "commercial",
            Self::Praise => "praise",
        }
    }

    /// The kind of this [`Kind::key`], or none.
    pub fn from_key(key: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.key() == key)
    }

    /// The words for people: "extra work".
    pub fn words(self) -> &'static str {
        match self {
            Self::Complaint => "complaint",
            Self::ExtraWork => "extra work",
            Self::PromiseGap => "promise gap",
            Self::ChurnRisk => "churn risk",
            Self::Opportunity => "opportunity",
            Self::Commercial => "commercial question",
            Self::Praise => "praise",
        }
    }

    /// The matter that this kind belongs to. One conversation has at most one unfinished case a matter.
    pub fn matter(self) -> Matter {
        match self {
            Self::Complaint | Self::PromiseGap | Self::ChurnRisk => Matter::Dissatisfaction,
            Self::ExtraWork | Self::Commercial => Matter::Request,
            Self::Opportunity => Matter::Opportunity,
            Self::Praise => Matter::Praise,
        }
    }
}

/// Kinds that are one matter when they come up in one conversation: a complaint that becomes a threat to leave is
/// the same case, raised.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Matter {
    /// Complaint, promise gap, churn risk.
    Dissatisfaction,
    /// Extra work, commercial question.
    Request,
    /// Opportunity.
    Opportunity,
    /// Praise.
    Praise,
}

/// The two halves of double coverage.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Side {
    /// Who sold it.
    Sales,
    /// Who delivers it.
    Operations,
}

impl Side {
    /// The name in the store and for people.
    pub fn key(self) -> &'static str {
        match self {
            Self::Sales => "sales",
            Self::Operations => "operations",
        }
    }

    /// The side of this [`Side::key`], or none.
    pub fn from_key(key: &str) -> Option<Self> {
        [Self::Sales, Self::Operations].into_iter().find(|side| side.key() == key)
    }

    /// The other half.
    #[must_use]
    pub fn partner(self) -> Self {
        match self {
            Self::Sales => Self::Operations,
            Self::Operations => Self::Sales,
        }
    }
}

/// Who leads a case of this kind and severity (the table of cases; a promise gap is led by both, and operations is
/// named first since the delivery is at hand).
pub fn lead(kind: Kind, severity: u8) -> Side {
    match kind {
        Kind::Complaint if severity >= 3 => Side::Sales,
        Kind::Complaint | Kind::PromiseGap | Kind::Praise => Side::Operations,
        Kind::ChurnRisk | Kind::ExtraWork | Kind::Commercial | Kind::Opportunity => Side::Sales,
    }
}

/// Whether both owners lead.
pub fn led_by_both(kind: Kind) -> bool {
    matches!(kind, Kind::PromiseGap | Kind::Praise)
}

/// Whether the owners hear of a sure case at once, and not only in the digest, whatever its words are.
pub fn is_told_at_once(kind: Kind, severity: u8) -> bool {
    match kind {
        Kind::ChurnRisk | Kind::PromiseGap => true,
        Kind::Complaint => severity >= 2,
        Kind::ExtraWork | Kind::Commercial | Kind::Opportunity | Kind::Praise => false,
    }
}

/// Why a manager hears of a sure case at once, if one does.
pub fn alert_reason(kind: Kind, severity: u8) -> Option<&'static str> {
    match (kind, severity) {
        (Kind::ChurnRisk, _) => Some("the client hints at leaving"),
        (Kind::Complaint | Kind::PromiseGap, 3..) => Some("the complaint is severe"),
        (Kind::PromiseGap, 2) => {
            Some("the client compares what was promised with what is delivered, with displeasure")
        }
        _ => None,
    }
}

/// How grave a kind is within its matter.
pub fn rank(kind: Kind) -> u8 {
    match kind {
        Kind::Complaint | Kind::Commercial | Kind::Opportunity | Kind::Praise => 0,
        Kind::PromiseGap | Kind::ExtraWork => 1,
        Kind::ChurnRisk => 2,
    }
}

/// Where a case stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum State {
    /// Nobody has answered yet.
    Open,
    /// An owner is on it.
    Taken,
    /// It rests until a day, or until the client writes; then it comes back by itself.
    Waiting,
    /// Finished, in the owner's view.
    Resolved,
    /// Finished for all.
    Closed,
}

impl State {
    /// All states, in the order of a case's life.
    pub const ALL: [Self; 5] = [Self::Open, Self::Taken, Self::Waiting, Self::Resolved, Self::Closed];

    /// The name in the store and for people.
    pub fn key(self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::Taken => "taken",
            Self::Waiting => "waiting",
            Self::Resolved => "resolved",
            Self::Closed => "closed",
        }
    }

    /// The state of this [`State::key`], or none.
    pub fn from_key(key: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.key() == key)
    }

    /// Whether somebody still has to do something, now or when it comes back.
    pub fn unfinished(self) -> bool {
        matches!(self, Self::Open | Self::Taken | Self::Waiting)
    }
}

/// What can happen to a case.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Event {
    /// The client wrote about the matter again.
    ClientWrote,
    /// An owner wrote to the client.
    OwnerWrote,
    /// An owner took it.
    Took,
    /// An owner let it rest.
    Rested,
    /// The day came until which it rested.
    Woke,
    /// An owner says that it is done.
    Resolved,
    /// The client says that it is settled, or says nothing more.
    Settled,
    /// It was no such matter, or it ended.
    Dropped,
}

/// The state after an event.
pub fn transition(state: State, event: Event) -> State {
    match (state, event) {
        (State::Open | State::Taken, Event::OwnerWrote) => State::Taken,
        (State::Open, Event::ClientWrote | Event::Woke) => State::Open,
        (State::Taken, Event::ClientWrote | Event::Woke) => State::Taken,
        // Whoever let it rest has it.
        (State::Waiting, Event::ClientWrote | Event::Woke) => State::Taken,
        // What was written to the client is what the answer is waited for.
        (State::Waiting, Event::OwnerWrote) => State::Waiting,
        // A matter that comes up again was not settled.
        (State::Resolved | State::Closed, Event::ClientWrote) => State::Open,
        (State::Resolved, Event::OwnerWrote | Event::Woke | Event::Rested) => State::Resolved,
        (State::Closed, Event::OwnerWrote | Event::Woke | Event::Rested | Event::Resolved) => State::Closed,
        (State::Open | State::Taken | State::Waiting, Event::Rested) => State::Waiting,
        (State::Open | State::Taken | State::Waiting | State::Resolved, Event::Resolved) => State::Resolved,
        (State::Resolved | State::Closed, Event::Settled) => State::Closed,
        // What an owner is at is not ended by a word about something else.
        (State::Open | State::Taken | State::Waiting, Event::Settled) => state,
        // Who takes what was finished opens it again.
        (_, Event::Took) => State::Taken,
        (_, Event::Dropped) => State::Closed,
    }
}

/// A case as it stands.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Case {
    /// The number that people say: #142.
    pub number: i64,
    /// The key of the account.
    pub account: String,
    /// The conversation it came up in: the id of that conversation's first mail.
    pub conversation: i64,
    /// What it is about.
    pub kind: Kind,
    /// 0 none, 1 mild, 2 clear, 3 severe (dissatisfaction alone has one above 0).
    pub severity: u8,
    /// How sure the classifier was of the kind, 0 to 1.
    pub probability: f64,
    /// Whether the classifier was unsure, so that a person must look.
    pub please_check: bool,
    /// Who acts first.
    pub lead: Side,
    /// Where it stands.
    pub state: State,
    /// The subject of the mail that opened it, without reply marks.
    pub subject: String,
    /// The sentence that shows it.
    pub evidence: String,
    /// Who at the client wrote, as "Name <address>".
    pub client: String,
    /// When it was opened.
    pub opened_at: Timestamp,
    /// When something last happened.
    pub changed_at: Timestamp,
    /// When an owner first answered the client, if one has; of a matter that came up again, since then.
    pub answered_at: Option<Timestamp>,
    /// When the owners were last told of it at once, if they were.
    pub told_at: Option<Timestamp>,
    /// When a manager was last alerted, if one was.
    pub alerted_at: Option<Timestamp>,
    /// Of a waiting case: when it comes back by itself; none where it waits for the client alone. Of another: when it
    /// last came back, if it did.
    pub wakes_at: Option<Timestamp>,
    /// Who leads it, where somebody was named other than the one whose side leads.
    pub lead_person: Option<Address>,
    /// Who said that they take it.
    pub taken_by: Option<Address>,
    /// What its clock has done so far.
    pub clock: CaseClock,
}

impl Case {
    /// Changes it by an event.
    pub fn undergo(&mut self, event: Event, at: Timestamp) {
        let before = self.state;
        self.state = transition(before, event);
        self.changed_at = at;
        if before == State::Waiting && self.state == State::Taken {
            self.wakes_at = Some(at);
        } else if self.state != State::Taken {
            self.wakes_at = None;
        }
        self.follow(before, event, at);
        if !before.unfinished() && self.state.unfinished() {
            self.clock.again_at = Some(at);
            self.clock.worsened();
        }
        if event == Event::OwnerWrote && !self.is_answered() {
            self.answered_at = Some(at);
        }
    }

    /// Whether a manager should know of it: the client may leave, or trust is lost.
    pub fn is_grave(&self) -> bool {
        self.kind == Kind::ChurnRisk || self.severity >= 3
    }
}

/// One line of a case's history.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Entry {
    /// When.
    pub at: Timestamp,
    /// Who did it: a name, or "Pairdesk".
    pub who: String,
    /// What happened, a sentence.
    pub what: String,
    /// Why it happened: the rule, the threshold, the words.
    pub why: String,
}
