//! The votes of a project, by task and by worker: 16 bytes each. It fits nothing.

use rayon::prelude::*;

use super::{DawidSkene, TASKS_PER_CHUNK};
use crate::labels::{Vote, keep_first_votes};

/// Votes in canonical order, with a second order by worker.
#[derive(Debug)]
pub(super) struct Crowd {
    n_labels: usize,
    /// By task, then worker.
    votes: Vec<Vote>,
    /// Where each task's votes start; one more for the end.
    task_starts: Vec<u32>,
    /// Places in `votes`, by worker, then task.
    by_worker: Vec<u32>,
    /// Where each worker's votes start in `by_worker`; one more for the end.
    worker_starts: Vec<u32>,
}

impl Crowd {
    /// # Panics
    /// On a task, worker or label out of range, or 2³² votes.
    pub(super) fn new(
        mut votes: Vec<Vote>,
        n_tasks: usize,
        n_workers: usize,
        n_labels: usize,
    ) -> Self {
        assert!(u32::try_from(votes.len()).is_ok(), "fewer than 2^32 votes");
        for vote in &votes {
            assert!((vote.task as usize) < n_tasks, "task out of range");
            assert!((vote.worker as usize) < n_workers, "worker out of range");
            assert!((vote.label as usize) < n_labels, "label out of range");
        }
        keep_first_votes(&mut votes);
        votes.shrink_to_fit();
        let task_starts = starts(n_tasks, votes.iter().map(|vote| vote.task));
        let worker_starts = starts(n_workers, votes.iter().map(|vote| vote.worker));
        let mut next = worker_starts.clone();
        let mut by_worker = vec![0; votes.len()];
        for (place, vote) in (0_u32..).zip(&votes) {
            let position = &mut next[vote.worker as usize];
            by_worker[*position as usize] = place;
            *position += 1;
        }
        Self {
            n_labels,
            votes,
            task_starts,
            by_worker,
            worker_starts,
        }
    }

    pub(super) fn n_votes(&self) -> usize {
        self.votes.len()
    }

    pub(super) fn votes_of_task(&self, task: usize) -> &[Vote] {
        let (start, end) = (self.task_starts[task], self.task_starts[task + 1]);
        &self.votes[start as usize..end as usize]
    }

    /// In the order of tasks.
    pub(super) fn votes_of_worker(&self, worker: usize) -> impl Iterator<Item = &Vote> {
        let (start, end) = (self.worker_starts[worker], self.worker_starts[worker + 1]);
        let places = &self.by_worker[start as usize..end as usize];
        places.iter().map(|place| &self.votes[*place as usize])
    }

    pub(super) fn n_answers_by_task(&self) -> Vec<u32> {
        lengths(&self.task_starts)
    }

    pub(super) fn n_answers_by_worker(&self) -> Vec<u32> {
        lengths(&self.worker_starts)
    }

    /// The first posteriors: each label's share of the votes; certainty for golden tasks.
    pub(super) fn vote_shares(&self, known: &DawidSkene<'_>) -> Vec<f64> {
        let n_labels = self.n_labels;
        let mut shares = vec![0.0; known.n_tasks * n_labels];
        for (task, row) in shares.chunks_exact_mut(n_labels).enumerate() {
            if let Some(golden) = known.golden_label(task) {
                row[golden] = 1.0;
                continue;
            }
            let votes = self.votes_of_task(task);
            for vote in votes {
                row[vote.label as usize] += 1.0;
            }
            for share in row.iter_mut() {
                *share /= votes.len().max(1) as f64;
            }
        }
        shares
    }

    /// The sum of posteriors of each label over the tasks that have votes.
    pub(super) fn label_totals(&self, posteriors: &[f64]) -> Vec<f64> {
        let n_labels = self.n_labels;
        let totals_of_chunks: Vec<Vec<f64>> = posteriors
            .par_chunks(TASKS_PER_CHUNK * n_labels)
            .enumerate()
            .map(|(chunk_idx, rows)| {
                let tasks = (chunk_idx * TASKS_PER_CHUNK)..;
                let mut totals = vec![0.0; n_labels];
                for (task, row) in tasks.zip(rows.chunks_exact(n_labels)) {
                    if !self.votes_of_task(task).is_empty() {
                        add(&mut totals, row);
                    }
                }
                totals
            })
            .collect();
        let mut totals = vec![0.0; n_labels];
        for of_chunk in &totals_of_chunks {
            add(&mut totals, of_chunk);
        }
        totals
    }
}

/// Where the runs of `0..n` start when sorted, and the end of the last.
fn starts(n: usize, numbers: impl Iterator<Item = u32>) -> Vec<u32> {
    let mut starts = vec![0; n + 1];
    for number in numbers {
        starts[number as usize + 1] += 1;
    }
    for idx in 0..n {
        starts[idx + 1] += starts[idx];
    }
    starts
}

fn lengths(starts: &[u32]) -> Vec<u32> {
    let start_end = starts.windows(2);
    start_end.map(|pair| pair[1] - pair[0]).collect()
}

/// Adds a row to the sums of its columns.
pub(super) fn add(sums: &mut [f64], row: &[f64]) {
    for (sum, value) in sums.iter_mut().zip(row) {
        *sum += value;
    }
}
