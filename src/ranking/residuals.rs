//! What the model leaves unexplained of each answer, by worker.
//!
//! It computes no errors: they depend on how the curvature is stored.

use super::Comparison;
use super::logistic::sigmoid;

/// One answer: how much more its item of the smaller number won than the model expects.
#[derive(Debug, Clone, Copy)]
pub(super) struct Residual {
    /// The item of the smaller number.
    pub(super) low: u32,
    /// The other one.
    pub(super) high: u32,
    /// Their scores' difference, as the side shifts it.
    pub(super) difference: f64,
    /// weight × (1, ½ or 0 − expected share), seen from `low`.
    pub(super) excess: f64,
    /// 1 when `low` was shown on the left, otherwise −1.
    pub(super) side: f64,
}

impl Residual {
    /// Of one answer, at these scores and this favour of the left side.
    pub(super) fn of(answer: &Comparison, scores: &[f64], bias: f64) -> Self {
        let (low, high) = answer.low_high();
        let side = if answer.left < answer.right {
            1.0
        } else {
            -1.0
        };
        let difference = scores[low as usize] - scores[high as usize] + side * bias;
        let (won, lost) = answer.won_lost();
        Self {
            low,
            high,
            difference,
            excess: won * sigmoid(-difference) - lost * sigmoid(difference),
            side,
        }
    }

    /// What the answer pushes the bias of the sides by, times the curvature in the bias, where the scores
    /// follow the bias by −`shift`.
    pub(super) fn push_on_bias(&self, shift: &[f64]) -> f64 {
        self.excess * (self.side - shift[self.low as usize] + shift[self.high as usize])
    }
}

/// The residuals of answers that may depend on each other.
pub(super) type Cluster = Vec<Residual>;

/// One cluster for each worker, by number; answers without a known worker are clusters of their own.
pub(super) fn clusters<'a>(
    answers: &'a [Comparison],
    scores: &'a [f64],
    bias: f64,
) -> impl Iterator<Item = Cluster> + 'a {
    let mut order: Vec<u32> = (0_u32..).take(answers.len()).collect();
    order.sort_by_key(|&place| answers[place as usize].worker);
    let mut next = 0;
    std::iter::from_fn(move || {
        let first = answers[*order.get(next)? as usize].worker;
        let end = if first == Comparison::UNKNOWN_WORKER {
            next + 1
        } else {
            next + order[next..].partition_point(|&place| answers[place as usize].worker == first)
        };
        let places = &order[next..end];
        let cluster = places
            .iter()
            .map(|&place| Residual::of(&answers[place as usize], scores, bias))
            .collect();
        next = end;
        Some(cluster)
    })
}
