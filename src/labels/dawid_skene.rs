//! Labels and workers' errors together, by expectation–maximisation.
//!
//! A. P. Dawid, A. M. Skene, *Maximum likelihood estimation of observer error-rates using the EM
//! algorithm*, Applied Statistics 28 (1979). Symbols: T(t, c) is the probability that the true label of
//! task t is c, p(c) the share of label c, e(w, c, k) the probability that worker w answers k where c is
//! true, L the number of labels.
//!
//! - E: T(t, c) ∝ p(c) · Π over votes (w, k) on t of e(w, c, k). A golden task keeps T = 1 at its label.
//! - M: p(c) ∝ prior + Σ of T(t, c) over tasks with votes; e(w, c, k) ∝ prior + Σ of T(t, c) over votes k
//!   of w. With one coin a worker has a single number: a for k = c, else (1 − a) / (L − 1).
//! - Start: T is the share of votes for each label. Counts below 1e-10 are raised to it.
//! - Stop: after 100 iterations, or when the evidence lower bound grows by less than 1e-5 per vote. Right
//!   after an E step the bound is the logarithm of the likelihood (plus that of the priors), a by-product.
//!
//! Workers who answered fewer than L² tasks leave most of a full matrix to chance; the result may be a
//! label that nobody gave. It fits only: who may vote is the caller's.

mod crowd;
mod worker_model;

use rayon::prelude::*;

use super::{TaskLabel, Vote, first_greatest};
use crowd::Crowd;
use worker_model::WorkerModel;

const N_ITERATIONS_MAX: u32 = 100;

/// Growth of the bound per vote below which the fit has converged.
const GAIN_PER_VOTE_MIN: f64 = 1e-5;

/// No count is smaller, nor is the probability of a single coin: one vote must not rule out a label for
/// ever.
const COUNT_MIN: f64 = 1e-10;

/// Tasks that are summed together: a constant, so that sums are the same for any number of threads.
const TASKS_PER_CHUNK: usize = 4096;

/// How a worker's errors are described.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Form {
    /// A matrix: the probability of each answer for each true label.
    Full,
    /// One number: the probability of a right answer; wrong ones are equally likely.
    OneCoin,
}

/// Answers of a worker, judged on earlier nights; finite, not negative.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct PriorAnswers {
    /// Right ones. In the full form they are spread evenly over the true labels.
    pub correct: f64,
    /// Wrong ones. In the full form they are spread evenly over all pairs of different labels.
    pub wrong: f64,
}

/// What is known besides the votes.
#[derive(Debug, Clone, Copy)]
pub struct DawidSkene<'a> {
    /// The form of workers' errors.
    pub form: Form,
    /// Votes name tasks `0..n_tasks`.
    pub n_tasks: usize,
    /// Votes name workers `0..n_workers`.
    pub n_workers: usize,
    /// Votes name labels `0..n_labels`.
    pub n_labels: usize,
    /// The known label of each task; empty when there are none.
    pub golden: &'a [Option<u32>],
    /// Imaginary tasks of each label, which enter the label shares; empty when there are none.
    pub class_prior: &'a [f64],
    /// Earlier answers of each worker, which enter the errors; empty when there are none.
    pub worker_prior: &'a [PriorAnswers],
}

/// Labels, and what they say of the workers.
#[derive(Debug, Clone, PartialEq)]
pub struct Fit {
    n_labels: usize,
    posteriors: Vec<f64>,
    n_answers_by_task: Vec<u32>,
    n_answers_by_worker: Vec<u32>,
    class_shares: Vec<f64>,
    worker_model: WorkerModel,
    /// Iterations used; 0 without votes.
    pub iterations: u32,
    /// Whether the bound stopped growing before the limit of iterations.
    pub converged: bool,
}

/// Fits the model; the same bits for any order of votes and any number of threads.
///
/// Of several votes of a worker on a task the first label counts. Tasks without votes get the label shares
/// and do not enter them; workers without votes get their prior, or chance. Cost of an iteration:
/// O(votes · L); memory: 16 bytes per vote, 8 · L per task, 8 · L² (16 for one coin) per worker.
///
/// # Panics
/// On a task, worker or label out of range, lists of another length than the number of what they describe,
/// or pseudo-counts that are negative or not finite: the caller rejects these where it can name them.
pub fn dawid_skene(votes: Vec<Vote>, known: &DawidSkene<'_>) -> Fit {
    known.check();
    let crowd = Crowd::new(votes, known.n_tasks, known.n_workers, known.n_labels);
    let mut fit = Fit {
        n_labels: known.n_labels,
        posteriors: crowd.vote_shares(known),
        n_answers_by_task: crowd.n_answers_by_task(),
        n_answers_by_worker: crowd.n_answers_by_worker(),
        class_shares: Vec::new(),
        worker_model: WorkerModel::new(known),
        iterations: 0,
        converged: true,
    };
    fit.maximise(&crowd, known);
    if crowd.n_votes() == 0 {
        fit.expect(&crowd, known);
        return fit;
    }
    let mut bound_before = f64::NEG_INFINITY;
    for iteration in 1..=N_ITERATIONS_MAX {
        let bound = fit.log_prior(known) + fit.expect(&crowd, known);
        fit.maximise(&crowd, known);
        fit.iterations = iteration;
        fit.converged = (bound - bound_before) / (crowd.n_votes() as f64) < GAIN_PER_VOTE_MIN;
        if fit.converged {
            break;
        }
        bound_before = bound;
    }
    fit
}

