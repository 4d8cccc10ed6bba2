//! Strengths under the Bradley–Terry model with a proper prior: the default method.
//!
//! Model: P(left beats right) = σ(d) with d = s(left) − s(right), σ(x) = 1 / (1 + e⁻ˣ). The scores
//! maximise
//!
//! ```text
//! Σ w [t log σ(d) + (1 − t) log σ(−d)]  +  a Σᵢ [log σ(sᵢ) + log σ(−sᵢ)]
//! ```
//!
//! over all comparisons, with weight w, t = 1 (left won), ½ (tie), 0 (right won), and prior weight a
//! (`Parameters::prior`). The prior is a wins and a losses of every item against an imaginary item of
//! score 0: a symmetric beta prior on σ(sᵢ). The objective is strictly concave, so any data have one
//! finite answer. It is not re-centred: 0 is the imaginary item. `Prior::SquaredScores(l)` takes
//! −l Σᵢ sᵢ² instead: a normal prior of variance 1 / (2 l). `Prior::Auto` picks a by answers held out
//! (`prior_choice`); the pick depends on how items are numbered where it is close.
//!
//! With a = 0 it is maximum likelihood, with mean 0 over the group and standard errors from the
//! pseudo-inverse in that gauge. It exists only when the graph of wins is strongly connected (Ford
//! 1957); otherwise the status is `NotIdentified` and there are no scores.
//!
//! Sides: with a position bias β, d = s(left) − s(right) + β. β has no prior; it maximises the same
//! objective, by Newton's method on the maximum over the scores, and its uncertainty enters their
//! errors. It is refused (`Refusal`) where the answers cannot tell it from the scores. Small groups
//! should not have a β each: estimate one for all (`position_bias`) and pass it as known.
//!
//! Standard errors are the square roots of the diagonal of the inverse Hessian H⁻¹ of this objective.
//! With a prior they also say where the group as a whole may lie, which answers cannot show. By
//! worker (`ErrorModel::ByWorker`) they are those of H⁻¹ B H⁻¹, B = Σ u uᵀ over workers, u the sum of
//! w (t − σ(d)) (e(left) − e(right)) over a worker's answers. That is the scatter of the estimate,
//! not its distance from the truth: where the prior counts, or with fewer than some ten workers, it
//! is too small (0.95 intervals cover 0.77 with 15 answers about 6 items, 0.95 with 80 per item; see
//! `coverage`). Bounds of ranks count the items whose difference is surely not 0, by its own error:
//! each two items err in 1 of 20 cases, so bounds are not joint statements about all items. Groups of
//! more than `DENSE_ITEMS_MAX` items count intervals that do not meet instead.
//!
//! Ties: half a win for each side. Disconnected graph: scores of different islands are comparable
//! only through the prior, and the status says `NotStronglyConnected`, as it does for an item that
//! never won or never lost. An item without comparisons scores 0 with the prior's own error.
//!
//! Cost: up to `DENSE_ITEMS_MAX` items n³/6 multiplications for each of some 6 Newton steps and as
//! many twice over for the errors: 2 µs for 15 answers about 6 items. Beyond, conjugate gradients
//! (`sparse`): linear in the unique pairs. There the errors are exact too while one solve per item is affordable
//! and otherwise known to 9 % of themselves, from 64 random draws that are the same in every run.
//!
//! Sources: R. A. Bradley, M. E. Terry, Biometrika 39 (1952) 324; L. R. Ford, Amer. Math. Monthly 64
//! (1957) 28; D. R. Hunter, Ann. Statist. 32 (2004) 384; F. Caron, A. Doucet, J. Comput. Graph.
//! Statist. 21 (2012) 174 (priors); R. R. Davidson, R. J. Beaver, Biometrics 33 (1977) 693 (sides);
//! P. J. Huber, Proc. 5th Berkeley Symp. 1 (1967) 221, and K.-Y. Liang, S. L. Zeger, Biometrika 73
//! (1986) 13 (errors by worker).

use super::newton::Ascent;
use super::position::estimate;
use super::prior_choice::choose_within;
use super::pull::{PRIOR_WINS, Pull};
use super::solver::{Case, Group, Solver, with_solver};
use super::{
    Fit, Found, Method, Outcomes, Parameters, PositionBias, Prior, Scale, Status, opening_lines,
};

