//! The next pairs: against plain loops, in a simulated shop, and what they promise.

use super::super::curvature::{Curvature, answer_information};
use super::*;

fn panel_of(groups: &[(usize, Vec<Comparison>)]) -> Panel {
    let mut panel = Panel::new(5);
    for (n_items, rows) in groups {
        panel.push(*n_items as u32, &mut rows.clone());
    }
    panel
}

fn request(budget: usize) -> PairRequest {
    PairRequest {
        budget,
        per_query_max: usize::MAX,
        per_item_max: usize::MAX,
        costs: None,
        seed: 1,
    }
}

fn ask(groups: &[(usize, Vec<Comparison>)], request: &PairRequest) -> Vec<NextPair> {
    next_pairs(&panel_of(groups), &Parameters::default(), request)
}

fn items(pair: &NextPair) -> (usize, usize) {
    let (left, right) = (pair.left as usize, pair.right as usize);
    (left.min(right), left.max(right))
}

/// The curvature of the printed objective, as a full matrix.
fn plain_curvature(scores: &[f64], rows: &[Comparison], prior: f64) -> Vec<Vec<f64>> {
    let n_items = scores.len();
    let mut matrix = vec![vec![0.0; n_items]; n_items];
    for (item, score) in scores.iter().enumerate() {
        matrix[item][item] = 2.0 * prior * answer_information(*score);
    }
    for row in rows {
        let d = scores[row.left as usize] - scores[row.right as usize];
        add_link(
            &mut matrix,
            row.left,
            row.right,
            row.weight * answer_information(d),
        );
    }
    matrix
}

fn add_link(matrix: &mut [Vec<f64>], one: u32, other: u32, information: f64) {
    let (one, other) = (one as usize, other as usize);
    matrix[one][one] += information;
    matrix[other][other] += information;
    matrix[one][other] -= information;
    matrix[other][one] -= information;
}

/// Gauss and Jordan, no pivots: the matrix is positive definite.
fn inverse(matrix: &[Vec<f64>]) -> Vec<Vec<f64>> {
    let n = matrix.len();
    let mut left = matrix.to_vec();
    let mut right: Vec<Vec<f64>> = (0..n)
        .map(|row| (0..n).map(|column| f64::from(row == column)).collect())
        .collect();
    for k in 0..n {
        let pivot = left[k][k];
        for j in 0..n {
            left[k][j] /= pivot;
            right[k][j] /= pivot;
        }
        let (left_row, right_row) = (left[k].clone(), right[k].clone());
        for i in (0..n).filter(|i| *i != k) {
            let factor = left[i][k];
            for j in 0..n {
                left[i][j] -= factor * left_row[j];
                right[i][j] -= factor * right_row[j];
            }
        }
    }
    right
}

#[test]
fn the_covariance_is_the_inverse_of_the_curvature() {
    let mut draws = Draws(20);
    for n_items in [2, 7, 30] {
        let mut rows = draws.group(n_items, 5 * n_items);
        let expected = inverse(&plain_curvature(
            &scores(bradley_terry(), n_items, &rows),
            &rows,
            0.5,
        ));
        let outcomes = Outcomes::prepare(n_items, &mut rows);
        let parameters = with_prior(0.5);
        let fit = bradley_terry().fit(&outcomes, &parameters);
        let curvature = Curvature::of(&outcomes, &parameters, &fit).expect("scores");
        let covariance = curvature.covariance().expect("solved");
        assert_close(&covariance, &expected.concat(), 1e-9, "all");
        let of_difference = expected[0][0] + expected[1][1] - 2.0 * expected[0][1];
        let found = curvature.variance_of_difference(0, 1).expect("solved");
        assert_close(&[found], &[of_difference], 1e-9, "difference");
    }
}

#[test]
fn without_a_prior_the_covariance_has_the_errors_of_the_fit() {
    let mut rows = Draws(21).group(8, 120);
    let outcomes = Outcomes::prepare(8, &mut rows);
    let parameters = with_prior(0.0);
    let fit = bradley_terry().fit(&outcomes, &parameters);
    let covariance = Curvature::of(&outcomes, &parameters, &fit)
        .expect("scores")
        .covariance()
        .expect("solved");
    let errors: Vec<f64> = (0..8).map(|item| covariance[9 * item].sqrt()).collect();
    assert_close(
        &errors,
        &fit.standard_errors.expect("errors"),
        1e-8,
        "errors",
    );
}

