//! The account of a pair: counts by hand, fits made apart.

use super::*;

fn story(n_items: usize, rows: &[Comparison], left: u32, right: u32) -> PairStory {
    let mut rows = rows.to_vec();
    let outcomes = Outcomes::prepare(n_items, &mut rows);
    pair_story(&outcomes, left, right, &with_prior(0.5))
}

fn by(worker: u32, row: Comparison) -> Comparison {
    Comparison { worker, ..row }
}

#[test]
fn direct_evidence_is_counted_by_item_not_by_side() {
    let rows = [
        by(0, win(1, 2)),
        by(1, win(1, 2)),
        by(0, row(2, 1, Outcome::Right, 0.5)),
        by(2, win(2, 1)),
        by(2, tie(1, 2)),
        by(3, win(0, 1)),
    ];
    let direct = story(3, &rows, 1, 2).direct;
    assert_eq!(
        (direct.n_left_won, direct.n_right_won, direct.n_ties),
        (3, 1, 1)
    );
    assert_eq!((direct.n_shown_as_named, direct.n_workers), (3, 3));
    assert_close(
        &[direct.left_weight, direct.right_weight],
        &[3.0, 1.5],
        1e-12,
        "weights",
    );
    let difference = direct.difference.expect("answers");
    assert_close(&[difference], &[(3.5_f64 / 2.0).ln()], 1e-12, "difference");
    let error = direct.difference_error.expect("answers");
    assert_close(
        &[error],
        &[(1.0 / 3.5 + 1.0 / 2.0_f64).sqrt()],
        1e-12,
        "error",
    );
}

#[test]
fn all_and_indirect_evidence_are_the_fits_with_and_without_the_pair() {
    let rows = Draws(40).group(6, 50);
    let story = story(6, &rows, 4, 1);
    let without: Vec<Comparison> = rows
        .iter()
        .copied()
        .filter(|row| row.low_high() != (1, 4))
        .collect();
    assert!(without.len() < rows.len());
    for (estimate, rows) in [(story.all, &rows), (story.indirect, &without)] {
        let estimate = estimate.expect("a prior");
        let fit = fit(bradley_terry(), 6, rows, 0.5);
        let (scores, errors) = (
            fit.scores.expect("scores"),
            fit.standard_errors.expect("errors"),
        );
        let found = [
            estimate.left_score,
            estimate.right_score,
            estimate.difference,
        ];
        let expected = [scores[4], scores[1], scores[4] - scores[1]];
        assert_close(&found, &expected, 1e-12, "scores");
        let found = [estimate.left_error, estimate.right_error].map(|error| error.expect("errors"));
        assert_close(&found, &[errors[4], errors[1]], 1e-12, "errors");
        let chance = 1.0 / (1.0 + (-estimate.difference).exp());
        assert_close(&[estimate.win_probability], &[chance], 1e-12, "chance");
        // Scores of a group vary together: their difference is better known than by two errors.
        assert!(estimate.difference_error < errors[4].hypot(errors[1]));
    }
    assert!(story.is_linked && story.conflict.is_some());
}

#[test]
fn naming_the_items_the_other_way_turns_the_story_round() {
    let rows = Draws(41).group(6, 50);
    let (one, other) = (story(6, &rows, 0, 3), story(6, &rows, 3, 0));
    let (all, turned) = (one.all.expect("scores"), other.all.expect("scores"));
    assert_close(
        &[all.difference],
        &[-turned.difference],
        1e-12,
        "difference",
    );
    assert_close(
        &[all.difference_error],
        &[turned.difference_error],
        1e-9,
        "error",
    );
    let conflicts = [one.conflict.expect("both"), -other.conflict.expect("both")];
    assert_close(&conflicts[..1], &conflicts[1..], 1e-9, "conflict");
    assert_eq!(one.direct.n_left_won, other.direct.n_right_won);
}

#[test]
fn the_error_of_the_difference_is_worked_out_by_hand_for_two_items() {
    // Curvature [[h + p, -h], [-h, h + p]]: the difference has variance 2 / (p + 2 h).
    let rows = [win(0, 1), win(0, 1), win(1, 0)];
    let story = story(2, &rows, 0, 1);
    let all = story.all.expect("scores");
    let share = |x: f64| 1.0 / (1.0 + (-x).exp());
    let h = 3.0 * share(all.difference) * share(-all.difference);
    let p = share(all.left_score) * share(-all.left_score);
    let expected = (2.0 / (p + 2.0 * h)).sqrt();
    assert_close(&[all.difference_error], &[expected], 1e-9, "error");
}

#[test]
fn contradicting_answers_are_told() {
    // 0 beats 1 directly, but by way of 2 it should lose.
    let mut rows = vec![win(0, 1); 12];
    rows.extend([win(1, 2); 10]);
    rows.extend([win(2, 0); 10]);
    let contradicted = story(3, &rows, 0, 1);
    assert!(
        contradicted.conflict.expect("both") > 2.0,
        "{contradicted:?}"
    );
    let mut draws = Draws(42);
    let rows: Vec<Comparison> = (0..300).map(|_| draws.answer(&[1.0, 0.0, 0.5])).collect();
    let conflict = story(3, &rows, 0, 1).conflict.expect("both");
    assert!(conflict.abs() < 3.0, "{conflict}");
}

#[test]
fn evidence_that_is_missing_is_none() {
    let unlinked = story(3, &[win(0, 1)], 0, 1);
    assert!(!unlinked.is_linked && unlinked.conflict.is_none());
    let indirect = unlinked.indirect.expect("the prior's");
    assert_close(&[indirect.difference], &[0.0], 1e-12, "nothing is known");
    let unmet = story(3, &[win(0, 2), win(2, 1)], 0, 1);
    assert!(unmet.is_linked && unmet.conflict.is_none());
    assert_eq!(unmet.direct, DirectEvidence::default());
    assert_eq!(unmet.all, unmet.indirect);
    let mut rows = vec![win(0, 1)];
    let outcomes = Outcomes::prepare(2, &mut rows);
    let undetermined = pair_story(&outcomes, 0, 1, &with_prior(0.0));
    assert_eq!(undetermined.status, Status::NotIdentified);
    assert!(undetermined.all.is_none() && undetermined.indirect.is_none());
}

#[test]
fn a_large_group_has_the_same_story_as_its_only_answered_part() {
    let rows = Draws(43).group(8, 60);
    let (small, large) = (story(8, &rows, 2, 5), story(300, &rows, 2, 5));
    let (one, other) = (small.all.expect("scores"), large.all.expect("scores"));
    assert_close(&[one.difference], &[other.difference], 1e-8, "difference");
    assert_close(
        &[one.difference_error],
        &[other.difference_error],
        1e-8,
        "error",
    );
}

#[test]
fn the_error_of_a_difference_takes_the_prior_of_the_fit() {
    let rows = Draws(44).group(5, 40);
    for prior in [Prior::Wins(2.0), Prior::SquaredScores(0.3), Prior::Auto] {
        let parameters = Parameters {
            prior: Some(prior),
            ..Parameters::default()
        };
        let mut rows = rows.clone();
        // An item that nobody met has the prior's error alone, and no part in another's.
        let outcomes = Outcomes::prepare(6, &mut rows);
        let all = pair_story(&outcomes, 1, 5, &parameters)
            .all
            .expect("scores");
        let errors = [all.left_error, all.right_error].map(|error| error.expect("errors"));
        let expected = errors[0].hypot(errors[1]);
        assert_close(&[all.difference_error], &[expected], 1e-8, "errors");
    }
}
