//! The firm's own layer: what its people corrected moves the general model's answers on mails that are alike.
//!
//! Kernel logistic regression (Jaakkola and Haussler, "Probabilistic kernel regression models", 1999; Zhu and Hastie,
//! "Kernel logistic regression and the import vector machine", 2005) with the general model's logit as offset: label by
//! label, the change of a mail x is f(x) = Σ aᵢ K(x, xᵢ) over the corrected mails xᵢ, fitted by
//!
//! ```text
//! minimise  Σ log-loss(logitᵢ + f(xᵢ), wantedᵢ) + ‖f‖² / 2B      whose solution has  aᵢ = B (wantedᵢ − sigmoid(logitᵢ + f(xᵢ)))
//! ```
//!
//! So no correction weighs more than the bound B, one that its neighbours contradict is outweighed, one that the model
//! gives anyway weighs next to nothing, and far from all corrections next to nothing changes.

use jiff::Timestamp;

use super::linear::probability;
use crate::case::Kind;

/// The bound B on what one correction adds to or takes from a logit. Its own mail moves to the wanted side at once when
/// the general model was wrong with a logit up to B / 2 = 4 (98 % sure); surer errors take a second, similar correction.
const BOUND: f64 = 8.0;
/// How alike two mails must be: K = exp(-(1 - cosine) / WIDTH), so that 0.43 is left at a cosine of 0.9, and 0.02 at 0.5.
///
/// Two mails of the invented firm of the tests have a median cosine of 0.62. By cross-validation on its hundred mails to
/// correct, its macro-F1 rises from 0.48 (uncorrected) to 0.52 at a width of 0.08, 0.56 at 0.20, 0.67 at 0.40; but at 0.20
/// the general development mails lost 0.015 of theirs, and at 0.40 five wrong corrections alone cost them 0.014.
const WIDTH: f64 = 0.12;
/// A likeness below this is none.
const NEGLIGIBLE: f64 = 1e-4;
/// A correction that moves no label's logit by as much as this does not count as alike.
const NOTICED: f64 = 0.05;
/// More corrections than this are not used: the newest count.
const MOST: usize = 1_000;
/// The fit ends when no weight moved by more than this, or after [`SWEEPS`] rounds.
const SETTLED: f64 = 1e-5;
const SWEEPS: usize = 300;

const LABELS: usize = Kind::ALL.len();

/// A mail whose labels a person has put right.
#[derive(Debug, Clone, PartialEq)]
pub struct Correction {
    /// Its number in the store.
    pub mail: i64,
    /// When it was corrected.
    pub at: Timestamp,
    /// Where the encoder puts the mail: of unit length.
    pub vector: Vec<f32>,
    /// What the general model said, in the order of [`Kind::ALL`]; sigmoid gives the probability.
    pub logits: [f64; LABELS],
    /// All labels that are right; none for a routine mail.
    pub wanted: Vec<Kind>,
}

/// What a firm's corrections add to the general model.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct FirmLayer {
    corrected: Vec<(Vec<f32>, [f64; LABELS])>,
}

/// A corrected mail that is not labelled as it was corrected.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Flip {
    /// Its number in the store.
    pub mail: i64,
    /// The labels that are right.
    pub wanted: Vec<Kind>,
    /// The labels that it gets.
    pub given: Vec<Kind>,
}

