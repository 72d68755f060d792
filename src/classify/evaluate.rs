//! How well a classifier does on labelled mails.

use std::collections::BTreeMap;
use std::fmt::{self, Write as _};

use rand::rngs::SmallRng;
use rand::{Rng as _, SeedableRng as _};

use super::classifier::Classifier;
use super::labelled::{LabelledMail, Labels};
use super::staff::StaffLabel;
use crate::case::Kind;

/// From which probability on a label counts as decided.
const DECIDED: f64 = 0.5;
/// Into how many ranges of probability the calibration is looked at.
const BINS: usize = 10;
/// How many times the mails are drawn anew to see how far chance goes (the bootstrap; Efron, 1979).
const DRAWS: usize = 1_000;

/// Right and wrong answers to one yes-or-no question.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Counts {
    /// Said yes, and it is.
    pub right: usize,
    /// Said yes, and it is not.
    pub wrong: usize,
    /// Said no, and it is.
    pub missed: usize,
}

impl Counts {
    fn add(&mut self, said: bool, is: bool) {
        match (said, is) {
            (true, true) => self.right += 1,
            (true, false) => self.wrong += 1,
            (false, true) => self.missed += 1,
            (false, false) => {}
        }
    }

    /// The share of the yes answers that are right, 0 to 1; 0 when there is none.
    pub fn precision(self) -> f64 {
        share(self.right, self.right + self.wrong)
    }

    /// The share of what is there that was found, 0 to 1; 0 when there is nothing.
    pub fn recall(self) -> f64 {
        share(self.right, self.right + self.missed)
    }

    /// The harmonic mean of precision and recall, 0 to 1.
    pub fn f1(self) -> f64 {
        share(2 * self.right, 2 * self.right + self.wrong + self.missed)
    }
}

#[allow(clippy::cast_precision_loss)]
fn share(part: usize, whole: usize) -> f64 {
    if whole == 0 { 0.0 } else { part as f64 / whole as f64 }
}

/// One mail with what is and what was said.
#[derive(Debug, Clone, PartialEq)]
struct Judged {
    language: String,
    /// For each label: whether the mail bears it, the probability that was said.
    labels: Vec<(bool, f64)>,
    /// For each label that it bears: whether the sentence shown is one that people marked.
    shown: Vec<bool>,
    /// The severity that it has and that was said; staff mail has none.
    severity: Option<(u8, u8)>,
}

/// What was measured on labelled mails. Its display is a table.
#[derive(Debug, Clone, PartialEq)]
pub struct Report {
    names: Vec<&'static str>,
    mails: Vec<Judged>,
    /// From which probability on a manager is alerted.
    alert: f64,
}

/// Measures a classifier on mails that it has not seen: those of clients, and those of staff, each when there are some.
/// `alert` is the probability from which on a manager is alerted.
pub fn evaluate(classifier: &Classifier, mails: &[LabelledMail], alert: f64) -> Vec<Report> {
    reports(mails.iter().map(|mail| (classifier, mail)), alert)
}

/// The same by cross-validation, in so many parts (two at least), for mails towards which the classifier was drawn: each is
/// judged by one that was drawn towards the other parts only. A client's mails stay together.
pub fn cross_validate(
    classifier: &Classifier,
    mails: &[LabelledMail],
    parts: u32,
    alert: f64,
) -> Vec<Report> {
    let parted = classifier.parted(mails, parts.max(2));
    let judged =
        parted.iter().flat_map(|(classifier, mails)| mails.iter().map(move |mail| (classifier, *mail)));
    reports(judged, alert)
}

fn reports<'a>(judged: impl Iterator<Item = (&'a Classifier, &'a LabelledMail)>, alert: f64) -> Vec<Report> {
    let mut clients = Report { names: Kind::ALL.map(Kind::key).to_vec(), mails: Vec::new(), alert };
    let mut staff = Report { names: StaffLabel::ALL.map(StaffLabel::key).to_vec(), mails: Vec::new(), alert };
    for (classifier, mail) in judged {
        match &mail.labels {
            Labels::Client { kinds, severity } => {
                let found = classifier.classify(&mail.subject, &mail.text);
                let said = |kind| found.of(kind).map_or((0.0, ""), |f| (f.probability, f.evidence.as_str()));
                let labels = Kind::ALL.map(|kind| (kind.key(), kinds.contains(&kind), said(kind)));
                clients.mails.push(self::judged(mail, &labels, Some((*severity, found.severity))));
            }
            Labels::Staff(there) => {
                let found = classifier.classify_staff(&mail.subject, &mail.text);
                let said = |label| {
                    let finding = found.iter().find(|finding| finding.label == label);
                    finding.map_or((0.0, ""), |f| (f.probability, f.evidence.as_str()))
                };
                let labels = StaffLabel::ALL.map(|label| (label.key(), there.contains(&label), said(label)));
                staff.mails.push(self::judged(mail, &labels, None));
            }
        }
    }
    [clients, staff].into_iter().filter(|report| !report.mails.is_empty()).collect()
}

