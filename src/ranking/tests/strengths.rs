//! Strengths against plain references: priors, sides, clustered errors, bounds of ranks.

use super::*;

fn fit_with(n_items: usize, rows: &[Comparison], parameters: &Parameters) -> Fit {
    let mut rows = rows.to_vec();
    bradley_terry().fit(&Outcomes::prepare(n_items, &mut rows), parameters)
}

pub(super) fn with_squares(n_items: usize, rows: &[Comparison], squares: f64) -> Fit {
    let parameters = Parameters {
        prior: Some(Prior::SquaredScores(squares)),
        ..Parameters::default()
    };
    fit_with(n_items, rows, &parameters)
}

/// Maximum likelihood errors with every row a cluster of its own.
pub(super) fn errors_by_row(n_items: usize, rows: &[Comparison]) -> Option<Vec<f64>> {
    let unknown = |row: &Comparison| Comparison {
        worker: Comparison::UNKNOWN_WORKER,
        ..*row
    };
    let rows: Vec<Comparison> = rows.iter().map(unknown).collect();
    let parameters = Parameters {
        errors: ErrorModel::ByWorker,
        ..with_prior(0.0)
    };
    fit_with(n_items, &rows, &parameters).standard_errors
}

fn asking(position_bias: PositionBias, errors: ErrorModel) -> Parameters {
    Parameters {
        position_bias,
        errors,
        ..Parameters::default()
    }
}

/// The model of scores and, as the last unknown, the bias: derivatives by plain loops.
struct Plain<'a> {
    rows: &'a [Comparison],
    n_items: usize,
    wins: f64,
    squares: f64,
    has_bias: bool,
}

fn logistic(x: f64) -> f64 {
    1.0 / (1.0 + (-x).exp())
}

fn target(row: &Comparison) -> f64 {
    match row.outcome {
        Outcome::Left => 1.0,
        Outcome::Tie => 0.5,
        Outcome::Right => 0.0,
    }
}

impl Plain<'_> {
    /// What the row's difference is made of: +1 left, −1 right, +1 the bias.
    fn design(&self, row: &Comparison) -> Vec<f64> {
        let mut design = vec![0.0; self.n_items + 1];
        design[row.left as usize] += 1.0;
        design[row.right as usize] -= 1.0;
        design[self.n_items] = f64::from(u8::from(self.has_bias));
        design
    }

    fn difference(&self, row: &Comparison, unknowns: &[f64]) -> f64 {
        let products = self.design(row).into_iter().zip(unknowns);
        products.map(|(one, other)| one * other).sum()
    }

    fn row_gradient(&self, row: &Comparison, unknowns: &[f64]) -> Vec<f64> {
        let excess = row.weight * (target(row) - logistic(self.difference(row, unknowns)));
        self.design(row).into_iter().map(|x| x * excess).collect()
    }

    fn gradient(&self, unknowns: &[f64]) -> Vec<f64> {
        let mut gradient = vec![0.0; self.n_items + 1];
        for (entry, score) in gradient.iter_mut().zip(&unknowns[..self.n_items]) {
            *entry = self.wins * (1.0 - 2.0 * logistic(*score)) - 2.0 * self.squares * score;
        }
        for row in self.rows {
            for (entry, part) in gradient.iter_mut().zip(self.row_gradient(row, unknowns)) {
                *entry += part;
            }
        }
        gradient
    }

    /// Scores, then the bias, by gradient ascent.
    fn solve(&self) -> Vec<f64> {
        let weight: f64 = self.rows.iter().map(|row| row.weight).sum();
        let rate = 1.0 / (weight + self.wins + 2.0 * self.squares);
        let mut unknowns = vec![0.0; self.n_items + 1];
        for _ in 0..60_000 {
            let gradient = self.gradient(&unknowns);
            for (unknown, slope) in unknowns.iter_mut().zip(&gradient) {
                *unknown += rate * slope;
            }
            if gradient.iter().all(|slope| slope.abs() < 1e-11) {
                break;
            }
        }
        unknowns
    }

    /// Inverse of the curvature, from differences of the gradient; without a bias its row is 0.
    fn covariance(&self, unknowns: &[f64]) -> Vec<Vec<f64>> {
        let n = self.n_items + usize::from(self.has_bias);
        let step = 1e-5;
        let mut curvature = Vec::new();
        for i in 0..n {
            let (mut up, mut down) = (unknowns.to_vec(), unknowns.to_vec());
            up[i] += step;
            down[i] -= step;
            let (up, down) = (self.gradient(&up), self.gradient(&down));
            let slopes = down.iter().zip(&up).map(|(d, u)| (d - u) / (2.0 * step));
            curvature.push(slopes.take(n).collect());
        }
        inverse(curvature)
    }

    /// C B C with B from the rows of each worker.
    fn sandwich(&self, unknowns: &[f64], covariance: &[Vec<f64>]) -> Vec<Vec<f64>> {
        let n = covariance.len();
        let mut total = vec![vec![0.0; n]; n];
        for worker in 0..6 {
            let mut push = vec![0.0; n];
            for row in self.rows.iter().filter(|row| row.worker == worker) {
                for (entry, part) in push.iter_mut().zip(self.row_gradient(row, unknowns)) {
                    *entry += part;
                }
            }
            let moved: Vec<f64> = covariance
                .iter()
                .map(|row| row.iter().zip(&push).map(|(c, u)| c * u).sum())
                .collect();
            for i in 0..n {
                for j in 0..n {
                    total[i][j] += moved[i] * moved[j];
                }
            }
        }
        total
    }
}

