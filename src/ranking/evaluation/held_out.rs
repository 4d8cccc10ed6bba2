//! Predictions for answers that the fit has not seen.
//!
//! It does not judge them; `evaluation` does.

use rayon::iter::{IntoParallelIterator, ParallelIterator};

use super::super::logistic::sigmoid;
use super::super::mixing::{mixed, mixed_share};
use super::super::{Comparison, Fit, Method, Outcomes, Parameters, RowOrder, Scale};
use super::keyed_panel::{KeyedAnswer, KeyedGroup, KeyedPanel};

/// What was expected of one answer, and what it was.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(in crate::ranking) struct Prediction {
    /// Logit of what the left side was expected to get.
    pub(in crate::ranking) logit: f64,
    /// What it got: 1, ½ or 0.
    pub(in crate::ranking) target: f64,
    pub(in crate::ranking) weight: f64,
}

impl Prediction {
    fn of(answer: &KeyedAnswer, logit: f64) -> Self {
        Self {
            logit,
            target: answer.target(),
            weight: answer.comparison.weight,
        }
    }
}

/// Beyond, a probability is 0 or 1 to the last bit; twice the greatest score.
const LOGIT_MAX: f64 = 60.0;

/// A deterministic choice of answers by their keys.
#[derive(Debug, Clone, Copy)]
pub(in crate::ranking) struct Split {
    pub(in crate::ranking) held_out_share: f64,
    pub(in crate::ranking) salt: u64,
}

/// Parts of the training answers that take turns in being predicted when a slope is learnt.
const N_FOLDS: usize = 5;

impl Split {
    pub(in crate::ranking) fn holds_out(&self, answer: &KeyedAnswer) -> bool {
        mixed_share(answer.key ^ self.salt) < self.held_out_share
    }

    /// The turn of a training answer; independent of the split itself.
    fn fold(&self, answer: &KeyedAnswer) -> usize {
        (mixed_share(mixed(answer.key ^ self.salt)) * N_FOLDS as f64) as usize
    }
}

/// A method with everything settled.
#[derive(Debug, Clone, Copy)]
pub(super) struct Trainer<'a> {
    pub(super) method: &'static dyn Method,
    pub(super) parameters: &'a Parameters,
    /// Times the weight of each answer of the worker.
    pub(super) worker_weights: Option<&'a [f64]>,
}

impl Trainer<'_> {
    /// Fits the wanted answers of a group.
    pub(super) fn fit(
        &self,
        group: KeyedGroup<'_>,
        is_wanted: impl Fn(&KeyedAnswer) -> bool,
    ) -> Fit {
        let mut rows = self.rows(group, is_wanted);
        self.fit_rows(group.n_items, &mut rows)
    }

    fn rows(
        &self,
        group: KeyedGroup<'_>,
        is_wanted: impl Fn(&KeyedAnswer) -> bool,
    ) -> Vec<Comparison> {
        let wanted = group.answers.iter().filter(|answer| is_wanted(answer));
        wanted
            .map(|answer| {
                let comparison = answer.comparison;
                // Nothing is learnt about a worker who is not known.
                let learnt = self
                    .worker_weights
                    .filter(|_| comparison.worker != Comparison::UNKNOWN_WORKER);
                let factor = learnt.map_or(1.0, |weights| weights[comparison.worker as usize]);
                Comparison {
                    weight: comparison.weight * factor,
                    ..comparison
                }
            })
            .collect()
    }

    fn fit_rows(&self, n_items: usize, rows: &mut Vec<Comparison>) -> Fit {
        let outcomes = match self.method.row_order() {
            RowOrder::Canonical => Outcomes::prepare(n_items, rows),
            RowOrder::Time => Outcomes::in_time(n_items, rows),
        };
        self.method.fit(&outcomes, self.parameters)
    }

    /// What a fit of the training answers of a group expects of its tested answers.
    ///
    /// For a log strength the logit that the method itself expects, for other scores the difference.
    /// Without scores, nothing is known: 0.
    fn expectations(
        &self,
        group: KeyedGroup<'_>,
        is_training: impl Fn(&KeyedAnswer) -> bool,
        is_tested: impl Fn(&KeyedAnswer) -> bool,
    ) -> Vec<Prediction> {
        let mut tested = group.answers.iter().filter(|answer| is_tested(answer));
        let Some(first) = tested.next() else {
            return Vec::new();
        };
        let mut rows = self.rows(group, is_training);
        let fit = self.fit_rows(group.n_items, &mut rows);
        let scores = fit.scores.as_ref().map(|scores| match self.method.scale() {
            Scale::LogStrength => scores.clone(),
            Scale::Points => unseen_at_mean(scores, &rows),
        });
        let expectation = |answer: &KeyedAnswer| {
            let Comparison { left, right, .. } = answer.comparison;
            let logit = scores.as_ref().map_or(0.0, |scores| {
                let difference = scores[left as usize] - scores[right as usize];
                match self.method.scale() {
                    Scale::LogStrength => {
                        let logit = self.method.expected_logit(difference, &fit.found);
                        logit.clamp(-LOGIT_MAX, LOGIT_MAX)
                    }
                    Scale::Points => difference,
                }
            });
            Prediction::of(answer, logit)
        };
        std::iter::once(first)
            .chain(tested)
            .map(expectation)
            .collect()
    }
}

