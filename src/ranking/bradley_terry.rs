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
//! finite answer. It is not re-centred: 0 is the imaginary item. Standard errors are the square roots
//! of the diagonal of the inverse Hessian of this objective.
//!
//! With a = 0 it is maximum likelihood, with mean 0 over the group and standard errors from the
//! pseudo-inverse in that gauge. It exists only when the graph of wins is strongly connected (Ford
//! 1957); otherwise the status is `NotIdentified` and there are no scores.
//!
//! Ties: half a win for each side. Disconnected graph: scores of different islands are comparable
//! only through the prior, and the status says `NotStronglyConnected`, as it does for an item that
//! never won or never lost. An item without comparisons scores 0 with the prior's own error.
//!
//! Cost: up to `DENSE_ITEMS_MAX` items n³/6 multiplications for each of some 6 Newton steps and as
//! many for the errors: 2 µs for 15 answers about 6 items. Beyond, conjugate gradients (`sparse`):
//! linear in the unique pairs. There the errors are exact too while one solve per item is affordable
//! and otherwise known to 9 % of themselves, from 64 random draws that are the same in every run.
//!
//! Sources: R. A. Bradley, M. E. Terry, Biometrika 39 (1952) 324; L. R. Ford, Amer. Math. Monthly 64
//! (1957) 28; D. R. Hunter, Ann. Statist. 32 (2004) 384; F. Caron, A. Doucet, J. Comput. Graph.
//! Statist. 21 (2012) 174 (priors).

use std::cell::RefCell;

use super::dense::Dense;
use super::graph::{Pair, is_strongly_connected, sum_to_pairs};
use super::newton::{Ascent, Stop, Vectors, maximise};
use super::pull::Pull;
use super::sparse::Sparse;
use super::{Fit, Found, Method, Outcomes, Parameters, Prior, Scale, Status, opening_lines};

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

    fn fit(&self, outcomes: &Outcomes<'_>, parameters: &Parameters) -> Fit {
        let wins = wins_of(parameters);
        assert!(
            wins.is_finite() && wins >= 0.0,
            "prior must be finite and not negative"
        );
        if outcomes.n_items() <= SMALL_ITEMS_MAX {
            WORKSPACE.with_borrow_mut(|workspace| workspace.fit_dense(outcomes, parameters))
        } else if outcomes.n_items() <= DENSE_ITEMS_MAX {
            Workspace::default().fit_dense(outcomes, parameters)
        } else {
            fit_sparse(outcomes, parameters)
        }
    }
}

/// Weight of the prior when nothing else is asked for.
const PRIOR_WINS: f64 = 0.5;

fn wins_of(parameters: &Parameters) -> f64 {
    match parameters.prior {
        Some(Prior::Wins(wins)) => wins,
        _ => PRIOR_WINS,
    }
}

/// Groups up to this size share one workspace per thread, and use that thread alone.
const SMALL_ITEMS_MAX: usize = 64;

/// Above, the full matrix costs more than conjugate gradients.
const DENSE_ITEMS_MAX: usize = 256;

/// The gradient may be at most this, in units of 1 + the greatest weight of an item.
const GRADIENT_TOLERANCE: f64 = 1e-8;

thread_local! {
    /// For millions of small groups: at most 64² numbers and the pairs of the largest such group.
    static WORKSPACE: RefCell<Workspace> = RefCell::default();
}

/// Everything a dense fit needs.
#[derive(Default)]
struct Workspace {
    dense: Dense,
    vectors: Vectors,
}

impl Workspace {
    fn fit_dense(&mut self, outcomes: &Outcomes<'_>, parameters: &Parameters) -> Fit {
        let n_items = outcomes.n_items();
        sum_to_pairs(outcomes.comparisons(), None, &mut self.dense.pairs);
        let case = Case::of(n_items, &self.dense.pairs, parameters);
        if let Some(fit) = case.fit_without_solving(n_items) {
            return fit;
        }
        self.vectors.reset(n_items);
        self.dense
            .reset(n_items, Pull::of_wins(wins_of(parameters)));
        // The gradient's buffer is free until the ascent begins.
        let stop = stop_of(&self.dense.pairs, parameters, &mut self.vectors.gradient);
        let ascent = maximise(&mut self.dense, &mut self.vectors, &stop);
        let errors = || self.dense.standard_errors();
        fit_of(&case, &ascent, self.vectors.scores.clone(), errors)
    }
}