impl FirmLayer {
    /// Fits the layer. The same corrections in any order give the same layer. Of more than 1,000 the newest are used.
    pub fn fit(corrections: &[Correction]) -> Self {
        let mut used: Vec<&Correction> = corrections.iter().collect();
        used.sort_by_key(|correction| (correction.at, correction.mail));
        used.drain(..used.len().saturating_sub(MOST));
        let mut alike: Vec<Vec<(usize, f64)>> = vec![Vec::new(); used.len()];
        for (at, one) in used.iter().enumerate() {
            for (before, two) in used[..at].iter().enumerate() {
                let likeness = likeness(&one.vector, &two.vector);
                if likeness > NEGLIGIBLE {
                    alike[at].push((before, likeness));
                    alike[before].push((at, likeness));
                }
            }
        }
        let mut weights = vec![[0.0; LABELS]; used.len()];
        for (label, kind) in Kind::ALL.into_iter().enumerate() {
            let offsets: Vec<f64> = used.iter().map(|correction| finite(correction.logits[label])).collect();
            let wanted: Vec<bool> = used.iter().map(|correction| correction.wanted.contains(&kind)).collect();
            for (all, weight) in weights.iter_mut().zip(weigh(&alike, &offsets, &wanted)) {
                all[label] = weight;
            }
        }
        Self { corrected: used.iter().map(|correction| correction.vector.clone()).zip(weights).collect() }
    }

    /// The general model's logits of a mail, moved by what was corrected on mails like it.
    #[must_use]
    pub fn adjust(&self, vector: &[f32], logits: [f64; LABELS]) -> [f64; LABELS] {
        let mut adjusted = logits;
        for (corrected, weights) in &self.corrected {
            let likeness = likeness(vector, corrected);
            if likeness > NEGLIGIBLE {
                for (logit, weight) in adjusted.iter_mut().zip(weights) {
                    *logit += weight * likeness;
                }
            }
        }
        adjusted
    }

    /// How many corrections move this mail noticeably.
    pub fn count_alike(&self, vector: &[f32]) -> usize {
        let moves = |(corrected, weights): &&(Vec<f32>, [f64; LABELS])| {
            let likeness = likeness(vector, corrected);
            weights.iter().any(|weight| (weight * likeness).abs() >= NOTICED)
        };
        self.corrected.iter().filter(moves).count()
    }
}

/// Of corrected mails, read by the present model, those that it and the layer label otherwise: what would flip back.
/// A label counts as given from a probability of one half on.
pub fn flips(corrections: &[Correction], layer: &FirmLayer) -> Vec<Flip> {
    let mut found = Vec::new();
    for correction in corrections {
        let logits = layer.adjust(&correction.vector, correction.logits);
        let labels = Kind::ALL.into_iter().zip(logits).filter(|(_, logit)| *logit >= 0.0);
        let given: Vec<Kind> = labels.map(|(kind, _)| kind).collect();
        let wanted: Vec<Kind> =
            Kind::ALL.into_iter().filter(|kind| correction.wanted.contains(kind)).collect();
        if given != wanted {
            found.push(Flip { mail: correction.mail, wanted, given });
        }
    }
    found
}

/// The weights of one label, by coordinate descent in the dual (Keerthi and others, "A fast dual algorithm for kernel
/// logistic regression", 2005): one weight at a time is solved for, the others held.
fn weigh(alike: &[Vec<(usize, f64)>], offsets: &[f64], wanted: &[bool]) -> Vec<f64> {
    let mut weights = vec![0.0; offsets.len()];
    // The logit of each, with all that the others add to it.
    let mut logits = offsets.to_vec();
    for _ in 0..SWEEPS {
        let mut moved: f64 = 0.0;
        for at in 0..weights.len() {
            let weight = solve(logits[at], wanted[at]);
            let change = weight - weights[at];
            weights[at] = weight;
            for (other, likeness) in &alike[at] {
                logits[*other] += change * likeness;
            }
            moved = moved.max(change.abs());
        }
        if moved < SETTLED {
            break;
        }
    }
    weights
}

