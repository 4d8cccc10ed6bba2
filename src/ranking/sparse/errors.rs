//! Standard errors of a large group: square roots of the diagonal of the inverse curvature.
//!
//! Exact, by one solve per item, while that is cheap; beyond, estimated from random draws whose
//! covariance is the inverse curvature. It does not move scores.

use rayon::iter::{IndexedParallelIterator, ParallelIterator};
use rayon::slice::ParallelSliceMut;

use crate::ranking::mixing::mixed;

use super::conjugate::{Course, Goal, total};
use super::{CHUNK, SWEEPS_MAX, Sparse};

/// Right-hand sides solved together: the rows are read once for all of them.
const LANES: usize = 4;

/// Error of an exact solve; the variance is then right to its square.
const EXACT_ERROR_SHARE: f64 = 1e-6;

/// One exact diagonal costs items × entries multiplications per sweep; beyond this many (some hundredths
/// of a second), draws.
const EXACT_WORK_MAX: usize = 5_000_000;

/// At most so many draws: a standard error is then known to 1 / √(2 × 64) = 9 % of itself at worst.
const N_DRAWS_MAX: usize = 64;

/// Fewer draws suffice where the errors are typically known to this share of themselves.
const NOISE_SHARE: f64 = 0.03;

impl Sparse {
    /// One standard error per item, at the last linearisation.
    pub(in crate::ranking) fn standard_errors(&mut self) -> Vec<f64> {
        let n_core = self.order.n_core;
        let work = n_core.saturating_mul(self.rows.offsets[n_core]);
        let mut variances = if work <= EXACT_WORK_MAX {
            self.exact_variances()
        } else {
            self.drawn_variances()
        };
        variances.extend(self.island_variances());
        let mut errors = vec![0.0; variances.len()];
        self.order.outward(&variances, &mut errors);
        for error in &mut errors {
            *error = error.max(0.0).sqrt();
        }
        errors
    }

    /// (H⁻¹)ᵢᵢ of the core from H x = eᵢ; without a prior from H x = eᵢ − 1/n, with mean 0.
    pub(in crate::ranking) fn exact_variances(&mut self) -> Vec<f64> {
        let n_items = self.order.n_core;
        let goal = Goal {
            error_share: EXACT_ERROR_SHARE,
            error_min: 0.0,
        };
        // The first ones find the preconditioner for all.
        self.solve_by_ladder(&mut Course::new(n_items), &goal, |_, residual| {
            unit_vectors(0, residual);
        });
        let mut variances = vec![0.0; n_items];
        variances.par_chunks_mut(LANES).enumerate().for_each_init(
            || Course::new(n_items),
            |course, (chunk, variances)| {
                unit_vectors(chunk * LANES, &mut course.residual);
                course.solve(self, self.factor.as_ref(), &goal, SWEEPS_MAX);
                let found = course.solution[chunk * LANES..].iter().enumerate();
                for (variance, (lane, solution)) in variances.iter_mut().zip(found) {
                    *variance = solution[lane];
                }
            },
        );
        variances
    }

    /// Variances of the core from draws x = H⁻¹ Bᵀz, where z has the variance h of each pair and of each
    /// item's prior: then cov(x) = H⁻¹ H H⁻¹ (Papandreou and Yuille 2010, "perturb and solve").
    ///
    /// Of an item's variance, 1 / Hᵢᵢ is there even if all others were known; only the rest, the variance
    /// of its mean given the others, is estimated, as the mean square over draws (Sidén et al. 2018). So
    /// is what all items have in common, a part that would be noise of all errors at once.
    pub(in crate::ranking) fn drawn_variances(&mut self) -> Vec<f64> {
        let n_items = self.order.n_core;
        let mut course = Course::<LANES>::new(n_items);
        // A draw's energy is about one for each item, and for each slow wave through many of them. What is
        // missing in the end is a thousandth of one: slow waves come last, and estimates are bold there.
        let goal = Goal {
            error_share: 0.0,
            error_min: 0.03,
        };
        let known: Vec<f64> = (0..n_items).map(|item| self.known_variance(item)).collect();
        let mut square_sums = vec![0.0; n_items];
        let (mut n_draws, mut n_wanted) = (0, LANES);
        while n_draws < n_wanted {
            self.solve_by_ladder(&mut course, &goal, |system, residual| {
                system.draw(n_draws, residual);
            });
            course.explain(self);
            for (sum, lane) in square_sums.iter_mut().zip(&course.image) {
                *sum += lane.iter().map(|entry| entry * entry).sum::<f64>();
            }
            n_draws += LANES;
            n_wanted = n_draws_wanted(&known, &square_sums, n_draws);
        }
        let estimated = square_sums.iter().map(|sum| sum / n_draws as f64);
        known
            .iter()
            .zip(estimated)
            .map(|(one, other)| one + other)
            .collect()
    }

