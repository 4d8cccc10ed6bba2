//! How good predictions are: log loss, accuracy, calibration.
//!
//! It does not make them. Definitions: see `evaluation`.

use super::super::Scale;
use super::super::logistic::log_sigmoid;
use super::EvaluationSettings;
use super::bootstrap::{BLOCKS_MAX, Draws, Estimate, Measure, Part};
use super::calibration::{CalibrationBin, calibration_bins, calibration_error};
use super::held_out::{Prediction, Predictions};

/// Predictions of the answers held out; differences are from the first candidate.
#[derive(Debug, Clone, PartialEq)]
pub struct HeldOut {
    /// Of the method's own chances; of the calibrated ones where it has none. Less is better, log 2 is a
    /// coin's.
    pub log_loss: Estimate,
    /// Less than 0 is better than the first candidate.
    pub loss_difference: Estimate,
    /// The same of chances with the learnt slope: no method gains from a scale that suits by luck.
    pub calibrated_loss: Estimate,
    /// Less than 0 is better than the first candidate.
    pub calibrated_difference: Estimate,
    /// More is better.
    pub accuracy: Estimate,
    /// More than 0 is better than the first candidate.
    pub accuracy_difference: Estimate,
    /// Of the chances of `log_loss`; 0 is best.
    pub calibration_error: f64,
    /// The least expected share first.
    pub calibration: Vec<CalibrationBin>,
    /// Learnt logit per unit of score. For a log strength, less than 1 says that it is too sure.
    pub slope: f64,
}

/// Judges each candidate's predictions of the same answers; nothing when there are none.
pub(in crate::ranking) fn judge_predictions(
    of_candidates: impl Iterator<Item = Predictions>,
    settings: &EvaluationSettings,
) -> Vec<HeldOut> {
    let mut judged: Vec<Judged> = Vec::new();
    let mut units = None;
    for predictions in of_candidates {
        if predictions.of_answers.is_empty() {
            return Vec::new();
        }
        let units = units.get_or_insert_with(|| Units::new(&predictions.n_of_group, settings));
        judged.push(Judged::new(&predictions, units));
    }
    judged
        .iter()
        .map(|one| one.compared_with(&judged[0]))
        .collect()
}

/// Which unit each prediction belongs to, and the draws of units.
struct Units {
    unit_of: Vec<u32>,
    count: usize,
    draws: Draws,
}

impl Units {
    /// The groups; a single group's answers.
    fn new(n_of_group: &[usize], settings: &EvaluationSettings) -> Self {
        let n_predictions: usize = n_of_group.iter().sum();
        let filled = || n_of_group.iter().filter(|n| **n > 0);
        let sizes: Vec<usize> = if filled().nth(1).is_some() {
            filled().copied().collect()
        } else {
            vec![1; n_predictions]
        };
        let n_units = sizes.len().min(BLOCKS_MAX);
        let blocks = (0..n_units as u32).cycle();
        let units = blocks
            .zip(&sizes)
            .flat_map(|(block, size)| std::iter::repeat_n(block, *size));
        Self {
            unit_of: units.collect(),
            count: n_units,
            draws: Draws::new(n_units, settings.n_bootstrap, settings.salt),
        }
    }

    fn measure(&self, predictions: &[Prediction], value: impl Fn(&Prediction) -> f64) -> Measure {
        let mut parts = vec![Part::default(); self.count];
        for (prediction, &unit) in predictions.iter().zip(&self.unit_of) {
            parts[unit as usize].add(Part {
                sum: prediction.weight * value(prediction),
                weight: prediction.weight,
            });
        }
        self.draws.measure(&parts)
    }
}

struct Judged {
    loss: Measure,
    calibrated_loss: Measure,
    accuracy: Measure,
    calibration: Vec<CalibrationBin>,
    slope: f64,
}

impl Judged {
    fn new(predictions: &Predictions, units: &Units) -> Self {
        let calibrated = predictions.calibrated();
        let calibrated_loss = units.measure(&calibrated, log_loss);
        let own = match predictions.scale {
            Scale::LogStrength => &predictions.of_answers,
            Scale::Points => &calibrated,
        };
        Self {
            loss: units.measure(own, log_loss),
            calibrated_loss,
            accuracy: units.measure(own, credit),
            calibration: calibration_bins(own),
            slope: predictions.slope,
        }
    }

    fn compared_with(&self, first: &Self) -> HeldOut {
        HeldOut {
            log_loss: self.loss.estimate(),
            loss_difference: self.loss.difference(&first.loss),
            calibrated_loss: self.calibrated_loss.estimate(),
            calibrated_difference: self.calibrated_loss.difference(&first.calibrated_loss),
            accuracy: self.accuracy.estimate(),
            accuracy_difference: self.accuracy.difference(&first.accuracy),
            calibration_error: calibration_error(&self.calibration),
            calibration: self.calibration.clone(),
            slope: self.slope,
        }
    }
}

fn log_loss(prediction: &Prediction) -> f64 {
    let Prediction { logit, target, .. } = *prediction;
    // log σ(−x) = log σ(x) − x.
    (1.0 - target) * logit - log_sigmoid(logit)
}

/// 1 for the expected winner, 0 for the other one; ½ where there is none.
fn credit(prediction: &Prediction) -> f64 {
    let Prediction { logit, target, .. } = *prediction;
    if logit.abs() < EVEN_LOGIT_MAX {
        0.5
    } else if logit > 0.0 {
        target
    } else {
        1.0 - target
    }
}

/// A logit this small is that of equal scores, up to the order of sums.
const EVEN_LOGIT_MAX: f64 = 1e-9;