/// The weight a with a = B (wanted - sigmoid(logit + a)): Newton's steps, halving where one leaves the bracket.
fn solve(logit: f64, wanted: bool) -> f64 {
    let target = f64::from(u8::from(wanted));
    let (mut low, mut high) = (BOUND * (target - 1.0), BOUND * target);
    let mut weight = 0.0;
    for _ in 0..60 {
        let p = probability(logit + weight);
        let excess = weight - BOUND * (target - p);
        if excess.abs() < 1e-10 {
            break;
        }
        if excess > 0.0 {
            high = weight;
        } else {
            low = weight;
        }
        weight -= excess / (1.0 + BOUND * p * (1.0 - p));
        if weight <= low || weight >= high {
            weight = f64::midpoint(low, high);
        }
    }
    weight
}

/// 1 for the same vector, near 0 for another; 0 for vectors that cannot be compared.
fn likeness(one: &[f32], two: &[f32]) -> f64 {
    if one.len() != two.len() {
        return 0.0;
    }
    let cosine = dot(one, two);
    // Rounding may carry a cosine past 1; one that is no number compares as nothing.
    if cosine.is_nan() { 0.0 } else { ((f64::from(cosine).min(1.0) - 1.0) / WIDTH).exp() }
}

/// The product of two vectors of one length, in eight sums at a time, which a processor does at once.
fn dot(one: &[f32], two: &[f32]) -> f32 {
    let (ones, rest) = one.as_chunks::<8>();
    let (twos, other) = two.as_chunks::<8>();
    let mut sums = [0.0; 8];
    for (one, two) in ones.iter().zip(twos) {
        for lane in 0..8 {
            sums[lane] += one[lane] * two[lane];
        }
    }
    sums.iter().sum::<f32>() + rest.iter().zip(other).map(|(a, b)| a * b).sum::<f32>()
}

/// A model that has lost its numbers says nothing.
fn finite(logit: f64) -> f64 {
    if logit.is_nan() { 0.0 } else { logit.clamp(-30.0, 30.0) }
}

