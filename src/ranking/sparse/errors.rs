//! Standard errors of a large group: square roots of the diagonal of the inverse curvature.
//!
//! Exact, by one solve per item, while that is affordable; beyond, estimated from random draws whose
//! covariance is the inverse curvature. It does not move scores.

use rayon::iter::{IndexedParallelIterator, IntoParallelIterator, ParallelIterator};
use rayon::slice::ParallelSliceMut;

use super::{Sparse, sweeps_max};

/// Right-hand sides solved together: the rows are read once for all of them.
const LANES: usize = 8;

/// Relative residual of an exact solve; a variance is then right to about its square.
const EXACT_RESIDUAL: f64 = 1e-7;

/// Relative residual of a draw, far below the noise of all draws.
const DRAW_RESIDUAL: f64 = 1e-2;

/// One exact diagonal costs items × entries multiplications per sweep; beyond this many (about half
/// a minute of one core), draws.
const EXACT_WORK_MAX: usize = 2_000_000_000;

/// Draws: a standard error is then known to 1 / √(2 × 64) = 9 % of itself.
const N_DRAWS: usize = 64;

/// One number for each right-hand side.
type Lane = [f64; LANES];

impl Sparse {
    /// One standard error per item, at the last linearisation.
    pub(in crate::ranking) fn standard_errors(&self) -> Vec<f64> {
        let work = self.diagonal.len().saturating_mul(self.neighbours.len());
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
    pub(in crate::ranking) fn exact_variances(&self) -> Vec<f64> {
        let n_items = self.diagonal.len();
        let mut variances = vec![0.0; n_items];
        variances.par_chunks_mut(LANES).enumerate().for_each_init(
            || Block::new(n_items),
            |block, (chunk, variances)| {
                let first = chunk * LANES;
                let background = if self.pull.is_none() {
                    -1.0 / n_items as f64
                } else {
                    0.0
                };
                block.residual.fill([0.0; LANES]);
                for lane in 0..variances.len() {
                    for entry in &mut block.residual {
                        entry[lane] = background;
                    }
                    block.residual[first + lane][lane] += 1.0;
                }
                block.solve(self, EXACT_RESIDUAL);
                for (lane, variance) in variances.iter_mut().enumerate() {
                    *variance = block.solution[first + lane][lane];
                }
            },
        );
        variances
    }

    /// Mean of x² over draws x = H⁻¹ Bᵀz, where z has the variance h of each pair and of each item's
    /// prior: then cov(x) = H⁻¹ H H⁻¹ (Papandreou and Yuille 2010, "perturb and solve").
    ///
    /// z is ±√h by a fair coin: only its variance matters, and 64 coins are one hash of the pair.
    pub(in crate::ranking) fn drawn_variances(&self) -> Vec<f64> {
        let n_items = self.diagonal.len();
        // Blocks are added in their order: the sum does not depend on threads.
        let sums_of_squares: Vec<Vec<f64>> = (0..N_DRAWS / LANES)
            .into_par_iter()
            .map(|number| {
                let mut block = Block::new(n_items);
                self.draw(number, &mut block.residual);
                block.solve(self, DRAW_RESIDUAL);
                let square_sum = |lane: &Lane| lane.iter().map(|entry| entry * entry).sum();
                block.solution.iter().map(square_sum).collect()
            })
            .collect();
        (0..n_items)
            .map(|item| sums_of_squares.iter().map(|sums| sums[item]).sum::<f64>())
            .map(|sum| sum / N_DRAWS as f64)
            .collect()
    }

    /// Adds Bᵀz for the draws of block `number`: every pair pushes its two items apart, the prior
    /// pushes an item alone.
    fn draw(&self, number: usize, residual: &mut [Lane]) {
        for item in 0..self.diagonal.len() {
            let mut of_prior = self.diagonal[item];
            let mut sum = [0.0; LANES];
            for entry in self.offsets[item]..self.offsets[item + 1] {
                let neighbour = self.neighbours[entry] as usize;
                of_prior -= self.curvatures[entry];
                if item < neighbour {
                    let push = coins(entry, number, self.curvatures[entry].sqrt());
                    for lane in 0..LANES {
                        sum[lane] += push[lane];
                        residual[neighbour][lane] -= push[lane];
                    }
                }
            }
            if !self.pull.is_none() {
                let entry = self.neighbours.len() + item;
                let push = coins(entry, number, of_prior.max(0.0).sqrt());
                for lane in 0..LANES {
                    sum[lane] += push[lane];
                }
            }
            for lane in 0..LANES {
                residual[item][lane] += sum[lane];
            }
        }
    }
}

/// ± `size`, one coin per lane of block `number`: the same in every run and on every thread.
fn coins(entry: usize, number: usize, size: f64) -> Lane {
    // The `SplitMix64` mixer (Steele, Lea and Flood 2014): 64 coins, 8 for each block.
    let mut bits = (entry as u64)
        .wrapping_add(1)
        .wrapping_mul(0x9E37_79B9_7F4A_7C15);
    bits = (bits ^ (bits >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    bits = (bits ^ (bits >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    bits ^= bits >> 31;
    let bits = bits >> (number * LANES);
    std::array::from_fn(|lane| f64::from_bits(size.to_bits() ^ ((bits >> lane) << 63)))
}

/// Conjugate gradients for `LANES` right-hand sides at once, each on its own course.
struct Block {
    solution: Vec<Lane>,
    /// Set by the caller to the right-hand sides.
    residual: Vec<Lane>,
    direction: Vec<Lane>,
    image: Vec<Lane>,
}

impl Block {
    fn new(n_items: usize) -> Self {
        let zeros = || vec![[0.0; LANES]; n_items];
        Self {
            solution: zeros(),
            residual: zeros(),
            direction: zeros(),
            image: zeros(),
        }
    }

    /// Until every lane's residual is at most this share of its right-hand side.
    fn solve(&mut self, system: &Sparse, residual_share: f64) {
        self.solution.fill([0.0; LANES]);
        self.direction.fill([0.0; LANES]);
        let (mut product, norm) = self.residual_products(system);
        let norm_max = norm.map(|norm| norm * residual_share * residual_share);
        let mut turn = [0.0; LANES];
        for _ in 0..sweeps_max(self.solution.len()) {
            self.redirect(system, &turn);
            let image_product = self.apply(system);
            // A lane that is done, or was never used, has nothing left to divide.
            let length = quotients(&product, &image_product);
            self.move_along(&length);
            let (next, norm) = self.residual_products(system);
            if norm
                .iter()
                .zip(&norm_max)
                .all(|(norm, limit)| norm <= limit)
            {
                break;
            }
            turn = quotients(&next, &product);
            product = next;
        }
        if system.pull.is_none() {
            self.subtract_means();
        }
    }

    /// Squared lengths of the residuals, divided by the diagonal and plain.
    fn residual_products(&self, system: &Sparse) -> (Lane, Lane) {
        let (mut product, mut norm) = ([0.0; LANES], [0.0; LANES]);
        for (residual, diagonal) in self.residual.iter().zip(&system.diagonal) {
            let scale = 1.0 / diagonal;
            for lane in 0..LANES {
                let square = residual[lane] * residual[lane];
                product[lane] += square * scale;
                norm[lane] += square;
            }
        }
        (product, norm)
    }

    fn redirect(&mut self, system: &Sparse, turn: &Lane) {
        let rows = self.direction.iter_mut().zip(&self.residual);
        for ((direction, residual), diagonal) in rows.zip(&system.diagonal) {
            let scale = 1.0 / diagonal;
            for lane in 0..LANES {
                direction[lane] = residual[lane] * scale + turn[lane] * direction[lane];
            }
        }
    }

    /// `image` = curvature × `direction`; returns their products.
    fn apply(&mut self, system: &Sparse) -> Lane {
        let mut products = [0.0; LANES];
        for (item, image) in self.image.iter_mut().enumerate() {
            let own = &self.direction[item];
            let mut sum = own.map(|entry| entry * system.diagonal[item]);
            let row = system.offsets[item]..system.offsets[item + 1];
            for (curvature, &neighbour) in system.curvatures[row.clone()]
                .iter()
                .zip(&system.neighbours[row])
            {
                let other = &self.direction[neighbour as usize];
                for lane in 0..LANES {
                    sum[lane] -= curvature * other[lane];
                }
            }
            for lane in 0..LANES {
                products[lane] += sum[lane] * own[lane];
            }
            *image = sum;
        }
        products
    }

    fn move_along(&mut self, length: &Lane) {
        let along = self.direction.iter().zip(&self.image);
        for ((solution, residual), (direction, image)) in
            self.solution.iter_mut().zip(&mut self.residual).zip(along)
        {
            for lane in 0..LANES {
                solution[lane] += length[lane] * direction[lane];
                residual[lane] -= length[lane] * image[lane];
            }
        }
    }

    fn subtract_means(&mut self) {
        let mut means = [0.0; LANES];
        for solution in &self.solution {
            for lane in 0..LANES {
                means[lane] += solution[lane];
            }
        }
        let n_items = self.solution.len() as f64;
        for solution in &mut self.solution {
            for lane in 0..LANES {
                solution[lane] -= means[lane] / n_items;
            }
        }
    }
}

/// Lane by lane; 0 where the divisor is not positive.
fn quotients(dividends: &Lane, divisors: &Lane) -> Lane {
    std::array::from_fn(|lane| {
        if divisors[lane] > 0.0 {
            dividends[lane] / divisors[lane]
        } else {
            0.0
        }
    })
}
