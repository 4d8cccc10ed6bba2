//! Leaps ahead of the rounds: from where the last few rounds led, it guesses where they are going.
//!
//! Rounds converge linearly, and slowly where many answers could be careful or careless: hundreds of them
//! are common. This is Anderson's mixing (J. ACM 12 (1965) 547) with the safeguards that a likelihood
//! allows (compare N. Henderson, R. Varadhan, J. Comput. Graph. Statist. 28 (2019) 834): a leap that
//! lowers the objective is taken back, and none is long. Without an objective, the moves of a round must
//! not grow instead. The fixed points are those of the rounds. It does not decide when to stop.

use std::collections::VecDeque;
use std::iter;

use rayon::iter::{IndexedParallelIterator, ParallelIterator};
use rayon::slice::ParallelSliceMut;

use super::point::{Coordinates, Point};
use crate::ranking::logistic::SCORE_MAX;

/// The last rounds, and how far to trust them.
pub(super) struct Accelerator {
    /// Oldest first.
    visited: VecDeque<Round>,
    n_rounds: u32,
    /// Greatest objective so far.
    objective: f64,
    /// Squared length of the moves of the last round that was not taken back.
    moved: f64,
    /// No coordinate of a worker may leap further.
    leap_max: f64,
}

/// One round.
struct Round {
    /// How far it moved each coordinate of each worker.
    moves: Vec<f64>,
    /// Where it led.
    to: Point,
}

/// Differences between rounds that a leap is made of. Each costs 8 bytes per item.
const DIFFERENCES_MAX: usize = 5;

/// Rounds before the first leap: at the beginning they say little about the direction.
const PLAIN_ROUNDS: u32 = 2;

/// Log odds that a leap may bridge: beyond, the guess is only a direction.
const LEAP_MAX: f64 = 2.0;

/// A leap may lower the objective by this part of it: its sums are not more exact.
const OBJECTIVE_ROUNDING: f64 = 1e-10;

/// Without an objective: moves may grow by this factor (squared) before a leap is taken back.
const GROWTH_MAX: f64 = 4.0;

/// A difference that is this close to a combination of others (in squared length) says nothing new.
const NEW_SHARE_MIN: f64 = 1e-10;

/// Items per unit of parallel work.
const CHUNK: usize = 1 << 14;

impl Accelerator {
    pub(super) fn new() -> Self {
        Self {
            visited: VecDeque::new(),
            n_rounds: 0,
            objective: f64::NEG_INFINITY,
            moved: f64::INFINITY,
            leap_max: LEAP_MAX,
        }
    }

    /// Where the next round should begin, after one that led from `from`, with this objective if there is
    /// one, to `to`.
    pub(super) fn next(&mut self, from: Point, to: Point, objective: Option<f64>) -> Point {
        self.n_rounds += 1;
        let workers = from.workers.iter().zip(&to.workers);
        let latest = Round {
            moves: workers.flat_map(|(from, to)| minus(*to, *from)).collect(),
            to,
        };
        let moved = product(&latest.moves, &latest.moves);
        let is_worse = match objective {
            Some(value) => value < self.objective - OBJECTIVE_ROUNDING * self.objective.abs(),
            None => moved > GROWTH_MAX * self.moved,
        };
        if is_worse && let Some(before) = self.visited.pop_back() {
            // The leap was a mistake: go on where it began, and be more careful.
            self.visited.clear();
            self.leap_max *= 0.25;
            return before.to;
        }
        self.objective = self.objective.max(objective.unwrap_or(f64::NEG_INFINITY));
        self.moved = moved;
        let factors = self.factors(&latest);
        let next = self.leap(&factors, &latest, from);
        self.leap_max = (2.0 * self.leap_max).min(LEAP_MAX);
        if self.visited.len() == DIFFERENCES_MAX {
            self.visited.pop_front();
        }
        self.visited.push_back(latest);
        next
    }

