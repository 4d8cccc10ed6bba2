//! Expectation: how much of each answer was careful, given the scores and the workers.
//!
//! It moves neither.

use super::point::{Coordinates, Sums};
use super::{CarelessVote, WorkerModel};
use crate::ranking::logistic::{exp_of_nonpositive, sigmoid};
use crate::ranking::{Comparison, Outcome, Outcomes};

/// Chances of one worker, as the answers need them.
#[derive(Debug, Clone, Copy)]
pub(super) struct Chances {
    careful: f64,
    careless: f64,
    /// Bias towards each side.
    left: f64,
    right: f64,
}

impl Chances {
    pub(super) fn of(worker: &Coordinates) -> Self {
        Self {
            careful: sigmoid(worker.reliability),
            careless: sigmoid(-worker.reliability),
            left: sigmoid(worker.bias),
            right: sigmoid(-worker.bias),
        }
    }
}

/// Collects what the answers of some groups say, one group after the other.
pub(super) struct Expectation<'a> {
    model: &'a dyn WorkerModel,
    chances: &'a [Chances],
    /// What the careless part of an answer adds to the other item, in parts of itself.
    careless_vote: f64,
    /// One per worker, over all groups so far.
    pub(super) sums: Vec<Sums>,
    /// Log-likelihood over all groups so far.
    pub(super) log_likelihood: f64,
    /// The last group's answers with the weights that they have for the items, in the same order.
    pub(super) votes: Vec<Comparison>,
}

impl<'a> Expectation<'a> {
    pub(super) fn new(model: &'a dyn WorkerModel, chances: &'a [Chances]) -> Self {
        Self {
            model,
            chances,
            careless_vote: match model.careless_vote() {
                CarelessVote::Nothing => 0.0,
                CarelessVote::Opposite => 1.0,
            },
            sums: vec![Sums::default(); chances.len()],
            log_likelihood: 0.0,
            votes: Vec::new(),
        }
    }

    /// Takes in one group at these scores.
    pub(super) fn weigh(&mut self, group: &Outcomes<'_>, scores: &[f64]) {
        self.votes.clear();
        for answer in group.comparisons() {
            let (left_wins, right_wins) =
                shares(scores[answer.left as usize] - scores[answer.right as usize]);
            let chances = &self.chances[answer.worker as usize];
            let (left_weight, right_weight) = match answer.outcome {
                Outcome::Left => (answer.weight, 0.0),
                Outcome::Right => (0.0, answer.weight),
                Outcome::Tie => (0.5 * answer.weight, 0.5 * answer.weight),
            };
            let left = self.split(left_weight, chances, (chances.left, left_wins, right_wins));
            let right = self.split(
                right_weight,
                chances,
                (chances.right, right_wins, left_wins),
            );
            // Both halves of a tie at once: then swapping the sides changes no bit.
            self.sums[answer.worker as usize].add(&Sums {
                careful: left.careful + right.careful,
                careless_left: left.careless,
                careless_right: right.careless,
            });
            self.log_likelihood += left.log_likelihood + right.log_likelihood;
            self.vote(
                answer,
                Outcome::Left,
                left.careful + self.careless_vote * right.careless,
            );
            self.vote(
                answer,
                Outcome::Right,
                right.careful + self.careless_vote * left.careless,
            );
        }
    }

    /// Splits a weight for one side, given the worker's bias to that side and the chances that a careful
    /// worker names it or the other one.
    fn split(
        &self,
        weight: f64,
        chances: &Chances,
        (bias, same, opposite): (f64, f64, f64),
    ) -> Split {
        if weight <= 0.0 {
            return Split::default();
        }
        let careful = chances.careful * same;
        let careless = chances.careless * self.model.careless_chance(bias, opposite);
        let chance = careful + careless;
        Split {
            careful: weight * (careful / chance),
            careless: weight * (careless / chance),
            log_likelihood: weight * chance.ln(),
        }
    }

    fn vote(&mut self, answer: &Comparison, outcome: Outcome, weight: f64) {
        if weight > 0.0 {
            self.votes.push(Comparison {
                outcome,
                weight,
                ..*answer
            });
        }
    }
}

/// Weight of an answer for one side, by how it came about.
#[derive(Default)]
struct Split {
    careful: f64,
    careless: f64,
    log_likelihood: f64,
}

/// σ(d) and σ(−d).
fn shares(difference: f64) -> (f64, f64) {
    let exponential = exp_of_nonpositive(-difference.abs());
    let greater = 1.0 / (1.0 + exponential);
    let smaller = exponential * greater;
    if difference >= 0.0 {
        (greater, smaller)
    } else {
        (smaller, greater)
    }
}
