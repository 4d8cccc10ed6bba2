//! What the answers of a group say about differences of its Bradley–Terry scores: the curvature of the
//! objective where the fit ended, and solves with it.
//!
//! It does not fit; the solvers of `bradley_terry` keep their own curvature, for speed. A bias of the sides
//! counts as known, also where it was estimated.

use super::logistic::{SCORE_MAX, sigmoid};
use super::pull::{PRIOR_WINS, Pull};
use super::{Comparison, Fit, Outcomes, Parameters, Prior};

/// A sparse symmetric matrix: −h for two items that met, minus the sum of its row on the diagonal, and
/// the prior there too. Its inverse is the covariance of the scores.
#[derive(Debug)]
pub(super) struct Curvature {
    diagonal: Vec<f64>,
    /// Two items, the smaller number first, and h = Σ w σ(d) σ(−d).
    links: Vec<(u32, u32, f64)>,
    has_prior: bool,
}

impl Curvature {
    /// At the scores of a fit of these answers with these parameters; `None` when it has no scores.
    pub(super) fn of(outcomes: &Outcomes<'_>, parameters: &Parameters, fit: &Fit) -> Option<Self> {
        let scores = fit.scores.as_ref()?;
        let pull = pull_of(parameters, fit);
        let mut diagonal: Vec<f64> = scores.iter().map(|score| pull.curvature(*score)).collect();
        let bias = fit.found.position_bias.unwrap_or(0.0);
        let mut links: Vec<(u32, u32, f64)> = Vec::new();
        for comparison in outcomes.comparisons() {
            let Comparison { left, right, .. } = *comparison;
            let difference = scores[left as usize] - scores[right as usize] + bias;
            let information = comparison.weight * answer_information(difference);
            diagonal[left as usize] += information;
            diagonal[right as usize] += information;
            let (low, high) = comparison.low_high();
            match links.last_mut() {
                Some(last) if (last.0, last.1) == (low, high) => last.2 += information,
                _ => links.push((low, high, information)),
            }
        }
        Some(Self {
            diagonal,
            links,
            has_prior: !pull.is_none(),
        })
    }

    /// Variance of the difference of two scores.
    pub(super) fn variance_of_difference(&self, one: u32, other: u32) -> f64 {
        let mut target = vec![0.0; self.diagonal.len()];
        target[one as usize] += 1.0;
        target[other as usize] -= 1.0;
        let solution = self.solve(target);
        solution[one as usize] - solution[other as usize]
    }

    /// The inverse, row by row; the pseudo-inverse without a prior. For groups whose square is small.
    pub(super) fn covariance(&self) -> Vec<f64> {
        let n = self.diagonal.len();
        let mut matrix = vec![0.0; n * n];
        for (item, entry) in self.diagonal.iter().enumerate() {
            matrix[item * n + item] = *entry;
        }
        for &(low, high, information) in &self.links {
            let (low, high) = (low as usize, high as usize);
            matrix[low * n + high] = -information;
            matrix[high * n + low] = -information;
        }
        if self.has_prior {
            invert(n, &mut matrix);
        } else {
            // (H + g 11ᵀ)⁻¹ = H⁺ + 11ᵀ / (g n²) when H 1 = 0.
            let gauge = self.diagonal.iter().sum::<f64>() / (n * n) as f64;
            add_to_all(&mut matrix, gauge);
            invert(n, &mut matrix);
            add_to_all(&mut matrix, -1.0 / (gauge * (n * n) as f64));
        }
        matrix
    }

    /// Conjugate gradients with the diagonal as preconditioner, until rounding stops them.
    fn solve(&self, target: Vec<f64>) -> Vec<f64> {
        let n_items = target.len();
        let mut residual = target;
        let mut solution = vec![0.0; n_items];
        let mut direction = vec![0.0; n_items];
        let mut image = vec![0.0; n_items];
        let (mut turn, mut product) = (0.0, self.preconditioned(&residual));
        let product_max = product * RESIDUAL_SHARE * RESIDUAL_SHARE;
        for _ in 0..2 * n_items + 100 {
            if product <= product_max || !product.is_finite() {
                break;
            }
            for ((entry, rest), scale) in direction.iter_mut().zip(&residual).zip(&self.diagonal) {
                *entry = rest / scale + turn * *entry;
            }
            self.apply(&direction, &mut image);
            let along: f64 = direction.iter().zip(&image).map(|(x, y)| x * y).sum();
            if along <= 0.0 || !along.is_finite() {
                break;
            }
            let length = product / along;
            for ((entry, rest), (step, change)) in solution
                .iter_mut()
                .zip(&mut residual)
                .zip(direction.iter().zip(&image))
            {
                *entry += length * step;
                *rest -= length * change;
            }
            let next = self.preconditioned(&residual);
            turn = next / product;
            product = next;
        }
        solution
    }

    /// Σ rest² / diagonal.
    fn preconditioned(&self, residual: &[f64]) -> f64 {
        let terms = residual.iter().zip(&self.diagonal);
        terms.map(|(rest, scale)| rest * rest / scale).sum()
    }

    fn apply(&self, vector: &[f64], image: &mut [f64]) {
        for ((entry, value), scale) in image.iter_mut().zip(vector).zip(&self.diagonal) {
            *entry = scale * value;
        }
        for &(low, high, information) in &self.links {
            image[low as usize] -= information * vector[high as usize];
            image[high as usize] -= information * vector[low as usize];
        }
    }
}

fn add_to_all(matrix: &mut [f64], addend: f64) {
    for entry in matrix {
        *entry += addend;
    }
}

/// Gauss and Jordan in place; no pivots are needed, the matrix being positive definite.
fn invert(n: usize, matrix: &mut [f64]) {
    let mut pivot_row = vec![0.0; n];
    for k in 0..n {
        let reciprocal = 1.0 / matrix[k * n + k];
        pivot_row.copy_from_slice(&matrix[k * n..(k + 1) * n]);
        pivot_row[k] = 1.0;
        for entry in &mut pivot_row {
            *entry *= reciprocal;
        }
        for (item, row) in matrix.chunks_mut(n).enumerate() {
            if item == k {
                row.copy_from_slice(&pivot_row);
                continue;
            }
            let factor = row[k];
            row[k] = 0.0;
            for (entry, pivot) in row.iter_mut().zip(&pivot_row) {
                *entry -= factor * pivot;
            }
        }
    }
}

/// A solve ends when the residual is this share of what it was.
const RESIDUAL_SHARE: f64 = 1e-12;

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