/// The scores, but an item without answers is put at the mean of the others: nothing speaks for or
/// against it, whatever number the method has for that.
fn unseen_at_mean(scores: &[f64], rows: &[Comparison]) -> Vec<f64> {
    let mut is_seen = vec![false; scores.len()];
    for row in rows {
        is_seen[row.left as usize] = true;
        is_seen[row.right as usize] = true;
    }
    let n_seen = is_seen.iter().filter(|is_seen| **is_seen).count();
    let seen_scores = scores.iter().zip(&is_seen).filter(|(_, is_seen)| **is_seen);
    let sum: f64 = seen_scores.map(|(score, _)| score).sum();
    let mean = sum / n_seen.max(1) as f64;
    let placed = scores.iter().zip(&is_seen);
    placed
        .map(|(score, is_seen)| if *is_seen { *score } else { mean })
        .collect()
}

/// Predictions of a method for all groups, group after group.
#[derive(Debug)]
pub(in crate::ranking) struct Predictions {
    /// Each with the method's own logit; a bare difference of scores where it has none.
    pub(in crate::ranking) of_answers: Vec<Prediction>,
    /// How many of them each group has.
    pub(in crate::ranking) n_of_group: Vec<usize>,
    /// What to multiply the logits with so that they suit answers that are not trained on.
    pub(in crate::ranking) slope: f64,
    /// What the logits are.
    pub(in crate::ranking) scale: Scale,
}

impl Predictions {
    /// Predicts the answers held out from all the others.
    pub(super) fn of(panel: &KeyedPanel, split: Split, trainer: Trainer<'_>) -> Self {
        let is_tested = |answer: &KeyedAnswer| split.holds_out(answer);
        let of_groups: Vec<Vec<Prediction>> = (0..panel.n_groups())
            .into_par_iter()
            .map(|group_idx| {
                let group = panel.group(group_idx);
                trainer.expectations(group, |answer| !is_tested(answer), is_tested)
            })
            .collect();
        Self {
            slope: learnt_slope(panel, split, trainer),
            scale: trainer.method.scale(),
            ..Self::from_groups(&of_groups)
        }
    }

    /// Every answer has the chance ½.
    pub(super) fn coin(panel: &KeyedPanel, split: Split) -> Self {
        let of_groups: Vec<Vec<Prediction>> = (0..panel.n_groups())
            .map(|group_idx| {
                let answers = panel.group(group_idx).answers.iter();
                let tested = answers.filter(|answer| split.holds_out(answer));
                tested.map(|answer| Prediction::of(answer, 0.0)).collect()
            })
            .collect();
        Self::from_groups(&of_groups)
    }

