//! One group's strengths at a given prior and bias of the sides, by the solver that suits its size.
//!
//! It does not choose the prior (`prior_choice`) nor the bias (`position`).

mod clustered;

use std::cell::RefCell;

use super::dense::{BiasPart, Covariance, Dense};
use super::graph::{Pair, is_strongly_connected, sum_to_pairs};
use super::newton::{Ascent, BiasResponse, Stop, System, Vectors, maximise};
use super::pull::Pull;
use super::residuals::clusters;
use super::sparse::Sparse;
use super::{Comparison, ErrorModel, RankBounds};

/// Groups up to this size share one workspace per thread, and use that thread alone.
const SMALL_ITEMS_MAX: usize = 64;

/// Above, the full matrix costs more than conjugate gradients.
const DENSE_ITEMS_MAX: usize = 256;

/// The gradient may be at most this, in units of 1 + the greatest weight of an item.
const GRADIENT_TOLERANCE: f64 = 1e-8;

thread_local! {
    /// For millions of small groups: at most a few times 64² numbers and the pairs of the largest such group.
    static SMALL: RefCell<Solver> = RefCell::default();
}

/// Lends a solver for a group of this size.
pub(super) fn with_solver<R>(n_items: usize, work: impl FnOnce(&mut Solver) -> R) -> R {
    if n_items <= SMALL_ITEMS_MAX {
        // Nothing below waits for other threads at this size, so nobody else asks for it meanwhile.
        SMALL.with_borrow_mut(work)
    } else {
        work(&mut Solver::default())
    }
}

/// What is to be solved; the bias of the sides comes separately, for it may be unknown.
#[derive(Debug, Clone, Copy)]
pub(super) struct Group<'a> {
    pub(super) n_items: usize,
    /// In canonical order.
    pub(super) comparisons: &'a [Comparison],
    pub(super) pull: Pull,
    /// `Parameters::tolerance`.
    pub(super) tolerance: f64,
}

/// What the graph of wins allows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Case {
    /// No item, or one item without a prior: nothing to solve.
    Trivial,
    /// The maximum exists and the answers determine it.
    StronglyConnected,
    /// Only the prior makes the maximum exist.
    PriorDecides,
    /// There is no maximum.
    NotIdentified,
}

impl Case {
    fn of(n_items: usize, pairs: &[Pair], pull: Pull) -> Self {
        if n_items == 0 || (n_items == 1 && pull.is_none()) {
            Self::Trivial
        } else if is_strongly_connected(n_items, pairs) {
            Self::StronglyConnected
        } else if pull.is_none() {
            Self::NotIdentified
        } else {
            Self::PriorDecides
        }
    }

    /// Whether there are equations with one solution.
    pub(super) fn has_solution(self) -> bool {
        matches!(self, Self::StronglyConnected | Self::PriorDecides)
    }
}

/// Errors of the scores and what they say about ranks.
pub(super) struct Errors {
    pub(super) standard_errors: Vec<f64>,
    /// `None` for large groups: errors of differences are not at hand.
    pub(super) rank_bounds: Option<Vec<RankBounds>>,
}

/// Everything a fit needs; reused from group to group.
#[derive(Default)]
pub(super) struct Solver {
    dense: Dense,
    /// In use for the present group when it is large.
    sparse: Option<Sparse>,
    vectors: Vectors,
    covariance: Covariance,
}

impl Solver {
    /// Begins a group: sums its pairs and puts all scores at 0.
    pub(super) fn begin(&mut self, group: &Group<'_>, bias: Option<f64>) {
        self.sparse = None;
        sum_to_pairs(group.comparisons, bias, &mut self.dense.pairs);
        self.vectors.reset(group.n_items);
    }

    /// What the graph of the pairs allows, before the climb.
    pub(super) fn case(&self, group: &Group<'_>) -> Case {
        Case::of(group.n_items, &self.dense.pairs, group.pull)
    }

    /// Sums the pairs of the group that has begun again, for another bias; the scores stay.
    pub(super) fn change_bias(&mut self, group: &Group<'_>, bias: Option<f64>) {
        sum_to_pairs(group.comparisons, bias, &mut self.dense.pairs);
    }

