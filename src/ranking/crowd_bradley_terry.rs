//! Strengths together with workers who may answer the opposite of what they see: each answer is what the
//! worker saw with a chance η of the worker's own, and otherwise its opposite.
//!
//! Model: P(left) = η σ(d) + (1 − η) σ(−d) with d = s(left) − s(right), η the worker's. The objective,
//! with its priors for s and η, is in `worker_models` (η is the reliability γ there); control answers count as
//! answers known to be straight or not. Its maximum is found by rounds of expectation and maximisation.
//! With r the chance that an answer was straight, as far as is known,
//!
//! ```text
//! r = η σ(±d) / P(answer)
//! η ← (Σ w r + golden correct + 4) / (Σ w + golden + 5)
//! s ← as `bradley_terry`, each answer with weight w r, and its opposite with weight w (1 − r)
//! ```
//!
//! from η = 0.8 and equal scores, until no η moves by more than the tolerance; leaps between rounds as in
//! `noisy_bradley_terry`. A worker at η = ½ says nothing, one below is read the other way round. There is
//! always a second maximum with everything reversed: the prior of η (4 to 1) and the start choose
//! between them, so that a crowd with more opposite than straight workers is read wrongly.
//!
//! Final weight of a worker's answers: clip(log(η / (1 − η)), 0, 4), the log odds of being right about two
//! very different items, as log((1 + γ) / (1 − γ)) is in `noisy_bradley_terry`. On the reading data it
//! does better than η, 2 η − 1 and log((1 + η) / (1 − η)): Kendall's tau 0.386 with a prior of 2 wins,
//! against 0.371, 0.379 and 0.380.
//!
//! Small groups, standard errors, priors, ties, disconnected graph, cost: as `noisy_bradley_terry`. The left bias is no
//! part of it: a worker who always says "left" comes out near ½.
//!
//! Source: X. Chen, P. N. Bennett, K. Collins-Thompson, E. Horvitz, WSDM 2013, 193.

use super::worker_models::{CarelessVote, WorkerModel, fit_one_group};
use super::{Fit, Method, Outcomes, Parameters, Scale, opening_lines};

/// See the module.
#[derive(Debug)]
pub(super) struct CrowdBradleyTerry;

impl Method for CrowdBradleyTerry {
    fn name(&self) -> &'static str {
        "crowd_bradley_terry"
    }

    fn summary(&self) -> &'static str {
        "Bradley-Terry strengths together with each worker's chance to answer correctly"
    }

    fn page(&self) -> String {
        opening_lines(include_str!("crowd_bradley_terry.rs"))
    }

    fn scale(&self) -> Scale {
        Scale::LogStrength
    }

    fn fit(&self, outcomes: &Outcomes<'_>, parameters: &Parameters) -> Fit {
        fit_one_group(self, outcomes, parameters)
    }
}

impl WorkerModel for CrowdBradleyTerry {
    fn careless_chance(&self, _: f64, opposite: f64) -> f64 {
        opposite
    }

    fn careless_vote(&self) -> CarelessVote {
        CarelessVote::Opposite
    }

    fn has_bias(&self) -> bool {
        false
    }

    fn chance_right(&self, reliability: f64) -> f64 {
        reliability
    }
}
