//! Covariance of the scores of a group with a full matrix, and what it says: errors and bounds of ranks.
//!
//! It does not move scores, and it knows no method: curvature, clusters and bias come in.

use super::Dense;
use crate::ranking::RankBounds;
use crate::ranking::residuals::Cluster;

/// The 97.5 % quantile of the normal distribution: intervals of 95 % reach so many errors far.
pub(in crate::ranking) const INTERVAL_STANDARD_ERRORS: f64 = 1.959_963_984_540_054;

/// Covariances of the scores of one group, row by row, both halves; reused from group to group.
#[derive(Default)]
pub(in crate::ranking) struct Covariance {
    n_items: usize,
    entries: Vec<f64>,
    /// L⁻¹ of the factors, the part on and below the diagonal.
    inverse_factor: Vec<f64>,
}

/// The bias of the sides, where it was estimated together with the scores.
pub(in crate::ranking) struct BiasPart {
    /// Each score falls by so much when the bias grows by 1.
    pub(in crate::ranking) shift: Vec<f64>,
    /// Curvature of the objective's maximum in the bias.
    pub(in crate::ranking) curvature: f64,
}

impl Dense {
    /// Inverse curvature, or its pseudo-inverse without a prior. Needs the factors of the last `solve`.
    pub(in crate::ranking) fn invert(&self, covariance: &mut Covariance) {
        let n = self.n_items;
        covariance.n_items = n;
        covariance.entries.resize(n * n, 0.0);
        covariance.inverse_factor.resize(n * n, 0.0);
        let (entries, inverse_factor) = (
            &mut covariance.entries[..],
            &mut covariance.inverse_factor[..],
        );
        let (factors, reciprocals) = (&self.matrix[..], &self.reciprocals[..]);
        // The same loops with a size known to the compiler: most groups are this small.
        match n {
            2 => invert_factors(2, factors, reciprocals, inverse_factor, entries),
            3 => invert_factors(3, factors, reciprocals, inverse_factor, entries),
            4 => invert_factors(4, factors, reciprocals, inverse_factor, entries),
            5 => invert_factors(5, factors, reciprocals, inverse_factor, entries),
            6 => invert_factors(6, factors, reciprocals, inverse_factor, entries),
            7 => invert_factors(7, factors, reciprocals, inverse_factor, entries),
            8 => invert_factors(8, factors, reciprocals, inverse_factor, entries),
            n => invert_factors(n, factors, reciprocals, inverse_factor, entries),
        }
        if self.pull.is_none() {
            // (H + g 11ᵀ)⁻¹ = H⁺ + 11ᵀ / (g n²) when H 1 = 0.
            let excess = 1.0 / (self.gauge * (n * n) as f64);
            for entry in entries {
                *entry -= excess;
            }
        }
    }
}

impl Covariance {
    /// Adds what not knowing the bias adds: x xᵀ / curvature, x the shift.
    pub(in crate::ranking) fn widen(&mut self, bias: &BiasPart) {
        for (row, own) in self.entries.chunks_mut(self.n_items).zip(&bias.shift) {
            for (entry, other) in row.iter_mut().zip(&bias.shift) {
                *entry += own * other / bias.curvature;
            }
        }
    }

    /// Replaces the covariance C by C B C, where B sums u uᵀ over clusters and u is a cluster's part of
    /// the gradient: answers within a cluster may depend on each other, and the model may be wrong.
    ///
    /// C is already widened where there is a bias.
    pub(in crate::ranking) fn sandwich(
        &mut self,
        clusters: impl Iterator<Item = Cluster>,
        bias: Option<&BiasPart>,
    ) {
        let n = self.n_items;
        let mut sums = vec![0.0; n * n];
        let mut influence = vec![0.0; n];
        for cluster in clusters {
            influence.fill(0.0);
            for residual in &cluster {
                let (low, high) = (residual.low as usize * n, residual.high as usize * n);
                let rows = self.entries[low..low + n]
                    .iter()
                    .zip(&self.entries[high..high + n]);
                for (entry, (of_low, of_high)) in influence.iter_mut().zip(rows) {
                    *entry += residual.excess * (of_low - of_high);
                }
                if let Some(bias) = bias {
                    for (entry, shift) in influence.iter_mut().zip(&bias.shift) {
                        *entry -= residual.side * residual.excess * shift / bias.curvature;
                    }
                }
            }
            for (row, own) in sums.chunks_mut(n).zip(&influence) {
                for (sum, other) in row.iter_mut().zip(&influence) {
                    *sum += own * other;
                }
            }
        }
        self.entries = sums;
    }

