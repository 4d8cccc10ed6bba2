//! The Laplacian of a large graph: one row of neighbours per item, conjugate gradients.
//!
//! Every sum runs in an order fixed by the graph alone, so one and many threads give the same bits.

use rayon::iter::{IndexedParallelIterator, IntoParallelIterator, ParallelIterator};
use rayon::slice::ParallelSliceMut;

use super::Anchor;
use crate::ranking::mixing::mixed;

/// Rows per unit of parallel work.
const CHUNK: usize = 256;

/// Below, threads cost more than they save.
const PARALLEL_ENTRIES_MIN: usize = 100_000;

/// A solve ends when the residual has this share of the right-hand side's length.
const RESIDUAL_SHARE: f64 = 1e-11;

/// The same for an entry of the inverse: an error of a standard error counts less than one of a score.
const ENTRY_RESIDUAL_SHARE: f64 = 1e-8;

/// The same for a draw, far below the noise of all draws.
const DRAW_RESIDUAL_SHARE: f64 = 1e-3;

/// Numbers read by one solve per item, beyond which draws are taken instead: some seconds of one core.
const EXACT_WORK_MAX: usize = 2_000_000_000;

/// Draws: a standard error is then known to 1 / √(2 × 64) = 9 % of itself.
const N_DRAWS: usize = 64;

/// The rows: neighbours, and which edge leads there.
pub(super) struct Rows {
    /// Row i is `offsets[i]..offsets[i + 1]` of the next three.
    offsets: Vec<usize>,
    neighbours: Vec<u32>,
    edges: Vec<u32>,
    weights: Vec<f64>,
    /// Without the weights.
    plain_diagonal: Vec<f64>,
    diagonal: Vec<f64>,
}

/// What conjugate gradients found, and how many times they read the rows for it.
struct Solved {
    solution: Vec<f64>,
    n_sweeps: usize,
}

impl Rows {
    pub(super) fn new(n_items: usize, ends: &[(u32, u32)]) -> Self {
        let mut offsets = vec![0; n_items + 1];
        for &(one, other) in ends {
            offsets[one as usize + 1] += 1;
            offsets[other as usize + 1] += 1;
        }
        for item in 0..n_items {
            offsets[item + 1] += offsets[item];
        }
        let mut cursors = offsets.clone();
        let mut neighbours = vec![0; 2 * ends.len()];
        let mut edges = vec![0; 2 * ends.len()];
        for (edge, &(one, other)) in (0_u32..).zip(ends) {
            for (item, neighbour) in [(one, other), (other, one)] {
                let cursor = &mut cursors[item as usize];
                neighbours[*cursor] = neighbour;
                edges[*cursor] = edge;
                *cursor += 1;
            }
        }
        Self {
            offsets,
            weights: vec![0.0; neighbours.len()],
            neighbours,
            edges,
            plain_diagonal: vec![0.0; n_items],
            diagonal: vec![0.0; n_items],
        }
    }

    /// See `Laplacian::set_weights`.
    pub(super) fn set_weights(&mut self, weights: &[f64], diagonal: &[f64]) -> bool {
        self.plain_diagonal.copy_from_slice(diagonal);
        for (entry, &edge) in self.weights.iter_mut().zip(&self.edges) {
            *entry = weights[edge as usize];
        }
        for (item, total) in self.diagonal.iter_mut().enumerate() {
            let row = self.offsets[item]..self.offsets[item + 1];
            *total = diagonal[item] + self.weights[row].iter().sum::<f64>();
        }
        self.diagonal.iter().all(|total| total.is_finite())
    }

    /// The solution for this right-hand side; `None` when it cannot be computed.
    pub(super) fn solve(&self, right_side: Vec<f64>) -> Option<Vec<f64>> {
        self.solve_to(RESIDUAL_SHARE, right_side)
            .map(|solved| solved.solution)
    }

    /// Conjugate gradients with the diagonal as preconditioner, from 0; `None` when they break down.
    fn solve_to(&self, residual_share: f64, mut residual: Vec<f64>) -> Option<Solved> {
        let n_items = residual.len();
        let mut solution = vec![0.0; n_items];
        let mut direction = vec![0.0; n_items];
        let mut image = vec![0.0; n_items];
        let norm_max = product(&residual, &residual) * residual_share * residual_share;
        let mut last = f64::INFINITY;
        // Exact arithmetic needs one sweep per item, rounding some more.
        for n_sweeps in 0..2 * n_items + 100 {
            let norm = product(&residual, &residual);
            if norm <= norm_max {
                return Some(Solved { solution, n_sweeps });
            }
            let preconditioned = self.preconditioned_product(&residual);
            let turn = preconditioned / last;
            last = preconditioned;
            for (item, entry) in direction.iter_mut().enumerate() {
                *entry = self.preconditioned(item, residual[item]) + turn * *entry;
            }
            self.apply(&direction, &mut image);
            let length = preconditioned / product(&direction, &image);
            if !length.is_finite() {
                return None;
            }
            for item in 0..n_items {
                solution[item] += length * direction[item];
                residual[item] -= length * image[item];
            }
        }
        None
    }

