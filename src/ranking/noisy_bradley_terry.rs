//! Strengths together with workers who do not always look: each answer is careful with a chance γ of its
//! worker's own, and otherwise follows the worker's left bias q.
//!
//! Model: P(left) = γ σ(d) + (1 − γ) q with d = s(left) − s(right), γ and q the worker's. The objective,
//! with its priors for s, γ and q, is in `worker_models`; control answers count as answers known to be careful or
//! not. Its maximum is found by rounds of expectation and maximisation. With r the chance that an answer
//! was careful, as far as is known,
//!
//! ```text
//! r = γ σ(±d) / P(answer)
//! γ ← (Σ w r + golden correct + 4) / (Σ w + golden + 5)
//! q ← (Σ w (1 − r) over the answers "left" + 2) / (Σ w (1 − r) + 4)
//! s ← as `bradley_terry`, each answer with weight w r
//! ```
//!
//! from γ = 0.8, q = ½ and equal scores, until no γ or q moves by more than the tolerance. Rounds converge
//! slowly, so that leaps are made between them (Anderson's mixing); where they end is a fixed point of the
//! plain rounds. As in every mixture there may be several; which one is found depends on the data alone.
//!
//! In small groups scores can agree with everybody: with 15 answers about 6 items, random clickers come out
//! at γ = 0.98. `OwnAnswer::LeftOut` judges each answer by the others; then they come out at 0.2, and the
//! final ranking is nearly as good as if the clickers were known.
//!
//! As a method it learns about the workers from one group, which is little; `fit_workers` learns from all
//! groups at once. There are no standard errors: those of the last weighted fit would take γ and q as
//! known, and be too small. A prior in wins is needed (0.5 unless chosen; other kinds count as 0.5): noise
//! can explain away any defeat, so that without one the status is `NotIdentified`.
//!
//! Ties: half an answer for each side, each half with its own r. Disconnected graph: as `bradley_terry`.
//! Where every winner stands on one side, bias and strength cannot be told apart: shuffle sides that carry
//! no meaning. Cost: some 30 rounds of one Newton step and a logarithm per answer; a million answers
//! in groups of 15 take 2 seconds for 20 rounds.
//!
//! Source of the model: crowd-kit's `NoisyBradleyTerry`, with the gradient put right; of the rounds:
//! A. P. Dempster, N. M. Laird, D. B. Rubin, J. R. Stat. Soc. B 39 (1977) 1.

use super::worker_models::{CarelessVote, WorkerModel, fit_one_group};
use super::{Fit, Method, Outcomes, Parameters, Scale, opening_lines};

/// See the module.
#[derive(Debug)]
pub(super) struct NoisyBradleyTerry;

impl Method for NoisyBradleyTerry {
    fn name(&self) -> &'static str {
        "noisy_bradley_terry"
    }

    fn summary(&self) -> &'static str {
        "Bradley-Terry strengths together with each worker's reliability and left bias"
    }

    fn page(&self) -> String {
        opening_lines(include_str!("noisy_bradley_terry.rs"))
    }

    fn scale(&self) -> Scale {
        Scale::LogStrength
    }

    fn fit(&self, outcomes: &Outcomes<'_>, parameters: &Parameters) -> Fit {
        fit_one_group(self, outcomes, parameters)
    }
}

impl WorkerModel for NoisyBradleyTerry {
    fn careless_chance(&self, bias: f64, _: f64) -> f64 {
        bias
    }

    fn careless_vote(&self) -> CarelessVote {
        CarelessVote::Nothing
    }

    fn has_bias(&self) -> bool {
        true
    }

    fn chance_right(&self, reliability: f64) -> f64 {
        f64::midpoint(1.0, reliability)
    }
}
