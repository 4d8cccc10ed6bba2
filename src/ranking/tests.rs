//! Properties that hold for every row of `METHODS`, and what only strengths promise.

use serde_json::Value;

use super::*;

/// A small generator (`SplitMix64`): the same cases in every run.
struct Draws(u64);

impl Draws {
    fn share(&mut self) -> f64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut bits = self.0;
        bits = (bits ^ (bits >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        bits = (bits ^ (bits >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        bits ^= bits >> 31;
        (bits >> 11) as f64 / (1_u64 << 53) as f64
    }

    fn below(&mut self, limit: usize) -> usize {
        (self.share() * limit as f64) as usize
    }

    /// An answer drawn from the model about two items of `truth`.
    fn answer(&mut self, truth: &[f64]) -> Comparison {
        let left = self.below(truth.len());
        let right = (left + 1 + self.below(truth.len() - 1)) % truth.len();
        let wins = self.share() < 1.0 / (1.0 + (truth[right] - truth[left]).exp());
        let outcome = if wins { Outcome::Left } else { Outcome::Right };
        row(left, right, outcome, 1.0)
    }

    /// A group with ties, fractional weights and several workers.
    fn group(&mut self, n_items: usize, n_answers: usize) -> Vec<Comparison> {
        let truth: Vec<f64> = (0..n_items).map(|_| 4.0 * self.share() - 2.0).collect();
        (0..n_answers)
            .map(|_| {
                let mut answer = self.answer(&truth);
                if self.share() < 0.15 {
                    answer.outcome = Outcome::Tie;
                }
                answer.weight = 0.25 + 2.0 * self.share();
                answer.worker = self.below(5) as u32;
                answer
            })
            .collect()
    }

    fn shuffle<T>(&mut self, values: &mut [T]) {
        for i in (1..values.len()).rev() {
            let other = self.below(i + 1);
            values.swap(i, other);
        }
    }
}

fn row(left: usize, right: usize, outcome: Outcome, weight: f64) -> Comparison {
    Comparison {
        left: left as u32,
        right: right as u32,
        worker: 0,
        outcome,
        weight,
    }
}

/// Left beat right, with weight 1.
fn win(left: usize, right: usize) -> Comparison {
    row(left, right, Outcome::Left, 1.0)
}

fn tie(left: usize, right: usize) -> Comparison {
    row(left, right, Outcome::Tie, 1.0)
}

fn bradley_terry() -> &'static dyn Method {
    method("bradley_terry").expect("registered")
}

fn with_prior(prior: f64) -> Parameters {
    Parameters {
        prior: Some(Prior::Wins(prior)),
        ..Parameters::default()
    }
}

/// The rows in the order that the method wants.
fn ordered<'a>(method: &dyn Method, n_items: usize, rows: &'a mut Vec<Comparison>) -> Outcomes<'a> {
    match method.row_order() {
        RowOrder::Canonical => Outcomes::prepare(n_items, rows),
        RowOrder::Time => Outcomes::in_time(n_items, rows),
    }
}

fn fit(method: &dyn Method, n_items: usize, rows: &[Comparison], prior: f64) -> Fit {
    let mut rows = rows.to_vec();
    method.fit(&ordered(method, n_items, &mut rows), &with_prior(prior))
}

/// The methods that promise not to depend on the order of rows: all but those that learn in time.
fn methods_of_any_order() -> impl Iterator<Item = &'static dyn Method> {
    let is_any = |method: &&dyn Method| method.row_order() == RowOrder::Canonical;
    METHODS.iter().copied().filter(is_any)
}

fn scores(method: &dyn Method, n_items: usize, rows: &[Comparison]) -> Vec<f64> {
    fit(method, n_items, rows, 0.5).scores.expect("scores")
}

