//! The Newton system of a large group: one row of neighbours per item, conjugate gradients, threads.
//!
//! Every sum runs in an order fixed by the data alone (rows, and chunks of `CHUNK` rows), so that one
//! and many threads give the same bits. It does not choose when to be used; `bradley_terry` does.

mod conjugate;
mod errors;
mod factor;
mod islands;
mod order;
mod rows;
mod sides;

use rayon::iter::{
    IndexedParallelIterator, IntoParallelIterator, IntoParallelRefMutIterator, ParallelIterator,
};

use conjugate::{Course, Ending, Goal};
use factor::Factor;
use order::Order;
use rows::Rows;

use super::graph::Pair;
use super::logistic::{exp_of_nonpositive, log_sigmoid};
use super::newton::{BiasResponse, System};
use super::pull::Pull;

/// Rows per unit of parallel work and per partial sum.
const CHUNK: usize = 512;

/// Terms, curvature and buffers of one group; inside, items are known by their places.
pub(super) struct Sparse {
    pull: Pull,
    order: Order,
    rows: Rows,
    /// What a caller gives, at its place: scores, or a right-hand side.
    given: Vec<f64>,
    /// eˢ of each score there.
    strengths: Vec<f64>,
    /// What the caller gets back.
    found: Vec<f64>,
    /// Curvature of each entry of the rows there. In half the memory, for solving is reading them; what is
    /// rounded off bends Newton's steps by 1e-7 of themselves, and not where they end.
    curvatures: Vec<f32>,
    /// Curvature of the prior of each item there.
    grounds: Vec<f64>,
    /// Sum of the `grounds` of the core.
    ground: f64,
    /// Diagonal of the curvature there: `grounds` and the row's `curvatures`.
    diagonal: Vec<f64>,
    course: Course<1>,
    /// The first preconditioner of `LADDER` that has not been too slow.
    rung: usize,
    /// The factor that it needs, at the last linearisation.
    factor: Option<Factor>,
}

/// What a linearisation writes for consecutive items.
struct Slopes<'a> {
    first: usize,
    gradient: &'a mut [f64],
    grounds: &'a mut [f64],
    diagonal: &'a mut [f64],
    curvatures: &'a mut [f32],
}

/// One way to solve.
struct Rung {
    /// Items with more joints than this are left to the diagonal; `None` leaves all of them.
    degree_max: Option<u32>,
    /// If these do not suffice, the next rung costs less.
    sweeps_max: usize,
}

/// From cheap to strong: the diagonal is enough where everybody meets many others, eliminating chains,
/// trees and other thin parts where these hang on such a crowd, and the rest is for grids and clusters.
const LADDER: [Rung; 3] = [
    Rung {
        degree_max: None,
        sweeps_max: 40,
    },
    Rung {
        degree_max: Some(8),
        sweeps_max: 40,
    },
    Rung {
        degree_max: Some(u32::MAX),
        sweeps_max: SWEEPS_MAX,
    },
];

/// With the right preconditioner tens are usual; beyond this many, rounding is the obstacle.
const SWEEPS_MAX: usize = 2_000;

/// The greatest and the least error of a Newton step, as a share of the step.
const STEP_ERROR_SHARES: [f64; 2] = [0.1, 1e-8];

/// Error of a Newton step, in standard errors of each score, that needs no further work.
const STEP_ERROR_MIN: f64 = 1e-10;

impl Sparse {
    /// Rows of neighbours from unique pairs, or from pairs and sides.
    pub(super) fn new(n_items: usize, pairs: &[Pair], pull: Pull) -> Self {
        let order = Order::of(n_items, pairs, pull);
        let rows = Rows::new(&order.places, pairs);
        Self {
            pull,
            given: vec![0.0; n_items],
            strengths: vec![1.0; n_items],
            found: vec![0.0; n_items],
            curvatures: vec![0.0; rows.neighbours.len()],
            grounds: vec![0.0; n_items],
            ground: 0.0,
            diagonal: vec![0.0; n_items],
            course: Course::new(order.n_core),
            order,
            rows,
            rung: 0,
            factor: None,
        }
    }

    /// Gradient and curvature of some rows.
    fn linearise_rows(&self, scores: &[f64], strengths: &[f64], slopes: Slopes<'_>) {
        let mut rest = slopes.curvatures;
        let (mut odds, mut shares) = (Vec::new(), Vec::new());
        let of_prior = slopes.grounds.iter_mut().zip(slopes.diagonal);
        let sums = slopes.gradient.iter_mut().zip(of_prior);
        for (item, (slope, (ground, total))) in (slopes.first..).zip(sums) {
            let row = self.rows.range(item);
            let (curvatures, tail) = rest.split_at_mut(row.len());
            rest = tail;
            // The odds against the item are the neighbour's strength over its own, without a call of
            // the exponential. Several loops instead of one: the one that divides has no gathers and no
            // sums, so the compiler takes several entries at once.
            odds.clear();
            let neighbours = self.rows.neighbours[row.clone()].iter();
            odds.extend(neighbours.map(|&neighbour| strengths[neighbour as usize]));
            if !self.rows.shifts.is_empty() {
                for (entry, shift) in odds.iter_mut().zip(&self.rows.shifts[row.clone()]) {
                    *entry *= shift.abs();
                }
            }
            shares.resize(row.len(), 0.0);
            let weakness = 1.0 / strengths[item];
            let terms = odds.iter().zip(&self.rows.weights[row]);
            let results = curvatures.iter_mut().zip(&mut shares);
            for ((curvature, share), (entry, weight)) in results.zip(terms) {
                let odds_against = entry * weakness;
                let wins = 1.0 / (1.0 + odds_against);
                *share = weight * wins;
                *curvature = (*share * (odds_against * wins)) as f32;
            }
            *ground = self.pull.curvature(scores[item]);
            *total = *ground + sum_of(curvatures);
            *slope = self.rows.won[item] - sum_of(&shares) + self.pull.slope(scores[item]);
        }
    }

