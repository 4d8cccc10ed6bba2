//! How the maximum of a large group answers to a bias of the sides.
//!
//! It does not move scores.

use super::Sparse;
use crate::ranking::logistic::sigmoid;
use crate::ranking::newton::{BiasResponse, System};

impl Sparse {
    pub(super) fn respond_to_bias(&mut self, scores: &[f64]) -> BiasResponse {
        let n_items = scores.len();
        let mut response = BiasResponse {
            slope: 0.0,
            curvature: 0.0,
            curvature_alone: 0.0,
            shift: vec![0.0; n_items],
        };
        let mut cross = vec![0.0; n_items];
        for item in 0..n_items {
            // Each term is met in two rows, once from each item: half of it here.
            response.slope += 0.5 * self.won_by_side[item];
            for entry in self.offsets[item]..self.offsets[item + 1] {
                let other = scores[self.neighbours[entry] as usize];
                let share = sigmoid(scores[item] - other + self.biases[entry]);
                let curvature = self.weights[entry] * share * (1.0 - share);
                let side = 1.0_f64.copysign(self.biases[entry]);
                response.slope -= 0.5 * side * self.weights[entry] * share;
                response.curvature_alone += 0.5 * curvature;
                cross[item] += side * curvature;
            }
        }
        // A small right-hand side is solved closely: see `conjugate_gradients`.
        let scale = 1e-6 / cross.iter().fold(1e-300_f64, |most, c| most.max(c.abs()));
        let small: Vec<f64> = cross.iter().map(|c| c * scale).collect();
        self.solve(&small, &mut response.shift);
        for entry in &mut response.shift {
            *entry /= scale;
        }
        let explained: f64 = cross.iter().zip(&response.shift).map(|(c, x)| c * x).sum();
        response.curvature = (response.curvature_alone - explained).max(0.0);
        response
    }
}