/// With the prior named: by default the models of ties have none, and then often no scores.
fn rank(method: &dyn Method, n_items: usize, rows: &[Comparison]) -> Vec<RankedItem> {
    let mut rows = rows.to_vec();
    let outcomes = ordered(method, n_items, &mut rows);
    rank_group(method, &outcomes, &with_prior(0.5)).items
}

fn assert_close(one: &[f64], other: &[f64], tolerance: f64, what: &str) {
    assert_eq!(one.len(), other.len(), "{what}");
    for (a, b) in one.iter().zip(other) {
        assert!((a - b).abs() <= tolerance, "{what}: {one:?} {other:?}");
    }
}

fn bits(fit: &Fit) -> Vec<u64> {
    let numbers = [&fit.scores, &fit.standard_errors].into_iter().flatten();
    numbers.flatten().map(|number| number.to_bits()).collect()
}

// Reference values.

/// The expected scores of tiny cases; `None`, and a line that says so, where they are not here.
fn fixtures() -> Option<Value> {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../shared/golden/ranking.json");
    let Ok(text) = std::fs::read_to_string(path) else {
        println!("skipped: {path} is not here");
        return None;
    };
    Some(serde_json::from_str(&text).expect("valid JSON"))
}

fn golden_rows(case: &Value) -> Vec<Comparison> {
    let integer = |value: &Value| value.as_u64().expect("an integer") as usize;
    case["rows"]
        .as_array()
        .expect("rows")
        .iter()
        .map(|columns| {
            let outcome = match integer(&columns[2]) {
                0 => Outcome::Tie,
                1 => Outcome::Left,
                _ => Outcome::Right,
            };
            let weight = columns[3].as_f64().expect("a weight");
            row(integer(&columns[0]), integer(&columns[1]), outcome, weight)
        })
        .collect()
}

/// What we compute for one key of a fixture; `None` for keys of methods that are not here.
fn computed(key: &str, n_items: usize, rows: &[Comparison]) -> Option<Vec<f64>> {
    let model = |prior| fit(bradley_terry(), n_items, rows, prior);
    let named = |name, prior| fit(method(name)?, n_items, rows, prior).scores;
    match key {
        "counting" | "win_rate" | "average_win_rate" | "elo" | "pagerank" => named(key, 0.5),
        "rank_centrality_0.1" => named("rank_centrality", 0.1),
        "hodgerank_sign" => named("hodgerank", 0.5),
        "davidson_mle" => named("davidson", 0.0),
        "rao_kupper_mle" => named("rao_kupper", 0.0),
        "bt_map_phantom_0.5" => model(0.5).scores,
        "bt_map_phantom_0.1" => model(0.1).scores,
        "bt_mle" => model(0.0).scores,
        "bt_mle_se_hessian" => model(0.0).standard_errors,
        "bt_mle_se_sandwich" => strengths::errors_by_row(n_items, rows),
        "bt_map_gauss_l2_0.1" => strengths::with_squares(n_items, rows, 0.1).scores,
        _ => None,
    }
}

#[test]
fn every_fixture_of_these_methods_is_met_to_six_decimals() {
    let Some(fixtures) = fixtures() else { return };
    let mut n_checked = 0;
    for case in fixtures["cases"].as_array().expect("cases") {
        let n_items = case["n_items"].as_u64().expect("a count") as usize;
        let rows = golden_rows(case);
        let expected = case["expected"].as_object().expect("an object");
        for (key, value) in expected {
            let what = format!("{} {key}", case["name"]);
            let Some(found) = computed(key, n_items, &rows) else {
                panic!("{what} is not computed");
            };
            let values = value["v"].as_array().expect("values");
            let values: Vec<f64> = values
                .iter()
                .map(|v| v.as_f64().expect("a number"))
                .collect();
            assert_close(&found, &values, 1e-6, &what);
            n_checked += 1;
        }
        if !expected.contains_key("bt_mle") {
            let status = fit(bradley_terry(), n_items, &rows, 0.0).status;
            assert_eq!(status, Status::NotIdentified, "{}", case["name"]);
        }
    }
    assert!(n_checked >= 80, "only {n_checked} fixtures");
}

