//! Large groups of every shape: against the full matrix, plain loops and formulas, and bit for bit.

use std::collections::{BTreeMap, BTreeSet};

use super::super::dense::{Covariance, Dense};
use super::super::graph::{
    Pair, component_ids, is_strongly_connected, sum_to_pairs, workers_per_item,
};
use super::super::newton::{BiasResponse, Stop, System, Vectors, maximise};
use super::super::pull::Pull;
use super::super::sparse::Sparse;
use super::*;

/// Answers about the two items of each pair, drawn from a model in which no item is far above another.
fn answers(draws: &mut Draws, meetings: &[(usize, usize)]) -> Vec<Comparison> {
    meetings
        .iter()
        .map(|&(one, other)| {
            let (left, right) = if draws.share() < 0.5 {
                (one, other)
            } else {
                (other, one)
            };
            let outcome = [Outcome::Left, Outcome::Right, Outcome::Tie][draws.below(3)];
            row(left, right, outcome, 0.25 + 2.0 * draws.share())
        })
        .collect()
}

/// Each pair of neighbours of a ring, so many times.
fn ring(n_items: usize, n_rounds: usize) -> Vec<(usize, usize)> {
    let once = (0..n_items).map(|item| (item, (item + 1) % n_items));
    once.cycle().take(n_rounds * n_items).collect()
}

fn star(n_items: usize) -> Vec<(usize, usize)> {
    (1..n_items).map(|item| (0, item)).collect()
}

/// Two crowds that know each other by one pair.
fn barbell(draws: &mut Draws, n_items: usize) -> Vec<(usize, usize)> {
    let half = n_items / 2;
    let mut meetings = vec![(0, half); 3];
    for side in [0, half] {
        meetings.extend((0..4 * half).map(|_| {
            let one = draws.below(half);
            (side + one, side + (one + 1 + draws.below(half - 1)) % half)
        }));
    }
    meetings
}

/// A square with side `n`, each item meeting those right of it and below.
fn grid(n: usize) -> Vec<(usize, usize)> {
    let right = (0..n * n - 1).filter(move |item| item % n != n - 1);
    let below = 0..n * n - n;
    let right = right.map(|item| (item, item + 1));
    right.chain(below.map(|item| (item, item + n))).collect()
}

/// A crowd on whose first item a chain hangs.
fn crowd_with_tail(draws: &mut Draws, n_crowd: usize, n_items: usize) -> Vec<(usize, usize)> {
    let mut meetings: Vec<(usize, usize)> = (n_crowd..n_items)
        .map(|item| (if item == n_crowd { 0 } else { item - 1 }, item))
        .collect();
    meetings.extend((0..10 * n_crowd).map(|_| {
        let one = draws.below(n_crowd);
        (one, (one + 1 + draws.below(n_crowd - 1)) % n_crowd)
    }));
    meetings
}

/// A component above the size of islands, islands of three, and items that met nobody.
fn archipelago(draws: &mut Draws, n_items: usize) -> Vec<(usize, usize)> {
    let n_main = 70;
    let mut meetings = crowd_with_tail(draws, 20, n_main);
    for first in (n_main..n_items - 5).step_by(3) {
        meetings.extend([
            (first, first + 1),
            (first + 1, first + 2),
            (first, first + 1),
        ]);
    }
    // Scattered numbers: an island's items are not neighbours by number.
    for (one, other) in &mut meetings {
        (*one, *other) = (*one * 7 % n_items, *other * 7 % n_items);
    }
    meetings
}

/// Both solvers at the maximum, by the same steps.
pub(super) struct Both {
    pub(super) dense: Dense,
    pub(super) sparse: Sparse,
    pub(super) full: Vec<f64>,
    pub(super) thin: Vec<f64>,
}

pub(super) fn solve_both(
    n_items: usize,
    rows: &[Comparison],
    bias: Option<f64>,
    pull: Pull,
) -> Both {
    let mut rows = rows.to_vec();
    let outcomes = Outcomes::prepare(n_items, &mut rows);
    let mut dense = Dense::default();
    sum_to_pairs(outcomes.comparisons(), bias, &mut dense.pairs);
    let mut sparse = Sparse::new(n_items, &dense.pairs, pull);
    dense.reset(n_items, pull);
    let stop = Stop {
        step_max: 1e-6,
        gradient_max: 1e-7,
    };
    let (mut full, mut thin) = (Vectors::default(), Vectors::default());
    full.reset(n_items);
    thin.reset(n_items);
    assert!(maximise(&mut dense, &mut full, &stop).is_converged);
    assert!(maximise(&mut sparse, &mut thin, &stop).is_converged);
    Both {
        dense,
        sparse,
        full: full.scores,
        thin: thin.scores,
    }
}