    /// How often to repeat each difference between the ends of successive rounds, newest first.
    fn factors(&self, latest: &Round) -> Vec<f64> {
        if self.n_rounds <= PLAIN_ROUNDS {
            return Vec::new();
        }
        let differences = self.successive(latest).map(|(newer, older)| {
            let moves = newer.moves.iter().zip(&older.moves);
            moves.map(|(newer, older)| newer - older).collect()
        });
        // Where the moves would vanish if each round changed them by the same linear map.
        let mut factors = least_squares(differences.collect(), &latest.moves);
        let mut leap = vec![0.0; latest.moves.len()];
        for (factor, (newer, older)) in factors.iter().zip(self.successive(latest)) {
            let ends = newer.to.workers.iter().zip(&older.to.workers);
            let moves = ends.flat_map(|(newer, older)| minus(*newer, *older));
            for (entry, moved) in leap.iter_mut().zip(moves) {
                *entry -= factor * moved;
            }
        }
        let longest = leap
            .iter()
            .fold(0.0_f64, |most, entry| most.max(entry.abs()));
        let mut share = (self.leap_max / longest).min(1.0);
        if product(&leap, &latest.moves) < 0.0 {
            // Back there is a fixed point, but rounds flee it: it is no maximum.
            share = -share;
        }
        for factor in &mut factors {
            *factor *= share;
        }
        factors
    }

    /// The point that these factors lead to; `buffer` is overwritten.
    fn leap(&self, factors: &[f64], latest: &Round, buffer: Point) -> Point {
        let mut next = buffer;
        next.workers.clone_from(&latest.to.workers);
        for (factor, (newer, older)) in factors.iter().zip(self.successive(latest)) {
            let ends = newer.to.workers.iter().zip(&older.to.workers);
            for (worker, (newer, older)) in next.workers.iter_mut().zip(ends) {
                worker.reliability -= factor * (newer.reliability - older.reliability);
                worker.bias -= factor * (newer.bias - older.bias);
            }
        }
        for worker in &mut next.workers {
            *worker = worker.clamped();
        }
        let steps: Vec<(f64, &[f64], &[f64])> = factors
            .iter()
            .zip(self.successive(latest))
            .map(|(factor, (newer, older))| (*factor, &newer.to.scores[..], &older.to.scores[..]))
            .collect();
        let chunks = next.scores.par_chunks_mut(CHUNK).enumerate();
        chunks.for_each(|(chunk, scores)| {
            for (score, item) in scores.iter_mut().zip(chunk * CHUNK..) {
                let leap: f64 = steps
                    .iter()
                    .map(|(factor, newer, older)| factor * (newer[item] - older[item]))
                    .sum();
                *score = (latest.to.scores[item] - leap).clamp(-SCORE_MAX, SCORE_MAX);
            }
        });
        next
    }

    /// Each round with the one before it, newest first.
    fn successive<'a>(&'a self, latest: &'a Round) -> impl Iterator<Item = (&'a Round, &'a Round)> {
        let newer = iter::once(latest).chain(self.visited.iter().rev());
        newer.zip(self.visited.iter().rev())
    }
}

/// Both coordinates of a difference.
fn minus(one: Coordinates, other: Coordinates) -> [f64; 2] {
    [one.reliability - other.reliability, one.bias - other.bias]
}

fn product(one: &[f64], other: &[f64]) -> f64 {
    one.iter().zip(other).map(|(one, other)| one * other).sum()
}

/// Factors of the columns whose sum comes nearest to the target, by Gram and Schmidt; the first column
/// that says nothing new and all later ones get none.
fn least_squares(columns: Vec<Vec<f64>>, target: &[f64]) -> Vec<f64> {
    let mut basis: Vec<Vec<f64>> = Vec::new();
    // Row k: the parts of column k along the columns before it.
    let mut parts: Vec<Vec<f64>> = Vec::new();
    let mut factors = Vec::new();
    let mut rest = target.to_vec();
    for mut column in columns {
        let length = product(&column, &column);
        let mut along_basis = Vec::new();
        for direction in &basis {
            let part = product(&column, direction) / product(direction, direction);
            subtract(&mut column, part, direction);
            along_basis.push(part);
        }
        let length_left = product(&column, &column);
        if length_left <= NEW_SHARE_MIN * length || length_left.is_nan() {
            break;
        }
        let factor = product(&rest, &column) / length_left;
        subtract(&mut rest, factor, &column);
        factors.push(factor);
        parts.push(along_basis);
        basis.push(column);
    }
    for later in (0..factors.len()).rev() {
        for earlier in 0..later {
            factors[earlier] -= parts[later][earlier] * factors[later];
        }
    }
    factors
}

fn subtract(from: &mut [f64], factor: f64, values: &[f64]) {
    for (entry, value) in from.iter_mut().zip(values) {
        *entry -= factor * value;
    }
}
