//! What is known about the differences of scores within a group, and what more answers would add.
//!
//! It does not choose; `choosing` does.

use super::super::curvature::{Curvature, answer_information};
use super::super::{Fit, Outcomes, Parameters};

/// Scores and what is known of their errors.
pub(super) struct Knowledge<'a> {
    scores: &'a [f64],
    errors: Errors,
}

/// Errors shrink with every answer that is expected.
enum Errors {
    /// The covariance, row by row.
    Full(Vec<f64>),
    /// The variances; covariances count as 0.
    Separate(Vec<f64>),
}

/// Above, the covariance of a group is not worked out in full.
const FULL_ITEMS_MAX: usize = 256;

/// Partners of each item further down in the order of scores, where not all pairs are looked at.
const N_NEIGHBOURS: usize = 4;

impl<'a> Knowledge<'a> {
    /// `None` when the fit has no scores or no errors.
    pub(super) fn of(
        outcomes: &Outcomes<'_>,
        parameters: &Parameters,
        fit: &'a Fit,
    ) -> Option<Self> {
        let errors = if outcomes.n_items() <= FULL_ITEMS_MAX {
            Errors::Full(Curvature::of(outcomes, parameters, fit)?.covariance()?)
        } else {
            let errors = fit.standard_errors.as_ref()?;
            Errors::Separate(errors.iter().map(|error| error * error).collect())
        };
        Some(Self {
            scores: fit.scores.as_deref()?,
            errors,
        })
    }

    pub(super) fn n_items(&self) -> usize {
        self.scores.len()
    }

    /// score of `low` − score of `high`.
    pub(super) fn difference(&self, low: u32, high: u32) -> f64 {
        self.scores[low as usize] - self.scores[high as usize]
    }

    /// Variance of that difference.
    pub(super) fn variance(&self, low: u32, high: u32) -> f64 {
        let (low, high) = (low as usize, high as usize);
        match &self.errors {
            Errors::Full(covariance) => {
                let entry =
                    |row: usize, column: usize| covariance[row * self.scores.len() + column];
                entry(low, low) + entry(high, high) - entry(low, high) - entry(high, low)
            }
            Errors::Separate(variances) => variances[low] + variances[high],
        }
    }

    /// The pairs worth looking at, the smaller number first.
    pub(super) fn candidates(&self) -> Vec<(u32, u32)> {
        let all = 0..self.scores.len() as u32;
        match self.errors {
            Errors::Full(_) => all
                .clone()
                .flat_map(|low| (low + 1..all.end).map(move |high| (low, high)))
                .collect(),
            Errors::Separate(_) => {
                let mut order: Vec<u32> = all.collect();
                order.sort_unstable_by(|one, other| {
                    self.difference(*other, *one)
                        .total_cmp(&0.0)
                        .then(one.cmp(other))
                });
                neighbours(&order)
            }
        }
    }

    /// Takes in one more answer about the pair, whatever it says: the scores stay.
    pub(super) fn expect_answer(&mut self, low: u32, high: u32) {
        let information = answer_information(self.difference(low, high));
        let factor = information / (1.0 + information * self.variance(low, high));
        match &mut self.errors {
            Errors::Full(covariance) => {
                let rows = covariance.chunks(self.scores.len());
                let response: Vec<f64> = rows
                    .map(|row| row[low as usize] - row[high as usize])
                    .collect();
                let rows = covariance.chunks_mut(self.scores.len());
                for (row, one) in rows.zip(&response) {
                    for (entry, other) in row.iter_mut().zip(&response) {
                        *entry -= factor * one * other;
                    }
                }
            }
            Errors::Separate(variances) => {
                for item in [low, high] {
                    let variance = &mut variances[item as usize];
                    *variance -= factor * *variance * *variance;
                }
            }
        }
    }
}

fn neighbours(order: &[u32]) -> Vec<(u32, u32)> {
    let mut pairs = Vec::with_capacity(N_NEIGHBOURS * order.len());
    for (place, &item) in order.iter().enumerate() {
        for &other in order[place + 1..].iter().take(N_NEIGHBOURS) {
            pairs.push((item.min(other), item.max(other)));
        }
    }
    pairs
}