fn assert_same_response(one: &BiasResponse, other: &BiasResponse, what: &str) {
    let numbers =
        |response: &BiasResponse| [response.slope, response.curvature, response.curvature_alone];
    assert_close(&numbers(one), &numbers(other), 1e-5, what);
    assert_close(&one.shift, &other.shift, 1e-5, what);
}

#[test]
fn full_and_sparse_solvers_agree_on_every_shape_side_and_prior() {
    let mut draws = Draws(21);
    let shapes = [
        ("ring", 75, ring(75, 3)),
        ("star", 80, star(80)),
        ("barbell", 70, barbell(&mut draws, 70)),
        ("grid", 81, grid(9)),
        ("tail", 90, crowd_with_tail(&mut draws, 20, 90)),
        ("archipelago", 101, archipelago(&mut draws, 101)),
        ("nobody", 70, Vec::new()),
    ];
    let squares = Pull {
        wins: 0.0,
        squares: 0.1,
    };
    for (name, n_items, meetings) in shapes {
        let rows = answers(&mut draws, &meetings);
        for (bias, pull) in [
            (None, Pull::of_wins(0.5)),
            (None, squares),
            (Some(0.3), Pull::of_wins(0.1)),
            (Some(-0.4), squares),
            (Some(-0.0), Pull::of_wins(2.0)),
        ] {
            let what = format!("{name} {bias:?} {pull:?}");
            let mut both = solve_both(n_items, &rows, bias, pull);
            assert_close(&both.full, &both.thin, 1e-8, &what);
            let responses = (
                both.dense.bias_response(&both.full),
                both.sparse.bias_response(&both.thin),
            );
            if bias.is_some() {
                assert_same_response(&responses.0, &responses.1, &what);
            }
            let zero = vec![0.0; n_items];
            let rises = [
                both.dense.objective(&both.full) - both.dense.objective(&zero),
                both.sparse.objective(&both.full) - both.sparse.objective(&zero),
            ];
            assert_close(&rises[..1], &rises[1..], 1e-8, &what);
            let mut covariance = Covariance::default();
            both.dense.invert(&mut covariance);
            let errors = (covariance.standard_errors(), both.sparse.standard_errors());
            assert_close(&errors.0, &errors.1, 1e-6, &what);
        }
    }
}

#[test]
fn full_and_sparse_solvers_agree_without_a_prior() {
    let mut draws = Draws(22);
    for (name, n_items, meetings) in [
        ("ring", 75, ring(75, 4)),
        ("barbell", 70, barbell(&mut draws, 70)),
    ] {
        // Ties beat both ways: the maximum exists.
        let mut rows = answers(&mut draws, &meetings);
        rows.extend(meetings.iter().map(|&(one, other)| tie(one, other)));
        for bias in [None, Some(0.2)] {
            let what = format!("{name} {bias:?}");
            let mut both = solve_both(n_items, &rows, bias, Pull::default());
            assert_close(&both.full, &both.thin, 1e-7, &what);
            let mut covariance = Covariance::default();
            both.dense.invert(&mut covariance);
            let errors = (covariance.standard_errors(), both.sparse.standard_errors());
            assert_close(&errors.0, &errors.1, 1e-6, &what);
        }
    }
}

/// The objective's derivatives, by plain loops over the answers.
fn plain_gradient(rows: &[Comparison], scores: &[f64], wins: f64) -> Vec<f64> {
    let share = |x: f64| 1.0 / (1.0 + (-x).exp());
    let of_prior = |&score: &f64| wins * (1.0 - 2.0 * share(score));
    let mut gradient: Vec<f64> = scores.iter().map(of_prior).collect();
    for row in rows {
        let (left, right) = (row.left as usize, row.right as usize);
        let target = match row.outcome {
            Outcome::Left => 1.0,
            Outcome::Tie => 0.5,
            Outcome::Right => 0.0,
        };
        let slope = row.weight * (target - share(scores[left] - scores[right]));
        gradient[left] += slope;
        gradient[right] -= slope;
    }
    gradient
}

