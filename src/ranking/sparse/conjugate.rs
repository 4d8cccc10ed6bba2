//! Conjugate gradients for one or several right-hand sides at once, on any number of threads.
//!
//! It does not choose the preconditioner nor how exact a solution must be.

use rayon::iter::{IndexedParallelIterator, IntoParallelIterator, ParallelIterator};
use rayon::slice::{ParallelSlice, ParallelSliceMut};

use super::factor::Factor;
use super::{CHUNK, Sparse};

/// When to stop: at the first of the two, both in the norm √(xᵀHx).
pub(super) struct Goal {
    /// The error may be this share of the solution,
    pub(super) error_share: f64,
    /// or this. In this norm 1 is at most one standard error, √(H⁻¹)ᵢᵢ, of every item i.
    pub(super) error_min: f64,
}

/// How it stopped.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Ending {
    /// At the goal.
    Solved,
    /// At the limit of sweeps.
    TooSlow,
    /// The curvature is not positive in floats, or a number is not finite.
    Broken,
}

/// Vectors of one number per item and right-hand side.
#[derive(Default)]
pub(super) struct Course<const LANES: usize> {
    /// Any iterate x of right side b has xᵀHx = xᵀb, which `newton` relies on.
    pub(super) solution: Vec<[f64; LANES]>,
    /// Set by the caller to the right-hand sides; lost in solving.
    pub(super) residual: Vec<[f64; LANES]>,
    direction: Vec<[f64; LANES]>,
    /// H × direction, or the preconditioned residual: they are never needed at the same time.
    pub(super) image: Vec<[f64; LANES]>,
}

/// How far one right-hand side has come, in squares of the norm √(xᵀHx).
#[derive(Clone, Copy)]
struct Progress {
    gained: f64,
    last_gain: f64,
    is_done: bool,
}

impl Progress {
    /// Adds what one sweep gained. The rest is taken as a geometric series with the ratio of the last two
    /// gains, for what is gained is what the error loses (Hestenes and Stiefel 1952).
    fn add(&mut self, gain: f64, goal: &Goal) {
        if self.is_done {
            return;
        }
        self.gained += gain;
        let ratio = (gain / self.last_gain).min(RATIO_MAX);
        let rest = gain * ratio / (1.0 - ratio);
        let of_share = goal.error_share * goal.error_share * self.gained;
        self.is_done = rest <= of_share.max(goal.error_min * goal.error_min);
        self.last_gain = gain;
    }
}

/// A residual of this share of the first one is rounding alone.
const ROUNDING: f64 = 1e-14;

/// Gains that grow say nothing about the rest but that it is large.
const RATIO_MAX: f64 = 0.99;

impl<const LANES: usize> Course<LANES> {
    pub(super) fn new(n_items: usize) -> Self {
        let zeros = || vec![[0.0; LANES]; n_items];
        Self {
            solution: zeros(),
            residual: zeros(),
            direction: zeros(),
            image: zeros(),
        }
    }

    /// Solves for every lane, from 0, with the diagonal or a factor as preconditioner.
    pub(super) fn solve(
        &mut self,
        system: &Sparse,
        factor: Option<&Factor>,
        goal: &Goal,
        sweeps_max: usize,
    ) -> Ending {
        self.solution.fill([0.0; LANES]);
        self.direction.fill([0.0; LANES]);
        if system.pull.is_none() {
            // The curvature cannot produce a mean: what rounding left of it would never be solved.
            subtract_means(&mut self.residual);
        }
        let mut product = self.precondition(system, factor);
        let least_product = product.map(|product| product * ROUNDING * ROUNDING);
        let mut progress = product.map(|product| Progress {
            gained: 0.0,
            last_gain: 0.0,
            is_done: product == 0.0,
        });
        let mut turn = [0.0; LANES];
        let mut ending = Ending::TooSlow;
        for _ in 0..=sweeps_max {
            if progress.iter().all(|progress| progress.is_done) {
                ending = Ending::Solved;
                break;
            }
            self.redirect(&turn);
            let image_product = self.apply(system);
            let mut length = [0.0; LANES];
            for lane in 0..LANES {
                if progress[lane].is_done {
                    continue;
                }
                length[lane] = product[lane] / image_product[lane];
                if !(length[lane] > 0.0 && length[lane].is_finite()) {
                    return Ending::Broken;
                }
                progress[lane].add(length[lane] * product[lane], goal);
            }
            self.move_along(&length);
            if progress.iter().all(|progress| progress.is_done) {
                // The next turn would be for nothing.
                continue;
            }
            let next = self.precondition(system, factor);
            for lane in 0..LANES {
                progress[lane].is_done |= next[lane] <= least_product[lane];
                // What is done stands still.
                let is_done = progress[lane].is_done;
                turn[lane] = if is_done {
                    0.0
                } else {
                    next[lane] / product[lane]
                };
            }
            product = next;
        }
        if system.pull.is_none() {
            subtract_means(&mut self.solution);
        }
        ending
    }