/// The same for a large group.
fn fit_sparse(outcomes: &Outcomes<'_>, parameters: &Parameters) -> Fit {
    let n_items = outcomes.n_items();
    let mut pairs = Vec::new();
    sum_to_pairs(outcomes.comparisons(), None, &mut pairs);
    let case = Case::of(n_items, &pairs, parameters);
    if let Some(fit) = case.fit_without_solving(n_items) {
        return fit;
    }
    let mut vectors = Vectors::default();
    vectors.reset(n_items);
    let stop = stop_of(&pairs, parameters, &mut vectors.gradient);
    let mut sparse = Sparse::new(n_items, &pairs, Pull::of_wins(wins_of(parameters)));
    drop(pairs);
    let ascent = maximise(&mut sparse, &mut vectors, &stop);
    let errors = move || sparse.standard_errors();
    fit_of(&case, &ascent, std::mem::take(&mut vectors.scores), errors)
}

/// What the graph of wins allows.
enum Case {
    /// No item, or one item without a prior: nothing to solve.
    Trivial,
    /// The maximum exists and the data determine it.
    StronglyConnected,
    /// Only the prior makes the maximum exist.
    PriorDecides,
    /// There is no maximum.
    NotIdentified,
}

impl Case {
    fn of(n_items: usize, pairs: &[Pair], parameters: &Parameters) -> Self {
        let has_prior = wins_of(parameters) > 0.0;
        if n_items == 0 || (n_items == 1 && !has_prior) {
            Self::Trivial
        } else if is_strongly_connected(n_items, pairs) {
            Self::StronglyConnected
        } else if has_prior {
            Self::PriorDecides
        } else {
            Self::NotIdentified
        }
    }

    /// The result, where no equation needs solving.
    fn fit_without_solving(&self, n_items: usize) -> Option<Fit> {
        match self {
            // The mean is 0 by definition, so a single item is 0 without error.
            Self::Trivial => Some(Fit {
                standard_errors: Some(vec![0.0; n_items]),
                ..Fit::exact(vec![0.0; n_items])
            }),
            Self::NotIdentified => Some(Fit::without_scores(Status::NotIdentified)),
            Self::StronglyConnected | Self::PriorDecides => None,
        }
    }
}

/// When to stop; `item_weights` is scratch space of one entry per item, left at 0.
fn stop_of(pairs: &[Pair], parameters: &Parameters, item_weights: &mut [f64]) -> Stop {
    for pair in pairs {
        item_weights[pair.low as usize] += pair.weight();
        item_weights[pair.high as usize] += pair.weight();
    }
    let greatest = item_weights.iter().copied().fold(0.0, f64::max);
    item_weights.fill(0.0);
    Stop {
        step_max: parameters.tolerance,
        gradient_max: GRADIENT_TOLERANCE * (1.0 + greatest),
    }
}

/// Scores, errors and status of an ascent that has ended; a number that is not finite is no score.
fn fit_of(
    case: &Case,
    ascent: &Ascent,
    scores: Vec<f64>,
    standard_errors: impl FnOnce() -> Vec<f64>,
) -> Fit {
    let status = match case {
        _ if !ascent.is_converged => Status::NotConverged,
        Case::PriorDecides => Status::NotStronglyConnected,
        _ => Status::Ok,
    };
    Fit {
        scores: scores
            .iter()
            .all(|score| score.is_finite())
            .then_some(scores),
        standard_errors: ascent.is_converged.then(standard_errors),
        status,
        iterations: ascent.iterations,
        gradient_norm: ascent.gradient_norm,
        found: Found::default(),
    }
}
