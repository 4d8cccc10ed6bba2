//! Maximum of a model of ties for one group: scores and tie parameter together, by Newton's method.
//!
//! The two models are in `terms`, when the maximum exists in `existence`; what a group's answers say
//! about a parameter shared with other groups is asked by `tie_parameter`.

mod existence;
mod group;
mod terms;

use super::bradley_terry::BradleyTerry;
use super::graph::{is_strongly_connected, sum_to_pairs};
use super::pull::{PRIOR_WINS, Pull};
use super::{Comparison, Fit, Found, Method, Outcome, Outcomes, Parameters, Prior, Status};

pub(super) use existence::has_cycle_of_more_wins_than_ties;
pub(super) use group::{Stop, TieResponse, TiedGroup};
pub use terms::TieModel;
pub(super) use terms::{COORDINATE_MAX, Terms, Tie, TiedPair};

/// Fits one group.
pub(super) fn fit(model: TieModel, outcomes: &Outcomes<'_>, parameters: &Parameters) -> Fit {
    let pull = pull_of(parameters);
    let fixed = parameters
        .tie_parameter
        .map(|parameter| model.coordinate(parameter));
    let pairs = tied_pairs(outcomes.comparisons());
    let (tied, decided) = tied_and_decided(&pairs);
    if pairs.is_empty() || (fixed.is_none() && tied <= 0.0) {
        return fit_without_ties(model, outcomes, parameters, pull);
    }
    if fixed.is_none() && decided <= 0.0 {
        return fit_of_ties_only(outcomes.n_items(), pull);
    }
    let is_determined = is_determined(outcomes, &pairs, fixed.is_some());
    if !is_determined && pull.is_none() {
        return Fit::without_scores(Status::NotIdentified);
    }
    let coordinate = fixed.unwrap_or_else(|| model.coordinate_of_share(tied, decided));
    let stop = Stop::of(outcomes.n_items(), &pairs, parameters.tolerance);
    let mut scores = vec![0.0; outcomes.n_items()];
    let mut group = TiedGroup::new(outcomes.n_items(), pairs, pull);
    let (climb, tie) = if fixed.is_some() {
        let tie = model.at(coordinate);
        (group.climb(&mut scores, tie, &stop), tie)
    } else {
        group.climb_with_tie(&mut scores, model, coordinate, &stop)
    };
    let status = match climb.is_converged {
        true if is_determined => Status::Ok,
        true => Status::NotStronglyConnected,
        false => Status::NotConverged,
    };
    let errors = || group.standard_errors(fixed.is_none());
    Fit {
        standard_errors: climb.is_converged.then(errors).flatten(),
        status,
        iterations: climb.iterations,
        gradient_norm: climb.gradient_norm,
        found: Found {
            tie_parameter: climb.is_converged.then(|| tie.parameter()),
            ..Found::default()
        },
        ..Fit::exact(scores)
    }
}

/// The prior; none unless one is asked for.
pub(super) fn pull_of(parameters: &Parameters) -> Pull {
    match parameters.prior {
        None => Pull::default(),
        Some(Prior::Auto) => Pull::of_wins(PRIOR_WINS),
        Some(prior) => Pull::of(prior),
    }
}

/// Sums over unique pairs, ordered by (`low`, `high`), ties apart.
pub(super) fn tied_pairs(comparisons: &[Comparison]) -> Vec<TiedPair> {
    let mut pairs: Vec<TiedPair> = Vec::new();
    for comparison in comparisons {
        let (low, high) = comparison.low_high();
        let is_open = pairs
            .last()
            .is_some_and(|pair| (pair.low, pair.high) == (low, high));
        if !is_open {
            pairs.push(TiedPair {
                low,
                high,
                won: 0.0,
                lost: 0.0,
                tied: 0.0,
            });
        }
        let Some(pair) = pairs.last_mut() else {
            continue;
        };
        let (won, lost) = comparison.won_lost();
        if comparison.outcome == Outcome::Tie {
            pair.tied += comparison.weight;
        } else {
            pair.won += won;
            pair.lost += lost;
        }
    }
    pairs
}

/// Weight of the ties and of all other answers.
pub(super) fn tied_and_decided(pairs: &[TiedPair]) -> (f64, f64) {
    pairs.iter().fold((0.0, 0.0), |(tied, decided), pair| {
        (tied + pair.tied, decided + pair.won + pair.lost)
    })
}

/// Whether the answers alone have one finite maximum.
fn is_determined(outcomes: &Outcomes<'_>, pairs: &[TiedPair], is_tie_fixed: bool) -> bool {
    let n_items = outcomes.n_items();
    let mut with_half_ties = Vec::new();
    sum_to_pairs(outcomes.comparisons(), None, &mut with_half_ties);
    is_strongly_connected(n_items, &with_half_ties)
        && (is_tie_fixed || has_cycle_of_more_wins_than_ties(n_items, pairs))
}

/// The model in which ties do not happen is Bradley and Terry's.
fn fit_without_ties(
    model: TieModel,
    outcomes: &Outcomes<'_>,
    parameters: &Parameters,
    pull: Pull,
) -> Fit {
    let prior = if pull.squares > 0.0 {
        Prior::SquaredScores(pull.squares)
    } else {
        Prior::Wins(pull.wins)
    };
    let fit = BradleyTerry.fit(
        outcomes,
        &Parameters {
            prior: Some(prior),
            tolerance: parameters.tolerance,
            ..Parameters::default()
        },
    );
    let is_estimate = !outcomes.comparisons().is_empty() && fit.scores.is_some();
    Fit {
        found: Found {
            tie_parameter: is_estimate.then(|| model.parameter_without_ties()),
            ..Found::default()
        },
        ..fit
    }
}

/// The more likely ties are, the better the model fits: in the limit they say nothing about scores.
fn fit_of_ties_only(n_items: usize, pull: Pull) -> Fit {
    if pull.is_none() {
        return Fit::without_scores(Status::NotIdentified);
    }
    let error = 1.0 / pull.curvature(0.0).sqrt();
    Fit {
        standard_errors: Some(vec![error; n_items]),
        status: Status::NotStronglyConnected,
        ..Fit::exact(vec![0.0; n_items])
    }
}