/// Scores by plain gradient ascent on the objective as it is printed in the documentation.
fn reference_scores(n_items: usize, rows: &[Comparison], prior: f64) -> Vec<f64> {
    let sigmoid = |x: f64| 1.0 / (1.0 + (-x).exp());
    let mut scores = vec![0.0; n_items];
    let heaviest: f64 = rows.iter().map(|row| row.weight).sum::<f64>() + prior;
    for _ in 0..200_000 {
        let mut gradient: Vec<f64> = scores
            .iter()
            .map(|&score| prior * (1.0 - 2.0 * sigmoid(score)))
            .collect();
        for row in rows {
            let (left, right) = (row.left as usize, row.right as usize);
            let target = match row.outcome {
                Outcome::Left => 1.0,
                Outcome::Tie => 0.5,
                Outcome::Right => 0.0,
            };
            let slope = row.weight * (target - sigmoid(scores[left] - scores[right]));
            gradient[left] += slope;
            gradient[right] -= slope;
        }
        for (score, slope) in scores.iter_mut().zip(&gradient) {
            *score += slope / heaviest;
        }
        if gradient.iter().all(|slope| slope.abs() < 1e-11) {
            break;
        }
    }
    scores
}

#[test]
fn plain_gradient_ascent_finds_the_same_strengths() {
    let mut draws = Draws(3);
    for case in 0..20 {
        let n_items = 2 + draws.below(6);
        let n_answers = 1 + draws.below(20);
        let rows = draws.group(n_items, n_answers);
        let expected = reference_scores(n_items, &rows, 0.5);
        let found = scores(bradley_terry(), n_items, &rows);
        assert_close(&found, &expected, 1e-7, &format!("case {case}"));
    }
}

#[test]
fn standard_errors_are_the_inverse_of_the_curvature() {
    // Two items, the curvature worked out by hand: [[h + p, -h], [-h, h + p]].
    let fit = fit(bradley_terry(), 2, &[win(0, 1), win(0, 1), win(1, 0)], 0.5);
    let score = fit.scores.expect("scores")[0];
    let share = |x: f64| 1.0 / (1.0 + (-x).exp());
    let h = 3.0 * share(2.0 * score) * share(-2.0 * score);
    let p = share(score) * share(-score);
    let expected = ((h + p) / (p * (p + 2.0 * h))).sqrt();
    assert_close(
        &fit.standard_errors.expect("errors"),
        &[expected; 2],
        1e-9,
        "errors",
    );
}

#[test]
fn small_full_and_sparse_solvers_agree() {
    use super::dense::Covariance;
    use super::{newton::System, pull::Pull};
    let mut draws = Draws(4);
    for (n_items, n_answers, prior) in [(70, 600, 0.5), (200, 900, 0.1), (90, 1500, 0.0)] {
        let rows = draws.group(n_items, n_answers);
        let mut both = graphs::solve_both(n_items, &rows, None, Pull::of_wins(prior));
        assert_close(&both.full, &both.thin, 1e-9, "scores");
        let mut covariance = Covariance::default();
        both.dense.invert(&mut covariance);
        let (exact, solved) = (covariance.standard_errors(), both.sparse.standard_errors());
        assert_close(&exact, &solved, 1e-6, "errors");
        let zero = vec![0.0; n_items];
        let rises = [
            both.dense.objective(&both.full) - both.dense.objective(&zero),
            both.sparse.objective(&both.full) - both.sparse.objective(&zero),
        ];
        assert_close(&rises[..1], &rises[1..], 1e-8, "objective");
    }
}