/// Gauss and Jordan, for small well-behaved matrices.
fn inverse(mut matrix: Vec<Vec<f64>>) -> Vec<Vec<f64>> {
    let n = matrix.len();
    for (i, row) in matrix.iter_mut().enumerate() {
        row.extend((0..n).map(|j| f64::from(u8::from(i == j))));
    }
    for k in 0..n {
        let pivot = matrix[k][k];
        matrix[k].iter_mut().for_each(|entry| *entry /= pivot);
        let pivot_row = matrix[k].clone();
        for (i, row) in matrix.iter_mut().enumerate() {
            let factor = if i == k { 0.0 } else { row[k] };
            for (entry, other) in row.iter_mut().zip(&pivot_row) {
                *entry -= factor * other;
            }
        }
    }
    matrix.into_iter().map(|row| row[n..].to_vec()).collect()
}

fn errors_of(covariance: &[Vec<f64>], n: usize) -> Vec<f64> {
    (0..n).map(|i| covariance[i][i].sqrt()).collect()
}

#[test]
fn scores_bias_errors_and_bounds_of_ranks_agree_with_plain_references() {
    let mut draws = Draws(21);
    for case in 0..6 {
        let n_items = 3 + draws.below(4);
        let rows = draws.group(n_items, 40);
        let (prior, wins, squares) = if case % 2 == 0 {
            (Prior::Wins(0.5), 0.5, 0.0)
        } else {
            (Prior::SquaredScores(0.2), 0.0, 0.2)
        };
        for (position_bias, has_bias) in [(PositionBias::Off, false), (PositionBias::On, true)] {
            let plain = Plain {
                rows: &rows,
                n_items,
                wins,
                squares,
                has_bias,
            };
            let unknowns = plain.solve();
            let curved = plain.covariance(&unknowns);
            let clustered = plain.sandwich(&unknowns, &curved);
            for (errors, covariance) in [
                (ErrorModel::Curvature, &curved),
                (ErrorModel::ByWorker, &clustered),
            ] {
                let what = format!("case {case} {position_bias:?} {errors:?}");
                let parameters = Parameters {
                    prior: Some(prior),
                    ..asking(position_bias, errors)
                };
                let fit = fit_with(n_items, &rows, &parameters);
                let scores = fit.scores.expect("scores");
                assert_close(&scores, &unknowns[..n_items], 1e-7, &what);
                let standard_errors = fit.standard_errors.expect("errors");
                let expected = errors_of(covariance, n_items);
                assert_close(&standard_errors, &expected, 1e-6, &what);
                let bounds = fit.rank_bounds.expect("bounds");
                assert_eq!(bounds, plain_bounds(&scores, covariance), "{what}");
                if has_bias {
                    let bias = [fit.found.position_bias, fit.found.position_bias_se];
                    let expected = [unknowns[n_items], covariance[n_items][n_items].sqrt()];
                    assert_close(
                        &bias.map(|value| value.expect("a bias")),
                        &expected,
                        1e-6,
                        &what,
                    );
                }
            }
        }
    }
}

