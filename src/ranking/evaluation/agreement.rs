//! How well scores agree with a known truth: Kendall's tau-b, NDCG and the best item.
//!
//! It does not fit. Equal scores are no order, and no tie is broken by luck: tau-b leaves such pairs
//! out, the other two take the mean over all orders of the equal items. Scores are equal when they
//! agree to 9 decimals, as ranks are.
//!
//! tau-b = (C − D) / √((n₀ − n₁)(n₀ − n₂)), C and D the concordant and discordant pairs, n₀ all pairs,
//! n₁ and n₂ those tied in the score and in the truth; 0 when all scores are equal. Counted in
//! O(n log n) by merging (Knight, J. Amer. Statist. Assoc. 61 (1966) 436).
//!
//! NDCG@k = DCG / best DCG, DCG = Σ gain / log₂(1 + position) over the first k items (Järvelin and
//! Kekäläinen, ACM Trans. Inf. Syst. 20 (2002) 422).

/// What a truth is worth in NDCG; one rule for all groups.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Gain {
    /// 2^truth − 1: every truth is a grade 0, 1, 2, 3 or 4.
    Graded,
    /// (truth − least) / (greatest − least) within the group: anything else.
    Linear,
}

impl Gain {
    /// The rule that suits all these truths.
    pub(in crate::ranking) fn suiting(mut truths: impl Iterator<Item = f64>) -> Self {
        let is_graded = truths.all(|truth| [0.0, 1.0, 2.0, 3.0, 4.0].contains(&truth));
        if is_graded {
            Self::Graded
        } else {
            Self::Linear
        }
    }

    fn of(self, truth: f64, least: f64, greatest: f64) -> f64 {
        match self {
            Self::Graded => truth.exp2() - 1.0,
            Self::Linear => (truth - least) / (greatest - least),
        }
    }
}

/// Agreement of one group.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(in crate::ranking) struct GroupAgreement {
    pub(in crate::ranking) kendall_tau: f64,
    pub(in crate::ranking) ndcg: f64,
    /// Chance that a best-scored item is one of the truly best.
    pub(in crate::ranking) top_1: f64,
}

/// Compares scores and truths of the items that have a truth; `None` unless two truths differ.
///
/// Without scores, all items count as equal.
pub(in crate::ranking) fn agreement(
    scores: Option<&[f64]>,
    truths: &[Option<f64>],
    gain: Gain,
    ndcg_at: usize,
) -> Option<GroupAgreement> {
    let mut judged: Vec<Judged> = truths
        .iter()
        .enumerate()
        .filter_map(|(item_idx, truth)| {
            let truth = (*truth)?;
            let score = scores.map_or(0.0, |scores| rounded(scores[item_idx]));
            // Adding 0 turns -0 into 0: they are equal.
            Some(Judged {
                score: score + 0.0,
                truth: truth + 0.0,
            })
        })
        .collect();
    let least = judged.iter().map(|item| item.truth).reduce(f64::min)?;
    let greatest = judged.iter().map(|item| item.truth).reduce(f64::max)?;
    if least >= greatest {
        return None;
    }
    let kendall_tau = kendall_tau(&mut judged);
    // Best first; among equal scores the order does not matter.
    judged.sort_unstable_by(|one, other| {
        let by_score = other.score.total_cmp(&one.score);
        by_score.then(other.truth.total_cmp(&one.truth))
    });
    let gains: Vec<f64> = judged
        .iter()
        .map(|item| gain.of(item.truth, least, greatest))
        .collect();
    let top = judged.partition_point(|item| item.score >= judged[0].score);
    let n_best = judged[..top].iter().filter(|item| item.truth >= greatest);
    Some(GroupAgreement {
        kendall_tau,
        ndcg: ndcg(&judged, &gains, ndcg_at),
        top_1: n_best.count() as f64 / top as f64,
    })
}

/// Ranks agree to as many decimals.
fn rounded(score: f64) -> f64 {
    (score * 1e9).round()
}

fn are_equal(one: f64, other: f64) -> bool {
    one.total_cmp(&other).is_eq()
}

#[derive(Debug, Clone, Copy)]
struct Judged {
    score: f64,
    truth: f64,
}

/// Sorts the items by score, then by truth.
fn kendall_tau(judged: &mut [Judged]) -> f64 {
    judged.sort_unstable_by(|one, other| {
        let by_score = one.score.total_cmp(&other.score);
        by_score.then(one.truth.total_cmp(&other.truth))
    });
    let tied_in_score = tied_pairs(judged, |one, other| are_equal(one.score, other.score));
    let tied_in_both = tied_pairs(judged, |one, other| {
        are_equal(one.score, other.score) && are_equal(one.truth, other.truth)
    });
    let mut truths: Vec<f64> = judged.iter().map(|item| item.truth).collect();
    let discordant = sort_and_count_inversions(&mut truths);
    let tied_in_truth = tied_pairs(&truths, |one, other| are_equal(*one, *other));
    let all = pairs_of(judged.len());
    let concordant = all + tied_in_both - tied_in_score - tied_in_truth - discordant;
    let untied = (all - tied_in_score) * (all - tied_in_truth);
    if untied > 0.0 {
        (concordant - discordant) / untied.sqrt()
    } else {
        0.0
    }
}

fn pairs_of(n: usize) -> f64 {
    0.5 * n as f64 * (n as f64 - 1.0)
}

/// Pairs within the runs of equal neighbours.
fn tied_pairs<T>(sorted: &[T], are_tied: impl Fn(&T, &T) -> bool) -> f64 {
    let runs = sorted.chunk_by(are_tied);
    runs.map(|run| pairs_of(run.len())).sum()
}

/// Merge sort; how many pairs stood in the wrong order.
fn sort_and_count_inversions(values: &mut [f64]) -> f64 {
    if values.len() < 2 {
        return 0.0;
    }
    let (lower, upper) = values.split_at_mut(values.len() / 2);
    let mut n_inversions = sort_and_count_inversions(lower) + sort_and_count_inversions(upper);
    let mut merged = Vec::with_capacity(lower.len() + upper.len());
    let mut rest = lower.iter().peekable();
    for &value in upper.iter() {
        while let Some(&&smaller) = rest.peek() {
            if smaller > value {
                break;
            }
            merged.push(smaller);
            rest.next();
        }
        n_inversions += rest.len() as f64;
        merged.push(value);
    }
    merged.extend(rest);
    values.copy_from_slice(&merged);
    n_inversions
}

/// `judged` by score, best first, and the gain of each.
fn ndcg(judged: &[Judged], gains: &[f64], ndcg_at: usize) -> f64 {
    let mut best_gains = gains.to_vec();
    best_gains.sort_unstable_by(|one, other| other.total_cmp(one));
    let best: f64 = best_gains
        .iter()
        .take(ndcg_at)
        .zip(discounts())
        .map(|(gain, discount)| gain * discount)
        .sum();
    let mut reached = 0.0;
    let mut first = 0;
    for run in judged.chunk_by(|one, other| are_equal(one.score, other.score)) {
        let places = first..first + run.len();
        let mean_gain = gains[places.clone()].iter().sum::<f64>() / run.len() as f64;
        let seen = discounts().take(ndcg_at.min(places.end)).skip(first);
        reached += mean_gain * seen.sum::<f64>();
        first = places.end;
    }
    reached / best
}

fn discounts() -> impl Iterator<Item = f64> {
    (2_u32..).map(|position| 1.0 / f64::from(position).log2())
}
