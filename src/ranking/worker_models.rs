//! Which workers can be trusted, learnt from all groups at once: what a worker model is, what comes out
//! of a fit, and the list of models.
//!
//! A model says how an answer comes about: with chance γ, the worker's reliability, from the items'
//! strengths as in `bradley_terry`, and otherwise in a careless way that the model defines. Scores,
//! reliabilities and biases maximise
//!
//! ```text
//! Σ w [t log P(left) + (1 − t) log P(right)] + a Σᵢ [log σ(sᵢ) + log σ(−sᵢ)]
//!   + Σ over workers [(4 + c) log γ + (1 + n − c) log(1 − γ) + 2 log q + 2 log(1 − q)]
//! ```
//!
//! with t = 1, ½, 0 as in `bradley_terry`, a the prior, q the worker's left bias, and c correct among n
//! control answers: those are answers known to be careful, or not. It does not choose which answers
//! count, and does not rank by the result: the final ranking is `bradley_terry` with
//! [`WorkerModel::weight`] as the weight of a worker's answers.

mod acceleration;
mod expectation;
mod leave_one_out;
mod one_group;
mod point;
mod rounds;

pub(super) use one_group::fit_one_group;

use super::logistic::sigmoid;
use super::{Method, Panel};
use acceleration::Accelerator;
use rounds::Rounds;

/// Every worker model; a new one is a file, a `mod` line and a row here.
pub const WORKER_MODELS: &[&dyn WorkerModel] = &[
    &super::noisy_bradley_terry::NoisyBradleyTerry,
    &super::crowd_bradley_terry::CrowdBradleyTerry,
];

/// The worker model of this name, if there is one.
pub fn worker_model(name: &str) -> Option<&'static dyn WorkerModel> {
    WORKER_MODELS
        .iter()
        .copied()
        .find(|model| model.name() == name)
}

/// How the answers of a worker come about when they do not come from the items' strengths. Every worker
/// model is also a method, which learns about the workers from one group alone.
pub trait WorkerModel: Method {
    /// Chance that a careless answer names this side.
    ///
    /// `bias` is the worker's bias towards this side, `opposite` a careful worker's chance to name the
    /// other one.
    fn careless_chance(&self, bias: f64, opposite: f64) -> f64;

    /// What a careless answer says about the items.
    fn careless_vote(&self) -> CarelessVote;

    /// Whether the left bias is part of the model; otherwise it stays ½.
    fn has_bias(&self) -> bool;

    /// Chance that a worker of this reliability names the better one of two very different items.
    fn chance_right(&self, reliability: f64) -> f64;

    /// Weight of a worker's answers in a final ranking that knows no workers: the log odds of being right
    /// about two very different items, 0 (no better than a coin) ..= [`WEIGHT_MAX`].
    fn weight_of_reliability(&self, reliability: f64) -> f64 {
        let chance = self.chance_right(reliability);
        (chance / (1.0 - chance)).ln().clamp(0.0, WEIGHT_MAX)
    }
}

/// What a careless answer says about the items.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CarelessVote {
    /// Nothing: it is noise.
    Nothing,
    /// The opposite of what it seems to say.
    Opposite,
}

/// Greatest weight of a worker's answers: beyond, a few workers would decide alone.
pub const WEIGHT_MAX: f64 = 4.0;

/// Whether an answer takes part in judging itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OwnAnswer {
    /// Yes, as in the objective: it is judged by the scores that it helped to make. In small groups scores
    /// can agree with everybody, so that even random answers look careful.
    Counted,
    /// No: it is judged by where the scores would stand without it (to first order). There is no objective
    /// then; the rounds have a fixed point nevertheless.
    LeftOut,
}

/// Above, the full matrix of a group costs more than conjugate gradients.
const DENSE_ITEMS_MAX: usize = 256;

/// What the operator may choose about a fit of workers.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct WorkerParameters {
    /// Imaginary wins, and as many losses, of every item against an item of score 0; finite, positive.
    pub prior_wins: f64,
    /// The rounds end when one moves no reliability and no left bias by more than this.
    pub tolerance: f64,
    /// Rounds allowed.
    pub rounds_max: u32,
    /// Whether an answer takes part in judging itself.
    pub own_answer: OwnAnswer,
}

