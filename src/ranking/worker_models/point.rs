//! What the rounds move: the scores of all items and two coordinates of each worker.
//!
//! It does not know how they are moved.

use super::GoldenEvidence;
use crate::ranking::logistic::{SCORE_MAX, log_sigmoid, sigmoid};

/// One point of the search.
#[derive(Debug, Clone)]
pub(super) struct Point {
    /// The items of all groups, one group after the other.
    pub(super) scores: Vec<f64>,
    pub(super) workers: Vec<Coordinates>,
}

impl Point {
    /// Greatest move of a reliability or a left bias between two points; NaN if there is one.
    pub(super) fn largest_move(&self, other: &Self) -> f64 {
        let mut largest: f64 = 0.0;
        for (one, other) in self.workers.iter().zip(&other.workers) {
            for (from, to) in [(one.reliability, other.reliability), (one.bias, other.bias)] {
                let moved = (sigmoid(from) - sigmoid(to)).abs();
                // No later move is greater than NaN: it stays.
                if moved > largest || moved.is_nan() {
                    largest = moved;
                }
            }
        }
        largest
    }
}

/// A worker's reliability and left bias as log odds: any number is allowed, and both sides look alike.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub(super) struct Coordinates {
    pub(super) reliability: f64,
    pub(super) bias: f64,
}

/// Imaginary careful and careless answers of every worker: 4 to 1.
const CAREFUL_BEFORE: f64 = 4.0;
const CARELESS_BEFORE: f64 = 1.0;

/// Imaginary careless answers of every worker for each side.
const BIAS_BEFORE: f64 = 2.0;

impl Coordinates {
    /// Where these answers have their maximum: the shares of the sums, imaginary answers included.
    pub(super) fn of(sums: &Sums, evidence: &GoldenEvidence) -> Self {
        let (right, wrong) = counts(evidence);
        let careful = CAREFUL_BEFORE + right + sums.careful;
        let careless = CARELESS_BEFORE + wrong + (sums.careless_left + sums.careless_right);
        Self {
            reliability: careful.ln() - careless.ln(),
            bias: (BIAS_BEFORE + sums.careless_left).ln()
                - (BIAS_BEFORE + sums.careless_right).ln(),
        }
    }

    /// What control answers and imaginary answers add to the objective.
    pub(super) fn log_prior(&self, evidence: &GoldenEvidence) -> f64 {
        let (right, wrong) = counts(evidence);
        (CAREFUL_BEFORE + right) * log_sigmoid(self.reliability)
            + (CARELESS_BEFORE + wrong) * log_sigmoid(-self.reliability)
            + BIAS_BEFORE * (log_sigmoid(self.bias) + log_sigmoid(-self.bias))
    }

    /// The same within the range of the logistic function.
    pub(super) fn clamped(self) -> Self {
        Self {
            reliability: self.reliability.clamp(-SCORE_MAX, SCORE_MAX),
            bias: self.bias.clamp(-SCORE_MAX, SCORE_MAX),
        }
    }
}

/// Weights of a worker's careful answers, and of the careless ones by the side they name.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Sums {
    pub(super) careful: f64,
    pub(super) careless_left: f64,
    pub(super) careless_right: f64,
}

impl Sums {
    pub(super) fn add(&mut self, other: &Self) {
        self.careful += other.careful;
        self.careless_left += other.careless_left;
        self.careless_right += other.careless_right;
    }
}

/// Right and wrong control answers.
fn counts(evidence: &GoldenEvidence) -> (f64, f64) {
    let wrong = evidence.n - evidence.n_correct;
    (evidence.n_correct as f64, wrong as f64)
}
