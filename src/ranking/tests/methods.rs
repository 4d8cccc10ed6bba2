//! Each plain method against a slow computation of its own definition.

use super::*;

/// The method of this name; the tests name only those that exist.
fn named(name: &str) -> &'static dyn Method {
    method(name).expect("registered")
}

fn fit_with(name: &str, n_items: usize, rows: &[Comparison], parameters: &Parameters) -> Fit {
    let mut rows = rows.to_vec();
    named(name).fit(&ordered(named(name), n_items, &mut rows), parameters)
}

/// What the left item got of an answer.
fn left_share(row: &Comparison) -> f64 {
    match row.outcome {
        Outcome::Left => 1.0,
        Outcome::Tie => 0.5,
        Outcome::Right => 0.0,
    }
}

/// Entry i × n + j: the weight that i won against j, a tie as half a win.
fn win_matrix(n_items: usize, rows: &[Comparison]) -> Vec<f64> {
    let mut wins = vec![0.0; n_items * n_items];
    for row in rows {
        let (left, right) = (row.left as usize, row.right as usize);
        wins[left * n_items + right] += row.weight * left_share(row);
        wins[right * n_items + left] += row.weight * (1.0 - left_share(row));
    }
    wins
}

/// Gauss's elimination with the greatest pivot.
fn solve(n: usize, mut matrix: Vec<f64>, mut right_side: Vec<f64>) -> Vec<f64> {
    for k in 0..n {
        let magnitude = |row: &usize| matrix[row * n + k].abs();
        let pivot = (k..n).max_by(|one, other| magnitude(one).total_cmp(&magnitude(other)));
        let pivot = pivot.expect("a row");
        right_side.swap(k, pivot);
        for j in 0..n {
            matrix.swap(k * n + j, pivot * n + j);
        }
        let (upper, lower) = matrix.split_at_mut((k + 1) * n);
        let row = &upper[k * n..];
        for (i, below) in (k + 1..n).zip(lower.chunks_exact_mut(n)) {
            let factor = below[k] / row[k];
            for (entry, above) in below[k..].iter_mut().zip(&row[k..]) {
                *entry -= factor * above;
            }
            right_side[i] -= factor * right_side[k];
        }
    }
    for k in (0..n).rev() {
        let row = &matrix[k * n..(k + 1) * n];
        let known: f64 = (k + 1..n).map(|j| row[j] * right_side[j]).sum();
        right_side[k] = (right_side[k] - known) / row[k];
    }
    right_side
}

/// Shares of time from the balance equations, the last of which gives way to "their sum is 1".
fn stationary(n: usize, rates: &[f64]) -> Vec<f64> {
    let mut matrix = vec![0.0; n * n];
    for source in 0..n {
        for target in (0..n).filter(|&target| target != source) {
            matrix[target * n + source] += rates[source * n + target];
            matrix[source * n + source] -= rates[source * n + target];
        }
    }
    matrix[(n - 1) * n..].fill(1.0);
    let mut right_side = vec![0.0; n];
    right_side[n - 1] = 1.0;
    solve(n, matrix, right_side)
}

/// Their logarithms, with mean 0.
fn centred_logarithms(shares: Vec<f64>) -> Vec<f64> {
    let logarithms: Vec<f64> = shares.into_iter().map(f64::ln).collect();
    let mean = logarithms.iter().sum::<f64>() / logarithms.len() as f64;
    logarithms.iter().map(|score| score - mean).collect()
}

/// Small groups of every shape, and one beyond the limit of elimination; in most of them some items
/// never met, and in some an item met nobody.
fn groups() -> Vec<(usize, Vec<Comparison>)> {
    let mut draws = Draws(20);
    let sizes = [(2, 1), (2, 9), (3, 4), (5, 3), (6, 15), (8, 40), (140, 400)];
    sizes
        .into_iter()
        .map(|(n_items, n_answers)| (n_items, draws.group(n_items, n_answers)))
        .collect()
}

#[test]
fn the_average_win_rate_is_the_mean_over_opponents() {
    for (n_items, rows) in groups() {
        let wins = win_matrix(n_items, &rows);
        let expected: Vec<f64> = (0..n_items)
            .map(|i| {
                let pairs = (0..n_items).map(|j| (wins[i * n_items + j], wins[j * n_items + i]));
                let rates: Vec<f64> = pairs
                    .filter(|(won, lost)| won + lost > 0.0)
                    .map(|(won, lost)| won / (won + lost))
                    .collect();
                if rates.is_empty() {
                    0.5
                } else {
                    rates.iter().sum::<f64>() / rates.len() as f64
                }
            })
            .collect();
        let found = scores(named("average_win_rate"), n_items, &rows);
        assert_close(&found, &expected, 1e-12, "average win rate");
    }
}

