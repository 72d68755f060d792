//! What follows from a client's mail: which matters it raises, which case each belongs to, and who hears of it.

mod follow_up;
mod letters;
mod matters;
mod offers;
mod settled;

use jiff::{SignedDuration, Timestamp};

use super::{Known, Mail, Policy, Sender, file};
use crate::case::{self, Case, Entry, Event, Kind, Matter, State, rank};
use crate::classify::{Settled, reads};
use crate::directory::{Account, Directory};
use crate::effect::{Acknowledgement, Disposition, Effect, Occasion, Seed};
use matters::{Raised, matters, nearest, worse};
use offers::Answered;
use settled::Settling;

/// Of so many cases of an account people are told one by one within an hour; of more, together.
const TOLD_AN_HOUR: u32 = 10;
/// As many acknowledgements go to one account in 24 hours, to all its addresses together.
const ACKNOWLEDGEMENTS_OF_ACCOUNT: u32 = 50;
/// A finished matter that comes up again within this time is the same case; later it is a new one.
const REOPENED_WITHIN: SignedDuration = SignedDuration::from_hours(30 * 24);
#[expect(clippy::too_many_arguments, reason = "a pure function is handed all that it may know")]
pub(super) fn decide(
    mail: Mail<'_>,
    sender: &Sender<'_>,
    account: &Account,
    directory: &Directory,
    known: &Known,
    policy: &Policy,
    now: Timestamp,
    seed: Seed,
) -> Vec<Effect> {
    let readable = reads(mail.message.language.as_deref());
    let mut matters = mail.classification.map_or_else(Vec::new, |found| matters(found, readable, policy));
    let conversation = known
        .conversation
        .as_ref()
        // A client who is in copy of another client's conversation does not work on that one's cases.
        .filter(|conversation| conversation.account.as_ref().is_none_or(|key| *key == account.key));
    // Nor does that one's history, or what its client was told, bear on this one.
    let apart = (conversation.is_none() && known.conversation.is_some()).then(|| Known {
        conversation: None,
        last_acknowledged: None,
        ..known.clone()
    });
    let known = apart.as_ref().unwrap_or(known);
    let mut decision = Decision { mail, sender, account, directory, known, policy, now, seed, letters: 0 };
    let cases = conversation.map_or(&[][..], |conversation| &conversation.cases);
    let answered = decision.answered(cases);
    if answered.as_ref().is_some_and(Answered::is_clear) {
        // The words that ask for the work, or that find it dear, are about the offer.
        matters.retain(|raised| raised.kind.matter() != Matter::Request);
    }
    let settling = decision.settling(cases, &matters);
    if let Some(settling) = settling.as_ref().filter(|settling| settling.said != Settled::Unclear) {
        // What was half heard in a clear word is the word itself.
        matters.retain(|raised| raised.sure || raised.kind.matter() != settling.case.kind.matter());
    }
    let answer = answered.iter().map(Answered::why).chain(settling.iter().map(Settling::why));
    let reasons: Vec<_> = answer.chain(matters.iter().map(|raised| decision.why(raised))).collect();
    let (disposition, reason) = match mail.classification {
        _ if !reasons.is_empty() => (Disposition::Case, reasons.join("; ")),
        Some(found) => (Disposition::Routine, nearest(found)),
        None => (Disposition::Routine, "there are no newly written words in it".to_owned()),
    };
    let mut effects = vec![file(disposition, reason, sender, known)];
    if let Some(answered) = &answered {
        effects.extend(decision.follow_answer(answered));
    }
    if let Some(settling) = &settling {
        let found = matters.iter().any(|raised| raised.kind.matter() == settling.case.kind.matter());
        effects.extend(decision.follow_settling(settling, found));
    }
    let id = conversation.map_or(known.mail, |conversation| conversation.id);
    let mut number = known.next_case;
    let mut acknowledged = false;
    for raised in &matters {
        let old = cases.iter().rev().find(|case| {
            case.account == account.key
                && case.kind.matter() == raised.kind.matter()
                && !decision.is_another_request(case, raised)
                && (case.state.unfinished() || now.duration_since(case.changed_at) <= REOPENED_WITHIN)
        });
        let case = match old {
            Some(old) => decision.amended(old, raised),
            None => decision.opened(number, id, raised),
        };
        if old.is_none() {
            number += 1;
        }
        effects.extend(decision.case_effects(old, &case, raised, &mut acknowledged));
    }
    if matters.is_empty() {
        let answered = answered.map(|answered| answered.case.number);
        let others = cases.iter().filter(|case| Some(case.number) != answered);
        for case in others.filter(|case| case.account == account.key && case.state.unfinished()) {
            let mut case = case.clone();
            case.undergo(Event::ClientWrote, now);
            effects.push(decision.record(
                &case,
                "wrote again".to_owned(),
                "nothing new was found in it".to_owned(),
            ));
            effects.push(Effect::ChangeCase(case));
        }
    }
    effects
}

