//! What stands behind `wrong`: the kinds that are right, or none.

use super::plain::{head, lower, separators, word};
use crate::case::Kind;

const KINDS: [(&str, Kind); 21] = [
    ("complaint", Kind::Complaint),
    ("complain", Kind::Complaint),
    ("complaints", Kind::Complaint),
    ("beschwerde", Kind::Complaint),
    ("extra", Kind::ExtraWork),
    ("extra work", Kind::ExtraWork),
    ("extrawork", Kind::ExtraWork),
    ("mehrarbeit", Kind::ExtraWork),
    ("promise", Kind::PromiseGap),
    ("promise gap", Kind::PromiseGap),
    ("churn", Kind::ChurnRisk),
    ("churn risk", Kind::ChurnRisk),
    ("opportunity", Kind::Opportunity),
    ("lead", Kind::Opportunity),
    ("upsell", Kind::Opportunity),
    ("commercial", Kind::Commercial),
    ("commercial question", Kind::Commercial),
    ("pricing", Kind::Commercial),
    ("praise", Kind::Praise),
    ("compliment", Kind::Praise),
    ("lob", Kind::Praise),
];

const NONE: [&str; 8] = ["none", "nothing", "routine", "neither", "nix", "nichts", "normal", "case"];

const FILLERS: [&str; 34] = [
    "this", "is", "it", "it's", "its", "that", "that's", "should", "be", "a", "an", "the", "but", "just",
    "rather", "actually", "label", "kind", "type", "severity", "sev", "and", "more", "of", "like", "really",
    "eine", "ein", "ist", "das", "sondern", "und", "only", "at",
];

const NEGATIONS: [&str; 7] = ["not", "no", "isn't", "isnt", "kein", "keine", "never"];

/// The kinds, the severity, and how many bytes they take; none when no kind is named.
pub(super) fn read(after: &str) -> Option<(Vec<Kind>, Option<u8>, usize)> {
    let text = head(after, 160);
    let (mut kinds, mut severity) = (Vec::new(), None);
    let (mut none, mut negated) = (false, false);
    let (mut at, mut taken) = (0, 0);
    loop {
        at += separators(&text[at..]);
        let rest = &text[at..];
        if let Some(digit) = rest.chars().next().filter(char::is_ascii_digit) {
            let alone = !rest[1..].starts_with(|c: char| c.is_alphanumeric() || c == '.');
            // A severity belongs to a kind.
            severity =
                Some(u8::try_from(digit.to_digit(10)?).ok()?).filter(|severity| *severity <= 3 && alone);
            severity?;
            at += 1;
            taken = at;
            continue;
        }
        let first = word(rest);
        let small = lower(first);
        if first.is_empty() {
            break;
        }
        if NEGATIONS.contains(&small.as_str()) {
            negated = true;
            at += first.len();
        } else if let Some((kind, length)) = kind(rest) {
            if negated {
                none = true;
            } else if !kinds.contains(&kind) {
                kinds.push(kind);
            }
            negated = false;
            at += length;
            taken = at;
        } else if NONE.contains(&small.as_str()) {
            none |= small != "case" || negated;
            negated = false;
            at += first.len();
            taken = at;
        } else if FILLERS.contains(&small.as_str()) {
            at += first.len();
        } else {
            break;
        }
    }
    if severity.is_some() && kinds.is_empty() {
        return None;
    }
    (none || !kinds.is_empty()).then_some((kinds, severity, taken))
}

/// The kind that a text begins with, perhaps with a typing error.
fn kind(text: &str) -> Option<(Kind, usize)> {
    let first = word(text);
    let joint = text[first.len()..].starts_with([' ', '_', '-']);
    let second = if joint { word(&text[first.len() + 1..]) } else { "" };
    let both = format!("{} {}", lower(first), lower(second));
    let small = lower(first);
    let known = |written: &str| KINDS.iter().find(|(name, _)| *name == written).map(|(_, kind)| *kind);
    if let Some(kind) = known(&both) {
        return Some((kind, first.len() + 1 + second.len()));
    }
    let near = || {
        let long = small.chars().count() >= 5 && small.len() < 20;
        KINDS.iter().find(|(name, _)| long && strsim::osa_distance(name, &small) <= 1).map(|(_, kind)| *kind)
    };
    known(&small).or_else(near).map(|kind| (kind, first.len()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_right_kinds_are_read_as_people_name_them() {
        use Kind::{ChurnRisk, Complaint, ExtraWork, Praise, PromiseGap};
        for (text, kinds, severity) in [
            (" praise", vec![Praise], None),
            (" none", vec![], None),
            (": not a complaint", vec![], None),
            (" complaint 3", vec![Complaint], Some(3)),
            (", this is praise", vec![Praise], None),
            (" should be extra work", vec![ExtraWork], None),
            (" not a complaint, it’s praise", vec![Praise], None),
            (" promise_gap severity 2", vec![PromiseGap], Some(2)),
            (" complaint and churn-risk", vec![Complaint, ChurnRisk], None),
            (" complaitn", vec![Complaint], None),
            (": no case", vec![], None),
        ] {
            assert_eq!(
                read(text).map(|(kinds, severity, _)| (kinds, severity)),
                Some((kinds, severity)),
                "{text}"
            );
        }
        for none in ["", " number, she said", " 3", " complaint 7", " client", " complaint 2.5"] {
            assert_eq!(read(none), None, "{none}");
        }
    }
}
