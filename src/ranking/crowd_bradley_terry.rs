//! noisy
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