/// Everything that the decision about one client mail may know, and the count of letters made so far.
struct Decision<'a> {
    mail: Mail<'a>,
    sender: &'a Sender<'a>,
    account: &'a Account,
    directory: &'a Directory,
    known: &'a Known,
    policy: &'a Policy,
    now: Timestamp,
    seed: Seed,
    letters: usize,
}

impl Decision<'_> {
    fn client(&self) -> String {
        self.sender.writer.as_ref().map(ToString::to_string).unwrap_or_default()
    }

    /// Whether a request is another than that of a case whose extra work is settled: each is counted.
    fn is_another_request(&self, case: &Case, raised: &Raised<'_>) -> bool {
        let offer = self.known.offers.iter().find(|offer| offer.case == case.number);
        raised.sure && raised.kind == Kind::ExtraWork && offer.is_some_and(|offer| offer.stage.is_settled())
    }

    fn why(&self, raised: &Raised<'_>) -> String {
        let (name, threshold) = if raised.sure {
            ("open_case", self.policy.thresholds.open_case)
        } else {
            ("please_check", self.policy.thresholds.please_check)
        };
        let agreed = self.agreed(raised.kind).unwrap_or_default();
        if let Some(language) = self.mail.message.language.as_deref().filter(|code| !reads(Some(code))) {
            return format!("its language ({language}) cannot be read: a person has to look{agreed}");
        }
        format!(
            "{} with probability {:.2}, at or above {name} = {threshold:.2}{agreed}",
            raised.kind.words(),
            raised.finding.probability
        )
    }

    /// What the agreed scope says of a request.
    fn agreed(&self, kind: Kind) -> Option<String> {
        let reading = self.mail.scope.filter(|_| kind.matter() == Matter::Request)?;
        let line = self.account.scope.get(reading.line)?;
        let said = if line.included { "included" } else { "not included" };
        Some(format!(
            " ({} in what was agreed, by the line \"{said}: {}\")",
            reading.verdict.words(),
            line.text
        ))
    }

    /// Whether a mild complaint is the third of its client in thirty days: small things add up.
    fn adds_up(&self, raised: &Raised<'_>) -> bool {
        raised.sure && raised.kind == Kind::Complaint && raised.severity == 1 && self.known.recent_mild >= 2
    }

    fn opened(&self, number: i64, conversation: i64, raised: &Raised<'_>) -> Case {
        let severity = if self.adds_up(raised) { 2 } else { raised.severity };
        let (subject, _) = self.sender.words(self.mail.message);
        let subject = if self.sender.forwarded { subject } else { self.mail.message.base_subject.as_str() };
        Case {
            number,
            account: self.account.key.clone(),
            conversation,
            kind: raised.kind,
            severity,
            probability: raised.finding.probability,
            please_check: !raised.sure,
            lead: case::lead(raised.kind, severity),
            // Praise asks nothing of anybody: it is told once, in the digest.
            state: match (raised.kind, self.known.answered_at) {
                (Kind::Praise, _) => State::Closed,
                (_, Some(_)) => State::Taken,
                (_, None) => State::Open,
            },
            subject: subject.to_owned(),
            evidence: raised.finding.evidence.clone(),
            client: self.client(),
            opened_at: self.now,
            changed_at: self.now,
            answered_at: self.known.answered_at,
            told_at: None,
            alerted_at: None,
            wakes_at: None,
            lead_person: None,
            taken_by: None,
            // Whoever answered before Pairdesk was there did so unseen.
            clock: case::CaseClock { quiet: self.mail.backlog, ..case::CaseClock::default() },
        }
    }

    /// The old case, with what the new mail adds. It never gets milder by a mail.
    fn amended(&self, old: &Case, raised: &Raised<'_>) -> Case {
        let mut case = old.clone();
        if rank(raised.kind) > rank(old.kind) && (raised.sure || old.please_check) {
            case.kind = raised.kind;
        }
        // A matter that is repeated is material, however politely (labelling guide: severity 2).
        let repeated = raised.sure && raised.severity > 0 && old.severity > 0;
        case.severity = old.severity.max(raised.severity).max(if repeated { 2 } else { 0 });
        case.probability = old.probability.max(raised.finding.probability);
        case.please_check = old.please_check && !raised.sure;
        // Whoever was given the lead by a colleague keeps it.
        if case.lead_person.is_none() {
            case.lead = case::lead(case.kind, case.severity);
        }
        case.changed_at = self.now;
        if case.kind != Kind::Praise {
            case.undergo(Event::ClientWrote, self.now);
        }
        if worse(old, &case) {
            case.raised(self.now);
        }
        // The owner's answer to this mail was read before it.
        if self.known.answered_at.is_some() && case.kind != Kind::Praise {
            case.undergo(Event::OwnerWrote, self.now);
        }
        if !raised.finding.evidence.is_empty() && (raised.sure || old.please_check) {
            case.evidence.clone_from(&raised.finding.evidence);
        }
        case
    }

    fn record(&self, case: &Case, what: String, why: String) -> Effect {
        let who = self.sender.writer.as_ref().map_or("the client", |writer| writer.display()).to_owned();
        Effect::Record { case: case.number, entry: Entry { at: self.now, who, what, why } }
    }

    fn letter_id(&mut self) -> String {
        self.letters += 1;
        self.seed.id(self.letters)
    }

    /// The owners are told of the case with others.
    fn gathered(&self, case: &Case) -> [Effect; 2] {
        let told = self.known.told_this_hour;
        let entry = Entry {
            at: self.now,
            who: "Pairdesk".to_owned(),
            what: "kept the notice for one mail with others".to_owned(),
            why: format!("the owners were told of {told} cases of this client within the hour"),
        };
        let (number, account) = (case.number, case.account.clone());
        [Effect::Record { case: number, entry }, Effect::Gather { case: number, account }]
    }

    /// The case change itself, its history, and the mails that follow from it.
    fn case_effects(
        &mut self,
        old: Option<&Case>,
        case: &Case,
        raised: &Raised<'_>,
        acknowledged: &mut bool,
    ) -> Vec<Effect> {
        let words = match (old, case.severity) {
            (None, 0) => format!("opened as {}", case.kind.words()),
            (None, severity) => format!("opened as {}, severity {severity}", case.kind.words()),
            (Some(old), severity) if worse(old, case) => {
                format!("wrote again: now {}, severity {severity}", case.kind.words())
            }
            (Some(old), _) if !old.state.unfinished() && case.state.unfinished() => {
                "wrote again: reopened".to_owned()
            }
            (Some(_), _) => "wrote again about it".to_owned(),
        };
        let mut case = case.clone();
        let mut why = self.why(raised);
        if old.is_none() && self.adds_up(raised) {
            let before = self.known.recent_mild;
            why = format!("{why}; mild, but after {before} mild complaints of this client in thirty days");
        }
        let mut effects = vec![self.record(&case, words, why)];
        if !self.mail.backlog {
            self.tell(old, &mut case, raised, acknowledged, &mut effects);
        }
        let change = if old.is_none() { Effect::OpenCase(case) } else { Effect::ChangeCase(case) };
        effects.insert(0, change);
        effects
    }

    /// The mails that follow at once. Of one matter people hear again only when it got worse or came back.
    fn tell(
        &mut self,
        old: Option<&Case>,
        case: &mut Case,
        raised: &Raised<'_>,
        acknowledged: &mut bool,
        effects: &mut Vec<Effect>,
    ) {
        // An owner who has answered this very mail needs no notice of it, and the client no word that it has come.
        let answered = self.known.answered_at.is_some();
        let flooded = self.known.account_acknowledgements_today >= ACKNOWLEDGEMENTS_OF_ACCOUNT;
        let acknowledgement = if answered || flooded {
            Acknowledgement::None
        } else {
            self.acknowledge(old, case, raised, acknowledged, effects)
        };
        // Of a matter that rested, the client's word is what was waited for.
        let news =
            old.is_none_or(|old| worse(old, case) || !old.state.unfinished() || old.state == State::Waiting);
        let not_settled = old.is_some_and(|old| old.state == State::Resolved);
        let mut told = Vec::new();
        if !answered && (news || case.told_at.is_none()) && (self.at_once(case) || not_settled) {
            let occasion = match old {
                None => Occasion::New,
                Some(old) if old.state == State::Resolved => Occasion::NotSettled,
                Some(_) => Occasion::Raised,
            };
            if self.known.told_this_hour < TOLD_AN_HOUR {
                told = self.notices(case, &occasion, acknowledgement, effects);
            } else {
                effects.extend(self.gathered(case));
            }
            case.told_at = Some(self.now);
        }
        if (news || case.alerted_at.is_none() && !case.clock.quiet)
            && let Some(because) = self.alert_reason(old, case)
        {
            // One that was held back may follow when the matter comes up again.
            if self.alert(case, because, &told, effects) {
                case.alerted_at = Some(self.now);
            } else {
                case.clock.held_at = Some(self.now);
            }
        }
    }
}
