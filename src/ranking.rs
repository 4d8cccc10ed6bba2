//! Ranking from side-by-side answers: what a method gets, what it gives back, and the list of methods.
//!
//! It knows nothing of tables, files or SQL: the aggregate that hands over the groups is elsewhere.

mod bradley_terry;
mod counting;
mod dense;
mod graph;
mod logistic;
mod newton;
mod ranked;
mod sparse;
#[cfg(test)]
mod tests;
mod win_rate;

use std::cmp::Ordering;
use std::fmt::Debug;

use rayon::slice::ParallelSliceMut;

pub use ranked::{RankedItem, items_at_rank, mean_win_probabilities, rank_group};

/// Every method, in the order of `--help`; a new one is a file, a `mod` line and a row here.
pub const METHODS: &[&dyn Method] = &[
    &counting::Counting,
    &win_rate::WinRate,
    &bradley_terry::BradleyTerry,
];

/// The method of this name, if there is one.
pub fn method(name: &str) -> Option<&'static dyn Method> {
    METHODS.iter().copied().find(|method| method.name() == name)
}

/// Turns the answers of one group into a score for each item.
pub trait Method: Debug + Send + Sync {
    /// The name in SQL, in the configuration and in published tables.
    fn name(&self) -> &'static str;

    /// One line for `--help`, without a full stop.
    fn summary(&self) -> &'static str;

    /// What the scores mean.
    fn scale(&self) -> Scale;

    /// Scores the items; pure: the same bits for the same answers, whatever the number of threads.
    fn fit(&self, outcomes: &Outcomes<'_>, parameters: &Parameters) -> Fit;
}

/// What a method's score means.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scale {
    /// Logarithm of a strength: σ(score) is the chance to win against an item of score 0.
    LogStrength,
    /// Anything else: only the order and the method's own definition count.
    Points,
}

/// Who won.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Outcome {
    /// The item shown on the left.
    Left,
    /// The item shown on the right.
    Right,
    /// Neither: half a win for each.
    Tie,
}

/// One answer, or a sum of equal answers, about two items of one group.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Comparison {
    /// The item on the left, `0..n_items`.
    pub left: u32,
    /// The item on the right, `0..n_items`.
    pub right: u32,
    /// The worker, a dense number within the group; only tells workers apart.
    pub worker: u32,
    /// Who won.
    pub outcome: Outcome,
    /// How much the answer counts; finite, not negative. 0 means: as if it were absent.
    pub weight: f64,
}

impl Comparison {
    /// The two items, the smaller number first.
    fn low_high(&self) -> (u32, u32) {
        (self.left.min(self.right), self.left.max(self.right))
    }

    /// The weight won by the item of the smaller number, and by the other one.
    fn won_lost(&self) -> (f64, f64) {
        match self.outcome {
            Outcome::Tie => (0.5 * self.weight, 0.5 * self.weight),
            Outcome::Left if self.left < self.right => (self.weight, 0.0),
            Outcome::Right if self.right < self.left => (self.weight, 0.0),
            Outcome::Left | Outcome::Right => (0.0, self.weight),
        }
    }

    /// One order for every order of rows and every choice of sides: float sums depend on it.
    fn canonical_cmp(&self, other: &Self) -> Ordering {
        let items = |comparison: &Self| {
            let (low, high) = comparison.low_high();
            (u64::from(low) << 32) | u64::from(high)
        };
        let winner = |comparison: &Self| match comparison.outcome {
            Outcome::Left => comparison.left,
            Outcome::Right => comparison.right,
            Outcome::Tie => u32::MAX,
        };
        items(self)
            .cmp(&items(other))
            .then_with(|| winner(self).cmp(&winner(other)))
            .then_with(|| self.weight.total_cmp(&other.weight))
            .then_with(|| self.worker.cmp(&other.worker))
            .then_with(|| self.left.cmp(&other.left))
    }
}

/// The answers of one group, cleaned and in canonical order.
#[derive(Debug, Clone, Copy)]
pub struct Outcomes<'a> {
    n_items: usize,
    n_self_pairs: usize,
    comparisons: &'a [Comparison],
}