#[test]
fn elo_follows_the_rows_in_their_order() {
    for (n_items, rows) in groups() {
        let mut expected = vec![1000.0; n_items];
        for row in &rows {
            let (left, right) = (row.left as usize, row.right as usize);
            let odds = 10_f64.powf((expected[right] - expected[left]) / 400.0);
            let change = 4.0 * row.weight * (left_share(row) - 1.0 / (1.0 + odds));
            expected[left] += change;
            expected[right] -= change;
        }
        let found = scores(named("elo"), n_items, &rows);
        assert_close(&found, &expected, 1e-9, "elo");
        if n_items > 5 {
            let reversed: Vec<Comparison> = rows.iter().rev().copied().collect();
            assert_ne!(found, scores(named("elo"), n_items, &reversed));
        }
    }
}

#[test]
fn pagerank_is_the_walk_that_follows_defeats_and_jumps() {
    for (n_items, rows) in groups() {
        let wins = win_matrix(n_items, &rows);
        let mut rates = vec![0.0; n_items * n_items];
        for source in 0..n_items {
            let lost: f64 = (0..n_items).map(|j| wins[j * n_items + source]).sum();
            for target in 0..n_items {
                let follows = if lost > 0.0 {
                    wins[target * n_items + source] / lost
                } else {
                    1.0 / n_items as f64
                };
                rates[source * n_items + target] = 0.15 / n_items as f64 + 0.85 * follows;
            }
        }
        let found = scores(named("pagerank"), n_items, &rows);
        assert_close(&found, &stationary(n_items, &rates), 1e-12, "pagerank");
        assert!((found.iter().sum::<f64>() - 1.0).abs() < 1e-12);
    }
}

#[test]
fn rank_centrality_is_the_logarithm_of_a_walk_between_all_items() {
    for (n_items, rows) in groups() {
        let wins = win_matrix(n_items, &rows);
        for prior in [0.1, 3.0] {
            let mut rates = vec![0.0; n_items * n_items];
            for source in 0..n_items {
                for target in 0..n_items {
                    let won = wins[target * n_items + source];
                    let lost = wins[source * n_items + target];
                    rates[source * n_items + target] = (won + prior) / (won + lost + 2.0 * prior);
                }
            }
            let expected = centred_logarithms(stationary(n_items, &rates));
            let found = fit_with("rank_centrality", n_items, &rows, &with_prior(prior));
            assert_close(&found.scores.expect("scores"), &expected, 1e-9, "walk");
        }
    }
}

#[test]
fn rank_centrality_without_a_prior_walks_only_where_items_met() {
    let mut draws = Draws(21);
    for (n_items, n_answers) in [(4, 40), (150, 3_000)] {
        let rows = draws.group(n_items, n_answers);
        let wins = win_matrix(n_items, &rows);
        let mut rates = vec![0.0; n_items * n_items];
        for source in 0..n_items {
            for target in 0..n_items {
                let won = wins[target * n_items + source];
                let all = won + wins[source * n_items + target];
                rates[source * n_items + target] = if all > 0.0 { won / all } else { 0.0 };
            }
        }
        let found = fit_with("rank_centrality", n_items, &rows, &with_prior(0.0));
        assert_eq!(found.status, Status::Ok);
        let expected = centred_logarithms(stationary(n_items, &rates));
        assert_close(&found.scores.expect("scores"), &expected, 1e-8, "walk");
    }
    let one_way = fit_with("rank_centrality", 2, &[win(0, 1)], &with_prior(0.0));
    assert_eq!(one_way.scores, None);
    assert_eq!(one_way.status, Status::NotIdentified);
    let by_default = fit_with("rank_centrality", 2, &[win(0, 1)], &Parameters::default());
    assert_eq!(by_default.status, Status::NotStronglyConnected);
    // 1.1 / 1.2 from the loser to the winner, 0.1 / 1.2 back.
    let half = 0.5 * 11_f64.ln();
    let scores = by_default.scores.expect("scores");
    assert_close(&scores, &[half, -half], 1e-12, "default prior");
}

/// The least squares by their normal equations, with every component's mean as one more equation.
fn least_squares(n_items: usize, rows: &[Comparison], component_ids: &[i32]) -> Vec<f64> {
    let mut matrix = vec![0.0; n_items * n_items];
    let mut right_side = vec![0.0; n_items];
    for row in rows {
        let (left, right) = (row.left as usize, row.right as usize);
        let target = 2.0 * left_share(row) - 1.0;
        for (one, other, sign) in [(left, right, 1.0), (right, left, -1.0)] {
            matrix[one * n_items + one] += row.weight;
            matrix[one * n_items + other] -= row.weight;
            right_side[one] += sign * row.weight * target;
        }
    }
    for one in 0..n_items {
        for other in 0..n_items {
            if component_ids[one] == component_ids[other] {
                matrix[one * n_items + other] += 1.0;
            }
        }
    }
    solve(n_items, matrix, right_side)
}