fn plain_bounds(scores: &[f64], covariance: &[Vec<f64>]) -> Vec<RankBounds> {
    let n = scores.len();
    let is_surely_better = |one: usize, other: usize| {
        let variance = covariance[one][one] + covariance[other][other]
            - covariance[one][other]
            - covariance[other][one];
        scores[one] - scores[other] > 1.959_963_984_540_054 * variance.sqrt()
    };
    (0..n)
        .map(|item| RankBounds {
            lo: 1
                + (0..n)
                    .filter(|&other| is_surely_better(other, item))
                    .count() as i32,
            hi: (n
                - (0..n)
                    .filter(|&other| is_surely_better(item, other))
                    .count()) as i32,
        })
        .collect()
}

/// The same answers in a group with many more items, so that the solver for large groups takes them.
fn enlarged(n_items: usize, rows: &[Comparison], parameters: &Parameters) -> Fit {
    let mut fit = fit_with(300, rows, parameters);
    let cut = |values: &mut Option<Vec<f64>>| values.as_mut().expect("values").truncate(n_items);
    cut(&mut fit.scores);
    cut(&mut fit.standard_errors);
    assert_eq!(fit.rank_bounds, None);
    fit
}

#[test]
fn large_groups_get_the_same_bias_scores_and_errors() {
    let rows = Draws(22).group(40, 500);
    for prior in [Prior::Wins(0.5), Prior::SquaredScores(0.1)] {
        for position_bias in [
            PositionBias::Off,
            PositionBias::On,
            PositionBias::Known(-0.7),
        ] {
            for errors in [ErrorModel::Curvature, ErrorModel::ByWorker] {
                let parameters = Parameters {
                    prior: Some(prior),
                    ..asking(position_bias, errors)
                };
                let what = format!("{parameters:?}");
                let small = fit_with(40, &rows, &parameters);
                let large = enlarged(40, &rows, &parameters);
                let scores = |fit: &Fit| fit.scores.clone().expect("scores");
                let standard_errors = |fit: &Fit| fit.standard_errors.clone().expect("errors");
                assert_close(&scores(&small), &scores(&large), 1e-8, &what);
                assert_close(
                    &standard_errors(&small),
                    &standard_errors(&large),
                    1e-5,
                    &what,
                );
                for (one, other) in [
                    (small.found.position_bias, large.found.position_bias),
                    (small.found.position_bias_se, large.found.position_bias_se),
                ] {
                    assert_close(&[one.unwrap_or(0.0)], &[other.unwrap_or(0.0)], 1e-7, &what);
                }
            }
        }
    }
}

#[test]
fn swapping_the_sides_turns_the_bias_around_and_leaves_the_scores() {
    let rows = Draws(23).group(6, 80);
    let swapped: Vec<Comparison> = rows.iter().map(mirrored).collect();
    let parameters = asking(PositionBias::On, ErrorModel::Curvature);
    let (direct, mirror) = (
        fit_with(6, &rows, &parameters),
        fit_with(6, &swapped, &parameters),
    );
    let bias = |fit: &Fit| fit.found.position_bias.expect("a bias");
    assert!(bias(&direct).abs() > 1e-3);
    assert_close(&[bias(&direct)], &[-bias(&mirror)], 1e-9, "bias");
    assert_close(
        &direct.scores.expect("scores"),
        &mirror.scores.expect("scores"),
        1e-9,
        "scores",
    );
}

