//! Small components of a large group: each has equations of its own, solved exactly with a full matrix.
//!
//! It does not decide what is small; `order` does.

use std::ops::Range;

use rayon::iter::ParallelIterator;
use rayon::slice::ParallelSlice;

use super::Sparse;

/// Islands per unit of parallel work.
const CHUNK: usize = 64;

impl Sparse {
    /// H × solution = right side for the items of all islands, in their order.
    pub(super) fn solve_islands(&self, right_side: &[f64]) -> Vec<f64> {
        self.on_islands(|matrix, range, results| {
            let start = results.len();
            results.extend_from_slice(&right_side[range]);
            matrix.solve(&mut results[start..]);
        })
    }

    /// (H⁻¹)ᵢᵢ for the items of all islands, in their order.
    pub(super) fn island_variances(&self) -> Vec<f64> {
        self.on_islands(|matrix, range, results| {
            let mut column = vec![0.0; range.len()];
            for item in 0..range.len() {
                column.fill(0.0);
                column[item] = 1.0;
                matrix.solve(&mut column);
                results.push(column[item]);
            }
        })
    }

    /// What `work` appends for each island, given its curvature.
    fn on_islands(&self, work: impl Fn(&Factors, Range<usize>, &mut Vec<f64>) + Sync) -> Vec<f64> {
        let of_chunks: Vec<Vec<f64>> = self
            .order
            .islands
            .par_chunks(CHUNK)
            .map(|islands| {
                let mut factors = Factors::default();
                let mut results = Vec::new();
                for island in islands {
                    factors.factorise(self, island);
                    work(&factors, island.clone(), &mut results);
                }
                results
            })
            .collect();
        of_chunks.concat()
    }
}

/// L D Lᵀ of one island's curvature: the unit L below the diagonal, D on it.
#[derive(Default)]
struct Factors {
    n_items: usize,
    /// Row by row; above the diagonal nothing is kept.
    entries: Vec<f64>,
}

impl Factors {
    /// A pivot that is not positive makes the solution infinite or NaN, which Newton's method stops at.
    fn factorise(&mut self, system: &Sparse, island: &Range<usize>) {
        let n = island.len();
        self.n_items = n;
        self.entries.clear();
        self.entries.resize(n * n, 0.0);
        for (row, place) in island.clone().enumerate() {
            self.entries[row * n + row] = system.diagonal[place];
            for entry in system.rows.range(place) {
                // Two items may have two terms, one for each side.
                let column = system.rows.neighbours[entry] as usize - island.start;
                self.entries[row * n + column] -= f64::from(system.curvatures[entry]);
            }
        }
        for row in 0..n {
            let (done, open) = self.entries.split_at_mut(row * n);
            let own = &mut open[..=row];
            for column in 0..row {
                // Until its turn comes, an entry is L × D.
                let upper = &done[column * n..=column * n + column];
                let mut sum = own[column];
                for (k, factor) in upper[..column].iter().enumerate() {
                    sum -= own[k] * factor;
                }
                own[column] = sum;
            }
            for column in 0..row {
                let factor = own[column] / done[column * n + column];
                own[row] -= factor * own[column];
                own[column] = factor;
            }
        }
    }

    /// `vector` becomes H⁻¹ × itself.
    fn solve(&self, vector: &mut [f64]) {
        let n = self.n_items;
        for row in 0..n {
            let factors = &self.entries[row * n..row * n + row];
            let known: f64 = factors
                .iter()
                .zip(&*vector)
                .map(|(one, other)| one * other)
                .sum();
            vector[row] -= known;
        }
        for row in (0..n).rev() {
            vector[row] /= self.entries[row * n + row];
            for below in row + 1..n {
                vector[row] -= self.entries[below * n + row] * vector[below];
            }
        }
    }
}
