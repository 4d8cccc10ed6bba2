//! Solves with the Laplacian of a weighted graph: Lᵢⱼ = −hᵢⱼ, Lᵢᵢ = eᵢ + Σⱼ hᵢⱼ.
//!
//! It does not know where the weights come from, and is for several right-hand sides with one matrix;
//! `dense` and `sparse` take one at a time and are faster at that.

mod conjugate;

use rayon::iter::{IntoParallelIterator, ParallelIterator};

use conjugate::Rows;

/// Above, the full matrix costs more than conjugate gradients.
const DENSE_ITEMS_MAX: usize = 256;

/// Below, threads cost more than they save.
const PARALLEL_ITEMS_MIN: usize = 64;

/// A graph whose edges keep their ends while the weights change.
pub(super) struct Laplacian {
    n_items: usize,
    /// The two ends of each edge.
    ends: Vec<(u32, u32)>,
    anchor: Anchor,
    form: Form,
}

/// What makes the solution unique.
pub(super) enum Anchor {
    /// Every eᵢ is positive.
    Diagonal,
    /// Every eᵢ is 0: solutions have mean 0 in each of these connected components, as have the
    /// right-hand sides.
    Means(Components),
}

/// Connected components of the items.
pub(super) struct Components {
    /// The component of each item, numbered from 0.
    ids: Vec<i32>,
    n_items: Vec<f64>,
}

impl Components {
    pub(super) fn new(ids: Vec<i32>) -> Self {
        let n_components = ids.iter().max().map_or(0, |&last| last as usize + 1);
        let mut n_items = vec![0.0; n_components];
        for &id in &ids {
            n_items[id as usize] += 1.0;
        }
        Self { ids, n_items }
    }

    /// How many components there are.
    pub(super) fn len(&self) -> usize {
        self.n_items.len()
    }

    /// Subtracts from each value its component's mean.
    fn centre(&self, values: &mut [f64]) {
        let mut means = vec![0.0; self.n_items.len()];
        for (value, &id) in values.iter().zip(&self.ids) {
            means[id as usize] += value;
        }
        for (mean, n_items) in means.iter_mut().zip(&self.n_items) {
            *mean /= n_items;
        }
        for (value, &id) in values.iter_mut().zip(&self.ids) {
            *value -= means[id as usize];
        }
    }
}

impl Anchor {
    /// Takes off what the matrix cannot produce and a solution must not have.
    fn centre(&self, values: &mut [f64]) {
        if let Self::Means(components) = self {
            components.centre(values);
        }
    }
}

enum Form {
    Dense {
        /// L D Lᵀ by rows, the unit factor transposed above the diagonal.
        factors: Vec<f64>,
        /// Reciprocals of D.
        reciprocals: Vec<f64>,
        /// Added to all entries within a component when there is no diagonal; one per component.
        gauges: Vec<f64>,
    },
    Sparse(Rows),
}

impl Laplacian {
    /// A graph with these edges: unique, and no item with itself.
    pub(super) fn new(n_items: usize, ends: Vec<(u32, u32)>, anchor: Anchor) -> Self {
        let form = if n_items <= DENSE_ITEMS_MAX {
            Form::Dense {
                factors: vec![0.0; n_items * n_items],
                reciprocals: vec![0.0; n_items],
                gauges: Vec::new(),
            }
        } else {
            Form::Sparse(Rows::new(n_items, &ends))
        };
        Self {
            n_items,
            ends,
            anchor,
            form,
        }
    }

    /// Sets the weight of each edge and the eᵢ (all 0 for `Anchor::Means`). False when the matrix is
    /// not positive definite in floats.
    pub(super) fn set_weights(&mut self, weights: &[f64], diagonal: &[f64]) -> bool {
        match &mut self.form {
            Form::Sparse(rows) => rows.set_weights(weights, diagonal),
            Form::Dense {
                factors,
                reciprocals,
                gauges,
            } => {
                let n = self.n_items;
                factors.fill(0.0);
                for (item, entry) in diagonal.iter().enumerate() {
                    factors[item * n + item] = *entry;
                }
                for (&(one, other), weight) in self.ends.iter().zip(weights) {
                    let (low, high) = (one.min(other) as usize, one.max(other) as usize);
                    factors[low * n + low] += weight;
                    factors[high * n + high] += weight;
                    factors[low * n + high] = -weight;
                }
                if let Anchor::Means(components) = &self.anchor {
                    *gauges = add_gauges(components, factors);
                }
                factorise(n, factors, reciprocals)
            }
        }
    }

    /// The solution of L x = `right_side`; `None` when it cannot be computed.
    pub(super) fn solve(&self, right_side: &[f64]) -> Option<Vec<f64>> {
        let mut right_side = right_side.to_vec();
        self.anchor.centre(&mut right_side);
        let mut solution = match &self.form {
            Form::Sparse(rows) => rows.solve(right_side)?,
            Form::Dense {
                factors,
                reciprocals,
                ..
            } => {
                substitute(self.n_items, factors, reciprocals, &mut right_side);
                right_side
            }
        };
        self.anchor.centre(&mut solution);
        let is_finite = solution.iter().all(|entry| entry.is_finite());
        is_finite.then_some(solution)
    }