fn mirrored(row: &Comparison) -> Comparison {
    Comparison {
        left: row.right,
        right: row.left,
        outcome: match row.outcome {
            Outcome::Left => Outcome::Right,
            Outcome::Right => Outcome::Left,
            Outcome::Tie => Outcome::Tie,
        },
        ..*row
    }
}

#[test]
fn a_bias_that_the_answers_cannot_tell_is_refused_and_changes_no_bit() {
    let both_orders = [win(0, 1), win(1, 0), tie(0, 1), win(1, 2), win(2, 0)];
    let chain = [win(0, 1), win(0, 1), row(1, 2, Outcome::Right, 1.0)];
    let cycle = [win(0, 1), win(1, 2), row(2, 0, Outcome::Right, 1.0)];
    let always_left = [win(0, 1), win(1, 0), win(1, 2), win(2, 1)];
    let (on, auto) = (PositionBias::On, PositionBias::Auto);
    let cases: [(&[Comparison], PositionBias, Option<Refusal>); 8] = [
        (&[], on, Some(Refusal::NoAnswers)),
        (&[], auto, Some(Refusal::NoAnswers)),
        (&chain, on, Some(Refusal::Confounded)),
        (&chain, auto, Some(Refusal::OneOrderOnly)),
        (&cycle, auto, Some(Refusal::OneOrderOnly)),
        (&always_left, on, Some(Refusal::Unbounded)),
        (&both_orders, auto, Some(Refusal::NotSignificant)),
        (&cycle, on, None),
    ];
    for (rows, wanted, refusal) in cases {
        let fit = fit_with(3, rows, &asking(wanted, ErrorModel::Curvature));
        let plain = fit_with(3, rows, &Parameters::default());
        assert_eq!(fit.found.position_refusal, refusal, "{rows:?} {wanted:?}");
        assert_eq!(fit.found.position_bias.is_none(), refusal.is_some());
        assert_eq!(
            bits(&fit) == bits(&plain),
            refusal.is_some(),
            "{rows:?} {wanted:?}"
        );
    }
}

#[test]
fn levels_find_long_ways_around_that_tell_the_bias() {
    // A ring of even length, alternately turned, is explained by levels 0, 1, 0, 1, ...
    for (n_items, is_told) in [(40, false), (41, true)] {
        let rows: Vec<Comparison> = (0..n_items)
            .map(|item| {
                let answer = row(item, (item + 1) % n_items, Outcome::Tie, 1.0);
                if item % 2 == 0 {
                    answer
                } else {
                    mirrored(&answer)
                }
            })
            .collect();
        let found = fit_with(
            n_items,
            &rows,
            &asking(PositionBias::On, ErrorModel::Curvature),
        )
        .found;
        let refusal = (!is_told).then_some(Refusal::Confounded);
        assert_eq!(found.position_refusal, refusal, "{n_items}");
    }
}

/// Many groups whose answers favour the left side by `bias`, plus a worker's own part.
fn panel_with_bias(draws: &mut Draws, n_groups: usize, bias: f64, of_worker: &[f64]) -> Panel {
    let mut panel = Panel::new(of_worker.len());
    for _ in 0..n_groups {
        let truth: Vec<f64> = (0..6).map(|_| 4.0 * draws.share() - 2.0).collect();
        let worker = draws.below(of_worker.len());
        let mut rows: Vec<Comparison> = (0..15)
            .map(|_| {
                let mut answer = draws.answer(&truth);
                let difference = truth[answer.left as usize] - truth[answer.right as usize];
                let wins = draws.share() < logistic(difference + bias + of_worker[worker]);
                answer.outcome = if wins { Outcome::Left } else { Outcome::Right };
                answer.worker = worker as u32;
                answer
            })
            .collect();
        panel.push(6, &mut rows);
    }
    panel
}