/// See the module.
#[derive(Debug)]
pub(super) struct BradleyTerry;

impl Method for BradleyTerry {
    fn name(&self) -> &'static str {
        "bradley_terry"
    }

    fn summary(&self) -> &'static str {
        "log strengths of the Bradley-Terry model with a prior, and standard errors (default)"
    }

    fn page(&self) -> String {
        opening_lines(include_str!("bradley_terry.rs"))
    }

    fn scale(&self) -> Scale {
        Scale::LogStrength
    }

    fn corrects_position_bias(&self) -> bool {
        true
    }

    fn fit(&self, outcomes: &Outcomes<'_>, parameters: &Parameters) -> Fit {
        let (n_items, comparisons) = (outcomes.n_items(), outcomes.comparisons());
        let mut found = Found::default();
        let prior = match parameters.prior {
            None => Prior::Wins(PRIOR_WINS),
            Some(Prior::Auto) => {
                let wins = choose_within(n_items, comparisons, parameters).wins;
                found.prior = Some(wins);
                Prior::Wins(wins)
            }
            Some(prior) => prior,
        };
        let group = Group {
            n_items,
            comparisons,
            pull: Pull::of(prior),
            tolerance: parameters.tolerance,
        };
        with_solver(n_items, |solver| {
            fit_with(solver, &group, parameters, found)
        })
    }
}

fn fit_with(
    solver: &mut Solver,
    group: &Group<'_>,
    parameters: &Parameters,
    mut found: Found,
) -> Fit {
    let known_bias = match parameters.position_bias {
        PositionBias::Off => None,
        PositionBias::Known(bias) => Some(bias),
        PositionBias::On | PositionBias::Auto => Some(0.0),
    };
    solver.begin(group, known_bias);
    let case = solver.case(group);
    if !case.has_solution() {
        return fit_without_solving(case, group.n_items, found);
    }
    let (bias, estimate) = match parameters.position_bias {
        PositionBias::Off | PositionBias::Known(_) => (known_bias, None),
        PositionBias::On | PositionBias::Auto => {
            match estimate(solver, group, parameters.position_bias, parameters.errors) {
                Ok(estimate) => {
                    solver.change_bias(group, Some(estimate.bias));
                    (Some(estimate.bias), Some(estimate))
                }
                Err(refusal) => {
                    found.position_refusal = Some(refusal);
                    // As if no bias had been asked for, to the last bit.
                    solver.begin(group, None);
                    (None, None)
                }
            }
        }
    };
    found.position_bias = bias;
    found.position_bias_se = estimate.as_ref().map(|estimate| estimate.standard_error);
    let mut ascent = solver.climb(group);
    ascent.iterations += estimate.as_ref().map_or(0, |estimate| estimate.iterations);
    let part = estimate.as_ref().map(|estimate| &estimate.part);
    let errors = ascent
        .is_converged
        .then(|| solver.errors(group, parameters.errors, bias, part));
    let scores = solver.scores().to_vec();
    let (standard_errors, rank_bounds) = match errors {
        Some(errors) => (Some(errors.standard_errors), errors.rank_bounds),
        None => (None, None),
    };
    Fit {
        // A number that is not finite is no score.
        scores: scores
            .iter()
            .all(|score| score.is_finite())
            .then_some(scores),
        standard_errors,
        rank_bounds,
        status: status_of(case, &ascent),
        iterations: ascent.iterations,
        gradient_norm: ascent.gradient_norm,
        found,
    }
}

/// The result where no equation needs solving.
fn fit_without_solving(case: Case, n_items: usize, found: Found) -> Fit {
    if case == Case::NotIdentified {
        return Fit {
            found,
            ..Fit::without_scores(Status::NotIdentified)
        };
    }
    // The mean is 0 by definition, so a single item is 0 without error.
    Fit {
        standard_errors: Some(vec![0.0; n_items]),
        found,
        ..Fit::exact(vec![0.0; n_items])
    }
}

fn status_of(case: Case, ascent: &Ascent) -> Status {
    match case {
        _ if !ascent.is_converged => Status::NotConverged,
        Case::PriorDecides => Status::NotStronglyConnected,
        _ => Status::Ok,
    }
}