    /// An item alone has a row of zeros, and its right-hand side is 0.
    fn preconditioned(&self, item: usize, value: f64) -> f64 {
        let scale = self.diagonal[item];
        if scale > 0.0 { value / scale } else { 0.0 }
    }

    fn preconditioned_product(&self, residual: &[f64]) -> f64 {
        let squares = residual
            .iter()
            .enumerate()
            .map(|(item, &rest)| rest * self.preconditioned(item, rest));
        squares.sum()
    }

    /// `image` = L × `direction`.
    fn apply(&self, direction: &[f64], image: &mut [f64]) {
        if self.weights.len() < PARALLEL_ENTRIES_MIN {
            self.apply_rows(0, direction, image);
        } else {
            let chunks = image.par_chunks_mut(CHUNK).enumerate();
            chunks.for_each(|(chunk, image)| self.apply_rows(chunk * CHUNK, direction, image));
        }
    }

    /// The same for the rows from `first` on.
    fn apply_rows(&self, first: usize, direction: &[f64], image: &mut [f64]) {
        for (item, entry) in (first..).zip(image) {
            let row = self.offsets[item]..self.offsets[item + 1];
            let mut sum = self.diagonal[item] * direction[item];
            for (weight, &neighbour) in self.weights[row.clone()].iter().zip(&self.neighbours[row])
            {
                sum -= weight * direction[neighbour as usize];
            }
            *entry = sum;
        }
    }

    /// The solution to the accuracy of an entry of the inverse.
    pub(super) fn solve_for_entry(&self, right_side: Vec<f64>) -> Option<Vec<f64>> {
        self.solve_to(ENTRY_RESIDUAL_SHARE, right_side)
            .map(|solved| solved.solution)
    }

    /// Whether one solve per item can be afforded, each like the one for this right-hand side.
    pub(super) fn is_exact_affordable(&self, right_side: Vec<f64>) -> bool {
        let Some(solved) = self.solve_to(ENTRY_RESIDUAL_SHARE, right_side) else {
            return false;
        };
        let n_items = self.diagonal.len();
        // Beside the rows, a sweep reads a handful of vectors.
        let per_sweep = self.weights.len() + 4 * n_items;
        let per_item = solved.n_sweeps.saturating_mul(per_sweep);
        n_items.saturating_mul(per_item) <= EXACT_WORK_MAX
    }

    /// Mean of x² over draws x = L⁻¹ z, where every edge pushes its two ends apart by ±√h and the
    /// diagonal pushes an item by ±√e: then cov(x) = L⁻¹ L L⁻¹ (Papandreou and Yuille 2010).
    ///
    /// The signs are hashes of edge and draw, the same in every run.
    pub(super) fn drawn_inverse_diagonal(
        &self,
        ends: &[(u32, u32)],
        anchor: &Anchor,
    ) -> Option<Vec<f64>> {
        let n_items = self.diagonal.len();
        let draws: Vec<u32> = (0..N_DRAWS as u32).collect();
        let solutions: Option<Vec<Vec<f64>>> = draws
            .into_par_iter()
            .map(|draw| {
                let mut push = self.push(ends, draw);
                anchor.centre(&mut push);
                let mut solution = self.solve_to(DRAW_RESIDUAL_SHARE, push)?.solution;
                anchor.centre(&mut solution);
                Some(solution)
            })
            .collect();
        let mut variances = vec![0.0; n_items];
        for solution in solutions? {
            for (variance, entry) in variances.iter_mut().zip(&solution) {
                *variance += entry * entry / N_DRAWS as f64;
            }
        }
        Some(variances)
    }

    /// One draw of z.
    fn push(&self, ends: &[(u32, u32)], draw: u32) -> Vec<f64> {
        let n_items = self.diagonal.len();
        let own = (ends.len()..).zip(&self.plain_diagonal);
        let mut push: Vec<f64> = own
            .map(|(place, entry)| coin(place, draw, entry.sqrt()))
            .collect();
        for item in 0..n_items {
            for entry in self.offsets[item]..self.offsets[item + 1] {
                let neighbour = self.neighbours[entry] as usize;
                if item < neighbour {
                    let size = self.weights[entry].sqrt();
                    let apart = coin(self.edges[entry] as usize, draw, size);
                    push[item] += apart;
                    push[neighbour] -= apart;
                }
            }
        }
        push
    }
}

/// ± `size`.
fn coin(place: usize, draw: u32, size: f64) -> f64 {
    let key = ((place as u64) << 32) | u64::from(draw);
    if mixed(key) & 1 == 0 { size } else { -size }
}

fn product(one: &[f64], other: &[f64]) -> f64 {
    one.iter().zip(other).map(|(a, b)| a * b).sum()
}