/// One pair at a time, the best of all groups, with matrices inverted afresh; priorities only.
fn plain_priorities(groups: &[(usize, Vec<Comparison>)], budget: usize) -> Vec<f64> {
    let mut states: Vec<(Vec<f64>, Vec<Vec<f64>>)> = groups
        .iter()
        .map(|(n_items, rows)| {
            let scores = scores(bradley_terry(), *n_items, rows);
            let curvature = plain_curvature(&scores, rows, 0.5);
            (scores, curvature)
        })
        .collect();
    let mut priorities = Vec::new();
    for _ in 0..budget {
        let mut best = (0.0, 0, 0, 0);
        for (group, (scores, curvature)) in states.iter().enumerate() {
            let covariance = inverse(curvature);
            for i in 0..scores.len() {
                for j in 0..i {
                    let d = scores[i] - scores[j];
                    let v = covariance[i][i] + covariance[j][j] - 2.0 * covariance[i][j];
                    let nats = 0.5 * (1.0 + answer_information(d) * v).ln();
                    let priority = nats * (-d * d / (2.0 * v)).exp() / scores.len() as f64;
                    if priority > best.0 {
                        best = (priority, group, i, j);
                    }
                }
            }
        }
        let (priority, group, i, j) = best;
        priorities.push(priority);
        let (scores, curvature) = &mut states[group];
        let information = answer_information(scores[i] - scores[j]);
        add_link(curvature, i as u32, j as u32, information);
    }
    priorities
}

#[test]
fn the_merged_lists_are_those_of_a_plain_greedy_search() {
    let mut draws = Draws(22);
    let groups: Vec<(usize, Vec<Comparison>)> = [3, 5, 2, 8, 6]
        .map(|n_items| (n_items, draws.group(n_items, 4 * n_items)))
        .to_vec();
    let asked = ask(&groups, &request(30));
    assert_eq!(asked.len(), 30);
    let found: Vec<f64> = asked
        .iter()
        .map(|pair| {
            let d = (pair.win_probability / (1.0 - pair.win_probability)).ln();
            let v = pair.standard_error_of_difference.powi(2);
            let n_items = groups[pair.group].0 as f64;
            pair.expected_information * (-d * d / (2.0 * v)).exp() / n_items
        })
        .collect();
    assert_close(&found, &plain_priorities(&groups, 30), 1e-9, "priorities");
}

#[test]
fn a_new_group_is_first_asked_about_every_item_once() {
    let asked = ask(&[(8, Vec::new())], &request(4));
    let mut seen: Vec<usize> = asked
        .iter()
        .flat_map(|p| [items(p).0, items(p).1])
        .collect();
    seen.sort_unstable();
    assert_eq!(seen, [0, 1, 2, 3, 4, 5, 6, 7]);
}

#[test]
fn an_item_that_nobody_saw_is_asked_about_first() {
    let mut draws = Draws(23);
    let rows = draws.group(5, 60);
    let first = ask(&[(6, rows)], &request(1))[0];
    assert_eq!(items(&first).1, 5, "{first:?}");
}

#[test]
fn a_clear_order_is_left_alone() {
    let mut rows = Vec::new();
    for _ in 0..12 {
        // 0 and 1 beat 2 and 3 always; within these there is no order.
        for (high, low) in [(0, 2), (0, 3), (1, 2), (1, 3)] {
            rows.push(win(high, low));
        }
        rows.extend([tie(0, 1), tie(2, 3)]);
    }
    let asked = ask(&[(4, rows)], &request(6));
    for pair in asked {
        assert!([(0, 1), (2, 3)].contains(&items(&pair)), "{pair:?}");
    }
}

