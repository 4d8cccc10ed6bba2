//! The prior picked by answers held out: which of a few choices predicts best what it has not seen.
//!
//! It changes no fit: it only says how many imaginary wins to take.
//!
//! Answers are dealt to 5 folds by a hash of their place in canonical order: no row order, thread or
//! chance has a say. The place itself, modulo 5, would deal the answers about one pair evenly by
//! winner, for so they are sorted; then each fold is like the others by construction, and the loss
//! flatters weak priors (on 11,763 real answers 0.494 instead of 0.507, and 1 instead of 2 was picked).
//!
//! Each fold is predicted from a fit of the other four; an item that only the fold knows has score 0.
//! The loss is −log of the chance given to what was answered (a tie: the mean of both sides' losses),
//! weighted as the answers are. A few answers say little: for small groups choose one prior for all.

use rayon::iter::ParallelIterator;
use rayon::slice::ParallelSlice;

use super::logistic::log_sigmoid;
use super::mixing::mixed;
use super::pull::Pull;
use super::residuals::Residual;
use super::solver::{Group, Solver, with_solver};
use super::{Comparison, Panel, Parameters, PositionBias};

/// Wins to choose from.
pub const PRIOR_CHOICES: [f64; 5] = [0.1, 0.25, 0.5, 1.0, 2.0];

/// The same, those nearest to the default first: equal losses leave the earlier one.
const CHOICES_BY_NEARNESS: [usize; 5] = [2, 1, 0, 3, 4];

/// Folds of the answers.
const N_FOLDS: usize = 5;

/// Losses that differ by less are equal: their difference would be rounding.
const LOSS_RESOLUTION: f64 = 1e-9;

/// Groups per unit of parallel work and per partial sum.
const CHUNK: usize = 64;

/// Which prior predicts best.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct PriorChoice {
    /// The prior picked, in wins.
    pub wins: f64,
    /// Each choice in wins, and its mean loss in nats per unit of weight; 0 without answers.
    pub losses: [(f64, f64); 5],
    /// Answers held out: each one once.
    pub n_held_out: usize,
}

/// Picks one prior for all groups together.
///
/// A known bias of the sides is taken into account; one still to be estimated is not.
pub fn choose_prior(panel: &Panel, parameters: &Parameters) -> PriorChoice {
    let group_idxs: Vec<usize> = (0..panel.n_groups()).collect();
    let of_chunks: Vec<Losses> = group_idxs
        .par_chunks(CHUNK)
        .map(|chunk| {
            let mut sum = Losses::default();
            for &group_idx in chunk {
                let outcomes = panel.group(group_idx);
                let (n_items, answers) = (outcomes.n_items(), outcomes.comparisons());
                sum.add(&losses_of(n_items, answers, parameters));
            }
            sum
        })
        .collect();
    let mut losses = Losses::default();
    // Chunks are added in their order: the sum does not depend on threads.
    for part in &of_chunks {
        losses.add(part);
    }
    losses.choice()
}

/// Picks a prior for one group.
pub(super) fn choose_within(
    n_items: usize,
    answers: &[Comparison],
    parameters: &Parameters,
) -> PriorChoice {
    losses_of(n_items, answers, parameters).choice()
}

/// Sums over answers held out.
#[derive(Debug, Clone, Copy, Default)]
struct Losses {
    of_choices: [f64; 5],
    weight: f64,
    n_held_out: usize,
}

impl Losses {
    fn add(&mut self, other: &Self) {
        for (sum, loss) in self.of_choices.iter_mut().zip(other.of_choices) {
            *sum += loss;
        }
        self.weight += other.weight;
        self.n_held_out += other.n_held_out;
    }

    fn choice(&self) -> PriorChoice {
        let mean = |choice: usize| {
            if self.weight > 0.0 {
                self.of_choices[choice] / self.weight
            } else {
                0.0
            }
        };
        let mut best = CHOICES_BY_NEARNESS[0];
        for &choice in &CHOICES_BY_NEARNESS[1..] {
            if mean(choice) < mean(best) - LOSS_RESOLUTION {
                best = choice;
            }
        }
        PriorChoice {
            wins: PRIOR_CHOICES[best],
            losses: std::array::from_fn(|choice| (PRIOR_CHOICES[choice], mean(choice))),
            n_held_out: self.n_held_out,
        }
    }
}

fn losses_of(n_items: usize, answers: &[Comparison], parameters: &Parameters) -> Losses {
    let mut losses = Losses {
        of_choices: [0.0; 5],
        weight: answers.iter().map(|answer| answer.weight).sum(),
        n_held_out: answers.len(),
    };
    let bias = match parameters.position_bias {
        PositionBias::Known(bias) => Some(bias),
        PositionBias::Off | PositionBias::On | PositionBias::Auto => None,
    };
    let folds = folds_of(answers.len());
    let mut training = Vec::with_capacity(answers.len());
    with_solver(n_items, |solver| {
        for fold in 0..N_FOLDS.min(answers.len()) {
            let of_fold = |is_wanted: bool| {
                let dealt = answers.iter().zip(&folds);
                dealt.filter(move |(_, own)| (usize::from(**own) == fold) == is_wanted)
            };
            training.clear();
            training.extend(of_fold(false).map(|(answer, _)| *answer));
            let group = Group {
                n_items,
                comparisons: &training,
                pull: Pull::default(),
                tolerance: parameters.tolerance,
            };
            solver.begin(&group, bias);
            // From the strongest pull to the weakest: each fit starts near the next.
            for choice in (0..PRIOR_CHOICES.len()).rev() {
                let group = Group {
                    pull: Pull::of_wins(PRIOR_CHOICES[choice]),
                    ..group
                };
                solver.change_bias(&group, bias);
                solver.climb(&group);
                let sum: f64 = of_fold(true)
                    .map(|(answer, _)| loss(answer, solver, bias))
                    .sum();
                losses.of_choices[choice] += sum;
            }
        }
    });
    losses
}

/// The fold of each place: folds of equal size, dealt in the order of the places' hashes.
fn folds_of(n_answers: usize) -> Vec<u8> {
    let mut places: Vec<(u64, usize)> = (0..n_answers)
        .map(|place| (mixed(place as u64), place))
        .collect();
    places.sort_unstable();
    let mut folds = vec![0; n_answers];
    for (turn, (_, place)) in places.into_iter().enumerate() {
        folds[place] = (turn % N_FOLDS) as u8;
    }
    folds
}

/// −log of the chance given to an answer, times its weight.
fn loss(answer: &Comparison, solver: &Solver, bias: Option<f64>) -> f64 {
    let residual = Residual::of(answer, solver.scores(), bias.unwrap_or(0.0));
    let (won, lost) = answer.won_lost();
    -(won * log_sigmoid(residual.difference) + lost * log_sigmoid(-residual.difference))
}