#[test]
fn hard_graphs_are_solved_until_the_gradient_vanishes() {
    let mut draws = Draws(23);
    for (name, n_items, meetings) in [
        ("chain", 2_000, ring(2_000, 2)[..3_999].to_vec()),
        ("grid", 400, grid(20)),
        ("tail", 1_000, crowd_with_tail(&mut draws, 200, 1_000)),
        ("archipelago", 1_001, archipelago(&mut draws, 1_001)),
    ] {
        let rows = answers(&mut draws, &meetings);
        for wins in [0.5, 0.05] {
            let fit = fit(bradley_terry(), n_items, &rows, wins);
            assert_ne!(fit.status, Status::NotConverged, "{name} {wins}");
            let gradient = plain_gradient(&rows, &fit.scores.expect("scores"), wins);
            let greatest = gradient
                .iter()
                .fold(0.0_f64, |most, slope| most.max(slope.abs()));
            assert!(greatest < 1e-8, "{name} {wins}: {greatest:e}");
        }
    }
}

/// Every item met the next one twice, and each won once.
fn even_ring(n_items: usize) -> Vec<Comparison> {
    let meetings = ring(n_items, 1);
    let both_ways = |&(one, other): &(usize, usize)| [win(one, other), win(other, one)];
    meetings.iter().flat_map(both_ways).collect()
}

#[test]
fn errors_on_a_long_ring_follow_the_formula() {
    // The pseudo-inverse of a ring's Laplacian has (n² − 1) / 12 n on its diagonal; each pair's curvature
    // here is 2 × ¼. The first size is solved item by item, the second by draws.
    for (n_items, tolerance) in [(1_000, 1e-6), (4_000, 0.1)] {
        let fit = fit(bradley_terry(), n_items, &even_ring(n_items), 0.0);
        assert_eq!(fit.status, Status::Ok);
        let n = n_items as f64;
        let expected = ((n * n - 1.0) / (12.0 * n) / 0.5).sqrt();
        let errors = fit.standard_errors.expect("errors");
        let mean = errors.iter().sum::<f64>() / n;
        assert!(
            (mean / expected - 1.0).abs() < tolerance,
            "{n_items}: {mean} instead of {expected}"
        );
        let all = errors.iter().map(|error| error / expected - 1.0);
        assert!(all.into_iter().all(|excess| excess.abs() < 5.0 * tolerance));
    }
}

#[test]
fn draws_give_the_exact_errors_within_their_noise_on_loose_clusters() {
    let mut draws = Draws(24);
    let n_items = 200;
    let meetings: Vec<(usize, usize)> = (0..2_000)
        .map(|_| {
            let one = draws.below(n_items);
            let cluster = one / 20 * 20;
            if draws.share() < 0.02 {
                (one, (one + 20) % n_items)
            } else {
                (one, cluster + (one - cluster + 1 + draws.below(19)) % 20)
            }
        })
        .collect();
    let mut rows = answers(&mut draws, &meetings);
    let outcomes = Outcomes::prepare(n_items, &mut rows);
    for (bias, wins) in [(None, 0.5), (Some(0.5), 0.05)] {
        let mut pairs = Vec::new();
        sum_to_pairs(outcomes.comparisons(), bias, &mut pairs);
        let mut sparse = Sparse::new(n_items, &pairs, Pull::of_wins(wins));
        sparse.linearise(&vec![0.0; n_items], &mut vec![0.0; n_items]);
        let (exact, estimated) = (sparse.exact_variances(), sparse.drawn_variances());
        let ratios: Vec<f64> = estimated
            .iter()
            .zip(&exact)
            .map(|(one, other)| (one / other).sqrt())
            .collect();
        let mean = ratios.iter().sum::<f64>() / n_items as f64;
        assert!((mean - 1.0).abs() < 0.05, "{bias:?} {wins}: {mean}");
        assert!(
            ratios.iter().all(|ratio| (0.7..1.3).contains(ratio)),
            "{bias:?} {wins}"
        );
    }
}

fn in_threads<R: Send>(n_threads: usize, work: impl FnOnce() -> R + Send) -> R {
    let pool = rayon::ThreadPoolBuilder::new()
        .num_threads(n_threads)
        .build();
    pool.expect("threads").install(work)
}

#[test]
fn no_bit_depends_on_threads_or_the_order_of_rows() {
    let mut draws = Draws(25);
    let shapes = [
        (1_501, archipelago(&mut draws, 1_501)),
        (1_600, grid(40)),
        (1_200, crowd_with_tail(&mut draws, 200, 1_200)),
    ];
    for (n_items, meetings) in shapes {
        let mut rows = answers(&mut draws, &meetings);
        for position_bias in [PositionBias::Off, PositionBias::On] {
            let parameters = Parameters {
                position_bias,
                ..Parameters::default()
            };
            let fit = |rows: &[Comparison], n_threads| {
                let mut rows = rows.to_vec();
                in_threads(n_threads, || {
                    let outcomes = Outcomes::prepare(n_items, &mut rows);
                    bits(&bradley_terry().fit(&outcomes, &parameters))
                })
            };
            let alone = fit(&rows, 1);
            draws.shuffle(&mut rows);
            assert!(alone == fit(&rows, 3), "{n_items} {position_bias:?}");
        }
    }
}