#[test]
fn drawn_standard_errors_are_right_within_their_noise() {
    use super::{graph::sum_to_pairs, newton::*, pull::Pull, sparse::Sparse};
    for prior in [0.5, 0.0] {
        let mut rows = Draws(5).group(300, 4_000);
        let outcomes = Outcomes::prepare(300, &mut rows);
        let mut pairs = Vec::new();
        sum_to_pairs(outcomes.comparisons(), None, &mut pairs);
        let mut sparse = Sparse::new(300, &pairs, Pull::of_wins(prior));
        let mut gradient = vec![0.0; 300];
        sparse.linearise(&vec![0.0; 300], &mut gradient);
        let (exact, drawn) = (sparse.exact_variances(), sparse.drawn_variances());
        let ratios = drawn.iter().zip(&exact).map(|(one, other)| one / other);
        let mean = ratios.clone().sum::<f64>() / 300.0;
        assert!(
            (mean - 1.0).abs() < 0.05,
            "prior {prior}: mean ratio {mean}"
        );
        assert!(ratios.clone().all(|ratio| (0.4..1.9).contains(&ratio)));
    }
}

#[test]
fn our_exponential_is_right_to_the_last_bits() {
    for i in 0..=60_000 {
        let x = -f64::from(i) / 1_000.0;
        let relative = logistic::exp_of_nonpositive(x) / x.exp() - 1.0;
        assert!(relative.abs() < 5e-16, "{x}: {relative:e}");
    }
}

// Every method.

#[test]
fn names_are_unique_and_each_finds_its_method() {
    for known in METHODS {
        let found = method(known.name()).expect("registered");
        assert_eq!(found.summary(), known.summary());
        assert!(!known.summary().ends_with('.'));
    }
    assert!(method("tossing_a_coin").is_none());
}

#[test]
fn permuting_the_rows_changes_no_bit() {
    let mut draws = Draws(6);
    for method in methods_of_any_order() {
        let mut rows = draws.group(7, 60);
        let direct = fit(method, 7, &rows, 0.5);
        draws.shuffle(&mut rows);
        assert_eq!(
            bits(&direct),
            bits(&fit(method, 7, &rows, 0.5)),
            "{}",
            method.name()
        );
    }
}

#[test]
fn swapping_the_sides_changes_no_bit() {
    let rows = Draws(7).group(7, 60);
    let swapped: Vec<Comparison> = rows
        .iter()
        .map(|row| Comparison {
            left: row.right,
            right: row.left,
            outcome: match row.outcome {
                Outcome::Left => Outcome::Right,
                Outcome::Right => Outcome::Left,
                Outcome::Tie => Outcome::Tie,
            },
            ..*row
        })
        .collect();
    for method in METHODS {
        let (direct, mirrored) = (fit(*method, 7, &rows, 0.5), fit(*method, 7, &swapped, 0.5));
        assert_eq!(bits(&direct), bits(&mirrored), "{}", method.name());
    }
}

#[test]
fn relabelling_the_items_relabels_the_scores() {
    let mut draws = Draws(8);
    for method in METHODS {
        for n_items in [5, 80] {
            let rows = draws.group(n_items, 12 * n_items);
            let mut names: Vec<usize> = (0..n_items).collect();
            draws.shuffle(&mut names);
            let relabelled: Vec<Comparison> = rows
                .iter()
                .map(|row| Comparison {
                    left: names[row.left as usize] as u32,
                    right: names[row.right as usize] as u32,
                    ..*row
                })
                .collect();
            let renamed = scores(*method, n_items, &relabelled);
            let back: Vec<f64> = names.iter().map(|&name| renamed[name]).collect();
            let direct = scores(*method, n_items, &rows);
            assert_close(&direct, &back, 1e-9, method.name());
        }
    }
}

