//! Strengths under Rao and Kupper's model of ties: a difference below a threshold is not noticed.
//!
//! With πᵢ = exp(sᵢ) and one parameter θ >= 1 for the whole group,
//!
//! ```text
//! P(i beats j) = πᵢ / (πᵢ + θ πⱼ),   P(tie) = (θ² − 1) πᵢ πⱼ / ((πᵢ + θ πⱼ) (πⱼ + θ πᵢ))
//! ```
//!
//! so that two equal items tie with chance (θ − 1) / (θ + 1); log θ is the threshold in units of score.
//! The scores and θ maximise the sum of weight × log P over all comparisons: pure maximum likelihood,
//! mean 0 over the group. Priors and a fixed θ (`Parameters::tie_parameter`) as in `davidson`. The
//! objective is concave in scores and log (θ² − 1) together. Standard errors are the square roots of
//! the diagonal of the inverse Hessian over both, so they include that θ is not known.
//!
//! Ties: the model's subject. Without a tie θ is 1 and the model is Bradley and Terry's, which is then
//! fitted. With nothing but ties no θ is large enough: `NotIdentified` without a prior; with one all
//! scores are 0, the limit, and no θ is reported. At a fixed θ = 1 a tie counts as a win and a loss.
//!
//! Disconnected graph: exactly as in `davidson`, and the maximum exists for the same answers. Cost:
//! the same.
//!
//! Source: P. V. Rao, L. L. Kupper, J. Amer. Statist. Assoc. 62 (1967) 194.

use super::tied::{TieModel, fit};
use super::{Fit, Method, Outcomes, Parameters, Scale, opening_lines};

/// See the module.
#[derive(Debug)]
pub(super) struct RaoKupper;

impl Method for RaoKupper {
    fn name(&self) -> &'static str {
        "rao_kupper"
    }

    fn summary(&self) -> &'static str {
        "log strengths with a threshold for ties (Rao-Kupper), pure maximum likelihood unless told"
    }

    fn page(&self) -> String {
        opening_lines(include_str!("rao_kupper.rs"))
    }

    fn scale(&self) -> Scale {
        Scale::LogStrength
    }

    fn tie_model(&self) -> Option<TieModel> {
        Some(TieModel::RaoKupper)
    }

    fn fit(&self, outcomes: &Outcomes<'_>, parameters: &Parameters) -> Fit {
        fit(TieModel::RaoKupper, outcomes, parameters)
    }
}
