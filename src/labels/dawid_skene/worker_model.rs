//! The errors of all workers as logarithms: a matrix or one number each. It knows no task's label.

use rayon::prelude::*;

use super::crowd::{Crowd, add};
use super::{COUNT_MIN, DawidSkene, Form, PriorAnswers, clip_and_normalise};
use crate::labels::Vote;

/// Logarithms of the probabilities of answers.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct WorkerModel {
    form: Form,
    n_labels: usize,
    /// Full: for each worker and answer, by true label. One coin: for each worker, of the right answer and
    /// of each wrong one.
    logs: Vec<f64>,
}

impl WorkerModel {
    pub(super) fn new(known: &DawidSkene<'_>) -> Self {
        let (form, n_labels) = (known.form, known.n_labels);
        let width = match form {
            Form::Full => n_labels * n_labels,
            Form::OneCoin => 2,
        };
        Self {
            form,
            n_labels,
            logs: vec![0.0; known.n_workers * width],
        }
    }

    fn width(&self) -> usize {
        match self.form {
            Form::Full => self.n_labels * self.n_labels,
            Form::OneCoin => 2,
        }
    }

    fn logs_of(&self, worker: usize) -> &[f64] {
        &self.logs[worker * self.width()..][..self.width()]
    }

    /// Adds to the logarithm of each true label how likely it makes the vote.
    pub(super) fn add_logs(&self, vote: &Vote, row: &mut [f64]) {
        let logs = self.logs_of(vote.worker as usize);
        let answer = vote.label as usize;
        match self.form {
            Form::Full => add(row, &logs[answer * self.n_labels..][..self.n_labels]),
            Form::OneCoin => {
                for (label, log) in row.iter_mut().enumerate() {
                    *log += if label == answer { logs[0] } else { logs[1] };
                }
            }
        }
    }

    /// Fits every worker to the posteriors; each worker's sums go in the order of tasks.
    pub(super) fn maximise(&mut self, crowd: &Crowd, priors: &[PriorAnswers], posteriors: &[f64]) {
        let (form, n_labels) = (self.form, self.n_labels);
        let width = self.width();
        let workers = self.logs.par_chunks_mut(width).enumerate();
        workers.for_each(|(worker, logs)| {
            let prior = priors.get(worker).copied().unwrap_or_default();
            let votes = crowd.votes_of_worker(worker).map(|vote| {
                let first = vote.task as usize * n_labels;
                (vote.label as usize, &posteriors[first..first + n_labels])
            });
            match form {
                Form::Full => fit_matrix(logs, n_labels, prior, votes),
                Form::OneCoin => fit_coin(logs, n_labels, prior, votes),
            }
        });
    }

    /// Row by row of true labels, the probability of each answer.
    pub(super) fn confusion(&self, worker: usize) -> Vec<f64> {
        let (n_labels, logs) = (self.n_labels, self.logs_of(worker));
        let cells = (0..n_labels * n_labels).map(|cell| (cell / n_labels, cell % n_labels));
        cells
            .map(|(truth, answer)| match self.form {
                Form::Full => logs[answer * n_labels + truth].exp(),
                Form::OneCoin => logs[usize::from(truth != answer)].exp(),
            })
            .collect()
    }

    /// The probability of a right answer when labels have these shares.
    pub(super) fn accuracy(&self, worker: usize, class_shares: &[f64]) -> f64 {
        let logs = self.logs_of(worker);
        match self.form {
            Form::Full => (0..self.n_labels)
                .map(|label| class_shares[label] * logs[label * (self.n_labels + 1)].exp())
                .sum(),
            Form::OneCoin => logs[0].exp(),
        }
    }

    /// The logarithm of the density of the workers' priors, up to a constant.
    pub(super) fn log_prior(&self, priors: &[PriorAnswers]) -> f64 {
        let of_worker = |(worker, prior): (usize, &PriorAnswers)| {
            let logs = self.logs_of(worker);
            match self.form {
                Form::Full => {
                    let spread = Spread::new(*prior, self.n_labels);
                    let counts = spread.counts();
                    counts.zip(logs).map(|(count, log)| count * log).sum()
                }
                Form::OneCoin => prior.correct * logs[0] + prior.wrong * logs[1],
            }
        };
        priors.iter().enumerate().map(of_worker).sum::<f64>()
    }
}

/// Earlier answers, spread evenly over a matrix.
struct Spread {
    n_labels: usize,
    on_diagonal: f64,
    elsewhere: f64,
}

impl Spread {
    fn new(prior: PriorAnswers, n_labels: usize) -> Self {
        let n_wrong_cells = n_labels * (n_labels - 1);
        Self {
            n_labels,
            on_diagonal: prior.correct / n_labels as f64,
            elsewhere: prior.wrong / n_wrong_cells.max(1) as f64,
        }
    }

    /// One per cell of the matrix; it is symmetric, so rows may be answers or true labels.
    fn counts(&self) -> impl Iterator<Item = f64> {
        let cells = 0..self.n_labels * self.n_labels;
        cells.map(|cell| {
            if cell.is_multiple_of(self.n_labels + 1) {
                self.on_diagonal
            } else {
                self.elsewhere
            }
        })
    }
}

fn fit_matrix<'a>(
    logs: &mut [f64],
    n_labels: usize,
    prior: PriorAnswers,
    votes: impl Iterator<Item = (usize, &'a [f64])>,
) {
    let spread = Spread::new(prior, n_labels);
    for (cell, count) in logs.iter_mut().zip(spread.counts()) {
        *cell = count;
    }
    for (answer, posterior) in votes {
        add(&mut logs[answer * n_labels..][..n_labels], posterior);
    }
    let mut of_truth = vec![0.0; n_labels];
    for truth in 0..n_labels {
        for (answer, count) in of_truth.iter_mut().enumerate() {
            *count = logs[answer * n_labels + truth];
        }
        clip_and_normalise(&mut of_truth);
        for (answer, probability) in of_truth.iter().enumerate() {
            logs[answer * n_labels + truth] = probability.ln();
        }
    }
}

fn fit_coin<'a>(
    logs: &mut [f64],
    n_labels: usize,
    prior: PriorAnswers,
    votes: impl Iterator<Item = (usize, &'a [f64])>,
) {
    let mut n_right = prior.correct;
    let mut n_all = prior.correct + prior.wrong;
    for (answer, posterior) in votes {
        n_right += posterior[answer];
        n_all += 1.0;
    }
    // Of a worker without any answer nothing is known: each label is as likely.
    let share = if n_all > 0.0 {
        n_right / n_all
    } else {
        1.0 / n_labels as f64
    };
    let (right, wrong) = if n_labels == 1 {
        (1.0, COUNT_MIN)
    } else {
        let right = share.clamp(COUNT_MIN, 1.0 - COUNT_MIN);
        (right, (1.0 - right) / (n_labels - 1) as f64)
    };
    logs[0] = right.ln();
    logs[1] = wrong.ln();
}
