//! The models of ties against their own formulas, computed slowly.

use super::*;
use crate::ranking::laplacian::{Anchor, Components, Laplacian};
use crate::ranking::tied::{has_cycle_of_more_wins_than_ties, tied_pairs};

pub(super) const MODELS: [(TieModel, &str); 2] = [
    (TieModel::Davidson, "davidson"),
    (TieModel::RaoKupper, "rao_kupper"),
];

pub(super) fn fit_named(
    name: &str,
    n_items: usize,
    rows: &[Comparison],
    parameters: &Parameters,
) -> Fit {
    let mut rows = rows.to_vec();
    let outcomes = Outcomes::prepare(n_items, &mut rows);
    method(name).expect("registered").fit(&outcomes, parameters)
}

/// Chances that the first wins, that the second wins, and of a tie, as the documentation prints them.
pub(super) fn chances(model: TieModel, parameter: f64, difference: f64) -> [f64; 3] {
    let (one, other) = ((0.5 * difference).exp(), (-0.5 * difference).exp());
    match model {
        TieModel::Davidson => {
            let all = one + other + parameter;
            [one / all, other / all, parameter / all]
        }
        TieModel::RaoKupper => {
            let win = one / (one + parameter * other);
            let lose = other / (other + parameter * one);
            let tie = (parameter * parameter - 1.0) * win * lose;
            [win, lose, tie]
        }
    }
}

/// An objective by its definition.
#[derive(Clone, Copy)]
struct Setting<'a> {
    model: TieModel,
    rows: &'a [Comparison],
    prior: Prior,
}

impl Setting<'_> {
    /// At scores followed by log ν or log (θ² − 1).
    fn objective(&self, at: &[f64]) -> f64 {
        let (scores, coordinate) = (&at[..at.len() - 1], at[at.len() - 1]);
        let parameter = match self.model {
            TieModel::Davidson => coordinate.exp(),
            TieModel::RaoKupper => (1.0 + coordinate.exp()).sqrt(),
        };
        let of_rows = self.rows.iter().map(|row| {
            let difference = scores[row.left as usize] - scores[row.right as usize];
            let [win, lose, tie] = chances(self.model, parameter, difference);
            let chance = match row.outcome {
                Outcome::Left => win,
                Outcome::Right => lose,
                Outcome::Tie => tie,
            };
            row.weight * chance.ln()
        });
        let share = |x: f64| 1.0 / (1.0 + (-x).exp());
        let of_scores = scores.iter().map(|&score| match self.prior {
            Prior::Wins(wins) => wins * (share(score).ln() + share(-score).ln()),
            Prior::SquaredScores(squares) => -squares * score * score,
            Prior::Auto => unreachable!("not used here"),
        });
        of_rows.sum::<f64>() + of_scores.sum::<f64>()
    }

    /// With some coordinates moved.
    fn moved(&self, at: &[f64], moves: &[(usize, f64)]) -> f64 {
        let mut at = at.to_vec();
        for &(coordinate, by) in moves {
            at[coordinate] += by;
        }
        self.objective(&at)
    }

    /// Numeric derivative by one coordinate.
    fn slope(&self, at: &[f64], coordinate: usize) -> f64 {
        let step = 1e-5;
        let up = self.moved(at, &[(coordinate, step)]);
        let down = self.moved(at, &[(coordinate, -step)]);
        (up - down) / (2.0 * step)
    }
}

/// The point of a fit: its scores and the coordinate of its tie parameter.
fn point(model: TieModel, fit: &Fit) -> Vec<f64> {
    let mut point = fit.scores.clone().expect("scores");
    let parameter = fit.found.tie_parameter.expect("a tie parameter");
    point.push(match model {
        TieModel::Davidson => parameter.ln(),
        TieModel::RaoKupper => (parameter * parameter - 1.0).ln(),
    });
    point
}

/// Groups with ties and contradictions, for which the maximum exists without a prior.
pub(super) fn determined_groups() -> Vec<(usize, Vec<Comparison>)> {
    let mut draws = Draws(30);
    let sizes = [(2, 30), (3, 30), (4, 40), (5, 60)];
    sizes
        .into_iter()
        .map(|(n_items, n_answers)| (n_items, draws.group(n_items, n_answers)))
        .collect()
}

