//! The rank is one more than the number of candidates that score strictly higher.
//!
//! Ranks were made from the scores in double precision, rounded to 9 decimals; the files hold them in single.

use super::{Law, Offence};
use crate::publish::audits::group::Group;

/// Scores that round to the same 9 decimals lie at most this far apart.
const ROUNDING: f64 = 1e-9;
/// Single precision moves a score by half of 2⁻²³ of itself at most; two scores, and some slack.
const SINGLE_PRECISION: f64 = 2.4e-7;

/// How far equal scores may lie apart in the files.
pub(super) fn equal_within(left: f32, right: f32) -> f64 {
    ROUNDING + SINGLE_PRECISION * f64::from(left.abs().max(right.abs()))
}

/// Whether `left` was higher also before it was written in single precision.
pub(super) fn is_surely_higher(left: f32, right: f32) -> bool {
    f64::from(left) - f64::from(right) > equal_within(left, right)
}

/// Ranks count 1, 2, 2, 4 … down the scores.
#[derive(Debug)]
pub(super) struct Ranks;

impl Law for Ranks {
    fn look(&mut self, group: &Group<'_>) -> Result<(), Offence> {
        let (scores, ranks) = (group.candidates.scores, group.candidates.ranks);
        let mut by_rank = group.by_score.to_vec();
        // Stable: within a rank the scores still fall.
        by_rank.sort_by_key(|index| ranks[*index]);
        let mut first_of_rank = 0;
        for place in 1..=by_rank.len() {
            let is_same = by_rank
                .get(place)
                .is_some_and(|index| ranks[*index] == ranks[by_rank[first_of_rank]]);
            if is_same {
                continue;
            }
            check_rank(group, &by_rank, first_of_rank, place)?;
            first_of_rank = place;
        }
        debug_assert_eq!(scores.len(), by_rank.len());
        Ok(())
    }
}

/// The candidates `by_rank[first..end]` share a rank.
fn check_rank(
    group: &Group<'_>,
    by_rank: &[usize],
    first: usize,
    end: usize,
) -> Result<(), Offence> {
    let (scores, ranks) = (group.candidates.scores, group.candidates.ranks);
    let (highest, lowest) = (by_rank[first], by_rank[end - 1]);
    let rank = ranks[highest];
    if usize::try_from(rank) != Ok(first + 1) {
        let problem = format!("rank {rank} after {first} better candidates");
        return Err(Offence::of_candidate(highest, problem));
    }
    if is_surely_higher(scores[highest], scores[lowest]) {
        let problem = format!(
            "scores {} and {} share rank {rank}",
            scores[highest], scores[lowest]
        );
        return Err(Offence::of_candidate(lowest, problem));
    }
    let is_above_better = |better: &usize| scores[highest] > scores[*better];
    let better = first.checked_sub(1).map(|place| by_rank[place]);
    match better.filter(is_above_better) {
        Some(better) => {
            let problem = format!(
                "score {} has rank {rank}, the lower score {} rank {}",
                scores[highest], scores[better], ranks[better]
            );
            Err(Offence::of_candidate(highest, problem))
        }
        None => Ok(()),
    }
}