impl<'a> Outcomes<'a> {
    /// Drops self pairs and rows of weight 0, and sorts the rest in place: by pair of items, winner,
    /// weight, worker, side.
    ///
    /// The caller keeps the buffer, so that millions of groups need one.
    ///
    /// # Panics
    /// On an item number outside `0..n_items`, or a weight that is negative, infinite or NaN: the
    /// caller rejects such rows at its boundary, where it can name them.
    pub fn prepare(n_items: usize, comparisons: &'a mut Vec<Comparison>) -> Self {
        assert!(
            u32::try_from(n_items).is_ok_and(|n_items| n_items < u32::MAX),
            "a group has fewer than 4,294,967,295 items"
        );
        for comparison in comparisons.iter() {
            let (_, high) = comparison.low_high();
            assert!((high as usize) < n_items, "item number out of range");
            assert!(
                comparison.weight.is_finite() && comparison.weight >= 0.0,
                "weight must be finite and not negative"
            );
        }
        let n_rows = comparisons.len();
        comparisons.retain(|comparison| comparison.left != comparison.right);
        let n_self_pairs = n_rows - comparisons.len();
        comparisons.retain(|comparison| comparison.weight > 0.0);
        if comparisons.len() < PARALLEL_ROWS_MIN {
            comparisons.sort_unstable_by(Comparison::canonical_cmp);
        } else {
            comparisons.par_sort_unstable_by(Comparison::canonical_cmp);
        }
        Self {
            n_items,
            n_self_pairs,
            comparisons,
        }
    }

    /// How many items the group has, those without any comparison included.
    pub fn n_items(&self) -> usize {
        self.n_items
    }

    /// How many rows compared an item with itself; they were dropped.
    pub fn n_self_pairs(&self) -> usize {
        self.n_self_pairs
    }

    /// The comparisons in canonical order; two different items and a positive weight in each.
    pub fn comparisons(&self) -> &'a [Comparison] {
        self.comparisons
    }
}

/// Rows from which sorting on several threads pays; the order is total, so the result is the same.
const PARALLEL_ROWS_MIN: usize = 100_000;

/// What the operator may choose about a fit.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Parameters {
    /// Weight of the prior of strength methods, in imaginary wins and as many losses against an item
    /// of score 0, for each item; finite, not negative; 0 is pure maximum likelihood.
    pub prior: f64,
    /// An iteration stops when no score moves by more than this (and the gradient is small).
    pub tolerance: f64,
}

impl Default for Parameters {
    fn default() -> Self {
        Self {
            prior: 0.5,
            tolerance: 1e-6,
        }
    }
}

/// Whether, and in what sense, the scores can be trusted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Status {
    /// The one answer of a well-posed problem.
    Ok,
    /// Some items never won, or never lost, against some others: their distance is the prior's.
    NotStronglyConnected,
    /// Without a prior the answers do not determine the scores: there are none.
    NotIdentified,
    /// The limit of iterations was reached; the scores are those of the last one, if finite.
    NotConverged,
}

impl Status {
    /// The word in published tables.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Ok => "ok",
            Self::NotStronglyConnected => "not_strongly_connected",
            Self::NotIdentified => "not_identified",
            Self::NotConverged => "not_converged",
        }
    }
}

/// The result of a method for one group.
#[derive(Debug, Clone, PartialEq)]
pub struct Fit {
    /// One finite score per item, greater is better; `None` when the answers do not determine them.
    pub scores: Option<Vec<f64>>,
    /// One standard error per item; `None` when the method has none or did not converge.
    pub standard_errors: Option<Vec<f64>>,
    /// Whether the scores can be trusted.
    pub status: Status,
    /// Iterations used; 0 for a formula.
    pub iterations: u32,
    /// Greatest absolute entry of the gradient where the last step began; 0 for a formula.
    pub gradient_norm: f64,
}

impl Fit {
    /// The result of a formula: nothing to iterate, nothing to doubt.
    fn exact(scores: Vec<f64>) -> Self {
        Self {
            scores: Some(scores),
            standard_errors: None,
            status: Status::Ok,
            iterations: 0,
            gradient_norm: 0.0,
        }
    }

    /// No scores, for this reason.
    fn without_scores(status: Status) -> Self {
        Self {
            scores: None,
            standard_errors: None,
            status,
            iterations: 0,
            gradient_norm: 0.0,
        }
    }
}