#[test]
fn limits_are_kept() {
    let mut draws = Draws(24);
    let groups: Vec<(usize, Vec<Comparison>)> = (0..10).map(|_| (6, draws.group(6, 10))).collect();
    let limited = PairRequest {
        per_query_max: 7,
        per_item_max: 3,
        ..request(50)
    };
    let asked = ask(&groups, &limited);
    assert_eq!(asked.len(), 50);
    for group in 0..10 {
        let here: Vec<&NextPair> = asked.iter().filter(|pair| pair.group == group).collect();
        assert!(here.len() <= 7);
        for item in 0..6 {
            let n = here
                .iter()
                .filter(|p| items(p).0 == item || items(p).1 == item);
            assert!(n.count() <= 3);
        }
    }
    // Six items, three times each: nine pairs are all there are.
    let narrow = PairRequest {
        per_item_max: 3,
        ..request(1_000)
    };
    assert!((8..=9).contains(&ask(&groups[..1], &narrow).len()));
    assert_eq!(ask(&groups, &request(0)), Vec::new());
}

#[test]
fn a_list_begins_with_the_shorter_list() {
    let mut draws = Draws(25);
    let groups: Vec<(usize, Vec<Comparison>)> = (0..6).map(|_| (5, draws.group(5, 12))).collect();
    let long = ask(&groups, &request(60));
    assert_eq!(ask(&groups, &request(17)), long[..17]);
}

#[test]
fn a_costly_group_is_asked_less() {
    let groups = vec![(6, Vec::new()); 2];
    let with_costs = |costs| {
        let asked = ask(
            &groups,
            &PairRequest {
                costs,
                ..request(20)
            },
        );
        asked.iter().filter(|pair| pair.group == 0).count()
    };
    // Coins break ties between equal pairs, and so may give one group another order of them.
    let n_equal = with_costs(None);
    assert!((9..=11).contains(&n_equal), "{n_equal}");
    assert_eq!(with_costs(Some(vec![1.0, 1.0])), n_equal);
    let n_cheap = with_costs(Some(vec![1.0, 2.0]));
    assert!((12..20).contains(&n_cheap), "{n_cheap}");
}

#[test]
fn sides_are_evened_out() {
    // Item 0 was always on the left.
    let rows = vec![
        win(0, 1),
        win(0, 2),
        tie(0, 3),
        win(0, 2),
        win(0, 3),
        win(0, 1),
    ];
    let asked = ask(&[(4, rows.clone())], &request(40));
    let mut excess = [0_i32; 4];
    for (left, right) in rows
        .iter()
        .map(|row| (row.left, row.right))
        .chain(asked.iter().map(|pair| (pair.left, pair.right)))
    {
        excess[left as usize] += 1;
        excess[right as usize] -= 1;
    }
    assert!(excess.iter().all(|excess| excess.abs() <= 2), "{excess:?}");
    let fresh = ask(&vec![(2, Vec::new()); 200], &request(200));
    let n_low = fresh.iter().filter(|pair| pair.left == 0).count();
    assert!((75..=125).contains(&n_low), "coins decide: {n_low}");
}

#[test]
fn rows_in_another_order_and_more_threads_change_nothing() {
    let mut draws = Draws(26);
    let mut groups: Vec<(usize, Vec<Comparison>)> =
        (0..20).map(|_| (7, draws.group(7, 25))).collect();
    let direct = ask(&groups, &request(80));
    for (_, rows) in &mut groups {
        draws.shuffle(rows);
    }
    for n_threads in [1, 3] {
        let pool = rayon::ThreadPoolBuilder::new()
            .num_threads(n_threads)
            .build()
            .expect("threads");
        assert_eq!(direct, pool.install(|| ask(&groups, &request(80))));
    }
}

#[test]
fn a_large_group_is_asked_about_neighbours_and_the_unseen() {
    let n_items = 270;
    let mut draws = Draws(27);
    // The last ten items were never shown.
    let rows = draws.group(n_items - 10, 2_000);
    let by_score = {
        let scores = scores(bradley_terry(), n_items, &rows);
        let mut order: Vec<usize> = (0..n_items).collect();
        order.sort_by(|one, other| scores[*other].total_cmp(&scores[*one]));
        order
    };
    let place = |item: usize| {
        by_score
            .iter()
            .position(|one| *one == item)
            .expect("an item")
    };
    let limited = PairRequest {
        per_item_max: 2,
        ..request(200)
    };
    let asked = ask(&[(n_items, rows)], &limited);
    assert_eq!(asked.len(), 200);
    for pair in &asked {
        let (low, high) = items(pair);
        assert!(place(low).abs_diff(place(high)) <= 4, "{pair:?}");
    }
    for unseen in 260..270 {
        let first = asked
            .iter()
            .position(|p| items(p).0 == unseen || items(p).1 == unseen);
        assert!(first.expect("asked") < 30, "{unseen}");
    }
}