#[cfg(test)]
#[expect(clippy::float_cmp, reason = "what is unchanged is the same to the last bit")]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// Unlikely of everything.
    const ROUTINE: [f64; LABELS] = [-3.0; LABELS];
    const COMPLAINT: usize = 0;

    /// The first axis turned towards another by an angle whose cosine is given.
    fn towards(topic: usize, axis: usize, cosine: f32) -> Vec<f32> {
        let mut vector = vec![0.0; 384];
        vector[topic] = cosine;
        vector[axis] = (1.0 - cosine * cosine).sqrt();
        vector
    }

    fn correction(mail: i64, vector: Vec<f32>, complaint: f64, wanted: &[Kind]) -> Correction {
        let mut logits = ROUTINE;
        logits[COMPLAINT] = complaint;
        Correction {
            mail,
            at: Timestamp::from_second(1_790_000_000 + mail).unwrap(),
            vector,
            logits,
            wanted: wanted.to_vec(),
        }
    }

    fn complaint_of(layer: &FirmLayer, correction: &Correction) -> f64 {
        layer.adjust(&correction.vector, correction.logits)[COMPLAINT]
    }

    #[test]
    fn without_corrections_nothing_changes() {
        let logits = [0.5, -1.0, 2.0, -9.0, 0.0, 3.5, -0.1];
        assert_eq!(FirmLayer::fit(&[]).adjust(&towards(0, 1, 0.5), logits), logits);
        assert_eq!(FirmLayer::default(), FirmLayer::fit(&[]));
    }

    #[test]
    fn one_correction_moves_its_own_mail_to_the_wanted_side_unless_the_model_was_surer_than_98_percent() {
        for (logit, wanted) in [(0.4, false), (2.0, false), (3.9, false), (-1.5, true), (-3.9, true)] {
            let kinds: &[Kind] = if wanted { &[Kind::Complaint] } else { &[] };
            let corrected = correction(1, towards(0, 1, 1.0), logit, kinds);
            let layer = FirmLayer::fit(std::slice::from_ref(&corrected));
            assert_eq!(complaint_of(&layer, &corrected) > 0.0, wanted, "from {logit}");
            assert_eq!(flips(&[corrected], &layer), [], "from {logit}");
        }
        let sure = correction(1, towards(0, 1, 1.0), 6.0, &[]);
        let once = FirmLayer::fit(std::slice::from_ref(&sure));
        let flip = Flip { mail: 1, wanted: vec![], given: vec![Kind::Complaint] };
        assert_eq!(flips(std::slice::from_ref(&sure), &once), [flip]);
        let again = correction(2, towards(0, 1, 0.98), 6.0, &[]);
        let twice = FirmLayer::fit(&[sure.clone(), again]);
        assert_eq!(flips(&[sure], &twice), []);
    }

    #[test]
    fn the_nearer_a_mail_is_to_a_correction_the_more_it_moves_and_far_away_it_stays() {
        let corrected = correction(1, towards(0, 1, 1.0), 2.0, &[]);
        let layer = FirmLayer::fit(std::slice::from_ref(&corrected));
        let moved: Vec<f64> = [1.0, 0.97, 0.9, 0.8, 0.5, 0.2, -0.5]
            .map(|cosine| 2.0 - complaint_of(&layer, &correction(2, towards(0, 1, cosine), 2.0, &[])))
            .to_vec();
        assert!(moved.windows(2).all(|pair| pair[0] >= pair[1]), "{moved:?}");
        assert!(moved[1] > 1.5 && moved[3] < 1.2 && moved[4] < 0.3 && moved[5] < 0.1, "{moved:?}");
        assert!(moved[6] < 0.01, "{moved:?}");
    }

    /// Of a model that sees complaints everywhere, corrections in twenty topics that say otherwise.
    fn in_topics(first: i64, number: usize, wanted: &[Kind]) -> Vec<Correction> {
        let one = |n: usize| {
            let mail = first + i64::try_from(n).unwrap();
            correction(mail, towards(n % 20, 20 + usize::try_from(mail).unwrap(), 0.975), 1.5, wanted)
        };
        (0..number).map(one).collect()
    }

    #[test]
    fn five_wrong_corrections_among_a_hundred_right_ones_flip_no_neighbour_of_the_right_ones() {
        let neighbours = in_topics(200, 100, &[]);
        let right = |corrections: &[Correction]| {
            let layer = FirmLayer::fit(corrections);
            neighbours.iter().filter(|mail| complaint_of(&layer, mail) < 0.0).count()
        };
        let mut corrections = in_topics(0, 100, &[]);
        assert_eq!((right(&[]), right(&corrections)), (0, 100));
        // Each amid the right ones of a topic of its own.
        corrections.extend(in_topics(100, 5, &[Kind::Complaint]));
        assert_eq!(right(&corrections), 100);
        // All five amid one topic: five against five, and the general model decides there.
        for (n, wrong) in corrections[100..].iter_mut().enumerate() {
            wrong.vector = towards(0, 120 + n, 0.975);
        }
        assert_eq!(right(&corrections), 95);
    }

    #[test]
    fn several_corrections_win_over_a_wrong_one_of_nearly_the_same_mail() {
        let mut corrections = vec![correction(0, towards(0, 1, 1.0), -1.0, &[Kind::Complaint])];
        let mail = correction(-1, towards(0, 9, 0.98), -1.0, &[]);
        assert!(complaint_of(&FirmLayer::fit(&corrections), &mail) > 0.0);
        corrections.extend((2..5).map(|n| correction(10, towards(0, n, 0.98), -1.0, &[])));
        assert!(complaint_of(&FirmLayer::fit(&corrections), &mail) < 0.0);
    }

    #[test]
    fn the_labels_that_were_right_stay() {
        let corrected = correction(1, towards(0, 1, 1.0), 2.0, &[Kind::Complaint, Kind::ExtraWork]);
        let layer = FirmLayer::fit(std::slice::from_ref(&corrected));
        let logits = layer.adjust(&corrected.vector, corrected.logits);
        let given: Vec<bool> = logits.iter().map(|logit| *logit > 0.0).collect();
        assert_eq!(given, [true, true, false, false, false, false, false]);
    }

    #[test]
    fn of_very_many_corrections_the_newest_count() {
        let short = |n: i64, wanted: &[Kind]| Correction {
            vector: vec![1.0, 0.0],
            ..correction(n, vec![], -1.0, wanted)
        };
        let mut corrections: Vec<_> = (0..3_000).map(|n| short(n, &[Kind::Complaint])).collect();
        corrections.extend((3_000..4_000).map(|n| Correction { vector: vec![0.0, 1.0], ..short(n, &[]) }));
        let layer = FirmLayer::fit(&corrections);
        assert_eq!(layer.corrected.len(), 1_000);
        let only = FirmLayer::fit(&corrections[3_000..]);
        assert_eq!(layer, only);
    }

    #[test]
    fn vectors_that_cannot_be_compared_and_lost_numbers_change_nothing_else() {
        let good = correction(1, towards(0, 1, 1.0), 2.0, &[]);
        let foreign = Correction { vector: vec![1.0; 3], ..good.clone() };
        let lost = Correction { vector: vec![f32::NAN; 384], logits: [f64::NAN; LABELS], ..good.clone() };
        let layer = FirmLayer::fit(&[good.clone(), foreign, lost]);
        assert_eq!(
            complaint_of(&layer, &good),
            complaint_of(&FirmLayer::fit(std::slice::from_ref(&good)), &good)
        );
    }

    fn any_correction() -> impl Strategy<Value = Correction> {
        let vector = proptest::collection::vec(-1.0_f32..1.0, 4).prop_map(|vector| {
            let length = vector.iter().map(|x| x * x).sum::<f32>().sqrt().max(1e-3);
            vector.into_iter().map(|x| x / length).collect::<Vec<_>>()
        });
        let logits = proptest::array::uniform7(-8.0..8.0);
        let wanted = proptest::sample::subsequence(Kind::ALL.to_vec(), 0..=LABELS);
        (0..50_i64, vector, logits, wanted).prop_map(|(mail, vector, logits, wanted)| Correction {
            vector,
            logits,
            wanted,
            ..correction(mail, vec![], 0.0, &[])
        })
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(200))]

        #[test]
        fn the_order_of_corrections_does_not_matter_and_no_correction_exceeds_the_bound(
            mut corrections in proptest::collection::vec(any_correction(), 0..30),
            asked in any_correction(),
        ) {
            corrections.sort_by_key(|correction| correction.mail);
            corrections.dedup_by_key(|correction| correction.mail);
            let layer = FirmLayer::fit(&corrections);
            corrections.reverse();
            prop_assert_eq!(&layer, &FirmLayer::fit(&corrections));
            prop_assert!(layer.corrected.iter().flat_map(|(_, weights)| weights).all(|weight| weight.abs() <= BOUND));
            let adjusted = layer.adjust(&asked.vector, asked.logits);
            for (before, after) in asked.logits.iter().zip(adjusted) {
                prop_assert!((after - before).abs() <= corrections.iter().map(|_| BOUND).sum::<f64>() + 1e-9);
            }
        }

        #[test]
        fn a_correction_that_is_added_never_moves_its_mail_away_from_what_is_wanted(
            mut corrections in proptest::collection::vec(any_correction(), 0..20),
            added in any_correction(),
        ) {
            let before = FirmLayer::fit(&corrections).adjust(&added.vector, added.logits);
            corrections.push(Correction { mail: 99, ..added.clone() });
            let after = FirmLayer::fit(&corrections).adjust(&added.vector, added.logits);
            for (label, kind) in Kind::ALL.into_iter().enumerate() {
                let change = after[label] - before[label];
                let towards = if added.wanted.contains(&kind) { change } else { -change };
                prop_assert!(towards > -0.01, "{kind:?} moved by {change}");
            }
        }
    }
}
