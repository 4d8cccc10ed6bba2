//! Standard errors of a large group: square roots of the diagonal of the inverse curvature.
//!
//! Exact, by one solve per item, while that is cheap; beyond, estimated from random draws whose
//! covariance is the inverse curvature. It does not move scores.

use rayon::iter::{IndexedParallelIterator, ParallelIterator};
use rayon::slice::ParallelSliceMut;

use crate::ranking::hash::hash;

use super::conjugate::{Course, Goal};
use super::factor::Factor;
use super::{CHUNK, LADDER, Sparse};

/// Right-hand sides solved together: the rows are read once for all of them.
const LANES: usize = 4;

/// Error of an exact solve; the variance is then right to its square.
const EXACT_ERROR_SHARE: f64 = 1e-6;

/// One exact diagonal costs items × entries multiplications per sweep; beyond this many (some tenths of
/// a second), draws.
const EXACT_WORK_MAX: usize = 20_000_000;

/// At most so many draws: a standard error is then known to 1 / √(2 × 64) = 9 % of itself at worst.
const N_DRAWS_MAX: usize = 64;

/// Fewer draws suffice where the errors are typically known to this share of themselves.
const NOISE_SHARE: f64 = 0.03;

impl Sparse {
    /// One standard error per item, at the last linearisation.
    pub(in crate::ranking) fn standard_errors(&mut self) -> Vec<f64> {
        let work = self.diagonal.len().saturating_mul(self.curvatures.len());
        let variances = if work <= EXACT_WORK_MAX {
            self.exact_variances()
        } else {
            self.drawn_variances()
        };
        variances
            .iter()
            .map(|variance| variance.max(0.0).sqrt())
            .collect()
    }

    /// (H⁻¹)ᵢᵢ from H x = eᵢ; without a prior from H x = eᵢ − 1/n, with mean 0.
    pub(in crate::ranking) fn exact_variances(&mut self) -> Vec<f64> {
        let n_items = self.diagonal.len();
        let strongest = &LADDER[LADDER.len() - 1];
        let factor = strongest
            .degree_max
            .and_then(|degree_max| Factor::of(self, degree_max));
        let goal = Goal {
            error_share: EXACT_ERROR_SHARE,
            error_min: 0.0,
        };
        let mut variances = vec![0.0; n_items];
        variances.par_chunks_mut(LANES).enumerate().for_each_init(
            || Course::<LANES>::new(n_items),
            |course, (chunk, variances)| {
                let first = chunk * LANES;
                course.residual.fill([0.0; LANES]);
                for lane in 0..variances.len() {
                    // Without a prior, `solve` takes off the mean.
                    course.residual[first + lane][lane] = 1.0;
                }
                course.solve(self, factor.as_ref(), &goal, strongest.sweeps_max);
                for (lane, variance) in variances.iter_mut().enumerate() {
                    *variance = course.solution[first + lane][lane];
                }
            },
        );
        variances
    }

    /// Variances from draws x = H⁻¹ Bᵀz, where z has the variance h of each pair and of each item's
    /// prior: then cov(x) = H⁻¹ H H⁻¹ (Papandreou and Yuille 2010, "perturb and solve").
    ///
    /// Of an item's variance, 1 / Hᵢᵢ is there even if all others were known; only the rest, the variance
    /// of its mean given the others, is estimated, as the mean square over draws (Sidén et al. 2018).
    pub(in crate::ranking) fn drawn_variances(&mut self) -> Vec<f64> {
        let n_items = self.diagonal.len();
        let mut course = Course::<LANES>::new(n_items);
        // Without a prior H⁺ H is not the identity but I − 11ᵀ/n.
        let own_share = if self.pull.is_none() {
            1.0 - 2.0 / n_items as f64
        } else {
            1.0
        };
        // A draw's energy is about one for each item. All of it that is missing in the end is a hundredth
        // of one: no item, and no slow wave through many of them, is wrong by more than a tenth of itself.
        let goal = Goal {
            error_share: 0.0,
            error_min: 0.1,
        };
        let mut square_sums = vec![0.0; n_items];
        let (mut n_draws, mut n_wanted) = (0, LANES);
        while n_draws < n_wanted {
            self.solve_by_ladder(&mut course, &goal, |system, residual| {
                system.draw(n_draws, residual);
            });
            course.explain(self);
            let squares = course
                .image
                .iter()
                .map(|lane| lane.iter().map(|entry| entry * entry).sum::<f64>());
            for (sum, square) in square_sums.iter_mut().zip(squares) {
                *sum += square;
            }
            n_draws += LANES;
            if n_draws == LANES {
                n_wanted = self.n_draws_wanted(&square_sums);
            }
        }
        square_sums
            .iter()
            .zip(&self.diagonal)
            .map(|(sum, diagonal)| own_share / diagonal + sum / n_draws as f64)
            .collect()
    }

    /// Draws until the errors are known well enough, judged by the first block of draws.
    ///
    /// A mean over n squares has the relative variance 2 / n, the root of it a quarter of that, and only
    /// the explained share of an item's variance is subject to it.
    fn n_draws_wanted(&self, square_sums: &[f64]) -> usize {
        let explained_shares = square_sums
            .iter()
            .zip(&self.diagonal)
            .map(|(sum, diagonal)| {
                let explained = sum / LANES as f64;
                explained / (explained + 1.0 / diagonal)
            });
        let mean_square =
            explained_shares.map(|share| share * share).sum::<f64>() / square_sums.len() as f64;
        let n_draws = mean_square / (2.0 * NOISE_SHARE * NOISE_SHARE);
        (n_draws.min(N_DRAWS_MAX as f64) as usize)
            .next_multiple_of(LANES)
            .min(N_DRAWS_MAX)
    }

    /// Writes Bᵀz for the draws from `number` on: every pair pushes its two items apart, the prior
    /// pushes an item alone.
    ///
    /// z is ±√h by a fair coin: only its variance matters, and 64 coins are one hash of the pair.
    fn draw(&self, number: usize, residual: &mut [[f64; LANES]]) {
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

/// Tells the seeds of the two sides of two items apart.
const OTHER_SIDE: usize = 0xD6E8_FEB8_6659_FD93;

fn seed_of(low: usize, high: usize) -> usize {
    (low << 32) | high
}

/// ± `size`, one coin per lane from `number` on: the same in every run and on every thread.
#[inline]
fn coins(seed: usize, number: usize, size: f64) -> [f64; LANES] {
    let bits = hash(seed) >> number;
    std::array::from_fn(|lane| f64::from_bits(size.to_bits() ^ ((bits >> lane) << 63)))
}