    /// H × solution = right side, as exact as `goal` says. False when it cannot be computed.
    fn solve_at_places(&mut self, right_side: &[f64], solution: &mut [f64], goal: &Goal) -> bool {
        let n_core = self.order.n_core;
        solution[n_core..].copy_from_slice(&self.solve_islands(right_side));
        if n_core == 0 {
            return true;
        }
        let mut course = std::mem::take(&mut self.course);
        let ending = self.solve_by_ladder(&mut course, goal, |_, residual| {
            for (entry, of_item) in residual.iter_mut().zip(right_side) {
                *entry = [*of_item];
            }
        });
        for (entry, [found]) in solution.iter_mut().zip(&course.solution) {
            *entry = *found;
        }
        self.course = course;
        // An unfinished solution still points upwards.
        ending != Ending::Broken
    }

    /// Solves with the cheapest preconditioner that has not failed yet; `load` writes the right-hand sides.
    fn solve_by_ladder<const LANES: usize>(
        &mut self,
        course: &mut Course<LANES>,
        goal: &Goal,
        load: impl Fn(&Self, &mut [[f64; LANES]]),
    ) -> Ending {
        loop {
            let rung = &LADDER[self.rung];
            if self.factor.is_none()
                && let Some(degree_max) = rung.degree_max
            {
                self.factor = Factor::of(self, degree_max);
            }
            load(self, &mut course.residual);
            let ending = course.solve(self, self.factor.as_ref(), goal, rung.sweeps_max);
            if ending != Ending::TooSlow || self.rung + 1 == LADDER.len() {
                return ending;
            }
            self.rung += 1;
            self.factor = None;
        }
    }
}

impl System for Sparse {
    fn linearise(&mut self, scores: &[f64], gradient: &mut [f64]) {
        self.factor = None;
        let mut given = std::mem::take(&mut self.given);
        self.order.inward(scores, &mut given);
        let mut found = std::mem::take(&mut self.found);
        let mut strengths = std::mem::take(&mut self.strengths);
        let mut curvatures = std::mem::take(&mut self.curvatures);
        let mut grounds = std::mem::take(&mut self.grounds);
        let mut diagonal = std::mem::take(&mut self.diagonal);
        strengths
            .par_iter_mut()
            .zip(&given)
            .with_min_len(CHUNK)
            .for_each(|(strength_here, score)| *strength_here = strength(*score));
        let mut rest = curvatures.as_mut_slice();
        let mut blocks = Vec::with_capacity(scores.len().div_ceil(CHUNK));
        let of_prior = grounds.chunks_mut(CHUNK).zip(diagonal.chunks_mut(CHUNK));
        let sums = found.chunks_mut(CHUNK).zip(of_prior);
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
            .for_each(|slopes| self.linearise_rows(&given, &strengths, slopes));
        self.order.outward(&found, gradient);
        (self.given, self.found) = (given, found);
        (self.strengths, self.curvatures) = (strengths, curvatures);
        self.ground = sum_of(&grounds[..self.order.n_core]);
        (self.grounds, self.diagonal) = (grounds, diagonal);
    }

    fn solve(&mut self, gradient: &[f64], step: &mut [f64]) -> bool {
        let greatest = gradient
            .iter()
            .fold(0.0_f64, |most, entry| most.max(entry.abs()));
        // Inexact while the gradient is large: Newton's convergence stays quadratic.
        let [most, least] = STEP_ERROR_SHARES;
        let goal = Goal {
            error_share: (greatest / self.rows.gradient_unit).clamp(least, most),
            error_min: STEP_ERROR_MIN,
        };
        let mut given = std::mem::take(&mut self.given);
        let mut found = std::mem::take(&mut self.found);
        self.order.inward(gradient, &mut given);
        let is_solved = self.solve_at_places(&given, &mut found, &goal);
        self.order.outward(&found, step);
        (self.given, self.found) = (given, found);
        is_solved
    }

    fn objective(&self, scores: &[f64]) -> f64 {
        // log σ(±d) = ±d/2 + m(d): the linear parts sum to one product per item, but for a constant of
        // the sides, and each symmetric part m is met in two rows.
        let mut of_places = vec![0.0; scores.len()];
        self.order.inward(scores, &mut of_places);
        let scores = of_places;
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
        self.response_to_bias(scores)
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
fn sum_of<N: Copy + Into<f64>>(values: &[N]) -> f64 {
    let (fours, rest) = values.as_chunks::<4>();
    let mut totals = [0.0; 4];
    for four in fours {
        for (total, value) in totals.iter_mut().zip(four) {
            *total += (*value).into();
        }
    }
    let of_rest: f64 = rest.iter().map(|value| (*value).into()).sum();
    (totals[0] + totals[1]) + (totals[2] + totals[3]) + of_rest
}