/// A label's key, whether it is there, and what was said of it.
type Asked<'a> = (&'static str, bool, (f64, &'a str));

fn judged(mail: &LabelledMail, labels: &[Asked<'_>], severity: Option<(u8, u8)>) -> Judged {
    let marked = labels.iter().filter(|(_, is, _)| *is);
    let shown = marked.filter_map(|(key, _, (_, sentence))| {
        mail.evidence.get(*key).map(|words| same_place(sentence, words))
    });
    Judged {
        language: mail.language.clone(),
        labels: labels.iter().map(|(_, is, (probability, _))| (*is, *probability)).collect(),
        shown: shown.collect(),
        severity,
    }
}

/// Whether a sentence and the marked words are about the same place of the text.
fn same_place(sentence: &str, words: &str) -> bool {
    let plain = |text: &str| {
        text.split(|c: char| !c.is_alphanumeric())
            .filter(|word| !word.is_empty())
            .collect::<Vec<_>>()
            .join(" ")
            .to_lowercase()
    };
    let (sentence, words) = (plain(sentence), plain(words));
    !sentence.is_empty() && (sentence.contains(&words) || words.contains(&sentence))
}

impl Report {
    /// For each label the counts at 0.5 over these mails.
    fn counts<'a>(&self, mails: impl Iterator<Item = &'a Judged>) -> Vec<Counts> {
        let mut counts = vec![Counts::default(); self.names.len()];
        for mail in mails {
            for (counts, (is, probability)) in counts.iter_mut().zip(&mail.labels) {
                counts.add(*probability >= DECIDED, *is);
            }
        }
        counts
    }

    /// For each label's key the counts at 0.5.
    pub fn labels(&self) -> BTreeMap<&'static str, Counts> {
        self.names.iter().copied().zip(self.counts(self.mails.iter())).collect()
    }

    /// The mean F1 of the labels at 0.5, 0 to 1.
    pub fn macro_f1(&self) -> f64 {
        macro_f1(&self.counts(self.mails.iter()))
    }

    /// How far a label's probability is from the share of mails that bear it, on average over ten ranges, 0 to 1
    /// (expected calibration error; Naeini et al., 2015).
    pub fn calibration_error(&self, label: &str) -> f64 {
        let Some(at) = self.names.iter().position(|name| *name == label) else { return 0.0 };
        let mut bins = [(0.0, 0.0); BINS];
        for mail in &self.mails {
            let (is, probability) = mail.labels[at];
            #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)]
            let bin = &mut bins[((probability * 10.0) as usize).min(BINS - 1)];
            bin.0 += probability;
            bin.1 += f64::from(u8::from(is));
        }
        #[allow(clippy::cast_precision_loss)]
        let mails = self.mails.len().max(1) as f64;
        bins.iter().map(|(said, is)| f64::abs(said - is)).sum::<f64>() / mails
    }

    /// At alert level: a complaint of severity 3, or a churn risk, at the alert's probability.
    pub fn alerts(&self) -> Counts {
        let mut counts = Counts::default();
        let at = |name| self.names.iter().position(|known| *known == name);
        let (Some(complaint), Some(churn)) = (at("complaint"), at("churn_risk")) else { return counts };
        for mail in &self.mails {
            let Some((is, said)) = mail.severity else { continue };
            let grave = said == 3 && mail.labels[complaint].1 >= self.alert;
            counts.add(grave || mail.labels[churn].1 >= self.alert, is == 3 || mail.labels[churn].0);
        }
        counts
    }

    /// Between which values a measure of each label, and its mean over the labels, lies in 95 of 100 draws.
    fn intervals(&self) -> Vec<(f64, f64)> {
        let mut random = SmallRng::seed_from_u64(1979);
        let mut draws: Vec<Vec<f64>> = vec![Vec::with_capacity(DRAWS); self.names.len() + 1];
        for _ in 0..DRAWS {
            let sample = (0..self.mails.len()).map(|_| &self.mails[random.random_range(0..self.mails.len())]);
            let counts = self.counts(sample);
            for (draws, value) in
                draws.iter_mut().zip(counts.iter().map(|c| c.f1()).chain([macro_f1(&counts)]))
            {
                draws.push(value);
            }
        }
        let ends = |mut draws: Vec<f64>| {
            draws.sort_by(f64::total_cmp);
            (draws[DRAWS / 40], draws[DRAWS - 1 - DRAWS / 40])
        };
        draws.into_iter().map(ends).collect()
    }

    /// What was said instead of a label that was missed, and what there was instead of one that was wrongly said.
    fn confusions(&self) -> String {
        let mut text = String::new();
        for (at, name) in self.names.iter().enumerate() {
            let mut instead: [BTreeMap<&str, usize>; 2] = Default::default();
            for mail in &self.mails {
                let (is, probability) = mail.labels[at];
                let said = probability >= DECIDED;
                if is == said {
                    continue;
                }
                let other = |(other, (is_other, probability)): &(usize, &(bool, f64))| {
                    *other != at && if is { *probability >= DECIDED } else { *is_other }
                };
                let mut others = mail
                    .labels
                    .iter()
                    .enumerate()
                    .filter(other)
                    .map(|(other, _)| self.names[other])
                    .peekable();
                let counts = &mut instead[usize::from(said)];
                if others.peek().is_none() {
                    *counts.entry("nothing").or_default() += 1;
                }
                others.for_each(|other| *counts.entry(other).or_default() += 1);
            }
            let list = |counts: &BTreeMap<&str, usize>| {
                let mut order: Vec<_> = counts.iter().collect();
                order.sort_by(|a, b| b.1.cmp(a.1));
                order.iter().map(|(name, count)| format!("{name} {count}")).collect::<Vec<_>>().join(", ")
            };
            for (what, counts) in ["missed, and said was", "wrongly said, and there was"].iter().zip(&instead)
            {
                if !counts.is_empty() {
                    let _ = writeln!(text, "  {name} {what}: {}", list(counts));
                }
            }
        }
        text
    }
}

