//! The tie parameter that many groups share.

use super::ties::{MODELS, chances, determined_groups, fit_named};
use super::*;

type Groups = Vec<(usize, Vec<Comparison>)>;

/// A group of 5 items and 25 answers drawn from the model.
fn tied_group(draws: &mut Draws, model: TieModel, parameter: f64) -> (usize, Vec<Comparison>) {
    let truth: Vec<f64> = (0..5).map(|_| 3.0 * draws.share() - 1.5).collect();
    let answer = |_| {
        let mut answer = draws.answer(&truth);
        let difference = truth[answer.left as usize] - truth[answer.right as usize];
        let [win, lose, _] = chances(model, parameter, difference);
        let place = draws.share();
        answer.outcome = if place < win {
            Outcome::Left
        } else if place < win + lose {
            Outcome::Right
        } else {
            Outcome::Tie
        };
        answer
    };
    (5, (0..25).map(answer).collect())
}

fn panel(groups: &[(usize, Vec<Comparison>)]) -> Panel {
    let mut panel = Panel::new(5);
    for (n_items, rows) in groups {
        panel.push(*n_items as u32, &mut rows.clone());
    }
    panel
}

#[test]
fn the_parameter_of_many_small_groups_is_recovered() {
    for (model, truth) in [(TieModel::Davidson, 0.6), (TieModel::RaoKupper, 1.5)] {
        let mut draws = Draws(36);
        let groups: Groups = (0..600)
            .map(|_| tied_group(&mut draws, model, truth))
            .collect();
        let estimate = tie_parameter(&panel(&groups), model, &with_prior(1.0));
        let estimate = estimate.expect("an estimate");
        let distance = (estimate.value - truth) / estimate.standard_error;
        assert!(distance.abs() < 3.0, "{model:?} {distance} {estimate:?}");
        assert!(estimate.standard_error < 0.05 * truth);
        assert_eq!(estimate.n_answers, 15_000);
        let n_ties = groups.iter().flat_map(|(_, rows)| rows);
        let n_ties = n_ties.filter(|row| row.outcome == Outcome::Tie).count();
        assert_eq!(estimate.n_ties, n_ties);
    }
}

#[test]
fn a_panel_of_one_group_gives_the_groups_own_parameter() {
    for (model, name) in MODELS {
        for (n_items, rows) in determined_groups() {
            for wins in [0.0, 0.5] {
                let own = fit_named(name, n_items, &rows, &with_prior(wins));
                let own = own.found.tie_parameter.expect("a tie parameter");
                let once = panel(&[(n_items, rows.clone())]);
                let once = tie_parameter(&once, model, &with_prior(wins)).expect("an estimate");
                assert!((once.value - own).abs() < 1e-8 * own, "{name} {own}");
                let twice = panel(&[(n_items, rows.clone()), (n_items, rows.clone())]);
                let twice = tie_parameter(&twice, model, &with_prior(wins)).expect("an estimate");
                assert!((twice.value - own).abs() < 1e-8 * own, "{name} {own}");
                let ratio = twice.standard_error / once.standard_error;
                assert!((ratio - 0.5_f64.sqrt()).abs() < 1e-6, "{name} {ratio}");
            }
        }
    }
}

#[test]
fn the_error_of_the_shared_parameter_is_that_of_its_likelihood() {
    // Two items in balance: 10 wins each, 20 ties. The scores stay 0, so ν / (2 + ν) = ½ is binomial.
    let mut rows = vec![tie(0, 1); 20];
    rows.extend(vec![win(0, 1); 10]);
    rows.extend(vec![win(1, 0); 10]);
    let estimate = tie_parameter(&panel(&[(2, rows)]), TieModel::Davidson, &with_prior(0.0));
    let estimate = estimate.expect("an estimate");
    // var(log odds) = 1 / (n p (1 − p)) = 0.1, and ν = 2 × odds.
    let expected = [2.0, 2.0 * 0.1_f64.sqrt()];
    let found = [estimate.value, estimate.standard_error];
    assert_close(&found, &expected, 1e-9, "two items");
}

#[test]
fn threads_and_the_order_of_rows_do_not_change_the_shared_parameter() {
    let mut draws = Draws(37);
    let mut groups: Groups = (0..600).map(|_| (4, draws.group(4, 10))).collect();
    let estimate_with = |n_threads: usize, groups: &Groups| {
        let pool = rayon::ThreadPoolBuilder::new()
            .num_threads(n_threads)
            .build();
        let run = || tie_parameter(&panel(groups), TieModel::Davidson, &with_prior(0.5));
        let estimate = pool.expect("threads").install(run).expect("an estimate");
        [estimate.value, estimate.standard_error].map(f64::to_bits)
    };
    let alone = estimate_with(1, &groups);
    for (_, rows) in &mut groups {
        draws.shuffle(rows);
    }
    assert_eq!(alone, estimate_with(3, &groups));
}

#[test]
fn a_panel_that_determines_no_parameter_says_so() {
    let estimate = |groups: &[(usize, Vec<Comparison>)], prior| {
        tie_parameter(&panel(groups), TieModel::Davidson, &with_prior(prior))
    };
    assert_eq!(estimate(&[], 0.5), None);
    assert_eq!(estimate(&[(2, vec![win(0, 1), win(1, 0)])], 0.5), None);
    assert_eq!(estimate(&[(2, vec![tie(0, 1)])], 0.5), None);
    assert_eq!(estimate(&[(2, vec![win(0, 1), tie(0, 1)])], 0.0), None);
    // A group that never says who is better is left out without a prior, and counts with one.
    let mixed = [
        (2, vec![win(0, 1), win(1, 0), tie(0, 1)]),
        (2, vec![win(0, 1)]),
        (3, vec![]),
    ];
    let without = estimate(&mixed, 0.0).expect("an estimate");
    assert_eq!((without.n_ties, without.n_answers), (1, 3));
    assert!((without.value - 1.0).abs() < 1e-9);
    assert_eq!(estimate(&mixed, 0.5).expect("an estimate").n_answers, 4);
}

#[test]
fn only_the_models_of_ties_have_a_tie_parameter() {
    for method in METHODS {
        let expected = MODELS.iter().find(|(_, name)| *name == method.name());
        let expected = expected.map(|(model, _)| *model);
        assert_eq!(method.tie_model(), expected);
    }
}