#[test]
fn groups_without_a_pair_or_a_maximum_are_no_trouble() {
    let groups = [(0, Vec::new()), (1, Vec::new()), (2, vec![win(0, 1)])];
    let asked = next_pairs(&panel_of(&groups), &with_prior(0.0), &request(5));
    // Pure maximum likelihood has no scores here: the default prior stands in.
    assert_eq!(asked.len(), 5);
    assert!(asked.iter().all(|pair| pair.group == 2));
    assert!(
        asked
            .iter()
            .all(|pair| pair.expected_information.is_finite())
    );
    assert_eq!(ask(&[], &request(5)), Vec::new());
}

/// Groups of 6 to 12 items with normal scores; one answer in ten is a coin's.
struct Market {
    truths: Vec<Vec<f64>>,
    groups: Vec<(usize, Vec<Comparison>)>,
    draws: Draws,
}

impl Market {
    fn new(seed: u64, n_groups: usize) -> Self {
        let mut draws = Draws(seed);
        let normal = |draws: &mut Draws| {
            let radius = (-2.0 * (1.0 - draws.share()).ln()).sqrt();
            1.5 * radius * (std::f64::consts::TAU * draws.share()).cos()
        };
        let truths: Vec<Vec<f64>> = (0..n_groups)
            .map(|_| {
                (0..6 + draws.below(7))
                    .map(|_| normal(&mut draws))
                    .collect()
            })
            .collect();
        let groups = truths
            .iter()
            .map(|truth| (truth.len(), Vec::new()))
            .collect();
        Self {
            truths,
            groups,
            draws,
        }
    }

    fn answer(&mut self, group: usize, left: usize, right: usize) {
        let truth = &self.truths[group];
        let chance = 1.0 / (1.0 + (truth[right] - truth[left]).exp());
        let is_coin = self.draws.share() < 0.1;
        let is_left = self.draws.share() < if is_coin { 0.5 } else { chance };
        let outcome = if is_left {
            Outcome::Left
        } else {
            Outcome::Right
        };
        self.groups[group].1.push(row(left, right, outcome, 1.0));
    }

    fn answer_random_pairs(&mut self, per_item: usize) {
        for group in 0..self.truths.len() {
            let n_items = self.truths[group].len();
            for _ in 0..per_item * n_items {
                let left = self.draws.below(n_items);
                let right = (left + 1 + self.draws.below(n_items - 1)) % n_items;
                self.answer(group, left, right);
            }
        }
    }

    fn answer_next_pairs(&mut self, per_item: f64, n_rounds: usize) {
        let n_items: usize = self.truths.iter().map(Vec::len).sum();
        let budget = per_item * n_items as f64 / n_rounds as f64;
        for _ in 0..n_rounds {
            for pair in ask(&self.groups, &request(budget as usize)) {
                self.answer(pair.group, pair.left as usize, pair.right as usize);
            }
        }
    }

    fn mean_tau(&self) -> f64 {
        let mut sum = 0.0;
        for (truth, (n_items, rows)) in self.truths.iter().zip(&self.groups) {
            let scores = scores(bradley_terry(), *n_items, rows);
            let pairs = (0..*n_items).flat_map(|i| (0..i).map(move |j| (i, j)));
            let signs =
                pairs.map(|(i, j)| ((truth[i] - truth[j]) * (scores[i] - scores[j])).signum());
            sum += signs.sum::<f64>() / (0.5 * (n_items * (n_items - 1)) as f64);
        }
        sum / self.truths.len() as f64
    }
}

#[test]
fn chosen_pairs_need_at_most_seven_tenths_of_the_answers_of_random_ones() {
    let (mut of_random, mut of_chosen) = (0.0, 0.0);
    for seed in 30..33 {
        let mut random = Market::new(seed, 50);
        random.answer_random_pairs(10);
        of_random += random.mean_tau() / 3.0;
        let mut chosen = Market::new(seed, 50);
        chosen.answer_next_pairs(7.0, 10);
        of_chosen += chosen.mean_tau() / 3.0;
    }
    assert!(of_chosen >= of_random, "{of_chosen} {of_random}");
    assert!((0.65..0.85).contains(&of_random), "{of_random}");
}