#[test]
fn splitting_a_weight_of_two_into_two_of_one_changes_nothing() {
    let mut rows = Draws(9).group(6, 30);
    rows[4].weight = 2.0;
    let mut split = rows.clone();
    split[4].weight = 1.0;
    split.push(split[4]);
    for method in methods_of_any_order() {
        let (whole, parts) = (fit(method, 6, &rows, 0.5), fit(method, 6, &split, 0.5));
        assert_close(
            &whole.scores.expect("scores"),
            &parts.scores.expect("scores"),
            1e-9,
            method.name(),
        );
        if let (Some(one), Some(other)) = (whole.standard_errors, parts.standard_errors) {
            assert_close(&one, &other, 1e-9, method.name());
        }
    }
}

#[test]
fn self_pairs_and_weight_zero_are_as_if_absent() {
    let rows = vec![win(0, 1), win(1, 2), tie(0, 2)];
    let mut noisy = rows.clone();
    noisy.extend([win(1, 1), row(2, 0, Outcome::Left, 0.0)]);
    assert_eq!(Outcomes::prepare(3, &mut noisy.clone()).n_self_pairs(), 1);
    for method in METHODS {
        assert_eq!(
            rank(*method, 3, &rows),
            rank(*method, 3, &noisy),
            "{}",
            method.name()
        );
    }
}

#[test]
fn an_empty_group_has_no_items() {
    for method in METHODS {
        assert_eq!(rank(*method, 0, &[]), Vec::new(), "{}", method.name());
    }
    assert_eq!(fit(bradley_terry(), 0, &[], 0.0).status, Status::Ok);
}

#[test]
fn one_item_gets_a_finite_answer() {
    for method in METHODS {
        let items = rank(*method, 1, &[win(0, 0)]);
        assert!(
            items[0].score.is_some_and(f64::is_finite),
            "{}",
            method.name()
        );
        assert_eq!((items[0].rank, items[0].n_comparisons), (Some(1), 0));
        assert_eq!((items[0].status, items[0].n_workers), (Status::Ok, 0));
    }
    let fit = fit(bradley_terry(), 1, &[], 0.0);
    assert_eq!((fit.scores, fit.status), (Some(vec![0.0]), Status::Ok));
}

#[test]
fn ties_only_make_all_items_equal() {
    for method in METHODS {
        let items = rank(*method, 3, &[tie(0, 1), tie(1, 2), tie(2, 0)]);
        assert!(
            items.iter().all(|item| item.rank == Some(1)),
            "{}",
            method.name()
        );
        // With a parameter for ties, ties only say nothing about scores: only the prior does.
        let status = match method.tie_model() {
            Some(_) => Status::NotStronglyConnected,
            None => Status::Ok,
        };
        assert!(items.iter().all(|item| item.status == status));
    }
}

#[test]
fn a_single_comparison_puts_the_winner_first() {
    for method in METHODS {
        let items = rank(*method, 2, &[row(0, 1, Outcome::Right, 1.0)]);
        let ranks: Vec<_> = items.iter().map(|item| item.rank).collect();
        assert_eq!(ranks, [Some(2), Some(1)], "{}", method.name());
        assert!(
            items
                .iter()
                .all(|item| item.score.is_some_and(f64::is_finite))
        );
    }
}

#[test]
fn all_wins_and_all_losses_stay_finite() {
    let rows: Vec<Comparison> = (0..40).map(|i| win(0, 1 + i % 4)).collect();
    for method in METHODS {
        let items = rank(*method, 5, &rows);
        assert_eq!(items[0].rank, Some(1), "{}", method.name());
        let most = match method.scale() {
            Scale::LogStrength => 50.0,
            Scale::Points => 2_000.0,
        };
        assert!(
            items
                .iter()
                .all(|item| item.score.is_some_and(|score| score.abs() < most))
        );
        // In time, those who lose first lose most: the winner was not yet expected to win.
        if method.row_order() == RowOrder::Canonical {
            assert!(items[1..].iter().all(|item| item.rank == Some(2)));
        }
    }
    let fit = fit(bradley_terry(), 5, &rows, 0.5);
    assert_eq!(fit.status, Status::NotStronglyConnected);
}

