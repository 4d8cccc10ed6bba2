//! The list of pairs of a group whose covariance is known in full.
//!
//! What a pair is worth is defined in `next_pairs`.

use super::super::curvature::{Curvature, answer_information};
use super::super::{Fit, Outcomes, Parameters};
use super::{Choice, Limits, coin, worth};

/// Scores and their covariance, which shrinks with every pair chosen.
pub(super) struct FullGroup<'a> {
    scores: &'a [f64],
    /// Row by row.
    covariance: Vec<f64>,
}

impl<'a> FullGroup<'a> {
    /// `None` when the fit has no scores.
    pub(super) fn new(
        outcomes: &Outcomes<'_>,
        parameters: &Parameters,
        fit: &'a Fit,
    ) -> Option<Self> {
        let covariance = Curvature::of(outcomes, parameters, fit)?.covariance();
        let scores = fit.scores.as_deref()?;
        Some(Self { scores, covariance })
    }

    /// The pairs to ask, best first, each given answers about those before it.
    pub(super) fn choose(&mut self, limits: &Limits, coins: u64) -> Vec<Choice> {
        let mut n_of_item = vec![0; self.scores.len()];
        let mut choices: Vec<Choice> = Vec::new();
        while choices.len() < limits.n_pairs {
            let best = self.best(limits, coins, &n_of_item);
            let Some(mut choice) = best.filter(|choice| choice.priority >= limits.floor) else {
                break;
            };
            if let Some(last) = choices.last() {
                // Rounding must not let a later choice overtake the one that it depends on.
                choice.priority = choice.priority.min(last.priority);
            }
            n_of_item[choice.low as usize] += 1;
            n_of_item[choice.high as usize] += 1;
            self.expect_answer(&choice);
            choices.push(choice);
        }
        choices
    }

    fn best(&self, limits: &Limits, coins: u64, n_of_item: &[usize]) -> Option<Choice> {
        let n_items = self.scores.len();
        let is_open = |item: &usize| n_of_item[*item] < limits.per_item;
        let mut best: Option<Choice> = None;
        for low in (0..n_items).filter(is_open) {
            for high in (low + 1..n_items).filter(is_open) {
                let choice = self.choice(low, high, limits);
                let is_better = best.is_none_or(|best| {
                    let by_coin = || {
                        let toss = |one: &Choice| coin(coins, one.low, one.high);
                        toss(&choice).cmp(&toss(&best))
                    };
                    let order = choice.priority.total_cmp(&best.priority);
                    order.then_with(by_coin).is_gt()
                });
                if is_better {
                    best = Some(choice);
                }
            }
        }
        best
    }

    fn choice(&self, low: usize, high: usize, limits: &Limits) -> Choice {
        let n_items = self.scores.len();
        let entry = |row: usize, column: usize| self.covariance[row * n_items + column];
        let difference = self.scores[low] - self.scores[high];
        let variance = entry(low, low) + entry(high, high) - entry(low, high) - entry(high, low);
        Choice {
            low: low as u32,
            high: high as u32,
            difference,
            variance,
            priority: worth(difference, variance) / limits.unit,
        }
    }

    /// The covariance after one more answer about the pair, whatever it says.
    fn expect_answer(&mut self, choice: &Choice) {
        let n_items = self.scores.len();
        let (low, high) = (choice.low as usize, choice.high as usize);
        let information = answer_information(choice.difference);
        let factor = information / (1.0 + information * choice.variance);
        let response: Vec<f64> = (0..n_items)
            .map(|item| {
                let row = &self.covariance[item * n_items..(item + 1) * n_items];
                row[low] - row[high]
            })
            .collect();
        for (row, one) in self.covariance.chunks_mut(n_items).zip(&response) {
            for (entry, other) in row.iter_mut().zip(&response) {
                *entry -= factor * one * other;
            }
        }
    }
}