    /// The part of an item's variance that needs no draws: its own, and what it has in common with all.
    ///
    /// With g the prior's curvatures and G their sum, H 1 = g, and a draw whose part along 1 is taken off
    /// has the covariance H⁻¹ − 11ᵀ / G.
    fn known_variance(&self, item: usize) -> f64 {
        let diagonal = self.diagonal[item];
        if self.ground > 0.0 {
            let moved = 1.0 - self.grounds[item] / diagonal;
            1.0 / diagonal + moved * moved / self.ground
        } else {
            // The pseudo-inverse has H⁺ H = I − 11ᵀ/n.
            (1.0 - 2.0 / self.order.n_core as f64) / diagonal
        }
    }

    /// Writes Bᵀz for the draws from `number` on: every pair pushes its two items apart, the prior
    /// pushes an item alone.
    ///
    /// z is ±√h by a fair coin: only its variance matters, and 64 coins are one hash of the pair. The part
    /// that pushes all items alike is taken off.
    fn draw(&self, number: usize, residual: &mut [[f64; LANES]]) {
        self.toss(number, residual);
        if self.ground > 0.0 {
            let common = total(residual).map(|sum| sum / self.ground);
            for (residual, ground) in residual.iter_mut().zip(&self.grounds) {
                for lane in 0..LANES {
                    residual[lane] -= common[lane] * ground;
                }
            }
        }
    }

    fn toss(&self, number: usize, residual: &mut [[f64; LANES]]) {
        let has_sides = !self.rows.shifts.is_empty();
        residual
            .par_chunks_mut(CHUNK)
            .enumerate()
            .for_each(|(chunk, residual)| {
                for (residual, item) in residual.iter_mut().zip(chunk * CHUNK..) {
                    // No pair has the seed of an item with itself.
                    let mut sum = coins(seed_of(item, item), number, self.grounds[item].sqrt());
                    for entry in self.rows.range(item) {
                        let neighbour = self.rows.neighbours[entry] as usize;
                        let is_lower = item < neighbour;
                        let mut seed = seed_of(item.min(neighbour), item.max(neighbour));
                        // The two sides of two items are two terms.
                        if has_sides && (self.rows.shifts[entry] < 0.0) == is_lower {
                            seed ^= OTHER_SIDE;
                        }
                        // Both rows of a term toss the same coins, and take them from opposite sides.
                        let size = f64::from(self.curvatures[entry]).sqrt();
                        let push = coins(seed, number, if is_lower { size } else { -size });
                        for lane in 0..LANES {
                            sum[lane] += push[lane];
                        }
                    }
                    *residual = sum;
                }
            });
    }
}

/// eᵢ for the items from `first` on, one in each lane.
fn unit_vectors(first: usize, vectors: &mut [[f64; LANES]]) {
    vectors.fill([0.0; LANES]);
    for (lane, vector) in vectors.iter_mut().skip(first).take(LANES).enumerate() {
        vector[lane] = 1.0;
    }
}

/// Draws until the errors are known well enough, judged by those made.
///
/// A mean over n squares has the relative variance 2 / n, the root of it a quarter of that, and only the
/// estimated share of an item's variance is subject to it.
fn n_draws_wanted(known: &[f64], square_sums: &[f64], n_draws: usize) -> usize {
    let estimated_shares = square_sums.iter().zip(known).map(|(sum, known)| {
        let estimated = sum / n_draws as f64;
        estimated / (estimated + known)
    });
    let square_sum: f64 = estimated_shares.map(|share| share * share).sum();
    let mean_square = square_sum / known.len() as f64;
    let n_wanted = mean_square / (2.0 * NOISE_SHARE * NOISE_SHARE);
    (n_wanted.min(N_DRAWS_MAX as f64) as usize)
        .next_multiple_of(LANES)
        .min(N_DRAWS_MAX)
}

/// Tells the seeds of the two sides of two items apart.
const OTHER_SIDE: usize = 0xD6E8_FEB8_6659_FD93;

fn seed_of(low: usize, high: usize) -> usize {
    (low << 32) | high
}

/// ± `size`, one coin per lane from `number` on: the same in every run and on every thread.
#[inline]
fn coins(seed: usize, number: usize, size: f64) -> [f64; LANES] {
    let bits = mixed(seed as u64) >> number;
    std::array::from_fn(|lane| f64::from_bits(size.to_bits() ^ ((bits >> lane) << 63)))
}