#[test]
fn one_bias_for_many_small_groups_is_found_within_its_error() {
    let panel = panel_with_bias(&mut Draws(24), 400, 0.4, &[0.0; 5]);
    let found = position_bias(&panel, &Parameters::default());
    let (bias, error) = (
        found.bias.expect("a bias"),
        found.standard_error.expect("an error"),
    );
    assert!((bias - 0.4).abs() < 3.0 * error, "{found:?}");
    assert!((0.02..0.06).contains(&error), "{found:?}");
    assert_eq!(found.n_left + found.n_right + found.n_ties, 400 * 15);
    assert!(found.z.expect("z") > 5.0 && found.left_share.expect("a share") > 0.52);
    assert_eq!(found.correction(PositionBias::Auto), Some(bias));
    assert_eq!(found.correction(PositionBias::Off), None);
}

#[test]
fn a_panel_of_one_group_has_the_bias_of_the_group() {
    let rows = Draws(25).group(8, 120);
    for errors in [ErrorModel::Curvature, ErrorModel::ByWorker] {
        let mut panel = Panel::new(5);
        panel.push(8, &mut rows.clone());
        let found = position_bias(&panel, &asking(PositionBias::On, errors));
        let alone = fit_with(8, &rows, &asking(PositionBias::On, errors)).found;
        let values = [found.bias, found.standard_error].map(|value| value.expect("a bias"));
        let own = [alone.position_bias, alone.position_bias_se];
        assert_close(
            &values,
            &own.map(|value| value.expect("a bias")),
            1e-9,
            "bias",
        );
    }
}

#[test]
fn workers_with_biases_of_their_own_widen_the_error_by_worker() {
    let of_worker: Vec<f64> = (0..20)
        .map(|worker| f64::from(worker % 2 * 2 - 1))
        .collect();
    let panel = panel_with_bias(&mut Draws(26), 300, 0.0, &of_worker);
    let error = |errors| {
        let found = position_bias(&panel, &asking(PositionBias::On, errors));
        found.standard_error.expect("an error")
    };
    let (alone, together) = (error(ErrorModel::Curvature), error(ErrorModel::ByWorker));
    assert!(together > 2.0 * alone, "{alone} {together}");
}

#[test]
fn a_panel_without_evidence_about_sides_says_why() {
    let parameters = asking(PositionBias::On, ErrorModel::Curvature);
    let mut panel = Panel::new(1);
    assert_eq!(
        position_bias(&panel, &parameters).refusal,
        Some(Refusal::NoAnswers)
    );
    panel.push(2, &mut vec![win(0, 1), win(0, 1)]);
    panel.push(1, &mut Vec::new());
    let found = position_bias(&panel, &parameters);
    assert_eq!(
        (found.refusal, found.n_groups),
        (Some(Refusal::Confounded), 0)
    );
    assert_eq!((found.n_left, found.left_share), (2, Some(1.0)));
}

/// Held-out loss by refitting with the public method.
fn plain_loss(n_items: usize, rows: &[Comparison], wins: f64) -> f64 {
    let mut rows = rows.to_vec();
    let ordered = Outcomes::prepare(n_items, &mut rows).comparisons();
    let mut turns: Vec<usize> = (0..ordered.len()).collect();
    turns.sort_by_key(|&place| mixing::mixed(place as u64));
    let (mut loss, mut weight) = (0.0, 0.0);
    for fold in 0..5 {
        let is_held_out = |turn: usize| turn % 5 == fold;
        let of_fold = |wanted: bool| {
            let places = turns.iter().enumerate();
            let chosen = places.filter(move |(turn, _)| is_held_out(*turn) == wanted);
            chosen.map(|(_, &place)| ordered[place])
        };
        let training: Vec<Comparison> = of_fold(false).collect();
        let scores = fit(bradley_terry(), n_items, &training, wins)
            .scores
            .expect("scores");
        for answer in of_fold(true) {
            let share = logistic(scores[answer.left as usize] - scores[answer.right as usize]);
            let target = target(&answer);
            loss -= answer.weight * (target * share.ln() + (1.0 - target) * (1.0 - share).ln());
            weight += answer.weight;
        }
    }
    loss / weight
}