    fn from_groups(of_groups: &[Vec<Prediction>]) -> Self {
        Self {
            n_of_group: of_groups.iter().map(Vec::len).collect(),
            of_answers: of_groups.concat(),
            slope: 1.0,
            scale: Scale::LogStrength,
        }
    }

    /// The same with every logit times the slope; within ± `LOGIT_MAX`.
    pub(super) fn calibrated(&self) -> Vec<Prediction> {
        let of_answers = self.of_answers.iter();
        of_answers
            .map(|one| Prediction {
                logit: (self.slope * one.logit).clamp(-LOGIT_MAX, LOGIT_MAX),
                ..*one
            })
            .collect()
    }
}

/// The slope that suits the training answers when each fifth is predicted from the other four.
///
/// The answers that a score was fitted to would flatter it; those held out must not be looked at.
fn learnt_slope(panel: &KeyedPanel, split: Split, trainer: Trainer<'_>) -> f64 {
    let of_groups: Vec<Vec<Prediction>> = (0..panel.n_groups())
        .into_par_iter()
        .map(|group_idx| {
            let mut predictions = Vec::new();
            for fold in 0..N_FOLDS {
                let is_training = |answer: &KeyedAnswer| !split.holds_out(answer);
                predictions.extend(trainer.expectations(
                    panel.group(group_idx),
                    |answer| is_training(answer) && split.fold(answer) != fold,
                    |answer| is_training(answer) && split.fold(answer) == fold,
                ));
            }
            predictions
        })
        .collect();
    slope_of(&of_groups.concat())
}

/// Maximises Σ w [t log σ(k x) + (1 − t) log σ(−k x)] over k >= 0, x the differences.
///
/// One imaginary win and one imaginary loss, half an answer each, at the root mean square of x keep k
/// finite. A method that ranks losers first gets k = 0, the coin, not its mirror image.
pub(in crate::ranking) fn slope_of(differences: &[Prediction]) -> f64 {
    let weight: f64 = differences.iter().map(|one| one.weight).sum();
    let squares = differences
        .iter()
        .map(|one| one.weight * one.logit * one.logit);
    let unit = (squares.sum::<f64>() / weight).sqrt();
    if !(unit > 0.0 && unit.is_finite()) {
        return 0.0;
    }
    let derivatives = |slope: f64| {
        let mut gradient = 0.5 - sigmoid(slope);
        let mut curvature = sigmoid(slope) * sigmoid(-slope);
        for one in differences {
            let x = one.logit / unit;
            let share = sigmoid((slope * x).clamp(-LOGIT_MAX, LOGIT_MAX));
            gradient += one.weight * x * (one.target - share);
            curvature += one.weight * x * x * share * (1.0 - share);
        }
        (gradient, curvature)
    };
    // The gradient falls in k: Newton's step inside a bracket, or half the bracket.
    let (mut low, mut high) = (0.0, SLOPE_MAX);
    let mut slope = 0.0;
    for _ in 0..SLOPE_ITERATIONS_MAX {
        let (gradient, curvature) = derivatives(slope);
        if gradient > 0.0 {
            low = slope;
        } else {
            high = slope;
        }
        let mut next = slope + gradient / curvature;
        if !(next >= low && next <= high) {
            next = 0.5 * (low + high);
        }
        let is_last = (next - slope).abs() <= SLOPE_TOLERANCE;
        slope = next;
        if is_last {
            break;
        }
    }
    slope / unit
}

/// Logit of a difference of one root mean square; beyond, every answer is certain.
const SLOPE_MAX: f64 = 30.0;

/// Newton needs some 6; halving the bracket alone would need 50.
const SLOPE_ITERATIONS_MAX: u32 = 100;

/// A slope known to this changes no loss in its first 8 decimals.
const SLOPE_TOLERANCE: f64 = 1e-9;
