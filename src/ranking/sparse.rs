//! The Newton system of a large group: one row of neighbours per item, conjugate gradients, threads.
//!
//! Every sum runs in an order fixed by the data alone (rows, and chunks of `CHUNK` rows), so that one
//! and many threads give the same bits. It does not choose when to be used; `bradley_terry` does.

mod bias;
mod errors;

use rayon::iter::{IndexedParallelIterator, IntoParallelIterator, ParallelIterator};
use rayon::slice::{ParallelSlice, ParallelSliceMut};

use super::graph::Pair;
use super::logistic::{exp_of_nonpositive, log_sigmoid};
use super::newton::{BiasResponse, System};
use super::pull::Pull;

/// Rows per unit of parallel work and per partial sum.
const CHUNK: usize = 256;

/// Terms, curvature and buffers of one group.
pub(super) struct Sparse {
    pull: Pull,
    /// Row i is `offsets[i]..offsets[i + 1]` of the next four.
    offsets: Vec<usize>,
    neighbours: Vec<u32>,
    /// Weight of the comparisons with the neighbour.
    weights: Vec<f64>,
    /// Bias of the side, seen from the item.
    biases: Vec<f64>,
    /// Curvature of the pair at the last scores.
    curvatures: Vec<f64>,
    /// Weight won by each item.
    won: Vec<f64>,
    /// The same, but negative where the term's bias is.
    won_by_side: Vec<f64>,
    /// Diagonal of the curvature at the last scores.
    diagonal: Vec<f64>,
    /// 1 + the greatest weight of an item: the gradient is small or large compared with this.
    gradient_unit: f64,
    buffers: Buffers,
}

/// What a linearisation writes for consecutive items.
struct Rows<'a> {
    first: usize,
    gradient: &'a mut [f64],
    diagonal: &'a mut [f64],
    curvatures: &'a mut [f64],
}

/// Vectors of conjugate gradients, kept between solves.
#[derive(Default)]
struct Buffers {
    residual: Vec<f64>,
    direction: Vec<f64>,
    image: Vec<f64>,
}

impl Sparse {
    /// Rows of neighbours from unique pairs, or pairs and sides.
    pub(super) fn new(n_items: usize, pairs: &[Pair], pull: Pull) -> Self {
        let mut offsets = vec![0; n_items + 1];
        for pair in pairs {
            offsets[pair.low as usize + 1] += 1;
            offsets[pair.high as usize + 1] += 1;
        }
        for item in 0..n_items {
            offsets[item + 1] += offsets[item];
        }
        let n_entries = offsets[n_items];
        let mut cursors = offsets.clone();
        let mut neighbours = vec![0; n_entries];
        let mut weights = vec![0.0; n_entries];
        let mut biases = vec![0.0; n_entries];
        let mut won = vec![0.0; n_items];
        let mut won_by_side = vec![0.0; n_items];
        let mut totals = vec![0.0; n_items];
        for pair in pairs {
            for (item, neighbour, won_by_item, bias) in [
                (pair.low, pair.high, pair.won, pair.offset),
                (pair.high, pair.low, pair.lost, -pair.offset),
            ] {
                let item = item as usize;
                neighbours[cursors[item]] = neighbour;
                weights[cursors[item]] = pair.weight();
                biases[cursors[item]] = bias;
                cursors[item] += 1;
                won[item] += won_by_item;
                won_by_side[item] += won_by_item.copysign(bias);
                totals[item] += pair.weight();
            }
        }
        Self {
            pull,
            offsets,
            neighbours,
            weights,
            biases,
            curvatures: vec![0.0; n_entries],
            won,
            won_by_side,
            diagonal: vec![0.0; n_items],
            buffers: Buffers::default(),
            gradient_unit: 1.0 + totals.iter().copied().fold(0.0, f64::max),
        }
    }

