//! What the SQL aggregate returns for each item: score, interval, rank, and how much stands behind it.
//!
//! It computes no score: a `Method` does.

use super::dense::INTERVAL_STANDARD_ERRORS;
use super::graph::{component_ids, workers_per_item};
use super::logistic::{SCORE_MAX, sigmoid};
use super::{Found, Method, Outcomes, Parameters, RankBounds, Scale, Status};

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
    /// 1 + the number of items that are surely better, at 95 %; `None` without errors.
    pub rank_lo: Option<i32>,
    /// The number of items that are not surely worse, at 95 %; `None` without errors.
    pub rank_hi: Option<i32>,
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
    /// The group's last gradient: [`Fit::gradient_norm`](super::Fit::gradient_norm).
    pub gradient_norm: f64,
}

/// A ranked group: its items, and what holds for the group as a whole.
#[derive(Debug, Clone, PartialEq)]
pub struct RankedGroup {
    /// One for each item, in the order of item numbers.
    pub items: Vec<RankedItem>,
    /// What else was found out.
    pub found: Found,
    /// Whether the scores can be trusted.
    pub status: Status,
    /// Iterations used; 0 for a formula.
    pub iterations: u32,
    /// Greatest absolute entry of the gradient where the last step began; 0 for a formula.
    pub gradient_norm: f64,
}

/// Scores are equal when they agree to 9 decimals: solvers promise more, the order of sums less.
const RANK_SCALE: f64 = 1e9;

/// Fits one group and describes each item.
pub fn rank_group(
    method: &dyn Method,
    outcomes: &Outcomes<'_>,
    parameters: &Parameters,
) -> RankedGroup {
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
            rank_lo: None,
            rank_hi: None,
            n_comparisons: 0,
            n_workers,
            component_id,
            status: fit.status,
            iterations: fit.iterations,
            gradient_norm: fit.gradient_norm,
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
        match &fit.rank_bounds {
            Some(bounds) => set_rank_bounds(&mut items, bounds),
            None => set_rank_bounds(&mut items, &bounds_of_intervals(scores, errors)),
        }
    }
    RankedGroup {
        items,
        found: fit.found,
        status: fit.status,
        iterations: fit.iterations,
        gradient_norm: fit.gradient_norm,
    }
}

fn set_rank_bounds(items: &mut [RankedItem], bounds: &[RankBounds]) {
    for (item, bounds) in items.iter_mut().zip(bounds) {
        // Scores that differ by less than ranks can show are equal, however small their errors.
        item.rank_lo = item.rank.map(|rank| bounds.lo.min(rank));
        item.rank_hi = item.rank.map(|rank| bounds.hi.max(rank));
    }
}

/// Bounds where errors of differences are not known: an item is surely better than another if its
/// whole interval is. That is too careful rather than too bold, unless the scores' errors go opposite
/// ways. Two sorts instead of a look at every two items.
fn bounds_of_intervals(scores: &[f64], errors: &[f64]) -> Vec<RankBounds> {
    let ends = |sign: f64| {
        scores
            .iter()
            .zip(errors)
            .map(move |(score, error)| score + sign * INTERVAL_STANDARD_ERRORS * error)
    };
    let sorted = |sign| {
        let mut sorted: Vec<f64> = ends(sign).collect();
        sorted.sort_unstable_by(f64::total_cmp);
        sorted
    };
    let (lower_ends, upper_ends) = (sorted(-1.0), sorted(1.0));
    ends(-1.0)
        .zip(ends(1.0))
        .map(|(lower, upper)| RankBounds {
            lo: (1 + scores.len() - lower_ends.partition_point(|end| *end <= upper)) as i32,
            hi: (scores.len() - upper_ends.partition_point(|end| *end < lower)) as i32,
        })
        .collect()
}

fn set_ranks(items: &mut [RankedItem], scores: &[f64]) {
    for (item, rank) in items.iter_mut().zip(ranks_of(scores)) {
        item.rank = Some(rank);
    }
}

/// Ranks by score, best first; scores that agree to 9 decimals share a rank.
#[must_use]
pub fn ranks_of(scores: &[f64]) -> Vec<i32> {
    // Adding 0 turns -0 into 0: both must share a rank.
    let rounded = |score: f64| (score * RANK_SCALE).round() + 0.0;
    let mut order: Vec<(f64, u32)> = scores.iter().copied().map(rounded).zip(0_u32..).collect();
    order.sort_unstable_by(|one, other| other.0.total_cmp(&one.0).then(one.1.cmp(&other.1)));
    let mut rank = 0;
    let mut last = None;
    let mut ranks = vec![0; scores.len()];
    for (position, &(score, item)) in (1_i32..).zip(&order) {
        if last != Some(score) {
            rank = position;
            last = Some(score);
        }
        ranks[item as usize] = rank;
    }
    ranks
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
