//! Which matters a client's mail raises, how grave each is, and what is urgent about it.

use crate::case::{Case, Kind, Matter, rank};
use crate::classify::{Classification, Finding};
use crate::intake::Policy;

/// A matter that the mail raises.
pub(super) struct Raised<'a> {
    pub(super) kind: Kind,
    pub(super) severity: u8,
    pub(super) sure: bool,
    pub(super) finding: &'a Finding,
}

/// The matters of a mail. What is sure comes first; only where nothing is sure, the most probable unsure one. Of a mail in
/// a language that the classifier cannot read nothing is sure, and a person is always asked.
pub(super) fn matters<'a>(found: &'a Classification, readable: bool, policy: &Policy) -> Vec<Raised<'a>> {
    let mut raised: Vec<Raised<'a>> = Vec::new();
    for matter in [Matter::Dissatisfaction, Matter::Request, Matter::Opportunity, Matter::Praise] {
        let strongest = found
            .findings
            .iter()
            .filter(|finding| finding.kind.matter() == matter)
            .filter(|finding| readable && finding.probability >= policy.thresholds.open_case)
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
            .filter(|finding| !readable || finding.probability >= policy.thresholds.please_check)
            // A doubtful praise is nobody's work.
            .filter(|finding| finding.kind != Kind::Praise)
            .max_by(|a, b| a.probability.total_cmp(&b.probability));
        raised.extend(unsure.map(|finding| Raised { kind: finding.kind, severity: 0, sure: false, finding }));
    }
    raised
}

/// Whether a case has got worse by a mail.
pub(super) fn worse(old: &Case, new: &Case) -> bool {
    new.severity > old.severity || rank(new.kind) > rank(old.kind) || (old.please_check && !new.please_check)
}

/// Why a mail is routine: the label that was nearest.
pub(super) fn nearest(found: &Classification) -> String {
    found.findings.first().map_or_else(
        || "no label applies".to_owned(),
        |finding| {
            format!("nothing found; nearest is {} with {:.2}", finding.kind.words(), finding.probability)
        },
    )
}

/// Whether a request says that it cannot wait for the digest.
pub(super) fn says_urgent((subject, text): (&str, &str)) -> bool {
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