impl DawidSkene<'_> {
    fn check(&self) {
        let is_count = |count: &f64| count.is_finite() && *count >= 0.0;
        let fits = |length: usize, n_described: usize| length == 0 || length == n_described;
        assert!(self.n_labels > 0, "there is a label");
        assert!(fits(self.golden.len(), self.n_tasks), "golden per task");
        assert!(fits(self.class_prior.len(), self.n_labels), "a label each");
        assert!(
            fits(self.worker_prior.len(), self.n_workers),
            "a worker each"
        );
        assert!(self.class_prior.iter().all(is_count), "label pseudo-counts");
        for prior in self.worker_prior {
            assert!(is_count(&prior.correct), "pseudo-counts of a worker");
            assert!(is_count(&prior.wrong), "pseudo-counts of a worker");
        }
        let n_labels = self.n_labels as u32;
        let in_range = |label: &u32| *label < n_labels;
        assert!(self.golden.iter().flatten().all(in_range), "golden label");
    }

    fn golden_label(&self, task: usize) -> Option<usize> {
        let golden = self.golden.get(task).copied().flatten();
        golden.map(|label| label as usize)
    }
}

impl Fit {
    /// The label of a task; the first of the most probable ones.
    pub fn label(&self, task: usize) -> TaskLabel {
        let posterior = self.posterior(task);
        let (label, is_tie) = first_greatest(posterior);
        TaskLabel {
            label: label as u32,
            confidence: posterior[label],
            n_answers: self.n_answers_by_task[task],
            posterior_label: label as u32,
            posterior_confidence: posterior[label],
            is_tie,
        }
    }

    /// The probability of each label to be the true one of the task.
    pub fn posterior(&self, task: usize) -> &[f64] {
        &self.posteriors[task * self.n_labels..][..self.n_labels]
    }

    /// The share of each label among the tasks.
    pub fn class_shares(&self) -> &[f64] {
        &self.class_shares
    }

    /// How many votes of the worker were counted.
    pub fn n_answers_of_worker(&self, worker: usize) -> u32 {
        self.n_answers_by_worker[worker]
    }

    /// The probability of each answer for each true label, row by row of true labels.
    pub fn confusion(&self, worker: usize) -> Vec<f64> {
        self.worker_model.confusion(worker)
    }

    /// The probability that the worker answers right: for the full form, its diagonal weighted by the
    /// shares of the labels.
    pub fn accuracy(&self, worker: usize) -> f64 {
        self.worker_model.accuracy(worker, &self.class_shares)
    }

    /// The M step: label shares and workers' errors from the posteriors.
    fn maximise(&mut self, crowd: &Crowd, known: &DawidSkene<'_>) {
        let mut counts = crowd.label_totals(&self.posteriors);
        for (count, prior) in counts.iter_mut().zip(known.class_prior) {
            *count += prior;
        }
        clip_and_normalise(&mut counts);
        self.class_shares = counts;
        self.worker_model
            .maximise(crowd, known.worker_prior, &self.posteriors);
    }

    /// The E step: posteriors from label shares and workers' errors. Returns the logarithm of the votes'
    /// likelihood.
    fn expect(&mut self, crowd: &Crowd, known: &DawidSkene<'_>) -> f64 {
        let n_labels = self.n_labels;
        let class_logs: Vec<f64> = self.class_shares.iter().map(|share| share.ln()).collect();
        let worker_model = &self.worker_model;
        let evidence_of_chunks: Vec<f64> = self
            .posteriors
            .par_chunks_mut(TASKS_PER_CHUNK * n_labels)
            .enumerate()
            .map(|(chunk_idx, rows)| {
                let tasks = (chunk_idx * TASKS_PER_CHUNK)..;
                let mut evidence = 0.0;
                for (task, row) in tasks.zip(rows.chunks_exact_mut(n_labels)) {
                    row.copy_from_slice(&class_logs);
                    let votes = crowd.votes_of_task(task);
                    for vote in votes {
                        worker_model.add_logs(vote, row);
                    }
                    let log_sum = normalise_logs(row, known.golden_label(task));
                    if !votes.is_empty() {
                        evidence += log_sum;
                    }
                }
                evidence
            })
            .collect();
        evidence_of_chunks.iter().sum()
    }

    /// The logarithm of the priors' density, up to a constant: with pseudo-counts, this plus the
    /// likelihood is what the iterations raise.
    fn log_prior(&self, known: &DawidSkene<'_>) -> f64 {
        let of_labels: f64 = known
            .class_prior
            .iter()
            .zip(&self.class_shares)
            .map(|(count, share)| count * share.ln())
            .sum();
        of_labels + self.worker_model.log_prior(known.worker_prior)
    }
}

/// Turns logarithms of joint probabilities into posteriors; returns the logarithm of their sum (of the
/// golden one's, which is then certain).
fn normalise_logs(row: &mut [f64], golden: Option<usize>) -> f64 {
    if let Some(golden) = golden {
        let log = row[golden];
        row.fill(0.0);
        row[golden] = 1.0;
        return log;
    }
    let top = row.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    let mut sum = 0.0;
    for value in row.iter_mut() {
        *value = (*value - top).exp();
        sum += *value;
    }
    for value in row.iter_mut() {
        *value /= sum;
    }
    top + sum.ln()
}

/// Turns counts into probabilities; without any count all are equal.
fn clip_and_normalise(counts: &mut [f64]) {
    for count in counts.iter_mut() {
        *count = count.max(COUNT_MIN);
    }
    let sum: f64 = counts.iter().sum();
    for count in counts.iter_mut() {
        *count /= sum;
    }
}
