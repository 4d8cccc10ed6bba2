//! Dawid–Skene against a slow plain copy, and what golden tasks, priors, ties and threads must do.

use super::{Draws, assert_close};
use crate::labels::{DawidSkene, Fit, Form, PriorAnswers, Vote, dawid_skene};

const FORMS: [Form; 2] = [Form::Full, Form::OneCoin];

fn vote(task: u32, worker: u32, label: u32) -> Vote {
    Vote {
        task,
        worker,
        label,
    }
}

fn known(form: Form, n_tasks: usize, n_workers: usize, n_labels: usize) -> DawidSkene<'static> {
    DawidSkene {
        form,
        n_tasks,
        n_workers,
        n_labels,
        golden: &[],
        class_prior: &[],
        worker_prior: &[],
    }
}

/// Workers of different accuracy on random tasks.
fn crowd(draws: &mut Draws, n_tasks: u32, n_workers: u32, n_labels: u32) -> Vec<Vote> {
    let accuracies: Vec<f64> = (0..n_workers).map(|_| 0.3 + 0.65 * draws.share()).collect();
    let mut votes = Vec::new();
    for task in 0..n_tasks {
        let truth = draws.below(n_labels);
        for worker in 0..n_workers {
            if draws.share() < 0.6 {
                let is_right = draws.share() < accuracies[worker as usize];
                let label = if is_right {
                    truth
                } else {
                    draws.below(n_labels)
                };
                votes.push(vote(task, worker, label));
            }
        }
    }
    votes
}

/// The same model written down once more: nested lists, probabilities instead of logarithms.
struct Plain {
    posteriors: Vec<Vec<f64>>,
    class_shares: Vec<f64>,
    confusions: Vec<Vec<Vec<f64>>>,
    iterations: u32,
}

fn clip(row: &[f64]) -> Vec<f64> {
    let clipped: Vec<f64> = row.iter().map(|value| value.max(1e-10)).collect();
    let sum: f64 = clipped.iter().sum();
    clipped.iter().map(|value| value / sum).collect()
}

impl Plain {
    fn fit(votes: &[Vote], known: &DawidSkene<'_>) -> Self {
        let mut plain = Self {
            posteriors: plain_shares(votes, known),
            class_shares: Vec::new(),
            confusions: Vec::new(),
            iterations: 0,
        };
        plain.maximise(votes, known);
        let mut bound_before = f64::NEG_INFINITY;
        while plain.iterations < 100 {
            let bound = plain.log_prior(known) + plain.expect(votes, known);
            plain.maximise(votes, known);
            plain.iterations += 1;
            if (bound - bound_before) / (votes.len() as f64) < 1e-5 {
                break;
            }
            bound_before = bound;
        }
        plain
    }

    fn maximise(&mut self, votes: &[Vote], known: &DawidSkene<'_>) {
        let n_labels = known.n_labels;
        let mut totals = vec![0.0; n_labels];
        for (label, total) in totals.iter_mut().enumerate() {
            *total += known.class_prior.get(label).unwrap_or(&0.0);
            for (task, posterior) in self.posteriors.iter().enumerate() {
                if votes.iter().any(|vote| vote.task as usize == task) {
                    *total += posterior[label];
                }
            }
        }
        self.class_shares = clip(&totals);
        self.confusions = (0..known.n_workers)
            .map(|worker| {
                let prior = known.worker_prior.get(worker).copied().unwrap_or_default();
                let own = votes.iter().filter(|vote| vote.worker as usize == worker);
                match known.form {
                    Form::Full => self.matrix(n_labels, prior, &own),
                    Form::OneCoin => self.coin(n_labels, prior, own),
                }
            })
            .collect();
    }

    fn matrix<'a>(
        &self,
        n_labels: usize,
        prior: PriorAnswers,
        votes: &(impl Iterator<Item = &'a Vote> + Clone),
    ) -> Vec<Vec<f64>> {
        let n_wrong_cells = (n_labels * (n_labels - 1)) as f64;
        let cell = |truth: usize, answer: usize| {
            let before = if truth == answer {
                prior.correct / n_labels as f64
            } else {
                prior.wrong / n_wrong_cells
            };
            let with_answer = votes.clone().filter(|vote| vote.label as usize == answer);
            let posterior = |vote: &Vote| self.posteriors[vote.task as usize][truth];
            before + with_answer.map(posterior).sum::<f64>()
        };
        let row = |truth| {
            (0..n_labels)
                .map(|answer| cell(truth, answer))
                .collect::<Vec<_>>()
        };
        (0..n_labels).map(|truth| clip(&row(truth))).collect()
    }

