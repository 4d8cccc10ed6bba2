//! Expectation: how much of each answer was careful, given the scores and the workers.
//!
//! It moves neither.

use super::leave_one_out::LeaveOneOut;
use super::point::{Coordinates, Sums};
use super::{CarelessVote, OwnAnswer, WorkerModel, WorkerParameters};
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
    /// `None`: answers take part in judging themselves.
    leave_one_out: Option<LeaveOneOut>,
    /// One per worker, over all groups so far.
    pub(super) sums: Vec<Sums>,
    /// Log-likelihood over all groups so far; 0 where answers are left out, which is no one likelihood.
    pub(super) log_likelihood: f64,
    /// The last group's answers with the weights that they have for the items, in the same order.
    pub(super) votes: Vec<Comparison>,
}

impl<'a> Expectation<'a> {
    pub(super) fn new(
        model: &'a dyn WorkerModel,
        chances: &'a [Chances],
        parameters: &WorkerParameters,
    ) -> Self {
        Self {
            model,
            chances,
            careless_vote: match model.careless_vote() {
                CarelessVote::Nothing => 0.0,
                CarelessVote::Opposite => 1.0,
            },
            leave_one_out: match parameters.own_answer {
                OwnAnswer::Counted => None,
                OwnAnswer::LeftOut => Some(LeaveOneOut::new(parameters.prior_wins)),
            },
            sums: vec![Sums::default(); chances.len()],
            log_likelihood: 0.0,
            votes: Vec::new(),
        }
    }

    /// Takes in one group at these scores.
    pub(super) fn weigh(&mut self, group: &Outcomes<'_>, scores: &[f64]) {
        let difference =
            |answer: &Comparison| scores[answer.left as usize] - scores[answer.right as usize];
        if let Some(mut others) = self.leave_one_out.take() {
            others.begin(scores.iter().map(|score| shares(*score).0));
            for answer in group.comparisons() {
                let wins = shares(difference(answer));
                others.add(answer, self.votes_of(&self.read(answer, wins)), wins);
            }
            others.finish();
            self.leave_one_out = Some(others);
        }
        self.votes.clear();
        for (answer_idx, answer) in group.comparisons().iter().enumerate() {
            let judged_at = match &self.leave_one_out {
                None => difference(answer),
                Some(others) => others.difference_without(answer_idx, answer, difference(answer)),
            };
            let reading = self.read(answer, shares(judged_at));
            let Reading { left, right } = &reading;
            // Both halves of a tie at once: then swapping the sides changes no bit.
            self.sums[answer.worker as usize].add(&Sums {
                careful: left.careful + right.careful,
                careless_left: left.careless,
                careless_right: right.careless,
            });
            if self.leave_one_out.is_none() {
                self.log_likelihood += left.log_likelihood() + right.log_likelihood();
            }
            let (left_vote, right_vote) = self.votes_of(&reading);
            self.vote(answer, Outcome::Left, left_vote);
            self.vote(answer, Outcome::Right, right_vote);
        }
    }

    /// Splits an answer, given the chances to win of its items.
    fn read(&self, answer: &Comparison, (left_wins, right_wins): (f64, f64)) -> Reading {
        let chances = &self.chances[answer.worker as usize];
        let (left_weight, right_weight) = match answer.outcome {
            Outcome::Left => (answer.weight, 0.0),
            Outcome::Right => (0.0, answer.weight),
            Outcome::Tie => (0.5 * answer.weight, 0.5 * answer.weight),
        };
        let to_left = (chances.left, left_wins, right_wins);
        let to_right = (chances.right, right_wins, left_wins);
        Reading {
            left: self.split(left_weight, chances, to_left),
            right: self.split(right_weight, chances, to_right),
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
            return Split::NONE;
        }
        let careful = chances.careful * same;
        let careless = chances.careless * self.model.careless_chance(bias, opposite);
        let chance = careful + careless;
        Split {
            careful: weight * (careful / chance),
            careless: weight * (careless / chance),
            chance,
        }
    }

    /// Weights that an answer has for its left and its right item.
    fn votes_of(&self, reading: &Reading) -> (f64, f64) {
        let Reading { left, right } = reading;
        (
            left.careful + self.careless_vote * right.careless,
            right.careful + self.careless_vote * left.careless,
        )
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

/// An answer by side; only a tie has both.
struct Reading {
    left: Split,
    right: Split,
}

/// Weight of an answer for one side, by how it came about.
struct Split {
    careful: f64,
    careless: f64,
    /// Chance of the answer.
    chance: f64,
}

impl Split {
    const NONE: Self = Self {
        careful: 0.0,
        careless: 0.0,
        chance: 1.0,
    };

    fn log_likelihood(&self) -> f64 {
        let weight = self.careful + self.careless;
        if weight > 0.0 {
            weight * self.chance.ln()
        } else {
            0.0
        }
    }
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