#[test]
fn the_prior_is_picked_by_the_loss_on_answers_held_out() {
    let mut draws = Draws(27);
    let mut picked = Vec::new();
    for (n_items, n_answers, step) in [(4, 400, 3.0), (6, 25, 0.0), (8, 12, 0.5)] {
        let truth: Vec<f64> = (0..n_items).map(|item| step * item as f64).collect();
        let rows: Vec<Comparison> = (0..n_answers).map(|_| draws.answer(&truth)).collect();
        let mut panel = Panel::new(1);
        panel.push(n_items as u32, &mut rows.clone());
        let choice = choose_prior(&panel, &Parameters::default());
        assert_eq!(choice.n_held_out, n_answers);
        let expected = PRIOR_CHOICES.map(|wins| plain_loss(n_items, &rows, wins));
        assert_close(
            &choice.losses.map(|(_, loss)| loss),
            &expected,
            1e-9,
            "losses",
        );
        let least = expected.iter().copied().fold(f64::INFINITY, f64::min);
        let place = PRIOR_CHOICES
            .iter()
            .position(|wins| wins.to_bits() == choice.wins.to_bits());
        assert!(expected[place.expect("a choice")] <= least + 1e-9);
        let parameters = Parameters {
            prior: Some(Prior::Auto),
            ..Parameters::default()
        };
        let fit = fit_with(n_items, &rows, &parameters);
        assert_eq!(fit.found.prior, Some(choice.wins));
        assert_eq!(
            bits(&fit),
            bits(&super::fit(bradley_terry(), n_items, &rows, choice.wins))
        );
        picked.push(choice.wins);
    }
    // Far apart items want a weak prior, equal items a strong one.
    assert!(picked[0] < 0.5 && picked[1] > 1.5, "{picked:?}");
}

#[test]
fn equal_losses_leave_the_default_prior() {
    let auto = Parameters {
        prior: Some(Prior::Auto),
        ..Parameters::default()
    };
    for rows in [
        vec![],
        vec![win(0, 1)],
        vec![tie(0, 1), tie(1, 2), tie(0, 2)],
    ] {
        assert_eq!(fit_with(3, &rows, &auto).found.prior, Some(0.5), "{rows:?}");
    }
    let of_nothing = choose_prior(&Panel::new(0), &auto);
    assert_eq!(
        (of_nothing.wins.to_bits(), of_nothing.n_held_out),
        (0.5_f64.to_bits(), 0)
    );
}

#[test]
fn panels_give_the_same_bits_on_any_number_of_threads() {
    let panel = panel_with_bias(&mut Draws(28), 150, 0.3, &[0.2, -0.2, 0.0]);
    let with_threads = |n_threads| {
        let pool = rayon::ThreadPoolBuilder::new()
            .num_threads(n_threads)
            .build();
        pool.expect("threads").install(|| {
            let parameters = asking(PositionBias::On, ErrorModel::ByWorker);
            let found = position_bias(&panel, &parameters);
            let numbers = [found.bias, found.standard_error].map(|value| value.expect("a bias"));
            let losses = choose_prior(&panel, &parameters)
                .losses
                .map(|(_, loss)| loss);
            (numbers.map(f64::to_bits), losses.map(f64::to_bits))
        })
    };
    assert_eq!(with_threads(1), with_threads(3));
}