    fn coin<'a>(
        &self,
        n_labels: usize,
        prior: PriorAnswers,
        votes: impl Iterator<Item = &'a Vote> + Clone,
    ) -> Vec<Vec<f64>> {
        let posterior = |vote: &Vote| self.posteriors[vote.task as usize][vote.label as usize];
        let n_right = prior.correct + votes.clone().map(posterior).sum::<f64>();
        let n_all = prior.correct + prior.wrong + votes.count() as f64;
        let share = if n_all > 0.0 {
            n_right / n_all
        } else {
            1.0 / n_labels as f64
        };
        let right = share.clamp(1e-10, 1.0 - 1e-10);
        let wrong = (1.0 - right) / (n_labels - 1) as f64;
        let cell = |truth, answer| if truth == answer { right } else { wrong };
        let row = |truth| (0..n_labels).map(|answer| cell(truth, answer)).collect();
        (0..n_labels).map(row).collect()
    }

    fn expect(&mut self, votes: &[Vote], known: &DawidSkene<'_>) -> f64 {
        let mut evidence = 0.0;
        for task in 0..known.n_tasks {
            let own = || votes.iter().filter(|vote| vote.task as usize == task);
            let factor = |vote: &Vote, truth: usize| {
                self.confusions[vote.worker as usize][truth][vote.label as usize]
            };
            let joint: Vec<f64> = (0..known.n_labels)
                .map(|truth| {
                    let factors = own().map(|vote| factor(vote, truth));
                    self.class_shares[truth] * factors.product::<f64>()
                })
                .collect();
            let total: f64 = joint.iter().sum();
            self.posteriors[task] = joint.iter().map(|value| value / total).collect();
            let mut likelihood = total;
            if let Some(Some(golden)) = known.golden.get(task) {
                self.posteriors[task] = vec![0.0; known.n_labels];
                self.posteriors[task][*golden as usize] = 1.0;
                likelihood = joint[*golden as usize];
            }
            if own().count() > 0 {
                evidence += likelihood.ln();
            }
        }
        evidence
    }

    fn log_prior(&self, known: &DawidSkene<'_>) -> f64 {
        let mut log = 0.0;
        for (share, count) in self.class_shares.iter().zip(known.class_prior) {
            log += count * share.ln();
        }
        let n_labels = known.n_labels as f64;
        for (confusion, prior) in self.confusions.iter().zip(known.worker_prior) {
            for (truth, row) in confusion.iter().enumerate() {
                for (answer, probability) in row.iter().enumerate() {
                    log += probability.ln()
                        * if truth == answer {
                            prior.correct / n_labels
                        } else {
                            prior.wrong / (n_labels * (n_labels - 1.0))
                        };
                }
            }
        }
        log
    }
}

fn plain_shares(votes: &[Vote], known: &DawidSkene<'_>) -> Vec<Vec<f64>> {
    let n_of = |task: usize, label: usize| {
        let is_it = |vote: &&Vote| vote.task as usize == task && vote.label as usize == label;
        votes.iter().filter(is_it).count() as f64
    };
    (0..known.n_tasks)
        .map(|task| {
            let counts: Vec<f64> = match known.golden.get(task) {
                Some(Some(golden)) => (0..known.n_labels)
                    .map(|label| f64::from(u8::from(label == *golden as usize)))
                    .collect(),
                _ => (0..known.n_labels).map(|label| n_of(task, label)).collect(),
            };
            let sum: f64 = counts.iter().sum();
            counts.iter().map(|count| count / sum.max(1.0)).collect()
        })
        .collect()
}

fn assert_agrees(fit: &Fit, plain: &Plain, known: &DawidSkene<'_>) {
    assert_eq!(fit.iterations, plain.iterations, "{known:?}");
    for task in 0..known.n_tasks {
        for (found, expected) in fit.posterior(task).iter().zip(&plain.posteriors[task]) {
            assert_close(*found, *expected, 1e-9);
        }
    }
    for worker in 0..known.n_workers {
        let expected = plain.confusions[worker].concat();
        for (found, expected) in fit.confusion(worker).iter().zip(&expected) {
            assert_close(*found, *expected, 1e-9);
        }
    }
}

