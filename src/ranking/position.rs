//! Favour of one side of the screen: one bias β of the left side, found together with the scores.
//!
//! The scores stay the solver's business: here only β moves, on the maximum over the scores.

mod panel;

use super::dense::BiasPart;
use super::graph::Pair;
use super::residuals::clusters;
use super::solver::{Group, Solver};
use super::{ErrorModel, PositionBias};

pub use panel::{PositionEstimate, position_bias};

/// Why a bias of the sides was asked for and is not taken into account.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Refusal {
    /// There are no answers about two items.
    NoAnswers,
    /// No two items were shown both ways round: `Auto` does not rely on longer ways around alone.
    OneOrderOnly,
    /// Scores can explain every side as well as a bias can: the answers do not tell them apart.
    Confounded,
    /// No finite bias fits best: the answers name one side too consistently.
    Unbounded,
    /// The bias may as well be 0: it is within 1.96 of its standard errors, and `Auto` was asked for.
    NotSignificant,
}

impl Refusal {
    /// The word in published tables.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::NoAnswers => "no_answers",
            Self::OneOrderOnly => "one_order_only",
            Self::Confounded => "confounded",
            Self::Unbounded => "unbounded",
            Self::NotSignificant => "not_significant",
        }
    }
}

/// A bias is significant beyond so many standard errors: 5 % of pure chance are.
pub(super) const SIGNIFICANT_ERRORS: f64 = 1.96;

/// The bias of one group, with what its errors need.
pub(super) struct Estimate {
    pub(super) bias: f64,
    pub(super) standard_error: f64,
    pub(super) part: BiasPart,
    /// Newton steps for the scores, over all steps of the bias.
    pub(super) iterations: u32,
}

/// The bias of a group that `solver` has begun with a bias; leaves the solver near the maximum.
pub(super) fn estimate(
    solver: &mut Solver,
    group: &Group<'_>,
    wanted: PositionBias,
    errors: ErrorModel,
) -> Result<Estimate, Refusal> {
    if group.comparisons.is_empty() {
        return Err(Refusal::NoAnswers);
    }
    if wanted == PositionBias::Auto && !has_both_orders(solver.pairs()) {
        return Err(Refusal::OneOrderOnly);
    }
    if is_confounded(group.n_items, solver.pairs()) {
        return Err(Refusal::Confounded);
    }
    let mut iterations = 0;
    let mut last = None;
    let peak = climb_to_peak(|bias| {
        solver.change_bias(group, Some(bias));
        let ascent = solver.climb(group);
        iterations += ascent.iterations;
        let response = solver.bias_response(bias);
        let slope = Profile {
            slope: response.slope,
            curvature: response.curvature,
            curvature_alone: response.curvature_alone,
        };
        last = Some(response);
        slope
    });
    let (bias, response) = (peak?, last.ok_or(Refusal::NoAnswers)?);
    let part = BiasPart {
        shift: response.shift,
        curvature: response.curvature,
    };
    let variance = match errors {
        ErrorModel::Curvature => 1.0 / part.curvature,
        ErrorModel::ByWorker => clustered_variance(solver.scores(), group, bias, &part),
    };
    let standard_error = variance.sqrt();
    if wanted == PositionBias::Auto && bias.abs() <= SIGNIFICANT_ERRORS * standard_error {
        return Err(Refusal::NotSignificant);
    }
    Ok(Estimate {
        bias,
        standard_error,
        part,
        iterations,
    })
}

/// Variance of the bias when answers of a worker may depend on each other.
fn clustered_variance(scores: &[f64], group: &Group<'_>, bias: f64, part: &BiasPart) -> f64 {
    clusters(group.comparisons, scores, bias)
        .map(|cluster| {
            let push: f64 = cluster
                .iter()
                .map(|residual| residual.push_on_bias(&part.shift))
                .sum();
            (push / part.curvature).powi(2)
        })
        .sum()
}

/// Derivatives of the objective's maximum over the scores, in the bias.
#[derive(Debug, Clone, Copy, Default)]
struct Profile {
    slope: f64,
    /// Sign reversed: not negative.
    curvature: f64,
    /// The curvature if the scores stood still.
    curvature_alone: f64,
}

