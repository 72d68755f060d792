//! The questions that the readers answer, in the order of both models.

use super::labelled::{LabelledMail, Labels};
use super::staff::StaffLabel;
use crate::case::Kind;

/// How many questions there are.
pub(super) const COUNT: usize = KEYS.len();
/// "At least clear" and "severe", of a complaint; then the staff labels.
pub(super) const CLEAR: usize = Kind::ALL.len();
pub(super) const SEVERE: usize = CLEAR + 1;
pub(super) const STAFF: usize = SEVERE + 1;

/// The clients' labels, how severe a complaint is, the staff labels.
pub(super) const KEYS: [&str; 13] = [
    "complaint",
    "extra_work",
    "promise_gap",
    "churn_risk",
    "opportunity",
    "commercial",
    "praise",
    "severity_2",
    "severity_3",
    "code_red",
    "giveaway",
    "pricing",
    "commitment",
];

/// The right answer for a labelled mail; none where the question is not put to such mail.
pub(super) fn answer(question: usize, mail: &LabelledMail) -> Option<bool> {
    match &mail.labels {
        Labels::Client { kinds, severity } => match question {
            CLEAR => Some(*severity >= 2),
            SEVERE => Some(*severity >= 3),
            _ => Kind::ALL.get(question).map(|kind| kinds.contains(kind)),
        },
        Labels::Staff(labels) => question
            .checked_sub(STAFF)
            .and_then(|at| StaffLabel::ALL.get(at))
            .map(|label| labels.contains(label)),
    }
}

/// The label whose marked words show the answer.
pub(super) fn shown_by(question: usize) -> &'static str {
    match question {
        CLEAR | SEVERE => KEYS[0],
        _ => KEYS[question],
    }
}