#[test]
fn a_plain_copy_agrees_on_random_crowds() {
    let mut draws = Draws(21);
    for round in 0..300 {
        let (n_tasks, n_workers) = (1 + draws.below(20), 1 + draws.below(6));
        let n_labels = 2 + draws.below(3);
        let votes = crowd(&mut draws, n_tasks, n_workers, n_labels);
        if votes.is_empty() {
            continue;
        }
        let golden: Vec<Option<u32>> = (0..n_tasks)
            .map(|_| (draws.share() < 0.2).then(|| draws.below(n_labels)))
            .collect();
        let class_prior: Vec<f64> = (0..n_labels).map(|_| draws.share()).collect();
        let worker_prior: Vec<PriorAnswers> = (0..n_workers)
            .map(|_| PriorAnswers {
                correct: 10.0 * draws.share(),
                wrong: 5.0 * draws.share(),
            })
            .collect();
        for form in FORMS {
            let bare = known(
                form,
                n_tasks as usize,
                n_workers as usize,
                n_labels as usize,
            );
            let with_all = DawidSkene {
                golden: &golden,
                class_prior: &class_prior,
                worker_prior: &worker_prior,
                ..bare
            };
            let chosen = if round % 2 == 0 { bare } else { with_all };
            let fit = dawid_skene(votes.clone(), &chosen);
            assert_agrees(&fit, &Plain::fit(&votes, &chosen), &chosen);
        }
    }
}

#[test]
fn a_careful_worker_outweighs_two_careless_ones() {
    let mut draws = Draws(22);
    let mut votes = Vec::new();
    // Two good workers agree; three guess, also on task 0, which only one good worker saw.
    for task in 1..200 {
        let truth = draws.below(2);
        votes.extend([vote(task, 0, truth), vote(task, 1, truth)]);
        votes.extend((2..5).map(|worker| vote(task, worker, draws.below(2))));
    }
    votes.extend([vote(0, 0, 1), vote(0, 2, 0), vote(0, 3, 0)]);
    for form in FORMS {
        let fit = dawid_skene(votes.clone(), &known(form, 200, 5, 2));
        assert_eq!(fit.label(0).label, 1);
        assert_eq!(fit.label(0).n_answers, 3);
        assert!(fit.converged);
        assert!(fit.accuracy(0) > 0.95 && fit.accuracy(2) < 0.65);
    }
}

#[test]
fn golden_tasks_keep_their_label_and_teach_who_is_wrong() {
    let mut votes = Vec::new();
    // The majority is wrong on all golden tasks, and alone on task 10 against the one who was right.
    for task in 0..10 {
        votes.extend([vote(task, 0, 0), vote(task, 1, 1), vote(task, 2, 1)]);
    }
    votes.extend([vote(10, 0, 0), vote(10, 1, 1), vote(10, 2, 1)]);
    let mut golden = vec![Some(0); 10];
    golden.push(None);
    for form in FORMS {
        let with_golden = DawidSkene {
            golden: &golden,
            ..known(form, 11, 3, 2)
        };
        let fit = dawid_skene(votes.clone(), &with_golden);
        for task in 0..10 {
            assert_eq!(fit.posterior(task), [1.0, 0.0]);
        }
        assert_eq!(fit.label(10).label, 0);
        assert!(fit.accuracy(0) > 0.9 && fit.accuracy(1) < 0.1);
        let without = dawid_skene(votes.clone(), &known(form, 11, 3, 2));
        assert_eq!(without.label(10).label, 1);
    }
}

#[test]
fn earlier_answers_shift_a_worker_without_votes() {
    let votes = vec![vote(0, 0, 0), vote(1, 0, 1)];
    let worker_prior = [
        PriorAnswers::default(),
        PriorAnswers {
            correct: 8.0,
            wrong: 2.0,
        },
        PriorAnswers::default(),
    ];
    for form in FORMS {
        let with_prior = DawidSkene {
            worker_prior: &worker_prior,
            ..known(form, 2, 3, 2)
        };
        let fit = dawid_skene(votes.clone(), &with_prior);
        assert_close(fit.accuracy(1), 0.8, 1e-9);
        assert_close(fit.accuracy(2), 0.5, 1e-9);
        for (found, expected) in fit.confusion(1).iter().zip([0.8, 0.2, 0.2, 0.8]) {
            assert_close(*found, expected, 1e-9);
        }
    }
}

