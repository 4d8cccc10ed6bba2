//! Strengths under Davidson's model of ties: a tie is likely where two items are equally strong.
//!
//! With πᵢ = exp(sᵢ) and one parameter ν for the whole group,
//!
//! ```text
//! P(i beats j) = πᵢ / (πᵢ + πⱼ + ν √(πᵢ πⱼ)),   P(tie) = ν √(πᵢ πⱼ) / (πᵢ + πⱼ + ν √(πᵢ πⱼ))
//! ```
//!
//! so that two equal items tie with chance ν / (2 + ν). The scores and log ν maximise the sum of weight
//! × log P over all comparisons: pure maximum likelihood, mean 0 over the group. With `Prior::Wins(a)`
//! the prior of `bradley_terry` is added (`Prior::Auto` is a = 0.5 here), with `Prior::SquaredScores`
//! the one of choix; 0 is then the prior's centre. The objective is concave in scores and log ν
//! together. `Parameters::tie_parameter` fixes ν: the choice for small groups, with the ν that
//! `tie_parameter` estimates from all groups. Standard errors are the square roots of the diagonal of
//! the inverse Hessian over scores and log ν, so they include that ν is not known.
//!
//! Ties: the model's subject. Without a tie ν is 0 and the model is Bradley and Terry's, which is
//! then fitted. With nothing but ties no ν is large enough: `NotIdentified` without a prior; with one
//! all scores are 0, the limit, and no ν is reported.
//!
//! Disconnected graph: without a prior the maximum exists if every item leads to every other one by
//! wins and ties and, where ν is estimated, some cycle has more wins than ties (otherwise scores and ν
//! grow together without end; ours, by linear inequalities on directions of recession). Else the status
//! is `NotIdentified`; with a prior it is `NotStronglyConnected` and the scores are the prior's there.
//!
//! Cost: about 8 Newton steps, each a factorisation of n³/6 multiplications up to 256 items; beyond,
//! conjugate gradients, linear in the unique pairs. Errors of large groups as in `bradley_terry`.
//!
//! Source: R. R. Davidson, J. Amer. Statist. Assoc. 65 (1970) 317.

use super::tied::{TieModel, fit};
use super::{Fit, Method, Outcomes, Parameters, Scale, opening_lines};

/// See the module.
#[derive(Debug)]
pub(super) struct Davidson;

impl Method for Davidson {
    fn name(&self) -> &'static str {
        "davidson"
    }

    fn summary(&self) -> &'static str {
        "log strengths with a parameter for ties (Davidson), pure maximum likelihood unless told"
    }

    fn page(&self) -> String {
        opening_lines(include_str!("davidson.rs"))
    }

    fn scale(&self) -> Scale {
        Scale::LogStrength
    }

    fn tie_model(&self) -> Option<TieModel> {
        Some(TieModel::Davidson)
    }

    fn fit(&self, outcomes: &Outcomes<'_>, parameters: &Parameters) -> Fit {
        fit(TieModel::Davidson, outcomes, parameters)
    }
}
