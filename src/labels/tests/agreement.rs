//! Krippendorff's alpha against printed examples and its definition.

use super::{Draws, assert_close};
use crate::labels::{Vote, krippendorff_alpha};

/// One line per worker, one column per task; 0 is no answer.
fn votes_of(lines: &[&[u32]]) -> Vec<Vote> {
    let mut votes = Vec::new();
    for (worker, line) in (0..).zip(lines) {
        for (task, &label) in (0..).zip(*line) {
            if label > 0 {
                votes.push(Vote {
                    task,
                    worker,
                    label,
                });
            }
        }
    }
    votes
}

#[test]
fn the_textbook_s_four_coders_with_missing_answers_agree_by_0_743() {
    let votes = votes_of(&[
        &[1, 2, 3, 3, 2, 1, 4, 1, 2, 0, 0, 0],
        &[1, 2, 3, 3, 2, 2, 4, 1, 2, 5, 0, 3],
        &[0, 3, 3, 3, 2, 3, 4, 2, 2, 5, 1, 0],
        &[1, 2, 3, 3, 2, 4, 4, 1, 2, 5, 1, 0],
    ]);
    let alpha = krippendorff_alpha(votes).expect("defined");
    assert_close(alpha, 0.743, 0.0005);
}

#[test]
fn two_coders_of_ten_tasks_agree_as_computed_by_hand() {
    let votes = votes_of(&[
        &[1, 2, 1, 1, 1, 1, 1, 1, 2, 1],
        &[2, 2, 2, 1, 1, 2, 1, 1, 1, 1],
    ]);
    // 14 answers of one label, 6 of the other; 4 tasks disagree: 1 − 19 · 8 / (2 · 14 · 6).
    let alpha = krippendorff_alpha(votes).expect("defined");
    assert_close(alpha, 1.0 - 19.0 * 8.0 / 168.0, 1e-12);
}

#[test]
fn perfect_agreement_on_several_labels_is_one() {
    let votes = votes_of(&[&[1, 2, 3], &[1, 2, 3]]);
    assert_eq!(krippendorff_alpha(votes), Some(1.0));
}

#[test]
fn agreement_is_undefined_without_pairs_or_without_a_second_label() {
    assert_eq!(krippendorff_alpha(Vec::new()), None);
    assert_eq!(krippendorff_alpha(votes_of(&[&[1, 2, 1]])), None);
    assert_eq!(krippendorff_alpha(votes_of(&[&[1, 1], &[1, 1]])), None);
    // The other label stands alone on its task: it takes no part.
    assert_eq!(krippendorff_alpha(votes_of(&[&[1, 2], &[1, 0]])), None);
}

#[test]
fn a_worker_counts_once_per_task() {
    let mut votes = votes_of(&[&[1, 2, 1], &[1, 2, 2]]);
    let before = krippendorff_alpha(votes.clone());
    votes.push(Vote {
        task: 0,
        worker: 1,
        label: 3,
    });
    assert_eq!(krippendorff_alpha(votes), before);
}

/// One minus observed over expected disagreement, pair by pair.
fn plain_alpha(votes: &[Vote]) -> Option<f64> {
    let n_in_task = |task| votes.iter().filter(|vote| vote.task == task).count();
    let paired = || votes.iter().filter(|vote| n_in_task(vote.task) > 1);
    let n_answers = paired().count() as f64;
    let (mut observed, mut expected) = (0.0, 0.0);
    for left in paired() {
        for right in paired() {
            if left.label != right.label {
                expected += 1.0 / (n_answers * (n_answers - 1.0));
                if left.task == right.task {
                    observed += 1.0 / (n_answers * (n_in_task(left.task) as f64 - 1.0));
                }
            }
        }
    }
    (expected > 0.0).then(|| 1.0 - observed / expected)
}

#[test]
fn alpha_agrees_with_its_definition_in_any_order_of_votes() {
    let mut draws = Draws(11);
    for _ in 0..200 {
        let n_labels = 1 + draws.below(4);
        let mut votes = Vec::new();
        for task in 0..draws.below(8) {
            for worker in 0..4 {
                if draws.share() < 0.6 {
                    let label = draws.below(n_labels);
                    votes.push(Vote {
                        task,
                        worker,
                        label,
                    });
                }
            }
        }
        let found = krippendorff_alpha(votes.clone());
        match (found, plain_alpha(&votes)) {
            (Some(found), Some(expected)) => assert_close(found, expected, 1e-12),
            (found, expected) => assert_eq!(found, expected),
        }
        draws.shuffle(&mut votes);
        assert_eq!(krippendorff_alpha(votes), found);
    }
}