#[test]
fn earlier_answers_decide_between_two_workers() {
    let votes = vec![vote(0, 0, 0), vote(0, 1, 1)];
    let prior = |correct, wrong| PriorAnswers { correct, wrong };
    let worker_prior = [prior(50.0, 50.0), prior(95.0, 5.0)];
    for form in FORMS {
        let with_prior = DawidSkene {
            worker_prior: &worker_prior,
            ..known(form, 1, 2, 2)
        };
        let label = dawid_skene(votes.clone(), &with_prior).label(0);
        assert_eq!((label.label, label.is_tie), (1, false));
        let tied = dawid_skene(votes.clone(), &known(form, 1, 2, 2)).label(0);
        assert_eq!((tied.label, tied.is_tie, tied.confidence), (0, true, 0.5));
    }
}

#[test]
fn imaginary_tasks_of_a_label_shift_the_shares() {
    let votes = vec![vote(0, 0, 0), vote(1, 0, 1)];
    let with_prior = DawidSkene {
        class_prior: &[0.0, 6.0],
        ..known(Form::OneCoin, 2, 1, 2)
    };
    let fit = dawid_skene(votes.clone(), &with_prior);
    let plain = Plain::fit(&votes, &with_prior);
    assert!(fit.class_shares()[1] > 0.7);
    assert_agrees(&fit, &plain, &with_prior);
}

#[test]
fn one_label_no_votes_and_lonely_tasks_have_an_answer() {
    for form in FORMS {
        let one_label = dawid_skene(vec![vote(0, 0, 0)], &known(form, 2, 2, 1));
        assert_eq!(one_label.posterior(0), [1.0]);
        assert_eq!(one_label.accuracy(0), 1.0);
        assert_eq!(one_label.confusion(1), [1.0]);
        let nothing = dawid_skene(Vec::new(), &known(form, 1, 1, 2));
        assert_eq!((nothing.iterations, nothing.converged), (0, true));
        assert_eq!(nothing.posterior(0), [0.5, 0.5]);
        let empty = dawid_skene(Vec::new(), &known(form, 0, 0, 2));
        assert_eq!(empty.class_shares(), [0.5, 0.5]);
        let lonely = dawid_skene(vec![vote(0, 0, 1)], &known(form, 2, 1, 3));
        assert_eq!((lonely.label(0).label, lonely.label(1).n_answers), (1, 0));
    }
}

#[test]
fn of_two_votes_of_a_worker_on_a_task_the_first_label_counts() {
    let once = vec![vote(0, 0, 1), vote(0, 1, 2), vote(1, 0, 0)];
    let mut twice = once.clone();
    twice.push(vote(0, 0, 2));
    for form in FORMS {
        let setting = known(form, 2, 2, 3);
        let expected = dawid_skene(once.clone(), &setting);
        assert_eq!(dawid_skene(twice.clone(), &setting), expected);
    }
}

#[test]
fn neither_order_nor_threads_change_a_bit() {
    let mut draws = Draws(23);
    // Several chunks of tasks.
    let mut votes = crowd(&mut draws, 9000, 7, 4);
    for form in FORMS {
        let setting = known(form, 9000, 7, 4);
        let expected = dawid_skene(votes.clone(), &setting);
        assert!(expected.converged && expected.iterations > 2);
        for n_threads in [1, 2, 5] {
            draws.shuffle(&mut votes);
            let pool = rayon::ThreadPoolBuilder::new()
                .num_threads(n_threads)
                .build()
                .expect("threads");
            let found = pool.install(|| dawid_skene(votes.clone(), &setting));
            assert_eq!(found, expected, "{n_threads} threads");
        }
    }
}

#[test]
fn renumbering_tasks_and_workers_renumbers_the_result() {
    let mut draws = Draws(24);
    let votes = crowd(&mut draws, 40, 5, 3);
    let renumbered = votes.iter();
    let renumbered = renumbered.map(|old| vote(39 - old.task, 4 - old.worker, old.label));
    let renumbered: Vec<Vote> = renumbered.collect();
    for form in FORMS {
        let setting = known(form, 40, 5, 3);
        let before = dawid_skene(votes.clone(), &setting);
        let after = dawid_skene(renumbered.clone(), &setting);
        for task in 0..40 {
            for (left, right) in before
                .posterior(task)
                .iter()
                .zip(after.posterior(39 - task))
            {
                assert_close(*left, *right, 1e-9);
            }
        }
    }
}
