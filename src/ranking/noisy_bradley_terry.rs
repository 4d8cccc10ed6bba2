//! noisy
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