    /// Becomes the covariance of the scores less their mean.
    pub(in crate::ranking) fn take_out_mean(&mut self) {
        let n = self.n_items;
        let means: Vec<f64> = self
            .entries
            .chunks(n)
            .map(|row| row.iter().sum::<f64>() / n as f64)
            .collect();
        let mean = means.iter().sum::<f64>() / n as f64;
        for (row, of_row) in self.entries.chunks_mut(n).zip(&means) {
            for (entry, of_column) in row.iter_mut().zip(&means) {
                *entry += mean - of_row - of_column;
            }
        }
    }

    /// Square roots of the diagonal.
    pub(in crate::ranking) fn standard_errors(&self) -> Vec<f64> {
        let diagonal = self.entries.iter().step_by(self.n_items + 1);
        diagonal.map(|variance| variance.max(0.0).sqrt()).collect()
    }

    /// For each item how many are surely better, and how many surely worse: those whose difference
    /// from it is more than 1.96 times its own standard error away from 0.
    pub(in crate::ranking) fn rank_bounds(&self, scores: &[f64]) -> Vec<RankBounds> {
        let n = self.n_items;
        let mut bounds = vec![RankBounds::open(n); n];
        let far = INTERVAL_STANDARD_ERRORS * INTERVAL_STANDARD_ERRORS;
        for one in 1..n {
            let row = &self.entries[one * n..one * n + one];
            let own = self.entries[one * (n + 1)];
            for (other, shared) in row.iter().enumerate() {
                let variance = own + self.entries[other * (n + 1)] - 2.0 * shared;
                let difference = scores[one] - scores[other];
                if difference * difference > far * variance {
                    let (better, worse) = if difference > 0.0 {
                        (one, other)
                    } else {
                        (other, one)
                    };
                    bounds[worse].lo += 1;
                    bounds[better].hi -= 1;
                }
            }
        }
        bounds
    }
}

/// `entries` = L⁻ᵀ D⁻¹ L⁻¹ from the factors that `Dense` keeps: Lᵀ above the diagonal, 1 / D beside.
#[expect(
    clippy::inline_always,
    reason = "the caller's constant sizes unroll the loops"
)]
#[inline(always)]
fn invert_factors(
    n: usize,
    factors: &[f64],
    reciprocals: &[f64],
    inverse_factor: &mut [f64],
    entries: &mut [f64],
) {
    let (factors, reciprocals) = (&factors[..n * n], &reciprocals[..n]);
    let (inverse_factor, entries) = (&mut inverse_factor[..n * n], &mut entries[..n * n]);
    inverse_factor.fill(0.0);
    for k in 0..n {
        let (done, open) = inverse_factor.split_at_mut(k * n);
        let row = &mut open[..n];
        for (earlier, earlier_row) in done.chunks_exact(n).enumerate() {
            let factor = factors[earlier * n + k];
            for j in 0..=earlier {
                row[j] -= earlier_row[j] * factor;
            }
        }
        row[k] = 1.0;
    }
    entries.fill(0.0);
    for (k, reciprocal) in reciprocals.iter().enumerate() {
        let row = &inverse_factor[k * n..(k + 1) * n];
        for i in 0..=k {
            for j in 0..=i {
                entries[i * n + j] += row[i] * row[j] * reciprocal;
            }
        }
    }
    for i in 0..n {
        for j in 0..i {
            entries[j * n + i] = entries[i * n + j];
        }
    }
}
