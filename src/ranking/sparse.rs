//! The Newton system of a large group: one row of neighbours per item, conjugate gradients, threads.
//!
//! Every sum runs in an order fixed by the data alone (rows, and chunks of `CHUNK` rows), so that one
//! and many threads give the same bits. It does not choose when to be used; `bradley_terry` does.

mod conjugate;
mod errors;
mod factor;
mod rows;

use rayon::iter::{
    IndexedParallelIterator, IntoParallelIterator, IntoParallelRefIterator,
    IntoParallelRefMutIterator, ParallelIterator,
};

use conjugate::{Course, Ending, Goal};
use factor::Factor;
use rows::Rows;

use super::graph::Pair;
use super::logistic::{exp_of_nonpositive, log_sigmoid};
use super::newton::{BiasResponse, System};
use super::pull::Pull;

/// Rows per unit of parallel work and per partial sum.
const CHUNK: usize = 512;

/// Terms, curvature and buffers of one group.
pub(super) struct Sparse {
    pull: Pull,
    rows: Rows,
    /// eˢ of each score at the last linearisation.
    strengths: Vec<f64>,
    /// Curvature of each entry of the rows there.
    curvatures: Vec<f64>,
    /// Curvature of the prior of each item there.
    grounds: Vec<f64>,
    /// Diagonal of the curvature there: `grounds` and the row's `curvatures`.
    diagonal: Vec<f64>,
    course: Course<1>,
    /// Whether the diagonal alone was too poor a preconditioner before.
    is_hard: bool,
    /// The better preconditioner at the last linearisation, once it was needed.
    factor: Option<Factor>,
}

/// What a linearisation writes for consecutive items.
struct Slopes<'a> {
    first: usize,
    gradient: &'a mut [f64],
    grounds: &'a mut [f64],
    diagonal: &'a mut [f64],
    curvatures: &'a mut [f64],
}

/// Sweeps with the diagonal as preconditioner; where they do not suffice, a factor costs less.
const DIAGONAL_SWEEPS_MAX: usize = 64;

/// Sweeps with the factor: some 10 are usual, and rounding may never allow what these do not reach.
const FACTOR_SWEEPS_MAX: usize = 2_000;

/// The greatest and the least error of a Newton step, as a share of the step, both in the curvature's norm.
const STEP_ERROR_SHARES: [f64; 2] = [0.1, 1e-8];

impl Sparse {
    /// Rows of neighbours from unique pairs, or from pairs and sides.
    pub(super) fn new(n_items: usize, pairs: &[Pair], pull: Pull) -> Self {
        let rows = Rows::new(n_items, pairs);
        Self {
            pull,
            strengths: vec![1.0; n_items],
            curvatures: vec![0.0; rows.neighbours.len()],
            grounds: vec![0.0; n_items],
            diagonal: vec![0.0; n_items],
            course: Course::new(n_items),
            rows,
            is_hard: false,
            factor: None,
        }
    }

    /// Gradient and curvature of some rows.
    fn linearise_rows(&self, scores: &[f64], strengths: &[f64], slopes: Slopes<'_>) {
        let mut rest = slopes.curvatures;
        let mut shares = Vec::new();
        let of_prior = slopes.grounds.iter_mut().zip(slopes.diagonal);
        let sums = slopes.gradient.iter_mut().zip(of_prior);
        for (item, (slope, (ground, total))) in (slopes.first..).zip(sums) {
            let row = self.rows.range(item);
            let (curvatures, tail) = rest.split_at_mut(row.len());
            rest = tail;
            shares.resize(row.len(), 0.0);
            // The odds against the item are the neighbour's strength over its own, without a call of
            // the exponential. Several loops instead of one: the middle one has no gathers and no
            // sums, so the compiler takes several entries at once.
            for (entry, &neighbour) in curvatures
                .iter_mut()
                .zip(&self.rows.neighbours[row.clone()])
            {
                *entry = strengths[neighbour as usize];
            }
            if !self.rows.shifts.is_empty() {
                for (entry, shift) in curvatures.iter_mut().zip(&self.rows.shifts[row.clone()]) {
                    *entry *= shift.abs();
                }
            }
            let weakness = 1.0 / strengths[item];
            let weights = &self.rows.weights[row];
            for ((entry, share), weight) in curvatures.iter_mut().zip(&mut shares).zip(weights) {
                let odds_against = *entry * weakness;
                let wins = 1.0 / (1.0 + odds_against);
                *share = weight * wins;
                *entry = *share * (odds_against * wins);
            }
            *ground = self.pull.curvature(scores[item]);
            *total = *ground + sum_of(curvatures);
            *slope = self.rows.won[item] - sum_of(&shares) + self.pull.slope(scores[item]);
        }
    }

