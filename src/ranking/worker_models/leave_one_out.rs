//! Where the scores of a group would stand without one of its answers, to judge that answer by the others.
//!
//! One Newton step from the scores with it, which needs no second fit: taking an answer of pull p and
//! curvature h off a pair with variance v moves the pair's difference by −p v / (1 − h v). It judges
//! nothing itself.

use crate::ranking::Comparison;
use crate::ranking::logistic::SCORE_MAX;

use super::DENSE_ITEMS_MAX;

/// Buffers for one group after the other.
pub(super) struct LeaveOneOut {
    prior_wins: f64,
    n_items: usize,
    /// Up to `DENSE_ITEMS_MAX` items the full curvature, then its inverse; beyond, only diagonals: then an
    /// item has many answers, of which one moves little.
    matrix: Vec<f64>,
    /// Scratch space of one row.
    row: Vec<f64>,
    /// One per answer.
    pulls: Vec<Pull>,
}

/// What one answer does to the difference of its items.
struct Pull {
    slope: f64,
    curvature: f64,
}

/// More of the curvature than this is never taken off a pair: one step does not reach that far.
const SHARE_MAX: f64 = 0.9;

impl LeaveOneOut {
    pub(super) fn new(prior_wins: f64) -> Self {
        Self {
            prior_wins,
            n_items: 0,
            matrix: Vec::new(),
            row: Vec::new(),
            pulls: Vec::new(),
        }
    }

    /// Begins a group; each item gives its share σ(s) of wins against an item of score 0.
    pub(super) fn begin(&mut self, item_shares: impl ExactSizeIterator<Item = f64>) {
        self.n_items = item_shares.len();
        self.pulls.clear();
        self.matrix.clear();
        let is_dense = self.is_dense();
        self.matrix.resize(
            if is_dense {
                self.n_items * self.n_items
            } else {
                self.n_items
            },
            0.0,
        );
        for (item, share) in item_shares.enumerate() {
            let entry = self.diagonal(item);
            self.matrix[entry] = 2.0 * self.prior_wins * share * (1.0 - share);
        }
    }

    /// Adds the next answer: the weights that it has for its items, and their chances to win.
    pub(super) fn add(&mut self, answer: &Comparison, votes: (f64, f64), chances: (f64, f64)) {
        let pull = Pull {
            slope: votes.0 * chances.1 - votes.1 * chances.0,
            curvature: (votes.0 + votes.1) * (chances.0 * chances.1),
        };
        let (left, right) = (answer.left as usize, answer.right as usize);
        for item in [left, right] {
            let entry = self.diagonal(item);
            self.matrix[entry] += pull.curvature;
        }
        if self.is_dense() {
            self.matrix[left * self.n_items + right] -= pull.curvature;
            self.matrix[right * self.n_items + left] -= pull.curvature;
        }
        self.pulls.push(pull);
    }

    /// To be called after the last answer of a group.
    pub(super) fn finish(&mut self) {
        if self.is_dense() {
            invert(self.n_items, &mut self.matrix, &mut self.row);
        } else {
            for entry in &mut self.matrix {
                *entry = 1.0 / *entry;
            }
        }
    }

    /// The difference of an answer's items, were it not for this answer.
    pub(super) fn difference_without(
        &self,
        answer_idx: usize,
        answer: &Comparison,
        difference: f64,
    ) -> f64 {
        let (left, right) = (answer.left as usize, answer.right as usize);
        let mut variance = self.matrix[self.diagonal(left)] + self.matrix[self.diagonal(right)];
        if self.is_dense() {
            variance -= 2.0 * self.matrix[left.min(right) * self.n_items + left.max(right)];
        }
        let pull = &self.pulls[answer_idx];
        let share = (pull.curvature * variance).min(SHARE_MAX);
        let without = difference - pull.slope * variance / (1.0 - share);
        without.clamp(-SCORE_MAX, SCORE_MAX)
    }

    fn is_dense(&self) -> bool {
        self.n_items <= DENSE_ITEMS_MAX
    }

    fn diagonal(&self, item: usize) -> usize {
        if self.is_dense() {
            item * self.n_items + item
        } else {
            item
        }
    }
}

/// Inverse of a symmetric positive definite matrix in place, by Gauss and Jordan.
fn invert(n: usize, matrix: &mut [f64], row: &mut Vec<f64>) {
    row.resize(n, 0.0);
    for k in 0..n {
        let reciprocal = 1.0 / matrix[k * n + k];
        matrix[k * n + k] = 1.0;
        for (copy, entry) in row.iter_mut().zip(&mut matrix[k * n..(k + 1) * n]) {
            *entry *= reciprocal;
            *copy = *entry;
        }
        for i in (0..n).filter(|i| *i != k) {
            let factor = matrix[i * n + k];
            matrix[i * n + k] = 0.0;
            for (entry, pivot) in matrix[i * n..(i + 1) * n].iter_mut().zip(&*row) {
                *entry -= factor * pivot;
            }
        }
    }
}
