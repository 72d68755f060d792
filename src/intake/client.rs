//! What follows from a client's mail: which matters it raises, which case each belongs to, and who hears of it.

use jiff::{SignedDuration, Timestamp};

use super::facts::{acting, case_facts, thread_root};
use super::firm::shorten;
use super::{FollowUp, Known, Mail, Policy, Sender};
use crate::case::{self, Case, Entry, Event, Kind, Matter, State, transition};
use crate::classify::{Classification, Finding};
use crate::directory::{Account, Directory};
use crate::effect::{
    Acknowledgement, Alert, Content, Disposition, Effect, Filing, Letter, Notice, Received, Seed,
};

/// A finished matter that comes up again within this time is the same case; later it is a new one.
const REOPENED_WITHIN: SignedDuration = SignedDuration::from_hours(30 * 24);
/// One acknowledgement a conversation in this time.
const ACKNOWLEDGED_ONCE_IN: SignedDuration = SignedDuration::from_hours(24);
/// Acknowledgements to one address a day, over all conversations: a loop with a machine that marks nothing ends here
/// (RFC 3834 §2).
const ACKNOWLEDGEMENTS_A_DAY: u32 = 3;
/// Characters of the client's text in a notice: one screen of a phone.
const EXCERPT: usize = 600;

/// A matter that the mail raises.
struct Raised<'a> {
    kind: Kind,
    severity: u8,
    sure: bool,
    finding: &'a Finding,
}

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
    let matters = mail.classification.map_or_else(Vec::new, |found| matters(found, policy));
    let conversation = known
        .conversation
        .as_ref()
        // A client who is in copy of another client's conversation does not work on that one's cases.
        .filter(|conversation| conversation.account.as_ref().is_none_or(|key| *key == account.key));
    let mut decision = Decision { mail, sender, account, directory, known, policy, now, seed, letters: 0 };
    let (disposition, reason) = match (matters.first(), mail.classification) {
        (Some(_), _) => (
            Disposition::Case,
            matters.iter().map(|raised| decision.why(raised)).collect::<Vec<_>>().join("; "),
        ),
        (None, Some(found)) => (Disposition::Routine, nearest(found)),
        (None, None) => (Disposition::Routine, "there are no newly written words in it".to_owned()),
    };
    let mut effects = vec![Effect::File(Filing {
        disposition,
        reason,
        account: Some(account.key.clone()),
        conversation: conversation.map(|conversation| conversation.id),
        writer: sender.writer.clone(),
    })];
    let cases = conversation.map_or(&[][..], |conversation| &conversation.cases);
    let id = conversation.map_or(known.mail, |conversation| conversation.id);
    let mut number = known.next_case;
    let mut acknowledged = false;
    for raised in &matters {
        let old = cases.iter().rev().find(|case| {
            case.account == account.key
                && case.kind.matter() == raised.kind.matter()
                && (case.state.unfinished() || now.duration_since(case.changed_at) <= REOPENED_WITHIN)
        });
        let case = match old {
            Some(old) => decision.amended(old, raised),
            None => decision.opened(number, id, raised),
        };
        if old.is_none() {
            number += 1;
        }
        effects.extend(decision.case_effects(old, case, raised, &mut acknowledged));
    }
    if matters.is_empty() {
        for case in cases.iter().filter(|case| case.account == account.key && case.state.unfinished()) {
            let mut case = case.clone();
            case.state = transition(case.state, Event::ClientWrote);
            case.changed_at = now;
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

    fn why(&self, raised: &Raised<'_>) -> String {
        let (name, threshold) = if raised.sure {
            ("open_case", self.policy.thresholds.open_case)
        } else {
            ("please_check", self.policy.thresholds.please_check)
        };
        format!(
            "{} with probability {:.2}, at or above {name} = {threshold:.2}",
            raised.kind.words(),
            raised.finding.probability
        )
    }

    fn opened(&self, number: i64, conversation: i64, raised: &Raised<'_>) -> Case {
        let (subject, _) = self.sender.words(self.mail.message);
        let subject = if self.sender.forwarded { subject } else { self.mail.message.base_subject.as_str() };
        Case {
            number,
            account: self.account.key.clone(),
            conversation,
            kind: raised.kind,
            severity: raised.severity,
            probability: raised.finding.probability,
            please_check: !raised.sure,
            lead: case::lead(raised.kind, raised.severity),
            // Praise asks nothing of anybody: it is told once, in the digest.
            state: if raised.kind == Kind::Praise { State::Closed } else { State::Open },
            subject: subject.to_owned(),
            evidence: raised.finding.evidence.clone(),
            client: self.client(),
            opened_at: self.now,
            changed_at: self.now,
            answered_at: None,
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
        case.lead = case::lead(case.kind, case.severity);
        if case.kind != Kind::Praise {
            case.state = transition(old.state, Event::ClientWrote);
        }
        if !raised.finding.evidence.is_empty() && (raised.sure || old.please_check) {
            case.evidence.clone_from(&raised.finding.evidence);
        }
        case.changed_at = self.now;
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

    /// The case change itself, its history, and the mails that follow from it.
    fn case_effects(
        &mut self,
        old: Option<&Case>,
        case: Case,
        raised: &Raised<'_>,
        acknowledged: &mut bool,
    ) -> Vec<Effect> {
        let words = match (old, case.severity) {
            (None, 0) => format!("opened as {}", case.kind.words()),
            (None, severity) => format!("opened as {}, severity {severity}", case.kind.words()),
            (Some(old), severity) if worse(old, &case) => {
                format!("wrote again: now {}, severity {severity}", case.kind.words())
            }
            (Some(old), _) if !old.state.unfinished() && case.state.unfinished() => {
                "wrote again: reopened".to_owned()
            }
            (Some(_), _) => "wrote again about it".to_owned(),
        };
        let record = self.record(&case, words, self.why(raised));
        let change = match old {
            None => Effect::OpenCase(case.clone()),
            Some(_) => Effect::ChangeCase(case.clone()),
        };
        let mut effects = vec![change, record];
        if self.mail.backlog {
            return effects;
        }
        let acknowledgement = self.acknowledge(&case, raised, acknowledged, &mut effects);
        let news = old.is_none_or(|old| worse(old, &case) || !old.state.unfinished());
        let told = if news && self.at_once(&case) {
            self.notices(&case, old.is_some(), acknowledgement, &mut effects)
        } else {
            Vec::new()
        };
        if let Some(because) = self.alert_reason(old, &case) {
            self.alert(&case, because, &told, &mut effects);
        }
        effects
    }

    /// Whether the owners hear of it now, and not only in the digest. What is unsure waits for the digest.
    fn at_once(&self, case: &Case) -> bool {
        if case.please_check {
            return false;
        }
        match case.kind {
            Kind::ChurnRisk | Kind::PromiseGap => true,
            Kind::Complaint => case.severity >= 2,
            Kind::ExtraWork | Kind::Commercial => says_urgent(self.sender.words(self.mail.message)),
            Kind::Opportunity | Kind::Praise => false,
        }
    }

    /// Why a manager is alerted, if one is: only for what is sure, and for one matter again only when it got worse.
    fn alert_reason(&self, old: Option<&Case>, case: &Case) -> Option<String> {
        if case.please_check || case.probability < self.policy.thresholds.alert {
            return None;
        }
        if old.is_some_and(|old| self.alert_grounds(old).is_some() && !worse(old, case)) {
            return None;
        }
        self.alert_grounds(case)
    }

    fn alert_grounds(&self, case: &Case) -> Option<String> {
        match (case.kind, case.severity) {
            (Kind::ChurnRisk, _) => Some("the client hints at leaving".to_owned()),
            (Kind::Complaint | Kind::PromiseGap, 3..) => Some("the complaint is severe".to_owned()),
            (Kind::PromiseGap, 2) => Some(
                "the client compares what was promised with what is delivered, with displeasure".to_owned(),
            ),
            (Kind::Complaint, 2) if self.known.recent_complaints >= 2 => Some(format!(
                "it is complaint number {} of this client in thirty days",
                self.known.recent_complaints + 1
            )),
            _ => None,
        }
    }

    /// A notice to both owners, with the same facts. Returns the addresses that got one.
    fn notices(
        &mut self,
        case: &Case,
        raised: bool,
        acknowledgement: Acknowledgement,
        effects: &mut Vec<Effect>,
    ) -> Vec<String> {
        let (_, text) = self.sender.words(self.mail.message);
        let excerpt = shorten(text, EXCERPT);
        let scope = match case.kind.matter() {
            Matter::Request => {
                self.account.scope.iter().map(|line| (line.included, line.text.clone())).collect()
            }
            _ => Vec::new(),
        };
        let mut told: Vec<String> = Vec::new();
        for side in [case.lead, case.lead.partner()] {
            // The manager stands in where nobody covers a side at all.
            let person = acting(self.account, side).or_else(|| {
                let uncovered = acting(self.account, side.partner()).is_none();
                uncovered.then(|| self.directory.manager_of(self.account)).flatten()
            });
            let Some(person) = person.filter(|person| !told.contains(&person.address)) else {
                continue;
            };
            told.push(person.address.clone());
            let person = person.clone();
            let notice = Notice {
                facts: case_facts(case, Some(self.account), self.kind_reason(case)),
                your_side: side,
                timezone: self.directory.firm().timezone.clone(),
                raised,
                excerpt: excerpt.clone(),
                history: self.past_mails(),
                scope: Vec::clone(&scope),
                acknowledgement,
            };
            effects.push(Effect::Send(self.letter(case, person, Content::Notice(notice))));
        }
        told
    }

    fn alert(&mut self, case: &Case, because: String, told: &[String], effects: &mut Vec<Effect>) {
        let Some(manager) = self.directory.manager_of(self.account).cloned() else {
            return;
        };
        if told.contains(&manager.address) {
            return; // who owns the account has the notice already
        }
        let alert = Alert {
            facts: case_facts(case, Some(self.account), self.kind_reason(case)),
            timezone: self.directory.firm().timezone.clone(),
            because: because.clone(),
            history: self.past_mails(),
        };
        let what = format!("alerted {}", manager.display());
        effects.push(Effect::Record {
            case: case.number,
            entry: Entry { at: self.now, who: "Pairdesk".to_owned(), what, why: because },
        });
        effects.push(Effect::Send(self.letter(case, manager, Content::Alert(alert))));
    }

    fn letter(&mut self, case: &Case, to: crate::message::Address, content: Content) -> Letter {
        Letter {
            id: self.letter_id(),
            to,
            case: Some(case.number),
            references: vec![thread_root(case, self.directory)],
            at: self.now,
            content,
        }
    }

    fn kind_reason(&self, case: &Case) -> String {
        let sure = if case.please_check { "perhaps " } else { "" };
        match case.severity {
            0 => format!("read as {sure}{} ({:.0} %)", case.kind.words(), case.probability * 100.0),
            severity => format!(
                "read as {sure}{} ({:.0} %), severity {severity} of 3",
                case.kind.words(),
                case.probability * 100.0
            ),
        }
    }

    /// How it came to this: the last mails of the conversation, a line each.
    fn past_mails(&self) -> Vec<Entry> {
        let mails = self.known.conversation.as_ref().map_or(&[][..], |conversation| &conversation.last_mails);
        mails
            .iter()
            .map(|mail| Entry {
                at: mail.at,
                who: mail.from.split('<').next().unwrap_or_default().trim().to_owned(),
                what: shorten(&mail.excerpt, 90),
                why: String::new(),
            })
            .collect()
    }

    /// The acknowledgement to the client, at most one a mail, a conversation and day.
    fn acknowledge(
        &mut self,
        case: &Case,
        raised: &Raised<'_>,
        acknowledged: &mut bool,
        effects: &mut Vec<Effect>,
    ) -> Acknowledgement {
        let configured =
            self.policy.received_by_account.get(&self.account.key).copied().unwrap_or(self.policy.received);
        let matter = case.kind.matter();
        let wanted = raised.sure
            && (matter == Matter::Dissatisfaction || case.kind == Kind::ExtraWork)
            && configured != FollowUp::Off;
        let lately =
            self.known.last_acknowledged.is_some_and(|at| self.now.duration_since(at) < ACKNOWLEDGED_ONCE_IN)
                || self.known.acknowledgements_today >= ACKNOWLEDGEMENTS_A_DAY;
        let Some(writer) = self.sender.writer.clone() else {
            return Acknowledgement::None;
        };
        if !wanted || lately || *acknowledged {
            return Acknowledgement::None;
        }
        *acknowledged = true;
        let message = self.mail.message;
        let owners = [case.lead, case.lead.partner()]
            .into_iter()
            .filter_map(|side| acting(self.account, side))
            .map(|owner| owner.display().to_owned())
            .collect();
        let language = message.language.clone().unwrap_or_else(|| self.account.language.clone());
        let (subject, _) = self.sender.words(message);
        let content = Content::Received(Received {
            language,
            complaint: matter == Matter::Dissatisfaction,
            client_name: writer.name.clone(),
            subject: subject.to_owned(),
            owners,
        });
        let references = if self.sender.forwarded {
            Vec::new()
        } else {
            message.references.iter().chain(&message.message_id).cloned().collect()
        };
        let letter = Letter {
            id: self.letter_id(),
            to: writer,
            case: Some(case.number),
            references,
            at: self.now,
            content,
        };
        // The address inside a forwarded mail is a reader's guess: a person looks before anything goes there.
        let automatic = configured == FollowUp::Auto && !self.policy.shadow && !self.sender.forwarded;
        let (what, why, effect, outcome) = if automatic {
            (
                "sent the client word that the mail has come",
                "follow_up.received is auto",
                Effect::Send(letter),
                Acknowledgement::Sent,
            )
        } else {
            let why = if self.policy.shadow {
                "shadow mode: nothing goes to clients"
            } else {
                "follow_up.received is draft"
            };
            (
                "kept a draft to the client that the mail has come",
                why,
                Effect::Draft(letter),
                Acknowledgement::Draft,
            )
        };
        effects.push(Effect::Record {
            case: case.number,
            entry: Entry {
                at: self.now,
                who: "Pairdesk".to_owned(),
                what: what.to_owned(),
                why: why.to_owned(),
            },
        });
        effects.push(effect);
        outcome
    }
}

/// The matters of a mail. What is sure comes first; only where nothing is sure, the most probable unsure one.
fn matters<'a>(found: &'a Classification, policy: &Policy) -> Vec<Raised<'a>> {
    let mut raised: Vec<Raised<'a>> = Vec::new();
    for matter in [Matter::Dissatisfaction, Matter::Request, Matter::Opportunity, Matter::Praise] {
        let strongest = found
            .findings
            .iter()
            .filter(|finding| finding.kind.matter() == matter)
            .filter(|finding| finding.probability >= policy.thresholds.open_case)
            .max_by_key(|finding| rank(finding.kind));
        if let Some(finding) = strongest {
            let severity = if matter == Matter::Dissatisfaction { found.severity } else { 0 };
            raised.push(Raised { kind: finding.kind, severity, sure: true, finding });
        }
    }
    if raised.is_empty() {
        let unsure = found
            .findings
            .iter()
            .filter(|finding| finding.probability >= policy.thresholds.please_check)
            // A doubtful praise is nobody's work.
            .filter(|finding| finding.kind != Kind::Praise)
            .max_by(|a, b| a.probability.total_cmp(&b.probability));
        raised.extend(unsure.map(|finding| Raised { kind: finding.kind, severity: 0, sure: false, finding }));
    }
    raised
}

/// How grave a kind is within its matter.
fn rank(kind: Kind) -> u8 {
    match kind {
        Kind::Complaint | Kind::Commercial | Kind::Opportunity | Kind::Praise => 0,
        Kind::PromiseGap | Kind::ExtraWork => 1,
        Kind::ChurnRisk => 2,
    }
}

/// Whether a case has got worse by a mail.
fn worse(old: &Case, new: &Case) -> bool {
    new.severity > old.severity || rank(new.kind) > rank(old.kind) || (old.please_check && !new.please_check)
}

/// Why a mail is routine: the label that was nearest.
fn nearest(found: &Classification) -> String {
    found.findings.first().map_or_else(
        || "no label applies".to_owned(),
        |finding| {
            format!("nothing found; nearest is {} with {:.2}", finding.kind.words(), finding.probability)
        },
    )
}

/// Whether a request says that it cannot wait for the digest.
fn says_urgent((subject, text): (&str, &str)) -> bool {
    const WORDS: [&str; 16] = [
        "urgent",
        "urgently",
        "asap",
        "immediately",
        "today",
        "tonight",
        "dringend",
        "eilig",
        "sofort",
        "heute",
        "urgente",
        "urgence",
        "aujourd'hui",
        "spoed",
        "vandaag",
        "hoje",
    ];
    let text = format!("{subject} {text}").to_lowercase();
    text.split(|c: char| !c.is_alphanumeric() && c != '\'').any(|word| WORDS.contains(&word))
}