#[test]
fn at_the_scores_found_no_direction_leads_up() {
    let priors = [
        Prior::Wins(0.0),
        Prior::Wins(0.5),
        Prior::SquaredScores(0.2),
    ];
    for (model, name) in MODELS {
        for (n_items, rows) in determined_groups() {
            for prior in priors {
                let parameters = Parameters {
                    prior: Some(prior),
                    ..Parameters::default()
                };
                let fit = fit_named(name, n_items, &rows, &parameters);
                assert_eq!(fit.status, Status::Ok, "{name} {prior:?}");
                let at = point(model, &fit);
                let rows = &rows;
                let setting = Setting { model, rows, prior };
                for coordinate in 0..=n_items {
                    let slope = setting.slope(&at, coordinate);
                    assert!(slope.abs() < 1e-5, "{name} {prior:?} {slope}");
                    let aside = setting.moved(&at, &[(coordinate, 0.01)]);
                    assert!(aside < setting.objective(&at), "{name} {prior:?}");
                }
            }
        }
    }
}

/// The diagonal of the inverse of minus the numeric second derivatives by Gauss and Jordan; without a
/// prior with the mean of the scores held.
fn reference_variances(setting: &Setting<'_>, at: &[f64], is_mean_held: bool) -> Vec<f64> {
    let n = at.len();
    let step = 1e-3;
    let mut matrix = vec![vec![0.0; 2 * n]; n];
    for (i, row) in matrix.iter_mut().enumerate() {
        row[n + i] = 1.0;
        for (j, entry) in row[..n].iter_mut().enumerate() {
            let corner = |a: f64, b: f64| setting.moved(at, &[(i, a * step), (j, b * step)]);
            let alike = corner(1.0, 1.0) + corner(-1.0, -1.0);
            let opposed = corner(1.0, -1.0) + corner(-1.0, 1.0);
            *entry = (opposed - alike) / (4.0 * step * step);
            if is_mean_held && i < n - 1 && j < n - 1 {
                *entry += 1.0;
            }
        }
    }
    for k in 0..n {
        let pivot = matrix[k].clone();
        for (i, row) in matrix.iter_mut().enumerate() {
            let factor = if i == k {
                1.0 - 1.0 / pivot[k]
            } else {
                row[k] / pivot[k]
            };
            for (entry, above) in row.iter_mut().zip(&pivot) {
                *entry -= factor * above;
            }
        }
    }
    // (H + 11ᵀ)⁻¹ = H⁺ + 11ᵀ / n².
    let n_items = (n - 1) as f64;
    let excess = if is_mean_held {
        1.0 / (n_items * n_items)
    } else {
        0.0
    };
    (0..n - 1).map(|i| matrix[i][n + i] - excess).collect()
}

#[test]
fn standard_errors_include_that_the_tie_parameter_is_not_known() {
    for (model, name) in MODELS {
        for (n_items, rows) in determined_groups() {
            for wins in [0.0, 0.5] {
                let fit = fit_named(name, n_items, &rows, &with_prior(wins));
                let at = point(model, &fit);
                let setting = Setting {
                    model,
                    rows: &rows,
                    prior: Prior::Wins(wins),
                };
                let variances = reference_variances(&setting, &at, wins <= 0.0);
                let expected: Vec<f64> = variances.iter().map(|v| v.sqrt()).collect();
                let found = fit.standard_errors.expect("errors");
                assert_close(&found, &expected, 1e-4, &format!("{name} {wins}"));

                let fixed = Parameters {
                    tie_parameter: fit.found.tie_parameter,
                    ..with_prior(wins)
                };
                let known = fit_named(name, n_items, &rows, &fixed);
                assert_close(&known.scores.expect("scores"), &at[..n_items], 1e-8, name);
                let errors = known.standard_errors.expect("errors");
                let mut both = errors.iter().zip(&found);
                assert!(both.all(|(known, estimated)| *known <= estimated + 1e-12));
            }
        }
    }
}

#[test]
fn large_groups_find_the_maximum_and_the_same_errors_as_small_ones() {
    // 260 items are solved by conjugate gradients; the first 200 of them alone by factors.
    for (model, name) in MODELS {
        let mut rows = Draws(31).group(200, 1_000);
        let alone = fit_named(name, 200, &rows, &with_prior(0.5));
        let fixed = Parameters {
            tie_parameter: alone.found.tie_parameter,
            ..with_prior(0.5)
        };
        let alone = fit_named(name, 200, &rows, &fixed);
        rows.extend(Draws(32).group(60, 300).iter().map(|row| Comparison {
            left: row.left + 200,
            right: row.right + 200,
            ..*row
        }));
        let joint = fit_named(name, 260, &rows, &fixed);
        let first = |values: Option<Vec<f64>>| values.expect("values")[..200].to_vec();
        assert_close(&first(joint.scores), &first(alone.scores), 1e-8, name);
        let (large, small) = (joint.standard_errors, alone.standard_errors);
        assert_close(&first(large), &first(small), 1e-6, name);

        let estimated = fit_named(name, 260, &rows, &with_prior(0.5));
        let at = point(model, &estimated);
        let setting = Setting {
            model,
            rows: &rows,
            prior: Prior::Wins(0.5),
        };
        for coordinate in [0, 150, 250, 260] {
            let slope = setting.slope(&at, coordinate);
            assert!(slope.abs() < 1e-4, "{name} {coordinate} {slope}");
        }
    }
}