    /// The diagonal of the inverse, or of the pseudo-inverse for `Anchor::Means`; for large graphs
    /// estimated, if one solve per item is too much.
    pub(super) fn inverse_diagonal(&self) -> Option<Vec<f64>> {
        match &self.form {
            Form::Sparse(rows) if rows.is_exact_affordable(self.unit(0)) => {
                let entry = |item: usize| {
                    let mut solution = rows.solve_for_entry(self.unit(item))?;
                    self.anchor.centre(&mut solution);
                    Some(solution[item])
                };
                (0..self.n_items).into_par_iter().map(entry).collect()
            }
            Form::Sparse(_) => self.drawn_inverse_diagonal(),
            Form::Dense {
                factors,
                reciprocals,
                gauges,
            } => {
                let n = self.n_items;
                let entry = |item: usize| {
                    let excess = match &self.anchor {
                        Anchor::Diagonal => 0.0,
                        // (L + g 11ᵀ)⁻¹ = L⁺ + 11ᵀ / (g n²) within a component.
                        Anchor::Means(components) => {
                            let id = components.ids[item] as usize;
                            1.0 / (gauges[id] * components.n_items[id] * components.n_items[id])
                        }
                    };
                    inverse_entry(n, factors, reciprocals, item) - excess
                };
                let is_small = n < PARALLEL_ITEMS_MIN;
                Some(if is_small {
                    (0..n).map(entry).collect()
                } else {
                    (0..n).into_par_iter().map(entry).collect()
                })
            }
        }
    }

    /// The same for large graphs by draws that are the same in every run; `None` for small ones.
    pub(super) fn drawn_inverse_diagonal(&self) -> Option<Vec<f64>> {
        match &self.form {
            Form::Sparse(rows) => rows.drawn_inverse_diagonal(&self.ends, &self.anchor),
            Form::Dense { .. } => None,
        }
    }

    /// 1 for this item and 0 elsewhere, as far as the matrix can produce it.
    fn unit(&self, item: usize) -> Vec<f64> {
        let mut unit = vec![0.0; self.n_items];
        unit[item] = 1.0;
        self.anchor.centre(&mut unit);
        unit
    }
}

/// Adds a constant within each component, of the size of its other entries; returns the constants.
fn add_gauges(components: &Components, matrix: &mut [f64]) -> Vec<f64> {
    let n = components.ids.len();
    let mut gauges = vec![0.0; components.n_items.len()];
    for (item, &id) in components.ids.iter().enumerate() {
        gauges[id as usize] += matrix[item * n + item];
    }
    for (gauge, n_items) in gauges.iter_mut().zip(&components.n_items) {
        // An item alone has no entries: any constant does.
        *gauge = if *gauge > 0.0 {
            *gauge / (n_items * n_items)
        } else {
            1.0
        };
    }
    for (row, id) in matrix.chunks_exact_mut(n).zip(&components.ids) {
        for (entry, other) in row.iter_mut().zip(&components.ids) {
            if id == other {
                *entry += gauges[*id as usize];
            }
        }
    }
    gauges
}

/// L D Lᵀ in place; false when a pivot is not positive.
fn factorise(n: usize, matrix: &mut [f64], reciprocals: &mut [f64]) -> bool {
    for (pivot_idx, reciprocal) in reciprocals.iter_mut().enumerate() {
        let (upper, lower) = matrix.split_at_mut((pivot_idx + 1) * n);
        let row = &mut upper[pivot_idx * n + pivot_idx..];
        let pivot = row[0];
        if !(pivot > 0.0 && pivot.is_finite()) {
            return false;
        }
        *reciprocal = 1.0 / pivot;
        for (offset, below) in (1..row.len()).zip(lower.chunks_exact_mut(n)) {
            let factor = row[offset] * *reciprocal;
            let targets = below[pivot_idx + offset..].iter_mut();
            for (entry, above) in targets.zip(&row[offset..]) {
                *entry -= factor * above;
            }
        }
        for entry in &mut row[1..] {
            *entry *= *reciprocal;
        }
    }
    true
}

/// `values` becomes the inverse times itself.
fn substitute(n: usize, factors: &[f64], reciprocals: &[f64], values: &mut [f64]) {
    for k in 0..n {
        let value = values[k];
        let row = &factors[k * n + k + 1..(k + 1) * n];
        for (entry, factor) in values[k + 1..].iter_mut().zip(row) {
            *entry -= factor * value;
        }
    }
    for k in (0..n).rev() {
        let row = &factors[k * n + k + 1..(k + 1) * n];
        let sum: f64 = row.iter().zip(&values[k + 1..]).map(|(a, b)| a * b).sum();
        values[k] = values[k] * reciprocals[k] - sum;
    }
}

/// One diagonal entry of the inverse: Σₖ yₖ² / dₖ with L y = the item's unit vector.
fn inverse_entry(n: usize, factors: &[f64], reciprocals: &[f64], item: usize) -> f64 {
    let mut column = vec![0.0; n - item];
    column[0] = 1.0;
    let mut sum = 0.0;
    for k in item..n {
        let (done, open) = column.split_at_mut(k - item + 1);
        let value = done[k - item];
        sum += value * value * reciprocals[k];
        let row = &factors[k * n + k + 1..(k + 1) * n];
        for (entry, factor) in open.iter_mut().zip(row) {
            *entry -= value * factor;
        }
    }
    sum
}
