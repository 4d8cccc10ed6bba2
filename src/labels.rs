//! Labels for classification projects: from several workers' answers about a task to one label.
//!
//! It knows nothing of tables, files or SQL: tasks, workers and labels are dense numbers here, and the
//! order of label numbers is the order that decides every tie. Who may vote, and how good a worker is, the
//! caller says.

mod by_skill;
mod dawid_skene;
mod dynamic_overlap;
mod krippendorff_alpha;
mod majority;
#[cfg(test)]
mod tests;

use rayon::slice::ParallelSliceMut;

pub use by_skill::{SkilledVote, by_skill};
pub use dawid_skene::{DawidSkene, Fit, Form, PriorAnswers, dawid_skene};
pub use dynamic_overlap::{Overlap, OverlapRule, dynamic_overlap};
pub use krippendorff_alpha::krippendorff_alpha;
pub use majority::majority;

/// The label of one task.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct TaskLabel {
    /// The label that the method chooses.
    pub label: u32,
    /// How sure the method is of `label`, 0..=1.
    pub confidence: f64,
    /// Answers that were counted.
    pub n_answers: u32,
    /// The most probable label; another one than `label` deserves a look.
    pub posterior_label: u32,
    /// How probable `posterior_label` is.
    pub posterior_confidence: f64,
    /// Whether another label did as well and `label` is only the first of them.
    pub is_tie: bool,
}

/// One answer among those of a whole project.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Vote {
    /// The task, `0..n_tasks`.
    pub task: u32,
    /// The worker, `0..n_workers`.
    pub worker: u32,
    /// The label, `0..n_labels`.
    pub label: u32,
}

/// Probabilities, or logarithms of likelihoods, as close as this are equal: rounding must not decide.
const TIE_TOLERANCE: f64 = 1e-9;

/// Votes from which sorting on several threads pays; the order is total, so the result is the same.
const PARALLEL_VOTES_MIN: usize = 100_000;

/// Sorts by task, worker, label; of several votes of a worker on a task the first label stays.
fn keep_first_votes(votes: &mut Vec<Vote>) {
    if votes.len() < PARALLEL_VOTES_MIN {
        votes.sort_unstable();
    } else {
        votes.par_sort_unstable();
    }
    votes.dedup_by_key(|vote| (vote.task, vote.worker));
}

/// The first label whose value is the greatest, and whether another one shares it.
fn first_greatest(values: &[f64]) -> (usize, bool) {
    let greatest = values.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    let mut at_top = (0..values.len()).filter(|&idx| values[idx] >= greatest - TIE_TOLERANCE);
    (at_top.next().unwrap_or(0), at_top.next().is_some())
}
