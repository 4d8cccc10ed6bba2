//! Standard errors of a large group whose answers may depend on each other within clusters.
//!
//! It only asks the system to solve; how is not its concern.

use super::super::dense::BiasPart;
use super::super::mixing::mixed;
use super::super::newton::System;
use super::super::residuals::Cluster;
use super::Group;

/// Clusters × answers up to which each cluster gets a solve of its own: the errors are then exact.
const EXACT_WORK_MAX: usize = 10_000_000;

/// Beyond, so many random sums of clusters: an error is then known to 1 / √(2 × 64) = 9 % of itself.
const N_DRAWS: usize = 64;

/// Square roots of the diagonal of H⁻¹ B H⁻¹, where B sums u uᵀ over clusters.
///
/// (H⁻¹ u)² summed over clusters is that diagonal; so is, in the mean, the square of H⁻¹ Σ ± u with
/// signs by fair coins, which takes the same few solves for any number of clusters.
pub(super) fn standard_errors(
    system: &mut impl System,
    group: &Group<'_>,
    clusters: impl Iterator<Item = Cluster>,
    bias: Option<&BiasPart>,
) -> Vec<f64> {
    let clusters: Vec<Cluster> = clusters.collect();
    let work = clusters.len().saturating_mul(group.comparisons.len());
    let is_exact = clusters.len() <= N_DRAWS || work <= EXACT_WORK_MAX;
    let mut variances = vec![0.0; group.n_items];
    let mut push = Push::new(group.n_items);
    let n_solves = if is_exact { clusters.len() } else { N_DRAWS };
    for solve_idx in 0..n_solves {
        push.clear();
        if is_exact {
            push.add(&clusters[solve_idx], 1.0);
        } else {
            for (cluster_idx, cluster) in clusters.iter().enumerate() {
                push.add(cluster, coin(cluster_idx, solve_idx));
            }
        }
        let influence = push.influence(system, bias);
        for (variance, entry) in variances.iter_mut().zip(influence) {
            *variance += entry * entry;
        }
    }
    let n_averaged = if is_exact { 1.0 } else { N_DRAWS as f64 };
    variances
        .iter()
        .map(|variance| (variance / n_averaged).sqrt())
        .collect()
}

/// A sum of clusters' parts of the gradient, and what it does to the scores.
struct Push {
    of_scores: Vec<f64>,
    of_bias: f64,
    scaled: Vec<f64>,
    influence: Vec<f64>,
}

/// Solvers work the closer the smaller the right-hand side is against the answers' weights.
const GREATEST_PUSH: f64 = 1e-4;

impl Push {
    fn new(n_items: usize) -> Self {
        Self {
            of_scores: vec![0.0; n_items],
            of_bias: 0.0,
            scaled: Vec::with_capacity(n_items),
            influence: vec![0.0; n_items],
        }
    }

    fn clear(&mut self) {
        self.of_scores.fill(0.0);
        self.of_bias = 0.0;
    }

    fn add(&mut self, cluster: &Cluster, sign: f64) {
        for residual in cluster {
            let push = sign * residual.excess;
            self.of_scores[residual.low as usize] += push;
            self.of_scores[residual.high as usize] -= push;
            self.of_bias += residual.side * push;
        }
    }

    /// Where the scores move; a bias that was estimated with them takes its part.
    fn influence(&mut self, system: &mut impl System, bias: Option<&BiasPart>) -> &[f64] {
        let greatest = self
            .of_scores
            .iter()
            .map(|push| push.abs())
            .fold(0.0, f64::max);
        if greatest > 0.0 {
            let scale = GREATEST_PUSH / greatest;
            self.scaled.clear();
            self.scaled
                .extend(self.of_scores.iter().map(|push| push * scale));
            system.solve(&self.scaled, &mut self.influence);
            for entry in &mut self.influence {
                *entry /= scale;
            }
        } else {
            self.influence.fill(0.0);
        }
        if let Some(bias) = bias {
            let followed: f64 = self
                .of_scores
                .iter()
                .zip(&bias.shift)
                .map(|(push, shift)| push * shift)
                .sum();
            let of_bias = (self.of_bias - followed) / bias.curvature;
            for (entry, shift) in self.influence.iter_mut().zip(&bias.shift) {
                *entry -= of_bias * shift;
            }
        }
        &self.influence
    }
}

/// 1 or −1: one bit of the cluster's hash for each draw.
fn coin(cluster_idx: usize, solve_idx: usize) -> f64 {
    let bits = mixed(cluster_idx as u64);
    if (bits >> solve_idx) & 1 == 0 {
        1.0
    } else {
        -1.0
    }
}