#[test]
fn disconnected_islands_are_scored_and_numbered() {
    let rows = [win(1, 3), win(3, 1), win(4, 2), tie(2, 4)];
    for method in METHODS {
        let items = rank(*method, 5, &rows);
        let components: Vec<i32> = items.iter().map(|item| item.component_id).collect();
        assert_eq!(components, [0, 1, 2, 1, 2], "{}", method.name());
        assert!(
            items
                .iter()
                .all(|item| item.score.is_some_and(f64::is_finite))
        );
        assert_eq!(items[0].n_comparisons, 0);
    }
    let status = |prior| fit(bradley_terry(), 5, &rows, prior).status;
    assert_eq!(status(0.5), Status::NotStronglyConnected);
    assert_eq!(status(0.0), Status::NotIdentified);
    assert_eq!(rank(bradley_terry(), 5, &rows)[0].score, Some(0.0));
}

#[test]
fn a_planted_order_is_recovered() {
    let truth = [2.0, -1.0, 0.0, 1.0, -2.0];
    let mut draws = Draws(10);
    let rows: Vec<Comparison> = (0..4_000).map(|_| draws.answer(&truth)).collect();
    for method in METHODS {
        // Counting depends on how often an item was shown; 4,000 even draws make that equal enough.
        let ranks: Vec<_> = rank(*method, 5, &rows)
            .iter()
            .map(|item| item.rank)
            .collect();
        assert_eq!(ranks, [1, 4, 3, 2, 5].map(Some), "{}", method.name());
    }
}

// Strengths.

#[test]
fn without_a_prior_and_without_a_cycle_there_are_no_scores() {
    let mut rows = vec![win(0, 1), win(1, 2)];
    let outcomes = Outcomes::prepare(3, &mut rows);
    let items = rank_group(bradley_terry(), &outcomes, &with_prior(0.0)).items;
    for item in items {
        assert_eq!(item.status.as_str(), "not_identified");
        assert_eq!(
            (item.score, item.rank, item.win_probability),
            (None, None, None)
        );
    }
}

#[test]
fn without_a_prior_the_mean_is_zero_for_small_and_large_groups() {
    for (n_items, n_answers) in [(6, 60), (100, 3_000), (400, 6_000)] {
        let mut draws = Draws(11);
        let truth: Vec<f64> = (0..n_items).map(|_| 2.0 * draws.share()).collect();
        let rows: Vec<Comparison> = (0..n_answers).map(|_| draws.answer(&truth)).collect();
        let fit = fit(bradley_terry(), n_items, &rows, 0.0);
        assert_eq!(fit.status, Status::Ok);
        let mean = fit.scores.expect("scores").iter().sum::<f64>() / n_items as f64;
        assert!(mean.abs() < 1e-12, "{n_items}: {mean}");
    }
}

#[test]
fn extreme_weights_give_an_answer_or_say_that_they_do_not() {
    for weight in [1e-300, 1e-12, 1e6, 1e12, 1e300] {
        for prior in [0.0, 1e-6, 0.5] {
            let heavy = row(0, 1, Outcome::Left, weight);
            let fit = fit(
                bradley_terry(),
                3,
                &[heavy, win(1, 2), win(2, 0), tie(0, 1)],
                prior,
            );
            let finite = |values: &Vec<f64>| values.iter().all(|value| value.is_finite());
            assert!(fit.scores.iter().all(finite), "{weight} {prior} {fit:?}");
            assert!(fit.scores.is_some() || fit.status == Status::NotConverged);
            assert!(fit.status != Status::Ok || fit.standard_errors.iter().all(finite));
        }
    }
}