#[test]
fn drawn_errors_of_a_large_graph_are_right_within_their_noise() {
    let mut draws = Draws(33);
    let n_items = 260;
    let mut ends: Vec<(u32, u32)> = (0..2_000)
        .map(|_| (draws.below(n_items) as u32, draws.below(n_items) as u32))
        .filter(|(one, other)| one < other)
        .collect();
    ends.sort_unstable();
    ends.dedup();
    let weights: Vec<f64> = ends.iter().map(|_| 0.1 + draws.share()).collect();
    for own in [0.5, 0.0] {
        let anchor = if own > 0.0 {
            Anchor::Diagonal
        } else {
            Anchor::Means(Components::new(vec![0; n_items]))
        };
        let mut laplacian = Laplacian::new(n_items, ends.clone(), anchor);
        assert!(laplacian.set_weights(&weights, &vec![own; n_items]));
        let exact = laplacian.inverse_diagonal().expect("solved");
        for item in [0, 100, n_items - 1] {
            let mut unit = vec![0.0; n_items];
            unit[item] = 1.0;
            let solved = laplacian.solve(&unit).expect("solved");
            assert!((exact[item] / solved[item] - 1.0).abs() < 1e-7, "{own}");
        }
        let estimated = laplacian.drawn_inverse_diagonal().expect("solved");
        let mut ratios = estimated.iter().zip(&exact).map(|(one, other)| one / other);
        let mean = ratios.clone().sum::<f64>() / n_items as f64;
        assert!((mean - 1.0).abs() < 0.05, "{own}: mean ratio {mean}");
        assert!(ratios.all(|ratio| (0.4..1.9).contains(&ratio)));
    }
}

#[test]
fn fixtures_tell_the_tie_parameter_too() {
    let Some(fixtures) = fixtures() else { return };
    let mut n_checked = 0;
    for case in fixtures["cases"].as_array().expect("cases") {
        let n_items = case["n_items"].as_u64().expect("a count") as usize;
        for (name, symbol) in [("davidson", "nu"), ("rao_kupper", "theta")] {
            let expected = &case["expected"][format!("{name}_mle")][symbol];
            if let Some(expected) = expected.as_f64() {
                let fit = fit_named(name, n_items, &golden_rows(case), &Parameters::default());
                let found = fit.found.tie_parameter.expect("a tie parameter");
                assert!((found - expected).abs() < 1e-6, "{name} {found} {expected}");
                n_checked += 1;
            }
        }
    }
    assert_eq!(n_checked, 4);
}

#[test]
fn without_a_tie_both_models_are_bradley_and_terrys() {
    let rows = [win(0, 1), win(1, 2), win(2, 0), win(0, 1)];
    let expected = fit(bradley_terry(), 3, &rows, 0.0);
    for (name, parameter) in [("davidson", 0.0), ("rao_kupper", 1.0)] {
        let found = fit_named(name, 3, &rows, &Parameters::default());
        assert_eq!(bits(&found), bits(&expected), "{name}");
        assert_eq!(found.found.tie_parameter, Some(parameter));
        let one_way = fit_named(name, 2, &[win(0, 1)], &Parameters::default());
        assert_eq!(one_way.scores, None);
        assert_eq!(one_way.status, Status::NotIdentified);
        let alone = fit_named(name, 1, &[], &Parameters::default());
        assert_eq!((alone.scores, alone.status), (Some(vec![0.0]), Status::Ok));
    }
}

#[test]
fn nothing_but_ties_determines_no_parameter() {
    let rows = [tie(0, 1), tie(1, 2)];
    for (_, name) in MODELS {
        let without = fit_named(name, 3, &rows, &Parameters::default());
        assert_eq!(without.scores, None);
        assert_eq!(without.status, Status::NotIdentified);
        let with = fit_named(name, 3, &rows, &with_prior(0.5));
        assert_eq!(with.scores, Some(vec![0.0; 3]));
        assert_eq!(with.found.tie_parameter, None);
        // The prior's own error: curvature 0.5 × 2 × ¼.
        assert_eq!(with.standard_errors, Some(vec![2.0; 3]));
        let fixed = Parameters {
            tie_parameter: Some(2.0),
            ..Parameters::default()
        };
        let fixed = fit_named(name, 3, &rows, &fixed);
        assert_eq!(fixed.status, Status::Ok, "{name}");
        let parameter = fixed.found.tie_parameter.expect("a tie parameter");
        assert!((parameter - 2.0).abs() < 1e-12);
    }
}

