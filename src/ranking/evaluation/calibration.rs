//! Whether answers of a predicted chance come true as often as predicted.
//!
//! It does not predict.

use super::super::logistic::sigmoid;
use super::held_out::Prediction;

/// Answers of similar predicted chance.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct CalibrationBin {
    /// Answers in the bin.
    pub n_answers: usize,
    /// Their weight.
    pub weight: f64,
    /// Weighted mean of what the left side was expected to get.
    pub expected_share: f64,
    /// Weighted mean of what it got, a tie as half a win.
    pub observed_share: f64,
}

const N_BINS: usize = 10;

/// Ten bins of as equal counts as possible, the least chance first; none is empty.
///
/// Answers of the same predicted chance stay together: cutting between them would need a rule that
/// depends on their order, or on what was answered.
pub(super) fn calibration_bins(predictions: &[Prediction]) -> Vec<CalibrationBin> {
    let mut sorted = predictions.to_vec();
    for prediction in &mut sorted {
        // Adding 0 turns -0 into 0: the same chance.
        prediction.logit += 0.0;
    }
    sorted.sort_unstable_by(|one, other| {
        one.logit
            .total_cmp(&other.logit)
            .then(one.target.total_cmp(&other.target))
            .then(one.weight.total_cmp(&other.weight))
    });
    let mut bins: Vec<CalibrationBin> = Vec::with_capacity(N_BINS);
    let mut last_place = None;
    let mut n_before = 0;
    for equals in sorted.chunk_by(|one, other| one.logit.total_cmp(&other.logit).is_eq()) {
        let place = N_BINS * n_before / sorted.len();
        let added = bin_of(equals);
        match bins.last_mut() {
            Some(bin) if last_place == Some(place) => *bin = joined(*bin, added),
            _ => bins.push(added),
        }
        last_place = Some(place);
        n_before += equals.len();
    }
    bins
}

fn bin_of(predictions: &[Prediction]) -> CalibrationBin {
    let weight: f64 = predictions.iter().map(|one| one.weight).sum();
    let observed: f64 = predictions.iter().map(|one| one.weight * one.target).sum();
    CalibrationBin {
        n_answers: predictions.len(),
        weight,
        expected_share: sigmoid(predictions[0].logit),
        observed_share: observed / weight,
    }
}

fn joined(one: CalibrationBin, other: CalibrationBin) -> CalibrationBin {
    let weight = one.weight + other.weight;
    let mean = |a: f64, b: f64| (one.weight * a + other.weight * b) / weight;
    CalibrationBin {
        n_answers: one.n_answers + other.n_answers,
        weight,
        expected_share: mean(one.expected_share, other.expected_share),
        observed_share: mean(one.observed_share, other.observed_share),
    }
}

/// Expected calibration error: weighted mean distance of what was expected and what was observed.
pub(super) fn calibration_error(bins: &[CalibrationBin]) -> f64 {
    let weight: f64 = bins.iter().map(|bin| bin.weight).sum();
    let distances = bins
        .iter()
        .map(|bin| bin.weight * (bin.expected_share - bin.observed_share).abs());
    distances.sum::<f64>() / weight
}