    /// Climbs to the maximum from the present scores.
    ///
    /// The pairs of a large group are moved: `change_bias` brings them back.
    pub(super) fn climb(&mut self, group: &Group<'_>) -> Ascent {
        let n_items = group.n_items;
        // The gradient's buffer is free until the ascent begins.
        let stop = stop_of(
            &self.dense.pairs,
            group.tolerance,
            &mut self.vectors.gradient,
        );
        if n_items <= DENSE_ITEMS_MAX {
            self.dense.reset(n_items, group.pull);
            maximise(&mut self.dense, &mut self.vectors, &stop)
        } else {
            let pairs = std::mem::take(&mut self.dense.pairs);
            let mut sparse = Sparse::new(n_items, &pairs, group.pull);
            drop(pairs);
            let ascent = maximise(&mut sparse, &mut self.vectors, &stop);
            self.sparse = Some(sparse);
            ascent
        }
    }

    /// The sums over pairs, after `begin` or `change_bias`.
    pub(super) fn pairs(&self) -> &[Pair] {
        &self.dense.pairs
    }

    /// The present scores.
    pub(super) fn scores(&self) -> &[f64] {
        &self.vectors.scores
    }

    /// How the maximum answers to the favour of the left side, after a climb at this one.
    pub(super) fn bias_response(&mut self, bias: f64) -> BiasResponse {
        let scores = &self.vectors.scores;
        let mut response = match &mut self.sparse {
            Some(sparse) => sparse.bias_response(scores),
            None => self.dense.bias_response(scores),
        };
        if bias.is_sign_negative() {
            // The offsets are positive where the left side is the item of the greater number.
            response.slope = -response.slope;
            for shift in &mut response.shift {
                *shift = -*shift;
            }
        }
        response
    }

    /// Errors after a climb that converged.
    pub(super) fn errors(
        &mut self,
        group: &Group<'_>,
        model: ErrorModel,
        bias: Option<f64>,
        bias_part: Option<&BiasPart>,
    ) -> Errors {
        let scores = &self.vectors.scores;
        let clusters = || clusters(group.comparisons, scores, bias.unwrap_or(0.0));
        if let Some(sparse) = &mut self.sparse {
            return Errors {
                standard_errors: match model {
                    ErrorModel::Curvature => widened(sparse.standard_errors(), bias_part),
                    ErrorModel::ByWorker => {
                        clustered::standard_errors(sparse, group, clusters(), bias_part)
                    }
                },
                rank_bounds: None,
            };
        }
        self.dense.invert(&mut self.covariance);
        if let Some(bias_part) = bias_part {
            self.covariance.widen(bias_part);
        }
        if model == ErrorModel::ByWorker {
            self.covariance.sandwich(clusters(), bias_part);
        }
        Errors {
            standard_errors: self.covariance.standard_errors(),
            rank_bounds: Some(self.covariance.rank_bounds(scores)),
        }
    }

    /// Errors of the scores less their mean, after the climb of a group that is not large.
    pub(super) fn errors_about_mean(&mut self) -> Vec<f64> {
        self.dense.invert(&mut self.covariance);
        self.covariance.take_out_mean();
        self.covariance.standard_errors()
    }
}

/// When to stop; `item_weights` is scratch space of one entry per item, left at 0.
fn stop_of(pairs: &[Pair], tolerance: f64, item_weights: &mut [f64]) -> Stop {
    item_weights.fill(0.0);
    for pair in pairs {
        item_weights[pair.low as usize] += pair.weight();
        item_weights[pair.high as usize] += pair.weight();
    }
    let greatest = item_weights.iter().copied().fold(0.0, f64::max);
    item_weights.fill(0.0);
    Stop {
        step_max: tolerance,
        gradient_max: GRADIENT_TOLERANCE * (1.0 + greatest),
    }
}

/// Errors of a large group, with what not knowing the bias adds.
fn widened(mut errors: Vec<f64>, bias: Option<&BiasPart>) -> Vec<f64> {
    if let Some(bias) = bias {
        for (error, shift) in errors.iter_mut().zip(&bias.shift) {
            *error = (*error * *error + shift * shift / bias.curvature).sqrt();
        }
    }
    errors
}