/// Tries every simple cycle by depth-first search.
fn reference_cycle(n_items: usize, rows: &[Comparison]) -> bool {
    fn search(gains: &[Vec<Option<i32>>], path: &mut Vec<usize>, length: i32) -> bool {
        let (start, last) = (path[0], path[path.len() - 1]);
        (start..gains.len()).any(|next| match gains[last][next] {
            Some(gain) if next == start => length + gain > 0,
            Some(gain) if !path.contains(&next) => {
                path.push(next);
                let is_found = search(gains, path, length + gain);
                path.pop();
                is_found
            }
            _ => false,
        })
    }
    let mut gains = vec![vec![None; n_items]; n_items];
    for row in rows {
        let (left, right) = (row.left as usize, row.right as usize);
        match row.outcome {
            Outcome::Left => gains[left][right] = Some(1),
            Outcome::Right => gains[right][left] = Some(1),
            Outcome::Tie => {
                for (one, other) in [(left, right), (right, left)] {
                    gains[one][other] = gains[one][other].max(Some(-1));
                }
            }
        }
    }
    (0..n_items).any(|start| search(&gains, &mut vec![start], 0))
}

/// A group in which most answers are ties or agree with the order of items.
fn hardly_determined_group(draws: &mut Draws) -> (usize, Vec<Comparison>) {
    let n_items = 2 + draws.below(4);
    let n_answers = 2 + draws.below(2 * n_items);
    let mut rows = draws.group(n_items, n_answers);
    for row in &mut rows {
        if draws.share() < 0.5 {
            (row.left, row.right) = row.low_high();
            row.outcome = Outcome::Left;
        }
        if draws.share() < 0.4 {
            row.outcome = Outcome::Tie;
        }
    }
    Outcomes::prepare(n_items, &mut rows);
    (n_items, rows)
}

#[test]
fn cycles_of_more_wins_than_ties_are_found_like_by_trying_all() {
    let mut draws = Draws(34);
    let mut n_by_answer = [0, 0];
    for _ in 0..2_000 {
        let (n_items, rows) = hardly_determined_group(&mut draws);
        let expected = reference_cycle(n_items, &rows);
        let found = has_cycle_of_more_wins_than_ties(n_items, &tied_pairs(&rows));
        assert_eq!(found, expected, "{rows:?}");
        n_by_answer[usize::from(expected)] += 1;
    }
    assert!(n_by_answer.iter().all(|&n| n > 300), "{n_by_answer:?}");
}

#[test]
fn as_the_prior_vanishes_scores_stay_exactly_where_the_maximum_exists() {
    let mut draws = Draws(35);
    let mut n_by_answer = [0, 0];
    // However weak, the prior also says where 0 is: differences of scores are compared.
    let greatest = |point: Vec<f64>| {
        let (coordinate, scores) = point.split_last().expect("a coordinate");
        let differences = scores.iter().map(|score| score - scores[0]);
        differences.fold(coordinate.abs(), |most, x| most.max(x.abs()))
    };
    for _ in 0..150 {
        let (n_items, rows) = hardly_determined_group(&mut draws);
        let is_tied = |row: &Comparison| row.outcome == Outcome::Tie;
        let items = rank(bradley_terry(), n_items, &rows);
        let is_connected = items.iter().all(|item| item.component_id == 0);
        // An island stays at 0 however weak the prior, and without a tie the parameter is at its limit.
        if !is_connected || rows.iter().all(is_tied) || !rows.iter().any(is_tied) {
            continue;
        }
        for (model, name) in MODELS {
            let size = |wins: f64| {
                let fit = fit_named(name, n_items, &rows, &with_prior(wins));
                match fit.status {
                    // The maximum is beyond the scores allowed.
                    Status::NotConverged => f64::INFINITY,
                    _ => greatest(point(model, &fit)),
                }
            };
            let without = fit_named(name, n_items, &rows, &Parameters::default());
            let is_determined = without.status == Status::Ok;
            if is_determined {
                let moved = size(1e-6) - greatest(point(model, &without));
                assert!(moved.abs() < 1e-3, "{name} {moved} {rows:?}");
            } else {
                assert_eq!(without.status, Status::NotIdentified);
                let near = size(1e-2);
                assert!(
                    near.is_infinite() || size(1e-4) > near + 1.0,
                    "{name} {rows:?}"
                );
            }
            n_by_answer[usize::from(is_determined)] += 1;
        }
    }
    assert!(n_by_answer.iter().all(|&n| n > 30), "{n_by_answer:?}");
}

#[test]
#[should_panic(expected = "tie parameter of rao_kupper must be finite and at least 1")]
fn a_threshold_below_one_is_the_callers_mistake() {
    let parameters = Parameters {
        tie_parameter: Some(0.5),
        ..Parameters::default()
    };
    fit_named("rao_kupper", 2, &[win(0, 1)], &parameters);
}