    /// H × solution = right side, to this share of the solution. False when it cannot be computed.
    fn solve_to(&mut self, right_side: &[f64], solution: &mut [f64], error_share: f64) -> bool {
        let mut course = std::mem::take(&mut self.course);
        let load = |course: &mut Course<1>| {
            course.residual.clear();
            course
                .residual
                .extend(right_side.iter().map(|entry| [*entry]));
        };
        load(&mut course);
        let mut ending = Ending::TooSlow;
        if !self.is_hard {
            let goal = Goal {
                error_share,
                sweeps_max: DIAGONAL_SWEEPS_MAX,
            };
            ending = course.solve(self, None, &goal);
        }
        if ending == Ending::TooSlow {
            self.is_hard = true;
            let factor = self.factor.take().or_else(|| Factor::of(self));
            let goal = Goal {
                error_share,
                sweeps_max: FACTOR_SWEEPS_MAX,
            };
            load(&mut course);
            ending = course.solve(self, factor.as_ref(), &goal);
            self.factor = factor;
        }
        for (entry, [found]) in solution.iter_mut().zip(&course.solution) {
            *entry = *found;
        }
        self.course = course;
        // An unfinished solution still points upwards.
        ending != Ending::Broken
    }

    /// Weight × expected share of each item's entries by side, and curvature by side, at these scores.
    fn cross_terms(&self, scores: &[f64]) -> Vec<CrossTerms> {
        let strengths: Vec<f64> = scores.par_iter().map(|&score| strength(score)).collect();
        (0..scores.len())
            .into_par_iter()
            .with_min_len(CHUNK)
            .map(|item| {
                let mut terms = CrossTerms::default();
                for entry in self.rows.range(item) {
                    let neighbour = self.rows.neighbours[entry] as usize;
                    let shift = self.rows.shift(entry);
                    let odds_against = strengths[neighbour] / strengths[item] * shift.abs();
                    let wins = 1.0 / (1.0 + odds_against);
                    let curvature = self.rows.weights[entry] * wins * (odds_against * wins);
                    terms.expected += (self.rows.weights[entry] * wins).copysign(shift);
                    terms.of_score += curvature.copysign(shift);
                    terms.of_bias += curvature;
                }
                terms
            })
            .collect()
    }
}

/// How one item's terms answer to a bias of the sides.
#[derive(Debug, Clone, Copy, Default)]
struct CrossTerms {
    /// Weight × expected share, with the side's sign.
    expected: f64,
    /// Derivative of the item's slope in the bias, sign reversed.
    of_score: f64,
    /// Curvature in the bias.
    of_bias: f64,
}

impl System for Sparse {
    fn linearise(&mut self, scores: &[f64], gradient: &mut [f64]) {
        self.factor = None;
        let mut strengths = std::mem::take(&mut self.strengths);
        let mut curvatures = std::mem::take(&mut self.curvatures);
        let mut grounds = std::mem::take(&mut self.grounds);
        let mut diagonal = std::mem::take(&mut self.diagonal);
        strengths
            .par_iter_mut()
            .zip(scores)
            .with_min_len(CHUNK)
            .for_each(|(strength_here, score)| *strength_here = strength(*score));
        let mut rest = curvatures.as_mut_slice();
        let mut blocks = Vec::with_capacity(scores.len().div_ceil(CHUNK));
        let of_prior = grounds.chunks_mut(CHUNK).zip(diagonal.chunks_mut(CHUNK));
        let sums = gradient.chunks_mut(CHUNK).zip(of_prior);
        for (first, (gradient, (grounds, diagonal))) in (0..).step_by(CHUNK).zip(sums) {
            let n_entries = self.rows.offsets[first + gradient.len()] - self.rows.offsets[first];
            let (curvatures, tail) = rest.split_at_mut(n_entries);
            rest = tail;
            blocks.push(Slopes {
                first,
                gradient,
                grounds,
                diagonal,
                curvatures,
            });
        }
        blocks
            .into_par_iter()
            .for_each(|slopes| self.linearise_rows(scores, &strengths, slopes));
        (self.strengths, self.curvatures) = (strengths, curvatures);
        (self.grounds, self.diagonal) = (grounds, diagonal);
    }

