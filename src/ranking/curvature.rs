//! What the answers of a group say about differences of its Bradley–Terry scores: the curvature of the
//! objective where the fit ended, and solves with it.
//!
//! It neither fits nor solves: `laplacian` does that, and the solvers of `bradley_terry` keep their own
//! curvature, for speed. A bias of the sides counts as known, also where it was estimated.

use super::laplacian::{Anchor, Components, Laplacian};
use super::logistic::{SCORE_MAX, sigmoid};
use super::pull::{PRIOR_WINS, Pull};
use super::{Fit, Outcomes, Parameters, Prior};

/// −h for two items that met, minus the sum of its row on the diagonal, and the prior there too. The
/// inverse is the covariance of the scores.
pub(super) struct Curvature {
    laplacian: Laplacian,
    n_items: usize,
}

impl Curvature {
    /// At the scores of a fit of these answers with these parameters; `None` when it has no scores, or
    /// the matrix is singular in floats.
    pub(super) fn of(outcomes: &Outcomes<'_>, parameters: &Parameters, fit: &Fit) -> Option<Self> {
        let scores = fit.scores.as_ref()?;
        let pull = pull_of(parameters, fit);
        let bias = fit.found.position_bias.unwrap_or(0.0);
        let mut ends: Vec<(u32, u32)> = Vec::new();
        // h = Σ w σ(d) σ(−d) of each two items that met.
        let mut weights: Vec<f64> = Vec::new();
        for comparison in outcomes.comparisons() {
            let (left, right) = (comparison.left as usize, comparison.right as usize);
            let difference = scores[left] - scores[right] + bias;
            let information = comparison.weight * answer_information(difference);
            if ends.last() != Some(&comparison.low_high()) {
                ends.push(comparison.low_high());
                weights.push(0.0);
            }
            if let Some(weight) = weights.last_mut() {
                *weight += information;
            }
        }
        let n_items = scores.len();
        let anchor = if pull.is_none() {
            // Scores without a prior: the answers connect all items.
            Anchor::Means(Components::new(vec![0; n_items]))
        } else {
            Anchor::Diagonal
        };
        let prior: Vec<f64> = scores.iter().map(|score| pull.curvature(*score)).collect();
        let mut laplacian = Laplacian::new(n_items, ends, anchor);
        laplacian
            .set_weights(&weights, &prior)
            .then_some(Self { laplacian, n_items })
    }

    /// Variance of the difference of two scores.
    pub(super) fn variance_of_difference(&self, one: u32, other: u32) -> Option<f64> {
        let mut target = vec![0.0; self.n_items];
        target[one as usize] += 1.0;
        target[other as usize] -= 1.0;
        let solution = self.laplacian.solve(&target)?;
        Some(solution[one as usize] - solution[other as usize])
    }

    /// The inverse, row by row; the pseudo-inverse without a prior. For groups whose square is small.
    pub(super) fn covariance(&self) -> Option<Vec<f64>> {
        let mut rows = Vec::with_capacity(self.n_items * self.n_items);
        for item in 0..self.n_items {
            let mut unit = vec![0.0; self.n_items];
            unit[item] = 1.0;
            rows.extend(self.laplacian.solve(&unit)?);
        }
        Some(rows)
    }
}

/// How much one answer about two scores of this difference says about it: σ(d) σ(−d).
pub(super) fn answer_information(difference: f64) -> f64 {
    let share = sigmoid(difference.clamp(-2.0 * SCORE_MAX, 2.0 * SCORE_MAX));
    share * (1.0 - share)
}

/// The prior that the fit was made with.
fn pull_of(parameters: &Parameters, fit: &Fit) -> Pull {
    let default = Prior::Wins(PRIOR_WINS);
    Pull::of(match parameters.prior {
        None => default,
        Some(Prior::Auto) => fit.found.prior.map_or(default, Prior::Wins),
        Some(prior) => prior,
    })
}