    /// Gradient and curvature of some rows.
    fn linearise_rows(&self, scores: &[f64], rows: Rows<'_>) {
        let mut rest = rows.curvatures;
        let mut shares = Vec::new();
        let sums = rows.gradient.iter_mut().zip(rows.diagonal);
        for (item, (slope, total)) in (rows.first..).zip(sums) {
            let score = scores[item];
            *slope = self.won[item] + self.pull.slope(score);
            *total = self.pull.curvature(score);
            let row = self.offsets[item]..self.offsets[item + 1];
            let (curvatures, tail) = rest.split_at_mut(row.len());
            rest = tail;
            // Three loops instead of one: the middle one has no gathers and no sums, so the compiler
            // takes several entries at once.
            let others = self.neighbours[row.clone()]
                .iter()
                .zip(&self.biases[row.clone()]);
            for (entry, (&neighbour, bias)) in curvatures.iter_mut().zip(others) {
                *entry = score - scores[neighbour as usize] + bias;
            }
            shares.resize(row.len(), 0.0);
            for (entry, share) in curvatures.iter_mut().zip(&mut shares) {
                (*share, *entry) = share_and_curvature(*entry);
            }
            let terms = curvatures.iter_mut().zip(&shares);
            for ((entry, share), weight) in terms.zip(&self.weights[row]) {
                *entry *= weight;
                *slope -= weight * share;
                *total += *entry;
            }
        }
    }

    /// Row i of the curvature times a vector.
    fn row_times(&self, item: usize, vector: &[f64]) -> f64 {
        let row = self.offsets[item]..self.offsets[item + 1];
        let mut sum = self.diagonal[item] * vector[item];
        for (curvature, &neighbour) in self.curvatures[row.clone()]
            .iter()
            .zip(&self.neighbours[row])
        {
            sum -= curvature * vector[neighbour as usize];
        }
        sum
    }

    /// Conjugate gradients with the diagonal as preconditioner, from 0; false when they break down.
    ///
    /// Any iterate p satisfies pᵀHp = pᵀg, which `newton` relies on. Inexact while the gradient is
    /// large: Newton's convergence stays quadratic.
    fn conjugate_gradients(
        &self,
        gradient: &[f64],
        step: &mut [f64],
        buffers: &mut Buffers,
    ) -> bool {
        let Buffers {
            residual,
            direction,
            image,
        } = buffers;
        step.fill(0.0);
        residual.clear();
        residual.extend_from_slice(gradient);
        if self.pull.is_none() {
            // The curvature cannot produce a mean: what rounding left of it would never be solved.
            subtract_mean(residual);
        }
        direction.clear();
        direction.resize(step.len(), 0.0);
        image.resize(step.len(), 0.0);
        let greatest = gradient
            .iter()
            .fold(0.0_f64, |most, entry| most.max(entry.abs()));
        let tolerance = (greatest / self.gradient_unit).clamp(1e-8, 0.1);
        let mut products = self.residual_products(residual);
        let (mut turn, norm_max) = (0.0, products.norm * tolerance * tolerance);
        for _ in 0..sweeps_max(step.len()) {
            if products.norm <= norm_max {
                break;
            }
            self.redirect(direction, residual, turn);
            let image_product = self.apply(direction, image);
            if !(image_product > 0.0 && image_product.is_finite()) {
                return false;
            }
            move_along(
                products.preconditioned / image_product,
                direction,
                image,
                step,
                residual,
            );
            let next = self.residual_products(residual);
            turn = next.preconditioned / products.preconditioned;
            products = next;
        }
        products.norm.is_finite()
    }

    /// `direction` = residual / diagonal + turn × direction.
    fn redirect(&self, direction: &mut [f64], residual: &[f64], turn: f64) {
        (
            direction.par_chunks_mut(CHUNK),
            residual.par_chunks(CHUNK),
            self.diagonal.par_chunks(CHUNK),
        )
            .into_par_iter()
            .for_each(|(direction, residual, diagonal)| {
                for ((entry, rest), scale) in direction.iter_mut().zip(residual).zip(diagonal) {
                    *entry = rest / scale + turn * *entry;
                }
            });
    }

    /// `image` = curvature × `direction`; returns their product.
    fn apply(&self, direction: &[f64], image: &mut [f64]) -> f64 {
        let partial_sums: Vec<f64> = image
            .par_chunks_mut(CHUNK)
            .enumerate()
            .map(|(chunk, image)| {
                let mut sum = 0.0;
                for (entry, item) in image.iter_mut().zip(chunk * CHUNK..) {
                    *entry = self.row_times(item, direction);
                    sum += *entry * direction[item];
                }
                sum
            })
            .collect();
        partial_sums.iter().sum()
    }

    fn residual_products(&self, residual: &[f64]) -> Products {
        let partial_sums: Vec<Products> = residual
            .par_chunks(CHUNK)
            .zip(self.diagonal.par_chunks(CHUNK))
            .map(|(residual, diagonal)| {
                let mut sums = Products::default();
                for (rest, scale) in residual.iter().zip(diagonal) {
                    sums.preconditioned += rest * rest / scale;
                    sums.norm += rest * rest;
                }
                sums
            })
            .collect();
        partial_sums
            .iter()
            .fold(Products::default(), |all, part| Products {
                preconditioned: all.preconditioned + part.preconditioned,
                norm: all.norm + part.norm,
            })
    }
}