#[test]
fn strong_connectivity_is_found_in_groups_of_every_size_and_shape() {
    let status = |n_items, rows: &[Comparison]| fit(bradley_terry(), n_items, rows, 0.5).status;
    for n_items in [2, 3, 64, 65, 300] {
        let mut rows: Vec<Comparison> =
            (1..n_items).rev().map(|item| win(item - 1, item)).collect();
        let chain = Status::NotStronglyConnected;
        assert_eq!(status(n_items, &rows), chain, "{n_items}");
        rows.push(win(n_items - 1, 0));
        assert_eq!(status(n_items, &rows), Status::Ok, "{n_items}");
        rows.rotate_left(1);
        rows[0].outcome = Outcome::Tie;
        assert_eq!(status(n_items, &rows), Status::Ok, "{n_items}");
        rows.pop();
        rows.pop();
        assert_ne!(status(n_items, &rows), Status::Ok, "{n_items}");
    }
}

#[test]
fn equal_scores_share_a_rank_and_the_next_rank_skips() {
    let items = rank(bradley_terry(), 3, &[win(0, 2), win(1, 2)]);
    let ranks: Vec<_> = items.iter().map(|item| item.rank).collect();
    assert_eq!(ranks, [Some(1), Some(1), Some(3)]);
}

#[test]
fn workers_are_counted_once_per_item() {
    for far in [3, 300] {
        let by = |left, right, worker| Comparison {
            worker,
            ..win(left, right)
        };
        let rows = [by(0, 1, 0), by(1, 0, 0), by(0, 1, far), by(1, 2, 2)];
        let items = rank(bradley_terry(), 3, &rows);
        let counts: Vec<_> = items
            .iter()
            .map(|item| (item.n_comparisons, item.n_workers))
            .collect();
        assert_eq!(counts, [(3, 2), (4, 3), (1, 1)]);
    }
}

#[test]
fn one_and_many_threads_agree_bit_for_bit() {
    let fit_with = |n_threads: usize, n_items: usize, n_answers: usize| {
        let pool = rayon::ThreadPoolBuilder::new()
            .num_threads(n_threads)
            .build();
        let rows = Draws(12).group(n_items, n_answers);
        pool.expect("threads")
            .install(|| bits(&fit(bradley_terry(), n_items, &rows, 0.5)))
    };
    for (n_items, n_answers) in [(30, 300), (150, 2_000), (600, 3_000)] {
        let alone = fit_with(1, n_items, n_answers);
        assert_eq!(alone, fit_with(3, n_items, n_answers), "{n_items}");
    }
}

#[test]
fn nominal_95_percent_intervals_cover_the_truth_19_times_in_20() {
    let mut draws = Draws(13);
    let (mut n_covered, mut n_intervals) = (0, 0);
    for _ in 0..400 {
        let mut truth: Vec<f64> = (0..10).map(|_| 2.0 * draws.share() - 1.0).collect();
        let mean = truth.iter().sum::<f64>() / 10.0;
        for score in &mut truth {
            *score -= mean;
        }
        let mut rows: Vec<Comparison> = (0..400).map(|_| draws.answer(&truth)).collect();
        let outcomes = Outcomes::prepare(10, &mut rows);
        let ranked = rank_group(bradley_terry(), &outcomes, &with_prior(0.0));
        for (item, score) in ranked.items.iter().zip(&truth) {
            let (low, high) = (item.score_lo.expect("ends"), item.score_hi.expect("ends"));
            n_covered += u32::from((low..=high).contains(score));
            n_intervals += 1;
        }
    }
    let share = f64::from(n_covered) / f64::from(n_intervals);
    assert!((0.93..=0.97).contains(&share), "covered {share}");
}

#[test]
#[should_panic(expected = "weight must be finite")]
fn a_weight_that_is_not_a_number_is_the_callers_mistake() {
    Outcomes::prepare(2, &mut vec![row(0, 1, Outcome::Left, f64::NAN)]);
}

mod coverage;
mod evaluation;
mod graphs;
mod mean_win_probability;
mod methods;
mod next_pairs;
mod pair_story;
mod strengths;
mod tie_parameters;
mod ties;
mod workers;