#[test]
fn many_items_are_kept_in_another_order_and_come_back_in_theirs() {
    // More items than stay in the fast cache: chains of 100 with shuffled numbers, and pairs of items.
    let mut draws = Draws(26);
    let n_items = 21_000;
    let mut names: Vec<usize> = (0..n_items).collect();
    draws.shuffle(&mut names);
    let chained = (1..1_000).filter(|item| item % 100 != 0);
    let meetings: Vec<(usize, usize)> = chained
        .map(|item| (item - 1, item))
        .chain((1_000..n_items).step_by(2).map(|item| (item, item + 1)))
        .collect();
    let rows = answers(&mut draws, &meetings);
    let renamed: Vec<Comparison> = rows
        .iter()
        .map(|row| Comparison {
            left: names[row.left as usize] as u32,
            right: names[row.right as usize] as u32,
            ..*row
        })
        .collect();
    let large = fit(bradley_terry(), n_items, &renamed, 0.5);
    let scores = large.scores.expect("scores");
    let errors = large.standard_errors.expect("errors");
    let gradient = plain_gradient(&renamed, &scores, 0.5);
    assert!(gradient.iter().all(|slope| slope.abs() < 1e-8));
    // One chain and one pair alone give the same numbers.
    for (first, n_alone) in [(700, 100), (15_000, 2)] {
        let own: Vec<Comparison> = rows
            .iter()
            .filter(|row| (first..first + n_alone).contains(&(row.left as usize)))
            .map(|row| Comparison {
                left: row.left - first as u32,
                right: row.right - first as u32,
                ..*row
            })
            .collect();
        let small = fit(bradley_terry(), n_alone, &own, 0.5);
        let places = names[first..first + n_alone].iter();
        let found: Vec<f64> = places.clone().map(|&name| scores[name]).collect();
        assert_close(&found, &small.scores.expect("scores"), 1e-8, "scores");
        let found: Vec<f64> = places.map(|&name| errors[name]).collect();
        // The chain's are drawn.
        let tolerance = if n_alone == 2 { 1e-6 } else { 0.5 };
        assert_close(
            &found,
            &small.standard_errors.expect("errors"),
            tolerance,
            "errors",
        );
    }
}

#[test]
fn many_rows_are_sorted_as_comparing_them_would() {
    let mut draws = Draws(27);
    for (n_items, n_rows) in [(2, 1_000), (40, 3_000), (5_000, 3_000), (1_000_000, 60_000)] {
        let mut rows: Vec<Comparison> = (0..n_rows)
            .map(|_| {
                let left = draws.below(n_items);
                let spread = if draws.share() < 0.5 { 1 } else { n_items - 1 };
                let right = (left + 1 + draws.below(spread)) % n_items;
                let outcome = [Outcome::Left, Outcome::Right, Outcome::Tie][draws.below(3)];
                Comparison {
                    worker: draws.below(3) as u32,
                    ..row(left, right, outcome, 1.0 + draws.below(2) as f64)
                }
            })
            .collect();
        let mut expected = rows.clone();
        expected.sort_by_key(|row| {
            let winner = match row.outcome {
                Outcome::Left => row.left,
                Outcome::Right => row.right,
                Outcome::Tie => u32::MAX,
            };
            let (low, high) = (row.left.min(row.right), row.left.max(row.right));
            (
                low,
                high,
                winner,
                row.weight.to_bits(),
                row.worker,
                row.left,
            )
        });
        let sorted = Outcomes::prepare(n_items, &mut rows).comparisons();
        assert!(sorted == expected, "{n_items} items");
    }
}

