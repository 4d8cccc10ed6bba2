//! Why two items stand as they do: what was answered about the two, and what other answers say.
//!
//! It is about the Bradley–Terry fit only; other methods have scores, but no such account of them.
//!
//! Direct evidence: the answers about the pair, summed up as log((won + ½) / (lost + ½)) with error
//! √(1 / (won + ½) + 1 / (lost + ½)) (Gart and Zweifel, Biometrika 54 (1967) 181). Indirect evidence: the
//! fit to all other answers of the group. If the model holds, the two differ by chance only; taking them
//! apart like this is node splitting (Dias, Welton, Caldwell and Ades, Statist. Med. 29 (2010) 932).

use super::curvature::Curvature;
use super::graph::component_ids;
use super::logistic::{SCORE_MAX, sigmoid};
use super::{
    Comparison, Method, Outcome, Outcomes, Parameters, Status, bradley_terry::BradleyTerry,
};

/// The account of a pair of items, left and right as asked for.
#[derive(Debug, Clone, PartialEq)]
pub struct PairStory {
    /// The status of the fit to all answers of the group.
    pub status: Status,
    /// What all answers of the group say; `None` without scores.
    pub all: Option<PairEstimate>,
    /// What the answers about the two say.
    pub direct: DirectEvidence,
    /// What all other answers say; `None` without scores.
    pub indirect: Option<PairEstimate>,
    /// Whether other answers link the two at all; if not, the indirect difference is the prior's.
    pub is_linked: bool,
    /// Direct less indirect difference in units of their joint error: beyond ±2 they contradict each
    /// other. `None` unless there are both.
    pub conflict: Option<f64>,
}

/// What a fit says about the two items.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct PairEstimate {
    /// Score of the left item.
    pub left_score: f64,
    /// Score of the right item.
    pub right_score: f64,
    /// Its standard error.
    pub left_error: Option<f64>,
    /// Its standard error.
    pub right_error: Option<f64>,
    /// Left score less right score.
    pub difference: f64,
    /// Standard error of the difference; not that of two independent scores.
    pub difference_error: f64,
    /// Chance that the left item wins.
    pub win_probability: f64,
}

/// The answers about the two items.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct DirectEvidence {
    /// Answers for the left item.
    pub n_left_won: usize,
    /// Answers for the right item.
    pub n_right_won: usize,
    /// Ties.
    pub n_ties: usize,
    /// Answers that were given with the left item on the left.
    pub n_shown_as_named: usize,
    /// Different workers.
    pub n_workers: usize,
    /// Weight won by the left item, half of the ties included.
    pub left_weight: f64,
    /// Weight won by the right item, half of the ties included.
    pub right_weight: f64,
    /// What these answers alone say; `None` when there are none.
    pub difference: Option<f64>,
    /// Its standard error.
    pub difference_error: Option<f64>,
}

/// Tells the story of two different items of a group.
///
/// # Panics
/// When the items are equal or not in the group: the caller finds them by name.
#[must_use]
pub fn pair_story(
    outcomes: &Outcomes<'_>,
    left: u32,
    right: u32,
    parameters: &Parameters,
) -> PairStory {
    assert!(left != right, "two different items");
    assert!(
        (left.max(right) as usize) < outcomes.n_items(),
        "item number out of range"
    );
    let pair = (left.min(right), left.max(right));
    let (own, others): (Vec<Comparison>, Vec<Comparison>) = outcomes
        .comparisons()
        .iter()
        .partition(|comparison| comparison.low_high() == pair);
    let others = Outcomes::prepared(outcomes.n_items(), &others);
    let components = component_ids(&others);
    let is_linked = components[left as usize] == components[right as usize];
    let (status, all) = estimate(outcomes, left, right, parameters);
    let (_, indirect) = estimate(&others, left, right, parameters);
    let direct = direct_evidence(&own, left);
    PairStory {
        status,
        all,
        conflict: indirect
            .filter(|_| is_linked)
            .and_then(|indirect| conflict(&direct, &indirect)),
        direct,
        indirect,
        is_linked,
    }
}

fn estimate(
    outcomes: &Outcomes<'_>,
    left: u32,
    right: u32,
    parameters: &Parameters,
) -> (Status, Option<PairEstimate>) {
    let fit = BradleyTerry.fit(outcomes, parameters);
    let variance = Curvature::of(outcomes, parameters, &fit)
        .and_then(|curvature| curvature.variance_of_difference(left, right));
    let (Some(scores), Some(variance)) = (&fit.scores, variance) else {
        return (fit.status, None);
    };
    let error = |item: u32| {
        let errors = fit.standard_errors.as_ref()?;
        Some(errors[item as usize])
    };
    let (left_score, right_score) = (scores[left as usize], scores[right as usize]);
    let difference = left_score - right_score;
    let estimate = PairEstimate {
        left_score,
        right_score,
        left_error: error(left),
        right_error: error(right),
        difference,
        difference_error: variance.max(0.0).sqrt(),
        win_probability: sigmoid(difference.clamp(-2.0 * SCORE_MAX, 2.0 * SCORE_MAX)),
    };
    (fit.status, Some(estimate))
}

/// `own`: the answers about the two.
fn direct_evidence(own: &[Comparison], left: u32) -> DirectEvidence {
    let mut direct = DirectEvidence::default();
    let mut workers: Vec<u32> = own.iter().map(|comparison| comparison.worker).collect();
    workers.sort_unstable();
    workers.dedup();
    direct.n_workers = workers.len();
    for comparison in own {
        let is_as_named = comparison.left == left;
        direct.n_shown_as_named += usize::from(is_as_named);
        match (comparison.outcome, is_as_named) {
            (Outcome::Tie, _) => {
                direct.n_ties += 1;
                direct.left_weight += 0.5 * comparison.weight;
                direct.right_weight += 0.5 * comparison.weight;
            }
            (Outcome::Left, true) | (Outcome::Right, false) => {
                direct.n_left_won += 1;
                direct.left_weight += comparison.weight;
            }
            (Outcome::Right, true) | (Outcome::Left, false) => {
                direct.n_right_won += 1;
                direct.right_weight += comparison.weight;
            }
        }
    }
    if !own.is_empty() {
        let (won, lost) = (direct.left_weight + 0.5, direct.right_weight + 0.5);
        direct.difference = Some((won / lost).ln());
        direct.difference_error = Some((1.0 / won + 1.0 / lost).sqrt());
    }
    direct
}

fn conflict(direct: &DirectEvidence, indirect: &PairEstimate) -> Option<f64> {
    let difference = direct.difference? - indirect.difference;
    let error = direct.difference_error?.hypot(indirect.difference_error);
    Some(difference / error)
}