fn macro_f1(counts: &[Counts]) -> f64 {
    mean(counts.iter().map(|counts| counts.f1()))
}

fn mean(values: impl ExactSizeIterator<Item = f64>) -> f64 {
    #[allow(clippy::cast_precision_loss)]
    let count = values.len().max(1) as f64;
    values.sum::<f64>() / count
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(
            f,
            "{:<20} mails  precision recall  F1  (95 of 100 draws)  calibration",
            format!("{} mails", self.mails.len())
        )?;
        let intervals = self.intervals();
        for ((name, counts), (low, high)) in
            self.names.iter().zip(self.counts(self.mails.iter())).zip(&intervals)
        {
            writeln!(
                f,
                "{name:<20} {:>5} {:>10.2} {:>6.2} {:>5.2}  ({low:.2} to {high:.2})    {:.3}",
                counts.right + counts.missed,
                counts.precision(),
                counts.recall(),
                counts.f1(),
                self.calibration_error(name)
            )?;
        }
        let (low, high) = intervals[self.names.len()];
        writeln!(f, "macro-F1 {:.3} ({low:.3} to {high:.3})", self.macro_f1())?;
        let mut languages: BTreeMap<&str, Vec<&Judged>> = BTreeMap::new();
        for mail in &self.mails {
            languages.entry(&mail.language).or_default().push(mail);
            if mail.language != "en" {
                languages.entry("others together").or_default().push(mail);
            }
        }
        for (language, mails) in languages {
            // A label that a language's few mails do not bear says nothing about it.
            let counts = self.counts(mails.iter().copied());
            let there: Vec<f64> = counts.iter().filter(|c| c.right + c.missed > 0).map(|c| c.f1()).collect();
            writeln!(
                f,
                "  {language}: {} mails, {} F1 {:.2}, macro-F1 of {} labels {:.3}",
                mails.len(),
                self.names[0],
                counts[0].f1(),
                there.len(),
                mean(there.into_iter())
            )?;
        }
        let shown: Vec<bool> = self.mails.iter().flat_map(|mail| mail.shown.iter().copied()).collect();
        let right = shown.iter().filter(|right| **right).count();
        writeln!(
            f,
            "evidence: the sentence that people marked in {:.2} of {} labels",
            share(right, shown.len()),
            shown.len()
        )?;
        let graded: Vec<(u8, u8)> =
            self.mails.iter().filter_map(|mail| mail.severity).filter(|(is, _)| *is > 0).collect();
        if !graded.is_empty() {
            let within = |step: u8| {
                share(graded.iter().filter(|(is, said)| is.abs_diff(*said) <= step).count(), graded.len())
            };
            let error = mean(
                graded.iter().map(|(is, said)| f64::from(is.abs_diff(*said))).collect::<Vec<_>>().into_iter(),
            );
            writeln!(
                f,
                "severity of {} complaints: exact {:.2}, within one step {:.2}, mean error {error:.2}",
                graded.len(),
                within(0),
                within(1)
            )?;
            let alerts = self.alerts();
            writeln!(
                f,
                "alerts (severe complaint or churn risk, at {:.2}): precision {:.2}, recall {:.2} ({} of {})",
                self.alert,
                alerts.precision(),
                alerts.recall(),
                alerts.right,
                alerts.right + alerts.missed
            )?;
        }
        write!(f, "confusions:\n{}", self.confusions().trim_end())
    }
}
