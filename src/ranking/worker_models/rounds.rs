//! One round over a panel: answers are weighed by their workers, items re-solved with these weights,
//! workers judged anew.
//!
//! It decides neither how many rounds there are nor whether to leap ahead of them.

use std::ops::Range;

use rayon::iter::{IntoParallelIterator, ParallelIterator};

use super::super::pull::Pull;
use super::expectation::{Chances, Expectation};
use super::point::{Coordinates, Point, Sums};
use super::{DENSE_ITEMS_MAX, GoldenEvidence, WorkerModel, WorkerParameters};
use crate::ranking::dense::Dense;
use crate::ranking::graph::sum_to_pairs;
use crate::ranking::logistic::log_sigmoid;
use crate::ranking::newton::{Stop, Vectors, maximise};
use crate::ranking::sparse::Sparse;
use crate::ranking::{Comparison, Panel};

/// A panel cut into chunks, and what else stays the same in all rounds.
pub(super) struct Rounds<'a> {
    panel: &'a Panel,
    model: &'a dyn WorkerModel,
    evidence: &'a [GoldenEvidence],
    parameters: &'a WorkerParameters,
    /// Group g has the items `offsets[g]..offsets[g + 1]` of a point.
    offsets: Vec<usize>,
    /// Ranges of groups: units of parallel work and of partial sums.
    chunks: Vec<Range<usize>>,
}

/// Chunks allowed: each has a table of all workers.
const CHUNKS_MAX: usize = 64;

/// Answers from which a chunk pays, whatever the number of workers.
const CHUNK_ANSWERS_MIN: usize = 1 << 14;

impl<'a> Rounds<'a> {
    pub(super) fn new(
        panel: &'a Panel,
        model: &'a dyn WorkerModel,
        evidence: &'a [GoldenEvidence],
        parameters: &'a WorkerParameters,
    ) -> Self {
        let n_answers = panel.comparisons().len();
        // A chunk has at least as many answers as a table has rows, so that tables stay the smaller part.
        let chunk_answers_min = CHUNK_ANSWERS_MIN.max(panel.n_workers());
        let n_chunks = (n_answers / chunk_answers_min).clamp(1, CHUNKS_MAX);
        let chunk_answers = n_answers.div_ceil(n_chunks);
        let mut offsets = vec![0];
        let mut chunks = Vec::new();
        let (mut first, mut n_open) = (0, 0);
        for group_idx in 0..panel.n_groups() {
            let group = panel.group(group_idx);
            offsets.push(offsets[group_idx] + group.n_items());
            n_open += group.comparisons().len();
            if n_open >= chunk_answers {
                chunks.push(first..group_idx + 1);
                (first, n_open) = (group_idx + 1, 0);
            }
        }
        chunks.push(first..panel.n_groups());
        Self {
            panel,
            model,
            evidence,
            parameters,
            offsets,
            chunks,
        }
    }

    pub(super) fn into_offsets(self) -> Vec<usize> {
        self.offsets
    }

    /// All items alike, and of the workers only what control answers say.
    pub(super) fn start(&self) -> Point {
        let workers = self.evidence.iter();
        Point {
            scores: vec![0.0; self.offsets[self.panel.n_groups()]],
            workers: workers
                .map(|evidence| Coordinates::of(&Sums::default(), evidence))
                .collect(),
        }
    }

    /// Replaces the point by the next one; returns the objective at the point given, which is never
    /// greater than at the next one if answers take part in judging themselves.
    pub(super) fn advance(&self, point: &mut Point) -> f64 {
        let chances: Vec<Chances> = point.workers.iter().map(Chances::of).collect();
        let mut work = Vec::with_capacity(self.chunks.len());
        let mut rest = point.scores.as_mut_slice();
        for groups in &self.chunks {
            let n_items = self.offsets[groups.end] - self.offsets[groups.start];
            let (scores, tail) = rest.split_at_mut(n_items);
            rest = tail;
            work.push((groups.clone(), scores));
        }
        let partial: Vec<(f64, Vec<Sums>)> = work
            .into_par_iter()
            .map(|(groups, scores)| self.advance_chunk(groups, scores, &chances))
            .collect();
        let mut objective = 0.0;
        let mut totals = vec![Sums::default(); point.workers.len()];
        for (value, sums) in &partial {
            objective += value;
            for (total, part) in totals.iter_mut().zip(sums) {
                total.add(part);
            }
        }
        let judged = totals.iter().zip(self.evidence);
        for (worker, (total, evidence)) in point.workers.iter_mut().zip(judged) {
            objective += worker.log_prior(evidence);
            let next = Coordinates::of(total, evidence).clamped();
            worker.reliability = next.reliability;
            if self.model.has_bias() {
                worker.bias = next.bias;
            }
        }
        objective
    }

    /// Re-solves some groups; returns their part of the objective before, and of the workers' sums.
    fn advance_chunk(
        &self,
        groups: Range<usize>,
        scores: &mut [f64],
        chances: &[Chances],
    ) -> (f64, Vec<Sums>) {
        let prior_wins = self.parameters.prior_wins;
        let mut expectation = Expectation::new(self.model, chances, self.parameters);
        let mut solver = Solver::default();
        let mut log_prior = 0.0;
        let mut rest = scores;
        for group_idx in groups {
            let group = self.panel.group(group_idx);
            let (scores, tail) = rest.split_at_mut(group.n_items());
            rest = tail;
            for score in &*scores {
                log_prior += log_sigmoid(*score) + log_sigmoid(-score);
            }
            expectation.weigh(&group, scores);
            solver.solve(&expectation.votes, prior_wins, scores);
        }
        let objective = expectation.log_likelihood + prior_wins * log_prior;
        (objective, expectation.sums)
    }
}

/// Enough for one round: the last step is taken as well, so that the error left is about the square of
/// this, and near the end one step is all there is. A step this short is sure to rise (see `newton`).
const STEP_MAX: f64 = 0.5;

/// Re-solves the items of one group after the other, from where they stand.
#[derive(Default)]
struct Solver {
    dense: Dense,
    vectors: Vectors,
}

impl Solver {
    fn solve(&mut self, votes: &[Comparison], prior_wins: f64, scores: &mut [f64]) {
        let stop = Stop {
            step_max: STEP_MAX,
            gradient_max: f64::INFINITY,
        };
        sum_to_pairs(votes, None, &mut self.dense.pairs);
        let pull = Pull {
            wins: prior_wins,
            squares: 0.0,
        };
        self.vectors.reset(scores.len());
        self.vectors.scores.copy_from_slice(scores);
        if scores.len() <= DENSE_ITEMS_MAX {
            self.dense.reset(scores.len(), pull);
            maximise(&mut self.dense, &mut self.vectors, &stop);
        } else {
            let mut sparse = Sparse::new(scores.len(), &self.dense.pairs, pull);
            maximise(&mut sparse, &mut self.vectors, &stop);
        }
        scores.copy_from_slice(&self.vectors.scores);
    }
}
