//! How the objective of a large group answers to a bias of the sides.
//!
//! It neither estimates the bias nor changes it: offsets are part of the terms.

use rayon::iter::{
    IndexedParallelIterator, IntoParallelIterator, IntoParallelRefIterator, ParallelIterator,
};

use crate::ranking::newton::BiasResponse;

use super::conjugate::Goal;
use super::{CHUNK, STEP_ERROR_SHARES, Sparse, strength};

/// How one item's terms answer to the bias.
#[derive(Debug, Clone, Copy, Default)]
struct CrossTerms {
    /// Weight × expected share, with the side's sign.
    expected: f64,
    /// Derivative of the item's slope in the bias, sign reversed.
    of_score: f64,
    /// Curvature in the bias.
    of_bias: f64,
}

impl Sparse {
    /// See `System::bias_response`.
    pub(super) fn response_to_bias(&mut self, scores: &[f64]) -> BiasResponse {
        let n_items = scores.len();
        let mut of_places = vec![0.0; n_items];
        self.order.inward(scores, &mut of_places);
        let terms = self.cross_terms(&of_places);
        let of_scores: Vec<f64> = terms.iter().map(|term| term.of_score).collect();
        let goal = Goal {
            error_share: STEP_ERROR_SHARES[1],
            error_min: 0.0,
        };
        let is_solved = self.solve_at_places(&of_scores, &mut of_places, &goal);
        // Each term is met in two rows, once from each item.
        let expected = 0.5 * terms.iter().map(|term| term.expected).sum::<f64>();
        let curvature_alone = 0.5 * terms.iter().map(|term| term.of_bias).sum::<f64>();
        let followed = of_scores.iter().zip(&of_places);
        let followed: f64 = followed.map(|(of_score, by)| of_score * by).sum();
        let mut shift = vec![0.0; n_items];
        self.order.outward(&of_places, &mut shift);
        BiasResponse {
            slope: self.rows.won_by_sides - expected,
            // Without a solution nothing is known of the bias, which a curvature of 0 says.
            curvature: if is_solved {
                (curvature_alone - followed).max(0.0)
            } else {
                0.0
            },
            curvature_alone,
            shift,
        }
    }

    /// At these scores; the curvatures are those of the last linearisation, so that a bias that the scores
    /// can imitate leaves nothing.
    fn cross_terms(&self, scores: &[f64]) -> Vec<CrossTerms> {
        let strengths: Vec<f64> = scores.par_iter().map(|&score| strength(score)).collect();
        (0..scores.len())
            .into_par_iter()
            .with_min_len(CHUNK)
            .map(|item| {
                let mut terms = CrossTerms::default();
                for entry in self.rows.range(item) {
                    let neighbour = self.rows.neighbours[entry] as usize;
                    let shift = self.rows.shift(entry);
                    let odds_against = strengths[neighbour] / strengths[item] * shift.abs();
                    let expected = self.rows.weights[entry] / (1.0 + odds_against);
                    let curvature = f64::from(self.curvatures[entry]);
                    terms.expected += expected.copysign(shift);
                    terms.of_score += curvature.copysign(shift);
                    terms.of_bias += curvature;
                }
                terms
            })
            .collect()
    }
}
