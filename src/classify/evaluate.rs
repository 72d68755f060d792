//! How well a classifier does on labelled mails.

use std::collections::BTreeMap;
use std::fmt;

use crate::case::Kind;

use super::Classification;
use super::classifier::Classifier;
use super::labelled::LabelledMail;
use super::train::fold;

/// From which probability on a label counts as decided.
const DECIDED: f64 = 0.5;
/// From which probability on a person is asked.
const ASKED: f64 = 0.3;
/// From which probability on a manager is alerted, of a severe complaint or a churn risk.
const ALERTED: f64 = 0.6;
/// Into how many ranges of probability the calibration is looked at.
const BINS: usize = 10;

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

/// What was measured on labelled mails. Its display is a table.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Report {
    /// How many mails.
    pub mails: usize,
    /// For each label the counts at 0.5 and at 0.3.
    pub labels: BTreeMap<Kind, (Counts, Counts)>,
    /// For each language how many mails, and the counts of each label at 0.5.
    pub languages: BTreeMap<String, (usize, BTreeMap<Kind, Counts>)>,
    /// Of the mails that bear a complaint: (exact severity, within one step, all).
    pub severity: (usize, usize, usize),
    /// At alert level: a complaint of severity 3, or a churn risk, with a probability of 0.6 or more.
    pub alerts: Counts,
    /// For each tenth of the complaint's probability: (mails, sum of probabilities, complaints).
    pub bins: [(usize, f64, usize); BINS],
}

/// Measures a classifier on mails that it has not seen.
pub fn evaluate(classifier: &Classifier, mails: &[LabelledMail]) -> Report {
    let mut report = Report::default();
    for mail in mails {
        report.add(mail, &classifier.classify(&mail.subject, &mail.text));
    }
    report
}

/// Measures what training gives: each mail is judged by a classifier that was trained on the mails of the other
/// clients, and on those beside them, which are not judged.
pub fn cross_validate(mails: &[LabelledMail], beside: &[LabelledMail], folds: u64) -> Report {
    let mut report = Report::default();
    for held_out in 0..folds.max(2) {
        let is_held_out = |mail: &&LabelledMail| fold(&mail.client, folds.max(2)) == held_out;
        let seen: Vec<LabelledMail> =
            beside.iter().chain(mails.iter().filter(|mail| !is_held_out(mail))).cloned().collect();
        let classifier = Classifier::train(&seen);
        for mail in mails.iter().filter(is_held_out) {
            report.add(mail, &classifier.classify(&mail.subject, &mail.text));
        }
    }
    report
}

impl Report {
    fn add(&mut self, mail: &LabelledMail, found: &Classification) {
        self.mails += 1;
        let language = self.languages.entry(mail.language.clone()).or_default();
        language.0 += 1;
        for finding in &found.findings {
            let is = mail.labels.contains(&finding.kind);
            let counts = self.labels.entry(finding.kind).or_default();
            counts.0.add(finding.probability >= DECIDED, is);
            counts.1.add(finding.probability >= ASKED, is);
            language.1.entry(finding.kind).or_default().add(finding.probability >= DECIDED, is);
        }
        let probability = |kind| found.of(kind).map_or(0.0, |finding| finding.probability);
        let complaint = probability(Kind::Complaint);
        if mail.severity > 0 {
            self.severity.0 += usize::from(found.severity == mail.severity);
            self.severity.1 += usize::from(found.severity.abs_diff(mail.severity) <= 1);
            self.severity.2 += 1;
        }
        let alerted = found.severity == 3 && complaint >= ALERTED || probability(Kind::ChurnRisk) >= ALERTED;
        self.alerts.add(alerted, mail.severity == 3 || mail.labels.contains(&Kind::ChurnRisk));
        #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)]
        let bin = &mut self.bins[((complaint * 10.0) as usize).min(BINS - 1)];
        bin.0 += 1;
        bin.1 += complaint;
        bin.2 += usize::from(mail.labels.contains(&Kind::Complaint));
    }

    /// The mean F1 of the labels at 0.5, 0 to 1.
    pub fn macro_f1(&self) -> f64 {
        mean(self.labels.values().map(|counts| counts.0.f1()))
    }

    /// How far the complaint's probability is from the share of complaints, on average over ten ranges, 0 to 1.
    #[allow(clippy::cast_precision_loss)]
    pub fn calibration_error(&self) -> f64 {
        let apart: f64 = self.bins.iter().map(|(_, sum, complaints)| (sum - *complaints as f64).abs()).sum();
        apart / (self.mails.max(1) as f64)
    }
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
            "{} mails              at 0.5: precision recall  F1     at 0.3: precision recall  F1",
            self.mails
        )?;
        for (kind, (decided, asked)) in &self.labels {
            let (name, there) = (kind.words(), decided.right + decided.missed);
            let of = |counts: Counts| (counts.precision(), counts.recall(), counts.f1());
            let ((p, r, f1), (p3, r3, f3)) = (of(*decided), of(*asked));
            writeln!(
                f,
                "{name:<20} {there:>4}          {p:>6.2} {r:>7.2} {f1:>6.2}            {p3:>6.2} {r3:>7.2} {f3:>6.2}"
            )?;
        }
        writeln!(f, "macro-F1 at 0.5: {:.3}", self.macro_f1())?;
        for (language, (mails, labels)) in &self.languages {
            // A label that a language's few mails do not bear says nothing about it.
            let there: Vec<f64> =
                labels.values().filter(|c| c.right + c.missed > 0).map(|c| c.f1()).collect();
            let complaint = labels.get(&Kind::Complaint).map_or(0.0, |counts| counts.f1());
            writeln!(
                f,
                "  {language}: {mails} mails, complaint F1 {complaint:.2}, macro-F1 of {} labels {:.2}",
                there.len(),
                mean(there.into_iter())
            )?;
        }
        let (exact, near, all) = self.severity;
        writeln!(
            f,
            "severity of complaints: exact {:.2}, within one step {:.2} ({all} mails)",
            share(exact, all),
            share(near, all)
        )?;
        writeln!(
            f,
            "alerts (severe complaint or churn risk at 0.6): precision {:.2}, recall {:.2} ({} of {})",
            self.alerts.precision(),
            self.alerts.recall(),
            self.alerts.right,
            self.alerts.right + self.alerts.missed
        )?;
        write!(f, "calibration error of complaint: {:.3}", self.calibration_error())
    }
}