#[test]
fn sums_over_pairs_keep_sides_apart_only_for_a_bias() {
    let mut draws = Draws(28);
    let meetings: Vec<(usize, usize)> = (0..12_000)
        .map(|_| (draws.below(50), 50 + draws.below(50)))
        .collect();
    let mut rows = answers(&mut draws, &meetings);
    // Sums of halves are exact in any order.
    for row in &mut rows {
        row.weight = row.weight.ceil();
    }
    let mut expected: BTreeMap<(u32, u32, bool), [f64; 2]> = BTreeMap::new();
    for row in &rows {
        let is_right = row.left > row.right;
        let (low, high) = (row.left.min(row.right), row.left.max(row.right));
        let won_by_left = match row.outcome {
            Outcome::Left => row.weight,
            Outcome::Tie => 0.5 * row.weight,
            Outcome::Right => 0.0,
        };
        let sums = expected.entry((low, high, is_right)).or_default();
        sums[usize::from(is_right)] += won_by_left;
        sums[usize::from(!is_right)] += row.weight - won_by_left;
    }
    let outcomes = Outcomes::prepare(100, &mut rows);
    let mut pairs = Vec::new();
    sum_to_pairs(outcomes.comparisons(), Some(0.0), &mut pairs);
    let found: BTreeMap<(u32, u32, bool), [f64; 2]> = pairs
        .iter()
        .map(|pair| {
            let key = (pair.low, pair.high, pair.offset.is_sign_negative());
            (key, [pair.won, pair.lost])
        })
        .collect();
    assert_eq!(found.len(), pairs.len());
    assert_eq!(found, expected);
    sum_to_pairs(outcomes.comparisons(), None, &mut pairs);
    assert!(pairs.iter().all(|pair| pair.offset.to_bits() == 0));
    for pair in &pairs {
        let sides = [false, true].map(|side| expected.get(&(pair.low, pair.high, side)));
        let won: f64 = sides.iter().flatten().map(|sums| sums[0]).sum();
        let lost: f64 = sides.iter().flatten().map(|sums| sums[1]).sum();
        assert_eq!((pair.won, pair.lost), (won, lost));
    }
}

#[test]
fn components_and_workers_are_those_of_plain_loops() {
    let mut draws = Draws(29);
    for (n_items, n_rows, n_workers) in [(30, 20, 5), (300, 250, 1_000), (40, 400, 100)] {
        let meetings: Vec<(usize, usize)> = (0..n_rows)
            .map(|_| {
                let one = draws.below(n_items);
                (one, (one + 1 + draws.below(n_items - 1)) % n_items)
            })
            .collect();
        let mut rows = answers(&mut draws, &meetings);
        for row in &mut rows {
            row.worker = draws.below(n_workers) as u32;
        }
        let mut workers = vec![BTreeSet::new(); n_items];
        // The smallest item that each one is connected with, by repeated sweeps.
        let mut smallest: Vec<usize> = (0..n_items).collect();
        for _ in 0..n_items {
            for row in &rows {
                let (left, right) = (row.left as usize, row.right as usize);
                let least = smallest[left].min(smallest[right]);
                (smallest[left], smallest[right]) = (least, least);
                workers[left].insert(row.worker);
                workers[right].insert(row.worker);
            }
        }
        let roots: BTreeSet<usize> = smallest.iter().copied().collect();
        let outcomes = Outcomes::prepare(n_items, &mut rows);
        let expected: Vec<i32> = smallest
            .iter()
            .map(|root| roots.range(..root).count() as i32)
            .collect();
        assert_eq!(component_ids(&outcomes), expected);
        let expected: Vec<i64> = workers.iter().map(|known| known.len() as i64).collect();
        assert_eq!(workers_per_item(&outcomes), expected);
    }
}

/// By repeated sweeps: who is reached from the first item along wins, or along losses.
fn plainly_strongly_connected(n_items: usize, pairs: &[Pair]) -> bool {
    [false, true].into_iter().all(|is_backwards| {
        let mut is_reached = vec![false; n_items];
        is_reached[0] = true;
        for _ in 0..n_items {
            for pair in pairs {
                let (low, high) = (pair.low as usize, pair.high as usize);
                let (forwards, backwards) = if is_backwards {
                    (pair.lost > 0.0, pair.won > 0.0)
                } else {
                    (pair.won > 0.0, pair.lost > 0.0)
                };
                is_reached[high] |= forwards && is_reached[low];
                is_reached[low] |= backwards && is_reached[high];
            }
        }
        is_reached.into_iter().all(|is_reached| is_reached)
    })
}

#[test]
fn strong_connectivity_is_that_of_plain_loops() {
    let mut draws = Draws(30);
    let mut n_connected = 0;
    for case in 0..60 {
        let n_items = 60 + draws.below(12);
        let n_rows = (3 + case % 6) * n_items;
        let mut rows: Vec<Comparison> = (0..n_rows)
            .map(|_| draws.answer(&vec![0.0; n_items]))
            .collect();
        let outcomes = Outcomes::prepare(n_items, &mut rows);
        let mut pairs = Vec::new();
        sum_to_pairs(outcomes.comparisons(), None, &mut pairs);
        let expected = plainly_strongly_connected(n_items, &pairs);
        assert_eq!(
            is_strongly_connected(n_items, &pairs),
            expected,
            "case {case}"
        );
        n_connected += u32::from(expected);
    }
    assert!((10..50).contains(&n_connected), "{n_connected} of 60");
}