/// Two squared lengths of a residual.
#[derive(Debug, Clone, Copy, Default)]
struct Products {
    /// Divided by the diagonal.
    preconditioned: f64,
    /// Plain.
    norm: f64,
}

/// Adds `length` × `direction` to the step and takes its image off the residual.
fn move_along(
    length: f64,
    direction: &[f64],
    image: &[f64],
    step: &mut [f64],
    residual: &mut [f64],
) {
    (
        step.par_chunks_mut(CHUNK),
        residual.par_chunks_mut(CHUNK),
        direction.par_chunks(CHUNK),
        image.par_chunks(CHUNK),
    )
        .into_par_iter()
        .for_each(|(step, residual, direction, image)| {
            for (entry, along) in step.iter_mut().zip(direction) {
                *entry += length * along;
            }
            for (entry, along) in residual.iter_mut().zip(image) {
                *entry -= length * along;
            }
        });
}

impl System for Sparse {
    fn linearise(&mut self, scores: &[f64], gradient: &mut [f64]) {
        let mut curvatures = std::mem::take(&mut self.curvatures);
        let mut diagonal = std::mem::take(&mut self.diagonal);
        let mut rest = curvatures.as_mut_slice();
        let mut blocks = Vec::with_capacity(scores.len().div_ceil(CHUNK));
        let slopes = gradient.chunks_mut(CHUNK).zip(diagonal.chunks_mut(CHUNK));
        for (first, (gradient, diagonal)) in (0..).step_by(CHUNK).zip(slopes) {
            let n_entries = self.offsets[first + gradient.len()] - self.offsets[first];
            let (curvatures, tail) = rest.split_at_mut(n_entries);
            rest = tail;
            blocks.push(Rows {
                first,
                gradient,
                diagonal,
                curvatures,
            });
        }
        blocks
            .into_par_iter()
            .for_each(|rows| self.linearise_rows(scores, rows));
        (self.curvatures, self.diagonal) = (curvatures, diagonal);
    }

    fn solve(&mut self, gradient: &[f64], step: &mut [f64]) -> bool {
        let mut buffers = std::mem::take(&mut self.buffers);
        let is_solved = self.conjugate_gradients(gradient, step, &mut buffers);
        self.buffers = buffers;
        if self.pull.is_none() {
            subtract_mean(step);
        }
        is_solved
    }

    fn objective(&self, scores: &[f64]) -> f64 {
        // log σ(±d) = ±d/2 + m(d): the linear parts sum to one product per item, but for a constant of
        // the sides, and each symmetric part m is met in two rows.
        let of_items: Vec<f64> = (0..scores.len())
            .into_par_iter()
            .map(|item| {
                let score = scores[item];
                let mut sum = self.pull.value(score);
                let mut excess = self.won[item];
                for entry in self.offsets[item]..self.offsets[item + 1] {
                    let other = scores[self.neighbours[entry] as usize];
                    let difference = score - other + self.biases[entry];
                    sum += 0.5 * self.weights[entry] * symmetric_log_sigmoid(difference);
                    excess -= 0.5 * self.weights[entry];
                }
                sum + excess * score
            })
            .collect();
        of_items.iter().sum()
    }

    fn bias_response(&mut self, scores: &[f64]) -> BiasResponse {
        self.respond_to_bias(scores)
    }
}

/// (log σ(x) + log σ(−x)) / 2.
fn symmetric_log_sigmoid(x: f64) -> f64 {
    log_sigmoid(-x.abs()) + 0.5 * x.abs()
}

/// σ(x) and σ(x) σ(−x).
#[inline]
fn share_and_curvature(x: f64) -> (f64, f64) {
    let exponential = exp_of_nonpositive(-x.abs());
    let greater = 1.0 / (1.0 + exponential);
    let smaller = exponential * greater;
    let share = if x >= 0.0 { greater } else { smaller };
    (share, greater * smaller)
}

/// Sweeps allowed in one solve: exact arithmetic needs one per item, rounding some more.
fn sweeps_max(n_items: usize) -> usize {
    2 * n_items + 100
}

/// Fixes the mean at 0, for problems that leave it open.
fn subtract_mean(values: &mut [f64]) {
    let mean = values.iter().sum::<f64>() / values.len() as f64;
    for value in values {
        *value -= mean;
    }
}
