//! When a task is complete, whose answers are judged, and against how many.

use super::*;
use crate::quality::{Ballot, BallotBox, Judged, judge_ballots};

const WORKERS: [&str; 6] = ["w0", "w1", "w2", "w3", "w4", "w5"];

/// One answer each of workers w0, w1, …, a minute apart from minute `10·task_idx` on, each on a page of its own.
pub(super) fn ballot_box(
    task_idx: usize,
    answers: &[&'static str],
    overlap: u32,
) -> BallotBox<'static> {
    let ballot = |(position, answer): (usize, &&'static str)| {
        let minute = (10 * task_idx + position) as i64;
        Ballot {
            worker_id: WORKERS[position],
            assignment_id: format!("page of {minute}").leak(),
            task_index: 0,
            answer,
            submitted_at_us: minute * MINUTE_US,
            overlap: Some(overlap),
        }
    };
    BallotBox {
        ballots: answers.iter().enumerate().map(ballot).collect(),
        verdicts: Vec::new(),
        min_overlap: 0,
        ends_at_us: 1000 * MINUTE_US,
    }
}

/// Worker, minute of completion, votes like the worker's, votes for the top answer, all votes.
fn summary<'a>(judged: &[Judged<'a>]) -> Vec<(&'a str, i64, u32, u32, u32)> {
    let row = |judged: &Judged<'a>| {
        (
            judged.ballot.worker_id,
            judged.at_us / MINUTE_US,
            judged.n_agreeing,
            judged.n_top,
            judged.n_votes,
        )
    };
    judged.iter().map(row).collect()
}

fn judged(ballot_box: BallotBox<'static>) -> Vec<(&'static str, i64, u32, u32, u32)> {
    summary(&judge_ballots(ballot_box))
}

#[test]
fn answers_after_the_full_overlap_are_not_judged() {
    let found = judged(ballot_box(0, &["a", "a", "b", "b", "b"], 3));
    let expected = [("w0", 2, 2, 2, 3), ("w1", 2, 2, 2, 3), ("w2", 2, 1, 2, 3)];
    assert_eq!(found, expected);
}

#[test]
fn an_error_answer_and_an_unknown_label_are_values_like_others() {
    let found = judged(ballot_box(0, &["error", "error", "no such label"], 3));
    let expected = [("w0", 2, 2, 2, 3), ("w1", 2, 2, 2, 3), ("w2", 2, 1, 2, 3)];
    assert_eq!(found, expected);
}

#[test]
fn a_worker_votes_once_with_the_first_answer() {
    let mut again = ballot_box(0, &["a", "b", "a"], 2);
    again.ballots[1].worker_id = "w0";
    assert_eq!(judged(again), [("w0", 2, 2, 2, 2), ("w2", 2, 2, 2, 2)]);
}

#[test]
fn a_task_without_a_known_overlap_never_is_complete() {
    let mut unknown = ballot_box(0, &["a", "a"], 2);
    for ballot in &mut unknown.ballots {
        ballot.overlap = None;
    }
    assert_eq!(judged(unknown), []);
    assert_eq!(judged(ballot_box(0, &["a", "a"], 0)), []);
}

#[test]
fn a_vote_counts_until_its_page_is_rejected_and_again_once_it_is_accepted() {
    let mut rejected = ballot_box(0, &["a", "b", "a", "a"], 3);
    let first_page = rejected.ballots[0].assignment_id;
    rejected.verdicts.push((first_page, MINUTE_US, true));
    let expected = [("w1", 3, 1, 2, 3), ("w2", 3, 2, 2, 3), ("w3", 3, 2, 2, 3)];
    assert_eq!(judged(rejected), expected);

    let mut restored = ballot_box(0, &["a", "b"], 2);
    let first_page = restored.ballots[0].assignment_id;
    restored.verdicts.push((first_page, MINUTE_US / 2, true));
    restored.verdicts.push((first_page, 50 * MINUTE_US, false));
    assert_eq!(judged(restored), [("w0", 50, 1, 1, 2), ("w1", 50, 1, 1, 2)]);
}

#[test]
fn a_verdict_after_the_full_overlap_changes_nothing() {
    let mut late = ballot_box(0, &["a", "b"], 2);
    let first_page = late.ballots[0].assignment_id;
    late.verdicts.push((first_page, 5 * MINUTE_US, true));
    assert_eq!(judged(late), [("w0", 1, 1, 1, 2), ("w1", 1, 1, 1, 2)]);
}

#[test]
fn at_one_instant_pages_come_first_then_acceptances_then_rejections() {
    let mut at_once = ballot_box(0, &["a", "a"], 2);
    let first_page = at_once.ballots[0].assignment_id;
    at_once.verdicts.push((first_page, MINUTE_US, true));
    let pages_first = [("w0", 1, 2, 2, 2), ("w1", 1, 2, 2, 2)];
    assert_eq!(judged(at_once), pages_first);

    // Worker 0 is accepted after a rejection at the very instant at which worker 1 is rejected.
    let mut at_once = ballot_box(0, &["a", "a"], 2);
    let (first_page, second_page) = (
        at_once.ballots[0].assignment_id,
        at_once.ballots[1].assignment_id,
    );
    at_once.verdicts.extend([
        (first_page, MINUTE_US / 2, true),
        (second_page, 7 * MINUTE_US, true),
        (first_page, 7 * MINUTE_US, false),
    ]);
    assert_eq!(judged(at_once), [("w0", 7, 2, 2, 2), ("w1", 7, 2, 2, 2)]);
}

#[test]
fn of_a_rejection_and_an_acceptance_of_one_page_at_one_instant_the_acceptance_is_the_last() {
    let mut at_once = ballot_box(0, &["a", "a"], 2);
    let first_page = at_once.ballots[0].assignment_id;
    at_once.verdicts.extend([
        (first_page, MINUTE_US / 2, false),
        (first_page, MINUTE_US / 2, true),
    ]);
    assert_eq!(judged(at_once), [("w0", 1, 2, 2, 2), ("w1", 1, 2, 2, 2)]);
}

#[test]
fn fewer_votes_are_enough_at_the_end_of_the_log_where_the_options_say_so() {
    let with_minimum = |min_overlap| {
        let ballot_box = ballot_box(0, &["a", "a"], 3);
        judged(BallotBox {
            min_overlap,
            ..ballot_box
        })
    };
    assert_eq!(with_minimum(0), []);
    assert_eq!(with_minimum(3), []);
    let at_end = [("w0", 1000, 2, 2, 2), ("w1", 1000, 2, 2, 2)];
    assert_eq!(with_minimum(2), at_end);
    let mut rejected_at_the_end = BallotBox {
        min_overlap: 2,
        ..ballot_box(0, &["a", "a"], 3)
    };
    let first_page = rejected_at_the_end.ballots[0].assignment_id;
    let end_us = rejected_at_the_end.ends_at_us;
    rejected_at_the_end
        .verdicts
        .push((first_page, end_us, true));
    assert_eq!(
        judged(rejected_at_the_end),
        at_end,
        "what a majority at the end leads to does not undo it"
    );
}

#[test]
fn the_order_of_the_ballots_given_does_not_matter() {
    let mut backwards = ballot_box(0, &["a", "a", "b", "b"], 3);
    backwards.ballots.reverse();
    assert_eq!(
        judged(backwards),
        judged(ballot_box(0, &["a", "a", "b", "b"], 3))
    );
}