#[test]
fn row_order_changes_no_bit_whatever_is_asked_for() {
    let mut draws = Draws(29);
    let mut rows = draws.group(7, 90);
    let parameters = Parameters {
        prior: Some(Prior::Auto),
        ..asking(PositionBias::On, ErrorModel::ByWorker)
    };
    let direct = fit_with(7, &rows, &parameters);
    draws.shuffle(&mut rows);
    let shuffled = fit_with(7, &rows, &parameters);
    assert_eq!(bits(&direct), bits(&shuffled));
    assert_eq!(direct.found, shuffled.found);
}

#[test]
fn many_clusters_of_a_large_group_are_drawn_within_their_noise() {
    // Where the model is right and answers are independent, both kinds of errors mean the same.
    let mut draws = Draws(30);
    let truth: Vec<f64> = (0..300).map(|_| 2.0 * draws.share() - 1.0).collect();
    let rows: Vec<Comparison> = (0..6_000)
        .map(|_| Comparison {
            worker: Comparison::UNKNOWN_WORKER,
            ..draws.answer(&truth)
        })
        .collect();
    let errors = |model| {
        let parameters = Parameters {
            errors: model,
            ..with_prior(0.0)
        };
        let fit = fit_with(300, &rows, &parameters);
        fit.standard_errors.expect("errors")
    };
    let by_curvature = errors(ErrorModel::Curvature);
    let by_worker = errors(ErrorModel::ByWorker);
    let ratios = by_worker
        .iter()
        .zip(&by_curvature)
        .map(|(one, other)| one / other);
    let mean = ratios.clone().sum::<f64>() / 300.0;
    assert!((mean - 1.0).abs() < 0.05, "{mean}");
    assert!(ratios.clone().all(|ratio| (0.6..1.5).contains(&ratio)));
}

#[test]
fn bounds_of_ranks_in_large_groups_are_those_of_intervals_that_do_not_meet() {
    let mut draws = Draws(31);
    let truth: Vec<f64> = (0..260).map(|_| 4.0 * draws.share() - 2.0).collect();
    let rows: Vec<Comparison> = (0..6_000).map(|_| draws.answer(&truth)).collect();
    let items = rank(bradley_terry(), 260, &rows);
    let ends = |item: &RankedItem| {
        (
            item.score_lo.expect("an end"),
            item.score_hi.expect("an end"),
        )
    };
    let mut n_open = 0;
    for item in &items {
        let (lower, upper) = ends(item);
        let n_better = items.iter().filter(|other| ends(other).0 > upper).count() as i32;
        let n_worse = items.iter().filter(|other| ends(other).1 < lower).count() as i32;
        assert_eq!(
            (item.rank_lo, item.rank_hi),
            (Some(1 + n_better), Some(260 - n_worse))
        );
        assert!(item.rank_lo <= item.rank && item.rank <= item.rank_hi);
        n_open += i32::from(n_better == 0 && n_worse == 0);
    }
    assert!(n_open < 200, "{n_open}");
}

#[test]
fn a_ranked_group_says_what_holds_for_it_as_a_whole() {
    let mut rows = Draws(32).group(6, 60);
    let outcomes = Outcomes::prepare(6, &mut rows);
    let parameters = asking(PositionBias::Known(0.25), ErrorModel::Curvature);
    let ranked = rank_group(bradley_terry(), &outcomes, &parameters);
    assert_eq!(ranked.found.position_bias, Some(0.25));
    assert_eq!(ranked.status, Status::Ok);
    assert!(ranked.iterations > 0 && ranked.gradient_norm > 0.0);
    assert!(
        ranked
            .items
            .iter()
            .all(|item| item.gradient_norm.to_bits() == ranked.gradient_norm.to_bits())
    );
    let counted = rank_group(method("counting").expect("known"), &outcomes, &parameters);
    assert!(
        counted
            .items
            .iter()
            .all(|item| item.rank_lo.is_none() && item.rank.is_some())
    );
}
