//! How far workers agree beyond chance: Krippendorff's alpha for labels without order.
//!
//! α = 1 − observed / expected disagreement (K. Krippendorff, *Content Analysis*, nominal metric, missing
//! answers allowed). With m(u) answers to task u (tasks with one answer say nothing) and n in all:
//!
//! - observed: (1/n) · Σ over tasks of (pairs of different answers in u) / (m(u) − 1);
//! - expected: (pairs of different labels among all n answers) / (n (n − 1)).
//!
//! It says nothing about who is right.

use std::collections::BTreeMap;

use super::{Vote, keep_first_votes};

/// The agreement of all votes: 1 is perfect, 0 what chance gives, below 0 worse than that.
///
/// None where it is undefined: no task has two answers, or all those answers are one label. Of several
/// votes of a worker on a task the first label counts. Pairs are counted in whole numbers, so the order of
/// votes changes no bit. Cost: sorting the votes.
pub fn krippendorff_alpha(mut votes: Vec<Vote>) -> Option<f64> {
    keep_first_votes(&mut votes);
    let mut n_by_label: BTreeMap<u32, u64> = BTreeMap::new();
    // By the number of answers to a task: pairs of different answers in all such tasks.
    let mut n_different_by_size: BTreeMap<u64, u128> = BTreeMap::new();
    let mut labels = Vec::new();
    for task in votes.chunk_by(|left, right| left.task == right.task) {
        if task.len() < 2 {
            continue;
        }
        labels.clear();
        labels.extend(task.iter().map(|vote| vote.label));
        labels.sort_unstable();
        let mut n_equal = 0;
        for run in labels.chunk_by(|left, right| left == right) {
            n_equal += square(run.len() as u64);
            *n_by_label.entry(run[0]).or_default() += run.len() as u64;
        }
        let n_answers = task.len() as u64;
        *n_different_by_size.entry(n_answers).or_default() += square(n_answers) - n_equal;
    }
    let n_answers: u64 = n_by_label.values().sum();
    let n_equal: u128 = n_by_label.values().copied().map(square).sum();
    let n_different = square(n_answers) - n_equal;
    if n_different == 0 {
        return None;
    }
    let observed: f64 = n_different_by_size
        .iter()
        .map(|(n_answers, n_different)| *n_different as f64 / (n_answers - 1) as f64)
        .sum();
    Some(1.0 - (n_answers - 1) as f64 * observed / n_different as f64)
}

fn square(count: u64) -> u128 {
    u128::from(count) * u128::from(count)
}