    fn solve(&mut self, gradient: &[f64], step: &mut [f64]) -> bool {
        let greatest = gradient
            .iter()
            .fold(0.0_f64, |most, entry| most.max(entry.abs()));
        // Inexact while the gradient is large: Newton's convergence stays quadratic.
        let [most, least] = STEP_ERROR_SHARES;
        let error_share = (greatest / self.rows.gradient_unit).clamp(least, most);
        self.solve_to(gradient, step, error_share)
    }

    fn objective(&self, scores: &[f64]) -> f64 {
        // log σ(±d) = ±d/2 + m(d): the linear parts sum to one product per item, but for a constant of
        // the sides, and each symmetric part m is met in two rows.
        let of_items: Vec<f64> = (0..scores.len())
            .into_par_iter()
            .with_min_len(CHUNK)
            .map(|item| {
                let score = scores[item];
                let mut sum = self.pull.value(score);
                let mut excess = self.rows.won[item];
                for entry in self.rows.range(item) {
                    let other = scores[self.rows.neighbours[entry] as usize];
                    let bias = -self.rows.shift(entry).abs().ln();
                    let weight = self.rows.weights[entry];
                    sum += 0.5 * weight * symmetric_log_sigmoid(score - other + bias);
                    excess -= 0.5 * weight;
                }
                sum + excess * score
            })
            .collect();
        of_items.iter().sum()
    }

    fn bias_response(&mut self, scores: &[f64]) -> BiasResponse {
        let terms = self.cross_terms(scores);
        let of_scores: Vec<f64> = terms.iter().map(|term| term.of_score).collect();
        let mut shift = vec![0.0; scores.len()];
        let is_solved = self.solve_to(&of_scores, &mut shift, STEP_ERROR_SHARES[1]);
        // Each term is met in two rows, once from each item.
        let expected = 0.5 * terms.iter().map(|term| term.expected).sum::<f64>();
        let curvature_alone = 0.5 * terms.iter().map(|term| term.of_bias).sum::<f64>();
        let followed = of_scores
            .iter()
            .zip(&shift)
            .map(|(of_score, by)| of_score * by);
        let curvature = (curvature_alone - followed.sum::<f64>()).max(0.0);
        BiasResponse {
            slope: self.rows.won_by_sides - expected,
            // Without a solution nothing is known of the bias, which a curvature of 0 says.
            curvature: if is_solved { curvature } else { 0.0 },
            curvature_alone,
            shift,
        }
    }
}

/// eˢ.
#[inline]
fn strength(score: f64) -> f64 {
    let exponential = exp_of_nonpositive(-score.abs());
    if score > 0.0 {
        1.0 / exponential
    } else {
        exponential
    }
}

/// (log σ(x) + log σ(−x)) / 2.
fn symmetric_log_sigmoid(x: f64) -> f64 {
    log_sigmoid(-x.abs()) + 0.5 * x.abs()
}

/// Sum by four running totals, which do not wait for each other.
#[inline]
fn sum_of(values: &[f64]) -> f64 {
    let (fours, rest) = values.as_chunks::<4>();
    let mut totals = [0.0; 4];
    for four in fours {
        for (total, value) in totals.iter_mut().zip(four) {
            *total += value;
        }
    }
    let of_rest: f64 = rest.iter().sum();
    (totals[0] + totals[1]) + (totals[2] + totals[3]) + of_rest
}