impl Default for WorkerParameters {
    fn default() -> Self {
        Self {
            prior_wins: 0.5,
            tolerance: 1e-6,
            rounds_max: 200,
            own_answer: OwnAnswer::Counted,
        }
    }
}

/// What control answers say about a worker.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct GoldenEvidence {
    /// Control answers.
    pub n: u64,
    /// The correct ones among them.
    pub n_correct: u64,
}

/// What is known about a worker after a fit.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct WorkerEstimate {
    /// Share of the answers that are careful; 0.8 without any evidence.
    pub reliability: f64,
    /// Chance that a careless answer says "left"; ½ without any evidence, or where the model has none.
    pub left_bias: f64,
    /// Answers in the panel.
    pub n_answers: u64,
}

/// The result of a fit of workers.
#[derive(Debug, Clone, PartialEq)]
pub struct WorkerFit {
    /// One entry per worker.
    pub workers: Vec<WorkerEstimate>,
    /// Scores of all groups, one group after the other.
    pub scores: Vec<f64>,
    /// Group g has the scores `offsets[g]..offsets[g + 1]`.
    pub offsets: Vec<usize>,
    /// Rounds used.
    pub rounds: u32,
    /// Whether the last round moved nothing by more than the tolerance.
    pub is_converged: bool,
    /// Greatest move of a reliability or a left bias in the last round.
    pub largest_move: f64,
}

/// Learns about the workers from all groups of a panel, and from control answers, one entry per worker.
///
/// Memory beside the panel: at most 64 bytes per item, 400 per worker, 24 per answer (partial sums of the
/// workers), and per thread 150 per answer of the largest group.
///
/// # Panics
/// When `evidence` has not one entry per worker or more correct answers than answers, a worker's number
/// is not below `n_workers`, or the prior is not finite and positive.
pub fn fit_workers(
    panel: &Panel,
    model: &dyn WorkerModel,
    evidence: &[GoldenEvidence],
    parameters: &WorkerParameters,
) -> WorkerFit {
    let prior_wins = parameters.prior_wins;
    assert!(
        prior_wins.is_finite() && prior_wins > 0.0,
        "prior must be finite and positive"
    );
    assert_eq!(evidence.len(), panel.n_workers(), "evidence per worker");
    assert!(
        evidence.iter().all(|golden| golden.n_correct <= golden.n),
        "more correct control answers than control answers"
    );
    let n_answers = answers_per_worker(panel);
    let rounds = Rounds::new(panel, model, evidence, parameters);
    let mut accelerator = Accelerator::new();
    let mut point = rounds.start();
    let (mut n_rounds, mut largest_move, mut is_converged) = (0, 0.0, false);
    while n_rounds < parameters.rounds_max {
        let mut next = point.clone();
        let objective = rounds.advance(&mut next);
        n_rounds += 1;
        largest_move = point.largest_move(&next);
        // In the first round all items are alike, so that it may not move the workers.
        is_converged = n_rounds > 1 && largest_move <= parameters.tolerance;
        let is_hopeless = !largest_move.is_finite();
        if is_converged || is_hopeless || n_rounds == parameters.rounds_max {
            point = next;
            break;
        }
        let objective = match parameters.own_answer {
            OwnAnswer::Counted => Some(objective),
            OwnAnswer::LeftOut => None,
        };
        point = accelerator.next(point, next, objective);
    }
    let workers = point.workers.iter().zip(n_answers);
    WorkerFit {
        workers: workers
            .map(|(worker, n_answers)| WorkerEstimate {
                reliability: sigmoid(worker.reliability),
                left_bias: sigmoid(worker.bias),
                n_answers,
            })
            .collect(),
        scores: point.scores,
        offsets: rounds.into_offsets(),
        rounds: n_rounds,
        is_converged,
        largest_move,
    }
}

fn answers_per_worker(panel: &Panel) -> Vec<u64> {
    let mut n_answers = vec![0; panel.n_workers()];
    for answer in panel.comparisons() {
        let worker = answer.worker as usize;
        assert!(worker < n_answers.len(), "worker number out of range");
        n_answers[worker] += 1;
    }
    n_answers
}