    /// `image` = preconditioned residual; returns their products.
    ///
    /// The mean of all scores is held by the prior alone, far more weakly than their differences by the
    /// answers: as the one slow wave that every group has, it gets a preconditioner of its own.
    fn precondition(&mut self, system: &Sparse, factor: Option<&Factor>) -> [f64; LANES] {
        let common = if system.ground > 0.0 {
            total(&self.residual).map(|sum| sum / system.ground)
        } else {
            [0.0; LANES]
        };
        if let Some(factor) = factor {
            self.image.copy_from_slice(&self.residual);
            factor.solve(&mut self.image);
        }
        let partial_sums: Vec<[f64; LANES]> = (
            self.image.par_chunks_mut(CHUNK),
            self.residual.par_chunks(CHUNK),
            system.diagonal.par_chunks(CHUNK),
        )
            .into_par_iter()
            .map(|(image, residual, diagonal)| {
                let mut products = [0.0; LANES];
                for ((image, residual), diagonal) in image.iter_mut().zip(residual).zip(diagonal) {
                    if factor.is_none() {
                        let scale = 1.0 / diagonal;
                        *image = residual.map(|entry| entry * scale);
                    }
                    for lane in 0..LANES {
                        image[lane] += common[lane];
                    }
                    add_products(&mut products, image, residual);
                }
                products
            })
            .collect();
        total(&partial_sums)
    }

    /// `direction` = `image` + turn × `direction`.
    fn redirect(&mut self, turn: &[f64; LANES]) {
        (
            self.direction.par_chunks_mut(CHUNK),
            self.image.par_chunks(CHUNK),
        )
            .into_par_iter()
            .for_each(|(direction, image)| {
                for (direction, image) in direction.iter_mut().zip(image) {
                    for lane in 0..LANES {
                        direction[lane] = image[lane] + turn[lane] * direction[lane];
                    }
                }
            });
    }

    /// `image` = curvature × `direction`; returns their products.
    fn apply(&mut self, system: &Sparse) -> [f64; LANES] {
        let direction = &self.direction;
        let partial_sums: Vec<[f64; LANES]> = self
            .image
            .par_chunks_mut(CHUNK)
            .enumerate()
            .map(|(chunk, image)| {
                let mut products = [0.0; LANES];
                for (image, item) in image.iter_mut().zip(chunk * CHUNK..) {
                    *image = system.row_times(item, direction);
                    add_products(&mut products, image, &direction[item]);
                }
                products
            })
            .collect();
        total(&partial_sums)
    }

    /// Adds `length` × `direction` to the solution and takes its image off the residual.
    fn move_along(&mut self, length: &[f64; LANES]) {
        (
            self.solution.par_chunks_mut(CHUNK),
            self.residual.par_chunks_mut(CHUNK),
            self.direction.par_chunks(CHUNK),
            self.image.par_chunks(CHUNK),
        )
            .into_par_iter()
            .for_each(|(solution, residual, direction, image)| {
                for (solution, direction) in solution.iter_mut().zip(direction) {
                    for lane in 0..LANES {
                        solution[lane] += length[lane] * direction[lane];
                    }
                }
                for (residual, image) in residual.iter_mut().zip(image) {
                    for lane in 0..LANES {
                        residual[lane] -= length[lane] * image[lane];
                    }
                }
            });
    }

    /// `image` = the mean of each item's solution given its neighbours': what other items explain of it.
    pub(super) fn explain(&mut self, system: &Sparse) {
        let solution = &self.solution;
        self.image
            .par_chunks_mut(CHUNK)
            .enumerate()
            .for_each(|(chunk, image)| {
                for (image, item) in image.iter_mut().zip(chunk * CHUNK..) {
                    let scale = 1.0 / system.diagonal[item];
                    let curved = system.row_times(item, solution);
                    for lane in 0..LANES {
                        image[lane] = solution[item][lane] - scale * curved[lane];
                    }
                }
            });
    }
}

impl Sparse {
    /// Row `item` of the curvature times some vectors; four running totals that do not wait for each other.
    #[inline]
    fn row_times<const LANES: usize>(&self, item: usize, vectors: &[[f64; LANES]]) -> [f64; LANES] {
        let row = self.rows.range(item);
        let (curvatures, last_curvatures) = self.curvatures[row.clone()].as_chunks::<4>();
        let (neighbours, last_neighbours) = self.rows.neighbours[row].as_chunks::<4>();
        let mut totals = [[0.0; LANES]; 4];
        for (curvatures, neighbours) in curvatures.iter().zip(neighbours) {
            for ((total, curvature), neighbour) in totals.iter_mut().zip(curvatures).zip(neighbours)
            {
                let (curvature, vector) = (f64::from(*curvature), &vectors[*neighbour as usize]);
                for lane in 0..LANES {
                    total[lane] += curvature * vector[lane];
                }
            }
        }
        for (curvature, neighbour) in last_curvatures.iter().zip(last_neighbours) {
            let (curvature, vector) = (f64::from(*curvature), &vectors[*neighbour as usize]);
            for lane in 0..LANES {
                totals[0][lane] += curvature * vector[lane];
            }
        }
        let own = &vectors[item];
        std::array::from_fn(|lane| {
            let others = (totals[0][lane] + totals[1][lane]) + (totals[2][lane] + totals[3][lane]);
            self.diagonal[item] * own[lane] - others
        })
    }
}

#[inline]
fn add_products<const LANES: usize>(
    products: &mut [f64; LANES],
    one: &[f64; LANES],
    other: &[f64; LANES],
) {
    for lane in 0..LANES {
        products[lane] += one[lane] * other[lane];
    }
}

/// Sum in the order given: over items, or over the sums of chunks.
pub(super) fn total<const LANES: usize>(partial_sums: &[[f64; LANES]]) -> [f64; LANES] {
    let mut total = [0.0; LANES];
    for part in partial_sums {
        for lane in 0..LANES {
            total[lane] += part[lane];
        }
    }
    total
}

/// Fixes the means at 0, for problems that leave them open.
fn subtract_means<const LANES: usize>(vectors: &mut [[f64; LANES]]) {
    let sums = total(vectors);
    let n_items = vectors.len() as f64;
    for vector in vectors {
        for lane in 0..LANES {
            vector[lane] -= sums[lane] / n_items;
        }
    }
}