/// The bias stays within ± this: odds of 3 million to 1 are no preference of a side.
const BIAS_MAX: f64 = 15.0;

/// The bias is found when it would move by no more than this.
const BIAS_TOLERANCE: f64 = 1e-9;

/// The bias moves at most so far in one step.
const BIAS_STEP_CAP: f64 = 2.0;

/// Steps allowed; 4 or 5 are usual. Halving the bracket alone needs 35.
const BIAS_STEPS_MAX: u32 = 100;

/// Less curvature than this share of what it would be with fixed scores is rounding.
const CURVATURE_SHARE_MIN: f64 = 1e-9;

/// Newton's method for the one number at which the slope vanishes, kept within a bracket.
///
/// The maximum over the scores is concave in the bias, so the slope falls everywhere.
fn climb_to_peak(mut slope_at: impl FnMut(f64) -> Profile) -> Result<f64, Refusal> {
    let (mut below, mut above) = (-BIAS_MAX, BIAS_MAX);
    let mut bias = 0.0;
    for _ in 0..BIAS_STEPS_MAX {
        let at = slope_at(bias);
        if !at.slope.is_finite() || at.curvature <= CURVATURE_SHARE_MIN * at.curvature_alone {
            return Err(Refusal::Confounded);
        }
        let step = at.slope / at.curvature;
        if step.abs() <= BIAS_TOLERANCE {
            return Ok(bias + step);
        }
        if at.slope > 0.0 {
            below = bias;
        } else {
            above = bias;
        }
        let next = bias + step.clamp(-BIAS_STEP_CAP, BIAS_STEP_CAP);
        if next.abs() >= BIAS_MAX {
            break;
        }
        bias = if below < next && next < above {
            next
        } else {
            0.5 * (below + above)
        };
    }
    Err(Refusal::Unbounded)
}

/// Whether some two items were shown both ways round; the pairs were summed with a bias.
fn has_both_orders(pairs: &[Pair]) -> bool {
    pairs
        .windows(2)
        .any(|two| (two[0].low, two[0].high) == (two[1].low, two[1].high))
}

/// Whether some scores differ by exactly 1 for every two items that met, the left one above: then they
/// can play the bias's part. The pairs were summed with a bias.
fn is_confounded(n_items: usize, pairs: &[Pair]) -> bool {
    let mut levels = Levels::new(n_items);
    pairs.iter().all(|pair| {
        levels.join(
            pair.low,
            pair.high,
            if pair.offset.is_sign_negative() {
                -1
            } else {
                1
            },
        )
    })
}

/// Disjoint sets of items whose levels are known relative to each other.
struct Levels {
    parents: Vec<u32>,
    /// Level above the parent.
    above_parent: Vec<i64>,
}

impl Levels {
    fn new(n_items: usize) -> Self {
        Self {
            parents: (0_u32..).take(n_items).collect(),
            above_parent: vec![0; n_items],
        }
    }

    /// The root of an item's set and the item's level above it; every item on the way moves up to the root.
    fn find(&mut self, item: u32) -> (u32, i64) {
        let (mut root, mut level) = (item, 0);
        while self.parents[root as usize] != root {
            level += self.above_parent[root as usize];
            root = self.parents[root as usize];
        }
        let (mut next, mut rest) = (item, level);
        while next != root {
            let (parent, step) = (
                self.parents[next as usize],
                self.above_parent[next as usize],
            );
            self.parents[next as usize] = root;
            self.above_parent[next as usize] = rest;
            rest -= step;
            next = parent;
        }
        (root, level)
    }

    /// Puts `one` this far above `other`; false if they already stand differently.
    fn join(&mut self, one: u32, other: u32, above: i64) -> bool {
        let ((root_of_one, one_level), (root_of_other, other_level)) =
            (self.find(one), self.find(other));
        if root_of_one == root_of_other {
            return one_level == other_level + above;
        }
        self.parents[root_of_one as usize] = root_of_other;
        self.above_parent[root_of_one as usize] = other_level + above - one_level;
        true
    }
}
