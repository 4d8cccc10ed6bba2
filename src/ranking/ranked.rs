//! What the SQL aggregate returns for each item: score, interval, rank, and how much stands behind it.
//!
//! It computes no score: a `Method` does.

use super::graph::{component_ids, workers_per_item};
use super::logistic::{SCORE_MAX, sigmoid};
use super::{Method, Outcomes, Parameters, Scale, Status};

/// One item of a ranked group.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct RankedItem {
    /// The item's number within the group.
    pub item: u32,
    /// The method's score, greater is better; `None` when the answers do not determine it.
    pub score: Option<f64>,
    /// Standard error of the score, where the method has one.
    pub score_se: Option<f64>,
    /// Lower end of the 95 % interval.
    pub score_lo: Option<f64>,
    /// Upper end of the 95 % interval.
    pub score_hi: Option<f64>,
    /// Chance to win against an item of score 0, for methods whose score is a log strength.
    pub win_probability: Option<f64>,
    /// 1 is best; equal scores share a rank and the next rank skips: 1, 1, 3. `None` without scores.
    pub rank: Option<i32>,
    /// Rows of positive weight that compare the item with another one.
    pub n_comparisons: i64,
    /// Different workers in these rows.
    pub n_workers: i64,
    /// Connected component of the graph of comparisons, numbered from 0 by its smallest item.
    pub component_id: i32,
    /// The group's status.
    pub status: Status,
    /// The group's iterations.
    pub iterations: u32,
}

/// The 97.5 % quantile of the normal distribution.
const INTERVAL_STANDARD_ERRORS: f64 = 1.959_963_984_540_054;

/// Scores are equal when they agree to 9 decimals: solvers promise more, the order of sums less.
const RANK_SCALE: f64 = 1e9;

/// Fits one group and describes each item, in the order of item numbers.
pub fn rank_group(
    method: &dyn Method,
    outcomes: &Outcomes<'_>,
    parameters: &Parameters,
) -> Vec<RankedItem> {
    let fit = method.fit(outcomes, parameters);
    let component_ids = component_ids(outcomes);
    let n_workers = workers_per_item(outcomes);
    let mut items: Vec<RankedItem> = (0_u32..)
        .zip(component_ids.iter().zip(&n_workers))
        .map(|(item, (&component_id, &n_workers))| RankedItem {
            item,
            score: None,
            score_se: None,
            score_lo: None,
            score_hi: None,
            win_probability: None,
            rank: None,
            n_comparisons: 0,
            n_workers,
            component_id,
            status: fit.status,
            iterations: fit.iterations,
        })
        .collect();
    for comparison in outcomes.comparisons() {
        items[comparison.left as usize].n_comparisons += 1;
        items[comparison.right as usize].n_comparisons += 1;
    }
    if let Some(scores) = &fit.scores {
        for (item, &score) in items.iter_mut().zip(scores) {
            item.score = Some(score);
            item.win_probability = match method.scale() {
                Scale::LogStrength => Some(sigmoid(score.clamp(-SCORE_MAX, SCORE_MAX))),
                Scale::Points => None,
            };
        }
        set_ranks(&mut items, scores);
    }
    if let (Some(scores), Some(errors)) = (&fit.scores, &fit.standard_errors) {
        for ((item, score), error) in items.iter_mut().zip(scores).zip(errors) {
            item.score_se = Some(*error);
            item.score_lo = Some(score - INTERVAL_STANDARD_ERRORS * error);
            item.score_hi = Some(score + INTERVAL_STANDARD_ERRORS * error);
        }
    }
    items
}

/// Ranks by score, best first; scores that agree to 9 decimals share a rank.
fn set_ranks(items: &mut [RankedItem], scores: &[f64]) {
    // Adding 0 turns -0 into 0: both must share a rank.
    let rounded = |score: f64| (score * RANK_SCALE).round() + 0.0;
    let mut order: Vec<(f64, u32)> = scores.iter().copied().map(rounded).zip(0_u32..).collect();
    order.sort_unstable_by(|one, other| other.0.total_cmp(&one.0).then(one.1.cmp(&other.1)));
    let mut rank = 0;
    let mut last = None;
    for (position, &(score, item)) in (1_i32..).zip(&order) {
        if last != Some(score) {
            rank = position;
            last = Some(score);
        }
        items[item as usize].rank = Some(rank);
    }
}

/// For each item the number of items that share its rank, itself included; 0 without a rank.
pub fn items_at_rank(items: &[RankedItem]) -> Vec<i64> {
    let mut ranks: Vec<i32> = items.iter().filter_map(|item| item.rank).collect();
    ranks.sort_unstable();
    let n_at = |rank: i32| {
        let first = ranks.partition_point(|other| *other < rank);
        ranks.partition_point(|other| *other <= rank) - first
    };
    items
        .iter()
        .map(|item| item.rank.map_or(0, |rank| n_at(rank) as i64))
        .collect()
}