/// Two copies of a group that never met, and an item alone.
fn two_islands(draws: &mut Draws, n_items: usize, n_answers: usize) -> (usize, Vec<Comparison>) {
    let mut rows = draws.group(n_items, n_answers);
    let others = draws.group(n_items, n_answers);
    rows.extend(others.iter().map(|row| Comparison {
        left: row.left + n_items as u32,
        right: row.right + n_items as u32,
        ..*row
    }));
    (2 * n_items + 1, rows)
}

/// Weighted square of the pairs' means that these scores leave, as a share of all of it.
fn unexplained_share(n_items: usize, rows: &[Comparison], scores: &[f64]) -> f64 {
    let wins = win_matrix(n_items, rows);
    let (mut unexplained, mut all) = (0.0, 0.0);
    for one in 0..n_items {
        for other in 0..one {
            let (won, lost) = (wins[one * n_items + other], wins[other * n_items + one]);
            if won + lost > 0.0 {
                let mean = (won - lost) / (won + lost);
                let difference = scores[one] - scores[other];
                unexplained += (won + lost) * (mean - difference).powi(2);
                all += (won + lost) * mean.powi(2);
            }
        }
    }
    unexplained / all
}

#[test]
fn hodgerank_solves_the_normal_equations_in_each_component() {
    let mut draws = Draws(22);
    let mut cases = groups();
    // In the full and in the sparse form.
    cases.push(two_islands(&mut draws, 4, 12));
    cases.push(two_islands(&mut draws, 140, 700));
    for (n_items, rows) in cases {
        let items = rank(named("hodgerank"), n_items, &rows);
        let component_ids: Vec<i32> = items.iter().map(|item| item.component_id).collect();
        let expected = least_squares(n_items, &rows, &component_ids);
        let fit = fit_with("hodgerank", n_items, &rows, &Parameters::default());
        assert_close(&fit.scores.expect("scores"), &expected, 1e-8, "scores");
        let is_connected = component_ids.iter().all(|&id| id == 0);
        assert_eq!(fit.status == Status::Ok, is_connected);
        let share = fit.found.inconsistent_share.expect("decided answers");
        assert!((share - unexplained_share(n_items, &rows, &expected)).abs() < 1e-9);
    }
}

#[test]
fn the_inconsistent_share_is_one_for_a_cycle_and_nothing_for_a_chain() {
    let share = |rows: &[Comparison]| {
        let fit = fit_with("hodgerank", 3, rows, &Parameters::default());
        fit.found.inconsistent_share
    };
    assert_eq!(share(&[win(0, 1), win(1, 2), win(2, 0)]), Some(1.0));
    assert!(share(&[win(0, 1), win(1, 2)]).is_some_and(|share| share < 1e-12));
    assert_eq!(share(&[tie(0, 1), tie(1, 2)]), None);
}

#[test]
fn threads_change_no_bit_of_any_method() {
    let rows = Draws(23).group(260, 1_000);
    for method in METHODS {
        let bits_with = |n_threads: usize| {
            let pool = rayon::ThreadPoolBuilder::new()
                .num_threads(n_threads)
                .build();
            let run = || bits(&fit(*method, 260, &rows, 0.5));
            pool.expect("threads").install(run)
        };
        assert_eq!(bits_with(1), bits_with(3), "{}", method.name());
    }
}

#[test]
fn extreme_weights_give_every_method_a_finite_answer_or_a_status() {
    for weight in [1e-300, 1e-12, 1e12, 1e300, f64::MAX] {
        let heavy = row(0, 1, Outcome::Left, weight);
        let tied = row(1, 2, Outcome::Tie, weight);
        for rows in [
            vec![heavy, heavy, win(1, 2), win(2, 0), tie(0, 1)],
            vec![tied, tied, win(0, 1), win(2, 0), win(1, 0)],
        ] {
            for (method, prior) in METHODS.iter().flat_map(|m| [(m, 0.0), (m, 0.5)]) {
                let fit = fit(*method, 3, &rows, prior);
                let what = format!("{} {weight:e} {prior} {fit:?}", method.name());
                let numbers = [&fit.scores, &fit.standard_errors];
                let is_finite = |number: &f64| number.is_finite();
                assert!(
                    numbers.into_iter().flatten().flatten().all(is_finite),
                    "{what}"
                );
                let has_reason = matches!(fit.status, Status::NotConverged | Status::NotIdentified);
                assert!(fit.scores.is_some() || has_reason, "{what}");
            }
        }
    }
}
