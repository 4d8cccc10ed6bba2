//! A worker model as a method: one group, and nothing else known about its workers.
//!
//! It does not learn across groups; `fit_workers` does.

use super::{GoldenEvidence, WorkerFit, WorkerModel, WorkerParameters, fit_workers};
use crate::ranking::graph::{is_strongly_connected, sum_to_pairs};
use crate::ranking::{Comparison, Fit, Found, Outcomes, Panel, Parameters, Prior, Status};

/// Fits one group: iterations are rounds, and the norm is the last round's greatest move.
pub(in crate::ranking) fn fit_one_group(
    model: &dyn WorkerModel,
    outcomes: &Outcomes<'_>,
    parameters: &Parameters,
) -> Fit {
    let chosen = WorkerParameters::default();
    let prior_wins = match parameters.prior {
        Some(Prior::Wins(wins)) => wins,
        _ => chosen.prior_wins,
    };
    if outcomes.n_items() == 0 {
        return Fit::exact(Vec::new());
    }
    if prior_wins <= 0.0 {
        return Fit::without_scores(Status::NotIdentified);
    }
    let mut comparisons = outcomes.comparisons().to_vec();
    let n_workers = number_workers(&mut comparisons);
    let mut panel = Panel::new(n_workers);
    panel.push(outcomes.n_items() as u32, &mut comparisons);
    let worker_fit = fit_workers(
        &panel,
        model,
        &vec![GoldenEvidence::default(); n_workers],
        &WorkerParameters {
            prior_wins,
            tolerance: parameters.tolerance * SCORE_MOVE_SHARE,
            ..chosen
        },
    );
    Fit {
        status: status_of(outcomes, &worker_fit),
        iterations: worker_fit.rounds,
        gradient_norm: worker_fit.largest_move,
        standard_errors: None,
        scores: worker_fit
            .scores
            .iter()
            .all(|score| score.is_finite())
            .then_some(worker_fit.scores),
        found: Found::default(),
        rank_bounds: None,
    }
}

/// The tolerance is meant for scores, which move some hundred times as far as reliabilities.
const SCORE_MOVE_SHARE: f64 = 1e-3;

/// Numbers the workers from 0 without gaps; returns how many there are.
fn number_workers(comparisons: &mut [Comparison]) -> usize {
    let mut known: Vec<u32> = comparisons.iter().map(|answer| answer.worker).collect();
    known.sort_unstable();
    known.dedup();
    for answer in comparisons {
        let number = known.partition_point(|worker| *worker < answer.worker);
        answer.worker = number as u32;
    }
    known.len()
}

fn status_of(outcomes: &Outcomes<'_>, worker_fit: &WorkerFit) -> Status {
    let mut pairs = Vec::new();
    sum_to_pairs(outcomes.comparisons(), None, &mut pairs);
    if !worker_fit.is_converged {
        Status::NotConverged
    } else if is_strongly_connected(outcomes.n_items(), &pairs) {
        Status::Ok
    } else {
        Status::NotStronglyConnected
    }
}
